package account

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
)

var (
	testUnit   = sqldb.SQL("org.testUnit", `INSERT INTO org_unit (region_id, id, name, short_name, kind) VALUES ($1, $2, $3, $3, 'office')`)
	testPerson = sqldb.SQL("org.testPerson", `INSERT INTO org_person (region_id, id, name, unit_id) VALUES ($1, $2, $3, $4)`)
	testName   = sqldb.SQL("org.testName", `SELECT name FROM org_person WHERE region_id = $1 AND id = $2 AND left_on = ''`)
	testLeave  = sqldb.SQL("org.testLeave", `UPDATE org_person SET left_on = '2017-03-01' WHERE region_id = $1 AND id = $2`)
	testRole   = sqldb.SQL("account.testRole", `INSERT INTO account_role (region_id, person_id, role, class, granted_at) VALUES ($1, $2, $3, $4, 0)`)
	testClass  = sqldb.SQL("account.testClass", `UPDATE account_holder SET class = $3 WHERE region_id = $1 AND person_id = $2`)
	testGrant  = sqldb.SQL("account.testGrant", `INSERT INTO account_grant (region_id, id, person_id, role, reason, state, proposed_by, proposed_at, decided_by) VALUES ($1, 999, $2, 'source', '', 'confirmed', $3, 0, $4)`)
	testTries  = sqldb.SQL("account.testTries", `SELECT subject FROM account_try WHERE region_id >= 0 ORDER BY subject`)
	testHashes = sqldb.SQL("account.testHashes", `SELECT hash FROM account_session WHERE region_id >= 0`)
)

type town struct{ ids *id.Source }

func (town) Person(ctx context.Context, tx *sqldb.Tx, regionID, personID int64) (string, int64, []int64, error) {
	name, err := sqldb.One(ctx, tx, testName, sqldb.Text, regionID, personID)
	return name, 10, []int64{10, 11}, err
}
func (town) Words(context.Context, *sqldb.Tx, int64) ([]string, error) {
	return []string{"城南镇", "环三", "chengnan"}, nil
}
func (o town) Found(ctx context.Context, tx *sqldb.Tx, region, unit string, people []string) (int64, []int64, error) {
	if _, err := tx.Exec(ctx, testUnit, int64(1), int64(10), unit); err != nil {
		return 0, nil, err
	}
	var out []int64
	for _, p := range people {
		n := o.ids.Next()
		out = append(out, n)
		if _, err := tx.Exec(ctx, testPerson, int64(1), n, p, int64(10)); err != nil {
			return 0, nil, err
		}
	}
	return 1, out, nil
}

// hall is an installation with people 21 to 26 and, after staff, accounts for them.
type hall struct {
	*Service
	t    *testing.T
	db   *sqldb.DB
	log  *audit.Log
	real *period.Fixed
}

var cheap = Params{MemoryKiB: 64, Passes: 1, Threads: 1}

const good = "Ling-Long 7 ta"

func each(t *testing.T, fn func(*testing.T, *hall)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ids := id.New(c, 1)
		real := period.At(time.Date(2026, 5, 6, 9, 0, 0, 0, period.Beijing))
		log := audit.New(db, ids)
		h := &hall{Service: New(db, ids, log, town{ids}, Options{Clock: real, Params: cheap, Barred: []string{"jiaocheng"}}), t: t, db: db, log: log, real: real}
		fn(t, h)
	})
}

var staff = map[int64][]auth.Role{21: {auth.SysAdmin}, 22: {auth.SecAdmin}, 23: {auth.AudAdmin}, 24: {auth.Clerk}, 25: {auth.Leader}, 26: nil}
var logins = map[int64]string{21: "xitong", 22: "anquan", 23: "shenji", 24: "linxiaoman", 25: "zhou", 26: "xinren"}

