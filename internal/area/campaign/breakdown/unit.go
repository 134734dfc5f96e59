package breakdown

import (
	"strings"
	"unicode/utf8"
)

// unitEnd matches the last word of a body's name.
var unitEnd = compile(`(?:部|委|局|办|办公室|政府|单位|部门|中心|街道|镇|乡|公司|集团|银行|支行|分行|署|院|会|处|站|队|所|室|组|厅|社|工商联|残联|文联|妇联|科协|侨联|团委|法院|学校|大学|中学|小学|医院|党校|专班|指挥部|园区|开发区|高新区|工业区|新区|景区|林场|农场|水库|馆|台|协会|学会|企业|机构|公安|税务|县|市|区|省|村|社区|厂|园|人行|总队|军分区|武装部|科|司|中队|党工委|行|各地|地方|联盟|基地|港口|海关|总署|消防|供电|电信|移动|联通|铁塔|邮政|烟草|气象|气象台|文旅投|城投|交投|各方|领导小组|专项小组|分局|成员)$`)

// joint matches "和" and its like between two names.
var joint = compile(`(?:以及|和|及|与)`)

// weakEnd is an ending that is as often part of a longer name: 农业农村和水利局.
var weakEnd = compile(`(?:社会|干部|农村|社区|村|区|市|县|省|社|行|园|科|司|台|处|站)$`)

var (
	placeEnd  = compile(`(?:区|县|市|省|镇|乡|街道|村|政府|管委会|办事处)$`)
	etcRE     = compile(`等(?:\d+个|[一二三四五六七八九十]+[个家]|各|多个|多家)?(?:市级|区级|县级|省级|区直|市直|县直|中央|国务院)?(?:各)?(?:有关|相关|责任|成员|职能|主管)?(?:部门|单位|方面|各方|企业|机构)?(?:(?:和|及|、|与)(?:有关|相关|各)?(?:部门|单位|方面|企业|机构|地方|地区))*(?:共同|联合)?$`)
	vagueRE   = compile(`^(?:其他|其它)?(?:有关|相关|责任|其他|其它|成员)(?:部门|单位|方面|各方|机构|地方|地区)?(?:(?:和|及|与)(?:有关|相关)?(?:部门|单位|方面|地方|地区))?$|^地方$`)
	mannerRE  = compile(`(?:按照?(?:各自)?(?:职责|职能|分工)+(?:分工)?|按(?:责任|任务)分工|根据职责分工|按?分工|依据?职责(?:分工)?|在?各自职责范围内|在职责范围内|分别|共同|联合|各自|统筹|具体|各负其责|协同|密切|积极|全力|一并|合力|抓好|组织|结合实际(?:情况)?|因地制宜|认真|抓紧|按要求|依法)+$`)
	leadInRE  = compile(`^(?:[（(\s]*\d+[.．、)）])?(?:由|请|责成|并由|须由|应由|拟由|其中|以及|和|及|与|会同|联合|会商|以|：|:|--?|—+)+`)
	innerRE   = compile(`[（(\[【〔][^（）()\[\]【】〔〕]*[)）\]】〕]`)
	markRE    = compile(`[★☆*※▲△●]+`)
	stopWords = compile(`(?:的|应当|必须|可以|不得|如果|超过|达到|以上|以下|其他|不含|包括|下同|简称|根据|按照|见附件|例如|例|即|指)`)
)

// Brackets that belong to a name (各乡镇（街道）), and the stops in them, travel
// as these runes.
const innerOpen, innerShut, innerStop = '\ue000', '\ue001', '\ue002'

// placeKinds is the bracket of 各县（市、区）人民政府 and 各乡（镇）.
var placeKinds = compile(`^(?:[省市区县镇乡场旗盟州]|自治[区州县旗]|直辖市|兵团|街道|街|园区|办事处|管委会|开发区|功能区|社区|管区|、|，)+$`)

var innerName = compile(`[（(\x{e000}][^）)\x{e001}]*[）)\x{e001}]$`)

// keepInner keeps a bracket inside a list if it holds a body's name and drops
// it if it holds anything else.
func keepInner(b string) string {
	_, w := utf8.DecodeRuneInString(b)
	_, v := utf8.DecodeLastRuneInString(b)
	in := strings.TrimSpace(b[w : len(b)-v])
	if placeKinds.MatchString(in) {
		return string(innerOpen) + strings.NewReplacer("、", string(innerStop), "，", string(innerStop)).Replace(in) + string(innerShut)
	}
	if !isUnit(in) || strings.ContainsAny(in, "、，,；;。 ") {
		return ""
	}
	return string(innerOpen) + in + string(innerShut)
}

// notName are words that end as a name does and are none.
var notName = compile(`^(?:出台|平台|后台|社会|机会|召开会|执行|推行|实行|试行|进行|发行|先行|运行|并行|银行业|落地|全部|内部|外部|干部|一部|部分|结合部|布局|格局|结局|大局|全局|创办|督办|交办|主办|承办|协办|筹办|举办|会同|现场会|基地建设|园区建设|全市|全区|全县|全省|全镇|全村|本市|本区|本县|本省|小组|一组|场所|住所|研究所需|车站|网站|城镇|乡镇企业|中心城区|主城区|建成区|片区|山区|地区|老区|库区|灾区|辖区|小区|街区|景区建设|示范区|试验区|功能区|居民小区|法治社会|和谐社会)$`)

