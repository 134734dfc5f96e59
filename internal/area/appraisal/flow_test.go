package appraisal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
)

const region = int64(350902)

// changeSheet forges a unit's result behind the program's back;
var changeSheet = sqldb.SQL("appraisal.testChangeSheet", `UPDATE appraisal_sheet SET result = result || ' ' WHERE region_id = $1 AND board_id = $2 AND unit_id = $3`)

type stage struct {
	*testing.T
	db    *sqldb.DB
	clock *period.Fixed
	s     *Service
	book  *task.Book
	unit  map[string]int64
	who   map[string]auth.Actor
	task  map[string]int64
	keys  int
}

func newStage(t *testing.T, db *sqldb.DB, c *period.Fixed) *stage {
	t.Helper()
	c.SetDay("2017-01-10")
	ids := id.New(c, 1).Next
	out, cal, ind := outbox.New(db, ids), calendar.New(db), indicator.NewBook(ids)
	g := &stage{T: t, db: db, clock: c, book: task.NewBook(ids, ind, cal, out), unit: map[string]int64{}, who: map[string]auth.Actor{}, task: map[string]int64{}}
	g.ok(cal.Seed(t.Context()))
	o := org.New(db, ids, nil)
	_, err := o.CreateRegion(t.Context(), org.Region{ID: region, Code: "350902", Name: "宁德市蕉城区", ShortName: "蕉城"})
	g.ok(err)
	g.s = New(db, ids, o, cal, out, notice.NewBook(ids))
	admin := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: region, Roles: []auth.Role{auth.SysAdmin}})
	for i, n := range []string{"区考核办", "区委办", "区统计局", "漳湾镇", "城南镇", "飞鸾镇", "八都镇"} {
		kind := org.Township
		if i < 3 {
			kind = org.Office
		}
		u, err := o.SaveUnit(admin, org.Unit{Name: n, Kind: kind, SortNo: int64(i)})
		g.ok(err)
		g.unit[n] = u.ID
	}
	for _, p := range []struct {
		name, unit string
		roles      []auth.Role
	}{
		{"宋时雨", "区考核办", []auth.Role{auth.Appraiser}}, {"方衡", "区考核办", []auth.Role{auth.Appraiser}}, {"许知", "区考核办", []auth.Role{auth.Appraiser, auth.Source}},
		{"江平野", "区委办", []auth.Role{auth.Leader}}, {"何统计", "区统计局", []auth.Role{auth.Source}},
		{"陈漳湾", "漳湾镇", []auth.Role{auth.Head, auth.Clerk}}, {"林城南", "城南镇", []auth.Role{auth.Head, auth.Clerk}}, {"借调城南", "城南镇", []auth.Role{auth.Supervisor}},
		{"叶飞鸾", "飞鸾镇", []auth.Role{auth.Head}}, {"吴八都", "八都镇", []auth.Role{auth.Head}},
	} {
		x, err := o.SavePerson(admin, org.Person{Name: p.name, UnitID: g.unit[p.unit]})
		g.ok(err)
		g.who[p.name] = auth.Actor{ID: x.ID, RegionID: region, UnitID: x.UnitID, Units: []int64{x.UnitID}, Name: p.name, Roles: p.roles}
	}
	g.write("宋时雨", func(ctx context.Context, tx *sqldb.Tx, who auth.Actor) error {
		for i, u := range []string{"漳湾镇", "城南镇", "飞鸾镇", "八都镇"} {
			for j, title := range []string{"征地", "道路"} {
				if u == "八都镇" && j == 1 {
					continue
				}
				k, err := g.book.Open(ctx, tx, who, task.Opening{
					Task:      task.Task{No: fmt.Sprintf("T-%d%d", i, j), Title: title, LeadUnit: g.unit[u], Deadline: "2017-12-31", Weight: 100},
					Indicator: indicator.Indicator{Name: u + title, Measure: "亩"},
					Plan:      indicator.Plan{From: "2017-01", To: "2017-12", Target: scaled(120)},
				})
				if err != nil {
					return err
				}
				g.task[u+title] = k.ID
			}
		}
		return nil
	})
	return g
}

