package appraisal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"

	"github.com/govalues/decimal"
)

// SignalKind is a kind of signal (数据信号).
type SignalKind string

// The kinds of signal. None of them is a finding: each asks people to look.
const (
	SignalGap     SignalKind = "gap"     // 自报与核验相差大
	SignalEdge    SignalKind = "edge"    // 数值贴着门槛
	SignalSum     SignalKind = "sum"     // 层层加码：分解之和大于总数
	SignalRaised  SignalKind = "raised"  // 目标中途调高
	SignalForward SignalKind = "forward" // 时限提前
	SignalStale   SignalKind = "stale"   // 数据不新
)

// SignalKinds lists the kinds in the order in which they are shown.
var SignalKinds = []SignalKind{SignalGap, SignalEdge, SignalSum, SignalRaised, SignalForward, SignalStale}

// Chinese returns the kind's name.
func (k SignalKind) Chinese() string {
	return map[SignalKind]string{SignalGap: "自报与核验", SignalEdge: "贴着门槛", SignalSum: "分解加码", SignalRaised: "中途加码", SignalForward: "时限提前", SignalStale: "数据不新"}[k]
}

// Signal is something in a unit's data that people should look at (数据信号). It enters no score: the unit is shown it first and
// has ten working days to explain it.
//
// Source: lessons 7.2, 7.5, 7.6; domain 16.2.
type Signal struct {
	UnitID int64
	Kind   SignalKind
	Text   string
	Tasks  []int64 // that it is about, a few of them
}

// Divergence is how far a unit's reports were from what verification found, over the year so far (自报核验对照).
type Divergence struct {
	UnitID                int64
	Checked, Lower, Upper int    // months of indicators that were checked; found less, found more
	Mean, Worst           string // gap in percent of the report, one decimal; negative = verification found less
	Certified             int    // of the values in force
	Verified, Reported    int
	Oldest                period.Month // the oldest value that still counts; "" if none
	Stale                 int          // values that are older than the quarter's end
}

// The limits of the signals. They are this program's [D] and shown with each signal.
const (
	gapMean   = -300 // a mean gap of −3 % or worse, ×100 percent
	gapWorst  = -1000
	edgeShare = 100 // just above a threshold: by at most 1 ÷ this of it
	edgeRows  = 3   // so many values just above are no chance
	staleFrom = 2   // months behind the quarter's end
)

// fairFacts is what the signals are read from.
type fairFacts struct {
	facts
	history map[int64][]indicator.Value
	forward []moved
	quarter period.Term
	rows    []score.Input // sealed rows of the round
	rule    *score.Scheme
}

// moved is a deadline that an adjustment brought forward.
type moved struct {
	task, unit int64
	title      string
	from, to   string
	days       int
}

// signals returns what people should look at, by unit, and each unit's divergence. It is pure.
func (f fairFacts) signals() (out []Signal, div []Divergence) {
	div = f.divergences()
	for _, d := range div {
		if s, ok := d.signal(); ok {
			out = append(out, s)
		}
		if d.Stale > 0 {
			out = append(out, Signal{UnitID: d.UnitID, Kind: SignalStale, Text: fmt.Sprintf("有 %d 项任务用的是 %s 以前的数，最早的到 %s。", d.Stale, f.quarter.Last().Chinese(), d.Oldest.Chinese())})
		}
	}
	out = append(out, f.edges()...)
	out = append(out, f.sums()...)
	out = append(out, f.raised()...)
	for _, m := range f.forward {
		out = append(out, Signal{UnitID: m.unit, Kind: SignalForward, Tasks: []int64{m.task}, Text: fmt.Sprintf("“%s”的时限由 %s 提前到 %s，早了 %d 天。", m.title, m.from, m.to, m.days)})
	}
	slices.SortStableFunc(out, func(a, b Signal) int {
		return cmp.Or(cmp.Compare(a.UnitID, b.UnitID), cmp.Compare(slices.Index(SignalKinds, a.Kind), slices.Index(SignalKinds, b.Kind)), strings.Compare(a.Text, b.Text))
	})
	return out, div
}

// signal is raised where verification finds clearly less than was reported.
func (d Divergence) signal() (Signal, bool) {
	mean, e1 := decimal.Parse(d.Mean)
	worst, e2 := decimal.Parse(d.Worst)
	if e1 != nil || e2 != nil || d.Lower == 0 || mean.Cmp(decimal.MustNew(gapMean, 2)) > 0 && worst.Cmp(decimal.MustNew(gapWorst, 2)) > 0 {
		return Signal{}, false
	}
	return Signal{UnitID: d.UnitID, Kind: SignalGap, Text: fmt.Sprintf("核验 %d 次，有 %d 次少于自报，平均相差 %s%%，最多的一次 %s%%。", d.Checked, d.Lower, minus(d.Mean), minus(d.Worst))}, true
}

