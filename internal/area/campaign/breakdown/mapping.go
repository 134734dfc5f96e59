package breakdown

import (
	"strings"
	"unicode/utf8"
)

// Field says what a column holds. The value is what a page shows.
type Field string

const (
	FieldNone     Field = ""
	FieldNo       Field = "序号"
	FieldText     Field = "工作任务"
	FieldName     Field = "任务名称" // stands before the task's words: 城东大桥：主线长3公里
	FieldCategory Field = "类别"
	FieldGoal     Field = "目标"
	FieldMeasure  Field = "计量单位"
	FieldDeadline Field = "时间节点"
	FieldLeader   Field = "牵头领导"
	FieldLead     Field = "牵头单位"
	FieldOwes     Field = "责任单位"
	FieldSupport  Field = "配合单位"
	FieldOwner    Field = "责任人"
	FieldPoints   Field = "分值"
	FieldQ1       Field = "一季度目标"
	FieldQ2       Field = "二季度目标"
	FieldQ3       Field = "三季度目标"
	FieldQ4       Field = "四季度目标"
	FieldNote     Field = "备注"
)

// Fields lists what a column may be, in the order a page offers it.
var Fields = []Field{FieldNone, FieldNo, FieldText, FieldName, FieldCategory, FieldGoal, FieldMeasure, FieldDeadline, FieldLeader, FieldLead, FieldOwes, FieldSupport, FieldOwner, FieldPoints, FieldQ1, FieldQ2, FieldQ3, FieldQ4, FieldNote}

// Column is a column of the table and what it holds.
type Column struct {
	Title   string `json:"title"`             // the heading as written, two rows joined by /
	Field   Field  `json:"field"`             // the guess, or the user's choice
	Measure string `json:"measure,omitempty"` // unit in the heading: 万元
}

// Mapping says where the heading is and what each column holds. GuessMapping
// makes one; a page shows it and the user may change any field.
type Mapping struct {
	HeadingRow  int      `json:"heading_row"`  // index of the first heading row; -1: none
	HeadingRows int      `json:"heading_rows"` // 1 or 2, or 3
	Columns     []Column `json:"columns"`
}

// column returns the first column that holds f, or -1.
func (m Mapping) column(f Field) int {
	for i, c := range m.Columns {
		if c.Field == f {
			return i
		}
	}
	return -1
}

