// Package importfile turns a file that a user uploads (.txt, .csv, .docx, .xlsx, the older .doc, .wps, .xls, .et) or rows pasted from Excel
// (or a web page under such a name, as systems export tables) into what the breakdown parser reads: paragraphs of a text, or the grid of a table.
//
// Invariant: the kind of a file is decided by its content and its name together; a file that is neither is refused with a
// sentence that says what can be read.
//
// Source: S7 (task book).
package importfile

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"duban/internal/area/campaign/breakdown"
	"duban/internal/base/errs"
	"duban/internal/office/doc"
	"duban/internal/office/docx"
	"duban/internal/office/ole"
	"duban/internal/office/xlsx"
)

// Content is a file as read: the paragraphs of a text, or tables.
type Content struct {
	Paragraphs []string
	Grids      []breakdown.Grid
	Warnings   []string            // of the file as a whole, or of a sheet
	Problems   []breakdown.Problem // of single cells
}

// kind is what a file is by its first bytes and its parts, whatever its name says.
type kind string

const (
	isXLSX kind = "xlsx"
	isDOCX kind = "docx"
	isZip  kind = "zip"
	isOLE  kind = "ole" // .doc, .wps, .xls, .et, or an encrypted .docx or .xlsx
	isPDF  kind = "pdf"
	isHTML kind = "html"
	isRTF  kind = "rtf"
	isPic  kind = "picture"
	isODF  kind = "odf" // .odt, .ods
	isOFD  kind = "ofd" // 版式文件
	isPPTX kind = "pptx"
	isXLSB kind = "xlsb"
	isText kind = "text"
)

func sniff(b []byte) kind {
	head := b[:min(len(b), 2048)]
	low := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \r\n\t"))
	switch {
	case bytes.HasPrefix(b, []byte("PK\x03\x04")), bytes.HasPrefix(b, []byte("PK\x05\x06")):
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return isZip
		}
		for _, f := range z.File[:min(len(z.File), docx.MaxEntries)] {
			switch name := strings.ToLower(f.Name); {
			case name == "mimetype", name == "content.xml":
				return isODF
			case name == "ofd.xml":
				return isOFD
			case strings.HasPrefix(name, "ppt/"):
				return isPPTX
			case strings.HasPrefix(name, "xl/"):
				if slices.ContainsFunc(z.File, func(f *zip.File) bool { return strings.EqualFold(f.Name, "xl/workbook.bin") }) {
					return isXLSB
				}
				return isXLSX
			case strings.HasPrefix(name, "word/"):
				return isDOCX
			}
		}
		return isZip
	case ole.Is(b):
		return isOLE
	case bytes.HasPrefix(b, []byte("%PDF")):
		return isPDF
	case bytes.HasPrefix(b, []byte("{\\rtf")):
		return isRTF
	case bytes.HasPrefix(b, []byte("\x89PNG")), bytes.HasPrefix(b, []byte("\xff\xd8\xff")), bytes.HasPrefix(b, []byte("GIF8")), bytes.HasPrefix(b, []byte("BM")) && bytes.IndexByte(head, 0) >= 0:
		return isPic
	case bytes.HasPrefix(low, []byte("<!doctype html")), bytes.HasPrefix(low, []byte("<html")), bytes.HasPrefix(low, []byte("<table")), bytes.HasPrefix(low, []byte("<?xml")), bytes.HasPrefix(low, []byte("mime-version:")):
		return isHTML
	}
	return isText
}

