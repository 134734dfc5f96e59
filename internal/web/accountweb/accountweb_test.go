package accountweb

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/net/html"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/account"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

var (
	testRegion = sqldb.SQL("org.testRegion", `INSERT INTO org_region (region_id, code, name, short_name) VALUES ($1, '', $2, $2)`)
	testStamp  = sqldb.SQL("org.testStamp", `INSERT INTO org_stamp (region_id, version) VALUES ($1, 1)`)
	testUnit   = sqldb.SQL("org.testUnit", `INSERT INTO org_unit (region_id, id, name, short_name, kind) VALUES ($1, $2, $3, $3, 'office')`)
	testPerson = sqldb.SQL("org.testPerson", `INSERT INTO org_person (region_id, id, name, unit_id) VALUES ($1, $2, $3, $4)`)
	testMoved  = sqldb.SQL("org.testMoved", `UPDATE org_stamp SET version = version + 1 WHERE region_id = $1`)
)

// registry is how package app joins account to org.
type registry struct {
	*org.Service
	ids *id.Source
}

func (o registry) Person(ctx context.Context, tx *sqldb.Tx, regionID, personID int64) (string, int64, []int64, error) {
	d, err := o.Directory(ctx, tx, regionID)
	if err != nil {
		return "", 0, nil, err
	}
	p := d.Person(personID)
	if p == nil || p.LeftOn != "" {
		return "", 0, nil, errs.New(errs.NotFound, "没有这个人")
	}
	return p.Name, p.UnitID, d.Below(p.UnitID), nil
}

func (o registry) Words(ctx context.Context, tx *sqldb.Tx, regionID int64) (out []string, err error) {
	d, err := o.Directory(ctx, tx, regionID)
	if err == nil {
		for _, u := range d.Units {
			out = append(out, u.Name)
		}
	}
	return out, err
}

func (o registry) Found(ctx context.Context, tx *sqldb.Tx, region, unit string, people []string) (int64, []int64, error) {
	rid, uid := o.ids.Next(), o.ids.Next()
	for _, do := range []struct {
		s    *sqldb.Stmt
		args []any
	}{{testRegion, []any{rid, region}}, {testStamp, []any{rid}}, {testUnit, []any{rid, uid, unit}}} {
		if _, err := tx.Exec(ctx, do.s, do.args...); err != nil {
			return 0, nil, err
		}
	}
	var out []int64
	for _, p := range people {
		n := o.ids.Next()
		out = append(out, n)
		if _, err := tx.Exec(ctx, testPerson, rid, n, p, uid); err != nil {
			return 0, nil, err
		}
	}
	return rid, out, nil
}

type house struct {
	t     *testing.T
	db    *sqldb.DB
	acc   *account.Service
	log   *audit.Log
	org   registry
	reg   *route.Registry
	h     http.Handler
	pages *Pages
	real  *period.Fixed
	saved url.Values
}

func each(t *testing.T, fn func(*testing.T, *house)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		ids := id.New(c, 1)
		h := &house{t: t, db: db, real: period.At(time.Date(2026, 5, 6, 9, 0, 0, 0, period.Beijing))}
		h.org = registry{org.New(db, ids.Next, nil), ids}
		h.log = audit.New(db, ids)
		h.acc = account.New(db, ids, h.log, h.org, account.Options{Clock: h.real, Params: account.Params{MemoryKiB: 64, Passes: 1, Threads: 1}})
		h.pages = &Pages{Accounts: h.acc, Log: h.log, Org: h.org}
		h.reg = route.New()
		h.pages.Register(h.reg)
		h.reg.Handle("GET /{$}", auth.LoggedIn, func(w http.ResponseWriter, r *http.Request) error {
			f := route.Frame(r)
			f.Title = "首页"
			ui.Render(w, r, 200, ui.Page(f))
			return nil
		})
		h.reg.Handle("POST /report", auth.LoggedIn, func(w http.ResponseWriter, r *http.Request) error {
			v, err := route.Form(r, "done", "problem")
			h.saved = v
			return err
		})
		h.h = h.reg.Handler(route.Config{Sessions: h.acc, Clock: h.real, Audit: h.log, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Nav: Nav(), Relogin: h.pages.Relogin})
		fn(t, h)
	})
}

