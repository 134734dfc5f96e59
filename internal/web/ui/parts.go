package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"duban/internal/web/assets"
	"duban/internal/web/viz"
)

// Tone is the colour of a tag, note or timeline mark. It never stands for a status; a status is a light.
type Tone string

const (
	Plain Tone = ""
	Warn  Tone = "y"
	Bad   Tone = "r"
	Good  Tone = "g"
	Info  Tone = "b"
	Line  Tone = "o"
)

func (t Tone) class(prefix string) string {
	if t == Plain {
		return ""
	}
	return prefix + string(t)
}

// CardSpec is a box with a heading.
type CardSpec struct {
	Title string
	Sub   string // small grey words beside the heading
	Span  int    // columns of the twelve: 2 to 9, or 12; 0 means 12
	ID    string
	More  templ.Component // right of the heading: a link, chips, a button
	Flush bool            // no padding: the card holds a table from edge to edge
}

func (c CardSpec) span() string {
	if c.Span == 0 {
		return "c12"
	}
	return "c" + str(c.Span)
}

// Chip is a filter of one tap.
type Chip struct {
	Label, Href string
	Count       int // shown after the label unless NoCount
	NoCount     bool
	On          bool
	Light       viz.Light
}

// ChipBar is a row of chips. With Target, only that part of the page is fetched anew and the address changes.
type ChipBar struct {
	Label  string // what is filtered, such as 来源
	Chips  []Chip
	Target string // CSS selector such as #list; empty means a plain link
}

// Fact is one count of a strip; with Href it is a filter.
type Fact struct {
	Label, Value, Href string
	Light              viz.Light
	On                 bool
}

// Col is the heading of one column.
type Col struct {
	Label  string
	Head   templ.Component // instead of the label, such as a scale
	Num    bool            // right-aligned numbers
	HideM  bool            // not on a phone
	Quiet  bool            // the label is for screen readers only
	Width  int             // widest size in rem, 2 to 20; 0 means as wide as needed
	Sort   string          // address that sorts by this column
	Sorted string          // asc or desc, when the table is sorted by it
}

func (c Col) class() string {
	var s []string
	if c.Num {
		s = append(s, "num")
	}
	if c.HideM {
		s = append(s, "hide-m")
	}
	if c.Width > 0 {
		s = append(s, "wd-"+str(c.Width))
	}
	return strings.Join(s, " ")
}

func (c Col) arrow() string {
	switch c.Sorted {
	case "asc":
		return "↑"
	case "desc":
		return "↓"
	}
	return ""
}

// TableSpec is the frame of a table; the rows are its children. The first cell that
// names the row is <th scope="row">, cells with numbers have the class num, and on a
// phone (Cards) every cell says its column in data-l.
type TableSpec struct {
	Caption     string // what the table shows; always there for screen readers
	ShowCaption bool
	Cols        []Col
	ID          string
	Keys        bool   // j k Space Enter move, select and open rows
	Cards       bool   // on a phone every row becomes a card
	Stick       bool   // the header stays in view
	Select      string // with it, a box that selects the whole page, such as 选择本页
	Target      string // sorting fetches only this part of the page
	Class       string // rk: low rows for rankings; tw: on a phone the cells of a card follow one another like words, for long lists
}

// Pager is the foot of a list. From and To count from 1; Total below 0 is unknown.
type Pager struct {
	Total, From, To int64
	Unit            string // such as 件; empty means 条
	Prev, Next      string // addresses; empty means none
	Target          string // part of the page that is fetched anew
}

func (p Pager) text() string {
	u := p.Unit
	if u == "" {
		u = "条"
	}
	switch {
	case p.Total == 0:
		return "0 " + u
	case p.Total < 0:
		return "第 " + str(p.From) + "–" + str(p.To) + " " + u
	}
	return str(p.Total) + " " + u + "中的 " + str(p.From) + "–" + str(p.To) + " " + u
}

// Step is one step of a fixed process (环节).
type Step struct {
	Label, Note string
	Done, Now   bool
}

func (s Step) class() string {
	switch {
	case s.Now:
		return "now"
	case s.Done:
		return "ok"
	}
	return ""
}

// Event is one entry of a timeline, newest first.
type Event struct {
	At, Title string
	Icon      string // name of web/icons.txt; empty means a dot
	Tone      Tone
	Text      string
	Body      templ.Component
}

// Pair is a term and its value.
type Pair struct {
	Term, Value string
	Body        templ.Component // instead of Value
}

// EmptyKind is why a list is empty.
type EmptyKind int

const (
	NothingToDo EmptyKind = iota // good: all is done
	NoMatch                      // the filter is too narrow
	NoRight                      // the reader may not see it
)

