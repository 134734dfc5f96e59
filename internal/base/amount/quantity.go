package amount

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"duban/internal/base/errs"

	"github.com/govalues/decimal"
)

// Quantity is an exact value with its unit (数量). The zero Quantity has no unit and is not valid.
type Quantity struct {
	Value decimal.Decimal
	Unit  Unit
}

// Scaled is a value times 10^4, as the database stores it: 3.5 亩 is 35000. The unit stands in the column's name or beside it.
type Scaled int64

// New returns a quantity of coefficient × 10^-scale: New(1144, 1, YiYuan) is 114.4 亿元.
// It fails with errs.Invalid when the unit cannot hold the value.
func New(coefficient int64, scale int, u Unit) (Quantity, error) {
	d, err := decimal.New(coefficient, scale)
	if err != nil {
		return Quantity{}, errs.New(errs.Invalid, "数字太长，请少写几位小数。")
	}
	return Of(d, u)
}

// Of returns d in u, or errs.Invalid when the unit is unknown or cannot hold d. It never rounds.
func Of(d decimal.Decimal, u Unit) (Quantity, error) {
	r, ok := u.rule()
	if !ok {
		return Quantity{}, errs.New(errs.Invalid, "没有“%s”这个单位。", u)
	}
	d = d.Trim(0)
	if d.Scale() > r.decimals {
		return Quantity{}, errs.New(errs.Invalid, "%s%s。", unitName(u), decimalsRule(r.decimals))
	}
	if !fits(d) {
		return Quantity{}, errs.New(errs.Invalid, "数字太大，请检查单位是不是“%s”。", u)
	}
	return Quantity{d, u}, nil
}

func unitName(u Unit) string {
	if u == Percent {
		return "百分数"
	}
	return "“" + string(u) + "”"
}

func decimalsRule(n int) string {
	if n == 0 {
		return "只能是整数"
	}
	return fmt.Sprintf("最多 %d 位小数", n)
}

// fits reports whether d × 10^4 is an int64.
func fits(d decimal.Decimal) bool { _, ok := scaled(d); return ok }

func scaled(d decimal.Decimal) (int64, bool) {
	if d.Scale() > MaxDecimals {
		return 0, false
	}
	c := d.Coef()
	for range MaxDecimals - d.Scale() {
		if c > math.MaxInt64/10 {
			return 0, false
		}
		c *= 10
	}
	if c > math.MaxInt64 {
		return 0, false
	}
	return int64(c) * int64(d.Sign()), true
}

// ToScaled returns the value times 10^4. It fails only for a Quantity that was put together by hand beyond its unit.
func (q Quantity) ToScaled() (Scaled, error) {
	n, ok := scaled(q.Value.Trim(0))
	if !ok {
		return 0, errs.New(errs.Invalid, "%s 超出了能存的范围（最多 %d 位小数）。", q, MaxDecimals)
	}
	return Scaled(n), nil
}

// FromScaled reads back what ToScaled stored in u.
func FromScaled(s Scaled, u Unit) Quantity {
	d, _ := decimal.New(int64(s), MaxDecimals) // a scale of 4 is always good
	return Quantity{d.Trim(0), u}
}

// To converts q exactly: 114.4 亿元 to 1144000 万元. It fails with errs.Invalid between kinds, and when the target cannot
// hold every digit; use Round to lose digits on purpose.
func (q Quantity) To(u Unit) (Quantity, error) {
	d, err := q.shift(u)
	if err != nil {
		return Quantity{}, err
	}
	out, err := Of(d, u)
	if err != nil {
		return Quantity{}, errs.New(errs.Invalid, "%s 不能不丢零头地换成%s（%s）。", q, unitName(u), decimalsRule(u.Decimals()))
	}
	return out, nil
}

// Round converts q to u and rounds half away from zero (四舍五入) to the given decimals, at most those of the unit.
func (q Quantity) Round(u Unit, decimals int) (Quantity, error) {
	d, err := q.shift(u)
	if err != nil {
		return Quantity{}, err
	}
	return Of(roundHalfUp(d, min(max(decimals, 0), u.Decimals())), u)
}

func (q Quantity) shift(u Unit) (decimal.Decimal, error) {
	from, ok1 := q.Unit.rule()
	to, ok2 := u.rule()
	if !ok1 || !ok2 || from.kind != to.kind {
		return decimal.Decimal{}, errs.New(errs.Invalid, "“%s”不能换算成“%s”。", q.Unit, u)
	}
	return shiftPoint(q.Value, from.power-to.power)
}

// shiftPoint multiplies by 10^n exactly. decimal.Mul would round in silence beyond 19 digits.
func shiftPoint(d decimal.Decimal, n int) (decimal.Decimal, error) {
	d = d.Trim(0)
	c, scale := d.Coef(), d.Scale()-n
	for ; scale < 0; scale++ {
		if c > math.MaxInt64/10 {
			return d, errs.New(errs.Invalid, "数字太大，换算后放不下。")
		}
		c *= 10
	}
	if c > math.MaxInt64 {
		return d, errs.New(errs.Invalid, "数字太大，换算后放不下。")
	}
	out, err := decimal.New(int64(c)*int64(d.Sign()), scale)
	if err != nil {
		return d, errs.New(errs.Invalid, "小数位数太多，换算后放不下。")
	}
	return out, nil
}

