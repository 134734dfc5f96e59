package reportweb

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"duban/internal/area/campaign"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/viz"
)

// Reports is what the pages ask of package campaign; *campaign.Service does it.
type Reports interface {
	Todo(ctx context.Context) (campaign.TodoList, error)
	Prefill(ctx context.Context, itemID int64, m period.Month) (campaign.Prefill, error)
	SubmitReport(ctx context.Context, key string, d campaign.ReportDraft) (campaign.Receipt, error)
	SaveDraft(ctx context.Context, itemID int64, m period.Month, body string) error
	Receipt(ctx context.Context, accountID int64) (campaign.Receipt, error)
	WithdrawReport(ctx context.Context, key string, accountID, version int64) (task.Account, error)
}

// Notices is what waits for the actor; *notice.Service gives it.
type Notices interface {
	Mine(ctx context.Context) ([]notice.Todo, error)
	Today() string
}

// Org names units; *org.Service does.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
}

type pages struct {
	reports Reports
	notices Notices
	org     Org
}

// TodoPath is the address of the list of what waits (待办), for route.Config.
const TodoPath = "/todo"

// Nav is the entry of the main navigation and the phone's tab bar.
func Nav() []route.Nav {
	return []route.Nav{{Href: TodoPath, Label: "待办", Icon: "checklist", Permission: auth.LoggedIn, Tab: true}}
}

const (
	maxFiles = 9
	maxBody  = evidence.MaxSize + 5<<20 // one large file, or nine photographs
)

// Register enters the routes.
func Register(g *route.Registry, reports Reports, notices Notices, directory Org) {
	p := &pages{reports, notices, directory}
	g.Handle("GET "+TodoPath, auth.LoggedIn, p.todo)
	g.Handle("GET /tasks/{id}/report", campaign.MayReport, p.form)
	g.Handle("POST /tasks/{id}/report", campaign.MayReport, p.submit, route.Body(maxBody))
	g.Handle("POST /tasks/{id}/draft", campaign.MayReport, p.draft) // typing is activity: the session lives on
	g.Handle("GET /reports/{id}", campaign.MayRead, p.receipt)
	g.Handle("POST /reports/{id}/withdraw", campaign.MayReport, p.withdraw)
}

func (p *pages) todo(w http.ResponseWriter, r *http.Request) error {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	v := todoView{Today: p.notices.Today()}
	if v.Notices, err = p.notices.Mine(r.Context()); err != nil {
		return err
	}
	if v.Clerk = who.May(campaign.MayReport); v.Clerk {
		if v.List, err = p.reports.Todo(r.Context()); err != nil {
			return err
		}
	}
	ui.Render(w, r, http.StatusOK, todoPage(route.Frame(r), v))
	return nil
}

// todoView is the list of what waits. Clerk says that the reader files reports.
type todoView struct {
	List    campaign.TodoList
	Notices []notice.Todo
	Clerk   bool
	Today   string
}

// Open counts what the reader has to do himself.
func (v todoView) Open() int { return len(v.List.First) + len(v.List.Due) + len(v.Notices) }

// daysOver says by how many days a to-do is overdue; 0 if it is not.
func (v todoView) daysOver(n notice.Todo) int {
	due, err := period.ParseDay(n.DueOn)
	today, err2 := period.ParseDay(v.Today)
	if n.DueOn == "" || err != nil || err2 != nil {
		return 0
	}
	return max(0, int(today.Sub(due)/(24*time.Hour)))
}

// overdue and timely part the to-dos, so that what is overdue stands first.
func (v todoView) overdue() (out []notice.Todo) {
	for _, n := range v.Notices {
		if v.daysOver(n) > 0 {
			out = append(out, n)
		}
	}
	return out
}

func (v todoView) timely() (out []notice.Todo) {
	for _, n := range v.Notices {
		if v.daysOver(n) == 0 {
			out = append(out, n)
		}
	}
	return out
}

// digest counts in one line what is due: notices, reports, and what was sent back, which is due at once.
func (v todoView) digest() string {
	list := slices.Clone(v.Notices)
	for _, x := range slices.Concat(v.List.First, v.List.Due) {
		due := x.DueOn
		if x.Step == campaign.StepSentBack {
			due = v.Today
		}
		list = append(list, notice.Todo{DueOn: due})
	}
	return notice.DigestOf(list, v.Today).String()
}

func (v todoView) heading() string {
	month := ""
	if v.List.Month.Valid() {
		month = fmt.Sprintf("%d 月", v.List.Month.Number())
	}
	n := v.Open()
	if n == 0 {
		return month + "要办的都办完了"
	}
	s := fmt.Sprintf("%s还要办 %d 件", month, n)
	if m := v.List.Minutes; m > 0 {
		s += fmt.Sprintf("，约 %d 分钟", m)
	}
	return s
}

