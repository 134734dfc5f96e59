package docx

import (
	"errors"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"duban/internal/base/errs"

	"github.com/beevik/etree"
)

// Limits of a template: a paper is a few pages, and whoever prints it pays for its size each time.
const (
	MaxTemplate      = 2 << 20
	maxTemplateParts = 12 << 20 // bytes unfolded
)

// Faults says why a file cannot be a template (模板), in sentences that tell how to mend it; none means that it can. It looks at what the file is
// and carries, not at its tags: nothing may be fetched, run or shown from outside, nothing may stand in it that a reader does not see, and nothing
// may change by itself after the paper has been made.
func Faults(template []byte) (out []string) {
	say := func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if len(template) > MaxTemplate {
		return []string{"模板太大，最多 2 MB。请把里面的图片压小，或者删去。"}
	}
	pkg, err := OpenPackage(template, ".docx")
	if err != nil {
		return []string{errs.Say(err)}
	}
	main := mainPart(pkg)
	if main == "" {
		return []string{"这个文件不是 Word 文档（.docx）。请在 Word 或 WPS 里打开模板，改好后存为 .docx。"}
	}
	var total uint64
	for _, f := range pkg.Files {
		total += f.UncompressedSize64
		name := strings.ToLower(f.Name)
		switch {
		case strings.HasPrefix(name, "word/embeddings/"), strings.Contains(name, "/activex/"), strings.HasPrefix(name, "activex/"):
			say("模板里嵌入了别的文件或控件。请删去嵌入的对象，只留文字、表格和图片。")
		case strings.HasSuffix(name, ".rels"):
			b, err := pkg.ReadXML(f.Name)
			if err != nil {
				return append(out, errs.Say(err))
			}
			root, err := tree(b)
			if err != nil {
				return append(out, errs.Say(err))
			}
			for _, r := range root.ChildElements() {
				kind := path.Base(r.SelectAttrValue("Type", ""))
				switch {
				case kind == "attachedTemplate":
					say("文件附着了另一个模板（" + clip(r.SelectAttrValue("Target", "")) + "）。请在 Word 的“开发工具—文档模板”里去掉附着的模板，再存一次。")
				case kind == "aFChunk" || kind == "subDocument" || kind == "oleObject" || kind == "package" || kind == "control":
					say("模板里插入了别的文件。请把它的内容直接写进模板。")
				case strings.EqualFold(r.SelectAttrValue("TargetMode", ""), "External"):
					say("模板里有指向文件以外的链接（" + clip(r.SelectAttrValue("Target", "")) + "）。请取消超链接，链接的图片改为直接插入。")
				}
			}
		}
	}
	if total > maxTemplateParts {
		say("模板展开后太大。请把里面的图片压小，或者删去。")
		return out
	}
	hidden, err := hiddenStyles(pkg)
	if err != nil {
		return append(out, errs.Say(err))
	}
	for _, f := range pkg.Files {
		if f.Name != main && !carriesText(f.Name) {
			continue
		}
		b, err := pkg.ReadXML(f.Name)
		if err != nil {
			return append(out, errs.Say(err))
		}
		root, err := tree(b)
		if err != nil {
			return append(out, errs.Say(err))
		}
		inspect(root, hidden, say)
	}
	return out
}

// hiddenStyles are the styles that hide what is written in them, those that are based on such a one too.
func hiddenStyles(pkg *Package) (map[string]bool, error) {
	b, err := pkg.ReadXML("word/styles.xml")
	if errors.Is(err, ErrNoPart) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	root, err := tree(b)
	if err != nil {
		return nil, err
	}
	hides, base := map[string]bool{}, map[string]string{}
	for _, s := range root.SelectElements("style") {
		id := s.SelectAttrValue("styleId", "")
		if v := s.FindElement("rPr/vanish"); v != nil {
			hides[id] = on(v)
		} else if x := s.SelectElement("basedOn"); x != nil {
			base[id] = x.SelectAttrValue("val", "")
		}
	}
	for id := range base {
		for at, n := id, 0; n < 20 && at != ""; at, n = base[at], n+1 {
			if hides[at] {
				hides[id] = true
			}
		}
	}
	return hides, nil
}

