package doc

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"duban/internal/base/errs"
	"duban/internal/office/docx"
	"duban/internal/office/ole"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSameAsDocx: a document of the old format gives the blocks that the same document saved as .docx gives: automatic numbers of three
// depths, both encodings, line ends, tabs, deleted, inserted and hidden words, fields, notes, merged cells, a table within a cell.
func TestSameAsDocx(t *testing.T) {
	want, err := docx.ReadParagraphs(bytes.NewReader(fixture(t, "分工表.docx")))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(fixture(t, "分工表.doc"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range max(len(got), len(want)) {
		var g, w docx.Block
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if w.Level = 0; !reflect.DeepEqual(g, w) {
			t.Errorf("block %d: %q %q %+v\nas .docx %q %q %+v", i, g.Number, g.Text, g.Table, w.Number, w.Text, w.Table)
		}
	}
}

// made is a document of the given pieces of text, without any properties. Each piece is stored in one byte a character where it can be.
func made(pieces ...string) streams {
	s := streams{main: make([]byte, 0x400)}
	copy(s.main, []byte{0xEC, 0xA5, 0xC1, 0})
	cps, pcds := []byte{0, 0, 0, 0}, []byte{}
	cp := uint32(0)
	for _, p := range pieces {
		at, narrow := uint32(len(s.main)), true
		for _, r := range p {
			narrow = narrow && r < 0x80
		}
		for _, c := range utf16.Encode([]rune(p)) {
			cp++
			if s.main = append(s.main, byte(c)); !narrow {
				s.main = append(s.main, byte(c>>8))
			}
		}
		if narrow {
			at = at*2 | 0x40000000
		}
		cps = le.AppendUint32(cps, cp)
		pcds = append(le.AppendUint32(append(pcds, 0, 0), at), 0, 0)
	}
	s.table = append(le.AppendUint32([]byte{2}, uint32(len(cps)+len(pcds))), append(cps, pcds...)...)
	le.PutUint32(s.main[0x1A6:], uint32(len(s.table)))
	le.PutUint32(s.main[0x4C:], cp)
	return s
}

func text(t *testing.T, s streams) string {
	t.Helper()
	blocks, err := s.read()
	if err != nil {
		t.Fatal(err)
	}
	out := ""
	for _, b := range blocks {
		out += b.Line() + "|"
	}
	return out
}

// TestPieces: pieces of both encodings, in the order of the table and not of the file, as a fast save leaves them.
func TestPieces(t *testing.T) {
	s := made("Plain\rone ", "督办\r", "\x13 HYPERLINK x\x14见\x15\x1e\x0b完\r")
	if got := text(t, s); got != "Plain|one 督办|见-\n完|" {
		t.Errorf("%q", got)
	}
	s.main[0x400+5] = 0x93 // a quotation mark of cp1252
	a, z := 1+4+4*4, 1+4+4*4+8
	swapped := append([]byte{}, s.table...)
	copy(swapped[a:], s.table[z:z+8])
	if got := text(t, s); got != "Plain“one 督办|见-\n完|" {
		t.Errorf("%q", got)
	}
	le.PutUint32(s.main[0x4C:], 5) // the rest is notes and the like
	if got := text(t, s); got != "Plain|" {
		t.Errorf("%q", got)
	}
}

// TestRefuses: what cannot be read is refused in words that say why.
func TestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *streams)
		says   string
	}{
		"password":     {func(s *streams) { s.main[11] |= 1 }, "加了密码"},
		"Word 95":      {func(s *streams) { s.main[2] = 0x68 }, "Word 95"},
		"something":    {func(s *streams) { s.main[0] = 0 }, "不是 Word 97"},
		"short":        {func(s *streams) { s.main = s.main[:20] }, "不是 Word 97"},
		"no table":     {func(s *streams) { s.table = nil }, "损坏"},
		"no pieces":    {func(s *streams) { s.table[0] = 3 }, "损坏"},
		"many pieces":  {func(s *streams) { le.PutUint32(s.table[1:], 0xFFFFFFF0) }, "损坏"},
		"backwards":    {func(s *streams) { le.PutUint32(s.table[9:], 0) }, "损坏"},
		"much text":    {func(s *streams) { le.PutUint32(s.table[13:], 0x7FFFFFFF) }, "超过 500 万字"},
		"text outside": {func(s *streams) { le.PutUint32(s.table[19:], 0x7FFFFFF) }, "损坏"},
	} {
		s := made("甲乙丙", "丁\r")
		c.change(&s)
		_, err := s.read()
		if errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Say(err), c.says) {
			t.Errorf("%s: %v, want %s", name, err, c.says)
		}
	}
}

