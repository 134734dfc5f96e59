package task_test

import (
	"math"
	"strings"
	"testing"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

var (
	pokeStandard  = sqldb.SQL("task.testStandard", `UPDATE task_task SET standard = $3 WHERE region_id = $1 AND id = $2`)
	pokeSupport   = sqldb.SQL("task.testSupport", `INSERT INTO task_support (region_id, task_id, unit_id) VALUES ($1, $2, $3)`)
	unpokeSupport = sqldb.SQL("task.testUnsupport", `DELETE FROM task_support WHERE region_id = $1 AND task_id = $2 AND unit_id = $3`)
	pokeMilestone = sqldb.SQL("task.testMilestone", `UPDATE task_milestone SET due_on = $3 WHERE region_id = $1 AND task_id = $2 AND no = 1`)
)

// TestNobodyJudgesHisOwn: whoever reported a month, or said that the task is done, neither verifies, nor strikes off, nor certifies it: not in the unit that
// owes it, and not after he has moved to another.
//
// Source: reliability 22.
func TestNobodyJudgesHisOwn(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		x := o.enter(t, 7, "CS-01")
		clerk := auth.Actor{ID: 31, RegionID: 1, UnitID: 7, Units: []int64{7}, Roles: []auth.Role{auth.Clerk}}
		moved := auth.Actor{ID: 31, RegionID: 1, UnitID: 9, Units: []int64{9}, Roles: []auth.Role{auth.Supervisor, auth.Source}}
		other := auth.Actor{ID: 32, RegionID: 1, UnitID: 9, Units: []int64{9}, Roles: []auth.Role{auth.Supervisor}}
		act := func(fn func(tx *sqldb.Tx) error) error {
			return db.Update(t.Context(), fn)
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		c.SetDay("2017-04-01")
		must(act(func(tx *sqldb.Tx) error {
			_, err := o.book.FileAccount(t.Context(), tx, clerk, task.Draft{TaskID: x.ID, Month: "2017-03", Value: 300_0000})
			return err
		}))
		verify := func(who auth.Actor) error {
			return act(func(tx *sqldb.Tx) error {
				return o.book.VerifyAccount(t.Context(), tx, who, x.ID, indicator.Reading{Period: "2017-03", Value: 300_0000})
			})
		}
		for what, who := range map[string]auth.Actor{"in his unit": clerk, "after he moved": moved} {
			if err := verify(who); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s he verifies his own report: %v", what, err)
			}
		}
		must(verify(other))

		must(act(func(tx *sqldb.Tx) error { return o.book.Complete(t.Context(), tx, clerk, x.ID, "已交地") }))
		for what, do := range map[string]func(tx *sqldb.Tx, who auth.Actor) error{
			"strikes off": func(tx *sqldb.Tx, who auth.Actor) error { return o.book.Close(t.Context(), tx, who, x.ID, "属实") },
			"sends back":  func(tx *sqldb.Tx, who auth.Actor) error { return o.book.SendBack(t.Context(), tx, who, x.ID, "不实") },
		} {
			for _, who := range []auth.Actor{clerk, moved} {
				if err := act(func(tx *sqldb.Tx) error { return do(tx, who) }); errs.KindOf(err) != errs.Forbidden {
					t.Errorf("person %d of unit %d %s what he said is done: %v", who.ID, who.UnitID, what, err)
				}
			}
		}
		must(act(func(tx *sqldb.Tx) error { return o.book.SendBack(t.Context(), tx, other, x.ID, "少 3 亩") }))
		second := clerk
		second.ID = 33
		must(act(func(tx *sqldb.Tx) error { return o.book.Complete(t.Context(), tx, second, x.ID, "已补齐") }))
		must(act(func(tx *sqldb.Tx) error { return o.book.Close(t.Context(), tx, moved, x.ID, "属实") })) // the word was another's

		// A unit that gives itself the certified value, which outranks what supervision saw.
		err := act(func(tx *sqldb.Tx) error {
			_, err := o.book.Open(t.Context(), tx, auth.Actor{ID: 1, RegionID: 1, UnitID: 9}, task.Opening{
				Task:      task.Task{No: "CS-09", Title: "征地", LeadUnit: 7, Origin: ref.Ref{Kind: "campaign.campaign", ID: 5}},
				Indicator: indicator.Indicator{Name: "征地", Measure: "亩", SourceUnitID: 7},
				Plan:      indicator.Plan{From: "2017-01", To: "2017-12", Target: 1200_0000},
			})
			return err
		})
		if f := errs.FieldsOf(err); len(f) != 1 || f[0].Name != "source_unit" {
			t.Errorf("a unit is its own data source: %v", err)
		}
	})
}

