package notice

import (
	"fmt"
	"sync"
	"testing"

	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
)

func TestDigest(t *testing.T) {
	var list []Todo
	for _, day := range []string{"", "2017-03-30", "2017-03-31", "2017-04-01", "2017-04-03", "2017-04-04"} {
		list = append(list, Todo{DueOn: day})
	}
	d := DigestOf(list, "2017-03-31")
	if want := (Digest{Open: 6, Overdue: 1, DueToday: 1, DueSoon: 2}); d != want {
		t.Errorf("%+v", d)
	}
	if s := d.String(); s != "在办 6 件，今天到期 1 件，三天内到期 2 件，逾期 1 件" {
		t.Error(s)
	}
	if s := DigestOf(list[:1], "2017-03-31").String(); s != "在办 1 件" {
		t.Error(s)
	}
	if DigestOf(nil, "2017-03-31").String() != "" || DigestOf(list, "heute") != (Digest{}) {
		t.Error("a digest of nothing")
	}
}

// TestOneHand: what only one person of a unit can do waits for him alone, and for the next one when the post changes hands.
func TestOneHand(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ctx, b := t.Context(), NewBook(id.New(c, 0).Next)
		opens := func(person int64) {
			t.Helper()
			if err := db.Update(ctx, func(tx *sqldb.Tx) error {
				return b.Open(ctx, tx, 1, Todo{Unit: 5, Person: person, Kind: "campaign.pledge.sign", Subject: ref.Ref{Kind: "campaign.pledge", ID: 1}, Title: "签", Href: "/"})
			}); err != nil {
				t.Fatal(err)
			}
		}
		waits := func(person int64) (n int) {
			t.Helper()
			if err := db.View(ctx, func(tx *sqldb.Tx) error {
				list, err := For(ctx, tx, auth.Actor{ID: person, RegionID: 1, UnitID: 5})
				n = len(list)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		opens(21)
		if waits(21) != 1 || waits(22) != 0 {
			t.Errorf("waits for the signer %d times, for another %d", waits(21), waits(22))
		}
		opens(22)
		if waits(21) != 0 || waits(22) != 1 {
			t.Errorf("after a change waits for the former %d times, for the new one %d", waits(21), waits(22))
		}
		opens(0) // vacant
		if waits(21) != 1 || waits(22) != 1 {
			t.Error("a vacant post's to-do waits for nobody")
		}
	})
}

// TestFactsInAnyOrder: facts are delivered in no promised order, and by several workers at once. What waits in the end is what would wait had they come in
// the order in which they happened.
func TestFactsInAnyOrder(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ctx := t.Context()
		b := NewBook(id.New(c, 0).Next)
		const kind = "supervision.finding.report"
		open := func(fact, subject, unit int64) func(*sqldb.Tx) error {
			return func(tx *sqldb.Tx) error {
				return b.OpenBy(ctx, tx, 1, fact, Todo{Unit: unit, Kind: kind, Subject: ref.Ref{Kind: "supervision.finding", ID: subject}, Title: fmt.Sprintf("第 %d 次", fact), Href: "/"})
			}
		}
		done := func(fact, subject int64) func(*sqldb.Tx) error {
			return func(tx *sqldb.Tx) error {
				return b.DoneBy(ctx, tx, 1, fact, kind, ref.Ref{Kind: "supervision.finding", ID: subject})
			}
		}
		doneFor := func(fact, subject, unit int64) func(*sqldb.Tx) error {
			return func(tx *sqldb.Tx) error {
				return b.DoneForBy(ctx, tx, 1, fact, kind, ref.Ref{Kind: "supervision.finding", ID: subject}, unit)
			}
		}
		waits := func(unit int64) (out []Todo) {
			t.Helper()
			if err := db.View(ctx, func(tx *sqldb.Tx) (err error) {
				out, err = For(ctx, tx, auth.Actor{RegionID: 1, UnitID: unit})
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return out
		}
		act := func(fn func(*sqldb.Tx) error) {
			t.Helper()
			if err := db.Update(ctx, fn); err != nil {
				t.Fatal(err)
			}
		}
		subject := int64(0)
		for _, last := range []bool{false, true} { // issued, reported; and then sent back
			for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
				subject++
				unit := subject + 100
				facts := []func(*sqldb.Tx) error{open(10, subject, unit), done(20, subject), open(30, subject, unit)}
				for _, i := range order {
					if i < 2 || last {
						act(facts[i])
						act(facts[i]) // an attempt that is made again
					}
				}
				list := waits(unit)
				if last && (len(list) != 1 || list[0].Title != "第 30 次") || !last && len(list) != 0 {
					t.Errorf("order %v, sent back %v: %+v", order, last, list)
				}
			}
		}
		// One unit's answer is not another's.
		act(doneFor(50, 900, 7))
		act(open(40, 900, 7))
		act(open(41, 900, 8))
		if len(waits(7)) != 0 || len(waits(8)) != 1 {
			t.Errorf("unit 7 waits for %+v, unit 8 for %+v", waits(7), waits(8))
		}
		// At once.
		for n := range int64(30) {
			var wg sync.WaitGroup
			for _, fn := range []func(*sqldb.Tx) error{open(10, 1000+n, 9), done(20, 1000+n)} {
				wg.Go(func() {
					if err := db.Update(ctx, fn); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		if list := waits(9); len(list) != 0 {
			t.Errorf("%d to-dos that were done still wait", len(list))
		}
	})
}
