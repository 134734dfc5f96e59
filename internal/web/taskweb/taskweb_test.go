package taskweb

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
	"duban/internal/web/uitest"
	"duban/migrations"
)

// house is the pages on the real services.
type house struct {
	t      *testing.T
	clock  *period.Fixed
	db     *sqldb.DB
	tasks  *task.Service
	book   *task.Book
	units  map[string]int64
	actors map[string]auth.Actor
	h      http.Handler
}

func newHouse(t *testing.T) *house {
	x := &house{t: t, clock: period.At(time.Date(2017, 5, 8, 9, 0, 0, 0, period.Beijing)), units: map[string]int64{}}
	var err error
	if x.db, err = sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "t.db"), x.clock); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.db.Close() })
	if err := x.db.Migrate(t.Context(), migrations.FS); err != nil {
		t.Fatal(err)
	}
	var last int64
	ids := func() int64 { last++; return last }
	cal := calendar.New(x.db)
	if err := cal.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := org.New(x.db, ids, nil)
	x.book = task.NewBook(ids, indicator.NewBook(ids), cal, outbox.New(x.db, ids))
	x.tasks = task.New(x.db, x.book)
	region, err := dir.CreateRegion(t.Context(), org.Region{Name: "宁德市蕉城区", ShortName: "蕉城"})
	if err != nil {
		t.Fatal(err)
	}
	admin := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: region.ID, Roles: []auth.Role{auth.SysAdmin}})
	people := map[string]int64{}
	for _, u := range []struct {
		name, person string
		kind         org.Kind
	}{{"督查室", "方衡", org.Office}, {"七都镇", "缪小舟", org.Township}, {"飞鸾镇", "林一苇", org.Township}, {"区住建局", "陈克让", org.Department}} {
		unit, err := dir.SaveUnit(admin, org.Unit{Name: u.name, Kind: u.kind})
		if err != nil {
			t.Fatal(err)
		}
		p, err := dir.SavePerson(admin, org.Person{Name: u.person, UnitID: unit.ID})
		if err != nil {
			t.Fatal(err)
		}
		x.units[u.name], people[u.name] = unit.ID, p.ID
	}
	actor := func(unit string, n int64, roles ...auth.Role) auth.Actor {
		return auth.Actor{ID: n, RegionID: region.ID, UnitID: x.units[unit], Name: unit, Roles: roles, Units: []int64{x.units[unit]}}
	}
	x.actors = map[string]auth.Actor{
		"clerk": actor("七都镇", people["七都镇"], auth.Clerk), "other": actor("飞鸾镇", people["飞鸾镇"], auth.Clerk),
		"supervisor": actor("督查室", people["督查室"], auth.Supervisor), "leader": actor("督查室", 900, auth.Leader), "sysadmin": actor("督查室", 901, auth.SysAdmin),
	}
	g := route.New()
	(&Pages{Tasks: x.tasks, Calendar: cal, Org: dir, Clock: x.clock}).Register(g)
	x.h = g.Handler(route.Config{Sessions: x, Clock: x.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Nav: append(Nav(), route.Nav{Href: "/cockpit", Label: "驾驶舱", Permission: MayRead}), Search: "/search",
		Place: func(context.Context, auth.Actor) route.Place { return route.Place{Product: "蕉城督办", Demo: true} }})
	return x
}

func (x *house) Find(_ context.Context, token string) (account.Session, error) {
	if a, ok := x.actors[token]; ok {
		return account.Session{Actor: a}, nil
	}
	return account.Session{}, errs.New(errs.Unauthorized, "")
}
func (x *house) Touch(string) {}

