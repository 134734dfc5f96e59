package amount

import (
	"regexp"
	"strings"

	"duban/internal/base/errs"

	"github.com/govalues/decimal"
)

// typed maps what Chinese keyboards and spreadsheets produce to plain characters.
var typed = strings.NewReplacer(
	"０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9",
	"．", ".", "。", ".", "，", ",", "＋", "+", "－", "-", "−", "-", "–", "-", "—", "-", "％", "%", "＇", "'",
	"　", " ", "\u00a0", " ", "\u2009", " ", "\u202f", " ", "\ufeff", "", "\u200b", "", "\u200e", "", "\u200f", "",
	"￥", "¥", "人民币", "",
)

var shape = regexp.MustCompile(`^([+-]?)\s*¥?\s*([+-]?)\s*([0-9,]*)(?:\.([0-9]+))?\s*(.*)$`)

var grouped = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{3})+$`)

// Parse reads what a person typed into the field called label, wanted in unit want. The text may carry a unit of the same
// kind, or 万 / 亿 alone, and is converted exactly: "3亿" wanted in 万元 is 30000 万元, "1.2万" wanted in 户 is 12000 户.
// A number without a unit is in want. Nothing is guessed and nothing is rounded: anything else is errs.Invalid with a
// sentence that says what was written and how to write it.
// Source: ui 10 (words for a wrong format).
func Parse(label, text string, want Unit) (Quantity, error) {
	r, ok := want.rule()
	if !ok {
		return Quantity{}, errs.New(errs.Invalid, "没有“%s”这个单位。", want)
	}
	s := strings.TrimSpace(typed.Replace(text))
	if s == "" {
		return Quantity{}, errs.New(errs.Invalid, "还没有填“%s”。请写数字，如 %s，单位%s。", label, r.example, unitShown(want))
	}
	refuse := func() (Quantity, error) {
		return Quantity{}, errs.New(errs.Invalid, "“%s”写成了“%s”，请写数字，如 %s，单位%s。", label, clip(text), r.example, unitShown(want))
	}
	m := shape.FindStringSubmatch(s)
	if m == nil || (m[1] != "" && m[2] != "") || m[3]+m[4] == "" {
		return refuse()
	}
	whole := m[3]
	if strings.Contains(whole, ",") {
		if !grouped.MatchString(whole) {
			return Quantity{}, errs.New(errs.Invalid, "“%s”写成了“%s”，逗号的位置不对：逗号只用来每三位分一节，小数点请写“.”。", label, clip(text))
		}
		whole = strings.ReplaceAll(whole, ",", "")
	}
	power, sameKind, known := suffixPower(m[5], r)
	if !known {
		return refuse()
	}
	if !sameKind {
		return Quantity{}, errs.New(errs.Invalid, "“%s”写成了“%s”，单位应当是%s。请写数字，如 %s。", label, clip(text), unitShown(want), r.example)
	}
	whole, frac := movePoint(whole, m[4], power-r.power)
	whole, frac = strings.TrimLeft(whole, "0"), strings.TrimRight(frac, "0")
	if len(frac) > r.decimals {
		return Quantity{}, errs.New(errs.Invalid, "“%s”写成了“%s”，%s%s。请改数字。", label, clip(text), unitName(want), decimalsRule(r.decimals))
	}
	tooBig := func() (Quantity, error) {
		return Quantity{}, errs.New(errs.Invalid, "“%s”写成了“%s”，数字太大。请检查单位是不是%s。", label, clip(text), unitShown(want))
	}
	if len(whole)+MaxDecimals > 19 { // before decimal.Parse, which rounds longer numbers in silence
		return tooBig()
	}
	n := m[1] + m[2] + "0" + whole
	if frac != "" {
		n += "." + frac
	}
	d, err := decimal.Parse(n)
	if err != nil {
		return refuse()
	}
	if d = d.Trim(0); !fits(d) {
		return tooBig()
	}
	return Quantity{d, want}, nil
}

// suffixPower reads what follows the number: nothing, a unit, or 万 / 亿 / 万亿 alone. power is that of the number's unit.
func suffixPower(suffix string, want unitRule) (power int, sameKind, known bool) {
	suffix = strings.TrimSpace(suffix)
	if suffix == "" {
		return want.power, true, true
	}
	if u, ok := ParseUnit(suffix); ok {
		r, _ := u.rule()
		return r.power, r.kind == want.kind, true
	}
	many, rest := 0, suffix
	for _, p := range []struct {
		word  string
		power int
	}{{"万亿", 12}, {"亿", 8}, {"万", 4}} {
		if after, ok := strings.CutPrefix(suffix, p.word); ok {
			many, rest = p.power, strings.TrimSpace(after)
			break
		}
	}
	if many == 0 {
		return 0, false, false
	}
	if want.unit == Percent || want.unit == PercentagePoint || want.unit == Point {
		return 0, false, false // 1.2万 % means nothing
	}
	if rest == "" {
		return many, true, true
	}
	u, ok := ParseUnit(rest)
	if !ok {
		return 0, false, false
	}
	r, _ := u.rule()
	if r.power != 0 { // 万公里, 万公顷: nobody's table has them
		return 0, false, false
	}
	return many, r.kind == want.kind, true
}

func unitShown(u Unit) string {
	if u == Percent {
		return "“%”"
	}
	return string(u)
}

// clip keeps a message readable when a whole paragraph was pasted into a number's box.
func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}