// Open reads a file. Errors: Invalid for what it cannot read.
func Open(name string, b []byte) (Content, error) {
	ext := strings.ToLower(filepath.Ext(name))
	refuse := func(format string, a ...any) (Content, error) {
		return Content{}, errs.New(errs.Invalid, format, a...)
	}
	table := ext == ".xlsx" || ext == ".xlsm" || ext == ".xls" || ext == ".et" || ext == ".ods" || ext == ".xlsb" || ext == ".ett" || ext == ".csv" || ext == ".tsv"
	want := ".docx"
	if table {
		want = ".xlsx"
	}
	switch k := sniff(b); {
	case len(b) == 0:
		return refuse("“%s”是空文件。请看是不是没有保存，或者选错了文件。", name)
	case k == isXLSX:
		return openBook(b)
	case k == isDOCX, k == isZip && ext == ".docx":
		return openDocument(b)
	case k == isZip && table:
		return openBook(b)
	case k == isOLE:
		f, err := ole.Open(b)
		if err != nil {
			return Content{}, err
		}
		switch f.Kind() {
		case ole.Workbook, ole.Old:
			return openBook(b)
		case ole.Document:
			return openDocument(b)
		case ole.Encrypted:
			return refuse("“%s”加了密码。请打开后去掉密码，另存为 %s 再导入。", name, want)
		case ole.Slides:
			return refuse("“%s”是演示文稿。请把里面的表格复制到 Excel 或 WPS 表格，另存为 .xlsx 再导入。", name)
		}
		return refuse("“%s”是旧格式的文件，但不是文档或表格。请用 WPS 或 Office 打开，另存为 %s 再导入。", name, want)
	case k == isPDF:
		return refuse("“%s”是 PDF，读不出表格和段落。请找原来的 Word、Excel 文件，或者在 WPS 里转成 .docx、.xlsx 再导入。", name)
	case k == isOFD:
		return refuse("“%s”是 OFD 版式文件，读不出表格和段落。请找原来的 Word、Excel 文件，或者在 WPS 里转成 .docx、.xlsx 再导入。", name)
	case k == isODF:
		return refuse("“%s”是开放文档格式（.odt、.ods）。请用 WPS 或 Office 打开，另存为 %s 再导入。", name, want)
	case k == isXLSB:
		return refuse("“%s”是二进制工作簿（.xlsb）。请用 WPS 或 Office 打开，另存为 .xlsx 再导入。", name)
	case k == isPPTX:
		return refuse("“%s”是演示文稿。请把里面的表格复制到 Excel 或 WPS 表格，另存为 .xlsx 再导入。", name)
	case k == isPic:
		return refuse("“%s”是图片，读不出文字。请找原来的 Word、Excel 文件导入。", name)
	case k == isHTML && ext != ".txt" && ext != ".md" && ext != ".csv":
		c, ok, err := openPage(b)
		if err != nil {
			return Content{}, err
		}
		if ok {
			c.Warnings = append(c.Warnings, "“"+name+"”其实是一个网页，只读了里面的表格。请核对。")
			return c, nil
		}
		return refuse("“%s”其实是一个网页，里面没有认得出的表格。请用 WPS 或 Office 打开，另存为 %s 再导入。", name, want)
	case k == isRTF:
		return refuse("“%s”是 RTF 格式。请用 WPS 或 Office 打开，另存为 .docx 再导入。", name)
	case k == isZip:
		return refuse("“%s”是压缩包。请解开后导入里面的 .docx、.xlsx、.txt 或 .csv。", name)
	}
	switch ext {
	case ".txt", ".md", "", ".csv", ".tsv":
	case ".xlsx", ".xlsm", ".xls", ".et", ".docx", ".doc", ".wps":
		// A text under another name is read as the text it is, if it is one.
		if bytes.IndexByte(b[:min(len(b), 4096)], 0) >= 0 || !looksText(b) {
			return refuse("“%s”不是 %s，或者已经损坏。请用 WPS 或 Office 打开，另存为 %s 再导入。", name, want, want)
		}
	default:
		return refuse("不能导入“%s”。可以导入 .docx、.doc、.wps、.txt（文件正文）和 .xlsx、.xls、.et、.csv（表格）。", name)
	}
	lines, err := docx.ReadLines(b)
	if err != nil {
		return Content{}, err
	}
	c, err := openText(lines, table)
	if err == nil && ext != ".txt" && ext != ".md" && ext != "" && ext != ".csv" && ext != ".tsv" {
		c.Warnings = append(c.Warnings, "“"+name+"”其实是文本文件，按文本读入。请核对。")
	}
	return c, err
}

// looksText reports whether the beginning of b decodes as a text.
func looksText(b []byte) bool {
	lines, err := docx.ReadLines(b)
	if err != nil {
		return false
	}
	odd, all := 0, 0
	for _, l := range lines[:min(len(lines), 50)] {
		for _, r := range l {
			if all++; r < ' ' && r != '\t' || r >= 0xE000 && r <= 0xF8FF || r == '\ufffd' {
				odd++
			}
		}
	}
	return odd*50 <= all
}

