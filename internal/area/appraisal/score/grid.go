package score

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/govalues/decimal"
)

// A table of data comes in the forms in which offices keep them. The long form (长表) has a row per value and names the indicator in a column. In
// the wide form (宽表) the columns are indicators, under one heading or two (指标 over 完成值 and 目标值); turned round, the columns are the units and
// the rows the indicators; and in a table by periods (分期表) the columns are months or quarters. All become the same rows.

// layout says what the columns of a table are.
type layout struct {
	first, last int               // rows of the heading
	at          map[string]int    // field → column, for what a whole row shares
	measures    map[string]string // field → unit of measure that its heading names
	slots       []slotOf          // what each row gives: in the long form one value, otherwise one for each column or pair
	long        bool
}

// slotOf is one value of a row: where its numbers stand, and what the heading says of it.
type slotOf struct {
	item, unit, period string
	at                 map[string]int // value, target, count → column
	measures           map[string]string
}

// aside are columns that go with a wide table and carry nothing to score.
var aside = strings.Fields("序号 编号 no no. 备注 说明 note remark 联系人 电话 填报人 填报单位 region_en code 代码 iso3 id")

// measureWord matches what may stand in a column 单位 that names units of measure (计量单位).
var measureWord = regexp.MustCompile(`^(?:[十百千万亿]*(?:元|美元|人|户|个|项|家|件|次|名|吨|亩|公顷|米|公里|千米|平方米|平方公里|立方米|千瓦时|千瓦|人次|辆|台|套|所|张|册|床|处|座|起|宗|天|分|升|头|只|株|条|场|倍|岁|年|小时|%|‰|百分点)(?:/[^0-9]{1,4})?|[^0-9]{1,4}/[^0-9]{1,4}|-|—)?$`)

// noteLine matches the first words of a line below a table.
var noteLine = regexp.MustCompile(`^(?:注|备注|说明|附注|填报|填表|审核|制表|联系人|负责人|数据来源|资料来源|来源)(?:[:：]|单位|人|时间|日期|\d|$)`)

// totals are the rows that add up others.
var totals = strings.Fields("合计 总计 小计 平均 合计数 总数 平均值 均值 平均数 全市合计 全县合计 全区合计 全省合计 全市 全县 全区 全省 全国 全镇 total")

func isTotal(s string) bool {
	return slices.Contains(totals, strings.ToLower(strings.ReplaceAll(halfWidth(s), " ", "")))
}

// named takes the padding out of a name: “乙　镇” is 乙镇, as in tables whose names are spread to one width. Spaces between other letters stay.
func named(s string) string {
	s = trimText(s)
	if !strings.ContainsAny(s, " 　\u00A0\n\t") {
		return s
	}
	in := []rune(s)
	out := in[:0]
	for i, r := range in {
		if unicode.IsSpace(r) || r == '　' || r == '\u00A0' {
			k := i
			for k < len(in) && (unicode.IsSpace(in[k]) || in[k] == '　') {
				k++
			}
			if len(out) > 0 && k < len(in) && unicode.Is(unicode.Han, out[len(out)-1]) && unicode.Is(unicode.Han, in[k]) {
				continue
			}
		}
		out = append(out, r)
	}
	return string(out)
}

// heading splits a heading of a wide table into its name and its unit of measure: 固定资产投资（亿元）.
func heading(h string) (name, measure string) {
	h = named(strings.NewReplacer("\n", "", "\r", "").Replace(h))
	open := strings.LastIndexAny(h, "（(")
	if open > 0 && (strings.HasSuffix(h, "）") || strings.HasSuffix(h, ")")) {
		in := strings.Trim(h[open:], "（()）")
		if measureWord.MatchString(halfWidth(in)) {
			return strings.TrimSpace(h[:open]), halfWidth(in)
		}
	}
	return h, ""
}

func at(row []string, i int) string {
	if i < 0 || i >= len(row) {
		return ""
	}
	return trimText(row[i])
}

func isNumber(s string) bool {
	v, _, err := cell(s)
	return err == nil && v.Valid
}

func blank(row []string) bool { return strings.TrimSpace(halfWidth(strings.Join(row, ""))) == "" }

