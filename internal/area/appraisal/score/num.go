package score

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// Num is an exact fraction (精确数). Scores are divided and multiplied many
// times before they are rounded once; decimals with 19 digits would round at
// each division and turn 86.925 into 86.92. The zero value is 0.
//
// Small values are two int64; larger ones move to big.Rat by themselves.
type Num struct {
	n, d int64    // value n/d, d > 0; d == 0 means 1
	b    *big.Rat // set when n/d does not fit; never shared with a caller
}

// Mode is a way of rounding (进位方式).
type Mode string

// The rounding modes. Half up is by magnitude: 86.925 → 86.93, −0.005 → −0.01.
const (
	HalfUp   Mode = "half_up"   // 四舍五入
	HalfEven Mode = "half_even" // 四舍六入五成双
	Down     Mode = "down"      // 舍去尾数
)

var pow10 = [19]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// Int returns n as a Num.
func Int(n int64) Num { return Num{n: n, d: 1} }

// FromDecimal returns d exactly.
func FromDecimal(d decimal.Decimal) Num {
	c, s := d.Coef(), d.Scale()
	for s > 0 && c%10 == 0 {
		c, s = c/10, s-1
	}
	if c <= math.MaxInt64 && s < len(pow10) {
		n := int64(c)
		if d.IsNeg() {
			n = -n
		}
		return frac(n, pow10[s])
	}
	b := new(big.Rat).SetFrac(new(big.Int).SetUint64(c), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(s)), nil))
	if d.IsNeg() {
		b.Neg(b)
	}
	return fromBig(b)
}

// ParseNum reads a plain decimal or a fraction: "0.05", "-3", "1/3", "5%" (= 0.05).
// It refuses exponents and more than 19 digits, because a decimal would round them silently.
func ParseNum(s string) (Num, error) {
	s = strings.TrimSpace(s)
	if a, b, ok := strings.Cut(s, "/"); ok {
		x, err := ParseNum(a)
		if err != nil {
			return Num{}, err
		}
		y, err := ParseNum(b)
		if err != nil {
			return Num{}, err
		}
		q, ok := x.quo(y)
		if !ok {
			return Num{}, fmt.Errorf("“%s”的分母不能是零", s)
		}
		return q, nil
	}
	if p, ok := strings.CutSuffix(s, "%"); ok {
		x, err := ParseNum(p)
		if err != nil {
			return Num{}, err
		}
		q, _ := x.quo(Int(100))
		return q, nil
	}
	d, err := parseDecimal(s)
	if err != nil {
		return Num{}, err
	}
	return FromDecimal(d), nil
}

// parseDecimal reads digits with at most one point, at most 19 digits.
func parseDecimal(s string) (decimal.Decimal, error) {
	digits, points := 0, 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '.':
			points++
		case (r == '-' || r == '+') && i == 0:
		default:
			return decimal.Decimal{}, fmt.Errorf("“%s”不是数字", s)
		}
	}
	if digits == 0 || points > 1 {
		return decimal.Decimal{}, fmt.Errorf("“%s”不是数字", s)
	}
	if digits > 19 {
		return decimal.Decimal{}, fmt.Errorf("“%s”超过19位，无法精确计算，请改用较大的计量单位", s)
	}
	d, err := decimal.Parse(s)
	if err != nil {
		return decimal.Decimal{}, fmt.Errorf("“%s”不是数字", s)
	}
	return d, nil
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func abs64(n int64) uint64 {
	if n < 0 {
		return uint64(-(n + 1)) + 1
	}
	return uint64(n)
}

// frac returns n/d reduced, d > 0.
func frac(n, d int64) Num {
	if d == 1 {
		return Num{n: n, d: 1}
	}
	if g := int64(gcd(abs64(n), uint64(d))); g > 1 {
		n, d = n/g, d/g
	}
	return Num{n: n, d: d}
}

func fromBig(b *big.Rat) Num {
	if b.Num().IsInt64() && b.Denom().IsInt64() && b.Num().Int64() != math.MinInt64 {
		return Num{n: b.Num().Int64(), d: b.Denom().Int64()}
	}
	return Num{b: b}
}

