package campaign

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"

	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/task"
)

// Progress is how far a campaign was when a month was closed, weighted by its items, in percent ×100: Σ weight × task.Share ÷ Σ weight,
// with 1 for each item if no item bears a weight, rounded half up.
//
// How far it is now is said by view/cockpit.Standing, for every page alike.
//
// Source: domain 13.0, 13.1; ui 8.3.
type Progress struct {
	Done, Pace int64 // percent ×100
}

// Lead is how far ahead of 应达, in percentage points ×100; negative if behind.
func (p Progress) Lead() int64 { return p.Done - p.Pace }

// share is one item's part of a progress.
type share struct {
	weight      int64
	value       *amount.Scaled
	pace, total amount.Scaled
	direction   indicator.Direction
}

// progress weighs shares. It is pure.
func progress(list []share) (p Progress) {
	flat := true
	for _, x := range list {
		flat = flat && x.weight == 0
	}
	var w, done, pace big.Int
	for _, x := range list {
		n := x.weight
		if flat {
			n = 1
		}
		d, due := task.Share(x.value, x.pace, x.total, x.direction)
		w.Add(&w, big.NewInt(n))
		done.Add(&done, new(big.Int).Mul(big.NewInt(n), big.NewInt(d)))
		pace.Add(&pace, new(big.Int).Mul(big.NewInt(n), big.NewInt(due)))
	}
	if w.Sign() > 0 {
		p.Done, p.Pace = halfUp(&done, &w), halfUp(&pace, &w)
	}
	return p
}

func halfUp(a, b *big.Int) int64 {
	n := new(big.Int).Mul(a, big.NewInt(2))
	n.Add(n, b)
	return n.Quo(n, new(big.Int).Mul(b, big.NewInt(2))).Int64()
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
	Plan       indicator.Plan
	Rate       int64            // of the value that counts, percent ×100; 0 if Hidden
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
	Lines    []Line // the most urgent first
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
		x := share{weight: t.Weight, pace: scaled(n.Pace), total: scaled(n.Target), direction: sheets[t.IndicatorID].Direction}
		if n.Value != "" {
			v := scaled(n.Value)
			x.value = &v
		}
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
