package gb9704

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"strings"
)

// Geometry in twips (1/20 pt, 1 mm = 56.7). The type area is a hair wider and higher than 156 × 225 mm, so that rounding
// can never push out the 28th character or the 22nd line.
// Source: GB/T 9704-2012 5.1–5.2, ui 12.
const (
	pageWidth, pageHeight = 11906, 16838
	marginTop             = 2098 // 37 mm
	marginLeft            = 1587 // 28 mm
	marginRight           = 1468
	marginBottom          = 1978
	typeWidth             = pageWidth - marginLeft - marginRight
	landscapeWidth        = pageHeight - 2*1418 // 247 mm
	footerFromEdge        = 1304                // the dash stands 7 mm under the type area
	line                  = 580                 // 225 mm / 22
	char                  = 315                 // 16 pt less a quarter: −0.2 pt would do, and loses the 28th character to rounding
)

// Red of the head and its rule. The standard's 80Y80M is a printing colour; pure red is what an office's Word shows for it.
const red = "FF0000"

// Fonts that the standard names. They are licensed and not shipped; Word falls back where they are absent.
const (
	songTitle = "方正小标宋简体"
	fangsong  = "仿宋_GB2312"
	kaiti     = "楷体_GB2312"
	heiti     = "黑体"
	songti    = "宋体"
	latin     = "Times New Roman"
)

// look is a paragraph style (样式) of the templates, under the Chinese name that a clerk sees in Word.
type look struct {
	id, name string
	font     string
	half     int // size in half points
	color    string
	ppr      string // further properties of the paragraph, in the order that the schema wants
	outline  int    // 1 or 2 for a heading
}

func spacing(before, after, exact int) string {
	return fmt.Sprintf(`<w:spacing w:before="%d" w:after="%d" w:line="%d" w:lineRule="exact"/>`, before, after, exact)
}

var (
	firstTwo = fmt.Sprintf(`<w:ind w:firstLineChars="200" w:firstLine="%d"/>`, 2*char)
	flush    = `<w:ind w:firstLineChars="0" w:firstLine="0"/>`
	// The signature and the date are centred over each other in the right 15 characters: the date then ends about four
	// characters from the edge, where the standard wants it, and the seal has its place.
	rightBox = fmt.Sprintf(`<w:ind w:left="%d" w:firstLineChars="0" w:firstLine="0"/>`, 13*char)
)

const (
	centred    = `<w:jc w:val="center"/>`
	leftward   = `<w:jc w:val="left"/>`
	rightward  = `<w:jc w:val="right"/>`
	justified  = `<w:jc w:val="both"/>`
	keepNext   = `<w:keepNext/>`
	breakFirst = `<w:pageBreakBefore/>`
)

