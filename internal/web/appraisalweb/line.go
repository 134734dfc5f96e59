package appraisalweb

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"duban/internal/area/appraisal"
	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// lineView is one line of a scheme as a form (逐格改).
type lineView struct {
	Scheme  appraisal.Scheme
	Section score.Section
	N, Last int // N is 0 for a new line
	Cells   []score.Cell
	Was     string // what the line was called when the form was opened
	Err     error
}

func linePath(scheme int64, s score.Section, n int) string {
	return "/appraisal/schemes/" + id.Format(scheme) + "/lines/" + string(s) + "/" + strconv.Itoa(n)
}

// lineOf reads which line of which draft a request is about.
func (p *Pages) lineOf(r *http.Request) (v lineView, err error) {
	v.Section = score.Section(r.PathValue("section"))
	v.N, err = strconv.Atoi(r.PathValue("n"))
	if err != nil || v.Section.String() == "" {
		return v, errs.New(errs.NotFound, "没有这一行。")
	}
	if v.Scheme, err = p.Schemes.SchemeOf(r.Context(), id.Parse(r.PathValue("scheme"))); err != nil {
		return v, err
	}
	if v.Scheme.State != appraisal.Draft {
		return v, errs.New(errs.Conflict, "这一版已经定稿，不能再改。请起草下一版。")
	}
	v.Last = score.Lines(v.Scheme.Text, v.Section)
	return v, nil
}

// called is the name of a line.
func called(cells []score.Cell) string {
	for _, c := range cells {
		if c.Key == "name" || c.Key == "event" {
			return c.Value
		}
	}
	return ""
}

// sameLine refuses a form whose line stands elsewhere by now: somebody has added, moved or deleted one.
func (v lineView) sameLine(was string) error {
	if v.N == 0 || v.Section == score.Head {
		return nil
	}
	cells, err := score.Cells(v.Scheme.Text, v.Section, v.N, "")
	if err != nil {
		return said(err)
	}
	if now := called(cells); now != was {
		return errs.New(errs.Conflict, "第 %d 行现在是“%s”，不是您打开时的“%s”：有人加过、移过或删过行。请回到办法，重新点开要改的那一行。", v.N, now, was)
	}
	return nil
}

// said makes a complaint of the table one of the form.
func said(err error) error {
	var c *score.CellError
	switch {
	case !errors.As(err, &c):
		return err
	case c.Key == "":
		return errs.New(errs.Invalid, "%s", c.Message)
	}
	return errs.At(c.Key, "%s", c.Message)
}

func (p *Pages) line(w http.ResponseWriter, r *http.Request) error {
	v, err := p.lineOf(r)
	if err != nil {
		return err
	}
	return p.showLine(w, r, v, nil)
}

func (p *Pages) showLine(w http.ResponseWriter, r *http.Request, v lineView, typed url.Values) (err error) {
	if v.Cells, err = score.Cells(v.Scheme.Text, v.Section, v.N, score.Method(typed.Get("method"))); err != nil {
		return said(err)
	}
	title := v.Section.String()
	if v.N == 0 {
		title = "加一个" + title
	}
	for _, c := range v.Cells {
		if v.N > 0 && v.Section != score.Head && (c.Key == "name" || c.Key == "event") {
			title += "“" + c.Value + "”"
		}
	}
	v.Was = called(v.Cells)
	if typed.Has("was") { // after a refusal the form is still that of the line that was opened
		v.Was = typed.Get("was")
	}
	for i := range v.Cells {
		if c := &v.Cells[i]; !c.Locked && typed.Has(c.Key) {
			c.Value = typed.Get(c.Key)
		}
	}
	f := schemeFrame(r, title)
	f.Crumbs = slices.Insert(f.Crumbs, len(f.Crumbs)-1, ui.Crumb{Href: "/appraisal/schemes/" + id.Format(v.Scheme.ID) + "/edit", Label: v.Scheme.Name + "　第 " + strconv.FormatInt(v.Scheme.Revision, 10) + " 版"})
	ui.Render(w, r, ui.Status(v.Err), linePage(f, v))
	return nil
}

func (p *Pages) saveLine(w http.ResponseWriter, r *http.Request) error {
	typed, err := route.Form(r, append(score.CellKeys(), "do", "was")...)
	if err != nil {
		return err
	}
	v, err := p.lineOf(r)
	if err != nil {
		return err
	}
	do, done := typed.Get("do"), "已存进草稿"
	if do == "method" {
		return p.showLine(w, r, v, typed)
	}
	next := v.Scheme
	next.Version = ui.RowVersion(r)
	err = v.sameLine(typed.Get("was"))
	switch {
	case err != nil:
	case do == "drop":
		next.Text, err = score.DropLine(next.Text, v.Section, v.N)
		done = "已删去这一行"
	case do == "up":
		next.Text, err = score.MoveLine(next.Text, v.Section, v.N)
		done = "已前移一行"
	default:
		cells := map[string]string{}
		for k := range typed {
			cells[k] = strings.ReplaceAll(typed.Get(k), "\r\n", "\n")
		}
		next.Text, err = score.SetCells(next.Text, v.Section, v.N, cells)
	}
	if err = said(err); err == nil {
		_, err = p.Schemes.SaveScheme(r.Context(), ui.RequestKey(r), next)
	}
	if err != nil {
		return p.again(err, func() error {
			v.Err = err
			return p.showLine(w, r, v, typed)
		})
	}
	route.SetFlash(w, r, done, "")
	route.Redirect(w, r, "/appraisal/schemes/"+id.Format(v.Scheme.ID)+"/edit")
	return nil
}

// input is the control of a cell.
func (v lineView) input(c score.Cell) ui.Input {
	in := ui.Input{Name: c.Key, Label: c.Label, Hint: c.Hint, Value: c.Value, Optional: !c.Must, Bad: ui.Fields(v.Err)}
	switch c.Kind {
	case score.NumberCell:
		in.Mode = "decimal"
	case score.BandsCell:
		in.Rows = max(4, strings.Count(c.Value, "\n")+2)
	case score.ChoiceCell:
		in.Blank = "不写，按默认"
		if c.Must {
			in.Blank = ""
		}
		for _, x := range c.Choices {
			if x.Value == "" {
				in.Blank = x.Label
			} else {
				in.Options = append(in.Options, ui.Option{Value: x.Value, Label: x.Label})
			}
		}
	}
	return in
}
