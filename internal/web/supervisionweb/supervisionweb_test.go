package supervisionweb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/internal/area/campaign"
	"duban/internal/area/supervision"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/office/docx"
	"duban/internal/office/xlsx"
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/uitest"
	"duban/migrations"
)

// The stage: 督查室 (1), 七都镇 (2), 区住建局 (3). 方衡 and 宋时雨 supervise, 缪小舟 reports for 七都镇, 江平野 leads.
var (
	fang  = auth.Actor{ID: 11, RegionID: 9, UnitID: 1, Name: "方衡", Roles: []auth.Role{auth.Supervisor}, Units: []int64{1}}
	miao  = auth.Actor{ID: 12, RegionID: 9, UnitID: 2, Name: "缪小舟", Roles: []auth.Role{auth.Clerk}, Units: []int64{2}}
	jiang = auth.Actor{ID: 14, RegionID: 9, UnitID: 1, Name: "江平野", Roles: []auth.Role{auth.Leader}, Units: []int64{1}}
)

func ms(day string) int64 {
	t, err := period.ParseDay(day)
	if err != nil {
		panic(err)
	}
	return t.Add(9 * time.Hour).UnixMilli()
}

func sc(v int64) *amount.Scaled { x := amount.Scaled(v * 10000); return &x }
func n64(v int64) *int64        { return &v }

// directory is the district as package org gives it, from a database that is thrown away.
var directory = sync.OnceValue(func() *org.Directory {
	d, err := found()
	if err != nil {
		panic(err)
	}
	return d
})

func found() (*org.Directory, error) {
	dir, err := os.MkdirTemp("", "supervisionweb")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	db, err := sqldb.Open(context.Background(), "sqlite:"+filepath.Join(dir, "org.db"), period.At(time.UnixMilli(ms("2017-01-04"))))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := db.Migrate(context.Background(), migrations.FS); err != nil {
		return nil, err
	}
	next := []int64{1, 2, 3, 11, 12, 13, 14} // units, then people
	o := org.New(db, func() (n int64) { n, next = next[0], next[1:]; return n }, nil)
	if _, err := o.CreateRegion(context.Background(), org.Region{ID: 9, Name: "蕉城区", ShortName: "蕉城", Demo: true}); err != nil {
		return nil, err
	}
	ctx := auth.With(context.Background(), auth.Actor{ID: 1, RegionID: 9, Roles: []auth.Role{auth.SysAdmin}})
	for i, n := range []string{"督查室", "七都镇", "区住建局"} {
		if _, err := o.SaveUnit(ctx, org.Unit{Name: n, ShortName: n, Kind: []org.Kind{org.Office, org.Township, org.Department}[i]}); err != nil {
			return nil, err
		}
	}
	for i, n := range []string{"方衡", "缪小舟", "宋时雨", "江平野"} {
		if _, err := o.SavePerson(ctx, org.Person{Name: n, UnitID: []int64{1, 2, 1, 1}[i]}); err != nil {
			return nil, err
		}
	}
	return o.Look(ctx)
}

// stub answers as the area would, and remembers what it was asked to do.
type stub struct {
	Supervision
	who     auth.Actor
	did     []string // verb and what it was given
	keys    []string
	refuse  error
	state   supervision.FindingState
	bstate  supervision.BulletinState
	drawn   bool
	many    bool  // the bulletin has long tables
	changed int64 // version of the bulletin
}

func (s *stub) note(key, format string, args ...any) error {
	if s.refuse == nil {
		s.did = append(s.did, fmt.Sprintf(format, args...))
	}
	s.keys = append(s.keys, key)
	return s.refuse
}

func (s *stub) MonthBoard(_ context.Context, m period.Month) (supervision.Board, error) {
	b := supervision.Board{Month: m, Policy: task.Presets[0], Checked: 2, Findings: supervision.Tally{Found: 3, Closed: 1, Overdue: 1}, From: "2017-09-10"}
	b.Policy.Revision = 1
	if m == "2017-08" {
		b.Closed = true
		b.Counts = map[task.Light]int{task.Red: 1, task.Green: 1, task.Missing: 1}
		cell := func(id int64, title string, l task.Light, rule string) supervision.LightCell {
			return supervision.LightCell{Light: task.Month{TaskID: id, Light: l, Rule: rule}, Task: task.Task{ID: id, No: "CS-07", Title: title}}
		}
		b.Rows = []supervision.BoardRow{
			{UnitID: 2, Counts: map[task.Light]int{task.Missing: 1}, Lights: []supervision.LightCell{cell(21, "青苗清表", task.Missing, "8 月进展应报未报")}, Findings: &supervision.Tally{Found: 3, Closed: 1}},
			{UnitID: 3, Counts: map[task.Light]int{task.Red: 1, task.Green: 1}, Lights: []supervision.LightCell{cell(22, "路基贯通", task.Red, "核验 71%，应达 85%，落后 14 个百分点，超过 10 个百分点"), cell(23, "雨污分流", task.Green, "超前 2 个百分点")}},
		}
	}
	return b, nil
}

func (s *stub) CloseMonth(_ context.Context, key string, m period.Month) (int64, error) {
	return 3, s.note(key, "close %s", m)
}

func (s *stub) line() supervision.TourLine {
	return supervision.TourLine{Tour: supervision.Tour{ID: 51, Month: "2017-08", Title: "8 月份督查", LeaderID: 11, State: supervision.Running}, Drawn: 2, Checked: 1, Found: 3, Closed: 1, Overdue: 1}
}

