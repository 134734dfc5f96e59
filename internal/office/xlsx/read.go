package xlsx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/office/docx"
	"duban/internal/office/ole"
	"duban/internal/office/xls"
)

// Limits of one sheet.
const (
	MaxRows = 20_000 // row numbers beyond it must be empty
	MaxCols = 200
	maxCell = 32_767 // characters, as the format itself allows
)

// Sheet is what a person sees on one sheet.
type Sheet struct {
	Name     string
	Cells    [][]string // visible rows, all of one width; a merged range has its text in the upper left corner
	RowNums  []int      // the spreadsheet's own number (1, 2, …) of each row of Cells, for messages
	Merges   []Merge
	Warnings []string  // about the file: hidden sheets, rows, columns
	Problems []Problem // about single cells: a formula, an error value
}

// Merge is a merged range in places of Cells, counted from 0.
type Merge struct{ Row, Col, Rows, Cols int }

// Problem is something about a cell that a person must look at. Row and Col are places of Cells, counted from 0.
type Problem struct {
	Row, Col int
	Message  string
	Formula  bool // a formula: its stored result was read
	Empty    bool // a formula without a stored result, as other programs than Excel write it
}

// Read reads the sheet called name, or the first visible one when name is empty. Errors are errs.Invalid, in words for
// the person who sent the file.
func Read(r io.Reader, name string) (Sheet, error) {
	book, err := open(r)
	if err != nil {
		return Sheet{}, err
	}
	var hidden []string
	at := -1
	for i, s := range book.sheets {
		if s.hidden {
			hidden = append(hidden, "“"+s.name+"”")
			continue
		}
		if at < 0 && (name == "" || s.name == name) {
			at = i
		}
	}
	if at < 0 {
		if name == "" {
			return Sheet{}, errs.New(errs.Invalid, "这个文件里没有可见的工作表。")
		}
		return Sheet{}, errs.New(errs.Invalid, "文件里没有名为“%s”的工作表（或它被隐藏）。现有：%s。", name, strings.Join(book.visible(), "、"))
	}
	out, err := book.read(book.sheets[at])
	if err != nil {
		return Sheet{}, err
	}
	if len(hidden) > 0 {
		out.Warnings = append([]string{"没有读取隐藏的工作表：" + strings.Join(hidden, "、") + "。"}, out.Warnings...)
	}
	return out, nil
}

// MaxSheets bounds the sheets that ReadAll reads.
const MaxSheets = 50

// ReadAll reads every visible sheet, in order; an empty one is left out. The warnings are about the file as a whole.
func ReadAll(r io.Reader) (sheets []Sheet, warnings []string, err error) {
	book, err := open(r)
	if err != nil {
		return nil, nil, err
	}
	var hidden []string
	seen, left := 0, 0
	for _, s := range book.sheets {
		if s.hidden {
			hidden = append(hidden, "“"+s.name+"”")
			continue
		}
		if seen++; seen > MaxSheets {
			left++
			continue
		}
		one, err := book.read(s)
		if err != nil {
			return nil, nil, err
		}
		if len(one.Cells) > 0 || len(one.Warnings) > 0 {
			sheets = append(sheets, one)
		}
	}
	if seen == 0 {
		return nil, nil, errs.New(errs.Invalid, "这个文件里没有可见的工作表。")
	}
	if len(hidden) > 0 {
		warnings = append(warnings, "没有读取隐藏的工作表："+strings.Join(hidden, "、")+"。如需导入，请取消隐藏后再上传。")
	}
	if left > 0 {
		warnings = append(warnings, fmt.Sprintf("工作表太多，只读了前 %d 张，后面 %d 张没有读。请分成几个文件。", MaxSheets, left))
	}
	return sheets, warnings, nil
}

// Names lists the visible sheets in their order.
func Names(r io.Reader) ([]string, error) {
	book, err := open(r)
	if err != nil {
		return nil, err
	}
	return book.visible(), nil
}

type workbook struct {
	pkg      *docx.Package
	old      *xls.Book // of the old format, instead of pkg
	sheets   []sheetRef
	date1904 bool
	kinds    []kind   // of number format, by cell style
	strings  []string // shared, as shown
	spent    budget
}

type sheetRef struct {
	name, part string
	hidden     bool
	old        xls.Sheet
}

func (b *workbook) visible() []string {
	var out []string
	for _, s := range b.sheets {
		if !s.hidden {
			out = append(out, s.name)
		}
	}
	return out
}

func damaged(cause error) error {
	return &errs.Error{Kind: errs.Invalid, Message: "表格文件已经损坏，请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。", Cause: cause}
}