func (g *stage) as(name string) context.Context {
	g.Helper()
	who, ok := g.who[name]
	if !ok {
		g.Fatalf("nobody is called %s", name)
	}
	return auth.With(g.Context(), who)
}

func (g *stage) key() string { g.keys++; return fmt.Sprintf("key-%08d", g.keys) }

func (g *stage) ok(err error) {
	g.Helper()
	if err != nil {
		g.Fatalf("%v %v", err, fieldsOf(err))
	}
}

func fieldsOf(err error) string {
	if e, ok := err.(*errs.Error); ok {
		return fmt.Sprint(e.Fields)
	}
	return ""
}

func (g *stage) refused(err error, kind errs.Kind, words string) {
	g.Helper()
	if err == nil || errs.KindOf(err) != kind || !strings.Contains(err.Error()+fieldsOf(err), words) {
		g.Errorf("want a refusal %v with %q, got %v %s", kind, words, err, fieldsOf(err))
	}
}

func (g *stage) write(name string, fn func(ctx context.Context, tx *sqldb.Tx, who auth.Actor) error) {
	g.Helper()
	g.ok(g.db.Update(g.as(name), func(tx *sqldb.Tx) error { return fn(g.Context(), tx, g.who[name]) }))
}

// says files a unit's account of June with the value, and has it verified where seen is not negative.
func (g *stage) says(person, title string, value, seen int64) {
	g.Helper()
	unit := map[string]string{"陈漳湾": "漳湾镇", "林城南": "城南镇", "叶飞鸾": "飞鸾镇", "吴八都": "八都镇"}[person]
	g.write(person, func(ctx context.Context, tx *sqldb.Tx, who auth.Actor) error {
		_, err := g.book.FileAccount(ctx, tx, who, task.Draft{TaskID: g.task[unit+title], Month: "2017-06", Value: scaled(value), Progress: "按计划推进", BlockerKind: "施工", Blocker: "雨季", Help: ""})
		return err
	})
	if seen >= 0 {
		g.write("借调城南", func(ctx context.Context, tx *sqldb.Tx, who auth.Actor) error {
			if unit == "城南镇" {
				who = g.who["方衡"]
			}
			return g.book.VerifyAccount(ctx, tx, who, g.task[unit+title], indicator.Reading{Period: "2017-06", Value: scaled(seen), Note: "现场核验"})
		})
	}
}

// frozen drafts the rules and has them frozen.
func (g *stage) frozen(text string) Scheme {
	g.Helper()
	x, err := g.s.SaveScheme(g.as("宋时雨"), g.key(), Scheme{Text: text})
	g.ok(err)
	x, err = g.s.Freeze(g.as("江平野"), g.key(), x.ID, x.Version, "宁区委办〔2017〕9号", "2017-04-01")
	g.ok(err)
	return x
}

func (v View) line(unit int64) (l Line, ok bool) {
	for _, b := range v.Boards {
		for _, l := range b.Lines {
			if l.UnitID == unit {
				return l, true
			}
		}
	}
	return l, false
}

