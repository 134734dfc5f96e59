package gb9704

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"duban/internal/base/errs"
	"duban/internal/office/docx"
)

// Field is something that a paper offers to its template: a value, a condition or a list (字段).
type Field struct {
	Name    string
	In      []string // the lists that it stands in
	Op      string   // "" a value, "?" a condition, "#" a list
	Words   string   // what it is, where the name does not say it
	Example string
	Must    bool // no template may leave it out
}

// Tag is how the field is written.
func (f Field) Tag() string {
	if f.Op == "" {
		return "{{" + f.Name + "}}"
	}
	return "{{" + f.Op + f.Name + "}}…{{/" + f.Name + "}}"
}

// offer is what a paper needs of a template that an office makes itself (自备模板).
type offer struct {
	must  []string // 目标任务/年度目标: a value inside a list
	plain []string // of them, values that a digit before or behind would turn into another number
	why   string   // why they may not be left out
	full  Paper    // an example with everything
	bare  Paper    // an example without all that may be absent
}

// signed are the values that stand in the text that both sides sign.
var signed = []string{"标题", "甲方", "乙方", "期限起", "期限止", "目标任务/编号", "目标任务/指标", "目标任务/年度目标", "目标任务/一季度", "目标任务/二季度", "目标任务/三季度", "目标任务/四季度",
	"目标任务/分值", "目标任务/时限", "双方责任/文", "考核办法/文", "甲方签字人", "乙方签字人", "甲方签署日期", "乙方签署日期", "存证编号", "摘要值"}

var figures = []string{"目标任务/年度目标", "目标任务/一季度", "目标任务/二季度", "目标任务/三季度", "目标任务/四季度", "目标任务/分值", "目标任务/时限"}

// offers are the papers with their examples; every name and number in them is invented.
var offers = map[string]func() offer{
	ConfirmationName: func() offer {
		return offer{signed, figures, "这是双方签字的内容", Confirmation(exampleAgreement), Confirmation(bareAgreement)}
	},
	PledgeName: func() offer {
		basis := Basis{"关于开展攻坚行动的意见", "市委发〔2017〕5号", "市级"}
		full, bare := exampleAgreement, bareAgreement
		full.Title, full.Basis = "示例区2017年征迁攻坚行动责任状", basis
		bare.Title, bare.Basis = full.Title, basis
		return offer{append(slices.Clone(signed), "依据名称", "依据文号", "依据层级"), figures, "这是双方签字的内容", Pledge(full), Pledge(bare)}
	},
	BulletinName: func() offer {
		return offer{[]string{"发文字号", "标题", "正文/文", "不同意见/单位", "不同意见/意见", "不同意见/答复", "慢序时/单位", "慢序时/任务", "慢序时/应达", "慢序时/核验", "慢序时/差",
			"按序时/单位", "按序时/任务", "按序时/应达", "按序时/核验", "按序时/差", "数据截至", "署名", "成文日期"},
			[]string{"慢序时/应达", "慢序时/核验", "慢序时/差", "按序时/应达", "按序时/核验", "按序时/差"}, "被点名单位核对和答复的就是这些内容", exampleBulletin, bareBulletin}
	},
	FlagNoticeName: func() offer {
		full, bare := exampleBulletin, bareBulletin
		full.Title, full.Number, full.Dissents, full.Behind, full.OnTime = "关于2017年二季度攻坚行动红旗黄旗的通报", "示考〔2017〕2号", nil, nil, nil
		bare.Title, bare.Number, bare.Behind = full.Title, full.Number, nil
		return offer{[]string{"发文字号", "标题", "正文/文", "署名", "成文日期"}, nil, "通报的就是这些内容", full, bare}
	},
	ScoreSheetName: func() offer {
		return offer{[]string{"标题", "单位", "考核期", "明细/项目", "明细/取值", "明细/来源", "明细/分值", "明细/得分", "总分", "名次", "申诉", "编号"},
			[]string{"明细/取值", "明细/分值", "明细/得分", "基础分", "加分", "扣分", "总分", "名次"}, "单位要凭它核对得分、提出申诉", exampleSheet, bareSheet}
	},
	RankingName: func() offer {
		return offer{[]string{"标题", "考核期", "各组/组别", "各组/名单/名次", "各组/名单/单位", "各组/名单/总分", "说明/文"},
			[]string{"各组/名单/名次", "各组/名单/基础分", "各组/名单/加分", "各组/名单/扣分", "各组/名单/总分"}, "公布的就是这些内容", exampleRanking, bareRanking}
	},
	StatementName: func() offer {
		return offer{[]string{"标题", "发言单位", "正文/文", "署名", "日期"}, nil, "表态的就是这些内容", exampleStatement, bareStatement}
	},
}