// note reports whether a row is a remark below the table: one or two cells, the first beginning with 注 or the like.
func note(row []string) bool {
	var have []string
	for _, c := range row {
		if t := trimText(c); t != "" {
			have = append(have, t)
		}
	}
	return len(have) > 0 && len(have) <= 2 && noteLine.MatchString(have[0])
}

// numeric reports whether a column below the heading holds a number.
func numeric(rows [][]string, from, col int) bool {
	return slices.ContainsFunc(rows[min(from, len(rows)):], func(r []string) bool { return isNumber(at(r, col)) })
}

// title is the indicator that a line above the heading names: “指标：地区生产总值(亿元)”.
func title(rows [][]string, head int) string {
	for _, r := range rows[:head] {
		for _, c := range r {
			if t, ok := strings.CutPrefix(halfWidth(c), "指标:"); ok {
				n, _ := heading(t)
				return n
			}
		}
	}
	return ""
}

// arrange finds the heading and what form the table has; problems are what is wrong with the heading.
func arrange(rows [][]string) (l layout, bad []Problem, ok bool) {
	head, best, first := -1, 0, -1 // the heading is the row of the first twenty that names the most columns
	wide := -1                     // or the first that names the unit beside other things
	for i := 0; i < len(rows) && first < 0 || i < min(len(rows), max(first, 0)+20); i++ {
		r := rows[i]
		if blank(r) {
			continue
		}
		if first < 0 {
			first = i
		}
		seen := map[string]bool{}
		full := 0
		for _, h := range r {
			if trimText(h) != "" {
				full++
			}
			if f, _ := column(h); f != "" {
				seen[f] = true
			}
		}
		if wide < 0 && (seen["unit"] || seen["item"]) && full > 1 && !slices.ContainsFunc(r, isNumberNotPeriod) {
			wide = i
		}
		if n := len(seen); n > best && (seen["unit"] && (seen["item"] || seen["event"]) || best == 0 && n > 1 || i == first) {
			head, best = i, n
		}
		if seen["unit"] && (seen["item"] || seen["event"]) {
			break
		}
	}
	if first < 0 {
		return l, []Problem{{Error, "表格", "表格是空的，一行也没有。第一行应是表头：单位,组别,指标,时段,完成值,目标值,事件,次数"}}, false
	}
	if head < 0 {
		head = first
	}
	l = layout{first: head, last: head, at: map[string]int{}, measures: map[string]string{}, long: true}
	var rest []int // columns whose heading is no field
	for i, h := range rows[head] {
		f, measure := column(h)
		switch {
		case strings.TrimSpace(halfWidth(h)) == "":
		case f == "":
			rest = append(rest, i)
		default:
			if _, twice := l.at[f]; twice {
				bad = append(bad, Problem{Error, fmt.Sprintf("第%d行第%d列", head+1, i+1), "列“" + trimText(h) + "”出现了两次，只读第一列"})
				continue
			}
			l.at[f], l.measures[f] = i, measure
		}
	}
	has := func(f string) bool { _, ok := l.at[f]; return ok }
	if has("unit") && has("item") && !has("value") && !has("target") && !has("count") {
		if t, ok := turned(rows, l, rest); ok {
			return t, nil, true
		}
	}
	if has("unit") && (has("item") || has("event")) {
		rest = l.guess(rows, rest, &bad)
		for _, i := range rest {
			bad = append(bad, Problem{Warning, fmt.Sprintf("第%d行第%d列", head+1, i+1), "不认识列名“" + trimText(rows[head][i]) + "”，这一列没有读入"})
		}
		one := slotOf{at: map[string]int{}, measures: map[string]string{}}
		for _, f := range []string{"value", "target", "count"} {
			if i, ok := l.at[f]; ok {
				one.at[f], one.measures[f] = i, l.measures[f]
			}
		}
		l.slots = []slotOf{one}
		return l, bad, true
	}
	if wide >= 0 {
		if w, more, ok := wideHead(rows, wide); ok {
			return w, more, true
		}
	}
	where := fmt.Sprintf("第%d行", head+1)
	if has("unit") && (has("value") || has("target")) {
		return l, []Problem{{Error, where, "表里有“单位”和数值，但没有写是哪个指标。请加一列“指标”，或者把数值那一列的列名写成指标的名称"}}, false
	}
	return l, []Problem{{Error, where, "没有找到表头。表头要有“单位”，以及“指标”或“事件”这一列；可用的列名：单位、组别、指标、时段、完成值、目标值、事件、次数、角色、性质、来源、免考、依据。" +
		"也可以一个单位一行、一个指标一列（列名写指标名称），或者一个指标一行、一个单位一列"}}, false
}

