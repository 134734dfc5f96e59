package org

import (
	"context"
	"fmt"
	"testing"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
)

// TestRoll: a roll enters who and what is not there yet, removes nobody, may come twice, and three deputies of one title are three posts.
func TestRoll(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ids := int64(0)
		sealed := map[string]int{}
		s := New(db, func() int64 { ids++; return ids }, func(_ context.Context, _ *sqldb.Tx, _ auth.Actor, kind string, _ int64, _ string, _ any) error {
			sealed[kind]++
			return nil
		})
		r, err := s.CreateRegion(t.Context(), Region{Name: "宁德市蕉城区", ShortName: "蕉城"})
		if err != nil {
			t.Fatal(err)
		}
		root := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: r.ID, Roles: []auth.Role{auth.SysAdmin}})
		u, err := s.SaveUnit(root, Unit{Name: "七都镇", Kind: Township})
		if err != nil {
			t.Fatal(err)
		}
		before, err := s.SavePerson(root, Person{Name: "缪远帆", UnitID: u.ID})
		if err != nil {
			t.Fatal(err)
		}
		mayor, err := s.SavePost(root, Post{UnitID: u.ID, Title: "镇长"})
		if err == nil {
			err = s.Appoint(root, mayor.ID, before.ID, "2016-01-01")
		}
		if err != nil {
			t.Fatal(err)
		}
		clear(sealed)
		seat := func(name, title, from string) Seat { return Seat{UnitID: u.ID, Name: name, Title: title, FromOn: from} }
		list := []Seat{seat("缪远帆", "镇长", "2017-01-01"), seat("林一苇", "副镇长", "2016-05-01"), seat("陈克让", "副镇长", "2016-06-01"), seat("", "副镇长", ""), seat("林一苇", "党委委员", "2016-05-01"),
			seat("方望舒", "镇长", "2017-01-01"), seat("何见山", "", ""), seat("", "人大主席", "")}
		d, err := s.Look(root)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		for _, p := range d.Place(list) {
			for i, what := range []bool{p.NewPerson, p.NewPost, p.Appoint} {
				if what {
					got += []string{"人", "职", "任"}[i]
				}
			}
			got += " "
		}
		// The fourth is one of the two that stand already; the sixth becomes a second 镇长 beside the first, who is not removed.
		if want := " 人职任 人职任  职任 人职任 人 职 "; got != want {
			t.Errorf("placed %q, want %q", got, want)
		}
		n, err := s.ImportRoll(root, list)
		if err != nil || n != 6 {
			t.Fatal(n, err)
		}
		if fmt.Sprint(sealed) != "map[org.person:4 org.post:5 org.roster:1]" {
			t.Errorf("sealed %v", sealed)
		}
		d, err = s.Look(root)
		if err != nil || len(d.People) != 5 || len(d.Posts) != 6 || d.Holder(mayor.ID).Name != "缪远帆" {
			t.Errorf("%d people, %d posts, %v", len(d.People), len(d.Posts), err)
		}
		if n, err := s.ImportRoll(root, list); err != nil || n != 0 {
			t.Errorf("sent twice: %d lines changed something (%v)", n, err)
		}
		for _, bad := range []Seat{{UnitID: 99, Name: "某", Title: "干事", FromOn: "2017-01-01"}, seat("某", "干事", "2017-13-01"), seat("某", "干事", "2099-01-01"), seat("", "", "")} {
			if _, err := s.ImportRoll(root, []Seat{bad}); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		// A post that somebody left in February cannot be held by another since January.
		if err := s.Appoint(root, mayor.ID, 0, "2017-02-01"); err != nil {
			t.Fatal(err)
		}
		d, _ = s.Look(root)
		if p := d.Place([]Seat{seat("何见山", "镇长", "2017-01-01")})[0]; !p.Appoint || p.NewPost || p.After != "2017-02-01" {
			t.Errorf("%+v", p)
		}
		if _, err := s.ImportRoll(root, []Seat{seat("何见山", "镇长", "2017-01-01")}); errs.KindOf(err) != errs.Invalid {
			t.Error(err)
		}
		clerk := auth.With(t.Context(), auth.Actor{ID: 2, RegionID: r.ID, Roles: []auth.Role{auth.Clerk}})
		if _, err := s.ImportRoll(clerk, list); errs.KindOf(err) != errs.Forbidden {
			t.Error("a clerk:", err)
		}
	})
}
