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

	"github.com/govalues/decimal"
)

// verified holds every row of this package to the ledger.
func (g *stage) verified() {
	g.Helper()
	for kind, each := range map[string]ledger.Reader{"appraisal.scheme": EachScheme, "appraisal.round": EachRound, "appraisal.board": EachBoard, "appraisal.objection": EachObjection, "appraisal.event": EachEvent, "appraisal.flag": EachFlag, "appraisal.release": EachRelease, "appraisal.spot": EachSpot} {
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
		monthly := g.frozen(strings.Replace(rules, "id: quarter\n", "id: monthly\n", 1) + year + "  monthly_bonus: [0.5, 0.3]\n")
		_, err := g.s.OpenYearEnd(g.as("宋时雨"), g.key(), "2017", monthly.ID, ByTier) // what nobody scores is not left out in silence
		g.refused(err, errs.Invalid, "还没有已发布的月度评比")
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

// A year that mixes the quarters with a score of its own takes that from entries which a second person has confirmed.
func TestYearMix(t *testing.T) {
	ledger.RegisterPayload(BundleKind, CheckBundle)
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(rules + "aggregate:\n  year:\n    - {of: quarter, fn: mean, w: 0.6}\n    - {of: year_end, fn: last, w: 0.4}\n")
		g.june()
		g.until("2017Q2", x.ID, ByTier, Published)
		c.SetDay("2018-01-15")
		r, err := g.s.OpenYearEnd(g.as("宋时雨"), g.key(), "2017", x.ID, ByTier)
		g.ok(err)
		_, err = g.s.Compute(g.as("许知"), g.key(), r.ID, r.Version)
		g.refused(err, errs.Conflict, "还没有一个单位的得分记上")
		_, err = g.s.Enter(g.as("宋时雨"), g.key(), Event{UnitID: g.unit["漳湾镇"], Period: "2017Q4", Item: ItemYear, Value: "84", DocNo: "考评记录 1"})
		g.refused(err, errs.Invalid, "请写年度")
		_, err = g.s.Enter(g.as("宋时雨"), g.key(), Event{UnitID: g.unit["漳湾镇"], Period: "2017", Item: "督查核验", Value: "84", DocNo: "考评记录 1"})
		g.refused(err, errs.Invalid, "只用于")
		_, err = g.s.Enter(g.as("宋时雨"), g.key(), Event{UnitID: g.unit["漳湾镇"], Period: "2017", Item: ItemYear, DocNo: "考评记录 1"})
		g.refused(err, errs.Invalid, "考评得分")
		for u, v := range map[string]string{"漳湾镇": "84", "城南镇": "90", "飞鸾镇": "80", "八都镇": "70"} {
			e, err := g.s.Enter(g.as("宋时雨"), g.key(), Event{UnitID: g.unit[u], Period: "2017", Item: ItemYear, Value: v, DocNo: "考评记录 1"})
			g.ok(err)
			if u != "八都镇" { // nobody has confirmed its score
				g.ok(g.s.ConfirmEvent(g.as("方衡"), g.key(), e.ID, true))
			}
		}
		if list, err := g.s.Events(g.as("宋时雨"), "2017Q4"); err != nil || len(list) != 4 {
			t.Errorf("the office lists %d entries of the year: %v", len(list), err)
		}
		r, err = g.s.Compute(g.as("许知"), g.key(), r.ID, r.Version)
		g.ok(err)
		v, err := g.s.Show(g.as("江平野"), r.ID)
		g.ok(err)
		for u, want := range map[string]string{"漳湾镇": "91.20", "城南镇": "72.00", "飞鸾镇": "81.20", "八都镇": "60.00"} { // 0.6 × 96 + 0.4 × 84 …; 八都镇 on its quarters alone
			if l, _ := v.line(g.unit[u]); l.Total != want {
				t.Errorf("%s: %s, want %s", u, l.Total, want)
			}
		}
		g.ok(db.View(t.Context(), func(tx *sqldb.Tx) error {
			_, bad, err := g.s.Replay(t.Context(), tx, region)
			for _, b := range bad {
				t.Error(b)
			}
			return err
		}))
		r, err = g.s.Confirm(g.as("何统计"), g.key(), r.ID, r.Version)
		g.ok(err)
		r, err = g.s.Review(g.as("宋时雨"), g.key(), r.ID, r.Version, "核对一致")
		g.ok(err)
		r, err = g.s.Announce(g.as("宋时雨"), g.key(), r.ID, r.Version)
		g.ok(err)
		c.SetDay("2018-02-15")
		r, err = g.s.Approve(g.as("江平野"), g.key(), r.ID, r.Version)
		g.ok(err)
		r, err = g.s.Publish(g.as("宋时雨"), g.key(), r.ID, r.Version, "宁区考办〔2018〕1号")
		g.ok(err)
		_, file, err := g.s.Proof(g.as("林城南"), ledger.New(db), r.ID, g.unit["城南镇"])
		g.ok(err)
		if rep, err := ledger.VerifyBundle(file, ""); err != nil || !rep.OK() || !rep.Recomputed {
			t.Errorf("the proof of a mixed year: %v %+v", err, rep)
		}
		g.verified()
	})
}

