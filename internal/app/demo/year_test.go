package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"duban/internal/app/house"
	"duban/internal/area/appraisal"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
)

// fixSecret gives the region the secret of its pseudonyms, which is otherwise made by chance: so two plays give the same bytes.
var fixSecret = sqldb.SQL("ledger.yearSecret", `INSERT INTO ledger_key (region_id, secret) VALUES ($1, $2)`)

// left is what a year has left behind, to be compared between the engines.
type left struct {
	head    ledger.Head
	entries []string // the ledger's entries, byte for byte, in order
	boards  []string // every revision of every round as the leaders see it
	replay  string   // of everybody's sheet of every revision: data and result
}

// TestWholeYear plays a year of the demonstration district on both engines: four quarters, objections of which one is upheld and
// ranks everybody anew, the year's end, the lock. Every revision replays to the byte, the ledger verifies, the year's total of a unit is the
// mean of its published quarters, and both engines have the same boards, sheets and ledger, to the root of its tree.
//
// Source: domain 13.14; architecture §5.
func TestWholeYear(t *testing.T) {
	var mu sync.Mutex
	got := map[sqldb.Engine]left{}
	t.Run("play", func(t *testing.T) {
		sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
			x := wholeYear(t, db, c)
			mu.Lock()
			got[db.Engine] = x
			mu.Unlock()
		})
	})
	if len(got) < 2 {
		t.Skip("only one engine has played: set DUBAN_TEST_POSTGRES")
	}
	a, b := got[sqldb.SQLite], got[sqldb.Postgres]
	if len(a.entries) == 0 || len(a.entries) != len(b.entries) || fmt.Sprint(a.head) != fmt.Sprint(b.head) || a.head.Size != int64(len(a.entries)) {
		t.Errorf("%d entries on SQLite, %d on PostgreSQL; heads %+v %+v", len(a.entries), len(b.entries), a.head, b.head)
	}
	for i := range min(len(a.entries), len(b.entries)) {
		if a.entries[i] != b.entries[i] {
			t.Errorf("the ledger differs from entry %d on:\n%s\n%s", i+1, a.entries[i], b.entries[i])
			break
		}
	}
	if len(a.boards) < 6 || len(a.boards) != len(b.boards) {
		t.Errorf("%d revisions on SQLite, %d on PostgreSQL", len(a.boards), len(b.boards))
	}
	for i := range min(len(a.boards), len(b.boards)) {
		if a.boards[i] != b.boards[i] {
			t.Errorf("the boards differ:\n%s\n%s", a.boards[i], b.boards[i])
		}
	}
	if a.replay == "" || a.replay != b.replay {
		t.Errorf("the sheets differ: %s %s", a.replay, b.replay)
	}
}

