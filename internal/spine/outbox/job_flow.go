package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

// Retry is the permission to look at dead letters (死信) and to send them round again.
var Retry = auth.Permit("outbox.job.retry", "重跑失败的后台作业", auth.SysAdmin)

// Outbox publishes facts and runs jobs.
type Outbox struct {
	Lease time.Duration // how long a worker may be silent before another takes its job; 1 minute
	Poll  time.Duration // how often to look for work that nobody announced; 1 second
	Log   *slog.Logger

	db   *sqldb.DB
	ids  func() int64
	wake chan struct{}

	mu        sync.RWMutex
	handlers  []handler
	workers   map[string]func(context.Context, Job) error
	schedules []timer
}

type handler struct {
	pattern, name string
	fn            func(context.Context, *sqldb.Tx, Fact) error
}

type timer struct {
	name string
	when Schedule
	last *time.Time
}

// The kinds of jobs that the outbox makes itself.
const (
	factKind  = "fact:"
	everyKind = "every:"
)

// New returns an outbox. ids makes the ids of facts and jobs.
func New(db *sqldb.DB, ids func() int64) *Outbox {
	return &Outbox{Lease: time.Minute, Poll: time.Second, Log: slog.Default(), db: db, ids: ids, wake: make(chan struct{}, 1), workers: map[string]func(context.Context, Job) error{}}
}

// Handle lets fn hear of every fact whose name matches the pattern (campaign.report.submitted, campaign.report.*, *). The name
// says which deliveries are done and must never change. It is called while the program is put together.
func (o *Outbox) Handle(pattern, name string, fn func(context.Context, *sqldb.Tx, Fact) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, h := range o.handlers {
		if h.name == name {
			panic("outbox: two handlers are named " + name)
		}
	}
	o.handlers = append(o.handlers, handler{pattern, name, fn})
}

// Do lets fn do the jobs of a kind. It runs outside any transaction and may run twice for one job.
func (o *Outbox) Do(kind string, fn func(context.Context, Job) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, dup := o.workers[kind]; dup || strings.HasPrefix(kind, factKind) || strings.HasPrefix(kind, everyKind) {
		panic("outbox: a kind of job twice, or reserved: " + kind)
	}
	o.workers[kind] = fn
}

// Every lets fn run whenever the schedule is due, in one process of all that share the database. The instant is the one that was due; if
// several were missed while no process ran, only the last is made good.
func (o *Outbox) Every(name string, when Schedule, fn func(ctx context.Context, due time.Time) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	kind := everyKind + name
	if _, dup := o.workers[kind]; dup {
		panic("outbox: scheduled twice: " + name)
	}
	o.workers[kind] = func(ctx context.Context, j Job) error {
		ms, err := strconv.ParseInt(j.Key, 10, 64)
		if err != nil {
			return err
		}
		return fn(ctx, time.UnixMilli(ms))
	}
	o.schedules = append(o.schedules, timer{name, when, new(time.Time)})
}

// Publish records a fact inside the caller's transaction. Handlers hear of it once that transaction is durable.
func (o *Outbox) Publish(ctx context.Context, tx *sqldb.Tx, regionID int64, fact string, subject ref.Ref, body any) error {
	if body == nil {
		body = struct{}{}
	}
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("outbox: %s: %w", fact, err)
	}
	if _, err := tx.Exec(ctx, insertFact, regionID, o.ids(), fact, subject.Kind, subject.ID, string(b), tx.Now().UnixMilli()); err != nil {
		return err
	}
	tx.AfterCommit(o.Wake)
	return nil
}

// Enqueue makes a job inside the caller's transaction, to be done at or after the instant at (at once, if it is zero). If key is not
// empty and a job of that kind and key was ever made in the region, nothing happens and the answer is false.
func (o *Outbox) Enqueue(ctx context.Context, tx *sqldb.Tx, regionID int64, kind, key string, args any, at time.Time) (bool, error) {
	b, err := json.Marshal(args)
	if err != nil {
		return false, fmt.Errorf("outbox: %s: %w", kind, err)
	}
	if at.IsZero() {
		at = tx.Now()
	}
	n, err := tx.Exec(ctx, insertJob, regionID, o.ids(), kind, key, string(b), at.UnixMilli(), tx.Now().UnixMilli())
	if err != nil {
		return false, err
	}
	tx.AfterCommit(o.Wake)
	return n == 1, nil
}

