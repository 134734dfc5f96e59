package score

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/govalues/decimal"
)

// Lever is a way to gain one point (再多得1分的办法): by how much one value must change.
type Lever struct {
	Item      string // ids of the items that gain, joined by 、
	Name      string
	Indicator string
	From, To  decimal.Decimal
	Gain      decimal.Decimal // of the unit's total; at least 1 where Enough
	Enough    bool            // false: even full marks gain less than one point
	Cost      Num             // |To − From| as a share of the target (or, without one, of the value)
	Text      string
}

// FastestPoint returns for the unit the ways to one more point, cheapest first (再多得1分的最快办法).
// Costs of different indicators are compared as shares of their targets, since 亿元 and 户 cannot be;
// values change in steps of the decimals they were given with. It is false where no single value can gain a point.
func FastestPoint(s *Scheme, d Data, unit string) (Lever, bool) {
	all := Levers(s, d, unit)
	if len(all) == 0 || !all[0].Enough {
		return Lever{}, false
	}
	return all[0], true
}

// Levers returns all ways of FastestPoint, those that reach one point first, each group by cost.
func Levers(s *Scheme, d Data, unit string) []Lever {
	d = d.Sorted()
	b := newBook(s, d)
	g, ok := b.group[unit]
	if !ok {
		return nil
	}
	mates := map[string]bool{}
	for _, u := range b.units[g] {
		mates[u] = true
	}
	d.Rows = slices.DeleteFunc(slices.Clone(d.Rows), func(r Input) bool { return !mates[r.Unit] })
	d.Period = b.period
	c := &run{s: s, b: newBook(s, d), round: s.Rounding, rule: s.RuleVersion()}
	base := Compute(s, d)
	before := base.Find(unit)
	if before == nil {
		return nil
	}
	var out []Lever
	done := map[string]bool{}
	for _, it := range s.Items {
		for _, leaf := range append([]*Item{it}, it.Parts...) {
			if done[leaf.Indicator] || it.Off || leaf.Off || !it.forUnit(g, unit) || !leaf.forUnit(g, unit) || leaf.Each != "" || leaf.Over != "" ||
				slices.Contains([]Method{Combination, Votes, Manual}, leaf.Method) || leaf.Method == ByRank && leaf.P.Given {
				continue
			}
			rows := c.b.pick(unit, leaf.Indicator, c.b.period)
			if len(rows) != 1 || c.b.rows[rows[0]].Exempt || !c.b.rows[rows[0]].Value.Valid {
				continue
			}
			done[leaf.Indicator] = true
			if l, ok := c.lever(leaf, unit, g, rows[0], before); ok {
				out = append(out, l)
			}
		}
	}
	for i := range out {
		c.confirm(&out[i], d, unit, before)
	}
	out = slices.DeleteFunc(out, func(l Lever) bool { return !l.Gain.IsPos() })
	slices.SortStableFunc(out, func(a, b Lever) int {
		if a.Enough != b.Enough {
			if a.Enough {
				return -1
			}
			return 1
		}
		if k := a.Cost.Cmp(b.Cost); k != 0 {
			return k
		}
		return strings.Compare(a.Item, b.Item)
	})
	return out
}

// reads reports whether the item's points depend on the named value.
func (it *Item) reads(name string) bool {
	if it.Indicator == name && it.Method != Combination || it.Coefficient == name {
		return true
	}
	has := func(f *Formula) bool {
		if f == nil {
			return false
		}
		yes := false
		walk(f.root, func(n ast.Node) {
			id, ok := n.(*ast.IdentifierNode)
			yes = yes || ok && (id.Value == name || id.Value == name+"_目标")
		})
		return yes
	}
	if has(it.Gate) || has(it.P.Formula) || slices.ContainsFunc(it.Corrections, func(c Correction) bool { return has(c.Expr) }) ||
		slices.ContainsFunc(it.P.Table, func(b Band) bool { return has(b.And) }) {
		return true
	}
	return slices.ContainsFunc(it.Parts, func(p *Item) bool { return p.reads(name) })
}

