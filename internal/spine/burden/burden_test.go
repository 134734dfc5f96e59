package burden

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
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

const region = 7

// stage is a small district: two townships, a bureau, the offices, three tasks, one of which 统计局 certifies.
type stage struct {
	*testing.T
	s     *Service
	db    *sqldb.DB
	clock *period.Fixed
	unit  map[string]int64
	who   map[string]auth.Actor
	task  map[string]task.Task
	ind   *indicator.Book
	keys  int
}

func newStage(t *testing.T, db *sqldb.DB, c *period.Fixed) *stage {
	t.Helper()
	ids := id.New(c, 1).Next
	cal := calendar.New(db)
	if err := cal.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, ind, o := outbox.New(db, ids), indicator.NewBook(ids), org.New(db, ids, nil)
	g := &stage{T: t, db: db, clock: c, unit: map[string]int64{}, who: map[string]auth.Actor{}, task: map[string]task.Task{}, ind: ind}
	g.s = New(db, ids, o, cal, notice.NewBook(ids), out)
	for _, r := range []org.Region{{ID: region, Name: "宁德市蕉城区", ShortName: "蕉城"}, {ID: region + 1, Name: "福安市", ShortName: "福安"}} {
		if _, err := o.CreateRegion(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	admin := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: region, Roles: []auth.Role{auth.SysAdmin}})
	for i, u := range []struct {
		name string
		kind org.Kind
	}{{"区委督查室", org.Office}, {"城南镇", org.Township}, {"漳湾镇", org.Township}, {"区统计局", org.Department}} {
		x, err := o.SaveUnit(admin, org.Unit{Name: u.name, Kind: u.kind, SortNo: int64(i)})
		if err != nil {
			t.Fatal(err)
		}
		g.unit[u.name] = x.ID
	}
	for _, p := range []struct {
		name, unit string
		roles      []auth.Role
	}{{"方衡", "区委督查室", []auth.Role{auth.Supervisor}}, {"宋时雨", "区委督查室", []auth.Role{auth.Supervisor, auth.Appraiser}}, {"江平野", "区委督查室", []auth.Role{auth.Leader}},
		{"林城南", "城南镇", []auth.Role{auth.Clerk}}, {"陈漳湾", "漳湾镇", []auth.Role{auth.Clerk}}, {"统计员", "区统计局", []auth.Role{auth.Clerk, auth.Source}}, {"统计局长", "区统计局", []auth.Role{auth.Head}},
		{"系统管理员", "区委督查室", []auth.Role{auth.SysAdmin}}} {
		x, err := o.SavePerson(admin, org.Person{Name: p.name, UnitID: g.unit[p.unit]})
		if err != nil {
			t.Fatal(err)
		}
		g.who[p.name] = auth.Actor{ID: x.ID, RegionID: region, UnitID: x.UnitID, Units: []int64{x.UnitID}, Name: p.name, Roles: p.roles}
	}
	g.who["外区"] = auth.Actor{ID: 99, RegionID: region + 1, UnitID: 98, Name: "外区", Roles: []auth.Role{auth.Supervisor, auth.Leader, auth.Appraiser}}
	book := task.NewBook(ids, ind, cal, out)
	g.write(func(ctx context.Context, tx *sqldb.Tx) error {
		for i, x := range []struct {
			name, unit string
			source     int64
		}{{"拆迁面积", "城南镇", 0}, {"签约户数", "城南镇", g.unit["区统计局"]}, {"道路里程", "漳湾镇", 0}} {
			k, err := book.Open(ctx, tx, g.who["方衡"], task.Opening{
				Task:      task.Task{No: fmt.Sprintf("T-%02d", i+1), Title: x.name, Origin: ref.Ref{Kind: "campaign.campaign", ID: 1}, LeadUnit: g.unit[x.unit], Deadline: "2017-12-31"},
				Indicator: indicator.Indicator{Name: x.name, Measure: "亩", SourceUnitID: x.source},
				Plan:      indicator.Plan{From: "2017-03", To: "2017-12", Target: 100 * 10000},
			})
			if err != nil {
				return err
			}
			g.task[x.name] = k
		}
		return nil
	})
	return g
}

