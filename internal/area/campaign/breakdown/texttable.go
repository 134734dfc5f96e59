package breakdown

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// textTable is a table that a text carries: cells parted by bars or tabs, or one
// cell a line.
type textTable struct {
	grid Grid
	from int   // index of its first line
	to   int   // index behind its last line
	line []int // line of each row of the grid
	seen int   // index of the last line that was looked at
}

var (
	barEnd  = compile(`^[|｜丨]$`)
	barHead = compile(`^[|｜丨]\s*(.*)$`)
	barTail = compile(`^([^|｜丨]*[^\s|｜丨])\s*[|｜丨]$`)
	barsRE  = compile(`^[|｜丨\s]{2,}$`)
	ruleRE  = compile(`^[\s|｜丨:+—_=-]+$`)
)

// textTables finds the tables in the lines of a text that name tasks and units.
// All other lines stay as they are.
func textTables(lines []string) []textTable {
	var out []textTable
	var vain [12]int // how often a reader has gone through many lines for nothing
	for i := 0; i < len(lines); i++ {
		past := i // a table of something else is passed over whole, so that the work stays in proportion to the text
		for k, read := range []func([]string, int) textTable{endBars, wrappedBars, loneBars, barLines, tabLines, spacedLines, commaLines, countedCells, stackedCells, evenCells} {
			if vain[k] > 8 {
				continue
			}
			t := read(lines, i)
			if len(t.grid.Rows) < 2 && max(t.to, t.seen)-i > 200 {
				vain[k]++
			}
			if g, ok := Cards(t.grid); ok { // label and value, label and value
				for k, n := range g.Nums {
					g.Nums[k] = t.line[n-1]
				}
				t.line, g.Nums, t.grid = g.Nums, nil, g
			}
			if len(t.grid.Rows) < 2 {
				continue
			}
			realign(&t.grid)
			past = max(past, t.to-1)
			if asksUnits(t.grid) {
				t.from = i
				out = append(out, t)
				past = t.to - 1
				break
			}
		}
		i = past
	}
	return out
}

// asksUnits reports whether a table has a heading with a task and a body for it, or with a task and a time that its cells give.
func asksUnits(g Grid) bool {
	g.Rows = g.Rows[:min(len(g.Rows), 60)]
	m := GuessMapping(g)
	if m.HeadingRow < 0 || m.column(FieldText) < 0 {
		return false
	}
	if m.column(FieldLead) >= 0 || m.column(FieldOwes) >= 0 || m.column(FieldSupport) >= 0 {
		return true
	}
	due, text := m.column(FieldDeadline), m.column(FieldText)
	if due < 0 || !workRE.MatchString(m.Columns[text].Title) {
		return false
	}
	times, rows := 0, 0
	for _, r := range g.Rows[min(len(g.Rows), m.HeadingRow+m.HeadingRows):] {
		if due < len(r) && text < len(r) && r[text] != "" {
			rows++
			if d, mend := (base{year: 2000}).field(r[due]); mend == "" && d.Text != "" {
				times++
			}
		}
	}
	return rows > 0 && times*3 >= rows*2
}

// workRE is the title of what is to be done.
var workRE = compile(`任务|工作|措施|举措|整改|督[办查]|实事`)

// wrappedBars reads the table of a page whose tags were stripped: each cell on a
// line of its own, behind a bar from the second on, and a bar alone ends the row.
func wrappedBars(lines []string, at int) (t textTable) {
	if at+1 >= len(lines) || barHead.MatchString(strings.TrimSpace(lines[at])) || !barHead.MatchString(strings.TrimSpace(lines[at+1])) {
		return t
	}
	var row []string
	start := at
	loose := 0 // lines without a bar since the last one
	for i := at; i < len(lines); i++ {
		s := strings.TrimSpace(lines[i])
		t.seen = i
		switch {
		case barEnd.MatchString(s):
			// a bar alone before another cell is an empty cell
			if i+1 < len(lines) && row != nil {
				if m := barHead.FindStringSubmatch(strings.TrimSpace(lines[i+1])); m != nil && m[1] != "" {
					row, loose = append(row, ""), 0
					continue
				}
			}
			if row != nil {
				t.grid.Rows, t.line = append(t.grid.Rows, row), append(t.line, start)
			}
			row, start, loose, t.to = nil, i+1, 0, i+1
		case barHead.MatchString(s):
			row, loose = append(row, barHead.FindStringSubmatch(s)[1]), 0
		case s == "":
		case row == nil:
			row, start, loose = []string{s}, i, 1
		default:
			if loose++; loose > 30 {
				i = len(lines)
				break
			}
			row[len(row)-1] += "\n" + s
		}
		// text after the last row: two lines without any bar
		if len(row) == 1 && loose > 3 {
			break
		}
	}
	return t
}

