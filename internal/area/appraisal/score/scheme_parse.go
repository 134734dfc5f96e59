package score

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxText is the largest scheme that is read.
const maxText = 1 << 20

// SyntaxError lists everything that is wrong with a scheme's text, each with its line.
type SyntaxError struct{ Problems []Problem }

func (e *SyntaxError) Error() string {
	s := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		s[i] = p.Where + "：" + p.Message
	}
	return strings.Join(s, "\n")
}

// Parse reads a scheme from YAML. Unknown keys, wrong types, names that a formula
// does not know, a veto without legal basis are all errors with the line they stand on;
// err is then a *SyntaxError with Chinese sentences.
func Parse(text []byte) (*Scheme, error) { return ParseFor(text, nil) }

// ParseFor is Parse of a scheme that is used on given data at once: formulas may also read the names that the data carry.
func ParseFor(text []byte, names []string) (*Scheme, error) {
	if len(text) > maxText {
		return nil, &SyntaxError{[]Problem{{Level: Error, Where: "方案", Message: "方案文本超过1MB，请拆分"}}}
	}
	plain, ok := decodeText(text)
	if !ok {
		return nil, &SyntaxError{[]Problem{{Level: Error, Where: "方案", Message: "方案文件的编码看不懂，请另存为 UTF-8 文本"}}}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(plain, &doc); err != nil {
		return nil, &SyntaxError{[]Problem{{Level: Error, Where: yamlLine(err), Message: "YAML 写法不对，请检查缩进、冒号后的空格和引号"}}}
	}
	r := &reader{data: names}
	s := &Scheme{text: slices.Clone(text)}
	if doc.Kind == 0 || len(doc.Content) == 0 {
		r.failLine(1, "方案是空的")
	} else {
		r.scheme(s, r.flatten(doc.Content[0]))
	}
	if len(r.bad) > 0 {
		return nil, &SyntaxError{r.bad}
	}
	return s, nil
}

var lineNo = regexp.MustCompile(`line (\d+)`)

func yamlLine(err error) string {
	if m := lineNo.FindStringSubmatch(err.Error()); m != nil {
		return "第" + m[1] + "行"
	}
	return "方案"
}

// reader turns YAML nodes into values and collects what is wrong.
type reader struct {
	bad      []Problem
	names    []string // what formulas may name
	data     []string // what the data carry besides
	used     []string // of data, by formulas
	alias    map[string]string
	deferred []func()
}

func (r *reader) failLine(line int, format string, args ...any) {
	if len(r.bad) < 100 {
		r.bad = append(r.bad, Problem{Level: Error, Where: fmt.Sprintf("第%d行", line), Message: fmt.Sprintf(format, args...)})
	}
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) { r.failLine(n.Line, format, args...) }

// keyAlias maps the Chinese name of a key to the English one.
var keyAlias = map[string]string{
	"编号": "id", "序号": "no", "章节": "section", "名称": "name", "版本": "version", "周期": "period", "出处": "source", "说明": "note", "依据": "legal_basis", "满分": "base",
	"组别": "groups", "变量": "variables", "进位": "rounding", "缺项": "missing", "未核验": "unverified", "指标上限": "max_items", "指标": "items", "加分": "bonus", "扣分": "deduction",
	"一票否决": "veto", "晋档": "promotion", "条件": "when", "汇总": "aggregate", "等次": "grades", "末位说明": "statement", "红旗": "red", "权重": "weight", "分值": "weight", "数据指标": "indicator", "数据来源": "source_unit", "方法": "method",
	"方向": "direction", "目标值": "target", "节点": "curve", "参数": "params", "分项": "parts", "修正": "corrections", "难度系数": "coefficient", "责任系数": "share", "前提": "gate", "分期权重": "periods",
	"适用单位": "units", "逐条": "each", "逐期": "over", "附加": "extra", "最高": "max", "最低": "min", "停用": "off", "事件": "event", "每次": "per", "分段": "tiers", "最多次数": "max_count",
	"加倍角色": "double_role", "加倍条件": "double_if", "加分上限": "bonus_max", "扣分下限": "deduction_min", "后果": "effect", "权限": "authority", "公式": "formula", "封顶": "cap", "保底": "floor",
	"基本分": "base", "分档": "table", "范围": "range", "得分": "points", "且": "and",
}

func canonicalKey(k string) string {
	if e, ok := keyAlias[k]; ok {
		return e
	}
	return k
}

// object is a mapping with its keys in English.
type object struct {
	r    *reader
	node *yaml.Node
	what string
	m    map[string]*yaml.Node
}

// object reads n as a mapping that may have only the given keys.
func (r *reader) object(n *yaml.Node, what string, keys ...string) (object, bool) {
	o := object{r, n, what, map[string]*yaml.Node{}}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s应写成“名称: 内容”的若干行", what)
		return o, false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		key := meant(k.Value, keys)
		switch {
		case k.Value == "<<" || v.Kind == yaml.AliasNode:
			r.fail(k, "方案里不能用 YAML 的引用（& * <<），请把内容写全")
		case !slices.Contains(keys, key):
			r.fail(k, "%s里没有“%s”这一项%s。可写的有：%s", what, k.Value, nearest(key, keys), strings.Join(keys, "、"))
		case o.m[key] != nil:
			r.fail(k, "%s里“%s”写了两次", what, k.Value)
		default:
			o.m[key] = v
		}
	}
	return o, true
}

// nearest suggests the key that differs from k by the fewest letters.
func nearest(k string, keys []string) string {
	best, name := min(3, len([]rune(k))), "" // something must be the same
	for _, c := range keys {
		d := distance(k, c)
		if d < best || d == best && name != "" && len(c) == len(k) && len(name) != len(k) {
			best, name = d, c
		}
	}
	if name == "" {
		return ""
	}
	return "，是不是“" + name + "”"
}