func (g *stage) write(fn func(ctx context.Context, tx *sqldb.Tx) error) {
	g.Helper()
	if err := g.db.Update(g.Context(), func(tx *sqldb.Tx) error { return fn(g.Context(), tx) }); err != nil {
		g.Fatal(err)
	}
}

func (g *stage) as(name string) context.Context { return auth.With(g.Context(), g.who[name]) }
func (g *stage) key() string                    { g.keys++; return fmt.Sprintf("key-%08d", g.keys) }
func (g *stage) ok(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

func (g *stage) refused(err error, kind errs.Kind, words string) {
	g.Helper()
	if err == nil {
		g.Fatalf("accepted, but wanted: %s", words)
	}
	if errs.KindOf(err) != kind || !strings.Contains(err.Error(), words) {
		g.Fatalf("kind %d %q, want kind %d with %q", errs.KindOf(err), err.Error(), kind, words)
	}
}

func (g *stage) todos(name string) (out []notice.Todo) {
	g.Helper()
	g.write(func(ctx context.Context, tx *sqldb.Tx) (err error) {
		out, err = notice.For(ctx, tx, g.who[name])
		return err
	})
	return out
}

func (g *stage) sealedAsKept() {
	g.Helper()
	report, err := ledger.Verify(g.Context(), g.db)
	g.ok(err)
	if !report.OK() {
		g.Errorf("%v", report.Findings)
	}
	for kind := range report.Unread {
		if strings.HasPrefix(kind, "burden.") {
			g.Errorf("%s has no reader", kind)
		}
	}
}

func TestMailbox(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-03-31") // ten working days on, over 清明 with its make-up Saturday, is 2017-04-17
		_, err := g.s.Suggest(g.as("林城南"), g.key(), SuggestionDraft{Text: "  "})
		g.refused(err, errs.Invalid, "还没有选类别")
		_, err = g.s.Suggest(g.as("林城南"), g.key(), SuggestionDraft{Class: Other, Text: strings.Repeat("字", 501)})
		g.refused(err, errs.Invalid, "最多 500 字")
		_, err = g.s.Suggest(g.Context(), g.key(), SuggestionDraft{Class: Other, Text: "没登录"})
		g.refused(err, errs.Unauthorized, "登录")
		key := g.key()
		draft := SuggestionDraft{Class: Repeat, Page: "/reports/5", Text: "签约户数统计局已经有了，还要我们再报一遍。", Anonymous: true}
		hidden, err := g.s.Suggest(g.as("林城南"), key, draft)
		g.ok(err)
		again, err := g.s.Suggest(g.as("林城南"), key, draft)
		g.ok(err)
		if again.ID != hidden.ID || hidden.DueOn != "2017-04-17" {
			t.Errorf("again %d of %d, due %s", again.ID, hidden.ID, hidden.DueOn)
		}
		_, err = g.s.Suggest(g.as("陈漳湾"), key, draft)
		g.refused(err, errs.Conflict, "提交编号")
		named, err := g.s.Suggest(g.as("系统管理员"), g.key(), SuggestionDraft{Class: Deduction, Text: "3 月扣分算错了"}) // whoever is logged in
		g.ok(err)

		// Without a name nothing leads back to the person or the unit: not the row, not the ledger's entry, not the keys.
		g.write(func(ctx context.Context, tx *sqldb.Tx) error {
			row, err := sqldb.One(ctx, tx, selectSuggestion, scanSuggestion, int64(region), hidden.ID)
			if err != nil || row.PersonID != 0 || row.UnitID != 0 || row.pseudonym == "" {
				t.Errorf("%+v %v", row, err)
			}
			list, err := ledger.Entries(ctx, tx, region, ledger.Filter{Subject: subject(SuggestionKind, hidden.ID)})
			if err != nil || len(list) != 1 || list[0].UnitID != 0 || list[0].Actor != "" || strings.Contains(list[0].Text, fmt.Sprint(g.who["林城南"].ID)) || strings.Contains(list[0].Text, fmt.Sprint(g.unit["城南镇"])) {
				t.Errorf("%+v %v", list, err)
			}
			// Not even the name under which he stands, beside his unit, in the entries of all that he does.
			if known, err := ledger.Pseudonym(ctx, tx, region, g.who["林城南"].ID); err != nil || known == "" || row.pseudonym == known || strings.Contains(list[0].Text, known) {
				t.Errorf("the author's pseudonym %q leads from his other entries to this one: %+v %v", known, row, err)
			}
			return nil
		})

		if list := g.todos("方衡"); len(list) != 1 || list[0].Subject.ID != hidden.ID || list[0].DueOn != "2017-04-17" {
			t.Errorf("督查室 waits for %+v", list)
		}
		if list := g.todos("宋时雨"); len(list) != 2 {
			t.Errorf("both offices: %+v", list)
		}
		if _, err := g.s.Suggestions(g.as("陈漳湾"), SuggestionFilter{}); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a unit lists the mailbox: %v", err)
		}
		if _, _, err := g.s.Suggestion(g.as("陈漳湾"), hidden.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a unit reads another's: %v", err)
		}
		if _, _, err := g.s.Suggestion(g.as("外区"), hidden.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another region: %v", err)
		}
		if x, mine, err := g.s.Suggestion(g.as("林城南"), hidden.ID); err != nil || !mine || x.Text != draft.Text {
			t.Errorf("the author does not see his own: %v %v", mine, err)
		}
		g.refused(g.s.Answer(g.as("林城南"), g.key(), hidden.ID, Adopted, "好"), errs.Forbidden, "答复意见")
		g.refused(g.s.Answer(g.as("方衡"), g.key(), hidden.ID, "", " "), errs.Invalid, "还没有选处理结果")
		c.SetDay("2017-04-17")
		g.ok(g.s.Answer(g.as("方衡"), g.key(), hidden.ID, Adopted, "已改为由系统带出。"))
		g.refused(g.s.Answer(g.as("宋时雨"), g.key(), hidden.ID, Partly, "再答"), errs.Conflict, "已经答复过")
		if list := g.todos("方衡"); len(list) != 0 {
			t.Errorf("still waits: %+v", list)
		}
		own, err := g.s.Suggest(g.as("宋时雨"), g.key(), SuggestionDraft{Class: Other, Text: "自己提的", Anonymous: true})
		g.ok(err)
		g.refused(g.s.Answer(g.as("宋时雨"), g.key(), own.ID, Explained, "自己答"), errs.Forbidden, "不能自己答复")

		c.SetDay("2017-04-18")
		list, err := g.s.MySuggestions(g.as("林城南"))
		g.ok(err)
		if len(list) != 1 || list[0].Answer != "已改为由系统带出。" {
			t.Errorf("%+v", list)
		}
		open, err := g.s.Suggestions(g.as("江平野"), SuggestionFilter{Open: true})
		g.ok(err)
		if len(open) != 2 || open[1].ID != named.ID || open[1].PersonID == 0 || !open[1].Late("2017-04-18", "") {
			t.Errorf("%+v", open)
		}
		if done, _ := g.s.Suggestions(g.as("江平野"), SuggestionFilter{Answered: true, Class: Repeat}); len(done) != 1 {
			t.Errorf("%+v", done)
		}
		tally, err := g.s.TallyOf(g.as("陈漳湾"))
		g.ok(err)
		if tally != (Tally{Total: 3, Answered: 1, InTime: 1, Overdue: 1}) {
			t.Errorf("%+v", tally)
		}
		g.sealedAsKept()
	})
}