// titles recognises a heading. Order matters: the first that fits wins.
var titles = []struct {
	field Field
	re    pattern
}{
	{FieldNo, compile(`^(?:序号|编号|序|号|No\.?|NO\.?|(?:任务|项目|事项|指标|条目)(?:序号|编号|编码)|代码)$`)},
	{FieldQ1, compile(`(?:^|[^二三四])(?:第?[一1]季度?|首季|Q1|q1|1[-—~至到]3月)`)},
	{FieldQ2, compile(`(?:第?[二2]季度?|Q2|q2|4[-—~至到]6月)`)},
	{FieldQ3, compile(`(?:第?[三3]季度?|Q3|q3|7[-—~至到]9月)`)},
	{FieldQ4, compile(`(?:第?[四4]季度?|Q4|q4|10[-—~至到]12月)`)},
	{FieldLeader, compile(`(?:牵头|领办|领衔|责任|分管|包[保联抓挂]?|挂[钩点包]|负责|联系|主管|协调|市|区|县|州|带队)(?:责任)?(?:市|区|县|级|处级|厅级)*领导|^领导$|^(?:总)?指挥长?$`)},
	{FieldLead, compile(`(?:总?牵头|主[办责])(?:责任|负责)?(?:单位|部门|科室|处室)?$|第一责任单位|(?:总?牵头|主[办责])(?:责任|负责)?(?:单位|部门|科室|处室)(?:及|和|与|、|/|或)+(?:其|主要)?(?:负责|责任|联系)人`)},
	{FieldSupport, compile(`(?:配合|协[办助同作]|参[与加]|支持)(?:责任)?(?:单位|部门|科室|处室)?$|(?:指导|督导|督办|监督)(?:单位|部门)$|其他责任单位|其它责任单位`)},
	{FieldOwes, compile(`(?:责任|负责|承办|落实|实施|承担|分工|执行|建设|业主|主管|任务)(?:单位|部门|主体|科室|处室)|责任分工|^部门$|责任落实|(?:单位|部门)(?:及|和|与|、|/)(?:其|主要)?(?:负责|责任)人`)},
	{FieldOwner, compile(`(?:责任|负责|联系|经办|承办|主要负责)人|联络员|联系方式|^负责$`)},
	{FieldMeasure, compile(`^(?:计量|计算|度量|指标)单位$|^(?:单位|量纲)$`)},
	{FieldPoints, compile(`分值|权重|^(?:分数|满分|标准分|考核分|得分|基本分|基础分)$|总分`)},
	{FieldNote, compile(`备注|说明|^注$|计分|评分|数据来源|考核办法|扣分|来源|进展|(?:完成|整改|办理|落实)(?:情况|结果)|^是否|存在问题|措施$`)},
	{FieldDeadline, compile(`时限|期限|(?:时间|进度)(?:节点|要求|安排|进度|表)|(?:完成|办结|截止|计划完成|建成|竣工|落实|结束|终止|整改|起止|决策|审议|提请|提交|出台|办理|推进|计划|预计|预定|拟定?)(?:时间|日期|月份)|(?:建设|实施|起止|建设起止)(?:时间|年限|年度)|^(?:节点|时间|日期|完成节点)$|节点(?:时间|要求|安排)|工作进度`)},
	{FieldCategory, compile(`类[别型]|领域|分类|板块|方面|^(?:行动|专项|攻坚行动|项目类别|一级指标|大类)$`)},
	{FieldGoal, compile(`目标值|目标数|(?:年度|全年|年|工作|预期|总体|任务|计划|考核|整改|今年|本年)目标|^\d{4}年(?:度)?目标|^目标(?:要求|任务)?$|完成(?:标准|目标)|预期(?:值|成效|成果)|目标任务|(?:年度|全年|年)?(?:计划|任务)(?:数|量|投资|指标)|(?:年度|当年|今年|本年)(?:计划)?(?:完成)?投资|计划投资|任务数|成果(?:形式|要求)?|工作标准`)},
	{FieldText, compile(`任务|事项|(?:具体|工作|任务|建设)要求$|(?:工作|主要|具体|重点|建设|分解|项目|实施|考核|目标)内容|内容|措施|举措|指标(?:名称|内容)?|考核项目|项目(?:名称)?|(?:重点|主要)工作|要点|工作$|行动$|实事|清单$`)},
}

var measureRE = compile(`[（(\[【]\s*(?:单位[:：])?\s*([^（）()\[\]【】]{1,8}?)\s*[)）\]】]`)

// measures are the words that a heading may give as its unit.
var measureWord = compile(`^(?:[十百千万亿]*(?:元|美元|吨|亩|公顷|平方米|平方公里|平米|立方米|米|公里|千米|人次|人|户|家|个|项|件|套|座|所|条|处|名|辆|台|次|村|宗|篇|天|分)|%|‰|㎡|m2|m²|km|百分点|个百分点)$`)

// plainTitle removes from a heading what does not decide its meaning.
func plainTitle(s string) (title, measure string) {
	s = narrow(s)
	if m := measureRE.FindStringSubmatch(s); m != nil && measureWord.MatchString(m[1]) {
		measure = m[1]
	} else if i := strings.LastIndexAny(s, "：:/"); i > 0 {
		_, w := utf8.DecodeRuneInString(s[i:])
		if u := strings.TrimSpace(s[i+w:]); measureWord.MatchString(u) {
			measure, s = u, s[:i]
		}
	}
	s = measureRE.ReplaceAllString(s, "")
	return strings.Join(strings.Fields(strings.Trim(s, "：:*★ ")), ""), measure
}

func fieldOf(title string) Field {
	if title == "" || utf8.RuneCountInString(title) > 24 || strings.ContainsAny(title, "。；") {
		return FieldNone
	}
	for _, t := range titles {
		if t.re.MatchString(title) {
			return t.field
		}
	}
	return FieldNone
}

