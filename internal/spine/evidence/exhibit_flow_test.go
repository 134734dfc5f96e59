package evidence

import (
	"context"
	"strings"
	"testing"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
)

var (
	clerk   = auth.Actor{ID: 41, RegionID: 7, UnitID: 3, Units: []int64{3}, Roles: []auth.Role{auth.Clerk}}
	other   = auth.Actor{ID: 42, RegionID: 7, UnitID: 4, Units: []int64{4}, Roles: []auth.Role{auth.Clerk}}
	office  = auth.Actor{ID: 43, RegionID: 7, UnitID: 5, Roles: []auth.Role{auth.Supervisor}}
	auditor = auth.Actor{ID: 44, RegionID: 7, UnitID: 6, Roles: []auth.Role{auth.Auditor}}
	afar    = auth.Actor{ID: 45, RegionID: 8, UnitID: 3, Units: []int64{3}, Roles: []auth.Role{auth.Supervisor, auth.Clerk}}
	sysadm  = auth.Actor{ID: 46, RegionID: 7, Roles: []auth.Role{auth.SysAdmin}}
	owner   = ref.Ref{Kind: "campaign.report", ID: 17}
)

// Statements with which somebody who has the database's password would tamper.
var (
	testSwapBlob = sqldb.SQL("evidence.testSwapBlob", `UPDATE evidence_blob SET content = $2 WHERE region_id = $1 AND sha256 = $3`)
	testSwapRow  = sqldb.SQL("evidence.testSwapRow", `UPDATE evidence_exhibit SET sha256 = $3 WHERE region_id = $1 AND id = $2`)
)

func put(t *testing.T, db *sqldb.DB, s *Service, who auth.Actor, unit int64, name, text string) (e Exhibit, err error) {
	err = db.Update(t.Context(), func(tx *sqldb.Tx) (err error) {
		e, err = s.Put(t.Context(), tx, who, owner, unit, name, []byte(text))
		return err
	})
	return e, err
}

func TestExhibit(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := New(db, id.New(c, 1).Next)
		as := func(a auth.Actor) context.Context { return auth.With(t.Context(), a) }
		e, err := put(t, db, s, clerk, 3, "说明.txt", "已拆 38 户")
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []struct {
			who  auth.Actor
			kind errs.Kind
		}{{clerk, 0}, {office, 0}, {auditor, 0}, {other, errs.NotFound}, {afar, errs.NotFound}, {sysadm, errs.Forbidden}} {
			got, b, err := s.Open(as(v.who), e.ID)
			if v.kind == 0 {
				if err != nil || string(b) != "已拆 38 户" || got != e && !got.OfferedAt.Equal(e.OfferedAt) {
					t.Errorf("%d: %v %+v", v.who.ID, err, got)
				}
			} else if errs.KindOf(err) != v.kind || b != nil {
				t.Errorf("%d opens it: %v", v.who.ID, err)
			}
		}
		if _, _, err := s.Open(t.Context(), e.ID); errs.KindOf(err) != errs.Unauthorized {
			t.Error(err)
		}

		// A supervision group on tour is granted what its unit would not see.
		s.Allow("campaign.report", func(_ context.Context, _ *sqldb.Tx, who auth.Actor, e Exhibit) (bool, error) {
			return who.ID == 42, nil
		})
		if _, _, err := s.Open(as(other), e.ID); err != nil {
			t.Error(err)
		}

		if _, err := put(t, db, s, clerk, 3, "再传.txt", "已拆 38 户"); errs.KindOf(err) != errs.Conflict {
			t.Errorf("the same bytes twice: %v", err)
		}
		if _, err := put(t, db, s, clerk, 4, "x.txt", "别家的"); errs.KindOf(err) != errs.NotFound {
			t.Errorf("for another unit: %v", err)
		}
		if _, err := put(t, db, s, auditor, 3, "x.txt", "审计不交材料"); errs.KindOf(err) != errs.Forbidden {
			t.Error(err)
		}
		if _, err := put(t, db, s, office, 3, "核查.txt", "实地核查：36 户"); err != nil {
			t.Error(err)
		}
		list := func() (out []Exhibit) {
			db.View(t.Context(), func(tx *sqldb.Tx) (err error) { out, err = s.List(t.Context(), tx, 7, owner); return err })
			return out
		}
		if l := list(); len(l) != 2 || l[0].ID != e.ID || !l[0].Standing() {
			t.Errorf("%+v", l)
		}

		withdraw := func(who auth.Actor, why string) error {
			return db.Update(t.Context(), func(tx *sqldb.Tx) error { _, err := s.Withdraw(t.Context(), tx, who, e.ID, why); return err })
		}
		if err := withdraw(other, "x"); errs.KindOf(err) != errs.NotFound {
			t.Error(err)
		}
		if err := withdraw(clerk, " "); errs.KindOf(err) != errs.Invalid {
			t.Error(err)
		}
		if err := withdraw(clerk, "传错了"); err != nil {
			t.Fatal(err)
		}
		if err := withdraw(clerk, "传错了"); errs.KindOf(err) != errs.Conflict {
			t.Error(err)
		}
		if l := list(); l[0].Standing() || l[0].Why != "传错了" {
			t.Errorf("%+v", l[0])
		}
		if _, _, err := s.Open(as(clerk), e.ID); err != nil {
			t.Errorf("a withdrawn exhibit stays readable: %v", err)
		}
		if _, err := put(t, db, s, clerk, 3, "又传.txt", "已拆 38 户"); err != nil {
			t.Errorf("after withdrawal: %v", err)
		}

		var verbs []string
		db.View(t.Context(), func(tx *sqldb.Tx) error {
			es, err := ledger.Entries(t.Context(), tx, 7, ledger.Filter{})
			for _, e := range es {
				verbs = append(verbs, e.Verb)
				if strings.Contains(e.Text, "说明") {
					t.Error("the label of a file may name a person and does not belong in the ledger")
				}
			}
			return err
		})
		if strings.Join(verbs, " ") != "offer withdraw offer offer" {
			t.Error(verbs)
		}
		if r, err := ledger.Verify(t.Context(), db); err != nil || !r.OK() || r.Rows != 3 {
			t.Errorf("%+v %v", r, err)
		}
	})
}

