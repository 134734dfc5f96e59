package appraisalweb

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"duban/internal/area/appraisal"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/office/gb9704"
	"duban/internal/office/xlsx"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/web/paper"
	"duban/internal/web/route"
	"duban/internal/web/ui"

	"github.com/govalues/decimal"
)

const (
	typeXlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typeDocx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
)

// times reads a count as ×10^4.
func times(s string) (int64, bool) {
	d, err := decimal.Parse(s)
	if err != nil || d.Sign() <= 0 || d.Scale() > 4 {
		return 0, true
	}
	whole, frac, ok := d.Pad(4).Int64(4)
	if !ok || whole > 1_000_000 {
		return 0, true
	}
	return whole*10000 + frac, false
}

// amountOf is what an event counts for, in words.
func amountOf(e appraisal.Event) string {
	switch {
	case e.Exempt:
		return "免考"
	case e.Event != "":
		return decimal.MustNew(e.Count, 4).Trim(0).String() + " 次"
	case e.Target != "":
		return e.Value + " / " + e.Target
	}
	return e.Value
}

// eventFields moves the complaint about the event to the field that chooses it.
func eventFields(err error) []errs.Field {
	out := slices.Clone(ui.Fields(err))
	for i := range out {
		if out[i].Name == "event" {
			out[i].Name = "what"
		}
	}
	return out
}

func (p *Pages) one(r *http.Request) (appraisal.View, detailView, error) {
	who, _ := auth.From(r.Context())
	view, err := p.Rounds.ShowAt(r.Context(), id.Parse(r.PathValue("id")), 0)
	if err != nil {
		return view, detailView{}, err
	}
	d, err := p.detail(r, view, who, id.Parse(r.URL.Query().Get("unit")), 0)
	return view, d, err
}

func (p *Pages) sheet(w http.ResponseWriter, r *http.Request) error {
	view, d, err := p.one(r)
	if err != nil {
		return err
	}
	f := p.frame(r, view.Round, d.Line.Unit+"得分单")
	f.Actions = sheetActions(d)
	d.All = true
	ui.Render(w, r, http.StatusOK, sheetPage(f, quiet(d)))
	return nil
}

