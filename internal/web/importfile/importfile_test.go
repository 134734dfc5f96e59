package importfile

import (
	"archive/zip"
	"bytes"
	"strconv"
	"strings"
	"testing"

	"duban/internal/area/campaign/breakdown"
	"duban/internal/base/errs"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// sheet fills a sheet with rows from the top; cells parted by |.
func sheet(t *testing.T, f *excelize.File, name, rows string) {
	t.Helper()
	if i, _ := f.GetSheetIndex(name); i < 0 {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
	}
	for r, l := range strings.Split(rows, "\n") {
		for c, v := range strings.Split(l, "|") {
			if v == "" {
				continue
			}
			at, _ := excelize.CoordinatesToCellName(c+1, r+1)
			if err := f.SetCellStr(name, at, strings.ReplaceAll(v, "⏎", "\n")); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func book(t *testing.T, fill func(f *excelize.File)) []byte {
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

func merge(t *testing.T, f *excelize.File, s string, ranges ...string) {
	t.Helper()
	for _, r := range ranges {
		a, z, _ := strings.Cut(r, ":")
		if err := f.MergeCell(s, a, z); err != nil {
			t.Fatal(err)
		}
	}
}

// line shows a task: row no text|lead|support|deadline|leader|goal|category.
func line(t breakdown.Task) string {
	at := ""
	if t.Sheet != "" {
		at = t.Sheet + "!"
	}
	goal := t.Goal + t.Unit
	return at + strconv.Itoa(t.Row) + " " + t.No + " " + strings.ReplaceAll(t.Text, "\n", "⏎") + "|" + strings.Join(t.LeadUnits, "、") + "|" + strings.Join(t.SupportUnits, "、") + "|" + t.Deadline + "|" + t.Leader + "|" + goal + "|" + t.Category
}

// TestWorkbooks reads workbooks as offices make them: headings of many names, titles above, merges, notes, totals, and
// every way to write a date. want is one line a task; problems are parts of sentences that must be said, in any order.
func TestWorkbooks(t *testing.T) {
	for _, c := range []struct {
		name     string
		fill     func(f *excelize.File)
		want     []string
		problems []string
	}{
		{"the heading of the issue, with title and reporting line above", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "蕉城区2017年重点工作任务分解表\n填报单位：区发改局||||||填报日期：2017年1月5日\n序号|工作任务|目标|时间节点|牵头领导|牵头单位|责任单位|配合单位\n1|漳湾作业区泊位建设|完成投资3亿元|6月底|张三|区交通局|漳湾镇|区财政局、区国土局\n２|老旧小区改造|改造5个|2017.6.30|李四|区住建局|蕉南街道、蕉北街道|")
			merge(t, f, "Sheet1", "A1:H1", "A2:F2", "G2:H2")
		}, []string{"4 1 漳湾作业区泊位建设|区交通局|漳湾镇、区财政局、区国土局|2017-06-30|张三|3亿元|", "5 2 老旧小区改造|区住建局|蕉南街道、蕉北街道|2017-06-30|李四|5个|"}, nil},
		{"a card of labels and values", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "督办单\n督办事项|修复城东大桥|办结时限|2017年6月底前\n责任单位|区交通局|配合单位|区财政局")
			merge(t, f, "Sheet1", "A1:D1")
		}, []string{"2  修复城东大桥|区交通局|区财政局|2017-06-30|||"}, nil},
		{"other names of the same", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "编号|主要任务|年度目标|完成时限|责任领导|主办单位|协办单位\n1|修路|3公里|2017年上半年|张三|区交通局|区财政局\n2|造桥|2座|2017年第三季度|李四|区水利局|")
		}, []string{"2 1 修路|区交通局|区财政局|2017-06-30|张三|3公里|", "3 2 造桥|区水利局||2017-09-30|李四|2座|"}, nil},
		{"dates as serial, text, month and words", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "2017年度任务清单\n序号|重点任务|责任部门|完成时间\n1|甲|区教育局|\n2|乙|区教育局|\n3|丙|区教育局|2017/6/30\n4|丁|区教育局|长期坚持\n5|戊|区教育局|6月底前\n6|己|区教育局|2017年12月\n7|庚|区教育局|每季度末\n8|辛|区教育局|春节前\n9|壬|区教育局|2月30日\n10|癸|区教育局|２０１７年９月底")
			for at, format := range map[string]string{"D3": "yyyy/m/d", "D4": `yyyy"年"m"月"`} {
				id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
				if err != nil {
					t.Fatal(err)
				}
				f.SetCellValue("Sheet1", at, 42916)
				f.SetCellStyle("Sheet1", at, at, id)
			}
		}, []string{"3 1 甲|区教育局||2017-06-30|||", "4 2 乙|区教育局||2017-06-30|||", "5 3 丙|区教育局||2017-06-30|||", "6 4 丁|区教育局|||||", "7 5 戊|区教育局||2017-06-30|||", "8 6 己|区教育局||2017-12-31|||", "9 7 庚|区教育局|||||", "10 8 辛|区教育局|||||", "11 9 壬|区教育局|||||", "12 10 癸|区教育局||2017-09-30|||"},
			[]string{"第 10 行 D 列「完成时间」：时间节点“春节前”要看“春节”是哪一天。请写成", "第 11 行 D 列「完成时间」：时间节点“2月30日”不是日期"}},
		{"two rows of heading, category and unit merged downwards, blank rows, totals", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "2017年重点项目攻坚任务表\n类别|序号|项目名称|总投资（万元）|2017年计划||责任单位||完成时限\n||||年度投资（万元）|形象进度|牵头单位|配合单位|\n产业项目|1|时代一期|50000|２０，０００|主体封顶|区工信局|漳湾镇|12月\n|2|时代二期|30000|10000|开工建设||七都镇|11月底\n\n民生项目|3|区医院迁建|20000|5000|完成桩基|区卫健局|区住建局|10月\n小计|||100000|35000\n合计|||100000|35000\n注：本表由区发改局负责解释。")
			merge(t, f, "Sheet1", "A1:I1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:F2", "G2:H2", "I2:I3", "A4:A5", "G4:G5", "A9:C9")
		}, []string{"4 1 时代一期|区工信局|漳湾镇|2017-12-31||20000万元|产业项目", "5 2 时代二期|区工信局|七都镇|2017-11-30||10000万元|产业项目", "7 3 区医院迁建|区卫健局|区住建局|2017-10-31||5000万元|民生项目"}, nil},
		{"name and content", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "序号|项目名称|建设内容及规模|进度安排|分管领导|责任单位\n1|城东大桥|主线长3公里，双向六车道|2017年12月底前通车|张三|区交通局\n2|金溪公园|占地120亩|2017年6月底前开园|李四|区园林中心")
		}, []string{"2 1 城东大桥：主线长3公里，双向六车道|区交通局||2017-12-31|张三||", "3 2 金溪公园：占地120亩|区园林中心||2017-06-30|李四||"}, nil},
		{"two sheets of tasks, one of words, one hidden", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "填表说明\n1.请按要求填写。\n2.请于每月5日前报送。")
			f.SetSheetName("Sheet1", "说明")
			sheet(t, f, "工业", "序号|任务|责任单位|时限\n1|技改|区工信局|2017年6月")
			sheet(t, f, "农业", "序号|任务|责任单位|时限\n1|茶园改造|区农业局|2017-02-30\n2||区农业局|2017年8月")
			sheet(t, f, "旧表", "序号|任务|责任单位\n1|旧任务|区水利局")
			f.SetSheetVisible("旧表", false)
		}, []string{"工业!2 1 技改|区工信局||2017-06-30|||", "农业!2 1 茶园改造|区农业局|||||"},
			[]string{"工作表“农业”第 2 行 D 列「时限」：时间节点“2017-02-30”不是日期", "工作表“农业”第 3 行 B 列「任务」：没有写工作任务", "没有读取隐藏的工作表：“旧表”"}},
		{"hidden rows keep the numbers, a hidden column is read", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "序号|任务|责任单位|时限\n1|甲|区教育局|2017年6月\n2|乙|区教育局|2017年6月\n3|丙|区教育局|不知道")
			f.SetRowVisible("Sheet1", 3, false)
			f.SetColVisible("Sheet1", "C", false)
		}, []string{"2 1 甲|区教育局||2017-06-30|||", "4 3 丙|区教育局|||||"}, []string{"第 4 行 D 列「时限」：时间节点“不知道”看不懂", "没有读取隐藏的 1 行（第 3 行）", "隐藏的列（C 列）"}},
		{"a second table below the first", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "一、重点任务\n序号|工作任务|牵头单位|完成时限\n1|修路|区交通局|2017年6月\n\n二、民生实事\n序号|实事项目|责任单位|分管领导|完成时间\n1|建幼儿园|区教育局|王五|2017年8月\n2|建公园|区园林中心|赵六|2017年9月")
		}, []string{"3 1 修路|区交通局||2017-06-30|||", "7 1 建幼儿园|区教育局||2017-08-31|王五||二、民生实事", "8 2 建公园|区园林中心||2017-09-30|赵六||二、民生实事"}, nil},
		{"formulas without what they gave, and an error", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "序号|任务|目标（万元）|责任单位|时限\n1|技改|300|区工信局|2017年6月\n|扩产|400|区工信局|2017年6月\n|升级||区工信局|2017年6月")
			f.SetCellFormula("Sheet1", "A3", "A2+1")
			f.SetCellFormula("Sheet1", "A4", "A3+1")
			f.SetCellValue("Sheet1", "C4", "#REF!")
		}, []string{"2 1 技改|区工信局||2017-06-30||300万元|", "3  扩产|区工信局||2017-06-30||400万元|", "4  升级|区工信局||2017-06-30|||"}, []string{"有 2 格公式没有存着结果（A3、A4），按空格读入"}},
		{"units that are many, in lines, with 牵头 in brackets", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "序号|重点工作|责任单位及责任人|完成时限\n1|创城|区文明办（牵头）⏎区住建局⏎各乡镇（街道）|2017年12月\n2|信访|牵头单位：区信访局⏎责任单位：区直各单位|长期\n3|禁毒|区公安局牵头，区司法局、区教育局配合|全年")
		}, []string{"2 1 创城|区文明办|区住建局、各乡镇（街道）|2017-12-31|||", "3 2 信访|区信访局|区直各单位||||", "4 3 禁毒|区公安局|区司法局、区教育局||||"}, nil},
		{"quarters and weights", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "2017年目标任务书\n序号|指标名称|计量单位|年度目标|一季度|二季度|三季度|四季度|权重|责任单位\n1|固定资产投资|亿元|186|30|80|130|186|10|区发改局\n2|规上工业增加值增幅|％|９．５|9|9|9.2|9.5|8|区工信局")
			merge(t, f, "Sheet1", "A1:J1")
		}, []string{"3 1 固定资产投资|区发改局|||" + "|186亿元|", "4 2 规上工业增加值增幅|区工信局||||9.5%|"}, nil},
		{"first of a list leads, said in a note below", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "任务分解表\n序号|任务内容|责任单位|时间要求\n1|修路|区交通局、区财政局|2017年10月\n备注：责任单位中排在第一位的为牵头单位")
		}, []string{"3 1 修路|区交通局|区财政局|2017-10-31|||"}, nil},
		{"no unit, no text, a unit that is a sentence", func(f *excelize.File) {
			sheet(t, f, "Sheet1", "序号|工作任务|牵头单位|完成时限\n1|修路||2017年6月\n2||区交通局|2017年6月\n3|造桥|区水利局|")
		}, []string{"2 1 修路|||2017-06-30|||", "4 3 造桥|区水利局|||||"}, []string{"第 2 行 C 列「牵头单位」：没有写责任单位。请补上牵头单位", "第 3 行 B 列「工作任务」：没有写工作任务，这一行没有导入"}},
	} {
		res, err := Read(c.name+".xlsx", book(t, c.fill), breakdown.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, x := range res.Tasks {
			got = append(got, line(x))
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		all := ""
		for _, p := range res.Problems {
			all += p.Message + "\n"
			if !strings.HasPrefix(p.Message, p.Where+"：") {
				t.Errorf("%s: %q does not begin with its place %q", c.name, p.Message, p.Where)
			}
		}
		for _, p := range c.problems {
			if !strings.Contains(all, p) {
				t.Errorf("%s: %q is not said in\n%s", c.name, p, all)
			}
		}
		if len(res.Problems) != len(c.problems) {
			t.Errorf("%s: %d problems, want %d:\n%s", c.name, len(res.Problems), len(c.problems), all)
		}
	}
}

const wordNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`

// document packs a body, and other parts, into a .docx.
func document(t *testing.T, body string, more ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	parts := append([]string{
		"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml", `<?xml version="1.0" encoding="UTF-8"?><w:document ` + wordNS + `><w:body>` + body + `</w:body></w:document>`,
	}, more...)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func para(text string) string { return `<w:p><w:r><w:t>` + text + `</w:t></w:r></w:p>` }

func item(level, text string) string {
	return `<w:p><w:pPr><w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
}

