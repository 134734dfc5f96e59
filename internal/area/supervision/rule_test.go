package supervision

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

func TestTabulate(t *testing.T) {
	m := material{month: "2017-03", today: "2017-04-10", tasks: map[int64]task.Task{}, names: map[ref.Ref]string{homes: "棚改", roads: "城建"},
		dir: &org.Directory{Units: []*org.Unit{{ID: 1, ShortName: "甲"}, {ID: 2, ShortName: "乙"}, {ID: 3, ShortName: "丙"}, {ID: 4, ShortName: "丁"}}}}
	add := func(id, unit int64, o ref.Ref, l task.Light, lead string) {
		m.tasks[id] = task.Task{ID: id, Origin: o, LeadUnit: unit, Title: fmt.Sprint(id)}
		numbers := `{"pace_x10000":"300000","target_x10000":"1200000"`
		if lead != "" {
			numbers += `,"value_x10000":"200000","kind":"reported","lead_x100":"` + lead + `"`
		}
		m.lights = append(m.lights, task.Month{ID: id * 10, TaskID: id, UnitID: unit, Light: l, Numbers: numbers + "}"})
	}
	add(1, 1, homes, task.Green, "100")
	add(2, 2, homes, task.Amber, "-500")
	add(3, 2, homes, task.Red, "-2000")
	add(4, 3, roads, task.Green, "0") // exactly on pace
	add(5, 4, roads, task.NotDue, "")
	add(6, 4, roads, task.Missing, "")
	add(7, 1, roads, task.Hold, "-900")
	add(8, 4, roads, task.Green, "-300") // behind, though within what the policy tolerates
	add(9, 3, roads, task.Done, "")      // struck off: no number any more
	m.findings = []Finding{{UnitID: 3, Origin: roads, State: Accepted, DueOn: "2017-04-09"}, {UnitID: 2, Origin: homes, State: Closed}, {UnitID: 1, Origin: homes, State: Issued, DueOn: "2017-04-10"}}
	g := func(x int64) *int64 { return &x }
	m.checks = []Check{{ID: 1, TaskID: 2, Gap: g(400)}, {ID: 2, TaskID: 2, Gap: g(-100)}, {ID: 3, TaskID: 3, Gap: g(-201)}, {ID: 4, TaskID: 4}}
	x := tabulate(m)
	ids := func(rows []Row) (out []int64) {
		for _, r := range rows {
			out = append(out, r.TaskID)
		}
		return out
	}
	if got := ids(x.Slow); !reflect.DeepEqual(got, []int64{6, 3, 2, 8}) {
		t.Errorf("慢序时 %v: missing first, then the farthest behind", got)
	}
	if got := ids(x.OnPace); !reflect.DeepEqual(got, []int64{1, 4, 9}) {
		t.Errorf("按序时 %v: in the order of units", got)
	}
	if !reflect.DeepEqual(x.Praised, []string{"甲"}) || !reflect.DeepEqual(x.Named, []string{"2", "4"}) {
		t.Errorf("praised %v (丙 has an overdue finding), named %v", x.Praised, x.Named)
	}
	// The last check of a task counts: |−100| and |−201| make 150.5, rounded half up.
	if x.Tasks != 9 || x.Checked != 3 || x.MeanGap == nil || *x.MeanGap != 151 || x.Found != 3 || x.Closed != 1 || x.Overdue != 1 {
		t.Errorf("%+v", x)
	}
	if len(x.Origins) != 2 || x.Origins[0].Name != "棚改" || x.Origins[0].Worst != task.Red || x.Origins[0].Slow != 2 || x.Origins[0].Found != 2 || x.Origins[0].Closed != 1 ||
		x.Origins[1].Worst != task.Missing || x.Origins[1].Tasks != 6 || x.Origins[1].Lights[task.Green] != 2 {
		t.Errorf("campaigns: %+v", x.Origins)
	}
	if s := x.write("2017-03", 2).Lede; !strings.Contains(s, "超期未整改 1 个") || !strings.Contains(s, "平均相差 1.51 个百分点") || !strings.Contains(s, "第 2 版") {
		t.Error(s)
	}
	m.scope = Scope{Origins: []ref.Ref{homes}}
	if x := tabulate(m); x.Tasks != 3 || x.Found != 2 || x.Checked != 2 || len(x.Origins) != 1 {
		t.Errorf("of one campaign only: %+v", x)
	}
}

