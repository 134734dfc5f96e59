package appraisalweb

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"duban/internal/area/appraisal"
	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/burden"
	"duban/internal/spine/org"
	"duban/internal/web/paper"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// Rounds is what the pages ask of the rounds; *appraisal.Service does it.
type Rounds interface {
	Rounds(ctx context.Context) ([]appraisal.Round, error)
	ShowAt(ctx context.Context, id, revision int64) (appraisal.View, error)
	Collected(ctx context.Context, roundID int64) (appraisal.Round, []score.Input, error)
	DetailAt(ctx context.Context, roundID, unitID, revision int64) (appraisal.Detail, error)
	OpenRound(ctx context.Context, key string, q period.Term, schemeID int64, release appraisal.Release) (appraisal.Round, error)
	Compute(ctx context.Context, key string, id, version int64) (appraisal.Round, error)
	Confirm(ctx context.Context, key string, id, version int64) (appraisal.Round, error)
	Review(ctx context.Context, key string, id, version int64, note string) (appraisal.Round, error)
	Announce(ctx context.Context, key string, id, version int64) (appraisal.Round, error)
	Approve(ctx context.Context, key string, id, version int64) (appraisal.Round, error)
	Publish(ctx context.Context, key string, id, version int64, docNo string) (appraisal.Round, error)
	Lock(ctx context.Context, key string, id, version int64) (appraisal.Round, error)
	Remark(ctx context.Context, key string, roundID int64, text string) error
	FileObjection(ctx context.Context, key string, roundID int64, item, text string) (appraisal.Objection, error)
	WithdrawObjection(ctx context.Context, key string, id, version int64, words string) (appraisal.Objection, error)
	DecideObjection(ctx context.Context, key string, id, version int64, d appraisal.Decision) (appraisal.Objection, error)
	OpenYearEnd(ctx context.Context, key, year string, schemeID int64, release appraisal.Release) (appraisal.Round, error)
	ChangeRelease(ctx context.Context, key string, id, version int64, to appraisal.Release, reason, docNo string) (appraisal.Round, error)
	Released(ctx context.Context, roundID, number int64) (appraisal.View, appraisal.Release, error)
	FlagsOf(ctx context.Context, roundID int64) (appraisal.Flags, error)
	IssueFlags(ctx context.Context, key string, roundID, version int64, docNo, occasion string) (int, error)
	StatementOf(ctx context.Context, roundID, unitID int64) (appraisal.Flag, appraisal.Detail, error)
	MakeStatement(ctx context.Context, key string, flagID, version int64, cause, measures string) (appraisal.Flag, error)
	Correct(ctx context.Context, key string, id, version int64, c appraisal.Correction) (appraisal.Round, error)
	SureOf(ctx context.Context, roundID, revision int64) (map[int64]appraisal.Sureness, error)
	GainsOf(ctx context.Context, roundID int64) (map[string]appraisal.Gains, error)
	Repeats(ctx context.Context, roundID int64) ([]appraisal.Repeat, bool, error)
	Rectify(ctx context.Context, roundID int64) (appraisal.Round, []appraisal.Rectification, error)
	WhatIf(ctx context.Context, roundID, unitID int64, source, value string) (appraisal.Guess, error)
	FairOf(ctx context.Context, roundID int64) (appraisal.Fair, error)
	SendFair(ctx context.Context, key string, roundID int64) error
	ExplainFair(ctx context.Context, key string, roundID int64, text string) error
	SpotsOf(ctx context.Context, roundID int64) (appraisal.Spots, error)
	AnswerSpot(ctx context.Context, key string, id, version int64, a appraisal.Answer, found, evidence string) (appraisal.Spot, error)
}

// Schemes is what the pages ask of the schemes and of what is entered by hand; *appraisal.Service does it.
type Schemes interface {
	Schemes(ctx context.Context) ([]appraisal.Scheme, error)
	SchemeOf(ctx context.Context, id int64) (appraisal.Scheme, error)
	SaveScheme(ctx context.Context, key string, x appraisal.Scheme) (appraisal.Scheme, error)
	Freeze(ctx context.Context, key string, id, version int64, legalBasis, fromOn string) (appraisal.Scheme, error)
	Enter(ctx context.Context, key string, e appraisal.Event) (appraisal.Event, error)
	ConfirmEvent(ctx context.Context, key string, id int64, good bool) error
	Events(ctx context.Context, q period.Quarter) ([]appraisal.Event, error)
	SimulateScheme(ctx context.Context, schemeID int64, base string) (appraisal.SchemeTrial, error)
}

