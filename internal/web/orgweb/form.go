package orgweb

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// fields is a form as typed, with what it is about.
type fields struct {
	url.Values
	ID      int64 // 0 for a new thing
	Version int64
	Dir     *org.Directory
	Action  string
	Words   string // what the thing is called: 单位, 人员, 职务
}

func (f fields) of(name string) string { return strings.TrimSpace(f.Get(name)) }

// number reads a whole number; empty is 0.
func (f fields) number(name, label string) (int64, error) {
	s := f.of(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, errs.At(name, "“%s”写成了“%s”，请写整数，如 10。", label, s)
	}
	return n, nil
}

// day reads a day that may be empty.
func (f fields) day(name, label string) (string, error) {
	s := f.of(name)
	if _, err := period.ParseDay(s); s != "" && err != nil {
		return "", errs.At(name, "“%s”写成了“%s”，请写成 2017-03-01 这样。", label, s)
	}
	return s, nil
}

// form shows a form: new, of something that is there, or refused with what was typed.
func (p *Pages) form(w http.ResponseWriter, r *http.Request, words string, stored func(d *org.Directory, id int64) (url.Values, int64, bool), page func(fields, error) (unit int64, render func(ui.Frame)), typed url.Values, failed error) error {
	if route.Status(failed) >= http.StatusInternalServerError {
		return failed
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	f := fields{Values: typed, ID: id.Parse(r.PathValue("id")), Dir: d, Action: r.URL.Path, Words: words}
	if f.ID != 0 {
		v, version, ok := stored(d, f.ID)
		if !ok {
			return errs.New(errs.NotFound, "没有这个%s。", words)
		}
		if f.Version = version; typed == nil {
			f.Values = v
		}
	} else if typed == nil {
		f.Values = r.URL.Query()
	}
	if v := ui.RowVersion(r); r.Method == http.MethodPost && v >= 0 {
		f.Version = v
	}
	title := "新增" + words
	if f.ID != 0 {
		title = "修改" + words
	}
	unit, render := page(f, failed)
	render(editing(r, title, crumb(d, unit)))
	return nil
}

func unitValues(d *org.Directory, n int64) (url.Values, int64, bool) {
	u := d.Unit(n)
	if u == nil {
		return nil, 0, false
	}
	return url.Values{"name": {u.Name}, "short_name": {u.ShortName}, "aliases": {strings.Join(u.Aliases, " ")}, "kind": {string(u.Kind)}, "code": {u.Code}, "parent": {id.Format(u.ParentID)},
		"sort_no": {str(u.SortNo)}, "ended_on": {u.EndedOn}}, u.Version, true
}

func (p *Pages) unitForm(w http.ResponseWriter, r *http.Request) error {
	return p.showUnit(w, r, nil, nil)
}

func (p *Pages) showUnit(w http.ResponseWriter, r *http.Request, typed url.Values, failed error) error {
	return p.form(w, r, "单位", unitValues, func(f fields, err error) (int64, func(ui.Frame)) {
		return f.ID, func(fr ui.Frame) { ui.Render(w, r, route.Status(err), unitFormPage(fr, f, err)) }
	}, typed, failed)
}

func (p *Pages) saveUnit(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "name", "short_name", "aliases", "kind", "code", "parent", "sort_no", "ended_on")
	if err != nil {
		return err
	}
	f := fields{Values: v}
	u := org.Unit{ID: id.Parse(r.PathValue("id")), Name: f.of("name"), ShortName: f.of("short_name"), Aliases: strings.Fields(f.Get("aliases")), Kind: org.Kind(f.of("kind")), Code: f.of("code"),
		ParentID: id.Parse(f.of("parent")), Version: ui.RowVersion(r)}
	if u.SortNo, err = f.number("sort_no", "排序号"); err == nil {
		u.EndedOn, err = f.day("ended_on", "撤销日期")
	}
	if err == nil && u.ID != 0 && u.ParentID != 0 {
		var d *org.Directory
		if d, err = p.Org.Look(r.Context()); err != nil {
			return err
		}
		for _, below := range d.Below(u.ID) {
			if below == u.ParentID {
				err = errs.At("parent", "上级单位不能是本单位或它的下级。")
			}
		}
	}
	if err == nil {
		u, err = p.Org.SaveUnit(r.Context(), u)
	}
	if err != nil {
		return p.showUnit(w, r, v, err)
	}
	route.SetFlash(w, r, "“"+u.Name+"”已存", "")
	route.Redirect(w, r, "/org/units/"+id.Format(u.ID))
	return nil
}

func personValues(d *org.Directory, n int64) (url.Values, int64, bool) {
	x := d.Person(n)
	if x == nil {
		return nil, 0, false
	}
	return url.Values{"name": {x.Name}, "unit": {id.Format(x.UnitID)}, "sort_no": {str(x.SortNo)}, "left_on": {x.LeftOn}}, x.Version, true
}

func (p *Pages) personForm(w http.ResponseWriter, r *http.Request) error {
	return p.showPerson(w, r, nil, nil)
}

func (p *Pages) showPerson(w http.ResponseWriter, r *http.Request, typed url.Values, failed error) error {
	return p.form(w, r, "人员", personValues, func(f fields, err error) (int64, func(ui.Frame)) {
		return id.Parse(f.of("unit")), func(fr ui.Frame) { ui.Render(w, r, route.Status(err), personFormPage(fr, f, err)) }
	}, typed, failed)
}

