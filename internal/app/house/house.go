// Package house puts the program together: it opens the database, makes every service once and tells
// the ledger, the outbox and the jobs about them. The server, the command line, the demonstration and the
// scenario plays all live in the same house, so that what a test proves is what runs.
//
// Source: S1 to S12; architecture §4.
package house

import (
	"context"
	"log/slog"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/account"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
	"duban/migrations"
)

// Options is what a house is opened with.
type Options struct {
	DSN    string       // sqlite:FILE or postgres://…
	Clock  period.Clock // the district's time; nil: the machine's
	Real   period.Clock // the time of sessions and passwords; nil: the machine's
	Node   int64        // 0..255, different for every process that writes to one database
	Log    *slog.Logger
	Params account.Params // zero: the default cost of passwords
}

// House is the program, put together.
type House struct {
	Options
	DB  *sqldb.DB
	IDs *id.Source

	Org        *org.Service
	Audit      *audit.Log
	Account    *account.Service
	Calendar   *calendar.Service
	Outbox     *outbox.Outbox
	Evidence   *evidence.Service
	Notices    *notice.Service
	NoticeBook *notice.Book
	Indicators *indicator.Book
	Indicator  *indicator.Service
	Tasks      *task.Book
	Task       *task.Service
}

// Open opens the database, brings its schema up to date and makes the services.
func Open(ctx context.Context, o Options) (*House, error) {
	if o.Clock == nil {
		o.Clock = period.System{}
	}
	if o.Real == nil {
		o.Real = period.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	db, err := sqldb.Open(ctx, o.DSN, o.Clock)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, migrations.FS); err != nil {
		db.Close()
		return nil, err
	}
	h, err := Build(ctx, db, o)
	if err != nil {
		db.Close()
	}
	return h, err
}

// Build makes the services on an open and migrated database.
func Build(ctx context.Context, db *sqldb.DB, o Options) (*House, error) {
	h := &House{Options: o, DB: db, IDs: id.New(o.Clock, o.Node)}
	ids := h.IDs.Next
	h.Org = org.New(db, ids, sealer)
	h.Audit = audit.New(db, h.IDs)
	h.Account = account.New(db, h.IDs, h.Audit, organisation{h}, account.Options{Clock: o.Real, Params: o.Params})
	h.Calendar = calendar.New(db)
	if err := h.Calendar.Seed(ctx); err != nil {
		return nil, err
	}
	h.Outbox = outbox.New(db, ids)
	h.Evidence = evidence.New(db, ids)
	h.NoticeBook = notice.NewBook(ids)
	h.Notices = notice.New(db)
	h.Indicators = indicator.NewBook(ids)
	h.Indicator = indicator.New(db, h.Indicators)
	h.Tasks = task.NewBook(ids, h.Indicators, h.Calendar, h.Outbox)
	h.Task = task.New(db, h.Tasks)

	ledger.RegisterSubject("indicator.reading", indicator.EachReading)
	ledger.RegisterSubject("indicator.plan", indicator.EachPlan)
	ledger.RegisterSubject("task.baseline", task.EachBaseline)
	ledger.RegisterSubject("task.account", task.EachAccount)
	ledger.RegisterSubject("task.light", task.EachLight)
	ledger.RegisterSubject("task.adjustment", task.EachAdjustment)
	return h, nil
}

// Close closes the database.
func (h *House) Close() error { return h.DB.Close() }

func sealer(ctx context.Context, tx *sqldb.Tx, who auth.Actor, kind string, id int64, verb string, body any) error {
	return ledger.Append(ctx, tx, who, refOf(kind, id), verb, body)
}

// organisation is what accounts ask of the organisation.
type organisation struct{ h *House }

func (o organisation) Person(ctx context.Context, tx *sqldb.Tx, regionID, personID int64) (string, int64, []int64, error) {
	d, err := o.h.Org.Directory(ctx, tx, regionID)
	if err != nil {
		return "", 0, nil, err
	}
	p := d.Person(personID)
	if p == nil || p.LeftOn != "" && p.LeftOn <= period.Day(tx.Now()) {
		return "", 0, nil, errs.New(errs.NotFound, "没有这个人，或者已经调离")
	}
	return p.Name, p.UnitID, d.Below(p.UnitID), nil
}

func (o organisation) Words(ctx context.Context, tx *sqldb.Tx, regionID int64) ([]string, error) {
	d, err := o.h.Org.Directory(ctx, tx, regionID)
	if err != nil {
		return nil, err
	}
	words := []string{d.Region.Name, d.Region.ShortName}
	for _, u := range d.Units {
		words = append(words, u.Name, u.ShortName)
	}
	return words, nil
}

func (o organisation) Found(ctx context.Context, tx *sqldb.Tx, region, unit string, people []string) (int64, []int64, error) {
	return o.h.Org.Found(ctx, tx, region, unit, people)
}
