package bench

import (
	"slices"
	"testing"

	"duban/internal/base/sqldb"
	"duban/internal/spine/task"
)

// TestPage walks all pages of the list and meets every task once, in the order of the whole list, in two statements a page.
func TestPage(t *testing.T) {
	d := open(t, small)
	for who, ctx := range map[string]struct{ all, unit int }{"boss": {small.Items, 0}, "clerk": {0, 3}} {
		actor := d.boss(t.Context())
		if who == "clerk" {
			actor = d.clerk(t.Context(), ctx.unit)
		}
		want, err := d.Task.Tasks(actor, task.Filter{})
		if err != nil || len(want) == 0 || ctx.all != 0 && len(want) != ctx.all {
			t.Fatal(who, len(want), err)
		}
		var got []task.Task
		f := task.Filter{Limit: 7}
		for {
			counted, n := sqldb.WithCounter(actor)
			p, err := d.Task.Page(counted, f)
			if err != nil {
				t.Fatal(err)
			}
			if n.N() > 2 {
				t.Fatalf("a page took %d statements: %v", n.N(), n.Names())
			}
			sum := int64(0)
			for _, c := range p.Count {
				sum += c
			}
			if sum != int64(len(want)) {
				t.Fatalf("%s: the head counts %d of %d tasks", who, sum, len(want))
			}
			got = append(got, p.Rows...)
			if !p.More {
				break
			}
			last := p.Rows[len(p.Rows)-1]
			f.AfterRank, f.AfterID = last.Standing.Light.Rank(), last.ID
		}
		if !slices.EqualFunc(got, want, func(a, b task.Task) bool { return a.ID == b.ID }) {
			t.Errorf("%s: the pages hold %d tasks, the list %d, or in another order", who, len(got), len(want))
		}
	}
	p, err := d.Task.Page(d.clerk(t.Context(), 1), task.Filter{Unit: d.Units[2]})
	if err != nil || len(p.Rows) != 0 || len(p.Count) != 0 {
		t.Errorf("a clerk sees another unit's tasks: %d, %v", len(p.Rows), err)
	}
}
