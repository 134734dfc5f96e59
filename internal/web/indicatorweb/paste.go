package indicatorweb

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// line is a pasted row with what will come of it.
type line struct {
	No                int // as a person counts
	Key, Month, Value string
	Source, Note      string // own columns; "" takes those of the form
	Is                string // new, fix, same, bad
	Why               string
	Name, Was         string // of the indicator; what is certified now
	certification     indicator.Certification
}

// draft is a paste before it is entered.
type draft struct {
	Lines               []line
	New, Fix, Same, Bad int
}

func (d draft) good() int { return d.New + d.Fix }

// text is the rows as text: all of them, or those that are bad, to be mended.
func (d draft) text(onlyBad bool) string {
	var out []string
	for _, l := range d.Lines {
		if !onlyBad || l.Is == "bad" {
			out = append(out, strings.TrimRight(strings.Join([]string{l.Key, l.Month, l.Value, l.Source, l.Note}, "\t"), "\t"))
		}
	}
	return strings.Join(out, "\n")
}

// headings are the names of the columns as tables have them.
var headings = [5][]string{{"编号", "任务编号", "指标", "指标名称", "任务", "名称", "项目"}, {"月份", "期间", "所属期", "月"}, {"数值", "认定数", "完成数", "累计", "累计数", "累计完成", "数"},
	{"出处", "数据出处", "来源"}, {"更正原因", "原因", "说明", "备注"}}

// headingOf says which column is where, if the row is a heading: it names the indicator and the value.
func headingOf(row []string) (at [5]int, ok bool) {
	at = [5]int{-1, -1, -1, -1, -1}
	for i, c := range row {
		for k, names := range headings {
			for _, n := range names {
				if strings.TrimSpace(c) == n && at[k] < 0 {
					at[k] = i
				}
			}
		}
	}
	return at, at[0] >= 0 && at[2] >= 0
}

var monthForm = regexp.MustCompile(`^(?:(\d{4})\s*[-年/.]?\s*)?(\d{1,2})\s*月?(?:份)?$`)

// readMonth reads a month as tables have it: 2017-08, 2017年8月, 201708, 8月; without a year it is the year of last.
func readMonth(s string, last period.Month) (period.Month, bool) {
	x := monthForm.FindStringSubmatch(strings.TrimSpace(s))
	if x == nil {
		return "", false
	}
	year := x[1]
	if year == "" {
		year = last.Year()
	}
	n, _ := strconv.Atoi(x[2])
	m := period.Month(fmt.Sprintf("%s-%02d", year, n))
	return m, m.Valid()
}

// readRows says of every pasted row what will come of it. It is pure.
func readRows(text string, lines []indicator.Line, source, note string, now time.Time) (d draft) {
	last := period.MonthOf(now).Prev()
	at := [5]int{0, 1, 2, 3, 4}
	seen := map[[2]string]int{}
	first := true
	for i, raw := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if strings.TrimSpace(raw) == "" {
			continue
		}
		row := strings.Split(raw, "\t")
		if len(row) == 1 {
			row = strings.FieldsFunc(raw, func(r rune) bool { return r == '，' || r == ' ' || r == '　' })
		}
		if h, ok := headingOf(row); ok && first {
			at, first = h, false
			continue
		}
		first = false
		cell := func(k int) string {
			if at[k] < 0 || at[k] >= len(row) {
				return ""
			}
			return strings.TrimSpace(row[at[k]])
		}
		l := line{No: i + 1, Key: cell(0), Month: cell(1), Value: cell(2), Source: cell(3), Note: cell(4)}
		l.judge(lines, source, note, last, now)
		if l.Is != "bad" {
			k := [2]string{strconv.FormatInt(l.certification.IndicatorID, 10), string(l.certification.Month)}
			if before, dup := seen[k]; dup {
				l.Is, l.Why = "bad", fmt.Sprintf("和第 %d 行是同一个月的同一个指标", before)
			} else {
				seen[k] = l.No
			}
		}
		switch l.Is {
		case "new":
			d.New++
		case "fix":
			d.Fix++
		case "same":
			d.Same++
		default:
			d.Bad++
		}
		d.Lines = append(d.Lines, l)
	}
	return d
}

