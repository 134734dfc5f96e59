package supervision

import (
	"context"
	"slices"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

// TourLine is a tour in a list, with what it has come to.
type TourLine struct {
	Tour                   Tour
	Drawn, Checked         int64
	Found, Closed, Overdue int64
}

// Tours lists the tours of the months from a to b, the latest first, with problems found and closed. Everybody sees the numbers; the
// group, the scope and the plan are for those who oversee and for the group itself.
func (s *Service) Tours(ctx context.Context, a, b period.Month) (out []TourLine, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error {
		list, err := sqldb.Rows(ctx, tx, listTours.With(who.RegionID).If(a != "", `month >= ?`, string(a)).If(b != "", `month <= ?`, string(b)), scanTour)
		if err != nil {
			return err
		}
		people, err := sqldb.All(ctx, tx, selectInspectorsAll, scanInspector, who.RegionID)
		if err != nil {
			return err
		}
		group := map[int64][]Inspector{}
		for _, p := range people {
			group[p.tourID] = append(group[p.tourID], p.Inspector)
		}
		from, to := bounds(a, b)
		numbers, err := sqldb.All(ctx, tx, countTours, scanTourCount, who.RegionID, from, to)
		if err != nil {
			return err
		}
		count := map[int64]tourCount{}
		for _, n := range numbers {
			count[n.id] = n
		}
		tally, err := s.tally(ctx, tx, who.RegionID, a, b)
		if err != nil {
			return err
		}
		byTour := map[int64]Tally{}
		for _, t := range tally {
			x := byTour[t.tour]
			x.Found, x.Closed, x.Overdue = x.Found+t.Found, x.Closed+t.Closed, x.Overdue+t.Overdue
			byTour[t.tour] = x
		}
		for _, t := range list {
			t.Inspectors = group[t.ID]
			n := byTour[t.ID]
			line := TourLine{t, count[t.ID].drawn, count[t.ID].checked, n.Found, n.Closed, n.Overdue}
			if !who.Overseer() && !t.Has(who.ID) {
				line.Tour = Tour{ID: t.ID, Month: t.Month, Title: t.Title, State: t.State, OpenedAt: t.OpenedAt, BegunAt: t.BegunAt, EndedAt: t.EndedAt}
			}
			out = append(out, line)
		}
		return nil
	})
	return out, err
}

// bounds opens a span of months to both sides where it is empty.
func bounds(a, b period.Month) (from, to string) {
	if a == "" {
		a = "0000-00"
	}
	if b == "" {
		b = "9999-99"
	}
	return string(a), string(b)
}

func (s *Service) tally(ctx context.Context, tx *sqldb.Tx, regionID int64, a, b period.Month) ([]tallyRow, error) {
	from, to := bounds(a, b)
	return sqldb.Rows(ctx, tx, tallyFindings.With(period.Day(tx.Now()), regionID, from, to), scanTally)
}

// TourView is a tour with its sample, 自报 and 核验 side by side.
type TourView struct {
	Tour     Tour
	Draw     *Draw // with its seed; nil before the draw. The candidates are for those who oversee
	Rows     []SampleRow
	Findings []Finding
	MayCheck bool // the actor is of the group and the tour is under way
}

// SampleRow is a task of a tour: drawn, or looked at besides.
type SampleRow struct {
	Task     task.Task
	Measure  string
	Drawn    *Drawn // nil: looked at though not drawn
	Reported *amount.Scaled
	Pace     amount.Scaled
	Checks   []Check // of this tour, the last one counts
	Earlier  []Check // of other tours, the latest first (已查过)
	Own      bool    // the task is of the actor's own unit: he may not check it
}

// Last returns the check that counts; nil if nobody has looked yet.
func (r SampleRow) Last() *Check {
	if len(r.Checks) == 0 {
		return nil
	}
	return &r.Checks[len(r.Checks)-1]
}

