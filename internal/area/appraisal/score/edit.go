package score

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Section is a part of a scheme that is edited as a table (办法里逐格改的一段); Head is the scheme's own data.
type Section string

// The sections.
const (
	Head          Section = "head"
	ItemSection   Section = "items"
	BonusSection  Section = "bonus"
	DeductSection Section = "deduction"
)

// String returns the Chinese name of one line of the section.
func (s Section) String() string {
	return map[Section]string{Head: "总则", ItemSection: "指标", BonusSection: "加分项", DeductSection: "扣分项"}[s]
}

// CellKind says what a cell holds.
type CellKind string

// The kinds of cells.
const (
	TextCell   CellKind = "text"
	NumberCell CellKind = "number" // a number, a percentage, or 不封顶
	ChoiceCell CellKind = "choice"
	BandsCell  CellKind = "bands" // one band a line: 10以上 = 20
	ListCell   CellKind = "list"  // numbers, one after another
)

// Choice is one of the words a cell may hold.
type Choice struct{ Value, Label string }

// Cell is one cell of the table (一格).
type Cell struct {
	Key, Label, Hint string
	Kind             CellKind
	Choices          []Choice
	Must             bool
	Value            string // as it stands in the text
	Locked           bool   // too deep for a cell: shown, and changed in the text
	alias            map[string]string
	other            string // a second name of the key
}

// CellError says which cell cannot be as typed.
type CellError struct{ Key, Message string }

func (e *CellError) Error() string { return e.Message }

var yesNo = []Choice{{"", "否"}, {"true", "是"}}

func methodChoices() (out []Choice) {
	for _, m := range []Method{Ratio, Step, Bands, Threshold, Count, Efficacy, VsFirst, ByRank, VsMean, Votes, Manual, ByFormula, Combination} {
		out = append(out, Choice{string(m), m.String()})
	}
	return out
}

var missingChoices = []Choice{{"drop_rescale", "剔除，其余权重换算到满分"}, {"group_mean", "按组内平均得分率"}, {"full_if_exempt", "批准免考的给满分，否则 0 分"}, {"zero", "记 0 分"}}

// cells of each section, in the order of the form.
func headCells() []Cell {
	return []Cell{
		{Key: "name", Label: "名称", Must: true},
		{Key: "period", Label: "周期", Kind: ChoiceCell, Choices: []Choice{{"month", "月"}, {"quarter", "季度"}, {"half_year", "半年"}, {"year", "年"}}, alias: periodAlias},
		{Key: "base", Label: "满分", Kind: NumberCell, Hint: "没有满分的写 0。"},
		{Key: "missing", Label: "缺项怎么算", Kind: ChoiceCell, Choices: missingChoices, alias: policyAlias},
		{Key: "unverified", Label: "只有自报、没有核验的", Kind: ChoiceCell, Choices: []Choice{{"use", "采用，标明未核验"}, {"zero", "记 0 分"}, {"missing", "按缺项"}}, alias: unverAlias},
		{Key: "ties", Label: "并列以后的名次", Kind: ChoiceCell, Choices: []Choice{{"1224", "跳过（1、2、2、4）"}, {"1223", "不跳过（1、2、2、3）"}}, alias: tiesAlias},
		{Key: "rounding.item", Label: "单项得分保留几位小数", Kind: NumberCell},
		{Key: "rounding.total", Label: "总分保留几位小数", Kind: NumberCell},
		{Key: "max_items", Label: "一个单位最多几项指标", Kind: NumberCell, Hint: "超过的，检查时提醒。"},
		{Key: "bonus_max", Label: "加分合计最多", Kind: NumberCell},
		{Key: "deduction_min", Label: "扣分合计最多扣到", Kind: NumberCell, Hint: "写负数，例如 -10。"},
		{Key: "legal_basis", Label: "依据", Hint: "批准考核的文件名和文号。"},
		{Key: "source", Label: "出处"},
		{Key: "note", Label: "说明"},
	}
}