// A form that is sent many times at once is one suggestion, and everybody who sent it gets the same receipt.
func TestMailboxRace(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		key := g.key()
		var wg sync.WaitGroup
		got := make([]Suggestion, 12)
		for i := range got {
			wg.Go(func() {
				var err error
				if got[i], err = g.s.Suggest(g.as("林城南"), key, SuggestionDraft{Class: Other, Text: "连点了好几下", Anonymous: true}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, x := range got {
			if x.ID == 0 || x.ID != got[0].ID {
				t.Errorf("%d and %d", x.ID, got[0].ID)
			}
		}
		if list, err := g.s.MySuggestions(g.as("林城南")); err != nil || len(list) != 1 {
			t.Errorf("%d suggestions, %v", len(list), err)
		}
		if todo := g.todos("方衡"); len(todo) != 1 {
			t.Errorf("%+v", todo)
		}
		g.sealedAsKept()
	})
}

// A mailbox takes in what is written in the last days of a year whose successor's holidays are not known yet.
func TestMailboxWithoutHolidays(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2019-12-30") // the program knows no 2020
		x, err := g.s.Suggest(g.as("林城南"), g.key(), SuggestionDraft{Class: Hardship, Text: "要报的太多"})
		g.ok(err)
		if x.DueOn != "" || x.Late("2030-01-01", "") {
			t.Errorf("%+v", x)
		}
		g.sealedAsKept()
	})
}

