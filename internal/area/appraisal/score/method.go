package score

import (
	"slices"
	"strconv"
	"strings"
)

// state says what became of an item for one unit.
type state int

const (
	scored state = iota
	absent       // no row (缺项)
	exempt       // exempted in writing (免考)
	void         // cannot be computed: denominator zero, contradictory rows
)

// outcome is an item's points for one unit, before rounding, with the working.
type outcome struct {
	state  state
	pts    Num
	sym    string // 权重 × min(1, 完成值 ÷ 目标值)
	num    string // 30 × min(1, 92 ÷ 100)
	inputs []InputUsed
	notes  []string
	why    string // for void, absent, exempt
	basis  string
	raw    Num // what num works out to, where the points were cut
	isCut  bool
}

// cut sets the points to x and remembers what the working gives, so that no printed equation is false.
func (o *outcome) cut(x Num) {
	if !o.isCut {
		o.raw, o.isCut = o.pts, true
	}
	o.pts = x
}

// worth is what num works out to.
func (o *outcome) worth() Num {
	if o.isCut {
		return o.raw
	}
	return o.pts
}

// use adds inputs that are not listed yet.
func (o *outcome) use(list []InputUsed) {
	for _, u := range list {
		if !slices.Contains(o.inputs, u) {
			o.inputs = append(o.inputs, u)
		}
	}
}

// times multiplies the points and the working.
func (o *outcome) times(k Num) {
	o.pts = o.pts.mul(k)
	o.raw = o.raw.mul(k)
}

// equals returns what stands before the score at the end of an equation: " = " 27.60, or " = 38，按规定计 " 35.00.
func (o *outcome) equals(exact Num, mode Mode, scale int) string {
	if o.isCut && o.raw.round(scale, mode).Cmp(exact) != 0 {
		return " = " + o.raw.String() + "，按规定计 "
	}
	return " = "
}

// reading is the value that a method is applied to.
type reading struct {
	x, target Num
	hasTarget bool
	row       int32
	xs, ts    string // x and target as the row's input writes them; "" = not written yet
}

// bracket is paren of a number that is written as s already.
func bracket(s string, x Num) string {
	switch {
	case s == "":
		return paren(x)
	case s[0] == '-':
		return "(" + s + ")"
	}
	return s
}

// field is what a method that compares units needs to know of the group.
type field struct {
	n              int
	best, max, min Num
	mean           Num
	places         []int
	tied           []int // by place: how many share it
}

func newField(xs []Num, down bool, ties string) field {
	f := field{n: len(xs)}
	for i, x := range xs {
		if i == 0 {
			f.max, f.min = x, x
		}
		f.max, f.min = f.max.max(x), f.min.min(x)
	}
	f.best = f.max
	if down {
		f.best = f.min
	}
	if len(xs) > 0 {
		f.mean, _ = sum(xs).quo(Int(int64(len(xs))))
	}
	f.places = places(xs, down, ties)
	f.tied = make([]int, len(xs)+1)
	for _, k := range f.places {
		f.tied[k]++
	}
	return f
}

// compares reports whether the method looks at the other units of the group.
func (m Method) compares() bool {
	return m == Efficacy || m == VsFirst || m == ByRank || m == VsMean || m == ByFormula || m == Bands
}

// places ranks xs, best first, ties sharing a place and the next place skipping ("1224").
//
// Source: domain 13.5, 13.13.
func places(xs []Num, down bool, ties string) []int {
	order := make([]int, len(xs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if down {
			return xs[a].Cmp(xs[b])
		}
		return xs[b].Cmp(xs[a])
	})
	out := make([]int, len(xs))
	for i, k := range order {
		out[k] = i + 1
		if i > 0 && xs[k].Cmp(xs[order[i-1]]) == 0 {
			out[k] = out[order[i-1]]
		} else if i > 0 && ties == "1223" {
			out[k] = out[order[i-1]] + 1
		}
	}
	return out
}

// clampRate cuts a rate to [floor, cap] and says so.
func clampRate(r Num, floor, cap *Num, notes *[]string) Num {
	if cap != nil && r.Cmp(*cap) > 0 {
		var a [64]byte
		b := append(percents(append(a[:0], "封顶：按"...), *cap), "计（实际"...)
		*notes = append(*notes, string(append(percents(b, r), "）"...)))
		return *cap
	}
	if floor != nil && r.Cmp(*floor) < 0 {
		*notes = append(*notes, "保底：按"+percent(*floor)+"计（实际"+percent(r)+"）")
		return *floor
	}
	return r
}

