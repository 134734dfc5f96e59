package doc

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"duban/internal/base/errs"
	"duban/internal/office/docx"
	"duban/internal/office/ole"

	"golang.org/x/text/encoding/charmap"
)

var le = binary.LittleEndian

// maxText bounds the characters of one document: a book of a thousand pages has less.
const maxText = 5_000_000

func damaged(format string, a ...any) error {
	return &errs.Error{Kind: errs.Invalid, Message: "文件已经损坏，请用 Word 或 WPS 打开后另存为 .docx 再上传。", Cause: fmt.Errorf(format, a...)}
}

// Read reads the paragraphs and tables of a document. Errors are errs.Invalid, in words for the person who sent the file.
func Read(b []byte) ([]docx.Block, error) {
	f, err := ole.Open(b)
	if err != nil {
		return nil, err
	}
	switch f.Kind() {
	case ole.Document:
	case ole.Encrypted:
		return nil, encrypted()
	default:
		return nil, errs.New(errs.Invalid, "这个文件不是 Word 文档（.docx、.doc）。")
	}
	if f.Macros() {
		return nil, errs.New(errs.Invalid, "文件里带有宏，不能上传。请另存为不带宏的 .docx。")
	}
	main, err := f.Read("WordDocument")
	if err != nil {
		return nil, err
	}
	if len(main) < 12 {
		return nil, damaged("a head of %d bytes", len(main))
	}
	table := "0Table"
	if le.Uint16(main[10:])&0x0200 != 0 {
		table = "1Table"
	}
	parts := streams{main: main}
	if f.Has(table) { // Word 95 and older have none
		if parts.table, err = f.Read(table); err != nil {
			return nil, err
		}
	}
	if f.Has("Data") {
		if parts.data, err = f.Read("Data"); err != nil {
			return nil, err
		}
	}
	return parts.read()
}

func encrypted() error {
	return errs.New(errs.Invalid, "这个文件加了密码。请打开后去掉密码，另存为 .docx 再上传。")
}

// streams are the parts of a document: text and pages of properties, the tables that say where things are, large properties.
type streams struct{ main, table, data []byte }

// at is the stretch of the table stream that the head's pair at offset names; nil where it names none.
func (s streams) at(offset int) ([]byte, error) {
	if offset+8 > len(s.main) {
		return nil, nil
	}
	from, n := uint64(le.Uint32(s.main[offset:])), uint64(le.Uint32(s.main[offset+4:]))
	if n == 0 {
		return nil, nil
	}
	if from+n > uint64(len(s.table)) {
		return nil, damaged("the head names %d bytes at %d of %d", n, from, len(s.table))
	}
	return s.table[from : from+n], nil
}

func (s streams) read() ([]docx.Block, error) {
	if len(s.main) < 0x200 || le.Uint16(s.main) != 0xA5EC {
		return nil, errs.New(errs.Invalid, "这个文档不是 Word 97 及以后的格式，读不了。请用 Word 或 WPS 打开，另存为 .docx 再上传。")
	}
	if le.Uint16(s.main[10:])&0x0100 != 0 {
		return nil, encrypted()
	}
	if v := le.Uint16(s.main[2:]); v < 0x00C1 {
		return nil, errs.New(errs.Invalid, "这个文档是 Word 95 或更早的格式，读不了。请用 Word 或 WPS 打开，另存为 .docx 再上传。")
	}
	clx, err := s.at(0x01A2)
	if err != nil {
		return nil, err
	}
	pieces, extra, err := readPieces(clx)
	if err != nil {
		return nil, err
	}
	w := walker{streams: s, extra: extra}
	if w.paras, err = s.pages(0x0102, 13); err != nil {
		return nil, err
	}
	if w.runs, err = s.pages(0x00FA, 1); err != nil {
		return nil, err
	}
	if w.styles, err = s.readStyles(); err != nil {
		return nil, err
	}
	if w.lists, err = s.readLists(); err != nil {
		return nil, err
	}
	count := func(offset int) uint64 { return uint64(le.Uint32(s.main[offset:])) }
	text := count(0x4C)
	boxes := text + count(0x50) + count(0x54) + count(0x58) + count(0x5C) + count(0x60)
	for _, part := range [][2]uint64{{0, text}, {boxes, boxes + count(0x64)}} {
		if err := w.walk(pieces, part[0], part[1]); err != nil {
			return nil, err
		}
	}
	return w.out, nil
}

// piece is a stretch of the text: characters from..to stand at offset of the main stream.
type piece struct {
	from, to uint64
	offset   uint64
	narrow   bool   // one byte each (cp1252), else two
	prm      uint16 // changes of a fast save
}