// Tour returns a tour with its sample, to those who oversee and to the group. Errors: NotFound for others.
func (s *Service) Tour(ctx context.Context, id int64) (v TourView, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error {
		t, err := getTour(ctx, tx, who.RegionID, id, selectTour)
		if err != nil {
			return err
		}
		if !who.Overseer() && !t.Has(who.ID) {
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		v.Tour, v.MayCheck = t, t.Has(who.ID) && t.State == Running
		if draw, ok, err := sqldb.Maybe(ctx, tx, selectDraw, scanDraw, who.RegionID, id); err != nil {
			return err
		} else if ok {
			if !who.Overseer() {
				draw.Candidates = nil
			}
			v.Draw = &draw
		}
		sample, err := sqldb.All(ctx, tx, selectSample, scanDrawn, who.RegionID, id)
		if err != nil {
			return err
		}
		checks, err := sqldb.All(ctx, tx, selectChecksTour, scanCheck, who.RegionID, id)
		if err != nil {
			return err
		}
		list, err := task.List(ctx, tx, who.RegionID, task.Filter{})
		if err != nil {
			return err
		}
		tasks := map[int64]task.Task{}
		for _, k := range list {
			tasks[k.ID] = k
		}
		sheets, err := indicator.Sheets(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		values, err := indicator.Month(ctx, tx, who.RegionID, t.Month)
		if err != nil {
			return err
		}
		add := func(taskID int64, drawn *Drawn) {
			k := tasks[taskID]
			h := sheets[k.IndicatorID]
			r := SampleRow{Task: k, Measure: h.Measure, Drawn: drawn, Reported: values[k.IndicatorID].Reported, Pace: h.Plan.Pace(t.Month), Own: who.InUnit(k.LeadUnit)}
			for _, c := range checks {
				switch {
				case c.TaskID != taskID:
				case c.TourID == id:
					r.Checks = append(r.Checks, c)
				default:
					r.Earlier = append(r.Earlier, c)
				}
			}
			slices.Reverse(r.Earlier)
			v.Rows = append(v.Rows, r)
		}
		seen := map[int64]bool{}
		for i := range sample {
			seen[sample[i].TaskID] = true
			add(sample[i].TaskID, &sample[i])
		}
		for _, c := range checks {
			if !seen[c.TaskID] {
				seen[c.TaskID] = true
				add(c.TaskID, nil)
			}
		}
		v.Findings, err = sqldb.Rows(ctx, tx, listFindings.With(who.RegionID).And(`tour_id = ?`, id), scanFinding, everything)
		return err
	})
	return v, err
}

// CheckExhibits returns what was offered as proof of a check, to those who oversee, the tour's group and the unit itself.
func (s *Service) CheckExhibits(ctx context.Context, checkID int64) (out []evidence.Exhibit, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		ok, err := s.mayOpenCheck(ctx, tx, who, evidence.Exhibit{Owner: ref.Ref{Kind: CheckKind, ID: checkID}})
		if err != nil {
			return err
		}
		if !ok {
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		out, err = s.evidence.List(ctx, tx, who.RegionID, ref.Ref{Kind: CheckKind, ID: checkID})
		return err
	})
	return out, err
}

// Checked returns the checks of a task by every tour, the latest first (已查过): so that nobody asks for the same again. The unit sees its own.
// Source: domain 16.2.
func (s *Service) Checked(ctx context.Context, taskID int64) (out []Check, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		k, err := task.Get(ctx, tx, who.RegionID, taskID)
		if err != nil {
			return err
		}
		if err := who.MaySee(k.LeadUnit); err != nil {
			return err
		}
		out, err = sqldb.All(ctx, tx, selectChecksTask, scanCheck, who.RegionID, taskID)
		slices.Reverse(out)
		return err
	})
	return out, err
}

// Board shows a closed month (月度亮灯): units by lights. Everybody of the region may see it.
type Board struct {
	Month    period.Month
	Closed   bool
	From     string // the first day on which it may be closed; "" if the calendar does not know
	Policy   task.Policy
	Counts   map[task.Light]int
	Rows     []BoardRow
	Checked  int64 // tasks verified on site in the month
	Findings Tally
}

// BoardRow is a unit's line, in the official order.
type BoardRow struct {
	UnitID   int64
	Counts   map[task.Light]int
	Lights   []LightCell
	Findings *Tally // of the month; nil for those who may not see the unit's findings
	Checks   int64  // how often the unit was looked at in the month
}

// LightCell is a task's light with its title.
type LightCell struct {
	Light task.Month
	Task  task.Task
}

