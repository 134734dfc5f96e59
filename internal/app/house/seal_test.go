package house_test

import (
	"context"
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
			if len(list[0].Row) == 0 || !strings.Contains(list[0].Text, name) {
				t.Errorf("the appointment does not say whose it is: %s", list[0].Text)
			}
			return err
		}))
	})
}

var (
	forgeHolder  = sqldb.SQL("org.testForgeHolder", `UPDATE org_holding SET person_id = $3 WHERE region_id = $1 AND post_id = $2 AND until_on = ''`)
	forgeFormer  = sqldb.SQL("org.testForgeFormer", `UPDATE org_holding SET person_id = $3 WHERE region_id = $1 AND post_id = $2 AND until_on <> ''`)
	forgeFrom    = sqldb.SQL("org.testForgeFrom", `UPDATE org_holding SET from_on = $3 WHERE region_id = $1 AND post_id = $2 AND until_on = ''`)
	forgeUntil   = sqldb.SQL("org.testForgeUntil", `UPDATE org_holding SET until_on = $3 WHERE region_id = $1 AND post_id = $2 AND until_on <> ''`)
	forgeMove    = sqldb.SQL("org.testForgeMove", `UPDATE org_holding SET post_id = $3 WHERE region_id = $1 AND post_id = $2 AND until_on = ''`)
	forgeAdd     = sqldb.SQL("org.testForgeAdd", `INSERT INTO org_holding (region_id, id, post_id, person_id, from_on, until_on) VALUES ($1, 5, $2, $3, '2016-01-01', '2016-02-01')`)
	forgeRemove  = sqldb.SQL("org.testForgeRemove", `DELETE FROM org_holding WHERE region_id = $1 AND post_id = $2 AND id = $3`)
	forgeLeader  = sqldb.SQL("org.testForgeLeader", `UPDATE org_post SET leader = $3 WHERE region_id = $1 AND id = $2`)
	forgeTier    = sqldb.SQL("org.testForgeTier", `UPDATE org_post SET tier = $3 WHERE region_id = $1 AND id = $2`)
	forgeSeat    = sqldb.SQL("org.testForgeSeat", `UPDATE org_post SET unit_id = $3 WHERE region_id = $1 AND id = $2`)
	forgeNewPost = sqldb.SQL("org.testForgeNewPost", `INSERT INTO org_post (region_id, id, unit_id, title) SELECT region_id, 6, unit_id, $3 FROM org_post WHERE region_id = $1 AND id = $2`)
	forgeNoPost  = sqldb.SQL("org.testForgeNoPost", `DELETE FROM org_post WHERE region_id = $1 AND id = $3 AND CAST($2 AS BIGINT) <> 0`)
)

