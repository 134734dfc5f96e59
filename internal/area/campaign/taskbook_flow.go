package campaign

import (
	"context"
	"fmt"
	"sort"

	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/receipt"
	"duban/internal/spine/task"
)

// IssueTaskBook hands the task book to units (下达): to those named, or to every unit that has items and no current book.
// A book that was accepted and has more items since is issued again. It returns the books that were issued. Errors: Invalid, Conflict, Forbidden.
func (s *Service) IssueTaskBook(ctx context.Context, key string, campaignID int64, units ...int64) (out []TaskBook, err error) {
	who, err := auth.Require(ctx, MayIssue)
	if err != nil {
		return nil, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		out = nil
		if _, dup, err := receipt.Take(ctx, tx, who, key, string(MayIssue)); err != nil || dup {
			return err
		}
		c, dir, err := s.openForItems(ctx, tx, who, campaignID)
		if err != nil {
			return err
		}
		if c.State == Preparing {
			return errs.New(errs.Conflict, "“%s”还在筹备。请先登记实施方案的文号，再下达任务书。", c.Name)
		}
		list, err := task.List(ctx, tx, who.RegionID, task.Filter{Origin: c.Ref()})
		if err != nil {
			return err
		}
		count := map[int64]int64{}
		for _, t := range list {
			if t.State != task.Stopped {
				count[t.LeadUnit]++
			}
		}
		have, err := sqldb.All(ctx, tx, selectTaskBooks, scanTaskBook, who.RegionID, c.ID)
		if err != nil {
			return err
		}
		now := map[int64]int64{}
		for _, b := range have {
			now[b.UnitID] = b.Items
		}
		named := len(units) > 0
		if !named {
			for u := range count {
				units = append(units, u)
			}
			sort.Slice(units, func(i, j int) bool { return units[i] < units[j] })
		}
		var acts []ledger.Act
		for _, u := range units {
			n, issued := now[u]
			switch {
			case count[u] == 0:
				return errs.New(errs.Invalid, "“%s”在“%s”里没有任务，不用下达。", dir.UnitName(u), c.Name)
			case issued && n == count[u]:
				if named {
					return errs.New(errs.Conflict, "“%s”的任务书已经下达，条目没有变化。", dir.UnitName(u))
				}
				continue
			}
			b, err := sqldb.One(ctx, tx, upsertTaskBook, scanTaskBook, who.RegionID, s.ids(), c.ID, u, count[u], tx.Now().UnixMilli())
			if err != nil {
				return err
			}
			out = append(out, b)
			acts = append(acts, ledger.Act{Subject: subject(TaskBookKind, b.ID), Verb: "issue", Body: ledger.Row(b.sealed())})
			if err := s.notices.Open(ctx, tx, who.RegionID, notice.Todo{Unit: u, Kind: string(MayAccept), Subject: subject(TaskBookKind, b.ID),
				Title: fmt.Sprintf("签收任务书：%s（%d 项）", c.Name, b.Items), Href: fmt.Sprintf("/campaigns/%d/books/%d", c.ID, u)}); err != nil {
				return err
			}
			if err := s.out.Publish(ctx, tx, who.RegionID, "campaign.taskbook.issued", subject(TaskBookKind, b.ID), map[string]any{"campaign": c.ID, "unit": u, "items": b.Items}); err != nil {
				return err
			}
		}
		if len(out) == 0 {
			return errs.New(errs.Conflict, "没有要下达的任务书：有任务的单位都已经下达。")
		}
		if c.State == Planned {
			if err := s.put(ctx, tx, who, &c, "assign", func(tx *sqldb.Tx, c *Campaign, f *TaskForce) error { c.State = Assigned; return nil }); err != nil {
				return err
			}
		}
		return ledger.AppendAll(ctx, tx, who, acts)
	})
	return out, err
}

// AcceptTaskBook is the unit head's word that he has the book (签收). When every unit has accepted, the campaign is running.
// Errors: NotFound (another unit's), Conflict.
func (s *Service) AcceptTaskBook(ctx context.Context, key string, bookID, version int64) (b TaskBook, err error) {
	who, err := auth.Require(ctx, MayAccept)
	if err != nil {
		return b, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		_, dup, err := receipt.Take(ctx, tx, who, key, string(MayAccept))
		if err != nil {
			return err
		}
		if b, err = sqldb.One(ctx, tx, selectTaskBook, scanTaskBook, who.RegionID, bookID); err != nil {
			return err
		}
		if err := who.OwnUnit(b.UnitID); err != nil || dup {
			return err
		}
		c, err := sqldb.One(ctx, tx, lockCampaign, scanCampaign, who.RegionID, b.CampaignID)
		if err != nil {
			return err
		}
		dir, err := s.org.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		post := int64(0)
		for _, p := range dir.PostsOf(who.ID) {
			if p.UnitID == b.UnitID {
				post = p.ID
				break
			}
		}
		if b.State == Accepted {
			return errs.New(errs.Conflict, "这份任务书已经签收了。")
		}
		n, err := tx.Exec(ctx, acceptTaskBook, who.RegionID, b.ID, b.Items, tx.Now().UnixMilli(), post, version)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "任务书刚刚有变化，请看过新的内容再签收。")
		}
		b.State, b.AcceptedAt, b.AcceptedPostID, b.Version = Accepted, tx.Now().UnixMilli(), post, b.Version+1
		books, err := sqldb.All(ctx, tx, selectTaskBooks, scanTaskBook, who.RegionID, c.ID)
		if err != nil {
			return err
		}
		all := true
		for _, x := range books {
			all = all && x.State == Accepted
		}
		if all && c.State == Assigned {
			if err := s.put(ctx, tx, who, &c, "run", func(tx *sqldb.Tx, c *Campaign, f *TaskForce) error { c.State = Running; return nil }); err != nil {
				return err
			}
		}
		if err := s.notices.Done(ctx, tx, who.RegionID, string(MayAccept), subject(TaskBookKind, b.ID)); err != nil {
			return err
		}
		if err := ledger.Append(ctx, tx, who, subject(TaskBookKind, b.ID), "accept", ledger.Row(b.sealed())); err != nil {
			return err
		}
		return s.out.Publish(ctx, tx, who.RegionID, "campaign.taskbook.accepted", subject(TaskBookKind, b.ID), map[string]any{"campaign": c.ID, "unit": b.UnitID})
	})
	return b, err
}

