package appraisal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/receipt"
	"duban/internal/spine/task"
)

// explainDays is how long a unit has to explain its signals before anybody else reads them, in working days.
const explainDays = 10

// fairKind is the to-do of a unit that has signals to explain.
const fairKind = "appraisal.fair.explain"

// Explanation is what a unit says about its signals (情况说明). It is sealed in the ledger and enters no score.
type Explanation struct {
	UnitID int64
	Text   string
	At     int64
}

// Fair is what a round's data ask people to look at (数据信号).
type Fair struct {
	Round        Round
	SentOn       string // when the units were asked; "" not yet
	DueOn        string // last day to explain
	Over         bool   // the time is over: everything may be read
	Units        int    // that have signals
	Signals      []Signal
	Divergences  []Divergence
	Explanations []Explanation
	Waiting      []int64 // units with signals whose time is not over and that have not explained: their signals are not shown yet
	Full         bool
}

// fairSent is what the ledger holds of the sending.
type fairSent struct {
	Due   string  `json:"due_on"`
	Units []int64 `json:"units"`
}

type fairWords struct {
	Text string `json:"text"`
	Unit int64  `json:"unit"`
}

// FairOf shows a quarter's signals. The unit reads its own first, from the day on that they are sent; the offices read a unit's when it has explained
// them or its ten working days are over. Others' do not exist for a unit. Errors: NotFound, Conflict.
func (s *Service) FairOf(ctx context.Context, roundID int64) (f Fair, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return f, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		f, err = s.fair(ctx, tx, who.RegionID, roundID)
		return err
	})
	if err != nil {
		return f, err
	}
	f.Full = who.Overseer()
	if !f.Full && f.SentOn == "" {
		return Fair{}, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	return f.screen(who), nil
}

// screen leaves what the actor may read. It is pure.
func (f Fair) screen(who auth.Actor) Fair {
	told := map[int64]bool{}
	for _, e := range f.Explanations {
		told[e.UnitID] = true
	}
	may := func(unit int64) bool {
		if who.InUnit(unit) {
			return f.SentOn != ""
		}
		return who.Overseer() && f.SentOn != "" && (f.Over || told[unit])
	}
	if who.Overseer() && f.SentOn != "" {
		for _, x := range f.Signals {
			if !may(x.UnitID) && !slices.Contains(f.Waiting, x.UnitID) {
				f.Waiting = append(f.Waiting, x.UnitID)
			}
		}
	}
	f.Signals = slices.DeleteFunc(slices.Clone(f.Signals), func(x Signal) bool { return !may(x.UnitID) })
	f.Divergences = slices.DeleteFunc(slices.Clone(f.Divergences), func(x Divergence) bool { return !may(x.UnitID) && !(f.SentOn != "" && f.Over && who.Overseer()) })
	f.Explanations = slices.DeleteFunc(slices.Clone(f.Explanations), func(x Explanation) bool { return !who.Sees(x.UnitID) })
	return f
}

// SendFair tells every unit that has signals what they are, and opens its ten working days to explain (先告知，后评说). Errors: Conflict.
func (s *Service) SendFair(ctx context.Context, key string, roundID int64) error {
	who, err := auth.Require(ctx, MayRun)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.fair.send"); err != nil || dup {
			return err
		}
		f, err := s.fair(ctx, tx, who.RegionID, roundID)
		if err != nil {
			return err
		}
		switch {
		case f.SentOn != "":
			return errs.New(errs.Conflict, "已经在 %s 送各单位说明，到 %s 为止。", f.SentOn, f.DueOn)
		case f.Units == 0:
			return errs.New(errs.Conflict, "这一轮没有要说明的数据信号。")
		}
		cal, err := s.calendar.LoadIn(ctx, tx)
		if err != nil {
			return err
		}
		sent := fairSent{}
		if sent.Due, err = cal.AddWorkdays(day(tx), explainDays); err != nil {
			return err
		}
		for _, x := range f.Signals {
			if !slices.Contains(sent.Units, x.UnitID) && x.UnitID != 0 {
				sent.Units = append(sent.Units, x.UnitID)
			}
		}
		subject := ref.Ref{Kind: "appraisal.round", ID: roundID}
		for _, u := range sent.Units {
			if err := s.todos.Open(ctx, tx, who.RegionID, notice.Todo{Unit: u, Kind: fairKind, Subject: subject, Title: "说明" + f.Round.Title + "的数据信号", Href: fmt.Sprintf("/appraisal/%d/fair", roundID), DueOn: sent.Due}); err != nil {
				return err
			}
		}
		return ledger.Append(ctx, tx, who, subject, "fair", sent)
	})
}