// browser is one browser with its cookies.
type browser struct {
	*house
	jar map[string]string
	old bool // sends neither Sec-Fetch-Site nor Origin
}

func (h *house) browser() *browser { return &browser{house: h, jar: map[string]string{}} }

type page struct {
	code int
	to   string // Location
	text string
	doc  *html.Node
}

func (b *browser) ask(method, path string, form url.Values) page {
	b.t.Helper()
	r := httptest.NewRequest(method, "http://duban.local"+path, strings.NewReader(form.Encode()))
	r.RequestURI = path
	r.RemoteAddr = "10.1.2.3:999"
	r.Header.Set("User-Agent", "Chromium 86")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if !b.old {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for k, v := range b.jar {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.jar, c.Name)
		} else {
			b.jar[c.Name] = c.Value
		}
	}
	doc, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		b.t.Fatal(err)
	}
	return page{w.Code, w.Header().Get("Location"), w.Body.String(), doc}
}

func (b *browser) get(path string) page { b.t.Helper(); return b.ask("GET", path, nil) }
func (b *browser) post(path string, form url.Values) page {
	b.t.Helper()
	return b.ask("POST", path, form)
}

// all returns the attributes of every element of the tag that bears the given attribute value; value "*" is any.
func (p page) all(tag, attr, value string) (out []map[string]string) {
	for n := range p.doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != tag {
			continue
		}
		m := map[string]string{}
		for _, a := range n.Attr {
			m[a.Key] = a.Val
		}
		if v, ok := m[attr]; ok && (value == "*" || v == value) {
			if n.FirstChild != nil && n.FirstChild.Type == html.TextNode {
				m["#text"] = n.FirstChild.Data
			}
			out = append(out, m)
		}
	}
	return out
}

// value returns what stands in the named field.
func (p page) value(name string) string {
	for _, tag := range []string{"input", "textarea"} {
		if l := p.all(tag, "name", name); len(l) > 0 {
			return l[0]["value"] + l[0]["#text"]
		}
	}
	for n := range p.doc.Descendants() {
		if n.Data == "select" && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "name" && a.Val == name }) {
			for o := range n.Descendants() {
				if o.Data == "option" && slices.ContainsFunc(o.Attr, func(a html.Attribute) bool { return a.Key == "selected" }) {
					for _, a := range o.Attr {
						if a.Key == "value" {
							return a.Val
						}
					}
				}
			}
		}
	}
	return ""
}

func (h *house) want(what string, p page, code int, texts ...string) {
	h.t.Helper()
	if p.code != code {
		h.t.Errorf("%s: %d, want %d; to %q\n%.1500s", what, p.code, code, p.to, p.text)
	}
	for _, s := range texts {
		if !strings.Contains(p.text, s) && p.to != s {
			h.t.Errorf("%s: does not say %q", what, s)
		}
	}
}

const good = "Ling-Long 7 ta"

func setupForm(code string) url.Values {
	return url.Values{"code": {code}, "region": {"宁德市蕉城区"}, "unit": {"大数据中心"},
		"admin.0.name": {"王一帆"}, "admin.0.login": {"xitong"}, "admin.0.password": {good},
		"admin.1.name": {"李二木"}, "admin.1.login": {"anquan"}, "admin.1.password": {good},
		"admin.2.name": {"张三石"}, "admin.2.login": {"shenji"}, "admin.2.password": {good}}
}