// The style of plain text (正文) is the default one and is written apart.
var looks = []look{
	{id: "RedHead", name: "红头", font: songTitle, half: 88, color: red, ppr: spacing(1900, 0, 1100) + flush + centred},
	{id: "RedHeadLong", name: "红头（长名称）", font: songTitle, half: 60, color: red, ppr: spacing(1940, 0, 1000) + flush + centred},
	{id: "DocNumber", name: "发文字号", font: fangsong, half: 32, ppr: `<w:pBdr><w:bottom w:val="single" w:sz="18" w:space="9" w:color="` + red + `"/></w:pBdr>` + spacing(2*line, 0, line) + flush + centred},
	{id: "DocTitle", name: "公文标题", font: songTitle, half: 44, ppr: keepNext + spacing(0, 0, 680) + flush + centred, outline: 1},
	{id: "Speaker", name: "发言单位", font: kaiti, half: 32, ppr: spacing(line/2, line, line) + flush + centred},
	{id: "Addressee", name: "主送机关", font: fangsong, half: 32, ppr: spacing(line, 0, line) + flush + leftward},
	{id: "Level1", name: "一级标题", font: heiti, half: 32, ppr: keepNext + spacing(0, 0, line) + firstTwo + justified, outline: 1},
	{id: "Level2", name: "二级标题", font: kaiti, half: 32, ppr: keepNext + spacing(0, 0, line) + firstTwo + justified, outline: 2},
	{id: "Signer", name: "署名", font: fangsong, half: 32, ppr: keepNext + spacing(0, 0, line) + rightBox + centred},
	{id: "AnnexNote", name: "附件说明", font: fangsong, half: 32, ppr: keepNext + spacing(0, 0, line) + firstTwo + justified},
	{id: "Annex", name: "附件标识", font: heiti, half: 32, ppr: breakFirst + spacing(0, line, line) + flush + leftward},
	{id: "AnnexTitle", name: "附件标题", font: songTitle, half: 44, ppr: keepNext + spacing(0, line/2, 680) + flush + centred, outline: 1},
	{id: "Party", name: "甲乙双方", font: fangsong, half: 32, ppr: spacing(0, 0, line) + flush + leftward},
	{id: "TableHead", name: "表头", font: heiti, half: 21, ppr: spacing(60, 60, 300) + flush + centred},
	{id: "TableText", name: "表格文字", font: fangsong, half: 21, ppr: spacing(50, 50, 300) + flush + leftward},
	{id: "TableCentre", name: "表格文字居中", font: fangsong, half: 21, ppr: spacing(50, 50, 300) + flush + centred},
	{id: "TableRight", name: "表格数字", font: fangsong, half: 21, ppr: spacing(50, 50, 300) + flush + rightward},
	{id: "Small", name: "表注", font: fangsong, half: 22, ppr: spacing(60, 0, 340) + flush + justified},
	{id: "SmallNext", name: "表上小标题", font: heiti, half: 22, ppr: keepNext + spacing(100, 40, 340) + flush + justified},
	{id: "SmallTabs", name: "表上一行", font: fangsong, half: 22, ppr: keepNext + fmt.Sprintf(`<w:tabs><w:tab w:val="center" w:pos="%d"/><w:tab w:val="right" w:pos="%d"/></w:tabs>`, landscapeWidth/2, landscapeWidth) + spacing(60, 40, 340) + flush + leftward},
	{id: "SmallRight", name: "表注右", font: fangsong, half: 22, ppr: spacing(0, 60, 340) + flush + rightward},
	{id: "Colophon", name: "版记", font: fangsong, half: 28, ppr: spacing(20, 0, 460) + fmt.Sprintf(`<w:ind w:left="%d" w:right="%d" w:hangingChars="300" w:hanging="840"/>`, 280+840, 280) + leftward},
	{id: "ColophonEnd", name: "版记印发", font: fangsong, half: 28, ppr: fmt.Sprintf(`<w:tabs><w:tab w:val="right" w:pos="%d"/></w:tabs>`, typeWidth-280) + spacing(20, 20, 460) + `<w:ind w:left="280" w:right="280" w:firstLineChars="0" w:firstLine="0"/>` + leftward},
	{id: "PageOdd", name: "单页码", font: songti, half: 28, ppr: `<w:ind w:right="280" w:firstLineChars="0" w:firstLine="0"/>` + rightward},
	{id: "PageEven", name: "双页码", font: songti, half: 28, ppr: `<w:ind w:left="280" w:firstLineChars="0" w:firstLine="0"/>` + leftward},
}

const wNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

func rfonts(font string) string {
	ascii := latin
	if font == songTitle || font == heiti || font == songti { // digits in a title are of the title's own face
		ascii = font
	}
	return fmt.Sprintf(`<w:rFonts w:ascii="%s" w:hAnsi="%s" w:eastAsia="%s" w:cs="%s"/>`, ascii, ascii, font, latin)
}

