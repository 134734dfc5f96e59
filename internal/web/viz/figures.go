package viz

import (
	"math"
	"strconv"
	"strings"
)

// Colours of quantities. Lights have their own.
const (
	ink   = "#1b2530"
	act   = "#1d4f91"
	blue  = "#1f5fa8"
	bar   = "#41566c"
	past  = "#8494a6"
	ctl   = "#7c8896"
	line  = "#dce1e7"
	track = "#e6eaef"
	red   = "#b42318"
	white = "#fff"
)

// Bullet is actual against plan-to-date (实际与应达). The bar is the actual value,
// the tick what is due today, the track the whole.
type Bullet struct {
	Value, Plan float64
	Max         float64 // whole of the track; 0 means 100
	NoPlan      bool    // draw no tick
	Width       float64 // drawing width; 0 means 132
	Full        bool    // stretch to the width of its place
	Label       string  // sentence for the blind; empty means 实际 x，计划 y
}

// Draw returns the figure.
func (f Bullet) Draw() SVG {
	w, h, max := or(f.Width, 132), 14.0, or(f.Max, 100)
	label := f.Label
	if label == "" {
		label = "实际 " + plain(f.Value)
		if !f.NoPlan {
			label += "，计划 " + plain(f.Plan)
		}
	}
	x := func(v float64) float64 { return math.Floor(clamp(v, 0, max)/max*(w-4)*10+.5)/10 + 2 }
	b := &strings.Builder{}
	open(b, w, h, wide(w, f.Full), label)
	tag(b, "rect", "x", "2", "y", "3", "width", num(w-4), "height", num(h-6), "fill", track)
	tag(b, "rect", "x", "2", "y", "3", "width", num(x(f.Value)-2), "height", num(h-6), "fill", bar)
	if !f.NoPlan {
		p := x(f.Plan)
		path(b, "M"+num(p)+" 0V"+num(h), "stroke", ink, "stroke-width", "2.4")
		path(b, "M"+num(p-1.9)+" 0V"+num(h)+"M"+num(p+1.9)+" 0V"+num(h), "stroke", white, "stroke-width", "1")
	}
	b.WriteString("</svg>")
	return SVG(b.String())
}

// Bar is a plain quantity against its whole, such as households signed (已签户数).
type Bar struct {
	Value, Max float64
	Worst      bool // the step where most is stuck (停在此步): drawn in ink
	Width      float64
	Full       bool
	Label      string
}

// Draw returns the figure.
func (f Bar) Draw() SVG {
	w, h, max := or(f.Width, 240), 14.0, or(f.Max, 100)
	label := f.Label
	if label == "" {
		label = plain(f.Value) + " / " + plain(max)
	}
	fill := "#5f7387"
	if f.Worst {
		fill = ink
	}
	b := &strings.Builder{}
	open(b, w, h, wide(w, f.Full), label)
	tag(b, "rect", "width", num(w), "height", num(h), "fill", track)
	tag(b, "rect", "width", num(clamp(f.Value, 0, max)/max*w), "height", num(h), "fill", fill)
	b.WriteString("</svg>")
	return SVG(b.String())
}

// Deviation is the month by month difference from plan in percentage points
// (与计划之差). All rows of a table share Low and High, so that they compare.
type Deviation struct {
	Points    []float64 // one a month so far; below zero is behind
	Slots     int       // months on the axis; 0 means 12
	Low, High float64   // common scale; both 0 means -14 and 5; a deeper point is cut at the edge
	Label     string    // sentence for the blind
}

// Draw returns the figure.
func (f Deviation) Draw() SVG {
	const w, h = 118.0, 40.0
	lo, hi := f.Low, f.High
	if lo == 0 && hi == 0 {
		lo, hi = -14, 5
	}
	n := f.Slots
	if n == 0 {
		n = 12
	}
	n = max(n, len(f.Points))
	label := f.Label
	if label == "" {
		label = "与计划之差：" + join(f.Points)
	}
	y := func(v float64) float64 { return 2 + (hi-clamp(v, lo, hi))/(hi-lo)*(h-4) }
	bw := (w - 4) / float64(n)
	zero := math.Floor(y(0)*10+.5) / 10
	b := &strings.Builder{}
	open(b, w, h, wide(w, false), label)
	path(b, "M0 "+num(zero)+"H"+num(w), "stroke", ctl)
	for i, v := range f.Points {
		height := math.Max(math.Abs(y(v)-y(0)), 1.4)
		top, fill := zero, past
		if v >= 0 {
			top = zero - height
		}
		if i == len(f.Points)-1 {
			fill = ink
		}
		tag(b, "rect", "x", num(2+float64(i)*bw), "y", num(top), "width", num(bw-2), "height", num(height), "fill", fill)
	}
	b.WriteString("</svg>")
	return SVG(b.String())
}

