package conductweb

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"duban/internal/area/conduct"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/viz"
)

const pageSize = 30

type signalsView struct {
	Rows    []conduct.Signal
	Symptom conduct.Symptom
	State   string // "" for all that are not archived, a stage, archived, or all
	Next    string
	Tally   conduct.Tally
	Dir     *org.Directory
	Who     auth.Actor
	Today   string
	Reader  bool
	Month   string // typed into the form of detection
}

func (p *Pages) signals(w http.ResponseWriter, r *http.Request) error {
	return p.showSignals(w, r, "", nil)
}

func (p *Pages) showSignals(w http.ResponseWriter, r *http.Request, month string, refused error) (err error) {
	q := r.URL.Query()
	v := signalsView{Symptom: conduct.Symptom(q.Get("symptom")), State: q.Get("s"), Today: p.today(), Month: month}
	if v.Symptom.Chinese() == "" {
		v.Symptom = ""
	}
	f := conduct.SignalFilter{Symptom: v.Symptom, Before: id.Parse(q.Get("before")), Limit: pageSize + 1}
	switch {
	case conduct.Stage(v.State).Chinese() != "":
		f.Stage = conduct.Stage(v.State)
	case v.State == string(conduct.Archived):
		f.State = conduct.Archived
	case v.State != "all":
		v.State, f.Live = "", true
	}
	if v.Who, err = actor(r); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	if v.Reader, err = p.Exams.AmReader(r.Context()); err != nil {
		return err
	}
	if v.Rows, err = p.Signals.Signals(r.Context(), f); err != nil {
		return err
	}
	if v.Tally, err = p.Signals.SignalTally(r.Context()); err != nil {
		return err
	}
	if len(v.Rows) > pageSize {
		v.Rows = v.Rows[:pageSize]
		v.Next = v.href(v.Symptom, v.State, v.Rows[pageSize-1].ID)
	}
	if v.Month == "" {
		v.Month = string(period.MonthOf(p.Clock.Now()).Prev())
	}
	fr := frame(r, "作风线索")
	fr.Crumbs = []ui.Crumb{{Href: "/conduct", Label: "精气神"}, {Label: "作风线索"}}
	fr.Lede = ui.Rich("%s", v.lede())
	if v.Who.May(conduct.MayKeep) {
		fr.Actions = ui.LinkButton("/conduct/signals/new", "登记线索", "plus", true)
	}
	ui.Render(w, r, route.Status(refused), signalsPage(fr, v, refused))
	return nil
}

// all reports whether the reader sees the signals of other units.
func (v signalsView) all() bool { return v.Who.May(conduct.MayKeep) || v.Who.Has(auth.Leader) }

// lede says what waits for whom; a unit is told what it has to do.
func (v signalsView) lede() string {
	t := v.Tally
	if !v.all() {
		if n := t.Live[conduct.Waiting] + t.Live[conduct.Silence]; n > 0 {
			return fmt.Sprintf("本单位有 **%d 条**等您说明，从收到起 10 个工作日内。线索只是提示，不计分；把情况讲清楚就可以。", n)
		}
		if n := t.Live[conduct.Righting]; n > 0 {
			return fmt.Sprintf("本单位有 **%d 条**要整改、报告。没有等说明的线索。", n)
		}
		return "本单位没有等说明的线索。线索只是提示，不计分。"
	}
	if t.Raised == 0 && t.Open() == 0 {
		return "今年还没有线索。线索从工作数据和督查记录来，是请人看一看的提示，不计分。"
	}
	s := fmt.Sprintf("在办 **%d 条**", t.Open())
	if n := t.Live[conduct.Silence]; n > 0 {
		s += fmt.Sprintf("，其中 **%d 条逾期未说明**", n)
	}
	if n := t.Live[conduct.Judging]; n > 0 {
		s += fmt.Sprintf("，**%d 条等认定**", n)
	}
	if n := t.Found(); n > 0 {
		s += fmt.Sprintf("。今年已认定 %d 条：%s", n, found(t))
	}
	return s + "。线索是请人看一看的提示，不计分。"
}

// found lists what panels have found this year, the gravest first.
func found(t conduct.Tally) string {
	var out []string
	for _, o := range slices.Backward(conduct.Outcomes) {
		if n := t.Outcomes[o]; n > 0 {
			out = append(out, o.Chinese()+" "+num(n))
		}
	}
	return strings.Join(out, "、")
}

