package task

import (
	"fmt"
	"strings"

	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"
)

// Change is one thing that an adjustment changes: as first sealed (原定), as it stood before the request was decided (现行), as wanted (申请).
type Change struct{ What, First, Now, Wanted string }

// Short returns "时限 2017-12-31 → 2018-01-31".
func (c Change) Short() string { return c.What + " " + c.Now + " → " + c.Wanted }

// Changes returns what the request changes, in words. What was in force is read from the sealed baselines, so that a request that
// has been decided still shows what it found. It is pure.
//
// Source: domain 3 (adjustment); ui 9 (a full page says what will happen).
func (a Adjustment) Changes(t Terms) (out []Change) {
	first, firstPlan := t.First()
	now := first
	for _, b := range t.Baselines {
		if (a.DecidedAt == 0 || b.At <= a.DecidedAt) && (a.State == Proposed || b.AdjustmentID == 0 || b.AdjustmentID != a.ID) {
			now = b
		}
	}
	plan := firstPlan
	for _, p := range t.Plans {
		if p.Revision == now.PlanRevision {
			plan = p
		}
	}
	w, measure := a.Wanted, t.Sheet.Measure
	if w.State != "" {
		from := Open
		if w.State == Open {
			from = Stopped
		}
		out = append(out, Change{What: "状态", First: Open.Chinese(), Now: from.Chinese(), Wanted: map[State]string{Stopped: "中止", Open: "恢复推进"}[w.State]})
	}
	add := func(what, first, now, wanted string) { out = append(out, Change{what, first, now, wanted}) }
	if w.Deadline != nil {
		add("时限", deadline(first.Deadline), deadline(now.Deadline), deadline(*w.Deadline))
	}
	if w.Target != nil {
		add("目标值", indicator.Show(firstPlan.Target, measure), indicator.Show(plan.Target, measure), indicator.Show(*w.Target, measure))
	}
	if w.ToMonth != nil {
		add("计划结束月份", firstPlan.To.Chinese(), plan.To.Chinese(), w.ToMonth.Chinese())
	}
	if len(w.Curve) > 0 {
		to := plan.To
		if w.ToMonth != nil {
			to = *w.ToMonth
		}
		add("月度计划（累计）", curve(firstPlan.Curve, firstPlan.From, firstPlan.To), curve(plan.Curve, plan.From, plan.To), curve(w.Curve, plan.From, to))
	}
	if w.Weight != nil {
		weight := func(x int64) string { return indicator.Number(amount.Scaled(x * 100)) }
		add("分值", weight(first.Weight), weight(now.Weight), weight(*w.Weight))
	}
	if len(w.Milestones) > 0 {
		add("节点", steps(first.Milestones), steps(now.Milestones), steps(w.Milestones))
	}
	return out
}

func deadline(day string) string {
	if day == "" {
		return "持续推进"
	}
	return day
}

func curve(c []amount.Scaled, from, to period.Month) string {
	if len(c) == 0 {
		return "各月平均"
	}
	var parts []string
	m := from
	for _, v := range c {
		parts = append(parts, fmt.Sprintf("%d月 %s", m.Number(), indicator.Number(v)))
		if m == to {
			break
		}
		m = m.Next()
	}
	return strings.Join(parts, "，")
}

func steps(list []Milestone) string {
	if len(list) == 0 {
		return "没有节点"
	}
	var parts []string
	for _, m := range list {
		parts = append(parts, fmt.Sprintf("%s %s（%s%%）", m.DueOn, m.Title, indicator.Number(amount.Scaled(m.Weight*100))))
	}
	return strings.Join(parts, "；")
}
