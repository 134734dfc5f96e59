package supervisionweb

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"duban/internal/area/campaign"
	"duban/internal/area/supervision"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/paper"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

func tourHref(tourID int64) string { return home + "/tours/" + id.Format(tourID) }

// tourForm is a tour's plan as typed.
type tourForm struct {
	Month, Title, Basis, DocNo, Leader, Plan string
	Inspectors, Origins, Units               []string
}

func readTour(v url.Values) tourForm {
	return tourForm{v.Get("month"), v.Get("title"), v.Get("basis"), v.Get("basis_doc_no"), v.Get("leader"), v.Get("plan"), v["inspectors"], v["scope"], v["units"]}
}

func (f tourForm) draft() supervision.TourDraft {
	d := supervision.TourDraft{Month: period.Month(f.Month), Title: f.Title, Basis: f.Basis, BasisDocNo: f.DocNo, LeaderID: id.Parse(f.Leader), Plan: f.Plan}
	for _, x := range f.Inspectors {
		d.Inspectors = append(d.Inspectors, id.Parse(x))
	}
	for _, x := range f.Origins {
		d.Scope.Origins = append(d.Scope.Origins, ref.Ref{Kind: campaign.Kind, ID: id.Parse(x)})
	}
	for _, x := range f.Units {
		d.Scope.Units = append(d.Scope.Units, id.Parse(x))
	}
	return d
}

// tourChoices are what the form of a tour offers.
type tourChoices struct {
	Leaders, Office, Others []ui.Option // people
	Origins, Units          []ui.Option
}

func (p *Pages) choices(r *http.Request) (c tourChoices, err error) {
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return c, err
	}
	for _, x := range d.People {
		if x.LeftOn != "" {
			continue
		}
		o := ui.Option{Value: id.Format(x.ID), Label: d.UnitName(x.UnitID) + "　" + x.Name}
		c.Leaders = append(c.Leaders, o)
		if u := d.Unit(x.UnitID); u != nil && u.Kind == org.Office {
			c.Office = append(c.Office, o)
		} else {
			c.Others = append(c.Others, o)
		}
	}
	c.Units = unitOptions(d)
	list, err := p.Campaigns.List(r.Context())
	for _, x := range list {
		c.Origins = append(c.Origins, ui.Option{Value: id.Format(x.ID), Label: fmt.Sprintf("%s（%d）", x.Name, x.Year)})
	}
	return c, err
}

func (p *Pages) newTour(w http.ResponseWriter, r *http.Request) error {
	m, err := p.monthOf(r)
	if err != nil {
		return err
	}
	return p.showNewTour(w, r, tourForm{Month: string(m), Title: fmt.Sprintf("%d 月份督查", m.Number())}, nil)
}

func (p *Pages) showNewTour(w http.ResponseWriter, r *http.Request, f tourForm, refused error) error {
	if !shown(refused) {
		return refused
	}
	c, err := p.choices(r)
	if err != nil {
		return err
	}
	ui.Render(w, r, route.Status(refused), newTourPage(frame(r, "组织督查", home), f, c, refused))
	return nil
}

func (p *Pages) openTour(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "month", "title", "basis", "basis_doc_no", "leader", "inspectors", "scope", "units", "plan")
	if err != nil {
		return err
	}
	f := readTour(v)
	tourID, err := p.Supervision.OpenTour(r.Context(), ui.RequestKey(r), f.draft())
	if err != nil {
		return p.showNewTour(w, r, f, err)
	}
	route.SetFlash(w, r, "督查已立项，请抽样", "")
	route.Redirect(w, r, tourHref(tourID))
	return nil
}

// tourView is a tour with the names on its page.
type tourView struct {
	supervision.TourView
	Dir     *org.Directory
	Who     auth.Actor
	Today   string
	Origins []string    // names of the campaigns of its scope
	More    []ui.Option // tasks of the scope that were not drawn, for those who may check them

	Size, Seed, Conclusion string // as typed
	Step                   string // which form was refused: draw, begin, end
}

