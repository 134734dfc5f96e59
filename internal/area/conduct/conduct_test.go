package conduct

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

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

// stage is a small district with tasks of two townships and a bureau.
type stage struct {
	*testing.T
	s     *Service
	db    *sqldb.DB
	clock *period.Fixed
	out   *outbox.Outbox
	book  *task.Book
	tasks *task.Service
	unit  map[string]int64
	who   map[string]auth.Actor
	task  map[string]task.Task
	keys  int
}

func newStage(t *testing.T, db *sqldb.DB, c *period.Fixed) *stage {
	t.Helper()
	c.SetDay("2017-01-03")
	ids := id.New(c, 1).Next
	cal := calendar.New(db)
	if err := cal.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, o := outbox.New(db, ids), org.New(db, ids, nil)
	book := task.NewBook(ids, indicator.NewBook(ids), cal, out)
	g := &stage{T: t, db: db, clock: c, out: out, book: book, tasks: task.New(db, book), unit: map[string]int64{}, who: map[string]auth.Actor{}, task: map[string]task.Task{}}
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
	}{{"区委督查室", org.Office}, {"城南镇", org.Township}, {"漳湾镇", org.Township}, {"区住建局", org.Department}} {
		x, err := o.SaveUnit(admin, org.Unit{Name: u.name, Kind: u.kind, SortNo: int64(i)})
		if err != nil {
			t.Fatal(err)
		}
		g.unit[u.name] = x.ID
	}
	for _, p := range []struct {
		name, unit string
		roles      []auth.Role
	}{{"方衡", "区委督查室", []auth.Role{auth.Supervisor}}, {"宋时雨", "区委督查室", []auth.Role{auth.Supervisor}}, {"江平野", "区委督查室", []auth.Role{auth.Leader}}, {"考核员", "区委督查室", []auth.Role{auth.Appraiser}},
		{"林城南", "城南镇", []auth.Role{auth.Clerk, auth.Head}}, {"陈漳湾", "漳湾镇", []auth.Role{auth.Clerk, auth.Head}}, {"叶住建", "区住建局", []auth.Role{auth.Clerk, auth.Head}}} {
		x, err := o.SavePerson(admin, org.Person{Name: p.name, UnitID: g.unit[p.unit]})
		if err != nil {
			t.Fatal(err)
		}
		g.who[p.name] = auth.Actor{ID: x.ID, RegionID: region, UnitID: x.UnitID, Units: []int64{x.UnitID}, Name: p.name, Roles: p.roles}
	}
	g.who["外区"] = auth.Actor{ID: 99, RegionID: region + 1, UnitID: 98, Name: "外区", Roles: []auth.Role{auth.Supervisor, auth.Leader}}
	g.write(func(ctx context.Context, tx *sqldb.Tx) error {
		for i, x := range []struct{ name, unit string }{{"拆迁", "城南镇"}, {"签约", "城南镇"}, {"道路", "漳湾镇"}, {"管线", "区住建局"}} {
			k, err := book.Open(ctx, tx, g.who["方衡"], task.Opening{
				Task:      task.Task{No: fmt.Sprintf("T-%02d", i+1), Title: x.name, Origin: ref.Ref{Kind: "campaign.campaign", ID: 1}, LeadUnit: g.unit[x.unit], Deadline: "2017-12-31", Weight: 500},
				Indicator: indicator.Indicator{Name: x.name, Measure: "亩"},
				Plan:      indicator.Plan{From: "2017-01", To: "2017-12", Target: 120 * 10000}})
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

// report files a unit's account of a month.
func (g *stage) report(name, title string, m period.Month, mu int64, text, blocker string) {
	g.Helper()
	g.write(func(ctx context.Context, tx *sqldb.Tx) error {
		d := task.Draft{TaskID: g.task[title].ID, Month: m, Value: amount.Scaled(mu * 10000), Progress: text, BlockerKind: task.NoBlocker}
		if blocker != "" {
			d.BlockerKind, d.Blocker = "补偿协商", blocker
		}
		_, err := g.book.FileAccount(ctx, tx, g.who[name], d)
		return err
	})
}

// fact says what supervision would say of a finding or an order, and seals the row if there is a report.
func (g *stage) fact(day, kind, what string, n int64, unit, dueOn, report string) {
	g.Helper()
	g.clock.SetDay(day)
	g.write(func(ctx context.Context, tx *sqldb.Tx) error {
		subject := ref.Ref{Kind: "supervision." + kind, ID: n}
		if err := g.out.Publish(ctx, tx, region, subject.Kind+"."+what, subject, map[string]any{"unit": fmt.Sprint(g.unit[unit]), "due_on": dueOn}); err != nil {
			return err
		}
		return ledger.Append(ctx, tx, g.who["方衡"], subject, what, ledger.Row(map[string]any{"report": report}))
	})
}

func (g *stage) sealedAsKept() {
	g.Helper()
	report, err := ledger.Verify(g.Context(), g.db)
	g.ok(err)
	if !report.OK() {
		g.Errorf("%v", report.Findings)
	}
	for kind := range report.Unread {
		if strings.HasPrefix(kind, "conduct.") {
			g.Errorf("%s has no reader", kind)
		}
	}
}

const idle = "继续推进征迁工作，入户宣传政策，群众思想工作正在进行，下一步抓紧推进。"

func TestLukewarm(t *testing.T) {
	plan := indicator.Plan{From: "2017-01", To: "2017-12", Target: 120 * 10000}
	account := func(m period.Month, mu int64, text, blocker string) task.Account {
		a := task.Account{Period: m, Value: amount.Scaled(mu * 10000), Progress: text, BlockerKind: task.NoBlocker, Blocker: blocker}
		if blocker != "" {
			a.BlockerKind = "资金"
		}
		return a
	}
	for name, c := range map[string]struct {
		now, before task.Account
		want        int
	}{
		"nothing moves and nothing is said":  {account("2017-03", 5, idle, ""), account("2017-02", 5, idle, ""), 3},
		"copied, but it moves and names why": {account("2017-03", 9, idle, "两户未谈妥"), account("2017-02", 5, idle, ""), 1},
		"as it should be":                    {account("2017-03", 30, idle, ""), account("2017-02", 30, idle, ""), 0},
		"behind, new words, a problem":       {account("2017-03", 5, "新签约三户，还差林地手续没有批下来。", "林地"), account("2017-02", 5, idle, ""), 1},
		"behind, moves, says no problem":     {account("2017-03", 20, "新签约三户，拆除两栋。", ""), account("2017-02", 15, idle, ""), 1},
	} {
		if got := DefaultRules.lukewarm(c.now, c.before, plan); len(got) != c.want {
			t.Errorf("%s: %v, want %d", name, got, c.want)
		}
	}
}

func TestCause(t *testing.T) {
	for text, want := range map[string]bool{"已经整改到位": false, "加强联系，抓紧落实": false, "因施工队未进场延误，已更换": true, "问题原因是台账未及时更新": true, "由于连日降雨": true} {
		if givesCause(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

// A quarter of work, and what signals it makes.
func TestDetect(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-03-02")
		g.report("林城南", "拆迁", "2017-02", 5, idle, "")
		g.report("林城南", "签约", "2017-02", 25, "签约二十五户。", "")
		g.report("陈漳湾", "道路", "2017-02", 5, idle, "")
		c.SetDay("2017-04-03")
		g.report("林城南", "拆迁", "2017-03", 5, idle, "")                       // lukewarm: all three
		g.report("林城南", "签约", "2017-03", 31, "签约二十五户。", "")                 // on pace: nothing
		g.report("陈漳湾", "道路", "2017-03", 9, "完成路基三公里，剩两公里等林地手续批复。", "林地手续") // behind, but at work

		// 住建局 hurries at nothing: three findings, two accepted late, all at the end of their time; one comes back.
		for i, at := range []struct{ issued, accepted, due, reported string }{
			{"2017-03-01", "2017-03-08", "2017-03-15", "2017-03-15"}, {"2017-03-02", "2017-03-09", "2017-03-16", "2017-03-16"}, {"2017-03-03", "2017-03-06", "2017-03-17", "2017-03-20"}} {
			n, cause := int64(500+i), "因为管线产权单位未进场，已协调进场"
			if i == 1 {
				cause = "已经整改到位"
			}
			g.fact(at.reported, "finding", "reported", n, "区住建局", at.due, cause) // delivered out of order: the facts keep their own instants
			g.fact(at.issued, "finding", "issued", n, "区住建局", at.due, "")
			g.fact(at.accepted, "finding", "accepted", n, "区住建局", at.due, "")
			c.SetDay("2017-03-21")
			g.fact("2017-03-21", "finding", "closed", n, "区住建局", at.due, cause)
		}
		g.fact("2017-03-28", "finding", "reopened", 500, "区住建局", "2017-04-05", "")
		// 漳湾镇 is late once and reports half way.
		g.fact("2017-03-01", "order", "issued", 600, "漳湾镇", "2017-03-31", "")
		g.fact("2017-03-10", "order", "accepted", 600, "漳湾镇", "2017-03-31", "")
		g.fact("2017-03-13", "order", "replied", 600, "漳湾镇", "2017-03-31", "")
		c.SetDay("2017-04-05")
		g.ok(g.out.Drain(t.Context()))

		_, err := g.s.DetectMonth(g.as("方衡"), g.key(), "2017-04")
		g.refused(err, errs.Invalid, "已经过完的月份")
		_, err = g.s.DetectMonth(g.as("林城南"), g.key(), "2017-03")
		g.refused(err, errs.Forbidden, "办理作风线索")
		readings := func() (n int) {
			g.write(func(ctx context.Context, tx *sqldb.Tx) error {
				return indicator.EachReading(ctx, tx, region, func(int64, any) error { n++; return nil })
			})
			return n
		}
		before := readings()
		n, err := g.s.DetectMonth(g.as("方衡"), g.key(), "2017-03")
		g.ok(err)
		again, err := g.s.DetectMonth(g.as("方衡"), g.key(), "2017-03")
		g.ok(err)
		list, err := g.s.Signals(g.as("方衡"), SignalFilter{})
		g.ok(err)
		got := map[string][]string{}
		for _, x := range list {
			name := x.Symptom.Chinese() + " " + fmt.Sprint(x.Subject.ID)
			if x.Subject.Kind != "supervision.finding" {
				name = x.Symptom.Chinese() + " " + x.Title
			}
			got[name] = x.Features
			if !x.FromData || x.State != Shown || x.DueOn != "2017-04-19" {
				t.Errorf("%+v", x)
			}
		}
		want := map[string]int{"不冷不热 拆迁": 3, "不急不忙 2017年3月前三个月的办理": 2, "不疼不痒 500": 1, "不疼不痒 501": 1}
		if int(n) != len(want) || again != 0 || len(got) != len(want) {
			t.Errorf("%d signals, then %d: %v", n, again, got)
		}
		for name, k := range want {
			if len(got[name]) != k {
				t.Errorf("%s: %v", name, got[name])
			}
		}
		if f := got["不急不忙 2017年3月前三个月的办理"]; len(f) == 2 && (f[0] != "近三个月收到 3 件，2 件过了 2 个工作日才签收或者还没有签收" || f[1] != "办过的 3 件平均用去时限的 103%（线是 80%）") {
			t.Errorf("%v", f)
		}
		if readings() != before {
			t.Error("a signal has become a number that could be scored")
		}
		// What the rule saw can be looked at, and the counts are those of the lists.
		for _, x := range list {
			v, err := g.s.Signal(g.as("方衡"), x.ID)
			g.ok(err)
			if said, came := len(v.Said), len(v.Matters); x.Symptom == Lukewarm && (said != 2 || v.Said[0].Period != "2017-02") || x.Symptom == Unhurried && came != 3 || x.Symptom == Toothless && said+came != 0 {
				t.Errorf("%s: %d accounts, %d matters", x.Title, said, came)
			}
		}
		if y, err := g.s.SignalTally(g.as("方衡")); err != nil || y.Raised != 4 || y.Open() != 4 || y.Live[Waiting] != 4 || y.Symptoms[Toothless] != 2 || y.Found() != 0 {
			t.Errorf("%+v %v", y, err)
		}
		if y, err := g.s.SignalTally(g.as("林城南")); err != nil || y.Open() != 1 {
			t.Errorf("a unit counts %+v %v", y, err)
		}
		if y, err := g.s.SignalTally(g.as("江平野")); err != nil || y.Open() != 0 {
			t.Errorf("a leader counts %+v %v", y, err)
		}
		// Shown first to the unit.
		if own, _ := g.s.Signals(g.as("林城南"), SignalFilter{}); len(own) != 1 || own[0].Title != "拆迁" {
			t.Errorf("%+v", own)
		}
		if todo := g.todos("叶住建"); len(todo) != 3 || todo[0].DueOn != "2017-04-19" {
			t.Errorf("%+v", todo)
		}
		if l, _ := g.s.Signals(g.as("江平野"), SignalFilter{}); len(l) != 0 {
			t.Error("a leader sees signals before the units have been heard")
		}
		if other, err := g.s.Signals(g.as("外区"), SignalFilter{}); err != nil || len(other) != 0 {
			t.Errorf("another region: %v %v", other, err)
		}
		if _, err := g.s.Signals(g.as("林城南"), SignalFilter{Unit: g.unit["漳湾镇"]}); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another unit's: %v", err)
		}
		c.SetDay("2017-04-20")
		if l, _ := g.s.Signals(g.as("江平野"), SignalFilter{}); len(l) != len(want) {
			t.Errorf("a leader sees %d", len(l))
		}
		for st, n := range map[Stage]int{Waiting: 0, Silence: 4, Judging: 0, Righting: 0, Closing: 0} {
			if l, err := g.s.Signals(g.as("江平野"), SignalFilter{Stage: st}); err != nil || len(l) != n {
				t.Errorf("%s: %d signals, want %d: %v", st, len(l), n, err)
			}
		}
		if y, err := g.s.SignalTally(g.as("江平野")); err != nil || y.Live[Silence] != 4 {
			t.Errorf("%+v %v", y, err)
		}
		g.sealedAsKept()
	})
}

func TestExtensions(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		for i, day := range []string{"2018-01-31", "2018-02-28", "2018-03-31"} {
			c.SetDay(fmt.Sprintf("2017-03-%02d", 5+i*7))
			a, err := g.tasks.Propose(g.as("叶住建"), g.key(), task.Adjustment{TaskID: g.task["管线"].ID, Reason: "管线产权单位未进场", Wanted: task.Wanted{Deadline: &day}})
			g.ok(err)
			_, err = g.tasks.Decide(g.as("江平野"), g.key(), a.ID, a.Version, i < 2, fmt.Sprintf("蕉政办〔2017〕%d 号", i+1), "不同意再延")
			g.ok(err)
		}
		for i := range 3 { // two late acceptances of three orders, so that two parts are there
			g.fact(fmt.Sprintf("2017-03-%02d", 6+i), "order", "issued", int64(700+i), "区住建局", "2017-04-28", "")
		}
		c.SetDay("2017-04-05")
		g.ok(g.out.Drain(t.Context()))
		n, err := g.s.DetectMonth(g.as("方衡"), g.key(), "2017-03")
		g.ok(err)
		list, err := g.s.Signals(g.as("叶住建"), SignalFilter{})
		g.ok(err)
		if n != 1 || len(list) != 1 || len(list[0].Features) != 2 || list[0].Features[1] != "“管线”的时限已经延后 2 次" || !strings.HasPrefix(list[0].Features[0], "近三个月收到 3 件，3 件过了") {
			t.Errorf("%d %+v", n, list)
		}
		// A stricter district wants all three.
		r := DefaultRules
		r.UnhurriedParts, r.Basis = 3, "蕉委办〔2017〕8 号"
		g.refused(g.s.SetRules(g.as("林城南"), g.key(), r), errs.Forbidden, "规则")
		bad := r
		bad.SimilarPercent, bad.Basis = 5, ""
		g.refused(g.s.SetRules(g.as("方衡"), g.key(), bad), errs.Invalid, "20 到 95")
		g.ok(g.s.SetRules(g.as("方衡"), g.key(), r))
		g.refused(g.s.SetRules(g.as("江平野"), g.key(), r), errs.Conflict, "别人刚改过")
		c.SetDay("2017-05-05")
		if n, err := g.s.DetectMonth(g.as("方衡"), g.key(), "2017-04"); err != nil || n != 0 {
			t.Errorf("%d %v", n, err)
		}
		if now, err := g.s.RulesNow(g.as("叶住建")); err != nil || now.UnhurriedParts != 3 || now.Version != 1 {
			t.Errorf("%+v %v", now, err)
		}
		g.sealedAsKept()
	})
}

// A signal from the unit's word to the archive.
func TestCase(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-03-31")
		_, err := g.s.RaiseSignal(g.as("方衡"), g.key(), SignalDraft{Symptom: "lazy", Month: "2017-05"})
		g.refused(err, errs.Invalid, "还没有选单位")
		draft := SignalDraft{Symptom: Lukewarm, UnitID: g.unit["城南镇"], Title: "入户工作", Fact: "三次到现场都没有人在岗", Basis: "督查记录 2017-03-07", Month: "2017-03"}
		key := g.key()
		one, err := g.s.RaiseSignal(g.as("方衡"), key, draft)
		g.ok(err)
		same, err := g.s.RaiseSignal(g.as("方衡"), key, draft)
		g.ok(err)
		if same != one {
			t.Error("a form that is sent twice counts twice")
		}
		two, err := g.s.RaiseSignal(g.as("方衡"), g.key(), draft)
		g.ok(err)
		panel := []int64{g.who["方衡"].ID, g.who["宋时雨"].ID, g.who["叶住建"].ID}
		find := FindDraft{Outcome: Mend, Ground: "值守没有落实", Panel: panel, MendByOn: "2017-05-31"}
		g.refused(g.s.Find(g.as("方衡"), g.key(), one, 1, find), errs.Conflict, "单位还没有说明")
		if _, err := g.s.Signal(g.as("江平野"), one); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a leader: %v", err)
		}
		if _, err := g.s.Signal(g.as("陈漳湾"), one); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another unit: %v", err)
		}
		if _, err := g.s.Signal(g.as("外区"), one); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another region: %v", err)
		}
		g.refused(g.s.Explain(g.as("林城南"), g.key(), one, 1, " ", "free"), errs.Invalid, "还没有写说明")
		g.refused(g.s.Explain(g.as("陈漳湾"), g.key(), one, 1, "不关我的事", ""), errs.NotFound, "无权查看")
		g.ok(g.s.Explain(g.as("林城南"), g.key(), one, 1, "三次都在村里入户，有工作日志。", Unmeant))
		if v, err := g.s.Signal(g.as("江平野"), one); err != nil || v.State != Explained || !v.MayFind || v.MayExplain || len(v.Steps) != 2 || v.Claim != Unmeant {
			t.Errorf("%+v %v", v, err)
		}
		if list := g.todos("林城南"); len(list) != 1 || list[0].Subject.ID != two {
			t.Errorf("%+v", list)
		}
		if list := g.todos("方衡"); len(list) != 1 || list[0].Kind != "conduct.signal.find" {
			t.Errorf("%+v", list)
		}
		bad := find
		bad.Panel = []int64{panel[0], g.who["林城南"].ID, panel[1]}
		g.refused(g.s.Find(g.as("方衡"), g.key(), one, 2, bad), errs.Invalid, "不能参加认定")
		bad.Panel = []int64{panel[1], panel[1], panel[2]}
		g.refused(g.s.Find(g.as("方衡"), g.key(), one, 2, bad), errs.Invalid, "您不在认定小组里")
		bad.Panel, bad.MendByOn = panel, "2017-03-31"
		g.refused(g.s.Find(g.as("方衡"), g.key(), one, 2, bad), errs.Invalid, "今天以后")
		g.refused(g.s.Find(g.as("林城南"), g.key(), one, 2, find), errs.Forbidden, "认定")
		g.refused(g.s.Find(g.as("方衡"), g.key(), one, 1, find), errs.Conflict, "别人刚改过")
		g.ok(g.s.Find(g.as("方衡"), g.key(), one, 2, find))
		g.refused(g.s.Archive(g.as("方衡"), g.key(), one, 3, "好"), errs.Conflict, "不能这样操作")
		if list := g.todos("林城南"); len(list) != 2 {
			t.Errorf("%+v", list)
		}
		g.ok(g.s.ReportMending(g.as("林城南"), g.key(), one, 3, "已排班值守，公示牌已上墙。"))
		g.refused(g.s.ReportMending(g.as("林城南"), g.key(), one, 4, "再报"), errs.Conflict, "不能这样操作")
		g.ok(g.s.Archive(g.as("方衡"), g.key(), one, 4, "5 月 3 日到现场看过，属实"))

		// Silence: the panel may find after the last day, but not forgive what nobody asked to be forgiven.
		c.SetDay("2017-04-17")
		g.refused(g.s.Find(g.as("方衡"), g.key(), two, 1, FindDraft{Outcome: Remind, Ground: "未说明", Panel: panel}), errs.Conflict, "单位还没有说明")
		c.SetDay("2017-04-18")
		g.refused(g.s.Find(g.as("方衡"), g.key(), two, 1, FindDraft{Outcome: Exempt, Ground: "x", Panel: panel}), errs.Invalid, "没有申请容错")
		g.ok(g.s.Find(g.as("方衡"), g.key(), two, 1, FindDraft{Outcome: Talk, Ground: "逾期未说明", Panel: panel}))
		g.refused(g.s.Explain(g.as("林城南"), g.key(), two, 2, "现在说", ""), errs.Conflict, "不能这样操作")
		g.ok(g.s.Archive(g.as("宋时雨"), g.key(), two, 2, "4 月 18 日约谈主要负责人"))
		three, err := g.s.RaiseSignal(g.as("方衡"), g.key(), draft)
		g.ok(err)
		g.ok(g.s.Explain(g.as("林城南"), g.key(), three, 1, "试行夜间入户，没有经验。", Pioneer))
		g.ok(g.s.Find(g.as("方衡"), g.key(), three, 2, FindDraft{Outcome: Exempt, Ground: "核实：有试行方案，无私利", Panel: panel}))
		g.ok(g.s.Archive(g.as("方衡"), g.key(), three, 3, "已书面告知"))
		for _, who := range []string{"方衡", "林城南", "宋时雨"} {
			if list := g.todos(who); len(list) != 0 {
				t.Errorf("%s still waits for %+v", who, list)
			}
		}
		if l, _ := g.s.Signals(g.as("方衡"), SignalFilter{Live: true}); len(l) != 0 {
			t.Errorf("%+v", l)
		}
		if l, _ := g.s.Signals(g.as("方衡"), SignalFilter{State: Archived, Symptom: Lukewarm, From: "2017-03", To: "2017-03"}); len(l) != 3 || l[0].No != "2017-003" {
			t.Errorf("%+v", l)
		}
		g.sealedAsKept()
	})
}