func stylesXML() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:styles ` + wNS + `><w:docDefaults><w:rPrDefault><w:rPr>` + rfonts(fangsong) +
		`<w:kern w:val="2"/><w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>`)
	b.WriteString(`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr><w:widowControl w:val="0"/><w:overflowPunct w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>` +
		spacing(0, 0, line) + firstTwo + justified + `</w:pPr><w:rPr>` + rfonts(fangsong) + `<w:spacing w:val="-5"/><w:sz w:val="32"/><w:szCs w:val="32"/></w:rPr></w:style>`)
	b.WriteString(`<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="57" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>`)
	for _, l := range looks {
		ppr := l.ppr
		if l.outline > 0 {
			ppr += fmt.Sprintf(`<w:outlineLvl w:val="%d"/>`, l.outline-1)
		}
		fmt.Fprintf(&b, `<w:style w:type="paragraph" w:customStyle="1" w:styleId="%s"><w:name w:val="%s"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>%s</w:pPr><w:rPr>%s`, l.id, l.name, ppr, rfonts(l.font))
		if l.color != "" {
			fmt.Fprintf(&b, `<w:color w:val="%s"/>`, l.color)
		}
		if l.half != 32 {
			b.WriteString(`<w:spacing w:val="0"/>`)
		}
		fmt.Fprintf(&b, `<w:sz w:val="%d"/><w:szCs w:val="%d"/></w:rPr></w:style>`, l.half, l.half)
	}
	return b.String() + `</w:styles>`
}

// span is a stretch of words in a face of its own inside a paragraph.
type span struct{ font, text string }

func run(rpr, text string) string {
	if rpr != "" {
		rpr = "<w:rPr>" + rpr + "</w:rPr>"
	}
	return "<w:r>" + rpr + `<w:t xml:space="preserve">` + html.EscapeString(text) + "</w:t></w:r>"
}

// para is a paragraph in one of the looks; "" is plain text.
func para(look, text string) string { return paraOf(look, span{"", text}) }

func paraOf(look string, spans ...span) string {
	var b strings.Builder
	b.WriteString("<w:p>")
	if look != "" {
		b.WriteString(`<w:pPr><w:pStyle w:val="` + look + `"/></w:pPr>`)
	}
	for _, s := range spans {
		rpr := ""
		if s.font != "" {
			rpr = rfonts(s.font)
		}
		for i, part := range strings.Split(s.text, "\t") {
			if i > 0 {
				b.WriteString("<w:r><w:tab/></w:r>")
			}
			if part != "" {
				b.WriteString(run(rpr, part))
			}
		}
	}
	return b.String() + "</w:p>"
}

func blank(n int) string {
	return strings.Repeat(`<w:p><w:pPr><w:ind w:firstLineChars="0" w:firstLine="0"/></w:pPr></w:p>`, n)
}

// blankWithNext are blank lines that never part from what follows.
func blankWithNext(n int) string {
	return strings.Repeat(`<w:p><w:pPr><w:pStyle w:val="AnnexNote"/></w:pPr></w:p>`, n)
}

// hair is a paragraph that nobody sees: Word joins two tables that no paragraph parts, and needs one after the last.
const hair = `<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/><w:ind w:firstLineChars="0" w:firstLine="0"/></w:pPr></w:p>`

// column of a table: its heading, its width in mm, the look of its cells and what stands in them.
type column struct {
	head string
	mm   float64
	look string
	text string
}

func twips(mm float64) int { return int(mm*56.6929 + 0.5) }

func cell(width int, more, content string) string {
	if more != topmost {
		more += `<w:vAlign w:val="center"/>`
	}
	return fmt.Sprintf(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/>%s</w:tcPr>%s</w:tc>`, width, more, content)
}

const topmost = `<w:vAlign w:val="top"/>`

func borders(inner string) string {
	var b strings.Builder
	b.WriteString("<w:tblBorders>")
	for _, s := range []string{"top", "left", "bottom", "right"} {
		fmt.Fprintf(&b, `<w:%s w:val="single" w:sz="8" w:space="0" w:color="000000"/>`, s)
	}
	for _, s := range []string{"insideH", "insideV"} {
		fmt.Fprintf(&b, `<w:%s w:val="%s" w:sz="4" w:space="0" w:color="000000"/>`, s, inner)
	}
	return b.String() + "</w:tblBorders>"
}

const cellMargins = `<w:tblCellMar><w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar>`