// Prob is a forecast with its 80 per cent interval (把握与区间), in whole per cent.
type Prob struct {
	P, Low, High int
	Label        string // empty means 把握 x%，区间 a% 至 b%
}

// Draw returns the figure.
func (f Prob) Draw() SVG {
	const w, h = 104.0, 12.0
	label := f.Label
	if label == "" {
		label = "把握 " + strconv.Itoa(f.P) + "%，区间 " + strconv.Itoa(f.Low) + "% 至 " + strconv.Itoa(f.High) + "%"
	}
	x := func(v int) float64 { return 2 + clamp(float64(v), 0, 100)/100*(w-4) }
	b := &strings.Builder{}
	open(b, w, h, wide(w, false), label)
	path(b, "M2 6H"+num(w-2), "stroke", line, "stroke-width", "2")
	path(b, "M2 3v6M"+num(w-2)+" 3v6", "stroke", ctl)
	path(b, "M"+num(x(f.Low))+" 6H"+num(x(f.High)), "stroke", bar, "stroke-width", "3.4")
	tag(b, "circle", "cx", num(x(f.P)), "cy", "6", "r", "4.2", "fill", ink, "stroke", white, "stroke-width", "1.2")
	b.WriteString("</svg>")
	return SVG(b.String())
}

// ProbWord returns the words for a probability in per cent.
//
// Source: design language, section 5.
func ProbWord(p int) string {
	switch {
	case p >= 90:
		return "很有把握"
	case p >= 75:
		return "较有把握"
	case p >= 50:
		return "有悬念"
	case p >= 25:
		return "把握不大"
	}
	return "很难完成"
}

// Gate is the state of one milestone (里程碑).
type Gate string

const (
	OnTime Gate = "b" // 按期完成: solid diamond
	Late   Gate = "l" // 迟完成: diamond with a core
	Missed Gate = "r" // 未按期: red square with a cross
	Ahead  Gate = "n" // 未到期: hollow diamond
)

// Milestone is one dated gate. At is its place in the year, 0 on 1 January to 12 on 31 December.
type Milestone struct {
	At    float64
	State Gate
	Title string // such as 9-20 路基贯通
}

// Miles is a strip of milestones over one year with a line for today.
type Miles struct {
	Gates   []Milestone
	Today   float64 // place in the year, 0 to 12
	NoToday bool    // another year: no line for today
	Width   float64 // 0 means 240
	Full    bool
	Words   bool   // write the titles and 今天 under the strip; for a strip across the page, with Width about 1200; on a phone use a plain strip instead (hide-m, only-m)
	Label   string // empty means the titles
}

// Draw returns the figure.
func (f Miles) Draw() SVG {
	w, h := or(f.Width, 240), 22.0
	y := h / 2
	if f.Words {
		h = 36
	}
	label := f.Label
	if label == "" {
		var t []string
		for _, g := range f.Gates {
			t = append(t, g.Title+gateWord(g.State))
		}
		label = "里程碑：" + strings.Join(t, "，")
	}
	x := func(m float64) float64 { return 4 + clamp(m, 0, 12)/12*(w-8) }
	b := &strings.Builder{}
	open(b, w, h, wide(w, f.Full), label)
	path(b, "M4 "+num(y)+"H"+num(w-4), "stroke", line, "stroke-width", "2")
	for _, m := range []float64{3, 6, 9} {
		path(b, "M"+num(x(m))+" "+num(y-3)+"v6", "stroke", "#aeb8c3")
	}
	if !f.NoToday {
		path(b, "M"+num(x(f.Today))+" 1V"+num(2*y-1), "stroke", ink, "stroke-width", "1")
	}
	for _, g := range f.Gates {
		b.WriteString("<g><title>" + escape(g.Title) + "</title>")
		gate(b, g.State, x(g.At), y)
		b.WriteString("</g>")
	}
	if f.Words {
		f.words(b, x, w, h-2)
	}
	b.WriteString("</svg>")
	return SVG(b.String())
}

