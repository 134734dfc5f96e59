package appraisalweb

import (
	"net/http"

	"duban/internal/area/appraisal"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

type rectifyView struct {
	Round appraisal.Round
	List  []appraisal.Rectification
	Names map[int64]string
	Full  bool
}

func (p *Pages) rectify(w http.ResponseWriter, r *http.Request) error {
	x, list, err := p.Rounds.Rectify(r.Context(), id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	v := rectifyView{Round: x, List: list, Full: who.Overseer()}
	if p.Tasks != nil {
		var ids []int64
		for _, u := range list {
			for _, it := range u.Items {
				for _, in := range it.Behind {
					if n := taskOf(in.Source); n != 0 {
						ids = append(ids, n)
					}
				}
			}
		}
		if v.Names, err = p.Tasks.TaskNames(r.Context(), ids); err != nil {
			return err
		}
	}
	f := p.frame(r, x, "整改清单")
	f.Actions = printing()
	ui.Render(w, r, http.StatusOK, rectifyPage(f, v))
	return nil
}

type fairView struct {
	appraisal.Fair
	Dir   *org.Directory
	Names map[int64]string
	Who   auth.Actor
	Text  string
	Err   error
}

func (p *Pages) fair(w http.ResponseWriter, r *http.Request) error {
	return p.showFair(w, r, "", nil)
}

func (p *Pages) showFair(w http.ResponseWriter, r *http.Request, text string, refused error) error {
	x, err := p.Rounds.FairOf(r.Context(), id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	v := fairView{Fair: x, Dir: d, Who: who, Text: text, Err: refused}
	if refused == nil {
		v.Text = v.said(who.UnitID)
	}
	if p.Tasks != nil {
		var ids []int64
		for _, s := range x.Signals {
			ids = append(ids, s.Tasks...)
		}
		if v.Names, err = p.Tasks.TaskNames(r.Context(), ids); err != nil {
			return err
		}
	}
	ui.Render(w, r, ui.Status(refused), fairPage(p.frame(r, x.Round, "数据信号"), v))
	return nil
}

// said is what a unit has said about its signals.
func (v fairView) said(unit int64) string {
	for _, e := range v.Explanations {
		if e.UnitID == unit {
			return e.Text
		}
	}
	return ""
}

// mayExplain says whether the form is offered: to the unit's own people, before the time is over.
func (v fairView) mayExplain() bool {
	if v.SentOn == "" || v.Over || !v.Who.May(appraisal.MayObject) {
		return false
	}
	for _, s := range v.Signals {
		if s.UnitID == v.Who.UnitID {
			return true
		}
	}
	return false
}

func (p *Pages) sendFair(w http.ResponseWriter, r *http.Request) error {
	n := id.Parse(r.PathValue("id"))
	if err := p.Rounds.SendFair(r.Context(), ui.RequestKey(r), n); err != nil {
		return p.again(err, func() error { return p.showFair(w, r, "", err) })
	}
	route.SetFlash(w, r, "已送各单位说明", "")
	route.Redirect(w, r, "/appraisal/"+id.Format(n)+"/fair")
	return nil
}

func (p *Pages) explainFair(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "text")
	if err != nil {
		return err
	}
	n := id.Parse(r.PathValue("id"))
	if err := p.Rounds.ExplainFair(r.Context(), ui.RequestKey(r), n, v.Get("text")); err != nil {
		if errs.KindOf(err) == errs.Conflict {
			return err
		}
		return p.again(err, func() error { return p.showFair(w, r, v.Get("text"), err) })
	}
	route.SetFlash(w, r, "说明已交", "")
	route.Redirect(w, r, "/appraisal/"+id.Format(n)+"/fair")
	return nil
}
