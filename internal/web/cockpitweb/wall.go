package cockpitweb

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"duban/internal/area/campaign"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/view/cockpit"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

const rail = 6 // tasks in each list of the rail

// wallView is the grid of units by campaigns.
type wallView struct {
	Title    string
	Live     bool
	Month    period.Month // the month that is judged, or the published one
	Chosen   int64        // campaign that a phone shows
	Own      int64        // the reader's unit
	Rows     []row        // campaigns
	Groups   []wallGroup
	Sums     []sum // by campaign, of all units
	Sum      sum
	Red      []task.Task   // the longest delayed
	Due      []task.Task   // due within this week
	From, To string        // this week
	Better   []task.Better // red or amber last month, green or done this month
	Dir      *org.Directory
	Today    string
	Clock    string
	Screen   bool
}

// wallGroup is units of one sort; its name is "" for the first one.
type wallGroup struct {
	Name  string
	Units []wallUnit
}

type wallUnit struct {
	ID                      int64
	Name                    string
	Cells                   []*cockpit.Cell // by campaign; nil: no task
	Done, Total, Red, Amber int64
	Live                    bool // this row is as of now, the others as published
}

// sum is the last row of the wall.
type sum struct{ Done, Total, Red, Amber int64 }

func (s *sum) add(c *cockpit.Cell) {
	s.Done, s.Total, s.Red, s.Amber = s.Done+c.Count[task.Done], s.Total+c.Total(), s.Red+c.Count[task.Red], s.Amber+c.Count[task.Amber]
}

// sumsOf adds the columns up. It is pure.
func sumsOf(groups []wallGroup, campaigns int) (of []sum, all sum) {
	of = make([]sum, campaigns)
	for _, g := range groups {
		for _, u := range g.Units {
			for i, c := range u.Cells {
				if c != nil {
					of[i].add(c)
					all.add(c)
				}
			}
		}
	}
	return of, all
}

func (p *Pages) wall(w http.ResponseWriter, r *http.Request) error {
	v, err := p.wallView(r)
	if err != nil {
		return err
	}
	f := route.Frame(r)
	f.Title, f.QuietHeading, f.Sheets = v.Title+"　挂图作战", true, []string{"wall.css"}
	if v.Screen {
		f.Layout, f.RefreshEvery = ui.Screen, 300
	} else if v.Live {
		f.RefreshEvery = 300
	}
	ui.Render(w, r, http.StatusOK, wallPage(f, v))
	return nil
}

func (p *Pages) wallView(r *http.Request) (v wallView, err error) {
	ctx := r.Context()
	who, err := auth.From(ctx)
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
	v.Title, v.Live, v.Today, v.Own = campaignsTitle(len(list)), who.May(cockpit.MayLook), period.Day(now), who.UnitID
	v.Clock, v.Screen = now.In(period.Beijing).Format("1-2 15:04"), r.URL.Query().Get("mode") == "screen"
	v.Chosen = id.Parse(r.URL.Query().Get("c"))
	if !slices.ContainsFunc(list, func(c campaign.Campaign) bool { return c.ID == v.Chosen }) && len(list) > 0 {
		v.Chosen = 0
	}
	var b cockpit.Board
	if v.Live {
		if b, err = p.Boards.Board(ctx); err != nil {
			return v, err
		}
		v.Month = b.Month
		v.Rows = rowsOf(list, b, v.Dir, rules.Now, v.Month)
	} else {
		if v.Month, b.Cells, err = p.released(r, period.MonthOf(now).Prev()); err != nil {
			return v, err
		}
		own, err := p.Boards.UnitBoard(ctx, who.UnitID)
		if err != nil {
			return v, err
		}
		b.Cells = append(slices.DeleteFunc(b.Cells, func(c cockpit.Cell) bool { return c.Unit == who.UnitID }), own.Cells...)
		for _, c := range list {
			v.Rows = append(v.Rows, row{Campaign: c, Who: v.Dir.PostText(c.LeaderPost)})
		}
	}
	if v.Chosen == 0 && len(v.Rows) > 0 { // a phone shows one campaign: the one that needs eyes first
		v.Chosen = slices.MinFunc(v.Rows, func(a, b row) int { return cmp.Compare(rank(a.Light), rank(b.Light)) }).ID
	}
	v.Groups = gridOf(list, b.Cells, v.Dir, who.UnitID, !v.Live)
	v.Sums, v.Sum = sumsOf(v.Groups, len(list))
	return v, p.rail(r, &v)
}

