package score

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

const tenItems = `id: r
name: 区间
version: "1"
base: 100
rounding: {item: 2, total: 2, mode: half_up}
items:
`

// sixteen is a group as the ranking page shows it: 16 units, 10 items, the rate of each unit falling by half a point.
func sixteen(kind Kind) (string, Data) {
	var b strings.Builder
	b.WriteString(tenItems)
	d := Data{Period: "2017Q2"}
	for i := range 10 {
		fmt.Fprintf(&b, "  - {name: 指标%d, weight: 10, source_unit: 局, method: ratio}\n", i)
		for u := range 16 {
			v := int64(960 - 12*u + (i*7+u*5)%9*8)
			d.Rows = append(d.Rows, Input{Unit: fmt.Sprintf("单位%02d", u), Item: fmt.Sprintf("指标%d", i), Value: Some(decimal.MustNew(v, 1)), Target: some("100"), Kind: kind, Source: fmt.Sprintf("s:%d-%d", i, u)})
		}
	}
	return b.String(), d
}

func gaps(list ...string) (out []Num) {
	for _, s := range list {
		x, err := ParseNum(s)
		if err != nil {
			panic(err)
		}
		out = append(out, x)
	}
	return out
}

func byUnit(t *testing.T, list []Interval, unit string) Interval {
	t.Helper()
	i := slices.IndexFunc(list, func(x Interval) bool { return x.Unit == unit })
	if i < 0 {
		t.Fatalf("no interval of %s", unit)
	}
	return list[i]
}

func text(list []Interval) string {
	var b strings.Builder
	for _, x := range list {
		fmt.Fprintf(&b, "%s %s [%s %s] %d [%d %d]\n", x.Unit, x.Total, x.Low, x.High, x.Rank, x.RankLow, x.RankHigh)
	}
	return b.String()
}

func TestIntervalsReplay(t *testing.T) {
	rules, d := sixteen(Reported)
	s := mustParse(t, rules)
	seen := Observed{Gaps: map[string][]Num{"单位03": gaps("-0.08", "-0.04", "0"), "单位09": gaps("0", "0.02")}}
	before := d.Hash()
	a := Intervals(s, d, seen, 42, 100)
	shuffled := Data{Period: d.Period, Rows: slices.Clone(d.Rows)}
	slices.Reverse(shuffled.Rows)
	if b := Intervals(s, shuffled, seen, 42, 100); text(a) != text(b) {
		t.Errorf("the order of rows matters:\n%s\n%s", text(a), text(b))
	}
	if c := Intervals(s, d, seen, 43, 100); text(a) == text(c) {
		t.Error("the seed does nothing")
	}
	if d.Hash() != before {
		t.Error("the data were changed")
	}
	res := Compute(s, d)
	for _, x := range a {
		u := res.Find(x.Unit)
		if x.Low.Cmp(u.Total) > 0 || x.High.Cmp(u.Total) < 0 || x.RankLow > u.Rank || x.RankHigh < u.Rank || x.Total.Cmp(u.Total) != 0 || x.Rank != u.Rank {
			t.Errorf("%s: the score is not in its interval: %s", x.Unit, text([]Interval{x}))
		}
	}
	// The draws are spelled out: whoever follows them by hand gets the same.
	if r := dice(1); r.next() != 0x910a2dec89025cc1 || r.next() != 0xbeeb8da1658eec67 {
		t.Error("the generator is not SplitMix64")
	}
}

