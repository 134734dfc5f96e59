package appraisal

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/receipt"
)

// Permissions of this area.
var (
	MayRead    = auth.Permit("appraisal.round.read", "查看考核评比", auth.Everyone...)
	MayDraft   = auth.Permit("appraisal.scheme.draft", "起草考核办法", auth.Appraiser)
	MayFreeze  = auth.Permit("appraisal.scheme.freeze", "定稿考核办法", auth.Leader)
	MayRun     = auth.Permit("appraisal.round.run", "组织评比", auth.Appraiser)
	MayConfirm = auth.Permit("appraisal.round.confirm", "确认数据来源", auth.Source)
	MayCheck   = auth.Permit("appraisal.spot.answer", "核对抽查项", auth.Appraiser, auth.Supervisor)
	MayObject  = auth.Permit("appraisal.objection.file", "对得分提出异议", auth.Head, auth.Clerk)
	MayDecide  = auth.Permit("appraisal.objection.decide", "复核异议", auth.Appraiser, auth.Supervisor, auth.Leader)
	MayApprove = auth.Permit("appraisal.round.approve", "审定评比结果", auth.Leader)
)

// Service is what the rest of the program may ask of appraisal.
type Service struct {
	db       *sqldb.DB
	ids      func() int64
	org      *org.Service
	calendar *calendar.Service
	out      *outbox.Outbox
	todos    *notice.Book
}

// New returns a Service.
func New(db *sqldb.DB, ids func() int64, o *org.Service, c *calendar.Service, out *outbox.Outbox, todos *notice.Book) *Service {
	return &Service{db: db, ids: ids, org: o, calendar: c, out: out, todos: todos}
}

// SaveScheme keeps a draft: a new one (ID 0), or the next text of a draft at the version that was read. A frozen scheme is changed by drafting
// its next revision under the same code. A text that cannot be read is refused with the line and what is wrong. Errors: Invalid, Conflict.
func (s *Service) SaveScheme(ctx context.Context, key string, x Scheme) (Scheme, error) {
	who, err := auth.Require(ctx, MayDraft)
	if err != nil {
		return x, err
	}
	parsed, err := x.Parse()
	if err != nil {
		return x, err
	}
	x.Code, x.Name, x.Hash = parsed.ID, parsed.Name, parsed.Hash()
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		prev, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.scheme.save")
		if err != nil {
			return err
		}
		if dup {
			var id int64
			fmt.Sscan(prev, &id)
			x, err = sqldb.One(ctx, tx, selectScheme, scanScheme, who.RegionID, id)
			return err
		}
		x.DraftedBy, x.DraftedAt = who.ID, tx.Now().UnixMilli()
		if x.ID == 0 {
			all, err := sqldb.All(ctx, tx, selectSchemes, scanScheme, who.RegionID)
			if err != nil {
				return err
			}
			x.Revision = 1
			for _, y := range all {
				if y.Code == x.Code {
					if y.State == Draft {
						return errs.New(errs.Conflict, "“%s”已有一份草稿（第%d版），请在它上面改。", y.Name, y.Revision)
					}
					x.Revision = y.Revision + 1
				}
			}
			x.ID, x.State, x.Version = s.ids(), Draft, 1
			if _, err := tx.Exec(ctx, insertScheme, who.RegionID, x.ID, x.Code, x.Name, x.Revision, x.Text, x.Hash, string(x.State), x.DraftedBy, x.DraftedAt); err != nil {
				return err
			}
		} else {
			old, err := sqldb.One(ctx, tx, selectScheme, scanScheme, who.RegionID, x.ID)
			if err != nil {
				return err
			}
			if old.Code != x.Code {
				return errs.At("text", "草稿的 id 是 %s，不能改成 %s。", old.Code, x.Code)
			}
			n, err := tx.Exec(ctx, updateScheme, who.RegionID, x.ID, x.Name, x.Text, x.Hash, x.DraftedBy, x.DraftedAt, x.Version)
			if err != nil {
				return err
			}
			if n == 0 {
				return errs.New(errs.Conflict, "这份办法刚有人改过，或者已经定稿。请看过新的内容再改。")
			}
			x.Revision, x.State, x.Version = old.Revision, Draft, x.Version+1
		}
		if err := receipt.Give(ctx, tx, who, key, fmt.Sprint(x.ID)); err != nil {
			return err
		}
		return ledger.Append(ctx, tx, who, ref.Ref{Kind: "appraisal.scheme", ID: x.ID}, "draft", ledger.Row(x.sealed()))
	})
	return x, err
}