func percent(x Num) string { return x.mul(Int(100)).round(2, HalfUp).String() + "%" }

// percents appends what percent writes.
func percents(b []byte, x Num) []byte {
	y := x.mul(Int(100)).round(2, HalfUp)
	if y.b == nil {
		if c, ok := y.append(b); ok {
			return append(c, '%')
		}
	}
	return append(append(b, y.String()...), '%')
}

// apply scores one reading; f is the group for methods that compare units.
func (c *run) apply(it *Item, w Num, ws, unit string, rd reading, f *field, at int, x string) (o outcome) {
	p := &it.P
	switch it.Method {
	case Ratio:
		return applyRatio(it, w, ws, rd, x)
	case Step:
		return applyStep(it, w, rd, x)
	case Efficacy:
		return applyEfficacy(it, w, ws, rd, f, x)
	case VsFirst:
		// Source: domain 13.4. The first unit has full marks, the others their share of its value.
		var r Num
		var ok bool
		if it.Down {
			o.sym, o.num = "权重 × 第一名 ÷ 完成值", ws+" × "+paren(f.best)+" ÷ "+x
			if rd.x.Sign() == 0 && f.best.Sign() == 0 {
				r, ok = Int(1), true
				o.sym, o.num = "权重 × 1（完成值为零，列第一名）", ws+" × 1"
			} else {
				r, ok = f.best.quo(rd.x)
			}
		} else {
			o.sym, o.num = "权重 × 完成值 ÷ 第一名", ws+" × "+x+" ÷ "+paren(f.best)
			r, ok = rd.x.quo(f.best)
		}
		if !ok || f.best.Sign() < 0 {
			return outcome{state: void, why: "第一名的值为零或负数，无法按比例赋分"}
		}
		o.pts = w.mul(r)
		o.cut(w.mul(clampRate(r, p.Floor, p.Cap, &o.notes)))
	case ByRank:
		return applyRank(it, w, ws, rd, f, at, x)
	case VsMean:
		return applyMean(it, w, rd, f, x)
	case Bands:
		o.sym = "按分档表取分"
		v := rd.x
		if p.OnRate == "rate" || p.OnRate == "" && rd.hasTarget && p.inPercent() {
			q, ok := rd.x.quo(rd.target)
			if !rd.hasTarget || !ok || rd.target.Sign() < 0 {
				return outcome{state: void, why: "分档按完成率，但没有可用的目标值"}
			}
			v = q.mul(Int(100))
			if v.Cmp(rd.x) != 0 {
				o.sym = "按完成率的分档表取分"
				x = "完成率 " + x + " ÷ " + paren(rd.target) + " = " + v.String() + "%"
			}
		}
		for _, b := range p.Table {
			if !b.contains(v) {
				continue
			}
			if b.And != nil {
				ok, err := b.And.holds(c.env(it, w, unit, rd, f, at))
				if err != nil {
					return outcome{state: void, why: "分档条件“" + b.And.src + "”" + err.Error()}
				}
				if !ok {
					continue
				}
			}
			o.pts, o.num = b.Points, x+" 属于“"+b.Text+"”这一档"
			if b.And != nil {
				o.num += "（" + b.And.text(nil) + "）"
			}
			return o
		}
		o.num = x + " 不在任何一档内"
		o.notes = append(o.notes, "分档表没有覆盖这个值，记0分")
	case Threshold:
		t := rd.target
		if p.At != nil {
			t = *p.At
		} else if !rd.hasTarget {
			return outcome{state: void, why: "没有目标值"}
		}
		cmp, sign := rd.x.Cmp(t), " ≥ "
		if it.Down {
			cmp, sign = -cmp, " ≤ "
		}
		o.sym = "完成值" + sign + "目标值得满分，否则得0分"
		if cmp >= 0 {
			o.pts, o.num = w, x+sign+paren(t)+"，达标"
		} else {
			o.num = x + sign + paren(t) + " 不成立，未达标"
		}
	case Manual:
		o.sym, o.num, o.pts = "评定分", x, rd.x
		if w.Sign() > 0 && !it.Extra && o.pts.Cmp(w) > 0 {
			o.cut(w)
			o.notes = append(o.notes, "封顶：评定分超过分值，按"+ws+"计")
		}
		if it.Min == nil && o.pts.Sign() < 0 {
			o.cut(Num{})
			o.notes = append(o.notes, "保底：评定分为负数，按0计")
		}
	case ByFormula:
		e := c.env(it, w, unit, rd, f, at)
		v, err := p.Formula.eval(e)
		o.sym, o.num = p.Formula.text(nil), p.Formula.text(e)
		if err != nil {
			st := void
			if _, ok := err.(missingName); ok {
				st = absent
			}
			return outcome{state: st, why: "公式无法计算：" + err.Error(), sym: o.sym}
		}
		o.pts = v
	}
	return o
}