var (
	exampleAgreement = Agreement{Title: "示例区2017年征迁攻坚行动目标任务确认书", Number: "2017-东湖乡-第1版", PartyA: "示例区人民政府　林一鸣　副区长", PartyB: "东湖乡　陈小川　乡长",
		Lead: "为按期完成全年征迁任务，经双方核对，确认如下。", From: "2017-01-01", To: "2017-12-31",
		Targets: []Target{
			{"ZQ-01", "征收土地（亩）。完成标准：签订协议并交地", "1200亩", [4]string{"200亩", "500亩", "900亩", "1200亩"}, "40", "2017-12-31"},
			{"ZQ-02", "拆除房屋（万平方米）", "8.5万平方米", [4]string{"1.5万平方米", "4万平方米", "6.5万平方米", "8.5万平方米"}, "30", "2017-11-30"},
		},
		Duties: []string{"甲方负责协调解决乙方提请的问题，乙方负责按期完成目标任务。"}, Rules: []string{"按月报送进度，按季考评。", "完不成序时进度的，列入督查通报。"},
		SignerA: "林一鸣　副区长", SignerB: "陈小川　乡长", SignedA: "2017-02-08", SignedB: "2017-02-07",
		Receipt: Receipt{"QRS-1024", "2017-02-08 10:20", "SHA-256 9f86d081 884c7d65 9a2feaa0 c55ad015", "在本系统“确认书”页打开这一份，核对全文指纹。"}}
	bareAgreement = Agreement{Title: exampleAgreement.Title, PartyA: exampleAgreement.PartyA, PartyB: exampleAgreement.PartyB, From: "2017-01-01", To: "2017-12-31",
		Targets: exampleAgreement.Targets[:1], Duties: exampleAgreement.Duties}

	exampleBulletin = Bulletin{Organ: "示例区督查室文件", Number: "示督〔2017〕3号", Title: "关于2月份攻坚行动的督查通报", Addressee: "各乡镇（街道），区直各单位",
		Body:     []Paragraph{{0, "2月份，区督查室对攻坚行动进行了督查，现将有关情况通报如下。"}, {1, "一、总体情况"}, {0, "列入督查的任务22项，按序时19项，慢序时3项。"}, {2, "（一）存在问题"}, {0, "东湖乡征收土地完成160亩，比序时少40亩。"}},
		Dissents: []Dissent{{"东湖乡", "其中20亩因规划调整暂停。", "规划调整文件未到，仍按原任务计。"}},
		Behind:   []TaskRow{{"东湖乡", "征收土地", "200亩", "160亩", "-40亩", "两户未签协议"}, {"西山镇", "拆除房屋", "1.5万平方米", "1.1万平方米", "-0.4万平方米", ""}},
		OnTime:   []TaskRow{{"南门街道", "安置房建设", "30%", "32%", "2%", ""}},
		AsOf:     "2017-02-28", Signer: "示例区督查室", Date: "2017-03-09", CopyTo: "区委办公室，区政府办公室", Printer: "示例区督查室", Printed: "2017-03-09", ColophonApart: true}
	bareBulletin = Bulletin{Organ: "中共示例区委区政府督查室文件", Number: exampleBulletin.Number, Title: exampleBulletin.Title, Addressee: exampleBulletin.Addressee,
		Body: exampleBulletin.Body[:1], Behind: exampleBulletin.Behind[1:], AsOf: "2017-02-28", Signer: exampleBulletin.Signer, Printer: exampleBulletin.Printer}

	exampleSheet = ScoreSheet{Title: "2017年第一季度攻坚行动评比得分单", Unit: "东湖乡", Group: "乡镇组", Period: "2017年第一季度",
		Lines: []ScoreLine{{"征收土地", "200", "160", "核验", "40", "32", "40×160÷200"}, {"拆除房屋", "1.5", "1.6", "未核验", "30", "30", "完成即满分"}},
		Base:  "62", Bonus: "2", Minus: "1", Total: "63", Rank: "3", Grade: "良好", Cap: "拆除房屋按满分封顶", Appeal: "对得分有异议的，请在 2017-04-20 前提出。",
		Maker: "考核办", Check: "考核办", Date: "2017-04-10", Serial: "9f86d081"}
	bareSheet = ScoreSheet{Title: exampleSheet.Title, Unit: exampleSheet.Unit, Period: exampleSheet.Period, Lines: exampleSheet.Lines[:1], Total: "63", Rank: "3", Serial: "9f86d081"}

	exampleRanking = Ranking{Title: "2017年第一季度攻坚行动评比结果表", Period: "2017年第一季度", Notes: []string{"按评比办法第1版计分，2017-04-05 截数。", "得分相同名次相同，其后名次空缺。"}, Maker: "考核办", Date: "2017-04-10",
		Groups: []RankGroup{{"乡镇组", []RankRow{{"1", "西山镇", "88", "2", "0", "90", "优秀", "升2", ""}, {"2", "东湖乡", "62", "2", "1", "63", "良好", "平", "拆除房屋按满分封顶"}}}, {"街道组", []RankRow{{"1", "南门街道", "85", "0", "0", "85", "优秀", "平", ""}}}}}
	bareRanking = Ranking{Title: exampleRanking.Title, Period: exampleRanking.Period, Groups: []RankGroup{{"乡镇组", []RankRow{{Rank: "1", Unit: "西山镇", Total: "90"}}}}}

	exampleStatement = Statement{Title: "在二季度重点工作讲评会上的表态发言", Speaker: "东湖乡　陈小川", Body: []Paragraph{{0, "二季度我乡被挂黄旗，认账领账。"}, {1, "一、原因"}, {0, "两户征迁协议久拖未签。"}, {2, "（一）主观原因"}, {0, "包户责任没有压实。"}}, Signer: "东湖乡", Date: "2017-08-04"}
	bareStatement    = Statement{Title: exampleStatement.Title, Speaker: exampleStatement.Speaker, Body: exampleStatement.Body[:1], Signer: exampleStatement.Signer}
)

