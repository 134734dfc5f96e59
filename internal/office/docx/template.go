package docx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"duban/internal/base/errs"

	"github.com/beevik/etree"
)

// Data is what the tags of a template name. A value is a string, an integer, a fmt.Stringer (an amount), a bool for
// {{?条件}}, or []Data for {{#列表}}. An entry of a list sees its own values first, then those around the list.
type Data map[string]any

// tag is {{name}}, {{#name}}, {{?name}} or {{/name}}; Word may have split it over several runs.
var tag = regexp.MustCompile(`\{\{\s*([#?/]?)\s*([^{}]+?)\s*\}\}`)

// maxOutput keeps a list of lists from filling the machine: elements made from one template.
const maxOutput = 600_000

// Render fills the template. Errors are errs.Invalid, in words for the person who made the template.
func Render(template []byte, data Data) ([]byte, error) {
	b, missing, err := render(template, data)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		names := slices.Sorted(maps.Keys(missing))
		return nil, errs.New(errs.Invalid, "模板里的 %s 没有对应的数据。请核对模板中的字段名，改好后重新上传模板。", strings.Join(names, "、"))
	}
	return b, nil
}

// render also tells which tags have no data, each with the lists around the place where it first stands.
func render(template []byte, data Data) ([]byte, map[string][]string, error) {
	pkg, err := OpenPackage(template, ".docx")
	if err != nil {
		return nil, nil, err
	}
	main := mainPart(pkg)
	if main == "" {
		return nil, nil, errNoWord
	}
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	r := renderer{missing: map[string][]string{}}
	for _, f := range pkg.Files {
		if f.Name != main && !carriesText(f.Name) {
			if err := zw.Copy(f); err != nil { // raw: neither unfolded nor changed
				return nil, nil, err
			}
			continue
		}
		b, err := pkg.ReadXML(f.Name)
		if err != nil {
			return nil, nil, err
		}
		if b, err = r.part(b, data); err != nil {
			return nil, nil, err
		}
		w, err := zw.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: f.Modified})
		if err != nil {
			return nil, nil, err
		}
		if _, err := w.Write(b); err != nil {
			return nil, nil, err
		}
	}
	if err := zw.Close(); err != nil {
		return nil, nil, err
	}
	return out.Bytes(), r.missing, nil
}

var errNoWord = errs.New(errs.Invalid, "这个文件不是 Word 文档（.docx）。")

// Tags lists the tags of a template in the order of the document, each once, as written: 标题, #项目, ?附件.
// It lets an upload page say what a replaced template will ask for.
func Tags(template []byte) ([]string, error) {
	pkg, err := OpenPackage(template, ".docx")
	if err != nil {
		return nil, err
	}
	main := mainPart(pkg)
	if main == "" {
		return nil, errNoWord
	}
	var out []string
	for _, f := range pkg.Files {
		if f.Name != main && !carriesText(f.Name) {
			continue
		}
		b, err := pkg.ReadXML(f.Name)
		if err != nil {
			return nil, err
		}
		root, err := tree(b)
		if err != nil {
			return nil, err
		}
		for _, p := range paragraphs(root, nil) {
			for _, m := range tag.FindAllStringSubmatch(ownText(p), -1) {
				if name := m[1] + m[2]; m[1] != "/" && !slices.Contains(out, name) {
					out = append(out, name)
				}
			}
		}
	}
	return out, nil
}

var notes = regexp.MustCompile(`^word/(header|footer|footnotes|endnotes)\d*\.xml$`)

func carriesText(name string) bool { return notes.MatchString(name) }

// mainPart finds the body: the package's own relation says which part it is.
func mainPart(p *Package) string {
	if b, err := p.ReadXML("_rels/.rels"); err == nil {
		if root, err := tree(b); err == nil {
			for _, r := range root.ChildElements() {
				if strings.HasSuffix(r.SelectAttrValue("Type", ""), "/officeDocument") {
					if n := strings.TrimPrefix(r.SelectAttrValue("Target", ""), "/"); p.Has(n) && strings.HasPrefix(n, "word/") {
						return n
					}
				}
			}
		}
	}
	if p.Has("word/document.xml") {
		return "word/document.xml"
	}
	return ""
}

