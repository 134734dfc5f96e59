package audit

import (
	"context"
	"strings"
	"testing"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
)

func as(region, person int64, roles ...auth.Role) context.Context {
	return WithSource(auth.With(context.Background(), auth.Actor{ID: person, RegionID: region, Roles: roles}), "10.0.0.7")
}

func TestLog(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		l := New(db, id.New(c, 1))
		clerk, admin := as(1, 5, auth.Clerk), as(1, 6, auth.AudAdmin)
		if err := db.Update(clerk, func(tx *sqldb.Tx) error { return l.Append(clerk, tx, Entry{Act: ActExport, Object: "campaign.report"}) }); err != nil {
			t.Fatal(err)
		}
		lost := errs.New(errs.Conflict, "")
		if err := db.Update(clerk, func(tx *sqldb.Tx) error { l.Append(clerk, tx, Entry{Act: ActUnmask}); return lost }); err != lost {
			t.Fatal(err)
		}
		l.Note(clerk, Entry{Act: ActRead, Object: "evil\n2017 \u202egrant", Result: "no"})
		l.Note(WithSource(context.Background(), "10.0.0.9"), Entry{Act: ActLogin, Result: "wrong"})
		l.Note(as(2, 9, auth.Clerk), Entry{Act: ActRead})
		if err := l.Flush(admin); err != nil {
			t.Fatal(err)
		}
		list, more, err := l.Entries(admin, Query{})
		if err != nil || more || len(list) != 3 {
			t.Fatalf("%d entries, more %v, %v", len(list), more, err)
		}
		if list[0].Act != ActLogin || list[0].Source != "10.0.0.9" || list[1].Act != ActRead || list[2].Act != ActExport {
			t.Errorf("order: %+v", list)
		}
		if e := list[2]; e.PersonID != 5 || e.RegionID != 1 || e.Source != "10.0.0.7" || e.Result != "ok" || !e.At.Equal(c.Now()) {
			t.Errorf("not filled in from the context: %+v", e)
		}
		if strings.ContainsAny(list[1].Object, "\n\u202e") {
			t.Errorf("%q can forge a line", list[1].Object)
		}
		if list, more, err = l.Entries(admin, Query{Act: ActExport, PersonID: 5, From: "2017-03-01", To: "2017-03-01", Limit: 1}); err != nil || more || len(list) != 1 {
			t.Errorf("filtered: %v %v %v", list, more, err)
		}
		if list, more, _ = l.Entries(admin, Query{Limit: 2}); len(list) != 2 || !more {
			t.Errorf("page: %d, more %v", len(list), more)
		}
		if list, _, _ = l.Entries(admin, Query{From: "2017-03-02"}); len(list) != 0 {
			t.Errorf("tomorrow has %d entries", len(list))
		}
		if list, _, _ = l.Entries(admin, Query{Failed: true}); len(list) != 2 {
			t.Errorf("failed: %d", len(list))
		}
		if _, _, err := l.Entries(admin, Query{From: "3月1日"}); errs.KindOf(err) != errs.Invalid {
			t.Error(err)
		}
		for _, r := range []auth.Role{auth.Leader, auth.Auditor, auth.SysAdmin, auth.SecAdmin} {
			if _, _, err := l.Entries(as(1, 7, r), Query{}); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s reads the log: %v", r, err)
			}
		}
		if err := l.Flush(admin); err != nil {
			t.Fatal(err)
		}
		if list, _, _ = l.Entries(admin, Query{PersonID: 6, Act: ActRead}); len(list) != 5 {
			t.Errorf("to read the log leaves a trace: %d of 5", len(list))
		}
	})
}

// TestNothingIsChanged: reliability 26, no statement changes or deletes an entry.
func TestNothingIsChanged(t *testing.T) {
	for _, s := range sqldb.Statements() {
		if strings.HasPrefix(s.Name, "audit.") && !strings.HasPrefix(s.Text(), "INSERT INTO") && !strings.HasPrefix(s.Text(), "SELECT") {
			t.Errorf("%s changes the log", s.Name)
		}
	}
}

// TestFlushFails: what could not be written waits for the next flush, in order.
func TestFlushFails(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		l := New(db, id.New(c, 1))
		l.Note(as(1, 5), Entry{Act: "a"})
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		if l.Flush(gone) == nil {
			t.Fatal("flushed under an ended context")
		}
		l.Note(as(1, 5), Entry{Act: "b"})
		if err := l.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		list, _, err := l.Entries(as(1, 6, auth.AudAdmin), Query{})
		if err != nil || len(list) != 2 || list[0].Act != "b" || list[1].Act != "a" {
			t.Errorf("%v %v", list, err)
		}
	})
}