func (v signalsView) href(sy conduct.Symptom, state string, before int64) string {
	q := url.Values{}
	if sy != "" {
		q.Set("symptom", string(sy))
	}
	if state != "" {
		q.Set("s", state)
	}
	if before != 0 {
		q.Set("before", id.Format(before))
	}
	if len(q) == 0 {
		return "/conduct/signals"
	}
	return "/conduct/signals?" + q.Encode()
}

// standing is a signal's light and word.
func standing(x conduct.Signal, today string) (viz.Light, string) {
	switch st := x.Stage(today); {
	case st == conduct.Silence:
		return viz.Red, st.Chinese()
	case st == conduct.Righting && today > x.MendByOn:
		return viz.Red, "整改超期"
	case st == conduct.Righting:
		return viz.Amber, "整改，" + short(x.MendByOn, today) + " 前"
	case st == "":
		return viz.Done, x.Outcome.Chinese() + "，已归档"
	case x.State == conduct.Mended:
		return viz.NotDue, "已报整改，待归档"
	case st == conduct.Closing && (x.Outcome == conduct.None || x.Outcome == conduct.Exempt):
		return viz.Green, x.Outcome.Chinese() + "，待归档"
	case st == conduct.Closing:
		return viz.Amber, x.Outcome.Chinese() + "，待归档"
	default:
		return viz.NotDue, st.Chinese()
	}
}

// sourceMark begins the line that says what a signal entered by hand rests on.
const sourceMark = "来源："

// facts splits what is kept of a signal into what was seen and what it rests on.
func facts(x conduct.Signal) (seen []string, source string) {
	for _, f := range x.Features {
		if s, ok := strings.CutPrefix(f, sourceMark); ok {
			source = s
		} else {
			seen = append(seen, f)
		}
	}
	return seen, source
}

// seen is what the data say, in one line.
func seen(x conduct.Signal) string {
	list, _ := facts(x)
	for i := range list {
		list[i] = strings.TrimSuffix(list[i], "。")
	}
	return strings.Join(list, "；")
}

func (p *Pages) detect(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "month")
	if err != nil {
		return err
	}
	n, err := p.Signals.DetectMonth(r.Context(), ui.RequestKey(r), period.Month(v.Get("month")))
	if err != nil {
		return again(err, func(err error) error { return p.showSignals(w, r, v.Get("month"), err) })
	}
	route.SetFlash(w, r, fmt.Sprintf("已查看 %s 的工作数据，新增 %d 条线索，已送单位说明", period.Month(v.Get("month")).Chinese(), n), "")
	route.Redirect(w, r, "/conduct/signals")
	return nil
}

func (p *Pages) newSignal(w http.ResponseWriter, r *http.Request) error {
	return p.showNewSignal(w, r, typed{form: "new", v: url.Values{"month": {string(period.MonthOf(p.Clock.Now()))}}}, nil)
}

func (p *Pages) showNewSignal(w http.ResponseWriter, r *http.Request, t typed, refused error) error {
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	f := frame(r, "登记线索", ui.Crumb{Href: "/conduct/signals", Label: "作风线索"})
	f.Lede = ui.Rich("写工作上的事实，不写对人的看法。登记后**先送单位说明**，10 个工作日以后才能认定。")
	ui.Render(w, r, route.Status(refused), newSignalPage(f, d, t, refused))
	return nil
}

func (p *Pages) raise(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "symptom", "unit", "title", "fact", "basis", "month")
	if err != nil {
		return err
	}
	n, err := p.Signals.RaiseSignal(r.Context(), ui.RequestKey(r), conduct.SignalDraft{Symptom: conduct.Symptom(v.Get("symptom")), UnitID: id.Parse(v.Get("unit")), Title: v.Get("title"), Fact: v.Get("fact"),
		Basis: v.Get("basis"), Month: period.Month(v.Get("month"))})
	if err != nil {
		return again(err, func(err error) error { return p.showNewSignal(w, r, typed{"new", v}, err) })
	}
	route.SetFlash(w, r, "已登记，已送单位说明", "")
	route.Redirect(w, r, signalHref(n))
	return nil
}

func signalHref(n int64) string { return "/conduct/signals/" + id.Format(n) }

// noClaim is the choice of a unit that does not ask to be forgiven.
const noClaim = "no"

type signalView struct {
	conduct.SignalView
	Dir    *org.Directory
	Today  string
	Typed  typed
	People []ui.Option
	Me     string
}

