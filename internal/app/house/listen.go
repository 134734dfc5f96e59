package house

import (
	"context"
	"encoding/json"
	"fmt"

	"duban/internal/area/appraisal"
	"duban/internal/area/campaign"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/notice"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
)

// listen turns facts into to-dos (待办): what one area's act asks of a unit or an office, and what answers it. Facts come in no promised order, so each
// to-do is opened and done by the fact (OpenBy, DoneBy).
func (h *House) listen() {
	h.Notices.Fitting(appraisal.SpotKind, h.spots)
	type body struct {
		Task     int64  `json:"task"`
		Unit     int64  `json:"unit"`
		HelpUnit int64  `json:"help_unit"`
		Period   string `json:"period"`
		Waiting  int    `json:"waiting"`
		No       int64  `json:"no"`
		Of       int64  `json:"of"`
		Title    string `json:"title"`
		Words    string `json:"words"`
	}
	on := func(pattern, name string, fn func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, b body) error) {
		h.Outbox.Handle(pattern, name, func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact) error {
			var b body
			if err := json.Unmarshal(f.Body, &b); err != nil {
				return err
			}
			return fn(ctx, tx, f, b)
		})
	}
	on("task.adjustment.proposed", "todo.adjustment", func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, b body) error {
		t, err := task.Get(ctx, tx, f.RegionID, b.Task)
		if err != nil {
			return err
		}
		return h.NoticeBook.OpenBy(ctx, tx, f.RegionID, f.ID, notice.Todo{Role: auth.Leader, Kind: "task.adjustment.decide", Subject: f.Subject,
			Title: "审批“" + t.Title + "”的调整申请", Href: "/adjustments/" + id.Format(f.Subject.ID)})
	})
	for _, x := range [][2]string{{"decided", "todo.adjustment.done"}, {"withdrawn", "todo.adjustment.withdrawn"}} {
		on("task.adjustment."+x[0], x[1], func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, _ body) error {
			return h.NoticeBook.DoneBy(ctx, tx, f.RegionID, f.ID, "task.adjustment.decide", f.Subject)
		})
	}
	// helped closes what earlier accounts of a task asked for: a request for help stands until the unit reports anew, takes it back, or is done.
	helped := func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, taskID int64, which func(task.Account) bool) error {
		list, err := task.Accounts(ctx, tx, f.RegionID, taskID)
		if err != nil {
			return err
		}
		for _, a := range list {
			if a.HelpUnit != 0 && which(a) {
				if err := h.NoticeBook.DoneBy(ctx, tx, f.RegionID, f.ID, "task.help.answer", ref.Ref{Kind: "task.account", ID: a.ID}); err != nil {
					return err
				}
			}
		}
		return nil
	}
	on("task.account.withdrawn", "todo.help.withdrawn", func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, b body) error {
		return helped(ctx, tx, f, b.Task, func(a task.Account) bool { return a.ID == f.Subject.ID })
	})
	on("task.task.close", "todo.help.closed", func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, _ body) error {
		return helped(ctx, tx, f, f.Subject.ID, func(task.Account) bool { return true })
	})
	on("task.account.submitted", "todo.help", func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, b body) error {
		if err := helped(ctx, tx, f, b.Task, func(a task.Account) bool { return a.ID < f.Subject.ID }); err != nil || b.HelpUnit == 0 {
			return err
		}
		a, err := task.AccountOf(ctx, tx, f.RegionID, f.Subject.ID)
		if err != nil {
			return err
		}
		t, err := task.Get(ctx, tx, f.RegionID, b.Task)
		if err != nil {
			return err
		}
		return h.NoticeBook.OpenBy(ctx, tx, f.RegionID, f.ID, notice.Todo{Unit: b.HelpUnit, Kind: "task.help.answer", Subject: f.Subject,
			Title: "“" + t.Title + "”请求帮助：" + a.Help, Href: "/todo?help=" + id.Format(f.Subject.ID)})
	})
	on("task.task.complete", "todo.completion", func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, _ body) error {
		t, err := task.Get(ctx, tx, f.RegionID, f.Subject.ID)
		if err != nil {
			return err
		}
		return h.NoticeBook.OpenBy(ctx, tx, f.RegionID, f.ID, notice.Todo{Role: auth.Supervisor, Kind: "task.task.close", Subject: f.Subject,
			Title: "核验“" + t.Title + "”的办结", Href: "/tasks/" + id.Format(t.ID)})
	})
	denied := func(no int64) string { return fmt.Sprintf("task.milestone.claim.%d", no) }
	undeny := func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, of ref.Ref, n int64) error {
		for no := int64(1); no <= n; no++ {
			if err := h.NoticeBook.DoneBy(ctx, tx, f.RegionID, f.ID, denied(no), of); err != nil {
				return err
			}
		}
		return nil
	}
	on("task.milestone.*", "todo.milestone", func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, b body) error {
		t, err := task.Get(ctx, tx, f.RegionID, b.Task)
		if err != nil {
			return err
		}
		if b.Waiting == 0 {
			err = h.NoticeBook.DoneBy(ctx, tx, f.RegionID, f.ID, "task.milestone.check", f.Subject)
		} else {
			err = h.NoticeBook.OpenBy(ctx, tx, f.RegionID, f.ID, notice.Todo{Role: auth.Supervisor, Kind: "task.milestone.check", Subject: f.Subject,
				Title: "核验“" + t.Title + "”的节点", Href: "/tasks/" + id.Format(t.ID) + "#milestones"})
		}
		if err != nil {
			return err
		}
		switch f.Name {
		case "task.milestone.deny":
			return h.NoticeBook.OpenBy(ctx, tx, f.RegionID, f.ID, notice.Todo{Unit: b.Unit, Kind: denied(b.No), Subject: f.Subject,
				Title: "节点“" + b.Title + "”核验不属实：" + b.Words, Href: "/tasks/" + id.Format(t.ID) + "#milestones"})
		case "task.milestone.adjust":
			return undeny(ctx, tx, f, f.Subject, b.Of)
		}
		return h.NoticeBook.DoneBy(ctx, tx, f.RegionID, f.ID, denied(b.No), f.Subject)
	})
	on("task.task.close", "todo.milestone.closed", func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, _ body) error {
		of := ref.Ref{Kind: task.MilestoneKind, ID: f.Subject.ID}
		ms, err := task.Milestones(ctx, tx, f.RegionID, f.Subject.ID)
		if err != nil || len(ms) == 0 {
			return err
		}
		if err := h.NoticeBook.DoneBy(ctx, tx, f.RegionID, f.ID, "task.milestone.check", of); err != nil {
			return err
		}
		return undeny(ctx, tx, f, of, int64(len(ms)))
	})
	for _, name := range []string{"close", "send_back"} {
		on("task.task."+name, "todo.completion."+name, func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, _ body) error {
			return h.NoticeBook.DoneBy(ctx, tx, f.RegionID, f.ID, "task.task.close", f.Subject)
		})
	}
}

// spots fits the to-do of a round's spot checks to who looks: how many are open, and whether any is his.
func (h *House) spots(ctx context.Context, tx *sqldb.Tx, who auth.Actor, t notice.Todo) (notice.Todo, bool, error) {
	open, his, err := h.Appraisal.SpotsFor(ctx, tx, who, t.Subject.ID)
	t.Title += fmt.Sprintf("，还有 %d 项", open)
	return t, his, err
}

// nameOf gives the name of another area's record, for bulletins and lists.
func (h *House) nameOf(ctx context.Context, tx *sqldb.Tx, regionID int64, r ref.Ref) (string, error) {
	if r.Kind != campaign.Kind {
		return "", nil
	}
	name, err := campaign.NameOf(ctx, tx, regionID, r.ID)
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	return name, err
}

// Anchor signs the region's ledger as it stands and returns the short code that is printed on papers.
func (h *House) Anchor(ctx context.Context, regionID int64) (code string, err error) {
	err = h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		c, err := h.Ledger.CheckpointIn(ctx, tx, regionID)
		code = c.Code()
		return err
	})
	if err != nil {
		return "", fmt.Errorf("house: anchor: %w", err)
	}
	return code, nil
}
