package supervision

import (
	"context"
	"fmt"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
	"duban/internal/spine/org"
)

func orderRef(id int64) ref.Ref { return ref.Ref{Kind: OrderKind, ID: id} }

// IssueOrder sends a unit a slip (签发督办单). It begins with blue; orange or red at once need their cause.
// Errors: Invalid, Conflict (an open slip of the same matter stands: one matter, one slip).
func (s *Service) IssueOrder(ctx context.Context, key string, d OrderDraft) (orderID int64, err error) {
	return s.once(ctx, MayOrder, key, "supervision.order.issue", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		return s.issueOrder(ctx, tx, who, d, nil)
	})
}

func (s *Service) issueOrder(ctx context.Context, tx *sqldb.Tx, who auth.Actor, d OrderDraft, follows *Order) (int64, error) {
	o, err := d.write(follows)
	if err != nil {
		return 0, err
	}
	dir, err := s.org.Directory(ctx, tx, who.RegionID)
	if err != nil {
		return 0, err
	}
	if dir.Unit(o.UnitID) == nil {
		return 0, errs.At("unit", "没有这个单位，请重新选。")
	}
	if o.DueOn, o.CalendarVersion, err = s.due(ctx, tx, d.Days); err != nil {
		return 0, err
	}
	year := period.MonthOf(tx.Now()).Year()
	n, err := number(ctx, tx, who.RegionID, "order "+string(o.Level), year)
	if err != nil {
		return 0, err
	}
	o.ID, o.IssuedBy, o.IssuedAt = s.ids(), who.ID, tx.Now().UnixMilli()
	o.No = fmt.Sprintf("%s〔%s〕%d号", map[Level]string{Blue: "蓝", Orange: "橙", Red: "红"}[o.Level], year, n)
	if _, err := tx.Exec(ctx, insertOrder, who.RegionID, o.ID, o.No, string(o.Level), o.UnitID, o.About.Kind, o.About.ID, o.Matter, o.Requirement, o.Cause, o.Basis, o.Follows,
		o.DueOn, o.CalendarVersion, string(o.State), o.IssuedBy, o.IssuedAt); err != nil {
		if errs.KindOf(err) == errs.Conflict {
			return 0, errs.New(errs.Conflict, "这件事已经有一张没办结的督办单，一事一单，不能再发。要加码请在那张单上升级。")
		}
		return 0, err
	}
	return o.ID, s.afterOrder(ctx, tx, who, o, "issue", o.Requirement)
}

func (s *Service) afterOrder(ctx context.Context, tx *sqldb.Tx, who auth.Actor, o Order, verb, text string) error {
	if err := s.step(ctx, tx, who, orderRef(o.ID), verb, text); err != nil {
		return err
	}
	return s.record(ctx, tx, who, orderRef(o.ID), verb, o.sealed(), map[string]any{"unit": fmt.Sprint(o.UnitID), "level": o.Level, "due_on": o.DueOn, "what": brief(o.Matter)})
}

func (s *Service) turnOrder(ctx context.Context, p auth.Permission, key string, id int64, verb, text string, fn func(tx *sqldb.Tx, who auth.Actor, o *Order) error) error {
	_, err := s.once(ctx, p, key, "supervision.order."+verb, func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		o, err := sqldb.One(ctx, tx, lockOrder, scanOrder, who.RegionID, id)
		if err != nil {
			return 0, err
		}
		if p == MayReply {
			err = who.OwnUnit(o.UnitID)
		} else {
			err = who.MaySee(o.UnitID)
		}
		if err != nil {
			return 0, err
		}
		if err := fn(tx, who, &o); err != nil {
			return 0, err
		}
		return id, s.putOrder(ctx, tx, who, o, verb, text)
	})
	return err
}

