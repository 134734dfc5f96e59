package taskweb

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// rule is one sentence of a policy with the light that it gives.
type rule struct {
	Light task.Light
	Text  string
}

// rulesOf puts a policy into words, the most urgent light first. It is pure.
//
// Source: domain 16.1.
func rulesOf(p task.Policy) (out []rule) {
	unit := " 个百分点"
	if p.Base == "relative" {
		unit = "%（按应达的比例）"
	}
	within, over := "以内（含）", "超过 "+p.RedBeyond+unit
	if !p.AmberIncludesBound {
		within, over = "以内（不含）", "达到或超过 "+p.RedBeyond+unit
	}
	days := func(n int) string { return strconv.Itoa(n) + " 天" }
	behind := "落后于应达"
	if p.Tolerance != "0" {
		behind = "落后超过 " + p.Tolerance + unit
	}
	switch {
	case p.RedOnMiss:
		out = append(out, rule{task.Red, "当月" + behind + "；后来补上的转黄灯"})
	case p.QuarterOnly:
		out = append(out, rule{task.Red, "季度末月" + behind}, rule{task.Amber, "其他月份" + behind})
	default:
		out = append(out, rule{task.Red, "落后" + over})
		amber := "落后 " + p.RedBeyond + unit + within
		if p.Tolerance != "0" {
			amber = "落后超过 " + p.Tolerance + unit + "、在 " + p.RedBeyond + unit + within
		}
		out = append(out, rule{task.Amber, amber})
	}
	if p.OverdueRedDays == 0 {
		out = append(out, rule{task.Red, "节点或时限超期"})
	} else {
		out = append(out, rule{task.Red, "节点或时限超期超过 " + days(p.OverdueRedDays)}, rule{task.Amber, "节点或时限超期 1 至 " + days(p.OverdueRedDays)})
	}
	green := "不落后于应达"
	if p.Tolerance != "0" {
		green = "不落后，或落后不超过 " + p.Tolerance + unit
	}
	out = append(out, rule{task.Missing, "次月 " + strconv.Itoa(p.DueDay) + " 日（遇休息日顺延）前没有报进展；不沿用上月的灯"}, rule{task.Green, green},
		rule{task.NotDue, "计划还没有开始，或还没到填报截止日"}, rule{task.Hold, "已批准中止"}, rule{task.Done, "已办结并经责任单位以外的人核验"})
	slices.SortStableFunc(out, func(a, b rule) int { return int(a.Light.Rank() - b.Light.Rank()) })
	return out
}

// policiesView is the page of rules.
type policiesView struct {
	task.Rules
	May bool
}

// latest lists the versions, the newest first.
func (v policiesView) latest() []task.Policy {
	list := slices.Clone(v.List)
	slices.Reverse(list)
	return list
}

func (p *Pages) policies(w http.ResponseWriter, r *http.Request) error {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	rules, err := p.Tasks.Policies(r.Context())
	if err != nil {
		return err
	}
	v := policiesView{rules, who.May(task.MayAdopt)}
	f := route.Frame(r)
	f.Title = "亮灯规则"
	switch {
	case rules.Now.Revision == 0:
		f.Lede = ui.Rich("%s按**默认规则**亮灯：还没有发布本区的规则。灯由规则算出，谁也不能手改。", rules.Month.Chinese())
	default:
		f.Lede = ui.Rich("%s按**%s**（第 %d 版，%s）亮灯，%s起执行。灯由规则算出，谁也不能手改。", rules.Month.Chinese(), rules.Now.Name, rules.Now.Revision, rules.Now.DocNo, rules.Now.FromMonth.Chinese())
	}
	if v.May {
		f.Actions = ui.LinkButton("/policies/adopt", "发布新规则", "plus", true)
	}
	ui.Render(w, r, http.StatusOK, policiesPage(f, v))
	return nil
}

// adoption is the form as typed.
type adoption struct {
	Name, Source, DocNo, From, Base, Tolerance, RedBeyond, Bound, Mode, Overdue, DueDay string
}

