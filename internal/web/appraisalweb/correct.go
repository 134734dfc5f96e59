package appraisalweb

import (
	"net/http"
	"slices"
	"strings"

	"duban/internal/area/appraisal"
	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/spine/auth"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// sourceAs calls the complaint about the source by the name of the field that chooses it.
func sourceAs(err error, name string) []errs.Field {
	out := slices.Clone(ui.Fields(err))
	for i := range out {
		if out[i].Name == "source" {
			out[i].Name = name
		}
	}
	return out
}

// rowName is how a row of the unit's data is called: its task, or its item.
func (d detailView) rowName(source string) string {
	for _, x := range d.Data.Rows {
		if x.Source == source {
			if n := d.Names[taskOf(source)]; n != "" {
				return "“" + n + "”"
			}
			return "“" + strings.TrimSpace(x.Item+x.Event) + "”"
		}
	}
	return ""
}

func (d detailView) guesses() (out []ui.Option) {
	for _, x := range d.rowsWithSource() {
		out = append(out, ui.Option{Value: x.Source, Label: d.inputName(x)})
	}
	return out
}

// correctable says whether the actor may correct an input of this score: a leader, after publication, of a quarter, not of the own unit.
func correctable(v appraisal.View, who auth.Actor, unit int64) bool {
	return who.May(appraisal.MayApprove) && v.Round.Kind != appraisal.YearEnd && v.Round.State.Reached(appraisal.Published) && v.Revision == v.Round.Revision && !who.InUnit(unit) && who.ID != v.Round.ComputedBy
}

// correcting is the form of a correction, as typed.
type correcting struct{ Source, Value, Basis, Reason string }

type correctView struct {
	Detail detailView
	View   appraisal.View
	Form   correcting
	Err    error
}

func (v correctView) options() (out []ui.Option) {
	for _, x := range v.Detail.Data.Rows {
		if x.Source != "" {
			out = append(out, ui.Option{Value: x.Source, Label: v.Detail.inputName(x)})
		}
	}
	return out
}

func (p *Pages) correct(w http.ResponseWriter, r *http.Request) error {
	return p.showCorrect(w, r, correcting{Source: r.URL.Query().Get("source")}, nil)
}

func (p *Pages) showCorrect(w http.ResponseWriter, r *http.Request, form correcting, refused error) error {
	view, d, err := p.one(r)
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	if refused == nil && !correctable(view, who, d.Line.UnitID) {
		return errs.New(errs.Conflict, "这里不能更正：只有已发布的季度或月度评比可以更正，由没有参加试算的区领导决定，不能更正本单位的得分。")
	}
	f := p.frame(r, view.Round, "更正"+d.Line.Unit+"的一个数")
	ui.Render(w, r, ui.Status(refused), correctPage(f, correctView{Detail: d, View: view, Form: form, Err: refused}))
	return nil
}

func (p *Pages) postCorrect(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "source", "value", "basis", "reason")
	if err != nil {
		return err
	}
	form := correcting{v.Get("source"), strings.TrimSpace(v.Get("value")), v.Get("basis"), v.Get("reason")}
	n, unit := id.Parse(r.PathValue("id")), id.Parse(r.URL.Query().Get("unit"))
	c := appraisal.Correction{UnitID: unit, Source: form.Source, Value: form.Value, Basis: strings.TrimSpace(form.Basis), Reason: strings.TrimSpace(form.Reason)}
	x, err := p.Rounds.Correct(r.Context(), ui.RequestKey(r), n, ui.RowVersion(r), c)
	if err != nil {
		return p.again(err, func() error { return p.showCorrect(w, r, form, err) })
	}
	route.SetFlash(w, r, "已更正，全部名次按新的数重算，原来的第 "+id.Format(x.Revision-1)+" 次计分留作对照", "")
	route.Redirect(w, r, "/appraisal/"+id.Format(n)+"?open="+id.Format(unit))
	return nil
}

// from names a task behind plan in the list of what has to be mended.
func behindName(names map[int64]string, x score.InputUsed) string {
	if n := names[taskOf(x.Source)]; n != "" {
		return n
	}
	_, label := source(x.Source)
	if label == "" {
		return x.Name
	}
	return label
}
