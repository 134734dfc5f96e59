package indicatorweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// Indicators is what the pages ask; *indicator.Service does it.
type Indicators interface {
	Sourced(ctx context.Context) ([]indicator.Line, error)
	CertifyOnce(ctx context.Context, key string, c indicator.Certification) (indicator.Reading, error)
	CertifyMany(ctx context.Context, key string, list []indicator.Certification) (int, []indicator.Refusal, error)
	Indicators(ctx context.Context, f indicator.ListFilter) (indicator.List, error)
	TrailOf(ctx context.Context, indicatorID int64) (indicator.Trail, error)
}

// Org names units and people; *org.Service does.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
}

// Pages are the pages of this package. Every field must be set.
type Pages struct {
	Indicators Indicators
	Org        Org
	Clock      period.Clock // the district's
}

// CertifyPath is where the data source's work begins (数据认定).
const CertifyPath = "/certify"

// Nav are the entries of the main navigation.
func Nav() []route.Nav {
	return []route.Nav{{Href: CertifyPath, Label: "数据认定", Icon: "circle-check", Permission: indicator.MayCertify, Tab: true},
		{Href: "/indicators", Label: "指标数据", Icon: "chart-bar", Permission: indicator.MayRead}}
}

// Register enters the routes.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET /certify", indicator.MayCertify, p.certify)
	g.Handle("GET /certify/paste", indicator.MayCertify, p.pasteForm)
	g.Handle("POST /certify/paste", indicator.MayCertify, p.paste)
	g.Handle("POST /certify/{id}", indicator.MayCertify, p.postCertify)
	g.Handle("GET /indicators", indicator.MayRead, p.list)
	g.Handle("GET /indicators/{id}", indicator.MayTrace, p.trail)
}

// last is the last month that has ended.
func (p *Pages) last() period.Month { return period.MonthOf(p.Clock.Now()).Prev() }

// certifyForm is the form as typed.
type certifyForm struct{ Value, Source, Note string }

type certifyView struct {
	Lines  []indicator.Line
	Month  period.Month
	Months []period.Month // that a plan covers and that have ended
	Open   map[period.Month]int
	At     *indicator.Line // whose form is open; nil if nothing waits and nothing was chosen
	Form   certifyForm
	Dir    *org.Directory
}

func (p *Pages) certify(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	return p.showCertify(w, r, period.Month(q.Get("m")), id.Parse(q.Get("open")), certifyForm{Source: q.Get("source")}, nil)
}

func (p *Pages) showCertify(w http.ResponseWriter, r *http.Request, m period.Month, open int64, f certifyForm, refused error) (err error) {
	v := certifyView{Form: f, Open: map[period.Month]int{}}
	if v.Lines, err = p.Indicators.Sourced(r.Context()); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	v.choose(m, p.last())
	for i := range v.Lines {
		l := &v.Lines[i]
		if open == 0 && v.At == nil && v.waits(*l) || l.ID == open && v.Month >= l.Plan.From {
			v.At = l
		}
	}
	fr := route.Frame(r)
	fr.Title, fr.Lede = "数据认定", v.lede()
	if len(v.Lines) > 0 {
		fr.Actions = ui.LinkButton("/certify/paste", "从 Excel 粘贴", "table-import", false)
	}
	ui.Render(w, r, route.Status(refused), certifyPage(fr, v, refused))
	return nil
}

// choose sets the months that can be certified and the one in view: the one asked for, else the last that has ended.
func (v *certifyView) choose(m, last period.Month) {
	first := last.Next()
	for _, l := range v.Lines {
		first = min(first, l.Plan.From)
		for _, x := range l.Open(last) {
			v.Open[x]++
		}
	}
	for x := first; x <= last; x = x.Next() {
		v.Months = append(v.Months, x)
		if x == m {
			v.Month = m
		}
	}
	if v.Month == "" {
		v.Month = last
	}
}

// waits reports whether the month of an indicator is still to be certified.
func (v certifyView) waits(l indicator.Line) bool {
	return v.Month >= l.Plan.From && v.Month <= l.Plan.To && l.At(v.Month).Certified == nil
}

// inMonth are the indicators that count in the month.
func (v certifyView) inMonth() (out []indicator.Line) {
	for _, l := range v.Lines {
		if v.Month >= l.Plan.From {
			out = append(out, l)
		}
	}
	return out
}

func certifyHref(m period.Month, open int64) string {
	s := CertifyPath + "?m=" + url.QueryEscape(string(m))
	if open != 0 {
		s += "&open=" + id.Format(open)
	}
	return s
}

