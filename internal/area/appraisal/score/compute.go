package score

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// run is one computation.
type run struct {
	s        *Scheme
	b        *book
	round    Rounding
	rule     string
	problems []Problem
	scratch  *scratch // nil = allocate anew
	inputs   []InputUsed
}

// scratch is memory that a computation uses again for the next item.
type scratch struct {
	out      []outcome
	readings []reading
	lists    [][]int32
	texts    []string
	settled  []ItemScore
	text     []byte
}

// again returns n zero values, in the memory of old if that is long enough.
func again[T any](old []T, n int) []T {
	if cap(old) < n {
		return make([]T, n)
	}
	old = old[:n]
	clear(old)
	return old
}

// list returns an empty list for n inputs; many lists share one allocation.
func (c *run) list(n int) []InputUsed {
	if n > cap(c.inputs)-len(c.inputs) {
		c.inputs = make([]InputUsed, 0, max(n, 128))
	}
	k := len(c.inputs)
	c.inputs = c.inputs[:k+n]
	return c.inputs[k : k : k+n]
}

// Compute applies the scheme to the data. It never fails: what cannot be scored is a
// problem in the result and a note on the item. The same scheme and rows give the same
// result whatever the order of the rows.
//
// Source: domain 13, 14.
func Compute(s *Scheme, d Data) Result {
	d = d.Sorted()
	hash := d.sum() // before the book takes the rows
	c := &run{s: s, b: ownBook(s, d), round: s.Rounding, rule: s.RuleVersion(), scratch: &scratch{}}
	r := Result{Scheme: s.ID, Name: s.Name, Rule: c.rule, RuleHash: s.Hash(), DataHash: hash, Period: c.b.period, Mode: s.Rounding.Mode, Groups: []GroupResult{}, Problems: []Problem{}}
	for _, g := range c.b.groups {
		r.Groups = append(r.Groups, c.group(g))
	}
	r.Problems = append(r.Problems, c.b.problems...)
	r.Problems = append(r.Problems, c.problems...)
	return r
}

func (c *run) problem(l Level, unit, item, format string, args ...any) {
	c.problems = append(c.problems, Problem{l, "单位“" + unit + "”指标“" + item + "”", fmt.Sprintf(format, args...)})
}

// env gives the names of a formula their values.
func (c *run) env(it *Item, w Num, unit string, rd reading, f *field, at int) env {
	return func(name string) (Num, bool) {
		switch name {
		case "完成值":
			return rd.x, true
		case "目标值":
			return rd.target, rd.hasTarget
		case "完成率":
			if !rd.hasTarget {
				return Num{}, false
			}
			q, ok := rd.x.quo(rd.target)
			return q.mul(Int(100)), ok
		case "权重":
			return w, true
		}
		if f != nil {
			switch name {
			case "组内最高":
				return f.max, f.n > 0
			case "组内最低":
				return f.min, f.n > 0
			case "组内平均":
				return f.mean, f.n > 0
			case "单位数":
				return Int(int64(f.n)), true
			case "组内名次":
				return Int(int64(f.places[at])), true
			}
		}
		return c.lookup(unit, name)
	}
}

// lookup is the value of a name for the unit; a counted event (事件) that did not happen is 0.
func (c *run) lookup(unit, name string) (Num, bool) {
	if x, ok := c.b.value(unit, name, c.b.period); ok {
		return x, true
	}
	if c.b.events[name] {
		n, _ := c.total(c.events(unit, name), nil, "")
		return n, true
	}
	return Num{}, false
}

// plain gives names their values outside an item; extra wins.
func (c *run) plain(unit string, extra map[string]Num) env {
	return func(name string) (Num, bool) {
		if x, ok := extra[name]; ok {
			return x, true
		}
		return c.lookup(unit, name)
	}
}

func (c *run) used(i int32) InputUsed {
	r := &c.b.rows[i]
	u := InputUsed{Name: r.Item, Period: r.Period, Role: r.Role, Kind: r.Kind, Unverified: r.Kind == Reported, Source: r.Source, Basis: r.Basis}
	if u.Name == "" {
		u.Name = r.Event
	}
	if r.Value.Valid {
		u.Value = FromDecimal(r.Value.Decimal).String()
	}
	if r.Target.Valid {
		u.Target = FromDecimal(r.Target.Decimal).String()
	}
	if r.Count.Valid {
		u.Count = FromDecimal(r.Count.Decimal).String()
	}
	return u
}

// item scores it for every unit of a group in the round's period; units must be in its scope.
func (c *run) item(it *Item, units []string) []outcome {
	w := it.weight(c.b.period)
	if it.Method == Combination {
		return c.combine(it, w, units)
	}
	if it.Over == "" {
		return c.period(it, w, units, c.b.period)
	}
	seen := map[string]bool{}
	for _, u := range units {
		for _, i := range c.b.at[u].of(it.Indicator, "") {
			if p := c.b.rows[i].Period; inside(p, c.b.period) {
				seen[p] = true
			}
		}
	}
	out := make([]outcome, len(units))
	parts := make([][]string, len(units))
	n := make([]int64, len(units))
	all := sortedKeys(seen)
	for i := range out {
		out[i] = outcome{state: absent, why: "没有数据"}
	}
	for _, p := range all {
		for i, o := range c.period(it, it.weight(p), units, p) {
			if o.state != scored {
				if o.state != absent {
					out[i].notes = append(out[i].notes, p+"："+o.why+"，该期不计")
				}
				continue
			}
			n[i]++
			x := &out[i]
			x.state, x.pts = scored, x.pts.add(o.pts)
			x.inputs = append(x.inputs, o.inputs...)
			for _, t := range o.notes {
				x.notes = append(x.notes, p+"："+t)
			}
			x.sym = o.sym
			parts[i] = append(parts[i], paren(o.pts))
		}
	}
	for i := range out {
		if out[i].state != scored {
			continue
		}
		out[i].num = strings.Join(parts[i], " ＋ ")
		if it.Over == "mean" {
			out[i].pts, _ = out[i].pts.quo(Int(n[i]))
			out[i].sym = "各期（" + out[i].sym + "）的平均"
			out[i].num = "(" + out[i].num + ") ÷ " + strconv.FormatInt(n[i], 10)
		} else {
			out[i].sym = "各期（" + out[i].sym + "）的合计"
		}
		if int(n[i]) < len(all) { // Source: domain 13.13, a new or merged unit: full periods only
			out[i].notes = append(out[i].notes, fmt.Sprintf("共%d期，该单位有%d期数据，只按有数据的完整时段计", len(all), n[i]))
		}
	}
	return out
}

