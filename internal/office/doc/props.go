package doc

import (
	"slices"

	"duban/internal/base/errs"
)

// The properties that are read, by their numbers.
const (
	pInTable   = 0x2416
	pRowEnd    = 0x2417
	pDepth     = 0x6649
	pInnerCell = 0x244B
	pInnerEnd  = 0x244C
	pListLevel = 0x260A
	pList      = 0x460B
	pHuge      = 0x6646 // the properties stand in the data stream
	pHugeOld   = 0x6645
	pTabs      = 0xC615
	tDefine    = 0xD608
	tDefineOld = 0xD606
	tVertMerge = 0xD62B
	tMerge     = 0x5624
	cDeleted   = 0x0800
	cSpecial   = 0x0855
	cSymbol    = 0x6A09 // a sign of a symbol font stands for the character
	cHidden    = 0x083C
)

// each calls f for every property of a list, and says nothing of what breaks off: the rest of a damaged list is passed over.
func each(b []byte, f func(op uint16, v []byte)) {
	for len(b) >= 2 {
		op := le.Uint16(b)
		b = b[2:]
		n := 0
		switch op >> 13 {
		case 0, 1:
			n = 1
		case 2, 4, 5:
			n = 2
		case 3:
			n = 4
		case 7:
			n = 3
		case 6:
			switch {
			case op == tDefine || op == tDefineOld:
				if len(b) < 2 {
					return
				}
				if n = int(le.Uint16(b)) - 1; n < 0 {
					return
				}
				b = b[2:]
			case len(b) == 0:
				return
			case op == pTabs && b[0] == 255: // as long as its two lists
				if len(b) < 2 || 2+4*int(b[1]) >= len(b) {
					return
				}
				n = 2 + 4*int(b[1])
				n += 1 + 3*int(b[n])
			default:
				n = int(b[0])
				b = b[1:]
			}
		}
		if n > len(b) {
			return
		}
		f(op, b[:n])
		b = b[n:]
	}
}

// para is what matters of a paragraph's properties.
type para struct {
	depth              int // of tables it stands in
	rowEnd             bool
	innerCell, innerRE bool
	list, level        int // −1: not said
	edges              []int
	merge              []uint16 // of each cell of the row: bits 0–1 across, 5–6 downwards
}

// paragraph reads the properties of the paragraph whose mark stands at byte at.
func (w *walker) paragraph(at uint64, prm uint16) (para, error) {
	p := para{list: -1, level: -1}
	run, _, _ := find(w.paras, at)
	props := run.props
	if len(props) >= 2 {
		if st, ok := w.styles[int(le.Uint16(props))]; ok {
			p.list, p.level = st.list, st.level
		}
		props = props[2:]
	}
	inTable := false
	var apply func(op uint16, v []byte)
	huge := 0
	apply = func(op uint16, v []byte) {
		switch op {
		case pInTable:
			inTable = v[0] != 0
		case pRowEnd:
			p.rowEnd = v[0] != 0
		case pDepth:
			p.depth = int(min(le.Uint32(v), 1000))
		case pInnerCell:
			p.innerCell = v[0] != 0
		case pInnerEnd:
			p.innerRE = v[0] != 0
		case pListLevel:
			p.level = int(v[0])
		case pList:
			p.list = int(le.Uint16(v))
		case pHuge, pHugeOld:
			from := uint64(le.Uint32(v))
			if huge++; huge > 1 || from+2 > uint64(len(w.data)) {
				return
			}
			n := uint64(le.Uint16(w.data[from:]))
			if from+2+n <= uint64(len(w.data)) {
				w.work += int(n)
				each(w.data[from+2:from+2+n], apply)
			}
		case tDefine:
			p.edges, p.merge = rowCells(v)
		case tVertMerge:
			if len(v) >= 2 && int(v[0]) < len(p.merge) {
				p.merge[v[0]] = p.merge[v[0]]&^0x60 | uint16(v[1]&3)<<5
			}
		case tMerge:
			for i := int(v[0]); i < min(int(v[1]), len(p.merge)); i++ {
				p.merge[i] = p.merge[i]&^3 | 2
				if i == int(v[0]) {
					p.merge[i]++
				}
			}
		}
	}
	w.work += len(props)
	each(props, apply)
	if prm&1 != 0 {
		if i := int(prm >> 1); i < len(w.extra) {
			w.work += len(w.extra[i])
			each(w.extra[i], apply)
		}
	} else if v := prm >> 8; prm != 0 { // one change of one byte, under its number of Word 6
		switch prm >> 1 & 0x7F {
		case 0x18:
			inTable = v != 0
		case 0x19:
			p.rowEnd = v != 0
		}
	}
	switch {
	case !inTable && p.depth == 0:
		p.rowEnd = false
	case p.depth == 0: // older programs know tables of one depth only
		p.depth = 1
	}
	return p, w.bounded()
}

