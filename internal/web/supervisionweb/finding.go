package supervisionweb

import (
	"bytes"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"duban/internal/area/supervision"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/office/xlsx"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/viz"
)

// course is the way of a finding. Source: domain 10.
var course = []string{"下达", "签收", "整改", "报结", "复核", "销号"}

// soonDays is from when a deadline is near. Source: ui 8.
const soonDays = 7

// now is the place of a finding in its course; all are done when it is closed.
func now(s supervision.FindingState) int {
	switch s {
	case supervision.Issued:
		return 1
	case supervision.Accepted, supervision.SentBack:
		return 2
	case supervision.Reported:
		return 4
	}
	return len(course)
}

// urgency is a finding's light and the word beside it.
func urgency(f supervision.FindingLine, today string) (viz.Light, string) {
	switch n, ok := daysTo(today, f.DueOn); {
	case f.State == supervision.Closed:
		return viz.Done, "已销号"
	case f.Late:
		return viz.Red, "超期"
	case f.State == supervision.Reported:
		return viz.NotDue, "待复核"
	case ok && n <= soonDays:
		return viz.Amber, "快到期"
	}
	return viz.Green, "在整改"
}

// findingSet is one of the counts above the list.
type findingSet struct {
	key, label string
	light      viz.Light
	holds      func(f supervision.FindingLine, today string) bool
}

// findingSets are the counts that are filters.
var findingSets = []findingSet{
	{"", "全部", "", func(supervision.FindingLine, string) bool { return true }},
	{"late", "超期", viz.Red, func(f supervision.FindingLine, _ string) bool { return f.Late }},
	{"soon", "7 天内到期", viz.Amber, func(f supervision.FindingLine, today string) bool {
		l, _ := urgency(f, today)
		return l == viz.Amber
	}},
	{"review", "待复核", "", func(f supervision.FindingLine, _ string) bool { return f.State == supervision.Reported }},
	{"closed", "已销号", "", func(f supervision.FindingLine, _ string) bool { return f.State == supervision.Closed }},
	{"back", "反弹", viz.Red, func(f supervision.FindingLine, _ string) bool { return f.Reopened > 0 }},
}

// findingsView is the list of findings with its filters.
type findingsView struct {
	All, Rows []supervision.FindingLine // under the unit and month chosen; of those the chosen set
	Set       string
	Unit      int64
	Month     period.Month
	From      int // of the page, counted from 0
	Dir       *org.Directory
	Who       auth.Actor
	Today     string
}

const pageSize = 20

func (p *Pages) findingsView(r *http.Request) (v findingsView, err error) {
	q := r.URL.Query()
	v = findingsView{Set: q.Get("s"), Unit: id.Parse(q.Get("unit")), Month: period.Month(q.Get("month")), From: max(number(q.Get("from")), 0), Today: p.today()}
	if v.Month != "" && !v.Month.Valid() {
		return v, errs.New(errs.Invalid, "没有“%s”这个月份，请写成 2017-08 这样。", q.Get("month"))
	}
	if v.Who, err = actor(r); err != nil {
		return v, err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return v, err
	}
	v.All, err = p.Supervision.Findings(r.Context(), supervision.FindingFilter{Unit: v.Unit, From: v.Month, To: v.Month})
	if err != nil {
		return v, err
	}
	slices.SortStableFunc(v.All, func(a, b supervision.FindingLine) int { // what is open comes first, each part in the area's order
		return boolFirst(a.State != supervision.Closed, b.State != supervision.Closed)
	})
	i := slices.IndexFunc(findingSets, func(s findingSet) bool { return s.key == v.Set })
	if i < 0 {
		v.Set, i = "", 0
	}
	for _, f := range v.All {
		if findingSets[i].holds(f, v.Today) {
			v.Rows = append(v.Rows, f)
		}
	}
	return v, nil
}

