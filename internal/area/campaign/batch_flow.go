package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/spine/receipt"
	"duban/internal/spine/task"
)

// BatchKind is the kind of a batch's ref.
const BatchKind = "campaign.batch"

// maxRows bounds one import; more is not read by a person before he confirms it.
const maxRows = 2000

// toPropose is the outcome of a changed row until its adjustment has been asked for.
const toPropose = "转调整申请"

// PreviewImport says what an import would do and keeps the rows for the commit; it enters nothing.
// Answers for unknown units go into src.Units, and the call is made again.
func (s *Service) PreviewImport(ctx context.Context, campaignID int64, src Source) (p Preview, err error) {
	who, err := auth.Require(ctx, MayImport)
	if err != nil {
		return p, err
	}
	if len(src.Tasks) == 0 {
		return p, errs.New(errs.Invalid, "没有读到任务。请看标题行和各列选得对不对。")
	}
	if len(src.Tasks) > maxRows {
		return p, errs.New(errs.Invalid, "一次最多导入 %d 行，现在是 %d 行。请分成几次。", maxRows, len(src.Tasks))
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		c, dir, err := s.openForItems(ctx, tx, who, campaignID)
		if err != nil {
			return err
		}
		have, err := existingItems(ctx, tx, who.RegionID, c)
		if err != nil {
			return err
		}
		p = c.preview(src, dir, have)
		p.BatchID = s.ids()
		source, err := json.Marshal(src)
		if err != nil {
			return err
		}
		rows, err := json.Marshal(p.Rows)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, insertBatch, who.RegionID, p.BatchID, c.ID, string(Previewed), string(source), string(rows), who.ID, tx.Now().UnixMilli())
		return err
	})
	return p, err
}

func existingItems(ctx context.Context, tx *sqldb.Tx, regionID int64, c Campaign) (map[string]existing, error) {
	list, err := task.List(ctx, tx, regionID, task.Filter{Origin: c.Ref()})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	sheets, err := indicator.Sheets(ctx, tx, regionID)
	out := map[string]existing{}
	for _, t := range list {
		out[t.No] = existing{t, sheets[t.IndicatorID]}
	}
	return out, err
}