func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		prev := row[0]
		row[0] = i + 1
		for j := range y {
			c := prev
			if x[i] != y[j] {
				c++
			}
			prev = row[j+1]
			row[j+1] = min(c, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}

func (o object) has(k string) bool { return o.m[k] != nil }

func (o object) line(k string) int {
	if n := o.m[k]; n != nil {
		return n.Line
	}
	return o.node.Line
}

func (o object) str(k string) string {
	n := o.m[k]
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		o.r.fail(n, "%s的“%s”应是一段文字", o.what, k)
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (o object) must(k string) string {
	s := o.str(k)
	if s == "" {
		o.r.failLine(o.line(k), "%s缺少“%s”", o.what, k)
	}
	return s
}

func (r *reader) num(n *yaml.Node, what string) Num {
	if n.Kind != yaml.ScalarNode {
		r.fail(n, "%s应是一个数", what)
		return Num{}
	}
	x, err := ParseNum(n.Value)
	if err != nil {
		if m := pointWords.FindStringSubmatch(strings.ReplaceAll(halfWidth(n.Value), " ", "")); m != nil {
			if x, err := ParseNum(m[1]); err == nil {
				return x
			}
		}
		r.fail(n, "%s：%s", what, err)
	}
	return x
}

// mostWords and fallWords are keys that say two things, by what stands under them: see short.
var (
	mostWords = []string{"最多", "最多加", "最多扣", "至多"}
	fallWords = []string{"每降一名", "每降一位", "每低一名", "每退一名"}
)

// pointWords matches a number with the words of a rule around it: 扣0.5分, 最高3分, 4次, 1.5倍.
var pointWords = regexp.MustCompile(`^(?:每次|每个|每项|每件)?(?:加|扣|减|得|计|记|最高|最多|不超过)?([-+]?[0-9][0-9./]*%?)(?:分|次|倍|个|项|件|名|期)$`)

// short reads keys that say two things, by what stands under them: 每降一名 is a share of the points (2%) or points, 最多 a number of times (4次) or points.
func (o object) short(keys []string, pick func(v string) string) {
	for _, k := range keys {
		if n := o.m[k]; n != nil && n.Kind == yaml.ScalarNode {
			delete(o.m, k)
			if to := pick(halfWidth(n.Value)); o.m[to] == nil {
				o.m[to] = n
			}
		}
	}
}

func (o object) num(k string, def Num) Num {
	if n := o.m[k]; n != nil {
		return o.r.num(n, o.what+"的“"+k+"”")
	}
	return def
}

// opt reads an optional number; "none" and "不封顶" are nil.
func (o object) opt(k string, def *Num) *Num {
	n := o.m[k]
	if n == nil {
		return def
	}
	switch strings.ToLower(n.Value) {
	case "none", "no", "null", "inf", ".inf", "+inf", "+.inf", "infinity", "∞", "+∞", "不封顶", "不限", "无":
		return nil
	}
	if n.Tag == "!!null" {
		return nil
	}
	x := o.r.num(n, o.what+"的“"+k+"”")
	return &x
}

func (o object) int(k string, def, lo, hi int) int {
	n := o.m[k]
	if n == nil {
		return def
	}
	v, err := strconv.Atoi(strings.TrimRight(halfWidth(n.Value), "个次名位项"))
	if n.Kind != yaml.ScalarNode || err != nil || v < lo || v > hi {
		o.r.fail(n, "%s的“%s”应是%d到%d的整数", o.what, k, lo, hi)
		return def
	}
	return v
}

func (o object) bool(k string) bool {
	n := o.m[k]
	if n == nil {
		return false
	}
	switch n.Value {
	case "true", "是", "yes":
		return true
	case "false", "否", "no":
		return false
	}
	o.r.fail(n, "%s的“%s”应写 true 或 false（是/否）", o.what, k)
	return false
}

// enum reads one of the given words; alias maps Chinese ones.
func (o object) enum(k, def string, alias map[string]string, words ...string) string {
	v := o.str(k)
	if v == "" {
		return def
	}
	if a, ok := alias[v]; ok {
		v = a
	} else if s := snake(v); !slices.Contains(words, v) {
		if a, ok := alias[s]; ok {
			v = a
		} else if slices.Contains(words, s) {
			v = s
		}
	}
	if !slices.Contains(words, v) {
		all := slices.Clone(words)
		for _, w := range words {
			name := methodName[Method(w)]
			for c, e := range alias { // the first Chinese word; for methods their names
				if e == w && methodName[Method(w)] == "" && c > "\u3400" && (name == "" || len(c) > len(name) || len(c) == len(name) && c < name) && len(c) <= 24 {
					name = c
				}
			}
			if name != "" {
				all = append(all, name)
			}
		}
		slices.Sort(all)
		o.r.failLine(o.line(k), "%s的“%s”不能是“%s”%s，可写：%s", o.what, k, o.str(k), nearest(o.str(k), all), strings.Join(all, "、"))
		return def
	}
	return v
}

// list returns the elements of a sequence.
func (o object) list(k string) []*yaml.Node {
	n := o.m[k]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		o.r.fail(n, "%s的“%s”应是一个列表（每行以“- ”开头，或写成 [甲, 乙]）", o.what, k)
		return nil
	}
	var out []*yaml.Node
	for _, c := range n.Content {
		if c.Kind == yaml.AliasNode {
			o.r.fail(c, "方案里不能用 YAML 的引用（& *），请把内容写全")
			continue
		}
		out = append(out, c)
	}
	return out
}

func (o object) strs(k string) []string {
	if n := o.m[k]; n != nil && n.Kind == yaml.ScalarNode && n.Value != "" {
		return []string{n.Value}
	}
	var out []string
	for _, n := range o.list(k) {
		if n.Kind != yaml.ScalarNode || n.Value == "" {
			o.r.fail(n, "%s的“%s”里应是文字", o.what, k)
			continue
		}
		out = append(out, n.Value)
	}
	return out
}

// periods reads weights by period: Q1, 一季度, 3月, 2026-03.
func (o object) periods() map[string]Num {
	in := o.table("periods")
	if in == nil {
		return nil
	}
	out := map[string]Num{}
	for _, k := range sortedKeys(in) {
		p, ok := normalPeriod(k)
		if _, twice := out[p]; !ok || p == "" {
			o.r.failLine(o.line("periods"), "%s的分期权重里，时段“%s”看不懂，请写成 Q1、一季度、3月 或 2026-03", o.what, k)
		} else if twice {
			o.r.failLine(o.line("periods"), "%s的分期权重里，时段“%s”写了两次", o.what, k)
		}
		out[p] = in[k]
	}
	return out
}

// units is strs of names of units, without padding: the data are read so as well.
func (o object) units(k string) []string {
	out := o.strs(k)
	for i := range out {
		out[i] = named(out[i])
	}
	return out
}

func (o object) nums(k string) []Num {
	var out []Num
	for _, n := range o.list(k) {
		out = append(out, o.r.num(n, o.what+"的“"+k+"”"))
	}
	return out
}

// points is opt of a number that values are compared with: 95% is 95 percentage points, as in the data.
func (o object) points(k string) *Num {
	return o.plain(k).opt(k, nil)
}

// pointsTable is table of such numbers.
func (o object) pointsTable(k string) map[string]Num { return o.plain(k).table(k) }

// plain is o with the percent signs taken off the numbers under k.
func (o object) plain(k string) object {
	n := o.m[k]
	if n == nil {
		return o
	}
	bare := func(c *yaml.Node) *yaml.Node {
		if c.Kind != yaml.ScalarNode || !strings.HasSuffix(halfWidth(c.Value), "%") {
			return c
		}
		x := *c
		x.Value = strings.TrimSuffix(halfWidth(c.Value), "%")
		return &x
	}
	out := bare(n)
	if n.Kind == yaml.MappingNode {
		x := *n
		x.Content = make([]*yaml.Node, len(n.Content))
		for i, c := range n.Content {
			x.Content[i] = c
			if i%2 == 1 {
				x.Content[i] = bare(c)
			}
		}
		out = &x
	}
	return object{o.r, o.node, o.what, map[string]*yaml.Node{k: out}}
}

// percent reports whether a number under k is written in percent.
func (o object) percent(k string) bool {
	n := o.m[k]
	if n == nil {
		return false
	}
	return strings.HasSuffix(halfWidth(n.Value), "%") || slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return strings.HasSuffix(halfWidth(c.Value), "%") })
}

// object is the mapping under k, its keys as they are; empty where there is none.
func (o object) object(k string) object {
	x := object{o.r, o.node, o.what, map[string]*yaml.Node{}}
	if n := o.m[k]; n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			x.m[meant(n.Content[i].Value, []string{"at"})] = n.Content[i+1]
		}
	}
	return x
}

// monthEnd takes the words off the month of a node: 6月底.
var monthEnd = strings.NewReplacer("月底", "", "月末", "", "月份", "", "月", "", "底", "", "前", "")

func (o object) table(k string) map[string]Num {
	n := o.m[k]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		o.r.fail(n, "%s的“%s”应写成“名称: 数”", o.what, k)
		return nil
	}
	out := map[string]Num{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		out[n.Content[i].Value] = o.r.num(n.Content[i+1], o.what+"的“"+k+"”")
	}
	return out
}

// formula compiles the expression under k once all names are known.
func (o object) formula(k, want string, extra []string, set func(*Formula)) {
	src, line, r := o.str(k), o.line(k), o.r
	if src == "" {
		return
	}
	r.deferred = append(r.deferred, func() {
		names := slices.Concat(extra, r.names)
		f, err := parseFormula(src, want, func(n string) bool {
			if slices.Contains(names, n) || slices.Contains(r.names, strings.TrimSuffix(n, "_目标")) {
				return true
			}
			base := strings.TrimSuffix(n, "_目标")
			if r.alias[base] != "" { // the checker puts the indicator's name for it
				return false
			}
			if slices.Contains(r.data, n) || slices.Contains(r.data, base) {
				if slices.Contains(r.data, n) {
					base = n
				}
				r.used = append(r.used, base)
				return true
			}
			return false
		}, names, r.alias)
		if err != nil {
			r.failLine(line, "公式“%s”%s", src, "："+err.Error())
			return
		}
		set(f)
	})
}

// itemNames are the names that exist inside an item's formula.
var itemNames = []string{"完成值", "目标值", "完成率", "权重", "组内最高", "组内最低", "组内平均", "组内名次", "单位数"}

