package house

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"duban/internal/area/campaign"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
)

// schedule enters what happens by itself: checkpoints each minute, standings, statistics and what has expired each night.
func (h *House) schedule() {
	h.Outbox.Every("ledger.checkpoint", outbox.Each(time.Minute), func(ctx context.Context, _ time.Time) error { return h.Checkpoint(ctx) })
	h.Outbox.Every("task.refresh", outbox.Daily(0, 5), func(ctx context.Context, _ time.Time) error {
		defer debug.FreeOSMemory() // it looked at every task, and the machine is small
		return h.RefreshTasks(ctx)
	})
	h.Outbox.Every("sqldb.optimize", outbox.Daily(3, 0), func(ctx context.Context, _ time.Time) error { return h.DB.Optimize(ctx) })
	h.Outbox.Every("outbox.purge", outbox.Daily(3, 10), func(ctx context.Context, _ time.Time) error { return h.Outbox.Purge(ctx) })
	h.Outbox.Every("account.tries", outbox.Daily(3, 15), func(ctx context.Context, _ time.Time) error { return h.Account.ForgetTries(ctx) })
	h.Outbox.Every("task.drafts", outbox.Daily(3, 20), func(ctx context.Context, _ time.Time) error {
		return h.eachRegion(ctx, func(tx *sqldb.Tx, region int64) error { _, err := task.ExpireDrafts(ctx, tx, region); return err })
	})
	h.Outbox.Every("campaign.previews", outbox.Daily(3, 30), func(ctx context.Context, _ time.Time) error {
		return h.eachRegion(ctx, func(tx *sqldb.Tx, region int64) error {
			_, err := campaign.ExpirePreviews(ctx, tx, region)
			return err
		})
	})
	h.Outbox.Every("conduct.detect", outbox.Monthly(8, 4, 0), func(ctx context.Context, due time.Time) error {
		return h.eachRegion(ctx, func(tx *sqldb.Tx, region int64) error {
			_, err := h.Conduct.Detect(ctx, tx, auth.Actor{RegionID: region}, period.MonthOf(due).Prev())
			return err
		})
	})
	h.Outbox.Every("burden.ensure", outbox.Daily(0, 1), func(ctx context.Context, _ time.Time) error { return h.EnsureReturns(ctx) })
	h.Outbox.Every("evidence.scrub", outbox.Daily(2, 0), func(ctx context.Context, _ time.Time) error { return h.scrub(ctx) })
}

func (h *House) eachRegion(ctx context.Context, fn func(tx *sqldb.Tx, region int64) error) error {
	regions, err := h.Org.Regions(ctx)
	if err != nil {
		return err
	}
	for _, r := range regions {
		if err := h.DB.Update(ctx, func(tx *sqldb.Tx) error { return fn(tx, r.ID) }); err != nil {
			return err
		}
	}
	return nil
}

// EnsureReturns enters the program's own returns in every region's burden account, once.
func (h *House) EnsureReturns(ctx context.Context) error {
	regions, err := h.Org.Regions(ctx)
	for _, r := range regions {
		if err := h.Burden.Ensure(ctx, r.ID, period.MonthOf(h.Clock.Now())); err != nil {
			return err
		}
	}
	return err
}

// RefreshTasks recomputes the standing of every task of every region, and the cells that count them.
func (h *House) RefreshTasks(ctx context.Context) error {
	return h.eachRegion(ctx, func(tx *sqldb.Tx, region int64) error {
		if _, err := h.Tasks.RefreshAll(ctx, tx, region); err != nil {
			return err
		}
		return h.Cockpit.Rebuild(ctx, tx, region)
	})
}

// Checkpoint signs the head of every region's ledger that has grown.
func (h *House) Checkpoint(ctx context.Context) error {
	return h.Ledger.CheckpointAll(ctx)
}

func (h *House) scrub(ctx context.Context) error {
	regions, err := h.Org.Regions(ctx)
	if err != nil {
		return err
	}
	for _, r := range regions {
		damage, err := h.Evidence.Scrub(ctx, r.ID)
		if err != nil {
			return err
		}
		for _, d := range damage {
			h.Log.Error("evidence differs from its seal", "region", r.ID, "exhibit", d.Exhibit.ID)
		}
	}
	return nil
}

// RunJobs works until ctx ends: facts and jobs of the outbox, the sessions' activity, the audit log.
func (h *House) RunJobs(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { h.Outbox.Run(ctx, 2) })
	wg.Go(func() { h.Audit.Run(ctx) })
	wg.Go(func() { h.Account.Run(ctx) })
	wg.Go(func() { h.keep(ctx) })
	if err := h.DB.Optimize(ctx); err != nil {
		h.Log.Warn("statistics were not refreshed", "err", err)
	}
	debug.FreeOSMemory() // what the start needed, nobody needs again
	wg.Wait()
}