// TestEndedTasksStayAsTheyEnded: a request that was still waiting when the task was struck off changes nothing any more.
func TestEndedTasksStayAsTheyEnded(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		x := o.enter(t, 7, "CS-01")
		weight := int64(2000)
		a, err := o.Propose(as(t, 31, 7, auth.Head), "propose-00000001", task.Adjustment{TaskID: x.ID, Reason: "分值偏低", DocNo: "区政办〔2017〕18号", Wanted: task.Wanted{Weight: &weight}})
		if err != nil {
			t.Fatal(err)
		}
		clerk := auth.Actor{ID: 31, RegionID: 1, UnitID: 7, Units: []int64{7}, Roles: []auth.Role{auth.Clerk}}
		office := auth.Actor{ID: 32, RegionID: 1, UnitID: 9, Units: []int64{9}, Roles: []auth.Role{auth.Supervisor}}
		if err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
			if err := o.book.Complete(t.Context(), tx, clerk, x.ID, "已交地"); err != nil {
				return err
			}
			return o.book.Close(t.Context(), tx, office, x.ID, "属实")
		}); err != nil {
			t.Fatal(err)
		}
		leader := as(t, 40, 1, auth.Leader)
		if _, err := o.Decide(leader, "decide-000000001", a.ID, a.Version, true, "", ""); errs.KindOf(err) != errs.Conflict {
			t.Errorf("the weight of a task that was struck off was changed: %v", err)
		}
		if err := db.View(t.Context(), func(tx *sqldb.Tx) error {
			got, err := task.Get(t.Context(), tx, 1, x.ID)
			if got.Weight != x.Weight || got.Revision != 1 {
				t.Errorf("weight %d, revision %d", got.Weight, got.Revision)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Decide(leader, "decide-000000002", a.ID, a.Version, false, "", "任务已经结束"); err != nil {
			t.Error(err)
		}
	})
}

// TestTermsAreAsSealed: what a task is held to day by day is a copy of its sealed baseline, and a copy that was changed by hand is named.
func TestTermsAreAsSealed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		ctx := t.Context()
		var x task.Task
		if err := db.Update(ctx, func(tx *sqldb.Tx) (err error) {
			x, err = o.book.Open(ctx, tx, auth.Actor{ID: 1, RegionID: 1, UnitID: 9}, task.Opening{
				Task:       task.Task{No: "CS-01", Title: "征地", Standard: "净地移交", LeadUnit: 7, SupportUnits: []int64{12, 11}, Origin: ref.Ref{Kind: "campaign.campaign", ID: 5}},
				Indicator:  indicator.Indicator{Name: "征地", Measure: "亩"},
				Plan:       indicator.Plan{From: "2017-01", To: "2017-12", Target: 1200_0000},
				Milestones: []task.Milestone{{Title: "丈量", DueOn: "2017-04-30", Weight: 4000}, {Title: "移交", DueOn: "2017-10-31", Weight: 6000}},
			})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		check := func() string {
			t.Helper()
			var bad []string
			if err := db.View(ctx, func(tx *sqldb.Tx) (err error) { bad, err = task.CheckTerms(ctx, tx, 1); return err }); err != nil {
				t.Fatal(err)
			}
			return strings.Join(bad, "；")
		}
		if s := check(); s != "" {
			t.Fatal(s)
		}
		for _, forgery := range []struct {
			what      string
			put, back *sqldb.Stmt
			bad, good any
		}{
			{"完成标准", pokeStandard, pokeStandard, "先行用地", "净地移交"},
			{"配合单位", pokeSupport, unpokeSupport, int64(13), int64(13)},
			{"节点", pokeMilestone, pokeMilestone, "2017-12-30", "2017-04-30"},
		} {
			poke := func(s *sqldb.Stmt, v any) {
				t.Helper()
				if err := db.Update(ctx, func(tx *sqldb.Tx) error { _, err := tx.Exec(ctx, s, int64(1), x.ID, v); return err }); err != nil {
					t.Fatal(err)
				}
			}
			poke(forgery.put, forgery.bad)
			if s := check(); !strings.Contains(s, forgery.what) || strings.Contains(s, "；") {
				t.Errorf("%s was forged: %q", forgery.what, s)
			}
			poke(forgery.back, forgery.good)
			if s := check(); s != "" {
				t.Errorf("%s is as it was: %q", forgery.what, s)
			}
		}
	})
}

// TestNumbersThatAreTooLarge: a number of another unit's size is refused, and does not overflow into a light.
func TestNumbersThatAreTooLarge(t *testing.T) {
	huge := amount.Scaled(math.MaxInt64 / 4)
	if err := (indicator.Plan{From: "2017-01", To: "2017-12", Target: huge}).Check(); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a target of %d: %v", huge, err)
	}
	if err := (indicator.Plan{From: "1917-01", To: "2017-12", Target: 1}).Check(); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a plan of a hundred years: %v", err)
	}
	p := indicator.Plan{From: "2017-01", To: "2026-12", Target: indicator.Most}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	for m := p.From; m < p.To; m = m.Next() {
		if p.Pace(m.Next()) <= p.Pace(m) {
			t.Fatalf("the pace of %s is %d, of the month before %d", m.Next(), p.Pace(m.Next()), p.Pace(m))
		}
	}
	_, err := task.Task{State: task.Open, LeadUnit: 7}.File(task.Draft{Month: "2017-03", Value: math.MaxInt64 - 300},
		task.Situation{Sheet: indicator.Sheet{Indicator: indicator.Indicator{Measure: "亩"}, Plan: indicator.Plan{From: "2017-01", To: "2017-12", Target: 1200_0000}}, DueOn: "2017-04-05"})
	if err == nil || !strings.Contains(err.Error(), "太大") {
		t.Errorf("a value of nine hundred trillion: %v", err)
	}
}
