package ledger

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"duban/internal/base/ref"
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
// A number with a fraction is refused: write exact decimals as text. A Person has no form outside an entry, and is refused too.
func Canonical(v any) ([]byte, error) {
	b, err := canonical(v)
	if err == nil && bytes.Contains(b, []byte(personMark)) {
		return nil, errors.New("ledger: a person stands only in an entry")
	}
	return b, err
}

// canonical leaves persons marked, for named.
func canonical(v any) ([]byte, error) {
	first, err := plain(v)
	if err != nil {
		return nil, err
	}
	if out, rest, ok := ordered(nil, first); ok && len(rest) == 0 {
		return out, nil
	}
	return decoded(first)
}

// decoded makes the canonical form of any JSON.
func decoded(first []byte) ([]byte, error) {
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

// ordered appends the first JSON value of in, as the encoder wrote it, to out with the fields of its objects by name. It takes what rows
// are made of, and is not ok with anything else (an escape but the plainest, a number with a fraction, a name twice): then Canonical goes
// the long way round, by decoding.
func ordered(out, in []byte) (_, rest []byte, ok bool) {
	if len(in) == 0 {
		return nil, nil, false
	}
	switch c := in[0]; {
	case c == '"':
		n := textEnd(in)
		if n < 0 {
			return nil, nil, false
		}
		return append(out, in[:n]...), in[n:], true
	case c == '-' || c >= '0' && c <= '9':
		n := 1
		for n < len(in) && in[n] >= '0' && in[n] <= '9' {
			n++
		}
		if c == '-' && (n == 1 || in[1] == '0') || n < len(in) && (in[n] == '.' || in[n] == 'e' || in[n] == 'E') {
			return nil, nil, false
		}
		return append(out, in[:n]...), in[n:], true
	case c == '[':
		out, in = append(out, '['), in[1:]
		for first := true; len(in) > 0; first = false {
			if in[0] == ']' {
				return append(out, ']'), in[1:], true
			}
			if !first {
				if in[0] != ',' {
					return nil, nil, false
				}
				out, in = append(out, ','), in[1:]
			}
			if out, in, ok = ordered(out, in); !ok {
				return nil, nil, false
			}
		}
		return nil, nil, false
	case c == '{':
		return orderedObject(out, in[1:])
	}
	for _, word := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(in, []byte(word)) {
			return append(out, word...), in[len(word):], true
		}
	}
	return nil, nil, false
}

func orderedObject(out, in []byte) (_, rest []byte, ok bool) {
	type member struct{ name, value []byte }
	var few [16]member
	list := few[:0]
	for len(in) > 0 && in[0] != '}' {
		if len(list) > 0 {
			if in[0] != ',' {
				return nil, nil, false
			}
			in = in[1:]
		}
		n := textEnd(in)
		if n < 0 || n > len(in)-2 || in[n] != ':' || bytes.IndexByte(in[:n], '\\') >= 0 {
			return nil, nil, false
		}
		m := member{name: in[:n]}
		whole := in[n+1:]
		if whole[0] == '{' || whole[0] == '[' {
			if m.value, in, ok = ordered(nil, whole); !ok {
				return nil, nil, false
			}
		} else if _, in, ok = ordered(nil, whole); ok { // stands as it is
			m.value = whole[:len(whole)-len(in)]
		} else {
			return nil, nil, false
		}
		list = append(list, m)
	}
	if len(in) == 0 {
		return nil, nil, false
	}
	slices.SortFunc(list, func(a, b member) int { return bytes.Compare(a.name[:len(a.name)-1], b.name[:len(b.name)-1]) })
	out = append(out, '{')
	for i, m := range list {
		if i > 0 {
			if bytes.Equal(m.name, list[i-1].name) {
				return nil, nil, false
			}
			out = append(out, ',')
		}
		out = append(append(append(out, m.name...), ':'), m.value...)
	}
	return append(out, '}'), in[1:], true
}

// textEnd returns where the text that in begins with ends; -1 if it is no text, or holds an escape but \n, \t, \r, \" and \\.
func textEnd(in []byte) int {
	if len(in) == 0 || in[0] != '"' {
		return -1
	}
	for i := 1; i < len(in); i++ {
		switch in[i] {
		case '"':
			return i + 1
		case '\\':
			if i++; i == len(in) || !strings.ContainsRune(`ntr"\`, rune(in[i])) {
				return -1
			}
		}
	}
	return -1
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

// key makes names and salts of a region's entries.
type key struct {
	mac interface {
		io.Writer
		Sum(b []byte) []byte
		Reset()
	}
}

func newKey(secret []byte) key { return key{hmac.New(sha256.New, secret)} }

// pseudonym returns the name under which a person stands in a region's entries. Without the region's
// secret it cannot be traced to the person: destroying the secret erases all names at once.
func (k key) pseudonym(personID int64) string {
	if personID == 0 {
		return ""
	}
	return k.of("person", personID)
}

// salt keeps a neighbour's content from being guessed out of a proof's hashes.
func (k key) salt(seq int64) string { return k.of("salt", seq) }

func (k key) of(what string, n int64) string {
	var buf [sha256.Size]byte
	k.mac.Reset()
	k.mac.Write(strconv.AppendInt(append(append(buf[:0], what...), ':'), n, 10))
	return hex.EncodeToString(k.mac.Sum(buf[:0])[:16])
}

// seal makes the text of an entry from what stands in every one and from its body.
func (k key) seal(r record, body any) (text []byte, err error) {
	s, ok := body.(Sealed)
	if !ok {
		s.body = body
	}
	r.Gone = s.gone
	if s.row != nil {
		if r.Row, err = canonical(s.row); err != nil {
			return nil, err
		}
		r.Row = named(r.Row, k.pseudonym)
	}
	if s.body != nil {
		if r.Body, err = canonical(s.body); err != nil {
			return nil, err
		}
		r.Body = named(r.Body, k.pseudonym)
	}
	return r.text()
}

// text is what the encoder would write, at less cost: a body that is canonical already is not read again.
func (r record) text() ([]byte, error) {
	b := make([]byte, 0, 300+len(r.Row)+len(r.Body))
	var err error
	word := func(name, v string) {
		b = append(append(b, name...), ':')
		for i := range len(v) {
			if c := v[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
				var quoted []byte
				if quoted, err = plain(v); err == nil {
					b = append(b, quoted...)
				}
				return
			}
		}
		b = append(append(append(b, '"'), v...), '"')
	}
	number := func(name string, n int64) { b = strconv.AppendInt(append(append(b, name...), ':'), n, 10) }
	word(`{"actor"`, r.Actor)
	number(`,"at"`, r.At)
	if len(r.Body) > 0 {
		b = append(append(b, `,"body":`...), r.Body...)
	}
	if r.Gone {
		b = append(b, `,"gone":true`...)
	}
	number(`,"region"`, r.Region)
	if len(r.Row) > 0 {
		b = append(append(b, `,"row":`...), r.Row...)
	}
	word(`,"salt"`, r.Salt)
	number(`,"seq"`, r.Seq)
	word(`,"subject"`, r.Subject)
	number(`,"unit"`, r.Unit)
	word(`,"verb"`, r.Verb)
	return append(b, '}'), err
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