// inPercent reports whether the bands are written in percent.
func (p *Params) inPercent() bool {
	return slices.ContainsFunc(p.Table, func(b Band) bool { return strings.ContainsAny(b.Text, "%％") })
}

// Source: domain 13.1. S = W × min(cap, actual/target); reverse: W × min(cap, target/actual).
func applyRatio(it *Item, w Num, ws string, rd reading, x string) (o outcome) {
	p := &it.P
	if !rd.hasTarget {
		return outcome{state: void, why: "没有目标值"}
	}
	t := bracket(rd.ts, rd.target)
	a, over, under := "完成值 ÷ 目标值", x, t
	var r Num
	var ok bool
	if it.Down {
		a, over, under = "目标值 ÷ 完成值", t, x
		if rd.target.Sign() < 0 { // −1 against a target of −3 would be 300 %
			return outcome{state: void, why: "逆向指标的目标值为负数，完成率没有意义，请改用加减分法，或者改成考核下降的幅度"}
		}
		if rd.x.Sign() <= 0 { // nothing of a bad thing: full marks
			r = Int(1)
			if p.Cap != nil {
				r = *p.Cap
			}
			o.pts = w.mul(r)
			o.sym, o.num = "权重 × 最高完成率（逆向指标完成值不大于零）", ws+" × "+r.String()
			o.notes = append(o.notes, "逆向指标完成值"+x+"不大于零，得满分")
			return o
		} else {
			r, ok = rd.target.quo(rd.x)
		}
	} else {
		r, ok = rd.x.quo(rd.target)
		if ok && rd.target.Sign() < 0 {
			return outcome{state: void, why: "目标值为负数，完成率没有意义"}
		}
	}
	if !ok {
		return outcome{state: void, why: "目标值为零，完成率无法计算"}
	}
	switch {
	case p.Cap == nil:
		o.sym, o.num = "权重 × "+a, ws+" × "+over+" ÷ "+under
	case *p.Cap == Int(1) && !it.Down:
		o.sym, o.num = "权重 × min(1, 完成值 ÷ 目标值)", ws+" × min(1, "+over+" ÷ "+under+")"
	default:
		cs := p.Cap.String()
		o.sym, o.num = "权重 × min("+cs+", "+a+")", ws+" × min("+cs+", "+over+" ÷ "+under+")"
	}
	got := clampRate(r, p.Floor, p.Cap, &o.notes)
	pts := w.mul(got)
	o.pts = pts
	if p.Floor != nil && r.Cmp(*p.Floor) < 0 { // the floor is not part of the working
		o.pts = w.mul(r)
		if p.Cap != nil {
			o.pts = w.mul(r.min(*p.Cap))
		}
	}
	o.cut(pts)
	return o
}

// slopes sums k × length over the stretches from ref to x.
func slopes(list []Slope, ref, x Num, whole bool) (Num, string) {
	var total Num
	text := ""
	up := x.Cmp(ref) >= 0
	cur := ref
	for _, s := range list {
		end := x
		if s.To != nil {
			if up {
				end = x.min(*s.To)
			} else {
				end = x.max(*s.To)
			}
		}
		seg := end.sub(cur)
		if !up {
			seg = seg.neg()
		}
		if seg.Sign() <= 0 {
			continue
		}
		cur = end
		if whole {
			seg = seg.floor()
		}
		k := s.K.abs()
		total = total.add(seg.mul(k))
		if text != "" {
			text += " ＋ "
		}
		text += seg.String() + " × " + k.String()
	}
	return total, text
}

