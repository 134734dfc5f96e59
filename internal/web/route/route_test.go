package route

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/account"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/receipt"
	"duban/internal/web/ui"
)

var mayGive = auth.Permit("route.test.give", "试一试", auth.Clerk)

type people struct {
	who     map[string]account.Session
	touched []string
	notes   []audit.Entry
}

func (p *people) Find(_ context.Context, token string) (account.Session, error) {
	if token == "broken" {
		return account.Session{}, errors.New("disk")
	}
	s, ok := p.who[token]
	if !ok {
		return s, errs.New(errs.Unauthorized, "请先登录")
	}
	return s, nil
}
func (p *people) Touch(token string)                    { p.touched = append(p.touched, token) }
func (p *people) Note(_ context.Context, e audit.Entry) { p.notes = append(p.notes, e) }

type site struct {
	*people
	h     http.Handler
	reg   *Registry
	clock *period.Fixed
	log   bytes.Buffer
}

func open(t *testing.T, change func(*Config)) *site {
	s := &site{clock: period.At(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)), reg: New()}
	s.people = &people{who: map[string]account.Session{
		"clerk":  {Actor: auth.Actor{ID: 7, RegionID: 1, Name: "林小满", Roles: []auth.Role{auth.Clerk}}},
		"leader": {Actor: auth.Actor{ID: 8, RegionID: 1, Name: "周区长", Roles: []auth.Role{auth.Leader}}},
		"old":    {Actor: auth.Actor{ID: 9, RegionID: 1, Name: "旧密码", Roles: []auth.Role{auth.Clerk}}, MustChange: true},
	}}
	text := func(w http.ResponseWriter, r *http.Request) error {
		f := Frame(r)
		f.Title = "页面"
		ui.Render(w, r, 200, ui.Page(f))
		return nil
	}
	s.reg.Handle("GET /login", auth.Public, text)
	s.reg.Handle("POST /login", auth.Public, text, Limited(LoginRate))
	s.reg.Handle("GET /{$}", auth.LoggedIn, text)
	s.reg.Handle("GET /give/{id}", mayGive, text)
	s.reg.Handle("POST /give/{id}", mayGive, func(w http.ResponseWriter, r *http.Request) error {
		v, err := Form(r, "amount", "row.*")
		if err != nil {
			return err
		}
		SetFlash(w, r, "已存 "+v.Get("amount"), "/give/1/undo")
		Redirect(w, r, "/")
		return nil
	})
	s.reg.Handle("POST /sum", mayGive, func(w http.ResponseWriter, r *http.Request) error {
		if err := r.ParseMultipartForm(1 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
			return err
		}
		io.WriteString(w, receipt.Form(r.Context())) // what a receipt would be bound to
		return nil
	})
	s.reg.Handle("GET /panic", auth.LoggedIn, func(http.ResponseWriter, *http.Request) error { panic("secret cause") })
	s.reg.Handle("GET /fails/{kind}", auth.LoggedIn, func(w http.ResponseWriter, r *http.Request) error {
		switch r.PathValue("kind") {
		case "invalid":
			return errs.At("done", "累计完成不能少于上月")
		case "notfound":
			return errs.New(errs.NotFound, "")
		case "conflict":
			return errs.New(errs.Conflict, "何向晚刚改过")
		}
		return errors.New("secret cause")
	})
	s.reg.Handle("GET /poll", auth.LoggedIn, text, Quiet())
	s.reg.Handle("GET /export", auth.LoggedIn, text, Limited(ExportRate))
	s.reg.Handle("GET "+PasswordPath, auth.LoggedIn, text, Early())
	s.reg.Mount("GET /api/", auth.LoggedIn, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "{}", http.StatusUnauthorized) }), OwnAuth())
	c := Config{Sessions: s.people, Clock: s.clock, Audit: s.people, Log: slog.New(slog.NewTextHandler(&s.log, nil)),
		Nav: []Nav{{Href: "/give/1", Label: "给予", Permission: mayGive}, {Href: "/", Label: "首页", Permission: auth.LoggedIn, Tab: true}}}
	if change != nil {
		change(&c)
	}
	s.h = s.reg.Handler(c)
	return s
}

