// Package paper lays official papers (公文) out on pages for looking at and printing, as GB/T 9704-2012 has them: red head, title, text,
// attached tables, signature and colophon, on A4 pages of 22 lines. The words and numbers come from whoever writes the paper.
//
// Invariants:
//   - Every word stands on a page once and in order, and no page holds more than its area.
//   - The colophon (版记) stands at the foot of an even page; the seal is never drawn.
//   - In a demonstration every page says that it is a specimen.
//
// Source: ui 12.
package paper

import (
	"fmt"
	"strings"
	"unicode"

	"duban/internal/base/period"
)

// Paper is an official paper (公文) as it is laid out on pages.
type Paper struct {
	Mark      string // what stands in red; "" prints no red head
	Number    string
	Title     string
	Under     string // stands under the title, as the speaker of a speech
	Addressee string // without the colon
	Body      []Para
	Notes     []string // 附件说明
	Signer    string
	Date      string // 2017-08-22; "" leaves room
	Tables    []Table
	CopyTo    string
	Printer   string // "" prints no colophon (版记)
	Printed   string
}

// Para is a paragraph: Level 1 is a heading 一、, Level 2 a heading （一）, 0 plain text.
type Para struct {
	Level int
	Text  string
}

// Table is an attachment, on pages of its own.
type Table struct {
	Note, Title, Sub string // 附件1, 慢序时项目表, 数据截至…
	Cols             []Col
	Rows             [][]string
	Foot             string
}

// Col is a column with its width in characters; 0 takes what is left.
type Col struct {
	Title string
	Width int
	Num   bool // figures, set to the right
}

// Sheet is one page of a paper.
type Sheet struct {
	No    int
	Paper Paper
	Parts []Part
	Demo  bool
	Last  bool // bears the colophon
}

func (s Sheet) first() bool { return s.No == 1 && s.Paper.Mark != "" }

// Part is something on a page.
type Part struct {
	Kind  string   // title, under (the title), text, flush (no indent), right, blank, table
	Level int      // of a text
	Lines []string // of a title
	Text  string
	Table Table
}

// The page of GB/T 9704-2012 in tenths of a millimetre: type area 156 × 225 mm, 22 lines.
//
// Source: ui 12.
const (
	area     = 2250
	lineHigh = 1023 // hundredths: 10.227 mm, rounded up
	titleHi  = 124
	rowLine  = 70
	tableTop = 24
	headHigh = 1003 // the red head down to the title: .lead and one line
	bjLine   = 86
)

// Widths in tenths of a character. A line of 156 mm holds 27 characters of 16 pt at −0.2 pt and a part of one more.
const (
	lineWide  = 270
	titleWide = 200 // 22 pt
	tableWide = 368 // 12 pt
)

// Pages lays a paper out. It is pure. It measures rather too much than too little, so that no word is ever cut off at the foot of a page.
func Pages(x Paper, demo bool) []Sheet {
	l := &layout{paper: x, demo: demo}
	l.page()
	if x.Mark != "" {
		l.room -= headHigh
	}
	title := Heading(x.Title)
	l.put(Part{Kind: "title", Lines: title}, titleHi*len(title))
	if x.Under != "" {
		l.put(Part{Kind: "under", Text: x.Under}, lines(1))
	}
	l.blank(1)
	if x.Addressee != "" {
		l.text("flush", 0, x.Addressee+"：")
	}
	for _, p := range x.Body {
		l.text("text", p.Level, p.Text)
	}
	if len(x.Notes) > 0 {
		l.blank(1)
		for _, n := range x.Notes {
			l.text("text", 0, n)
		}
	}
	if x.Signer != "" {
		if l.room < lines(4) {
			over := 2
			for _, n := range x.Notes {
				over += len(Part{Kind: "text", Text: n}.lines())
			}
			l.carry(over)
		}
		l.blank(2)
		l.put(Part{Kind: "right", Text: x.Signer + "　　"}, lines(1))
		date := "　　年　　月　　日"
		if x.Date != "" {
			date = DayCN(x.Date)
		}
		l.put(Part{Kind: "right", Text: date + "　　　　"}, lines(1))
	}
	for _, t := range x.Tables {
		l.table(t)
	}
	if x.Printer != "" {
		high := 2*bjLine + 10
		if x.CopyTo != "" {
			high += bjLine * len(wrap("抄送："+x.CopyTo+"。", 290, 0))
		}
		if l.room < high {
			l.page()
		}
		if len(l.sheets)%2 == 1 { // the colophon stands on an even page
			l.page()
		}
		l.sheets[len(l.sheets)-1].Last = true
	}
	return l.sheets
}

type layout struct {
	paper  Paper
	demo   bool
	sheets []Sheet
	room   int
}

func lines(n int) int { return (n*lineHigh + 9) / 10 }