// GuessMapping finds the heading among the first rows, of one to three rows and
// below any title, and says what each column holds.
func GuessMapping(g Grid) Mapping {
	rows, merged, _ := g.filled()
	best, bestScore := Mapping{HeadingRow: -1}, 0
	for top := 0; top < len(rows) && top < 20; top++ {
		for n := 1; n <= 3 && top+n <= len(rows); n++ {
			m, score := tryHeading(rows, merged, top, n)
			if score > bestScore {
				best, bestScore = m, score
			}
		}
	}
	if best.HeadingRow < 0 {
		return guessBare(rows)
	}
	for i := 0; i+1 < best.HeadingRow; i++ { // of two tables on a sheet the upper comes first
		if m, ok := nextHeading(rows, merged, i); ok && m.HeadingRow+m.HeadingRows < best.HeadingRow {
			return m
		}
	}
	settle(rows, &best)
	return best
}

var (
	timeTitle = compile(`(?:时间|日期|月份|时点)$`)
	pastTitle = compile(`(?:起始|开始|启动|开工|动工|受理|接[到收]|来[文函信]|发[文布现生]|印发|成文|填报|报送|上报|登记|立[项案]|批[示准复]|交办|转办|下达|签收|成立|会议|检查|督查|巡查|抽查|反馈|更新|统计|截至)(?:的)?(?:时间|日期|月份)$`)
)

// tryHeading scores rows top..top+n-1 as the heading.
func tryHeading(rows [][]string, merged func(r, c int) bool, top, n int) (Mapping, int) {
	m := Mapping{HeadingRow: top, HeadingRows: n}
	kinds := map[Field]bool{}
	score, lower := 0, 0
	if len(distinct(rows[top])) < 2 { // a title over the whole width
		return m, 0
	}
	for c := range rows[top] {
		var parts []string
		col := Column{}
		for r := top; r < top+n; r++ {
			v := rows[r][c]
			if v == "" || len(parts) > 0 && parts[len(parts)-1] == v {
				continue
			}
			if utf8.RuneCountInString(v) > 40 {
				return m, 0
			}
			if r > top && !merged(r, c) {
				lower++
			}
			parts = append(parts, v)
		}
		col.Title = strings.Join(parts, "/")
		for i := len(parts) - 1; i >= 0; i-- { // the lowest row says most
			title, measure := plainTitle(parts[i])
			if col.Measure == "" {
				col.Measure = measure
			}
			if startWord.MatchString(title) { // 推进时限/起始时间 is no deadline
				col.Field = FieldNone
				score += 2 // known, though of no use
				break
			}
			if col.Field == FieldNone || isQuarter(fieldOf(title)) {
				col.Field = fieldOf(title)
			}
		}
		if col.Field == FieldGoal || isQuarter(col.Field) { // 年度目标/万元
			if len(parts) > 1 && measureWord.MatchString(narrow(parts[len(parts)-1])) {
				col.Measure = narrow(parts[len(parts)-1])
			}
		}
		if col.Field != FieldNone {
			score += 2
			if !kinds[col.Field] {
				score += 3
				kinds[col.Field] = true
			}
		} else if col.Title != "" {
			score-- // an unknown title, or data taken for one
		}
		m.Columns = append(m.Columns, col)
	}
	if len(kinds) < 2 || !kinds[FieldText] && !kinds[FieldGoal] && len(kinds) < 3 {
		return m, 0
	}
	// A row of data below must not be taken into the heading: only rows in which
	// all that is new is a title count.
	for r := top + 1; r < top+n; r++ {
		fresh, known := 0, 0
		for c, v := range rows[r] {
			if v == "" || merged(r, c) {
				continue
			}
			fresh++
			if t, _ := plainTitle(v); fieldOf(t) != FieldNone || measureWord.MatchString(narrow(v)) {
				known++
			}
		}
		if fresh == 0 || known*2 < fresh || looksNumber(rows[r]) {
			return m, 0
		}
	}
	score = score*4 - n // fewer rows when equal
	for c, v := range rows[top] {
		if top > 0 && v != "" && merged(top, c) && rows[top-1][c] == v {
			return m, score - 3 // this row continues a heading that began above
		}
	}
	return m, score
}

var ownerRE = compile(`(?:业主|建设|承建|实施)(?:单位|主体)$`)

var startWord = compile(`^(?:起始|开始|启动|计划开始|计划启动|开工|计划开工)(?:时间|日期)$`)

func isQuarter(f Field) bool {
	return f == FieldQ1 || f == FieldQ2 || f == FieldQ3 || f == FieldQ4
}