// maxWork bounds the bytes of properties that are looked at: a small file may name the same large list for each of a million paragraphs.
const maxWork = 128 << 20

func (w *walker) bounded() error {
	if w.work > maxWork {
		return errs.New(errs.Invalid, "文件的内部结构不正常，没有打开。请另存为 .docx 再上传。")
	}
	return nil
}

// rowCells reads the edges of a row's cells, and what each is merged with.
func rowCells(v []byte) (edges []int, merge []uint16) {
	if len(v) == 0 {
		return nil, nil
	}
	n := int(v[0])
	v = v[1:]
	if n > 64 || len(v) < 2*(n+1) {
		return nil, nil
	}
	for i := range n + 1 {
		edges = append(edges, int(int16(le.Uint16(v[2*i:]))))
	}
	v = v[2*(n+1):]
	merge = make([]uint16, n)
	for i := 0; i < n && len(v) >= 20; i, v = i+1, v[20:] {
		merge[i] = le.Uint16(v)
	}
	return edges, merge
}

// character tells of a run whether its characters are dropped (hidden, deleted) and whether they stand for something else.
func (w *walker) character(props []byte, prm uint16) (drop, special bool, err error) {
	hidden, deleted := false, false
	apply := func(op uint16, v []byte) {
		switch op {
		case cHidden:
			hidden = v[0]&1 != 0
		case cDeleted:
			deleted = v[0] != 0
		case cSpecial:
			special = v[0] != 0
		case cSymbol:
			special = true
		}
	}
	w.work += len(props)
	each(props, apply)
	if prm&1 != 0 {
		if i := int(prm >> 1); i < len(w.extra) {
			w.work += len(w.extra[i])
			each(w.extra[i], apply)
		}
	} else if v := prm >> 8; prm != 0 {
		switch prm >> 1 & 0x7F {
		case 0x41:
			deleted = v != 0
		case 0x5C:
			hidden = v&1 != 0
		}
	}
	return hidden || deleted, special, w.bounded()
}

// style is the numbering that a paragraph's style brings.
type style struct{ list, level int }

// readStyles reads the numbering of the styles, through those that they are based on.
func (s streams) readStyles() (map[int]style, error) {
	b, err := s.at(0x00A2)
	if err != nil || len(b) < 6 {
		return nil, err
	}
	n := int(le.Uint16(b))
	base := int(le.Uint16(b[4:]))
	if b = b[2:]; n > len(b) || n < 4 || base < 4 {
		return nil, nil
	}
	b = b[n:]
	type found struct {
		style
		base int
	}
	all := map[int]found{}
	for i := 0; len(b) >= 2; i++ {
		n := int(le.Uint16(b))
		if b = b[2:]; n > len(b) {
			break
		}
		std := b[:n]
		if b = b[n:]; n < base+4 || std[2]&15 != 1 { // not of paragraphs
			continue
		}
		x := found{style{-1, -1}, int(le.Uint16(std[2:]) >> 4)}
		at := base + 2 + 2*int(le.Uint16(std[base:])) + 2 // behind the name
		if at%2 != 0 {
			at++
		}
		if at+4 <= len(std) {
			if size := int(le.Uint16(std[at:])); size >= 2 && at+2+size <= len(std) {
				each(std[at+4:at+2+size], func(op uint16, v []byte) {
					switch op {
					case pList:
						x.list = int(le.Uint16(v))
					case pListLevel:
						x.level = int(v[0])
					}
				})
			}
		}
		all[i] = x
	}
	out := make(map[int]style, len(all))
	for i := range all {
		st := style{-1, -1}
		at, ok := all[i]
		for n := 0; ok && n < 20; n++ {
			if st.list < 0 {
				st.list = at.list
			}
			if st.level < 0 {
				st.level = at.level
			}
			at, ok = all[at.base]
		}
		out[i] = st
	}
	return out, nil
}

// edgesOf makes the columns of a table from the edges of its rows' cells. Edges that lie closer than a millimetre are one: people draw
// tables by hand.
func edgesOf(rows []row) []int {
	seen := map[int]bool{}
	for _, r := range rows {
		for _, e := range r.para.edges {
			seen[e] = true
		}
	}
	all := make([]int, 0, len(seen))
	for e := range seen {
		all = append(all, e)
	}
	slices.Sort(all)
	var out []int
	for _, e := range all {
		if len(out) == 0 || e-out[len(out)-1] > 57 {
			out = append(out, e)
		}
	}
	return out
}
