package appraisalweb

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"duban/internal/area/appraisal"
	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

type schemesView struct {
	List      []appraisal.Scheme
	MayDraft  bool
	MayFreeze bool
	Packs     []pack
}

// pack is a rule pack to start from (规则包).
type pack struct{ ID, Name, Note string }

func (p *Pages) schemes(w http.ResponseWriter, r *http.Request) error {
	list, err := p.Schemes.Schemes(r.Context())
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b appraisal.Scheme) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(b.Revision, a.Revision))
	})
	who, _ := auth.From(r.Context())
	v := schemesView{List: list, MayDraft: who.May(appraisal.MayDraft), MayFreeze: who.May(appraisal.MayFreeze)}
	if v.MayDraft {
		for _, n := range score.Packs() {
			if s, err := score.Pack(n); err == nil {
				v.Packs = append(v.Packs, pack{n, s.Name, s.Source})
			}
		}
	}
	f := schemeFrame(r, "考核办法")
	ui.Render(w, r, http.StatusOK, schemesPage(f, v))
	return nil
}

func schemeFrame(r *http.Request, title string) ui.Frame {
	f := route.Frame(r)
	f.Title = title
	f.Crumbs = []ui.Crumb{{Href: "/appraisal", Label: "考核评比"}}
	if title != "考核办法" {
		f.Crumbs = append(f.Crumbs, ui.Crumb{Href: "/appraisal/schemes", Label: "考核办法"})
	}
	f.Crumbs = append(f.Crumbs, ui.Crumb{Label: title})
	return f
}

// before returns the revision before x that the actor may see; nil if there is none.
func before(list []appraisal.Scheme, x appraisal.Scheme) (out *appraisal.Scheme) {
	for i, y := range list {
		if y.Code == x.Code && y.Revision < x.Revision && (out == nil || y.Revision > out.Revision) {
			out = &list[i]
		}
	}
	return out
}

// schemeView is a scheme as text and as the same thing in a table.
type schemeView struct {
	Scheme   appraisal.Scheme // Text is what was typed
	Rules    *score.Scheme    // nil where the text cannot be read
	Findings []score.Problem
	Before   *appraisal.Scheme
	Edit     bool
	Freeze   bool

	MaySimulate bool
	Basis       string
	From        string
	Err         error
}

func (v schemeView) title() string {
	if v.Scheme.ID == 0 {
		return "起草考核办法"
	}
	return v.Scheme.Name + "　第 " + strconv.FormatInt(v.Scheme.Revision, 10) + " 版"
}

// read fills in the table and the findings from the text as typed.
func (v *schemeView) read() {
	s, err := score.Parse([]byte(v.Scheme.Text))
	if err != nil {
		if v.Findings = score.AsSyntax(err); len(v.Findings) == 0 {
			v.Findings = []score.Problem{{Level: score.Error, Where: "方案", Message: err.Error()}}
		}
		return
	}
	v.Rules, v.Findings = s, score.Check(s)
}

func (p *Pages) newScheme(w http.ResponseWriter, r *http.Request) error {
	var v schemeView
	q := r.URL.Query()
	if text, ok := score.PackText(q.Get("pack")); ok {
		v.Scheme.Text = string(text)
	} else if n := id.Parse(q.Get("from")); n != 0 {
		x, err := p.Schemes.SchemeOf(r.Context(), n)
		if err != nil {
			return err
		}
		v.Scheme.Text = x.Text
	}
	v.Edit = true
	return p.showScheme(w, r, v)
}

func (p *Pages) scheme(w http.ResponseWriter, r *http.Request) error {
	x, err := p.Schemes.SchemeOf(r.Context(), id.Parse(r.PathValue("scheme")))
	if err != nil {
		return err
	}
	return p.showScheme(w, r, schemeView{Scheme: x})
}

func (p *Pages) showScheme(w http.ResponseWriter, r *http.Request, v schemeView) error {
	who, _ := auth.From(r.Context())
	if v.Scheme.ID != 0 {
		v.Edit = v.Scheme.State == appraisal.Draft && who.May(appraisal.MayDraft)
		v.Freeze = v.Scheme.State == appraisal.Draft && who.May(appraisal.MayFreeze)
		v.MaySimulate = who.May(appraisal.MaySimulate)
		list, err := p.Schemes.Schemes(r.Context())
		if err != nil {
			return err
		}
		v.Before = before(list, v.Scheme)
	}
	v.read()
	f := schemeFrame(r, v.title())
	if v.Scheme.ID != 0 {
		f.Beside = tagOf(v.Scheme.State.Chinese(), stateTone(v.Scheme.State))
		f.Actions = schemeActions(v)
	}
	ui.Render(w, r, ui.Status(v.Err), schemePage(f, v))
	return nil
}

func stateTone(s appraisal.SchemeState) ui.Tone {
	return map[appraisal.SchemeState]ui.Tone{appraisal.Draft: ui.Info, appraisal.Frozen: ui.Good}[s]
}

