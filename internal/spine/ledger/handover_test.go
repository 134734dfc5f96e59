package ledger

import (
	"bytes"
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
)

// handOver changes the key of a filled database, a day later, and goes on working.
func handOver(t *testing.T, db *sqldb.DB, c *period.Fixed, s *Service, ch KeyChange) (h Handover) {
	t.Helper()
	c.Set(c.Now().Add(24 * time.Hour))
	do(t, db, func(ctx context.Context, tx *sqldb.Tx) (err error) {
		h, _, err = s.ChangeKeyIn(ctx, tx, ch)
		return err
	})
	do(t, db, func(ctx context.Context, tx *sqldb.Tx) error { return Append(ctx, tx, clerk, report(99), "note", nil) })
	if _, err := s.Checkpoint(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	return h
}

func publicKey(t *testing.T, s *Service) string {
	t.Helper()
	k, err := s.PublicKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func noteNow(t *testing.T, s *Service) string {
	t.Helper()
	c, err := s.Checkpoint(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	return c.Note
}

func bundleNow(t *testing.T, s *Service) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.WriteBundle(t.Context(), &b, 7, Proof{About: "第5单位", Seqs: []int64{5}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func bundleSays(t *testing.T, file []byte, key string, ok bool, want ...string) {
	t.Helper()
	r, err := VerifyBundle(file, key)
	if err != nil || r.OK() != ok || r.Confirmed != ok {
		t.Errorf("ok %v, confirmed %v, want %v: %v\n%s", r.OK(), r.Confirmed, ok, err, r)
	}
	for _, w := range want {
		if !strings.Contains(r.String(), w) {
			t.Errorf("the report does not say %q:\n%s", w, r)
		}
	}
}

func against(t *testing.T, db *sqldb.DB, out Outside) Report {
	t.Helper()
	r, err := VerifyAgainst(t.Context(), db, out)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestHandover: the key is changed twice; what each key signed while it was the one that signs is believed with it, and with every key before it.
func TestHandover(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := filled(t, db, c, 10)
		first := publicKey(t, s)
		before, kept := bundleNow(t, s), noteNow(t, s)
		h := handOver(t, db, c, s, KeyChange{Reason: "  密码应用\n整改 "})
		second := publicKey(t, s)
		if h.No != 1 || h.Old != first || h.New != second || first == second || !h.OldSigned || h.Reason != "密码应用 整改" {
			t.Fatalf("%+v", h)
		}
		middle, keptLater := bundleNow(t, s), noteNow(t, s)
		third := handOver(t, db, c, s, KeyChange{})
		if third.No != 2 || third.Old != second || third.Reason != "例行更换" {
			t.Errorf("%+v", third)
		}
		after, last := bundleNow(t, s), publicKey(t, s)

		r := against(t, db, Outside{})
		if !r.OK() || len(r.Handovers) != 2 || !strings.Contains(r.Handovers[0].String(), "第 1 次换签名钥：2017-03-02 09:00") || !strings.Contains(r.Handovers[0].String(), "旧钥、新钥都签了名，原因：密码应用 整改") {
			t.Errorf("%s %v", texts(r), r.Handovers)
		}
		for name, out := range map[string]Outside{
			"the first key":  {Keys: []string{first}, Notes: []string{kept, keptLater, noteNow(t, s)}},
			"the second key": {Keys: []string{second + "\n"}, Notes: []string{kept, keptLater}},
			"the last key":   {Keys: []string{last}, Notes: []string{kept}},
			"all keys":       {Keys: []string{last, first, second}},
		} {
			if r := against(t, db, out); !r.OK() {
				t.Errorf("%s: %s", name, texts(r))
			}
		}
		if r := against(t, db, Outside{Keys: []string{strangerKey(t)}}); !strings.Contains(texts(r), "签名公钥与您提供的不同") {
			t.Error(texts(r))
		}

		bundleSays(t, before, first, true, "与您提供的公钥相符")
		bundleSays(t, before, second, false, "请用当时的公钥")
		bundleSays(t, middle, second, true, "与您提供的公钥相符")
		bundleSays(t, middle, first, true, "您提供的是以前的公钥", Fingerprint(first), Fingerprint(second), "经 1 次换签名钥", "旧钥、新钥都签了名")
		bundleSays(t, after, last, true, "与您提供的公钥相符")
		bundleSays(t, after, second, true, "经 1 次换签名钥")
		bundleSays(t, after, first, true, "经 2 次换签名钥")
		bundleSays(t, after, strangerKey(t), false, "包里也没有从您那把换过来的记录")
		if bytes.Contains(after, []byte("PRIVATE")) || !bytes.Contains(after, []byte("duban-handover")) {
			t.Errorf("%s", after)
		}

		admin := auth.With(t.Context(), auth.Actor{ID: 9, RegionID: 7, Roles: []auth.Role{auth.AudAdmin}})
		list, err := s.Checkpoints(admin, 50)
		if err != nil || len(list) < 7 {
			t.Fatal(len(list), err)
		}
		for _, p := range list {
			if p.At.IsZero() {
				t.Errorf("the checkpoint of %d is not read with its key", p.Size)
			}
		}
		if list, key, err := s.Handovers(t.Context()); err != nil || key != last || len(list) != 2 || list[1].Note != third.Note {
			t.Errorf("%v %v %v", list, key, err)
		}
		// A region that has its first entry after the handovers has none of them in its ledger, and lacks none.
		young := clerk
		young.RegionID = 9
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error { return Append(ctx, tx, young, report(1), "note", nil) })
		if _, err := s.Checkpoint(t.Context(), 9); err != nil {
			t.Fatal(err)
		}
		if r := against(t, db, Outside{Keys: []string{first}}); !r.OK() || r.Regions != 3 {
			t.Error(texts(r))
		}
	})
}

// TestHandoverWithoutTheOldKey: lost or leaked, the old key does not sign: the reason must stand there, every report says so, and whoever knows the old key
// only is told that the new one does not follow from it.
func TestHandoverWithoutTheOldKey(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := filled(t, db, c, 10)
		first := publicKey(t, s)
		kept := noteNow(t, s)
		refused := func(ch KeyChange, want string) {
			t.Helper()
			err := db.Update(t.Context(), func(tx *sqldb.Tx) error { _, _, err := s.ChangeKeyIn(t.Context(), tx, ch); return err })
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
		refused(KeyChange{WithoutOld: true, Reason: " \n "}, "写明原因")
		refused(KeyChange{Reason: strings.Repeat("长", maxReason+1)}, "最多 200 个字")
		refused(KeyChange{Reason: "a\x00b"}, "看不见的字符")
		change(t, db, spoilPrivate, "gone")
		refused(KeyChange{}, "--without-old")
		h := handOver(t, db, c, s, KeyChange{WithoutOld: true, Reason: "服务器被盗，区政府办批准"})
		if h.OldSigned || h.Old != first {
			t.Errorf("%+v", h)
		}
		second := publicKey(t, s)
		r := against(t, db, Outside{})
		if !r.OK() || len(r.Handovers) != 1 || !strings.Contains(r.Handovers[0].String(), "旧钥未签，原因：服务器被盗，区政府办批准。") {
			t.Errorf("%s %v", texts(r), r.Handovers)
		}
		if r := against(t, db, Outside{Keys: []string{first}, Notes: []string{kept}}); len(r.Findings) != 1 || !strings.Contains(texts(r), "第 1 次换签名钥旧钥未签") || !strings.Contains(texts(r), Fingerprint(second)) {
			t.Error(texts(r))
		}
		if r := against(t, db, Outside{Keys: []string{first, second}, Notes: []string{kept}}); !r.OK() {
			t.Errorf("the new key was handed out too: %s", texts(r))
		}
		if r := against(t, db, Outside{Keys: []string{second}, Notes: []string{kept}}); !r.OK() {
			t.Error(texts(r))
		}
		bundleSays(t, bundleNow(t, s), second, true)
		bundleSays(t, bundleNow(t, s), first, false, "第 1 次换签名钥旧钥未签（原因：服务器被盗，区政府办批准）", Fingerprint(second))
		// From the unsigned one on, a signed handover leads on from the new key and still not from the first.
		handOver(t, db, c, s, KeyChange{})
		bundleSays(t, bundleNow(t, s), second, true, "经 1 次换签名钥")
		bundleSays(t, bundleNow(t, s), first, false, "旧钥未签")
		if r := against(t, db, Outside{Keys: []string{first}}); len(r.Findings) != 1 {
			t.Error(texts(r))
		}
		if r := against(t, db, Outside{Keys: []string{second}}); !r.OK() {
			t.Error(texts(r))
		}
	})
}

// TestLostSigningRow: a key that has signed and is gone is not replaced in silence, and only by whoever still has its public half.
func TestLostSigningRow(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := filled(t, db, c, 10)
		first := publicKey(t, s)
		change(t, db, dropSigning)
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error { return Append(ctx, tx, clerk, report(50), "note", nil) })
		if _, err := s.Checkpoint(t.Context(), 7); errs.KindOf(err) != errs.Conflict || !strings.Contains(err.Error(), "签名密钥却不见了") {
			t.Errorf("another key was made in silence: %v", err)
		}
		if r := against(t, db, Outside{}); r.OK() {
			t.Error("a lost key is not found")
		}
		for _, x := range []struct {
			ch   KeyChange
			want string
		}{
			{KeyChange{}, "签名密钥却不见了"},
			{KeyChange{WithoutOld: true, Reason: "丢失"}, "--old-key"},
			{KeyChange{WithoutOld: true, Reason: "丢失", OldKey: strangerKey(t)}, "与库里最后一份签封不符"},
		} {
			err := db.Update(t.Context(), func(tx *sqldb.Tx) error { _, _, err := s.ChangeKeyIn(t.Context(), tx, x.ch); return err })
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("%v, want %s", err, x.want)
			}
		}
		handOver(t, db, c, s, KeyChange{WithoutOld: true, Reason: "丢失", OldKey: first})
		if r := against(t, db, Outside{}); !r.OK() || len(r.Handovers) != 1 || r.Handovers[0].OldSigned {
			t.Errorf("%s %v", texts(r), r.Handovers)
		}
	})
}

