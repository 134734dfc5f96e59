package score

import (
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

// Of a unit with several tasks, one that is verified does not make the others vanish.
func TestEachFactHasItsOwnKind(t *testing.T) {
	rows := []Input{}
	add := func(value int64, kind Kind, source string) {
		rows = append(rows, Input{Unit: "甲镇", Item: "任务", Period: "2017Q2", Value: Some(decimal.MustNew(value, 0)), Target: Some(decimal.MustNew(100, 0)), Kind: kind, Source: source})
	}
	add(100, Verified, "task:1")
	add(90, Reported, "task:1") // the same fact: the verified value stands
	add(50, Reported, "task:2")
	add(0, Reported, "task:3")
	for policy, want := range map[string]string{"use": "50.00", "zero": "33.33", "missing": "100.00"} {
		s, err := Parse([]byte("id: x\nname: x\nversion: \"1\"\nperiod: quarter\nbase: 100\nrounding: {item: 2, total: 2, mode: half_up}\nunverified: " + policy +
			"\nitems:\n  - {id: \"1\", name: 任务, weight: 100, method: ratio, each: mean, params: {cap: 1}}\n"))
		if err != nil {
			t.Fatal(err)
		}
		u := Compute(s, Data{Period: "2017Q2", Rows: rows}).Find("甲镇")
		if u == nil || u.Total.String() != want {
			t.Errorf("%s: %+v, want %s", policy, u, want)
		}
		if policy == "zero" && !strings.Contains(strings.Join(u.Items[0].Notes, ""), "自报值不计分") {
			t.Errorf("not said: %v", u.Items[0].Notes)
		}
	}
}
