package cockpitweb

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"duban/internal/base/amount"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/view/cockpit"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

const (
	cards   = 3   // decisions that fit the first screen; the rest is one click away
	listed  = 10  // most urgent tasks
	worst   = 8   // units with most red lights
	scanned = 500 // urgent tasks that are read to find each campaign's blocker
)

// cockpitView is the page.
type cockpitView struct {
	Title     string // 六大攻坚行动
	Today     string
	Month     period.Month
	Total     cockpit.Progress
	Known     bool
	Rows      []row
	Low, High float64 // common scale of the deviations
	Decides   bool    // the reader is one who decides
	Decisions []decision
	Waiting   int // all that waits for a decision
	Own       int // of them, what waits for the reader's own office; of one who does not decide it is work, no decision
	Urgent    []task.Task
	UrgentAll int
	Units     []unitRow
	Curve     *ui.ChartSpec
	Dir       *org.Directory
	Names     map[int64]string // campaigns
}

// decision is one card of 请您决定.
type decision struct {
	ui.Decision
	Approve, Refuse string // addresses; empty where the reader has no say
	Open            string // address, for what has no two verbs
}

type unitRow struct {
	ID                  int64
	Name                string
	Red, Missing, Amber int64
	DaysLate            int64
}

func (p *Pages) cockpit(w http.ResponseWriter, r *http.Request) error {
	v, err := p.cockpitView(r)
	if err != nil {
		return err
	}
	f := route.Frame(r)
	f.Title, f.QuietHeading, f.Charts = "驾驶舱", true, v.Curve != nil
	f.Lede, f.Aside, f.Actions = ui.Rich("%s", v.lede()), aside(v), ui.PrintButton("打印")
	f.AsOf = v.Month.Chinese() + "末"
	ui.Render(w, r, http.StatusOK, cockpitPage(f, v))
	return nil
}

func (p *Pages) cockpitView(r *http.Request) (v cockpitView, err error) {
	ctx := r.Context()
	who, err := auth.From(ctx)
	if err != nil {
		return v, err
	}
	b, err := p.Boards.Board(ctx)
	if err != nil {
		return v, err
	}
	all, err := p.Campaigns.List(ctx)
	if err != nil {
		return v, err
	}
	if v.Dir, err = p.Org.Look(ctx); err != nil {
		return v, err
	}
	rules, err := p.Tasks.Policies(ctx)
	if err != nil {
		return v, err
	}
	list := current(all)
	now := p.Clock.Now()
	v.Today, v.Month, v.Title, v.Names = period.Day(now), b.Month, campaignsTitle(len(list)), map[int64]string{}
	only := map[int64]bool{}
	for _, c := range list {
		only[c.ID], v.Names[c.ID] = true, c.Name
	}
	v.Rows = rowsOf(list, b, v.Dir, rules.Now, v.Month)
	if m := monthsOf(b.Months, v.Month, only); len(m) > 0 {
		v.Total, v.Known = cockpit.Sum(m), true
	}
	v.Low, v.High = scale(v.Rows)
	urgent := b.Urgent
	if who.Overseer() { // a task force sees its ten; overseers everything, so that each campaign's blocker is found
		if urgent, err = p.Tasks.Tasks(ctx, task.Filter{Urgent: true, Limit: scanned}); err != nil {
			return v, err
		}
	}
	urgent = slices.Clone(urgent)
	slices.SortStableFunc(urgent, worse)
	v.blockers(urgent)
	v.UrgentAll = len(urgent)
	v.Urgent = urgent[:min(len(urgent), listed)]
	v.Units = unitsOf(b.Cells, only, v.Dir)
	v.Curve = curveOf(b.Months, only, v.Month, period.MonthOf(now))
	return v, p.decisions(r, who, b, &v)
}

// campaignsTitle is 六大攻坚行动 for six of them.
func campaignsTitle(n int) string {
	if n >= 2 && n <= 10 {
		return []string{"两", "三", "四", "五", "六", "七", "八", "九", "十"}[n-2] + "大攻坚行动"
	}
	return "攻坚行动"
}

// scale returns the common scale of the deviation bars: at least −10 to +5, wide enough for every row.
func scale(rows []row) (low, high float64) {
	low, high = -10, 5
	for _, r := range rows {
		for _, x := range r.Points {
			low, high = min(low, math.Floor(x)), max(high, math.Ceil(x))
		}
	}
	return low, high
}

// blockers gives each campaign the word of its worst task that has one, else that task's title.
func (v *cockpitView) blockers(urgent []task.Task) {
	for i := range v.Rows {
		for _, t := range urgent {
			if t.Origin.ID != v.Rows[i].ID || t.Origin.Kind != cockpit.Origin {
				continue
			}
			if t.Standing.Blocker != "" {
				v.Rows[i].Blocker = &blocker{t.ID, t.Standing.Blocker}
				break
			}
			if v.Rows[i].Blocker == nil {
				v.Rows[i].Blocker = &blocker{t.ID, strings.TrimSpace(t.Title + "　" + gap(t))}
			}
		}
	}
}

