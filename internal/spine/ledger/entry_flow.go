package ledger

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

// Act is one act to be recorded.
type Act struct {
	Subject ref.Ref
	Verb    string
	Body    any // anything that has a canonical form, Row(…), NoRow(), or nil
}

// Append adds an entry to the ledger (台账) of the actor's region, inside the caller's transaction.
// The region's next entry waits until that transaction ends: append last, just before the end.
func Append(ctx context.Context, tx *sqldb.Tx, who auth.Actor, subject ref.Ref, verb string, body any) error {
	return AppendAll(ctx, tx, who, []Act{{subject, verb, body}})
}

// Hold takes the region's next entry before anything is read that it will seal: two acts that seal one list, on an engine where they run at the same
// time, would else each leave out the other's. An Append to the same region must follow in the transaction.
func Hold(ctx context.Context, tx *sqldb.Tx, regionID int64) error {
	_, err := sqldb.One(ctx, tx, advanceHead, scanHead, regionID, int64(0), []byte{})
	return err
}

// AppendAll is Append for many acts of one transaction, at less cost: for imports.
func AppendAll(ctx context.Context, tx *sqldb.Tx, who auth.Actor, acts []Act) error {
	_, err := AppendNumbered(ctx, tx, who, acts)
	return err
}

// AppendNumbered is AppendAll. It returns the number of the last entry.
func AppendNumbered(ctx context.Context, tx *sqldb.Tx, who auth.Actor, acts []Act) (last int64, err error) {
	if len(acts) == 0 {
		return 0, nil
	}
	if who.RegionID == 0 {
		return 0, errors.New("ledger: the actor has no region")
	}
	if last, done, err := appendGuessed(ctx, tx, who, acts); done || err != nil {
		return last, err
	}
	h, err := sqldb.One(ctx, tx, advanceHead, scanHead, who.RegionID, int64(len(acts)), []byte{})
	if err != nil {
		return 0, err
	}
	if h.secret == nil {
		if h.secret, err = ensureSecret(ctx, tx, who.RegionID); err != nil {
			return 0, err
		}
	}
	h.size -= int64(len(acts))
	entries, next, err := h.grow(tx, who, acts)
	if err != nil {
		return 0, err
	}
	if _, err = tx.Exec(ctx, updateEdge, who.RegionID, next.edge); err != nil {
		return 0, err
	}
	return next.size, insertAll(ctx, tx, who.RegionID, entries, next)
}

// guesses holds, per region, the head as this process saw it last. Under one writer at a time it is usually still right, and then an entry
// costs two statements instead of three. A wrong guess (another process, a rollback, another database of a test) changes no row and costs one.
var guesses sync.Map // region id -> headRow

func appendGuessed(ctx context.Context, tx *sqldb.Tx, who auth.Actor, acts []Act) (last int64, done bool, err error) {
	v, ok := guesses.Load(who.RegionID)
	if !ok {
		return 0, false, nil
	}
	h := v.(headRow)
	entries, next, err := h.grow(tx, who, acts)
	if err != nil {
		return 0, false, err
	}
	n, err := tx.Exec(ctx, advanceGuessed, who.RegionID, h.size, h.edge, h.secret, next.size, next.edge)
	if err != nil || n == 0 {
		guesses.Delete(who.RegionID)
		return 0, false, err
	}
	return next.size, true, insertAll(ctx, tx, who.RegionID, entries, next)
}

// grow seals the acts on top of the head, and returns them and the head that they lead to.
func (h headRow) grow(tx *sqldb.Tx, who auth.Actor, acts []Act) ([]Entry, headRow, error) {
	e, err := parseEdge(h.size, h.edge)
	if err != nil {
		return nil, h, err
	}
	at := tx.Now().UnixMilli()
	key := newKey(h.secret)
	actor := key.pseudonym(who.ID)
	out := make([]Entry, 0, len(acts))
	for _, a := range acts {
		if a.Subject.Kind == "" || a.Subject.ID == 0 || a.Verb == "" {
			return nil, h, errors.New("ledger: an act needs a subject and a verb")
		}
		r := record{Actor: actor, At: at, Region: who.RegionID, Salt: key.salt(h.size + 1), Seq: h.size + 1, Subject: a.Subject.String(), Unit: who.UnitID, Verb: a.Verb}
		text, err := key.seal(r, a.Body)
		if err != nil {
			return nil, h, err
		}
		entry := Entry{RegionID: r.Region, Seq: r.Seq, At: time.UnixMilli(at), Subject: a.Subject, Verb: a.Verb, Text: string(text)}
		e, entry.hashes = e.add(h.size, tlog.RecordHash(text))
		h.size++
		out = append(out, entry)
	}
	h.edge = pack(e)
	return out, h, nil
}

func insertAll(ctx context.Context, tx *sqldb.Tx, regionID int64, entries []Entry, next headRow) error {
	for _, e := range entries {
		if _, err := tx.Exec(ctx, insertEntry, regionID, e.Seq, e.At.UnixMilli(), e.Subject.Kind, e.Subject.ID, e.Verb, e.Text, pack(e.hashes)); err != nil {
			return err
		}
	}
	guesses.Store(regionID, next)
	return nil
}

