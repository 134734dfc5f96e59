package ledger

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/migrations"
)

// BenchmarkReport measures one durable act with its ledger entry against the bare commit of the same two rows, without the
// row of the head that a ledger cannot do without. The first must reach 0.8 of the second.
func BenchmarkReport(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		dsn := "sqlite:" + filepath.Join(b.TempDir(), "b.db")
		if engine == "postgres" {
			if dsn = os.Getenv("DUBAN_BENCH_POSTGRES"); dsn == "" { // an empty database of its own
				continue
			}
		}
		db, err := sqldb.Open(b.Context(), dsn, period.System{})
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		if err := db.Migrate(b.Context(), migrations.FS); err != nil {
			b.Fatal(err)
		}
		id := int64(0)
		row := func(ctx context.Context, tx *sqldb.Tx) (unit, error) {
			id++
			u := unit{id, "第" + strings.Repeat("x", int(id%7)) + ref.Ref{Kind: "u", ID: id}.String(), id}
			_, err := tx.Exec(ctx, testInsertUnit, int64(7), u.ID, u.Name, u.Sort)
			return u, err
		}
		run := func(b *testing.B, fn func(ctx context.Context, tx *sqldb.Tx) error) {
			for b.Loop() {
				if err := db.Update(b.Context(), func(tx *sqldb.Tx) error { return fn(b.Context(), tx) }); err != nil {
					b.Fatal(err)
				}
			}
		}
		text := strings.Repeat("x", 300)
		bare := int64(1 << 40)
		b.Run(engine+"/bare", func(b *testing.B) {
			run(b, func(ctx context.Context, tx *sqldb.Tx) error {
				u, err := row(ctx, tx)
				if err != nil {
					return err
				}
				bare++
				_, err = tx.Exec(ctx, insertEntry, int64(6), bare, int64(0), unitKind, u.ID, "open", text, make([]byte, 64))
				return err
			})
		})
		b.Run(engine+"/ledger", func(b *testing.B) {
			run(b, func(ctx context.Context, tx *sqldb.Tx) error {
				u, err := row(ctx, tx)
				if err != nil {
					return err
				}
				return Append(ctx, tx, clerk, ref.Ref{Kind: unitKind, ID: u.ID}, "open", Row(u))
			})
		})
	}
}
