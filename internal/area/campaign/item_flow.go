package campaign

import (
	"context"
	"fmt"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/receipt"
	"duban/internal/spine/task"
)

// AddItem enters one item (录入条目) and seals its baseline. The same key twice gives the item made first.
// Errors: Invalid (fields named as in ItemDraft), Conflict, Forbidden.
func (s *Service) AddItem(ctx context.Context, key string, campaignID int64, d ItemDraft) (t task.Task, err error) {
	who, err := auth.Require(ctx, MayImport)
	if err != nil {
		return t, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		done, dup, err := receipt.Take(ctx, tx, who, key, "campaign.item.add")
		if err != nil {
			return err
		}
		if dup {
			t, err = task.Get(ctx, tx, who.RegionID, id.Parse(done))
			return err
		}
		c, dir, err := s.openForItems(ctx, tx, who, campaignID)
		if err != nil {
			return err
		}
		have, err := task.List(ctx, tx, who.RegionID, task.Filter{Origin: c.Ref()})
		if err != nil {
			return err
		}
		used := map[string]bool{}
		for _, x := range have {
			used[x.No] = true
		}
		if strings.TrimSpace(d.No) == "" {
			d.No = c.next(used)
		} else if d.No = c.Number(d.No); used[d.No] {
			return errs.At("no", "编号 %s 已经用过，请换一个；留空就自动编号。", d.No)
		}
		if d.LeadUnit != 0 && dir.Unit(d.LeadUnit) == nil {
			return errs.At("lead_unit", "单位名册里没有这个牵头单位，请重新选。")
		}
		t, err = s.openItem(ctx, tx, who, c, dir, d, 0)
		if err != nil {
			return err
		}
		return receipt.Give(ctx, tx, who, key, id.Format(t.ID))
	})
	return t, err
}

// openForItems locks a campaign whose items may still be added by the actor.
func (s *Service) openForItems(ctx context.Context, tx *sqldb.Tx, who auth.Actor, campaignID int64) (c Campaign, dir *org.Directory, err error) {
	if c, err = sqldb.One(ctx, tx, lockCampaign, scanCampaign, who.RegionID, campaignID); err != nil {
		return c, nil, err
	}
	if err := s.manages(ctx, tx, who, c.ID); err != nil {
		return c, nil, err
	}
	if c.State == Archived {
		return c, nil, errs.New(errs.Conflict, "“%s”已经归档，不能再加任务。", c.Name)
	}
	dir, err = s.org.Directory(ctx, tx, who.RegionID)
	return c, dir, err
}

func (s *Service) openItem(ctx context.Context, tx *sqldb.Tx, who auth.Actor, c Campaign, dir *org.Directory, d ItemDraft, batchID int64) (task.Task, error) {
	o, err := c.opening(d, dir)
	if err != nil {
		return task.Task{}, err
	}
	o.Task.BatchID = batchID
	t, err := s.tasks.Open(ctx, tx, who, o)
	if err != nil {
		return t, err
	}
	_, err = tx.Exec(ctx, insertItem, who.RegionID, t.ID, c.ID, t.LeadUnit, batchID, clip(d.Category, 200), clip(d.Scoring, 500), clip(d.Note, 500))
	return t, err
}

// CompleteItem is the lead unit's word that an item is done (办结). It is then for the supervision office to look.
// Errors: NotFound (another unit's), Conflict.
func (s *Service) CompleteItem(ctx context.Context, key string, itemID int64, note string) error {
	who, err := auth.Require(ctx, MayComplete)
	if err != nil {
		return err
	}
	if note = strings.TrimSpace(note); note == "" {
		return errs.At("note", "还没有写办结情况，如“已竣工验收，验收单见附件”。")
	}
	if n := len([]rune(note)); n > 500 {
		return errs.At("note", "“办结情况”写了 %d 字，最多 500 字。请删去一些。", n)
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, string(MayComplete)); err != nil || dup {
			return err
		}
		t, err := itemTask(ctx, tx, who.RegionID, itemID)
		if err != nil {
			return err
		}
		if err := who.OwnUnit(t.LeadUnit); err != nil {
			return err
		}
		if err := s.tasks.Complete(ctx, tx, who, itemID, note); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, completedItem, who.RegionID, itemID, tx.Now().UnixMilli()); err != nil {
			return err
		}
		return s.tasks.Refresh(ctx, tx, who.RegionID, itemID)
	})
}

// itemTask returns the task of an item; a task of another area is no item.
func itemTask(ctx context.Context, tx *sqldb.Tx, regionID, itemID int64) (task.Task, error) {
	return isItem(task.Get(ctx, tx, regionID, itemID))
}

// isItem refuses a task that no campaign has set.
func isItem(t task.Task, err error) (task.Task, error) {
	if err == nil && t.Origin.Kind != Kind {
		err = errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	return t, err
}

// clip cuts s to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

func sayAll(err error) string {
	if fs := errs.FieldsOf(err); len(fs) > 0 {
		var parts []string
		for _, f := range fs {
			parts = append(parts, f.Message)
		}
		return strings.Join(parts, "")
	}
	return fmt.Sprint(errs.Say(err))
}

// CloseItem strikes a completed item off (销号): the supervisor's word, with what was seen; never by somebody of the unit that owes it.
// Errors: Invalid, Forbidden, Conflict.
func (s *Service) CloseItem(ctx context.Context, key string, itemID int64, note string) error {
	return s.decideItem(ctx, key, "campaign.item.close", itemID, note, "还没有写核验情况，如“现场查看，与验收单一致”。", s.tasks.Close)
}

// SendBackItem returns a completed item to its unit (退回) with the reason; the unit mends it and reports it done again.
func (s *Service) SendBackItem(ctx context.Context, key string, itemID int64, note string) error {
	return s.decideItem(ctx, key, "campaign.item.send_back", itemID, note, "退回要写原因，让单位知道改什么。", s.tasks.SendBack)
}

func (s *Service) decideItem(ctx context.Context, key, act string, itemID int64, note, missing string, do func(context.Context, *sqldb.Tx, auth.Actor, int64, string) error) error {
	who, err := auth.Require(ctx, MayClose)
	if err != nil {
		return err
	}
	if note = strings.TrimSpace(note); note == "" {
		return errs.At("note", "%s", missing)
	}
	if n := len([]rune(note)); n > 500 {
		return errs.At("note", "写了 %d 字，最多 500 字。请删去一些。", n)
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, act); err != nil || dup {
			return err
		}
		if _, err := itemTask(ctx, tx, who.RegionID, itemID); err != nil {
			return err
		}
		return do(ctx, tx, who, itemID, note)
	})
}
