package supervisionweb

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"duban/internal/area/campaign"
	"duban/internal/area/supervision"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/paper"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/viz"
)

// Months is what the page of the month asks.
type Months interface {
	MonthBoard(ctx context.Context, m period.Month) (supervision.Board, error)
	CloseMonth(ctx context.Context, key string, m period.Month) (int64, error)
}

// Tours is what the pages of the tours ask.
type Tours interface {
	Tours(ctx context.Context, a, b period.Month) ([]supervision.TourLine, error)
	Tour(ctx context.Context, id int64) (supervision.TourView, error)
	OpenTour(ctx context.Context, key string, d supervision.TourDraft) (int64, error)
	DrawSample(ctx context.Context, key string, tourID int64, size int, seed string) ([]supervision.Drawn, error)
	BeginTour(ctx context.Context, key string, tourID int64) error
	EndTour(ctx context.Context, key string, tourID int64, conclusion string) error
	Verify(ctx context.Context, key string, in supervision.Seen) (int64, error)
	CheckExhibits(ctx context.Context, checkID int64) ([]evidence.Exhibit, error)
}

// Findings is what the pages of the findings ask.
type Findings interface {
	Findings(ctx context.Context, f supervision.FindingFilter) ([]supervision.FindingLine, error)
	Finding(ctx context.Context, id int64) (supervision.FindingView, error)
	IssueFinding(ctx context.Context, key string, d supervision.FindingDraft) (int64, error)
	AcceptFinding(ctx context.Context, key string, id int64) error
	ReportFinding(ctx context.Context, key string, id int64, text string, files ...evidence.File) error
	CloseFinding(ctx context.Context, key string, id int64, text string) error
	SendBackFinding(ctx context.Context, key string, id int64, reason string, days int) error
	ReopenFinding(ctx context.Context, key string, id int64, reason string, days int) error
}

// Bulletins is what the pages of the bulletins ask.
type Bulletins interface {
	Bulletins(ctx context.Context, year string) ([]supervision.Bulletin, error)
	Bulletin(ctx context.Context, id int64) (supervision.BulletinView, error)
	DraftBulletin(ctx context.Context, key string, m period.Month, sc supervision.Scope) (int64, error)
	RedraftBulletin(ctx context.Context, key string, id, version int64) error
	EditBulletin(ctx context.Context, key string, id, version int64, t supervision.Text) error
	SendForConfirmation(ctx context.Context, key string, id int64, days int) error
	ReplyDissent(ctx context.Context, key string, bulletinID, unitID int64, reply string) error
	TakeBackBulletin(ctx context.Context, key string, id int64, reason string) error
	Publish(ctx context.Context, key string, bulletinID int64, docNo, recipients string) error
	Inquiries(ctx context.Context) ([]supervision.Inquiry, error)
	Confirm(ctx context.Context, key string, bulletinID, unitID int64, agree bool, text string) error
}

// Orders is what the pages of the orders ask.
type Orders interface {
	Orders(ctx context.Context, f supervision.OrderFilter) ([]supervision.OrderLine, error)
	Order(ctx context.Context, id int64) (supervision.OrderView, error)
	IssueOrder(ctx context.Context, key string, d supervision.OrderDraft) (int64, error)
	AcceptOrder(ctx context.Context, key string, id int64) error
	ReplyOrder(ctx context.Context, key string, id int64, text string, files ...evidence.File) error
	UrgeOrder(ctx context.Context, key string, id int64, text string) error
	CloseOrder(ctx context.Context, key string, id int64, text string) error
	SendBackOrder(ctx context.Context, key string, id int64, reason string, days int) error
	EscalateOrder(ctx context.Context, key string, id int64, requirement string, days int) (int64, error)
}

// Supervision is all that the pages ask of the area; *supervision.Service does it.
type Supervision interface {
	Months
	Tours
	Findings
	Bulletins
	Orders
}

// Campaigns names what a tour may be about; *campaign.Service does.
type Campaigns interface {
	List(ctx context.Context) ([]campaign.Campaign, error)
}

// Tasks lists the tasks of a tour's scope, and says what one is measured in; *task.Service does.
type Tasks interface {
	Terms(ctx context.Context, taskID int64) (task.Terms, error)
	Tasks(ctx context.Context, f task.Filter) ([]task.Task, error)
}

// Org names units and people; *org.Service does.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
}

