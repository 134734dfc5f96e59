package ledger

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strconv"
)

// Person is a person (人员) in a sealed row or in what an act says: in the entry stands the person's pseudonym, "" for nobody. An int64 in
// its place would put the program's number of the person into a record that is never erased.
type Person int64

// Name is a person's name (姓名) in a sealed row: in the entry stands a pseudonym of its own, which nobody can try names on without the region's key.
func Name(name string) Person {
	sum := sha256.Sum256([]byte("name:" + name))
	return Person(binary.BigEndian.Uint64(sum[:8]))
}

// People are persons in the order in which they stand.
func People(ids []int64) []Person {
	out := make([]Person, 0, len(ids))
	for _, id := range ids {
		out = append(out, Person(id))
	}
	return out
}

// personMark stands before a person's number between the encoder and the region's key. Nobody who types a text knows it: it is of this process only.
var personMark = func() string {
	b := make([]byte, 12)
	rand.Read(b)
	return "person-" + hex.EncodeToString(b) + ":"
}()

// MarshalJSON writes the mark that named replaces.
func (p Person) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, personMark+strconv.FormatInt(int64(p), 10)), nil
}

// marked returns the person whom a JSON text stands for.
func marked(text string) (id int64, ok bool) {
	if len(text) <= len(personMark) || text[:len(personMark)] != personMark {
		return 0, false
	}
	id, err := strconv.ParseInt(text[len(personMark):], 10, 64)
	return id, err == nil
}

// named puts each person's pseudonym in the place of his mark.
func named(row []byte, name func(int64) string) []byte {
	mark := []byte(`"` + personMark)
	if !bytes.Contains(row, mark) {
		return row
	}
	out := make([]byte, 0, len(row))
	for {
		i := bytes.Index(row, mark)
		if i < 0 {
			return append(out, row...)
		}
		out = append(append(out, row[:i]...), '"')
		row = row[i+len(mark):]
		end := bytes.IndexByte(row, '"')
		id, _ := strconv.ParseInt(string(row[:end]), 10, 64)
		out = append(append(out, name(id)...), '"')
		row = row[end+1:]
	}
}

// personCheck is how far the persons of a row could be held to its entry.
type personCheck struct {
	name   func(int64) string // nil: the key that made the entry's pseudonyms is destroyed
	old    bool               // the entry is of a program that did not seal who acted, or sealed numbers
	erased bool               // the pseudonyms could not be compared
}

// same compares what an entry sealed with a row whose persons are still marked. An entry cannot be changed, and every entry of this
// program holds the fields of all its persons: one that lacks them, or holds their numbers, was made by an older one.
func (c *personCheck) same(sealed, now any) bool {
	switch now := now.(type) {
	case string:
		id, ok := marked(now)
		was, text := sealed.(string)
		switch {
		case !ok || !text:
			return text && was == now
		case was == strconv.FormatInt(id, 10):
			c.old = true
			return true
		case id == 0 || was == "":
			return id == 0 && was == ""
		case c.name == nil:
			c.erased = true
			return true
		}
		return was == c.name(id)
	case []any:
		was, ok := sealed.([]any)
		if !ok || len(was) != len(now) {
			return false
		}
		for i := range now {
			if !c.same(was[i], now[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		was, ok := sealed.(map[string]any)
		if !ok {
			return false
		}
		for k, v := range now {
			if x, ok := was[k]; ok && !c.same(x, v) || !ok && !onlyPersons(v) {
				return false
			} else if !ok {
				c.old = true
			}
		}
		for k := range was {
			if _, ok := now[k]; !ok {
				return false
			}
		}
		return true
	}
	return sealed == now
}

// onlyPersons reports whether a field holds a person or persons and nothing else.
func onlyPersons(v any) bool {
	switch v := v.(type) {
	case string:
		_, ok := marked(v)
		return ok
	case []any:
		for _, x := range v {
			if !onlyPersons(x) {
				return false
			}
		}
		return true
	}
	return false
}

// tree reads canonical JSON for same; numbers stay texts.
func tree(row []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(row))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}