// reportForm is the form as typed.
type reportForm struct {
	Month     string   `json:"month"`
	Value     string   `json:"value"`
	Cut       bool     `json:"cut,omitempty"`
	CutReason string   `json:"cut_reason,omitempty"`
	Blockers  []string `json:"blocker_kind,omitempty"`
	Blocker   string   `json:"blocker,omitempty"`
	Help      string   `json:"help,omitempty"`
	HelpUnit  string   `json:"help_unit,omitempty"`
	Progress  string   `json:"progress,omitempty"`
	NextStep  string   `json:"next_step,omitempty"`
}

var formFields = []string{"month", "value", "cut", "cut_reason", "blocker_kind", "blocker", "help", "help_unit", "progress", "next_step", "photos"}

func readForm(v url.Values) reportForm {
	return reportForm{Month: v.Get("month"), Value: v.Get("value"), Cut: v.Get("cut") == "1", CutReason: v.Get("cut_reason"), Blockers: v["blocker_kind"], Blocker: v.Get("blocker"),
		Help: v.Get("help"), HelpUnit: v.Get("help_unit"), Progress: v.Get("progress"), NextStep: v.Get("next_step")}
}

// filled is the form before anything is typed: the person's own draft, else what is known. A certified value stands in any case.
func filled(x campaign.Prefill) (f reportForm) {
	if x.Draft.Body == "" || json.Unmarshal([]byte(x.Draft.Body), &f) != nil {
		f = reportForm{Value: x.Value.Text, Blocker: x.Words.Text, Help: x.Help.Text}
		if x.Blocker.Text != "" {
			f.Blockers = strings.Split(x.Blocker.Text, "、")
		}
	}
	if x.Value.ReadOnly {
		f.Value, f.Cut = x.Value.Text, false
	}
	f.Month = string(x.Month)
	return f
}

// of is the form of an account that was taken back, to be mended.
func of(a task.Account) reportForm {
	f := reportForm{Month: string(a.Period), Value: indicator.Plain(a.Value), Cut: a.Cut, CutReason: a.CutReason, Blocker: a.Blocker, Help: a.Help, Progress: a.Progress, NextStep: a.NextStep}
	if a.BlockerKind != "" {
		f.Blockers = strings.Split(a.BlockerKind, "、")
	}
	if a.HelpUnit != 0 {
		f.HelpUnit = id.Format(a.HelpUnit)
	}
	return f
}

// quantity reads what was typed into the field name, called label, in an item's own measure: exactly, as package amount does. A measure
// that amount does not know takes a plain number of up to four decimals. Errors: Invalid, at the field.
func quantity(name, label, text, measure string) (amount.Scaled, error) {
	unit, known := amount.ParseUnit(measure)
	if !known {
		text, unit = strings.TrimSuffix(strings.TrimSpace(text), measure), amount.Percent
	}
	q, err := amount.Parse(label, text, unit)
	switch {
	case err != nil && known:
		return 0, errs.At(name, "%s", errs.Say(err))
	case err != nil && strings.TrimSpace(text) == "":
		return 0, errs.At(name, "还没有填“%s”。请写数字，单位%s。", label, measure)
	case err != nil || strings.ContainsAny(text, "%％"):
		return 0, errs.At(name, "“%s”写成了“%s”，请写数字，如 12.5，单位%s。", label, text, measure)
	}
	v, err := q.ToScaled()
	if err != nil {
		return 0, errs.At(name, "%s", errs.Say(err))
	}
	return v, nil
}

func (p *pages) form(w http.ResponseWriter, r *http.Request) error {
	x, err := p.reports.Prefill(r.Context(), id.Parse(r.PathValue("id")), period.Month(r.URL.Query().Get("month")))
	if err != nil {
		return err
	}
	if x.Filed != nil {
		route.Redirect(w, r, "/reports/"+id.Format(x.Filed.ID))
		return nil
	}
	return p.show(w, r, http.StatusOK, x, filled(x), nil)
}

func (p *pages) show(w http.ResponseWriter, r *http.Request, status int, x campaign.Prefill, f reportForm, refused error) error {
	d, err := p.org.Look(r.Context())
	if err != nil {
		return err
	}
	var units []ui.Option
	for _, u := range d.Units {
		if u.EndedOn == "" && u.Kind != org.Village && u.ID != x.Task.LeadUnit {
			units = append(units, ui.Option{Value: id.Format(u.ID), Label: u.ShortName})
		}
	}
	ui.Render(w, r, status, reportPage(route.Frame(r), reportView{Prefill: x, Form: f, Units: units}, refused))
	return nil
}

