package ledger

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
)

// The tests' business rows are units; any table would do.
const unitKind = "ledgertest.unit"

var (
	testInsertUnit = sqldb.SQL("ledger.testInsertUnit", `INSERT INTO org_unit (region_id, id, name, short_name, kind, sort_no) VALUES ($1, $2, $3, $3, 'office', $4)`)
	testSelectUnit = sqldb.SQL("ledger.testSelectUnit", `SELECT id, name, sort_no FROM org_unit WHERE region_id = $1 ORDER BY id`)
	testDeleteUnit = sqldb.SQL("ledger.testDeleteUnit", `DELETE FROM org_unit WHERE region_id = $1 AND id = $2`)
)

type unit struct {
	ID   int64  `json:"-"`
	Name string `json:"name"`
	Sort int64  `json:"sort"`
}

func init() {
	RegisterSubject(unitKind, func(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(int64, any) error) error {
		return sqldb.Each(ctx, tx, testSelectUnit, func(s sqldb.Scanner) (u unit, err error) { return u, s.Scan(&u.ID, &u.Name, &u.Sort) },
			func(u unit) error { return yield(u.ID, u) }, regionID)
	}, Labels{"": "单位", "name": "名称"})
}

// filled is a database with n sealed rows in region 7, three checkpoints, one row removed in order, and a little in region 8.
func filled(t *testing.T, db *sqldb.DB, c *period.Fixed, n int64) *Service {
	t.Helper()
	s := New(db)
	for i := range n {
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error {
			u := unit{i + 1, fmt.Sprintf("第%d单位", i+1), i}
			if _, err := tx.Exec(ctx, testInsertUnit, int64(7), u.ID, u.Name, u.Sort); err != nil {
				return err
			}
			return Append(ctx, tx, clerk, ref.Ref{Kind: unitKind, ID: u.ID}, "open", Row(u))
		})
		if i == 2 || i == 6 {
			if _, err := s.Checkpoint(t.Context(), 7); err != nil {
				t.Fatal(err)
			}
		}
	}
	do(t, db, func(ctx context.Context, tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, testDeleteUnit, int64(7), n); err != nil {
			return err
		}
		if err := Append(ctx, tx, clerk, ref.Ref{Kind: unitKind, ID: n}, "close", NoRow()); err != nil {
			return err
		}
		_, err := s.CheckpointIn(ctx, tx, 7)
		return err
	})
	other := clerk
	other.RegionID = 8
	do(t, db, func(ctx context.Context, tx *sqldb.Tx) error { return Append(ctx, tx, other, report(1), "note", nil) })
	return s
}

func change(t *testing.T, db *sqldb.DB, q *sqldb.Stmt, args ...any) {
	t.Helper()
	do(t, db, func(ctx context.Context, tx *sqldb.Tx) error {
		n, err := tx.Exec(ctx, q, args...)
		if err == nil && n == 0 {
			err = fmt.Errorf("%s changed nothing", q.Name)
		}
		return err
	})
}

func texts(r Report) string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, f.Text)
	}
	return strings.Join(out, "\n")
}

