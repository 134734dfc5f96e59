package breakdown

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	totalRE  = compile(`^(?:合计|总计|小计|总分|累计|共计)`)
	remarkRE = compile(`^(?:备注|注|说明|填表说明|填表人|制表|审核|联系人|单位负责人|填报单位)\s*\d*\s*[:：]`)
)

// ParseGrid reads the rows of a table by a mapping. Rows that only hold a
// sub-heading become the category of the rows below; totals and remarks are
// passed over; a cell that cannot be read leaves its row in place and a problem.
// Source: S7; domain 8 (任务书); ui 9 Excel.
func ParseGrid(g Grid, m Mapping, opt Options) Result {
	res := Result{Tasks: []Task{}, Problems: []Problem{}}
	rows, merged, notes := g.filled()
	for _, n := range notes {
		res.problem(g.whole(), n)
	}
	if len(rows) == 0 {
		res.problem(g.whole(), "表里没有内容。请粘贴或上传有标题行的任务表。")
		return res
	}
	text := m.column(FieldText)
	for i, c := range m.Columns {
		if i >= len(rows[0]) && c.Field != FieldNone {
			res.problem(g.whole(), "“"+string(c.Field)+"”选在"+strings.TrimSpace(g.column(i))+"，表里没有这一列。请重新选择。")
		}
	}
	if text < 0 || text >= len(rows[0]) {
		res.problem(g.whole(), "没有认出哪一列是工作任务。请在上面把这一列选为“工作任务”。")
		return res
	}
	start := 0
	var head []string
	if m.HeadingRow >= 0 {
		start = min(len(rows), m.HeadingRow+max(1, m.HeadingRows))
		for _, r := range rows[:min(len(rows), m.HeadingRow)] {
			head = append(head, strings.Join(distinct(r), " "))
		}
	}
	b := frame(head, opt)
	v := convention{firstLeads: opt.FirstLeads}
	for i, r := range rows {
		for c, s := range r {
			if !merged(i, c) && strings.Contains(s, "牵头") && (i < start || len(r) > 0 && utf8.RuneCountInString(s) < 200) {
				v.firstLeads = v.firstLeads || firstLeadsRE.MatchString(s)
				v.markLeads = v.markLeads || markLeadsRE.MatchString(s)
			}
		}
	}
	category, unled, noYear := "", []string{}, []string{}
	rowOfNo := map[string]int{}
	for i := start; i < len(rows); i++ {
		n := g.rowNumber(i)
		where := g.place(i)
		if len(res.Problems) >= maxProblems {
			res.problem(g.whole(), "问题太多，后面的没有列出。请先改好前面的再导入。")
			break
		}
		r := rowReader{base: b, convention: v, grid: g, m: m, row: rows[i], where: where, number: n, res: &res, noYear: &noYear}
		values := distinct(rows[i])
		switch {
		case len(values) == 0:
			continue
		case totalRE.MatchString(strings.Join(strings.Fields(values[0]), "")):
			continue
		case remarkRE.MatchString(values[0]):
			continue
		case r.repeatsHeading():
			continue
		}
		if next, ok := nextHeading(rows, merged, i); ok { // a second table below the first
			m = next
			clear(rowOfNo)
			if i == 0 || len(distinct(rows[i-1])) != 1 { // 二、民生实事 above it is its category
				category = ""
			}
			i += max(1, m.HeadingRows) - 1
			continue
		}
		if r.get(FieldText) == "" || len(values) == 1 || r.subheading(values) {
			if r.isCategory(values, i, merged) {
				category = strings.Join(values, " ")
				continue
			}
		}
		task := r.get(FieldText)
		if task == "" {
			if goal := r.get(FieldGoal); goal != "" {
				task = goal
			} else {
				r.say(FieldText, "没有写工作任务，这一行没有导入。请补上任务内容。")
				continue
			}
		}
		t := r.task(task)
		t.Row, t.Sheet = n, g.Sheet
		for _, f := range placed {
			if c := strings.TrimSpace(r.columnOf(f)); c != "" {
				if t.Columns == nil {
					t.Columns = map[Field]string{}
				}
				t.Columns[f] = c
			}
		}
		if t.Category == "" {
			t.Category = category
		} else {
			category = t.Category // the cells below a category that was merged in the sheet
		}
		if t.No != "" {
			if first, twice := rowOfNo[t.Category+"\x00"+t.No]; twice && first != i {
				if !(m.column(FieldNo) >= 0 && merged(i, m.column(FieldNo))) {
					r.say(FieldNo, fmt.Sprintf("序号“%s”和第 %d 行重复。两行都已导入，请改其中一个序号。", t.No, g.rowNumber(first)))
				}
			} else {
				rowOfNo[t.Category+"\x00"+t.No] = i
			}
		}
		if len(t.Duties) > 0 && len(t.LeadUnits) == 0 {
			unled = append(unled, r.at(FieldOwes, FieldLead))
		}
		res.Tasks = append(res.Tasks, t)
		if len(res.Tasks) >= maxTasks {
			res.problem(g.whole(), fmt.Sprintf("任务超过 %d 条，后面的没有读。请分成几个文件导入。", maxTasks))
			break
		}
	}
	if len(unled) > 0 {
		res.problem(g.whole(), fmt.Sprintf("有 %d 行写了几个责任单位，没有写谁牵头（第一处是%s）。请选定牵头单位；如果排在第一位的就是牵头单位，请选“第一个单位牵头”后再导入。", len(unled), unled[0]))
	}
	if len(res.Tasks) > 0 && Owned(res) == 0 && m.column(FieldLead)+m.column(FieldOwes)+m.column(FieldSupport) == -3 {
		res.problem(g.whole(), "没有认出哪一列是责任单位。如果表里有这一列，请把它的标题写成“牵头单位”或“责任单位”；如果没有，请补上这一列再导入。")
	}
	if n := len(noYear); n > 0 {
		res.problem(g.whole(), yearless(n, noYear[0]))
	}
	if len(res.Tasks) == 0 {
		res.problem(g.whole(), "没有读到任务。请看标题行和各列选得对不对。")
	}
	return res
}