func wholeYear(t *testing.T, db *sqldb.DB, clock *period.Fixed) (out left) {
	ctx := t.Context()
	clock.Set(time.Date(2017, 1, 3, 9, 0, 0, 0, period.Beijing))
	h, err := house.Build(ctx, db, house.Options{Clock: clock, Real: period.System{}, Params: Cheap})
	if err != nil {
		t.Fatal(err)
	}
	clock.SetDay("2017-01-04")
	region := id.New(clock, 0).Next() // the first number that the play makes
	if err := db.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, fixSecret, region, []byte("0123456789abcdef0123456789abcdef"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := Play(ctx, h, clock, 2, YearOver, t.Logf); err != nil {
		t.Fatal(err)
	}
	t.Logf("played in %v", time.Since(began))
	regions, err := h.Org.Regions(ctx)
	if err != nil || len(regions) != 1 || regions[0].ID != region {
		t.Fatalf("regions %v, want one with the number %d: %v", regions, region, err)
	}
	leader := auth.With(ctx, auth.Actor{ID: 1, RegionID: region, UnitID: 1, Roles: []auth.Role{auth.Leader}})
	rounds, err := h.Appraisal.Rounds(leader)
	if err != nil || len(rounds) != 5 {
		t.Fatalf("%d rounds, want four quarters and a year: %v", len(rounds), err)
	}
	totals := map[string][]string{}
	var year appraisal.View
	upheld, decided := 0, 0
	sheets := sha256.New()
	for _, r := range rounds {
		v, err := h.Appraisal.Show(leader, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		out.boards = append(out.boards, boardsOf(t, h, leader, v, sheets)...)
		if r.Kind == appraisal.YearEnd {
			year = v
			continue
		}
		for _, b := range v.Boards {
			for _, l := range b.Lines {
				totals[l.Unit] = append(totals[l.Unit], l.Total)
			}
		}
		for _, o := range v.Objections {
			decided++
			if o.State == appraisal.Upheld {
				upheld++
				reranked(t, h, leader, v)
			}
		}
	}
	out.replay = hex.EncodeToString(sheets.Sum(nil))
	if upheld != 1 || decided < 2 {
		t.Errorf("%d objections were decided and %d upheld; want at least two and one", decided, upheld)
	}
	if year.Round.State != appraisal.Locked {
		t.Errorf("the year is %s, want locked", year.Round.State)
	}
	n := 0
	for _, b := range year.Boards {
		for _, l := range b.Lines {
			sum := decimal.Zero
			for _, x := range totals[l.Unit] {
				sum, _ = sum.Add(decimal.MustParse(x))
			}
			mean, _ := sum.Quo(decimal.MustNew(int64(len(totals[l.Unit])), 0))
			if want := indicator.HalfUp(mean, 2).Pad(2).String(); want != l.Total {
				t.Errorf("%s: the year is %s, the mean of %v is %s", l.Unit, l.Total, totals[l.Unit], want)
			}
			n++
		}
	}
	if n < 16 {
		t.Errorf("only %d units on the year's boards", n)
	}
	if err := db.View(ctx, func(tx *sqldb.Tx) error {
		revisions, bad, err := h.Appraisal.Replay(ctx, tx, region)
		for _, b := range bad {
			t.Error(b)
		}
		if revisions != len(out.boards) || revisions < 6 {
			t.Errorf("%d revisions replayed of %d; the second quarter alone has two", revisions, len(out.boards))
		}
		if err != nil {
			return err
		}
		for f := (ledger.Filter{Limit: 500}); ; {
			page, err := ledger.Entries(ctx, tx, region, f)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				out.entries = append(out.entries, e.Text)
			}
			f.Before = page[len(page)-1].Seq
		}
		out.head, err = ledger.HeadIn(ctx, tx, region)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for i, j := 0, len(out.entries)-1; i < j; i, j = i+1, j-1 { // the first one first
		out.entries[i], out.entries[j] = out.entries[j], out.entries[i]
	}
	report, err := ledger.Verify(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Error(f)
	}
	if _, file, err := h.Bundle(leader, year.Round.ID, year.Boards[0].Lines[0].UnitID); err != nil {
		t.Error(err)
	} else if r, err := ledger.VerifyBundle(file, ""); err != nil || !r.OK() || !r.Recomputed {
		t.Errorf("the year's proof: %v %v", r, err)
	}
	t.Logf("%d revisions, %d entries; %s", len(out.boards), len(out.entries), report)
	return out
}

// boardsOf returns a round's boards of every revision as text, and writes everybody's rows and result to sheets.
func boardsOf(t *testing.T, h *house.House, leader context.Context, v appraisal.View, sheets interface{ Write([]byte) (int, error) }) (out []string) {
	t.Helper()
	for _, rev := range v.Revisions {
		at, err := h.Appraisal.ShowAt(leader, v.Round.ID, rev.Number)
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(at.Boards)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(body))
		for _, b := range at.Boards {
			for _, l := range b.Lines {
				d, err := h.Appraisal.DetailAt(leader, v.Round.ID, l.UnitID, rev.Number)
				if err != nil {
					t.Fatal(err)
				}
				result, err := json.Marshal(d.Result)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(sheets, "%s\n%s\n%s\n%s\n", l.DataHash, l.ResultHash, d.Data.Canonical(), result)
			}
		}
	}
	return out
}

// reranked holds a round to what an objection that is upheld must bring: a second revision whose ranks are not the first one's, while the
// first one can still be read.
func reranked(t *testing.T, h *house.House, leader context.Context, v appraisal.View) {
	t.Helper()
	before, err := h.Appraisal.ShowAt(leader, v.Round.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if v.Revision < 2 {
		t.Fatalf("%s has %d revisions after an objection was upheld", v.Round.Title, v.Revision)
	}
	was, changed := map[string]appraisal.Line{}, 0
	for _, b := range before.Boards {
		for _, l := range b.Lines {
			was[l.Unit] = l
		}
	}
	for _, b := range v.Boards {
		for _, l := range b.Lines {
			if was[l.Unit].Rank != l.Rank {
				changed++
			}
		}
	}
	if changed == 0 {
		t.Errorf("%s: nobody's rank changed", v.Round.Title)
	}
	t.Logf("%s: %d ranks changed", v.Round.Title, changed)
}
