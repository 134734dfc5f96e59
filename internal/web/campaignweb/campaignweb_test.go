package campaignweb_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"duban/internal/area/campaign"
	"duban/internal/base/id"
	"duban/internal/office/xlsx"
	"duban/internal/spine/audit"
	"duban/internal/spine/task"
	"duban/internal/web/importfile"

	"github.com/xuri/excelize/v2"
)

// pasted is a table as it comes from a spreadsheet: a new row, a slip of the pen, a unit that nobody knows, a changed item, one without a unit.
const pasted = "序号\t工作任务\t目标\t计量单位\t牵头单位\t配合单位\t完成时限\t分值\n" +
	"31\t改造农贸市场\t3\t个\t城南镇\t区住建局\t2017-10-15\t5\n" +
	"32\t拆除“两违”\t32000\t平方米\t城南阵\t\t2017-10-31\t5\n" +
	"33\t新增口袋公园\t6\t个\t宁川集团\t\t2017-11-30\t5\n" +
	"21\t七都片区征地交付\t80\t亩\t七都镇\t\t2017-12-31\t6\n" +
	"34\t整治集镇立面\t4\t公里\t\t\t2017-11-15\t5\n"

// content is the table that the mapping page posts back.
func content(t *testing.T, page string) string {
	t.Helper()
	return between(t, page, `name="content" value="`, `"`)
}

func between(t *testing.T, page, before, after string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, before)
	s, _, ok2 := strings.Cut(rest, after)
	if !ok || !ok2 {
		t.Fatalf("no %q on the page", before)
	}
	return html.UnescapeString(s)
}

func lacks(t *testing.T, a answer, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(a.text, w) {
			t.Errorf("the page has %q", w)
		}
	}
}

// TestWhoSees: of another unit's items only the public part is shown, and its pages do not exist.
func TestWhoSees(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		c, items := d.year()
		path := "/campaigns/" + id.Format(c.ID)
		d.get("方衡", "/campaigns").wants(t, 200, c.Name, "6 项任务", "设立行动")
		d.get("方衡", path).wants(t, 200, "104 国道改造", "落后", "导入任务书", "待领导签 174 天", "已签收 2 / 3")
		a := d.get("缪小舟", path).wants(t, 200, "不公开", "七都片区征地交付")
		lacks(t, a, "导入任务书", "/tasks/"+id.Format(items[0].ID)+`"`, "41.9%")
		d.get("缪小舟", path+"/edit").wants(t, 403)
		d.get("何向晚", path+"/edit").wants(t, 200, "编号字头")
		d.get("林城南", "/tasks/"+id.Format(items[0].ID)).wants(t, 404)
		a = d.get("缪远帆", "/tasks/"+id.Format(items[0].ID)).wants(t, 200, "本单位配合") // 七都镇 helps
		lacks(t, a, "自报 7.8", "用地报批")
		d.get("林城南", path+"/books/"+id.Format(d.housing)).wants(t, 404)
		a = d.get("方衡", path+"?light=red").wants(t, 200, "CS-07", `aria-current="true"`)
		lacks(t, a, "停车泊位")
		d.get("方衡", path+"?light=hold").wants(t, 200, "没有符合条件的任务")
	})
}

func TestShowMore(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		c := d.campaign()
		for i := range 25 {
			d.item(c, campaign.ItemDraft{Title: fmt.Sprintf("任务 %d 号", i+1), LeadUnit: d.south})
		}
		path := "/campaigns/" + id.Format(c.ID)
		d.get("方衡", path).wants(t, 200, "25 项中的 20 项", "再显示 5 项", `href="`+path+`?n=25"`)
		a := d.get("方衡", path+"?n=25").wants(t, 200, "25 项中的 25 项", "任务 25 号")
		lacks(t, a, "再显示")
	})
}

