package score

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// Formula is a scoring expression (计分公式) as its author wrote it, checked and
// ready to be evaluated exactly.
//
// expr-lang reads the text into a tree; only whitelisted kinds of node are let
// through, and this package walks the tree itself on exact fractions. So there is
// no loop, no text, no list, no call into the host, and a formula's cost is
// bounded by its length.
type Formula struct {
	src  string
	root ast.Node
}

// String returns the text as written.
func (f *Formula) String() string { return f.src }

const (
	maxFormula = 600 // runes
	maxNodes   = 200
)

// percentCall is how a number with a percent sign stands in the text that expr reads.
const percentCall = "百分之"

// functions lists what a formula may call: name → least and greatest number of arguments.
var functions = map[string]struct {
	is       string
	min, max int
}{
	"最小": {"min", 2, 20}, "min": {"min", 2, 20}, "最大": {"max", 2, 20}, "max": {"max", 2, 20},
	"绝对值": {"abs", 1, 1}, "abs": {"abs", 1, 1}, "四舍五入": {"round", 1, 2}, "round": {"round", 1, 2},
	"取整": {"floor", 1, 1}, "floor": {"floor", 1, 1}, "限幅": {"clamp", 3, 3}, "clamp": {"clamp", 3, 3},
	percentCall: {"percent", 1, 1}, "如果": {"if", 3, 3}, "平均": {"mean", 1, 20}, "mean": {"mean", 1, 20}, "avg": {"mean", 1, 20},
	"几何平均": {"geomean", 2, 20}, "geomean": {"geomean", 2, 20}, "对数": {"ln", 1, 1}, "ln": {"ln", 1, 1}, "log": {"ln", 1, 1}, "自然对数": {"ln", 1, 1}, "开方": {"root", 1, 2}, "sqrt": {"root", 1, 1}, "平方根": {"root", 1, 1},
	"乘方": {"power", 2, 2}, "pow": {"power", 2, 2}, "power": {"power", 2, 2},
}

var functionName = map[string]string{"min": "最小", "max": "最大", "abs": "绝对值", "round": "四舍五入", "floor": "取整", "clamp": "限幅", "if": "如果", "mean": "平均", "geomean": "几何平均", "ln": "对数", "root": "开方", "power": "乘方"}

var fullWidth = map[rune]string{'（': "(", '）': ")", '，': ",", '、': ",", '＋': "+", '－': "-", '−': "-", '—': "-", '×': "*", '＊': "*", '·': "*", '÷': "/", '／': "/",
	'≥': ">=", '≤': "<=", '≠': "!=", '＞': ">", '＜': "<", '＝': "=", '？': "?", '：': ":", '。': ".", '．': ".", '％': "%", '　': " ", '！': "!"}

// normalize turns full-width punctuation, Chinese connectives and percent signs into
// what expr reads, and returns for each rune of the result the rune of src it came from.
func normalize(src string) (string, []int, error) {
	in := []rune(src)
	var out []rune
	var at []int
	put := func(i int, s string) {
		for _, r := range s {
			out, at = append(out, r), append(at, i)
		}
	}
	number := -1 // where in out the number that may be followed by % began
	for i := 0; i < len(in); i++ {
		r := in[i]
		if r >= '０' && r <= '９' {
			r -= '０' - '0'
		}
		if s, ok := fullWidth[r]; ok {
			if s == "%" {
				r = '%'
			} else if s == "." {
				r = '.'
			} else {
				if s == "=" && (i+1 < len(in) && (in[i+1] == '＝' || in[i+1] == '=')) {
					i++
					s = "=="
				} else if s == "=" && len(out) > 0 && !strings.ContainsRune("<>!=", out[len(out)-1]) {
					s = "=="
				}
				put(i, s)
				number = -1
				continue
			}
		}
		switch {
		case r >= '0' && r <= '9' || r == '.':
			if number < 0 && (len(out) == 0 || !isName(out[len(out)-1])) {
				number = len(out)
			}
			put(i, string(r))
			if number >= 0 && len(out)-number > 16 {
				return "", nil, fmt.Errorf("第%d个字：数字超过15位，无法精确计算", at[number]+1)
			}
		case r == '=' && !(i+1 < len(in) && in[i+1] == '=') && !(len(out) > 0 && strings.ContainsRune("<>!=", out[len(out)-1])):
			put(i, "==")
			number = -1
		case r == '%':
			if number < 0 {
				return "", nil, fmt.Errorf("第%d个字：百分号只能写在数字后面，数字前面要有运算或比较符号", i+1)
			}
			digits := string(out[number:])
			from := at[number]
			out, at = out[:number], at[:number]
			put(from, percentCall+"("+digits+")")
			number = -1
		case r == '"' || r == '\'' || r == '`' || r == '“' || r == '”' || r == '[' || r == ']' || r == '{' || r == '}' || r == '#' || r == '$' || r == ';' || r == '@' || r == '|' || r == '\\':
			return "", nil, fmt.Errorf("第%d个字：公式里不能写“%c”，只能用数字、名称、＋－×÷、比较和括号", i+1, in[i])
		default:
			number = -1
			if w := connective(in, i); w != "" {
				put(i, " "+w+" ")
				continue
			}
			put(i, string(r))
		}
	}
	return string(out), at, nil
}

