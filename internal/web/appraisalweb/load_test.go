package appraisalweb

import (
	"strings"
	"testing"

	"duban/internal/area/appraisal"
	"duban/internal/spine/burden"
)

// What was asked of a unit in the quarter stands beside its score, for the units that the reader may see; without a burden account there is no such column.
func TestBurdenBesideTheScore(t *testing.T) {
	v := roundView{View: appraisal.View{Round: appraisal.Round{Kind: appraisal.Quarterly, Period: "2017Q2"}}}
	for _, c := range v.cols() {
		if c.Label == "本季填报负担" {
			t.Error("a column of nothing")
		}
	}
	v.Loads = map[int64]burden.Load{7: {Unit: 7, Sheets: 27, Minutes: 340, Checks: 3}}
	n := 0
	for _, c := range v.cols() {
		if c.Label == "本季填报负担" {
			n++
		}
	}
	for unit, want := range map[int64]string{7: `<a href="/burden?m=2017-06">27 张　约 6 小时　查 3 次</a>`, 8: ""} {
		var b strings.Builder
		if err := line(v, appraisal.Line{UnitID: unit, Unit: "城南镇"}).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "27 张") != (want != "") || !strings.Contains(b.String(), want) {
			t.Errorf("unit %d: %s", unit, b.String())
		}
	}
	if n != 1 {
		t.Errorf("%d columns", n)
	}
}
