package sqldb_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
)

var (
	insertKinds = sqldb.SQL("kinds.insert", `
INSERT INTO kinds_row (region_id, id, n, opt, flag, word, body) VALUES ($1, $2, $4, $5, $3, $6, $7)`)
	selectKinds = sqldb.SQL("kinds.select", `SELECT id, n, opt, flag, word, body FROM kinds_row WHERE region_id = $1 ORDER BY id`)
	oneKinds    = sqldb.SQL("kinds.one", `SELECT id, n, opt, flag, word, body FROM kinds_row WHERE region_id = $1 AND id = $2`)
	endless     = sqldb.SQL("kinds.endless", `
WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT COUNT(*) FROM c WHERE x < 0`)
)

type (
	size  int64
	shade string
)

type kinds struct {
	ID   int64
	N    size
	Opt  *size
	Flag bool
	Word shade
	Body []byte
}

func scanKinds(s sqldb.Scanner) (k kinds, err error) {
	return k, s.Scan(&k.ID, &k.N, &k.Opt, &k.Flag, &k.Word, &k.Body)
}

// openKinds opens a database of the engine with one table of every type of column.
func openKinds(t *testing.T, dsn string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), dsn, period.System{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	const ddl = "CREATE TABLE kinds_row (\n\tregion_id BIGINT NOT NULL,\n\tid BIGINT NOT NULL,\n\tn BIGINT NOT NULL,\n\topt BIGINT,\n\tflag BOOLEAN NOT NULL,\n\tword TEXT NOT NULL,\n\tbody BYTEA,\n\tPRIMARY KEY (region_id, id)\n);\n"
	if err := db.Migrate(t.Context(), fstest.MapFS{"0001.sql": {Data: []byte(ddl)}}); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestValues writes and reads values of every type, the empty, the absent and the very long among them, with parameters out of their
// order, and reads rows while others are read.
func TestValues(t *testing.T) {
	db := openKinds(t, "sqlite:"+filepath.Join(t.TempDir(), "k.db"))
	seven := size(-7)
	long := strings.Repeat("长", 50_000) // more than the connection's buffer holds
	rows := []kinds{
		{1, 0, nil, false, "", nil},
		{2, 1<<62 + 1, &seven, true, "甲\x00乙'\"", []byte{0, 1, 255}},
		{3, -1, nil, true, shade(long), bytes.Repeat([]byte{7}, 200_000)},
		{4, 5, new(size), false, shade(long), []byte("x")},
	}
	if err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
		for _, k := range rows {
			if n, err := tx.Exec(t.Context(), insertKinds, 1, k.ID, k.Flag, k.N, k.Opt, k.Word, k.Body); err != nil || n != 1 {
				return errors.Join(err, errors.New("not one row"))
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.View(t.Context(), func(tx *sqldb.Tx) error {
		i := 0
		err := sqldb.Each(t.Context(), tx, selectKinds, scanKinds, func(k kinds) error {
			if !reflect.DeepEqual(k, rows[i]) {
				t.Errorf("row %d came back as %.200v", i, k)
			}
			i++
			inner, err := sqldb.All(t.Context(), tx, selectKinds, scanKinds, 1) // the same statement inside itself
			if err != nil || !reflect.DeepEqual(inner, rows) {
				t.Errorf("inside: %d rows, %v", len(inner), err)
			}
			again, err := sqldb.One(t.Context(), tx, oneKinds, scanKinds, 1, k.ID)
			if err != nil || !reflect.DeepEqual(again, k) {
				t.Errorf("one: %v", err)
			}
			return nil
		}, 1)
		if i != len(rows) {
			t.Errorf("%d rows", i)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	db.View(t.Context(), func(tx *sqldb.Tx) error {
		_, err := sqldb.One(t.Context(), tx, oneKinds, scanKinds, 1, 99)
		if errs.KindOf(err) != errs.NotFound {
			t.Errorf("no row: %v", err)
		}
		_, err = sqldb.One(t.Context(), tx, oneKinds, func(s sqldb.Scanner) (n int64, err error) {
			return n, s.Scan(&n, &n, &n, new(bool), new(string), new([]byte))
		}, 1, 1)
		if err == nil {
			t.Error("a NULL was read into a number")
		}
		if _, err := sqldb.All(t.Context(), tx, selectKinds, scanKinds); err == nil {
			t.Error("a parameter too few was accepted")
		}
		if _, err := tx.Exec(t.Context(), insertKinds, 1, 9, false, 1, nil, "x", nil); err == nil {
			t.Error("a reader has written")
		}
		boom := errors.New("boom")
		if err := sqldb.Each(t.Context(), tx, selectKinds, scanKinds, func(kinds) error { return boom }, 1); err != boom {
			t.Errorf("what the caller said came back as %v", err)
		}
		return nil
	})
}

// TestReaderGoesAway: a reader whose request is cancelled does not compute on, and its connection serves the next.
func TestReaderGoesAway(t *testing.T) {
	db := openKinds(t, "sqlite:"+filepath.Join(t.TempDir(), "k.db"))
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err := db.View(ctx, func(tx *sqldb.Tx) error {
			_, err := sqldb.One(ctx, tx, endless, sqldb.Int64)
			return err
		})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the endless statement ended with %v", err)
		}
		if err := db.View(t.Context(), func(tx *sqldb.Tx) error {
			_, err := sqldb.All(t.Context(), tx, selectKinds, scanKinds, 1)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUseAfterTheEnd: a transaction that has ended writes into nobody else's.
func TestUseAfterTheEnd(t *testing.T) {
	db := openKinds(t, "sqlite:"+filepath.Join(t.TempDir(), "k.db"))
	var kept *sqldb.Tx
	if err := db.Update(t.Context(), func(tx *sqldb.Tx) error { kept = tx; return nil }); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("an ended transaction has written")
		}
	}()
	kept.Exec(t.Context(), insertKinds, 1, 9, false, 1, nil, "x", nil)
}

// TestClosed: whoever comes after the end is told, and does not hang.
func TestClosed(t *testing.T) {
	db := openKinds(t, "sqlite:"+filepath.Join(t.TempDir(), "k.db"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	nothing := func(*sqldb.Tx) error { return nil }
	if db.Update(t.Context(), nothing) == nil || db.View(t.Context(), nothing) == nil {
		t.Error("a closed database has answered")
	}
}