func isName(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// connective reads 且, 或, 非 where they stand alone between non-name characters.
func connective(in []rune, i int) string {
	w := map[rune]string{'且': "and", '或': "or", '非': "not"}[in[i]]
	if w == "" || i > 0 && isName(in[i-1]) && !(in[i-1] >= '0' && in[i-1] <= '9') || i+1 < len(in) && isName(in[i+1]) && in[i] != '非' && !(in[i+1] >= '0' && in[i+1] <= '9') {
		return ""
	}
	return w
}

// ParseFormula compiles src. known tells which names have a value; names lists some for the error message.
// want is "数" for a number or "是否" for a condition.
// rename, if any, gives the name that another one stands for.
// Comparisons in words (GDP增速不低于8%) are read where the text means nothing otherwise, for they may also be part of a name.
func parseFormula(src, want string, known func(string) bool, names []string, rename map[string]string) (*Formula, error) {
	f, err := parseSigns(src, want, known, names, rename)
	if err != nil && wordSigns.MatchString(src) {
		in := wordSigns.ReplaceAllStringFunc(src, func(m string) string {
			w := strings.TrimRight(m, "0123456789０１２３４５６７８９-－. ")
			return comparison[w] + strings.TrimPrefix(m, w)
		})
		if g, again := parseSigns(in, want, known, names, rename); again == nil {
			g.src = strings.TrimSpace(src)
			return g, nil
		}
	}
	return f, err
}

// comparison is the sign that a word means; wordSigns finds the words before a number.
var (
	comparison = map[string]string{"大于等于": ">=", "大于或等于": ">=", "不低于": ">=", "不少于": ">=", "不小于": ">=", "达到": ">=", "小于等于": "<=", "小于或等于": "<=", "不高于": "<=", "不超过": "<=", "不大于": "<=", "不多于": "<=",
		"大于": ">", "高于": ">", "超过": ">", "多于": ">", "小于": "<", "低于": "<", "少于": "<", "不足": "<", "等于": "=="}
	wordSigns = regexp.MustCompile(`(?:大于等于|大于或等于|不低于|不少于|不小于|达到|小于等于|小于或等于|不高于|不超过|不大于|不多于|大于|高于|超过|多于|小于|低于|少于|不足|等于) *[-－]?[0-9０-９.]+`)
)

func parseSigns(src, want string, known func(string) bool, names []string, rename map[string]string) (*Formula, error) {
	if n := len([]rune(src)); n > maxFormula {
		return nil, fmt.Errorf("公式有%d个字，超过%d个字的上限，请拆成几个指标", n, maxFormula)
	}
	if strings.TrimSpace(src) == "" {
		return nil, errors.New("公式是空的")
	}
	text, at, err := normalize(src)
	if err != nil {
		return nil, err
	}
	tree, err := parser.Parse(text)
	pos := func(from int) int {
		if from >= 0 && from < len(at) {
			return at[from] + 1
		}
		return len([]rune(src))
	}
	if err != nil {
		var fe *file.Error
		if errors.As(err, &fe) {
			return nil, fmt.Errorf("第%d个字附近写法不对：%s", pos(fe.From), chineseSyntax(fe.Message))
		}
		return nil, errors.New("写法不对，请检查括号和运算符号")
	}
	c := checker{known: known, names: names, pos: pos, rename: rename}
	got := c.kind(tree.Node)
	if c.err == nil && c.nodes > maxNodes {
		c.err = fmt.Errorf("公式太长（%d个成分，上限%d个）", c.nodes, maxNodes)
	}
	if c.err == nil && got != want {
		c.err = map[string]error{"数": errors.New("公式的结果应是一个数，这里是一个判断"), "是否": errors.New("这里应写一个判断（如“完成值 ≥ 8”），现在的结果是一个数")}[want]
	}
	if c.err != nil {
		return nil, c.err
	}
	return &Formula{src: strings.TrimSpace(src), root: tree.Node}, nil
}

func chineseSyntax(m string) string {
	switch {
	case strings.Contains(m, "unclosed"), strings.Contains(m, "unexpected end"), strings.Contains(m, "EOF"):
		return "公式没有写完，可能少了一个右括号或右边的数"
	case strings.Contains(m, "unexpected token"):
		return "多了或少了运算符号"
	case strings.Contains(m, "unrecognized character"):
		return "有不认识的符号"
	case strings.Contains(m, "argument"):
		return "函数的参数个数不对"
	}
	return "请检查括号、逗号和运算符号"
}

type checker struct {
	known  func(string) bool
	names  []string
	pos    func(int) int
	rename map[string]string
	nodes  int
	depth  int
	err    error
}

func (c *checker) fail(n ast.Node, format string, args ...any) string {
	if c.err == nil {
		c.err = fmt.Errorf("第%d个字：%s", c.pos(n.Location().From), fmt.Sprintf(format, args...))
	}
	return ""
}

// nameAlias are the English words for the names that formulas know, and other Chinese ones.
var nameAlias = map[string]string{"value": "完成值", "actual": "完成值", "实际值": "完成值", "实绩": "完成值", "target": "目标值", "plan": "目标值", "目标": "目标值", "计划值": "目标值", "计划": "目标值", "rate": "完成率", "completion": "完成率", "weight": "权重", "分值": "权重",
	"group_max": "组内最高", "group_min": "组内最低", "group_mean": "组内平均", "rank": "组内名次", "total": "总分", "base": "满分", "full": "满分", "last": "末位名次", "n": "单位数", "units": "单位数"}

// alias returns the known name that s stands for.
func (c *checker) alias(s string) (string, bool) {
	base, _ := strings.CutSuffix(s, "_目标")
	if k := c.rename[base]; k != "" {
		if base != s {
			k += "_目标"
		}
		return k, c.known(k)
	}
	for _, k := range []string{nameAlias[s], map[string]string{"rank": "名次", "target": "目标分", "目标": "目标分"}[s]} {
		if k != "" && c.known(k) {
			return k, true
		}
	}
	for _, suffix := range []string{"_target", "_plan", "目标值", "_目标值", "目标", "_计划", "计划值", "计划"} {
		if base, ok := strings.CutSuffix(s, suffix); ok && base != "" && c.known(base+"_目标") {
			return base + "_目标", true
		}
	}
	return "", false
}

// call returns name and arguments if n is a call.
func call(n ast.Node) (string, []ast.Node, bool) {
	switch n := n.(type) {
	case *ast.CallNode:
		if id, ok := n.Callee.(*ast.IdentifierNode); ok {
			return id.Value, n.Arguments, true
		}
	case *ast.BuiltinNode:
		return n.Name, n.Arguments, true
	}
	return "", nil, false
}

func (c *checker) want(n ast.Node, kind string) {
	if got := c.kind(n); c.err == nil && got != kind {
		c.fail(n, "%s", map[string]string{"数": "这里要一个数，写的却是一个判断", "是否": "这里要一个判断（如“完成值 ≥ 8”），写的却是一个数"}[kind])
	}
}

// kind checks n and returns 数 or 是否.
func (c *checker) kind(n ast.Node) string {
	c.nodes++
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > 60 {
		return c.fail(n, "括号套得太深")
	}
	if c.err != nil {
		return ""
	}
	switch n := n.(type) {
	case *ast.IntegerNode:
		return "数"
	case *ast.FloatNode:
		if _, ok := literal(n); !ok {
			return c.fail(n, "数字太长，无法精确计算")
		}
		return "数"
	case *ast.BoolNode:
		return "是否"
	case *ast.IdentifierNode:
		if !c.known(n.Value) {
			if s, ok := c.alias(n.Value); ok {
				n.Value = s
			}
		}
		if !c.known(n.Value) {
			return c.fail(n, "不认识“%s”%s。可用的名称：%s", n.Value, nearest(n.Value, c.names), strings.Join(c.names, "、"))
		}
		return "数"
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			c.want(n.Node, "是否")
			return "是否"
		}
		c.want(n.Node, "数")
		return "数"
	case *ast.ConditionalNode:
		c.want(n.Cond, "是否")
		k := c.kind(n.Exp1)
		c.want(n.Exp2, k)
		return k
	case *ast.BinaryNode:
		switch n.Operator {
		case "+", "-", "*", "/":
			c.want(n.Left, "数")
			c.want(n.Right, "数")
			if n.Operator == "+" || n.Operator == "-" {
				inPoints(&n.Left, &n.Right)
			}
			return "数"
		case ">", "<", ">=", "<=", "==", "!=":
			c.want(n.Left, "数")
			c.want(n.Right, "数")
			inPoints(&n.Left, &n.Right)
			return "是否"
		case "and", "or", "&&", "||":
			c.want(n.Left, "是否")
			c.want(n.Right, "是否")
			return "是否"
		}
		return c.fail(n, "不能用“%s”运算，只能用 ＋ － × ÷ 和比较、且、或、非", n.Operator)
	}
	if name, args, ok := call(n); ok {
		f, ok := functions[name]
		if name == percentCall {
			if _, ok := literal(args[0]); !ok || len(args) != 1 {
				return c.fail(n, "百分号只能写在数字后面")
			}
			return "数"
		}
		if !ok {
			return c.fail(n, "不认识函数“%s”。可用的函数：最小、最大、平均、绝对值、四舍五入、取整、限幅、如果、几何平均、对数、开方、乘方", name)
		}
		if len(args) < f.min || len(args) > f.max {
			return c.fail(n, "函数“%s”的参数个数不对，写了%d个", name, len(args))
		}
		if f.is == "if" {
			c.want(args[0], "是否")
			args = args[1:]
		}
		each := make([]*ast.Node, len(args))
		for i := range args {
			c.want(args[i], "数")
			each[i] = &args[i]
		}
		inPoints(each...)
		return "数"
	}
	return c.fail(n, "不允许的写法，只能用数字、名称、＋－×÷、比较和括号")
}