func openBook(b []byte) (c Content, err error) {
	sheets, warnings, err := xlsx.ReadAll(bytes.NewReader(b))
	if err != nil {
		return c, err
	}
	c.Warnings = warnings
	for _, s := range sheets {
		g := breakdown.Grid{Rows: s.Cells, Nums: s.RowNums, Letters: true}
		at := ""
		if len(sheets) > 1 {
			g.Sheet = s.Name
			at = "工作表“" + s.Name + "”"
		}
		for _, m := range s.Merges {
			g.Merges = append(g.Merges, breakdown.Range{Top: m.Row, Left: m.Col, Bottom: m.Row + m.Rows - 1, Right: m.Col + m.Cols - 1})
		}
		if len(s.Cells) > 0 {
			g, _ = breakdown.Cards(g)
			c.Grids = append(c.Grids, g)
		}
		for _, w := range s.Warnings {
			if at != "" {
				w = at + "：" + w
			}
			c.Warnings = append(c.Warnings, w)
		}
		var formulas, empty []string
		n, m := 0, 0
		for _, p := range s.Problems {
			if !p.Formula {
				cell, why, _ := strings.Cut(p.Message, " ")
				where := at + fmt.Sprintf("第 %d 行 %s 列", s.RowNums[p.Row], strings.TrimRight(cell, "0123456789"))
				c.Problems = append(c.Problems, breakdown.Problem{Where: where, Message: where + "：" + cell + " " + why, Row: s.RowNums[p.Row], Sheet: g.Sheet})
				continue
			}
			cell, _, _ := strings.Cut(p.Message, " ")
			if p.Empty {
				if m++; m <= 5 {
					empty = append(empty, cell)
				}
				continue
			}
			if n++; n <= 5 {
				formulas = append(formulas, cell)
			}
		}
		if m > 0 {
			w := fmt.Sprintf("%s有 %d 格公式没有存着结果（%s", at, m, strings.Join(empty, "、"))
			if m > len(empty) {
				w += " 等"
			}
			c.Warnings = append(c.Warnings, w+"），按空格读入。请用 Excel 或 WPS 打开保存一次，或者粘贴为数值，再上传。")
		}
		if n > 0 {
			w := fmt.Sprintf("%s有 %d 格是公式（%s", at, n, strings.Join(formulas, "、"))
			if n > len(formulas) {
				w += " 等"
			}
			c.Warnings = append(c.Warnings, w+"），读的是文件里存着的结果，未必最新。请核对，最好粘贴为数值后再上传。")
		}
	}
	return c, nil
}

func openDocument(b []byte) (c Content, err error) {
	var blocks []docx.Block
	if ole.Is(b) {
		blocks, err = doc.Read(b)
	} else {
		blocks, err = docx.ReadParagraphs(bytes.NewReader(b))
	}
	if err != nil {
		return c, err
	}
	for _, x := range blocks {
		if x.Table == nil {
			c.Paragraphs = append(c.Paragraphs, x.Line())
			continue
		}
		if words, ok := frame(x.Table.Cells); ok {
			c.Paragraphs = append(c.Paragraphs, words...)
			continue
		}
		g := breakdown.Grid{Rows: x.Table.Cells}
		for _, m := range x.Table.Merges {
			g.Merges = append(g.Merges, breakdown.Range{Top: m.Row, Left: m.Col, Bottom: m.Row + m.Rows - 1, Right: m.Col + m.Cols - 1})
		}
		g, _ = breakdown.Cards(g)
		c.Grids = append(c.Grids, g)
	}
	for i := range c.Grids {
		if len(c.Grids) > 1 {
			c.Grids[i].Sheet = fmt.Sprintf("表 %d", i+1)
		}
	}
	return c, nil
}

// frame reports whether a table is only a frame around a text: one cell in each row, of several lines. A table inside it has come as
// lines with tabs.
func frame(rows [][]string) (words []string, ok bool) {
	for _, r := range rows {
		full := 0
		for _, v := range r {
			if strings.TrimSpace(v) != "" {
				full++
				words = append(words, strings.Split(v, "\n")...)
			}
		}
		if full > 1 {
			return nil, false
		}
	}
	return words, len(words) > len(rows)
}