func open(r io.Reader) (*workbook, error) {
	b, err := docx.ReadUpload(r)
	if err != nil {
		return nil, err
	}
	if ole.Is(b) {
		return openOld(b)
	}
	pkg, err := docx.OpenPackage(b, ".xlsx")
	if err != nil {
		return nil, err
	}
	book := &workbook{pkg: pkg}
	rels := map[string]string{}
	if err := book.elements("xl/_rels/workbook.xml.rels", func(e xml.StartElement) {
		if e.Name.Local == "Relationship" {
			t := attr(e, "Target")
			if !strings.HasPrefix(t, "/") {
				t = path.Join("xl", t)
			}
			rels[attr(e, "Id")] = strings.TrimPrefix(t, "/")
		}
	}); err != nil {
		return nil, err
	}
	if err := book.elements("xl/workbook.xml", func(e xml.StartElement) {
		switch e.Name.Local {
		case "workbookPr":
			book.date1904 = truth(attr(e, "date1904"))
		case "sheet":
			if part := rels[attr(e, "id")]; strings.Contains(part, "worksheets/") { // a chart alone on a sheet is no table
				book.sheets = append(book.sheets, sheetRef{name: attr(e, "name"), part: part, hidden: attr(e, "state") == "hidden" || attr(e, "state") == "veryHidden"})
			}
		}
	}); err != nil {
		return nil, err
	}
	if len(book.sheets) == 0 {
		return nil, errs.New(errs.Invalid, "这个文件不是表格（.xlsx），或者里面没有工作表。")
	}
	return book, book.readStyles()
}

// elements calls f for every element of a part that must exist.
func (b *workbook) elements(part string, f func(xml.StartElement)) error {
	raw, err := b.pkg.ReadXML(part)
	if errors.Is(err, docx.ErrNoPart) {
		return errs.New(errs.Invalid, "这个文件不是表格（.xlsx）。")
	}
	if err != nil {
		return err
	}
	return scan(raw, f)
}

func scan(raw []byte, f func(xml.StartElement)) error {
	d := xml.NewDecoder(bytes.NewReader(raw))
	for {
		t, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		if e, ok := t.(xml.StartElement); ok {
			f(e)
		}
	}
}

func (b *workbook) readStyles() error {
	raw, err := b.pkg.ReadXML("xl/styles.xml")
	if errors.Is(err, docx.ErrNoPart) {
		return nil
	}
	if err != nil {
		return err
	}
	codes := map[int]string{}
	inXfs := false
	d := xml.NewDecoder(bytes.NewReader(raw))
	for {
		t, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "numFmt":
				codes[whole(attr(e, "numFmtId"))] = attr(e, "formatCode")
			case "cellXfs":
				inXfs = true
			case "xf":
				if inXfs {
					id := whole(attr(e, "numFmtId"))
					b.kinds = append(b.kinds, kindOf(id, codes[id]))
				}
			}
		case xml.EndElement:
			if e.Name.Local == "cellXfs" {
				inXfs = false
			}
		}
	}
}

// readStrings reads the shared strings once they are needed. The reading of characters (拼音) is not part of the text.
func (b *workbook) readStrings() error {
	if b.strings != nil {
		return nil // by another sheet
	}
	raw, err := b.pkg.ReadXML("xl/sharedStrings.xml")
	if errors.Is(err, docx.ErrNoPart) {
		return nil
	}
	if err != nil {
		return err
	}
	d := xml.NewDecoder(bytes.NewReader(raw))
	var cur strings.Builder
	inText, phonetic := false, false
	for {
		t, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "si":
				cur.Reset()
			case "rPh":
				phonetic = true
			case "t":
				inText = !phonetic
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "si":
				b.strings = append(b.strings, disarm(unescape(cur.String()))) // once, not for each cell that shows it
			case "rPh":
				phonetic = false
			case "t":
				inText = false
			}
		case xml.CharData:
			if inText {
				cur.Write(e)
			}
		}
	}
}

// cell is one cell as it stands in the file.
type cell struct {
	col     int
	kind    string // t
	style   int
	value   strings.Builder // v
	inline  strings.Builder // is
	formula bool
	stored  bool // it has a value, if only an empty one
}

