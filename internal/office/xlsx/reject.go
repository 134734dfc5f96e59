package xlsx

import (
	"fmt"
	"io"
	"strings"

	"duban/internal/base/errs"

	"github.com/xuri/excelize/v2"
)

// Rejected is a row of an import that was not taken (退回行), with the reasons.
type Rejected struct {
	Row     int      // its number in the spreadsheet that was sent; 0 when unknown
	Cells   []string // as they were read
	Reasons []Reason
}

// Reason is why; Col is a place of Cells, −1 for the row as a whole.
type Reason struct {
	Col     int
	Message string
}

// maxComments bounds the comments of one workbook: each is a drawn shape. The reasons' column has them all.
const maxComments = 1000

// WithComments writes the rejected rows back for mending: the header as sent, each row as sent, the reason as a comment
// on the cell at fault and, for those who print, in the columns 原行号 and 原因 at the end. A clerk mends the cells and
// sends the same file again.
func WithComments(w io.Writer, title string, header []string, rows []Rejected) (err error) {
	if len(header) == 0 || len(header)+2 > MaxCols {
		return errs.New(errs.Invalid, "导出的列数应在 1 到 %d 之间。", MaxCols-2)
	}
	if len(rows) > MaxRows {
		return errs.New(errs.Invalid, "退回的行太多（%d 行，最多 %d 行）。请检查是不是选错了文件。", len(rows), MaxRows)
	}
	f, sheet, err := book("", title)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	st, err := newStyles(f)
	if err != nil {
		return err
	}
	fault, err := f.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FDE9E7"}}, NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}})
	if err != nil {
		return err
	}
	if err := printSetup(f, sheet, 1); err != nil {
		return err
	}
	if err := f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	put := func(col, row int, v any, style int) error {
		at := fmt.Sprintf("%s%d", colName(col), row)
		if err := f.SetCellValue(sheet, at, v); err != nil {
			return err
		}
		return f.SetCellStyle(sheet, at, at, style)
	}
	head := append(append([]string{}, header...), "原行号", "原因")
	for i, h := range head {
		if err := put(i, 1, safe(h), st.head); err != nil {
			return err
		}
		width := Column{Title: h}.width()
		if i == len(head)-1 {
			width = 60
		}
		if err := f.SetColWidth(sheet, colName(i), colName(i), width); err != nil {
			return err
		}
	}
	comments := 0
	for i, r := range rows {
		n := i + 2
		byCol := map[int][]string{}
		var all []string
		for _, p := range r.Reasons {
			all = append(all, p.Message)
			byCol[min(max(p.Col, -1), len(header)-1)] = append(byCol[min(max(p.Col, -1), len(header)-1)], p.Message)
		}
		for c := range header {
			text, style := "", st.column[Text]
			if c < len(r.Cells) {
				text = r.Cells[c]
			}
			if byCol[c] != nil {
				style = fault
			}
			if err := put(c, n, safe(text), style); err != nil {
				return err
			}
			if msg := byCol[c]; msg != nil && comments < maxComments {
				comments++
				if err := f.AddComment(sheet, excelize.Comment{Cell: fmt.Sprintf("%s%d", colName(c), n), Author: "导入检查", Text: clean(strings.Join(msg, "\n")), Width: 260, Height: 90}); err != nil {
					return err
				}
			}
		}
		var num any
		if r.Row > 0 {
			num = r.Row
		}
		if err := put(len(header), n, num, st.column[Integer]); err != nil {
			return err
		}
		if err := put(len(header)+1, n, safe(strings.Join(all, "\n")), st.note); err != nil {
			return err
		}
	}
	return f.Write(w)
}
