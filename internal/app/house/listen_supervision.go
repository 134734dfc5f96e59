package house

import (
	"context"
	"encoding/json"

	"duban/internal/base/id"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/notice"
	"duban/internal/spine/outbox"
)

// listenSupervision turns what supervision has done into to-dos (待办): a finding waits for its unit, then for the
// supervision office; a named unit has a bulletin's facts to confirm; an order waits for its unit's answer.
func (h *House) listenSupervision() {
	type body struct {
		Unit     string `json:"unit"`
		Bulletin string `json:"bulletin"`
		DueOn    string `json:"due_on"`
		What     string `json:"what"`
	}
	on := func(fact string, fn func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, b body) error) {
		h.Outbox.Handle("supervision."+fact, "todo."+fact, func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact) error {
			var b body
			if err := json.Unmarshal(f.Body, &b); err != nil {
				return err
			}
			return fn(ctx, tx, f, b)
		})
	}
	// give opens a to-do, take closes one.
	give := func(unit bool, kind, title, path string) func(context.Context, *sqldb.Tx, outbox.Fact, body) error {
		return func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, b body) error {
			title := title
			if b.What != "" { // a fact of an older program has none
				title += "：" + b.What
			}
			t := notice.Todo{Kind: kind, Subject: f.Subject, Title: title, Href: path + id.Format(f.Subject.ID), DueOn: b.DueOn}
			if unit {
				t.Unit = id.Parse(b.Unit)
			} else {
				t.Role = auth.Supervisor
			}
			return h.NoticeBook.OpenBy(ctx, tx, f.RegionID, f.ID, t)
		}
	}
	take := func(kinds ...string) func(context.Context, *sqldb.Tx, outbox.Fact, body) error {
		return func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, _ body) error {
			for _, k := range kinds {
				if err := h.NoticeBook.DoneBy(ctx, tx, f.RegionID, f.ID, k, f.Subject); err != nil {
					return err
				}
			}
			return nil
		}
	}
	both := func(fns ...func(context.Context, *sqldb.Tx, outbox.Fact, body) error) func(context.Context, *sqldb.Tx, outbox.Fact, body) error {
		return func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, b body) error {
			for _, fn := range fns {
				if err := fn(ctx, tx, f, b); err != nil {
					return err
				}
			}
			return nil
		}
	}
	const mend, closing, reply, endOrder, confirm = "supervision.finding.report", "supervision.finding.close", "supervision.order.reply", "supervision.order.close", "supervision.bulletin.confirm"
	on("finding.issued", give(true, mend, "督查问题，请整改", "/findings/"))
	on("finding.reported", both(take(mend), give(false, closing, "已报结，请复核销号", "/findings/")))
	on("finding.closed", take(mend, closing))
	on("finding.sent_back", both(take(closing), give(true, mend, "退回，请重新整改", "/findings/")))
	on("finding.reopened", both(take(closing), give(true, mend, "重新打开，请整改", "/findings/")))
	on("order.issued", give(true, reply, "督办单，请签收办理", "/orders/"))
	on("order.replied", both(take(reply), give(false, endOrder, "督办单已回复，请核实", "/orders/")))
	on("order.sent_back", both(take(endOrder), give(true, reply, "督办单退回，请重新办理", "/orders/")))
	on("order.closed", take(reply, endOrder))
	on("order.escalated", take(reply, endOrder))
	on("confirmation.asked", func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, b body) error {
		return h.NoticeBook.OpenBy(ctx, tx, f.RegionID, f.ID, notice.Todo{Unit: id.Parse(b.Unit), Kind: confirm, Subject: ref.Ref{Kind: "supervision.bulletin", ID: id.Parse(b.Bulletin)},
			Title: "督查通报点名本单位，请核对事实", Href: "/bulletins/" + b.Bulletin + "/confirm?unit=" + b.Unit, DueOn: b.DueOn})
	})
	answered := func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact, b body) error {
		return h.NoticeBook.DoneForBy(ctx, tx, f.RegionID, f.ID, confirm, ref.Ref{Kind: "supervision.bulletin", ID: id.Parse(b.Bulletin)}, id.Parse(b.Unit))
	}
	on("confirmation.confirmed", answered)
	on("confirmation.disputed", answered)
	on("bulletin.published", take(confirm))
	on("bulletin.taken_back", take(confirm))
}