// doingRE begins what is to be done (开工建设老年大学), however it ends; an office may be named so (推进办).
var (
	doingRE = compile(`^(?:新建[^区县]|改建|扩建|迁建|续建|修建|开工|建成|启动|完成|加快|推进|推动|实施|开展|新增|打造|力争|确保|继续)`)
	roleRE  = compile(`[为是](?:牵头|配合|责任|主办|协办|参与)(?:单位|部门)$`) // 区交通局为牵头单位
	deskRE  = compile(`(?:办|办公室|小组|工作组|指挥部|专班|局|委)$`)
)

// isUnit reports whether s can be the name of a body.
func isUnit(s string) bool {
	if len(s) > 8*maxName {
		return false
	}
	s = innerName.ReplaceAllString(strings.TrimSuffix(s, leadSign), "")
	n := utf8.RuneCountInString(s)
	return n >= 2 && n <= maxName && unitEnd.MatchString(s) && !notName.MatchString(s) && !roleRE.MatchString(s) && (n < 6 || !doingRE.MatchString(s) || deskRE.MatchString(s))
}

// splitUnits cuts a list of names (A、B和C等有关部门) into names, in order. What
// only says "and other bodies concerned" is dropped unless nothing else is left.
func splitUnits(s string) []string {
	for i := 0; i < 3; i++ {
		t := innerRE.ReplaceAllStringFunc(s, keepInner)
		if t == s {
			break
		}
		s = t
	}
	fields := onePlace(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、，,；;/|\n\r\t。", r) }))
	ended := false
	var out, vague []string
	seen := map[string]bool{}
	for _, f := range fields {
		// The list is over where other words stand behind a name: …、各区政府 合计 新辟线路
		if words := strings.Fields(f); len(words) > 2 && isUnit(words[0]) && otherWords(words[1:]) {
			f, ended = words[0], true
		} else if ended && !isUnit(f) {
			continue
		}
		for _, p := range strings.Fields(spaced(f)) {
			for _, name := range splitJoint(p) {
				name = strings.NewReplacer(string(innerOpen), "（", string(innerShut), "）", string(innerStop), "、").Replace(tidyUnit(name))
				if name == "" || seen[name] || utf8.RuneCountInString(name) < 2 || utf8.RuneCountInString(name) > maxName {
					continue
				}
				seen[name] = true
				if vagueRE.MatchString(name) {
					vague = append(vague, name)
				} else {
					out = append(out, name)
				}
			}
		}
	}
	if out == nil {
		return vague
	}
	return out
}

// otherWords reports whether words name no body and are no name spread out (区委 办 公 室).
func otherWords(words []string) bool {
	whole := 0
	for _, w := range words {
		if isUnit(w) {
			return false
		}
		if utf8.RuneCountInString(w) > 1 {
			whole++
		}
	}
	return whole > 1
}

var (
	eachPlace = compile(`^\s*各(?:[省市县区旗乡镇]|街道|自治[区州县]|开发区|园区){1,2}$`)
	barePlace = compile(`^(?:[市县区旗乡镇]|街道|自治[区州县]|开发区|园区)(?:人民政府|政府|办事处|管委会|党委|党工委)`)
)

// onePlace keeps 各县、区人民政府 together: the second word is no body of its own.
func onePlace(fields []string) []string {
	var out []string
	for i := 0; i < len(fields); i++ {
		f := fields[i]
		for i+1 < len(fields) && eachPlace.MatchString(fields[i]) && (barePlace.MatchString(fields[i+1]) || eachPlace.MatchString("各"+strings.TrimSpace(fields[i+1]))) {
			i++
			f += string(innerStop) + fields[i]
			fields[i] = "各" + strings.TrimSpace(fields[i])
		}
		out = append(out, f)
	}
	return out
}

// spaced removes spaces that only spread a name out (区 委 办) and keeps those
// that part two names.
func spaced(s string) string {
	parts := strings.Fields(narrow(s))
	for _, p := range parts {
		if !isUnit(p) {
			return strings.Join(parts, "")
		}
	}
	return strings.Join(parts, " ")
}

// splitJoint parts "财政部和各省级人民政府" but not "文化和旅游部".
func splitJoint(s string) []string {
	for _, m := range joint.FindAllStringIndex(s, -1) {
		left, right := s[:m[0]], s[m[1]:]
		bare := strings.TrimSpace(right)
		if strings.HasPrefix(bare, "单位") || strings.HasPrefix(bare, "部门") || strings.HasPrefix(bare, "有关") || strings.HasPrefix(bare, "相关") {
			if etcRE.MatchString(s) || strings.HasPrefix(bare, "单位") || strings.HasPrefix(bare, "部门") {
				continue // 各有关部门和单位 is one address
			}
		}
		if !isUnit(left) || !isUnit(bare) && !etcRE.MatchString(bare) {
			continue
		}
		next := bare // the name right after
		if k := joint.FindStringIndex(bare); k != nil {
			next = bare[:k[0]]
		}
		if weakEnd.MatchString(left) && !placeEnd.MatchString(next) && !strings.HasPrefix(left, "各") && !strings.HasPrefix(bare, "各") {
			continue
		}
		return append([]string{left}, splitJoint(bare)...)
	}
	return []string{s}
}

// tidyUnit strips what is not part of the name.
func tidyUnit(s string) string {
	s = markRE.ReplaceAllString(s, "")
	for i := 0; i < 4; i++ {
		before := s
		s = strings.Trim(s, " 　。，,、；;：:“”\"'.-—")
		s = leadInRE.ReplaceAllString(s, "")
		s = mannerRE.ReplaceAllString(s, "")
		if t := etcRE.ReplaceAllString(s, ""); t != "" {
			s = t
		}
		if s == before {
			break
		}
	}
	if strings.ContainsAny(s, "：:") { // 其他说明：… is no name
		return ""
	}
	return s
}