func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// percentOf is (verified − reported) ÷ reported in hundredths of a percent, half away from zero; false where nothing was reported.
func percentOf(reported, verified amount.Scaled) (int64, bool) {
	if reported <= 0 {
		return 0, false
	}
	n, d := int64(verified-reported)*10000*2, int64(reported)*2
	if n < 0 {
		return -((-n + d/2) / d), true
	}
	return (n + d/2) / d, true
}

func (f fairFacts) divergences() (out []Divergence) {
	end := f.quarter.Last()
	for _, u := range f.dir.Units {
		d := Divergence{UnitID: u.ID}
		var sum, worst int64
		for _, t := range f.tasks {
			sheet, ok := f.sheets[t.IndicatorID]
			if t.LeadUnit != u.ID || !ok || t.State == task.Stopped {
				continue
			}
			down := sheet.Direction == indicator.Down
			for _, v := range f.history[t.IndicatorID] {
				if v.Period > end || v.Period.Year() != end.Year() || v.Reported == nil || v.Verified == nil {
					continue
				}
				p, ok := percentOf(*v.Reported, *v.Verified)
				if !ok {
					continue
				}
				if down { // less of a bad thing was reported than was found
					p = -p
				}
				d.Checked++
				switch {
				case p < 0:
					d.Lower++
				case p > 0:
					d.Upper++
				}
				sum, worst = sum+p, min(worst, p)
			}
			if indicator.PlanOn(f.plans[t.IndicatorID], end.End().UnixMilli()-1).Pace(end) == 0 {
				continue
			}
			_, kind, from, has := f.valueAt(t.IndicatorID, end)
			if !has {
				continue
			}
			switch kind {
			case indicator.Certified:
				d.Certified++
			case indicator.Verified:
				d.Verified++
			default:
				d.Reported++
			}
			if d.Oldest == "" || from < d.Oldest {
				d.Oldest = from
			}
			if end.Since(from) >= staleFrom {
				d.Stale++
			}
		}
		if d.Checked == 0 && d.Certified+d.Verified+d.Reported == 0 {
			continue
		}
		if d.Checked > 0 {
			d.Mean, d.Worst = tenth(sum, int64(d.Checked)), tenth(worst, 1)
		}
		out = append(out, d)
	}
	return out
}

// tenth is a ÷ n in percent with one decimal, of hundredths of a percent, half away from zero.
func tenth(a, n int64) string {
	neg := a < 0
	if neg {
		a = -a
	}
	q := (a*2 + 10*n) / (20 * n)
	if neg {
		q = -q
	}
	return decimal.MustNew(q, 1).String()
}

// edges finds values that lie just above where points begin: within one hundredth of a threshold, a band's edge, a step's target, or
// a capped ratio's plan. Only reported values are looked at, and fewer than three of a unit are taken for chance.
func (f fairFacts) edges() (out []Signal) {
	if f.rule == nil {
		return nil
	}
	type at struct {
		unit string
		item string
	}
	near, all := map[at][]score.Input{}, map[at]int{}
	var order []at
	var walk func(items []*score.Item)
	walk = func(items []*score.Item) {
		for _, it := range items {
			walk(it.Parts)
			if it.Off || it.Down || it.Method == score.Combination {
				continue
			}
			for _, r := range f.rows {
				if r.Item != it.Indicator || !r.Value.Valid || r.Kind != score.Reported || r.Exempt || inverse(r) {
					continue
				}
				lines := thresholds(it, r)
				if len(lines) == 0 {
					continue
				}
				k := at{r.Unit, it.Name}
				if all[k] == 0 {
					order = append(order, k)
				}
				all[k]++
				if slices.ContainsFunc(lines, func(t decimal.Decimal) bool { return justAbove(r.Value.Decimal, t) }) {
					near[k] = append(near[k], r)
				}
			}
		}
	}
	walk(f.rule.Items)
	unit := map[string]int64{}
	for _, u := range f.dir.Units {
		unit[u.Name] = u.ID
	}
	for _, k := range order {
		if n := len(near[k]); n >= edgeRows && n*2 > all[k] {
			s := Signal{UnitID: unit[k.unit], Kind: SignalEdge, Text: fmt.Sprintf("“%s”的 %d 个自报数里，有 %d 个只比得分的门槛高出 1%% 以内。", k.item, all[k], n)}
			for _, r := range near[k] {
				if id := taskIn(r.Source); id != 0 && len(s.Tasks) < 5 {
					s.Tasks = append(s.Tasks, id)
				}
			}
			out = append(out, s)
		}
	}
	return out
}

