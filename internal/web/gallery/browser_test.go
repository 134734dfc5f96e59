package gallery

import (
	"context"
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

	"duban/internal/web/uitest"
)

// TestInBrowser opens every page of the gallery under the strict policy, wide and narrow: no rule of axe broken,
// nothing to scroll sideways, no script error, nothing refused by the policy. DUBAN_SHOTS=dir keeps pictures.
func TestInBrowser(t *testing.T) {
	ctx := uitest.Browser(t)
	axe := uitest.Axe(t)
	srv := httptest.NewServer(Handler())
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
	for _, page := range Pages() {
		for _, width := range []int64{1440, 390} {
			t.Run(page+"@"+strconv.FormatInt(width, 10), func(t *testing.T) {
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
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale), mobile), chromedp.Navigate(srv.URL+"/gallery/"+page)); err != nil {
					t.Fatal(err)
				}
				if sideways, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth + 1`)); err != nil || sideways {
					t.Errorf("scrolls sideways (%v)", err)
				}
				if shots != "" {
					chromedp.Do(ctx, chromedp.Sleep(200*time.Millisecond))
					png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
					if err != nil {
						t.Fatal(err)
					}
					name := strings.NewReplacer("?", "-", "=", "-").Replace(page)
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
