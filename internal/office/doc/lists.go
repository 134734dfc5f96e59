package doc

import (
	"strings"
	"unicode/utf16"

	"duban/internal/office/docx"
)

// formats are the kinds of automatic numbers, as .docx names them.
var formats = map[byte]string{
	0: "decimal", 1: "upperRoman", 2: "lowerRoman", 3: "upperLetter", 4: "lowerLetter", 10: "ideographDigital", 11: "japaneseCounting", 14: "decimalFullWidth", 17: "japaneseDigitalTenThousand",
	18: "decimalEnclosedCircle", 19: "decimalFullWidth2", 22: "decimalZero", 23: "bullet", 26: "decimalEnclosedFullstop", 27: "decimalEnclosedParen", 28: "decimalEnclosedCircleChinese",
	30: "ideographTraditional", 31: "ideographZodiac", 33: "taiwaneseCounting", 35: "taiwaneseCountingThousand", 37: "chineseCounting", 38: "chineseLegalSimplified", 39: "chineseCountingThousand", 255: "none",
}

const maxLists = 10_000

// readLists reads the automatic numbers of the document: the lists, and the paragraphs' ways into them.
func (s streams) readLists() (*docx.Lists, error) {
	out := docx.NewLists()
	head, err := s.at(0x02E2)
	if err != nil || len(head) < 2 {
		return out, err
	}
	n := int(le.Uint16(head))
	if n > maxLists || 2+28*n > len(head) {
		return out, nil
	}
	at := int(le.Uint32(s.main[0x02E2:])) + len(head) // the levels follow the list of lists, outside its length
	rest := s.table[at:]
	ids := map[uint32]bool{}
	for i := range n {
		l := head[2+28*i:]
		id, levels := le.Uint32(l), 9
		if l[26]&1 != 0 {
			levels = 1
		}
		ids[id] = true
		for k := range levels {
			lv, size, ok := level(rest)
			if !ok {
				return out, nil
			}
			out.Define(int(id), k, lv)
			rest = rest[size:]
		}
	}
	ways, err := s.at(0x02EA)
	if err != nil || len(ways) < 4 {
		return out, err
	}
	m := int(le.Uint32(ways))
	if m > maxLists || 4+16*m > len(ways) {
		return out, nil
	}
	rest = ways[4+16*m:]
	for i := range m {
		w := ways[4+16*i:]
		id := le.Uint32(w)
		starts := map[int]int{}
		if len(rest) >= 4 {
			rest = rest[4:]
			for range int(w[12]) {
				if len(rest) < 8 {
					break
				}
				flags := rest[4]
				if flags&0x10 != 0 {
					starts[int(flags&15)] = int(int32(le.Uint32(rest)))
				}
				if rest = rest[8:]; flags&0x20 != 0 {
					lv, size, ok := level(rest)
					if !ok {
						rest = nil
						break
					}
					rest = rest[size:]
					if flags&0x10 != 0 {
						starts[int(flags&15)] = lv.Start
					}
				}
			}
		}
		if ids[id] {
			out.Number(i+1, int(id), starts)
		}
	}
	return out, nil
}

// level reads one level of a list: its first number, its kind, and its text with places for the numbers.
func level(b []byte) (lv docx.ListLevel, size int, ok bool) {
	if len(b) < 30 {
		return lv, 0, false
	}
	lv.Start = int(int32(le.Uint32(b)))
	lv.Format = formats[b[4]]
	if lv.Format == "" {
		lv.Format = "decimal"
	}
	lv.Legal = b[5]&4 != 0
	at := 28 + int(b[24]) + int(b[25])
	if at+2 > len(b) {
		return lv, 0, false
	}
	n := int(le.Uint16(b[at:]))
	if at += 2; at+2*n > len(b) {
		return lv, 0, false
	}
	places := map[int]bool{}
	for _, p := range b[6:15] {
		if p > 0 {
			places[int(p)] = true
		}
	}
	var text strings.Builder
	for i := range n {
		c := le.Uint16(b[at+2*i:])
		switch {
		case c < 9 && places[i+1]:
			text.WriteByte('%')
			text.WriteByte('1' + byte(c))
		case c >= ' ':
			text.WriteString(string(utf16.Decode([]uint16{c})))
		}
	}
	lv.Text = text.String()
	return lv, at + 2*n, true
}
