package xls

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf16"

	"duban/internal/base/errs"
	"duban/internal/office/ole"
)

// Book is an opened workbook.
type Book struct {
	Date1904 bool
	Sheets   []Sheet
	Formats  []Format // by cell style, as Cell.Style counts

	stream []byte
	shared []string
	show   func(string) string
}

// Sheet is a worksheet of the book; charts and macro sheets are left out.
type Sheet struct {
	Name   string
	Hidden bool
	at     int
}

// Format is a number format: its number, and its code where the file says one.
type Format struct {
	ID   int
	Code string
}

// Kind is what a cell holds.
type Kind uint8

// Kinds of cells.
const (
	Number Kind = iota
	Text
	Bool  // Number is 0 or 1
	Error // Text is #REF! and the like
)

// Cell is a cell with a value. Row and Col count from 0.
type Cell struct {
	Row, Col int
	Style    int
	Kind     Kind
	Formula  bool // the value is its stored result
	Number   float64
	Text     string
}

// Range is a merged range, both corners inside, counted from 0.
type Range struct{ Top, Left, Bottom, Right int }

// Page is what a sheet holds.
type Page struct {
	Cells      []Cell       // by row, then column, one for each place
	HiddenRows map[int]bool // from 0
	HiddenCols []Range      // Left and Right
	Merges     []Range
}

// Limits of one sheet.
const (
	maxCells  = 1_000_000
	maxMerges = 20_000
)

// The records that are read.
const (
	rFormula  = 0x0006
	rEOF      = 0x000A
	rDate1904 = 0x0022
	rFilePass = 0x002F
	rContinue = 0x003C
	rColInfo  = 0x007D
	rSheet    = 0x0085
	rMulRK    = 0x00BD
	rRString  = 0x00D6
	rXF       = 0x00E0
	rMerges   = 0x00E5
	rSST      = 0x00FC
	rLabelSST = 0x00FD
	rNumber   = 0x0203
	rLabel    = 0x0204
	rBoolErr  = 0x0205
	rString   = 0x0207
	rRow      = 0x0208
	rRK       = 0x027E
	rFormat   = 0x041E
	rBOF      = 0x0809
)

func damaged(format string, a ...any) error {
	return &errs.Error{Kind: errs.Invalid, Message: "表格文件已经损坏，请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。", Cause: fmt.Errorf(format, a...)}
}

var le = binary.LittleEndian

// Open reads the globals of the workbook in a container. What cells show goes through show, once for each text of the file, however many
// cells share it. Errors are errs.Invalid, in words for the person who sent the file.
func Open(f *ole.File, show func(string) string) (*Book, error) {
	if f.Kind() == ole.Old {
		return nil, old()
	}
	if f.Macros() {
		return nil, errs.New(errs.Invalid, "文件里带有宏，不能上传。请另存为不带宏的 .xlsx。")
	}
	stream, err := f.Read("Workbook")
	if err != nil {
		return nil, err
	}
	return parse(stream, show)
}

func old() error {
	return errs.New(errs.Invalid, "这个表格是 Excel 95 或更早的格式，读不了。请用 Excel 或 WPS 打开，另存为 .xlsx 再上传。")
}

