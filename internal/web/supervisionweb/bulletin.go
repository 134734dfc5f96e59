package supervisionweb

import (
	"fmt"
	"net/http"
	"strings"

	"duban/internal/area/supervision"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/office/gb9704"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/web/paper"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/viz"
)

// paperOf makes the paper of a bulletin from its document and nothing else. The page and the Word file are both filled from it.
//
// Source: domain 11 (structure of 督查通报: 附件 慢序时, 按序时).
func paperOf(d supervision.BulletinDoc) gb9704.Bulletin {
	b := gb9704.Bulletin{Organ: d.Organ + "文件", Number: d.DocNo, Title: d.Text.Title, Addressee: d.Recipients, AsOf: d.Tables.AsOf, Signer: d.Organ, Date: d.PublishedOn, Printer: d.Organ, Printed: d.PublishedOn}
	if b.Addressee == "" {
		b.Addressee = everybody
	}
	add := func(level int, text string) {
		for _, line := range strings.Split(text, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				b.Body = append(b.Body, gb9704.Paragraph{Level: level, Text: line})
			}
		}
	}
	if d.Demo {
		add(0, "（演示数据，非正式公文。）")
	}
	for _, t := range d.Body() {
		add(t.Level, t.Text)
	}
	if d.Anchor != "" {
		add(0, "本通报已存证，短码 "+d.Anchor+"，可在督办系统核对。")
	}
	for _, a := range d.Dissents() {
		b.Dissents = append(b.Dissents, gb9704.Dissent{Unit: a.Unit, Text: a.Text, Reply: a.Reply})
	}
	b.Behind, b.OnTime = taskRows(d.Tables.Slow), taskRows(d.Tables.OnPace)
	return b
}

// everybody is whom a bulletin is sent to unless somebody writes otherwise; the area has the same words.
const everybody = "各乡镇（街道），区直各单位"

func taskRows(list []supervision.Row) (out []gb9704.TaskRow) {
	for _, r := range list {
		x := gb9704.TaskRow{Unit: r.Unit, Task: strings.TrimSpace(r.No + " " + r.Title), Due: r.Should(), Verified: r.Short(), Gap: "—", Blocker: r.Blocker}
		if r.Value != nil && r.Pace != nil {
			switch d := *r.Value - *r.Pace; {
			case d > 0:
				x.Gap = "+" + indicator.About(d, r.Measure)
			case d < 0:
				x.Gap = "−" + indicator.About(-d, r.Measure)
			default:
				x.Gap = indicator.About(d, r.Measure)
			}
		}
		out = append(out, x)
	}
	return out
}

// bulletinsView is the list of bulletins, and what the reader's units were asked.
type bulletinsView struct {
	List  []supervision.Bulletin
	Asked []supervision.Inquiry
	Dir   *org.Directory
	Who   auth.Actor
	Today string
	Month string // of a new draft, as typed
}

func (p *Pages) bulletins(w http.ResponseWriter, r *http.Request) error {
	return p.showBulletins(w, r, string(period.MonthOf(p.Clock.Now()).Prev()), nil)
}

func (p *Pages) showBulletins(w http.ResponseWriter, r *http.Request, month string, refused error) error {
	if !shown(refused) {
		return refused
	}
	v := bulletinsView{Today: p.today(), Month: month}
	var err error
	if v.Who, err = actor(r); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	if v.List, err = p.Supervision.Bulletins(r.Context(), ""); err != nil {
		return err
	}
	if v.Who.May(supervision.MayConfirm) {
		if v.Asked, err = p.Supervision.Inquiries(r.Context()); err != nil {
			return err
		}
	}
	ui.Render(w, r, route.Status(refused), bulletinsPage(frame(r, "督查通报", "/bulletins"), v, refused))
	return nil
}

func (p *Pages) draft(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "month")
	if err != nil {
		return err
	}
	n, err := p.Supervision.DraftBulletin(r.Context(), ui.RequestKey(r), period.Month(v.Get("month")), supervision.Scope{})
	if err != nil {
		return p.showBulletins(w, r, v.Get("month"), err)
	}
	route.SetFlash(w, r, "通报已起草，数字都从台账算出", "")
	route.Redirect(w, r, bulletinHref(n))
	return nil
}

func bulletinHref(n int64) string { return "/bulletins/" + id.Format(n) }

func confirmHref(q supervision.Inquiry) string {
	return bulletinHref(q.Confirmation.BulletinID) + "/confirm?unit=" + id.Format(q.Confirmation.UnitID)
}