func TestCampaignForms(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		d.get("方衡", "/campaigns/new?preset=tourism").wants(t, 200, `value="LY"`, "旅游突破攻坚行动")
		now := d.clock.Now()
		for day, from := range map[string]string{"2017-02-10": "2017-01", "2017-10-09": "2017-10"} { // who begins in October is not nine months behind
			d.clock.SetDay(day)
			d.get("方衡", "/campaigns/new").wants(t, 200, `name="from_month" type="month" value="`+from+`"`)
		}
		d.clock.Set(now)
		form := url.Values{"preset": {"tourism"}, "name": {"旅游突破攻坚行动"}, "code": {"旅游"}, "year": {"二〇一七"}, "from_month": {"2017-01"}, "to_month": {"2017-12"}, "leader_post": {id.Format(d.leaderPost)}, "lead_unit": {""}}
		d.post("方衡", "/campaigns", form).wants(t, 422, "编号字头请写 1 到 6 个", "年度请写四位数", "还没有选牵头单位", `value="旅游"`, `value="二〇一七"`)
		form.Set("code", "LY")
		form.Set("year", "2017")
		form.Set("lead_unit", id.Format(d.housing))
		form.Set("request_key", d.key())
		a := d.post("方衡", "/campaigns", form).wants(t, 303)
		if b := d.post("方衡", "/campaigns", form).wants(t, 303); b.to != a.to {
			t.Errorf("the same form twice made two campaigns: %s, %s", a.to, b.to)
		}
		d.post("缪小舟", "/campaigns", form).wants(t, 403)
		c, _, err := d.s.Get(d.as("方衡"), id.Parse(strings.TrimPrefix(a.to, "/campaigns/")))
		must(t, err)
		d.get("方衡", a.to+"/edit").wants(t, 200, `name="version" value="`+fmt.Sprint(c.Version)+`"`)
		form = url.Values{"name": {"旅游大突破"}, "code": {"LY"}, "year": {"2017"}, "from_month": {"2017-01"}, "to_month": {"2017-12"}, "leader_post": {id.Format(d.leaderPost)}, "lead_unit": {id.Format(d.housing)}, "version": {"99"}}
		d.post("方衡", a.to+"/edit", form).wants(t, 409, "别人刚改过", "旅游大突破")
		form.Set("version", fmt.Sprint(c.Version))
		d.post("方衡", a.to+"/edit", form).wants(t, 303)
		d.post("方衡", a.to+"/edit", url.Values{"state": {"archived"}}).wants(t, 422, "没有的内容")

		d.send("方衡", a.to+"/plan", url.Values{"doc_no": {""}, "issued_on": {"2月"}, "version": {"2"}}, "file", "", nil).wants(t, 422, "还没有写方案文号", "印发日期请写成")
		d.send("方衡", a.to+"/plan", url.Values{"doc_no": {"区委办〔2017〕19号"}, "issued_on": {"2017-02-08"}, "version": {"2"}}, "file", "方案.txt", []byte("旅游突破实施方案")).wants(t, 303)
		page := d.get("缪小舟", a.to).wants(t, 200, "区委办〔2017〕19号", "/evidence/")
		file := d.get("缪小舟", "/evidence/"+between(t, page.text, `href="/evidence/`, `"`)).wants(t, 200, "旅游突破实施方案")
		if h := file.head; !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename*=UTF-8''%E6") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("download: %v", h)
		}
		d.post("方衡", a.to+"/force", url.Values{"role": {"deputy", ""}, "post": {id.Format(d.bossPost), ""}, "person": {"", ""}, "unit": {"", ""}, "version": {"3"}}).wants(t, 422, "专班要有 1 个组长")
		d.post("方衡", a.to+"/force", url.Values{"role": {"chief", "deputy", ""}, "post": {id.Format(d.leaderPost), id.Format(d.bossPost), ""}, "person": {"", "", ""}, "unit": {"", "", ""}, "version": {"3"}}).wants(t, 303)
		d.get("缪小舟", a.to+"/force").wants(t, 200, "江平野", "副组长")
	})
}