func (p *pages) submit(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, formFields...)
	if err != nil {
		return err
	}
	f, itemID := readForm(v), id.Parse(r.PathValue("id"))
	x, err := p.reports.Prefill(r.Context(), itemID, period.Month(f.Month))
	if err != nil {
		return err
	}
	d := campaign.ReportDraft{Draft: task.Draft{TaskID: itemID, Month: period.Month(f.Month), Cut: f.Cut, CutReason: f.CutReason, Progress: f.Progress,
		BlockerKind: strings.Join(f.Blockers, "、"), Blocker: f.Blocker, Help: f.Help, HelpUnit: id.Parse(f.HelpUnit), NextStep: f.NextStep}}
	var bad []errs.Field
	if d.Value, err = quantity("value", "累计完成", f.Value, x.Sheet.Measure); err != nil {
		bad = append(bad, errs.FieldsOf(err)...)
	}
	if len(f.Blockers) > 1 {
		for _, b := range f.Blockers {
			if b == task.NoBlocker {
				bad = append(bad, errs.Field{Name: "blocker_kind", Message: "选了“没有卡点”，又选了别的卡点。请去掉一样。"})
			}
		}
	}
	files, err := photos(r)
	bad = append(bad, errs.FieldsOf(err)...)
	if err != nil && errs.KindOf(err) != errs.Invalid {
		return err
	}
	d.Files = files
	var done campaign.Receipt
	if err = errs.Refuse(fmt.Sprintf("有 %d 处要改，改完就能交", len(bad)), bad...); err == nil {
		done, err = p.reports.SubmitReport(r.Context(), ui.RequestKey(r), d)
	}
	if err != nil {
		switch errs.KindOf(err) {
		case errs.Invalid, errs.Conflict:
			return p.show(w, r, route.Status(err), x, f, err)
		}
		return err
	}
	route.Redirect(w, r, "/reports/"+id.Format(done.ID))
	return nil
}

// photos looks at the files that came with the form. An empty file field is no file.
func photos(r *http.Request) (out []evidence.File, err error) {
	if r.MultipartForm == nil {
		return nil, nil
	}
	list := r.MultipartForm.File["photos"]
	if len(list) > maxFiles {
		return nil, errs.At("photos", "一次最多交 %d 个文件，现在是 %d 个。其余的交完后可以在任务页补交。", maxFiles, len(list))
	}
	for _, h := range list {
		if h.Size == 0 && h.Filename == "" {
			continue
		}
		f, err := h.Open()
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(f, evidence.MaxSize+1))
		f.Close()
		if err != nil {
			return nil, err
		}
		x, err := evidence.Inspect(h.Filename, b)
		if err != nil {
			if errs.KindOf(err) != errs.Invalid {
				return nil, err
			}
			words := errs.Say(err)
			if fs := errs.FieldsOf(err); len(fs) > 0 {
				words = fs[0].Message
			}
			return nil, errs.At("photos", "%s", words)
		}
		out = append(out, x)
	}
	return out, nil
}

func (p *pages) draft(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, formFields...)
	if err != nil {
		return err
	}
	f := readForm(v)
	if err := p.keep(r.Context(), id.Parse(r.PathValue("id")), f); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (p *pages) keep(ctx context.Context, itemID int64, f reportForm) error {
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return p.reports.SaveDraft(ctx, itemID, period.Month(f.Month), string(body))
}