func isNumberNotPeriod(s string) bool {
	_, p := Period(s)
	return isNumber(s) && !p
}

// guess reads headings of a long table by a word in them: 实际完成投资（亿元） is 完成值, 年度计划投资 is 目标值. It says what it took.
func (l *layout) guess(rows [][]string, rest []int, bad *[]Problem) []int {
	for _, w := range []struct {
		field, name string
		words       []string
	}{{"value", "完成值", []string{"完成", "实际", "实绩"}}, {"target", "目标值", []string{"目标", "计划", "任务"}}} {
		if _, ok := l.at[w.field]; ok || w.field == "value" && slices.ContainsFunc([]string{"event", "count"}, func(f string) bool { _, ok := l.at[f]; return ok }) {
			continue
		}
		var fit []int
		for _, i := range rest {
			h := halfWidth(rows[l.first][i])
			if slices.ContainsFunc(w.words, func(x string) bool { return strings.Contains(h, x) }) && !strings.ContainsAny(h, "率比名人") && numeric(rows, l.last+1, i) {
				fit = append(fit, i)
			}
		}
		if len(fit) != 1 {
			continue
		}
		i := fit[0]
		_, m := heading(rows[l.first][i])
		l.at[w.field], l.measures[w.field] = i, m
		rest = slices.DeleteFunc(rest, func(k int) bool { return k == i })
		*bad = append(*bad, Problem{Warning, fmt.Sprintf("第%d行第%d列", l.first+1, i+1), "列“" + trimText(rows[l.first][i]) + "”按" + w.name + "读入"})
	}
	return rest
}

// turned reads a heading with an indicator column whose other columns are periods, or units (then 单位 names units of measure).
func turned(rows [][]string, l layout, rest []int) (layout, bool) {
	var cols []int
	for _, i := range rest {
		if h, _ := heading(rows[l.first][i]); !slices.Contains(aside, strings.ToLower(h)) && numeric(rows, l.last+1, i) {
			cols = append(cols, i)
		}
	}
	if len(cols) == 0 {
		return l, false
	}
	periods := !slices.ContainsFunc(cols, func(i int) bool { _, ok := Period(rows[l.first][i]); return !ok })
	u, unit := l.at["unit"]
	measures := unit && !slices.ContainsFunc(rows[l.last+1:], func(r []string) bool { return !measureWord.MatchString(halfWidth(at(r, u))) && !note(r) })
	switch {
	case periods && unit && !measures:
		for _, i := range cols {
			l.slots = append(l.slots, slotOf{period: trimText(rows[l.first][i]), at: map[string]int{"value": i}, measures: map[string]string{}})
		}
	case !periods && (measures || !unit):
		delete(l.at, "unit")
		for _, i := range cols {
			l.slots = append(l.slots, slotOf{unit: named(rows[l.first][i]), at: map[string]int{"value": i}, measures: map[string]string{}})
		}
	default:
		return l, false
	}
	l.long = false
	return l, true
}

// targetWords end the heading of a column of targets, valueWords that of the values beside it.
var (
	targetWords = strings.Fields("目标值 目标数 年度目标 目标 计划值 计划数 年度计划 计划 任务数 年度任务 任务 _target _plan")
	valueWords  = strings.Fields("完成值 完成数 完成 实际值 实际 实绩 _value _actual")
	plainWords  = strings.Fields("总量 绝对值 增速 增幅 增长 同比 环比 比重 占比 人均 得分 完成率 名次 排名 位次 数量 金额 个数 面积")
)

func stem(h string, words []string) (string, bool) {
	for _, w := range words {
		if b, ok := strings.CutSuffix(h, w); ok && b != "" {
			return strings.TrimRight(b, "_- "), true
		}
	}
	return h, false
}