// judge finds the row's indicator by the task's number or by a name that only one has, and says what will come of it.
func (l *line) judge(lines []indicator.Line, source, note string, last period.Month, now time.Time) {
	l.Is = "bad"
	var hit []indicator.Line
	for _, x := range lines {
		if l.Key != "" && strings.EqualFold(x.Owner.No, l.Key) {
			hit = []indicator.Line{x}
			break
		}
		if l.Key != "" && (x.Name == l.Key || x.Owner.Title == l.Key) {
			hit = append(hit, x)
		}
	}
	switch {
	case l.Key == "":
		l.Why = "没有写编号或指标名称"
		return
	case len(hit) == 0:
		l.Why = "没有由本单位认定的“" + l.Key + "”。请核对编号或名称"
		return
	case len(hit) > 1:
		l.Why = fmt.Sprintf("叫“%s”的有 %d 个，请写编号", l.Key, len(hit))
		return
	}
	h := hit[0]
	l.Name = h.Name
	m, ok := readMonth(l.Month, last)
	if !ok {
		l.Why = "月份“" + l.Month + "”看不懂。请写成 2017-08 或 8月"
		return
	}
	v, bad := quantity("数值", l.Value, h.Measure)
	if bad != "" {
		l.Why = bad
		return
	}
	or := func(a, b string) string {
		if a != "" {
			return a
		}
		return strings.TrimSpace(b)
	}
	old := h.At(m)
	l.Was = show(old.Certified, h.Measure)
	l.certification = indicator.Certification{IndicatorID: h.ID, Month: m, Value: v, Source: or(l.Source, source), Note: or(l.Note, note)}
	if l.certification.Same(old) {
		l.Is, l.Why = "same", "已经认定为这个数，不重复记"
		return
	}
	if bad := errs.FieldsOf(l.certification.Check(h.Sheet, old, now)); len(bad) > 0 {
		l.Why = bad[0].Message
		return
	}
	l.Is = "new"
	if old.Certified != nil {
		l.Is, l.Why = "fix", "原来认定 "+l.Was+"，会保留"
	} else {
		l.certification.Note = l.Note // the common reason is one of corrections
	}
}

type pasteForm struct{ Pasted, Source, Note string }

type pasteView struct {
	Form  pasteForm
	Draft *draft
	Done  string // what was entered just now
	Lines []indicator.Line
}

func (p *Pages) pasteForm(w http.ResponseWriter, r *http.Request) error {
	lines, err := p.Indicators.Sourced(r.Context())
	if err != nil {
		return err
	}
	return p.showPaste(w, r, pasteView{Lines: lines}, nil)
}

func (p *Pages) showPaste(w http.ResponseWriter, r *http.Request, v pasteView, refused error) error {
	f := route.Frame(r)
	f.Title, f.Crumbs = "粘贴认定数", []ui.Crumb{{Href: CertifyPath, Label: "数据认定"}, {Label: "粘贴"}}
	switch d := v.Draft; {
	case v.Done != "":
		f.Lede = ui.Rich("%s", v.Done)
	case d != nil:
		f.Lede = ui.Rich("读到 %d 行：认定 **%d**，更正 %d，没有变 %d，要改 **%d**。还没有存。", len(d.Lines), d.New, d.Fix, d.Same, d.Bad)
	}
	ui.Render(w, r, route.Status(refused), pastePage(f, v, refused))
	return nil
}

// paste shows what will come of the rows, and with act commit enters the good ones; those that are left stay in the form to be mended.
func (p *Pages) paste(w http.ResponseWriter, r *http.Request) error {
	x, err := route.Form(r, "pasted", "source", "note", "act")
	if err != nil {
		return err
	}
	v := pasteView{Form: pasteForm{x.Get("pasted"), x.Get("source"), x.Get("note")}}
	if v.Lines, err = p.Indicators.Sourced(r.Context()); err != nil {
		return err
	}
	if strings.TrimSpace(v.Form.Pasted) == "" {
		return p.showPaste(w, r, v, errs.At("pasted", "还没有粘贴内容。"))
	}
	d := readRows(v.Form.Pasted, v.Lines, v.Form.Source, v.Form.Note, p.Clock.Now())
	if len(d.Lines) > indicator.MaxRows {
		return p.showPaste(w, r, v, errs.At("pasted", "一次最多 %d 行，现在是 %d 行。请分几次粘贴。", indicator.MaxRows, len(d.Lines)))
	}
	if v.Draft = &d; x.Get("act") != "commit" || d.good() == 0 {
		return p.showPaste(w, r, v, nil)
	}
	var list []indicator.Certification
	var rows []int
	for i, l := range d.Lines {
		if l.Is == "new" || l.Is == "fix" {
			list, rows = append(list, l.certification), append(rows, i)
		}
	}
	done, refused, err := p.Indicators.CertifyMany(r.Context(), ui.RequestKey(r), list)
	if err != nil {
		if errs.KindOf(err) == errs.Invalid {
			return p.showPaste(w, r, v, err)
		}
		return err
	}
	for _, x := range refused { // refused after all: somebody else was quicker, or the value was reported by the person himself
		l := &d.Lines[rows[x.Row]]
		l.Is, l.Why = "bad", errs.Say(x.Err)
		if f := errs.FieldsOf(x.Err); len(f) > 0 {
			l.Why = f[0].Message
		}
		d.Bad++
	}
	if d.Bad == 0 {
		route.SetFlash(w, r, fmt.Sprintf("已认定 %d 行", done), "")
		route.Redirect(w, r, CertifyPath)
		return nil
	}
	left := draft{Bad: d.Bad}
	for _, l := range d.Lines {
		if l.Is == "bad" {
			left.Lines = append(left.Lines, l)
		}
	}
	v.Form.Pasted, v.Draft = d.text(true), &left
	v.Done = fmt.Sprintf("已认定 **%d 行**。还有 **%d 行**没有存，改好再看一次。", done, d.Bad)
	return p.showPaste(w, r, v, nil)
}
