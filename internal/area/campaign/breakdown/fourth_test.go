package breakdown

import (
	"strings"
	"testing"
)

// shown prints tasks as the tests of shapes compare them.
func shown(res Result) string {
	var got []string
	for _, x := range res.Tasks {
		got = append(got, x.No+" "+strings.ReplaceAll(x.Text, "\n", "/")+"|"+strings.Join(x.LeadUnits, "、")+"|"+strings.Join(x.SupportUnits, "、")+"|"+x.Deadline)
	}
	return strings.Join(got, "\n")
}

// TestFourthShapes: what the documents of testdata/fourth taught, in small.
func TestFourthShapes(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"each cell ends with a bar", "|\n清单 |\n||||\n|\n序号 |\n工作任务 |\n责任单位 |\n建设时间 |\n|\n1 |\n修建城东\n大桥 |\n区交通局 |\n2018 |\n|\n2 |\n新建城南小学 |\n区教育局 |\n2019 |\n|",
			"1 修建城东/大桥|区交通局||2018-12-31\n2 新建城南小学|区教育局||2019-12-31"},
		{"a cell is empty where each ends with a bar", "|\n序号 |\n工作任务 |\n备注 |\n责任单位 |\n完成时限 |\n|\n1 |\n修建城东大桥 |\n省级 |\n区交通局 |\n6月底 |\n|\n2 |\n新建城南小学 |\n|\n区教育局 |\n9月底 |\n|",
			"1 修建城东大桥|区交通局||2017-06-30\n2 新建城南小学|区教育局||2017-09-30"},
		{"a cell a line, one title unknown", "序号\n项目内容\n当前进度\n牵头单位\n备注\n1\n修建城东大桥并通车\n80%\n区交通局\n市级\n2\n新建城南小学一所\n22%(滞后)\n区教育局\n市级",
			"1 修建城东大桥并通车|区交通局||\n2 新建城南小学一所|区教育局||"},
		{"a cell a line, some empty, one of two paragraphs", "序号\n工作任务\n进展\n牵头单位\n完成时限\n备注\n1\n修建城东大桥并通车\n区交通局\n6月底\n2\n新建城南小学一所，\n并购置教学设备\n已开工\n区教育局\n9月底\n市级",
			"1 修建城东大桥并通车|区交通局||2017-06-30\n2 新建城南小学一所，/并购置教学设备|区教育局||2017-09-30"},
		{"headings that are not ours in one paragraph", "各单位要抓好落实。 1.修建城东大桥。 牵头领导：王建国 责任单位：区交通局 项目责任人：李建设 完成情况：桩基完成，正在架梁。 2.新建城南小学。 责任单位：区教育局 配合单位：区财政局，各乡镇 城南 城北 合计 3 5 完成情况：已开工。",
			"1 修建城东大桥。|区交通局||\n2 新建城南小学。|区教育局|区财政局、各乡镇|"},
		{"one address of two kinds of places", "1.修路。（区交通局牵头，各县、区人民政府（管委会）负责落实。以下各项工作均需各县、区人民政府（管委会）落实，不再列出。）\n2.造桥。（区水利局牵头）",
			"1 修路。|区交通局|各县、区人民政府（管委会）|\n2 造桥。|区水利局|各县、区人民政府（管委会）|"},
		{"a time and no body", "指标序号\n任务\n时限\n进展情况\n22\n依据目录提升公开水平\n持续推进\n推进中\n24,25\n公开补贴资金发放结果\n年底前\n已公开",
			"22 依据目录提升公开水平|||\n24,25 公开补贴资金发放结果|||2017-12-31"},
		{"a number covers two tasks", "序号\n牵头单位\n工作任务\n完成情况\n备注\n12\n区水利局\n56.做好农村自来水管网改造\n已完工87个村\n86.深入推进河长制工作落实\n完成调整\n扫一扫",
			"12 56.做好农村自来水管网改造|区水利局||\n12-2 86.深入推进河长制工作落实|区水利局||"},
		{"numbered paragraphs of one cell", "序号\n工作任务\n责任单位\n备注\n1\n1.修建城东大桥主桥并通车\n2.修建城东大桥引桥并通车\n区交通局\n市级\n2\n新建城南小学一所\n区教育局\n市级",
			"1 1.修建城东大桥主桥并通车/2.修建城东大桥引桥并通车|区交通局||\n2 新建城南小学一所|区教育局||"},
		{"bodies as headings", "重点工作任务分解\n一、区发改局\n1.完成固定资产投资186亿元。\n2.推进城东大桥前期，6月底前开工。\n二、区住建局、区城管局（1项）\n3.改造老旧小区5个。\n三、工作要求\n1.加强领导。",
			"1 完成固定资产投资186亿元。|区发改局||\n2 推进城东大桥前期，6月底前开工。|区发改局||2017-06-30\n3 改造老旧小区5个。||区住建局、区城管局|"},
		{"bodies with a colon", "区交通局：1.修建农村公路30公里，10月底前完成；2.改造危桥5座。\n区水利局：治理河道12公里并通过验收。", "1 修建农村公路30公里，10月底前完成|区交通局||2017-10-31\n2 改造危桥5座。|区交通局||\n 治理河道12公里并通过验收。|区水利局||"},
		{"an author and a date", "关于清理整顿的意见\n（民政部 一九九七年一月二十八日）\n为了贯彻规定，提出意见。", ""},
		{"an addressee and a signature", "关于有关问题的复函\n区气象局：\n你局请示收悉，答复如下：\n一、同意合建3个自动气象站。\n二、按基建程序报批，请区气象局办理。\n区政府办公室\n2017年2月6日", "二 按基建程序报批，请区气象局办理。|区气象局||"},
		{"a list of members", "领导小组成员名单\n区交通局：张三、李四、王五、赵六\n区水利局：陈七、周八、吴九、郑十\n区教育局：2805093（黄一）", ""},
		{"a number before a month", "1.3月底前，出台方案（责任科室：办公室）\n2.4—6月，开展排查（责任科室：监管科）", "1 3月底前，出台方案|办公室||2017-03-31\n2 4—6月，开展排查|监管科||"},
		{"a body and a time in a bracket", "1.修路（6月底前完成，区交通局）\n2.建校（区教育局 8月底前）", "1 修路|区交通局||2017-06-30\n2 建校|区教育局||2017-08-31"},
		{"minutes", "一、征迁。会议明确，由区征迁办牵头，漳湾镇配合，于6月25日前交地。\n二、会议要求，区城管局要在8月底前建成中转站2座。", "一 会议明确，由区征迁办牵头，漳湾镇配合，于6月25日前交地。|区征迁办|漳湾镇|2017-06-25\n二 会议要求，区城管局要在8月底前建成中转站2座。|区城管局||2017-08-31"},
		{"a list of what must be put right", "序号\t存在问题\t整改目标\t整改措施\t责任单位\t整改时限\t整改情况\n1\t污水处理厂运行不正常\t正常运行\t开展排查并逐一整改\t区住建局\t2017-2018年\t正在整改\n2\t采砂管理不严\t规范\t加强巡查并严格执法\t区水利局\t年底前\t已完成", "1 污水处理厂运行不正常：开展排查并逐一整改|区住建局||2018-12-31\n2 采砂管理不严：加强巡查并严格执法|区水利局||2017-12-31"},
		{"a cell a line, no numbers", "工作任务\n责任单位\n完成时限\n修建城东大桥\n区交通局\n6月底前\n新建城南小学\n区教育局、区住建局\n8月底前\n联系人张三", " 修建城东大桥|区交通局||2017-06-30\n 新建城南小学||区教育局、区住建局|2017-08-31"},
		{"a bar ends each cell, no numbers, rows not parted", "工作任务 |\n责任单位 |\n完成时限 |\n修建城东大桥 |\n区交通局 |\n6月底前 |\n新建城南小学 |\n区教育局 |\n8月底前 |", " 修建城东大桥|区交通局||2017-06-30\n 新建城南小学|区教育局||2017-08-31"},
		{"commas in a text", "各单位：\n序号,工作任务,责任单位,完成时限\n1,修建城东大桥,\"区交通局,区财政局\",6月底前\n2,新建城南小学,区教育局,8月底前\n请抓好落实。", "1 修建城东大桥||区交通局、区财政局|2017-06-30\n2 新建城南小学|区教育局||2017-08-31"},
		{"Markdown with line ends in cells", "|序号|工作任务|责任单位|\n|:-:|--|--|\n|1|修路<br>造桥|区交通局<br/>区财政局|", "1 修路/造桥||区交通局、区财政局|"},
		{"a bracket that is never shut", "1.地区生产总值增长7%以上。（预期性指标，牵头单位：区发改局；责任单位：各乡镇，不再逐", "1 地区生产总值增长7%以上。|区发改局|各乡镇|"},
	} {
		if got := shown(ParseText(strings.Split(c.in, "\n"), Options{Year: 2017})); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// TestUnread: where a table stands of which nothing can be read, that is said, and nothing is made up from it.
func TestUnread(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a PDF whose columns ran together", "完成 序号 重点任务 工作措施 牵头部门 主责单位 协办单位 时限 一 空气质量 区交通局 在完成任务 基础上 各区 1 目标 最大努力 细颗粒物 年底前 各街道 继续下降", "第 1 段：像是从 PDF 里复制的表格"},
		{"titles in a line", "各科室：\n序号 工作任务 责任单位 完成时限\n修路修路修路修路修路修路\n区交通局6月底前", "第 2 段：是表格的标题行"},
		{"titles on lines", "各科室：\n序号\n工作任务\n责任单位\n完成时限\n请各单位抓紧办理。", "第 2 段：起是表格的标题"},
	} {
		res := ParseText(strings.Split(c.in, "\n"), Options{Year: 2017})
		found := false
		for _, p := range res.Problems {
			found = found || strings.HasPrefix(p.Message, c.want)
		}
		if !found {
			t.Errorf("%s: %v %v", c.name, res.Problems, shown(res))
		}
		if c.name != "titles on lines" && len(res.Tasks) > 1 {
			t.Errorf("%s: %s", c.name, shown(res))
		}
	}
}

