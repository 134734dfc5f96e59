package breakdown

import (
	"strings"
)

// textTable is a table that a text carries: cells parted by bars or tabs, or one
// cell a line.
type textTable struct {
	grid Grid
	from int   // index of its first line
	to   int   // index behind its last line
	line []int // line of each row of the grid
}

var (
	barEnd  = compile(`^[|｜丨]$`)
	barHead = compile(`^[|｜丨]\s*(.*)$`)
	ruleRE  = compile(`^[\s|｜丨:+—_=-]+$`)
)

// textTables finds the tables in the lines of a text that name tasks and units.
// All other lines stay as they are.
func textTables(lines []string) []textTable {
	var out []textTable
	for i := 0; i < len(lines); i++ {
		past := i // a table of something else is passed over whole, so that the work stays in proportion to the text
		for _, read := range []func([]string, int) textTable{wrappedBars, barLines, tabLines, stackedCells} {
			t := read(lines, i)
			if len(t.grid.Rows) < 2 {
				continue
			}
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

// asksUnits reports whether a table has a heading with a task and a body for it.
func asksUnits(g Grid) bool {
	g.Rows = g.Rows[:min(len(g.Rows), 60)]
	m := GuessMapping(g)
	return m.HeadingRow >= 0 && m.column(FieldText) >= 0 && (m.column(FieldLead) >= 0 || m.column(FieldOwes) >= 0 || m.column(FieldSupport) >= 0)
}

// wrappedBars reads the table of a page whose tags were stripped: each cell on a
// line of its own, behind a bar from the second on, and a bar alone ends the row.
func wrappedBars(lines []string, at int) (t textTable) {
	if at+1 >= len(lines) || barHead.MatchString(strings.TrimSpace(lines[at])) || !barHead.MatchString(strings.TrimSpace(lines[at+1])) {
		return t
	}
	var row []string
	start, width := at, 0
	loose := 0 // lines without a bar since the last one
	for i := at; i < len(lines); i++ {
		s := strings.TrimSpace(lines[i])
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
				width = max(width, len(row))
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
	// Cells that were merged downwards are missing at the left of the rows below.
	head := 0
	if len(t.grid.Rows) > 0 {
		head = len(t.grid.Rows[0])
	}
	for i, r := range t.grid.Rows {
		if i > 0 && len(r) > 1 && len(r) < head && head == width {
			above := t.grid.Rows[i-1]
			if len(above) == head {
				t.grid.Rows[i] = append(append([]string{}, above[:head-len(r)]...), r...)
			}
		}
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
			cells[j] = strings.TrimSpace(cells[j])
		}
		t.grid.Rows, t.line = append(t.grid.Rows, cells), append(t.line, i)
	}
	return t
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
	if len(titles) < 3 || number < 0 || number > 1 || !kinds[FieldLead] && !kinds[FieldOwes] {
		return t
	}
	t.grid.Rows, t.line, t.to = [][]string{titles}, []int{at}, i
	cells := len(titles) - number // of a row, from its number on
	category, want := "", 1
	var row []string
	start := 0
	put := func() {
		if row != nil {
			full := row
			if number == 1 {
				full = append([]string{category}, row...)
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
	return t
}