var (
	schemeKeys = []string{"id", "name", "version", "period", "source", "note", "legal_basis", "base", "groups", "variables", "rounding", "missing", "unverified", "max_items",
		"max", "min", "ties", "items", "bonus", "deduction", "bonus_max", "deduction_min", "veto", "promotion", "aggregate", "grades", "statement"}
	periodAlias    = map[string]string{"月": "month", "季": "quarter", "季度": "quarter", "年": "year", "月度": "month", "年度": "year", "monthly": "month", "quarterly": "quarter", "yearly": "year", "annual": "year", "半年": "half_year", "half": "half_year"}
	modeAlias      = map[string]string{"四舍五入": "half_up", "四舍六入五成双": "half_even", "舍去": "down", "round_half_up": "half_up", "bankers": "half_even", "银行家": "half_even", "银行家舍入": "half_even", "五成双": "half_even", "去尾": "down", "truncate": "down", "floor": "down", "截断": "down"}
	policyAlias    = map[string]string{"剔除换算": "drop_rescale", "组均": "group_mean", "免考满分": "full_if_exempt", "记零": "zero", "drop": "drop_rescale", "rescale": "drop_rescale", "剔除": "drop_rescale", "mean": "group_mean", "组内平均": "group_mean", "full": "full_if_exempt", "exempt": "full_if_exempt", "0": "zero", "零分": "zero"}
	tiesAlias      = map[string]string{"跳过": "1224", "skip": "1224", "competition": "1224", "不跳过": "1223", "dense": "1223"}
	unverAlias     = map[string]string{"采用": "use", "记零": "zero", "按缺项": "missing"}
	directionAlias = map[string]string{"越大越好": "up", "越小越好": "down", "正向": "up", "逆向": "down", "反向": "down", "负向": "down", "逆指标": "down", "正指标": "up", "负指标": "down", "反指标": "down", "越高越好": "up", "越低越好": "down", "越多越好": "up", "越少越好": "down", "高优": "up", "低优": "down", "逆序": "down", "倒排": "down", "正向指标": "up", "逆向指标": "down", "反向指标": "down", "正": "up", "负": "down", "逆": "down",
		"positive": "up", "negative": "down", "reverse": "down", "higher": "up", "lower": "down", "higher_is_better": "up", "lower_is_better": "down", "asc": "down", "desc": "up", "+": "up", "-": "down", "max": "up", "min": "down"}
	effectAlias = map[string]string{"取消评优": "no_award", "取消评优资格": "no_award", "取消评先": "no_award", "disqualify": "no_award", "降档": "downgrade", "降等": "downgrade", "降一个等次": "downgrade", "降低一个等次": "downgrade", "不合格": "fail", "直接评为不合格": "fail", "failed": "fail"}
	eachAlias   = map[string]string{"合计": "sum", "平均": "mean", "按权重": "share"}
	methodAlias = map[string]string{"均值分档法": "vs_mean_bands", "事件计数": "count", "投票": "votes", "定额评分": "manual", "比第一": "vs_first", "排名法": "rank", "按名次赋分": "rank", "比例法": "ratio", "按比例": "ratio", "打分": "manual", "直接计分": "manual",
		"completion": "ratio", "completion_ratio": "ratio", "step_add_deduct": "step", "add_deduct": "step", "efficacy_coefficient": "efficacy", "ratio_to_first": "vs_first", "versus_first": "vs_first", "ranking": "rank", "vs_mean": "vs_mean_bands", "versus_mean": "vs_mean_bands", "mean_bands": "vs_mean_bands",
		"banded": "bands", "banded_table": "bands", "band": "bands", "all_or_nothing": "threshold", "counts": "count", "vote": "votes", "trimmed_mean": "votes", "direct": "manual", "expr": "formula", "expression": "formula", "combine": "combination", "combined": "combination", "composite": "combination", "分项": "combination"}
)

func init() {
	for m, n := range methodName {
		methodAlias[n] = string(m)
		methodAlias[strings.TrimSuffix(n, "法")] = string(m)
		methodAlias[strings.TrimPrefix(strings.TrimSuffix(n, "赋分"), "按")] = string(m)
	}
}

func (r *reader) scheme(s *Scheme, n *yaml.Node) {
	o, ok := r.object(n, "方案", schemeKeys...)
	if !ok {
		return
	}
	s.ID, s.Name, s.Version = o.str("id"), o.str("name"), o.str("version")
	switch {
	case s.ID == "" && s.Name == "":
		o.must("id")
		o.must("name")
	case s.ID == "":
		s.ID = s.Name
	case s.Name == "":
		s.Name = s.ID
	}
	if s.Version == "" {
		s.Version = "1"
	}
	s.Source, s.Note, s.LegalBasis = o.str("source"), o.str("note"), o.str("legal_basis")
	s.Period = o.enum("period", "quarter", periodAlias, "month", "quarter", "half_year", "year")
	s.Ties = o.enum("ties", "1224", tiesAlias, "1224", "1223")
	s.Base = o.num("base", Int(100))
	r.groups(s, o)
	s.Variables = o.strs("variables")
	s.Rounding = Rounding{-1, 2, 2, HalfUp}
	if rn := o.m["rounding"]; rn != nil && rn.Kind == yaml.ScalarNode {
		n := o.int("rounding", 2, 0, 9)
		s.Rounding.Item, s.Rounding.Total = n, n
	} else if rn != nil {
		if ro, ok := r.object(rn, "进位规则", "value", "item", "total", "mode"); ok {
			s.Rounding = Rounding{ro.int("value", -1, 0, 9), ro.int("item", 2, 0, 9), ro.int("total", 2, 0, 9), Mode(ro.enum("mode", "half_up", modeAlias, "half_up", "half_even", "down"))}
		}
	}
	s.Missing = Policy(o.enum("missing", "drop_rescale", policyAlias, "drop_rescale", "group_mean", "full_if_exempt", "zero"))
	s.Unverified = Unverified(o.enum("unverified", "use", unverAlias, "use", "zero", "missing"))
	s.MaxItems = o.int("max_items", 30, 1, 1000)
	s.Max, s.Min = o.opt("max", nil), o.opt("min", nil)
	s.BonusMax, s.DeductionMin = o.opt("bonus_max", nil), o.opt("deduction_min", nil)
	if s.DeductionMin != nil && s.DeductionMin.Sign() > 0 {
		r.failLine(o.line("deduction_min"), "扣分下限应写成负数，例如 -10")
	}
	o.m["items"] = listOf(o.m["items"], "id", "name", "method", "weight")
	for _, k := range []string{"bonus", "deduction", "veto"} {
		if n := o.m[k]; n != nil {
			o.m[k] = listOf(n, "event", "event", "per", "effect")
		}
	}
	if o.m["items"] == nil {
		delete(o.m, "items")
	}
	for i, c := range o.list("items") {
		if it := r.item(c, fmt.Sprintf("第%d个指标", i+1), i+1, false); it != nil {
			s.Items = append(s.Items, it)
		}
	}
	if len(s.Items) == 0 && len(r.bad) == 0 {
		r.failLine(o.line("items"), "方案里一个指标也没有")
	}
	for i, c := range o.list("bonus") {
		s.Bonus = append(s.Bonus, r.mark(c, fmt.Sprintf("第%d个加分项", i+1), "B", i+1, false))
	}
	for i, c := range o.list("deduction") {
		s.Deduction = append(s.Deduction, r.mark(c, fmt.Sprintf("第%d个扣分项", i+1), "D", i+1, true))
	}
	for i, c := range o.list("veto") {
		s.Vetoes = append(s.Vetoes, r.veto(c, fmt.Sprintf("第%d个否决项", i+1)))
	}
	for i, c := range o.list("promotion") {
		p := &Promotion{Line: c.Line}
		if po, ok := r.object(c, fmt.Sprintf("第%d个晋档条件", i+1), "name", "when"); ok {
			p.Name = po.must("name")
			po.must("when")
			po.formula("when", "是否", []string{"总分", "满分", "名次", "单位数"}, func(f *Formula) { p.When = f })
		}
		s.Promotions = append(s.Promotions, p)
	}
	r.names = slices.Clone(s.Variables)
	each := func(it *Item) {
		if !slices.Contains(r.names, it.Indicator) {
			r.names = append(r.names, it.Indicator)
		}
		if it.Coefficient != "" && !slices.Contains(r.names, it.Coefficient) {
			r.names = append(r.names, it.Coefficient)
		}
	}
	for _, it := range s.Items {
		each(it)
		for _, p := range it.Parts {
			each(p)
		}
	}
	for _, e := range sortedKeys(s.events()) { // an event's name in a formula is how often it happened
		if e != "" && !slices.Contains(r.names, e) {
			r.names = append(r.names, e)
		}
	}
	r.alias = s.aliases()
	if a := o.m["aggregate"]; a != nil {
		s.Aggregate = r.year(a)
	}
	if g := o.m["grades"]; g != nil {
		s.Grades = r.grades(g)
	}
	if st := o.m["statement"]; st != nil {
		s.Statement = r.statement(st, s.LegalBasis)
	}
	for _, f := range r.deferred {
		f()
	}
	for _, n := range r.used {
		if !slices.Contains(s.Variables, n) && !slices.Contains(r.names, n) {
			s.Variables = append(s.Variables, n)
		}
	}
	s.asPoints()
}

// asPoints turns weights written as shares of 1 into points: all of a scheme's, or those of a combination's parts.
func (s *Scheme) asPoints() {
	scale := func(items []*Item, full Num) {
		var t Num
		for _, it := range items {
			if it.Weight.Cmp(Int(1)) > 0 {
				return
			}
			if !it.Extra {
				t = t.add(it.Weight)
			}
		}
		if len(items) == 0 || t.Cmp(Int(1)) != 0 || full.Cmp(Int(1)) <= 0 {
			return
		}
		for _, it := range items {
			it.scale(full)
		}
	}
	for _, it := range s.Items {
		scale(it.Parts, it.Weight)
	}
	scale(s.Items, s.Base)
}

