// Package gallery shows every part of package ui on canned data (界面规范样张), for
// design review and for the browser tests. Every number in it is invented.
//
// Source: S1 to S12 (every page); design language, section 8, page 11.
package gallery

import (
	"net/http"

	"github.com/a-h/templ"

	"duban/internal/base/errs"
	"duban/internal/web/assets"
	"duban/internal/web/ui"
)

// Policy is the content security policy under which every part of ui works.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Handler serves the gallery at /gallery/… and the assets.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+assets.Prefix, assets.Handler())
	page := func(path string, status int, c func(*http.Request) templ.Component) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			ui.Render(w, r, status, c(r))
		})
	}
	page("/gallery/parts", 200, func(r *http.Request) templ.Component {
		f := frame("界面规范样张")
		if r.URL.Query().Get("open") != "" {
			f.Drawer = drawer()
		}
		return parts(f)
	})
	page("/gallery/cockpit", 200, func(*http.Request) templ.Component { return cockpit(frame("区领导驾驶舱")) })
	page("/gallery/list", 200, func(r *http.Request) templ.Component {
		f := frame("整改销号台账")
		f.Flash = &ui.Flash{Text: "已把 3 件转到“复核”", Undo: "/gallery/undo"}
		if r.URL.Query().Get("open") != "" {
			f.Drawer = drawer()
		}
		return list(f)
	})
	page("/gallery/form", 200, func(*http.Request) templ.Component { return form(phone("8 月月报"), nil) })
	page("/gallery/form-error", 422, func(*http.Request) templ.Component { return form(phone("8 月月报"), refused) })
	page("/gallery/desk-form", 422, func(*http.Request) templ.Component { return deskForm(frame("登记问题"), refused) })
	page("/gallery/done", 200, func(*http.Request) templ.Component { return done(phone("8 月月报")) })
	page("/gallery/home", 200, func(*http.Request) templ.Component {
		f := phone("待办")
		f.Back, f.State = "", nil
		return home(f)
	})
	page("/gallery/wall", 200, func(r *http.Request) templ.Component {
		f := frame("六大攻坚行动　挂图作战")
		f.QuietHeading, f.Crumbs, f.Sheets = true, nil, []string{"wall.css"}
		if r.URL.Query().Get("mode") == "screen" {
			f.Layout, f.RefreshEvery = ui.Screen, 300
		}
		return wall(f)
	})
	page("/gallery/bulletin", 200, func(*http.Request) templ.Component {
		return bulletin(ui.Frame{Title: "8 月份督查通报（第 8 期）", Product: "蕉城督办", Layout: ui.Bare, Sheets: []string{"bulletin.css"}, Demo: true})
	})
	page("/gallery/403", 403, func(*http.Request) templ.Component {
		return ui.ErrorPage(frame(""), 403, "", errs.New(errs.Forbidden, "这份台账只有考核办能改。要改请找宋时雨（内线 6123）。"))
	})
	page("/gallery/500", 500, func(*http.Request) templ.Component {
		return ui.ErrorPage(frame(""), 500, "E-5C2E91", nil)
	})
	mux.HandleFunc("POST /gallery/draft", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /gallery/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/gallery/done", http.StatusSeeOther)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", Policy)
		mux.ServeHTTP(w, r)
	})
}

// Pages lists every page of the gallery, for browser tests.
func Pages() []string {
	return []string{"parts", "parts?open=1", "cockpit", "list", "list?open=1", "form", "form-error", "desk-form", "done", "home", "wall", "wall?mode=screen", "bulletin", "403", "500"}
}

var refused = &errs.Error{Kind: errs.Invalid, Message: "有地方要改", Fields: []errs.Field{
	{Name: "done", Message: "累计完成不能少于上月的 31.0 亩。请改数字；如是核减，请点“这是核减”并写原因。"},
	{Name: "blockers", Message: "还没有选卡点。没有卡点请点“没有卡点”。"},
}}

