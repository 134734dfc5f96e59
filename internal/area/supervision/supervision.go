package supervision

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
	"duban/internal/spine/evidence"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/receipt"
	"duban/internal/spine/task"
)

// The permissions of supervision. Who may read what within them is asked of the record: see MaySee.
var (
	MayPlan    = auth.Permit("supervision.tour.open", "组织督查", auth.Supervisor)
	MayRead    = auth.Permit("supervision.tour.read", "查看督查", auth.Everyone...)
	MayVerify  = auth.Permit("supervision.check.verify", "督查核验", auth.Everyone...) // the tour's inspectors, whatever else they are
	MayIssue   = auth.Permit("supervision.finding.issue", "下达督查问题", auth.Everyone...)
	MayMend    = auth.Permit("supervision.finding.report", "整改督查问题", auth.Head, auth.Clerk, auth.TaskForce)
	MayClose   = auth.Permit("supervision.finding.close", "复核销号", auth.Supervisor)
	MayLight   = auth.Permit("supervision.light.close", "月度亮灯", auth.Supervisor)
	MayAdopt   = auth.Permit("supervision.policy.adopt", "发布亮灯规则", auth.Supervisor, auth.Leader)
	MayDraft   = auth.Permit("supervision.bulletin.draft", "起草督查通报", auth.Supervisor)
	MayConfirm = auth.Permit("supervision.bulletin.confirm", "核对通报事实", auth.Head, auth.Clerk)
	MayPublish = auth.Permit("supervision.bulletin.publish", "签发督查通报", auth.Leader, auth.Supervisor)
	MayOrder   = auth.Permit("supervision.order.issue", "签发督办单", auth.Supervisor)
	MayReply   = auth.Permit("supervision.order.reply", "办理督办单", auth.Head, auth.Clerk, auth.TaskForce)
)

// Kinds of the sealed subjects.
const (
	TourKind         = "supervision.tour"
	DrawKind         = "supervision.draw"
	CheckKind        = "supervision.check"
	FindingKind      = "supervision.finding"
	OrderKind        = "supervision.order"
	BulletinKind     = "supervision.bulletin"
	ConfirmationKind = "supervision.confirmation"
)

// The defaults. They are ours and may be set otherwise with Set.
// Source: domain 8 (month loop: 填报 → 校验 → 抽查 → 通报), 16.1 [D].
const (
	defaultGraceDays   = 2 // working days between the due day of the accounts and the lights
	defaultConfirmDays = 3 // working days in which a named unit confirms the facts
)

// Settings are the numbers that a district may set.
type Settings struct {
	GraceDays   int    // working days between the due day of the month's accounts and the lights
	ConfirmDays int    // working days in which a named unit confirms the facts of a bulletin
	Organ       string // 发文机关 of the bulletin; the region's 督查室 if empty
}

// Namer gives the name of another area's record, for the bulletin: "项目安征迁攻坚行动"; "" if it knows none.
type Namer func(ctx context.Context, tx *sqldb.Tx, regionID int64, r ref.Ref) (string, error)

// Anchor seals the region's ledger as it stands and returns the short code that is printed on a bulletin. It is called outside of transactions.
type Anchor func(ctx context.Context, regionID int64) (code string, err error)

// Service is what the rest of the program may ask of supervision.
type Service struct {
	db       *sqldb.DB
	ids      func() int64
	org      *org.Service
	tasks    *task.Book
	calendar *calendar.Service
	evidence *evidence.Service
	out      *outbox.Outbox
	set      Settings
	namer    Namer
	anchor   Anchor
}

// Spine is what supervision stands on.
type Spine struct {
	Org      *org.Service
	Tasks    *task.Book
	Calendar *calendar.Service
	Evidence *evidence.Service
	Outbox   *outbox.Outbox
}

// New returns a Service and registers its sealed subjects with the ledger.
func New(db *sqldb.DB, ids func() int64, on Spine) *Service {
	s := &Service{db: db, ids: ids, org: on.Org, tasks: on.Tasks, calendar: on.Calendar, evidence: on.Evidence, out: on.Outbox, set: Settings{GraceDays: defaultGraceDays, ConfirmDays: defaultConfirmDays}}
	for _, x := range []struct {
		kind, name string
		read       ledger.Reader
	}{{TourKind, "督查", EachTour}, {DrawKind, "督查抽样", EachDraw}, {CheckKind, "核验记录", EachCheck}, {FindingKind, "督查发现问题", EachFinding},
		{OrderKind, "督办单", EachOrder}, {BulletinKind, "督查通报", EachBulletin}, {ConfirmationKind, "通报事实核对", EachConfirmation}} {
		ledger.RegisterSubject(x.kind, x.read, ledger.Labels{"": x.name})
	}
	s.evidence.Allow(CheckKind, s.mayOpenCheck)
	s.evidence.Allow(FindingKind, s.mayOpenFinding)
	return s
}

