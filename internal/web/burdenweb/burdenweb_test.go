package burdenweb

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/burden"
	"duban/internal/spine/calendar"
	"duban/internal/spine/indicator"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/uitest"
	"duban/migrations"
)

const region = 7

// house is a small district behind the real guards and the real services, so that what a page shows is what the register holds.
type house struct {
	*testing.T
	clock  *period.Fixed
	s      *burden.Service
	actors map[string]auth.Actor
	units  map[string]int64
	h      http.Handler
	keys   int
}

func newHouse(t *testing.T) *house {
	h := &house{T: t, clock: period.At(time.Date(2017, 3, 5, 9, 0, 0, 0, period.Beijing)), actors: map[string]auth.Actor{}, units: map[string]int64{}}
	db, err := sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "t.db"), h.clock)
	h.must(err)
	t.Cleanup(func() { db.Close() })
	h.must(db.Migrate(t.Context(), migrations.FS))
	var last int64 = 9000
	ids := func() int64 { last++; return last }
	cal := calendar.New(db)
	h.must(cal.Seed(t.Context()))
	o, out, ind := org.New(db, ids, nil), outbox.New(db, ids), indicator.NewBook(ids)
	h.s = burden.New(db, ids, o, cal, notice.NewBook(ids), out)
	h.s.CountingChecks(func(context.Context, *sqldb.Tx, int64, period.Month) (map[int64]int64, error) {
		return map[int64]int64{h.units["城南镇"]: 4, h.units["漳湾镇"]: 1}, nil
	})
	_, err = o.CreateRegion(t.Context(), org.Region{ID: region, Name: "宁德市蕉城区", ShortName: "蕉城"})
	h.must(err)
	admin := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: region, Roles: []auth.Role{auth.SysAdmin}})
	for i, u := range []struct {
		name string
		kind org.Kind
	}{{"督查室", org.Office}, {"城南镇", org.Township}, {"漳湾镇", org.Township}, {"七都镇", org.Township}, {"区统计局", org.Department}} {
		x, err := o.SaveUnit(admin, org.Unit{Name: u.name, Kind: u.kind, SortNo: int64(i)})
		h.must(err)
		h.units[u.name] = x.ID
	}
	for _, p := range []struct {
		name, unit string
		roles      []auth.Role
	}{{"方衡", "督查室", []auth.Role{auth.Supervisor}}, {"江平野", "督查室", []auth.Role{auth.Leader}}, {"林小满", "城南镇", []auth.Role{auth.Clerk}}, {"陈漳湾", "漳湾镇", []auth.Role{auth.Clerk}},
		{"统计员", "区统计局", []auth.Role{auth.Clerk, auth.Source}}, {"局长", "区统计局", []auth.Role{auth.Head}}, {"安全员", "督查室", []auth.Role{auth.SecAdmin}}} {
		x, err := o.SavePerson(admin, org.Person{Name: p.name, UnitID: h.units[p.unit]})
		h.must(err)
		h.actors[p.name] = auth.Actor{ID: x.ID, RegionID: region, UnitID: x.UnitID, Units: []int64{x.UnitID}, Name: p.name, Roles: p.roles}
	}
	book := task.NewBook(ids, ind, cal, out)
	h.must(db.Update(t.Context(), func(tx *sqldb.Tx) error {
		for i, x := range []struct {
			name, unit string
			source     int64
		}{{"拆迁面积", "城南镇", 0}, {"签约户数", "城南镇", h.units["区统计局"]}, {"道路里程", "漳湾镇", 0}, {"安置套数", "七都镇", 0}} {
			if _, err := book.Open(t.Context(), tx, h.actors["方衡"], task.Opening{
				Task:      task.Task{No: fmt.Sprintf("T-%02d", i+1), Title: x.name, Origin: ref.Ref{Kind: "campaign.campaign", ID: 1}, LeadUnit: h.units[x.unit], Deadline: "2017-12-31"},
				Indicator: indicator.Indicator{Name: x.name, Measure: "亩", SourceUnitID: x.source},
				Plan:      indicator.Plan{From: "2017-03", To: "2017-12", Target: 100 * 10000}}); err != nil {
				return err
			}
		}
		return nil
	}))
	h.must(h.s.Ensure(t.Context(), region, "2017-03"))
	g := route.New()
	(&Pages{Mailbox: h.s, Account: h.s, Org: o, Clock: h.clock}).Register(g)
	h.h = g.Handler(route.Config{Sessions: h, Clock: h.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Nav: Nav(), Feedback: FeedbackPath,
		Place: func(context.Context, auth.Actor) route.Place { return route.Place{Product: "蕉城督办", Demo: true} }})
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) Find(_ context.Context, token string) (account.Session, error) {
	if i, err := url.QueryUnescape(token); err == nil {
		if a, ok := h.actors[i]; ok {
			return account.Session{Actor: a}, nil
		}
	}
	return account.Session{}, errs.New(errs.Unauthorized, "")
}
func (h *house) Touch(string) {}