func (k EmptyKind) icon() string {
	switch k {
	case NoMatch:
		return "filter-off"
	case NoRight:
		return "lock"
	}
	return "circle-check"
}

// EmptySpec says why a list is empty and the next useful step.
type EmptySpec struct {
	Kind          EmptyKind
	Title, Detail string
	Action        templ.Component // next step; nil for none
}

// Decision is something that only the reader can decide (今天请您决定).
type Decision struct {
	Kind    string // such as 延期申请
	Due     string // such as 今天 18:00 前
	Title   string
	Why     string // consequence of each choice
	Advice  string // staff advice
	Actions templ.Component
	Full    string // address of the whole matter
}

// Row is one line of a phone's list (待办).
type Row struct {
	Href          string
	Light         viz.Light
	Title, Detail string
	Right         string // such as 还有 3 天
	Urgent        bool
}

// ReceiptSpec is what the clerk sees after sending (已提交).
type ReceiptSpec struct {
	Title, At, Number string
	Lines             []Pair
	Next              []Event // what happens next
	Actions           templ.Component
}

// Rich turns a sentence made in Go into words with emphasis: **…** becomes bold, all else
// is escaped. Use it for ledes, since a template that breaks its lines puts blanks
// between Chinese words.
func Rich(format string, args ...any) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		parts := strings.Split(fmt.Sprintf(format, args...), "**")
		var b strings.Builder
		for i, p := range parts {
			if i%2 == 1 && i < len(parts)-1 {
				b.WriteString("<b>" + templ.EscapeString(p) + "</b>")
			} else {
				b.WriteString(templ.EscapeString(p))
			}
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// Swap returns the attributes of a link that fetches only part of the page and
// changes the address. The server may answer with the whole page.
func Swap(href, target string) templ.Attributes {
	if target == "" {
		return nil
	}
	return templ.Attributes{"hx-get": href, "hx-target": target, "hx-select": target, "hx-swap": "outerHTML", "hx-push-url": "true"}
}

// OpenDrawer returns the attributes of a link that opens the drawer named by its
// address: <a href={ href } { ui.OpenDrawer(href)... }>. The handler renders the
// page with Frame.Drawer set; without a script the link works as well.
func OpenDrawer(href string) templ.Attributes {
	a := Swap(href, "#drawer")
	a["data-drawer-link"] = true
	return a
}

// Icon draws one icon of the sprite, silent. Its name must stand in web/icons.txt.
func Icon(name string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if name == "" {
			return nil
		}
		_, err := io.WriteString(w, `<svg class="i" width="18" height="18" aria-hidden="true"><use href="`+templ.EscapeString(assets.URL("sprite.svg")+"#i-"+name)+`"/></svg>`)
		return err
	})
}

// SCurve is cumulative plan, actual and forecast over time (S 曲线), drawn in the
// browser. All series are as long as X; nil is no value. Numbers are for drawing only.
type SCurve struct {
	X         []string   `json:"x"`
	Plan      []*float64 `json:"plan"`
	Actual    []*float64 `json:"act"`
	Forecast  []*float64 `json:"fc,omitempty"`
	Low       []*float64 `json:"lo,omitempty"`
	High      []*float64 `json:"hi,omitempty"`
	Max       *float64   `json:"max,omitempty"`
	Every     int        `json:"every,omitempty"` // labels left out between two on the axis
	Gap       bool       `json:"gap,omitempty"`   // bars of actual minus plan below
	GapName   string     `json:"gapName,omitempty"`
	PlanLabel string     `json:"lPlan,omitempty"` // such as 计划 186
	ActLabel  string     `json:"lAct,omitempty"`
	FcLabel   string     `json:"lFc,omitempty"`
	Today     string     `json:"today,omitempty"`
	Deadline  *int       `json:"deadline,omitempty"` // index in X
	DeadLabel string     `json:"lDeadline,omitempty"`
	Target    *float64   `json:"target,omitempty"`
	TgtLabel  string     `json:"lTarget,omitempty"`
}

// ChartSpec is an S-curve with its sentence and its table of numbers.
type ChartSpec struct {
	Data  SCurve
	Label string          // one sentence with the conclusion, for the blind
	Size  string          // s, m or l; empty means m
	Table templ.Component // 看数据表
}

func (c ChartSpec) size() string {
	if c.Size == "" {
		return "m"
	}
	return c.Size
}

// data writes the numbers as a JSON block; encoding/json escapes < > &, so that no text can end the block.
func (c ChartSpec) data() templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		b, err := json.Marshal(c.Data)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, `<script type="application/json" data-chart="scurve">`+string(b)+`</script>`)
		return err
	})
}

// long says whether the small words of a card are too many for a phone.
func long(s string) bool { return utf8.RuneCountInString(s) > 14 }
