package taskweb

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// listView is the list of requests.
type listView struct {
	Rows   []adjustmentRow
	State  task.AdjustmentState // chosen; "" is all
	Unit   int64
	Task   int64
	Units  []ui.Option
	Count  map[task.AdjustmentState]int
	All    int
	Scoped bool // only the reader's own unit
}

type adjustmentRow struct {
	task.Adjustment
	Title, No, UnitName, Who string
	Kind                     string
	Changes                  []task.Change
}

var states = []task.AdjustmentState{task.Proposed, task.Approved, task.Refused, task.TakenBack}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who, err := auth.From(ctx)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v := listView{State: task.AdjustmentState(q.Get("state")), Unit: id.Parse(q.Get("unit")), Task: id.Parse(q.Get("task")), Count: map[task.AdjustmentState]int{}, Scoped: !who.Overseer()}
	if v.State.Chinese() == "" {
		v.State = ""
	}
	d, err := p.Org.Look(ctx)
	if err != nil {
		return err
	}
	all, err := p.Tasks.Adjustments(ctx, task.AdjustmentFilter{Unit: v.Unit, Task: v.Task})
	if err != nil {
		return err
	}
	for _, a := range all {
		v.Count[a.State]++
		v.All++
		if v.State != "" && a.State != v.State {
			continue
		}
		t, err := p.Tasks.Terms(ctx, a.TaskID)
		if errs.KindOf(err) == errs.NotFound { // discarded since
			continue
		}
		if err != nil {
			return err
		}
		v.Rows = append(v.Rows, rowOf(a, t, d))
	}
	if !v.Scoped {
		for _, u := range d.Units {
			v.Units = append(v.Units, ui.Option{Value: id.Format(u.ID), Label: u.ShortName})
		}
	}
	f := route.Frame(r)
	f.Title, f.Lede = "任务调整申请", ui.Rich("%s", v.lede())
	ui.Render(w, r, http.StatusOK, listPage(f, v))
	return nil
}

func rowOf(a task.Adjustment, t task.Terms, d *org.Directory) adjustmentRow {
	row := adjustmentRow{Adjustment: a, Title: t.Task.Title, No: t.Task.No, UnitName: d.UnitName(a.UnitID), Who: d.PersonName(a.ProposedBy), Kind: "调整", Changes: a.Changes(t)}
	if b, _ := t.First(); a.Wanted.Deadline != nil && *a.Wanted.Deadline > b.Deadline && b.Deadline != "" {
		row.Kind = "延期"
	}
	switch a.Wanted.State {
	case task.Stopped:
		row.Kind = "中止"
	case task.Open:
		row.Kind = "恢复推进"
	}
	return row
}

func (v listView) lede() string {
	if v.All == 0 {
		return "还没有调整申请。任务的时限、目标、分值和节点封存后，只有经批准的申请能改。"
	}
	return fmt.Sprintf("共 %d 份调整申请，**%d 份待审批**；已批准 %d，未批准 %d，已撤回 %d。", v.All, v.Count[task.Proposed], v.Count[task.Approved], v.Count[task.Refused], v.Count[task.TakenBack])
}

// href is the list with another state, everything else kept.
func (v listView) href(s task.AdjustmentState) string {
	q := url.Values{}
	if s != "" {
		q.Set("state", string(s))
	}
	if v.Unit != 0 {
		q.Set("unit", id.Format(v.Unit))
	}
	if v.Task != 0 {
		q.Set("task", id.Format(v.Task))
	}
	if len(q) == 0 {
		return "/adjustments"
	}
	return "/adjustments?" + q.Encode()
}

func (v listView) chips() (out []ui.Chip) {
	out = append(out, ui.Chip{Label: "全部", Count: v.All, On: v.State == "", Href: v.href("")})
	for _, s := range states {
		out = append(out, ui.Chip{Label: s.Chinese(), Count: v.Count[s], On: v.State == s, Href: v.href(s)})
	}
	return out
}

// adjustmentView is one request with all that its decision rests on.
type adjustmentView struct {
	adjustmentRow
	Terms    task.Terms
	Decider  string
	May      bool   // the reader may decide it
	WhyNot   string // why a reader who decides others does not decide this one
	Withdraw bool
	As       string // approve or refuse, as chosen
	DocNo    string
	Words    string
}

func (p *Pages) adjustment(w http.ResponseWriter, r *http.Request) error {
	as := r.URL.Query().Get("as")
	if as != "approve" && as != "refuse" {
		as = ""
	}
	return p.showAdjustment(w, r, func(v *adjustmentView) { v.As, v.DocNo = as, v.Adjustment.DocNo }, nil)
}