func TestItemForm(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		c := d.campaign()
		path := "/campaigns/" + id.Format(c.ID)
		form := url.Values{"title": {"东湖片区拆除"}, "lead_unit": {id.Format(d.south)}, "support": {"区住建局、蕉城水务"}, "target": {"3.2 万"}, "measure": {"平方米"}, "deadline": {"2017-10-31"}, "weight": {"五分"},
			"milestones": {"2017-06-30 首批 40\n2017-10-31"}, "q1": {"1"}}
		d.post("方衡", path+"/items", form).wants(t, 422, "没有“蕉城水务”", "分值", "第 2 行要写日期", "季度目标要么四个都写", "东湖片区拆除", "3.2 万")
		form.Set("support", "区住建局")
		form.Set("weight", "5")
		form.Set("milestones", "2017-06-30 首批 拆除 40\n2017-10-31 收尾 60")
		form.Del("q1")
		a := d.post("方衡", path+"/items", form).wants(t, 303)
		d.get("方衡", a.to).wants(t, 200, "东湖片区拆除", "32,000 平方米", "首批 拆除", "区住建局", "还没有月报")
		x, err := d.s.ItemDetail(d.as("方衡"), id.Parse(strings.TrimPrefix(a.to, "/tasks/")))
		must(t, err)
		if x.Task.Weight != 500 || len(x.Milestones) != 2 || x.Milestones[0].Weight != 4000 || x.Sheet.Plan.Target != 320000000 {
			t.Errorf("entered as %+v %+v %+v", x.Task, x.Milestones, x.Sheet.Plan)
		}
	})
}

func TestItemActs(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		_, items := d.year()
		path := "/tasks/" + id.Format(items[0].ID)
		d.get("陈克让", path).wants(t, 200, "6 月月报：自报 6.5 公里，核验 6.175 公里", path+"/report", path+"/adjust", "报办结", "申请调整：时限 2017-09-20 → 2017-10-15")
		d.get("陈克让", path+"?kind=term").wants(t, 200, "下达任务")
		lacks(t, d.get("方衡", path).wants(t, 200, "台账存证"), path+"/report\"", "id=\"complete\"")
		lacks(t, d.get("陈克让", path), "台账存证") // the ledger is not open to a unit: no link to a refusal
		d.post("陈克让", path+"/complete", url.Values{"note": {" "}}).wants(t, 422, "还没有写办结情况")
		d.send("陈克让", path+"/exhibits", url.Values{}, "file", "", nil).wants(t, 422, "还没有选文件")
		d.send("陈克让", path+"/exhibits", url.Values{}, "file", "x.exe", []byte("MZ\x90\x00")).wants(t, 422, "可以交")
		d.send("陈克让", path+"/exhibits", url.Values{}, "file", "验收单.txt", []byte("验收合格")).wants(t, 303)
		page := d.get("陈克让", path).wants(t, 200, "验收单.txt", "1 件，全部已存证")
		proof := "/evidence/" + between(t, page.text, `href="/evidence/`, `"`)
		d.get("何向晚", proof).wants(t, 200, "验收合格")
		d.get("林城南", proof).wants(t, 404)
		d.post("陈克让", path+"/complete", url.Values{"note": {"已竣工"}}).wants(t, 303)
		d.get("方衡", path).wants(t, 200, "等督查室核验销号", "已竣工")
	})
}

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		c, items := d.year()
		path := "/campaigns/" + id.Format(c.ID)
		d.get("缪小舟", path+"/import").wants(t, 403)
		d.send("方衡", path+"/import", url.Values{"text": {""}}, "file", "", nil).wants(t, 422, "还没有选文件")
		d.send("方衡", path+"/import", url.Values{}, "file", "任务.doc", []byte("\xD0\xCF\x11\xE0old")).wants(t, 422, "已经损坏")
		page := d.post("方衡", path+"/import", url.Values{"text": {pasted}}).wants(t, 200, "每一列是什么", "时间节点")
		table := content(t, page.text)
		d.post("方衡", path+"/import/rows", url.Values{"content": {table[:20]}}).wants(t, 422, "表格没有传完整")
		d.post("方衡", path+"/import/rows", url.Values{"content": {table}, "col.1": {""}}).wants(t, 422, "哪一列是“工作任务”")
		batch := d.post("方衡", path+"/import/rows", url.Values{"content": {table}}).wants(t, 303).to
		d.get("方衡", batch).wants(t, 200, "新增 <b>1</b>", "有变化 1", "<b>要改 3</b>", "改成城南镇", "“宁川集团”是哪个单位", "存入没错的 2 行", "目标：72 亩 → 80 亩")
		d.get("方衡", "/campaigns/1"+strings.TrimPrefix(batch, path)).wants(t, 404)
		d.post("方衡", batch+"/unit", url.Values{"name": {"宁川集团"}, "unit": {""}}).wants(t, 422, "还没有选单位")
		batch = d.post("方衡", batch+"/unit", url.Values{"name": {"城南阵", "宁川集团"}, "unit": {id.Format(d.south), id.Format(d.south)}}).wants(t, 303).to
		d.get("方衡", batch).wants(t, 200, "新增 <b>3</b>", "<b>要改 1</b>", "没有写牵头单位")

		form := url.Values{"doc_no": {"区政〔2017〕30号"}, "request_key": {d.key()}}
		d.post("方衡", batch+"/commit", form).wants(t, 303)
		d.post("方衡", batch+"/commit", form).wants(t, 303) // sent twice, entered once
		d.get("方衡", batch).wants(t, 200, "已存入 <b>3 项</b>", "1 项转成调整申请", "<b>1 行没有存入</b>", "撤销整批", "已提调整申请")
		o, err := d.s.CampaignOverview(d.as("方衡"), c.ID)
		must(t, err)
		if o.Total != 9 {
			t.Errorf("%d items, want 9", o.Total)
		}
		x, err := d.s.ItemDetail(d.as("方衡"), items[3].ID)
		must(t, err)
		if x.Sheet.Plan.Target != 720000 || len(x.Adjustments) != 1 {
			t.Errorf("the sealed target moved: %v, %d requests", x.Sheet.Plan.Target, len(x.Adjustments))
		}

		sheet, err := xlsx.Read(bytes.NewReader(d.get("方衡", batch+"/rejected.xlsx").wants(t, 200).body), "")
		must(t, err)
		if len(sheet.Cells) != 2 || sheet.Cells[1][2] != "整治集镇立面" || !strings.Contains(strings.Join(sheet.Cells[1], "|"), "没有写牵头单位") {
			t.Errorf("rejected rows: %q", sheet.Cells)
		}
		d.post("方衡", batch+"/undo", nil).wants(t, 303)
		d.get("方衡", batch).wants(t, 200, "已经整批撤销")
		d.post("方衡", batch+"/undo", nil).wants(t, 409, "没有什么要撤销")
	})
}