// codes are the fields of Word that show nothing but the paper's own pages and numbers. Any other may fetch a file, run a program, or show
// tomorrow what it does not show today.
var codes = []string{"PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "SEQ", "EQ"}

var codeWord = regexp.MustCompile(`^\s*([A-Za-z]+)`)

func inspect(e *etree.Element, hidden map[string]bool, say func(string)) {
	switch e.Tag {
	case "instrText":
		checkCode(fieldCode(e), say)
	case "fldSimple":
		checkCode(e.SelectAttrValue("instr", ""), say)
	case "ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "tblPrChange", "trPrChange", "tcPrChange", "sectPrChange", "cellIns", "cellDel":
		if e.Space == "w" {
			say("模板里还留着修订痕迹。请在“审阅”里接受全部修订，再存一次。")
		}
	case "commentReference":
		say("模板里还留着批注。请删去全部批注，再存一次。")
	case "vanish", "webHidden", "specVanish":
		if e.Space == "w" && on(e) {
			say("模板里有隐藏文字。请全选，在“字体”里去掉“隐藏”，再存一次。")
		}
	case "pStyle", "rStyle", "tblStyle":
		if hidden[e.SelectAttrValue("val", "")] {
			say("模板里有用“隐藏”样式写的字。请给这些字换一个样式，再存一次。")
		}
	case "dataBinding":
		say("模板里有绑定了数据的内容控件，打开时会换掉里面的字。请删去内容控件，只留文字。")
	case "altChunk", "subDoc", "object", "control":
		if e.Space == "w" {
			say("模板里插入了别的文件或控件。请删去，把内容直接写进模板。")
		}
	}
	for _, c := range e.ChildElements() {
		inspect(c, hidden, say)
	}
}

// fieldCode is the code of which e is the first piece: Word may have split it over several runs. "" if e is a later piece.
func fieldCode(e *etree.Element) string {
	run := e.Parent()
	if run == nil || run.Parent() == nil {
		return e.Text()
	}
	code, mine := "", false
	for _, r := range run.Parent().ChildElements() {
		for _, c := range r.ChildElements() {
			switch c.Tag {
			case "fldChar":
				if mine {
					return code
				}
				code = ""
			case "instrText":
				if c == e && code != "" {
					return ""
				}
				mine = mine || c == e
				code += c.Text()
			}
		}
	}
	return code
}

func checkCode(code string, say func(string)) {
	if strings.TrimSpace(code) == "" {
		return
	}
	m := codeWord.FindStringSubmatch(code)
	if m == nil || !slices.Contains(codes, strings.ToUpper(m[1])) {
		say("模板里有域“" + clip(strings.TrimSpace(code)) + "”，印出来的字会自己变，或者要去取别的文件。请选中它按 Ctrl+Shift+F9 变成文字，或删去；页码可以留。")
	}
}

// Unknown is a tag for which the data have nothing: as it is written, and the lists around it.
type Unknown struct {
	Tag, Op, Name string
	Lists         []string
}

// Unknowns lists the tags of a template for which data have nothing, in the order of their names. Errors: Invalid, of a tag that is not written right.
func Unknowns(template []byte, data Data) (out []Unknown, err error) {
	_, missing, err := render(template, data)
	if err != nil {
		return nil, err
	}
	for _, t := range slices.Sorted(maps.Keys(missing)) {
		m := tag.FindStringSubmatch(t)
		out = append(out, Unknown{t, m[1], m[2], missing[t]})
	}
	return out, nil
}

// Lines are the words of a file as they stand, a line for each paragraph that has any: of the body, and of heads, feet and notes. A line end or a tab
// inside a paragraph is a blank.
func Lines(file []byte) (body, rest []string, err error) {
	pkg, err := OpenPackage(file, ".docx")
	if err != nil {
		return nil, nil, err
	}
	main := mainPart(pkg)
	if main == "" {
		return nil, nil, errNoWord
	}
	for _, f := range pkg.Files {
		if f.Name != main && !carriesText(f.Name) {
			continue
		}
		b, err := pkg.ReadXML(f.Name)
		if err != nil {
			return nil, nil, err
		}
		root, err := tree(b)
		if err != nil {
			return nil, nil, err
		}
		for _, p := range shown(root, nil) {
			if s := lineOf(p); strings.TrimSpace(s) != "" {
				if f.Name == main {
					body = append(body, s)
				} else {
					rest = append(rest, s)
				}
			}
		}
	}
	return body, rest, nil
}

// shown lists the paragraphs below e that are shown: what stands only for programs that cannot show a drawing (mc:Fallback) is not.
func shown(e *etree.Element, out []*etree.Element) []*etree.Element {
	if e.Tag == "Fallback" {
		return out
	}
	if e.Tag == "p" && e.Space == "w" {
		out = append(out, e)
	}
	for _, c := range e.ChildElements() {
		out = shown(c, out)
	}
	return out
}

// lineOf is ownText with a blank for each line end and tab.
func lineOf(p *etree.Element) string {
	var b strings.Builder
	var walk func(e *etree.Element)
	walk = func(e *etree.Element) {
		for _, c := range e.ChildElements() {
			switch {
			case c.Tag == "t" && c.Space == "w":
				b.WriteString(c.Text())
			case is(c, "tab", "br", "cr") && is(e, "r"):
				b.WriteByte(' ')
			case !is(c, "txbxContent", "Fallback"):
				walk(c)
			}
		}
	}
	walk(p)
	return b.String()
}