func itemCells() []Cell {
	return []Cell{
		{Key: "id", Label: "编号"},
		{Key: "name", Label: "指标名称", Must: true},
		{Key: "weight", Label: "分值", Kind: NumberCell, Must: true},
		{Key: "method", Label: "计分方法", Kind: ChoiceCell, Choices: methodChoices(), Must: true, alias: methodAlias},
		{Key: "source_unit", Label: "数据来源单位", Hint: "由它确认数据。"},
		{Key: "indicator", Label: "取哪个数据", Hint: "不写就按指标名称取。"},
		{Key: "direction", Label: "方向", Kind: ChoiceCell, Choices: []Choice{{"", "越大越好"}, {"down", "越小越好"}}, alias: directionAlias},
		{Key: "target", Label: "目标值", Hint: "不写就用数据里的目标。"},
		{Key: "each", Label: "一个单位有几行数据时", Kind: ChoiceCell, Choices: []Choice{{"", "先合起来再计分"}, {"sum", "逐行计分再相加"}, {"mean", "逐行计分再平均"}, {"share", "逐行计分，按次数加权"}}, alias: eachAlias},
		{Key: "max", Label: "最高得分", Kind: NumberCell},
		{Key: "min", Label: "最低得分", Kind: NumberCell},
		{Key: "missing", Label: "缺项怎么算", Kind: ChoiceCell, Choices: slices.Concat([]Choice{{"", "按总则"}}, missingChoices), alias: policyAlias},
		{Key: "extra", Label: "附加项（不在满分以内）", Kind: ChoiceCell, Choices: yesNo},
		{Key: "off", Label: "停用（写着但不计分）", Kind: ChoiceCell, Choices: yesNo},
		{Key: "groups", Label: "只给哪些组", Kind: ListCell, Hint: "组名用顿号隔开；不写就是全部。"},
		{Key: "units", Label: "只给哪些单位", Kind: ListCell, Hint: "单位用顿号隔开；不写就是全部。"},
	}
}

var rateCap = []Cell{
	{Key: "params.cap", Label: "完成率最高按", Kind: NumberCell, Hint: "1 就是 100%（不写也是）；不限就写“不封顶”。"},
	{Key: "params.floor", Label: "完成率最低按", Kind: NumberCell},
}

var methodCells = map[Method][]Cell{
	Ratio: rateCap, VsFirst: rateCap,
	Step: {{Key: "params.base", Label: "刚好完成得几分", Kind: NumberCell, Hint: "不写就是分值。"}, {Key: "params.k_up", Label: "每超 1 加几分", Kind: NumberCell}, {Key: "params.k_down", Label: "每欠 1 扣几分", Kind: NumberCell},
		{Key: "params.max_add", Label: "最多加", Kind: NumberCell}, {Key: "params.max_deduct", Label: "最多扣", Kind: NumberCell},
		{Key: "params.relative", Label: "比的是完成率（%）", Kind: ChoiceCell, Choices: yesNo}, {Key: "params.whole", Label: "不足 1 的不计", Kind: ChoiceCell, Choices: yesNo}},
	Efficacy: {{Key: "params.d_min", Label: "最低得分率（%）", Kind: NumberCell, Hint: "不写就是 60。"}, {Key: "params.d_span", Label: "最高与最低相差（%）", Kind: NumberCell, Hint: "不写就是 40。"},
		{Key: "params.satisfied", Label: "满意值", Kind: NumberCell, Hint: "不写就用组内最高值。"}, {Key: "params.unacceptable", Label: "不允许值", Kind: NumberCell, Hint: "不写就用组内最低值。"}},
	ByRank: {{Key: "params.per_place", Label: "每降一名少几分", Kind: NumberCell, Hint: "这三格选写一格。"}, {Key: "params.delta", Label: "每降一名少几成", Kind: NumberCell, Hint: "0.02 就是少 2%。"},
		{Key: "params.places", Label: "各名次得分", Kind: ListCell, Hint: "从第一名起，用顿号隔开：10、9、8。"}, {Key: "params.rest", Label: "其后各名得分", Kind: NumberCell}, {Key: "params.floor", Label: "最低得分", Kind: NumberCell},
		{Key: "params.given", Label: "数据本身就是名次", Kind: ChoiceCell, Choices: yesNo}},
	VsMean: {{Key: "params.base", Label: "等于平均值得几分", Kind: NumberCell, Hint: "不写就是分值。"}, {Key: "params.width", Label: "每段宽度", Kind: NumberCell, Hint: "不写就是 10。"}, {Key: "params.divisors", Label: "各段的除数", Kind: ListCell, Hint: "用顿号隔开：20、40、60。"},
		{Key: "params.mean", Label: "和什么比", Hint: "组内平均（不写也是）、目标值，或者一个数。"}, {Key: "params.cap", Label: "最高得分", Kind: NumberCell}, {Key: "params.floor", Label: "最低得分", Kind: NumberCell}},
	Bands: {{Key: "params.table", Label: "分档", Kind: BandsCell, Must: true, Hint: "一行一档，先写范围再写得分：10以上 = 20。"},
		{Key: "params.on", Label: "按什么分档", Kind: ChoiceCell, Choices: []Choice{{"", "看分档怎么写"}, {"value", "完成值"}, {"rate", "完成率"}}, alias: map[string]string{"完成值": "value", "完成率": "rate", "completion": "rate"}}},
	Threshold: {{Key: "params.at", Label: "达到多少得分", Kind: NumberCell, Hint: "不写就用目标值。"}},
	Count:     {{Key: "params.per", Label: "每次几分", Kind: NumberCell, Hint: "扣分写负数。"}, {Key: "params.base", Label: "基本分", Kind: NumberCell}, {Key: "params.whole", Label: "不足一次的不计", Kind: ChoiceCell, Choices: yesNo}},
	Votes:     {{Key: "params.full", Label: "一票的满分", Kind: NumberCell, Hint: "不写就是 100。"}, {Key: "params.trim", Label: "两头各去掉几票", Kind: NumberCell}},
	ByFormula: {{Key: "params.formula", Label: "公式", Must: true, Hint: "例如 完成值/目标值*权重。"}},
}

