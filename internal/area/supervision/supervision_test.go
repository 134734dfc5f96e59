package supervision

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
)

// stage is a small district with two campaigns and six tasks of three units, the supervision office, a leader and people on loan.
type stage struct {
	*testing.T
	s     *Service
	db    *sqldb.DB
	clock *period.Fixed
	ids   func() int64
	org   *org.Service
	book  *task.Book
	ind   *indicator.Book
	out   *outbox.Outbox
	unit  map[string]int64
	who   map[string]auth.Actor
	task  map[string]int64
	keys  int
}

const region = 7

var (
	homes = ref.Ref{Kind: "campaign.campaign", ID: 1001}
	roads = ref.Ref{Kind: "campaign.campaign", ID: 1002}
)

func newStage(t *testing.T, db *sqldb.DB, c *period.Fixed) *stage {
	t.Helper()
	c.SetDay("2017-03-01")
	ids := id.New(c, 1).Next
	out := outbox.New(db, ids)
	cal := calendar.New(db)
	if err := cal.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	ind := indicator.NewBook(ids)
	g := &stage{T: t, db: db, clock: c, ids: ids, org: org.New(db, ids, nil), ind: ind, out: out, book: task.NewBook(ids, ind, cal, out),
		unit: map[string]int64{}, who: map[string]auth.Actor{}, task: map[string]int64{}}
	g.s = New(db, ids, Spine{Org: g.org, Tasks: g.book, Calendar: cal, Evidence: evidence.New(db, ids), Outbox: out})
	g.s.Naming(func(_ context.Context, _ *sqldb.Tx, _ int64, r ref.Ref) (string, error) {
		return map[ref.Ref]string{homes: "棚户区改造", roads: "城市建设管理"}[r], nil
	})
	for _, r := range []org.Region{{ID: region, Code: "350902", Name: "宁德市蕉城区", ShortName: "蕉城"}, {ID: region + 1, Code: "350981", Name: "福安市", ShortName: "福安"}} {
		if _, err := g.org.CreateRegion(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	admin := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: region, Roles: []auth.Role{auth.SysAdmin}})
	for i, u := range []struct {
		name string
		kind org.Kind
	}{{"区委督查室", org.Office}, {"城南镇", org.Township}, {"漳湾镇", org.Township}, {"区住建局", org.Department}, {"区委办", org.Office}} {
		x, err := g.org.SaveUnit(admin, org.Unit{Name: u.name, Kind: u.kind, SortNo: int64(i)})
		if err != nil {
			t.Fatal(err)
		}
		g.unit[u.name] = x.ID
	}
	for _, p := range []struct {
		name, unit string
		roles      []auth.Role
	}{
		{"方衡", "区委督查室", []auth.Role{auth.Supervisor}}, {"宋时雨", "区委督查室", []auth.Role{auth.Supervisor}}, {"江平野", "区委办", []auth.Role{auth.Leader}},
		{"林城南", "城南镇", []auth.Role{auth.Clerk, auth.Head}}, {"陈漳湾", "漳湾镇", []auth.Role{auth.Clerk, auth.Head}}, {"叶住建", "区住建局", []auth.Role{auth.Clerk, auth.Head}},
		{"借调", "区住建局", []auth.Role{auth.Clerk}},
	} {
		x, err := g.org.SavePerson(admin, org.Person{Name: p.name, UnitID: g.unit[p.unit]})
		if err != nil {
			t.Fatal(err)
		}
		g.who[p.name] = auth.Actor{ID: x.ID, RegionID: region, UnitID: x.UnitID, Units: []int64{x.UnitID}, Name: p.name, Roles: p.roles}
	}
	g.write("方衡", func(ctx context.Context, tx *sqldb.Tx, who auth.Actor) error {
		for i, x := range []struct {
			name, unit string
			origin     ref.Ref
		}{{"拆迁", "城南镇", homes}, {"签约", "城南镇", homes}, {"安置", "漳湾镇", homes}, {"道路", "漳湾镇", roads}, {"管线", "区住建局", roads}, {"绿化", "区住建局", roads}} {
			k, err := g.book.Open(ctx, tx, who, task.Opening{
				Task:      task.Task{No: fmt.Sprintf("T-%02d", i+1), Title: x.name, Origin: x.origin, LeadUnit: g.unit[x.unit], Deadline: "2017-12-31", Weight: 500},
				Indicator: indicator.Indicator{Name: x.name, Measure: "亩"},
				Plan:      indicator.Plan{From: "2017-01", To: "2017-12", Target: 120 * 10000},
			})
			if err != nil {
				return err
			}
			g.task[x.name] = k.ID
		}
		return nil
	})
	return g
}

func (g *stage) as(name string) context.Context {
	who, ok := g.who[name]
	if !ok {
		g.Fatalf("nobody is called %s", name)
	}
	return auth.With(g.Context(), who)
}