// unitsOf returns the units with most red lights.
func unitsOf(cells []cockpit.Cell, only map[int64]bool, d *org.Directory) (out []unitRow) {
	at := map[int64]int{}
	for _, c := range cells {
		if !only[c.Campaign] || c.Count[task.Red]+c.Count[task.Missing]+c.Count[task.Amber] == 0 {
			continue
		}
		i, ok := at[c.Unit]
		if !ok {
			i, at[c.Unit] = len(out), len(out)
			out = append(out, unitRow{ID: c.Unit, Name: d.UnitName(c.Unit)})
		}
		u := &out[i]
		u.Red, u.Missing, u.Amber, u.DaysLate = u.Red+c.Count[task.Red], u.Missing+c.Count[task.Missing], u.Amber+c.Count[task.Amber], max(u.DaysLate, c.DaysLate)
	}
	slices.SortFunc(out, func(a, b unitRow) int {
		return cmp.Or(cmp.Compare(b.Red, a.Red), cmp.Compare(b.Missing, a.Missing), cmp.Compare(b.Amber, a.Amber), cmp.Compare(b.DaysLate, a.DaysLate), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), worst)]
}

// curvePoint is a row of the table under the curve.
type curvePoint struct {
	Month                period.Month
	Plan, Best, Reported int64
	Verified             int64 // accounts that were verified
	Known                bool  // the month is over, so that there is an actual
}

// curveOf draws the verified progress of all campaigns against plan; nil with fewer than four months, which a table tells better.
//
// Source: ui 6 (S-curve: not for fewer than 4 points).
func curveOf(months []cockpit.Month, only map[int64]bool, m, cur period.Month) *ui.ChartSpec {
	var pts []curvePoint
	from := cur
	for _, x := range months {
		if only[x.Campaign] && x.Period < from {
			from = x.Period
		}
	}
	for x := from; x <= cur; x = x.Next() {
		if list := monthsOf(months, x, only); len(list) > 0 {
			s := cockpit.Sum(list)
			pts = append(pts, curvePoint{Month: x, Plan: s.Pace, Best: s.Best, Reported: s.Reported, Verified: s.Verified, Known: x <= m})
		}
	}
	var known []curvePoint
	for _, p := range pts {
		if p.Known {
			known = append(known, p)
		}
	}
	if len(pts) < 4 || len(known) == 0 {
		return nil
	}
	last := known[len(known)-1]
	number := func(x int64) *float64 { f := float64((x+5)/10) / 10; return &f } // one decimal, half up
	top := 100.0
	d := ui.SCurve{Max: &top, Gap: true, GapName: "与计划差", Every: len(pts) / 8}
	for _, p := range pts {
		name := strconv.Itoa(p.Month.Number()) + "月"
		if p.Month.Year() != last.Month.Year() {
			name = string(p.Month)
		}
		d.X, d.Plan = append(d.X, name), append(d.Plan, number(p.Plan))
		if p.Known {
			d.Actual = append(d.Actual, number(p.Best))
		} else {
			d.Actual = append(d.Actual, nil)
		}
	}
	kind := "核验"
	if last.Verified == 0 {
		kind = "自报"
	}
	d.Today = strconv.Itoa(last.Month.Number()) + " 月末" // the last month that the line knows, not this day
	d.PlanLabel, d.ActLabel = "应达 "+percent(pts[len(pts)-1].Plan)+"%", kind+" "+percent(last.Best)+"%"
	return &ui.ChartSpec{Data: d, Size: "s", Table: curveTable(pts),
		Label: fmt.Sprintf("总进度 S 曲线：%s末%s %s%%，应达 %s%%，%s", last.Month.Chinese(), kind, percent(last.Best), percent(last.Plan), behind(last.Best-last.Plan))}
}

// decisions fills the cards: requests to change a task first, then what else waits for the reader's office.
func (p *Pages) decisions(r *http.Request, who auth.Actor, b cockpit.Board, v *cockpitView) error {
	v.Decides = who.May(task.MayDecide)
	var out []decision
	for _, a := range b.Open {
		v.Waiting++
		if len(out) == cards {
			continue
		}
		t, err := p.Tasks.Terms(r.Context(), a.TaskID)
		if err != nil {
			return err
		}
		for i := range v.Rows {
			v.Rows[i].Decision = v.Rows[i].Decision || t.Task.Origin == (ref.Ref{Kind: cockpit.Origin, ID: v.Rows[i].ID})
		}
		at := "/adjustments/" + id.Format(a.ID)
		d := decision{Decision: ui.Decision{Kind: "调整申请", Title: title(a, t), Why: a.Reason, Full: at, Advice: t.Task.No + "　" + v.Dir.UnitName(a.UnitID)}}
		if a.Wanted.Extension(t.Task) {
			d.Kind = "延期申请"
		}
		if v.Decides && a.ProposedBy != who.ID && !who.InUnit(a.UnitID) {
			d.Approve, d.Refuse = at+"?as=approve", at+"?as=refuse"
		}
		out = append(out, d)
	}
	mine, err := p.Todos.Mine(r.Context())
	if err != nil {
		return err
	}
	for _, t := range mine {
		own := t.Role == "" && !(v.Decides && strings.HasPrefix(t.Kind, "campaign.pledge"))
		if own || t.Subject.Kind == "task.adjustment" { // a unit's own work is on 待办, but what a leader signs is his; requests stand above
			continue
		}
		v.Waiting++
		v.Own++
		if len(out) < cards {
			out = append(out, todoCard(t, v.Today))
		}
	}
	v.Decisions = out
	return nil
}

