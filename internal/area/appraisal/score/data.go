package score

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// Kind says who stands behind a value (数据性质). "" = not stated.
type Kind string

// The kinds of a value. Certified wins over verified, verified over reported.
const (
	Reported  Kind = "自报" // written by the unit itself
	Verified  Kind = "核验" // written by supervision
	Certified Kind = "认定" // written by the data source
)

func (k Kind) rank() int {
	switch k {
	case Certified:
		return 3
	case Verified:
		return 2
	case Reported:
		return 1
	}
	return 0
}

// Input is one row of data (计分数据): a value of an indicator, or a counted event, of one unit in one period.
type Input struct {
	Unit   string              `json:"unit"`
	Group  string              `json:"group,omitempty"`
	Item   string              `json:"item,omitempty"`   // the indicator's name
	Period string              `json:"period,omitempty"` // 2023-01, 2023Q1, 2023; empty = the round's period
	Value  decimal.NullDecimal `json:"value,omitzero"`
	Target decimal.NullDecimal `json:"target,omitzero"`
	Event  string              `json:"event,omitempty"`
	Count  decimal.NullDecimal `json:"count,omitzero"` // not set = 1
	Role   string              `json:"role,omitempty"` // 主办, 协办, 上级 …
	Kind   Kind                `json:"kind,omitempty"`
	Source string              `json:"source,omitempty"` // opaque reference, carried into the explanation
	Exempt bool                `json:"exempt,omitempty"` // exempted from this item in writing (免考)
	Basis  string              `json:"basis,omitempty"`  // the document that exempts
}

// Data (计分数据) is what a scheme is applied to: the rows of one round (考核期).
type Data struct {
	Period string  `json:"period"` // "" = the only period of the rows
	Rows   []Input `json:"rows"`
}

// Names returns the names that the rows carry: of indicators, variables and events, each once, in order.
func (d Data) Names() []string {
	m := map[string]bool{}
	for _, r := range d.Rows {
		m[r.Item], m[r.Event] = true, true
	}
	delete(m, "")
	return sortedKeys(m)
}

// Some returns d as a value that is present.
func Some(d decimal.Decimal) decimal.NullDecimal { return decimal.NullDecimal{Decimal: d, Valid: true} }

// Level says how grave a problem is.
type Level string

// The levels.
const (
	Error   Level = "error"
	Warning Level = "warning"
)

// Problem is something wrong with a scheme or its data, in a Chinese sentence for the user.
type Problem struct {
	Level   Level  `json:"level,omitempty"`
	Where   string `json:"where"` // 第3行, 单位“甲镇”指标“投资完成率” …
	Message string `json:"message"`
}

func (p Problem) String() string { return p.Where + "：" + p.Message }

func compareDecimal(a, b decimal.NullDecimal) int {
	if a.Valid != b.Valid {
		if a.Valid {
			return 1
		}
		return -1
	}
	if c := a.Decimal.Cmp(b.Decimal); c != 0 {
		return c
	}
	return cmp.Compare(a.Decimal.Scale(), b.Decimal.Scale())
}

// compareInput is the canonical order of rows; it compares all fields, so equal rows are the same row.
func compareInput(a, b Input) int {
	if c := strings.Compare(a.Unit, b.Unit); c != 0 {
		return c
	}
	if c := strings.Compare(a.Item, b.Item); c != 0 {
		return c
	}
	if c := strings.Compare(a.Period, b.Period); c != 0 {
		return c
	}
	ex := func(x Input) int {
		if x.Exempt {
			return 1
		}
		return 0
	}
	return cmp.Or(strings.Compare(a.Event, b.Event), cmp.Compare(a.Kind.rank(), b.Kind.rank()), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Role, b.Role),
		strings.Compare(a.Source, b.Source), compareDecimal(a.Value, b.Value), compareDecimal(a.Target, b.Target), compareDecimal(a.Count, b.Count), strings.Compare(a.Group, b.Group),
		cmp.Compare(ex(a), ex(b)), strings.Compare(a.Basis, b.Basis))
}

// Sorted returns the data with its rows in canonical order, for sealing.
func (d Data) Sorted() Data {
	rows := slices.Clone(d.Rows)
	slices.SortFunc(rows, compareInput)
	return Data{d.Period, rows}
}

