package sqldb_test

import (
	"errors"
	"testing"
	"time"

	"duban/internal/base/sqldb"
)

type word string

var (
	kindsProbe  = sqldb.SQL("probe.kinds", `SELECT 7, 'x', TRUE, NULL, 9, 'y', CAST('z' AS BLOB), 0.5, NULL, 8, COUNT(*) FROM probe_row WHERE region_id = $1`)
	wordsProbe  = sqldb.SQL("probe.words", `SELECT body FROM probe_row WHERE region_id = $1 AND id >= $2 ORDER BY id`)
	badProbe    = sqldb.SQL("probe.bad", `SELECT body, NULL FROM probe_row WHERE region_id = $1`)
	renameProbe = sqldb.SQL("probe.rename", `UPDATE probe_row SET body = $3 WHERE region_id = $1 AND id = $2`)
	probes      = sqldb.Watching("probe_row")
)

func put(t *testing.T, db *sqldb.DB, s *sqldb.Stmt, id int64, body string) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(t.Context(), s, 1, id, body); return err }); err != nil {
		t.Fatal(err)
	}
}

// TestReaderScans holds a reader to what database/sql does with a value, a statement that is asked again while its rows are read, and a transaction that
// only reads to reading.
func TestReaderScans(t *testing.T) {
	db := open(t)
	for i, s := range []string{"甲", "乙", "丙"} {
		put(t, db, insertProbe, int64(i), s)
	}
	err := db.View(t.Context(), func(tx *sqldb.Tx) error {
		_, err := sqldb.One(t.Context(), tx, kindsProbe, func(s sqldb.Scanner) (bool, error) {
			var n, count int64
			var small int
			var b bool
			var none, some *int64
			var w word
			var bytes []byte
			var f float64
			var any any
			x := ""
			if err := s.Scan(&n, &x, &b, &none, &some, &w, &bytes, &f, &any, &small, &count); err != nil {
				return false, err
			}
			if n != 7 || x != "x" || !b || none != nil || *some != 9 || w != "y" || string(bytes) != "z" || f != 0.5 || any != nil || small != 8 || count != 3 {
				t.Error(n, x, b, none, *some, w, string(bytes), f, any, small, count)
			}
			return true, nil
		}, 1)
		if err != nil {
			return err
		}
		got := ""
		if err := sqldb.Each(t.Context(), tx, wordsProbe, sqldb.Text, func(s string) error {
			got += s
			inner, err := sqldb.All(t.Context(), tx, wordsProbe, sqldb.Text, 1, 2)
			for _, x := range inner {
				got += x
			}
			return err
		}, 1, 0); err != nil {
			return err
		}
		if got != "甲丙乙丙丙丙" {
			t.Errorf("nested: %s", got)
		}
		if _, err := sqldb.All(t.Context(), tx, badProbe, func(s sqldb.Scanner) (string, error) { var a, b string; return a, s.Scan(&a, &b) }, 1); err == nil {
			t.Error("NULL went into a string")
		}
		if _, err := tx.Exec(t.Context(), renameProbe, 1, 1, "x"); err == nil {
			t.Error("a View wrote")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() { recover() }()
		db.View(t.Context(), func(tx *sqldb.Tx) error {
			return sqldb.Each(t.Context(), tx, wordsProbe, sqldb.Text, func(string) error { panic("boom") }, 1, 0)
		})
	}()
	if n := count(t, db); n != 3 {
		t.Errorf("after a panic: %d rows", n)
	}
}

// TestMemo: what is remembered stands until a writer of this process commits a change to its tables, or a second has passed; a writer that fails ends nothing;
// who writes reads for himself, and what a reader saw before a commit is not taken for what stands after it.
func TestMemo(t *testing.T) {
	db := open(t)
	put(t, db, insertProbe, 1, "甲")
	m := sqldb.Memo[int64, []string]{Watch: probes}
	loads := 0
	get := func(tx *sqldb.Tx) string {
		v, err := m.Get(tx, 1, func() ([]string, error) {
			loads++
			return sqldb.All(t.Context(), tx, wordsProbe, sqldb.Text, 1, 0)
		})
		if err != nil {
			t.Fatal(err)
		}
		return v[0]
	}
	look := func() (s string) {
		db.View(t.Context(), func(tx *sqldb.Tx) error { s = get(tx); return nil })
		return s
	}
	look()
	if s := look(); s != "甲" || loads != 1 {
		t.Fatalf("%s after %d loads, want 1", s, loads)
	}
	put(t, db, renameProbe, 1, "乙")
	if s := look(); s != "乙" || loads != 2 {
		t.Fatalf("%s after a change, %d loads", s, loads)
	}
	boom := errors.New("boom")
	if err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(t.Context(), renameProbe, 1, 1, "丙"); err != nil {
			return err
		}
		if s := get(tx); s != "丙" {
			t.Errorf("the writer reads %s", s)
		}
		return boom
	}); err != boom {
		t.Fatal(err)
	}
	if s := look(); s != "乙" || loads != 3 { // the third was the writer's own
		t.Fatalf("%s after a change that failed, %d loads", s, loads)
	}
	old, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		db.View(t.Context(), func(tx *sqldb.Tx) error {
			sqldb.All(t.Context(), tx, wordsProbe, sqldb.Text, 1, 0) // its instant begins
			old <- struct{}{}
			<-old
			if s := get(tx); s != "乙" {
				t.Errorf("the old reader sees %s", s)
			}
			return nil
		})
	}()
	<-old
	put(t, db, renameProbe, 1, "丁")
	old <- struct{}{}
	<-done
	if s := look(); s != "丁" {
		t.Errorf("%s: an old reader's answer is taken for what stands", s)
	}
	n := loads
	time.Sleep(sqldb.Glance)
	if look(); loads != n+1 {
		t.Errorf("after a second %d loads, want %d", loads, n+1)
	}
}
