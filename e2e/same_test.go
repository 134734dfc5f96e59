package e2e

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/ledger"
)

// entries returns the whole ledger of the play's region, the first entry first, and its head.
func (p *stage) entries(t *testing.T) (out []ledger.Entry, head ledger.Head) {
	t.Helper()
	err := p.h.DB.View(t.Context(), func(tx *sqldb.Tx) (err error) {
		for f := (ledger.Filter{Limit: 500}); ; {
			page, err := ledger.Entries(t.Context(), tx, p.region, f)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			out = append(out, page...)
			f.Before = page[len(page)-1].Seq
		}
		head, err = ledger.HeadIn(t.Context(), tx, p.region)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out, head
}

// performance is what is left of a play, to be compared.
type performance struct {
	head   ledger.Head
	texts  []string
	scores string
}

// TestSameOnBothEngines: the season gives the same ledger, byte for byte, and the same boards on SQLite and on PostgreSQL. The ids
// come from the moved clock, the keys are numbered, and the region's secret is fixed; so nothing may differ, not even the root of the tree.
//
// Source: architecture §5; reliability 3.4.
func TestSameOnBothEngines(t *testing.T) {
	var mu sync.Mutex
	got := map[sqldb.Engine]performance{}
	t.Run("perform", func(t *testing.T) {
		sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
			p := play(t, db, c, "season.txt")
			var x performance
			list, head := p.entries(t)
			x.head = head
			for _, e := range list {
				x.texts = append(x.texts, e.Text)
			}
			v, err := p.h.Appraisal.Show(p.all(t.Context()), p.rounds["2017Q1"])
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range v.Revisions {
				at, err := p.h.Appraisal.ShowAt(p.all(t.Context()), v.Round.ID, r.Number)
				if err != nil {
					t.Fatal(err)
				}
				b, err := json.Marshal(at.Boards)
				if err != nil {
					t.Fatal(err)
				}
				x.scores += string(b) + "\n"
			}
			mu.Lock()
			got[db.Engine] = x
			mu.Unlock()
		})
	})
	if len(got) < 2 {
		t.Skip("only one engine has played: set DUBAN_TEST_POSTGRES")
	}
	a, b := got[sqldb.SQLite], got[sqldb.Postgres]
	if a.scores != b.scores || a.scores == "" {
		t.Errorf("the boards differ:\n%s\n%s", a.scores, b.scores)
	}
	if len(a.texts) != len(b.texts) {
		t.Errorf("%d entries on SQLite, %d on PostgreSQL", len(a.texts), len(b.texts))
	}
	for i := range min(len(a.texts), len(b.texts)) {
		if a.texts[i] != b.texts[i] {
			t.Fatalf("entry %d differs:\n%s\n%s", i+1, a.texts[i], b.texts[i])
		}
	}
	if fmt.Sprint(a.head) != fmt.Sprint(b.head) || a.head.Size != int64(len(a.texts)) {
		t.Errorf("the roots differ: %+v %+v", a.head, b.head)
	}
}
