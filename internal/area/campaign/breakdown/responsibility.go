package breakdown

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// label is a heading inside the text: 牵头单位：, 完成时限：.
var labelRE = compile(`((?:总?牵头|责任|负责|分管|主管|联系|包[保联抓挂]|挂[钩点包联]|协管|协助|督导|领办|领衔|[省市区县州]|[级委府]|[厅处科]级){1,4}领导` +
	`|(?:总|第[一二三四])?牵头(?:责任|负责)?(?:单位|部门|处室|科室)|主[办责](?:单位|部门)|牵头|主责|主办|第一责任单位` +
	`|(?:责任|负责|主管|分工)(?:单位|部门|主体|处室|科室)(?:及责任人)?|承办(?:单位|部门)|落实(?:单位|部门)|实施(?:单位|部门|主体)|执行单位|责任落实单位|业主单位|项目业主|分工单位` +
	`|(?:配合|协[办助同作]|参[与加]|支持|参建)(?:责任)?(?:单位|部门|处室|科室)|配合|协办|承办` +
	`|(?:督[导办查]|指导)(?:单位|部门)` +
	`|(?:适用|实施)(?:范围|区域|对象)|(?:资金|经费|数据)来源|(?:政策|文件|工作)?依据|(?:预期|工作)(?:成果|目标|成效)|(?:主要)?成果形式|备注|联系电话` +
	`|(?:项目|具体|直接|主要|主体|第一|整改|工作|企业|科室)?(?:责任人|负责人)|联系人` +
	`|(?:完成|办结|工作|整改|推进|落实|办理)?(?:时限|期限)(?:要求)?|(?:完成|办结|截止|落实|整改)(?:时间|日期)(?:节点)?|时间(?:节点|要求|进度|安排|表)|进度要求|工作节点)\s*[:：]`)

// strangeLabel is a heading that is not ours and ends the value before it.
var strangeLabel = compile(`[\s。；;]+[\p{Han}]{2,8}\s*[:：]`)

var leadWord = compile(`^(?:(?:总|第[一二三四])?牵头|主[办责]|第一责任)`)
var leaderWord = compile(`领导$`)
var personWord = compile(`(?:责任人|负责人)$`)
var dueWord = compile(`时|期限|节点|进度|日期`)
var supportWord = compile(`^(?:配合|协|参|支持)`)
var asideWord = compile(`联系人|范围|区域|对象|来源|依据|成果|目标|成效|备注|电话`)
var guideWord = compile(`^(?:督|指导)`)

// verbRE is a role at the end of a clause.
var verbRE = compile(`(?:牵头(?:负责|落实|推进|组织实施|实施|抓总|办理|组织)?|(?:为|作为|是)(?:牵头|配合|责任|主办|协办|参与)(?:单位|部门)|负责(?:牵头|落实|组织实施|实施|推进|配合|办理|指导|组织)?|参与(?:配合|落实)?|参加|配合(?:落实|做好|实施|推进)?|协助(?:配合)?|协同(?:配合|推进|落实)?|协办|主办|承办|(?:加强|予以|给予|做好)?(?:业务)?指导(?:督促|落实)?|督导|督促(?:落实)?|抓?落实|组织实施|实施|贯彻执行|支持|执行|推进|监督|组织|办理|会办|承担|开展|制定|研究|贯彻落实|分工负责)(?:落实到位|到位)?$`)