// scale multiplies the item's weight, and what was worked out from it.
func (it *Item) scale(k Num) {
	it.Weight = it.Weight.mul(k)
	for i := range it.P.Table {
		if b := &it.P.Table[i]; b.rated {
			b.Points = b.Points.mul(k)
		}
	}
	for p, w := range it.PeriodWeights {
		it.PeriodWeights[p] = w.mul(k)
	}
	for _, p := range it.Parts {
		p.scale(k)
	}
}

// groups reads the groups: a list of names, of {name, base, units}, or names with their units or full marks.
func (r *reader) groups(s *Scheme, o object) {
	n := o.m["groups"]
	if n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			g := Group{Name: n.Content[i].Value, Base: s.Base}
			switch v := n.Content[i+1]; v.Kind {
			case yaml.SequenceNode:
				for _, u := range v.Content {
					g.Units = append(g.Units, named(u.Value))
				}
			case yaml.MappingNode:
				if q, ok := r.object(v, "组别", "base", "units"); ok {
					g.Base, g.Units = q.num("base", s.Base), q.units("units")
				}
			default:
				g.Base = r.num(v, "组别“"+g.Name+"”的满分")
			}
			s.Groups = append(s.Groups, g)
		}
		return
	}
	if n != nil && n.Kind == yaml.ScalarNode && n.Value != "" {
		s.Groups = append(s.Groups, Group{Name: n.Value, Base: s.Base})
		return
	}
	for _, g := range o.list("groups") {
		if g.Kind == yaml.ScalarNode {
			s.Groups = append(s.Groups, Group{Name: g.Value, Base: s.Base})
		} else if q, ok := r.object(g, "组别", "name", "base", "units"); ok {
			s.Groups = append(s.Groups, Group{Name: q.must("name"), Base: q.num("base", s.Base), Units: q.units("units")})
		}
	}
}

var itemKeys = []string{"id", "no", "section", "name", "weight", "indicator", "source_unit", "method", "direction", "target", "curve", "params", "parts", "corrections", "coefficient",
	"coefficient_on", "share", "gate", "missing", "periods", "groups", "units", "each", "over", "extra", "max", "min", "off", "formula", "note", "measure"}

var paramKeys = map[Method][]string{
	Ratio: {"cap", "floor"}, Step: {"base", "k_up", "k_down", "max_add", "max_deduct", "relative", "whole", "cap", "floor"}, Efficacy: {"d_min", "d_span", "satisfied", "unacceptable"},
	VsFirst: {"cap", "floor"}, ByRank: {"delta", "per_place", "places", "rest", "given", "floor"}, VsMean: {"base", "width", "divisors", "mean", "cap", "floor"}, Bands: {"table", "on"}, Threshold: {"at"},
	Count: {"base", "per", "tiers", "whole", "cap", "floor"}, Votes: {"full", "trim"}, Manual: {"cap", "floor"}, ByFormula: {"formula", "cap", "floor"}, Combination: {"cap", "floor"},
}

// besides are the parameters that people write beside the item's keys instead of under params.
var besides = []string{"cap", "floor", "base", "k_up", "k_down", "max_add", "max_deduct", "relative", "whole", "d_min", "d_span", "satisfied", "unacceptable", "delta", "per_place", "places", "rest", "given",
	"width", "divisors", "table", "at", "per", "tiers", "full", "trim"}

func (r *reader) item(n *yaml.Node, what string, no int, part bool) *Item {
	keys := itemKeys
	if slices.ContainsFunc(n.Content, func(c *yaml.Node) bool {
		return c.Kind == yaml.ScalarNode && slices.Contains(besides, meant(c.Value, besides))
	}) {
		keys = slices.Concat(itemKeys, besides)
	}
	o, ok := r.object(n, what, keys...)
	if !ok {
		return nil
	}
	if o.str("name") == "" && o.has("indicator") { // an item may be called by what it reads
		o.m["name"] = o.m["indicator"]
	}
	it := &Item{Line: n.Line, Name: o.must("name")}
	if it.Name != "" {
		what = "指标“" + it.Name + "”"
		o.what = what
	}
	it.No, it.Section = o.str("no"), o.str("section")
	it.ID = o.str("id")
	if it.ID == "" {
		it.ID = it.No
	}
	if it.ID == "" {
		it.ID = strconv.Itoa(no)
	}
	it.Indicator = o.str("indicator")
	if it.Indicator == "" {
		it.Indicator = it.Name
	}
	it.Extra, it.Off = o.bool("extra"), o.bool("off")
	it.Weight = o.num("weight", Num{})
	if !o.has("weight") && !it.Extra {
		r.fail(n, "%s缺少“weight”（分值）", what)
	}
	if it.Weight.Sign() < 0 {
		r.failLine(o.line("weight"), "%s的分值不能是负数；要扣分请写在 deduction（扣分）里", what)
	}
	it.SourceUnit = o.str("source_unit")
	var words []string
	for m := range methodName {
		words = append(words, string(m))
	}
	slices.Sort(words)
	m := o.enum("method", "", methodAlias, words...)
	if m == "" {
		if o.str("method") == "" {
			r.fail(n, "%s缺少“method”（计分方法）", what)
		}
		return nil
	}
	it.Method = Method(m)
	it.Down = o.enum("direction", "up", directionAlias, "up", "down") == "down"
	if n := o.m["target"]; n != nil && n.Kind == yaml.ScalarNode && n.Value != "" {
		if _, err := ParseNum(strings.TrimSuffix(n.Value, "%")); err == nil { // 100% is 100 percentage points, as in the data
			x, _ := ParseNum(strings.TrimSuffix(n.Value, "%"))
			it.Target = &x
		} else if n.Tag != "!!null" {
			it.TargetRef = strings.TrimSpace(n.Value)
		}
	} else if n != nil && n.Tag != "!!null" {
		r.fail(n, "%s的目标值应是一个数，或者数据里的一个名称", what)
	}
	curve := o.pointsTable("curve")
	for _, m := range sortedKeys(curve) {
		n, err := strconv.Atoi(strings.TrimPrefix(monthEnd.Replace(halfWidth(m)), "0"))
		if err != nil || n < 1 || n > 12 {
			r.failLine(o.line("curve"), "%s的节点“%s”应是 1 到 12 的月份，例如 {6: 50, 8: 80, 10: 100}", what, m)
			continue
		}
		it.Curve = append(it.Curve, Node{n, curve[m]})
	}
	slices.SortFunc(it.Curve, func(a, b Node) int { return a.Month - b.Month })
	r.coefficient(it, o)
	it.CoefficientOnPoints = o.enum("coefficient_on", "value", map[string]string{"值": "value", "得分": "points"}, "value", "points") == "points"
	it.Share, it.PeriodWeights = o.share(), o.periods()
	it.Groups, it.Units = o.strs("groups"), o.units("units")
	it.Each = o.enum("each", "", eachAlias, "sum", "mean", "share")
	it.Over = o.enum("over", "", eachAlias, "sum", "mean")
	it.Max, it.Min = o.opt("max", nil), o.opt("min", nil)
	it.Missing = Policy(o.enum("missing", "", policyAlias, "drop_rescale", "group_mean", "full_if_exempt", "zero"))
	o.formula("gate", "是否", nil, func(f *Formula) { it.Gate = f })
	for i, c := range o.list("corrections") {
		it.Corrections = append(it.Corrections, Correction{})
		if co, ok := r.object(c, fmt.Sprintf("%s的第%d个修正项", what, i+1), "expr", "cap", "max", "min", "formula", "name"); ok {
			cap := co.opt("cap", nil)
			x := &it.Corrections[i]
			if cap != nil {
				lo := cap.neg()
				x.Max, x.Min = cap, &lo
			}
			x.Max, x.Min = co.opt("max", x.Max), co.opt("min", x.Min)
			key := "expr"
			if co.has("formula") {
				key = "formula"
			}
			co.must(key)
			co.formula(key, "数", itemNames[:4], func(f *Formula) { it.Corrections[i].Expr = f })
		}
	}
	r.params(it, o)
	it.Percent = !it.P.Relative && it.Each == "" && (o.percent("target") || o.percent("curve") || o.percent("at") || o.object("params").percent("at") || it.Method == Bands && it.P.inPercent() && it.P.OnRate != "rate")
	for i, c := range o.list("parts") {
		if part {
			r.fail(c, "%s：分项里不能再套分项", what)
			break
		}
		if p := r.item(c, fmt.Sprintf("%s的第%d个分项", what, i+1), i+1, true); p != nil {
			if p.Groups == nil && p.Units == nil {
				p.Groups, p.Units = it.Groups, it.Units
			}
			it.Parts = append(it.Parts, p)
		}
	}
	if (it.Method == Combination) != (len(it.Parts) > 0) && len(r.bad) == 0 {
		r.fail(n, "%s：“组合法”要写“parts”（分项），其他方法不能写", what)
	}
	if it.Each != "" && slices.Contains([]Method{Efficacy, VsFirst, VsMean, Votes, Combination}, it.Method) || it.Each != "" && it.Method == ByRank && !it.P.Given {
		r.fail(n, "%s：%s要比较各单位，不能逐条计分（each）", what, it.Method)
	}
	if it.Over != "" && (it.Each != "" || it.Method == Combination) {
		r.fail(n, "%s：“over”不能与“each”或组合法同用", what)
	}
	return it
}

