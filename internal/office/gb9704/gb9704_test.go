package gb9704

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"duban/internal/base/errs"
	"duban/internal/office/docx"
)

func bulletin() Bulletin {
	b := Bulletin{
		Organ: "蕉城区督查工作领导小组办公室", Number: "宁蕉督〔2017〕3号",
		Title: "关于2月份六大攻坚行动督查情况的通报", Addressee: "各乡镇党委、政府，各街道党工委、办事处，区直各有关单位",
		Body: []Paragraph{
			{0, "2月27日至28日，区督查工作领导小组办公室组成3个督查组，对六大攻坚行动47项任务的2月份进展情况进行实地督查，抽查项目现场21处、核对台账47份。现将有关情况通报如下。"},
			{1, "一、总体情况"},
			{0, "截至2月28日，47项任务中，按序时推进39项，慢于序时8项。重点项目完成投资8.26亿元，占年度计划的13.1%，比序时慢3.6个百分点；征地交付412.5亩，签约腾空186户。"},
			{1, "二、存在问题"},
			{2, "（一）征迁交地偏慢"},
			{0, "城南镇锂电产业园二期用地应交120亩，核验73.5亩，剩余46.5亩卡在6户祖坟迁移补偿未谈妥；漳湾镇应腾空52户，核验31户，安置房钥匙未按期移交。"},
			{2, "（二）前期手续滞后"},
			{0, "区住建局牵头的北门片区改造项目，控制性详细规划调整停在市级审批环节，比计划迟21天。"},
			{1, "三、下一步要求"},
			{0, "各责任单位要倒排节点，逐项明确责任领导和办结时限，于3月15日前将整改情况报送区督查工作领导小组办公室。逾期未整改的，按照《蕉城区督查工作办法》有关规定办理。"},
		},
		Dissents: []Dissent{{"城南镇", "46.5亩中有18亩属红线调整后新增，任务书未含，建议核减。", "经核对红线图，新增18亩确未列入任务书，本期仍按任务书口径通报，3月起按调整后的基数计算。"}},
		AsOf:     "2017-02-28", Signer: "蕉城区督查工作领导小组办公室", Date: "2017-03-09",
		CopyTo: "区委、区人大常委会、区政府、区政协领导，区纪委，区委组织部", Printer: "蕉城区督查工作领导小组办公室", Printed: "2017-03-09",
		ColophonApart: true, // the paper with its attachments has seven pages
	}
	units := []string{"城南镇", "漳湾镇", "区住建局", "七都镇", "蕉南街道", "区交通运输局", "飞鸾镇", "八都镇"}
	for i, u := range units {
		b.Behind = append(b.Behind, TaskRow{u, []string{"锂电产业园二期征地", "滨海新区安置片区拆迁腾空", "北门片区改造控规调整"}[i%3], []string{"120 亩", "52 户", "批复"}[i%3], []string{"73.5 亩", "31 户", "在审"}[i%3], []string{"−46.5 亩", "−21 户", "迟 21 天"}[i%3], []string{"6 户祖坟迁移补偿未谈妥", "安置房钥匙未移交", "市级审批"}[i%3]})
	}
	for i := range 39 {
		b.OnTime = append(b.OnTime, TaskRow{units[i%len(units)], fmt.Sprintf("第%d标段路基工程", i+1), "3,200 万元", "3,415.5 万元", "+215.5 万元", ""})
	}
	return b
}

func agreement() Agreement {
	return Agreement{
		Title: "蕉城区2017年征迁攻坚行动目标任务确认书", Number: "2017—征迁—03", PartyA: "中共宁德市蕉城区委、宁德市蕉城区人民政府", PartyB: "蕉城区城南镇人民政府",
		Lead: "为保障重点项目用地，确保完成2017年征迁攻坚行动各项任务，甲乙双方就年度目标任务确认如下。", From: "2017-01-01", To: "2017-12-31",
		Targets: []Target{
			{"ZQ-01", "征地交付（亩）", "1,200", [4]string{"300", "600", "900", "1,200"}, "30", "12月20日"},
			{"ZQ-02", "签约（户）", "486", [4]string{"120", "260", "380", "486"}, "25", "11月30日"},
			{"ZQ-03", "腾空（户）", "452", [4]string{"90", "220", "340", "452"}, "25", "12月20日"},
			{"ZQ-04", "兑付补偿款（万元）", "86,500", [4]string{"18,000", "42,000", "65,000", "86,500"}, "20", "12月31日"},
		},
		Duties:  []string{"甲方负责落实征迁资金和安置房源，协调解决乙方提出的跨部门事项，自收到书面报告之日起5个工作日内答复。", "乙方负责组织专班、制定实施方案，按月填报进展，如实反映卡点，依法依规推进，不得突破征收程序。"},
		Rules:   []string{"按季核验，季度得分为各项目标得分之和；核验值以区督查工作领导小组办公室实地核验为准，有认定值的从其认定。", "对得分有异议的，可在公布之日起5个工作日内书面申诉，复核后重新计算并公布。"},
		SignerA: "", SignerB: "何向晚", SignedB: "2017-02-08",
		Receipt: Receipt{"E-000087", "2017-02-08 10:41（北京时间）", "SM3：66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", "在督办系统“核验文件”页上传本文件，或运行 duban verify 比对。"},
	}
}

