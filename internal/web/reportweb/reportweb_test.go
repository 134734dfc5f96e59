package reportweb

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"duban/internal/area/campaign"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/uitest"
)

// stub answers as package campaign would for one item of 七都镇 in August.
type stub struct {
	prefill campaign.Prefill
	todo    campaign.TodoList
	sent    *campaign.ReportDraft
	draft   string
	refuse  error
}

func (s *stub) Todo(context.Context) (campaign.TodoList, error) { return s.todo, nil }
func (s *stub) Prefill(context.Context, int64, period.Month) (campaign.Prefill, error) {
	return s.prefill, nil
}
func (s *stub) SubmitReport(_ context.Context, _ string, d campaign.ReportDraft) (campaign.Receipt, error) {
	s.sent = &d
	r := campaign.Receipt{}
	r.ID = 5
	return r, s.refuse
}
func (s *stub) SaveDraft(_ context.Context, _ int64, _ period.Month, body string) error {
	s.draft = body
	return nil
}
func (s *stub) Receipt(context.Context, int64) (r campaign.Receipt, err error) {
	r.Account = task.Account{ID: 5, TaskID: 21, UnitID: 3, Period: "2017-08", Value: 426000, BlockerKind: "林地手续", Help: "请区林业局 8-30 前补办 5.4 亩林地手续。", DueOn: "2017-09-05", State: task.Submitted, SubmittedAt: at(22, 10, 43), Version: 1}
	r.Task, r.Measure, r.Pace, r.Record, r.MayWithdraw = land, "亩", 480000, 1043, true
	return r, nil
}
func (s *stub) WithdrawReport(context.Context, string, int64, int64) (task.Account, error) {
	r, err := s.Receipt(context.Background(), 5)
	return r.Account, err
}
func (s *stub) Mine(context.Context) ([]notice.Todo, error) {
	return []notice.Todo{{Title: "马坂溪畜禽养殖整改（环保督察）", Href: "/findings/9", DueOn: "2017-08-30"}}, nil
}
func (s *stub) Today() string { return "2017-08-22" }
func (s *stub) Look(context.Context) (*org.Directory, error) {
	return &org.Directory{Units: []*org.Unit{{ID: 3, ShortName: "七都镇"}, {ID: 4, ShortName: "区林业局"}}}, nil
}
func (s *stub) Find(context.Context, string) (account.Session, error) {
	return account.Session{Actor: auth.Actor{ID: 7, RegionID: 1, UnitID: 3, Units: []int64{3}, Name: "缪小舟", Roles: []auth.Role{auth.Clerk}}}, nil
}
func (s *stub) Touch(string) {}

var land = task.Task{ID: 21, No: "ZQ-21", Title: "七都片区征地交付", LeadUnit: 3, Standing: task.Standing{Light: task.Amber}}

func at(day, hour, minute int) int64 {
	return time.Date(2017, 8, day, hour, minute, 0, 0, period.Beijing).UnixMilli()
}

func ptr[T any](v T) *T { return &v }

func newStub() *stub {
	plan := indicator.Plan{From: "2017-01", To: "2017-12", Target: 720000}
	s := &stub{prefill: campaign.Prefill{Task: land, Sheet: indicator.Sheet{Indicator: indicator.Indicator{Measure: "亩"}, Plan: plan}, Month: "2017-08", DueOn: "2017-08-25", DaysLeft: 3, Pace: 480000,
		Before: &indicator.Value{Period: "2017-07", Reported: ptr(amount.Scaled(310000))}, Value: campaign.Filled{Text: "42.6", Source: "征迁台账自动汇总"},
		Blocker: campaign.Filled{Text: "林地手续", Source: "沿用 7 月"}, Help: campaign.Filled{Text: "请区林业局补办。", Source: "沿用 7 月"}, Count: 3}}
	road := task.Task{ID: 22, No: "ZQ-22", Title: "疏港路七都段青苗清表", Standing: task.Standing{Light: task.Green}}
	s.todo = campaign.TodoList{UnitID: 3, Month: "2017-08", DueOn: "2017-08-25", Minutes: 3,
		First:   []campaign.TodoItem{{Step: campaign.StepSentBack, Task: task.Task{ID: 30, No: "CJ-02", Title: "石桥村集体收入"}, Month: "2017-08", Reason: "缺合同页，补 1 张即可"}},
		Due:     []campaign.TodoItem{{Step: campaign.StepDue, Task: land, Month: "2017-08", DueOn: "2017-08-25", DaysLeft: 3, CanReport: true}, {Step: campaign.StepDue, Task: road, Month: "2017-08", DueOn: "2017-08-25", DaysLeft: 3, CanReport: true}},
		Waiting: []campaign.TodoItem{{Step: campaign.StepWaiting, Task: task.Task{ID: 23, Title: "集镇雨污管网", Standing: task.Standing{Light: task.Green}}, Month: "2017-08", Account: &task.Account{ID: 8, SubmittedAt: at(19, 9, 0)}}},
	}
	return s
}

var secret = regexp.MustCompile(`(name="csrf_token" value="|X-CSRF-Token&#34;:&#34;)[^"&]*`)

func ask(t *testing.T, s *stub, method, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	reg := route.New()
	Register(reg, s, s, s)
	h := reg.Handler(route.Config{Sessions: s, Clock: period.At(time.Date(2017, 8, 22, 9, 0, 0, 0, period.Beijing)), Log: slog.New(slog.DiscardHandler), Nav: Nav(),
		Place: func(context.Context, auth.Actor) route.Place {
			return route.Place{Unit: "七都镇", Product: "蕉城督办"}
		}})
	r := httptest.NewRequest(method, "http://duban.local"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: "duban", Value: "x"})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func golden(t *testing.T, name string, w *httptest.ResponseRecorder, code int) {
	t.Helper()
	if w.Code != code {
		t.Fatalf("%s: %d, want %d", name, w.Code, code)
	}
	uitest.Golden(t, name, secret.ReplaceAllString(w.Body.String(), "${1}TOKEN"))
}