// Org names people and units; *org.Service does.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
}

// Bundler packs the proof of a unit's score: scheme, rows, result and the ledger's records, to be checked offline (证明包).
type Bundler interface {
	Bundle(ctx context.Context, roundID, unitID int64) (name string, content []byte, err error)
}

// Log keeps who took what out; *audit.Log does.
type Log interface {
	Note(ctx context.Context, e audit.Entry)
}

// Tasks names tasks, so that a source reads as people call it; without it a source shows its number.
type Tasks interface {
	TaskNames(ctx context.Context, ids []int64) (map[int64]string, error)
}

// Burden says what was asked of each unit in some months, to stand beside its score; *burden.Service does it.
type Burden interface {
	Span(ctx context.Context, from, to period.Month) (map[int64]burden.Load, error)
}

// Pages are the pages of this package. Bundle, Tasks and Burden may be nil.
type Pages struct {
	Rounds  Rounds
	Schemes Schemes
	Org     Org
	Log     Log
	Clock   period.Clock // the district's
	Bundle  Bundler
	Tasks   Tasks
	Burden  Burden

	Templates paper.Templates // the offices' own; nil: the defaults
}

// Nav are the entries of the main navigation.
func Nav() []route.Nav {
	return []route.Nav{{Href: "/appraisal", Label: "考核评比", Icon: "trophy", Key: "p", Permission: appraisal.MayRead}}
}

