package assets

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

var sample = fstest.MapFS{
	".keep":        {},
	"duban.css":    {Data: []byte("body{color:red}")},
	"duban.css.gz": {Data: []byte("packed")},
	"sprite.svg":   {Data: []byte("<svg/>")},
}

func get(s Set, method, url string, head ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, nil)
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestServe(t *testing.T) {
	s, err := Load(sample)
	if err != nil {
		t.Fatal(err)
	}
	if s.Has(".keep") || s.Has("duban.css.gz") {
		t.Error("hidden and packed files are served by name")
	}
	url := s.URL("duban.css")
	first := get(s, "GET", url)
	if first.Code != 200 || first.Body.String() != "body{color:red}" || first.Header().Get("Content-Encoding") != "" {
		t.Errorf("plain: %d %q", first.Code, first.Body)
	}
	if got := first.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("with hash: %q", got)
	}
	if got := first.Header().Get("Content-Type"); got != "text/css; charset=utf-8" {
		t.Errorf("type %q", got)
	}
	for _, u := range []string{"/assets/duban.css", "/assets/duban.css?v=old"} {
		if got := get(s, "GET", u).Header().Get("Cache-Control"); got != "no-cache" {
			t.Errorf("%s: %q", u, got)
		}
	}
	packed := get(s, "GET", url, "Accept-Encoding", "br, gzip;q=0.8")
	if packed.Body.String() != "packed" || packed.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("packed: %q", packed.Body)
	}
	if packed.Header().Get("ETag") == first.Header().Get("ETag") {
		t.Error("two bodies share one tag")
	}
	if got := get(s, "GET", url, "Accept-Encoding", "gzip;q=0"); got.Body.String() != "body{color:red}" {
		t.Error("gzip was refused by the browser and sent all the same")
	}
	again := get(s, "GET", url, "If-None-Match", first.Header().Get("ETag"))
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("again: %d", again.Code)
	}
	if got := get(s, "HEAD", url); got.Code != 200 || got.Body.Len() != 0 {
		t.Error("HEAD has a body")
	}
	if got := get(s, "POST", url); got.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST %d", got.Code)
	}
	for _, u := range []string{"/assets/", "/assets/../go.mod", "/assets/none.js", "/assets/.keep"} {
		if got := get(s, "GET", u); got.Code != http.StatusNotFound {
			t.Errorf("%s: %d", u, got.Code)
		}
	}
}

// TestEmpty: the program runs before anybody built the assets.
func TestEmpty(t *testing.T) {
	s, err := Load(fstest.MapFS{".keep": {}})
	if err != nil || s.Has("duban.css") {
		t.Fatal(err)
	}
	if got := s.URL("duban.css"); got != "/assets/duban.css" {
		t.Error(got)
	}
}

// newer lists what the oldest browser that we promise, Chromium 86, lacks.
var newer = []string{
	`light-dark\(`, `oklch\(`, `oklab\(`, `color-mix\(`, `@layer`, `@container`, `:has\(`, `subgrid`, `\d(dvh|svh|lvh|dvw)\b`,
	`(^|[;{\s])inset(-inline|-block)?\s*:`, `aspect-ratio`, `:is\(`, `:where\(`, `accent-color`, `(^|[;{\s])(translate|scale|rotate)\s*:`,
	`text-wrap`, `\(width\s*[<>]`, `overflow:\s*clip`, `scrollbar-gutter`, `@scope`, `&[\s.:>\[]`,
}

func tooNew(css string) (bad []string) {
	css = regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(css, "")
	for _, n := range newer {
		if m := regexp.MustCompile(n).FindString(css); m != "" {
			bad = append(bad, m)
		}
	}
	return bad
}

// TestOldBrowsers: our style sheets use nothing that the oldest browser lacks, and
// nothing is fetched from elsewhere.
func TestOldBrowsers(t *testing.T) {
	sheets, err := filepath.Glob("../../../web/src/*.css")
	if err != nil || len(sheets) < 3 {
		t.Fatal(sheets, err)
	}
	for _, s := range sheets {
		text, err := os.ReadFile(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range tooNew(string(text)) {
			t.Errorf("%s: %q is newer than Chromium 86", s, b)
		}
		if strings.Contains(string(text), "http") || strings.Contains(string(text), "@import") {
			t.Errorf("%s: fetches something", s)
		}
	}
	for _, bad := range []string{"a{inset:0}", "a:has(b){}", "a{color:oklch(1 2 3)}", "a{height:10dvh}", "a{b&:hover{}}", "@media (width>3px){}", "a{scale:2}"} {
		if len(tooNew(bad)) == 0 {
			t.Errorf("the gate lets %s through", bad)
		}
	}
	if bad := tooNew("a{transform:scale(2);top:0} /* :has( */"); bad != nil {
		t.Error(bad)
	}
}