// A unit whose reports verification finds too high has an interval that reaches lower.
func TestIntervalsFollowVerification(t *testing.T) {
	rules, d := sixteen(Reported)
	s := mustParse(t, rules)
	none := Intervals(s, d, Observed{}, 7, 200)
	rosy := Intervals(s, d, Observed{Gaps: map[string][]Num{"单位03": gaps("-0.10", "-0.08"), "单位04": gaps("0")}}, 7, 200)
	if a, b := byUnit(t, none, "单位03"), byUnit(t, rosy, "单位03"); b.Low.Cmp(a.Low) >= 0 || b.RankHigh <= a.RankHigh {
		t.Errorf("verification moved nothing: %s%s", text([]Interval{a}), text([]Interval{b}))
	}
	if a, b := byUnit(t, none, "单位04"), byUnit(t, rosy, "单位04"); a.Low.Cmp(b.Low) != 0 || a.High.Cmp(b.High) != 0 {
		t.Errorf("a unit that is borne out was moved: %s%s", text([]Interval{a}), text([]Interval{b}))
	}
	// What is verified or certified stays, whatever was found.
	for i := range d.Rows {
		d.Rows[i].Kind = Verified
	}
	if a, b := Intervals(s, d, Observed{}, 7, 100), Intervals(s, d, Observed{Gaps: map[string][]Num{"单位03": gaps("-0.5")}}, 7, 100); text(a) != text(b) {
		t.Errorf("verified values were moved:\n%s\n%s", text(a), text(b))
	}
	// A value that is better the smaller it is stands in the target.
	inv := Data{Period: "2017Q2", Rows: []Input{{Unit: "甲镇", Item: "指标0", Value: some("80"), Target: some("100"), Kind: Reported, Basis: "逆向"}, {Unit: "乙镇", Item: "指标0", Value: some("80"), Target: some("100"), Kind: Verified}}}
	more := Observed{Gaps: map[string][]Num{"甲镇": gaps("0.25")}}
	x := byUnit(t, Intervals(s, inv, more, 1, 100), "甲镇")
	more.Inverse = func(r Input) bool { return r.Basis == "逆向" }
	y := byUnit(t, Intervals(s, inv, more, 1, 100), "甲镇")
	if x.High.String() != "100.01" && x.High.String() != "100.00" || y.Low.Cmp(decimal.MustParse("64.1")) > 0 {
		t.Errorf("more of a bad thing: %s%s", text([]Interval{x}), text([]Interval{y}))
	}
}

// The negative control: one that is clearly better is never called indistinguishable, two that are equal always are.
func TestCannotTell(t *testing.T) {
	rules, _ := sixteen(Verified)
	s := mustParse(t, rules)
	for seed := range uint64(40) {
		d := Data{Period: "2017Q2"}
		for i := range 10 {
			for j, v := range []string{"97", "90", "90", "89.9"} {
				if j == 3 && i%2 == 0 {
					v = "90.2"
				}
				d.Rows = append(d.Rows, Input{Unit: []string{"上镇", "乙镇", "丙镇", "丁镇"}[j], Item: fmt.Sprintf("指标%d", i), Value: some(v), Target: some("100"), Kind: Reported})
			}
		}
		list := Intervals(s, d, Observed{Gaps: map[string][]Num{"上镇": gaps("-0.02", "0", "0.01"), "乙镇": gaps("0.02", "0", "-0.01")}}, seed, 120)
		best, b, c, e := byUnit(t, list, "上镇"), byUnit(t, list, "乙镇"), byUnit(t, list, "丙镇"), byUnit(t, list, "丁镇")
		for _, x := range []Interval{b, c, e} {
			if say, yes := CannotTell(best, x); yes {
				t.Errorf("seed %d: the clear winner: %s", seed, say)
			}
			if say, yes := CannotTell(x, best); yes {
				t.Errorf("seed %d: the clear winner: %s", seed, say)
			}
		}
		if say, yes := CannotTell(b, c); !yes || say != "与第 3 名丙镇得分相同，不能说明谁更好" && say != "与第 2 名丙镇得分相同，不能说明谁更好" {
			t.Errorf("seed %d: equals: %q", seed, say)
		}
		if say, yes := CannotTell(b, e); !yes || !strings.Contains(say, "丁镇差 0.05 分，小于误差") {
			t.Errorf("seed %d: five hundredths: %q", seed, say)
		}
		tiers := TiersFromIntervals(list)
		for i, x := range list {
			if (tiers[i] == 1) != (x.Unit == "上镇") || tiers[i] > 2 {
				t.Errorf("seed %d: tiers %v of\n%s", seed, tiers, text(list))
			}
		}
	}
	if _, yes := CannotTell(Interval{Rank: 0}, Interval{Rank: 1, Unit: "x"}); yes {
		t.Error("an unranked unit was compared")
	}
}

