package burden

import (
	"context"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

// Meter is what is asked of the units in a month (负担计量).
type Meter struct {
	Month   period.Month
	Loads   []Load // in the official order of units; only units that may be asked
	Limit   Limit
	Checked bool // checks are counted
	Sheets  int64
	Fields  int64
	Held    int64
	Minutes int64
}

// MeterOf measures a month: all units for the overseers, else the actor's own and those below it. Errors: Invalid.
func (s *Service) MeterOf(ctx context.Context, m period.Month) (out Meter, err error) {
	if !m.Valid() {
		return out, errs.At("month", "月份请写成 2017-03 这样。")
	}
	err = s.look(ctx, MayRead, func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error {
		list, err := register(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		out = Meter{Month: m, Checked: s.checks != nil}
		if out.Limit, err = limitOf(ctx, tx, who.RegionID); err != nil {
			return err
		}
		loads, err := s.measure(ctx, tx, who.RegionID, d, list, m)
		if err != nil {
			return err
		}
		for _, x := range loads {
			if !who.Sees(x.Unit) {
				continue
			}
			out.Loads = append(out.Loads, x)
			out.Sheets += x.Sheets
			out.Fields += x.Fields
			out.Held += x.Held
			out.Minutes += x.Minutes
		}
		return nil
	})
	return out, err
}

// Span adds up the months from a to b, unit by unit, for the units that the actor may see: what was asked of a unit in a quarter, beside its score.
// Kinds is the most of a month.
func (s *Service) Span(ctx context.Context, a, b period.Month) (out map[int64]Load, err error) {
	out = map[int64]Load{}
	err = s.look(ctx, MayRead, func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error {
		list, err := register(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		for m := a; m <= b; m = m.Next() {
			loads, err := s.measure(ctx, tx, who.RegionID, d, list, m)
			if err != nil {
				return err
			}
			for _, x := range loads {
				if !who.Sees(x.Unit) {
					continue
				}
				y := out[x.Unit]
				out[x.Unit] = Load{Unit: x.Unit, Sheets: y.Sheets + x.Sheets, Kinds: max(y.Kinds, x.Kinds), Fields: y.Fields + x.Fields, Held: y.Held + x.Held, Minutes: y.Minutes + x.Minutes, Checks: y.Checks + x.Checks}
			}
		}
		return nil
	})
	return out, err
}

// measure counts a month with the returns given.
func (s *Service) measure(ctx context.Context, tx *sqldb.Tx, regionID int64, d *org.Directory, list []Return, m period.Month) ([]Load, error) {
	tasks, err := runningIn(ctx, tx, regionID, m)
	if err != nil {
		return nil, err
	}
	var checks map[int64]int64
	if s.checks != nil {
		if checks, err = s.checks(ctx, tx, regionID, m); err != nil {
			return nil, err
		}
	}
	var units []*org.Unit
	for _, u := range d.Units {
		if u.Kind != org.Office && (u.EndedOn == "" || u.EndedOn >= string(m)+"-01") {
			units = append(units, u)
		}
	}
	return measure(m, list, tasks, units, checks), nil
}

// runningIn lists the tasks that run in a month: opened by its end, not struck off before it, the month within their plan.
func runningIn(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month) (out []running, err error) {
	tasks, err := task.List(ctx, tx, regionID, task.Filter{})
	if err != nil {
		return nil, err
	}
	sheets, err := indicator.Sheets(ctx, tx, regionID)
	if err != nil {
		return nil, err
	}
	values, err := indicator.Month(ctx, tx, regionID, m)
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		h, ok := sheets[t.IndicatorID]
		if !ok || t.State == task.Stopped || t.OpenedAt >= m.End().UnixMilli() || t.ClosedAt != 0 && t.ClosedAt < m.Start().UnixMilli() || m < h.Plan.From || m > h.Plan.To {
			continue
		}
		out = append(out, running{t.LeadUnit, values[t.IndicatorID].Certified != nil})
	}
	return out, nil
}

// excess returns the limits that units pass in the first month of a return, if it came in force; those that they pass without it as well are among
// them only if it adds to them.
func (s *Service) excess(ctx context.Context, tx *sqldb.Tx, regionID int64, d *org.Directory, list []Return, r Return) (out []Excess, err error) {
	l, err := limitOf(ctx, tx, regionID)
	if err != nil {
		return nil, err
	}
	m := r.From
	r.State = InForce
	var with, without []Return
	for _, x := range list {
		if x.ID == r.ID {
			continue
		}
		without = append(without, x)
		if x.ID != r.Replaces {
			with = append(with, x)
		}
	}
	before, err := s.measure(ctx, tx, regionID, d, without, m)
	if err != nil {
		return nil, err
	}
	after, err := s.measure(ctx, tx, regionID, d, append(with, r), m)
	if err != nil {
		return nil, err
	}
	for i, x := range after {
		had := map[string]int64{}
		for _, e := range l.Over(before[i]) {
			had[e.What] = e.Have
		}
		for _, e := range l.Over(x) {
			if e.Have > had[e.What] {
				out = append(out, e)
			}
		}
	}
	return out, nil
}

func limitOf(ctx context.Context, tx *sqldb.Tx, regionID int64) (Limit, error) {
	l, _, err := sqldb.Maybe(ctx, tx, selectLimit, scanLimit, regionID)
	return l, err
}

// LimitNow returns the region's limits; Version 0 means that none was ever set.
func (s *Service) LimitNow(ctx context.Context) (l Limit, err error) {
	err = s.look(ctx, MayRead, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		l, err = limitOf(ctx, tx, who.RegionID)
		return err
	})
	return l, err
}

// SetLimit sets the region's limits (减负上限), with the document that they rest on. Errors: Invalid (sheets, fields, minutes, checks, basis), Conflict.
func (s *Service) SetLimit(ctx context.Context, key string, l Limit) error {
	_, err := s.once(ctx, MayLimit, key, "burden.limit.set", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		var x texts
		for _, f := range []struct {
			name, label string
			v           int64
		}{{"sheets", "报表张数", l.Sheets}, {"fields", "填报项数", l.Fields}, {"minutes", "填报分钟", l.Minutes}, {"checks", "检查次数", l.Checks}} {
			if f.v < 0 || f.v > 1_000_000 {
				x.add(f.name, "%s的上限请写 0 到 100 万的整数；0 表示不限。", f.label)
			}
		}
		l.Basis = x.need("basis", "依据", l.Basis, 200)
		if err := x.refuse(); err != nil {
			return 0, err
		}
		l.SetBy = who.ID
		n, err := tx.Exec(ctx, putLimit, who.RegionID, l.Sheets, l.Fields, l.Minutes, l.Checks, l.Basis, l.SetBy, tx.Now().UnixMilli(), l.Version)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, stale("个上限")
		}
		return who.RegionID, ledger.Append(ctx, tx, who, subject(LimitKind, who.RegionID), "set", ledger.Row(l.sealed()))
	})
	return err
}

// EachLimit yields the region's limits in their sealed form.
func EachLimit(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	l, ok, err := sqldb.Maybe(ctx, tx, selectLimit, scanLimit, regionID)
	if err != nil || !ok {
		return err
	}
	return yield(regionID, l.sealed())
}