// CommitImport enters the good rows of a previewed import as one batch. Rows to mend are kept for download with their
// reason. A changed row of an item that stands becomes an adjustment proposal with docNo, or is reported with the reason why it
// could not; nothing that is sealed is overwritten. The rows are judged again against what stands now. The same key
// twice gives the batch as it is.
func (s *Service) CommitImport(ctx context.Context, key string, batchID int64, docNo string) (b Batch, err error) {
	who, err := auth.Require(ctx, MayImport)
	if err != nil {
		return b, err
	}
	var rows []Row
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		rows = nil
		_, dup, err := receipt.Take(ctx, tx, who, key, string(MayImport))
		if err != nil {
			return err
		}
		if b, err = sqldb.One(ctx, tx, selectBatch, scanBatch, who.RegionID, batchID); err != nil {
			return err
		}
		if dup {
			return nil
		}
		c, dir, err := s.openForItems(ctx, tx, who, b.CampaignID)
		if err != nil {
			return err
		}
		if b.State != Previewed {
			return errs.New(errs.Conflict, "这一批%s，请看导入记录。", b.State.Chinese())
		}
		have, err := existingItems(ctx, tx, who.RegionID, c)
		if err != nil {
			return err
		}
		rows = c.preview(b.Source, dir, have).Rows
		for i := range rows {
			r := &rows[i]
			switch r.Status {
			case RowNew:
				t, err := s.openItem(ctx, tx, who, c, dir, r.Draft, b.ID)
				if err != nil {
					return fmt.Errorf("row %d: %w", r.Row, err)
				}
				r.TaskID, r.Outcome = t.ID, "已导入"
				b.Added++
			case RowMend:
				r.Outcome = "没有导入"
				b.Rejected = append(b.Rejected, *r)
			case RowUnchanged:
				r.Outcome = "没有变化"
			case RowChanged:
				r.Outcome = toPropose
			}
		}
		b.Rows, b.State, b.CommittedAt, b.Refused = rows, Committed, tx.Now().UnixMilli(), int64(len(b.Rejected))
		if err := putBatch(ctx, tx, who.RegionID, &b); err != nil {
			return err
		}
		if err := receipt.Give(ctx, tx, who, key, id.Format(b.ID)); err != nil {
			return err
		}
		if err := ledger.Append(ctx, tx, who, subject(BatchKind, b.ID), "commit", map[string]any{"campaign": b.CampaignID, "added": b.Added, "refused": b.Refused}); err != nil {
			return err
		}
		return s.out.Publish(ctx, tx, who.RegionID, "campaign.batch.committed", subject(BatchKind, b.ID), map[string]any{"campaign": c.ID, "added": b.Added, "refused": b.Refused})
	})
	if err != nil {
		return b, err
	}
	// A proposal is an act of its own, with its own receipt: a repetition after a broken connection goes on where it stopped and proposes nothing twice.
	any := false
	for i := range b.Rows {
		r := &b.Rows[i]
		if r.Status != RowChanged || r.Outcome != toPropose || r.Wanted == nil {
			continue
		}
		any = true
		reason := fmt.Sprintf("任务书重新导入（%s 第 %d 行）", orText(b.Source.FileName, "粘贴的表格"), r.Row)
		_, err := s.proposals.Propose(ctx, fmt.Sprintf("import-%d-%d", b.ID, r.TaskID), task.Adjustment{TaskID: r.TaskID, Reason: reason, DocNo: strings.TrimSpace(docNo), Wanted: *r.Wanted})
		switch {
		case err == nil:
			b.Proposed++
			r.Outcome = "已提调整申请，等审批"
		case errs.KindOf(err) == errs.Internal:
			return b, err
		default:
			r.Outcome = "没有导入"
			r.Problems = append(r.Problems, sayAll(err))
			b.Rejected = append(b.Rejected, *r)
			b.Refused++
		}
	}
	if !any {
		return b, nil
	}
	return b, s.db.Update(ctx, func(tx *sqldb.Tx) error { x := b; return putBatch(ctx, tx, who.RegionID, &x) })
}

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func putBatch(ctx context.Context, tx *sqldb.Tx, regionID int64, b *Batch) error {
	rows, err := json.Marshal(b.Rows)
	if err != nil {
		return err
	}
	rejected := ""
	if len(b.Rejected) > 0 {
		x, err := json.Marshal(b.Rejected)
		if err != nil {
			return err
		}
		rejected = string(x)
	}
	n, err := tx.Exec(ctx, updateBatch, regionID, b.ID, string(b.State), string(rows), rejected, b.Added, b.Proposed, b.Refused, b.CommittedAt, b.UndoneAt, b.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return errs.New(errs.Conflict, "别人刚处理过这一批，请看导入记录。")
	}
	b.Version++
	return nil
}

// UndoBatch takes an import back whole (整批撤销): every item of it goes. It is refused, naming the item, once anything has
// happened on one: an account, an adjustment, a light of a closed month, a task book accepted or a pledge signed.
func (s *Service) UndoBatch(ctx context.Context, key string, batchID int64) (b Batch, err error) {
	who, err := auth.Require(ctx, MayImport)
	if err != nil {
		return b, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		_, dup, err := receipt.Take(ctx, tx, who, key, "campaign.batch.undo")
		if err != nil {
			return err
		}
		if b, err = sqldb.One(ctx, tx, selectBatch, scanBatch, who.RegionID, batchID); err != nil || dup {
			return err
		}
		c, _, err := s.openForItems(ctx, tx, who, b.CampaignID)
		if err != nil {
			return err
		}
		if b.State != Committed {
			return errs.New(errs.Conflict, "这一批%s，没有什么要撤销的。", b.State.Chinese())
		}
		list, err := task.List(ctx, tx, who.RegionID, task.Filter{Batch: b.ID})
		if err != nil {
			return err
		}
		if err := undoable(ctx, tx, who.RegionID, c, list); err != nil {
			return err
		}
		for _, t := range list {
			if _, err := tx.Exec(ctx, deleteItem, who.RegionID, t.ID); err != nil {
				return err
			}
			if err := s.tasks.Discard(ctx, tx, who, t.ID); err != nil {
				return err
			}
		}
		b.State, b.UndoneAt = Undone, tx.Now().UnixMilli()
		if err := putBatch(ctx, tx, who.RegionID, &b); err != nil {
			return err
		}
		return ledger.Append(ctx, tx, who, subject(BatchKind, b.ID), "undo", map[string]any{"campaign": b.CampaignID, "removed": len(list)})
	})
	return b, err
}

