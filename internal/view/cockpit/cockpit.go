// Package cockpit is the leaders' view across all campaigns (驾驶舱, 挂图作战): one cell per campaign and unit with its lights,
// and one per month with where the unit stands against plan.
//
// The cells are kept up to date by the facts that acts publish, not computed when somebody looks: a page reads a few
// rows however many tasks there are. A cell is always recomputed whole from the tasks and values that it is made of, so that
// a fact that comes twice or out of order does no harm; duban check rebuilds all and compares.
//
// Source: S7; architecture §4 (view); perf 7.
package cockpit

import (
	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

// Origin is the kind of record whose tasks the cells count.
const Origin = "campaign.campaign"

// Cell is what a unit owes in a campaign, by light.
type Cell struct {
	Campaign, Unit int64
	Count          map[task.Light]int64
	DaysLate       int64 // of the latest task
	Worst          int64 // the task that needs eyes first; 0 if there is none
}

// Total returns the number of tasks.
func (c Cell) Total() (n int64) {
	for _, x := range c.Count {
		n += x
	}
	return n
}

// Light returns the cell's light: the most urgent that any task shows. "" if there is no task.
func (c Cell) Light() task.Light {
	for _, l := range task.Lights {
		if c.Count[l] > 0 {
			return l
		}
	}
	return ""
}

// Month is where a unit stands in a campaign at the end of a month. Rates are weighted sums: divide by Weight.
type Month struct {
	Campaign, Unit int64
	Period         period.Month
	Weight         int64 // sum of the tasks' weights; a campaign whose tasks bear none counts each as 1
	Best           int64 // Σ weight × task.Share ×10^4 of the last known value, which is 认定, else 核验, else 自报
	Reported       int64 // the same of what the unit itself said
	Pace           int64 // Σ weight × 应达 ÷ target ×10^4
	Verified       int64 // tasks with a verified or certified value of the month
	Filed          int64 // tasks with an account of the month
	Expected       int64 // tasks whose plan covers the month
}

// build computes the cells of one unit in one campaign. It is pure.
func build(campaign, unit int64, tasks []task.Task, sheets map[int64]indicator.Sheet, history map[int64][]indicator.Value, until period.Month) (Cell, []Month) {
	c := Cell{Campaign: campaign, Unit: unit, Count: map[task.Light]int64{}}
	flat := true
	for _, t := range tasks {
		c.Count[t.Standing.Light]++
		if t.Standing.DaysLate > c.DaysLate {
			c.DaysLate = t.Standing.DaysLate
		}
		flat = flat && t.Weight == 0
	}
	if len(tasks) > 0 && tasks[0].Standing.Light.Rank() <= task.Amber.Rank() {
		c.Worst = tasks[0].ID // lists come the most urgent first
	}
	from := until
	for _, t := range tasks {
		if s, ok := sheets[t.IndicatorID]; ok && s.Plan.From < from {
			from = s.Plan.From
		}
	}
	var months []Month
	for m := from; m <= until; m = m.Next() {
		x := Month{Campaign: campaign, Unit: unit, Period: m}
		for _, t := range tasks {
			s, ok := sheets[t.IndicatorID]
			if !ok || m < s.Plan.From || t.State == task.Stopped {
				continue
			}
			w := t.Weight
			if flat {
				w = 1
			}
			x.Weight += w
			x.Expected++
			var best, reported *amount.Scaled
			for _, v := range history[t.IndicatorID] {
				if v.Period > m {
					break
				}
				if b, _, ok := v.Best(); ok {
					best = &b
				}
				if v.Reported != nil {
					reported = v.Reported
				}
				if v.Period == m {
					if v.Reported != nil {
						x.Filed++
					}
					if v.Verified != nil || v.Certified != nil {
						x.Verified++
					}
				}
			}
			done, due := task.Share(best, s.Plan.Pace(m), s.Plan.Target, s.Direction)
			said, _ := task.Share(reported, s.Plan.Pace(m), s.Plan.Target, s.Direction)
			x.Best, x.Reported, x.Pace = x.Best+w*done, x.Reported+w*said, x.Pace+w*due
		}
		if x.Expected > 0 {
			months = append(months, x)
		}
	}
	return c, months
}

// Progress is a campaign's or a unit's standing at a month, in percent ×100.
type Progress struct {
	Best, Reported, Pace      int64
	Filed, Verified, Expected int64
}

// Lead returns how far the verified progress is ahead of plan, in points ×100.
func (p Progress) Lead() int64 { return p.Best - p.Pace }

// Sum adds months of several units into one progress: numerators and weights are added, percentages never averaged.
func Sum(list []Month) (p Progress) {
	var w, best, reported, pace int64
	for _, m := range list {
		w, best, reported, pace = w+m.Weight, best+m.Best, reported+m.Reported, pace+m.Pace
		p.Filed, p.Verified, p.Expected = p.Filed+m.Filed, p.Verified+m.Verified, p.Expected+m.Expected
	}
	if w == 0 {
		return p
	}
	half := func(n int64) int64 { return (2*n + w) / (2 * w) }
	p.Best, p.Reported, p.Pace = half(best), half(reported), half(pace)
	return p
}

// Point is a campaign at the end of a month.
type Point struct {
	Month period.Month
	Progress
}

// Series returns a campaign month by month, from its first month to the one that is looked at, its last one at most: the last
// point is where it stands. Every page that says how far a campaign is takes it from here, so that two pages never differ.
func Series(months []Month, campaign int64, from, to period.Month) (out []Point) {
	of := map[period.Month][]Month{}
	for _, m := range months {
		if m.Campaign == campaign {
			of[m.Period] = append(of[m.Period], m)
		}
	}
	for m := from; m <= to; m = m.Next() {
		if list := of[m]; len(list) > 0 {
			out = append(out, Point{m, Sum(list)})
		}
	}
	return out
}

// looked returns the month that pages look at (应达 is the plan at its end): the last one that is over; or the one before
// it while nobody has reported and no task is 缺报, which would say that reports are due.
//
// Source: domain 13.0 (a threshold counts completed months); architecture §4.
func looked(over period.Month, months []Month, missing int64) period.Month {
	if filed(months, over) == 0 && filed(months, over.Prev()) > 0 && missing == 0 {
		return over.Prev()
	}
	return over
}

func filed(months []Month, m period.Month) (n int64) {
	for _, x := range months {
		if x.Period == m {
			n += x.Filed
		}
	}
	return n
}
