package appraisal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/task"

	"github.com/govalues/decimal"
)

// june files June for the four townships: 漳湾镇 is borne out, 城南镇 is found to have less than it said.
func (g *stage) june() {
	g.clock.SetDay("2017-07-03")
	g.says("陈漳湾", "征地", 60, 60)
	g.says("陈漳湾", "道路", 54, -1)
	g.says("林城南", "征地", 60, 45)
	g.says("林城南", "道路", 45, -1)
	g.says("叶飞鸾", "征地", 48, 48)
	g.says("叶飞鸾", "道路", 45, -1)
	g.says("吴八都", "征地", 30, 30)
}

// until takes a quarter's round to a state.
func (g *stage) until(q period.Term, scheme int64, release Release, state State) Round {
	g.Helper()
	r, err := g.s.OpenRound(g.as("宋时雨"), g.key(), q, scheme, release)
	g.ok(err)
	for r.State != state {
		switch r.State {
		case Open:
			r, err = g.s.Compute(g.as("许知"), g.key(), r.ID, r.Version)
		case Trial:
			r, err = g.s.Confirm(g.as("何统计"), g.key(), r.ID, r.Version)
		case Confirmed:
			g.spots(r, nil, "宋时雨", "方衡", "许知")
			r, err = g.s.Review(g.as("宋时雨"), g.key(), r.ID, r.Version, "抽查两项，一致。")
		case Reviewed:
			r, err = g.s.Announce(g.as("宋时雨"), g.key(), r.ID, r.Version)
		case Announced:
			g.clock.SetDay(period.Day(g.clock.Now().AddDate(0, 0, 9)))
			r, err = g.s.Approve(g.as("江平野"), g.key(), r.ID, r.Version)
		case Approved:
			r, err = g.s.Publish(g.as("宋时雨"), g.key(), r.ID, r.Version, "宁区考办〔2017〕5号")
		default:
			g.Fatalf("from %s there is no way to %s", r.State, state)
		}
		g.ok(err)
	}
	return r
}

func only(t *testing.T, m map[int64]Sureness) Sureness {
	t.Helper()
	if len(m) != 1 {
		t.Fatalf("%d boards", len(m))
	}
	for _, x := range m {
		return x
	}
	return Sureness{}
}

func TestSureOf(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(rules)
		g.june()
		r := g.until("2017Q2", x.ID, ByTier, Trial)
		m, err := g.s.SureOf(g.as("宋时雨"), r.ID, 0)
		g.ok(err)
		all := only(t, m)
		if len(all.Lines) != 4 || all.Seed == 0 || all.Draws != score.Draws {
			t.Fatalf("%+v", all)
		}
		// 城南镇 was found to have less than it said: what it only reports makes its range reach lower than that of 漳湾镇, which was borne out.
		low := func(u string) float64 {
			l := all.Lines[g.unit[u]]
			a, _ := l.Total.Float64()
			b, _ := l.Low.Float64()
			return a - b
		}
		if low("城南镇") <= low("漳湾镇") {
			t.Errorf("城南镇 %v, 漳湾镇 %v", all.Lines[g.unit["城南镇"]], all.Lines[g.unit["漳湾镇"]])
		}
		if s := all.Lines[g.unit["漳湾镇"]]; s.Tier != 1 || s.RankLow != 1 || !strings.Contains(s.Text, "可能") {
			t.Errorf("%+v", s)
		}
		// Another process draws the same: nothing but the board and its number goes in.
		drawn.Lock()
		clear(drawn.of)
		drawn.Unlock()
		// A check that comes later changes nothing of an old board.
		g.write("借调城南", func(ctx context.Context, tx *sqldb.Tx, who auth.Actor) error {
			return g.book.VerifyAccount(ctx, tx, who, g.task["漳湾镇道路"], indicator.Reading{Period: "2017-06", Value: scaled(20), Note: "后来核验"})
		})
		m, err = g.s.SureOf(g.as("江平野"), r.ID, 0)
		g.ok(err)
		if again := only(t, m); fmt.Sprint(text(all)) != fmt.Sprint(text(again)) {
			t.Errorf("not the same again:\n%v\n%v", text(all), text(again))
		}
		// Units: nothing before the data source's word, then themselves, and after the ranks are published their group.
		_, err = g.s.SureOf(g.as("林城南"), r.ID, 0)
		g.refused(err, errs.NotFound, "")
		r, err = g.s.Confirm(g.as("何统计"), g.key(), r.ID, r.Version)
		g.ok(err)
		m, err = g.s.SureOf(g.as("林城南"), r.ID, 0)
		g.ok(err)
		own := only(t, m)
		if _, ok := own.Lines[g.unit["城南镇"]]; !ok || len(own.Lines) != 1 {
			t.Errorf("%+v", own)
		}
		for _, s := range own.Lines {
			if strings.Contains(s.Text, "漳湾") || strings.Contains(s.Text, "飞鸾") || strings.Contains(s.Text, "八都") || s.Tier != 0 {
				t.Errorf("a unit reads of others: %+v", s)
			}
		}
	})
}

