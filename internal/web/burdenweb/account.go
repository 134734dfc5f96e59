package burdenweb

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/burden"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/viz"
)

type meterView struct {
	burden.Meter
	Before burden.Meter // the month before
	Rows   []burden.Load
	Over   int // units that pass a limit
	Dir    *org.Directory
	All    bool // all units, not only the reader's own
	Tally  burden.Tally
	Mine   []burden.Return // what is asked of the reader's unit in the month
}

func (p *Pages) meter(w http.ResponseWriter, r *http.Request) error {
	m := period.Month(r.URL.Query().Get("m"))
	if m == "" {
		m = period.MonthOf(p.Clock.Now())
	}
	mt, err := p.Account.MeterOf(r.Context(), m)
	if err != nil {
		return err
	}
	v := meterView{Meter: mt}
	if v.Before, err = p.Account.MeterOf(r.Context(), m.Prev()); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	if v.Tally, err = p.Mailbox.TallyOf(r.Context()); err != nil {
		return err
	}
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	v.All = who.Overseer()
	if !v.All {
		if v.Mine, err = p.mine(r, v.Dir.Unit(who.UnitID), m); err != nil {
			return err
		}
	}
	for _, x := range mt.Loads {
		if x.Sheets > 0 || x.Checks > 0 || !v.All {
			v.Rows = append(v.Rows, x)
		}
		if len(mt.Limit.Over(x)) > 0 {
			v.Over++
		}
	}
	slices.SortStableFunc(v.Rows, func(a, b burden.Load) int { return int(b.Minutes - a.Minutes) })
	f := frame(r, "减负账本")
	f.Lede = ui.Rich("%s", v.lede())
	ui.Render(w, r, http.StatusOK, meterPage(f, v))
	return nil
}

// mine lists the returns that are asked of a unit in a month; the program's own monthly return is asked of whoever leads a task.
func (p *Pages) mine(r *http.Request, u *org.Unit, m period.Month) (out []burden.Return, err error) {
	list, err := p.Account.Returns(r.Context())
	if err != nil || u == nil {
		return nil, err
	}
	for _, x := range list {
		if x.Asks(m) > 0 && (x.Audience == burden.PerTask || x.AskedOf(u)) {
			out = append(out, x)
		}
	}
	return out, nil
}

// lede is the month in one sentence.
func (v meterView) lede() string {
	whom := "各单位"
	if !v.All {
		whom = "本单位"
	}
	if v.Sheets == 0 {
		return v.Month.Chinese() + "没有要求" + whom + "填报。"
	}
	s := fmt.Sprintf("%s要求%s填 **%d 张**报表、**%d 项**，约 **%s**；系统带出 %d 项", v.Month.Chinese(), whom, v.Sheets, v.Fields, hours(v.Minutes), v.Held)
	if v.All && len(v.Rows) > 0 {
		s += fmt.Sprintf("。最多的是%s，%d 张，约 %s", v.Dir.UnitName(v.Rows[0].Unit), v.Rows[0].Sheets, hours(v.Rows[0].Minutes))
	}
	if v.Before.Sheets > 0 {
		switch d := v.Minutes - v.Before.Minutes; {
		case d < 0:
			s += "；比上月少 " + hours(-d)
		case d > 0:
			s += "；比上月多 " + hours(d)
		}
	}
	switch {
	case v.Limit.Version == 0:
		s += "。还没有设上限"
	case v.Over > 0 && v.All:
		s += fmt.Sprintf("。**%d 个单位超过上限**", v.Over)
	case v.Over > 0:
		s += "。**超过了上限**"
	case v.All:
		s += "。没有单位超过上限"
	default:
		s += "。没有超过上限"
	}
	return s + "。"
}

