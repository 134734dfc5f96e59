package campaign

import (
	"context"
	"slices"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/task"
)

// CampaignOverview returns a campaign with its items and closed months, in six statements (seven for a task force). Of items that the
// actor may not see, only the public part is there: see Line.Hidden.
func (s *Service) CampaignOverview(ctx context.Context, campaignID int64) (o Overview, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return o, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if o.Campaign, err = sqldb.One(ctx, tx, selectCampaign, scanCampaign, who.RegionID, campaignID); err != nil {
			return err
		}
		list, err := task.List(ctx, tx, who.RegionID, task.Filter{Origin: o.Campaign.Ref()})
		if err != nil {
			return err
		}
		ids := make([]int64, len(list))
		for i, t := range list {
			ids[i] = t.IndicatorID
		}
		sheets, err := indicator.SheetsFor(ctx, tx, who.RegionID, ids)
		if err != nil {
			return err
		}
		lights, err := task.LightsOfOrigin(ctx, tx, who.RegionID, o.Campaign.Ref())
		if err != nil {
			return err
		}
		all, err := s.sees(ctx, tx, who, campaignID, 0)
		if err != nil {
			return err
		}
		milestones, err := task.MilestonesOfOrigin(ctx, tx, who.RegionID, o.Campaign.Ref())
		if err != nil {
			return err
		}
		o.fill(who, all, list, sheets, lights)
		for i, l := range o.Lines {
			if !l.Hidden {
				o.Lines[i].Milestones = milestones[l.Task.ID]
			}
		}
		return nil
	})
	return o, err
}

func (o *Overview) fill(who auth.Actor, all bool, list []task.Task, sheets map[int64]indicator.Sheet, lights []task.Month) {
	o.Count = map[task.Light]int64{}
	tasks := map[int64]task.Task{}
	last := map[int64]task.Month{}
	for _, l := range lights {
		if l.Period >= last[l.TaskID].Period {
			last[l.TaskID] = l
		}
	}
	for _, t := range list {
		tasks[t.ID] = t
		sheet := sheets[t.IndicatorID]
		line := Line{Task: t, Measure: sheet.Measure, Plan: sheet.Plan}
		if line.Hidden = !all && !who.Sees(t.LeadUnit); line.Hidden {
			public := task.Standing{Light: task.NotDue}
			if l, ok := last[t.ID]; ok {
				public = task.Standing{Light: l.Light, AsOf: period.Month(l.Period)}
			}
			line.Task.Standing = public
		} else if t.Standing.Done != nil {
			line.Rate = task.Ratio(*t.Standing.Done, sheet.Plan.Target)
		}
		o.Count[line.Task.Standing.Light]++
		o.Total++
		o.Lines = append(o.Lines, line)
	}
	o.History = history(lights, tasks, sheets)
	slices.SortStableFunc(o.Lines, func(a, b Line) int {
		return int(a.Task.Standing.Light.Rank() - b.Task.Standing.Light.Rank())
	})
}

// Campaigns returns every campaign with its counts, the newest year first, in four statements.
func (s *Service) Campaigns(ctx context.Context) (out []Card, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		list, err := sqldb.All(ctx, tx, selectCampaigns, scanCampaign, who.RegionID)
		if err != nil {
			return err
		}
		tasks, err := task.List(ctx, tx, who.RegionID, task.Filter{})
		if err != nil {
			return err
		}
		d, err := s.org.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		fs, err := forces(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		cards := map[int64]*Card{}
		for _, c := range list {
			out = append(out, Card{Campaign: c, Count: map[task.Light]int64{}, Member: fs[c.ID].Has(d, who.ID)})
		}
		for i := range out {
			cards[out[i].Campaign.ID] = &out[i]
		}
		for _, t := range tasks {
			c := cards[t.Origin.ID]
			if t.Origin.Kind != Kind || c == nil {
				continue
			}
			c.Count[t.Standing.Light]++
			c.Total++
		}
		return nil
	})
	return out, err
}

// ItemDetail returns everything about an item. The number of statements is the same for every item, however long its history.
// Errors: NotFound for an item of another unit; who only helps (配合单位) sees it without accounts, values and evidence.
func (s *Service) ItemDetail(ctx context.Context, itemID int64) (d Detail, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return d, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		r := who.RegionID
		if d.Task, err = itemTask(ctx, tx, r, itemID); err != nil {
			return err
		}
		full, err := s.sees(ctx, tx, who, d.Task.Origin.ID, d.Task.LeadUnit)
		if err != nil {
			return err
		}
		if d.Helper = !full; d.Helper && !slices.ContainsFunc(d.Task.SupportUnits, who.InUnit) {
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		if d.Item, err = sqldb.One(ctx, tx, selectItem, scanItem, r, itemID); err != nil {
			return err
		}
		if d.Campaign, err = sqldb.One(ctx, tx, selectCampaign, scanCampaign, r, d.Task.Origin.ID); err != nil {
			return err
		}
		if d.Sheet, err = indicator.Get(ctx, tx, r, d.Task.IndicatorID); err != nil {
			return err
		}
		if d.Plans = []indicator.Plan{d.Sheet.Plan}; d.Sheet.Revision > 1 {
			if d.Plans, err = indicator.Plans(ctx, tx, r, d.Task.IndicatorID); err != nil {
				return err
			}
		}
		if d.Baselines, err = task.Baselines(ctx, tx, r, itemID); err != nil {
			return err
		}
		if d.Milestones, err = task.Milestones(ctx, tx, r, itemID); err != nil {
			return err
		}
		if d.Lights, err = task.LightsOf(ctx, tx, r, itemID); err != nil {
			return err
		}
		if d.Helper {
			d.Task.Standing = task.Standing{Light: task.NotDue}
			if n := len(d.Lights); n > 0 {
				d.Task.Standing = task.Standing{Light: d.Lights[n-1].Light, AsOf: period.Month(d.Lights[n-1].Period)}
			}
			for i := range d.Lights { // the rule's words hold the numbers
				d.Lights[i].Rule, d.Lights[i].Numbers = "", ""
			}
			return nil
		}
		if d.Values, err = indicator.History(ctx, tx, r, d.Task.IndicatorID); err != nil {
			return err
		}
		if d.Accounts, err = task.Accounts(ctx, tx, r, itemID); err != nil {
			return err
		}
		if d.Adjustments, err = task.AdjustmentsOf(ctx, tx, r, task.AdjustmentFilter{Task: itemID}); err != nil {
			return err
		}
		if d.Exhibits, err = s.files.List(ctx, tx, r, proofOf(itemID)); err != nil {
			return err
		}
		if d.Acts, err = ledger.Entries(ctx, tx, r, ledger.Filter{Subject: subject("task.task", itemID), Limit: 100}); err != nil {
			return err
		}
		own, open := who.InUnit(d.Task.LeadUnit), d.Task.State == task.Open
		d.MayReport = own && who.May(MayReport) && (open || d.Task.State == task.Completed)
		d.MayComplete = own && open && who.May(MayComplete)
		d.MayClose = !own && d.Task.State == task.Completed && who.May(MayClose)
		d.MayPropose = open && who.May(task.MayPropose) && (own || who.Has(auth.Supervisor, auth.TaskForce))
		return nil
	})
	return d, err
}