// meanings say what a field is, where its name alone does not; with its list, where another field has the same name.
var meanings = map[string]string{
	"文件编号": "年份、单位、版次", "前言": "没有时整段不印", "存证": "双方都签了字才成立", "存证编号": "签署记录的编号", "摘要值": "签字全文的指纹", "核验办法": "怎样核对签署记录", "目标任务/编号": "任务编号", "编号": "得分单的指纹",
	"长名称": "发文机关超过 9 个字时成立", "短名称": "发文机关不超过 9 个字时成立", "发文机关": "红头上的字", "一级标题": "这一段是“一、”一级标题时成立", "二级标题": "这一段是“（一）”二级标题时成立", "段落": "这一段不是标题时成立",
	"文": "一段文字", "版记另页": "正文印完是单页时成立", "附件": "附件说明，一行一个", "附件名": "如“附件：1．慢序时项目表”", "慢序时附件号": "只有一个附件时是空的", "按序时附件号": "只有一个附件时是空的",
	"卡点": "没有时是空的", "来源": "认定、核验或未核验", "算法": "得分怎样算出来", "封顶说明": "没有封顶时是空的", "申诉": "怎样提出、到哪天为止", "进退": "与上一期比，如升2、降1、平", "不同意见": "被通报单位的不同意见，可作列表也可作条件",
}