func TestScheme(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		_, err := g.s.SaveScheme(g.as("宋时雨"), g.key(), Scheme{Text: "id: x\n  name: [\n"})
		g.refused(err, errs.Invalid, "行")
		_, err = g.s.SaveScheme(g.as("陈漳湾"), g.key(), Scheme{Text: rules})
		g.refused(err, errs.Forbidden, "起草")
		key := g.key()
		x, err := g.s.SaveScheme(g.as("宋时雨"), key, Scheme{Text: rules})
		g.ok(err)
		again, err := g.s.SaveScheme(g.as("宋时雨"), key, Scheme{Text: rules})
		g.ok(err)
		if again.ID != x.ID || x.Revision != 1 || x.State != Draft {
			t.Errorf("sent twice: %d and %d", x.ID, again.ID)
		}
		_, err = g.s.SaveScheme(g.as("方衡"), g.key(), Scheme{Text: rules})
		g.refused(err, errs.Conflict, "已有一份草稿")
		y := x
		y.Text = strings.Replace(rules, "cap: 3", "cap: 2", 1)
		y, err = g.s.SaveScheme(g.as("宋时雨"), g.key(), y)
		g.ok(err)
		_, err = g.s.SaveScheme(g.as("方衡"), g.key(), x)
		g.refused(err, errs.Conflict, "刚有人改过")
		if list, err := g.s.Schemes(g.as("陈漳湾")); err != nil || len(list) != 0 {
			t.Errorf("a unit lists drafts: %v %v", list, err)
		}
		_, err = g.s.SchemeOf(g.as("陈漳湾"), x.ID)
		g.refused(err, errs.NotFound, "")
		_, err = g.s.Freeze(g.as("江平野"), g.key(), x.ID, y.Version, " ", "2017-04-01")
		g.refused(err, errs.Invalid, "依据文号")
		_, err = g.s.Freeze(g.as("江平野"), g.key(), x.ID, x.Version, "宁区委办〔2017〕9号", "2017-04-01")
		g.refused(err, errs.Conflict, "刚有人改过")
		f, err := g.s.Freeze(g.as("江平野"), g.key(), x.ID, y.Version, "宁区委办〔2017〕9号", "2017-04-01")
		g.ok(err)
		if f.State != Frozen {
			t.Errorf("state %s", f.State)
		}
		_, err = g.s.SaveScheme(g.as("宋时雨"), g.key(), f)
		g.refused(err, errs.Conflict, "定稿")
		z := g.frozen(rules)
		old, err := g.s.SchemeOf(g.as("陈漳湾"), x.ID)
		g.ok(err)
		if z.Revision != 2 || old.State != Retired {
			t.Errorf("revision %d, the old one %s", z.Revision, old.State)
		}
		// A leader who drafts does not freeze.
		g.who["两头"] = auth.Actor{ID: 99, RegionID: region, UnitID: g.unit["区委办"], Name: "两头", Roles: []auth.Role{auth.Appraiser, auth.Leader}}
		d, err := g.s.SaveScheme(g.as("两头"), g.key(), Scheme{Text: rules})
		g.ok(err)
		_, err = g.s.Freeze(g.as("两头"), g.key(), d.ID, d.Version, "宁区委办〔2017〕10号", "2017-07-01")
		g.refused(err, errs.Forbidden, "别人定稿")
	})
}