func (s *stub) Tours(context.Context, period.Month, period.Month) ([]supervision.TourLine, error) {
	return []supervision.TourLine{s.line()}, nil
}

func (s *stub) Tour(_ context.Context, id int64) (supervision.TourView, error) {
	if id != 51 {
		return supervision.TourView{}, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	v := supervision.TourView{Tour: supervision.Tour{ID: 51, Month: "2017-08", Title: "8 月份督查", Basis: "区政府第 12 次常务会议决定", LeaderID: 11, Inspectors: []supervision.Inspector{{PersonID: 13, UnitID: 1}}, State: supervision.Prepared}}
	if s.drawn {
		v.Tour.State, v.MayCheck = supervision.Running, true
		v.Draw = &supervision.Draw{Seed: "摇号 0906", Size: 2, At: ms("2017-09-06")}
		check := supervision.Check{ID: 71, TourID: 51, TaskID: 22, Month: "2017-08", Reported: sc(36), Verified: *sc(24), Gap: n64(1000), Grade: supervision.Documents, Note: "现场丈量 24 亩", InspectorID: 13, At: ms("2017-09-07")}
		v.Rows = []supervision.SampleRow{
			{Task: task.Task{ID: 22, No: "CS-07", Title: "路基贯通", LeadUnit: 3}, Measure: "亩", Drawn: &supervision.Drawn{TaskID: 22, Place: 1, How: supervision.ByRisk, Why: "红灯 +40"}, Reported: sc(36), Pace: *sc(30), Checks: []supervision.Check{check}},
			{Task: task.Task{ID: 21, No: "ZQ-02", Title: "青苗清表", LeadUnit: 2}, Measure: "户", Drawn: &supervision.Drawn{TaskID: 21, Place: 2, How: supervision.ByChance, Why: "没有查过 +20"}, Pace: *sc(30), Earlier: []supervision.Check{{Month: "2017-05", Verified: *sc(12), Grade: supervision.Structured, Note: "核对协议"}}},
		}
	}
	return v, nil
}

func (s *stub) OpenTour(_ context.Context, key string, d supervision.TourDraft) (int64, error) {
	return 51, s.note(key, "open %s|%s|%d|%v|%v|%v", d.Month, d.Basis, d.LeaderID, d.Inspectors, d.Scope.Origins, d.Scope.Units)
}

func (s *stub) DrawSample(_ context.Context, key string, id int64, size int, seed string) ([]supervision.Drawn, error) {
	return make([]supervision.Drawn, max(size, 0)), s.note(key, "draw %d %d %s", id, size, seed)
}

func (s *stub) BeginTour(_ context.Context, key string, id int64) error {
	return s.note(key, "begin %d", id)
}

func (s *stub) EndTour(_ context.Context, key string, id int64, text string) error {
	return s.note(key, "end %d %s", id, text)
}

func (s *stub) Verify(_ context.Context, key string, in supervision.Seen) (int64, error) {
	return 72, s.note(key, "verify %d %d %d %s %d files=%d", in.TourID, in.TaskID, in.Value, in.Note, in.Grade, len(in.Files))
}

func (s *stub) IssueFinding(_ context.Context, key string, d supervision.FindingDraft) (int64, error) {
	return 61, s.note(key, "issue %+v", d)
}

func (s *stub) finding(id int64, no string, st supervision.FindingState, due string) supervision.FindingLine {
	f := supervision.Finding{ID: id, No: no, TourID: 51, UnitID: 2, Month: "2017-08", Kind: "自报不实", Fact: "自报 36 亩，现场 24 亩", Requirement: "更正数字，补齐两段", Days: 5, DueOn: due, State: st, IssuedBy: 13, IssuedAt: ms("2017-09-07")}
	if st == supervision.Closed {
		f.ClosedAt, f.ClosedBy, f.Closing, f.ReviewOn = ms("2017-09-12"), 13, "属实", "2017-12-12"
	}
	return supervision.FindingLine{Finding: f, Late: f.Overdue("2017-09-14"), Mine: s.who.InUnit(2)}
}

func (s *stub) Findings(_ context.Context, f supervision.FindingFilter) ([]supervision.FindingLine, error) {
	if f.Unit == 3 {
		return nil, nil
	}
	list := []supervision.FindingLine{s.finding(64, "2017-08-004", supervision.Closed, "2017-09-10"), s.finding(61, "2017-08-001", supervision.Accepted, "2017-09-12"), s.finding(62, "2017-08-002", supervision.Issued, "2017-09-18"), s.finding(63, "2017-08-003", supervision.Reported, "2017-09-11")}
	list[3].Reopened = 1
	return list, nil
}

func (s *stub) Finding(_ context.Context, id int64) (supervision.FindingView, error) {
	if id != 61 {
		return supervision.FindingView{}, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	v := supervision.FindingView{FindingLine: s.finding(61, "2017-08-001", s.state, "2017-09-12"), Tour: "8 月份督查", MayMend: s.who.InUnit(2), MayClose: s.who.Has(auth.Supervisor),
		Steps: []supervision.Step{{Verb: "issue", Text: "更正数字，补齐两段", PersonID: 13, UnitID: 1, At: ms("2017-09-07")}}}
	return v, nil
}

func (s *stub) AcceptFinding(_ context.Context, key string, id int64) error {
	return s.note(key, "accept %d", id)
}

func (s *stub) ReportFinding(_ context.Context, key string, id int64, text string, files ...evidence.File) error {
	return s.note(key, "report %d %s files=%d", id, text, len(files))
}

func (s *stub) CloseFinding(_ context.Context, key string, id int64, text string) error {
	return s.note(key, "close %d %s", id, text)
}

func (s *stub) SendBackFinding(_ context.Context, key string, id int64, text string, days int) error {
	return s.note(key, "back %d %s %d", id, text, days)
}

func (s *stub) ReopenFinding(_ context.Context, key string, id int64, text string, days int) error {
	return s.note(key, "reopen %d %s %d", id, text, days)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *stub) doc() supervision.BulletinDoc {
	row := func(id, unit int64, name, title string, value *amount.Scaled, l task.Light, rule string) supervision.Row {
		return supervision.Row{TaskID: id, UnitID: unit, Unit: name, No: "CS-07", Title: title, Measure: "亩", Pace: sc(30), Value: value, Kind: indicator.Verified, Lead: n64(-1000), Light: l, Rule: rule}
	}
	d := supervision.BulletinDoc{Region: "蕉城区", Organ: "蕉城区督查工作领导小组", Issue: 8, Year: "2017", Month: "2017-08", DocNo: "蕉督〔2017〕8 号", Demo: true,
		Text:   supervision.Text{Title: "关于 2017 年 8 月份督查情况的通报", Intro: "现将有关情况通报如下。", Lede: "对 2 个行动 3 项任务进行督查，现场核验 2 项。", Requirement: "限期整改。"},
		Tables: supervision.Tables{AsOf: "2017-09-12", Tasks: 3, Lights: map[task.Light]int{task.Red: 1, task.Missing: 1, task.Green: 1}, Checked: 2, Found: 3, Closed: 1, Overdue: 1, Named: []string{"2", "3"}}}
	d.Tables.Slow = []supervision.Row{row(21, 2, "七都镇", "青苗清表", nil, task.Missing, "8 月进展应报未报"), row(22, 3, "区住建局", "路基贯通", sc(24), task.Red, "落后 14 个百分点")}
	d.Tables.OnPace = []supervision.Row{row(23, 3, "区住建局", "雨污分流", sc(31), task.Green, "超前 2 个百分点")}
	for i := range 40 * b2i(s.many) {
		r := row(21, 2, "金涵畲族乡", "三都澳港区城澳作业区 6—15 号泊位连片开发完成投资", sc(int64(25587-700*i)), task.Amber, "落后 1.5 个百分点")
		r.Measure, r.Kind, r.Blocker = "万元", indicator.Reported, "管线迁改滞后，作业面打不开"
		r.Pace = sc(33333)
		d.Tables.Slow, d.Tables.OnPace = append(d.Tables.Slow, r), append(d.Tables.OnPace, r)
		d.Text.Requirement += "对照卡点逐项研究措施，需要上级协调的及时提出，完成 12,345.67 万元。"
	}
	d.Answers = []supervision.Answer{{UnitID: 3, Unit: "区住建局", State: supervision.Dissented, Text: "应为 26 亩", Reply: "经核仍为 24 亩"}}
	if s.bstate == supervision.Drafted {
		d.DocNo = ""
	}
	if s.bstate == supervision.Published {
		d.PublishedOn, d.Anchor, d.SHA256 = "2017-09-13", "K7Q2-9F3M", strings.Repeat("ab", 32)
	}
	return d
}

func (s *stub) Bulletin(_ context.Context, id int64) (supervision.BulletinView, error) {
	if id != 81 {
		return supervision.BulletinView{}, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	v := supervision.BulletinView{Bulletin: supervision.Bulletin{ID: 81, Year: "2017", Issue: 8, Month: "2017-08", State: s.bstate, Round: 1, ConfirmDueOn: "2017-09-15", DraftedBy: 11, DraftedAt: ms("2017-09-12"), Version: s.changed}, Doc: s.doc()}
	v.Versions = []supervision.TextVersion{{Revision: 1, Text: v.Doc.Text, PersonID: 11, At: ms("2017-09-12")}}
	if s.bstate == supervision.Confirming {
		v.Confirmations = []supervision.Confirmation{{UnitID: 2, State: supervision.Asked, DueOn: "2017-09-15"}, {UnitID: 3, State: supervision.Dissented, Text: "应为 26 亩"}}
	}
	if s.bstate == supervision.Drafted {
		v.Moved = []string{"发现问题数：通报为 3，现为 4。"}
	}
	return v, nil
}

func (s *stub) Bulletins(context.Context, string) ([]supervision.Bulletin, error) {
	return []supervision.Bulletin{{ID: 81, Year: "2017", Issue: 8, Month: "2017-08", State: s.bstate}}, nil
}

func (s *stub) DraftBulletin(_ context.Context, key string, m period.Month, _ supervision.Scope) (int64, error) {
	return 81, s.note(key, "draft %s", m)
}

func (s *stub) RedraftBulletin(_ context.Context, key string, id, version int64) error {
	return s.note(key, "redraft %d v%d", id, version)
}

func (s *stub) EditBulletin(_ context.Context, key string, id, version int64, t supervision.Text) error {
	return s.note(key, "edit %d v%d %s", id, version, t.Requirement)
}

func (s *stub) SendForConfirmation(_ context.Context, key string, id int64, days int) error {
	return s.note(key, "ask %d %d", id, days)
}

func (s *stub) ReplyDissent(_ context.Context, key string, id, unit int64, reply string) error {
	return s.note(key, "reply %d %d %s", id, unit, reply)
}

func (s *stub) TakeBackBulletin(_ context.Context, key string, id int64, reason string) error {
	return s.note(key, "back %d %s", id, reason)
}

func (s *stub) Publish(_ context.Context, key string, id int64, docNo, to string) error {
	return s.note(key, "publish %d %s %s", id, docNo, to)
}

func (s *stub) Inquiries(context.Context) ([]supervision.Inquiry, error) {
	if !s.who.InUnit(2) {
		return nil, nil
	}
	return []supervision.Inquiry{{Confirmation: supervision.Confirmation{BulletinID: 81, UnitID: 2, State: supervision.Asked, DueOn: "2017-09-15"}, Issue: 8, Month: "2017-08", Rows: s.doc().Tables.Slow[:1]}}, nil
}

func (s *stub) Confirm(_ context.Context, key string, id, unit int64, agree bool, text string) error {
	return s.note(key, "confirm %d %d %v %s", id, unit, agree, text)
}

func (s *stub) order() supervision.OrderLine {
	o := supervision.Order{ID: 91, No: "蓝〔2017〕7号", Level: supervision.Blue, UnitID: 2, About: ref.Ref{Kind: supervision.FindingKind, ID: 61}, Matter: "青苗清表", Requirement: "月底前清完", DueOn: "2017-09-12", State: supervision.OrderIssued, IssuedBy: 11, IssuedAt: ms("2017-09-05")}
	return supervision.OrderLine{Order: o, Late: true, Mine: s.who.InUnit(2)}
}

func (s *stub) Orders(context.Context, supervision.OrderFilter) ([]supervision.OrderLine, error) {
	return []supervision.OrderLine{s.order()}, nil
}

func (s *stub) Order(context.Context, int64) (supervision.OrderView, error) {
	return supervision.OrderView{OrderLine: s.order()}, nil
}

func (s *stub) IssueOrder(_ context.Context, key string, d supervision.OrderDraft) (int64, error) {
	return 91, s.note(key, "order %+v", d)
}

func (s *stub) ReplyOrder(_ context.Context, key string, id int64, text string, files ...evidence.File) error {
	return s.note(key, "answer %d %s files=%d", id, text, len(files))
}

func (s *stub) EscalateOrder(_ context.Context, key string, id int64, text string, days int) (int64, error) {
	return 92, s.note(key, "escalate %d %s %d", id, text, days)
}

func (s *stub) List(context.Context) ([]campaign.Campaign, error) {
	return []campaign.Campaign{{ID: 31, Name: "城市建设管理攻坚行动", Year: 2017}}, nil
}

func (s *stub) Tasks(context.Context, task.Filter) ([]task.Task, error) {
	return []task.Task{{ID: 24, No: "CS-09", Title: "停车泊位", LeadUnit: 3}}, nil
}

func (s *stub) Terms(context.Context, int64) (task.Terms, error) {
	return task.Terms{Task: task.Task{ID: 24, LeadUnit: 3}, Sheet: indicator.Sheet{Indicator: indicator.Indicator{Measure: "个"}, Plan: indicator.Plan{From: "2017-01", To: "2017-12", Target: *sc(120)}}}, nil
}

func (s *stub) Look(context.Context) (*org.Directory, error) { return directory(), nil }

func (s *stub) Open(_ context.Context, id int64) (evidence.Exhibit, []byte, error) {
	return evidence.Exhibit{ID: id, Name: "现场", Media: "image/jpeg"}, []byte("jpeg"), nil
}

// session is who is logged in: the token is the key.
type session struct{ s *stub }

func (x session) Find(context.Context, string) (account.Session, error) {
	return account.Session{Actor: x.s.who}, nil
}
func (session) Touch(string) {}

func serve(s *stub) http.Handler {
	g := route.New()
	clock := period.At(time.UnixMilli(ms("2017-09-14")))
	(&Pages{Supervision: s, Campaigns: s, Tasks: s, Org: s, Files: s, Clock: clock}).Register(g)
	return g.Handler(route.Config{Sessions: session{s}, Clock: clock, Log: slog.New(slog.DiscardHandler), Nav: Nav(),
		Place: func(context.Context, auth.Actor) route.Place {
			return route.Place{Unit: "督查室", Product: "蕉城督办", Demo: true}
		}})
}

const key = "00112233445566778899aabbccddeeff"

type answer struct {
	code     int
	to, text string
	body     []byte
	head     http.Header
}

func ask(t *testing.T, s *stub, method, path string, body io.Reader, kind string) answer {
	t.Helper()
	r := httptest.NewRequest(method, "http://duban.local"+path, body)
	r.AddCookie(&http.Cookie{Name: "duban", Value: "t"})
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	w := httptest.NewRecorder()
	serve(s).ServeHTTP(w, r)
	return answer{w.Code, w.Header().Get("Location"), w.Body.String(), w.Body.Bytes(), w.Header()}
}

func get(t *testing.T, s *stub, path string) answer {
	t.Helper()
	return ask(t, s, "GET", path, nil, "")
}

func post(t *testing.T, s *stub, path string, form url.Values) answer {
	t.Helper()
	if form == nil {
		form = url.Values{}
	}
	form.Set("request_key", key)
	return ask(t, s, "POST", path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
}

func has(t *testing.T, a answer, code int, want ...string) {
	t.Helper()
	if a.code != code {
		t.Errorf("status %d, want %d: %.300s", a.code, code, a.text)
	}
	for _, w := range want {
		if !strings.Contains(a.text, w) {
			t.Errorf("%q is not on the page", w)
		}
	}
}

func hasNot(t *testing.T, a answer, no ...string) {
	t.Helper()
	for _, w := range no {
		if strings.Contains(a.text, w) {
			t.Errorf("%q is on the page", w)
		}
	}
}

// did says what the area was asked to do by the last request, with the form's key.
func did(t *testing.T, s *stub, a answer, want, to string) {
	t.Helper()
	if len(s.did) == 0 || s.did[len(s.did)-1] != want || s.keys[len(s.keys)-1] != key {
		t.Errorf("did %q with keys %q, want %q", s.did, s.keys, want)
	}
	if a.code != http.StatusSeeOther || a.to != to {
		t.Errorf("answered %d to %q, want %q: %.300s", a.code, a.to, to, a.text)
	}
}

// The pages as they stand, byte for byte.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		name, path string
		s          *stub
	}{
		{"month", "/supervision?month=2017-08", &stub{who: fang, bstate: supervision.Published}},
		{"month-drawer", "/supervision?month=2017-08&unit=3", &stub{who: fang, bstate: supervision.Published}},
		{"month-open", "/supervision?month=2017-09", &stub{who: miao, bstate: supervision.Published}},
		{"close", "/supervision/close?month=2017-09", &stub{who: fang, bstate: supervision.Drafted}},
		{"tour-new", "/supervision/tours/new", &stub{who: fang}},
		{"tour-prepared", "/supervision/tours/51", &stub{who: fang}},
		{"tour", "/supervision/tours/51", &stub{who: fang, drawn: true}},
		{"tour-plan", "/supervision/tours/51/plan", &stub{who: fang, drawn: true}},
		{"check", "/supervision/tours/51/check/21", &stub{who: fang, drawn: true}},
		{"issue", "/supervision/tours/51/finding?task=22", &stub{who: fang, drawn: true}},
		{"findings", "/findings", &stub{who: fang}},
		{"finding-unit", "/findings/61", &stub{who: miao, state: supervision.Accepted}},
		{"finding-review", "/findings/61", &stub{who: fang, state: supervision.Reported}},
		{"bulletins", "/bulletins", &stub{who: miao, bstate: supervision.Published}},
		{"bulletin-draft", "/bulletins/81", &stub{who: fang, bstate: supervision.Drafted, changed: 4}},
		{"bulletin-confirming", "/bulletins/81", &stub{who: jiang, bstate: supervision.Confirming}},
		{"bulletin-published", "/bulletins/81", &stub{who: miao, bstate: supervision.Published}},
		{"bulletin-edit", "/bulletins/81/edit", &stub{who: fang, bstate: supervision.Drafted, changed: 4}},
		{"bulletin-publish", "/bulletins/81/publish", &stub{who: jiang, bstate: supervision.Confirming}},
		{"bulletin-confirm", "/bulletins/81/confirm", &stub{who: miao, bstate: supervision.Confirming}},
		{"orders", "/orders", &stub{who: fang}},
		{"order-unit", "/orders/91", &stub{who: miao}},
		{"order-new", "/orders/new?finding=61", &stub{who: fang, state: supervision.Accepted}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := get(t, c.s, c.path)
			has(t, a, 200)
			uitest.Golden(t, c.name, masked(a.text))
		})
	}
}

// masked hides the form token, which looks different on every page.
func masked(html string) string {
	for _, mark := range []string{`name="csrf_token" value="`, `X-CSRF-Token&#34;:&#34;`} {
		parts := strings.Split(html, mark)
		for i := 1; i < len(parts); i++ {
			if end := strings.IndexAny(parts[i], `"&`); end >= 0 {
				parts[i] = "TOKEN" + parts[i][end:]
			}
		}
		html = strings.Join(parts, mark)
	}
	return html
}

func TestMonth(t *testing.T) {
	s := &stub{who: fang, bstate: supervision.Published}
	has(t, get(t, s, "/supervision?month=2017-08"), 200, "<b>1 红 0 黄 1 绿</b>", "<b>缺报 1 项</b>", "超期 1 个", "核验 71%，应达 85%")
	hasNot(t, get(t, &stub{who: miao, bstate: supervision.Published}, "/supervision?month=2017-08"), "组织督查", "月度亮灯")
	has(t, get(t, s, "/supervision?month=八月"), 422, "没有“八月”这个月份")
	has(t, get(t, s, "/supervision?month=2017-09"), 200, "本月还没有亮灯", "月度亮灯") // the day has come
	has(t, post(t, s, "/supervision/close", url.Values{"month": {"2017-09"}}), 422, "亮灯后不能改")
	if len(s.did) > 0 {
		t.Errorf("closed without the tick: %v", s.did)
	}
	did(t, s, post(t, s, "/supervision/close", url.Values{"month": {"2017-09"}, "sure": {"1"}}), "close 2017-09", "/supervision?month=2017-09")
	has(t, post(t, &stub{who: miao}, "/supervision/close", url.Values{"month": {"2017-09"}, "sure": {"1"}}), 403)
}

func TestTour(t *testing.T) {
	s := &stub{who: fang}
	did(t, s, post(t, s, "/supervision/tours", url.Values{"month": {"2017-09"}, "title": {"9 月份督查"}, "basis": {"决定"}, "leader": {"11"}, "inspectors": {"13", "14"}, "scope": {"31"}, "units": {"2", "3"}}),
		"open 2017-09|决定|11|[13 14]|[campaign.campaign:31]|[2 3]", "/supervision/tours/51")
	s.refuse = errs.Refuse("有 1 处要改", errs.Field{Name: "basis", Message: "还没有写督查依据。"})
	has(t, post(t, s, "/supervision/tours", url.Values{"month": {"2017-09"}, "title": {"不要丢的标题"}, "inspectors": {"13"}}), 422, "不要丢的标题", `href="#f-basis"`, "还没有写督查依据。", `value="13" checked`)
	s.refuse = nil
	did(t, s, post(t, s, "/supervision/tours/51/draw", url.Values{"size": {"１２"}, "seed": {"摇号"}}), "draw 51 12 摇号", "/supervision/tours/51")
	did(t, s, post(t, s, "/supervision/tours/51/begin", nil), "begin 51", "/supervision/tours/51")
	s.drawn = true
	did(t, s, post(t, s, "/supervision/tours/51/end", url.Values{"conclusion": {"查了 2 项"}}), "end 51 查了 2 项", "/supervision/tours/51")
	s.refuse = errs.At("conclusion", "还没有写督查结论。")
	has(t, post(t, s, "/supervision/tours/51/end", url.Values{"conclusion": {"留下的字"}}), 422, "留下的字", `href="#f-conclusion"`)
	s.refuse = nil
	a := get(t, s, "/supervision/tours/51")
	has(t, a, 200, "方衡（督查室）", "七都镇", "36 亩", "24 亩", "+10 点", "红灯 +40", "摇号 0906", "2017年5月", "样本里还有 1 项没有核验", "/supervision/tours/51/check/24")
	has(t, get(t, s, "/supervision/tours/52"), 404)
}

// form makes a multipart form with one file.
func multi(t *testing.T, fields map[string]string, name string, content []byte) (io.Reader, string) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := m.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	if name != "" {
		f, err := m.CreateFormFile("files", name)
		if err != nil {
			t.Fatal(err)
		}
		f.Write(content)
	}
	m.Close()
	return &b, m.FormDataContentType()
}