var (
	firstLeadsRE = compile(`(?:列|排|居|位|第)[^。；;，,：（）()]{0,8}(?:一|首|最前|前面)[^。；;，,（）()]{0,16}(?:为|是|系|即)[^。；;，,（）()]{0,6}(?:牵头|主办|主责|第一责任|汇总)|(?:牵头|主办)(?:单位|部门)[^。；;，,（）()]{0,4}(?:列|排|居)[^。；;，,（）()]{0,6}(?:一|首|最前|前)`)
	markLeadsRE  = compile(`(?:带|标|加|注)[^。；]{0,8}[★☆*※▲△●][^。；]{0,10}(?:为|是)[^。；]{0,4}(?:牵头|主办|主责)`)
	carryRE      = compile(`以下[^。，,；（）]{0,6}?(?:均|都|皆)(?:需|须|由|应由|要由)?((?:[^。，,；（）]|（[^（）]{1,10}）){2,40}?)(?:负责|落实|配合|参与)+`)
	noteRE       = compile(`(?:[，,；;。、\s]*(?:以)?下(?:均|皆)?同|[，,；;。、\s]*不再[\p{Han}]{1,8}|[，,；;。]?\s*[^，,；;。]{0,4}(?:列|排)(?:在)?[^，,；;。]{0,4}(?:第一|首)[^，,；;。]*|[，,；;。]?\s*以下(?:各项|所有|任务|工作|事项|措施)*(?:均|都|皆)[^，,；;。]*)`)
	alongRE      = compile(`(?:会同|会商)`)
)

// clause is what one bracket or one labelled line says.
type clause struct {
	duties []Duty
	due    string // value of 完成时限：, or a time among the clauses
	leader string
	owner  string
	listed bool // some names were a bare list: 责任单位：A、B or A、B负责
}

func (c *clause) add(role Role, names []string) {
	for _, n := range names {
		if bare := strings.TrimSuffix(n, leadSign); bare != n {
			c.duties = append(c.duties, Duty{bare, Leads})
		} else {
			c.duties = append(c.duties, Duty{n, role})
		}
	}
}

// leadSign stands for （牵头） behind a name: 区民政局（牵头）、区财政局.
const leadSign = "\ue003"

var leadBracket = compile(`[（(]\s*(?:总?牵头|主办|主责)(?:单位|部门)?\s*[)）]`)

func signLead(s string) string { return leadBracket.ReplaceAllString(s, leadSign) }

// conventionNote is a bracket that only says who leads: 市财政局（第一责任单位为牵头单位，下同）.
var conventionNote = compile(`[（(][^（）()]{0,40}(?:为|是|系)[^（）()]{0,8}(?:牵头|主办|主责)[^（）()]{0,20}[)）]|[（(][^（）()]{0,20}下同[)）]`)

// isLabelled reports whether s has a heading of ours.
func isLabelled(s string) bool { return labelRE.MatchString(s) }

// readClause reads a bracket's content. ok is false if it is about something
// else (超过100人的企业达到15%). certain is true where the place already says that
// it must be a responsibility.
func readClause(s string, certain bool) (c clause, ok bool) {
	s = conventionNote.ReplaceAllString(signLead(clip(s, 3000)), "")
	if labels := labelRE.FindAllStringSubmatchIndex(s, -1); labels != nil {
		if labels[0][0] > 0 {
			if head, good := readProse(s[:labels[0][0]], false); good {
				c = head
			}
		}
		for i, m := range labels {
			end := len(s)
			if i+1 < len(labels) {
				end = labels[i+1][0]
			}
			c.labelled(s[m[2]:m[3]], s[m[1]:end])
		}
		return c, c.duties != nil || c.due != "" || c.leader != "" || c.owner != ""
	}
	return readProse(s, certain)
}