// looksNumber reports whether a row begins with a running number, as data does.
func looksNumber(row []string) bool {
	for _, v := range row {
		if v != "" {
			return hanNumber(strings.Trim(narrow(v), " .．、")) >= 0
		}
	}
	return false
}

// guessBare guesses a table without heading from what the cells look like.
func guessBare(rows [][]string) Mapping {
	m := Mapping{HeadingRow: -1}
	if len(rows) == 0 {
		return m
	}
	m.Columns = make([]Column, len(rows[0]))
	b := base{year: 2000}
	long, longest := -1, 0
	for c := range m.Columns {
		var full, number, unit, date, runes int
		for _, r := range rows[:min(len(rows), 50)] {
			v := r[c]
			if v == "" {
				continue
			}
			full++
			runes += utf8.RuneCountInString(v)
			if n := hanNumber(strings.Trim(narrow(v), " .、")); n >= 0 {
				number++
			} else if due, bad := b.field(v); bad == "" && due.Text != "" {
				date++
			}
			if allUnits(v) {
				unit++
			}
		}
		switch {
		case full == 0:
		case number*2 > full:
			if c == 0 {
				m.Columns[c].Field = FieldNo
			}
		case date*2 > full:
			if m.column(FieldDeadline) < 0 {
				m.Columns[c].Field = FieldDeadline
			}
		case unit*2 > full && runes < full*40:
			if m.column(FieldLead) < 0 {
				m.Columns[c].Field = FieldLead
			} else if m.column(FieldSupport) < 0 {
				m.Columns[c].Field = FieldSupport
			}
		case runes > longest:
			long, longest = c, runes
		}
	}
	if long >= 0 {
		m.Columns[long].Field = FieldText
	}
	return m
}

// settle decides what single titles could not: 单位 may be a measure or a body,
// the task may be called 目标任务, and a field may come once.
func settle(rows [][]string, m *Mapping) {
	body := rows[min(len(rows), m.HeadingRow+m.HeadingRows):]
	body = body[:min(len(body), 50)]
	count := func(c int, ok func(string) bool) (hit, full int) {
		for _, r := range body {
			if r[c] != "" {
				full++
				if ok(r[c]) {
					hit++
				}
			}
		}
		return
	}
	for c := range m.Columns {
		if m.Columns[c].Field == FieldMeasure {
			hit, full := count(c, func(v string) bool { return measureWord.MatchString(narrow(v)) })
			if t, _ := plainTitle(m.Columns[c].Title); full > 0 && hit*2 < full && (t == "单位" || strings.HasSuffix(t, "/单位")) {
				m.Columns[c].Field = FieldOwes
			}
		}
	}
	if m.column(FieldDeadline) < 0 { // a column of times whose title says of which (上会时间): not those of the past or of a beginning
		for c := range m.Columns {
			if t := m.Columns[c].Title; m.Columns[c].Field == FieldNone && timeTitle.MatchString(t) && !pastTitle.MatchString(t) {
				hit, full := count(c, func(v string) bool {
					d, mend := (base{year: 2000}).field(v)
					return mend == "" && d.Text != ""
				})
				if full > 0 && hit*3 >= full*2 {
					m.Columns[c].Field = FieldDeadline
					break
				}
			}
		}
	}
	rectify(m)
	// Beside 责任单位 the owner or builder of a project helps.
	for _, c := range m.Columns {
		if c.Field != FieldOwes || !strings.Contains(c.Title, "责任") {
			continue
		}
		for i := range m.Columns {
			if x := &m.Columns[i]; x.Field == FieldOwes && ownerRE.MatchString(x.Title) {
				x.Field = FieldSupport
			}
		}
		break
	}
	// A column of bodies under a title that does not say so (考核项目: 县农粮局).
	if m.column(FieldLead) < 0 && m.column(FieldOwes) < 0 && m.column(FieldSupport) < 0 {
		for c := len(m.Columns) - 1; c >= 0; c-- {
			if f := m.Columns[c].Field; f != FieldNone && f != FieldText && f != FieldCategory {
				continue
			}
			hit, full := count(c, func(v string) bool { return utf8.RuneCountInString(v) < 60 && allUnits(v) })
			if full > 0 && hit*10 >= full*7 {
				m.Columns[c].Field = FieldOwes
				break
			}
		}
	}
	// Of several targets the one with numbers is the target.
	most, goal := -1, -1
	for c, col := range m.Columns {
		if col.Field != FieldGoal {
			continue
		}
		if hit, _ := count(c, func(v string) bool { _, ok := ReadQuantity(v); return ok && utf8.RuneCountInString(v) < 20 }); hit > most {
			most, goal = hit, c
		}
	}
	for c := range m.Columns {
		if m.Columns[c].Field == FieldGoal && c != goal {
			m.Columns[c].Field = FieldNone
			if m.column(FieldText) < 0 {
				m.Columns[c].Field = FieldText
			}
		}
	}
	if m.column(FieldText) < 0 { // the task is called 目标任务, or a category
		for _, f := range []Field{FieldGoal, FieldCategory} {
			if c := m.column(f); c >= 0 {
				m.Columns[c].Field = FieldText
				break
			}
		}
	}
	if m.column(FieldText) < 0 {
		long, longest := -1, 0
		for c, col := range m.Columns {
			runes := 0
			for _, r := range body {
				runes += utf8.RuneCountInString(r[c])
			}
			if col.Field == FieldNone && runes > longest {
				long, longest = c, runes
			}
		}
		if long >= 0 {
			m.Columns[long].Field = FieldText
		}
	}
	// Of several columns for the task the longest text is the task; of the others
	// one that differs from row to row is its name, the first its heading.
	longest, at := -1, -1
	for c, col := range m.Columns {
		if col.Field != FieldText {
			continue
		}
		runes := 0
		for _, r := range body {
			runes += utf8.RuneCountInString(r[c])
		}
		if runes > longest {
			longest, at = runes, c
		}
	}
	seen := map[Field]bool{}
	for c := range m.Columns {
		f := m.Columns[c].Field
		if f == FieldText && c != at {
			f = FieldNone
			switch {
			case m.column(FieldName) < 0 && c < at && differs(body, c):
				f = FieldName
			case m.column(FieldCategory) < 0 && c < at:
				f = FieldCategory
			}
			m.Columns[c].Field = f
		}
		switch f {
		case FieldLead, FieldOwes, FieldSupport, FieldNote, FieldNone, FieldCategory:
			continue // may come more than once
		}
		if seen[f] {
			m.Columns[c].Field = FieldNone
		}
		seen[f] = true
	}
}

