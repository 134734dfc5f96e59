package cockpitweb

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"duban/internal/area/campaign"
	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/view/cockpit"
	"duban/internal/web/route"
	"duban/internal/web/viz"
)

// MayWall guards the wall. Live cells are shown to those who hold cockpit.MayLook.
var MayWall = auth.Permit("cockpit.wall.read", "查看挂图作战", auth.Everyone...)

// Boards reads the cells; *cockpit.Service does.
type Boards interface {
	Board(ctx context.Context) (cockpit.Board, error)
	UnitBoard(ctx context.Context, unit int64) (cockpit.Board, error)
	Released(ctx context.Context, m period.Month) ([]cockpit.Cell, error)
}

// Tasks reads tasks, rules and published lights; *task.Service does.
type Tasks interface {
	Tasks(ctx context.Context, f task.Filter) ([]task.Task, error)
	Terms(ctx context.Context, taskID int64) (task.Terms, error)
	Policies(ctx context.Context) (task.Rules, error)
	Better(ctx context.Context, m period.Month, most int) ([]task.Better, error)
}

// Campaigns names the campaigns; *campaign.Service does.
type Campaigns interface {
	List(ctx context.Context) ([]campaign.Campaign, error)
}

// Org names units and posts; *org.Service does.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
}

// Todos says what waits for the reader; *notice.Service does.
type Todos interface {
	Mine(ctx context.Context) ([]notice.Todo, error)
}

// Pages are the pages of this package.
type Pages struct {
	Boards    Boards
	Tasks     Tasks
	Campaigns Campaigns
	Org       Org
	Todos     Todos
	Clock     period.Clock // the district's
}

// Nav are the entries of the main navigation.
func Nav() []route.Nav {
	return []route.Nav{
		{Href: "/cockpit", Label: "驾驶舱", Icon: "chart-bar", Key: "c", Permission: cockpit.MayLook, Tab: true},
		{Href: "/wall", Label: "挂图作战", Icon: "list-check", Key: "w", Permission: MayWall, Tab: true},
	}
}

// Register enters the routes.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET /cockpit", cockpit.MayLook, p.cockpit)
	g.Handle("GET /wall", MayWall, p.wall)
}

// light maps a task's light to its shape.
func light(l task.Light) viz.Light {
	switch l {
	case task.Red:
		return viz.Red
	case task.Amber:
		return viz.Amber
	case task.Green:
		return viz.Green
	case task.Done:
		return viz.Done
	case task.NotDue:
		return viz.NotDue
	case task.Hold:
		return viz.Hold
	}
	return viz.Missing
}

// row is a campaign with where it stands.
type row struct {
	campaign.Campaign
	Who      string // leader in charge
	Light    task.Light
	Why      string // the rule that gave the light
	Known    bool   // the month has something to show
	Now      cockpit.Progress
	Points   []float64 // months: verified minus plan, in points
	Count    map[task.Light]int64
	Total    int64
	Blocker  *blocker
	Decision bool // an open request is waiting
}

// Short is the campaign's name without the word that stands in the heading.
func (r row) Short() string {
	if s := strings.TrimSuffix(r.Name, "攻坚行动"); s != "" {
		return s
	}
	return r.Name
}

type blocker struct {
	Task int64
	Text string
}