// Register enters the routes.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET /appraisal", appraisal.MayRead, p.rounds)
	g.Handle("POST /appraisal", appraisal.MayRun, p.open)
	g.Handle("GET /appraisal/year", appraisal.MayRun, p.year)
	g.Handle("POST /appraisal/year", appraisal.MayRun, p.openYear)
	g.Handle("GET /appraisal/{id}", appraisal.MayRead, p.round)
	step := func(name string, perm auth.Permission, said string, fn act) {
		g.Handle("POST /appraisal/{id}/"+name, perm, p.step(said, fn))
	}
	step("compute", appraisal.MayRun, "已试算", func(r *http.Request, k string, n, v int64, _ typed) (appraisal.Round, error) {
		return p.Rounds.Compute(r.Context(), k, n, v)
	})
	step("confirm", appraisal.MayConfirm, "数据来源已确认", func(r *http.Request, k string, n, v int64, _ typed) (appraisal.Round, error) {
		return p.Rounds.Confirm(r.Context(), k, n, v)
	})
	step("review", appraisal.MayRun, "初核完成", func(r *http.Request, k string, n, v int64, t typed) (appraisal.Round, error) {
		return p.Rounds.Review(r.Context(), k, n, v, t.Note)
	})
	step("announce", appraisal.MayRun, "已书面告知各单位，异议期开始", func(r *http.Request, k string, n, v int64, _ typed) (appraisal.Round, error) {
		return p.Rounds.Announce(r.Context(), k, n, v)
	})
	step("approve", appraisal.MayApprove, "已审定", func(r *http.Request, k string, n, v int64, _ typed) (appraisal.Round, error) {
		return p.Rounds.Approve(r.Context(), k, n, v)
	})
	step("publish", appraisal.MayRun, "已发布", func(r *http.Request, k string, n, v int64, t typed) (appraisal.Round, error) {
		return p.Rounds.Publish(r.Context(), k, n, v, t.DocNo)
	})
	step("lock", appraisal.MayRun, "已归档", func(r *http.Request, k string, n, v int64, _ typed) (appraisal.Round, error) {
		return p.Rounds.Lock(r.Context(), k, n, v)
	})
	g.Handle("GET /appraisal/{id}/data", appraisal.MayRead, p.data)
	g.Handle("GET /appraisal/{id}/correct", appraisal.MayApprove, p.correct)
	g.Handle("POST /appraisal/{id}/correct", appraisal.MayApprove, p.postCorrect)
	g.Handle("GET /appraisal/{id}/release", appraisal.MayRead, p.release)
	g.Handle("POST /appraisal/{id}/release", appraisal.MayApprove, p.postRelease)
	g.Handle("GET /appraisal/{id}/flags", appraisal.MayRead, p.flags)
	g.Handle("POST /appraisal/{id}/flags", appraisal.MayApprove, p.issueFlags)
	g.Handle("GET /appraisal/{id}/flags/paper", appraisal.MayRead, p.flagsPaper)
	g.Handle("GET /appraisal/{id}/flags.docx", appraisal.MayRead, p.flagsDocx, route.Limited(route.ExportRate))
	g.Handle("GET /appraisal/{id}/statement", appraisal.MayRead, p.statement)
	g.Handle("POST /appraisal/{id}/statement", appraisal.MayObject, p.makeStatement)
	g.Handle("GET /appraisal/{id}/statement/paper", appraisal.MayRead, p.statementPaper)
	g.Handle("GET /appraisal/{id}/statement.docx", appraisal.MayRead, p.statementDocx, route.Limited(route.ExportRate))
	g.Handle("GET /appraisal/{id}/rectify", appraisal.MayRead, p.rectify)
	g.Handle("GET /appraisal/{id}/fair", appraisal.MayRead, p.fair)
	g.Handle("POST /appraisal/{id}/fair/send", appraisal.MayRun, p.sendFair)
	g.Handle("POST /appraisal/{id}/fair/explain", appraisal.MayObject, p.explainFair)
	g.Handle("GET /appraisal/{id}/spots", appraisal.MayRead, p.spots)
	g.Handle("POST /appraisal/{id}/spots/{spot}/answer", appraisal.MayCheck, p.answerSpot)
	g.Handle("GET /appraisal/{id}/remark", appraisal.MayObject, p.remark)
	g.Handle("POST /appraisal/{id}/remark", appraisal.MayObject, p.postRemark)
	g.Handle("GET /appraisal/{id}/objections", appraisal.MayRead, p.objections)
	g.Handle("GET /appraisal/{id}/objections/new", appraisal.MayObject, p.object)
	g.Handle("POST /appraisal/{id}/objections", appraisal.MayObject, p.postObject)
	g.Handle("POST /appraisal/{id}/objections/{objection}/withdraw", appraisal.MayObject, p.withdraw)
	g.Handle("POST /appraisal/{id}/objections/{objection}/decide", appraisal.MayDecide, p.decide)
	g.Handle("GET /appraisal/{id}/sheet", appraisal.MayRead, p.sheet)
	g.Handle("GET /appraisal/{id}/sheet.docx", appraisal.MayRead, p.sheetDocx, route.Limited(route.ExportRate))
	g.Handle("GET /appraisal/{id}/export.xlsx", appraisal.MayRead, p.export, route.Limited(route.ExportRate))
	g.Handle("GET /appraisal/{id}/ranking.docx", appraisal.MayRead, p.ranking, route.Limited(route.ExportRate))
	if p.Bundle != nil {
		g.Handle("GET /appraisal/{id}/bundle", appraisal.MayRead, p.bundle, route.Limited(route.ExportRate))
	}

	g.Handle("GET /appraisal/schemes", appraisal.MayRead, p.schemes)
	g.Handle("GET /appraisal/schemes/new", appraisal.MayDraft, p.newScheme)
	g.Handle("POST /appraisal/schemes/new", appraisal.MayDraft, p.saveScheme)
	g.Handle("GET /appraisal/schemes/{scheme}/edit", appraisal.MayRead, p.scheme)
	g.Handle("POST /appraisal/schemes/{scheme}/edit", appraisal.MayDraft, p.saveScheme)
	g.Handle("GET /appraisal/schemes/{scheme}/lines/{section}/{n}", appraisal.MayDraft, p.line)
	g.Handle("POST /appraisal/schemes/{scheme}/lines/{section}/{n}", appraisal.MayDraft, p.saveLine)
	g.Handle("GET /appraisal/schemes/{scheme}/compare", appraisal.MayRead, p.compare)
	g.Handle("GET /appraisal/schemes/{scheme}/simulate", appraisal.MaySimulate, p.simulate)
	g.Handle("GET /appraisal/schemes/{scheme}/simulate.xlsx", appraisal.MaySimulate, p.simulateXlsx, route.Limited(route.ExportRate))
	g.Handle("GET /appraisal/schemes/{scheme}/freeze", appraisal.MayFreeze, p.freeze)
	g.Handle("POST /appraisal/schemes/{scheme}/freeze", appraisal.MayFreeze, p.postFreeze)

	g.Handle("GET /appraisal/events", appraisal.MayRun, p.events)
	g.Handle("POST /appraisal/events", appraisal.MayRun, p.enter)
	g.Handle("POST /appraisal/events/{event}/confirm", appraisal.MayRun, p.confirmEvent)
}

