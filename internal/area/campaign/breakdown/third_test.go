package breakdown

import (
	"strings"
	"testing"
)

// TestThirdShapes: what the documents of testdata/third taught, in small.
func TestThirdShapes(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"columns parted by single spaces", "序号 工作任务 牵头单位 配合单位 完成时限\n1 修 城东大桥 区交通局 区财政局 6月底前\n2 建校 区教育局 区住建局 年底前", "1 修 城东大桥|区交通局|区财政局|2017-06-30\n2 建校|区教育局|区住建局|2017-12-31"},
		{"bodies behind a dash", "1.修好城东大桥，6月底前通车。——区交通局、区财政局", "1 修好城东大桥，6月底前通车。||区交通局、区财政局|2017-06-30"},
		{"a dash that says something else", "1.修好城东大桥。（区交通局负责）\n2.坚持一个目标——建设美丽城区。（区住建局负责）", "1 修好城东大桥。|区交通局||\n2 坚持一个目标——建设美丽城区。|区住建局||"},
		{"a bar ends each line, a merged cell is missing", "类别 | 工作任务 | 责任单位 | 完成时限 |\n交通 | 修路 | 区交通局 | 6月底 |\n造桥 | 区水利局 | 9月底 |", " 修路|区交通局||2017-06-30\n 造桥|区水利局||2017-09-30"},
		{"a merged cell is missing and the row filled up at the right", "类别 | 工作任务 | 责任单位 | 完成时限 |\n交通 | 修路 | 区交通局 | 6月底 |\n造桥 | 区水利局 | 9月底 | |", " 修路|区交通局||2017-06-30\n 造桥|区水利局||2017-09-30"},
		{"a cell at the end is empty", "序号 | 工作任务 | 责任单位 | 完成时限 |\n1 | 修路 | 区交通局 | 6月底 |\n2 | 造桥 | 区水利局 | |", "1 修路|区交通局||2017-06-30\n2 造桥|区水利局||"},
		{"cards under each other", "督办事项：|修路|\n责任单位：|区交通局|\n办结时限：|6月底|\n督办事项：|造桥|\n责任单位：|区水利局|\n办结时限：|9月底|", ""},
		{"unit and person in a cell", "序号\t工作任务\t牵头单位及主要负责人\n1\t修路\t区交通局 张三\n2\t造桥\t区水利局 李四", "1 修路|区交通局||\n2 造桥|区水利局||"},
		{"half-width brackets in a name", "1.修路。〔牵头单位:区交通局,责任单位:区财政局,各街道(功能区)〕", "1 修路。|区交通局|区财政局、各街道（功能区）|"},
	} {
		res := ParseText(strings.Split(c.in, "\n"), Options{Year: 2017})
		var got []string
		for _, x := range res.Tasks {
			got = append(got, x.No+" "+x.Text+"|"+strings.Join(x.LeadUnits, "、")+"|"+strings.Join(x.SupportUnits, "、")+"|"+x.Deadline)
		}
		want := c.want
		if c.name == "cards under each other" {
			want = " 修路|区交通局||2017-06-30\n 造桥|区水利局||2017-09-30"
		}
		if g := strings.Join(got, "\n"); g != want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, g, want)
		}
	}
}

// TestEvents: a feast has a day where its year is known; what has none is said.
func TestEvents(t *testing.T) {
	for _, c := range []struct {
		b        base
		in, want string
	}{
		{base{year: 2017, fixed: true}, "国庆节前", "2017-09-30"},
		{base{year: 2017, fixed: true}, "五一前", "2017-04-30"},
		{base{year: 2017, fixed: true}, "元旦前", "2017-12-31"},
		{base{year: 2017, fixed: true}, "2018年春节前", "2018-02-15"},
		{base{year: 2017, date: "2017-11-02"}, "春节前", "2018-02-15"},
		{base{year: 2018, fixed: true, date: "2017-12-20"}, "春节前", "2018-02-15"},
		{base{year: 2017, fixed: true}, "春节前", "要看“春节”"},
		{base{year: 2017, fixed: true}, "党的十九大召开前", "要看“党的十九大”"},
		{base{year: 2017, fixed: true}, "即时", "没有写到哪一天"},
		{base{year: 2017, fixed: true}, "按时办结", "没有写到哪一天"},
		{base{year: 2017, fixed: true}, "10.15前", "2017-10-15"},
		{base{year: 2017, fixed: true}, "13.15", "不是日期"},
		{base{year: 2017, fixed: true}, "2016 年 6 底前", "2016-06-30"},
	} {
		due, mend := c.b.field(c.in)
		if due.Day != c.want && (mend == "" || !strings.Contains(mend, c.want)) {
			t.Errorf("%s: %s %s, want %s", c.in, due.Day, mend, c.want)
		}
		if due.Text != c.in {
			t.Errorf("%s: text %q", c.in, due.Text)
		}
	}
	for _, s := range []string{"常态工作", "常抓不懈"} {
		if due, mend := (base{}).field(s); !due.Standing || mend != "" {
			t.Errorf("%s: %+v %s", s, due, mend)
		}
	}
	if due, _ := (base{}).field("次月5日前"); !due.Recurring {
		t.Error("次月5日前 is not due again and again")
	}
}

// TestDoubt: 2020年前 is read, and the other reading is told.
func TestDoubt(t *testing.T) {
	res := ParseText([]string{"2017年重点任务", "1.全面建成。（区教育局负责，2020年前完成）", "2.全面建成。（区教育局负责，2020年底前完成）"}, Options{})
	n := 0
	for _, p := range res.Problems {
		if strings.Contains(p.Message, "两种读法") {
			n++
			if !strings.Contains(p.Message, "2019-12-31") || p.Where != "第 2 段" {
				t.Error(p)
			}
		}
	}
	if n != 1 || res.Tasks[0].Deadline != "2020-12-31" {
		t.Errorf("%d doubts, %v", n, res.Tasks)
	}
}

// TestYearless: sentences whose deadline lacks its year are tasks, and the year is asked for.
func TestYearless(t *testing.T) {
	res := ParseText([]string{"1.加快改造。5月底前开工改造50个小区，涉及居民6万户。"}, Options{})
	if len(res.Tasks) != 1 || res.Tasks[0].Deadline != "" || res.Tasks[0].DeadlineText != "5月底前" {
		t.Fatalf("%+v", res.Tasks)
	}
	if len(res.Problems) != 2 || !strings.Contains(res.Problems[0].Message+res.Problems[1].Message, "没有写年份") {
		t.Error(res.Problems)
	}
}