// placed are the fields whose column a later message may have to name.
var placed = []Field{FieldNo, FieldText, FieldGoal, FieldDeadline, FieldLeader, FieldLead, FieldOwes, FieldSupport, FieldOwner, FieldPoints, FieldQ1, FieldQ2, FieldQ3, FieldQ4}

// nextHeading reports whether another heading stands at row i: nothing but
// titles, a task and a body among them.
func nextHeading(rows [][]string, merged func(r, c int) bool, i int) (Mapping, bool) {
	full, known := 0, 0
	for c, v := range rows[i] {
		if v == "" || merged(i, c) {
			continue
		}
		full++
		if t, _ := plainTitle(v); fieldOf(t) != FieldNone && utf8.RuneCountInString(v) <= 20 {
			known++
		}
	}
	if full < 3 || known*4 < full*3 {
		return Mapping{}, false
	}
	best, score := Mapping{}, 0
	for n := 1; n <= 2 && i+n <= len(rows); n++ {
		if m, s := tryHeading(rows, merged, i, n); s > score {
			best, score = m, s
		}
	}
	if score == 0 || best.column(FieldText) < 0 && best.column(FieldGoal) < 0 || best.column(FieldLead) < 0 && best.column(FieldOwes) < 0 {
		return Mapping{}, false
	}
	settle(rows, &best)
	return best, true
}

// distinct returns the values of a row, each run of equal cells once.
func distinct(row []string) []string {
	var out []string
	for _, v := range row {
		if v != "" && (len(out) == 0 || out[len(out)-1] != v) {
			out = append(out, v)
		}
	}
	return out
}