func TestMeasures(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-03-05")
		if d, err := g.s.Measures(g.as("考核员")); err != nil || d.ID != 0 {
			t.Errorf("%+v %v", d, err)
		}
		d := DocumentDraft{Title: "提振干事创业精气神八条措施", DocNo: "蕉委〔2017〕11 号", IssuedOn: "2017-03-01"}
		for i := range 8 {
			d.Measures = append(d.Measures, MeasureDraft{Title: fmt.Sprintf("第 %d 条", i+1), Content: "内容", OwnerUnit: g.unit["区住建局"]})
		}
		bad := d
		bad.Measures = []MeasureDraft{{Title: "只有标题"}, {}}
		_, err := g.s.AdoptMeasures(g.as("方衡"), g.key(), bad)
		g.refused(err, errs.Invalid, "第 1 条还没有选责任单位")
		_, err = g.s.AdoptMeasures(g.as("林城南"), g.key(), d)
		g.refused(err, errs.Forbidden, "八条措施")
		_, err = g.s.AdoptMeasures(g.as("方衡"), g.key(), d)
		g.ok(err)
		_, err = g.s.AdoptMeasures(g.as("宋时雨"), g.key(), d)
		g.refused(err, errs.Conflict, "已经录入过")
		doc, err := g.s.Measures(g.as("林城南"))
		g.ok(err)
		if len(doc.Measures) != 8 {
			t.Fatalf("%+v", doc)
		}
		m := doc.Measures[2].ID
		_, err = g.s.AddAction(g.as("方衡"), g.key(), m, "", 0, "2017-02-31")
		g.refused(err, errs.Invalid, "还没有选由哪个单位做")
		a, err := g.s.AddAction(g.as("方衡"), g.key(), m, "每月到一线办公一次", g.unit["城南镇"], "2017-06-30")
		g.ok(err)
		if list := g.todos("林城南"); len(list) != 1 || list[0].DueOn != "2017-06-30" {
			t.Errorf("%+v", list)
		}
		g.refused(g.s.CompleteAction(g.as("陈漳湾"), g.key(), a, "做了"), errs.NotFound, "无权查看")
		g.refused(g.s.CompleteAction(g.as("林城南"), g.key(), a, ""), errs.Invalid, "落实情况")
		_, err = g.s.ReviewMeasure(g.as("方衡"), g.key(), m, "2017H1", Works, "见效")
		g.refused(err, errs.Invalid, "不能先评估")
		_, err = g.s.ReviewMeasure(g.as("方衡"), g.key(), m, "2016H2", Works, "见效")
		g.refused(err, errs.Invalid, "才印发")
		c.SetDay("2017-07-03")
		g.ok(g.s.CompleteAction(g.as("林城南"), g.key(), a, "3 至 6 月每月一次，解决 7 件事"))
		g.refused(g.s.CompleteAction(g.as("林城南"), g.key(), a, "再做"), errs.Conflict, "已经报告过")
		_, err = g.s.ReviewMeasure(g.as("江平野"), g.key(), m, "2017H1", Partly, "办事快了，但结论少")
		g.ok(err)
		_, err = g.s.ReviewMeasure(g.as("方衡"), g.key(), m, "2017H1", Works, "再评")
		g.refused(err, errs.Conflict, "已经评估过")
		doc, err = g.s.Measures(g.as("林城南"))
		g.ok(err)
		if x := doc.Measures[2]; len(x.Actions) != 1 || !x.Actions[0].Late("2017-07-03") || len(x.Reviews) != 1 || x.Reviews[0].Half.Chinese() != "2017年上半年" {
			t.Errorf("%+v", doc.Measures[2])
		}
		if list := g.todos("林城南"); len(list) != 0 {
			t.Errorf("%+v", list)
		}
		g.sealedAsKept()
	})
}