// inPoints turns 8% into 8 where it stands beside values of the data: a table writes 8% as 8 percentage points, so GDP增速 ≥ 8% means 8. Beside a
// quotient (完成值 ÷ 目标值 ≥ 90%) and as a factor (权重 × 5%) it stays a share.
func inPoints(nodes ...*ast.Node) {
	if !slices.ContainsFunc(nodes, func(n *ast.Node) bool { return ofData(*n) }) {
		return
	}
	for _, n := range nodes {
		if name, args, ok := call(*n); ok && name == percentCall {
			*n = args[0]
		} else if u, ok := (*n).(*ast.UnaryNode); ok {
			if name, args, ok := call(u.Node); ok && name == percentCall {
				u.Node = args[0]
			}
		}
	}
}

// ofData reports whether n is a value of the data, or a sum, multiple or choice of such: not a quotient or product of two of them.
func ofData(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return !slices.Contains([]string{"权重", "满分", "总分", "单位数", "组内名次", "名次", "末位名次"}, n.Value)
	case *ast.UnaryNode:
		return ofData(n.Node)
	case *ast.ConditionalNode:
		return ofData(n.Exp1) || ofData(n.Exp2)
	case *ast.BinaryNode:
		_, l := literal(n.Left)
		_, r := literal(n.Right)
		switch n.Operator {
		case "+", "-":
			return ofData(n.Left) || ofData(n.Right)
		case "*":
			return l && ofData(n.Right) || r && ofData(n.Left)
		case "/":
			return r && ofData(n.Left)
		}
		return false
	}
	name, args, ok := call(n)
	if !ok || name == percentCall {
		return false
	}
	if functions[name].is == "if" {
		args = args[1:]
	}
	return slices.ContainsFunc(args, ofData)
}