func todoCard(t notice.Todo, today string) decision {
	d := decision{Decision: ui.Decision{Kind: todoKind(t.Kind), Title: t.Title}, Open: t.Href}
	if t.DueOn != "" {
		d.Due = day(t.DueOn, today) + "（周" + weekday(t.DueOn) + "）前"
		if t.DueOn < today {
			d.Due = "已过期：" + day(t.DueOn, today)
		}
	}
	return d
}

// todoKind names the matter by the record that it is about.
func todoKind(kind string) string {
	for prefix, word := range map[string]string{"supervision.bulletin": "通报", "campaign.pledge": "确认书", "campaign.taskbook": "任务书", "appraisal.": "考核评比", "account.": "授权"} {
		if strings.HasPrefix(kind, prefix) {
			return word
		}
	}
	return "待办"
}

// title says what is asked for: “疏港路征地”时限 2017-09-30 → 2017-10-15.
func title(a task.Adjustment, t task.Terms) string {
	var parts []string
	for _, c := range a.Changes(t) {
		if len(c.Now)+len(c.Wanted) > 80 {
			parts = append(parts, "改"+c.What)
			continue
		}
		parts = append(parts, c.Short())
	}
	return "“" + t.Task.Title + "”" + strings.Join(parts, "；")
}

// measured says what the total rests on: 核验, or 自报 while nothing of the month has been verified.
func (v cockpitView) measured() string {
	if v.Total.Verified == 0 {
		return "自报"
	}
	return "核验"
}

// share prints a progress beside another: whole percents, with one decimal where both would read the same and are not.
func share(x, beside int64) string {
	if x != beside && percent(x) == percent(beside) {
		return indicator.Number(amount.Scaled(round10(x) * 100))
	}
	return percent(x)
}

// lede is the sentence that a leader may stop after.
func (v cockpitView) lede() string {
	if len(v.Rows) == 0 {
		return "还没有设立攻坚行动。督查室设立行动、下达任务书以后，这里就有进度。"
	}
	count := map[task.Light]int{}
	for _, r := range v.Rows {
		count[r.Light]++
	}
	var lights []string
	for _, x := range []struct {
		l    task.Light
		word string
	}{{task.Red, "红"}, {task.Amber, "黄"}, {task.Green, "绿"}} {
		lights = append(lights, strconv.Itoa(count[x.l])+" "+x.word)
	}
	for _, x := range []struct {
		l    task.Light
		word string
	}{{task.Missing, "缺报"}, {task.Hold, "暂停"}, {task.NotDue, "未到期"}, {task.Done, "完成"}} {
		if count[x.l] > 0 {
			lights = append(lights, strconv.Itoa(count[x.l])+" "+x.word)
		}
	}
	s := v.Title + " **" + strings.Join(lights, " ") + "**"
	if v.Known {
		s += "；总进度" + v.measured() + " **" + share(v.Total.Best, v.Total.Pace) + "%**，应达 " + share(v.Total.Pace, v.Total.Best) + "%，**" + behind(v.Total.Lead()) + "**"
	}
	if len(v.Urgent) > 0 && v.Urgent[0].Standing.Light == task.Red {
		s += "；最急的是 **" + v.Urgent[0].Title + "**（" + strings.TrimSuffix(v.Dir.UnitName(v.Urgent[0].LeadUnit)+"，"+gap(v.Urgent[0]), "，") + "）"
	}
	switch {
	case v.Waiting == 0 && v.Decides:
		s += "；今天没有事等您决定。"
	case v.Waiting == 0:
		s += "；没有调整申请在等审批。"
	case v.Decides:
		s += "；有 **" + strconv.Itoa(v.Waiting) + " 件**事请您决定。"
	case v.Own == v.Waiting:
		s += "；有 **" + strconv.Itoa(v.Own) + " 件**事等您办。"
	case v.Own > 0:
		s += "；有 **" + strconv.Itoa(v.Own) + " 件**事等您办，**" + strconv.Itoa(v.Waiting-v.Own) + " 件**在等领导决定。"
	default:
		s += "；有 **" + strconv.Itoa(v.Waiting) + " 件**事在等领导决定。"
	}
	return s
}