// paper is the score sheet as an official paper.
func (p *Pages) paper(view appraisal.View, d detailView) gb9704.ScoreSheet {
	base, bonus, minus := parts(d.Line)
	s := gb9704.ScoreSheet{Title: view.Round.Title + "得分单", Unit: d.Line.Unit, Group: d.Board.Group, Period: when(view.Round),
		Base: base, Bonus: bonus, Minus: minus, Total: d.Line.Total, Rank: d.place(), Grade: d.Line.Grade, Maker: "考核办", Date: period.Day(p.Clock.Now()), Serial: short(d.Line.ResultHash)}
	if view.Round.ObjectionUntil != "" {
		s.Appeal = "对得分有异议的，请在 " + view.Round.ObjectionUntil + " 前提出。"
	}
	var capped []string
	for _, it := range d.Result.Items {
		l := gb9704.ScoreLine{Item: it.Name, Points: it.Weight, Score: it.Score.String(), Working: it.Formula}
		if it.Weight == "0" {
			l.Points = ""
		}
		var kinds []string
		for _, x := range it.Inputs {
			k := string(x.Kind)
			if x.Unverified {
				k = "未核验"
			}
			if k != "" && !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
		l.Source = strings.Join(kinds, "、")
		if len(it.Inputs) == 1 {
			l.Target, l.Actual = it.Inputs[0].Target, it.Inputs[0].Value
		} else if n := len(it.Inputs); n > 1 {
			l.Actual = strconv.Itoa(n) + " 条"
		}
		for _, n := range it.Notes {
			if strings.Contains(n, "封顶") {
				capped = append(capped, it.Name+n)
			}
		}
		s.Lines = append(s.Lines, l)
	}
	s.Cap = strings.Join(capped, "；")
	return s
}

// parts splits a total into base, bonus and deduction; the base is what remains, so that they add up to the total as sealed.
func parts(l appraisal.Line) (base, bonus, minus string) {
	total, err := decimal.Parse(l.Total)
	if err != nil {
		return "", "", ""
	}
	var plus, less decimal.Decimal
	for _, it := range l.Items {
		x, err := decimal.Parse(it.Score)
		if err != nil || it.Weight != "0" {
			continue
		}
		if x.IsNeg() {
			less, err = less.Add(x)
		} else {
			plus, err = plus.Add(x)
		}
		if err != nil {
			return "", "", ""
		}
	}
	rest, err := total.Sub(plus)
	if err == nil {
		rest, err = rest.Sub(less)
	}
	if err != nil {
		return "", "", ""
	}
	return rest.String(), plus.String(), less.String()
}

func (p *Pages) sheetDocx(w http.ResponseWriter, r *http.Request) error {
	view, d, err := p.one(r)
	if err != nil {
		return err
	}
	b, err := paper.Word(r.Context(), p.Templates, gb9704.ScoreSheetName, view.Round.PublishedAt, p.paper(view, d))
	if err != nil {
		return err
	}
	return p.send(w, r, view.Round, d.Line.Unit+view.Round.Title+"得分单.docx", typeDocx, b)
}

func (p *Pages) ranking(w http.ResponseWriter, r *http.Request) error {
	view, err := p.Rounds.ShowAt(r.Context(), id.Parse(r.PathValue("id")), 0)
	if err != nil {
		return err
	}
	if !view.Full {
		return errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	x := gb9704.Ranking{Title: view.Round.Title + "结果表", Period: when(view.Round), Maker: "考核办", Date: period.Day(p.Clock.Now()),
		Notes: []string{"按“" + view.Scheme.Name + "”第 " + strconv.FormatInt(view.Scheme.Revision, 10) + " 版计分，" + view.Round.CutoffOn + " 截数。", "得分相同名次相同，其后名次空缺。"}}
	if !view.Round.State.Reached(appraisal.Published) {
		x.Notes = append(x.Notes, "本表未发布，现在到“"+view.Round.State.Chinese()+"”这一步。")
	}
	for _, b := range view.Boards {
		g := gb9704.RankGroup{Name: b.Group}
		for _, l := range b.Lines {
			base, bonus, minus := parts(l)
			row := gb9704.RankRow{Unit: l.Unit, Base: base, Bonus: bonus, Minus: minus, Total: l.Total, Grade: l.Grade}
			if row.Rank = "—"; l.Rank > 0 {
				row.Rank = strconv.Itoa(l.Rank)
			}
			g.Rows = append(g.Rows, row)
		}
		x.Groups = append(x.Groups, g)
	}
	b, err := paper.Word(r.Context(), p.Templates, gb9704.RankingName, view.Round.PublishedAt, x)
	if err != nil {
		return err
	}
	return p.send(w, r, view.Round, x.Title+".docx", typeDocx, b)
}

// export writes the board: all lines for who sees all, the own lines for a unit.
func (p *Pages) export(w http.ResponseWriter, r *http.Request) error {
	view, err := p.Rounds.ShowAt(r.Context(), id.Parse(r.PathValue("id")), 0)
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	t := xlsx.Table{Title: view.Round.Title, Mark: xlsx.Mark{Unit: d.UnitName(who.UnitID), Person: who.Name, At: clock(p.Clock.Now().UnixMilli()), Serial: strings.ToUpper(route.ID(r))},
		Columns: []xlsx.Column{{Title: "组别", Width: 10}, {Title: "名次", Format: xlsx.Integer}, {Title: "单位", Width: 16}, {Title: "档次", Format: xlsx.Centred}, {Title: "总分", Format: xlsx.Number2}, {Title: "等次", Format: xlsx.Centred}}}
	var items []string
	for _, b := range view.Boards {
		for _, l := range b.Lines {
			for _, it := range l.Items {
				if !slices.Contains(items, it.Name) {
					items = append(items, it.Name)
				}
			}
		}
	}
	for _, n := range items {
		t.Columns = append(t.Columns, xlsx.Column{Title: n, Format: xlsx.Number2})
	}
	var out bytes.Buffer
	err = xlsx.Write(&out, t, func(yield func([]any, error) bool) {
		for _, b := range view.Boards {
			for _, l := range b.Lines {
				if !view.Full && !who.InUnit(l.UnitID) {
					continue
				}
				row := make([]any, 6+len(items))
				row[0], row[2], row[3], row[5] = b.Group, l.Unit, appraisal.TierName(l.Tier), l.Grade
				if l.Rank > 0 {
					row[1] = l.Rank
				}
				row[4] = exact(l.Total)
				for _, it := range l.Items {
					if it.Left {
						row[6+slices.Index(items, it.Name)] = "不计"
						continue
					}
					row[6+slices.Index(items, it.Name)] = exact(it.Score)
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
	return p.send(w, r, view.Round, view.Round.Title+".xlsx", typeXlsx, out.Bytes())
}

// exact is a score as a number for a sheet.
func exact(s string) any {
	d, err := decimal.Parse(s)
	if err != nil {
		return s
	}
	return amount.Quantity{Value: d}
}

func (p *Pages) bundle(w http.ResponseWriter, r *http.Request) error {
	view, d, err := p.one(r) // who may not see the score gets no proof of it
	if err != nil {
		return err
	}
	name, b, err := p.Bundle.Bundle(r.Context(), view.Round.ID, d.Line.UnitID)
	if err != nil {
		return err
	}
	return p.send(w, r, view.Round, name, "application/octet-stream", b)
}

func (p *Pages) send(w http.ResponseWriter, r *http.Request, x appraisal.Round, name, kind string, b []byte) error {
	if p.Log != nil {
		p.Log.Note(r.Context(), audit.Entry{Act: audit.ActExport, Object: "appraisal.round:" + id.Format(x.ID), Result: "ok", Detail: fmt.Sprintf("%s，编号 %s", name, strings.ToUpper(route.ID(r)))})
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
	h.Set("Content-Length", strconv.Itoa(len(b)))
	_, err := w.Write(b)
	return err
}