// A whole quarter, from the accounts to the archive.
func TestQuarter(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(rules)
		c.SetDay("2017-06-25")
		_, err := g.s.OpenRound(g.as("宋时雨"), g.key(), "2017Q2", x.ID, ByTier)
		g.refused(err, errs.Invalid, "还没有结束")
		c.SetDay("2017-07-03")
		g.says("陈漳湾", "征地", 60, 60) // 60 of 60
		g.says("陈漳湾", "道路", 54, -1) // 0.9
		g.says("林城南", "征地", 60, 45) // verified 0.75, not borne out
		g.says("林城南", "道路", 45, -1) // 0.75
		g.says("叶飞鸾", "征地", 48, 48) // 0.8; 道路 says nothing: 0
		g.says("吴八都", "征地", 30, 30) // 0.5
		e, err := g.s.Enter(g.as("宋时雨"), g.key(), Event{UnitID: g.unit["八都镇"], Period: "2017Q2", Event: "上级书面表扬", DocNo: "闽委〔2017〕1号"})
		g.ok(err)
		g.refused(g.s.ConfirmEvent(g.as("宋时雨"), g.key(), e.ID, true), errs.Forbidden, "您记的")
		g.ok(g.s.ConfirmEvent(g.as("方衡"), g.key(), e.ID, true))
		g.refused(g.s.ConfirmEvent(g.as("许知"), g.key(), e.ID, false), errs.Conflict, "已经确认")
		_, err = g.s.Enter(g.as("宋时雨"), g.key(), Event{UnitID: g.unit["八都镇"], Period: "二季度", Value: "很多"})
		g.refused(err, errs.Invalid, "依据文号")

		key := g.key()
		r, err := g.s.OpenRound(g.as("宋时雨"), key, "2017Q2", x.ID, ByTier)
		g.ok(err)
		again, err := g.s.OpenRound(g.as("宋时雨"), key, "2017Q2", x.ID, ByTier)
		g.ok(err)
		if again.ID != r.ID {
			t.Error("sent twice, opened twice")
		}
		_, err = g.s.OpenRound(g.as("方衡"), g.key(), "2017Q2", x.ID, ByTier)
		g.refused(err, errs.Conflict, "已经用这个办法")
		_, err = g.s.Confirm(g.as("何统计"), g.key(), r.ID, r.Version)
		g.refused(err, errs.Conflict, "截数")
		r, err = g.s.Compute(g.as("许知"), g.key(), r.ID, r.Version)
		g.ok(err)
		_, err = g.s.Compute(g.as("许知"), g.key(), r.ID, r.Version-1)
		g.refused(err, errs.Conflict, "刚有人办过一步")

		v, err := g.s.Show(g.as("宋时雨"), r.ID)
		g.ok(err)
		want := map[string]string{ // 80 × the mean of the tasks + 20 × borne out
			"漳湾镇": "1 96.00", "八都镇": "2 61.00", "城南镇": "3 60.00", "飞鸾镇": "4 52.00"}
		check := func(v View) {
			t.Helper()
			for u, w := range want {
				if l, ok := v.line(g.unit[u]); !ok || fmt.Sprint(l.Rank, " ", l.Total) != w {
					t.Errorf("%s: %d %s, want %s", u, l.Rank, l.Total, w)
				}
			}
		}
		check(v)
		if len(v.Boards) != 1 || len(v.Boards[0].Lines) != 4 {
			t.Fatalf("boards: %+v", v.Boards)
		}
		// The data source sees what it confirms, and no points.
		if _, rows, err := g.s.Collected(g.as("何统计"), r.ID); err != nil || len(rows) != 12 { // 7 tasks, 4 verified, 1 event
			t.Errorf("collected: %v %d", err, len(rows))
		}
		_, _, err = g.s.Collected(g.as("林城南"), r.ID)
		g.refused(err, errs.NotFound, "")
		// Before the data source's word no unit sees anything.
		_, err = g.s.Show(g.as("林城南"), r.ID)
		g.refused(err, errs.NotFound, "")
		_, err = g.s.DetailOf(g.as("林城南"), r.ID, g.unit["城南镇"])
		g.refused(err, errs.NotFound, "")
		if list, _ := g.s.Rounds(g.as("林城南")); len(list) != 0 {
			t.Errorf("a unit lists %v", list)
		}
		_, err = g.s.Confirm(g.as("许知"), g.key(), r.ID, r.Version)
		g.refused(err, errs.Forbidden, "试算是您做的")
		_, err = g.s.Confirm(g.as("宋时雨"), g.key(), r.ID, r.Version)
		g.refused(err, errs.Forbidden, "确认数据来源")
		r, err = g.s.Confirm(g.as("何统计"), g.key(), r.ID, r.Version)
		g.ok(err)

		_, err = g.s.Compute(g.as("许知"), g.key(), r.ID, r.Version)
		g.refused(err, errs.Conflict, "不能再试算")
		g.ok(g.s.Remark(g.as("林城南"), g.key(), r.ID, "征地 45 亩为初核数，复核为 60 亩。"))
		_, err = g.s.Review(g.as("许知"), g.key(), r.ID, r.Version, "抽查 2 项")
		g.refused(err, errs.Forbidden, "另一个人")
		_, err = g.s.Review(g.as("宋时雨"), g.key(), r.ID, r.Version, " ")
		g.refused(err, errs.Invalid, "抽查")
		g.spots(r, nil, "宋时雨", "方衡", "许知")
		r, err = g.s.Review(g.as("宋时雨"), g.key(), r.ID, r.Version, "抽查漳湾镇、城南镇各 1 项，与台账一致。")
		g.ok(err)
		g.refused(g.s.Remark(g.as("陈漳湾"), g.key(), r.ID, "晚了"), errs.Conflict, "自评说明")
		_, err = g.s.FileObjection(g.as("林城南"), g.key(), r.ID, "1", "公示前不能提出异议。")
		g.refused(err, errs.Conflict, "不能提出异议")
		r, err = g.s.Announce(g.as("宋时雨"), g.key(), r.ID, r.Version)
		g.ok(err)
		if r.ObjectionUntil != "2017-07-10" { // five working days after Monday, July 3
			t.Errorf("until %s", r.ObjectionUntil)
		}

		g.visible(r, false)

		// The objection.
		_, err = g.s.FileObjection(g.as("林城南"), g.key(), r.ID, "1", "不对")
		g.refused(err, errs.Invalid, "5 到 500")
		_, err = g.s.FileObjection(g.as("何统计"), g.key(), r.ID, "1", "统计局提不了异议。")
		g.refused(err, errs.Forbidden, "")
		o, err := g.s.FileObjection(g.as("林城南"), g.key(), r.ID, "1", "征地 6 月底实为 60 亩，验收单附后。")
		g.ok(err)
		if o.DueOn != "2017-07-17" {
			t.Errorf("due %s", o.DueOn)
		}
		if v, _ := g.s.Show(g.as("陈漳湾"), r.ID); len(v.Objections) != 0 {
			t.Errorf("漳湾镇 sees %+v", v.Objections)
		}
		if v, _ := g.s.Show(g.as("林城南"), r.ID); len(v.Objections) != 1 {
			t.Errorf("城南镇 does not see its own")
		}
		_, err = g.s.Approve(g.as("江平野"), g.key(), r.ID, r.Version)
		g.refused(err, errs.Conflict, "2017-07-10 才结束")
		c.SetDay("2017-07-11")
		_, err = g.s.Approve(g.as("江平野"), g.key(), r.ID, r.Version)
		g.refused(err, errs.Conflict, "还有 1 件异议")
		_, err = g.s.FileObjection(g.as("叶飞鸾"), g.key(), r.ID, "1", "道路 6 月完成 48 亩，漏报。")
		g.refused(err, errs.Conflict, "已经结束")

		source := fmt.Sprintf("task:%d@2017-06", g.task["城南镇征地"])
		good := Decision{Upheld: true, Words: "验收单属实，按 60 亩计", Source: source, Value: "60"}
		for _, name := range []string{"许知", "宋时雨"} { // computed; reviewed
			_, err = g.s.DecideObjection(g.as(name), g.key(), o.ID, o.Version, good)
			g.refused(err, errs.Forbidden, "回避")
		}
		_, err = g.s.DecideObjection(g.as("借调城南"), g.key(), o.ID, o.Version, good)
		g.refused(err, errs.Forbidden, "本单位")
		_, err = g.s.DecideObjection(g.as("方衡"), g.key(), o.ID, o.Version, Decision{Upheld: true, Words: "属实", Source: "task:1@2017-06", Value: "60"})
		g.refused(err, errs.Invalid, "没有这一个数据来源")
		_, err = g.s.DecideObjection(g.as("方衡"), g.key(), o.ID, o.Version, Decision{Upheld: true, Words: "属实", Source: source, Value: "六十"})
		g.refused(err, errs.Invalid, "不是数字")
		if v, _ := g.s.Show(g.as("方衡"), r.ID); v.Objections[0].State != Filed || v.Round.Revision != 1 {
			t.Fatalf("a refused decision left something behind: %+v", v.Objections)
		}
		o, err = g.s.DecideObjection(g.as("方衡"), g.key(), o.ID, o.Version, good)
		g.ok(err)
		_, err = g.s.DecideObjection(g.as("方衡"), g.key(), o.ID, o.Version, good)
		g.refused(err, errs.Conflict, "已经复核过")

		v, err = g.s.Show(g.as("江平野"), r.ID)
		g.ok(err)
		want["城南镇"], want["八都镇"] = "2 70.00", "3 61.00" // everybody's rank follows
		check(v)
		if v.Round.Revision != 2 || len(v.Revisions) != 2 || !strings.Contains(v.Revisions[1].Reason, "验收单属实") {
			t.Errorf("revision %d, %+v", v.Round.Revision, v.Revisions)
		}
		old, err := g.s.ShowAt(g.as("江平野"), r.ID, 1)
		g.ok(err)
		if l, _ := old.line(g.unit["城南镇"]); l.Total != "60.00" || l.Rank != 3 || old.Revision != 1 {
			t.Errorf("the first revision: %+v", l)
		}
		_, err = g.s.ShowAt(g.as("江平野"), r.ID, 9)
		g.refused(err, errs.NotFound, "")
		d, err := g.s.DetailOf(g.as("林城南"), r.ID, g.unit["城南镇"])
		g.ok(err)
		if in := d.Result.Item("1").Inputs; !slices.ContainsFunc(in, func(u score.InputUsed) bool {
			return u.Source == source && u.Value == "60" && u.Kind == "认定" && strings.Contains(u.Basis, "复核决定")
		}) {
			t.Errorf("the corrected row: %+v", in)
		}
		if od, err := g.s.DetailAt(g.as("林城南"), r.ID, g.unit["城南镇"], 1); err != nil || od.Line.Total != "60.00" {
			t.Errorf("the old details: %v %v", od.Line, err)
		}

		r = v.Round
		_, err = g.s.Approve(g.as("宋时雨"), g.key(), r.ID, r.Version)
		g.refused(err, errs.Forbidden, "审定")
		r, err = g.s.Approve(g.as("江平野"), g.key(), r.ID, r.Version)
		g.ok(err)
		_, err = g.s.Publish(g.as("宋时雨"), g.key(), r.ID, r.Version, "")
		g.refused(err, errs.Invalid, "文号")
		r, err = g.s.Publish(g.as("宋时雨"), g.key(), r.ID, r.Version, "宁区考办〔2017〕5号")
		g.ok(err)
		g.visible(r, true)
		_, err = g.s.Publish(g.as("宋时雨"), g.key(), r.ID, r.Version, "宁区考办〔2017〕6号")
		g.refused(err, errs.Conflict, "不能发布")
		r, err = g.s.Lock(g.as("宋时雨"), g.key(), r.ID, r.Version)
		g.ok(err)
		if r.State != Locked {
			t.Errorf("state %s", r.State)
		}
		g.sealed(v.Boards[0])
	})
}

