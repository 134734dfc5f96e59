package appraisalweb

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"duban/internal/area/appraisal"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/spine/burden"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// yearView is the form that opens a year's appraisal.
type yearView struct {
	Form    opening
	Options []ui.Option
	Err     error
}

func (p *Pages) year(w http.ResponseWriter, r *http.Request) error {
	return p.showYear(w, r, opening{Period: strconv.Itoa(p.Clock.Now().Year() - 1), Release: string(appraisal.ByTier)}, nil)
}

func (p *Pages) showYear(w http.ResponseWriter, r *http.Request, form opening, refused error) error {
	schemes, err := p.Schemes.Schemes(r.Context())
	if err != nil {
		return err
	}
	v := yearView{Form: form, Err: refused}
	for _, s := range schemes {
		if s.State != appraisal.Frozen {
			continue
		}
		if parsed, err := s.Parse(); err == nil && parsed.Aggregate != nil {
			v.Options = append(v.Options, ui.Option{Value: id.Format(s.ID), Label: s.Name + "　第 " + strconv.FormatInt(s.Revision, 10) + " 版"})
		}
	}
	if len(v.Options) == 1 && v.Form.Scheme == "" {
		v.Form.Scheme = v.Options[0].Value
	}
	f := route.Frame(r)
	f.Title = "开年终总考核"
	f.Crumbs = []ui.Crumb{{Href: "/appraisal", Label: "考核评比"}, {Label: "年终总考核"}}
	ui.Render(w, r, ui.Status(refused), yearPage(f, v))
	return nil
}

func (p *Pages) openYear(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "period", "scheme", "release")
	if err != nil {
		return err
	}
	form := opening{strings.TrimSpace(v.Get("period")), v.Get("scheme"), v.Get("release")}
	if form.Scheme == "" {
		return p.showYear(w, r, form, errs.At("scheme", "请选考核办法。只有写了年度汇总规则、已经定稿的办法可以选。"))
	}
	x, err := p.Rounds.OpenYearEnd(r.Context(), ui.RequestKey(r), form.Period, id.Parse(form.Scheme), appraisal.Release(form.Release))
	if err != nil {
		return p.again(err, func() error { return p.showYear(w, r, form, err) })
	}
	route.SetFlash(w, r, x.Title+"已开", "")
	route.Redirect(w, r, "/appraisal/"+id.Format(x.ID))
	return nil
}

// beside reads what stands beside the ranking: how sure its places are, the places gained, and the grades of two years.
func (p *Pages) beside(r *http.Request, v *roundView) error {
	if v.Board == nil {
		return nil
	}
	sure, err := p.Rounds.SureOf(r.Context(), v.Round.ID, v.View.Revision)
	if err != nil {
		return err
	}
	v.withSure(sure)
	if p.Burden != nil && v.Round.Kind != appraisal.YearEnd {
		q := v.Round.Term()
		if v.Loads, err = p.Burden.Span(r.Context(), q.First(), q.Last()); err != nil {
			return err
		}
	}
	if v.drawn() && v.Round.State == appraisal.Confirmed {
		if v.Spots, err = p.Rounds.SpotsOf(r.Context(), v.Round.ID); err != nil {
			return err
		}
	}
	if v.View.Revision != v.Round.Revision {
		return nil
	}
	if v.Round.State.Reached(appraisal.Published) {
		v.Flags, err = p.Rounds.FlagsOf(r.Context(), v.Round.ID)
		if err != nil && errs.KindOf(err) != errs.NotFound { // a unit sees none before they are issued
			return err
		}
	}
	gains, err := p.Rounds.GainsOf(r.Context(), v.Round.ID)
	if err != nil {
		return err
	}
	v.Gains = gains[v.Board.Group]
	if v.Round.Kind == appraisal.YearEnd {
		v.Repeats, v.TwoYears, err = p.Rounds.Repeats(r.Context(), v.Round.ID)
	}
	return err
}

// loadText is what was asked of a unit in the month or quarter, in a few words.
func loadText(x burden.Load) string {
	s := fmt.Sprintf("%d 张　约 %d 小时", x.Sheets, (x.Minutes+30)/60)
	if x.Checks > 0 {
		s += fmt.Sprintf("　查 %d 次", x.Checks)
	}
	return s
}

// graded says whether the board's lines have grades to show in a column.
func (v roundView) graded() bool {
	if v.Round.Kind != appraisal.YearEnd || v.Board == nil {
		return false
	}
	for _, l := range v.Board.Lines {
		if l.Grade != "" {
			return true
		}
	}
	return false
}

// shares counts the grades of the board: 优秀 4 个（29%）.
func (v roundView) shares() string {
	var order []string
	n := map[string]int{}
	all := 0
	for _, l := range v.Board.Lines {
		if l.Grade == "" {
			continue
		}
		if n[l.Grade] == 0 {
			order = append(order, l.Grade)
		}
		n[l.Grade]++
		all++
	}
	if all < 2 {
		return ""
	}
	var out []string
	for _, g := range order {
		out = append(out, g+" "+strconv.Itoa(n[g])+" 个（"+strconv.Itoa((n[g]*200+all)/(2*all))+"%）")
	}
	return strings.Join(out, "，")
}

// arrow is a number of places in words.
func arrow(n int) string {
	switch {
	case n > 0:
		return "进 " + strconv.Itoa(n) + " 位"
	case n < 0:
		return "退 " + strconv.Itoa(-n) + " 位"
	}
	return "不变"
}

// mends says whether the round has a list of what to mend.
func (v roundView) mends() bool {
	return v.Round.Kind != appraisal.YearEnd && v.Round.Revision > 0 && (v.Full || v.Round.State.Reached(appraisal.Confirmed)) && v.Board != nil
}

// watches says whether the office is led to the signals.
func (v roundView) watches() bool {
	return v.Round.Kind != appraisal.YearEnd && v.Round.Revision > 0 && v.Full
}
