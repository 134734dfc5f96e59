package cockpit

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
)

// MayLook guards the leaders' cockpit and the live wall.
var MayLook = auth.Permit("cockpit.look", "查看驾驶舱和挂图作战", auth.Leader, auth.Supervisor, auth.Appraiser, auth.Auditor, auth.TaskForce)

// Service keeps and reads the cells of the cockpit (驾驶舱).
type Service struct {
	db       *sqldb.DB
	released sqldb.Memo[closedMonth, []Cell] // changes only when somebody makes up an account that he owed
	boards   sqldb.Memo[int64, Board]        // by region: cells and months
}

type closedMonth struct {
	region int64
	month  period.Month
}

// New returns a Service and enters it with the outbox.
func New(db *sqldb.DB, out *outbox.Outbox) *Service {
	s := &Service{db: db, released: sqldb.Memo[closedMonth, []Cell]{Watch: lightsWatch}, boards: sqldb.Memo[int64, Board]{Watch: cellsWatch}}
	out.Handle("task.*", "cockpit.cells", s.hear)
	return s
}

// hear recomputes the cell that a fact about a task touches.
func (s *Service) hear(ctx context.Context, tx *sqldb.Tx, f outbox.Fact) error {
	var body struct {
		Task   int64 `json:"task"`
		Origin int64 `json:"origin"`
		Unit   int64 `json:"unit"`
	}
	if err := json.Unmarshal(f.Body, &body); err != nil {
		return err
	}
	if f.Name == "task.task.discarded" {
		return rebuild(ctx, tx, f.RegionID, body.Origin, body.Unit)
	}
	id := f.Subject.ID
	if f.Subject.Kind != "task.task" {
		id = body.Task
	}
	t, err := task.Get(ctx, tx, f.RegionID, id)
	if errs.KindOf(err) == errs.NotFound { // discarded since; that fact comes after this one
		return nil
	}
	if err != nil || t.Origin.Kind != Origin {
		return err
	}
	return rebuild(ctx, tx, f.RegionID, t.Origin.ID, t.LeadUnit)
}

// rebuild recomputes one cell from its tasks and values, and writes what differs from what stands.
func rebuild(ctx context.Context, tx *sqldb.Tx, regionID, campaign, unit int64) error {
	tasks, err := task.List(ctx, tx, regionID, task.Filter{Unit: unit, Origin: ref.Ref{Kind: Origin, ID: campaign}})
	if err != nil {
		return err
	}
	ids := make([]int64, len(tasks))
	for i, t := range tasks {
		ids[i] = t.IndicatorID
	}
	sheets, err := indicator.SheetsIn(ctx, tx, regionID, ids)
	if err != nil {
		return err
	}
	history, err := indicator.HistoryIn(ctx, tx, regionID, ids)
	if err != nil {
		return err
	}
	cells, err := sqldb.Rows(ctx, tx, listCells.With(regionID).And(`unit_id = ?`, unit).And(`origin_id = ?`, campaign), scanCell)
	if err != nil {
		return err
	}
	months, err := sqldb.Rows(ctx, tx, listMonths.With(regionID).And(`unit_id = ?`, unit).And(`origin_id = ?`, campaign), scanMonth)
	if err != nil {
		return err
	}
	have := pair{months: months}
	if len(cells) > 0 {
		have.cell = cells[0]
	}
	var want pair
	want.cell, want.months = build(campaign, unit, tasks, sheets, history, period.MonthOf(tx.Now()))
	return put(ctx, tx, regionID, campaign, unit, have, want)
}

// pair is a cell with its months.
type pair struct {
	cell   Cell
	months []Month
}

