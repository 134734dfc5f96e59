package task

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/receipt"
)

// Tasks returns tasks that the actor may see, the most urgent first: all of the region for overseers, else those that his unit and
// the units below it lead. A filter that names another unit finds nothing.
func (s *Service) Tasks(ctx context.Context, f Filter) (out []Task, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	units := []int64{f.Unit}
	if !who.Overseer() {
		units = append([]int64{who.UnitID}, who.Units...)
		if f.Unit != 0 {
			units = []int64{f.Unit}
		}
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		seen, lists := map[int64]bool{}, 0
		for _, u := range units {
			if !who.Overseer() && (u == 0 || !who.InUnit(u)) || seen[u] {
				continue
			}
			seen[u] = true
			f.Unit = u
			list, err := List(ctx, tx, who.RegionID, f)
			if err != nil {
				return err
			}
			if lists++; lists == 1 {
				out = list // in order
				continue
			}
			out = append(out, list...)
		}
		if lists > 1 {
			slices.SortStableFunc(out, func(a, b Task) int {
				return cmp.Or(cmp.Compare(a.Standing.Light.Rank(), b.Standing.Light.Rank()), cmp.Compare(a.ID, b.ID))
			})
		}
		return nil
	})
	if f.Limit > 0 && len(out) > f.Limit {
		out = out[:f.Limit]
	}
	return out, err
}

// Page is a page of a list of tasks, with what its head counts.
type Page struct {
	Rows  []Task
	Count map[Light]int64 // of all tasks that the other filters leave, by light
	More  bool            // there are tasks after the last row: continue with its rank and id as AfterRank and AfterID
}

// Page returns at most f.Limit tasks that the actor may see, the most urgent first, and the number of all of them by light, in two
// statements, or one while no task has changed: it reads the rows that it returns and an index, never the other tasks. For who sees only his own units it reads those of f.Unit, or
// of his own unit where f.Unit is 0. Light and Urgent choose among the rows and not among what is counted.
//
// Source: perf 1, 2.
func (s *Service) Page(ctx context.Context, f Filter) (p Page, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return p, err
	}
	if !who.Overseer() && f.Unit == 0 {
		f.Unit = who.UnitID
	}
	p.Count = map[Light]int64{}
	if !who.Overseer() && (f.Unit == 0 || !who.InUnit(f.Unit)) {
		return p, nil
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		counts, err := s.counts.Get(tx, countKey{who.RegionID, f.Unit, f.Leader, f.Origin}, func() (map[Light]int64, error) { return Counts(ctx, tx, who.RegionID, f) })
		if err != nil {
			return err
		}
		p.Count = maps.Clone(counts)
		n := f.Limit
		f.Limit++
		if p.Rows, err = List(ctx, tx, who.RegionID, f); err != nil {
			return err
		}
		if p.More = len(p.Rows) > n; p.More {
			p.Rows = p.Rows[:n]
		}
		return nil
	})
	return p, err
}

// Better is a task whose light was red or amber at the end of one closed month, and green or done at the end of the next.
type Better struct {
	TaskID, UnitID int64
	Light          Light
	Title          string
	lead           int64
}

// Better returns at most most such tasks that the actor may see, of the last closed month up to m or, if m is not closed yet, of the one before: in two
// statements that read what was red or amber, and not the lights of everything, or in one while what closed months say stands.
//
// Source: domain 16.1 (亮灯公示).
func (s *Service) Better(ctx context.Context, m period.Month, most int) (out []Better, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		last, ok, err := sqldb.Maybe(ctx, tx, selectClosed, sqldb.Text, who.RegionID, string(m.Prev()), string(m))
		if err != nil {
			return err
		}
		if !ok { // nothing is closed, and nothing will be found
			last = string(m)
		}
		limit := int64(most)
		if !who.Overseer() {
			limit = 5000 // from which those of his units are chosen
		}
		list, err := s.better.Get(tx, betterKey{who.RegionID, limit, last}, func() ([]Better, error) {
			return sqldb.All(ctx, tx, selectBetter, scanBetter, who.RegionID, last, string(period.Month(last).Prev()), limit)
		})
		for _, x := range list {
			if len(out) < most && (who.Overseer() || who.InUnit(x.lead)) {
				out = append(out, x)
			}
		}
		return err
	})
	return out, err
}

// Terms is what a task promises, in every revision: 原定 is the first, 现行 the last.
type Terms struct {
	Task       Task
	Baselines  []Baseline
	Plans      []indicator.Plan // by revision
	Sheet      indicator.Sheet  // with the plan in force
	Milestones []Milestone      // in force
}

// First returns the terms as they were first sealed (原定).
func (t Terms) First() (Baseline, indicator.Plan) {
	var b Baseline
	var p indicator.Plan
	if len(t.Baselines) > 0 {
		b = t.Baselines[0]
	}
	if len(t.Plans) > 0 {
		p = t.Plans[0]
	}
	return b, p
}

// Terms returns the terms of a task whose unit the actor may see; task forces may propose changes, so they see them too. Errors: NotFound.
func (s *Service) Terms(ctx context.Context, taskID int64) (t Terms, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return t, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if t.Task, err = Get(ctx, tx, who.RegionID, taskID); err != nil {
			return err
		}
		if !who.Has(auth.TaskForce) {
			if err := who.MaySee(t.Task.LeadUnit); err != nil {
				return err
			}
		}
		if t.Baselines, err = Baselines(ctx, tx, who.RegionID, taskID); err != nil {
			return err
		}
		if t.Plans, err = indicator.Plans(ctx, tx, who.RegionID, t.Task.IndicatorID); err != nil {
			return err
		}
		if t.Sheet, err = indicator.Get(ctx, tx, who.RegionID, t.Task.IndicatorID); err != nil {
			return err
		}
		t.Milestones, err = Milestones(ctx, tx, who.RegionID, taskID)
		return err
	})
	return t, err
}

// TakeBack withdraws a request that nobody has decided yet (撤回): who proposed it may, and whoever heads its unit. Errors: NotFound,
// Forbidden, Conflict.
func (s *Service) TakeBack(ctx context.Context, key string, id, version int64) (a Adjustment, err error) {
	who, err := auth.Require(ctx, MayPropose)
	if err != nil {
		return a, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if a, err = sqldb.One(ctx, tx, selectAdjustment, scanAdjustment, who.RegionID, id); err != nil {
			return err
		}
		if _, dup, err := receipt.Take(ctx, tx, who, key, "task.adjustment.withdraw"); err != nil || dup {
			return err
		}
		if a.ProposedBy != who.ID && !(who.Has(auth.Head) && who.InUnit(a.UnitID)) {
			if err := who.MaySee(a.UnitID); err != nil {
				return err
			}
			return errs.New(errs.Forbidden, "这份申请要由提出的人或本单位负责人撤回。")
		}
		if a.State != Proposed {
			return errs.New(errs.Conflict, "这份申请%s，不能再撤回。", a.State.Chinese())
		}
		a.State = TakenBack
		n, err := tx.Exec(ctx, decideAdjustment, who.RegionID, a.ID, string(a.State), int64(0), int64(0), "", a.DocNo, version)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "别人刚处理过这份申请，请看过结果再说。")
		}
		a.Version++
		if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.adjustment", ID: a.ID}, "withdraw", ledger.Row(a.sealed())); err != nil {
			return err
		}
		return s.book.out.Publish(ctx, tx, who.RegionID, "task.adjustment.withdrawn", ref.Ref{Kind: "task.adjustment", ID: a.ID}, map[string]any{"task": a.TaskID, "unit": a.UnitID})
	})
	return a, err
}