// A unit that is better on every item by a little is better whatever the weights, although the ranges overlap.
func TestBetterOnEverything(t *testing.T) {
	s := mustParse(t, tenItems+"  - {name: 难, weight: 50, source_unit: 局, method: ratio}\n  - {name: 易, weight: 50, source_unit: 局, method: ratio}\n")
	d := Data{Period: "2017Q2", Rows: []Input{in("甲镇", "难", "41", "100"), in("甲镇", "易", "100", "100"), in("乙镇", "难", "40", "100"), in("乙镇", "易", "99", "100")}}
	list := Intervals(s, d, Observed{}, 3, 200)
	a, b := byUnit(t, list, "甲镇"), byUnit(t, list, "乙镇")
	if a.Low.Cmp(b.High) > 0 {
		t.Fatalf("the ranges should overlap: %s", text(list))
	}
	if say, yes := CannotTell(a, b); yes {
		t.Error(say)
	}
	if a.RankHigh != 1 || b.RankLow != 2 {
		t.Error(text(list))
	}
}

func TestTiersFromIntervals(t *testing.T) {
	one := func(total, lo, hi string, rank int) Interval {
		return Interval{Total: decimal.MustParse(total), Low: decimal.MustParse(lo), High: decimal.MustParse(hi), Rank: rank}
	}
	got := TiersFromIntervals([]Interval{one("95", "93", "97", 1), one("92", "90", "93", 2), one("90", "88", "92", 3), one("90", "90", "90", 3), one("80", "80", "87", 5), {}})
	if fmt.Sprint(got) != "[1 1 2 2 3 0]" {
		t.Error(got)
	}
	if TiersFromIntervals(nil) == nil && len(TiersFromIntervals(nil)) != 0 {
		t.Error("nothing makes no tiers")
	}
}

// Every shipped scheme can be drawn with its bonuses, parts and methods that compare units.
func TestIntervalsOfPacks(t *testing.T) {
	s, err := Pack("jiaocheng-quarterly")
	if err != nil {
		t.Fatal(err)
	}
	d := Data{Period: "2017Q2"}
	for i, u := range []string{"甲镇", "乙镇", "丙镇"} {
		for k := range 3 {
			d.Rows = append(d.Rows, Input{Unit: u, Item: "任务完成", Value: Some(decimal.MustNew(int64(40+3*i+k), 0)), Target: some("50"), Count: some("1"), Kind: Reported, Source: fmt.Sprintf("task:%d%d@2017-06", i, k)})
		}
		d.Rows = append(d.Rows, in(u, "督查核验", fmt.Sprint(8+i), "10"), Input{Unit: u, Item: "争先进位", Value: Some(decimal.MustNew(int64(i), 0)), Kind: Reported})
	}
	d.Rows = append(d.Rows, Input{Unit: "甲镇", Event: "上级书面表扬", Count: some("2")}, Input{Unit: "乙镇", Event: "上级通报批评", Count: some("1")})
	res := Compute(s, d)
	for _, x := range Intervals(s, d, Observed{}, 5, 60) {
		u := res.Find(x.Unit)
		if x.Low.Cmp(u.Total) > 0 || x.High.Cmp(u.Total) < 0 {
			t.Errorf("%s", text([]Interval{x}))
		}
	}
}

func BenchmarkIntervals(b *testing.B) {
	rules, d := sixteen(Reported)
	s := mustParse(b, rules)
	seen := Observed{Gaps: map[string][]Num{"单位03": gaps("-0.08", "-0.04", "0"), "单位09": gaps("0", "0.02")}}
	b.ReportAllocs()
	for b.Loop() {
		Intervals(s, d, seen, 42, Draws)
	}
}