func TestCheck(t *testing.T) {
	s := &stub{who: fang, drawn: true}
	has(t, get(t, s, "/supervision/tours/51/check/21"), 200, "已查过", "2017年5月核验 12 户", "1 级：系统数据", "缺报")
	send := func(fields map[string]string, name, content string) answer {
		fields["request_key"] = key
		body, kind := multi(t, fields, name, []byte(content))
		return ask(t, s, "POST", "/supervision/tours/51/check/21", body, kind)
	}
	did(t, s, send(map[string]string{"value": "２５", "note": "逐户看过", "grade": "3"}, "名单.txt", "一户一行"), "verify 51 21 250000 逐户看过 3 files=1", "/supervision/tours/51")
	before := len(s.did)
	has(t, send(map[string]string{"value": "二十五", "note": "留下的字", "grade": "3"}, "", ""), 422, "二十五", "留下的字", `href="#f-value"`)
	has(t, send(map[string]string{"value": "25", "note": "看过", "grade": "3"}, "x.exe", "MZ\x90\x00"), 422, `href="#f-files"`)
	if len(s.did) != before {
		t.Errorf("verified with a bad form: %v", s.did)
	}
	// A task that was not drawn is measured in its own unit.
	fields := map[string]string{"request_key": key, "value": "7", "note": "数过", "grade": "4"}
	body, kind := multi(t, fields, "", nil)
	did(t, s, ask(t, s, "POST", "/supervision/tours/51/check/24", body, kind), "verify 51 24 70000 数过 4 files=0", "/supervision/tours/51")
	has(t, get(t, s, "/supervision/tours/51/check/99"), 404)
	did(t, s, post(t, s, "/supervision/tours/51/finding", url.Values{"task": {"22"}, "kind": {"自报不实"}, "fact": {"差 12 亩"}, "requirement": {"更正"}, "days": {"5"}}),
		"issue {TourID:51 TaskID:22 UnitID:0 Kind:自报不实 Fact:差 12 亩 Requirement:更正 Days:5}", "/supervision/tours/51")
}

