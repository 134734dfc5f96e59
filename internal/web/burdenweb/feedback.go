package burdenweb

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"duban/internal/base/id"
	"duban/internal/spine/auth"
	"duban/internal/spine/burden"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/viz"
)

// feedbackForm is the form as typed.
type feedbackForm struct{ Kind, Page, Text, Anonymous string }

type feedbackView struct {
	Form   feedbackForm
	Mine   []burden.Suggestion
	Tally  burden.Tally
	Today  string
	Office bool
}

// from is the page that a reader came from: what the link says, else the Referer, without its query, for that may say more than he wants to.
func from(r *http.Request) string {
	at := r.URL.Query().Get("from")
	if at == "" {
		if u, err := url.Parse(r.Referer()); err == nil && u.Host == r.Host {
			at = u.Path
		}
	}
	if at = route.Local(at); strings.HasPrefix(at, FeedbackPath) || len([]rune(at)) > 200 {
		return ""
	}
	at, _, _ = strings.Cut(at, "?")
	return at
}

func (p *Pages) feedback(w http.ResponseWriter, r *http.Request) error {
	return p.showFeedback(w, r, feedbackForm{Page: from(r)}, nil)
}

func (p *Pages) showFeedback(w http.ResponseWriter, r *http.Request, f feedbackForm, refused error) (err error) {
	v := feedbackView{Form: f, Today: p.today()}
	if v.Mine, err = p.Mailbox.MySuggestions(r.Context()); err != nil {
		return err
	}
	if v.Tally, err = p.Mailbox.TallyOf(r.Context()); err != nil {
		return err
	}
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	v.Office = who.May(burden.MayReadAll)
	ui.Render(w, r, route.Status(refused), feedbackPage(frame(r, "提意见"), v, refused))
	return nil
}

func (p *Pages) postFeedback(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "kind", "page", "text", "anonymous")
	if err != nil {
		return err
	}
	f := feedbackForm{v.Get("kind"), v.Get("page"), v.Get("text"), v.Get("anonymous")}
	g, err := p.Mailbox.Suggest(r.Context(), ui.RequestKey(r), burden.SuggestionDraft{Class: burden.SuggestionClass(f.Kind), Page: f.Page, Text: f.Text, Anonymous: f.Anonymous == "1"})
	if err != nil {
		return again(err, func(err error) error { return p.showFeedback(w, r, f, err) })
	}
	text := "意见已收到，10 个工作日内答复"
	if g.DueOn != "" {
		text = "意见已收到，" + short(g.DueOn, p.today()) + " 前答复"
	}
	route.SetFlash(w, r, text, "")
	route.Redirect(w, r, FeedbackPath)
	return nil
}

type mailboxView struct {
	Rows  []burden.Suggestion
	Set   string // "", open, done
	Class burden.SuggestionClass
	Next  string
	Tally burden.Tally
	Dir   *org.Directory
	Today string
}

const mailPage = 30

func (p *Pages) mailbox(w http.ResponseWriter, r *http.Request) (err error) {
	q := r.URL.Query()
	v := mailboxView{Set: q.Get("s"), Class: burden.SuggestionClass(q.Get("kind")), Today: p.today()}
	if v.Class.Chinese() == "" {
		v.Class = ""
	}
	f := burden.SuggestionFilter{Open: v.Set == "open", Answered: v.Set == "done", Class: v.Class, Before: id.Parse(q.Get("before")), Limit: mailPage + 1}
	if v.Rows, err = p.Mailbox.Suggestions(r.Context(), f); err != nil {
		return err
	}
	if len(v.Rows) > mailPage {
		v.Rows = v.Rows[:mailPage]
		v.Next = v.href(v.Set, v.Class, v.Rows[mailPage-1].ID)
	}
	if v.Tally, err = p.Mailbox.TallyOf(r.Context()); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	fr := frame(r, "意见箱")
	fr.Crumbs = []ui.Crumb{{Href: "/burden", Label: "减负账本"}, {Label: "意见箱"}}
	fr.Lede = v.lede()
	ui.Render(w, r, http.StatusOK, mailboxPage(fr, v))
	return nil
}

func (v mailboxView) href(set string, c burden.SuggestionClass, before int64) string {
	q := url.Values{}
	if set != "" {
		q.Set("s", set)
	}
	if c != "" {
		q.Set("kind", string(c))
	}
	if before != 0 {
		q.Set("before", id.Format(before))
	}
	if len(q) == 0 {
		return "/feedback/all"
	}
	return "/feedback/all?" + q.Encode()
}

type suggestionView struct {
	burden.Suggestion
	Mine    bool
	May     bool // the reader may answer it
	Who     string
	By      string
	Today   string
	Outcome string // as typed
	Text    string
}

func (p *Pages) suggestion(w http.ResponseWriter, r *http.Request) error {
	return p.showSuggestion(w, r, "", "", nil)
}

func (p *Pages) showSuggestion(w http.ResponseWriter, r *http.Request, outcome, text string, refused error) error {
	g, mine, err := p.Mailbox.Suggestion(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	v := suggestionView{Suggestion: g, Mine: mine, May: !mine && g.AnsweredAt == 0 && who.May(burden.MayAnswer), Who: author(d, g), By: d.PersonName(g.AnsweredBy), Today: p.today(), Outcome: outcome, Text: text}
	if mine { // who answered is an office for the author, and a person for the offices
		v.By = ""
	}
	f := frame(r, "意见："+g.Class.Chinese())
	f.Crumbs = []ui.Crumb{{Href: "/feedback", Label: "提意见"}, {Label: "意见"}}
	if who.May(burden.MayReadAll) && !mine {
		f.Crumbs[0] = ui.Crumb{Href: "/feedback/all", Label: "意见箱"}
	}
	ui.Render(w, r, route.Status(refused), suggestionPage(f, v, refused))
	return nil
}

func author(d *org.Directory, g burden.Suggestion) string {
	if g.Anonymous {
		return "隐名"
	}
	return d.UnitName(g.UnitID) + "　" + d.PersonName(g.PersonID)
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "outcome", "answer")
	if err != nil {
		return err
	}
	if err := p.Mailbox.Answer(r.Context(), ui.RequestKey(r), pathID(r), burden.Outcome(v.Get("outcome")), v.Get("answer")); err != nil {
		return again(err, func(err error) error { return p.showSuggestion(w, r, v.Get("outcome"), v.Get("answer"), err) })
	}
	route.SetFlash(w, r, "已答复，提意见的人能看到", "")
	route.Redirect(w, r, "/feedback/all?s=open")
	return nil
}

// standing is a suggestion's light and word.
func standing(g burden.Suggestion, today string) (viz.Light, string) {
	switch {
	case g.AnsweredAt != 0:
		return viz.Done, g.Outcome.Chinese()
	case g.Late(today, ""):
		return viz.Red, "超期未答"
	}
	return viz.NotDue, "等答复"
}

func dueText(g burden.Suggestion, today string) string {
	switch {
	case g.AnsweredAt != 0:
		return day(g.AnsweredAt, today) + " 答复"
	case g.DueOn == "":
		return "10 个工作日内"
	}
	return short(g.DueOn, today) + " 前"
}

func tallyText(t burden.Tally) string {
	if t.Total == 0 {
		return "今年还没有人提过意见。"
	}
	s := fmt.Sprintf("今年收到 %d 条，答复 %d 条，其中按时 %d 条", t.Total, t.Answered, t.InTime)
	if t.Overdue > 0 {
		s += fmt.Sprintf("，超期未答 %d 条", t.Overdue)
	}
	return s + "。"
}
