package orgweb

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/viz"
)

// Org is what the pages ask of package org; *org.Service does it.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
	SaveUnit(ctx context.Context, u org.Unit) (org.Unit, error)
	SavePerson(ctx context.Context, p org.Person) (org.Person, error)
	SavePost(ctx context.Context, p org.Post) (org.Post, error)
	Appoint(ctx context.Context, postID, personID int64, fromOn string) error
	ImportUnits(ctx context.Context, units []org.Unit) (added int, err error)
	ImportRoll(ctx context.Context, seats []org.Seat) (changed int, err error)
}

// Tasks reads the tasks that the actor may see; *task.Service does.
type Tasks interface {
	Tasks(ctx context.Context, f task.Filter) ([]task.Task, error)
}

// Pages are the pages of this package.
type Pages struct {
	Org   Org
	Tasks Tasks
	// Read reads the first table of a file that somebody uploads (.xlsx, .xls, .et, .csv); package importfile does it.
	Read  func(name string, b []byte) ([][]string, error)
	Clock period.Clock
}

// Nav are the entries of the main navigation.
func Nav() []route.Nav { return []route.Nav{{Href: "/org", Label: "单位", Permission: org.MayRead}} }

// Register enters the routes.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET /org", org.MayRead, p.list)
	g.Handle("GET /org/units/{id}", org.MayRead, p.unit)
	g.Handle("GET /org/units/new", org.MayChange, p.unitForm)
	g.Handle("POST /org/units/new", org.MayChange, p.saveUnit)
	g.Handle("GET /org/units/{id}/edit", org.MayChange, p.unitForm)
	g.Handle("POST /org/units/{id}/edit", org.MayChange, p.saveUnit)
	g.Handle("GET /org/people/new", org.MayChange, p.personForm)
	g.Handle("POST /org/people/new", org.MayChange, p.savePerson)
	g.Handle("GET /org/people/{id}/edit", org.MayChange, p.personForm)
	g.Handle("POST /org/people/{id}/edit", org.MayChange, p.savePerson)
	g.Handle("GET /org/posts/new", org.MayChange, p.postForm)
	g.Handle("POST /org/posts/new", org.MayChange, p.savePost)
	g.Handle("GET /org/posts/{id}/edit", org.MayChange, p.postForm)
	g.Handle("POST /org/posts/{id}/edit", org.MayChange, p.savePost)
	g.Handle("GET /org/posts/{id}/appoint", org.MayChange, p.appointForm)
	g.Handle("POST /org/posts/{id}/appoint", org.MayChange, p.appoint)
	g.Handle("GET /org/import", org.MayChange, p.importForm)
	g.Handle("POST /org/import", org.MayChange, p.importUnits, route.Body(8<<20))
	g.Handle("GET /org/roll", org.MayChange, p.rollForm)
	g.Handle("POST /org/roll", org.MayChange, p.importRoll, route.Body(8<<20))
}

func light(l task.Light) viz.Light {
	m := map[task.Light]viz.Light{task.Red: viz.Red, task.Amber: viz.Amber, task.Green: viz.Green, task.Done: viz.Done, task.NotDue: viz.NotDue, task.Hold: viz.Hold}
	if x, ok := m[l]; ok {
		return x
	}
	return viz.Missing
}