func (p *Pages) signal(w http.ResponseWriter, r *http.Request) error {
	return p.showSignal(w, r, typed{}, nil)
}

func (p *Pages) showSignal(w http.ResponseWriter, r *http.Request, t typed, refused error) error {
	x, err := p.Signals.Signal(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	v := signalView{SignalView: x, Today: p.today(), Typed: t}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	if x.MayFind {
		v.People = peopleOptions(v.Dir, x.UnitID)
		who, err := actor(r)
		if err != nil {
			return err
		}
		v.Me = id.Format(who.ID)
	}
	f := frame(r, x.Symptom.Chinese()+"："+x.Title, ui.Crumb{Href: "/conduct/signals", Label: "作风线索"})
	f.Crumbs[2].Label = "线索 " + x.No
	f.Lede = ui.Rich("%s", signalLede(v))
	ui.Render(w, r, route.Status(refused), signalPage(f, v, refused))
	return nil
}

func signalLede(v signalView) string {
	unit := v.Dir.UnitName(v.UnitID)
	switch {
	case v.Silent(v.Today):
		return fmt.Sprintf("%s没有在 **%s** 前说明，可以直接认定；认定前仍可补说明。", unit, short(v.DueOn, v.Today))
	case v.State == conduct.Shown:
		if v.MayExplain {
			return fmt.Sprintf("请在 **%s** 前说明：属实不属实，为什么，打算怎么办。说明以前不认定，只有本单位和督查室看得到。", short(v.DueOn, v.Today))
		}
		return fmt.Sprintf("等%s说明，期限 **%s**。说明以前不认定，只有单位和督查室看得到。", unit, short(v.DueOn, v.Today))
	case v.State == conduct.Explained:
		return fmt.Sprintf("%s已经说明，**等认定小组认定**。", unit)
	case v.State == conduct.Found && v.Outcome == conduct.Mend:
		return fmt.Sprintf("认定为**整改**，期限 **%s**，等%s报告。", short(v.MendByOn, v.Today), unit)
	case v.State == conduct.Found:
		return fmt.Sprintf("认定为**%s**，办完就归档。", v.Outcome.Chinese())
	case v.State == conduct.Mended:
		return "单位已报告整改，**等核对归档**。"
	}
	return fmt.Sprintf("认定为**%s**，已归档。", v.Outcome.Chinese())
}

// course is the way of a signal.
func course(v signalView) []ui.Step {
	at := slices.Index(conduct.States, v.State)
	list := []ui.Step{{Label: "送单位说明", Note: day(v.RaisedAt, v.Today)}, {Label: "单位说明", Note: day(v.ExplainedAt, v.Today)}, {Label: "小组认定", Note: day(v.FoundAt, v.Today)}}
	if v.Outcome == conduct.Mend {
		list = append(list, ui.Step{Label: "整改", Note: day(v.MendedAt, v.Today)})
	}
	list = append(list, ui.Step{Label: "归档", Note: day(v.ArchivedAt, v.Today)})
	now := at + 1
	if v.Outcome != conduct.Mend && at >= slices.Index(conduct.States, conduct.Found) {
		now = 3
	}
	for i := range list {
		list[i].Done = i < now || v.State == conduct.Archived
		list[i].Now = i == now && v.State != conduct.Archived
	}
	return list
}

func (p *Pages) act(form, done string, do func(r *http.Request, v url.Values) error, fields ...string) route.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := route.Form(r, fields...)
		if err != nil {
			return err
		}
		if err := do(r, v); err != nil {
			return again(err, func(err error) error { return p.showSignal(w, r, typed{form, v}, err) })
		}
		route.SetFlash(w, r, done, "")
		route.Redirect(w, r, signalHref(pathID(r)))
		return nil
	}
}

func (p *Pages) explain(w http.ResponseWriter, r *http.Request) error {
	return p.act("explain", "说明已提交，等认定小组认定", func(r *http.Request, v url.Values) error {
		claim := conduct.Distinction(v.Get("claim"))
		if claim == noClaim {
			claim = ""
		}
		return p.Signals.Explain(r.Context(), ui.RequestKey(r), pathID(r), ui.RowVersion(r), v.Get("explanation"), claim)
	}, "explanation", "claim")(w, r)
}

