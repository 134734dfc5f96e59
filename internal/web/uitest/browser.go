package uitest

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/chromedp/chromedp"

	"duban/internal/web/assets"
)

// B is what starting a browser needs of *testing.T.
type B interface {
	T
	Cleanup(fn func())
	Skip(args ...any)
}

// Browser starts a headless Chromium that ends with the test: DUBAN_TEST_CHROMIUM, or the first that the machine has. Without one, without
// built assets and in a short run the test is skipped; where CI is set that is a failure.
func Browser(t B) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{os.Getenv("DUBAN_TEST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); name != "" && err == nil {
			path = p
			break
		}
	}
	lack := ""
	switch _, err := os.Stat(axeFile()); {
	case path == "":
		lack = "no Chromium on this machine"
	case !assets.Built() || err != nil:
		lack = "assets are not built: run make assets"
	case short():
		lack = "short run"
	}
	if lack != "" {
		if os.Getenv("CI") != "" {
			t.Fatal(lack)
		}
		t.Skip(lack)
	}
	ctx, stop := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("font-render-hinting", "none"), chromedp.Flag("hide-scrollbars", true))...))
	t.Cleanup(stop)
	return ctx
}

// Axe returns what looks at the page that is open for what shuts people out: WCAG 2.2 to level AA and axe's own good practice; one line for each rule that
// is broken, with up to three places. Only what is broken is gathered, not the many places that hold a rule.
func Axe(t B) func(ctx context.Context) ([]string, error) {
	t.Helper()
	script, err := os.ReadFile(axeFile())
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) ([]string, error) {
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](string(script)+";true")); err != nil {
			return nil, err
		}
		return chromedp.Run(ctx, chromedp.Evaluate[[]string](`axe.run(document,{resultTypes:['violations'],runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']})
	.then(r=>r.violations.map(v=>v.id+' '+v.nodes.slice(0,3).map(n=>n.target.join(' ')+' '+((n.any[0]||{}).message||'')).join(' ; ')))`, chromedp.EvalAwaitPromise))
	}
}

// axeFile is where the build of the page assets leaves axe: below the folder of go.mod.
func axeFile() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return filepath.Join(dir, "web", "build-test", "axe.min.js")
}

func short() bool {
	f := flag.Lookup("test.short")
	return f != nil && f.Value.String() == "true"
}