func pledge() Pledge {
	p := Pledge(agreement())
	p.Title = "蕉城区2017年征迁攻坚行动责任状"
	p.Basis = Basis{"宁德市重点项目征迁工作责任制规定", "宁委〔2016〕12号", "市级"}
	return p
}

func scoreSheet() ScoreSheet {
	s := ScoreSheet{Title: "2017年第一季度六大攻坚行动评比得分单", Unit: "城南镇人民政府", Group: "乡镇组", Period: "2017年第一季度", Base: "88.42", Bonus: "2.00", Minus: "1.50", Total: "88.92", Rank: "第 3 名", Grade: "良好",
		Cap: "加分合计 3.20，按办法第十一条封顶为 2.00。", Appeal: "对得分有异议的，可在4月17日前向区督查工作领导小组办公室书面申诉；复核后全组重新计算。", Maker: "宋时雨", Check: "林致远", Date: "2017-04-10", Serial: "E-000412"}
	for _, l := range [][7]string{
		{"征地交付", "300 亩", "273.5 亩", "核验", "30", "27.35", "273.5 ÷ 300 × 30"},
		{"签约", "120 户", "120 户", "认定", "25", "25.00", "达到目标，满分"},
		{"腾空", "90 户", "62 户", "核验", "25", "17.22", "62 ÷ 90 × 25，四舍五入到 0.01"},
		{"兑付补偿款", "18,000 万元", "16,965 万元", "未核验", "20", "18.85", "16,965 ÷ 18,000 × 20"},
	} {
		s.Lines = append(s.Lines, ScoreLine{l[0], l[1], l[2], l[3], l[4], l[5], l[6]})
	}
	return s
}

func ranking() Ranking {
	r := Ranking{Title: "2017年第一季度六大攻坚行动评比结果表", Period: "2017年第一季度", Maker: "区督查工作领导小组办公室", Date: "2017-04-10",
		Notes: []string{"1．总分=基础分+加分−扣分，分数四舍五入到 0.01 后排名，同分并列，其后名次顺延。", "2．加分每季封顶 2 分。"}}
	for _, g := range []struct {
		name  string
		units []string
	}{{"乡镇组", []string{"漳湾镇", "七都镇", "城南镇", "八都镇", "飞鸾镇", "三都镇"}}, {"街道组", []string{"蕉南街道", "蕉北街道"}}, {"区直部门组", []string{"区住建局", "区交通运输局", "区自然资源局"}}} {
		rg := RankGroup{Name: g.name}
		for i, u := range g.units {
			rg.Rows = append(rg.Rows, RankRow{fmt.Sprint(i + 1), u, fmt.Sprintf("%.2f", 90.5-float64(i)*1.37), "2.00", "0.50", fmt.Sprintf("%.2f", 92-float64(i)*1.37), []string{"优秀", "良好"}[min(i, 1)], []string{"升 2", "降 1", "平"}[i%3], []string{"加分 2.60 封顶为 2.00", ""}[min(i, 1)]})
		}
		r.Groups = append(r.Groups, rg)
	}
	return r
}

func statement() Statement {
	return Statement{Title: "在2017年二季度重点工作讲评会上的表态发言", Speaker: "洪口乡　何向晚", Signer: "洪口乡人民政府", Date: "2017-08-04", Body: []Paragraph{
		{1, "一、差距"}, {0, "2017年二季度评比，我乡得75.35分，列组内末位，且没有达到办法规定的目标。"},
		{1, "二、原因"}, {0, "两宗用地的林地手续在市级审批，没有提前报件。"},
		{1, "三、下一步措施"}, {0, "每周调度一次，8月底前完成报批，9月底前交地。"}}}
}