func markCells(deducts bool) []Cell {
	per, most := "每次加几分", Cell{Key: "max", Label: "最多加几分", Kind: NumberCell, other: "cap"}
	if deducts {
		per, most = "每次扣几分", Cell{Key: "min", Label: "最多扣到", Kind: NumberCell, Hint: "写负数，例如 -3。", other: "floor"}
	}
	return []Cell{{Key: "event", Label: "什么事", Must: true}, {Key: "per", Label: per, Kind: NumberCell, Must: true}, most,
		{Key: "max_count", Label: "最多计几次", Kind: NumberCell}, {Key: "off", Label: "停用（写着但不计分）", Kind: ChoiceCell, Choices: yesNo}}
}

// Lines counts the lines of a section in a text; 0 where it cannot be read.
func Lines(text string, s Section) int {
	root, err := parseNode(text)
	if err != nil {
		return 0
	}
	if list := find(root, base(root, s)); list != nil {
		return len(list.Content)
	}
	return 0
}

// base is the path of a section; a scheme may stand under a key of its own (方案).
func base(root *yaml.Node, s Section) (out []step) {
	if root.Kind == yaml.MappingNode && keyAt(root, "items") < 0 {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if v := root.Content[i+1]; v.Kind == yaml.MappingNode && keyAt(v, "items") >= 0 {
				out = []step{{key: root.Content[i].Value}}
			}
		}
	}
	if s != Head {
		out = append(out, step{key: string(s)})
	}
	return out
}

// Cells returns the cells of the n-th line of a section (from 1; 0 is a new one) with what stands in them. method is the one chosen in
// the form; "" is the one in the text. An error is a *CellError with a Chinese sentence.
func Cells(text string, s Section, n int, method Method) ([]Cell, error) {
	root, err := parseNode(text)
	if err != nil {
		return nil, &CellError{"", "办法原文的写法有错，先在原文里改好，再逐格改。"}
	}
	line, err := lineOf(root, s, n)
	if err != nil {
		return nil, err
	}
	var out []Cell
	switch s {
	case Head:
		out = headCells()
	case ItemSection:
		out = itemCells()
		i := slices.IndexFunc(out, func(c Cell) bool { return c.Key == "method" })
		out[i].fill(line)
		m := Method(out[i].Value)
		if method != "" {
			m = method
		}
		if slices.Contains([]Method{Count, Manual, ByFormula, Combination}, m) { // there cap and floor can only mean points
			for j := range out {
				out[j].other = map[string]string{"max": "params.cap", "min": "params.floor"}[out[j].Key]
			}
		}
		out = slices.Insert(out, i+1, methodCells[m]...)
	default:
		out = markCells(s == DeductSection)
	}
	for i := range out {
		c := &out[i]
		c.Kind = cmp.Or(c.Kind, TextCell)
		c.fill(line)
		if c.Key == "method" && method != "" {
			c.Value = string(method)
		}
	}
	return out, nil
}