func TestFindings(t *testing.T) {
	s := &stub{who: fang}
	a := get(t, s, "/findings")
	has(t, a, 200, "超 2 天", "还剩 4 天", "9-12 销号", "反弹 1 次", "在办 3 个", "/findings/export.xlsx")
	if strings.Index(a.text, "2017-08-001") > strings.Index(a.text, "2017-08-004") {
		t.Error("what is closed stands before what is open")
	}
	late := get(t, s, "/findings?s=late")
	has(t, late, 200, "2017-08-001")
	hasNot(t, late, "2017-08-002", "2017-08-004")
	for set, want := range map[string]string{"soon": "2017-08-002", "review": "2017-08-003", "closed": "2017-08-004", "back": "2017-08-003"} {
		a := get(t, s, "/findings?s="+set)
		if has(t, a, 200, want); strings.Count(a.text, `href="/findings/6`) != 1 {
			t.Errorf("%s shows %d rows", set, strings.Count(a.text, `href="/findings/6`))
		}
	}
	has(t, get(t, s, "/findings?unit=3"), 200, "没有符合条件的问题")

	x := get(t, s, "/findings/export.xlsx?s=late")
	sheet, err := xlsx.Read(bytes.NewReader(x.body), "")
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(sheet.Cells)
	if !strings.Contains(text, "2017-08-001") || strings.Contains(text, "2017-08-004") || !strings.Contains(text, "超 2 天") || !strings.Contains(text, "方衡") {
		t.Errorf("export: %s", text)
	}
}

