package score

import (
	"fmt"
	"math/big"
	"math/rand"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

// The second implementation: big.Rat, written from the formulas of domain 13.1-13.5 and nothing else.

func br(s string) *big.Rat { r, _ := new(big.Rat).SetString(s); return r }

// round2 rounds half up by magnitude to two decimals.
func round2(x *big.Rat) string {
	y := new(big.Rat).Abs(x)
	y.Mul(y, br("100")).Add(y, br("1/2"))
	q := new(big.Int).Quo(y.Num(), y.Denom())
	s := fmt.Sprintf("%03d", q)
	s = s[:len(s)-2] + "." + s[len(s)-2:]
	if x.Sign() < 0 && q.Sign() != 0 {
		s = "-" + s
	}
	return s
}

func ratMin(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

func ratMax(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

func second(method, w string, xs, ts []string, i int, k1, k2, a, d, delta string, down bool) string {
	W, x, t := br(w), br(xs[i]), br(ts[i])
	switch method {
	case "ratio":
		q := new(big.Rat)
		if down {
			if x.Sign() == 0 {
				return round2(W)
			}
			q.Quo(t, x)
		} else {
			q.Quo(x, t)
		}
		q = ratMax(ratMin(q, br("1")), br("0"))
		return round2(new(big.Rat).Mul(W, q))
	case "step":
		g := new(big.Rat).Sub(x, t)
		if down {
			g.Neg(g)
		}
		up := new(big.Rat).Mul(br(k1), ratMax(g, br("0")))
		dn := new(big.Rat).Mul(br(k2), ratMax(new(big.Rat).Neg(g), br("0")))
		s := new(big.Rat).Add(W, up)
		s.Sub(s, dn)
		s = ratMin(ratMax(s, new(big.Rat).Sub(W, br(d))), new(big.Rat).Add(W, br(a)))
		return round2(s)
	case "efficacy":
		lo, hi := br(xs[0]), br(xs[0])
		for _, v := range xs {
			lo, hi = ratMin(lo, br(v)), ratMax(hi, br(v))
		}
		if lo.Cmp(hi) == 0 {
			return round2(W)
		}
		if down {
			lo, hi = hi, lo
		}
		q := new(big.Rat).Quo(new(big.Rat).Sub(x, lo), new(big.Rat).Sub(hi, lo))
		q.Mul(q, br("40")).Add(q, br("60")).Quo(q, br("100"))
		return round2(q.Mul(q, W))
	default: // rank
		k := 1
		for _, v := range xs {
			if c := br(v).Cmp(x); !down && c > 0 || down && c < 0 {
				k++
			}
		}
		q := new(big.Rat).Mul(br(delta), big.NewRat(int64(k-1), 1))
		q.Sub(br("1"), q)
		return round2(ratMax(q.Mul(q, W), br("0")))
	}
}

func dec(r *rand.Rand, hi int64, scale int) string {
	return decimal.MustNew(r.Int63n(hi), scale).String()
}

// TestSecondImplementation compares 2,000 random cases of four methods.
func TestSecondImplementation(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for n := range 2000 {
		method := []string{"ratio", "step", "efficacy", "rank"}[n%4]
		w, k1, k2 := dec(r, 9000, 2), dec(r, 300, 2), dec(r, 300, 2)
		a, d, delta := dec(r, 200, 1), dec(r, 100, 1), dec(r, 20, 2)
		down := r.Intn(3) == 0
		units := 1 + r.Intn(12)
		var xs, ts []string
		for range units {
			xs = append(xs, dec(r, 4000, r.Intn(3)))
			ts = append(ts, decimal.MustNew(1+r.Int63n(4000), r.Intn(3)).String())
		}
		dir := "up"
		if down {
			dir = "down"
		}
		params := map[string]string{"ratio": "{cap: 1}", "efficacy": "{d_min: 60}", "rank": "{delta: " + delta + "}", "step": fmt.Sprintf("{k_up: %s, k_down: %s, max_add: %s, max_deduct: %s}", k1, k2, a, d)}[method]
		s := mustParse(t, scheme(fmt.Sprintf("  - {name: 甲, weight: %s, method: %s, direction: %s, params: %s}\n", w, method, dir, params)))
		var data Data
		for i := range xs {
			data.Rows = append(data.Rows, in(fmt.Sprintf("u%02d", i), "甲", xs[i], ts[i]))
		}
		res := Compute(s, data)
		for i := range xs {
			it := res.Find(fmt.Sprintf("u%02d", i)).Items[0]
			if want := second(method, w, xs, ts, i, k1, k2, a, d, delta, down); it.Score.String() != want {
				t.Fatalf("case %d %s w=%s x=%s t=%s down=%v: %s, want %s\n%s", n, method, w, xs[i], ts[i], down, it.Score, want, it.Formula)
			}
		}
	}
}

// mixed is a scheme that uses most of the engine, for the properties and the benchmark.
const mixed = `
id: mixed
name: 综合
version: "1"
base: 100
groups: [一组, 二组]
variables: [难度]
missing: group_mean
rounding: {item: 2, total: 2}
items:
  - {name: A, weight: 30, method: ratio, source_unit: 统计局}
  - {name: B, weight: 20, method: step, target: 100, params: {k_up: 0.2, k_down: 0.1, max_add: 5, max_deduct: 10}, source_unit: 统计局}
  - {name: C, weight: 20, method: efficacy, source_unit: 统计局}
  - {name: D, weight: 10, method: vs_first, coefficient: 难度, source_unit: 统计局}
  - {name: E, weight: 10, method: rank, params: {delta: 0.05}, source_unit: 统计局}
  - {name: F, weight: 10, method: formula, formula: 权重 × 最小(1，完成值 ÷ 100), max: 10, source_unit: 统计局}
bonus:
  - {event: 表扬, per: 0.5, cap: 2}
deduction:
  - {event: 批评, per: 1, floor: -3}
`

func randomData(r *rand.Rand, units int) Data {
	d := Data{Period: "2026Q1"}
	for u := range units {
		name, group := fmt.Sprintf("单位%03d", u), []string{"一组", "二组"}[u%2]
		for _, it := range []string{"A", "B", "C", "D", "E", "F"} {
			if r.Intn(20) == 0 {
				continue
			}
			d.Rows = append(d.Rows, Input{Unit: name, Group: group, Item: it, Value: some(dec(r, 15000, 2)), Target: some(decimal.MustNew(5000+r.Int63n(10000), 2).String()), Kind: []Kind{Reported, Verified, Certified}[r.Intn(3)], Source: fmt.Sprint(u)})
		}
		d.Rows = append(d.Rows, Input{Unit: name, Group: group, Item: "难度", Value: some(decimal.MustNew(100+r.Int63n(36), 2).String())})
		if r.Intn(3) == 0 {
			d.Rows = append(d.Rows, Input{Unit: name, Event: "表扬", Count: some(fmt.Sprint(1 + r.Intn(9)))})
		}
		if r.Intn(3) == 0 {
			d.Rows = append(d.Rows, Input{Unit: name, Event: "批评", Count: some(fmt.Sprint(1 + r.Intn(9)))})
		}
	}
	return d
}

// TestOrderDoesNotMatter shuffles rows; the sealed bytes stay.
func TestOrderDoesNotMatter(t *testing.T) {
	s := mustParse(t, mixed)
	r := rand.New(rand.NewSource(2))
	for range 60 {
		d := randomData(r, 1+r.Intn(20))
		want := string(Compute(s, d).Canonical())
		for range 3 {
			r.Shuffle(len(d.Rows), func(i, j int) { d.Rows[i], d.Rows[j] = d.Rows[j], d.Rows[i] })
			if got := string(Compute(s, d).Canonical()); got != want {
				t.Fatalf("order matters:\n%s\n%s", want, got)
			}
		}
		if err := Verify(s.Text(), d.Canonical(), []byte(want)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBounded: no item beyond its limits, total is the sum of what is shown, ranks are 1224.
func TestBounded(t *testing.T) {
	s := mustParse(t, mixed)
	r := rand.New(rand.NewSource(3))
	hi := map[string]string{"A": "30", "B": "25", "C": "20", "D": "10", "E": "10", "F": "10", "表扬": "2", "批评": "0"}
	lo := map[string]string{"A": "0", "B": "10", "C": "12", "D": "0", "E": "0", "F": "0", "表扬": "0", "批评": "-3"}
	for range 100 {
		res := Compute(s, randomData(r, 1+r.Intn(30)))
		for _, g := range res.Groups {
			for i, u := range g.Rows {
				var total Num
				for _, it := range u.Items {
					x := FromDecimal(it.Score)
					h, _ := ParseNum(hi[it.Name])
					l, _ := ParseNum(lo[it.Name])
					if x.Cmp(h) > 0 || x.Cmp(l) < 0 && it.State != Dropped {
						t.Fatalf("%s %s out of bounds: %s", it.Name, it.Score, it.Formula)
					}
					if it.Formula == "" || it.Rule == "" || !strings.HasSuffix(it.Formula, it.Score.String()) && it.State != Dropped {
						t.Fatalf("not explained: %+v", it)
					}
					total = total.add(x)
				}
				if !slices.ContainsFunc(u.Items, func(i ItemScore) bool { return i.State == Dropped }) && FromDecimal(u.Total).Cmp(total) != 0 {
					t.Fatalf("%s: total %s is not the sum %s", u.Unit, u.Total, total)
				}
				better := 0
				for _, o := range g.Rows {
					if o.Total.Cmp(u.Total) > 0 {
						better++
					}
				}
				if u.Rank != better+1 || i > 0 && g.Rows[i-1].Rank > u.Rank {
					t.Fatalf("%s rank %d, %d are better", u.Unit, u.Rank, better)
				}
			}
		}
	}
}

// TestEquationsAreTrue reads the working that is printed back as a formula and evaluates it: it must give the score,
// or what the score was before it was cut. Values are printed with four decimals, so a hundredth is allowed.
func TestEquationsAreTrue(t *testing.T) {
	s := mustParse(t, mixed)
	r := rand.New(rand.NewSource(6))
	gap := regexp.MustCompile(`（[^（）]* 对 [^（）]*）`)
	tidy := strings.NewReplacer("[", "(", "]", ")")
	n := 0
	for range 40 {
		for _, g := range Compute(s, randomData(r, 10)).Groups {
			for _, u := range g.Rows {
				for _, it := range u.Items {
					if it.State != Scored {
						continue
					}
					parts := strings.Split(it.Formula, " = ")
					if len(parts) != 4 {
						t.Fatalf("%s", it.Formula)
					}
					f, err := parseFormula(tidy.Replace(gap.ReplaceAllString(parts[2], "")), "数", func(string) bool { return false }, nil, nil)
					if err != nil {
						t.Fatalf("%s: %v", it.Formula, err)
					}
					got, err := f.eval(nil)
					if err != nil {
						t.Fatal(err)
					}
					said, cut, _ := strings.Cut(parts[3], "，按规定计 ")
					if cut == "" {
						cut = said
					}
					want, err := ParseNum(said)
					if err != nil || cut != it.Score.String() || got.sub(want).abs().Cmp(frac(1, 100)) > 0 {
						t.Fatalf("%s gives %s", it.Formula, got)
					}
					n++
				}
			}
		}
	}
	if n < 1000 {
		t.Error(n)
	}
}

// TestMonotone: a higher value never costs points under the ratio, whatever the others have.
func TestMonotone(t *testing.T) {
	s := mustParse(t, mixed)
	r := rand.New(rand.NewSource(4))
	for range 100 {
		d := randomData(r, 6)
		d.Rows = append(slices.DeleteFunc(d.Rows, func(i Input) bool { return i.Unit == "单位001" && i.Item == "A" }), Input{Unit: "单位001", Item: "A", Value: some("50"), Target: some("100")})
		last := Num{}
		for v := int64(0); v <= 120; v += 10 {
			res, err := WhatIf(s, d, "单位001", "A", decimal.MustNew(v, 0))
			if err != nil {
				t.Fatal(err)
			}
			x := FromDecimal(res.Find("单位001").Total)
			if x.Cmp(last) < 0 {
				t.Fatal("not monotone")
			}
			last = x
		}
	}
}

// TestNum compares the fraction arithmetic with big.Rat, beyond 64 bits too.
func TestNum(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	gen := func() Num {
		x := Int(r.Int63n(1<<uint(1+r.Intn(62))) - r.Int63n(1<<uint(1+r.Intn(62))))
		q, _ := x.quo(Int(1 + r.Int63n(1<<uint(1+r.Intn(62)))))
		return q
	}
	for range 20000 {
		x, y := gen(), gen()
		a, b := x.rat(), y.rat()
		if x.add(y).rat().Cmp(new(big.Rat).Add(a, b)) != 0 || x.sub(y).rat().Cmp(new(big.Rat).Sub(a, b)) != 0 || x.mul(y).rat().Cmp(new(big.Rat).Mul(a, b)) != 0 || x.Cmp(y) != a.Cmp(b) {
			t.Fatal(x, y)
		}
		if q, ok := x.quo(y); ok && q.rat().Cmp(new(big.Rat).Quo(a, b)) != 0 {
			t.Fatal(x, y)
		}
		if got := x.round(2, HalfUp).rat().FloatString(2); got != round2(a) && got != "-"+round2(a) {
			t.Fatal(x, got, round2(a))
		}
		f := new(big.Rat).Sub(a, x.floor().rat())
		if !x.floor().rat().IsInt() || f.Sign() < 0 || f.Cmp(big.NewRat(1, 1)) >= 0 {
			t.Fatal("floor", x)
		}
	}
}

func TestRounding(t *testing.T) {
	for _, c := range []struct {
		x     string
		scale int
		mode  Mode
		want  string
	}{
		{"86.925", 2, HalfUp, "86.93"}, {"86.925", 2, HalfEven, "86.92"}, {"86.935", 2, HalfEven, "86.94"}, {"86.929", 2, Down, "86.92"}, {"-0.005", 2, HalfUp, "-0.01"}, {"-0.005", 2, Down, "0.00"},
		{"1/3", 4, HalfUp, "0.3333"}, {"2/3", 4, HalfUp, "0.6667"}, {"27.6", 2, HalfUp, "27.60"}, {"9999999999999999999", 0, HalfUp, "9999999999999999999"}, {"5", 3, HalfUp, "5.000"},
		{"0.000000000000000005", 2, HalfUp, "0.00"},
	} {
		x, err := ParseNum(c.x)
		if err != nil {
			t.Fatal(err)
		}
		d, ok := x.Round(c.scale, c.mode)
		if !ok || d.String() != c.want {
			t.Errorf("%s: %s %v, want %s", c.x, d, ok, c.want)
		}
	}
	if _, ok := Int(1<<62).mul(Int(1<<62)).Round(2, HalfUp); ok {
		t.Error("a number of 38 digits is no decimal")
	}
	if _, err := ParseNum("12345678901234567890"); err == nil {
		t.Error("20 digits are refused, not rounded in silence")
	}
}