// rowReader reads one row.
type rowReader struct {
	base
	convention
	grid   Grid
	m      Mapping
	row    []string
	where  string
	number int
	res    *Result

	noYear *[]string // rows whose deadline lacks its year
}

// columnOf names the column that holds f, of several the first with something in it: " F 列「完成时限」"; "" if there is none.
func (r *rowReader) columnOf(f Field) string {
	at := -1
	for c, col := range r.m.Columns {
		if col.Field == f && (at < 0 || at < len(r.row) && r.row[at] == "" && c < len(r.row) && r.row[c] != "") {
			at = c
		}
	}
	if at < 0 {
		return ""
	}
	title := ""
	if t := strings.Join(strings.Fields(r.m.Columns[at].Title), ""); t != "" {
		title = "「" + clip(t, 20) + "」"
	}
	if r.grid.lines || r.grid.Card {
		return title
	}
	return r.grid.column(at) + title
}

// at is where a field of the row stands: 第 7 行 F 列「完成时限」.
func (r *rowReader) at(fields ...Field) string {
	for _, f := range fields {
		if c := r.columnOf(f); c != "" {
			return r.where + c
		}
	}
	return r.where
}

// say tells of a fault in the column of a field.
func (r *rowReader) say(f Field, message string) {
	r.res.fault(r.at(f), r.number, r.grid.Sheet, message)
}

// get joins the cells of the columns that hold f.
func (r *rowReader) get(f Field) string {
	var out []string
	for c, col := range r.m.Columns {
		if col.Field == f && c < len(r.row) && r.row[c] != "" && (len(out) == 0 || out[len(out)-1] != r.row[c]) {
			out = append(out, r.row[c])
		}
	}
	return strings.Join(out, "；")
}

// person is a name; a dash says that there is none.
func (r *rowReader) person(f Field) string {
	v := r.get(f)
	if s := strings.Trim(narrow(v), " -—/、"); s == "" || s == "无" {
		return ""
	}
	return v
}

func (r *rowReader) measure(f Field) string {
	if c := r.m.column(f); c >= 0 {
		return r.m.Columns[c].Measure
	}
	return ""
}

// repeatsHeading reports whether the heading stands here again, as on a new page.
func (r *rowReader) repeatsHeading() bool {
	same, full := 0, 0
	for c, v := range r.row {
		if v == "" || c >= len(r.m.Columns) {
			continue
		}
		full++
		if strings.Contains(r.m.Columns[c].Title, v) {
			same++
		}
	}
	return same >= 2 && same == full
}

// subheading reports whether a row is 一、重点项目 with nothing but a number.
func (r *rowReader) subheading(values []string) bool {
	if r.get(FieldLead)+r.get(FieldOwes)+r.get(FieldSupport)+r.get(FieldDeadline)+r.get(FieldGoal)+r.get(FieldLeader) != "" {
		return false
	}
	no := strings.Trim(narrow(r.get(FieldNo)), "（）() 、.")
	return no != "" && no[0] > '9' && hanNumber(no) >= 0
}

// isCategory reports whether a row is a heading of those below: one text over
// all columns, or a Chinese numeral and a text.
func (r *rowReader) isCategory(values []string, i int, merged func(r, c int) bool) bool {
	if r.subheading(values) {
		return true
	}
	if len(values) != 1 {
		return false
	}
	if utf8.RuneCountInString(values[0]) > 60 {
		return false
	}
	for c := range r.row { // spread over the row by a merge
		if c > 0 && merged(i, c) && r.row[c] == values[0] && r.row[c-1] == values[0] {
			return true
		}
	}
	level, _, _ := numbered(values[0])
	inText := r.get(FieldText) == values[0]
	return level >= 0 && level <= 2 || !inText
}