// open enters a task of 1200 亩 over 2017.
func (x *house) open(unit, no, title string) task.Task {
	x.t.Helper()
	var out task.Task
	err := x.db.Update(x.t.Context(), func(tx *sqldb.Tx) (err error) {
		out, err = x.book.Open(x.t.Context(), tx, x.actors["supervisor"], task.Opening{
			Task:      task.Task{No: no, Title: title, LeadUnit: x.units[unit], Deadline: "2017-12-31", Weight: 1000, Origin: ref.Ref{Kind: "campaign.campaign", ID: 5}},
			Indicator: indicator.Indicator{Name: title, Measure: "亩", Direction: indicator.Up},
			Plan:      indicator.Plan{From: "2017-01", To: "2017-12", Target: 1200_0000},
		})
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return out
}

func (x *house) do(as string, r *http.Request) *httptest.ResponseRecorder {
	r.AddCookie(&http.Cookie{Name: "duban", Value: as})
	w := httptest.NewRecorder()
	x.h.ServeHTTP(w, r)
	return w
}

var token = regexp.MustCompile(`[A-Za-z0-9_-]{86}`)

func (x *house) get(as, path, golden string) string {
	x.t.Helper()
	w := x.do(as, httptest.NewRequest("GET", path, nil))
	if w.Code != http.StatusOK {
		x.t.Fatalf("%s as %s: %d", path, as, w.Code)
	}
	if golden != "" {
		uitest.Golden(x.t, golden, token.ReplaceAllString(w.Body.String(), "TOKEN"))
	}
	return w.Body.String()
}

// post sends a form and returns the status, where it leads, and the page.
func (x *house) post(as, path string, fields ...string) (code int, to, html string) {
	x.t.Helper()
	v := url.Values{ui.FieldKey: {ui.NewKey()}}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := x.do(as, r)
	return w.Code, w.Header().Get("Location"), w.Body.String()
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

func TestAnExtensionFromProposalToDecision(t *testing.T) {
	x := newHouse(t)
	a := x.open("七都镇", "ZQ-21", "七都片区征地交付")
	at := "/tasks/" + id.Format(a.ID) + "/adjust"
	want(t, x.get("clerk", at, "propose"), "现行：2017-12-31", "现行：1,200 亩", "现行没有节点")

	code, _, html := x.post("clerk", at, "target", "很多", "milestones", "2017-06-30 30", "weight", "1.005", "reason", "林地手续晚批")
	want(t, html, "有 3 处要改", "林地手续晚批", "很多", "第 1 个节点请写成")
	if code != http.StatusUnprocessableEntity {
		t.Errorf("a form that cannot be read: %d", code)
	}
	uitest.Golden(t, "propose-refused", token.ReplaceAllString(html, "TOKEN"))
	if code, _, html = x.post("clerk", at, "deadline", "2018-01-31"); code != http.StatusUnprocessableEntity || !strings.Contains(html, "还没有写调整原因") {
		t.Errorf("without a reason: %d", code)
	}
	if code, _, _ = x.post("other", at, "deadline", "2018-01-31", "reason", "x"); code != http.StatusNotFound {
		t.Errorf("another unit: %d", code)
	}
	if code, _, _ = x.post("clerk", at, "deadline", "2018-01-31", "reason", "x", "state", "approved"); code != http.StatusUnprocessableEntity {
		t.Errorf("a field that the page does not have: %d", code)
	}
	code, to, html := x.post("clerk", at, "deadline", "2018-01-31", "target", "１，１００", "milestones", "2017-06-30 林地报批 40\n2017-12-20 交付 60%", "reason", "林地手续省里晚批")
	if code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, html)
	}
	html = x.get("clerk", to, "")
	want(t, html, "撤回申请", "待审批")
	lack(t, html, "您的决定")
	html = x.get("leader", to+"?as=approve", "adjustment")
	want(t, html, "延期申请", "时限由 <b>2017-12-31</b> 改为 <b>2018-01-31</b>", "1,100 亩", "2017-12-20 交付（60%）", `value="approve" checked`, "林地手续省里晚批", "缪小舟")
	if code := x.do("other", httptest.NewRequest("GET", to, nil)).Code; code != http.StatusNotFound {
		t.Errorf("another unit opens it: %d", code)
	}

	code, _, html = x.post("leader", to+"/decide", "decision_is", "approve", "version", "1")
	want(t, html, "批准调整要写文号")
	if code != http.StatusUnprocessableEntity {
		t.Errorf("without a document: %d", code)
	}
	if code, _, _ = x.post("leader", to+"/decide", "version", "1"); code != http.StatusUnprocessableEntity {
		t.Errorf("without a decision: %d", code)
	}
	if code, _, _ = x.post("clerk", to+"/decide", "decision_is", "approve", "doc_no", "x", "version", "1"); code != http.StatusForbidden {
		t.Errorf("a clerk decides: %d", code)
	}
	if code, _, _ = x.post("leader", to+"/decide", "decision_is", "approve", "doc_no", "区政办〔2017〕18号", "version", "9"); code != http.StatusConflict {
		t.Errorf("an old version: %d", code)
	}
	if code, _, html = x.post("leader", to+"/decide", "decision_is", "approve", "doc_no", "区政办〔2017〕18号", "version", "1"); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, html)
	}
	want(t, x.get("clerk", to, "adjustment-approved"), "已批准", "区政办〔2017〕18号", "现行第 2 版")
	terms, err := x.tasks.Terms(auth.With(t.Context(), x.actors["clerk"]), a.ID)
	if err != nil || terms.Task.Deadline != "2018-01-31" || terms.Sheet.Plan.Target != 1100_0000 || len(terms.Milestones) != 2 || terms.Milestones[1].Weight != 6000 {
		t.Errorf("%+v %v", terms, err)
	}
}

