package house_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/internal/app/house"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/migrations"
)

var (
	forgeName     = sqldb.SQL("org.testForgeName", `UPDATE org_person SET name = $3 WHERE region_id = $1 AND id = $2`)
	forgeSits     = sqldb.SQL("org.testForgeSits", `UPDATE org_person SET unit_id = $3 WHERE region_id = $1 AND id = $2`)
	forgeLeft     = sqldb.SQL("org.testForgeLeft", `UPDATE org_person SET left_on = $3 WHERE region_id = $1 AND id = $2`)
	forgePerson   = sqldb.SQL("org.testForgePerson", `INSERT INTO org_person (region_id, id, name, unit_id, sort_no, left_on) SELECT region_id, 7, $3, unit_id, 0, '' FROM org_person WHERE region_id = $1 AND id = $2`)
	forgeNobody   = sqldb.SQL("org.testForgeNobody", `DELETE FROM org_person WHERE region_id = $1 AND id = $3 AND CAST($2 AS BIGINT) <> 0`)
	forgeRole     = sqldb.SQL("account.testForgeRole", `UPDATE account_role SET role = $3 WHERE region_id = $1 AND person_id = $2`)
	forgeSecond   = sqldb.SQL("account.testForgeSecond", `INSERT INTO account_role (region_id, person_id, role, class, granted_at) VALUES ($1, $2, $3, 'business', 0)`)
	forgeNoSecond = sqldb.SQL("account.testForgeNoSecond", `DELETE FROM account_role WHERE region_id = $1 AND person_id = $2 AND role = $3`)
	forgeClosed   = sqldb.SQL("account.testForgeClosed", `UPDATE account_holder SET disabled = $3 WHERE region_id = $1 AND person_id = $2`)
)

// people is a district with two units, four people and four accounts: what the tests of rosters and roles stand on.
type people struct {
	h       *house.House
	region  int64
	town    int64
	bureau  int64
	ids     []int64 // 黄知秋, 林望舒 of the town; 陈守拙, 江平野 of the bureau
	root    auth.Actor
	grantor auth.Actor
}

func populate(t *testing.T, db *sqldb.DB, c *period.Fixed) people {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h, err := house.Build(ctx, db, house.Options{Clock: c, Params: account.Params{MemoryKiB: 64, Passes: 1, Threads: 1}})
	must(err)
	r, err := h.Org.CreateRegion(ctx, org.Region{Name: "宁德市蕉城区", ShortName: "蕉城"})
	must(err)
	p := people{h: h, region: r.ID, root: auth.Actor{ID: 1, RegionID: r.ID, Roles: []auth.Role{auth.SysAdmin}}, grantor: auth.Actor{ID: 2, RegionID: r.ID, Roles: []auth.Role{auth.SecAdmin}}}
	root := auth.With(ctx, p.root)
	town, err := h.Org.SaveUnit(root, org.Unit{Name: "漳湾镇", Kind: org.Township})
	must(err)
	bureau, err := h.Org.SaveUnit(root, org.Unit{Name: "区统计局", Kind: org.Department})
	must(err)
	p.town, p.bureau = town.ID, bureau.ID
	for i, name := range []string{"黄知秋", "林望舒", "陈守拙", "江平野"} {
		x, err := h.Org.SavePerson(root, org.Person{Name: name, UnitID: []int64{p.town, p.bureau}[i/2]})
		must(err)
		p.ids = append(p.ids, x.ID)
		must(db.Update(ctx, func(tx *sqldb.Tx) error {
			return h.Account.Create(ctx, tx, r.ID, x.ID, []string{"zhiqiu", "wangshu", "shouzhuo", "pingye"}[i], "Xiang-Tong-2017-Guanli", []auth.Role{auth.Clerk, auth.Clerk, auth.Source, auth.Appraiser}[i])
		}))
	}
	return p
}