func text(s Sureness) (out []string) {
	for id, l := range s.Lines {
		out = append(out, fmt.Sprint(id, l.Low, l.High, l.RankLow, l.RankHigh, l.Tier, l.Text))
	}
	slices.Sort(out)
	return out
}

func TestSureOfPublishedRanks(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(rules)
		g.june()
		r := g.until("2017Q2", x.ID, ByRank, Published)
		m, err := g.s.SureOf(g.as("林城南"), r.ID, 0)
		g.ok(err)
		if got := only(t, m); len(got.Lines) != 4 {
			t.Errorf("%+v", got)
		}
		// The gains and the rectification follow the same rule.
		_, list, err := g.s.Rectify(g.as("林城南"), r.ID)
		g.ok(err)
		for _, x := range list {
			if x.UnitID != g.unit["城南镇"] {
				t.Errorf("城南镇 reads what %s has to mend", x.Unit)
			}
		}
		_, list, err = g.s.Rectify(g.as("宋时雨"), r.ID)
		g.ok(err)
		found := false
		for _, x := range list {
			if x.Unit == "城南镇" { // 督查核验 0 of 20
				found = true
				if len(x.Items) != 1 || x.Items[0].Item != "督查核验" || x.Items[0].Score != "0.00" {
					t.Errorf("%+v", x)
				}
			}
			if x.Unit == "八都镇" && (x.Items[0].Item != "任务完成" || len(x.Items[0].Behind) != 1 || x.Items[0].Behind[0].Value != "30") {
				t.Errorf("%+v", x)
			}
		}
		if !found {
			t.Errorf("nothing to mend: %+v", list)
		}
	})
}

func TestSimulateAndWhatIf(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(rules)
		g.june()
		empty, err := g.s.SimulateScheme(g.as("宋时雨"), x.ID, "")
		g.ok(err)
		if len(empty.Bases) != 0 || len(empty.Groups) != 0 {
			t.Errorf("%+v", empty)
		}
		r := g.until("2017Q2", x.ID, ByTier, Confirmed)
		draft, err := g.s.SaveScheme(g.as("宋时雨"), g.key(), Scheme{Text: strings.Replace(strings.Replace(rules, "weight: 80", "weight: 20", 1), "weight: 20, method: ratio, params", "weight: 80, method: ratio, params", 1)})
		g.ok(err)
		if !strings.Contains(draft.Text, `name: 督查核验, weight: 80`) {
			t.Fatal(draft.Text)
		}
		_, err = g.s.SimulateScheme(g.as("林城南"), draft.ID, "")
		g.refused(err, errs.Forbidden, "试评")
		_, err = g.s.SimulateScheme(g.as("宋时雨"), draft.ID, "2016")
		g.refused(err, errs.Invalid, "2016")
		sim, err := g.s.SimulateScheme(g.as("宋时雨"), draft.ID, "2017")
		g.ok(err)
		if len(sim.Chosen) != 1 || sim.Old.ID != x.ID || len(sim.Groups) != 1 || len(sim.Groups[0].Moves) != 4 || len(sim.Missing) != 0 {
			t.Fatalf("%+v", sim)
		}
		moved := 0
		for _, m := range sim.Groups[0].Moves {
			if m.Unit == "城南镇" && (m.NewRank != 4 || m.OldRank != 3 || m.Decides == "") {
				t.Errorf("%+v", m)
			}
			if m.Text != "" {
				moved++
			}
		}
		if moved == 0 || sim.Groups[0].Spearman == "" {
			t.Errorf("%+v", sim.Groups[0])
		}

		source := fmt.Sprintf("task:%d@2017-06", g.task["城南镇道路"])
		before, err := g.s.DetailOf(g.as("林城南"), r.ID, g.unit["城南镇"])
		g.ok(err)
		guess, err := g.s.WhatIf(g.as("林城南"), r.ID, g.unit["城南镇"], source, "60")
		g.ok(err)
		if guess.Before != before.Line.Total || guess.Before != "60.00" || guess.After != "70.00" || guess.NewRank != 0 || guess.Was != "45" || guess.Item != "任务完成" { // 80 × 0.25 ÷ 2 more
			t.Errorf("%+v", guess)
		}
		after, err := g.s.DetailOf(g.as("林城南"), r.ID, g.unit["城南镇"])
		g.ok(err)
		if after.Line.Total != before.Line.Total {
			t.Error("a guess changed a score")
		}
		guess, err = g.s.WhatIf(g.as("宋时雨"), r.ID, g.unit["城南镇"], source, "60")
		g.ok(err)
		if guess.NewRank == 0 {
			t.Errorf("the office: %+v", guess)
		}
		for _, bad := range []string{"很多", "", "-1"} {
			_, err = g.s.WhatIf(g.as("林城南"), r.ID, g.unit["城南镇"], source, bad)
			g.refused(err, errs.Invalid, "不是数字")
		}
		_, err = g.s.WhatIf(g.as("林城南"), r.ID, g.unit["城南镇"], "task:1@2017-06", "6")
		g.refused(err, errs.Invalid, "没有这一个数据来源")
		_, err = g.s.WhatIf(g.as("林城南"), r.ID, g.unit["漳湾镇"], source, "60")
		g.refused(err, errs.NotFound, "")
	})
}