func (p *Pages) tourView(r *http.Request, tourID int64) (v tourView, err error) {
	ctx := r.Context()
	if v.TourView, err = p.Supervision.Tour(ctx, tourID); err != nil {
		return v, err
	}
	v.Today, v.Size = p.today(), "10"
	if v.Who, err = actor(r); err != nil {
		return v, err
	}
	if v.Dir, err = p.Org.Look(ctx); err != nil {
		return v, err
	}
	if len(v.Tour.Scope.Origins) > 0 {
		list, err := p.Campaigns.List(ctx)
		if err != nil {
			return v, err
		}
		for _, c := range list {
			if slices.Contains(v.Tour.Scope.Origins, c.Ref()) {
				v.Origins = append(v.Origins, c.Name)
			}
		}
	}
	if v.MayCheck {
		seen := map[int64]bool{}
		for _, x := range v.Rows {
			seen[x.Task.ID] = true
		}
		list, err := p.Tasks.Tasks(ctx, task.Filter{})
		if err != nil {
			return v, err
		}
		for _, k := range list {
			if !seen[k.ID] && v.Tour.Scope.Holds(k) && k.State != task.Closed && k.State != task.Stopped && !v.Who.InUnit(k.LeadUnit) {
				v.More = append(v.More, ui.Option{Value: id.Format(k.ID), Label: v.Dir.UnitName(k.LeadUnit) + "　" + k.No + " " + k.Title})
			}
		}
	}
	return v, nil
}

// checked counts the tasks that were looked at.
func (v tourView) checked() (n int) {
	for _, r := range v.Rows {
		if r.Last() != nil {
			n++
		}
	}
	return n
}

func (v tourView) drawn() (n int) {
	for _, r := range v.Rows {
		if r.Drawn != nil {
			n++
		}
	}
	return n
}

func (v tourView) scope() string {
	var parts []string
	if len(v.Tour.Scope.Origins) == 0 {
		parts = append(parts, "全部行动")
	} else {
		parts = append(parts, strings.Join(v.Origins, "、"))
	}
	if len(v.Tour.Scope.Units) == 0 {
		parts = append(parts, "全部单位")
	} else {
		var names []string
		for _, u := range v.Tour.Scope.Units {
			names = append(names, v.Dir.UnitName(u))
		}
		parts = append(parts, strings.Join(names, "、"))
	}
	return strings.Join(parts, "；")
}

func (v tourView) group() string {
	var names []string
	for _, x := range v.Tour.Inspectors {
		names = append(names, v.Dir.PersonName(x.PersonID)+"（"+v.Dir.UnitName(x.UnitID)+"）")
	}
	return strings.Join(names, "、")
}

func (v tourView) lede() string {
	switch {
	case v.Draw == nil:
		return "已立项，**还没有抽样**。"
	case v.Tour.State == supervision.Prepared:
		return fmt.Sprintf("已抽 **%d 项**，还没有开始。", v.drawn())
	}
	var closed, far int
	for _, f := range v.Findings {
		if f.State == supervision.Closed {
			closed++
		}
	}
	for _, r := range v.Rows {
		if c := r.Last(); c != nil && c.Gap != nil && (*c.Gap >= farGap || *c.Gap <= -farGap) {
			far++
		}
	}
	s := fmt.Sprintf("抽样 %d 项，**已核验 %d 项**", v.drawn(), v.checked())
	if far > 0 {
		s += fmt.Sprintf("，自报与核验相差 5 个百分点以上的 **%d 项**", far)
	}
	return s + fmt.Sprintf("；发现问题 **%d 个**，已销号 **%d 个**。", len(v.Findings), closed)
}

// farGap is from where a distance between reported and verified is pointed at, percentage points ×100. It marks, it decides nothing. [D]
const farGap = 500