var papers = []struct {
	name  string
	paper Paper
	pages int
	has   []string // what the printed paper must say
}{
	{BulletinName, bulletin(), 8, []string{"宁蕉督〔2017〕3号", "（一）征迁交地偏慢", "被通报单位的不同意见", "附件：1．慢序时项目表", "2．按序时项目表", "2017年3月9日", "−46.5 亩", "抄送：区委", "2017年3月9日印发", "— 2 —"}},
	{ConfirmationName, Confirmation(agreement()), 2, []string{"目标任务确认书", "甲方：", "ZQ-04", "86,500", "签署存证摘要", "E-000087", "何向晚"}},
	{PledgeName, pledge(), 2, []string{"责任状", "宁委〔2016〕12号", "市级"}},
	{ScoreSheetName, scoreSheet(), 1, []string{"88.92", "封顶说明", "未核验", "4月17日前"}},
	{RankingName, ranking(), 2, []string{"乡镇组", "街道组", "区直部门组", "升 2"}},
	{FlagNoticeName, bulletin(), 8, []string{"宁蕉督〔2017〕3号", "（一）征迁交地偏慢", "被通报单位的不同意见", "附件：1．慢序时项目表", "2．按序时项目表", "2017年3月9日", "−46.5 亩", "抄送：区委", "2017年3月9日印发", "— 2 —"}},
	{StatementName, statement(), 1, []string{"在2017年二季度重点工作讲评会上的表态发言", "洪口乡", "一、差距", "75.35", "2017年8月4日"}},
}

func TestTemplatesAndDataAgree(t *testing.T) {
	var names []string
	for _, p := range papers {
		names = append(names, p.name)
		tpl := Template(p.name)
		if !bytes.Equal(tpl, Template(p.name)) {
			t.Errorf("%s: the same template is made of different bytes", p.name)
		}
		out, err := Render(p.name, nil, p.paper)
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue
		}
		text := words(t, out)
		if strings.Contains(text, "{{") || strings.Contains(text, "}}") {
			t.Errorf("%s: a tag is left over in %s", p.name, text)
		}
		d, err := p.paper.Data()
		if err != nil {
			t.Fatal(err)
		}
		tags, err := docx.Tags(tpl)
		if err != nil {
			t.Fatal(err)
		}
		for k := range d { // data that no tag prints would be lost in silence
			if !slices.Contains(tags, k) && !slices.Contains(tags, "#"+k) && !slices.Contains(tags, "?"+k) {
				t.Errorf("%s: the template does not use %s", p.name, k)
			}
		}
	}
	if !slices.Equal(names, Names()) {
		t.Errorf("%v, %v", names, Names())
	}
	if Template("没有") != nil {
		t.Error("a template from nowhere")
	}
}

