package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// maxGroup bounds how many writers share one commit, so that the first of them does not wait for ever.
const maxGroup = 64

// group lets SQLite writers that wait for each other share one commit. The cost of a
// durable commit is the disk's sync, which is the same for one row and for many.
//
// The first writer becomes the leader: it runs itself and everyone who is waiting, each in a savepoint
// of its own, commits once, and only then tells all of them. A writer that fails is rolled back to
// its savepoint and does not touch the others; if the commit fails, all of them fail.
type group struct {
	mu      sync.Mutex
	queue   []*waiter
	leading bool
}

type waiter struct {
	ctx   context.Context
	fn    func(*Tx) error
	err   error
	panic any
	tx    *Tx
	done  chan struct{} // closed when err is final
	lead  chan struct{} // closed to hand the leadership over
}

func (g *group) do(db *DB, ctx context.Context, fn func(*Tx) error) error {
	w := &waiter{ctx: ctx, fn: fn, done: make(chan struct{}), lead: make(chan struct{})}
	g.mu.Lock()
	g.queue = append(g.queue, w)
	if g.leading {
		g.mu.Unlock()
		select {
		case <-w.done:
			return w.result()
		case <-w.lead:
		}
	} else {
		g.leading = true
		g.mu.Unlock()
	}
	g.lead(db, w)
	return w.result()
}

func (w *waiter) result() error {
	if w.panic != nil {
		panic(w.panic)
	}
	if w.err == nil {
		for _, f := range w.tx.after {
			f()
		}
	}
	return w.err
}

// lead runs one batch, which includes the leader itself, and hands the leadership to the next in the queue.
func (g *group) lead(db *DB, self *waiter) {
	batch, err := g.run(db)
	for _, w := range batch {
		if err != nil && w.err == nil {
			w.err = err
		}
		if w != self {
			close(w.done)
		}
	}
	g.mu.Lock()
	if len(g.queue) > 0 {
		close(g.queue[0].lead)
	} else {
		g.leading = false
	}
	g.mu.Unlock()
}

func (g *group) take(n int) []*waiter {
	g.mu.Lock()
	defer g.mu.Unlock()
	n = min(n, len(g.queue))
	out := g.queue[:n:n]
	g.queue = g.queue[n:]
	return out
}

func (g *group) run(db *DB) (batch []*waiter, err error) {
	ctx := context.Background()
	db.prepareMissed(ctx)
	t, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return g.take(maxGroup), fmt.Errorf("sqldb: begin: %w", err)
	}
	defer t.Rollback()
	for len(batch) < maxGroup {
		more := g.take(maxGroup - len(batch))
		if len(more) == 0 {
			break
		}
		for _, w := range more {
			batch = append(batch, w)
			if err := db.runOne(ctx, t, w); err != nil {
				return batch, err
			}
		}
	}
	if err := t.Commit(); err != nil {
		return batch, fmt.Errorf("sqldb: commit: %w", err)
	}
	return batch, nil
}

// runOne runs a writer in its savepoint. It returns an error only if the whole batch is lost.
func (db *DB) runOne(ctx context.Context, t *sql.Tx, w *waiter) error {
	if err := w.ctx.Err(); err != nil {
		w.err = err
		return nil
	}
	if err := db.savepoint(ctx, t, savepoint); err != nil {
		return fmt.Errorf("sqldb: savepoint: %w", err)
	}
	w.tx = db.newTx(t, true)
	func() {
		defer func() {
			if p := recover(); p != nil {
				w.panic, w.err = p, errors.New("sqldb: panic in a transaction")
			}
		}()
		w.err = w.fn(w.tx)
	}()
	if w.err != nil {
		if err := db.savepoint(ctx, t, rollback); err != nil {
			return fmt.Errorf("sqldb: savepoint: %w", err)
		}
	}
	if err := db.savepoint(ctx, t, release); err != nil {
		return fmt.Errorf("sqldb: savepoint: %w", err)
	}
	return nil
}

const savepoint, rollback, release = "SAVEPOINT writer", "ROLLBACK TO writer", "RELEASE writer"

// savepoint runs one of the three; like every other text they are parsed once.
func (db *DB) savepoint(ctx context.Context, t *sql.Tx, text string) error {
	v, ok := db.cache[1].Load(text)
	if !ok {
		db.missed = append(db.missed, text)
		_, err := t.ExecContext(ctx, text)
		return err
	}
	st := t.StmtContext(ctx, v.(*sql.Stmt))
	defer st.Close()
	_, err := st.ExecContext(ctx)
	return err
}

// prepareMissed prepares, while no transaction holds the connection, what the last groups had to parse anew.
func (db *DB) prepareMissed(ctx context.Context) {
	for _, text := range db.missed {
		if _, ok := db.cache[1].Load(text); ok {
			continue
		}
		if st, err := db.write.PrepareContext(ctx, text); err == nil {
			db.cache[1].Store(text, st)
		}
	}
	db.missed = db.missed[:0]
}