func (p *Pages) tour(w http.ResponseWriter, r *http.Request) error {
	v, err := p.tourView(r, id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	return p.showTour(w, r, v, nil)
}

func (p *Pages) showTour(w http.ResponseWriter, r *http.Request, v tourView, refused error) error {
	f := frame(r, v.Tour.Title, home)
	f.Crumbs = append(f.Crumbs[:1], ui.Crumb{Href: monthHref(v.Tour.Month, 0), Label: v.Tour.Month.Chinese()})
	f.Lede, f.Actions = ui.Rich("%s", v.lede()), tourActions(v)
	ui.Render(w, r, route.Status(refused), tourPage(f, v, refused))
	return nil
}

// refuseTour shows the tour's page again with what was typed.
func (p *Pages) refuseTour(w http.ResponseWriter, r *http.Request, tourID int64, step string, form url.Values, refused error) error {
	if !shown(refused) {
		return refused
	}
	v, err := p.tourView(r, tourID)
	if err != nil {
		return err
	}
	v.Step, v.Conclusion, v.Seed = step, form.Get("conclusion"), form.Get("seed")
	if step == "draw" {
		v.Size = form.Get("size")
	}
	return p.showTour(w, r, v, refused)
}

func (p *Pages) draw(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "size", "seed")
	if err != nil {
		return err
	}
	tourID := id.Parse(r.PathValue("id"))
	list, err := p.Supervision.DrawSample(r.Context(), ui.RequestKey(r), tourID, number(v.Get("size")), v.Get("seed"))
	if err != nil {
		return p.refuseTour(w, r, tourID, "draw", v, err)
	}
	route.SetFlash(w, r, fmt.Sprintf("已抽 %d 项，种子已记录", len(list)), "")
	route.Redirect(w, r, tourHref(tourID))
	return nil
}

func (p *Pages) begin(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r)
	if err != nil {
		return err
	}
	tourID := id.Parse(r.PathValue("id"))
	if err := p.Supervision.BeginTour(r.Context(), ui.RequestKey(r), tourID); err != nil {
		return p.refuseTour(w, r, tourID, "begin", v, err)
	}
	route.SetFlash(w, r, "督查已开始，督查组可以核验和下达问题", "")
	route.Redirect(w, r, tourHref(tourID))
	return nil
}

func (p *Pages) end(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "conclusion")
	if err != nil {
		return err
	}
	tourID := id.Parse(r.PathValue("id"))
	if err := p.Supervision.EndTour(r.Context(), ui.RequestKey(r), tourID, v.Get("conclusion")); err != nil {
		return p.refuseTour(w, r, tourID, "end", v, err)
	}
	route.SetFlash(w, r, "督查已结束，结论已记录", "")
	route.Redirect(w, r, tourHref(tourID))
	return nil
}

// rowOf returns the row of a task: drawn, looked at, or still to be looked at besides.
func (v tourView) rowOf(taskID int64) (supervision.SampleRow, bool) {
	for _, r := range v.Rows {
		if r.Task.ID == taskID {
			return r, true
		}
	}
	return supervision.SampleRow{}, false
}

// checkView is the form of one check.
type checkView struct {
	Tour  supervision.Tour
	Row   supervision.SampleRow
	Unit  string
	Today string
	Known bool // the row is of the sample: what was reported is shown
	Form  checkForm
}

// checkForm is a check as typed.
type checkForm struct{ Value, Note, Grade string }

func (p *Pages) checkView(r *http.Request) (c checkView, err error) {
	v, err := p.tourView(r, id.Parse(r.PathValue("id")))
	if err != nil {
		return c, err
	}
	taskID := id.Parse(r.PathValue("task"))
	c = checkView{Tour: v.Tour, Today: v.Today}
	if c.Row, c.Known = v.rowOf(taskID); !c.Known {
		list, err := p.Tasks.Tasks(r.Context(), task.Filter{})
		if err != nil {
			return c, err
		}
		i := slices.IndexFunc(list, func(k task.Task) bool { return k.ID == taskID && v.Tour.Scope.Holds(k) })
		if i < 0 {
			return c, errs.New(errs.NotFound, "")
		}
		terms, err := p.Tasks.Terms(r.Context(), taskID)
		if err != nil {
			return c, err
		}
		c.Row.Task, c.Row.Own = list[i], v.Who.InUnit(list[i].LeadUnit)
		c.Row.Measure, c.Row.Pace = terms.Sheet.Measure, terms.Sheet.Plan.Pace(v.Tour.Month)
	}
	c.Unit = v.Dir.UnitName(c.Row.Task.LeadUnit)
	return c, nil
}