func (r *rowReader) task(text string) Task {
	t := Task{No: strings.Trim(strings.Join(strings.Fields(narrow(r.get(FieldNo))), ""), "．.、"), Leader: r.person(FieldLeader), Owner: r.person(FieldOwner), Category: r.get(FieldCategory), Note: r.get(FieldNote), GoalText: r.get(FieldGoal)}
	var duties []Duty
	// A bracket in the text itself counts where no column says it.
	for _, f := range []struct {
		field Field
		role  Role
	}{{FieldLead, Leads}, {FieldOwes, Owes}, {FieldSupport, Supports}} {
		duties = append(duties, r.units(r.get(f.field), f.role, &t)...)
	}
	if duties == nil {
		if found := blocks(text); len(found) > 0 {
			last := found[len(found)-1]
			duties = last.clause.duties
			if strings.TrimSpace(text[last.to:]) == "" && strings.TrimSpace(text[:last.from]) != "" {
				text = strings.TrimSpace(text[:last.from])
			}
			if last.clause.due != "" && r.get(FieldDeadline) == "" {
				r.deadline(&t, last.clause.due)
			}
		}
	}
	if t.No == "" && r.m.column(FieldNo) < 0 {
		if level, no, rest := numbered(text); level >= 0 && rest != "" {
			t.No, text = no, rest
		}
	}
	if name := r.get(FieldName); name != "" && !strings.HasPrefix(text, name) {
		text = name + "：" + text
	}
	t.Text = text
	r.assign(&t, duties)
	if len(t.Duties) == 0 && r.m.column(FieldLead)+r.m.column(FieldOwes) > -2 {
		say := "没有写责任单位。请补上牵头单位。"
		if r.grid.Pasted {
			say += "如果表里是合并的单元格，粘贴以后下面的格是空的，可以改为上传原来的文件。"
		}
		r.res.fault(r.at(FieldLead, FieldOwes), r.number, r.grid.Sheet, say)
	}
	if v := r.get(FieldDeadline); v != "" {
		r.deadline(&t, v)
	} else if t.DeadlineText == "" {
		due, _ := r.prose(text + "。" + t.GoalText)
		t.Deadline, t.DeadlineText, t.Recurring, t.Standing = due.Day, due.Text, due.Recurring, due.Standing
		switch {
		case due.Yearless:
			*r.noYear = append(*r.noYear, r.at(FieldText))
		case due.Unsure != "":
			r.say(FieldText, due.Unsure)
		case due.Event && due.Day == "":
			r.say(FieldText, "时限"+quote(due.Text)+"要看是哪一天，没有读成日期。请填写日期。")
		}
	}
	if note := doubt(t.DeadlineText, t.Deadline); note != "" {
		r.say(FieldDeadline, note)
	}
	r.goal(&t)
	if v := r.get(FieldPoints); v != "" {
		if q, ok := ReadQuantity(v); ok && (q.Unit == "" || q.Unit == "分" || q.Unit == "%") {
			t.Points = q.Value
		} else {
			r.say(FieldPoints, "分值"+quote(v)+"不是一个数。请只写数字，例如 10。")
		}
	}
	return t
}

func (r *rowReader) deadline(t *Task, v string) {
	due, mend := r.field(v)
	if mend == noYear {
		*r.noYear = append(*r.noYear, r.at(FieldDeadline))
	} else if mend != "" {
		r.say(FieldDeadline, mend)
	}
	t.Deadline, t.DeadlineText, t.Recurring, t.Standing = due.Day, due.Text, due.Recurring, due.Standing
}