// TestImportText: a document's text goes straight to the preview.
func TestImportText(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		c := d.campaign()
		path := "/campaigns/" + id.Format(c.ID)
		text := "1．完成雨污分流一标段建设。（牵头单位：区住建局；配合单位：城南镇；完成时限：2017年8月底前）\n2．新增停车泊位1200个。（牵头单位：区行政执法局；完成时限：2017年11月底前）\n"
		a := d.send("方衡", path+"/import", url.Values{}, "file", "任务分工.txt", []byte(text)).wants(t, 303)
		d.get("方衡", a.to).wants(t, 200, "新增 <b>2</b>", "任务分工.txt", "存入 2 行")
		d.post("方衡", a.to+"/commit", nil).wants(t, 303)
		d.get("方衡", path).wants(t, 200, "8-31", "停车泊位")
	})
}

// TestImportTextRejected: several tasks of one paragraph go back each with its own words and its own reason.
func TestImportTextRejected(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		c := d.campaign()
		path := "/campaigns/" + id.Format(c.ID)
		text := "1．建设管网。（牵头单位：区住建局）整治河道。（牵头单位：区河道所）\n2．新增泊位。（牵头单位：区停车办）\n"
		batch := d.send("方衡", path+"/import", url.Values{}, "file", "任务分工.txt", []byte(text)).wants(t, 303).to
		d.get("方衡", batch).wants(t, 200, "“区河道所”是哪个单位", "“区停车办”是哪个单位")
		sheet, err := xlsx.Read(bytes.NewReader(d.get("方衡", batch+"/rejected.xlsx").wants(t, 200).body), "")
		must(t, err)
		if len(sheet.Cells) != 3 || sheet.Cells[1][2] != "整治河道。" || sheet.Cells[1][7] != "区河道所" || sheet.Cells[2][2] != "新增泊位。" || !strings.Contains(strings.Join(sheet.Cells[2], "|"), "没有“区停车办”") {
			t.Errorf("rejected rows: %q", sheet.Cells)
		}
	})
}