// thresholds returns the values at which an item's points jump or stop, for a row.
func thresholds(it *score.Item, r score.Input) (out []decimal.Decimal) {
	add := func(n *score.Num) {
		if n != nil {
			if d, ok := n.Round(6, score.HalfUp); ok {
				out = append(out, d)
			}
		}
	}
	switch it.Method {
	case score.Threshold:
		if it.P.At != nil {
			add(it.P.At)
			return out
		}
	case score.Bands:
		for _, b := range it.P.Table {
			add(b.From)
		}
		return out
	case score.Step:
	case score.Ratio:
		if it.P.Cap == nil {
			return nil
		}
	default:
		return nil
	}
	if r.Target.Valid {
		return append(out, r.Target.Decimal)
	}
	add(it.Target)
	return out
}

// justAbove reports whether t ≤ x ≤ t + t ÷ 100, for a positive threshold.
func justAbove(x, t decimal.Decimal) bool {
	if !t.IsPos() || x.Cmp(t) < 0 {
		return false
	}
	gap, e1 := x.Sub(t)
	times, e2 := gap.Mul(decimal.MustNew(edgeShare, 0))
	return e1 == nil && e2 == nil && times.Cmp(t) <= 0
}

// base is a task's title without what names the part: 新增规模以上企业（漳湾） → 新增规模以上企业.
func base(title string) (string, bool) {
	for _, p := range [][2]string{{"（", "）"}, {"(", ")"}} {
		if i := strings.LastIndex(title, p[0]); i > 0 && strings.HasSuffix(title, p[1]) {
			return strings.TrimSpace(title[:i]), true
		}
	}
	return title, false
}

// sums compares the targets of a matter's parts with the total that stands beside them in the same campaign (分解加码): the total is the
// task of the same name without the part's name, or with 全区 before it.
func (f fairFacts) sums() (out []Signal) {
	type key struct{ origin, name, measure string }
	parts := map[key][]task.Task{}
	whole := map[key]task.Task{}
	var order []key
	for _, t := range f.tasks {
		sheet, ok := f.sheets[t.IndicatorID]
		if !ok || t.State == task.Stopped {
			continue
		}
		name, part := base(t.Title)
		k := key{t.Origin.String(), strings.TrimPrefix(name, "全区"), sheet.Measure}
		if part {
			if len(parts[k]) == 0 {
				order = append(order, k)
			}
			parts[k] = append(parts[k], t)
		} else {
			whole[k] = t
		}
	}
	at := f.quarter.Last().End().UnixMilli() - 1
	for _, k := range order {
		w, ok := whole[k]
		if !ok {
			continue
		}
		var sum amount.Scaled
		total := indicator.PlanOn(f.plans[w.IndicatorID], at).Target
		s := Signal{UnitID: w.LeadUnit, Kind: SignalSum, Tasks: []int64{w.ID}}
		for _, t := range parts[k] {
			sum += indicator.PlanOn(f.plans[t.IndicatorID], at).Target
		}
		if total <= 0 || sum <= total {
			continue
		}
		p, _ := percentOf(total, sum)
		s.Text = fmt.Sprintf("“%s”总目标 %s，分解到 %d 个单位合计 %s，加码 %s%%。", k.name, indicator.Show(total, k.measure), len(parts[k]), indicator.Show(sum, k.measure), tenth(p, 1))
		out = append(out, s)
	}
	return out
}

// raised finds targets that were put up after they were sealed (中途加码).
func (f fairFacts) raised() (out []Signal) {
	at := f.quarter.Last().End().UnixMilli() - 1
	for _, t := range f.tasks {
		list := f.plans[t.IndicatorID]
		sheet, ok := f.sheets[t.IndicatorID]
		if !ok || len(list) < 2 || t.State == task.Stopped {
			continue
		}
		first := list[0]
		for _, p := range list {
			if p.Revision < first.Revision {
				first = p
			}
		}
		now := indicator.PlanOn(list, at)
		harder := now.Target > first.Target
		if sheet.Direction == indicator.Down {
			harder = now.Target < first.Target
		}
		if harder {
			out = append(out, Signal{UnitID: t.LeadUnit, Kind: SignalRaised, Tasks: []int64{t.ID}, Text: fmt.Sprintf("“%s”的目标由 %s 调到 %s。", t.Title, indicator.Show(first.Target, sheet.Measure), indicator.Show(now.Target, sheet.Measure))})
		}
	}
	return out
}

// taskIn reads the task's number in a source "task:17@2017-06"; 0 if it is another kind.
func taskIn(source string) int64 {
	s, ok := strings.CutPrefix(source, "task:")
	if !ok {
		return 0
	}
	s, _, _ = strings.Cut(s, "@")
	var n int64
	fmt.Sscan(s, &n)
	return n
}