// TaskBooks returns the books of a campaign: all of them for overseers and the task force, otherwise the actor's unit's.
func (s *Service) TaskBooks(ctx context.Context, campaignID int64) (out []TaskBook, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		list, err := sqldb.All(ctx, tx, selectTaskBooks, scanTaskBook, who.RegionID, campaignID)
		if err != nil {
			return err
		}
		all, err := s.sees(ctx, tx, who, campaignID, 0)
		for _, b := range list {
			if all || who.Sees(b.UnitID) {
				out = append(out, b)
			}
		}
		return err
	})
	return out, err
}

// TaskBookOf returns a unit's task book in a campaign with 原定, 现行 and 调整次数 of every item. Errors: NotFound for another unit's.
func (s *Service) TaskBookOf(ctx context.Context, campaignID, unitID int64) (v BookView, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return v, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		ok, err := s.sees(ctx, tx, who, campaignID, unitID)
		if err != nil {
			return err
		}
		if !ok {
			return who.MaySee(unitID)
		}
		if v.Campaign, err = sqldb.One(ctx, tx, selectCampaign, scanCampaign, who.RegionID, campaignID); err != nil {
			return err
		}
		books, err := sqldb.All(ctx, tx, selectTaskBooksUnit, scanTaskBook, who.RegionID, unitID)
		if err != nil {
			return err
		}
		v.Book = TaskBook{CampaignID: campaignID, UnitID: unitID}
		for _, b := range books {
			if b.CampaignID == campaignID {
				v.Book = b
			}
		}
		v.Items, err = bookItems(ctx, tx, who.RegionID, v.Campaign, unitID)
		for _, i := range v.Items {
			v.Weight += i.Task.Weight
		}
		return err
	})
	return v, err
}

// TaskBookByID is TaskBookOf for the book with the id.
func (s *Service) TaskBookByID(ctx context.Context, bookID int64) (v BookView, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return v, err
	}
	var b TaskBook
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		b, err = sqldb.One(ctx, tx, selectTaskBook, scanTaskBook, who.RegionID, bookID)
		return err
	})
	if err != nil {
		return v, err
	}
	return s.TaskBookOf(ctx, b.CampaignID, b.UnitID)
}

// bookItems returns the items of a unit (0: of all units) in the order of their numbers.
func bookItems(ctx context.Context, tx *sqldb.Tx, regionID int64, c Campaign, unitID int64) ([]BookItem, error) {
	list, err := task.List(ctx, tx, regionID, task.Filter{Origin: c.Ref(), Unit: unitID})
	if err != nil {
		return nil, err
	}
	var sheets map[int64]indicator.Sheet
	if unitID != 0 {
		sheets, err = indicator.SheetsOf(ctx, tx, regionID, unitID)
	} else {
		sheets, err = indicator.Sheets(ctx, tx, regionID)
	}
	if err != nil {
		return nil, err
	}
	items, err := sqldb.All(ctx, tx, selectItems, scanItem, regionID, c.ID)
	if err != nil {
		return nil, err
	}
	byID := map[int64]Item{}
	for _, i := range items {
		byID[i.ID] = i
	}
	out := make([]BookItem, 0, len(list))
	for _, t := range list {
		x := BookItem{Task: t, Item: byID[t.ID], Sheet: sheets[t.IndicatorID], Adjustments: t.Revision - 1}
		x.First, x.FirstPlan = task.Baseline{TaskID: t.ID, Revision: 1, Title: t.Title, Standard: t.Standard, LeadUnit: t.LeadUnit, Deadline: t.Deadline, Weight: t.Weight, PlanRevision: 1}, x.Sheet.Plan
		if t.Revision > 1 { // few are adjusted, so these reads are few
			bases, err := task.Baselines(ctx, tx, regionID, t.ID)
			if err != nil {
				return nil, err
			}
			x.First = bases[0]
			if x.FirstPlan, err = indicator.PlanAt(ctx, tx, regionID, t.IndicatorID, x.First.PlanRevision); err != nil {
				return nil, err
			}
		}
		out = append(out, x)
	}
	sort.Slice(out, func(i, j int) bool { return lessNo(out[i].Task.No, out[j].Task.No) })
	return out, nil
}

// lessNo orders CS-07 before CS-100.
func lessNo(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// EachTaskBook yields every task book of the region in its sealed form.
func EachTaskBook(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectTaskBooksAll, scanTaskBook, func(b TaskBook) error { return yield(b.ID, b.sealed()) }, regionID)
}
