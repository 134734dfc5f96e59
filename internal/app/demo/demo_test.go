package demo

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"duban/internal/app/house"
	"duban/internal/base/period"
	"duban/internal/spine/account"
	"duban/internal/spine/ledger"
)

// TestPlay plays the whole year and holds the result to what the demonstration must show.
func TestPlay(t *testing.T) {
	ctx := t.Context()
	clock := period.At(time.Date(2017, 1, 4, 9, 0, 0, 0, period.Beijing))
	file := filepath.Join(t.TempDir(), "demo.db")
	if keep := os.Getenv("DUBAN_KEEP_DEMO"); keep != "" {
		file = keep
	}
	h, err := house.Open(ctx, house.Options{DSN: "sqlite:" + file, Clock: clock, Params: Cheap})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	began := time.Now()
	if err := Play(ctx, h, clock, 1, t.Logf); err != nil {
		t.Fatal(err)
	}
	t.Logf("played in %v", time.Since(began))
	report, err := ledger.Verify(ctx, h.DB)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Error(f)
	}
	t.Log(report)
}

var _ = account.Params{}
