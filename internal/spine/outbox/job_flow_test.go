package outbox

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
)

// The effects of the tests' handlers are jobs of kind "effect": rows that a rollback takes away.
var countEffects = sqldb.SQL("outbox.testCount", `
SELECT COUNT(*) FROM outbox_job WHERE region_id = $1 AND kind = $2 AND state = $3`)

func count(t *testing.T, db *sqldb.DB, region int64, kind, state string) (n int64) {
	t.Helper()
	err := db.View(t.Context(), func(tx *sqldb.Tx) (err error) {
		n, err = sqldb.One(t.Context(), tx, countEffects, sqldb.Int64, region, kind, state)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// effect is a handler that leaves a row, a year ahead so that nobody does it.
func effect(o *Outbox) func(context.Context, *sqldb.Tx, Fact) error {
	return func(ctx context.Context, tx *sqldb.Tx, f Fact) error {
		_, err := o.Enqueue(ctx, tx, f.RegionID, "effect", "", f.Subject, tx.Now().AddDate(1, 0, 0))
		return err
	}
}

func boxes(db *sqldb.DB, c *period.Fixed, n int) (out []*Outbox) {
	for i := range n {
		o := New(db, id.New(c, int64(i+1)).Next)
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
		o.Poll = 5 * time.Millisecond
		out = append(out, o)
	}
	return out
}

func publish(t *testing.T, db *sqldb.DB, o *Outbox, name string, n int64) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
		return o.Publish(t.Context(), tx, 7, name, ref.Ref{Kind: "campaign.report", ID: n}, map[string]int64{"n": n})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFactsReachTheirHandlers(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := boxes(db, c, 1)[0]
		var got []string
		hear := func(who string) func(context.Context, *sqldb.Tx, Fact) error {
			return func(_ context.Context, _ *sqldb.Tx, f Fact) error {
				got = append(got, who+" "+f.Name+" "+f.Subject.String()+" "+string(f.Body))
				if f.RegionID != 7 || !f.At.Equal(c.Now()) {
					t.Errorf("%+v", f)
				}
				return nil
			}
		}
		publish(t, db, o, "campaign.report.submitted", 0) // nobody listens in this program: kept for one that does
		if err := o.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.Handle("campaign.report.submitted", "exact", hear("exact"))
		o.Handle("campaign.*", "area", hear("area"))
		o.Handle("task.*", "other", hear("other"))
		o.Handle("*", "all", hear("all"))

		fail := errors.New("no")
		err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
			if err := o.Publish(t.Context(), tx, 7, "campaign.report.submitted", ref.Ref{}, nil); err != nil {
				return err
			}
			return fail
		})
		if !errors.Is(err, fail) {
			t.Fatal(err)
		}
		publish(t, db, o, "campaign.report.returned", 1)
		for range 2 {
			if err := o.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		want := `exact campaign.report.submitted campaign.report:0 {"n":0}
area campaign.report.submitted campaign.report:0 {"n":0}
all campaign.report.submitted campaign.report:0 {"n":0}
area campaign.report.returned campaign.report:1 {"n":1}
all campaign.report.returned campaign.report:1 {"n":1}`
		if strings.Join(got, "\n") != want {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
		}
	})
}

func TestFailingHandlerIsTriedAgain(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := boxes(db, c, 1)[0]
		tries := 0
		do := effect(o)
		o.Handle("*", "flaky", func(ctx context.Context, tx *sqldb.Tx, f Fact) error {
			if err := do(ctx, tx, f); err != nil { // written first: the failure must take it back
				return err
			}
			switch tries++; tries {
			case 1:
				return errors.New("transient")
			case 2:
				panic("worse")
			}
			return nil
		})
		publish(t, db, o, "task.task.closed", 1)
		for _, step := range []struct {
			wait  time.Duration
			tries int
			fails bool
		}{{0, 1, true}, {29 * time.Second, 1, false}, {time.Second, 2, true}, {119 * time.Second, 2, false}, {time.Second, 3, false}, {time.Hour, 3, false}} {
			c.Set(c.Now().Add(step.wait))
			if err := o.Drain(t.Context()); (err != nil) != step.fails || tries != step.tries {
				t.Fatalf("after %v: %d tries, error %v; want %+v", step.wait, tries, err, step)
			}
		}
		if n := count(t, db, 7, "effect", "ready"); n != 1 {
			t.Errorf("%d effects, want 1", n)
		}
	})
}

