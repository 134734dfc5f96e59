package viz

import (
	"context"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// SVG is a finished, escaped piece of markup. It is a templ component.
type SVG string

// Render writes the figure.
func (s SVG) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(s))
	return err
}

// String returns the markup.
func (s SVG) String() string { return string(s) }

var replacer = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// escape makes text safe inside an element and inside a quoted attribute, and
// drops control characters, which no XML may hold.
func escape(s string) string {
	if safe(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return replacer.Replace(s)
}

// safe says that nothing in s has to be escaped or dropped: a figure is drawn of numbers and names, and a page has hundreds of them.
func safe(s string) bool {
	plain := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == '&' || c == '<' || c == '>' || c == '"' || c == '\'':
			return false
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	return plain || utf8.ValidString(s)
}

// num prints a position with one decimal at most. What is not a number becomes 0:
// a broken figure must not break the page.
func num(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	v = math.Floor(v*10 + 0.5)
	if v == 0 {
		return "0"
	}
	if math.Abs(v) >= 1<<53 {
		return strconv.FormatFloat(v/10, 'f', -1, 64)
	}
	var b [24]byte
	n := int64(v)
	out := b[:0]
	if n < 0 {
		out, n = append(out, '-'), -n
	}
	out = strconv.AppendInt(out, n/10, 10)
	if n%10 != 0 {
		out = append(out, '.', byte('0'+n%10))
	}
	return string(out)
}

// plain prints a value for reading aloud, with two decimals at most and the true minus sign.
func plain(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "无数据"
	}
	return strings.Replace(strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64), "-", "−", 1)
}

func clamp(v, lo, hi float64) float64 {
	if math.IsNaN(v) {
		return lo
	}
	return math.Min(math.Max(v, lo), hi)
}

// open starts a figure of w by h units; width is its widest size on the page in
// em, or a percentage. An empty label makes it silent.
func open(b *strings.Builder, w, h float64, width, label string) {
	if !strings.HasSuffix(width, "%") {
		width += "em"
	}
	b.Grow(512)
	b.WriteString(`<svg class="mc" viewBox="0 0 ` + num(w) + ` ` + num(h) + `" width="` + width + `"`)
	if label == "" {
		b.WriteString(` aria-hidden="true">`)
	} else {
		b.WriteString(` role="img" aria-label="` + escape(label) + `">`)
	}
}

// tag writes one empty element with attributes in pairs.
func tag(b *strings.Builder, name string, attrs ...string) {
	b.WriteByte('<')
	b.WriteString(name)
	for i := 0; i+1 < len(attrs); i += 2 {
		b.WriteByte(' ')
		b.WriteString(attrs[i])
		b.WriteString(`="`)
		b.WriteString(escape(attrs[i+1]))
		b.WriteByte('"')
	}
	b.WriteString("/>")
}

func path(b *strings.Builder, d string, attrs ...string) {
	tag(b, "path", append([]string{"d", d}, attrs...)...)
}

// wide returns the widest size on the page: a sixteenth of the drawing width in em, or the full width.
func wide(w float64, full bool) string {
	if full {
		return "100%"
	}
	return strconv.FormatFloat(w/16, 'f', -1, 64)
}
