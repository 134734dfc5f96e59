package score

import (
	"fmt"
	"strings"
	"testing"
)

// TestParseRefuses holds each fault of a scheme to its line and sentence.
func TestParseRefuses(t *testing.T) {
	head := "id: t\nname: 测试\nversion: \"1\"\nitems:\n"
	for _, c := range []struct{ text, want string }{
		{"", "第1行：方案是空的"},
		{"id: [", "YAML 写法不对"},
		{"id: t\nname: 测试\nversion: \"1\"\nitmes:\n  - {name: 甲}\n", "第4行：方案里没有“itmes”这一项，是不是“items”"},
		{head + "  - {name: 甲, weigth: 10, method: ratio}\n", "第5行：第1个指标里没有“weigth”这一项，是不是“weight”"},
		{head + "  - {name: 甲, weight: 10, method: ratoi}\n", "第5行：指标“甲”的“method”不能是“ratoi”"},
		{head + "  - {name: 甲, weight: 十分, method: ratio}\n", "“十分”不是数字"},
		{head + "  - {name: 甲, weight: 1e3, method: ratio}\n", "“1e3”不是数字"},
		{head + "  - {name: 甲, weight: 10, method: ratio, params: {delta: 1}}\n", "指标“甲”（完成率法）的参数里没有“delta”这一项"},
		{head + "  - {name: 甲, weight: 10, method: rank}\n", "要在 delta"},
		{head + "  - {name: 甲, weight: 10, method: formula, formula: 完成直 × 2}\n", "第5行：公式“完成直 × 2”：第1个字：不认识“完成直”，是不是“完成值”"},
		{head + "  - {name: 甲, weight: 10, method: formula, formula: 完成值 ÷}\n", "公式没有写完"},
		{head + "  - {name: 甲, weight: 10, method: formula, formula: 完成值 > 1}\n", "公式的结果应是一个数"},
		{head + "  - {name: 甲, weight: 10, method: manual, gate: 甲 + 1}\n", "这里应写一个判断"},
		{head + "  - {name: 甲, weight: 10, method: step}\n", "至少要写 k_up"},
		{head + "  - {name: 甲, weight: 10, method: step, params: {k_up: [{to: 3, k: 1}]}}\n", "最后一段不要写 to"},
		{head + "  - {name: 甲, weight: 10, method: bands, params: {table: [{range: 优秀, points: 1}]}}\n", "范围“优秀”看不懂"},
		{head + "  - {name: 甲, weight: 10, method: bands, params: {table: [{range: \"[9,3)\", points: 1}]}}\n", "是空的"},
		{head + "  - {name: 甲, weight: 10, method: combination}\n", "“组合法”要写“parts”"},
		{head + "  - {name: 甲, weight: 10, method: rank, each: sum, params: {delta: 0.1}}\n", "不能逐条计分"},
		{head + "  - {name: 甲, weight: -3, method: manual}\n", "不能是负数"},
		{head + "  - {name: 甲, name: 乙, weight: 3, method: manual}\n", "“name”写了两次"},
		{head + "  - &a {name: 甲, weight: 3, method: manual}\n  - *a\n", "不能用 YAML 的引用"},
		{head + "  - {name: 甲, weight: 3, method: manual}\nveto:\n  - {event: 安全事故, effect: fail}\n", "第7行：第1个否决项没有写“legal_basis”"},
		{head + "  - {name: 甲, weight: 3, method: manual}\nstatement: {last: 1, legal_basis: 某文}\n", "没有写“when”"},
		{head + "  - {name: 甲, weight: 3, method: manual}\nstatement: {last: 1, when: 总分 < 80}\n", "没有写“legal_basis”"},
		{head + "  - {name: 甲, weight: 3, method: manual}\nbonus: [{event: 表扬, per: -1}]\n", "加分项的分数不能是负数"},
		{head + "  - {name: 甲, weight: 3, method: manual}\naggregate: {year: [{of: quarter, w: 0.6}, {of: year_end, w: 0.3}]}\n", "合计是 0.9，应为 1"},
		{"id: t\nname: 测试\nversion: \"1\"\nitems: []\n", "一个指标也没有"},
		{"version: \"1\"\nitems:\n  - {name: 甲, weight: 3, method: manual}\n", "方案缺少“id”"},
		{head + "  - 甲\n", "应写成“名称: 内容”"},
		{"!!binary abc", "第1行"},
	} {
		_, err := Parse([]byte(c.text))
		if err == nil {
			t.Errorf("accepted:\n%s", c.text)
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q in\n%s", c.want, err)
		}
		for _, p := range AsSyntax(err) {
			if p.Where == "" || p.Message == "" {
				t.Errorf("empty problem %+v", p)
			}
		}
	}
}