// labelled takes one heading and its value.
func (c *clause) labelled(label, value string) {
	for _, m := range strangeLabel.FindAllStringIndex(value, -1) { // 责任单位：A 完成情况：…
		if !timeWord.MatchString(strings.Trim(value[m[0]:m[1]], " 　\n。；;")) {
			value = value[:m[0]]
			break
		}
	}
	value = strings.Trim(value, " 　。；;，,、\n\r\t（(【[")
	value = strings.TrimRight(value, "）)】]")
	if open := strings.LastIndexAny(value, "（("); open >= 0 && open > strings.LastIndexAny(value, "）)") {
		value += "）"
	}
	if value == "" {
		return
	}
	role := Owes
	switch {
	case leaderWord.MatchString(label):
		c.leader = join(c.leader, value)
		return
	case asideWord.MatchString(label):
		return
	case personWord.MatchString(label) && !strings.Contains(label, "单位"):
		c.owner = join(c.owner, value)
		return
	case dueWord.MatchString(label):
		c.due = join(c.due, value)
		return
	case leadWord.MatchString(label):
		role = Leads
	case supportWord.MatchString(label):
		role = Supports
	case guideWord.MatchString(label):
		role = Guides
	}
	if inner, ok := readProse(value, false); ok && inner.duties != nil && hasVerb(value) {
		if role == Owes {
			c.duties = append(c.duties, inner.duties...)
			return
		}
	}
	value = noteRE.ReplaceAllString(value, "")
	var kept []string
	for _, p := range strings.FieldsFunc(value, isStop) { // 各乡镇，长期坚持
		p = timeWord.ReplaceAllString(p, "")
		if when, rest := dueLead(p); standingRE.MatchString(strings.TrimSpace(p)) {
			c.due = join(c.due, strings.TrimSpace(p))
		} else if when != "" && !allUnits(rest) {
			c.due = join(c.due, when)
		} else {
			kept = append(kept, p)
		}
	}
	value = strings.Join(kept, "，")
	value = verbRE.ReplaceAllString(value, "")
	c.add(role, splitUnitsMarked(value))
}

// timeWord is a heading that is too plain to be one anywhere else: 时间：6月底.
var timeWord = compile(`^\s*(?:时间|节点|进度|时间段)\s*[:：]\s*`)

func join(a, b string) string {
	if a == "" || a == b {
		return b
	}
	return a + "；" + b
}

// hasVerb reports whether a clause of s ends with a role.
func hasVerb(s string) bool {
	for _, p := range strings.FieldsFunc(s, isStop) {
		if p = strings.TrimSpace(p); verbRE.MatchString(p) && !isUnit(p) || strings.Contains(p, "牵头") {
			return true
		}
	}
	return false
}

func isStop(r rune) bool { return strings.ContainsRune("，,；;。\n", r) }

func roleOf(verb string) Role {
	switch {
	case strings.Contains(verb, "牵头"), strings.HasPrefix(verb, "主办"):
		return Leads
	case strings.Contains(verb, "配合"), strings.HasPrefix(verb, "参"), strings.HasPrefix(verb, "协"), strings.HasPrefix(verb, "支持"):
		return Supports
	case strings.Contains(verb, "指导") && !strings.HasPrefix(verb, "负责"), strings.HasPrefix(verb, "督"), strings.HasPrefix(verb, "监督"):
		return Guides
	}
	return Owes
}

// splitUnitsMarked keeps a lead mark (★) on the name for the convention.
func splitUnitsMarked(s string) []string {
	if !markRE.MatchString(s) {
		return splitUnits(s)
	}
	var out []string
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、，,；;\n。", r) }) {
		mark := ""
		if markRE.MatchString(f) {
			mark = "★"
		}
		for _, n := range splitUnits(f) {
			out = append(out, mark+n)
		}
	}
	return out
}