// founded is a house after its set-up, with two further people in office.
func (h *house) founded() *house {
	h.t.Helper()
	code, err := h.acc.NewCode(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	h.want("set-up", h.browser().post("/setup", setupForm(code)), 303, "/login")
	a, ok := h.acc.Resolve(h.t.Context(), h.in("xitong").jar["duban"])
	if !ok {
		h.t.Fatal("nobody is in")
	}
	err = h.db.Update(h.t.Context(), func(tx *sqldb.Tx) error {
		for i, name := range []string{"林小满", "周远山"} {
			if _, err := tx.Exec(h.t.Context(), testPerson, a.RegionID, int64(100+i), name, a.UnitID); err != nil {
				return err
			}
		}
		_, err := tx.Exec(h.t.Context(), testMoved, a.RegionID)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return h
}

func (h *house) in(login string) *browser {
	h.t.Helper()
	b := h.browser()
	h.real.Set(h.real.Now().Add(20 * time.Second)) // within the rate of log-ins
	h.want("log-in of "+login, b.post("/login", url.Values{"login": {login}, "password": {good}}), 303, "/")
	return b
}

func TestSetUpPages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.browser()
		h.want("first visit", b.get("/"), 303, "/login")
		h.want("log-in before the set-up", b.get("/login"), 303, "/setup")
		h.want("set-up", b.get("/setup"), 200, "三员必须是三个人", "审计管理员")
		code, err := h.acc.NewCode(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		form := setupForm(code)
		form.Set("admin.1.name", "王一帆")
		form.Set("region", "")
		p := b.post("/setup", form)
		h.want("bad input", p, 422, "有 2 处要改", "这个姓名上面已经有了")
		if p.value("code") != code || p.value("unit") != "大数据中心" || p.value("admin.2.login") != "shenji" {
			t.Errorf("what was typed is lost: %q", p.value("code"))
		}
		if p.value("admin.0.password") != "" || strings.Contains(p.text, good) {
			t.Error("the page repeats a password")
		}
		form = setupForm(code)
		form.Set("role", "leader")
		h.want("a field too many", b.post("/setup", form), 422)
		h.want("wrong code", b.post("/setup", setupForm("AAAAA-BBBBB")), 422, "一次性口令不对")
		h.want("right", b.post("/setup", setupForm(code)), 303, "/login")
		h.want("what happened", b.get("/login"), 200, "三员账号已开设")
		h.want("set-up again", b.get("/setup"), 303, "/login")
		h.want("code again", b.post("/setup", setupForm(code)), 422)
	})
}

func TestLogin(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.founded()
		b := h.browser()
		p := b.get("/login?next=" + url.QueryEscape("/account?x=1"))
		h.want("page", p, 200)
		if p.value("next") != "/account?x=1" || strings.Contains(p.text, "演示账号") {
			t.Errorf("next %q", p.value("next"))
		}
		p1 := b.post("/login", url.Values{"login": {"xitong"}, "password": {"secret-typo"}, "next": {"/account?x=1"}})
		h.want("wrong password", p1, 422, "用户名、密码或动态码不对")
		if p1.value("login") != "xitong" || p1.value("next") != "/account?x=1" || strings.Contains(p1.text, "secret-typo") {
			t.Error("what was typed is lost, or the password shown")
		}
		p2 := b.post("/login", url.Values{"login": {"nobody"}, "password": {"secret-typo"}})
		h.want("unknown name", p2, 422, "用户名、密码或动态码不对")
		h.want("right", b.post("/login", url.Values{"login": {"xitong"}, "password": {good}, "next": {"/account?x=1"}}), 303, "/account?x=1")
		h.want("already in", b.get("/login?next=/account"), 303, "/account")
		for _, evil := range []string{"//evil.cn", "https://evil.cn/", "/\\evil.cn", "/login?next=/login"} {
			b := h.browser()
			h.real.Set(h.real.Now().Add(time.Minute))
			h.want(evil, b.post("/login", url.Values{"login": {"xitong"}, "password": {good}, "next": {evil}}), 303, "/")
		}
		h.want("log-out", b.post("/logout", url.Values{}), 303, "/login")
		h.want("after the log-out", b.get("/account"), 303)
		h.real.Set(h.real.Now().Add(time.Minute))
		for range 5 {
			b.post("/login", url.Values{"login": {"anquan"}, "password": {"x"}})
		}
		h.want("locked", b.post("/login", url.Values{"login": {"anquan"}, "password": {good}}), 429, "请过 15 分钟再试")
	})
}