func (x Num) den() int64 {
	if x.d == 0 {
		return 1
	}
	return x.d
}

func (x Num) rat() *big.Rat {
	if x.b != nil {
		return x.b
	}
	return big.NewRat(x.n, x.den())
}

func mul64(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(abs64(a), abs64(b))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

func add64(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0) && c != math.MinInt64
}

func (x Num) add(y Num) Num {
	if x.b == nil && y.b == nil {
		a, b := x.den(), y.den()
		if a == b {
			if n, ok := add64(x.n, y.n); ok {
				return frac(n, a)
			}
		} else if p, ok := mul64(x.n, b); ok {
			if q, ok := mul64(y.n, a); ok {
				if d, ok := mul64(a, b); ok {
					if n, ok := add64(p, q); ok {
						return frac(n, d)
					}
				}
			}
		}
	}
	return fromBig(new(big.Rat).Add(x.rat(), y.rat()))
}

func (x Num) neg() Num {
	if x.b != nil {
		return fromBig(new(big.Rat).Neg(x.b))
	}
	return Num{n: -x.n, d: x.den()}
}

func (x Num) sub(y Num) Num { return x.add(y.neg()) }

func (x Num) mul(y Num) Num {
	if x.b == nil && y.b == nil {
		if n, ok := mul64(x.n, y.n); ok {
			if d, ok := mul64(x.den(), y.den()); ok {
				return frac(n, d)
			}
		}
	}
	return fromBig(new(big.Rat).Mul(x.rat(), y.rat()))
}

// quo returns x ÷ y, and false if y is zero.
func (x Num) quo(y Num) (Num, bool) {
	if y.Sign() == 0 {
		return Num{}, false
	}
	if x.b == nil && y.b == nil {
		if x.den() == y.den() && y.n > 0 {
			return frac(x.n, y.n), true
		}
		if y.n > 0 {
			return x.mul(Num{n: y.den(), d: y.n}), true
		}
		return x.mul(Num{n: -y.den(), d: -y.n}), true
	}
	return fromBig(new(big.Rat).Quo(x.rat(), y.rat())), true
}

// Sign returns −1, 0 or 1.
func (x Num) Sign() int {
	switch {
	case x.b != nil:
		return x.b.Sign()
	case x.n > 0:
		return 1
	case x.n < 0:
		return -1
	}
	return 0
}

// Cmp returns −1, 0 or 1 as x is less than, equal to or greater than y.
func (x Num) Cmp(y Num) int {
	if x.b == nil && y.b == nil {
		if x.den() == y.den() {
			switch {
			case x.n < y.n:
				return -1
			case x.n > y.n:
				return 1
			}
			return 0
		}
		if p, ok := mul64(x.n, y.den()); ok {
			if q, ok := mul64(y.n, x.den()); ok {
				switch {
				case p < q:
					return -1
				case p > q:
					return 1
				}
				return 0
			}
		}
	}
	return x.rat().Cmp(y.rat())
}

func (x Num) min(y Num) Num {
	if y.Cmp(x) < 0 {
		return y
	}
	return x
}

func (x Num) max(y Num) Num {
	if y.Cmp(x) > 0 {
		return y
	}
	return x
}

func (x Num) abs() Num {
	if x.Sign() < 0 {
		return x.neg()
	}
	return x
}

// floor returns the greatest whole number not above x.
func (x Num) floor() Num {
	if x.b == nil {
		q := x.n / x.den()
		if x.n < 0 && x.n%x.den() != 0 {
			q--
		}
		return Int(q)
	}
	q := new(big.Int)
	m := new(big.Int)
	q.DivMod(x.b.Num(), x.b.Denom(), m) // Euclidean; the denominator is positive
	return fromBig(new(big.Rat).SetInt(q))
}