// listTable is a table whose heading repeats on every page and whose one row is repeated for each entry of list. more
// are further rows under it.
func listTable(list string, cols []column, more ...string) string {
	var grid, head, row strings.Builder
	total := 0
	for i, c := range cols {
		w := twips(c.mm)
		total += w
		fmt.Fprintf(&grid, `<w:gridCol w:w="%d"/>`, w)
		head.WriteString(cell(w, `<w:shd w:val="clear" w:color="auto" w:fill="F2F2F2"/>`, para("TableHead", c.head)))
		text := c.text
		if i == 0 {
			text = "{{#" + list + "}}" + text
		}
		if i == len(cols)-1 {
			text += "{{/" + list + "}}"
		}
		row.WriteString(cell(w, "", para(c.look, text)))
	}
	return fmt.Sprintf(`<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/><w:jc w:val="center"/>%s<w:tblLayout w:type="fixed"/>`+cellMargins+`</w:tblPr><w:tblGrid>%s</w:tblGrid>`, total, borders("single"), grid.String()) +
		`<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>` + head.String() + `</w:tr>` +
		`<w:tr><w:trPr><w:cantSplit/></w:trPr>` + row.String() + `</w:tr>` + strings.Join(more, "") + `</w:tbl>`
}

// plainTable has no rules unless ruled; each row is a list of cells with a look and a text.
func plainTable(mm []float64, ruled bool, rows ...[]string) string {
	var b strings.Builder
	total := 0
	var grid strings.Builder
	for _, m := range mm {
		total += twips(m)
		fmt.Fprintf(&grid, `<w:gridCol w:w="%d"/>`, twips(m))
	}
	rules, align := "", topmost
	if ruled {
		rules, align = borders("single"), ""
	}
	fmt.Fprintf(&b, `<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/><w:jc w:val="center"/>%s<w:tblLayout w:type="fixed"/>`+cellMargins+`</w:tblPr><w:tblGrid>%s</w:tblGrid>`, total, rules, grid.String())
	for _, r := range rows {
		b.WriteString(`<w:tr><w:trPr><w:cantSplit/></w:trPr>`)
		for i, content := range r {
			b.WriteString(cell(twips(mm[i]), align, content))
		}
		b.WriteString(`</w:tr>`)
	}
	return b.String() + `</w:tbl>`
}

// framed is a paragraph of the 版记: it stands in a frame at the foot of the type area of the page on which the paper
// ends, with thick rules (0.35 mm) outside. Paragraphs that follow each other share the frame as long as their rules are
// the same. A floating table would be plainer; LibreOffice leaves one that is as wide as the type area where it is.
// Source: GB/T 9704-2012 7.4.1.
func framed(look, text string) string {
	return strings.Replace(para(look, text), `<w:pPr><w:pStyle w:val="`+look+`"/></w:pPr>`, `<w:pPr>`+inFrame(look)+`</w:pPr>`, 1)
}

func inFrame(look string) string {
	return fmt.Sprintf(`<w:pStyle w:val="%s"/><w:framePr w:w="%d" w:wrap="around" w:vAnchor="margin" w:hAnchor="margin" w:xAlign="left" w:yAlign="bottom"/>`+
		`<w:pBdr><w:top w:val="single" w:sz="8" w:space="1" w:color="000000"/><w:bottom w:val="single" w:sz="8" w:space="1" w:color="000000"/></w:pBdr>`, look, typeWidth)
}

// thinRule parts two paragraphs of the frame (0.25 mm). A rule of their own would part their frames as well, so it is
// the leader of a tab.
func thinRule() string {
	return fmt.Sprintf(`<w:p><w:pPr>%s<w:tabs><w:tab w:val="clear" w:pos="%d"/><w:tab w:val="right" w:leader="underscore" w:pos="%d"/></w:tabs><w:spacing w:before="0" w:after="0" w:line="120" w:lineRule="exact"/><w:ind w:left="0" w:right="0" w:firstLineChars="0" w:firstLine="0"/></w:pPr><w:r><w:rPr><w:sz w:val="24"/></w:rPr><w:tab/></w:r></w:p>`,
		inFrame("ColophonEnd"), typeWidth-280, typeWidth)
}

