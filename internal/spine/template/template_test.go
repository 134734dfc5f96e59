package template

import (
	"context"
	"strings"
	"testing"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
)

var (
	whoKept   = sqldb.SQL("template.whoKeptForTest", `UPDATE template_version SET made_by = made_by + $2 WHERE region_id = $1`)
	whoTurned = sqldb.SQL("template.whoTurnedForTest", `UPDATE template_turn SET made_by = made_by + $2 WHERE region_id = $1`)
)

var spoil = sqldb.SQL("template.spoilForTest", `UPDATE template_version SET file = $2 WHERE region_id = $1`)

// TestTemplates plays the life of a paper's template: taken, used, replaced, gone back from; who else may not; what a repetition, a stale page and a
// spoilt file come to.
func TestTemplates(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		strict := false
		s := New(db, id.New(c, 1).Next, []Paper{
			{Key: "confirmation", Name: "确认书", Office: auth.Supervisor, Default: func() []byte { return []byte("default") }, Check: func(b []byte) error {
				if strings.Contains(string(b), "bad") || strict {
					return errs.At("file", "没有 {{乙方}}")
				}
				return nil
			}},
			{Key: "sheet", Name: "得分单", Office: auth.Appraiser, Default: func() []byte { return []byte("sheet") }, Check: func([]byte) error { return nil }},
		})
		as := func(id, region int64, roles ...auth.Role) context.Context {
			return auth.With(t.Context(), auth.Actor{ID: id, RegionID: region, Roles: roles})
		}
		du, kao, clerk, other, leader := as(11, 7, auth.Supervisor), as(12, 7, auth.Appraiser), as(13, 7, auth.Clerk), as(14, 8, auth.Supervisor), as(15, 7, auth.Leader)
		keys := 0
		key := func() string { keys++; return strings.Repeat("k", 8) + string(rune('a'+keys)) }
		refuse := func(what string, err error, k errs.Kind, says string) {
			t.Helper()
			if errs.KindOf(err) != k || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v, want %v %s", what, err, k, says)
			}
		}
		printed := func(ctx context.Context, at int64, want string) {
			t.Helper()
			if b, err := s.AsOf(ctx, "confirmation", at); err != nil || string(b) != want {
				t.Errorf("printed with %q %v, want %q", b, err, want)
			}
		}
		up := func(ctx context.Context, k, paper, file string) (Version, error) {
			return s.Upload(ctx, k, Uploading{Paper: paper, FileName: `C:\模板\a.docx`, Note: " 换了红头 ", File: []byte(file)})
		}

		printed(clerk, 0, "default")
		for what, x := range map[string]struct {
			ctx  context.Context
			kind errs.Kind
			says string
			file string
		}{
			"a clerk": {clerk, errs.Forbidden, "维护本部门的公文模板", "a"}, "the other office": {kao, errs.Forbidden, "由督查室印发", "a"}, "nothing": {du, errs.Invalid, "还没有选文件", ""},
			"the default": {du, errs.Invalid, "和默认模板一模一样", "default"}, "what the paper's check refuses": {du, errs.Invalid, "没有 {{乙方}}", "bad"},
		} {
			_, err := up(x.ctx, key(), "confirmation", x.file)
			refuse(what, err, x.kind, x.says)
		}
		_, err := up(du, key(), "letter", "a")
		refuse("no such paper", err, errs.NotFound, "没有这种公文")

		first := key()
		v, err := up(du, first, "confirmation", "one")
		if err != nil || v.Revision != 1 || v.FileName != "a.docx" || v.Note != "换了红头" || v.SHA256 != Sum([]byte("one")) || v.Size != 3 || v.MadeBy != 11 {
			t.Fatalf("%+v %v", v, err)
		}
		if again, err := up(du, first, "confirmation", "one"); err != nil || again != v {
			t.Errorf("sent twice: %+v %v", again, err)
		}
		_, err = up(du, key(), "confirmation", "one")
		refuse("the same file", err, errs.Invalid, "和第 1 版一模一样")
		if v, err := up(du, key(), "confirmation", "two"); err != nil || v.Revision != 2 {
			t.Fatal(v, err)
		}
		printed(clerk, 0, "default") // taken is not used

		_, err = s.Use(du, key(), "confirmation", 0, 1, " ")
		refuse("no reason", err, errs.Invalid, "写明为什么换")
		_, err = s.Use(du, key(), "confirmation", 0, 9, "新格式")
		refuse("no such version", err, errs.NotFound, "")
		_, err = s.Use(kao, key(), "confirmation", 0, 1, "新格式")
		refuse("the other office", err, errs.Forbidden, "由督查室维护")
		_, err = s.Use(du, key(), "confirmation", 0, 0, "新格式")
		refuse("what is in use", err, errs.Conflict, "现在用的就是这一版")

		before := c.Now().UnixMilli()
		c.Set(c.Now().Add(time.Hour))
		k := key()
		turn, err := s.Use(du, k, "confirmation", 0, 1, "新格式")
		if err != nil || turn.Turn != 1 || turn.Revision != 1 {
			t.Fatal(turn, err)
		}
		if _, err := s.Use(du, k, "confirmation", 0, 1, "新格式"); err != nil {
			t.Errorf("sent twice: %v", err)
		}
		_, err = s.Use(du, key(), "confirmation", 0, 2, "新格式")
		refuse("a stale page", err, errs.Conflict, "刚换过")
		printed(clerk, 0, "one")
		printed(clerk, before, "default")
		printed(clerk, turn.MadeAt, "one")
		printed(other, 0, "default")
		c.Set(c.Now().Add(time.Hour))
		if _, err := s.Use(du, key(), "confirmation", 1, 2, "改字号"); err != nil {
			t.Fatal(err)
		}
		c.Set(c.Now().Add(time.Hour))
		strict = true
		_, err = s.Use(du, key(), "confirmation", 2, 1, "改回去")
		refuse("a version that no longer passes", err, errs.Invalid, "没有 {{乙方}}")
		if _, err := s.Use(du, key(), "confirmation", 2, 0, "用回默认"); err != nil { // the default needs no check
			t.Fatal(err)
		}
		strict = false
		printed(clerk, 0, "default")
		printed(clerk, turn.MadeAt+time.Minute.Milliseconds(), "one")

		list, err := s.Papers(leader)
		if err != nil || len(list) != 2 || list[0].Now().Revision != 0 || len(list[0].Turns) != 3 || len(list[0].Versions) != 2 || list[0].May || list[1].Now() != (Turn{}) {
			t.Errorf("%+v %v", list, err)
		}
		if x, err := s.Show(du, "confirmation"); err != nil || !x.May || x.Version(2) == nil || x.Version(3) != nil {
			t.Errorf("%+v %v", x, err)
		}
		if x, err := s.Show(du, "sheet"); err != nil || x.May {
			t.Errorf("%+v %v", x, err)
		}
		_, err = s.Papers(clerk)
		refuse("a clerk's list", err, errs.Forbidden, "查看公文模板")
		if b, err := s.File(leader, "confirmation", 2); err != nil || string(b) != "two" {
			t.Errorf("%s %v", b, err)
		}
		_, err = s.File(other, "confirmation", 2)
		refuse("another region's file", err, errs.NotFound, "")

		ledger.RegisterSubject(VersionKind, EachVersion)
		ledger.RegisterSubject(TurnKind, EachTurn)
		if r, err := ledger.Verify(t.Context(), db); err != nil || !r.OK() {
			t.Errorf("%v %v", r, err)
		}
		for _, q := range []*sqldb.Stmt{whoKept, whoTurned} { // somebody else kept it, put it into use
			for _, by := range []int64{1, -1} {
				if err := db.Update(t.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(t.Context(), q, int64(7), by); return err }); err != nil {
					t.Fatal(err)
				}
				if r, err := ledger.Verify(t.Context(), db); err != nil || r.OK() != (by < 0) {
					t.Errorf("%s %+d: %v %v", q.Name, by, r.Findings, err)
				}
			}
		}
		if err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(t.Context(), spoil, int64(7), []byte("other"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if r, err := ledger.Verify(t.Context(), db); err != nil || r.OK() {
			t.Errorf("a spoilt file is not found: %v %v", r, err)
		}
		if b, err := s.AsOf(du, "confirmation", turn.MadeAt); err == nil {
			t.Errorf("a paper is printed with a spoilt template: %s", b)
		}
	})
}
