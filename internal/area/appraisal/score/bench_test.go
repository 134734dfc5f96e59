package score

import (
	"flag"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"
)

// The country: 2,850 districts of 100 units and 60 indicators each. A run takes a sample of districts and says what
// all would take at that pace; with -districts 2850 nothing is extrapolated.
const allDistricts, benchUnits, benchItems = 2850, 100, 60

var districts = flag.Int("districts", sample(), "districts that a benchmark scores, of 2850; also DUBAN_BENCH_DISTRICTS")

func sample() int {
	if n, err := strconv.Atoi(os.Getenv("DUBAN_BENCH_DISTRICTS")); err == nil && n > 0 {
		return n
	}
	return 3
}

func benchRules() string {
	var b strings.Builder
	b.WriteString("id: bench\nname: 压测\nversion: \"1\"\nbase: 100\nitems:\n")
	for i := range benchItems {
		fmt.Fprintf(&b, "  - {name: 指标%02d, weight: %d, source_unit: 局, method: ratio}\n", i, 1+i%3)
	}
	return b.String()
}

// benchNames are what the units and the indicators are called.
var benchNames, benchIndicators = func() (u, i []string) {
	for n := range benchUnits {
		u = append(u, fmt.Sprintf("单位%04d", n))
	}
	for n := range benchItems {
		i = append(i, fmt.Sprintf("指标%02d", n))
	}
	return
}()

// benchDistrict is one district's rows of a period, another one for each number, in the memory of rows.
func benchDistrict(n int, rows []Input) Data {
	r := rand.New(rand.NewSource(int64(n)))
	rows = rows[:0]
	for _, u := range benchNames {
		for _, i := range benchIndicators {
			rows = append(rows, Input{Unit: u, Item: i, Value: Some(decimal.MustNew(r.Int63n(12000), 2)), Target: Some(decimal.MustNew(1+r.Int63n(12000), 2)), Kind: Certified})
		}
	}
	return Data{Period: "2026Q1", Rows: rows}
}

// floor is the same arithmetic on int64 hundredths without groups, kinds, explanations or fingerprints: what the work itself costs.
// It returns each unit's total, so that it can be held to the engine's.
func floor(v, t []int64, totals []int64) {
	clear(totals)
	for i := range v {
		w := int64(1 + i%benchItems%3)
		totals[i/benchItems] += (min(v[i], t[i])*100*w*2 + t[i]) / (2 * t[i])
	}
}

func cents(d Data, v, t []int64) ([]int64, []int64) {
	v, t = v[:0], t[:0]
	for _, r := range d.Rows {
		v, t = append(v, int64(r.Value.Decimal.Coef())), append(t, int64(r.Target.Decimal.Coef()))
	}
	return v, t
}

// The floor does the same work: its totals are the engine's.
func TestFloorScoresTheSame(t *testing.T) {
	s := mustParse(t, benchRules())
	d := benchDistrict(1, nil)
	v, goal := cents(d, nil, nil)
	totals := make([]int64, benchUnits)
	floor(v, goal, totals)
	res := Compute(s, d)
	for u, want := range totals {
		name := fmt.Sprintf("单位%04d", u)
		if got := res.Find(name).Total; got.Cmp(decimal.MustNew(want, 2)) != 0 {
			t.Fatalf("%s: the engine %s, the floor %d hundredths", name, got, want)
		}
	}
}

// BenchmarkDistricts scores districts from memory with every point explained, one after another, each result dropped before the next; beside
// it the floor on the same numbers. scores/s of both on one core, the ratio, and the seconds: with all districts those that passed, with a
// sample what all would take. Times are the processor's where the system tells (the collector's share included), so that what else the machine
// does weighs little; wall-s is by the clock.
func BenchmarkDistricts(b *testing.B) {
	s, err := Parse([]byte(benchRules()))
	if err != nil {
		b.Fatal(err)
	}
	const floors = 40 // one floor is too short to time
	totals := make([]int64, benchUnits)
	var rows []Input
	var v, t []int64
	var ours, bare, wall time.Duration
	n := 0
	b.ResetTimer()
	for range b.N {
		for k := range *districts {
			b.StopTimer()
			d := benchDistrict(k, rows)
			rows = d.Rows
			v, t = cents(d, v, t)
			b.StartTimer()
			at, clock := busy(), time.Now()
			res := Compute(s, d)
			mid := busy()
			wall += time.Since(clock)
			for range floors {
				floor(v, t, totals)
			}
			ours, bare = ours+mid-at, bare+busy()-mid
			if len(res.Groups) != 1 || len(res.Groups[0].Rows) != benchUnits || totals[0] == 0 {
				b.Fatal("nothing computed")
			}
			n++
		}
	}
	scores := float64(n * benchUnits * benchItems)
	b.ReportMetric(scores/ours.Seconds(), "scores/s")
	b.ReportMetric(scores*floors/bare.Seconds(), "floor-scores/s")
	b.ReportMetric(float64(bare)/floors/float64(ours), "x-floor")
	b.ReportMetric(ours.Seconds()/float64(n)*allDistricts, "s/2850-districts")
	b.ReportMetric(wall.Seconds()/float64(n)*allDistricts, "wall-s/2850-districts")
	b.ReportMetric(float64(*districts), "districts-scored")
	b.ReportMetric(0, "ns/op")
}