// visible checks what 城南镇 and 漳湾镇 see of each other in a round that releases tiers.
func (g *stage) visible(r Round, published bool) {
	g.Helper()
	for _, p := range [][3]string{{"林城南", "城南镇", "漳湾镇"}, {"陈漳湾", "漳湾镇", "城南镇"}} {
		v, err := g.s.Show(g.as(p[0]), r.ID)
		g.ok(err)
		own, ok := v.line(g.unit[p[1]])
		if v.Full || !ok || own.Total == "" || own.Rank == 0 || len(own.Items) == 0 {
			g.Errorf("%s does not see its own line: %+v", p[0], own)
		}
		l, ok := v.line(g.unit[p[2]])
		if ok != published || l.Total != "" || l.Rank != 0 || l.Items != nil || l.ResultHash != "" || published && l.Tier == 0 {
			g.Errorf("%s sees of %s: %v %+v", p[0], p[2], ok, l)
		}
		_, err = g.s.DetailOf(g.as(p[0]), r.ID, g.unit[p[2]])
		g.refused(err, errs.NotFound, "")
		if _, err := g.s.DetailOf(g.as(p[0]), r.ID, g.unit[p[1]]); err != nil {
			g.Errorf("%s does not see its own details: %v", p[0], err)
		}
		for _, m := range v.Remarks {
			if m.UnitID != g.unit[p[1]] {
				g.Errorf("%s reads %s's remark", p[0], p[2])
			}
		}
		for _, o := range v.Objections {
			if o.UnitID != g.unit[p[1]] {
				g.Errorf("%s reads %s's objection", p[0], p[2])
			}
		}
		body, _ := json.Marshal(v)
		if p[0] == "陈漳湾" && strings.Contains(string(body), "验收单") {
			g.Errorf("漳湾镇 reads 城南镇's decision in %s", body)
		}
		if old, err := g.s.ShowAt(g.as(p[0]), r.ID, 1); err != nil {
			g.Error(err)
		} else if _, ok := old.line(g.unit[p[2]]); ok && r.Revision > 1 {
			g.Errorf("%s sees %s in a revision that was replaced", p[0], p[2])
		}
	}
	if v, err := g.s.Show(g.as("江平野"), r.ID); err != nil || !v.Full || len(v.Remarks) != 1 {
		g.Errorf("the leader: %v %+v", err, v.Remarks)
	}
}