func (p *Pages) showAdjustment(w http.ResponseWriter, r *http.Request, fill func(*adjustmentView), failed error) error {
	ctx := r.Context()
	who, err := auth.From(ctx)
	if err != nil {
		return err
	}
	a, t, err := p.Tasks.AdjustmentOf(ctx, id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	terms, err := p.Tasks.Terms(ctx, t.ID)
	if err != nil {
		return err
	}
	d, err := p.Org.Look(ctx)
	if err != nil {
		return err
	}
	v := adjustmentView{adjustmentRow: rowOf(a, terms, d), Terms: terms, Decider: d.PersonName(a.DecidedBy)}
	if a.State == task.Proposed {
		switch {
		case !who.May(task.MayDecide):
		case a.ProposedBy == who.ID:
			v.WhyNot = "这份申请是您提的，要由别人审批。"
		case who.InUnit(a.UnitID):
			v.WhyNot = "这是您本单位的任务，要由别的领导审批。"
		default:
			v.May = true
		}
		v.Withdraw = who.May(task.MayPropose) && (a.ProposedBy == who.ID || who.Has(auth.Head) && who.InUnit(a.UnitID))
	}
	fill(&v)
	f := route.Frame(r)
	f.Title = v.Kind + "申请：" + v.Title
	f.Crumbs = []ui.Crumb{{Href: "/adjustments", Label: "任务调整申请"}, {Label: v.No}}
	f.Beside = ui.Tag(a.State.Chinese(), tone(a.State))
	f.Lede = ui.Rich("%s", v.lede())
	ui.Render(w, r, route.Status(failed), adjustmentPage(f, v, failed))
	return nil
}

func (v adjustmentView) lede() string {
	var parts []string
	for _, c := range v.Changes {
		if len(c.Now)+len(c.Wanted) > 80 {
			parts = append(parts, c.What+"有改动")
			continue
		}
		parts = append(parts, c.What+"由 **"+c.Now+"** 改为 **"+c.Wanted+"**")
	}
	return v.UnitName + "申请把“" + v.Title + "”的" + strings.Join(parts, "，") + "。"
}

func (p *Pages) decide(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "decision_is", "doc_no", "decision")
	if err != nil {
		return err
	}
	as := v.Get("decision_is")
	again := func(err error) error {
		return refused(w, r, err, func() error {
			return p.showAdjustment(w, r, func(x *adjustmentView) { x.As, x.DocNo, x.Words = as, v.Get("doc_no"), v.Get("decision") }, err)
		})
	}
	if as != "approve" && as != "refuse" {
		return again(errs.At("decision_is", "还没有选批准还是不批准。"))
	}
	a, err := p.Tasks.Decide(r.Context(), ui.RequestKey(r), id.Parse(r.PathValue("id")), ui.RowVersion(r), as == "approve", v.Get("doc_no"), v.Get("decision"))
	if err != nil {
		return again(err)
	}
	text := "没有批准，已告知责任单位"
	if a.State == task.Approved {
		text = "已批准，新的基准已封存"
	}
	route.SetFlash(w, r, text, "")
	route.Redirect(w, r, "/adjustments/"+id.Format(a.ID))
	return nil
}

func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	a, err := p.Tasks.TakeBack(r.Context(), ui.RequestKey(r), id.Parse(r.PathValue("id")), ui.RowVersion(r))
	if err != nil {
		return refused(w, r, err, func() error { return p.showAdjustment(w, r, func(*adjustmentView) {}, err) })
	}
	route.SetFlash(w, r, "申请已撤回", "")
	route.Redirect(w, r, "/adjustments/"+id.Format(a.ID))
	return nil
}

// proposal is the form as typed; an empty field stays as it is in force.
type proposal struct {
	Deadline, Target, ToMonth, Curve, Weight, Milestones, State, Reason, DocNo string
}

var proposalFields = []string{"deadline", "target", "to_month", "curve", "weight", "milestones", "state", "reason", "doc_no"}

func proposalOf(v url.Values) proposal {
	g := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	return proposal{g("deadline"), g("target"), g("to_month"), g("curve"), g("weight"), g("milestones"), g("state"), g("reason"), g("doc_no")}
}

