package conductweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/internal/area/conduct"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// Signals is what the pages of the signals ask; *conduct.Service does it.
type Signals interface {
	Signals(ctx context.Context, f conduct.SignalFilter) ([]conduct.Signal, error)
	Signal(ctx context.Context, id int64) (conduct.SignalView, error)
	SignalTally(ctx context.Context) (conduct.Tally, error)
	RaiseSignal(ctx context.Context, key string, d conduct.SignalDraft) (int64, error)
	DetectMonth(ctx context.Context, key string, m period.Month) (int64, error)
	Explain(ctx context.Context, key string, id, version int64, text string, claim conduct.Distinction) error
	Find(ctx context.Context, key string, id, version int64, d conduct.FindDraft) error
	ReportMending(ctx context.Context, key string, id, version int64, text string) error
	Archive(ctx context.Context, key string, id, version int64, text string) error
	RulesNow(ctx context.Context) (conduct.Rules, error)
	SetRules(ctx context.Context, key string, r conduct.Rules) error
}

// Measures is what the pages of the measures and of praise ask; *conduct.Service does it.
type Measures interface {
	Measures(ctx context.Context) (conduct.Document, error)
	AdoptMeasures(ctx context.Context, key string, d conduct.DocumentDraft) (int64, error)
	AddAction(ctx context.Context, key string, measureID int64, text string, unitID int64, dueOn string) (int64, error)
	CompleteAction(ctx context.Context, key string, id int64, note string) error
	ReviewMeasure(ctx context.Context, key string, measureID int64, h conduct.Half, r conduct.Rating, text string) (int64, error)
	Praises(ctx context.Context) ([]conduct.Praise, error)
	GivePraise(ctx context.Context, key string, p conduct.Praise) (int64, error)
	SettleBonus(ctx context.Context, key string, id int64) error
}

// Exams is what the pages of the records of persons ask; *conduct.Service does it.
type Exams interface {
	AmReader(ctx context.Context) (bool, error)
	NameReader(ctx context.Context, key string, personID int64, reason, untilOn string) (int64, error)
	EndReader(ctx context.Context, key string, id int64) error
	Readers(ctx context.Context) ([]conduct.Reader, []conduct.Access, error)
	ExamTasks(ctx context.Context, personID int64) ([]task.Task, error)
	WriteExam(ctx context.Context, key string, e conduct.Exam) (int64, error)
	ReadExams(ctx context.Context, personID int64, purpose string) ([]conduct.Exam, error)
	OwnExams(ctx context.Context) ([]conduct.Exam, []conduct.Access, error)
}

// Org names units and people; *org.Service does.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
}

// Pages are the pages of this package. Every field must be set; *conduct.Service is the first three.
type Pages struct {
	Signals  Signals
	Measures Measures
	Exams    Exams
	Org      Org
	Clock    period.Clock // the district's
}

// Nav are the entries of the main navigation.
func Nav() []route.Nav {
	return []route.Nav{{Href: "/conduct", Label: "精气神", Icon: "flag", Permission: conduct.MayMeasures}}
}

// Register enters the routes.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET /conduct", conduct.MayMeasures, p.home)
	g.Handle("GET /conduct/signals", conduct.MayRead, p.signals)
	g.Handle("GET /conduct/signals/new", conduct.MayKeep, p.newSignal)
	g.Handle("POST /conduct/signals", conduct.MayKeep, p.raise)
	g.Handle("POST /conduct/detect", conduct.MayKeep, p.detect)
	g.Handle("GET /conduct/signals/{id}", conduct.MayRead, p.signal)
	g.Handle("POST /conduct/signals/{id}/explain", conduct.MayExplain, p.explain)
	g.Handle("POST /conduct/signals/{id}/find", conduct.MayFind, p.find)
	g.Handle("POST /conduct/signals/{id}/mend", conduct.MayExplain, p.mend)
	g.Handle("POST /conduct/signals/{id}/archive", conduct.MayKeep, p.archive)
	g.Handle("GET /conduct/rules", conduct.MayRead, p.rules)
	g.Handle("POST /conduct/rules", conduct.MayRule, p.setRules)

	g.Handle("GET /conduct/measures", conduct.MayMeasures, p.measures)
	g.Handle("GET /conduct/measures/new", conduct.MayAdopt, p.newMeasures)
	g.Handle("POST /conduct/measures", conduct.MayAdopt, p.adopt)
	g.Handle("GET /conduct/measures/{id}", conduct.MayMeasures, p.measure)
	g.Handle("POST /conduct/measures/{id}/actions", conduct.MayAdopt, p.addAction)
	g.Handle("POST /conduct/measures/{id}/done", conduct.MayAct, p.doneAction)
	g.Handle("POST /conduct/measures/{id}/review", conduct.MayReview, p.review)
	g.Handle("GET /conduct/praise", conduct.MayMeasures, p.praises)
	g.Handle("POST /conduct/praise", conduct.MayPraise, p.praise)
	g.Handle("POST /conduct/praise/{id}/settle", conduct.MaySettle, p.settle)

	g.Handle("GET /conduct/exams", auth.LoggedIn, p.ownExams)
	g.Handle("GET /conduct/exams/desk", conduct.MayExam, p.desk)
	g.Handle("POST /conduct/exams/read", conduct.MayExam, p.readExams)
	g.Handle("POST /conduct/exams", conduct.MayExam, p.writeExam)
	g.Handle("GET /conduct/readers", conduct.MayName, p.readers)
	g.Handle("POST /conduct/readers", conduct.MayName, p.nameReader)
	g.Handle("POST /conduct/readers/{id}/end", conduct.MayName, p.endReader)
}