// TestCutAnywhere: a real document cut off or altered at any place is refused or read, quickly.
func TestCutAnywhere(t *testing.T) {
	b := fixture(t, "分工表.doc")
	begun, refused := time.Now(), 0
	try := func(b []byte) {
		if _, err := Read(b); err != nil {
			if refused++; errs.KindOf(err) != errs.Invalid || errs.Say(err) == "" {
				t.Fatal(err)
			}
		}
	}
	for n := 0; n < len(b); n += 97 {
		try(b[:n])
		c := bytes.Clone(b)
		for i := n; i < min(n+6, len(c)); i++ {
			c[i] = 0xFF
		}
		try(c)
	}
	if refused < 50 || time.Since(begun) > 20*time.Second {
		t.Errorf("%d refused in %s", refused, time.Since(begun))
	}
}

// TestManyPiecesOfOneList: a small file that names one large list of properties again and again is refused, not worked through.
func TestManyPiecesOfOneList(t *testing.T) {
	s := made(strings.Repeat("\r", 3000))
	n := 1000
	cps, pcds := []byte{0, 0, 0, 0}, []byte{}
	for i := range n {
		cps = le.AppendUint32(cps, uint32(i+1))
		pcds = append(le.AppendUint32(append(pcds, 0, 0), uint32(0x400*2)|0x40000000), 1, 0)
	}
	list := bytes.Repeat([]byte{0x16, 0x24, 1}, 20_000)
	s.table = append([]byte{1}, le.AppendUint16(nil, uint16(len(list)))...)
	s.table = append(append(s.table, list...), 2)
	s.table = append(le.AppendUint32(s.table, uint32(len(cps)+len(pcds))), append(cps, pcds...)...)
	le.PutUint32(s.main[0x1A6:], uint32(len(s.table)))
	le.PutUint32(s.main[0x4C:], uint32(n))
	if _, err := s.read(); err != nil {
		t.Fatal(err) // 1000 are worked through
	}
	var w walker
	w.work = maxWork
	if _, err := w.paragraph(0, 0); err != nil {
		t.Fatal(err)
	}
	w.work++
	if _, err := w.paragraph(0, 0); errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	s := made("甲乙丙\x07丁\x07\x07\r", "x\r")
	f.Add(s.main, s.table, []byte{})
	if o, err := ole.Open(fixture(f, "分工表.doc")); err == nil {
		main, _ := o.Read("WordDocument")
		table, _ := o.Read("1Table")
		data, _ := o.Read("Data")
		f.Add(main, table, data)
	}
	f.Fuzz(func(t *testing.T, main, table, data []byte) {
		streams{main, table, data}.read()
	})
}

// proppedPara is a paragraph for propped: its text with its mark, and its properties.
type proppedPara struct {
	text  string
	props []byte
}

// propped is a document whose paragraphs have properties, on pages as Word writes them.
func propped(data []byte, paras ...proppedPara) streams {
	all := ""
	for _, p := range paras {
		all += p.text
	}
	s := made(all + "界") // one wide piece
	le.PutUint32(s.main[0x4C:], uint32(len(utf16.Encode([]rune(all)))))
	s.data = data
	for len(s.main)%512 != 0 {
		s.main = append(s.main, 0)
	}
	list := []byte{}
	fcs, pns := []byte{}, []byte{}
	at := uint32(0x400)
	for _, p := range paras { // a page for each, the properties at its end
		end := at + 2*uint32(len(utf16.Encode([]rune(p.text))))
		page := make([]byte, 512)
		le.PutUint32(page, at)
		le.PutUint32(page[4:], end)
		grp := append([]byte{0, 0}, p.props...)
		if len(grp)%2 == 0 {
			grp = append(grp, 0)
		}
		from := (511 - len(grp) - 1) &^ 1
		page[8] = byte(from / 2)
		page[from] = byte((len(grp) + 1) / 2)
		copy(page[from+1:], grp)
		page[511] = 1
		fcs = le.AppendUint32(fcs, at)
		pns = le.AppendUint32(pns, uint32(len(s.main)/512))
		s.main = append(s.main, page...)
		at = end
	}
	list = append(append(list, fcs...), le.AppendUint32(nil, at)...)
	list = append(list, pns...)
	le.PutUint32(s.main[0x102:], uint32(len(s.table)))
	le.PutUint32(s.main[0x106:], uint32(len(list)))
	s.table = append(s.table, list...)
	return s
}

