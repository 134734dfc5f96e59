// Package sqldb runs one SQL text on SQLite and PostgreSQL.
//
// The text is PostgreSQL's: $1 placeholders, TRUE, ON CONFLICT, RETURNING.
// SQLite reads the same text unchanged, so statements are never rewritten.
package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"

	"duban/internal/base/period"
)

// Engine is a database product.
type Engine string

const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is an open database.
type DB struct {
	Engine Engine
	read   *sql.DB // many connections
	write  *sql.DB // on SQLite exactly one, so that writers queue in Go and never meet SQLITE_BUSY
	clock  period.Clock
}

// Open opens the database that dsn names: sqlite:PATH or postgres://….
func Open(ctx context.Context, dsn string, c period.Clock) (*DB, error) {
	db := &DB{clock: c}
	var err error
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		db.Engine = SQLite
		// Pragmas ride on the DSN: set by Exec they would reach one pooled connection only.
		opts := "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)"
		if db.read, err = sql.Open("sqlite", "file:"+path+opts+"&_pragma=query_only(1)"); err != nil {
			return nil, err
		}
		if db.write, err = sql.Open("sqlite", "file:"+path+opts+"&_txlock=immediate"); err != nil {
			return nil, err
		}
		db.write.SetMaxOpenConns(1)
	} else {
		db.Engine = Postgres
		if db.read, err = sql.Open("pgx", dsn); err != nil {
			return nil, err
		}
		db.read.SetMaxOpenConns(16)
		db.write = db.read
	}
	if err := db.write.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("sqldb: open %s: %w", db.Engine, err)
	}
	return db, nil
}

// Close closes the database.
func (db *DB) Close() error {
	if db.write != db.read {
		db.write.Close()
	}
	return db.read.Close()
}

// Tx is a transaction. Its time stands still: every row that it writes bears the same instant.
type Tx struct {
	tx  *sql.Tx
	now time.Time
	eng Engine
}

// Now returns the instant at which the transaction began.
func (tx *Tx) Now() time.Time { return tx.now }

// View runs fn in a read-only transaction.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	return db.run(ctx, db.read, &sql.TxOptions{ReadOnly: db.Engine == Postgres}, fn)
}

// Update runs fn in a transaction that may write. It commits if fn returns nil.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	return db.run(ctx, db.write, nil, fn)
}

func (db *DB) run(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, fn func(*Tx) error) error {
	t, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("sqldb: begin: %w", err)
	}
	defer t.Rollback()
	if err := fn(&Tx{tx: t, now: db.clock.Now().UTC().Truncate(time.Millisecond), eng: db.Engine}); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("sqldb: commit: %w", err)
	}
	return nil
}

// Exec runs a statement and returns the number of rows that it changed.
func (tx *Tx) Exec(ctx context.Context, s *Stmt, args ...any) (int64, error) {
	res, err := tx.tx.ExecContext(ctx, s.Text(), args...)
	if err != nil {
		return 0, classify(s, err)
	}
	return res.RowsAffected()
}

// Scanner is a row.
type Scanner interface{ Scan(dest ...any) error }

// One returns the single row that a statement selects.
func One[T any](ctx context.Context, tx *Tx, s *Stmt, scan func(Scanner) (T, error), args ...any) (T, error) {
	v, err := scan(tx.tx.QueryRowContext(ctx, s.Text(), args...))
	if err != nil {
		var zero T
		return zero, classify(s, err)
	}
	return v, nil
}

// All returns every row that a statement selects.
func All[T any](ctx context.Context, tx *Tx, s *Stmt, scan func(Scanner) (T, error), args ...any) ([]T, error) {
	rows, err := tx.tx.QueryContext(ctx, s.Text(), args...)
	if err != nil {
		return nil, classify(s, err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, classify(s, err)
		}
		out = append(out, v)
	}
	return out, classify(s, rows.Err())
}
