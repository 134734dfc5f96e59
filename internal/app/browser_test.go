package app

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

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"duban/internal/app/demo"
	"duban/internal/app/house"
	"duban/internal/app/site"
	"duban/internal/base/period"
	"duban/internal/web/accountweb"
	"duban/internal/web/uitest"
)

// played plays the demonstration once for all tests of the package and returns the closed database.
var played = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "duban-demo")
	if err != nil {
		return "", err
	}
	playedIn = dir
	file := filepath.Join(dir, "demo.db")
	clock := period.At(time.Date(2017, 1, 4, 9, 0, 0, 0, period.Beijing))
	ctx := context.Background()
	h, err := house.Open(ctx, house.Options{DSN: "sqlite:" + file, Clock: clock, Params: demo.Cheap})
	if err != nil {
		return "", err
	}
	if err := demo.Play(ctx, h, clock, 1, demo.LastDay, func(string, ...any) {}); err != nil {
		return "", err
	}
	return file, h.Close()
})

var playedIn string

func TestMain(m *testing.M) {
	code := m.Run()
	if playedIn != "" {
		os.RemoveAll(playedIn)
	}
	os.Exit(code)
}

// copyOfPlayed returns a copy of the played demonstration that the test may change. DUBAN_DEMO_DB names one that was played before.
func copyOfPlayed(t *testing.T) string {
	t.Helper()
	from := os.Getenv("DUBAN_DEMO_DB")
	if from == "" {
		var err error
		if from, err = played(); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "demo.db")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// demonstration opens the played demonstration behind a test server; DUBAN_DEMO_DB names one that was played before.
func demonstration(t *testing.T) (*house.House, *httptest.Server) {
	t.Helper()
	file := copyOfPlayed(t)
	h, err := house.Open(t.Context(), house.Options{DSN: "sqlite:" + file, Clock: period.From(demoStart), Params: demo.Cheap})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	if err := h.RefreshTasks(t.Context()); err != nil {
		t.Fatal(err)
	}
	var accounts []accountweb.DemoAccount
	for _, a := range demo.Shown {
		accounts = append(accounts, accountweb.DemoAccount{Who: a.Who, Login: a.Login, Password: demo.Password})
	}
	handler, err := site.New(h, site.Options{Demo: accounts})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return h, srv
}

// TestPagesInBrowser logs in as everybody who has a job in the demonstration and opens the pages of that job, wide and narrow: no rule
// of axe broken, nothing to scroll sideways, no script error, nothing refused by the content policy. DUBAN_SHOTS=dir keeps pictures.
func TestPagesInBrowser(t *testing.T) {
	ctx := uitest.Browser(t)
	axe := uitest.Axe(t)
	_, srv := demonstration(t)
	var mu sync.Mutex
	var complaints []string
	if err := chromedp.Listen(ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, ev.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if ev.Entry.Level == "error" {
				complaints = append(complaints, ev.Entry.Text)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	shots, only := os.Getenv("DUBAN_SHOTS"), os.Getenv("DUBAN_ONLY")
	for _, who := range []struct {
		login string
		pages []string
	}{
		{"", []string{"/login"}},
		{"shuji", leaderPages},
		{"ducha1", supervisorPages},
		{"kaohe1", appraiserPages},
		{"qidu2", clerkPages},
		{"qidu", headPages},
		{"zhujian", askingPages},
		{"zuzhi", readerPages},
		{"xitong", adminPages},
		{"anquan", []string{"/admin/grants"}},
		{"rizhi", []string{"/admin/audit"}},
	} {
		if who.login != "" {
			if err := login(ctx, srv.URL, who.login); err != nil {
				t.Fatalf("%s cannot log in: %v", who.login, err)
			}
		}
		for _, page := range who.pages {
			if only != "" && !strings.Contains(who.login+page, only) {
				continue
			}
			for _, width := range []int64{1440, 390} {
				t.Run(who.login+page+"@"+strconv.FormatInt(width, 10), func(t *testing.T) {
					mu.Lock()
					complaints = nil
					mu.Unlock()
					height, scale, mobile := int64(900), 1.0, chromedp.EmulateLandscape
					if width == 390 {
						height, scale, mobile = 844, 2, chromedp.EmulateMobile
					}
					ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
					defer cancel()
					target := page
					if rest, follow := strings.CutPrefix(page, "→"); follow {
						from, links, _ := strings.Cut(rest, " ")
						for link := range strings.SplitSeq(links, "→") {
							if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL+from)); err != nil {
								t.Fatal(err)
							}
							href, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(document.querySelector(`+strconv.Quote(link)+`)||{getAttribute(){return ""}}).getAttribute("href")`))
							if err != nil || href == "" {
								t.Fatalf("no link %s on %s (%v)", link, from, err)
							}
							from = href
						}
						target = from
					}
					if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale), mobile), chromedp.Navigate(srv.URL+target)); err != nil {
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
						name := strings.NewReplacer("/", "_", "?", "-", "=", "-", "&", "-", " ", "_", "→", "", "[", "", "]", "", `"`, "", "^", "", "$", "", "'", "", "*", "", "(", "", ")", "", ":", "").Replace(who.login + page)
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
}

// login ends whatever session there is and logs in by the form.
func login(ctx context.Context, base, name string) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/healthz")); err != nil { // a page to have a target
		return err
	}
	if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		return err
	}
	return chromedp.Do(ctx, chromedp.Navigate(base+"/login"),
		chromedp.SetValue(`input[name="login"]`, name), chromedp.SetValue(`input[name="password"]`, demo.Password),
		chromedp.Submit(`input[name="password"]`), chromedp.WaitNotPresent(`input[name="password"]`))
}

// A page that begins with → is found by following a link: "→/campaigns a.nm" is where the first such link of /campaigns leads; a further
// → follows a link of that page.
var (
	leaderPages = []string{"/cockpit", "/wall", "/wall?mode=screen", "/campaigns", `→/campaigns main a[href^="/campaigns/"]`, "/adjustments", `→/adjustments main a[href^="/adjustments/"]`, "/pledges", `→/pledges main a[href^="/pledges/"]`,
		"/appraisal", `→/appraisal main td a[href^="/appraisal/"], main th a[href^="/appraisal/"]`, `→/cockpit main a[href^="/tasks/"]`, "/bulletins", `→/bulletins main a[href^="/bulletins/"]`, "/policies", "/tasks", "/search?q=国道", "/org", "/ledger", "/ledger/verify", "/feedback", "/burden", "/burden?m=2017-09", "/burden/returns", `→/burden/returns main tr:last-child a[href^="/burden/returns/"]`, "/burden/limits", "/burden/check",
		"/conduct/signals", "/conduct/signals?s=all", `→/conduct/signals?s=closing main th a[href^="/conduct/signals/"]`, "/conduct/measures", `→/conduct/measures main a[href^="/conduct/measures/"]`, "/conduct/praise", "/conduct/rules", "/conduct/readers", "/conduct/exams"}
	supervisorPages = []string{"/papers", "/papers/confirmation", `→/todo main a[href*="#milestones"]`, `→/todo main a[href*="#milestones"]→main a[href*="/milestones/"]`, "/supervision?month=2017-08", "/supervision/tours/new", `→/supervision?month=2017-08 main a[href^="/supervision/tours/"]:not([href$="/new"])`, "/findings", `→/findings main tr a[href^="/findings/"]`,
		"/orders", `→/campaigns main a[href^="/campaigns/"]`, "/campaigns/new", "/conduct/signals", `→/conduct/signals?s=judging main th a[href^="/conduct/signals/"]`, "/conduct/signals/new", "/conduct/measures/new", "/feedback/all", `→/feedback/all?s=open main th a[href^="/feedback/"]`, "/burden/check?open=watch"}
	appraiserPages = []string{"/papers/score-sheet", "/papers/bulletin", "/appraisal", "/appraisal/schemes", `→/appraisal/schemes main a[href^="/appraisal/schemes/"]`, "/appraisal/events?period=2017Q2"}
	clerkPages     = []string{"/todo", `→/todo main a[href*="/report"]`, "/campaigns", "/appraisal", `→/appraisal main td a[href^="/appraisal/"], main th a[href^="/appraisal/"]`, "/findings", "/conduct/signals", `→/conduct/signals main th a[href^="/conduct/signals/"]`, "/conduct/measures", "/burden", "/feedback"}
	headPages      = []string{"/todo", "/wall", "/pledges", "/conduct/exams"}
	askingPages    = []string{"/todo", `→/burden/returns main tr:last-child a[href^="/burden/returns/"]`, "/burden/returns/new"}
	readerPages    = []string{"/conduct/exams/desk"}
	adminPages     = []string{"/admin/accounts", "/calendar", "/org", "/org/units/new", "/org/roll"}
)