// facts are the counts of the month; a unit is told how it stands to the limits, the others how many pass them.
func (v meterView) facts() []ui.Fact {
	out := []ui.Fact{{Label: "报表", Value: num(v.Sheets) + " 张", Href: "/burden/returns"}, {Label: "要填", Value: num(v.Fields) + " 项"}, {Label: "系统带出", Value: num(v.Held) + " 项"}, {Label: "约需", Value: hours(v.Minutes)}}
	if v.All {
		out = append(out, ui.Fact{Label: "超上限单位", Value: num(int64(v.Over)) + " 个", Light: overLight(v.Over), Href: "/burden/limits"})
	} else if v.Limit.Version != 0 {
		out = append(out, ui.Fact{Label: "上限", Value: map[bool]string{true: "超了", false: "没有超"}[v.Over > 0], Light: overLight(v.Over), Href: "/burden/limits"})
	} else {
		out = append(out, ui.Fact{Label: "上限", Value: "没有设", Href: "/burden/limits"})
	}
	mail := ui.Fact{Label: "今年意见", Value: num(v.Tally.Total) + " 条", Href: "/feedback"}
	if v.Tally.Overdue > 0 {
		mail = ui.Fact{Label: "意见超期未答", Value: num(v.Tally.Overdue) + " 条", Light: viz.Red, Href: "/feedback"}
	}
	return append(out, mail)
}

// hours prints minutes as people say them.
func hours(minutes int64) string {
	switch {
	case minutes < 60:
		return fmt.Sprintf("%d 分钟", minutes)
	case minutes%60 == 0:
		return fmt.Sprintf("%d 小时", minutes/60)
	}
	return fmt.Sprintf("%d 小时 %d 分钟", minutes/60, minutes%60)
}

func monthHref(m period.Month) string { return "/burden?m=" + string(m) }

// over says whether a load passes the limit of that name.
func (v meterView) over(x burden.Load, what string) bool {
	return slices.ContainsFunc(v.Limit.Over(x), func(e burden.Excess) bool { return e.What == what })
}

type returnsView struct {
	Rows []burden.Return
	Held map[int64]bool // held up by a limit that nobody has signed for
	Dir  *org.Directory
	All  bool
	May  bool
}

func (p *Pages) returns(w http.ResponseWriter, r *http.Request) error {
	list, err := p.Account.Returns(r.Context())
	if err != nil {
		return err
	}
	v := returnsView{Held: map[int64]bool{}, All: r.URL.Query().Get("all") != ""}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	v.May = who.May(burden.MayPropose)
	var force, fields, held int64
	for _, x := range list {
		if x.State == burden.InForce {
			a, h := x.Asked()
			force, fields, held = force+1, fields+a, held+h
		}
		if x.State == burden.Proposed && x.SignedBy == 0 {
			y, err := p.Account.Return(r.Context(), x.ID)
			if err != nil {
				return err
			}
			v.Held[x.ID] = len(y.Over) > 0
		}
		if v.All || x.State == burden.InForce || x.State == burden.Proposed {
			v.Rows = append(v.Rows, x)
		}
	}
	stuck := ""
	for _, x := range v.Rows {
		if v.Held[x.ID] {
			stuck = "**《" + x.Name + "》超过上限，卡住了，等签字。**"
		}
	}
	f := frame(r, "报表清单")
	f.Crumbs = []ui.Crumb{{Href: "/burden", Label: "减负账本"}, {Label: "报表清单"}}
	f.Lede = ui.Rich("在用报表 **%d 张**，要填 **%d 项**，系统带出 %d 项。%s不在清单里的报表，单位可以不填，并请到“提意见”里告诉我们。", force, fields, held, stuck)
	if v.May {
		f.Actions = ui.LinkButton("/burden/returns/new", "申请新增报表", "plus", true)
	}
	ui.Render(w, r, http.StatusOK, returnsPage(f, v))
	return nil
}

// returnForm is a new return as typed.
type returnForm struct {
	Name, Basis, Source, Frequency, Minutes, Audience, From, Replaces, Why, Fields string
	Kinds, Units                                                                   []string
}

type newReturnView struct {
	Form     returnForm
	Replaces []ui.Option
	Kinds    []ui.Option
	Units    []ui.Option
}

func (p *Pages) newReturn(w http.ResponseWriter, r *http.Request) error {
	return p.showNewReturn(w, r, returnForm{From: string(period.MonthOf(p.Clock.Now()).Next()), Frequency: string(burden.Monthly)}, nil)
}