// TestChineseKeys: the same scheme in Chinese keys and method names scores the same.
func TestChineseKeys(t *testing.T) {
	a := mustParse(t, "编号: x\n名称: 测试\n版本: \"1\"\n周期: 季度\n缺项: 组均\n指标:\n  - {名称: 甲, 分值: 30, 方法: 完成率法, 数据来源: 统计局}\n  - {名称: 乙, 分值: 70, 方法: 功效系数法, 方向: 越小越好}\n扣分:\n  - {事件: 批评, 每次: 1, 保底: -3}\n")
	r := Compute(a, Data{Rows: []Input{in("u", "甲", "92", "100"), in("u", "乙", "3", ""), in("v", "甲", "100", "100"), in("v", "乙", "2", ""), {Unit: "u", Event: "批评", Count: some("9")}}})
	if u := r.Find("u"); u.Total.String() != "66.60" || u.Item("批评").Score.String() != "-3.00" { // 27.60 + 42.00 − 3
		t.Error(u.Total, u.Formula)
	}
	if a.Missing != GroupMean || a.Period != "quarter" {
		t.Error(a.Missing, a.Period)
	}
}

func TestFormula(t *testing.T) {
	val := map[string]Num{"完成值": Int(88), "目标值": Int(100), "权重": Int(15), "逾期天数": Int(3)}
	e := func(n string) (Num, bool) { x, ok := val[n]; return x, ok }
	known := func(n string) bool { _, ok := val[n]; return ok }
	for src, want := range map[string]string{
		"最小(完成值 ÷ 目标值，1.2) × 权重 － 0.1 × 逾期天数 ＋ （完成值 ≥ 80 ? 0.2 : －0.5）": "13.1",
		"如果(完成值 ≥ 80 且 目标值＞0，１.５，－0.5)":                                 "1.5",
		"完成值 = 88 ? 5% : 1":             "0.05",
		"完成值 － (目标值 － 3)":               "-9",
		"－完成值 × (1 ＋ 2)":                "-264",
		"如果(非 (完成值 > 3) 或 完成值>1, 1, 2)": "1",
		"1/3*3": "1", "四舍五入(86.925, 2)": "86.93", "取整(－1.5)": "-2", "限幅(完成值, 0, 50)": "50", "平均(1，2，4)": "2.3333", "绝对值(－3)": "3", "最大(1,2)": "2", "0.1+0.2": "0.3",
		"如果(完成值 ≠ 88, 1/0, 7)": "7",
	} {
		f, err := parseFormula(src, "数", known, []string{"完成值"}, nil)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		v, err := f.eval(e)
		if err != nil || v.String() != want {
			t.Errorf("%s = %s %v, want %s", src, v, err, want)
		}
		// What is printed reads back to the same value.
		if !strings.Contains(src, "四舍五入") {
			g, err := parseFormula(f.text(e), "数", known, nil, nil)
			if err != nil {
				t.Errorf("%s prints as %s: %v", src, f.text(e), err)
			} else if w, _ := g.eval(e); w.Cmp(v) != 0 {
				t.Errorf("%s prints as %s", src, f.text(e))
			}
		}
	}
	for src, pos := range map[string]string{
		`count(1..1000, true)`: "第1个字", `map([1,2], #)`: "第5个字", `完成值 + "x"`: "第7个字", `let a = 1; a`: "第10个字", `{"a":1}.a`: "第1个字", `(完成值>1) + 1`: "第5个字",
		`完成值 ** 9`: "第5个字", `最小(完成值)`: "第1个字", `完成值 ÷`: "第5个字", `完成值 % 3`: "第5个字", `完成值.x`: "第5个字", `完成值 in 1..3`: "第5个字", `1..3`: "第2个字", `完成值；1`: "第4个字",
		`权重 × 0.12345678901234567`: "第6个字", `nil`: "第1个字", `完成值[0]`: "第4个字", `完成值 ? 1 : 2`: "第1个字", `99999999999999999999`: "第1个字", `完成值 ＋ 逾其天数`: "第7个字",
		`0.1000000000000000055`: "第1个字", strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100) + "x": "", strings.Repeat("1+", 299) + "1": "", strings.Repeat("1+", 301) + "1": "上限", ``: "空的",
	} {
		_, err := parseFormula(src, "数", known, []string{"完成值"}, nil)
		if err == nil || !strings.Contains(err.Error(), pos) {
			t.Errorf("%s: %v, want %s", src, err, pos)
		}
	}
	f, _ := parseFormula("完成值 ÷ (目标值 － 100)", "数", known, nil, nil)
	if _, err := f.eval(e); err == nil || err.Error() != "除数为零" {
		t.Error(err)
	}
}

func FuzzFormula(f *testing.F) {
	for _, s := range []string{"完成值 ÷ 目标值", "如果(完成值≥1,2,3)", "1..2", "((", "5%%", "a ? b : c", "－－1", "非非(1>2)"} {
		f.Add(s)
	}
	known := func(n string) bool { return n == "完成值" || n == "目标值" }
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parseFormula(s, "数", known, nil, nil)
		if err != nil {
			return
		}
		_, _ = p.eval(func(string) (Num, bool) { return Int(7), true })
		_ = p.text(nil)
	})
}

