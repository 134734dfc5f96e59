package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/area/appraisal"
	"duban/internal/area/appraisal/score"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/migrations"
)

// roundDistrict has 100 units of 60 tasks each, with the accounts of a quarter.
var roundDistrict = size{Units: 100, Campaigns: 12, Items: 6_000, Months: 3}

// BenchmarkRound takes one district's quarter from the database to the published ranking, on both engines: open, collect and compute, confirm,
// review, announce, approve, publish. Each step is a transaction of its own with its permission, its ledger entry and its facts; the working
// days between them are the clock's and cost nothing. s/round is held against 1.
func BenchmarkRound(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			var d *district
			if engine == "sqlite" {
				d = open(b, roundDistrict)
			} else if dsn := sqldbtest.DSNs(b)[engine]; dsn == "" {
				b.Skip("DUBAN_TEST_POSTGRES is not set")
			} else {
				d = seedAt(b, dsn, roundDistrict)
			}
			text, _ := score.PackText("jiaocheng-quarterly")
			var all []time.Duration
			units := 0
			b.ResetTimer()
			for n := range b.N {
				d.Clock.SetDay(today)
				x := d.scheme(b, strings.Replace(string(text), "jiaocheng-quarterly", fmt.Sprintf("bench-%d", n), 1))
				at := time.Now()
				r := d.round(b, x)
				all = append(all, time.Since(at))
				v, err := d.Appraisal.Show(d.office(b.Context(), 0), r.ID)
				if err != nil || r.State != appraisal.Published || len(v.Boards) == 0 {
					b.Fatal(r.State, err)
				}
				units = 0
				for _, g := range v.Boards {
					units += len(g.Lines)
				}
			}
			if units != roundDistrict.Units {
				b.Fatalf("%d units were appraised", units)
			}
			slices.Sort(all)
			b.ReportMetric(all[len(all)/2].Seconds(), "s/round") // the median
			b.ReportMetric(all[0].Seconds(), "s-fastest")
			b.ReportMetric(all[len(all)-1].Seconds(), "s-slowest")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// TestRound plays the benchmark's round once: nobody runs a benchmark often enough to notice that its way has been closed.
func TestRound(t *testing.T) {
	d := open(t, size{Units: 70, Campaigns: 2, Items: 210, Months: 3})
	d.Clock.SetDay(today)
	text, _ := score.PackText("jiaocheng-quarterly")
	if r := d.round(t, d.scheme(t, string(text))); r.State != appraisal.Published {
		t.Error(r.State)
	}
}

// seedAt opens a migrated database and seeds it.
func seedAt(tb testing.TB, dsn string, s size) *district {
	tb.Helper()
	db, err := sqldb.Open(tb.Context(), dsn, period.At(time.Date(2017, 1, 4, 9, 0, 0, 0, period.Beijing)))
	if err == nil {
		if err = db.Migrate(tb.Context(), migrations.FS); err == nil {
			err = seed(tb.Context(), db, s)
		}
		db.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return house1(tb, dsn)
}

// office is somebody of the appraisal office, one of several.
func (d *district) office(ctx context.Context, n int) context.Context {
	return d.as(ctx, d.Clerks[50+n], d.Units[50+n], auth.Appraiser)
}

func (d *district) scheme(b testing.TB, text string) appraisal.Scheme {
	x, err := d.Appraisal.SaveScheme(d.office(b.Context(), 0), fmt.Sprintf("bench-scheme-%d", time.Now().UnixNano()), appraisal.Scheme{Text: text})
	if err == nil {
		x, err = d.Appraisal.Freeze(d.as(b.Context(), d.Leader, d.Units[0], auth.Leader), fmt.Sprintf("bench-freeze-%d", time.Now().UnixNano()), x.ID, x.Version, "考核办〔2017〕1号", "2017-01-01")
	}
	if err != nil {
		b.Fatal(err)
	}
	return x
}

// round plays a round to its publication.
func (d *district) round(b testing.TB, x appraisal.Scheme) appraisal.Round {
	s, ctx := d.Appraisal, b.Context()
	key := func() string { return fmt.Sprintf("bench-round-%d", time.Now().UnixNano()) }
	r, err := s.OpenRound(d.office(ctx, 0), key(), period.Term("2017Q1"), x.ID, appraisal.ByRank)
	step := func(fn func() (appraisal.Round, error)) {
		if err == nil {
			r, err = fn()
		}
	}
	step(func() (appraisal.Round, error) { return s.Compute(d.office(ctx, 0), key(), r.ID, r.Version) })
	step(func() (appraisal.Round, error) {
		return s.Confirm(d.as(ctx, d.Clerks[60], d.Units[60], auth.Source), key(), r.ID, r.Version)
	})
	step(func() (appraisal.Round, error) {
		list, err := s.SpotsOf(d.office(ctx, 1), r.ID)
		for _, x := range list.List {
			n := 1
			if x.UnitID == d.Units[50+n] { // nobody answers for his own unit
				n = 2
			}
			if err == nil {
				_, err = s.AnswerSpot(d.office(ctx, n), key(), x.ID, x.Version, appraisal.Agrees, "", "与台账一致")
			}
		}
		return r, err
	})
	step(func() (appraisal.Round, error) {
		return s.Review(d.office(ctx, 1), key(), r.ID, r.Version, "抽查五项，与台账一致。")
	})
	step(func() (appraisal.Round, error) { return s.Announce(d.office(ctx, 1), key(), r.ID, r.Version) })
	d.Clock.Set(d.Clock.Now().AddDate(0, 0, 20)) // the objection period
	step(func() (appraisal.Round, error) {
		return s.Approve(d.as(ctx, d.Leader, d.Units[0], auth.Leader), key(), r.ID, r.Version)
	})
	step(func() (appraisal.Round, error) {
		return s.Publish(d.office(ctx, 0), key(), r.ID, r.Version, "考核办〔2017〕5号")
	})
	if err != nil {
		b.Fatal(err)
	}
	return r
}
