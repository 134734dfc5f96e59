package appraisal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"

	"github.com/govalues/decimal"
)

// TestDraw draws again by hand: half by risk, half by the smallest lots, the same whatever the order of the rows.
func TestDraw(t *testing.T) {
	var rows []score.Input
	for i := range 100 {
		rows = append(rows, score.Input{Unit: fmt.Sprintf("镇%02d", i%10), Item: ItemTasks, Source: fmt.Sprintf("task:%d@2017-06", i+1), Kind: score.Reported, Value: score.Some(decimal.MustNew(int64(i), 0)), Target: score.Some(decimal.MustNew(50, 0))})
	}
	rows = append(rows, score.Input{Unit: "镇01", Item: ItemVerified, Source: "verified:1@2017Q2", Value: score.Some(decimal.One)}, // counted by the program
		score.Input{Unit: "镇01", Event: "免考", Source: "event:9", Exempt: true, Value: score.Some(decimal.One)}, rows[0])
	risky := map[string][]string{"task:7@2017-06": {"甲"}, "task:70@2017-06": {"甲", "乙"}, "task:33@2017-06": {"甲"}}
	why := func(r score.Input) []string { return risky[r.Source] }
	units := map[string]int64{"镇06": 6}
	d, got := draw(rows, why, units, "seed-1")
	if d.Of != 100 || d.Risky != 3 || d.Spots != 10 || len(got) != 10 {
		t.Fatalf("%+v, %d spots", d, len(got))
	}
	if got[0].Source != "task:70@2017-06" || got[0].Why != "甲；乙" || got[1].Why == "" || got[2].Why == "" {
		t.Errorf("risk first: %+v", got[:3])
	}
	var lots []string
	for i := range 100 {
		src := fmt.Sprintf("task:%d@2017-06", i+1)
		if risky[src] == nil {
			sum := sha256.Sum256([]byte("seed-1|" + src))
			lots = append(lots, hex.EncodeToString(sum[:])+" "+src)
		}
	}
	sort.Strings(lots)
	for i, x := range got[3:] {
		if _, want, _ := strings.Cut(lots[i], " "); x.Source != want || x.Why != "" {
			t.Errorf("by chance %d: %s, want %s", i, x.Source, want)
		}
	}
	slices.Reverse(rows)
	if _, again := draw(rows, why, units, "seed-1"); fmt.Sprint(again) != fmt.Sprint(got) {
		t.Error("another order draws otherwise")
	}
	if _, other := draw(rows, why, units, "seed-2"); fmt.Sprint(other) == fmt.Sprint(got) {
		t.Error("the seed does nothing")
	}
	for n, want := range map[int]int{0: 0, 3: 3, 30: 6, 61: 7, 150: 10, 400: 10} {
		var list []score.Input
		for i := range n {
			list = append(list, score.Input{Source: fmt.Sprintf("task:%d", i), Value: score.Some(decimal.One)})
		}
		if n == 150 {
			want = 15
		}
		if n == 400 {
			want = 20
		}
		if d, _ := draw(list, why, nil, "x"); d.Spots != want {
			t.Errorf("of %d: %d, want %d", n, d.Spots, want)
		}
	}
}

func TestCopied(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"已完成征地 35 亩，正在推进青苗补偿。", "已完成征地40亩，正在推进青苗补偿", true},
		{"已完成征地 35 亩，正在推进青苗补偿。", "青苗补偿全部兑现，开始平整场地。", false},
		{"正常推进", "正常推进", false}, // too short to tell
		{"", "", false},
	} {
		if copied(c.a, c.b) != c.want {
			t.Errorf("%s / %s", c.a, c.b)
		}
	}
}

// spots answers everything that was drawn, each by the first of the people who may; differ gives the value found by source.
func (g *stage) spots(r Round, differ map[string]string, people ...string) {
	g.Helper()
	x, err := g.s.SpotsOf(g.as("宋时雨"), r.ID)
	g.ok(err)
	for _, y := range x.List {
		var last error
		for _, n := range people {
			a, found := Agrees, ""
			if v, ok := differ[y.Source]; ok {
				a, found = Differs, v
			}
			if _, last = g.s.AnswerSpot(g.as(n), g.key(), y.ID, y.Version, a, found, "查看台账和现场"); last == nil {
				break
			}
		}
		g.ok(last)
	}
}