var (
	spoilPrivate  = sqldb.SQL("ledger.testSpoilPrivate", `UPDATE ledger_signing SET private_key = $1`)
	dropSigning   = sqldb.SQL("ledger.testDropSigning", `DELETE FROM ledger_signing`)
	putSigning    = sqldb.SQL("ledger.testPutSigning", `UPDATE ledger_signing SET private_key = $1, public_key = $2`)
	dropPast      = sqldb.SQL("ledger.testDropPast", `DELETE FROM ledger_signing_past WHERE no = $1`)
	putPastKey    = sqldb.SQL("ledger.testPutPastKey", `UPDATE ledger_signing_past SET public_key = $1 WHERE no = 1`)
	putPastNote   = sqldb.SQL("ledger.testPutPastNote", `UPDATE ledger_signing_past SET note = $1 WHERE no = 1`)
	putPastEnd    = sqldb.SQL("ledger.testPutPastEnd", `UPDATE ledger_signing_past SET ended_at = ended_at + 1 WHERE no = $1`)
	renumberPast  = sqldb.SQL("ledger.testRenumberPast", `UPDATE ledger_signing_past SET no = $1 WHERE no = 1`)
	dropHandEntry = sqldb.SQL("ledger.testDropHandEntry", `DELETE FROM ledger_entry WHERE region_id = 7 AND kind = 'ledger.handover' AND seq > $1`)
	hideHandEntry = sqldb.SQL("ledger.testHideHandEntry", `UPDATE ledger_entry SET kind = 'note' WHERE region_id = 7 AND kind = 'ledger.handover' AND seq > $1`)
	putNoteAt     = sqldb.SQL("ledger.testPutNoteAt", `UPDATE ledger_checkpoint SET note = $3, at = $4 WHERE region_id = $1 AND size = $2`)
)

