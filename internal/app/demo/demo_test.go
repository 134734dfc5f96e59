package demo

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"duban/internal/app/house"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
)

// TestPlay plays the whole year and holds the result to what the demonstration must show.
func TestPlay(t *testing.T) {
	ctx := t.Context()
	clock := period.At(time.Date(2017, 1, 4, 9, 0, 0, 0, period.Beijing))
	file := filepath.Join(t.TempDir(), "demo.db")
	if keep := os.Getenv("DUBAN_KEEP_DEMO"); keep != "" {
		file = keep
	}
	h, err := house.Open(ctx, house.Options{DSN: "sqlite:" + file, Clock: clock, Params: Cheap})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	began := time.Now()
	if err := Play(ctx, h, clock, 1, LastDay, t.Logf); err != nil {
		t.Fatal(err)
	}
	t.Logf("played in %v", time.Since(began))
	report, err := ledger.Verify(ctx, h.DB)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Error(f)
	}
	t.Log(report)
	// What pages read was kept up to date by facts alone; it equals what a recount gives, and a wrong count is found.
	regions, err := h.Org.Regions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	certifiedIn(t, h, regions[0].ID)
	check := func() (bad []string) {
		if err := h.DB.View(ctx, func(tx *sqldb.Tx) error {
			bad, err = h.Cockpit.Check(ctx, tx, regions[0].ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return bad
	}
	for _, b := range check() {
		t.Error(b)
	}
	if err := h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, pokeCell, regions[0].ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(check()) == 0 {
		t.Error("a wrong count in the cockpit was not found")
	}
}

// certifiedIn holds the play to what its statistics office certified: six items, most of their months, one correction, August left open.
func certifiedIn(t *testing.T, h *house.House, region int64) {
	t.Helper()
	ctx := t.Context()
	d, err := h.Org.Look(auth.With(ctx, auth.Actor{ID: 1, RegionID: region, Roles: []auth.Role{auth.Leader}}))
	if err != nil {
		t.Fatal(err)
	}
	unit := d.Find("区统计局").ID
	source := auth.With(ctx, auth.Actor{ID: 2, RegionID: region, UnitID: unit, Units: []int64{unit}, Roles: []auth.Role{auth.Source}})
	lines, err := h.Indicator.Sourced(source)
	if err != nil {
		t.Fatal(err)
	}
	months, corrections := 0, 0
	for _, l := range lines {
		if l.Owner.No < "CY-04" || l.Owner.No > "CY-10" {
			t.Errorf("%s %s has a data source", l.Owner.No, l.Name)
		}
		if l.At("2017-08").Certified != nil {
			t.Errorf("%s: August is certified already", l.Name)
		}
		months += 7 - len(l.Open("2017-07"))
		trail, err := h.Indicator.TrailOf(source, l.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range trail.Readings {
			if r.Kind == indicator.Certified && r.Note != "" {
				corrections++
			}
		}
	}
	if len(lines) != 6 || months < 28 || months > 40 || corrections > 1 {
		t.Errorf("%d items with %d certified months of 42 and %d corrections", len(lines), months, corrections)
	}
	t.Logf("%d months certified, %d corrected", months, corrections)
}

var pokeCell = sqldb.SQL("cockpit.testPoke", `UPDATE cockpit_cell SET green = green + 1 WHERE region_id = $1`)
