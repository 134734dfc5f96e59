package score

import (
	"testing"

	"github.com/govalues/decimal"
)

// TestEachShare: three tasks of weights 5, 3 and 2, done 100 %, 50 % and 150 % of plan, capped: 10 × (5×1 + 3×0.5 + 2×1) ÷ 10 = 8.5.
func TestEachShare(t *testing.T) {
	s, err := Parse([]byte(`
id: t
name: t
version: "1"
period: quarter
base: 10
rounding: {item: 2, total: 2, mode: half_up}
items:
  - {id: "1", name: 任务, weight: 10, source_unit: x, method: ratio, each: share, params: {cap: 1}}
`))
	if err != nil {
		t.Fatal(err)
	}
	d := Data{Period: "2017Q1"}
	for _, r := range [][3]string{{"10", "10", "5"}, {"5", "10", "3"}, {"15", "10", "2"}} {
		d.Rows = append(d.Rows, Input{Unit: "甲镇", Group: "镇", Item: "任务", Value: Some(decimal.MustParse(r[0])), Target: Some(decimal.MustParse(r[1])), Count: Some(decimal.MustParse(r[2])), Kind: Verified})
	}
	u := Compute(s, d).Find("甲镇")
	if u == nil || u.Total.String() != "8.50" {
		t.Fatalf("got %+v", u)
	}
	t.Log(u.Items[0].Formula)
}
