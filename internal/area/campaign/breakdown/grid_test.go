package breakdown

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func fieldsOf(m Mapping) string {
	var out []string
	for _, c := range m.Columns {
		f := string(c.Field)
		if c.Measure != "" {
			f += "(" + c.Measure + ")"
		}
		out = append(out, f)
	}
	return strings.Join(out, "|")
}

func grid(text string) Grid {
	var g Grid
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		g.Rows = append(g.Rows, strings.Split(l, "|"))
	}
	return g
}

// line shows a task in one line for comparison.
func line(t Task) string {
	q := ""
	if t.Quarters != nil {
		q = strings.Join(t.Quarters[:], ",")
	}
	return fmt.Sprintf("%d %s %s|%s|%s|%s|%s|%s %s|%s|%s|%s|%s", t.Row, t.No, t.Text, strings.Join(t.LeadUnits, "、"), strings.Join(t.SupportUnits, "、"), t.Deadline, t.DeadlineText, t.Goal, t.Unit, t.Leader, t.Points, q, t.Category)
}

func TestGuessMapping(t *testing.T) {
	for _, c := range []struct{ name, rows, want string }{
		{"plain", "序号|工作任务|目标|时间节点|牵头领导|牵头单位|责任单位|配合单位\n1|修路|通车|6月底|张三|区交通局|区住建局|区财政局", "0/1 序号|工作任务|目标|时间节点|牵头领导|牵头单位|责任单位|配合单位"},
		{"title above", "附件1|||\n2017年重点工作任务分解表|||\n单位：万元|||\n序号|重点任务|完成时限|责任部门\n1|修路|6月|区交通局", "3/1 序号|工作任务|时间节点|责任单位"},
		{"measure in heading", "编号|指标名称|年度目标（万元）|第一季度|第二季度|第三季度|第四季度|分值|责任人\n1|税收|300|60|70|80|90|10|李四", "0/1 序号|工作任务|目标(万元)|一季度目标|二季度目标|三季度目标|四季度目标|分值|责任人"},
		{"spread words", "序　号|任 务 内 容|牵 头 单 位|完 成 时 间\n1|修路|区交通局|6月", "0/1 序号|工作任务|牵头单位|时间节点"},
		{"unit is a body", "序号|项目名称|单位|备注\n1|修路|区交通局|\n2|修桥|区水利局|", "0/1 序号|工作任务|责任单位|备注"},
		{"unit is a measure", "序号|指标|单位|目标值|责任单位\n1|税收|万元|300|区税务局\n2|企业|家|5|区工信局", "0/1 序号|工作任务|计量单位|目标|责任单位"},
		{"goal is the task", "序号|目标任务|责任领导|责任单位\n1|完成投资10亿元|张三|区发改局", "0/1 序号|工作任务|牵头领导|责任单位"},
		{"category before task", "类别|重点工作|具体任务内容|牵头领导|责任单位\n工业|技改|完成技改投资五亿元以上|张三|区工信局", "0/1 类别||工作任务|牵头领导|责任单位"},
		{"start and end", "序号|任务|推进时限|推进时限|责任分工|责任分工\n||起始时间|完成时间|牵头领导|牵头负责部门\n1|修路|1月|6月|张三|区交通局", "0/2 序号|工作任务||时间节点|牵头领导|牵头单位"},
		{"bodies under another name", "序号|考核项目|考核内容|分值\n1|区交通局|修建乡村道路|10\n2|区水利局|修建灌溉水渠|10", "0/1 序号|责任单位|工作任务|分值"},
		{"two targets", "序号|工作目标|主要内容|年度目标\n1|交通便利|修路十条|10条\n2|水利畅通|修渠五条|5条", "0/1 序号||工作任务|目标"},
		{"rectification", "序号|整改任务|整改目标|整改措施|整改时限|领办领导|责任单位|督导单位\n1|某河不达标|达到三类水质|开展截污纳管|2017年12月底|张三|区水利局|区环保局", "0/1 序号|工作任务|目标|备注|时间节点|牵头领导|责任单位|配合单位"},
		{"projects", "序号|项目名称|总投资(万元)|2017年计划投资（万元）|挂钩领导|责任单位|业主单位\n1|时代一期|500000|100000|张三|漳湾镇|时代公司\n2|时代二期|300000|50000|张三|七都镇|时代公司", "0/1 序号|工作任务|(万元)|目标(万元)|牵头领导|责任单位|配合单位"},
		{"start and end by name", "任务名称|任务描述|开始时间|结束时间|负责人|责任部门\n修路|修十公里路|2017-01-01|2017-06-30|张三|区交通局\n造桥|造一座大桥|2017-02-01|2017-08-30|李四|区水利局", "0/1 任务名称|工作任务||时间节点|责任人|责任单位"},
		{"no heading", "1|加快漳湾作业区泊位工程建设|区交通局|2017-06-30\n2|完成城南镇棚户区改造并且交付|城南镇|2017-12-31", "-1/0 序号|工作任务|牵头单位|时间节点"},
	} {
		m := GuessMapping(grid(c.rows))
		if got := fmt.Sprintf("%d/%d %s", m.HeadingRow, m.HeadingRows, fieldsOf(m)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestTwoRowHeading has a heading of two rows, merged both ways, a title, a
// sub-heading over the width and a unit that spans two rows.
func TestTwoRowHeading(t *testing.T) {
	g := grid(`某区2017年攻坚行动任务书|||||||||
序号|工作任务|年度目标（万元）|分季度目标||||分值|牵头单位|完成时限
|||一季度|二季度|三季度|四季度|||
一、产业提升|||||||||
1|技改投资|3亿|5,000|１００００|2.2万|3亿元|10|区工信局|年底前
2|新开工项目|30,000 万元|6000.50||-||５．５|区发改局、区工信局|2月30日
二、城市建设|||||||||
1|老旧小区改造|全面完成|||||8分||12月
合计|||||||23.5||`)
	g.FirstRow = 1
	g.Merges = []Range{{0, 0, 0, 9}, {1, 0, 2, 0}, {1, 1, 2, 1}, {1, 2, 2, 2}, {1, 3, 1, 6}, {1, 7, 2, 7}, {1, 8, 2, 8}, {1, 9, 2, 9}, {3, 0, 3, 9}, {6, 0, 6, 9}}
	m := GuessMapping(g)
	if got, want := fmt.Sprintf("%d/%d %s", m.HeadingRow, m.HeadingRows, fieldsOf(m)), "1/2 序号|工作任务|目标(万元)|一季度目标|二季度目标|三季度目标|四季度目标|分值|牵头单位|时间节点"; got != want {
		t.Fatalf("mapping %s, want %s", got, want)
	}
	res := ParseGrid(g, m, Options{})
	var got []string
	for _, x := range res.Tasks {
		got = append(got, line(x))
	}
	want := []string{
		"5 1 技改投资|区工信局||2017-12-31|年底前|30000 万元||10|5000,10000,2.2,30000|一、产业提升",
		"6 2 新开工项目|区发改局、区工信局|||2月30日|30000 万元||5.5|6000.5,,,|一、产业提升",
		"8 1 老旧小区改造|||2017-12-31|12月| ||8||二、城市建设",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var problems []string
	for _, p := range res.Problems {
		problems = append(problems, p.Message)
	}
	wantP := []string{
		"第 6 行第 10 列「完成时限」：时间节点“2月30日”不是日期。请写成 2017-02-28 这样的日期。",
		"第 8 行第 9 列「牵头单位」：没有写责任单位。请补上牵头单位。",
	}
	if !reflect.DeepEqual(problems, wantP) {
		t.Errorf("problems\n%s", strings.Join(problems, "\n"))
	}
}

func TestParseGrid(t *testing.T) {
	for _, c := range []struct {
		name, rows string
		opt        Options
		want       []string
		problem    string
	}{
		{"three kinds of units", "序号|工作任务|牵头领导|牵头单位|责任单位|配合单位|完成时限\n1|修路|张三|区交通局|区住建局、城南镇|区财政局等|2017年6月底", Options{},
			[]string{"2 1 修路|区交通局|区住建局、城南镇、区财政局|2017-06-30|2017年6月底| |张三|||"}, ""},
		{"only responsible, none leads", "序号|工作任务|责任单位|时限\n1|修路|区住建局、区财政局|9月", Options{Year: 2017},
			[]string{"2 1 修路||区住建局、区财政局|2017-09-30|9月| ||||"}, "没有写谁牵头"},
		{"the user's answer", "序号|工作任务|责任单位|时限\n1|修路|区住建局、区财政局|9月", Options{Year: 2017, FirstLeads: true},
			[]string{"2 1 修路|区住建局|区财政局|2017-09-30|9月| ||||"}, ""},
		{"the table's own convention", "重点工作分解表||\n注：责任单位中排在第一位的为牵头单位||\n序号|工作任务|责任单位\n1|修路|区住建局、区财政局", Options{},
			[]string{"4 1 修路|区住建局|区财政局||| ||||"}, ""},
		{"a bad row beside good ones", "序号|工作任务|责任单位|时限\n1|修路|区住建局|不知道\n2||区住建局|9月\n3|造桥|区水利局|2017.10.1", Options{Year: 2017},
			[]string{"2 1 修路|区住建局|||不知道| ||||", "4 3 造桥|区水利局||2017-10-01|2017.10.1| ||||"}, "第 3 行第 2 列「工作任务」：没有写工作任务"},
		{"quantity inside a goal", "序号|工作任务|年度目标|责任单位\n1|规上企业|新增规上企业30家以上|区工信局\n2|投资|增长8％左右|区发改局\n3|两项|新建2所、改建3所|区教育局", Options{},
			[]string{"2 1 规上企业|区工信局|||| 30 家||||"}, ""},
		{"wrong unit", "序号|工作任务|年度目标（万元）|责任单位\n1|修路|12公里|区交通局", Options{},
			[]string{"2 1 修路|区交通局||||12 公里||||"}, "换算不了"},
		{"a number too long", "序号|工作任务|年度目标（万元）|责任单位\n1|修路|12345678901234567890123|区交通局", Options{},
			[]string{"2 1 修路|区交通局|||| ||||"}, "最多 19 位"},
		{"no year anywhere", "序号|工作任务|责任单位|时限\n1|修路|区交通局|6月底\n2|造桥|区水利局|年底前", Options{},
			[]string{"2 1 修路|区交通局|||6月底| ||||", "3 2 造桥|区水利局|||年底前| ||||"}, "全表：有 2 处时间节点没有写年份，文件里也找不到年份（第一处是第 2 行第 4 列「时限」）。"},
		{"same number twice", "序号|工作任务|责任单位\n1|修路|区交通局\n1|造桥|区水利局", Options{},
			[]string{"2 1 修路|区交通局|||| ||||", "3 1 造桥|区水利局|||| ||||"}, "序号“1”和第 2 行重复"},
	} {
		g := grid(c.rows)
		res := ParseGrid(g, GuessMapping(g), c.opt)
		var got []string
		for _, x := range res.Tasks {
			got = append(got, line(x))
		}
		if c.name == "quantity inside a goal" {
			var goals []string
			for _, x := range res.Tasks {
				goals = append(goals, x.Goal+x.Unit+"/"+x.GoalText)
			}
			if w := "30家/新增规上企业30家以上 8%/增长8％左右 /新建2所、改建3所"; strings.Join(goals, " ") != w {
				t.Errorf("%s: %v", c.name, goals)
			}
			continue
		}
		norm := func(s []string) string { return strings.ReplaceAll(strings.Join(s, "\n"), " ", "") }
		if norm(got) != norm(c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		all := ""
		for _, p := range res.Problems {
			all += p.Message + "\n"
			if !strings.HasPrefix(p.Message, p.Where+"：") || !strings.HasSuffix(p.Message, "。") {
				t.Errorf("%s: message %q", c.name, p.Message)
			}
		}
		if c.problem == "" && all != "" || !strings.Contains(all, c.problem) {
			t.Errorf("%s: problems %q, want %q", c.name, all, c.problem)
		}
	}
}

// spans turns a dump of an HTML table, "[c2]" and "[r3]" for what spans, into a grid.
func spans(text string) Grid {
	var g Grid
	type at struct{ r, c int }
	taken := map[at]bool{}
	mark := regexp.MustCompile(`\s*\[([cr])(\d+)\]`)
	for r, l := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		var row []string
		put := func() {
			for taken[at{r, len(row)}] {
				row = append(row, "")
			}
		}
		for _, v := range strings.Split(l, "\t") {
			put()
			down, right := 1, 1
			for _, m := range mark.FindAllStringSubmatch(v, -1) {
				n, _ := strconv.Atoi(m[2])
				if m[1] == "c" {
					right = n
				} else {
					down = n
				}
			}
			c := len(row)
			for i := range down {
				for j := range right {
					taken[at{r + i, c + j}] = true
				}
			}
			if down > 1 || right > 1 {
				g.Merges = append(g.Merges, Range{r, c, r + down - 1, c + right - 1})
			}
			row = append(row, strings.TrimSpace(mark.ReplaceAllString(v, "")))
			put()
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// TestRealSheet reads a real county's sheet: a title, a heading that spans two
// columns, two parts, departments that span several rows.
func TestRealSheet(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(shared, "appraisal_rules/shicheng_2018_river_chief_county_departments.tsv"))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("test material is not beside the checkout")
	}
	g := spans(string(b))
	m := GuessMapping(g)
	if got, want := fmt.Sprintf("%d/%d %s", m.HeadingRow, m.HeadingRows, fieldsOf(m)), "1/1 序号|类别|责任单位|分值|工作任务|备注|备注"; got != want {
		t.Fatalf("mapping %s, want %s", got, want)
	}
	res := ParseGrid(g, m, Options{})
	points := map[string]int{}
	for _, x := range res.Tasks {
		if !strings.HasPrefix(strings.Join(x.LeadUnits, ""), "县") { // the last part has no departments and no fixed points
			continue
		}
		n, err := strconv.Atoi(x.Points)
		if err != nil {
			t.Errorf("row %d: points %q", x.Row, x.Points)
		}
		points[strings.Join(x.LeadUnits, "、")] += n
	}
	// Known of this sheet: the departments have 60 points each.
	departments := 0
	for u, n := range points {
		if strings.HasPrefix(u, "县") {
			departments++
			if n != 60 {
				t.Errorf("%s has %d points", u, n)
			}
		}
	}
	if departments != 31 {
		t.Errorf("%d departments, want 31", departments)
	}
	twice := 0
	for _, p := range res.Problems {
		if strings.Contains(p.Message, "序号“30”和第 45 行重复") {
			twice++
		}
	}
	if twice != 1 {
		t.Errorf("the number used twice was not found: %v", res.Problems)
	}
}

func TestParsePaste(t *testing.T) {
	for _, c := range []struct {
		in   string
		want [][]string
	}{
		{"序号\t工作任务\r\n1\t\"第一行\n第二行\"\r\n", [][]string{{"序号", "工作任务"}, {"1", "第一行\n第二行"}}},
		{"\"他说\"\"好\"\"\"\tb", [][]string{{`他说"好"`, "b"}}},
		{"\"没有关\t1\n2\t3", [][]string{{`"没有关`, "1"}, {"2", "3"}}},
		{"a\t\n\tb", [][]string{{"a", ""}, {"", "b"}}},
		{"\"\"\tb\n", [][]string{{"", "b"}}},
		{"5\" 管\t\"x\"y", [][]string{{`5" 管`, `"x"y`}}},
		{"", [][]string{{""}}},
	} {
		if got := ParsePaste(c.in).Rows; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestMatchUnits(t *testing.T) {
	dir := []Body{{1, "城南镇人民政府", "城南镇", nil}, {2, "蕉城区发展和改革局", "区发改局", []string{"发改局"}}, {3, "区财政局", "", nil}, {4, "文化局", "文广局", nil}, {5, "文体局", "文广局", nil}, {6, "区委办公室", "", nil}}
	for _, c := range []struct {
		name    string
		id      int64
		message string
	}{
		{"城南镇", 1, ""},
		{"城南镇政府", 1, ""},
		{"蕉城区发展改革局", 2, ""},
		{"发改局", 2, ""},
		{"区委办", 6, ""},
		{"区财政局（国资办）", 3, ""},
		{"城南阵", 0, "没有“城南阵”。是不是“城南镇”？"},
		{"区财攻局", 0, "没有“区财攻局”。是不是“区财政局”？"},
		{"文广局", 0, "有 2 个单位都叫“文广局”：文体局、文化局。请选一个。"},
		{"税务", 0, "没有“税务”。请从单位名册里选，或者先把它加进名册。"},
	} {
		m := MatchUnits([]string{c.name}, dir)
		if len(m) != 1 || m[0].ID != c.id || m[0].Message != c.message {
			t.Errorf("%s: %+v", c.name, m)
		}
	}
}
