package conductweb

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

	"duban/internal/area/conduct"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
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

// house is a small district behind the real guards and the real services.
type house struct {
	*testing.T
	clock  *period.Fixed
	db     *sqldb.DB
	s      *conduct.Service
	org    *org.Service
	cal    *calendar.Service
	out    *outbox.Outbox
	next   func() int64
	book   *task.Book
	task   task.Task
	actors map[string]auth.Actor
	units  map[string]int64
	h      http.Handler
	keys   int
}

func newHouse(t *testing.T) *house {
	h := &house{T: t, clock: period.At(time.Date(2017, 1, 5, 9, 0, 0, 0, period.Beijing)), actors: map[string]auth.Actor{}, units: map[string]int64{}}
	var err error
	h.db, err = sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "t.db"), h.clock)
	h.must(err)
	t.Cleanup(func() { h.db.Close() })
	h.must(h.db.Migrate(t.Context(), migrations.FS))
	var last int64 = 9000
	next := func() int64 { last++; return last }
	cal := calendar.New(h.db)
	h.must(cal.Seed(t.Context()))
	o, out := org.New(h.db, next, nil), outbox.New(h.db, next)
	h.org, h.cal, h.out, h.next = o, cal, out, next
	h.book = task.NewBook(next, indicator.NewBook(next), cal, out)
	h.s = conduct.New(h.db, next, o, cal, notice.NewBook(next), out)
	_, err = o.CreateRegion(t.Context(), org.Region{ID: region, Name: "宁德市蕉城区", ShortName: "蕉城"})
	h.must(err)
	admin := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: region, Roles: []auth.Role{auth.SysAdmin}})
	for i, u := range []struct {
		name string
		kind org.Kind
	}{{"督查室", org.Office}, {"城南镇", org.Township}, {"漳湾镇", org.Township}, {"区住建局", org.Department}} {
		x, err := o.SaveUnit(admin, org.Unit{Name: u.name, Kind: u.kind, SortNo: int64(i)})
		h.must(err)
		h.units[u.name] = x.ID
	}
	for _, p := range []struct {
		name, unit string
		roles      []auth.Role
	}{{"方衡", "督查室", []auth.Role{auth.Supervisor}}, {"宋时雨", "督查室", []auth.Role{auth.Supervisor}}, {"江平野", "督查室", []auth.Role{auth.Leader}}, {"考核员", "督查室", []auth.Role{auth.Appraiser}},
		{"林小满", "城南镇", []auth.Role{auth.Clerk}}, {"陈漳湾", "漳湾镇", []auth.Role{auth.Head}}, {"叶住建", "区住建局", []auth.Role{auth.Head}}, {"安全员", "督查室", []auth.Role{auth.SecAdmin}}} {
		x, err := o.SavePerson(admin, org.Person{Name: p.name, UnitID: h.units[p.unit]})
		h.must(err)
		h.actors[p.name] = auth.Actor{ID: x.ID, RegionID: region, UnitID: x.UnitID, Units: []int64{x.UnitID}, Name: p.name, Roles: p.roles}
	}
	h.must(h.db.Update(t.Context(), func(tx *sqldb.Tx) (err error) {
		h.task, err = h.book.Open(t.Context(), tx, h.actors["方衡"], task.Opening{
			Task:      task.Task{No: "T-01", Title: "城南片区拆迁", Origin: ref.Ref{Kind: "campaign.campaign", ID: 1}, LeadUnit: h.units["城南镇"], Deadline: "2017-12-31"},
			Indicator: indicator.Indicator{Name: "拆迁面积", Measure: "亩"}, Plan: indicator.Plan{From: "2017-01", To: "2017-12", Target: 120 * 10000}})
		return err
	}))
	g := route.New()
	(&Pages{Signals: h.s, Measures: h.s, Exams: h.s, Org: o, Clock: h.clock}).Register(g)
	h.h = g.Handler(route.Config{Sessions: h, Clock: h.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Nav: Nav(), Feedback: "/feedback",
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

// report files the task's account of a month.
func (h *house) report(day string, m period.Month, mu int64, text string) {
	h.Helper()
	h.clock.SetDay(day)
	h.must(h.db.Update(h.Context(), func(tx *sqldb.Tx) error {
		_, err := h.book.FileAccount(h.Context(), tx, h.actors["林小满"], task.Draft{TaskID: h.task.ID, Month: m, Value: amount.Scaled(mu * 10000), Progress: text, BlockerKind: task.NoBlocker})
		return err
	}))
}

type answer struct {
	code     int
	to, html string
}

func (h *house) ask(as, method, path string, form url.Values) answer {
	h.Helper()
	if form != nil && form.Get("request_key") == "" {
		form.Set("request_key", h.key())
	}
	r := httptest.NewRequest(method, "http://duban.local"+path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: "duban", Value: url.QueryEscape(as)})
	w := httptest.NewRecorder()
	h.h.ServeHTTP(w, r)
	return answer{w.Code, w.Header().Get("Location"), w.Body.String()}
}

var token = regexp.MustCompile(`[A-Za-z0-9_-]{86}`)

func (h *house) page(as, path, golden string) string {
	h.Helper()
	a := h.ask(as, "GET", path, nil)
	if a.code != http.StatusOK {
		h.Fatalf("%s as %s: %d %.800s", path, as, a.code, a.html)
	}
	if golden != "" {
		uitest.Golden(h, golden, token.ReplaceAllString(a.html, "TOKEN"))
	}
	return a.html
}

func (h *house) post(as, path string, form url.Values) string {
	h.Helper()
	a := h.ask(as, "POST", path, form)
	if a.code != http.StatusSeeOther {
		h.Fatalf("%s as %s: %d %.1500s", path, as, a.code, a.html)
	}
	return a.to
}

func (h *house) refuse(as, path string, form url.Values, code int, words ...string) string {
	h.Helper()
	a := h.ask(as, "POST", path, form)
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

const idle = "继续推进征迁工作，入户宣传政策，群众思想工作正在进行，下一步抓紧推进。"

func TestSignalPages(t *testing.T) {
	h := newHouse(t)
	h.report("2017-03-02", "2017-02", 5, idle)
	h.report("2017-04-02", "2017-03", 5, idle)
	h.clock.SetDay("2017-04-05")
	h.refuse("方衡", "/conduct/detect", url.Values{"month": {"2017-04"}}, 422, "已经过完的月份", `value="2017-04"`)
	h.post("方衡", "/conduct/detect", url.Values{"month": {"2017-03"}})
	want(t, h.page("方衡", "/conduct/signals/new", "signal-new"), "先送单位说明")
	h.refuse("方衡", "/conduct/signals", url.Values{"symptom": {"unhurried"}, "title": {"会商议定事项"}, "month": {"2017-03"}}, 422, "还没有选单位", "会商议定事项", `value="unhurried" checked`)
	other := h.post("方衡", "/conduct/signals", url.Values{"symptom": {"unhurried"}, "title": {"会商议定事项"}, "month": {"2017-03"}, "unit": {id.Format(h.units["漳湾镇"])}, "fact": {"3 月 6 日会商议定 10 日前报方案，3 月 28 日才报"}, "basis": {"会商纪要第 4 期"}})

	list := h.page("方衡", "/conduct/signals", "signals")
	want(t, list, "城南片区拆迁", "进展文字与上月雷同 100%", "漳湾镇", "不计分", "查看一个月的工作数据")
	own := h.page("林小满", "/conduct/signals", "signals-unit")
	want(t, own, "本单位有 <b>1 条</b>等您说明", "城南片区拆迁")
	lack(t, own, "漳湾镇", "会商议定事项", "查看一个月的工作数据", "查阅人")
	if a := h.ask("林小满", "GET", other, nil); a.code != http.StatusNotFound {
		t.Errorf("another unit's signal: %d", a.code)
	}
	if a := h.ask("江平野", "GET", other, nil); a.code != http.StatusNotFound {
		t.Errorf("a leader before the unit was heard: %d", a.code)
	}
	lack(t, h.page("江平野", "/conduct/signals", ""), "城南片区拆迁")
	for _, as := range []string{"安全员", "考核员"} {
		if a := h.ask(as, "GET", "/conduct/signals", nil); a.code != http.StatusForbidden {
			t.Errorf("%s: %d", as, a.code)
		}
	}
	at := regexp.MustCompile(`/conduct/signals/\d+`).FindString(own)
	page := h.page("林小满", at, "signal-explain")
	want(t, page, "两个月各写了什么", "2017年2月", idle, `value="no" checked`, "本单位说明", "申请容错", "先行先试", "不计分，不影响亮灯和排名", "4-19")
	lack(t, page, "录入认定")
	lack(t, h.page("方衡", at, ""), "录入认定", "提交说明")
	h.refuse("林小满", at+"/explain", url.Values{"version": {"1"}, "claim": {"unmeant"}, "explanation": {""}}, 422, "还没有写说明", `value="unmeant" checked`)
	h.post("林小满", at+"/explain", url.Values{"version": {"1"}, "claim": {"unmeant"}, "explanation": {"2、3 月卡在继承纠纷，5 户都在打官司，填报时没有写清楚。"}})
	h.refuse("林小满", at+"/explain", url.Values{"version": {"1"}, "claim": {""}, "explanation": {"再写"}}, 409, "别人刚改过")
	want(t, h.page("江平野", at, ""), "5 户都在打官司", "无意过失", "录入认定")
	h.refuse("方衡", at+"/find", url.Values{"version": {"2"}, "outcome": {"mend"}, "ground": {"没有讲困难"}, "panel": {id.Format(h.actors["方衡"].ID)}, "mend_by": {"下月"}}, 422, "至少要三位", "整改期限请写成", "没有讲困难", `value="mend" checked`)
	want(t, h.page("方衡", at, "signal-find"), "叶住建", "小组至少三位")
	lack(t, h.page("方衡", at, ""), "城南镇　林小满</label>")
	panel := []string{id.Format(h.actors["方衡"].ID), id.Format(h.actors["宋时雨"].ID), id.Format(h.actors["叶住建"].ID)}
	h.post("方衡", at+"/find", url.Values{"version": {"2"}, "outcome": {"mend"}, "ground": {"困难属实，应当讲出来"}, "panel": panel, "mend_by": {"2017-04-28"}})
	want(t, h.page("林小满", at, ""), "报告整改", "方衡、宋时雨、叶住建")
	h.clock.SetDay("2017-05-02")
	want(t, h.page("方衡", "/conduct/signals", ""), "整改超期", "逾期未说明")
	h.refuse("林小满", at+"/mend", url.Values{"version": {"3"}, "mending": {" "}}, 422, "还没有写整改情况")
	h.post("林小满", at+"/mend", url.Values{"version": {"3"}, "mending": {"4 月起逐户写卡点，已请司法局介入。"}})
	want(t, h.page("方衡", at, ""), "归档")
	h.post("方衡", at+"/archive", url.Values{"version": {"4"}, "closing": {"核对 4 月进展，已写清卡点"}})
	done := h.page("林小满", at, "signal-archived")
	want(t, done, "已归档", "核对 4 月进展", "认定为<b>整改</b>，已归档")
	lack(t, h.page("林小满", "/conduct/signals", ""), "城南片区拆迁")
	want(t, h.page("林小满", "/conduct/signals?s=archived&symptom=lukewarm", ""), "城南片区拆迁")

	want(t, h.page("叶住建", "/conduct/rules", ""), "系统默认值", "不看谁什么时候登录")
	lack(t, h.page("叶住建", "/conduct/rules", ""), "存规则")
	v := ruleValues(conduct.DefaultRules)
	v.Set("use_percent", "120")
	v.Set("version", "0")
	h.refuse("方衡", "/conduct/rules", v, 422, "50 到 100", "还没有写依据", `value="120"`)
	v.Set("use_percent", "９０％")
	v.Set("basis", "蕉委办〔2017〕8 号")
	v.Del("request_key")
	h.post("方衡", "/conduct/rules", v)
	want(t, h.page("方衡", "/conduct/rules", "rules"), "90 %", "蕉委办〔2017〕8 号")
}

func TestMeasurePages(t *testing.T) {
	h := newHouse(t)
	h.clock.SetDay("2017-03-05")
	want(t, h.page("安全员", "/conduct/exams", ""), "没有您的考察记录") // whoever is logged in may see what is kept of him
	if to := h.ask("考核员", "GET", "/conduct", nil).to; to != "/conduct/measures" {
		t.Error(to)
	}
	want(t, h.page("考核员", "/conduct/measures", ""), "还没有录入八条措施")
	form := url.Values{"title": {"提振干事创业精气神八条措施"}, "doc_no": {"蕉委〔2017〕11 号"}, "issued_on": {"2017-03-01"}}
	for i, m := range []string{"一线办公", "限时办结", "首问负责", "现场会商", "晾晒比拼", "容错纠错", "一线考察", "追责问效"} {
		form.Set(fmt.Sprintf("m%d.title", i+1), m)
		form.Set(fmt.Sprintf("m%d.content", i+1), m+"的具体要求，照文件录入。")
		form.Set(fmt.Sprintf("m%d.owner", i+1), id.Format(h.units["区住建局"]))
	}
	form.Del("m3.owner")
	h.refuse("方衡", "/conduct/measures", form, 422, "第 3 条还没有选责任单位", "首问负责")
	form.Set("m3.owner", id.Format(h.units["督查室"]))
	form.Del("request_key")
	h.post("方衡", "/conduct/measures", form)
	html := h.page("林小满", "/conduct/measures", "measures")
	want(t, html, "<b>8 条</b>", "2017年上半年已评估 0 条", "一线办公")
	at := regexp.MustCompile(`/conduct/measures/\d+`).FindString(html)
	lack(t, h.page("林小满", at, ""), "加一项行动", "存评估")
	h.refuse("方衡", at+"/actions", url.Values{"text": {"每月到一线办公一次"}, "due_on": {"六月底"}}, 422, "还没有选由哪个单位做", "完成日期请写成", "每月到一线办公一次")
	h.post("方衡", at+"/actions", url.Values{"text": {"每月到一线办公一次"}, "due_on": {"2017-05-31"}, "unit": {id.Format(h.units["城南镇"])}})
	h.clock.SetDay("2017-06-05")
	want(t, h.page("方衡", "/conduct/measures", ""), "<b>超期 1 项</b>")
	page := h.page("林小满", at, "measure")
	want(t, page, "超期", "报告落实")
	action := regexp.MustCompile(`name="action" value="(\d+)"`).FindStringSubmatch(page)[1]
	lack(t, h.page("陈漳湾", at, ""), "报告落实")
	h.refuse("林小满", at+"/done", url.Values{"action": {action}, "note": {""}}, 422, "还没有写落实情况")
	h.post("林小满", at+"/done", url.Values{"action": {action}, "note": {"3 至 5 月每月一次，解决 7 件事"}})
	h.refuse("江平野", at+"/review", url.Values{"half": {"2017H1"}, "text": {"办事快了"}}, 422, "还没有选见效没有", "办事快了")
	h.post("江平野", at+"/review", url.Values{"half": {"2017H1"}, "rating": {"partly"}, "text": {"办事快了，有结论的少"}})
	want(t, h.page("方衡", at, "measure-reviewed"), "部分见效", "2017年上半年", "迟落实", "解决 7 件事")

	h.refuse("方衡", "/conduct/praise", url.Values{"kind": {"bonus"}, "fact": {"提前 20 天交地"}}, 422, "还没有选单位", "提前 20 天交地")
	h.post("方衡", "/conduct/praise", url.Values{"kind": {"bonus"}, "fact": {"提前 20 天交地"}, "basis": {"督查通报第 5 期"}, "unit": {id.Format(h.units["城南镇"])}})
	want(t, h.page("方衡", "/conduct/praise", "praise"), "加分建议", "这里不直接加分")
	p := h.page("考核员", "/conduct/praise", "")
	settle := regexp.MustCompile(`/conduct/praise/\d+/settle`).FindString(p)
	h.post("考核员", settle, url.Values{})
}

func TestExamPages(t *testing.T) {
	h := newHouse(t)
	h.clock.SetDay("2017-03-05")
	person := id.Format(h.actors["林小满"].ID)
	want(t, h.page("方衡", "/conduct/exams/desk", ""), "您不是查阅人")
	if a := h.ask("方衡", "POST", "/conduct/exams/read", url.Values{"person": {person}, "purpose": {"看看"}}); a.code != http.StatusForbidden {
		t.Errorf("not named: %d", a.code)
	}
	if a := h.ask("林小满", "GET", "/conduct/exams/desk", nil); a.code != http.StatusForbidden {
		t.Errorf("a clerk: %d", a.code)
	}
	h.refuse("江平野", "/conduct/readers", url.Values{"person": {id.Format(h.actors["方衡"].ID)}, "until_on": {"2019-01-01"}}, 422, "一年以内", "还没有写指定理由")
	h.post("江平野", "/conduct/readers", url.Values{"person": {id.Format(h.actors["方衡"].ID)}, "until_on": {"2017-06-30"}, "reason": {"二季度一线考察"}})
	h.refuse("方衡", "/conduct/exams", url.Values{"person": {person}, "fact": {"连续三晚入户到十点"}}, 422, "评价人至少要两位", "连续三晚入户到十点")
	want(t, h.page("方衡", "/conduct/exams/desk", ""), "选好后列出他单位牵头的任务")
	write := h.page("方衡", "/conduct/exams/desk?person="+person, "desk-write")
	want(t, write, "考察对象：<b>林小满</b>", "不涉及具体任务", `<option value="`+id.Format(h.task.ID)+`">`+h.task.Title)
	other := h.page("方衡", "/conduct/exams/desk?person="+id.Format(h.actors["宋时雨"].ID), "")
	lack(t, other, h.task.Title) // another unit's
	want(t, other, "他所在单位没有牵头的任务")
	h.refuse("方衡", "/conduct/exams", url.Values{"person": {person}, "task": {"77"}}, 422, "没有找到这项任务", h.task.Title)
	h.post("方衡", "/conduct/exams", url.Values{"person": {person}, "task": {id.Format(h.task.ID)}, "place": {"城澳作业区"}, "observed_on": {"2017-03-03"}, "fact": {"连续三晚入户到十点"}, "view": {"敢担当"}, "assessors": {id.Format(h.actors["方衡"].ID), id.Format(h.actors["宋时雨"].ID)}})
	lack(t, h.page("方衡", "/conduct/exams/desk", "desk"), "连续三晚")
	h.refuse("方衡", "/conduct/exams/read", url.Values{"person": {person}, "purpose": {""}}, 422, "还没有写查阅目的")
	a := h.ask("方衡", "POST", "/conduct/exams/read", url.Values{"person": {person}, "purpose": {"研究二季度表扬名单"}})
	if a.code != http.StatusOK {
		t.Fatal(a.code)
	}
	want(t, a.html, "连续三晚入户到十点", "敢担当", "林小满的记录", `<a href="/tasks/`+id.Format(h.task.ID)+`">`+h.task.Title)
	uitest.Golden(t, "desk-open", token.ReplaceAllString(a.html, "TOKEN"))
	want(t, h.page("林小满", "/conduct/exams", "own-exams"), "连续三晚入户到十点", "研究二季度表扬名单", "方衡")
	lack(t, h.page("陈漳湾", "/conduct/exams", ""), "连续三晚", "研究二季度")
	readers := h.page("江平野", "/conduct/readers", "readers")
	want(t, readers, "二季度一线考察", "研究二季度表扬名单", "有效")
	lack(t, readers, "连续三晚")
	h.post("江平野", regexp.MustCompile(`/conduct/readers/\d+/end`).FindString(readers), url.Values{})
	want(t, h.page("江平野", "/conduct/readers", ""), "已收回")
}