// rank orders lights by urgency; a campaign without one comes last.
func rank(l task.Light) int64 {
	if l == "" {
		return 99
	}
	return l.Rank()
}

// released returns the newest month that has been closed, at most a year back, and its cells.
func (p *Pages) released(r *http.Request, m period.Month) (period.Month, []cockpit.Cell, error) {
	for i := range 12 {
		cells, err := p.Boards.Released(r.Context(), m.Add(-i))
		if err != nil || len(cells) > 0 {
			return m.Add(-i), cells, err
		}
	}
	return "", nil, nil
}

// gridOf lays the cells out: townships and subdistricts always, other units where they lead a task, all in official order. It is pure.
func gridOf(list []campaign.Campaign, cells []cockpit.Cell, d *org.Directory, own int64, mark bool) []wallGroup {
	column := map[int64]int{}
	for i, c := range list {
		column[c.ID] = i
	}
	byUnit := map[int64][]*cockpit.Cell{}
	for i, c := range cells {
		col, ok := column[c.Campaign]
		if !ok || c.Total() == 0 {
			continue
		}
		if byUnit[c.Unit] == nil {
			byUnit[c.Unit] = make([]*cockpit.Cell, len(list))
		}
		byUnit[c.Unit][col] = &cells[i]
	}
	groups := []wallGroup{{}, {Name: "区直部门（牵头任务）"}, {Name: "其他单位（牵头任务）"}}
	for _, u := range d.Units {
		x := wallUnit{ID: u.ID, Name: u.ShortName, Cells: byUnit[u.ID], Live: mark && u.ID == own}
		g := 2
		switch u.Kind {
		case org.Township, org.Subdistrict:
			g = 0
		case org.Department:
			g = 1
		}
		if x.Cells == nil {
			if g != 0 || u.EndedOn != "" {
				continue
			}
			x.Cells = make([]*cockpit.Cell, len(list))
		}
		for _, c := range x.Cells {
			if c != nil {
				x.Done, x.Total, x.Red, x.Amber = x.Done+c.Count[task.Done], x.Total+c.Total(), x.Red+c.Count[task.Red], x.Amber+c.Count[task.Amber]
			}
		}
		groups[g].Units = append(groups[g].Units, x)
	}
	return slices.DeleteFunc(groups, func(g wallGroup) bool { return len(g.Units) == 0 })
}

// rail fills the lists beside the grid with the tasks that the reader may see.
func (p *Pages) rail(r *http.Request, v *wallView) error {
	ctx := r.Context()
	red, err := p.Tasks.Tasks(ctx, task.Filter{Light: task.Red, Limit: scanned})
	if err != nil {
		return err
	}
	red = slices.Clone(red)
	slices.SortStableFunc(red, worse)
	v.Red = red[:min(len(red), rail)]
	v.From, v.To = week(v.Today)
	due, err := p.Tasks.Tasks(ctx, task.Filter{DueAfter: v.From, DueBefore: v.To, State: task.Open, Limit: scanned})
	if err != nil {
		return err
	}
	due = slices.Clone(due)
	slices.SortStableFunc(due, func(a, b task.Task) int {
		if a.Deadline != b.Deadline {
			if a.Deadline < b.Deadline {
				return -1
			}
			return 1
		}
		return worse(a, b)
	})
	v.Due = due[:min(len(due), rail)]
	return p.better(r, v)
}

// week returns today and the Sunday that ends its week.
func week(today string) (from, to string) {
	t, err := period.ParseDay(today)
	if err != nil {
		return today, today
	}
	return today, period.Day(t.AddDate(0, 0, (7-int(t.Weekday()))%7))
}

// better finds the tasks whose light was red or amber in the closed month before and is green or done in the last closed one: praise beside blame.
func (p *Pages) better(r *http.Request, v *wallView) (err error) {
	if v.Month != "" {
		v.Better, err = p.Tasks.Better(r.Context(), v.Month, rail)
	}
	return err
}

// note says how late a cell is, or that an account is missing.
func note(c *cockpit.Cell) string {
	switch l := c.Light(); {
	case c.DaysLate > 0 && (l == task.Red || l == task.Amber || l == task.Missing):
		return "迟 " + strconv.FormatInt(c.DaysLate, 10) + " 天"
	case l == task.Missing:
		return "缺报"
	}
	return ""
}

// cellHref is the list of that unit's tasks in that campaign.
func cellHref(campaignID, unit int64) string {
	return "/tasks?" + url.Values{"campaign": {id.Format(campaignID)}, "unit": {id.Format(unit)}}.Encode()
}