// Months are rounds of their own under a scheme by the month; a year is made of them, with points for their first places behind a gate that reads
// the year's own certified values, and replays from what is sealed. Source: domain 14.8, 14.11.
func TestMonths(t *testing.T) {
	ledger.RegisterPayload(BundleKind, CheckBundle)
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		quarters := g.frozen(rules)
		x := g.frozen(strings.NewReplacer("id: quarter\n", "id: month\n", "period: quarter", "period: month").Replace(rules) +
			"variables: [固投增速]\nveto:\n  - {name: 重大事故, event: 重大安全事故, effect: no_award, legal_basis: 安考办〔2017〕1号, authority: 区委}\n" +
			"aggregate:\n  year:\n    - {of: month, fn: mean, w: 1}\n  monthly_bonus: [0.5, 0.3, 0.1]\n  gate: 固投增速 >= 8\n")
		g.june()
		_, err := g.s.OpenRound(g.as("宋时雨"), g.key(), "2017-06", quarters.ID, ByTier)
		g.refused(err, errs.Invalid, "不按月评比，时段请写季度，如 2017Q2")
		_, err = g.s.OpenRound(g.as("宋时雨"), g.key(), "2017Q2", x.ID, ByTier)
		g.refused(err, errs.Invalid, "按月评比，时段请写月份，如 2017-06")
		_, err = g.s.OpenRound(g.as("宋时雨"), g.key(), "2017-07", x.ID, ByTier)
		g.refused(err, errs.Invalid, "2017年7月还没有结束")
		_, err = g.s.OpenRound(g.as("宋时雨"), g.key(), "2017-6", x.ID, ByTier)
		g.refused(err, errs.Invalid, "月份写成“2017年5月”")
		june := g.until("2017-06", x.ID, ByTier, Published)
		if june.Kind != Monthly || june.Title != "2017年6月评比" || june.CutoffOn != "2017-06-30" {
			t.Errorf("%+v", june)
		}
		_, err = g.s.OpenRound(g.as("宋时雨"), g.key(), "2017-06", x.ID, ByTier)
		g.refused(err, errs.Conflict, "已经用这个办法开了一轮")
		v, err := g.s.Show(g.as("江平野"), june.ID)
		g.ok(err)
		// What stood at the end of June is what stood at the end of its quarter.
		totals := map[string]string{"漳湾镇": "96.00", "飞鸾镇": "82.00"} // 80 × (1 + 54/60) ÷ 2 + 20; 80 × (48/60 + 45/60) ÷ 2 + 20
		for u, want := range totals {
			if l, _ := v.line(g.unit[u]); l.Total != want {
				t.Errorf("%s in June: %+v", u, l)
			}
		}
		q := g.until("2017Q2", quarters.ID, ByTier, Trial)
		w, err := g.s.Show(g.as("江平野"), q.ID)
		g.ok(err)
		for _, u := range []string{"漳湾镇", "城南镇", "飞鸾镇", "八都镇"} {
			a, _ := v.line(g.unit[u])
			b, _ := w.line(g.unit[u])
			if a.Total != b.Total || a.Rank != b.Rank {
				t.Errorf("%s: June %+v, its quarter %+v", u, a, b)
			}
		}
		if _, err := g.s.FairOf(g.as("宋时雨"), june.ID); err != nil {
			t.Error(err)
		}
		c.SetDay("2017-08-03")
		july := g.until("2017-07", x.ID, ByTier, Published)
		c.SetDay("2018-01-15")
		for u, growth := range map[string]string{"漳湾镇": "8.5", "城南镇": "9", "飞鸾镇": "7.9"} {
			e, err := g.s.Enter(g.as("宋时雨"), g.key(), Event{UnitID: g.unit[u], Period: "2017-12", Item: "固投增速", Value: growth, DocNo: "统计公报"})
			g.ok(err)
			g.ok(g.s.ConfirmEvent(g.as("方衡"), g.key(), e.ID, true))
		}
		e, err := g.s.Enter(g.as("宋时雨"), g.key(), Event{UnitID: g.unit["飞鸾镇"], Period: "2017Q3", Event: "重大安全事故", Count: 10000, DocNo: "安委办〔2017〕3号"})
		g.ok(err)
		g.ok(g.s.ConfirmEvent(g.as("方衡"), g.key(), e.ID, true))
		r, err := g.s.OpenYearEnd(g.as("宋时雨"), g.key(), "2017", x.ID, ByTier)
		g.ok(err)
		r, err = g.s.Compute(g.as("许知"), g.key(), r.ID, r.Version)
		g.ok(err)
		year, err := g.s.Show(g.as("江平野"), r.ID)
		g.ok(err)
		jv, err := g.s.Show(g.as("江平野"), july.ID)
		g.ok(err)
		bonus := map[int]string{1: "0.5", 2: "0.3", 3: "0.1"}
		for _, u := range []string{"漳湾镇", "城南镇", "飞鸾镇", "八都镇"} {
			d, err := g.s.DetailOf(g.as("江平野"), r.ID, g.unit[u])
			g.ok(err)
			a, _ := v.line(g.unit[u])
			b, _ := jv.line(g.unit[u])
			sum := decimal.MustParse(a.Total)
			sum, _ = sum.Add(decimal.MustParse(b.Total))
			want, _ := sum.Quo(decimal.MustNew(2, 0))
			for _, l := range []Line{a, b} {
				if u == "漳湾镇" || u == "城南镇" { // the others are below the gate or have no growth at all
					if p := bonus[l.Rank]; p != "" {
						want, _ = want.Add(decimal.MustParse(p))
					}
				}
			}
			want, _ = want.Add(decimal.MustParse("0.005")) // half up
			if l, _ := year.line(g.unit[u]); l.Total != want.Trunc(2).Pad(2).String() {
				t.Errorf("%s: the year gives %s, want %s: %s", u, l.Total, want, d.Result.Formula)
			}
			if vetoed := len(d.Result.Vetoes) > 0; vetoed != (u == "飞鸾镇") {
				t.Errorf("%s: %+v", u, d.Result.Vetoes)
			}
		}
		m, err := g.s.SureOf(g.as("江平野"), r.ID, 0)
		g.ok(err)
		if s := only(t, m).Lines[g.unit["漳湾镇"]]; s.RankLow > s.Rank || s.RankHigh < s.Rank || s.Tier == 0 {
			t.Errorf("%+v", s)
		}
		g.ok(db.View(t.Context(), func(tx *sqldb.Tx) error {
			n, bad, err := g.s.Replay(t.Context(), tx, region)
			if n < 4 {
				t.Errorf("%d revisions replayed", n)
			}
			for _, b := range bad {
				t.Error(b)
			}
			return err
		}))
		r, err = g.s.Confirm(g.as("何统计"), g.key(), r.ID, r.Version)
		g.ok(err)
		r, err = g.s.Review(g.as("宋时雨"), g.key(), r.ID, r.Version, "核对一致")
		g.ok(err)
		r, err = g.s.Announce(g.as("宋时雨"), g.key(), r.ID, r.Version)
		g.ok(err)
		c.SetDay("2018-02-15")
		r, err = g.s.Approve(g.as("江平野"), g.key(), r.ID, r.Version)
		g.ok(err)
		r, err = g.s.Publish(g.as("宋时雨"), g.key(), r.ID, r.Version, "宁区考办〔2018〕1号")
		g.ok(err)
		_, file, err := g.s.Proof(g.as("林城南"), ledger.New(db), r.ID, g.unit["城南镇"])
		g.ok(err)
		if rep, err := ledger.VerifyBundle(file, ""); err != nil || !rep.OK() || !rep.Recomputed {
			t.Errorf("the proof of a year of months: %v %+v", err, rep)
		}
		g.verified()
	})
}