func TestReturnsAndMeter(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-03-05")
		g.ok(g.s.Ensure(t.Context(), region, "2017-03"))
		g.ok(g.s.Ensure(t.Context(), region, "2017-03"))
		list, err := g.s.Returns(g.as("林城南"))
		g.ok(err)
		if len(list) != 3 || list[0].Name != "月度进展" || len(list[0].Fields) != 6 {
			t.Fatalf("%+v", list)
		}
		m, err := g.s.MeterOf(g.as("江平野"), "2017-03")
		g.ok(err)
		want := map[string]Load{"城南镇": {Sheets: 2, Kinds: 1, Fields: 12, Minutes: 10}, "漳湾镇": {Sheets: 1, Kinds: 1, Fields: 6, Minutes: 5}, "区统计局": {}}
		check := func(m Meter) {
			t.Helper()
			if len(m.Loads) != len(want) {
				t.Fatalf("%d units", len(m.Loads))
			}
			for name, w := range want {
				w.Unit = g.unit[name]
				for _, x := range m.Loads {
					if x.Unit == w.Unit && x != w {
						t.Errorf("%s: %+v, want %+v", name, x, w)
					}
				}
			}
		}
		check(m)
		if m.Checked {
			t.Error("checks are counted by nobody")
		}
		// A certified value answers a field.
		g.write(func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := g.ind.Record(ctx, tx, g.who["统计员"], indicator.Reading{IndicatorID: g.task["签约户数"].IndicatorID, Period: "2017-03", Kind: indicator.Certified, Value: amount.Scaled(5 * 10000), Source: "月报"})
			return err
		})
		g.s.CountingChecks(func(context.Context, *sqldb.Tx, int64, period.Month) (map[int64]int64, error) {
			return map[int64]int64{g.unit["城南镇"]: 4}, nil
		})
		want["城南镇"] = Load{Sheets: 2, Kinds: 1, Fields: 11, Held: 1, Minutes: 10, Checks: 4}
		m, err = g.s.MeterOf(g.as("江平野"), "2017-03")
		g.ok(err)
		check(m)
		if own, err := g.s.MeterOf(g.as("林城南"), "2017-03"); err != nil || len(own.Loads) != 1 || own.Loads[0].Unit != g.unit["城南镇"] {
			t.Errorf("a unit sees %+v %v", own.Loads, err)
		}
		if before, _ := g.s.MeterOf(g.as("江平野"), "2017-02"); before.Sheets != 0 {
			t.Errorf("before anything was asked: %d", before.Sheets)
		}

		d := ReturnDraft{Name: "村级增收季报", Basis: "蕉委办〔2017〕9 号", Source: "村账", Frequency: Quarterly, Minutes: 30, Audience: ByKind, Kinds: []org.Kind{org.Township}, From: "2017-03", Fields: []string{"村集体收入（万元）", "签约 户数"}}
		_, err = g.s.ProposeReturn(g.as("统计员"), g.key(), d)
		g.refused(err, errs.Invalid, "不能替代的")
		d.WhyNew = "没有一张报表有村集体收入"
		_, err = g.s.ProposeReturn(g.as("统计员"), g.key(), d)
		g.refused(err, errs.Invalid, "认定数据“签约户数”里已经有了")
		d.Fields = []string{"村集体收入（万元）", "=签约户数", "=没有的"}
		_, err = g.s.ProposeReturn(g.as("统计员"), g.key(), d)
		g.refused(err, errs.Invalid, "系统带不出来")
		d.Fields = []string{"村集体收入（万元）", "=签约户数", ""}
		_, err = g.s.ProposeReturn(g.as("系统管理员"), g.key(), d)
		g.refused(err, errs.Forbidden, "申请新增报表")
		rid, err := g.s.ProposeReturn(g.as("统计员"), g.key(), d)
		g.ok(err)
		if list := g.todos("方衡"); len(list) != 1 || list[0].Kind != "burden.return.decide" {
			t.Errorf("%+v", list)
		}
		// Limits hold it up until a head signs.
		g.refused(g.s.SetLimit(g.as("方衡"), g.key(), Limit{Sheets: -1}), errs.Invalid, "0 到 100 万")
		g.ok(g.s.SetLimit(g.as("方衡"), g.key(), Limit{Sheets: 2, Checks: 3, Basis: "蕉委办〔2017〕3 号"}))
		g.refused(g.s.SetLimit(g.as("江平野"), g.key(), Limit{Sheets: 9, Basis: "旧页"}), errs.Conflict, "别人刚改过")
		v, err := g.s.Return(g.as("方衡"), rid)
		g.ok(err)
		if len(v.Over) != 1 || v.Over[0].Unit != g.unit["城南镇"] || v.Over[0].Have != 3 || v.MayDecide || v.MaySign {
			t.Errorf("%+v", v)
		}
		g.refused(g.s.DecideReturn(g.as("方衡"), g.key(), rid, v.Version, true, ""), errs.Conflict, "签字说明理由")
		g.refused(g.s.SignOver(g.as("统计员"), g.key(), rid, v.Version, "要"), errs.Forbidden, "签字")
		g.refused(g.s.SignOver(g.as("统计局长"), g.key(), rid, v.Version, ""), errs.Invalid, "超限理由")
		g.ok(g.s.SignOver(g.as("统计局长"), g.key(), rid, v.Version, "省里季度统计要用"))
		g.refused(g.s.DecideReturn(g.as("方衡"), g.key(), rid, v.Version, true, ""), errs.Conflict, "别人刚改过")
		g.ok(g.s.DecideReturn(g.as("方衡"), g.key(), rid, v.Version+1, true, "同意"))
		if list := g.todos("方衡"); len(list) != 0 {
			t.Errorf("%+v", list)
		}
		want["城南镇"] = Load{Sheets: 3, Kinds: 2, Fields: 12, Held: 2, Minutes: 40, Checks: 4}
		want["漳湾镇"] = Load{Sheets: 2, Kinds: 2, Fields: 7, Held: 1, Minutes: 35}
		m, err = g.s.MeterOf(g.as("江平野"), "2017-03")
		g.ok(err)
		check(m)
		if over := m.Limit.Over(m.Loads[0]); len(over) != 2 || over[1].What != "检查次数" {
			t.Errorf("%+v", over)
		}
		want["城南镇"], want["漳湾镇"] = Load{Sheets: 2, Kinds: 1, Fields: 12, Minutes: 10, Checks: 4}, Load{Sheets: 1, Kinds: 1, Fields: 6, Minutes: 5}
		m, err = g.s.MeterOf(g.as("江平野"), "2017-04") // no quarter's end
		g.ok(err)
		check(m)

		// The program fills in what was certified, for the unit that looks.
		if v, err = g.s.Return(g.as("林城南"), rid); err != nil || len(v.Answers) != 1 || v.Answers[0].Month != "2017-03" || v.Answers[0].Value != 5*10000 {
			t.Errorf("%+v %v", v.Answers, err)
		}
		if v, err = g.s.Return(g.as("方衡"), rid); err != nil || len(v.Answers) != 0 {
			t.Errorf("%+v %v", v.Answers, err)
		}
		// A quarter beside the score is the sum of its months.
		if q, err := g.s.Span(g.as("江平野"), "2017-03", "2017-04"); err != nil || q[g.unit["城南镇"]] != (Load{Unit: g.unit["城南镇"], Sheets: 5, Kinds: 2, Fields: 24, Held: 2, Minutes: 50, Checks: 8}) {
			t.Errorf("%+v %v", q[g.unit["城南镇"]], err)
		}
		if q, err := g.s.Span(g.as("林城南"), "2017-03", "2017-04"); err != nil || len(q) != 1 {
			t.Errorf("a unit sees %+v %v", q, err)
		}
		// One that passes a limit is told to its head at once.
		d3 := d
		d3.Name, d3.Fields, d3.Frequency, d3.From = "村级增收月报", []string{"务工人数"}, Monthly, "2017-06"
		r3, err := g.s.ProposeReturn(g.as("统计员"), g.key(), d3)
		g.ok(err)
		if list := g.todos("统计局长"); len(list) != 1 || list[0].Kind != "burden.return.sign" {
			t.Errorf("%+v", list)
		}
		g.ok(g.s.SignOver(g.as("统计局长"), g.key(), r3, 1, "上级要"))
		if list := g.todos("统计局长"); len(list) != 0 {
			t.Errorf("%+v", list)
		}
		g.ok(g.s.DecideReturn(g.as("方衡"), g.key(), r3, 2, false, "年底再说"))

		// A return that replaces it ends it the month before, and may ask what it asked.
		c.SetDay("2017-05-10")
		d2 := d
		d2.Name, d2.Replaces, d2.WhyNew, d2.From, d2.Fields = "村级增收简表", rid, "", "2017-06", []string{"村集体收入"}
		r2, err := g.s.ProposeReturn(g.as("统计员"), g.key(), d2)
		g.ok(err)
		g.refused(g.s.DecideReturn(g.as("方衡"), g.key(), r2, 1, false, ""), errs.Invalid, "写理由")
		v, err = g.s.Return(g.as("方衡"), r2)
		g.ok(err)
		if len(v.Over) != 0 || v.Replaced == nil || !v.MayDecide { // one sheet for another: nothing is added
			t.Errorf("%+v", v)
		}
		g.ok(g.s.DecideReturn(g.as("方衡"), g.key(), r2, 1, true, ""))
		old, err := g.s.Return(g.as("方衡"), rid)
		g.ok(err)
		if old.State != Ended || old.Until != "2017-05" || old.Asks("2017-06") != 0 || old.Asks("2017-03") != 1 {
			t.Errorf("%+v", old.Return)
		}
		g.refused(g.s.EndReturn(g.as("林城南"), g.key(), r2, 2, "不想报"), errs.Forbidden, "停用")
		g.ok(g.s.EndReturn(g.as("统计局长"), g.key(), r2, 2, "数据已由农业局提供"))
		g.refused(g.s.EndReturn(g.as("方衡"), g.key(), list[0].ID, 1, "不要了"), errs.Forbidden, "停用")
		if other, err := g.s.Returns(g.as("外区")); err != nil || len(other) != 0 {
			t.Errorf("another region: %+v %v", other, err)
		}
		g.sealedAsKept()
	})
}

