package breakdown

import (
	"strings"
	"testing"
)

// TestSixthShapes: what the documents of testdata/sixth taught, in small.
func TestSixthShapes(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a leader under a longer heading", "1.修路。\n牵头负责领导：王建国。\n牵头责任单位：区交通局。\n协同责任单位：区财政局等，各乡镇。\n2.建校。\n责任区级领导：李建设\n牵头负责单位：区教育局", "1 修路。|区交通局|区财政局、各乡镇|\n2 建校。|区教育局||"},
		{"a semicolon for a colon", "1.修路。（责任单位；区交通局、区财政局）\n2.建校。（责任单位：区教育局）", "1 修路。||区交通局、区财政局|\n2 建校。|区教育局||"},
		{"clauses that end with a semicolon are no headings", "1.修路。（区交通局为牵头单位；区财政局为配合单位；6月底前完成）", "1 修路。|区交通局|区财政局|2017-06-30"},
		{"a number covers two tasks with a time each", "序号\n民生实事\n责任单位\n完成时限\n1\n开工建设县老年养护楼。\n县民政局\n5月底前\n开工建设老年大学。\n12月底前\n2\n新建2座人行天桥。\n县住建局\n9月底前", "1 开工建设县老年养护楼。|县民政局||2017-05-31\n1-2 开工建设老年大学。|县民政局||2017-12-31\n2 新建2座人行天桥。|县住建局||2017-09-30"},
		{"the table's own name above its titles", "重大行政决策事项目录\n序号 |\n事项名称 |\n承办单位 |\n决策时间 |\n1 |\n2024-2027年度松材线虫病防控实施方案 |\n区林业局 |\n2017年12月 |\n2 |\n民生实事安排方案 |\n区政府办 |\n2017年7月 |", "1 2024-2027年度松材线虫病防控实施方案|区林业局||2017-12-31\n2 民生实事安排方案|区政府办||2017-07-31"},
		{"a column of times under another title", "序号\t工作任务\t责任单位\t上会月份\n1\t编制规划并上会\t区发改局\t6月底\n2\t修订办法并上会\t区司法局\t9月底", "1 编制规划并上会|区发改局||2017-06-30\n2 修订办法并上会|区司法局||2017-09-30"},
		{"times of the past are no deadlines", "序号\t工作任务\t责任单位\t来文时间\n1\t编制规划并上会\t区发改局\t2017年3月5日\n2\t修订办法并上会\t区司法局\t2017年4月6日", "1 编制规划并上会|区发改局||\n2 修订办法并上会|区司法局||"},
		{"a table on one line", "序号 | 事项名称 | 承办单位 | 完成时间 | 1 | 编制规划 | 区发改局 | 2017年4月 | 2 | 修订办法 | 区司法局 | 2017年9月 |", "1 编制规划|区发改局||2017-04-30\n2 修订办法|区司法局||2017-09-30"},
		{"an office named for what it does", "1.修路。（推进新型城镇化办公室牵头，新建区交通局配合）", "1 修路。|推进新型城镇化办公室|新建区交通局|"},
	} {
		if got := shown(ParseText(strings.Split(c.in, "\n"), Options{Year: 2017})); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	res := ParseText([]string{"附件 职责清单 工作任务和内容 责任单位 配合单位 完成时间 负责达标整治工作的宣传，公开曝光.", "县委宣传部 持续开展 负责督导和检查考核. 县政府督查室 持续开展 负责制定方案. 县五城办 7月底前制定 县公安局 持续开展"}, Options{Year: 2017})
	if len(res.Tasks) != 0 || len(res.Problems) < 2 || !strings.HasPrefix(res.Problems[0].Message, "第 1 段：像是从 PDF 里复制的表格") || !strings.HasPrefix(res.Problems[1].Message, "第 2 段：接着上面那张") {
		t.Errorf("columns that ran together over two paragraphs: %s %v", shown(res), res.Problems)
	}
	res = ParseText([]string{"2017年任务分解表序号项目名称主要内容分管领导牵头单位配合单位1增加教育资源新建学校12个。张三教育局各街道2促进就业"}, Options{Year: 2017})
	if len(res.Tasks) != 0 || len(res.Problems) < 2 || !strings.HasPrefix(res.Problems[0].Message, "第 1 段：像是从 PDF 里复制的表格") {
		t.Errorf("columns without anything between: %s %v", shown(res), res.Problems)
	}
}
