package campaignweb

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"duban/internal/area/campaign"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// itemView is an item with its history.
type itemView struct {
	campaign.Detail
	Dir   *org.Directory
	Today string
	Month period.Month // the last one that is over, the plan's last at most
	Proof string       // address of the proof in the ledger; "" if there is none
	Kind  string       // filter of the history: report, term, act
	Note  string       // as typed for the completion
}

func (p *Pages) item(w http.ResponseWriter, r *http.Request) error {
	return p.showItem(w, r, http.StatusOK, "", nil)
}

func (p *Pages) showItem(w http.ResponseWriter, r *http.Request, status int, note string, refusal error) (err error) {
	v := itemView{Today: p.today(), Kind: r.URL.Query().Get("kind"), Note: note}
	if v.Detail, err = p.Service.ItemDetail(r.Context(), pathID(r, "id")); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	v.Month = min(period.MonthOf(p.Clock.Now()).Prev(), v.Sheet.Plan.To)
	if p.Proof != nil && mayProve(r) {
		v.Proof = p.Proof(ref.Ref{Kind: "task.task", ID: v.Task.ID})
	}
	ui.Render(w, r, status, itemPage(route.Frame(r), v, refusal))
	return nil
}

func (p *Pages) complete(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "note")
	if err != nil {
		return err
	}
	taskID := pathID(r, "id")
	if err := p.Service.CompleteItem(r.Context(), ui.RequestKey(r), taskID, v.Get("note")); err != nil {
		if refused(err) {
			return p.showItem(w, r, route.Status(err), v.Get("note"), err)
		}
		return err
	}
	route.SetFlash(w, r, "已报办结，等督查室核验销号", "")
	route.Redirect(w, r, taskHref(taskID))
	return nil
}

// closeItem is the supervisor's decision on a completed item: strike it off or send it back, by the button that was pressed.
func (p *Pages) closeItem(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "note", "do")
	if err != nil {
		return err
	}
	taskID, said := pathID(r, "id"), "已销号"
	act := p.Service.CloseItem
	if v.Get("do") == "back" {
		act, said = p.Service.SendBackItem, "已退回单位"
	}
	if err := act(r.Context(), ui.RequestKey(r), taskID, v.Get("note")); err != nil {
		if refused(err) {
			return p.showItem(w, r, route.Status(err), v.Get("note"), err)
		}
		return err
	}
	route.SetFlash(w, r, said, "")
	route.Redirect(w, r, taskHref(taskID))
	return nil
}

func (p *Pages) addExhibit(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r, "file"); err != nil {
		return err
	}
	taskID := pathID(r, "id")
	f, err := upload(r, "file")
	if err == nil && f == nil {
		err = errs.At("file", "还没有选文件。")
	}
	if err == nil {
		_, err = p.Service.AddExhibit(r.Context(), taskID, *f)
	}
	if err != nil {
		if refused(err) {
			return p.showItem(w, r, route.Status(err), "", err)
		}
		return err
	}
	route.SetFlash(w, r, "佐证已存", "")
	route.Redirect(w, r, taskHref(taskID)+"#proof")
	return nil
}

// raw reads the file of a form's field; no bytes if none was chosen.
func raw(r *http.Request, name string, limit int64) (fileName string, content []byte, err error) {
	if r.MultipartForm == nil || len(r.MultipartForm.File[name]) == 0 {
		return "", nil, nil
	}
	h := r.MultipartForm.File[name][0]
	if h.Size == 0 && h.Filename == "" {
		return "", nil, nil
	}
	if h.Size > limit {
		return "", nil, errs.At(name, "这个文件有 %d MB，最多 %d MB。请压缩或拆开再传。", h.Size>>20, limit>>20)
	}
	f, err := h.Open()
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	content, err = io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && content == nil {
		content = []byte{}
	}
	return h.Filename, content, err
}

// download hands out an exhibit: always as a file to keep, never shown in place, whatever it is.
//
// Source: reliability 44, 48.
func (p *Pages) download(w http.ResponseWriter, r *http.Request) error {
	e, content, err := p.Files.Open(r.Context(), pathID(r, "id"))
	if err != nil {
		return err
	}
	attach(w, e.Media, e.FileName())
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	_, err = w.Write(content)
	return err
}

