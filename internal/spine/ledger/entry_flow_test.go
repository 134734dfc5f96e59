package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
)

var clerk = auth.Actor{ID: 41, RegionID: 7, UnitID: 3, Name: "张三", Roles: []auth.Role{auth.Clerk}}

func report(id int64) ref.Ref { return ref.Ref{Kind: "ledgertest.report", ID: id} }

func do(t *testing.T, db *sqldb.DB, fn func(ctx context.Context, tx *sqldb.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *sqldb.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func entries(t *testing.T, db *sqldb.DB, region int64, f Filter) (out []Entry) {
	t.Helper()
	err := db.View(t.Context(), func(tx *sqldb.Tx) (err error) {
		out, err = Entries(t.Context(), tx, region, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAppend(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error {
			return Append(ctx, tx, clerk, report(1), "submit", Row(map[string]any{"done": 5, "month": "2017-02"}).With(map[string]any{"reason": "<补报>"}))
		})
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error {
			return AppendAll(ctx, tx, clerk, []Act{{report(2), "submit", nil}, {report(1), "withdraw", NoRow()}})
		})
		other := clerk
		other.RegionID = 8
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error { return Append(ctx, tx, other, report(1), "submit", nil) })

		// An act that fails leaves no entry and no gap.
		fail := errors.New("no")
		err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
			if err := Append(t.Context(), tx, clerk, report(9), "submit", nil); err != nil {
				return err
			}
			return fail
		})
		if !errors.Is(err, fail) {
			t.Fatal(err)
		}
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error { return Append(ctx, tx, clerk, report(3), "submit", nil) })

		all := entries(t, db, 7, Filter{})
		if len(all) != 4 || all[0].Seq != 4 || all[3].Seq != 1 || all[0].Subject != report(3) {
			t.Fatalf("%+v", all)
		}
		first := all[3]
		if string(first.Row) != `{"done":5,"month":"2017-02"}` || string(first.Body) != `{"reason":"<补报>"}` || first.UnitID != 3 || !first.At.Equal(c.Now()) || !all[1].Gone {
			t.Errorf("%+v", first)
		}
		if strings.Contains(first.Text, "张三") || strings.Contains(first.Text, `"actor":"41"`) || len(first.Actor) != 32 || first.Actor != all[0].Actor {
			t.Errorf("the actor must be a steady pseudonym: %s", first.Text)
		}
		if e := entries(t, db, 8, Filter{}); len(e) != 1 || e[0].Seq != 1 || e[0].Actor == first.Actor {
			t.Errorf("another region has its own numbers and pseudonyms: %+v", e)
		}
		if e := entries(t, db, 7, Filter{Subject: report(1)}); len(e) != 2 {
			t.Errorf("by subject: %+v", e)
		}
		if e := entries(t, db, 7, Filter{Before: 3, Limit: 1}); len(e) != 1 || e[0].Seq != 2 {
			t.Errorf("paged: %+v", e)
		}
		db.View(t.Context(), func(tx *sqldb.Tx) error {
			if p, err := Pseudonym(t.Context(), tx, 7, 41); err != nil || p != first.Actor {
				t.Errorf("pseudonym %q, %v", p, err)
			}
			if p, err := Pseudonym(t.Context(), tx, 99, 41); err != nil || p != "" {
				t.Errorf("pseudonym of no region %q, %v", p, err)
			}
			return nil
		})
	})
}

func TestAppendRefuses(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, _ *period.Fixed) {
		for name, fn := range map[string]func(context.Context, *sqldb.Tx) error{
			"no region": func(ctx context.Context, tx *sqldb.Tx) error {
				return Append(ctx, tx, auth.Actor{}, report(1), "submit", nil)
			},
			"no subject": func(ctx context.Context, tx *sqldb.Tx) error { return Append(ctx, tx, clerk, ref.Ref{}, "submit", nil) },
			"no verb":    func(ctx context.Context, tx *sqldb.Tx) error { return Append(ctx, tx, clerk, report(1), "", nil) },
			"a float": func(ctx context.Context, tx *sqldb.Tx) error {
				return Append(ctx, tx, clerk, report(1), "submit", map[string]any{"x": 0.1})
			},
			"a float row": func(ctx context.Context, tx *sqldb.Tx) error {
				return Append(ctx, tx, clerk, report(1), "submit", Row([]float64{1e30}))
			},
		} {
			if err := db.Update(t.Context(), func(tx *sqldb.Tx) error { return fn(t.Context(), tx) }); err == nil {
				t.Errorf("%s is accepted", name)
			}
		}
		if e := entries(t, db, 7, Filter{}); len(e) != 0 {
			t.Errorf("%+v", e)
		}
	})
}