func lineOf(root *yaml.Node, s Section, n int) (*yaml.Node, error) {
	path := base(root, s)
	if s == Head {
		return find(root, path), nil
	}
	list := find(root, path)
	switch {
	case list != nil && list.Kind != yaml.SequenceNode && list.ShortTag() != "!!null":
		return nil, &CellError{"", "这一段没有写成一行一项的列表，请在原文里改。"}
	case n == 0:
		return nil, nil
	case list == nil || n < 1 || n > len(list.Content):
		return nil, &CellError{"", "没有这一行，可能刚有人改过。请回到办法再看。"}
	case list.Content[n-1].Kind != yaml.MappingNode:
		return nil, &CellError{"", "这一行没有写成“名称: 内容”，请在原文里改。"}
	}
	return list.Content[n-1], nil
}

// at is the node of a cell. A parameter may also stand beside the other keys of its line.
func (c *Cell) at(line *yaml.Node) *yaml.Node { return find(line, c.path(line)) }

func (c *Cell) path(line *yaml.Node) (out []step) {
	a, b, nested := strings.Cut(c.Key, ".")
	if !nested {
		if o, k, deep := strings.Cut(c.other, "."); deep && keyAt(line, a) < 0 && find(line, []step{{key: o}, {key: k}}) != nil {
			return []step{{key: o}, {key: k}}
		} else if c.other != "" && keyAt(line, a) < 0 && keyAt(line, c.other) >= 0 {
			a = c.other
		}
		return []step{{key: a}}
	}
	if a == "params" && find(line, []step{{key: a}, {key: b}}) == nil && keyAt(line, b) >= 0 {
		return []step{{key: b}}
	}
	return []step{{key: a}, {key: b}}
}

// fill reads the cell from its line.
func (c *Cell) fill(line *yaml.Node) {
	if line == nil {
		return
	}
	if a, _, nested := strings.Cut(c.Key, "."); nested { // rounding: 2 says both at once
		if p := find(line, []step{{key: a}}); p != nil && p.Kind == yaml.ScalarNode && p.ShortTag() != "!!null" {
			c.Value, c.Locked = p.Value, true
			return
		}
	}
	n := c.at(line)
	switch {
	case n == nil:
		c.said(line)
	case n.ShortTag() == "!!null":
	case n.Kind == yaml.ScalarNode && c.Kind == ChoiceCell:
		c.Value = c.choice(n.Value)
		c.Locked = !slices.ContainsFunc(c.Choices, func(x Choice) bool { return x.Value == c.Value })
	case n.Kind == yaml.ScalarNode:
		c.Value = n.Value
	case n.Kind == yaml.SequenceNode && c.Kind == ListCell && !slices.ContainsFunc(n.Content, func(x *yaml.Node) bool { return x.Kind != yaml.ScalarNode }):
		var all []string
		for _, x := range n.Content {
			all = append(all, x.Value)
		}
		c.Value = strings.Join(all, "、")
	case c.Kind == BandsCell:
		c.Value, c.Locked = bandLines(n)
	default:
		c.Locked = true
	}
	if c.Locked && c.Value == "" {
		c.Value = strings.TrimSpace(inline(n))
	}
}

// said locks a cell that the text fills in words of its own: 最多: 4次 says a limit of times or of points, 每降一名: 2% a share or points.
func (c *Cell) said(line *yaml.Node) {
	words := map[string][]string{"max": mostWords, "min": mostWords, "max_count": mostWords, "params.per_place": fallWords, "params.delta": fallWords}[c.Key]
	m := line
	if strings.HasPrefix(c.Key, "params.") {
		m = find(line, []step{{key: "params"}})
	}
	if m == nil || m.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if k := m.Content[i].Value; slices.Contains(words, k) {
			c.Value, c.Locked = k+"："+m.Content[i+1].Value, true
		}
	}
}

