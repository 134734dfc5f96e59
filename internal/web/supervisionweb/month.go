package supervisionweb

import (
	"fmt"
	"net/http"
	"net/url"

	"duban/internal/area/supervision"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// monthView is the month with all that its page shows.
type monthView struct {
	Board    supervision.Board
	Tours    []supervision.TourLine // of the month
	Boxes    []monthBox             // of the year
	Bulletin *supervision.Bulletin  // of the month, the latest that the reader may see
	Asked    []supervision.Inquiry  // questions that the reader's units have not answered
	Dir      *org.Directory
	Who      auth.Actor
	Today    string
	Unit     int64 // whose lights the drawer shows
}

// monthBox is one month in the strip of the year.
type monthBox struct {
	Month         period.Month
	Tours         int
	Found, Closed int64
	Issue         int64 // of the bulletin; 0 if there is none
	Future        bool
}

// monthOf reads the month of the address; the month before is the one under supervision, as accounts come in after its end.
//
// Source: domain 8 (month loop).
func (p *Pages) monthOf(r *http.Request) (period.Month, error) {
	text := r.URL.Query().Get("month")
	if text == "" {
		return period.MonthOf(p.Clock.Now()).Prev(), nil
	}
	if m := period.Month(text); m.Valid() {
		return m, nil
	}
	return "", errs.New(errs.Invalid, "没有“%s”这个月份，请写成 2017-08 这样。", text)
}

func (p *Pages) month(w http.ResponseWriter, r *http.Request) error {
	m, err := p.monthOf(r)
	if err != nil {
		return err
	}
	v, err := p.monthView(r, m)
	if err != nil {
		return err
	}
	v.Unit = id.Parse(r.URL.Query().Get("unit"))
	f := frame(r, m.Chinese()+"督查", home)
	f.Lede = ui.Rich("%s", v.lede())
	if row := v.row(v.Unit); row != nil {
		f.Drawer = lightsDrawer(v, *row)
	}
	f.Actions = monthActions(v)
	ui.Render(w, r, http.StatusOK, monthPage(f, v))
	return nil
}

func (p *Pages) monthView(r *http.Request, m period.Month) (v monthView, err error) {
	ctx := r.Context()
	v.Today = p.today()
	if v.Who, err = actor(r); err != nil {
		return v, err
	}
	if v.Dir, err = p.Org.Look(ctx); err != nil {
		return v, err
	}
	if v.Board, err = p.Supervision.MonthBoard(ctx, m); err != nil {
		return v, err
	}
	jan := period.Month(m.Year() + "-01")
	tours, err := p.Supervision.Tours(ctx, jan, jan.Add(11))
	if err != nil {
		return v, err
	}
	bulletins, err := p.Supervision.Bulletins(ctx, "")
	if err != nil {
		return v, err
	}
	now := period.MonthOf(p.Clock.Now())
	for x := jan; x <= jan.Add(11); x = x.Next() {
		box := monthBox{Month: x, Future: x > now}
		for _, t := range tours {
			if t.Tour.Month == x {
				box.Tours++
				box.Found, box.Closed = box.Found+t.Found, box.Closed+t.Closed
			}
		}
		for _, b := range bulletins {
			if b.Month == x && b.State == supervision.Published {
				box.Issue = b.Issue
			}
		}
		v.Boxes = append(v.Boxes, box)
	}
	for _, t := range tours {
		if t.Tour.Month == m {
			v.Tours = append(v.Tours, t)
		}
	}
	for i, b := range bulletins {
		if b.Month == m && v.Bulletin == nil {
			v.Bulletin = &bulletins[i]
		}
	}
	if v.Who.May(supervision.MayConfirm) {
		list, err := p.Supervision.Inquiries(ctx)
		if err != nil {
			return v, err
		}
		for _, q := range list {
			if q.Confirmation.State == supervision.Asked {
				v.Asked = append(v.Asked, q)
			}
		}
	}
	return v, nil
}

func (v monthView) row(unit int64) *supervision.BoardRow {
	for i, r := range v.Board.Rows {
		if r.UnitID == unit {
			return &v.Board.Rows[i]
		}
	}
	return nil
}

// lede is the conclusion of the month in one sentence.
func (v monthView) lede() string {
	b := v.Board
	s := ""
	if b.Closed {
		s = fmt.Sprintf("%d 个单位的任务 **%d 红 %d 黄 %d 绿**", len(b.Rows), b.Counts[task.Red], b.Counts[task.Amber], b.Counts[task.Green])
		if n := b.Counts[task.Missing]; n > 0 {
			s += fmt.Sprintf("，**缺报 %d 项**", n)
		}
		s += "；"
	} else {
		s = "本月还没有亮灯；"
	}
	s += fmt.Sprintf("现场核验 **%d 项**，发现问题 **%d 个**，已销号 **%d 个**", b.Checked, b.Findings.Found, b.Findings.Closed)
	if b.Findings.Overdue > 0 {
		s += fmt.Sprintf("，**超期 %d 个**", b.Findings.Overdue)
	}
	return s + "。"
}

// ripe reports whether the month may be closed by its day; the area decides again.
func (v monthView) ripe() bool {
	return !v.Board.Closed && v.Board.From != "" && v.Today >= v.Board.From
}

// steps are the month's course. Source: domain 8 (month loop).
func (v monthView) steps() []ui.Step {
	drawn, ended := len(v.Tours) > 0, len(v.Tours) > 0
	var checked, sample int64
	for _, t := range v.Tours {
		drawn = drawn && t.Drawn > 0
		ended = ended && t.Tour.State == supervision.Ended
		checked, sample = checked+t.Checked, sample+t.Drawn
	}
	published := v.Bulletin != nil && v.Bulletin.State == supervision.Published
	list := []ui.Step{
		{Label: "填报截止", Note: fmt.Sprintf("次月 %d 日", v.Board.Policy.DueDay), Done: v.Board.Closed || v.ripe()},
		{Label: "抽样", Done: drawn},
		{Label: "督查", Done: ended},
		{Label: "亮灯", Done: v.Board.Closed},
		{Label: "通报", Done: published},
	}
	if sample > 0 {
		list[1].Note, list[2].Note = count(sample, "项"), fmt.Sprintf("核验 %d / %d", checked, sample)
	}
	switch {
	case v.Board.Closed:
		list[3].Note = fmt.Sprintf("第 %d 版规则", v.Board.Policy.Revision)
	case v.Board.From != "":
		list[3].Note = date(v.Today, v.Board.From) + " 起"
	}
	if v.Bulletin != nil {
		list[4].Note = v.Bulletin.State.Chinese()
		if published {
			list[4].Note = fmt.Sprintf("第 %d 期", v.Bulletin.Issue)
		}
	}
	for i := range list {
		if !list[i].Done {
			list[i].Now = true
			break
		}
	}
	return list
}

func monthHref(m period.Month, unit int64) string {
	q := url.Values{"month": {string(m)}}
	if unit != 0 {
		q.Set("unit", id.Format(unit))
	}
	return home + "?" + q.Encode()
}

func (p *Pages) closing(w http.ResponseWriter, r *http.Request) error {
	m, err := p.monthOf(r)
	if err != nil {
		return err
	}
	return p.showClosing(w, r, m, nil)
}

func (p *Pages) showClosing(w http.ResponseWriter, r *http.Request, m period.Month, refused error) error {
	if !shown(refused) {
		return refused
	}
	v, err := p.monthView(r, m)
	if err != nil {
		return err
	}
	ui.Render(w, r, route.Status(refused), closingPage(frame(r, m.Chinese()+"月度亮灯", home), v, refused))
	return nil
}

func (p *Pages) closeMonth(w http.ResponseWriter, r *http.Request) error {
	form, err := route.Form(r, "month", "sure")
	if err != nil {
		return err
	}
	m := period.Month(form.Get("month"))
	if !m.Valid() {
		return errs.New(errs.Invalid, "没有“%s”这个月份，请写成 2017-08 这样。", form.Get("month"))
	}
	if form.Get("sure") != "1" {
		return p.showClosing(w, r, m, errs.Refuse("有 1 处要改", errs.Field{Name: "sure", Message: "亮灯后不能改。看过上面的说明，请勾选再亮灯。"}))
	}
	n, err := p.Supervision.CloseMonth(r.Context(), ui.RequestKey(r), m)
	if err != nil {
		return p.showClosing(w, r, m, err)
	}
	route.SetFlash(w, r, fmt.Sprintf("%s亮灯完成：%d 项任务", m.Chinese(), n), "")
	route.Redirect(w, r, monthHref(m, 0))
	return nil
}
