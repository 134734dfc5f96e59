package ledgerweb

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/web/ui"

	"github.com/govalues/decimal"
)

// reader shows what was sealed in words: names for numbers of units and posts, decimals for scaled integers, days for instants. What is sealed
// itself stands beside it, to the letter.
type reader struct {
	kind string
	dir  *org.Directory
	lost []string // fields and codes that have no Chinese: a test wants none
}

// Unnamed returns what an entry's page would show in the program's own words: fields and codes without a Chinese name.
func Unnamed(e ledger.Entry) []string {
	r := reader{kind: e.Subject.Kind, dir: &org.Directory{}}
	r.pairs(e.Body)
	r.pairs(e.Row)
	return r.lost
}

// pairs shows the fields of an object, in the order of their sealed names.
func (r *reader) pairs(raw json.RawMessage) (out []ui.Pair) {
	var m map[string]json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &m) != nil {
		return nil
	}
	for _, k := range keys(m) {
		lines := r.value(k, m[k])
		p := ui.Pair{Term: r.name(k)}
		if len(lines) == 1 {
			p.Value = lines[0]
		} else {
			p.Body = valueLines(lines)
		}
		out = append(out, p)
	}
	return out
}

func keys(m map[string]json.RawMessage) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func (r *reader) name(field string) string {
	if s := ledger.FieldName(r.kind, field); s != "" {
		return s
	}
	if s := fields[field]; s != "" {
		return s
	}
	r.lost = append(r.lost, r.kind+"."+field)
	return field
}

const empty = "（空）"

// maxLines are shown of a list; the sealed text has all.
const maxLines = 30

// value shows a value, a list one line for each.
func (r *reader) value(field string, raw json.RawMessage) []string {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 1 && raw[0] == '"' {
		var s string
		if json.Unmarshal(raw, &s) == nil && len(s) > 1 && (s[0] == '{' || s[0] == '[') && json.Valid([]byte(s)) {
			raw = json.RawMessage(s) // an object that was sealed as its text
		}
	}
	if len(raw) > 0 && raw[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil {
			if len(list) == 0 {
				return []string{empty}
			}
			var out []string
			for i, x := range list {
				if i == maxLines {
					out = append(out, "另有 "+strconv.Itoa(len(list)-i)+" 项，见封存的原文")
					for _, rest := range list[i:] { // what a test asks of names, it asks of all
						r.one(field, rest)
					}
					break
				}
				out = append(out, r.one(field, x))
			}
			return out
		}
	}
	return []string{r.one(field, raw)}
}

func (r *reader) one(field string, raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return empty
	case string(raw) == "true":
		return "是"
	case string(raw) == "false":
		return "否"
	case raw[0] == '{':
		var m map[string]json.RawMessage
		if json.Unmarshal(raw, &m) != nil {
			return string(raw)
		}
		var parts []string
		for _, k := range keys(m) {
			if v := strings.Join(r.value(k, m[k]), "、"); v != empty {
				parts = append(parts, r.name(k)+"："+v)
			} else {
				r.name(k)
			}
		}
		if len(parts) == 0 {
			return empty
		}
		return strings.Join(parts, "；")
	case raw[0] == '[':
		return strings.Join(r.value(field, raw), "、")
	case raw[0] == '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return string(raw)
		}
		return r.text(field, s)
	}
	return number(field, string(raw))
}

// number shows a whole number as what its field's name says of it.
func number(field, s string) string {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return s
	}
	switch {
	case strings.HasSuffix(field, "_x10000"):
		return decimal.MustNew(n, 4).Trim(0).String()
	case strings.HasSuffix(field, "_x100"):
		return decimal.MustNew(n, 2).Trim(0).String()
	case field == "at" || strings.HasSuffix(field, "_at"):
		if n == 0 {
			return empty
		}
		return stamp(time.UnixMilli(n).In(period.Beijing))
	}
	return s
}

var (
	unitFields = regexp.MustCompile(`^(?:unit|units|unit_id|lead_unit|help_unit|source_unit|owner|parent|support|addressees|mean_unit|named)$`)
	postFields = regexp.MustCompile(`^(?:post|[a-z]+_posts?)$`)
	numbers    = regexp.MustCompile(`^\d+(?:,\d+)*$`)
	codeText   = regexp.MustCompile(`^[a-z]+(?:_[a-z]+)*(?:,[a-z]+(?:_[a-z]+)*)*$`)
	reference  = regexp.MustCompile(`^([a-z]+\.[a-z]+):(\d+)$`)
)

func (r *reader) text(field, s string) string {
	if s == "" || s == "0" && (unitFields.MatchString(field) || postFields.MatchString(field)) {
		return empty
	}
	if numbers.MatchString(s) && (unitFields.MatchString(field) || postFields.MatchString(field)) {
		var out []string
		for part := range strings.SplitSeq(s, ",") {
			name := r.dir.UnitName(id.Parse(part))
			if p := r.dir.Post(id.Parse(part)); postFields.MatchString(field) && p != nil {
				name = r.dir.UnitName(p.UnitID) + p.Title
			}
			if name == "" {
				name = part
			}
			out = append(out, name)
		}
		return strings.Join(out, "、")
	}
	if m := reference.FindStringSubmatch(s); m != nil && kinds[m[1]] != "" {
		return kinds[m[1]] + " " + m[2]
	}
	if codeText.MatchString(s) {
		show := codes[r.kind+"."+field]
		if show == nil {
			show = codes[field]
		}
		var out []string
		for part := range strings.SplitSeq(s, ",") {
			c := ""
			if show != nil {
				c = show(part)
			}
			if c == "" {
				r.lost = append(r.lost, r.kind+"."+field+"="+part)
				c = part
			}
			out = append(out, c)
		}
		return strings.Join(out, "、")
	}
	return s
}