// Inside reports whether period p lies in period whole: 2017-03 in 2017Q1, 2017Q1 in 2017. Every period lies in "".
func inside(p, whole string) bool {
	if whole == "" || p == whole || p == "" {
		return true
	}
	if len(whole) == 4 {
		return strings.HasPrefix(p, whole)
	}
	if half := strings.TrimSuffix(strings.TrimSuffix(whole, "H1"), "H2"); half != whole { // half a year
		n, rest := slot(p), strings.TrimPrefix(strings.TrimPrefix(p, half), "-")
		if strings.HasPrefix(rest, "Q") {
			n *= 3
		}
		return n > 0 && len(rest) == 2 && strings.HasPrefix(p, half) && (n <= 6) == strings.HasSuffix(whole, "1")
	}
	if len(whole) == 2 && whole[0] == 'Q' && len(p) == 2 && p[0] != 'Q' && p[0] != 'H' {
		return (slot(p)+2)/3 == slot(whole)
	}
	if len(whole) == 6 && whole[4] == 'Q' && len(p) == 7 && p[:4] == whole[:4] && p[4] == '-' {
		m := int(p[5]-'0')*10 + int(p[6]-'0')
		return (m+2)/3 == int(whole[5]-'0')
	}
	return false
}

// unitRows finds a unit's rows by indicator, and those of counted events by event.
type unitRows struct{ items, events map[string][]int32 }

// of returns the rows of an indicator, or of an event where item is "".
func (u *unitRows) of(item, event string) []int32 {
	switch {
	case u == nil:
		return nil
	case item != "":
		return u.items[item]
	}
	return u.events[event]
}

// put adds rows; list is the book's own.
func (u *unitRows) put(item, event string, list []int32) {
	m, k := u.items, item
	if item == "" {
		m, k = u.events, event
	}
	if old, ok := m[k]; ok {
		list = append(old, list...)
	}
	m[k] = list
}

// book is the data, indexed and in canonical order.
type book struct {
	rows     []Input
	at       map[string]*unitRows
	group    map[string]string // unit → group
	groups   []string          // in order
	units    map[string][]string
	period   string
	events   map[string]bool // that the scheme counts
	each     map[string]bool // indicators scored row by row (逐条)
	drop     bool            // a value that is only reported counts as missing
	problems []Problem
}

// newBook indexes a copy of d, whose rows must be sorted.
func newBook(s *Scheme, d Data) *book {
	d.Rows = slices.Clone(d.Rows)
	return ownBook(s, d)
}

// What the scheme does with a name that rows carry.
const (
	isIndicator = 1 << iota
	isEvent
	isOver
	isVariable
)

