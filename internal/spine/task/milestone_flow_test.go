package task_test

import (
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

// steps opens a task of unit 7 that follows two milestones.
func (o office) steps(t *testing.T) task.Task {
	t.Helper()
	ms := []task.Milestone{{Title: "桥梁下部", DueOn: "2017-04-30", Weight: 4000}, {Title: "桥面铺装", DueOn: "2017-10-31", Weight: 6000}}
	plan := indicator.Plan{From: "2017-01", To: "2017-12", Target: 100_0000}
	plan.Curve = task.MilestoneCurve(ms, plan)
	var x task.Task
	if err := o.db.Update(t.Context(), func(tx *sqldb.Tx) (err error) {
		x, err = o.book.Open(t.Context(), tx, auth.Actor{ID: 1, RegionID: 1, UnitID: 9}, task.Opening{
			Task: task.Task{No: "JT-01", Title: "跨江大桥", LeadUnit: 7, Deadline: "2017-12-31", Origin: ref.Ref{Kind: "campaign.campaign", ID: 5}}, Indicator: indicator.Indicator{Name: "跨江大桥", Measure: "%"}, Plan: plan, Milestones: ms,
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return x
}

func (o office) look(t *testing.T, taskID int64) (x task.Task, ms []task.Milestone) {
	t.Helper()
	if err := o.db.View(t.Context(), func(tx *sqldb.Tx) (err error) {
		x, p, err := task.PastOf(t.Context(), tx, 1, taskID)
		ms = p.Milestones
		_ = x
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := o.db.View(t.Context(), func(tx *sqldb.Tx) (err error) { x, err = task.Get(t.Context(), tx, 1, taskID); return err }); err != nil {
		t.Fatal(err)
	}
	return x, ms
}

// TestMilestones: the unit says that a milestone is reached, and somebody who does not owe it sees whether it is. Until then the task stays late.
//
// Source: domain 3 (节点); architecture §4 (the person who enters a value never verifies it).
func TestMilestones(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		x := o.steps(t)
		c.SetDay("2017-05-20")
		clerk, office, leader := as(t, 31, 7, auth.Clerk), as(t, 32, 9, auth.Supervisor), as(t, 40, 1, auth.Leader)
		if err := db.Update(t.Context(), func(tx *sqldb.Tx) error { _, err := o.book.RefreshAll(t.Context(), tx, 1); return err }); err != nil {
			t.Fatal(err)
		}
		if got, _ := o.look(t, x.ID); got.Standing.DaysLate != 20 || !strings.Contains(got.Standing.Why, "桥梁下部") {
			t.Fatalf("twenty days late: %+v", got.Standing)
		}
		for what, f := range map[string]struct {
			err  error
			kind errs.Kind
			says string
		}{
			"a day to come":         {o.ClaimMilestone(clerk, "claim-00000001", x.ID, 1, "2017-05-21", ""), errs.Invalid, "还没到"},
			"no day":                {o.ClaimMilestone(clerk, "claim-00000002", x.ID, 1, "五月", ""), errs.Invalid, "2017-03-05"},
			"a long note":           {o.ClaimMilestone(clerk, "claim-00000003", x.ID, 1, "2017-05-02", strings.Repeat("好", 201)), errs.Invalid, "201 字"},
			"a milestone not there": {o.ClaimMilestone(clerk, "claim-00000004", x.ID, 3, "2017-05-02", ""), errs.NotFound, "第 3 个"},
			"another unit":          {o.ClaimMilestone(as(t, 35, 8, auth.Clerk), "claim-00000005", x.ID, 1, "2017-05-02", ""), errs.NotFound, ""},
			"not claimed, denied":   {o.CheckMilestone(office, "check-00000001", x.ID, 1, false, "", "没看到"), errs.Conflict, "还没有申报"},
			"a clerk checks":        {o.CheckMilestone(clerk, "check-00000002", x.ID, 1, true, "2017-05-02", ""), errs.Forbidden, ""},
			"its own leader":        {o.CheckMilestone(as(t, 41, 7, auth.Leader), "check-00000003", x.ID, 1, true, "2017-05-02", ""), errs.Forbidden, "以外"},
		} {
			if errs.KindOf(f.err) != f.kind || !strings.Contains(f.err.Error(), f.says) {
				t.Errorf("%s: %v", what, f.err)
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(o.ClaimMilestone(clerk, "claim-00000010", x.ID, 1, "2017-05-02", "监理已签认"))
		must(o.ClaimMilestone(clerk, "claim-00000010", x.ID, 1, "2017-05-02", "监理已签认")) // sent twice
		got, ms := o.look(t, x.ID)
		if !ms[0].Claimed() || ms[0].ClaimNote != "监理已签认" || got.Standing.DaysLate != 20 {
			t.Errorf("the unit's word changes no light: %+v %+v", ms[0], got.Standing)
		}
		if err := o.CheckMilestone(as(t, 31, 9, auth.Supervisor), "check-00000010", x.ID, 1, true, "2017-05-02", ""); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("who claimed it checks it after he has moved: %v", err)
		}
		if err := o.CheckMilestone(office, "check-00000011", x.ID, 1, false, "", " "); errs.KindOf(err) != errs.Invalid {
			t.Errorf("denied without a reason: %v", err)
		}
		must(o.CheckMilestone(office, "check-00000012", x.ID, 1, false, "", "桩基还差 2 根"))
		if _, ms = o.look(t, x.ID); ms[0].Claimed() || ms[0].DoneOn != "" {
			t.Errorf("denied: %+v", ms[0])
		}
		must(o.ClaimMilestone(clerk, "claim-00000011", x.ID, 1, "2017-05-18", ""))
		must(o.CheckMilestone(leader, "check-00000013", x.ID, 1, true, "2017-05-19", "到现场看了"))
		got, ms = o.look(t, x.ID)
		if ms[0].DoneOn != "2017-05-19" || ms[0].Verifier != 40 || got.Standing.DaysLate != 0 {
			t.Errorf("reached: %+v %+v", ms[0], got.Standing)
		}
		if err := o.ClaimMilestone(clerk, "claim-00000012", x.ID, 1, "2017-05-18", ""); errs.KindOf(err) != errs.Conflict {
			t.Errorf("claimed after it was checked: %v", err)
		}
		must(o.CheckMilestone(office, "check-00000014", x.ID, 2, true, "2017-05-20", "提前完成")) // seen without the unit's word

		// A new list of milestones keeps what was reached, and the plan goes on following it.
		a, err := o.Propose(as(t, 33, 7, auth.Head), "propose-00000001", task.Adjustment{TaskID: x.ID, Reason: "设计变更", DocNo: "区政办〔2017〕18号", Wanted: task.Wanted{
			Milestones: []task.Milestone{{Title: "桥梁下部", DueOn: "2017-04-30", Weight: 3000}, {Title: "桥面铺装", DueOn: "2017-09-30", Weight: 3000}, {Title: "通车", DueOn: "2017-12-20", Weight: 4000}}}})
		must(err)
		_, err = o.Decide(leader, "decide-00000001", a.ID, a.Version, true, "", "")
		must(err)
		_, ms = o.look(t, x.ID)
		if len(ms) != 3 || ms[0].DoneOn != "2017-05-19" || ms[1].DoneOn != "2017-05-20" || ms[2].DoneOn != "" {
			t.Errorf("adjusted: %+v", ms)
		}
		must(db.View(t.Context(), func(tx *sqldb.Tx) error {
			s, err := indicator.Get(t.Context(), tx, 1, x.IndicatorID)
			if p := s.Plan; p.Pace("2017-04") != 30_0000 || p.Pace("2017-08") != 30_0000 || p.Pace("2017-09") != 60_0000 || p.Pace("2017-12") != 100_0000 {
				t.Errorf("the plan: %+v", p)
			}
			return err
		}))
	})
}

// TestStopAndResume: a task stops and goes on by an approved request only. While it is stopped nothing is asked of it.
func TestStopAndResume(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		x := o.enter(t, 7, "CS-01")
		c.SetDay("2017-05-20")
		head, leader := as(t, 31, 7, auth.Head), as(t, 40, 1, auth.Leader)
		weight, day := int64(2000), "2018-03-31"
		propose := func(key string, w task.Wanted) (task.Adjustment, error) {
			return o.Propose(head, key, task.Adjustment{TaskID: x.ID, Reason: "规划未批", DocNo: "区政府会议纪要〔2017〕9号", Wanted: w})
		}
		approve := func(key string, a task.Adjustment) {
			t.Helper()
			if _, err := o.Decide(leader, key, a.ID, a.Version, true, "", ""); err != nil {
				t.Fatal(err)
			}
		}
		for what, w := range map[string]task.Wanted{
			"a stop with a new weight":  {State: task.Stopped, Weight: &weight},
			"taken up while it is open": {State: task.Open},
			"closed by a request":       {State: task.Closed},
			"nothing that is to change": {},
		} {
			if _, err := propose("propose-000000-"+what[:4], w); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s: %v", what, err)
			}
		}
		a, err := propose("propose-00000001", task.Wanted{State: task.Stopped})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := o.look(t, x.ID); got.State != task.Open {
			t.Errorf("stopped before anybody has approved it")
		}
		approve("decide-00000001", a)
		got, _ := o.look(t, x.ID)
		if got.State != task.Stopped || got.Standing.Light != task.Hold || got.Revision != 1 {
			t.Errorf("stopped: %+v", got)
		}
		clerk := auth.Actor{ID: 33, RegionID: 1, UnitID: 7, Units: []int64{7}, Roles: []auth.Role{auth.Clerk}}
		file := func() error {
			return db.Update(t.Context(), func(tx *sqldb.Tx) error {
				_, err := o.book.FileAccount(t.Context(), tx, clerk, task.Draft{TaskID: x.ID, Month: "2017-04", Value: amount.Scaled(400_0000)})
				return err
			})
		}
		if err := file(); errs.KindOf(err) != errs.Conflict {
			t.Errorf("an account of a stopped task: %v", err)
		}
		if _, err := propose("propose-00000002", task.Wanted{Deadline: &day}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a new deadline of a stopped task alone: %v", err)
		}
		a, err = propose("propose-00000003", task.Wanted{State: task.Open, Deadline: &day})
		if err != nil {
			t.Fatal(err)
		}
		approve("decide-00000002", a)
		got, _ = o.look(t, x.ID)
		if got.State != task.Open || got.Deadline != day || got.Revision != 2 || got.Standing.Light == task.Hold {
			t.Errorf("taken up again: %+v", got)
		}
		if err := file(); err != nil {
			t.Error(err)
		}
	})
}

func TestMilestoneCurve(t *testing.T) {
	p := indicator.Plan{From: "2017-03", To: "2017-06", Target: 80_0000}
	ms := []task.Milestone{{DueOn: "2017-02-10", Weight: 2500}, {DueOn: "2017-05-31", Weight: 5000}, {DueOn: "2017-06-01", Weight: 2500}}
	want := []amount.Scaled{20_0000, 20_0000, 60_0000, 80_0000}
	got := task.MilestoneCurve(ms, p)
	if len(got) != 4 {
		t.Fatal(got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("month %d: %d, want %d", i, got[i], want[i])
		}
	}
	ms[2].DueOn = "2017-07-01"
	if got := task.MilestoneCurve(ms, p); got != nil {
		t.Errorf("a milestone after the plan: %v", got)
	}
}