func TestGap(t *testing.T) {
	v := amount.Scaled(360000)
	for _, x := range []struct {
		reported         *amount.Scaled
		verified, target amount.Scaled
		want             string
	}{{&v, 240000, 1200000, "1000"}, {&v, 480000, 1200000, "-1000"}, {&v, 359999, 1200000, "0"}, {&v, 359940, 1200000, "1"}, {nil, 1, 2, "nil"}, {&v, 1, 0, "nil"}} {
		got := "nil"
		if g := gap(x.reported, x.verified, x.target); g != nil {
			got = fmt.Sprint(*g)
		}
		if got != x.want {
			t.Errorf("%v %d %d: %s, want %s", x.reported, x.verified, x.target, got, x.want)
		}
	}
}

func TestOverdue(t *testing.T) {
	f := Finding{State: Accepted, DueOn: "2017-04-10"}
	if f.Overdue("2017-04-10") || !f.Overdue("2017-04-11") {
		t.Error("the last day counts")
	}
	f.State = Reported
	if f.Overdue("2017-05-01") {
		t.Error("what is reported waits for us, not for the unit")
	}
	o := Order{State: OrderIssued, DueOn: "2017-04-10"}
	if o.Overdue("2017-04-10") || !o.Overdue("2017-04-11") {
		t.Error("the last day counts")
	}
}

// Nobody strikes off what his own unit owes, whatever roles he holds, nor what he has reported himself.
func TestNobodyClosesHisOwn(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		g := newStage(t, db, c)
		if day, err := g.s.LightsFrom(g.as("方衡"), "2017-03"); err != nil || day != "2017-04-10" {
			t.Errorf("accounts are due on 2017-04-05, and two working days are for looking at them: %s %v", day, err)
		}
		both := g.who["叶住建"]
		both.Roles = append(both.Roles, auth.Supervisor)
		g.who["叶住建"] = both
		moved := g.who["借调"]
		moved.Roles = []auth.Role{auth.Clerk, auth.Supervisor}
		g.who["借调"] = moved
		c.SetDay("2017-04-01")
		tour := g.tour()
		f, err := g.s.IssueFinding(g.as("宋时雨"), g.key(), FindingDraft{TourID: tour, TaskID: g.task["管线"], Kind: "进度滞后", Fact: "停工", Requirement: "复工", Days: 5})
		g.ok(err)
		o, err := g.s.IssueOrder(g.as("方衡"), g.key(), OrderDraft{Level: Blue, UnitID: g.unit["区住建局"], Matter: "管线", Requirement: "复工", Days: 3})
		g.ok(err)
		g.ok(g.s.AcceptFinding(g.as("叶住建"), g.key(), f))
		g.ok(g.s.ReportFinding(g.as("借调"), g.key(), f, "已复工"))
		g.ok(g.s.ReplyOrder(g.as("借调"), g.key(), o, "已复工"))
		g.refused(g.s.CloseFinding(g.as("叶住建"), g.key(), f, "好"), errs.Forbidden, "不能自己销号")
		g.refused(g.s.CloseOrder(g.as("叶住建"), g.key(), o, "好"), errs.Forbidden, "不能自己办结")
		moved.UnitID, moved.Units = g.unit["区委督查室"], nil // he has moved to the office since
		g.who["借调"] = moved
		g.refused(g.s.CloseFinding(g.as("借调"), g.key(), f, "好"), errs.Forbidden, "不能自己销号")
		g.refused(g.s.CloseOrder(g.as("借调"), g.key(), o, "好"), errs.Forbidden, "不能自己办结")
		g.ok(g.s.CloseFinding(g.as("方衡"), g.key(), f, "属实"))
		g.ok(g.s.CloseOrder(g.as("方衡"), g.key(), o, "属实"))
		x, err := g.s.Finding(g.as("方衡"), f)
		if err != nil || x.ReviewOn != "2017-07-01" || x.DueOn != "2017-04-11" { // 清明 4-02 to 4-04 does not count
			t.Errorf("%s %s %v", x.ReviewOn, x.DueOn, err)
		}
	})
}