var (
	troubleRE = compile(`^(?:存在|反馈|具体|主要|发现|突出|整改)?(?:的)?问题(?:描述|表现|清单|内容|隐患)?$|^(?:事故|安全)?隐患(?:内容|描述|情况)?$`)
	remedyRE  = compile(`整改(?:措施|任务|内容|要求|举措|事项)`)
)

// rectify reads a list of what must be put right (整改清单): the measure is the task and the trouble its name; where no measure stands
// the trouble itself is what is to be dealt with.
func rectify(m *Mapping) {
	trouble, remedy := -1, -1
	for c := len(m.Columns) - 1; c >= 0; c-- {
		t, _ := plainTitle(m.Columns[c].Title)
		switch f := m.Columns[c].Field; {
		case remedyRE.MatchString(t) && (f == FieldNote || f == FieldText || f == FieldNone):
			remedy = c
		case troubleRE.MatchString(t) && (f == FieldNote || f == FieldText || f == FieldNone):
			trouble = c
		}
	}
	switch {
	case remedy >= 0 && trouble >= 0:
		for c := range m.Columns { // 整改任务 beside 整改措施 stays what it is
			if c != remedy && c != trouble && m.Columns[c].Field == FieldText {
				return
			}
		}
		m.Columns[remedy].Field, m.Columns[trouble].Field = FieldText, FieldName
	case remedy >= 0 && m.column(FieldText) < 0:
		m.Columns[remedy].Field = FieldText
	case trouble >= 0 && m.column(FieldText) < 0:
		m.Columns[trouble].Field = FieldText
	}
}

// differs reports whether the cells of a column are mostly there and mostly
// each for itself, as names are; those of a category repeat.
func differs(body [][]string, c int) bool {
	seen, full, rows := map[string]bool{}, 0, 0
	for _, r := range body {
		if len(distinct(r)) < 2 {
			continue
		}
		if rows++; r[c] != "" {
			full++
			seen[r[c]] = true
		}
	}
	return rows > 1 && full*10 >= rows*9 && len(seen)*10 >= full*9
}