func TestListOfRequests(t *testing.T) {
	x := newHouse(t)
	want(t, x.get("leader", "/adjustments", ""), "还没有调整申请")
	a, b := x.open("七都镇", "ZQ-21", "七都片区征地交付"), x.open("飞鸾镇", "ZQ-22", "飞鸾工业园腾空")
	_, first, _ := x.post("clerk", "/tasks/"+id.Format(a.ID)+"/adjust", "deadline", "2018-01-31", "reason", "林地手续省里晚批")
	x.post("other", "/tasks/"+id.Format(b.ID)+"/adjust", "target", "900", "reason", "上级调减", "doc_no", "宁政〔2017〕3号")
	html := x.get("leader", "/adjustments", "adjustments")
	want(t, html, "共 2 份调整申请，<b>2 份待审批</b>", "时限 2017-12-31 → 2018-01-31", "目标值 1,200 亩 → 900 亩", "宁政〔2017〕3号")
	own := x.get("clerk", "/adjustments", "")
	want(t, own, "七都片区征地交付")
	lack(t, own, "飞鸾工业园腾空", "所有单位")
	if code, _, _ := x.post("other", first+"/withdraw", "version", "1"); code != http.StatusNotFound {
		t.Errorf("another unit takes it back: %d", code)
	}
	if code, _, _ := x.post("clerk", first+"/withdraw", "version", "1"); code != http.StatusSeeOther {
		t.Errorf("taking back: %d", code)
	}
	want(t, x.get("leader", "/adjustments?state=withdrawn", ""), "七都片区征地交付", "1 份待审批")
	lack(t, x.get("leader", "/adjustments?state=proposed", ""), "七都片区征地交付")
	want(t, x.get("leader", "/adjustments?state=refused", ""), "没有未批准的申请", "看全部（2 份）")
	lack(t, x.get("leader", "/adjustments?unit="+id.Format(x.units["飞鸾镇"]), ""), "七都片区征地交付")
}

func TestPolicies(t *testing.T) {
	x := newHouse(t)
	html := x.get("clerk", "/policies", "policies")
	want(t, html, "默认规则", "还没有发布过本区的规则", "落后超过 10 个百分点", "节点或时限超期 1 至 15 天", "银川 2025 项目规则")
	lack(t, html, "发布新规则", "照此填写")
	html = x.get("supervisor", "/policies/adopt?preset=1", "adopt")
	want(t, html, `value="银川 2025 项目规则"`, `value="2017-04"`, `value="30"`)
	if code := x.do("leader", httptest.NewRequest("GET", "/policies/adopt", nil)).Code; code != http.StatusForbidden {
		t.Errorf("a leader adopts a rule: %d", code)
	}
	fields := []string{"name", "蕉城区 2017 规则", "doc_no", "区委办〔2017〕18号", "from_month", "2017-04", "base", "points", "tolerance", "0", "red_beyond", "8", "bound", "red", "mode", "points", "overdue_red_days", "十五", "due_day", "5"}
	code, _, html := x.post("supervisor", "/policies", fields...)
	want(t, html, "“超期几天以上为红灯”写成了“十五”", "蕉城区 2017 规则")
	if code != http.StatusUnprocessableEntity {
		t.Errorf("%d", code)
	}
	fields[17] = "10"
	if code, _, html = x.post("supervisor", "/policies", fields...); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, html)
	}
	html = x.get("clerk", "/policies", "policies-adopted")
	want(t, html, "第 1 版，区委办〔2017〕18号", "落后达到或超过 8 个百分点", "超期超过 10 天")
}

// Every preset is put into words in which each of its numbers stands.
func TestRulesInWords(t *testing.T) {
	for _, p := range task.Presets {
		var text string
		for i, x := range rulesOf(p) {
			text += string(x.Light) + x.Text + "\n"
			if i > 0 && x.Light.Rank() < rulesOf(p)[i-1].Light.Rank() {
				t.Errorf("%s: the lights are not in order", p.Name)
			}
		}
		numbers := []string{"次月 5 日"}
		if !p.RedOnMiss && !p.QuarterOnly {
			numbers = append(numbers, "超过 "+p.RedBeyond)
		}
		if p.Tolerance != "0" {
			numbers = append(numbers, p.Tolerance)
		}
		want(t, text, numbers...)
	}
}

