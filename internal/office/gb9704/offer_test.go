package gb9704

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"duban/internal/base/errs"
	"duban/internal/office/docx"
)

// edited is a template as a clerk changed it: in each part that is named, the old words become the new ones. A part that is not there is added.
func edited(t *testing.T, template []byte, part string, pairs ...string) []byte {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(template), int64(len(template)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	found := false
	for _, f := range zr.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		s := string(b)
		if f.Name == part {
			found = true
			for i := 0; i < len(pairs); i += 2 {
				if !strings.Contains(s, pairs[i]) {
					t.Fatalf("%s has no %s", part, pairs[i])
				}
				s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
			}
		}
		w, _ := zw.Create(f.Name)
		io.WriteString(w, s)
	}
	if !found {
		w, _ := zw.Create(part)
		io.WriteString(w, pairs[0])
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const body = "word/document.xml"

// TestOffers: every default passes its own check and its trial print, the list of fields is what the default uses, and no meaning is left behind.
func TestOffers(t *testing.T) {
	explained := map[string]bool{}
	for _, name := range Names() {
		if err := Check(name, Template(name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		b, err := Trial(name, Template(name))
		if err != nil {
			t.Fatal(err)
		}
		text := words(t, b)
		list := Fields(name)
		must := 0
		for _, f := range list {
			explained[f.Name], explained[strings.Join(append(slices.Clone(f.In), f.Name), "/")] = true, true
			if f.Must {
				must++
				if f.Example == "" || !strings.Contains(text, strings.Fields(f.Example)[0]) {
					t.Errorf("%s: the trial does not print %s, %q", name, f.Name, f.Example)
				}
			}
		}
		x := offers[name]()
		if must != len(x.must) {
			t.Errorf("%s: %d of %d fields that it must print are offered", name, must, len(x.must))
		}
		tags, _ := docx.Tags(Template(name))
		for _, f := range list {
			if !slices.ContainsFunc(tags, func(s string) bool { return strings.TrimLeft(s, "#?") == f.Name }) {
				t.Errorf("%s offers %s, which the default does not show", name, f.Name)
			}
		}
		if added, gone, err := Changes(name, Template(name)); err != nil || added != nil || gone != nil {
			t.Errorf("%s differs from itself: %v %v %v", name, added, gone, err)
		}
	}
	for n := range meanings {
		if !explained[n] {
			t.Errorf("a meaning of %s, which no paper offers", n)
		}
	}
	if err := Check("没有", nil); errs.KindOf(err) != errs.NotFound || Fields("没有") != nil {
		t.Error(err)
	}
}

// TestCheck: what an office may change is taken, and what would let a signed paper say something else, or show nothing, or fetch something, is refused
// in words that say how to mend it.
func TestCheck(t *testing.T) {
	tpl := Template(ConfirmationName)
	row := func(from, to string) []byte { return edited(t, tpl, body, from, to) }
	para := func(s string) string { return `<w:p><w:r><w:t>` + s + `</w:t></w:r></w:p>` }
	const end = `<w:sectPr>`
	settings := `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" Target="http://example.invalid/t.dotm" TargetMode="External"/></Relationships>`
	link := `<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="http://example.invalid/logo.png" TargetMode="External"/></Relationships>`
	for _, c := range []struct {
		what string
		file []byte
		says []string // none: it is taken
	}{
		{"the default", tpl, nil},
		{"another title and words of the office's own", row("双方责任<", "双方的责任<"), nil},
		{"a field moved", edited(t, tpl, body, para("")[:0]+"编号：{{文件编号}}", "（{{文件编号}}）"), nil},
		{"a field twice", row(end, para("乙方全称：{{乙方}}")+end), nil},
		{"columns in another order", edited(t, tpl, body, "{{一季度}}", "{{甲}}", "{{二季度}}", "{{一季度}}", "{{甲}}", "{{二季度}}"), nil},
		{"a wrong name", row("{{年度目标}}", "{{全年目标}}"), []string{"没有 {{全年目标}} 这个字段，是不是 {{年度目标}}？请改过来。"}},
		{"a name of nowhere", row("{{文件编号}}{", "{{天气预报单位}}{"), []string{"没有 {{天气预报单位}} 这个字段，请对照本页的字段表改。"}},
		{"a list's field outside", row(end, para("{{指标}}")+end), []string{"{{指标}} 是列表里的字段，要放在 {{#目标任务}} 和 {{/目标任务}} 之间。"}},
		{"two lists' field outside", row(end, para("{{文}}")+end), []string{"{{#双方责任}} 和 {{/双方责任}}，或 {{#考核办法}} 和 {{/考核办法}} 之间。"}},
		{"no end of a condition", row("{{/存证}}", ""), []string{"{{?存证}} 没有写结束标签。请在同一层的段落或表格行里补上 {{/存证}}。"}},
		{"full-width braces", row("{{前言}}", "｛｛前言｝｝"), []string{"花括号用半角"}},
		{"a column dropped", row("{{三季度}}", ""), []string{"模板里没有 {{三季度}}（在“目标任务”里）。这是双方签字的内容，不能少，请放回正文"}},
		{"the table dropped", edited(t, tpl, body, "{{#目标任务}}", "", "{{/目标任务}}", "", "{{编号}}", "", "{{指标}}", "", "{{年度目标}}", "", "{{一季度}}", "", "{{二季度}}", "", "{{三季度}}", "", "{{四季度}}", "", "{{分值}}", "", "{{时限}}", ""),
			[]string{"没有 {{编号}}（在“目标任务”里）", "没有 {{指标}}", "没有 {{年度目标}}", "没有 {{时限}}"}},
		{"no signatures and no fingerprint", edited(t, tpl, body, "{{甲方签字人}}", "", "{{摘要值}}", ""), []string{"没有 {{甲方签字人}}。", "没有 {{摘要值}}。"}},
		{"a party only when there is a preamble", row("{{乙方}}", "{{?前言}}{{乙方}}{{/前言}}"), []string{"{{乙方}} 有时印不出来：它夹在一个不一定成立的条件里。"}},
		{"a nought behind a target", row("{{年度目标}}", "{{年度目标}}0"), []string{"{{年度目标}}（在“目标任务”里）紧挨着“0”，印出来会变成另一个数。"}},
		{"a unit behind a target", row("{{一季度}}", "{{一季度}}万"), []string{"{{一季度}}（在“目标任务”里）紧挨着“万”"}},
		{"a minus before a target", row("{{四季度}}", "-{{四季度}}"), []string{"{{四季度}}（在“目标任务”里）紧挨着“-”"}},
		{"a value in the foot of the page alone", edited(t, edited(t, tpl, body, "{{摘要值}}", ""), "word/footer1.xml", "— ", "{{摘要值}}— "), []string{"没有 {{摘要值}}。"}},
		{"a value for old programs alone", edited(t, tpl, body, "<w:t xml:space=\"preserve\">签字：{{乙方签字人}}</w:t>", `<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="wps"><w:t>签字：</w:t></mc:Choice><mc:Fallback><w:t>签字：{{乙方签字人}}</w:t></mc:Fallback></mc:AlternateContent>`), []string{"没有 {{乙方签字人}}。"}},
		{"hidden words", row(`<w:r><w:t xml:space="preserve">{{乙方}}`, `<w:r><w:rPr><w:vanish/></w:rPr><w:t xml:space="preserve">{{乙方}}`), []string{"有隐藏文字。请全选"}},
		{"not hidden", row(`<w:r><w:t xml:space="preserve">{{乙方}}`, `<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t xml:space="preserve">{{乙方}}`), nil},
		{"a style that hides", edited(t, tpl, "word/styles.xml", `<w:name w:val="甲乙双方"/><w:basedOn w:val="Normal"/><w:qFormat/>`, `<w:name w:val="甲乙双方"/><w:basedOn w:val="Normal"/><w:rPr><w:vanish/></w:rPr>`), []string{"“隐藏”样式"}},
		{"tracked changes", row("<w:r><w:t xml:space=\"preserve\">签字：{{甲方签字人}}</w:t></w:r>", `<w:ins w:id="1" w:author="a"><w:r><w:t>签字：{{甲方签字人}}</w:t></w:r></w:ins>`), []string{"接受全部修订"}},
		{"a comment", row(end, `<w:p><w:r><w:commentReference w:id="0"/></w:r></w:p>`+end), []string{"删去全部批注"}},
		{"a field that fetches", row(end, `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> INCLUDE</w:instrText></w:r><w:r><w:instrText>TEXT "c:\x"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`+end), []string{"模板里有域“INCLUDETEXT"}},
		{"a date that changes", row(end, `<w:p><w:fldSimple w:instr=" DATE "><w:r><w:t>今天</w:t></w:r></w:fldSimple></w:p>`+end), []string{"模板里有域“DATE”"}},
		{"page numbers", row(end, `<w:p><w:fldSimple w:instr=" NUMPAGES "><w:r><w:t>2</w:t></w:r></w:fldSimple></w:p>`+end), nil},
		{"an attached template", edited(t, tpl, "word/_rels/settings.xml.rels", settings), []string{"附着了另一个模板（http://example.inval…）"}},
		{"a picture from outside", edited(t, tpl, "word/_rels/document.xml.rels", "</Relationships>", link), []string{"指向文件以外的链接（http://example.inval…）。请取消超链接"}},
		{"something embedded", edited(t, tpl, "word/embeddings/oleObject1.bin", "x"), []string{"嵌入了别的文件或控件"}},
		{"bound content", row(end, `<w:sdt><w:sdtPr><w:dataBinding w:xpath="/a"/></w:sdtPr><w:sdtContent>`+para("x")+`</w:sdtContent></w:sdt>`+end), []string{"绑定了数据的内容控件"}},
		{"macros", edited(t, tpl, "word/vbaProject.bin", "x"), []string{"带有宏，不能上传。请另存为不带宏的 .docx"}},
		{"an old file", []byte("\xD0\xCF\x11\xE0xxxxxxxx"), []string{"旧版格式。请去掉密码，另存为 .docx"}},
		{"no Word file", []byte("hello"), []string{"不是 .docx"}},
		{"too large", make([]byte, docx.MaxTemplate+1), []string{"最多 2 MB"}},
	} {
		err := Check(ConfirmationName, c.file)
		if len(c.says) == 0 {
			if err != nil {
				t.Errorf("%s is refused: %v", c.what, err)
			}
			continue
		}
		if errs.KindOf(err) != errs.Invalid || len(errs.FieldsOf(err)) < len(c.says) {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		for _, s := range c.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %v, want %s", c.what, err, s)
			}
		}
	}
}

// TestMixedRows: two lists of columns in place of a table of rows could give one target's number to another; so could two loops.
func TestMixedRows(t *testing.T) {
	tpl := edited(t, Template(BulletinName), body, "{{#不同意见}}", "{{#不同意见}}{{单位}}说")
	if err := Check(BulletinName, tpl); err != nil {
		t.Error(err)
	}
	m := marks{"表/名": {"a", "b"}, "表/数": {"1", "2"}}
	for text, bad := range map[string]bool{"a1 b2": false, "1a 2b": false, "ab 12": true, "a1 b2 ab 12": false, "a": false} {
		if got := mixed(text, m, []string{"表/名", "表/数"}); (got != nil) != bad {
			t.Errorf("%s: %v", text, got)
		}
	}
	columns := edited(t, Template(ConfirmationName), body, "{{年度目标}}", "", "<w:sectPr>", `<w:p><w:r><w:t>{{#目标任务}}{{年度目标}}{{/目标任务}}</w:t></w:r></w:p><w:sectPr>`)
	if err := Check(ConfirmationName, columns); err == nil || !strings.Contains(err.Error(), "“目标任务”的各行会串在一起") {
		t.Error(err)
	}
}

// TestChanges: who puts a template into use reads which words are new and which are gone.
func TestChanges(t *testing.T) {
	tpl := edited(t, Template(ConfirmationName), body, "双方责任<", "双方的责任<")
	added, gone, err := Changes(ConfirmationName, tpl)
	if err != nil || !slices.Equal(added, []string{"三、双方的责任"}) || !slices.Equal(gone, []string{"三、双方责任"}) {
		t.Error(added, gone, err)
	}
}
