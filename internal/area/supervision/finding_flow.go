package supervision

import (
	"context"
	"fmt"
	"strconv"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

func findingRef(id int64) ref.Ref { return ref.Ref{Kind: FindingKind, ID: id} }

// IssueFinding sends a unit a problem that the tour found, with a deadline in working days (下达). Only a member of the tour's group may
// who does not belong to the unit. Errors: NotFound, Forbidden, Conflict, Invalid.
func (s *Service) IssueFinding(ctx context.Context, key string, d FindingDraft) (findingID int64, err error) {
	return s.once(ctx, MayIssue, key, "supervision.finding.issue", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		var origin ref.Ref
		var month period.Month
		if d.TaskID != 0 {
			t, k, err := s.onTour(ctx, tx, who, d.TourID, d.TaskID)
			if err != nil {
				return 0, err
			}
			if d.UnitID == 0 {
				d.UnitID = k.LeadUnit
			}
			origin, month = k.Origin, t.Month
		} else {
			t, err := getTour(ctx, tx, who.RegionID, d.TourID, selectTour)
			if err != nil {
				return 0, err
			}
			if !t.Has(who.ID) {
				return 0, errs.New(errs.NotFound, "没有找到，或者您无权查看")
			}
			if t.State != Running {
				return 0, errs.New(errs.Conflict, "“%s”现在是%s，只有进行中的督查才能核验和下达问题。", t.Title, t.State.Chinese())
			}
			month = t.Month
			if len(t.Scope.Origins) == 1 {
				origin = t.Scope.Origins[0]
			}
		}
		f, err := d.write()
		if err != nil {
			return 0, err
		}
		dir, err := s.org.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return 0, err
		}
		if dir.Unit(f.UnitID) == nil {
			return 0, errs.At("unit", "没有这个单位，请重新选。")
		}
		if err := s.notOfUnit(ctx, tx, who, f.UnitID); err != nil {
			return 0, err
		}
		if f.DueOn, f.CalendarVersion, err = s.due(ctx, tx, d.Days); err != nil {
			return 0, err
		}
		n, err := number(ctx, tx, who.RegionID, "finding", string(month))
		if err != nil {
			return 0, err
		}
		f.ID, f.No, f.Origin, f.Month, f.IssuedBy, f.IssuedAt = s.ids(), fmt.Sprintf("%s-%03d", month, n), origin, month, who.ID, tx.Now().UnixMilli()
		if _, err := tx.Exec(ctx, insertFinding, who.RegionID, f.ID, f.No, f.TourID, f.TaskID, f.Origin.Kind, f.Origin.ID, f.UnitID, string(f.Month), f.Kind, f.Fact, f.Requirement,
			f.Days, f.DueOn, f.CalendarVersion, string(f.State), f.IssuedBy, f.IssuedAt); err != nil {
			return 0, err
		}
		return f.ID, s.afterFinding(ctx, tx, who, f, "issue", f.Requirement)
	})
}

// afterFinding records what happened to a finding: the step, the unit's counters, the ledger and the fact.
func (s *Service) afterFinding(ctx context.Context, tx *sqldb.Tx, who auth.Actor, f Finding, verb, text string) error {
	if err := s.step(ctx, tx, who, findingRef(f.ID), verb, text); err != nil {
		return err
	}
	if verb == "issue" || verb == "close" || verb == "reopen" {
		if err := s.countFor(ctx, tx, who, f.UnitID, period.MonthOf(tx.Now())); err != nil {
			return err
		}
	}
	return s.record(ctx, tx, who, findingRef(f.ID), verb, f.sealed(), map[string]any{"unit": fmt.Sprint(f.UnitID), "task": fmt.Sprint(f.TaskID), "month": f.Month, "due_on": f.DueOn, "what": brief(f.Fact)})
}

// turn changes a finding. who may is asked of the record by may, before anything is told of it.
func (s *Service) turn(ctx context.Context, p auth.Permission, key string, id int64, verb, text string, may func(auth.Actor, Finding) error, fn func(tx *sqldb.Tx, who auth.Actor, f *Finding) error) error {
	_, err := s.once(ctx, p, key, "supervision.finding."+verb, func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		f, err := sqldb.One(ctx, tx, lockFinding, scanFinding, who.RegionID, id)
		if err != nil {
			return 0, err
		}
		if err := may(who, f); err != nil {
			return 0, err
		}
		if err := fn(tx, who, &f); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, updateFinding, who.RegionID, f.ID, string(f.State), f.AcceptedAt, f.Report, f.ReportedBy, f.ReportedAt, f.Closing, f.ClosedBy, f.ClosedAt, f.ReviewOn,
			f.SentBack, f.Reopened, f.Days, f.DueOn, f.CalendarVersion); err != nil {
			return 0, err
		}
		return id, s.afterFinding(ctx, tx, who, f, verb, text)
	})
	return err
}