// put writes the difference between what stands and what should.
func put(ctx context.Context, tx *sqldb.Tx, regionID, campaign, unit int64, have, want pair) error {
	if want.cell.Total() == 0 {
		if _, err := tx.Exec(ctx, deleteMonths, regionID, campaign, unit); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, deleteCell, regionID, campaign, unit)
		return err
	}
	if !reflect.DeepEqual(have.cell, want.cell) {
		args := []any{regionID, campaign, unit}
		for _, l := range task.Lights {
			args = append(args, want.cell.Count[l])
		}
		if _, err := tx.Exec(ctx, upsertCell, append(args, want.cell.DaysLate, want.cell.Worst)...); err != nil {
			return err
		}
	}
	stands, named := map[period.Month]Month{}, map[period.Month]bool{}
	for _, m := range have.months {
		stands[m.Period] = m
	}
	for _, m := range want.months {
		named[m.Period] = true
	}
	for _, m := range have.months {
		if !named[m.Period] { // a plan begins later than before: start anew
			clear(stands)
			if _, err := tx.Exec(ctx, deleteMonths, regionID, campaign, unit); err != nil {
				return err
			}
			break
		}
	}
	for _, m := range want.months {
		if stands[m.Period] == m {
			continue
		}
		if _, err := tx.Exec(ctx, upsertMonth, regionID, campaign, unit, string(m.Period), m.Weight, m.Best, m.Reported, m.Pace, m.Verified, m.Filed, m.Expected); err != nil {
			return err
		}
	}
	return nil
}

type key struct{ campaign, unit int64 }

// whole computes every cell of a region as it should be, and reads every cell as it is, in five statements.
func whole(ctx context.Context, tx *sqldb.Tx, regionID int64, asStored bool) (want, have map[key]pair, err error) {
	tasks, err := task.List(ctx, tx, regionID, task.Filter{})
	if err != nil {
		return nil, nil, err
	}
	sheets, err := indicator.Sheets(ctx, tx, regionID)
	if err != nil {
		return nil, nil, err
	}
	history, err := indicator.Histories(ctx, tx, regionID)
	if err != nil {
		return nil, nil, err
	}
	of := map[key][]task.Task{}
	for _, t := range tasks {
		if t.Origin.Kind == Origin {
			k := key{t.Origin.ID, t.LeadUnit}
			of[k] = append(of[k], t)
		}
	}
	want, have = map[key]pair{}, map[key]pair{}
	cells, err := sqldb.Rows(ctx, tx, listCells.With(regionID), scanCell)
	if err != nil {
		return nil, nil, err
	}
	months, err := sqldb.Rows(ctx, tx, listMonths.With(regionID), scanMonth)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range cells {
		have[key{c.Campaign, c.Unit}] = pair{cell: c}
	}
	for _, m := range months {
		k := key{m.Campaign, m.Unit}
		p := have[k]
		p.months = append(p.months, m)
		have[k] = p
	}
	for k, list := range of {
		until := period.MonthOf(tx.Now())
		// A cell is as of the month of its last fact or night: to hold it to the month of the checking machine would cry wolf.
		if n := len(have[k].months); asStored && n > 0 {
			until = have[k].months[n-1].Period
		}
		c, months := build(k.campaign, k.unit, list, sheets, history, until)
		want[k] = pair{c, months}
	}
	return want, have, nil
}

// Rebuild recomputes every cell of a region: after the nightly refresh of lights, and when duban check has found a difference. It
// writes only the cells that differ.
func (s *Service) Rebuild(ctx context.Context, tx *sqldb.Tx, regionID int64) error {
	want, have, err := whole(ctx, tx, regionID, false)
	if err != nil {
		return err
	}
	for k := range have {
		if _, ok := want[k]; !ok {
			want[k] = pair{}
		}
	}
	for k, w := range want {
		if reflect.DeepEqual(have[k], w) {
			continue
		}
		if err := put(ctx, tx, regionID, k.campaign, k.unit, have[k], w); err != nil {
			return err
		}
	}
	return nil
}

// Check compares every cell with what it is made of, and returns a sentence for every difference.
func (s *Service) Check(ctx context.Context, tx *sqldb.Tx, regionID int64) (bad []string, err error) {
	want, have, err := whole(ctx, tx, regionID, true)
	if err != nil {
		return nil, err
	}
	for k, h := range have {
		switch w, ok := want[k]; {
		case !ok:
			bad = append(bad, fmt.Sprintf("驾驶舱多出一格：行动 %d 单位 %d", k.campaign, k.unit))
		case h.cell.Count == nil:
			bad = append(bad, fmt.Sprintf("驾驶舱缺一格：行动 %d 单位 %d", k.campaign, k.unit))
		case !reflect.DeepEqual(h, w):
			bad = append(bad, fmt.Sprintf("驾驶舱这一格与任务不一致：行动 %d 单位 %d", k.campaign, k.unit))
		}
	}
	for k := range want {
		if _, ok := have[k]; !ok {
			bad = append(bad, fmt.Sprintf("驾驶舱缺一格：行动 %d 单位 %d", k.campaign, k.unit))
		}
	}
	slices.Sort(bad)
	return bad, nil
}

