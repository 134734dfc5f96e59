package org

import (
	"slices"
	"sync"
	"testing"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
)

// TestUnitsDoNotGoRoundInACircle: no unit stands under itself, however the request comes; two administrators at once included. Below, which every
// log-in asks, would never come to an end.
func TestUnitsDoNotGoRoundInACircle(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := New(db, id.New(c, 0).Next, nil)
		r, err := s.CreateRegion(t.Context(), Region{Code: "350902", Name: "蕉城区", ShortName: "蕉城"})
		if err != nil {
			t.Fatal(err)
		}
		root := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: r.ID, Roles: []auth.Role{auth.SysAdmin}})
		unit := func(name string, parent int64) Unit {
			t.Helper()
			u, err := s.SaveUnit(root, Unit{Name: name, Kind: Township, ParentID: parent})
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		top := unit("七都镇", 0)
		mid := unit("七都镇农业站", top.ID)
		low := unit("七都镇农业站二组", mid.ID)
		for _, bad := range []struct {
			of     Unit
			parent int64
		}{{top, top.ID}, {top, mid.ID}, {top, low.ID}, {mid, low.ID}, {mid, 424242}} {
			u := bad.of
			u.ParentID = bad.parent
			if _, err := s.SaveUnit(root, u); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s under %d: %v, want a refusal", u.Name, bad.parent, err)
			}
		}
		for range 10 { // each takes the other for its parent
			a, b := unit("甲"+id.Format(s.ids()), 0), unit("乙"+id.Format(s.ids()), 0)
			var wg sync.WaitGroup
			var failed [2]error
			for i, x := range [2][2]Unit{{a, b}, {b, a}} {
				wg.Go(func() {
					x[0].ParentID = x[1].ID
					_, failed[i] = s.SaveUnit(root, x[0])
				})
			}
			wg.Wait()
			if (failed[0] == nil) == (failed[1] == nil) {
				t.Fatalf("of two units that each want to stand under the other, one must: %v, %v", failed[0], failed[1])
			}
		}
		d, err := s.Look(root)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Below(top.ID); !slices.Equal(got, []int64{top.ID, mid.ID, low.ID}) {
			t.Errorf("below %d: %v", top.ID, got)
		}
	})
	d := &Directory{Units: []*Unit{{ID: 1, ParentID: 2}, {ID: 2, ParentID: 1}}} // changed by hand
	d.index()
	if got := d.Below(1); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("below one of a circle: %v", got)
	}
}

// TestAppoint: who answers for a promise is whoever holds the post on the day. An appointment never begins tomorrow, for it would be in force today, nor
// before the one that it ends.
func TestAppoint(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := New(db, id.New(c, 0).Next, nil)
		r, err := s.CreateRegion(t.Context(), Region{Code: "350902", Name: "蕉城区", ShortName: "蕉城"})
		if err != nil {
			t.Fatal(err)
		}
		root := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: r.ID, Roles: []auth.Role{auth.SysAdmin}})
		u, err := s.SaveUnit(root, Unit{Name: "七都镇", Kind: Township})
		if err != nil {
			t.Fatal(err)
		}
		post, err := s.SavePost(root, Post{UnitID: u.ID, Title: "镇长"})
		if err != nil {
			t.Fatal(err)
		}
		person := func(name, left string) Person {
			p, err := s.SavePerson(root, Person{Name: name, UnitID: u.ID, LeftOn: left})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		old, next, gone := person("林一", ""), person("陈二", ""), person("黄三", "2017-01-01")
		if err := s.Appoint(root, post.ID, old.ID, "2017-01-10"); err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			what         string
			post, person int64
			day          string
			kind         errs.Kind
		}{
			{"tomorrow", post.ID, next.ID, "2017-03-02", errs.Invalid},
			{"before the holder", post.ID, next.ID, "2017-01-09", errs.Invalid},
			{"who holds it", post.ID, old.ID, "2017-02-01", errs.Invalid},
			{"who has left", post.ID, gone.ID, "2017-02-01", errs.Invalid},
			{"nobody known", post.ID, 999, "2017-02-01", errs.Invalid},
			{"no post", 999, next.ID, "2017-02-01", errs.NotFound},
			{"no day", post.ID, next.ID, "2017-2-1", errs.Invalid},
		} {
			if err := s.Appoint(root, x.post, x.person, x.day); err == nil || errs.KindOf(err) != x.kind {
				t.Errorf("%s: %v, want kind %d", x.what, err, x.kind)
			}
		}
		if err := s.Appoint(root, post.ID, next.ID, "2017-02-01"); err != nil {
			t.Fatal(err)
		}
		if err := s.Appoint(root, post.ID, 0, "2017-02-20"); err != nil {
			t.Fatal(err)
		}
		if err := s.Appoint(root, post.ID, old.ID, "2017-02-19"); errs.KindOf(err) != errs.Invalid {
			t.Errorf("an appointment reaches back into another's term: %v", err)
		}
		d, err := s.Look(root)
		if err != nil {
			t.Fatal(err)
		}
		for day, want := range map[string]string{"2017-01-09": "", "2017-01-10": "林一", "2017-01-31": "林一", "2017-02-01": "陈二", "2017-02-19": "陈二", "2017-02-20": ""} {
			got := ""
			if p := d.HolderOn(post.ID, day); p != nil {
				got = p.Name
			}
			if got != want {
				t.Errorf("%s: %q, want %q", day, got, want)
			}
		}
	})
}