// combine adds up the parts of an item (组合法).
//
// Source: domain 13.9.
func (c *run) combine(it *Item, w Num, units []string) []outcome {
	out := make([]outcome, len(units))
	have, full := make([]Num, len(units)), make([]Num, len(units))
	syms, nums := make([][]string, len(units)), make([][]string, len(units))
	for i := range out {
		out[i] = outcome{state: absent, why: "各分项都没有数据"}
	}
	for _, p := range it.Parts {
		var in []int
		var us []string
		for i, u := range units {
			if p.forUnit(c.b.group[u], u) {
				in, us = append(in, i), append(us, u)
			}
		}
		pw := p.weight(c.b.period)
		for k, o := range c.item(p, us) {
			i := in[k]
			x := &out[i]
			full[i] = full[i].add(pw)
			if o.state != scored {
				x.notes = append(x.notes, "分项“"+p.Name+"”"+o.why)
				x.inputs = append(x.inputs, o.inputs...)
				if x.state != scored && o.state == void {
					x.why = "分项“" + p.Name + "”" + o.why
				}
				continue
			}
			x.state = scored
			have[i] = have[i].add(pw)
			x.pts, x.raw, x.isCut = x.pts.add(o.pts), x.raw.add(o.worth()), true
			x.inputs = append(x.inputs, o.inputs...)
			for _, t := range o.notes {
				x.notes = append(x.notes, "分项“"+p.Name+"”："+t)
			}
			syms[i], nums[i] = append(syms[i], p.Name+"["+o.sym+"]"), append(nums[i], "["+o.num+"]")
		}
	}
	policy := it.Missing
	if policy == "" {
		policy = c.s.Missing
	}
	for i := range out {
		x := &out[i]
		if x.state != scored {
			continue
		}
		x.sym, x.num = strings.Join(syms[i], " ＋ "), strings.Join(nums[i], " ＋ ")
		if have[i].Cmp(full[i]) != 0 && policy == DropRescale && have[i].Sign() > 0 {
			q, _ := full[i].quo(have[i])
			x.times(q)
			x.num = "(" + x.num + ") × " + full[i].String() + " ÷ " + have[i].String()
			x.notes = append(x.notes, "缺分项，按其余分项换算到"+full[i].String()+"分")
		}
		c.finish(it, w, units[i], x)
	}
	return out
}

// period scores it in one period.
func (c *run) period(it *Item, w Num, units []string, period string) []outcome {
	m := c.scratch
	if m == nil {
		m = &scratch{}
	}
	m.out, m.readings, m.lists, m.texts = again(m.out, len(units)), again(m.readings, len(units)), again(m.lists, len(units)), again(m.texts, len(units))
	out, readings, lists, texts := m.out, m.readings, m.lists, m.texts
	compares := it.Method.compares()
	var idx []int
	var xs []Num
	for i, u := range units {
		o := &out[i]
		rows := c.b.pick(u, it.Indicator, period)
		ex := slices.IndexFunc(rows, func(k int32) bool { return c.b.rows[k].Exempt })
		switch {
		case ex >= 0:
			k := rows[ex]
			*o = outcome{state: exempt, why: "免考", basis: c.b.rows[k].Basis, inputs: []InputUsed{c.used(k)}}
			if o.basis == "" && c.b.rows[k].Source != "" {
				o.basis = c.b.rows[k].Source
			}
			continue
		case len(rows) == 0 && it.Method == ByFormula && c.formulaOnly(it):
			readings[i] = reading{row: -1} // the formula reads variables only
		case len(rows) == 0 && it.Method == Count:
			// no event counted is a count of nought, not a missing item
		case len(rows) == 0:
			*o = outcome{state: absent, why: "没有数据"}
			continue
		}
		if c.s.Unverified != UseReported && len(rows) > 0 && !slices.ContainsFunc(rows, func(k int32) bool { return c.b.rows[k].Kind != Reported }) {
			if c.s.Unverified == DropReported {
				*o = outcome{state: absent, why: "只有自报值，未核验，按缺项处理", inputs: []InputUsed{c.used(rows[0])}}
			} else {
				*o = outcome{state: scored, sym: "未核验的自报值记0分", num: "0", notes: []string{"未核验：方案规定自报值不计分"}, inputs: []InputUsed{c.used(rows[0])}}
			}
			continue
		}
		lists[i] = rows
		o.inputs = c.list(len(rows))
		for _, k := range rows {
			o.inputs = append(o.inputs, c.used(k))
		}
		if it.Each != "" || it.Method == Count || it.Method == Votes {
			continue
		}
		if len(rows) > 0 {
			rd, why := c.single(it, rows, period)
			if why != "" {
				*o = outcome{state: void, why: why, inputs: o.inputs}
				continue
			}
			if r := &c.b.rows[rd.row]; r.Value.Valid && rd.row == rows[0] {
				rd.xs, rd.ts = o.inputs[0].Value, o.inputs[0].Target
			}
			readings[i] = rd
		}
		if !c.correct(it, w, u, &readings[i], o, &texts[i]) {
			continue
		}
		if compares {
			idx, xs = append(idx, i), append(xs, readings[i].x)
		}
	}
	if it.Percent {
		c.fractions(it, lists, readings)
	}
	var f field
	var pos []int
	if len(idx) > 0 {
		f = newField(xs, it.Down, c.s.Ties)
		pos = make([]int, len(units))
		for n, i := range idx {
			pos[i] = n
		}
	}
	ws := w.String()
	for i, u := range units {
		o := &out[i]
		if o.state != scored || o.sym != "" {
			continue
		}
		var m outcome
		switch {
		case it.Method == Count:
			m = c.count(it, lists[i])
		case it.Method == Votes:
			m = c.votes(it, w, lists[i])
		case it.Each != "":
			m = c.each(it, w, u, lists[i])
		default:
			at := 0
			if pos != nil {
				at = pos[i]
			}
			m = c.apply(it, w, ws, u, readings[i], &f, at, texts[i])
		}
		if m.state != scored {
			m.inputs = o.inputs
			m.notes = append(o.notes, m.notes...)
			*o = m
			continue
		}
		o.pts, o.raw, o.isCut, o.sym, o.num = m.pts, m.raw, m.isCut, m.sym, m.num
		if it.Method == ByFormula {
			for _, name := range it.P.Formula.names() {
				if !slices.Contains(itemNames, name) {
					o.use(c.named(u, name))
				}
			}
		}
		if len(o.notes) == 0 {
			o.notes = m.notes
		} else {
			o.notes = append(o.notes, m.notes...)
		}
		if o.basis == "" && slices.ContainsFunc(o.inputs, func(u InputUsed) bool { return u.Unverified }) {
			o.notes = append(o.notes, "未核验：采用自报值")
		}
		c.finish(it, w, u, o)
	}
	return out
}

