package campaignweb

import (
	"slices"
	"strings"
	"testing"

	"duban/internal/area/campaign/breakdown"
	"duban/internal/spine/task"
	"duban/internal/web/viz"
)

func TestPercent(t *testing.T) {
	for x, want := range map[int64]string{0: "0%", 5512: "55.1%", 5515: "55.2%", 10000: "100%", 4: "0%", 5: "0.1%", -1350: "−13.5%", -1300: "−13%"} {
		if got := percent(x); got != want {
			t.Errorf("percent(%d) = %s, want %s", x, got, want)
		}
	}
	for x, want := range map[int64]string{0: "与应达持平", 4: "与应达持平", -1370: "落后 13.7 个百分点", 300: "超前 3 个百分点"} {
		if got := lead(x); got != want {
			t.Errorf("lead(%d) = %s, want %s", x, got, want)
		}
	}
}

// TestSheets: no page has more lines than the paper holds, no line is lost, and a heading never stands alone at the foot.
func TestSheets(t *testing.T) {
	var lines []string
	for i := range 90 {
		switch {
		case i%9 == 8:
			lines = append(lines, "一、目标任务")
		case i%4 == 0:
			lines = append(lines, strings.Repeat("长", 60))
		default:
			lines = append(lines, "短")
		}
	}
	var all []string
	for i, page := range sheets(lines) {
		n := 0
		for _, l := range page {
			n += (width(l) + 2 + 27) / 28
		}
		if i == 0 {
			n += 3
		}
		if n > 22 {
			t.Errorf("page %d has %d lines", i+1, n)
		}
		if heading(page[len(page)-1]) && len(all)+len(page) < len(lines) {
			t.Errorf("page %d ends in a heading", i+1)
		}
		all = append(all, page...)
	}
	if strings.Join(all, "\n") != strings.Join(lines, "\n") {
		t.Error("lines were lost or moved")
	}
}

// TestLastSheet: both signatures and the fingerprint stand on one page.
func TestLastSheet(t *testing.T) {
	for n := 1; n < 60; n++ {
		lines := slices.Repeat([]string{"短"}, n)
		lines = append(lines, "乙方签字", "甲方签字", "全文指纹")
		pages := sheets(lines)
		if last := pages[len(pages)-1]; len(last) < 3 {
			t.Errorf("%d lines: the last page has %q", n, last)
		}
		if all := slices.Concat(pages...); !slices.Equal(all, lines) {
			t.Errorf("%d lines: lost or moved", n)
		}
	}
}

func TestReadPaper(t *testing.T) {
	text := "责任状\n宁德市蕉城区　2017年　第 2 版\n\n甲方：宁德市蕉城区（副区长）\n乙方：城南镇\n责任期限：2017年1月1日至12月31日\n依据：宁委〔2017〕1号（市级）\n\n一、目标任务\n城市建设管理攻坚行动\n" +
		"CS-07　“两违”拆除\n　　完成标准：验收\n　　目标：拆除面积　3.2 万平方米\n　　季度累计：2017年一季度 0.8 万平方米；2017年二季度 1.6 万平方米；2017年三季度 3.2 万平方米\n　　时限：持续推进　分值：5\n合计 1 项\n\n二、约定\n甲。\n乙。\n"
	p := readPaper(text)
	want := paperItem{Campaign: "城市建设管理攻坚行动", No: "CS-07", Title: "“两违”拆除", Standard: "验收", Indicator: "拆除面积", Target: "3.2 万平方米", Deadline: "持续推进", Points: "5", Quarters: [4]string{"0.8 万平方米", "1.6 万平方米", "3.2 万平方米", ""}}
	if len(p.Items) != 1 || p.Items[0] != want {
		t.Errorf("%+v", p.Items)
	}
	if p.Title != "责任状" || p.party("乙方") != "城南镇" || p.Total != "合计 1 项" || len(p.Terms) != 2 {
		t.Errorf("%+v", p)
	}
}

func TestGates(t *testing.T) {
	x := task.Task{Deadline: "2017-12-31", State: task.Open}
	got := gates(x, []task.Milestone{{Title: "开工", DueOn: "2017-03-01", DoneOn: "2017-02-28"}, {Title: "主体", DueOn: "2017-06-30", DoneOn: "2017-07-09"}, {Title: "管线", DueOn: "2017-07-31"}}, "2017-08-22", 2017)
	var states []viz.Gate
	for _, g := range got {
		states = append(states, g.State)
	}
	if len(got) != 4 || states[0] != viz.OnTime || states[1] != viz.Late || states[2] != viz.Missed || states[3] != viz.Ahead || got[3].Title != "12-31 截止" {
		t.Errorf("%+v", got)
	}
	if spot("2016-12-31", 2017) != 0 || spot("2018-01-01", 2017) != 12 || spot("2017-07-01", 2017) != 6 {
		t.Error("a day stands in the wrong place of the year")
	}
}

// TestColumns: the titles of the export are read back as what they are.
func TestColumns(t *testing.T) {
	m := breakdown.GuessMapping(breakdown.Grid{Rows: [][]string{titles(), {"CS-01", "城建", "改造农贸市场", "3", "个", "2017-10-15", "江平野副区长", "城南镇", "区住建局", "阮清和", "5", "1", "2", "3", "3", "无"}}})
	for i, c := range m.Columns {
		if c.Field != columns[i].field {
			t.Errorf("%s is read as %q", columns[i].title, c.Field)
		}
	}
}

func TestWithMeasure(t *testing.T) {
	for in, want := range map[string][2]string{"3家": {"3", "家"}, " 30,000 万元": {"30,000", "万元"}, "１２．５公里": {"１２．５", "公里"}, "3亿元": {"3", "亿元"}, "3亿": {"3亿", ""}, "30,000": {"30,000", ""}, "": {"", ""}, "很多": {"很多", ""}} {
		if n, m := withMeasure(in); n != want[0] || m != want[1] {
			t.Errorf("%q: %q %q", in, n, m)
		}
	}
}
