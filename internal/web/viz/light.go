package viz

import "strings"

// Light is the status of a promise (灯). The words and shapes are fixed here and
// nowhere else; which light is due is decided by the published rule, never here.
//
// Source: domain 16.1.
type Light string

const (
	Red     Light = "r" // 红灯: square with a cross
	Amber   Light = "y" // 黄灯: triangle with a mark
	Green   Light = "g" // 绿灯: disc
	Done    Light = "b" // 完成: tick; done and verified
	NotDue  Light = "n" // 未到期: hollow ring
	Missing Light = "m" // 缺报: dashed ring with a question mark; never inherits last month's green
	Hold    Light = "h" // 暂停: hollow ring with two bars; stopped by an approved decision
)

// Lights lists every light in the order of urgency.
func Lights() []Light { return []Light{Red, Amber, Missing, Green, NotDue, Hold, Done} }

// Word returns the word of the light as it is read aloud, such as 红灯.
func (l Light) Word() string {
	switch l {
	case Red:
		return "红灯"
	case Amber:
		return "黄灯"
	case Green:
		return "绿灯"
	case Done:
		return "完成"
	case NotDue:
		return "未到期"
	case Hold:
		return "暂停"
	}
	return "缺报"
}

// known maps a light that nobody defined to Missing: an unknown status is not green.
func (l Light) known() Light {
	switch l {
	case Red, Amber, Green, Done, NotDue, Hold:
		return l
	}
	return Missing
}

// symbols are the shapes of the lights. Each has its own silhouette, so that it
// survives greyscale printing and colour blindness.
const symbols = `<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0" class="defs" aria-hidden="true" focusable="false">` +
	`<symbol id="l-g" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.5" fill="#0f7b4f"/></symbol>` +
	`<symbol id="l-y" viewBox="0 0 16 16"><path d="M8 1 15.5 14.5H.5z" fill="#c27400"/><path d="M8 5.4v4.4M8 11.4v1.5" stroke="#fff" stroke-width="1.9"/></symbol>` +
	`<symbol id="l-r" viewBox="0 0 16 16"><rect x="1.2" y="1.2" width="13.6" height="13.6" rx="1.5" fill="#b42318"/><path d="M4.9 4.9l6.2 6.2M11.1 4.9l-6.2 6.2" stroke="#fff" stroke-width="1.9"/></symbol>` +
	`<symbol id="l-b" viewBox="0 0 16 16"><path d="M1.5 8.5 6 13 14.5 3.5" fill="none" stroke="#1f5fa8" stroke-width="3"/></symbol>` +
	`<symbol id="l-n" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5.7" fill="#fff" stroke="#7c8896" stroke-width="1.6"/></symbol>` +
	`<symbol id="l-m" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="#fff" stroke="#5b6775" stroke-width="1.5" stroke-dasharray="2.2 2"/><path d="M6 6.3a2 2 0 1 1 2.9 1.8c-.7.4-.9.7-.9 1.4M8 11.2v1.3" fill="none" stroke="#5b6775" stroke-width="1.4"/></symbol>` +
	`<symbol id="l-h" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="#fff" stroke="#5b6775" stroke-width="1.5"/><path d="M6.3 5.2v5.6M9.7 5.2v5.6" stroke="#5b6775" stroke-width="1.6"/></symbol>` +
	`</svg>`

// Symbols returns the shapes of all lights. A page holds it once; the figures refer to it.
func Symbols() SVG { return symbols }

// LightText returns shape and word. Text replaces the word of the light, such
// as 迟 19 天; empty means the word itself.
func LightText(l Light, text string) SVG {
	l = l.known()
	if text == "" {
		text = l.Word()
	}
	return SVG(`<span class="lt lt-` + string(l) + `"><svg width="16" height="16" aria-hidden="true"><use href="#l-` + string(l) + `"/></svg><span>` + escape(text) + `</span></span>`)
}

// LightIcon returns the shape alone, read aloud as label; an empty label means the word of the light.
func LightIcon(l Light, label string) SVG {
	l = l.known()
	if label == "" {
		label = l.Word()
	}
	return SVG(`<svg class="lti" width="16" height="16" role="img" aria-label="` + escape(label) + `"><use href="#l-` + string(l) + `"/></svg>`)
}

// LightMark returns the shape alone, silent, for use where the word stands beside it.
func LightMark(l Light) SVG {
	return SVG(`<svg class="lti" width="16" height="16" aria-hidden="true"><use href="#l-` + string(l.known()) + `"/></svg>`)
}

// Units draws one glyph for each of n things of one status (一格一个项目), per to a
// row. It is silent: the count stands beside it. At most 400 glyphs are drawn.
func Units(l Light, n, per int) SVG {
	n = min(max(n, 0), 400)
	if per < 1 {
		per = 18
	}
	rows := (n + per - 1) / per
	b := &strings.Builder{}
	w := float64(per) * 13
	open(b, w, max(float64(rows)*13.5, 1), num(w/13*15.1/16), "")
	for i := range n {
		tag(b, "use", "href", "#l-"+string(l.known()), "x", num(float64(i%per)*13), "y", num(float64(i/per)*13.5), "width", "11.5", "height", "11.5")
	}
	b.WriteString("</svg>")
	return SVG(b.String())
}