func (h *hall) staff() *hall {
	h.t.Helper()
	ctx := h.t.Context()
	err := h.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, testUnit, int64(1), int64(10), "督查室"); err != nil {
			return err
		}
		for p, roles := range staff {
			if _, err := tx.Exec(ctx, testPerson, int64(1), p, "人"+logins[p], int64(10)); err != nil {
				return err
			}
			if err := h.Create(ctx, tx, 1, p, logins[p], good, roles...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return h
}

func (h *hall) as(person int64) context.Context {
	return auth.With(h.t.Context(), auth.Actor{ID: person, RegionID: 1, Name: logins[person], Roles: staff[person]})
}

func (h *hall) in(person int64) string {
	h.t.Helper()
	token, err := h.Login(h.t.Context(), logins[person], good, "", "10.0.0.1", "browser")
	if err != nil {
		h.t.Fatal(err)
	}
	return token
}

func (h *hall) pass(d time.Duration) { h.real.Set(h.real.Now().Add(d)) }

func (h *hall) alive(token string) bool { _, ok := h.Resolve(h.t.Context(), token); return ok }

func (h *hall) entries(act string) []audit.Entry {
	h.t.Helper()
	h.log.Flush(h.t.Context())
	list, _, err := h.log.Entries(h.as(23), audit.Query{Act: act, Limit: 500})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

func kind(t *testing.T, what string, err error, want errs.Kind) {
	t.Helper()
	if err == nil || errs.KindOf(err) != want {
		t.Errorf("%s: %v, want kind %d", what, err, want)
	}
}

// TestSetUp: reliability 1, no default account; the code is dead after use and after a day.
func TestSetUp(t *testing.T) {
	draft := func(code string) SetupDraft {
		return SetupDraft{Code: code, Region: "宁德市蕉城区", Unit: "大数据中心", Admins: [3]AdminDraft{{"王一", "Xitong", good}, {"李二", "anquan", good}, {"张三", "shenji", good}}}
	}
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		if empty, err := h.Empty(ctx); !empty || err != nil {
			t.Fatalf("a fresh database has accounts: %v", err)
		}
		first, err := h.NewCode(ctx)
		if err != nil || len(first) != 23 {
			t.Fatalf("%q %v", first, err)
		}
		code, _ := h.NewCode(ctx) // restarted
		kind(t, "code of the start before", h.SetUp(ctx, draft(first)), errs.Invalid)
		h.pass(CodeLife + time.Second)
		kind(t, "a day and a second later", h.SetUp(ctx, draft(code)), errs.Invalid)
		code, _ = h.NewCode(ctx)

		d := draft(code)
		d.Admins[2] = AdminDraft{"王一", "xitong", "short"}
		d.Region = ""
		err = h.SetUp(ctx, d)
		var names []string
		for _, f := range errs.FieldsOf(err) {
			names = append(names, f.Name)
		}
		if want := []string{"region", "admin.2.name", "admin.2.login"}; !slices.Equal(names, want) {
			t.Errorf("refused %v, want %v", names, want)
		}
		d = draft(code)
		d.Admins[1].Password = "Jiaocheng2026!"
		if err := h.SetUp(ctx, d); len(errs.FieldsOf(err)) != 1 || errs.FieldsOf(err)[0].Name != "admin.1.password" {
			t.Errorf("weak password: %v", err)
		}
		if empty, _ := h.Empty(ctx); !empty {
			t.Error("a refused set-up left accounts behind")
		}

		if err := h.SetUp(ctx, draft(" "+strings.ToLower(code))); err != nil {
			t.Fatal(err)
		}
		kind(t, "code used twice", h.SetUp(ctx, draft(code)), errs.Invalid)
		if again, err := h.NewCode(ctx); again != "" || err != nil {
			t.Errorf("a code although there are accounts: %q %v", again, err)
		}
		for i, login := range []string{"xitong", "ａｎｑｕａｎ", "SHENJI"} {
			token, err := h.Login(ctx, login, good, "", "10.0.0.1", "")
			if err != nil {
				t.Fatalf("%s: %v", login, err)
			}
			if a, ok := h.Resolve(ctx, token); !ok || !slices.Equal(a.Roles, []auth.Role{Admins[i]}) || a.RegionID != 1 || a.UnitID != 10 || len(a.Units) != 2 {
				t.Errorf("%s: %+v", login, a)
			}
		}
		if n := len(h.entries(audit.ActSetup)); n != 1 {
			t.Errorf("%d set-ups in the audit log", n)
		}
	})
}

// TestLock: reliability 3.
func TestLock(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		ctx := t.Context()
		bad := func(login, source string) error { _, err := h.Login(ctx, login, "wrong", "", source, ""); return err }
		for i := range 4 {
			kind(t, "try", bad("zhou", "10.0.0.6"), errs.Invalid)
			if i == 1 {
				h.pass(time.Minute)
			}
		}
		if _, err := h.Login(ctx, "zhou", good, "", "10.0.0.6", ""); err != nil {
			t.Fatalf("4 failures lock: %v", err)
		}
		for range 5 { // the log-in wiped the slate
			kind(t, "try", bad("zhou", "10.0.0.6"), errs.Invalid)
		}
		_, err := h.Login(ctx, "zhou", good, "", "10.0.0.6", "")
		kind(t, "6th try, right password", err, errs.TooMany)
		if _, err := h.Login(ctx, "zhou", good, "", "10.0.0.7", ""); err != nil {
			t.Errorf("locked out from another address: %v", err)
		}
		h.Service = New(h.db, id.New(h.real, 2), h.log, town{}, h.opt) // restarted
		_, err = h.Login(ctx, "zhou", good, "", "10.0.0.6", "")
		kind(t, "after a restart", err, errs.TooMany)
		for range 5 {
			kind(t, "unknown name", bad("nobody", "10.0.0.6"), errs.Invalid)
		}
		kind(t, "unknown name locks alike", bad("nobody", "10.0.0.6"), errs.TooMany)
		h.pass(TryTime)
		if _, err := h.Login(ctx, "zhou", good, "", "10.0.0.6", ""); err != nil {
			t.Errorf("after 15 minutes: %v", err)
		}
		// Failures older than 15 minutes do not count.
		for range 4 {
			bad("zhou", "10.0.0.8")
		}
		h.pass(TryTime)
		bad("zhou", "10.0.0.8")
		if _, err := h.Login(ctx, "zhou", good, "", "10.0.0.8", ""); err != nil {
			t.Errorf("old failures count: %v", err)
		}
		locks := h.entries(audit.ActLock)
		if len(locks) != 2 || locks[1].PersonID != 25 || locks[1].Source != "10.0.0.6" {
			t.Errorf("locks in the audit log: %+v", locks)
		}
		h.db.View(ctx, func(tx *sqldb.Tx) error {
			list, err := sqldb.All(ctx, tx, testTries, sqldb.Text)
			if err != nil || len(list) == 0 || strings.Contains(strings.Join(list, " "), "nobody") {
				t.Errorf("what was typed is kept: %v %v", list, err)
			}
			return nil
		})
	})
}