func (p *Pages) savePerson(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "name", "unit", "sort_no", "left_on")
	if err != nil {
		return err
	}
	f := fields{Values: v}
	x := org.Person{ID: id.Parse(r.PathValue("id")), Name: f.of("name"), UnitID: id.Parse(f.of("unit")), Version: ui.RowVersion(r)}
	if x.SortNo, err = f.number("sort_no", "排序号"); err == nil {
		x.LeftOn, err = f.day("left_on", "离任日期")
	}
	if err == nil {
		err = p.unitOf(r, x.UnitID)
	}
	if err == nil {
		x.Key = ui.RequestKey(r)
		x, err = p.Org.SavePerson(r.Context(), x)
	}
	if err != nil {
		return p.showPerson(w, r, v, err)
	}
	route.SetFlash(w, r, x.Name+"已存", "")
	route.Redirect(w, r, "/org/units/"+id.Format(x.UnitID))
	return nil
}

// unitOf refuses a unit that the region does not have.
func (p *Pages) unitOf(r *http.Request, unit int64) error {
	d, err := p.Org.Look(r.Context())
	if err == nil && d.Unit(unit) == nil {
		return errs.At("unit", "还没有选所在单位。")
	}
	return err
}

func postValues(d *org.Directory, n int64) (url.Values, int64, bool) {
	x := d.Post(n)
	if x == nil {
		return nil, 0, false
	}
	v := url.Values{"title": {x.Title}, "unit": {id.Format(x.UnitID)}, "tier": {string(x.Tier)}, "sort_no": {str(x.SortNo)}}
	if x.Leader {
		v.Set("leader", "1")
	}
	return v, x.Version, true
}

func (p *Pages) postForm(w http.ResponseWriter, r *http.Request) error {
	return p.showPost(w, r, nil, nil)
}

func (p *Pages) showPost(w http.ResponseWriter, r *http.Request, typed url.Values, failed error) error {
	return p.form(w, r, "职务", postValues, func(f fields, err error) (int64, func(ui.Frame)) {
		return id.Parse(f.of("unit")), func(fr ui.Frame) { ui.Render(w, r, route.Status(err), postFormPage(fr, f, err)) }
	}, typed, failed)
}

func (p *Pages) savePost(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "title", "unit", "tier", "leader", "sort_no")
	if err != nil {
		return err
	}
	f := fields{Values: v}
	x := org.Post{ID: id.Parse(r.PathValue("id")), Title: f.of("title"), UnitID: id.Parse(f.of("unit")), Tier: org.Tier(f.of("tier")), Leader: f.of("leader") != "", Version: ui.RowVersion(r)}
	if x.SortNo, err = f.number("sort_no", "排序号"); err == nil {
		err = p.unitOf(r, x.UnitID)
	}
	if err == nil && x.Tier != org.NoTier && tierName(x.Tier) == "" {
		err = errs.At("tier", "责任层级请从列表里选。")
	}
	if err == nil {
		x.Key = ui.RequestKey(r)
		x, err = p.Org.SavePost(r.Context(), x)
	}
	if err != nil {
		return p.showPost(w, r, v, err)
	}
	route.SetFlash(w, r, "“"+x.Title+"”已存", "")
	route.Redirect(w, r, "/org/units/"+id.Format(x.UnitID))
	return nil
}

func (p *Pages) appointForm(w http.ResponseWriter, r *http.Request) error {
	return p.showAppoint(w, r, url.Values{"from_on": {period.Day(p.Clock.Now())}}, nil)
}

func (p *Pages) showAppoint(w http.ResponseWriter, r *http.Request, typed url.Values, failed error) error {
	if route.Status(failed) >= http.StatusInternalServerError {
		return failed
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	post := d.Post(id.Parse(r.PathValue("id")))
	if post == nil {
		return errs.New(errs.NotFound, "没有这个职务。")
	}
	fr := editing(r, "任职："+post.Title, crumb(d, post.UnitID))
	fr.Lede = ui.Rich("现任：**%s**。新的人任职后，原任从那一天起离任，责任跟着职务走。", d.PostText(post.ID))
	ui.Render(w, r, route.Status(failed), appointPage(fr, fields{Values: typed, ID: post.ID, Dir: d, Action: r.URL.Path}, post, failed))
	return nil
}

func (p *Pages) appoint(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "person", "from_on")
	if err != nil {
		return err
	}
	f := fields{Values: v}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	post, person := d.Post(id.Parse(r.PathValue("id"))), id.Parse(f.of("person"))
	switch {
	case post == nil:
		return errs.New(errs.NotFound, "没有这个职务。")
	case f.of("person") != "" && d.Person(person) == nil:
		err = errs.At("person", "没有这个人，请从列表里选。")
	case d.Holder(post.ID) != nil && d.Holder(post.ID).ID == person:
		err = errs.At("person", "现在就是他任这个职务，没有改动。")
	default:
		err = p.Org.Appoint(r.Context(), post.ID, person, f.of("from_on"))
	}
	if err != nil {
		return p.showAppoint(w, r, v, err)
	}
	text := "“" + post.Title + "”已空缺"
	if person != 0 {
		text = d.PersonName(person) + "已任“" + post.Title + "”"
	}
	route.SetFlash(w, r, text, "")
	route.Redirect(w, r, "/org/units/"+id.Format(post.UnitID))
	return nil
}