// Wake makes a sleeping worker look for work.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends, with n workers side by side, and returns when the last has put down its tools.
func (o *Outbox) Run(ctx context.Context, n int) {
	var wg sync.WaitGroup
	for range max(n, 1) {
		wg.Go(func() {
			for ctx.Err() == nil {
				did, err := o.step(ctx)
				if err != nil && ctx.Err() == nil {
					o.Log.ErrorContext(ctx, "outbox", "err", err)
				}
				if did > 0 && err == nil {
					o.Wake() // there may be more, for the others too
					continue
				}
				select {
				case <-ctx.Done():
				case <-o.wake:
				case <-time.After(o.Poll):
				}
			}
		})
	}
	wg.Wait()
}

// Drain works until nothing is due, and returns what failed. It is for tests, the demonstration and the command line.
func (o *Outbox) Drain(ctx context.Context) error {
	var failed []error
	for {
		did, err := o.step(ctx)
		if err != nil {
			failed = append(failed, err)
		}
		if did == 0 {
			return errors.Join(failed...)
		}
		if err := ctx.Err(); err != nil {
			return errors.Join(append(failed, err)...)
		}
	}
}

// batch is how many facts or jobs a worker takes at once.
const batch = 16

// step spreads new facts, makes scheduled jobs, and does a batch of what is due. It returns how many pieces of work it had.
func (o *Outbox) step(ctx context.Context) (int, error) {
	spread, err := o.spread(ctx)
	if err != nil {
		return 0, err
	}
	if err := o.schedule(ctx); err != nil {
		return 0, err
	}
	jobs, err := o.claim(ctx, batch)
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, j := range jobs {
		if err := o.work(ctx, j); err != nil {
			failed = append(failed, fmt.Errorf("outbox: %s %d, attempt %d: %w", j.Kind, j.ID, j.Attempt, err))
		}
	}
	return spread + len(jobs), errors.Join(failed...)
}

// spread makes, for each new fact, one job for each handler that wants it.
func (o *Outbox) spread(ctx context.Context) (n int, err error) {
	o.mu.RLock()
	handlers := o.handlers
	o.mu.RUnlock()
	if len(handlers) == 0 { // a command-line process publishes; the server will deliver
		return 0, nil
	}
	var fresh bool
	err = o.db.View(ctx, func(tx *sqldb.Tx) (err error) { // an idle outbox must not write
		_, fresh, err = sqldb.Maybe(ctx, tx, anyFact, sqldb.Int64)
		return err
	})
	if err != nil || !fresh {
		return 0, err
	}
	err = o.db.Update(ctx, func(tx *sqldb.Tx) error {
		facts, err := sqldb.All(ctx, tx, claimFacts, scanFact, int64(batch*4))
		if err != nil {
			return err
		}
		n = len(facts)
		sort.Slice(facts, func(i, j int) bool { return facts[i].ID < facts[j].ID })
		for _, f := range facts {
			args, err := json.Marshal(f)
			if err != nil {
				return err
			}
			for _, h := range handlers {
				if !matches(h.pattern, f.Name) {
					continue
				}
				if _, err := tx.Exec(ctx, insertJob, f.RegionID, o.ids(), factKind+h.name, strconv.FormatInt(f.ID, 10), string(args), f.At.UnixMilli(), tx.Now().UnixMilli()); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return n, err
}

func (o *Outbox) schedule(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, t := range o.schedules {
		due := t.when(o.db.Clock().Now())
		if due.Equal(*t.last) {
			continue
		}
		err := o.db.Update(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, insertJob, int64(0), o.ids(), everyKind+t.name, strconv.FormatInt(due.UnixMilli(), 10), "{}", due.UnixMilli(), tx.Now().UnixMilli())
			return err
		})
		if err != nil {
			return err
		}
		*t.last = due
	}
	return nil
}

// claim takes up to n due jobs for the time of the lease: those that are ready, and those whose worker has fallen silent.
func (o *Outbox) claim(ctx context.Context, n int) (jobs []Job, err error) {
	var any bool
	err = o.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		_, any, err = sqldb.Maybe(ctx, tx, anyDue, sqldb.Int64, tx.Now().UnixMilli())
		return err
	})
	if err != nil || !any {
		return nil, err
	}
	err = o.db.Update(ctx, func(tx *sqldb.Tx) (err error) {
		jobs, err = sqldb.All(ctx, tx, claimJobs, scanJob, tx.Now().UnixMilli(), tx.Now().Add(o.Lease).UnixMilli(), int64(n))
		return err
	})
	sort.Slice(jobs, func(i, j int) bool {
		a, b := jobs[i], jobs[j]
		return a.RunAt.Before(b.RunAt) || a.RunAt.Equal(b.RunAt) && a.ID < b.ID
	})
	return jobs, err
}

var errLost = errors.New("outbox: the lease was lost to another worker; nothing is written")