// Freeze puts a draft in force from a day on, with its legal basis. Who drafted it does not freeze it. The checker's errors stop it;
// its warnings do not. Errors: Invalid, Forbidden, Conflict.
func (s *Service) Freeze(ctx context.Context, key string, id, version int64, legalBasis, fromOn string) (Scheme, error) {
	who, err := auth.Require(ctx, MayFreeze)
	if err != nil {
		return Scheme{}, err
	}
	var x Scheme
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.scheme.freeze"); err != nil || dup {
			return err
		}
		if x, err = sqldb.One(ctx, tx, selectScheme, scanScheme, who.RegionID, id); err != nil {
			return err
		}
		if x.DraftedBy == who.ID {
			return errs.New(errs.Forbidden, "这份办法是您起草的，要由别人定稿。")
		}
		if x.State != Draft {
			return errs.New(errs.Conflict, "这份办法%s，不能再定稿。", x.State.Chinese())
		}
		if legalBasis = strings.TrimSpace(legalBasis); legalBasis == "" {
			return errs.At("legal_basis", "定稿要写依据文号，如“宁区委办〔2017〕9号”。")
		}
		if _, err := period.ParseDay(fromOn); err != nil {
			return errs.At("from_on", "从哪天起执行，请写成 2017-04-01 这样。")
		}
		parsed, err := x.Parse()
		if err != nil {
			return err
		}
		var bad []errs.Field
		for _, p := range score.Check(parsed) {
			if p.Level == score.Error {
				bad = append(bad, errs.Field{Name: "text", Message: p.String()})
			}
		}
		if len(bad) > 0 {
			return errs.Refuse("检查没有通过，还不能定稿", bad...)
		}
		x.LegalBasis, x.FromOn, x.State, x.FrozenBy, x.FrozenAt = legalBasis, fromOn, Frozen, who.ID, tx.Now().UnixMilli()
		n, err := tx.Exec(ctx, freezeScheme, who.RegionID, id, x.LegalBasis, x.FromOn, x.FrozenBy, x.FrozenAt, version)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "这份办法刚有人改过，请看过新的内容再定稿。")
		}
		x.Version++
		old, err := sqldb.All(ctx, tx, retireSchemes, scanScheme, who.RegionID, x.Code, x.ID)
		if err != nil {
			return err
		}
		for _, o := range old {
			if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "appraisal.scheme", ID: o.ID}, "retire", ledger.Row(o.sealed())); err != nil {
				return err
			}
		}
		return ledger.Append(ctx, tx, who, ref.Ref{Kind: "appraisal.scheme", ID: x.ID}, "freeze", ledger.Row(x.sealed()))
	})
	return x, err
}

// Schemes lists every revision of every scheme; drafts are for the appraisal office and the leaders.
func (s *Service) Schemes(ctx context.Context) (out []Scheme, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		out, err = sqldb.All(ctx, tx, selectSchemes, scanScheme, who.RegionID)
		return err
	})
	if !who.Overseer() {
		out = slices.DeleteFunc(out, func(x Scheme) bool { return x.State == Draft })
	}
	return out, err
}

// SchemeOf returns a scheme; drafts are for the appraisal office and the leaders.
func (s *Service) SchemeOf(ctx context.Context, id int64) (x Scheme, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return x, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		x, err = sqldb.One(ctx, tx, selectScheme, scanScheme, who.RegionID, id)
		if err == nil && x.State == Draft && !who.Overseer() {
			err = errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		return err
	})
	return x, err
}