// bulletinView is a bulletin with its paper.
type bulletinView struct {
	supervision.BulletinView
	Dir    *org.Directory
	Who    auth.Actor
	Today  string
	Paper  gb9704.Bulletin
	Sheets []paper.Sheet
}

func (p *Pages) bulletinView(r *http.Request) (v bulletinView, err error) {
	v.Today = p.today()
	if v.Who, err = actor(r); err != nil {
		return v, err
	}
	if v.BulletinView, err = p.Supervision.Bulletin(r.Context(), id.Parse(r.PathValue("id"))); err != nil {
		return v, err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return v, err
	}
	v.Paper = paperOf(v.Doc)
	v.Sheets = paper.Pages(paper.OfBulletin(v.Paper), v.Doc.Demo)
	return v, nil
}

func (v bulletinView) title() string {
	return fmt.Sprintf("%s督查通报（第 %d 期）", v.Bulletin.Month.Chinese(), v.Bulletin.Issue)
}

// offers reports whether the reader may do a step now, so that only possible buttons are shown; the area decides again.
func (v bulletinView) offers(step string) bool {
	s := v.Bulletin.State
	switch step {
	case "draft":
		return s == supervision.Drafted && v.Who.May(supervision.MayDraft)
	case "edit":
		return s != supervision.Published && v.Who.May(supervision.MayDraft)
	case "take-back":
		return s == supervision.Confirming && v.Who.May(supervision.MayDraft)
	case "publish":
		return s == supervision.Confirming && v.Who.May(supervision.MayPublish)
	}
	return false
}

// answers counts what the named units have said.
func (v bulletinView) answers() (n map[supervision.ConfirmationState]int) {
	n = map[supervision.ConfirmationState]int{}
	for _, c := range v.Confirmations {
		n[c.State]++
	}
	return n
}

// answerLight is what a named unit has said, as shape and word.
func answerLight(s supervision.ConfirmationState) (viz.Light, string) {
	switch s {
	case supervision.Agreed:
		return viz.Done, "已确认"
	case supervision.Dissented:
		return viz.Amber, "有异议"
	case supervision.Silent:
		return viz.NotDue, "视为无异议"
	case supervision.Void:
		return viz.Hold, "已作废"
	}
	return viz.Missing, "未答"
}

func (p *Pages) bulletin(w http.ResponseWriter, r *http.Request) error {
	v, err := p.bulletinView(r)
	if err != nil {
		return err
	}
	return p.showBulletin(w, r, v, nil)
}

func (p *Pages) showBulletin(w http.ResponseWriter, r *http.Request, v bulletinView, refused error) error {
	f := route.Frame(r)
	f.Title, f.Layout, f.Sheets, f.Tabs = v.title(), ui.Bare, []string{"bulletin.css"}, nil
	ui.Render(w, r, route.Status(refused), bulletinPage(f, v, refused))
	return nil
}