// readProse reads "A牵头，B、C按职责分工负责；D参与".
func readProse(s string, certain bool) (c clause, ok bool) {
	s = noteRE.ReplaceAllString(s, "")
	s = strings.Trim(s, " 　。；;，,")
	if s == "" || utf8.RuneCountInString(s) > 800 {
		return c, false
	}
	// 牵头 in the middle ends a clause even without a comma: A牵头B配合.
	var parts []string
	for _, p := range strings.FieldsFunc(s, isStop) {
		for {
			p = strings.TrimSpace(p)
			i := strings.Index(p, "牵头")
			if i < 0 {
				break
			}
			rest := p[i+len("牵头"):]
			if rest == "" || strings.HasPrefix(rest, "单位") || strings.HasPrefix(rest, "部门") || verbRE.MatchString("牵头"+rest) && verbRE.FindStringIndex("牵头" + rest)[0] == 0 {
				break
			}
			parts = append(parts, p[:i+len("牵头")])
			p = rest
		}
		if p != "" {
			parts = append(parts, p)
		}
	}
	var pending []string
	verbs, odd := 0, 0
	for _, p := range parts {
		if isTime(p) {
			c.due = join(c.due, p)
			continue
		}
		if i := strings.LastIndexAny(p, " 　"); i > 0 { // 区教育局 8月底前
			if when, rest := dueLead(p[i:]); when != "" && (rest == "" && strings.ContainsAny(when, "前底末内") || doneRE.MatchString(rest)) { // （民政部 1997年1月28日） is who wrote it and when
				c.due, p = join(c.due, when), strings.TrimSpace(p[:i])
			}
		}
		if when, rest := dueLead(p); when != "" && !standingRE.MatchString(p) {
			c.due = join(c.due, when)
			if p = rest; !allUnits(verbRE.ReplaceAllString(mannerRE.ReplaceAllString(rest, ""), "")) {
				continue // 5月底前出台相关政策
			}
		}
		m := verbRE.FindStringIndex(p)
		role, names := Role(""), p
		if m != nil && !standingRE.MatchString(p) && !(isUnit(p) && !strings.HasSuffix(p, "负责") && !strings.HasSuffix(p, "牵头")) {
			role, names = roleOf(p[m[0]:]), strings.TrimSpace(p[:m[0]])
			names = mannerRE.ReplaceAllString(names, "")
			for i := 0; i < 2; i++ { // 分别牵头负责, 共同配合落实
				if k := verbRE.FindStringIndex(names); k != nil && !isUnit(names) {
					names = names[:k[0]]
				}
			}
			verbs++
		}
		if role == "" {
			if d, bad := (base{}).field(p); bad == "" && (d.Standing || d.Recurring) {
				c.due = join(c.due, p)
				continue
			}
			pending = append(pending, p)
			continue
		}
		if stopWords.MatchString(names) || utf8.RuneCountInString(names) > 20 && !strings.ContainsAny(names, "、和及") && !isUnit(names) {
			odd++
		}
		if names == "" && pending == nil {
			if role == Owes || c.duties == nil {
				continue
			}
		}
		// A会同B、C负责: A leads, the others help.
		if k := alongRE.FindStringIndex(names); k != nil && k[0] > 0 && (isUnit(strings.TrimSpace(tidyUnit(names[:k[0]]))) || strings.Contains(names[:k[0]], "、")) {
			for _, q := range pending {
				c.add(role, splitUnitsMarked(q))
			}
			pending = nil
			if role == Owes {
				c.add(Leads, splitUnitsMarked(names[:k[0]]))
			} else {
				c.add(role, splitUnitsMarked(names[:k[0]]))
			}
			c.add(Supports, notVague(splitUnitsMarked(names[k[1]:])))
			continue
		}
		if strings.HasPrefix(names, "会同") && c.duties != nil {
			c.add(Supports, notVague(splitUnitsMarked(names)))
			continue
		}
		for _, q := range pending {
			c.add(role, splitUnitsMarked(q))
		}
		pending = nil
		c.add(role, splitUnitsMarked(names))
		if role == Owes {
			c.listed = true
		}
	}
	// names after the last verb, or no verb at all
	for _, q := range pending {
		names := splitUnitsMarked(q)
		if strings.HasPrefix(strings.TrimSpace(q), "会同") && c.duties != nil {
			c.add(Supports, notVague(names))
			continue
		}
		good := len(names) > 0
		for _, n := range names {
			good = good && isUnit(strings.TrimPrefix(n, "★")) && !stopWords.MatchString(n)
		}
		switch {
		case good && verbs > 0:
			c.add(Supports, names)
		case good || certain:
			c.add(Owes, names)
		default:
			odd++
		}
	}
	// Bodies, not a remark: most names must look like bodies.
	like := 0
	for _, d := range c.duties {
		if n := strings.TrimPrefix(d.Name, "★"); isUnit(n) && !stopWords.MatchString(n) {
			like++
		}
	}
	if c.duties == nil && (c.due == "" || !certain) {
		return clause{}, false
	}
	if !certain && (odd > verbs || odd > 0 && verbs == 0 || like*2 < len(c.duties) && !strings.Contains(s, "等")) {
		return clause{}, false
	}
	return c, true
}