// typed is what stands in the small forms of a round's next step.
type typed struct{ Note, DocNo string }

type act func(r *http.Request, key string, id, version int64, t typed) (appraisal.Round, error)

func (p *Pages) step(said string, fn act) route.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := route.Form(r, "note", "doc_no")
		if err != nil {
			return err
		}
		t := typed{Note: v.Get("note"), DocNo: v.Get("doc_no")}
		n := id.Parse(r.PathValue("id"))
		if _, err := fn(r, ui.RequestKey(r), n, ui.RowVersion(r), t); err != nil {
			return p.again(err, func() error { return p.showRound(w, r, n, t, err) })
		}
		route.SetFlash(w, r, said, "")
		route.Redirect(w, r, "/appraisal/"+id.Format(n))
		return nil
	}
}

// again shows the page with the refusal in it; what cannot be mended there goes on as an error.
func (p *Pages) again(err error, page func() error) error {
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Conflict, errs.Forbidden:
		return page()
	}
	return err
}

func (p *Pages) rounds(w http.ResponseWriter, r *http.Request) error {
	return p.showRounds(w, r, opening{Release: string(appraisal.ByTier), Period: period.MonthOf(p.Clock.Now()).Quarter().Prev().Chinese()}, nil)
}

// opening is the form that opens a round, as typed.
type opening struct{ Period, Scheme, Release string }

func (p *Pages) showRounds(w http.ResponseWriter, r *http.Request, form opening, refused error) error {
	list, err := p.Rounds.Rounds(r.Context())
	if err != nil {
		return err
	}
	schemes, err := p.Schemes.Schemes(r.Context())
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	v := roundsView{Form: form, Rounds: list, Schemes: map[int64]appraisal.Scheme{}, May: who.May(appraisal.MayRun), Err: refused}
	for _, s := range schemes {
		v.Schemes[s.ID] = s
		if s.State == appraisal.Frozen {
			v.Options = append(v.Options, ui.Option{Value: id.Format(s.ID), Label: s.Name + "　第 " + strconv.FormatInt(s.Revision, 10) + " 版"})
		}
	}
	if len(v.Options) == 1 && v.Form.Scheme == "" {
		v.Form.Scheme = v.Options[0].Value
	}
	f := route.Frame(r)
	f.Title = "考核评比"
	ui.Render(w, r, ui.Status(refused), roundsPage(f, v))
	return nil
}

func (p *Pages) open(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "period", "scheme", "release")
	if err != nil {
		return err
	}
	form := opening{strings.TrimSpace(v.Get("period")), v.Get("scheme"), v.Get("release")}
	if form.Scheme == "" {
		err = errs.At("scheme", "请选考核办法。没有可选的，先起草一份并请区领导定稿。")
		return p.showRounds(w, r, form, err)
	}
	x, err := p.Rounds.OpenRound(r.Context(), ui.RequestKey(r), period.ParseTerm(form.Period), id.Parse(form.Scheme), appraisal.Release(form.Release))
	if err != nil {
		return p.again(err, func() error { return p.showRounds(w, r, form, err) })
	}
	route.SetFlash(w, r, x.Title+"已开", "")
	route.Redirect(w, r, "/appraisal/"+id.Format(x.ID))
	return nil
}

func (p *Pages) round(w http.ResponseWriter, r *http.Request) error {
	return p.showRound(w, r, id.Parse(r.PathValue("id")), typed{}, nil)
}

