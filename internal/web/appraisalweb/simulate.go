package appraisalweb

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"duban/internal/area/appraisal"
	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/office/xlsx"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

type simulateView struct {
	appraisal.SchemeTrial
	Base  string
	Group *score.SimulatedGroup
}

func (v simulateView) path(base, group string) string {
	q := url.Values{}
	if base != "" {
		q.Set("base", base)
	}
	if group != "" {
		q.Set("group", group)
	}
	return "/appraisal/schemes/" + id.Format(v.Draft.ID) + "/simulate?" + q.Encode()
}

// bases are the quarters and years that the draft can be tried on.
func (v simulateView) bases() (out []ui.Chip) {
	years := map[string]int{}
	var order []string
	for _, r := range v.Bases {
		if years[r.Period[:4]] == 0 {
			order = append(order, r.Period[:4])
		}
		years[r.Period[:4]]++
	}
	for _, y := range order {
		if years[y] > 1 {
			out = append(out, ui.Chip{Label: y + " 全年", Count: years[y], Href: v.path(y, ""), On: v.Base == y})
		}
	}
	for _, r := range v.Bases {
		out = append(out, ui.Chip{Label: when(r), NoCount: true, Href: v.path(r.Period, ""), On: v.Base == r.Period})
	}
	return out
}

func (v simulateView) groups() (out []ui.Chip) {
	for i := range v.Groups {
		g := &v.Groups[i]
		out = append(out, ui.Chip{Label: g.Group, Count: len(g.Moves), Href: v.path(v.Base, g.Group), On: v.Group == g})
	}
	return out
}

// moved counts the units whose rank changes.
func (v simulateView) moved() (n int) {
	for _, m := range v.Group.Moves {
		if m.Text != "" {
			n++
		}
	}
	return n
}

// how says what is compared.
func (v simulateView) how() string {
	s := "同样的数，按" + v.Old.Name + version(v.Old) + "和" + v.Draft.Name + version(v.Draft) + "各算一遍"
	if n := len(v.Chosen); n > 1 {
		s += "，" + strconv.Itoa(n) + " 期取平均"
	}
	return s + "。"
}

func version(x appraisal.Scheme) string { return "第 " + strconv.FormatInt(x.Revision, 10) + " 版" }

// rank is a place for a table; 0 is not ranked.
func rank(n int) string {
	if n == 0 {
		return "—"
	}
	return strconv.Itoa(n)
}

// sign writes a true minus before a negative number.
func sign(s string) string { return strings.Replace(s, "-", "−", 1) }

// tried runs the trial that the address asks for.
func (p *Pages) tried(r *http.Request) (v simulateView, err error) {
	q := r.URL.Query()
	if v.SchemeTrial, err = p.Schemes.SimulateScheme(r.Context(), id.Parse(r.PathValue("scheme")), q.Get("base")); err != nil {
		if errs.KindOf(err) == errs.Invalid {
			err = errs.New(errs.NotFound, "没有可以用来试评的这一轮评比。")
		}
		return v, err
	}
	if v.Base = q.Get("base"); v.Base == "" && len(v.Chosen) > 0 {
		v.Base = v.Chosen[0].Period
	}
	for i := range v.Groups { // the group asked for, else the largest
		g := &v.Groups[i]
		if v.Group == nil || g.Group == q.Get("group") || v.Group.Group != q.Get("group") && len(g.Moves) > len(v.Group.Moves) {
			v.Group = g
		}
	}
	return v, nil
}

func (p *Pages) simulate(w http.ResponseWriter, r *http.Request) error {
	v, err := p.tried(r)
	if err != nil {
		return err
	}
	f := schemeFrame(r, "试评："+v.Draft.Name+version(v.Draft))
	f.Actions = simulateActions(v)
	ui.Render(w, r, http.StatusOK, simulatePage(f, v))
	return nil
}

func (p *Pages) simulateXlsx(w http.ResponseWriter, r *http.Request) error {
	v, err := p.tried(r)
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	t := xlsx.Table{Title: "试评 " + v.Draft.Name + version(v.Draft), Mark: xlsx.Mark{Unit: d.UnitName(who.UnitID), Person: who.Name, At: clock(p.Clock.Now().UnixMilli()), Serial: strings.ToUpper(route.ID(r))},
		Columns: []xlsx.Column{{Title: "组别", Width: 10}, {Title: "单位", Width: 16}, {Title: "原名次", Format: xlsx.Integer}, {Title: "新名次", Format: xlsx.Integer}, {Title: "原得分", Format: xlsx.Number2}, {Title: "新得分", Format: xlsx.Number2},
			{Title: "起决定作用的指标", Width: 16}, {Title: "对组内平均（分）", Format: xlsx.Number2}, {Title: "说明", Width: 40}}}
	var out bytes.Buffer
	err = xlsx.Write(&out, t, func(yield func([]any, error) bool) {
		for _, g := range v.Groups {
			for _, m := range g.Moves {
				row := []any{g.Group, m.Unit, nil, nil, exact(m.OldTotal.String()), exact(m.NewTotal.String()), m.Decides, nil, m.Text}
				if m.OldRank > 0 {
					row[2] = m.OldRank
				}
				if m.NewRank > 0 {
					row[3] = m.NewRank
				}
				if m.Decides != "" {
					row[7] = exact(m.By.String())
				}
				if !yield(row, nil) {
					return
				}
			}
		}
	})
	if err != nil {
		return err
	}
	name := "试评_" + v.Draft.Name + ".xlsx"
	if p.Log != nil {
		p.Log.Note(r.Context(), audit.Entry{Act: audit.ActExport, Object: "appraisal.scheme:" + id.Format(v.Draft.ID), Result: "ok", Detail: name + "，编号 " + strings.ToUpper(route.ID(r))})
	}
	h := w.Header()
	h.Set("Content-Type", typeXlsx)
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
	h.Set("Content-Length", strconv.Itoa(out.Len()))
	_, err = w.Write(out.Bytes())
	return err
}