// Enter records an event, an exemption or a value by hand, with its document. It counts after somebody else has confirmed it.
func (s *Service) Enter(ctx context.Context, key string, e Event) (Event, error) {
	who, err := auth.Require(ctx, MayRun)
	if err != nil {
		return e, err
	}
	var bad []errs.Field
	if e.UnitID == 0 {
		bad = append(bad, errs.Field{Name: "unit", Message: "还没有选单位。"})
	}
	switch year := period.Quarter(e.Period + "Q1").Valid(); {
	case year && e.Item != ItemYear:
		bad = append(bad, errs.Field{Name: "period", Message: "整年的时段只用于“" + ItemYear + "”；其他的请写成“2017年二季度”或“2017年5月”。"})
	case !year && e.Item == ItemYear:
		bad = append(bad, errs.Field{Name: "period", Message: "“" + ItemYear + "”的时段请写年度，如 2017。"})
	case !year && !period.Quarter(e.Period).Valid() && !period.Month(e.Period).Valid():
		bad = append(bad, errs.Field{Name: "period", Message: "时段请写成“2017年二季度”或“2017年5月”。"})
	}
	if e.Item == ItemYear && !e.Exempt && e.Value == "" {
		bad = append(bad, errs.Field{Name: "value", Message: "请写考评得分，如 86.5。"})
	}
	if strings.TrimSpace(e.DocNo) == "" {
		bad = append(bad, errs.Field{Name: "doc_no", Message: "加扣分和评定要写依据文号。"})
	}
	if e.Item == "" && e.Event == "" {
		bad = append(bad, errs.Field{Name: "event", Message: "请选是哪个指标，或者哪类加扣分事项。"})
	}
	for name, v := range map[string]string{"value": e.Value, "target": e.Target} {
		if v != "" && !parse(v).Valid {
			bad = append(bad, errs.Field{Name: name, Message: "“" + v + "”不是数字。"})
		}
	}
	if e.Count == 0 {
		e.Count = 10000
	}
	if err := errs.Refuse("还没记上", bad...); err != nil {
		return e, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.event.enter"); err != nil || dup {
			return err
		}
		e.ID, e.EnteredBy, e.EnteredAt = s.ids(), who.ID, tx.Now().UnixMilli()
		if _, err := tx.Exec(ctx, insertEvent, who.RegionID, e.ID, e.UnitID, e.Period, e.Item, e.Event, e.Value, e.Target, e.Count, e.Role, e.DocNo, e.Exempt, e.EnteredBy, e.EnteredAt); err != nil {
			return err
		}
		return ledger.Append(ctx, tx, who, ref.Ref{Kind: "appraisal.event", ID: e.ID}, "enter", ledger.Row(e.sealed()))
	})
	return e, err
}

// ConfirmEvent confirms an entered event, or strikes it out; who entered it does not confirm it.
func (s *Service) ConfirmEvent(ctx context.Context, key string, id int64, good bool) error {
	who, err := auth.Require(ctx, MayRun)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.event.confirm"); err != nil || dup {
			return err
		}
		e, err := sqldb.One(ctx, tx, selectEvent, scanEvent, who.RegionID, id)
		if err != nil {
			return err
		}
		if e.EnteredBy == who.ID {
			return errs.New(errs.Forbidden, "这一条是您记的，要由别人确认。")
		}
		if who.InUnit(e.UnitID) {
			return errs.New(errs.Forbidden, "不能确认本单位的加扣分。")
		}
		n, err := tx.Exec(ctx, confirmEvent, who.RegionID, id, who.ID, tx.Now().UnixMilli(), !good)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "这一条已经确认过了。")
		}
		e.ConfirmedBy, e.Void = who.ID, !good
		return ledger.Append(ctx, tx, who, ref.Ref{Kind: "appraisal.event", ID: e.ID}, "confirm", ledger.Row(e.sealed()))
	})
}

// Events lists what was entered by hand for a quarter, its months and its year.
func (s *Service) Events(ctx context.Context, q period.Quarter) (out []Event, err error) {
	who, err := auth.Require(ctx, MayRun)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		m := q.Months()
		for _, p := range []string{string(q), string(m[0]), string(m[1]), string(m[2]), string(q[:4])} {
			list, err := sqldb.All(ctx, tx, selectEvents, scanEvent, who.RegionID, p)
			if err != nil {
				return err
			}
			out = append(out, list...)
		}
		return nil
	})
	return out, err
}