func document(b []byte) (*etree.Document, error) {
	d := etree.NewDocument()
	d.ReadSettings.PreserveCData = true
	if err := d.ReadFromBytes(b); err != nil {
		return nil, &errs.Error{Kind: errs.Invalid, Message: "文件内容已经损坏，请重新保存后再上传。", Cause: err}
	}
	if d.Root() == nil {
		return nil, errs.New(errs.Invalid, "文件内容已经损坏，请重新保存后再上传。")
	}
	return d, nil
}

func tree(b []byte) (*etree.Element, error) {
	d, err := document(b)
	if err != nil {
		return nil, err
	}
	return d.Root(), nil
}

type renderer struct {
	missing map[string][]string // by tag, the lists around it
	lists   []string            // around the place where it works
	made    int
}

func (r *renderer) lacks(tag string) {
	if _, known := r.missing[tag]; !known {
		r.missing[tag] = slices.Clone(r.lists)
	}
}

func (r *renderer) part(b []byte, data Data) ([]byte, error) {
	d, err := document(b)
	if err != nil {
		return nil, err
	}
	if err := r.container(d.Root(), []Data{data}); err != nil {
		return nil, err
	}
	return d.WriteToBytes()
}

func is(e *etree.Element, tags ...string) bool { return slices.Contains(tags, e.Tag) }

// container walks the children of a body, cell, text box, table or header. A section runs over siblings of one kind:
// table rows, or paragraphs.
func (r *renderer) container(e *etree.Element, scope []Data) error {
	kids := e.ChildElements()
	for i := 0; i < len(kids); i++ {
		k := kids[i]
		if is(k, "p", "tr") {
			if op, name, found := opening(k); found {
				j, err := closing(kids, i, op, name)
				if err != nil {
					return err
				}
				if err := r.section(e, kids[i:j+1], op, name, scope); err != nil {
					return err
				}
				i = j
				continue
			}
		}
		if is(k, "p") {
			if err := r.paragraph(k, scope); err != nil {
				return err
			}
			for _, box := range boxes(k, nil) {
				if err := r.container(box, scope); err != nil {
					return err
				}
			}
			continue
		}
		if err := r.container(k, scope); err != nil {
			return err
		}
		if is(k, "tbl") && k.SelectElement("tr") == nil { // Word cannot open a table without rows
			e.RemoveChild(k)
		}
	}
	if is(e, "tc") && e.SelectElement("p") == nil { // nor a cell without a paragraph
		e.CreateElement("w:p")
	}
	return nil
}

// opening finds the section that this paragraph or row itself begins. One that stands wholly inside a single paragraph's
// words, or inside a single cell, is left to that paragraph or cell.
func opening(k *etree.Element) (op, name string, found bool) {
	if k.Tag == "p" {
		s := ownText(k)
		for _, m := range tag.FindAllStringSubmatchIndex(s, -1) {
			o, n := s[m[2]:m[3]], s[m[4]:m[5]]
			if o != "#" && o != "?" {
				continue
			}
			end := closeIn(s[m[1]:], n)
			if end < 0 {
				return o, n, true
			}
			if strings.TrimSpace(s[:m[0]]) == "" && strings.TrimSpace(s[m[1]+end:]) == "" {
				return o, n, true
			}
		}
		return "", "", false
	}
	for _, c := range k.ChildElements() {
		if c.Tag != "tc" {
			continue
		}
		var b strings.Builder
		for _, p := range paragraphs(c, nil) {
			b.WriteString(ownText(p))
			b.WriteByte('\n')
		}
		s := b.String()
		for _, m := range tag.FindAllStringSubmatchIndex(s, -1) {
			o, n := s[m[2]:m[3]], s[m[4]:m[5]]
			if (o == "#" || o == "?") && closeIn(s[m[1]:], n) < 0 {
				return o, n, true
			}
		}
	}
	return "", "", false
}

// closeIn returns where, in s, the section called name ends (after its closing tag), or −1.
func closeIn(s, name string) int {
	depth := 1
	for _, m := range tag.FindAllStringSubmatchIndex(s, -1) {
		if s[m[4]:m[5]] != name {
			continue
		}
		switch s[m[2]:m[3]] {
		case "#", "?":
			depth++
		case "/":
			if depth--; depth == 0 {
				return m[1]
			}
		}
	}
	return -1
}