// units reads a cell of units. 牵头单位：A；配合单位：B may stand in one cell.
func (r *rowReader) units(v string, role Role, t *Task) []Duty {
	if s := strings.Trim(narrow(v), " -—/"); s == "" || s == "无" {
		return nil
	}
	v = withoutPersons(v, &t.Owner)
	v = signLead(v)
	if isLabelled(v) || role == Owes && hasVerb(v) {
		if c, ok := readClause(v, true); ok {
			if t.Leader == "" {
				t.Leader = c.leader
			}
			if t.Owner == "" {
				t.Owner = c.owner
			}
			return c.duties
		}
	}
	var c clause
	c.add(role, splitUnitsMarked(noteRE.ReplaceAllString(v, "")))
	if c.duties == nil && utf8.RuneCountInString(v) > maxName {
		r.say(map[Role]Field{Leads: FieldLead, Owes: FieldOwes, Supports: FieldSupport}[role], string(role)+"单位"+quote(v)+"太长，不像单位名称。请用顿号隔开各个单位。")
	}
	return c.duties
}

// surnames begin a person's name.
const surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤伍"

// personRE is what may be a person's name.
var personRE = compile(`^[\p{Han}]{2,4}$`)

// withoutPersons takes out the persons who stand beside a body in its cell (市民政局 伍泽国) and adds them to owner.
func withoutPersons(v string, owner *string) string {
	words := strings.Fields(v)
	if len(words) < 2 || !isUnit(words[0]) {
		return v
	}
	var kept, persons []string
	for i, w := range words {
		first, _ := utf8.DecodeRuneInString(w)
		if i > 0 && personRE.MatchString(w) && !isUnit(w) && strings.ContainsRune(surnames, first) && isUnit(strings.TrimRight(words[i-1], "、，；")) {
			persons = append(persons, w)
			continue
		}
		kept = append(kept, w)
	}
	if persons == nil {
		return v
	}
	if *owner == "" {
		*owner = strings.Join(persons, "、")
	}
	return strings.Join(kept, "\n")
}

// goal reads the target and the quarters in one unit of measure: the column of
// units, else the heading's, else what the cell says.
func (r *rowReader) goal(t *Task) {
	unit := narrow(r.get(FieldMeasure))
	if unit == "" {
		unit = r.measure(FieldGoal)
	}
	fields := []Field{FieldGoal, FieldQ1, FieldQ2, FieldQ3, FieldQ4}
	var quarters [4]string
	any := false
	for i, f := range fields {
		v := r.get(f)
		want := unit
		if h := r.measure(f); want == "" && h != "" {
			want = h
		}
		if s := strings.Trim(v, " -—/"); s == "" {
			continue
		}
		q, ok := ReadQuantity(v)
		if n := hanNumber(strings.TrimSpace(v)); !ok && n >= 0 && !onlyNumber(v) { // 五千
			q, ok = Quantity{Value: strconv.Itoa(n)}, true
		}
		if !ok {
			if onlyNumber(v) {
				r.say(f, string(f)+quote(v)+"不是一个能准确记下的数（最多 19 位）。请改写数字。")
			} else if i > 0 && want != "" {
				r.say(f, string(f)+quote(v)+"不是一个数。请写数字，单位是“"+want+"”。")
			}
			continue
		}
		in, ok := q.In(want)
		if !ok {
			r.say(f, fmt.Sprintf("%s%s的单位是“%s”，表里的单位是“%s”，换算不了。请改成“%s”。", f, quote(v), q.Unit, want, want))
			in = q
			if i > 0 {
				continue
			}
		}
		if t.Unit == "" {
			t.Unit = in.Unit
		}
		if unit == "" {
			unit = in.Unit
		}
		if i == 0 {
			t.Goal = in.Value
		} else {
			quarters[i-1], any = in.Value, true
		}
	}
	if any {
		t.Quarters = &quarters
	}
	if t.Unit == "" && t.Goal != "" {
		t.Unit = unit
	}
}

// onlyNumber reports whether a cell was meant as a number.
func onlyNumber(s string) bool {
	s = strings.Trim(narrow(s), " ,+-.")
	if s == "" {
		return false
	}
	for _, r := range s {
		if !(r >= '0' && r <= '9' || strings.ContainsRune(",，. eE+-", r)) {
			return false
		}
	}
	return true
}
