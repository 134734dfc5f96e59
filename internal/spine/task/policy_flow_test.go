package task_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
)

type office struct {
	db   *sqldb.DB
	book *task.Book
	*task.Service
}

func open(t *testing.T, db *sqldb.DB, c *period.Fixed) office {
	ids := id.New(c, 1).Next
	cal := calendar.New(db)
	if err := cal.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	book := task.NewBook(ids, indicator.NewBook(ids), cal, outbox.New(db, ids))
	return office{db, book, task.New(db, book)}
}

func as(t *testing.T, person, unit int64, roles ...auth.Role) context.Context {
	return auth.With(t.Context(), auth.Actor{ID: person, RegionID: 1, UnitID: unit, Roles: roles, Units: []int64{unit}})
}

// enter opens a task of a unit with a target of 1200 亩 over 2017.
func (o office) enter(t *testing.T, unit int64, no string) task.Task {
	t.Helper()
	var x task.Task
	err := o.db.Update(t.Context(), func(tx *sqldb.Tx) (err error) {
		x, err = o.book.Open(t.Context(), tx, auth.Actor{ID: 1, RegionID: 1, UnitID: 9}, task.Opening{
			Task:      task.Task{No: no, Title: "征地 " + no, LeadUnit: unit, Deadline: "2017-12-31", Origin: ref.Ref{Kind: "campaign.campaign", ID: 5}},
			Indicator: indicator.Indicator{Name: "征地", Measure: "亩", Direction: indicator.Up},
			Plan:      indicator.Plan{From: "2017-01", To: "2017-12", Target: 1200_0000},
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestPolicyIsAdoptedOnceWithItsDocument(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		c.SetDay("2017-04-10")
		o.enter(t, 11, "A-1")
		supervisor := as(t, 2, 9, auth.Supervisor)
		p := task.Presets[1]
		p.FromMonth, p.DocNo = "2017-03", "区委办〔2017〕18号"

		if _, err := o.AdoptPolicy(as(t, 3, 11, auth.Head), "key-adopt-0", p); errs.KindOf(err) != errs.Forbidden {
			t.Fatalf("a unit adopted the rule it is judged by: %v", err)
		}
		for field, change := range map[string]func(*task.Policy){
			"doc_no":     func(p *task.Policy) { p.DocNo = " " },
			"name":       func(p *task.Policy) { p.Name = "" },
			"red_beyond": func(p *task.Policy) { p.RedBeyond = "十" },
			"due_day":    func(p *task.Policy) { p.DueDay = 31 },
			"from_month": func(p *task.Policy) { p.FromMonth = "2017-02" },
		} {
			q := p
			change(&q)
			_, err := o.AdoptPolicy(supervisor, "key-bad-"+field, q)
			if f := errs.FieldsOf(err); len(f) != 1 || f[0].Name != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		first, err := o.AdoptPolicy(supervisor, "key-adopt-1", p)
		if err != nil || first.Revision != 1 {
			t.Fatal(first, err)
		}
		again, err := o.AdoptPolicy(supervisor, "key-adopt-1", p)
		if err != nil || again.ID != first.ID || again.Revision != 1 {
			t.Fatalf("the same key twice: %+v %v", again, err)
		}
		r, err := o.Policies(as(t, 3, 11, auth.Head))
		if err != nil || len(r.List) != 1 || r.Now.Name != p.Name || r.Now.DocNo != p.DocNo || r.Month != "2017-03" || r.Earliest != "2017-03" {
			t.Fatalf("%+v %v", r, err)
		}
		// A month that has its lights keeps its rule.
		err = db.Update(t.Context(), func(tx *sqldb.Tx) error {
			_, err := o.book.CloseMonth(t.Context(), tx, auth.Actor{ID: 2, RegionID: 1, UnitID: 9}, "2017-03")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = o.AdoptPolicy(supervisor, "key-adopt-2", p)
		if err == nil || !strings.Contains(err.Error(), "已经亮灯") {
			t.Fatalf("a closed month was reached back into: %v", err)
		}
		if r, err = o.Policies(supervisor); err != nil || r.Earliest != "2017-04" {
			t.Fatalf("%+v %v", r, err)
		}
		p.FromMonth = "2017-06"
		if _, err := o.AdoptPolicy(supervisor, "key-adopt-3", p); err != nil {
			t.Fatal(err)
		}
		p.FromMonth = "2017-05"
		if _, err := o.AdoptPolicy(supervisor, "key-adopt-4", p); err == nil {
			t.Fatal("a later version begins before the one it replaces")
		}
		var verbs []string
		err = db.View(t.Context(), func(tx *sqldb.Tx) error {
			list, err := ledger.Entries(t.Context(), tx, 1, ledger.Filter{Subject: ref.Ref{Kind: "task.policy"}})
			for _, e := range list {
				verbs = append(verbs, e.Verb)
			}
			return err
		})
		if err != nil || len(verbs) != 2 {
			t.Fatalf("the ledger has %v, want the two adoptions (%v)", verbs, err)
		}
	})
}

func TestWhoSeesWhichTasks(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		o.enter(t, 11, "A-1")
		other := o.enter(t, 12, "A-2")
		numbers := func(ctx context.Context, f task.Filter) (out string) {
			list, err := o.Tasks(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range list {
				out += x.No + " "
			}
			return out
		}
		if got := numbers(as(t, 2, 9, auth.Supervisor), task.Filter{}); got != "A-1 A-2 " {
			t.Errorf("an overseer sees %q", got)
		}
		clerk := as(t, 3, 11, auth.Clerk)
		if got := numbers(clerk, task.Filter{}); got != "A-1 " {
			t.Errorf("a clerk sees %q", got)
		}
		if got := numbers(clerk, task.Filter{Unit: 12}); got != "" {
			t.Errorf("a clerk who asks for another unit sees %q", got)
		}
		if got := numbers(as(t, 4, 0, auth.SysAdmin), task.Filter{}); got != "" {
			t.Errorf("somebody without a unit sees %q", got)
		}
		if _, err := o.Terms(clerk, other.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("terms of another unit's task: %v", err)
		}
	})
}

func TestTakeBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		x := o.enter(t, 11, "A-1")
		clerk := as(t, 3, 11, auth.Clerk)
		target := amount.Scaled(1100_0000)
		a, err := o.Propose(clerk, "key-propose-1", task.Adjustment{TaskID: x.ID, Reason: "上级调整年度计划", Wanted: task.Wanted{Target: &target}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.TakeBack(as(t, 5, 11, auth.Clerk), "key-back-0", a.ID, 1); errs.KindOf(err) != errs.Forbidden {
			t.Fatalf("a colleague took it back: %v", err)
		}
		if _, err := o.TakeBack(as(t, 6, 12, auth.Head), "key-back-1", a.ID, 1); errs.KindOf(err) != errs.NotFound {
			t.Fatalf("another unit: %v", err)
		}
		if _, err := o.TakeBack(clerk, "key-back-2", a.ID, 7); errs.KindOf(err) != errs.Conflict {
			t.Fatalf("an old version: %v", err)
		}
		if a, err = o.TakeBack(clerk, "key-back-3", a.ID, 1); err != nil || a.State != task.TakenBack {
			t.Fatal(a, err)
		}
		if _, err := o.Decide(as(t, 2, 9, auth.Leader), "key-decide-1", a.ID, 2, false, "", "不同意"); errs.KindOf(err) != errs.Conflict {
			t.Fatalf("a withdrawn request was decided: %v", err)
		}
		if _, err := o.Propose(clerk, "key-propose-2", task.Adjustment{TaskID: x.ID, Reason: "再提", Wanted: task.Wanted{Target: &target}}); err != nil {
			t.Fatalf("after taking back one may ask again: %v", err)
		}
		terms, err := o.Terms(clerk, x.ID)
		if err != nil || len(terms.Baselines) != 1 || len(terms.Plans) != 1 || terms.Sheet.Plan.Target != 1200_0000 {
			t.Fatalf("%+v %v", terms, err)
		}
	})
}

func TestChangesShowWhatTheRequestFound(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		x := o.enter(t, 11, "A-1")
		clerk, leader := as(t, 3, 11, auth.Clerk), as(t, 2, 9, auth.Leader)
		var ids []int64
		for i, day := range []string{"2018-01-31", "2018-02-28"} {
			c.SetDay([]string{"2017-05-01", "2017-06-01"}[i])
			target := amount.Scaled(1100_0000)
			w := task.Wanted{Deadline: &day}
			if i == 0 {
				w.Target = &target
			}
			a, err := o.Propose(clerk, "key-propose-"+day, task.Adjustment{TaskID: x.ID, Reason: "上级调整", Wanted: w})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, a.ID)
			terms, _ := o.Terms(clerk, x.ID)
			if i == 1 {
				if got := a.Changes(terms)[0]; got != (task.Change{What: "时限", First: "2017-12-31", Now: "2018-01-31", Wanted: "2018-02-28"}) {
					t.Errorf("before the decision: %+v", got)
				}
			}
			c.SetDay([]string{"2017-05-02", "2017-06-02"}[i])
			if _, err := o.Decide(leader, "key-decide-"+day, a.ID, 1, true, "区政办〔2017〕8号", ""); err != nil {
				t.Fatal(err)
			}
		}
		terms, err := o.Terms(clerk, x.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := [][]task.Change{
			{{"时限", "2017-12-31", "2017-12-31", "2018-01-31"}, {"目标值", "1,200 亩", "1,200 亩", "1,100 亩"}},
			{{"时限", "2017-12-31", "2018-01-31", "2018-02-28"}},
		}
		for i, id := range ids {
			a, _, err := o.AdjustmentOf(clerk, id)
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Changes(terms); !slices.Equal(got, want[i]) {
				t.Errorf("after the decision: %+v", got)
			}
		}
	})
}