// What somebody with the database's password might do, and what Verify then says.
var deeds = []struct {
	name string
	q    *sqldb.Stmt
	want string
}{
	{"a row's field", sqldb.SQL("ledger.testDeed01", `UPDATE org_unit SET name = 'x' WHERE region_id = 7 AND id = 5`), "单位 ledgertest.unit:5 的“名称”与台账第 5 号记录不一致。"},
	{"two fields", sqldb.SQL("ledger.testDeed02", `UPDATE org_unit SET name = 'x', sort_no = 99 WHERE region_id = 7 AND id = 5`), "的“sort”“名称”与台账第 5 号记录"},
	{"a row added", sqldb.SQL("ledger.testDeed03", `INSERT INTO org_unit (region_id, id, name, short_name, kind) VALUES (7, 500, 'y', 'y', 'office')`), "单位 ledgertest.unit:500 在台账里没有记录"},
	{"a row deleted", sqldb.SQL("ledger.testDeed04", `DELETE FROM org_unit WHERE region_id = 7 AND id = 5`), "单位 ledgertest.unit:5 在台账第 5 号记录里有，库里没有"},
	{"a removed row back", sqldb.SQL("ledger.testDeed05", `INSERT INTO org_unit (region_id, id, name, short_name, kind) VALUES (7, 10, 'y', 'y', 'office')`), "按台账第 11 号记录已经删除"},
	{"an entry's text", sqldb.SQL("ledger.testDeed06", `UPDATE ledger_entry SET text = replace(text, 'open', 'shut') WHERE region_id = 7 AND seq = 5`), "台账第 5 号记录与它的哈希不一致"},
	{"an entry's verb", sqldb.SQL("ledger.testDeed07", `UPDATE ledger_entry SET verb = 'shut' WHERE region_id = 7 AND seq = 5`), "台账第 5 号记录的“动作”"},
	{"an entry's time", sqldb.SQL("ledger.testDeed08", `UPDATE ledger_entry SET at = at - 1 WHERE region_id = 7 AND seq = 5`), "台账第 5 号记录的“时间”"},
	{"an entry's subject", sqldb.SQL("ledger.testDeed09", `UPDATE ledger_entry SET subject_id = 6 WHERE region_id = 7 AND seq = 5`), "台账第 5 号记录的“事项”"},
	{"an entry deleted", sqldb.SQL("ledger.testDeed10", `DELETE FROM ledger_entry WHERE region_id = 7 AND seq = 5`), "台账缺第 5 号到第 5 号记录"},
	{"the last entry deleted", sqldb.SQL("ledger.testDeed11", `DELETE FROM ledger_entry WHERE region_id = 7 AND seq = 11`), "后面的记录被删去"},
	{"all entries deleted", sqldb.SQL("ledger.testDeed12", `DELETE FROM ledger_entry WHERE region_id = 7`), "后面的记录被删去"},
	{"entries swapped", sqldb.SQL("ledger.testDeed13", `UPDATE ledger_entry SET text = (SELECT e.text FROM ledger_entry e WHERE e.region_id = 7 AND e.seq = 6) WHERE region_id = 7 AND seq = 5`), "台账第 5 号记录与它的哈希不一致"},
	{"entries moved to another region", sqldb.SQL("ledger.testDeed14", `UPDATE ledger_entry SET region_id = 9 WHERE region_id = 8`), "台账的计数是 1 条，实有 0 条"},
	{"the head's size", sqldb.SQL("ledger.testDeed15", `UPDATE ledger_head SET size = 12 WHERE region_id = 7`), "台账的计数是 12 条，实有 11 条"},
	{"the head deleted", sqldb.SQL("ledger.testDeed16", `DELETE FROM ledger_head WHERE region_id = 7`), "台账的计数是 0 条，实有 11 条"},
	{"a checkpoint's size", sqldb.SQL("ledger.testDeed17", `UPDATE ledger_checkpoint SET size = 4 WHERE region_id = 7 AND size = 3`), "与它自己的登记不一致"},
	{"a checkpoint's time", sqldb.SQL("ledger.testDeed18", `UPDATE ledger_checkpoint SET at = at + 1 WHERE region_id = 7 AND size = 3`), "与它自己的登记不一致"},
	{"a checkpoint's region", sqldb.SQL("ledger.testDeed19", `UPDATE ledger_checkpoint SET region_id = 8 WHERE region_id = 7 AND size = 3`), "与它自己的登记不一致"},
	{"a checkpoint's text", sqldb.SQL("ledger.testDeed20", `UPDATE ledger_checkpoint SET note = replace(note, 'duban/7', 'duban/8') WHERE region_id = 7 AND size = 3`), "不可信"},
	{"the public key", sqldb.SQL("ledger.testDeed21", `UPDATE ledger_signing SET public_key = replace(public_key, 'duban', 'other')`), "私钥与公钥不成对"},
	{"the private key", sqldb.SQL("ledger.testDeed22", `UPDATE ledger_signing SET private_key = 'gone'`), "私钥与公钥不成对"},
	{"the secret", sqldb.SQL("ledger.testDeed23", `UPDATE ledger_key SET secret = (SELECT k.secret FROM ledger_key k WHERE k.region_id = 8) WHERE region_id = 7`), "化名密钥与最后一条记录不符"},
}

