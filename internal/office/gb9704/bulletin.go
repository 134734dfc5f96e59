package gb9704

import (
	"fmt"
	"unicode/utf8"

	"duban/internal/office/docx"
)

// Bulletin is a notice of what an inspection found (督查通报), with the two lists that are always attached: behind
// schedule (慢序时) and on schedule (按序时). Source: domain 11 (structure of 督查通报), GB/T 9704-2012.
type Bulletin struct {
	Organ     string      // 发文机关标志: what stands in red
	Number    string      // 发文字号: 宁蕉督〔2017〕3号
	Title     string      // 标题
	Addressee string      // 主送机关, without the colon
	Body      []Paragraph // 正文
	Dissents  []Dissent   // 不同意见; none prints no such part
	Behind    []TaskRow   // 附件 慢序时项目表; none attaches no such table
	OnTime    []TaskRow   // 附件 按序时项目表
	AsOf      string      // 数据截至, 2017-02-28
	Signer    string      // 发文机关署名
	Date      string      // 成文日期, 2017-03-09; empty leaves room
	CopyTo    string      // 抄送; empty prints none
	Printer   string      // 印发机关
	Printed   string      // 印发日期, 2017-03-09; empty leaves room
	// ColophonApart begins a new page for the 版记. Whoever prints sets it when the paper ends on an odd page: the 版记
	// stands at the foot of the last, even page, and only a printed preview knows the number of pages.
	ColophonApart bool
}

// Paragraph is a paragraph of the text: Level 1 is a heading 一、, Level 2 a heading （一）, 0 plain text.
type Paragraph struct {
	Level int
	Text  string
}

// Dissent is what a unit that is named objects (不同意见), and what the office answers. Source: ui 13.
type Dissent struct{ Unit, Text, Reply string }

// TaskRow is a row of the attached tables. Values are printed as given, amounts with their unit.
type TaskRow struct{ Unit, Task, Due, Verified, Gap, Blocker string }

// TableNote explains the attached tables. The star is the caller's: he knows which values nobody has verified.
const TableNote = "“应达”为按时序应达到的数；“核验”为核验的数，带*的还没有核验，是单位自报的数；“差”为核验减应达。"

// longOrgan is the number of characters beyond which the red head is set smaller, to stay on one line.
const longOrgan = 9

// Data names the tags of the template 督查通报.
func (b Bulletin) Data() (docx.Data, error) {
	if err := required("发文机关", b.Organ, "发文字号", b.Number, "标题", b.Title, "主送机关", b.Addressee, "署名", b.Signer, "印发机关", b.Printer); err != nil {
		return nil, err
	}
	date, err := dateCN("成文日期", b.Date)
	if err != nil {
		return nil, err
	}
	printed, err := dateCN("印发日期", b.Printed)
	if err != nil {
		return nil, err
	}
	asOf, err := dateCN("数据截至", b.AsOf)
	if err != nil {
		return nil, err
	}
	long := utf8.RuneCountInString(b.Organ) > longOrgan
	d := docx.Data{
		"发文机关": b.Organ, "长名称": long, "短名称": !long, "发文字号": b.Number, "标题": b.Title, "主送机关": b.Addressee,
		"正文": []docx.Data(nil), "不同意见": []docx.Data(nil), "数据截至": asOf, "署名": b.Signer, "成文日期": date,
		"抄送": b.CopyTo, "印发机关": b.Printer, "印发日期": printed, "版记另页": b.ColophonApart,
		"慢序时": taskRows(b.Behind), "按序时": taskRows(b.OnTime),
	}
	var dissents []docx.Data
	for _, o := range b.Dissents {
		dissents = append(dissents, docx.Data{"单位": o.Unit, "意见": o.Text, "答复": o.Reply})
	}
	d["正文"], d["不同意见"] = paragraphs(b.Body), dissents
	// One attachment has no number; with two, each has its own. Source: GB/T 9704-2012 7.3.4.
	var notes []docx.Data
	both := len(b.Behind) > 0 && len(b.OnTime) > 0
	for i, a := range []struct {
		rows []TaskRow
		tag  string
		name string
	}{{b.Behind, "慢序时附件号", "慢序时项目表"}, {b.OnTime, "按序时附件号", "按序时项目表"}} {
		d[a.tag] = ""
		if len(a.rows) == 0 {
			continue
		}
		lead := "附件："
		if both {
			d[a.tag] = fmt.Sprint(i + 1)
			if i > 0 {
				lead = "　　　"
			}
			lead += fmt.Sprintf("%d．", i+1)
		}
		notes = append(notes, docx.Data{"附件名": lead + a.name})
	}
	d["附件"] = notes
	return d, nil
}

