// Package sqldbtest gives a test an empty, migrated database on each engine.
package sqldbtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"database/sql"

	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/migrations"
)

// Each runs fn once per engine. PostgreSQL runs when DUBAN_TEST_POSTGRES names a server;
// where CI is set, its absence is a failure, never a silent skip.
func Each(t *testing.T, fn func(t *testing.T, db *sqldb.DB, c *period.Fixed)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); fn2(t, liteDSN(t), fn) })
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		if os.Getenv("DUBAN_TEST_POSTGRES") == "" {
			if os.Getenv("CI") != "" {
				t.Fatal("CI must test PostgreSQL: set DUBAN_TEST_POSTGRES")
			}
			t.Skip("DUBAN_TEST_POSTGRES is not set")
		}
		fn2(t, pgDSN(t), fn)
	})
}

// Postgres returns the address of an empty, migrated PostgreSQL database, for a test of several processes.
func Postgres(t *testing.T) (dsn string) {
	t.Helper()
	if os.Getenv("DUBAN_TEST_POSTGRES") == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("CI must test PostgreSQL: set DUBAN_TEST_POSTGRES")
		}
		t.Skip("DUBAN_TEST_POSTGRES is not set")
	}
	return pgDSN(t)
}

func fn2(t *testing.T, dsn string, fn func(*testing.T, *sqldb.DB, *period.Fixed)) {
	c := period.At(time.Date(2017, 3, 1, 9, 0, 0, 0, period.Beijing))
	db, err := sqldb.Open(t.Context(), dsn, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	fn(t, db, c)
}

var lite = sync.OnceValues(func() ([]byte, error) { // migrate once per package, then copy the file
	dir, err := os.MkdirTemp("", "duban")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "t.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrate(dsn string) error {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, dsn, period.System{})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Migrate(ctx, migrations.FS)
}

func liteDSN(t testing.TB) string {
	b, err := lite()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "t.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

var n atomic.Int64
var tmplMu sync.Mutex
var tmpl = sync.OnceValues(func() (string, error) { // one template database per test binary
	base := os.Getenv("DUBAN_TEST_POSTGRES")
	name := fmt.Sprintf("duban_tmpl_%d", os.Getpid())
	admin, err := sql.Open("pgx", base)
	if err != nil {
		return "", err
	}
	defer admin.Close()
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		return "", err
	}
	return name, migrate(strings.Replace(base, "/postgres?", "/"+name+"?", 1))
})

// DSNs returns a fresh migrated database of each engine that there is, by engine: for benchmarks, which Each does not run.
func DSNs(tb testing.TB) map[string]string {
	tb.Helper()
	out := map[string]string{"sqlite": liteDSN(tb)}
	if os.Getenv("DUBAN_TEST_POSTGRES") != "" {
		out["postgres"] = pgDSN(tb)
	}
	return out
}

func pgDSN(t testing.TB) string {
	base := os.Getenv("DUBAN_TEST_POSTGRES")
	tm, err := tmpl()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("duban_%d_%d", os.Getpid(), n.Add(1))
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	tmplMu.Lock() // CREATE DATABASE … TEMPLATE wants the template to itself
	_, err = admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + tm)
	tmplMu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); admin.Close() })
	return strings.Replace(base, "/postgres?", "/"+name+"?", 1)
}
