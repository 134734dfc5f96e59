package demo

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/internal/app/house"
	"duban/internal/area/conduct"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/burden"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/task"
)

// TestPlay plays the whole year and holds the result to what the demonstration must show.
func TestPlay(t *testing.T) {
	ctx := t.Context()
	clock := period.At(time.Date(2017, 1, 4, 9, 0, 0, 0, period.Beijing))
	file := filepath.Join(t.TempDir(), "demo.db")
	if keep := os.Getenv("DUBAN_KEEP_DEMO"); keep != "" {
		file = keep
	}
	h, err := house.Open(ctx, house.Options{DSN: "sqlite:" + file, Clock: clock, Params: Cheap})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	began := time.Now()
	if err := Play(ctx, h, clock, 1, LastDay, t.Logf); err != nil {
		t.Fatal(err)
	}
	t.Logf("played in %v", time.Since(began))
	began = time.Now()
	report, err := ledger.Verify(ctx, h.DB)
	t.Logf("verified in %v", time.Since(began))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Error(f)
	}
	t.Log(report)
	// What pages read was kept up to date by facts alone; it equals what a recount gives, and a wrong count is found.
	regions, err := h.Org.Regions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	certifiedIn(t, h, regions[0].ID)
	styleIn(t, h, regions[0].ID)
	stepsIn(t, h, regions[0].ID)
	burdenIn(t, h, regions[0].ID)
	nobodyIn(t, h, regions[0].ID)
	actorsIn(t, h, regions[0].ID)
	check := func() (bad []string) {
		if err := h.DB.View(ctx, func(tx *sqldb.Tx) error {
			bad, err = h.Cockpit.Check(ctx, tx, regions[0].ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return bad
	}
	for _, b := range check() {
		t.Error(b)
	}
	if err := h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, pokeCell, regions[0].ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(check()) == 0 {
		t.Error("a wrong count in the cockpit was not found")
	}
}

// certifiedIn holds the play to what its statistics office certified: six items, most of their months, one correction, August left open.
func certifiedIn(t *testing.T, h *house.House, region int64) {
	t.Helper()
	ctx := t.Context()
	d, err := h.Org.Look(auth.With(ctx, auth.Actor{ID: 1, RegionID: region, Roles: []auth.Role{auth.Leader}}))
	if err != nil {
		t.Fatal(err)
	}
	unit := d.Find("区统计局").ID
	source := auth.With(ctx, auth.Actor{ID: 2, RegionID: region, UnitID: unit, Units: []int64{unit}, Roles: []auth.Role{auth.Source}})
	lines, err := h.Indicator.Sourced(source)
	if err != nil {
		t.Fatal(err)
	}
	months, corrections := 0, 0
	for _, l := range lines {
		if l.Owner.No < "CY-04" || l.Owner.No > "CY-10" {
			t.Errorf("%s %s has a data source", l.Owner.No, l.Name)
		}
		if l.At("2017-08").Certified != nil {
			t.Errorf("%s: August is certified already", l.Name)
		}
		months += 7 - len(l.Open("2017-07"))
		trail, err := h.Indicator.TrailOf(source, l.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range trail.Readings {
			if r.Kind == indicator.Certified && r.Note != "" {
				corrections++
			}
		}
	}
	if len(lines) != 6 || months < 28 || months > 40 || corrections > 1 {
		t.Errorf("%d items with %d certified months of 42 and %d corrections", len(lines), months, corrections)
	}
	t.Logf("%d months certified, %d corrected", months, corrections)
}

// styleIn holds the play to what it must show of conduct: signals at every step, each outcome, measures on time and not, records that few may read.
func styleIn(t *testing.T, h *house.House, region int64) {
	t.Helper()
	office := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: region, UnitID: 1, Units: []int64{1}, Roles: []auth.Role{auth.Supervisor}})
	list, err := h.Conduct.Signals(office, conduct.SignalFilter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	got, today := map[string]int{}, "2017-10-09"
	for _, x := range list {
		got[string(x.Symptom)]++
		switch {
		case x.Silent(today):
			got["silent"]++
		case x.State == conduct.Found, x.State == conduct.Archived:
			got[string(x.State)+"/"+string(x.Outcome)]++
		default:
			got[string(x.State)]++
		}
	}
	for _, want := range []string{"unhurried", "lukewarm", "toothless", "silent", "shown", "explained", "found/none", "found/exempt", "found/remind", "found/mend", "archived/talk", "archived/mend", "archived/none", "archived/remind"} {
		if got[want] == 0 {
			t.Errorf("no signal is %s: %v", want, got)
		}
	}
	if len(list) < 12 || len(list) > 40 {
		t.Errorf("%d signals in the year", len(list))
	}
	d, err := h.Conduct.Measures(office)
	if err != nil {
		t.Fatal(err)
	}
	done, late, reviewed := 0, 0, 0
	for _, m := range d.Measures {
		reviewed += len(m.Reviews)
		for _, a := range m.Actions {
			if a.DoneAt != 0 {
				done++
			} else if a.Late(today) {
				late++
			}
		}
	}
	if len(d.Measures) != 8 || reviewed != 8 || done < 8 || late == 0 {
		t.Errorf("%d measures, %d reviewed, %d actions done, %d late", len(d.Measures), reviewed, done, late)
	}
	if _, err := h.Conduct.ReadExams(office, 1, "看看"); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("who was not named reads records of persons: %v", err)
	}
	if rows, log, err := h.Conduct.Readers(auth.With(t.Context(), auth.Actor{ID: 1, RegionID: region, Roles: []auth.Role{auth.Leader}})); err != nil || len(rows) != 3 || len(log) < 8 {
		t.Errorf("%d readers, %d openings: %v", len(rows), len(log), err)
	}
	if p, err := h.Conduct.Praises(office); err != nil || len(p) != len(praises) {
		t.Errorf("%d praises: %v", len(p), err)
	}
}

// burdenIn holds the play to what it must show of the burden account: returns in every state, one that was held up by a limit and signed, one that
// is held up today, letters answered in time, late, and not yet.
func burdenIn(t *testing.T, h *house.House, region int64) {
	t.Helper()
	office := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: region, UnitID: 1, Units: []int64{1}, Roles: []auth.Role{auth.Supervisor}})
	list, err := h.Burden.Returns(office)
	if err != nil {
		t.Fatal(err)
	}
	got := map[burden.ReturnState]int{}
	signed, replaced, held, stopped := 0, 0, 0, 0
	for _, x := range list {
		got[x.State]++
		if x.SignedBy != 0 {
			signed++
		}
		if x.Replaces != 0 {
			replaced++
		}
		if _, n := x.Asked(); n > 0 {
			held++
		}
		if x.State == burden.Proposed {
			v, err := h.Burden.Return(office, x.ID)
			if err != nil {
				t.Fatal(err)
			}
			if len(v.Over) > 0 && v.SignedBy == 0 && !v.MayDecide {
				stopped++
			}
		}
	}
	if got[burden.InForce] < 6 || got[burden.Refused] != 2 || got[burden.Ended] != 2 || signed != 1 || replaced != 1 || held != 1 || stopped != 1 {
		t.Errorf("returns: %v, signed %d, replacing %d, with held fields %d, stopped by a limit %d", got, signed, replaced, held, stopped)
	}
	y, err := h.Burden.TallyOf(office)
	if err != nil || y.Total != int64(len(letters)) || y.Overdue != 1 || y.Answered-y.InTime != 1 || y.Total-y.Answered < 3 {
		t.Errorf("letters: %+v %v", y, err)
	}
	if s, err := h.Burden.SelfCheck(office); err != nil || s.Met < 8 || s.Unmet == 0 || s.Unconfirmed == 0 {
		t.Errorf("self-check: %d met, %d not, %d unconfirmed, %v", s.Met, s.Unmet, s.Unconfirmed, err)
	}
}

