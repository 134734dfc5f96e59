package house

import (
	"context"

	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

// few is for how many units the tasks are read unit by unit; for more, all of the region are read at once.
const few = 8

// ownersOf names indicators by the tasks that they count for.
func (h *House) ownersOf(ctx context.Context, tx *sqldb.Tx, regionID int64, list []indicator.Sheet) (map[int64]indicator.Owner, error) {
	units := map[int64]bool{}
	for _, s := range list {
		units[s.UnitID] = true
	}
	if len(units) > few {
		units = map[int64]bool{0: true}
	}
	out := map[int64]indicator.Owner{}
	for u := range units {
		tasks, err := task.List(ctx, tx, regionID, task.Filter{Unit: u})
		if err != nil {
			return nil, err
		}
		for _, t := range tasks {
			out[t.IndicatorID] = indicator.Owner{ID: t.ID, No: t.No, Title: t.Title}
		}
	}
	return out, nil
}

// certified brings the light of the task up to date with a certified value, and tells those who count lights.
func (h *House) certified(ctx context.Context, tx *sqldb.Tx, regionID int64, s indicator.Sheet) error {
	tasks, err := task.List(ctx, tx, regionID, task.Filter{Unit: s.UnitID})
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if t.IndicatorID != s.ID {
			continue
		}
		if _, err := task.Lock(ctx, tx, regionID, t.ID); err != nil { // a report of another month may be on its way: its standing must not be lost
			return err
		}
		if err := h.Tasks.Refresh(ctx, tx, regionID, t.ID); err != nil {
			return err
		}
		return h.Outbox.Publish(ctx, tx, regionID, "task.account.certified", ref.Ref{Kind: "task.task", ID: t.ID}, map[string]any{"task": t.ID, "unit": t.LeadUnit})
	}
	return nil
}