// word is the paper as a Word file.
func (p *Pages) word(w http.ResponseWriter, r *http.Request) error {
	v, err := p.bulletinView(r)
	if err != nil {
		return err
	}
	x, name := v.Paper, v.title()
	if x.Number == "" { // a draft goes round before it has one
		x.Number, name = "〔"+v.Bulletin.Year+"〕　号（送审稿）", name+"送审稿"
	}
	b, err := paper.Word(r.Context(), p.Templates, gb9704.BulletinName, v.Bulletin.PublishedAt, x)
	if err != nil {
		return err
	}
	send(w, "attachment", name+".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b)
	return nil
}

func (p *Pages) redraft(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	n := id.Parse(r.PathValue("id"))
	if err := p.Supervision.RedraftBulletin(r.Context(), ui.RequestKey(r), n, ui.RowVersion(r)); err != nil {
		if !shown(err) {
			return err
		}
		v, again := p.bulletinView(r)
		if again != nil {
			return again
		}
		return p.showBulletin(w, r, v, err)
	}
	route.SetFlash(w, r, "已按现在的台账重新起草，原来的文字留在上一版", "")
	route.Redirect(w, r, bulletinHref(n))
	return nil
}

func (p *Pages) editForm(w http.ResponseWriter, r *http.Request) error {
	v, err := p.bulletinView(r)
	if err != nil {
		return err
	}
	return p.showEdit(w, r, v, v.Doc.Text, nil)
}

func (p *Pages) showEdit(w http.ResponseWriter, r *http.Request, v bulletinView, t supervision.Text, refused error) error {
	ui.Render(w, r, route.Status(refused), editPage(frame(r, "改"+v.title(), "/bulletins"), v, t, refused))
	return nil
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	x, err := route.Form(r, "title", "lede", "intro", "praise", "requirement")
	if err != nil {
		return err
	}
	n, t := id.Parse(r.PathValue("id")), supervision.Text{Title: x.Get("title"), Lede: x.Get("lede"), Intro: x.Get("intro"), Praise: x.Get("praise"), Requirement: x.Get("requirement")}
	if err := p.Supervision.EditBulletin(r.Context(), ui.RequestKey(r), n, ui.RowVersion(r), t); err != nil {
		if !shown(err) {
			return err
		}
		v, again := p.bulletinView(r)
		if again != nil {
			return again
		}
		return p.showEdit(w, r, v, t, err)
	}
	route.SetFlash(w, r, "文字已改，原来的留在上一版", "")
	route.Redirect(w, r, bulletinHref(n))
	return nil
}

// act shows the page of an act that cannot simply be undone, and does it.
func (p *Pages) act(w http.ResponseWriter, r *http.Request, title string, form map[string]string, refused error, page func(ui.Frame, bulletinView, map[string]string, error) error) error {
	if !shown(refused) {
		return refused
	}
	v, err := p.bulletinView(r)
	if err != nil {
		return err
	}
	return page(frame(r, title, "/bulletins"), v, form, refused)
}

func (p *Pages) showAsk(w http.ResponseWriter, r *http.Request, form map[string]string, refused error) error {
	return p.act(w, r, "送单位核对事实", form, refused, func(f ui.Frame, v bulletinView, form map[string]string, err error) error {
		ui.Render(w, r, route.Status(err), askPage(f, v, form, err))
		return nil
	})
}

func (p *Pages) askForm(w http.ResponseWriter, r *http.Request) error {
	return p.showAsk(w, r, map[string]string{"days": ""}, nil)
}

func (p *Pages) ask(w http.ResponseWriter, r *http.Request) error {
	x, err := route.Form(r, "days")
	if err != nil {
		return err
	}
	n, days := id.Parse(r.PathValue("id")), 0 // 0 is the district's usual number
	if text := strings.TrimSpace(x.Get("days")); text != "" {
		if days = number(text); days == 0 {
			days = -1 // a typed nought is not the usual number
		}
	}
	if err := p.Supervision.SendForConfirmation(r.Context(), ui.RequestKey(r), n, days); err != nil {
		return p.showAsk(w, r, map[string]string{"days": x.Get("days")}, err)
	}
	route.SetFlash(w, r, "已送被点名的单位核对事实", "")
	route.Redirect(w, r, bulletinHref(n))
	return nil
}

func (p *Pages) showTakeBack(w http.ResponseWriter, r *http.Request, form map[string]string, refused error) error {
	return p.act(w, r, "退回修改", form, refused, func(f ui.Frame, v bulletinView, form map[string]string, err error) error {
		ui.Render(w, r, route.Status(err), takeBackPage(f, v, form, err))
		return nil
	})
}

func (p *Pages) takeBackForm(w http.ResponseWriter, r *http.Request) error {
	return p.showTakeBack(w, r, nil, nil)
}

func (p *Pages) takeBack(w http.ResponseWriter, r *http.Request) error {
	x, err := route.Form(r, "reason")
	if err != nil {
		return err
	}
	n := id.Parse(r.PathValue("id"))
	if err := p.Supervision.TakeBackBulletin(r.Context(), ui.RequestKey(r), n, x.Get("reason")); err != nil {
		return p.showTakeBack(w, r, map[string]string{"reason": x.Get("reason")}, err)
	}
	route.SetFlash(w, r, "已退回修改，原来的核对作废", "")
	route.Redirect(w, r, bulletinHref(n))
	return nil
}

func (p *Pages) showPublish(w http.ResponseWriter, r *http.Request, form map[string]string, refused error) error {
	return p.act(w, r, "签发督查通报", form, refused, func(f ui.Frame, v bulletinView, form map[string]string, err error) error {
		ui.Render(w, r, route.Status(err), publishPage(f, v, form, err))
		return nil
	})
}

func (p *Pages) publishForm(w http.ResponseWriter, r *http.Request) error {
	return p.showPublish(w, r, map[string]string{"recipients": everybody}, nil)
}

func (p *Pages) publish(w http.ResponseWriter, r *http.Request) error {
	x, err := route.Form(r, "doc_no", "recipients", "sure")
	if err != nil {
		return err
	}
	n, form := id.Parse(r.PathValue("id")), map[string]string{"doc_no": x.Get("doc_no"), "recipients": x.Get("recipients"), "sure": x.Get("sure")}
	if form["sure"] != "1" {
		return p.showPublish(w, r, form, errs.Refuse("有 1 处要改", errs.Field{Name: "sure", Message: "签发后不能收回。看过上面的说明，请勾选再签发。"}))
	}
	if err := p.Supervision.Publish(r.Context(), ui.RequestKey(r), n, form["doc_no"], form["recipients"]); err != nil {
		return p.showPublish(w, r, form, err)
	}
	route.SetFlash(w, r, "通报已签发", "")
	route.Redirect(w, r, bulletinHref(n))
	return nil
}

// confirmView is the question to a named unit.
type confirmView struct {
	supervision.Inquiry
	Unit, Today string
	Agree, Text string // as typed
}

func (p *Pages) confirmForm(w http.ResponseWriter, r *http.Request) error {
	return p.showConfirm(w, r, id.Parse(r.URL.Query().Get("unit")), "", "", nil)
}

// showConfirm shows a unit the facts about it, and nothing else of the draft.
func (p *Pages) showConfirm(w http.ResponseWriter, r *http.Request, unit int64, agree, text string, refused error) error {
	if !shown(refused) {
		return refused
	}
	list, err := p.Supervision.Inquiries(r.Context())
	if err != nil {
		return err
	}
	var found *supervision.Inquiry
	for i, q := range list {
		if q.Confirmation.BulletinID != id.Parse(r.PathValue("id")) || unit != 0 && q.Confirmation.UnitID != unit {
			continue
		}
		if found == nil || found.Confirmation.State == supervision.Void && q.Confirmation.State != supervision.Void {
			found = &list[i]
		}
	}
	if found == nil {
		return errs.New(errs.NotFound, "")
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	v := confirmView{Inquiry: *found, Unit: d.UnitName(found.Confirmation.UnitID), Today: p.today(), Agree: agree, Text: text}
	ui.Render(w, r, route.Status(refused), confirmPage(phone(r, "核对通报事实", "/bulletins"), v, refused))
	return nil
}

func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) error {
	x, err := route.Form(r, "unit", "agree", "text")
	if err != nil {
		return err
	}
	n, unit := id.Parse(r.PathValue("id")), id.Parse(x.Get("unit"))
	switch x.Get("agree") {
	case "yes", "no":
		err = p.Supervision.Confirm(r.Context(), ui.RequestKey(r), n, unit, x.Get("agree") == "yes", x.Get("text"))
	default:
		err = errs.Refuse("有 1 处要改", errs.Field{Name: "agree", Message: "还没有选。事实没有出入请选“事实无误”，有出入请选“有不同意见”。"})
	}
	if err != nil {
		return p.showConfirm(w, r, unit, x.Get("agree"), x.Get("text"), err)
	}
	said := "已确认，谢谢"
	if x.Get("agree") == "no" {
		said = "不同意见已记下，会附在通报后面"
	}
	route.SetFlash(w, r, said, "")
	route.Redirect(w, r, bulletinHref(n)+"/confirm?unit="+id.Format(unit))
	return nil
}

// showDissents is the page where the office answers what named units dispute (答复不同意见).
func (p *Pages) showDissents(w http.ResponseWriter, r *http.Request, form map[string]string, refused error) error {
	return p.act(w, r, "答复不同意见", form, refused, func(f ui.Frame, v bulletinView, form map[string]string, err error) error {
		ui.Render(w, r, route.Status(err), dissentsPage(f, v, form, err))
		return nil
	})
}

func (p *Pages) dissents(w http.ResponseWriter, r *http.Request) error {
	return p.showDissents(w, r, nil, nil)
}

func (p *Pages) reply(w http.ResponseWriter, r *http.Request) error {
	x, err := route.Form(r, "unit", "reply")
	if err != nil {
		return err
	}
	n := id.Parse(r.PathValue("id"))
	if err := p.Supervision.ReplyDissent(r.Context(), ui.RequestKey(r), n, id.Parse(x.Get("unit")), x.Get("reply")); err != nil {
		return p.showDissents(w, r, map[string]string{"unit": x.Get("unit"), "reply": x.Get("reply")}, err)
	}
	route.SetFlash(w, r, "答复已记下，和不同意见一起附在通报后面", "")
	route.Redirect(w, r, bulletinHref(n)+"/dissents")
	return nil
}
