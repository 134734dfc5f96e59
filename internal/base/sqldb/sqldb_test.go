package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
)

var (
	insertProbe = sqldb.SQL("probe.insert", `INSERT INTO probe_row (region_id, id, body) VALUES ($1, $2, $3)`)
	countProbe  = sqldb.SQL("probe.count", `SELECT COUNT(*) FROM probe_row WHERE region_id = $1`)
	endProbe    = sqldb.SQL("probe.end", `ROLLBACK`)
	listProbe   = sqldb.Select("probe.list", `SELECT id FROM probe_row WHERE region_id = ?`, `ORDER BY id LIMIT ?`, `id > ?`, `body = ?`)
)

func open(t testing.TB) *sqldb.DB {
	db, err := sqldb.Open(context.Background(), "sqlite:"+filepath.Join(t.TempDir(), "t.db"), period.System{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	fsys := fstest.MapFS{"0001.sql": {Data: []byte("CREATE TABLE probe_row (\n\tregion_id BIGINT NOT NULL,\n\tid BIGINT NOT NULL,\n\tbody TEXT NOT NULL,\n\tPRIMARY KEY (region_id, id)\n);\n")}}
	if err := db.Migrate(context.Background(), fsys); err != nil {
		t.Fatal(err)
	}
	return db
}

func count(t testing.TB, db *sqldb.DB) (n int64) {
	err := db.View(context.Background(), func(tx *sqldb.Tx) (err error) {
		n, err = sqldb.One(context.Background(), tx, countProbe, sqldb.Int64, 1)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestGroupCommit has 64 writers at once, every eighth of which fails after it wrote: its rows, and only its rows, are gone.
func TestGroupCommit(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	boom := errors.New("boom")
	var wg sync.WaitGroup
	for w := range 64 {
		wg.Go(func() {
			for i := range 20 {
				id := int64(w*100 + i)
				fired := false
				err := db.Update(ctx, func(tx *sqldb.Tx) error {
					tx.AfterCommit(func() { fired = true })
					if _, err := tx.Exec(ctx, insertProbe, 1, id, "x"); err != nil {
						return err
					}
					if w%8 == 0 {
						return boom
					}
					return nil
				})
				if (w%8 == 0) != errors.Is(err, boom) || fired != (err == nil) {
					t.Errorf("writer %d: %v, after commit %v", w, err, fired)
				}
			}
		})
	}
	wg.Wait()
	if n := count(t, db); n != 56*20 {
		t.Fatalf("%d rows, want %d", n, 56*20)
	}
}

func TestUpdatePanicsInTheCaller(t *testing.T) {
	db := open(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		db.Update(t.Context(), func(tx *sqldb.Tx) error {
			tx.Exec(t.Context(), insertProbe, 1, 1, "x")
			panic("boom")
		})
	}()
	if n := count(t, db); n != 0 {
		t.Fatalf("%d rows of a panicking writer stayed", n)
	}
	if err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), insertProbe, 1, 1, "x")
		return err
	}); err != nil {
		t.Fatalf("the next writer: %v", err)
	}
}

// TestCancelledWriter proves that a caller who gives up does not roll back those who share his commit.
func TestCancelledWriter(t *testing.T) {
	db := open(t)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			err := db.Update(ctx, func(tx *sqldb.Tx) error {
				if i%2 == 0 {
					cancel()
				}
				_, err := tx.Exec(ctx, insertProbe, 1, int64(i), "x")
				return err
			})
			cancel()
			if err != nil {
				t.Error(i, err)
			}
		})
	}
	wg.Wait()
	if n := count(t, db); n != 32 {
		t.Fatalf("%d rows, want 32", n)
	}
}

// TestLostBatchTellsEveryone: when the engine ends the transaction under a writer, as it does on a full disk, everyone who shares the commit
// is refused, those included whose turn had not come yet, and the next writer is served.
func TestLostBatchTellsEveryone(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	write := func(id int64) error {
		return db.Update(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, insertProbe, 1, id, "x")
			return err
		})
	}
	inside, queued := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { // keeps the others waiting, so that they are taken up together
		db.Update(ctx, func(tx *sqldb.Tx) error {
			close(inside)
			<-queued
			return nil
		})
	})
	<-inside
	refused := make(chan error, 8)
	for i := range 8 {
		wg.Go(func() {
			refused <- db.Update(ctx, func(tx *sqldb.Tx) error {
				if _, err := tx.Exec(ctx, insertProbe, 1, int64(i), "x"); err != nil {
					return err
				}
				tx.Exec(ctx, endProbe)
				return nil
			})
		})
	}
	time.Sleep(200 * time.Millisecond) // all eight are in the queue
	close(queued)
	for range 8 {
		select {
		case err := <-refused:
			if err == nil {
				t.Error("a writer was told that it is durable; its transaction was rolled back")
			}
		case <-time.After(20 * time.Second):
			t.Fatal("a writer waits for ever")
		}
	}
	wg.Wait()
	if n := count(t, db); n != 0 {
		t.Errorf("%d rows of a lost batch stayed", n)
	}
	if err := write(100); err != nil {
		t.Errorf("the next writer: %v", err)
	}
}

func TestConflictAndList(t *testing.T) {
	db := open(t)
	ctx, c := sqldb.WithCounter(t.Context())
	for i := range 5 {
		if err := db.Update(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, insertProbe, 1, int64(i), fmt.Sprint(i%2))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	err := db.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, insertProbe, 1, int64(1), "x")
		return err
	})
	if errs.KindOf(err) != errs.Conflict {
		t.Fatalf("got %v, want a conflict", err)
	}
	db.View(ctx, func(tx *sqldb.Tx) error {
		got, err := sqldb.Rows(ctx, tx, listProbe.With(1).And("id > ?", 0).If(true, "body = ?", "1"), sqldb.Int64, 10)
		if err != nil || fmt.Sprint(got) != "[1 3]" {
			t.Errorf("got %v, %v", got, err)
		}
		return nil
	})
	if c.N() != 7 {
		t.Errorf("%d statements counted, want 7: %v", c.N(), c.Names())
	}
}

// TestNewerDatabaseIsRefused: an older program must not write into what it does not understand.
func TestNewerDatabaseIsRefused(t *testing.T) {
	db := open(t)
	if err := db.Migrate(t.Context(), fstest.MapFS{}); err == nil {
		t.Fatal("a database with an unknown migration was accepted")
	}
}

// TestReadersDoNotWaitForEachOther: forty readers at once, each with a statement that nobody has prepared yet, in transactions that
// read twice. A reader that held its connection while it waited for another to prepare on hung the program.
func TestReadersDoNotWaitForEachOther(t *testing.T) {
	db := open(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				if err := db.View(t.Context(), func(tx *sqldb.Tx) error {
					if _, err := sqldb.One(t.Context(), tx, countProbe, sqldb.Int64, 1); err != nil {
						return err
					}
					_, err := sqldb.Rows(t.Context(), tx, listProbe.With(1).And("id > ?", 0), sqldb.Int64, 10)
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("readers wait for each other")
	}
}