func prop(op uint16, v ...byte) []byte { return append(le.AppendUint16(nil, op), v...) }

// cells is the definition of a row: the edges of its cells, and how each is merged.
func cells(edges []int16, merge ...uint16) []byte {
	v := []byte{byte(len(merge))}
	for _, e := range edges {
		v = le.AppendUint16(v, uint16(e))
	}
	for _, m := range merge {
		v = append(le.AppendUint16(v, m), make([]byte, 18)...)
	}
	return append(le.AppendUint16(le.AppendUint16(nil, tDefine), uint16(len(v)+1)), v...)
}

// TestTables: rows as Word defines them, not as LibreOffice does: merges of all kinds, wide cells, edges that people drew by hand, a row
// whose definition stands in the data stream, a row that begins further right.
func TestTables(t *testing.T) {
	in := prop(pInTable, 1)
	rowEnd := func(def []byte) []byte { return append(append(append([]byte{}, in...), prop(pRowEnd, 1)...), def...) }
	data := []byte{9, 9}
	huge := rowEnd(cells([]int16{0, 1000, 2010}, 0, 0))
	data = append(le.AppendUint16(data, uint16(len(huge))), huge...)
	s := propped(data,
		proppedPara{"题\r", nil},
		proppedPara{"头\x07", in}, proppedPara{"宽\r段\x07", in}, proppedPara{"\x07", rowEnd(cells([]int16{-5, 1003, 2000}, 0x60, 0))},
		proppedPara{"\x07", in}, proppedPara{"乙\x07", in}, proppedPara{"\x07", rowEnd(cells([]int16{0, 1000, 2000}, 0x20, 0))},
		proppedPara{"通栏\x07", in}, proppedPara{"\x07", rowEnd(cells([]int16{0, 2000}, 0))},
		proppedPara{"旧\x07", in}, proppedPara{"\x07", in}, proppedPara{"\x07", rowEnd(cells([]int16{0, 1000, 2000}, 1, 2))},
		proppedPara{"大\x07", in}, proppedPara{"表\x07", in}, proppedPara{"\x07", prop(pHuge, 2, 0, 0, 0)},
		proppedPara{"右\x07", in}, proppedPara{"\x07", rowEnd(cells([]int16{1010, 2000}, 0))},
		proppedPara{"改\x07", in}, proppedPara{"\x07", in}, proppedPara{"\x07", rowEnd(append(cells([]int16{0, 1000, 2000}, 0, 0), prop(tMerge, 0, 2)...))},
		proppedPara{"尾\r", nil})
	blocks, err := s.read()
	if err != nil {
		t.Fatal(err)
	}
	want := []docx.Block{{Text: "题"}, {Table: &docx.Table{
		Cells:  [][]string{{"头", "宽\n段"}, {"", "乙"}, {"通栏", ""}, {"旧", ""}, {"大", "表"}, {"", "右"}, {"改", ""}},
		Merges: []docx.Merge{{Row: 0, Col: 0, Rows: 2, Cols: 1}, {Row: 2, Col: 0, Rows: 1, Cols: 2}, {Row: 3, Col: 0, Rows: 1, Cols: 2}, {Row: 6, Col: 0, Rows: 1, Cols: 2}},
	}}, {Text: "尾"}}
	if !reflect.DeepEqual(blocks, want) {
		for _, b := range blocks {
			t.Errorf("%q %+v", b.Text, b.Table)
		}
	}
}