// readPieces reads the piece table, and the changes that pieces refer to.
func readPieces(clx []byte) (out []piece, extra [][]byte, err error) {
	for len(clx) >= 3 && clx[0] == 1 {
		n := int(le.Uint16(clx[1:]))
		if 3+n > len(clx) {
			return nil, nil, damaged("the piece table's changes break off")
		}
		extra = append(extra, clx[3:3+n])
		clx = clx[3+n:]
	}
	if len(clx) < 5 || clx[0] != 2 {
		return nil, nil, damaged("no piece table")
	}
	n := uint64(le.Uint32(clx[1:]))
	if clx = clx[5:]; n > uint64(len(clx)) || n < 4 {
		return nil, nil, damaged("a piece table of %d bytes in %d", n, len(clx))
	}
	count := (n - 4) / 12
	if last := le.Uint32(clx[4*count:]); last > maxText {
		return nil, nil, errs.New(errs.Invalid, "文件太长（超过 %d 万字），请分成几个文件。", maxText/10_000)
	}
	for i := range count {
		p := piece{from: uint64(le.Uint32(clx[4*i:])), to: uint64(le.Uint32(clx[4*i+4:]))}
		d := clx[4*(count+1)+8*i:]
		fc := le.Uint32(d[2:])
		p.offset, p.narrow, p.prm = uint64(fc&0x3FFFFFFF), fc&0x40000000 != 0, le.Uint16(d[6:])
		if p.narrow {
			p.offset /= 2
		}
		if p.to < p.from || p.to > maxText || i > 0 && p.from != out[i-1].to {
			return nil, nil, damaged("piece %d runs from %d to %d", i, p.from, p.to)
		}
		out = append(out, p)
	}
	return out, extra, nil
}

// stretch is a run of bytes of the main stream with the same properties.
type stretch struct {
	from, to uint64
	props    []byte // of a paragraph, with its style in front; of characters
}

// pages reads the pages of properties that the pair at offset lists. step is the length of an entry in a page: 13 for paragraphs, 1 for
// characters.
func (s streams) pages(offset, step int) ([]stretch, error) {
	list, err := s.at(offset)
	if err != nil || list == nil {
		return nil, err
	}
	var out []stretch
	seen := map[uint32]bool{}
	count := (len(list) - 4) / 8
	for i := range count {
		n := le.Uint32(list[4*(count+1)+4*i:]) & 0x3FFFFF
		at := uint64(n) * 512
		if seen[n] || at+512 > uint64(len(s.main)) {
			return nil, damaged("page %d of properties", n)
		}
		seen[n] = true
		page := s.main[at : at+512]
		runs := int(page[511])
		if 4*(runs+1)+step*runs > 511 {
			return nil, damaged("%d runs on page %d", runs, n)
		}
		for k := range runs {
			x := stretch{from: uint64(le.Uint32(page[4*k:])), to: uint64(le.Uint32(page[4*k+4:]))}
			if p := 2 * int(page[4*(runs+1)+step*k]); p > 0 {
				size, from := int(page[p]), p+1
				if step > 1 {
					if size = 2*size - 1; size < 0 {
						size, from = 2*int(page[p+1]), p+2
					}
				}
				if from+size > 511 {
					return nil, damaged("a run of page %d breaks off", n)
				}
				x.props = page[from : from+size]
			}
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	return out, nil
}

// find returns the stretch that byte at lies in, and where it ends (or the next one begins).
func find(list []stretch, at uint64) (s stretch, ok bool, end uint64) {
	i, exact := slices.BinarySearchFunc(list, at, func(s stretch, at uint64) int { return cmp.Compare(s.from, at) })
	if !exact {
		i--
	}
	if i >= 0 && at < list[i].to {
		return list[i], true, list[i].to
	}
	if i+1 < len(list) {
		return stretch{}, false, list[i+1].from
	}
	return stretch{}, false, 1 << 40
}

// walk puts the characters from..to through the walker, and ends what is open behind them.
func (w *walker) walk(pieces []piece, from, to uint64) error {
	for _, p := range pieces {
		size := uint64(2)
		if p.narrow {
			size = 1
		}
		for cp := max(p.from, from); cp < min(p.to, to); { // as far as the properties of the run reach
			at := p.offset + (cp-p.from)*size
			run, _, end := find(w.runs, at)
			drop, special, err := w.character(run.props, p.prm)
			if err != nil {
				return err
			}
			n := min(min(p.to, to)-cp, (max(end, at+size)-at+size-1)/size)
			if at+n*size > uint64(len(w.main)) {
				return damaged("the text breaks off at %d of %d", len(w.main), at+n*size)
			}
			for range n {
				var c uint16
				if p.narrow {
					c = uint16(charmap.Windows1252.DecodeByte(w.main[at]))
				} else {
					c = le.Uint16(w.main[at:])
				}
				if err := w.take(c, at, size, drop, special, p.prm); err != nil {
					return err
				}
				at += size
			}
			cp += n
		}
	}
	return w.finish()
}
