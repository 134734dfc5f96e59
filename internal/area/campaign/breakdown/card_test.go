package breakdown

import (
	"strings"
	"testing"
)

// TestCards: cards are read, and a table is never taken for one.
func TestCards(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{ // want "": no card
		{"a card", "督办事项|修复城东大桥|办结时限|6月底\n责任单位|区交通局|配合单位|区财政局", " 修复城东大桥|区交通局|区财政局|2017-06-30"},
		{"a number and a date above it", "编号：督办〔2017〕3号|日期：2017年2月3日\n督办事项|修复城东大桥\n责任单位|区交通局", " 修复城东大桥|区交通局||"},
		{"the same label twice in a card", "督办事项|修复城东大桥|办结时限|6月底\n责任单位|区交通局|责任人|张三\n配合单位|区财政局|责任人|李四\n督办内容|三个月内完成", " 督办事项|区交通局|区财政局|"},
		{"two cards", "督办事项|修路\n责任单位|区交通局\n办结时限|6月底\n督办事项|造桥\n责任单位|区水利局\n办结时限|9月底", " 修路|区交通局||2017-06-30\n 造桥|区水利局||2017-09-30"},
		{"a second value without a label", "督办事项|修路|\n责任单位|区交通局|区财政局\n办结时限|6月底|", " 修路||区交通局、区财政局|2017-06-30"},
		{"a table on its side", "项目名称|城东大桥|城南小学|城北公园\n责任单位|区交通局|区教育局|区住建局\n完成时限|6月底|9月底|年底", " 城东大桥|区交通局||2017-06-30\n 城南小学|区教育局||2017-09-30\n 城北公园|区住建局||2017-12-31"},
		{"a table", "序号|工作任务|责任单位|完成时限\n1|修路|区交通局|6月底", ""},
		{"a table of long titles", "工作任务|完成时限及有关要求|责任单位及责任人|备注及情况说明\n修路|6月底|区交通局|无\n造桥|9月底|区水利局|无\n建校|年底|区教育局|无", ""},
		{"a table of two columns", "工作任务|责任单位及责任人\n修路|区交通局\n造桥|区水利局\n建校|区教育局", ""},
		{"a table whose first title is unknown", "县区|工作任务|牵头单位|完成时限\n甲|修路|区交通局|6月底\n乙|造桥|区水利局|9月底", ""},
		{"a table below a title", "2017年任务表\n工作任务|完成时限要求|责任单位名称|工作进展情况\n修路|6月底|区交通局|在建\n造桥|9月底|区水利局|在建", ""},
		{"a table of four columns, units and times in turn", "主要任务|牵头单位|完成时限|责任单位\n修路|区交通局|6月底|漳湾镇\n造桥|区水利局|9月底|七都镇", ""},
		{"a table whose task is a title itself", "工作任务|责任单位\n重点项目|区发改局\n民生实事|区民政局\n督办事项|区督查室", ""},
		{"a table whose rows begin with words of titles", "类别|牵头单位|内容\n项目|区发改局|完成投资\n任务|区交通局|修路\n指标|区统计局|报数", ""},
	} {
		var g Grid
		for _, l := range strings.Split(c.in, "\n") {
			g.Rows = append(g.Rows, strings.Split(l, "|"))
		}
		out, ok := Cards(g)
		if ok != (c.want != "") {
			t.Errorf("%s: card %v %q", c.name, ok, out.Rows)
			continue
		}
		res := ParseGrid(out, GuessMapping(out), Options{Year: 2017})
		if ok {
			if c.name == "the same label twice in a card" {
				if len(res.Tasks) != 1 || strings.Join(res.Tasks[0].LeadUnits, "") != "区交通局" || res.Tasks[0].Owner != "张三；李四" {
					t.Errorf("%s: %+v", c.name, res.Tasks)
				}
			} else if got := shown(res); got != c.want {
				t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
			}
		} else if len(res.Tasks) != len(g.Rows)-1 && c.name != "a table below a title" {
			t.Errorf("%s: %d tasks of %d rows", c.name, len(res.Tasks), len(g.Rows)-1)
		}
	}
}
