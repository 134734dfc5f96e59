package doc

import (
	"slices"
	"sort"
	"strings"
	"unicode/utf16"

	"duban/internal/base/errs"
	"duban/internal/office/docx"
)

// walker makes blocks of the characters as they come.
type walker struct {
	streams
	extra       [][]byte // changes that pieces refer to
	paras, runs []stretch
	styles      map[int]style
	lists       *docx.Lists

	out    []docx.Block
	text   []uint16 // of the paragraph
	fields []bool   // open fields, innermost last: whether we stand in the instruction
	hiding int      // open fields whose instruction we stand in
	lines  []string // of the cell: its paragraphs
	inner  []string // of a cell of a table inside the cell
	across []string // of its row
	cells  []string // of the row
	rows   []row    // of the table
	total  int      // cells and rows so far
	work   int      // bytes of properties looked at
}

// row is a row of a table: the words of its cells, and what its end mark says of them.
type row struct {
	cells []string
	para  para
}

// Limits of what is read from one document, as of a .docx.
const (
	maxBlocks = 50_000
	maxCells  = 200_000
	maxCols   = 256
)

// take takes the character c, whose bytes begin at at. special says that it stands for something else; drop, that nobody sees it.
func (w *walker) take(c uint16, at, size uint64, drop, special bool, prm uint16) error {
	switch c {
	case 0x13:
		if len(w.fields) < 1000 {
			w.fields = append(w.fields, true)
			w.hiding++
		}
		return nil
	case 0x14, 0x15:
		if n := len(w.fields); n > 0 {
			if w.fields[n-1] {
				w.fields[n-1] = false
				w.hiding--
			}
			if c == 0x15 {
				w.fields = w.fields[:n-1]
			}
		}
		return nil
	case 0x0D, 0x07:
		return w.end(c, at, prm)
	case 0x0C: // the end of a section ends a paragraph, a page break stands within one
		if run, ok, _ := find(w.paras, at); !ok || run.to == at+size {
			return w.end(c, at, prm)
		}
		return nil
	}
	if drop || w.hiding > 0 {
		return nil
	}
	switch {
	case c == 0x0B:
		c = '\n'
	case c == 0x1E:
		c = '-'
	case c == '\t':
	case c < ' ', special && c == '(': // pictures, notes; a sign of a symbol font
		return nil
	}
	w.text = append(w.text, c)
	return nil
}

// end ends a paragraph, a cell or a row.
func (w *walker) end(c uint16, at uint64, prm uint16) error {
	p, err := w.paragraph(at, prm)
	if err != nil {
		return err
	}
	if c == 0x07 && p.depth == 0 { // a cell's mark without its properties
		p.depth = 1
	}
	text := docx.Clean(string(utf16.Decode(w.text)))
	w.text = w.text[:0]
	number := ""
	if p.list > 0 && p.list < 0xF801 && strings.TrimSpace(text) != "" {
		number = w.lists.Next(p.list, max(p.level, 0))
	}
	line := number + text
	if p.depth == 0 {
		if err := w.table(); err != nil {
			return err
		}
		w.out = append(w.out, docx.Block{Text: text, Number: number})
		if len(w.out) > maxBlocks {
			return errs.New(errs.Invalid, "文件太长（超过 %d 段），请分成几个文件。", maxBlocks)
		}
		return nil
	}
	if c == 0x07 || p.innerCell || p.innerRE {
		if w.total++; w.total > maxCells {
			return errs.New(errs.Invalid, "表格太大（超过 %d 格），请分成几个文件。", maxCells)
		}
	}
	switch {
	case p.rowEnd && c == 0x07:
		w.rows = append(w.rows, row{w.cells, p})
		w.cells, w.lines = nil, nil
	case c == 0x07:
		w.inside()
		w.lines = append(w.lines, line)
		w.cells = append(w.cells, strings.TrimRight(strings.Join(w.lines, "\n"), "\n"))
		w.lines = nil
		if len(w.cells) > maxCols {
			return errs.New(errs.Invalid, "表格的列太多（超过 %d 列），请拆成几张表。", maxCols)
		}
	case p.depth > 1 && p.innerRE:
		w.inside()
	case p.depth > 1:
		if w.inner = append(w.inner, line); p.innerCell {
			w.across = append(w.across, strings.Join(strings.Fields(strings.Join(w.inner, " ")), " "))
			w.inner = nil
		}
	default:
		w.lines = append(w.lines, line)
	}
	return nil
}