// wideHead reads the heading of a wide table, in one row or two.
func wideHead(rows [][]string, head int) (l layout, bad []Problem, ok bool) {
	l = layout{first: head, last: head, at: map[string]int{}, measures: map[string]string{}}
	upper := rows[head]
	unit, item := -1, -1
	for i, h := range upper {
		switch f, _ := column(h); {
		case f == "unit" && unit < 0:
			unit = i
		case f == "item" && item < 0:
			item = i
		}
	}
	if unit < 0 { // indicators down, units across
		l.at["item"] = item
		var rest []int
		for i, h := range upper {
			switch f, _ := column(h); {
			case trimText(h) == "" || i == item:
			case f == "measure" || f == "period" || f == "kind" || f == "source":
				l.at[f] = i
			default:
				rest = append(rest, i)
			}
		}
		l, ok = turned(rows, l, rest)
		return l, nil, ok
	}
	var lower []string
	if head+1 < len(rows) {
		if r := rows[head+1]; !blank(r) && (at(r, unit) == "" || named(at(r, unit)) == named(upper[unit])) && !slices.ContainsFunc(r, isNumber) {
			lower = r
			l.last = head + 1
		}
	}
	width := max(len(upper), len(lower))
	type col struct {
		i           int
		top, bottom string
	}
	var cols []col
	last := ""
	times := map[string]int{}
	for i := range width {
		top, bottom := named(at(upper, i)), named(at(lower, i))
		if bottom == top {
			bottom = ""
		}
		if top == "" && bottom != "" {
			top = last
		}
		last = top
		if top == "" && bottom == "" {
			continue
		}
		f, m := column(top)
		if bottom == "" && slices.Contains([]string{"unit", "group", "period", "kind", "source", "exempt", "basis", "role", "measure"}, f) {
			if _, twice := l.at[f]; !twice {
				l.at[f], l.measures[f] = i, m
			}
			continue
		}
		if h, _ := heading(top); slices.Contains(aside, strings.ToLower(h)) && bottom == "" {
			continue
		}
		if !numeric(rows, l.last+1, i) {
			if slices.ContainsFunc(rows[l.last+1:], func(r []string) bool { return at(r, i) != "" }) {
				bad = append(bad, Problem{Warning, fmt.Sprintf("第%d行第%d列", head+1, i+1), "列“" + top + "”里没有数字，这一列没有读入"})
			}
			continue
		}
		cols = append(cols, col{i, top, bottom})
		times[bottom]++
	}
	if len(cols) == 0 {
		return l, nil, false
	}
	find := map[string]int{}
	put := func(name, field, measure string, i int) {
		k, have := find[name]
		if !have {
			k = len(l.slots)
			find[name] = k
			l.slots = append(l.slots, slotOf{item: name, at: map[string]int{}, measures: map[string]string{}})
		}
		if _, twice := l.slots[k].at[field]; twice {
			bad = append(bad, Problem{Error, fmt.Sprintf("第%d行第%d列", head+1, i+1), "列“" + name + "”出现了两次，只读第一列"})
			return
		}
		l.slots[k].at[field], l.slots[k].measures[field] = i, measure
	}
	names := map[string]bool{}
	for _, c := range cols {
		h, _ := heading(c.top)
		names[h] = true
	}
	periods := lower == nil && !slices.ContainsFunc(cols, func(c col) bool { _, ok := Period(c.top); return !ok })
	if periods {
		name := title(rows, head)
		if name == "" {
			return l, nil, false
		}
		for _, c := range cols {
			l.slots = append(l.slots, slotOf{item: name, period: c.top, at: map[string]int{"value": c.i}, measures: map[string]string{}})
		}
		return l, bad, true
	}
	alone := 0 // columns that only say 完成值 or 目标值
	for _, c := range cols {
		name, measure := heading(c.top)
		if c.bottom == "" {
			if f, _ := column(c.top); f == "value" || f == "target" || f == "count" {
				alone++
			}
			if base, yes := stem(name, targetWords); yes && lower == nil {
				pair := names[base] || slices.ContainsFunc(valueWords, func(w string) bool { return names[base+w] || names[base+"_"+w] })
				if pair {
					put(base, "target", measure, c.i)
					continue
				}
			}
			if base, yes := stem(name, valueWords); yes && lower == nil && slices.ContainsFunc(targetWords, func(w string) bool { return names[base+w] || names[base+"_"+w] }) {
				put(base, "value", measure, c.i)
				continue
			}
			put(name, "value", measure, c.i)
			continue
		}
		f, m := column(c.bottom)
		sub, sm := heading(c.bottom)
		if m == "" {
			m = sm
		}
		if m == "" {
			m = measure
		}
		if f == "value" || f == "target" || f == "count" {
			k, have := find[name]
			if have {
				_, have = l.slots[k].at[f]
			}
			if !have {
				put(name, f, m, c.i)
				continue
			}
		}
		if times[c.bottom] > 1 || slices.Contains(plainWords, sub) || f == "value" || f == "target" {
			sub = name + sub
		}
		put(sub, "value", m, c.i)
	}
	return l, bad, alone < len(cols)
}