func closing(kids []*etree.Element, i int, op, name string) (int, error) {
	depth := 0
	for j := i; j < len(kids); j++ {
		if kids[j].Tag != kids[i].Tag { // a table between two paragraphs has sections of its own
			continue
		}
		for _, p := range paragraphs(kids[j], nil) {
			for _, m := range tag.FindAllStringSubmatch(ownText(p), -1) {
				if m[2] != name {
					continue
				}
				if m[1] == "#" || m[1] == "?" {
					depth++
				} else if m[1] == "/" {
					if depth--; depth == 0 {
						return j, nil
					}
				}
			}
		}
	}
	return 0, errs.New(errs.Invalid, "模板里的 {{%s%s}} 没有写结束标签。请在同一层的段落或表格行里补上 {{/%s}}。", op, name, name)
}

// section puts in one copy of group for each entry of the list, or one when the condition holds, or none.
func (r *renderer) section(parent *etree.Element, group []*etree.Element, op, name string, scope []Data) error {
	items, err := r.items(op, name, scope)
	if err != nil {
		return err
	}
	// The first and the last element carry the tags. What holds nothing else was only a marker and goes.
	first, last := group[0], group[len(group)-1]
	hadText := make([]bool, len(group))
	for i, g := range group {
		hadText[i] = strings.TrimSpace(allText(g)) != ""
	}
	cutTag(first, op, name, false)
	cutTag(last, "/", name, true)
	keep := make([]bool, len(group))
	for i, g := range group {
		empty := hadText[i] && strings.TrimSpace(allText(g)) == "" && !holdsObject(g)
		keep[i] = !empty || (is(g, "tr") && len(group) == 1)
	}
	if op == "#" {
		r.lists = append(r.lists, name)
		defer func() { r.lists = r.lists[:len(r.lists)-1] }()
	}
	made := make([]*etree.Element, 0, len(items)*len(group))
	for _, it := range items {
		wrap := etree.NewElement("section")
		for i, g := range group {
			if keep[i] {
				c := g.Copy()
				wrap.AddChild(c)
				if r.made += count(c); r.made > maxOutput {
					return errs.New(errs.Invalid, "这份文件太长，放不下。请缩小范围后再生成。")
				}
			}
		}
		if err := r.container(wrap, append(scope[:len(scope):len(scope)], it)); err != nil {
			return err
		}
		made = append(made, wrap.ChildElements()...)
	}
	replace(parent, first.Index(), last.Index(), made)
	return nil
}

// replace puts made where the children from..to of parent stood. It works from the end, since etree renumbers every
// child behind the one that is put in or taken out: thousands of rows would cost the square.
func replace(parent *etree.Element, from, to int, made []*etree.Element) {
	var tail []etree.Token
	for i := len(parent.Child) - 1; i >= from; i-- {
		if t := parent.RemoveChildAt(i); i > to {
			tail = append(tail, t)
		}
	}
	for _, m := range made {
		parent.AddChild(m)
	}
	for _, t := range slices.Backward(tail) {
		parent.AddChild(t)
	}
}

func count(e *etree.Element) int {
	n := 1
	for _, c := range e.ChildElements() {
		n += count(c)
	}
	return n
}

func (r *renderer) items(op, name string, scope []Data) ([]Data, error) {
	v, ok := lookup(scope, name)
	if !ok {
		r.lacks("{{" + op + name + "}}")
		return nil, nil
	}
	if op == "#" {
		list, ok := v.([]Data)
		if !ok {
			return nil, errs.New(errs.Invalid, "模板里的 {{#%s}} 要的是列表，但“%s”不是列表。请改用 {{%s}}。", name, name, name)
		}
		return list, nil
	}
	switch v := v.(type) {
	case bool:
		ok = v
	case []Data:
		ok = len(v) > 0
	default:
		s, err := show(name, v)
		if err != nil {
			return nil, err
		}
		ok = s != ""
	}
	if ok {
		return []Data{nil}, nil
	}
	return nil, nil
}

func lookup(scope []Data, name string) (any, bool) {
	for i := len(scope) - 1; i >= 0; i-- {
		if v, ok := scope[i][name]; ok {
			return v, true
		}
	}
	return nil, false
}