// fractions warns where a target or band is written as 95% and all values look like 0.92.
func (c *run) fractions(it *Item, lists [][]int32, readings []reading) {
	one, some := Int(1), false
	for i, rows := range lists {
		if len(rows) == 0 {
			continue
		}
		x := readings[i].x
		if x.abs().Cmp(one) > 0 || it.Method == Bands && readings[i].hasTarget {
			return
		}
		some = some || x.Cmp(x.floor()) != 0
	}
	if some {
		c.problems = append(c.problems, Problem{Error, "指标“" + it.Name + "”", "办法里写的是百分数，而各单位的完成值都不大于1，像是写成了小数。百分数请写成 92% 或 92，不写 0.92，否则差一百倍"})
	}
}

// formulaOnly reports whether the item's formula needs no row of its own.
func (c *run) formulaOnly(it *Item) bool {
	for _, n := range it.P.Formula.names() {
		if slices.Contains(itemNames, n) && n != "权重" && n != "单位数" {
			return false
		}
	}
	return true
}

// single returns the one value of the rows, or says why there is none.
func (c *run) single(it *Item, rows []int32, period string) (reading, string) {
	r := &c.b.rows[rows[0]]
	for _, k := range rows[1:] {
		o := &c.b.rows[k]
		if compareDecimal(o.Value, r.Value) != 0 && o.Value.Decimal.Cmp(r.Value.Decimal) != 0 || o.Target.Valid != r.Target.Valid || o.Target.Decimal.Cmp(r.Target.Decimal) != 0 {
			return reading{}, fmt.Sprintf("有%d行不同的数据，不知以哪行为准", len(rows))
		}
	}
	rd := reading{row: rows[0]}
	switch {
	case r.Value.Valid:
		rd.x = FromDecimal(r.Value.Decimal)
	case r.Count.Valid:
		rd.x = FromDecimal(r.Count.Decimal)
	default:
		return rd, "没有完成值"
	}
	if r.Target.Valid {
		rd.target, rd.hasTarget = FromDecimal(r.Target.Decimal), true
	} else if len(it.Curve) > 0 {
		if rd.target, rd.hasTarget = it.curve(period); !rd.hasTarget {
			return rd, "本期还没有到第一个节点"
		}
	} else if it.Target != nil {
		rd.target, rd.hasTarget = *it.Target, true
	} else if it.TargetRef != "" {
		rd.target, rd.hasTarget = c.lookup(r.Unit, it.TargetRef)
	}
	return rd, ""
}

// correct applies corrections, the coefficient and the rounding of values; text is how the value is written in formulas.
//
// Source: domain 13.11, 14.3.
func (c *run) correct(it *Item, w Num, unit string, rd *reading, o *outcome, text *string) bool {
	*text = bracket(rd.xs, rd.x)
	if len(it.Corrections) > 0 {
		work := *text
		x := rd.x
		for i, k := range it.Corrections {
			e := c.env(it, w, unit, *rd, nil, 0)
			v, err := k.Expr.eval(e)
			if err != nil {
				*o = outcome{state: absent, why: "修正项“" + k.Expr.src + "”" + err.Error(), inputs: o.inputs}
				return false
			}
			if k.Max != nil && v.Cmp(*k.Max) > 0 {
				o.notes = append(o.notes, fmt.Sprintf("修正项%d封顶：%s = %s，按%s计", i+1, k.Expr.text(e), v, *k.Max))
				v = *k.Max
			} else if k.Min != nil && v.Cmp(*k.Min) < 0 {
				o.notes = append(o.notes, fmt.Sprintf("修正项%d封底：%s = %s，按%s计", i+1, k.Expr.text(e), v, *k.Min))
				v = *k.Min
			} else {
				o.notes = append(o.notes, fmt.Sprintf("修正项%d：%s = %s", i+1, k.Expr.text(e), v))
			}
			for _, name := range k.Expr.names() {
				if name != "完成值" && name != "目标值" {
					o.use(c.named(unit, name))
				}
			}
			x = x.add(v)
			work += " ＋ " + paren(v)
		}
		o.notes = append(o.notes, "修正后完成值 = "+work+" = "+x.String())
		rd.x = x
		*text = paren(x)
	}
	if it.Coefficient != "" && !it.CoefficientOnPoints {
		k, ok := c.coefficient(it, unit)
		if !ok {
			*o = outcome{state: void, why: "没有“" + it.Coefficient + "”", inputs: o.inputs}
			return false
		}
		o.use(c.named(unit, it.Coefficient))
		x := rd.x.mul(k)
		o.notes = append(o.notes, "乘"+it.Coefficient+"：完成值 = "+*text+" × "+k.String()+" = "+x.String())
		rd.x = x
		*text = paren(x)
	}
	if c.round.Value >= 0 {
		rd.x = rd.x.round(c.round.Value, c.round.Mode)
		*text = paren(rd.x)
	}
	return true
}