// TestLockRace: many tries at once are no more than five.
func TestLockRace(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		var wg sync.WaitGroup
		var mu sync.Mutex
		looked := 0
		for range 24 {
			wg.Go(func() {
				_, err := h.Login(t.Context(), "zhou", "wrong", "", "10.0.0.6", "")
				mu.Lock()
				defer mu.Unlock()
				if errs.KindOf(err) == errs.Invalid {
					looked++
				} else if errs.KindOf(err) != errs.TooMany {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if looked != Tries {
			t.Errorf("%d passwords were looked at, want %d", looked, Tries)
		}
	})
}

// TestSameAnswer: reliability 4, an unknown name costs one hash as a wrong password does, and gets the same words.
func TestSameAnswer(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		hashes := 0
		h.work = func() { hashes++ }
		try := func(login string) (string, int64, int) {
			hashes = 0
			ctx, n := sqldb.WithCounter(t.Context())
			_, err := h.Login(ctx, login, "wrong", "", "10.0.0.9", "")
			return err.Error(), n.N(), hashes
		}
		text1, sql1, work1 := try("zhou")
		text2, sql2, work2 := try("nobody")
		text3, sql3, work3 := try("../' OR 1=1")
		if text1 != text2 || text1 != text3 || sql1 != sql2 || sql1 != sql3 || work1 != 1 || work2 != 1 || work3 != 1 {
			t.Errorf("known: %d statements, %d hashes; unknown: %d, %d; odd: %d, %d\n%s\n%s", sql1, work1, sql2, work2, sql3, work3, text1, text2)
		}
	})
}

// TestSession: reliability 7, by a clock of its own; the database's stands in 2017.
func TestSession(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		clerk, admin := h.in(24), h.in(22)
		h.pass(14*time.Minute + 59*time.Second)
		if !h.alive(admin) || !h.alive(clerk) {
			t.Error("14:59: ended too early")
		}
		h.pass(2 * time.Second)
		if h.alive(admin) {
			t.Error("15:01: the administrator is still in")
		}
		h.pass(14*time.Minute + 58*time.Second)
		if !h.alive(clerk) {
			t.Error("29:59: ended too early; or looking counts as an act")
		}
		h.pass(2 * time.Second)
		if h.alive(clerk) {
			t.Error("30:01: still in; looking counts as an act")
		}
		// Acts keep it alive, in memory and over a restart, but not beyond 12 hours.
		clerk = h.in(24)
		began := h.real.Now()
		for h.real.Now().Before(began.Add(Longest - 20*time.Minute)) {
			h.pass(20 * time.Minute)
			if !h.alive(clerk) {
				t.Fatalf("ended after %v of work", h.real.Now().Sub(began))
			}
			h.Touch(clerk)
		}
		ctx, n := sqldb.WithCounter(t.Context())
		if err := h.Flush(ctx); err != nil || n.N() != 1 {
			t.Errorf("flush: %d statements, %v", n.N(), err)
		}
		if h.Flush(ctx); n.N() != 1 {
			t.Error("flushed twice")
		}
		h.Service = New(h.db, id.New(h.real, 2), h.log, town{}, h.opt)
		h.pass(19 * time.Minute)
		if !h.alive(clerk) {
			t.Error("the last act was lost over the restart")
		}
		h.Touch(clerk)
		h.pass(2 * time.Minute)
		if h.alive(clerk) {
			t.Error("12:01 hours: still in")
		}
	})
}

func TestFindCostsNoStatement(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		token := h.in(24)
		h.alive(token)
		ctx, n := sqldb.WithCounter(t.Context())
		a, ok := h.Resolve(ctx, token)
		h.Touch(token)
		if n.N() != 0 || !ok || a.ID != 24 || !a.Has(auth.Clerk) {
			t.Errorf("%d statements: %v, %+v", n.N(), n.Names(), a)
		}
		if err := h.Flush(ctx); err != nil { // writes to the session: it is read again
			t.Fatal(err)
		}
		ctx, n = sqldb.WithCounter(t.Context())
		if _, ok := h.Resolve(ctx, token); n.N() != 1 || !ok {
			t.Errorf("%d statements after a change: %v", n.N(), n.Names())
		}
		for _, bad := range []string{"", "1", "1.", ".", "x.y", token + "x", "2" + token[1:], strings.Repeat("z", 5000), "1.' OR 1=1"} {
			if h.alive(bad) {
				t.Errorf("%.20q is a session", bad)
			}
		}
		ctx2 := t.Context()
		h.db.View(ctx2, func(tx *sqldb.Tx) error {
			list, err := sqldb.All(ctx2, tx, testHashes, sqldb.Text)
			if err != nil || len(list) != 1 || strings.Contains(list[0], token) || strings.Contains(token, list[0]) {
				t.Errorf("the token itself is stored: %v", list)
			}
			return nil
		})
	})
}

