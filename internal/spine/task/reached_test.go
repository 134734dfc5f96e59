package task

import (
	"testing"

	"duban/internal/base/period"
	"duban/internal/spine/indicator"
)

// TestReachedValue: the weights of what was reached by the month's end, exactly; weights that do not make the whole say nothing.
func TestReachedValue(t *testing.T) {
	p := indicator.Plan{From: "2017-01", To: "2017-12", Target: 100_0000}
	ms := []Milestone{{Weight: 3333, DoneOn: "2017-03-31", ClaimedOn: "2017-03-01"}, {Weight: 3333, ClaimedOn: "2017-04-30"}, {Weight: 3334}}
	for m, want := range map[string]StepValue{
		"2017-02": {}, "2017-03": {Value: 33_3300, Checked: 1, CheckedW: 3333}, "2017-04": {Value: 66_6600, Checked: 1, Claimed: 1, CheckedW: 3333, ClaimedW: 3333},
	} {
		if got, ok := ReachedValue(ms, p, period.Month(m)); !ok || got != want {
			t.Errorf("%s: %+v %v, want %+v", m, got, ok, want)
		}
	}
	if _, ok := ReachedValue(ms[:2], p, "2017-04"); ok {
		t.Error("weights of two thirds are taken for the whole")
	}
	if _, ok := ReachedValue(nil, p, "2017-04"); ok {
		t.Error("no milestones say something")
	}
	if _, ok := ReachedValue(ms, indicator.Plan{}, "2017-04"); ok {
		t.Error("no target")
	}
}