func parse(stream []byte, show func(string) string) (*Book, error) {
	b := &Book{stream: stream, show: show}
	r := reader{b: stream}
	kind, data, ok := r.next()
	if !ok || kind != rBOF || len(data) < 4 {
		return nil, damaged("the stream begins with record %#x", kind)
	}
	if v := le.Uint16(data); v < 0x0600 {
		return nil, old()
	}
	codes := map[int]string{}
	var styles []int
	for {
		kind, data, ok := r.next()
		if !ok {
			return nil, damaged("the globals have no end")
		}
		switch kind {
		case rEOF:
			for _, id := range styles {
				b.Formats = append(b.Formats, Format{id, codes[id]})
			}
			return b, nil
		case rFilePass:
			return nil, errs.New(errs.Invalid, "这个表格加了密码或者保护，读不了。请用 Excel 或 WPS 打开，去掉密码，另存为 .xlsx 再上传。")
		case rDate1904:
			b.Date1904 = len(data) >= 2 && le.Uint16(data) == 1
		case rFormat:
			if len(data) < 2 {
				return nil, damaged("a format of %d bytes", len(data))
			}
			s, err := r.text(data[2:])
			if err != nil {
				return nil, err
			}
			codes[int(le.Uint16(data))] = s
		case rXF:
			if len(data) < 4 {
				return nil, damaged("a style of %d bytes", len(data))
			}
			styles = append(styles, int(le.Uint16(data[2:])))
		case rSheet:
			if len(data) < 8 {
				return nil, damaged("a sheet's entry of %d bytes", len(data))
			}
			if data[5] != 0 { // a chart, macros
				continue
			}
			p := pieces{segs: [][]byte{data[7:]}}
			name, err := p.chars(int(data[6]), -1)
			if err != nil {
				return nil, err
			}
			b.Sheets = append(b.Sheets, Sheet{Name: clean(name), Hidden: data[4]&3 != 0, at: int(le.Uint32(data))})
		case rSST:
			if err := b.readShared(r.continued(data)); err != nil {
				return nil, err
			}
		}
	}
}

func clean(s string) string { return strings.TrimRight(s, "\x00") }

func (b *Book) readShared(segs [][]byte) error {
	p := pieces{segs: segs}
	head, err := p.take(8)
	if err != nil {
		return err
	}
	for n := le.Uint32(head[4:]); n > 0 && !p.done(); n-- {
		s, err := p.rich()
		if err != nil {
			return err
		}
		b.shared = append(b.shared, b.show(s))
	}
	return nil
}

// Read reads a sheet.
func (b *Book) Read(s Sheet) (*Page, error) {
	if s.at < 0 || s.at > len(b.stream) {
		return nil, damaged("sheet %q begins at %d of %d", s.Name, s.at, len(b.stream))
	}
	r := reader{b: b.stream, at: s.at}
	kind, data, ok := r.next()
	if !ok || kind != rBOF || len(data) < 4 {
		return nil, damaged("sheet %q begins with record %#x", s.Name, kind)
	}
	p := &Page{HiddenRows: map[int]bool{}}
	depth := 1
	waiting := -1 // the formula whose text comes in the next STRING
	for depth > 0 {
		kind, data, ok := r.next()
		if !ok {
			return nil, damaged("sheet %q has no end", s.Name)
		}
		switch kind {
		case rBOF: // a chart within the sheet
			depth++
			continue
		case rEOF:
			depth--
			continue
		}
		if depth > 1 {
			continue
		}
		if err := p.record(b, &r, kind, data, &waiting); err != nil {
			return nil, err
		}
		if len(p.Cells) > maxCells {
			return nil, errs.New(errs.Invalid, "工作表“%s”太大（超过 %d 万格有内容），请分成几个文件。", s.Name, maxCells/10_000)
		}
	}
	slices.SortStableFunc(p.Cells, func(x, y Cell) int { return cmp.Or(x.Row-y.Row, x.Col-y.Col) })
	kept := p.Cells[:0]
	for i, c := range p.Cells { // of two in one place the later one stands
		if i+1 < len(p.Cells) && p.Cells[i+1].Row == c.Row && p.Cells[i+1].Col == c.Col {
			continue
		}
		kept = append(kept, c)
	}
	p.Cells = kept
	return p, nil
}