// coefficient is what multiplies the unit's value or points: written in the scheme, or the unit's own row.
func (c *run) coefficient(it *Item, unit string) (Num, bool) {
	if it.CoefficientBy == nil {
		return c.b.value(unit, it.Coefficient, c.b.period)
	}
	k, ok := it.CoefficientBy[unit]
	if !ok {
		k, ok = it.CoefficientBy[""]
	}
	return k, ok
}

// named returns the rows behind a name of a formula.
func (c *run) named(unit, name string) []InputUsed {
	rows := c.b.find(unit, name, c.b.period)
	if len(rows) == 0 {
		if base, ok := strings.CutSuffix(name, "_目标"); ok {
			rows = c.b.find(unit, base, c.b.period)
		}
	}
	if len(rows) == 0 && c.b.events[name] {
		rows = c.events(unit, name)
	}
	var out []InputUsed
	for _, k := range rows {
		out = append(out, c.used(k))
	}
	return out
}

// each applies the method to each row of the unit (逐条计分).
// With share (按权重) a row counts by its 次数 as a part of the sum of all: the tasks of a unit by their weights.
func (c *run) each(it *Item, w Num, unit string, rows []int32) (o outcome) {
	var nums []string
	var sum Num
	weight := func(i int32) Num {
		if r := &c.b.rows[i]; r.Count.Valid {
			return FromDecimal(r.Count.Decimal)
		}
		return Int(1)
	}
	if it.Each == "share" {
		for _, i := range rows {
			if k := weight(i); k.Sign() < 0 {
				return outcome{state: void, why: "有一条的权重是负数"}
			} else {
				sum = sum.add(k)
			}
		}
		if sum.Sign() == 0 {
			return outcome{state: void, why: "各条的权重合计为0"}
		}
	}
	for n := range rows {
		rd, why := c.single(it, rows[n:n+1], c.b.period)
		if why != "" {
			return outcome{state: void, why: fmt.Sprintf("第%d条%s", n+1, why)}
		}
		var text string
		var tmp outcome
		if !c.correct(it, w, unit, &rd, &tmp, &text) {
			return outcome{state: tmp.state, why: tmp.why}
		}
		m := c.apply(it, w, w.String(), unit, rd, nil, 0, text)
		if m.state != scored {
			return outcome{state: m.state, why: fmt.Sprintf("第%d条%s", n+1, m.why)}
		}
		if c.s.Unverified == ZeroReported && c.b.rows[rows[n]].Kind == Reported {
			m = outcome{state: scored, num: "0", notes: []string{"未核验：方案规定自报值不计分"}, sym: m.sym}
		}
		if it.Each == "share" {
			k, _ := weight(rows[n]).quo(sum)
			raw := m.worth().mul(k)
			o.pts, o.raw, o.isCut, o.sym = o.pts.add(m.pts.mul(k)), o.raw.add(raw), true, m.sym
			m.num = paren(weight(rows[n])) + " × [" + m.num + "]"
		} else {
			o.pts, o.raw, o.isCut, o.sym = o.pts.add(m.pts), o.raw.add(m.worth()), true, m.sym
		}
		for _, t := range m.notes {
			o.notes = append(o.notes, fmt.Sprintf("第%d条：%s", n+1, t))
		}
		if it.Each == "share" {
			nums = append(nums, m.num)
		} else {
			nums = append(nums, "["+m.num+"]")
		}
	}
	o.num = strings.Join(nums, " ＋ ")
	if it.Each == "share" {
		o.sym, o.num = "逐条（"+o.sym+"）按权重的平均", "("+o.num+") ÷ "+sum.String()
	} else if it.Each == "mean" {
		k, _ := Int(1).quo(Int(int64(len(rows))))
		o.times(k)
		o.sym, o.num = "逐条（"+o.sym+"）的平均", "("+o.num+") ÷ "+strconv.Itoa(len(rows))
	} else {
		o.sym = "逐条（" + o.sym + "）的合计"
	}
	return o
}

// total adds up counts, each by its role's share.
func (c *run) total(rows []int32, share map[string]Num, double string) (n Num, text string) {
	one := Int(1)
	var parts []string
	for _, i := range rows {
		r := &c.b.rows[i]
		k := one
		if r.Count.Valid {
			k = FromDecimal(r.Count.Decimal)
		} else if r.Value.Valid {
			k = FromDecimal(r.Value.Decimal)
		}
		t := paren(k)
		if s, ok := share[r.Role]; ok {
			k = k.mul(s)
			t += " × " + s.String() + "（" + r.Role + "）"
		} else if len(share) > 0 && r.Role != "" && r.Role != double {
			name := r.Item + r.Event
			c.problem(Warning, r.Unit, name, "角色“%s”没有责任系数（方案里有：%s），按1计", r.Role, strings.Join(sortedKeys(share), "、"))
		}
		if double != "" && r.Role == double {
			k = k.mul(Int(2))
			t += " × 2（" + double + "加倍）"
		}
		n = n.add(k)
		parts = append(parts, t)
	}
	text = strings.Join(parts, " ＋ ")
	if len(parts) == 0 {
		text = "0"
	} else if len(parts) > 1 || strings.Contains(text, "×") {
		text = "(" + text + ")"
	}
	return n, text
}