// sealed holds every row to the ledger, then forges a sheet.
func (g *stage) sealed(b Board) {
	g.Helper()
	ledger.RegisterSubject("appraisal.scheme", EachScheme)
	ledger.RegisterSubject("appraisal.round", EachRound)
	ledger.RegisterSubject("appraisal.board", EachBoard)
	ledger.RegisterSubject("appraisal.objection", EachObjection)
	ledger.RegisterSubject("appraisal.event", EachEvent)
	ledger.RegisterSubject("appraisal.spot", EachSpot)
	findings := func() (out []string) {
		rep, err := ledger.Verify(g.Context(), g.db)
		g.ok(err)
		for _, f := range rep.Findings {
			if strings.HasPrefix(f.Subject.Kind, "appraisal.") {
				out = append(out, f.Subject.Kind+" "+f.Text)
			}
		}
		if rep.Rows != 12 { // scheme, round, two boards, objection, event, six drawn items
			g.Errorf("only %d rows were compared", rep.Rows)
		}
		return out
	}
	if list := findings(); len(list) != 0 {
		g.Fatalf("not as sealed: %v", list)
	}
	if b.Fingerprint() == "" || len(b.Fingerprint()) != 64 {
		g.Errorf("fingerprint %q", b.Fingerprint())
	}
	g.write("宋时雨", func(ctx context.Context, tx *sqldb.Tx, who auth.Actor) error {
		n, err := tx.Exec(ctx, changeSheet, region, b.ID, g.unit["城南镇"])
		if err == nil && n != 1 {
			g.Fatalf("changed %d sheets", n)
		}
		return err
	})
	if list := findings(); len(list) != 1 || !strings.HasPrefix(list[0], "appraisal.board") {
		g.Errorf("a forged sheet was not found: %v", list)
	}
}