// TestSpots plays the first review with its draw on both engines.
func TestSpots(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(rules)
		c.SetDay("2017-07-03")
		for _, u := range []string{"漳湾镇", "城南镇", "飞鸾镇"} {
			for _, k := range []string{"征地", "道路"} {
				g.says(map[string]string{"漳湾镇": "陈漳湾", "城南镇": "林城南", "飞鸾镇": "叶飞鸾"}[u], k, 60, -1)
			}
		}
		r, err := g.s.OpenRound(g.as("宋时雨"), g.key(), "2017Q2", x.ID, ByRank)
		g.ok(err)
		r, err = g.s.Compute(g.as("宋时雨"), g.key(), r.ID, r.Version)
		g.ok(err)
		if y, err := g.s.SpotsOf(g.as("宋时雨"), r.ID); err != nil || len(y.List) != 0 {
			t.Errorf("drawn before the data were confirmed: %+v %v", y, err)
		}
		r, err = g.s.Confirm(g.as("何统计"), g.key(), r.ID, r.Version)
		g.ok(err)

		y, err := g.s.SpotsOf(g.as("方衡"), r.ID)
		g.ok(err)
		if len(y.List) != 6 || y.Draw.Of != 7 || y.Draw.Spots != 6 || y.Open() != 6 || len(y.Draw.Seed) < 60 {
			t.Fatalf("%+v", y.Draw)
		}
		_, err = g.s.SpotsOf(g.as("林城南"), r.ID)
		g.refused(err, errs.NotFound, "没有找到")
		_, err = g.s.Review(g.as("方衡"), g.key(), r.ID, r.Version, "抽查 6 项")
		g.refused(err, errs.Conflict, "还有 6 项没有核对")

		// Anybody with the ledger draws the same: the seed is its root and size when the data were confirmed, and stands in it.
		g.ok(db.View(t.Context(), func(tx *sqldb.Tx) error {
			list, err := ledger.Entries(t.Context(), tx, region, ledger.Filter{Subject: ref.Ref{Kind: "appraisal.round", ID: r.ID}})
			if err != nil {
				return err
			}
			for _, e := range list {
				if e.Verb == "draw" {
					var d Draw
					if err := json.Unmarshal(e.Body, &d); err != nil || d != y.Draw {
						t.Errorf("sealed %s, shown %+v (%v)", e.Body, y.Draw, err)
					}
					return nil
				}
			}
			t.Error("the draw is not in the ledger")
			return nil
		}))

		var mine, other Spot
		for _, z := range y.List {
			if z.UnitID == g.unit["城南镇"] {
				mine = z
			} else {
				other = z
			}
		}
		_, err = g.s.AnswerSpot(g.as("借调城南"), g.key(), mine.ID, mine.Version, Agrees, "", "看了台账")
		g.refused(err, errs.Forbidden, "本单位的数")
		_, err = g.s.AnswerSpot(g.as("林城南"), g.key(), mine.ID, mine.Version, Agrees, "", "看了台账")
		g.refused(err, errs.Forbidden, "核对抽查项")
		_, err = g.s.AnswerSpot(g.as("方衡"), g.key(), mine.ID, mine.Version, "", "", "看了台账")
		g.refused(err, errs.Invalid, "一致或不一致")
		_, err = g.s.AnswerSpot(g.as("方衡"), g.key(), mine.ID, mine.Version, Differs, "约50", "看了台账")
		g.refused(err, errs.Invalid, "不是数字")
		_, err = g.s.AnswerSpot(g.as("方衡"), g.key(), mine.ID, mine.Version, Differs, mine.Value, "看了台账")
		g.refused(err, errs.Invalid, "请选一致")
		_, err = g.s.AnswerSpot(g.as("方衡"), g.key(), mine.ID, mine.Version, Agrees, "", " ")
		g.refused(err, errs.Invalid, "看了什么")
		_, err = g.s.AnswerSpot(g.as("方衡"), g.key(), other.ID, other.Version+1, Agrees, "", "看了台账")
		g.refused(err, errs.Conflict, "刚有人核对过")

		before, err := g.s.Show(g.as("方衡"), r.ID)
		g.ok(err)
		g.spots(r, map[string]string{mine.Source: "30"}, "方衡")
		r, err = g.s.Review(g.as("方衡"), g.key(), r.ID, r.Version, "抽查 6 项，1 项不一致。")
		g.ok(err)
		after, err := g.s.Show(g.as("方衡"), r.ID)
		g.ok(err)
		if after.Round.Revision != before.Round.Revision+1 || !strings.Contains(after.Boards[0].Reason, "1 项不一致") {
			t.Errorf("revision %d after %d: %s", after.Round.Revision, before.Round.Revision, after.Boards[0].Reason)
		}
		total := func(v View, unit string) string {
			for _, b := range v.Boards {
				for _, l := range b.Lines {
					if l.Unit == unit {
						return l.Total
					}
				}
			}
			return ""
		}
		if a, b := total(before, "城南镇"), total(after, "城南镇"); a == b || a == "" {
			t.Errorf("城南镇 %s, then %s", a, b)
		}
		if a, b := total(before, "漳湾镇"), total(after, "漳湾镇"); a != b {
			t.Errorf("漳湾镇 %s, then %s", a, b)
		}
		_, err = g.s.AnswerSpot(g.as("方衡"), g.key(), mine.ID, mine.Version+1, Agrees, "", "看了台账")
		g.refused(err, errs.Conflict, "不能核对抽查项")
	})
}