// TestWhere: page and returned rows say in which row and column a fault stands, with its title.
func TestWhere(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		c := d.campaign()
		path := "/campaigns/" + id.Format(c.ID)
		f := excelize.NewFile()
		for i, row := range []string{"2017年任务分解表", "序号|工作任务|备注|责任单位|完成时限", "1|建设管网|市级|区河道所|不知道", "2||市级|区住建局|6月底", "3|整治河道|市级|区住建局|6月底"} {
			for j, v := range strings.Split(row, "|") {
				at, _ := excelize.CoordinatesToCellName(j+2, i+1)
				must(t, f.SetCellStr("Sheet1", at, v))
			}
		}
		var b bytes.Buffer
		must(t, f.Write(&b))
		page := d.send("方衡", path+"/import", url.Values{}, "file", "任务书.xlsx", b.Bytes()).wants(t, 200)
		batch := d.post("方衡", path+"/import/rows", url.Values{"content": {content(t, page.text)}}).wants(t, 303).to
		d.get("方衡", batch).wants(t, 200, "第 3 行 F 列「完成时限」：时间节点“不知道”看不懂", "第 4 行 C 列「工作任务」：没有写工作任务", "第 3 行 E 列「责任单位」：没有“区河道所”", "下载要改的 2 行")
		sheet, err := xlsx.Read(bytes.NewReader(d.get("方衡", batch+"/rejected.xlsx").wants(t, 200).body), "")
		must(t, err)
		last := len(sheet.Cells[0]) - 1
		if len(sheet.Cells) != 3 || sheet.Cells[1][last-1] != "3" || !strings.Contains(sheet.Cells[1][last], "第 3 行 E 列「责任单位」：没有“区河道所”") || !strings.Contains(sheet.Cells[1][last], "第 3 行 F 列「完成时限」") || sheet.Cells[2][last-1] != "4" || !strings.Contains(sheet.Cells[2][last], "第 4 行 C 列「工作任务」") {
			t.Errorf("rejected rows: %q", sheet.Cells)
		}
	})
}

// sheets is a workbook with two sheets of tasks and one of words.
func sheets(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	for at, v := range map[string]string{"A1": "填表说明", "A2": "每月5日前报送。"} {
		must(t, f.SetCellStr("Sheet1", at, v))
	}
	for _, s := range []string{"城建", "民生"} {
		_, err := f.NewSheet(s)
		must(t, err)
		for i, v := range []string{"序号", "任务", "责任单位", "时限", "1", s + "任务", "区住建局", "2017年8月"} {
			at, _ := excelize.CoordinatesToCellName(i%4+1, i/4+1)
			must(t, f.SetCellStr(s, at, v))
		}
	}
	must(t, f.SetCellStr("民生", "D2", "不知道"))
	var b bytes.Buffer
	must(t, f.Write(&b))
	return b.Bytes()
}

// TestImportSheets: a workbook of several sheets is one import; each sheet has its own columns and may be left out.
func TestImportSheets(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		c := d.campaign()
		path := "/campaigns/" + id.Format(c.ID)
		page := d.send("方衡", path+"/import", url.Values{}, "file", "任务书.xlsx", sheets(t)).wants(t, 200, "“城建”每一列是什么", "“民生”每一列是什么", "没有列出“Sheet1”")
		table := content(t, page.text)
		d.post("方衡", path+"/import/rows", url.Values{"content": {table}}).wants(t, 422, "还没有选要导入哪张表")
		d.post("方衡", path+"/import/rows", url.Values{"content": {table}, "use": {"0", "1"}, "col.1.1": {""}}).wants(t, 422, "哪一列是“工作任务”")
		one := d.post("方衡", path+"/import/rows", url.Values{"content": {table}, "use": {"0"}}).wants(t, 303).to
		d.get("方衡", one).wants(t, 200, "新增 <b>1</b>", "城建任务", "城建 2")
		lacks(t, d.get("方衡", one), "民生任务")
		both := d.post("方衡", path+"/import/rows", url.Values{"content": {table}, "use": {"0", "1"}}).wants(t, 303).to
		d.get("方衡", both).wants(t, 200, "新增 <b>2</b>", "民生 2", "工作表“民生”第 2 行 D 列「时限」：时间节点“不知道”看不懂")
	})
}

