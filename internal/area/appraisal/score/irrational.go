package score

import "math/big"

// Roots and logarithms are not fractions. Composite indices need them (几何平均, 对数), so they are taken in whole numbers to more places than asked for
// and rounded once, half up, to rootDecimals: the same bytes on every machine.
const rootDecimals = 15

// root is the n-th root of x; false for a negative x or n outside 1 to 20.
func (x Num) root(n int) (Num, bool) {
	if x.Sign() < 0 || n < 1 || n > 20 {
		return Num{}, false
	}
	r := x.rat()
	big10 := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(rootDecimals+1)), nil)
	a := new(big.Int).Mul(r.Num(), new(big.Int).Exp(big10, big.NewInt(int64(n)), nil))
	a.Quo(a, r.Denom())
	return fromBig(new(big.Rat).SetFrac(intRoot(a, n), big10)).round(rootDecimals, HalfUp), true
}

// intRoot is the greatest whole number whose n-th power is not above a, by Newton's method from above.
func intRoot(a *big.Int, n int) *big.Int {
	if a.Sign() == 0 {
		return new(big.Int)
	}
	k, k1 := big.NewInt(int64(n)), big.NewInt(int64(n-1))
	x := new(big.Int).Lsh(big.NewInt(1), uint(a.BitLen()/n+1))
	for {
		y := new(big.Int).Exp(x, k1, nil)
		y.Quo(a, y)
		y.Add(y, new(big.Int).Mul(x, k1))
		y.Quo(y, k)
		if y.Cmp(x) >= 0 {
			return x
		}
		x = y
	}
}

// lnBits is the fixed point of logarithms: whole numbers of 2^-lnBits.
const lnBits = 192

// ln is the natural logarithm of x; false unless x > 0.
func (x Num) ln() (Num, bool) {
	if x.Sign() <= 0 {
		return Num{}, false
	}
	r := x.rat()
	// x = m × 2^e with m near 1; ln x = ln m + e ln 2, each as 2 artanh((m−1)/(m+1)).
	e := r.Num().BitLen() - r.Denom().BitLen()
	m := new(big.Rat).Set(r)
	if e >= 0 {
		m.Quo(m, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(e))))
	} else {
		m.Mul(m, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(-e))))
	}
	sum := artanh(m)
	sum.Add(sum, new(big.Int).Mul(artanh(big.NewRat(2, 1)), big.NewInt(int64(e))))
	sum.Lsh(sum, 1)
	return fromBig(new(big.Rat).SetFrac(sum, new(big.Int).Lsh(big.NewInt(1), lnBits))).round(rootDecimals, HalfUp), true
}

// artanh of (m−1)/(m+1) in fixed point, by its series.
func artanh(m *big.Rat) *big.Int {
	one := big.NewRat(1, 1)
	y := new(big.Rat).Quo(new(big.Rat).Sub(m, one), new(big.Rat).Add(m, one))
	f := new(big.Int).Lsh(y.Num(), lnBits)
	f.Quo(f, y.Denom())
	square := new(big.Int).Mul(f, f)
	square.Rsh(square, lnBits)
	sum, power := new(big.Int), new(big.Int).Set(f)
	for k := int64(1); power.Sign() != 0 && k < 1000; k += 2 {
		sum.Add(sum, new(big.Int).Quo(power, big.NewInt(k)))
		power.Mul(power, square)
		power.Quo(power, new(big.Int).Lsh(big.NewInt(1), lnBits))
	}
	return sum
}

// power is x to the whole power n, |n| up to 12; false for zero to a negative power.
func (x Num) power(n int64) (Num, bool) {
	if n < -12 || n > 12 {
		return Num{}, false
	}
	out := Int(1)
	for range max(n, -n) {
		out = out.mul(x)
	}
	if n < 0 {
		return Int(1).quo(out)
	}
	return out, true
}