func TestAsks(t *testing.T) {
	for _, c := range []struct {
		f    Frequency
		m    period.Month
		want int64
	}{{Monthly, "2017-04", 1}, {Quarterly, "2017-04", 0}, {Quarterly, "2017-06", 1}, {Yearly, "2017-12", 1}, {Yearly, "2017-11", 0}, {Weekly, "2017-05", 5}, {Weekly, "2017-06", 4},
		{Once, "2017-03", 1}, {Once, "2017-04", 0}, {OnEvent, "2017-04", 0}, {Monthly, "2017-02", 0}, {Monthly, "2018-01", 0}} {
		r := Return{Frequency: c.f, From: "2017-03", Until: "2017-12", State: InForce}
		if got := r.Asks(c.m); got != c.want {
			t.Errorf("%s in %s: %d, want %d", c.f, c.m, got, c.want)
		}
	}
	if (Return{Frequency: Monthly, From: "2017-03", State: Proposed}).Asks("2017-03") != 0 {
		t.Error("what is only proposed is asked")
	}
}

func TestItem(t *testing.T) {
	for _, c := range [][2]string{{"签约户数（户）", "签约户数"}, {"签约 户数", "签约户数"}, {"GDP(亿元)", "gdp"}, {"“一转三抓”进展", "一转三抓进展"}, {"（户）", ""}} {
		if got := Item(c[0]); got != c[1] {
			t.Errorf("%q is %q, want %q", c[0], got, c[1])
		}
	}
}

