package breakdown

import (
	"strings"
	"unicode/utf8"
)

// Cards turns cards (督办单, 任务卡) into a table: a label and its value beside it, once or several times a row, each card under the
// one before. Its rows are those of the result, which carries their numbers. ok is false where g is no such thing.
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
	var titles []string
	at := map[string]int{}
	var cards []map[string]string
	var nums []int
	kinds := map[Field]bool{}
	card := map[string]string{}
	for i := range rows {
		var cells []string
		for c, v := range rows[i] {
			if v != "" && (len(cells) == 0 || !merged(i, c) || cells[len(cells)-1] != v) {
				cells = append(cells, v)
			}
		}
		known := 0
		for k := 0; k+1 < len(cells); k += 2 {
			t, f := label(cells[k])
			if t == "" {
				break
			}
			if _, beside := label(cells[k+1]); f != FieldNone && beside != FieldNone && utf8.RuneCountInString(cells[k+1]) <= 6 {
				return g, false // a row of titles
			}
			if f != FieldNone {
				known++
				kinds[f] = true
			}
			if _, twice := card[t]; twice {
				cards, card = append(cards, card), map[string]string{}
			}
			if len(card) == 0 {
				nums = append(nums, g.rowNumber(i))
			}
			if _, seen := at[t]; !seen {
				at[t] = len(titles)
				titles = append(titles, t)
			}
			card[t] = cells[k+1]
		}
		if i == 0 && known == 0 && len(cells) > 1 || len(titles) > 40 {
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
