package appraisal

import (
	"fmt"
	"strings"
	"testing"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/ledger"
)

// verified holds every row of this package to the ledger.
func (g *stage) verified() {
	g.Helper()
	for kind, each := range map[string]ledger.Reader{"appraisal.scheme": EachScheme, "appraisal.round": EachRound, "appraisal.board": EachBoard, "appraisal.objection": EachObjection, "appraisal.event": EachEvent, "appraisal.flag": EachFlag, "appraisal.release": EachRelease} {
		ledger.RegisterSubject(kind, each)
	}
	rep, err := ledger.Verify(g.Context(), g.db)
	g.ok(err)
	for _, f := range rep.Findings {
		if strings.HasPrefix(f.Subject.Kind, "appraisal.") {
			g.Errorf("%s: %s", f.Subject, f.Text)
		}
	}
	if rep.Rows == 0 {
		g.Error("no row was compared")
	}
}

// A year has intervals as its quarters have, drawn from what stood when its board was made; and it is made of the quarters of its own scheme.
func TestYearEnd(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		year := "aggregate:\n  year:\n    - {of: quarter, fn: mean, w: 1}\n"
		x := g.frozen(rules + year)
		other := g.frozen(strings.NewReplacer("id: quarter\n", "id: other\n", "weight: 80", "weight: 60", "weight: 20", "weight: 40").Replace(rules) + year)
		g.june()
		second := g.until("2017Q2", x.ID, ByTier, Published)
		c.SetDay("2017-10-10")
		g.until("2017Q3", x.ID, ByTier, Published)
		g.until("2017Q3", other.ID, ByTier, Published)
		c.SetDay("2018-01-15")
		r, err := g.s.OpenYearEnd(g.as("宋时雨"), g.key(), "2017", x.ID, ByTier)
		g.ok(err)
		r, err = g.s.Compute(g.as("许知"), g.key(), r.ID, r.Version)
		g.ok(err)
		v, err := g.s.Show(g.as("江平野"), r.ID)
		g.ok(err)
		l, _ := v.line(g.unit["漳湾镇"]) // 96.00 and, nothing having been checked in the third quarter, 100 × (60/90 + 54/90) ÷ 2 = 63.33
		if l.Total != "79.67" {
			t.Errorf("漳湾镇 of the year: %+v", l)
		}
		d, err := g.s.DetailOf(g.as("江平野"), r.ID, g.unit["漳湾镇"])
		g.ok(err)
		if in := d.Result.Items[0].Inputs; len(in) != 2 {
			t.Errorf("the year counts %d quarters: %+v", len(in), in)
		}

		m, err := g.s.SureOf(g.as("江平野"), r.ID, 0)
		g.ok(err)
		all := only(t, m)
		if len(all.Lines) != 4 || all.Seed != v.Boards[0].ID || all.Draws != score.Draws {
			t.Fatalf("%+v", all)
		}
		for u, s := range all.Lines {
			l, _ := v.line(u)
			if s.Total.String() != l.Total || s.Rank != l.Rank || s.RankLow > l.Rank || s.RankHigh < l.Rank || s.Tier == 0 || !strings.Contains(s.Text, "可能") {
				t.Errorf("%s: %+v", l.Unit, s)
			}
		}
		// 城南镇 was found to have less than it said; its range reaches lower than that of 漳湾镇, which was borne out.
		low := func(u string) float64 {
			s := all.Lines[g.unit[u]]
			a, _ := s.Total.Float64()
			b, _ := s.Low.Float64()
			return a - b
		}
		if low("城南镇") <= low("漳湾镇") {
			t.Errorf("城南镇 %+v, 漳湾镇 %+v", all.Lines[g.unit["城南镇"]], all.Lines[g.unit["漳湾镇"]])
		}
		// A quarter that is corrected afterwards changes nothing of the year's board that was made before.
		second, err = g.s.Correct(g.as("江平野"), g.key(), second.ID, second.Version, Correction{UnitID: g.unit["城南镇"], Source: fmt.Sprintf("task:%d@2017-06", g.task["城南镇道路"]), Value: "60", Basis: "宁区考办〔2018〕1号", Reason: "漏计"})
		g.ok(err)
		drawn.Lock()
		clear(drawn.of)
		drawn.Unlock()
		m, err = g.s.SureOf(g.as("宋时雨"), r.ID, 0)
		g.ok(err)
		if again := only(t, m); fmt.Sprint(text(all)) != fmt.Sprint(text(again)) {
			t.Errorf("not the same again:\n%v\n%v", text(all), text(again))
		}
		// Aggregated anew, the year follows, and its intervals with it.
		r, err = g.s.Compute(g.as("许知"), g.key(), r.ID, r.Version)
		g.ok(err)
		m, err = g.s.SureOf(g.as("宋时雨"), r.ID, 0)
		g.ok(err)
		if a, b := all.Lines[g.unit["城南镇"]], only(t, m).Lines[g.unit["城南镇"]]; b.Total.Cmp(a.Total) <= 0 || b.High.Cmp(a.High) <= 0 {
			t.Errorf("after the correction %+v, before %+v", b, a)
		}
		_, err = g.s.SureOf(g.as("林城南"), r.ID, 0)
		g.refused(err, errs.NotFound, "")
		r, err = g.s.Confirm(g.as("何统计"), g.key(), r.ID, r.Version)
		g.ok(err)
		m, err = g.s.SureOf(g.as("林城南"), r.ID, 0)
		g.ok(err)
		own := only(t, m)
		if s, ok := own.Lines[g.unit["城南镇"]]; !ok || len(own.Lines) != 1 || strings.Contains(s.Text, "漳湾") || s.Tier != 0 {
			t.Errorf("%+v", own)
		}
		g.verified()
	})
}