func TestBandRange(t *testing.T) {
	for _, c := range []struct{ text, in, out string }{
		{"[80,90)", "80 89.99", "79.99 90"}, {"80以上不足90", "80 89.99", "79.99 90"}, {"80-90", "80 89.99 90", "79.99 90.01"}, {"80（含）以上不足90", "80 89.99", "79.99 90"},
		{"90以上", "90 1000", "89.99"}, {"90分以上", "90", "89.99"}, {"≥90", "90", "89.99"}, {">=90", "90", "89.99"}, {"60%以上", "60", "59.99"}, {"超过90", "90.01", "90"},
		{"60以下", "60 0 -5", "60.01"}, {"不足60", "59.99 0", "60"}, {"＜60", "59.99", "60"}, {"（80，90］", "80.01 90", "80 90.01"}, {"80（不含）以上90（含）以下", "80.01 90", "80 90.01"}, {"[5,inf)", "5 99999", "4.99"},
	} {
		s, err := Parse([]byte(scheme(fmt.Sprintf("  - {name: 甲, weight: 1, method: bands, params: {table: [{range: %q, points: 1}]}}\n", c.text))))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		b := s.Items[0].P.Table[0]
		for i, list := range []string{c.in, c.out} {
			for _, v := range strings.Fields(list) {
				if x, _ := ParseNum(v); b.contains(x) != (i == 0) {
					t.Errorf("%s contains %s: %v", c.text, v, i != 0)
				}
			}
		}
	}
}

func TestCheck(t *testing.T) {
	s := mustParse(t, `
id: c
name: 检查
version: "1"
base: 100
max_items: 4
items:
  - {id: a, name: 甲, weight: 30, method: ratio, params: {cap: none}, source_unit: 局}
  - {id: a, name: 乙, weight: 30, method: ratio}
  - name: 丙
    weight: 20
    method: bands
    source_unit: 局
    params: {table: [{range: 90以上, points: 20}, {range: "[80,90]", points: 15}, {range: 60以上不足75, points: 30}]}
  - {name: 按时填报, weight: 10, method: count, params: {per: 1}, source_unit: 局}
  - {name: 戊, weight: 5, method: manual, indicator: 甲, source_unit: 局}
bonus: [{event: 表扬, per: 1}]
deduction: [{event: 打卡缺勤, per: 1}]
grades: {table: [{name: 优, range: 90以上}, {name: 良, range: "[80,90)"}, {name: 差, range: 不足79}]}
`)
	var got []string
	for _, p := range Check(s) {
		got = append(got, p.String())
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{"各指标分值合计为 95，应为 100", "编号 a 用了两次", "指标“甲”：得分不封顶", "指标“乙”：没有写数据来源单位", "“[80,90]”与“90以上”都含 90，重叠", "“60以上不足75”与“[80,90]”之间有空档，75 到 80 没有对应的档",
		"低于 60 没有对应的档", "“60以上不足75”这一档得30分，超过指标分值20分", "涉及“按时填报”", "有5个指标，超过4个的上限", "用的是同一个数据“甲”", "加分“表扬”：加分不封顶", "扣分“打卡缺勤”：扣分没有下限", "涉及“打卡”", "等次表：“不足79”与“[80,90)”之间有空档", "没有写依据"} {
		if !strings.Contains(all, want) {
			t.Errorf("missing %q in\n%s", want, all)
		}
	}
	if strings.Contains(all, "90 到 90") {
		t.Error(all)
	}
	// Weights that change by period are added up for each period.
	s = mustParse(t, "id: p\nname: 期\nversion: \"1\"\nlegal_basis: 某文\nitems:\n  - {name: 甲, weight: 50, method: ratio, source_unit: 局, periods: {Q1: 60}}\n  - {name: 乙, weight: 50, method: ratio, source_unit: 局, periods: {Q1: 30}}\n")
	if p := Check(s); len(p) != 1 || p[0].String() != "方案（Q1）：各指标分值合计为 90，应为 100" {
		t.Error(p)
	}
}

// TestPacks: every shipped pack parses, says 样例 and its source, and has no error (warnings only).
func TestPacks(t *testing.T) {
	if len(Packs()) != 8 {
		t.Error(Packs())
	}
	for _, id := range Packs() {
		s := pack(t, id)
		if s.ID != id || !strings.Contains(s.Note, "样例") || s.Source == "" {
			t.Errorf("%s: id %s note %s source %s", id, s.ID, s.Note, s.Source)
		}
		for _, p := range Check(s) {
			if p.Level == Error {
				t.Errorf("%s: %s", id, p)
			}
		}
	}
	if _, err := Pack("没有"); err == nil || !strings.Contains(err.Error(), "jiaocheng-quarterly") {
		t.Error(err)
	}
}