// realign puts the rows right that lack the cells merged downwards at their left, as a page's text lacks them: they are as much shorter
// than the heading, or filled up at the right instead. Where they go is seen from what the cells look like.
func realign(g *Grid) {
	width := 0
	for _, r := range g.Rows {
		width = max(width, len(r))
	}
	m := GuessMapping(*g)
	if m.HeadingRow < 0 || len(m.Columns) != width {
		return
	}
	b := base{year: 2000}
	fits := func(row []string, shift int) (n int) {
		for c, v := range row {
			if c += shift; c >= width || v == "" {
				continue
			}
			switch m.Columns[c].Field {
			case FieldNo:
				if runningNo.MatchString(narrow(v)) {
					n += 2
				}
			case FieldLead, FieldOwes, FieldSupport:
				if allUnits(v) {
					n += 2
				} else {
					n--
				}
			case FieldDeadline:
				if _, mend := b.field(v); mend == "" {
					n++
				}
			}
		}
		return n
	}
	for i := m.HeadingRow + m.HeadingRows; i < len(g.Rows); i++ {
		row := g.Rows[i]
		for len(row) > 0 && row[len(row)-1] == "" {
			row = row[:len(row)-1]
		}
		above := g.Rows[i-1]
		if len(row) < 2 || len(row) >= width || len(above) < width || i == m.HeadingRow+m.HeadingRows {
			continue
		}
		if shift := width - len(row); fits(row, shift) > fits(row, 0) {
			g.Rows[i] = append(append([]string{}, above[:shift]...), row...)
		}
	}
}

// loneBars reads the table of a page whose tags were stripped so that a bar alone on its line stands between two cells.
func loneBars(lines []string, at int) (t textTable) {
	bar := func(i int) bool { return i < len(lines) && barEnd.MatchString(strings.TrimSpace(lines[i])) }
	if !bar(at) && !bar(at+1) {
		return t
	}
	var cells []string
	var where []int
	var ends []int // number of cells before a bar that follows a bar
	loose, open, end := 0, false, at
	for i := at; i < len(lines); i++ {
		s := strings.TrimSpace(lines[i])
		switch {
		case bar(i):
			if i > at && bar(i-1) {
				ends = append(ends, len(cells))
			}
			open, loose, end = false, 0, i+1
		case barHead.MatchString(s): // the cells stand behind their bars: another form
			return textTable{seen: i}
		case s == "":
		case open:
			if loose++; loose > 12 {
				i = len(lines)
				break
			}
			cells[len(cells)-1] += "\n" + s
		default:
			cells, where, open = append(cells, s), append(where, i), true
		}
	}
	if open && loose > 0 { // the text behind the table
		cells, where = cells[:len(cells)-1], where[:len(where)-1]
	}
	t.to = end
	add := func(from, to int) {
		t.grid.Rows, t.line = append(t.grid.Rows, cells[from:to]), append(t.line, where[from])
	}
	if len(ends) > 1 && ends[0] > 1 { // two bars in a row part the rows
		from := 0
		for _, n := range append(ends, len(cells)) {
			if n > from {
				add(from, n)
			}
			from = n
		}
		return t
	}
	// Nothing parts the rows: they are known by their running number.
	var at1 []int
	for i, c := range cells {
		if runningNo.MatchString(narrow(c)) && hanNumber(strings.TrimRight(narrow(c), ".、．")) == len(at1)+1 {
			at1 = append(at1, i)
		}
	}
	if len(at1) < 2 {
		return textTable{seen: end}
	}
	row := len(cells) - at1[len(at1)-1] // the cells from the number on
	most := row
	for i := 1; i < len(at1); i++ {
		row, most = min(row, at1[i]-at1[i-1]), max(most, at1[i]-at1[i-1])
	}
	before := most - row // the cells merged at the left
	head := at1[0] - before
	if row < 3 || before > 2 || head < 2 || head > 12 {
		return textTable{seen: end}
	}
	titles := append([]string{}, cells[:head]...)
	if len(titles) == most-1 && !slices.ContainsFunc(titles, func(s string) bool { return titleOf(s) == FieldNo }) { // one title over the number and what it counts
		titles = slices.Insert(titles, before, "序号")
	}
	t.grid.Rows, t.line = [][]string{titles}, []int{where[0]}
	for i, n := range at1 {
		stop := min(n+row, len(cells))
		full := cells[n:stop]
		if before > 0 {
			if i > 0 && n-at1[i-1] < most && len(t.grid.Rows[i]) >= before {
				full = append(append([]string{}, t.grid.Rows[i][:before]...), full...)
			} else {
				full = cells[n-before : stop]
			}
		}
		t.grid.Rows, t.line = append(t.grid.Rows, full), append(t.line, where[n])
	}
	return t
}