// TestWhoAPersonIsIsSealed: nobody gets another name, another unit or another role through the database unseen. Put back, nothing is found.
func TestWhoAPersonIsIsSealed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ctx := t.Context()
		p := populate(t, db, c)
		findings := func() []ledger.Finding {
			t.Helper()
			v, err := ledger.Verify(ctx, db)
			if err != nil {
				t.Fatal(err)
			}
			if v.Unsealed+v.Old+v.Erased != 0 || v.Rows == 0 {
				t.Errorf("not compared: %s", v)
			}
			return v.Findings
		}
		exec := func(q *sqldb.Stmt, args ...any) {
			t.Helper()
			err := db.Update(ctx, func(tx *sqldb.Tx) error {
				n, err := tx.Exec(ctx, q, args...)
				if err == nil && n != 1 {
					t.Errorf("%s changed %d rows", q.Name, n)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if f := findings(); len(f) != 0 {
			t.Fatalf("untouched: %v", f)
		}
		for _, x := range []struct {
			what     string
			q, undo  *sqldb.Stmt
			to, back any
			said     []string // one for each finding
		}{
			{"another name", forgeName, forgeName, "黄知冬", "黄知秋", []string{"在册人员"}},
			{"sits elsewhere", forgeSits, forgeSits, p.bureau, p.town, []string{"在册人员", "在册人员"}},
			{"has left", forgeLeft, forgeLeft, "2017-01-01", "", []string{"在册人员"}},
			{"a person more", forgePerson, forgeNobody, "无名氏", int64(7), []string{"在册人员"}},
			{"another role", forgeRole, forgeRole, "head", "clerk", []string{"任这个角色的人", "绕过系统添加"}},
			{"a role more", forgeSecond, forgeNoSecond, "source", "source", []string{"任这个角色的人"}},
			{"a closed account", forgeClosed, forgeClosed, true, false, []string{"任这个角色的人"}},
		} {
			exec(x.q, p.region, p.ids[0], x.to)
			f := findings()
			if len(f) != len(x.said) {
				t.Errorf("%s: %v", x.what, f)
			}
			for _, want := range x.said {
				if !strings.Contains(texts(f), want) {
					t.Errorf("%s: %v does not say %s", x.what, f, want)
				}
			}
			exec(x.undo, p.region, p.ids[0], x.back)
			if f := findings(); len(f) != 0 {
				t.Errorf("%s, put back: %v", x.what, f)
			}
		}
		// A unit's last person, and a role's last holder, taken away.
		exec(forgeRole, p.region, p.ids[3], "source")
		if f := findings(); len(f) != 2 || !strings.Contains(texts(f), "绕过系统删除") {
			t.Errorf("nobody appraises any more: %v", f)
		}
	})
}

func decimals(ids []int64) (out []string) {
	for _, id := range ids {
		out = append(out, strconv.FormatInt(id, 10))
	}
	return out
}

func texts(list []ledger.Finding) string {
	var out []string
	for _, f := range list {
		out = append(out, f.Text)
	}
	return strings.Join(out, "\n")
}

// TestDueActsKeepTheSeal: whatever is done in due form — a move, a change of name, a grant, its end, a closed account — leaves a ledger that agrees, and
// names nobody.
func TestDueActsKeepTheSeal(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ctx := t.Context()
		p := populate(t, db, c)
		root, grantor := auth.With(ctx, p.root), auth.With(ctx, p.grantor)
		agrees := func(after string, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(after, err)
			}
			if v, err := ledger.Verify(ctx, db); err != nil || !v.OK() || v.Unsealed != 0 {
				t.Errorf("%s: %v %v", after, v.Findings, err)
			}
		}
		version := func(id int64) int64 {
			t.Helper()
			list, err := p.h.Account.Accounts(root)
			for _, a := range list {
				if a.PersonID == id {
					return a.Version
				}
			}
			t.Fatal("no account", err)
			return 0
		}
		for i, id := range p.ids[:2] { // the town's last person leaves an empty roster
			_, err := p.h.Org.SavePerson(root, org.Person{ID: id, Name: []string{"黄知秋", "林望舒"}[i], UnitID: p.bureau, Version: 1})
			agrees("moved", err)
		}
		_, err := p.h.Org.SavePerson(root, org.Person{ID: p.ids[0], Name: "黄知夏", UnitID: p.town, Version: 2})
		agrees("back under another name", err)
		if _, err = p.h.Org.SavePerson(root, org.Person{Name: "柳待月"}); errs.KindOf(err) != errs.Invalid {
			t.Error("a person of no unit:", err)
		}
		_, err = p.h.Account.Propose(grantor, p.ids[0], auth.Head, "任职文件〔2017〕3号")
		agrees("granted", err)
		agrees("closed", p.h.Account.SetDisabled(root, p.ids[0], true, version(p.ids[0])))
		agrees("opened", p.h.Account.SetDisabled(root, p.ids[0], false, version(p.ids[0])))
		agrees("revoked", p.h.Account.Revoke(grantor, p.ids[2], auth.Source, "调离"))
		err = db.View(ctx, func(tx *sqldb.Tx) error {
			for _, kind := range []string{"org.roster", account.RoleKind} {
				list, err := ledger.Entries(ctx, tx, p.region, ledger.Filter{Subject: ref.Ref{Kind: kind}, Limit: 500})
				if err != nil || len(list) == 0 {
					t.Error(kind, len(list), err)
				}
				for _, e := range list {
					for _, word := range append([]string{"黄知", "林望舒", "陈守拙", "江平野"}, decimals(p.ids)...) {
						if strings.Contains(e.Text, word) {
							t.Errorf("the ledger names a person: %s", e.Text)
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestRolesAtTheSameTime: grants of one role by several processes on one database are all in the last seal.
func TestRolesAtTheSameTime(t *testing.T) {
	for engine, dsn := range sqldbtest.DSNs(t) {
		t.Run(engine, func(t *testing.T) {
			ctx, c := t.Context(), period.At(time.Date(2017, 3, 1, 9, 0, 0, 0, period.Beijing))
			node := func() *sqldb.DB {
				db, err := sqldb.Open(ctx, dsn, c)
				if err == nil {
					err = db.Migrate(ctx, migrations.FS)
				}
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { db.Close() })
				return db
			}
			p := populate(t, node(), c)
			var nodes []*house.House
			for i := range p.ids {
				h, err := house.Build(ctx, node(), house.Options{Clock: c, Node: int64(i + 1)})
				if err != nil {
					t.Fatal(err)
				}
				nodes = append(nodes, h)
			}
			for range 12 {
				var wg sync.WaitGroup
				for i, h := range nodes {
					wg.Go(func() {
						if _, err := h.Account.Propose(auth.With(ctx, p.grantor), p.ids[i], auth.Head, "任职文件〔2017〕3号"); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if v, err := ledger.Verify(ctx, p.h.DB); err != nil || !v.OK() {
					t.Fatal(v.Findings, err)
				}
				for _, id := range p.ids {
					if err := p.h.Account.Revoke(auth.With(ctx, p.grantor), id, auth.Head, "调离"); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// TestRostersOfAnOlderProgram: a database whose rosters and roles nobody has sealed is counted, not accused; the first start of this program seals them, and
// from then on a forged one is found.
func TestRostersOfAnOlderProgram(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ctx := t.Context()
		build := func() *house.House {
			t.Helper()
			h, err := house.Build(ctx, db, house.Options{Clock: c, Params: account.Params{MemoryKiB: 64, Passes: 1, Threads: 1}})
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		h := build()
		r, err := h.Org.CreateRegion(ctx, org.Region{Name: "宁德市蕉城区", ShortName: "蕉城"})
		if err != nil {
			t.Fatal(err)
		}
		root := auth.With(ctx, auth.Actor{ID: 1, RegionID: r.ID, Roles: []auth.Role{auth.SysAdmin}})
		old := org.New(db, h.IDs.Next, nil) // seals nothing
		u, err := h.Org.SaveUnit(root, org.Unit{Name: "漳湾镇", Kind: org.Township})
		if err != nil {
			t.Fatal(err)
		}
		x, err := old.SavePerson(root, org.Person{Name: "黄知秋", UnitID: u.ID})
		if err != nil {
			t.Fatal(err)
		}
		report := func() ledger.Report {
			t.Helper()
			v, err := ledger.Verify(ctx, db)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if v := report(); !v.OK() || v.Unsealed != 1 {
			t.Errorf("%s %v", v, v.Findings)
		}
		build()
		size := report().Entries
		if v := report(); !v.OK() || v.Unsealed != 0 {
			t.Errorf("%s %v", v, v.Findings)
		}
		build() // a second start adds nothing
		if n := report().Entries; n != size {
			t.Errorf("%d entries, then %d", size, n)
		}
		err = db.Update(ctx, func(tx *sqldb.Tx) error { _, err := tx.Exec(ctx, forgeName, r.ID, x.ID, "黄知冬"); return err })
		if v := report(); err != nil || v.OK() {
			t.Error("another name was not found", err)
		}
	})
}
