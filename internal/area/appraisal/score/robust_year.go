package score

import (
	"cmp"
	"slices"
)

// Basis is what a period's result of a year was scored from.
type Basis struct {
	Period string
	Scheme *Scheme
	Data   Data
	Seen   Observed
}

// YearIntervals says how sure the places of a year are. In each draw the total of a period is that of the period's own draw: the weights of
// its items are varied alike in all periods, since one choice of weights rules the year, and its reported values are moved apart; the weights of the
// periods and of the year's parts are varied by up to ±20 % as well. A period without a basis keeps its total. Bonuses of the year stay.
// The same scheme, input, bases and seed give the same intervals.
//
// Source: lessons 7.6 (honest ranking); ui 8.6.
func YearIntervals(s *Scheme, y YearInput, from []Basis, seed uint64, n int) []Interval {
	base := Aggregate(s, y)
	if s.Aggregate == nil {
		return nil
	}
	y = y.sorted()
	from = slices.Clone(from)
	slices.SortStableFunc(from, func(a, b Basis) int { return cmp.Compare(a.Period, b.Period) })
	seeds := dice(seed)
	items, parts := dice(seeds.next()), dice(seeds.next())
	drawn := map[string]map[string][]Num{} // period → unit → totals
	for _, b := range from {
		if drawn[b.Period] == nil {
			drawn[b.Period] = map[string][]Num{}
		}
		for _, x := range intervals(b.Scheme, b.Data, b.Seen, items, dice(seeds.next()), n) {
			drawn[b.Period][x.Unit] = x.draws
		}
	}
	fine := max(s.Rounding.Item, s.Rounding.Total, 0) + 2
	var out []Interval
	for _, g := range base.Groups {
		weights := parts // the same for every group
		totals := make([][]Num, len(g.Rows))
		for k := range n {
			f := s.varyParts(y, &weights)
			for i, u := range g.Rows {
				var none []string
				t := limit(s.drawYear(y, u, f, drawn, k), s.Max, s.Min, &none)
				totals[i] = append(totals[i], t.round(fine, HalfUp))
			}
		}
		out = append(out, spread(s, g, totals, n)...)
	}
	return out
}

// partFactors are a draw's factors of one part of the year: of the part and of each of its periods.
type partFactors struct {
	part  Num
	times []Num
}

func (s *Scheme) varyParts(y YearInput, d *dice) (out []partFactors) {
	one := func() Num { return frac(int64(100-vary+d.below(2*vary+1)), 100) }
	for _, p := range s.Aggregate.Parts {
		f := partFactors{part: one()}
		for range y.part(p.Of) {
			f.times = append(f.times, one())
		}
		out = append(out, f)
	}
	return out
}

// part returns the results that a part of the year is made of.
func (y YearInput) part(of string) []Result {
	switch {
	case of == "month":
		return y.Months
	case of != "year_end":
		return y.Quarters
	case y.YearEnd != nil:
		return []Result{*y.YearEnd}
	}
	return nil
}

// drawYear is a unit's year in the k-th draw.
func (s *Scheme) drawYear(y YearInput, u UnitResult, f []partFactors, drawn map[string]map[string][]Num, k int) Num {
	var total, have Num
	for n, p := range s.Aggregate.Parts {
		var v, plain, ws Num
		seen := int64(0)
		for i, x := range y.part(p.Of) {
			row := x.Find(u.Unit)
			if row == nil || row.Rank == 0 {
				continue
			}
			w := Int(1)
			if p.Fn == "weights" {
				at := slot(x.Period)
				if at < 1 || at > len(p.Weights) {
					continue
				}
				w = p.Weights[at-1]
			}
			t := row.total
			if list := drawn[x.Period][u.Unit]; k < len(list) {
				t = list[k]
			}
			w = w.mul(f[n].times[i])
			v, plain, ws, seen = v.add(t.mul(w)), t, ws.add(w), seen+1
		}
		if seen == 0 {
			continue
		}
		if p.Fn == "last" {
			v = plain
		} else if q, ok := v.quo(ws); ok {
			if v = q; p.Fn != "mean" && p.Fn != "weights" { // a sum
				v = q.mul(Int(seen))
			}
		}
		w := p.W.mul(f[n].part)
		total, have = total.add(v.mul(w)), have.add(w)
	}
	if q, ok := total.quo(have); ok {
		total = q
	}
	for _, it := range u.Items {
		if it.Item == "YB" {
			total = total.add(it.score)
		}
	}
	return total
}