// ownBook is newBook of rows that nobody else needs.
func ownBook(s *Scheme, d Data) *book {
	b := &book{rows: d.Rows, at: map[string]*unitRows{}, group: map[string]string{}, units: map[string][]string{}, period: d.Period}
	fallback := ""
	if len(s.Groups) == 1 {
		fallback = s.Groups[0].Name
	}
	seen := map[string]bool{}
	var periods []string
	known := s.indicators()
	events := s.events()
	b.events, b.each, b.drop = events, map[string]bool{}, s.Unverified == DropReported
	for _, it := range s.Items {
		for _, x := range append([]*Item{it}, it.Parts...) {
			if x.Each != "" {
				b.each[x.Indicator] = true
			}
		}
	}
	other := 0
	variables := map[string]bool{}
	for _, v := range s.Variables {
		variables[v] = true
	}
	unknown := map[string]int{}
	over := map[string]bool{}
	for _, it := range s.Items {
		if it.Over != "" {
			over[it.Indicator] = true
		}
		variables[it.Coefficient] = true
		for _, p := range it.Parts {
			if p.Over != "" {
				over[p.Indicator] = true
			}
		}
	}
	alias := s.aliases()
	var loose map[string]string
	uses := map[string]uint8{} // one look-up a row instead of four
	for _, m := range []struct {
		names map[string]bool
		bit   uint8
	}{{known, isIndicator}, {events, isEvent}, {over, isOver}, {variables, isVariable}} {
		for n := range m.names {
			uses[n] |= m.bit
		}
	}
	// Rows of one unit and indicator lie together, so that their list is a piece of all.
	all := make([]int32, len(b.rows))
	for i := range all {
		all[i] = int32(i)
	}
	var unit *unitRows
	var last *Input
	begin := 0
	flush := func(end int) {
		if last != nil {
			unit.put(last.Item, last.Event, all[begin:end:end])
		}
	}
	for i := range b.rows {
		r := &b.rows[i]
		if r.Event != "" && uses[r.Event]&isEvent != 0 {
			r.Item = ""
		} else if r.Item == "" && uses[r.Event]&isIndicator != 0 { // a counted item written in the event column
			r.Item, r.Event = r.Event, ""
		}
		use := uses[r.Item]
		if r.Item != "" && use&isIndicator == 0 {
			name, ok := alias[r.Item]
			if !ok && (use&isEvent == 0 || r.Event != "") {
				if loose == nil {
					loose = s.loose(alias)
				}
				if name = loose[plainName(r.Item)]; name != "" {
					ok, use = true, uses[name]
				}
			}
			if ok && (use&isIndicator != 0 || use&isEvent == 0) {
				r.Item = name
			} else if ok {
				r.Item, r.Event = "", name
			} else if use&isEvent != 0 && r.Event == "" { // an event written in the indicator column
				r.Item, r.Event = "", r.Item
			}
			use = uses[r.Item]
		}
		if r.Unit == "" {
			b.problem(Error, fmt.Sprintf("指标“%s%s”", r.Item, r.Event), "有一行没有写单位，未计入")
			continue
		}
		if last != nil && last.Unit == r.Unit && last.Group == r.Group {
			// as the row before
		} else if r.Group != "" {
			if g, ok := b.group[r.Unit]; ok && g != "" && g != r.Group {
				if !seen["g"+r.Unit] {
					b.problem(Error, "单位“"+r.Unit+"”", fmt.Sprintf("同时写了“%s”和“%s”两个组别，按“%s”计，请改正", g, r.Group, min(g, r.Group)))
					seen["g"+r.Unit] = true
				}
				b.group[r.Unit] = min(g, r.Group)
			} else {
				b.group[r.Unit] = r.Group
			}
		} else if _, ok := b.group[r.Unit]; !ok {
			b.group[r.Unit] = ""
		}
		if r.Item != "" && use&isIndicator == 0 {
			unknown["指标“"+r.Item+"”"]++
		}
		if r.Item == "" && r.Event != "" && uses[r.Event]&isEvent == 0 {
			unknown["事件“"+r.Event+"”"]++
		}
		if r.Period != "" && use&(isOver|isIndicator) == isIndicator {
			if d.Period != "" && r.Period != d.Period {
				if use&isVariable == 0 || !inside(d.Period, r.Period) {
					other++
				}
			} else if !slices.Contains(periods, r.Period) {
				periods = append(periods, r.Period)
			}
		}
		if last == nil || last.Unit != r.Unit || last.Item != r.Item || r.Item == "" && last.Event != r.Event {
			flush(i)
			begin = i
			if last == nil || last.Unit != r.Unit {
				if unit = b.at[r.Unit]; unit == nil {
					unit = &unitRows{make(map[string][]int32, len(s.Items)), map[string][]int32{}}
					b.at[r.Unit] = unit
				}
			}
		}
		last = r
	}
	flush(len(b.rows))
	b.strangers(s, unknown)
	if other > 0 {
		b.problem(Warning, "考核期“"+d.Period+"”", fmt.Sprintf("有%d行数据属于别的时段，未计入", other))
	}
	if b.period == "" && len(periods) > 0 {
		slices.Sort(periods)
		b.period = periods[len(periods)-1]
		if len(periods) > 1 {
			b.problem(Warning, "考核期", fmt.Sprintf("数据里有%d个时段而没有指明考核期，按最后一个“%s”计", len(periods), b.period))
		}
	}
	home := map[string]string{}
	for _, g := range s.Groups {
		for _, u := range g.Units {
			home[u] = g.Name
		}
	}
	for _, g := range s.Groups {
		for _, u := range g.Units {
			if _, ok := b.group[u]; !ok && len(b.group) > 0 {
				b.problem(Warning, "单位“"+u+"”", "列在方案的组别“"+g.Name+"”里，但没有一行数据，没有参加计分")
			}
		}
	}
	for u, g := range b.group {
		if g == "" {
			g = cmp.Or(home[u], fallback)
			b.group[u] = g
		}
		b.units[g] = append(b.units[g], u)
	}
	for _, g := range s.Groups {
		if len(b.units[g.Name]) > 0 {
			b.groups = append(b.groups, g.Name)
		}
	}
	for _, g := range sortedKeys(b.units) {
		slices.Sort(b.units[g])
		if !slices.Contains(b.groups, g) {
			switch {
			case len(s.Groups) > 0 && g == "":
				b.problem(Warning, "单位“"+strings.Join(b.units[g], "”“")+"”", "没有写组别，方案的组别里也没有列出，单独成一组，按方案满分计。请在数据里写明组别，或把它列入方案的组别")
			case len(s.Groups) > 0:
				b.problem(Warning, "组别“"+g+"”", "不在考核方案的组别里，按方案满分计")
			}
			b.groups = append(b.groups, g)
		}
	}
	return b
}