var errZero = errors.New("除数为零")

// value is a number or a yes/no.
type value struct {
	num Num
	yes bool
}

// missingName is returned when a formula needs a value that the unit does not have.
type missingName string

func (m missingName) Error() string { return "缺少“" + string(m) + "”" }

// env gives names their values; it returns false where the unit has none.
type env func(name string) (Num, bool)

func (f *Formula) eval(e env) (Num, error) {
	v, err := evalNode(f.root, e)
	return v.num, err
}

func (f *Formula) holds(e env) (bool, error) {
	v, err := evalNode(f.root, e)
	return v.yes, err
}

func literal(n ast.Node) (Num, bool) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return Int(int64(n.Value)), true
	case *ast.FloatNode:
		x, err := ParseNum(strconv.FormatFloat(n.Value, 'f', -1, 64))
		return x, err == nil
	}
	return Num{}, false
}

func evalNode(n ast.Node, e env) (value, error) {
	if x, ok := literal(n); ok {
		return value{num: x}, nil
	}
	switch n := n.(type) {
	case *ast.BoolNode:
		return value{yes: n.Value}, nil
	case *ast.IdentifierNode:
		x, ok := e(n.Value)
		if !ok {
			return value{}, missingName(n.Value)
		}
		return value{num: x}, nil
	case *ast.UnaryNode:
		v, err := evalNode(n.Node, e)
		if n.Operator == "-" {
			v.num = v.num.neg()
		}
		v.yes = !v.yes
		return v, err
	case *ast.ConditionalNode:
		c, err := evalNode(n.Cond, e)
		if err != nil {
			return value{}, err
		}
		if c.yes {
			return evalNode(n.Exp1, e)
		}
		return evalNode(n.Exp2, e)
	case *ast.BinaryNode:
		a, err := evalNode(n.Left, e)
		if err != nil {
			return value{}, err
		}
		switch n.Operator {
		case "and", "&&":
			if !a.yes {
				return a, nil
			}
			return evalNode(n.Right, e)
		case "or", "||":
			if a.yes {
				return a, nil
			}
			return evalNode(n.Right, e)
		}
		b, err := evalNode(n.Right, e)
		if err != nil {
			return value{}, err
		}
		switch n.Operator {
		case "+":
			return value{num: a.num.add(b.num)}, nil
		case "-":
			return value{num: a.num.sub(b.num)}, nil
		case "*":
			return value{num: a.num.mul(b.num)}, nil
		case "/":
			q, ok := a.num.quo(b.num)
			if !ok {
				return value{}, errZero
			}
			return value{num: q}, nil
		}
		c := a.num.Cmp(b.num)
		return value{yes: n.Operator == ">" && c > 0 || n.Operator == "<" && c < 0 || n.Operator == ">=" && c >= 0 || n.Operator == "<=" && c <= 0 || n.Operator == "==" && c == 0 || n.Operator == "!=" && c != 0}, nil
	}
	name, args, _ := call(n)
	is := functions[name].is
	if is == "if" {
		c, err := evalNode(args[0], e)
		if err != nil {
			return value{}, err
		}
		if c.yes {
			return evalNode(args[1], e)
		}
		return evalNode(args[2], e)
	}
	x := make([]Num, len(args))
	for i, a := range args {
		v, err := evalNode(a, e)
		if err != nil {
			return value{}, err
		}
		x[i] = v.num
	}
	out := x[0]
	switch is {
	case "min":
		for _, y := range x[1:] {
			out = out.min(y)
		}
	case "max":
		for _, y := range x[1:] {
			out = out.max(y)
		}
	case "mean":
		out, _ = sum(x).quo(Int(int64(len(x))))
	case "abs":
		out = out.abs()
	case "floor":
		out = out.floor()
	case "clamp":
		out = out.max(x[1]).min(x[2])
	case "percent":
		out, _ = out.quo(Int(100))
	case "geomean":
		for _, y := range x[1:] {
			if y.Sign() < 0 {
				return value{}, errors.New("几何平均里有负数")
			}
			out = out.mul(y)
		}
		ok := false
		if out, ok = out.root(len(x)); !ok {
			return value{}, errors.New("几何平均里有负数")
		}
	case "ln":
		ok := false
		if out, ok = out.ln(); !ok {
			return value{}, errors.New("零或负数没有对数")
		}
	case "root":
		n, ok := 2, false
		if len(x) == 2 {
			n = 0
			if x[1].b == nil && x[1].den() == 1 {
				n = int(min(max(x[1].n, 0), 21))
			}
		}
		if out, ok = out.root(n); !ok {
			return value{}, errors.New("负数不能开方，开几次方应是 1 到 20 的整数")
		}
	case "power":
		ok := false
		if x[1].b == nil && x[1].den() == 1 {
			out, ok = out.power(x[1].n)
		}
		if !ok {
			return value{}, errors.New("乘方的次数应是 -12 到 12 的整数，零没有负次方")
		}
	case "round":
		scale := 0
		if len(x) == 2 && x[1].b == nil && x[1].den() == 1 {
			scale = int(min(max(x[1].n, 0), 9))
		}
		out = out.round(scale, HalfUp)
	}
	return value{num: out}, nil
}