// TestRoundTrip: what was exported and sent back unchanged changes nothing; every row finds its item by number.
func TestRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		c, _ := d.year()
		path := "/campaigns/" + id.Format(c.ID)
		a := d.get("方衡", path+"/export.xlsx").wants(t, 200)
		sheet, err := xlsx.Read(bytes.NewReader(a.body), "")
		must(t, err)
		if !strings.Contains(strings.Join(sheet.Cells[1], ""), "导出人：方衡") {
			t.Errorf("no mark: %q", sheet.Cells[:2])
		}
		if !slices.ContainsFunc(d.notes, func(e audit.Entry) bool { return e.Act == audit.ActExport && strings.Contains(e.Detail, "6 行") }) {
			t.Errorf("the audit log says nothing of it: %+v", d.notes)
		}
		page := d.send("方衡", path+"/import", url.Values{}, "file", "任务书.xlsx", a.body).wants(t, 200, "每一列是什么")
		batch := d.post("方衡", path+"/import/rows", url.Values{"content": {content(t, page.text)}}).wants(t, 303).to
		d.get("方衡", batch).wants(t, 200, "没有变化 6", "没有可以存入的行")
		// A unit takes out its own items only.
		read, err := importfile.Open("x.xlsx", d.get("缪小舟", path+"/export.xlsx").wants(t, 200).body)
		must(t, err)
		if n := len(read.Grids[0].Rows); n != 3+3 {
			t.Errorf("七都镇 got %d rows", n)
		}
	})
}

func TestTaskBooks(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		c := d.campaign()
		it := d.item(c, campaign.ItemDraft{Title: "农贸市场改造", Measure: "个", Target: 30000, LeadUnit: d.south, Weight: 500})
		path := "/campaigns/" + id.Format(c.ID)
		book := path + "/books/" + id.Format(d.south)
		d.get("阮清和", book).wants(t, 200, "未下达", it.Title)
		d.post("阮清和", path+"/books", nil).wants(t, 403)
		d.post("方衡", path+"/books", url.Values{"unit": {id.Format(d.south)}}).wants(t, 303)
		d.post("方衡", path+"/books", nil).wants(t, 409, "没有要下达的任务书")
		page := d.get("阮清和", book).wants(t, 200, "已下达，待签收", "签收")
		lacks(t, d.get("林城南", book), "/accept") // a clerk cannot
		d.get("阮清和", "/todo").wants(t, 200, "签收任务书", book)
		form := url.Values{"book": {between(t, page.text, `name="book" value="`, `"`)}, "version": {"7"}}
		d.post("阮清和", book+"/accept", form).wants(t, 409, "刚刚有变化")
		form.Set("version", between(t, page.text, `name="version" value="`, `"`))
		form.Set("request_key", d.key())
		d.post("阮清和", book+"/accept", form).wants(t, 303)
		d.get("阮清和", book).wants(t, 200, "已签收", "阮清和　镇长签收")
		d.get("方衡", path).wants(t, 200, "推进") // every unit has accepted
	})
}