// strangers names what rows carry and the scheme does not: each with the name that it may have been meant for, or all together where a whole
// table of other indicators came along.
func (b *book) strangers(s *Scheme, unknown map[string]int) {
	var names []string
	for n := range s.indicators() {
		names = append(names, n)
	}
	for n := range s.events() {
		names = append(names, n)
	}
	slices.Sort(names)
	var rest []string
	rows := 0
	list := sortedKeys(unknown)
	for _, u := range list {
		_, n, _ := strings.Cut(strings.TrimSuffix(u, "”"), "“")
		meant := ""
		if len([]rune(n)) > 2 {
			meant = nearest(n, names)
		}
		if meant != "" || len(list) <= 5 {
			b.problem(Warning, u, fmt.Sprintf("不在考核方案里，有%d行未计入%s", unknown[u], meant))
			continue
		}
		rest = append(rest, n)
		rows += unknown[u]
	}
	if len(rest) > 0 {
		few := strings.Join(rest[:min(3, len(rest))], "、")
		if len(rest) > 3 {
			few += "等"
		}
		b.problem(Warning, "数据", fmt.Sprintf("“%s”%d个名称不在考核方案里，共%d行未计入", few, len(rest), rows))
	}
}

// plainName is a name without what people write differently: spaces, the width of signs, capitals, and a unit of measure in brackets at the end.
func plainName(s string) string {
	s, _ = heading(s)
	return strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t“”\"《》", r) {
			return -1
		}
		return r
	}, halfWidth(s)))
}