// Fields lists what the paper called name offers, in the order in which its default template uses it; nil when there is no such paper.
func Fields(name string) []Field {
	o, ok := offers[name]
	if !ok {
		return nil
	}
	x := o()
	data, err := x.full.Data()
	if err != nil {
		panic(err) // of an example of ours; a test makes them all
	}
	order, _ := docx.Tags(Template(name))
	place := func(f Field) int {
		best := len(order)
		for i, t := range order {
			if strings.TrimLeft(t, "#?") == f.Name {
				best = min(best, i)
			}
		}
		return best
	}
	var out []Field
	var walk func(d docx.Data, in []string)
	walk = func(d docx.Data, in []string) {
		var here []Field
		for k, v := range d {
			path := strings.Join(append(slices.Clone(in), k), "/")
			f := Field{Name: k, In: in, Words: cmp.Or(meanings[path], meanings[k]), Must: slices.Contains(x.must, path)}
			switch v := v.(type) {
			case bool:
				f.Op = "?"
			case []docx.Data:
				f.Op = "#"
				if len(v) == 0 {
					continue
				}
			default:
				f.Example = fmt.Sprint(v)
			}
			here = append(here, f)
		}
		slices.SortFunc(here, func(a, b Field) int {
			if c := place(a) - place(b); c != 0 {
				return c
			}
			return strings.Compare(a.Name, b.Name)
		})
		for _, f := range here {
			out = append(out, f)
			if f.Op == "#" {
				walk(d[f.Name].([]docx.Data)[0], append(slices.Clone(in), f.Name))
			}
		}
	}
	walk(data, nil)
	return out
}

// Trial fills template with the invented example of the paper called name (试套), with everything that may stand in it.
func Trial(name string, template []byte) ([]byte, error) {
	o, ok := offers[name]
	if !ok {
		return nil, errs.New(errs.NotFound, "没有名为“%s”的模板。", name)
	}
	return Render(name, template, o().full)
}

// Check says whether an office may use template for the paper called name: that it is a plain Word file, names only what the paper offers, is filled
// without fault, and prints everything that the paper must say, each value where it stands alone. The error, of kind Invalid, names all that is to be mended.
//
// The check fills the template with marks in place of values, once with everything and once with as little as there may be, and looks for the marks in
// what comes out: what counts is what is printed, wherever the tags stand.
func Check(name string, template []byte) error {
	o, ok := offers[name]
	if !ok {
		return errs.New(errs.NotFound, "没有名为“%s”的模板。", name)
	}
	x := o()
	var bad []string
	if bad = docx.Faults(template); bad == nil {
		bad = x.faults(name, template)
	}
	if len(bad) > 12 {
		bad = append(bad[:12], fmt.Sprintf("另有 %d 处，改好上面的再看。", len(bad)-12))
	}
	var fields []errs.Field
	for _, b := range bad {
		fields = append(fields, errs.Field{Name: "file", Message: b})
	}
	return errs.Refuse("模板没有收下", fields...)
}

