package importfile

import (
	"archive/zip"
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"duban/internal/area/campaign/breakdown"
	"duban/internal/base/errs"
)

// TestOfficeFiles reads files that office programs have written, not this program: a workbook with a title, a line of units, two rows
// of heading, merges, a date, a bare day number, full-width digits, a formula with its result, a hidden row, column and sheet; and a
// document with a table and a text; and the same two in the older formats, which give the same tasks.
func TestOfficeFiles(t *testing.T) {
	for _, c := range []struct{ file, want, said string }{
		{"任务分解.xlsx", `任务分解!6 1 城东大桥主桥合龙|区交通局|区财政局、漳湾镇|2017-06-30||30000万元|道路
任务分解!7 2 疏港公路路基完成|区交通局|区财政局|2017-08-31||12000万元|道路
任务分解!8 3 新建城南小学|区教育局|区住建局|2017-09-30||8500万元|民生
任务分解!10 4 整治背街小巷１２条|区城管局|蕉南街道、蕉北街道|2017-11-30||1200万元|管理
任务分解!11 5 治理黑臭水体|区环保局|区水利局|||800万元|管理
民生实事!3  建车站|区交通局||2017-10-01|||`, "工作表“任务分解”第 11 行 H 列「完成时限」：时限“6月前”有两种读法"},
		{"分工.docx", `3 1 整治河道。|区水利局|区财政局|2017-10-31|||
2 1 修路⏎全长3公里|区交通局|区财政局|2017-06-30|||道路
3 2 造桥|区水利局||2017-09-30|||道路`, ""},
		{"任务.xls", `2 1 修路⏎全长3公里|区交通局|区财政局、漳湾镇|2017-06-30|||
3 2 造桥|区水利局||2017-09-30|||`, ""},
	} {
		b, err := os.ReadFile("testdata/" + c.file)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Read(c.file, b, breakdown.Options{})
		var got []string
		for _, x := range res.Tasks {
			got = append(got, line(x))
		}
		if g := strings.Join(got, "\n"); err != nil || g != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.file, err, g, c.want)
		}
		all := ""
		for _, p := range res.Problems {
			all += p.Message + "\n"
		}
		if !strings.Contains(all, c.said) {
			t.Errorf("%s: %q is not said in\n%s", c.file, c.said, all)
		}
		for from, to := range map[string]string{".xlsx": ".xls", ".docx": ".doc"} { // by whatever name it comes: .et and .wps are the same
			older, found := strings.CutSuffix(c.file, from)
			if !found {
				continue
			}
			b, err := os.ReadFile("testdata/" + older + to)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Read(older+".et", b, breakdown.Options{})
			if err != nil || !reflect.DeepEqual(again, res) {
				t.Errorf("%s: %v, %+v\nas %s %+v", older+to, err, again, from, res)
			}
		}
	}
}

// TestForeignPackages: other formats that are zip files inside are called by their name, and one that unfolds to gigabytes stays shut.
func TestForeignPackages(t *testing.T) {
	for _, c := range []struct{ name, part, want string }{
		{"任务.odt", "mimetype", "开放文档格式（.odt、.ods）。请用 WPS 或 Office 打开，另存为 .docx"},
		{"任务.ods", "content.xml", "另存为 .xlsx"},
		{"任务.docx", "content.xml", "开放文档格式"},
		{"任务.ofd", "OFD.xml", "OFD 版式文件"},
		{"任务.xlsb", "xl/workbook.bin", "二进制工作簿（.xlsb）"},
		{"任务.pptx", "ppt/presentation.xml", "演示文稿"},
		{"任务.zip", "任务.docx", "是压缩包"},
		{"任务.xlsx", "xl/workbook.xml", "没有工作表"},
		{"任务.xlsx", "xl/styles.xml", "不是表格（.xlsx）"},
		{"任务.docx", "word/styles.xml", "不是 Word 文档（.docx）"},
	} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		if w, err := z.Create(c.part); err == nil {
			w.Write([]byte("<x/>"))
		}
		if strings.HasSuffix(c.part, "workbook.xml") {
			if w, err := z.Create("xl/_rels/workbook.xml.rels"); err == nil {
				w.Write([]byte("<Relationships/>"))
			}
		}
		z.Close()
		if _, err := Read(c.name, b.Bytes(), breakdown.Options{}); errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Say(err), c.want) {
			t.Errorf("%s with %s: %v, want %q", c.name, c.part, err, c.want)
		}
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	for zeros, i := make([]byte, 1<<20), 0; i < 200; i++ {
		w.Write(zeros)
	}
	z.Close()
	if _, err := Read("任务.xlsx", b.Bytes(), breakdown.Options{}); errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Say(err), "展开后超过") {
		t.Errorf("a bomb: %v", err)
	}
}