// paragraph fills the fields and the short conditions of one paragraph's own words.
func (r *renderer) paragraph(p *etree.Element, scope []Data) error {
	ts := ownTexts(p, nil)
	if len(ts) == 0 {
		return nil
	}
	var all strings.Builder
	for _, t := range ts {
		all.WriteString(t.Text())
	}
	s := all.String()
	if !strings.ContainsAny(s, "{}｛｝") {
		return nil
	}
	var edits []edit
	skipTo, from := 0, 0
	for _, m := range tag.FindAllStringSubmatchIndex(s, -1) {
		if err := stray(s[from:m[0]]); err != nil {
			return err
		}
		from = m[1]
		if m[0] < skipTo {
			continue
		}
		op, name := s[m[2]:m[3]], s[m[4]:m[5]]
		switch op {
		case "#":
			return errs.New(errs.Invalid, "模板里的 {{#%s}} 夹在一段话中间。请把 {{#%s}} 放在段首、{{/%s}} 放在段尾，或各放一行。", name, name, name)
		case "?":
			end := closeIn(s[m[1]:], name)
			if end < 0 {
				return errs.New(errs.Invalid, "模板里的 {{?%s}} 没有写结束标签 {{/%s}}。", name, name)
			}
			items, err := r.items(op, name, scope)
			if err != nil {
				return err
			}
			if len(items) == 0 {
				skipTo = m[1] + end
				edits = append(edits, edit{m[0], skipTo, ""})
			} else {
				edits = append(edits, edit{m[0], m[1], ""})
			}
		case "/":
			if !opened(s[:m[0]], name) {
				return errs.New(errs.Invalid, "模板里的 {{/%s}} 没有对应的开始标签。", name)
			}
			edits = append(edits, edit{m[0], m[1], ""})
		default:
			v, ok := lookup(scope, name)
			if !ok {
				r.lacks("{{" + name + "}}")
				continue
			}
			text, err := show(name, v)
			if err != nil {
				return err
			}
			edits = append(edits, edit{m[0], m[1], text})
		}
	}
	if err := stray(s[from:]); err != nil {
		return err
	}
	apply(ts, edits)
	return nil
}

// stray refuses a tag that was begun and not finished, or typed with full-width braces: printed, it would be a blunder.
func stray(s string) error {
	for _, bad := range []string{"{{", "}}", "｛｛", "｝｝"} {
		if strings.Contains(s, bad) {
			return errs.New(errs.Invalid, "模板里“%s”附近的标签没有写对。标签要写成 {{字段}}，花括号用半角，两个一组。", clip(s))
		}
	}
	return nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}

func opened(s, name string) bool {
	for _, m := range tag.FindAllStringSubmatch(s, -1) {
		if m[1] == "?" && m[2] == name {
			return true
		}
	}
	return false
}

// show turns a value into text.
func show(name string, v any) (string, error) {
	switch v := v.(type) {
	case string:
		return Clean(v), nil
	case fmt.Stringer:
		return Clean(v.String()), nil
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case bool, []Data:
		return "", errs.New(errs.Invalid, "“%s”是条件或列表，模板里请写 {{?%s}}…{{/%s}} 或 {{#%s}}…{{/%s}}。", name, name, name, name, name)
	}
	return "", errors.New("docx: value of " + name + " has a type that cannot be printed")
}

// Clean drops what has no place in a paper: control characters but tab and line end, marks that reverse the direction
// of writing (a name can be disguised with them), characters that XML forbids.
func Clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\t' || c == '\n':
			return c
		case c == '\r' || c == '\v' || c == '\f' || c == '\u2028' || c == '\u2029':
			return '\n'
		case unicode.IsControl(c), c >= 0x202A && c <= 0x202E, c >= 0x2066 && c <= 0x2069,
			c == 0xFFFE, c == 0xFFFF, c == 0xFEFF:
			return -1
		}
		return c
	}, s)
}

// edit replaces the bytes from..to of a paragraph's words.
type edit struct {
	from, to int
	text     string
}

