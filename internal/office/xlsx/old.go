package xlsx

import (
	"strconv"

	"duban/internal/base/errs"
	"duban/internal/office/ole"
	"duban/internal/office/xls"
)

// openOld opens a workbook of the old format (.xls, .et). What it shows is the same as of the same book saved as .xlsx.
func openOld(b []byte) (*workbook, error) {
	f, err := ole.Open(b)
	if err != nil {
		return nil, err
	}
	switch f.Kind() {
	case ole.Workbook, ole.Old:
	case ole.Encrypted:
		return nil, errs.New(errs.Invalid, "这个文件加了密码。请打开后去掉密码，另存为 .xlsx 再上传。")
	default:
		return nil, errs.New(errs.Invalid, "这个文件不是表格（.xlsx、.xls）。")
	}
	old, err := xls.Open(f, disarm)
	if err != nil {
		return nil, err
	}
	book := &workbook{old: old, date1904: old.Date1904}
	for _, x := range old.Formats {
		book.kinds = append(book.kinds, kindOf(x.ID, x.Code))
	}
	for _, s := range old.Sheets {
		book.sheets = append(book.sheets, sheetRef{name: s.Name, hidden: s.Hidden, old: s})
	}
	if len(book.sheets) == 0 {
		return nil, errs.New(errs.Invalid, "这个文件里没有工作表。")
	}
	return book, nil
}

func (b *workbook) readOld(ref sheetRef) (Sheet, error) {
	page, err := b.old.Read(ref.old)
	if err != nil {
		return Sheet{}, err
	}
	g := grid{out: Sheet{Name: ref.name}, spent: &b.spent}
	for _, c := range page.HiddenCols {
		g.hide(c.Left+1, c.Right+1)
	}
	for _, m := range page.Merges {
		g.merge(m.Top+1, m.Left, m.Bottom+1, m.Right)
	}
	for i, c := range page.Cells {
		if i == 0 || c.Row != page.Cells[i-1].Row {
			if i > 0 {
				if err := g.end(); err != nil {
					return Sheet{}, err
				}
			}
			g.begin(c.Row+1, page.HiddenRows[c.Row])
		}
		var text string
		switch c.Kind {
		case xls.Bool:
			if text = "否"; c.Number != 0 {
				text = "是"
			}
		case xls.Text, xls.Error:
			text = c.Text
		default:
			k := general
			if c.Style < len(b.kinds) {
				k = b.kinds[c.Style]
			}
			text = k.print(strconv.FormatFloat(c.Number, 'g', -1, 64), b.date1904)
		}
		if err := g.put(c.Col, text, c.Kind == xls.Error, c.Formula, true); err != nil {
			return Sheet{}, err
		}
	}
	if len(page.Cells) > 0 {
		if err := g.end(); err != nil {
			return Sheet{}, err
		}
	}
	return g.finish()
}