// money is how many 元 a unit of money is.
var money = map[string]int64{"元": 1, "万元": 1e4, "百万元": 1e6, "千万元": 1e7, "亿元": 1e8, "万": 1e4, "亿": 1e8}

// ReadTable reads a table of data (计分数据) in any of the forms above, with its heading in English or Chinese.
// Bad rows become problems with their row number; the good ones are kept. Row 1 is the first row.
func ReadTable(rows [][]string) (Data, []Problem) {
	var d Data
	l, bad, ok := arrange(rows)
	if !ok {
		return d, bad
	}
	g := &gatherer{l: l, d: &d, bad: &bad, written: map[string]map[string]string{}, measured: map[string]map[string][]string{}, rows: map[string]string{}}
	g.heads()
	for n := l.last + 1; n < len(rows); n++ {
		if row := rows[n]; !blank(row) && !note(row) {
			g.row(row, n)
		}
	}
	g.mixed()
	bad = append(bad, alike(d)...)
	return d, bad
}

// gatherer turns rows of a table into inputs.
type gatherer struct {
	l        layout
	d        *Data
	bad      *[]Problem
	written  map[string]map[string]string   // indicator → how its values are written ("%", 万亿, 小数 …) → where first
	measured map[string]map[string][]string // indicator → unit of measure → where
	rows     map[string]string              // what a row of the long form says → where first
	factor   []Num                          // by slot: what a target is multiplied by to be in the value's unit
}

func (g *gatherer) add(l Level, where, format string, args ...any) {
	*g.bad = append(*g.bad, Problem{l, where, fmt.Sprintf(format, args...)})
}

// heads compares the units of measure that the headings of a value and of its target name; a target in another unit of money is converted.
func (g *gatherer) heads() {
	g.factor = make([]Num, len(g.l.slots))
	for i, s := range g.l.slots {
		g.factor[i] = Int(1)
		v, t := halfWidth(s.measures["value"]), halfWidth(s.measures["target"])
		if v == "" || t == "" || v == t {
			continue
		}
		where := fmt.Sprintf("第%d行第%d列", g.l.first+1, s.at["target"]+1)
		a, b := money[v], money[t]
		if a == 0 || b == 0 {
			g.add(Warning, where, "完成值的单位是“%s”，目标值的单位是“%s”，请核对是不是同一个单位", v, t)
			continue
		}
		g.factor[i], _ = Int(b).quo(Int(a))
		g.add(Warning, where, "目标值的单位是%s，已换算成与完成值相同的%s（乘%s）", t, v, g.factor[i])
	}
}

func (g *gatherer) row(row []string, n int) {
	get := func(f string) string {
		if i, ok := g.l.at[f]; ok {
			return at(row, i)
		}
		return ""
	}
	here := fmt.Sprintf("第%d行", n+1)
	unit := named(get("unit"))
	lead := ""
	for _, c := range row {
		if lead = trimText(c); lead != "" {
			break
		}
	}
	if _, by := g.l.at["unit"]; by {
		if unit == "" && isTotal(lead) {
			return
		}
		if isTotal(unit) {
			g.add(Warning, here, "“%s”是汇总行，没有读入", unit)
			return
		}
	}
	if !g.l.long && !slices.ContainsFunc(g.l.slots, func(s slotOf) bool {
		return slices.ContainsFunc([]string{"value", "target", "count"}, func(f string) bool { i, ok := s.at[f]; return ok && at(row, i) != "" })
	}) {
		if unit == "" || len(g.l.at) > 0 && g.l.at["item"] > 0 {
			return // a line that only names a section
		}
	}
	for k, s := range g.l.slots {
		where := here
		if i, ok := s.at["value"]; ok && !g.l.long {
			where = fmt.Sprintf("第%d行第%d列", n+1, i+1)
		}
		if s.unit != "" && isTotal(s.unit) {
			continue
		}
		g.one(row, where, unit, k, get)
	}
}

