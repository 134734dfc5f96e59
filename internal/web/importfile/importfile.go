// Package importfile turns a file that a user uploads (.txt, .docx, .xlsx, .csv) or rows pasted from Excel into
// what the breakdown parser reads: paragraphs of a text, or the grid of a table.
//
// Invariant: the kind of a file is decided by its content and its name together; a file that is neither is refused with a
// sentence that says what can be read.
//
// Source: S7 (task book).
package importfile

import (
	"bytes"
	"encoding/csv"
	"path/filepath"
	"strings"

	"duban/internal/area/campaign/breakdown"
	"duban/internal/base/errs"
	"duban/internal/office/docx"
	"duban/internal/office/xlsx"
)

// Content is a file as read: the paragraphs of a text, or tables.
type Content struct {
	Paragraphs []string
	Grids      []breakdown.Grid
	Warnings   []string
}

// Open reads a file. Errors: Invalid for what it cannot read.
func Open(name string, b []byte) (Content, error) {
	var c Content
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case ".xlsx", ".xlsm":
		sheet, err := xlsx.Read(bytes.NewReader(b), "")
		if err != nil {
			return c, err
		}
		g := breakdown.Grid{Rows: sheet.Cells}
		for _, m := range sheet.Merges {
			g.Merges = append(g.Merges, breakdown.Range{Top: m.Row, Left: m.Col, Bottom: m.Row + m.Rows - 1, Right: m.Col + m.Cols - 1})
		}
		c.Grids = []breakdown.Grid{g}
		for _, p := range sheet.Problems {
			c.Warnings = append(c.Warnings, p.Message)
		}
	case ".docx":
		blocks, err := docx.ReadParagraphs(bytes.NewReader(b))
		if err != nil {
			return c, err
		}
		for _, x := range blocks {
			if x.Table == nil {
				c.Paragraphs = append(c.Paragraphs, x.Line())
				continue
			}
			g := breakdown.Grid{Rows: x.Table.Cells}
			for _, m := range x.Table.Merges {
				g.Merges = append(g.Merges, breakdown.Range{Top: m.Row, Left: m.Col, Bottom: m.Row + m.Rows - 1, Right: m.Col + m.Cols - 1})
			}
			c.Grids = append(c.Grids, g)
		}
	case ".txt", ".md", "":
		lines, err := docx.ReadLines(b)
		if err != nil {
			return c, err
		}
		c.Paragraphs = lines
	case ".csv", ".tsv":
		lines, err := docx.ReadLines(b)
		if err != nil {
			return c, err
		}
		text := strings.Join(lines, "\n")
		if ext == ".tsv" || strings.Count(text, "\t") > strings.Count(text, ",") {
			c.Grids = []breakdown.Grid{breakdown.ParsePaste(text)}
			break
		}
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		rows, err := r.ReadAll()
		if err != nil {
			return c, errs.New(errs.Invalid, "这个 CSV 文件读不了（%v）。请在 Excel 里另存为 .xlsx 再导入。", err)
		}
		c.Grids = []breakdown.Grid{{Rows: rows}}
	case ".doc", ".xls", ".wps", ".et":
		return c, errs.New(errs.Invalid, "“%s”是旧格式。请用 WPS 或 Office 打开，另存为 .docx 或 .xlsx 再导入。", name)
	default:
		return c, errs.New(errs.Invalid, "不能导入“%s”。可以导入 .docx、.txt（文件正文）和 .xlsx、.csv（表格）。", name)
	}
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

// Tasks parses the content with guessed mappings. Tables that do not look like a task breakdown are passed over when the text has tasks.
func (c Content) Tasks(o breakdown.Options) breakdown.Result {
	res := breakdown.Result{Tasks: []breakdown.Task{}, Problems: []breakdown.Problem{}}
	if len(c.Paragraphs) > 0 {
		res = breakdown.ParseText(c.Paragraphs, o)
	}
	if len(c.Grids) > 0 && len(res.Tasks) == 0 {
		res.Problems = nil
	}
	for _, g := range c.Grids {
		r := breakdown.ParseGrid(g, breakdown.GuessMapping(g), o)
		if len(r.Tasks) == 0 && len(res.Tasks) > 0 {
			continue
		}
		res.Tasks = append(res.Tasks, r.Tasks...)
		res.Problems = append(res.Problems, r.Problems...)
	}
	if res.Tasks == nil {
		res.Tasks = []breakdown.Task{}
	}
	if res.Problems == nil {
		res.Problems = []breakdown.Problem{}
	}
	return res
}