// TestWhoHoldsAPostIsSealed: whoever answers for a thing is who holds the post, and nobody becomes it through the database unseen: another holder, another
// day, a holding more or less, another unit or tier of the post itself are found and the post named. Put back, nothing is found.
func TestWhoHoldsAPostIsSealed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ctx := t.Context()
		h, err := house.Build(ctx, db, house.Options{Clock: c, Params: account.Params{MemoryKiB: 64, Passes: 1, Threads: 1}})
		if err != nil {
			t.Fatal(err)
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		r, err := h.Org.CreateRegion(ctx, org.Region{Name: "宁德市蕉城区", ShortName: "蕉城"})
		must(err)
		root := auth.With(ctx, auth.Actor{ID: 1, RegionID: r.ID, Roles: []auth.Role{auth.SysAdmin}})
		a, err := h.Org.SaveUnit(root, org.Unit{Name: "区住房和城乡建设局", Kind: org.Department})
		must(err)
		b, err := h.Org.SaveUnit(root, org.Unit{Name: "漳湾镇", Kind: org.Township})
		must(err)
		var people []int64
		for _, name := range []string{"黄知秋", "林望舒", "陈守拙"} {
			p, err := h.Org.SavePerson(root, org.Person{Name: name, UnitID: a.ID})
			must(err)
			people = append(people, p.ID)
		}
		post, err := h.Org.SavePost(root, org.Post{UnitID: a.ID, Title: "局长", Tier: org.SectorDuty})
		must(err)
		vacant, err := h.Org.SavePost(root, org.Post{UnitID: a.ID, Title: "副局长"})
		must(err)
		must(h.Org.Appoint(root, post.ID, people[0], "2017-01-01"))
		must(h.Org.Appoint(root, post.ID, people[1], "2017-02-01"))
		post.SortNo = 3
		post, err = h.Org.SavePost(root, post)
		must(err)
		exec := func(q *sqldb.Stmt, args ...any) {
			t.Helper()
			must(db.Update(ctx, func(tx *sqldb.Tx) error {
				n, err := tx.Exec(ctx, q, args...)
				if err == nil && n != 1 {
					t.Errorf("%s changed %d rows", q.Name, n)
				}
				return err
			}))
		}
		findings := func() []ledger.Finding {
			t.Helper()
			v, err := ledger.Verify(ctx, db)
			must(err)
			if v.Unsealed+v.Old+v.Erased != 0 || v.Rows == 0 {
				t.Errorf("not compared: %s", v)
			}
			return v.Findings
		}
		if f := findings(); len(f) != 0 {
			t.Fatalf("untouched: %v", f)
		}
		for _, x := range []struct {
			what     string
			q, undo  *sqldb.Stmt
			to, back any
			kind     string
		}{
			{"another holder", forgeHolder, forgeHolder, people[2], people[1], "任职的人"},
			{"another former holder", forgeFormer, forgeFormer, people[2], people[0], "任职的人"},
			{"since another day", forgeFrom, forgeFrom, "2017-01-15", "2017-02-01", "任职的人"},
			{"until another day", forgeUntil, forgeUntil, "2017-01-15", "2017-02-01", "任职的人"},
			{"a holding more", forgeAdd, forgeRemove, people[2], int64(5), "任职的人"},
			{"another tier", forgeTier, forgeTier, "local", "sector", "责任层级"},
			{"a leader of the district", forgeLeader, forgeLeader, true, false, "区领导"},
			{"another unit", forgeSeat, forgeSeat, b.ID, a.ID, "单位"},
			{"a post more", forgeNewPost, forgeNoPost, "主任", int64(6), "绕过系统添加"},
		} {
			exec(x.q, r.ID, post.ID, x.to)
			if f := findings(); len(f) != 1 || f[0].Subject.Kind != "org.post" || !strings.Contains(f[0].Text, "职务") || !strings.Contains(f[0].Text, x.kind) {
				t.Errorf("%s: %v", x.what, f)
			}
			exec(x.undo, r.ID, post.ID, x.back)
			if f := findings(); len(f) != 0 {
				t.Errorf("%s, put back: %v", x.what, f)
			}
		}
		exec(forgeMove, r.ID, post.ID, vacant.ID)
		if f := findings(); len(f) != 2 {
			t.Errorf("he holds another post: %v", f)
		}
	})
}

// TestPostsOfAnOlderProgram: posts that an older program entered without their rows are counted, not accused; the next act upon one seals it.
func TestPostsOfAnOlderProgram(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ctx := t.Context()
		h, err := house.Build(ctx, db, house.Options{Clock: c, Params: account.Params{MemoryKiB: 64, Passes: 1, Threads: 1}})
		if err != nil {
			t.Fatal(err)
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		r, err := h.Org.CreateRegion(ctx, org.Region{Name: "宁德市蕉城区", ShortName: "蕉城"})
		must(err)
		who := auth.Actor{ID: 1, RegionID: r.ID, Roles: []auth.Role{auth.SysAdmin}}
		root := auth.With(ctx, who)
		a, err := h.Org.SaveUnit(root, org.Unit{Name: "漳湾镇", Kind: org.Township})
		must(err)
		old := org.New(db, h.IDs.Next, func(ctx context.Context, tx *sqldb.Tx, who auth.Actor, kind string, id int64, verb string, _ any) error {
			return ledger.Append(ctx, tx, who, ref.Ref{Kind: kind, ID: id}, verb, map[string]string{"title": "x"})
		})
		first, err := old.SavePost(root, org.Post{UnitID: a.ID, Title: "镇长"})
		must(err)
		_, err = old.SavePost(root, org.Post{UnitID: a.ID, Title: "书记"})
		must(err)
		report := func() ledger.Report {
			t.Helper()
			v, err := ledger.Verify(ctx, db)
			must(err)
			return v
		}
		if v := report(); !v.OK() || v.Unsealed != 2 || !strings.Contains(v.String(), "2 行由旧版程序登记") {
			t.Errorf("%s %v", v, v.Findings)
		}
		first.Title = "代镇长"
		_, err = h.Org.SavePost(root, first)
		must(err)
		if v := report(); !v.OK() || v.Unsealed != 1 {
			t.Errorf("%s %v", v, v.Findings)
		}
		// From the first sealed post on, an entry that seals no row excuses nothing.
		_, err = old.SavePost(root, org.Post{UnitID: a.ID, Title: "副镇长"})
		must(err)
		if v := report(); v.OK() || v.Unsealed != 1 {
			t.Errorf("%s %v", v, v.Findings)
		}
	})
}
