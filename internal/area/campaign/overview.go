package campaign

import (
	"encoding/json"
	"math/bits"
	"strconv"
	"strings"

	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/task"
)

// Progress is how far a campaign is, weighted by its items (总进度), in percent ×100.
//
// With w the item's weight (1 for each if no item bears one), the value that counts v (认定, else 核验, else 自报), the target T and
// 应达 p of the same month, over all items that are not stopped and whose plan has begun:
//
//	Done  = Σ w·min(1, v/T) ÷ Σ w        Pace = Σ w·min(1, p/T) ÷ Σ w        Lead = Done − Pace
//
// Each v/T is cut off at 1, so that nobody's surplus covers another's gap; an item without any value counts 0; each ratio is
// rounded half up to 0.01 %, and so are the sums. For an indicator of which less is better (逆向) v ≤ p counts as p/T, and v > p as what is left of it, p/T − (v−p)/T, not below 0.
//
// Source: domain 13.0, 13.1; ui 8.3.
type Progress struct {
	Done, Pace int64 // percent ×100
	Items      int64 // that are counted
	Unverified int64 // of them, those whose value is only 自报, or that have none
}

// Lead is how far ahead of 应达, in percentage points ×100; negative if behind.
func (p Progress) Lead() int64 { return p.Done - p.Pace }

// share is one item's part of a progress.
type share struct {
	weight             int64
	value, pace, total amount.Scaled
	known, verified    bool
	down               bool
}

// progress weighs shares. It is pure.
func progress(list []share) (p Progress) {
	flat := true
	for _, x := range list {
		flat = flat && x.weight == 0
	}
	var w uint64
	var done, pace sum
	for _, x := range list {
		p.Items++
		if !x.known || !x.verified {
			p.Unverified++
		}
		n := uint64(x.weight) // never negative: Opening and Wanted refuse it
		if flat {
			n = 1
		}
		r := ratio(x.pace, x.total)
		d := int64(0)
		if x.known {
			d = ratio(x.value, x.total)
			if x.down {
				d = r
				if x.value > x.pace {
					d = max(r-ratio(x.value-x.pace, x.total), 0)
				}
			}
		}
		w += n
		done.add(n, uint64(d))
		pace.add(n, uint64(r))
	}
	if w > 0 {
		p.Done, p.Pace = done.over(w), pace.over(w)
	}
	return p
}

// ratio returns min(1, v ÷ total) in percent ×100, rounded half up; 0 if either is not positive.
func ratio(v, total amount.Scaled) int64 {
	if total <= 0 || v <= 0 {
		return 0
	}
	if v >= total {
		return 10000
	}
	var n sum
	n.add(uint64(v), 10000)
	return n.over(uint64(total))
}

// sum is a sum of products in 128 bits: exact for whatever amounts and weights there can be, and without an allocation for each.
type sum struct{ hi, lo uint64 }

func (s *sum) add(a, b uint64) {
	hi, lo := bits.Mul64(a, b)
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi, _ = bits.Add64(s.hi, hi, carry)
}

// over divides by n, rounded half up. The quotient, a mean of percentages ×100, is small.
func (s sum) over(n uint64) int64 {
	q, r := bits.Div64(s.hi, s.lo, n)
	if r >= n-r { // twice the rest is n or more
		q++
	}
	return int64(q)
}

// MonthPoint is a campaign at the end of a closed month, as its lights were given (逐月与计划之差).
type MonthPoint struct {
	Month period.Month
	Progress
	Lights map[task.Light]int64
}

// Line is an item in a campaign's list.
type Line struct {
	Task       task.Task
	Measure    string
	Target     amount.Scaled
	Rate       int64            // of the value that counts, percent ×100; 0 if Hidden
	Pace       int64            // 应达 ÷ target, percent ×100
	Milestones []task.Milestone // none if Hidden
	// Hidden says that the actor sees of this item only what is public: number, title, unit, deadline and the light of the last closed
	// month. Source: architecture §4 (who may see what).
	Hidden bool
}