// coefficient reads the name of the unit's row that multiplies, or the numbers themselves: one for all, or by unit.
func (r *reader) coefficient(it *Item, o object) {
	n := o.m["coefficient"]
	if n == nil {
		return
	}
	if n.Kind == yaml.MappingNode {
		it.Coefficient, it.CoefficientBy = "难度系数", o.table("coefficient")
		return
	}
	it.Coefficient = o.str("coefficient")
	if k, err := ParseNum(it.Coefficient); err == nil {
		it.Coefficient, it.CoefficientBy = "难度系数", map[string]Num{"": k}
	}
}

// share reads what each role counts; the bare words of domain 13.15 are 主办 1 and 协办 0.5, and custom leaves it to the rows.
func (o object) share() map[string]Num {
	n := o.m["share"]
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		half, _ := Int(1).quo(Int(2))
		switch snake(n.Value) {
		case "host", "cohost", "co_host", "主办", "协办":
			return map[string]Num{"主办": Int(1), "协办": half}
		case "custom", "自定", "none", "":
			return nil
		}
	}
	out := map[string]Num{}
	for k, v := range o.table("share") {
		out[roleName(k)] = v
	}
	return out
}

func (r *reader) params(it *Item, o object) {
	one, zero := Int(1), Num{}
	p := &it.P
	*p = Params{DMin: Int(60), DSpan: Int(40), Width: Int(10), MeanOf: "group", Full: Int(100)}
	n := o.m["params"]
	if n == nil || n.Tag == "!!null" {
		n = &yaml.Node{Kind: yaml.MappingNode, Line: o.node.Line}
	}
	if n.Kind == yaml.MappingNode {
		for _, k := range besides {
			if v := o.m[k]; v != nil {
				n = &yaml.Node{Kind: n.Kind, Line: n.Line, Content: append(slices.Clone(n.Content), &yaml.Node{Kind: yaml.ScalarNode, Value: k, Line: v.Line}, v)}
			}
		}
	}
	if it.Method == ByFormula && o.has("formula") {
		n = &yaml.Node{Kind: n.Kind, Line: n.Line, Content: append(slices.Clone(n.Content), &yaml.Node{Kind: yaml.ScalarNode, Value: "formula", Line: o.line("formula")}, o.m["formula"])}
	} else if o.has("formula") {
		r.failLine(o.line("formula"), "%s：只有公式法才写“formula”", o.what)
	}
	keys := paramKeys[it.Method]
	if it.Method == ByRank {
		keys = slices.Concat(keys, fallWords)
	}
	q, ok := r.object(n, o.what+"（"+it.Method.String()+"）的参数", keys...)
	if !ok {
		return
	}
	q.short(fallWords, func(v string) string {
		if strings.HasSuffix(v, "%") {
			return "delta"
		}
		return "per_place"
	})
	switch it.Method {
	case Count, Manual, ByFormula, Combination: // there they can only mean points
		if hi := q.opt("cap", nil); hi != nil && it.Max == nil {
			it.Max = hi
		}
		if lo := q.opt("floor", nil); lo != nil && it.Min == nil {
			it.Min = lo
		}
	}
	switch it.Method {
	case Ratio, VsFirst:
		p.Cap, p.Floor = q.opt("cap", &one), q.opt("floor", &zero)
	case Step:
		p.Base = q.opt("base", nil)
		p.Up, p.Down = q.slopes("k_up"), q.slopes("k_down")
		p.MaxAdd, p.MaxDeduct = q.opt("max_add", nil), q.opt("max_deduct", nil)
		p.Relative, p.Whole = q.bool("relative"), q.bool("whole")
		r.stepLimits(it, q)
		if len(p.Up)+len(p.Down) == 0 {
			r.fail(o.node, "%s：加减分法至少要写 k_up（每超1加几分）或 k_down（每欠1扣几分）", o.what)
		}
	case Efficacy:
		p.DMin, p.DSpan = q.num("d_min", Int(60)), q.num("d_span", Int(40))
		p.Satisfied, p.Unacceptable = q.points("satisfied"), q.points("unacceptable")
		if (p.Satisfied == nil) != (p.Unacceptable == nil) {
			r.fail(n, "%s：满意值（satisfied）和不允许值（unacceptable）要么都写，要么都不写", o.what)
		} else if p.Satisfied != nil && p.Satisfied.Cmp(*p.Unacceptable) == 0 {
			r.fail(n, "%s：满意值和不允许值不能相等", o.what)
		}
	case ByRank:
		p.Delta, p.PerPlace = q.opt("delta", nil), q.opt("per_place", nil)
		p.Places, p.Rest, p.Given, p.Floor = q.places(), q.num("rest", Num{}), q.bool("given"), q.opt("floor", &zero)
		k := 0
		for _, b := range []bool{p.Delta != nil, p.PerPlace != nil, len(p.Places) > 0} {
			if b {
				k++
			}
		}
		if k != 1 {
			r.fail(o.node, "%s：按排名赋分要在 delta（每降一名少几成）、per_place（每降一名少几分）、places（各名次得分）中选写一个", o.what)
		}
	case VsMean:
		p.Base = q.opt("base", nil)
		p.Width, p.Divisors = q.num("width", Int(10)), q.nums("divisors")
		if x, err := ParseNum(strings.TrimSuffix(q.str("mean"), "%")); err == nil {
			p.MeanOf, p.Mean = "number", x
		} else {
			p.MeanOf = q.enum("mean", "group", map[string]string{"组内平均": "group", "目标值": "target", "average": "group"}, "group", "target")
		}
		base := it.Weight
		if p.Base != nil {
			base = *p.Base
		}
		if hi := q.opt("cap", nil); hi != nil && it.Max == nil {
			if hi.Cmp(base) < 0 && hi.Cmp(Int(1)) >= 0 { // “封顶为基本分的1.5倍”: points below the base would be no ceiling
				x := hi.mul(base)
				hi = &x
			}
			it.Max = hi
		}
		if lo := q.opt("floor", nil); lo != nil && it.Min == nil {
			it.Min = lo
		}
		if p.Width.Sign() <= 0 {
			r.fail(n, "%s：每段宽度 width 必须大于零", o.what)
		}
		if len(p.Divisors) == 0 {
			p.Divisors = []Num{Int(20), Int(40), Int(60)}
		}
		for _, d := range p.Divisors {
			if d.Sign() <= 0 {
				r.fail(n, "%s：除数 divisors 必须大于零", o.what)
			}
		}
	case Bands:
		p.OnRate = q.enum("on", "", map[string]string{"完成值": "value", "完成率": "rate", "completion": "rate"}, "value", "rate")
		r.bands(it, q)
		if len(p.Table) == 0 {
			r.fail(o.node, "%s：分档法要写 table（分档表）", o.what)
		}
	case Threshold:
		p.At = q.points("at")
	case Count:
		p.Base, p.Per, p.Tiers, p.Whole = q.opt("base", nil), q.num("per", Num{}), q.slopes("tiers"), q.bool("whole")
		if !q.has("per") && len(p.Tiers) == 0 {
			r.fail(o.node, "%s：计数法要写 per（每次几分）或 tiers（分段）", o.what)
		}
	case Votes:
		p.Full = q.num("full", Int(100))
		if x, err := ParseNum(q.str("trim")); err == nil && x.Sign() > 0 && x.Cmp(Int(1)) < 0 {
			p.TrimRate = x // 0.1 or 10%: that share of the votes at each end
		} else {
			p.Trim = q.int("trim", 0, 0, 50)
		}
		if p.Full.Sign() <= 0 {
			r.fail(n, "%s：一票的满分 full 必须大于零", o.what)
		}
	case ByFormula:
		q.must("formula")
		q.formula("formula", "数", itemNames, func(f *Formula) { p.Formula = f })
	}
}