func (p *Pages) find(w http.ResponseWriter, r *http.Request) error {
	return p.act("find", "认定已录入", func(r *http.Request, v url.Values) error {
		return p.Signals.Find(r.Context(), ui.RequestKey(r), pathID(r), ui.RowVersion(r), conduct.FindDraft{Outcome: conduct.Outcome(v.Get("outcome")), Ground: v.Get("ground"), Panel: ids(v["panel"]), MendByOn: v.Get("mend_by")})
	}, "outcome", "ground", "panel", "mend_by")(w, r)
}

func (p *Pages) mend(w http.ResponseWriter, r *http.Request) error {
	return p.act("mend", "整改已报告", func(r *http.Request, v url.Values) error {
		return p.Signals.ReportMending(r.Context(), ui.RequestKey(r), pathID(r), ui.RowVersion(r), v.Get("mending"))
	}, "mending")(w, r)
}

func (p *Pages) archive(w http.ResponseWriter, r *http.Request) error {
	return p.act("archive", "已归档", func(r *http.Request, v url.Values) error {
		return p.Signals.Archive(r.Context(), ui.RequestKey(r), pathID(r), ui.RowVersion(r), v.Get("closing"))
	}, "closing")(w, r)
}

// ruleField is one number of the rules.
type ruleField struct{ name, label, unit, hint string }

var ruleFields = []ruleField{
	{"late_days", "签收超过几天算迟", "个工作日", "不急不忙之一。"},
	{"late_count", "三个月里迟签几件算一条", "件", ""},
	{"use_percent", "平均用去时限超过", "%", "不急不忙之二。"},
	{"use_count", "至少办过几件才算平均", "件", ""},
	{"extensions", "同一任务延期几次算一条", "次", "不急不忙之三。"},
	{"unhurried_parts", "不急不忙：三条里占几条才出线索", "条", ""},
	{"similar_percent", "与上月文字雷同超过", "%", "不冷不热之一；另两条是没有进度、不讲困难。"},
	{"lukewarm_parts", "不冷不热：三条里占几条才出线索", "条", ""},
	{"toothless_parts", "不疼不痒：两条里占几条才出线索", "条", "销号又反弹、整改不说原因。"},
}

func ruleValues(r conduct.Rules) url.Values {
	out := url.Values{"basis": {r.Basis}}
	for i, n := range []int64{r.LateDays, r.LateCount, r.UsePercent, r.UseCount, r.Extensions, r.UnhurriedParts, r.SimilarPercent, r.LukewarmParts, r.ToothlessParts} {
		out.Set(ruleFields[i].name, num(n))
	}
	return out
}

func (p *Pages) rules(w http.ResponseWriter, r *http.Request) error {
	return p.showRules(w, r, nil, nil)
}

func (p *Pages) showRules(w http.ResponseWriter, r *http.Request, v url.Values, refused error) error {
	now, err := p.Signals.RulesNow(r.Context())
	if err != nil {
		return err
	}
	who, err := actor(r)
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	if v == nil {
		v = ruleValues(now)
	}
	f := frame(r, "线索规则", ui.Crumb{Href: "/conduct/signals", Label: "作风线索"})
	f.Lede = ui.Rich("什么样的工作数据会出线索，都写在这里，**对谁都一样**。不看谁什么时候登录、在线多久。")
	ui.Render(w, r, route.Status(refused), rulesPage(f, now, v, who.May(conduct.MayRule), d.PersonName(now.SetBy), p.today(), refused))
	return nil
}

func (p *Pages) setRules(w http.ResponseWriter, r *http.Request) error {
	names := []string{"basis"}
	for _, f := range ruleFields {
		names = append(names, f.name)
	}
	v, err := route.Form(r, names...)
	if err != nil {
		return err
	}
	n := func(name string) int64 { return whole(v.Get(name)) }
	rules := conduct.Rules{LateDays: n("late_days"), LateCount: n("late_count"), UsePercent: n("use_percent"), UseCount: n("use_count"), Extensions: n("extensions"), UnhurriedParts: n("unhurried_parts"),
		SimilarPercent: n("similar_percent"), LukewarmParts: n("lukewarm_parts"), ToothlessParts: n("toothless_parts"), Basis: v.Get("basis"), Version: ui.RowVersion(r)}
	if err := p.Signals.SetRules(r.Context(), ui.RequestKey(r), rules); err != nil {
		return again(err, func(err error) error { return p.showRules(w, r, v, err) })
	}
	route.SetFlash(w, r, "规则已存，以后的线索按新规则出", "")
	route.Redirect(w, r, "/conduct/rules")
	return nil
}