func (p *Pages) checkForm(w http.ResponseWriter, r *http.Request) error {
	c, err := p.checkView(r)
	if err != nil {
		return err
	}
	return p.showCheck(w, r, c, nil)
}

func (p *Pages) showCheck(w http.ResponseWriter, r *http.Request, c checkView, refused error) error {
	if !shown(refused) {
		return refused
	}
	ui.Render(w, r, route.Status(refused), checkPage(phone(r, "现场核验", tourHref(c.Tour.ID)), c, refused))
	return nil
}

func (p *Pages) verify(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "value", "note", "grade", "files")
	if err != nil {
		return err
	}
	c, err := p.checkView(r)
	if err != nil {
		return err
	}
	c.Form = checkForm{v.Get("value"), v.Get("note"), v.Get("grade")}
	in := supervision.Seen{TourID: c.Tour.ID, TaskID: c.Row.Task.ID, Note: c.Form.Note, Grade: supervision.Grade(number(c.Form.Grade))}
	var wrong, bad error
	in.Value, wrong = quantity("核验数", c.Form.Value, c.Row.Measure)
	in.Files, bad = uploads(r, "files")
	if err = gather(wrong, bad); err == nil {
		_, err = p.Supervision.Verify(r.Context(), ui.RequestKey(r), in)
	}
	if err != nil {
		return p.showCheck(w, r, c, err)
	}
	route.SetFlash(w, r, "已核验“"+c.Row.Task.Title+"”："+indicator.Show(in.Value, c.Row.Measure), "")
	route.Redirect(w, r, tourHref(c.Tour.ID))
	return nil
}

// issueForm is a finding as typed.
type issueForm struct{ Task, Unit, Kind, Fact, Requirement, Days string }

// issueView is the form of a finding.
type issueView struct {
	Tour  supervision.Tour
	Row   *supervision.SampleRow // the task it is about; nil if it is about a unit's work in general
	Unit  string
	Form  issueForm
	Units []ui.Option
	Tasks []ui.Option
}

func (p *Pages) issueView(r *http.Request, f issueForm) (x issueView, err error) {
	v, err := p.tourView(r, id.Parse(r.PathValue("id")))
	if err != nil {
		return x, err
	}
	x = issueView{Tour: v.Tour, Form: f, Units: unitOptions(v.Dir)}
	for _, row := range v.Rows {
		if !row.Own {
			x.Tasks = append(x.Tasks, ui.Option{Value: id.Format(row.Task.ID), Label: v.Dir.UnitName(row.Task.LeadUnit) + "　" + row.Task.No + " " + row.Task.Title})
		}
	}
	x.Tasks = append(x.Tasks, v.More...)
	if row, ok := v.rowOf(id.Parse(f.Task)); ok {
		x.Row, x.Unit = &row, v.Dir.UnitName(row.Task.LeadUnit)
	}
	return x, nil
}

func (p *Pages) findingForm(w http.ResponseWriter, r *http.Request) error {
	return p.showIssue(w, r, issueForm{Task: r.URL.Query().Get("task"), Days: "10"}, nil)
}

func (p *Pages) showIssue(w http.ResponseWriter, r *http.Request, f issueForm, refused error) error {
	if !shown(refused) {
		return refused
	}
	x, err := p.issueView(r, f)
	if err != nil {
		return err
	}
	ui.Render(w, r, route.Status(refused), issuePage(phone(r, "下达问题", tourHref(x.Tour.ID)), x, refused))
	return nil
}