func (p *Pages) showRound(w http.ResponseWriter, r *http.Request, n int64, t typed, refused error) error {
	q := r.URL.Query()
	revision := id.Parse(q.Get("rev"))
	view, err := p.Rounds.ShowAt(r.Context(), n, revision)
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	unit := id.Parse(q.Get("open"))
	if refused != nil {
		unit = 0
	}
	v := newRoundView(view, who, d, period.Day(p.Clock.Now()), q.Get("group"), unit)
	v.Typed, v.Err = t, refused
	if err := p.beside(r, &v); err != nil {
		return err
	}
	f := route.Frame(r)
	f.Title = v.Round.Title
	if v.Board != nil {
		f.Title += "：" + v.Board.Group
	}
	f.Crumbs = []ui.Crumb{{Href: "/appraisal", Label: "考核评比"}, {Label: when(v.Round)}}
	f.Beside, f.Actions = stateTag(v), roundActions(v)
	if unit != 0 {
		dv, err := p.detail(r, view, who, unit, revision)
		if err != nil {
			return err
		}
		if dv.Guess, err = p.guess(r, n, unit); err != nil {
			return err
		}
		f.Drawer = drawer(v, dv)
	}
	ui.Render(w, r, ui.Status(refused), roundPage(f, v))
	return nil
}

// detail reads a unit's score with the names of its sources.
func (p *Pages) detail(r *http.Request, view appraisal.View, who auth.Actor, unit, revision int64) (detailView, error) {
	d, err := p.Rounds.DetailAt(r.Context(), view.Round.ID, unit, revision)
	if err != nil {
		return detailView{}, err
	}
	v := detailView{Detail: d, Scheme: view.Scheme, Provable: p.Bundle != nil, Own: who.InUnit(unit), Full: view.Full, MayCorrect: correctable(view, who, unit),
		MayObject: who.May(appraisal.MayObject) && who.UnitID == unit && view.Round.State == appraisal.Announced && period.Day(p.Clock.Now()) <= view.Round.ObjectionUntil,
		MayRemark: who.May(appraisal.MayObject) && who.UnitID == unit && view.Round.State == appraisal.Confirmed}
	for _, o := range view.Objections {
		if o.UnitID == unit {
			v.Objections = append(v.Objections, o)
		}
	}
	for _, m := range view.Remarks {
		if m.UnitID == unit {
			v.Remark = m.Text
		}
	}
	if p.Tasks != nil {
		var ids []int64
		for _, row := range d.Data.Rows {
			if n := taskOf(row.Source); n != 0 {
				ids = append(ids, n)
			}
		}
		if v.Names, err = p.Tasks.TaskNames(r.Context(), ids); err != nil {
			return v, err
		}
	}
	return v, nil
}