func (p *Pages) showNewReturn(w http.ResponseWriter, r *http.Request, form returnForm, refused error) error {
	list, err := p.Account.Returns(r.Context())
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	v := newReturnView{Form: form}
	for _, x := range list {
		if x.State == burden.InForce && x.OwnerUnit != 0 {
			v.Replaces = append(v.Replaces, ui.Option{Value: id.Format(x.ID), Label: x.Name})
		}
	}
	for _, k := range org.Kinds {
		if k != org.Office {
			v.Kinds = append(v.Kinds, ui.Option{Value: string(k), Label: k.Chinese()})
		}
	}
	for _, u := range d.Units {
		if u.EndedOn == "" && u.Kind != org.Office {
			v.Units = append(v.Units, ui.Option{Value: id.Format(u.ID), Label: u.ShortName})
		}
	}
	f := frame(r, "申请新增报表")
	f.Crumbs = []ui.Crumb{{Href: "/burden", Label: "减负账本"}, {Href: "/burden/returns", Label: "报表清单"}, {Label: "申请新增"}}
	f.Lede = ui.Rich("先看清单里有没有可以替代的；**已有的数据不能再要**，在填报项前加“=”，由系统带出。")
	ui.Render(w, r, route.Status(refused), newReturnPage(f, v, refused))
	return nil
}

func (p *Pages) propose(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "name", "basis", "source", "frequency", "minutes", "audience", "kinds", "units", "from", "replaces", "why_new", "fields")
	if err != nil {
		return err
	}
	f := returnForm{v.Get("name"), v.Get("basis"), v.Get("source"), v.Get("frequency"), v.Get("minutes"), v.Get("audience"), v.Get("from"), v.Get("replaces"), v.Get("why_new"), v.Get("fields"), v["kinds"], v["units"]}
	d := burden.ReturnDraft{Name: f.Name, Basis: f.Basis, Source: f.Source, Frequency: burden.Frequency(f.Frequency), Minutes: whole(f.Minutes), Audience: burden.Audience(f.Audience),
		From: period.Month(strings.TrimSpace(f.From)), Replaces: id.Parse(f.Replaces), WhyNew: f.Why, Fields: strings.Split(f.Fields, "\n")}
	for _, k := range f.Kinds {
		d.Kinds = append(d.Kinds, org.Kind(k))
	}
	for _, u := range f.Units {
		d.Units = append(d.Units, id.Parse(u))
	}
	n, err := p.Account.ProposeReturn(r.Context(), ui.RequestKey(r), d)
	if err != nil {
		return again(err, func(err error) error { return p.showNewReturn(w, r, f, err) })
	}
	route.SetFlash(w, r, "已提出，等审批", "")
	route.Redirect(w, r, "/burden/returns/"+id.Format(n))
	return nil
}

// typed is what was typed into one of the small forms of a return, when it was refused.
type typed struct{ form, text string }

type returnView struct {
	burden.Review
	Dir   *org.Directory
	Today string
	Typed typed
}

// overUnit is a unit that would pass limits, with all that it would pass.
type overUnit struct {
	Name, Text string
}

func (v returnView) overUnits() (out []overUnit) {
	last := int64(0)
	for _, o := range v.Over {
		if o.Unit == last {
			out[len(out)-1].Text += "；" + o.String()
			continue
		}
		last = o.Unit
		out = append(out, overUnit{v.Dir.UnitName(o.Unit), o.String()})
	}
	return out
}

// answer is the certified value that fills in a field for the reader's unit; "" if the reader's unit has none.
func (v returnView) answer(item string) string {
	for _, a := range v.Answers {
		if a.Item == item && a.Month != "" {
			return fmt.Sprintf("%s　%s（%s认定）", v.Dir.UnitName(a.Unit), indicator.Show(a.Value, a.Measure), a.Month.Chinese())
		}
	}
	return ""
}

func (p *Pages) showReturn(w http.ResponseWriter, r *http.Request) error {
	return p.renderReturn(w, r, typed{}, nil)
}

