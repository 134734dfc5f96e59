package importfile

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"duban/internal/area/campaign/breakdown"
	"duban/internal/base/errs"
	"duban/internal/office/docx"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Limits of a web page that a system exports as a table.
const (
	maxPageCols   = 200
	maxPagePlaces = 1_000_000 // of all its tables
)

// openPage reads the tables of a web page under the name of a spreadsheet, as many systems export them (“导出 Excel”). ok is false where it
// has none. Rows and cells that the page hides are left out, with a warning; a table within a cell is words of the cell.
func openPage(b []byte) (c Content, ok bool, err error) {
	if bytes.HasPrefix(bytes.ToLower(bytes.TrimSpace(b[:min(len(b), 64)])), []byte("mime-version:")) { // an archive of a page (.mht)
		return c, false, nil
	}
	lines, err := docx.ReadLines(b)
	if err != nil {
		return c, false, err
	}
	root, err := html.Parse(strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		return c, false, nil
	}
	p := page{hidden: map[*html.Node]bool{}}
	if err := p.walk(root); err != nil {
		return c, false, err
	}
	for i := range p.out.Grids {
		if len(p.out.Grids) > 1 {
			p.out.Grids[i].Sheet = fmt.Sprintf("表 %d", i+1)
		}
	}
	if n := len(p.hidden); n > 0 {
		p.out.Warnings = append(p.out.Warnings, fmt.Sprintf("没有读取网页里隐藏的 %d 处。请核对。", n))
	}
	return p.out, len(p.out.Grids) > 0, nil
}

type page struct {
	out    Content
	places int
	hidden map[*html.Node]bool
}

// walk takes the tables of n, and leaves the words around them: buttons and menus as often as not.
func (p *page) walk(n *html.Node) error {
	for k := range n.ChildNodes() {
		if p.skip(k) {
			continue
		}
		if k.DataAtom == atom.Table && !p.layout(k) {
			if err := p.table(k); err != nil {
				return err
			}
			continue
		}
		if err := p.walk(k); err != nil {
			return err
		}
	}
	return nil
}

// layout reports whether a table only holds others in their places: none of its rows has two cells with something in them.
func (p *page) layout(t *html.Node) bool {
	inside := false
	for _, tr := range p.rows(t, nil) {
		full := 0
		for td := range tr.ChildNodes() {
			if td.DataAtom == atom.Td || td.DataAtom == atom.Th {
				var b strings.Builder
				if p.words(td, &b); tidy(b.String()) != "" {
					full++
				}
				inside = inside || holdsTable(td)
			}
		}
		if full > 1 {
			return false
		}
	}
	return inside
}

func holdsTable(n *html.Node) bool {
	for k := range n.Descendants() {
		if k.DataAtom == atom.Table {
			return true
		}
	}
	return false
}

func (p *page) skip(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Template, atom.Noscript:
		return true
	}
	if _, is := attribute(n, "hidden"); is {
		p.hidden[n] = true
		return true
	}
	style, _ := attribute(n, "style")
	if strings.Contains(strings.ReplaceAll(strings.ToLower(style), " ", ""), "display:none") {
		p.hidden[n] = true
		return true
	}
	return false
}

func attribute(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// span is the value of colspan or rowspan.
func span(n *html.Node, key string, most int) int {
	v, _ := attribute(n, key)
	k, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil || k < 1 {
		return 1
	}
	return min(k, most)
}

func (p *page) table(t *html.Node) error {
	g := breakdown.Grid{Letters: true}
	var taken []int // of each column: the row from which on it is free
	for _, tr := range p.rows(t, nil) {
		row := len(g.Rows)
		var line []string
		for td := range tr.ChildNodes() {
			if td.DataAtom != atom.Td && td.DataAtom != atom.Th || p.skip(td) {
				continue
			}
			for len(line) < len(taken) && taken[len(line)] > row {
				line = append(line, "")
			}
			col, wide, deep := len(line), span(td, "colspan", maxPageCols), span(td, "rowspan", 20_000)
			if col+wide > maxPageCols {
				return errs.New(errs.Invalid, "网页里的表格太宽（超过 %d 列）。请用 WPS 或 Office 打开，另存为 .xlsx 再导入。", maxPageCols)
			}
			var b strings.Builder
			p.words(td, &b)
			line = append(line, tidy(b.String()))
			line = append(line, make([]string, wide-1)...)
			for c := col; c < col+wide; c++ {
				for len(taken) <= c {
					taken = append(taken, 0)
				}
				taken[c] = row + deep
			}
			if wide > 1 || deep > 1 {
				g.Merges = append(g.Merges, breakdown.Range{Top: row, Left: col, Bottom: row + deep - 1, Right: col + wide - 1})
			}
		}
		g.Rows = append(g.Rows, line)
		if p.places += max(len(line), 1); p.places > maxPagePlaces {
			return errs.New(errs.Invalid, "网页里的表格太大（超过 %d 万格）。请分成几个文件。", maxPagePlaces/10_000)
		}
	}
	width := 0
	for _, l := range g.Rows {
		width = max(width, len(l))
	}
	if width == 0 {
		return nil
	}
	if len(g.Rows)*width > maxPagePlaces {
		return errs.New(errs.Invalid, "网页里的表格太大（超过 %d 万格）。请分成几个文件。", maxPagePlaces/10_000)
	}
	for i, l := range g.Rows {
		g.Rows[i] = append(l, make([]string, width-len(l))...)
	}
	kept := g.Merges[:0]
	for _, m := range g.Merges { // a span may say that it goes on below the last row
		if m.Bottom = min(m.Bottom, len(g.Rows)-1); m.Bottom > m.Top || m.Right > m.Left {
			kept = append(kept, m)
		}
	}
	g.Merges = kept
	g, _ = breakdown.Cards(g)
	p.out.Grids = append(p.out.Grids, g)
	return nil
}

// rows lists the rows of a table, without those of tables inside its cells.
func (p *page) rows(n *html.Node, out []*html.Node) []*html.Node {
	for k := range n.ChildNodes() {
		switch k.DataAtom {
		case atom.Thead, atom.Tbody, atom.Tfoot:
			if !p.skip(k) {
				out = p.rows(k, out)
			}
		case atom.Tr:
			if !p.skip(k) {
				out = append(out, k)
			}
		}
	}
	return out
}

// words writes the words of a cell; line ends stand where the page breaks the line.
func (p *page) words(n *html.Node, b *strings.Builder) {
	for k := range n.ChildNodes() {
		switch {
		case k.Type == html.TextNode:
			b.WriteString(strings.ReplaceAll(k.Data, "\n", " "))
		case k.DataAtom == atom.Br:
			b.WriteByte('\n')
		case k.Type != html.ElementNode || p.skip(k):
		default:
			p.words(k, b)
			switch k.DataAtom {
			case atom.P, atom.Div, atom.Li, atom.Tr:
				b.WriteByte('\n')
			case atom.Td, atom.Th:
				b.WriteByte('\t')
			}
		}
	}
}

// tidy takes out the spaces that only lay out the page's source.
func tidy(s string) string {
	var out []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.Join(strings.Fields(docx.Clean(l)), " "); l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}