func TestDeadLetter(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := boxes(db, c, 1)[0]
		tries, ok := 0, false
		o.Do("mail", func(_ context.Context, j Job) error {
			if tries++; ok {
				return nil
			}
			return errors.New("no such server")
		})
		err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
			for i, want := range []bool{true, false} {
				if made, err := o.Enqueue(t.Context(), tx, 7, "mail", "提醒:1:2017-03", i, time.Time{}); err != nil || made != want {
					t.Errorf("job %d made: %v, %v", i, made, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for range MaxAttempts + 3 {
			o.Drain(t.Context())
			c.Set(c.Now().Add(time.Hour))
		}
		if tries != MaxAttempts {
			t.Errorf("%d tries, want %d", tries, MaxAttempts)
		}
		admin := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: 7, Roles: []auth.Role{auth.SysAdmin}})
		dead, err := o.Dead(admin, 7)
		if err != nil || len(dead) != 1 || dead[0].Error != "no such server" || dead[0].Attempt != MaxAttempts {
			t.Fatalf("%+v %v", dead, err)
		}
		if _, err := o.Dead(admin, 8); errs.KindOf(err) != errs.NotFound {
			t.Error("another region is seen", err)
		}
		if err := o.Revive(auth.With(t.Context(), auth.Actor{ID: 3, RegionID: 8, Roles: []auth.Role{auth.SysAdmin}}), 7, dead[0].ID); errs.KindOf(err) != errs.NotFound {
			t.Error("another region revives it", err)
		}
		clerk := auth.With(t.Context(), auth.Actor{ID: 2, RegionID: 7, Roles: []auth.Role{auth.Clerk}})
		if err := o.Revive(clerk, 7, dead[0].ID); errs.KindOf(err) != errs.Forbidden {
			t.Error(err)
		}
		ok = true
		if err := o.Revive(admin, 7, dead[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := o.Revive(admin, 7, dead[0].ID); errs.KindOf(err) != errs.NotFound {
			t.Error(err)
		}
		if err := o.Drain(t.Context()); err != nil || tries != MaxAttempts+1 || count(t, db, 7, "mail", "done") != 1 {
			t.Error(err, tries)
		}
	})
}

// A process is killed between claim and finish. Its job waits for the lease to end, runs in another process once,
// and the first one, if it was only slow, cannot write any more.
func TestKilledWorker(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		two := boxes(db, c, 2)
		for _, o := range two {
			o.Handle("*", "effect", effect(o))
		}
		publish(t, db, two[0], "task.task.closed", 1)
		if _, err := two[0].spread(t.Context()); err != nil {
			t.Fatal(err)
		}
		jobs, err := two[0].claim(t.Context(), 10)
		if err != nil || len(jobs) != 1 {
			t.Fatal(jobs, err)
		}
		c.Set(c.Now().Add(two[0].Lease))
		if err := two[1].Drain(t.Context()); err != nil || count(t, db, 7, "effect", "ready") != 0 {
			t.Fatal("the lease still holds", err)
		}
		c.Set(c.Now().Add(time.Second))
		if err := two[1].Drain(t.Context()); err != nil || count(t, db, 7, "effect", "ready") != 1 {
			t.Fatal("the orphan did not run", err)
		}
		if err := two[0].work(t.Context(), jobs[0]); !errors.Is(err, errLost) {
			t.Errorf("the sleeper finished: %v", err)
		}
		if n := count(t, db, 7, "effect", "ready"); n != 1 {
			t.Errorf("%d effects, want 1", n)
		}
	})
}

