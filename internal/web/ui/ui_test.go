package ui

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"duban/internal/base/errs"
)

func html(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func with(c templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 200},
		{errs.New(errs.Invalid, "x"), 422}, {errs.New(errs.NotFound, "x"), 404}, {errs.New(errs.Forbidden, "x"), 403},
		{errs.New(errs.Conflict, "x"), 409}, {errs.New(errs.Internal, "x"), 500}, {errors.New("x"), 500},
	} {
		if got := Status(c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}

// TestSecretCause: what went wrong inside is for the log, never for the page.
func TestSecretCause(t *testing.T) {
	for _, err := range []error{errors.New("dial 10.0.0.7"), &errs.Error{Kind: errs.Internal, Message: "password=1"}} {
		page := html(t, ErrorPage(Frame{}, 500, "E-1", err)) + Message(err)
		if strings.Contains(page, "10.0.0.7") || strings.Contains(page, "password") {
			t.Errorf("%v is shown", err)
		}
		if !strings.Contains(page, "编号 E-1") {
			t.Error("no number to report")
		}
	}
}

func TestErrorPages(t *testing.T) {
	for _, s := range []int{400, 401, 403, 404, 409, 413, 422, 429, 500, 503} {
		p := html(t, ErrorPage(Frame{Product: "蕉城督办", QuietHeading: true}, s, "", nil))
		if strings.Contains(p, "！") || !strings.Contains(p, "<h1>"+words(s).title+"</h1>") {
			t.Errorf("%d: %s", s, p)
		}
	}
	mine := html(t, ErrorPage(Frame{}, 403, "", errs.New(errs.Forbidden, "这份台账只有考核办能改。")))
	if !strings.Contains(mine, "这份台账只有考核办能改。") {
		t.Error("the area's own sentence is lost")
	}
}

func TestFormCarriesTokenKeyVersion(t *testing.T) {
	f := with(Page(Frame{Title: "x", CSRF: "tok<"}), with(Form(FormSpec{Action: "/a", Version: 7, Versions: true})))
	p := html(t, f)
	for _, want := range []string{`name="csrf_token" value="tok&lt;"`, `name="version" value="7"`, `name="request_key" value="`, `novalidate`, `method="post"`} {
		if !strings.Contains(p, want) {
			t.Errorf("no %s in %s", want, p)
		}
	}
	if a, b := NewKey(), NewKey(); a == b || len(a) != 32 {
		t.Errorf("keys %s %s", a, b)
	}
}

func TestHiddenFieldsRead(t *testing.T) {
	key := NewKey()
	post := func(v url.Values) *http.Request {
		r := httptest.NewRequest("POST", "/", strings.NewReader(v.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	}
	r := post(url.Values{FieldKey: {strings.ToUpper(key)}, FieldVersion: {"3"}})
	if RequestKey(r) != key || RowVersion(r) != 3 {
		t.Errorf("%q %d", RequestKey(r), RowVersion(r))
	}
	r = post(url.Values{FieldKey: {"short"}, FieldVersion: {"x"}})
	if RequestKey(r) != "" || RowVersion(r) != -1 {
		t.Errorf("%q %d", RequestKey(r), RowVersion(r))
	}
}

// TestRefusedField: complaint, help and unit are read out with the field, and what was typed stays.
func TestRefusedField(t *testing.T) {
	bad := []errs.Field{{Name: "done", Message: "不能少于上月的 31.0 亩"}}
	p := html(t, Field(Input{Name: "done", Label: "累计完成", Value: `3"亿`, Unit: "亩", Hint: "上月 31.0", Source: "征迁台账自动汇总", Bad: bad}))
	for _, want := range []string{
		`for="f-done"`, `id="f-done"`, `value="3&#34;亿"`, `aria-invalid="true"`,
		`aria-describedby="f-done-err f-done-unit f-done-hint"`, `id="f-done-err"`, `id="f-done-unit"`, `id="f-done-hint"`, "征迁台账自动汇总",
	} {
		if !strings.Contains(p, want) {
			t.Errorf("no %s in %s", want, p)
		}
	}
	ok := html(t, Field(Input{Name: "done", Label: "累计完成"}))
	if strings.Contains(ok, "aria-invalid") || strings.Contains(ok, "aria-describedby") || strings.Contains(ok, "has-err") {
		t.Error(ok)
	}
	s := html(t, ErrorSummary(&errs.Error{Kind: errs.Invalid, Message: "x", Fields: bad}))
	if !strings.Contains(s, `role="alert"`) || !strings.Contains(s, `href="#f-done"`) || !strings.Contains(s, "有 1 处要改") {
		t.Error(s)
	}
	if html(t, ErrorSummary(nil)) != "" {
		t.Error("a summary of nothing")
	}
	r := html(t, Radios(Input{Name: "s", Label: "进展", Value: "b", Options: []Option{{Value: "a", Label: "甲"}, {Value: "b", Label: "乙"}}}))
	if !strings.Contains(r, `id="f-s"`) || strings.Count(r, " checked") != 1 || !strings.Contains(r, "<legend") {
		t.Error(r)
	}
}

func TestPagerWords(t *testing.T) {
	for _, c := range []struct {
		p    Pager
		want string
	}{
		{Pager{Total: 41, From: 1, To: 20, Unit: "件"}, "41 件中的 1–20 件"},
		{Pager{Total: 0, Unit: "件"}, "0 件"},
		{Pager{Total: -1, From: 21, To: 40}, "第 21–40 条"},
	} {
		if got := c.p.text(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestChartDataCannotEndItsBlock(t *testing.T) {
	p := html(t, Chart(ChartSpec{Label: "x", Data: SCurve{X: []string{"</script><script>alert(1)</script>"}}}))
	if strings.Count(p, "</script>") != 1 {
		t.Error(p)
	}
}

func TestRender(t *testing.T) {
	w := httptest.NewRecorder()
	Render(w, httptest.NewRequest("GET", "/", nil), 422, Tag("延期申请", Info))
	if w.Code != 422 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(w.Body.String(), "延期申请") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	w = httptest.NewRecorder()
	broken := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		w.Write([]byte("half a page"))
		return errors.New("broken")
	})
	Render(w, httptest.NewRequest("GET", "/", nil), 200, broken)
	if w.Code != 500 || strings.Contains(w.Body.String(), "half") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestLink(t *testing.T) {
	for _, good := range []string{"", "/a?b=c:d", "?due=7:00", "#x", "tasks/1", "https://www.gov.cn/", "TEL:6123", "./a:b"} {
		if Link(good) != templ.SafeURL(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{"javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "//evil.example", `/\evil.example`} {
		if Link(bad) != templ.FailedSanitizationURL {
			t.Errorf("%q is followed", bad)
		}
	}
	p := html(t, Chips(ChipBar{Chips: []Chip{{Label: "x", Href: "javascript:alert(1)"}}}))
	if strings.Contains(p, "javascript:") {
		t.Error(p)
	}
}

func TestRich(t *testing.T) {
	for in, want := range map[string]string{
		"今天有 **3 件**事": "今天有 <b>3 件</b>事", "a<b": "a&lt;b", "**<i>**": "<b>&lt;i&gt;</b>", "半句 **没完": "半句 没完", "": "",
	} {
		if got := html(t, Rich("%s", in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestIcons: every icon that a page names is in the sprite's list.
func TestIcons(t *testing.T) {
	list, err := os.ReadFile("../../../web/icons.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"": true}
	for _, l := range strings.Split(string(list), "\n") {
		known[strings.TrimSpace(l)] = true
	}
	use := regexp.MustCompile(`(?:\bIcon\(|Icon:\s*)"([^"]*)"|LinkButton\([^\n]*?, "([a-z0-9-]+)", (?:true|false)\)`)
	n := 0
	err = filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !(strings.HasSuffix(p, ".templ") || strings.HasSuffix(p, ".go") && !strings.HasSuffix(p, "_templ.go")) {
			return err
		}
		text, err := os.ReadFile(p)
		for _, m := range use.FindAllStringSubmatch(string(text), -1) {
			n++
			if name := m[1] + m[2]; !known[name] {
				t.Errorf("%s: icon %q is not in web/icons.txt", p, name)
			}
		}
		return err
	})
	if err != nil || n < 20 {
		t.Errorf("%d icons found, %v", n, err)
	}
}