func ownUnit(who auth.Actor, f Finding) error { return who.OwnUnit(f.UnitID) }

// another refuses whoever belongs to the unit that has to put the finding right, or has reported it himself.
func another(who auth.Actor, f Finding) error {
	if err := who.MaySee(f.UnitID); err != nil {
		return err
	}
	if who.InUnit(f.UnitID) || f.ReportedBy == who.ID {
		return errs.New(errs.Forbidden, "整改的人不能自己销号，要由责任单位以外的人复核。")
	}
	return nil
}

func (f Finding) must(want ...FindingState) error {
	for _, s := range want {
		if f.State == s {
			return nil
		}
	}
	return errs.New(errs.Conflict, "问题 %s 现在是“%s”，不能这样操作。", f.No, f.State.Chinese())
}

// AcceptFinding signs for a finding (签收), by its unit.
func (s *Service) AcceptFinding(ctx context.Context, key string, id int64) error {
	return s.turn(ctx, MayMend, key, id, "accept", "", ownUnit, func(tx *sqldb.Tx, _ auth.Actor, f *Finding) error {
		f.AcceptedAt = tx.Now().UnixMilli()
		err := f.must(Issued)
		f.State = Accepted
		return err
	})
}

// ReportFinding says that a finding has been put right, and how (报结), by its unit, with the proof.
func (s *Service) ReportFinding(ctx context.Context, key string, id int64, text string, files ...evidence.File) error {
	return s.turn(ctx, MayMend, key, id, "report", text, ownUnit, func(tx *sqldb.Tx, who auth.Actor, f *Finding) error {
		var x texts
		f.Report = x.need("report", "整改情况", text, 2000)
		if err := x.refuse(); err != nil {
			return err
		}
		if err := f.must(Accepted, SentBack); err != nil {
			return err
		}
		f.State, f.ReportedBy, f.ReportedAt = Reported, who.ID, tx.Now().UnixMilli()
		for _, file := range files {
			if _, err := s.evidence.PutFile(ctx, tx, who, findingRef(f.ID), f.UnitID, file); err != nil {
				return err
			}
		}
		return nil
	})
}

// CloseFinding strikes a finding off after another look (复核销号), by somebody who neither belongs to the unit nor reported it. It sets the
// day on which somebody looks again (回头看).
func (s *Service) CloseFinding(ctx context.Context, key string, id int64, text string) error {
	return s.turn(ctx, MayClose, key, id, "close", text, another, func(tx *sqldb.Tx, who auth.Actor, f *Finding) error {
		var x texts
		f.Closing = x.need("closing", "复核意见", text, 1000)
		if err := x.refuse(); err != nil {
			return err
		}
		if err := f.must(Reported); err != nil {
			return err
		}
		f.State, f.ClosedBy, f.ClosedAt = Closed, who.ID, tx.Now().UnixMilli()
		f.ReviewOn = period.Day(tx.Now().AddDate(0, reviewMonths, 0))
		return nil
	})
}

// SendBackFinding returns a finding that is not put right (退回), with the reason and new working days.
func (s *Service) SendBackFinding(ctx context.Context, key string, id int64, reason string, days int) error {
	return s.turn(ctx, MayClose, key, id, "send_back", reason, another, func(tx *sqldb.Tx, _ auth.Actor, f *Finding) error {
		if err := f.must(Reported); err != nil {
			return err
		}
		f.SentBack++
		return s.again(ctx, tx, f, reason, days)
	})
}

// ReopenFinding takes up again a finding that has come back after it was closed (反弹), with what was seen and new working days.
func (s *Service) ReopenFinding(ctx context.Context, key string, id int64, reason string, days int) error {
	return s.turn(ctx, MayClose, key, id, "reopen", reason, another, func(tx *sqldb.Tx, _ auth.Actor, f *Finding) error {
		if err := f.must(Closed); err != nil {
			return err
		}
		f.Reopened++
		return s.again(ctx, tx, f, reason, days)
	})
}

func (s *Service) again(ctx context.Context, tx *sqldb.Tx, f *Finding, reason string, days int) (err error) {
	var x texts
	x.need("reason", "原因", reason, 1000)
	if days < 1 || days > 250 {
		x.add("days", "整改时限请写 1 到 250 个工作日。")
	}
	if err := x.refuse(); err != nil {
		return err
	}
	f.State, f.Days = SentBack, int64(days)
	f.Closing, f.ClosedBy, f.ClosedAt, f.ReviewOn = "", 0, 0, ""
	f.DueOn, f.CalendarVersion, err = s.due(ctx, tx, days)
	return err
}