// TestSpotTodos: open spots wait for those of the two offices who may answer one, with their number; nobody who may answer none of them is asked, and
// nothing is left when all are answered or the review is closed.
func TestSpotTodos(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		todos := notice.New(db)
		todos.Fitting(SpotKind, func(ctx context.Context, tx *sqldb.Tx, who auth.Actor, x notice.Todo) (notice.Todo, bool, error) {
			open, his, err := g.s.SpotsFor(ctx, tx, who, x.Subject.ID)
			x.Title = fmt.Sprint(open)
			return x, his, err
		})
		waits := func(name, want string) {
			t.Helper()
			list, err := todos.Mine(g.as(name))
			g.ok(err)
			var got []string
			for _, x := range list {
				if x.Kind == SpotKind {
					got = append(got, x.Title+" "+x.Href)
				}
			}
			if s := strings.Join(got, "; "); s != want {
				t.Errorf("%s: %q waits, want %q", name, s, want)
			}
		}
		x := g.frozen(rules)
		c.SetDay("2017-07-03")
		g.says("陈漳湾", "征地", 60, 40)
		r, err := g.s.OpenRound(g.as("宋时雨"), g.key(), "2017Q2", x.ID, ByRank)
		g.ok(err)
		r, err = g.s.Compute(g.as("宋时雨"), g.key(), r.ID, r.Version)
		g.ok(err)
		waits("方衡", "")
		r, err = g.s.Confirm(g.as("何统计"), g.key(), r.ID, r.Version)
		g.ok(err)
		y, err := g.s.SpotsOf(g.as("方衡"), r.ID)
		g.ok(err)
		at := fmt.Sprintf("/appraisal/%d/spots", r.ID)
		n := len(y.List)
		waits("方衡", fmt.Sprint(n, " ", at))
		waits("林城南", "")
		waits("何统计", "")
		// Who may answer none of what is open is not asked.
		barred, err := g.s.SpotsOf(g.as("借调城南"), r.ID)
		g.ok(err)
		left := n
		for _, z := range y.List {
			if barred.Barred[z.ID] == "" {
				waits("借调城南", fmt.Sprint(left, " ", at))
				_, err := g.s.AnswerSpot(g.as("方衡"), g.key(), z.ID, z.Version, Agrees, "", "看了台账")
				g.ok(err)
				left--
			}
		}
		if left == 0 || left == n {
			t.Fatalf("%d of %d are barred: the test proves nothing", left, n)
		}
		waits("借调城南", "")
		waits("方衡", fmt.Sprint(left, " ", at))
		g.spots(r, nil, "方衡")
		waits("方衡", "")
		r, err = g.s.Review(g.as("方衡"), g.key(), r.ID, r.Version, "抽查没有不一致")
		g.ok(err)
		waits("方衡", "")
	})
}

// TestSpotsBarred holds who verified a value from answering its spot.
func TestSpotsBarred(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(rules)
		c.SetDay("2017-07-03")
		g.says("陈漳湾", "征地", 60, 40)
		r, err := g.s.OpenRound(g.as("宋时雨"), g.key(), "2017Q2", x.ID, ByRank)
		g.ok(err)
		r, err = g.s.Compute(g.as("宋时雨"), g.key(), r.ID, r.Version)
		g.ok(err)
		_, err = g.s.Confirm(g.as("何统计"), g.key(), r.ID, r.Version)
		g.ok(err)
		y, err := g.s.SpotsOf(g.as("宋时雨"), r.ID)
		g.ok(err)
		i := slices.IndexFunc(y.List, func(z Spot) bool {
			return strings.HasPrefix(z.Source, fmt.Sprintf("task:%d@", g.task["漳湾镇征地"]))
		})
		if i < 0 {
			t.Fatalf("what verification found less of was not drawn: %+v", y.List)
		}
		for _, z := range y.List {
			if z.Why != "" {
				t.Errorf("the reason is told before the answer: %+v", z)
			}
		}
		_, err = g.s.AnswerSpot(g.as("借调城南"), g.key(), y.List[i].ID, 1, Agrees, "", "看了台账") // who verified it
		g.refused(err, errs.Forbidden, "您填报、核验或认定的")
		_, err = g.s.AnswerSpot(g.as("方衡"), g.key(), y.List[i].ID, 1, Agrees, "", "看了台账")
		g.ok(err)
		if y, err = g.s.SpotsOf(g.as("宋时雨"), r.ID); err != nil || !strings.Contains(y.List[i].Why, "核验比自报少 33.3%") {
			t.Errorf("%v %+v", err, y.List[i])
		}
	})
}