// TestFixation: reliability 8.
func TestFixation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.founded()
		attacker := h.in("anquan")
		planted := attacker.jar["duban"]
		victim := h.browser()
		victim.jar["duban"] = planted
		victim.post("/login", url.Values{"login": {"xitong"}, "password": {good}})
		if victim.jar["duban"] == planted {
			t.Fatal("the planted token became the victim's session")
		}
		if _, ok := h.acc.Resolve(t.Context(), planted); ok {
			t.Error("the planted session lives on")
		}
		h.want("attacker", attacker.get("/account"), 303)
		h.want("victim", victim.get("/account"), 200, "xitong")
		made := h.browser()
		made.jar["duban"] = "1.MADEUPMADEUPMADEUPMADEUPMA"
		made.post("/login", url.Values{"login": {"xitong"}, "password": {good}})
		if made.jar["duban"] == "1.MADEUPMADEUPMADEUPMADEUPMA" {
			t.Error("a made-up token was taken over")
		}
	})
}

// TestDemo: the demonstration's accounts stand on the page in the demonstration alone, and work with one tap.
func TestDemo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.founded()
		h.pages.Demo = []DemoAccount{{Who: "系统管理员　王一帆", Login: "xitong", Password: good}}
		b := h.browser()
		p := b.get("/login")
		h.want("page", p, 200, "演示账号", "王一帆", "非真实政务数据")
		form := url.Values{}
		for _, f := range p.all("input", "value", "*") {
			if f["type"] == "hidden" {
				form.Set(f["name"], f["value"])
			}
		}
		b.old = true // and the form token of the page is good for a browser without the new headers
		h.want("one tap", b.post("/login", form), 303, "/")
	})
}

// TestResume: a session ends while a form is being filled; nothing typed is lost.
func TestResume(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.founded()
		b := h.in("xitong")
		h.real.Set(h.real.Now().Add(account.AdminIdle))
		typed := url.Values{"done": {"31.2"}, "problem": {"一户<未签>", "第二条"}, ui.FieldKey: {"00112233445566778899aabbccddeeff"}}
		p := b.post("/report", typed)
		h.want("after the end", p, 401, "登录过期了，填的都在")
		if h.saved != nil {
			t.Fatal("written without a session")
		}
		form := url.Values{"login": {"xitong"}, "password": {"typo"}}
		again := func() {
			for _, f := range p.all("input", "type", "hidden") {
				form[f["name"]] = nil
			}
			for _, f := range p.all("input", "type", "hidden") {
				form[f["name"]] = append(form[f["name"]], f["value"])
			}
		}
		again()
		b.old = true
		p = b.post("/login", form)
		h.want("a typo in the password", p, 422)
		again()
		form.Set("password", good)
		p = b.post("/login", form)
		h.want("in again", p, 200, "接着提交")
		if f := p.all("form", "action", "/report"); len(f) != 1 {
			t.Fatal("the form does not go where it was going")
		}
		send := url.Values{}
		for _, f := range p.all("input", "type", "hidden") {
			send.Add(f["name"], f["value"])
		}
		h.want("sent by hand", b.post("/report", send), 200)
		if h.saved.Get("done") != "31.2" || !slices.Equal(h.saved["problem"], typed["problem"]) || h.saved.Get(ui.FieldKey) != typed.Get(ui.FieldKey) {
			t.Errorf("%v", h.saved)
		}
	})
}

func TestOwnPages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.founded()
		first, second := h.in("anquan"), h.in("anquan")
		p := second.get("/account")
		h.want("own page", p, 200, "anquan", "安全管理员", "Chromium 86", "10.1.2.3", "这一处")
		var end string
		for _, f := range p.all("form", "action", "*") {
			if strings.HasSuffix(f["action"], "/end") {
				end = f["action"]
			}
		}
		other := h.in("xitong")
		h.want("another ends it", other.post(end, url.Values{}), 404)
		h.want("ended", second.post(end, url.Values{}), 303, "/account")
		h.want("the ended one", first.get("/account"), 303)
		p = second.post("/account/password", url.Values{"old": {good}, "password": {"Kuai-Ma 8 jia"}, "again": {"other"}})
		h.want("two different", p, 422, "两次写的新密码不一样")
		h.want("weak", second.post("/account/password", url.Values{"old": {good}, "password": {"Password1!"}, "again": {"Password1!"}}), 422, "太常见")
		before := second.jar["duban"]
		h.want("changed", second.post("/account/password", url.Values{"old": {good}, "password": {"Kuai-Ma 8 jia"}, "again": {"Kuai-Ma 8 jia"}}), 303, "/account")
		if second.jar["duban"] == before {
			t.Error("the token stayed")
		}
		h.want("still in", second.get("/account"), 200, "密码已改")
	})
}

