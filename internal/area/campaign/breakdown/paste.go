package breakdown

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Range is a merged block of cells; all bounds count from 0 and are included.
type Range struct{ Top, Left, Bottom, Right int }

// Grid is a table of strings: a sheet, a table of a document or pasted rows.
type Grid struct {
	Rows     [][]string
	Merges   []Range
	FirstRow int    // the user's number of Rows[0]; 0 means 1
	Nums     []int  // the user's number of each row, where some are hidden; nil: they count on from FirstRow
	Sheet    string // name of the sheet where a file has several, "" for one alone
	Letters  bool   // the columns are those of a sheet: A, B, …
	lines    bool   // the rows are lines of a text
	Pasted   bool   // merged cells have left their words in the first only
	Card     bool   // the rows are cards: their columns are nowhere in the file
}

// Bounds of a grid that is read; what lies beyond is reported, not read.
const (
	maxRows = 20000
	maxCols = 200
)

// ParsePaste reads rows copied from a spreadsheet: columns parted by tabs, a
// cell with tabs, line ends or quotes in double quotes. A quote that is never
// closed is kept as a character, so that one slip does not swallow the rest.
func ParsePaste(text string) Grid {
	text = strings.TrimPrefix(strings.ToValidUTF8(text, "\ufffd"), "\ufeff")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	lastQuote := strings.LastIndexByte(text, '"')
	g := Grid{Pasted: true}
	var row []string
	for i := 0; i <= len(text); {
		cell := ""
		if i < len(text) && text[i] == '"' {
			if s, n, ok := quoted(text[i:]); ok && i+n-1 <= lastQuote {
				cell, i = s, i+n
			}
		}
		if cell == "" || i < len(text) && text[i] != '\t' && text[i] != '\n' {
			n := strings.IndexAny(text[i:], "\t\n")
			if n < 0 {
				n = len(text) - i
			}
			cell += text[i : i+n]
			i += n
		}
		row = append(row, cell)
		if i >= len(text) || text[i] == '\n' {
			g.Rows = append(g.Rows, row)
			row = nil
		}
		i++
		if i == len(text) && text[i-1] == '\n' {
			break // a final line end opens no row
		}
	}
	return unbroken(g)
}

// unbroken joins the rows of a table copied from a page or a document, whose cells of several lines came without quotes and broke
// their rows: a row that begins with its number and is short takes the pieces below it that fill it to the width of the heading.
func unbroken(g Grid) Grid {
	m := GuessMapping(Grid{Rows: g.Rows[:min(len(g.Rows), 60)]})
	number := m.column(FieldNo)
	if m.HeadingRow < 0 || number < 0 || number > 1 {
		return g
	}
	head := m.HeadingRow + m.HeadingRows
	width := 0
	for _, r := range g.Rows[m.HeadingRow:head] {
		width = max(width, len(r))
	}
	starts := func(r []string) bool {
		return number < len(r) && runningNo.MatchString(narrow(strings.TrimSpace(r[number])))
	}
	out := append([][]string{}, g.Rows[:head]...)
	nums := make([]int, 0, len(g.Rows))
	for i := range head {
		nums = append(nums, i+1)
	}
	broken := false
	for i := head; i < len(g.Rows); i++ {
		row, at := g.Rows[i], i
		if starts(row) && len(row) < width && width > 2 {
			whole := append([]string{}, row...)
			k := i + 1
			for ; k < len(g.Rows) && len(whole) < width && k-i < 30 && !starts(g.Rows[k]); k++ {
				next := g.Rows[k]
				if len(next) > 0 && next[0] != "" {
					whole[len(whole)-1] = strings.TrimRight(whole[len(whole)-1], "\n") + "\n" + next[0]
				}
				if len(next) > 1 {
					whole = append(whole, next[1:]...)
				}
			}
			if len(whole) == width {
				row, i, broken = whole, k-1, true
			}
		}
		out, nums = append(out, row), append(nums, at+1)
	}
	if broken {
		g.Rows, g.Nums = out, nums
	}
	return g
}

// maxQuoted keeps an unclosed quote from being searched for to the end of a
// large text again and again.
const maxQuoted = 60000

// quoted reads a cell in double quotes and returns its length in s. The closing
// quote must stand before a tab, a line end or the end.
func quoted(s string) (cell string, n int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s) && i < maxQuoted; i++ {
		if s[i] != '"' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		if i+1 == len(s) || s[i+1] == '\t' || s[i+1] == '\n' {
			return b.String(), i + 1, true
		}
		return "", 0, false
	}
	return "", 0, false
}

// filled returns the rows as a rectangle within bounds, every merged block
// filled with the value of its first cell. merged tells which cells got theirs so.
func (g Grid) filled() (rows [][]string, merged func(r, c int) bool, notes []string) {
	in := g.Rows
	if len(in) > maxRows {
		in = in[:maxRows]
		notes = append(notes, fmt.Sprintf("超过 %d 行，后面的没有读。请分成几个文件导入。", maxRows))
	}
	width := 0
	for _, r := range in {
		width = max(width, min(len(r), maxCols))
	}
	rows = make([][]string, len(in))
	for i, r := range in {
		rows[i] = make([]string, width)
		for j := range min(len(r), width) {
			v := r[j]
			if utf8.RuneCountInString(v) > maxParagraph {
				v = clip(v, maxParagraph)
				notes = append(notes, fmt.Sprintf("第 %d 行%s超过两万字，只读了前面两万字。", g.rowNumber(i), g.column(j)))
			}
			rows[i][j] = strings.TrimSpace(strings.ToValidUTF8(v, ""))
		}
	}
	copied := map[[2]int]bool{}
	for _, m := range g.Merges {
		top, left := max(m.Top, 0), max(m.Left, 0)
		if top != m.Top || left != m.Left || top >= len(rows) || left >= width {
			continue
		}
		for i := top; i <= m.Bottom && i < len(rows); i++ {
			for j := left; j <= m.Right && j < width && len(copied) < 1000000; j++ {
				if i != top || j != left {
					rows[i][j] = rows[top][left]
					copied[[2]int{i, j}] = true
				}
			}
		}
	}
	return rows, func(r, c int) bool { return copied[[2]int{r, c}] }, notes
}

// rowNumber is the number the user sees beside Rows[i].
func (g Grid) rowNumber(i int) int {
	if i < len(g.Nums) {
		return g.Nums[i]
	}
	return max(g.FirstRow, 1) + i
}

// place says where a row is, in the words of a message.
func (g Grid) place(i int) string {
	if g.lines {
		return fmt.Sprintf("第 %d 段", g.rowNumber(i))
	}
	return g.sheet() + fmt.Sprintf("第 %d 行", g.rowNumber(i))
}

// column says which column that is, in the words of a message: F 列, or 第 6 列 where columns have no letters.
func (g Grid) column(c int) string {
	if g.Letters {
		return " " + letters(c) + " 列"
	}
	return fmt.Sprintf("第 %d 列", c+1)
}

// letters is the name of a sheet's column, counted from 0: A, B, … Z, AA.
func letters(c int) string {
	s := ""
	for c++; c > 0; c = (c - 1) / 26 {
		s = string(rune('A'+(c-1)%26)) + s
	}
	return s
}

// sheet names the sheet in front of a place, where there are several.
func (g Grid) sheet() string {
	if g.Sheet == "" {
		return ""
	}
	return "工作表“" + g.Sheet + "”"
}

// whole is the table as a whole.
func (g Grid) whole() string {
	if g.Sheet == "" {
		return "全表"
	}
	return g.sheet()
}