// work does one claimed job and marks it done, or puts it back.
func (o *Outbox) work(ctx context.Context, j Job) error {
	err := o.attempt(ctx, j)
	if err == nil || errors.Is(err, errLost) || ctx.Err() != nil { // a job cut short by our own end is taken up again after its lease
		return err
	}
	ctx = context.WithoutCancel(ctx)
	state := "ready"
	if j.Attempt >= MaxAttempts {
		state = "dead"
		o.Log.ErrorContext(ctx, "outbox: a job is given up", "kind", j.Kind, "id", j.ID, "region", j.RegionID)
	}
	text := []rune(err.Error())
	fail := o.db.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, putBack, j.RegionID, j.ID, j.Attempt, state, tx.Now().Add(backoff(j.Attempt)).UnixMilli(), string(text[:min(len(text), 500)]))
		return err
	})
	return errors.Join(err, fail)
}

func (o *Outbox) attempt(ctx context.Context, j Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if name, ok := strings.CutPrefix(j.Kind, factKind); ok {
		h, ok := o.handler(name)
		if !ok {
			return errors.New("no handler of this name in this program")
		}
		var f Fact
		if err := json.Unmarshal(j.Args, &f); err != nil {
			return err
		}
		return o.db.Update(ctx, func(tx *sqldb.Tx) error {
			if err := h.fn(ctx, tx, f); err != nil {
				return err
			}
			return o.finish(ctx, tx, j)
		})
	}
	o.mu.RLock()
	fn, ok := o.workers[j.Kind]
	o.mu.RUnlock()
	if !ok {
		return errors.New("no worker for this kind of job in this program")
	}
	stop := o.keep(ctx, j)
	err = fn(ctx, j)
	stop()
	if err != nil {
		return err
	}
	return o.db.Update(ctx, func(tx *sqldb.Tx) error { return o.finish(ctx, tx, j) })
}

// keep prolongs the lease of a long job while it runs.
func (o *Outbox) keep(ctx context.Context, j Job) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(max(o.Lease/3, time.Millisecond))
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				o.db.Update(ctx, func(tx *sqldb.Tx) error {
					_, err := tx.Exec(ctx, prolong, j.RegionID, j.ID, j.Attempt, tx.Now().Add(o.Lease).UnixMilli())
					return err
				})
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}

func (o *Outbox) handler(name string) (handler, bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	for _, h := range o.handlers {
		if h.name == name {
			return h, true
		}
	}
	return handler{}, false
}

func (o *Outbox) finish(ctx context.Context, tx *sqldb.Tx, j Job) error {
	n, err := tx.Exec(ctx, finishJob, j.RegionID, j.ID, j.Attempt, tx.Now().UnixMilli())
	if err != nil {
		return err
	}
	if n == 0 {
		return errLost
	}
	return nil
}

// own holds a system administrator to the jobs of the own region and of the installation itself, which stand under region 0.
func own(ctx context.Context, regionID int64) error {
	who, err := auth.Require(ctx, Retry)
	if err == nil && regionID != 0 && regionID != who.RegionID {
		err = errs.New(errs.NotFound, "没有这个失败的作业，可能已经重跑了。")
	}
	return err
}

// Dead lists the jobs that were given up (死信), the latest first: of the actor's region, or of the installation under region 0.
// Errors: Forbidden; NotFound for another region.
func (o *Outbox) Dead(ctx context.Context, regionID int64) (out []Job, err error) {
	if err := own(ctx, regionID); err != nil {
		return nil, err
	}
	err = o.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = sqldb.All(ctx, tx, deadJobs, scanJob, regionID, int64(200))
		return err
	})
	return out, err
}

// Revive sends a dead letter round again, with all its attempts. Errors: Forbidden; NotFound for another region or one that is gone.
func (o *Outbox) Revive(ctx context.Context, regionID, id int64) error {
	if err := own(ctx, regionID); err != nil {
		return err
	}
	return o.db.Update(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(ctx, reviveJob, regionID, id, tx.Now().UnixMilli())
		if err == nil && n == 0 {
			err = errs.New(errs.NotFound, "没有这个失败的作业，可能已经重跑了。")
		}
		tx.AfterCommit(o.Wake)
		return err
	})
}

// Purge forgets what is long done: scheduled runs after two days, the last of each schedule excepted, deliveries and jobs without a key after 30. Facts and keyed jobs
// stay, for a key promises that a job is made once ever.
func (o *Outbox) Purge(ctx context.Context) error {
	return o.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, purgeScheduled, tx.Now().AddDate(0, 0, -2).UnixMilli()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, purgeDone, tx.Now().AddDate(0, 0, -30).UnixMilli())
		return err
	})
}
