// Package uitest compares pages with golden files, for the tests of the page packages.
//
// Invariant: the same page gives the same golden file whether the assets are built or
// not, and whatever idempotency keys the forms drew.
//
// Source: S1 to S12 (every page).
package uitest

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/a-h/templ"
)

// T is what it needs of *testing.T; only tests import package testing.
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatal(args ...any)
}

var update = flag.Bool("update", false, "write the golden files anew")

var (
	hash = regexp.MustCompile(`\?v=[0-9a-f]{12}`)
	key  = regexp.MustCompile(`(name="request_key" value=")[0-9a-f]{32}"`)
	note = regexp.MustCompile(`<p class="note note-y" role="status">页面样式还没有生成[^<]*</p>`)
	tags = regexp.MustCompile(`(</(?:p|div|section|tr|td|th|li|ol|ul|dl|dt|dd|form|header|main|footer|nav|table|thead|tbody|label|fieldset|legend|a|h1|h2|h3|option|button)>)`)
)

// Stable removes from a page what differs between two runs: hashes of assets,
// idempotency keys, the note on missing assets; and breaks it into lines for reading.
func Stable(html string) string {
	html = hash.ReplaceAllString(html, "")
	html = key.ReplaceAllString(html, `${1}KEY"`)
	html = note.ReplaceAllString(html, "")
	return tags.ReplaceAllString(html, "$1\n") + "\n"
}

// HTML renders a component.
func HTML(t T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Golden compares a page with testdata/golden/name.html; run the test with -update
// to write the file anew, and look at the difference before committing it.
func Golden(t T, name, html string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".html")
	got := Stable(html)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%v; run the test with -update", err)
		return
	}
	a, b := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			t.Errorf("%s line %d:\nwant %s\n got %s", file, i+1, x, y)
			return
		}
	}
}
