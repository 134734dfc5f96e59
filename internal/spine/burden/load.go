package burden

import (
	"fmt"
	"slices"
	"strings"

	"duban/internal/base/period"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
)

// Load is what is asked of one unit in a month (负担): what the meter shows beside the ranking.
type Load struct {
	Unit    int64
	Sheets  int64 // copies of returns
	Kinds   int64 // different returns
	Fields  int64 // to be typed, over all sheets
	Held    int64 // filled in by the program, over all sheets
	Minutes int64
	Checks  int64 // received; meaningless while nobody counts them
}

// Limit is the most that may be asked of a unit in a month (减负上限); 0 sets none.
type Limit struct {
	Sheets, Fields, Minutes, Checks int64
	Basis                           string
	SetBy                           int64
	At                              int64
	Version                         int64 // 0 if none was ever set
}

func (l Limit) sealed() any {
	return struct {
		Sheets  int64         `json:"sheets"`
		Fields  int64         `json:"fields"`
		Minutes int64         `json:"minutes"`
		Checks  int64         `json:"checks"`
		Basis   string        `json:"basis"`
		SetBy   ledger.Person `json:"set_by"`
	}{l.Sheets, l.Fields, l.Minutes, l.Checks, l.Basis, ledger.Person(l.SetBy)}
}

// Excess is one limit that a unit passes.
type Excess struct {
	Unit        int64
	What        string // 报表张数
	Have, Limit int64
}

func (e Excess) String() string { return fmt.Sprintf("%s %d，上限 %d", e.What, e.Have, e.Limit) }

// Over returns the limits that a load passes. It is pure.
func (l Limit) Over(x Load) (out []Excess) {
	for _, c := range []struct {
		what        string
		have, limit int64
	}{{"报表张数", x.Sheets, l.Sheets}, {"填报项数", x.Fields, l.Fields}, {"填报分钟", x.Minutes, l.Minutes}, {"检查次数", x.Checks, l.Checks}} {
		if c.limit > 0 && c.have > c.limit {
			out = append(out, Excess{x.Unit, c.what, c.have, c.limit})
		}
	}
	return out
}

// running is a task that runs in a month: whose it is, and whether the month's number is certified already.
type running struct {
	unit      int64
	certified bool
}

// measure counts a month, unit by unit, in the order of units. It is pure.
func measure(m period.Month, returns []Return, tasks []running, units []*org.Unit, checks map[int64]int64) []Load {
	out := make([]Load, 0, len(units))
	at := map[int64]int{}
	for _, u := range units {
		at[u.ID] = len(out)
		out = append(out, Load{Unit: u.ID, Checks: checks[u.ID]})
	}
	for _, r := range returns {
		n := r.Asks(m)
		if n == 0 {
			continue
		}
		asked, held := r.Asked()
		seen := map[int64]bool{}
		put := func(unit int64, less int64) {
			i, ok := at[unit]
			if !ok {
				return
			}
			x := &out[i]
			x.Sheets += n
			x.Fields += n * (asked - less)
			x.Held += n * (held + less)
			x.Minutes += n * r.Minutes
			if !seen[unit] {
				x.Kinds++
				seen[unit] = true
			}
		}
		switch r.Audience {
		case PerTask:
			var values int64
			for _, f := range r.Fields {
				if f.Item == oneValue && !f.Held {
					values++
				}
			}
			for _, t := range tasks {
				if t.certified {
					put(t.unit, values)
				} else {
					put(t.unit, 0)
				}
			}
		case ByKind:
			for _, u := range units {
				if slices.Contains(r.Kinds, u.Kind) {
					put(u.ID, 0)
				}
			}
		case ByUnit:
			for _, u := range r.Units {
				put(u, 0)
			}
		}
	}
	return out
}

// repeated returns the fields that two returns in force both ask to be typed: 重复填报. It is pure.
func repeated(m period.Month, returns []Return) (out []string) {
	first := map[string]string{}
	for _, r := range returns {
		if r.State != InForce || r.Until != "" && m > r.Until {
			continue
		}
		for _, f := range r.Fields {
			if f.Held || f.Item == oneValue {
				continue
			}
			if other, dup := first[f.Item]; dup {
				out = append(out, fmt.Sprintf("“%s”在《%s》和《%s》里都要填", f.Name, other, r.Name))
			} else {
				first[f.Item] = r.Name
			}
		}
	}
	return out
}

func listed(list []string, most int) string {
	if len(list) > most {
		return strings.Join(list[:most], "；") + fmt.Sprintf("；另有 %d 处", len(list)-most)
	}
	return strings.Join(list, "；")
}
