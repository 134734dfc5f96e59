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

// CampaignOverview returns a campaign with its items and closed months and the papers beside them: in one statement, the items', while the
// rest stands, else in up to eight (two more where the year has pledges for all campaigns). Of items that the actor may not see, only the public part is there: see Line.Hidden; of books and pledges those of
// units that he may see.
func (s *Service) CampaignOverview(ctx context.Context, campaignID int64) (o Overview, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return o, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if o.Campaign, o.Force, err = s.registered(ctx, tx, who.RegionID, campaignID); err != nil {
			return err
		}
		list, err := task.List(ctx, tx, who.RegionID, task.Filter{Origin: o.Campaign.Ref()})
		if err != nil {
			return err
		}
		sheets, err := s.sheets(ctx, tx, who.RegionID, campaignID, list)
		if err != nil {
			return err
		}
		past, err := s.closed(ctx, tx, who.RegionID, o.Campaign, list, sheets)
		if err != nil {
			return err
		}
		milestones, err := s.gates(ctx, tx, who.RegionID, o.Campaign)
		if err != nil {
			return err
		}
		all, err := s.sees(ctx, tx, who, campaignID, 0)
		if err != nil {
			return err
		}
		o.fill(who, all, list, sheets, past)
		for i, l := range o.Lines {
			if !l.Hidden {
				o.Lines[i].Milestones = milestones[l.Task.ID]
			}
		}
		return s.beside(ctx, tx, who, all, list, sheets, &o)
	})
	return o, err
}

// beside fills in the papers beside a campaign's items.
func (s *Service) beside(ctx context.Context, tx *sqldb.Tx, who auth.Actor, all bool, list []task.Task, sheets map[int64]indicator.Sheet, o *Overview) error {
	p, err := s.papers(ctx, tx, who.RegionID, o.Campaign.ID)
	if err != nil {
		return err
	}
	for _, b := range p.books {
		if all || who.Sees(b.UnitID) {
			o.Books = append(o.Books, b)
		}
	}
	d, err := s.org.Directory(ctx, tx, who.RegionID)
	if err != nil {
		return err
	}
	if o.Manages = who.Has(auth.Supervisor) || who.Has(auth.TaskForce) && o.Force.Has(d, who.ID); o.Manages && who.May(MayImport) {
		o.Batches = p.batches
	}
	if len(p.pledges) == 0 {
		return nil
	}
	b := pledgeBase{dir: d, pledges: p.pledges, signatures: p.signatures, tasks: map[int64][]task.Task{}}
	g, err := s.register(ctx, tx, who.RegionID)
	if err != nil {
		return err
	}
	b.campaigns = g.byID
	b.useItems(list, sheets)
	shown := b.choose(who, all, PledgeFilter{CampaignID: o.Campaign.ID})
	if slices.ContainsFunc(b.pledges, func(p Pledge) bool { return p.CampaignID == 0 && p.Year == o.Campaign.Year }) {
		if err := b.loadItems(ctx, tx, who.RegionID); err != nil { // what a pledge for all campaigns promises stands in all of them
			return err
		}
	}
	o.Pledges = b.views(shown, who, period.Day(tx.Now()))
	return nil
}

func (o *Overview) fill(who auth.Actor, all bool, list []task.Task, sheets map[int64]indicator.Sheet, past closed) {
	o.Count = map[task.Light]int64{}
	o.Lines = make([]Line, 0, len(list))
	for _, t := range list {
		sheet := sheets[t.IndicatorID]
		line := Line{Task: t, Measure: sheet.Measure, Plan: sheet.Plan}
		if line.Hidden = !all && !who.Sees(t.LeadUnit); line.Hidden {
			public := task.Standing{Light: task.NotDue}
			if l, ok := past.last[t.ID]; ok {
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
	o.History = past.history
	slices.SortStableFunc(o.Lines, func(a, b Line) int {
		return int(a.Task.Standing.Light.Rank() - b.Task.Standing.Light.Rank())
	})
}

// Campaigns returns every campaign with its counts, the newest year first, in two statements.
func (s *Service) Campaigns(ctx context.Context) (out []Card, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		g, err := s.register(ctx, tx, who.RegionID)
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
		cards := map[int64]*Card{}
		for _, c := range g.list {
			out = append(out, Card{Campaign: c, Count: map[task.Light]int64{}, Member: g.forces[c.ID].Has(d, who.ID)})
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

// ItemDetail returns everything about an item, in six statements however long its history; a seventh where the target has been adjusted.
// Errors: NotFound for an item of another unit; who only helps (配合单位) sees it without accounts, values and evidence.
func (s *Service) ItemDetail(ctx context.Context, itemID int64) (d Detail, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return d, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		r := who.RegionID
		t, past, err := task.PastOf(ctx, tx, r, itemID)
		if err != nil {
			return err
		}
		if t.Origin.Kind != Kind {
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		d.Task = t
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
		if d.Campaign, _, err = s.registered(ctx, tx, r, d.Task.Origin.ID); err != nil {
			return err
		}
		var values []indicator.Value
		if d.Sheet, values, err = indicator.GetWithHistory(ctx, tx, r, d.Task.IndicatorID); err != nil {
			return err
		}
		if d.Plans = []indicator.Plan{d.Sheet.Plan}; d.Sheet.Revision > 1 {
			if d.Plans, err = indicator.Plans(ctx, tx, r, d.Task.IndicatorID); err != nil {
				return err
			}
		}
		d.Baselines, d.Milestones, d.Lights = past.Baselines, past.Milestones, past.Lights
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
		d.Values, d.Accounts, d.Adjustments = values, past.Accounts, past.Adjustments
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
		d.MayPropose = (open || d.Task.State == task.Stopped) && who.May(task.MayPropose) && (own || who.Has(auth.Supervisor, auth.TaskForce))
		return nil
	})
	return d, err
}
