package conduct

import (
	"context"
	"fmt"
	"strconv"
	"strings"

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

// The permissions of conduct. Which signal a person may see is asked of the signal.
var (
	MayRead    = auth.Permit("conduct.signal.read", "查看作风线索", auth.Leader, auth.Supervisor, auth.Head, auth.Clerk, auth.TaskForce)
	MayKeep    = auth.Permit("conduct.signal.keep", "办理作风线索", auth.Supervisor)
	MayFind    = auth.Permit("conduct.signal.find", "认定作风线索", auth.Supervisor, auth.Leader)
	MayExplain = auth.Permit("conduct.signal.explain", "说明作风线索", auth.Head, auth.Clerk, auth.TaskForce)
	MayRule    = auth.Permit("conduct.rule.set", "设定作风线索规则", auth.Supervisor, auth.Leader)

	MayMeasures = auth.Permit("conduct.measure.read", "查看八条措施", auth.Everyone...)
	MayAdopt    = auth.Permit("conduct.measure.adopt", "维护八条措施", auth.Supervisor)
	MayAct      = auth.Permit("conduct.action.done", "报告措施落实", auth.Head, auth.Clerk, auth.TaskForce, auth.Supervisor, auth.Appraiser)
	MayReview   = auth.Permit("conduct.measure.review", "半年评估八条措施", auth.Supervisor, auth.Leader)

	MayPraise = auth.Permit("conduct.praise.give", "登记正向激励", auth.Supervisor, auth.Leader)
	MaySettle = auth.Permit("conduct.praise.settle", "研究加分建议", auth.Appraiser)

	MayName = auth.Permit("conduct.reader.name", "指定考察记录查阅人", auth.Leader)
	MayExam = auth.Permit("conduct.exam.read", "查阅一线考察记录", auth.Leader, auth.Supervisor)
)

// Kinds of the sealed subjects.
const (
	DocumentKind = "conduct.document"
	ActionKind   = "conduct.action"
	ReviewKind   = "conduct.review"
	RuleKind     = "conduct.rule"
	SignalKind   = "conduct.signal"
	PraiseKind   = "conduct.praise"
	ReaderKind   = "conduct.reader"
	ExamKind     = "conduct.exam"
)

// explainDays is how many working days a unit has to explain a signal. Source: domain 9, 15.2 (杭州 20, 济南 15).
const explainDays = 10

// Service is what the rest of the program may ask of conduct.
type Service struct {
	db       *sqldb.DB
	ids      func() int64
	org      *org.Service
	calendar *calendar.Service
	notices  *notice.Book
	out      *outbox.Outbox
	salt     func(id int64) []byte
}

// New returns a Service, registers its sealed subjects with the ledger and asks the outbox for the facts that it lives on.
func New(db *sqldb.DB, ids func() int64, o *org.Service, cal *calendar.Service, notices *notice.Book, out *outbox.Outbox) *Service {
	for _, x := range []struct {
		kind, name string
		read       ledger.Reader
	}{{DocumentKind, "八条措施", EachDocument}, {ActionKind, "措施行动", EachAction}, {ReviewKind, "半年评估", EachReview}, {RuleKind, "作风线索规则", EachRule},
		{SignalKind, "作风线索", EachSignal}, {PraiseKind, "正向激励", EachPraise}, {ReaderKind, "考察记录查阅人", EachReader}, {ExamKind, "一线考察记录（摘要）", EachExam}} {
		ledger.RegisterSubject(x.kind, x.read, ledger.Labels{"": x.name})
	}
	s := &Service{db: db, ids: ids, org: o, calendar: cal, notices: notices, out: out, salt: chance}
	s.listen()
	return s
}

// once runs an act in one transaction and makes a form that is sent twice count once. fn returns the id of what it made or changed.
func (s *Service) once(ctx context.Context, p auth.Permission, key, act string, fn func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) (int64, error)) (id int64, err error) {
	who, err := auth.Require(ctx, p)
	if err != nil {
		return 0, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		earlier, dup, err := receipt.Take(ctx, tx, who, key, act)
		if err != nil {
			return err
		}
		if dup {
			id, err = strconv.ParseInt(earlier, 10, 64)
			return err
		}
		d, err := s.org.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		if id, err = fn(tx, who, d); err != nil {
			return err
		}
		return receipt.Give(ctx, tx, who, key, strconv.FormatInt(id, 10))
	})
	return id, err
}

// look runs a reading in one transaction, with the directory.
func (s *Service) look(ctx context.Context, p auth.Permission, fn func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error) error {
	who, err := auth.Require(ctx, p)
	if err != nil {
		return err
	}
	return s.db.View(ctx, func(tx *sqldb.Tx) error {
		d, err := s.org.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		return fn(tx, who, d)
	})
}

// seal records an act with the row as it now stands.
func seal(ctx context.Context, tx *sqldb.Tx, who auth.Actor, kind string, id int64, verb string, row any) error {
	return ledger.Append(ctx, tx, who, ref.Ref{Kind: kind, ID: id}, verb, ledger.Row(row))
}

func gone() error { return errs.New(errs.NotFound, "没有找到，或者您无权查看") }

func stale(what string) error {
	return errs.New(errs.Conflict, "别人刚改过这%s，请看过新的内容再操作。", what)
}

// belongs reports whether a person is of the unit or one below it.
func belongs(d *org.Directory, personID, unitID int64) bool {
	p := d.Person(personID)
	if p == nil {
		return false
	}
	for _, u := range d.Below(unitID) {
		if u == p.UnitID {
			return true
		}
	}
	return false
}

func joinIDs(ids []int64) string {
	var out []string
	for _, id := range ids {
		out = append(out, strconv.FormatInt(id, 10))
	}
	return strings.Join(out, ",")
}

func splitIDs(s string) (out []int64) {
	for _, p := range strings.Split(s, ",") {
		if id, err := strconv.ParseInt(p, 10, 64); err == nil {
			out = append(out, id)
		}
	}
	return out
}

// texts collects what is empty though it must not be, and what is too long.
type texts struct{ bad []errs.Field }

func (t *texts) need(name, label, text string, most int) string {
	text = strings.TrimSpace(text)
	if text == "" {
		t.add(name, "还没有写%s。", label)
	}
	return t.short(name, label, text, most)
}

func (t *texts) short(name, label, text string, most int) string {
	text = strings.TrimSpace(text)
	if n := len([]rune(text)); n > most {
		t.add(name, "%s写了 %d 字，最多 %d 字。请删去一些。", label, n, most)
	}
	return text
}

func (t *texts) day(name, label, day string) string {
	day = strings.TrimSpace(day)
	if _, err := period.ParseDay(day); err != nil {
		t.add(name, "%s请写成 2017-03-05 这样的日期。", label)
	}
	return day
}

func (t *texts) add(name, format string, args ...any) {
	t.bad = append(t.bad, errs.Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

func (t *texts) refuse() error {
	return errs.Refuse(fmt.Sprintf("有 %d 处要改", len(t.bad)), t.bad...)
}
