package score

import (
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// A scheme is written by people who have read some rules, not this program: the keys of domain 13.15, their plain English and Chinese
// variants and singulars are all read. What a key means is decided by where it stands; one that fits nothing is refused.

// synonyms maps a key to what it may stand for; the first one that the object knows is taken.
var synonyms = map[string][]string{
	"item": {"items"}, "indicators": {"items"}, "考核指标": {"items"}, "指标项": {"items"}, "指标": {"indicator"}, "数据": {"indicator"}, "指标名称": {"name"},
	"bonuses": {"bonus"}, "加分项": {"bonus"}, "deductions": {"deduction"}, "penalty": {"deduction"}, "penalties": {"deduction"}, "扣分项": {"deduction"},
	"vetoes": {"veto"}, "vetos": {"veto"}, "否决": {"veto"}, "否决项": {"veto"}, "group": {"groups"}, "分组": {"groups"}, "适用组别": {"groups"},
	"unit": {"measure"}, "计量单位": {"measure"}, "单位": {"measure", "units"}, "members": {"units"}, "成员": {"units"},
	"full_marks": {"base"}, "full_score": {"base"}, "总分": {"base"}, "基础分": {"base"}, "基准分": {"base"}, "basis": {"legal_basis"}, "legal": {"legal_basis"}, "doc_no": {"legal_basis"}, "文号": {"legal_basis"}, "依据文号": {"legal_basis"}, "法律依据": {"legal_basis"},
	"title": {"name"}, "ver": {"version"}, "round": {"rounding"}, "舍入": {"rounding"}, "remark": {"note"}, "comment": {"note"}, "备注": {"note"}, "说明": {"note"}, "来源": {"source_unit", "source"},
	"variable": {"variables"}, "grade": {"grades"}, "annual": {"year"}, "tie": {"ties"}, "并列": {"ties"}, "policy": {"missing"},
	"score": {"points", "weight"}, "points": {"weight"}, "full": {"weight"}, "pts": {"points", "weight"}, "分": {"points", "weight"}, "分数": {"points", "weight"}, "得分": {"points"}, "分值": {"points", "weight"}, "value": {"points"}, "得分率": {"rate"}, "比例": {"rate", "share"},
	"source_dept": {"source_unit"}, "data_source": {"source_unit"}, "certified_by": {"source_unit"}, "数据来源单位": {"source_unit"},
	"方式": {"mode", "method"}, "算法": {"method"}, "计分方法": {"method"}, "评分方法": {"method"}, "type": {"method", "mode"}, "param": {"params"}, "parameters": {"params"},
	"指标方向": {"direction"}, "目标": {"target"}, "计划值": {"target"}, "milestones": {"curve"}, "nodes": {"curve"},
	"correction": {"corrections"}, "修正项": {"corrections"}, "coef": {"coefficient"}, "difficulty": {"coefficient"}, "系数": {"coefficient"}, "shares": {"share"}, "period_weights": {"periods"}, "weights": {"periods"},
	"sub_items": {"parts"}, "subitems": {"parts"}, "children": {"parts"}, "subs": {"parts"}, "items": {"parts"}, "子项": {"parts"}, "子指标": {"parts"}, "components": {"parts"},
	"disabled": {"off"}, "condition": {"gate", "when"}, "前置条件": {"gate"}, "门槛": {"gate"}, "if": {"gate", "and", "when"},
	"cap": {"max"}, "floor": {"min"}, "封顶": {"max"}, "保底": {"min"}, "最高": {"cap"}, "最低": {"floor"}, "上限": {"cap", "max", "to"}, "下限": {"floor", "min", "from"}, "最高分": {"max", "cap"}, "最低分": {"min", "floor"}, "max_points": {"max", "cap"}, "min_points": {"min", "floor"}, "limit": {"cap", "max"}, "扣完为止": {"floor"},
	"every": {"per"}, "per_event": {"per"}, "每项": {"per"}, "每个": {"per"}, "每件": {"per"}, "单价": {"per"}, "times": {"max_count"}, "count_cap": {"max_count"}, "cap_count": {"max_count"}, "max_times": {"max_count"}, "次数上限": {"max_count"}, "限次": {"max_count"},
	"double": {"double_if"}, "加倍": {"double_if"}, "segments": {"tiers"}, "累进": {"tiers"},
	"expression": {"expr", "formula"}, "expr": {"formula"}, "formula": {"expr"}, "表达式": {"expr", "formula"}, "公式": {"expr"},
	"up": {"k_up"}, "down": {"k_down"}, "add": {"k_up"}, "deduct": {"k_down"}, "每超": {"k_up"}, "每欠": {"k_down"}, "每超加": {"k_up"}, "每欠扣": {"k_down"}, "a": {"max_add"}, "d": {"max_deduct"}, "最多加": {"max_add"}, "最多扣": {"max_deduct"}, "b": {"base"},
	"step": {"per_place", "delta"}, "每名递减": {"delta"}, "递减": {"delta"}, "每名少": {"per_place"}, "table": {"places"}, "名次得分": {"places"}, "points_table": {"places"}, "其余": {"rest"}, "others": {"rest"},
	"最低系数": {"d_min"}, "满意值": {"satisfied"}, "不允许值": {"unacceptable"}, "x_h": {"satisfied"}, "x_s": {"unacceptable"}, "xh": {"satisfied"}, "xs": {"unacceptable"},
	"bands": {"table"}, "levels": {"table"}, "档": {"table"}, "分档表": {"table"}, "等次表": {"table"}, "threshold": {"at"}, "达标值": {"at"}, "trimmed": {"trim"}, "去掉": {"trim"}, "满票": {"full"},
	"min": {"from"}, "ge": {"from"}, "gte": {"from"}, "lower": {"from"}, "low": {"from"}, "at_least": {"from"}, "start": {"from"}, "不低于": {"from"}, "以上": {"from"}, "起": {"from"}, "gt": {"above"}, "超过": {"above"},
	"max": {"to"}, "lt": {"to"}, "upper": {"to"}, "high": {"to"}, "below": {"to"}, "end": {"to"}, "不足": {"to"}, "止": {"to"}, "le": {"upto"}, "lte": {"upto"}, "以下": {"upto"}, "band": {"range"}, "区间": {"range"}, "区段": {"range"},
	"reason": {"name"}, "level": {"name"}, "等级": {"name"}, "等次": {"name"}, "weight": {"w"}, "权重": {"w"}, "rate": {"k"}, "method": {"fn"}, "方法": {"fn"}, "对象": {"of"}, "月度加分": {"monthly_bonus"}, "年度": {"year"},
	"执行机关": {"authority"}, "机关": {"authority"}, "n": {"last"}, "末位": {"last"},
}

// snake turns sourceUnit and Source-Unit into source_unit.
func snake(k string) string {
	var b strings.Builder
	low := false
	for _, r := range strings.TrimSpace(k) {
		if r == '-' || r == ' ' {
			r = '_'
		}
		if unicode.IsUpper(r) && low {
			b.WriteByte('_')
		}
		low = unicode.IsLower(r) || unicode.IsDigit(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// meant returns the key of keys that k stands for, and k if there is none.
func meant(k string, keys []string) string {
	if slices.Contains(keys, k) {
		return k
	}
	if e := canonicalKey(k); slices.Contains(keys, e) {
		return e
	}
	s := snake(k)
	if slices.Contains(keys, s) {
		return s
	}
	for _, w := range []string{k, s, canonicalKey(k)} {
		for _, c := range synonyms[w] {
			if slices.Contains(keys, c) {
				return c
			}
		}
	}
	return canonicalKey(k)
}

// flatten lifts the contents of a “table” (方案) at the top of a scheme, as domain 13.15 draws it, beside the other keys.
func (r *reader) flatten(n *yaml.Node) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return n
	}
	out := &yaml.Node{Kind: n.Kind, Line: n.Line, Tag: n.Tag}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch snake(k.Value) {
		case "table", "scheme", "表", "方案", "考核方案", "考核表":
			if v.Kind == yaml.MappingNode {
				out.Content = append(out.Content, v.Content...)
				continue
			}
		}
		out.Content = append(out.Content, k, v)
	}
	return out
}

// listOf makes a list of one out of a single mapping, and a list of objects out of a mapping from id to object.
func listOf(n *yaml.Node, id string, marks ...string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return n
	}
	out := &yaml.Node{Kind: yaml.SequenceNode, Line: n.Line}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if slices.Contains(marks, meant(n.Content[i].Value, marks)) {
			out.Content = []*yaml.Node{n}
			return out
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if v.Kind != yaml.MappingNode {
			return n
		}
		x := &yaml.Node{Kind: yaml.MappingNode, Line: k.Line, Content: slices.Clone(v.Content)}
		for j := 0; j+1 < len(v.Content); j += 2 {
			if meant(v.Content[j].Value, []string{id}) == id {
				k = nil
				break
			}
		}
		if k != nil {
			x.Content = append([]*yaml.Node{{Kind: yaml.ScalarNode, Value: id, Line: k.Line}, k}, x.Content...)
		}
		out.Content = append(out.Content, x)
	}
	return out
}

// roles are the words for who answers for a thing; they are kept in Chinese.
var roles = map[string]string{"host": "主办", "lead": "主办", "牵头": "主办", "主责": "主办", "责任": "主办", "cohost": "协办", "co_host": "协办", "support": "协办", "配合": "协办", "upper_level": "上级", "upper": "上级"}

func roleName(s string) string {
	s = named(s)
	for _, w := range []string{snake(s), strings.TrimSuffix(strings.TrimSuffix(s, "单位"), "部门")} {
		if c, ok := roles[w]; ok {
			return c
		}
		if w == "主办" || w == "协办" {
			return w
		}
	}
	return s
}
