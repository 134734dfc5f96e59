package house_test

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"duban/internal/app/house"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/account"
)

func nodeOf(h *house.House) int64 { return h.IDs.Next() >> 13 & 0xff }

// TestNodes: processes that write to one database never have the same number in their ids, though all are configured alike; a number is free again when its
// holder ends, or has been silent for ten minutes, and who finds his number taken takes another.
func TestNodes(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ctx := t.Context()
		real := period.At(time.Date(2026, 5, 6, 9, 0, 0, 0, period.Beijing))
		start := func(node int64) *house.House {
			t.Helper()
			h, err := house.Build(ctx, db, house.Options{Clock: c, Real: real, Node: node, Log: slog.New(slog.DiscardHandler), Params: account.Params{MemoryKiB: 64, Passes: 1, Threads: 1}})
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		a, b, third, wish := start(0), start(0), start(0), start(7)
		if nodeOf(a) != 0 || nodeOf(b) != 1 || nodeOf(third) != 2 || nodeOf(wish) != 7 {
			t.Errorf("nodes %d %d %d %d, want 0 1 2 7", nodeOf(a), nodeOf(b), nodeOf(third), nodeOf(wish))
		}
		seen := map[int64]bool{}
		for range 1000 {
			for _, h := range []*house.House{a, b, third} {
				if n := h.IDs.Next(); seen[n] {
					t.Fatalf("%d was made twice", n)
				} else {
					seen[n] = true
				}
			}
		}
		real.Set(real.Now().Add(9 * time.Minute))
		if err := a.Renew(ctx); err != nil {
			t.Fatal(err)
		}
		real.Set(real.Now().Add(2 * time.Minute)) // b has been silent for eleven
		if d := start(0); nodeOf(d) != 1 {
			t.Errorf("node %d, want the silent one's", nodeOf(d))
		}
		if err := b.Renew(ctx); err != nil {
			t.Fatal(err)
		}
		if n := nodeOf(b); n == 1 || n == 0 {
			t.Errorf("whoever slept goes on with %d, which another has", n)
		}
		if err := a.Renew(ctx); err != nil || nodeOf(a) != 0 {
			t.Errorf("whoever lives lost his number: %d %v", nodeOf(a), err)
		}
	})
	// Closed, a number is free at once.
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "t.db")
	open := func() *house.House {
		t.Helper()
		h, err := house.Open(t.Context(), house.Options{DSN: dsn, Params: account.Params{MemoryKiB: 64, Passes: 1, Threads: 1}})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	for range 3 {
		h := open()
		if nodeOf(h) != 0 {
			t.Errorf("node %d after the one before ended", nodeOf(h))
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}