func TestFinding(t *testing.T) {
	s := &stub{who: miao, state: supervision.Issued}
	has(t, get(t, s, "/findings/61"), 200, "签收", "/findings/61/accept")
	did(t, s, post(t, s, "/findings/61/accept", nil), "accept 61", "/findings/61")
	s.state = supervision.Accepted
	body, kind := multi(t, map[string]string{"request_key": key, "text": "已补齐"}, "协议.txt", []byte("三户"))
	did(t, s, ask(t, s, "POST", "/findings/61/report", body, kind), "report 61 已补齐 files=1", "/findings/61")
	s.refuse = errs.Refuse("有 1 处要改", errs.Field{Name: "report", Message: "还没有写整改情况。"})
	has(t, post(t, s, "/findings/61/report", url.Values{"text": {"留下的字"}}), 422, `href="#f-text"`, "留下的字")
	s.refuse = nil
	has(t, post(t, s, "/findings/61/close", url.Values{"text": {"自己销"}}), 403)
	hasNot(t, get(t, s, "/findings/61"), "复核销号", "发督办单")

	o := &stub{who: fang, state: supervision.Reported}
	has(t, get(t, o, "/findings/61"), 200, "复核销号", "退回整改")
	did(t, o, post(t, o, "/findings/61/close", url.Values{"text": {"属实"}}), "close 61 属实", "/findings/61")
	did(t, o, post(t, o, "/findings/61/send-back", url.Values{"text": {"没补齐"}, "days": {"3"}}), "back 61 没补齐 3", "/findings/61")
	o.refuse = errs.Refuse("有 1 处要改", errs.Field{Name: "reason", Message: "还没有写原因。"})
	has(t, post(t, o, "/findings/61/send-back", url.Values{"days": {"7"}}), 422, `href="#f-text"`, `value="7"`, `id="f-close-text"`)
	o.refuse, o.state = nil, supervision.Closed
	did(t, o, post(t, o, "/findings/61/reopen", url.Values{"text": {"又少一户"}, "days": {"5"}}), "reopen 61 又少一户 5", "/findings/61")
	has(t, get(t, o, "/findings/60"), 404)
}