// By rank, what is published is the whole line of everybody in the group.
func TestByRank(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		x := g.frozen(rules)
		c.SetDay("2017-07-03")
		g.says("陈漳湾", "征地", 60, 60)
		g.says("林城南", "征地", 60, 60)
		r, err := g.s.OpenRound(g.as("宋时雨"), g.key(), "2017Q2", x.ID, ByRank)
		g.ok(err)
		r, err = g.s.Compute(g.as("宋时雨"), g.key(), r.ID, r.Version)
		g.ok(err)
		r, err = g.s.Confirm(g.as("何统计"), g.key(), r.ID, r.Version)
		g.ok(err)
		g.spots(r, nil, "宋时雨", "方衡", "许知")
		r, err = g.s.Review(g.as("方衡"), g.key(), r.ID, r.Version, "抽查 1 项")
		g.ok(err)
		r, err = g.s.Announce(g.as("方衡"), g.key(), r.ID, r.Version)
		g.ok(err)
		if v, _ := g.s.Show(g.as("林城南"), r.ID); len(v.Boards) != 1 || len(v.Boards[0].Lines) != 1 {
			t.Errorf("before publication: %+v", v.Boards)
		}
		// A second objection that is not upheld leaves the score alone.
		o, err := g.s.FileObjection(g.as("林城南"), g.key(), r.ID, "", "道路一项漏计，请复核。")
		g.ok(err)
		_, err = g.s.DecideObjection(g.as("江平野"), g.key(), o.ID, o.Version, Decision{Words: " "})
		g.refused(err, errs.Invalid, "理由")
		o, err = g.s.DecideObjection(g.as("江平野"), g.key(), o.ID, o.Version, Decision{Words: "没有月报，按 0 计"})
		g.ok(err)
		if o.State != Rejected {
			t.Errorf("state %s", o.State)
		}
		c.SetDay("2017-07-12")
		r, err = g.s.Approve(g.as("江平野"), g.key(), r.ID, r.Version)
		g.ok(err)
		r, err = g.s.Publish(g.as("宋时雨"), g.key(), r.ID, r.Version, "宁区考办〔2017〕5号")
		g.ok(err)
		v, err := g.s.Show(g.as("林城南"), r.ID)
		g.ok(err)
		l, ok := v.line(g.unit["漳湾镇"])
		own, _ := v.line(g.unit["城南镇"])
		if !ok || l.Total != "60.00" || l.Rank != 1 || own.Rank != 1 || l.Tier != own.Tier || v.Round.Revision != 1 {
			t.Errorf("equal scores share a rank and a tier: %+v %+v", l, own)
		}
		if b, _ := v.line(g.unit["八都镇"]); b.Rank != 3 {
			t.Errorf("the rank after a tie skips: %+v", b)
		}
	})
}