func notVague(names []string) []string {
	var out []string
	for _, n := range names {
		if !vagueRE.MatchString(n) {
			out = append(out, n)
		}
	}
	return out
}

// dueLead returns the time that p begins with (2017年6月底前 of "2017年6月底前取得
// 阶段性成果") and what follows it, or "".
func dueLead(p string) (when, rest string) {
	p = strings.TrimSpace(narrow(p))
	for _, m := range (base{year: 2000}).mentions(p) {
		if strings.Trim(p[:m.from], " 于在") != "" {
			break
		}
		if m.marked || m.exact && p[m.to:] == "" {
			return m.due.Text, p[m.to:]
		}
	}
	return "", p
}

var (
	bareYearRE = compile(`^(?:到|至)?\d{4}年?(?:\s*[—－\-–~～至到]+\s*\d{4})?年?$`)
	againRE    = compile(`^(?:按(?:月|季度?|年|周)|逐月|逐季|每(?:年|月|季度?|周|半年))(?:推进|实施|开展|落实|报送|进行|完成|组织|通报)?$`)
)

// isTime reports whether a clause says nothing but when: 2018—2020年, 按季度推进,
// “十三五”期间完成, 两年内完成.
func isTime(p string) bool {
	p = strings.TrimSpace(narrow(p))
	return bareYearRE.MatchString(p) || againRE.MatchString(p) || planRE.MatchString(p) || withinRE.MatchString(p)
}

// convention is what the document says about who leads.
type convention struct {
	firstLeads, markLeads bool
}

// assign turns the duties into lead and support units by the convention of the
// document (domain 3). Without one, several units of equal duty have no lead,
// and one that stands alone leads itself.
func (v convention) assign(t *Task, duties []Duty) {
	seen := map[string]int{}
	t.Duties = nil
	rank := map[Role]int{Leads: 0, Owes: 1, Supports: 2, Guides: 3}
	hasLead, marked := false, map[string]bool{}
	for _, d := range duties {
		name := strings.TrimPrefix(d.Name, "★")
		if name != d.Name && v.markLeads {
			marked[name] = true
		}
		if i, ok := seen[name]; ok {
			if rank[d.Role] < rank[t.Duties[i].Role] {
				t.Duties[i].Role = d.Role
			}
		} else {
			seen[name] = len(t.Duties)
			t.Duties = append(t.Duties, Duty{name, d.Role})
		}
	}
	owes := 0
	for i, d := range t.Duties {
		if marked[d.Name] {
			t.Duties[i].Role = Leads
		}
		hasLead = hasLead || t.Duties[i].Role == Leads
		if t.Duties[i].Role == Owes {
			owes++
		}
	}
	lead := -1
	if !hasLead {
		for i, d := range t.Duties {
			if d.Role == Owes && (v.firstLeads || owes == 1) {
				lead = i
				break
			}
		}
	}
	t.LeadUnits, t.SupportUnits = []string{}, []string{}
	order := append([]Duty{}, t.Duties...)
	sort.SliceStable(order, func(i, j int) bool { return rank[order[i].Role] < rank[order[j].Role] })
	for _, d := range order {
		if d.Role == Leads || lead >= 0 && d.Name == t.Duties[lead].Name {
			t.LeadUnits = append(t.LeadUnits, d.Name)
		} else {
			t.SupportUnits = append(t.SupportUnits, d.Name)
		}
	}
}