// TestEnd: reliability 8, 9, 13.
func TestEnd(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		other := New(h.db, id.New(h.real, 2), h.log, town{}, h.opt) // a second node
		ctx := t.Context()
		var tokens []string
		for range 4 {
			h.pass(time.Second)
			tokens = append(tokens, h.in(24))
		}
		if h.alive(tokens[0]) || !h.alive(tokens[1]) || !h.alive(tokens[3]) {
			t.Error("the fourth log-in must end the oldest, and only that")
		}
		if u := slices.Compact(slices.Sorted(slices.Values(tokens))); len(u) != 4 {
			t.Error("a log-in got the token of an earlier one")
		}
		mine, err := h.Sessions(h.as(24), tokens[3])
		if err != nil || len(mine) != 3 || !mine[0].Current || mine[1].Current || mine[0].Agent != "browser" {
			t.Fatalf("%+v %v", mine, err)
		}
		kind(t, "to end another's session", h.End(h.as(25), mine[2].ID), errs.NotFound)
		if err := h.End(h.as(24), mine[2].ID); err != nil || h.alive(tokens[1]) {
			t.Errorf("ended by hand: %v", err)
		}
		if err := h.Logout(ctx, tokens[3]); err != nil || h.alive(tokens[3]) || !h.alive(tokens[2]) {
			t.Errorf("log-out: %v", err)
		}
		one := func(why string, person int64, act func() error) {
			t.Helper()
			token := h.in(person)
			if _, ok := other.Resolve(ctx, token); !ok {
				t.Fatalf("%s: not in on the second node", why)
			}
			if err := act(); err != nil {
				t.Fatalf("%s: %v", why, err)
			}
			if _, ok := other.Resolve(ctx, token); ok || h.alive(token) {
				t.Errorf("%s does not end the session", why)
			}
		}
		one("a new role", 24, func() error { _, err := h.Propose(h.as(22), 24, auth.Head, "任职文件"); return err })
		if a, _ := h.Resolve(ctx, h.in(24)); !a.Has(auth.Head) {
			t.Errorf("the role given a moment ago is not there: %v", a.Roles)
		}
		one("a role taken", 24, func() error { return h.Revoke(h.as(22), 24, auth.Head, "免职文件") })
		one("a password changed", 24, func() error { _, err := h.ChangePassword(h.as(24), good, good+"x2", "10.0.0.1", ""); return err })
		version := func(p int64) int64 {
			list, err := h.Accounts(h.as(21))
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				if a.PersonID == p {
					return a.Version
				}
			}
			return 0
		}
		one("closing", 25, func() error { return h.SetDisabled(h.as(21), 25, true, version(25)) })
		_, err = h.Login(ctx, "zhou", good, "", "10.0.0.1", "")
		kind(t, "log-in to a closed account", err, errs.Forbidden)
		kind(t, "an old version", h.SetDisabled(h.as(21), 25, false, 1), errs.Conflict)
		if err := h.SetDisabled(h.as(21), 25, false, version(25)); err != nil {
			t.Error(err)
		}
		one("a password reset", 25, func() error { _, err := h.Reset(h.as(21), 25); return err })
		one("leaving office", 26, func() error {
			return h.db.Update(ctx, func(tx *sqldb.Tx) error {
				tx.AfterCommit(func() { h.Refresh(1, 26); other.Refresh(1, 26) })
				_, err := tx.Exec(ctx, testLeave, int64(1), int64(26))
				return err
			})
		})
		_, err = h.Login(ctx, "xinren", good, "", "10.0.0.1", "")
		kind(t, "log-in of one who has left", err, errs.Forbidden)
	})
}

// TestUnused: reliability 12.
func TestUnused(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		h.pass(Unused)
		h.in(24)
		h.pass(time.Second)
		_, err := h.Login(t.Context(), "zhou", good, "", "10.0.0.1", "")
		kind(t, "unused for 90 days", err, errs.Forbidden)
	})
}

func TestPasswordChange(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		me, ctx := h.as(24), t.Context()
		change := func(old, new string) error {
			_, err := h.ChangePassword(me, old, new, "10.0.0.1", "")
			return err
		}
		field := func(err error) string {
			if f := errs.FieldsOf(err); len(f) == 1 {
				return f[0].Name
			}
			return "?"
		}
		for _, bad := range []struct{ old, new, field string }{
			{"wrong", "Kuai-Ma 8 jia", "old"}, {good, good, "password"}, {good, "Jiaocheng2026!", "password"}, {good, "Linxiaoman-77", "password"}, {good, "环三Yi-hao99", "password"},
		} {
			if err := change(bad.old, bad.new); field(err) != bad.field {
				t.Errorf("%q -> %q: %v", bad.old, bad.new, err)
			}
		}
		last := good
		for i := range 5 {
			next := "Kuai-Ma 8 jia" + string(rune('a'+i))
			if err := change(last, next); err != nil {
				t.Fatal(err)
			}
			last = next
		}
		for i := range 5 {
			if old := "Kuai-Ma 8 jia" + string(rune('a'+i)); field(change(last, old)) != "password" {
				t.Errorf("%q came back", old)
			}
		}
		if err := change(last, good); err != nil { // the sixth back is free again
			t.Error(err)
		}
		token := h.in(24)
		v, err := h.Find(ctx, token)
		if err != nil || v.MustChange {
			t.Fatalf("%+v %v", v, err)
		}
		h.pass(Gov.Age)
		if v, _ = h.Find(ctx, h.in(24)); !v.MustChange {
			t.Error("90 days old and need not be changed")
		}
		// A first password is to be changed, whatever its age.
		first, err := h.Reset(h.as(21), 24)
		if err != nil {
			t.Fatal(err)
		}
		token, err = h.Login(ctx, "linxiaoman", first, "", "10.0.0.1", "")
		if err != nil {
			t.Fatal(err)
		}
		if v, _ = h.Find(ctx, token); !v.MustChange {
			t.Error("a first password need not be changed")
		}
		if token, err = h.ChangePassword(me, first, "Kuai-Ma 9 jia", "10.0.0.1", ""); err != nil {
			t.Fatal(err)
		}
		if v, _ = h.Find(ctx, token); v.MustChange {
			t.Error("must change again")
		}
		for range 5 {
			change("wrong", "Kuai-Ma 7 jia")
		}
		kind(t, "to guess the old password in an open session", change("Kuai-Ma 9 jia", "Kuai-Ma 7 jia"), errs.TooMany)
	})
}