// TestDigest: one line says how much is due; what was sent back is due at once, and a late month is overdue.
func TestDigest(t *testing.T) {
	v := todoView{Today: "2017-08-22", Notices: []notice.Todo{{DueOn: "2017-08-22"}, {DueOn: "2017-08-21"}, {}}, List: campaign.TodoList{
		First: []campaign.TodoItem{{Step: campaign.StepSentBack, DueOn: "2017-08-05"}, {Step: campaign.StepLate, DueOn: "2017-08-05"}}, Due: []campaign.TodoItem{{Step: campaign.StepDue, DueOn: "2017-08-25"}, {Step: campaign.StepDue, DueOn: "2017-08-26"}}}}
	if got, want := v.digest(), "在办 7 件，今天到期 2 件，三天内到期 1 件，逾期 2 件"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (todoView{Today: "2017-08-22"}).digest(); got != "" {
		t.Errorf("nothing open: %q", got)
	}
}

func TestPages(t *testing.T) {
	golden(t, "todo", ask(t, newStub(), "GET", "/todo", nil), 200)
	golden(t, "report", ask(t, newStub(), "GET", "/tasks/21/report?month=2017-08", nil), 200)
	golden(t, "receipt", ask(t, newStub(), "GET", "/reports/5", nil), 200)
	s := newStub()
	s.refuse = errs.Refuse("有 2 处要改，改完就能交", errs.Field{Name: "value", Message: "累计完成不能少于上月的 31 亩。请改数字；如是核减，请点“这是核减”并写原因。"}, errs.Field{Name: "blocker_kind", Message: "还没有选卡点。没有卡点请点“没有卡点”。"})
	golden(t, "report-refused", ask(t, s, "POST", "/tasks/21/report", url.Values{"month": {"2017-08"}, "value": {"24.6"}, "help": {"请补办"}}), 422)
	s = newStub()
	s.prefill.Value = campaign.Filled{Text: "44", Source: "数据来源已认定，不用再填", ReadOnly: true}
	golden(t, "report-certified", ask(t, s, "GET", "/tasks/21/report", nil), 200)
}

// TestSent: what is typed arrives as typed, and what is read is exact.
func TestSent(t *testing.T) {
	s := newStub()
	w := ask(t, s, "POST", "/tasks/21/report", url.Values{"month": {"2017-08"}, "value": {"４２．６"}, "blocker_kind": {"林地手续", "资金"}, "help": {"请补办"}, "help_unit": {"4"}, "cut": {"1"}, "cut_reason": {"重复"}, "progress": {"p"}, "next_step": {"n"}, "blocker": {"b"}})
	want := task.Draft{TaskID: 21, Month: "2017-08", Value: 426000, Cut: true, CutReason: "重复", Progress: "p", BlockerKind: "林地手续、资金", Blocker: "b", Help: "请补办", HelpUnit: 4, NextStep: "n"}
	if w.Code != 303 || w.Header().Get("Location") != "/reports/5" || s.sent == nil || s.sent.Draft != want {
		t.Errorf("%d %q %+v", w.Code, w.Header().Get("Location"), s.sent)
	}
	s = newStub()
	if w := ask(t, s, "POST", "/reports/5/withdraw", url.Values{"version": {"1"}}); w.Code != 303 || w.Header().Get("Location") != "/tasks/21/report?month=2017-08" {
		t.Errorf("withdraw: %d %q", w.Code, w.Header().Get("Location"))
	}
	var f reportForm
	if json.Unmarshal([]byte(s.draft), &f) != nil || f.Value != "42.6" || len(f.Blockers) != 1 {
		t.Errorf("the words of a report taken back are lost: %s", s.draft)
	}
	s.prefill.Filed = &task.Account{ID: 5}
	if w := ask(t, s, "GET", "/tasks/21/report", nil); w.Code != 303 || w.Header().Get("Location") != "/reports/5" {
		t.Errorf("filed already: %d", w.Code)
	}
}

func TestQuantity(t *testing.T) {
	for _, x := range []struct {
		text, measure string
		want          amount.Scaled
		words         string
	}{
		{"31.5", "亩", 315000, ""}, {"３１．５亩", "亩", 315000, ""}, {"3亿", "万元", 300000000, ""}, {"12,000", "户", 120000000, ""},
		{"12.5", "立方米", 125000, ""}, {"12.5立方米", "立方米", 125000, ""}, // a measure that amount does not know
		{"", "亩", 0, "还没有填“累计完成”"}, {"很多", "亩", 0, "“累计完成”写成了“很多”"}, {"", "立方米", 0, "单位立方米"}, {"3 吨", "立方米", 0, "请写数字"}, {"5%", "立方米", 0, "请写数字"},
		{"1.5", "户", 0, "“累计完成”"}, {"1.23456", "立方米", 0, "“累计完成”"},
	} {
		got, err := quantity("value", "累计完成", x.text, x.measure)
		if x.words == "" {
			if err != nil || got != x.want {
				t.Errorf("%q in %s: %v, %v", x.text, x.measure, got, err)
			}
			continue
		}
		if m := ui.Complaint("value", errs.FieldsOf(err)); !strings.Contains(m, x.words) {
			t.Errorf("%q in %s is refused with %q, want %q", x.text, x.measure, m, x.words)
		}
	}
}