// attach names the file that the answer is.
func attach(w http.ResponseWriter, media, name string) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+strings.ReplaceAll(url.QueryEscape(name), "+", "%20"))
}

// itemForm is the form of an item as typed.
type itemForm struct {
	No, Title, Standard, Indicator, Measure, Direction, Target, Unit, Support, Leader, Source, Deadline, DeadlineText, Weight, Category, Scoring, Note, Milestones string
	Quarters                                                                                                                                                       [4]string
}

var itemFields = []string{"no", "title", "standard", "indicator", "measure", "direction", "target", "lead_unit", "support", "leader", "source_unit", "deadline", "deadline_text",
	"weight", "category", "scoring", "note", "milestones", "q1", "q2", "q3", "q4"}

func readItem(v url.Values) itemForm {
	return itemForm{No: v.Get("no"), Title: v.Get("title"), Standard: v.Get("standard"), Indicator: v.Get("indicator"), Measure: v.Get("measure"), Direction: v.Get("direction"), Target: v.Get("target"),
		Unit: v.Get("lead_unit"), Support: v.Get("support"), Leader: v.Get("leader"), Source: v.Get("source_unit"), Deadline: v.Get("deadline"), DeadlineText: v.Get("deadline_text"),
		Weight: v.Get("weight"), Category: v.Get("category"), Scoring: v.Get("scoring"), Note: v.Get("note"), Milestones: v.Get("milestones"),
		Quarters: [4]string{v.Get("q1"), v.Get("q2"), v.Get("q3"), v.Get("q4")}}
}

// withMeasure parts 3家 into 3 and 家. 3亿 has no unit of measure: 亿 belongs to the number.
func withMeasure(text string) (number, measure string) {
	text = strings.TrimSpace(text)
	i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsDigit(r) && !strings.ContainsRune(".,，．, 　", r) })
	if i <= 0 {
		return text, ""
	}
	if m := text[i:]; strings.Trim(m, "万亿") != "" {
		return strings.TrimSpace(text[:i]), m
	}
	return text, ""
}

// draft reads the form exactly; what cannot be read is refused at its field.
func (f itemForm) draft(d *org.Directory) (x campaign.ItemDraft, err error) {
	var bad []errs.Field
	number := func(name, label, text, measure string) amount.Scaled {
		if strings.TrimSpace(text) == "" {
			return 0
		}
		v, err := quantity(name, label, text, measure)
		bad = append(bad, errs.FieldsOf(err)...)
		return v
	}
	measure := strings.TrimSpace(f.Measure)
	x = campaign.ItemDraft{No: f.No, Title: strings.TrimSpace(f.Title), Standard: f.Standard, Indicator: strings.TrimSpace(f.Indicator), Measure: measure, Direction: indicator.Direction(f.Direction),
		LeadUnit: id.Parse(f.Unit), Leader: id.Parse(f.Leader), SourceUnit: id.Parse(f.Source), Deadline: strings.TrimSpace(f.Deadline), DeadlineText: strings.TrimSpace(f.DeadlineText),
		Category: f.Category, Scoring: f.Scoring, Note: f.Note}
	if x.Direction != indicator.Down {
		x.Direction = indicator.Up
	}
	target := f.Target
	if measure == "" {
		if target, measure = withMeasure(f.Target); measure != "" {
			x.Measure = measure
		}
	}
	switch {
	case strings.TrimSpace(target) != "" && measure == "":
		bad = append(bad, errs.Field{Name: "measure", Message: "写了目标，还没有写计量单位，如“亩”“户”“万元”。"})
	default:
		x.Target = number("target", "目标", target, measure)
	}
	if measure == "" {
		measure = "%"
	}
	x.Weight = int64(number("weight", "分值", f.Weight, "分")) / 100
	var q [4]amount.Scaled
	full := 0
	for i, s := range f.Quarters {
		if strings.TrimSpace(s) != "" {
			full++
		}
		q[i] = number(fmt.Sprintf("q%d", i+1), []string{"一季度目标", "二季度目标", "三季度目标", "四季度目标"}[i], s, measure)
	}
	switch full {
	case 4:
		x.Quarters = &q
	case 1, 2, 3:
		bad = append(bad, errs.Field{Name: "q1", Message: "季度目标要么四个都写，要么都不写（按月平均推进）。"})
	}
	for _, name := range strings.FieldsFunc(f.Support, func(r rune) bool { return strings.ContainsRune("、，,；;\n\r\t 　", r) }) {
		if u := d.Find(name); u != nil {
			x.SupportUnits = append(x.SupportUnits, u.ID)
		} else {
			bad = append(bad, errs.Field{Name: "support", Message: fmt.Sprintf("没有“%s”。请写单位名册里的名称，用顿号分开。", name)})
		}
	}
	for i, line := range strings.Split(strings.TrimSpace(f.Milestones), "\n") {
		parts := strings.Fields(strings.ReplaceAll(line, "　", " "))
		if len(parts) == 0 {
			continue
		}
		if len(parts) < 3 {
			bad = append(bad, errs.Field{Name: "milestones", Message: fmt.Sprintf("第 %d 行要写日期、节点、权重三样，如：2017-06-30 桥梁下部 30。", i+1)})
			continue
		}
		last := len(parts) - 1
		weight := number("milestones", fmt.Sprintf("第 %d 行的权重", i+1), parts[last], "分")
		x.Milestones = append(x.Milestones, task.Milestone{No: int64(i + 1), DueOn: parts[0], Title: strings.Join(parts[1:last], " "), Weight: int64(weight) / 100})
	}
	return x, errs.Refuse(fmt.Sprintf("有 %d 处要改，改完就能存", len(bad)), bad...)
}

