package score

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// editor changes a scheme's text. Each change is made twice: on the tree, which says what the text must mean afterwards, and on the
// lines, which keeps comments and layout as typed. Where the lines do not come to mean the same, the tree is written out instead.
type editor struct{ text string }

func parseNode(text string) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}, nil
	}
	return doc.Content[0], nil
}

// step is a key of a mapping, or, where key is empty, a place in a list.
type step struct {
	key string
	n   int
}

// find returns the node at path, and the keys and values on the way; nil if there is none.
func find(root *yaml.Node, path []step) *yaml.Node {
	n := root
	for _, s := range path {
		switch {
		case n == nil:
			return nil
		case s.key == "":
			if n.Kind != yaml.SequenceNode || s.n >= len(n.Content) {
				return nil
			}
			n = n.Content[s.n]
		default:
			i := keyAt(n, s.key)
			if i < 0 {
				return nil
			}
			n = n.Content[i+1]
		}
	}
	return n
}

// keyAt is where a mapping has a key, under whichever of its names; -1 if nowhere.
func keyAt(n *yaml.Node, key string) int {
	if n == nil || n.Kind != yaml.MappingNode {
		return -1
	}
	for _, is := range []func(k string) bool{func(k string) bool { return canonicalKey(k) == key }, func(k string) bool { return meant(k, []string{key}) == key }} {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if is(n.Content[i].Value) {
				return i
			}
		}
	}
	return -1
}