func frame(title string) ui.Frame {
	return ui.Frame{
		Title: title, Product: "蕉城督办", Home: "/gallery/parts",
		Nav: []ui.NavItem{
			{Href: "/gallery/cockpit", Label: "驾驶舱", Key: "c"}, {Href: "/gallery/wall", Label: "挂图作战", Key: "w"},
			{Href: "#", Label: "攻坚行动"}, {Href: "#", Label: "任务"}, {Href: "/gallery/list", Label: "督查", Key: "r", Current: true},
			{Href: "#", Label: "考核评比"}, {Href: "#", Label: "单位"}, {Href: "#", Label: "台账"},
		},
		Tabs:   tabs("看板"),
		Crumbs: []ui.Crumb{{Href: "#", Label: "督查整改"}, {Label: "整改销号"}},
		Who:    "督查室　方衡", WhoHref: "#", Todo: 3, TodoHref: "/gallery/home",
		Search: "/gallery/list", AsOf: "2017-08-21 24:00", Demo: true, CSRF: "sample-token", Feedback: "#",
	}
}

func phone(title string) ui.Frame {
	return ui.Frame{Title: title, Product: "蕉城督办", Who: "七都镇　缪小舟", CSRF: "sample-token", Layout: ui.Phone, Back: "/gallery/home", State: ui.DraftState("10:42"), Demo: true}
}

func tabs(on string) []ui.NavItem {
	list := []ui.NavItem{{Href: "/gallery/home", Label: "待办", Icon: "checklist"}, {Href: "/gallery/form", Label: "填报", Icon: "edit"}, {Href: "/gallery/cockpit", Label: "看板", Icon: "chart-bar"}, {Href: "#", Label: "我的", Icon: "user"}}
	for i := range list {
		list[i].Current = list[i].Label == on
	}
	return list
}

func ptr[T any](v T) *T { return &v }

// series turns numbers into a series of the S-curve; below zero is no value.
func series(vs ...float64) []*float64 {
	out := make([]*float64, len(vs))
	for i, v := range vs {
		if v >= 0 {
			out[i] = ptr(v)
		}
	}
	return out
}

var investment = ui.SCurve{
	X:        []string{"1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"},
	Plan:     series(8, 18, 33, 48, 64, 82, 100, 118.6, 136, 153, 170, 186),
	Actual:   series(7.6, 17.1, 32, 46.9, 62.8, 80.5, 97.2, 114.4, -1, -1, -1, -1),
	Forecast: series(-1, -1, -1, -1, -1, -1, -1, 114.4, 130.6, 146.8, 163, 178.5),
	Low:      series(-1, -1, -1, -1, -1, -1, -1, 114.4, 128.6, 142.8, 157.2, 171),
	High:     series(-1, -1, -1, -1, -1, -1, -1, 114.4, 132.9, 151.2, 169, 186.4),
	Max:      ptr(200.0), Every: 1, Gap: true, GapName: "与计划差", PlanLabel: "计划 186", FcLabel: "预计 178.5", ActLabel: "实际 114.4",
}

var signing = ui.SCurve{
	X:        []string{"5-10", "5-20", "5-31", "6-10", "6-20", "6-30", "7-10", "7-20", "7-31", "8-10", "8-22", "9-1", "9-10", "9-20", "9-30", "10-10", "10-20"},
	Plan:     series(4, 20, 47, 82, 126, 176, 230, 290, 346, 385, 412, 412, 412, 412, 412, -1, -1),
	Actual:   series(4, 15, 38, 70, 112, 160, 214, 260, 308, 345, 375, -1, -1, -1, -1, -1, -1),
	Forecast: series(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 375, 383, 391, 398, 404, 409, 412),
	Low:      series(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 375, 380, 386, 391, 396, 400, 404),
	High:     series(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 375, 386, 395, 403, 409, 412, 412),
	Every:    1, ActLabel: "已签 375", FcLabel: "预计 10-18 签完", Deadline: ptr(14), DeadLabel: "交地期限 9-30", Target: ptr(412.0), TgtLabel: "共 412 户",
}

func with(f ui.Frame, lede, beside, actions templ.Component) ui.Frame {
	f.Lede, f.Beside, f.Actions, f.Charts = lede, beside, actions, true
	return f
}

func cockpitFrame(f ui.Frame, lede, actions templ.Component) ui.Frame {
	f = with(f, lede, nil, actions)
	f.QuietHeading, f.Crumbs = true, nil
	return f
}

func withTabs(f ui.Frame) ui.Frame {
	f.Tabs = tabs("待办")
	return f
}
