package appraisalweb

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"duban/internal/web/assets"
	"duban/internal/web/gallery"
	"duban/internal/web/uitest"
)

// golden lists the pages that the browser looks at: those that the tests of these packages hold.
var golden = []string{"appraisalweb", "taskweb"}

// TestInBrowser opens every golden page under the strict policy, wide and narrow: no rule of axe broken,
// nothing to scroll sideways, no script error, nothing refused by the policy. DUBAN_SHOTS=dir keeps pictures.
func TestInBrowser(t *testing.T) {
	ctx := uitest.Browser(t)
	axe := uitest.Axe(t)
	var pages []string
	mux := http.NewServeMux()
	mux.Handle("GET "+assets.Prefix, assets.Handler())
	for _, pkg := range golden {
		files, err := filepath.Glob(filepath.Join("..", pkg, "testdata", "golden", "*.html"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no golden pages (%v)", pkg, err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			name := pkg + "-" + strings.TrimSuffix(filepath.Base(f), ".html")
			pages = append(pages, name)
			mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Security-Policy", gallery.Policy)
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Write(b)
			})
		}
	}
	srv := httptest.NewServer(mux)
	defer srv.Close()
	var mu sync.Mutex
	var complaints []string
	complain := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		complaints = append(complaints, text)
	}
	err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			complain(ev.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if ev.Entry.Level == "error" && !strings.Contains(ev.Entry.Text, "server responded with a status of") {
				complain(ev.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	shots := os.Getenv("DUBAN_SHOTS")
	for _, name := range pages {
		for _, width := range []int64{1440, 390} {
			t.Run(name+"@"+strconv.FormatInt(width, 10), func(t *testing.T) {
				mu.Lock()
				complaints = nil
				mu.Unlock()
				height, scale := int64(900), 1.0
				mobile := chromedp.EmulateLandscape
				if width == 390 {
					height, scale = 844, 2
					mobile = chromedp.EmulateMobile
				}
				ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
				defer cancel()
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale), mobile), chromedp.Navigate(srv.URL+"/"+name)); err != nil {
					t.Fatal(err)
				}
				if sideways, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth + 1`)); err != nil || sideways {
					t.Errorf("scrolls sideways (%v)", err)
				}
				if shots != "" {
					chromedp.Do(ctx, chromedp.Sleep(300*time.Millisecond))
					png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(shots, name+"-"+strconv.FormatInt(width, 10)+".png"), png, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				mu.Lock()
				seen := complaints
				mu.Unlock()
				for _, c := range seen {
					t.Error(c)
				}
				broken, err := axe(ctx)
				if err != nil {
					t.Fatal(err)
				}
				for _, b := range broken {
					t.Errorf("axe: %s", b)
				}
			})
		}
	}
}