// Files opens what was offered as proof; *evidence.Service does.
type Files interface {
	Open(ctx context.Context, id int64) (evidence.Exhibit, []byte, error)
}

// Pages are the pages of this package. Every field must be set.
type Pages struct {
	Supervision Supervision
	Campaigns   Campaigns
	Tasks       Tasks
	Org         Org
	Files       Files
	Templates   paper.Templates // the offices' own; nil: the defaults
	Clock       period.Clock    // the district's time: what is overdue today
}

const (
	home    = "/supervision"
	maxBody = evidence.MaxSize + 5<<20 // one large file, or nine photographs
	most    = 9                        // files at a time
)

// Nav are the entries of the main navigation.
func Nav() []route.Nav {
	return []route.Nav{{Href: home, Label: "督查整改", Icon: "eye-check", Key: "r", Permission: supervision.MayRead, Tab: true}}
}

// Register enters the routes.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET "+home, supervision.MayRead, p.month)
	g.Handle("GET "+home+"/close", supervision.MayLight, p.closing)
	g.Handle("POST "+home+"/close", supervision.MayLight, p.closeMonth)
	g.Handle("GET "+home+"/files/{id}", evidence.Open, p.file)

	g.Handle("GET "+home+"/checks/{id}", supervision.MayRead, p.proof)

	g.Handle("GET "+home+"/tours/new", supervision.MayPlan, p.newTour)
	g.Handle("POST "+home+"/tours", supervision.MayPlan, p.openTour)
	g.Handle("GET "+home+"/tours/{id}", supervision.MayRead, p.tour)
	g.Handle("GET "+home+"/tours/{id}/plan", supervision.MayRead, p.plan)
	g.Handle("POST "+home+"/tours/{id}/draw", supervision.MayPlan, p.draw)
	g.Handle("POST "+home+"/tours/{id}/begin", supervision.MayPlan, p.begin)
	g.Handle("POST "+home+"/tours/{id}/end", supervision.MayPlan, p.end)
	g.Handle("GET "+home+"/tours/{id}/check/{task}", supervision.MayVerify, p.checkForm)
	g.Handle("POST "+home+"/tours/{id}/check/{task}", supervision.MayVerify, p.verify, route.Body(maxBody))
	g.Handle("GET "+home+"/tours/{id}/finding", supervision.MayIssue, p.findingForm)
	g.Handle("POST "+home+"/tours/{id}/finding", supervision.MayIssue, p.issue)

	g.Handle("GET /findings", supervision.MayRead, p.findings)
	g.Handle("GET /findings/export.xlsx", supervision.MayRead, p.export, route.Limited(route.ExportRate))
	g.Handle("GET /findings/{id}", supervision.MayRead, p.finding)
	g.Handle("POST /findings/{id}/accept", supervision.MayMend, p.accept)
	g.Handle("POST /findings/{id}/report", supervision.MayMend, p.report, route.Body(maxBody))
	g.Handle("POST /findings/{id}/close", supervision.MayClose, p.judge("close"))
	g.Handle("POST /findings/{id}/send-back", supervision.MayClose, p.judge("send_back"))
	g.Handle("POST /findings/{id}/reopen", supervision.MayClose, p.judge("reopen"))

	g.Handle("GET /bulletins", supervision.MayRead, p.bulletins)
	g.Handle("POST /bulletins", supervision.MayDraft, p.draft)
	g.Handle("GET /bulletins/{id}", supervision.MayRead, p.bulletin)
	g.Handle("GET /bulletins/{id}/word", supervision.MayRead, p.word, route.Limited(route.ExportRate))
	g.Handle("POST /bulletins/{id}/redraft", supervision.MayDraft, p.redraft)
	g.Handle("GET /bulletins/{id}/edit", supervision.MayDraft, p.editForm)
	g.Handle("POST /bulletins/{id}/edit", supervision.MayDraft, p.edit)
	g.Handle("GET /bulletins/{id}/ask", supervision.MayDraft, p.askForm)
	g.Handle("POST /bulletins/{id}/ask", supervision.MayDraft, p.ask)
	g.Handle("GET /bulletins/{id}/take-back", supervision.MayDraft, p.takeBackForm)
	g.Handle("POST /bulletins/{id}/take-back", supervision.MayDraft, p.takeBack)
	g.Handle("GET /bulletins/{id}/dissents", supervision.MayDraft, p.dissents)
	g.Handle("POST /bulletins/{id}/reply", supervision.MayDraft, p.reply)
	g.Handle("GET /bulletins/{id}/publish", supervision.MayPublish, p.publishForm)
	g.Handle("POST /bulletins/{id}/publish", supervision.MayPublish, p.publish)
	g.Handle("GET /bulletins/{id}/confirm", supervision.MayConfirm, p.confirmForm)
	g.Handle("POST /bulletins/{id}/confirm", supervision.MayConfirm, p.confirm)

	g.Handle("GET /orders", supervision.MayRead, p.orders)
	g.Handle("GET /orders/new", supervision.MayOrder, p.newOrder)
	g.Handle("POST /orders", supervision.MayOrder, p.issueOrder)
	g.Handle("GET /orders/{id}", supervision.MayRead, p.order)
	g.Handle("POST /orders/{id}/accept", supervision.MayReply, p.acceptOrder)
	g.Handle("POST /orders/{id}/reply", supervision.MayReply, p.replyOrder, route.Body(maxBody))
	for _, verb := range []string{"urge", "close", "send-back", "escalate"} {
		g.Handle("POST /orders/{id}/"+verb, supervision.MayOrder, p.turnOrder(verb))
	}
}