// slopes reads a number, or a list of {to, k}.
func (o object) slopes(k string) []Slope {
	n := o.m[k]
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		if x, ok := stepWords(n.Value); ok {
			return []Slope{{K: x}}
		}
		return []Slope{{K: o.r.num(n, o.what+"的“"+k+"”")}}
	}
	var out []Slope
	for i, c := range o.list(k) {
		if so, ok := o.r.object(c, fmt.Sprintf("%s“%s”的第%d段", o.what, k, i+1), "to", "k", "per"); ok {
			key := "k"
			if so.has("per") {
				key = "per"
			}
			so.must(key)
			out = append(out, Slope{so.points("to"), so.num(key, Num{})})
		}
	}
	for i, s := range out {
		if i+1 < len(out) && s.To == nil {
			o.r.fail(n, "%s的“%s”：只有最后一段可以不写 to", o.what, k)
		}
	}
	if len(out) > 0 && out[len(out)-1].To != nil {
		o.r.fail(n, "%s的“%s”：最后一段不要写 to（表示一直到底），否则更远的部分没有规则", o.what, k)
	}
	return out
}

var stepText = regexp.MustCompile(`^每(?:超过|超出|超额|超|多|少|欠|低于|低|高于|高|差|增加|增|减少|减|降低|降)?(\d+(?:\.\d+)?)(%|个?百分点|个|项|件|次|户|亿元|万元|亩|分|天|名)?[,，]?(?:则)?(?:加|扣|减|得)(\d+(?:\.\d+)?)分?$`)

// stepWords reads a rate as rules write it: 每2%加1分 is 1/2 for each percentage point.
func stepWords(s string) (Num, bool) {
	m := stepText.FindStringSubmatch(strings.ReplaceAll(halfWidth(s), " ", ""))
	if m == nil {
		return Num{}, false
	}
	per, err := ParseNum(m[1])
	pts, err2 := ParseNum(m[3])
	if err != nil || err2 != nil {
		return Num{}, false
	}
	return pts.quo(per)
}

var (
	bandMath = regexp.MustCompile(`^([\[(])\s*([^,，]*)\s*[,，]\s*([^\])]*)\s*([\])])$`)
	bandCN   = regexp.MustCompile(`^(?:([-0-9./%]+)(以上|（含）以上|\(含\)以上|含以上|（不含）以上|\(不含\)以上))?(?:(?:不足|未满|低于|小于)([-0-9./%]+)|([-0-9./%]+)(以下|（含）以下|\(含\)以下|（不含）以下|\(不含\)以下))?$`)
	bandCmp  = regexp.MustCompile(`^(>=|<=|>|<|≥|≤|＞|＜)\s*([-0-9./%]+)$`)
	bandDash = regexp.MustCompile(`^([0-9./]+%?)-([0-9./]+%?)$`)
)

// ranges are the words that may stand around the numbers of a range, and the sign each one is.
var rangeWords = strings.NewReplacer(" ", "", "分", "", "大于等于", ">=", "不低于", ">=", "不少于", ">=", "不小于", ">=", "至少", ">=", "小于等于", "<=", "不高于", "<=", "不超过", "<=", "不大于", "<=", "至多", "<=",
	"超过", ">", "高于", ">", "大于", ">", "多于", ">", "低于", "不足", "少于", "不足", "小于", "不足", "未满", "不足", "及以上", "以上", "及以下", "以下", "以内", "以下", "≥", ">=", "≤", "<=", "（", "(", "）", ")", "，", ",", "至", "-", "～", "-", "~", "-", "—", "-", "–", "-")

var (
	bandBoth  = regexp.MustCompile(`^([-0-9./%]+)(<=?)(?:x|X|完成值|完成率)(<=?)([-0-9./%]+)$`)
	bandNamed = regexp.MustCompile(`^(?:x|X|完成值|完成率)(>=|<=|>|<)([-0-9./%]+)$`)
	bandTwo   = regexp.MustCompile(`^(>=?)([-0-9./%]+)(?:且|,|and|&&)?(<=?|不足)([-0-9./%]+)$`)
)

// countUnit is a word for things that are counted.
var countUnit = regexp.MustCompile(`[0-9](?:个|项|件|次|户|名|家|人|位|处|起|宗)`)

// bandUnit is a measure word behind a number of a range: 3个以上, 5-10亿元.
var bandUnit = regexp.MustCompile(`([0-9.])(?:个|项|件|次|户|名|家|人|位|处|起|宗|天|日|亩|公里|吨|[万亿千百]*元)`)

// bandNum reads an end of a range; nil is no end.
func (r *reader) bandNum(b *Band, what, t string) *Num {
	t = strings.TrimSuffix(t, "%")
	switch strings.ToLower(t) {
	case "", "-", "-inf", "inf", "+inf", ".inf", "-.inf", "-∞", "+∞", "∞":
		return nil
	}
	x, err := ParseNum(t)
	if err != nil {
		r.failLine(b.Line, "%s的范围“%s”：%s", what, b.Text, err)
		return nil
	}
	return &x
}

// band reads a range of an object: "[80,90)", ">=90", "80以上不足90", "90以上", "60以下", "80-90", "80<=x<90", 其余; or its ends under from and to.
// 以上 and 以下 include the number, as the Civil Code art. 1259 does; 不足 and 超过 do not. "80-90" and {from: 80, to: 90} are [80,90), unless
// no other band has the 90.
func (r *reader) band(o object) Band {
	b := Band{Line: o.node.Line}
	if !o.has("range") {
		ends := []string{"from", "above", "to", "upto"}
		if !slices.ContainsFunc(ends, o.has) {
			o.must("range")
			return b
		}
		get := func(k, sign string) *Num {
			if o.has(k) {
				x := r.bandNum(&b, o.what, halfWidth(o.str(k)))
				if x != nil {
					if b.Text != "" {
						b.Text += "且"
					}
					b.Text += sign + x.String()
				}
				return x
			}
			return nil
		}
		if b.From = get("from", "≥"); b.From != nil {
			b.FromIncl = true
		} else {
			b.From = get("above", "＞")
		}
		if b.To = get("to", "＜"); b.To == nil {
			if b.To = get("upto", "≤"); b.To != nil {
				b.ToIncl = true
			}
		}
		b.loose = !b.ToIncl
		if b.From == nil && b.To == nil {
			b.Text = "其余"
		}
		r.emptyBand(b, o.what)
		return b
	}
	b.Text, b.Line = o.must("range"), o.line("range")
	r.readRange(&b, o.what)
	return b
}

// readRange reads b.Text.
func (r *reader) readRange(b *Band, what string) {
	s := rangeWords.Replace(halfWidth(b.Text))
	b.counted = countUnit.MatchString(s)
	s = bandUnit.ReplaceAllString(s, "$1")
	num := func(t string) *Num { return r.bandNum(b, what, t) }
	switch s {
	case "":
		return
	case "其余", "其他", "其它", "otherwise", "else", "other", "others", "default", "*":
		return
	}
	if m := bandMath.FindStringSubmatch(s); m != nil {
		b.From, b.To, b.FromIncl, b.ToIncl = num(m[2]), num(m[3]), m[1] == "[", m[4] == "]"
	} else if m := bandBoth.FindStringSubmatch(s); m != nil {
		b.From, b.To, b.FromIncl, b.ToIncl = num(m[1]), num(m[4]), m[2] == "<=", m[3] == "<="
	} else if m := bandTwo.FindStringSubmatch(s); m != nil {
		b.From, b.To, b.FromIncl, b.ToIncl = num(m[2]), num(m[4]), m[1] == ">=", m[3] == "<="
	} else if m := cmp.Or(one(bandCmp.FindStringSubmatch(s)), one(bandNamed.FindStringSubmatch(s))); m != nil {
		switch m[1] {
		case ">=":
			b.From, b.FromIncl = num(m[2]), true
		case ">":
			b.From = num(m[2])
		case "<=":
			b.To, b.ToIncl = num(m[2]), true
		default:
			b.To = num(m[2])
		}
	} else if m := bandDash.FindStringSubmatch(s); m != nil {
		b.From, b.To, b.FromIncl, b.loose = num(m[1]), num(m[2]), true, true
		if b.From != nil && b.To != nil && b.From.Cmp(*b.To) > 0 {
			b.From, b.To = b.To, b.From
		}
	} else if m := bandCN.FindStringSubmatch(s); m != nil {
		b.From, b.FromIncl = num(m[1]), m[1] != "" && !strings.Contains(m[2], "不含")
		if m[3] != "" {
			b.To = num(m[3])
		} else if m[4] != "" {
			b.To, b.ToIncl = num(m[4]), !strings.Contains(m[5], "不含")
		}
	} else if x, err := ParseNum(strings.TrimSuffix(s, "%")); err == nil { // a number alone is the least of the band
		b.From, b.FromIncl, b.loose = &x, true, true
		if b.counted { // 0个 is none, not none or more
			b.To, b.ToIncl, b.loose = &x, true, false
		}
	} else {
		hint := ""
		if !strings.ContainsAny(s, "0123456789") {
			hint = "。分档只按数值；“优秀”“良好”这样的等级，请用评定法直接给分"
		}
		r.failLine(b.Line, "%s的范围“%s”看不懂，可写：[80,90)、>=90、80以上不足90、90以上、不足60%s", what, b.Text, hint)
		return
	}
	if b.From == nil && b.To == nil {
		r.failLine(b.Line, "%s的范围“%s”看不懂，可写：[80,90)、>=90、80以上不足90、90以上、不足60", what, b.Text)
	}
	r.emptyBand(*b, what)
}

