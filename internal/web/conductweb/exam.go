package conductweb

import (
	"net/http"
	"net/url"

	"duban/internal/area/conduct"
	"duban/internal/base/id"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

type examsView struct {
	Rows   []conduct.Exam
	Log    []conduct.Access
	Of     int64 // whose records are open on the desk
	Writes int64 // of whom a record is being written
	Tasks  []task.Task
	Dir    *org.Directory
	Who    auth.Actor
	Today  string
	Reader bool
	Typed  typed
}

func (p *Pages) examsView(r *http.Request) (v examsView, err error) {
	v.Today = p.today()
	if v.Who, err = actor(r); err != nil {
		return v, err
	}
	if v.Reader, err = p.Exams.AmReader(r.Context()); err != nil {
		return v, err
	}
	v.Dir, err = p.Org.Look(r.Context())
	return v, err
}

func (p *Pages) ownExams(w http.ResponseWriter, r *http.Request) error {
	v, err := p.examsView(r)
	if err != nil {
		return err
	}
	if v.Rows, v.Log, err = p.Exams.OwnExams(r.Context()); err != nil {
		return err
	}
	f := frame(r, "我的考察记录")
	f.Crumbs = []ui.Crumb{{Href: "/conduct", Label: "精气神"}, {Label: "我的考察记录"}}
	f.Lede = ui.Rich("一线考察里记了您什么，**谁看过、为什么看**，都在这里。记录不公开，不计分。")
	ui.Render(w, r, http.StatusOK, ownExamsPage(f, v))
	return nil
}

func (p *Pages) desk(w http.ResponseWriter, r *http.Request) error {
	return p.showDesk(w, r, typed{}, nil, 0, nil)
}

func (p *Pages) showDesk(w http.ResponseWriter, r *http.Request, t typed, rows []conduct.Exam, of int64, refused error) error {
	v, err := p.examsView(r)
	if err != nil {
		return err
	}
	v.Typed, v.Rows, v.Of, v.Writes = t, rows, of, id.Parse(r.URL.Query().Get("person"))
	if t.form == "write" {
		v.Writes = id.Parse(t.get("write", "person"))
	}
	if v.Reader && v.Writes != 0 {
		if v.Tasks, err = p.Exams.ExamTasks(r.Context(), v.Writes); err != nil {
			return err
		}
	}
	f := frame(r, "考察记录")
	f.Crumbs = []ui.Crumb{{Href: "/conduct", Label: "精气神"}, {Label: "考察记录"}}
	f.Lede = ui.Rich("只有区领导指定的查阅人能看。**每次查阅都要写目的，记入日志，本人看得到。**")
	ui.Render(w, r, route.Status(refused), deskPage(f, v, refused))
	return nil
}

func (p *Pages) readExams(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "person", "purpose")
	if err != nil {
		return err
	}
	of := id.Parse(v.Get("person"))
	rows, err := p.Exams.ReadExams(r.Context(), of, v.Get("purpose"))
	if err != nil {
		return again(err, func(err error) error { return p.showDesk(w, r, typed{"read", v}, nil, 0, err) })
	}
	return p.showDesk(w, r, typed{"read", url.Values{"person": v["person"], "purpose": v["purpose"]}}, rows, of, nil)
}

func (p *Pages) writeExam(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "person", "task", "place", "observed_on", "fact", "view", "assessors")
	if err != nil {
		return err
	}
	_, err = p.Exams.WriteExam(r.Context(), ui.RequestKey(r), conduct.Exam{PersonID: id.Parse(v.Get("person")), TaskID: id.Parse(v.Get("task")), Place: v.Get("place"), ObservedOn: v.Get("observed_on"), Fact: v.Get("fact"), View: v.Get("view"), Assessors: ids(v["assessors"])})
	if err != nil {
		return again(err, func(err error) error { return p.showDesk(w, r, typed{"write", v}, nil, 0, err) })
	}
	route.SetFlash(w, r, "记录已存", "")
	route.Redirect(w, r, "/conduct/exams/desk")
	return nil
}

type readersView struct {
	Rows  []conduct.Reader
	Log   []conduct.Access
	Dir   *org.Directory
	Who   auth.Actor
	Today string
	Form  url.Values
	Mine  bool
}

func (p *Pages) readers(w http.ResponseWriter, r *http.Request) error {
	return p.showReaders(w, r, nil, nil)
}

func (p *Pages) showReaders(w http.ResponseWriter, r *http.Request, form url.Values, refused error) (err error) {
	v := readersView{Today: p.today(), Form: form}
	if v.Who, err = actor(r); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	if v.Mine, err = p.Exams.AmReader(r.Context()); err != nil {
		return err
	}
	if v.Rows, v.Log, err = p.Exams.Readers(r.Context()); err != nil {
		return err
	}
	f := frame(r, "考察记录查阅人")
	f.Crumbs = []ui.Crumb{{Href: "/conduct", Label: "精气神"}, {Label: "查阅人"}}
	f.Lede = ui.Rich("谁能看一线考察记录，由区领导逐人指定，写明理由和到期日；**不因职务自动能看**。")
	ui.Render(w, r, route.Status(refused), readersPage(f, v, refused))
	return nil
}

func (p *Pages) nameReader(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "person", "reason", "until_on")
	if err != nil {
		return err
	}
	if _, err := p.Exams.NameReader(r.Context(), ui.RequestKey(r), id.Parse(v.Get("person")), v.Get("reason"), v.Get("until_on")); err != nil {
		return again(err, func(err error) error { return p.showReaders(w, r, v, err) })
	}
	route.SetFlash(w, r, "已指定", "")
	route.Redirect(w, r, "/conduct/readers")
	return nil
}

func (p *Pages) endReader(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	if err := p.Exams.EndReader(r.Context(), ui.RequestKey(r), pathID(r)); err != nil {
		return err
	}
	route.SetFlash(w, r, "已收回", "")
	route.Redirect(w, r, "/conduct/readers")
	return nil
}