func (p *Page) record(b *Book, r *reader, kind uint16, data []byte, waiting *int) error {
	need := func(n int) error {
		if len(data) < n {
			return damaged("record %#x of %d bytes", kind, len(data))
		}
		return nil
	}
	cell := func(k Kind) Cell {
		return Cell{Row: int(le.Uint16(data)), Col: int(le.Uint16(data[2:])), Style: int(le.Uint16(data[4:])), Kind: k}
	}
	switch kind {
	case rRow:
		if err := need(16); err != nil {
			return err
		}
		if data[12]&0x20 != 0 {
			p.HiddenRows[int(le.Uint16(data))] = true
		}
	case rColInfo:
		if err := need(10); err != nil {
			return err
		}
		if from, to := int(le.Uint16(data)), int(le.Uint16(data[2:])); data[8]&1 != 0 && from <= to {
			p.HiddenCols = append(p.HiddenCols, Range{Left: from, Right: to})
		}
	case rMerges:
		if err := need(2); err != nil {
			return err
		}
		for n, at := int(le.Uint16(data)), 2; n > 0 && at+8 <= len(data) && len(p.Merges) < maxMerges; n, at = n-1, at+8 {
			m := Range{int(le.Uint16(data[at:])), int(le.Uint16(data[at+4:])), int(le.Uint16(data[at+2:])), int(le.Uint16(data[at+6:]))}
			if m.Top <= m.Bottom && m.Left <= m.Right {
				p.Merges = append(p.Merges, m)
			}
		}
	case rLabelSST:
		if err := need(10); err != nil {
			return err
		}
		c, i := cell(Text), le.Uint32(data[6:])
		if i >= uint32(len(b.shared)) {
			return damaged("shared string %d of %d", i, len(b.shared))
		}
		c.Text = b.shared[i]
		p.Cells = append(p.Cells, c)
	case rLabel, rRString:
		if err := need(8); err != nil {
			return err
		}
		c := cell(Text)
		s, err := r.text(data[6:])
		if err != nil {
			return err
		}
		c.Text = b.show(s)
		p.Cells = append(p.Cells, c)
	case rNumber:
		if err := need(14); err != nil {
			return err
		}
		c := cell(Number)
		c.Number = math.Float64frombits(le.Uint64(data[6:]))
		p.Cells = append(p.Cells, c)
	case rRK:
		if err := need(10); err != nil {
			return err
		}
		c := cell(Number)
		c.Number = rk(le.Uint32(data[6:]))
		p.Cells = append(p.Cells, c)
	case rMulRK:
		if err := need(6); err != nil {
			return err
		}
		row, col := int(le.Uint16(data)), int(le.Uint16(data[2:]))
		for at := 4; at+6 <= len(data)-2; at, col = at+6, col+1 {
			p.Cells = append(p.Cells, Cell{Row: row, Col: col, Style: int(le.Uint16(data[at:])), Number: rk(le.Uint32(data[at+2:]))})
		}
	case rBoolErr:
		if err := need(8); err != nil {
			return err
		}
		p.Cells = append(p.Cells, boolErr(cell(Bool), data[6], data[7] != 0))
	case rFormula:
		if err := need(14); err != nil {
			return err
		}
		c := cell(Number)
		*waiting = -1
		if v := data[6:14]; v[6] == 0xFF && v[7] == 0xFF {
			switch v[0] {
			case 0:
				c.Kind, *waiting = Text, len(p.Cells)
			case 1:
				c = boolErr(c, v[2], false)
			case 2:
				c = boolErr(c, v[2], true)
			default: // an empty text
				c.Kind = Text
			}
		} else {
			c.Number = math.Float64frombits(le.Uint64(v))
		}
		c.Formula = true
		p.Cells = append(p.Cells, c)
	case rString:
		if *waiting >= 0 {
			s, err := r.text(data)
			if err != nil {
				return err
			}
			p.Cells[*waiting].Text = b.show(s)
			*waiting = -1
		}
	}
	return nil
}

func boolErr(c Cell, v byte, fault bool) Cell {
	if !fault {
		c.Kind, c.Number = Bool, 0
		if v != 0 {
			c.Number = 1
		}
		return c
	}
	c.Kind = Error
	switch v {
	case 0x00:
		c.Text = "#NULL!"
	case 0x07:
		c.Text = "#DIV/0!"
	case 0x0F:
		c.Text = "#VALUE!"
	case 0x17:
		c.Text = "#REF!"
	case 0x1D:
		c.Text = "#NAME?"
	case 0x24:
		c.Text = "#NUM!"
	default:
		c.Text = "#N/A"
	}
	return c
}

// rk unpacks a number in four bytes: a whole number of 30 bits or the upper half of a float, either in hundredths.
func rk(v uint32) float64 {
	var f float64
	if v&2 != 0 {
		f = float64(int32(v) >> 2)
	} else {
		f = math.Float64frombits(uint64(v&^3) << 32)
	}
	if v&1 != 0 {
		f /= 100
	}
	return f
}

// reader walks the records of the stream.
type reader struct {
	b  []byte
	at int
}