// loose maps the plain form of every name that rows may carry to the name itself; "" where two names have the same plain form.
func (s *Scheme) loose(alias map[string]string) map[string]string {
	m := map[string]string{}
	add := func(n, name string) {
		p := plainName(n)
		if old, ok := m[p]; ok && old != name {
			name = ""
		}
		m[p] = name
	}
	for n := range s.indicators() {
		add(n, n)
	}
	for n := range s.events() {
		add(n, n)
	}
	for n, name := range alias {
		add(n, name)
	}
	return m
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func (b *book) problem(l Level, where, message string) {
	b.problems = append(b.problems, Problem{l, where, message})
}

// indicators returns every name that rows may carry.
func (s *Scheme) indicators() map[string]bool {
	m := map[string]bool{}
	for _, v := range s.Variables {
		m[v] = true
	}
	for _, it := range s.Items {
		m[it.Indicator] = true
		m[it.Coefficient] = true
		for _, p := range it.Parts {
			m[p.Indicator] = true
			m[p.Coefficient] = true
		}
	}
	delete(m, "")
	return m
}

func (s *Scheme) events() map[string]bool {
	m := map[string]bool{}
	for _, x := range s.Bonus {
		m[x.Event] = true
	}
	for _, x := range s.Deduction {
		m[x.Event] = true
	}
	for _, x := range s.Vetoes {
		m[x.Event] = true
	}
	return m
}

// aliases maps the ids and names of items to the indicators that they read, where a name means one item only: rows and formulas may
// call an item by any of the three.
func (s *Scheme) aliases() map[string]string {
	m := map[string]string{}
	add := func(name, indicator string) {
		if old, ok := m[name]; ok && old != indicator {
			indicator = "" // two items: nobody knows which
		}
		m[name] = indicator
	}
	for _, it := range s.Items {
		for _, x := range append([]*Item{it}, it.Parts...) {
			if x.Method != Combination {
				add(x.Name, x.Indicator)
				add(x.ID, x.Indicator)
			}
		}
	}
	for n := range s.indicators() {
		delete(m, n)
	}
	for n := range s.events() {
		delete(m, n)
	}
	for n, x := range m {
		if n == "" || x == "" {
			delete(m, n)
		}
	}
	return m
}

// find is pick for a variable, whose row may also be given for the quarter or the year that period lies in.
func (b *book) find(unit, name, period string) []int32 {
	if rows := b.pick(unit, name, period); len(rows) > 0 || len(period) < 6 {
		return rows
	}
	if len(period) == 7 {
		if rows := b.pick(unit, name, fmt.Sprintf("%sQ%d", period[:4], (slot(period)+2)/3)); len(rows) > 0 {
			return rows
		}
	}
	return b.pick(unit, name, period[:4])
}

// pickEach is pick for an indicator scored row by row: the rows are different facts, told apart by their sources, and the
// best kind is taken of each fact. A verified task does not make the unit's other tasks vanish.
func (b *book) pickEach(all []int32, period string) (out []int32) {
	best := map[string]int{}
	top := -1
	for _, i := range all {
		r := &b.rows[i]
		if r.Period != "" && r.Period != period {
			continue
		}
		if r.Exempt {
			return []int32{i}
		}
		if k := r.Kind.rank(); r.Value.Valid || r.Count.Valid {
			if old, ok := best[r.Source]; !ok || k > old {
				best[r.Source] = k
			}
			top = max(top, k)
		}
	}
	for _, i := range all {
		r := &b.rows[i]
		if r.Period != "" && r.Period != period || !r.Value.Valid && !r.Count.Valid || r.Kind.rank() != best[r.Source] {
			continue
		}
		if b.drop && r.Kind == Reported && top > r.Kind.rank() {
			continue
		}
		out = append(out, i)
	}
	return out
}

// pick returns the rows of the unit's indicator in period, those of the best kind only; a written exemption stands alone.
func (b *book) pick(unit, item, period string) []int32 {
	all := b.at[unit].of(item, "")
	if len(b.each) > 0 && b.each[item] {
		return b.pickEach(all, period)
	}
	best := -1
	n := 0
	for _, i := range all {
		if r := &b.rows[i]; (r.Period == "" || r.Period == period) && (r.Value.Valid || r.Count.Valid || r.Exempt) {
			if r.Exempt {
				return []int32{i}
			}
			n++
			best = max(best, r.Kind.rank())
		}
	}
	if n == 0 {
		return nil
	}
	if n == len(all) && b.rows[all[0]].Kind.rank() == best && b.rows[all[len(all)-1]].Kind.rank() == best {
		return all
	}
	out := make([]int32, 0, n)
	for _, i := range all {
		if r := &b.rows[i]; (r.Period == "" || r.Period == period) && (r.Value.Valid || r.Count.Valid) && r.Kind.rank() == best {
			out = append(out, i)
		}
	}
	return out
}

// value returns the single value of a name for the unit, for formulas: an indicator, or an indicator's target as "名_目标".
func (b *book) value(unit, name, period string) (Num, bool) {
	rows := b.find(unit, name, period)
	if len(rows) > 0 {
		if r := &b.rows[rows[0]]; r.Value.Valid {
			return FromDecimal(r.Value.Decimal), true
		} else if r.Count.Valid {
			return FromDecimal(r.Count.Decimal), true
		}
	}
	if base, ok := strings.CutSuffix(name, "_目标"); ok {
		if rows := b.find(unit, base, period); len(rows) > 0 && b.rows[rows[0]].Target.Valid {
			return FromDecimal(b.rows[rows[0]].Target.Decimal), true
		}
	}
	return Num{}, false
}
