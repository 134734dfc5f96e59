package task

import (
	"cmp"
	"context"
	"slices"

	"duban/internal/base/period"
	"duban/internal/base/sqldb"
)

// Past is everything that a task has been through, and who helps.
type Past struct {
	Support     []int64
	Baselines   []Baseline // by revision: the first is 原定
	Milestones  []Milestone
	Lights      []Month // of closed months, in order
	Accounts    []Account
	Adjustments []Adjustment // the newest first
}

// ClosedCounts returns the lights of a closed month, counted by origin and unit.
func ClosedCounts(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month) ([]ClosedCount, error) {
	return sqldb.All(ctx, tx, selectClosedCounts, scanClosedCount, regionID, string(m))
}

// PastOf returns a task with its past in two statements. It asks nobody's permission: the caller takes away what the actor may not see.
func PastOf(ctx context.Context, tx *sqldb.Tx, regionID, taskID int64) (t Task, p Past, err error) {
	if t, err = sqldb.One(ctx, tx, selectTask, scanTask, regionID, taskID); err != nil {
		return t, p, err
	}
	if err := sqldb.Each(ctx, tx, selectPast, scanPast, func(r pastRow) error { return p.add(taskID, r) }, regionID, taskID); err != nil {
		return t, p, err
	}
	// Sorted here: an order of the whole would make the engines collect all parts first.
	slices.Sort(p.Support)
	slices.SortFunc(p.Baselines, func(a, b Baseline) int { return cmp.Compare(a.Revision, b.Revision) })
	slices.SortFunc(p.Milestones, func(a, b Milestone) int { return cmp.Compare(a.No, b.No) })
	slices.SortFunc(p.Lights, func(a, b Month) int { return cmp.Compare(a.Period, b.Period) })
	slices.SortFunc(p.Accounts, func(a, b Account) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Adjustments, func(a, b Adjustment) int { return cmp.Compare(b.ID, a.ID) })
	t.SupportUnits = p.Support
	return t, p, nil
}
