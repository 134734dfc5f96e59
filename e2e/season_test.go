package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/ledger"
)

// play performs a file of scenario/ on the database and holds every sealed row to the ledger afterwards.
func play(t *testing.T, db *sqldb.DB, c *period.Fixed, name string) *stage {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("scenario", name))
	if err != nil {
		t.Fatal(err)
	}
	p, err := open(t.Context(), db, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.perform(t.Context(), name, string(b)); err != nil {
		t.Fatal(err)
	}
	r, err := ledger.Verify(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		t.Errorf("not as sealed: %s", f)
	}
	if p.acts == 0 || p.asked == 0 || r.Rows == 0 || r.Entries == 0 {
		t.Errorf("an empty play: %d acts, %d assertions, %s", p.acts, p.asked, r)
	}
	t.Logf("%d acts, %d assertions; %s", p.acts, p.asked, r)
	return p
}

// TestPlays performs every play on both engines.
func TestPlays(t *testing.T) {
	names, err := filepath.Glob("scenario/*.txt")
	if err != nil || len(names) < 6 {
		t.Fatalf("plays: %v %v", names, err)
	}
	for _, n := range names {
		n = filepath.Base(n)
		t.Run(strings.TrimSuffix(n, ".txt"), func(t *testing.T) {
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) { play(t, db, c, n) })
		})
	}
}
