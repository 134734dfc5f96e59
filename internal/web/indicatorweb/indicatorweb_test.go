package indicatorweb

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/uitest"
	"duban/migrations"
)

const region = 7

// house is a small district behind the real guards and the real service.
type house struct {
	*testing.T
	clock  *period.Fixed
	actors map[string]auth.Actor
	items  map[string]int64
	h      http.Handler
	keys   int
}

func newHouse(t *testing.T) *house {
	h := &house{T: t, clock: period.At(time.Date(2017, 1, 5, 9, 0, 0, 0, period.Beijing)), actors: map[string]auth.Actor{}, items: map[string]int64{}}
	db, err := sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "t.db"), h.clock)
	h.must(err)
	t.Cleanup(func() { db.Close() })
	h.must(db.Migrate(t.Context(), migrations.FS))
	var last int64 = 9000
	ids := func() int64 { last++; return last }
	o, book := org.New(db, ids, nil), indicator.NewBook(ids)
	s := indicator.New(db, book)
	numbers := map[int64]string{}
	s.Naming(func(_ context.Context, _ *sqldb.Tx, _ int64, list []indicator.Sheet) (map[int64]indicator.Owner, error) {
		out := map[int64]indicator.Owner{}
		for _, x := range list {
			out[x.ID] = indicator.Owner{ID: x.ID + 1000, No: numbers[x.ID], Title: x.Name}
		}
		return out, nil
	})
	_, err = o.CreateRegion(t.Context(), org.Region{ID: region, Name: "宁德市蕉城区", ShortName: "蕉城"})
	h.must(err)
	admin := auth.With(t.Context(), auth.Actor{ID: 1, RegionID: region, Roles: []auth.Role{auth.SysAdmin}})
	units := map[string]int64{}
	for i, name := range []string{"督查室", "漳湾镇", "七都镇", "区统计局"} {
		u, err := o.SaveUnit(admin, org.Unit{Name: name, Kind: []org.Kind{org.Office, org.Township, org.Township, org.Department}[i], SortNo: int64(i)})
		h.must(err)
		units[name] = u.ID
	}
	for _, p := range []struct {
		name, unit string
		roles      []auth.Role
	}{{"方衡", "督查室", []auth.Role{auth.Supervisor}}, {"陈漳湾", "漳湾镇", []auth.Role{auth.Clerk}}, {"缪小舟", "七都镇", []auth.Role{auth.Clerk}}, {"统计员", "区统计局", []auth.Role{auth.Source}}, {"旁人", "七都镇", []auth.Role{auth.Source}}} {
		x, err := o.SavePerson(admin, org.Person{Name: p.name, UnitID: units[p.unit]})
		h.must(err)
		h.actors[p.name] = auth.Actor{ID: x.ID, RegionID: region, UnitID: x.UnitID, Units: []int64{x.UnitID}, Name: p.name, Roles: p.roles}
	}
	h.must(db.Update(t.Context(), func(tx *sqldb.Tx) error {
		for i, x := range []struct {
			name, unit, measure string
			source              int64
		}{{"新增规模以上企业（漳湾）", "漳湾镇", "家", units["区统计局"]}, {"新增规模以上企业（七都）", "七都镇", "家", units["区统计局"]}, {"技改投资", "七都镇", "万元", units["区统计局"]}, {"青苗清表", "漳湾镇", "亩", 0}} {
			n, err := book.Open(t.Context(), tx, h.actors["方衡"], indicator.Indicator{Name: x.name, Measure: x.measure, UnitID: units[x.unit], SourceUnitID: x.source}, indicator.Plan{From: "2017-01", To: "2017-12", Target: 12 * 10000})
			if err != nil {
				return err
			}
			h.items[x.name], numbers[n.ID] = n.ID, fmt.Sprintf("CY-%02d", i+1)
			h.clock.SetDay("2017-03-05")
			if _, err := book.Record(t.Context(), tx, h.actors["陈漳湾"], indicator.Reading{IndicatorID: n.ID, Period: "2017-02", Kind: indicator.Reported, Value: 20000}); err != nil {
				return err
			}
			if i == 3 {
				if _, err := book.Record(t.Context(), tx, h.actors["方衡"], indicator.Reading{IndicatorID: n.ID, Period: "2017-02", Kind: indicator.Verified, Value: 10000, Note: "现场核对少一亩"}); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	h.clock.SetDay("2017-03-18")
	g := route.New()
	(&Pages{Indicators: s, Org: o, Clock: h.clock}).Register(g)
	h.h = g.Handler(route.Config{Sessions: h, Clock: h.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Nav: Nav(),
		Place: func(context.Context, auth.Actor) route.Place { return route.Place{Product: "蕉城督办", Demo: true} }})
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) Find(_ context.Context, token string) (account.Session, error) {
	if i, err := url.QueryUnescape(token); err == nil {
		if a, ok := h.actors[i]; ok {
			return account.Session{Actor: a}, nil
		}
	}
	return account.Session{}, errs.New(errs.Unauthorized, "")
}
func (h *house) Touch(string) {}

func (h *house) ask(as, method, path string, form url.Values) (int, string, string) {
	h.Helper()
	if form != nil && form.Get("request_key") == "" {
		h.keys++
		form.Set("request_key", fmt.Sprintf("%032x", h.keys))
	}
	r := httptest.NewRequest(method, "http://duban.local"+path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: "duban", Value: url.QueryEscape(as)})
	w := httptest.NewRecorder()
	h.h.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

var token = regexp.MustCompile(`[A-Za-z0-9_-]{86}`)

func (h *house) page(as, path, golden string) string {
	h.Helper()
	code, _, html := h.ask(as, "GET", path, nil)
	if code != http.StatusOK {
		h.Fatalf("%s as %s: %d %.800s", path, as, code, html)
	}
	if golden != "" {
		uitest.Golden(h, golden, token.ReplaceAllString(html, "TOKEN"))
	}
	return html
}

func (h *house) post(as, path string, form url.Values, code int) (to, html string) {
	h.Helper()
	got, to, html := h.ask(as, "POST", path, form)
	if got != code {
		h.Fatalf("%s as %s: %d, want %d %.1500s", path, as, got, code, html)
	}
	return to, html
}

func want(t *testing.T, html string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(html, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}

func lack(t *testing.T, html string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(html, w) {
			t.Errorf("the page says %q", w)
		}
	}
}

func TestCertify(t *testing.T) {
	h := newHouse(t)
	of := func(name string) string { return id.Format(h.items[name]) }
	html := h.page("统计员", "/certify", "certify")
	want(t, html, "本单位认定 3 项指标：2 月还有 <b>3 项</b>没有认定，各月合计 <b>6 项</b>", "认定：新增规模以上企业（漳湾）", "自报 2 家", "待认定")
	lack(t, html, "青苗清表", "更正原因")
	at := "/certify/" + of("新增规模以上企业（漳湾）")
	// All that is wrong is said at once, and what was typed stays.
	_, html = h.post("统计员", at, url.Values{"m": {"2017-02"}, "value": {"两家"}, "source": {""}}, 422)
	want(t, html, "有 2 处要改", "两家", "请写明数据出处")
	_, html = h.post("统计员", at, url.Values{"m": {"2017-03"}, "value": {"2"}, "source": {"月报"}}, 422)
	want(t, html, "还没有结束")
	to, _ := h.post("统计员", at, url.Values{"m": {"2017-02"}, "value": {"２"}, "source": {"统计月报"}}, 303)
	if to != "/certify?m=2017-02&source="+url.QueryEscape("统计月报") {
		t.Error(to)
	}
	want(t, h.page("统计员", to, ""), "2 月还有 <b>2 项</b>", "认定：新增规模以上企业（七都）", `value="统计月报"`)
	// A correction needs its reason.
	want(t, h.page("统计员", "/certify?m=2017-02&open="+of("新增规模以上企业（漳湾）"), "correct"), "更正原因", "已认定 2 家")
	_, html = h.post("统计员", at, url.Values{"m": {"2017-02"}, "value": {"1"}, "source": {"统计月报"}}, 422)
	want(t, html, "这个月已经认定为 2 家，更正请写明原因")
	h.clock.Set(h.clock.Now().Add(time.Hour))
	h.post("统计员", at, url.Values{"m": {"2017-02"}, "value": {"1"}, "source": {"统计月报"}, "note": {"一家退库"}}, 303)
	html = h.page("统计员", "/indicators/"+of("新增规模以上企业（漳湾）"), "trail")
	want(t, html, "统计月报；一家退库", "已被后面的数代替", "数字不一致", "区统计局", `href="/certify?m=2017-02`)
	lack(t, html, `href="/tasks/`)
	own := h.page("陈漳湾", "/indicators/"+of("新增规模以上企业（漳湾）"), "")
	want(t, own, `href="/tasks/`)
	lack(t, own, "/certify")
	for _, x := range []struct {
		as, method, path string
		code             int
	}{{"缪小舟", "GET", "/indicators/" + of("新增规模以上企业（漳湾）"), 404}, {"旁人", "GET", "/indicators/" + of("新增规模以上企业（漳湾）"), 404}, {"方衡", "GET", "/certify", 403}, {"陈漳湾", "GET", "/certify/paste", 403},
		{"统计员", "GET", "/indicators", 403}, {"统计员", "GET", "/indicators/5", 404}} {
		if code, _, _ := h.ask(x.as, x.method, x.path, nil); code != x.code {
			t.Errorf("%s %s as %s: %d, want %d", x.method, x.path, x.as, code, x.code)
		}
	}
	h.post("旁人", at, url.Values{"m": {"2017-02"}, "value": {"1"}, "source": {"x"}, "note": {"x"}}, 404)
	want(t, h.page("旁人", "/certify", ""), "没有要认定的指标")
}

func TestPaste(t *testing.T) {
	h := newHouse(t)
	h.page("统计员", "/certify/paste", "paste")
	rows := "编号\t月份\t累计数\nCY-01\t2月\t2\ncy-02\t2017年2月\t3家\n技改投资\t201702\t1.5\n技改投资\t2月\t2\n新增规模以上企业\t2月\t1\nCY-03\t四月\t1\nCY-04\t2月\t1\nCY-01\t3月\t2\nCY-02\t1月\t多\n"
	_, html := h.post("统计员", "/certify/paste", url.Values{"pasted": {rows}, "source": {"统计月报"}}, 200)
	want(t, html, "读到 9 行：认定 <b>3</b>，更正 0，没有变 0，要改 <b>6</b>", "和第 4 行是同一个月", "没有由本单位认定的“新增规模以上企业”", "“四月”看不懂", "没有由本单位认定的“CY-04”", "还没有结束", "存入没错的 3 行")
	// Without a source nothing is good.
	_, html = h.post("统计员", "/certify/paste", url.Values{"pasted": {"CY-01\t2月\t2"}}, 200)
	want(t, html, "请写明数据出处")
	lack(t, html, "存入没错的")
	form := url.Values{"pasted": {rows}, "source": {"统计月报"}, "act": {"commit"}, "request_key": {strings.Repeat("a", 32)}}
	_, html = h.post("统计员", "/certify/paste", form, 200)
	want(t, html, "已认定 <b>3 行</b>。还有 <b>6 行</b>没有存", "CY-04\t2月\t1")
	lack(t, html, "CY-01\t2月\t2\n")
	if h.post("统计员", "/certify/paste", form, 200); strings.Count(h.page("统计员", "/indicators/"+id.Format(h.items["技改投资"]), ""), "统计月报") != 1 {
		t.Error("a paste sent twice is entered twice")
	}
	// The same again changes nothing; another value needs the reason, which the form may give for all.
	_, html = h.post("统计员", "/certify/paste", url.Values{"pasted": {"CY-01\t2月\t2\nCY-02\t2月\t4"}, "source": {"月报"}}, 200)
	want(t, html, "不重复记", "更正请写明原因", "没有变 1")
	if to, _ := h.post("统计员", "/certify/paste", url.Values{"pasted": {"CY-01\t2月\t2\nCY-02\t2月\t4"}, "source": {"月报"}, "note": {"年报核实"}, "act": {"commit"}}, 303); to != "/certify" {
		t.Error(to)
	}
	want(t, h.page("统计员", "/indicators/"+id.Format(h.items["新增规模以上企业（七都）"]), ""), "月报；年报核实", "4 家", "3 家")
	h.post("统计员", "/certify/paste", url.Values{"pasted": {" "}}, 422)
}

func TestReadMonth(t *testing.T) {
	for s, want := range map[string]period.Month{"2017-08": "2017-08", "2017年8月": "2017-08", "2017/8": "2017-08", "201708": "2017-08", "8月": "2017-08", " 8 月份 ": "2017-08", "2016.12": "2016-12", "13月": "", "8 日": "", "": "", "八月": "", "2017": ""} {
		if got, ok := readMonth(s, "2017-09"); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v", s, got, ok)
		}
	}
}

func TestList(t *testing.T) {
	h := newHouse(t)
	html := h.page("方衡", "/indicators", "list")
	want(t, html, "全区 2017年2月有 <b>4 项</b>指标：数字不一致 <b>1</b>，没有数 0，待认定 3。", "CY-04", "青苗清表")
	html = h.page("方衡", "/indicators?m=2017-02&gap=contradicts", "")
	want(t, html, "青苗清表")
	lack(t, html, "技改投资")
	want(t, h.page("方衡", "/indicators?m=2017-01&gap=uncertified", ""), "没有这样的指标")
	if code, _, _ := h.ask("方衡", "GET", "/indicators?m=x", nil); code != 422 {
		t.Errorf("no month: %d", code)
	}
}