func (s *Service) putOrder(ctx context.Context, tx *sqldb.Tx, who auth.Actor, o Order, verb, text string) error {
	if _, err := tx.Exec(ctx, updateOrder, who.RegionID, o.ID, string(o.State), o.AcceptedAt, o.Reply, o.RepliedBy, o.RepliedAt, o.ClosedAt, o.Urged, o.DueOn, o.CalendarVersion); err != nil {
		return err
	}
	return s.afterOrder(ctx, tx, who, o, verb, text)
}

func (o Order) must(want ...OrderState) error {
	for _, s := range want {
		if o.State == s {
			return nil
		}
	}
	return errs.New(errs.Conflict, "督办单%s现在是“%s”，不能这样操作。", o.No, o.State.Chinese())
}

// AcceptOrder signs for an order (签收), by its unit.
func (s *Service) AcceptOrder(ctx context.Context, key string, id int64) error {
	return s.turnOrder(ctx, MayReply, key, id, "accept", "", func(tx *sqldb.Tx, _ auth.Actor, o *Order) error {
		err := o.must(OrderIssued)
		o.State, o.AcceptedAt = OrderAccepted, tx.Now().UnixMilli()
		return err
	})
}

// ReplyOrder answers an order (回复), by its unit; it signs for it too, if nobody has.
func (s *Service) ReplyOrder(ctx context.Context, key string, id int64, text string, files ...evidence.File) error {
	return s.turnOrder(ctx, MayReply, key, id, "reply", text, func(tx *sqldb.Tx, who auth.Actor, o *Order) error {
		var x texts
		o.Reply = x.need("reply", "办理情况", text, 2000)
		if err := x.refuse(); err != nil {
			return err
		}
		if err := o.must(OrderIssued, OrderAccepted, OrderSentBack); err != nil {
			return err
		}
		if o.AcceptedAt == 0 {
			o.AcceptedAt = tx.Now().UnixMilli()
		}
		o.State, o.RepliedBy, o.RepliedAt = OrderReplied, who.ID, tx.Now().UnixMilli()
		for _, f := range files {
			if _, err := s.evidence.PutFile(ctx, tx, who, orderRef(o.ID), o.UnitID, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// UrgeOrder urges the unit of an open order (催办).
func (s *Service) UrgeOrder(ctx context.Context, key string, id int64, text string) error {
	return s.turnOrder(ctx, MayOrder, key, id, "urge", text, func(_ *sqldb.Tx, _ auth.Actor, o *Order) error {
		o.Urged++
		return o.must(OrderIssued, OrderAccepted, OrderSentBack)
	})
}

// CloseOrder accepts the reply to an order (办结); nobody of the unit may.
func (s *Service) CloseOrder(ctx context.Context, key string, id int64, text string) error {
	return s.turnOrder(ctx, MayOrder, key, id, "close", text, func(tx *sqldb.Tx, who auth.Actor, o *Order) error {
		if who.InUnit(o.UnitID) || who.ID == o.RepliedBy {
			return errs.New(errs.Forbidden, "承办单位的人不能自己办结督办单。")
		}
		err := o.must(OrderReplied)
		o.State, o.ClosedAt = OrderClosed, tx.Now().UnixMilli()
		return err
	})
}

// SendBackOrder refuses the reply to an order (退回重办), with the reason and new working days.
func (s *Service) SendBackOrder(ctx context.Context, key string, id int64, reason string, days int) error {
	return s.turnOrder(ctx, MayOrder, key, id, "send_back", reason, func(tx *sqldb.Tx, who auth.Actor, o *Order) (err error) {
		var x texts
		x.need("reason", "退回原因", reason, 1000)
		if days < 1 || days > 250 {
			x.add("days", "办理时限请写 1 到 250 个工作日。")
		}
		if err := x.refuse(); err != nil {
			return err
		}
		if err := o.must(OrderReplied); err != nil {
			return err
		}
		o.State = OrderSentBack
		o.DueOn, o.CalendarVersion, err = s.due(ctx, tx, days)
		return err
	})
}

// EscalateOrder follows an order that is unanswered after its day with one of the next level (升级): blue → orange → red.
// Errors: Conflict (not overdue, or red already).
// Source: domain 16.1 [16].
func (s *Service) EscalateOrder(ctx context.Context, key string, id int64, requirement string, days int) (orderID int64, err error) {
	return s.once(ctx, MayOrder, key, "supervision.order.escalate", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		o, err := sqldb.One(ctx, tx, lockOrder, scanOrder, who.RegionID, id)
		if err != nil {
			return 0, err
		}
		switch {
		case !o.Overdue(period.Day(tx.Now())):
			return 0, errs.New(errs.Conflict, "督办单%s还没有逾期未办（时限 %s，%s），不能升级。", o.No, o.DueOn, o.State.Chinese())
		case o.Level == Red:
			return 0, errs.New(errs.Conflict, "督办单%s已经是红单，逾期未办请按程序约谈。", o.No)
		}
		before := o
		o.State = OrderEscalated
		if err := s.putOrder(ctx, tx, who, o, "escalate", requirement); err != nil {
			return 0, err
		}
		return s.issueOrder(ctx, tx, who, OrderDraft{Level: before.Level.next(), UnitID: o.UnitID, About: o.About, Matter: o.Matter, Requirement: requirement, Basis: o.Basis, Days: days}, &before)
	})
}

// OrderFilter chooses orders; zero fields choose nothing away.
type OrderFilter struct {
	Unit  int64
	State OrderState
	Level Level
	Open  bool // not closed, not escalated
}

// OrderLine is an order in a list.
type OrderLine struct {
	Order
	Late bool
	Mine bool
}

// Orders lists orders, the most pressing first: those who oversee see all, others their own units'.
func (s *Service) Orders(ctx context.Context, f OrderFilter) (out []OrderLine, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		q := listOrders.With(who.RegionID).If(f.Unit != 0, `unit_id = ?`, f.Unit).If(f.State != "", `state = ?`, string(f.State)).If(f.Level != "", `level = ?`, string(f.Level)).
			If(f.Open, `state <> 'closed' AND state <> 'escalated'`)
		list, err := sqldb.Rows(ctx, tx, q, scanOrder, everything)
		for _, o := range list {
			if who.Sees(o.UnitID) {
				out = append(out, OrderLine{o, o.Overdue(period.Day(tx.Now())), who.InUnit(o.UnitID)})
			}
		}
		return err
	})
	return out, err
}

// OrderView is an order with its history and proof.
type OrderView struct {
	OrderLine
	Before   *Order // the one it followed
	Steps    []Step
	Exhibits []evidence.Exhibit
}

// Order returns an order to its unit and to those who oversee. Errors: NotFound for others.
func (s *Service) Order(ctx context.Context, id int64) (v OrderView, err error) {
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		o, err := sqldb.One(ctx, tx, selectOrder, scanOrder, who.RegionID, id)
		if err != nil {
			return err
		}
		if err := who.MaySee(o.UnitID); err != nil {
			return err
		}
		v.OrderLine = OrderLine{o, o.Overdue(period.Day(tx.Now())), who.InUnit(o.UnitID)}
		if o.Follows != 0 {
			b, err := sqldb.One(ctx, tx, selectOrder, scanOrder, who.RegionID, o.Follows)
			if err != nil {
				return err
			}
			v.Before = &b
		}
		if v.Steps, err = steps(ctx, tx, who.RegionID, orderRef(id)); err != nil {
			return err
		}
		v.Exhibits, err = s.evidence.List(ctx, tx, who.RegionID, orderRef(id))
		return err
	})
	return v, err
}

// EachOrder yields every order of the region in its sealed form.
func EachOrder(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectOrdersAll, scanOrder, func(o Order) error { return yield(o.ID, o.sealed()) }, regionID)
}
