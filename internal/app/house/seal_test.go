package house_test

import (
	"fmt"
	"strings"
	"testing"

	"duban/internal/app/house"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/account"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
)

// TestWhoMovedIsOnRecord: who was entered, moved or left, and so sees another unit's business, is in the audit log; the ledger says of an appointment that there
// was one, and names nobody.
//
// Source: reliability 25; ledger's invariants.
func TestWhoMovedIsOnRecord(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ctx := t.Context()
		h, err := house.Build(ctx, db, house.Options{Clock: c, Params: account.Params{MemoryKiB: 64, Passes: 1, Threads: 1}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := h.Org.CreateRegion(ctx, org.Region{Name: "宁德市蕉城区", ShortName: "蕉城"})
		if err != nil {
			t.Fatal(err)
		}
		root := auth.With(ctx, auth.Actor{ID: 1, RegionID: r.ID, Roles: []auth.Role{auth.SysAdmin}})
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		a, err := h.Org.SaveUnit(root, org.Unit{Name: "七都镇", Kind: org.Township})
		must(err)
		b, err := h.Org.SaveUnit(root, org.Unit{Name: "漳湾镇", Kind: org.Township})
		must(err)
		p, err := h.Org.SavePerson(root, org.Person{Name: "黄知秋", UnitID: a.ID})
		must(err)
		p.UnitID = b.ID
		p, err = h.Org.SavePerson(root, p)
		must(err)
		stale := p
		stale.Version--
		if _, err := h.Org.SavePerson(root, stale); err == nil {
			t.Error("a stale form was taken")
		}
		post, err := h.Org.SavePost(root, org.Post{UnitID: b.ID, Title: "干事"})
		must(err)
		must(h.Org.Appoint(root, post.ID, p.ID, "2017-03-01"))
		p.LeftOn = "2017-03-01"
		p, err = h.Org.SavePerson(root, p)
		must(err)

		auditor := auth.With(ctx, auth.Actor{ID: 3, RegionID: r.ID, Roles: []auth.Role{auth.AudAdmin}})
		list, _, err := h.Audit.Entries(auditor, audit.Query{Act: audit.ActAccount})
		must(err)
		var said []string
		for _, e := range list {
			if e.PersonID == 1 && e.Object == fmt.Sprintf("person:%d", p.ID) {
				said = append(said, e.Detail)
			}
		}
		if want := fmt.Sprintf("变更，单位 %d，2017-03-01 离岗|变更，单位 %d|登记，单位 %d", b.ID, b.ID, a.ID); strings.Join(said, "|") != want {
			t.Errorf("the log says %q", said)
		}
		must(db.View(ctx, func(tx *sqldb.Tx) error {
			list, err := ledger.Entries(ctx, tx, r.ID, ledger.Filter{Subject: ref.Ref{Kind: "org.post", ID: post.ID}})
			if err != nil || len(list) != 2 || list[0].Verb != "appoint" {
				t.Fatalf("%+v %v", list, err)
			}
			name, err := ledger.Pseudonym(ctx, tx, r.ID, p.ID)
			for _, e := range list {
				if strings.Contains(e.Text, fmt.Sprint(p.ID)) || strings.Contains(e.Text, "黄知秋") {
					t.Errorf("the ledger names him: %s", e.Text)
				}
			}
			if !strings.Contains(list[0].Text, name) {
				t.Errorf("the appointment does not say whose it is: %s", list[0].Text)
			}
			return err
		}))
	})
}
