package score

import (
	"fmt"
	"slices"
	"strings"
)

// burdenWords are things that national burden rules forbid to score.
//
// Source: domain 16.3 (国办函〔2026〕12号; 中办 2019 减负通知).
var burdenWords = []string{"打卡", "签到", "积分", "在线时长", "登录", "点赞", "转发", "下载量", "安装率", "关注数", "截图", "留痕", "台账", "开会", "会议次数", "发文", "报送次数", "报表", "按时填报", "迟报", "漏报", "工作笔记", "学习时长"}

// Check looks for faults of a scheme (方案检查) that do not stop it from being computed: weights that do not add
// up, numbers used twice, points without a cap, bands with gaps or overlaps, items without a
// certified source, too many items, things that may not be scored. In order of the lines.
//
// Source: domain 13.15, 16.2, 16.3.
func Check(s *Scheme) []Problem {
	k := &check{s: s}
	k.weights()
	k.numbers()
	for _, it := range s.Items {
		k.item(it, "")
	}
	for _, m := range slices.Concat(s.Bonus, s.Deduction) {
		k.mark(m)
	}
	if s.Grades != nil && s.Grades.Mode == "bands" {
		var bands []Band
		for _, g := range s.Grades.Table {
			bands = append(bands, g.Band)
		}
		step, _ := Int(1).quo(Int(pow10[s.Rounding.Total]))
		low := Num{}
		if s.canBeNegative() {
			k.bands("等次表", bands, step, nil)
		} else {
			k.bands("等次表", bands, step, &low)
		}
	}
	if s.LegalBasis == "" {
		k.add(0, Warning, "方案“"+s.Name+"”", "没有写依据（legal_basis）。考核须有批准文件，请填文号")
	}
	slices.SortStableFunc(k.out, func(a, b found) int { return a.line - b.line })
	out := make([]Problem, len(k.out))
	for i, f := range k.out {
		out[i] = f.Problem
	}
	return out
}

type found struct {
	line int
	Problem
}

type check struct {
	s   *Scheme
	out []found
}

func (k *check) add(line int, l Level, where, format string, args ...any) {
	k.out = append(k.out, found{line, Problem{l, where, fmt.Sprintf(format, args...)}})
}

func (it *Item) where() string {
	n := "指标“" + it.Name + "”"
	if it.Line > 0 {
		n = fmt.Sprintf("第%d行%s", it.Line, n)
	}
	return n
}

// weights adds up each unit's items, in each period that has weights of its own.
func (k *check) weights() {
	groups := k.s.Groups
	if len(groups) == 0 {
		groups = []Group{{Base: k.s.Base}}
	}
	units := []string{""}
	periods := []string{""}
	for _, it := range k.s.Items {
		for _, u := range it.Units {
			if !slices.Contains(units, u) {
				units = append(units, u)
			}
		}
		for _, p := range sortedKeys(it.PeriodWeights) {
			if !slices.Contains(periods, p) {
				periods = append(periods, p)
			}
		}
	}
	if len(units) > 1 {
		units = units[1:] // items are given by unit: only named units can be added up
	}
	said := map[string]bool{}
	for _, g := range groups {
		for _, u := range units {
			for _, p := range periods {
				var t Num
				n := 0
				for _, it := range k.s.Items {
					if it.Extra || !it.forUnit(g.Name, u) {
						continue
					}
					n += max(1, len(it.Parts))
					t = t.add(it.weight(p))
				}
				who := "方案"
				if g.Name != "" {
					who = "组别“" + g.Name + "”"
				}
				if u != "" {
					who = "单位“" + u + "”"
				}
				if p != "" {
					who += "（" + p + "）"
				}
				if g.Base.Sign() > 0 && t.Cmp(g.Base) != 0 && n > 0 && !said[who] {
					said[who] = true
					k.add(0, Error, who, "各指标分值合计为 %s，应为 %s", t, g.Base)
				}
				if n > k.s.MaxItems && p == "" && !said[who+"n"] {
					said[who+"n"] = true
					k.add(0, Warning, who, "有%d个指标，超过%d个的上限，基层负担偏重", n, k.s.MaxItems)
				}
			}
		}
	}
}

