package burden

import (
	"context"
	"fmt"
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

// The permissions of the account. The mailbox itself is open to whoever is logged in.
var (
	MayRead    = auth.Permit("burden.load.read", "查看减负账本", auth.Everyone...)
	MayPropose = auth.Permit("burden.return.propose", "申请新增报表", auth.Supervisor, auth.Appraiser, auth.TaskForce, auth.Head, auth.Clerk, auth.Source)
	MaySign    = auth.Permit("burden.return.sign", "签字说明超限理由", auth.Head, auth.Leader)
	MayDecide  = auth.Permit("burden.return.decide", "审批新增报表", auth.Supervisor, auth.Leader)
	MayLimit   = auth.Permit("burden.limit.set", "设定减负上限", auth.Supervisor, auth.Leader)
	MayState   = auth.Permit("burden.statement.make", "填写自查确认", auth.Supervisor)
	MayReadAll = auth.Permit("burden.suggestion.read", "查看意见箱", auth.Supervisor, auth.Appraiser, auth.Leader, auth.Auditor)
	MayAnswer  = auth.Permit("burden.suggestion.answer", "答复意见", auth.Supervisor, auth.Appraiser)
)

// answerDays is how many working days the office has to answer a suggestion. Source: domain 15.2, 16.3 (consequence 6).
const answerDays = 10

// Kinds of the sealed subjects.
const (
	SuggestionKind = "burden.suggestion"
	ReturnKind     = "burden.return"
	LimitKind      = "burden.limit"
	StatementKind  = "burden.statement"
)

// CheckCounter says how many checks (督查检查) each unit of the region received in a month. Checks belong to an area; package app joins them.
type CheckCounter func(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month) (map[int64]int64, error)

// Service is what the rest of the program may ask of the account.
type Service struct {
	db       *sqldb.DB
	ids      func() int64
	org      *org.Service
	calendar *calendar.Service
	notices  *notice.Book
	out      *outbox.Outbox
	checks   CheckCounter
}

// New returns a Service and registers its sealed subjects with the ledger.
func New(db *sqldb.DB, ids func() int64, o *org.Service, cal *calendar.Service, notices *notice.Book, out *outbox.Outbox) *Service {
	ledger.RegisterSubject(SuggestionKind, EachSuggestion, ledger.Labels{"": "意见", "kind": "类别", "page": "页面", "text": "内容", "due_on": "答复期限", "outcome": "处理结果", "answer": "答复"})
	ledger.RegisterSubject(ReturnKind, EachReturn, ledger.Labels{"": "报表登记", "name": "名称", "basis": "依据", "minutes": "预计分钟", "fields": "填报项", "state": "状态", "over_reason": "超限理由"})
	ledger.RegisterSubject(LimitKind, EachLimit, ledger.Labels{"": "减负上限", "sheets": "报表张数", "fields": "填报项数", "minutes": "分钟", "checks": "检查次数", "basis": "依据"})
	ledger.RegisterSubject(StatementKind, EachStatement, ledger.Labels{"": "自查确认", "clause": "条目", "met": "符合", "text": "说明"})
	return &Service{db: db, ids: ids, org: o, calendar: cal, notices: notices, out: out}
}

// CountingChecks tells how checks are counted; it is called while the program is put together. Without it the meter says that checks are not counted.
func (s *Service) CountingChecks(c CheckCounter) { s.checks = c }

// once runs an act in one transaction and makes a form that is sent twice count once.
func (s *Service) once(ctx context.Context, p auth.Permission, key, act string, fn func(tx *sqldb.Tx, who auth.Actor) (int64, error)) (out int64, err error) {
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
			_, err = fmt.Sscan(earlier, &out)
			return err
		}
		if out, err = fn(tx, who); err != nil {
			return err
		}
		return receipt.Give(ctx, tx, who, key, fmt.Sprint(out))
	})
	return out, err
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

// due returns the last day of a limit of working days that begins today, with the version of the calendar; "" if the year's holidays are not
// known yet, for a mailbox takes in what is written whatever the calendar knows.
func (s *Service) due(ctx context.Context, tx *sqldb.Tx, from string, days int) (day string, version int64, err error) {
	cal, err := s.calendar.LoadIn(ctx, tx)
	if err != nil {
		return "", 0, err
	}
	day, err = cal.AddWorkdays(from, days)
	if errs.KindOf(err) == errs.Invalid {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	return day, cal.Version(day), nil
}

func subject(kind string, id int64) ref.Ref { return ref.Ref{Kind: kind, ID: id} }

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

func (t *texts) add(name, format string, args ...any) {
	t.bad = append(t.bad, errs.Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

func (t *texts) refuse() error {
	return errs.Refuse(fmt.Sprintf("有 %d 处要改", len(t.bad)), t.bad...)
}

func stale(what string) error {
	return errs.New(errs.Conflict, "别人刚改过这%s，请看过新的内容再操作。", what)
}
