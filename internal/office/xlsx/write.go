package xlsx

import (
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode"

	"duban/internal/base/amount"
	"duban/internal/base/errs"

	"github.com/xuri/excelize/v2"
)

// Column is one column of an export.
type Column struct {
	Title  string
	Width  float64 // in characters of the body font; 0 takes the width from the title
	Format Format
}

// Format is how a column shows its values.
type Format int

// The formats of columns.
const (
	Text    Format = iota // left, wrapped
	Centred               // short text: a light, a date, a code
	Integer               // 1,234
	Number1               // 1,234.5
	Number2               // 1,234.56
	Number4               // 1,234.5678
	Plain                 // a number with its own decimals, no commas
)

var numFmt = map[Format]string{Integer: "#,##0", Number1: "#,##0.0", Number2: "#,##0.00", Number4: "#,##0.0000", Plain: "General"}

// Mark says who took a table out, when, and under which serial of the audit record (水印). Source: reliability 42.
type Mark struct{ Unit, Person, At, Serial string }

// String is the line as printed.
func (m Mark) String() string {
	return fmt.Sprintf("导出单位：%s　导出人：%s　时间：%s　编号：%s", m.Unit, m.Person, m.At, m.Serial)
}

// Table describes an export: one sheet with a title, the mark, a header and rows.
type Table struct {
	Sheet   string // name of the sheet; empty takes the title
	Title   string
	Columns []Column
	Mark    Mark
}

// Write streams a table to w: title, mark, frozen header, rows; A4 across, as wide as the page, the header on every
// page. A value is nil, a string, an int, an int64, a bool or an amount.Quantity (printed without its unit, which
// belongs into the column's title). The first error of rows ends the export and is returned; nothing is written then.
func Write(w io.Writer, t Table, rows iter.Seq2[[]any, error]) (err error) {
	if len(t.Columns) == 0 || len(t.Columns) > MaxCols {
		return errs.New(errs.Invalid, "导出的列数应在 1 到 %d 之间。", MaxCols)
	}
	f, sheet, err := book(t.Sheet, t.Title)
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
	if err := printSetup(f, sheet, 3); err != nil {
		return err
	}
	sw, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 3, TopLeftCell: "A4", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, c := range t.Columns {
		if err := sw.SetColWidth(i+1, i+1, c.width()); err != nil {
			return err
		}
	}
	last := colName(len(t.Columns) - 1)
	if len(t.Columns) > 1 {
		for _, row := range []string{"1", "2"} {
			if err := sw.MergeCell("A"+row, last+row); err != nil {
				return err
			}
		}
	}
	if err := sw.SetRow("A1", []any{excelize.Cell{StyleID: st.title, Value: safe(t.Title)}}, excelize.RowOpts{Height: 30}); err != nil {
		return err
	}
	if err := sw.SetRow("A2", []any{excelize.Cell{StyleID: st.mark, Value: safe(t.Mark.String())}}, excelize.RowOpts{Height: 16}); err != nil {
		return err
	}
	head := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = excelize.Cell{StyleID: st.head, Value: safe(c.Title)}
	}
	if err := sw.SetRow("A3", head, excelize.RowOpts{Height: 24}); err != nil {
		return err
	}
	cells := make([]any, len(t.Columns))
	n := 3
	for row, err := range rows {
		if err != nil {
			return err
		}
		if len(row) != len(cells) {
			return fmt.Errorf("xlsx: row %d has %d values, want %d", n-2, len(row), len(cells))
		}
		if n++; n > excelize.TotalRows {
			return errs.New(errs.Invalid, "导出的行太多（最多 %d 行），请缩小范围。", excelize.TotalRows-3)
		}
		for i, v := range row {
			v, err := value(v)
			if err != nil {
				return err
			}
			cells[i] = excelize.Cell{StyleID: st.column[t.Columns[i].Format], Value: v}
		}
		if err := sw.SetRow("A"+strconv.Itoa(n), cells); err != nil {
			return err
		}
	}
	if err := sw.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

func (c Column) width() float64 {
	if c.Width > 0 {
		return min(c.Width, 120)
	}
	n := 2.0
	for _, r := range c.Title {
		if n++; r > 0x7F {
			n++ // a Chinese character is two wide
		}
	}
	return max(n+2, 10)
}

