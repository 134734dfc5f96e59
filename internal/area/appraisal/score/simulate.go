package score

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// Simulation is a draft scheme tried on data that have been scored before (试评): who would move, and by which item.
type Simulation struct {
	Periods []string
	Groups  []SimulatedGroup
}

// SimulatedGroup is one group under the old and the draft scheme.
type SimulatedGroup struct {
	Group     string
	Moves     []Move // by the draft's rank
	Spearman  string // rank correlation ρ of the totals, three decimals; "" with fewer than two units or without any difference
	Kendall   string // τ-b, three decimals
	Useless   []ItemNote
	Dominated []ItemNote
}

// Move is one unit under both schemes. A rank of 0 is "not ranked there".
type Move struct {
	Unit               string
	OldRank, NewRank   int
	OldTotal, NewTotal decimal.Decimal
	Decides            string // the item that does most for the move; "" where the rank stays
	By                 decimal.Decimal
	Text               string
}

// ItemNote says what is wrong with an item of a scheme, judged by its data.
type ItemNote struct{ Item, Text string }

// Simulate scores the same periods by the old and by the draft scheme. With several periods (a year's quarters) a unit's
// total is the mean of its periods: what a scheme makes of a year differs only in its rules then, not in how it adds up.
//
// Source: domain 13 (a scheme is tried before it is frozen); lessons 7.6.
func Simulate(old, draft *Scheme, periods []Data) Simulation {
	var sim Simulation
	a, b := newYardstick(old), newYardstick(draft)
	for _, d := range periods {
		sim.Periods = append(sim.Periods, d.Period)
		a.add(Compute(old, d))
		b.add(Compute(draft, d))
	}
	a.close(old)
	b.close(draft)
	for _, g := range b.order {
		sim.Groups = append(sim.Groups, compareGroup(a, b, g))
	}
	return sim
}

// yardstick adds up the results of a scheme over periods, by group and unit.
type yardstick struct {
	scheme *Scheme
	order  []string
	group  map[string]string
	units  map[string][]string
	n      map[string]int64
	total  map[string]Num
	item   map[string]map[string]Num // item's name → unit → points
	full   map[string]map[string]bool
	given  map[string]map[string]int64
	rank   map[string]int
}

func newYardstick(s *Scheme) *yardstick {
	return &yardstick{scheme: s, group: map[string]string{}, units: map[string][]string{}, n: map[string]int64{}, total: map[string]Num{}, item: map[string]map[string]Num{},
		full: map[string]map[string]bool{}, given: map[string]map[string]int64{}, rank: map[string]int{}}
}

func (y *yardstick) add(r Result) {
	for _, g := range r.Groups {
		if !slices.Contains(y.order, g.Group) {
			y.order = append(y.order, g.Group)
		}
		for _, u := range g.Rows {
			if u.Rank == 0 {
				continue
			}
			if _, ok := y.group[u.Unit]; !ok {
				y.group[u.Unit] = g.Group
				y.units[g.Group] = append(y.units[g.Group], u.Unit)
			}
			y.n[u.Unit]++
			y.total[u.Unit] = y.total[u.Unit].add(u.total)
			for _, it := range u.Items {
				if it.State == Dropped {
					continue
				}
				if y.item[it.Name] == nil {
					y.item[it.Name], y.full[it.Name], y.given[it.Name] = map[string]Num{}, map[string]bool{}, map[string]int64{}
				}
				w, err := ParseNum(it.Weight)
				first := y.given[it.Name][u.Unit] == 0
				y.given[it.Name][u.Unit]++
				y.item[it.Name][u.Unit] = y.item[it.Name][u.Unit].add(it.score)
				y.full[it.Name][u.Unit] = (first || y.full[it.Name][u.Unit]) && err == nil && w.Sign() > 0 && it.score.Cmp(w) >= 0
			}
		}
	}
}

