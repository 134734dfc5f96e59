// Package sqldb runs one SQL text on SQLite and PostgreSQL.
//
// The text is PostgreSQL's: $1 placeholders, TRUE, ON CONFLICT, RETURNING.
// SQLite reads the same text unchanged, so statements are never rewritten.
//
// Writers that wait on SQLite share one commit (see group.go): each runs in its own
// savepoint, none is told of success before the shared commit is on the disk.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"

	"duban/internal/base/period"
)

// Engine is a database product.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is an open database.
type DB struct {
	Engine Engine
	clock  period.Clock

	pg *sql.DB // PostgreSQL

	path    string     // SQLite: the file
	hold    sync.Mutex // for whoever uses the writer
	writer  *liteConn  // the only connection that writes, so that writers queue in Go and never meet SQLITE_BUSY; nil once closed
	group   group
	readers litePool

	readonly bool
	frozen   *frozen // SQLite, opened read-only where its own files cannot be made
}

// Open opens the database that dsn names: sqlite:PATH or postgres://….
func Open(ctx context.Context, dsn string, c period.Clock) (*DB, error) {
	db := &DB{clock: c}
	var err error
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		db.Engine, db.path = SQLite, path
		pragmas := []string{"busy_timeout(10000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(FULL)"}
		// The writer's cache outlives its commits, the readers' are void after each: a report finds its neighbours' pages there.
		// What a savepoint would restore is kept in memory instead of a temporary file.
		if db.writer, err = openLite(path, append(pragmas[:4:4], "cache_size(-24000)", "temp_store(MEMORY)")...); err != nil {
			return nil, fmt.Errorf("sqldb: open %s: %w", db.Engine, err)
		}
		db.readers = litePool{slots: make(chan struct{}, 8), open: func() (*liteConn, error) {
			return openLite(path, append(pragmas[:4:4], "cache_size(-8000)", "query_only(1)")...)
		}, settled: func() {
			if db.hold.TryLock() {
				if db.writer != nil {
					db.writer.shrink()
				}
				db.hold.Unlock()
			}
		}}
		return db, nil
	}
	if !isPostgres(dsn) {
		return nil, unknownAddress(dsn)
	}
	db.Engine = Postgres
	if db.pg, err = sql.Open("pgx", dsn); err != nil {
		return nil, err
	}
	db.pg.SetMaxOpenConns(16)
	db.pg.SetMaxIdleConns(16)
	if err := db.pg.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("sqldb: open %s: %w", db.Engine, err)
	}
	return db, nil
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

func unknownAddress(dsn string) error {
	return fmt.Errorf("sqldb: 看不懂数据库地址 %q：请写 sqlite:文件 或 postgres://用户:口令@主机/库名", redact(dsn))
}

func redact(dsn string) string {
	if i := strings.LastIndex(dsn, "@"); i >= 0 {
		return "…" + dsn[i:]
	}
	return dsn
}

// Close closes the database. A writer that is at work is waited for.
func (db *DB) Close() error {
	if db.Engine == Postgres {
		return db.pg.Close()
	}
	db.readers.close()
	db.hold.Lock()
	defer db.hold.Unlock()
	if db.writer == nil {
		return nil
	}
	err := db.writer.close()
	db.writer = nil
	return err
}

// Clock returns the clock that gives transactions their instant.
func (db *DB) Clock() period.Clock { return db.clock }

// Tx is a transaction. Its time stands still: every row that it writes bears the same instant.
type Tx struct {
	db    *DB
	lite  *liteConn // SQLite
	pg    *sql.Tx   // PostgreSQL
	now   time.Time
	write bool
	epoch int64 // of the changes that what is read here certainly holds: see Watch
	after []func()
}

// Now returns the instant at which the transaction began, to the millisecond.
func (tx *Tx) Now() time.Time { return tx.now }

// Writes reports whether the transaction may write: what it reads may yet be rolled back.
func (tx *Tx) Writes() bool { return tx.write }

// AfterCommit runs fn once the transaction is durable. It is not called if the transaction fails.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

func (db *DB) newTx(write bool) *Tx {
	return &Tx{db: db, write: write, now: db.clock.Now().UTC().Truncate(time.Millisecond)}
}

// View runs fn in a read-only transaction: everything it reads is of one instant.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	if db.Engine == SQLite {
		return db.viewLite(ctx, fn)
	}
	e := epoch.Load()
	t, err := db.pg.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return fmt.Errorf("sqldb: begin: %w", err)
	}
	defer t.Rollback()
	tx := db.newTx(false)
	tx.pg, tx.epoch = t, e
	return fn(tx)
}

func (db *DB) viewLite(ctx context.Context, fn func(*Tx) error) error {
	c, err := db.readers.get(ctx)
	if err != nil {
		return fmt.Errorf("sqldb: begin: %w", err)
	}
	defer db.readers.put(c)
	if ctx.Done() != nil { // whoever asked may have gone away
		gone := make(chan struct{})
		stop := context.AfterFunc(ctx, func() { c.interrupt(); close(gone) })
		defer func() {
			if !stop() {
				<-gone // the next reader must not be meant
			}
		}()
	}
	e := epoch.Load()
	if err := c.exec("BEGIN"); err != nil {
		return fmt.Errorf("sqldb: begin: %w", err)
	}
	defer c.end("COMMIT")
	tx := db.newTx(false)
	tx.lite, tx.epoch = c, e
	defer func() { tx.lite = nil }() // a use after the end must fail, not read outside
	return fn(tx)
}