func TestTamperingIsFound(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		s := New(db, id.New(c, 1).Next)
		ctx := auth.With(t.Context(), clerk)
		a, err := put(t, db, s, clerk, 3, "a.txt", "甲")
		if err != nil {
			t.Fatal(err)
		}
		b, err := put(t, db, s, clerk, 3, "b.txt", "乙")
		if err != nil {
			t.Fatal(err)
		}
		scrub := func(want int) {
			t.Helper()
			d, err := s.Scrub(t.Context(), 7)
			if err != nil || len(d) != want {
				t.Errorf("scrub finds %+v, want %d (%v)", d, want, err)
			}
		}
		scrub(0)
		change := func(q *sqldb.Stmt, args ...any) {
			t.Helper()
			if err := db.Update(t.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(t.Context(), q, args...); return err }); err != nil {
				t.Fatal(err)
			}
		}
		change(testSwapBlob, int64(7), []byte("丙"), a.SHA256)
		if _, content, err := s.Open(ctx, a.ID); content != nil || !strings.Contains(errs.Say(err), "与上传时不一致") {
			t.Error(err)
		}
		if _, _, err := s.Open(ctx, b.ID); err != nil {
			t.Error(err)
		}
		scrub(1)
		// Cleverer: the row is made to point at other bytes whose hash is right.
		change(testSwapBlob, int64(7), []byte("甲"), a.SHA256)
		scrub(0)
		elsewhere := a
		err = db.Update(t.Context(), func(tx *sqldb.Tx) (err error) {
			elsewhere, err = s.Put(t.Context(), tx, clerk, ref.Ref{Kind: "campaign.report", ID: 18}, 3, "c.txt", []byte("丁"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		change(testSwapRow, int64(7), b.ID, elsewhere.SHA256)
		if _, _, err := s.Open(ctx, b.ID); !strings.Contains(errs.Say(err), "与台账不一致") {
			t.Error(err)
		}
		scrub(1)
		r, err := ledger.Verify(t.Context(), db)
		if err != nil || len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Text, "佐证材料 "+ref.Ref{Kind: Kind, ID: b.ID}.String()+" 的“内容指纹”与台账第 2 号记录不一致") {
			t.Errorf("%+v %v", r.Findings, err)
		}
	})
}