// choice is the word of a cell that a text means; "" for the one that need not be written.
func (c *Cell) choice(v string) string {
	v = strings.TrimSpace(v)
	if a, ok := c.alias[v]; ok {
		v = a
	} else if a, ok := c.alias[snake(v)]; ok {
		v = a
	} else if slices.ContainsFunc(c.Choices, func(x Choice) bool { return x.Value == snake(v) }) {
		v = snake(v)
	}
	if slices.Equal(c.Choices, yesNo) {
		switch v {
		case "是", "yes", "true":
			return "true"
		case "否", "no", "false":
			return ""
		}
	}
	if c.Key == "direction" && v == "up" {
		return ""
	}
	return v
}

// bandLines writes a banded table one band a line; locked where a band says more than a range and its points.
func bandLines(n *yaml.Node) (string, bool) {
	var b strings.Builder
	add := func(k, v *yaml.Node) { b.WriteString(k.Value + " = " + v.Value + "\n") }
	plain := func(x *yaml.Node) bool { return x.Kind == yaml.ScalarNode }
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !plain(n.Content[i+1]) {
				return "", true
			}
			add(n.Content[i], n.Content[i+1])
		}
		return b.String(), false
	}
	for _, x := range n.Content {
		switch r, p := keyAt(x, "range"), keyAt(x, "points"); {
		case x.Kind == yaml.MappingNode && len(x.Content) == 4 && r >= 0 && p >= 0:
			add(x.Content[r+1], x.Content[p+1])
		case x.Kind == yaml.MappingNode && len(x.Content) == 2 && plain(x.Content[1]):
			add(x.Content[0], x.Content[1])
		case x.Kind == yaml.SequenceNode && len(x.Content) == 2:
			add(x.Content[0], x.Content[1])
		default:
			return "", true
		}
	}
	return b.String(), false
}

// node is what is written for a typed value; nil where nothing is.
func (c *Cell) node(v string) (*yaml.Node, error) {
	v = strings.TrimSpace(v)
	if v == "" {
		if c.Must {
			return nil, &CellError{c.Key, "请填“" + c.Label + "”。"}
		}
		return nil, nil
	}
	switch c.Kind {
	case NumberCell:
		if _, err := ParseNum(v); err != nil && !slices.Contains([]string{"none", "不封顶", "不限", "无"}, v) {
			return nil, &CellError{c.Key, "“" + c.Label + "”要写一个数，现在是“" + v + "”。"}
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v}, nil
	case ChoiceCell:
		if !slices.ContainsFunc(c.Choices, func(x Choice) bool { return x.Value == v }) {
			return nil, &CellError{c.Key, "请在“" + c.Label + "”里选一个。"}
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v}, nil
	case ListCell:
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
		for _, x := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune("、，,;； \t\n", r) }) {
			list.Content = append(list.Content, scalar(x))
		}
		return list, nil
	case BandsCell:
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for i, l := range strings.Split(v, "\n") {
			if l = strings.TrimSpace(l); l == "" {
				continue
			}
			at := strings.LastIndexAny(l, "=＝\t ")
			if at < 0 {
				return nil, &CellError{c.Key, "第 " + strconv.Itoa(i+1) + " 档“" + l + "”要写成“范围 = 得分”，例如 10以上 = 20。"}
			}
			r, p := strings.TrimRight(l[:at], " \t=＝"), strings.TrimLeft(l[at:], " \t=＝")
			if _, err := ParseNum(p); err != nil || r == "" {
				return nil, &CellError{c.Key, "第 " + strconv.Itoa(i+1) + " 档“" + l + "”的得分要是一个数，例如 10以上 = 20。"}
			}
			list.Content = append(list.Content, &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle, Content: []*yaml.Node{scalar("range"), {Kind: yaml.ScalarNode, Value: r, Tag: "!!str"}, scalar("points"), scalar(p)}})
		}
		return list, nil
	}
	n := scalar(v)
	if c.Key == "id" || c.Key == "version" { // "1" stays a text
		n.SetString(v)
		n.Style = yaml.DoubleQuotedStyle
	}
	return n, nil
}

