package app

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"duban/internal/app/demo"
	"duban/internal/app/house"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
)

// contentOf is a sum over all rows of all tables and over the tables' definitions, read beside the program.
func contentOf(t *testing.T, dsn string) string {
	t.Helper()
	driver, name, list := "pgx", dsn, `SELECT table_name, (SELECT string_agg(column_name || ' ' || data_type, ',' ORDER BY ordinal_position) FROM information_schema.columns c
WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name) FROM information_schema.tables t WHERE table_schema = 'public' ORDER BY 1`
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		driver, name, list = "sqlite", "file:"+path+"?mode=ro", `SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY 1`
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h := sha256.New()
	tables := rowsOf(t, db, list)
	if len(tables) < 50 {
		t.Fatalf("only %d tables", len(tables))
	}
	for _, line := range tables {
		table := strings.TrimPrefix(strings.Split(line, "|")[1], "string:")
		fmt.Fprintln(h, line)
		rows := rowsOf(t, db, `SELECT * FROM "`+table+`"`)
		sort.Strings(rows)
		for _, r := range rows {
			fmt.Fprintln(h, r)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func rowsOf(t *testing.T, db *sql.DB, text string) (out []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	cols, _ := rows.Columns()
	for rows.Next() {
		vals, into := make([]any, len(cols)), make([]any, len(cols))
		for i := range vals {
			into[i] = &vals[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, v := range vals {
			fmt.Fprintf(&b, "|%T:%v", v, v)
		}
		out = append(out, b.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLookingChangesNothing: duban verify and duban check leave every row, and of SQLite every byte and every file, as it was; the ordinary opening does not,
// which shows that this test can fail. Both work beside an open server; --repair still writes.
func TestLookingChangesNothing(t *testing.T) {
	for engine, dsn := range sqldbtest.DSNs(t) {
		t.Run(engine, func(t *testing.T) {
			ctx := t.Context()
			smallAt(t, dsn)
			path, lite := strings.CutPrefix(dsn, "sqlite:")
			state := func() (rows string, file []byte) {
				t.Helper()
				rows = contentOf(t, dsn)
				if lite {
					var err error
					if file, err = os.ReadFile(path); err != nil {
						t.Fatal(err)
					}
				}
				return rows, file
			}
			files := func() string {
				t.Helper()
				if !lite {
					return ""
				}
				list, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
				if err != nil {
					t.Fatal(err)
				}
				return strings.Join(list, " ")
			}
			rows, file := state()
			if lite { // what read the rows beside the program has left its files there
				os.Remove(path + "-wal")
				os.Remove(path + "-shm")
			}
			beside := files()
			for _, args := range [][]string{{"verify"}, {"check"}} {
				if code, text := run(t, append(args, "--db", dsn)...); code != 0 {
					t.Errorf("%v: %d %s", args, code, text)
				}
				if now := files(); now != beside {
					t.Errorf("%v left %s, there was %s", args, now, beside)
				}
				if now, bytesNow := state(); now != rows || !bytes.Equal(bytesNow, file) {
					t.Errorf("%v changed the database", args)
				}
				if lite {
					os.Remove(path + "-wal")
					os.Remove(path + "-shm")
				}
			}
			// Beside an open server, whose node stands in the database.
			h, err := house.Open(ctx, house.Options{DSN: dsn, Clock: period.From(demoStart), Params: demo.Cheap})
			if err != nil {
				t.Fatal(err)
			}
			open := contentOf(t, dsn)
			if open == rows {
				t.Error("control: the ordinary opening wrote nothing")
			}
			for _, args := range [][]string{{"verify"}, {"check"}} {
				if code, text := run(t, append(args, "--db", dsn)...); code != 0 {
					t.Errorf("%v beside a server: %d %s", args, code, text)
				}
			}
			if contentOf(t, dsn) != open {
				t.Error("changed beside a server")
			}
			h.Close()
			if code, text := run(t, "check", "--repair", "--db", dsn); code != 0 {
				t.Errorf("%d %s", code, text)
			}
			// A house that only looks cannot write, whoever asks.
			eye, err := house.OpenReadOnly(ctx, house.Options{DSN: dsn})
			if err != nil {
				t.Fatal(err)
			}
			defer eye.Close()
			if err := eye.SetSetting(ctx, "x", "y"); err == nil {
				t.Error("a setting was written")
			}
			if err := eye.Checkpoint(ctx); err == nil {
				t.Error("a checkpoint was signed")
			}
		})
	}
}

// TestOldDatabaseIsNotVerified: the database of an older program is neither brought up to date nor half verified: the command says what to do.
func TestOldDatabaseIsNotVerified(t *testing.T) {
	for engine, dsn := range sqldbtest.DSNs(t) {
		t.Run(engine, func(t *testing.T) {
			ctx := t.Context()
			smallAt(t, dsn)
			db, err := sqldb.Open(ctx, dsn, period.System{})
			if err != nil {
				t.Fatal(err)
			}
			edit := func(list ...*sqldb.Stmt) {
				t.Helper()
				if err := db.Update(ctx, func(tx *sqldb.Tx) error {
					for _, s := range list {
						if _, err := tx.Exec(ctx, s); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			}
			edit(dropNodes, undoNodes)
			old := contentOf(t, dsn)
			for _, args := range [][]string{{"verify"}, {"check"}} {
				code, text := run(t, append(args, "--db", dsn)...)
				if code != 1 || !strings.Contains(text, "库是旧版") || !strings.Contains(text, "请先用 duban migrate 升级（先备份）") || strings.Contains(text, "通过") {
					t.Errorf("%v: %d %s", args, code, text)
				}
			}
			if contentOf(t, dsn) != old {
				t.Error("it was changed")
			}
			if code, text := run(t, "migrate", "--db", dsn); code != 0 {
				t.Fatal(text)
			}
			if code, text := run(t, "verify", "--db", dsn); code != 0 {
				t.Errorf("%d %s", code, text)
			}
			edit(newerSchema)
			if code, text := run(t, "verify", "--db", dsn); code != 1 || !strings.Contains(text, "9999_later.sql") || !strings.Contains(text, "请升级程序") {
				t.Errorf("a newer one: %d %s", code, text)
			}
			db.Close()
		})
	}
}

var newerSchema = sqldb.SQL("schema.testNewer", `INSERT INTO schema_migration (name, sum, at) VALUES ('9999_later.sql', 'x', 0)`)
