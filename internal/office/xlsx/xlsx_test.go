package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/internal/base/amount"
	"duban/internal/base/errs"

	"github.com/xuri/excelize/v2"
)

func made(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func set(t testing.TB, f *excelize.File, sheet, at string, v any, format string) {
	t.Helper()
	if err := f.SetCellValue(sheet, at, v); err != nil {
		t.Fatal(err)
	}
	if format != "" {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStyle(sheet, at, at, id); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadSeesWhatAPersonSees(t *testing.T) {
	b := made(t, func(f *excelize.File) {
		f.SetSheetName("Sheet1", "说明")
		f.SetSheetVisible("说明", false)
		f.NewSheet("项目表")
		f.SetActiveSheet(1)
		f.SetSheetVisible("说明", false)
		s := "项目表"
		set(t, f, s, "A1", "重点项目", "")
		f.MergeCell(s, "A1", "D1")
		set(t, f, s, "A3", "滨海路", "")
		set(t, f, s, "B3", 8.26, "0.0")
		set(t, f, s, "C3", 0.125, "0.0%")
		set(t, f, s, "D3", 42799, `yyyy"年"m"月"d"日"`)
		set(t, f, s, "E3", 42799, `yyyy"年"m"月"`)
		set(t, f, s, "F3", 42799.604166666664, "yyyy/m/d h:mm")
		set(t, f, s, "G3", 0.1+0.2, `[Red]#,##0.00"亩"`)
		set(t, f, s, "H3", true, "")
		set(t, f, s, "I3", "  两头空 ", "")
		set(t, f, s, "J3", 123456789012345, "")
		set(t, f, s, "K3", "350902199001011234", "")
		set(t, f, s, "A4", "藏起来的", "")
		f.SetRowVisible(s, 4, false)
		set(t, f, s, "A5", "合计", "")
		f.SetCellFormula(s, "B5", "SUM(B3:B4)")
		f.MergeCell(s, "A5", "A6")
		f.SetColVisible(s, "C", false)
		set(t, f, s, "M9", "", "0.0") // styled, not filled: not part of the table
	})
	got, err := Read(bytes.NewReader(b), "")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"重点项目"}, {},
		{"滨海路", "8.26", "12.5%", "2017-03-05", "2017-03", "2017-03-05 14:30", "0.3", "是", "  两头空 ", "123456789012345", "350902199001011234"},
		{"合计", ""},
	}
	for i := range want {
		want[i] = append(want[i], make([]string, 11-len(want[i]))...)
	}
	if g, w := fmt.Sprintf("%q", got.Cells), fmt.Sprintf("%q", want); g != w {
		t.Errorf("\n got %s\nwant %s", g, w)
	}
	if g := fmt.Sprintf("%s %v %v", got.Name, got.RowNums, got.Merges); g != "项目表 [1 2 3 5] [{0 0 1 4}]" {
		t.Error(g)
	}
	if g := strings.Join(got.Warnings, "\n"); !strings.Contains(g, "没有读取隐藏的工作表：“说明”") || !strings.Contains(g, "隐藏的 1 行（第 4 行）") || !strings.Contains(g, "隐藏的列（C 列）") {
		t.Error(g)
	}
	if len(got.Problems) != 1 || got.Problems[0].Row != 3 || got.Problems[0].Col != 1 || !strings.Contains(got.Problems[0].Message, "B5 是公式") {
		t.Errorf("%+v", got.Problems)
	}
	if names, err := Names(bytes.NewReader(b)); err != nil || fmt.Sprint(names) != "[项目表]" {
		t.Error(names, err)
	}
	if _, err := Read(bytes.NewReader(b), "说明"); err == nil || !strings.Contains(err.Error(), "现有：项目表") {
		t.Error(err)
	}
}

// The reading that an input method stores with a text (拼音指南) is not part of it.
func TestReadLeavesOutPhonetics(t *testing.T) {
	b := made(t, func(f *excelize.File) { set(t, f, "Sheet1", "A1", "蕉城", "") })
	b = replaced(t, b, "xl/sharedStrings.xml", "</si>", `<rPh sb="0" eb="1"><t>jiāo</t></rPh></si>`)
	if got, err := Read(bytes.NewReader(b), ""); err != nil || got.Cells[0][0] != "蕉城" {
		t.Errorf("%q %v", got.Cells, err)
	}
}

func TestReadFormats(t *testing.T) {
	for _, c := range []struct {
		id   int
		code string
		v    string
		want string
	}{
		{0, "", "8.2599999999999998", "8.26"}, {0, "", "1E+20", "100000000000000000000"}, {0, "", "-0", "0"}, {0, "", "1.5E-3", "0.0015"},
		{9, "", "0.07", "7%"}, {10, "", "1.005", "100.5%"}, {0, "0%", "-0.005", "-0.5%"},
		{14, "", "42799", "2017-03-05"}, {14, "", "1", "1900-01-01"}, {14, "", "59", "1900-02-28"}, {14, "", "61", "1900-03-01"},
		{31, "", "42799", "2017-03-05"}, {57, "", "42799", "2017-03"}, {0, `[$-804]yyyy"年"m"月";@`, "42799", "2017-03"},
		{20, "", "0.60416666666666663", "14:30"}, {0, "[h]:mm", "1.5", "36:00"}, {0, "mm:ss", "0.5", "12:00"},
		{0, `0.00"days"`, "3", "3"}, {0, `"d"0`, "3", "3"}, {49, "@", "42799", "42799"}, {14, "", "-5", "-5"}, {14, "", "99999999", "99999999"},
		{0, "", "not a number", "not a number"}, {14, "", "42799.9999999", "2017-03-06"},
	} {
		if got := kindOf(c.id, c.code).print(c.v, false); got != c.want {
			t.Errorf("%d %q of %s: %s, want %s", c.id, c.code, c.v, got, c.want)
		}
	}
	if got := date.print("41337", true); got != "2017-03-05" {
		t.Errorf("1904: %s", got)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		b    []byte
		says string
	}{
		"not a zip":     {[]byte("a,b,c"), "不是 .xlsx"},
		"old":           {[]byte{0xD0, 0xCF, 0x11, 0xE0, 0}, "已经损坏"},
		"too long":      {made(t, func(f *excelize.File) { set(t, f, "Sheet1", fmt.Sprint("A", MaxRows+1), "x", "") }), fmt.Sprintf("第 %d 行还有内容", MaxRows+1)},
		"too wide":      {made(t, func(f *excelize.File) { set(t, f, "Sheet1", colName(MaxCols)+"1", "x", "") }), "最多 200 列"},
		"macro":         {with(t, made(t, func(*excelize.File) {}), "xl/vbaProject.bin", "x"), "带有宏"},
		"macro by type": {replaced(t, made(t, func(*excelize.File) {}), "[Content_Types].xml", "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main", "vnd.ms-excel.sheet.macroEnabled.main"), "带有宏"},
		"entity":        {replaced(t, made(t, func(*excelize.File) {}), "xl/workbook.xml", "<workbook", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><workbook`), "DOCTYPE"},
		"bad cell":      {replaced(t, made(t, func(f *excelize.File) { set(t, f, "Sheet1", "A1", 1, "") }), "xl/worksheets/sheet1.xml", `r="A1"`, `r="1A"`), "损坏"},
	} {
		_, err := Read(bytes.NewReader(c.b), "")
		if err == nil || !strings.Contains(err.Error(), c.says) || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v, want %s", name, err, c.says)
		}
	}
}

// with adds an entry to a zip; replaced changes the text of one.
func with(t *testing.T, b []byte, name, content string) []byte {
	return rezip(t, b, name, content, "", "")
}

func replaced(t *testing.T, b []byte, name, from, to string) []byte {
	return rezip(t, b, name, "", from, to)
}

func rezip(t *testing.T, b []byte, name, add, from, to string) []byte {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	hit := false
	for _, f := range zr.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == name && from != "" {
			hit = hit || bytes.Contains(raw, []byte(from))
			raw = bytes.ReplaceAll(raw, []byte(from), []byte(to))
		}
		w, _ := zw.Create(f.Name)
		w.Write(raw)
	}
	if add != "" {
		w, _ := zw.Create(name)
		io.WriteString(w, add)
	} else if !hit {
		t.Fatalf("%s does not contain %s", name, from)
	}
	zw.Close()
	return out.Bytes()
}

func seq(rows ...[]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

var mark = Mark{Unit: "区督查室", Person: "宋时雨", At: "2017-03-09 10:41", Serial: "E-000123"}

func TestWrite(t *testing.T) {
	q, err := amount.Parse("投资额", "1234567.8901", amount.WanYuan)
	if err != nil {
		t.Fatal(err)
	}
	long := amount.FromScaled(9223372036854775807, amount.WanYuan)
	var b bytes.Buffer
	tbl := Table{Title: "重点项目：一览[表]", Mark: mark, Columns: []Column{{Title: "项目", Width: 30}, {Title: "投资额（万元）", Format: Number4}, {Title: "户", Format: Integer}, {Title: "完成", Format: Centred}}}
	if err := Write(&b, tbl, seq([]any{"滨海路", q, int64(12), true}, []any{"=1+1", long, 3, nil})); err != nil {
		t.Fatal(err)
	}
	got, err := Read(bytes.NewReader(b.Bytes()), "")
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%q", [][]string{{"重点项目：一览[表]", "", "", ""}, {mark.String(), "", "", ""}, {"项目", "投资额（万元）", "户", "完成"}, {"滨海路", "1234567.8901", "12", "是"}, {"=1+1", "922337203685477.5807", "3", ""}})
	if g := fmt.Sprintf("%q", got.Cells); g != want {
		t.Errorf("\n got %s\nwant %s", g, want)
	}
	if got.Name != "重点项目一览表" || fmt.Sprint(got.Merges) != "[{0 0 1 4} {1 0 1 4}]" {
		t.Error(got.Name, got.Merges)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet := got.Name
	if lay, _ := f.GetPageLayout(sheet); *lay.Size != 9 || *lay.Orientation != "landscape" || *lay.FitToWidth != 1 || *lay.FitToHeight != 0 {
		t.Errorf("%+v", lay)
	}
	if pr, _ := f.GetSheetProps(sheet); pr.FitToPage == nil || !*pr.FitToPage {
		t.Error("fit to page was lost")
	}
	if p, _ := f.GetPanes(sheet); !p.Freeze || p.YSplit != 3 {
		t.Errorf("%+v", p)
	}
	if n := f.GetDefinedName(); len(n) != 1 || n[0].RefersTo != "'重点项目一览表'!$3:$3" {
		t.Errorf("%+v", n)
	}
	if v, _ := f.GetCellValue(sheet, "B4"); v != "1,234,567.8901" {
		t.Error(v)
	}
	if typ, _ := f.GetCellType(sheet, "B4"); typ != excelize.CellTypeUnset && typ != excelize.CellTypeNumber {
		t.Errorf("a number went out as %v", typ)
	}
	if v, _ := f.GetCellValue(sheet, "A5"); v != "'=1+1" {
		t.Errorf("%q", v)
	}
	if err := Write(&b, tbl, seq([]any{1.5, 1, 1, 1})); err == nil {
		t.Error("a float was written")
	}
	if err := Write(&b, tbl, seq([]any{1})); err == nil {
		t.Error("a short row was written")
	}
	b.Reset()
	boom := errors.New("boom")
	if err := Write(&b, tbl, func(yield func([]any, error) bool) { yield(nil, boom) }); err != boom || b.Len() > 0 {
		t.Error(err, b.Len())
	}
}

// payloads are texts that spreadsheets have been known to execute, with real ones where they are at hand.
func payloads(t *testing.T) []string {
	out := []string{"=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＋1", "－1", "＠A1", "'=1+1", "''=1", "'", "=cmd|'/c calc'!A0", `=HYPERLINK("http://x","y")`, "-3", "—", " =1", "&lt;", "_x000D_", "a_x0041_b"}
	b, err := os.ReadFile("../../../../shared/data/hostile_input/csv_payloads_payloadbox.txt")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("hostile_input is absent")
		}
		t.Log("hostile_input is absent; own samples only")
		return out
	}
	for _, l := range strings.Split(string(b), "\n") {
		if l = strings.TrimSuffix(l, "\r"); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// Source: reliability 53.
func TestNothingIsExecuted(t *testing.T) {
	texts := payloads(t)
	var rows [][]any
	for _, s := range texts {
		rows = append(rows, []any{s})
	}
	var b bytes.Buffer
	if err := Write(&b, Table{Title: "试", Mark: mark, Columns: []Column{{Title: "文"}}}, seq(rows...)); err != nil {
		t.Fatal(err)
	}
	zr, _ := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	raw, _ := zr.Open("xl/worksheets/sheet1.xml")
	xml, _ := io.ReadAll(raw)
	if bytes.Contains(xml, []byte("<f>")) || bytes.Contains(xml, []byte("<f ")) {
		t.Error("a formula was written")
	}
	got, err := Read(bytes.NewReader(b.Bytes()), "")
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range texts {
		if g := got.Cells[i+3][0]; g != s {
			t.Errorf("%q came back as %q", s, g)
		}
	}
	if len(got.Problems) > 0 {
		t.Errorf("%+v", got.Problems)
	}
}

// Source: reliability 53. What LibreOffice makes of the same sheet after recalculating it.
func TestNothingIsExecutedByLibreOffice(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, Table{Title: "试", Mark: mark, Columns: []Column{{Title: "文"}}}, seq([]any{"=1+1"}, []any{"+1+1"}, []any{"@SUM(1)"}, []any{"－1"})); err != nil {
		t.Fatal(err)
	}
	out := converted(t, b.Bytes(), "csv:Text - txt - csv (StarCalc):44,34,76,1")
	for _, bad := range []string{"\n2\n", "\n0\n", "#REF!", "#NAME?", "Err:"} {
		if strings.Contains(out, bad) {
			t.Errorf("LibreOffice computed something: %q in\n%s", bad, out)
		}
	}
	if !strings.Contains(out, "'=1+1") {
		t.Errorf("no apostrophe in\n%s", out)
	}
}

// converted sends a workbook through LibreOffice.
func converted(t *testing.T, b []byte, to string) string {
	t.Helper()
	office, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("soffice is absent")
		}
		t.Skip("soffice is absent")
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "in.xlsx")
	if err := os.WriteFile(in, b, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", to, "--outdir", dir, in)
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ext, _, _ := strings.Cut(to, ":")
	res, err := os.ReadFile(filepath.Join(dir, "in."+ext))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("this LibreOffice has no spreadsheet part")
		}
		t.Skip("this LibreOffice has no spreadsheet part")
	}
	return string(res)
}

func TestWithComments(t *testing.T) {
	var b bytes.Buffer
	err := WithComments(&b, "退回的行", []string{"项目", "投资额（万元）"}, []Rejected{
		{Row: 7, Cells: []string{"=滨海路", "三亿多"}, Reasons: []Reason{{1, "“投资额”写成了“三亿多”，请写数字，如 30000，单位万元。"}, {-1, "和第 5 行重复。"}}},
		{Cells: []string{"城南"}, Reasons: []Reason{{9, "缺投资额。"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(bytes.NewReader(b.Bytes()), "")
	if err != nil {
		t.Fatal(err)
	}
	want := `[["项目" "投资额（万元）" "原行号" "原因"] ["=滨海路" "三亿多" "7" "“投资额”写成了“三亿多”，请写数字，如 30000，单位万元。\n和第 5 行重复。"] ["城南" "" "" "缺投资额。"]]`
	if g := fmt.Sprintf("%q", got.Cells); g != want {
		t.Errorf("\n got %s\nwant %s", g, want)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cs, err := f.GetComments("退回的行")
	if err != nil || len(cs) != 2 || cs[0].Cell != "B2" || cs[1].Cell != "B3" || !strings.Contains(cs[0].Text+cs[0].Author, "三亿多") {
		t.Errorf("%+v %v", cs, err)
	}
}

func TestTooManyRejectedRowsStillReturn(t *testing.T) {
	rows := make([]Rejected, maxComments+200)
	for i := range rows {
		rows[i] = Rejected{Row: i + 2, Cells: []string{"x"}, Reasons: []Reason{{0, "不对。"}}}
	}
	var b bytes.Buffer
	if err := WithComments(&b, "退回", []string{"项"}, rows); err != nil {
		t.Fatal(err)
	}
	got, err := Read(bytes.NewReader(b.Bytes()), "")
	if err != nil || len(got.Cells) != len(rows)+1 || got.Cells[len(rows)][2] != "不对。" {
		t.Errorf("%d %v", len(got.Cells), err)
	}
}

func FuzzRead(f *testing.F) {
	b := made(f, func(x *excelize.File) { x.SetCellValue("Sheet1", "A1", "x") })
	f.Add(b)
	if old, err := os.ReadFile("testdata/一九〇四.xls"); err == nil {
		f.Add(old)
	}
	f.Fuzz(func(t *testing.T, b []byte) { Read(bytes.NewReader(b), "") })
}

const benchRows, benchCols = 10_000, 12

func BenchmarkExport(b *testing.B) {
	q := amount.FromScaled(1144000, amount.YiYuan)
	cols := make([]Column, benchCols)
	for i := range cols {
		cols[i] = Column{Title: fmt.Sprint("列", i), Format: []Format{Text, Number4, Integer}[i%3]}
	}
	for b.Loop() {
		row := make([]any, benchCols)
		err := Write(io.Discard, Table{Title: "表", Mark: mark, Columns: cols}, func(yield func([]any, error) bool) {
			for i := range benchRows {
				for c := range row {
					row[c] = []any{"滨海路改造工程", q, i}[c%3]
				}
				if !yield(row, nil) {
					return
				}
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkExportFloor is the bare stream writer with the same cells: no styles, no safety, no print set-up.
func BenchmarkExportFloor(b *testing.B) {
	for b.Loop() {
		f := excelize.NewFile()
		sw, err := f.NewStreamWriter("Sheet1")
		if err != nil {
			b.Fatal(err)
		}
		row := make([]any, benchCols)
		for i := range benchRows {
			for c := range row {
				row[c] = []any{"滨海路改造工程", 114.4, i}[c%3]
			}
			if err := sw.SetRow(fmt.Sprint("A", i+1), row); err != nil {
				b.Fatal(err)
			}
		}
		if err := sw.Flush(); err != nil {
			b.Fatal(err)
		}
		if err := f.Write(io.Discard); err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}

func BenchmarkRead10000x12(b *testing.B) {
	var buf bytes.Buffer
	cols := make([]Column, benchCols)
	for i := range cols {
		cols[i] = Column{Title: "列"}
	}
	if err := Write(&buf, Table{Title: "表", Mark: mark, Columns: cols}, func(yield func([]any, error) bool) {
		row := make([]any, benchCols)
		for i := range benchRows {
			for c := range row {
				row[c] = []any{"滨海路改造工程", i}[c%2]
			}
			if !yield(row, nil) {
				return
			}
		}
	}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if s, err := Read(bytes.NewReader(buf.Bytes()), ""); err != nil || len(s.Cells) != benchRows+3 {
			b.Fatal(len(s.Cells), err)
		}
	}
}