// scaled returns |x|·10^scale as a whole number and how the rest compares with one half (−1, 0, 1), and whether there is a rest.
func (x Num) scaled(scale int) (q *big.Int, half int, rest bool) {
	r := x.rat()
	n := new(big.Int).Abs(r.Num())
	n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	q, m := new(big.Int), new(big.Int)
	q.QuoRem(n, r.Denom(), m)
	rest = m.Sign() != 0
	half = m.Lsh(m, 1).Cmp(r.Denom())
	return q, half, rest
}

func roundsUp(mode Mode, odd bool, half int) bool {
	switch mode {
	case Down:
		return false
	case HalfEven:
		return half > 0 || half == 0 && odd
	}
	return half >= 0
}

// round rounds to scale decimals and stays a Num.
func (x Num) round(scale int, mode Mode) Num {
	if scale < 0 {
		scale = 0
	}
	if x.b == nil && scale < len(pow10) {
		if x.den() == 1 {
			return x
		}
		hi, lo := bits.Mul64(abs64(x.n), uint64(pow10[scale]))
		if d := uint64(x.den()); hi < d {
			q, m := bits.Div64(hi, lo, d)
			half := -1
			if m > d-m {
				half = 1
			} else if m == d-m {
				half = 0
			}
			if roundsUp(mode, q%2 == 1, half) {
				q++
			}
			if q <= math.MaxInt64 {
				n := int64(q)
				if x.n < 0 {
					n = -n
				}
				return frac(n, pow10[scale])
			}
		}
	}
	q, half, _ := x.scaled(scale)
	if roundsUp(mode, q.Bit(0) == 1, half) {
		q.Add(q, big.NewInt(1))
	}
	if x.Sign() < 0 {
		q.Neg(q)
	}
	return fromBig(new(big.Rat).SetFrac(q, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
}

// Round rounds x to a decimal with exactly scale decimals ("27.60"). It returns false if the number has more than 19 digits.
func (x Num) Round(scale int, mode Mode) (decimal.Decimal, bool) {
	y := x.round(scale, mode)
	if y.b == nil {
		if f := pow10[min(max(scale, 0), 18)]; f%y.den() == 0 {
			if c, ok := mul64(y.n, f/y.den()); ok {
				d, err := decimal.New(c, scale)
				return d, err == nil
			}
		}
	}
	d, err := decimal.Parse(y.rat().FloatString(scale))
	if err != nil || d.Scale() < scale {
		return decimal.Decimal{}, false
	}
	return d, true
}

// Decimals returns how many decimals x needs, and false if no number of decimals is enough (1/3).
func (x Num) decimals() (int, bool) {
	d := new(big.Int).Set(x.rat().Denom())
	n := 0
	for _, p := range []int64{2, 5} {
		k, f, m := 0, big.NewInt(p), new(big.Int)
		for {
			q, r := new(big.Int).QuoRem(d, f, m)
			if r.Sign() != 0 {
				break
			}
			d, k = q, k+1
		}
		n = max(n, k)
	}
	return n, d.IsInt64() && d.Int64() == 1
}

// append writes x, and false if six decimals are not enough.
func (x Num) append(b []byte) ([]byte, bool) {
	d := x.den()
	if d == 1 {
		return strconv.AppendInt(b, x.n, 10), true
	}
	if d > 1e6 || 1e6%d != 0 {
		return b, false
	}
	if x.n < 0 {
		b = append(b, '-')
	}
	n := abs64(x.n)
	b = append(strconv.AppendUint(b, n/uint64(d), 10), '.')
	for rest := n % uint64(d); rest != 0; rest %= uint64(d) {
		rest *= 10
		b = append(b, byte('0'+rest/uint64(d)))
	}
	return b, true
}

// String writes x exactly where six decimals are enough ("0.05"), and otherwise rounded to four ("0.3333").
func (x Num) String() string {
	if x.b == nil {
		var a [24]byte
		if b, ok := x.append(a[:0]); ok {
			return string(b)
		}
	}
	if n, ok := x.decimals(); ok && n <= 6 {
		return x.rat().FloatString(n)
	}
	s := x.round(4, HalfUp).rat().FloatString(4)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
