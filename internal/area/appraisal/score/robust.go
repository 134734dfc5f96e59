package score

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/govalues/decimal"
)

// Interval says how sure a unit's total and rank are (名次有多大把握): in eight draws out of ten the total lies from Low
// to High and the rank from RankLow (the better) to RankHigh. Both always hold the total and the rank themselves.
//
// Source: lessons 7.6 (honest ranking); ui 8.6.
type Interval struct {
	Group, Unit       string
	Total, Low, High  decimal.Decimal
	Rank              int // 0 = not ranked; then the interval says nothing
	RankLow, RankHigh int

	draws []Num // totals, the n-th of each unit from the same draw
}

// Observed is what verification has shown of self-reports (核验偏差).
type Observed struct {
	Gaps    map[string][]Num // by unit: (核验 − 自报) ÷ 自报, of each value that was checked
	Inverse func(Input) bool // rows whose completed value stands as the target (逆向指标); nil = none
}

// Draws is how many draws are taken where nobody says otherwise.
const Draws = 200

// vary is how far a weight is varied, in percent of itself.
const vary = 20

// Gap returns (verified − reported) ÷ reported, limited to ±90 %; false where nothing was reported.
func Gap(reported, verified decimal.Decimal) (Num, bool) {
	r := FromDecimal(reported)
	q, ok := FromDecimal(verified).sub(r).quo(r.abs())
	return q.max(frac(-9, 10)).min(frac(9, 10)).round(4, HalfUp), ok
}

// dice is a generator written out in full (SplitMix64), so that the same seed gives the same draws with any compiler,
// in any year, and can be followed in another language.
type dice uint64

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n−1.
func (d *dice) below(n int) int { return int((d.next() >> 33) % uint64(n)) }

// Intervals draws n times: every weight is varied by up to ±20 % of itself and the weights are brought back to their
// sum; every value that is only reported is moved by a gap that verification found at that unit, or, where the unit was
// never checked, at any unit. Half a unit of the last decimal is added for the rounding of totals. Nothing here is a score:
// the scheme and the rows stay as they are. The same scheme, rows and seed give the same intervals.
//
// Weights are varied on the items' points, not on the rules, so that every method is varied alike; bonuses and deductions stay.
func Intervals(s *Scheme, d Data, seen Observed, seed uint64, n int) []Interval {
	return intervals(s, d, seen, dice(seed), dice(^seed), n)
}

// intervals draws with two dice, apart, so that what verification found does not change which weights are drawn.
func intervals(s *Scheme, d Data, seen Observed, weights, gaps dice, n int) []Interval {
	d = d.Sorted()
	base := Compute(s, d)
	c := &run{s: s, b: newBook(s, d), round: s.Rounding, rule: s.RuleVersion()}
	var all []Num
	for _, u := range sortedKeys(seen.Gaps) {
		all = append(all, seen.Gaps[u]...)
	}
	var out []Interval
	for _, g := range base.Groups {
		dr := &drawing{c: c, seen: seen, all: all, weights: weights, gaps: gaps}
		dr.prepare(g)
		out = append(out, dr.run(g, n)...)
	}
	return out
}

// scoredItem is an item of a group with the points of each unit before any draw.
type scoredItem struct {
	it    *Item
	w     Num
	units []string // in its scope
	at    []int    // where they stand in the group
	base  []Num
	state []State
	again []int // the units whose points must be taken anew in each draw
}

// drawing is one group's draws.
type drawing struct {
	c             *run
	seen          Observed
	all           []Num
	weights, gaps dice
	names         []string
	items         []scoredItem
	extra         []Num   // bonuses and deductions
	rows          []int32 // only reported, in canonical order
	from          []Input
	full          []Num // the sum of the weights that count for a unit
}

