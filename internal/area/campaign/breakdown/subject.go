package breakdown

import (
	"sort"
	"strings"
)

// bodyRE is the end of a name as the subject of a sentence; the text behind it
// must not go on with the same word (部 of 部门, 委 of 委托, 市 of 市场).
var bodyRE = compile(`人民政府|政府|办公厅|办公室|部门|机关|机构|单位|银行|分行|支行|公司|集团|委员会|指导组|工作组|领导小组|专班|指挥部|各地区|地区|各省份|省份|各地|地方|试点城市|各市|各县|各区|区县|各省|市县|法院|检察院|医院|学校|高校|院校|企业|街道|乡镇|镇|中心|总社|供销社|总队|管委会|总局|总署|国务院|科学院|工程院|学院|研究院|(?:[监工协学商]|理事|基金)会|部|委|局|办|厅|署`)

// goesOn lists what may follow the end of a name and make it another word.
var goesOn = map[string]string{
	"部": "门分署队位", "委": "员托派会书", "局": "面部长", "办": "公理法学事好案", "厅": "局", "国务院": "办各有相",
	"各省": "级（(、", "各市": "场县级（(、直", "各县": "级区（(、域", "各区": "域县级（(、直", "地方": "各法政性标特财税病人",
	"各地": "方级", "政府": "部投性采信网购债出职储主", "机关": "事党", "镇": "化", "中心": "城", "企业": "家", "单位": "产面",
	"地区": "性", "学校": "教", "医院": "管", "街道": "办", "各地区": "性", "学院": "校",
}

// notSubject are words that a subject cannot hold: what stands before them is no name.
var notSubject = compile(`^[经由请]|[的把将对按以在为从使让与并要应须于]|建立|完成|实现|推进|推动|基本|全面|组织|开展|制定|形成|加强|加快|纳入|通过|根据|出台|印发|启动|健全|完善|确保|力争|实施|落实|报送|做好|达到|建成|编制|启用|鼓励|支持|探索|研究|指导|督促|强化|试点工作|批转|转发|审议|批准|正在|认真|贯彻|执行|遵照|参照|结合|抓紧|公开|公布|向社会|开工|动工|[0-9]|年|月|日|[一二三]是`)

// who finds the names at the head of s: 科技部、财政部会同有关部门…. rest is what follows.
func who(s string) (names []string, rest string) {
	for {
		name, tail := oneBody(s)
		if name == "" {
			return names, s
		}
		names, s = append(names, name), tail
		next, ok := s, false
		for _, j := range []string{"、", "和", "及", "以及", "与", "，"} {
			if strings.HasPrefix(s, j) {
				next, ok = strings.TrimPrefix(s, j), true
			}
		}
		if n, _ := oneBody(next); !ok || n == "" {
			return names, s
		}
		s = next
	}
}

func oneBody(s string) (name, rest string) {
	head := clip(s, 24)
	if i := strings.IndexAny(head, "，。；：、（(“《"); i >= 0 {
		head = head[:i]
	}
	for at := 0; at < len(head); {
		m := bodyRE.FindStringIndex(head[at:])
		if m == nil {
			return "", s
		}
		end := at + m[1]
		word := head[at+m[0] : end]
		tail := []rune(s[end:])
		if len(tail) > 0 && strings.ContainsRune(goesOn[word], tail[0]) {
			at = end
			continue
		}
		// 国务院办公厅, 省政府有关部门: the name goes on to a further end that follows at once.
		if m := bodyTail.FindString(s[end:]); m != "" {
			end += len(m)
		}
		name = s[:end]
		if len([]rune(name)) < 2 || notSubject.MatchString(name) {
			return "", s
		}
		return name, s[end:]
	}
	return "", s
}

var bodyTail = compile(`^(?:各?有关部门|各?相关部门|各部门|有关单位|办公厅|办公室|人民政府|[\p{Han}]{2,8}行政(?:主管)?部门|教育督导委员会)`)

var (
	modalRE  = compile(`^(?:要|应当?|须|必须|需要?|将|负责|牵头|会同|原则上|分别|统一|于|在|每年|每月|每季)`)
	helpRE   = compile(`(?:积极|全力|密切)?(?:配合|协助|参与)$`)
	minuteRE = compile(`^(?:会议|领导小组)?(?:要求|明确|强调|指出|决定|议定|同意|认为)[，,：:]`)
	askRE    = compile(`(?:^|[，；。])(?:请|由|责成)`)
)

// subjects finds who must do what a sentence says: the name before or after a
// time (各省份于11月底前…, 3月底前，教育局…), after 请 or 由, or at its head before
// 要 and its like. asked reports 请X.
func (b base) subjects(s string) (duties []Duty, asked bool) {
	seen := map[string]bool{}
	add := func(names []string, rest string) {
		if strings.HasPrefix(rest, "的") { // 各牵头单位的方案: whose it is, not who must act
			return
		}
		role := Owes
		if len(names) == 1 {
			role = Leads
		}
		for _, n := range names {
			n = strings.TrimSuffix(n, "等部门")
			if !seen[n] && !vagueRE.MatchString(n) {
				seen[n] = true
				duties = append(duties, Duty{n, role})
			}
		}
		for _, q := range strings.FieldsFunc(rest, isStop) { // 由区征迁办牵头，漳湾镇配合
			if k := helpRE.FindStringIndex(q); k != nil && allUnits(q[:k[0]]) {
				for _, n := range splitUnits(q[:k[0]]) {
					if !seen[n] && !vagueRE.MatchString(n) {
						seen[n] = true
						duties = append(duties, Duty{n, Supports})
					}
				}
			}
		}
		if with, ok := strings.CutPrefix(rest, "会同"); ok {
			names, _ := who(with)
			for _, n := range names {
				if !seen[n] && !vagueRE.MatchString(n) {
					seen[n] = true
					duties = append(duties, Duty{n, Supports})
				}
			}
		}
	}
	n := narrow(s)
	for _, m := range askRE.FindAllStringIndex(n, -1) {
		if names, rest := who(n[m[1]:]); names != nil {
			asked = asked || strings.Contains(n[m[0]:m[1]], "请")
			add(names, rest)
		}
	}
	if duties != nil {
		return duties, asked
	}
	head := strings.TrimLeft(n, " 　")
	if m := minuteRE.FindStringIndex(head); m != nil {
		head = head[m[1]:]
	}
	times := b.mentions(n)
	if names, rest := who(head); names != nil && (modalRE.MatchString(rest) || len(times) > 0 && !strings.HasPrefix(rest, "，")) {
		add(names, rest)
	}
	sort.SliceStable(times, func(i, j int) bool { return times[i].from < times[j].from })
	for _, m := range times {
		if !m.marked {
			continue
		}
		clause := n[:m.from] // 2020年起，国家卫生健康委每年3月底前
		if i := strings.LastIndexAny(clause, "，。；"); i >= 0 {
			clause = clause[i:]
		}
		clause = strings.TrimLeft(clause, "，。； ")
		if names, rest := who(clause); names != nil && strings.Trim(rest, "于在要应当须需将原则上，") == "" {
			add(names, rest)
			continue
		}
		if names, rest := who(strings.TrimLeft(n[m.to:], " ，,")); names != nil && rest != "" {
			add(names, rest)
		}
	}
	return duties, false
}
