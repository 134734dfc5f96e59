package task_test

import (
	"strings"
	"testing"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

// preset returns the policy that ships under the name.
func preset(t *testing.T, name string) task.Policy {
	t.Helper()
	for _, p := range task.Presets {
		if strings.HasPrefix(p.Name, name) {
			if err := p.Check(); err != nil {
				t.Fatal(err)
			}
			return p
		}
	}
	t.Fatal("no preset " + name)
	return task.Policy{}
}

// facts are of a plan of ten months with a target of 100 %, so that 10 points are due each month.
func facts(m period.Month, v amount.Scaled) task.Facts {
	return task.Facts{State: task.Open, Month: m, Plan: indicator.Plan{From: "2017-01", To: "2017-10", Target: 1000000}, Value: &v, Kind: indicator.Verified, Due: true,
		Today: period.Day(m.End().Add(-1)), Deadline: "2017-10-31", Measure: "%"}
}

// TestPolicyBounds holds the shipped policies to their sources at the bounds and one hundredth beside them.
// Source: domain 16.1 [17][18][19][170].
func TestPolicyBounds(t *testing.T) {
	for _, x := range []struct {
		policy string
		month  period.Month
		value  amount.Scaled // 50 % is due in May, 60 % in June
		want   task.Light
	}{
		{"默认", "2017-05", 500000, task.Green},
		{"默认", "2017-05", 499900, task.Amber}, // 0.01 point behind
		{"默认", "2017-05", 400000, task.Amber}, // 10 points: the bound itself
		{"默认", "2017-05", 399900, task.Red},
		{"默认", "2017-05", 900000, task.Green},
		{"银川", "2017-05", 400100, task.Green}, // below 10 points the source says nothing; taken as green
		{"银川", "2017-05", 400000, task.Amber},
		{"银川", "2017-05", 200000, task.Amber}, // 30 points, inclusive
		{"银川", "2017-05", 199900, task.Red},
		{"三亚", "2017-05", 500000, task.Green},
		{"三亚", "2017-05", 499900, task.Amber},
		{"三亚", "2017-05", 250000, task.Amber}, // half of what is due
		{"三亚", "2017-05", 249900, task.Red},
		{"松阳", "2017-05", 0, task.Amber}, // a month missed
		{"松阳", "2017-06", 599900, task.Red},
		{"松阳", "2017-06", 600000, task.Green},
		{"瓯海", "2017-05", 500000, task.Green},
		{"瓯海", "2017-05", 499900, task.Red}, // any month missed
	} {
		v := preset(t, x.policy).Judge(facts(x.month, x.value))
		if v.Light != x.want {
			t.Errorf("%s %s %d: %s (%s), want %s", x.policy, x.month, x.value, v.Light, v.Rule, x.want)
		}
		if v.Rule == "" || v.Pace == nil || v.Lead == nil {
			t.Errorf("%s: a light without its rule and numbers: %+v", x.policy, v)
		}
	}
}

// TestLevelWithThePlan: who stands where he should is not "ahead by 0".
func TestLevelWithThePlan(t *testing.T) {
	for _, name := range []string{"默认规则", "银川 2025 项目规则"} {
		f := facts("2017-06", 0)
		pace := f.Plan.Pace(f.Month)
		f.Value = &pace
		if v := preset(t, name).Judge(f); v.Light != task.Green || !strings.HasSuffix(v.Rule, "，与应达持平") {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestWorstRuleWins(t *testing.T) {
	p := preset(t, "默认")
	f := facts("2017-05", 600000)
	f.Milestones = []task.Milestone{{Title: "主体封顶", DueOn: "2017-05-16"}, {Title: "开工", DueOn: "2017-01-31", DoneOn: "2017-03-01"}}
	if v := p.Judge(f); v.Light != task.Amber || v.DaysLate != 15 {
		t.Errorf("15 days late: %+v", v)
	}
	f.Milestones[0].DueOn = "2017-05-15"
	if v := p.Judge(f); v.Light != task.Red || v.DaysLate != 16 || !strings.Contains(v.Rule, "主体封顶") {
		t.Errorf("16 days late: %+v", v)
	}
	f.State = task.Completed
	if v := p.Judge(f); v.DaysLate != 0 || v.Light != task.Green {
		t.Errorf("completed waits for the check, it is not late: %+v", v)
	}
	f.State = task.Closed
	if v := p.Judge(f); v.Light != task.Done {
		t.Errorf("closed: %+v", v)
	}
	f.State = task.Stopped
	if v := p.Judge(f); v.Light != task.Hold {
		t.Errorf("stopped: %+v", v)
	}
	f.State = task.Open
	f = facts("2017-05", 0)
	f.Value = nil
	if v := p.Judge(f); v.Light != task.Missing {
		t.Errorf("nothing reported: %+v", v)
	}
	f.Due = false
	if v := p.Judge(f); v.Light != task.NotDue {
		t.Errorf("not due yet: %+v", v)
	}
	f = facts("2016-12", 0)
	if v := p.Judge(f); v.Light != task.NotDue {
		t.Errorf("the plan has not begun: %+v", v)
	}
	down := facts("2017-05", 450000) // less is better: 50 are allowed by now
	down.Down = true
	if v := p.Judge(down); v.Light != task.Green || *v.Lead != 500 {
		t.Errorf("less than allowed: %+v", v)
	}
	more := facts("2017-05", 600100)
	more.Down = true
	if v := p.Judge(more); v.Light != task.Red {
		t.Errorf("more than allowed: %+v", v)
	}
}

// TestMadeUpIsNeverGreen: whatever a policy says of a month that was made up later, it is not green. Source: domain 0.6.
func TestMadeUpIsNeverGreen(t *testing.T) {
	for _, p := range task.Presets {
		for v := amount.Scaled(0); v <= 1100000; v += 50000 {
			for _, m := range []period.Month{"2017-01", "2017-05", "2017-06", "2017-10"} {
				before := p.Judge(facts(m, v))
				if after := task.MadeUp(before); after.Light == task.Green || before.Light != task.Green && after.Light != before.Light {
					t.Errorf("%s %s %d: %s → %s", p.Name, m, v, before.Light, after.Light)
				}
			}
		}
	}
}

func TestMonthsOfLights(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		ctx := t.Context()
		clerk := auth.Actor{ID: 21, RegionID: 1, UnitID: 2, Units: []int64{2}, Roles: []auth.Role{auth.Clerk}}
		boss := auth.Actor{ID: 1, RegionID: 1, UnitID: 9, Roles: []auth.Role{auth.Supervisor}}
		slow, mute := o.enter(t, 2, "1"), o.enter(t, 2, "2") // 1200 亩: 100 a month
		file := func(id int64, m period.Month, v amount.Scaled) (a task.Account, err error) {
			err = db.Update(ctx, func(tx *sqldb.Tx) (err error) {
				a, err = o.book.FileAccount(ctx, tx, clerk, task.Draft{TaskID: id, Month: m, Value: v, BlockerKind: task.NoBlocker})
				return err
			})
			return a, err
		}
		lights := func(id int64) map[string]task.Month {
			out := map[string]task.Month{}
			if err := db.View(ctx, func(tx *sqldb.Tx) error {
				list, err := task.LightsOf(ctx, tx, 1, id)
				for _, x := range list {
					out[x.Period] = x
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return out
		}
		closeMonth := func(m period.Month) error {
			return db.Update(ctx, func(tx *sqldb.Tx) error { _, err := o.book.CloseMonth(ctx, tx, boss, m); return err })
		}

		// February is due by 5 March, a Sunday: by the Monday after. The first of March is in time, whatever the hour.
		if a, err := file(slow.ID, "2017-02", 500000); err != nil || a.Late || a.DueOn != "2017-03-06" {
			t.Fatalf("February: %+v %v", a, err)
		}
		if err := closeMonth("2017-03"); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a month that is not over: %v", err)
		}
		c.SetDay("2017-03-08")
		if err := closeMonth("2017-02"); err != nil {
			t.Fatal(err)
		}
		if a, b := lights(slow.ID)["2017-02"], lights(mute.ID)["2017-02"]; a.Light != task.Red || b.Light != task.Missing {
			t.Fatalf("February: %s %s", a.Light, b.Light)
		}
		// Late, and enough: amber.
		if a, err := file(mute.ID, "2017-02", 2000000); err != nil || !a.Late {
			t.Errorf("late: %+v %v", a.Late, err)
		}
		if x := lights(mute.ID)["2017-02"]; x.Light != task.Amber || !x.MadeUp {
			t.Errorf("made up: %+v", x)
		}
		// The next month makes up for the one before: amber, never green.
		c.SetDay("2017-04-03")
		if a, err := file(slow.ID, "2017-03", 3000000); err != nil || a.Late {
			t.Errorf("March: %+v %v", a.Late, err)
		}
		c.SetDay("2017-04-08")
		if err := closeMonth("2017-03"); err != nil {
			t.Fatal(err)
		}
		if x := lights(slow.ID); x["2017-02"].Light != task.Amber || !x["2017-02"].MadeUp || x["2017-03"].Light != task.Green {
			t.Errorf("made up: %+v", x)
		}
		if x := lights(mute.ID); x["2017-03"].Light != task.Missing {
			t.Errorf("a missing account inherits nothing: %+v", x["2017-03"])
		}
		// Closing twice changes nothing.
		if err := closeMonth("2017-02"); err != nil {
			t.Fatal(err)
		}
		if x := lights(slow.ID)["2017-02"]; x.Light != task.Amber {
			t.Errorf("closed twice: %+v", x)
		}
	})
}