func TestAdminPages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.founded()
		sys, sec, aud := h.in("xitong"), h.in("anquan"), h.in("shenji")
		p := sys.get("/admin/accounts")
		h.want("accounts", p, 200, "林小满", "周远山", "shenji", "系统管理员")
		p = sys.post("/admin/accounts", url.Values{"person": {"100"}, "login": {"a b"}})
		h.want("bad name", p, 422, "2 到 32 个汉字")
		if p.value("login") != "a b" || p.value("person") != "100" {
			t.Errorf("what was typed is lost: %q %q", p.value("login"), p.value("person"))
		}
		p = sys.post("/admin/accounts", url.Values{"person": {"100"}, "login": {"xitong"}})
		h.want("name taken", p, 409, "已被占用")
		p = sys.post("/admin/accounts", url.Values{"person": {"100"}, "login": {"linxiaoman"}})
		h.want("opened", p, 200, "只显示这一次")
		_, first, _ := strings.Cut(p.text, "初始密码</dt>")
		_, first, _ = strings.Cut(first, "<dd>")
		first, _, _ = strings.Cut(first, "</dd>")
		if strings.Contains(sys.get("/admin/accounts").text, first) {
			t.Error("the first password is shown twice")
		}
		clerk := h.browser()
		h.want("first log-in", clerk.post("/login", url.Values{"login": {"linxiaoman"}, "password": {first}}), 303, "/")
		h.want("nothing before the password is changed", clerk.get("/account"), 303, "/account/password")
		h.want("password page", clerk.get("/account/password"), 200, "每 90 天换一次")
		h.want("changed", clerk.post("/account/password", url.Values{"old": {first}, "password": {good}, "again": {good}}), 303, "/account")
		h.want("in", clerk.get("/account"), 200, "还没有角色")

		p = sec.post("/admin/grants", url.Values{"person": {"100"}, "role": {"source"}, "reason": {""}})
		h.want("without a reason", p, 422, "请写明理由")
		if p.value("person") != "100" || p.value("role") != "source" {
			t.Errorf("what was chosen is lost: %q %q", p.value("person"), p.value("role"))
		}
		h.want("empty", sec.post("/admin/grants", url.Values{}), 422, "有 3 处要改", "请选人员", "请选角色")
		h.want("direct", sec.post("/admin/grants", url.Values{"person": {"100"}, "role": {"clerk"}, "reason": {"到岗"}}), 303, "/admin/grants")
		h.want("a new role ends the session", clerk.get("/account"), 303)
		h.want("proposed", sec.post("/admin/grants", url.Values{"person": {"100"}, "role": {"source"}, "reason": {"统计局函〔2017〕3号"}}), 303, "/admin/grants")
		p = sec.get("/admin/grants")
		h.want("proposer's page", p, 200, "已提出", "统计局函〔2017〕3号", "要由别人确认")
		decide := ""
		for _, f := range aud.get("/admin/grants").all("form", "action", "*") {
			if strings.HasSuffix(f["action"], "/decide") {
				decide = f["action"]
			}
		}
		if strings.Contains(p.text, decide) || decide == "" {
			t.Fatalf("the proposer is offered the confirmation %q", decide)
		}
		h.want("confirmed by the proposer", sec.post(decide, url.Values{"answer": {"yes"}, "version": {"1"}}), 403)
		p = aud.post(decide, url.Values{"answer": {"no"}, "note": {""}, "version": {"1"}})
		h.want("refused without a reason", p, 422, "不同意请写明理由")
		h.want("from an old page", aud.post(decide, url.Values{"answer": {"yes"}, "version": {"7"}}), 409, "别人刚处理过")
		h.want("confirmed", aud.post(decide, url.Values{"answer": {"yes"}, "version": {"1"}}), 303, "/admin/grants")
		h.want("audit administrator's page", aud.get("/admin/grants"), 200, "已生效", "已确认", "数据来源")
		h.want("question before taking", sec.get("/admin/grants/revoke?person=100&role=source"), 200, "林小满", "数据来源")
		h.want("nobody", sec.get("/admin/grants/revoke?person=7&role=source"), 404)
		h.want("taken without a reason", sec.post("/admin/grants/revoke", url.Values{"person": {"100"}, "role": {"source"}, "reason": {" "}}), 422, "请写明理由")
		h.want("taken", sec.post("/admin/grants/revoke", url.Values{"person": {"100"}, "role": {"source"}, "reason": {"调离"}}), 303)

		if err := h.log.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		p = aud.get("/admin/audit?act=grant")
		h.want("log of grants", p, 200, "李二木", "林小满的账号", "已收回 数据来源")
		if strings.Contains(p.text, "linxiaoman") || strings.Contains(p.text, first) {
			t.Error("the log shows what it must not")
		}
		p = aud.get("/admin/audit?failed=1")
		h.want("log of refusals", p, 200, "没有权限", "确认授权", "提交 /admin/grants/{id}/decide")
		p = aud.get("/admin/audit?from=3%E6%9C%88&to=2017-03-31&act=login")
		h.want("bad date", p, 422, "开始日期请写成")
		if p.value("from") != "3月" || p.value("to") != "2017-03-31" || p.value("act") != "login" {
			t.Errorf("what was typed is lost: %q", p.value("from"))
		}
		h.want("nothing found", aud.get("/admin/audit?to=2016-01-01"), 200, "没有这样的记录")

		row := func() (disable, version string) {
			for _, f := range sys.get("/admin/accounts").all("form", "action", "/admin/accounts/100/disable") {
				disable = f["action"]
			}
			list, _ := h.acc.Accounts(auth.With(t.Context(), who(h, sys)))
			for _, a := range list {
				if a.PersonID == 100 {
					version = id.Format(a.Version)
				}
			}
			return
		}
		h.want("in again", clerk.post("/login", url.Values{"login": {"linxiaoman"}, "password": {good}}), 303)
		act, version := row()
		h.want("from an old page", sys.post(act, url.Values{"version": {"1"}}), 409, "别人刚改过")
		h.want("closed", sys.post(act, url.Values{"version": {version}}), 303)
		h.want("out at once", clerk.get("/account"), 303)
		h.want("accounts", sys.get("/admin/accounts"), 200, "已停用", "启用")
	})
}

