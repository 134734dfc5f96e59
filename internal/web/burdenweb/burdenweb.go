package burdenweb

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/burden"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// FeedbackPath is where 提意见 leads: give it to route.Config.Feedback. The page that the reader came from is taken from ?from=, else from the Referer.
const FeedbackPath = "/feedback"

// Mailbox is what the pages of the mailbox ask; *burden.Service does it.
type Mailbox interface {
	Suggest(ctx context.Context, key string, d burden.SuggestionDraft) (burden.Suggestion, error)
	MySuggestions(ctx context.Context) ([]burden.Suggestion, error)
	Suggestions(ctx context.Context, f burden.SuggestionFilter) ([]burden.Suggestion, error)
	Suggestion(ctx context.Context, id int64) (g burden.Suggestion, mine bool, err error)
	Answer(ctx context.Context, key string, id int64, o burden.Outcome, text string) error
	TallyOf(ctx context.Context) (burden.Tally, error)
}

// Account is what the pages of the account ask; *burden.Service does it.
type Account interface {
	MeterOf(ctx context.Context, m period.Month) (burden.Meter, error)
	Returns(ctx context.Context) ([]burden.Return, error)
	Return(ctx context.Context, id int64) (burden.Review, error)
	ProposeReturn(ctx context.Context, key string, d burden.ReturnDraft) (int64, error)
	SignOver(ctx context.Context, key string, id, version int64, reason string) error
	DecideReturn(ctx context.Context, key string, id, version int64, approve bool, words string) error
	EndReturn(ctx context.Context, key string, id, version int64, reason string) error
	LimitNow(ctx context.Context) (burden.Limit, error)
	SetLimit(ctx context.Context, key string, l burden.Limit) error
	SelfCheck(ctx context.Context) (burden.Sheet, error)
	State(ctx context.Context, key, clause string, met bool, text string) error
}

// Org names units and people; *org.Service does.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
}

// Pages are the pages of this package. Every field must be set.
type Pages struct {
	Mailbox Mailbox
	Account Account
	Org     Org
	Clock   period.Clock // the district's
}

// Nav are the entries of the main navigation.
func Nav() []route.Nav {
	return []route.Nav{{Href: "/burden", Label: "减负账本", Icon: "scale", Permission: burden.MayRead}}
}

// Register enters the routes.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET /feedback", auth.LoggedIn, p.feedback)
	g.Handle("POST /feedback", auth.LoggedIn, p.postFeedback)
	g.Handle("GET /feedback/all", burden.MayReadAll, p.mailbox)
	g.Handle("GET /feedback/{id}", auth.LoggedIn, p.suggestion)
	g.Handle("POST /feedback/{id}/answer", burden.MayAnswer, p.answer)

	g.Handle("GET /burden", burden.MayRead, p.meter)
	g.Handle("GET /burden/returns", burden.MayRead, p.returns)
	g.Handle("GET /burden/returns/new", burden.MayPropose, p.newReturn)
	g.Handle("POST /burden/returns", burden.MayPropose, p.propose)
	g.Handle("GET /burden/returns/{id}", burden.MayRead, p.showReturn)
	g.Handle("POST /burden/returns/{id}/sign", burden.MaySign, p.sign)
	g.Handle("POST /burden/returns/{id}/decide", burden.MayDecide, p.decide)
	g.Handle("POST /burden/returns/{id}/end", burden.MayRead, p.end)
	g.Handle("GET /burden/limits", burden.MayRead, p.limits)
	g.Handle("POST /burden/limits", burden.MayLimit, p.setLimits)
	g.Handle("GET /burden/check", burden.MayRead, p.check)
	g.Handle("POST /burden/check/{clause}", burden.MayState, p.state)
}

func (p *Pages) today() string { return period.Day(p.Clock.Now()) }

// day prints an instant as 2017-03-05, or as 3-5 within the year of today.
func day(ms int64, today string) string {
	if ms == 0 {
		return ""
	}
	return short(period.Day(time.UnixMilli(ms)), today)
}

func short(s, today string) string {
	t, err := period.ParseDay(s)
	if err != nil {
		return s
	}
	if s[:4] == today[:4] {
		return t.Format("1-2")
	}
	return t.Format("2006-1-2")
}

func num(n int64) string { return strconv.FormatInt(n, 10) }

// whole reads a whole number as people type it; -1 if it is none.
func whole(s string) int64 {
	s = strings.NewReplacer(",", "", "，", "", " ", "").Replace(strings.TrimSpace(s))
	s = strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, s)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// again renders a form that was refused, or passes a fault on.
func again(err error, render func(err error) error) error {
	if route.Status(err) >= http.StatusInternalServerError || route.Status(err) == http.StatusNotFound || route.Status(err) == http.StatusForbidden {
		return err
	}
	return render(err)
}

type tabSpec struct{ href, label string }

var tabs = []tabSpec{{"/burden", "本月负担"}, {"/burden/returns", "报表清单"}, {"/burden/limits", "减负上限"}, {"/burden/check", "规定自查"}, {"/feedback", "意见箱"}}

func frame(r *http.Request, title string) ui.Frame {
	f := route.Frame(r)
	f.Title = title
	return f
}

func pathID(r *http.Request) int64 { return id.Parse(r.PathValue("id")) }
