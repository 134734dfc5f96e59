package breakdown

import (
	"strconv"
	"strings"
)

const hanDigits = "〇一二三四五六七八九"

// hanNumber reads a number below 10,000 written in Chinese (十二, 一百零三,
// 二〇一九) or in digits; -1 if it is none.
func hanNumber(s string) int {
	if s == "" || len(s) > 30 {
		return -1
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return n
	}
	s = strings.NewReplacer("零", "〇", "○", "〇", "Ｏ", "〇", "两", "二").Replace(s)
	total, digit, units, digits := 0, 0, false, 0
	year := 0
	for _, r := range s {
		if i := strings.IndexRune(hanDigits, r); i >= 0 {
			digit = i / 3
			year = year*10 + digit
			digits++
			continue
		}
		m := map[rune]int{'十': 10, '百': 100, '千': 1000}[r]
		if m == 0 {
			return -1
		}
		if digit == 0 && m == 10 && total%100 == 0 {
			digit = 1
		}
		total += digit * m
		digit, units = 0, true
	}
	if !units && digits > 1 {
		return year
	}
	return total + digit
}

// Quantity is an exact number with its unit of measure.
type Quantity struct {
	Value string // 30000, 8.26, -3
	Unit  string // 万元, 个, %; "" if none was written
}

var quantityRE = compile(`([-+−]?)(\d[\d,，]*(?:\.\d+)?|[一二三四五六七八九十两][一二三四五六七八九十百千两零〇]*)\s*(?:余|多|左右)?\s*(个百分点|百分点|%|‰|[十百千万亿]*(?:美元|欧元|港元|元|平方公里|平方千米|平方米|立方米|公顷|公里|千米|米|亩|吨|千瓦时|千瓦|兆瓦|人次|人|户|家|个|项|件|套|座|所|条|处|名|辆|台|次|株|头|村|宗|篇|期|场|张|只|间|床|块|天|日|度|分)|㎡|m2|m²|km|MW|[十百千万亿]+)?`)

// ReadQuantity reads the only number in s, as people write it: 3亿, 30,000 万元,
// ８．２６, ≥95%, 新增规上企业30家. ok is false if s has no number or several, or
// one that cannot be exact. A Chinese numeral counts only with a unit.
func ReadQuantity(s string) (q Quantity, ok bool) {
	s = narrow(clip(s, 200))
	found := 0
	for _, m := range quantityRE.FindAllStringSubmatchIndex(s, -1) {
		num := s[m[4]:m[5]]
		unit := ""
		if m[6] >= 0 {
			unit = s[m[6]:m[7]]
		}
		if num[0] > '9' { // a Chinese numeral
			n := hanNumber(num)
			if n < 0 || unit == "" {
				continue
			}
			num = strconv.Itoa(n)
		}
		after := s[m[1]:]
		if strings.HasPrefix(after, "年") || strings.HasPrefix(after, "月") || strings.HasPrefix(after, "季度") {
			continue // a date, not an amount
		}
		if m[2] < m[3] && m[2] > 0 && m[6] < 0 && s[m[2]-1] >= '0' && s[m[2]-1] <= '9' {
			return Quantity{}, false // a range: 3-5
		}
		v, good := decimal(s[m[2]:m[3]] + num)
		if !good {
			return Quantity{}, false
		}
		found++
		q = Quantity{v, unit}
	}
	return q, found == 1
}

// decimal checks and tidies a number: no grouping, no needless zeros, at most
// 19 digits, which the decimals of the program hold exactly.
func decimal(s string) (string, bool) {
	s = strings.NewReplacer(",", "", "，", "", "−", "-").Replace(s)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimLeft(s, "+-")
	whole, frac, _ := strings.Cut(s, ".")
	for _, r := range whole + frac {
		if r < '0' || r > '9' {
			return "", false
		}
	}
	if whole == "" {
		return "", false
	}
	whole, frac = strings.TrimLeft(whole, "0"), strings.TrimRight(frac, "0")
	if len(whole)+len(frac) > 19 {
		return "", false
	}
	if whole == "" {
		whole = "0"
	}
	if frac != "" {
		whole += "." + frac
	}
	if neg && whole != "0" {
		whole = "-" + whole
	}
	return whole, true
}

// shift multiplies a decimal by ten to the power n, exactly.
func shift(v string, n int) (string, bool) {
	sign := ""
	if strings.HasPrefix(v, "-") {
		sign, v = "-", v[1:]
	}
	whole, frac, _ := strings.Cut(v, ".")
	for ; n > 0; n-- {
		if frac == "" {
			frac = "0"
		}
		whole, frac = whole+frac[:1], frac[1:]
	}
	for ; n < 0; n++ {
		if whole == "" {
			whole = "0"
		}
		whole, frac = whole[:len(whole)-1], whole[len(whole)-1:]+frac
	}
	if whole == "" {
		whole = "0"
	}
	return decimal(sign + whole + "." + frac)
}

var powers = map[string]int{"": 0, "十": 1, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8, "十亿": 9, "百亿": 10, "千亿": 11, "万亿": 12}

// scale splits a unit into its power of ten and what it counts: 万元 = 4, 元.
func scale(unit string) (int, string) {
	head := ""
	for _, r := range unit {
		if !strings.ContainsRune("十百千万亿", r) {
			break
		}
		head += string(r)
	}
	base := unit[len(head):]
	if head == "千" && (base == "米" || base == "瓦" || base == "瓦时" || base == "克") {
		return 0, unit
	}
	n, ok := powers[head]
	if !ok {
		return 0, unit
	}
	switch base {
	case "㎡", "m2", "m²", "平米":
		base = "平方米"
	}
	return n, base
}

// In expresses q in unit: 3亿 in 万元 is 30000. ok is false if they do not
// measure the same thing. A bare number takes the unit as it stands.
func (q Quantity) In(unit string) (Quantity, bool) {
	if q.Unit == "" || unit == "" || q.Unit == unit {
		if unit != "" {
			q.Unit = unit
		}
		return q, true
	}
	from, base := scale(q.Unit)
	to, want := scale(unit)
	if base != "" && want != "" && base != want {
		return q, false
	}
	if base == "" && want == "%" {
		return q, false
	}
	v, ok := shift(q.Value, from-to)
	return Quantity{v, unit}, ok
}