// Source: domain 13.2. S = clamp(B + k⁺·max(0,Δ) − k⁻·max(0,−Δ), B−D, B+A).
func applyStep(it *Item, w Num, rd reading, x string) (o outcome) {
	p := &it.P
	if !rd.hasTarget {
		return outcome{state: void, why: "没有目标值"}
	}
	base := w
	if p.Base != nil {
		base = *p.Base
	}
	v, ref, what := rd.x, rd.target, "完成值－目标值"
	if p.Relative {
		q, ok := rd.x.quo(rd.target)
		if !ok {
			return outcome{state: void, why: "目标值为零，完成率无法计算"}
		}
		v, ref, what = q.mul(Int(100)), Int(100), "完成率－100"
		if v.Cmp(rd.x) != 0 {
			o.notes = append(o.notes, "完成率 = "+x+" ÷ "+paren(rd.target)+" = "+v.String()+"%")
		}
	}
	better := v.Cmp(ref) >= 0
	if it.Down {
		better = v.Cmp(ref) <= 0
	}
	gap := "（" + paren(v) + " 对 " + paren(ref) + "）"
	if better {
		add, text := slopes(p.Up, ref, v, p.Whole)
		o.pts = base.add(add)
		if p.MaxAdd != nil && add.Cmp(*p.MaxAdd) > 0 {
			o.notes = append(o.notes, "加分封顶：应加"+add.String()+"分，按"+p.MaxAdd.String()+"分计")
			add = *p.MaxAdd
		}
		o.cut(base.add(add))
		o.sym = "基本分 ＋ 加分（" + what + "）"
		o.num = base.String()
		if text != "" {
			o.num += " ＋ (" + text + ")" + gap
		}
		return o
	}
	cut, text := slopes(p.Down, ref, v, p.Whole)
	o.pts = base.sub(cut)
	if p.MaxDeduct != nil && cut.Cmp(*p.MaxDeduct) > 0 {
		o.notes = append(o.notes, "扣分封顶：应扣"+cut.String()+"分，按"+p.MaxDeduct.String()+"分计")
		cut = *p.MaxDeduct
	}
	o.cut(base.sub(cut))
	o.sym = "基本分 － 扣分（" + what + "）"
	o.num = base.String()
	if text != "" {
		o.num += " － (" + text + ")" + gap
	}
	if p.MaxDeduct == nil && it.Min == nil && o.pts.Sign() < 0 {
		o.notes = append(o.notes, "扣完为止：按0分计")
		o.cut(Num{})
	}
	return o
}

// Source: domain 13.3. d = (x − low)/(high − low) × span + min.
func applyEfficacy(it *Item, w Num, ws string, rd reading, f *field, x string) (o outcome) {
	p := &it.P
	hi, lo := f.max, f.min
	hn, ln := "最高值", "最低值"
	if it.Down {
		hi, lo = f.min, f.max
	}
	if p.Satisfied != nil {
		hi, lo, hn, ln = *p.Satisfied, *p.Unacceptable, "满意值", "不允许值"
	} else if it.Down {
		hn, ln = "最低值", "最高值"
	}
	top := p.DMin.add(p.DSpan)
	hundred := Int(100)
	q, ok := rd.x.sub(lo).quo(hi.sub(lo))
	d := q.mul(p.DSpan).add(p.DMin)
	o.sym = "权重 × [(完成值 － " + ln + ") ÷ (" + hn + " － " + ln + ") × " + p.DSpan.String() + " ＋ " + p.DMin.String() + "] ÷ 100"
	if !ok { // all equal, or the only unit
		d = top
		o.notes = append(o.notes, "组内各单位数值相同（或只有一个单位），功效系数按"+top.String()+"计")
		o.num = ws + " × " + top.String() + " ÷ 100"
	} else {
		o.num = ws + " × [(" + x + " － " + paren(lo) + ") ÷ (" + paren(hi) + " － " + paren(lo) + ") × " + p.DSpan.String() + " ＋ " + p.DMin.String() + "] ÷ 100"
	}
	r, _ := d.quo(hundred)
	o.pts = w.mul(r)
	if d.Cmp(top) > 0 {
		o.notes = append(o.notes, "封顶：功效系数"+d.String()+"，按"+top.String()+"计")
		d = top
	}
	if d.Sign() < 0 {
		o.notes = append(o.notes, "保底：功效系数"+d.String()+"，按0计")
		d = Num{}
	}
	r, _ = d.quo(hundred)
	o.cut(w.mul(r))
	return o
}