// TestForgedHandover: what somebody with the database's password, and even with the old private key, might do to a handover, and what Verify then says.
func TestForgedHandover(t *testing.T) {
	type scene struct {
		db          *sqldb.DB
		s           *Service
		old, now    signingRow
		h           Handover
		size        int64 // of region 7's ledger
		strangePriv string
		strangePub  string
	}
	// resign signs region 7's checkpoint of a size with another key.
	resign := func(t *testing.T, x scene, size int64, private string) {
		t.Helper()
		signer, err := note.NewSigner(private)
		if err != nil {
			t.Fatal(err)
		}
		do(t, x.db, func(ctx context.Context, tx *sqldb.Tx) error {
			row, err := sqldb.One(ctx, tx, selectCheckpoint, scanCheckpoint, int64(7), size)
			if err != nil {
				return err
			}
			p, err := parseAny(row.note, []string{x.old.public, x.now.public})
			if err != nil {
				return err
			}
			signed, err := note.Sign(&note.Note{Text: p.text()}, signer)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, putNoteAt, int64(7), size, string(signed), row.at)
			return err
		})
	}
	forged := func(t *testing.T, h Handover, old, fresh string) string {
		t.Helper()
		sign := func(k string) note.Signer {
			if k == "" {
				return nil
			}
			s, err := note.NewSigner(k)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		signed, err := signHandover(h, sign(old), sign(fresh))
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	for name, d := range map[string]struct {
		deed func(t *testing.T, x scene)
		want string
	}{
		"the record of it dropped": {func(t *testing.T, x scene) { change(t, x.db, dropPast, int64(1)) }, "库里没有可信的这次换钥的登记"},
		"the entry dropped":        {func(t *testing.T, x scene) { change(t, x.db, dropHandEntry, int64(0)) }, "台账里却没有这次换钥的记录"},
		"the entry hidden":         {func(t *testing.T, x scene) { change(t, x.db, hideHandEntry, int64(0)) }, "的“事项”与封存的内容不一致"},
		"all of it dropped and the old key back": {func(t *testing.T, x scene) {
			change(t, x.db, dropPast, int64(1))
			change(t, x.db, dropHandEntry, int64(0))
			change(t, x.db, putSigning, x.old.private, x.old.public)
		}, "记录被删去"},
		"the old key back": {func(t *testing.T, x scene) { change(t, x.db, putSigning, x.old.private, x.old.public) }, "以前换下的"},
		"keys swapped": {func(t *testing.T, x scene) {
			change(t, x.db, putSigning, x.old.private, x.old.public)
			change(t, x.db, putPastKey, x.now.public)
		}, "与它自己的登记不一致"},
		"another key now":    {func(t *testing.T, x scene) { change(t, x.db, putSigning, x.strangePriv, x.strangePub) }, "不是以后用的那一个"},
		"another key before": {func(t *testing.T, x scene) { change(t, x.db, putPastKey, x.strangePub) }, "与它自己的登记不一致"},
		"its day":            {func(t *testing.T, x scene) { change(t, x.db, putPastEnd, int64(1)) }, "与它自己的登记不一致"},
		"its number":         {func(t *testing.T, x scene) { change(t, x.db, renumberPast, int64(2)) }, "第 1 次换签名钥的登记不见了"},
		"its number, absurd": {func(t *testing.T, x scene) { change(t, x.db, renumberPast, int64(1)<<60) }, "编号不对"},
		"its reason": {func(t *testing.T, x scene) {
			change(t, x.db, putPastNote, strings.Replace(x.h.Note, routine, "换新机器", 1))
		}, "签名不对"},
		"the old one's name off": {func(t *testing.T, x scene) { // as if the old key had not signed
			h := x.h
			h.Reason = "丢失"
			change(t, x.db, putPastNote, forged(t, h, "", x.now.private))
		}, "与台账第 12 号记录不一致"},
		"signed by the old one only": {func(t *testing.T, x scene) {
			text, sigs, _ := strings.Cut(x.h.Note, "\n\n")
			change(t, x.db, putPastNote, text+"\n\n"+strings.SplitAfter(sigs, "\n")[0])
		}, "没有新钥的签名"},
		"to a forger's key": {func(t *testing.T, x scene) { // who has the old private key
			h := x.h
			h.New = x.strangePub
			change(t, x.db, putPastNote, forged(t, h, x.old.private, x.strangePriv))
			change(t, x.db, putSigning, x.strangePriv, x.strangePub)
		}, "与台账第 12 号记录不一致"},
		"a second one that no ledger knows": {func(t *testing.T, x scene) {
			h := Handover{No: 2, At: x.h.At.Add(time.Hour), Old: x.now.public, New: x.strangePub, Reason: "丢失"}
			change(t, x.db, insertPast, int64(2), h.Old, int64(0), h.At.UnixMilli(), forged(t, h, "", x.strangePriv))
			change(t, x.db, putSigning, x.strangePriv, x.strangePub)
		}, "第 2 次换签名钥时本区划已有台账，台账里却没有这次换钥的记录"},
		"an entry of one that never was": {func(t *testing.T, x scene) {
			do(t, x.db, func(ctx context.Context, tx *sqldb.Tx) error {
				return Append(ctx, tx, auth.Actor{RegionID: 7}, ref.Ref{Kind: handoverKind, ID: 2}, "hand_over", x.h.body())
			})
		}, "库里没有可信的这次换钥的登记"},
		"the entry a second time": {func(t *testing.T, x scene) {
			do(t, x.db, func(ctx context.Context, tx *sqldb.Tx) error {
				return Append(ctx, tx, auth.Actor{RegionID: 7}, ref.Ref{Kind: handoverKind, ID: 1}, "hand_over", x.h.body())
			})
		}, "在台账里有两条记录"},
		"the old key signs on":                 {func(t *testing.T, x scene) { resign(t, x, x.size, x.old.private) }, "含 13 条记录的签封不可信：它是换下的旧钥签的"},
		"the old key signs what it hands over": {func(t *testing.T, x scene) { resign(t, x, 12, x.old.private) }, "含 12 条记录的签封不可信：它是换下的旧钥签的"},
		"the new key signed before":            {func(t *testing.T, x scene) { resign(t, x, 3, x.now.private) }, "含 3 条记录的签封不可信：它是后来的签名钥签的"},
		"a strange key signed":                 {func(t *testing.T, x scene) { resign(t, x, 3, x.strangePriv) }, "含 3 条记录的签封不可信：签封的签名与公钥不符"},
	} {
		t.Run(name, func(t *testing.T) {
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
				x := scene{db: db, s: filled(t, db, c, 10)}
				var err error
				if x.old, _, err = x.s.stored(t.Context()); err != nil {
					t.Fatal(err)
				}
				x.h = handOver(t, db, c, x.s, KeyChange{})
				if x.now, _, err = x.s.stored(t.Context()); err != nil {
					t.Fatal(err)
				}
				if x.strangePriv, x.strangePub, err = note.GenerateKey(rand.Reader, keyName); err != nil {
					t.Fatal(err)
				}
				x.size = 13
				if r := against(t, db, Outside{}); !r.OK() {
					t.Fatalf("control: %s", texts(r))
				}
				d.deed(t, x)
				r := against(t, db, Outside{})
				if r.OK() || !strings.Contains(texts(r), d.want) {
					t.Errorf("want %s, got %s", d.want, texts(r))
				}
			})
		})
	}
}