func (c *run) count(it *Item, rows []int32) (o outcome) {
	n, text := c.total(rows, it.Share, "")
	if it.P.Whole {
		n = n.floor()
	}
	var base Num
	if it.P.Base != nil {
		base = *it.P.Base
	}
	o.sym = "每次" + it.P.Per.String() + "分 × 次数"
	o.num = it.P.Per.String() + " × " + text
	v := it.P.Per.mul(n)
	if len(it.P.Tiers) > 0 {
		v, o.num = slopes(it.P.Tiers, Num{}, n, false)
		o.sym = "分段累进（次数 " + n.String() + "）"
		if o.num == "" {
			o.num = "0"
		}
	}
	if base.Sign() != 0 {
		o.sym, o.num = "基本分 ＋ "+o.sym, base.String()+" ＋ "+o.num
	}
	o.pts = base.add(v)
	if it.Min == nil && o.pts.Sign() < 0 {
		o.notes = append(o.notes, "扣完为止：按0分计")
		o.cut(Num{})
	}
	return o
}

// votes is the trimmed mean of the votes (测评).
func (c *run) votes(it *Item, w Num, rows []int32) (o outcome) {
	var v []Num
	for _, i := range rows {
		r := &c.b.rows[i]
		if !r.Value.Valid {
			continue
		}
		k := 1
		if r.Count.Valid && r.Count.Decimal.IsInt() && r.Count.Decimal.IsPos() { // n votes of this mark
			if n, _, ok := r.Count.Decimal.Int64(0); ok && n <= 100000 {
				k = int(n)
			}
		}
		for range k {
			v = append(v, FromDecimal(r.Value.Decimal))
		}
	}
	all := len(v)
	trim := it.P.Trim
	if it.P.TrimRate.Sign() > 0 { // whole votes only
		trim = int(it.P.TrimRate.mul(Int(int64(all))).floor().n)
	}
	if all <= 2*trim {
		return outcome{state: void, why: fmt.Sprintf("只有%d票，去掉%d个最高和%d个最低后没有票可算", all, trim, trim)}
	}
	slices.SortFunc(v, Num.Cmp)
	if trim > 0 {
		o.notes = append(o.notes, fmt.Sprintf("共%d票，去掉%d个最高分和%d个最低分", all, trim, trim))
		v = v[trim : all-trim]
	}
	m, _ := sum(v).quo(Int(int64(len(v))))
	r, _ := m.quo(it.P.Full)
	o.sym, o.num = "权重 × 平均分 ÷ 一票满分", w.String()+" × "+m.String()+" ÷ "+it.P.Full.String()
	o.pts = w.mul(r)
	o.cut(w.mul(clampRate(r, &Num{}, ptr(Int(1)), &o.notes)))
	return o
}

func ptr(x Num) *Num { return &x }

// finish applies what every item may have: coefficient on points, share, gate, limits.
func (c *run) finish(it *Item, w Num, unit string, o *outcome) {
	if it.Coefficient != "" && it.CoefficientOnPoints {
		k, ok := c.coefficient(it, unit)
		if !ok {
			*o = outcome{state: void, why: "没有“" + it.Coefficient + "”", inputs: o.inputs}
			return
		}
		o.use(c.named(unit, it.Coefficient))
		o.times(k)
		o.sym, o.num = "("+o.sym+") × "+it.Coefficient, "("+o.num+") × "+k.String()
	}
	if it.Share != nil && it.Method != Count && len(o.inputs) > 0 {
		if s, ok := it.Share[o.inputs[0].Role]; ok && o.inputs[0].Role != "" {
			o.times(s)
			o.sym, o.num = "("+o.sym+") × 责任系数", "("+o.num+") × "+s.String()
			o.notes = append(o.notes, o.inputs[0].Role+"责任系数"+s.String())
		}
	}
	if it.Gate != nil {
		e := c.plain(unit, nil)
		ok, err := it.Gate.holds(e)
		for _, name := range it.Gate.names() {
			o.use(c.named(unit, name))
		}
		if err != nil || !ok {
			why := "前提“" + it.Gate.text(nil) + "”不成立（" + it.Gate.text(e) + "），记0分"
			if err != nil {
				why = "前提“" + it.Gate.text(nil) + "”无法判断（" + err.Error() + "），记0分"
			}
			o.notes = append(o.notes, why)
			o.cut(Num{})
		}
	}
	if it.Max != nil || it.Min != nil {
		o.cut(limit(o.pts, it.Max, it.Min, &o.notes))
	}
}

func limit(x Num, hi, lo *Num, notes *[]string) Num {
	if hi != nil && x.Cmp(*hi) > 0 {
		*notes = append(*notes, "封顶："+x.String()+"分按"+hi.String()+"分计")
		return *hi
	}
	if lo != nil && x.Cmp(*lo) < 0 {
		*notes = append(*notes, "保底："+x.String()+"分按"+lo.String()+"分计")
		return *lo
	}
	return x
}

// decimal rounds x for the result; a number beyond 19 digits is a problem and counts 0.
func (c *run) decimal(x Num, scale int, unit, item string) (decimal.Decimal, Num) {
	d, ok := x.Round(scale, c.round.Mode)
	if !ok {
		c.problem(Error, unit, item, "得分超过19位，无法表示，记0分；请检查数据的计量单位")
		d, _ = Num{}.Round(scale, c.round.Mode)
	}
	return d, FromDecimal(d)
}