func sum(x []Num) Num {
	var s Num
	for _, y := range x {
		s = s.add(y)
	}
	return s
}

// names returns the names that the formula reads, each once, in order of appearance.
func (f *Formula) names() []string {
	var out []string
	walk(f.root, func(n ast.Node) {
		if id, ok := n.(*ast.IdentifierNode); ok && !slices.Contains(out, id.Value) {
			out = append(out, id.Value)
		}
	})
	return out
}

func walk(n ast.Node, visit func(ast.Node)) {
	visit(n)
	switch n := n.(type) {
	case *ast.UnaryNode:
		walk(n.Node, visit)
	case *ast.BinaryNode:
		walk(n.Left, visit)
		walk(n.Right, visit)
	case *ast.ConditionalNode:
		walk(n.Cond, visit)
		walk(n.Exp1, visit)
		walk(n.Exp2, visit)
	default:
		_, args, _ := call(n)
		for _, a := range args {
			walk(a, visit)
		}
	}
}

var signs = map[string]string{"+": "＋", "-": "－", "*": "×", "/": "÷", ">=": "≥", "<=": "≤", "==": "＝", "!=": "≠", ">": "＞", "<": "＜", "and": "且", "or": "或", "&&": "且", "||": "或"}

var binding = map[string]int{"or": 1, "||": 1, "and": 2, "&&": 2, "==": 3, "!=": 3, ">": 3, "<": 3, ">=": 3, "<=": 3, "+": 4, "-": 4, "*": 5, "/": 5}