func undoable(ctx context.Context, tx *sqldb.Tx, regionID int64, c Campaign, list []task.Task) error {
	books, err := sqldb.All(ctx, tx, selectTaskBooks, scanTaskBook, regionID, c.ID)
	if err != nil {
		return err
	}
	accepted := map[int64]bool{}
	for _, b := range books {
		accepted[b.UnitID] = b.State == Accepted
	}
	pledges, err := sqldb.All(ctx, tx, selectPledges, scanPledge, regionID)
	if err != nil {
		return err
	}
	signed := func(t task.Task) bool {
		for _, p := range pledges {
			if p.State != PledgeDraft && p.UnitID == t.LeadUnit && (p.CampaignID == c.ID || p.CampaignID == 0) && p.promises(t.No) {
				return true
			}
		}
		return false
	}
	for _, t := range list {
		adjustments, err := task.AdjustmentsOf(ctx, tx, regionID, task.AdjustmentFilter{Task: t.ID})
		if err != nil {
			return err
		}
		lights, err := task.LightsOf(ctx, tx, regionID, t.ID)
		if err != nil {
			return err
		}
		switch {
		case len(adjustments) > 0:
			return errs.New(errs.Conflict, "“%s”已经有调整申请，这一批不能整批撤销。", t.Title)
		case len(lights) > 0:
			return errs.New(errs.Conflict, "“%s”已经亮灯，这一批不能整批撤销。", t.Title)
		case accepted[t.LeadUnit]:
			return errs.New(errs.Conflict, "“%s”的任务书已经签收，这一批不能整批撤销。", t.Title)
		case signed(t):
			return errs.New(errs.Conflict, "“%s”的目标任务确认书已经签字，这一批不能整批撤销。", t.Title)
		}
	}
	return nil
}

// Batch returns an import with its rows, for who may import into the campaign.
func (s *Service) Batch(ctx context.Context, batchID int64) (b Batch, err error) {
	who, err := auth.Require(ctx, MayImport)
	if err != nil {
		return b, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if b, err = sqldb.One(ctx, tx, selectBatch, scanBatch, who.RegionID, batchID); err != nil {
			return err
		}
		return s.manages(ctx, tx, who, b.CampaignID)
	})
	return b, err
}

// PreviewOf returns a previewed import as it would be judged now, so that its page can be opened again.
func (s *Service) PreviewOf(ctx context.Context, batchID int64) (p Preview, err error) {
	b, err := s.Batch(ctx, batchID)
	if err != nil {
		return p, err
	}
	who, err := auth.From(ctx)
	if err != nil {
		return p, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		c, err := sqldb.One(ctx, tx, selectCampaign, scanCampaign, who.RegionID, b.CampaignID)
		if err != nil {
			return err
		}
		var dir *org.Directory
		if dir, err = s.org.Directory(ctx, tx, who.RegionID); err != nil {
			return err
		}
		have, err := existingItems(ctx, tx, who.RegionID, c)
		if err != nil {
			return err
		}
		p = c.preview(b.Source, dir, have)
		p.BatchID = b.ID
		return nil
	})
	return p, err
}

// Batches returns the imports that were entered into a campaign, the newest first.
func (s *Service) Batches(ctx context.Context, campaignID int64) (out []Batch, err error) {
	who, err := auth.Require(ctx, MayImport)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if err := s.manages(ctx, tx, who, campaignID); err != nil {
			return err
		}
		out, err = sqldb.All(ctx, tx, selectBatches, scanBatch, who.RegionID, campaignID)
		return err
	})
	return out, err
}

// ExpirePreviews removes previews that nobody has confirmed for 7 days, inside the caller's transaction: for the night.
func ExpirePreviews(ctx context.Context, tx *sqldb.Tx, regionID int64) (int64, error) {
	return tx.Exec(ctx, expireBatches, regionID, tx.Now().AddDate(0, 0, -7).UnixMilli())
}