// lever searches the least change of row's value that gains one point on the items that read it.
func (c *run) lever(it *Item, unit, group string, row int32, before *UnitResult) (Lever, bool) {
	r := &c.b.rows[row]
	from := r.Value
	defer func() { r.Value = from }()
	var items []*Item
	var ids []string
	for _, x := range c.s.Items {
		if x.forUnit(group, unit) && x.reads(it.Indicator) {
			items = append(items, x)
			ids = append(ids, x.ID)
		}
	}
	scopes := make([][]string, len(items))
	at := make([]int, len(items))
	var old Num
	factor := rescale(c, before, group, unit)
	points := func() Num {
		var t Num
		for i, x := range items {
			out := c.item(x, scopes[i])
			sc := c.settle(x, x.weight(c.b.period), scopes[i], out)[at[i]]
			if x.Extra {
				t = t.add(sc.score)
			} else {
				t = t.add(sc.score.mul(factor))
			}
		}
		c.problems = nil
		return t
	}
	for i, x := range items {
		for _, u := range c.b.units[group] {
			if x.forUnit(group, u) {
				if u == unit {
					at[i] = len(scopes[i])
				}
				scopes[i] = append(scopes[i], u)
			}
		}
	}
	old = points()
	x := FromDecimal(from.Decimal)
	scale := from.Decimal.MinScale()
	ref := x.abs()
	if r.Target.Valid {
		scale = max(scale, r.Target.Decimal.MinScale())
		if t := FromDecimal(r.Target.Decimal).abs(); t.Sign() > 0 {
			ref = t
		}
	} else if it.Target != nil && it.Target.Sign() != 0 {
		ref = it.Target.abs()
	} else if it.P.At != nil && it.P.At.Sign() != 0 {
		ref = it.P.At.abs()
	}
	scale = min(scale, 9)
	if scale > 0 {
		scale = max(scale, 2)
	}
	unitStep := frac(1, pow10[scale])
	if it.Down {
		unitStep = unitStep.neg()
	}
	try := func(n int64) Num {
		v, ok := x.add(unitStep.mul(Int(n))).Round(scale, HalfUp)
		if !ok || it.Down && v.IsNeg() && !from.Decimal.IsNeg() { // no negative numbers of a bad thing
			return Num{n: -1 << 40, d: 1}
		}
		r.Value = Some(v)
		return points().sub(old)
	}
	span, _ := ref.max(Int(1)).mul(Int(10)).quo(unitStep.abs())
	far := int64(1) << 40
	if f := span.floor(); f.b == nil && f.n < far {
		far = max(f.n, 1)
	}
	one := Int(1)
	lo, hi := int64(0), int64(1)
	best, bestAt := Num{}, int64(0)
	reached := false
	for {
		g := try(hi)
		if g.Cmp(best) > 0 {
			best, bestAt = g, hi
		}
		if g.Cmp(one) >= 0 {
			reached = true
			break
		}
		if hi >= far {
			break
		}
		lo, hi = hi, min(hi*2, far)
	}
	goal := one
	if !reached {
		if bestAt == 0 {
			return Lever{}, false
		}
		lo, hi, goal = 0, bestAt, best
	}
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		if try(mid).Cmp(goal) >= 0 {
			hi = mid
		} else {
			lo = mid
		}
	}
	to, _ := x.add(unitStep.mul(Int(hi))).Round(scale, HalfUp)
	l := Lever{Item: strings.Join(ids, "、"), Name: it.Name, Indicator: it.Indicator, From: from.Decimal, To: to, Enough: reached}
	if ref.Sign() == 0 {
		ref = one
	}
	l.Cost, _ = FromDecimal(to).sub(x).abs().quo(ref)
	return l, true
}

// rescale is the factor by which the unit's item points count in the total, because items were dropped.
func rescale(c *run, u *UnitResult, group, unit string) Num {
	var have, all Num
	for _, it := range c.s.Items {
		if it.Extra || !it.forUnit(group, unit) {
			continue
		}
		w := it.weight(c.b.period)
		all = all.add(w)
		if sc := u.Item(it.ID); sc == nil || sc.State != Dropped {
			have = have.add(w)
		}
	}
	if q, ok := all.quo(have); ok {
		return q
	}
	return Int(1)
}

// confirm recomputes the whole group with the lever's value and writes what it really gains.
func (c *run) confirm(l *Lever, d Data, unit string, before *UnitResult) {
	r, err := WhatIf(c.s, d, unit, l.Indicator, l.To)
	if err != nil {
		return
	}
	u := r.Find(unit)
	gain := u.total.sub(before.total)
	l.Gain, _ = gain.Round(c.round.Total, c.round.Mode)
	l.Enough = gain.Cmp(Int(1)) >= 0
	verb := "提高"
	diff := FromDecimal(l.To).sub(FromDecimal(l.From))
	if diff.Sign() < 0 {
		verb = "降低"
	}
	l.Text = fmt.Sprintf("“%s”由 %s %s到 %s（%s %s，相当于目标的 %s），总分由 %s 到 %s，多得 %s 分", l.Name, FromDecimal(l.From), verb, FromDecimal(l.To), verb, diff.abs(), percent(l.Cost), before.Total, u.Total, l.Gain)
	if u.Rank < before.Rank {
		l.Text += fmt.Sprintf("，名次由第%d升到第%d", before.Rank, u.Rank)
	}
	if !l.Enough {
		l.Text += "（此项最多只能再得这些）"
	}
}

// WhatIf recomputes with one value replaced (推演): the value of the indicator that the unit's score now reads
// becomes v; where there is none it is added.
func WhatIf(s *Scheme, d Data, unit, indicator string, v decimal.Decimal) (Result, error) {
	d = d.Sorted()
	b := newBook(s, d)
	if _, ok := b.group[unit]; !ok {
		return Result{}, fmt.Errorf("数据里没有单位“%s”", unit)
	}
	if !s.indicators()[indicator] {
		return Result{}, fmt.Errorf("考核方案里没有指标“%s”", indicator)
	}
	rows := b.pick(unit, indicator, b.period)
	d.Period = b.period
	switch len(rows) {
	case 0:
		d.Rows = append(slices.Clone(d.Rows), Input{Unit: unit, Item: indicator, Value: Some(v), Source: "推演"})
	case 1:
		d.Rows = slices.Clone(d.Rows)
		r := &d.Rows[rows[0]]
		r.Value, r.Exempt, r.Source = Some(v), false, "推演"
	default:
		return Result{}, fmt.Errorf("单位“%s”的指标“%s”有%d行数据，不能只改一个数", unit, indicator, len(rows))
	}
	return Compute(s, d), nil
}
