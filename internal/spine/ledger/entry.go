package ledger

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"duban/internal/base/ref"
	"duban/internal/spine/auth"
)

// Entry is one record (记录) of the ledger (台账).
type Entry struct {
	RegionID int64
	Seq      int64     // 1, 2, 3, … in the region: 第 N 号记录
	At       time.Time // to the millisecond
	Actor    string    // the person's pseudonym; "" is the system itself
	UnitID   int64     // the actor's unit
	Subject  ref.Ref
	Verb     string
	Body     json.RawMessage // what the act says, canonical; nil if nothing
	Row      json.RawMessage // the sealed row as the act left it, canonical; nil if the act seals none
	Gone     bool            // the act removed the row
	Text     string          // the sealed text, byte for byte

	hashes []tlog.Hash // the leaf's and those of the subtrees that it completes
}

// record is an entry as it is sealed: its fields stand in the order of their names, as Canonical wants it.
type record struct {
	Actor   string          `json:"actor"`
	At      int64           `json:"at"`
	Body    json.RawMessage `json:"body,omitempty"`
	Gone    bool            `json:"gone,omitempty"`
	Region  int64           `json:"region"`
	Row     json.RawMessage `json:"row,omitempty"`
	Salt    string          `json:"salt"`
	Seq     int64           `json:"seq"`
	Subject string          `json:"subject"`
	Unit    int64           `json:"unit"`
	Verb    string          `json:"verb"`
}

// Sealed is the body of an act that seals a row: see Row, NoRow.
type Sealed struct {
	row  any
	body any
	gone bool
}

// Row makes the body of an act that seals the business row (业务行): v is what the registered reader of
// the subject's kind yields for it. Verify holds the row to the latest entry made so.
func Row(v any) Sealed { return Sealed{row: v} }

// NoRow makes the body of an act that removes the row: from now on the reader must not yield it.
func NoRow() Sealed { return Sealed{gone: true} }

// With adds what the act says besides the row: a reason, a document number.
func (s Sealed) With(body any) Sealed { s.body = body; return s }

// Canonical returns v as JSON of which there is exactly one: fields by name, no spaces, integers only.
// A number with a fraction is refused: write exact decimals as text.
func Canonical(v any) ([]byte, error) {
	first, err := plain(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(first))
	d.UseNumber()
	var x any
	if err := d.Decode(&x); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if err := onlyIntegers(x); err != nil {
		return nil, err
	}
	return plain(x)
}

func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func onlyIntegers(v any) error {
	switch v := v.(type) {
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") || v == "-0" {
			return fmt.Errorf("ledger: %s is no integer; write exact decimals as text", v)
		}
	case []any:
		for _, x := range v {
			if err := onlyIntegers(x); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, x := range v {
			if err := onlyIntegers(x); err != nil {
				return err
			}
		}
	}
	return nil
}

// Pseudonym returns the name under which a person stands in a region's entries. Without the region's
// secret it cannot be traced to the person: destroying the secret erases all names at once.
func pseudonym(secret []byte, personID int64) string {
	if personID == 0 {
		return ""
	}
	return keyed(secret, "person", personID)
}

func keyed(secret []byte, what string, n int64) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(what + ":" + strconv.FormatInt(n, 10)))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// seal makes the text of an entry. The salt keeps a neighbour's content from being guessed out of a proof's hashes.
func seal(secret []byte, seq, at int64, who auth.Actor, subject ref.Ref, verb string, body any) (Entry, error) {
	r := record{Actor: pseudonym(secret, who.ID), At: at, Region: who.RegionID, Salt: keyed(secret, "salt", seq), Seq: seq, Subject: subject.String(), Unit: who.UnitID, Verb: verb}
	s, ok := body.(Sealed)
	if !ok {
		s.body = body
	}
	r.Gone = s.gone
	var err error
	if s.row != nil {
		if r.Row, err = Canonical(s.row); err != nil {
			return Entry{}, err
		}
	}
	if s.body != nil {
		if r.Body, err = Canonical(s.body); err != nil {
			return Entry{}, err
		}
	}
	text, err := plain(r)
	if err != nil {
		return Entry{}, err
	}
	return Entry{RegionID: r.Region, Seq: seq, At: time.UnixMilli(at), Subject: subject, Verb: verb, Text: string(text)}, nil
}

// parseEntry reads a sealed text. It refuses a text that Append would not have written.
func parseEntry(text string) (Entry, error) {
	var r record
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Entry{}, fmt.Errorf("ledger: %w", err)
	}
	kind, n, ok := strings.Cut(r.Subject, ":")
	id, err := strconv.ParseInt(n, 10, 64)
	if !ok || err != nil {
		return Entry{}, fmt.Errorf("ledger: no subject: %q", r.Subject)
	}
	return Entry{RegionID: r.Region, Seq: r.Seq, At: time.UnixMilli(r.At), Actor: r.Actor, UnitID: r.Unit, Subject: ref.Ref{Kind: kind, ID: id},
		Verb: r.Verb, Body: r.Body, Row: r.Row, Gone: r.Gone, Text: text}, nil
}