// TestRehash: reliability 33, dearer parameters are taken over at the next log-in.
func TestRehash(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		secret := func() (s string) {
			h.db.View(t.Context(), func(tx *sqldb.Tx) error {
				v, err := sqldb.One(t.Context(), tx, selectHolder, scanHolder, int64(1), int64(24))
				s = v.secret
				return err
			})
			return s
		}
		if before := secret(); !strings.HasPrefix(before, "$argon2id$v=19$m=64,t=1,p=1$") || strings.Contains(before, good) {
			t.Fatal(before)
		}
		h.opt.Params = Params{MemoryKiB: 128, Passes: 2, Threads: 1}
		h.in(24)
		after := secret()
		if !strings.HasPrefix(after, "$argon2id$v=19$m=128,t=2,p=1$") {
			t.Error(after)
		}
		h.in(24)
		if secret() != after {
			t.Error("hashed again without need")
		}
	})
}

func TestOpen(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		ctx := t.Context()
		if err := h.db.Update(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, testPerson, int64(1), int64(30), "新来的", int64(10))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, p := range []int64{22, 23, 24, 25} {
			_, err := h.Open(h.as(p), 30, "xinlai")
			kind(t, "opened by "+logins[p], err, errs.Forbidden)
			_, err = h.Reset(h.as(p), 24)
			kind(t, "reset by "+logins[p], err, errs.Forbidden)
		}
		_, err := h.Open(h.as(21), 31, "xinlai")
		kind(t, "no such person", err, errs.Invalid)
		_, err = h.Open(h.as(21), 30, "a b")
		kind(t, "bad log-in name", err, errs.Invalid)
		_, err = h.Open(h.as(21), 30, "ZHOU")
		kind(t, "log-in name taken", err, errs.Conflict)
		_, err = h.Open(h.as(21), 24, "second")
		kind(t, "a second account", err, errs.Conflict)
		first, err := h.Open(h.as(21), 30, "新来的")
		if err != nil {
			t.Fatal(err)
		}
		token, err := h.Login(ctx, "新来的", first, "", "10.0.0.1", "")
		if err != nil {
			t.Fatal(err)
		}
		if a, ok := h.Resolve(ctx, token); !ok || len(a.Roles) != 0 {
			t.Errorf("a new account has roles: %+v", a)
		}
		_, err = h.Reset(h.as(21), 22)
		kind(t, "reset of an administrator", err, errs.Forbidden)
		if _, err := h.ResetAtMachine(ctx, "anquan"); err != nil {
			t.Error(err)
		}
		kind(t, "to close oneself", h.SetDisabled(h.as(21), 21, true, 1), errs.Conflict)
		list, _ := h.Accounts(h.as(21))
		for _, a := range list {
			if a.PersonID == 23 {
				kind(t, "to close the only audit administrator", h.SetDisabled(h.as(21), 23, true, a.Version), errs.Conflict)
			}
		}
		_, err = h.Accounts(h.as(24))
		kind(t, "accounts read by a clerk", err, errs.Forbidden)
	})
}