// 24 people report at the same instant: every report is recorded, in one unbroken sequence.
func TestAppendRace(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, _ *period.Fixed) {
		const n = 24
		var wg sync.WaitGroup
		fail := make(chan error, n)
		for i := range int64(n) {
			wg.Go(func() {
				who := clerk
				who.ID += i
				fail <- db.Update(t.Context(), func(tx *sqldb.Tx) error {
					return Append(t.Context(), tx, who, report(i+1), "submit", Row(map[string]any{"done": i}))
				})
			})
		}
		wg.Wait()
		close(fail)
		for err := range fail {
			if err != nil {
				t.Error(err)
			}
		}
		seen := map[string]bool{}
		for i, e := range entries(t, db, 7, Filter{Limit: 100}) {
			if e.Seq != int64(n-i) {
				t.Errorf("number %d at place %d", e.Seq, i)
			}
			seen[e.Subject.String()+e.Actor] = true
		}
		if len(seen) != n {
			t.Errorf("%d of %d", len(seen), n)
		}
	})
}

func TestCanonical(t *testing.T) {
	type row struct {
		B int64  `json:"b"`
		A string `json:"a"`
	}
	got, err := Canonical(row{1<<62 + 1, "甲<乙>&\u2028"})
	if want := "{\"a\":\"甲<乙>&\\u2028\",\"b\":4611686018427387905}"; err != nil || string(got) != want {
		t.Errorf("%s, want %s, %v", got, want, err)
	}
	again, err := Canonical(map[string]any{"b": "x", "a": []int{2, 1}})
	if err != nil || string(again) != `{"a":[2,1],"b":"x"}` {
		t.Errorf("%s %v", again, err)
	}
}

var testDestroySecret = sqldb.SQL("ledger.testDestroySecret", `DELETE FROM ledger_key WHERE region_id = $1`)

// The secret is destroyed: nobody can tell any more whose pseudonym was whose, and the ledger goes on, unbroken.
func TestErasedNames(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, _ *period.Fixed) {
		submit := func(ctx context.Context, tx *sqldb.Tx) error { return Append(ctx, tx, clerk, report(1), "submit", nil) }
		do(t, db, submit)
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error { return ForgetNamesIn(ctx, tx, 7, "本人申请") })
		do(t, db, submit)
		e := entries(t, db, 7, Filter{})
		if len(e) != 3 || e[0].Actor == e[2].Actor || len(e[0].Actor) != 32 || e[1].Verb != "forget" {
			t.Errorf("%+v", e)
		}
		if r, err := Verify(t.Context(), db); err != nil || !r.OK() {
			t.Error(r, err)
		}
	})
}

// An entry costs two statements while this process is alone, and a wrong guess of the head costs one more and nothing else.
func TestStatementsPerEntry(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, _ *period.Fixed) {
		who := clerk
		who.RegionID = map[sqldb.Engine]int64{sqldb.SQLite: 71, sqldb.Postgres: 72}[db.Engine] // guesses are per process
		submit := func(fail error) string {
			ctx, n := sqldb.WithCounter(t.Context())
			err := db.Update(ctx, func(tx *sqldb.Tx) error {
				if err := Append(ctx, tx, who, report(1), "submit", nil); err != nil {
					return err
				}
				return fail
			})
			if !errors.Is(err, fail) {
				t.Fatal(err)
			}
			return strings.ReplaceAll(strings.Join(n.Names(), " "), "ledger.", "")
		}
		locked := "advanceHead updateEdge insertEntry"
		for i, want := range []string{"advanceHead insertSecret selectSecret updateEdge insertEntry", "advanceGuessed insertEntry", "advanceGuessed insertEntry", "advanceGuessed " + locked, "advanceGuessed insertEntry"} {
			var fail error
			if i == 2 {
				fail = errors.New("rolled back")
			}
			if got := submit(fail); got != want {
				t.Errorf("act %d: %s, want %s", i, got, want)
			}
		}
		if r, err := Verify(t.Context(), db); err != nil || !r.OK() || r.Entries != 4 {
			t.Error(r, err)
		}
	})
}