func TestBulletin(t *testing.T) {
	s := &stub{who: fang, bstate: supervision.Drafted, changed: 4}
	a := get(t, s, "/bulletins/81")
	has(t, a, 200, "蕉城区督查工作领导小组文件", "演示样张，非正式公文", "起草后有 1 处数字变了", "通报为 3，现为 4", "/tasks/21", "慢序时项目表", "附件2", "— 1 —", "送单位核对", "答复：经核仍为 24 亩")
	hasNot(t, a, ">签发<", "本通报已存证")
	did(t, s, post(t, s, "/bulletins", url.Values{"month": {"2017-08"}}), "draft 2017-08", "/bulletins/81")
	did(t, s, post(t, s, "/bulletins/81/redraft", url.Values{"version": {"4"}}), "redraft 81 v4", "/bulletins/81")
	did(t, s, post(t, s, "/bulletins/81/edit", url.Values{"version": {"4"}, "title": {"标题"}, "requirement": {"新的要求"}}), "edit 81 v4 新的要求", "/bulletins/81")
	did(t, s, post(t, s, "/bulletins/81/ask", url.Values{"days": {""}}), "ask 81 0", "/bulletins/81")
	did(t, s, post(t, s, "/bulletins/81/ask", url.Values{"days": {"0"}}), "ask 81 -1", "/bulletins/81")
	s.refuse, s.changed = errs.New(errs.Conflict, "别人刚改过这份通报，请看过新的内容再操作。"), 5
	has(t, post(t, s, "/bulletins/81/edit", url.Values{"version": {"4"}, "title": {"我写的标题"}}), 409, "我写的标题", "现在是：关于 2017 年 8 月份督查情况的通报", "别人刚改过", `name="version" value="5"`)

	s = &stub{who: fang, bstate: supervision.Confirming}
	did(t, s, post(t, s, "/bulletins/81/reply", url.Values{"unit": {"3"}, "reply": {"经核仍为 24 亩"}}), "reply 81 3 经核仍为 24 亩", "/bulletins/81/dissents")
	did(t, s, post(t, s, "/bulletins/81/take-back", url.Values{"reason": {"属实"}}), "back 81 属实", "/bulletins/81")
	has(t, get(t, s, "/bulletins/81/publish"), 200, "起草人不能签发自己起草的通报")
	has(t, get(t, s, "/bulletins/81"), 200, "有异议", "未答", "还有 1 个没有答复")

	s = &stub{who: jiang, bstate: supervision.Confirming}
	has(t, post(t, s, "/bulletins/81/publish", url.Values{"doc_no": {"蕉督〔2017〕8 号"}}), 422, "签发后不能收回", "蕉督〔2017〕8 号")
	did(t, s, post(t, s, "/bulletins/81/publish", url.Values{"doc_no": {"蕉督〔2017〕8 号"}, "recipients": {"各单位"}, "sure": {"1"}}), "publish 81 蕉督〔2017〕8 号 各单位", "/bulletins/81")

	s = &stub{who: fang, bstate: supervision.Drafted}
	if w := get(t, s, "/bulletins/81/word"); w.code != 200 { // it has no number yet
		t.Errorf("a draft as a Word file: %d", w.code)
	}

	s = &stub{who: miao, bstate: supervision.Published}
	a = get(t, s, "/bulletins/81")
	has(t, a, 200, "本通报已存证，短码 K7Q2-9F3M", "2017年9月13日")
	hasNot(t, a, "改文字", "退回修改")
	w := get(t, s, "/bulletins/81/word")
	if !strings.HasPrefix(w.head.Get("Content-Disposition"), "attachment") {
		t.Errorf("sent as %q", w.head.Get("Content-Disposition"))
	}
	blocks, err := docx.ReadParagraphs(bytes.NewReader(w.body))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, b := range blocks {
		text.WriteString(b.Line())
		if b.Table != nil {
			fmt.Fprint(&text, b.Table.Cells)
		}
	}
	for _, want := range []string{"蕉督〔2017〕8 号", "现场核验 2 项", "应为 26 亩", "青苗清表", "−6 亩", "短码 K7Q2-9F3M"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in the Word file", want)
		}
	}
}