func taskRows(rows []TaskRow) []docx.Data {
	var out []docx.Data
	for i, r := range rows {
		out = append(out, docx.Data{"序号": i + 1, "单位": r.Unit, "任务": r.Task, "应达": r.Due, "核验": r.Verified, "差": r.Gap, "卡点": r.Blocker})
	}
	return out
}

func bulletinBody() string {
	tasks := func(list string) string {
		return listTable(list, []column{
			{"序号", 11, "TableCentre", "{{序号}}"}, {"单位", 20, "TableText", "{{单位}}"}, {"任务", 31, "TableText", "{{任务}}"},
			{"应达", 22.5, "TableRight", "{{应达}}"}, {"核验", 23, "TableRight", "{{核验}}"}, {"差", 23, "TableRight", "{{差}}"}, {"卡点", 25.5, "TableText", "{{卡点}}"},
		})
	}
	return para("RedHead", "{{?短名称}}{{发文机关}}{{/短名称}}") +
		para("RedHeadLong", "{{?长名称}}{{发文机关}}{{/长名称}}") +
		para("DocNumber", "{{发文字号}}") +
		blank(2) +
		para("DocTitle", "{{标题}}") +
		para("Addressee", "{{主送机关}}：") +
		para("", "{{#正文}}") +
		para("Level1", "{{?一级标题}}{{文}}{{/一级标题}}") +
		para("Level2", "{{?二级标题}}{{文}}{{/二级标题}}") +
		para("", "{{?段落}}{{文}}{{/段落}}") +
		para("", "{{/正文}}") +
		para("", "{{?不同意见}}") +
		para("Level1", "附：被通报单位的不同意见") +
		para("", "{{#不同意见}}") +
		paraOf("", span{kaiti, "{{单位}}："}, span{"", "{{意见}}"}) +
		paraOf("", span{kaiti, "答复："}, span{"", "{{答复}}"}) +
		para("", "{{/不同意见}}") +
		para("", "{{/不同意见}}") +
		para("", "{{?附件}}") + blankWithNext(1) + para("", "{{/附件}}") +
		para("AnnexNote", "{{#附件}}{{附件名}}{{/附件}}") +
		blankWithNext(2) +
		para("Signer", "{{署名}}") +
		para("Signer", "{{成文日期}}") +
		para("", "{{?慢序时}}") +
		para("Annex", "附件{{慢序时附件号}}") +
		para("AnnexTitle", "慢序时项目表") +
		para("SmallRight", "数据截至{{数据截至}}") +
		tasks("慢序时") +
		para("Small", "注："+TableNote) +
		para("", "{{/慢序时}}") +
		para("", "{{?按序时}}") +
		para("Annex", "附件{{按序时附件号}}") +
		para("AnnexTitle", "按序时项目表") +
		para("SmallRight", "数据截至{{数据截至}}") +
		tasks("按序时") +
		para("Small", "注："+TableNote) +
		para("", "{{/按序时}}") +
		para("", "{{?版记另页}}") + `<w:p><w:pPr><w:pageBreakBefore/><w:ind w:firstLineChars="0" w:firstLine="0"/></w:pPr></w:p>` + para("", "{{/版记另页}}") +
		hair +
		para("", "{{?抄送}}") +
		framed("Colophon", "抄送：{{抄送}}。") +
		thinRule() +
		para("", "{{/抄送}}") +
		framed("ColophonEnd", "{{印发机关}}\t{{印发日期}}印发") +
		hair +
		section(false)
}
