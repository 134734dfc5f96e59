package conductweb

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"duban/internal/area/conduct"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

type measuresView struct {
	conduct.Document
	Dir    *org.Directory
	Who    auth.Actor
	Today  string
	Reader bool
	Half   conduct.Half // the one that is, or was last, to be reviewed
}

func (p *Pages) measuresView(r *http.Request) (v measuresView, err error) {
	v.Today, v.Half = p.today(), p.half()
	if v.Who, err = actor(r); err != nil {
		return v, err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return v, err
	}
	if v.Reader, err = p.Exams.AmReader(r.Context()); err != nil {
		return v, err
	}
	v.Document, err = p.Measures.Measures(r.Context())
	if v.ID != 0 && v.IssuedOn > string(lastOf(v.Half))+"-31" { // a half-year before the document has nothing to look back on
		v.Half = conduct.HalfOf(period.MonthOf(p.Clock.Now()))
	}
	return v, err
}

func lastOf(h conduct.Half) period.Month { _, last := h.Months(); return last }

// half is the half-year that can be reviewed: this one from its last month on, else the one before.
func (p *Pages) half() conduct.Half {
	m := period.MonthOf(p.Clock.Now())
	h := conduct.HalfOf(m)
	if first, last := h.Months(); m < last {
		return conduct.HalfOf(first.Prev())
	}
	return h
}

func (p *Pages) measures(w http.ResponseWriter, r *http.Request) error {
	v, err := p.measuresView(r)
	if err != nil {
		return err
	}
	f := frame(r, "八条措施")
	f.Crumbs = []ui.Crumb{{Href: "/conduct", Label: "精气神"}, {Label: "八条措施"}}
	f.Lede = ui.Rich("%s", v.lede())
	f.Actions = measuresActions(v)
	ui.Render(w, r, http.StatusOK, measuresPage(f, v))
	return nil
}

// count counts the actions of a measure: all, done, late.
func count(m conduct.Measure, today string) (all, done, late int) {
	for _, a := range m.Actions {
		all++
		if a.DoneAt != 0 {
			done++
		} else if a.Late(today) {
			late++
		}
	}
	return all, done, late
}

func (v measuresView) lede() string {
	if v.ID == 0 {
		return "还没有录入八条措施的文件。"
	}
	var all, done, late, reviewed int
	var who, fails []string
	for _, m := range v.Document.Measures {
		a, d, l := count(m, v.Today)
		all, done, late = all+a, done+d, late+l
		for _, x := range m.Actions {
			if name := v.Dir.UnitName(x.UnitID); x.DoneAt == 0 && x.Late(v.Today) && !slices.Contains(who, name) {
				who = append(who, name)
			}
		}
		if r, ok := reviewOf(m, v.Half); ok {
			reviewed++
			if r.Rating == conduct.Fails {
				fails = append(fails, m.Title)
			}
		}
	}
	s := fmt.Sprintf("《%s》（%s）**%d 条**，行动 **%d 项**，已落实 **%d 项**", v.Document.Title, v.DocNo, len(v.Document.Measures), all, done)
	if late > 0 {
		s += fmt.Sprintf("，**超期 %d 项**（%s）", late, strings.Join(who, "、"))
	}
	s += fmt.Sprintf("；%s已评估 %d 条", v.Half.Chinese(), reviewed)
	if len(fails) > 0 {
		s += "，**还没见效的：" + strings.Join(fails, "、") + "**"
	}
	return s + "。"
}

func reviewOf(m conduct.Measure, h conduct.Half) (conduct.Review, bool) {
	for _, r := range m.Reviews {
		if r.Half == h {
			return r, true
		}
	}
	return conduct.Review{}, false
}

func (p *Pages) newMeasures(w http.ResponseWriter, r *http.Request) error {
	return p.showNewMeasures(w, r, url.Values{"title": {"提振干事创业精气神八条措施"}}, nil)
}

// measureRows is how many measures the form holds.
const measureRows = 8

func (p *Pages) showNewMeasures(w http.ResponseWriter, r *http.Request, v url.Values, refused error) error {
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	f := frame(r, "录入八条措施", ui.Crumb{Href: "/conduct/measures", Label: "八条措施"})
	f.Lede = ui.Rich("照印发的文件录入。录入后不能改；有新文件再录一份，旧的留存。")
	ui.Render(w, r, route.Status(refused), newMeasuresPage(f, d, v, refused))
	return nil
}

func (p *Pages) adopt(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "title", "doc_no", "issued_on", "m*")
	if err != nil {
		return err
	}
	d := conduct.DocumentDraft{Title: v.Get("title"), DocNo: v.Get("doc_no"), IssuedOn: v.Get("issued_on")}
	for i := range measureRows {
		at := fmt.Sprintf("m%d.", i+1)
		d.Measures = append(d.Measures, conduct.MeasureDraft{Title: v.Get(at + "title"), Content: v.Get(at + "content"), OwnerUnit: id.Parse(v.Get(at + "owner"))})
	}
	if _, err := p.Measures.AdoptMeasures(r.Context(), ui.RequestKey(r), d); err != nil {
		return again(err, func(err error) error { return p.showNewMeasures(w, r, v, err) })
	}
	route.SetFlash(w, r, "文件已录入", "")
	route.Redirect(w, r, "/conduct/measures")
	return nil
}