func one(m []string) *[3]string {
	if m == nil {
		return nil
	}
	return &[3]string{m[0], m[1], m[2]}
}

func (r *reader) emptyBand(b Band, what string) {
	if b.From != nil && b.To != nil && (b.From.Cmp(*b.To) > 0 || b.From.Cmp(*b.To) == 0 && !(b.FromIncl && b.ToIncl) && !b.loose) {
		r.failLine(b.Line, "%s的范围“%s”是空的，起点比终点大", what, b.Text)
	}
}

// bands reads a banded table: a list of objects, of [least, points] or [from, to, points], or a mapping from range to points.
func (r *reader) bands(it *Item, q object) {
	p := &it.P
	n := q.m["table"]
	if n == nil {
		return
	}
	add := func(b Band) { p.Table = append(p.Table, b) }
	what := func(i int) string { return fmt.Sprintf("%s的第%d档", q.what, i+1) }
	pair := func(i int, k, v *yaml.Node) {
		b := Band{Text: k.Value, Line: k.Line}
		r.readRange(&b, what(i))
		b.Points = r.num(v, what(i)+"的得分")
		add(b)
	}
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			pair(i/2, n.Content[i], n.Content[i+1])
		}
		settle(p.Table)
		return
	}
	keys := []string{"range", "from", "above", "to", "upto", "points", "rate", "and", "name", "note"}
	for i, c := range q.list("table") {
		switch {
		case c.Kind == yaml.SequenceNode && len(c.Content) == 2:
			pair(i, c.Content[0], c.Content[1])
			continue
		case c.Kind == yaml.SequenceNode && len(c.Content) == 3:
			b := Band{Text: c.Content[0].Value + "-" + c.Content[1].Value, Line: c.Line, FromIncl: true, loose: true}
			b.From, b.To = r.bandNum(&b, what(i), c.Content[0].Value), r.bandNum(&b, what(i), c.Content[1].Value)
			b.Points = r.num(c.Content[2], what(i)+"的得分")
			r.emptyBand(b, what(i))
			add(b)
			continue
		case c.Kind == yaml.MappingNode && len(c.Content) == 2 && !slices.Contains(keys, meant(c.Content[0].Value, keys)):
			pair(i, c.Content[0], c.Content[1])
			continue
		}
		o, ok := r.object(c, what(i), keys...)
		if !ok {
			continue
		}
		band := r.band(o)
		switch {
		case o.has("points") && !o.has("rate"):
			band.Points = o.num("points", Num{})
		case o.has("rate") && !o.has("points"):
			band.Points, band.rated = it.Weight.mul(o.num("rate", Num{})), true
		default:
			r.fail(c, "%s：points（得几分）和 rate（得分值的几成）写一个", o.what)
		}
		at := len(p.Table)
		add(band)
		o.formula("and", "是否", itemNames[:4], func(f *Formula) { p.Table[at].And = f })
		if o.has("and") {
			p.Table[at].loose = false
		}
	}
	settle(p.Table)
}

// settle closes bands that were written by one end only, each at the next one, and gives an end that no other band has to the band that
// names it: {min: 80} {min: 90} are [80,90) and from 90; {from: 90, to: 100} at the top has the 100.
func settle(list []Band) {
	var lower, upper []*Band
	for i := range list {
		b := &list[i]
		switch {
		case !b.loose || b.From == nil && b.To == nil:
		case b.To == nil:
			lower = append(lower, b)
		case b.From == nil:
			upper = append(upper, b)
		}
	}
	for _, b := range lower {
		for _, o := range lower {
			if o.From.Cmp(*b.From) > 0 && (b.To == nil || o.From.Cmp(*b.To) < 0) {
				b.To, b.ToIncl = o.From, false
			}
		}
	}
	for _, b := range upper {
		for _, o := range upper {
			if o != b && o.To.Cmp(*b.To) < 0 && (b.From == nil || o.To.Cmp(*b.From) > 0) {
				b.From, b.FromIncl = o.To, true
			}
		}
	}
	for i := range list {
		b := &list[i]
		if b.loose && b.To != nil && !b.ToIncl && !slices.ContainsFunc(list, func(o Band) bool { return o.contains(*b.To) && (o.From != nil || o.To != nil) }) {
			b.ToIncl = true
		}
	}
}

// places reads the points of each place: a list, or a mapping from place to points.
func (o object) places() []Num {
	n := o.m["places"]
	if n == nil || n.Kind != yaml.MappingNode {
		return o.nums("places")
	}
	var out []Num
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := rangeWords.Replace(strings.NewReplacer("第", "", "名", "").Replace(halfWidth(n.Content[i].Value)))
		a, b, ranged := strings.Cut(k, "-")
		if !ranged {
			b = a
		}
		lo, err := strconv.Atoi(a)
		hi, err2 := strconv.Atoi(b)
		if err != nil || err2 != nil || lo < 1 || hi < lo || hi > 500 {
			o.r.fail(n.Content[i], "%s的名次“%s”看不懂，可写 1、2 或 4-6", o.what, n.Content[i].Value)
			continue
		}
		x := o.r.num(n.Content[i+1], o.what+"的“places”")
		for len(out) < hi {
			out = append(out, Num{})
		}
		for k := lo; k <= hi; k++ {
			out[k-1] = x
		}
	}
	return out
}

// stepLimits reads cap and floor of 加减分法. Below the base a cap can only be how far the points may rise, and then also fall (±10);
// from the base on it is the most points. A floor below zero is the most that is deducted, otherwise the least points.
func (r *reader) stepLimits(it *Item, q object) {
	p := &it.P
	base := it.Weight
	if p.Base != nil {
		base = *p.Base
	}
	if hi := q.opt("cap", nil); hi != nil {
		if hi.Cmp(base) < 0 {
			if p.MaxAdd == nil {
				p.MaxAdd = hi
			}
			if p.MaxDeduct == nil && !q.has("floor") {
				p.MaxDeduct = hi
			}
		} else if it.Max == nil {
			it.Max = hi
		}
	}
	if lo := q.opt("floor", nil); lo != nil {
		if x := lo.neg(); lo.Sign() < 0 && p.MaxDeduct == nil {
			p.MaxDeduct = &x
		} else if lo.Sign() >= 0 && it.Min == nil {
			it.Min = lo
		}
	}
}

func (b Band) contains(x Num) bool {
	if b.From != nil {
		if c := x.Cmp(*b.From); c < 0 || c == 0 && !b.FromIncl {
			return false
		}
	}
	if b.To != nil {
		if c := x.Cmp(*b.To); c > 0 || c == 0 && !b.ToIncl {
			return false
		}
	}
	return true
}