func TestPledges(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		c := d.campaign()
		it := d.item(c, campaign.ItemDraft{Title: "农贸市场改造", Standard: "验收合格", Measure: "个", Target: 120000, LeadUnit: d.south, Weight: 500})
		d.post("阮清和", "/pledges", url.Values{"unit": {id.Format(d.south)}, "campaign": {id.Format(c.ID)}, "kind": {"responsibility"}}).wants(t, 422, "责任状要有中央或市级文件的明文依据")
		d.post("阮清和", "/pledges", url.Values{"kind": {"confirmation"}}).wants(t, 422, "还没有选由哪个单位签")
		d.post("缪远帆", "/pledges", url.Values{"unit": {id.Format(d.south)}, "kind": {"confirmation"}}).wants(t, 404)
		path := d.post("阮清和", "/pledges", url.Values{"unit": {id.Format(d.south)}, "campaign": {id.Format(c.ID)}, "kind": {"confirmation"}}).wants(t, 303).to
		d.get("缪远帆", path).wants(t, 404)
		d.get("阮清和", "/todo").wants(t, 200, path)
		page := d.get("阮清和", path).wants(t, 200, "目标任务确认书", "CS-01　农贸市场改造", "完成标准：验收合格", "再输一次密码", "待双方签")
		version := between(t, page.text, `name="version" value="`, `"`)
		d.post("阮清和", path+"/sign", url.Values{"password": {"错"}, "version": {version}}).wants(t, 422, "口令不对")
		d.post("阮清和", path+"/sign", url.Values{"password": {password}, "version": {"77"}}).wants(t, 409, "刚刚有变化")
		d.post("林城南", path+"/sign", url.Values{"password": {password}, "version": {version}}).wants(t, 403)
		d.post("阮清和", path+"/sign", url.Values{"password": {password}, "version": {version}}).wants(t, 303)
		lacks(t, d.get("阮清和", path).wants(t, 200, "待领导签", "阮清和　镇长　签于"), "再输一次密码")
		d.get("方衡", "/pledges?state=open").wants(t, 200, "城南镇", "未签", "催签")
		d.post("缪远帆", "/pledges/chase", nil).wants(t, 403)
		d.post("方衡", "/pledges/chase", nil).wants(t, 303)
		page = d.get("江平野", path).wants(t, 200, "再输一次密码")
		d.post("江平野", path+"/sign", url.Values{"password": {password}, "version": {between(t, page.text, `name="version" value="`, `"`)}}).wants(t, 303)
		d.get("江平野", path).wants(t, 200, "已签", "全文指纹")

		a := d.get("阮清和", path+"/paper.docx").wants(t, 200)
		text := document(t, a.body)
		for _, w := range []string{"宁德市蕉城区2017年目标任务确认书", "城南镇", "农贸市场改造。完成标准：验收合格", "12 个", "3 个", "阮清和　镇长", "2017年3月1日", "SHA-256"} {
			if !strings.Contains(text, w) {
				t.Errorf("no %q in the paper:\n%s", w, text)
			}
		}
		// The target changes: the signed paper stays as it was, and asks for a new version.
		day := "2017-10-31"
		x, err := d.tasks.Propose(d.as("阮清和"), d.key(), task.Adjustment{TaskID: it.ID, Reason: "上级调整", Wanted: task.Wanted{Deadline: &day}})
		must(t, err)
		_, err = d.tasks.Decide(d.as("江平野"), d.key(), x.ID, x.Version, true, "区政〔2017〕9号", "同意")
		must(t, err)
		d.get("阮清和", path).wants(t, 200, "需补签", "先重拟", "2017-12-31", "按现在的任务重拟")
	})
}

func document(t *testing.T, b []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	must(t, err)
	f, err := z.Open("word/document.xml")
	must(t, err)
	x, err := io.ReadAll(f)
	must(t, err)
	var out strings.Builder
	for _, p := range strings.Split(string(x), "<") {
		if _, s, ok := strings.Cut(p, ">"); ok {
			out.WriteString(s)
		}
		if strings.HasPrefix(p, "/w:p>") {
			out.WriteString("\n")
		}
	}
	return out.String()
}