// Update runs fn in a transaction that may write, and returns when it is durable.
// fn must do nothing but compute and speak to the database: others wait for it. On PostgreSQL it
// is run again when the server reports a deadlock or a serialization failure, so it must
// not change anything outside before AfterCommit.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if db.readonly {
		return errReadOnly
	}
	if db.Engine == SQLite {
		return db.group.do(db, ctx, fn)
	}
	for try := 0; ; try++ {
		err := db.updatePostgres(ctx, fn)
		var pg *pgconn.PgError
		if try < 5 && errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01") {
			continue
		}
		return err
	}
}

func (db *DB) updatePostgres(ctx context.Context, fn func(*Tx) error) error {
	t, err := db.pg.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqldb: begin: %w", err)
	}
	defer t.Rollback()
	tx := db.newTx(true)
	tx.pg = t
	if err := fn(tx); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("sqldb: commit: %w", err)
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

func (tx *Tx) ctx(ctx context.Context, s *Stmt, text string, args []any) context.Context {
	count(ctx, s, text, args)
	if tx.write {
		tx.touch(s)
	}
	switch {
	case !tx.write:
		return ctx
	case tx.lite != nil: // an interrupted write would roll back every writer that shares this commit
		return context.Background()
	}
	return context.WithoutCancel(ctx)
}

// Exec runs a statement and returns the number of rows that it changed.
func (tx *Tx) Exec(ctx context.Context, s *Stmt, args ...any) (int64, error) {
	ctx = tx.ctx(ctx, s, s.text, args)
	if tx.lite != nil {
		n, err := tx.lite.run(ctx, s.text, args, nil)
		return n, classify(s, err)
	}
	res, err := tx.pg.ExecContext(ctx, s.text, args...)
	if err != nil {
		return 0, classify(s, err)
	}
	return res.RowsAffected()
}

// Scanner is a row.
type Scanner interface{ Scan(dest ...any) error }

// One returns the single row that a statement selects; an error of kind NotFound if there is none.
func One[T any](ctx context.Context, tx *Tx, s *Stmt, scan func(Scanner) (T, error), args ...any) (T, error) {
	v, ok, err := Maybe(ctx, tx, s, scan, args...)
	if err == nil && !ok {
		err = classify(s, sql.ErrNoRows)
	}
	return v, err
}

// Maybe is One for a row that may be absent: ok is false then.
func Maybe[T any](ctx context.Context, tx *Tx, s *Stmt, scan func(Scanner) (T, error), args ...any) (v T, ok bool, err error) {
	err = each(ctx, tx, s, s.text, func(r Scanner) (struct{}, error) {
		if ok { // a RETURNING statement has done all its work only when its rows are read to the end
			return struct{}{}, nil
		}
		var err error
		v, err = scan(r)
		ok = err == nil
		return struct{}{}, err
	}, args, func(struct{}) error { return nil })
	return v, ok && err == nil, err
}

// All returns every row that a statement selects.
func All[T any](ctx context.Context, tx *Tx, s *Stmt, scan func(Scanner) (T, error), args ...any) ([]T, error) {
	return all(ctx, tx, s, s.text, scan, args)
}

func all[T any](ctx context.Context, tx *Tx, s *Stmt, text string, scan func(Scanner) (T, error), args []any) ([]T, error) {
	var out []T
	err := each(ctx, tx, s, text, scan, args, func(v T) error {
		if out == nil { // as long as the last answer, for most pages ask the same of the same again
			out = make([]T, 0, max(min(s.rows.Load(), 64), 1))
		}
		out = append(out, v)
		return nil
	})
	s.rows.Store(int64(len(out)))
	return out, err
}

// Each calls fn for every row that a statement selects, without keeping them: for exports.
func Each[T any](ctx context.Context, tx *Tx, s *Stmt, scan func(Scanner) (T, error), fn func(T) error, args ...any) error {
	return each(ctx, tx, s, s.text, scan, args, fn)
}

func each[T any](ctx context.Context, tx *Tx, s *Stmt, text string, scan func(Scanner) (T, error), args []any, fn func(T) error) error {
	ctx = tx.ctx(ctx, s, text, args)
	if tx.lite != nil {
		var said error // what fn said is not ours to classify
		_, err := tx.lite.run(ctx, text, args, func(row *liteStmt) error {
			v, err := scan(row)
			if err != nil {
				return err
			}
			said = fn(v)
			return said
		})
		if said != nil {
			return said
		}
		return classify(s, err)
	}
	rows, err := tx.pg.QueryContext(ctx, text, args...)
	if err != nil {
		return classify(s, err)
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return classify(s, err)
		}
		if err := fn(v); err != nil {
			return err
		}
	}
	return classify(s, rows.Err())
}

// Int64 scans a row of one integer.
func Int64(s Scanner) (n int64, err error) { return n, s.Scan(&n) }

// Text scans a row of one text.
func Text(s Scanner) (v string, err error) { return v, s.Scan(&v) }
