package docx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"duban/internal/base/errs"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestReadNumbersAndHeadings(t *testing.T) {
	lvl := func(i int, format, text string) string {
		return fmt.Sprintf(`<w:lvl w:ilvl="%d"><w:start w:val="1"/><w:numFmt w:val="%s"/><w:lvlText w:val="%s"/></w:lvl>`, i, format, text)
	}
	numbering := `<w:numbering ` + ns + `><w:abstractNum w:abstractNumId="0">` + lvl(0, "chineseCounting", "%1、") + lvl(1, "chineseCounting", "（%2）") + strings.Replace(lvl(2, "decimal", "%1.%3."), "<w:lvlText", "<w:isLgl/><w:lvlText", 1) + lvl(3, "decimal", "%1.%4.") +
		`</w:abstractNum><w:abstractNum w:abstractNumId="1">` + lvl(0, "bullet", "\uf0b7") + `</w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="4"><w:abstractNumId w:val="1"/></w:num>` +
		`<w:num w:numId="5"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="11"/></w:lvlOverride></w:num></w:numbering>`
	styles := `<w:styles ` + ns + `><w:style w:styleId="a"><w:pPr><w:outlineLvl w:val="0"/><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style><w:style w:styleId="b"><w:basedOn w:val="a"/></w:style></w:styles>`
	item := func(num, lvl, text string) string {
		return `<w:p><w:pPr><w:numPr><w:ilvl w:val="` + lvl + `"/><w:numId w:val="` + num + `"/></w:numPr></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
	}
	body := `<w:p><w:pPr><w:pStyle w:val="b"/></w:pPr><w:r><w:t>总体</w:t></w:r></w:p>` + item("3", "1", "快") + item("3", "1", "慢") + item("3", "2", "细") + item("3", "3", "微") +
		item("3", "0", "问题") + item("3", "1", "征迁") + item("4", "0", "点") + item("5", "0", "另起") + item("99", "0", "没有这个列表") +
		`<w:p><w:r><w:t>留</w:t></w:r><w:del><w:r><w:delText>删</w:delText></w:r></w:del><w:ins><w:r><w:t>增</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r></w:p>`
	blocks, err := ReadParagraphs(bytes.NewReader(pack(t, body, "word/styles.xml", styles, "word/numbering.xml", numbering)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range blocks {
		got = append(got, b.Line())
	}
	want := "一、总体|（一）快|（二）慢|1.1.细|一.1.微|二、问题|（一）征迁|• 点|十一、另起|没有这个列表|留增"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("\n got %s\nwant %s", s, want)
	}
	if blocks[0].Level != 1 || blocks[1].Level != 0 {
		t.Errorf("levels %d %d", blocks[0].Level, blocks[1].Level)
	}
}

func TestChineseNumerals(t *testing.T) {
	for n, want := range map[int]string{1: "一", 10: "十", 12: "十二", 20: "二十", 103: "一百零三", 110: "一百一十", 1001: "一千零一", 2017: "二千零一十七"} {
		if got := Chinese(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestReadMergedTable(t *testing.T) {
	c := func(pr, text string) string { return "<w:tc><w:tcPr>" + pr + "</w:tcPr>" + p(text) + "</w:tc>" }
	body := "<w:tbl><w:tr>" + c(`<w:vMerge w:val="restart"/>`, "序号") + c(`<w:gridSpan w:val="2"/>`, "进展") + "</w:tr>" +
		"<w:tr>" + c(`<w:vMerge/>`, "") + c("", "应达") + c("", "核验") + "</w:tr>" +
		"<w:tr>" + c("", "1") + c("", "70") + "</w:tr></w:tbl>"
	blocks, err := ReadParagraphs(bytes.NewReader(pack(t, body)))
	if err != nil || len(blocks) != 1 || blocks[0].Table == nil {
		t.Fatal(blocks, err)
	}
	tb := blocks[0].Table
	if got := fmt.Sprintf("%q %v", tb.Cells, tb.Merges); got != `[["序号" "进展" ""] ["" "应达" "核验"] ["1" "70" ""]] [{0 0 2 1} {0 1 1 2}]` {
		t.Error(got)
	}
}

// Source: reliability 50, 51.
func TestHostilePackages(t *testing.T) {
	zipOf := func(make func(zw *zip.Writer)) []byte {
		var b bytes.Buffer
		zw := zip.NewWriter(&b)
		make(zw)
		if err := zw.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	doc := func(xml string) []byte {
		return zipOf(func(zw *zip.Writer) { w, _ := zw.Create("word/document.xml"); w.Write([]byte(xml)) })
	}
	bomb := zipOf(func(zw *zip.Writer) {
		w, _ := zw.Create("word/document.xml")
		zero := make([]byte, 1<<20)
		for range 99 {
			w.Write(zero)
		}
	})
	huge := zipOf(func(zw *zip.Writer) {
		for i := range 2 {
			w, _ := zw.Create(fmt.Sprint("word/media/", i))
			zero := make([]byte, 1<<20)
			for range 51 {
				w.Write(zero)
			}
		}
	})
	many := zipOf(func(zw *zip.Writer) {
		for i := range MaxEntries + 1 {
			zw.Create(fmt.Sprint("a", i))
		}
	})
	twice := zipOf(func(zw *zip.Writer) { zw.Create("word/document.xml"); zw.Create("Word/Document.xml") })
	forged := zipOf(func(zw *zip.Writer) { // says 10 bytes, unfolds to 30 MB
		var packed bytes.Buffer
		inner := zip.NewWriter(&packed)
		w, _ := inner.Create("x")
		w.Write(make([]byte, 30<<20))
		inner.Close()
		zr, _ := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
		rc, _ := zr.File[0].OpenRaw()
		raw := new(bytes.Buffer)
		raw.ReadFrom(rc)
		w2, _ := zw.CreateRaw(&zip.FileHeader{Name: "word/document.xml", Method: zip.Deflate, UncompressedSize64: 10, CompressedSize64: uint64(raw.Len()), CRC32: crc32.ChecksumIEEE(nil)})
		w2.Write(raw.Bytes())
	})
	overlap := zipOf(func(zw *zip.Writer) {
		for _, n := range []string{"word/document.xml", "word/media/imagexx1.p"} { // names of one length
			w, _ := zw.CreateHeader(&zip.FileHeader{Name: n[:17]})
			w.Write([]byte(strings.Repeat("x", 100)))
		}
	})
	// Point the second entry of the directory at the first entry's data.
	if at := bytes.LastIndex(overlap, []byte("PK\x01\x02")); at > 0 {
		copy(overlap[at+42:at+46], []byte{0, 0, 0, 0})
	}
	for name, c := range map[string]struct {
		b    []byte
		says string
	}{
		"ratio":            {bomb, "压缩得太紧"},
		"total":            {huge, "超过 100 MB"},
		"entries":          {many, "部件太多"},
		"same name twice":  {twice, "内部结构不正常"},
		"forged size":      {forged, "损坏"},
		"overlap":          {overlap, "内部结构不正常"},
		"not a zip":        {[]byte("hello"), "不是 .docx"},
		"old or encrypted": {[]byte{0xD0, 0xCF, 0x11, 0xE0, 1, 2}, "旧版格式"},
		"no document":      {zipOf(func(zw *zip.Writer) { zw.Create("a.txt") }), "不是 Word 文档"},
		"macro":            {pack(t, p("x"), "word/vbaProject.bin", "x"), "带有宏"},
		"external entity":  {doc(`<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document ` + ns + `><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>`), "DOCTYPE"},
		"unknown entity":   {doc(`<w:document ` + ns + `><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>`), "损坏"},
		"depth":            {doc(`<w:document ` + ns + `><w:body>` + strings.Repeat("<w:sdt>", 500) + strings.Repeat("</w:sdt>", 500) + `</w:body></w:document>`), "太深"},
		"attributes":       {doc(`<w:document ` + ns + ` ` + attrs(300) + `><w:body/></w:document>`), "太深"},
	} {
		_, err := ReadParagraphs(bytes.NewReader(c.b))
		if err == nil || !strings.Contains(err.Error(), c.says) || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: got %v, want %s", name, err, c.says)
		}
		if _, err := Render(c.b, Data{}); err == nil {
			t.Errorf("%s: rendered", name)
		}
	}
}

func attrs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d="1"`, i)
	}
	return b.String()
}