// group scores and ranks one group.
func (c *run) group(name string) GroupResult {
	units := c.b.units[name]
	full := c.s.Base
	for _, g := range c.s.Groups {
		if g.Name == name {
			full = g.Base
		}
	}
	gr := GroupResult{Group: name, Full: full.String(), Rows: make([]UnitResult, len(units))}
	where := make(map[string]int, len(units))
	for i, u := range units {
		gr.Rows[i] = UnitResult{Unit: u, Items: make([]ItemScore, 0, len(c.s.Items))}
		where[u] = i
	}
	have, all, regular, extra := make([]Num, len(units)), make([]Num, len(units)), make([]Num, len(units)), make([]Num, len(units))
	anything := make([]bool, len(units))
	for _, it := range c.s.Items {
		if it.Off {
			continue
		}
		in := units
		if len(it.Groups) > 0 || len(it.Units) > 0 {
			in = slices.DeleteFunc(slices.Clone(units), func(u string) bool { return !it.forUnit(name, u) })
		}
		if len(in) == 0 {
			continue
		}
		w := it.weight(c.b.period)
		out := c.item(it, in)
		settled := c.settle(it, w, in, out)
		for k := range settled {
			sc := &settled[k]
			i := k
			if len(in) != len(units) {
				i = where[in[k]]
			}
			gr.Rows[i].Items = append(gr.Rows[i].Items, *sc)
			if it.Extra {
				extra[i] = extra[i].add(sc.score)
				anything[i] = anything[i] || sc.State == Scored
				continue
			}
			all[i] = all[i].add(w)
			if sc.State == Dropped {
				continue
			}
			anything[i] = true
			have[i], regular[i] = have[i].add(w), regular[i].add(sc.score)
		}
	}
	for i, u := range units {
		c.sumUp(&gr.Rows[i], u, name, have[i], all[i], regular[i], extra[i], anything[i])
	}
	c.rankRows(gr.Rows)
	c.grade(gr.Rows, full)
	c.statements(gr.Rows, full)
	return gr
}

// settle turns outcomes into scores: rounding, and the policy for missing items.
//
// Source: domain 13.13.
func (c *run) settle(it *Item, w Num, units []string, out []outcome) []ItemScore {
	policy := it.Missing
	if policy == "" {
		policy = c.s.Missing
	}
	scale := c.round.Item
	m := c.scratch
	if m == nil {
		m = &scratch{}
	}
	m.settled = again(m.settled, len(out))
	res, line := m.settled, m.text
	defer func() { m.text = line }()
	ws, method, rule := w.String(), it.Method.String(), c.rule+"/"+it.ID
	var rate Num
	n := int64(0)
	for i := range out {
		o := &out[i]
		s := &res[i]
		s.Item, s.Name, s.Weight, s.Method, s.Inputs, s.Notes, s.Rule = it.ID, it.Name, ws, method, o.inputs, o.notes, rule
		if s.Inputs == nil {
			s.Inputs = []InputUsed{}
		}
		if o.state != scored {
			continue
		}
		s.State = Scored
		s.Score, s.score = c.decimal(o.pts, scale, units[i], it.Name)
		line = append(append(line[:0], "得分 = "...), o.sym...)
		line = append(append(append(line, " = "...), o.num...), o.equals(s.score, c.round.Mode, scale)...)
		line, _ = s.Score.AppendText(line)
		s.Formula = string(line)
		if policy == GroupMean {
			if q, ok := s.score.quo(w); ok {
				rate, n = rate.add(q), n+1
			}
		}
	}
	for i := range out {
		o := &out[i]
		s := &res[i]
		if o.state == scored {
			continue
		}
		give := func(st State, pts Num, formula, note string) {
			s.State = st
			s.Score, s.score = c.decimal(pts, scale, units[i], it.Name)
			s.Formula = "得分 = " + formula
			if pts.Sign() != 0 {
				s.Formula += " = " + s.Score.String()
			}
			s.Notes = append(s.Notes, note)
		}
		why := o.why
		if o.basis != "" {
			why += "（" + o.basis + "）"
		}
		p := policy
		if o.state == void { // a zero denominator: the item is void whatever the policy
			p = DropRescale
		}
		if it.Extra {
			p = ZeroMissing
		}
		switch {
		case p == FullIfExempt && o.state == exempt && o.basis != "":
			give(Exempt, w, "免考得满分 = "+w.String(), why+"，按方案得满分")
		case p == FullIfExempt || p == ZeroMissing:
			if o.state == exempt && p == FullIfExempt {
				why += "但没有写明免考依据"
			}
			give(Zeroed, Num{}, "0（"+why+"，按方案记0分）", why+"，按方案记0分")
		case p == GroupMean && n > 0:
			m, _ := rate.quo(Int(n))
			give(Filled, w.mul(m), "权重 × 组内平均得分率 = "+w.String()+" × "+percent(m), why+"，按组内其他"+strconv.FormatInt(n, 10)+"个单位的平均得分率计")
		default:
			give(Dropped, Num{}, "不计（"+why+"）", why+"，该项不计，其余指标换算到满分")
		}
		if o.state == void {
			c.problem(Error, units[i], it.Name, "%s，该项不计", o.why)
		} else if o.state == absent && !it.Extra {
			c.problem(Warning, units[i], it.Name, "%s（%s）", o.why, s.State)
		}
	}
	return res
}

