package sqldb

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// maxGroup bounds how many writers share one commit, so that the first of them does not wait for ever.
const maxGroup = 64

// group lets SQLite writers that wait for each other share one commit. The cost of a
// durable commit is the disk's sync, which is the same for one row and for many.
//
// The first writer becomes the leader: it runs itself and everyone who is waiting, each after the first in a savepoint
// of its own, commits once, and only then tells all of them. A writer that fails is rolled back to
// its savepoint and does not touch the others; if the commit fails, all of them fail.
type group struct {
	mu      sync.Mutex
	queue   []*waiter
	leading bool
	crowd   bool // the last commit was shared; touched by the leader only
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
	db.hold.Lock()
	defer db.hold.Unlock()
	c := db.writer
	if c == nil {
		return g.take(maxGroup), errors.New("sqldb: the database is closed")
	}
	b := commit{c: c}
	defer b.drop()
	for len(batch) < maxGroup {
		more := g.take(maxGroup - len(batch))
		if len(more) == 0 && (g.crowd || len(batch) > 1) { // where there is a crowd, whoever is about to write may still join
			runtime.Gosched()
			more = g.take(maxGroup - len(batch))
		}
		if len(more) == 0 {
			break
		}
		batch = append(batch, more...) // all of them, before one runs: whoever was taken off the queue must be told, whatever happens to the others
		for _, w := range more {
			if err := b.member(db, w); err != nil {
				return batch, fmt.Errorf("sqldb: %w", err)
			}
		}
	}
	g.crowd = len(batch) > 1
	if !b.standing {
		return batch, nil
	}
	if err := c.end("COMMIT"); err != nil {
		return batch, fmt.Errorf("sqldb: commit: %w", err)
	}
	return batch, nil
}

// commit is a transaction that writers share. The first that succeeds needs no savepoint: until then nothing stands that its failure
// could take away, and the transaction itself is begun anew.
type commit struct {
	c        *liteConn
	standing bool // somebody's work is in it
}

// drop leaves the connection free, whatever has happened.
func (b *commit) drop() {
	if b.c.inTransaction() {
		b.c.end("ROLLBACK")
	}
}

// member runs a writer. It returns an error only if the whole batch is lost.
func (b *commit) member(db *DB, w *waiter) (err error) {
	if err := w.ctx.Err(); err != nil {
		w.err = err
		return nil
	}
	if b.standing {
		err = b.c.exec("SAVEPOINT writer")
	} else if !b.c.inTransaction() {
		err = b.c.exec("BEGIN IMMEDIATE")
	}
	if err != nil {
		return err
	}
	w.tx = db.newTx(true)
	w.tx.lite = b.c
	func() {
		defer func() {
			if p := recover(); p != nil {
				w.panic, w.err = p, errors.New("sqldb: panic in a transaction")
			}
		}()
		w.err = w.fn(w.tx)
	}()
	w.tx.lite = nil // a use after the end must fail, not write into another's transaction
	switch {
	case !b.c.inTransaction():
		if w.err != nil {
			return fmt.Errorf("%w: %w", errEnded, w.err)
		}
		return errEnded
	case w.err == nil && b.standing:
		return b.c.exec("RELEASE writer")
	case w.err == nil:
		b.standing = true
		return nil
	case !b.standing:
		return b.c.end("ROLLBACK")
	}
	if err := b.c.exec("ROLLBACK TO writer"); err != nil {
		return err
	}
	return b.c.exec("RELEASE writer")
}