// data shows what the data source confirms: the rows as collected, without points.
func (p *Pages) data(w http.ResponseWriter, r *http.Request) error {
	view, err := p.Rounds.ShowAt(r.Context(), id.Parse(r.PathValue("id")), 0)
	if err != nil {
		return err
	}
	if view.Round.Kind == appraisal.YearEnd {
		return errs.New(errs.Conflict, "年终得分由各期评比汇总，取数请到各期的评比里看。")
	}
	x, rows, err := p.Rounds.Collected(r.Context(), id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	v := dataView{Round: x, Kind: r.URL.Query().Get("kind"), Counts: map[string]int{}}
	for _, row := range rows {
		v.Counts[string(row.Kind)]++
		if v.Kind == "" || v.Kind == string(row.Kind) {
			v.Rows = append(v.Rows, row)
		}
	}
	v.All, v.Of = len(rows), len(v.Rows)
	if n, err := strconv.Atoi(r.URL.Query().Get("from")); err == nil && n > 0 && n < v.Of {
		v.From = n
	}
	v.Rows = v.Rows[v.From:min(v.From+dataRows, v.Of)]
	var ids []int64
	for _, row := range v.Rows {
		ids = append(ids, taskOf(row.Source))
	}
	if p.Tasks != nil {
		if v.Names, err = p.Tasks.TaskNames(r.Context(), ids); err != nil {
			return err
		}
	}
	ui.Render(w, r, http.StatusOK, dataPage(p.frame(r, x, "取数"), v))
	return nil
}

// taskOf reads the task's number in a source "task:17@2017-06"; 0 if it is another kind.
func taskOf(source string) int64 {
	s, ok := strings.CutPrefix(source, "task:")
	if !ok {
		return 0
	}
	s, _, _ = strings.Cut(s, "@")
	return id.Parse(s)
}

// clock shows an instant as people write it: 2017-07-18 09:30.
func clock(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(period.Beijing).Format("2006-01-02 15:04")
}

// day shows the day of an instant.
func day(ms int64) string {
	if ms == 0 {
		return ""
	}
	return period.Day(time.UnixMilli(ms))
}

// short is the beginning and the end of a fingerprint.
func short(hash string) string {
	if len(hash) < 12 {
		return hash
	}
	return hash[:4] + "…" + hash[len(hash)-4:]
}

func (p *Pages) remark(w http.ResponseWriter, r *http.Request) error {
	return p.showRemark(w, r, "", nil)
}

func (p *Pages) showRemark(w http.ResponseWriter, r *http.Request, text string, refused error) error {
	view, err := p.Rounds.ShowAt(r.Context(), id.Parse(r.PathValue("id")), 0)
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	if refused == nil {
		for _, m := range view.Remarks {
			if m.UnitID == who.UnitID {
				text = m.Text
			}
		}
	}
	f := p.frame(r, view.Round, "自评说明")
	ui.Render(w, r, ui.Status(refused), remarkPage(f, view.Round, text, refused))
	return nil
}

func (p *Pages) frame(r *http.Request, x appraisal.Round, title string) ui.Frame {
	f := route.Frame(r)
	f.Title = title
	f.Crumbs = []ui.Crumb{{Href: "/appraisal", Label: "考核评比"}, {Href: "/appraisal/" + id.Format(x.ID), Label: x.Title}, {Label: title}}
	return f
}

func (p *Pages) postRemark(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "text")
	if err != nil {
		return err
	}
	n := id.Parse(r.PathValue("id"))
	if err := p.Rounds.Remark(r.Context(), ui.RequestKey(r), n, v.Get("text")); err != nil {
		return p.again(err, func() error { return p.showRemark(w, r, v.Get("text"), err) })
	}
	who, _ := auth.From(r.Context())
	route.SetFlash(w, r, "自评说明已交", "")
	route.Redirect(w, r, "/appraisal/"+id.Format(n)+"?open="+id.Format(who.UnitID))
	return nil
}

func (p *Pages) object(w http.ResponseWriter, r *http.Request) error {
	return p.showObject(w, r, r.URL.Query().Get("item"), "", nil)
}

func (p *Pages) showObject(w http.ResponseWriter, r *http.Request, item, text string, refused error) error {
	view, err := p.Rounds.ShowAt(r.Context(), id.Parse(r.PathValue("id")), 0)
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	d, err := p.detail(r, view, who, who.UnitID, 0)
	if err != nil {
		return err
	}
	ui.Render(w, r, ui.Status(refused), objectPage(p.frame(r, view.Round, "对得分提出异议"), d, item, text, refused))
	return nil
}

func (p *Pages) postObject(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "item", "text")
	if err != nil {
		return err
	}
	n := id.Parse(r.PathValue("id"))
	item := v.Get("item")
	if item == whole {
		item = ""
	}
	o, err := p.Rounds.FileObjection(r.Context(), ui.RequestKey(r), n, item, v.Get("text"))
	if err != nil {
		return p.again(err, func() error { return p.showObject(w, r, v.Get("item"), v.Get("text"), err) })
	}
	route.SetFlash(w, r, "异议已提出，"+o.DueOn+" 前复核", "")
	route.Redirect(w, r, "/appraisal/"+id.Format(n)+"/objections")
	return nil
}

// whole is the choice "整个得分" of the objection's form.
const whole = "*"

// deciding is the decision's form, as typed.
type deciding struct{ Verdict, Source, Value, Words string }

