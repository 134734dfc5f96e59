package org

import (
	"testing"
	"time"

	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
)

// TestLook: pages ask the database for the directory once a second, and see an act of their own process at once.
func TestLook(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := New(db, id.New(c, 0).Next, nil)
		r, err := s.CreateRegion(t.Context(), Region{Code: "350902", Name: "蕉城区", ShortName: "蕉城"})
		if err != nil {
			t.Fatal(err)
		}
		root := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: r.ID, Roles: []auth.Role{auth.SysAdmin}})
		look := func() (units int, statements int64) {
			ctx, n := sqldb.WithCounter(root)
			d, err := s.Look(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return len(d.Units), n.N()
		}
		if units, _ := look(); units != 0 {
			t.Fatalf("%d units before any", units)
		}
		if _, n := look(); n != 0 {
			t.Errorf("a second look took %d statements, not 0", n)
		}
		if _, err := s.SaveUnit(root, Unit{Name: "七都镇", Kind: Township}); err != nil {
			t.Fatal(err)
		}
		if units, _ := look(); units != 1 {
			t.Error("the next page does not see the new unit")
		}
		time.Sleep(sqldb.Glance)
		if _, n := look(); n != 1 {
			t.Errorf("after a second a look took %d statements, not 1", n)
		}
	})
}