// words writes the titles on one line; a word that has no room is left out, since its
// title is in the label and the mark.
func (f Miles) words(b *strings.Builder, x func(float64) float64, w, y float64) {
	const size = 11.5
	type word struct {
		at   float64
		text string
		fill string
	}
	var list []word
	if !f.NoToday {
		list = append(list, word{x(f.Today), "今天", ink})
	}
	for _, g := range f.Gates {
		fill := "#465261"
		if g.State == Missed {
			fill = red
		}
		list = append(list, word{x(g.At), g.Title, fill})
	}
	var taken [][2]float64
	for _, l := range list {
		half := float64(len([]rune(l.text)))*size/2 + 3
		at := clamp(l.at, half, w-half)
		free := true
		for _, t := range taken {
			free = free && (at+half <= t[0] || at-half >= t[1])
		}
		if free && l.text != "" {
			taken = append(taken, [2]float64{at - half, at + half})
			b.WriteString(`<text x="` + num(at) + `" y="` + num(y) + `" font-size="11.5" text-anchor="middle" fill="` + l.fill + `">` + escape(l.text) + `</text>`)
		}
	}
}

// GateMark returns the shape of one milestone state, silent, for a key beside its word.
func GateMark(s Gate) SVG {
	b := &strings.Builder{}
	b.WriteString(`<svg class="lti" viewBox="0 0 14 14" width="16" height="16" aria-hidden="true">`)
	gate(b, s, 7, 7)
	b.WriteString("</svg>")
	return SVG(b.String())
}

func gateWord(s Gate) string {
	switch s {
	case OnTime:
		return "（按期）"
	case Late:
		return "（迟完成）"
	case Missed:
		return "（未按期）"
	}
	return "（未到期）"
}

func gate(b *strings.Builder, s Gate, x, y float64) {
	at := "M" + num(x) + " "
	switch s {
	case OnTime:
		path(b, at+num(y-5.5)+"l5.5 5.5-5.5 5.5-5.5-5.5z", "fill", blue)
	case Late:
		path(b, at+num(y-5.5)+"l5.5 5.5-5.5 5.5-5.5-5.5z", "fill", white, "stroke", blue, "stroke-width", "1.6")
		tag(b, "circle", "cx", num(x), "cy", num(y), "r", "1.8", "fill", blue)
	case Missed:
		tag(b, "rect", "x", num(x-5), "y", num(y-5), "width", "10", "height", "10", "rx", "1", "fill", red)
		path(b, "M"+num(x-2.4)+" "+num(y-2.4)+"l4.8 4.8M"+num(x+2.4)+" "+num(y-2.4)+"l-4.8 4.8", "stroke", white, "stroke-width", "1.5")
	default:
		path(b, at+num(y-5)+"l5 5-5 5-5-5z", "fill", white, "stroke", ctl, "stroke-width", "1.5")
	}
}

// Spark is plan, actual and forecast in a line of text (走势). The plan gives the length of the axis.
type Spark struct {
	Plan, Actual []float64
	Forecast     []float64 // goes on from the last actual
	Max          float64   // common scale of a column; 0 means the largest value
	Label        string    // sentence for the blind; empty makes the figure silent
}

// Draw returns the figure.
func (f Spark) Draw() SVG {
	const w, h = 120.0, 34.0
	n := max(len(f.Plan), len(f.Actual)+len(f.Forecast), 2)
	top := f.Max
	if top <= 0 {
		for _, s := range [][]float64{f.Plan, f.Actual, f.Forecast} {
			for _, v := range s {
				top = math.Max(top, v)
			}
		}
		top = or(top, 1)
	}
	x := func(i int) float64 { return 3 + float64(i)*(w-10)/float64(n-1) }
	y := func(v float64) float64 { return h - 4 - clamp(v, 0, top)/top*(h-9) }
	run := func(from int, vs []float64) string {
		var p []string
		for i, v := range vs {
			p = append(p, num(x(from+i))+","+num(y(v)))
		}
		return strings.Join(p, " ")
	}
	b := &strings.Builder{}
	open(b, w, h, wide(w, false), f.Label)
	path(b, "M2 "+num(h-3.5)+"H"+num(w-2), "stroke", line)
	tag(b, "polyline", "points", run(0, f.Plan), "fill", "none", "stroke", ctl, "stroke-width", "1.4", "stroke-dasharray", "3 2.2")
	if last := len(f.Actual) - 1; last >= 0 {
		if len(f.Forecast) > 0 {
			tag(b, "polyline", "points", run(last, append([]float64{f.Actual[last]}, f.Forecast...)), "fill", "none", "stroke", act, "stroke-width", "1.6", "stroke-dasharray", "1 2.4", "stroke-linecap", "round")
		}
		tag(b, "polyline", "points", run(0, f.Actual), "fill", "none", "stroke", act, "stroke-width", "2")
		tag(b, "circle", "cx", num(x(last)), "cy", num(y(f.Actual[last])), "r", "2.8", "fill", act)
	}
	b.WriteString("</svg>")
	return SVG(b.String())
}