func words(t *testing.T, b []byte) string {
	t.Helper()
	blocks, err := docx.ReadParagraphs(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	for _, b := range blocks {
		s.WriteString(b.Line() + "\n")
		if b.Table != nil {
			for _, r := range b.Table.Cells {
				s.WriteString(strings.Join(r, "|") + "\n")
			}
		}
	}
	return s.String()
}

func TestBulletinParts(t *testing.T) {
	b := bulletin()
	b.OnTime, b.Dissents, b.CopyTo = nil, nil, ""
	out, err := Render(BulletinName, nil, b)
	if err != nil {
		t.Fatal(err)
	}
	text := words(t, out)
	for _, no := range []string{"按序时项目表", "不同意见", "抄送", "附件1", "1．"} {
		if strings.Contains(text, no) {
			t.Errorf("%q is printed though there is none:\n%s", no, text)
		}
	}
	if !strings.Contains(text, "附件：慢序时项目表") {
		t.Error(text)
	}
	b.Organ = "蕉城区人民政府"
	if d, _ := b.Data(); d["短名称"] != true || d["长名称"] != false {
		t.Error("a short name is set small")
	}
}

func TestRefusals(t *testing.T) {
	b := bulletin()
	b.Number, b.Signer = "", " "
	d := bulletin()
	d.Date = "2017-02-30"
	p := pledge()
	p.Basis = Basis{}
	for says, paper := range map[string]Paper{
		"还缺“发文字号”、“署名”，不能生成文件。":                       b,
		"“成文日期”写成了“2017-02-30”，请写成 2017-03-09 这样的日期。": d,
		"还缺“责任状的依据文件”、“依据文号”、“依据层级”，不能生成文件。":          p,
		"还缺“标题”、“考核期”，不能生成文件。":                        Ranking{},
	} {
		if _, err := paper.Data(); err == nil || err.Error() != says || errs.KindOf(err) != errs.Invalid {
			t.Errorf("got %v, want %s", err, says)
		}
	}
	if _, err := Render("没有", nil, ranking()); errs.KindOf(err) != errs.NotFound {
		t.Error(err)
	}
}

var pageCount = regexp.MustCompile(`Pages:\s+(\d+)`)

// office converts files with LibreOffice into dir; tools are what the test needs besides.
func office(t *testing.T, dir, to string, tools []string, files ...string) {
	t.Helper()
	for _, tool := range append([]string{"soffice"}, tools...) {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is absent", tool)
			}
			t.Skipf("%s is absent", tool)
		}
	}
	args := append([]string{"-env:UserInstallation=file://" + t.TempDir(), "--headless", "--convert-to", to, "--outdir", dir}, files...)
	cmd := exec.Command("soffice", args...)
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func save(t *testing.T, dir, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(dir, name+".docx")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPrinted sends every filled paper through LibreOffice and reads the printed page back. DUBAN_PAPERS names a folder
// that keeps the .docx and .pdf, to look at them.
func TestPrinted(t *testing.T) {
	dir := t.TempDir()
	if keep := os.Getenv("DUBAN_PAPERS"); keep != "" {
		dir = keep
	}
	var files []string
	for _, p := range papers {
		b, err := Render(p.name, nil, p.paper)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, save(t, dir, p.name, b))
	}
	office(t, dir, "pdf", []string{"pdftotext", "pdfinfo"}, files...)
	plain := func(s string) string { return strings.Join(strings.Fields(s), "") }
	for _, p := range papers {
		pdf := filepath.Join(dir, p.name+".pdf")
		info, err := exec.Command("pdfinfo", pdf).Output()
		if err != nil {
			t.Fatal(p.name, err)
		}
		if m := pageCount.FindSubmatch(info); m == nil || string(m[1]) != fmt.Sprint(p.pages) {
			t.Errorf("%s: pages %s, want %d", p.name, m, p.pages)
		}
		out, err := exec.Command("pdftotext", "-layout", pdf, "-").Output()
		if err != nil {
			t.Fatal(p.name, err)
		}
		for _, want := range p.has {
			if !strings.Contains(plain(string(out)), plain(want)) {
				t.Errorf("%s: %q is not printed", p.name, want)
			}
		}
		if p.name == BulletinName { // the 版记 stands alone on the last page, which is even
			pages := strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
			last := plain(pages[len(pages)-1])
			if !strings.HasPrefix(last, "抄送：") || !strings.HasSuffix(last, "印发—8—") {
				t.Errorf("the last page says %q", last)
			}
		}
	}
}

// TestTemplatesSurviveAWordProcessor saves every template anew with another program, as a clerk does who edits it, and
// fills the result.
func TestTemplatesSurviveAWordProcessor(t *testing.T) {
	in, out := t.TempDir(), t.TempDir()
	var files []string
	for _, p := range papers {
		files = append(files, save(t, in, p.name, Template(p.name)))
	}
	office(t, out, "docx", nil, files...)
	for _, p := range papers {
		edited, err := os.ReadFile(filepath.Join(out, p.name+".docx"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Render(p.name, edited, p.paper)
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue
		}
		want, err := Render(p.name, nil, p.paper)
		if err != nil {
			t.Fatal(err)
		}
		plain := func(b []byte) string { return strings.Join(strings.Fields(words(t, b)), "\n") }
		if g, w := plain(got), plain(want); g != w {
			t.Errorf("%s: the edited template says\n%s\nwant\n%s", p.name, g, w)
		}
	}
}

// The type area holds 22 lines of 28 characters, whatever font the machine falls back to: a Chinese character is as wide
// as it is high. Source: GB/T 9704-2012 5.2.3.
func TestTypeAreaHolds22LinesOf28(t *testing.T) {
	dir := t.TempDir()
	office(t, dir, "pdf", []string{"pdftotext"}, save(t, dir, "in", pack("试", para("", strings.Repeat("字", 26+28*30))+section(false))))
	out, err := exec.Command("pdftotext", "-layout", "-l", "1", filepath.Join(dir, "in.pdf"), "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	var counts []int
	for _, l := range strings.Split(string(out), "\n") {
		if n := strings.Count(l, "字"); n > 0 {
			counts = append(counts, n)
		}
	}
	if want := append([]int{26}, slices.Repeat([]int{28}, 21)...); !slices.Equal(counts, want) {
		t.Errorf("%d lines of %v", len(counts), counts)
	}
}