func (p *Pages) issue(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "task", "unit", "kind", "fact", "requirement", "days")
	if err != nil {
		return err
	}
	f := issueForm{v.Get("task"), v.Get("unit"), v.Get("kind"), v.Get("fact"), v.Get("requirement"), v.Get("days")}
	tourID := id.Parse(r.PathValue("id"))
	_, err = p.Supervision.IssueFinding(r.Context(), ui.RequestKey(r), supervision.FindingDraft{TourID: tourID, TaskID: id.Parse(f.Task), UnitID: id.Parse(f.Unit),
		Kind: f.Kind, Fact: f.Fact, Requirement: f.Requirement, Days: number(f.Days)})
	if err != nil {
		return p.showIssue(w, r, f, err)
	}
	route.SetFlash(w, r, "问题已下达", "")
	route.Redirect(w, r, tourHref(tourID))
	return nil
}

// plan is the plan of a tour on paper (督查方案).
func (p *Pages) plan(w http.ResponseWriter, r *http.Request) error {
	v, err := p.tourView(r, id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	f := route.Frame(r)
	f.Title, f.Layout, f.Sheets = v.Tour.Title+"方案", ui.Bare, []string{"bulletin.css"}
	ui.Render(w, r, http.StatusOK, planPage(f, v, paper.Pages(v.paper(), v.Dir.Region.Demo)))
	return nil
}

// paper is the plan as it is printed. Source: domain 15.3 (督查条例 15: what, whom, where).
func (v tourView) paper() paper.Paper {
	t := v.Tour
	x := paper.Paper{Title: v.Dir.Region.Name + t.Month.Chinese() + "份督查方案"}
	add := func(level int, text string) {
		if text != "" {
			x.Body = append(x.Body, paper.Para{Level: level, Text: text})
		}
	}
	no := paper.Numerals()
	basis := t.Basis
	if t.BasisDocNo != "" {
		basis += "（" + t.BasisDocNo + "）"
	}
	add(1, no()+"、督查名称和依据")
	add(0, t.Title+"。依据："+strings.TrimRight(basis, "。")+"。")
	add(1, no()+"、督查组")
	add(0, "组长："+v.Dir.PersonName(t.LeaderID)+"（"+v.unitOf(t.LeaderID)+"）。成员："+v.group()+"。")
	add(1, no()+"、督查范围")
	add(0, v.scope()+"。")
	if t.Plan != "" {
		add(1, no()+"、督查内容和安排")
		for _, line := range strings.Split(t.Plan, "\n") {
			add(0, strings.TrimSpace(line))
		}
	}
	if v.Draw != nil {
		add(1, no()+"、抽查任务")
		add(0, fmt.Sprintf("共 %d 项，按风险和随机抽取，随机种子“%s”，名单见附件。", v.drawn(), v.Draw.Seed))
		tb := paper.Table{Note: "附件", Title: "抽查任务", Cols: []paper.Col{{Title: "序号", Width: 2}, {Title: "单位", Width: 5}, {Title: "任务"}, {Title: "抽取方式", Width: 4}, {Title: "依据", Width: 12}}}
		for _, r := range v.Rows {
			if r.Drawn != nil {
				tb.Rows = append(tb.Rows, []string{fmt.Sprint(r.Drawn.Place), v.Dir.UnitName(r.Task.LeadUnit), r.Task.No + " " + r.Task.Title, how(r.Drawn.How), r.Drawn.Why})
			}
		}
		x.Tables = append(x.Tables, tb)
	}
	return x
}

func (v tourView) unitOf(personID int64) string {
	if x := v.Dir.Person(personID); x != nil {
		return v.Dir.UnitName(x.UnitID)
	}
	return ""
}

func how(s string) string {
	if s == supervision.ByRisk {
		return "按风险"
	}
	return "随机"
}