// openText takes lines as a table (.csv) or as paragraphs.
func openText(lines []string, table bool) (c Content, err error) {
	if !table {
		c.Paragraphs = lines
		return c, nil
	}
	text := strings.Join(lines, "\n")
	if strings.Count(text, "\t") > strings.Count(text, ",") {
		g := breakdown.ParsePaste(text)
		g.Letters, g.Pasted = true, false // the file has columns of its own, a paste may come from the midst of a sheet
		c.Grids = []breakdown.Grid{g}
		return c, nil
	}
	r := csv.NewReader(strings.NewReader(text))
	if strings.Count(text, ";") > 2*strings.Count(text, ",") {
		r.Comma = ';'
	}
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil {
		return c, errs.New(errs.Invalid, "这个 CSV 文件读不了（%v）。请在 Excel 里另存为 .xlsx 再导入。", err)
	}
	c.Grids = []breakdown.Grid{{Rows: rows, Letters: true}}
	return c, nil
}

// Read reads a file with the guessed mapping, as the command line's dry run does: the text's tasks and those of its tables.
func Read(name string, b []byte, o breakdown.Options) (breakdown.Result, error) {
	c, err := Open(name, b)
	if err != nil {
		return breakdown.Result{}, err
	}
	return c.Tasks(o), nil
}

// Paste takes what a person has put into the field for pasted text: rows of a table where a heading or most of its lines have tabs,
// else the paragraphs of a text, which may have a table among them.
func Paste(text string) (c Content) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	if strings.Contains(text, "\t") {
		lines, tabbed := 0, 0
		for _, l := range strings.Split(text, "\n") {
			if strings.TrimSpace(l) == "" {
				continue
			}
			if lines++; strings.Contains(strings.Trim(l, "\t "), "\t") {
				tabbed++
			}
		}
		g := breakdown.ParsePaste(text)
		if tabbed*2 >= lines || tabbed > 0 && breakdown.GuessMapping(g).HeadingRow >= 0 && tabbed*4 >= lines {
			c.Grids = []breakdown.Grid{g}
			return c
		}
	}
	c.Paragraphs = strings.Split(text, "\n")
	return c
}

// Said is what a person must know of the file before its tasks: warnings and single cells.
func (c Content) Said() (out []breakdown.Problem) {
	for _, w := range c.Warnings {
		out = append(out, breakdown.Problem{Where: "全文", Message: "全文：" + w})
	}
	return append(out, c.Problems...)
}

// Tasks parses the content with guessed mappings. A table that does not look like a task breakdown is passed over where
// something else has tasks; sentences with a deadline count only where neither brackets nor tables name who is responsible.
func (c Content) Tasks(o breakdown.Options) breakdown.Result {
	res := breakdown.Result{Tasks: []breakdown.Task{}, Problems: []breakdown.Problem{}}
	res.Problems = append(res.Problems, c.Said()...)
	var text breakdown.Result
	if len(c.Paragraphs) > 0 {
		text = breakdown.ParseText(c.Paragraphs, o)
		o = breakdown.Context(c.Paragraphs, o)
	}
	for i := range text.Tasks {
		text.Tasks[i].Row = text.Tasks[i].Paragraph
	}
	var tables []breakdown.Result
	found := len(text.Tasks) > 0 && !text.Bare
	for _, g := range c.Grids {
		r := breakdown.ParseGrid(g, breakdown.GuessMapping(g), o)
		if len(r.Tasks) == 0 && len(tables) > 0 && len(tables[0].Tasks) == 0 {
			continue // of several that are none, one says so
		}
		tables = append(tables, r)
	}
	owned := slices.ContainsFunc(tables, func(r breakdown.Result) bool { return breakdown.Owned(r) > 0 })
	rows := slices.ContainsFunc(tables, func(r breakdown.Result) bool { return len(r.Tasks) > 0 })
	if len(c.Paragraphs) > 0 && (!text.Bare || !owned && (len(text.Tasks) > 0 || !rows)) {
		res.Tasks, res.Problems = append(res.Tasks, text.Tasks...), append(res.Problems, text.Problems...)
		found = found || len(text.Tasks) > 0
	}
	for _, r := range tables {
		if (owned || found) && breakdown.Owned(r) == 0 {
			continue // a table of something else
		}
		res.Tasks, res.Problems = append(res.Tasks, r.Tasks...), append(res.Problems, r.Problems...)
	}
	if len(c.Paragraphs) == 0 && len(c.Grids) == 0 {
		res.Problems = append(res.Problems, breakdown.Problem{Where: "全文", Message: "全文：文件里没有内容。请看是不是选错了文件。"})
	}
	return res
}