// TestOrderedIsDecoded holds the short way to the canonical form to the long one, on values of every make and on damaged JSON.
func TestOrderedIsDecoded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"", "a", "ab", "b", "value_x10000", "甲", "<&>", "\u2028", "\"q\"", "back\\slash", "line\nbreak\ttab", "\b\f\x01", "\xff", "Z", "~", "😀"}
	var value func(depth int) any
	value = func(depth int) any {
		switch n := r.IntN(9); {
		case n == 0:
			return nil
		case n == 1:
			return r.IntN(2) == 0
		case n == 2:
			return r.Int64() - r.Int64()
		case n == 3:
			return words[r.IntN(len(words))] + words[r.IntN(len(words))]
		case n == 4:
			return []any{0, 1.5, 1e21, math.Copysign(0, -1), json.Number("-0"), json.Number("12")}[r.IntN(6)]
		case n == 5 && depth < 4:
			list := []any{}
			for range r.IntN(4) {
				list = append(list, value(depth+1))
			}
			return list
		case n == 6:
			return json.RawMessage([]string{`{"b":1,"a":2,"b":3}`, `{"b":{"d":[],"c":{}},"a":[1,{"y":0,"x":1}]}`, `"\\u4e2d\\/"`, `[ 1 , 2 ]`}[r.IntN(4)])
		case n == 7:
			return struct {
				Z int64  `json:"z"`
				A string `json:"a"`
				M any    `json:"m"`
			}{r.Int64N(100), words[r.IntN(len(words))], nil}
		case depth < 4:
			m := map[string]any{}
			for range r.IntN(20) {
				m[words[r.IntN(len(words))]+words[r.IntN(len(words))]] = value(depth + 1)
			}
			return m
		}
		return "x"
	}
	short := 0
	for range 20000 {
		first, err := plain(value(0))
		if err != nil {
			t.Fatal(err)
		}
		want, wrong := decoded(first)
		got, rest, ok := ordered(nil, first)
		if !ok {
			continue
		}
		short++
		if wrong != nil || len(rest) > 0 || string(got) != string(want) {
			t.Fatalf("%s\nis ordered  %s\nand decoded %s (%v)", first, got, want, wrong)
		}
	}
	if short < 5000 {
		t.Errorf("the short way was gone %d times", short)
	}
	whole := []byte(`{"b":{"d":[1,-2,"x"],"c":{}},"a":null,"e":true}`)
	for n := range len(whole) { // nothing cut off is taken, nor does it panic
		if _, rest, ok := ordered(nil, whole[:n]); ok && len(rest) == 0 && n > 0 {
			t.Errorf("%s was taken", whole[:n])
		}
	}
}

// TestRecordText holds the text of an entry to what the encoder makes of the record.
func TestRecordText(t *testing.T) {
	row := json.RawMessage(`{"a":"甲\u2028","b":1}`)
	for _, r := range []record{
		{},
		{Actor: "0123", At: -5, Region: 7, Salt: "ab", Seq: 1 << 62, Subject: "task.account:12", Unit: 3, Verb: "submit", Row: row},
		{Body: json.RawMessage(`{}`), Gone: true, Subject: "甲\"<\\\x7f", Verb: "\n"},
		{Body: row, Row: row},
	} {
		got, err := r.text()
		want, werr := plain(r)
		if err != nil || werr != nil || string(got) != string(want) {
			t.Errorf("%s (%v)\nwant %s (%v)", got, err, want, werr)
		}
	}
}