func digitsOf(d decimal.NullDecimal) string {
	if !d.Valid {
		return ""
	}
	return d.Decimal.String()
}

// one reads one value of a row.
func (g *gatherer) one(row []string, where, unit string, k int, get func(string) string) {
	s := g.l.slots[k]
	ok := true
	fail := func(format string, args ...any) {
		g.add(Error, where, format, args...)
		ok = false
	}
	as := map[string]string{}
	number := func(f, name string) decimal.NullDecimal {
		i, have := s.at[f]
		if !have {
			return decimal.NullDecimal{}
		}
		text := at(row, i)
		v, how, err := cell(text)
		if err != nil {
			fail("%s：%s", name, err)
		}
		if how == "万亿" && strings.ContainsAny(s.measures[f], "万亿") {
			fail("%s：“%s”带有单位，而表头已写明单位是%s，请只写数字", name, text, s.measures[f])
		}
		if v.Valid && !v.Decimal.IsZero() {
			as[f] = how
			if how == "" && v.Decimal.Abs().Cmp(decimal.One) <= 0 && !v.Decimal.IsInt() {
				as[f] = "小数"
			}
		}
		return v
	}
	in := Input{Unit: unit, Group: named(get("group")), Item: named(get("item")), Event: named(get("event")), Role: roleName(get("role")), Source: get("source"), Basis: get("basis")}
	if s.unit != "" {
		in.Unit = s.unit
	}
	if s.item != "" {
		in.Item = s.item
	}
	in.Value, in.Target, in.Count = number("value", "完成值"), number("target", "目标值"), number("count", "次数")
	if f := g.factor[k]; f.Cmp(Int(1)) != 0 && in.Target.Valid {
		x := FromDecimal(in.Target.Decimal).mul(f)
		t, fit := x.Round(min(in.Target.Decimal.Scale()+8, 18), HalfUp)
		if !fit || FromDecimal(t).Cmp(x) != 0 {
			fail("目标值“%s”换算后超过19位，请把目标值和完成值改成同一个单位", at(row, s.at["target"]))
		}
		in.Target = Some(t.Trim(0))
	}
	name := in.Item
	if v, have := as["value"]; have && ok {
		t, both := as["target"]
		vt, tt := at(row, s.at["value"]), ""
		if both {
			tt = at(row, s.at["target"])
		}
		large := func(x string) bool { return x == "万亿" }
		switch {
		case !both:
		case large(v) != large(t):
			fail("完成值“%s”和目标值“%s”的单位不一致，请都带单位或都不带", vt, tt)
		case v == "小数" && t == "%" && in.Target.Decimal.Abs().Cmp(decimal.One) > 0, t == "小数" && v == "%" && in.Value.Decimal.Abs().Cmp(decimal.One) > 0:
			fail("完成值“%s”和目标值“%s”一个带百分号、一个像是小数，差一百倍。请都写成百分数（92%%），或都不带百分号", vt, tt)
		case v != t && slices.Contains(counters, v) && slices.Contains(counters, t):
			fail("完成值“%s”和目标值“%s”的单位不一致，请改成同一个单位", vt, tt)
		}
		if name != "" && ok {
			if g.written[name] == nil {
				g.written[name] = map[string]string{}
			}
			if slices.Contains([]string{"", "小数"}, v) && (g.written[name]["万亿"] != "") || large(v) && (g.written[name][""] != "" || g.written[name]["小数"] != "") {
				if g.written[name]["说"] == "" {
					g.add(Warning, where, "指标“%s”有的行带“万”“亿”，有的行不带，请核对是不是同一个单位", name)
					g.written[name]["说"] = where
				}
			}
			if g.written[name][v] == "" {
				g.written[name][v] = where
			}
		}
	}
	if in.Unit == "" {
		fail("没有写单位。合并过的单元格，请在每一行都写上单位")
	}
	if in.Item == "" && in.Event == "" {
		fail("没有写指标，也没有写事件")
	}
	when := get("period")
	if s.period != "" {
		when = s.period
	}
	p, good := normalPeriod(when)
	if !good {
		fail("时段“%s”看不懂，请写成 2026-03、2026Q1 或 2026", when)
	}
	in.Period = p
	switch k := Kind(get("kind")); k {
	case "", Reported, Verified, Certified:
		in.Kind = k
	default:
		fail("性质“%s”不对，只能写自报、核验、认定", k)
	}
	switch e := strings.ToLower(halfWidth(get("exempt"))); e {
	case "", "否", "no", "false", "0":
	case "是", "免考", "yes", "true", "1":
		in.Exempt = true
	default:
		fail("免考一列只能写是或否，写的是“%s”", get("exempt"))
	}
	if in.Count.Valid && in.Count.Decimal.IsNeg() {
		fail("次数不能是负数")
	}
	if m := halfWidth(get("measure")); m != "" && name != "" && ok && g.l.long {
		if g.measured[name] == nil {
			g.measured[name] = map[string][]string{}
		}
		g.measured[name][m] = append(g.measured[name][m], where)
	}
	if !ok {
		return
	}
	if again := strings.Join([]string{in.Unit, in.Item, in.Event, in.Period, digitsOf(in.Value), digitsOf(in.Target), digitsOf(in.Count), in.Role, in.Source, in.Basis}, "\x00"); g.l.long && (in.Event != "" || in.Target.Valid) { // votes are alike, events and values with a target are not
		if first := g.rows[again]; first != "" {
			g.add(Warning, where, "与%s完全相同，请核对是不是重复录入；是的话请删去一行", first)
		} else {
			g.rows[again] = where
		}
	}
	if g.l.long && in.Item != "" && in.Event == "" && !in.Value.Valid && !in.Count.Valid && !in.Exempt && !in.Target.Valid {
		g.add(Warning, where, "单位“%s”指标“%s”没有完成值，按缺项处理", in.Unit, in.Item)
	}
	g.d.Rows = append(g.d.Rows, in)
}