// TestOldKeyAfterHandoverFromOutside: a note that the old key signed after the handover is refused, also when it comes from outside.
func TestOldKeyAfterHandoverFromOutside(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := filled(t, db, c, 10)
		old, _, err := s.stored(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		handOver(t, db, c, s, KeyChange{})
		p, err := ParseCheckpoint(noteNow(t, s), publicKey(t, s))
		if err != nil {
			t.Fatal(err)
		}
		signer, err := note.NewSigner(old.private)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := note.Sign(&note.Note{Text: p.text()}, signer)
		if err != nil {
			t.Fatal(err)
		}
		if r := against(t, db, Outside{Keys: []string{old.public}, Notes: []string{string(signed)}}); len(r.Findings) != 1 || !strings.Contains(texts(r), "外单位保存的含 13 条记录的签封不可信：它是换下的旧钥签的") {
			t.Error(texts(r))
		}
	})
}

// TestParseHandover: a handover is what its keys signed, to the letter.
func TestParseHandover(t *testing.T) {
	oldPriv, oldPub, err := note.GenerateKey(rand.Reader, keyName)
	if err != nil {
		t.Fatal(err)
	}
	newPriv, newPub, err := note.GenerateKey(rand.Reader, keyName)
	if err != nil {
		t.Fatal(err)
	}
	old, _ := note.NewSigner(oldPriv)
	fresh, _ := note.NewSigner(newPriv)
	good := Handover{No: 1, At: time.UnixMilli(1488330000000), Old: oldPub, New: newPub, Reason: "例行更换"}
	sign := func(h Handover, by ...note.Signer) string {
		signed, err := note.Sign(&note.Note{Text: h.text()}, by...)
		if err != nil {
			t.Fatal(err)
		}
		return string(signed)
	}
	whole := sign(good, old, fresh)
	if h, err := ParseHandover(whole); err != nil || !h.OldSigned || h.text() != good.text() {
		t.Fatalf("%+v %v", h, err)
	}
	if h, err := ParseHandover(sign(good, fresh)); err != nil || h.OldSigned {
		t.Errorf("%+v %v", h, err)
	}
	with := func(f func(*Handover)) Handover { h := good; f(&h); return h }
	for name, bad := range map[string]string{
		"nothing":           "",
		"a checkpoint":      "duban/7\n1\nx\n0\n\n— duban x\n",
		"only the old key":  sign(good, old),
		"no reason":         sign(with(func(h *Handover) { h.Reason = "" }), old, fresh),
		"a padded reason":   sign(with(func(h *Handover) { h.Reason = " x" }), old, fresh),
		"no number":         sign(with(func(h *Handover) { h.No = 0 }), old, fresh),
		"to itself":         sign(with(func(h *Handover) { h.New = oldPub }), old, fresh),
		"keys swapped":      sign(with(func(h *Handover) { h.Old, h.New = newPub, oldPub }), fresh),
		"number not plain":  strings.Replace(whole, "\n1\n", "\n01\n", 1),
		"a number changed":  strings.Replace(whole, "\n1\n", "\n2\n", 1),
		"a line more":       strings.Replace(whole, "例行更换\n", "例行更换\nx\n", 1),
		"a letter changed":  strings.Replace(whole, "例行更换", "例行替换", 1),
		"a key not a key":   strings.Replace(whole, oldPub, "duban+1+x", 1),
		"a damaged old one": whole[:strings.LastIndex(whole, "— duban")-3] + "\n" + whole[strings.LastIndex(whole, "— duban"):],
	} {
		if h, err := ParseHandover(bad); err == nil {
			t.Errorf("%s: %+v", name, h)
		}
	}
}
