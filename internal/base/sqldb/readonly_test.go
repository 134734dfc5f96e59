package sqldb_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/migrations"
)

var (
	insertSetting = sqldb.SQL("house.testInsertSetting", `INSERT INTO house_setting (name, value) VALUES ($1, $2)`)
	countSettings = sqldb.SQL("house.testCountSettings", `SELECT COUNT(*) FROM house_setting`)
)

func settings(t testing.TB, db *sqldb.DB) (n int64) {
	t.Helper()
	if err := db.View(t.Context(), func(tx *sqldb.Tx) (err error) {
		n, err = sqldb.One(t.Context(), tx, countSettings, sqldb.Int64)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func enter(t testing.TB, db *sqldb.DB, name string) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), insertSetting, name, "x")
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestReadOnly: what is opened to be looked at shows what others write meanwhile, and every way to write through it fails: a transaction that would write is
// refused by the program, a statement that writes in one that reads by the engine.
func TestReadOnly(t *testing.T) {
	for engine, dsn := range sqldbtest.DSNs(t) {
		t.Run(engine, func(t *testing.T) {
			ctx := t.Context()
			writer, err := sqldb.Open(ctx, dsn, period.System{})
			if err != nil {
				t.Fatal(err)
			}
			defer writer.Close()
			enter(t, writer, "a")
			db, err := sqldb.OpenReadOnly(ctx, dsn, period.System{})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := db.Fits(ctx, migrations.FS); err != nil || !db.ReadOnly() || settings(t, db) != 1 {
				t.Error(err)
			}
			enter(t, writer, "b") // nobody who only looks stands in a writer's way, nor sees less than he did
			if n := settings(t, db); n != 2 {
				t.Errorf("%d rows seen", n)
			}
			write := func(tx *sqldb.Tx) error {
				_, err := tx.Exec(ctx, insertSetting, "c", "x")
				return err
			}
			if err := db.Update(ctx, write); err == nil || !strings.Contains(err.Error(), "只读") {
				t.Errorf("a transaction that writes: %v", err)
			}
			if err := db.View(ctx, write); err == nil {
				t.Error("the engine wrote")
			}
			if err := db.Migrate(ctx, migrations.FS); err == nil {
				t.Error("it migrates")
			}
			if err := db.Optimize(ctx); err == nil {
				t.Error("it writes statistics")
			}
			if n := settings(t, writer); n != 2 {
				t.Errorf("%d rows written", n)
			}
			if err := writer.View(ctx, write); err == nil {
				t.Error("control: a reader of the ordinary opening wrote")
			}
			if err := writer.Update(ctx, write); err != nil {
				t.Errorf("control: the ordinary opening does not write: %v", err)
			}
		})
	}
}

// TestReadOnlySaysWhatIsWrong: what is not there, is no database or not this program's is named, and left as it is.
func TestReadOnlySaysWhatIsWrong(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	refused := func(name, want string) {
		t.Helper()
		before := listing(t, dir)
		db, err := sqldb.OpenReadOnly(ctx, "sqlite:"+filepath.Join(dir, name), period.System{})
		if err == nil {
			err = db.Fits(ctx, migrations.FS)
			db.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
		if after := listing(t, dir); after != before {
			t.Errorf("%s: the folder held %s and holds %s", name, before, after)
		}
	}
	refused("none.db", "没有数据库文件")
	refused(".", "不是文件")
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("empty.db", "")
	refused("empty.db", "空文件")
	put("text.db", strings.Repeat("这不是数据库。", 1000))
	refused("text.db", "不是数据库文件")
	// A question mark in a name begins no parameters: this is the file, and no other.
	db, err := sqldb.Open(ctx, "sqlite:"+filepath.Join(dir, "老库?mode=memory%41#1.db"), period.System{})
	if err != nil {
		t.Fatal(err)
	}
	old := fstest.MapFS{}
	list, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range list[:len(list)-1] {
		b, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		old[name] = &fstest.MapFile{Data: b}
	}
	if err := db.Migrate(ctx, old); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "老库?mode=memory%41#1.db")); err != nil {
		t.Fatal(err)
	}
	look := func(fsys fs.FS) error {
		t.Helper()
		db, err := sqldb.OpenReadOnly(ctx, "sqlite:"+filepath.Join(dir, "老库?mode=memory%41#1.db"), period.System{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		return db.Fits(ctx, fsys)
	}
	if err := look(migrations.FS); err == nil || !strings.Contains(err.Error(), "库是旧版（第") || !strings.Contains(err.Error(), "请先用 duban migrate 升级（先备份）") {
		t.Errorf("an older schema: %v", err)
	}
	if err := look(old); err != nil {
		t.Errorf("control: its own program's: %v", err)
	}
	index := fstest.MapFS{"9000_index.sql": {Data: []byte("-- faster\nCREATE INDEX x ON org_unit (region_id, code);\n")}}
	for name, f := range old {
		index[name] = f
	}
	if err := look(index); err != nil {
		t.Errorf("only an index is missing: %v", err)
	}
	delete(old, list[len(list)-2])
	if err := look(old); err == nil || !strings.Contains(err.Error(), "更新的版本") {
		t.Errorf("a newer schema: %v", err)
	}
	if _, err := sqldb.OpenReadOnly(ctx, "mysql://x:secret@y/z", period.System{}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	if _, err := sqldb.OpenReadOnly(ctx, "postgres://x:secret@y:port/z", period.System{}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

func listing(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b.WriteString(" " + filepath.Base(p))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestReadOnlyLeavesTheFile: looking at an SQLite file changes no byte of it, closed and open; the ordinary opening turns a backup into a WAL file at once.
func TestReadOnlyLeavesTheFile(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "t.db")
	db, err := sqldb.Open(ctx, sqldbtest.DSNs(t)["sqlite"], period.System{})
	if err != nil {
		t.Fatal(err)
	}
	enter(t, db, "a")
	if err := db.Backup(ctx, path); err != nil {
		t.Fatal(err)
	}
	db.Close()
	bytesOf := func() []byte {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	before := bytesOf()
	look := func() {
		t.Helper()
		db, err := sqldb.OpenReadOnly(ctx, "sqlite:"+path, period.System{})
		if err != nil {
			t.Fatal(err)
		}
		if n := settings(t, db); n != 1 {
			t.Errorf("%d rows seen", n)
		}
		if err := db.Undisturbed(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	look()
	if !bytes.Equal(before, bytesOf()) {
		t.Error("a look at a backup changed it")
	}
	if db, err = sqldb.Open(ctx, "sqlite:"+path, period.System{}); err != nil {
		t.Fatal(err)
	}
	settings(t, db)
	db.Close()
	wal := bytesOf()
	if bytes.Equal(before, wal) {
		t.Error("control: the ordinary opening changed nothing")
	}
	look()
	if !bytes.Equal(wal, bytesOf()) {
		t.Error("a look at a WAL file changed it")
	}
	if l := listing(t, filepath.Dir(path)); l != " t.db" {
		t.Errorf("left in the folder:%s", l)
	}
	// Somebody opens it while it is looked at as it lay: the look is worth nothing, and says so.
	eye, err := sqldb.OpenReadOnly(ctx, "sqlite:"+path, period.System{})
	if err != nil {
		t.Fatal(err)
	}
	if db, err = sqldb.Open(ctx, "sqlite:"+path, period.System{}); err != nil {
		t.Fatal(err)
	}
	enter(t, db, "b")
	if err := eye.Undisturbed(); err == nil || !strings.Contains(err.Error(), "再来一次") {
		t.Errorf("while it is open: %v", err)
	}
	db.Close()
	if err := eye.Undisturbed(); err == nil {
		t.Error("after it was closed again")
	}
	eye.Close()
}
