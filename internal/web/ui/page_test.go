package ui_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"duban/internal/base/errs"
	"duban/internal/web/assets"
	"duban/internal/web/ui"
	"duban/internal/web/uitest"
)

func within(outer templ.Component, inner ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return outer.Render(templ.WithChildren(ctx, templ.Join(inner...)), w)
	})
}

var hostile = `"><script>alert(1)</script>'`

// TestPages holds the frame to its golden files.
func TestPages(t *testing.T) {
	full := ui.Frame{
		Title: "整改销号台账", Product: "蕉城督办", Nav: []ui.NavItem{{Href: "/cockpit", Label: "驾驶舱", Key: "c"}, {Href: "/supervision", Label: "督查", Current: true}},
		Tabs: []ui.NavItem{{Href: "/todo", Label: "待办", Icon: "checklist", Current: true}}, Crumbs: []ui.Crumb{{Href: "/supervision", Label: "督查整改"}, {Label: "整改销号"}},
		Lede: ui.Rich("在办 **41 件**，超期 **2 件**。"), Actions: ui.PrintButton("打印"), Who: "督查室　方衡", WhoHref: "/me", Todo: 120, TodoHref: "/todo",
		Search: "/search", Query: "飞鸾", AsOf: "2017-08-21 24:00", Demo: true, CSRF: "token", Flash: &ui.Flash{Text: "已转复核", Undo: "/undo/1"}, Feedback: "/feedback",
		Drawer: within(ui.Drawer("怎么算的", "?"), ui.Tag("评估", ui.Plain)), Charts: true, Sheets: []string{"wall.css"}, RefreshEvery: 300, NoKeys: true,
	}
	uitest.Golden(t, "page-full", uitest.HTML(t, within(ui.Page(full), ui.Note(ui.Info))))
	uitest.Golden(t, "page-empty", uitest.HTML(t, ui.Page(ui.Frame{})))
	uitest.Golden(t, "page-phone", uitest.HTML(t, ui.Page(ui.Frame{Title: "8 月月报", Layout: ui.Phone, Back: "/todo", State: ui.DraftState("10:42")})))
	uitest.Golden(t, "page-screen", uitest.HTML(t, ui.Page(ui.Frame{Title: "挂图作战", Layout: ui.Screen, RefreshEvery: 300})))
	uitest.Golden(t, "page-bare", uitest.HTML(t, ui.Page(ui.Frame{Title: "登录", Layout: ui.Bare})))
	uitest.Golden(t, "error-403", uitest.HTML(t, ui.ErrorPage(full, 403, "", errs.New(errs.Forbidden, "这份台账只有考核办能改。"))))
	uitest.Golden(t, "error-500", uitest.HTML(t, ui.ErrorPage(full, 500, "E-5C2E91", nil)))
}

// TestTodoBadge: nothing to do shows no number.
func TestTodoBadge(t *testing.T) {
	for n, want := range map[int]string{0: "没有待办", 3: `<span class="cnt">3<`, 120: `<span class="cnt">99+<`} {
		page := uitest.HTML(t, ui.Page(ui.Frame{Title: "驾驶舱", TodoHref: "/todo", Todo: n, Nav: []ui.NavItem{{Href: "/cockpit", Label: "驾驶舱"}}}))
		if !strings.Contains(page, want) || n == 0 && strings.Contains(page, `class="cnt"`) {
			t.Errorf("%d to do: %q is not shown, or a 0 is", n, want)
		}
	}
}

// TestNoInline: no page holds an inline style, an inline handler or an inline script, so that the strict policy can stand.
func TestNoInline(t *testing.T) {
	in := ui.Input{Name: "a", Label: hostile, Value: hostile, Hint: hostile, Source: hostile, Unit: hostile, Step: "0.1", Bad: []errs.Field{{Name: "a", Message: hostile}},
		Options: []ui.Option{{Value: hostile, Label: hostile, Hint: hostile}}}
	err := &errs.Error{Kind: errs.Invalid, Message: hostile, Fields: in.Bad}
	all := within(ui.Page(ui.Frame{Title: hostile, Product: hostile, Who: hostile, Query: hostile, Search: hostile, CSRF: hostile, Flash: &ui.Flash{Text: hostile, Undo: hostile}, AsOf: hostile,
		Crumbs: []ui.Crumb{{Label: hostile, Href: hostile}}, Nav: []ui.NavItem{{Label: hostile, Href: hostile, Key: hostile}}}),
		within(ui.Form(ui.FormSpec{Action: hostile, DraftAs: hostile, Autosave: hostile}), ui.ErrorSummary(err), ui.Field(in), ui.TextArea(in), ui.Select(in), ui.Radios(in), ui.Checks(in), ui.Segments(in), ui.ChipChecks(in), ui.Checkbox(in), ui.File(in), ui.ReceiptField(hostile)),
		ui.Facts([]ui.Fact{{Label: hostile, Value: hostile, Href: hostile}}), ui.Chips(ui.ChipBar{Label: hostile, Target: hostile, Chips: []ui.Chip{{Label: hostile, Href: hostile}}}),
		ui.PagerBar(ui.Pager{Total: 1, Unit: hostile, Prev: hostile, Next: hostile, Target: hostile}), ui.KV([]ui.Pair{{Term: hostile, Value: hostile}}),
		ui.Timeline([]ui.Event{{Title: hostile, At: hostile, Icon: hostile, Text: hostile, Tone: ui.Tone(hostile)}}), ui.Empty(ui.EmptySpec{Title: hostile, Detail: hostile}),
		ui.Rich("%s", hostile), ui.Steps([]ui.Step{{Label: hostile, Note: hostile}}), ui.ListRow(ui.Row{Title: hostile, Detail: hostile, Right: hostile}),
		within(ui.Table(ui.TableSpec{Caption: hostile, ID: hostile, Cols: []ui.Col{{Label: hostile, Sort: hostile}}}), ui.Pick(hostile, hostile, true)),
	)
	page := uitest.HTML(t, all)
	if strings.Contains(page, "<script>alert") || strings.Contains(page, " style=") || strings.Contains(page, " onclick=") {
		t.Error("something inline got through")
	}
	for rest := page; ; {
		_, after, ok := strings.Cut(rest, "<script")
		if !ok {
			break
		}
		if !strings.HasPrefix(after, ` src="/assets/`) {
			t.Errorf("a script that is not a file: %.80s", after)
		}
		rest = after
	}
}

// TestNoteOnMissingAssets: without the built style sheets the page says what to do, and only then.
func TestNoteOnMissingAssets(t *testing.T) {
	page := uitest.HTML(t, ui.Page(ui.Frame{Title: "x"}))
	if got := strings.Contains(page, "页面样式还没有生成：请运行 make assets"); got == assets.Built() {
		t.Errorf("note shown: %v, built: %v", got, assets.Built())
	}
}