func TestPraise(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		_, err := g.s.GivePraise(g.as("方衡"), g.key(), Praise{Form: Bonus, UnitID: g.unit["城南镇"], PersonID: g.who["陈漳湾"].ID})
		g.refused(err, errs.Invalid, "不在这个单位")
		_, err = g.s.GivePraise(g.as("林城南"), g.key(), Praise{Form: Commend, UnitID: g.unit["城南镇"], Fact: "x", Basis: "y"})
		g.refused(err, errs.Forbidden, "正向激励")
		p, err := g.s.GivePraise(g.as("方衡"), g.key(), Praise{Form: Bonus, UnitID: g.unit["城南镇"], Fact: "提前 20 天交地", Basis: "督查通报第 3 期"})
		g.ok(err)
		if list := g.todos("考核员"); len(list) != 1 {
			t.Errorf("%+v", list)
		}
		g.refused(g.s.SettleBonus(g.as("方衡"), g.key(), p), errs.Forbidden, "加分建议")
		g.ok(g.s.SettleBonus(g.as("考核员"), g.key(), p))
		if list := g.todos("考核员"); len(list) != 0 {
			t.Errorf("%+v", list)
		}
		if list, err := g.s.Praises(g.as("陈漳湾")); err != nil || len(list) != 1 {
			t.Errorf("%+v %v", list, err)
		}
		g.sealedAsKept()
	})
}