// same reports whether two trees mean the same; what they look like does not matter.
func same(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind == yaml.ScalarNode && (a.Value != b.Value || (a.ShortTag() == "!!null") != (b.ShortTag() == "!!null")) {
		return false
	}
	for i := range a.Content {
		if !same(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

func (e *editor) change(onTree func(root *yaml.Node) bool, onLines func(root *yaml.Node, lines []string) []string) bool {
	root, err := parseNode(e.text)
	if err != nil {
		return false
	}
	want, _ := parseNode(e.text)
	if !onTree(want) {
		return false
	}
	lines := strings.Split(strings.TrimRight(e.text, "\n"), "\n")
	if out := onLines(root, lines); out != nil {
		text := strings.Join(out, "\n") + "\n"
		if got, err := parseNode(text); err == nil && same(got, want) {
			e.text = text
			return true
		}
	}
	text, err := written(want)
	if err != nil {
		return false
	}
	e.text = text
	return true
}

func written(n *yaml.Node) (string, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(n); err != nil {
		return "", err
	}
	return b.String(), enc.Close()
}

// scalar is a text or number; what looks like a number is written as one.
func scalar(v string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: v}
	if _, err := ParseNum(v); err != nil {
		n.SetString(v)
	}
	return n
}

// inline writes a node on one line.
func inline(n *yaml.Node) string {
	x := *n
	if x.Kind != yaml.ScalarNode {
		x.Style = yaml.FlowStyle
	} else if strings.ContainsAny(x.Value, ",[]{}:#\n") {
		x.Style = yaml.DoubleQuotedStyle
	}
	s, err := written(&x)
	if err != nil {
		return ""
	}
	return strings.TrimRight(s, "\n")
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// idle is a line that is empty or nothing but a comment.
func idle(line string) bool {
	t := strings.TrimSpace(line)
	return t == "" || strings.HasPrefix(t, "#")
}

// blockEnd is the line after the last one of a block that begins on line from: those that follow and satisfy in, without idle lines at the end.
func blockEnd(lines []string, from int, in func(string) bool) int {
	end := from + 1
	for i := from + 1; i < len(lines); i++ {
		if idle(lines[i]) {
			continue
		}
		if !in(lines[i]) {
			break
		}
		end = i + 1
	}
	return end
}

// entry is the lines of the n-th entry of a list written line by line.
func entry(lines []string, list *yaml.Node, n int) (from, to, dash int, ok bool) {
	if list.Style&yaml.FlowStyle != 0 {
		return 0, 0, 0, false
	}
	from = list.Content[n].Line - 1
	dash = indent(lines[from])
	if !strings.HasPrefix(lines[from][dash:], "-") {
		return 0, 0, 0, false
	}
	return from, blockEnd(lines, from, func(s string) bool { return indent(s) > dash }), dash, true
}

// keyBlock is the lines of the i-th key of a mapping written line by line.
func keyBlock(lines []string, m *yaml.Node, i int) (from, to int) {
	k, v := m.Content[i], m.Content[i+1]
	col := k.Column - 1
	return k.Line - 1, blockEnd(lines, k.Line-1, func(s string) bool {
		return indent(s) > col || indent(s) == col && v.Kind == yaml.SequenceNode && strings.HasPrefix(s[col:], "-")
	})
}

// token is where the scalar that begins at rune i of a line ends.
func token(line []rune, i int, flow bool) int {
	if i >= len(line) {
		return i
	}
	if q := line[i]; q == '"' || q == '\'' {
		for j := i + 1; j < len(line); j++ {
			switch {
			case q == '"' && line[j] == '\\':
				j++
			case line[j] == q && q == '\'' && j+1 < len(line) && line[j+1] == q:
				j++
			case line[j] == q:
				return j + 1
			}
		}
		return -1
	}
	end := i
	for j := i; j < len(line); j++ {
		if flow && strings.ContainsRune(",}]", line[j]) || line[j] == '#' && j > 0 && line[j-1] == ' ' {
			break
		}
		if line[j] != ' ' {
			end = j + 1
		}
	}
	return end
}

// closing is where the bracket at rune i of a line is closed on the same line; -1 if it is not.
func closing(line []rune, i int) int {
	depth := 0
	for j := i; j < len(line); j++ {
		switch c := line[j]; c {
		case '"', '\'':
			j = token(line, j, true) - 1
			if j < 0 {
				return -1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return j
			}
		}
	}
	return -1
}

func splice(lines []string, from, to int, put ...string) []string {
	out := append([]string{}, lines[:from]...)
	return append(append(out, put...), lines[to:]...)
}

// set puts value under path, whose last step is a key; nil takes the key away.
func (e *editor) set(path []step, value *yaml.Node) bool {
	parent, key := path[:len(path)-1], path[len(path)-1].key
	root, err := parseNode(e.text)
	if err != nil {
		return false
	}
	if find(root, parent) == nil {
		if value == nil {
			return true
		}
		return len(parent) > 0 && e.set(parent, &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{scalar(key), value}})
	}
	return e.change(func(root *yaml.Node) bool {
		m := find(root, parent)
		if m.Kind != yaml.MappingNode {
			return false
		}
		i := keyAt(m, key)
		switch {
		case i < 0 && value == nil:
		case i < 0:
			m.Content = append(m.Content, scalar(key), value)
		case value == nil:
			m.Content = append(m.Content[:i:i], m.Content[i+2:]...)
		default:
			value.LineComment = m.Content[i+1].LineComment
			m.Content[i+1] = value
		}
		return true
	}, func(root *yaml.Node, lines []string) []string {
		m := find(root, parent)
		i, flow := keyAt(m, key), m.Style&yaml.FlowStyle != 0
		line := func(n *yaml.Node) []rune { return []rune(lines[n.Line-1]) }
		switch {
		case i < 0 && value == nil:
			return lines
		case i >= 0 && value != nil && value.Kind == yaml.ScalarNode && m.Content[i+1].Kind == yaml.ScalarNode:
			v := m.Content[i+1]
			l := line(v)
			end := token(l, v.Column-1, flow)
			if end < 0 || end > len(l) {
				return nil
			}
			return splice(lines, v.Line-1, v.Line, string(l[:v.Column-1])+inline(value)+string(l[end:]))
		case flow && i < 0:
			l := line(m)
			end := closing(l, m.Column-1)
			if end < 0 {
				return nil
			}
			sep := ", "
			if len(m.Content) == 0 {
				sep = ""
			}
			return splice(lines, m.Line-1, m.Line, strings.TrimRight(string(l[:end]), " ")+sep+key+": "+inline(value)+string(l[end:]))
		case flow && value == nil:
			l := line(m)
			end := closing(l, m.Column-1)
			if end < 0 || m.Content[i].Line != m.Line {
				return nil
			}
			from := m.Content[i].Column - 1
			if i+2 < len(m.Content) {
				return splice(lines, m.Line-1, m.Line, string(l[:from])+string(l[m.Content[i+2].Column-1:]))
			}
			return splice(lines, m.Line-1, m.Line, strings.TrimRight(string(l[:from]), ", ")+string(l[end:]))
		case flow:
			return nil
		}
		if len(m.Content) == 0 {
			return nil
		}
		col := m.Content[0].Column - 1
		put := rendered(key, value, col)
		switch {
		case i < 0:
			at := blockEnd(lines, m.Content[0].Line-1, func(s string) bool { return indent(s) >= col })
			return splice(lines, at, at, put...)
		case i == 0 && len(parent) > 0 && parent[len(parent)-1].key == "": // shares its line with the dash
			return nil
		case value == nil:
			from, to := keyBlock(lines, m, i)
			return splice(lines, from, to)
		}
		from, to := keyBlock(lines, m, i)
		return splice(lines, from, to, put...)
	})
}

// rendered writes one key with its value, in lines that are moved in by col.
func rendered(key string, value *yaml.Node, col int) []string {
	if value == nil {
		return nil
	}
	s, err := written(&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{scalar(key), value}})
	if err != nil {
		return nil
	}
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.Repeat(" ", col) + lines[i]
	}
	return lines
}