var pokeCell = sqldb.SQL("cockpit.testPoke", `UPDATE cockpit_cell SET green = green + 1 WHERE region_id = $1`)

// stepsIn wants milestones that were checked, late, waiting for the office and overdue, and a task that was stopped and goes on.
func stepsIn(t *testing.T, h *house.House, region int64) {
	t.Helper()
	var checked, late, waiting, overdue, revised int
	today := period.Day(h.Clock.Now())
	if err := h.DB.View(t.Context(), func(tx *sqldb.Tx) error {
		all, err := task.MilestonesAll(t.Context(), tx, region)
		if err != nil {
			return err
		}
		for _, ms := range all {
			for _, m := range ms {
				switch {
				case m.DoneOn > m.DueOn:
					late++
				case m.DoneOn != "":
					checked++
				case m.Claimed():
					waiting++
				case m.DueOn < today:
					overdue++
				}
			}
		}
		list, err := task.AdjustmentsOf(t.Context(), tx, region, task.AdjustmentFilter{State: task.Approved})
		for _, a := range list {
			if a.Wanted.State != "" {
				revised++
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	stepTodos(t, h, region)
	if checked != 3 || late != 2 || waiting != 1 || overdue != 1 || revised != 2 {
		t.Errorf("milestones: %d checked, %d late, %d waiting, %d overdue; %d stops and resumptions", checked, late, waiting, overdue, revised)
	}
}

// stepTodos plays on with the milestone that waits: what the office denies goes to the unit, what the unit claims anew to the office, and what is
// checked to nobody.
func stepTodos(t *testing.T, h *house.House, region int64) {
	t.Helper()
	ctx := t.Context()
	var of, no int64
	if err := h.DB.View(ctx, func(tx *sqldb.Tx) error {
		all, err := task.MilestonesAll(ctx, tx, region)
		for id, ms := range all {
			for _, m := range ms {
				if m.Claimed() {
					of, no = id, m.No
				}
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	office := auth.With(ctx, auth.Actor{ID: 3, RegionID: region, UnitID: 4, Units: []int64{4}, Roles: []auth.Role{auth.Supervisor}})
	terms, err := h.Task.Terms(office, of)
	if err != nil {
		t.Fatal(err)
	}
	lead := terms.Task.LeadUnit
	unit := auth.With(ctx, auth.Actor{ID: 5, RegionID: region, UnitID: lead, Units: []int64{lead}, Roles: []auth.Role{auth.Clerk}})
	want := func(when string, offices, units int) {
		t.Helper()
		if err := h.Outbox.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		for who, n := range map[context.Context]int{office: offices, unit: units} {
			list, err := h.Notices.Mine(who)
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			for _, x := range list {
				if strings.HasPrefix(x.Kind, task.MilestoneKind) {
					got++
				}
			}
			if got != n {
				t.Errorf("%s: %d to-dos of milestones, want %d", when, got, n)
			}
		}
	}
	act := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want("claimed", 1, 0)
	act(h.Task.CheckMilestone(office, "steps-0000001", of, no, false, "", "路基还差 200 米"))
	want("denied", 0, 1)
	act(h.Task.ClaimMilestone(unit, "steps-0000002", of, no, "2017-10-08", ""))
	want("claimed anew", 1, 0)
	act(h.Task.CheckMilestone(office, "steps-0000003", of, no, true, "2017-10-08", ""))
	want("checked", 0, 0)
}
