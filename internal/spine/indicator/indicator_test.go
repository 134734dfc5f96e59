package indicator

import (
	"testing"

	"duban/internal/base/amount"
	"duban/internal/base/period"

	"github.com/govalues/decimal"
)

// TestPublishedLeads recomputes the eight published figures from which the step of completed months was read. Three of the
// reports round the threshold before they subtract (41.6, 66.7, 83.4), so that they differ in the first decimal.
// Source: domain 13.0.
func TestPublishedLeads(t *testing.T) {
	for _, x := range []struct {
		report    string
		from, to  period.Month
		at        period.Month
		rate      amount.Scaled // percent of the year's target
		lead      string        // as we compute it
		published string
	}{
		{"宁德 2012 年 1—8 月", "2012-01", "2012-12", "2012-08", 772000, "10.53", "10.5"},
		{"三元 2010 年 1—8 月", "2010-01", "2010-12", "2010-08", 740000, "7.33", "7.33"},
		{"闽清 2017 年至 5 月 31 日", "2017-01", "2017-12", "2017-05", 688000, "27.13", "27.2"},
		{"罗源 2016 年至 12 月 2 日", "2016-08", "2016-12", "2016-11", 1210900, "41.09", "41.09"},
		{"晋安 2016 年至 10 月 10 日", "2016-08", "2016-12", "2016-09", 762000, "36.20", "36.2"},
		{"福州 2021 年 1—6 月", "2021-01", "2021-12", "2021-06", 675000, "17.50", "17.5"},
		{"某市 1—10 月", "2021-01", "2021-12", "2021-10", 972000, "13.87", "13.8"},
		{"福州 2021 年开工率", "2021-01", "2021-12", "2021-06", 724000, "22.40", "22.4"},
	} {
		p := Plan{From: x.from, To: x.to, Target: 1000000}
		got, ok := p.Lead(x.rate, x.at)
		if !ok || got.Pad(2).String() != x.lead {
			t.Errorf("%s: %s, want %s", x.report, got, x.lead)
		}
		d, err := got.Sub(decimal.MustParse(x.published))
		if err != nil || d.Abs().Cmp(decimal.MustParse("0.1")) >= 0 {
			t.Errorf("%s: %s is not the published %s", x.report, got, x.published)
		}
	}
}

func TestPace(t *testing.T) {
	p := Plan{From: "2017-03", To: "2017-12", Target: 1000000}
	for m, want := range map[period.Month]amount.Scaled{"2017-01": 0, "2017-02": 0, "2017-03": 100000, "2017-12": 1000000, "2018-06": 1000000} {
		if got := p.Pace(m); got != want {
			t.Errorf("%s: %d, want %d", m, got, want)
		}
	}
	third := Plan{From: "2017-01", To: "2017-03", Target: 20000} // 2 ÷ 3, half up at the fourth decimal
	if a, b := third.Pace("2017-01"), third.Pace("2017-02"); a != 6667 || b != 13333 {
		t.Errorf("rounding: %d %d", a, b)
	}
	curved := Plan{From: "2017-01", To: "2017-12", Target: 1000, Curve: FromQuarters([4]amount.Scaled{230, 500, 740, 1000})}
	if err := curved.Check(); err != nil {
		t.Fatal(err)
	}
	for q, want := range map[period.Quarter]amount.Scaled{"2017Q1": 230, "2017Q2": 500, "2017Q3": 740, "2017Q4": 1000} {
		if got := curved.Quarter(q); got != want {
			t.Errorf("%s: %d, want %d", q, got, want)
		}
	}
	if got := curved.Pace("2017-02"); got != 152 { // 76, 152, and the third step takes the remainder
		t.Errorf("inside a quarter: %d", got)
	}
	if got := curved.Completed("2017-05"); got != 5 {
		t.Errorf("completed months: %d", got)
	}
}

func TestPlanCheck(t *testing.T) {
	for name, p := range map[string]Plan{
		"no target":               {From: "2017-01", To: "2017-12"},
		"backwards":               {From: "2017-12", To: "2017-01", Target: 1},
		"short curve":             {From: "2017-01", To: "2017-03", Target: 3, Curve: []amount.Scaled{1, 3}},
		"curve falls":             {From: "2017-01", To: "2017-03", Target: 3, Curve: []amount.Scaled{2, 1, 3}},
		"curve misses":            {From: "2017-01", To: "2017-03", Target: 3, Curve: []amount.Scaled{1, 2, 2}},
		"no month":                {From: "2017-13", To: "2018-01", Target: 3},
		"curve passes the target": {From: "2017-01", To: "2017-02", Target: 3, Curve: []amount.Scaled{1, 4}},
	} {
		if p.Check() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestBestAndWords(t *testing.T) {
	n := func(v amount.Scaled) *amount.Scaled { return &v }
	for _, x := range []struct {
		v    Value
		want amount.Scaled
		kind ValueKind
	}{
		{Value{Reported: n(3)}, 3, Reported},
		{Value{Reported: n(3), Verified: n(2)}, 2, Verified},
		{Value{Reported: n(3), Verified: n(2), Certified: n(0)}, 0, Certified},
	} {
		if got, kind, ok := x.v.Best(); !ok || got != x.want || kind != x.kind {
			t.Errorf("%+v: %d %s", x.v, got, kind)
		}
	}
	if _, _, ok := (Value{}).Best(); ok {
		t.Error("nothing is no value")
	}
	for v, want := range map[amount.Scaled]string{315000: "31.5 亩", 12345678900: "1,234,567.89 亩", -35000: "−3.5 亩", 0: "0 亩", 1: "0.0001 亩"} {
		if got := Show(v, "亩"); got != want {
			t.Errorf("%d: %q, want %q", v, got, want)
		}
	}
	if got, ok := Percent(1, 3); !ok || got.String() != "33.33" {
		t.Errorf("a third: %s", got)
	}
	if got := HalfUp(decimal.MustParse("-0.125"), 2); got.String() != "-0.13" {
		t.Errorf("half away from zero: %s", got)
	}
	if _, ok := Percent(1, 0); ok {
		t.Error("a share of nothing")
	}
}