// read turns the form into a request, or says which fields cannot be read. It is pure.
func (f proposal) read(t task.Terms) (a task.Adjustment, err error) {
	var bad []errs.Field
	add := func(err error, name string) {
		for _, x := range errs.FieldsOf(err) {
			bad = append(bad, errs.Field{Name: name, Message: x.Message})
		}
		if len(errs.FieldsOf(err)) == 0 && err != nil {
			bad = append(bad, errs.Field{Name: name, Message: errs.Say(err)})
		}
	}
	a = task.Adjustment{TaskID: t.Task.ID, Reason: f.Reason, DocNo: f.DocNo}
	w := &a.Wanted
	w.State = task.State(f.State)
	if f.Deadline != "" {
		w.Deadline = &f.Deadline
	}
	if f.Target != "" {
		v, err := parse("新的目标值", f.Target, t.Sheet.Measure)
		add(err, "target")
		w.Target = &v
	}
	if f.ToMonth != "" {
		m := period.Month(f.ToMonth)
		if !m.Valid() || m < t.Sheet.Plan.From {
			bad = append(bad, errs.Field{Name: "to_month", Message: fmt.Sprintf("计划结束月份请写成 2017-12 这样，不早于%s。", t.Sheet.Plan.From.Chinese())})
		}
		w.ToMonth = &m
	}
	for _, x := range strings.FieldsFunc(f.Curve, func(r rune) bool { return strings.ContainsRune(" \t\r\n、；;", r) }) {
		v, err := parse("月度计划", x, t.Sheet.Measure)
		if err != nil {
			add(err, "curve")
			break
		}
		w.Curve = append(w.Curve, v)
	}
	if f.Weight != "" {
		v, err := parse("分值", f.Weight, "分")
		add(err, "weight")
		if v%100 != 0 {
			bad = append(bad, errs.Field{Name: "weight", Message: "分值最多两位小数。"})
		}
		x := int64(v) / 100
		w.Weight = &x
	}
	for i, line := range strings.Split(f.Milestones, "\n") {
		cells := strings.Fields(strings.ReplaceAll(line, "　", " "))
		if len(cells) == 0 {
			continue
		}
		if len(cells) < 3 {
			bad = append(bad, errs.Field{Name: "milestones", Message: fmt.Sprintf("第 %d 个节点请写成“2017-06-30 桥梁下部 30”：日期、名称、权重。", i+1)})
			continue
		}
		v, err := parse("权重", strings.TrimSuffix(strings.TrimSuffix(cells[len(cells)-1], "%"), "％"), "分")
		add(err, "milestones")
		w.Milestones = append(w.Milestones, task.Milestone{DueOn: cells[0], Title: strings.Join(cells[1:len(cells)-1], " "), Weight: int64(v) / 100})
	}
	return a, errs.Refuse(fmt.Sprintf("有 %d 处要改，改完就能交", len(bad)), bad...)
}

// parse reads a number in the measure of an indicator; one that is not a unit of the program takes a bare number.
func parse(label, text, measure string) (amount.Scaled, error) {
	unit, known := amount.ParseUnit(measure)
	if !known {
		unit, text = amount.Point, strings.TrimSuffix(text, measure)
	}
	q, err := amount.Parse(label, text, unit)
	if err != nil {
		return 0, err
	}
	return q.ToScaled()
}

// milestonesText is the present milestones as the form takes them.
func milestonesText(list []task.Milestone) string {
	var lines []string
	for _, m := range list {
		lines = append(lines, m.DueOn+" "+m.Title+" "+indicator.Plain(amount.Scaled(m.Weight*100)))
	}
	return strings.Join(lines, "\n")
}

func (p *Pages) proposeForm(w http.ResponseWriter, r *http.Request) error {
	return p.showPropose(w, r, proposal{}, nil)
}

func (p *Pages) showPropose(w http.ResponseWriter, r *http.Request, form proposal, failed error) error {
	t, err := p.Tasks.Terms(r.Context(), id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	f := route.Frame(r)
	f.Title = "申请调整：" + t.Task.Title
	f.Crumbs = []ui.Crumb{{Href: "/tasks/" + id.Format(t.Task.ID), Label: t.Task.No}, {Label: "申请调整"}}
	if t.Task.State == task.Stopped {
		f.Lede = ui.Rich("%s的这项任务**已批准中止**，不用填报，不计分。要接着做，请申请恢复推进；时限或目标要改的一并写上。", d.UnitName(t.Task.LeadUnit))
		ui.Render(w, r, route.Status(failed), proposePage(f, t, form, failed))
		return nil
	}
	f.Lede = ui.Rich("%s现行时限 **%s**，目标 **%s**。改哪样填哪样，其余不动；批准以前仍按现行的亮灯。", d.UnitName(t.Task.LeadUnit), orText(t.Task.Deadline, "持续推进"), indicator.Show(t.Sheet.Plan.Target, t.Sheet.Measure))
	ui.Render(w, r, route.Status(failed), proposePage(f, t, form, failed))
	return nil
}

func (p *Pages) propose(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, proposalFields...)
	if err != nil {
		return err
	}
	form := proposalOf(v)
	again := func(err error) error {
		return refused(w, r, err, func() error { return p.showPropose(w, r, form, err) })
	}
	t, err := p.Tasks.Terms(r.Context(), id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	a, err := form.read(t)
	if err != nil {
		return again(err)
	}
	if a, err = p.Tasks.Propose(r.Context(), ui.RequestKey(r), a); err != nil {
		return again(err)
	}
	route.SetFlash(w, r, "申请已提交，等领导审批", "")
	if a.ID == 0 { // sent twice: the first one stands in the list
		route.Redirect(w, r, "/adjustments?task="+id.Format(t.Task.ID))
		return nil
	}
	route.Redirect(w, r, "/adjustments/"+id.Format(a.ID))
	return nil
}

func orText(s, empty string) string {
	if s == "" {
		return empty
	}
	return s
}

func str(n int) string { return strconv.Itoa(n) }