type measureView struct {
	conduct.Measure
	Dir   *org.Directory
	Who   auth.Actor
	Today string
	Half  conduct.Half
	Typed typed
}

func (p *Pages) measure(w http.ResponseWriter, r *http.Request) error {
	return p.showMeasure(w, r, typed{}, nil)
}

func (p *Pages) showMeasure(w http.ResponseWriter, r *http.Request, t typed, refused error) error {
	all, err := p.measuresView(r)
	if err != nil {
		return err
	}
	v := measureView{Dir: all.Dir, Who: all.Who, Today: all.Today, Half: all.Half, Typed: t}
	for _, m := range all.Document.Measures {
		if m.ID == pathID(r) {
			v.Measure = m
		}
	}
	if v.ID == 0 {
		return errs.New(errs.NotFound, "没有找到这一条措施，文件可能已经换了新的。")
	}
	f := frame(r, v.Measure.Title, ui.Crumb{Href: "/conduct/measures", Label: "八条措施"})
	f.Crumbs[2].Label = fmt.Sprintf("第 %d 条", v.No)
	f.Lede = ui.Rich("%s（责任单位：**%s**）", v.Content, v.Dir.UnitName(v.OwnerUnit))
	ui.Render(w, r, route.Status(refused), measurePage(f, v, refused))
	return nil
}

func (p *Pages) onMeasure(form, done string, do func(r *http.Request, v url.Values) error, fields ...string) route.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := route.Form(r, fields...)
		if err != nil {
			return err
		}
		if err := do(r, v); err != nil {
			return again(err, func(err error) error {
				return p.showMeasure(w, r, typed{form + v.Get("action"), v}, err)
			})
		}
		route.SetFlash(w, r, done, "")
		route.Redirect(w, r, "/conduct/measures/"+id.Format(pathID(r)))
		return nil
	}
}

func (p *Pages) addAction(w http.ResponseWriter, r *http.Request) error {
	return p.onMeasure("add", "行动已加，已通知单位", func(r *http.Request, v url.Values) error {
		_, err := p.Measures.AddAction(r.Context(), ui.RequestKey(r), pathID(r), v.Get("text"), id.Parse(v.Get("unit")), v.Get("due_on"))
		return err
	}, "text", "unit", "due_on")(w, r)
}

func (p *Pages) doneAction(w http.ResponseWriter, r *http.Request) error {
	return p.onMeasure("done", "已报告落实", func(r *http.Request, v url.Values) error {
		return p.Measures.CompleteAction(r.Context(), ui.RequestKey(r), id.Parse(v.Get("action")), v.Get("note"))
	}, "action", "note")(w, r)
}

func (p *Pages) review(w http.ResponseWriter, r *http.Request) error {
	return p.onMeasure("review", "评估已存", func(r *http.Request, v url.Values) error {
		_, err := p.Measures.ReviewMeasure(r.Context(), ui.RequestKey(r), pathID(r), conduct.Half(v.Get("half")), conduct.Rating(v.Get("rating")), v.Get("text"))
		return err
	}, "half", "rating", "text")(w, r)
}

type praisesView struct {
	Rows   []conduct.Praise
	Dir    *org.Directory
	Who    auth.Actor
	Today  string
	Reader bool
	Form   url.Values
}

func (p *Pages) praises(w http.ResponseWriter, r *http.Request) error {
	return p.showPraises(w, r, nil, nil)
}

func (p *Pages) showPraises(w http.ResponseWriter, r *http.Request, form url.Values, refused error) (err error) {
	v := praisesView{Today: p.today(), Form: form}
	if v.Who, err = actor(r); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	if v.Reader, err = p.Exams.AmReader(r.Context()); err != nil {
		return err
	}
	if v.Rows, err = p.Measures.Praises(r.Context()); err != nil {
		return err
	}
	f := frame(r, "正向激励")
	f.Crumbs = []ui.Crumb{{Href: "/conduct", Label: "精气神"}, {Label: "正向激励"}}
	f.Lede = ui.Rich("干得好的，在这里记下来，全区都看得到。加分建议由考核办按考核办法研究，这里不直接加分。")
	ui.Render(w, r, route.Status(refused), praisesPage(f, v, refused))
	return nil
}

func (p *Pages) praise(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "kind", "unit", "person", "fact", "basis")
	if err != nil {
		return err
	}
	_, err = p.Measures.GivePraise(r.Context(), ui.RequestKey(r), conduct.Praise{Form: conduct.PraiseForm(v.Get("kind")), UnitID: id.Parse(v.Get("unit")), PersonID: id.Parse(v.Get("person")), Fact: v.Get("fact"), Basis: v.Get("basis")})
	if err != nil {
		return again(err, func(err error) error { return p.showPraises(w, r, v, err) })
	}
	route.SetFlash(w, r, "已登记", "")
	route.Redirect(w, r, "/conduct/praise")
	return nil
}

func (p *Pages) settle(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	if err := p.Measures.SettleBonus(r.Context(), ui.RequestKey(r), pathID(r)); err != nil {
		return err
	}
	route.SetFlash(w, r, "已研究，待办已销", "")
	route.Redirect(w, r, "/conduct/praise")
	return nil
}
