package xlsx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"duban/internal/base/errs"
)

const maxMerges = 20_000

// budget is what all sheets of one file have cost: many sheets of few cells in far corners, or one long text shown in every cell, are
// small on the disk and large here.
type budget struct{ places, text int }

const (
	maxPlaces = 8_000_000
	maxShown  = 64 << 20 // bytes
)

// grid makes a Sheet of the cells of a file, row by row from the top. A row is begun, filled from the left and ended.
type grid struct {
	out    Sheet
	spent  *budget
	row    int // the last begun, from 1
	hidden bool
	line   []string

	rowsHidden       []int
	colsHidden       [][2]int // from 1
	formulas, faults []Problem
	merges           [][4]int // top from 1, left from 0, bottom, right
	lastUsed, width  int      // the count of rows up to the last used one
}

func (g *grid) begin(row int, hidden bool) {
	g.row, g.hidden, g.line = row, hidden, g.line[:0]
}

// put takes the cell of column col, counted from 0, as it is shown.
func (g *grid) put(col int, text string, fault, formula, stored bool) error {
	if text != "" && col >= MaxCols {
		return errs.New(errs.Invalid, "表格太宽：第 %d 行 %s 列还有内容，最多 %d 列。", g.row, colName(col), MaxCols)
	}
	if col >= MaxCols {
		return nil
	}
	if text != "" {
		for len(g.line) <= col {
			g.line = append(g.line, "")
		}
		g.line[col] = text
		if g.spent.text += len(text); g.spent.text > maxShown {
			return errs.New(errs.Invalid, "表格里的文字太多（超过 %d MB），请分成几个文件。", maxShown>>20)
		}
	}
	if g.hidden {
		return nil
	}
	at := fmt.Sprintf("%s%d", colName(col), g.row)
	if fault {
		g.faults = append(g.faults, Problem{Row: g.row, Col: col, Message: fmt.Sprintf("%s 是错误值 %s，请改成正确的数。", at, text)})
	} else if formula {
		g.formulas = append(g.formulas, Problem{Row: g.row, Col: col, Formula: true, Empty: !stored, Message: fmt.Sprintf("%s 是公式，显示的“%s”未必是最新结果。请核对，最好粘贴为数值后再上传。", at, text)})
	}
	return nil
}

// end puts the finished row into the grid, behind the blank ones that were left out of the file.
func (g *grid) end() error {
	if g.hidden {
		if slices.ContainsFunc(g.line, func(s string) bool { return s != "" }) {
			g.rowsHidden = append(g.rowsHidden, g.row)
		}
		return nil
	}
	used := len(g.line)
	for used > 0 && g.line[used-1] == "" {
		used--
	}
	if used == 0 {
		return nil
	}
	if g.row > MaxRows {
		return errs.New(errs.Invalid, "表格太长：第 %d 行还有内容，最多 %d 行。请分成几个文件。", g.row, MaxRows)
	}
	from := 0
	if n := len(g.out.RowNums); n > 0 {
		from = g.out.RowNums[n-1]
	}
	for n := from + 1; n < g.row; n++ {
		if _, hid := slices.BinarySearch(g.rowsHidden, n); !hid {
			g.out.Cells, g.out.RowNums = append(g.out.Cells, nil), append(g.out.RowNums, n)
		}
	}
	g.out.Cells, g.out.RowNums = append(g.out.Cells, slices.Clone(g.line[:used])), append(g.out.RowNums, g.row)
	g.lastUsed = len(g.out.Cells)
	g.width = max(g.width, used)
	return nil
}

// hide names hidden columns, counted from 1.
func (g *grid) hide(from, to int) {
	to = min(to, MaxCols)
	if n := len(g.colsHidden); n > 0 && g.colsHidden[n-1][1]+1 == from { // neighbours of different widths stand apart in the file
		g.colsHidden[n-1][1] = max(to, from-1)
		return
	}
	if from >= 1 && from <= to && len(g.colsHidden) < MaxCols {
		g.colsHidden = append(g.colsHidden, [2]int{from, to})
	}
}

// merge names a merged range: rows from 1, columns from 0.
func (g *grid) merge(top, left, bottom, right int) {
	if len(g.merges) < maxMerges {
		g.merges = append(g.merges, [4]int{top, left, bottom, right})
	}
}

func (g *grid) finish() (Sheet, error) {
	out := g.out
	out.Cells, out.RowNums = out.Cells[:g.lastUsed], out.RowNums[:g.lastUsed]
	if g.spent.places += len(out.Cells) * g.width; g.spent.places > maxPlaces {
		return Sheet{}, errs.New(errs.Invalid, "文件里的工作表太大（一共超过 %d 万格），请分成几个文件。", maxPlaces/10_000)
	}
	for i, l := range out.Cells {
		out.Cells[i] = append(l, make([]string, g.width-len(l))...)
	}
	index := make(map[int]int, len(out.RowNums))
	for i, n := range out.RowNums {
		index[n] = i
	}
	for _, p := range append(g.faults, g.formulas...) {
		if i, ok := index[p.Row]; ok {
			p.Row = i
			out.Problems = append(out.Problems, p)
		}
	}
	slices.SortStableFunc(out.Problems, func(a, b Problem) int { return a.Row - b.Row })
	for _, m := range g.merges {
		if m, ok := merged(m, out.RowNums, g.width); ok {
			out.Merges = append(out.Merges, m)
		}
	}
	if n := len(g.rowsHidden); n > 0 {
		out.Warnings = append(out.Warnings, fmt.Sprintf("没有读取隐藏的 %d 行（第 %s 行）。如需导入，请取消隐藏后再上传。", n, few(g.rowsHidden)))
	}
	if len(g.colsHidden) > 0 {
		var names []string
		for _, c := range g.colsHidden {
			name := colName(c[0] - 1)
			if c[1] > c[0] {
				name += "至" + colName(c[1]-1)
			}
			names = append(names, name)
		}
		out.Warnings = append(out.Warnings, fmt.Sprintf("表中有隐藏的列（%s 列），已一并读取，请核对。", strings.Join(names, "、")))
	}
	return out, nil
}

func few(rows []int) string {
	var s []string
	for i, n := range rows {
		if i == 5 {
			return strings.Join(s, "、") + " 等"
		}
		s = append(s, strconv.Itoa(n))
	}
	return strings.Join(s, "、")
}

// merged turns a range of the file into places of the grid, leaving out what is hidden or empty at the edge.
func merged(r [4]int, rows []int, width int) (Merge, bool) {
	from, _ := slices.BinarySearch(rows, r[0])
	to, found := slices.BinarySearch(rows, r[2])
	if !found {
		to--
	}
	m := Merge{from, r[1], to - from + 1, min(r[3], width-1) - r[1] + 1}
	return m, m.Rows >= 1 && m.Cols >= 1 && m.Rows*m.Cols > 1
}