func TestConfirm(t *testing.T) {
	s := &stub{who: miao, bstate: supervision.Confirming}
	a := get(t, s, "/bulletins/81/confirm")
	has(t, a, 200, "青苗清表", "缺报", "还剩 1 天", "事实无误", "有不同意见")
	hasNot(t, a, "路基贯通") // another unit's
	has(t, post(t, s, "/bulletins/81/confirm", url.Values{"unit": {"2"}, "text": {"留下的字"}}), 422, "留下的字", `href="#f-agree"`)
	if len(s.did) > 0 {
		t.Errorf("answered without a choice: %v", s.did)
	}
	did(t, s, post(t, s, "/bulletins/81/confirm", url.Values{"unit": {"2"}, "agree": {"no"}, "text": {"报过"}}), "confirm 81 2 false 报过", "/bulletins/81/confirm?unit=2")
	did(t, s, post(t, s, "/bulletins/81/confirm", url.Values{"unit": {"2"}, "agree": {"yes"}}), "confirm 81 2 true ", "/bulletins/81/confirm?unit=2")
	has(t, get(t, s, "/bulletins/82/confirm"), 404)
	has(t, get(t, &stub{who: jiang}, "/bulletins/81/confirm"), 403)
}

func TestOrders(t *testing.T) {
	s := &stub{who: fang, state: supervision.Accepted}
	has(t, get(t, s, "/orders"), 200, "逾期未办", "超 2 天", "蓝单（提醒）")
	has(t, get(t, s, "/orders/new?finding=61"), 200, "督查问题 2017-08-001", `name="about" value="61"`)
	did(t, s, post(t, s, "/orders", url.Values{"level": {"blue"}, "unit": {"2"}, "matter": {"清表"}, "requirement": {"清完"}, "days": {"5"}, "about_kind": {supervision.FindingKind}, "about": {"61"}}),
		"order {Level:blue UnitID:2 About:supervision.finding:61 Matter:清表 Requirement:清完 Cause: Basis: Days:5}", "/orders/91")
	did(t, s, post(t, s, "/orders/91/escalate", url.Values{"text": {"三天内办完"}, "days": {"3"}}), "escalate 91 三天内办完 3", "/orders/92")
	s.refuse = errs.Refuse("有 1 处要改", errs.Field{Name: "requirement", Message: "还没有写办理要求。"})
	has(t, post(t, s, "/orders/91/escalate", url.Values{"days": {"3"}}), 422, `href="#f-text"`)
	u := &stub{who: miao}
	has(t, get(t, u, "/orders/91"), 200, "签收", "回复即视为签收")
	hasNot(t, get(t, u, "/orders/91"), "催办和升级")
	did(t, u, post(t, u, "/orders/91/reply", url.Values{"text": {"清完了"}}), "answer 91 清完了 files=0", "/orders/91")
	has(t, post(t, u, "/orders/91/escalate", url.Values{"text": {"x"}, "days": {"3"}}), 403)
}

func TestFiles(t *testing.T) {
	a := get(t, &stub{who: miao}, "/supervision/files/5")
	if has(t, a, 200); a.head.Get("Content-Type") != "image/jpeg" || !strings.HasPrefix(a.head.Get("Content-Disposition"), "inline") {
		t.Errorf("sent as %v", a.head)
	}
}

// A form with a field that the page does not have does nothing.
func TestForeignField(t *testing.T) {
	s := &stub{who: fang, state: supervision.Reported}
	for _, path := range []string{"/findings/61/close", "/bulletins/81/edit", "/orders/91/urge", "/supervision/tours/51/begin"} {
		has(t, post(t, s, path, url.Values{"score": {"100"}}), 422)
	}
	if len(s.did) > 0 {
		t.Errorf("did %v", s.did)
	}
}