// MonthBoard returns the board of a month; without lights if it is not closed.
func (s *Service) MonthBoard(ctx context.Context, m period.Month) (b Board, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error {
		if !m.Valid() {
			return errs.At("month", "月份不对，请写成 2017-03 这样。")
		}
		b = Board{Month: m, Counts: map[task.Light]int{}}
		if b.From, err = s.lightsFrom(ctx, tx, who.RegionID, m); err != nil && errs.KindOf(err) != errs.Invalid {
			return err
		}
		if b.Policy, err = task.PolicyFor(ctx, tx, who.RegionID, m); err != nil {
			return err
		}
		lights, err := task.LightsIn(ctx, tx, who.RegionID, m)
		if err != nil {
			return err
		}
		list, err := task.List(ctx, tx, who.RegionID, task.Filter{})
		if err != nil {
			return err
		}
		tasks := map[int64]task.Task{}
		for _, k := range list {
			k.Standing = task.Standing{} // what stands today is not the month's business, and not everybody's
			tasks[k.ID] = k
		}
		checks, err := sqldb.All(ctx, tx, selectChecksMonth, scanCheck, who.RegionID, string(m))
		if err != nil {
			return err
		}
		checked, visits := map[int64]bool{}, map[int64]int64{}
		for _, c := range checks {
			checked[c.TaskID] = true
			visits[c.UnitID]++
		}
		b.Checked = int64(len(checked))
		tally, err := s.tally(ctx, tx, who.RegionID, m, m)
		if err != nil {
			return err
		}
		byUnit := map[int64]Tally{}
		for _, t := range tally {
			x := byUnit[t.unit]
			x.Found, x.Closed, x.Overdue = x.Found+t.Found, x.Closed+t.Closed, x.Overdue+t.Overdue
			byUnit[t.unit] = x
			b.Findings = Tally{b.Findings.Found + t.Found, b.Findings.Closed + t.Closed, b.Findings.Overdue + t.Overdue}
		}
		b.Closed = len(lights) > 0
		rows := map[int64]*BoardRow{}
		for _, l := range lights {
			r := rows[l.UnitID]
			if r == nil {
				r = &BoardRow{UnitID: l.UnitID, Counts: map[task.Light]int{}, Checks: visits[l.UnitID]}
				if n := byUnit[l.UnitID]; who.Sees(l.UnitID) {
					r.Findings = &n
				}
				rows[l.UnitID] = r
			}
			r.Counts[l.Light]++
			b.Counts[l.Light]++
			r.Lights = append(r.Lights, LightCell{l, tasks[l.TaskID]})
		}
		for _, u := range d.Units {
			if r := rows[u.ID]; r != nil {
				slices.SortStableFunc(r.Lights, func(x, y LightCell) int { return int(x.Light.Light.Rank() - y.Light.Light.Rank()) })
				b.Rows = append(b.Rows, *r)
			}
		}
		return nil
	})
	return b, err
}

// FindingFilter chooses findings; zero fields choose nothing away.
type FindingFilter struct {
	Unit, Tour, Task int64
	Origin           ref.Ref
	State            FindingState
	From, To         period.Month
	Open             bool // not closed
	Overdue          bool
}

// FindingLine is a finding in a list.
type FindingLine struct {
	Finding
	Late bool // overdue today
	Mine bool // the actor's unit has to put it right
}

// Findings lists findings, the most pressing first: those who oversee see all, others those of their own units and of the tours that they are on.
func (s *Service) Findings(ctx context.Context, f FindingFilter) (out []FindingLine, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		today := period.Day(tx.Now())
		q := listFindings.With(who.RegionID).
			If(f.Unit != 0, `unit_id = ?`, f.Unit).
			If(f.Tour != 0, `tour_id = ?`, f.Tour).
			If(f.Task != 0, `task_id = ?`, f.Task).
			If(f.Origin.Kind != "", `origin_kind = ? AND origin_id = ?`, f.Origin.Kind, f.Origin.ID).
			If(f.State != "", `state = ?`, string(f.State)).
			If(f.From != "", `month >= ?`, string(f.From)).
			If(f.To != "", `month <= ?`, string(f.To)).
			If(f.Open, `state <> 'closed'`).
			If(f.Overdue, `due_on < ? AND state <> 'closed' AND state <> 'reported'`, today)
		list, err := sqldb.Rows(ctx, tx, q, scanFinding, everything)
		if err != nil {
			return err
		}
		sees, err := s.seer(ctx, tx, who)
		if err != nil {
			return err
		}
		for _, x := range list {
			if sees(x) {
				out = append(out, FindingLine{x, x.Overdue(today), who.InUnit(x.UnitID)})
			}
		}
		return nil
	})
	return out, err
}