// text writes the formula with Chinese signs; with e it puts the values in for the names.
func (f *Formula) text(e env) string { return write(f.root, e, 0) }

func write(n ast.Node, e env, outer int) string {
	if x, ok := literal(n); ok {
		return x.String()
	}
	switch n := n.(type) {
	case *ast.BoolNode:
		if n.Value {
			return "是"
		}
		return "否"
	case *ast.IdentifierNode:
		if e != nil {
			if x, ok := e(n.Value); ok {
				return paren(x)
			}
			return n.Value + "（缺）"
		}
		return n.Value
	case *ast.UnaryNode:
		if n.Operator == "-" {
			return "－" + write(n.Node, e, 6)
		}
		return "非" + write(n.Node, e, 6)
	case *ast.ConditionalNode:
		return "如果（" + write(n.Cond, e, 0) + "，" + write(n.Exp1, e, 0) + "，" + write(n.Exp2, e, 0) + "）"
	case *ast.BinaryNode:
		b := binding[n.Operator]
		right := b
		if n.Operator == "-" || n.Operator == "/" {
			right++
		}
		s := write(n.Left, e, b) + " " + signs[n.Operator] + " " + write(n.Right, e, right)
		if b < outer {
			return "(" + s + ")"
		}
		return s
	}
	name, args, _ := call(n)
	if name == percentCall {
		return write(args[0], e, 0) + "%"
	}
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = write(a, e, 0)
	}
	return functionName[functions[name].is] + "(" + strings.Join(parts, ", ") + ")"
}

// paren writes x, in brackets if negative, so that it can stand inside a sum.
func paren(x Num) string {
	if x.Sign() < 0 {
		return "(" + x.String() + ")"
	}
	return x.String()
}
