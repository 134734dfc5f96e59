package gb9704

import "duban/internal/office/docx"

// ScoreSheet is how a unit's score came about (得分单), for the unit itself: every line with its source and its sum.
// Source: S7; architecture 4 (which value scores; 未核验 is marked), ui 13 (appeal from the score itself).
type ScoreSheet struct {
	Title  string // 2017年第一季度攻坚行动评比得分单
	Unit   string
	Group  string // 组别
	Period string // 考核期
	Lines  []ScoreLine
	Base   string // 基础分
	Bonus  string // 加分
	Minus  string // 扣分
	Total  string // 总分
	Rank   string // 名次 in the group, or the tier
	Grade  string // 等次
	Cap    string // 封顶说明; empty prints none
	Appeal string // how and until when to object
	Maker  string // 制表
	Check  string // 复核
	Date   string // 2017-04-10
	Serial string // 编号 of the sealed score
}

// ScoreLine is one line: Source is 认定, 核验 or 未核验; Working is the sum as a person can redo it.
type ScoreLine struct{ Item, Target, Actual, Source, Points, Score, Working string }

// Data names the tags of the template 得分单.
func (s ScoreSheet) Data() (docx.Data, error) {
	if err := required("标题", s.Title, "单位", s.Unit, "考核期", s.Period, "总分", s.Total); err != nil {
		return nil, err
	}
	date, err := dateCN("制表日期", s.Date)
	if err != nil {
		return nil, err
	}
	var lines []docx.Data
	for i, l := range s.Lines {
		lines = append(lines, docx.Data{"序号": i + 1, "项目": l.Item, "目标": l.Target, "取值": l.Actual, "来源": l.Source, "分值": l.Points, "得分": l.Score, "算法": l.Working})
	}
	return docx.Data{
		"标题": s.Title, "单位": s.Unit, "组别": s.Group, "考核期": s.Period, "明细": lines, "基础分": s.Base, "加分": s.Bonus, "扣分": s.Minus,
		"总分": s.Total, "名次": s.Rank, "等次": s.Grade, "封顶说明": s.Cap, "申诉": s.Appeal, "制表": s.Maker, "复核": s.Check, "制表日期": date, "编号": s.Serial,
	}, nil
}

func scoreSheetBody() string {
	return para("AnnexTitle", "{{标题}}") +
		para("SmallTabs", "单位：{{单位}}\t组别：{{组别}}\t考核期：{{考核期}}") +
		listTable("明细", []column{
			{"序号", 12, "TableCentre", "{{序号}}"}, {"考核项目", 58, "TableText", "{{项目}}"}, {"目标", 28, "TableRight", "{{目标}}"}, {"取值", 28, "TableRight", "{{取值}}"},
			{"来源", 18, "TableCentre", "{{来源}}"}, {"分值", 16, "TableRight", "{{分值}}"}, {"得分", 18, "TableRight", "{{得分}}"}, {"算法", 69, "TableText", "{{算法}}"},
		}) +
		para("Small", "") +
		plainTable([]float64{41, 41, 41, 41, 41, 42}, true,
			[]string{para("TableHead", "基础分"), para("TableHead", "加分"), para("TableHead", "扣分"), para("TableHead", "总分"), para("TableHead", "名次"), para("TableHead", "等次")},
			[]string{para("TableCentre", "{{基础分}}"), para("TableCentre", "{{加分}}"), para("TableCentre", "{{扣分}}"), para("TableCentre", "{{总分}}"), para("TableCentre", "{{名次}}"), para("TableCentre", "{{等次}}")}) +
		para("Small", "{{?封顶说明}}封顶说明：{{封顶说明}}{{/封顶说明}}") +
		para("Small", "{{?申诉}}申诉：{{申诉}}{{/申诉}}") +
		para("Small", "注：“来源”为“未核验”的，取值尚未经实地核验，按考核办法规定计分。") +
		plainTable([]float64{62, 62, 62, 61}, false, []string{para("TableText", "制表：{{制表}}"), para("TableText", "复核：{{复核}}"), para("TableText", "{{制表日期}}"), para("TableRight", "编号：{{编号}}")}) +
		section(true)
}

// Ranking is the result of a quarter by groups (季度评比结果表). Source: S7; domain 16.4.
type Ranking struct {
	Title  string // 2017年第一季度六大攻坚行动评比结果表
	Period string
	Groups []RankGroup
	Notes  []string // how the score is made, caps, ties
	Maker  string
	Date   string
}

// RankGroup is a group of units that are compared with each other (组别).
type RankGroup struct {
	Name string
	Rows []RankRow
}

// RankRow is a unit's line; Move is the change of place since the last quarter (升 2, 降 1, 平).
type RankRow struct{ Rank, Unit, Base, Bonus, Minus, Total, Grade, Move, Cap string }

// Data names the tags of the template 季度评比结果表.
func (r Ranking) Data() (docx.Data, error) {
	if err := required("标题", r.Title, "考核期", r.Period); err != nil {
		return nil, err
	}
	date, err := dateCN("制表日期", r.Date)
	if err != nil {
		return nil, err
	}
	var groups []docx.Data
	for _, g := range r.Groups {
		var rows []docx.Data
		for _, w := range g.Rows {
			rows = append(rows, docx.Data{"名次": w.Rank, "单位": w.Unit, "基础分": w.Base, "加分": w.Bonus, "扣分": w.Minus, "总分": w.Total, "等次": w.Grade, "进退": w.Move, "封顶说明": w.Cap})
		}
		groups = append(groups, docx.Data{"组别": g.Name, "名单": rows})
	}
	return docx.Data{"标题": r.Title, "考核期": r.Period, "各组": groups, "说明": texts(r.Notes), "制表": r.Maker, "制表日期": date}, nil
}

func rankingBody() string {
	return para("AnnexTitle", "{{标题}}") +
		para("SmallRight", "考核期：{{考核期}}") +
		para("", "{{#各组}}") +
		para("SmallNext", "{{组别}}") +
		listTable("名单", []column{
			{"名次", 16, "TableCentre", "{{名次}}"}, {"单位", 52, "TableText", "{{单位}}"}, {"基础分", 22, "TableRight", "{{基础分}}"}, {"加分", 20, "TableRight", "{{加分}}"}, {"扣分", 20, "TableRight", "{{扣分}}"},
			{"总分", 22, "TableRight", "{{总分}}"}, {"等次", 20, "TableCentre", "{{等次}}"}, {"比上季", 20, "TableCentre", "{{进退}}"}, {"封顶说明", 55, "TableText", "{{封顶说明}}"},
		}) +
		para("", "{{/各组}}") +
		para("SmallNext", "说明") +
		para("Small", "{{#说明}}{{文}}{{/说明}}") +
		plainTable([]float64{124, 123}, false, []string{para("TableText", "制表：{{制表}}"), para("TableRight", "{{制表日期}}")}) +
		section(true)
}
