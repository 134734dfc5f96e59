package docx

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// Lists prints the automatic numbers (自动编号) of a document: Word does not store them, it counts.
type Lists struct {
	abstract map[string]map[int]ListLevel // by abstractNumId, then level
	num      map[string]listNum           // by numId
	count    map[string][]int             // by abstractNumId: how far each level has counted
	begun    map[string]bool              // numId + level whose own start was applied
}

// ListLevel is one level of a list: its first number, the format of Word's name, the text with %1 … %9 in the places of the numbers.
type ListLevel struct {
	Start        int
	Format, Text string
	Legal        bool // all numbers in digits (正规形式编号)
}

type listNum struct {
	abstract string
	start    map[int]int // lvlOverride/startOverride
}

const listLevels = 9

// NewLists makes an empty set; Define and Number fill it. Package doc does so, a .docx fills its own.
func NewLists() *Lists {
	return &Lists{map[string]map[int]ListLevel{}, map[string]listNum{}, map[string][]int{}, map[string]bool{}}
}

// Define says what a level of a list looks like.
func (l *Lists) Define(list, level int, lv ListLevel) {
	key := strconv.Itoa(list)
	if l.abstract[key] == nil {
		l.abstract[key] = map[int]ListLevel{}
	}
	l.abstract[key][level] = lv
}

// Number says that paragraphs with this number belong to the list, and where levels begin anew.
func (l *Lists) Number(num, list int, starts map[int]int) {
	l.num[strconv.Itoa(num)] = listNum{strconv.Itoa(list), starts}
}

// Next counts one paragraph of the list on and returns its number as printed.
func (l *Lists) Next(num, level int) string { return l.next(strconv.Itoa(num), level) }

func readLists(root *etree.Element) *Lists {
	l := NewLists()
	if root == nil {
		return l
	}
	for _, a := range root.SelectElements("abstractNum") {
		levels := map[int]ListLevel{}
		for _, lv := range a.SelectElements("lvl") {
			levels[number(lv.SelectAttrValue("ilvl", ""), 0)] = ListLevel{
				Start: number(val(lv.SelectElement("start")), 1), Format: val(lv.SelectElement("numFmt")), Text: val(lv.SelectElement("lvlText")), Legal: on(lv.SelectElement("isLgl")),
			}
		}
		l.abstract[a.SelectAttrValue("abstractNumId", "")] = levels
	}
	for _, n := range root.SelectElements("num") {
		ln := listNum{val(n.SelectElement("abstractNumId")), map[int]int{}}
		for _, o := range n.SelectElements("lvlOverride") {
			if s := o.SelectElement("startOverride"); s != nil {
				ln.start[number(o.SelectAttrValue("ilvl", ""), 0)] = number(val(s), 1)
			}
		}
		l.num[n.SelectAttrValue("numId", "")] = ln
	}
	return l
}

var placeholder = regexp.MustCompile(`%[1-9]`)

// next counts one paragraph of the list on and returns its number as printed; "" for a list that the file does not define.
func (l *Lists) next(numID string, level int) string {
	n, ok := l.num[numID]
	levels := l.abstract[n.abstract]
	if !ok || level >= listLevels {
		return ""
	}
	lv, ok := levels[level]
	if !ok {
		return ""
	}
	c := l.count[n.abstract]
	if c == nil {
		c = make([]int, listLevels)
		for i := range c {
			c[i] = levels[i].Start - 1
		}
		l.count[n.abstract] = c
	}
	if s, ok := n.start[level]; ok && !l.begun[numID+"/"+strconv.Itoa(level)] {
		l.begun[numID+"/"+strconv.Itoa(level)] = true
		c[level] = s - 1
	}
	c[level]++
	for i := level + 1; i < listLevels; i++ {
		c[i] = levels[i].Start - 1
	}
	if lv.Format == "bullet" {
		if r, _ := utf8.DecodeRuneInString(lv.Text); r >= 0xE000 && r <= 0xF8FF || r == utf8.RuneError { // Wingdings
			return "• "
		}
		return lv.Text + " "
	}
	return placeholder.ReplaceAllStringFunc(lv.Text, func(p string) string {
		i := int(p[1] - '1')
		format := levels[i].Format
		if lv.Legal && i != level {
			format = "decimal"
		}
		return numeral(max(c[i], levels[i].Start), format)
	})
}

// numeral prints n as the list format of Word says; an unknown format prints plain digits.
func numeral(n int, format string) string {
	letter := func(first rune) string { return strings.Repeat(string(first+rune((n-1)%26)), min((n-1)/26+1, 10)) }
	if n < 1 {
		return strconv.Itoa(n)
	}
	switch format {
	case "none":
		return ""
	case "chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand", "japaneseDigitalTenThousand":
		return Chinese(n)
	case "chineseLegalSimplified":
		return strings.NewReplacer("一", "壹", "二", "贰", "三", "叁", "四", "肆", "五", "伍", "六", "陆", "七", "柒", "八", "捌", "九", "玖", "十", "拾", "百", "佰", "千", "仟").Replace(Chinese(n))
	case "ideographTraditional":
		return pick("甲乙丙丁戊己庚辛壬癸", n)
	case "ideographZodiac":
		return pick("子丑寅卯辰巳午未申酉戌亥", n)
	case "upperLetter":
		return letter('A')
	case "lowerLetter":
		return letter('a')
	case "upperRoman":
		return roman(n)
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "decimalZero":
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
	case "decimalFullWidth", "decimalFullWidth2":
		return strings.Map(func(c rune) rune { return c - '0' + '０' }, strconv.Itoa(n))
	case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
		if n <= 20 {
			return string(rune('①' + n - 1))
		}
	case "decimalEnclosedParen":
		if n <= 20 {
			return string(rune('⑴' + n - 1))
		}
	case "decimalEnclosedFullstop":
		if n <= 20 {
			return string(rune('⒈' + n - 1))
		}
	}
	return strconv.Itoa(n)
}

func pick(from string, n int) string {
	r := []rune(from)
	if n > len(r) {
		return strconv.Itoa(n)
	}
	return string(r[n-1])
}

func roman(n int) string {
	if n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, p := range []struct {
		v int
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for n >= p.v {
			b.WriteString(p.s)
			n -= p.v
		}
	}
	return b.String()
}

// Chinese prints 1–9999 in Chinese numerals (一, 十二, 一百零三), as headings and ordinals use them; beyond, digits.
func Chinese(n int) string {
	if n < 1 || n > 9999 {
		return strconv.Itoa(n)
	}
	digit := []rune("零一二三四五六七八九")
	var b strings.Builder
	gap := false
	for _, p := range []struct {
		v int
		s string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / p.v % 10
		if d == 0 {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteRune('零')
			gap = false
		}
		if !(d == 1 && p.v == 10 && b.Len() == 0) {
			b.WriteRune(digit[d])
		}
		b.WriteString(p.s)
	}
	return b.String()
}
