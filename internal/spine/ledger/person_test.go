package ledger

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
)

// somebody stands in for a row with persons: id is its number, so that what its reader yields is in the test's hand.
type somebody struct {
	Name  string   `json:"name"`
	By    Person   `json:"entered_by"`
	Group []Person `json:"inspectors"`
}

func TestPersons(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, _ *period.Fixed) {
		const kind = "test.somebody"
		row := somebody{"甲", 4_611_686_018_427_387_901, []Person{0, 4_611_686_018_427_387_902}}
		yield := any(row)
		RegisterSubject(kind, func(_ context.Context, _ *sqldb.Tx, regionID int64, fn func(int64, any) error) error {
			if regionID != 7 {
				return nil
			}
			return fn(1, yield)
		}, Labels{"": "测试行"})
		t.Cleanup(func() {
			subjectsMu.Lock()
			defer subjectsMu.Unlock()
			delete(subjects, kind)
		})
		seal := func(body any) {
			t.Helper()
			do(t, db, func(ctx context.Context, tx *sqldb.Tx) error {
				return Append(ctx, tx, clerk, ref.Ref{Kind: kind, ID: 1}, "enter", body)
			})
		}
		look := func(want string) Report {
			t.Helper()
			r, err := Verify(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, f := range r.Findings {
				said = append(said, f.Text)
			}
			if got := strings.Join(said, "|"); want == "" && got != "" || !strings.Contains(got, want) {
				t.Errorf("found %q, want %q", got, want)
			}
			return r
		}

		if b, err := Canonical(row); err == nil {
			t.Errorf("a person outside an entry: %s", b)
		}
		seal(Row(row).With(map[string]any{"for": row.By}))
		e := entries(t, db, 7, Filter{})[0]
		for _, id := range []Person{row.By, row.Group[1]} {
			if strings.Contains(e.Text, fmt.Sprint(int64(id))) || strings.Contains(e.Text, "person-") {
				t.Errorf("the entry names %d: %s", id, e.Text)
			}
		}
		var by string
		if err := db.View(t.Context(), func(tx *sqldb.Tx) (err error) {
			by, err = Pseudonym(t.Context(), tx, 7, int64(row.By))
			return err
		}); err != nil || by == "" || string(e.Body) != `{"for":"`+by+`"}` || !strings.Contains(string(e.Row), `"entered_by":"`+by+`"`) || !strings.Contains(string(e.Row), `"inspectors":["",`) {
			t.Errorf("%v %q in %s", err, by, e.Text)
		}
		if r := look(""); r.Old+r.Erased != 0 {
			t.Error(r)
		}

		changed := row
		changed.By++
		yield = changed
		look("“录入人”与台账")
		changed = row
		changed.Group = []Person{0, row.Group[1] + 1}
		yield = changed
		look("“督查人员”与台账")
		changed.Group = row.Group[:1]
		yield = changed
		look("“督查人员”与台账")
		// A text that looks like a pseudonym or like a number is not a person.
		changed = row
		changed.Name = by
		yield = changed
		look("“name”与台账")
		yield = map[string]any{"name": "甲", "entered_by": fmt.Sprint(int64(row.By)), "inspectors": row.Group}
		look("“录入人”与台账")

		// What an older program sealed is held to what it sealed, and the report says what it did not.
		seal(Row(map[string]any{"name": "甲"}))
		yield = row
		if r := look(""); r.Old != 1 || !strings.Contains(r.String(), "1 行由旧版程序封存") {
			t.Error(r)
		}
		seal(Row(map[string]any{"name": "甲", "inspectors": []string{"0", fmt.Sprint(int64(row.Group[1]))}}))
		if r := look(""); r.Old != 1 {
			t.Error(r)
		}
		changed = row
		changed.Group = []Person{0, row.Group[1] + 1}
		yield = changed
		look("“督查人员”与台账")
		changed = row
		changed.Name = "乙"
		yield = changed
		look("“name”与台账")
		seal(Row(struct{}{}))
		yield = row
		look("“name”与台账") // only persons may be missing

		// The secret is gone and nobody said so: who acted might have been changed under its cover.
		seal(Row(row))
		yield = row
		var secret []byte
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) (err error) {
			if secret, err = sqldb.One(ctx, tx, selectSecret, scanBytes, int64(7)); err == nil {
				_, err = tx.Exec(ctx, testDestroySecret, int64(7))
			}
			return err
		})
		look("没有销毁它的记录")
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, insertSecret, int64(7), secret)
			return err
		})
		if r := look(""); r.Erased != 0 {
			t.Error(r)
		}

		// The secret is destroyed, and the ledger says so: persons cannot be compared any more, all else is.
		if err := db.Update(t.Context(), func(tx *sqldb.Tx) error { return ForgetNamesIn(t.Context(), tx, 7, " ") }); err == nil {
			t.Error("destroyed without a reason")
		}
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error {
			return ForgetNamesIn(ctx, tx, 7, "本人申请，区委办批准")
		})
		if r := look(""); r.Erased != 1 || !strings.Contains(r.String(), "化名密钥已经销毁") {
			t.Error(r)
		}
		do(t, db, func(ctx context.Context, tx *sqldb.Tx) error { return Append(ctx, tx, clerk, report(1), "submit", nil) }) // makes a new one
		if r := look(""); r.Erased != 1 {
			t.Error(r)
		}
		yield = changed
		look("“name”与台账")
	})
}
