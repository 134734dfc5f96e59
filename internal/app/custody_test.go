package app

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"duban/internal/app/demo"
	"duban/internal/app/house"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
)

// small is a district with one administrator and a few entries in its ledger.
func small(t *testing.T) (dsn string, region int64) {
	t.Helper()
	dsn = "sqlite:" + filepath.Join(t.TempDir(), "small.db")
	return dsn, smallAt(t, dsn)
}

// smallAt makes the small district in a database, and returns its region.
func smallAt(t *testing.T, dsn string) (region int64) {
	t.Helper()
	ctx := t.Context()
	h, err := house.Open(ctx, house.Options{DSN: dsn, Clock: period.At(time.Date(2017, 3, 1, 9, 0, 0, 0, period.Beijing)), Params: demo.Cheap})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	r, err := h.Org.CreateRegion(ctx, org.Region{Name: "宁德市蕉城区", ShortName: "蕉城"})
	if err != nil {
		t.Fatal(err)
	}
	admin := auth.With(ctx, auth.Actor{ID: 1, RegionID: r.ID, Roles: []auth.Role{auth.SysAdmin}})
	u, err := h.Org.SaveUnit(admin, org.Unit{Name: "区信息化办公室", Kind: org.Office})
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.Org.SavePerson(admin, org.Person{Name: "雷见山", UnitID: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		return h.Account.Create(ctx, tx, r.ID, p.ID, "anquan", demo.Password, auth.SecAdmin)
	}); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func run(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := Run(t.Context(), args, &out, &out)
	return code, out.String()
}

// TestAdminReset resets an administrator's password at the machine: the old one is dead, the new one opens and must be changed.
func TestAdminReset(t *testing.T) {
	dsn, _ := small(t)
	code, text := run(t, "admin", "reset", "AnQuan", "--db", dsn)
	m := regexp.MustCompile(`一次性密码：(\S+)`).FindStringSubmatch(text)
	if code != 0 || m == nil || !strings.Contains(text, "马上改密码") {
		t.Fatalf("%d %s", code, text)
	}
	h, err := house.Open(t.Context(), house.Options{DSN: dsn, Params: demo.Cheap})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if _, err := h.Account.Login(t.Context(), "anquan", demo.Password, "", "10.0.0.1", "test"); err == nil {
		t.Error("the old password still opens")
	}
	token, err := h.Account.Login(t.Context(), "anquan", m[1], "", "10.0.0.1", "test")
	if err != nil {
		t.Fatalf("the printed password does not open: %v", err)
	}
	var s account.Session
	if s, err = h.Account.Find(t.Context(), token); err != nil || !s.MustChange {
		t.Errorf("it need not be changed: %+v %v", s, err)
	}
	if code, text := run(t, "admin", "reset", "nobody", "--db", dsn); code != 1 || !strings.Contains(text, "没有登录名是“nobody”的账号") {
		t.Errorf("%d %s", code, text)
	}
}

// TestCustody gives checkpoints to a second office, and finds a ledger that was rebuilt whole: only what was kept outside shows it.
func TestCustody(t *testing.T) {
	dsn, _ := small(t)
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.Mkdir(kept, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(kept, "2017-03.txt")
	if code, text := run(t, "checkpoint", "--out", file, "--db", dsn); code != 0 || !strings.Contains(text, "1 份签封和公钥") {
		t.Fatalf("%d %s", code, text)
	}
	b, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(b), "宁德市蕉城区") {
		t.Fatalf("%s %v", b, err)
	}
	notes, key := notesIn(string(b))
	if len(notes) != 1 || !strings.HasPrefix(key, "duban+") {
		t.Fatalf("%d notes, key %q", len(notes), key)
	}
	if code, text := run(t, "checkpoint", "--out", file, "--db", dsn); code == 0 || !strings.Contains(text, "不能覆盖") {
		t.Errorf("an older checkpoint was overwritten: %d %s", code, text)
	}
	for _, args := range [][]string{{"--outside", kept}, {"--outside", file, "--pubkey", key}, {"--outside", file, "--pubkey", file}, {"--outside", file, "--outside", kept}} {
		if code, text := run(t, append([]string{"verify", "--db", dsn}, args...)...); code != 0 || !strings.Contains(text, "外面保存的签封") || !strings.Contains(text, "核验通过") {
			t.Errorf("%v: %d %s", args, code, text)
		}
	}
	// Without a key outside, the verification says what it cannot find.
	bare := filepath.Join(t.TempDir(), "note.txt")
	if err := os.WriteFile(bare, []byte(strings.ReplaceAll(notes[0], "\n", "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, text := run(t, "verify", "--db", dsn, "--outside", bare); code != 0 || !strings.Contains(text, "请加 --pubkey") {
		t.Errorf("%d %s", code, text)
	}
	// Another ledger with another key, complete in itself.
	other, _ := small(t)
	if code, text := run(t, "checkpoint", "--out", filepath.Join(t.TempDir(), "x"), "--db", other); code != 0 {
		t.Fatal(text)
	}
	if code, text := run(t, "verify", "--db", other); code != 0 {
		t.Fatalf("the other is not clean: %s", text)
	}
	if code, text := run(t, "verify", "--db", other, "--outside", kept); code != 1 || !strings.Contains(text, "签名密钥被换过") || !strings.Contains(text, "与台账不一致") {
		t.Errorf("a ledger that was rebuilt passes: %d %s", code, text)
	}
	if code, text := run(t, "verify", "--db", dsn, "--outside", t.TempDir()); code != 1 || !strings.Contains(text, "没有签封") {
		t.Errorf("an empty folder: %d %s", code, text)
	}
	if code, text := run(t, "verify", file, "--outside", file); code != 1 || !strings.Contains(text, "不能和证明文件一起写") {
		t.Errorf("%d %s", code, text)
	}
	empty := "sqlite:" + filepath.Join(t.TempDir(), "empty.db")
	if code, text := run(t, "migrate", "--db", empty); code != 0 {
		t.Fatalf("%d %s", code, text)
	}
	if code, text := run(t, "checkpoint", "--out", filepath.Join(kept, "x"), "--db", empty); code != 1 || !strings.Contains(text, "没有记录") {
		t.Errorf("an empty ledger: %d %s", code, text)
	}
}

// TestMistypedDatabase: nothing is made, verified or backed up of a database that is not there.
func TestMistypedDatabase(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"verify"}, {"check"}, {"backup", filepath.Join(dir, "copy.db")}, {"checkpoint", "--out", filepath.Join(dir, "kept.txt")}, {"admin", "reset", "anquan"}} {
		file := filepath.Join(dir, args[0]+".db")
		code, text := run(t, append(args, "--db", "sqlite:"+file)...)
		if code != 1 || !strings.Contains(text, "没有数据库文件") {
			t.Errorf("%v: %d %s", args, code, text)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("made all the same: %v %v", left, err)
	}
}

var (
	pokeBlob  = sqldb.SQL("evidence.testPoke", `UPDATE evidence_blob SET content = $2 WHERE region_id = $1`)
	dropNodes = sqldb.SQL("house.testDropNodes", `DROP TABLE house_node`)
	undoNodes = sqldb.SQL("schema.testUndo", `DELETE FROM schema_migration WHERE name = '0053_house_node.sql'`)
)

// TestBackup: the copy verifies, is nobody else's to read, overwrites nothing, and is of the database as it stands, even if an older program left it.
func TestBackup(t *testing.T) {
	ctx := t.Context()
	dsn, region := small(t)
	edit := func(fn func(h *house.House) error) {
		t.Helper()
		h, err := house.Open(ctx, house.Options{DSN: dsn, Clock: period.At(time.Date(2017, 3, 2, 9, 0, 0, 0, period.Beijing)), Params: demo.Cheap})
		if err == nil {
			err = fn(h)
			h.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	edit(func(h *house.House) error {
		clerk := auth.Actor{ID: 9, RegionID: region, UnitID: 8, Roles: []auth.Role{auth.Clerk}}
		return h.DB.Update(ctx, func(tx *sqldb.Tx) error {
			_, err := h.Evidence.Put(ctx, tx, clerk, ref.Ref{Kind: "task.task", ID: 7}, 8, "验收单.txt", []byte("验收合格"))
			return err
		})
	})
	copied := filepath.Join(t.TempDir(), "copy.db")
	if code, text := run(t, "backup", copied, "--db", dsn); code != 0 {
		t.Fatalf("%d %s", code, text)
	}
	for _, file := range []string{copied, strings.TrimPrefix(dsn, "sqlite:")} {
		if f, err := os.Stat(file); err != nil || f.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", file, f.Mode(), err)
		}
	}
	if code, text := run(t, "backup", copied, "--db", dsn); code != 1 || !strings.Contains(text, "不会覆盖") {
		t.Errorf("a backup was overwritten: %d %s", code, text)
	}
	if code, text := run(t, "verify", "--db", "sqlite:"+copied); code != 0 {
		t.Errorf("the copy: %d %s", code, text)
	}
	// One byte of a file that was offered as proof.
	edit(func(h *house.House) error {
		return h.DB.Update(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, pokeBlob, region, []byte("验收不格"))
			return err
		})
	})
	if code, text := run(t, "verify", "--db", dsn); code != 1 || !strings.Contains(text, "“验收单.txt”") || !strings.Contains(text, "1 处不一致") {
		t.Errorf("changed bytes of an exhibit: %d %s", code, text)
	}
	// As an older program left it: a backup must not change it, and the copy is as old.
	db, err := sqldb.Open(ctx, dsn, period.System{})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, dropNodes); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, undoNodes)
		if n != 1 {
			t.Errorf("%d migrations undone", n)
		}
		return err
	})
	db.Close()
	if err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(t.TempDir(), "old.db")
	if code, text := run(t, "backup", old, "--db", dsn); code != 0 {
		t.Fatalf("%d %s", code, text)
	}
	for _, file := range []string{dsn, "sqlite:" + old} {
		db, err := sqldb.Open(ctx, file, period.System{})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(ctx, func(tx *sqldb.Tx) error { _, err := tx.Exec(ctx, dropNodes); return err })
		db.Close()
		if err == nil {
			t.Errorf("%s was brought up to date by a backup", file)
		}
	}
}

// TestConfigMasksSecrets: the printed configuration shows no password, however the address spells it.
func TestConfigMasksSecrets(t *testing.T) {
	for dsn, want := range map[string]string{
		"postgres://duban:geheim@db/duban":                         "postgres://duban:****@db/duban",
		"postgres://duban:ge@heim@db/duban":                        "postgres://duban:****@db/duban",
		"postgres://db/duban?user=duban&password=geheim&sslmode=x": "postgres://db/duban?user=duban&password=****&sslmode=x",
		"sqlite:duban.db":                                          "sqlite:duban.db",
	} {
		if got := mask(dsn); got != want {
			t.Errorf("%s: %s", dsn, got)
		}
	}
}