func (r *reader) mark(n *yaml.Node, what, prefix string, no int, deducts bool) *Mark {
	m := &Mark{ID: prefix + strconv.Itoa(no), Deducts: deducts, Line: n.Line}
	o, ok := r.object(n, what, slices.Concat([]string{"id", "name", "event", "per", "tiers", "max", "min", "cap", "floor", "max_count", "share", "double_role", "double_if", "gate", "groups", "off", "note"}, mostWords)...)
	if !ok {
		return m
	}
	o.short(mostWords, func(v string) string {
		if strings.HasSuffix(v, "次") || strings.HasSuffix(v, "个") || strings.HasSuffix(v, "项") || strings.HasSuffix(v, "件") {
			return "max_count"
		}
		return "cap"
	})
	if id := o.str("id"); id != "" {
		m.ID = id
	}
	m.Event = o.must("event")
	m.Name = o.str("name")
	if m.Name == "" {
		m.Name = m.Event
	}
	m.Per, m.Tiers = o.num("per", Num{}), o.slopes("tiers")
	if !o.has("per") && len(m.Tiers) == 0 {
		r.fail(n, "%s缺少“per”（每次几分）", what)
	}
	if deducts && m.Per.Sign() > 0 { // written as "每次扣0.5"
		m.Per = m.Per.neg()
	}
	for i := range m.Tiers {
		if deducts && m.Tiers[i].K.Sign() > 0 {
			m.Tiers[i].K = m.Tiers[i].K.neg()
		}
	}
	m.Max, m.Min = o.opt("max", o.opt("cap", nil)), o.opt("min", o.opt("floor", nil))
	if deducts { // “最多扣3分”: of a deduction 3 and −3 can only mean the same
		if m.Min != nil && m.Min.Sign() > 0 {
			x := m.Min.neg()
			m.Min = &x
		}
		if m.Max != nil && m.Max.Sign() > 0 && m.Min == nil {
			x := m.Max.neg()
			m.Max, m.Min = nil, &x
		}
	}
	if !deducts && m.Per.Sign() < 0 {
		r.fail(n, "%s：加分项的分数不能是负数；要扣分请写在 deduction（扣分）里", what)
	}
	m.MaxCount, m.Share = o.opt("max_count", nil), o.share()
	m.DoubleRole, m.Groups, m.Off = roleName(o.str("double_role")), o.strs("groups"), o.bool("off")
	if w := o.str("double_if"); w != "" && !strings.ContainsFunc(w, func(c rune) bool { return !isName(c) }) { // a bare word, as domain 13.15 has it: a role, or a row that says yes
		m.DoubleFlag = w
		if m.DoubleRole == "" {
			m.DoubleRole = roleName(w)
		}
	} else {
		o.formula("double_if", "是否", nil, func(f *Formula) { m.DoubleIf = f })
	}
	o.formula("gate", "是否", nil, func(f *Formula) { m.Gate = f })
	return m
}

func (r *reader) veto(n *yaml.Node, what string) *Veto {
	v := &Veto{Line: n.Line}
	o, ok := r.object(n, what, "name", "event", "effect", "legal_basis", "authority")
	if !ok {
		return v
	}
	v.Event, v.Name, v.Authority = o.must("event"), o.str("name"), o.str("authority")
	if v.Name == "" {
		v.Name = v.Event
	}
	v.Effect = Effect(o.enum("effect", "", effectAlias, "no_award", "downgrade", "fail"))
	if v.Effect == "" && !o.has("effect") {
		r.fail(n, "%s缺少“effect”（后果：取消评优、降档、不合格）", what)
	}
	v.LegalBasis = o.str("legal_basis")
	if v.LegalBasis == "" {
		r.fail(n, "%s没有写“legal_basis”（依据）。一票否决必须有中央或省级文件的明文依据，没有依据不能设", what)
	}
	return v
}

func (r *reader) year(n *yaml.Node) *YearRule {
	y := &YearRule{}
	o, ok := r.object(n, "汇总规则", "year", "monthly_bonus", "gate", "bonus_max")
	if !ok {
		return y
	}
	total := Num{}
	for i, c := range o.list("year") {
		p, ok := r.object(c, fmt.Sprintf("汇总规则的第%d部分", i+1), "of", "fn", "w", "weights")
		if !ok {
			continue
		}
		p.must("of")
		part := YearPart{Of: p.enum("of", "quarter", map[string]string{"月": "month", "月度": "month", "monthly": "month", "季度": "quarter", "季": "quarter", "quarterly": "quarter", "年终": "year_end", "年度": "year_end", "year": "year_end"}, "month", "quarter", "year_end"),
			Fn: p.enum("fn", "mean", map[string]string{"平均": "mean", "avg": "mean", "average": "mean", "合计": "sum", "最后一期": "last", "加权": "weights"}, "mean", "sum", "last", "weights"), Weights: p.nums("weights"), W: p.num("w", Int(1))}
		if (part.Fn == "weights") != (len(part.Weights) > 0) {
			r.fail(c, "%s：写了 fn: weights 才写、也必须写 weights（各期权重）", p.what)
		}
		total = total.add(part.W)
		y.Parts = append(y.Parts, part)
	}
	if len(y.Parts) == 0 {
		r.fail(n, "汇总规则缺少“year”（年度总分由哪几部分组成）")
	} else if total.Cmp(Int(1)) != 0 {
		r.fail(n, "汇总规则各部分的权重 w 合计是 %s，应为 1", total)
	}
	y.MonthlyBonus, y.BonusMax = o.nums("monthly_bonus"), o.opt("bonus_max", nil)
	o.formula("gate", "是否", nil, func(f *Formula) { y.Gate = f })
	return y
}

func (r *reader) grades(n *yaml.Node) *GradeRule {
	g := &GradeRule{}
	o, ok := r.object(n, "等次规则", "mode", "table", "bands", "shares", "per_group")
	if !ok {
		return g
	}
	if o.has("per_group") && !o.bool("per_group") {
		r.failLine(o.line("per_group"), "等次只能按组别分别评定，per_group 应写 true")
	}
	def := "bands"
	for k, mode := range map[string]string{"bands": "bands", "shares": "share"} {
		if o.has(k) && !o.has("table") {
			o.m["table"] = o.m[k]
			def = mode
		} else if o.has(k) {
			r.failLine(o.line(k), "等次规则里“table”和“%s”只写一个", k)
		}
	}
	g.Mode = o.enum("mode", def, map[string]string{"按分数": "bands", "按比例": "share", "band": "bands", "shares": "share", "比例": "share", "分数": "bands"}, "bands", "share")
	if m := o.m["table"]; m != nil && m.Kind == yaml.MappingNode { // {优秀: 90, 良好: 80-90, 合格: 30%}
		list := &yaml.Node{Kind: yaml.SequenceNode, Line: m.Line}
		for i := 0; i+1 < len(m.Content); i += 2 {
			k, v := m.Content[i], m.Content[i+1]
			key := "share"
			if g.Mode == "bands" {
				key = "range"
			}
			list.Content = append(list.Content, &yaml.Node{Kind: yaml.MappingNode, Line: k.Line, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "name", Line: k.Line}, k, {Kind: yaml.ScalarNode, Value: key, Line: k.Line}, v}})
		}
		o.m["table"] = list
	}
	var bands []Band
	for i, c := range o.list("table") {
		q, ok := r.object(c, fmt.Sprintf("第%d个等次", i+1), "name", "range", "share", "min", "from", "to", "upto", "above")
		if !ok {
			continue
		}
		gr := Grade{Name: q.must("name"), Min: q.opt("min", nil)}
		if g.Mode == "bands" {
			if gr.Min != nil && !q.has("range") { // the least total alone says the band
				q.m["from"] = q.m["min"]
				gr.Min = nil
			}
			gr.Band = r.band(q)
		} else {
			gr.Share = q.num("share", Int(1))
			if gr.Share.Sign() < 0 || gr.Share.Cmp(Int(1)) > 0 {
				r.fail(c, "%s的比例 share 应在 0 到 1 之间", q.what)
			}
		}
		bands = append(bands, gr.Band)
		g.Table = append(g.Table, gr)
	}
	if g.Mode == "bands" {
		settle(bands)
		for i := range bands {
			g.Table[i].Band = bands[i]
		}
	}
	if len(g.Table) == 0 {
		r.fail(n, "等次规则缺少“table”（等次表，从高到低）")
	}
	return g
}

func (r *reader) statement(n *yaml.Node, basis string) *StatementRule {
	st := &StatementRule{}
	o, ok := r.object(n, "末位说明规则", "last", "red", "ties", "when", "authority", "legal_basis")
	if !ok {
		return st
	}
	st.Last, st.Red = o.int("last", 1, 1, 10), o.int("red", 0, 0, 10)
	st.Spare = o.enum("ties", "all", map[string]string{"都授": "all", "都给": "all", "都不授": "none", "都不给": "none"}, "all", "none") == "none"
	if o.str("when") == "" {
		r.fail(n, "末位说明规则没有写“when”（未达目标的条件）。单位少时总有末位，只因排在末位不能要求说明，必须同时未达目标")
	}
	o.formula("when", "是否", []string{"总分", "满分", "名次", "单位数", "末位名次", "目标分"}, func(f *Formula) { st.When = f })
	st.Authority, st.LegalBasis = o.str("authority"), cmp.Or(o.str("legal_basis"), basis)
	if st.LegalBasis == "" {
		r.fail(n, "末位说明规则没有写“legal_basis”（依据），没有依据不能设")
	}
	return st
}

// AsSyntax returns the problems of a parse error.
func AsSyntax(err error) []Problem {
	var s *SyntaxError
	if errors.As(err, &s) {
		return s.Problems
	}
	return nil
}