func TestReadLines(t *testing.T) {
	text := "关于攻坚行动的通知\r\n一、总体要求\n\n2017年3月底前完成㐂"
	want := fmt.Sprintf("%q", []string{"关于攻坚行动的通知", "一、总体要求", "", "2017年3月底前完成㐂"})
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	utf16 := []byte{0xFF, 0xFE}
	for _, r := range text {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	for name, b := range map[string][]byte{"utf-8": []byte(text), "mark": append([]byte{0xEF, 0xBB, 0xBF}, text...), "gb18030": gb, "utf-16": utf16, "old mac": []byte(strings.NewReplacer("\r\n", "\r", "\n", "\r").Replace(text))} {
		got, err := ReadLines(b)
		if err != nil || fmt.Sprintf("%q", got) != want {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	for name, b := range map[string][]byte{"binary": {0x89, 'P', 0, 1}, "no encoding": {0xFF, 0xFF, 0x81, 0x20}} {
		if got, err := ReadLines(b); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got, err := ReadLines(nil); err != nil || got != nil {
		t.Errorf("empty: %q %v", got, err)
	}
}

// The full texts of real documents read as text, and survive a trip through GB18030.
func TestReadLinesOfRealDocuments(t *testing.T) {
	files, _ := filepath.Glob("../../../../shared/data/gov_documents/text/*")
	if len(files) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("real documents are absent")
		}
		t.Skip("real documents are absent: gov_documents")
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := ReadLines(b)
		if err != nil || len(lines) < 3 {
			t.Errorf("%s: %d lines, %v", filepath.Base(f), len(lines), err)
			continue
		}
		gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes(b)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadLines(gb)
		if err != nil || strings.Join(again, "\n") != strings.Join(lines, "\n") {
			t.Errorf("%s: differs after GB18030: %v", filepath.Base(f), err)
		}
	}
}

func FuzzReadParagraphs(f *testing.F) {
	f.Add(pack(f, p("一")+"<w:tbl>"+tr("a", "b")+"</w:tbl>"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, b []byte) { ReadParagraphs(bytes.NewReader(b)) })
}

// FuzzRender feeds the template's own XML, which is where a user's hand is.
func FuzzRender(f *testing.F) {
	for _, s := range []string{p("{{名}}"), p("{{#列}}") + p("{{/列}}"), p("{", "{?是}}x{{/是}}"), tr("{{#列}}", "{{/列}}")} {
		f.Add(s, "值{{名}}")
	}
	f.Fuzz(func(t *testing.T, body, value string) {
		tpl := pack(t, body)
		out, err := Render(tpl, Data{"名": value, "是": true, "列": []Data{{"子": value}, {}}})
		if err != nil {
			return
		}
		if _, err := ReadParagraphs(bytes.NewReader(out)); err != nil {
			t.Errorf("%q with %q made a file that cannot be read: %v", body, value, err)
		}
	})
}