// TestGrant: reliability 15, 16.
func TestGrant(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		sec, aud, leader := h.as(22), h.as(23), h.as(25)
		for _, p := range []int64{21, 23, 24, 25} {
			_, err := h.Propose(h.as(p), 26, auth.Clerk, "x")
			kind(t, "proposed by "+logins[p], err, errs.Forbidden)
		}
		_, err := h.Propose(sec, 22, auth.Clerk, "x")
		kind(t, "to oneself", err, errs.Conflict)
		_, err = h.Propose(sec, 26, auth.Clerk, " ")
		kind(t, "without a reason", err, errs.Invalid)
		_, err = h.Propose(sec, 26, "emperor", "x")
		kind(t, "no such role", err, errs.Invalid)
		_, err = h.Propose(sec, 99, auth.Clerk, "x")
		kind(t, "no account", err, errs.Invalid)
		if g, err := h.Propose(sec, 26, auth.Clerk, "到岗"); err != nil || g.State != Direct {
			t.Fatalf("%+v %v", g, err)
		}
		_, err = h.Propose(sec, 26, auth.AudAdmin, "x")
		kind(t, "an administrator's role for a clerk", err, errs.Invalid)
		_, err = h.Propose(sec, 21, auth.AudAdmin, "x")
		kind(t, "two of the three", err, errs.Invalid)

		g, err := h.Propose(sec, 26, auth.Source, "统计局函〔2017〕3号")
		if err != nil || g.State != Proposed {
			t.Fatalf("%+v %v", g, err)
		}
		_, err = h.Propose(sec, 26, auth.Source, "again")
		kind(t, "proposed twice", err, errs.Conflict)
		roles := func(p int64) (out []auth.Role) {
			list, err := h.Accounts(aud)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				if a.PersonID == p {
					return a.Roles
				}
			}
			return nil
		}
		if slices.Contains(roles(26), auth.Source) {
			t.Error("the role is held before it is confirmed")
		}
		kind(t, "confirmed by the system administrator", h.Decide(h.as(21), g.ID, true, "", 1), errs.Forbidden)
		kind(t, "confirmed by the proposer", h.Decide(sec, g.ID, true, "", 1), errs.Forbidden)
		both := auth.With(t.Context(), auth.Actor{ID: 22, RegionID: 1, Roles: []auth.Role{auth.SecAdmin, auth.AudAdmin}})
		kind(t, "confirmed by the proposer with two hats", h.Decide(both, g.ID, true, "", 1), errs.Conflict)
		target := auth.With(t.Context(), auth.Actor{ID: 26, RegionID: 1, Roles: []auth.Role{auth.Leader}})
		kind(t, "confirmed by who gets it", h.Decide(target, g.ID, true, "", 1), errs.Conflict)
		elsewhere := auth.With(t.Context(), auth.Actor{ID: 25, RegionID: 2, Roles: []auth.Role{auth.Leader}})
		kind(t, "confirmed from another region", h.Decide(elsewhere, g.ID, true, "", 1), errs.NotFound)
		if list, err := h.Grants(elsewhere); err != nil || len(list) != 0 {
			t.Errorf("another region sees %v %v", list, err)
		}
		kind(t, "an old version", h.Decide(aud, g.ID, true, "", 2), errs.Conflict)
		kind(t, "refused without a reason", h.Decide(aud, g.ID, false, "", 1), errs.Invalid)
		if err := h.Decide(aud, g.ID, true, "", 1); err != nil {
			t.Fatal(err)
		}
		kind(t, "decided twice", h.Decide(leader, g.ID, false, "晚了", 2), errs.Conflict)
		if !slices.Contains(roles(26), auth.Source) {
			t.Error("confirmed, but not held")
		}
		if g, err = h.Propose(sec, 24, auth.Appraiser, "调任"); err != nil {
			t.Fatal(err)
		}
		if err := h.Decide(leader, g.ID, false, "没有文件", 1); err != nil || slices.Contains(roles(24), auth.Appraiser) {
			t.Errorf("refused, but held; %v", err)
		}
		kind(t, "to take the last of the three", h.Revoke(sec, 23, auth.AudAdmin, "x"), errs.Conflict)
		kind(t, "to take what is not held", h.Revoke(sec, 24, auth.Head, "x"), errs.Conflict)
		if err := h.Revoke(sec, 26, auth.Source, "调离"); err != nil || slices.Contains(roles(26), auth.Source) {
			t.Errorf("taken, but held; %v", err)
		}
		// A person without roles may become an administrator: the wall is between roles, not people.
		if err := h.Revoke(sec, 26, auth.Clerk, "调离"); err != nil {
			t.Fatal(err)
		}
		if g, err = h.Propose(sec, 26, auth.AudAdmin, "新任"); err != nil {
			t.Fatal(err)
		}
		if err := h.Decide(aud, g.ID, true, "", 1); err != nil || !slices.Contains(roles(26), auth.AudAdmin) {
			t.Errorf("%v", err)
		}
		if err := h.Revoke(sec, 23, auth.AudAdmin, "卸任"); err != nil {
			t.Error(err)
		}
		list, err := h.Grants(aud)
		if err != nil || len(list) != 7 || list[0].State != Revoked || list[6].State != Direct {
			t.Errorf("%d grants, %v", len(list), err)
		}
		if n := len(h.entries(audit.ActGrant)); n != 10 {
			t.Errorf("%d grants in the audit log", n)
		}
	})
}

// TestSchemaRefuses: reliability 14 and 16, by SQL alone.
func TestSchemaRefuses(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		ctx := t.Context()
		for what, tt := range map[string]struct {
			stmt *sqldb.Stmt
			args []any
		}{
			"a second of the three":             {testRole, []any{int64(1), int64(21), "audadmin", "admin"}},
			"business for an administrator":     {testRole, []any{int64(1), int64(21), "clerk", "business"}},
			"business dressed as administrator": {testRole, []any{int64(1), int64(21), "clerk", "admin"}},
			"administrator dressed as business": {testRole, []any{int64(1), int64(24), "sysadmin", "business"}},
			"administrator for a clerk":         {testRole, []any{int64(1), int64(24), "sysadmin", "admin"}},
			"no such role":                      {testRole, []any{int64(1), int64(24), "emperor", "business"}},
			"no account":                        {testRole, []any{int64(1), int64(77), "clerk", "business"}},
			"a clerk's class changed":           {testClass, []any{int64(1), int64(24), "admin"}},
			"confirmed by the proposer":         {testGrant, []any{int64(1), int64(26), int64(22), int64(22)}},
			"confirmed by who gets it":          {testGrant, []any{int64(1), int64(26), int64(22), int64(26)}},
			"proposed for oneself":              {testGrant, []any{int64(1), int64(22), int64(22), int64(23)}},
			"confirmed by nobody":               {testGrant, []any{int64(1), int64(26), int64(22), int64(0)}},
		} {
			if err := h.db.Update(ctx, func(tx *sqldb.Tx) error { _, err := tx.Exec(ctx, tt.stmt, tt.args...); return err }); err == nil {
				t.Errorf("the schema admits: %s", what)
			}
		}
		ok := h.db.Update(ctx, func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(ctx, testRole, int64(1), int64(24), "head", "business"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, testGrant, int64(1), int64(26), int64(22), int64(23))
			return err
		})
		if ok != nil {
			t.Error(ok)
		}
	})
}

