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
	_ "modernc.org/sqlite"             // driver "sqlite"

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
	path   string  // of the SQLite file
	read   *sql.DB // many connections
	write  *sql.DB // on SQLite exactly one, so that writers queue in Go and never meet SQLITE_BUSY
	clock  period.Clock
	group  group
	cache  [2]sync.Map // text -> *sql.Stmt, for the read pool and the write pool; the texts of a List are few, since its filters are declared
	missed []string    // SQLite: texts to prepare before the next group; touched by its leader only
}

// Open opens the database that dsn names: sqlite:PATH or postgres://….
func Open(ctx context.Context, dsn string, c period.Clock) (*DB, error) {
	db := &DB{clock: c}
	var err error
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		db.Engine, db.path = SQLite, path
		// Pragmas ride on the DSN: set by Exec they would reach one pooled connection only.
		opts := "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)&_pragma=cache_size(-8000)"
		if db.write, err = sql.Open("sqlite", "file:"+path+opts+"&_txlock=immediate"); err != nil {
			return nil, err
		}
		db.write.SetMaxOpenConns(1)
		if db.read, err = sql.Open("sqlite", "file:"+path+opts+"&_pragma=query_only(1)"); err != nil {
			return nil, err
		}
		db.read.SetMaxOpenConns(8)
		db.read.SetMaxIdleConns(4)
	} else if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		db.Engine = Postgres
		if db.read, err = sql.Open("pgx", dsn); err != nil {
			return nil, err
		}
		db.read.SetMaxOpenConns(16)
		db.read.SetMaxIdleConns(16)
		db.write = db.read
	} else {
		return nil, fmt.Errorf("sqldb: 看不懂数据库地址 %q：请写 sqlite:文件 或 postgres://用户:口令@主机/库名", redact(dsn))
	}
	if err := db.write.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("sqldb: open %s: %w", db.Engine, err)
	}
	return db, nil
}

func redact(dsn string) string {
	if i := strings.LastIndex(dsn, "@"); i >= 0 {
		return "…" + dsn[i:]
	}
	return dsn
}

// Close closes the database.
func (db *DB) Close() error {
	for i := range db.cache {
		db.cache[i].Range(func(_, v any) bool { v.(*sql.Stmt).Close(); return true })
	}
	if db.write != db.read && db.write != nil {
		db.write.Close()
	}
	if db.read == nil {
		return nil
	}
	return db.read.Close()
}

// Clock returns the clock that gives transactions their instant.
func (db *DB) Clock() period.Clock { return db.clock }

// Tx is a transaction. Its time stands still: every row that it writes bears the same instant.
type Tx struct {
	db     *DB
	tx     *sql.Tx
	now    time.Time
	write  bool
	after  []func()
	missed []string // texts that a reader had to parse
}

// Now returns the instant at which the transaction began, to the millisecond.
func (tx *Tx) Now() time.Time { return tx.now }

// Writes reports whether the transaction may write: what it reads may yet be rolled back.
func (tx *Tx) Writes() bool { return tx.write }

// AfterCommit runs fn once the transaction is durable. It is not called if the transaction fails.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

func (db *DB) newTx(t *sql.Tx, write bool) *Tx {
	return &Tx{db: db, tx: t, write: write, now: db.clock.Now().UTC().Truncate(time.Millisecond)}
}

// View runs fn in a read-only transaction: everything it reads is of one instant.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	t, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: db.Engine == Postgres, Isolation: map[Engine]sql.IsolationLevel{Postgres: sql.LevelRepeatableRead}[db.Engine]})
	if err != nil {
		return fmt.Errorf("sqldb: begin: %w", err)
	}
	tx := db.newTx(t, false)
	defer db.prepareForReaders(tx) // runs last: the connection must be back first
	defer t.Rollback()
	return fn(tx)
}

// prepareForReaders prepares what a reader had to parse, now that it holds no connection: a reader that waited for a second one
// while it held its own would, with enough of its kind, wait for ever.
func (db *DB) prepareForReaders(tx *Tx) {
	for _, text := range tx.missed {
		if _, ok := db.cache[0].Load(text); ok {
			continue
		}
		st, err := db.read.PrepareContext(context.Background(), text)
		if err != nil {
			continue // the reader itself has said what is wrong
		}
		if _, dup := db.cache[0].LoadOrStore(text, st); dup {
			st.Close()
		}
	}
}