// mixed looks at each indicator over all rows: values written in percent beside such as 0.92, and rows in different units of measure. The latter
// cannot be compared, so none of them is kept.
func (g *gatherer) mixed() {
	for _, name := range sortedKeys(g.written) {
		w := g.written[name]
		if w["%"] != "" && w["小数"] != "" {
			g.add(Warning, w["小数"], "指标“%s”有的行带百分号，这一行是不大于1的小数。请核对：92%% 应写成 92%% 或 92，不写 0.92", name)
		}
		var said []string
		for _, u := range counters {
			if w[u] != "" {
				said = append(said, "“"+u+"”（"+w[u]+"）")
			}
		}
		if len(said) > 1 {
			g.add(Warning, "指标“"+name+"”", "完成值带有不同的单位：%s。请核对是不是同一个单位", strings.Join(said, "、"))
		}
	}
	for _, name := range sortedKeys(g.measured) {
		if m := g.measured[name]; len(m) > 1 {
			var texts []string
			for _, u := range sortedKeys(m) {
				texts = append(texts, fmt.Sprintf("“%s”（%s%s）", u, m[u][0], map[bool]string{true: "等", false: ""}[len(m[u]) > 1]))
			}
			g.add(Error, "指标“"+name+"”", "计量单位不一致：%s。这个指标的数据没有计入，请统一单位后再导入", strings.Join(texts, "、"))
			g.d.Rows = slices.DeleteFunc(g.d.Rows, func(r Input) bool { return r.Item == name })
		}
	}
}

// tails are what may follow a unit's name without making it another unit.
var tails = strings.Fields("人民政府 政府 党委 党工委 办事处 街道办事处 管委会 管理委员会 镇 乡 街道 县 区 市 村 社区 局 委员会")

// alike warns of two names that look like one unit, where each lacks the indicators that the other has.
func alike(d Data) (bad []Problem) {
	has := map[string]map[string]bool{}
	for _, r := range d.Rows {
		if has[r.Unit] == nil {
			has[r.Unit] = map[string]bool{}
		}
		has[r.Unit][r.Item+"\x00"+r.Event+"\x00"+r.Period] = true
	}
	for _, long := range sortedKeys(has) {
		for _, t := range tails {
			short, ok := strings.CutSuffix(long, t)
			if !ok || has[short] == nil {
				continue
			}
			shared := false
			for k := range has[long] {
				shared = shared || has[short][k]
			}
			if !shared {
				bad = append(bad, Problem{Warning, "单位“" + long + "”", "与“" + short + "”像是同一个单位的两种写法，现在按两个单位计分。如果是同一个，请统一写法"})
				break
			}
		}
	}
	return bad
}