// endBars reads the table of a page whose tags were stripped: each cell, of one line or more, ends with a bar, and a bar alone
// begins each row. A bar alone is an empty cell too: two pieces of a row that are one cell short belong together.
func endBars(lines []string, at int) (t textTable) {
	bar := func(i int) bool {
		s := strings.TrimSpace(lines[i])
		return barEnd.MatchString(s) || barsRE.MatchString(s)
	}
	if at+2 >= len(lines) || !bar(at) || !barTail.MatchString(strings.TrimSpace(lines[at+1])) {
		return t
	}
	var row []string
	cell, start, loose := "", at, 0
	width := map[int]int{} // how often a row has so many cells
	closeRow := func(next int) {
		if row != nil {
			t.grid.Rows, t.line, t.to = append(t.grid.Rows, row), append(t.line, start), next
			width[len(row)]++
		}
		row, start = nil, next
	}
	for i := at; i < len(lines); i++ {
		s := strings.TrimSpace(lines[i])
		t.seen = i
		if bar(i) && cell == "" {
			closeRow(i + 1)
			continue
		}
		if m := barTail.FindStringSubmatch(s); m != nil || bar(i) {
			if m != nil {
				cell = strings.TrimSpace(cell + "\n" + m[1])
			}
			row, cell, loose = append(row, cell), "", 0
			continue
		}
		if strings.ContainsAny(s, "|｜丨") {
			break // another form
		}
		if s == "" {
			continue
		}
		if loose++; loose > 12 || loose > 3 && row == nil {
			break
		}
		cell = strings.TrimSpace(cell + "\n" + s)
	}
	closeRow(len(lines))
	most := 0
	for n, times := range width {
		if n > 2 && (times > width[most] || times == width[most] && n > most) {
			most = n
		}
	}
	for i := 0; i+1 < len(t.grid.Rows); i++ {
		if a, b := t.grid.Rows[i], t.grid.Rows[i+1]; len(a) > 1 && len(a)+len(b)+1 == most {
			t.grid.Rows[i] = append(append(append([]string{}, a...), ""), b...)
			t.grid.Rows, t.line = slices.Delete(t.grid.Rows, i+1, i+2), slices.Delete(t.line, i+1, i+2)
		}
	}
	return t
}

// spacedLines reads a table whose columns are parted by single spaces: a line of titles, then lines that begin with their running
// number and have as many words. Where a line has more, the surplus is of the task.
func spacedLines(lines []string, at int) (t textTable) {
	titles := strings.Fields(narrow(lines[at]))
	if len(titles) < 3 || len(titles) > 12 || utf8.RuneCountInString(lines[at]) > 120 {
		return t
	}
	text, number := -1, false
	for c, s := range titles {
		f := titleOf(s)
		if f == FieldNone {
			return t
		}
		if number = number || c == 0 && f == FieldNo; f == FieldText && text < 0 {
			text = c
		}
	}
	if text < 0 || !number {
		return t
	}
	t.grid.Rows, t.line, t.to = [][]string{titles}, []int{at}, at+1
	for i := at + 1; i < len(lines); i++ {
		w := strings.Fields(strings.ReplaceAll(lines[i], "\t", " "))
		if len(w) == 0 {
			continue
		}
		if len(w) < len(titles) || !runningNo.MatchString(narrow(w[0])) {
			break
		}
		over := len(w) - len(titles)
		row := append([]string{}, w[:text]...)
		row = append(row, strings.Join(w[text:text+over+1], " "))
		t.grid.Rows, t.line, t.to = append(t.grid.Rows, append(row, w[text+over+1:]...)), append(t.line, i), i+1
	}
	return t
}