func (r *reader) next() (kind uint16, data []byte, ok bool) {
	if r.at+4 > len(r.b) {
		return 0, nil, false
	}
	kind = le.Uint16(r.b[r.at:])
	n := int(le.Uint16(r.b[r.at+2:]))
	if r.at+4+n > len(r.b) {
		return 0, nil, false
	}
	data = r.b[r.at+4 : r.at+4+n]
	r.at += 4 + n
	return kind, data, true
}

// continued is the record just read with the CONTINUE records behind it.
func (r *reader) continued(data []byte) [][]byte {
	segs := [][]byte{data}
	for {
		before := r.at
		kind, more, ok := r.next()
		if !ok || kind != rContinue {
			r.at = before
			return segs
		}
		segs = append(segs, more)
	}
}

// text reads a string with a length of two bytes, which may run on in CONTINUE records.
func (r *reader) text(data []byte) (string, error) {
	p := pieces{segs: r.continued(data)}
	return p.rich()
}

// pieces reads on from one record into its CONTINUE records.
type pieces struct {
	segs [][]byte
	at   int
}

func (p *pieces) done() bool {
	for len(p.segs) > 0 && p.at >= len(p.segs[0]) {
		p.segs, p.at = p.segs[1:], 0
	}
	return len(p.segs) == 0
}

func (p *pieces) take(n int) ([]byte, error) {
	if !p.done() && p.at+n <= len(p.segs[0]) {
		p.at += n
		return p.segs[0][p.at-n : p.at], nil
	}
	var out []byte
	for len(out) < n {
		if p.done() {
			return nil, damaged("a string breaks off")
		}
		k := min(n-len(out), len(p.segs[0])-p.at)
		out = append(out, p.segs[0][p.at:p.at+k]...)
		p.at += k
	}
	return out, nil
}

func (p *pieces) skip(n int) error {
	for n > 0 {
		if p.done() {
			return damaged("a string breaks off")
		}
		k := min(n, len(p.segs[0])-p.at)
		p.at, n = p.at+k, n-k
	}
	return nil
}

// rich reads a string with a length of two bytes; its fonts and the reading of its characters (拼音) are passed over.
func (p *pieces) rich() (string, error) {
	head, err := p.take(3)
	if err != nil {
		return "", err
	}
	n, flags := int(le.Uint16(head)), head[2]
	runs, ext := 0, 0
	if flags&8 != 0 {
		b, err := p.take(2)
		if err != nil {
			return "", err
		}
		runs = int(le.Uint16(b))
	}
	if flags&4 != 0 {
		b, err := p.take(4)
		if err != nil {
			return "", err
		}
		if ext = int(int32(le.Uint32(b))); ext < 0 {
			return "", damaged("a string with %d bytes of extension", ext)
		}
	}
	s, err := p.chars(n, int(flags&1))
	if err != nil {
		return "", err
	}
	return s, p.skip(4*runs + ext)
}

// chars reads n characters of one byte (wide 0) or two (wide 1); −1 reads the flag first. Where they run on in the next record, that
// begins with a flag of its own.
func (p *pieces) chars(n, wide int) (string, error) {
	var units []uint16
	fresh := wide < 0
	for n > 0 || fresh {
		if len(p.segs) > 0 && p.at >= len(p.segs[0]) {
			if p.done() {
				return "", damaged("a string breaks off")
			}
			fresh = true
		}
		if p.done() {
			return "", damaged("a string breaks off")
		}
		seg := p.segs[0]
		if fresh {
			wide, fresh = int(seg[p.at]&1), false
			p.at++
			continue
		}
		if wide == 0 {
			k := min(n, len(seg)-p.at)
			for _, c := range seg[p.at : p.at+k] {
				units = append(units, uint16(c))
			}
			p.at, n = p.at+k, n-k
			continue
		}
		k := min(n, (len(seg)-p.at)/2)
		if k == 0 {
			return "", damaged("half a character")
		}
		for i := range k {
			units = append(units, le.Uint16(seg[p.at+2*i:]))
		}
		p.at, n = p.at+2*k, n-k
	}
	return string(utf16.Decode(units)), nil
}