var adoptionFields = []string{"name", "source", "doc_no", "from_month", "base", "tolerance", "red_beyond", "bound", "mode", "overdue_red_days", "due_day"}

func adoptionOf(p task.Policy, from period.Month) adoption {
	f := adoption{Name: p.Name, Source: p.Source, From: string(from), Base: p.Base, Tolerance: p.Tolerance, RedBeyond: p.RedBeyond, Mode: "points", Overdue: strconv.Itoa(p.OverdueRedDays), DueDay: strconv.Itoa(p.DueDay), Bound: "amber"}
	if !p.AmberIncludesBound {
		f.Bound = "red"
	}
	if p.RedOnMiss {
		f.Mode = "miss"
	}
	if p.QuarterOnly {
		f.Mode = "quarter"
	}
	return f
}

func adoptionTyped(v url.Values) adoption {
	g := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	return adoption{g("name"), g("source"), g("doc_no"), g("from_month"), g("base"), g("tolerance"), g("red_beyond"), g("bound"), g("mode"), g("overdue_red_days"), g("due_day")}
}

// policy reads the form. What package task refuses it refuses itself. It is pure.
func (f adoption) policy() (task.Policy, error) {
	p := task.Policy{Name: f.Name, Source: f.Source, DocNo: f.DocNo, FromMonth: period.Month(f.From), Base: f.Base, Tolerance: f.Tolerance, RedBeyond: f.RedBeyond, AmberIncludesBound: f.Bound != "red", RedOnMiss: f.Mode == "miss", QuarterOnly: f.Mode == "quarter"}
	var bad []errs.Field
	number := func(name, label, text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			bad = append(bad, errs.Field{Name: name, Message: "“" + label + "”写成了“" + text + "”，请写整数，如 15。"})
		}
		return n
	}
	p.OverdueRedDays = number("overdue_red_days", "超期几天以上为红灯", f.Overdue)
	p.DueDay = number("due_day", "填报截止日", f.DueDay)
	return p, errs.Refuse("亮灯规则还没存上", bad...)
}

func (p *Pages) adoptForm(w http.ResponseWriter, r *http.Request) error {
	rules, err := p.Tasks.Policies(r.Context())
	if err != nil {
		return err
	}
	preset := rules.Now
	if n, err := strconv.Atoi(r.URL.Query().Get("preset")); err == nil && n >= 0 && n < len(task.Presets) {
		preset = task.Presets[n]
	}
	return p.showAdopt(w, r, adoptionOf(preset, rules.Earliest), nil)
}

func (p *Pages) showAdopt(w http.ResponseWriter, r *http.Request, form adoption, failed error) error {
	rules, err := p.Tasks.Policies(r.Context())
	if err != nil {
		return err
	}
	f := route.Frame(r)
	f.Title = "发布亮灯规则"
	f.Crumbs = []ui.Crumb{{Href: "/policies", Label: "亮灯规则"}, {Label: "发布"}}
	f.Lede = ui.Rich("新规则最早从 **%s** 起执行；已经亮过灯的月份不改。", rules.Earliest.Chinese())
	ui.Render(w, r, route.Status(failed), adoptPage(f, form, failed))
	return nil
}

func (p *Pages) adopt(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, adoptionFields...)
	if err != nil {
		return err
	}
	form := adoptionTyped(v)
	again := func(err error) error {
		return refused(w, r, err, func() error { return p.showAdopt(w, r, form, err) })
	}
	policy, err := form.policy()
	if err != nil {
		return again(err)
	}
	if policy, err = p.Tasks.AdoptPolicy(r.Context(), ui.RequestKey(r), policy); err != nil {
		return again(err)
	}
	route.SetFlash(w, r, "第 "+strconv.FormatInt(policy.Revision, 10)+" 版规则已发布，"+policy.FromMonth.Chinese()+"起执行", "")
	route.Redirect(w, r, "/policies")
	return nil
}