// SetCells writes what was typed into the n-th line of a section (0 adds one) and returns the new text. Only cells whose value differs are
// touched; comments and layout stay. typed holds the cells' values by key; a locked cell is left as it is.
func SetCells(text string, s Section, n int, typed map[string]string) (string, error) {
	cells, err := Cells(text, s, n, Method(typed["method"]))
	if err != nil {
		return text, err
	}
	e := &editor{text}
	root, err := parseNode(text)
	if err != nil {
		return text, err
	}
	path := base(root, s)
	stood, err := lineOf(root, s, n)
	if err != nil {
		return text, err
	}
	if s != Head && n == 0 {
		line := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		params := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, c := range cells {
			v, err := c.node(typed[c.Key])
			if err != nil {
				return text, err
			}
			if v == nil {
				continue
			}
			if _, k, nested := strings.Cut(c.Key, "."); nested {
				params.Content = append(params.Content, scalar(k), v)
			} else {
				line.Content = append(line.Content, scalar(c.Key), v)
			}
		}
		if len(params.Content) > 0 {
			line.Content = append(line.Content, scalar("params"), params)
		}
		if !e.add(path, line) {
			return text, &CellError{"", "加不进去，请在原文里加。"}
		}
		return e.text, nil
	}
	if s != Head {
		path = append(path, step{n: n - 1})
	}
	for _, c := range cells {
		if _, shown := typed[c.Key]; !shown {
			continue
		}
		old := c
		old.Value, old.Locked = "", false
		old.fill(stood)
		if c.Locked || strings.TrimSpace(old.Value) == strings.TrimSpace(strings.ReplaceAll(typed[c.Key], "\r\n", "\n")) {
			continue // what stands there is not judged: 扣0.5分 is a number to Parse
		}
		v, err := c.node(typed[c.Key])
		if err != nil {
			return text, err
		}
		at := append(slices.Clone(path), c.path(stood)...)
		if !e.set(at, v) {
			return text, &CellError{c.Key, "“" + c.Label + "”改不动，请在原文里改。"}
		}
	}
	if s == ItemSection { // what only the method before knew
		for _, k := range params(stood) {
			if !slices.ContainsFunc(cells, func(c Cell) bool { return c.Key == "params."+k || c.other == "params."+k }) && !slices.Contains(paramKeys[Method(typed["method"])], k) {
				e.set(append(slices.Clone(path), step{key: "params"}, step{key: k}), nil)
			}
		}
		if root, err := parseNode(e.text); err == nil {
			p := append(slices.Clone(path), step{key: "params"})
			if x := find(root, p); x != nil && x.Kind == yaml.MappingNode && len(x.Content) == 0 {
				e.set(p, nil)
			}
		}
	}
	return e.text, nil
}

// params are the parameters that a line names.
func params(line *yaml.Node) (out []string) {
	if p := find(line, []step{{key: "params"}}); p != nil && p.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(p.Content); i += 2 {
			out = append(out, canonicalKey(p.Content[i].Value))
		}
	}
	return out
}

// DropLine takes the n-th line of a section (from 1) out of the text.
func DropLine(text string, s Section, n int) (string, error) {
	root, err := parseNode(text)
	if err != nil {
		return text, &CellError{"", "办法原文的写法有错，先在原文里改好。"}
	}
	if _, err := lineOf(root, s, n); err != nil {
		return text, err
	}
	e := &editor{text}
	if n < 1 || !e.drop(base(root, s), n-1) {
		return text, &CellError{"", "删不掉，请在原文里删。"}
	}
	return e.text, nil
}

// MoveLine exchanges the n-th line of a section (from 1) with the one before it.
func MoveLine(text string, s Section, n int) (string, error) {
	root, err := parseNode(text)
	if err != nil {
		return text, &CellError{"", "办法原文的写法有错，先在原文里改好。"}
	}
	e := &editor{text}
	if n < 2 || !e.swap(base(root, s), n-2) {
		return text, &CellError{"", "这一行不能再往前移。"}
	}
	return e.text, nil
}

// CellKeys are the keys of all cells, which are the names of a form's fields.
func CellKeys() (out []string) {
	add := func(list []Cell) {
		for _, c := range list {
			if !slices.Contains(out, c.Key) {
				out = append(out, c.Key)
			}
		}
	}
	add(headCells())
	add(itemCells())
	for _, m := range methodChoices() {
		add(methodCells[Method(m.Value)])
	}
	add(markCells(false))
	add(markCells(true))
	return out
}