// numbers finds numbers and ids that are used twice.
func (k *check) numbers() {
	type no struct{ section, no string }
	first := map[no]*Item{}
	ids := map[string]*Item{}
	indicators := map[string]*Item{}
	for _, it := range k.s.Items {
		n := no{it.Section, strings.Trim(halfWidth(it.No), "、.() ")}
		if o := first[n]; it.No != "" && o != nil {
			sec := ""
			if it.Section != "" {
				sec = "“" + it.Section + "”中"
			}
			k.add(it.Line, Error, it.where(), "%s序号 %s 用了两次，另一处是“%s”", sec, it.No, o.Name)
		} else if it.No != "" {
			first[n] = it
		}
		if o := ids[it.ID]; o != nil && !(it.No != "" && first[n] != it && it.ID == it.No) {
			k.add(it.Line, Error, it.where(), "编号 %s 用了两次，另一处是“%s”", it.ID, o.Name)
		} else if o == nil {
			ids[it.ID] = it
		}
		if it.Method != Combination && !it.Off && len(it.Units) == 0 && len(it.Groups) == 0 {
			if o := indicators[it.Indicator]; o != nil {
				k.add(it.Line, Warning, it.where(), "与“%s”用的是同一个数据“%s”，同一件事计了两次分", o.Name, it.Indicator)
			} else {
				indicators[it.Indicator] = it
			}
		}
	}
}

func (k *check) item(it *Item, source string) {
	if it.Off {
		return
	}
	w := it.where()
	if it.SourceUnit != "" {
		source = it.SourceUnit
	}
	if it.Method == Combination {
		var t Num
		var texts []string
		for _, p := range it.Parts {
			if !p.Extra && !p.Off {
				t = t.add(p.Weight)
				texts = append(texts, p.Weight.String())
			}
			k.item(p, source)
		}
		if t.Cmp(it.Weight) != 0 {
			k.add(it.Line, Error, w, "各分项合计 %s = %s 分，与指标分值 %s 不符", strings.Join(texts, "＋"), t, it.Weight)
		}
	} else if source == "" {
		k.add(it.Line, Warning, w, "没有写数据来源单位（source_unit），数值无人认定")
	}
	if why := it.uncapped(); why != "" && it.Max == nil {
		k.add(it.Line, Warning, w, "得分不封顶：%s", why)
	}
	if it.Method == Bands {
		step := Num{}
		if k.s.Rounding.Value >= 0 {
			step, _ = Int(1).quo(Int(pow10[k.s.Rounding.Value]))
		} else if !slices.ContainsFunc(it.P.Table, func(b Band) bool { return !b.counted && (b.From != nil || b.To != nil) }) {
			step = Int(1)
		}
		k.bands(w, it.P.Table, step, nil)
		for _, b := range it.P.Table {
			if b.Points.Cmp(it.Weight) > 0 && !it.Extra {
				k.add(b.Line, Error, w, "“%s”这一档得%s分，超过指标分值%s分", b.Text, b.Points, it.Weight)
			}
		}
	}
	if it.Method == ByRank && len(it.P.Places) > 0 {
		k.places(it, w)
	}
	k.burden(it.Line, w, it.Name)
}

// places looks at a table of points by place: none above the item's points, and none above a better place.
func (k *check) places(it *Item, where string) {
	for i, x := range it.P.Places {
		if x.Cmp(it.Weight) > 0 && !it.Extra {
			k.add(it.Line, Error, where, "第%d名得%s分，超过指标分值%s分", i+1, x, it.Weight)
			return
		}
		if i > 0 && x.Cmp(it.P.Places[i-1]) > 0 {
			k.add(it.Line, Error, where, "第%d名得%s分，比第%d名的%s分还多", i+1, x, i, it.P.Places[i-1])
			return
		}
	}
	if last := it.P.Places[len(it.P.Places)-1]; it.P.Rest.Cmp(last) > 0 {
		k.add(it.Line, Error, where, "其余名次得%s分，比第%d名的%s分还多", it.P.Rest, len(it.P.Places), last)
	}
}

// canBeNegative reports whether a total below zero can come about.
func (s *Scheme) canBeNegative() bool {
	return (s.Min == nil || s.Min.Sign() < 0) && (len(s.Deduction) > 0 || slices.ContainsFunc(s.Items, func(it *Item) bool {
		return it.Method == ByFormula && it.Min == nil || it.Min != nil && it.Min.Sign() < 0
	}))
}

func (it *Item) uncapped() string {
	p := &it.P
	rises := func(l []Slope) bool { return slices.ContainsFunc(l, func(s Slope) bool { return s.K.Sign() > 0 }) }
	switch it.Method {
	case Ratio:
		if p.Cap == nil {
			return "完成率没有上限，请写 params.cap 或 max"
		}
	case Step:
		if p.MaxAdd == nil && rises(p.Up) {
			return "加分没有上限，请写 max_add 或 max"
		}
	case VsMean:
		return "高于平均的加分没有上限，请写 max"
	case Count:
		if p.Per.Sign() > 0 || rises(p.Tiers) {
			return "次数没有上限，请写 max"
		}
	case ByFormula:
		return "公式的结果没有上限，请写 max"
	case Manual:
		if it.Extra {
			return "评定分没有上限，请写 max"
		}
	case Combination:
		return ""
	}
	if it.Each == "sum" {
		return "逐条合计，条数没有上限，请写 max"
	}
	return ""
}