// inside makes a line of the row of a table inside the cell.
func (w *walker) inside() {
	if len(w.inner) > 0 {
		w.across = append(w.across, strings.Join(w.inner, " "))
	}
	if len(w.across) > 0 {
		w.lines = append(w.lines, strings.Join(w.across, "\t"))
	}
	w.inner, w.across = nil, nil
}

// finish ends what a part of the text left open.
func (w *walker) finish() error {
	if len(w.text) > 0 {
		text := docx.Clean(string(utf16.Decode(w.text)))
		w.text = w.text[:0]
		if len(w.cells) > 0 || len(w.lines) > 0 {
			w.lines = append(w.lines, text)
		} else {
			if err := w.table(); err != nil {
				return err
			}
			w.out = append(w.out, docx.Block{Text: text})
		}
	}
	w.fields, w.hiding = nil, 0
	return w.table()
}

// table puts the finished table among the blocks. What a row left open counts as a row: no word is lost.
func (w *walker) table() error {
	w.inside()
	if len(w.lines) > 0 {
		w.cells = append(w.cells, strings.Join(w.lines, "\n"))
	}
	if len(w.cells) > 0 {
		w.rows = append(w.rows, row{cells: w.cells})
	}
	w.cells, w.lines = nil, nil
	if len(w.rows) == 0 {
		return nil
	}
	t, err := layOut(w.rows)
	w.rows = nil
	w.out = append(w.out, docx.Block{Table: t})
	return err
}

// layOut lays the rows of a table on one grid of columns.
func layOut(rows []row) (*docx.Table, error) {
	out := &docx.Table{}
	edges := edgesOf(rows)
	if len(edges) > maxCols+1 {
		return nil, errs.New(errs.Invalid, "表格的列太多（超过 %d 列），请拆成几张表。", maxCols)
	}
	open := map[int]int{} // column → index of the merge that goes on downwards
	width, places := 0, 0
	for i, r := range rows {
		var line []string
		merge := r.para.merge
		known := len(merge) == len(r.cells)
		place := func(col, span int, text string, down uint16) {
			for len(line) < col {
				line = append(line, "")
			}
			if m, going := open[col]; down == 1 && going && out.Merges[m].Cols == span && out.Merges[m].Row+out.Merges[m].Rows == i {
				out.Merges[m].Rows++
				text = ""
			} else {
				delete(open, col)
				if down >= 2 || span > 1 {
					out.Merges = append(out.Merges, docx.Merge{Row: i, Col: col, Rows: 1, Cols: span})
					if down >= 2 {
						open[col] = len(out.Merges) - 1
					}
				}
			}
			line = append(line, text)
			for len(line) < col+span {
				line = append(line, "")
			}
		}
		if !known {
			for c, text := range r.cells {
				place(c, 1, text, 0)
			}
		} else {
			for c := 0; c < len(r.cells); {
				text, last := r.cells[c], c+1
				if across := merge[c] & 3; across != 0 { // the first of a set differs from those that follow it
					for last < len(r.cells) && merge[last]&3 != 0 && merge[last]&3 != across {
						if text == "" {
							text = r.cells[last]
						}
						last++
					}
				}
				col := max(len(line), column(edges, r.para.edges[c]))
				place(col, max(1, column(edges, r.para.edges[last])-col), text, merge[c]>>5&3)
				c = last
			}
		}
		out.Cells = append(out.Cells, line)
		width = max(width, len(line))
		if places += len(line); max(places, width*len(out.Cells)) > 8*maxCells {
			return nil, errs.New(errs.Invalid, "表格太大（%d 行以上、%d 列），请分成几个文件。", len(out.Cells), width)
		}
	}
	out.Merges = slices.DeleteFunc(out.Merges, func(m docx.Merge) bool { return m.Rows == 1 && m.Cols == 1 })
	for i, l := range out.Cells {
		out.Cells[i] = append(l, make([]string, width-len(l))...)
	}
	return out, nil
}

// column is the place of an edge among the columns.
func column(edges []int, e int) int {
	i := sort.SearchInts(edges, e)
	if i == len(edges) || edges[i] > e {
		i--
	}
	return max(i, 0)
}