func who(h *house, b *browser) auth.Actor {
	a, _ := h.acc.Resolve(h.t.Context(), b.jar["duban"])
	return a
}

// TestThreeOffices: reliability 15, the three administrators × the routes of this package.
func TestThreeOffices(t *testing.T) {
	may := map[string]string{ // route -> first letters of the log-in names that pass the guard
		"GET /account": "xas", "GET /account/factor": "xas", "POST /account/factor": "xas", "POST /account/factor/confirm": "xas", "POST /account/factor/drop": "xas", "GET /account/password": "xas", "POST /account/password": "xas", "POST /account/sessions/{id}/end": "xas", "POST /logout": "xas", "GET /{$}": "xas", "POST /report": "xas",
		"GET /login": "xas", "POST /login": "xas", "GET /setup": "xas", "POST /setup": "xas",
		"GET /admin/accounts": "x", "POST /admin/accounts": "x", "POST /admin/accounts/{person}/disable": "x", "POST /admin/accounts/{person}/enable": "x", "POST /admin/accounts/{person}/reset": "x",
		"GET /admin/grants": "xas", "POST /admin/grants": "a", "POST /admin/grants/factor": "a", "GET /admin/grants/revoke": "a", "POST /admin/grants/revoke": "a", "POST /admin/grants/{id}/decide": "s",
		"GET /admin/audit": "s",
	}
	each(t, func(t *testing.T, h *house) {
		h.founded()
		public := []string{"GET /login", "POST /login", "GET /setup", "POST /setup"}
		for _, rt := range h.reg.Routes() {
			allowed, listed := may[rt.Pattern()]
			if !listed {
				t.Errorf("%s is not in the matrix", rt.Pattern())
				continue
			}
			path := strings.NewReplacer("{id}", "1", "{person}", "1", "{$}", "").Replace(rt.Path)
			h.real.Set(h.real.Now().Add(20 * time.Second))
			if p := h.browser().ask(rt.Method, path, url.Values{}); !slices.Contains(public, rt.Pattern()) && (p.code != 303 || !strings.HasPrefix(p.to, "/login")) {
				t.Errorf("anonymous %s: %d to %q", rt.Pattern(), p.code, p.to)
			}
			for _, login := range []string{"xitong", "anquan", "shenji"} {
				p := h.in(login).ask(rt.Method, path, url.Values{})
				if got, want := p.code != 403, strings.Contains(allowed, login[:1]); got != want {
					t.Errorf("%s %s: %d, may %v", login, rt.Pattern(), p.code, want)
				}
			}
		}
	})
}