func TestSelfCheck(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-03-05")
		g.ok(g.s.Ensure(t.Context(), region, "2017-03"))
		sheet, err := g.s.SelfCheck(g.as("林城南"))
		g.ok(err)
		if sheet.Unmet != 0 || sheet.Unconfirmed == 0 || sheet.Met+sheet.Unconfirmed != len(sheet.Clauses) {
			t.Errorf("%+v", sheet)
		}
		pending := sheet.Unconfirmed
		g.refused(g.s.State(g.as("方衡"), g.key(), "checkin", true, "没有"), errs.NotFound, "不用单位确认")
		g.refused(g.s.State(g.as("林城南"), g.key(), "filing", true, "闽网政备 1 号"), errs.Forbidden, "自查确认")
		g.refused(g.s.State(g.as("方衡"), g.key(), "filing", true, " "), errs.Invalid, "说明")
		g.ok(g.s.State(g.as("方衡"), g.key(), "filing", false, "还没有备案"))
		g.ok(g.s.State(g.as("宋时雨"), g.key(), "filing", true, "闽网政备 1 号"))
		g.ok(g.s.State(g.as("方衡"), g.key(), "level", false, "七都镇另有一个小程序"))
		// An overdue suggestion, and a field that is asked twice, are seen by the sheet itself.
		_, err = g.s.Suggest(g.as("林城南"), g.key(), SuggestionDraft{Class: Other, Text: "没人理"})
		g.ok(err)
		g.write(func(ctx context.Context, tx *sqldb.Tx) error {
			for i := range 2 {
				r := Return{ID: int64(50 + i), Code: fmt.Sprint("X", i), Name: fmt.Sprint("旧表", i), Basis: "历史", Frequency: Monthly, Minutes: 9, Audience: ByKind, Kinds: []org.Kind{org.Township}, From: "2017-03", State: InForce, Fields: []Field{{Name: "人口", Item: "人口"}}}
				if err := put(ctx, tx, region, r); err != nil {
					return err
				}
			}
			return nil
		})
		c.SetDay("2017-03-31")
		sheet, err = g.s.SelfCheck(g.as("方衡"))
		g.ok(err)
		if sheet.Unmet != 3 || sheet.Unconfirmed != pending-2 {
			t.Errorf("%d unmet, %d unconfirmed of %d", sheet.Unmet, sheet.Unconfirmed, pending)
		}
		for _, x := range sheet.Clauses {
			switch x.Key {
			case "repeat":
				if x.Standing != Unmet || !strings.Contains(x.How, "“人口”在《旧表0》和《旧表1》里都要填") {
					t.Errorf("%+v", x)
				}
			case "complaint":
				if x.Standing != Unmet || !strings.Contains(x.How, "超期未答 1 条") {
					t.Errorf("%+v", x)
				}
			case "filing":
				if x.Standing != Met || x.Stated == nil || x.Stated.Text != "闽网政备 1 号" {
					t.Errorf("%+v", x)
				}
			}
		}
	})
}