// value makes a cell's value that can be nothing but text or a number.
func value(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return safe(v), nil
	case int, int64:
		return v, nil
	case bool:
		if v {
			return "是", nil
		}
		return "否", nil
	case amount.Quantity:
		s := v.Plain()
		if len(strings.Trim(strings.ReplaceAll(s, ".", ""), "-0")) > 15 {
			return s, nil // more digits than a spreadsheet can hold: as text, whole
		}
		return strconv.ParseFloat(s, 64) // its shortest digits, which the file gets, are s again
	}
	return nil, fmt.Errorf("xlsx: a cell cannot hold a %T", v)
}

// safe makes text that no spreadsheet will execute, also after "save as CSV": a text that begins like a formula gets an
// apostrophe. Read takes it away. Source: reliability 53.
func safe(s string) string {
	s = clean(s)
	if r := []rune(s); len(r) > maxCell-1 {
		s = string(r[:maxCell-2]) + "…"
	}
	if dangerous(strings.TrimLeft(s, "'")) { // one more apostrophe also where the user had some, so that Read can take one away
		return "'" + s
	}
	return s
}

func dangerous(s string) bool {
	for _, r := range s {
		return strings.ContainsRune("=+-@\t\r\x00＝＋－＠", r)
	}
	return false
}

// clean drops characters that the file format cannot hold; tab and line ends stay.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return r
		}
		if unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// book makes an empty workbook with one sheet.
func book(name, title string) (*excelize.File, string, error) {
	if name == "" {
		name = title
	}
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]：？＊／＼`, r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, name), "' ")
	if r := []rune(name); len(r) > 28 {
		name = string(r[:28])
	}
	if name == "" {
		name = "表"
	}
	f := excelize.NewFile()
	return f, name, f.SetSheetName("Sheet1", name)
}

func printSetup(f *excelize.File, sheet string, headRow int) error {
	size, across, one, none, yes := 9, "landscape", 1, 0, true
	margin, middle := 0.5, true
	if err := f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &size, Orientation: &across, FitToWidth: &one, FitToHeight: &none}); err != nil {
		return err
	}
	if err := f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &yes}); err != nil {
		return err
	}
	if err := f.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{Left: &margin, Right: &margin, Top: &margin, Bottom: &margin, Horizontally: &middle}); err != nil {
		return err
	}
	if err := f.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: "&C第 &P 页，共 &N 页"}); err != nil {
		return err
	}
	quoted := "'" + strings.ReplaceAll(sheet, "'", "''") + "'"
	return f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("%s!$%d:$%d", quoted, headRow, headRow), Scope: sheet})
}

type styles struct {
	title, mark, head, note int
	column                  map[Format]int
}

func newStyles(f *excelize.File) (styles, error) {
	var first error
	add := func(s excelize.Style) int {
		id, err := f.NewStyle(&s)
		if first == nil {
			first = err
		}
		return id
	}
	var line []excelize.Border
	for _, side := range []string{"left", "right", "top", "bottom"} {
		line = append(line, excelize.Border{Type: side, Color: "808080", Style: 1})
	}
	font := func(size float64, bold bool, color string) *excelize.Font {
		return &excelize.Font{Family: "宋体", Size: size, Bold: bold, Color: color}
	}
	st := styles{column: map[Format]int{}}
	st.title = add(excelize.Style{Font: font(18, true, "000000"), Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center"}})
	st.mark = add(excelize.Style{Font: font(9, false, "595959"), Alignment: &excelize.Alignment{Horizontal: "left", Vertical: "center"}})
	st.head = add(excelize.Style{Font: font(11, true, "000000"), Border: line, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E7ECF3"}}, Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}})
	st.note = add(excelize.Style{Font: font(11, false, "9C0006"), Border: line, Alignment: &excelize.Alignment{Horizontal: "left", Vertical: "center", WrapText: true}})
	at := map[Format]string{Text: "left", Centred: "center"}
	for k := Text; k <= Plain; k++ {
		s := excelize.Style{Font: font(11, false, "000000"), Border: line, Alignment: &excelize.Alignment{Horizontal: "right", Vertical: "center"}}
		if side, ok := at[k]; ok {
			s.Alignment = &excelize.Alignment{Horizontal: side, Vertical: "center", WrapText: true}
			s.NumFmt = 49 // text, so that editing a cell does not turn it into something else
		} else {
			code := numFmt[k]
			s.CustomNumFmt = &code
		}
		st.column[k] = add(s)
	}
	return st, first
}