// brRE is a line end as Markdown tables write it.
var brRE = compile(`(?i)<br\s*/?>`)

// commaLines reads comma-separated values that stand in a text: a line of titles, then lines of as many values.
func commaLines(lines []string, at int) (t textTable) {
	split := func(s string) []string {
		r := csv.NewReader(strings.NewReader(strings.TrimSpace(s)))
		r.LazyQuotes, r.TrimLeadingSpace = true, true
		cells, err := r.Read()
		if err != nil {
			return nil
		}
		return cells
	}
	if strings.Count(lines[at], ",") < 2 || len(lines[at]) > 300 {
		return t
	}
	titles := split(lines[at])
	known := 0
	for _, s := range titles {
		if titleOf(s) != FieldNone {
			known++
		}
	}
	if len(titles) < 3 || known*4 < len(titles)*3 {
		return t
	}
	t.grid.Rows, t.line, t.to = [][]string{titles}, []int{at}, at+1
	for i := at + 1; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) == "" {
			continue
		}
		cells := split(lines[i])
		if len(cells) != len(titles) {
			break
		}
		t.grid.Rows, t.line, t.to = append(t.grid.Rows, cells), append(t.line, i), i+1
	}
	return t
}

// evenCells reads a table without running numbers of which only the cells are left: nothing but known titles, and then as many cells
// for each row, with a body or a time where the titles ask for one. The first row that does not suit is behind the table.
func evenCells(lines []string, at int) (t textTable) {
	clean := func(i int) string { return strings.TrimSpace(strings.Trim(strings.TrimSpace(lines[i]), "|｜丨")) }
	if len(lines[at]) > 80 || titleOf(clean(at)) == FieldNone {
		return t
	}
	var columns []Column
	var titles []string
	kinds := map[Field]bool{}
	i := at
	for ; i < len(lines) && len(columns) < 12; i++ {
		s := clean(i)
		if s == "" {
			continue
		}
		f := titleOf(s)
		if f == FieldNone || f == FieldNo || kinds[f] && f != FieldText {
			break
		}
		kinds[f] = true
		columns, titles = append(columns, Column{Title: s, Field: f}), append(titles, s)
	}
	if len(columns) < 3 || !kinds[FieldText] || !kinds[FieldLead] && !kinds[FieldOwes] {
		return t
	}
	t.grid.Rows, t.line, t.to, t.seen = [][]string{titles}, []int{at}, i, i
	for {
		var row []string
		start := -1
		for ; i < len(lines) && len(row) < len(columns); i++ {
			if s := clean(i); s != "" {
				if row = append(row, s); start < 0 {
					start = i
				}
			}
		}
		t.seen = i
		good := len(row) == len(columns)
		for c := range row {
			switch columns[c].Field {
			case FieldLead, FieldOwes, FieldSupport, FieldDeadline:
				good = good && suits(narrow(row[c]), columns[c].Field) > 0
			}
		}
		if !good {
			break
		}
		t.grid.Rows, t.line, t.to = append(t.grid.Rows, row), append(t.line, start), i
	}
	return t
}

// barLines reads | a | b | lines.
func barLines(lines []string, at int) (t textTable) {
	for i := at; i < len(lines); i++ {
		s := strings.TrimSpace(strings.NewReplacer("｜", "|", "丨", "|").Replace(lines[i]))
		if strings.Count(s, "|") < 2 {
			break
		}
		t.to = i + 1
		if ruleRE.MatchString(s) {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(s, "|"), "|"), "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(brRE.ReplaceAllString(cells[j], "\n"))
		}
		for _, row := range oneLine(cells) {
			t.grid.Rows, t.line = append(t.grid.Rows, row), append(t.line, i)
		}
	}
	return t
}