// Dot is a score with its interval (得分与区间). All rows of a table share From, To and Ticks.
type Dot struct {
	Value, Low, High float64
	From, To         float64 // common scale; both 0 means 0 to 100
	Ticks            []float64
	Mine             bool   // the reader's own unit, or the one whose drawer is open
	Label            string // such as 七都镇 91.4 分，八成可能在 89.0 到 93.5 分; empty means the numbers
}

const dotWidth = 260.0

func (f Dot) x(v float64) float64 {
	from, to := f.From, f.To
	if to <= from {
		from, to = 0, 100
	}
	return 4 + (clamp(v, from, to)-from)/(to-from)*(dotWidth-8)
}

// Draw returns the figure.
func (f Dot) Draw() SVG {
	label := f.Label
	if label == "" {
		label = plain(f.Value) + " 分，八成可能在 " + plain(f.Low) + " 到 " + plain(f.High) + " 分"
	}
	rail, core := past, ink
	if f.Mine {
		rail, core = act, act
	}
	b := &strings.Builder{}
	open(b, dotWidth, 18, "100%", label)
	for _, t := range f.Ticks {
		path(b, "M"+num(f.x(t))+" 0V18", "stroke", track)
	}
	path(b, "M"+num(f.x(f.Low))+" 9H"+num(f.x(f.High)), "stroke", rail, "stroke-width", "3.5", "stroke-linecap", "round")
	tag(b, "circle", "cx", num(f.x(f.Value)), "cy", "9", "r", "4.6", "fill", core, "stroke", white, "stroke-width", "1.3")
	b.WriteString("</svg>")
	return SVG(b.String())
}

// DotAxis returns the scale that stands above a column of Dots with the same From, To and Ticks.
func DotAxis(from, to float64, ticks []float64) SVG {
	f := Dot{From: from, To: to}
	b := &strings.Builder{}
	open(b, dotWidth, 12, "100%", "")
	b.WriteString(`<g font-size="11.5" fill="#465261" text-anchor="middle">`)
	for _, t := range ticks {
		b.WriteString(`<text x="` + num(f.x(t)) + `" y="10">` + plain(t) + `</text>`)
	}
	b.WriteString("</g></svg>")
	return SVG(b.String())
}

// Stage is a fixed process with one current step, in one line of a table (环节).
type Stage struct {
	Steps []string
	Now   int // index of the current step; len(Steps) means all are done
}

// Draw returns the figure.
func (f Stage) Draw() SVG {
	n := max(len(f.Steps), 2)
	gap := 104 / float64(n-1)
	label := "共 " + strconv.Itoa(len(f.Steps)) + " 步，已全部完成"
	if f.Now >= 0 && f.Now < len(f.Steps) {
		label = "第 " + strconv.Itoa(f.Now+1) + " 步，共 " + strconv.Itoa(len(f.Steps)) + " 步：" + f.Steps[f.Now]
	}
	b := &strings.Builder{}
	open(b, 120, 16, wide(120, false), label)
	path(b, "M8 8H112", "stroke", line, "stroke-width", "2")
	path(b, "M8 8H"+num(8+gap*float64(min(max(f.Now, 0), n-1))), "stroke", blue, "stroke-width", "2")
	for i := range f.Steps {
		x := num(8 + gap*float64(i))
		switch {
		case i < f.Now:
			tag(b, "circle", "cx", x, "cy", "8", "r", "4.2", "fill", blue)
		case i == f.Now:
			tag(b, "circle", "cx", x, "cy", "8", "r", "5.4", "fill", white, "stroke", blue, "stroke-width", "2.2")
			tag(b, "circle", "cx", x, "cy", "8", "r", "2", "fill", blue)
		default:
			tag(b, "circle", "cx", x, "cy", "8", "r", "3.6", "fill", white, "stroke", ctl, "stroke-width", "1.4")
		}
	}
	b.WriteString("</svg>")
	return SVG(b.String())
}

// Signed prints a whole difference with its sign, such as +4, −13 and 0.
func Signed(n int) string {
	switch {
	case n > 0:
		return "+" + strconv.Itoa(n)
	case n < 0:
		return "−" + strings.TrimPrefix(strconv.Itoa(n), "-")
	}
	return "0"
}

func or(v, def float64) float64 {
	if v <= 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return def
	}
	return v
}

func join(vs []float64) string {
	var s []string
	for _, v := range vs {
		s = append(s, plain(v))
	}
	return strings.Join(s, "、")
}