// home leads to where the reader's work is: signals for those who have any, the measures for all others.
func (p *Pages) home(w http.ResponseWriter, r *http.Request) error {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	to := "/conduct/measures"
	if who.May(conduct.MayRead) {
		to = "/conduct/signals"
	}
	route.Redirect(w, r, to)
	return nil
}

func (p *Pages) today() string { return period.Day(p.Clock.Now()) }

func frame(r *http.Request, title string, crumbs ...ui.Crumb) ui.Frame {
	f := route.Frame(r)
	f.Title = title
	if len(crumbs) > 0 {
		f.Crumbs = append([]ui.Crumb{{Href: "/conduct", Label: "精气神"}}, append(crumbs, ui.Crumb{Label: title})...)
	}
	return f
}

func actor(r *http.Request) (auth.Actor, error) { return auth.From(r.Context()) }

func pathID(r *http.Request) int64 { return id.Parse(r.PathValue("id")) }

func num(n int64) string { return strconv.FormatInt(n, 10) }

// whole reads a whole number as people type it; -1 if it is none.
func whole(s string) int64 {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == ' ' || r == '%' || r == '％':
			return -1
		}
		return r
	}, s)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// day prints an instant as 3-5 within the year of today, as 2016-3-5 otherwise.
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

// again renders a form that was refused, or passes a fault on.
func again(err error, render func(err error) error) error {
	switch route.Status(err) {
	case http.StatusUnprocessableEntity, http.StatusConflict:
		return render(err)
	}
	return err
}

// unitOptions are the units in force, without the offices of the leadership.
func unitOptions(d *org.Directory) (out []ui.Option) {
	for _, u := range d.Units {
		if u.EndedOn == "" && u.Kind != org.Office {
			out = append(out, ui.Option{Value: id.Format(u.ID), Label: u.ShortName})
		}
	}
	return out
}

// ownerOptions are all units in force.
func ownerOptions(d *org.Directory) (out []ui.Option) {
	for _, u := range d.Units {
		if u.EndedOn == "" {
			out = append(out, ui.Option{Value: id.Format(u.ID), Label: u.ShortName})
		}
	}
	return out
}

// peopleOptions are the people in office who do not belong to a unit, by unit.
func peopleOptions(d *org.Directory, without int64) (out []ui.Option) {
	var not []int64
	if without != 0 {
		not = d.Below(without)
	}
	for _, u := range d.Units {
		if slices.Contains(not, u.ID) {
			continue
		}
		for _, x := range d.People {
			if x.UnitID == u.ID && x.LeftOn == "" {
				out = append(out, ui.Option{Value: id.Format(x.ID), Label: u.ShortName + "　" + x.Name})
			}
		}
	}
	return out
}

func ids(list []string) (out []int64) {
	for _, s := range list {
		if n := id.Parse(s); n > 0 {
			out = append(out, n)
		}
	}
	return out
}

// seat is the i-th of several lists from which people are chosen one by one; the first has the plain id, to which the summary of errors links.
func seat(in ui.Input, i int, chosen []string, label string) ui.Input {
	if i < len(chosen) {
		in.Value = chosen[i]
	}
	if in.Label = label; in.Optional {
		in.Blank = "不选"
	}
	if i > 0 {
		in.ID, in.Bad, in.Hint = "f-"+in.Name+"-"+strconv.Itoa(i+1), nil, ""
	}
	return in
}

func names(d *org.Directory, list []int64) string {
	var out []string
	for _, n := range list {
		out = append(out, d.PersonName(n))
	}
	return strings.Join(out, "、")
}

// typed is what was typed into one of the forms of a page, when it was refused.
type typed struct {
	form string
	v    map[string][]string
}

func (t typed) get(form, name string) string {
	if t.form != form || len(t.v[name]) == 0 {
		return ""
	}
	return t.v[name][0]
}

func (t typed) all(form, name string) []string {
	if t.form != form {
		return nil
	}
	return t.v[name]
}

// of is the refusal of a form, if it names fields; topError shows the others.
func (t typed) of(form string, err error) error {
	if t.form == form && len(ui.Fields(err)) > 0 {
		return err
	}
	return nil
}