func cell(props, text string) string {
	var b strings.Builder
	for _, l := range strings.Split(text, "⏎") {
		b.WriteString(para(l))
	}
	return `<w:tc><w:tcPr>` + props + `</w:tcPr>` + b.String() + `</w:tc>`
}

func row(cells ...string) string { return `<w:tr>` + strings.Join(cells, "") + `</w:tr>` }

func plain(cells ...string) string {
	for i, c := range cells {
		cells[i] = cell("", c)
	}
	return row(cells...)
}

// TestDocuments reads .docx files with a table, automatic numbers, tracked changes, a text box and a footnote.
func TestDocuments(t *testing.T) {
	down, more := `<w:vMerge w:val="restart"/>`, `<w:vMerge/>`
	numbering := `<w:numbering ` + wordNS + `><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`
	for _, c := range []struct {
		name     string
		file     []byte
		want     []string
		problems []string
	}{
		{"a table after a notice whose own dates are no tasks", document(t,
			para("关于印发《2017年重点工作任务分解表》的通知")+para("各单位：请各牵头单位于2017年2月3日前报送方案。责任单位列第一位的为牵头单位。")+para("2017年1月5日")+
				"<w:tbl>"+plain("类别", "序号", "工作任务", "责任单位", "完成时限")+
				row(cell(down, "项目"), cell("", "1"), cell("", "修路⏎全长3公里"), cell("", "区交通局、区财政局"), cell("", "6月底"))+
				row(cell(more, ""), cell("", "2"), cell("", "造桥"), cell("", "区水利局⏎漳湾镇"), cell("", "年底前"))+
				row(cell(`<w:gridSpan w:val="5"/>`, "二、民生"))+
				plain("", "3", "建校", "区教育局", "长期坚持")+"</w:tbl>"),
			[]string{"2 1 修路⏎全长3公里|区交通局|区财政局|2017-06-30|||项目", "3 2 造桥|区水利局|漳湾镇|2017-12-31|||项目", "5 3 建校|区教育局|||||二、民生"}, nil},
		{"two tables, one of something else", document(t,
			para("任务书")+"<w:tbl>"+plain("姓名", "职务", "电话")+plain("张三", "局长", "123")+"</w:tbl>"+
				"<w:tbl>"+plain("序号", "任务", "牵头单位", "时限")+plain("1", "修路", "区交通局", "2017年6月")+"</w:tbl>"),
			[]string{"表 2!2 1 修路|区交通局||2017-06-30|||"}, nil},
		{"automatic numbers", document(t, para("2017年工作任务")+item("0", "城建")+item("1", "修路。（区交通局牵头，区财政局配合，6月底前完成）")+item("1", "造桥。（区水利局负责）")+item("0", "民生")+item("1", "建校。（区教育局负责）"), "word/numbering.xml", numbering),
			[]string{"3 一（一） 修路。|区交通局|区财政局|2017-06-30|||", "4 （二） 造桥。|区水利局|||||", "6 二（一） 建校。|区教育局|||||"}, nil},
		{"tracked changes, a text box and a footnote", document(t,
			`<w:p><w:r><w:t>1.修路。（</w:t></w:r><w:del><w:r><w:delText>区财政局</w:delText></w:r></w:del><w:ins><w:r><w:t>区交通局</w:t></w:r></w:ins><w:r><w:t>负责）</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>`+
				`<w:p><w:r><w:pict><v:textbox xmlns:v="urn:schemas-microsoft-com:vml"><w:txbxContent>`+para("2.造桥。（区水利局负责）")+`</w:txbxContent></v:textbox></w:pict></w:r></w:p>`,
			"word/footnotes.xml", `<w:footnotes `+wordNS+`><w:footnote w:id="2">`+para("由区住建局解释")+`</w:footnote></w:footnotes>`),
			[]string{"1 1 修路。|区交通局|||||", "3 2 造桥。|区水利局|||||"}, nil},
		{"a frame around a text and a table", document(t, "<w:tbl><w:tr><w:tc>"+para("2017年任务分解")+"<w:tbl>"+plain("序号", "工作任务", "责任单位", "完成时限")+plain("1", "修路", "区交通局", "6月底")+plain("2", "造桥", "区水利局", "9月底")+"</w:tbl>"+para("3.建校。（区教育局负责）")+"</w:tc></w:tr></w:tbl>"),
			[]string{"3 1 修路|区交通局||2017-06-30|||", "4 2 造桥|区水利局||2017-09-30|||", "5 3 建校。|区教育局|||||"}, nil},
		{"sentences with a deadline where nothing else says who", document(t, para("2017年通知")+para("一、各镇于2017年3月底前报送方案。")+para("二、区财政局要在2017年6月底前拨付资金。")),
			[]string{"2 一 各镇于2017年3月底前报送方案。|各镇||2017-03-31|||", "3 二 区财政局要在2017年6月底前拨付资金。|区财政局||2017-06-30|||"}, []string{"只按句子里的时限和主语读出 2 条，其中 0 条没有认出单位"}},
	} {
		res, err := Read(c.name+".docx", c.file, breakdown.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got, said []string
		for _, x := range res.Tasks {
			got = append(got, line(x))
		}
		for _, p := range res.Problems {
			said = append(said, p.Message)
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if len(said) != len(c.problems) {
			t.Errorf("%s: problems %q", c.name, said)
		}
		for _, p := range c.problems {
			if !strings.Contains(strings.Join(said, "\n"), p) {
				t.Errorf("%s: %q is not said in %q", c.name, p, said)
			}
		}
	}
}

// TestKinds sends files under a wrong name, in every encoding, and those that no one can read. A file is read as what it is,
// or refused with a sentence that says what it is and what to do.
func TestKinds(t *testing.T) {
	text := "1.修路。（区交通局牵头，区财政局配合）\n2.造桥。（区水利局负责）\n"
	table := "序号,任务,责任单位\n1,修路,区交通局\n2,造桥,区水利局\n"
	tabbed := strings.ReplaceAll(table, ",", "\t")
	gbk := func(s string) []byte {
		b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	wide := func(s string, mark bool, e unicode.Endianness) []byte {
		policy := unicode.IgnoreBOM
		if mark {
			policy = unicode.UseBOM
		}
		b, err := unicode.UTF16(e, policy).NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	xl := book(t, func(f *excelize.File) { sheet(t, f, "Sheet1", strings.ReplaceAll(strings.TrimSpace(table), ",", "|")) })
	doc := document(t, para("1.修路。（区交通局负责）")+para("2.造桥。（区水利局负责）"))
	ole := append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, make([]byte, 600)...)
	var locked bytes.Buffer
	f := excelize.NewFile()
	if err := f.Write(&locked, excelize.Options{Password: "1"}); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	z.Create("任务书.xlsx")
	z.Close()
	macro := document(t, para("1"), "word/vbaProject.bin", "x")
	for _, c := range []struct {
		name   string
		b      []byte
		tasks  int
		refuse string // part of the sentence; "" if it is read
	}{
		{"任务.txt", []byte(text), 2, ""},
		{"任务.txt", []byte("\xef\xbb\xbf" + text), 2, ""},
		{"任务.txt", gbk(text), 2, ""},
		{"任务.txt", wide(text, true, unicode.LittleEndian), 2, ""},
		{"任务.txt", wide(text, true, unicode.BigEndian), 2, ""},
		{"任务.txt", wide(text, false, unicode.LittleEndian), 2, ""},
		{"任务.txt", wide(text, false, unicode.BigEndian), 2, ""},
		{"任务.txt", []byte(strings.ReplaceAll(text, "\n", "\r\n")), 2, ""},
		{"任务.txt", []byte(tabbed), 2, ""},
		{"任务.csv", []byte(table), 2, ""},
		{"任务.csv", gbk(table), 2, ""},
		{"任务.csv", wide(tabbed, true, unicode.LittleEndian), 2, ""},
		{"任务.csv", []byte(strings.ReplaceAll(table, ",", ";")), 2, ""},
		{"任务.xlsx", []byte(table), 2, ""},
		{"任务.xls", gbk(tabbed), 2, ""},
		{"任务.docx", []byte(text), 2, ""},
		{"任务.xlsx", xl, 2, ""},
		{"任务.et", xl, 2, ""},
		{"任务.xls", xl, 2, ""},
		{"任务.docx", xl, 2, ""},
		{"任务.XLSX", doc, 2, ""},
		{"任务.wps", doc, 2, ""},
		{"任务", doc, 2, ""},
		{"任务.xlsx", ole, 0, "已经损坏，或者没有传完。请用 Office 或 WPS 打开，另存为 .xlsx"},
		{"任务.doc", ole, 0, "已经损坏，或者没有传完"},
		{"任务.xlsx", locked.Bytes(), 0, "加了密码。请打开后去掉密码，另存为 .xlsx"},
		{"任务.docx", macro, 0, "带有宏"},
		{"任务.xls", []byte("<html><table><tr><td>1</td></tr></table></html>"), 0, ""},
		{"任务.xls", []byte("<html><div>没有表格</div></html>"), 0, "其实是一个网页，里面没有认得出的表格"},
		{"任务.xls", []byte("<?xml version=\"1.0\"?><Workbook><Worksheet><Table><Row><Cell><Data>1</Data></Cell></Row></Table></Worksheet></Workbook>"), 0, "其实是一个网页"},
		{"任务.xls", []byte("MIME-Version: 1.0\n\n<table><tr><td>=E4=BF=AE</td></tr></table>"), 0, "其实是一个网页"},
		{"任务.docx", []byte("%PDF-1.4 ..."), 0, "是 PDF"},
		{"任务.pdf", []byte("%PDF-1.4 ..."), 0, "是 PDF"},
		{"任务.docx", []byte("{\\rtf1 abc}"), 0, "RTF"},
		{"任务.xlsx", []byte("\x89PNG\r\n\x1a\n"), 0, "是图片"},
		{"任务.zip", packed.Bytes(), 0, "是压缩包"},
		{"任务.txt", []byte{}, 0, "是空文件"},
		{"任务.txt", []byte("\x00\x01\x02\x03abc\x00"), 0, "不是文本文件"},
		{"任务.xlsx", []byte("\x00\x01\x02\x03abc\x00"), 0, "不是 .xlsx，或者已经损坏"},
		{"任务.xlsx", xl[:len(xl)/2], 0, "已经损坏"},
		{"任务.exe", []byte("MZ"), 0, "可以导入 .docx、.doc、.wps、.txt"},
		{"任务.txt", bytes.Repeat([]byte("修路。"), 3<<20), 0, "最多 20 MB"},
	} {
		res, err := Read(c.name, c.b, breakdown.Options{})
		switch {
		case c.refuse == "" && err != nil:
			t.Errorf("%s (%d bytes): %v", c.name, len(c.b), err)
		case c.refuse == "" && len(res.Tasks) != c.tasks:
			t.Errorf("%s (%d bytes): %d tasks, %v", c.name, len(c.b), len(res.Tasks), res.Problems)
		case c.refuse != "" && (errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Say(err), c.refuse)):
			t.Errorf("%s (%d bytes): %v, want %q", c.name, len(c.b), err, c.refuse)
		}
	}
}
