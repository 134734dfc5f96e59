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
	} {
		if got := shown(ParseText(strings.Split(c.in, "\n"), Options{Year: 2017})); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}
