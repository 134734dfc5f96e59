package indicator

import (
	"testing"
	"time"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
)

func scaled(v int64) *amount.Scaled { s := amount.Scaled(v * 10000); return &s }

func TestCertificationCheck(t *testing.T) {
	h := Sheet{Indicator: Indicator{Name: "技改投资", Measure: "万元", SourceUnitID: 5}, Plan: Plan{From: "2017-02", To: "2017-12", Target: 120000}}
	now := time.Date(2017, 4, 18, 9, 0, 0, 0, period.Beijing)
	long := string(make([]rune, MaxNote+1))
	for _, x := range []struct {
		name  string
		c     Certification
		old   Value
		field string
	}{
		{"good", Certification{Month: "2017-03", Source: "月报"}, Value{}, ""},
		{"correction with a reason", Certification{Month: "2017-03", Source: "月报", Note: "漏计"}, Value{Certified: scaled(1)}, ""},
		{"correction without", Certification{Month: "2017-03", Source: "月报"}, Value{Certified: scaled(1)}, "note"},
		{"no source", Certification{Month: "2017-03"}, Value{}, "source"},
		{"running month", Certification{Month: "2017-04", Source: "月报"}, Value{}, "period"},
		{"before the plan", Certification{Month: "2017-01", Source: "月报"}, Value{}, "period"},
		{"no month", Certification{Month: "三月", Source: "月报"}, Value{}, "period"},
		{"long reason", Certification{Month: "2017-03", Source: "月报", Note: long}, Value{}, "note"},
		{"long source", Certification{Month: "2017-03", Source: long}, Value{}, "source"},
	} {
		bad := errs.FieldsOf(x.c.Check(h, x.old, now))
		if x.field == "" && len(bad) > 0 || x.field != "" && (len(bad) != 1 || bad[0].Name != x.field) {
			t.Errorf("%s: %v", x.name, bad)
		}
	}
}

func TestGapsOfALine(t *testing.T) {
	l := Line{Sheet: Sheet{Indicator: Indicator{SourceUnitID: 5}, Plan: Plan{From: "2017-02", To: "2017-08"}}, Values: []Value{
		{Period: "2017-02", Reported: scaled(3), Certified: scaled(3)},
		{Period: "2017-03", Reported: scaled(5), Verified: scaled(4)},
		{Period: "2017-04", Reported: scaled(6), Certified: scaled(5)},
		{Period: "2017-05", Reported: scaled(7)},
		{Period: "2017-09", Reported: scaled(9)}}}
	for m, want := range map[period.Month]Gap{"2017-02": NoGap, "2017-03": Contradicts, "2017-04": Contradicts, "2017-05": Uncertified, "2017-06": Nothing, "2017-09": NoGap} {
		if got := l.Gap(m); got != want {
			t.Errorf("%s: %q, want %q", m, got, want)
		}
	}
	open := l.Open("2017-10")
	if len(open) != 5 || open[0] != "2017-03" || open[4] != "2017-08" {
		t.Errorf("open: %v", open)
	}
	if l.SourceUnitID = 0; l.Open("2017-10") != nil || l.Gap("2017-05") != NoGap {
		t.Error("nobody certifies it, and yet it waits")
	}
}
