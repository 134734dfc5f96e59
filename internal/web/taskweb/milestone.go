package taskweb

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"

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

// milestoneView is one milestone (节点) with what the unit says and what others have seen of it.
type milestoneView struct {
	task.Milestone
	Task  task.Task
	Dir   *org.Directory
	Today string
	Claim bool // the reader may say that it is reached
	Check bool // the reader may say what he has seen
	// WhyNot tells a reader who checks milestones why he does not check this one.
	WhyNot string
	Form   milestoneForm
}

type milestoneForm struct{ DoneOn, Note, Words string }

func (p *Pages) milestone(w http.ResponseWriter, r *http.Request) error {
	return p.showMilestone(w, r, nil, nil)
}

func (p *Pages) showMilestone(w http.ResponseWriter, r *http.Request, form *milestoneForm, failed error) error {
	ctx := r.Context()
	who, err := auth.From(ctx)
	if err != nil {
		return err
	}
	t, err := p.Tasks.Terms(ctx, id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	d, err := p.Org.Look(ctx)
	if err != nil {
		return err
	}
	v := milestoneView{Task: t.Task, Dir: d, Today: period.Day(p.Clock.Now())}
	no, _ := strconv.ParseInt(r.PathValue("no"), 10, 64)
	for _, m := range t.Milestones {
		if m.No == no {
			v.Milestone = m
		}
	}
	if v.Milestone.No == 0 {
		return errs.New(errs.NotFound, "这项任务没有这个节点。它可能刚调整过，请回任务页看。")
	}
	live := t.Task.State == task.Open || t.Task.State == task.Completed
	v.Claim = live && who.May(task.MayClaim) && who.InUnit(t.Task.LeadUnit) && v.DoneOn == ""
	if live && who.May(task.MayCheck) {
		switch {
		case who.InUnit(t.Task.LeadUnit):
			v.WhyNot = "这是您本单位的任务，节点要由别的单位的人核验。"
		case v.ClaimedBy == who.ID:
			v.WhyNot = "这个节点是您申报的，要由别人核验。"
		default:
			v.Check = true
		}
	}
	if v.Form = (milestoneForm{DoneOn: cmp.Or(v.ClaimedOn, v.Today), Note: v.ClaimNote}); form != nil {
		v.Form = *form
	}
	f := route.Frame(r)
	f.Title = "节点：" + v.Title
	f.Crumbs = []ui.Crumb{{Href: "/tasks/" + id.Format(t.Task.ID), Label: t.Task.No}, {Label: "节点"}}
	f.Lede = ui.Rich("%s", v.lede())
	ui.Render(w, r, route.Status(failed), milestonePage(f, v, failed))
	return nil
}

func (v milestoneView) lede() string {
	s := v.Dir.UnitName(v.Task.LeadUnit) + "“" + v.Task.Title + "”的节点，应在 **" + v.DueOn + "** 前完成，权重 " + indicator.Number(amount.Scaled(v.Weight*100)) + "。"
	switch {
	case v.DoneOn != "":
		return s + "**" + v.DoneOn + "** 完成，已核验" + late(v.DueOn, v.DoneOn) + "。"
	case v.ClaimedOn != "":
		return s + "单位申报 **" + v.ClaimedOn + "** 完成" + late(v.DueOn, v.ClaimedOn) + "，还没有人核验。"
	case v.DueOn < v.Today:
		return s + "已经超期，单位还没有申报完成。"
	}
	return s + "单位还没有申报完成。"
}

func late(due, done string) string {
	a, err1 := period.ParseDay(due)
	b, err2 := period.ParseDay(done)
	if err1 != nil || err2 != nil || !b.After(a) {
		return ""
	}
	return fmt.Sprintf("，迟 %d 天", int(b.Sub(a).Hours()/24))
}

func (v milestoneView) facts() []ui.Pair {
	out := []ui.Pair{{Term: "任务", Body: taskLink(v.Task)}, {Term: "责任单位", Value: v.Dir.UnitName(v.Task.LeadUnit)}, {Term: "应完成", Value: v.DueOn}, {Term: "权重", Value: indicator.Number(amount.Scaled(v.Weight * 100))}}
	if v.ClaimedOn != "" {
		out = append(out, ui.Pair{Term: "单位申报", Value: v.ClaimedOn + " 完成　" + v.Dir.PersonName(v.ClaimedBy)})
		if v.ClaimNote != "" {
			out = append(out, ui.Pair{Term: "申报说明", Value: v.ClaimNote})
		}
	}
	if v.DoneOn != "" {
		out = append(out, ui.Pair{Term: "核验", Value: v.DoneOn + " 完成　" + v.Dir.PersonName(v.Verifier)})
	}
	return append(out, ui.Pair{Term: "台账", Body: milestoneLedger(v.Task.ID)})
}

func (p *Pages) claimMilestone(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "done_on", "note")
	if err != nil {
		return err
	}
	taskID, no := id.Parse(r.PathValue("id")), id.Parse(r.PathValue("no"))
	if err := p.Tasks.ClaimMilestone(r.Context(), ui.RequestKey(r), taskID, no, v.Get("done_on"), v.Get("note")); err != nil {
		return refused(w, r, err, func() error {
			return p.showMilestone(w, r, &milestoneForm{DoneOn: v.Get("done_on"), Note: v.Get("note")}, err)
		})
	}
	route.SetFlash(w, r, "已申报，等督查室核验", "")
	route.Redirect(w, r, "/tasks/"+id.Format(taskID)+"#milestones")
	return nil
}

// checkMilestone is what the reader has seen: reached or not, by the button that was pressed.
func (p *Pages) checkMilestone(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "done_on", "words", "do")
	if err != nil {
		return err
	}
	taskID, no, reached := id.Parse(r.PathValue("id")), id.Parse(r.PathValue("no")), v.Get("do") != "deny"
	if err := p.Tasks.CheckMilestone(r.Context(), ui.RequestKey(r), taskID, no, reached, v.Get("done_on"), v.Get("words")); err != nil {
		return refused(w, r, err, func() error {
			return p.showMilestone(w, r, &milestoneForm{DoneOn: v.Get("done_on"), Words: v.Get("words")}, err)
		})
	}
	said := "节点已核验完成"
	if !reached {
		said = "已记为没有完成，并告知责任单位"
	}
	route.SetFlash(w, r, said, "")
	route.Redirect(w, r, "/tasks/"+id.Format(taskID)+"#milestones")
	return nil
}