// boolFirst orders what is true before what is not.
func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// href is the address of the list with other filters.
func (v findingsView) href(path, set string, from int) string {
	q := url.Values{}
	if set != "" {
		q.Set("s", set)
	}
	if v.Unit != 0 {
		q.Set("unit", id.Format(v.Unit))
	}
	if v.Month != "" {
		q.Set("month", string(v.Month))
	}
	if from > 0 {
		q.Set("from", fmt.Sprint(from))
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (v findingsView) facts() (out []ui.Fact) {
	for _, s := range findingSets {
		n := 0
		for _, f := range v.All {
			if s.holds(f, v.Today) {
				n++
			}
		}
		x := ui.Fact{Label: s.label, Value: fmt.Sprint(n), Href: v.href("/findings", s.key, 0), On: s.key == v.Set}
		if n > 0 {
			x.Light = s.light
		}
		out = append(out, x)
	}
	return out
}

func (v findingsView) page() []supervision.FindingLine {
	if v.From >= len(v.Rows) {
		return nil
	}
	return v.Rows[v.From:min(v.From+pageSize, len(v.Rows))]
}

func (v findingsView) lede() string {
	var open, late, review int
	for _, f := range v.All {
		if f.State != supervision.Closed {
			open++
		}
		if f.Late {
			late++
		}
		if f.State == supervision.Reported {
			review++
		}
	}
	if len(v.All) == 0 {
		return ""
	}
	s := fmt.Sprintf("共 %d 个问题，**在办 %d 个**", len(v.All), open)
	if late > 0 {
		s += fmt.Sprintf("，**超期 %d 个**", late)
	}
	if review > 0 {
		s += fmt.Sprintf("，等复核 %d 个", review)
	}
	return s + fmt.Sprintf("，已销号 %d 个。", len(v.All)-open)
}

func (p *Pages) findings(w http.ResponseWriter, r *http.Request) error {
	v, err := p.findingsView(r)
	if err != nil {
		return err
	}
	f := frame(r, "问题台账", "/findings")
	if s := v.lede(); s != "" {
		f.Lede = ui.Rich("%s", s)
	}
	f.Actions = findingActions(v)
	ui.Render(w, r, http.StatusOK, findingsPage(f, v))
	return nil
}

// export hands the list out as a spreadsheet, under the same filters.
//
// Source: reliability 42.
func (p *Pages) export(w http.ResponseWriter, r *http.Request) error {
	v, err := p.findingsView(r)
	if err != nil {
		return err
	}
	t := xlsx.Table{Sheet: "问题台账", Title: v.Dir.Region.Name + "督查问题台账", Columns: []xlsx.Column{
		{Title: "编号", Format: xlsx.Centred, Width: 13}, {Title: "月份", Format: xlsx.Centred, Width: 10}, {Title: "责任单位", Width: 14}, {Title: "问题类别", Format: xlsx.Centred, Width: 11},
		{Title: "问题事实", Width: 40}, {Title: "整改要求", Width: 32}, {Title: "状态", Format: xlsx.Centred, Width: 10}, {Title: "下达日期", Format: xlsx.Centred, Width: 12},
		{Title: "期限", Format: xlsx.Centred, Width: 12}, {Title: "剩余", Format: xlsx.Centred, Width: 11}, {Title: "整改情况", Width: 32}, {Title: "复核意见", Width: 24},
		{Title: "销号日期", Format: xlsx.Centred, Width: 12}, {Title: "退回次数", Format: xlsx.Integer, Width: 9}, {Title: "反弹次数", Format: xlsx.Integer, Width: 9},
	}, Mark: xlsx.Mark{Unit: v.Dir.UnitName(v.Who.UnitID), Person: v.Who.Name, At: p.Clock.Now().In(period.Beijing).Format("2006-01-02 15:04"), Serial: route.ID(r)}}
	var b bytes.Buffer
	if err := xlsx.Write(&b, t, v.sheet()); err != nil {
		return err
	}
	send(w, "attachment", "问题台账-"+v.Today+".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b.Bytes())
	return nil
}

func (v findingsView) sheet() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, f := range v.Rows {
			remain := left(v.Today, f.DueOn)
			if f.State == supervision.Closed || f.State == supervision.Reported {
				remain = ""
			}
			if !yield([]any{f.No, string(f.Month), v.Dir.UnitName(f.UnitID), f.Kind, f.Fact, f.Requirement, f.State.Chinese(), dayOf(f.IssuedAt), f.DueOn, remain, f.Report, f.Closing,
				dayOf(f.ClosedAt), f.SentBack, f.Reopened}, nil) {
				return
			}
		}
	}
}

// findingView is a finding with the forms that the reader may use.
type findingView struct {
	supervision.FindingView
	Dir        *org.Directory
	Who        auth.Actor
	Today      string
	Verb       string // which form was refused
	Text, Days string // as typed
}

func (v findingView) steps() (out []ui.Step) {
	at := now(v.State)
	notes := []string{instant(v.Today, v.IssuedAt), instant(v.Today, v.AcceptedAt), "", instant(v.Today, v.ReportedAt), "", instant(v.Today, v.ClosedAt)}
	for i, s := range course {
		x := ui.Step{Label: s, Done: i < at, Now: i == at}
		if i < at {
			x.Note, _, _ = strings.Cut(notes[i], " ")
		}
		out = append(out, x)
	}
	return out
}

func (v findingView) lede() string {
	f := v.FindingLine
	s := "**" + v.Dir.UnitName(f.UnitID) + "**　" + f.State.Chinese()
	switch {
	case f.State == supervision.Closed:
		s += "；" + date(v.Today, f.ReviewOn) + " 前后回头看"
	case f.State == supervision.Reported:
		s += "，等责任单位以外的人复核"
	default:
		s += "，期限 " + date(v.Today, f.DueOn) + "，**" + left(v.Today, f.DueOn) + "**"
	}
	if f.SentBack > 0 {
		s += fmt.Sprintf("；退回过 %d 次", f.SentBack)
	}
	if f.Reopened > 0 {
		s += fmt.Sprintf("；反弹 %d 次", f.Reopened)
	}
	return s + "。"
}

func (p *Pages) finding(w http.ResponseWriter, r *http.Request) error {
	return p.showFinding(w, r, "", nil, nil)
}

func (p *Pages) showFinding(w http.ResponseWriter, r *http.Request, verb string, form url.Values, refused error) error {
	if !shown(refused) {
		return refused
	}
	v := findingView{Today: p.today(), Verb: verb, Text: form.Get("text"), Days: form.Get("days")}
	var err error
	if v.FindingView, err = p.Supervision.Finding(r.Context(), id.Parse(r.PathValue("id"))); err != nil {
		return err
	}
	if v.Who, err = actor(r); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	f := frame(r, "问题 "+v.No, "/findings")
	f.Lede, f.Actions = ui.Rich("%s", v.lede()), oneFindingActions(v)
	ui.Render(w, r, route.Status(refused), findingPage(f, v, renamed(refused, "text", "report", "closing", "reason")))
	return nil
}

// renamed gives the complaints about the area's fields the name of the page's one field.
func renamed(err error, name string, from ...string) error {
	bad := errs.FieldsOf(err)
	if len(bad) == 0 {
		return err
	}
	out := slices.Clone(bad)
	for i := range out {
		if slices.Contains(from, out[i].Name) {
			out[i].Name = name
		}
	}
	return errs.Refuse(errs.Say(err), out...)
}

func (p *Pages) accept(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	if err := p.Supervision.AcceptFinding(r.Context(), ui.RequestKey(r), id.Parse(r.PathValue("id"))); err != nil {
		return p.showFinding(w, r, "accept", nil, err)
	}
	route.SetFlash(w, r, "已签收", "")
	route.Redirect(w, r, "/findings/"+r.PathValue("id"))
	return nil
}

func (p *Pages) report(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "text", "files")
	if err != nil {
		return err
	}
	files, err := uploads(r, "files")
	if err == nil {
		err = p.Supervision.ReportFinding(r.Context(), ui.RequestKey(r), id.Parse(r.PathValue("id")), v.Get("text"), files...)
	}
	if err != nil {
		return p.showFinding(w, r, "report", v, err)
	}
	route.SetFlash(w, r, "已报结，等复核", "")
	route.Redirect(w, r, "/findings/"+r.PathValue("id"))
	return nil
}

// judge is what the supervision office says of a finding: 销号, 退回, 重开.
func (p *Pages) judge(verb string) route.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := route.Form(r, "text", "days")
		if err != nil {
			return err
		}
		key, n, text := ui.RequestKey(r), id.Parse(r.PathValue("id")), v.Get("text")
		said := ""
		switch verb {
		case "close":
			said, err = "已销号", p.Supervision.CloseFinding(r.Context(), key, n, text)
		case "send_back":
			said, err = "已退回整改", p.Supervision.SendBackFinding(r.Context(), key, n, text, number(v.Get("days")))
		default:
			said, err = "已重新打开", p.Supervision.ReopenFinding(r.Context(), key, n, text, number(v.Get("days")))
		}
		if err != nil {
			return p.showFinding(w, r, verb, v, err)
		}
		route.SetFlash(w, r, said, "")
		route.Redirect(w, r, "/findings/"+r.PathValue("id"))
		return nil
	}
}

// bad is what the form of the verb was refused for.
func (v findingView) bad(verb string, err error) []errs.Field {
	if v.Verb != verb {
		return nil
	}
	return errs.FieldsOf(err)
}