func roundHalfUp(d decimal.Decimal, decimals int) decimal.Decimal {
	if d.Scale() <= decimals {
		return d
	}
	c, cut := d.Coef(), d.Scale()-decimals
	var last uint64
	for range cut {
		last, c = c%10, c/10
	}
	if last >= 5 {
		c++
	}
	out, _ := decimal.New(int64(c)*int64(d.Sign()), decimals) // shorter than d, which was good
	return out
}

// Add returns q + o in q's unit; errs.Invalid when o cannot be converted to it exactly.
func (q Quantity) Add(o Quantity) (Quantity, error) { return q.plus(o, 1) }

// Sub returns q − o in q's unit; errs.Invalid when o cannot be converted to it exactly.
func (q Quantity) Sub(o Quantity) (Quantity, error) { return q.plus(o, -1) }

func (q Quantity) plus(o Quantity, sign int64) (Quantity, error) {
	o, err := o.To(q.Unit)
	if err != nil {
		return Quantity{}, err
	}
	a, err := q.ToScaled()
	if err != nil {
		return Quantity{}, err
	}
	b, err := o.ToScaled()
	if err != nil {
		return Quantity{}, err
	}
	c := int64(a) + sign*int64(b)
	if delta := sign * int64(b); (delta > 0 && c < int64(a)) || (delta < 0 && c > int64(a)) {
		return Quantity{}, errs.New(errs.Invalid, "合计太大，放不下。")
	}
	return FromScaled(Scaled(c), q.Unit), nil
}

// Cmp compares q and o of one kind, whatever their units: −1, 0 or +1. errs.Invalid when they are of different kinds.
func (q Quantity) Cmp(o Quantity) (int, error) {
	a, ok1 := q.Unit.rule()
	b, ok2 := o.Unit.rule()
	if !ok1 || !ok2 || a.kind != b.kind {
		return 0, errs.New(errs.Invalid, "“%s”和“%s”不能比较。", q.Unit, o.Unit)
	}
	x, y := q.Value.Trim(0), o.Value.Trim(0)
	if x.Sign() != y.Sign() || x.IsZero() {
		return cmp.Compare(x.Sign(), y.Sign()), nil
	}
	// Compare digit strings aligned at the decimal point, so that nothing can overflow.
	xi, xf := digits(x, a.power)
	yi, yf := digits(y, b.power)
	n, m := max(len(xi), len(yi)), max(len(xf), len(yf))
	xs := strings.Repeat("0", n-len(xi)) + xi + xf + strings.Repeat("0", m-len(xf))
	ys := strings.Repeat("0", n-len(yi)) + yi + yf + strings.Repeat("0", m-len(yf))
	return strings.Compare(xs, ys) * x.Sign(), nil
}

// digits returns the digits of |d| × 10^power before and after the point.
func digits(d decimal.Decimal, power int) (whole, frac string) {
	s := fmt.Sprint(d.Coef())
	return movePoint(s, "", power-d.Scale())
}

// movePoint moves the decimal point of whole.frac by n digits to the right.
func movePoint(whole, frac string, n int) (string, string) {
	all, at := whole+frac, len(whole)+n
	if at < 0 {
		all, at = strings.Repeat("0", -at)+all, 0
	}
	if at > len(all) {
		all += strings.Repeat("0", at-len(all))
	}
	return all[:at], all[at:]
}

// Number prints the value alone as official papers do: thousands commas, a true minus sign, no idle zeros: −1,234.5.
func (q Quantity) Number() string { return group(q.Value.Trim(0).String()) }

// Plain prints the value for an input box: digits, point and hyphen only, as Parse reads it back.
func (q Quantity) Plain() string { return q.Value.Trim(0).String() }

// Fixed prints the value alone with exactly n decimals, rounding half away from zero (四舍五入): a column that aligns.
func (q Quantity) Fixed(n int) string {
	n = min(max(n, 0), MaxDecimals)
	return group(roundHalfUp(q.Value, n).Pad(n).String())
}

// String prints value and unit: 114.4 亿元, 12.5%.
func (q Quantity) String() string {
	if q.Unit == Percent {
		return q.Number() + "%"
	}
	return q.Number() + " " + string(q.Unit)
}

func group(s string) string {
	s, negative := strings.CutPrefix(s, "-")
	whole, frac, point := strings.Cut(s, ".")
	var b strings.Builder
	if negative && strings.Trim(s, "0.") != "" { // what was rounded to nothing is not below nothing
		b.WriteString("−")
	}
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if point {
		b.WriteByte('.')
		b.WriteString(frac)
	}
	return b.String()
}
