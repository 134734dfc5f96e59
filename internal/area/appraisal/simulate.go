package appraisal

import (
	"strings"

	"duban/internal/area/appraisal/score"

	"github.com/govalues/decimal"
)

// SchemeTrial is a draft scheme tried on what has been scored before (试评). Nothing of it is kept and nothing of it counts.
type SchemeTrial struct {
	Draft, Old Scheme
	Bases      []Round // that can be chosen, the latest first
	Chosen     []Round // that the draft was tried on
	score.Simulation
	Missing []string // items of the draft for which nobody has any data in these rounds
}

// added returns the rows that only the draft reads: what the old scheme did not collect.
func added(sealed, fresh score.Data, old *score.Scheme) (out []score.Input) {
	had := names(old)
	group := map[string]string{}
	for _, r := range sealed.Rows {
		group[r.Unit] = r.Group
	}
	for _, r := range fresh.Rows {
		if _, ok := group[r.Unit]; ok && r.Event == "" && !had[r.Item] {
			out = append(out, r)
		}
	}
	return out
}

// missing names the draft's items that no row feeds.
func missing(s *score.Scheme, data []score.Data) (out []string) {
	have := map[string]bool{}
	for _, d := range data {
		for _, r := range d.Rows {
			have[r.Item] = true
		}
	}
	for _, it := range s.Items {
		if it.Off || it.Extra || it.Method == score.Count || it.Method == score.Combination || it.Method == score.ByFormula {
			continue
		}
		if !have[it.Indicator] {
			out = append(out, it.Name)
		}
	}
	return out
}

// Guess is what a unit's total would be with one value otherwise (推演). It changes no score.
type Guess struct {
	Source, Name       string
	Was, Now           string // the value
	Before, After      string // the unit's total
	OldRank, NewRank   int    // 0 where the actor may not know
	Item               string // the item that moved most
	ItemOld, ItemAfter string
}

// guess compares a unit's results. It is pure.
func guess(before, after *score.UnitResult) (g Guess) {
	g.Before, g.After, g.OldRank, g.NewRank = before.Total.String(), after.Total.String(), before.Rank, after.Rank
	best := decimal.Zero
	for _, x := range after.Items {
		y := before.Item(x.Item)
		if y == nil {
			continue
		}
		d, err := x.Score.Sub(y.Score)
		if err == nil && d.Abs().Cmp(best) > 0 {
			best, g.Item, g.ItemOld, g.ItemAfter = d.Abs(), x.Name, y.Score.String(), x.Score.String()
		}
	}
	return g
}

// Gain is how many places a unit has moved up (争先进位); negative is down.
type Gain struct {
	UnitID         int64
	Unit           string
	From, To, Move int
}

// Gains is the second board beside the ranking: who has moved up most since the round before.
type Gains struct {
	Since string // the round that is compared with; "" if there is none
	Lines []Gain
}

// gains compares two boards of a group. It is pure.
func gains(before, now []Line) (out []Gain) {
	for _, l := range now {
		if m, ok := RankMove(before, now, l.UnitID); ok {
			out = append(out, Gain{UnitID: l.UnitID, Unit: l.Unit, From: l.Rank + m, To: l.Rank, Move: m})
		}
	}
	sortGains(out)
	return out
}

// Repeat is a unit that stood in the lowest grade two years running (连续两年末等). The consequence is shown, never executed.
type Repeat struct {
	UnitID int64
	Unit   string
	Grade  string
}

// Weak is one line of the list of what a unit has to mend (整改清单).
//
// Source: domain 13.14.
type Weak struct {
	Item, Score, Weight string
	Behind              []score.InputUsed // what of it stands behind its plan
	Formula             string
}

// Rectification is what one unit has to mend.
type Rectification struct {
	UnitID int64
	Unit   string
	Group  string
	Total  string
	Items  []Weak
}

// weakBelow is the share of an item's weight, in percent, below which the item has to be mended. [D]
const weakBelow = 60

// weak lists the items of a score that lie under 60 % of their weight, but for those that are scored by rank. It is pure.
func weak(u score.UnitResult) (out []Weak) {
	for _, it := range u.Items {
		w, err := decimal.Parse(it.Weight)
		if err != nil || w.Sign() <= 0 || it.State == score.Dropped || it.Method == score.ByRank.String() { // of ranks somebody always has the last
			continue
		}
		line, err := w.Mul(decimal.MustNew(weakBelow, 2))
		if err != nil || it.Score.Cmp(line) >= 0 {
			continue
		}
		x := Weak{Item: it.Name, Score: it.Score.String(), Weight: it.Weight, Formula: it.Formula}
		for _, in := range it.Inputs {
			v, e1 := decimal.Parse(in.Value)
			t, e2 := decimal.Parse(in.Target)
			if e1 == nil && e2 == nil && v.Cmp(t) < 0 {
				x.Behind = append(x.Behind, in)
			}
		}
		out = append(out, x)
	}
	return out
}

// nameOf is how a row is called in a sentence.
func nameOf(r score.Input) string { return strings.TrimSpace(r.Item + r.Event) }