// oneLine parts the rows of a table that stands on one line: titles up to the running number 1, and as many cells for each number.
func oneLine(cells []string) [][]string {
	n := slices.IndexFunc(cells, func(s string) bool { return hanNumber(s) == 1 && runningNo.MatchString(narrow(s)) })
	if n < 3 || len(cells)%n != 0 || titleOf(cells[0]) != FieldNo {
		return [][]string{cells}
	}
	out := [][]string{cells[:n]}
	for at := n; at < len(cells); at += n {
		if hanNumber(cells[at]) != len(out) {
			return [][]string{cells}
		}
		out = append(out, cells[at:at+n])
	}
	return out
}

var gapRE = compile(`[ \x{3000}\x{a0}]{2,}`)

// cellsIn splits a line at tabs, or at wide gaps.
func cellsIn(s string) []string {
	s = strings.Trim(s, " \r\n　")
	if strings.Contains(s, "\t") {
		return strings.Split(s, "\t")
	}
	return gapRE.Split(s, -1)
}

// tabLines reads lines that were pasted from a sheet.
func tabLines(lines []string, at int) (t textTable) {
	for i := at; i < len(lines); i++ {
		cells := cellsIn(lines[i])
		switch {
		case len(cells) >= 3:
			t.grid.Rows, t.line, t.to = append(t.grid.Rows, cells), append(t.line, i), i+1
			continue
		case t.to == 0:
			return t
		case len(cells) == 1 && (cells[0] == "" || len([]rune(cells[0])) < 40 && i+1 < len(lines) && len(cellsIn(lines[i+1])) >= 3):
			if cells[0] != "" { // a sub-heading
				t.grid.Rows, t.line = append(t.grid.Rows, cells), append(t.line, i)
			}
			continue
		}
		break
	}
	return t
}

// titleOf is the field of a line that is nothing but a column's title.
func titleOf(s string) Field {
	if len(s) > 60 {
		return FieldNone
	}
	t, _ := plainTitle(s)
	if len([]rune(t)) > 10 || strings.ContainsAny(s, "：:，。") {
		return FieldNone
	}
	return fieldOf(t)
}

var runningNo = compile(`^\d{1,4}[.、．]?$`)

// severalTasks parts the cells of a row whose number covers several tasks, each with a number of its own in its words (56.…, 86.…) and
// with further cells behind it. Paragraphs of one cell that are numbered follow each other at once and stay together.
func severalTasks(row []string) [][]string {
	var from []int
	level, no := -1, -1
	for i, v := range row {
		l, n, rest := numbered(v)
		k := hanNumber(strings.Trim(n, "（()）第条项件 "))
		if i == 0 || l < 0 || k < 0 || utf8.RuneCountInString(rest) < 8 {
			continue
		}
		switch {
		case level < 0:
		case l != level || k <= no:
			continue
		case i-from[len(from)-1] < 2:
			return [][]string{row}
		}
		level, no, from = l, k, append(from, i)
	}
	if len(from) < 2 {
		return [][]string{row}
	}
	out := [][]string{row[:from[1]]}
	for k := 1; k < len(from); k++ {
		end := len(row)
		if k+1 < len(from) {
			end = from[k+1]
		}
		out = append(out, row[from[k]:end])
	}
	return out
}

// severalTimes parts the cells of a row whose number covers several tasks, each of which ends with a time of its own in the last column.
// Two times on end are one cell of two paragraphs.
func severalTimes(row []string, columns []Column) [][]string {
	if n := len(columns); len(row) <= n || n < 3 || columns[n-1].Field != FieldDeadline {
		return [][]string{row}
	}
	time := func(v string) bool { return suits(narrow(v), FieldDeadline) == 4 }
	var out [][]string
	from := 0
	for i, v := range row {
		if i < 2 || !time(v) || i+1 < len(row) && time(row[i+1]) {
			continue
		}
		out, from = append(out, row[from:i+1]), i+1
	}
	if len(out) > 0 && from < len(row) {
		out[len(out)-1] = append(slices.Clone(out[len(out)-1]), row[from:]...)
	}
	for _, piece := range out[min(1, len(out)):] {
		if v := narrow(piece[0]); utf8.RuneCountInString(v) < 6 || time(v) || allUnits(v) {
			return [][]string{row}
		}
	}
	if len(out) < 2 {
		return [][]string{row}
	}
	return out
}

