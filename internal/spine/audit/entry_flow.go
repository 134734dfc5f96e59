package audit

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

// MayRead is the permission to read the log: the audit administrator's alone.
var MayRead = auth.Permit("audit.entry.read", "查看审计日志", auth.AudAdmin)

// maxWaiting bounds the entries gathered in memory; at the bound the next one is written at once.
const maxWaiting = 1000

// Log adds to the audit log (审计日志) and reads it. It is safe for concurrent use.
type Log struct {
	db  *sqldb.DB
	ids *id.Source

	mu      sync.Mutex
	waiting []Entry
	writing sync.Mutex // one flush at a time, so that the order stays
}

// New returns a Log.
func New(db *sqldb.DB, ids *id.Source) *Log { return &Log{db: db, ids: ids} }

// fill completes an entry from the context: who, where from.
func (l *Log) fill(ctx context.Context, e Entry, now time.Time) Entry {
	if a, err := auth.From(ctx); err == nil {
		if e.RegionID == 0 {
			e.RegionID = a.RegionID
		}
		if e.PersonID == 0 {
			e.PersonID = a.ID
		}
	}
	if e.Source == "" {
		e.Source = Source(ctx)
	}
	if e.Result == "" {
		e.Result = "ok"
	}
	if e.At.IsZero() {
		e.At = now
	}
	e.ID = l.ids.Next()
	e.Source, e.Act, e.Object, e.Result, e.Detail = clean(e.Source), clean(e.Act), clean(e.Object), clean(e.Result), clean(e.Detail)
	return e
}

func insert(ctx context.Context, tx *sqldb.Tx, e Entry) error {
	_, err := tx.Exec(ctx, insertEntry, e.RegionID, e.ID, e.At.UnixMilli(), e.PersonID, e.Source, e.Act, e.Object, e.Result, e.Detail)
	return err
}

// Append adds an entry in the transaction of the change that it records. Person, region and source come from ctx where
// the entry leaves them out. An error must end the transaction.
func (l *Log) Append(ctx context.Context, tx *sqldb.Tx, e Entry) error {
	return insert(ctx, tx, l.fill(ctx, e, tx.Now()))
}

// Note records something that changes nothing: a read, a refusal. It is written by the next Flush, within a second
// while Run runs. Do not use it inside a transaction; use Append there.
func (l *Log) Note(ctx context.Context, e Entry) {
	e = l.fill(ctx, e, l.db.Clock().Now())
	l.mu.Lock()
	l.waiting = append(l.waiting, e)
	full := len(l.waiting) >= maxWaiting
	l.mu.Unlock()
	if full {
		l.Flush(context.WithoutCancel(ctx))
	}
}

// Flush writes what has been gathered. If that fails, it stays gathered.
func (l *Log) Flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	batch := l.waiting
	l.waiting = nil
	l.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := l.db.Update(ctx, func(tx *sqldb.Tx) error {
		for _, e := range batch {
			if err := insert(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		l.mu.Lock()
		l.waiting = append(batch[:len(batch):len(batch)], l.waiting...)
		l.mu.Unlock()
	}
	return err
}

// Run flushes every second until ctx ends, and once more then. It returns the last flush's error.
func (l *Log) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.Flush(ctx)
		case <-ctx.Done():
			return l.Flush(context.WithoutCancel(ctx))
		}
	}
}

// Query says which entries to read.
type Query struct {
	PersonID int64  // 0: everybody
	Act      string // "": every act
	Failed   bool   // only what did not go well
	From, To string // calendar days in Beijing, both included; "" is open
	Before   int64  // id of the entry above the page; 0 is the newest
	Limit    int    // 0 means 50, at most 500
}

// Entries returns entries, newest first, and whether there are more. To read the log is itself recorded. Errors: Forbidden, Invalid.
func (l *Log) Entries(ctx context.Context, q Query) (list []Entry, more bool, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, false, err
	}
	if q.Limit <= 0 || q.Limit > 500 {
		q.Limit = 50
	}
	own := selectEntries.With(who.RegionID)
	none := selectEntries.With(int64(0)) // log-ins that belong to no region yet
	both := [2]*sqldb.Query{own, none}
	for _, b := range both {
		b.If(q.PersonID != 0, byPerson, q.PersonID).
			If(q.Act != "", byAct, q.Act).
			If(q.Failed, byResult).
			If(q.Before != 0, beforeID, q.Before)
	}
	var bad []errs.Field
	if q.From != "" {
		if t, err := period.ParseDay(q.From); err != nil {
			bad = append(bad, errs.Field{Name: "from", Message: "开始日期请写成 2017-03-01 这样。"})
		} else {
			own.And(fromAt, t.UnixMilli())
			none.And(fromAt, t.UnixMilli())
		}
	}
	if q.To != "" {
		if t := period.EndOfDay(q.To); t.IsZero() {
			bad = append(bad, errs.Field{Name: "to", Message: "结束日期请写成 2017-03-31 这样。"})
		} else {
			own.And(untilAt, t.UnixMilli())
			none.And(untilAt, t.UnixMilli())
		}
	}
	if err := errs.Refuse("日期不对，没有查", bad...); err != nil {
		return nil, false, err
	}
	err = l.db.View(ctx, func(tx *sqldb.Tx) error {
		for _, b := range both {
			part, err := sqldb.Rows(ctx, tx, b, scanEntry, int64(q.Limit+1))
			if err != nil {
				return err
			}
			list = append(list, part...)
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Compare(b.ID, a.ID) })
	if len(list) > q.Limit {
		list, more = list[:q.Limit], true
	}
	l.Note(ctx, Entry{Act: ActRead, Object: "audit"})
	return list, more, nil
}