func (p *Pages) saveScheme(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "text")
	if err != nil {
		return err
	}
	var old appraisal.Scheme
	if n := id.Parse(r.PathValue("scheme")); n != 0 {
		if old, err = p.Schemes.SchemeOf(r.Context(), n); err != nil {
			return err
		}
		old.Version = ui.RowVersion(r)
	}
	old.Text = strings.ReplaceAll(v.Get("text"), "\r\n", "\n")
	x, err := p.Schemes.SaveScheme(r.Context(), ui.RequestKey(r), old)
	if err != nil {
		return p.again(err, func() error { return p.showScheme(w, r, schemeView{Scheme: old, Edit: true, Err: err}) })
	}
	route.SetFlash(w, r, "草稿已存", "")
	route.Redirect(w, r, "/appraisal/schemes/"+id.Format(x.ID)+"/edit")
	return nil
}

type compareView struct {
	Old, New appraisal.Scheme
	Lines    []string
}

func (p *Pages) compare(w http.ResponseWriter, r *http.Request) error {
	x, err := p.Schemes.SchemeOf(r.Context(), id.Parse(r.PathValue("scheme")))
	if err != nil {
		return err
	}
	v := compareView{New: x}
	if n := id.Parse(r.URL.Query().Get("with")); n != 0 {
		if v.Old, err = p.Schemes.SchemeOf(r.Context(), n); err != nil {
			return err
		}
	} else {
		list, err := p.Schemes.Schemes(r.Context())
		if err != nil {
			return err
		}
		o := before(list, x)
		if o == nil {
			return errs.New(errs.NotFound, "这是第一版，没有可比的。")
		}
		v.Old = *o
	}
	v.Lines = appraisal.Compare(v.Old.Text, v.New.Text)
	n := func(x appraisal.Scheme) string { return "第 " + strconv.FormatInt(x.Revision, 10) + " 版" }
	f := schemeFrame(r, n(v.New)+"比"+n(v.Old)+"改了什么")
	ui.Render(w, r, http.StatusOK, comparePage(f, v))
	return nil
}

func (p *Pages) freeze(w http.ResponseWriter, r *http.Request) error {
	return p.showFreeze(w, r, "", "", nil)
}

func (p *Pages) showFreeze(w http.ResponseWriter, r *http.Request, basis, from string, refused error) error {
	x, err := p.Schemes.SchemeOf(r.Context(), id.Parse(r.PathValue("scheme")))
	if err != nil {
		return err
	}
	list, err := p.Schemes.Schemes(r.Context())
	if err != nil {
		return err
	}
	v := schemeView{Scheme: x, Basis: basis, From: from, Err: refused, Before: before(list, x)}
	v.read()
	if v.Basis == "" && refused == nil && v.Rules != nil {
		v.Basis = v.Rules.LegalBasis
	}
	ui.Render(w, r, ui.Status(refused), freezePage(schemeFrame(r, "定稿："+v.title()), v))
	return nil
}

func (p *Pages) postFreeze(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "legal_basis", "from_on")
	if err != nil {
		return err
	}
	n := id.Parse(r.PathValue("scheme"))
	if _, err := p.Schemes.Freeze(r.Context(), ui.RequestKey(r), n, ui.RowVersion(r), v.Get("legal_basis"), v.Get("from_on")); err != nil {
		return p.again(err, func() error { return p.showFreeze(w, r, v.Get("legal_basis"), v.Get("from_on"), err) })
	}
	route.SetFlash(w, r, "已定稿，从 "+v.Get("from_on")+" 起执行", "")
	route.Redirect(w, r, "/appraisal/schemes/"+id.Format(n)+"/edit")
	return nil
}

// indented keeps the blanks at the beginning of a line, which mean something in the text.
func indented(line string) string {
	rest := strings.TrimLeft(line, " ")
	return strings.Repeat("\u00a0", len(line)-len(rest)) + rest
}

func clauses(s *score.Scheme) (out []ui.Pair) {
	for _, c := range s.Clauses() {
		out = append(out, ui.Pair{Term: c.Term, Value: c.Text})
	}
	return out
}

// caps says by what an item's points are bounded.
func caps(it *score.Item) string {
	var s []string
	if it.P.Cap != nil {
		s = append(s, "比率最高 "+strconv.FormatFloat(number(it.P.Cap.String())*100, 'f', -1, 64)+"%")
	}
	if it.Max != nil {
		s = append(s, "最高 "+it.Max.String()+" 分")
	}
	if it.Min != nil {
		s = append(s, "最低 "+it.Min.String()+" 分")
	}
	if len(s) == 0 {
		return "—"
	}
	return strings.Join(s, "，")
}

// eventsView is what was entered by hand for a quarter.
type eventsView struct {
	Quarter period.Quarter
	List    []appraisal.Event
	Dir     *org.Directory
	Who     auth.Actor
	Units   []ui.Option
	What    []ui.Option
	Form    entry
	Err     error
}

// term prints a month, a quarter or a year.
func term(s string) string {
	if t := period.Term(s); t.Valid() {
		return t.Chinese()
	}
	return s + "年"
}