func (k *check) mark(m *Mark) {
	if m.Off {
		return
	}
	w := fmt.Sprintf("第%d行加分“%s”", m.Line, m.Name)
	if m.Deducts {
		w = fmt.Sprintf("第%d行扣分“%s”", m.Line, m.Name)
		if m.Min == nil && k.s.DeductionMin == nil {
			k.add(m.Line, Warning, w, "扣分没有下限，请写 floor（例如 -5）")
		}
	} else if m.Max == nil && m.MaxCount == nil && k.s.BonusMax == nil {
		k.add(m.Line, Warning, w, "加分不封顶，请写 cap（最高分）或 max_count（最多次数）")
	}
	k.burden(m.Line, w, m.Name+" "+m.Event)
}

func (k *check) burden(line int, where, text string) {
	for _, b := range burdenWords {
		if strings.Contains(text, b) {
			k.add(line, Warning, where, "涉及“%s”。国家减负规定不允许以打卡、积分、报表次数、会议台账等作为考核依据，请停用（off: true）或改为考实绩", b)
			return
		}
	}
}

// other reports whether the band takes what no band before it took (其余).
func (b Band) other() bool { return b.From == nil && b.To == nil && b.And == nil }

// bands finds gaps and overlaps (以上/不足) of a banded table. Where values are whole numbers, or rounded, 80-89 and 90-100 leave nothing out:
// step is the least distance of two values, low the least value there can be.
func (k *check) bands(where string, list []Band, step Num, low *Num) {
	other := slices.ContainsFunc(list, Band.other)
	b := slices.DeleteFunc(slices.Clone(list), func(b Band) bool { return b.And != nil || b.other() })
	if len(b) == 0 {
		return
	}
	slices.SortStableFunc(b, func(x, y Band) int {
		switch {
		case x.From == nil && y.From == nil:
			return 0
		case x.From == nil:
			return -1
		case y.From == nil:
			return 1
		}
		if c := x.From.Cmp(*y.From); c != 0 {
			return c
		}
		if x.FromIncl != y.FromIncl {
			if x.FromIncl {
				return -1
			}
			return 1
		}
		return 0
	})
	if f := b[0]; !other && f.From != nil && !(low != nil && f.From.Cmp(*low) <= 0 && (f.FromIncl || f.From.Cmp(*low) < 0)) && !(f.counted && f.From.Sign() == 0) {
		from := f.From.String()
		what := "低于 " + from
		if !f.FromIncl {
			what = from + " 及以下"
		}
		k.add(f.Line, Warning, where, "%s 没有对应的档", what)
	}
	end := b[0]
	for _, n := range b[1:] {
		switch {
		case end.To == nil || n.From == nil:
			k.add(n.Line, Error, where, "“%s”与“%s”重叠", end.Text, n.Text)
		default:
			c := n.From.Cmp(*end.To)
			switch {
			case c < 0:
				k.add(n.Line, Error, where, "“%s”与“%s”重叠", end.Text, n.Text)
			case c == 0 && n.FromIncl && end.ToIncl:
				k.add(n.Line, Error, where, "“%s”与“%s”都含 %s，重叠", end.Text, n.Text, n.From)
			case c == 0 && !n.FromIncl && !end.ToIncl:
				k.add(n.Line, Error, where, "“%s”与“%s”都不含 %s，%s 没有对应的档", end.Text, n.Text, n.From, n.From)
			case other && c >= 0 && !(c == 0 && n.FromIncl && end.ToIncl):
			case c > 0 && n.FromIncl && end.ToIncl && n.From.sub(*end.To).Cmp(step) <= 0:
			case c > 0:
				k.add(n.Line, Error, where, "“%s”与“%s”之间有空档，%s 到 %s 没有对应的档", end.Text, n.Text, end.To, n.From)
			}
		}
		if end.To != nil && (n.To == nil || n.To.Cmp(*end.To) > 0 || n.To.Cmp(*end.To) == 0 && n.ToIncl) {
			end = n
		}
	}
	if !other && end.To != nil {
		what := "高于 " + end.To.String()
		if !end.ToIncl {
			what = end.To.String() + " 及以上"
		}
		k.add(end.Line, Warning, where, "%s 没有对应的档", what)
	}
}