// sumUp adds bonus and deductions, rescales, limits and rounds the total.
func (c *run) sumUp(u *UnitResult, unit, group string, have, all, regular, extra Num, anything bool) {
	total := regular
	text := "指标得分 " + regular.String()
	if have.Cmp(all) != 0 && have.Sign() > 0 {
		q, _ := all.quo(have)
		total = regular.mul(q)
		text = "缺项换算 " + regular.String() + " × " + all.String() + " ÷ " + have.String()
		u.Notes = append(u.Notes, "有缺项：计分的指标共"+have.String()+"分，换算到"+all.String()+"分")
	}
	add := func(list []*Mark, what, sign string, lim *Num) Num {
		var s Num
		for _, m := range list {
			if m.Off || len(m.Groups) > 0 && !slices.Contains(m.Groups, group) {
				continue
			}
			sc, ok := c.mark(m, unit)
			if !ok {
				continue
			}
			u.Items = append(u.Items, sc)
			s = s.add(sc.score)
		}
		if lim != nil && (what == "加分" && s.Cmp(*lim) > 0 || what == "扣分" && s.Cmp(*lim) < 0) {
			u.Notes = append(u.Notes, what+"合计封顶："+s.String()+"分按"+lim.String()+"分计")
			s = *lim
		}
		if s.Sign() != 0 {
			text += " " + sign + " " + what + " " + s.abs().String()
		}
		return s
	}
	if extra.Sign() != 0 {
		text += " ＋ 附加项 " + paren(extra)
	}
	bonus := add(c.s.Bonus, "加分", "＋", c.s.BonusMax).add(extra)
	ded := add(c.s.Deduction, "扣分", "－", c.s.DeductionMin)
	raw := total.add(bonus).add(ded)
	raw = limit(raw, c.s.Max, c.s.Min, &u.Notes)
	u.Total, u.total = c.decimal(raw, c.round.Total, unit, "总分")
	u.Formula = "总分 = " + text + " = " + u.Total.String()
	if !anything {
		u.Rank = -1
		u.Notes = append(u.Notes, "没有一项可以计分，不参加排名")
	}
	c.vetoes(u, unit)
}

// vetoes records the vetoes (一票否决) that the unit's events bring about.
func (c *run) vetoes(u *UnitResult, unit string) {
	for _, v := range c.s.Vetoes {
		rows := c.events(unit, v.Event)
		if len(rows) == 0 {
			continue
		}
		h := VetoHit{Name: v.Name, Effect: v.Effect, LegalBasis: v.LegalBasis, Text: "一票否决：" + v.Name + "，" + v.Effect.String() + "（依据：" + v.LegalBasis + "）"}
		for _, i := range rows {
			if src := c.b.rows[i].Source; src != "" {
				h.Sources = append(h.Sources, src)
			}
		}
		u.Vetoes = append(u.Vetoes, h)
	}
}

// events returns the rows of a counted event in the round's period that count at least something.
func (c *run) events(unit, event string) []int32 {
	var out []int32
	for _, i := range c.b.at[unit].of("", event) {
		r := &c.b.rows[i]
		if inside(r.Period, c.b.period) && !(r.Count.Valid && r.Count.Decimal.IsZero()) {
			out = append(out, i)
		}
	}
	return out
}

// mark scores one bonus or deduction; ok is false where the event did not happen.
//
// Source: domain 13.11.
func (c *run) mark(m *Mark, unit string) (ItemScore, bool) {
	rows := c.events(unit, m.Event)
	if len(rows) == 0 {
		return ItemScore{}, false
	}
	sc := ItemScore{Item: m.ID, Name: m.Name, Weight: "0", State: Scored, Method: "加分", Inputs: []InputUsed{}, Rule: c.rule + "/" + m.ID}
	if m.Deducts {
		sc.Method = "扣分"
	}
	for _, i := range rows {
		sc.Inputs = append(sc.Inputs, c.used(i))
	}
	var o outcome
	n, text := c.total(rows, m.Share, m.DoubleRole)
	if m.MaxCount != nil && n.Cmp(*m.MaxCount) > 0 {
		sc.Notes = append(sc.Notes, "次数封顶："+n.String()+"次按"+m.MaxCount.String()+"次计")
		n, text = *m.MaxCount, m.MaxCount.String()
	}
	sym, num := "每次"+m.Per.String()+"分 × 次数", m.Per.String()+" × "+text
	v := m.Per.mul(n)
	if len(m.Tiers) > 0 {
		v, num = slopes(m.Tiers, Num{}, n, false)
		sym = "分段累进（次数 " + n.String() + "）"
		if m.Deducts {
			v, num = v.neg(), "－("+num+")"
		}
	}
	if m.DoubleFlag != "" {
		if x, ok := c.lookup(unit, m.DoubleFlag); ok && x.Sign() != 0 {
			v, sym, num = v.mul(Int(2)), "("+sym+") × 2", "("+num+") × 2"
			sc.Notes = append(sc.Notes, "加倍：“"+m.DoubleFlag+"”为"+x.String())
		}
	}
	if m.DoubleIf != nil {
		if ok, err := m.DoubleIf.holds(c.plain(unit, nil)); err == nil && ok {
			v, sym, num = v.mul(Int(2)), "("+sym+") × 2", "("+num+") × 2"
			sc.Notes = append(sc.Notes, "加倍：符合“"+m.DoubleIf.text(nil)+"”")
		}
	}
	if m.Gate != nil {
		e := c.plain(unit, nil)
		if ok, err := m.Gate.holds(e); err != nil || !ok {
			why := "前提“" + m.Gate.text(nil) + "”不成立"
			if err != nil {
				why = "前提“" + m.Gate.text(nil) + "”无法判断（" + err.Error() + "）"
			}
			sc.Notes = append(sc.Notes, why+"，不计")
			o.pts = v
			o.cut(Num{})
			v = Num{}
		}
	}
	o.pts = v
	o.cut(limit(v, m.Max, m.Min, &sc.Notes))
	sc.Score, sc.score = c.decimal(o.pts, c.round.Item, unit, m.Name)
	as := o.equals(sc.score, c.round.Mode, c.round.Item)
	sc.Formula = "得分 = " + sym + " = " + num + as + sc.Score.String()
	return sc, true
}