// ask sends a request as the holder of the token would from a modern browser; heads are name, value pairs, an empty value takes one away.
func (s *site) ask(method, path, token string, form url.Values, heads ...string) *httptest.ResponseRecorder {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, "http://duban.local"+path, body)
	r.RequestURI = path
	r.RemoteAddr = "10.1.2.3:999"
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if token != "" {
		r.AddCookie(&http.Cookie{Name: "duban", Value: token})
	}
	for i := 0; i < len(heads); i += 2 {
		switch {
		case heads[i+1] == "":
			r.Header.Del(heads[i])
		default:
			r.Header.Add(heads[i], heads[i+1])
		}
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return w
}

// TestWalk: reliability 11, anonymous gets 303 or 401 on all but the public routes.
func TestWalk(t *testing.T) {
	s := open(t, nil)
	public := map[string]bool{"GET /login": true, "POST /login": true}
	for _, rt := range s.reg.Routes() {
		path := strings.NewReplacer("{id}", "1", "{kind}", "x", "{$}", "").Replace(rt.Path)
		w := s.ask(rt.Method, path, "", nil)
		if public[rt.Pattern()] != (w.Code == 200) || !public[rt.Pattern()] && w.Code != 303 && w.Code != 401 {
			t.Errorf("anonymous %s: %d", rt.Pattern(), w.Code)
		}
		if w := s.ask(rt.Method, path, "ended", nil); !public[rt.Pattern()] && w.Code != 303 && w.Code != 401 {
			t.Errorf("ended session, %s: %d", rt.Pattern(), w.Code)
		}
		if rt.Permission == mayGive {
			if w := s.ask(rt.Method, path, "leader", url.Values{}); w.Code != 403 {
				t.Errorf("leader, %s: %d", rt.Pattern(), w.Code)
			}
		}
		for _, h := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"} {
			if w.Header().Get(h) == "" {
				t.Errorf("%s: no %s", rt.Pattern(), h)
			}
		}
		if c := w.Header().Get("Cache-Control"); c != "no-store" {
			t.Errorf("%s: Cache-Control %q", rt.Pattern(), c)
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: CORS", rt.Pattern())
		}
	}
}

func TestUnregistered(t *testing.T) {
	s := open(t, nil)
	for _, p := range []string{"/uploader.jsp", "/give", "/give/1/2"} {
		if w := s.ask("GET", p, "clerk", nil); w.Code != 404 || !strings.Contains(w.Body.String(), "没有找到") {
			t.Errorf("%s: %d", p, w.Code)
		}
	}
	if w := s.ask("DELETE", "/give/1", "clerk", nil); w.Code != 405 || !strings.Contains(w.Header().Get("Allow"), "POST") {
		t.Errorf("DELETE: %d %v", w.Code, w.Header())
	}
}

func TestHandlePanics(t *testing.T) {
	for pattern, perm := range map[string]auth.Permission{"/x": auth.Public, "GET x": auth.Public, "GET /x": "nobody.declared.it"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q %q was entered", pattern, perm)
				}
			}()
			New().Handle(pattern, perm, nil)
		}()
	}
}