// Workers of three processes compete for 60 facts of two handlers, some of which fail at first: each effect is written once.
func TestCompetingWorkers(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		var calls, failures atomic.Int64
		list := boxes(db, c, 3)
		for _, o := range list {
			do := effect(o)
			for _, name := range []string{"a", "b"} {
				o.Handle("*", name, func(ctx context.Context, tx *sqldb.Tx, f Fact) error {
					if err := do(ctx, tx, f); err != nil {
						return err
					}
					if n := calls.Add(1); n%7 == 0 && failures.Add(1) < 10 {
						return errors.New("now and then")
					}
					return nil
				})
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, o := range list {
			wg.Go(func() { o.Run(ctx, 2) })
		}
		for i := range int64(60) {
			publish(t, db, list[0], "task.task.closed", i+1)
		}
		for range 1000 {
			c.Set(c.Now().Add(10 * time.Second)) // less than a lease
			if count(t, db, 7, "effect", "ready") >= 120 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		stop()
		wg.Wait()
		if n := count(t, db, 7, "effect", "ready"); n != 120 {
			t.Errorf("%d effects of 120", n)
		}
		if failures.Load() == 0 {
			t.Error("nothing failed: the test shows less than it says")
		}
	})
}

func TestEvery(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		var got []string
		two := boxes(db, c, 2)
		for _, o := range two {
			o.Every("remind", Daily(8, 30), func(_ context.Context, due time.Time) error {
				got = append(got, due.In(period.Beijing).Format("01-02 15:04"))
				return nil
			})
		}
		drain := func() {
			t.Helper()
			for _, o := range two {
				if err := o.Drain(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, step := range []time.Duration{0, time.Hour, 23 * time.Hour, 72 * time.Hour} {
			c.Set(c.Now().Add(step))
			drain()
		}
		// A program that starts again does not run what has run.
		again := boxes(db, c, 1)[0]
		again.Every("remind", Daily(8, 30), func(context.Context, time.Time) error { t.Error("ran twice"); return nil })
		if err := again.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := strings.Join(got, ", "); s != "03-01 08:30, 03-02 08:30, 03-05 08:30" {
			t.Error(s)
		}
		c.Set(c.Now().AddDate(0, 0, 3))
		if err := again.Purge(t.Context()); err != nil || count(t, db, 0, "every:remind", "done") != 1 {
			t.Error("purge", err)
		}
	})
}

// TestMonthlyRunsOnce: the night's purge does not make a program that starts again later in the month run the month's work a second time.
func TestMonthlyRunsOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		runs := 0
		start := func() *Outbox {
			o := boxes(db, c, 1)[0]
			o.Every("detect", Monthly(8, 4, 0), func(context.Context, time.Time) error { runs++; return nil })
			if err := o.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			return o
		}
		c.SetDay("2017-03-08")
		o := start()
		for _, day := range []string{"2017-03-11", "2017-03-20", "2017-04-07"} {
			c.SetDay(day)
			if err := o.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			o = start()
		}
		if runs != 1 {
			t.Errorf("the run of the 8th of March ran %d times", runs)
		}
		c.SetDay("2017-04-09")
		if start(); runs != 2 {
			t.Errorf("%d runs after the 8th of April, want 2", runs)
		}
		c.SetDay("2017-04-20")
		if err := start().Purge(t.Context()); err != nil || count(t, db, 0, "every:detect", "done") != 1 {
			t.Error("what came before the last run is kept for ever", err)
		}
	})
}

var selectLease = sqldb.SQL("outbox.testLease", `
SELECT MAX(lease_until) FROM outbox_job WHERE region_id = $1`)

func leaseOf(t *testing.T, db *sqldb.DB) (ms int64) {
	err := db.View(t.Context(), func(tx *sqldb.Tx) (err error) {
		ms, err = sqldb.One(t.Context(), tx, selectLease, sqldb.Int64, int64(7))
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return ms
}

// A job that outlasts its lease keeps it while it runs.
func TestLongJobKeepsItsLease(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		two := boxes(db, c, 2)
		var runs atomic.Int64
		for _, o := range two {
			o.Lease = 30 * time.Millisecond
			o.Do("export", func(context.Context, Job) error {
				runs.Add(1)
				for range 4 { // two leases and a half go by, and each time the lease is seen to be prolonged
					c.Set(c.Now().Add(o.Lease * 6 / 10))
					for try := 0; leaseOf(t, db) <= c.Now().UnixMilli()+int64(o.Lease/time.Millisecond)/2; try++ {
						if time.Sleep(5 * time.Millisecond); try > 1000 {
							return errors.New("the lease is not prolonged")
						}
					}
				}
				return nil
			})
		}
		err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
			_, err := two[0].Enqueue(t.Context(), tx, 7, "export", "", nil, time.Time{})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := two[0].Drain(t.Context()); err != nil {
				t.Error(err)
			}
		})
		for try := 0; count(t, db, 7, "export", "done") == 0 && try < 1000; try++ {
			if err := two[1].Drain(t.Context()); err != nil {
				t.Error(err)
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		wg.Wait()
		if n := runs.Load(); n != 1 {
			t.Errorf("ran %d times", n)
		}
	})
}

func TestSchedules(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, period.Beijing)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, v := range []struct {
		when      Schedule
		now, want string
	}{
		{Daily(2, 0), "2017-03-01 01:59", "2017-02-28 02:00"},
		{Daily(2, 0), "2017-03-01 02:00", "2017-03-01 02:00"},
		{Monthly(5, 9, 0), "2017-03-05 08:59", "2017-02-05 09:00"},
		{Monthly(5, 9, 0), "2017-01-04 09:00", "2016-12-05 09:00"},
		{Each(15 * time.Minute), "2017-03-01 09:44", "2017-03-01 09:30"},
	} {
		if got := v.when(at(v.now).UTC()); !got.Equal(at(v.want)) {
			t.Errorf("at %s: %v, want %s", v.now, got, v.want)
		}
	}
}
