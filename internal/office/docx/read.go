package docx

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"duban/internal/base/errs"

	"github.com/beevik/etree"
)

// Block is a paragraph or a table of a document, in order.
type Block struct {
	Text   string // of a paragraph, without its automatic number; line ends and tabs kept
	Number string // automatic number as Word prints it, "（一）" or "1."; empty when the number was typed or there is none
	Level  int    // 1–9 for a heading of that outline level, 0 for plain text
	Table  *Table // nil for a paragraph
}

// Line is the paragraph as printed, with its automatic number.
func (b Block) Line() string { return b.Number + b.Text }

// Table is a grid of cells. A merged cell's text stands in its upper left corner; the other places are empty.
type Table struct {
	Cells  [][]string
	Merges []Merge
}

// Merge is a merged range, counted from 0.
type Merge struct{ Row, Col, Rows, Cols int }

// Limits of what is read from one document.
const (
	maxBlocks = 50_000
	maxCells  = 200_000
	maxCols   = 256
)

// ReadParagraphs reads the paragraphs and tables of any .docx. Headers, notes, deleted and hidden words are left out;
// words in text boxes follow their paragraph. Errors are errs.Invalid, in words for the person who sent the file.
func ReadParagraphs(r io.Reader) ([]Block, error) {
	b, err := ReadUpload(r)
	if err != nil {
		return nil, err
	}
	pkg, err := OpenPackage(b, ".docx")
	if err != nil {
		return nil, err
	}
	main := mainPart(pkg)
	if main == "" {
		return nil, errs.New(errs.Invalid, "这个文件不是 Word 文档（.docx）。")
	}
	part := func(name string) (*etree.Element, error) {
		b, err := pkg.ReadXML(name)
		if errors.Is(err, ErrNoPart) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return tree(b)
	}
	root, err := part(main)
	if err != nil {
		return nil, err
	}
	styles, err := part("word/styles.xml")
	if err != nil {
		return nil, err
	}
	numbering, err := part("word/numbering.xml")
	if err != nil {
		return nil, err
	}
	rd := reader{styles: readStyles(styles), lists: readLists(numbering)}
	body := root.SelectElement("body")
	if body == nil {
		return nil, errs.New(errs.Invalid, "这个文件不是 Word 文档（.docx）。")
	}
	if err := rd.blocks(body); err != nil {
		return nil, err
	}
	return rd.out, nil
}

type reader struct {
	styles map[string]style
	lists  *Lists
	out    []Block
	cells  int
}

// blocks walks a body or whatever wraps part of one.
func (rd *reader) blocks(e *etree.Element) error {
	for _, k := range e.ChildElements() {
		switch k.Tag {
		case "p":
			rd.out = append(rd.out, rd.paragraph(k))
			for _, box := range visibleBoxes(k, nil) {
				if err := rd.blocks(box); err != nil {
					return err
				}
			}
		case "tbl":
			t, err := rd.table(k)
			if err != nil {
				return err
			}
			rd.out = append(rd.out, Block{Table: t})
		case "sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml":
			if err := rd.blocks(k); err != nil {
				return err
			}
		}
		if len(rd.out) > maxBlocks {
			return errs.New(errs.Invalid, "文件太长（超过 %d 段），请分成几个文件。", maxBlocks)
		}
	}
	return nil
}

func (rd *reader) paragraph(p *etree.Element) Block {
	var b strings.Builder
	words(p, &b)
	blk := Block{Text: b.String()}
	numID, level, outline := "", -1, -1
	if pr := p.SelectElement("pPr"); pr != nil {
		if st, ok := rd.styles[val(pr.SelectElement("pStyle"))]; ok {
			numID, level, outline = st.numID, st.level, st.outline
		}
		if n := pr.SelectElement("numPr"); n != nil {
			if id := n.SelectElement("numId"); id != nil {
				numID = val(id)
			}
			if l := n.SelectElement("ilvl"); l != nil {
				level = number(val(l), 0)
			}
		}
		if o := pr.SelectElement("outlineLvl"); o != nil {
			outline = number(val(o), 9)
		}
	}
	if outline >= 0 && outline < 9 {
		blk.Level = outline + 1
	}
	if numID != "" && numID != "0" && strings.TrimSpace(blk.Text) != "" {
		blk.Number = rd.lists.next(numID, max(level, 0))
	}
	return blk
}

// words writes the visible words of a paragraph, without its text boxes.
func words(e *etree.Element, b *strings.Builder) {
	for _, c := range e.ChildElements() {
		switch c.Tag {
		case "t":
			b.WriteString(Clean(c.Text()))
		case "tab":
			if e.Tag == "r" {
				b.WriteByte('\t')
			}
		case "br", "cr":
			if t := c.SelectAttrValue("type", ""); t != "page" && t != "column" {
				b.WriteByte('\n')
			}
		case "noBreakHyphen":
			b.WriteByte('-')
		case "r":
			if pr := c.SelectElement("rPr"); pr != nil && on(pr.SelectElement("vanish")) {
				continue
			}
			words(c, b)
		case "pPr", "rPr", "del", "moveFrom", "txbxContent", "Fallback", "instrText", "delText", "tbl":
		default:
			words(c, b)
		}
	}
}