// ensureSecret makes the region's secret, once; whoever comes second reads the first one's.
func ensureSecret(ctx context.Context, tx *sqldb.Tx, regionID int64) ([]byte, error) {
	secret := make([]byte, 32)
	rand.Read(secret)
	if _, err := tx.Exec(ctx, insertSecret, regionID, secret); err != nil {
		return nil, err
	}
	return sqldb.One(ctx, tx, selectSecret, scanBytes, regionID)
}

// namesKind is the subject of the entry that says that a region's pseudonyms were made meaningless.
const namesKind = "ledger.names"

// ForgetNamesIn destroys the secret of a region's pseudonyms (销毁化名密钥), after an entry that says so: nobody can tell any more whom the entries until then
// name, and Verify compares the persons of their rows no more. It is an act of the installation, at the machine, and asks for no permission. Errors: Invalid
// (field reason), NotFound.
func ForgetNamesIn(ctx context.Context, tx *sqldb.Tx, regionID int64, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return errs.At("reason", "请写明依据：为什么销毁，谁批准。")
	}
	reason, err := checkReason(reason, true)
	if err != nil {
		return err
	}
	if _, ok, err := sqldb.Maybe(ctx, tx, selectHead, scanSizeEdge, regionID); err != nil || !ok {
		if err == nil {
			err = errs.New(errs.NotFound, "这个区划还没有台账，没有化名密钥可以销毁。")
		}
		return err
	}
	if err := Append(ctx, tx, auth.Actor{RegionID: regionID}, ref.Ref{Kind: namesKind, ID: regionID}, "forget", map[string]string{"reason": reason}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, deleteSecret, regionID)
	return err
}

// Pseudonym returns the name under which the person stands in the region's entries, so that a page can
// show who it was to somebody who may know; "" if the region has no ledger yet or its secret is destroyed.
func Pseudonym(ctx context.Context, tx *sqldb.Tx, regionID, personID int64) (string, error) {
	secret, ok, err := sqldb.Maybe(ctx, tx, selectSecret, scanBytes, regionID)
	if err != nil || !ok {
		return "", err
	}
	return newKey(secret).pseudonym(personID), nil
}

// Mark returns a sign of the person for one purpose (暗记) that cannot be matched with his Pseudonym, nor with his sign for another purpose, by anybody without
// the region's secret: by it the author of a nameless letter finds the answer, and nobody finds him. "" as with Pseudonym.
func Mark(ctx context.Context, tx *sqldb.Tx, regionID int64, purpose string, personID int64) (string, error) {
	secret, ok, err := sqldb.Maybe(ctx, tx, selectSecret, scanBytes, regionID)
	if err != nil || !ok {
		return "", err
	}
	return newKey(secret).of("mark of "+purpose, personID), nil
}

// Filter chooses entries. Its zero value is all of them.
type Filter struct {
	Subject ref.Ref // that of one thing; with ID 0 all of its kind
	Before  int64   // only entries with a smaller number: the last one of the page before
	Limit   int     // 50 if 0, at most 500
}

// Entries lists a region's entries, the latest first. It asks nobody's permission: the caller has asked who may see the subject.
func Entries(ctx context.Context, tx *sqldb.Tx, regionID int64, f Filter) ([]Entry, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	q := listEntries.With(regionID).
		If(f.Subject.Kind != "", ofKind, f.Subject.Kind).
		If(f.Subject.ID != 0, ofSubject, f.Subject.ID).
		If(f.Before != 0, before, f.Before)
	rows, err := sqldb.Rows(ctx, tx, q, scanRow, int64(min(f.Limit, 500)))
	if err != nil {
		return nil, err
	}
	out := make([]Entry, 0, len(rows))
	for _, r := range rows {
		e, err := parseEntry(r.text)
		if err != nil {
			// A damaged entry is shown as what it is; Verify says more.
			e = Entry{RegionID: regionID, Seq: r.seq, Subject: ref.Ref{Kind: r.kind, ID: r.id}, Verb: r.verb, Text: r.text}
		}
		out = append(out, e)
	}
	return out, nil
}

// LatestRow returns the subject's latest entry that seals or removes its row; ok is false if there is none.
func LatestRow(ctx context.Context, tx *sqldb.Tx, regionID int64, subject ref.Ref) (e Entry, ok bool, err error) {
	for f := (Filter{Subject: subject}); ; {
		page, err := Entries(ctx, tx, regionID, f)
		if err != nil || len(page) == 0 {
			return Entry{}, false, err
		}
		for _, e := range page {
			if e.Row != nil || e.Gone {
				return e, true, nil
			}
		}
		f.Before = page[len(page)-1].Seq
	}
}

// Holds reports whether a row, in the form given to Row, is what the entry sealed. Persons that an older program did not seal, and pseudonyms whose key is
// destroyed, are not compared.
func Holds(ctx context.Context, tx *sqldb.Tx, e Entry, row any) (bool, error) {
	raw, err := canonical(row)
	if err != nil {
		return false, err
	}
	secret, _, err := sqldb.Maybe(ctx, tx, selectSecret, scanBytes, e.RegionID)
	if err != nil {
		return false, err
	}
	v := &verification{secret: secret, names: map[int64]string{}}
	if bytes.Equal(named(raw, v.name), e.Row) {
		return true, nil
	}
	c, err := v.persons(e.Text)
	if err != nil {
		return false, err
	}
	_, differ := subject{}.differences(c, e.Row, raw)
	return !differ, nil
}
