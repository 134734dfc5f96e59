package taskweb

import (
	"net/http"
	"net/url"
	"strings"

	"duban/internal/base/id"
	"duban/internal/base/ref"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// pageSize is how many tasks a page of the list shows.
const pageSize = 50

// tasksView is the list of tasks across all campaigns.
type tasksView struct {
	Rows     []task.Task
	Dir      *org.Directory
	Light    task.Light
	Urgent   bool
	Unit     int64
	Campaign int64
	Count    map[task.Light]int
	All      int // with the other filters
	Matching int // with the light as well
	From     int
	Next     string
	Scoped   bool // only the reader's own unit
}

// tasks lists the tasks that the reader may see, the most urgent first.
func (p *Pages) tasks(w http.ResponseWriter, r *http.Request) error {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v := tasksView{Light: task.Light(q.Get("light")), Urgent: q.Get("urgent") != "", Unit: id.Parse(q.Get("unit")), Campaign: id.Parse(q.Get("campaign")), Count: map[task.Light]int{}, Scoped: !who.Overseer()}
	if v.Light.Chinese() == "" {
		v.Light = ""
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	f := task.Filter{Unit: v.Unit}
	if v.Campaign != 0 {
		f.Origin = ref.Ref{Kind: "campaign.campaign", ID: v.Campaign}
	}
	f.Light, f.Urgent, f.Limit = v.Light, v.Urgent, pageSize
	// after is the last row's rank and id; n is how many stand before this page, for the reader only.
	if rank, last, ok := strings.Cut(q.Get("after"), "."); ok {
		f.AfterRank, f.AfterID = id.Parse(rank), id.Parse(last)
		v.From = int(min(id.Parse(q.Get("n")), 1_000_000))
	}
	page, err := p.Tasks.Page(r.Context(), f)
	if err != nil {
		return err
	}
	v.Rows = page.Rows
	for l, n := range page.Count {
		v.Count[l] = int(n)
		v.All += int(n)
		if (v.Light == "" || l == v.Light) && (!v.Urgent || l.Rank() <= task.Amber.Rank()) {
			v.Matching += int(n)
		}
	}
	if n := len(v.Rows); page.More && n > 0 {
		last := v.Rows[n-1]
		v.Next = v.href(v.Light, v.Urgent, id.Format(last.Standing.Light.Rank())+"."+id.Format(last.ID)) + "&n=" + str(v.From+n)
	}
	fr := route.Frame(r)
	fr.Title, fr.Lede = "任务清单", ui.Rich("%s", v.lede())
	ui.Render(w, r, http.StatusOK, tasksPage(fr, v))
	return nil
}

func (v tasksView) lede() string {
	s := "全区"
	switch {
	case v.Unit != 0:
		s = v.Dir.UnitName(v.Unit)
	case v.Scoped:
		s = "本单位"
	}
	if v.Campaign != 0 {
		s += "在这个行动里"
	}
	return s + "共 **" + str(v.All) + " 项**任务：红灯 **" + str(v.Count[task.Red]) + "**，缺报 " + str(v.Count[task.Missing]) + "，黄灯 " + str(v.Count[task.Amber]) + "，绿灯 " + str(v.Count[task.Green]) + "，销号 " + str(v.Count[task.Done]) + "。"
}

// href is the list with another light, everything else kept.
func (v tasksView) href(l task.Light, urgent bool, after string) string {
	q := url.Values{}
	set := func(name, value string, on bool) {
		if on {
			q.Set(name, value)
		}
	}
	set("light", string(l), l != "")
	set("urgent", "1", urgent)
	set("unit", id.Format(v.Unit), v.Unit != 0)
	set("campaign", id.Format(v.Campaign), v.Campaign != 0)
	set("after", after, after != "")
	if len(q) == 0 {
		return "/tasks"
	}
	return "/tasks?" + q.Encode()
}

func (v tasksView) chips() []ui.Chip {
	out := []ui.Chip{{Label: "全部", Count: v.All, On: v.Light == "" && !v.Urgent, Href: v.href("", false, "")},
		{Label: "要紧的", Count: v.Count[task.Red] + v.Count[task.Missing] + v.Count[task.Amber], On: v.Urgent, Href: v.href("", true, "")}}
	for _, l := range task.Lights {
		if v.Count[l] > 0 || v.Light == l {
			out = append(out, ui.Chip{Label: l.Chinese(), Count: v.Count[l], On: v.Light == l && !v.Urgent, Light: light(l), Href: v.href(l, false, "")})
		}
	}
	return out
}

// tenth rounds points ×100 to one decimal, half away from zero: more digits say nothing in a list.
func tenth(x int64) int64 {
	if x < 0 {
		return -tenth(-x)
	}
	return (x + 5) / 10 * 10
}

// why is the rule that gave a light that asks for an act; a green one explains itself.
func why(t task.Task) string {
	if t.Standing.Light.Rank() > task.Amber.Rank() {
		return ""
	}
	return t.Standing.Why
}

// gap says how late a task is, or how far behind plan.
func gap(t task.Task) string {
	switch {
	case t.Standing.DaysLate > 0:
		return "迟 " + str(int(t.Standing.DaysLate)) + " 天"
	case t.Standing.Lead != nil:
		return task.Points(tenth(*t.Standing.Lead)) + " 点"
	}
	return ""
}
