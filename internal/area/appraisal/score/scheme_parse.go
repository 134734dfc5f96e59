package score

import (
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
func Parse(text []byte) (*Scheme, error) {
	if len(text) > maxText {
		return nil, &SyntaxError{[]Problem{{Level: Error, Where: "方案", Message: "方案文本超过1MB，请拆分"}}}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, &SyntaxError{[]Problem{{Level: Error, Where: yamlLine(err), Message: "YAML 写法不对，请检查缩进、冒号后的空格和引号"}}}
	}
	r := &reader{}
	s := &Scheme{text: slices.Clone(text)}
	if doc.Kind == 0 || len(doc.Content) == 0 {
		r.failLine(1, "方案是空的")
	} else {
		r.scheme(s, doc.Content[0])
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
		key := canonicalKey(k.Value)
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
	best, name := 3, ""
	for _, c := range keys {
		if d := distance(k, c); d < best {
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
		r.fail(n, "%s：%s", what, err)
	}
	return x
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
	if n.Value == "none" || n.Value == "不封顶" || n.Value == "inf" || n.Tag == "!!null" {
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
	v, err := strconv.Atoi(n.Value)
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
	}
	if !slices.Contains(words, v) {
		all := slices.Clone(words)
		for _, w := range words {
			for c, e := range alias {
				if e == w {
					all = append(all, c)
				}
			}
		}
		slices.Sort(all)
		o.r.failLine(o.line(k), "%s的“%s”不能是“%s”，可写：%s", o.what, k, o.str(k), strings.Join(all, "、"))
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

func (o object) nums(k string) []Num {
	var out []Num
	for _, n := range o.list(k) {
		out = append(out, o.r.num(n, o.what+"的“"+k+"”"))
	}
	return out
}

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
			return slices.Contains(names, n) || slices.Contains(r.names, strings.TrimSuffix(n, "_目标"))
		}, names)
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
		"max", "min", "items", "bonus", "deduction", "bonus_max", "deduction_min", "veto", "promotion", "aggregate", "grades", "statement"}
	periodAlias = map[string]string{"月": "month", "季": "quarter", "季度": "quarter", "年": "year", "月度": "month", "年度": "year"}
	modeAlias   = map[string]string{"四舍五入": "half_up", "四舍六入五成双": "half_even", "舍去": "down"}
	policyAlias = map[string]string{"剔除换算": "drop_rescale", "组均": "group_mean", "免考满分": "full_if_exempt", "记零": "zero"}
	unverAlias  = map[string]string{"采用": "use", "记零": "zero", "按缺项": "missing"}
	eachAlias   = map[string]string{"合计": "sum", "平均": "mean", "按权重": "share"}
	methodAlias = map[string]string{"均值分档法": "vs_mean_bands", "事件计数": "count", "投票": "votes", "定额评分": "manual", "比第一": "vs_first", "排名法": "rank"}
)

func init() {
	for m, n := range methodName {
		methodAlias[n] = string(m)
	}
}

func (r *reader) scheme(s *Scheme, n *yaml.Node) {
	o, ok := r.object(n, "方案", schemeKeys...)
	if !ok {
		return
	}
	s.ID, s.Name, s.Version = o.must("id"), o.must("name"), o.must("version")
	s.Source, s.Note, s.LegalBasis = o.str("source"), o.str("note"), o.str("legal_basis")
	s.Period = o.enum("period", "quarter", periodAlias, "month", "quarter", "year")
	s.Base = o.num("base", Int(100))
	for _, g := range o.list("groups") {
		if g.Kind == yaml.ScalarNode {
			s.Groups = append(s.Groups, Group{g.Value, s.Base})
		} else if go_, ok := r.object(g, "组别", "name", "base"); ok {
			s.Groups = append(s.Groups, Group{go_.must("name"), go_.num("base", s.Base)})
		}
	}
	s.Variables = o.strs("variables")
	s.Rounding = Rounding{-1, 2, 2, HalfUp}
	if rn := o.m["rounding"]; rn != nil {
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
	if a := o.m["aggregate"]; a != nil {
		s.Aggregate = r.year(a)
	}
	if g := o.m["grades"]; g != nil {
		s.Grades = r.grades(g)
	}
	if st := o.m["statement"]; st != nil {
		s.Statement = r.statement(st)
	}
	for _, f := range r.deferred {
		f()
	}
}

var itemKeys = []string{"id", "no", "section", "name", "weight", "indicator", "source_unit", "method", "direction", "target", "curve", "params", "parts", "corrections", "coefficient",
	"coefficient_on", "share", "gate", "missing", "periods", "groups", "units", "each", "over", "extra", "max", "min", "off", "formula", "note"}

var paramKeys = map[Method][]string{
	Ratio: {"cap", "floor"}, Step: {"base", "k_up", "k_down", "max_add", "max_deduct", "relative", "whole"}, Efficacy: {"d_min", "d_span", "satisfied", "unacceptable"},
	VsFirst: {"cap", "floor"}, ByRank: {"delta", "per_place", "places", "rest", "given", "floor"}, VsMean: {"base", "width", "divisors", "mean"}, Bands: {"table"}, Threshold: {"at"},
	Count: {"base", "per", "tiers", "whole"}, Votes: {"full", "trim"}, Manual: {}, ByFormula: {"formula"}, Combination: {},
}

func (r *reader) item(n *yaml.Node, what string, no int, part bool) *Item {
	o, ok := r.object(n, what, itemKeys...)
	if !ok {
		return nil
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
	it.Down = o.enum("direction", "up", map[string]string{"越大越好": "up", "越小越好": "down", "正向": "up", "逆向": "down"}, "up", "down") == "down"
	it.Target = o.opt("target", nil)
	for _, m := range sortedKeys(o.table("curve")) {
		n, err := strconv.Atoi(m)
		if err != nil || n < 1 || n > 12 {
			r.failLine(o.line("curve"), "%s的节点“%s”应是 1 到 12 的月份，例如 {6: 50, 8: 80, 10: 100}", what, m)
			continue
		}
		it.Curve = append(it.Curve, Node{n, o.table("curve")[m]})
	}
	slices.SortFunc(it.Curve, func(a, b Node) int { return a.Month - b.Month })
	it.Coefficient = o.str("coefficient")
	it.CoefficientOnPoints = o.enum("coefficient_on", "value", map[string]string{"值": "value", "得分": "points"}, "value", "points") == "points"
	it.Share, it.PeriodWeights = o.table("share"), o.table("periods")
	it.Groups, it.Units = o.strs("groups"), o.strs("units")
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

func (r *reader) params(it *Item, o object) {
	one, zero := Int(1), Num{}
	p := &it.P
	*p = Params{DMin: Int(60), DSpan: Int(40), Width: Int(10), MeanOf: "group", Full: Int(100)}
	n := o.m["params"]
	if n == nil {
		n = &yaml.Node{Kind: yaml.MappingNode, Line: o.node.Line}
	}
	if it.Method == ByFormula && o.has("formula") {
		o.formula("formula", "数", itemNames, func(f *Formula) { p.Formula = f })
		if o.has("params") {
			r.fail(n, "%s：公式写了“formula”，就不要再写“params”", o.what)
		}
		return
	}
	if o.has("formula") {
		r.failLine(o.line("formula"), "%s：只有公式法才写“formula”", o.what)
	}
	q, ok := r.object(n, o.what+"（"+it.Method.String()+"）的参数", paramKeys[it.Method]...)
	if !ok {
		return
	}
	switch it.Method {
	case Ratio, VsFirst:
		p.Cap, p.Floor = q.opt("cap", &one), q.opt("floor", &zero)
	case Step:
		p.Base = q.opt("base", nil)
		p.Up, p.Down = q.slopes("k_up"), q.slopes("k_down")
		p.MaxAdd, p.MaxDeduct = q.opt("max_add", nil), q.opt("max_deduct", nil)
		p.Relative, p.Whole = q.bool("relative"), q.bool("whole")
		if len(p.Up)+len(p.Down) == 0 {
			r.fail(o.node, "%s：加减分法至少要写 k_up（每超1加几分）或 k_down（每欠1扣几分）", o.what)
		}
	case Efficacy:
		p.DMin, p.DSpan = q.num("d_min", Int(60)), q.num("d_span", Int(40))
		p.Satisfied, p.Unacceptable = q.opt("satisfied", nil), q.opt("unacceptable", nil)
		if (p.Satisfied == nil) != (p.Unacceptable == nil) {
			r.fail(n, "%s：满意值（satisfied）和不允许值（unacceptable）要么都写，要么都不写", o.what)
		} else if p.Satisfied != nil && p.Satisfied.Cmp(*p.Unacceptable) == 0 {
			r.fail(n, "%s：满意值和不允许值不能相等", o.what)
		}
	case ByRank:
		p.Delta, p.PerPlace = q.opt("delta", nil), q.opt("per_place", nil)
		p.Places, p.Rest, p.Given, p.Floor = q.nums("places"), q.num("rest", Num{}), q.bool("given"), q.opt("floor", &zero)
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
		p.MeanOf = q.enum("mean", "group", map[string]string{"组内平均": "group", "目标值": "target"}, "group", "target")
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
		for i, c := range q.list("table") {
			b, ok := r.object(c, fmt.Sprintf("%s的第%d档", o.what, i+1), "range", "points", "rate", "and")
			if !ok {
				continue
			}
			band := r.band(b)
			switch {
			case b.has("points") && !b.has("rate"):
				band.Points = b.num("points", Num{})
			case b.has("rate") && !b.has("points"):
				band.Points = it.Weight.mul(b.num("rate", Num{}))
			default:
				r.fail(c, "%s：points（得几分）和 rate（得分值的几成）写一个", b.what)
			}
			at := len(p.Table)
			p.Table = append(p.Table, band)
			b.formula("and", "是否", itemNames[:4], func(f *Formula) { p.Table[at].And = f })
		}
		if len(p.Table) == 0 {
			r.fail(o.node, "%s：分档法要写 table（分档表）", o.what)
		}
	case Threshold:
		p.At = q.opt("at", nil)
	case Count:
		p.Base, p.Per, p.Tiers, p.Whole = q.opt("base", nil), q.num("per", Num{}), q.slopes("tiers"), q.bool("whole")
		if !q.has("per") && len(p.Tiers) == 0 {
			r.fail(o.node, "%s：计数法要写 per（每次几分）或 tiers（分段）", o.what)
		}
	case Votes:
		p.Full, p.Trim = q.num("full", Int(100)), q.int("trim", 0, 0, 50)
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
			out = append(out, Slope{so.opt("to", nil), so.num(key, Num{})})
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

var (
	bandMath = regexp.MustCompile(`^([\[(])\s*([^,，]*)\s*[,，]\s*([^\])]*)\s*([\])])$`)
	bandCN   = regexp.MustCompile(`^(?:([-0-9./%]+)(以上|（含）以上|\(含\)以上|含以上|（不含）以上|\(不含\)以上))?(?:(?:不足|未满|低于|小于)([-0-9./%]+)|([-0-9./%]+)(以下|（含）以下|\(含\)以下|（不含）以下|\(不含\)以下))?$`)
	bandCmp  = regexp.MustCompile(`^(>=|<=|>|<|≥|≤|＞|＜)\s*([-0-9./%]+)$`)
	bandDash = regexp.MustCompile(`^([0-9./]+)\s*[-—～~至]\s*([0-9./]+)$`)
)

// band reads a range: "[80,90)", ">=90", "80以上不足90", "90以上", "60以下", "80-90".
// 以上 and 以下 include the number, as the Civil Code art. 1259 does; 不足 and 超过 do not. "80-90" is [80,90).
func (r *reader) band(o object) Band {
	s := strings.NewReplacer(" ", "", "分", "").Replace(halfWidth(o.must("range")))
	b := Band{Text: o.str("range"), Line: o.line("range")}
	bad := func() Band {
		r.failLine(b.Line, "%s的范围“%s”看不懂，可写：[80,90)、>=90、80以上不足90、90以上、不足60", o.what, b.Text)
		return b
	}
	num := func(t string) *Num {
		t = strings.TrimSuffix(t, "%")
		if t == "" || t == "-inf" || t == "inf" || t == "+inf" || t == "-∞" || t == "+∞" || t == "∞" {
			return nil
		}
		x, err := ParseNum(t)
		if err != nil {
			r.failLine(b.Line, "%s的范围“%s”：%s", o.what, b.Text, err)
			return nil
		}
		return &x
	}
	if s == "" {
		return b
	}
	if m := bandMath.FindStringSubmatch(s); m != nil {
		b.From, b.To, b.FromIncl, b.ToIncl = num(m[2]), num(m[3]), m[1] == "[", m[4] == "]"
	} else if m := bandCmp.FindStringSubmatch(s); m != nil {
		switch m[1] {
		case ">=", "≥":
			b.From, b.FromIncl = num(m[2]), true
		case ">", "＞":
			b.From = num(m[2])
		case "<=", "≤":
			b.To, b.ToIncl = num(m[2]), true
		default:
			b.To = num(m[2])
		}
	} else if rest, ok := strings.CutPrefix(s, "超过"); ok {
		b.From = num(rest)
	} else if m := bandDash.FindStringSubmatch(s); m != nil {
		b.From, b.To, b.FromIncl = num(m[1]), num(m[2]), true
	} else if m := bandCN.FindStringSubmatch(s); m != nil && s != "" {
		b.From, b.FromIncl = num(m[1]), m[1] != "" && !strings.Contains(m[2], "不含")
		if m[3] != "" {
			b.To = num(m[3])
		} else if m[4] != "" {
			b.To, b.ToIncl = num(m[4]), !strings.Contains(m[5], "不含")
		}
	} else {
		return bad()
	}
	if b.From == nil && b.To == nil {
		return bad()
	}
	if b.From != nil && b.To != nil && (b.From.Cmp(*b.To) > 0 || b.From.Cmp(*b.To) == 0 && !(b.FromIncl && b.ToIncl)) {
		r.failLine(b.Line, "%s的范围“%s”是空的，起点比终点大", o.what, b.Text)
	}
	return b
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
	o, ok := r.object(n, what, "id", "name", "event", "per", "tiers", "max", "min", "cap", "floor", "max_count", "share", "double_role", "double_if", "gate", "groups", "off", "note")
	if !ok {
		return m
	}
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
	if deducts && m.Min != nil && m.Min.Sign() > 0 {
		r.fail(n, "%s：最多扣几分请写成负数，例如 floor: -3", what)
	}
	if !deducts && m.Per.Sign() < 0 {
		r.fail(n, "%s：加分项的分数不能是负数；要扣分请写在 deduction（扣分）里", what)
	}
	m.MaxCount, m.Share = o.opt("max_count", nil), o.table("share")
	m.DoubleRole, m.Groups, m.Off = o.str("double_role"), o.strs("groups"), o.bool("off")
	o.formula("double_if", "是否", nil, func(f *Formula) { m.DoubleIf = f })
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
	v.Effect = Effect(o.enum("effect", "", map[string]string{"取消评优": "no_award", "降档": "downgrade", "不合格": "fail"}, "no_award", "downgrade", "fail"))
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
		part := YearPart{Of: p.enum("of", "quarter", map[string]string{"月": "month", "季度": "quarter", "年终": "year_end"}, "month", "quarter", "year_end"),
			Fn: p.enum("fn", "mean", map[string]string{"平均": "mean", "合计": "sum", "最后一期": "last", "加权": "weights"}, "mean", "sum", "last", "weights"), Weights: p.nums("weights"), W: p.num("w", Int(1))}
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
	o, ok := r.object(n, "等次规则", "mode", "table")
	if !ok {
		return g
	}
	g.Mode = o.enum("mode", "bands", map[string]string{"按分数": "bands", "按比例": "share"}, "bands", "share")
	for i, c := range o.list("table") {
		q, ok := r.object(c, fmt.Sprintf("第%d个等次", i+1), "name", "range", "share", "min")
		if !ok {
			continue
		}
		gr := Grade{Name: q.must("name"), Min: q.opt("min", nil)}
		if g.Mode == "bands" {
			gr.Band = r.band(q)
		} else {
			gr.Share = q.num("share", Int(1))
			if gr.Share.Sign() < 0 || gr.Share.Cmp(Int(1)) > 0 {
				r.fail(c, "%s的比例 share 应在 0 到 1 之间", q.what)
			}
		}
		g.Table = append(g.Table, gr)
	}
	if len(g.Table) == 0 {
		r.fail(n, "等次规则缺少“table”（等次表，从高到低）")
	}
	return g
}

func (r *reader) statement(n *yaml.Node) *StatementRule {
	st := &StatementRule{}
	o, ok := r.object(n, "末位说明规则", "last", "red", "when", "authority", "legal_basis")
	if !ok {
		return st
	}
	st.Last, st.Red = o.int("last", 1, 1, 10), o.int("red", 0, 0, 10)
	if o.str("when") == "" {
		r.fail(n, "末位说明规则没有写“when”（未达目标的条件）。单位少时总有末位，只因排在末位不能要求说明，必须同时未达目标")
	}
	o.formula("when", "是否", []string{"总分", "满分", "名次", "单位数"}, func(f *Formula) { st.When = f })
	st.Authority, st.LegalBasis = o.str("authority"), o.str("legal_basis")
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