// prepare scores every item once and finds what a draw changes.
func (d *drawing) prepare(g GroupResult) {
	c := d.c
	at := map[string]int{}
	for i, u := range g.Rows {
		d.names = append(d.names, u.Unit)
		at[u.Unit] = i
		d.extra = append(d.extra, c.marked(u))
	}
	d.full = make([]Num, len(d.names))
	moved := map[string]map[string]bool{} // indicator → units
	pools := len(d.all) > 0
	for i, r := range c.b.rows {
		if _, ok := at[r.Unit]; ok && pools && r.Kind == Reported && r.Item != "" && r.Value.Valid && !r.Exempt && c.b.group[r.Unit] == g.Group {
			d.rows = append(d.rows, int32(i))
			d.from = append(d.from, r)
			if moved[r.Item] == nil {
				moved[r.Item] = map[string]bool{}
			}
			moved[r.Item][r.Unit] = true
		}
	}
	for _, it := range c.s.Items {
		x := scoredItem{it: it, w: it.weight(c.b.period)}
		for i, u := range d.names {
			if it.forUnit(g.Group, u) {
				x.units, x.at = append(x.units, u), append(x.at, i)
			}
		}
		if it.Off || len(x.units) == 0 {
			continue
		}
		touched := map[string]bool{}
		for name, units := range moved {
			if it.reads(name) {
				for u := range units {
					touched[u] = true
				}
			}
		}
		for k, u := range x.units {
			if touched[u] || len(touched) > 0 && it.comparesUnits() {
				x.again = append(x.again, k)
			}
		}
		for k, sc := range c.settle(it, x.w, x.units, c.item(it, x.units)) {
			x.base, x.state = append(x.base, sc.score), append(x.state, sc.State)
			if !it.Extra {
				d.full[x.at[k]] = d.full[x.at[k]].add(x.w)
			}
		}
		d.items = append(d.items, x)
	}
	c.problems = nil
}

// comparesUnits reports whether a unit's points may depend on the other units' values.
func (it *Item) comparesUnits() bool {
	return it.Method.compares() || slices.ContainsFunc(it.Parts, (*Item).comparesUnits)
}

// marked adds up the bonuses and deductions of a result with their limits.
func (c *run) marked(u UnitResult) Num {
	by := map[string]Num{}
	for _, sc := range u.Items {
		by[sc.Item] = FromDecimal(sc.Score)
	}
	var plus, less Num
	for _, m := range c.s.Bonus {
		plus = plus.add(by[m.ID])
	}
	for _, m := range c.s.Deduction {
		less = less.add(by[m.ID])
	}
	if c.s.BonusMax != nil {
		plus = plus.min(*c.s.BonusMax)
	}
	if c.s.DeductionMin != nil {
		less = less.max(*c.s.DeductionMin)
	}
	return plus.add(less)
}

// disturb moves every reported value by a gap that was observed.
func (d *drawing) disturb() {
	for i, k := range d.rows {
		r := &d.c.b.rows[k]
		pool := d.seen.Gaps[r.Unit]
		if len(pool) == 0 {
			pool = d.all
		}
		f := Int(1).add(pool[d.gaps.below(len(pool))])
		if d.seen.Inverse != nil && d.seen.Inverse(d.from[i]) {
			f, _ = Int(1).quo(f)
		}
		x := FromDecimal(d.from[i].Value.Decimal)
		scale := min(max(d.from[i].Value.Decimal.Scale(), 0)+4, 9)
		if v, ok := x.mul(f).Round(scale, HalfUp); ok {
			r.Value = Some(v)
		}
	}
}

// points returns the item's points of every unit in scope in the present draw.
func (d *drawing) points(x *scoredItem) []Num {
	if len(x.again) == 0 {
		return x.base
	}
	out := slices.Clone(x.base)
	units := x.units
	if len(x.again) < len(units) {
		units = nil
		for _, k := range x.again {
			units = append(units, x.units[k])
		}
	}
	round := func(p Num) Num { return p.round(d.c.round.Item, d.c.round.Mode) }
	var rate Num
	n := int64(0)
	for i, o := range d.c.item(x.it, units) {
		if k := x.again[i]; o.state == scored && x.state[k] == Scored {
			out[k] = round(o.pts)
		}
	}
	for k, s := range x.state {
		if q, ok := out[k].quo(x.w); ok && s == Scored {
			rate, n = rate.add(q), n+1
		}
	}
	for k, s := range x.state {
		if s == Filled && n > 0 { // the mean rate of the group moves with it
			m, _ := rate.quo(Int(n))
			out[k] = round(x.w.mul(m))
		}
	}
	return out
}