// sections are the four parts, in the order in which the month goes.
var sections = [][2]string{{home, "月督查"}, {"/findings", "问题台账"}, {"/bulletins", "督查通报"}, {"/orders", "督办单"}}

// frame is the frame of a page of the part; the navigation shows 督查整改 as current.
func frame(r *http.Request, title, part string) ui.Frame {
	f := route.Frame(r)
	f.Title = title
	for i := range f.Nav {
		f.Nav[i].Current = f.Nav[i].Href == home
	}
	for i := range f.Tabs {
		f.Tabs[i].Current = f.Tabs[i].Href == home
	}
	f.Crumbs = []ui.Crumb{{Href: home, Label: "督查整改"}}
	for _, s := range sections {
		if s[0] == part {
			c := ui.Crumb{Href: s[0], Label: s[1]}
			if r.URL.Path == s[0] {
				c.Href = ""
			}
			f.Crumbs = append(f.Crumbs, c)
		}
	}
	f.Beside = parts(part)
	return f
}

// phone is the frame of a form that is filled on site or in a unit.
func phone(r *http.Request, title, back string) ui.Frame {
	f := route.Frame(r)
	f.Title, f.Layout, f.Back, f.Tabs, f.Nav = title, ui.Phone, back, nil, nil
	return f
}

// shown reports whether a refusal is answered with the form as it was typed; anything else is an error page.
func shown(refused error) bool {
	switch errs.KindOf(refused) {
	case errs.Invalid, errs.Conflict, errs.Forbidden:
		return true
	}
	return refused == nil
}

func (p *Pages) today() string { return period.Day(p.Clock.Now()) }

// lamp is the shape of a task's light.
func lamp(l task.Light) viz.Light {
	switch l {
	case task.Red:
		return viz.Red
	case task.Amber:
		return viz.Amber
	case task.Green:
		return viz.Green
	case task.Done:
		return viz.Done
	case task.NotDue:
		return viz.NotDue
	case task.Hold:
		return viz.Hold
	}
	return viz.Missing
}

// daysTo returns the days from today until the day; negative if it has passed. ok is false if the day is none.
func daysTo(today, day string) (n int, ok bool) {
	a, err := period.ParseDay(today)
	b, wrong := period.ParseDay(day)
	if err != nil || wrong != nil {
		return 0, false
	}
	return int(b.Sub(a) / (24 * time.Hour)), true
}

// left says how much time there is: 还剩 3 天, 今天到期, 超 2 天.
func left(today, day string) string {
	n, ok := daysTo(today, day)
	switch {
	case !ok:
		return ""
	case n < 0:
		return fmt.Sprintf("超 %d 天", -n)
	case n == 0:
		return "今天到期"
	}
	return fmt.Sprintf("还剩 %d 天", n)
}

// date prints a day as people say it: 8-25, with the year only when it is not this year's.
//
// Source: ui 10.
func date(today, day string) string {
	t, err := period.ParseDay(day)
	if err != nil {
		return day
	}
	if len(today) >= 4 && day[:4] == today[:4] {
		return t.Format("1-2")
	}
	return t.Format("2006-1-2")
}

