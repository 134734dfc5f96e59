package breakdown

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// short shows a task: no text|lead|support|deadline|deadline text|leader.
func short(t Task) string {
	return t.No + " " + t.Text + "|" + strings.Join(t.LeadUnits, "、") + "|" + strings.Join(t.SupportUnits, "、") + "|" + t.Deadline + "|" + t.DeadlineText + "|" + t.Leader + t.Owner
}

func TestParseText(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
		problem  string // part of one; "" if there must be none
	}{
		{"lead and helpers", "1.修路。（区交通局牵头，区财政局、区住建局配合）",
			[]string{"1 修路。|区交通局|区财政局、区住建局|||"}, ""},
		{"semicolon between roles", "1.修路。（区交通局牵头；区财政局、区住建局按职责分工负责；2017年6月底前完成）",
			[]string{"1 修路。|区交通局|区财政局、区住建局|2017-06-30|2017年6月底前|"}, ""},
		{"two leads", "1.修路。（区交通局、区住建局牵头，各乡镇人民政府和街道办事处参与）",
			[]string{"1 修路。|区交通局、区住建局|各乡镇人民政府、街道办事处|||"}, ""},
		{"alone means lead", "1.修路。（区交通局负责）", []string{"1 修路。|区交通局||||"}, ""},
		{"nobody leads", "1.修路。（区交通局、区财政局负责）", []string{"1 修路。||区交通局、区财政局|||"}, "没有写谁牵头"},
		{"first leads from a note at the end", "1.修路。（区交通局、区财政局负责）\n注：排在第一位的为牵头单位。",
			[]string{"1 修路。|区交通局|区财政局|||"}, ""},
		{"first leads from the preface", "现将任务分解印发。责任分解中，列第一位的责任单位为牵头单位或汇总单位。\n1.修路。（责任单位：区交通局、区财政局）",
			[]string{"1 修路。|区交通局|区财政局|||"}, ""},
		{"marked leads", "标★的为牵头单位。\n1.修路。（责任单位：区财政局、★区交通局）",
			[]string{"1 修路。|区交通局|区财政局|||"}, ""},
		{"together with", "1.修路。（区交通局会同区财政局、区住建局等有关部门负责）",
			[]string{"1 修路。|区交通局|区财政局、区住建局|||"}, ""},
		{"names with 和 and 及", "1.修路。（文化和旅游部牵头，工业和信息化部、住房和城乡建设部、农业农村和水利局和财政部及各省级人民政府参与）",
			[]string{"1 修路。|文化和旅游部|工业和信息化部、住房和城乡建设部、农业农村和水利局、财政部、各省级人民政府|||"}, ""},
		{"a name in brackets", "1.修路。（责任部门：市交通委（市道运局）、市气象局，各乡镇（街道））",
			[]string{"1 修路。||市交通委（市道运局）、市气象局、各乡镇（街道）|||"}, "没有写谁牵头"},
		{"several in a paragraph", "（一）修路。（区交通局负责）造桥。（区水利局负责）绿化。（区园林中心负责）",
			[]string{"（一） 修路。|区交通局||||", "（一）-2 造桥。|区水利局||||", "（一）-3 绿化。|区园林中心||||"}, ""},
		{"half-width brackets and commas", "1.稳增长。(国务院各部门分别负责,年内持续推进)\n2.稳就业。(发展改革委牵头,财政部,各省级人民政府按职责分工负责,5月底前出台相关政策)\n2020年1月6日",
			[]string{"1 稳增长。|国务院各部门|||年内持续推进|", "2 稳就业。|发展改革委|财政部、各省级人民政府|2020-05-31|5月底前|"}, ""},
		{"labels", "1.修路。（牵头领导：张三；牵头单位：区发改局；责任单位：区交通局、区财政局；配合单位：各乡镇；完成时限：2017年6月底）",
			[]string{"1 修路。|区发改局|区交通局、区财政局、各乡镇|2017-06-30|2017年6月底|张三"}, ""},
		{"square brackets", "1.修路。[责任单位：区交通局]\n2.造桥。【牵头单位：区水利局，配合单位：区财政局】",
			[]string{"1 修路。|区交通局||||", "2 造桥。|区水利局|区财政局|||"}, ""},
		{"no numbers", "某区重点工作\n各单位：\n修路。\n责任单位：区交通局\n一、水利\n造桥。\n责任单位：区水利局",
			[]string{" 修路。|区交通局||||", "一 造桥。|区水利局||||"}, ""},
		{"a bracket in a value", "1.修路。责任单位：区住建局（区人防办）",
			[]string{"1 修路。|区住建局（区人防办）||||"}, ""},
		{"lead in brackets, time in the list", "1.修路。责任单位：区交通局、区财政局（牵头）、区住建局，长期坚持",
			[]string{"1 修路。|区财政局|区交通局、区住建局||长期坚持|"}, ""},
		{"lines below", "1.修路\n路长3公里。\n牵头单位:区交通局\n责任单位:城南镇,区财政局\n完成时限：长期坚持\n2.造桥\n责任单位 区水利局",
			[]string{"1 修路路长3公里。|区交通局|城南镇、区财政局||长期坚持|", "2 造桥|区水利局||||"}, ""},
		{"in the same line", "1.修路。责任单位：区交通局、区财政局。完成时限：2017年9月。2.造桥。责任单位：区水利局",
			[]string{"1 修路。||区交通局、区财政局|2017-09-30|2017年9月|", "2 造桥。|区水利局||||"}, "没有写谁牵头"},
		{"no brackets", "1.修路。由区交通局牵头，区财政局、城南街道配合，2017年8月底前完成。",
			[]string{"1 修路。|区交通局|区财政局、城南街道|2017-08-31|2017年8月底前|"}, ""},
		{"remarks are no units", "1.补助企业（超过100人的企业达到15%），建设平台（创新中心、检测中心）。（区财政局负责）",
			[]string{"1 补助企业（超过100人的企业达到15%），建设平台（创新中心、检测中心）。|区财政局||||"}, ""},
		{"guides", "1.修路。（省交通厅指导，区交通局负责落实）",
			[]string{"1 修路。|区交通局|省交通厅|||"}, ""},
		{"same number under two headings", "一、路\n（一）修路。（区交通局负责）\n二、桥\n（一）修桥。（区水利局负责）",
			[]string{"一（一） 修路。|区交通局||||", "二（一） 修桥。|区水利局||||"}, ""},
		{"a bad deadline keeps its task", "1.修路。（责任单位：区交通局；完成时限：2017年2月30日）\n2.造桥。（区水利局负责）",
			[]string{"1 修路。|区交通局|||2017年2月30日|", "2 造桥。|区水利局||||"}, "第 1 段：时间节点“2017年2月30日”不是日期。请写成 2017-02-28 这样的日期。"},
		{"one brother without units", "1.修路。（区交通局负责）\n2.造桥。\n3.绿化。（区园林中心负责）",
			[]string{"1 修路。|区交通局||||", "2 造桥。|||||", "3 绿化。|区园林中心||||"}, "第 2 段：2 “造桥。”没有写责任单位"},
		{"words after the last bracket", "1.修路。（区交通局负责）并做好沿线绿化和养护工作。\n2.造桥。（区水利局负责）",
			[]string{"1 修路。|区交通局||||", "2 造桥。|区水利局||||"}, "第 1 段：最后的“并做好沿线绿化和养护工作。”后面没有写责任单位"},
		{"a deadline without a unit", "一、路\n1.修路。（区交通局负责）\n二、要求\n各镇于2017年3月底前报送方案。",
			[]string{"1 修路。|区交通局||||"}, "第 4 段：有时限“2017年3月底前”，没有写责任单位，没有作为任务导入：“各镇于2017年3月底前报送方案。”。"},
		{"no year anywhere", "1.修路。（责任单位：区交通局；完成时限：6月底）",
			[]string{"1 修路。|区交通局|||6月底|"}, "全文：有 1 处时间节点没有写年份"},
		{"nothing there", "各位代表，大家好。", nil, "没有找到任务"},
	} {
		res := ParseText(strings.Split(c.in, "\n"), Options{})
		var got []string
		for _, x := range res.Tasks {
			got = append(got, short(x))
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		all := ""
		for _, p := range res.Problems {
			all += p.Message + "\n"
			if !strings.HasPrefix(p.Message, p.Where+"：") {
				t.Errorf("%s: %q does not begin with %q", c.name, p.Message, p.Where)
			}
		}
		if c.problem == "" && all != "" || !strings.Contains(all, c.problem) {
			t.Errorf("%s: problems %q, want %q", c.name, all, c.problem)
		}
	}
}

