package gb9704

import "duban/internal/office/docx"

// Agreement is the paper by which a unit takes on its targets for a year: by default the confirmation of targets
// (目标任务确认书); with a Basis it may be a letter of responsibility (责任状).
// Source: S7; domain 0.9 (责任状 needs a legal basis), 16.4.
type Agreement struct {
	Title    string   // 宁德市蕉城区2017年征迁攻坚行动目标任务确认书
	Number   string   // 编号
	PartyA   string   // 甲方: who sets the targets
	PartyB   string   // 乙方: who takes them on
	Lead     string   // opening sentence: why, for what
	From, To string   // 责任期限, 2017-01-01 and 2017-12-31
	Targets  []Target // 目标任务表
	Rules    []string // 考核办法, one paragraph each
	Duties   []string // 双方的责任, one paragraph each
	Basis    Basis    // 依据, for a 责任状 only
	SignerA  string   // 甲方签字人; empty leaves room
	SignerB  string
	SignedA  string // 甲方签署日期, 2017-02-08; empty leaves room
	SignedB  string
	Receipt  Receipt // 签署存证摘要; zero prints none
}

// Target is a row of the 目标任务表. The unit of measure belongs into Indicator: 完成投资（万元）.
type Target struct {
	Code, Indicator, Year string
	Quarters              [4]string
	Points, Deadline      string
}

// Basis is the document that allows a 责任状. Source: domain 0.9 (central or municipal text).
type Basis struct{ Name, Number, Level string }

// Receipt is how a signed paper is found again in the sealed record (签署存证).
type Receipt struct {
	Serial string // 存证编号
	At     string // 签署时间, as printed
	Digest string // 摘要值 of the signed contents, with the name of the algorithm
	Where  string // how to check it
}

// Confirmation fills the template 目标任务确认书, Pledge the template 责任状.
type (
	Confirmation Agreement
	Pledge       Agreement
)

// Data names the tags of the template 目标任务确认书.
func (c Confirmation) Data() (docx.Data, error) { return Agreement(c).data() }

// Data names the tags of the template 责任状. It fails without a Basis.
func (p Pledge) Data() (docx.Data, error) {
	if err := required("责任状的依据文件", p.Basis.Name, "依据文号", p.Basis.Number, "依据层级", p.Basis.Level); err != nil {
		return nil, err
	}
	d, err := Agreement(p).data()
	if err != nil {
		return nil, err
	}
	d["依据名称"], d["依据文号"], d["依据层级"] = p.Basis.Name, p.Basis.Number, p.Basis.Level
	return d, nil
}

func (a Agreement) data() (docx.Data, error) {
	if err := required("标题", a.Title, "甲方", a.PartyA, "乙方", a.PartyB, "责任期限（起）", a.From, "责任期限（止）", a.To); err != nil {
		return nil, err
	}
	var days [4]string
	for i, v := range []struct{ label, day string }{{"责任期限（起）", a.From}, {"责任期限（止）", a.To}, {"甲方签署日期", a.SignedA}, {"乙方签署日期", a.SignedB}} {
		s, err := dateCN(v.label, v.day)
		if err != nil {
			return nil, err
		}
		days[i] = s
	}
	var targets []docx.Data
	for _, t := range a.Targets {
		targets = append(targets, docx.Data{"编号": t.Code, "指标": t.Indicator, "年度目标": t.Year, "一季度": t.Quarters[0], "二季度": t.Quarters[1],
			"三季度": t.Quarters[2], "四季度": t.Quarters[3], "分值": t.Points, "时限": t.Deadline})
	}
	return docx.Data{
		"标题": a.Title, "文件编号": a.Number, "甲方": a.PartyA, "乙方": a.PartyB, "前言": a.Lead, "期限起": days[0], "期限止": days[1],
		"目标任务": targets, "双方责任": texts(a.Duties), "考核办法": texts(a.Rules),
		"甲方签字人": a.SignerA, "乙方签字人": a.SignerB, "甲方签署日期": days[2], "乙方签署日期": days[3],
		"存证": a.Receipt.Serial != "", "存证编号": a.Receipt.Serial, "签署时间": a.Receipt.At, "摘要值": a.Receipt.Digest, "核验办法": a.Receipt.Where,
	}, nil
}

func texts(list []string) []docx.Data {
	var out []docx.Data
	for _, s := range list {
		out = append(out, docx.Data{"文": s})
	}
	return out
}

func agreementBody(pledge bool) string {
	s := para("DocTitle", "{{标题}}") +
		para("SmallRight", "{{?文件编号}}编号：{{文件编号}}{{/文件编号}}") +
		paraOf("Party", span{heiti, "甲方："}, span{"", "{{甲方}}"}) +
		paraOf("Party", span{heiti, "乙方："}, span{"", "{{乙方}}"}) +
		para("", "{{?前言}}{{前言}}{{/前言}}")
	n := 0
	heads := []string{"一、", "二、", "三、", "四、", "五、"}
	head := func(text string) string { n++; return para("Level1", heads[n-1]+text) }
	if pledge {
		s += head("依据") + para("", "本责任状依据《{{依据名称}}》（{{依据文号}}，{{依据层级}}）签订。")
	}
	s += head("责任期限") + para("", "{{期限起}}至{{期限止}}。") +
		head("目标任务") +
		listTable("目标任务", []column{
			{"编号", 14, "TableCentre", "{{编号}}"}, {"指标", 34, "TableText", "{{指标}}"}, {"年度目标", 19, "TableRight", "{{年度目标}}"},
			{"一季度", 14.5, "TableRight", "{{一季度}}"}, {"二季度", 14.5, "TableRight", "{{二季度}}"}, {"三季度", 14.5, "TableRight", "{{三季度}}"}, {"四季度", 14.5, "TableRight", "{{四季度}}"},
			{"分值", 11, "TableRight", "{{分值}}"}, {"时限", 20, "TableCentre", "{{时限}}"},
		}) +
		para("Small", "注：季度目标为至季末的累计数。") +
		head("双方责任") + para("", "{{#双方责任}}{{文}}{{/双方责任}}") +
		head("考核办法") + para("", "{{#考核办法}}{{文}}{{/考核办法}}") +
		para("", "本文书一式两份，甲乙双方各执一份，自双方签字之日起生效。") +
		blank(1) +
		plainTable([]float64{78, 78}, false,
			[]string{para("Party", "甲方（盖章）："), para("Party", "乙方（盖章）：")},
			[]string{para("Party", "{{甲方}}"), para("Party", "{{乙方}}")},
			[]string{para("Party", "签字：{{甲方签字人}}"), para("Party", "签字：{{乙方签字人}}")},
			[]string{para("Party", "{{甲方签署日期}}"), para("Party", "{{乙方签署日期}}")}) +
		para("", "{{?存证}}") +
		para("SmallNext", "签署存证摘要") +
		plainTable([]float64{24, 132}, true,
			[]string{para("TableHead", "存证编号"), para("TableText", "{{存证编号}}")},
			[]string{para("TableHead", "签署时间"), para("TableText", "{{签署时间}}")},
			[]string{para("TableHead", "摘要值"), para("TableText", "{{摘要值}}")},
			[]string{para("TableHead", "核验办法"), para("TableText", "{{核验办法}}")}) +
		para("", "{{/存证}}") +
		section(false)
	return s
}
