package score

import (
	"fmt"
	"slices"
	"testing"

	"github.com/govalues/decimal"
)

// fourQuarters is a year of the sixteen units with what each quarter was scored from. lack leaves a unit out of the first two quarters.
func fourQuarters(t *testing.T, seen Observed, lack string) (*Scheme, YearInput, []Basis) {
	t.Helper()
	text, _ := sixteen(Reported)
	s, err := Parse([]byte(text + "aggregate:\n  year:\n    - {of: quarter, fn: mean, w: 1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	y := YearInput{Period: "2017"}
	var from []Basis
	for q := range 4 {
		_, d := sixteen(Reported)
		d.Period = fmt.Sprintf("2017Q%d", q+1)
		for i := range d.Rows { // the units lie close together, and every quarter is somewhat different
			v, err := d.Rows[i].Value.Decimal.Add(decimal.MustNew(int64(i%16*11-(i*3+q*7)%11), 1))
			if err != nil {
				t.Fatal(err)
			}
			d.Rows[i].Value = Some(v)
		}
		if q < 2 {
			d.Rows = slices.DeleteFunc(d.Rows, func(r Input) bool { return r.Unit == lack })
		}
		y.Quarters = append(y.Quarters, Compute(s, d))
		from = append(from, Basis{Period: d.Period, Scheme: s, Data: d, Seen: seen})
	}
	return s, y, from
}

func TestYearIntervals(t *testing.T) {
	s, y, from := fourQuarters(t, Observed{}, "")
	base := Aggregate(s, y)
	list := YearIntervals(s, y, from, 7, Draws)
	if len(list) != 16 {
		t.Fatalf("%d intervals of 16 units", len(list))
	}
	wide := 0
	for _, x := range list {
		u := base.Find(x.Unit)
		if x.Total.Cmp(u.Total) != 0 || x.Rank != u.Rank {
			t.Errorf("%s: %s and place %d; the year says %s and %d", x.Unit, x.Total, x.Rank, u.Total, u.Rank)
		}
		if x.Low.Cmp(x.Total) > 0 || x.High.Cmp(x.Total) < 0 || x.RankLow > x.Rank || x.RankHigh < x.Rank || x.RankLow < 1 || x.RankHigh > 16 {
			t.Errorf("%s: %s in [%s %s], %d in [%d %d]", x.Unit, x.Total, x.Low, x.High, x.Rank, x.RankLow, x.RankHigh)
		}
		if x.RankLow < x.RankHigh {
			wide++
		}
	}
	if wide == 0 {
		t.Error("no place is unsure, though the weights are varied")
	}
	// The order of what comes in does not matter, nor does drawing twice; another seed draws otherwise.
	back := slices.Clone(from)
	slices.Reverse(back)
	other := y
	other.Quarters = slices.Clone(y.Quarters)
	slices.Reverse(other.Quarters)
	if a, b := text(list), text(YearIntervals(s, other, back, 7, Draws)); a != b {
		t.Errorf("in another order:\n%s\n%s", a, b)
	}
	if text(list) == text(YearIntervals(s, y, from, 8, Draws)) {
		t.Error("another seed draws the same")
	}
}

// What verification has found of self-reports widens a year's interval to the side that it found.
func TestYearIntervalsOfGaps(t *testing.T) {
	s, y, from := fourQuarters(t, Observed{}, "")
	_, _, doubted := fourQuarters(t, Observed{Gaps: map[string][]Num{"单位03": gaps("-0.2", "-0.2", "-0.1")}}, "")
	plain, moved := byUnit(t, YearIntervals(s, y, from, 7, Draws), "单位03"), byUnit(t, YearIntervals(s, y, doubted, 7, Draws), "单位03")
	ten, _ := plain.Low.Sub(decimal.MustNew(8, 0))
	if moved.Low.Cmp(ten) > 0 || moved.RankHigh <= plain.RankHigh {
		t.Errorf("checks found a tenth and a fifth less: [%s %s] %d–%d, without them [%s %s] %d–%d", moved.Low, moved.High, moved.RankLow, moved.RankHigh, plain.Low, plain.High, plain.RankLow, plain.RankHigh)
	}
}

// Without a basis and with the same total in every quarter nothing can move but the rounding; a unit that was appraised for half a year
// is drawn on its own quarters.
func TestYearIntervalsOfFixedTotals(t *testing.T) {
	s, y, from := fourQuarters(t, Observed{}, "单位05")
	if x := byUnit(t, YearIntervals(s, y, from, 7, Draws), "单位05"); x.Rank == 0 || x.Low.Cmp(x.Total) > 0 || x.High.Cmp(x.Total) < 0 {
		t.Errorf("half a year: %+v", x)
	}
	for i := range y.Quarters {
		y.Quarters[i] = y.Quarters[2]
		y.Quarters[i].Period = fmt.Sprintf("2017Q%d", i+1)
	}
	for _, x := range YearIntervals(s, y, nil, 7, Draws) {
		d, err := x.High.Sub(x.Low)
		if err != nil || d.Cmp(decimal.MustNew(2, 2)) > 0 {
			t.Errorf("%s: [%s %s] of totals that do not move", x.Unit, x.Low, x.High)
		}
	}
	text, _ := sixteen(Reported)
	none, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := YearIntervals(none, y, nil, 7, Draws); got != nil {
		t.Errorf("a scheme that makes no year: %v", got)
	}
}