// itemFormView is the form of a new item.
type itemFormView struct {
	Campaign campaign.Campaign
	Form     itemForm
	Dir      *org.Directory
	Usual    []campaign.PresetIndicator
}

func (p *Pages) newItem(w http.ResponseWriter, r *http.Request) error {
	c, _, err := p.managed(r)
	if err != nil {
		return err
	}
	f := itemForm{}
	if x := campaign.PresetOf(c.Preset); x != nil {
		for _, i := range x.Indicators {
			if i.Name == r.URL.Query().Get("indicator") {
				f.Title, f.Indicator, f.Measure, f.Direction = i.Name, i.Name, i.Measure, string(i.Direction)
			}
		}
	}
	return p.showItemForm(w, r, http.StatusOK, c, f, nil)
}

func (p *Pages) showItemForm(w http.ResponseWriter, r *http.Request, status int, c campaign.Campaign, f itemForm, refusal error) error {
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	v := itemFormView{Campaign: c, Form: f, Dir: d}
	if x := campaign.PresetOf(c.Preset); x != nil {
		v.Usual = x.Indicators
	}
	ui.Render(w, r, status, itemFormPage(route.Frame(r), v, refusal))
	return nil
}

func (p *Pages) addItem(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, itemFields...)
	if err != nil {
		return err
	}
	c, _, err := p.managed(r)
	if err != nil {
		return err
	}
	f := readItem(v)
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	x, err := f.draft(d)
	var t task.Task
	if err == nil {
		t, err = p.Service.AddItem(r.Context(), ui.RequestKey(r), c.ID, x)
	}
	if err != nil {
		if refused(err) {
			return p.showItemForm(w, r, route.Status(err), c, f, err)
		}
		return err
	}
	route.SetFlash(w, r, "已录入 "+t.No, "")
	route.Redirect(w, r, taskHref(t.ID))
	return nil
}

// event is one entry of an item's history before it is drawn.
type event struct {
	at   int64
	kind string
	ui.Event
}

// size prints a file's size.
func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KB", max(n>>10, 1))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

func standing(list []evidence.Exhibit) (out []evidence.Exhibit) {
	for _, e := range list {
		if e.Standing() {
			out = append(out, e)
		}
	}
	return out
}

// mayProve says whether the reader may open the ledger: a link that leads to a refusal is no link.
func mayProve(r *http.Request) bool {
	who, err := auth.From(r.Context())
	return err == nil && who.May(ledger.Read)
}