func (l *layout) page() {
	l.sheets = append(l.sheets, Sheet{No: len(l.sheets) + 1, Paper: l.paper, Demo: l.demo})
	l.room = area
}

func (l *layout) need(high int) {
	if l.room < high {
		l.page()
	}
}

func (l *layout) put(p Part, high int) {
	l.need(high)
	s := &l.sheets[len(l.sheets)-1]
	s.Parts = append(s.Parts, p)
	l.room -= high
}

// blank leaves lines free, but none at the head of a page.
func (l *layout) blank(n int) {
	for range n {
		if l.room == area || l.room < lines(1) {
			return
		}
		l.put(Part{Kind: "blank"}, lines(1))
	}
}

// carry begins a page with the last so many lines of the text, so that no signature stands on a page alone, and with a heading that
// would stay behind.
//
// Source: GB/T 9704-2012 7.3.5 (a page without text is avoided).
func (l *layout) carry(least int) {
	s := &l.sheets[len(l.sheets)-1]
	cut, n := len(s.Parts), 0
	for cut > 0 && n < least {
		p := s.Parts[cut-1]
		if p.Kind != "text" && p.Kind != "flush" && p.Kind != "blank" {
			break
		}
		if cut--; p.Kind != "blank" {
			n += len(p.lines())
		}
	}
	if cut > 0 && s.Parts[cut-1].Kind == "text" && s.Parts[cut-1].Level > 0 {
		cut-- // its heading
	}
	if cut == 0 || n == 0 { // one page of nothing else
		l.page()
		return
	}
	over := append([]Part(nil), s.Parts[cut:]...)
	s.Parts = s.Parts[:cut]
	if list := over[0].lines(); over[0].Level == 0 && n-len(list) < least && len(list) > 3 {
		keep := max(2, n-least) // of a long paragraph, its end
		s.Parts = append(s.Parts, Part{Kind: over[0].Kind, Text: strings.Join(list[:keep], "")})
		over[0] = Part{Kind: "flush", Text: strings.Join(list[keep:], "")}
	}
	l.page()
	for _, p := range over {
		if p.Kind == "blank" {
			l.blank(1)
			continue
		}
		l.put(p, lines(len(p.lines())))
	}
}

// lines are those of a paragraph.
func (p Part) lines() []string {
	if p.Kind == "blank" {
		return nil
	}
	indent := 20
	if p.Kind == "flush" {
		indent = 0
	}
	return wrap(p.Text, lineWide, indent)
}

// text sets a paragraph, over several pages if it must.
func (l *layout) text(kind string, level int, text string) {
	indent := 20
	if kind == "flush" {
		indent = 0
	}
	list := wrap(text, lineWide, indent)
	if level > 0 {
		l.need(lines(len(list) + 1)) // a heading does not end a page
	}
	for len(list) > 0 {
		fit := min(l.room/lines(1), len(list))
		if fit == 0 {
			l.page()
			continue
		}
		l.put(Part{Kind: kind, Level: level, Text: strings.Join(list[:fit], "")}, lines(fit))
		list, kind = list[fit:], "flush"
	}
}

func (l *layout) table(t Table) {
	l.page()
	l.text("flush", 1, t.Note)
	title := Heading(t.Title)
	l.put(Part{Kind: "title", Lines: title}, titleHi*len(title))
	if t.Sub != "" {
		l.put(Part{Kind: "right", Text: t.Sub}, lines(1))
	}
	widths := t.widths()
	head := make([]string, len(t.Cols))
	for i, c := range t.Cols {
		head[i] = c.Title
	}
	headHi := rowHigh(head, widths)
	rows := t.Rows
	for len(rows) > 0 {
		used, n := tableTop+headHi, 0
		for n < len(rows) && used+rowHigh(rows[n], widths) <= l.room {
			used += rowHigh(rows[n], widths)
			n++
		}
		if n == 0 && l.room < area {
			l.page()
			continue
		}
		n = max(n, 1)
		piece := t
		piece.Rows = rows[:n]
		l.put(Part{Kind: "table", Table: piece}, min(used, l.room))
		if rows = rows[n:]; len(rows) > 0 {
			l.page()
		}
	}
	if t.Foot != "" {
		l.text("flush", 0, t.Foot)
	}
}

// widths are the columns' widths in tenths of a character, without their padding: a browser never makes a column narrower than its longest
// word, and gives the column without a width what is left.
func (t Table) widths() []int {
	const padding = 6
	out := make([]int, len(t.Cols))
	left, open := tableWide, -1
	for i, c := range t.Cols {
		if c.Width == 0 {
			open = i
			continue
		}
		out[i] = c.Width*10 - padding
		for _, row := range t.Rows {
			for _, word := range clusters(row[i]) {
				out[i] = max(out[i], measure(word))
			}
		}
		left -= out[i] + padding
	}
	if open >= 0 {
		out[open] = max(left-padding, 20)
	}
	return out
}