func TestVerify(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := filled(t, db, c, 10)
		r, err := Verify(t.Context(), db)
		if err != nil || !r.OK() {
			t.Fatalf("the untouched database is accused: %v %s", err, texts(r))
		}
		if r.Regions != 2 || r.Entries != 12 || r.Checkpoints != 3 || r.Rows != 9 || len(r.Unread) != 0 {
			t.Errorf("%+v", r)
		}
		if s := r.String(); s != "查了 2 个区划、12 条台账记录、3 份签封、9 行业务数据" {
			t.Error(s)
		}
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error {
			return Append(ctx, tx, clerk, ref.Ref{Kind: "ledgertest.unread", ID: 1}, "open", Row(map[string]int{"a": 1}))
		})
		if r, err := Verify(t.Context(), db); err != nil || !r.OK() || !strings.Contains(r.String(), "没有查的：ledgertest.unread 1 行") {
			t.Error(r, err)
		}
		key, err := s.PublicKey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// What another program signs with the same name is found by whoever kept the key.
		_, strange, err := note.GenerateKey(rand.Reader, keyName)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := VerifyAgainst(t.Context(), db, Outside{Keys: []string{strange}}); err != nil || !strings.Contains(texts(r), "签名公钥与您提供的不同") {
			t.Error(texts(r), err)
		}
		if r, err := VerifyAgainst(t.Context(), db, Outside{Keys: []string{key + "\n"}}); err != nil || !r.OK() {
			t.Error(texts(r), err)
		}
	})
}

func TestDeedsAreFound(t *testing.T) {
	for _, d := range deeds {
		t.Run(d.name, func(t *testing.T) {
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
				filled(t, db, c, 10)
				change(t, db, d.q)
				r, err := Verify(t.Context(), db)
				if err != nil || !strings.Contains(texts(r), d.want) {
					t.Errorf("want %s, got %s (%v)", d.want, texts(r), err)
				}
			})
		})
	}
}

