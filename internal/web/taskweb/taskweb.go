package taskweb

import (
	"context"
	"io"
	"net/http"
	"time"

	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/viz"
)

// Permissions of the pages that only read.
var (
	MayList     = auth.Permit("task.task.read", "查看任务清单", auth.Everyone...)
	MayRead     = auth.Permit("task.adjustment.read", "查看任务调整申请", auth.Everyone...)
	MayReadRule = auth.Permit("task.policy.read", "查看亮灯规则", auth.Everyone...)
	MayCalendar = auth.Permit("calendar.year.read", "查看日历", append([]auth.Role{auth.SysAdmin}, auth.Everyone...)...)
)

// Tasks is what the pages ask of package task; *task.Service does it.
type Tasks interface {
	Tasks(ctx context.Context, f task.Filter) ([]task.Task, error)
	Page(ctx context.Context, f task.Filter) (task.Page, error)
	Terms(ctx context.Context, taskID int64) (task.Terms, error)
	Adjustments(ctx context.Context, f task.AdjustmentFilter) ([]task.Adjustment, error)
	AdjustmentOf(ctx context.Context, id int64) (task.Adjustment, task.Task, error)
	Propose(ctx context.Context, key string, a task.Adjustment) (task.Adjustment, error)
	Decide(ctx context.Context, key string, id, version int64, approve bool, docNo, words string) (task.Adjustment, error)
	TakeBack(ctx context.Context, key string, id, version int64) (task.Adjustment, error)
	ClaimMilestone(ctx context.Context, key string, taskID, no int64, day, words string) error
	CheckMilestone(ctx context.Context, key string, taskID, no int64, reached bool, day, words string) error
	Policies(ctx context.Context) (task.Rules, error)
	AdoptPolicy(ctx context.Context, key string, p task.Policy) (task.Policy, error)
}

// Calendar is the national calendar; *calendar.Service is one.
type Calendar interface {
	Load(ctx context.Context) (*calendar.Calendar, error)
	ImportYear(ctx context.Context, year int, document string, file io.Reader) (calendar.Year, error)
}

// Org names units and people; *org.Service does.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
}

// Pages are the pages of this package.
type Pages struct {
	Tasks    Tasks
	Calendar Calendar
	Org      Org
	Clock    period.Clock // the district's
}

// Nav are the entries of the main navigation.
func Nav() []route.Nav {
	return []route.Nav{
		{Href: "/tasks", Label: "任务", Permission: MayList},
		{Href: "/adjustments", Label: "任务调整", Permission: MayRead},
		{Href: "/calendar", Label: "日历", Permission: calendar.Import},
	}
}

// Register enters the routes.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET /tasks", MayList, p.tasks)
	g.Handle("GET /adjustments", MayRead, p.list)
	g.Handle("GET /adjustments/{id}", MayRead, p.adjustment)
	g.Handle("POST /adjustments/{id}/decide", task.MayDecide, p.decide)
	g.Handle("POST /adjustments/{id}/withdraw", task.MayPropose, p.withdraw)
	g.Handle("GET /tasks/{id}/adjust", task.MayPropose, p.proposeForm)
	g.Handle("POST /tasks/{id}/adjust", task.MayPropose, p.propose)
	g.Handle("GET /tasks/{id}/milestones/{no}", MayList, p.milestone)
	g.Handle("POST /tasks/{id}/milestones/{no}/claim", task.MayClaim, p.claimMilestone)
	g.Handle("POST /tasks/{id}/milestones/{no}/check", task.MayCheck, p.checkMilestone)
	g.Handle("GET /policies", MayReadRule, p.policies)
	g.Handle("GET /policies/adopt", task.MayAdopt, p.adoptForm)
	g.Handle("POST /policies", task.MayAdopt, p.adopt)
	g.Handle("GET /calendar", MayCalendar, p.calendar)
	g.Handle("POST /calendar", calendar.Import, p.importYear)
	g.Handle("GET /search", org.MayRead, p.search, route.Limited(route.SearchRate))
}

// stamp prints milliseconds as people write them: 2017-05-06 09:30; "" for 0.
func stamp(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(period.Beijing).Format("2006-01-02 15:04")
}

// refused renders the page again with what was typed, unless the fault is ours.
func refused(w http.ResponseWriter, r *http.Request, err error, render func() error) error {
	if route.Status(err) >= http.StatusInternalServerError {
		return err
	}
	return render()
}

// tone of a request's state; a light it is not.
func tone(s task.AdjustmentState) ui.Tone {
	return map[task.AdjustmentState]ui.Tone{task.Proposed: ui.Info, task.Approved: ui.Good, task.Refused: ui.Warn}[s]
}

// light maps a task's light to its shape.
func light(l task.Light) viz.Light {
	m := map[task.Light]viz.Light{task.Red: viz.Red, task.Amber: viz.Amber, task.Green: viz.Green, task.Done: viz.Done, task.NotDue: viz.NotDue, task.Hold: viz.Hold}
	if x, ok := m[l]; ok {
		return x
	}
	return viz.Missing
}