// close turns sums into means and ranks the groups.
func (y *yardstick) close(s *Scheme) {
	for u, n := range y.n {
		m, _ := y.total[u].quo(Int(n))
		y.total[u] = m.round(s.Rounding.Total, s.Rounding.Mode)
	}
	for name, by := range y.item {
		for u, sum := range by {
			by[u], _ = sum.quo(Int(y.given[name][u]))
		}
	}
	for g, units := range y.units {
		slices.SortFunc(units, func(a, b string) int {
			if c := y.total[b].Cmp(y.total[a]); c != 0 {
				return c
			}
			return strings.Compare(a, b)
		})
		for i, u := range units {
			y.rank[u] = i + 1
			if i > 0 && y.total[units[i-1]].Cmp(y.total[u]) == 0 {
				y.rank[u] = y.rank[units[i-1]]
			}
		}
		y.units[g] = units
	}
}

// lead is how far the unit's points on an item stand from its group's mean.
func (y *yardstick) lead(name, unit, group string) Num {
	by, ok := y.item[name]
	if !ok {
		return Num{}
	}
	var all []Num
	for _, u := range y.units[group] {
		all = append(all, by[u])
	}
	m, ok := sum(all).quo(Int(int64(len(all))))
	if !ok {
		return Num{}
	}
	return by[unit].sub(m)
}