func (x offer) faults(name string, template []byte) (bad []string) {
	full, err := x.full.Data()
	if err != nil {
		return []string{errs.Say(err)}
	}
	unknown, err := docx.Unknowns(template, opened(full).(docx.Data))
	if err != nil {
		return []string{errs.Say(err)}
	}
	for _, u := range unknown {
		bad = append(bad, nearest(Fields(name), u))
	}
	if bad != nil {
		return bad
	}
	gone := map[string]bool{}
	for i, p := range []Paper{x.full, x.bare} {
		data, err := p.Data()
		if err != nil {
			return []string{errs.Say(err)}
		}
		m := marks{}
		out, err := docx.Render(template, m.put(data, "").(docx.Data))
		if err != nil {
			return []string{errs.Say(err)}
		}
		body, _, err := docx.Lines(out)
		if err != nil {
			return []string{errs.Say(err)}
		}
		text := strings.Join(body, "\n")
		for _, must := range x.must {
			for _, mark := range m[must] {
				if gone[must] || strings.Contains(text, mark) {
					continue
				}
				gone[must] = true
				if i == 0 {
					bad = append(bad, fmt.Sprintf("模板里没有 %s。%s，不能少，请放回正文（不要放在页眉页脚里）。", strings.TrimSpace(where(must)), x.why))
				} else {
					bad = append(bad, fmt.Sprintf("%s有时印不出来：它夹在一个不一定成立的条件里。%s，请移到条件标签的外面。", where(must), x.why))
				}
			}
		}
		for _, path := range x.plain {
			for _, mark := range m[path] {
				pieces := strings.Split(text, mark)
				for j := 1; j < len(pieces) && !gone[path]; j++ {
					if c := beside(pieces[j-1], pieces[j]); c != "" {
						gone[path] = true
						bad = append(bad, fmt.Sprintf("%s紧挨着“%s”，印出来会变成另一个数。请用别的字或空格隔开，单位已经在值里。", where(path), c))
					}
				}
			}
		}
		for _, list := range mixed(text, m, x.must) {
			if !gone[list] {
				gone[list] = true
				bad = append(bad, fmt.Sprintf("“%s”的各行会串在一起：一行的字段要放在同一对 {{#%s}}…{{/%s}} 里，印完一行再印下一行。", list, list, list))
			}
		}
	}
	return bad
}

// where names a value for a person: {{年度目标}}（在“目标任务”里）.
func where(path string) string {
	if i := strings.LastIndex(path, "/"); i >= 0 {
		return "{{" + path[i+1:] + "}}（在“" + strings.ReplaceAll(path[:i], "/", "”的“") + "”里）"
	}
	return "{{" + path + "}} "
}

// opened returns data with every condition fulfilled, so that a tag behind any of them is looked at.
func opened(v any) any {
	switch v := v.(type) {
	case docx.Data:
		out := docx.Data{}
		for k, x := range v {
			out[k] = opened(x)
		}
		return out
	case []docx.Data:
		var out []docx.Data
		for _, d := range v {
			out = append(out, opened(d).(docx.Data))
		}
		return out
	case bool:
		return true
	case string:
		if v == "" {
			return "有"
		}
	}
	return v
}

// marks are what stands in place of values, by path, in the order of the list. A mark is three characters of the private use area, which no template has.
type marks map[string][]string

func (m marks) put(v any, path string) any {
	switch v := v.(type) {
	case docx.Data:
		out := docx.Data{}
		for k, x := range v {
			out[k] = m.put(x, strings.TrimPrefix(path+"/"+k, "/"))
		}
		return out
	case []docx.Data:
		var out []docx.Data
		for _, d := range v {
			out = append(out, m.put(d, path).(docx.Data))
		}
		return out
	case bool:
		return v
	case string:
		if v == "" {
			return v
		}
	}
	n := 0
	for _, list := range m {
		n += len(list)
	}
	mark := "\uE000" + string(rune(0xE100+n)) + "\uE001"
	m[path] = append(m[path], mark)
	return mark
}

// mixed lists the lists of which a row is not printed before the next one begins: two targets could change their numbers. A list that is printed twice
// is judged by its first print.
func mixed(text string, m marks, must []string) (out []string) {
	rows := map[string][][2]int{} // of a list, where each row begins and ends
	for _, path := range must {
		i := strings.LastIndex(path, "/")
		if i < 0 {
			continue
		}
		list := path[:i]
		if len(m[path]) < 2 || rows[list] != nil && len(rows[list]) != len(m[path]) { // a value that some rows lack tells nothing of rows
			continue
		}
		if rows[list] == nil {
			rows[list] = make([][2]int, len(m[path]))
			for j := range rows[list] {
				rows[list][j] = [2]int{len(text), -1}
			}
		}
		for j, mark := range m[path] {
			if at := strings.Index(text, mark); at >= 0 {
				rows[list][j] = [2]int{min(rows[list][j][0], at), max(rows[list][j][1], at)}
			}
		}
	}
	for list, r := range rows {
		for j := 1; j < len(r); j++ {
			if r[j][0] < r[j-1][1] {
				out = append(out, strings.ReplaceAll(list, "/", "”的“"))
				break
			}
		}
	}
	slices.Sort(out)
	return out
}