// someNo is the number of a row of a list of which only some rows stand here.
var someNo = compile(`^(\d{1,4})(?:[,，、]\d{1,4})*$`)

// stackedCells reads a table that was copied from a page with one cell on each
// line: the titles first, then rows that begin with their running number. An
// empty cell leaves no line, so only rows of full length are certain.
func stackedCells(lines []string, at int) (t textTable) {
	if len(lines[at]) > 80 || titleOf(strings.TrimSpace(lines[at])) == FieldNone {
		return t
	}
	var titles []string
	kinds := map[Field]bool{}
	i, number := at, -1
	for ; i < len(lines) && len(titles) < 12; i++ {
		s := strings.TrimSpace(lines[i])
		if s == "" {
			continue
		}
		f := titleOf(s)
		if f == FieldNone || kinds[f] && f != FieldText {
			break
		}
		if f == FieldNo {
			number = len(titles)
		}
		kinds[f] = true
		titles = append(titles, s)
	}
	if number == 1 && tableName.MatchString(titles[0]) {
		return t
	}
	if len(titles) < 3 || number < 0 || number > 1 || !kinds[FieldLead] && !kinds[FieldOwes] {
		return t
	}
	t.grid.Rows, t.line, t.to = [][]string{titles}, []int{at}, i
	cells := len(titles) - number // of a row, from its number on
	var columns []Column
	for _, s := range titles[number:] {
		columns = append(columns, Column{Title: s, Field: titleOf(s)})
	}
	category, want := "", 1
	var row []string
	start := 0
	put := func() {
		if row != nil {
			full := row
			if len(row) < cells {
				full, _ = fit(row, columns)
			}
			if number == 1 {
				full = append([]string{category}, full...)
			}
			t.grid.Rows, t.line = append(t.grid.Rows, full), append(t.line, start)
		}
		row = nil
	}
	for ; i < len(lines); i++ {
		s := strings.TrimSpace(lines[i])
		if s == "" {
			continue
		}
		if n := hanNumber(strings.TrimRight(narrow(s), ".、．")); runningNo.MatchString(narrow(s)) && (n == want || n == 1) && (row == nil || len(row) >= 2) {
			if len(row) > cells { // what stands over belongs to the rows below
				over := strings.Join(row[cells:], " ")
				row = row[:cells]
				put()
				if category = over; number == 0 {
					t.grid.Rows, t.line = append(t.grid.Rows, []string{over}), append(t.line, i-1)
				}
			}
			put()
			row, start, want, t.to = []string{s}, i, n+1, i+1
			continue
		}
		if row == nil {
			if category == "" && len([]rune(s)) < 60 {
				if category = s; number == 0 {
					t.grid.Rows, t.line = append(t.grid.Rows, []string{s}), append(t.line, i)
				}
				continue
			}
			return textTable{}
		}
		if len(row) >= cells+2 { // the text behind the table
			break
		}
		if row = append(row, s); len(row) <= cells {
			t.to = i + 1
		}
	}
	if len(row) > cells {
		row = row[:cells]
	}
	put()
	if want == 1 { // no row at all
		return textTable{}
	}
	return t
}

// tableName is how the name of a table ends.
var tableName = compile(`(?:目录|表|台账|清单|一览|汇总)$`)