// Overview is a campaign at one look (CampaignOverview).
type Overview struct {
	Campaign Campaign
	Count    map[task.Light]int64 // items by light; for those that are Hidden, by the light of the last closed month
	Total    int64
	Progress Progress // by the value that counts
	Lines    []Line   // the most urgent first
	History  []MonthPoint

	Force   TaskForce
	Books   []TaskBook // number, unit and state of those that the actor may see
	Pledges []PledgeView
	Batches []Batch // imports without their rows, for who manages the campaign
	Manages bool    // the actor may run the campaign
}

// numbers are what a closed month's light was given from.
type numbers struct {
	Target string `json:"target_x10000"`
	Value  string `json:"value_x10000"`
	Kind   string `json:"kind"`
	Pace   string `json:"pace_x10000"`
}

// read reads what task wrote: an object of plain texts. A campaign has some hundred of them, and encoding/json takes as long for them as
// the rest of the page; what has any other form is left to it.
func (n *numbers) read(s string) bool {
	if rest, ok := strings.CutPrefix(s, "{"); ok && !strings.Contains(s, `\`) {
		for {
			key, value, after, ok := pair(rest)
			if !ok {
				break
			}
			switch key {
			case "target_x10000":
				n.Target = value
			case "value_x10000":
				n.Value = value
			case "kind":
				n.Kind = value
			case "pace_x10000":
				n.Pace = value
			}
			if after == "}" {
				return true
			}
			if rest, ok = strings.CutPrefix(after, ","); !ok {
				break
			}
		}
	}
	*n = numbers{}
	return json.Unmarshal([]byte(s), n) == nil
}

// pair cuts "key":"value" off.
func pair(s string) (key, value, after string, ok bool) {
	if s, ok = strings.CutPrefix(s, `"`); !ok {
		return
	}
	if key, s, ok = strings.Cut(s, `":"`); !ok || strings.Contains(key, `"`) {
		return "", "", "", false
	}
	value, after, ok = strings.Cut(s, `"`)
	return
}

// history weighs the lights of closed months. It is pure.
func history(lights []task.Month, tasks map[int64]task.Task, sheets map[int64]indicator.Sheet) (out []MonthPoint) {
	byMonth := map[period.Month][]share{}
	counts := map[period.Month]map[task.Light]int64{}
	first, last := period.Month("9999-12"), period.Month("")
	for _, l := range lights {
		t, ok := tasks[l.TaskID]
		var n numbers
		if !ok || !n.read(l.Numbers) {
			continue
		}
		m := period.Month(l.Period)
		x := share{weight: t.Weight, value: scaled(n.Value), pace: scaled(n.Pace), total: scaled(n.Target), known: n.Value != "",
			verified: n.Kind == string(indicator.Verified) || n.Kind == string(indicator.Certified), down: sheets[t.IndicatorID].Direction == indicator.Down}
		byMonth[m] = append(byMonth[m], x)
		if counts[m] == nil {
			counts[m] = map[task.Light]int64{}
		}
		counts[m][l.Light]++
		first, last = min(first, m), max(last, m)
	}
	if last == "" {
		return nil
	}
	for m := first; m <= last; m = m.Next() {
		if len(byMonth[m]) > 0 {
			out = append(out, MonthPoint{Month: m, Progress: progress(byMonth[m]), Lights: counts[m]})
		}
	}
	return out
}

func scaled(s string) amount.Scaled {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return amount.Scaled(n)
}

// Card is a campaign in the list of all.
type Card struct {
	Campaign Campaign
	Count    map[task.Light]int64
	Total    int64
	Progress Progress
	Member   bool // the actor is in its task force
}

// Detail is everything about one item (ItemDetail).
type Detail struct {
	Item     Item
	Task     task.Task
	Campaign Campaign
	Sheet    indicator.Sheet
	Plans    []indicator.Plan // the first is 原定, the last 现行
	// Baselines, like Plans, the first is 原定.
	Baselines   []task.Baseline
	Values      []indicator.Value // the three values of every month
	Milestones  []task.Milestone
	Lights      []task.Month // closed months
	Accounts    []task.Account
	Adjustments []task.Adjustment
	Exhibits    []evidence.Exhibit
	Acts        []ledger.Entry // what was decided on the task itself, the newest first
	// Helper says that the actor's unit only helps (配合单位): accounts, values, evidence and acts are left out.
	Helper bool
	// May say what the actor can do with it now.
	MayReport, MayComplete, MayPropose bool
	MayClose                           bool // the unit has reported it done, and the reader may strike it off
}