// Records of persons: need to know, and every opening written down.
func TestExams(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		c.SetDay("2017-03-05")
		e := Exam{PersonID: g.who["林城南"].ID, TaskID: g.task["拆迁"].ID, Place: "城澳作业区", ObservedOn: "2017-03-03", Fact: "连续三晚入户到十点", View: "敢担当", Assessors: []int64{g.who["方衡"].ID, g.who["宋时雨"].ID}}
		_, err := g.s.WriteExam(g.as("方衡"), g.key(), e)
		g.refused(err, errs.Forbidden, "指定的查阅人") // the role alone is not enough
		_, err = g.s.ReadExams(g.as("江平野"), e.PersonID, "看看")
		g.refused(err, errs.Forbidden, "指定的查阅人") // nor is rank
		_, err = g.s.NameReader(g.as("方衡"), g.key(), g.who["方衡"].ID, "要看", "2017-06-30")
		g.refused(err, errs.Forbidden, "查阅人")
		_, err = g.s.NameReader(g.as("江平野"), g.key(), g.who["江平野"].ID, "要看", "2019-06-30")
		g.refused(err, errs.Invalid, "不能指定自己")
		r, err := g.s.NameReader(g.as("江平野"), g.key(), g.who["方衡"].ID, "二季度一线考察", "2017-06-30")
		g.ok(err)
		bad := e
		bad.Assessors = []int64{g.who["方衡"].ID}
		_, err = g.s.WriteExam(g.as("方衡"), g.key(), bad)
		g.refused(err, errs.Invalid, "至少要两位")
		bad = e
		bad.PersonID = g.who["方衡"].ID
		_, err = g.s.WriteExam(g.as("方衡"), g.key(), bad)
		g.refused(err, errs.Invalid, "不能写自己")
		_, err = g.s.WriteExam(g.as("方衡"), g.key(), e)
		g.ok(err)
		if list, err := g.s.ExamTasks(g.as("方衡"), e.PersonID); err != nil || !slices.ContainsFunc(list, func(t task.Task) bool { return t.ID == e.TaskID }) {
			t.Errorf("%+v %v", list, err)
		}
		if list, err := g.s.ExamTasks(g.as("宋时雨"), e.PersonID); err != nil || len(list) != 0 {
			t.Errorf("for one who is not named: %+v %v", list, err)
		}
		_, err = g.s.ReadExams(g.as("方衡"), e.PersonID, " ")
		g.refused(err, errs.Invalid, "查阅目的")
		list, err := g.s.ReadExams(g.as("方衡"), e.PersonID, "研究二季度表扬名单")
		g.ok(err)
		if len(list) != 1 || list[0].Fact != e.Fact || list[0].Task != g.task["拆迁"].Title {
			t.Errorf("%+v", list)
		}
		own, log, err := g.s.OwnExams(g.as("林城南"))
		g.ok(err)
		if len(own) != 1 || len(log) != 2 || log[0].Act != "read" || log[0].ReaderID != g.who["方衡"].ID || log[0].Purpose != "研究二季度表扬名单" || log[1].Act != "write" {
			t.Errorf("%+v %+v", own, log)
		}
		if own, log, _ := g.s.OwnExams(g.as("陈漳湾")); len(own)+len(log) != 0 {
			t.Errorf("another's: %+v %+v", own, log)
		}
		// The ledger holds a digest and nothing of the person.
		g.write(func(ctx context.Context, tx *sqldb.Tx) error {
			entries, err := ledger.Entries(ctx, tx, region, ledger.Filter{Subject: ref.Ref{Kind: ExamKind}})
			if err != nil || len(entries) != 1 || strings.Contains(entries[0].Text, e.Fact) || strings.Contains(entries[0].Text, fmt.Sprint(e.PersonID)) || !strings.Contains(entries[0].Text, "digest") {
				t.Errorf("%+v %v", entries, err)
			}
			return nil
		})
		if ok, _ := g.s.AmReader(g.as("方衡")); !ok {
			t.Error("the named reader is none")
		}
		c.Set(time.Date(2017, 7, 1, 9, 0, 0, 0, period.Beijing))
		_, err = g.s.ReadExams(g.as("方衡"), e.PersonID, "过期再看")
		g.refused(err, errs.Forbidden, "已经到期")
		c.SetDay("2017-06-01")
		g.ok(g.s.EndReader(g.as("江平野"), g.key(), r))
		_, err = g.s.ReadExams(g.as("方衡"), e.PersonID, "收回再看")
		g.refused(err, errs.Forbidden, "指定的查阅人")
		readers, all, err := g.s.Readers(g.as("江平野"))
		g.ok(err)
		if len(readers) != 1 || readers[0].EndedAt == 0 || len(all) != 2 {
			t.Errorf("%+v %+v", readers, all)
		}
		g.sealedAsKept()
	})
}
