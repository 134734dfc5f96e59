package ui

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strconv"

	"github.com/a-h/templ"
)

// Layout is the kind of page frame.
type Layout int

const (
	Desk   Layout = iota // top bar, head, footer; the default
	Phone                // narrow form page with a way back and a submit bar
	Screen               // the wall (挂图作战 投屏): no navigation, large type
	Bare                 // nothing but the body: log-in, official papers
)

// NavItem is one entry of the main navigation or of the phone's tab bar.
type NavItem struct {
	Href, Label string
	Icon        string // tab bar only; a name of web/icons.txt
	Key         string // letter after g that goes there, such as d for 待办
	Current     bool
}

// Crumb is one step of the way to this page; without Href it is only a word.
type Crumb struct{ Href, Label string }

// Flash is the result of the act before (刚才那一步的结果), shown once.
type Flash struct {
	Text string
	Undo string // address that takes it back by POST; empty means that it cannot be undone
}

// Frame is everything that a page needs around its body. The zero value works.
type Frame struct {
	Title        string          // of the document, and the h1 unless Heading is set
	Heading      string          // h1, when it differs from Title
	QuietHeading bool            // the h1 is for screen readers only; the lede opens the page
	Product      string          // name of the installation from its region, such as 蕉城督办; empty means 督办
	Home         string          // where the brand leads; empty means /
	Nav          []NavItem       // main navigation
	Tabs         []NavItem       // phone tab bar, at most five
	Crumbs       []Crumb         // way to this page
	Lede         templ.Component // one sentence with the conclusion
	Beside       templ.Component // beside the h1: light, tag, rule
	Aside        templ.Component // small grey text at the right of the head
	Actions      templ.Component // buttons at the right of the head; one primary at most
	Drawer       templ.Component // an open Drawer, when the address says open=
	Who          string          // who is acting, such as 督查室　方衡
	WhoHref      string          // own page, with log-out
	Todo         int             // open tasks of the actor (待办)
	TodoHref     string          // empty hides the count
	Search       string          // action of the search form; empty hides it
	Query        string          // what was searched
	AsOf         string          // 数据截至, such as 2017-08-21 24:00
	Demo         bool            // 演示数据
	CSRF         string          // token of the session; every ui form carries it
	Flash        *Flash          // result of the act before
	Feedback     string          // address of 提意见
	Layout       Layout          // kind of frame
	Back         string          // Phone: address of the way back
	State        templ.Component // Phone: right of the header, such as DraftState
	Charts       bool            // loads the chart library
	Sheets       []string        // more style sheets, such as bulletin.css
	RefreshEvery int             // seconds between silent refreshes of [data-live]; 0 means none
	NoKeys       bool            // the reader switched single-letter shortcuts off
}

func (f Frame) heading() string {
	if f.Heading != "" {
		return f.Heading
	}
	return f.Title
}

func (f Frame) product() string {
	if f.Product != "" {
		return f.Product
	}
	return "督办"
}

func (f Frame) home() string {
	if f.Home != "" {
		return f.Home
	}
	return "/"
}

func (f Frame) bodyClass() string {
	c := ""
	switch f.Layout {
	case Phone:
		c = "mob"
	case Screen:
		c = "scr"
	}
	if f.Drawer != nil {
		c += " with-drawer"
	}
	return c
}

// mostInBar is how many entries the bar shows at most; what is beyond stands behind 更多.
const mostInBar = 9

// bar splits the navigation: what the bar shows, and what stands behind 更多. The open tasks have the bell, and no second entry.
func (f Frame) bar() (bar, more []NavItem) {
	for _, n := range f.Nav {
		if f.TodoHref == "" || n.Href != f.TodoHref {
			bar = append(bar, n)
		}
	}
	if len(bar) > mostInBar {
		return bar[:mostInBar-1], bar[mostInBar-1:]
	}
	return bar, nil
}

// onTodo says that the page is the one where the bell leads.
func (f Frame) onTodo() bool {
	return slices.ContainsFunc(f.Nav, func(n NavItem) bool { return n.Current && n.Href == f.TodoHref })
}

func anyCurrent(list []NavItem) bool {
	return slices.ContainsFunc(list, func(n NavItem) bool { return n.Current })
}

// headers gives htmx the token, so that requests made by it pass like forms.
func (f Frame) headers() string {
	b, _ := json.Marshal(map[string]string{HeaderToken: f.CSRF}) // two strings: cannot fail
	return string(b)
}

// htmxConfig keeps htmx within the content security policy, keeps no page in the
// browser's storage (pages hold personal data), and shows refused forms in place.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"historyCacheSize":0,"refreshOnHistoryMiss":true,"scrollBehavior":"auto","responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"(403|404|409|413|422)","swap":true,"error":false},{"code":"[45]..","swap":false,"error":true}]}`

type tokenKey struct{}

// WithToken puts the session's token into ctx for the forms of a fragment that is
// rendered without Page.
func WithToken(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, tokenKey{}, token)
}

func tokenFrom(ctx context.Context) string {
	s, _ := ctx.Value(tokenKey{}).(string)
	return s
}

// Page is the frame around every page; its children are the body.
func Page(f Frame) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if f.CSRF != "" {
			ctx = WithToken(ctx, f.CSRF)
		}
		return page(f).Render(ctx, w)
	})
}

func todoLabel(n int) string {
	if n > 99 {
		return "99+"
	}
	return strconv.Itoa(n)
}
