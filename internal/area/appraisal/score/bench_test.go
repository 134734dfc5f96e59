package score

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

// The load of a province, scaled down 1:95: 30 units × 100 items × 60 periods (2,850 units in the original).
const benchUnits, benchItems = 30, 100

func benchCase() (string, Data) {
	var b strings.Builder
	b.WriteString("id: bench\nname: 压测\nversion: \"1\"\nbase: 100\nitems:\n")
	r := rand.New(rand.NewSource(9))
	d := Data{Period: "2026-01"}
	for i := range benchItems {
		fmt.Fprintf(&b, "  - {name: 指标%02d, weight: 1, source_unit: 局, method: ratio}\n", i)
		for u := range benchUnits {
			d.Rows = append(d.Rows, Input{Unit: fmt.Sprintf("单位%04d", u), Item: fmt.Sprintf("指标%02d", i), Value: Some(decimal.MustNew(r.Int63n(12000), 2)), Target: Some(decimal.MustNew(10000, 2)), Kind: Certified})
		}
	}
	return b.String(), d
}

// BenchmarkCompute is one period with every score explained; one op is 3,000 scores.
func BenchmarkCompute(b *testing.B) {
	text, d := benchCase()
	s, err := Parse([]byte(text))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		Compute(s, d)
	}
	b.ReportMetric(float64(benchUnits*benchItems)*float64(b.N)/b.Elapsed().Seconds(), "scores/s")
}

// BenchmarkFloor is the same arithmetic on int64 hundredths without explanations: what the work itself costs.
func BenchmarkFloor(b *testing.B) {
	_, d := benchCase()
	v, t := make([]int64, len(d.Rows)), make([]int64, len(d.Rows))
	for i, r := range d.Rows {
		v[i], t[i] = int64(r.Value.Decimal.Coef()), int64(r.Target.Decimal.Coef())
	}
	totals := make([]int64, benchUnits)
	for b.Loop() {
		clear(totals)
		for i := range v {
			totals[i%benchUnits] += (min(v[i], t[i])*100*2 + t[i]) / (2 * t[i])
		}
	}
	if totals[0] == 0 {
		b.Fatal("nothing computed")
	}
	b.ReportMetric(float64(benchUnits*benchItems)*float64(b.N)/b.Elapsed().Seconds(), "scores/s")
}