// TestPhone: a month's report from the list to the receipt and back.
func TestPhone(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		_, items := d.year()
		it := items[3]
		path := "/tasks/" + id.Format(it.ID) + "/report"
		d.get("缪小舟", "/todo").wants(t, 200, "7 月还要办 2 件，约 2 分钟", "七都片区征地交付", "还有 4 天", path+"?month=2017-07")
		d.get("江平野", "/todo").wants(t, 200, "还要办 1 件", "签2017年目标任务确认书")
		d.get("缪小舟", path).wants(t, 200, "7 月月报", "7 月应达 42 亩", "8-7（周一）截止", "已替您填好 3 项", `value="25.2"`, `value="林地手续" checked`)
		d.get("林城南", path).wants(t, 404)
		d.get("江平野", path).wants(t, 403)

		form := url.Values{"month": {"2017-07"}, "value": {"２４．６亩"}, "help": {strings.Repeat("请", 61)}}
		d.post("缪小舟", path, form).wants(t, 422, "有 3 处要改，改完就能交", "累计完成不能少于上月的 25.2 亩", "还没有选卡点", "写了 61 字，最多 60 字", `value="２４．６亩"`, "填的内容都还在", "这是核减")
		d.post("缪小舟", path, url.Values{"month": {"2017-07"}, "value": {"很多"}, "blocker_kind": {"资金", "没有卡点"}}).wants(t, 422, "“累计完成”写成了“很多”", "又选了别的卡点")
		d.post("缪小舟", path, url.Values{"month": {"2017-07"}, "value": {"3"}, "score": {"100"}}).wants(t, 422, "没有的内容")
		d.send("缪小舟", path, url.Values{"month": {"2017-07"}, "value": {"42.6"}, "blocker_kind": {"林地手续"}}, "photos", "照片.exe", []byte("MZ\x90\x00")).wants(t, 422, "可以交", `value="42.6"`)

		d.post("缪小舟", "/tasks/"+id.Format(it.ID)+"/draft", url.Values{"month": {"2017-07"}, "value": {"41"}, "blocker_kind": {"资金"}, "progress": {"正在签约"}}).wants(t, 204)
		d.get("缪小舟", path).wants(t, 200, "这是您上次存的草稿", `value="41"`, `value="资金" checked`, "正在签约", "已存草稿 10:42")
		lacks(t, d.get("缪远帆", path), "正在签约") // a draft is its writer's

		form = url.Values{"month": {"2017-07"}, "value": {"42.6"}, "blocker_kind": {"林地手续", "资金"}, "help": {"请补办"}, "request_key": {d.key()}}
		a := d.send("缪小舟", path, form, "photos", "界桩.txt", []byte("界桩 12 号")).wants(t, 303)
		if b := d.send("缪小舟", path, form, "photos", "界桩.txt", []byte("界桩 12 号")).wants(t, 303); b.to != a.to {
			t.Errorf("sent twice, filed twice: %s %s", a.to, b.to)
		}
		d.send("缪小舟", path, form, "", "", nil).wants(t, 409, "已经提交成功过一次", `value="42.6"`) // not the same: without the proof
		d.get("缪小舟", path+"?month=2017-07").wants(t, 303)
		page := d.get("缪小舟", a.to).wants(t, 200, "已提交", "台账第", "42.6 亩", "林地手续、资金", "共 1 件", "填下一项：疏港路七都段青苗清表", "撤回修改")
		d.get("林城南", a.to).wants(t, 404)
		lacks(t, d.get("方衡", a.to).wants(t, 200), "撤回修改", "填下一项")
		d.post("林城南", a.to+"/withdraw", url.Values{"version": {"1"}}).wants(t, 404)
		d.post("缪小舟", a.to+"/withdraw", url.Values{"version": {"9"}}).wants(t, 409)
		b := d.post("缪小舟", a.to+"/withdraw", url.Values{"version": {between(t, page.text, `name="version" value="`, `"`)}}).wants(t, 303)
		d.get("缪小舟", b.to).wants(t, 200, `value="42.6"`, "请补办", `value="林地手续" checked`)
		// 核减 with its reason.
		d.post("缪小舟", path, url.Values{"month": {"2017-07"}, "value": {"24.6"}, "cut": {"1"}, "blocker_kind": {"林地手续"}}).wants(t, 422, "核减要写原因", "checked")
		d.post("缪小舟", path, url.Values{"month": {"2017-07"}, "value": {"24.6"}, "cut": {"1"}, "cut_reason": {"重复统计"}, "blocker_kind": {"林地手续"}}).wants(t, 303)
		d.clock.SetDay("2017-08-20")
		d.get("缪小舟", "/todo").wants(t, 200, "先办", "迟 13 天")
		d.get("缪小舟", "/tasks/"+id.Format(items[4].ID)+"/report?month=2017-07").wants(t, 200, "8-7 已截止", "会记为迟报")
	})
}

// TestDoor: nobody comes in without logging in, and every change needs its permission.
func TestDoor(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		for _, p := range []string{"/campaigns", "/pledges", "/todo", "/tasks/1", "/evidence/1", "/reports/1"} {
			if a := d.get("", p); a.code != http.StatusSeeOther || !strings.HasPrefix(a.to, "/login") {
				t.Errorf("%s: %d %s", p, a.code, a.to)
			}
		}
		for _, p := range []string{"/campaigns/1", "/tasks/1", "/evidence/1", "/reports/1", "/pledges/1", "/pledges/1/paper.docx", "/campaigns/1/export.xlsx"} {
			d.get("方衡", p).wants(t, 404)
		}
	})
}