// Board is the cells and months of a region, as the actor may see them.
type Board struct {
	Month  period.Month // that is looked at; see looked
	Cells  []Cell
	Months []Month     // of a board of all units: summed over them, with Unit 0
	Urgent []task.Task // the most urgent tasks, at most ten
	Open   []task.Adjustment
}

// cells returns the region's cells, its months summed over all units and the month that is looked at; nobody may change what it returns.
func (s *Service) cells(ctx context.Context, tx *sqldb.Tx, regionID int64) (Board, error) {
	b, err := s.boards.Get(tx, regionID, func() (b Board, err error) {
		if b.Cells, err = sqldb.Rows(ctx, tx, listCells.With(regionID), scanCell); err == nil {
			b.Months, err = sqldb.All(ctx, tx, sumMonths, scanMonth, regionID)
		}
		return b, err
	})
	var missing int64
	for _, c := range b.Cells {
		missing += c.Count[task.Missing]
	}
	b.Month = looked(period.MonthOf(tx.Now()).Prev(), b.Months, missing)
	return b, err
}

// Board reads the region's cells: four statements, however many tasks there are, or two while the cells stand.
// Only overseers and task forces see live cells. Errors: Forbidden.
func (s *Service) Board(ctx context.Context) (b Board, err error) {
	who, err := auth.Require(ctx, MayLook)
	if err != nil {
		return b, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if b, err = s.cells(ctx, tx, who.RegionID); err != nil {
			return err
		}
		b.Cells = slices.Clone(b.Cells)
		if b.Urgent, err = task.List(ctx, tx, who.RegionID, task.Filter{Urgent: true, Limit: 10}); err != nil {
			return err
		}
		b.Open, err = task.AdjustmentsOf(ctx, tx, who.RegionID, task.AdjustmentFilter{State: task.Proposed})
		return err
	})
	return b, err
}

// Standing is how far the campaigns are, without their units.
type Standing struct {
	Month  period.Month // that is looked at
	Months []Month      // every month of every campaign; Unit is 0
}

// Standing reads how far every campaign is, which everybody in the region may know, in one statement.
func (s *Service) Standing(ctx context.Context) (x Standing, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return x, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		b, err := s.cells(ctx, tx, who.RegionID)
		x.Months, x.Month = b.Months, b.Month
		return err
	})
	return x, err
}

// UnitBoard reads the cells of one unit, for whoever may see it.
func (s *Service) UnitBoard(ctx context.Context, unit int64) (b Board, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return b, err
	}
	if err := who.MaySee(unit); err != nil {
		return b, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if b.Cells, err = sqldb.Rows(ctx, tx, listCells.With(who.RegionID).And(`unit_id = ?`, unit), scanCell); err != nil {
			return err
		}
		b.Months, err = sqldb.Rows(ctx, tx, listMonths.With(who.RegionID).And(`unit_id = ?`, unit), scanMonth)
		return err
	})
	return b, err
}

// Released reads the lights of a closed month, which the whole region may see: campaign and unit of each task with its light.
func (s *Service) Released(ctx context.Context, m period.Month) (cells []Cell, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		cells, err = s.released.Get(tx, closedMonth{who.RegionID, m}, func() ([]Cell, error) { return released(ctx, tx, who.RegionID, m) })
		return err
	})
	return slices.Clone(cells), err
}

func released(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month) (cells []Cell, err error) {
	lights, err := task.ClosedCounts(ctx, tx, regionID, m)
	if err != nil {
		return nil, err
	}
	at := map[[2]int64]int{}
	for _, l := range lights {
		key := [2]int64{l.Origin, l.Unit}
		i, ok := at[key]
		if !ok {
			i, at[key] = len(cells), len(cells)
			cells = append(cells, Cell{Campaign: key[0], Unit: key[1], Count: map[task.Light]int64{}})
		}
		cells[i].Count[l.Light] += l.N
	}
	return cells, nil
}