// numeric reports whether c beside a number makes another number of it.
func numeric(c rune) bool {
	return unicode.IsDigit(c) || strings.ContainsRune(".．+-−－%％‰十百千万亿零〇一二三四五六七八九", c)
}

func first(s string) rune {
	for _, c := range s {
		return c
	}
	return 0
}

func last(s string) (c rune) {
	if r := []rune(s[max(0, len(s)-8):]); len(r) > 0 {
		return r[len(r)-1]
	}
	return 0
}

// beside returns the character that would change a number between the two texts, or "".
func beside(before, after string) string {
	for _, c := range []rune{last(before), first(after)} {
		if c != 0 && numeric(c) {
			return string(c)
		}
	}
	return ""
}

// nearest says what is wrong with a tag that the paper does not offer, and which one may be meant.
func nearest(list []Field, u docx.Unknown) string {
	best, cost := Field{}, 1<<30
	var homes []string
	for _, f := range list {
		if n := len(f.In); f.Name == u.Name && n > 0 {
			homes = append(homes, fmt.Sprintf("{{#%s}} 和 {{/%s}}", f.In[n-1], f.In[n-1]))
		}
		c := distance([]rune(u.Name), []rune(f.Name))
		if inside(f.In, u.Lists) {
			c-- // of two that are as near, the one that may stand here
		}
		if c < cost {
			best, cost = f, c
		}
	}
	if homes != nil {
		return fmt.Sprintf("%s 是列表里的字段，要放在 %s 之间。", u.Tag, strings.Join(homes, "，或 "))
	}
	hint := "请对照本页的字段表改"
	if cost <= max(1, len([]rune(u.Name))/2) {
		hint = "是不是 " + best.Tag()
		if !inside(best.In, u.Lists) {
			hint += "（在“" + strings.Join(best.In, "”的“") + "”里）"
		}
		hint += "？请改过来"
	}
	return fmt.Sprintf("没有 %s 这个字段，%s。", u.Tag, hint)
}

// inside reports whether a field of the lists in may stand where the lists around are open.
func inside(in, around []string) bool {
	for _, l := range in {
		if !slices.Contains(around, l) {
			return false
		}
	}
	return true
}

// distance counts the characters to change, add or take away.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diag := row[0]
		row[0] = i + 1
		for j, y := range b {
			c := diag
			if x != y {
				c++
			}
			diag, row[j+1] = row[j+1], min(c, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Changes compares template with the default of the paper called name: the lines of words that are new in it, and those that are gone. Who puts a template
// into use reads them: what stands in it word for word is printed on every paper.
func Changes(name string, template []byte) (added, gone []string, err error) {
	read := func(b []byte) ([]string, error) {
		body, rest, err := docx.Lines(b)
		return append(rest, body...), err
	}
	now, err := read(template)
	if err != nil {
		return nil, nil, err
	}
	old, err := read(Template(name))
	if err != nil {
		return nil, nil, err
	}
	return less(now, old), less(old, now), nil
}

// less lists what stands in a more often than in b.
func less(a, b []string) (out []string) {
	n := map[string]int{}
	key := func(s string) string { return strings.Join(strings.Fields(s), "") }
	for _, s := range b {
		n[key(s)]++
	}
	for _, s := range a {
		if n[key(s)]--; n[key(s)] < 0 {
			out = append(out, strings.TrimSpace(s))
		}
	}
	return out
}
