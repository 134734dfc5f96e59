package receipt_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/receipt"
)

// TestTake: a form that is sent twice counts once and has one answer; the same key with other words, for another act, or from nowhere, is refused.
//
// Source: reliability §0.3, R9.
func TestTake(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		clerk := auth.Actor{ID: 7, RegionID: 1}
		acts := 0
		// send is an act that a form asks for.
		send := func(who auth.Actor, key, act, form string) (answer string, err error) {
			ctx := t.Context()
			if form != "" {
				ctx = receipt.WithForm(ctx, func() string { return form })
			}
			err = db.Update(ctx, func(tx *sqldb.Tx) error {
				earlier, dup, err := receipt.Take(ctx, tx, who, key, act)
				if answer = earlier; err != nil || dup {
					return err
				}
				acts++
				answer = fmt.Sprint("第 ", acts, " 号")
				return receipt.Give(ctx, tx, who, key, answer)
			})
			return answer, err
		}
		first, err := send(clerk, "key-0000001", "campaign.report.submit", "a1")
		if err != nil || first != "第 1 号" {
			t.Fatal(first, err)
		}
		for _, form := range []string{"a1", ""} { // "" is a caller that is no form
			if again, err := send(clerk, "key-0000001", "campaign.report.submit", form); err != nil || again != first {
				t.Errorf("sent again: %q %v, want %q", again, err, first)
			}
		}
		if got, err := send(clerk, "key-0000001", "campaign.report.submit", "b2"); errs.KindOf(err) != errs.Conflict || got != "" {
			t.Errorf("a corrected form was answered with the receipt of the uncorrected one: %q %v", got, err)
		}
		if _, err := send(clerk, "key-0000001", "campaign.report.withdraw", "a1"); errs.KindOf(err) != errs.Conflict {
			t.Errorf("another act: %v", err)
		}
		for _, key := range []string{"", "short", string(make([]byte, 65))} {
			if _, err := send(clerk, key, "campaign.report.submit", "a1"); errs.KindOf(err) != errs.Invalid {
				t.Errorf("key %q: %v", key, err)
			}
		}
		if acts != 1 {
			t.Errorf("%d acts, want 1", acts)
		}
		if other, err := send(auth.Actor{ID: 8, RegionID: 1}, "key-0000001", "campaign.report.submit", "a1"); err != nil || other != "第 2 号" {
			t.Errorf("another person's key: %q %v", other, err)
		}
		// What was refused has taken no key.
		err = db.Update(t.Context(), func(tx *sqldb.Tx) error {
			if _, _, err := receipt.Take(t.Context(), tx, clerk, "key-0000002", "campaign.report.submit"); err != nil {
				return err
			}
			return errs.At("value", "不能少于上月")
		})
		if errs.KindOf(err) != errs.Invalid {
			t.Fatal(err)
		}
		if got, err := send(clerk, "key-0000002", "campaign.report.submit", "c3"); err != nil || got != "第 3 号" {
			t.Errorf("after a refusal: %q %v", got, err)
		}
	})
}

// TestTakeAtOnce: twenty copies of one form at once are one act with one answer.
func TestTakeAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ctx := receipt.WithForm(context.Background(), func() string { return "a1" })
		who := auth.Actor{ID: 7, RegionID: 1}
		answers := make([]string, 20)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() {
				if err := db.Update(ctx, func(tx *sqldb.Tx) error {
					earlier, dup, err := receipt.Take(ctx, tx, who, "key-0000009", "campaign.report.submit")
					if err != nil || dup {
						answers[i] = earlier
						return err
					}
					answers[i] = fmt.Sprint("第 ", i, " 号")
					return receipt.Give(ctx, tx, who, "key-0000009", answers[i])
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, a := range answers {
			if a == "" || a != answers[0] {
				t.Fatalf("answers %q", answers)
			}
		}
	})
}