// TestTuned holds the two documents that the parser was tuned on. Every bracket
// of the first has a lead, by its convention; the second states none.
func TestTuned(t *testing.T) {
	res := ParseText(sharedText(t, "国发〔2019〕3号"), Options{})
	if len(res.Tasks) != 21 || len(res.Problems) != 0 {
		t.Errorf("国发〔2019〕3号: %d tasks, problems %v", len(res.Tasks), res.Problems)
	}
	for _, x := range res.Tasks {
		if len(x.LeadUnits) != 1 {
			t.Errorf("%s: lead %v", x.No, x.LeadUnits)
		}
	}
	if got := short(res.Tasks[12]); !strings.HasSuffix(got, "|海关总署|文化和旅游部、文物局|||") {
		t.Error(got)
	}
	res = ParseText(sharedText(t, "国办发〔2018〕121号"), Options{})
	if len(res.Tasks) != 21 || len(res.Problems) != 1 {
		t.Errorf("国办发〔2018〕121号: %d tasks, problems %v", len(res.Tasks), res.Problems)
	}
	if x := res.Tasks[18]; x.No != "（十八）" || len(x.LeadUnits) != 0 || strings.Join(x.SupportUnits, "、") != "公安部、工业和信息化部、交通运输部、水利部、海洋局、空管委办公室" {
		t.Error(short(x))
	}
	// A third writes （负责部门：A、B；适用范围：福建自贸试验区）.
	res = ParseText(sharedText(t, "国发〔2018〕38号"), Options{})
	if len(res.Tasks) != 53 {
		t.Errorf("国发〔2018〕38号: %d tasks", len(res.Tasks))
	}
	for _, x := range res.Tasks {
		all := append(append([]string{}, x.LeadUnits...), x.SupportUnits...)
		if len(all) == 0 || strings.Contains(strings.Join(all, ""), "自贸") || strings.Contains(strings.Join(all, ""), "：") {
			t.Errorf("国发〔2018〕38号 %s: %v", x.No, all)
		}
	}
	if res = ParseText(sharedText(t, "国办发〔2018〕121号"), Options{FirstLeads: true}); len(res.Problems) != 0 || res.Tasks[18].LeadUnits[0] != "公安部" {
		t.Error("FirstLeads is not followed")
	}
}