func TestLoginRedirect(t *testing.T) {
	s := open(t, nil)
	if w := s.ask("GET", "/give/1?a=b", "", nil); w.Code != 303 || w.Header().Get("Location") != "/login?next=%2Fgive%2F1%3Fa%3Db" {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
	w := s.ask("POST", "/give/1", "ended", url.Values{}, "HX-Request", "true", "HX-Current-URL", "http://duban.local/give/1?tab=2")
	if w.Code != 401 || w.Header().Get("HX-Redirect") != "/login?next=%2Fgive%2F1%3Ftab%3D2" {
		t.Errorf("htmx: %d %v", w.Code, w.Header())
	}
	if c := w.Header().Get("Set-Cookie"); !strings.Contains(c, "duban=;") || !strings.Contains(c, "Max-Age=0") {
		t.Errorf("the dead token stays: %q", c)
	}
	var next string
	var kept url.Values
	s = open(t, func(c *Config) {
		c.Relogin = func(w http.ResponseWriter, r *http.Request, n string, k url.Values) error {
			next, kept = n, k
			w.WriteHeader(401)
			return nil
		}
	})
	form := url.Values{"amount": {"31.2"}, "new_password": {"x"}, ui.FieldToken: {"t"}}
	if w := s.ask("POST", "/give/1?x=1", "ended", form); w.Code != 401 || next != "/give/1?x=1" || kept.Get("amount") != "31.2" {
		t.Errorf("typed text is lost: %d %q %v", w.Code, next, kept)
	}
	if len(kept) != 1 {
		t.Errorf("kept too much: %v", kept)
	}
}

func TestLocal(t *testing.T) {
	for in, want := range map[string]string{"/a?b=c": "/a?b=c", "//evil.cn": "", "/\\evil.cn": "", "http://evil.cn/": "", "javascript:1": "", "a": "", "": "", "/a\r\nX: y": "", "/\t/evil.cn": ""} {
		if got := Local(in); got != want {
			t.Errorf("Local(%q) = %q", in, got)
		}
	}
}

// TestForged: reliability 57, header combinations on every route that changes something.
func TestForged(t *testing.T) {
	s := open(t, nil)
	token := mask(formToken("clerk"))
	for name, tt := range map[string]struct {
		heads []string
		form  url.Values
		want  int
	}{
		"same origin":        {nil, nil, 303},
		"cross site":         {[]string{"Sec-Fetch-Site", "", "Sec-Fetch-Site", "cross-site"}, url.Values{ui.FieldToken: {token}}, 403},
		"same site":          {[]string{"Sec-Fetch-Site", "", "Sec-Fetch-Site", "same-site"}, nil, 403},
		"own origin":         {[]string{"Sec-Fetch-Site", "", "Origin", "http://duban.local"}, nil, 303},
		"foreign origin":     {[]string{"Sec-Fetch-Site", "", "Origin", "http://evil.local"}, url.Values{ui.FieldToken: {token}}, 403},
		"null origin":        {[]string{"Sec-Fetch-Site", "", "Origin", "null"}, nil, 403},
		"old, no token":      {[]string{"Sec-Fetch-Site", ""}, nil, 403},
		"old, wrong token":   {[]string{"Sec-Fetch-Site", ""}, url.Values{ui.FieldToken: {mask(formToken("leader"))}}, 403},
		"old, right token":   {[]string{"Sec-Fetch-Site", ""}, url.Values{ui.FieldToken: {token}}, 303},
		"old, token in head": {[]string{"Sec-Fetch-Site", "", ui.HeaderToken, mask(formToken("clerk"))}, nil, 303},
	} {
		form := url.Values{"amount": {"1"}}
		for k, v := range tt.form {
			form[k] = v
		}
		if w := s.ask("POST", "/give/1", "clerk", form, tt.heads...); w.Code != tt.want {
			t.Errorf("%s: %d, want %d", name, w.Code, tt.want)
		}
	}
	if n := s.notes[len(s.notes)-1]; n.Act != "refuse" || n.Result != "csrf" || n.Object != "POST /give/{id}" {
		t.Errorf("not in the audit log: %+v", n)
	}
	// Before log-in the token is bound to the browser's own cookie.
	page := s.ask("GET", "/login", "", nil)
	cookie := page.Result().Cookies()[0]
	_, field, _ := strings.Cut(page.Body.String(), ui.HeaderToken+`&#34;:&#34;`)
	field, _, _ = strings.Cut(field, "&#34;")
	old := []string{"Sec-Fetch-Site", "", "Cookie", cookie.Name + "=" + cookie.Value}
	if w := s.ask("POST", "/login", "", url.Values{ui.FieldToken: {field}}, old...); w.Code != 200 {
		t.Errorf("old browser cannot log in: %d, token %q", w.Code, field)
	}
	if w := s.ask("POST", "/login", "", url.Values{ui.FieldToken: {field}}, "Sec-Fetch-Site", ""); w.Code != 403 {
		t.Errorf("log-in form without its cookie: %d", w.Code)
	}
}

func TestFormFields(t *testing.T) {
	s := open(t, nil)
	for _, tt := range []struct {
		form url.Values
		want int
	}{
		{url.Values{"amount": {"1"}, "row.3": {"x"}, ui.FieldVersion: {"2"}}, 303},
		{url.Values{"amount": {"1"}, "score": {"100"}}, 422},
		{url.Values{"amount": {"1"}, "region_id": {"2"}}, 422},
		{url.Values{"amount": {strings.Repeat("9", 2<<20)}}, 413},
	} {
		if w := s.ask("POST", "/give/1", "clerk", tt.form); w.Code != tt.want {
			t.Errorf("%.40v: %d, want %d", tt.form, w.Code, tt.want)
		}
	}
}

// TestErrors: reliability 63, errors say nothing internal; a panic is a 500 with a number and the process lives.
func TestErrors(t *testing.T) {
	s := open(t, nil)
	for path, want := range map[string]struct {
		code int
		text string
	}{
		"/fails/invalid": {422, "累计完成不能少于上月"}, "/fails/notfound": {404, "没有"}, "/fails/conflict": {409, "何向晚刚改过"},
		"/fails/internal": {500, "编号 E-"}, "/panic": {500, "编号 E-"},
	} {
		for _, heads := range [][]string{nil, {"HX-Request", "true"}} {
			w := s.ask("GET", path, "clerk", nil, heads...)
			body := w.Body.String()
			if w.Code != want.code || !strings.Contains(body, want.text) || strings.Contains(body, "secret") {
				t.Errorf("%s %v: %d %.300s", path, heads, w.Code, body)
			}
			if page := strings.Contains(body, "<html"); page == (heads != nil) {
				t.Errorf("%s %v: page %v", path, heads, page)
			}
		}
	}
	if !strings.Contains(s.log.String(), "secret cause") {
		t.Error("the log does not know the cause")
	}
	if w := s.ask("GET", "/", "broken", nil); w.Code != 500 {
		t.Errorf("session store is down: %d", w.Code)
	}
	if n := s.notes[len(s.notes)-1]; n.Act != "fault" {
		t.Errorf("fault not in the audit log: %+v", n)
	}
}

func TestAccessLog(t *testing.T) {
	s := open(t, nil)
	s.ask("GET", "/give/1?name=张三", "clerk", nil)
	line := s.log.String()
	for _, bad := range []string{"林小满", "张三", "clerk", "10.1.2.3", "name="} {
		if strings.Contains(line, bad) {
			t.Errorf("access log says %q: %s", bad, line)
		}
	}
	if !strings.Contains(line, `route="GET /give/{id}"`) || !strings.Contains(line, "person=7") {
		t.Error(line)
	}
}

func TestCookies(t *testing.T) {
	for _, tls := range []bool{false, true} {
		s := open(t, func(c *Config) { c.TLS = tls })
		s.reg.Handle("POST /in", auth.Public, func(w http.ResponseWriter, r *http.Request) error {
			StartSession(w, r, "fresh")
			EndSession(w, r)
			return nil
		})
		w := s.ask("POST", "/in", "", url.Values{})
		for _, c := range w.Result().Cookies() {
			if strings.HasPrefix(c.Name, "__Host-") != tls || c.Secure != tls || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
				t.Errorf("TLS %v: %+v", tls, c)
			}
		}
		if got := w.Header().Get("Strict-Transport-Security") != ""; got != tls {
			t.Errorf("HSTS %v, TLS %v", got, tls)
		}
	}
}