func (p *Pages) renderReturn(w http.ResponseWriter, r *http.Request, t typed, refused error) error {
	x, err := p.Account.Return(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	v := returnView{Review: x, Today: p.today(), Typed: t}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	f := frame(r, x.Name)
	f.Crumbs = []ui.Crumb{{Href: "/burden", Label: "减负账本"}, {Href: "/burden/returns", Label: "报表清单"}, {Label: x.Name}}
	f.Beside = ui.Tag(x.State.Chinese(), tone(x.State))
	asked, held := x.Asked()
	lede := fmt.Sprintf("%s要%s填，%s，每张 **%d 项**，约 %s；系统带出 %d 项。", owner(v.Dir, x.Return), audience(v.Dir, x.Return), x.Frequency.Chinese(), asked, hours(x.Minutes), held)
	if n := len(v.overUnits()); n > 0 {
		if x.SignedBy == 0 {
			lede += fmt.Sprintf("批准以后 **%d 个单位超过减负上限，先卡住**，要%s负责人或区领导签字写明理由。", n, owner(v.Dir, x.Return))
		} else {
			lede += fmt.Sprintf("批准以后 %d 个单位超过减负上限，**%s已签字**，可以审批。", n, v.Dir.PersonName(x.SignedBy))
		}
		if x.SignedBy == 0 {
			f.Beside = ui.Tag("超过上限，等签字", ui.Bad)
		}
	}
	f.Lede = ui.Rich("%s", lede)
	ui.Render(w, r, route.Status(refused), returnPage(f, v, refused))
	return nil
}

func (p *Pages) act(form, field, done string, do func(r *http.Request, v url.Values) error, names ...string) route.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := route.Form(r, append(names, field)...)
		if err != nil {
			return err
		}
		if err := do(r, v); err != nil {
			return again(err, func(err error) error { return p.renderReturn(w, r, typed{form, v.Get(field)}, err) })
		}
		route.SetFlash(w, r, done, "")
		route.Redirect(w, r, "/burden/returns/"+id.Format(pathID(r)))
		return nil
	}
}

func (p *Pages) sign(w http.ResponseWriter, r *http.Request) error {
	return p.act("sign", "reason", "已签字", func(r *http.Request, v url.Values) error {
		return p.Account.SignOver(r.Context(), ui.RequestKey(r), pathID(r), ui.RowVersion(r), v.Get("reason"))
	})(w, r)
}

func (p *Pages) decide(w http.ResponseWriter, r *http.Request) error {
	return p.act("decide", "words", "已审批", func(r *http.Request, v url.Values) error {
		if a := v.Get("approve"); a != "yes" && a != "no" {
			return errs.New(errs.Invalid, "请点“批准”或“不批准”。")
		}
		return p.Account.DecideReturn(r.Context(), ui.RequestKey(r), pathID(r), ui.RowVersion(r), v.Get("approve") == "yes", v.Get("words"))
	}, "approve")(w, r)
}

func (p *Pages) end(w http.ResponseWriter, r *http.Request) error {
	return p.act("end", "words", "已停用，下个月起不再要", func(r *http.Request, v url.Values) error {
		return p.Account.EndReturn(r.Context(), ui.RequestKey(r), pathID(r), ui.RowVersion(r), v.Get("words"))
	})(w, r)
}

func tone(s burden.ReturnState) ui.Tone {
	switch s {
	case burden.InForce:
		return ui.Good
	case burden.Proposed:
		return ui.Warn
	case burden.Refused:
		return ui.Bad
	}
	return ui.Plain
}

func owner(d *org.Directory, r burden.Return) string {
	if r.OwnerUnit == 0 {
		return "本系统"
	}
	return d.UnitName(r.OwnerUnit)
}

func audience(d *org.Directory, r burden.Return) string {
	if r.Frequency == burden.OnEvent && r.OwnerUnit == 0 {
		return "收到的单位"
	}
	switch r.Audience {
	case burden.ByKind:
		var out []string
		for _, k := range r.Kinds {
			out = append(out, k.Chinese())
		}
		return strings.Join(out, "、")
	case burden.ByUnit:
		var out []string
		for _, u := range r.Units {
			out = append(out, d.UnitName(u))
		}
		return strings.Join(out, "、")
	}
	return "每项任务的牵头单位"
}

// limitsForm is the form of the limits as typed.
type limitsForm struct{ Sheets, Fields, Minutes, Checks, Basis string }

func (p *Pages) limits(w http.ResponseWriter, r *http.Request) error {
	return p.showLimits(w, r, nil, nil)
}