// TestJSON fixes the exchange format.
func TestJSON(t *testing.T) {
	b, err := json.Marshal(ParseText([]string{"1.修路。（区交通局负责）"}, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"tasks":[{"no":"1","text":"修路。","lead_units":["区交通局"],"support_units":[],"deadline":"","deadline_text":""}],"problems":[]}`; string(b) != want {
		t.Errorf("%s", b)
	}
	if b, _ = json.Marshal(ParseText(nil, Options{})); !strings.HasPrefix(string(b), `{"tasks":[],"problems":[{"where":"全文"`) {
		t.Errorf("%s", b)
	}
}

func TestSplitUnits(t *testing.T) {
	for in, want := range map[string]string{
		"国家发展改革委、财政部、各省级人民政府":   "国家发展改革委|财政部|各省级人民政府",
		"住房和城乡建设部、文化和旅游部":       "住房和城乡建设部|文化和旅游部",
		"教育部及财政部":               "教育部|财政部",
		"区自然资源和规划局,区人力资源和社会保障局": "区自然资源和规划局|区人力资源和社会保障局",
		"区委组织部、区卫健局等有关部门和单位":    "区委组织部|区卫健局",
		"各有关部门和单位":              "各有关部门和单位",
		"有关部门":                  "有关部门",
		"蕉城区和福安市人民政府":           "蕉城区|福安市人民政府",
		"区 委 办、区政府办":            "区委办|区政府办",
		"城南镇 城北街道\n漳湾镇":         "城南镇|城北街道|漳湾镇",
		"各县（市、区）人民政府、各乡(镇)人民政府": "各县（市、区）人民政府|各乡（镇）人民政府",
		"区住建局（张三）":              "区住建局",
		"区财政局、区财政局":             "区财政局",
		"市经济和信息化局与市工商联":         "市经济和信息化局|市工商联",
		"农业农村部门、民政部门":           "农业农村部门|民政部门",
		"县政府办，县发改局；县统计局/县税务局":   "县政府办|县发改局|县统计局|县税务局",
	} {
		if got := strings.Join(splitUnits(in), "|"); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