func (p *pages) receipt(w http.ResponseWriter, r *http.Request) error {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	c, err := p.reports.Receipt(r.Context(), id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	v := receiptView{Receipt: c}
	if who.May(campaign.MayReport) && who.InUnit(c.UnitID) {
		list, err := p.reports.Todo(r.Context())
		if err != nil {
			return err
		}
		for _, x := range append(list.First, list.Due...) {
			if x.CanReport && x.Task.ID != c.TaskID && v.Next == nil {
				v.Next = &x
			}
		}
	}
	d, err := p.org.Look(r.Context())
	if err != nil {
		return err
	}
	v.HelpUnit = d.UnitName(c.HelpUnit)
	ui.Render(w, r, http.StatusOK, receiptPage(route.Frame(r), v))
	return nil
}

// withdraw takes the report back and keeps its words as the person's draft, so that the form opens with them.
func (p *pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	a, err := p.reports.WithdrawReport(r.Context(), ui.RequestKey(r), id.Parse(r.PathValue("id")), ui.RowVersion(r))
	if err != nil {
		return err
	}
	if err := p.keep(r.Context(), a.TaskID, of(a)); err != nil {
		return err
	}
	route.SetFlash(w, r, "已撤回，改好再交一次", "")
	route.Redirect(w, r, formHref(a.TaskID, a.Period))
	return nil
}

func formHref(taskID int64, m period.Month) string {
	return "/tasks/" + id.Format(taskID) + "/report?month=" + url.QueryEscape(string(m))
}

// reportView is the form with what it is judged against.
type reportView struct {
	campaign.Prefill
	Form  reportForm
	Units []ui.Option
}

func (v reportView) show(x amount.Scaled) string { return indicator.Show(x, v.Sheet.Measure) }

func (v reportView) step() string {
	if u, ok := amount.ParseUnit(v.Sheet.Measure); ok && u.Decimals() == 0 {
		return "1"
	}
	return "0.1"
}

// hint compares what stands in the box with last month and with where it should be.
func (v reportView) hint() string {
	var parts []string
	now, err := quantity("value", "累计完成", v.Form.Value, v.Sheet.Measure)
	if v.Before != nil && v.Before.Reported != nil {
		before := *v.Before.Reported
		s := fmt.Sprintf("%d 月 %s", v.Before.Period.Number(), v.show(before))
		if v.Before.Period == v.Month.Prev() {
			s = "上月 " + v.show(before)
		}
		if err == nil && now > before {
			s += "，本月新增 " + v.show(now-before)
		}
		parts = append(parts, s)
	}
	switch {
	case err == nil && now < v.Pace:
		parts = append(parts, "离应达还差 "+pace(v.Pace-now, v.Sheet.Measure))
	case err == nil:
		parts = append(parts, "已达到应达的 "+pace(v.Pace, v.Sheet.Measure))
	default:
		parts = append(parts, "应达 "+pace(v.Pace, v.Sheet.Measure))
	}
	return strings.Join(parts, "，")
}

// typed is the hint of any other value.
func (v reportView) typed() string {
	s := fmt.Sprintf("%d 月应达 %s", v.Month.Number(), pace(v.Pace, v.Sheet.Measure))
	if v.Before != nil && v.Before.Reported != nil {
		s = fmt.Sprintf("%d 月 %s，", v.Before.Period.Number(), v.show(*v.Before.Reported)) + s
	}
	return s
}

func (v reportView) title() string { return fmt.Sprintf("%d 月月报", v.Month.Number()) }

func (v reportView) lede() string {
	return fmt.Sprintf("%s　%d 月应达 %s　%s截止", v.Task.No, v.Month.Number(), pace(v.Pace, v.Sheet.Measure), weekday(v.DueOn))
}

// more says whether the fold with the further words must be open.
func (v reportView) more(bad []errs.Field) bool {
	if v.Form.Progress+v.Form.NextStep+v.Form.Blocker+v.Form.HelpUnit != "" {
		return true
	}
	return ui.Complaint("progress", bad)+ui.Complaint("next_step", bad)+ui.Complaint("blocker", bad) != ""
}

func (v reportView) draftAt() string {
	if v.Draft.Body == "" {
		return ""
	}
	return time.UnixMilli(v.Draft.At).In(period.Beijing).Format("15:04")
}

var blockers = func() (out []ui.Option) {
	for _, k := range task.BlockerKinds {
		out = append(out, ui.Option{Value: k, Label: k})
	}
	return out
}()

type receiptView struct {
	campaign.Receipt
	Next     *campaign.TodoItem
	HelpUnit string
}

// clock prints an instant as 2017-08-22 10:43.
func clock(ms int64) string {
	return time.UnixMilli(ms).In(period.Beijing).Format("2006-01-02 15:04")
}

// short prints a day as 8-25.
func short(day string) string {
	t, err := period.ParseDay(day)
	if err != nil {
		return day
	}
	return t.Format("1-2")
}

// weekday prints a day as 8-25（周五）.
func weekday(day string) string {
	t, err := period.ParseDay(day)
	if err != nil {
		return day
	}
	return t.Format("1-2") + "（周" + []string{"日", "一", "二", "三", "四", "五", "六"}[t.Weekday()] + "）"
}

func left(days int64) string {
	switch {
	case days < 0:
		return fmt.Sprintf("迟 %d 天", -days)
	case days == 0:
		return "今天"
	}
	return fmt.Sprintf("还有 %d 天", days)
}

// pace prints where a value should stand (应达) with one decimal at most, half up: it is a quotient, and more digits say nothing.
func pace(v amount.Scaled, measure string) string {
	const tenth = 1000 // of a Scaled
	return indicator.Show((v+tenth/2)/tenth*tenth, measure)
}

// lamp draws a task's light.
func lamp(l task.Light) viz.Light {
	return map[task.Light]viz.Light{task.Red: viz.Red, task.Amber: viz.Amber, task.Green: viz.Green, task.Done: viz.Done, task.NotDue: viz.NotDue, task.Missing: viz.Missing, task.Hold: viz.Hold}[l]
}