// postCertify takes one value. Afterwards the next indicator that waits is open, with the same source.
func (p *Pages) postCertify(w http.ResponseWriter, r *http.Request) error {
	x, err := route.Form(r, "m", "value", "source", "note")
	if err != nil {
		return err
	}
	f, m, of := certifyForm{x.Get("value"), x.Get("source"), x.Get("note")}, period.Month(x.Get("m")), id.Parse(r.PathValue("id"))
	t, err := p.Indicators.TrailOf(r.Context(), of)
	if err != nil {
		return err
	}
	v, bad := quantity("认定数", f.Value, t.Measure)
	c := indicator.Certification{IndicatorID: of, Month: m, Value: v, Source: strings.TrimSpace(f.Source), Note: strings.TrimSpace(f.Note)}
	if bad != "" { // all that is wrong is said at once
		list := append([]errs.Field{{Name: "value", Message: bad}}, errs.FieldsOf(c.Check(t.Sheet, t.At(m), p.Clock.Now()))...)
		return p.showCertify(w, r, m, of, f, errs.Refuse("还没有认定", list...))
	}
	if _, err := p.Indicators.CertifyOnce(r.Context(), ui.RequestKey(r), c); err != nil {
		if k := errs.KindOf(err); k != errs.Invalid && k != errs.Conflict {
			return err
		}
		return p.showCertify(w, r, m, of, f, err)
	}
	route.SetFlash(w, r, "已认定“"+t.Name+"”"+m.Chinese()+" "+indicator.Show(v, t.Measure), "")
	route.Redirect(w, r, certifyHref(m, 0)+"&source="+url.QueryEscape(f.Source))
	return nil
}

// quantity reads what was typed for a value of the measure, exactly; bad says what is wrong. A measure that package amount does not know takes a
// plain number of up to four decimals.
func quantity(label, text, measure string) (v amount.Scaled, bad string) {
	unit, known := amount.ParseUnit(measure)
	if !known {
		text, unit = strings.TrimSuffix(strings.TrimSpace(text), measure), amount.Percent
	}
	q, err := amount.Parse(label, text, unit)
	switch {
	case err != nil && known:
		return 0, errs.Say(err)
	case err != nil && strings.TrimSpace(text) == "":
		return 0, "还没有填“" + label + "”。请写数字，单位" + measure + "。"
	case err != nil || strings.ContainsAny(text, "%％"):
		return 0, "“" + label + "”写成了“" + text + "”，请写数字，如 12.5，单位" + measure + "。"
	}
	if v, err = q.ToScaled(); err != nil {
		return 0, errs.Say(err)
	}
	return v, ""
}

const pageSize = 20

type listView struct {
	indicator.List
	Month period.Month
	Last  period.Month
	Unit  int64
	Only  indicator.Gap
	From  int
	Dir   *org.Directory
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) (err error) {
	q := r.URL.Query()
	v := listView{Month: period.Month(q.Get("m")), Last: p.last(), Unit: id.Parse(q.Get("unit")), Only: indicator.Gap(q.Get("gap"))}
	if v.Month == "" {
		v.Month = v.Last
	}
	if v.Only.Chinese() == "" {
		v.Only = indicator.NoGap
	}
	if n, err := strconv.Atoi(q.Get("from")); err == nil && n > 0 {
		v.From = n
	}
	if v.List, err = p.Indicators.Indicators(r.Context(), indicator.ListFilter{Month: v.Month, Unit: v.Unit, Gap: v.Only, From: v.From, To: v.From + pageSize}); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	fr := route.Frame(r)
	fr.Title, fr.Lede = "指标数据", v.lede()
	ui.Render(w, r, http.StatusOK, listPage(fr, v))
	return nil
}

func (v listView) href(m period.Month, unit int64, g indicator.Gap, from int) string {
	q := url.Values{}
	q.Set("m", string(m))
	if unit != 0 {
		q.Set("unit", id.Format(unit))
	}
	if g != indicator.NoGap {
		q.Set("gap", string(g))
	}
	if from > 0 {
		q.Set("from", strconv.Itoa(from))
	}
	return "/indicators?" + q.Encode()
}

type trailView struct {
	indicator.Trail
	Dir  *org.Directory
	Last period.Month
	Sees bool // the reader may open the task too
}

func (p *Pages) trail(w http.ResponseWriter, r *http.Request) (err error) {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	v := trailView{Last: p.last()}
	if v.Trail, err = p.Indicators.TrailOf(r.Context(), id.Parse(r.PathValue("id"))); err != nil {
		return err
	}
	v.Sees = who.Sees(v.UnitID)
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	fr := route.Frame(r)
	fr.Title = v.Name
	switch {
	case who.May(indicator.MayRead):
		fr.Crumbs = []ui.Crumb{{Href: "/indicators", Label: "指标数据"}, {Label: v.Name}}
	case v.Mine:
		fr.Crumbs = []ui.Crumb{{Href: CertifyPath, Label: "数据认定"}, {Label: v.Name}}
	}
	fr.Lede = v.lede()
	ui.Render(w, r, http.StatusOK, trailPage(fr, v))
	return nil
}

// months are the months of the plan that have ended, and those with a value, newest first.
func (v trailView) months() (out []period.Month) {
	to := min(v.Plan.To, v.Last)
	for _, x := range v.Values {
		to = max(to, x.Period)
	}
	for m := to; m >= v.Plan.From; m = m.Prev() {
		out = append(out, m)
	}
	return out
}

// stands reports of every reading, newest first, whether it is the one that counts.
func (v trailView) stands() []bool {
	type key struct {
		m period.Month
		k indicator.ValueKind
	}
	seen, out := map[key]bool{}, make([]bool, len(v.Readings))
	for i, r := range v.Readings {
		k := key{r.Period, r.Kind}
		out[i] = !seen[k] && !r.Void
		seen[k] = true
	}
	return out
}

func clock(ms int64) string {
	return time.UnixMilli(ms).In(period.Beijing).Format("2006-01-02 15:04")
}

func show(v *amount.Scaled, measure string) string {
	if v == nil {
		return ""
	}
	return indicator.Show(*v, measure)
}

func str(n int) string { return strconv.Itoa(n) }
