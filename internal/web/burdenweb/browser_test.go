package burdenweb

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duban/internal/web/assets"
	"duban/internal/web/gallery"
	"duban/internal/web/uitest"
)

// TestInBrowser opens every golden page of this package under the strict policy, wide and narrow: no rule of axe broken and nothing to scroll sideways.
// DUBAN_SHOTS=dir keeps pictures.
func TestInBrowser(t *testing.T) {
	ctx := uitest.Browser(t)
	axe := uitest.Axe(t)
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*.html"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden pages (%v)", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+assets.Prefix, assets.Handler())
	mux.HandleFunc("GET /page/{name}", func(w http.ResponseWriter, r *http.Request) {
		b, err := os.ReadFile(filepath.Join("testdata", "golden", filepath.Base(r.PathValue("name"))))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", gallery.Policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(b)
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // the browser lives as long as the context that starts it
		t.Fatal(err)
	}
	for _, f := range files {
		for _, width := range []int64{1440, 390} {
			name := filepath.Base(f)
			t.Run(strings.TrimSuffix(name, ".html")+"@"+strconv.FormatInt(width, 10), func(t *testing.T) {
				height, scale, mobile := int64(900), 1.0, chromedp.EmulateLandscape
				if width == 390 {
					height, scale, mobile = 844, 2, chromedp.EmulateMobile
				}
				ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
				defer cancel()
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale), mobile), chromedp.Navigate(srv.URL+"/page/"+name)); err != nil {
					t.Fatal(err)
				}
				if sideways, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth + 1`)); err != nil || sideways {
					t.Errorf("scrolls sideways (%v)", err)
				}
				if shots := os.Getenv("DUBAN_SHOTS"); shots != "" {
					chromedp.Do(ctx, chromedp.Sleep(300*time.Millisecond))
					png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(shots, strings.TrimSuffix(name, ".html")+"-"+strconv.FormatInt(width, 10)+".png"), png, 0o644); err != nil {
						t.Fatal(err)
					}
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