func (d *drawing) run(g GroupResult, n int) []Interval {
	c := d.c
	fine := max(c.round.Item, c.round.Total, 0) + 2
	totals := make([][]Num, len(d.names))
	for range n {
		d.disturb()
		have, pts := make([]Num, len(d.names)), slices.Clone(d.extra)
		regular := make([]Num, len(d.names))
		for i := range d.items {
			x := &d.items[i]
			f := Int(1)
			if !x.it.Extra && x.w.Sign() > 0 {
				f = frac(int64(100-vary+d.weights.below(2*vary+1)), 100)
			}
			for k, p := range d.points(x) {
				at := x.at[k]
				switch {
				case x.it.Extra:
					pts[at] = pts[at].add(p)
				case x.state[k] != Dropped:
					have[at] = have[at].add(x.w.mul(f))
					regular[at] = regular[at].add(p.mul(f))
				}
			}
		}
		for i := range d.names {
			t := regular[i]
			if q, ok := d.full[i].quo(have[i]); ok {
				t = t.mul(q)
			}
			var none []string
			t = limit(t.add(pts[i]), c.s.Max, c.s.Min, &none).round(fine, HalfUp)
			totals[i] = append(totals[i], t)
		}
	}
	for i, k := range d.rows { // the book is as it was
		c.b.rows[k].Value = d.from[i].Value
	}
	c.problems = nil
	return spread(c.s, g, totals, n)
}

// spread turns the totals of n draws, in the order of the group's rows, into intervals.
func spread(s *Scheme, g GroupResult, totals [][]Num, n int) []Interval {
	round, ranks := s.Rounding, make([][]int, len(g.Rows))
	for k := range n {
		now, at := make([]Num, 0, len(g.Rows)), make([]int, 0, len(g.Rows))
		for i, u := range g.Rows {
			if u.Rank > 0 {
				now, at = append(now, totals[i][k].round(round.Total, round.Mode)), append(at, i)
			}
		}
		for j, place := range places(now, false, s.Ties) {
			ranks[at[j]] = append(ranks[at[j]], place)
		}
	}
	half, _ := Int(1).quo(Int(2 * pow10[min(max(round.Total, 0), 17)]))
	out := make([]Interval, len(g.Rows))
	for i, u := range g.Rows {
		x := Interval{Group: g.Group, Unit: u.Unit, Total: u.Total, Low: u.Total, High: u.Total, Rank: u.Rank, RankLow: u.Rank, RankHigh: u.Rank, draws: totals[i]}
		if u.Rank > 0 && n > 0 {
			lo, hi := eighty(totals[i], Num.Cmp)
			t := FromDecimal(u.Total)
			x.Low, _ = lo.sub(half).min(t).Round(round.Total, HalfUp)
			x.High, _ = hi.add(half).max(t).Round(round.Total, HalfUp)
			a, b := eighty(ranks[i], func(a, b int) int { return a - b })
			x.RankLow, x.RankHigh = min(a, u.Rank), max(b, u.Rank)
		}
		out[i] = x
	}
	return out
}

// eighty returns the limits within which four fifths of the draws lie.
func eighty[T any](list []T, cmp func(a, b T) int) (lo, hi T) {
	x := slices.Clone(list)
	slices.SortFunc(x, cmp)
	return x[len(x)/10], x[len(x)-1-len(x)/10]
}

// TiersFromIntervals gives each unit of a group, in the order of ranks, its tier (档): a tier begins with the best unit
// left, and takes in every next one whose interval reaches up to that unit's. Equal totals stay together; an unranked unit is in none (0).
func TiersFromIntervals(list []Interval) []int {
	out := make([]int, len(list))
	tier, head := 0, 0
	for i, x := range list {
		switch {
		case x.Rank == 0:
			continue
		case tier == 0, x.High.Cmp(list[head].Low) < 0 && (i == 0 || x.Total.Cmp(list[i-1].Total) != 0):
			tier, head = tier+1, i
		}
		out[i] = tier
	}
	return out
}

// CannotTell compares a with b of the same group: true where the order of their totals does not hold in nine draws of ten.
// The sentence is about b as a's unit reads it.
func CannotTell(a, b Interval) (string, bool) {
	if a.Rank == 0 || b.Rank == 0 || a.Group != b.Group || a.Unit == b.Unit {
		return "", false
	}
	x, y := FromDecimal(a.Total), FromDecimal(b.Total)
	order := x.Cmp(y)
	who := "第 " + strconv.Itoa(b.Rank) + " 名" + b.Unit
	if order == 0 {
		return "与" + who + "得分相同，不能说明谁更好", true
	}
	n, held := min(len(a.draws), len(b.draws)), 0
	for i := range n {
		if a.draws[i].Cmp(b.draws[i]) == order {
			held++
		}
	}
	if n == 0 || held*10 >= n*9 {
		return "", false
	}
	return fmt.Sprintf("与%s差 %s 分，小于误差，不能说明谁更好", who, x.sub(y).abs()), true
}