// Where a value is set against the others', a guess would give them away: it is refused to a unit before ranks are published.
func TestWhatIfGivesNobodyAway(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(strings.Replace(rules, "{id: \"2\", name: 督查核验, weight: 20, method: ratio, params: {cap: 1}}", "{id: \"2\", name: 督查核验, weight: 20, method: rank, params: {delta: 0.05}}", 1))
		g.june()
		r := g.until("2017Q2", x.ID, ByTier, Confirmed)
		d, err := g.s.DetailOf(g.as("林城南"), r.ID, g.unit["城南镇"])
		g.ok(err)
		source := ""
		for _, row := range d.Data.Rows {
			if row.Item == ItemVerified {
				source = row.Source
			}
		}
		_, err = g.s.WhatIf(g.as("林城南"), r.ID, g.unit["城南镇"], source, "1")
		g.refused(err, errs.Invalid, "透露别的单位")
		if _, err = g.s.WhatIf(g.as("宋时雨"), r.ID, g.unit["城南镇"], source, "1"); err != nil {
			t.Error(err)
		}
	})
}

func TestFair(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(rules)
		// 八都镇's road deadline is brought forward before the quarter is over.
		svc := task.New(db, g.book)
		forward := "2017-10-31"
		a, err := svc.Propose(g.as("吴八都"), g.key(), task.Adjustment{TaskID: g.task["八都镇征地"], Reason: "上级要求提前完成", Wanted: task.Wanted{Deadline: &forward}})
		g.ok(err)
		_, err = svc.Decide(g.as("江平野"), g.key(), a.ID, a.Version, true, "宁区政办〔2017〕30号", "同意")
		g.ok(err)
		g.june()
		r := g.until("2017Q2", x.ID, ByTier, Confirmed)
		before, err := g.s.DetailOf(g.as("林城南"), r.ID, g.unit["城南镇"])
		g.ok(err)

		// Nobody reads a signal before the units are asked.
		_, err = g.s.FairOf(g.as("林城南"), r.ID)
		g.refused(err, errs.NotFound, "")
		f, err := g.s.FairOf(g.as("宋时雨"), r.ID)
		g.ok(err)
		if f.Units != 2 || len(f.Signals) != 0 || len(f.Divergences) != 0 || f.SentOn != "" {
			t.Errorf("%+v", f)
		}
		g.refused(g.s.ExplainFair(g.as("林城南"), g.key(), r.ID, "还没有送来说明。"), errs.Conflict, "没有要您单位说明")
		g.refused(g.s.SendFair(g.as("林城南"), g.key(), r.ID), errs.Forbidden, "")
		g.ok(g.s.SendFair(g.as("宋时雨"), g.key(), r.ID))
		g.refused(g.s.SendFair(g.as("宋时雨"), g.key(), r.ID), errs.Conflict, "已经在")

		f, err = g.s.FairOf(g.as("林城南"), r.ID)
		g.ok(err)
		if len(f.Signals) != 1 || f.Signals[0].Kind != SignalGap || !strings.Contains(f.Signals[0].Text, "核验 1 次，有 1 次少于自报，平均相差 −25.0%") || f.DueOn != "2017-07-17" {
			t.Errorf("%+v", f)
		}
		if len(f.Divergences) != 1 || f.Divergences[0].UnitID != g.unit["城南镇"] || f.Divergences[0].Lower != 1 || f.Divergences[0].Reported != 1 || f.Divergences[0].Verified != 1 {
			t.Errorf("%+v", f.Divergences)
		}
		list, err := notice.New(db).Mine(g.as("林城南"))
		g.ok(err)
		if len(list) != 1 || list[0].Kind != fairKind || list[0].DueOn != "2017-07-17" {
			t.Errorf("%+v", list)
		}
		f, err = g.s.FairOf(g.as("宋时雨"), r.ID)
		g.ok(err)
		if len(f.Signals) != 0 || len(f.Waiting) != 2 {
			t.Errorf("the office reads before the unit has explained: %+v", f)
		}
		g.refused(g.s.ExplainFair(g.as("林城南"), g.key(), r.ID, "不"), errs.Invalid, "5 到 500")
		g.refused(g.s.ExplainFair(g.as("陈漳湾"), g.key(), r.ID, "我们没有信号也来说明。"), errs.Conflict, "没有要您单位说明")
		g.ok(g.s.ExplainFair(g.as("林城南"), g.key(), r.ID, "15 亩已交地未办手续，核验时未计。"))
		if list, _ := notice.New(db).Mine(g.as("林城南")); len(list) != 0 {
			t.Errorf("still waiting: %+v", list)
		}
		f, err = g.s.FairOf(g.as("宋时雨"), r.ID)
		g.ok(err)
		if len(f.Signals) != 1 || len(f.Waiting) != 1 || len(f.Explanations) != 1 || !strings.Contains(f.Explanations[0].Text, "15 亩") {
			t.Errorf("%+v", f)
		}
		if f, _ := g.s.FairOf(g.as("陈漳湾"), r.ID); len(f.Signals)+len(f.Explanations) != 0 {
			t.Errorf("漳湾镇 reads %+v", f)
		}
		c.SetDay("2017-07-18")
		g.refused(g.s.ExplainFair(g.as("吴八都"), g.key(), r.ID, "晚了一天再来说明。"), errs.Conflict, "已经结束")
		f, err = g.s.FairOf(g.as("江平野"), r.ID)
		g.ok(err)
		if len(f.Signals) != 2 || len(f.Waiting) != 0 || f.Signals[1].Kind != SignalForward || !strings.Contains(f.Signals[1].Text, "由 2017-12-31 提前到 2017-10-31，早了 61 天") {
			t.Errorf("%+v", f)
		}
		after, err := g.s.DetailOf(g.as("林城南"), r.ID, g.unit["城南镇"])
		g.ok(err)
		if after.Line.Total != before.Line.Total || after.Board.Revision != before.Board.Revision {
			t.Error("a signal changed a score")
		}
		report, err := ledger.Verify(t.Context(), db)
		g.ok(err)
		if !report.OK() {
			t.Error(report)
		}
	})
}