// seer returns what the actor may see of findings: his units', those of his tours, or all.
func (s *Service) seer(ctx context.Context, tx *sqldb.Tx, who auth.Actor) (func(Finding) bool, error) {
	if who.Overseer() {
		return func(Finding) bool { return true }, nil
	}
	mine := map[int64]bool{}
	tours, err := sqldb.All(ctx, tx, toursOf, sqldb.Int64, who.RegionID, who.ID)
	for _, id := range tours {
		mine[id] = true
	}
	return func(f Finding) bool { return who.InUnit(f.UnitID) || mine[f.TourID] }, err
}

// FindingsOf lists the findings of one unit.
func (s *Service) FindingsOf(ctx context.Context, unitID int64) ([]FindingLine, error) {
	return s.Findings(ctx, FindingFilter{Unit: unitID})
}

// FindingView is a finding with its history and proof.
type FindingView struct {
	FindingLine
	Tour     string // its title
	Task     *task.Task
	Steps    []Step
	Exhibits []evidence.Exhibit
	MayMend  bool // the actor may sign and report
	MayClose bool // the actor may close, send back, reopen
}

// Finding returns a finding to its unit, to those who oversee and to the tour's group. Errors: NotFound for others.
func (s *Service) Finding(ctx context.Context, id int64) (v FindingView, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		f, err := sqldb.One(ctx, tx, selectFinding, scanFinding, who.RegionID, id)
		if err != nil {
			return err
		}
		sees, err := s.seer(ctx, tx, who)
		if err != nil {
			return err
		}
		if !sees(f) {
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		v.FindingLine = FindingLine{f, f.Overdue(period.Day(tx.Now())), who.InUnit(f.UnitID)}
		v.MayMend = who.May(MayMend) && who.InUnit(f.UnitID)
		v.MayClose = who.May(MayClose) && another(who, f) == nil
		t, err := sqldb.One(ctx, tx, selectTour, scanTour, who.RegionID, f.TourID)
		if err != nil {
			return err
		}
		v.Tour = t.Title
		if f.TaskID != 0 {
			k, err := task.Get(ctx, tx, who.RegionID, f.TaskID)
			if err != nil {
				return err
			}
			v.Task = &k
		}
		if v.Steps, err = steps(ctx, tx, who.RegionID, findingRef(id)); err != nil {
			return err
		}
		v.Exhibits, err = s.evidence.List(ctx, tx, who.RegionID, findingRef(id))
		return err
	})
	return v, err
}

// OriginMonths returns, for the twelve months of a year, how many findings the tours made in a campaign and how many of them are closed. Everybody
// of the region may see the numbers.
func (s *Service) OriginMonths(ctx context.Context, origin ref.Ref, year string) (out [12]Tally, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		list, err := sqldb.All(ctx, tx, tallyMonths, scanMonthTally, who.RegionID, origin.Kind, origin.ID, year+"-01", year+"-12", period.Day(tx.Now()))
		for _, t := range list {
			if t.month.Valid() {
				out[t.month.Number()-1] = t.Tally
			}
		}
		return err
	})
	return out, err
}

// Tallies are the findings of some months by unit, by tour and by campaign.
type Tallies struct {
	ByUnit   map[int64]Tally
	ByOrigin map[ref.Ref]Tally
	All      Tally
}

// Closure counts the findings of the months from a to b by unit and by campaign: issued, and closed of them. The counts are for those who oversee; others
// get their own units' only. Appraisal reads the two indicators of the package comment instead.
func (s *Service) Closure(ctx context.Context, a, b period.Month) (out Tallies, err error) {
	out = Tallies{ByUnit: map[int64]Tally{}, ByOrigin: map[ref.Ref]Tally{}}
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		list, err := s.tally(ctx, tx, who.RegionID, a, b)
		for _, t := range list {
			if !who.Sees(t.unit) {
				continue
			}
			add := func(x Tally) Tally { return Tally{x.Found + t.Found, x.Closed + t.Closed, x.Overdue + t.Overdue} }
			o := ref.Ref{Kind: t.originKind, ID: t.originID}
			out.ByUnit[t.unit], out.ByOrigin[o], out.All = add(out.ByUnit[t.unit]), add(out.ByOrigin[o]), add(out.All)
		}
		return err
	})
	return out, err
}
