package breakdown

import (
	"strings"
	"unicode/utf8"
)

// Cards turns cards (督办单, 任务卡) into a table: a label and its value beside it, once or several times a row, each card under the
// one before; and a table that lies on its side, whose titles stand in the first column. Its rows are those of the result, which
// carries their numbers. ok is false where g is no such thing: a table with its titles in a row must never be taken for one.
func Cards(g Grid) (out Grid, ok bool) {
	if len(g.Rows) == 0 || len(g.Rows) > maxRows {
		return g, false
	}
	label := func(s string) (string, Field) {
		t, _ := plainTitle(s)
		if s == "" || utf8.RuneCountInString(t) > 12 || strings.ContainsAny(s, "。；，,;") {
			return "", FieldNone
		}
		return t, fieldOf(t)
	}
	rows, merged, _ := g.filled()
	if out, ok := turned(g, rows, merged); ok {
		return out, true
	}
	var titles []string
	at := map[string]int{}
	var cards []map[string]string
	var nums []int
	kinds := map[Field]bool{}
	card, first := map[string]string{}, ""
	for i := range rows {
		var cells []string
		named := 0 // cells that are titles
		for c, v := range rows[i] {
			if v != "" && (len(cells) == 0 || !merged(i, c) || cells[len(cells)-1] != v) {
				cells = append(cells, v)
				if _, f := label(v); f != FieldNone {
					named++
				}
			}
		}
		if len(cells) > 2 && named*2 > len(cells) {
			return g, false // a row of titles
		}
		known, last := 0, ""
		for k := 0; k < len(cells); k += 2 {
			t, f := label(cells[k])
			if k+1 == len(cells) { // a second value behind the last
				if last != "" && f == FieldNone {
					card[last] += "\n" + cells[k]
				}
				break
			}
			if t == "" {
				break
			}
			if _, beside := label(cells[k+1]); f != FieldNone && beside != FieldNone && utf8.RuneCountInString(cells[k+1]) <= 6 {
				return g, false // a row of titles
			}
			if f != FieldNone {
				known++
				kinds[f] = true
				if first == "" {
					first = t
				}
			}
			if was, twice := card[t]; twice && t == first { // the next card
				cards, card = append(cards, card), map[string]string{}
			} else if twice { // a second 责任人 of the same
				card[t] = was + "；" + cells[k+1]
				continue
			}
			if len(card) == 0 {
				nums = append(nums, g.rowNumber(i))
			}
			if _, seen := at[t]; !seen {
				at[t] = len(titles)
				titles = append(titles, t)
			}
			card[t], last = cells[k+1], t
		}
		if i == 0 && known == 0 && len(cells) > 1 && !strings.ContainsAny(cells[0], "：:〔") || len(titles) > 40 {
			return g, false
		}
	}
	if len(card) > 0 {
		cards = append(cards, card)
	}
	if !kinds[FieldText] || !kinds[FieldLead] && !kinds[FieldOwes] || len(cards) == 0 || len(cards)*2 > len(rows) && len(rows) > 1 {
		return g, false
	}
	out = Grid{Rows: [][]string{titles}, Nums: append([]int{nums[0]}, nums...), Sheet: g.Sheet, Card: true, lines: g.lines}
	for _, c := range cards {
		row := make([]string, len(titles))
		for t, v := range c {
			row[at[t]] = v
		}
		out.Rows = append(out.Rows, row)
	}
	return out, true
}

// turned reads a table that lies on its side: at least three rows whose first cell is a title, and two or more values beside it, none
// of which is one.
func turned(g Grid, rows [][]string, merged func(r, c int) bool) (Grid, bool) {
	width, from := 0, -1
	kinds := map[Field]bool{}
	var titles []string
	var body []int
	for i, r := range rows {
		cells := distinct(r)
		if len(cells) < 2 { // a title above, a remark below
			continue
		}
		t, _ := plainTitle(r[0])
		f := FieldNone
		if utf8.RuneCountInString(t) <= 12 {
			f = fieldOf(t)
		}
		if r[0] == "" || merged(i, 0) || f == FieldNone && len(body) == 0 {
			return g, false
		}
		values := 0
		for c := 1; c < len(r); c++ {
			if t, _ := plainTitle(r[c]); utf8.RuneCountInString(r[c]) <= 12 && fieldOf(t) != FieldNone && f != FieldText && f != FieldName {
				return g, false
			}
			if r[c] != "" {
				values, width = values+1, max(width, c)
			}
		}
		if values < 2 && (f == FieldText || f == FieldLead || f == FieldOwes) {
			return g, false
		}
		if from < 0 {
			from = i
		}
		kinds[f] = true
		titles, body = append(titles, r[0]), append(body, i)
	}
	if width < 2 || len(body) < 3 || !kinds[FieldText] || !kinds[FieldLead] && !kinds[FieldOwes] {
		return g, false
	}
	out := Grid{Rows: [][]string{titles}, Nums: []int{g.rowNumber(from)}, Sheet: g.Sheet, Card: true, lines: g.lines}
	for c := 1; c <= width; c++ {
		var row []string
		for _, i := range body {
			row = append(row, rows[i][c])
		}
		if len(distinct(row)) > 0 {
			out.Rows, out.Nums = append(out.Rows, row), append(out.Nums, g.rowNumber(from))
		}
	}
	return out, true
}