// current returns the campaigns of the latest year that has any, in order; those that are archived only if nothing else is left.
func current(list []campaign.Campaign) (out []campaign.Campaign) {
	pick := func(archived bool) {
		var year int64
		for _, c := range list {
			if archived || c.State != campaign.Archived {
				year = max(year, c.Year)
			}
		}
		for _, c := range list {
			if c.Year == year && (archived || c.State != campaign.Archived) {
				out = append(out, c)
			}
		}
	}
	if pick(false); len(out) == 0 {
		pick(true)
	}
	slices.SortStableFunc(out, func(a, b campaign.Campaign) int {
		return cmp.Or(cmp.Compare(a.SortNo, b.SortNo), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func monthsOf(months []cockpit.Month, m period.Month, campaigns map[int64]bool) (out []cockpit.Month) {
	for _, x := range months {
		if x.Period == m && campaigns[x.Campaign] {
			out = append(out, x)
		}
	}
	return out
}

// rowsOf puts together what the board holds of each campaign. It is pure.
func rowsOf(list []campaign.Campaign, b cockpit.Board, d *org.Directory, policy task.Policy, m period.Month) []row {
	out := make([]row, len(list))
	for i, c := range list {
		r := row{Campaign: c, Who: d.PostText(c.LeaderPost), Count: map[task.Light]int64{}}
		for _, cell := range b.Cells {
			if cell.Campaign == c.ID {
				for l, n := range cell.Count {
					r.Count[l] += n
				}
				r.Total += cell.Total()
			}
		}
		for _, x := range cockpit.Series(b.Months, c.ID, c.From, min(m, c.To)) {
			r.Points = append(r.Points, float64(x.Lead())/100)
			r.Now, r.Known = x.Progress, true
		}
		r.Light, r.Why = judge(policy, r, min(m, c.To))
		out[i] = r
	}
	return out
}

// judge gives a campaign's light: the rule in force for tasks, applied to the campaign's own progress against plan.
//
// Source: domain 16.1.
func judge(p task.Policy, r row, m period.Month) (task.Light, string) {
	switch {
	case r.Total == 0:
		return task.NotDue, "还没有任务"
	case r.Count[task.Done] == r.Total:
		return task.Done, "任务已全部销号"
	case !r.Known:
		return task.NotDue, "计划还没有开始"
	}
	hundred, kind := amount.Scaled(100_0000), indicator.Verified
	if r.Now.Verified == 0 {
		kind = indicator.Reported
	}
	f := task.Facts{State: task.Open, Month: m, Due: true, Kind: kind, Measure: "%",
		Plan: indicator.Plan{From: m, To: m.Next(), Target: hundred, Curve: []amount.Scaled{amount.Scaled(r.Now.Pace * 100), hundred}}}
	if r.Now.Filed+r.Now.Verified > 0 { // last month's value is no account of this one
		v := amount.Scaled(r.Now.Best * 100)
		f.Value = &v
	}
	v := p.Judge(f)
	return v.Light, v.Rule
}

// percent prints a percentage ×100 as a whole one, rounded half up.
func percent(x int64) string { return strconv.FormatInt((x+50)/100, 10) }

// points prints points ×100 as whole points with their sign.
func points(x int64) string {
	if x < 0 {
		return viz.Signed(-int((-x + 50) / 100))
	}
	return viz.Signed(int((x + 50) / 100))
}

// behind says how far a progress is from plan: 落后 4.2 个百分点.
func behind(lead int64) string {
	switch {
	case lead < 0:
		return "落后 " + indicator.Number(amount.Scaled(round10(-lead)*100)) + " 个百分点"
	case lead > 0:
		return "超前 " + indicator.Number(amount.Scaled(round10(lead)*100)) + " 个百分点"
	}
	return "正好按计划"
}

// round10 rounds hundredths to tenths, half up.
func round10(x int64) int64 { return (x + 5) / 10 * 10 }

// worse orders tasks: light, then days late, then points behind.
func worse(a, b task.Task) int {
	lead := func(t task.Task) int64 {
		if t.Standing.Lead == nil {
			return 0
		}
		return *t.Standing.Lead
	}
	return cmp.Or(cmp.Compare(a.Standing.Light.Rank(), b.Standing.Light.Rank()), cmp.Compare(b.Standing.DaysLate, a.Standing.DaysLate),
		cmp.Compare(lead(a), lead(b)), cmp.Compare(a.ID, b.ID))
}

// gap says how late or how far behind a task is.
func gap(t task.Task) string {
	switch {
	case t.Standing.DaysLate > 0:
		return "迟 " + strconv.FormatInt(t.Standing.DaysLate, 10) + " 天"
	case t.Standing.Light == task.Missing:
		return "缺报"
	case t.Standing.Lead != nil && *t.Standing.Lead < 0:
		return "差 " + percent(-*t.Standing.Lead) + " 点"
	}
	return ""
}

// day prints 2017-08-25 as 8-25, with the year if it is another.
func day(s, today string) string {
	t, err := period.ParseDay(s)
	if err != nil {
		return s
	}
	if len(today) >= 4 && s[:4] == today[:4] {
		return t.Format("1-2")
	}
	return t.Format("2006-1-2")
}

// long prints 2017-09-07 as 2017年9月7日.
func long(s string) string {
	t, err := period.ParseDay(s)
	if err != nil {
		return s
	}
	return t.Format("2006年1月2日")
}

var weekdays = [...]string{"日", "一", "二", "三", "四", "五", "六"}

func weekday(s string) string {
	t, err := period.ParseDay(s)
	if err != nil {
		return ""
	}
	return weekdays[t.Weekday()]
}
