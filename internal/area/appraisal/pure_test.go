package appraisal

import (
	"slices"
	"strings"
	"testing"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

const rules = `
id: quarter
name: 季度评比办法
version: "1"
period: quarter
base: 100
rounding: {item: 2, total: 2, mode: half_up}
missing: drop_rescale
items:
  - {id: "1", name: 任务完成, weight: 80, method: ratio, each: mean, params: {cap: 1}}
  - {id: "2", name: 督查核验, weight: 20, method: ratio, params: {cap: 1}}
bonus:
  - {event: 上级书面表扬, per: 1, cap: 3}
`

func parsed(t *testing.T, text string) *score.Scheme {
	t.Helper()
	s, err := score.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func scaled(n int64) amount.Scaled { return amount.Scaled(n * 10000) }

func ptr(v amount.Scaled) *amount.Scaled { return &v }

// a small district in memory: 甲镇 owes three tasks, 乙镇 nothing.
func facts0() facts {
	plan := func(at int64, target int64) indicator.Plan {
		return indicator.Plan{Revision: 1, From: "2017-01", To: "2017-12", Target: scaled(target), At: at}
	}
	later := plan(period.Month("2017-06").Start().UnixMilli(), 240)
	later.Revision = 2
	tooLate := plan(period.Month("2017-07").Start().UnixMilli(), 1200)
	tooLate.Revision = 3
	return facts{
		dir: &org.Directory{Units: []*org.Unit{{ID: 7, Name: "甲镇", Kind: org.Township}, {ID: 8, Name: "乙镇", Kind: org.Township}}},
		tasks: []task.Task{
			{ID: 1, LeadUnit: 7, IndicatorID: 11, Weight: 100, State: task.Open},
			{ID: 2, LeadUnit: 7, IndicatorID: 12, Weight: 300, State: task.Open},
			{ID: 3, LeadUnit: 7, IndicatorID: 13, Weight: 100, State: task.Open},
			{ID: 4, LeadUnit: 7, IndicatorID: 14, Weight: 100, State: task.Open},
			{ID: 5, LeadUnit: 7, IndicatorID: 15, Weight: 100, State: task.Stopped},
			{ID: 6, LeadUnit: 7, IndicatorID: 16, Weight: 100, State: task.Open},
		},
		sheets: map[int64]indicator.Sheet{
			11: {Indicator: indicator.Indicator{ID: 11}}, 12: {Indicator: indicator.Indicator{ID: 12}}, 13: {Indicator: indicator.Indicator{ID: 13, Direction: indicator.Down}},
			14: {Indicator: indicator.Indicator{ID: 14}}, 15: {Indicator: indicator.Indicator{ID: 15}}, 16: {Indicator: indicator.Indicator{ID: 16}},
		},
		plans: map[int64][]indicator.Plan{
			11: {plan(1, 120)}, 12: {plan(1, 120), later, tooLate}, 13: {plan(1, 120)}, 14: {plan(1, 120)}, 15: {plan(1, 120)},
			16: {{Revision: 1, From: "2017-07", To: "2017-12", Target: scaled(60), At: 1}}, // not due yet
		},
		values: map[period.Month]map[int64]indicator.Value{
			"2017-05": {11: {Reported: ptr(scaled(50))}},
			"2017-06": {12: {Reported: ptr(scaled(90)), Verified: ptr(scaled(80))}, 13: {Certified: ptr(scaled(80))}},
		},
	}
}

func TestCollect(t *testing.T) {
	f := facts0()
	f.events = []Event{
		{ID: 91, UnitID: 7, Event: "上级书面表扬", Count: 10000, DocNo: "闽委〔2017〕1号", ConfirmedBy: 3},
		{ID: 92, UnitID: 7, Event: "上级书面表扬", Count: 10000, DocNo: "未确认"},
		{ID: 93, UnitID: 7, Event: "上级书面表扬", Count: 10000, DocNo: "划掉", ConfirmedBy: 3, Void: true},
		{ID: 94, UnitID: 8, Event: "上级书面表扬", Count: 10000, DocNo: "没有任务的单位", ConfirmedBy: 3},
	}
	d := f.collect("2017Q2", parsed(t, rules))
	by := map[string]score.Input{}
	for _, r := range d.Rows {
		if r.Unit != "甲镇" || r.Group != "镇街组" {
			t.Errorf("%s of %s: a unit without tasks is not appraised", r.Unit, r.Group)
		}
		by[r.Source] = r
	}
	if len(by) != 6 || len(d.Rows) != 6 {
		t.Fatalf("%d rows: %+v", len(d.Rows), d.Rows)
	}
	for source, want := range map[string]string{
		"task:1@2017-05":    "50/60/自报",  // June is missing: May stands, as reported
		"task:2@2017-06":    "80/120/核验", // the plan in force at the end of June, not July's
		"task:3@2017-06":    "60/80/认定",  // less is better: plan ÷ value
		"task:4@2017-06":    "0/60/自报",   // never had a value
		"verified:7@2017Q2": "0/1/核验",    // 80 seen, 90 said
	} {
		r, ok := by[source]
		if got := r.Value.Decimal.String() + "/" + r.Target.Decimal.String() + "/" + string(r.Kind); !ok || got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
	if r := by["task:2@2017-06"]; r.Count.Decimal.String() != "3" {
		t.Errorf("weight %s", r.Count.Decimal)
	}
	if a, b := by["task:4@2017-06"], by["task:1@2017-05"]; a.Basis != noReport || b.Basis != "" {
		t.Errorf("a nought that nobody reported: %q %q", a.Basis, b.Basis)
	}
	if r := by["event:91"]; r.Event != "上级书面表扬" || r.Kind != score.Certified {
		t.Errorf("event: %+v", r)
	}
	// 80 × (50/60 + 80/120 + 60/80 + 0) ÷ 4 = 45; 20 × 0 ÷ 1 = 0; + 1.
	u := score.Compute(parsed(t, rules), d).Find("甲镇")
	if u == nil || u.Total.String() != "46.00" {
		t.Errorf("total: %+v", u)
	}
	slices.Reverse(f.events)
	if again := f.collect("2017Q2", parsed(t, rules)); again.Hash() != d.Hash() {
		t.Error("the order of the events shows in the rows")
	}
	if none := f.collect("2017Q2", parsed(t, strings.Replace(rules, "items:", "groups: [{name: 部门组, base: 100}]\nitems:", 1))); len(none.Rows) != 0 {
		t.Errorf("a group that the scheme does not have: %+v", none.Rows)
	}
}

func TestDown(t *testing.T) {
	s := parsed(t, rules)
	points := func(rows ...score.Input) string {
		for i := range rows {
			rows[i].Unit, rows[i].Group, rows[i].Item, rows[i].Period = "甲镇", "镇街组", ItemTasks, "2017Q2"
		}
		u := score.Compute(s, score.Data{Period: "2017Q2", Rows: rows}).Find("甲镇")
		if u == nil {
			t.Fatal("no result")
		}
		return u.Item("1").Score.String()
	}
	row := func(done, pace int64, has bool) score.Input {
		in := score.Input{Value: dec(scaled(done)), Target: dec(scaled(pace)), Kind: score.Reported, Source: "task:1@2017-06"}
		turn(&in, has)
		return in
	}
	for _, c := range []struct {
		done, pace int64
		has        bool
		want       string
	}{{60, 60, true, "80.00"}, {120, 60, true, "40.00"}, {30, 60, true, "80.00"}, {0, 60, true, "80.00"}, {0, 60, false, "0.00"}} {
		if got := points(row(c.done, c.pace, c.has)); got != c.want {
			t.Errorf("%d of %d (%v): %s, want %s", c.done, c.pace, c.has, got, c.want)
		}
	}
	// A correction is of the value, never of the plan.
	for _, c := range []struct {
		in          score.Input
		found, want string
	}{{row(120, 60, true), "80", "60.00"}, {row(0, 60, false), "120", "40.00"}, {row(0, 60, true), "120", "40.00"}} {
		correct(&c.in, parse(c.found), "复核决定 5")
		if got := points(c.in); got != c.want || c.in.Kind != score.Certified || !strings.HasSuffix(c.in.Basis, "复核决定 5") {
			t.Errorf("%+v: %s, want %s", c.in, got, c.want)
		}
		correct(&c.in, parse("60"), "复核决定 6") // once more
		if got := points(c.in); got != "80.00" {
			t.Errorf("corrected twice: %s", got)
		}
	}
	f := facts0()
	f.tasks = f.tasks[2:3]
	if n, ok := f.lead(7, "2017Q2"); !ok || n != -1667 { // 80 where 60 was the most: 20 of 120 behind
		t.Errorf("lead %d %v", n, ok)
	}
	f.values["2017-06"] = map[int64]indicator.Value{13: {Reported: ptr(scaled(50)), Verified: ptr(scaled(70))}}
	if ok, all := f.borneOut(7, "2017Q2"); ok != 0 || all != 1 {
		t.Errorf("50 said, 70 seen of a bad thing: %d of %d", ok, all)
	}
}

func TestTiers(t *testing.T) {
	for _, c := range []struct {
		ranks []int
		want  []int
	}{
		{[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, []int{1, 1, 1, 2, 2, 2, 2, 3, 3, 3}},
		{[]int{1, 2, 3, 3, 5, 6, 7, 7, 9, 10}, []int{1, 1, 1, 1, 2, 2, 2, 2, 3, 3}}, // ties stay together
		{[]int{1, 1, 1}, []int{1, 1, 1}},
		{[]int{1}, []int{1}},
		{[]int{1, 2, 0}, []int{1, 2, 0}}, // 0 is not ranked and does not count
		{[]int{1, 2}, []int{1, 2}},
	} {
		lines := make([]Line, len(c.ranks))
		for i, r := range c.ranks {
			lines[i].Rank = r
		}
		tiers(lines)
		for i := range lines {
			if lines[i].Tier != c.want[i] {
				t.Errorf("%v: line %d is in tier %d, want %d", c.ranks, i, lines[i].Tier, c.want[i])
			}
		}
	}
}

func TestScreen(t *testing.T) {
	full := func() []Board {
		return []Board{
			{Group: "镇街组", Reason: "异议成立：乙镇的 5 亩", Lines: []Line{
				{UnitID: 3, Unit: "丙镇", Total: "90", Rank: 1, Tier: 1, Grade: "优秀", Items: []Points{{Item: "1"}}, DataHash: "d3", ResultHash: "r3"},
				{UnitID: 1, Unit: "甲镇", Total: "80", Rank: 2, Tier: 1, Items: []Points{{Item: "1"}}, DataHash: "d1", ResultHash: "r1"},
				{UnitID: 2, Unit: "乙镇", Total: "70", Rank: 3, Tier: 1, Items: []Points{{Item: "1"}}, DataHash: "d2", ResultHash: "r2"}}},
			{Group: "部门组", Lines: []Line{{UnitID: 9, Unit: "区住建局", Total: "99", Rank: 1, Tier: 1}}},
		}
	}
	who := auth.Actor{ID: 5, RegionID: 1, UnitID: 1, Units: []int64{1}, Roles: []auth.Role{auth.Head}}
	for _, st := range States {
		for _, release := range []Release{ByTier, ByRank} {
			got := screen(full(), Round{State: st, Release: release}, who)
			if len(got) != 1 || got[0].Group != "镇街组" || strings.Contains(got[0].Reason, "乙镇") {
				t.Fatalf("%s %s: %+v", st, release, got)
			}
			lines := got[0].Lines
			own := slices.IndexFunc(lines, func(l Line) bool { return l.UnitID == 1 })
			if own < 0 || lines[own].Total != "80" || lines[own].Rank != 2 || lines[own].DataHash != "d1" {
				t.Errorf("%s %s: the own line is %+v", st, release, lines)
			}
			want := 1
			if st.Reached(Published) {
				want = 3
			}
			if len(lines) != want {
				t.Errorf("%s %s: %d lines, want %d", st, release, len(lines), want)
			}
			for i, l := range lines {
				if l.UnitID == 1 {
					continue
				}
				if l.DataHash != "" || l.ResultHash != "" {
					t.Errorf("%s %s: fingerprints of %s", st, release, l.Unit)
				}
				if release == ByTier && (l.Total != "" || l.Rank != 0 || l.Grade != "" || l.Items != nil) {
					t.Errorf("by tier %s shows %+v", st, l)
				}
				if release == ByTier && l.UnitID != int64(i+1) {
					t.Errorf("by tier the order gives the rank away: %+v", lines)
				}
				if release == ByRank && l.Total == "" {
					t.Errorf("by rank %s hides the total", st)
				}
			}
		}
	}
	// What was replaced was never released.
	if got := screen(full(), at(Round{State: Locked, Release: ByRank, Revision: 3}, 2), who); len(got[0].Lines) != 1 {
		t.Errorf("an older revision: %+v", got[0].Lines)
	}
	if got := screen(full(), Round{State: Locked}, auth.Actor{UnitID: 77}); len(got) != 0 {
		t.Errorf("a unit that is not appraised sees %+v", got)
	}
}

func TestCompare(t *testing.T) {
	if got := strings.Join(Compare("甲\n乙\n丙\n", "甲\n丁\n丙"), "|"); got != "− 乙|+ 丁" {
		t.Errorf("%q", got)
	}
	if got := Compare("甲\n", "甲"); len(got) != 0 {
		t.Errorf("the same: %q", got)
	}
	old := strings.Repeat("甲\n", 5000) + "同\n"
	if got := Compare("头\n"+old, "头\n"+strings.Repeat("乙\n", 5000)+"同\n"); len(got) != 10000 || got[0] != "− 甲" || got[9999] != "+ 乙" {
		t.Errorf("far apart: %d lines", len(got))
	}
	if got := Compare(old, "新\n"+old); len(got) != 1 || got[0] != "+ 新" {
		t.Errorf("one line before 5000: %q", got)
	}
}

func TestRankMove(t *testing.T) {
	before, now := []Line{{UnitID: 1, Rank: 5}, {UnitID: 2, Rank: 0}}, []Line{{UnitID: 1, Rank: 3}, {UnitID: 2, Rank: 4}}
	if n, ok := RankMove(before, now, 1); !ok || n != 2 {
		t.Errorf("%d %v", n, ok)
	}
	if _, ok := RankMove(before, now, 2); ok {
		t.Error("not ranked before, and yet moved")
	}
}