// TestUnsure: 6月前 has two readings; none is taken, and both are told.
func TestUnsure(t *testing.T) {
	b := base{year: 2017, fixed: true}
	for _, c := range []struct{ in, day, told string }{
		{"6月前", "", "（2017-05-31），或者这个月底（2017-06-30）"},
		{"2018年3月份以前完成", "", "（2018-02-28），或者这个月底（2018-03-31）"},
		{"二季度前", "", "（2017-03-31），或者这个季度底（2017-06-30）"},
		{"1月之前", "", "（2016-12-31），或者这个月底（2017-01-31）"},
		{"6月底前", "2017-06-30", ""},
		{"6月15日前", "2017-06-15", ""},
		{"6月上旬前", "2017-06-10", ""},
		{"二季度末前", "2017-06-30", ""},
		{"6月内", "2017-06-30", ""},
		{"3月前拿出方案，6月底前完成", "2017-06-30", ""},
	} {
		due, mend := b.field(c.in)
		if due.Day != c.day || due.Text != c.in || c.told == "" && mend != "" || !strings.Contains(mend, c.told) {
			t.Errorf("%s: %+v %q", c.in, due, mend)
		}
	}
	res := ParseText([]string{"1.修路，6月前通车。（区交通局负责）", "2.造桥，6月底前通车。（区水利局负责）"}, Options{Year: 2017})
	if got := shown(res); got != "1 修路，6月前通车。|区交通局||\n2 造桥，6月底前通车。|区水利局||2017-06-30" || res.Tasks[0].DeadlineText != "6月前" {
		t.Errorf("%s", got)
	}
	if len(res.Problems) != 1 || res.Problems[0].Where != "第 1 段" || !strings.Contains(res.Problems[0].Message, "两种读法") {
		t.Error(res.Problems)
	}
	if !isUnit("各乡镇（园区）") || keepInner("（园区）") == "" {
		t.Error("园区")
	}
}