func TestCalendar(t *testing.T) {
	x := newHouse(t)
	years, err := calendar.New(x.db).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list := years.Years()
	newest := list[len(list)-1].Year
	x.clock.Set(time.Date(newest, 11, 8, 9, 0, 0, 0, period.Beijing))
	html := x.get("sysadmin", "/calendar", "calendar")
	if len(list) < newest-list[0].Year+1 {
		want(t, html, "，中间缺 ")
	}
	want(t, html, "明年（"+str(newest+1)+" 年）的还没有录入", str(newest+1)+" 年的放假安排还没有录入。", "导入一年", "法定节假日")
	lack(t, x.get("clerk", "/calendar", ""), "导入一年")
	want(t, x.get("clerk", "/calendar?year=2017", ""), "2017 年放假安排", "春节")

	send := func(year, document, csv string) *httptest.ResponseRecorder {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		m.WriteField("year", year)
		m.WriteField("document", document)
		if csv != "" {
			f, _ := m.CreateFormFile("file", "y.csv")
			io.WriteString(f, csv)
		}
		m.Close()
		r := httptest.NewRequest("POST", "/calendar", &b)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return x.do("sysadmin", r)
	}
	next := str(newest + 1)
	if w := send(next, "国办发明电〔2099〕1号", ""); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "还没有选文件") {
		t.Errorf("without a file: %d", w.Code)
	}
	if w := send(next, "国办发明电〔2099〕1号", "日期,类别,名称\n"+next+"-01-01,节日,元旦\n"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "第 2 行：类别“节日”看不懂") {
		t.Errorf("an unknown kind: %d %s", w.Code, w.Body.String())
	}
	if w := send(next, "国办发明电〔2099〕1号", "日期,类别,名称\n"+next+"-01-01,法定节假日,元旦\n"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body.String())
	}
	html = x.get("sysadmin", "/calendar?year="+next, "")
	want(t, html, "今年和明年都有了", "元旦")
	lack(t, html, "还没有录入。</b>")
}

func TestSearch(t *testing.T) {
	x := newHouse(t)
	x.open("七都镇", "ZQ-21", "七都片区征地交付")
	x.open("飞鸾镇", "ZQ-22", "飞鸾工业园腾空")
	html := x.get("supervisor", "/search?q=zq", "search")
	want(t, html, "找到任务 <b>2 项</b>", "飞鸾工业园腾空")
	want(t, x.get("supervisor", "/search?q=七都+征地", ""), "七都片区征地交付")
	html = x.get("clerk", "/search?q=飞鸾", "search-none")
	want(t, html, "没有这样的任务", "您能搜到本单位牵头的任务", "飞鸾镇")
	lack(t, html, "飞鸾工业园腾空")
	want(t, x.get("sysadmin", "/search?q=七都", ""), "七都镇", "没有这样的任务")
	lack(t, x.get("clerk", "/search?q=%3Cscript%3E", ""), "<script>")
	want(t, x.get("clerk", "/search", ""), "写任务的编号、名称")
}

func TestTasks(t *testing.T) {
	x := newHouse(t)
	want(t, x.get("leader", "/tasks", ""), "没有任务")
	for i := range 60 {
		x.open("七都镇", "ZQ-"+str(100+i), "七都第 "+str(i)+" 项")
	}
	x.open("飞鸾镇", "ZQ-22", "飞鸾工业园腾空")
	if err := x.db.Update(t.Context(), func(tx *sqldb.Tx) error {
		_, err := x.book.RefreshAll(t.Context(), tx, x.actors["leader"].RegionID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	html := x.get("leader", "/tasks", "tasks")
	want(t, html, "全区共 <b>61 项</b>任务", "61 项中的 1–50 项", "下一页", "七都第 0 项")
	lack(t, html, "七都第 50 项")
	next := regexp.MustCompile(`rel="next" href="([^"]*)"`).FindStringSubmatch(html)
	if next == nil {
		t.Fatal("no next page")
	}
	html = x.get("leader", strings.ReplaceAll(next[1], "&amp;", "&"), "")
	want(t, html, "61 项中的 51–61 项", "七都第 50 项", "飞鸾工业园腾空")
	lack(t, html, "下一页")
	want(t, x.get("leader", "/tasks?unit="+id.Format(x.units["飞鸾镇"]), ""), "飞鸾镇共 <b>1 项</b>任务")
	want(t, x.get("leader", "/tasks?light=done", ""), "没有符合条件的任务", "看全部（61 项）")
	want(t, x.get("leader", "/tasks?campaign=6", ""), "在这个行动里共 <b>0 项</b>")
	own := x.get("other", "/tasks", "")
	want(t, own, "本单位共 <b>1 项</b>任务", "飞鸾工业园腾空")
	want(t, x.get("other", "/tasks?unit="+id.Format(x.units["七都镇"]), ""), "没有您能看的任务")
}