// countedCells reads a table of which nothing is left but its cells, on lines of their own: some titles of which most are known, and
// then rows that begin with their running number. A row that is not of full length is put under its titles by what its cells look like.
func countedCells(lines []string, at int) (t textTable) {
	clean := func(i int) string { return strings.TrimSpace(strings.Trim(strings.TrimSpace(lines[i]), "|｜丨")) }
	if len(lines[at]) > 80 || titleOf(clean(at)) == FieldNone {
		return t
	}
	var titles []Column
	known, number, i := map[Field]int{}, -1, at
	for ; i < len(lines); i++ {
		s := clean(i)
		if s == "" {
			continue
		}
		if level, _, _ := numbered(s); runningNo.MatchString(narrow(s)) || level >= 0 || len(titles) > 14 || utf8.RuneCountInString(s) > 20 || strings.ContainsAny(s, "。；") {
			break
		}
		f := titleOf(s)
		if f == FieldNo && number < 0 {
			number = len(titles)
		}
		known[f]++
		titles = append(titles, Column{Title: s, Field: f})
	}
	if number == 1 && tableName.MatchString(titles[0].Title) { // the table's own name stands above its titles
		return t
	}
	if len(titles) < 3 || number < 0 || number > 1 || known[FieldNone]*2 > len(titles) || known[FieldText]+known[FieldGoal] == 0 {
		return t
	}
	var names []string
	for _, c := range titles {
		names = append(names, c.Title)
	}
	if known[FieldText] == 0 { // 年度目标任务 is the task
		for c := range titles {
			if titles[c].Field == FieldGoal {
				titles[c].Field = FieldText
				break
			}
		}
	}
	columns := titles[number:]
	t.grid.Rows, t.line, t.to = [][]string{names}, []int{at}, i
	category, want, increasing := "", 1, false
	var row []string
	start := 0
	put := func(last bool) {
		if row == nil {
			return
		}
		// A heading of the rows below stands behind the last cell.
		over := ""
		if k := len(row) - 1; len(row) > len(columns) && !last {
			if level, _, _ := numbered(row[k]); level >= 0 && level <= 2 || number == 1 {
				over, row = row[k], row[:k]
			}
		}
		pieces := severalTasks(row)
		if len(pieces) == 1 {
			pieces = severalTimes(row, columns)
		}
		for n, piece := range pieces {
			cols, lead := columns, []string(nil)
			if n > 0 { // the number and the body above are merged downwards
				at := slices.IndexFunc(columns, func(c Column) bool { return c.Field == FieldText })
				above := t.grid.Rows[len(t.grid.Rows)-1]
				if at < 0 || len(above) < number+at {
					continue
				}
				cols, lead = columns[at:], above[number:number+at]
			}
			full, _ := fit(piece, cols)
			if last {
				full = fitLast(piece, cols)
			}
			full = append(append([]string{}, lead...), full...)
			if n > 0 && len(full) >= len(columns) && !slices.ContainsFunc(piece, func(v string) bool { return allUnits(narrow(v)) }) {
				above := t.grid.Rows[len(t.grid.Rows)-1]
				for c, col := range columns { // so are the bodies, where the task below names none
					switch col.Field {
					case FieldLead, FieldOwes, FieldSupport:
						if full[c] == "" && number+c < len(above) {
							full[c] = above[number+c]
						}
					}
				}
			}
			if n > 0 && full[0] != "" {
				full[0] += fmt.Sprintf("-%d", n+1)
			}
			if number == 1 {
				full = append([]string{category}, full...)
			}
			t.grid.Rows, t.line = append(t.grid.Rows, full), append(t.line, start)
		}
		if row = nil; over != "" {
			if category = over; number == 0 {
				t.grid.Rows, t.line = append(t.grid.Rows, []string{over}), append(t.line, start)
			}
		}
	}
	for ; i < len(lines); i++ {
		s := clean(i)
		if s == "" {
			continue
		}
		n := hanNumber(strings.TrimRight(narrow(s), ".、．"))
		starts := runningNo.MatchString(narrow(s)) && (n == want || n == 1) && (row == nil || len(row) >= 2)
		if !starts && (increasing || row == nil && want == 1) { // an excerpt of a list: 22, 24, 36,37
			if m := someNo.FindStringSubmatch(narrow(s)); m != nil && hanNumber(m[1]) >= want && (row == nil || len(row) >= len(columns)-1) {
				n, starts, increasing = hanNumber(m[1]), true, true
			}
		}
		if starts {
			put(false)
			row, start, want, t.to = []string{s}, i, n+1, i+1
			continue
		}
		if row == nil {
			if utf8.RuneCountInString(s) >= 60 || category != "" {
				return textTable{}
			}
			if category = s; number == 0 {
				t.grid.Rows, t.line = append(t.grid.Rows, []string{s}), append(t.line, i)
			}
			continue
		}
		if len(row) >= len(columns)+6 { // the text behind the table
			break
		}
		if row = append(row, s); len(row) <= len(columns) {
			t.to = i + 1
		}
	}
	put(true)
	if want == 1 || len(t.grid.Rows) < 2 { // no row at all
		return textTable{}
	}
	return t
}