// Update runs fn in a transaction that may write, and returns when it is durable.
// fn must do nothing but compute and speak to the database: others wait for it. On PostgreSQL it
// is run again when the server reports a deadlock or a serialization failure, so it must
// not change anything outside before AfterCommit.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
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
	t, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqldb: begin: %w", err)
	}
	defer t.Rollback()
	tx := db.newTx(t, true)
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

// prepared returns the statement prepared for this transaction's pool; texts are parsed once per connection.
func (tx *Tx) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if tx.db.Engine == Postgres { // pgx keeps its own cache
		return nil, nil
	}
	i := 0
	if tx.write {
		i = 1
	}
	if v, ok := tx.db.cache[i].Load(text); ok {
		return tx.tx.StmtContext(ctx, v.(*sql.Stmt)), nil
	}
	if tx.write { // the only connection is ours: a Prepare on the pool would wait for itself
		tx.db.missed = append(tx.db.missed, text)
		return tx.tx.PrepareContext(ctx, text)
	}
	tx.missed = append(tx.missed, text)
	return tx.tx.PrepareContext(ctx, text)
}

func (tx *Tx) ctx(ctx context.Context, s *Stmt) context.Context {
	count(ctx, s)
	if tx.write {
		// An interrupted write would roll back every writer that shares this commit.
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// Exec runs a statement and returns the number of rows that it changed.
func (tx *Tx) Exec(ctx context.Context, s *Stmt, args ...any) (int64, error) {
	ctx = tx.ctx(ctx, s)
	st, err := tx.prepared(ctx, s.text)
	if err != nil {
		return 0, classify(s, err)
	}
	var res sql.Result
	if st != nil {
		res, err = st.ExecContext(ctx, args...)
		st.Close()
	} else {
		res, err = tx.tx.ExecContext(ctx, s.text, args...)
	}
	if err != nil {
		return 0, classify(s, err)
	}
	return res.RowsAffected()
}

func (tx *Tx) query(ctx context.Context, s *Stmt, text string, args []any) (*sql.Rows, func(), error) {
	ctx = tx.ctx(ctx, s)
	st, err := tx.prepared(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	if st != nil {
		rows, err := st.QueryContext(ctx, args...)
		return rows, func() { st.Close() }, err
	}
	rows, err := tx.tx.QueryContext(ctx, text, args...)
	return rows, func() {}, err
}

// Scanner is a row.
type Scanner interface{ Scan(dest ...any) error }

// One returns the single row that a statement selects; an error of kind NotFound if there is none.
func One[T any](ctx context.Context, tx *Tx, s *Stmt, scan func(Scanner) (T, error), args ...any) (T, error) {
	var zero T
	rows, done, err := tx.query(ctx, s, s.text, args)
	if err != nil {
		return zero, classify(s, err)
	}
	defer done()
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return zero, classify(s, err)
		}
		return zero, classify(s, sql.ErrNoRows)
	}
	v, err := scan(rows)
	if err != nil {
		return zero, classify(s, err)
	}
	// A RETURNING statement has done all its work only when its rows are read to the end.
	for rows.Next() {
	}
	return v, classify(s, rows.Err())
}

// Maybe is One for a row that may be absent: ok is false then.
func Maybe[T any](ctx context.Context, tx *Tx, s *Stmt, scan func(Scanner) (T, error), args ...any) (v T, ok bool, err error) {
	list, err := All(ctx, tx, s, scan, args...)
	if err != nil || len(list) == 0 {
		return v, false, err
	}
	return list[0], true, nil
}

// All returns every row that a statement selects.
func All[T any](ctx context.Context, tx *Tx, s *Stmt, scan func(Scanner) (T, error), args ...any) ([]T, error) {
	return all(ctx, tx, s, s.text, scan, args)
}

func all[T any](ctx context.Context, tx *Tx, s *Stmt, text string, scan func(Scanner) (T, error), args []any) ([]T, error) {
	var out []T
	err := each(ctx, tx, s, text, scan, args, func(v T) error { out = append(out, v); return nil })
	return out, err
}

// Each calls fn for every row that a statement selects, without keeping them: for exports.
func Each[T any](ctx context.Context, tx *Tx, s *Stmt, scan func(Scanner) (T, error), fn func(T) error, args ...any) error {
	return each(ctx, tx, s, s.text, scan, args, fn)
}

func each[T any](ctx context.Context, tx *Tx, s *Stmt, text string, scan func(Scanner) (T, error), args []any, fn func(T) error) error {
	rows, done, err := tx.query(ctx, s, text, args)
	if err != nil {
		return classify(s, err)
	}
	defer done()
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