// Bytes are flipped at random in everything that the ledger stores.
func TestFlippedByte(t *testing.T) {
	type target struct {
		get, put *sqldb.Stmt
		binary   bool
	}
	targets := []target{
		{sqldb.SQL("ledger.testGetText", `SELECT text FROM ledger_entry WHERE region_id = 7 AND seq = $1`), sqldb.SQL("ledger.testPutText", `UPDATE ledger_entry SET text = $2 WHERE region_id = 7 AND seq = $1`), false},
		{sqldb.SQL("ledger.testGetHash", `SELECT hashes FROM ledger_entry WHERE region_id = 7 AND seq = $1`), sqldb.SQL("ledger.testPutHash", `UPDATE ledger_entry SET hashes = $2 WHERE region_id = 7 AND seq = $1`), true},
		{sqldb.SQL("ledger.testGetEdge", `SELECT edge FROM ledger_head WHERE region_id = 7 AND $1 > 0`), sqldb.SQL("ledger.testPutEdge", `UPDATE ledger_head SET edge = $2 WHERE region_id = 7 AND $1 > 0`), true},
		{sqldb.SQL("ledger.testGetNote", `SELECT note FROM ledger_checkpoint WHERE region_id = 7 AND size = 3 AND $1 > 0`), sqldb.SQL("ledger.testPutNote", `UPDATE ledger_checkpoint SET note = $2 WHERE region_id = 7 AND size = 3 AND $1 > 0`), false},
		{sqldb.SQL("ledger.testGetKey", `SELECT secret FROM ledger_key WHERE region_id = 7 AND $1 > 0`), sqldb.SQL("ledger.testPutKey", `UPDATE ledger_key SET secret = $2 WHERE region_id = 7 AND $1 > 0`), true},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		filled(t, db, c, 10)
		rnd := mathrand.New(mathrand.NewPCG(1, 2))
		for i := range 100 {
			g := targets[i%len(targets)]
			seq := int64(1 + rnd.IntN(11))
			var old []byte
			err := db.View(t.Context(), func(tx *sqldb.Tx) (err error) {
				old, err = sqldb.One(t.Context(), tx, g.get, scanBytes, seq)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			at := rnd.IntN(len(old))
			bad := append([]byte(nil), old...)
			if g.binary {
				bad[at] ^= 1 << rnd.IntN(8)
			} else { // texts must stay texts, for the engine refuses others
				for bad[at] >= 0x80 {
					at = rnd.IntN(len(old))
				}
				bad[at] = map[bool]byte{true: '1', false: '0'}[bad[at] == '0']
			}
			as := func(b []byte) any {
				if g.binary {
					return b
				}
				return string(b)
			}
			change(t, db, g.put, seq, as(bad))
			if r, err := Verify(t.Context(), db); err != nil || r.OK() {
				t.Errorf("%s of %d, byte %d: %q to %q is not found (%v)", g.put.Name, seq, at, old[at], bad[at], err)
			}
			change(t, db, g.put, seq, as(old))
		}
		if r, err := Verify(t.Context(), db); err != nil || !r.OK() {
			t.Errorf("all bytes are back, and yet: %s %v", texts(r), err)
		}
	})
}

var (
	testRewrite      = sqldb.SQL("ledger.testRewrite", `UPDATE ledger_entry SET text = $3, hashes = $4 WHERE region_id = $1 AND seq = $2`)
	testRewriteHead  = sqldb.SQL("ledger.testRewriteHead", `UPDATE ledger_head SET edge = $2 WHERE region_id = $1`)
	testRewriteRow   = sqldb.SQL("ledger.testRewriteRow", `UPDATE org_unit SET sort_no = 999 WHERE region_id = $1 AND id = $2`)
	testRewritePoint = sqldb.SQL("ledger.testRewritePoint", `UPDATE ledger_checkpoint SET note = $3 WHERE region_id = $1 AND size = $2`)
)

// An attacker with everything, the signing key included, changes a row and rebuilds entries, hashes, head and checkpoints. Inside
// the database nothing shows it. A checkpoint that a second office kept does.
func TestRebuiltLedgerIsFoundFromOutside(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := filled(t, db, c, 10)
		admin := auth.With(t.Context(), auth.Actor{ID: 9, RegionID: 7, Roles: []auth.Role{auth.AudAdmin}})
		kept, err := s.Checkpoints(admin, 10)
		if err != nil || len(kept) != 3 || kept[0].Size != 11 {
			t.Fatal(kept, err)
		}
		k, _, err := s.stored(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		signer, err := note.NewSigner(k.private)
		if err != nil {
			t.Fatal(err)
		}
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error {
			if _, err := tx.Exec(ctx, testRewriteRow, int64(7), int64(5)); err != nil {
				return err
			}
			rows, err := sqldb.All(ctx, tx, allEntries, scanRow, int64(7))
			if err != nil {
				return err
			}
			var e edge
			for i, r := range rows {
				if r.seq == 5 {
					r.text = strings.Replace(r.text, `"sort":4`, `"sort":999`, 1)
				}
				var done []tlog.Hash
				e, done = e.add(int64(i), tlog.RecordHash([]byte(r.text)))
				if _, err := tx.Exec(ctx, testRewrite, int64(7), r.seq, r.text, pack(done)); err != nil {
					return err
				}
				for _, p := range kept {
					if p.Size != r.seq {
						continue
					}
					p.Root = e.root()
					signed, err := note.Sign(&note.Note{Text: p.text()}, signer)
					if err != nil {
						return err
					}
					if _, err := tx.Exec(ctx, testRewritePoint, int64(7), p.Size, string(signed)); err != nil {
						return err
					}
				}
			}
			_, err = tx.Exec(ctx, testRewriteHead, int64(7), pack(e))
			return err
		})
		if r, err := Verify(t.Context(), db); err != nil || !r.OK() {
			t.Fatalf("the rebuilding is not perfect, so this test shows nothing: %s %v", texts(r), err)
		}
		r, err := VerifyAgainst(t.Context(), db, Outside{Keys: []string{k.public}, Notes: []string{kept[2].Note, kept[1].Note, "no note"}})
		if err != nil || len(r.Findings) != 2 || !strings.Contains(texts(r), "外单位保存的含 7 条记录的签封与台账不一致") || !strings.Contains(texts(r), "第 3 份签封不能用") {
			t.Errorf("%s %v", texts(r), err)
		}
	})
}

