package supervision

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/task"
)

func quiet(n int) (out []Candidate) {
	for i := range n {
		out = append(out, Candidate{TaskID: int64(1000 + i), UnitID: int64(i % 7), Light: task.Green, SinceCheck: 1})
	}
	return out
}

// The same seed gives the same sample for ever: these ids were worked out apart from this program and must never change, in whatever order the candidates come.
func TestDrawIsForEver(t *testing.T) {
	list := quiet(40)
	list[17].Light, list[17].Behind = task.Red, 2500
	list[23].Light = task.Missing
	ids := func(d []Drawn) (s string) {
		for _, x := range d {
			s += fmt.Sprintf("%d/%s ", x.TaskID, x.How)
		}
		return strings.TrimSpace(s)
	}
	const want = "1017/risk 1023/risk 1007/risk 1020/risk 1033/risk 1038/chance 1025/chance 1016/chance"
	first := draw(list, 8, "蕉城 2017-03")
	if got := ids(first); got != want {
		t.Errorf("drawn %s\nwant  %s", got, want)
	}
	for range 20 {
		rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		if again := draw(list, 8, "蕉城 2017-03"); !reflect.DeepEqual(again, first) {
			t.Fatalf("another order, another sample: %s", ids(again))
		}
	}
	if reflect.DeepEqual(draw(list, 8, "蕉城 2017-04"), first) {
		t.Error("another seed gives the same sample")
	}
	if n := len(draw(list, 100, "x")); n != 40 {
		t.Errorf("%d of 40", n)
	}
}

// How often each task is drawn over many seeds: the risky ones always, the quiet ones by chance – and no quiet one never.
func TestDrawIsBiasedToRisk(t *testing.T) {
	frequency := func(list []Candidate) map[int64]int {
		n := map[int64]int{}
		for seed := range 1000 {
			for _, d := range draw(list, 10, fmt.Sprint(seed)) {
				n[d.TaskID]++
			}
		}
		return n
	}
	list := quiet(50)
	risky := list[3].TaskID
	list[3].Light, list[3].Late = task.Red, 2
	n := frequency(list)
	if n[risky] != 1000 {
		t.Errorf("the red task is drawn %d times of 1000", n[risky])
	}
	for _, c := range list {
		if c.TaskID != risky && (n[c.TaskID] < 100 || n[c.TaskID] > 300) { // 9 places for 49: 184 on average
			t.Errorf("the quiet task %d is drawn %d times of 1000", c.TaskID, n[c.TaskID])
		}
	}
	// Negative control: without risk the same task is drawn as often as any other.
	if n := frequency(quiet(50)); n[risky] < 130 || n[risky] > 270 { // 200 on average
		t.Errorf("without risk it is drawn %d times of 1000", n[risky])
	}
	// Were all ten risky, three places are still drawn by chance from the others: nobody is safe.
	list = quiet(50)
	for i := range 20 {
		list[i].Light, list[i].Behind = task.Red, int64(3000-i*100)
	}
	n = frequency(list)
	if list[0].TaskID == 0 || n[list[0].TaskID] != 1000 || n[list[49].TaskID] == 0 {
		t.Errorf("worst %d, best %d", n[list[0].TaskID], n[list[49].TaskID])
	}
}

func TestScore(t *testing.T) {
	for _, x := range []struct {
		c    Candidate
		want int64
	}{
		{Candidate{Light: task.Green}, 0},
		{Candidate{Light: task.Red}, 4000},
		{Candidate{Light: task.Missing}, 4000},
		{Candidate{Light: task.Amber}, 2000},
		{Candidate{Behind: 1234}, 1234},
		{Candidate{Behind: 9999}, 3000},
		{Candidate{Gap: 1000}, 2000},
		{Candidate{Gap: 9000}, 3000},
		{Candidate{Late: 2}, 1000},
		{Candidate{Late: 6}, 1500},
		{Candidate{SinceCheck: -1}, 2000},
		{Candidate{SinceCheck: 3}, 600},
		{Candidate{SinceCheck: 30}, 2000},
		{Candidate{Weight: 500}, 500},
		{Candidate{Weight: 5000}, 1000},
		{Candidate{Light: task.Red, Behind: 3000, Gap: 1500, Late: 3, SinceCheck: -1, Weight: 1000}, 14500},
	} {
		if got, why := x.c.score(); got != x.want || (got > 0) != (why != "") {
			t.Errorf("%+v: %d (%s), want %d", x.c, got, why, x.want)
		}
	}
}

// What was drawn can be drawn again from what was recorded; a sample that somebody has swapped is found.
func TestCheckDraws(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-04-01")
		tour := g.tour()
		check := func() (bad []string) {
			g.read(func(ctx context.Context, tx *sqldb.Tx) (err error) {
				bad, err = CheckDraws(ctx, tx, region)
				return err
			})
			return bad
		}
		if bad := check(); len(bad) != 0 {
			t.Errorf("%v", bad)
		}
		g.write("方衡", func(ctx context.Context, tx *sqldb.Tx, _ auth.Actor) error {
			_, err := tx.Exec(ctx, insertSample, region, tour, int64(4242), g.unit["城南镇"], 4, ByRisk, 1, "塞进来的")
			return err
		})
		if bad := check(); len(bad) != 1 {
			t.Errorf("a swapped sample is not found: %v", bad)
		}
	})
}