func (b *workbook) read(ref sheetRef) (Sheet, error) {
	if b.old != nil {
		return b.readOld(ref)
	}
	if err := b.readStrings(); err != nil {
		return Sheet{}, err
	}
	raw, err := b.pkg.ReadXML(ref.part)
	if errors.Is(err, docx.ErrNoPart) {
		return Sheet{}, damaged(err)
	}
	if err != nil {
		return Sheet{}, err
	}
	var (
		d            = xml.NewDecoder(bytes.NewReader(raw))
		g            = grid{out: Sheet{Name: ref.name}, spent: &b.spent}
		col          int
		cur          *cell
		inV, inIS    bool
		inT, reading bool // inside is/t; inside rPh
	)
	for {
		t, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return Sheet{}, damaged(err)
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "col":
				if truth(attr(e, "hidden")) {
					g.hide(whole(attr(e, "min")), whole(attr(e, "max")))
				}
			case "row":
				n := whole(attr(e, "r"))
				if n == 0 {
					n = g.row + 1
				}
				if n <= g.row {
					return Sheet{}, damaged(fmt.Errorf("row %d after row %d", n, g.row))
				}
				g.begin(n, truth(attr(e, "hidden")))
				col = 0
			case "c":
				c := col
				if r := attr(e, "r"); r != "" {
					var ok bool
					if c, _, ok = place(r); !ok || c < col {
						return Sheet{}, damaged(fmt.Errorf("cell %q", r))
					}
				}
				cur = &cell{col: c, kind: attr(e, "t"), style: whole(attr(e, "s"))}
				col = c + 1
			case "v":
				if inV = true; cur != nil {
					cur.stored = true
				}
			case "f":
				if cur != nil {
					cur.formula = true
				}
			case "is":
				inIS = true
			case "rPh":
				reading = true
			case "t":
				inT = inIS && !reading
			case "mergeCell":
				a, z, ok := strings.Cut(attr(e, "ref"), ":")
				c1, r1, ok1 := place(a)
				c2, r2, ok2 := place(z)
				if ok && ok1 && ok2 {
					g.merge(r1, c1, r2, c2)
				}
			}
		case xml.CharData:
			switch {
			case cur != nil && inV:
				cur.value.Write(e)
			case cur != nil && inT:
				cur.inline.Write(e)
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "v":
				inV = false
			case "is":
				inIS = false
			case "rPh":
				reading = false
			case "t":
				inT = false
			case "c":
				if cur == nil {
					continue
				}
				text, err := b.shown(cur)
				if err != nil {
					return Sheet{}, err
				}
				if err := g.put(cur.col, text, cur.kind == "e", cur.formula, cur.stored); err != nil {
					return Sheet{}, err
				}
				cur = nil
			case "row":
				if err := g.end(); err != nil {
					return Sheet{}, err
				}
			}
		}
	}
	return g.finish()
}

// shown is the cell as a person sees it, with every digit that the file holds.
func (b *workbook) shown(c *cell) (string, error) {
	v := c.value.String()
	switch c.kind {
	case "s":
		i := whole(strings.TrimSpace(v))
		if i < 0 || i >= len(b.strings) {
			return "", damaged(fmt.Errorf("shared string %q of %d", v, len(b.strings)))
		}
		return b.strings[i], nil
	case "inlineStr":
		return disarm(unescape(c.inline.String())), nil
	case "str":
		return disarm(unescape(v)), nil
	case "b":
		if truth(v) {
			return "是", nil
		}
		return "否", nil
	case "e", "d":
		return v, nil
	}
	k := general
	if c.style >= 0 && c.style < len(b.kinds) {
		k = b.kinds[c.style]
	}
	return k.print(strings.TrimSpace(v), b.date1904), nil
}

// disarm takes away the apostrophe that Write put before a text that could be read as a formula, so that what went out
// comes back unchanged.
func disarm(s string) string {
	s = clean(s)
	if after, ok := strings.CutPrefix(s, "'"); ok && dangerous(strings.TrimLeft(after, "'")) {
		s = after
	}
	if r := []rune(s); len(r) > maxCell {
		s = string(r[:maxCell])
	}
	return s
}

// unescape reads _x000D_, as the format writes control characters.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || i+7 > len(s) {
			break
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil || s[i+6] != '_' {
			b.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		b.WriteRune(rune(n))
		s = s[i+7:]
	}
	return b.String() + s
}

// place reads "BC12": column and row from 0 and 1.
func place(ref string) (col, row int, ok bool) {
	ref = strings.ReplaceAll(ref, "$", "")
	i := 0
	for i < len(ref) && i < 4 && (ref[i] >= 'A' && ref[i] <= 'Z' || ref[i] >= 'a' && ref[i] <= 'z') {
		col = col*26 + int(ref[i]&^0x20-'A') + 1
		i++
	}
	row, err := strconv.Atoi(ref[i:])
	return col - 1, row, err == nil && col > 0 && row > 0
}

func colName(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func truth(s string) bool { return s == "1" || s == "true" }

func whole(s string) int { n, _ := strconv.Atoi(s); return n }