func measure(text string) (n int) {
	for _, c := range text {
		n += wide(c)
	}
	return n
}

func rowHigh(cells []string, widths []int) int {
	n := 1
	for i, c := range cells {
		n = max(n, len(wrap(c, widths[i], 0)))
	}
	return n*rowLine + 4
}

// ends are characters after which a title may well go on in the next line.
const ends = "、》份度比动会"

// Heading breaks a title into lines. One of two lines is broken where both are about as long and no word is cut, as far as that can be told.
//
// Source: GB/T 9704-2012 7.3.1 (词意完整，排列对称).
func Heading(text string) []string {
	list := wrap(text, titleWide, 0)
	if len(list) != 2 {
		return list
	}
	words := clusters(text)
	best, cost := 0, 0
	for i := 1; i < len(words); i++ {
		left, right := strings.Join(words[:i], ""), strings.Join(words[i:], "")
		a, b := measure(left), measure(right)
		if a > titleWide || b > titleWide {
			continue
		}
		c := max(a-b, b-a)
		last := []rune(left)
		if !strings.ContainsRune(ends, last[len(last)-1]) {
			c += 60
		}
		if best == 0 || c < cost {
			best, cost = i, c
		}
	}
	if best == 0 {
		return list
	}
	return []string{strings.Join(words[:best], ""), strings.Join(words[best:], "")}
}

const (
	closers = "。，、；：？！）》〉”’〕】…—％%"
	openers = "（《〈“‘〔【"
)

// wide is a character's width in tenths of a Chinese one; wide rather than narrow, as the reader's fonts are not known.
func wide(c rune) int {
	switch {
	case c == ' ':
		return 4
	case c == '%', c == 'm', c == 'w', c == 'M', c == 'W', c == '+', c == '−':
		return 10
	case c < 0x250:
		return 6
	}
	return 10
}

// wrap breaks a text into lines of the width, the first one indented, by the rules of the Chinese line: no closing mark begins a line, no
// opening one ends it, and a number or a Latin word is not broken.
func wrap(text string, width, indent int) []string {
	var out []string
	var line strings.Builder
	used := indent
	for _, c := range clusters(text) {
		w := measure(c)
		for w > width { // a word longer than a line is broken where it must be
			cut, n := 0, 0
			for i, r := range c {
				if n += wide(r); n > width {
					cut = i
					break
				}
			}
			if cut == 0 {
				break
			}
			if line.Len() > 0 {
				out = append(out, line.String())
				line.Reset()
			}
			out = append(out, c[:cut])
			c, used = c[cut:], 0
			w = measure(c)
		}
		if used+w > width && line.Len() > 0 {
			out = append(out, line.String())
			line.Reset()
			used = 0
		}
		line.WriteString(c)
		used += w
	}
	if line.Len() > 0 || len(out) == 0 {
		out = append(out, line.String())
	}
	return out
}

// clusters are the pieces between which a line may break.
func clusters(text string) (out []string) {
	latin := func(c rune) bool { return c < 0x250 && c != ' ' && !unicode.IsControl(c) }
	var last rune
	for _, c := range text {
		glue := last != 0 && (c == ' ' || strings.ContainsRune(closers, c) || strings.ContainsRune(openers, last) || latin(c) && latin(last))
		if glue {
			out[len(out)-1] += string(c)
		} else {
			out = append(out, string(c))
		}
		last = c
	}
	return out
}

// Numerals returns 一, 二, 三, … at each call.
func Numerals() func() string {
	n := 0
	return func() string {
		n++
		return chinese(n)
	}
}

// chinese is a number from 1 to 99 in Chinese.
func chinese(n int) string {
	digits := []rune("〇一二三四五六七八九")
	switch {
	case n < 10:
		return string(digits[n])
	case n < 20:
		return strings.TrimSuffix("十"+string(digits[n%10]), "〇")
	}
	return strings.TrimSuffix(string(digits[n/10])+"十"+string(digits[n%10]), "〇")
}

// DayCN is 2017年8月22日.
func DayCN(day string) string {
	t, err := period.ParseDay(day)
	if err != nil {
		return day
	}
	return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
}

// halves breaks a red head that is too long for one line in two.
func halves(mark string) []string {
	r := []rune(mark)
	if len(r) <= 13 {
		return []string{mark}
	}
	return []string{string(r[:(len(r)+1)/2]), string(r[(len(r)+1)/2:])}
}

// width is the class of a column.
func (c Col) class() string {
	if c.Width == 0 {
		return ""
	}
	return fmt.Sprintf("wd-%d", c.Width)
}