// withdraw takes the own unit's objection back; a refused form keeps its words.
func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "words")
	if err != nil {
		return err
	}
	n, o := id.Parse(r.PathValue("id")), id.Parse(r.PathValue("objection"))
	if _, err := p.Rounds.WithdrawObjection(r.Context(), ui.RequestKey(r), o, ui.RowVersion(r), v.Get("words")); err != nil {
		return p.again(err, func() error { return p.showObjections(w, r, o, deciding{Words: v.Get("words")}, err) })
	}
	route.SetFlash(w, r, "异议已撤回，记录保留。异议期内还可以再提", "")
	route.Redirect(w, r, "/appraisal/"+id.Format(n)+"/objections")
	return nil
}

func (p *Pages) objections(w http.ResponseWriter, r *http.Request) error {
	return p.showObjections(w, r, id.Parse(r.URL.Query().Get("open")), deciding{}, nil)
}

func (p *Pages) showObjections(w http.ResponseWriter, r *http.Request, open int64, form deciding, refused error) error {
	view, err := p.Rounds.ShowAt(r.Context(), id.Parse(r.PathValue("id")), 0)
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	v := objectionsView{View: view, Who: who, Dir: d, May: who.May(appraisal.MayDecide), Form: form, Err: refused, Items: map[string]string{}}
	for _, b := range view.Boards {
		for _, l := range b.Lines {
			for _, it := range l.Items {
				v.Items[it.Item] = it.Name
			}
		}
	}
	for i, o := range view.Objections {
		if o.ID == open && v.takes(o) {
			v.Take = &view.Objections[i]
		}
		if o.ID != open || !v.May || o.State != appraisal.Filed {
			continue
		}
		v.Open = &view.Objections[i]
		v.Recuse = recusal(view.Round, o, who)
		if v.Recuse != "" && refused == nil {
			continue
		}
		if v.Detail, err = p.detail(r, view, who, o.UnitID, 0); err != nil {
			return err
		}
	}
	ui.Render(w, r, ui.Status(refused), objectionsPage(p.frame(r, view.Round, "异议与复核"), v))
	return nil
}

// recusal says beforehand why somebody will be refused; the decision itself is made where the objection is.
func recusal(x appraisal.Round, o appraisal.Objection, who auth.Actor) string {
	switch {
	case who.ID == x.ComputedBy || who.ID == x.ReviewedBy:
		return "您参加了这一轮的试算或初核，要回避，由别人复核。"
	case who.ID == o.FiledBy || who.InUnit(o.UnitID):
		return "这是您本单位的异议，要回避，由别人复核。"
	}
	return ""
}

func (p *Pages) decide(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "verdict", "source", "value", "words")
	if err != nil {
		return err
	}
	n, o := id.Parse(r.PathValue("id")), id.Parse(r.PathValue("objection"))
	form := deciding{v.Get("verdict"), v.Get("source"), v.Get("value"), v.Get("words")}
	switch form.Verdict {
	case "upheld", "rejected":
		_, err = p.Rounds.DecideObjection(r.Context(), ui.RequestKey(r), o, ui.RowVersion(r), appraisal.Decision{Upheld: form.Verdict == "upheld", Words: form.Words, Source: form.Source, Value: strings.TrimSpace(form.Value)})
	default:
		err = errs.At("verdict", "请选异议成立，还是不成立。")
	}
	if err != nil {
		return p.again(err, func() error { return p.showObjections(w, r, o, form, err) })
	}
	said := "已复核：异议不成立"
	if form.Verdict == "upheld" {
		said = "已复核：异议成立，全部得分和名次已重新计算"
	}
	route.SetFlash(w, r, said, "")
	route.Redirect(w, r, "/appraisal/"+id.Format(n)+"/objections")
	return nil
}

// inputName is how a row of a score is called in a list of choices.
func (v detailView) inputName(x score.Input) string {
	name := cmp.Or(x.Item, x.Event)
	if t := v.Names[taskOf(x.Source)]; t != "" {
		name += "：" + t
	} else if _, label := source(x.Source); label != "" {
		name += "：" + label
	}
	if x.Value.Valid {
		name += "　完成 " + x.Value.Decimal.String()
	}
	if x.Target.Valid {
		name += "，应达 " + x.Target.Decimal.String()
	}
	if x.Kind != "" {
		name += "（" + string(x.Kind) + "）"
	}
	return name
}
