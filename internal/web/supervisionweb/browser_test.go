package supervisionweb

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

	"duban/internal/area/supervision"
	"duban/internal/spine/auth"
	"duban/internal/web/assets"
	"duban/internal/web/uitest"
)

// overflow names the pages of a paper on which something stands lower than the page number or the colophon.
const overflow = `Array.from(document.querySelectorAll('.pg')).map((p,i)=>{const top=s=>{const n=p.querySelector(s);return n?n.getBoundingClientRect().top:1e9};let b=0;` +
	`for(const c of p.children)if(!c.matches('.pn,.bj,.yz,.mk,.zh,.ln'))b=Math.max(b,c.getBoundingClientRect().bottom);const over=b-Math.min(top('.pn'),top('.bj'));return over>0?'page '+(i+1)+' by '+over:''}).filter(x=>x)`

// TestInBrowser opens the pages wide and narrow: no rule of axe broken, nothing to scroll sideways, no word of a paper cut off at the foot of
// a page, and the print exactly the pages. DUBAN_SHOTS=dir keeps pictures.
func TestInBrowser(t *testing.T) {
	ctx := uitest.Browser(t)
	axe := uitest.Axe(t)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // the browser lives as long as the whole test
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, name string
		s          *stub
		sheets     int // pages of the print; 0: not a paper
	}{
		{"/supervision?month=2017-08&unit=3", "month", &stub{who: fang, bstate: supervision.Published}, 0},
		{"/supervision/close?month=2017-09", "close", &stub{who: fang}, 0},
		{"/supervision/tours/new", "tour-new", &stub{who: fang}, 0},
		{"/supervision/tours/51", "tour", &stub{who: fang, drawn: true}, 0},
		{"/supervision/tours/51/plan", "plan", &stub{who: fang, drawn: true}, 2},
		{"/supervision/tours/51/check/21", "check", &stub{who: fang, drawn: true}, 0},
		{"/supervision/tours/51/finding?task=22", "issue", &stub{who: fang, drawn: true}, 0},
		{"/findings", "findings", &stub{who: fang}, 0},
		{"/findings/61", "mend", &stub{who: miao, state: supervision.Accepted}, 0},
		{"/findings/61", "review", &stub{who: fang, state: supervision.Reported}, 0},
		{"/bulletins", "bulletins", &stub{who: miao, bstate: supervision.Confirming}, 0},
		{"/bulletins/81", "bulletin", &stub{who: jiang, bstate: supervision.Confirming}, 4},
		{"/bulletins/81", "bulletin-long", &stub{who: fang, bstate: supervision.Published, many: true}, -1},
		{"/bulletins/81/edit", "edit", &stub{who: fang, bstate: supervision.Drafted}, 0},
		{"/bulletins/81/dissents", "dissents", &stub{who: fang, bstate: supervision.Confirming}, 0},
		{"/bulletins/81/publish", "publish", &stub{who: jiang, bstate: supervision.Confirming}, 0},
		{"/bulletins/81/confirm", "confirm", &stub{who: miao, bstate: supervision.Confirming}, 0},
		{"/orders", "orders", &stub{who: fang}, 0},
		{"/orders/91", "order", &stub{who: auth.Actor{ID: 11, RegionID: 9, UnitID: 1, Name: "方衡", Roles: []auth.Role{auth.Supervisor}}}, 0},
		{"/orders/new", "order-new", &stub{who: fang}, 0},
	} {
		mux := http.NewServeMux()
		mux.Handle("GET "+assets.Prefix, assets.Handler())
		page := serve(c.s)
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			r.AddCookie(&http.Cookie{Name: "duban", Value: "t"})
			page.ServeHTTP(w, r)
		})
		srv := httptest.NewServer(mux)
		for _, width := range []int64{1440, 390} {
			t.Run(c.name+"@"+strconv.FormatInt(width, 10), func(t *testing.T) {
				height, scale := int64(900), 1.0
				mobile := chromedp.EmulateLandscape
				if width == 390 {
					height, scale = 844, 2
					mobile = chromedp.EmulateMobile
				}
				ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
				defer cancel()
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale), mobile), chromedp.Navigate(srv.URL+c.path)); err != nil {
					t.Fatal(err)
				}
				if sideways, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth + 1`)); err != nil || sideways {
					t.Errorf("scrolls sideways (%v)", err)
				}
				if dir := os.Getenv("DUBAN_SHOTS"); dir != "" {
					png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(dir, c.name+"-"+strconv.FormatInt(width, 10)+".png"), png, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if c.sheets != 0 {
					over, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](overflow))
					if err != nil || len(over) > 0 {
						t.Errorf("cut off: %v (%v)", over, err)
					}
					n, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelectorAll('.pg').length`))
					if err != nil || n == 0 || c.sheets > 0 && n != c.sheets {
						t.Errorf("%d pages, want %d (%v)", n, c.sheets, err)
					}
					pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
					if err != nil {
						t.Fatal(err)
					}
					if printed := strings.Count(string(pdf), "/Type /Page\n") + strings.Count(string(pdf), "/Type /Page/") + strings.Count(string(pdf), "/Type /Page "); printed != n {
						t.Errorf("prints %d pages of %d", printed, n)
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
		srv.Close()
	}
}