// The pure rules of the signals.
func TestSignals(t *testing.T) {
	f := facts0()
	v := func(n int64) *amount.Scaled { return ptr(scaled(n)) }
	f.tasks = nil
	for i, title := range []string{"新增企业（甲）", "新增企业（乙）", "全区新增企业", "单独的事"} {
		f.tasks = append(f.tasks, task.Task{ID: int64(i + 1), Title: title, LeadUnit: []int64{7, 8, 7, 8}[i], IndicatorID: int64(50 + i), State: task.Open})
		f.sheets[int64(50+i)] = indicator.Sheet{Indicator: indicator.Indicator{ID: int64(50 + i), Measure: "家", UnitID: []int64{7, 8, 7, 8}[i]}}
		f.plans[int64(50+i)] = []indicator.Plan{{Revision: 1, From: "2017-01", To: "2017-12", Target: scaled([]int64{6, 6, 10, 10}[i])}}
	}
	f.plans[53] = append(f.plans[53], indicator.Plan{Revision: 2, From: "2017-01", To: "2017-12", Target: scaled(12), At: period.Month("2017-03").Start().UnixMilli()})
	x := fairFacts{facts: f, quarter: "2017Q2", history: map[int64][]indicator.Value{50: {{Period: "2017-03", Reported: v(10), Verified: v(9)}, {Period: "2017-06", Reported: v(10), Verified: v(10)}, {Period: "2017-07", Reported: v(10), Verified: v(1)}}}}
	got, div := x.signals()
	var words []string
	for _, s := range got {
		words = append(words, fmt.Sprint(s.UnitID, " ", s.Text))
	}
	all := strings.Join(words, "\n")
	for _, want := range []string{"7 核验 2 次，有 1 次少于自报，平均相差 −5.0%，最多的一次 −10.0%。", "“新增企业”总目标 10 家，分解到 2 个单位合计 12 家，加码 20.0%。", "“单独的事”的目标由 10 家 调到 12 家。"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in\n%s", want, all)
		}
	}
	if len(got) != 3 || len(div) != 1 || div[0].Mean != "-5.0" {
		t.Errorf("%s\n%+v", all, div)
	}
	// A sum that keeps to the total is none.
	f.plans[52] = []indicator.Plan{{Revision: 1, From: "2017-01", To: "2017-12", Target: scaled(12)}}
	if got := x.sums(); len(got) != 0 {
		t.Error(got)
	}
}