// ExplainFair keeps what a unit says about its signals, in 5 to 500 characters; it may be said anew until the time is over. Errors: Invalid, Conflict.
func (s *Service) ExplainFair(ctx context.Context, key string, roundID int64, text string) error {
	who, err := auth.Require(ctx, MayObject)
	if err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	if n := len([]rune(text)); n < 5 || n > 500 {
		return errs.At("text", "请用 5 到 500 字说明情况：数是怎么来的，为什么这样。")
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.fair.explain"); err != nil || dup {
			return err
		}
		f, err := s.fair(ctx, tx, who.RegionID, roundID)
		if err != nil {
			return err
		}
		switch {
		case f.SentOn == "" || !slices.ContainsFunc(f.Signals, func(x Signal) bool { return x.UnitID == who.UnitID }):
			return errs.New(errs.Conflict, "这一轮没有要您单位说明的数据信号。")
		case f.Over:
			return errs.New(errs.Conflict, "说明的期限到 %s 已经结束。", f.DueOn)
		}
		subject := ref.Ref{Kind: "appraisal.round", ID: roundID}
		if err := s.todos.DoneFor(ctx, tx, who.RegionID, fairKind, subject, who.UnitID); err != nil {
			return err
		}
		return ledger.Append(ctx, tx, who, subject, "explain", fairWords{Text: text, Unit: who.UnitID})
	})
}

// fair reads a round's signals and what has been said about them.
func (s *Service) fair(ctx context.Context, tx *sqldb.Tx, regionID, roundID int64) (f Fair, err error) {
	if f.Round, err = sqldb.One(ctx, tx, selectRound, scanRound, regionID, roundID); err != nil {
		return f, err
	}
	if f.Round.Kind == YearEnd || f.Round.Revision == 0 {
		return f, errs.New(errs.Conflict, "数据信号按季度或月看，要先试算。")
	}
	q := f.Round.Term()
	// What the units were sent stands: a later revision of the score makes no new signals.
	x, err := s.fairFacts(ctx, tx, regionID, f.Round, 1)
	if err != nil {
		return f, err
	}
	if x.forward, err = brought(ctx, tx, regionID, x.tasks, q); err != nil {
		return f, err
	}
	f.Signals, f.Divergences = x.signals()
	units := map[int64]bool{}
	for _, y := range f.Signals {
		units[y.UnitID] = true
	}
	f.Units = len(units)
	entries, err := ledger.Entries(ctx, tx, regionID, ledger.Filter{Subject: ref.Ref{Kind: "appraisal.round", ID: roundID}, Limit: 500})
	if err != nil {
		return f, err
	}
	told := map[int64]bool{}
	for _, e := range entries { // the latest first
		switch e.Verb {
		case "fair":
			var sent fairSent
			if err := json.Unmarshal(e.Body, &sent); err != nil {
				return f, fmt.Errorf("appraisal: the sending of signals: %w", err)
			}
			f.SentOn, f.DueOn = period.Day(e.At), sent.Due
		case "explain":
			var w fairWords
			if err := json.Unmarshal(e.Body, &w); err != nil {
				return f, fmt.Errorf("appraisal: an explanation: %w", err)
			}
			if !told[w.Unit] {
				told[w.Unit] = true
				f.Explanations = append(f.Explanations, Explanation{UnitID: w.Unit, Text: w.Text, At: e.At.UnixMilli()})
			}
		}
	}
	f.Over = f.DueOn != "" && day(tx) > f.DueOn
	return f, nil
}

// fairFacts reads what the signals and the spot checks of a quarter are read from, with the sealed rows of a revision.
func (s *Service) fairFacts(ctx context.Context, tx *sqldb.Tx, regionID int64, r Round, revision int64) (x fairFacts, err error) {
	x.quarter = r.Term()
	if x.facts, err = s.load(ctx, tx, regionID, x.quarter); err != nil {
		return x, err
	}
	if x.history, err = indicator.Histories(ctx, tx, regionID); err != nil {
		return x, err
	}
	if _, x.rule, err = s.scheme(ctx, tx, regionID, r.SchemeID); err != nil {
		return x, err
	}
	d, err := s.data(ctx, tx, regionID, r, revision)
	x.rows = d.Rows
	return x, err
}

// brought returns the deadlines that approved adjustments brought forward in the quarter's year, up to its end.
func brought(ctx context.Context, tx *sqldb.Tx, regionID int64, tasks []task.Task, q period.Term) (out []moved, err error) {
	list, err := task.AdjustmentsOf(ctx, tx, regionID, task.AdjustmentFilter{State: task.Approved})
	if err != nil {
		return nil, err
	}
	names := map[int64]task.Task{}
	for _, t := range tasks {
		names[t.ID] = t
	}
	end := q.Last().End().UnixMilli()
	for _, a := range list {
		t, ok := names[a.TaskID]
		if !ok || a.Wanted.Deadline == nil || a.DecidedAt >= end {
			continue
		}
		lines, err := task.Baselines(ctx, tx, regionID, a.TaskID)
		if err != nil {
			return nil, err
		}
		for i := 1; i < len(lines); i++ {
			if lines[i].AdjustmentID != a.ID || lines[i].Deadline == "" || lines[i].Deadline >= lines[i-1].Deadline {
				continue
			}
			from, e1 := period.ParseDay(lines[i-1].Deadline)
			to, e2 := period.ParseDay(lines[i].Deadline)
			if e1 == nil && e2 == nil {
				out = append(out, moved{task: t.ID, unit: t.LeadUnit, title: t.Title, from: lines[i-1].Deadline, to: lines[i].Deadline, days: int(from.Sub(to).Hours() / 24)})
			}
		}
	}
	return out, nil
}
