package app

import (
	"slices"
	"testing"

	"duban/internal/app/house"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/ledger"
	"duban/internal/web/ledgerweb"
)

// TestLedgerReadsChinese: of whatever the demonstration's year has sealed, the page of an entry shows every field and every choice in Chinese.
func TestLedgerReadsChinese(t *testing.T) {
	h, err := house.Open(t.Context(), house.Options{DSN: "sqlite:" + copyOfPlayed(t), Clock: period.System{}})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	regions, err := h.Org.Regions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	said, n := map[string]bool{}, 0
	err = h.DB.View(t.Context(), func(tx *sqldb.Tx) error {
		for before := int64(0); ; {
			list, err := ledger.Entries(t.Context(), tx, regions[0].ID, ledger.Filter{Before: before, Limit: 500})
			if err != nil || len(list) == 0 {
				return err
			}
			for _, e := range list {
				n++
				for _, x := range ledgerweb.Unnamed(e) {
					said[x] = true
				}
			}
			before = list[len(list)-1].Seq
		}
	})
	if err != nil || n < 1000 {
		t.Fatalf("%d entries were read (%v)", n, err)
	}
	var out []string
	for x := range said {
		out = append(out, x)
	}
	slices.Sort(out)
	for _, x := range out {
		t.Errorf("no Chinese for %s", x)
	}
}