// rankRows ranks by the rounded total and puts the rows in order.
func (c *run) rankRows(rows []UnitResult) {
	slices.SortFunc(rows, func(a, b UnitResult) int {
		if (a.Rank < 0) != (b.Rank < 0) {
			return b.Rank - a.Rank
		}
		if k := b.total.Cmp(a.total); k != 0 {
			return k
		}
		return strings.Compare(a.Unit, b.Unit)
	})
	for i := range rows {
		switch {
		case rows[i].Rank < 0:
			rows[i].Rank = 0
		case i > 0 && rows[i-1].total.Cmp(rows[i].total) == 0:
			rows[i].Rank = rows[i-1].Rank
		case i > 0 && c.s.Ties == "1223":
			rows[i].Rank = rows[i-1].Rank + 1
		default:
			rows[i].Rank = i + 1
		}
	}
}

// grade gives grades, best first, and then the effects of vetoes.
//
// Source: domain 13.12.
func (c *run) grade(rows []UnitResult, full Num) {
	g := c.s.Grades
	if g == nil {
		return
	}
	level := make([]int, len(rows))
	ranked := 0
	for _, r := range rows {
		if r.Rank > 0 {
			ranked++
		}
	}
	last := len(g.Table) - 1
	taken := int64(0) // units in this grade or a better one
	at := 0
	if g.Mode == "share" {
		quota := Num{}
		for k, gr := range g.Table {
			quota = quota.add(gr.Share)
			limit := quota.mul(Int(int64(ranked))).floor()
			if k == last {
				limit = Int(int64(ranked))
			}
			for at < ranked {
				end := at + 1
				for end < ranked && rows[end].Rank == rows[at].Rank {
					end++
				}
				if Int(taken+int64(end-at)).Cmp(limit) > 0 || gr.Min != nil && rows[at].total.Cmp(*gr.Min) < 0 && k < last {
					if end-at > 1 && Int(taken).Cmp(limit) < 0 && k < last {
						for i := at; i < end; i++ {
							rows[i].Notes = append(rows[i].Notes, fmt.Sprintf("“%s”名额不够并列的%d个单位，均列下一等次", gr.Name, end-at))
						}
					}
					break
				}
				for i := at; i < end; i++ {
					level[i] = k
				}
				taken += int64(end - at)
				at = end
			}
		}
	} else {
		for i := range rows {
			level[i] = -1
			for k, gr := range g.Table {
				if gr.Band.contains(rows[i].total) && (gr.Min == nil || rows[i].total.Cmp(*gr.Min) >= 0) {
					level[i] = k
					break
				}
			}
		}
	}
	for i := range rows {
		u := &rows[i]
		if u.Rank == 0 {
			continue
		}
		if level[i] < 0 {
			u.Notes = append(u.Notes, "总分不在任何等次的范围内，未定等次")
			continue
		}
		for _, p := range c.s.Promotions {
			ok, err := p.When.holds(c.plain(u.Unit, map[string]Num{"总分": u.total, "满分": full, "名次": Int(int64(u.Rank)), "单位数": Int(int64(ranked))}))
			if err != nil {
				c.problem(Warning, u.Unit, "晋档“"+p.Name+"”", "条件“%s”无法判断：%s，未晋档", p.When.src, err)
			} else if ok && level[i] > 0 {
				level[i]--
				u.Notes = append(u.Notes, "晋档：“"+p.Name+"”成立（"+p.When.text(nil)+"），由“"+g.Table[level[i]+1].Name+"”晋为“"+g.Table[level[i]].Name+"”")
				break
			}
		}
		for _, v := range u.Vetoes {
			switch v.Effect {
			case Downgrade:
				level[i] = min(level[i]+1, last)
			case Fail:
				level[i] = last
			case NoAward:
				if level[i] == 0 && last > 0 {
					level[i] = 1
				}
			}
		}
		u.Grade = g.Table[level[i]].Name
	}
}

// statements asks the last units to explain, if they also missed the target, and honours the first ones, if they did not.
//
// Source: domain 8, 16.3.7: last place alone never triggers a statement.
func (c *run) statements(rows []UnitResult, full Num) {
	st := c.s.Statement
	if st == nil {
		return
	}
	ranked, bottom := 0, 0
	for _, r := range rows {
		if r.Rank > 0 {
			ranked++
			bottom = max(bottom, r.Rank)
		}
	}
	for i := range rows {
		u := &rows[i]
		behind, alike := 0, 0 // alike: on the same place, itself included
		for _, r := range rows {
			switch {
			case r.Rank > u.Rank:
				behind++
			case r.Rank == u.Rank:
				alike++
			}
		}
		last := behind < st.Last && u.Rank != 1
		first := !last && u.Rank <= st.Red
		if st.Spare {
			last, first = last && behind+alike <= st.Last, first && ranked-behind <= st.Red
		}
		if u.Rank == 0 || ranked < 2 || !last && !first {
			continue
		}
		e := c.plain(u.Unit, map[string]Num{"总分": u.total, "满分": full, "名次": Int(int64(u.Rank)), "单位数": Int(int64(ranked)), "末位名次": Int(int64(bottom))})
		ok, err := st.When.holds(e)
		if err != nil {
			c.problem(Warning, u.Unit, "末位说明", "条件“%s”无法判断：%s", st.When.src, err)
			continue
		}
		if !last {
			if !ok {
				u.Red = &StatementHit{Authority: st.Authority, LegalBasis: st.LegalBasis, Text: fmt.Sprintf("列组内第%d位，总分%s，不属于“%s”的情形（依据：%s）", u.Rank, u.Total, st.When.text(nil), st.LegalBasis)}
			}
			continue
		}
		if ok {
			u.Statement = &StatementHit{Authority: st.Authority, LegalBasis: st.LegalBasis,
				Text: fmt.Sprintf("列组内末%d位，且%s（%s），需作出说明（依据：%s）", behind+1, st.When.text(nil), st.When.text(e), st.LegalBasis)}
		}
	}
}