func compareGroup(a, b *yardstick, g string) SimulatedGroup {
	out := SimulatedGroup{Group: g, Moves: []Move{}}
	var names []string
	for _, y := range []*yardstick{b, a} {
		for _, n := range sortedKeys(y.item) {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	var olds, news []Num
	round := b.scheme.Rounding
	for _, u := range b.units[g] {
		m := Move{Unit: u, OldRank: a.rank[u], NewRank: b.rank[u]}
		m.OldTotal, _ = a.total[u].Round(a.scheme.Rounding.Total, a.scheme.Rounding.Mode)
		m.NewTotal, _ = b.total[u].Round(round.Total, round.Mode)
		if m.OldRank > 0 {
			olds, news = append(olds, a.total[u]), append(news, b.total[u])
		}
		if m.OldRank > 0 && m.OldRank != m.NewRank {
			up := m.NewRank < m.OldRank
			var best Num
			for _, n := range names {
				d := b.lead(n, u, g).sub(a.lead(n, u, a.group[u]))
				if !up {
					d = d.neg()
				}
				if d.Cmp(best) > 0 {
					best, m.Decides = d, n
				}
			}
			verb := "进"
			if !up {
				verb, best = "退", best.neg()
			}
			m.By, _ = best.Round(max(round.Item, 2), HalfUp)
			m.Text = fmt.Sprintf("第 %d → 第 %d，%s %d 位", m.OldRank, m.NewRank, verb, max(m.OldRank-m.NewRank, m.NewRank-m.OldRank))
			if m.Decides != "" {
				m.Text += "，起决定作用的是“" + m.Decides + "”（对组内平均 " + signed(m.By) + " 分）"
			}
		}
		out.Moves = append(out.Moves, m)
	}
	out.Spearman, out.Kendall = spearman(olds, news), kendall(olds, news)
	out.Useless, out.Dominated = b.judge(g)
	return out
}

func signed(d decimal.Decimal) string {
	if d.IsNeg() {
		return "−" + d.Abs().String()
	}
	return "＋" + d.String()
}

// judge finds the items that tell no unit from another, and those on which one unit stands alone.
func (y *yardstick) judge(g string) (useless, dominated []ItemNote) {
	for _, it := range y.scheme.Items {
		if it.Off || it.Extra {
			continue
		}
		by := y.item[it.Name]
		var pts []Num
		var first string
		best, full := Num{}, true
		for _, u := range y.units[g] {
			p, ok := by[u]
			if !ok {
				continue
			}
			if len(pts) == 0 || p.Cmp(best) > 0 {
				best, first = p, u
			}
			pts = append(pts, p)
			full = full && y.full[it.Name][u]
		}
		if len(pts) < 2 {
			if len(y.units[g]) > 1 {
				useless = append(useless, ItemNote{it.Name, fmt.Sprintf("%d 个单位里只有 %d 个有数据，分不出高低", len(y.units[g]), len(pts))})
			}
			continue
		}
		slices.SortFunc(pts, func(a, b Num) int { return b.Cmp(a) })
		lead, rest := pts[0].sub(pts[1]), pts[1].sub(pts[len(pts)-1])
		switch {
		case full:
			useless = append(useless, ItemNote{it.Name, fmt.Sprintf("%d 个单位都得满分，这一项不起作用", len(pts))})
		case pts[0].Cmp(pts[len(pts)-1]) == 0:
			useless = append(useless, ItemNote{it.Name, fmt.Sprintf("%d 个单位得分相同，这一项不起作用", len(pts))})
		case len(pts) > 2 && lead.Cmp(rest) > 0:
			dominated = append(dominated, ItemNote{it.Name, fmt.Sprintf("%s比第二名多 %s 分，其余单位之间只差 %s 分，这一项由一个单位拉开", first, lead.round(2, HalfUp), rest.round(2, HalfUp))})
		}
	}
	return useless, dominated
}

// root returns a ÷ √b with three decimals, half away from zero; "" if b is not positive.
func root(a, b *big.Rat) string {
	if b.Sign() <= 0 {
		return ""
	}
	q := new(big.Rat).Mul(a, a)
	q.Quo(q, b)
	q.Mul(q, new(big.Rat).SetInt64(4_000_000)) // (2000·r)², so that the half can be seen
	n := new(big.Int).Quo(q.Num(), q.Denom())
	n.Sqrt(n)
	k := (n.Int64() + 1) / 2
	if a.Sign() < 0 {
		k = -k
	}
	return decimal.MustNew(k, 3).String()
}

// middle returns the ranks of xs, ties having the mean of their places, times two to stay whole.
func middle(xs []Num) []Num {
	p := places(xs, false, "1224")
	n := make([]int, len(xs)+1)
	for _, k := range p {
		n[k]++
	}
	out := make([]Num, len(xs))
	for i, k := range p {
		out[i] = Int(int64(2*k + n[k] - 1))
	}
	return out
}

// spearman is Pearson's correlation of the ranks, ties at their middle rank.
func spearman(a, b []Num) string {
	if len(a) < 2 {
		return ""
	}
	x, y := middle(a), middle(b)
	n := Int(int64(len(x)))
	mx, _ := sum(x).quo(n)
	my, _ := sum(y).quo(n)
	var xy, xx, yy Num
	for i := range x {
		p, q := x[i].sub(mx), y[i].sub(my)
		xy, xx, yy = xy.add(p.mul(q)), xx.add(p.mul(p)), yy.add(q.mul(q))
	}
	return root(xy.rat(), xx.mul(yy).rat())
}

// kendall is τ-b: pairs in the same order less pairs in the other, over what ties leave of all pairs.
func kendall(a, b []Num) string {
	if len(a) < 2 {
		return ""
	}
	var s, x, y int64
	for i := range a {
		for j := range i {
			p, q := a[i].Cmp(a[j]), b[i].Cmp(b[j])
			s += int64(p * q)
			x += int64(p * p)
			y += int64(q * q)
		}
	}
	return root(new(big.Rat).SetInt64(s), new(big.Rat).SetInt64(x*y))
}

// WhatIfSource recomputes with the value of one row replaced (推演): the row of the unit with that source, as the unit reads it
// in its score sheet. inverse says that the completed value stands as the target (逆向指标). The data stay as they are.
func WhatIfSource(s *Scheme, d Data, unit, source string, inverse bool, v decimal.Decimal) (Result, error) {
	d = Data{Period: d.Period, Rows: slices.Clone(d.Rows)}
	n := 0
	for i := range d.Rows {
		r := &d.Rows[i]
		if r.Unit != unit || r.Source != source || source == "" {
			continue
		}
		n++
		if inverse {
			r.Target = Some(v)
		} else if r.Event != "" && !r.Value.Valid {
			r.Count = Some(v)
		} else {
			r.Value = Some(v)
		}
	}
	if n == 0 {
		return Result{}, fmt.Errorf("单位“%s”的得分里没有这一个数据来源", unit)
	}
	return Compute(s, d), nil
}

// Compares reports whether a value of that indicator is set against the other units' values somewhere in the scheme, so that
// what it is worth says something about them.
func (s *Scheme) Compares(indicator string) bool {
	return slices.ContainsFunc(s.Items, func(it *Item) bool { return it.reads(indicator) && it.comparesUnits() })
}
