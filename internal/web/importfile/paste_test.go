package importfile

import (
	"strings"
	"testing"

	"duban/internal/area/campaign/breakdown"
)

// TestPaste: rows as they come from Excel, WPS, Word and a page, and texts with a tab in them.
func TestPaste(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"Excel, a cell of two lines in quotes", "序号\t工作任务\t牵头单位\t完成时限\r\n1\t\"修路\n全长3公里\"\t区交通局\t6月底\r\n2\t造\"桥\"\t区水利局\t9月底\r\n",
			"2 1 修路⏎全长3公里|区交通局||2017-06-30|||\n3 2 造\"桥\"|区水利局||2017-09-30|||"},
		{"WPS, quotes doubled, title rows above", "2017年任务表\t\t\t\r\n\r\n序号\t工作任务\t责任单位\t完成时限\r\n1\t\"推进\"\"三馆一院\"\"建设\r\n主体封顶\"\t\"区文体局\n区住建局\"\t6月底\r\n",
			"4 1 推进\"三馆一院\"建设⏎主体封顶||区文体局、区住建局|2017-06-30|||"},
		{"a page, cells of several paragraphs without quotes", "序号\t工作任务\t牵头单位\t配合单位\t完成时限\n1\t修路\n\n全长3公里\t区交通局\n\n区财政局\t漳湾镇\t6月底\n2\t造桥\t区水利局\t\t9月底\n",
			"2 1 修路⏎全长3公里|区交通局、区财政局|漳湾镇|2017-06-30|||\n7 2 造桥|区水利局||2017-09-30|||"},
		{"a page, trailing tabs and spaces", "序号 \t工作任务 \t责任单位 \t\n1 \t修路 \t区交通局 \t\n2 \t造桥 \t区水利局 \t\n", "2 1 修路|区交通局|||||\n3 2 造桥|区水利局|||||"},
		{"a page, one cell a line", "序号\n工作任务\n责任单位\n1\n修建城东大桥\n区交通局\n2\n建设城南小学\n区教育局\n", "4 1 修建城东大桥|区交通局|||||\n7 2 建设城南小学|区教育局|||||"},
		{"rows without their heading", "1\t修建城东大桥并通车\t区交通局\t6月底\n2\t建设城南小学一所\t区教育局\t9月底\n", "1 1 修建城东大桥并通车|区交通局||2017-06-30|||\n2 2 建设城南小学一所|区教育局||2017-09-30|||"},
		{"a text with a tab", "2017年任务分工\n一、城建\n1.\t修路。（区交通局牵头，区财政局配合）\n2.造桥。（区水利局负责）\n请各单位抓好落实。\n", "3 1 修路。|区交通局|区财政局||||\n4 2 造桥。|区水利局|||||"},
		{"a text with a table in it", "关于印发任务分工的通知\n各单位：\n现将任务分工印发给你们。\n请认真落实。\n请按月报送。\n序号\t工作任务\t责任单位\n1\t修路\t区交通局\n联系人：张三\n区政府办\n2017年1月5日\n", "7 1 修路|区交通局|||||"},
	} {
		res := Paste(c.in).Tasks(breakdown.Options{Year: 2017})
		var got []string
		for _, x := range res.Tasks {
			got = append(got, line(x))
		}
		if g := strings.Join(got, "\n"); g != c.want {
			t.Errorf("%s:\n%s\nwant\n%s\n%v", c.name, g, c.want, res.Problems)
		}
	}
}