// Source: domain 13.5. S = W × (1 − δ(k−1)), or W − points(k−1), or a table of places.
func applyRank(it *Item, w Num, ws string, rd reading, f *field, at int, x string) (o outcome) {
	p := &it.P
	k, of := rd.x, "名次由来源给定"
	if !p.Given {
		k = Int(int64(f.places[at]))
		of = "完成值 " + x + " 在组内" + strconv.Itoa(f.n) + "个单位中列第" + k.String()
		if ties := f.tied[f.places[at]]; ties > 1 {
			of += "（并列" + strconv.Itoa(ties) + "个）"
		}
	} else if k.Cmp(Int(1)) < 0 || k.Cmp(k.floor()) != 0 {
		return outcome{state: void, why: "名次应是不小于1的整数，给的是" + x}
	}
	back := k.sub(Int(1))
	switch {
	case p.Delta != nil:
		o.sym, o.num = "权重 × (1 － "+percent(*p.Delta)+" × (名次 － 1))", ws+" × (1 － "+p.Delta.String()+" × ("+k.String()+" － 1))"
		o.pts = w.mul(Int(1).sub(p.Delta.mul(back)))
	case p.PerPlace != nil:
		o.sym, o.num = "权重 － "+p.PerPlace.String()+" × (名次 － 1)", ws+" － "+p.PerPlace.String()+" × ("+k.String()+" － 1)"
		o.pts = w.sub(p.PerPlace.mul(back))
	default:
		o.sym, o.num, o.pts = "按名次得分表", "第"+k.String()+"名", p.Rest
		if i := int(k.n) - 1; k.b == nil && i < len(p.Places) {
			o.pts = p.Places[i]
		}
	}
	o.notes = append(o.notes, of)
	if p.Floor != nil && o.pts.Cmp(*p.Floor) < 0 {
		o.notes = append(o.notes, "保底：按"+p.Floor.String()+"分计")
		o.cut(*p.Floor)
	}
	return o
}

// Source: domain 13.6, 14.4. S = B ± Σ xⱼ·B ÷ divisorⱼ in bands of Width.
func applyMean(it *Item, w Num, rd reading, f *field, x string) (o outcome) {
	p := &it.P
	base := w
	if p.Base != nil {
		base = *p.Base
	}
	m, name := f.mean, "组内平均"
	if p.MeanOf == "target" {
		if !rd.hasTarget {
			return outcome{state: void, why: "没有给出平均值（目标值）"}
		}
		m, name = rd.target, "给定平均"
	}
	if p.MeanOf == "number" {
		m, name = p.Mean, "给定平均"
	}
	gap := rd.x.sub(m)
	if it.Down {
		gap = gap.neg()
	}
	sign, rest := " ＋ ", gap.abs()
	if gap.Sign() < 0 {
		sign = " － "
	}
	o.sym = "基本分 ± 各段差距 × 基本分 ÷ 该段除数（差距 = 完成值 － " + name + "）"
	o.num = base.String()
	o.notes = append(o.notes, "差距 = "+x+" － "+paren(m)+" = "+rd.x.sub(m).String())
	o.pts = base
	last := p.Divisors[len(p.Divisors)-1]
	var step Num
	if n := len(p.Divisors); n > 1 {
		step = last.sub(p.Divisors[n-2]).max(Num{})
	}
	for j := 0; rest.Sign() > 0; j++ {
		d := last
		if j < len(p.Divisors) {
			d = p.Divisors[j]
		} else {
			d = last.add(step.mul(Int(int64(j - len(p.Divisors) + 1))))
		}
		seg := rest.min(p.Width)
		if j == 99 { // a gap of a hundred bands: the rest counts in the last one
			seg = rest
		}
		rest = rest.sub(seg)
		q, _ := seg.mul(base).quo(d)
		if gap.Sign() < 0 {
			q = q.neg()
		}
		o.pts = o.pts.add(q)
		o.num += sign + seg.String() + " × " + base.String() + " ÷ " + d.String()
	}
	if it.Min == nil && o.pts.Sign() < 0 {
		o.notes = append(o.notes, "扣完为止：按0分计")
		o.cut(Num{})
	}
	return o
}