// entry is the form of an event, as typed.
type entry struct{ Unit, Period, What, Value, Target, Count, Role, DocNo, Exempt string }

func (p *Pages) quarter(r *http.Request) period.Quarter {
	q := period.Quarter(strings.ToUpper(r.URL.Query().Get("period")))
	if !q.Valid() {
		q = period.MonthOf(p.Clock.Now()).Quarter()
	}
	return q
}

func (p *Pages) events(w http.ResponseWriter, r *http.Request) error {
	q := p.quarter(r)
	return p.showEvents(w, r, q, entry{Period: q.Chinese(), Count: "1"}, nil)
}

func (p *Pages) showEvents(w http.ResponseWriter, r *http.Request, q period.Quarter, form entry, refused error) error {
	list, err := p.Schemes.Events(r.Context(), q)
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	schemes, err := p.Schemes.Schemes(r.Context())
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	v := eventsView{Quarter: q, List: list, Dir: d, Who: who, Form: form, Err: refused}
	for _, u := range d.Units {
		if u.EndedOn == "" {
			v.Units = append(v.Units, ui.Option{Value: id.Format(u.ID), Label: u.Name})
		}
	}
	v.What = what(schemes)
	f := route.Frame(r)
	f.Title = q.Chinese() + "加扣分、评定和免考"
	f.Crumbs = []ui.Crumb{{Href: "/appraisal", Label: "考核评比"}, {Label: "加扣分"}}
	ui.Render(w, r, ui.Status(refused), eventsPage(f, v))
	return nil
}

// what lists the events and items that the schemes in force know.
func what(list []appraisal.Scheme) (out []ui.Option) {
	seen := map[string]bool{}
	add := func(value, label string) {
		if !seen[value] {
			seen[value] = true
			out = append(out, ui.Option{Value: value, Label: label})
		}
	}
	for _, x := range list {
		if x.State != appraisal.Frozen {
			continue
		}
		s, err := x.Parse()
		if err != nil {
			continue
		}
		for _, m := range s.Bonus {
			if !m.Off {
				add("event:"+m.Event, "加分："+m.Event)
			}
		}
		for _, m := range s.Deduction {
			if !m.Off {
				add("event:"+m.Event, "扣分："+m.Event)
			}
		}
		if y := s.Aggregate; y != nil && slices.ContainsFunc(y.Parts, func(p score.YearPart) bool { return p.Of == "year_end" }) {
			add("item:"+appraisal.ItemYear, "年度："+appraisal.ItemYear+"得分")
		}
		for _, it := range s.Items {
			if !it.Off {
				add("item:"+cmp.Or(it.Indicator, it.Name), "指标："+it.Name)
			}
		}
	}
	return out
}

func (p *Pages) enter(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "unit", "period", "what", "value", "target", "count", "role", "doc_no", "exempt")
	if err != nil {
		return err
	}
	form := entry{v.Get("unit"), strings.TrimSpace(v.Get("period")), v.Get("what"), strings.TrimSpace(v.Get("value")), strings.TrimSpace(v.Get("target")), strings.TrimSpace(v.Get("count")), v.Get("role"), v.Get("doc_no"), v.Get("exempt")}
	e := appraisal.Event{UnitID: id.Parse(form.Unit), Period: string(period.ParseTerm(form.Period)), Value: form.Value, Target: form.Target, Role: form.Role, DocNo: form.DocNo, Exempt: form.Exempt == "1"}
	if s, ok := strings.CutPrefix(form.What, "event:"); ok {
		e.Event = s
	}
	if s, ok := strings.CutPrefix(form.What, "item:"); ok {
		e.Item = s
	}
	q := p.quarter(r)
	if form.Count != "" && e.Event != "" {
		n, bad := times(form.Count)
		if bad {
			err = errs.At("count", "次数请写成 1 或 0.5 这样的数。")
			return p.showEvents(w, r, q, form, err)
		}
		e.Count = n
	}
	if _, err := p.Schemes.Enter(r.Context(), ui.RequestKey(r), e); err != nil {
		return p.again(err, func() error { return p.showEvents(w, r, q, form, err) })
	}
	route.SetFlash(w, r, "已记上，等另一个人确认", "")
	route.Redirect(w, r, "/appraisal/events?period="+string(q))
	return nil
}

func (p *Pages) confirmEvent(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "good")
	if err != nil {
		return err
	}
	q := p.quarter(r)
	good := v.Get("good") == "1"
	if err := p.Schemes.ConfirmEvent(r.Context(), ui.RequestKey(r), id.Parse(r.PathValue("event")), good); err != nil {
		return p.again(err, func() error { return p.showEvents(w, r, q, entry{Period: q.Chinese(), Count: "1"}, err) })
	}
	said := "已确认"
	if !good {
		said = "已划掉，不计分"
	}
	route.SetFlash(w, r, said, "")
	route.Redirect(w, r, "/appraisal/events?period="+string(q))
	return nil
}