func (g *stage) key() string { g.keys++; return fmt.Sprintf("key-%08d", g.keys) }

func (g *stage) write(name string, fn func(ctx context.Context, tx *sqldb.Tx, who auth.Actor) error) {
	g.Helper()
	ctx := g.as(name)
	if err := g.db.Update(ctx, func(tx *sqldb.Tx) error { return fn(ctx, tx, g.who[name]) }); err != nil {
		g.Fatal(err)
	}
}

func (g *stage) read(fn func(ctx context.Context, tx *sqldb.Tx) error) {
	g.Helper()
	if err := g.db.View(g.Context(), func(tx *sqldb.Tx) error { return fn(g.Context(), tx) }); err != nil {
		g.Fatal(err)
	}
}

// report files a unit's account of a month in 亩.
func (g *stage) report(name, taskName string, m period.Month, mu int64) {
	g.Helper()
	g.write(name, func(ctx context.Context, tx *sqldb.Tx, who auth.Actor) error {
		_, err := g.book.FileAccount(ctx, tx, who, task.Draft{TaskID: g.task[taskName], Month: m, Value: amount.Scaled(mu * 10000), Progress: "推进", BlockerKind: "补偿协商", Blocker: "两户未谈妥"})
		return err
	})
}

func (g *stage) ok(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

// refused demands an error of the kind whose sentence, or one of its fields, contains the words.
func (g *stage) refused(err error, kind errs.Kind, words string) {
	g.Helper()
	if err == nil {
		g.Fatalf("accepted, but wanted: %s", words)
	}
	if errs.KindOf(err) != kind || !strings.Contains(err.Error(), words) {
		g.Fatalf("kind %d %q, want kind %d with %q", errs.KindOf(err), err.Error(), kind, words)
	}
}

func (g *stage) draft() TourDraft {
	return TourDraft{Month: "2017-03", Title: "3 月份督查", Basis: "区政府第 3 次常务会议决定", BasisDocNo: "蕉政纪〔2017〕3 号", LeaderID: g.who["方衡"].ID,
		Inspectors: []int64{g.who["宋时雨"].ID}}
}

// tour opens, draws and begins a tour of all six tasks.
func (g *stage) tour() int64 {
	g.Helper()
	tour, err := g.s.OpenTour(g.as("方衡"), g.key(), g.draft())
	g.ok(err)
	_, err = g.s.DrawSample(g.as("方衡"), g.key(), tour, 3, "20170401")
	g.ok(err)
	g.ok(g.s.BeginTour(g.as("方衡"), g.key(), tour))
	return tour
}

// sealedAsKept demands that every sealed row of this package is as its latest entry of the ledger has it.
func (g *stage) sealedAsKept() {
	g.Helper()
	report, err := ledger.Verify(g.Context(), g.db) // as duban verify does
	g.ok(err)
	if !report.OK() {
		g.Errorf("%v", report.Findings)
	}
	for kind := range report.Unread {
		if strings.HasPrefix(kind, "supervision.") {
			g.Errorf("%s has no reader", kind)
		}
	}
	g.read(func(ctx context.Context, tx *sqldb.Tx) error {
		n := 0
		for kind, each := range map[string]ledger.Reader{TourKind: EachTour, DrawKind: EachDraw, CheckKind: EachCheck, FindingKind: EachFinding, OrderKind: EachOrder,
			BulletinKind: EachBulletin, ConfirmationKind: EachConfirmation} {
			type row struct {
				id   int64
				form any
			}
			var rows []row
			if err := each(ctx, tx, region, func(id int64, v any) error {
				rows = append(rows, row{id, v})
				return nil
			}); err != nil {
				return err
			}
			for _, r := range rows {
				e, ok, err := ledger.LatestRow(ctx, tx, region, ref.Ref{Kind: kind, ID: r.id})
				if err != nil {
					return err
				}
				same, err := ledger.Holds(ctx, tx, e, r.form)
				if err != nil {
					return err
				}
				if !ok || !same {
					g.Errorf("%s: the row is not as sealed:\n%v\n%s", kind, r.form, e.Row)
				}
				n++
			}
		}
		if n == 0 {
			g.Error("nothing is sealed")
		}
		return nil
	})
}

// value returns the verified value of a unit's counter in a month.
func (g *stage) counter(unit, name string, m period.Month) (n int64, ok bool) {
	g.read(func(ctx context.Context, tx *sqldb.Tx) error {
		sheets, err := indicator.SheetsOf(ctx, tx, region, g.unit[unit])
		if err != nil {
			return err
		}
		for _, h := range sheets {
			if h.Name != name {
				continue
			}
			v, err := indicator.ValueOf(ctx, tx, region, h.ID, m)
			if err != nil {
				return err
			}
			if v.Verified != nil {
				n, ok = int64(*v.Verified)/10000, true
			}
		}
		return nil
	})
	return n, ok
}
