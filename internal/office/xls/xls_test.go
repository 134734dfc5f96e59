package xls

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"duban/internal/base/errs"
	"duban/internal/office/ole"
)

func same(s string) string { return s }

// rec writes a record; u16 and the like write its parts.
func rec(kind uint16, parts ...[]byte) []byte {
	data := bytes.Join(parts, nil)
	return append(append(u16(kind), u16(uint16(len(data)))...), data...)
}
func u16(v ...uint16) (b []byte) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint16(b, x)
	}
	return b
}
func u32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }
func f64(v float64) []byte {
	return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))
}

var bof = rec(rBOF, u16(0x0600, 0x0005, 0, 0))

// stream makes a workbook stream of one sheet.
func stream(globals, sheet []byte) []byte {
	head := func(at int) []byte {
		return bytes.Join([][]byte{bof, rec(rSheet, u32(uint32(at)), []byte{0, 0, 2, 0, 'S', '1'}), globals, rec(rEOF)}, nil)
	}
	return bytes.Join([][]byte{head(len(head(0))), bof, sheet, rec(rEOF)}, nil)
}

func page(t *testing.T, b []byte) *Page {
	t.Helper()
	book, err := parse(b, same)
	if err != nil {
		t.Fatal(err)
	}
	p, err := book.Read(book.Sheets[0])
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestSharedStrings: a text breaks off within its characters and goes on wide where it was narrow, and the other way; fonts and phonetics
// break off anywhere.
func TestSharedStrings(t *testing.T) {
	sst := rec(rSST, u32(4), u32(4), u16(6), []byte{0}, []byte("abc"))
	sst = append(sst, rec(rContinue, []byte{1}, u16('督', '办', 'x'), u16(3), []byte{1 | 8 | 4}, u16(2), u32(5), u16('牵'))...)
	sst = append(sst, rec(rContinue, []byte{1}, u16('头'))...)
	sst = append(sst, rec(rContinue, []byte{0, '!'}, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})...)
	sst = append(sst, rec(rContinue, []byte{11, 12, 13}, u16(2), []byte{1}, u16(0xD83D, 0xDE00), u16(1))...)
	sst = append(sst, rec(rContinue, []byte{0, 'z'})...)
	cells := bytes.Join([][]byte{
		rec(rLabelSST, u16(0, 0, 0), u32(0)), rec(rLabelSST, u16(0, 1, 0), u32(1)), rec(rLabelSST, u16(1, 0, 0), u32(2)), rec(rLabelSST, u16(1, 1, 0), u32(3)),
	}, nil)
	var got []string
	for _, c := range page(t, stream(sst, cells)).Cells {
		got = append(got, c.Text)
	}
	if want := []string{"abc督办x", "牵头!", "😀", "z"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestCells: every kind of cell, whatever the order they stand in; a chart within the sheet has records of its own.
func TestCells(t *testing.T) {
	hundredths := int32(-1234)
	sheet := bytes.Join([][]byte{
		rec(rRow, u16(1, 0, 9, 255, 0, 0), []byte{0x20, 1}, u16(0)),
		rec(rRow, u16(2, 0, 9, 255, 0, 0), []byte{0x00, 1}, u16(0)),
		rec(rColInfo, u16(1, 3, 2560, 0, 1, 0)),
		rec(rNumber, u16(3, 0, 1), f64(8.26)),
		bof, rec(rNumber, u16(9, 9, 9), f64(1)), rec(rEOF),
		rec(rRK, u16(2, 0, 1), u32(uint32(hundredths<<2)|3)),
		rec(rMulRK, u16(0, 1), u16(4), u32(100<<2|2), u16(5), u32(uint32(math.Float64bits(1.5)>>32)), u16(2)),
		rec(rLabel, u16(0, 0, 0), u16(2), []byte{1}, u16('单', '位')),
		rec(rRString, u16(0, 3, 0), u16(2), []byte{0, 'o', 'k'}, u16(1, 0, 0)),
		rec(rBoolErr, u16(4, 0, 0), []byte{1, 0}), rec(rBoolErr, u16(4, 1, 0), []byte{0x17, 1}),
		rec(rFormula, u16(5, 0, 0), f64(2.5), u16(0), u32(0)),
		rec(rFormula, u16(5, 1, 0), []byte{0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, u16(0), u32(0)),
		rec(0x04BC, u16(0)), // a formula that several cells share stands between
		rec(rString, u16(3), []byte{1}, u16('合', '计')), rec(rContinue, []byte{0, 's'}),
		rec(rFormula, u16(5, 2, 0), []byte{1, 0, 1, 0, 0, 0, 0xFF, 0xFF}, u16(0), u32(0)),
		rec(rFormula, u16(5, 3, 0), []byte{2, 0, 7, 0, 0, 0, 0xFF, 0xFF}, u16(0), u32(0)),
		rec(rFormula, u16(5, 4, 0), []byte{3, 0, 0, 0, 0, 0, 0xFF, 0xFF}, u16(0), u32(0)),
		rec(rMerges, u16(2, 0, 1, 0, 0, 3, 3, 2, 5)),
	}, nil)
	got := page(t, stream(nil, sheet))
	want := &Page{
		HiddenRows: map[int]bool{1: true}, HiddenCols: []Range{{Left: 1, Right: 3}}, Merges: []Range{{0, 0, 1, 0}, {3, 2, 3, 5}},
		Cells: []Cell{
			{Row: 0, Col: 0, Kind: Text, Text: "单位"}, {Row: 0, Col: 1, Style: 4, Number: 100}, {Row: 0, Col: 2, Style: 5, Number: 1.5}, {Row: 0, Col: 3, Kind: Text, Text: "ok"},
			{Row: 2, Col: 0, Style: 1, Number: -12.34}, {Row: 3, Col: 0, Style: 1, Number: 8.26},
			{Row: 4, Col: 0, Kind: Bool, Number: 1}, {Row: 4, Col: 1, Kind: Error, Text: "#REF!"},
			{Row: 5, Col: 0, Number: 2.5, Formula: true}, {Row: 5, Col: 1, Kind: Text, Text: "合计s", Formula: true}, {Row: 5, Col: 2, Kind: Bool, Number: 1, Formula: true},
			{Row: 5, Col: 3, Kind: Error, Text: "#DIV/0!", Formula: true}, {Row: 5, Col: 4, Kind: Text, Formula: true},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

// TestRefuses: what cannot be read is refused in words that say why and how to mend it.
func TestRefuses(t *testing.T) {
	whole := stream(nil, rec(rNumber, u16(0, 0, 0), f64(1)))
	for name, c := range map[string]struct {
		b    []byte
		says string
	}{
		"Excel 95":     {rec(rBOF, u16(0x0500, 0x0005, 0, 0)), "Excel 95"},
		"password":     {stream(rec(rFilePass, u16(1, 1, 1)), nil), "加了密码"},
		"empty":        {nil, "损坏"},
		"no end":       {whole[:len(whole)-4], "损坏"},
		"half a cell":  {stream(nil, rec(rNumber, u16(0, 0, 0))), "损坏"},
		"no such text": {stream(nil, rec(rLabelSST, u16(0, 0, 0), u32(7))), "损坏"},
		"half a text":  {stream(rec(rSST, u32(1), u32(1), u16(9), []byte{1}, u16('督')), nil), "损坏"},
		"half a char":  {stream(rec(rSST, u32(1), u32(1), u16(9), []byte{1}, []byte{1}), nil), "损坏"},
		"minus":        {stream(rec(rSST, u32(1), u32(1), u16(1), []byte{4}, u32(0xFFFFFFFF), []byte{'x'}), nil), "损坏"},
		"far away":     {bytes.Replace(whole, u32(uint32(len(whole)-len(rec(rNumber, u16(0, 0, 0), f64(1)))-4-len(bof))), u32(0xFFFFFF00), 1), "损坏"},
	} {
		book, err := parse(c.b, same)
		if err == nil {
			_, err = book.Read(book.Sheets[0])
		}
		if errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Say(err), c.says) {
			t.Errorf("%s: %v, want %s", name, err, c.says)
		}
	}
}

// TestCutAnywhere: a real book cut off or altered at any place is refused or read, quickly.
func TestCutAnywhere(t *testing.T) {
	b, err := os.ReadFile("../xlsx/testdata/分解表.xls")
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	refused := 0
	try := func(b []byte) {
		f, err := ole.Open(b)
		if err == nil {
			var book *Book
			if book, err = Open(f, same); err == nil {
				for _, s := range book.Sheets {
					if _, err = book.Read(s); err != nil {
						break
					}
				}
			}
		}
		if err != nil {
			if refused++; errs.KindOf(err) != errs.Invalid || errs.Say(err) == "" {
				t.Fatal(err)
			}
		}
	}
	for n := 0; n < len(b); n += 997 {
		try(b[:n])
		c := bytes.Clone(b)
		for i := n; i < min(n+8, len(c)); i++ {
			c[i] = 0xFF
		}
		try(c)
	}
	if refused < 50 || time.Since(begun) > 20*time.Second {
		t.Errorf("%d refused in %s", refused, time.Since(begun))
	}
}

func FuzzStream(f *testing.F) {
	f.Add(stream(rec(rSST, u32(1), u32(1), u16(1), []byte{8 | 4}, u16(1), u32(1), []byte{'x'}, u32(0)), rec(rLabelSST, u16(0, 0, 0), u32(0))))
	f.Add(stream(rec(rFormat, u16(164), u16(1), []byte{0, 'y'}), append(rec(rFormula, u16(5, 1, 0), []byte{0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, u16(0), u32(0)), rec(rString, u16(1), []byte{1}, u16('合'))...)))
	if b, err := os.ReadFile("../xlsx/testdata/分解表.xls"); err == nil {
		if o, err := ole.Open(b); err == nil {
			if s, err := o.Read("Workbook"); err == nil {
				f.Add(s)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		book, err := parse(b, same)
		if err != nil {
			return
		}
		for _, s := range book.Sheets[:min(len(book.Sheets), 10)] {
			book.Read(s)
		}
	})
}