func TestFactorPages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.founded()
		b := h.in("anquan")
		h.want("before", b.get("/account/factor"), 200, "开通动态码")
		h.want("begun", b.post("/account/factor", url.Values{}), 303, "/account/factor")
		p := b.get("/account/factor")
		h.want("square code", p, 200, "data:image/png;base64,iVBOR")
		_, secret, _ := strings.Cut(p.text, "手工输入：")
		secret, _, _ = strings.Cut(secret, "<")
		code := func() string {
			c, err := totp.GenerateCode(secret, h.real.Now())
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		h.want("wrong", b.post("/account/factor/confirm", url.Values{"code": {"abc"}}), 422, "动态码不对")
		h.want("on", b.post("/account/factor/confirm", url.Values{"code": {code()}}), 303, "/account")
		if p := b.get("/account/factor"); strings.Contains(p.text, secret) {
			t.Error("the secret is still shown")
		}
		h.real.Set(h.real.Now().Add(time.Minute))
		c := h.browser()
		h.want("without a code", c.post("/login", url.Values{"login": {"anquan"}, "password": {good}}), 422, "动态码不对")
		h.want("with a code", c.post("/login", url.Values{"login": {"anquan"}, "password": {good}, "code": {code()}}), 303, "/")
		h.real.Set(h.real.Now().Add(time.Minute))
		h.want("off", c.post("/account/factor/drop", url.Values{"code": {code()}}), 303, "/account")
		h.want("after", c.get("/account/factor"), 200, "开通动态码")
	})
}

// TestFactorRule: once the security administrator asks for it, no administrator gets past the set-up of the second factor, on any page
// and in any session that is open; others are not asked.
func TestFactorRule(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.founded()
		sys, sec := h.in("xitong"), h.in("anquan")
		h.want("off at first", sec.get("/admin/grants"), 200, "可以不用", "改为必须用动态码")
		if p := h.in("shenji").get("/admin/grants"); strings.Contains(p.text, "登录要求") {
			t.Error("the audit administrator is shown the setting")
		}
		h.want("not his to set", sys.post("/admin/grants/factor", url.Values{"must": {"yes"}, "version": {"0"}}), 403)
		h.want("on", sec.post("/admin/grants/factor", url.Values{"must": {"yes"}, "version": {"0"}}), 303, "/admin/grants")
		for _, path := range []string{"/admin/accounts", "/account", "/account/password"} {
			want := "/account/factor"
			p := sys.get(path)
			if path == "/account/password" {
				h.want("the password may be changed", p, 200)
				continue
			}
			h.want(path, p, 303, want)
		}
		h.want("no act either", sys.post("/admin/accounts", url.Values{"person": {"1"}, "login": {"x1"}}), 303, "/account/factor")
		h.want("told why", sys.get("/account/factor"), 200, "要先开通动态码", "开通动态码")
		h.want("begun", sys.post("/account/factor", url.Values{}), 303, "/account/factor")
		p := sys.get("/account/factor")
		_, secret, _ := strings.Cut(p.text, "手工输入：")
		secret, _, _ = strings.Cut(secret, "<")
		code, err := totp.GenerateCode(secret, h.real.Now())
		if err != nil {
			t.Fatal(err)
		}
		h.want("still shut", sys.get("/admin/accounts"), 303, "/account/factor")
		h.want("set up", sys.post("/account/factor/confirm", url.Values{"code": {code}}), 303, "/account")
		h.want("open", sys.get("/admin/accounts"), 200)
		h.want("who set it is held to it", sec.get("/admin/grants"), 303, "/account/factor")
	})
}