func visibleBoxes(e *etree.Element, out []*etree.Element) []*etree.Element {
	for _, c := range e.ChildElements() {
		switch c.Tag {
		case "txbxContent":
			out = append(out, c)
		case "Fallback", "del", "moveFrom":
		default:
			out = visibleBoxes(c, out)
		}
	}
	return out
}

func (rd *reader) table(t *etree.Element) (*Table, error) {
	out := &Table{}
	open := map[int]int{} // column → index of the merge that goes on downwards
	for _, tr := range unwrap(t, "tr", nil) {
		row := len(out.Cells)
		var line []string
		skip := func(n int) {
			for range min(n, maxCols-len(line)) {
				line = append(line, "")
			}
		}
		if pr := tr.SelectElement("trPr"); pr != nil {
			skip(number(val(pr.SelectElement("gridBefore")), 0))
			if pr.SelectElement("del") != nil {
				continue
			}
		}
		for _, tc := range unwrap(tr, "tc", nil) {
			if len(line) >= maxCols {
				return nil, errs.New(errs.Invalid, "表格的列太多（超过 %d 列），请拆成几张表。", maxCols)
			}
			col, span, vertical := len(line), 1, ""
			if pr := tc.SelectElement("tcPr"); pr != nil {
				span = min(max(number(val(pr.SelectElement("gridSpan")), 1), 1), maxCols-col)
				if m := pr.SelectElement("vMerge"); m != nil {
					if vertical = val(m); vertical == "" {
						vertical = "continue"
					}
				}
			}
			m, going := open[col]
			if vertical == "continue" && going && out.Merges[m].Cols == span {
				out.Merges[m].Rows++
				skip(span)
				continue
			}
			delete(open, col)
			if vertical == "restart" || span > 1 {
				out.Merges = append(out.Merges, Merge{row, col, 1, span})
				if vertical == "restart" {
					open[col] = len(out.Merges) - 1
				}
			}
			text, err := rd.cell(tc)
			if err != nil {
				return nil, err
			}
			line = append(line, text)
			skip(span - 1)
			if rd.cells += span; rd.cells > maxCells {
				return nil, errs.New(errs.Invalid, "表格太大（超过 %d 格），请分成几个文件。", maxCells)
			}
		}
		out.Cells = append(out.Cells, line)
	}
	kept := out.Merges[:0]
	for _, m := range out.Merges { // a merge that was begun and covers one cell only is none
		if m.Rows > 1 || m.Cols > 1 {
			kept = append(kept, m)
		}
	}
	out.Merges = kept
	width := 0
	for _, line := range out.Cells {
		width = max(width, len(line))
	}
	for i, line := range out.Cells {
		out.Cells[i] = append(line, make([]string, width-len(line))...)
	}
	return out, nil
}

// cell returns the words of a cell, one line for each paragraph; a table inside the cell becomes lines as well.
func (rd *reader) cell(tc *etree.Element) (string, error) {
	inner := reader{styles: rd.styles, lists: rd.lists, cells: rd.cells}
	if err := inner.blocks(tc); err != nil {
		return "", err
	}
	rd.cells = inner.cells
	var lines []string
	for _, b := range inner.out {
		if b.Table == nil {
			lines = append(lines, b.Line())
			continue
		}
		for _, row := range b.Table.Cells {
			for i, v := range row { // a row is a line
				row[i] = strings.Join(strings.Fields(v), " ")
			}
			lines = append(lines, strings.Join(row, "\t"))
		}
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n"), nil
}

// unwrap lists the rows or cells of e, also those inside content controls and accepted insertions.
func unwrap(e *etree.Element, tag string, out []*etree.Element) []*etree.Element {
	for _, c := range e.ChildElements() {
		switch c.Tag {
		case tag:
			out = append(out, c)
		case "sdt", "sdtContent", "ins", "customXml":
			out = unwrap(c, tag, out)
		}
	}
	return out
}

func val(e *etree.Element) string {
	if e == nil {
		return ""
	}
	return e.SelectAttrValue("val", "")
}

func on(e *etree.Element) bool {
	v := val(e)
	return e != nil && v != "0" && v != "false" && v != "off"
}

func number(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return otherwise
}

type style struct {
	numID          string
	level, outline int
}

// readStyles resolves numbering and outline level of paragraph styles through basedOn.
func readStyles(root *etree.Element) map[string]style {
	out := map[string]style{}
	if root == nil {
		return out
	}
	byID := map[string]*etree.Element{}
	for _, s := range root.SelectElements("style") {
		byID[s.SelectAttrValue("styleId", "")] = s
	}
	for id := range byID {
		st := style{level: -1, outline: -1}
		for at, n := byID[id], 0; at != nil && n < 20; at, n = byID[val(at.SelectElement("basedOn"))], n+1 {
			pr := at.SelectElement("pPr")
			if pr == nil {
				continue
			}
			if o := pr.SelectElement("outlineLvl"); o != nil && st.outline < 0 {
				st.outline = number(val(o), 9)
			}
			if np := pr.SelectElement("numPr"); np != nil {
				if i := np.SelectElement("numId"); i != nil && st.numID == "" {
					st.numID = val(i)
				}
				if l := np.SelectElement("ilvl"); l != nil && st.level < 0 {
					st.level = number(val(l), 0)
				}
			}
		}
		out[id] = st
	}
	return out
}