// The names of the two indicators by which other areas see the findings of a unit.
const (
	FoundIndicator  = "督查发现问题数"
	ClosedIndicator = "督查销号问题数"
)

// countFor writes the unit's two readings of a month: findings issued since January, and those of them that stand closed now.
func (s *Service) countFor(ctx context.Context, tx *sqldb.Tx, who auth.Actor, unitID int64, m period.Month) error {
	jan := period.Month(m.Year() + "-01")
	book := s.tasks.Indicators()
	// Two who close at once must not both count one: the second waits here until the first is done.
	if _, err := number(ctx, tx, who.RegionID, "count "+strconv.FormatInt(unitID, 10), m.Year()); err != nil {
		return err
	}
	ids, ok, err := sqldb.Maybe(ctx, tx, selectCounter, scanPair, who.RegionID, unitID, m.Year())
	if err != nil {
		return err
	}
	if !ok {
		plan := indicator.Plan{From: jan, To: jan.Add(11), Target: amount.Scaled(10000)}
		found, err := book.Open(ctx, tx, who, indicator.Indicator{Name: FoundIndicator, Measure: "个", Direction: indicator.Down, UnitID: unitID}, plan)
		if err != nil {
			return err
		}
		closed, err := book.Open(ctx, tx, who, indicator.Indicator{Name: ClosedIndicator, Measure: "个", UnitID: unitID}, plan)
		if err != nil {
			return err
		}
		ids = pair{found.ID, closed.ID}
		if _, err := tx.Exec(ctx, insertCounter, who.RegionID, unitID, m.Year(), ids.a, ids.b); err != nil {
			return err
		}
	}
	n, err := sqldb.One(ctx, tx, countYear, scanPair, who.RegionID, unitID, jan.Start().UnixMilli(), m.End().UnixMilli())
	if err != nil {
		return err
	}
	for _, x := range []struct{ id, n int64 }{{ids.a, n.a}, {ids.b, n.b}} {
		v, err := indicator.ValueOf(ctx, tx, who.RegionID, x.id, m)
		if err != nil {
			return err
		}
		if value := amount.Scaled(x.n * 10000); v.Verified == nil || *v.Verified != value {
			if _, err := book.Record(ctx, tx, who, indicator.Reading{IndicatorID: x.id, Period: m, Kind: indicator.Verified, Value: value, Source: "督查台账"}); err != nil {
				return err
			}
		}
	}
	return nil
}

// countAll writes the month's readings of every unit that leads a task, so that "nothing found" is a number too.
func (s *Service) countAll(ctx context.Context, tx *sqldb.Tx, who auth.Actor, m period.Month) error {
	tasks, err := task.List(ctx, tx, who.RegionID, task.Filter{})
	if err != nil {
		return err
	}
	units := leadUnits(tasks)
	more, err := sqldb.All(ctx, tx, selectCounterUnits, sqldb.Int64, who.RegionID, m.Year())
	if err != nil {
		return err
	}
	seen := map[int64]bool{}
	for _, u := range append(units, more...) {
		if seen[u] {
			continue
		}
		seen[u] = true
		if err := s.countFor(ctx, tx, who, u, m); err != nil {
			return err
		}
	}
	return nil
}

// CheckCounters holds the register of which indicators count a unit's findings to the sealed indicators, and returns a sentence for each entry that would
// count them for another unit: what is counted is scored.
func CheckCounters(ctx context.Context, tx *sqldb.Tx, regionID int64) (bad []string, err error) {
	list, err := sqldb.All(ctx, tx, selectCountersAll, scanCounter, regionID)
	if err != nil {
		return nil, err
	}
	sheets, err := indicator.Sheets(ctx, tx, regionID)
	if err != nil {
		return nil, err
	}
	used := map[int64]bool{}
	for _, c := range list {
		for _, x := range []struct {
			id   int64
			name string
		}{{c.found, FoundIndicator}, {c.closed, ClosedIndicator}} {
			s, ok := sheets[x.id]
			if !ok || s.UnitID != c.unit || s.Name != x.name || used[x.id] {
				bad = append(bad, fmt.Sprintf("supervision.counter：单位 %d 在 %s 年的%s指到了别的指标，登记被改动过，问题会算到别人头上。", c.unit, c.year, x.name))
			}
			used[x.id] = true
		}
	}
	return bad, nil
}

// EachFinding yields every finding of the region in its sealed form.
func EachFinding(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectFindingsAll, scanFinding, func(f Finding) error { return yield(f.ID, f.sealed()) }, regionID)
}