func (h *house) key() string { h.keys++; return fmt.Sprintf("%032x", h.keys) }

type answer struct {
	code     int
	to, html string
}

func (h *house) ask(as, method, path string, form url.Values, referer string) answer {
	h.Helper()
	if form != nil && form.Get("request_key") == "" {
		form.Set("request_key", h.key())
	}
	r := httptest.NewRequest(method, "http://duban.local"+path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if referer != "" {
		r.Header.Set("Referer", referer)
	}
	r.AddCookie(&http.Cookie{Name: "duban", Value: url.QueryEscape(as)})
	w := httptest.NewRecorder()
	h.h.ServeHTTP(w, r)
	return answer{w.Code, w.Header().Get("Location"), w.Body.String()}
}

var token = regexp.MustCompile(`[A-Za-z0-9_-]{86}`)

// page opens a page that must be there, and compares it with its golden file.
func (h *house) page(as, path, golden string) string {
	h.Helper()
	a := h.ask(as, "GET", path, nil, "")
	if a.code != http.StatusOK {
		h.Fatalf("%s as %s: %d %.800s", path, as, a.code, a.html)
	}
	if golden != "" {
		uitest.Golden(h, golden, token.ReplaceAllString(a.html, "TOKEN"))
	}
	return a.html
}

// post sends a form that must be taken, and returns where it leads.
func (h *house) post(as, path string, form url.Values) string {
	h.Helper()
	a := h.ask(as, "POST", path, form, "")
	if a.code != http.StatusSeeOther {
		h.Fatalf("%s as %s: %d %.1500s", path, as, a.code, a.html)
	}
	return a.to
}

// refuse sends a form that must come back with the words and with what was typed.
func (h *house) refuse(as, path string, form url.Values, code int, words ...string) string {
	h.Helper()
	a := h.ask(as, "POST", path, form, "")
	if a.code != code {
		h.Fatalf("%s as %s: %d, want %d %.1500s", path, as, a.code, code, a.html)
	}
	want(h.T, a.html, words...)
	return a.html
}

func want(t *testing.T, html string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(html, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}

func lack(t *testing.T, html string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(html, w) {
			t.Errorf("the page says %q", w)
		}
	}
}

func TestFeedback(t *testing.T) {
	h := newHouse(t)
	want(t, h.page("林小满", "/feedback?from=/burden/returns", ""), `value="/burden/returns"`, "今年还没有人提过意见", "提意见")
	if a := h.ask("林小满", "GET", "/feedback", nil, "http://duban.local/cockpit?unit=5"); !strings.Contains(a.html, `value="/cockpit"`) {
		t.Error("the page that the reader came from is not taken from the Referer")
	}
	for _, evil := range []string{"/feedback?from=//evil.example/", "/feedback?from=https://evil.example/x", "/feedback?from=javascript:alert(1)"} {
		lack(t, h.page("林小满", evil, ""), "evil.example/", "javascript:alert")
	}
	h.refuse("林小满", "/feedback", url.Values{"text": {"写了一半"}, "page": {"/x"}, "anonymous": {"1"}}, 422, "还没有选类别", "写了一半", `value="/x"`, `value="1" checked`)
	h.refuse("林小满", "/feedback", url.Values{"text": {"好"}, "kind": {"other"}, "person": {"3"}}, 422, "这一页没有的内容")
	if to := h.post("林小满", "/feedback", url.Values{"kind": {"repeat"}, "text": {"签约户数统计局已经有了，还要再报一遍。"}, "page": {"/burden"}, "anonymous": {"1"}}); to != "/feedback" {
		t.Error(to)
	}
	h.clock.SetDay("2017-03-06")
	h.post("安全员", "/feedback", url.Values{"kind": {"other"}, "text": {"授权页的字太小"}}) // whoever is logged in
	h.post("陈漳湾", "/feedback", url.Values{"kind": {"deduction"}, "text": {"3 月道路里程已按时报，却扣了 0.5 分"}})
	h.clock.SetDay("2017-03-20") // the ten working days of the first, which came on a Sunday, end on the 17th
	list := h.page("方衡", "/feedback/all", "mailbox")
	want(t, list, "隐名", "漳湾镇　陈漳湾", "超期未答", "3-17 前", "今年收到 3 条，答复 0 条，其中按时 0 条，超期未答 1 条")
	lack(t, list, "林小满", "城南镇")
	open := h.page("方衡", "/feedback/all?s=open&kind=repeat", "")
	want(t, open, "签约户数")
	lack(t, open, "授权页")
	for _, as := range []string{"陈漳湾", "安全员"} {
		if a := h.ask(as, "GET", "/feedback/all", nil, ""); a.code != http.StatusForbidden {
			t.Errorf("%s reads the mailbox: %d", as, a.code)
		}
	}
	first := regexp.MustCompile(`/feedback/(\d+)`).FindAllString(open, -1)[0]
	if a := h.ask("陈漳湾", "GET", first, nil, ""); a.code != http.StatusNotFound {
		t.Errorf("another's suggestion: %d", a.code)
	}
	want(t, h.page("方衡", first, "suggestion"), "答复后不能再改", `href="/burden"`)
	want(t, h.page("林小满", first, ""), "还没有答复")
	h.refuse("方衡", first+"/answer", url.Values{"answer": {"已经改了"}}, 422, "还没有选处理结果", "已经改了")
	if a := h.ask("陈漳湾", "POST", first+"/answer", url.Values{"answer": {"x"}, "outcome": {"adopted"}}, ""); a.code != http.StatusForbidden {
		t.Errorf("a unit answers: %d", a.code)
	}
	h.post("方衡", first+"/answer", url.Values{"outcome": {"adopted"}, "answer": {"4 月起由系统带出，不用再报。"}})
	h.refuse("方衡", first+"/answer", url.Values{"outcome": {"adopted"}, "answer": {"再答"}}, 409, "已经答复过")
	mine := h.page("林小满", "/feedback", "feedback")
	want(t, mine, "4 月起由系统带出", "采纳", "隐名")
	lack(t, mine, "授权页", "方衡")
}

func TestAccountPages(t *testing.T) {
	h := newHouse(t)
	form := url.Values{"name": {"村级增收季报"}, "basis": {"蕉委办〔2017〕9 号"}, "source": {"村账"}, "frequency": {"quarter"}, "minutes": {"３０"}, "audience": {"kind"}, "kinds": {"township"},
		"from": {"2017-03"}, "fields": {"村集体收入（万元）\n签约户数"}}
	clone := func(change ...string) url.Values {
		v := url.Values{}
		for k, x := range form {
			v[k] = x
		}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	want(t, h.page("统计员", "/burden/returns/new", "return-new"), "已有的数据不能再要")
	html := h.refuse("统计员", "/burden/returns", clone("minutes", "半小时"), 422, "1 到 2000", "要写明替代哪一张", "村账", "半小时")
	want(t, html, `value="township" checked`)
	h.refuse("统计员", "/burden/returns", clone("why_new", "没有一张有"), 422, "认定数据“签约户数”里已经有了")
	form = clone("why_new", "没有一张报表有村集体收入", "fields", "村集体收入（万元）\n=签约户数")
	at := h.post("统计员", "/burden/returns", form)
	h.refuse("方衡", "/burden/limits", url.Values{"sheets": {"二"}, "fields": {"0"}, "minutes": {"0"}, "checks": {"3"}, "basis": {""}, "version": {"0"}}, 422, "还没有写依据", "报表张数的上限", `value="二"`)
	h.post("方衡", "/burden/limits", url.Values{"sheets": {"2"}, "fields": {"0"}, "minutes": {"0"}, "checks": {"3"}, "basis": {"蕉委办〔2017〕3 号"}, "version": {"0"}})
	want(t, h.page("方衡", "/burden/limits", "limits"), "2 张", "不限", "蕉委办〔2017〕3 号")
	lack(t, h.page("林小满", "/burden/limits", ""), "存上限")
	h.refuse("方衡", at+"/decide", url.Values{"version": {"1"}, "approve": {"yes"}}, 409, "签字说明理由")
	page := h.page("局长", at, "return-over")
	want(t, page, "<b>1 个单位超过减负上限，先卡住</b>", "报表张数 3，上限 2", "系统带出，不用填：认定数据“签约户数”", "签字")
	want(t, h.page("方衡", "/burden/returns", ""), "超过上限，等签字", "卡住了，等签字")
	lack(t, page, "不批准")
	lack(t, h.page("统计员", at, ""), "理由和签字人会公开", "不批准")
	h.post("局长", at+"/sign", url.Values{"version": {"1"}, "reason": {"省里季度统计要用"}})
	h.refuse("方衡", at+"/decide", url.Values{"version": {"2"}, "approve": {"no"}}, 422, "不批准要写理由")
	h.post("方衡", at+"/decide", url.Values{"version": {"2"}, "approve": {"yes"}, "words": {"同意"}})
	want(t, h.page("林小满", at, "return"), "省里季度统计要用（局长 签字", "在用")
	lack(t, h.page("林小满", at, ""), "停用报表")

	m := h.page("江平野", "/burden?m=2017-03", "meter")
	want(t, m, "2017年3月要求各单位填 <b>7 张</b>报表、<b>27 项</b>，约 <b>1 小时 50 分钟</b>；系统带出 3 项", "最多的是城南镇，3 张，约 40 分钟", "<b>1 个单位超过上限</b>", "共 2 项超", "这里不统计任何人使用系统的情况")
	own := h.page("林小满", "/burden?m=2017-03", "")
	want(t, own, "要求本单位填", "城南镇")
	lack(t, own, "漳湾镇", "最多的是")
	if a := h.ask("林小满", "GET", "/burden?m=三月", nil, ""); a.code != 422 {
		t.Errorf("no month: %d", a.code)
	}
	want(t, h.page("林小满", "/burden/returns", "returns"), "在用报表 <b>4 张</b>", "月度进展", "村级增收季报", "每项任务的牵头单位")
	h.post("局长", at+"/end", url.Values{"version": {"3"}, "words": {"农业局已有"}})
	lack(t, h.page("林小满", "/burden/returns", ""), "村级增收季报")
	want(t, h.page("林小满", "/burden/returns?all=1", ""), "村级增收季报", "已停用")
	if a := h.ask("安全员", "GET", "/burden", nil, ""); a.code != http.StatusForbidden {
		t.Errorf("an administrator: %d", a.code)
	}
}

func TestSelfCheckPage(t *testing.T) {
	h := newHouse(t)
	want(t, h.page("方衡", "/burden/check", ""), "待单位确认", "国办函〔2026〕12号", "今年收到 0 条", "填写")
	lack(t, h.page("林小满", "/burden/check?open=filing", ""), "name=\"met\"", "填写<")
	h.refuse("方衡", "/burden/check/filing", url.Values{"text": {"闽网政备 1 号"}}, 422, "还没有选符合还是不符合", "闽网政备 1 号")
	h.refuse("方衡", "/burden/check/checkin", url.Values{"met": {"yes"}, "text": {"x"}}, 404)
	h.post("方衡", "/burden/check/filing", url.Values{"met": {"yes"}, "text": {"闽网政备 1 号，2017-03-01"}})
	want(t, h.page("方衡", "/burden/check?open=level", "check"), "闽网政备 1 号，2017-03-01", "方衡　3-5", `name="met"`)
}