func str[T ~int | ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// listView is all units by kind.
type listView struct {
	Groups []group
	Ended  []*org.Unit
	Dir    *org.Directory
	May    bool
	People map[int64]int // in office, by unit
}

type group struct {
	Kind  org.Kind
	Units []*org.Unit
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	v := listView{Dir: d, May: who.May(org.MayChange), People: map[int64]int{}}
	for _, x := range d.People {
		if x.LeftOn == "" {
			v.People[x.UnitID]++
		}
	}
	for _, k := range org.Kinds {
		g := group{Kind: k}
		for _, u := range d.Units {
			if u.Kind == k && u.EndedOn == "" {
				g.Units = append(g.Units, u)
			}
		}
		if len(g.Units) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	for _, u := range d.Units {
		if u.EndedOn != "" {
			v.Ended = append(v.Ended, u)
		}
	}
	f := route.Frame(r)
	f.Title, f.Lede = "单位", ui.Rich("%s", v.lede())
	if v.May {
		f.Actions = listActions()
	}
	ui.Render(w, r, http.StatusOK, listPage(f, v))
	return nil
}

func (v listView) lede() string {
	var parts []string
	for _, g := range v.Groups {
		parts = append(parts, g.Kind.Chinese()+" "+str(len(g.Units)))
	}
	if len(parts) == 0 {
		return "还没有录入单位。"
	}
	return v.Dir.Region.Name + "现有 **" + str(len(v.Dir.Units)-len(v.Ended)) + " 个**单位：" + strings.Join(parts, "、") + "。"
}

// unitView is one unit.
type unitView struct {
	*org.Unit
	Dir      *org.Directory
	Posts    []*org.Post
	People   []*org.Person // in office
	Left     []*org.Person
	Children []*org.Unit
	May      bool // the reader keeps the organisation
	Sees     bool // the reader may see its business
	Count    map[task.Light]int64
	Urgent   []task.Task
	Total    int
}

const urgentShown = 15

func (p *Pages) unit(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who, err := auth.From(ctx)
	if err != nil {
		return err
	}
	d, err := p.Org.Look(ctx)
	if err != nil {
		return err
	}
	v := unitView{Unit: d.Unit(id.Parse(r.PathValue("id"))), Dir: d, May: who.May(org.MayChange), Count: map[task.Light]int64{}}
	if v.Unit == nil {
		return errs.New(errs.NotFound, "没有这个单位。")
	}
	for _, x := range d.Posts {
		if x.UnitID == v.ID {
			v.Posts = append(v.Posts, x)
		}
	}
	slices.SortStableFunc(v.Posts, func(a, b *org.Post) int { return int(a.SortNo - b.SortNo) })
	for _, x := range d.People {
		switch {
		case x.UnitID != v.ID:
		case x.LeftOn == "":
			v.People = append(v.People, x)
		default:
			v.Left = append(v.Left, x)
		}
	}
	for _, u := range d.Units {
		if u.ParentID == v.ID {
			v.Children = append(v.Children, u)
		}
	}
	if v.Sees = who.Sees(v.ID); v.Sees {
		list, err := p.Tasks.Tasks(ctx, task.Filter{Unit: v.ID})
		if err != nil {
			return err
		}
		v.Total = len(list)
		for _, t := range list {
			v.Count[t.Standing.Light]++
			if t.Standing.Light.Rank() <= task.Amber.Rank() && len(v.Urgent) < urgentShown {
				v.Urgent = append(v.Urgent, t)
			}
		}
	}
	f := route.Frame(r)
	f.Title = v.Name
	f.Crumbs = []ui.Crumb{{Href: "/org", Label: "单位"}, {Label: v.ShortName}}
	f.Beside = ui.Tag(v.Kind.Chinese(), ui.Plain)
	f.Lede = ui.Rich("%s", v.lede())
	if v.May {
		f.Actions = ui.LinkButton("/org/units/"+id.Format(v.ID)+"/edit", "修改单位", "edit", false)
	}
	ui.Render(w, r, http.StatusOK, unitPage(f, v))
	return nil
}

func (v unitView) lede() string {
	s := "还没有设职务"
	if h := v.Dir.Head(v.ID); h != nil {
		s = "负责人：" + v.Dir.PostText(h.ID)
	}
	s += "；在职 " + str(len(v.People)) + " 人。"
	if v.EndedOn != "" {
		s = "这个单位已于 **" + v.EndedOn + "** 撤销。" + s
	}
	if v.Sees {
		s += fmt.Sprintf("牵头任务 **%d 项**：红灯 **%d**，缺报 %d，黄灯 %d。", v.Total, v.Count[task.Red], v.Count[task.Missing], v.Count[task.Amber])
	}
	return s
}

func (v unitView) facts() (out []ui.Fact) {
	for _, l := range task.Lights {
		if n := v.Count[l]; n > 0 || l == task.Red || l == task.Amber || l == task.Green {
			out = append(out, ui.Fact{Label: light(l).Word(), Value: str(n), Light: light(l), Href: "/tasks?unit=" + id.Format(v.ID) + "&light=" + string(l)})
		}
	}
	return out
}

// units are the choices of a select.
func units(d *org.Directory, without int64) (out []ui.Option) {
	for _, u := range d.Units {
		if u.ID != without && u.EndedOn == "" {
			out = append(out, ui.Option{Value: id.Format(u.ID), Label: u.Name})
		}
	}
	return out
}

func kinds() (out []ui.Option) {
	for _, k := range org.Kinds {
		out = append(out, ui.Option{Value: string(k), Label: k.Chinese()})
	}
	return out
}

var tiers = []ui.Option{{Value: string(org.PortfolioDuty), Label: "分管责任"}, {Value: string(org.SectorDuty), Label: "主管责任"}, {Value: string(org.LocalDuty), Label: "属地责任"}}

func tierName(t org.Tier) string {
	for _, o := range tiers {
		if o.Value == string(t) {
			return o.Label
		}
	}
	return ""
}

// editing is the frame of a form.
func editing(r *http.Request, title string, back ui.Crumb) ui.Frame {
	f := route.Frame(r)
	f.Title, f.Crumbs = title, []ui.Crumb{{Href: "/org", Label: "单位"}}
	if back.Href != "" {
		f.Crumbs = append(f.Crumbs, back)
	}
	f.Crumbs = append(f.Crumbs, ui.Crumb{Label: title})
	return f
}

// crumb leads back to a unit; empty where there is none yet.
func crumb(d *org.Directory, unit int64) ui.Crumb {
	if u := d.Unit(unit); u != nil {
		return ui.Crumb{Href: "/org/units/" + id.Format(u.ID), Label: u.ShortName}
	}
	return ui.Crumb{}
}
