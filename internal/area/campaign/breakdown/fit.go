package breakdown

import (
	"strings"
	"unicode/utf8"
)

// maxFit bounds the cells of a row that are put under their titles one by one.
const maxFit = 40

// fit puts the cells of a row under its columns where the row has lost some
// cells, because they were empty or merged, or has some too many, because a
// cell had several paragraphs. What a cell looks like decides: a body under
// 责任单位, a time under 时限. The order of the cells is kept.
func fit(cells []string, columns []Column) (row []string, score int) {
	n, w := len(cells), len(columns)
	if n == 0 || w == 0 || n > maxFit || w > maxFit {
		return cells, 0
	}
	const never = -1 << 20
	type state struct {
		score int
		from  int // column of the cell before, or the column itself if this one is joined to it
	}
	best := make([][]state, n)
	for i := range best {
		best[i] = make([]state, w)
		v := narrow(strings.TrimSpace(cells[i]))
		for c := range best[i] {
			s := state{never, -1}
			if i == 0 {
				s.score = -skipped(columns[:c])
			}
			for p := 0; i > 0 && p < c; p++ { // the column of the cell before
				if t := best[i-1][p].score - skipped(columns[p+1:c]); t > s.score {
					s = state{t, p}
				}
			}
			s.score = max(s.score+suits(v, columns[c].Field), never)
			if i > 0 { // a further paragraph of the cell before
				if t := best[i-1][c].score + joins(v, columns[c].Field); t > s.score {
					s = state{t, c}
				}
			}
			best[i][c] = s
		}
	}
	at := 0
	for c := range columns {
		if best[n-1][c].score-skipped(columns[c+1:]) > best[n-1][at].score-skipped(columns[at+1:]) {
			at = c
		}
	}
	score = best[n-1][at].score - skipped(columns[at+1:])
	out := make([]string, w)
	for i := n - 1; i >= 0; i-- {
		if out[at] == "" {
			out[at] = cells[i]
		} else {
			out[at] = cells[i] + "\n" + out[at]
		}
		if at = best[i][at].from; at < 0 {
			break
		}
	}
	return out, score
}

// fitLast is fit for the last row of a table, behind which the text goes on: of
// the cells as many belong to it as suit its columns best.
func fitLast(cells []string, columns []Column) []string {
	best, most := cells, -1<<20
	for k := min(len(cells), 2); k <= len(cells); k++ {
		if row, n := fit(cells[:k], columns); n > most {
			best, most = row, n
		}
	}
	return best
}

// skipped is what it costs to leave columns empty: a task is never, a remark often.
func skipped(columns []Column) (n int) {
	for _, c := range columns {
		switch c.Field {
		case FieldText, FieldNo:
			n += 6
		case FieldLead, FieldOwes, FieldDeadline:
			n += 2
		default:
			n++
		}
	}
	return n
}

// suits says how well a cell stands in a column.
func suits(v string, f Field) int {
	long := utf8.RuneCountInString(v)
	switch f {
	case FieldNo:
		if runningNo.MatchString(v) || someNo.MatchString(v) {
			return 4
		}
		return -6
	case FieldLead, FieldOwes, FieldSupport:
		switch {
		case allUnits(v):
			return 4
		case strings.Trim(v, "-—/ ") == "" || v == "无":
			return 1
		case long > 60 || strings.Contains(v, "。"):
			return -4
		}
		return -1
	case FieldDeadline:
		switch due, mend := (base{year: 2000}).field(v); {
		case due.Text == "":
			return 1
		case utf8.RuneCountInString(timeRE.ReplaceAllString(v, "")) > 9: // 2024-2027年度松材线虫病防控实施方案
			return -2
		case mend == "" && long <= 30:
			return 4
		case long <= 16:
			return 0
		}
		return -4
	case FieldText:
		switch {
		case long < 3, long < 12 && allUnits(v):
			return -3
		case long >= 8:
			return 2
		}
		return 0
	}
	if allUnits(v) {
		return -1
	}
	return 0
}

// timeRE is what a time is written with.
var timeRE = compile(`[\d０-９一二三四五六七八九十年月日底前末初上中下旬季度半全止至到—~～.．/\s-]+`)

// joins says how well a cell goes on with the one before in the same column.
func joins(v string, f Field) int {
	switch f {
	case FieldNo:
		return -8
	case FieldLead, FieldOwes, FieldSupport:
		if allUnits(v) {
			return 1
		}
		return -4
	case FieldDeadline:
		return -3
	case FieldText, FieldGoal, FieldNote, FieldNone:
		if allUnits(v) && utf8.RuneCountInString(v) < 30 {
			return -4
		}
		if _, mend := (base{year: 2000}).field(v); mend == "" && utf8.RuneCountInString(v) < 16 {
			return -4
		}
		return 0
	}
	return -2
}