// apply carries out edits, which do not overlap and stand in order. A replacement goes into the run where its tag
// begins, so it takes that run's format. It works backwards and once, so that text just put in is never read as a tag.
func apply(ts []*etree.Element, edits []edit) {
	starts := make([]int, len(ts)+1)
	for i, t := range ts {
		starts[i+1] = starts[i] + len(t.Text())
	}
	touched := map[*etree.Element]bool{}
	for _, ed := range slices.Backward(edits) {
		for i := len(ts) - 1; i >= 0; i-- {
			// The text may have changed already behind ed, never before ed.to: the first offsets still hold.
			a, b := max(ed.from-starts[i], 0), min(ed.to, starts[i+1])-starts[i]
			if a >= b {
				continue
			}
			s := ts[i].Text()
			in := ""
			if ed.from >= starts[i] {
				in = ed.text
			}
			ts[i].SetText(s[:a] + in + s[b:])
			touched[ts[i]] = true
		}
	}
	for t := range touched {
		t.CreateAttr("xml:space", "preserve")
		breakLines(t)
	}
}

// breakLines turns the line ends and tabs of one text into w:br and w:tab beside it.
func breakLines(t *etree.Element) {
	s := t.Text()
	if !strings.ContainsAny(s, "\n\t") || t.Parent() == nil {
		return
	}
	run, at := t.Parent(), t.Index()
	run.RemoveChildAt(at)
	put := func(e *etree.Element) { run.InsertChildAt(at, e); at++ }
	word := func(s string) {
		if s != "" {
			e := etree.NewElement("w:t")
			e.CreateAttr("xml:space", "preserve")
			e.SetText(s)
			put(e)
		}
	}
	from := 0
	for i, c := range s {
		if c == '\n' || c == '\t' {
			word(s[from:i])
			put(etree.NewElement(map[rune]string{'\n': "w:br", '\t': "w:tab"}[c]))
			from = i + 1
		}
	}
	word(s[from:])
}

// cutTag removes one tag from a paragraph or row: the first such, or the last.
func cutTag(e *etree.Element, op, name string, last bool) {
	ps := paragraphs(e, nil)
	if last {
		slices.Reverse(ps)
	}
	for _, p := range ps {
		ts := ownTexts(p, nil)
		s := ownText(p)
		ms := tag.FindAllStringSubmatchIndex(s, -1)
		if last {
			slices.Reverse(ms)
		}
		for _, m := range ms {
			if s[m[2]:m[3]] == op && s[m[4]:m[5]] == name {
				apply(ts, []edit{{m[0], m[1], ""}})
				return
			}
		}
	}
}

// paragraphs lists e and the paragraphs below it, those of text boxes too.
func paragraphs(e *etree.Element, out []*etree.Element) []*etree.Element {
	if e.Tag == "p" && e.Space == "w" {
		out = append(out, e)
	}
	for _, c := range e.ChildElements() {
		out = paragraphs(c, out)
	}
	return out
}

// boxes lists the text boxes inside a paragraph.
func boxes(e *etree.Element, out []*etree.Element) []*etree.Element {
	for _, c := range e.ChildElements() {
		if c.Tag == "txbxContent" {
			out = append(out, c)
		} else {
			out = boxes(c, out)
		}
	}
	return out
}

// ownTexts lists the w:t of a paragraph, without those of its text boxes.
func ownTexts(e *etree.Element, out []*etree.Element) []*etree.Element {
	for _, c := range e.ChildElements() {
		switch {
		case c.Tag == "t" && c.Space == "w":
			out = append(out, c)
		case c.Tag != "txbxContent":
			out = ownTexts(c, out)
		}
	}
	return out
}

func ownText(p *etree.Element) string {
	var b strings.Builder
	for _, t := range ownTexts(p, nil) {
		b.WriteString(t.Text())
	}
	return b.String()
}

func allText(e *etree.Element) string {
	var b strings.Builder
	for _, p := range paragraphs(e, nil) {
		b.WriteString(ownText(p))
	}
	return b.String()
}

// holdsObject reports whether e shows something else than words: a line, a picture, a page break, the end of a section.
func holdsObject(e *etree.Element) bool {
	for _, c := range e.ChildElements() {
		if is(c, "drawing", "pict", "object", "sectPr") || (c.Tag == "br" && c.SelectAttrValue("type", "") == "page") || holdsObject(c) {
			return true
		}
	}
	return false
}
