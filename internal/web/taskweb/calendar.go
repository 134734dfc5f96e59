package taskweb

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// calendarView is the page of the national calendar.
type calendarView struct {
	Years []calendar.Year
	Year  calendar.Year // shown
	Days  []calendar.Day
	Lacks []int // this year and the next, where they are unknown
	May   bool
	Form  yearForm
}

type yearForm struct{ Year, Document string }

func (p *Pages) calendar(w http.ResponseWriter, r *http.Request) error {
	return p.showCalendar(w, r, yearForm{}, nil)
}

func (p *Pages) showCalendar(w http.ResponseWriter, r *http.Request, form yearForm, failed error) error {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	c, err := p.Calendar.Load(r.Context())
	if err != nil {
		return err
	}
	today := p.Clock.Now().In(period.Beijing)
	v := calendarView{Years: c.Years(), May: who.May(calendar.Import), Form: form}
	known := func(year int) bool {
		return slices.ContainsFunc(v.Years, func(y calendar.Year) bool { return y.Year == year })
	}
	for _, y := range []int{today.Year(), today.Year() + 1} {
		if !known(y) {
			v.Lacks = append(v.Lacks, y)
		}
	}
	want, _ := strconv.Atoi(r.URL.Query().Get("year"))
	if !known(want) {
		want = today.Year()
	}
	for _, y := range v.Years {
		if y.Year == want || v.Year.Year == 0 && y.Year == v.Years[len(v.Years)-1].Year {
			v.Year = y
		}
	}
	v.Days = c.Days(v.Year.Year)
	if v.Form.Year == "" && len(v.Lacks) > 0 {
		v.Form.Year = strconv.Itoa(v.Lacks[0])
	}
	f := route.Frame(r)
	f.Title = "工作日日历"
	f.Lede = ui.Rich("%s", v.lede(today))
	ui.Render(w, r, route.Status(failed), calendarPage(f, v, failed))
	return nil
}

func (v calendarView) lede(today time.Time) string {
	if len(v.Years) == 0 {
		return "还没有录入任何一年的放假安排，**按工作日算的期限都算不出来**。"
	}
	s := "已录入 " + strconv.Itoa(v.Years[0].Year) + " 至 " + strconv.Itoa(v.Years[len(v.Years)-1].Year) + " 年的放假安排"
	var gaps []string
	for y := v.Years[0].Year; y < v.Years[len(v.Years)-1].Year; y++ {
		if !slices.ContainsFunc(v.Years, func(x calendar.Year) bool { return x.Year == y }) {
			gaps = append(gaps, strconv.Itoa(y))
		}
	}
	if len(gaps) > 0 {
		s += "，中间缺 " + strings.Join(gaps, "、") + " 年"
	}
	s += "；"
	switch {
	case slices.Contains(v.Lacks, today.Year()):
		return s + "**今年（" + strconv.Itoa(today.Year()) + " 年）的还没有录入，按工作日算的期限算不出来**。"
	case len(v.Lacks) > 0:
		return s + "**明年（" + strconv.Itoa(today.Year()+1) + " 年）的还没有录入**，跨年的工作日期限算不出来。"
	}
	return s + "今年和明年都有了。"
}

// weekday says which day of the week it is: 周五.
func weekday(day string) string {
	t, err := period.ParseDay(day)
	if err != nil {
		return ""
	}
	return "周" + []string{"日", "一", "二", "三", "四", "五", "六"}[t.Weekday()]
}

func (p *Pages) importYear(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "year", "document")
	if err != nil {
		return err
	}
	form := yearForm{Year: strings.TrimSpace(v.Get("year")), Document: v.Get("document")}
	file, err := upload(r, "file")
	if err != nil {
		return err
	}
	year, err := strconv.Atoi(form.Year)
	if err != nil {
		err = errs.At("year", "请填四位数的年份")
	} else if len(file) == 0 {
		err = errs.At("file", "还没有选文件。请选一个 CSV 文件：每行一天，日期,类别,名称。")
	}
	var y calendar.Year
	if err == nil {
		y, err = p.Calendar.ImportYear(r.Context(), year, form.Document, bytes.NewReader(file))
	}
	if err != nil {
		return refused(w, r, err, func() error { return p.showCalendar(w, r, form, err) })
	}
	route.SetFlash(w, r, strconv.Itoa(y.Year)+" 年的放假安排已导入（第 "+strconv.FormatInt(y.Version, 10)+" 版）", "")
	route.Redirect(w, r, "/calendar?year="+strconv.Itoa(y.Year))
	return nil
}

// upload returns the content of a file of the form; nothing if none was chosen.
func upload(r *http.Request, name string) ([]byte, error) {
	if r.MultipartForm == nil || len(r.MultipartForm.File[name]) == 0 {
		return nil, nil
	}
	f, err := r.MultipartForm.File[name][0].Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