func TestRates(t *testing.T) {
	s := open(t, nil)
	for i := range 10 {
		if w := s.ask("POST", "/login", "", url.Values{}); w.Code != 200 {
			t.Fatalf("log-in %d: %d", i+1, w.Code)
		}
	}
	w := s.ask("POST", "/login", "", url.Values{})
	if w.Code != 429 || w.Header().Get("Retry-After") != "60" {
		t.Errorf("11th: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	s.clock.Set(s.clock.Now().Add(time.Minute))
	if w := s.ask("POST", "/login", "", url.Values{}); w.Code != 200 {
		t.Errorf("a minute later: %d", w.Code)
	}
	for range 3 {
		s.ask("GET", "/export", "clerk", nil)
	}
	if w := s.ask("GET", "/export", "clerk", nil); w.Code != 429 {
		t.Errorf("4th export: %d", w.Code)
	}
	if w := s.ask("GET", "/export", "leader", nil); w.Code != 200 {
		t.Errorf("the leader pays for the clerk: %d", w.Code)
	}
}

func TestActivity(t *testing.T) {
	s := open(t, nil)
	s.ask("GET", "/poll", "clerk", nil)
	s.ask("GET", "/", "clerk", nil, HeaderQuiet, "1")
	s.ask("GET", "/give/1", "leader", nil)
	if len(s.touched) != 0 {
		t.Errorf("polls and refusals count as activity: %v", s.touched)
	}
	if s.ask("GET", "/", "clerk", nil); len(s.touched) != 1 {
		t.Error("a page does not count as activity")
	}
}

func TestMustChange(t *testing.T) {
	s := open(t, nil)
	if w := s.ask("GET", "/", "old", nil); w.Code != 303 || w.Header().Get("Location") != PasswordPath {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
	if w := s.ask("GET", PasswordPath, "old", nil); w.Code != 200 || strings.Contains(w.Body.String(), "给予") {
		t.Errorf("%d", w.Code)
	}
}

func TestFrame(t *testing.T) {
	s := open(t, nil)
	body := s.ask("GET", "/give/1", "clerk", nil).Body.String()
	if !strings.Contains(body, "林小满") || !strings.Contains(body, `href="/give/1" aria-current="page"`) {
		t.Errorf("%.2000s", body)
	}
	if body := s.ask("GET", "/", "leader", nil).Body.String(); strings.Contains(body, "给予") || !strings.Contains(body, "首页") {
		t.Error("navigation shows what the leader may not do")
	}
	w := s.ask("POST", "/give/1", "clerk", url.Values{"amount": {"3 亩"}})
	c := w.Result().Cookies()[0]
	w = s.ask("GET", "/", "clerk", nil, "Cookie", c.Name+"="+c.Value)
	if !strings.Contains(w.Body.String(), "已存 3 亩") || !strings.Contains(w.Header().Get("Set-Cookie"), "duban_flash=;") {
		t.Error("the result of the act before is not shown once")
	}
}

func TestGzip(t *testing.T) {
	s := open(t, nil)
	plain := s.ask("GET", "/", "clerk", nil)
	w := s.ask("GET", "/", "clerk", nil, "Accept-Encoding", "br, gzip")
	if w.Header().Get("Content-Encoding") != "gzip" || w.Body.Len() >= plain.Body.Len() {
		t.Fatalf("%v", w.Header())
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil || !strings.Contains(string(b), "</html>") {
		t.Errorf("%v", err)
	}
	if s.ask("GET", "/", "clerk", nil, "Accept-Encoding", "gzip;q=0").Header().Get("Content-Encoding") != "" {
		t.Error("sent gzip to a browser that refuses it")
	}
}

// TestClientAddr: reliability 61.
func TestClientAddr(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct{ peer, head, want string }{
		{"10.0.0.1:5", "172.16.9.9", "172.16.9.9"},
		{"10.0.0.1:5", "1.1.1.1, 172.16.9.9", "172.16.9.9"},
		{"10.0.0.1:5", "172.16.9.9, 10.0.0.2", "172.16.9.9"},
		{"192.168.1.1:5", "1.1.1.1", "192.168.1.1"},
		{"10.0.0.1:5", "garbage", "10.0.0.1"},
		{"[::ffff:192.168.1.1]:5", "", "192.168.1.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.peer
		r.Header.Set("X-Forwarded-For", tt.head)
		if got := clientAddr(r, trusted).String(); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

// TestFormSum: a receipt is bound to what the form says, not to what differs each time that it is shown, and holds nothing of a password.
func TestFormSum(t *testing.T) {
	s := open(t, nil)
	sum := func(pairs ...string) string {
		t.Helper()
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		w := s.ask("POST", "/sum", "clerk", v)
		if w.Code != 200 || len(w.Body.String()) != 16 {
			t.Fatalf("%d %q", w.Code, w.Body)
		}
		return w.Body.String()
	}
	one := sum("value", "31.5", "row.1", "a", "row.1", "b", ui.FieldToken, "x", ui.FieldKey, "k")
	if sum("row.1", "a", "row.1", "b", "value", "31.5", ui.FieldToken, "y", ui.FieldKey, "k", "password", "geheim") != one {
		t.Error("the same form is taken for another")
	}
	for _, other := range [][]string{{"value", "31.6", "row.1", "a", "row.1", "b"}, {"value", "31.5", "row.1", "b", "row.1", "a"}, {"value", "31.5", "row.1", "a"}, {"value", "31.5", "row.1", "a", "row.1", "b", "cut", "1"}} {
		if sum(other...) == one {
			t.Errorf("%q is taken for the same form", other)
		}
	}
	file := func(name, content string) string {
		t.Helper()
		var b bytes.Buffer
		m := multipart.NewWriter(&b) // with another boundary each time
		m.WriteField("value", "31.5")
		f, _ := m.CreateFormFile("file", name)
		io.WriteString(f, content)
		m.Close()
		r := httptest.NewRequest("POST", "http://duban.local/sum", &b)
		r.RemoteAddr = "10.1.2.3:999"
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: "duban", Value: "clerk"})
		w := httptest.NewRecorder()
		s.h.ServeHTTP(w, r)
		return w.Body.String()
	}
	if a, b, c := file("验收单.pdf", "xx"), file("验收单.pdf", "xx"), file("另一份.pdf", "xx"); len(a) != 16 || a != b || a == c {
		t.Errorf("with files: %q %q %q", a, b, c)
	}
}

// TestFileThatNobodyChose: a browser sends the field of a file also when none was chosen, and a form must not be refused for that.
func TestFileThatNobodyChose(t *testing.T) {
	s := open(t, nil)
	post := func(more ...string) *httptest.ResponseRecorder {
		t.Helper()
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		m.WriteField("amount", "3")
		m.CreateFormFile("file", "")
		for i := 0; i < len(more); i += 2 {
			m.WriteField(more[i], more[i+1])
		}
		m.Close()
		r := httptest.NewRequest("POST", "http://duban.local/give/1", &b)
		r.RemoteAddr = "10.1.2.3:999"
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: "duban", Value: "clerk"})
		w := httptest.NewRecorder()
		s.h.ServeHTTP(w, r)
		return w
	}
	if w := post(); strings.Contains(w.Body.String(), "这一页没有的内容") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := post("score", "100"); w.Code != 422 || !strings.Contains(w.Body.String(), "这一页没有的内容") {
		t.Errorf("a field that the page does not have: %d %s", w.Code, w.Body)
	}
}

// TestTextThatNoDatabaseTakes: the character zero and what is no UTF-8 are refused before they reach a database; PostgreSQL would answer with a fault, the embedded
// one would keep them.
func TestTextThatNoDatabaseTakes(t *testing.T) {
	s := open(t, nil)
	for _, bad := range []string{"3\x00", "\xff\xfe"} {
		if w := s.ask("POST", "/give/1", "clerk", url.Values{"amount": {bad}}); w.Code != 422 || !strings.Contains(w.Body.String(), "存不了的字符") {
			t.Errorf("%q in a form: %d %s", bad, w.Code, w.Body)
		}
		for _, path := range []string{"/give/1?q=" + url.QueryEscape(bad), "/give/" + url.PathEscape(bad)} {
			if w := s.ask("GET", path, "clerk", nil); w.Code != 404 {
				t.Errorf("%s: %d", path, w.Code)
			}
		}
	}
	if w := s.ask("GET", "/give/1?q="+url.QueryEscape("七都 100%"), "clerk", nil); w.Code != 200 {
		t.Errorf("an ordinary search: %d", w.Code)
	}
}