func TestEdges(t *testing.T) {
	rule := parsed(t, "id: e\nname: 门槛\nversion: \"1\"\nbase: 100\nitems:\n  - {id: \"1\", name: 达标数, weight: 50, method: threshold, each: sum}\n  - {id: \"2\", name: 档次数, weight: 50, method: bands, params: {table: [{range: \"≥90\", points: 50}, {range: \"<90\", points: 20}]}}\n")
	rows := func(vals ...string) (out []score.Input) {
		for i, x := range vals {
			out = append(out, score.Input{Unit: "甲镇", Item: "达标数", Value: parse(x), Target: parse("100"), Kind: score.Reported, Source: fmt.Sprintf("task:%d@2017-06", i+1)})
		}
		return out
	}
	see := func(rows []score.Input) []Signal {
		return fairFacts{facts: facts0(), quarter: "2017Q2", rule: rule, rows: rows}.edges()
	}
	if got := see(rows("100", "100.5", "101", "130")); len(got) != 1 || got[0].UnitID != 7 || len(got[0].Tasks) != 3 || !strings.Contains(got[0].Text, "“达标数”的 4 个自报数里，有 3 个只比得分的门槛高出 1% 以内") {
		t.Errorf("%+v", got)
	}
	for _, none := range [][]string{{"100", "100.5"}, {"99", "99.9", "99.99"}, {"120", "130", "140"}, {"100", "100", "100", "130", "130", "130"}} {
		if got := see(rows(none...)); len(got) != 0 {
			t.Errorf("%v: %+v", none, got)
		}
	}
	checked := rows("100", "100.5", "101")
	for i := range checked {
		checked[i].Kind = score.Verified
	}
	if got := see(checked); len(got) != 0 {
		t.Errorf("verified values: %+v", got)
	}
}

func TestWeak(t *testing.T) {
	u := score.UnitResult{Items: []score.ItemScore{
		{Name: "少", Weight: "10", Score: decimal.MustParse("5.99"), State: score.Scored, Method: "完成率法", Inputs: []score.InputUsed{{Value: "3", Target: "5", Source: "task:1@2017-06"}, {Value: "5", Target: "5"}}},
		{Name: "够", Weight: "10", Score: decimal.MustParse("6.00"), State: score.Scored},
		{Name: "名次", Weight: "10", Score: decimal.MustParse("1"), State: score.Scored, Method: score.ByRank.String()},
		{Name: "缺项", Weight: "10", State: score.Dropped},
		{Name: "扣分", Weight: "0", Score: decimal.MustParse("-3"), State: score.Scored},
	}}
	if got := weak(u); len(got) != 1 || got[0].Item != "少" || len(got[0].Behind) != 1 || got[0].Behind[0].Source != "task:1@2017-06" {
		t.Errorf("%+v", got)
	}
}

func TestGains(t *testing.T) {
	before := []Line{{UnitID: 1, Rank: 1}, {UnitID: 2, Rank: 2}, {UnitID: 3, Rank: 3}, {UnitID: 9, Rank: 4}}
	now := []Line{{UnitID: 3, Unit: "丙", Rank: 1}, {UnitID: 1, Unit: "甲", Rank: 2}, {UnitID: 2, Unit: "乙", Rank: 3}, {UnitID: 4, Unit: "丁", Rank: 4}}
	if got := fmt.Sprint(gains(before, now)); got != "[{3 丙 3 1 2} {1 甲 1 2 -1} {2 乙 2 3 -1}]" {
		t.Error(got)
	}
}
