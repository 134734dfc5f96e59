package campaign

import (
	"cmp"
	"context"
	"slices"

	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

// register is the campaigns of a region with their task forces: a dozen a year, and asked for by almost every page.
type register struct {
	list   []Campaign // the newest year first
	byID   map[int64]Campaign
	forces map[int64]TaskForce
}

// remembered is what pages do not read again while it stands: what the offices set, and not what units report.
type remembered struct {
	registers sqldb.Memo[int64, *register] // by region
	papers    sqldb.Memo[placeKey, papers]
	sheets    sqldb.Memo[placeKey, map[int64]indicator.Sheet]
	closed    sqldb.Memo[placeKey, closed]
	gates     sqldb.Memo[placeKey, map[int64][]task.Milestone]
}

// placeKey is a campaign of a region.
type placeKey struct{ region, campaign int64 }

// closed is what the closed months of a campaign say.
type closed struct {
	history []MonthPoint
	last    map[int64]task.Month // by task: its light of the last closed month
}

// register returns the campaigns of a region: for a page without a statement while they stand, which an act of this process ends at once and one of
// another process after a second at the latest; for an act as its transaction sees them. Nobody changes what it returns.
func (s *Service) register(ctx context.Context, tx *sqldb.Tx, regionID int64) (*register, error) {
	return s.memory.registers.Get(tx, regionID, func() (*register, error) {
		g := &register{byID: map[int64]Campaign{}}
		var err error
		if g.list, err = sqldb.All(ctx, tx, selectCampaigns, scanCampaign, regionID); err != nil {
			return nil, err
		}
		for _, c := range g.list {
			g.byID[c.ID] = c
		}
		g.forces, err = forces(ctx, tx, regionID)
		return g, err
	})
}

// registered returns one campaign of the register. Errors: NotFound.
func (s *Service) registered(ctx context.Context, tx *sqldb.Tx, regionID, campaignID int64) (c Campaign, f TaskForce, err error) {
	g, err := s.register(ctx, tx, regionID)
	if err != nil {
		return c, f, err
	}
	c, ok := g.byID[campaignID]
	if !ok {
		return c, f, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	f = g.forces[campaignID]
	f.CampaignID = campaignID
	c.DeputyPosts, f.Members = slices.Clone(c.DeputyPosts), slices.Clone(f.Members)
	return c, f, nil
}

// papers returns what lies beside a campaign's items.
func (s *Service) papers(ctx context.Context, tx *sqldb.Tx, regionID, campaignID int64) (papers, error) {
	return s.memory.papers.Get(tx, placeKey{regionID, campaignID}, func() (p papers, err error) {
		err = sqldb.Each(ctx, tx, selectPapers, scanPaper, func(r paperRow) error { p.add(campaignID, r); return nil }, regionID, campaignID)
		if err != nil {
			return p, err
		}
		slices.SortFunc(p.books, func(a, b TaskBook) int { return cmp.Compare(a.ID, b.ID) })
		slices.SortFunc(p.batches, func(a, b Batch) int { return cmp.Compare(b.ID, a.ID) })
		slices.SortFunc(p.signatures, func(a, b Signature) int { return cmp.Compare(a.ID, b.ID) })
		if p.pledges, err = sqldb.All(ctx, tx, selectPledgesOf, scanPledge, regionID, campaignID); err != nil {
			return p, err
		}
		slices.SortFunc(p.pledges, func(a, b Pledge) int { return cmp.Compare(a.ID, b.ID) })
		return p, nil
	})
}

// sheets returns the indicators of a campaign's items with the plans in force.
func (s *Service) sheets(ctx context.Context, tx *sqldb.Tx, regionID, campaignID int64, list []task.Task) (map[int64]indicator.Sheet, error) {
	return s.memory.sheets.Get(tx, placeKey{regionID, campaignID}, func() (map[int64]indicator.Sheet, error) {
		ids := make([]int64, len(list))
		for i, t := range list {
			ids[i] = t.IndicatorID
		}
		return indicator.SheetsFor(ctx, tx, regionID, ids)
	})
}

// closed returns what the closed months of a campaign say. What they say of weights is as of now: they change with the baselines.
func (s *Service) closed(ctx context.Context, tx *sqldb.Tx, regionID int64, c Campaign, list []task.Task, sheets map[int64]indicator.Sheet) (closed, error) {
	return s.memory.closed.Get(tx, placeKey{regionID, c.ID}, func() (closed, error) {
		lights, err := task.LightsOfOrigin(ctx, tx, regionID, c.Ref())
		if err != nil {
			return closed{}, err
		}
		x := closed{last: make(map[int64]task.Month, len(list))}
		tasks := make(map[int64]task.Task, len(list))
		for _, t := range list {
			tasks[t.ID] = t
		}
		for _, l := range lights {
			if l.Period >= x.last[l.TaskID].Period {
				x.last[l.TaskID] = l
			}
		}
		x.history = history(lights, tasks, sheets)
		return x, nil
	})
}

// gates returns the milestones of a campaign's items, by task.
func (s *Service) gates(ctx context.Context, tx *sqldb.Tx, regionID int64, c Campaign) (map[int64][]task.Milestone, error) {
	return s.memory.gates.Get(tx, placeKey{regionID, c.ID}, func() (map[int64][]task.Milestone, error) {
		return task.MilestonesOfOrigin(ctx, tx, regionID, c.Ref())
	})
}