// add puts an entry at the end of the list at path, which is made if there is none.
func (e *editor) add(path []step, value *yaml.Node) bool {
	root, err := parseNode(e.text)
	if err != nil {
		return false
	}
	if list := find(root, path); list == nil || list.ShortTag() == "!!null" {
		return e.set(path, &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{value}})
	}
	return e.change(func(root *yaml.Node) bool {
		list := find(root, path)
		if list.Kind != yaml.SequenceNode {
			return false
		}
		list.Content = append(list.Content, value)
		return true
	}, func(root *yaml.Node, lines []string) []string {
		list := find(root, path)
		if len(list.Content) == 0 {
			return nil
		}
		_, to, dash, ok := entry(lines, list, len(list.Content)-1)
		s, err := written(value)
		if !ok || err != nil {
			return nil
		}
		put := strings.Split(strings.TrimRight(s, "\n"), "\n")
		for i := range put {
			lead := strings.Repeat(" ", dash) + "  "
			if i == 0 {
				lead = strings.Repeat(" ", dash) + "- "
			}
			put[i] = lead + put[i]
		}
		return splice(lines, to, to, put...)
	})
}

// drop takes the n-th entry out of the list at path; the list itself goes with its last one.
func (e *editor) drop(path []step, n int) bool {
	root, err := parseNode(e.text)
	if err != nil {
		return false
	}
	if list := find(root, path); list != nil && len(list.Content) == 1 && n == 0 {
		return e.set(path, nil)
	}
	return e.change(func(root *yaml.Node) bool {
		list := find(root, path)
		if list == nil || list.Kind != yaml.SequenceNode || n >= len(list.Content) {
			return false
		}
		list.Content = append(list.Content[:n:n], list.Content[n+1:]...)
		return true
	}, func(root *yaml.Node, lines []string) []string {
		from, to, _, ok := entry(lines, find(root, path), n)
		if !ok {
			return nil
		}
		return splice(lines, from, to)
	})
}

// swap exchanges the n-th entry of the list at path and the one after it.
func (e *editor) swap(path []step, n int) bool {
	return e.change(func(root *yaml.Node) bool {
		list := find(root, path)
		if list == nil || list.Kind != yaml.SequenceNode || n < 0 || n+1 >= len(list.Content) {
			return false
		}
		list.Content[n], list.Content[n+1] = list.Content[n+1], list.Content[n]
		return true
	}, func(root *yaml.Node, lines []string) []string {
		list := find(root, path)
		a, b, _, ok := entry(lines, list, n)
		c, d, _, ok2 := entry(lines, list, n+1)
		if !ok || !ok2 {
			return nil
		}
		put := append([]string{}, lines[c:d]...)
		put = append(append(put, lines[b:c]...), lines[a:b]...)
		return splice(lines, a, d, put...)
	})
}
