package campaignweb_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
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

	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/web/uitest"
)

// TestInBrowser opens every page of the packages with the real services behind it, wide and narrow, as its reader would: no rule of axe
// broken, nothing to scroll sideways, no script error, nothing refused by the policy. DUBAN_SHOTS=dir keeps pictures.
func TestInBrowser(t *testing.T) {
	ctx := uitest.Browser(t)
	axe := uitest.Axe(t)
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		if !strings.Contains(t.Name(), "sqlite") {
			t.Skip("pages look the same on both engines")
		}
		d := open(t, db, c)
		x, items := d.year()
		path := "/campaigns/" + id.Format(x.ID)
		batch := d.post("方衡", path+"/import", url.Values{"text": {pasted}}).wants(t, 200, "每一列是什么")
		preview := d.post("方衡", path+"/import/rows", url.Values{"content": {content(t, batch.text)}}).wants(t, 303).to
		several := d.send("方衡", path+"/import", url.Values{}, "file", "任务书.xlsx", sheets(t)).wants(t, 200)
		pledge := d.get("江平野", "/pledges").wants(t, 200)
		_, rest, _ := strings.Cut(pledge.text, `href="/pledges/`)
		pledgePath, _, _ := strings.Cut(rest, `"`)
		receipt := d.report("缪小舟", items[4], "2017-07", 880000, "没有卡点", "")
		item := func(i int) string { return "/tasks/" + id.Format(items[i].ID) }
		bad := url.Values{"month": {"2017-07"}, "value": {"2.6"}, "request_key": {d.key()}}
		pages := []struct{ name, who, path string }{
			{"todo", "缪小舟", "/todo"}, {"todo-leader", "江平野", "/todo"}, {"report", "缪小舟", item(3) + "/report?month=2017-07"}, {"report-error", "缪小舟", "POST " + item(3) + "/report"}, {"receipt", "缪小舟", "/reports/" + id.Format(receipt.ID)},
			{"campaigns", "方衡", "/campaigns"}, {"campaign", "方衡", path}, {"campaign-clerk", "缪小舟", path}, {"new", "方衡", "/campaigns/new?preset=tourism"}, {"force", "方衡", path + "/force"}, {"plan", "方衡", path + "/plan"},
			{"item", "方衡", item(0)}, {"item-own", "陈克让", item(0)}, {"item-new", "方衡", path + "/items/new"}, {"import", "方衡", path + "/import"}, {"preview", "方衡", preview}, {"mapping", "方衡", "MAP"}, {"sheets", "方衡", "SHEETS"},
			{"book", "程远志", path + "/books/" + id.Format(d.law)}, {"pledges", "方衡", "/pledges"}, {"pledge", "江平野", "/pledges/" + pledgePath},
		}
		var mu sync.Mutex
		var complaints []string
		now := 0
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			p := pages[now]
			mu.Unlock()
			r.AddCookie(&http.Cookie{Name: "duban", Value: cookie(p.who)})
			if r.URL.Path == "/shot" { // a refused form, as the browser would post it
				a := batch
				switch p.path {
				case "MAP":
				case "SHEETS":
					a = several
				default:
					a = d.post(p.who, strings.TrimPrefix(p.path, "POST "), bad).wants(t, 422)
				}
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Header().Set("Content-Security-Policy", a.head.Get("Content-Security-Policy"))
				w.Write(a.body)
				return
			}
			d.h.ServeHTTP(w, r)
		}))
		defer srv.Close()
		must(t, chromedp.Listen(ctx, func(ev any) {
			mu.Lock()
			defer mu.Unlock()
			switch ev := ev.(type) {
			case *runtime.EventExceptionThrown:
				complaints = append(complaints, ev.ExceptionDetails.Text)
			case *log.EventEntryAdded:
				if ev.Entry.Level == "error" && !strings.Contains(ev.Entry.Text, "server responded with a status of") {
					complaints = append(complaints, ev.Entry.Text)
				}
			}
		}))
		shots := os.Getenv("DUBAN_SHOTS")
		for i, p := range pages {
			for _, width := range []int64{1440, 390} {
				t.Run(p.name+"@"+strconv.FormatInt(width, 10), func(t *testing.T) {
					mu.Lock()
					complaints, now = nil, i
					mu.Unlock()
					to := p.path
					if !strings.HasPrefix(to, "/") {
						to = "/shot"
					}
					height, scale := int64(900), 1.0
					mobile := chromedp.EmulateLandscape
					if width == 390 {
						height, scale = 844, 2
						mobile = chromedp.EmulateMobile
					}
					ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
					defer cancel()
					must(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale), mobile), chromedp.Navigate(srv.URL+to)))
					if sideways, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth + 1`)); err != nil || sideways {
						t.Errorf("scrolls sideways (%v)", err)
					}
					if shots != "" {
						must(t, chromedp.Do(ctx, chromedp.Sleep(150*time.Millisecond)))
						png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
						must(t, err)
						must(t, os.WriteFile(filepath.Join(shots, p.name+"-"+strconv.FormatInt(width, 10)+".png"), png, 0o644))
					}
					mu.Lock()
					seen := complaints
					mu.Unlock()
					for _, c := range seen {
						t.Error(c)
					}
					broken, err := axe(ctx)
					must(t, err)
					for _, b := range broken {
						t.Errorf("axe: %s", b)
					}
				})
			}
		}
	})
}