// section closes the body: page, margins, page numbers.
func section(landscape bool) string {
	size := fmt.Sprintf(`<w:pgSz w:w="%d" w:h="%d"/>`, pageWidth, pageHeight)
	margins := [4]int{marginTop, marginRight, marginBottom, marginLeft}
	if landscape { // the sheet is turned a quarter to the left: its top edge is bound
		size = fmt.Sprintf(`<w:pgSz w:w="%d" w:h="%d" w:orient="landscape"/>`, pageHeight, pageWidth)
		margins = [4]int{marginLeft, 1418, marginRight, 1418}
	}
	return fmt.Sprintf(`<w:sectPr><w:footerReference w:type="default" r:id="rId3"/><w:footerReference w:type="even" r:id="rId4"/>%s<w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="851" w:footer="%d" w:gutter="0"/></w:sectPr>`,
		size, margins[0], margins[1], margins[2], margins[3], min(footerFromEdge, margins[2]-600))
}

func footer(look string) string {
	field := `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>`
	return xmlHead + `<w:ftr ` + wNS + `><w:p><w:pPr><w:pStyle w:val="` + look + `"/></w:pPr>` + run("", "— ") + field + run("", " —") + `</w:p></w:ftr>`
}

// pack makes the .docx of a body. The same body always makes the same bytes.
func pack(title, body string) []byte {
	const word = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	const rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	fonts := ""
	for _, f := range [][2]string{{songTitle, "小标宋"}, {fangsong, "仿宋"}, {kaiti, "楷体"}, {heiti, "SimHei"}, {songti, "SimSun"}} {
		family := "roman"
		if f[0] == heiti {
			family = "swiss"
		}
		fonts += fmt.Sprintf(`<w:font w:name="%s"><w:altName w:val="%s"/><w:charset w:val="86"/><w:family w:val="%s"/><w:pitch w:val="variable"/></w:font>`, f[0], f[1], family)
	}
	parts := [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/word/document.xml" ContentType="` + word + `document.main+xml"/><Override PartName="/word/styles.xml" ContentType="` + word + `styles+xml"/><Override PartName="/word/settings.xml" ContentType="` + word + `settings+xml"/><Override PartName="/word/fontTable.xml" ContentType="` + word + `fontTable+xml"/>` +
			`<Override PartName="/word/footer1.xml" ContentType="` + word + `footer+xml"/><Override PartName="/word/footer2.xml" ContentType="` + word + `footer+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + rel + `officeDocument" Target="word/document.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`},
		{"docProps/core.xml", `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>` + html.EscapeString(title) + `</dc:title></cp:coreProperties>`},
		{"word/_rels/document.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + rel + `styles" Target="styles.xml"/><Relationship Id="rId2" Type="` + rel + `settings" Target="settings.xml"/><Relationship Id="rId3" Type="` + rel + `footer" Target="footer1.xml"/><Relationship Id="rId4" Type="` + rel + `footer" Target="footer2.xml"/><Relationship Id="rId5" Type="` + rel + `fontTable" Target="fontTable.xml"/></Relationships>`},
		{"word/document.xml", `<w:document ` + wNS + `><w:body>` + body + `</w:body></w:document>`},
		{"word/styles.xml", stylesXML()[len(xmlHead):]},
		{"word/settings.xml", `<w:settings ` + wNS + `><w:zoom w:percent="100"/><w:evenAndOddHeaders/><w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`},
		{"word/fontTable.xml", `<w:fonts ` + wNS + `>` + fonts + `</w:fonts>`},
		{"word/footer1.xml", footer("PageOdd")[len(xmlHead):]},
		{"word/footer2.xml", footer("PageEven")[len(xmlHead):]},
	}
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, p := range parts {
		w, err := zw.Create(p[0])
		if err == nil {
			_, err = w.Write([]byte(xmlHead + p[1]))
		}
		if err != nil {
			panic(err) // a buffer in memory does not fail
		}
	}
	if err := zw.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