// dayOf is the day of an instant, as a register has it: 2017-08-22; "" if it has not happened.
func dayOf(ms int64) string {
	if ms == 0 {
		return ""
	}
	return period.Day(time.UnixMilli(ms))
}

func instant(today string, ms int64) string {
	if ms == 0 {
		return ""
	}
	t := time.UnixMilli(ms).In(period.Beijing)
	return date(today, period.Day(t)) + t.Format(" 15:04")
}

// number reads a small whole number as typed, with full-width digits; −1 if it is none.
func number(text string) int {
	text = strings.Map(func(c rune) rune {
		if c >= '０' && c <= '９' {
			return c - '０' + '0'
		}
		return c
	}, strings.TrimSpace(text))
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// quantity reads a value in a task's own measure, exactly.
func quantity(label, text, measure string) (amount.Scaled, error) {
	unit, known := amount.ParseUnit(measure)
	if !known { // a measure of the document's own: a plain number with up to four decimals
		text, unit = strings.TrimSuffix(strings.TrimSpace(text), measure), amount.Percent
	}
	q, err := amount.Parse(label, text, unit)
	switch {
	case strings.TrimSpace(text) == "":
		return 0, errs.At("value", "还没有填%s。请写数字，单位%s；没有完成的写 0。", label, measure)
	case err != nil && known:
		return 0, errs.At("value", "%s", errs.Say(err))
	case err != nil, !known && strings.ContainsAny(text, "%％"):
		return 0, errs.At("value", "%s写成了“%s”，请写数字，如 12.5，单位%s。", label, text, measure)
	}
	return q.ToScaled()
}

// uploads looks at the files that came with the form under the name. An empty file field is no file.
func uploads(r *http.Request, name string) (out []evidence.File, err error) {
	if r.MultipartForm == nil {
		return nil, nil
	}
	list := r.MultipartForm.File[name]
	if len(list) > most {
		return nil, errs.At(name, "一次最多交 %d 个文件，现在是 %d 个。请留下最能说明问题的。", most, len(list))
	}
	for _, h := range list {
		if h.Size == 0 && h.Filename == "" {
			continue
		}
		f, err := h.Open()
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(f, evidence.MaxSize+1))
		f.Close()
		if err != nil {
			return nil, err
		}
		x, err := evidence.Inspect(h.Filename, b)
		if errs.KindOf(err) == errs.Invalid && err != nil {
			words := errs.Say(err)
			if bad := errs.FieldsOf(err); len(bad) > 0 {
				words = bad[0].Message
			}
			return nil, errs.At(name, "%s", words)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// gather joins what several questions of a form were refused for; other errors win.
func gather(all ...error) error {
	var bad []errs.Field
	for _, err := range all {
		if err == nil {
			continue
		}
		if errs.KindOf(err) != errs.Invalid || len(errs.FieldsOf(err)) == 0 {
			return err
		}
		bad = append(bad, errs.FieldsOf(err)...)
	}
	return errs.Refuse(fmt.Sprintf("有 %d 处要改", len(bad)), bad...)
}

// file sends an exhibit: a picture to look at, anything else to keep.
func (p *Pages) file(w http.ResponseWriter, r *http.Request) error {
	e, b, err := p.Files.Open(r.Context(), id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	how := "attachment"
	if e.Picture() {
		how = "inline"
	}
	send(w, how, e.FileName(), e.Media, b)
	return nil
}

// proof lists the files of a check (核验佐证).
func (p *Pages) proof(w http.ResponseWriter, r *http.Request) error {
	list, err := p.Supervision.CheckExhibits(r.Context(), id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	ui.Render(w, r, http.StatusOK, proofPage(frame(r, "核验佐证", home), list))
	return nil
}

func send(w http.ResponseWriter, how, name, media string, b []byte) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": name}))
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.Write(b)
}

// unitOptions lists the units that can owe something.
func unitOptions(d *org.Directory) (out []ui.Option) {
	for _, u := range d.Units {
		if u.EndedOn == "" && u.Kind != org.Village {
			out = append(out, ui.Option{Value: id.Format(u.ID), Label: u.ShortName})
		}
	}
	return out
}

func actor(r *http.Request) (auth.Actor, error) { return auth.From(r.Context()) }