// TestCreateRefuses: the seed passes the same rules as people do.
func TestCreateRefuses(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		ctx := t.Context()
		if err := h.db.Update(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, testPerson, int64(1), int64(30), "新来的", int64(10))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		create := func(person int64, login, password string, roles ...auth.Role) error {
			return h.db.Update(ctx, func(tx *sqldb.Tx) error { return h.Create(ctx, tx, 1, person, login, password, roles...) })
		}
		kind(t, "weak", create(30, "xinlai", "123456"), errs.Invalid)
		kind(t, "two of the three", create(30, "xinlai", good, auth.SysAdmin, auth.SecAdmin), errs.Invalid)
		kind(t, "both sides", create(30, "xinlai", good, auth.Clerk, auth.SecAdmin), errs.Invalid)
		kind(t, "no such person", create(31, "xinlai", good), errs.NotFound)
		kind(t, "name taken", create(30, "zhou", good), errs.Conflict)
		if err := create(30, "xinlai", good, auth.Clerk, auth.Head); err != nil {
			t.Error(err)
		}
	})
}

// TestFactor: reliability 6, a code works once, within one step of 30 seconds.
func TestFactor(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		ctx, me := t.Context(), h.as(22)
		code := func(secret string, d time.Duration) string {
			c, err := totp.GenerateCode(secret, h.real.Now().Add(d))
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		in := func(code string) error {
			_, err := h.Login(ctx, "anquan", good, code, "10.0.0.1", "")
			return err
		}
		kind(t, "to confirm nothing", h.ConfirmFactor(me, "123456", "10.0.0.1"), errs.NotFound)
		if err := h.BeginFactor(me); err != nil {
			t.Fatal(err)
		}
		f, ok, err := h.OwnFactor(me)
		if err != nil || !ok || f.Confirmed || !strings.Contains(f.URL, f.Secret) || len(f.PNG) < 100 {
			t.Fatalf("%+v %v", f, err)
		}
		if err := in(""); err != nil {
			t.Errorf("asked for before it is confirmed: %v", err)
		}
		kind(t, "a wrong first code", h.ConfirmFactor(me, code(f.Secret, time.Hour), "10.0.0.1"), errs.Invalid)
		first := code(f.Secret, 0)
		if err := h.ConfirmFactor(me, first, "10.0.0.1"); err != nil {
			t.Fatal(err)
		}
		if g, _, _ := h.OwnFactor(me); !g.Confirmed || g.Secret != "" || g.PNG != nil {
			t.Error("the secret is shown after it was confirmed")
		}
		kind(t, "a second secret over the first", h.BeginFactor(me), errs.Conflict)
		kind(t, "no code", in(""), errs.Invalid)
		kind(t, "a code used before", in(first), errs.Invalid)
		h.pass(stepTime * time.Second)
		now := code(f.Secret, 0)
		if err := in(now[:3] + " " + now[3:]); err != nil {
			t.Errorf("right code: %v", err)
		}
		kind(t, "replayed", in(now), errs.Invalid)
		other := New(h.db, id.New(h.real, 2), h.log, town{}, h.opt)
		_, err = other.Login(ctx, "anquan", good, now, "10.0.0.2", "")
		kind(t, "replayed on a second node", err, errs.Invalid)
		h.pass(2 * time.Minute)
		kind(t, "two steps old", in(code(f.Secret, -2*stepTime*time.Second)), errs.Invalid)
		if err := in(code(f.Secret, -stepTime*time.Second)); err != nil {
			t.Errorf("one step old: %v", err)
		}
		if err := in(code(f.Secret, stepTime*time.Second)); err != nil {
			t.Errorf("one step early: %v", err)
		}
		h.pass(2 * time.Minute)
		kind(t, "confirmed twice", h.ConfirmFactor(me, code(f.Secret, 0), "10.0.0.1"), errs.Invalid)
		kind(t, "dropped with a wrong code", h.DropFactor(me, "000000", "10.0.0.1"), errs.Invalid)
		if err := h.DropFactor(me, code(f.Secret, 0), "10.0.0.1"); err != nil {
			t.Fatal(err)
		}
		if err := in(""); err != nil {
			t.Errorf("asked for after it was dropped: %v", err)
		}
		// Codes cannot be guessed in an open session.
		if err := h.BeginFactor(me); err != nil {
			t.Fatal(err)
		}
		for range Tries {
			h.ConfirmFactor(me, "000000", "10.0.0.1")
		}
		f, _, _ = h.OwnFactor(me)
		kind(t, "the sixth guess", h.ConfirmFactor(me, code(f.Secret, 0), "10.0.0.1"), errs.TooMany)
		h.pass(TryTime)
		if err := h.ConfirmFactor(me, code(f.Secret, 0), "10.0.0.1"); err != nil {
			t.Fatal(err)
		}
		// A reset at the machine helps whoever has lost the telephone.
		first, err = h.ResetAtMachine(ctx, "anquan")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Login(ctx, "anquan", first, "", "10.0.0.1", ""); err != nil {
			t.Error(err)
		}
	})
}