func TestCheckpoints(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := New(db)
		if _, err := s.Checkpoint(t.Context(), 7); errs.KindOf(err) != errs.NotFound {
			t.Error("an empty ledger is signed", err)
		}
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error { return Append(ctx, tx, clerk, report(1), "submit", nil) })
		if err := s.CheckpointAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		a, err := s.Checkpoint(t.Context(), 7)
		if err != nil || a.Size != 1 || !strings.HasSuffix(a.Code(), "-1") || len(a.Code()) != 10 {
			t.Fatalf("%+v %v", a, err)
		}
		c.Set(c.Now().AddDate(0, 0, 1))
		if b, err := s.Checkpoint(t.Context(), 7); err != nil || b.Note != a.Note || !b.At.Equal(a.At) {
			t.Errorf("nothing was added, and yet another checkpoint: %+v %v", b, err)
		}
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error {
			for i := range int64(20) {
				if err := Append(ctx, tx, clerk, report(i+2), "submit", nil); err != nil {
					return err
				}
			}
			return nil
		})
		b, err := s.Checkpoint(t.Context(), 7)
		if err != nil || b.Size != 21 {
			t.Fatal(b, err)
		}
		db.View(t.Context(), func(tx *sqldb.Tx) error {
			p, err := ProveConsistency(t.Context(), tx, 7, 1, 21)
			if err != nil || CheckConsistency(1, 21, a.Root, b.Root, p) != nil {
				t.Error("consistency", err)
			}
			for seq := int64(1); seq <= 21; seq++ {
				p, err := Prove(t.Context(), tx, 7, seq, 21)
				row, err2 := sqldb.One(t.Context(), tx, selectEntry, scanRow, int64(7), seq)
				if err != nil || err2 != nil || CheckInclusion(seq-1, 21, tlog.RecordHash([]byte(row.text)), b.Root, p) != nil {
					t.Error("inclusion", seq, err, err2)
				}
			}
			return nil
		})
		for who, want := range map[auth.Role]errs.Kind{auth.Clerk: errs.Forbidden, auth.SysAdmin: errs.Forbidden} {
			if _, err := s.List(auth.With(t.Context(), auth.Actor{ID: 1, RegionID: 7, Roles: []auth.Role{who}}), Filter{}); errs.KindOf(err) != want {
				t.Errorf("%s: %v", who, err)
			}
		}
		if l, err := s.List(auth.With(t.Context(), auth.Actor{ID: 1, RegionID: 7, Roles: []auth.Role{auth.Auditor}}), Filter{Limit: 5}); err != nil || len(l) != 5 || l[0].Seq != 21 {
			t.Error(l, err)
		}
	})
}