// Set changes the settings; it is called while the program is put together.
func (s *Service) Set(v Settings) { s.set = v }

// Naming tells how records of other areas are called; Anchoring how the ledger is sealed after a bulletin. Both are called while the program is put together.
func (s *Service) Naming(n Namer) { s.namer = n }

// Anchoring tells how the ledger is sealed after a publication.
func (s *Service) Anchoring(a Anchor) { s.anchor = a }

// once runs an act in one transaction and makes a form that is sent twice count once. fn returns the id of what it made or changed.
func (s *Service) once(ctx context.Context, p auth.Permission, key, act string, fn func(tx *sqldb.Tx, who auth.Actor) (int64, error)) (id int64, err error) {
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
		if id, err = fn(tx, who); err != nil {
			return err
		}
		return receipt.Give(ctx, tx, who, key, strconv.FormatInt(id, 10))
	})
	return id, err
}

// look runs a reading in one transaction.
func (s *Service) look(ctx context.Context, fn func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error) error {
	who, err := auth.Require(ctx, MayRead)
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

// number returns the next number of a kind in a year: 1, 2, 3, … without a gap.
func number(ctx context.Context, tx *sqldb.Tx, regionID int64, kind, year string) (int64, error) {
	return sqldb.One(ctx, tx, nextNumber, sqldb.Int64, regionID, kind, year)
}

// due returns the last day of a limit of working days that begins now, with the version of the calendar that it was counted by.
// Source: domain 15.1.
func (s *Service) due(ctx context.Context, tx *sqldb.Tx, days int) (day string, version int64, err error) {
	cal, err := s.calendar.LoadIn(ctx, tx)
	if err != nil {
		return "", 0, err
	}
	day, err = cal.AddWorkdays(period.Day(tx.Now()), days)
	return day, cal.Version(day), err
}

// belongs reports whether a person's unit is the unit or below it.
func belongs(d *org.Directory, personUnit, unitID int64) bool {
	for _, u := range d.Below(unitID) {
		if u == personUnit {
			return true
		}
	}
	return false
}

// office reports whether the actor belongs to those who read what is not published yet.
func office(who auth.Actor) bool { return who.Has(auth.Supervisor, auth.Leader) }

// Step is one thing that happened to a finding or an order.
type Step struct {
	ID       int64
	Verb     string // issue, accept, report, close, send_back, reopen, urge, reply, escalate, take_back
	Text     string
	PersonID int64
	UnitID   int64
	At       int64
}

// Chinese returns the step's word.
func (s Step) Chinese() string {
	return map[string]string{"issue": "下达", "accept": "签收", "report": "报结", "close": "复核销号", "send_back": "退回", "reopen": "重新打开",
		"urge": "催办", "reply": "回复", "escalate": "升级", "take_back": "退回修改"}[s.Verb]
}

func (s *Service) step(ctx context.Context, tx *sqldb.Tx, who auth.Actor, subject ref.Ref, verb, text string) error {
	_, err := tx.Exec(ctx, insertStep, who.RegionID, s.ids(), subject.Kind, subject.ID, verb, text, who.ID, who.UnitID, tx.Now().UnixMilli())
	return err
}

func steps(ctx context.Context, tx *sqldb.Tx, regionID int64, subject ref.Ref) ([]Step, error) {
	return sqldb.All(ctx, tx, selectSteps, scanStep, regionID, subject.Kind, subject.ID)
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

func (t *texts) add(name, format string, args ...any) {
	t.bad = append(t.bad, errs.Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

func (t *texts) refuse() error {
	return errs.Refuse(fmt.Sprintf("有 %d 处要改", len(t.bad)), t.bad...)
}

func stale(what string) error {
	return errs.New(errs.Conflict, "别人刚改过这%s，请看过新的内容再操作。", what)
}
