package sqldb_test

import (
	"slices"
	"strings"
	"testing"

	"database/sql"

	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/migrations"
)

// TestShape: whatever would show a verifier something else than a page is named; what merely stands beside our tables is not. Undone, nothing is left to say.
func TestShape(t *testing.T) {
	type deed struct {
		name     string
		engine   string // "" for both
		do, undo []string
		want     string
		harmless bool
	}
	liar := []string{`ALTER TABLE house_setting RENAME TO house_kept`, `CREATE VIEW house_setting AS SELECT name, value FROM house_kept`}
	deeds := []deed{
		{name: "a view in a table's place", do: liar, undo: []string{`DROP VIEW house_setting`, `ALTER TABLE house_kept RENAME TO house_setting`}, want: "house_setting 不是普通的表"},
		{name: "a table gone", do: []string{`ALTER TABLE house_setting RENAME TO house_kept`}, undo: []string{`ALTER TABLE house_kept RENAME TO house_setting`}, want: "没有表 house_setting"},
		{name: "a column gone", do: []string{`ALTER TABLE house_setting RENAME COLUMN value TO other`}, undo: []string{`ALTER TABLE house_setting RENAME COLUMN other TO value`}, want: "house_setting 少一列 value"},
		{name: "a table, a view and an index beside", do: []string{`CREATE TABLE dba_note (x INTEGER)`, `CREATE VIEW dba_view AS SELECT name FROM house_setting`, `CREATE INDEX dba_index ON house_setting (value)`},
			undo: []string{`DROP VIEW dba_view`, `DROP TABLE dba_note`, `DROP INDEX dba_index`}, harmless: true},
		{name: "a trigger", engine: "sqlite", do: []string{`CREATE TRIGGER evil AFTER INSERT ON house_setting BEGIN UPDATE house_setting SET value = 'x'; END`}, undo: []string{`DROP TRIGGER evil`}, want: "触发器 evil"},
		{name: "a trigger", engine: "postgres", do: []string{`CREATE FUNCTION evil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`, `CREATE TRIGGER evil BEFORE INSERT ON house_setting FOR EACH ROW EXECUTE FUNCTION evil()`},
			undo: []string{`DROP TRIGGER evil ON house_setting`, `DROP FUNCTION evil`}, want: "house_setting 上有触发器"},
		{name: "a rule", engine: "postgres", do: []string{`CREATE RULE evil AS ON UPDATE TO house_setting DO INSTEAD NOTHING`}, undo: []string{`DROP RULE evil ON house_setting`}, want: "改写规则"},
		{name: "row security", engine: "postgres", do: []string{`ALTER TABLE house_setting ENABLE ROW LEVEL SECURITY`}, undo: []string{`ALTER TABLE house_setting DISABLE ROW LEVEL SECURITY`}, want: "行级安全"},
		{name: "a computed column", engine: "sqlite", do: []string{`ALTER TABLE house_setting DROP COLUMN value`, `ALTER TABLE house_setting ADD COLUMN value TEXT AS (name || 'x')`},
			undo: []string{`ALTER TABLE house_setting DROP COLUMN value`, `ALTER TABLE house_setting ADD COLUMN value TEXT`}, want: "value 一列是算出来的"},
		{name: "a computed column", engine: "postgres", do: []string{`ALTER TABLE house_setting DROP COLUMN value`, `ALTER TABLE house_setting ADD COLUMN value TEXT GENERATED ALWAYS AS (name || 'x') STORED`},
			undo: []string{`ALTER TABLE house_setting DROP COLUMN value`, `ALTER TABLE house_setting ADD COLUMN value TEXT`}, want: "value 一列是算出来的"},
		{name: "a table of an earlier schema", engine: "postgres", do: []string{`CREATE SCHEMA postgres`, `CREATE VIEW postgres.house_setting AS SELECT name, value FROM public.house_setting`},
			undo: []string{`DROP SCHEMA postgres CASCADE`}, want: "house_setting 不是普通的表"},
	}
	for engine, dsn := range sqldbtest.DSNs(t) {
		t.Run(engine, func(t *testing.T) {
			driver, name := "pgx", dsn
			if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
				driver, name = "sqlite", path
			}
			hand, err := sql.Open(driver, name)
			if err != nil {
				t.Fatal(err)
			}
			defer hand.Close()
			shape := func() []string {
				t.Helper()
				db, err := sqldb.OpenReadOnly(t.Context(), dsn, period.System{})
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				bad, err := db.Shape(t.Context(), migrations.FS)
				if err != nil {
					t.Fatal(err)
				}
				return bad
			}
			exec := func(list []string) {
				t.Helper()
				for _, s := range list {
					if _, err := hand.ExecContext(t.Context(), s); err != nil {
						t.Fatalf("%s: %v", s, err)
					}
				}
			}
			if bad := shape(); len(bad) != 0 {
				t.Fatalf("untouched: %v", bad)
			}
			for _, d := range deeds {
				if d.engine != "" && d.engine != engine {
					continue
				}
				exec(d.do)
				bad := shape()
				if d.harmless != (len(bad) == 0) || !d.harmless && !slices.ContainsFunc(bad, func(s string) bool { return strings.Contains(s, d.want) }) {
					t.Errorf("%s: %v", d.name, bad)
				}
				exec(d.undo)
				if bad := shape(); len(bad) != 0 {
					t.Errorf("%s, undone: %v", d.name, bad)
				}
			}
		})
	}
}

// TestLyingIndex: an index that says something else than its table, from which some pages would read, is found.
func TestLyingIndex(t *testing.T) {
	dsn := sqldbtest.DSNs(t)["sqlite"]
	db, err := sqldb.Open(t.Context(), dsn, period.System{})
	if err != nil {
		t.Fatal(err)
	}
	enter(t, db, "a")
	db.Close()
	hand, err := sql.Open("sqlite", strings.TrimPrefix(dsn, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer hand.Close()
	hand.SetMaxOpenConns(1)
	for _, s := range []string{ // the row is written while the index is not known, and the index then put back as it was
		`CREATE INDEX dba_index ON house_setting (value)`,
		`CREATE TABLE dba_kept AS SELECT * FROM sqlite_schema WHERE name = 'dba_index'`,
		`PRAGMA writable_schema = ON`,
		`DELETE FROM sqlite_schema WHERE name = 'dba_index'`,
		`PRAGMA writable_schema = RESET`,
		`UPDATE house_setting SET value = 'forged'`,
		`PRAGMA writable_schema = ON`,
		`INSERT INTO sqlite_schema SELECT * FROM dba_kept`,
		`PRAGMA writable_schema = RESET`,
	} {
		if _, err := hand.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	eye, err := sqldb.OpenReadOnly(t.Context(), dsn, period.System{})
	if err != nil {
		t.Fatal(err)
	}
	defer eye.Close()
	if bad, err := eye.Shape(t.Context(), migrations.FS); err != nil || !slices.ContainsFunc(bad, func(s string) bool { return strings.Contains(s, "索引与表不符") }) {
		t.Errorf("%v %v", bad, err)
	}
}
