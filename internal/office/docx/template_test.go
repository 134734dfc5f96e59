package docx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"duban/internal/base/errs"
)

const ns = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"`

// pack makes a .docx of the body and further parts, in name order as given: name, content, name, content.
func pack(t testing.TB, body string, more ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	parts := append([]string{
		"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml", `<?xml version="1.0" encoding="UTF-8"?><w:document ` + ns + `><w:body>` + body + `</w:body></w:document>`,
	}, more...)
	for i := 0; i < len(parts); i += 2 {
		w, err := zw.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, parts[i+1])
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func entry(t testing.TB, b []byte, name string) string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := zr.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// p is a paragraph of one run for each text.
func p(runs ...string) string {
	s := "<w:p>"
	for _, r := range runs {
		s += "<w:r><w:rPr><w:b/></w:rPr><w:t>" + r + "</w:t></w:r>"
	}
	return s + "</w:p>"
}

func tr(cells ...string) string {
	s := "<w:tr>"
	for _, c := range cells {
		s += "<w:tc>" + p(c) + "</w:tc>"
	}
	return s + "</w:tr>"
}

// filled renders body and returns its blocks, one a line; cells of a row are separated by |.
func filled(t *testing.T, body string, d Data) string {
	t.Helper()
	out, err := Render(pack(t, body), d)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	blocks, err := ReadParagraphs(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, b := range blocks {
		if b.Table == nil {
			lines = append(lines, b.Text)
			continue
		}
		for _, r := range b.Table.Cells {
			lines = append(lines, strings.Join(r, "|"))
		}
	}
	return strings.Join(lines, "\n")
}

type yuan int

func (y yuan) String() string { return fmt.Sprintf("%d 万元", int(y)) }

func TestRender(t *testing.T) {
	two := []Data{{"名": "甲项目", "有": true}, {"名": "乙项目", "有": false}}
	d := Data{"单位": "城南镇", "数": 3, "额": yuan(5), "列": two, "空": []Data{}, "是": true, "否": false, "文": "", "两行": "一\n二\t三",
		"层": []Data{{"名": "外", "里": []Data{{"子": "a"}, {"子": "b"}}}}}
	for _, c := range []struct{ name, body, want string }{
		{"one field", p("报：{{单位}}。"), "报：城南镇。"},
		{"a tag split over runs", p("报：{", "{单", "位}", "}。"), "报：城南镇。"},
		{"spaces inside", p("{{ 单位 }}"), "城南镇"},
		{"number and amount", p("{{数}}项，{{额}}"), "3项，5 万元"},
		{"line end and tab", p("{{两行}}"), "一\n二\t三"},
		{"paragraph loop with marker lines", p("{{#列}}") + p("{{名}}") + p("完") + p("{{/列}}") + p("尾"), "甲项目\n完\n乙项目\n完\n尾"},
		{"paragraph loop on one line", p("{{#列}}{{名}}；{{/列}}"), "甲项目；\n乙项目；"},
		{"paragraph loop over lines that carry text", p("{{#列}}首{{名}}") + p("末{{/列}}"), "首甲项目\n末\n首乙项目\n末"},
		{"empty list", p("头") + p("{{#空}}") + p("{{名}}") + p("{{/空}}") + p("尾"), "头\n尾"},
		{"row loop", "<w:tbl>" + tr("项", "数") + tr("{{#列}}{{名}}", "{{数}}{{/列}}") + tr("计", "") + "</w:tbl>", "项|数\n甲项目|3\n乙项目|3\n计|"},
		{"row loop over two rows and markers", "<w:tbl>" + tr("{{#列}}", "") + tr("{{名}}", "1") + tr("", "2") + tr("{{/列}}", "") + "</w:tbl>", "甲项目|1\n|2\n乙项目|1\n|2"},
		{"paragraphs looped inside a cell", "<w:tbl><w:tr><w:tc>" + p("{{#列}}") + p("{{名}}") + p("{{/列}}") + "</w:tc><w:tc>" + p("{{单位}}") + "</w:tc></w:tr></w:tbl>", "甲项目\n乙项目|城南镇"},
		{"an emptied cell keeps a paragraph", "<w:tbl><w:tr><w:tc>" + p("{{#空}}") + p("{{/空}}") + "</w:tc><w:tc>" + p("x") + "</w:tc></w:tr></w:tbl>", "|x"},
		{"a table without rows goes", "<w:tbl>" + tr("{{#空}}a", "b{{/空}}") + "</w:tbl>" + p("尾"), "尾"},
		{"condition over paragraphs", p("{{?是}}") + p("甲") + p("乙") + p("{{/是}}") + p("{{?否}}") + p("丙") + p("{{/否}}"), "甲\n乙"},
		{"condition inside words", p("得分 9{{?是}}（封顶）{{/是}}{{?否}}（作废{{单位}}）{{/否}}。"), "得分 9（封顶）。"},
		{"condition inside words, split", p("得", "分{{?", "否}}作", "废{{/", "否}}9"), "得分9"},
		{"condition by text and by list", p("甲{{?文}}x{{/文}}{{?列}}y{{/列}}{{?空}}z{{/空}}"), "甲y"},
		{"condition inside a loop", p("{{#列}}") + p("{{名}}{{?有}}★{{/有}}") + p("{{/列}}"), "甲项目★\n乙项目"},
		{"inline condition before a section", p("{{?是}}a{{/是}}b{{#列}}") + p("{{名}}{{/列}}"), "ab\n甲项目\nab\n乙项目"},
		{"list in a list", p("{{#层}}{{名}}") + p("{{#里}}") + p("{{子}}{{名}}") + p("{{/里}}") + p("{{/层}}"), "外\na外\nb外"},
		{"condition on rows", "<w:tbl>" + tr("a", "b") + tr("{{?否}}c", "d{{/否}}") + tr("{{?是}}e", "f{{/是}}") + "</w:tbl>", "a|b\ne|f"},
		{"a table inside a section", p("{{#列}}") + "<w:tbl>" + tr("{{名}}") + "</w:tbl>" + p("{{/列}}"), "甲项目\n乙项目"},
		{"text box", `<w:p><w:r><w:t>外{{数}}</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><wps:txbx><w:txbxContent>` + p("{{单位}}") + `</w:txbxContent></wps:txbx></mc:Choice><mc:Fallback><w:txbxContent>` + p("{{单位}}") + `</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>`, "外3\n城南镇"},
	} {
		if got := filled(t, c.body, d); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	d := Data{"名": "x", "列": []Data{}, "是": true}
	for _, c := range []struct{ body, says string }{
		{p("{{甲}}") + p("{{名}}{{乙}}"), "模板里的 {{乙}}、{{甲}} 没有对应的数据。请核对模板中的字段名，改好后重新上传模板。"},
		{p("{{#无}}") + p("{{/无}}"), "模板里的 {{#无}} 没有对应的数据。"},
		{p("a{{?无}}b{{/无}}"), "模板里的 {{?无}} 没有对应的数据。"},
		{p("{{#列}}") + p("x"), "模板里的 {{#列}} 没有写结束标签。"},
		{p("{{#列}}") + "<w:tbl>" + tr("{{/列}}") + "</w:tbl>", "模板里的 {{#列}} 没有写结束标签。请在同一层"},
		{p("x{{/列}}"), "模板里的 {{/列}} 没有对应的开始标签。"},
		{p("甲{{#列}}x{{/列}}乙"), "模板里的 {{#列}} 夹在一段话中间。"},
		{p("{{#名}}") + p("{{/名}}"), "模板里的 {{#名}} 要的是列表，但“名”不是列表。请改用 {{名}}。"},
		{p("{{列}}"), "“列”是条件或列表"},
		{p("{{名"), "模板里“{{名”附近的标签没有写对。"},
		{p("｛｛名｝｝"), "花括号用半角"},
	} {
		_, err := Render(pack(t, c.body), d)
		if err == nil || !strings.Contains(err.Error(), c.says) || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s:\n got %v\nwant %s", c.body, err, c.says)
		}
	}
}

// Source: reliability 56.
func TestValuesStayText(t *testing.T) {
	body := p("前{{名}}后") + `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE {{名}}</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`
	for _, v := range []string{`]]>`, `{{别的}}`, `{{#列}}`, `INCLUDETEXT "x"`, `<w:p/>`, `&amp;`, `a"b'c`, ` 两头空 `, "𠮷"} {
		tpl := pack(t, body)
		out, err := Render(tpl, Data{"名": v})
		if err != nil {
			t.Errorf("%q: %v", v, err)
			continue
		}
		blocks, err := ReadParagraphs(bytes.NewReader(out))
		if err != nil || blocks[0].Text != "前"+v+"后" {
			t.Errorf("%q came out as %q, %v", v, blocks[0].Text, err)
		}
		if doc := entry(t, out, "word/document.xml"); !strings.Contains(doc, "PAGE {{名}}") || strings.Count(doc, "instrText") != 2 {
			t.Errorf("%q changed a field code: %s", v, doc)
		}
	}
	if got := filled(t, p("{{名}}"), Data{"名": "a\x00b\x1bc\u202Ed\uFFFE\xffe\r\nf"}); got != "abcd\uFFFDe\nf" {
		t.Errorf("control characters: %q", got)
	}
}

func TestWhatIsNotTaggedIsKept(t *testing.T) {
	body := `<w:p w14:paraId="77"><w:bookmarkStart w:id="1" w:name="b"/><w:r><w:rPr><w:color w:val="FF0000"/></w:rPr><w:t>{{</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:t>名}}</w:t></w:r><w:bookmarkEnd w:id="1"/></w:p>` +
		`<w:p><w:r><w:drawing><x/></w:drawing></w:r><w:r><w:t>{{?是}}{{/是}}</w:t></w:r></w:p><w:sectPr><w:pgSz w:w="11906"/></w:sectPr>`
	footer := `<w:ftr ` + ns + `>` + p("{{名}}") + `</w:ftr>`
	tpl := pack(t, strings.ReplaceAll(body, "w14:", ""), "word/footer1.xml", footer, "word/styles.xml", "<not even xml", "word/media/image1.png", "\x89PNG")
	out, err := Render(tpl, Data{"名": "甲", "是": true})
	if err != nil {
		t.Fatal(err)
	}
	doc := entry(t, out, "word/document.xml")
	for _, want := range []string{`paraId="77"`, "bookmarkStart", "proofErr", `<w:color w:val="FF0000"/></w:rPr><w:t xml:space="preserve">甲</w:t>`, "<w:drawing><x/></w:drawing>", `<w:sectPr><w:pgSz w:w="11906"/></w:sectPr>`} {
		if !strings.Contains(doc, want) {
			t.Errorf("lost %s in %s", want, doc)
		}
	}
	if f := entry(t, out, "word/footer1.xml"); !strings.Contains(f, ">甲<") {
		t.Errorf("footer not filled: %s", f)
	}
	if entry(t, out, "word/styles.xml") != "<not even xml" || entry(t, out, "word/media/image1.png") != "\x89PNG" {
		t.Error("an untouched part changed")
	}
	again, _ := Render(tpl, Data{"名": "甲", "是": true})
	if !bytes.Equal(out, again) {
		t.Error("the same data made a different file")
	}
	tags, err := Tags(tpl)
	if err != nil || fmt.Sprint(tags) != "[名 ?是]" {
		t.Errorf("tags: %v %v", tags, err)
	}
}

func TestTwoThousandRows(t *testing.T) {
	var list []Data
	for i := range 2000 {
		list = append(list, Data{"序": i + 1, "名": "项目"})
	}
	got := filled(t, "<w:tbl>"+tr("{{#列}}{{序}}", "{{名}}{{/列}}")+"</w:tbl>", Data{"列": list})
	if n := strings.Count(got, "\n"); n != 1999 || !strings.HasSuffix(got, "2000|项目") {
		t.Errorf("%d rows", n+1)
	}
	big := make([]Data, 100_000)
	if _, err := Render(pack(t, "<w:tbl>"+tr("{{#列}}a", "b{{/列}}")+"</w:tbl>"), Data{"列": big}); err == nil {
		t.Error("a list without end was rendered")
	}
}

func BenchmarkRender2000Rows(b *testing.B) {
	list := make([]Data, 2000)
	for i := range list {
		list[i] = Data{"序": i, "名": "项目"}
	}
	tpl := pack(b, "<w:tbl>"+tr("{{#列}}{{序}}", "{{名}}{{/列}}")+"</w:tbl>")
	for b.Loop() {
		if _, err := Render(tpl, Data{"列": list}); err != nil {
			b.Fatal(err)
		}
	}
}
