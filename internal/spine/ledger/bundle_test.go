package ledger

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
)

func TestBundle(t *testing.T) {
	// The payload's rule: it names the sum of all "sort" fields that its entries prove.
	RegisterPayload("ledgertest.sum", func(payload json.RawMessage, entries []Entry) []string {
		var claim, sum int64
		if err := json.Unmarshal(payload, &claim); err != nil {
			return []string{"附带数据读不出来"}
		}
		for _, e := range entries {
			var u unit
			if e.Row != nil && json.Unmarshal(e.Row, &u) == nil {
				sum += u.Sort
			}
		}
		if claim != sum {
			return []string{"重算的合计与附带数据不同"}
		}
		return nil
	})
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := filled(t, db, c, 10)
		key, err := s.PublicKey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		write := func(p Proof) []byte {
			t.Helper()
			var b bytes.Buffer
			if err := s.WriteBundle(t.Context(), &b, 7, p); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
		file := write(Proof{About: "第5、10单位", Subjects: []ref.Ref{{Kind: unitKind, ID: 5}, {Kind: unitKind, ID: 10}}, Seqs: []int64{5, 1, 99, 0}, Kind: "ledgertest.sum", Payload: 0 + 4 + 9})
		r, err := VerifyBundle(file, key)
		if err != nil || !r.OK() || !r.Confirmed || !r.Recomputed || len(r.Entries) != 4 || r.Head.Size != 11 {
			t.Fatalf("%+v %v", r, err)
		}
		for _, want := range []string{"：第5、10单位", "与您提供的公钥相符", "第 5 号记录", "已按规则重算", "各项相符", Fingerprint(key), r.Head.Code()} {
			if !strings.Contains(r.String(), want) {
				t.Errorf("the report does not say %q:\n%s", want, r)
			}
		}

		// Without a key: the fingerprint, and that nothing is confirmed.
		r, err = VerifyBundle(file, "")
		if err != nil || !r.OK() || r.Confirmed || !strings.Contains(r.String(), "签名未证实") || !strings.Contains(r.String(), Fingerprint(key)) {
			t.Errorf("%s %v", r, err)
		}

		// Another's key: nothing is believed.
		other := strangerKey(t)
		if r, err := VerifyBundle(file, other); err != nil || r.OK() || r.Confirmed || len(r.Entries) != 0 {
			t.Errorf("%s %v", r, err)
		}
		if _, err := VerifyBundle(file, "not a key"); errs.KindOf(err) != errs.Invalid {
			t.Error(err)
		}
		for _, f := range []string{"", "{}", `{"format":"duban-proof/2"}`, "PK"} {
			if _, err := VerifyBundle([]byte(f), key); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%q: %v", f, err)
			}
		}

		// A wrong claim, and a payload that nobody here can recompute.
		if r, _ := VerifyBundle(write(Proof{Seqs: []int64{5}, Kind: "ledgertest.sum", Payload: 5}), key); !strings.Contains(r.String(), "重算的合计与附带数据不同") {
			t.Error(r)
		}
		if r, _ := VerifyBundle(write(Proof{Seqs: []int64{5}, Kind: "ledgertest.unknown", Payload: 5}), key); !r.OK() || r.Recomputed || !strings.Contains(r.String(), "没有重算") {
			t.Error(r)
		}
		var none bytes.Buffer
		if err := s.WriteBundle(t.Context(), &none, 7, Proof{Subjects: []ref.Ref{{Kind: "x", ID: 1}}}); errs.KindOf(err) != errs.NotFound || none.Len() != 0 {
			t.Error(err)
		}

		// Whatever is changed in the bundle is found.
		var whole bundle
		if err := json.Unmarshal(file, &whole); err != nil {
			t.Fatal(err)
		}
		for name, spoil := range map[string]func(*bundle){
			"text":       func(b *bundle) { b.Entries[0].Text = strings.Replace(b.Entries[0].Text, "open", "shut", 1) },
			"number":     func(b *bundle) { b.Entries[0].Seq++ },
			"proof":      func(b *bundle) { b.Entries[0].Proof[0] = b.Entries[0].Proof[1] },
			"proof text": func(b *bundle) { b.Entries[0].Proof[0] = "?" },
			"shorter":    func(b *bundle) { b.Entries[0].Proof = b.Entries[0].Proof[1:] },
			"swapped":    func(b *bundle) { b.Entries[0].Text, b.Entries[1].Text = b.Entries[1].Text, b.Entries[0].Text },
			"left out":   func(b *bundle) { b.Entries = b.Entries[1:2] },
			"no entries": func(b *bundle) { b.Entries = nil },
			"checkpoint": func(b *bundle) { b.Checkpoint = strings.Replace(b.Checkpoint, "\n11\n", "\n12\n", 1) },
			"region":     func(b *bundle) { b.Checkpoint = strings.Replace(b.Checkpoint, "duban/7", "duban/8", 1) },
			"key":        func(b *bundle) { b.Key = other },
			"payload":    func(b *bundle) { b.Payload = json.RawMessage("14") },
			"no kind":    func(b *bundle) { b.Kind = "" },
		} {
			var b bundle
			if err := json.Unmarshal(file, &b); err != nil {
				t.Fatal(err)
			}
			spoil(&b)
			bad, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			if r, err := VerifyBundle(bad, key); err != nil || r.OK() {
				t.Errorf("%s: not found: %v\n%s", name, err, r)
			}
		}
	})
}

// strangerKey is the public key of another installation.
func strangerKey(t *testing.T) string {
	_, public, err := note.GenerateKey(rand.Reader, keyName)
	if err != nil {
		t.Fatal(err)
	}
	return public
}
