package xlsx

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestOldBooks: a book of the old format shows what the same book saved as .xlsx shows: texts that run over CONTINUE records, rich texts,
// numbers to the last digit, dates of both systems, merges, hidden rows, columns and sheets, stored results of formulas.
func TestOldBooks(t *testing.T) {
	for _, name := range []string{"分解表", "一九〇四"} {
		read := func(ext string) ([]Sheet, []string) {
			b, err := os.ReadFile("testdata/" + name + ext)
			if err != nil {
				t.Fatal(err)
			}
			sheets, warnings, err := ReadAll(bytes.NewReader(b))
			if err != nil {
				t.Fatal(name+ext, err)
			}
			return sheets, warnings
		}
		want, ww := read(".xlsx")
		got, gw := read(".xls")
		if !reflect.DeepEqual(gw, ww) || len(got) != len(want) {
			t.Fatalf("%s: %d sheets, %q; as .xlsx %d, %q", name, len(got), gw, len(want), ww)
		}
		for i, g := range got {
			w := want[i]
			if g.Name != w.Name || !reflect.DeepEqual(g.RowNums, w.RowNums) || !reflect.DeepEqual(g.Warnings, w.Warnings) {
				t.Errorf("%s: sheet %q, rows %v, %q\nas .xlsx %q, rows %v, %q", name, g.Name, g.RowNums, g.Warnings, w.Name, w.RowNums, w.Warnings)
			}
			byPlace := func(m []Merge) map[Merge]bool {
				out := map[Merge]bool{}
				for _, x := range m {
					out[x] = true
				}
				return out
			}
			if !reflect.DeepEqual(byPlace(g.Merges), byPlace(w.Merges)) {
				t.Errorf("%s: merges %v, as .xlsx %v", name, g.Merges, w.Merges)
			}
			if !reflect.DeepEqual(g.Problems, w.Problems) {
				t.Errorf("%s: problems %v\nas .xlsx %v", name, g.Problems, w.Problems)
			}
			for r := range w.Cells {
				for c := range w.Cells[r] {
					if r >= len(g.Cells) || c >= len(g.Cells[r]) || g.Cells[r][c] != w.Cells[r][c] {
						t.Errorf("%s, %s, row %d column %s: %q, as .xlsx %q", name, w.Name, w.RowNums[r], colName(c), g.Cells[r][c], w.Cells[r][c])
					}
				}
			}
		}
		if name == "分解表" && (len(want) != 2 || len(want[0].Merges) < 9 || len(want[0].Problems) != 26 || !strings.Contains(want[0].Warnings[0], "第 9、17 行") || want[0].Cells[3][4] != "2017-01-01") {
			t.Errorf("the book does not hold what it is to test: %d sheets, %v, %v, %q", len(want), want[0].Merges, want[0].Problems, want[0].Warnings)
		}
	}
}