func (p *Pages) showLimits(w http.ResponseWriter, r *http.Request, form *limitsForm, refused error) error {
	l, err := p.Account.LimitNow(r.Context())
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	if form == nil {
		form = &limitsForm{num(l.Sheets), num(l.Fields), num(l.Minutes), num(l.Checks), l.Basis}
	}
	f := frame(r, "减负上限")
	f.Crumbs = []ui.Crumb{{Href: "/burden", Label: "减负账本"}, {Label: "减负上限"}}
	f.Lede = ui.Rich("每个单位每月最多要填多少、受多少次检查。超过上限的新报表**先卡住**，要由提出单位负责人或区领导签字写明理由，才能审批。")
	ui.Render(w, r, route.Status(refused), limitsPage(f, l, *form, who.May(burden.MayLimit), d.PersonName(l.SetBy), p.today(), refused))
	return nil
}

func (p *Pages) setLimits(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "sheets", "fields", "minutes", "checks", "basis")
	if err != nil {
		return err
	}
	f := limitsForm{v.Get("sheets"), v.Get("fields"), v.Get("minutes"), v.Get("checks"), v.Get("basis")}
	l := burden.Limit{Sheets: whole(f.Sheets), Fields: whole(f.Fields), Minutes: whole(f.Minutes), Checks: whole(f.Checks), Basis: f.Basis, Version: ui.RowVersion(r)}
	if err := p.Account.SetLimit(r.Context(), ui.RequestKey(r), l); err != nil {
		return again(err, func(err error) error { return p.showLimits(w, r, &f, err) })
	}
	route.SetFlash(w, r, "上限已存", "")
	route.Redirect(w, r, "/burden/limits")
	return nil
}

// stateForm is what was typed into the confirmation of a clause.
type stateForm struct{ Clause, Met, Text string }

type checkView struct {
	burden.Sheet
	May   bool
	Form  stateForm
	Dir   *org.Directory
	Today string
	Open  string // the clause whose form is open
}

func (p *Pages) check(w http.ResponseWriter, r *http.Request) error {
	return p.showCheck(w, r, stateForm{Clause: r.URL.Query().Get("open")}, nil)
}

func (p *Pages) showCheck(w http.ResponseWriter, r *http.Request, form stateForm, refused error) error {
	s, err := p.Account.SelfCheck(r.Context())
	if err != nil {
		return err
	}
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	v := checkView{Sheet: s, May: who.May(burden.MayState), Form: form, Today: p.today()}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	if i := slices.IndexFunc(s.Clauses, func(c burden.Clause) bool { return c.Key == form.Clause && c.Asks != "" }); v.May && i >= 0 {
		v.Open = form.Clause
		if c := s.Clauses[i]; refused == nil && c.Stated != nil {
			v.Form.Text, v.Form.Met = c.Stated.Text, map[bool]string{true: "yes", false: "no"}[c.Stated.Met]
		}
	}
	f := frame(r, "规定自查表")
	f.Heading = "对照国办函〔2026〕12号自查表"
	f.Crumbs = []ui.Crumb{{Href: "/burden", Label: "减负账本"}, {Label: "规定自查"}}
	f.Lede = ui.Rich("《政务移动互联网应用程序规范化管理办法》要点 **%d 条**：符合 **%d** 条，不符合 **%d** 条%s，待单位确认 **%d** 条%s。", len(s.Clauses), s.Met, s.Unmet, which(s, burden.Unmet), s.Unconfirmed, which(s, burden.Pending))
	f.AsOf = time.UnixMilli(s.At).In(period.Beijing).Format("2006-01-02 15:04")
	f.Actions = ui.PrintButton("打印")
	ui.Render(w, r, route.Status(refused), checkPage(f, v, refused))
	return nil
}

// which names the clauses that stand so by their numbers.
func which(s burden.Sheet, st burden.Standing) string {
	var out []string
	for i, c := range s.Clauses {
		if c.Standing == st {
			out = append(out, num(int64(i+1)))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "（第 " + strings.Join(out, "、") + " 条）"
}

func (p *Pages) state(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "met", "text")
	if err != nil {
		return err
	}
	f := stateForm{r.PathValue("clause"), v.Get("met"), v.Get("text")}
	if f.Met != "yes" && f.Met != "no" {
		return p.showCheck(w, r, f, errs.At("met", "还没有选符合还是不符合。"))
	}
	if err := p.Account.State(r.Context(), ui.RequestKey(r), f.Clause, f.Met == "yes", f.Text); err != nil {
		return again(err, func(err error) error { return p.showCheck(w, r, f, err) })
	}
	route.SetFlash(w, r, "已确认", "")
	route.Redirect(w, r, "/burden/check")
	return nil
}
