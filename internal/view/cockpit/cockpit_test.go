package cockpit

import (
	"testing"

	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

func scaled(n int64) *amount.Scaled { v := amount.Scaled(n * 10000); return &v }

// TestBuild: two tasks of weights 3 and 1, January to December, targets 120 and 60. At the end of February the first has
// 24 reported and 12 verified, the second 10 reported in January and nothing since: the verified value counts, and the missing
// month keeps the last value.
func TestBuild(t *testing.T) {
	tasks := []task.Task{{ID: 1, IndicatorID: 11, Weight: 300, Standing: task.Standing{Light: task.Red, DaysLate: 4}}, {ID: 2, IndicatorID: 12, Weight: 100, Standing: task.Standing{Light: task.Green}}}
	plan := func(n int64) indicator.Plan {
		return indicator.Plan{From: "2017-01", To: "2017-12", Target: amount.Scaled(n * 10000)}
	}
	sheets := map[int64]indicator.Sheet{11: {Plan: plan(120)}, 12: {Plan: plan(60)}}
	history := map[int64][]indicator.Value{
		11: {{Period: "2017-01", Reported: scaled(12)}, {Period: "2017-02", Reported: scaled(24), Verified: scaled(12)}},
		12: {{Period: "2017-01", Reported: scaled(10)}},
	}
	c, months := build(7, 9, tasks, sheets, history, "2017-02")
	if c.Light() != task.Red || c.DaysLate != 4 || c.Worst != 1 || c.Total() != 2 {
		t.Errorf("cell %+v", c)
	}
	if len(months) != 2 {
		t.Fatalf("%d months", len(months))
	}
	feb := months[1]
	if feb.Filed != 1 || feb.Verified != 1 || feb.Expected != 2 {
		t.Errorf("february: filed %d, verified %d of %d", feb.Filed, feb.Verified, feb.Expected)
	}
	p := Sum(months[1:])
	// (300 × 10 % + 100 × 16.67 %) ÷ 400 = 11.67 %; reported (300 × 20 % + 100 × 16.67 %) ÷ 400 = 19.17 %; plan 16.67 %.
	if p.Best != 1167 || p.Reported != 1917 || p.Pace != 1667 || p.Lead() != -500 {
		t.Errorf("progress %+v", p)
	}
}

// TestSum: percentages are added by weight and never averaged.
func TestSum(t *testing.T) {
	if p := Sum([]Month{{Weight: 1, Best: 10000}, {Weight: 3, Best: 0}}); p.Best != 2500 {
		t.Errorf("a quarter of the weight is done, got %d", p.Best)
	}
	if p := Sum(nil); p.Best != 0 {
		t.Error("nothing is nothing")
	}
}

// TestLooked: the last month that is over is looked at, unless nothing of it has come in and nothing is due.
func TestLooked(t *testing.T) {
	at := func(filed map[period.Month]int64) (out []Month) {
		for m, n := range filed {
			out = append(out, Month{Campaign: 1, Period: m, Filed: n})
		}
		return out
	}
	for _, x := range []struct {
		filed   map[period.Month]int64
		missing int64
		want    period.Month
	}{
		{nil, 0, "2017-09"},
		{map[period.Month]int64{"2017-08": 3}, 0, "2017-08"},
		{map[period.Month]int64{"2017-08": 3}, 2, "2017-09"},
		{map[period.Month]int64{"2017-08": 3, "2017-09": 1}, 0, "2017-09"},
	} {
		if got := looked("2017-09", at(x.filed), x.missing); got != x.want {
			t.Errorf("%v, %d missing: %s, want %s", x.filed, x.missing, got, x.want)
		}
	}
}

// TestSeries: a campaign's units are added month by month, from its first month to the one looked at.
func TestSeries(t *testing.T) {
	months := []Month{{Campaign: 1, Unit: 7, Period: "2017-01", Weight: 1, Best: 1000, Pace: 800}, {Campaign: 1, Unit: 8, Period: "2017-01", Weight: 3, Best: 6000, Pace: 2400},
		{Campaign: 2, Period: "2017-01", Weight: 1, Best: 9999}, {Campaign: 1, Unit: 7, Period: "2017-02", Weight: 1, Best: 2000, Pace: 1600}, {Campaign: 1, Period: "2017-03", Weight: 1}}
	got := Series(months, 1, "2017-01", "2017-02")
	if len(got) != 2 || got[0].Best != 1750 || got[0].Pace != 800 || got[1].Month != "2017-02" || got[1].Lead() != 400 {
		t.Errorf("%+v", got)
	}
}