// TestChangedUnderTheLogin: what happens to an account while its password is being looked at is not undone by the log-in, and does not let it in. The first
// writer's secret came back, and a session that outlived the end of all sessions.
func TestChangedUnderTheLogin(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		ctx := t.Context()
		during := func(act func()) {
			once := true
			h.work = func() {
				if once {
					once = false
					act()
				}
			}
		}
		var fresh string
		during(func() {
			var err error
			if fresh, err = h.Reset(h.as(21), 24); err != nil {
				t.Error(err)
			}
		})
		token, err := h.Login(ctx, logins[24], good, "", "10.0.0.1", "browser")
		kind(t, "a log-in with the password of before", err, errs.Conflict)
		if token != "" {
			t.Error("the log-in was let in")
		}
		h.work = func() {}
		if _, err := h.Login(ctx, logins[24], good, "", "10.0.0.1", "browser"); errs.KindOf(err) != errs.Invalid {
			t.Errorf("the old password is good again: %v", err)
		}
		if token, err = h.Login(ctx, logins[24], fresh, "", "10.0.0.1", "browser"); err != nil {
			t.Fatalf("the new password: %v", err)
		}

		during(func() {
			var err error
			if fresh, err = h.Reset(h.as(21), 24); err != nil {
				t.Error(err)
			}
		})
		_, err = h.ChangePassword(h.as(24), fresh, "Shan-Hai 9 qi", "10.0.0.1", "browser")
		if err == nil {
			t.Error("a reset was overwritten by a change that began before it")
		}
		h.work = func() {}

		during(func() {
			if err := h.SetDisabled(h.as(21), 25, true, 1); err != nil {
				t.Error(err)
			}
		})
		_, err = h.Login(ctx, logins[25], good, "", "10.0.0.1", "browser")
		kind(t, "a log-in to an account that is being closed", err, errs.Conflict)
		h.work = func() {}
		if h.alive(token) {
			t.Error("the session of before the reset lives")
		}
	})
}

// TestLastAdministratorsCloseEachOther: at once, and one of them stays.
func TestLastAdministratorsCloseEachOther(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		ctx := t.Context()
		if err := h.db.Update(ctx, func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(ctx, testPerson, int64(1), int64(31), "第二人", int64(10)); err != nil {
				return err
			}
			return h.Create(ctx, tx, 1, 31, "xitong2", good, auth.SysAdmin)
		}); err != nil {
			t.Fatal(err)
		}
		second := auth.With(ctx, auth.Actor{ID: 31, RegionID: 1, Roles: []auth.Role{auth.SysAdmin}})
		version := map[int64]int64{}
		for range 10 {
			list, err := h.Accounts(h.as(22))
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				version[a.PersonID] = a.Version
				if a.Disabled {
					by := second
					if a.PersonID == 31 {
						by = h.as(21)
					}
					if err := h.SetDisabled(by, a.PersonID, false, a.Version); err != nil {
						t.Fatal(err)
					}
					version[a.PersonID]++
				}
			}
			var wg sync.WaitGroup
			var failed [2]error
			wg.Go(func() { failed[0] = h.SetDisabled(h.as(21), 31, true, version[31]) })
			wg.Go(func() { failed[1] = h.SetDisabled(second, 21, true, version[21]) })
			wg.Wait()
			if failed[0] == nil && failed[1] == nil {
				t.Fatal("the two system administrators closed each other: nobody can open an account again")
			}
		}
	})
}

// TestTriesAreForgotten: guessing at a thousand names leaves nothing behind for ever, and a lock is not forgotten before it ends.
func TestTriesAreForgotten(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.staff()
		ctx := t.Context()
		left := func() (n int) {
			h.db.View(ctx, func(tx *sqldb.Tx) error {
				list, err := sqldb.All(ctx, tx, testTries, sqldb.Text)
				n = len(list)
				return err
			})
			return n
		}
		for _, name := range []string{"nobody1", "nobody2", logins[24], logins[24], logins[24], logins[24], logins[24]} {
			h.Login(ctx, name, "wrong", "", "10.0.0.9", "browser")
		}
		h.pass(TryTime - time.Second)
		if err := h.ForgetTries(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Login(ctx, logins[24], good, "", "10.0.0.9", "browser"); errs.KindOf(err) != errs.TooMany {
			t.Errorf("the lock was forgotten: %v", err)
		}
		if n := left(); n != 3 {
			t.Errorf("%d tries noted, want 3", n)
		}
		h.pass(3 * TryTime)
		if err := h.ForgetTries(ctx); err != nil {
			t.Fatal(err)
		}
		if n := left(); n != 0 {
			t.Errorf("%d tries are kept for ever", n)
		}
	})
}
