package score

import (
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestReadTable(t *testing.T) {
	d, bad := ReadTable([][]string{
		{"\uFEFF目标值", "单位", "组 别", "指标", "时段", "完成值", "事件", "次数", "备注", "性质", "来源", "免考", "依据"},
		{"１，０００", "甲镇", "一组", "投资", "2026年一季度", "１２３．５", "", "", "x", "认定", "task:1", "", ""},
		{"100%", "乙镇", "一组", "开工率", "2026年3月", "92%", "", "", "", "", "", "", ""},
		{"", "", "", "", "", "", "", "", "", "", "", "", ""},
		{"", "甲镇", "", "", "2026q1", "", "通报批评", "２", "", "", "", "", ""},
		{"", "丙镇", "", "投资", "", "十二", "", "", "", "", "", "", ""},
		{"", "", "", "投资", "", "1", "", "", "", "", "", "", ""},
		{"", "丁镇", "", "投资", "2026-13", "1", "", "", "", "", "", "", ""},
		{"", "丁镇", "", "投资", "", "1,00", "", "", "", "", "", "", ""},
		{"", "丁镇", "", "投资", "", "3亿", "", "", "", "", "", "", ""},
		{"", "丁镇", "", "投资", "", "12345678901234567890", "", "", "", "", "", "", ""},
		{"", "丁镇", "", "", "", "1", "", "", "", "", "", "", ""},
		{"", "丁镇", "", "投资", "", "", "", "", "", "听说", "", "", ""},
		{"", "戊镇", "", "投资", "", "", "", "", "", "", "", "是", "考委〔2026〕2号"},
		{"", "己镇", "", "投资", "", "—", "", "", "", "", "", "", ""},
	})
	if len(d.Rows) != 6 {
		t.Fatalf("%d rows: %+v", len(d.Rows), d.Rows)
	}
	r := d.Rows[0]
	if r.Unit != "甲镇" || r.Group != "一组" || r.Period != "2026Q1" || r.Value.Decimal.String() != "123.5" || r.Target.Decimal.String() != "1000" || r.Kind != Certified || r.Source != "task:1" {
		t.Errorf("%+v", r)
	}
	if r := d.Rows[1]; r.Value.Decimal.String() != "92" || r.Period != "2026-03" {
		t.Errorf("%+v", r)
	}
	if r := d.Rows[2]; r.Event != "通报批评" || r.Count.Decimal.String() != "2" || r.Period != "2026Q1" {
		t.Errorf("%+v", r)
	}
	if r := d.Rows[4]; !r.Exempt || r.Basis == "" {
		t.Errorf("%+v", r)
	}
	var got []string
	for _, p := range bad {
		got = append(got, p.String())
	}
	all := strings.Join(got, "\n")
	for _, w := range []string{"第1行第9列：不认识列名“备注”", "第6行：完成值：“十二”不是数字", "第7行：没有写单位", "第8行：时段“2026-13”看不懂", "第9行：完成值：“1,00”的千位分隔符位置不对", "第10行：指标“投资”有的行带“万”“亿”，有的行不带", "第11行：完成值：“12345678901234567890”超过19位", "第12行：没有写指标，也没有写事件", "第13行：性质“听说”不对", "第15行：单位“己镇”指标“投资”没有完成值，按缺项处理"} {
		if !strings.Contains(all, w) {
			t.Errorf("missing %q in\n%s", w, all)
		}
	}
	if len(bad) != 10 {
		t.Error(all)
	}
	if _, bad := ReadTable([][]string{{"甲", "乙"}}); len(bad) != 1 || !strings.Contains(bad[0].Message, "表头要有") {
		t.Error(bad)
	}
	if _, bad := ReadTable(nil); len(bad) != 1 {
		t.Error(bad)
	}
}

func TestReadCSV(t *testing.T) {
	text := "单位,指标,完成值,目标值\r\n甲镇,投资,\"1,200\",1000\r\n\r\n乙镇,投资,x,1000\r\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{"utf8": text, "bom": "\xEF\xBB\xBF" + text, "gb18030": gb, "tab": strings.NewReplacer(",\"1,200\",", "\t1200\t", ",", "\t").Replace(text)} {
		d, bad := ReadCSV(strings.NewReader(in))
		if len(d.Rows) != 1 || d.Rows[0].Unit != "甲镇" || d.Rows[0].Value.Decimal.String() != "1200" || len(bad) != 1 || !strings.HasPrefix(bad[0].String(), "第4行：完成值：“x”不是数字") {
			t.Errorf("%s: %+v %v", name, d.Rows, bad)
		}
	}
	if _, bad := ReadCSV(strings.NewReader("\xff\xfe\x00\xff")); len(bad) == 0 {
		t.Error("binary accepted")
	}
}

// TestJSON holds the output to its shape: numbers, with exactly the scheme's decimals.
func TestJSON(t *testing.T) {
	s := mustParse(t, "id: j\nname: 输出\nversion: \"1\"\nitems:\n  - {name: 投资, weight: 30, method: ratio}\n")
	r := Compute(s, Data{Rows: []Input{{Unit: "甲镇", Group: "一组", Item: "投资", Value: some("92"), Target: some("100"), Kind: Certified, Source: "x<&>"}}})
	want := `{"groups":[{"group":"一组","rows":[{"unit":"甲镇","total":27.60,"rank":1,"items":[{"item":"投资","score":27.60,"formula":"得分 = 权重 × min(1, 完成值 ÷ 目标值) = 30 × min(1, 92 ÷ 100) = 27.60","inputs":[{"name":"投资","value":"92","target":"100","kind":"认定","source":"x<&>"}]}]}]}],"problems":[]}`
	if got := string(r.JSON()); got != want {
		t.Errorf("\n%s\n%s", got, want)
	}
	if got := string(Compute(s, Data{}).JSON()); got != `{"groups":[],"problems":[]}` {
		t.Error(got)
	}
	if !json.Valid(r.Canonical()) {
		t.Error("not JSON")
	}
}

func TestText(t *testing.T) {
	s := mustParse(t, "id: j\nname: 输出\nversion: \"1\"\nitems:\n  - {name: 投资, weight: 30, method: ratio}\n  - {name: AB, weight: 70, method: ratio}\n")
	got := Compute(s, Data{Rows: []Input{in("甲镇", "投资", "92", "100"), in("甲镇", "AB", "1", "1"), in("金涵畲族乡", "投资", "1", "1")}}).Text()
	want := []string{"名次  单位          总分   投资     AB", "   1  金涵畲族乡  100.00  30.00     缺", "   2  甲镇         97.60  27.60  70.00"}
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("missing %q in\n%s", w, got)
		}
	}
}
