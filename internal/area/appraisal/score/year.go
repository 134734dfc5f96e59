package score

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// YearInput is what a year's result is made of (年度汇总): the results of its months and
// quarters, the year-end result, and the year's own data for gates and vetoes.
type YearInput struct {
	Period   string   `json:"period"`
	Months   []Result `json:"months,omitempty"`
	Quarters []Result `json:"quarters,omitempty"`
	YearEnd  *Result  `json:"year_end,omitempty"`
	Data     Data     `json:"data"`
}

// Canonical returns the input as stable bytes.
func (y YearInput) Canonical() []byte {
	y = y.sorted()
	if y.Data.Rows == nil {
		y.Data.Rows = []Input{}
	}
	return encode(y)
}

func (y YearInput) sorted() YearInput {
	by := func(a, b Result) int { return strings.Compare(a.Period, b.Period) }
	y.Months, y.Quarters = slices.Clone(y.Months), slices.Clone(y.Quarters)
	slices.SortStableFunc(y.Months, by)
	slices.SortStableFunc(y.Quarters, by)
	y.Data = y.Data.Sorted()
	return y
}

// ParseYearInput reads what Canonical wrote.
func ParseYearInput(b []byte) (YearInput, error) {
	var y YearInput
	if err := strict(b, &y); err != nil {
		return YearInput{}, fmt.Errorf("年度汇总数据不是本程序写出的格式：%w", err)
	}
	for i := range y.Months {
		y.Months[i].restore()
	}
	for i := range y.Quarters {
		y.Quarters[i].restore()
	}
	if y.YearEnd != nil {
		y.YearEnd.restore()
	}
	return y, nil
}

// slot is a period's place in the year: quarter 1..4 or month 1..12; 0 if unknown. Q1 and 03 are of a year that nobody said.
func slot(period string) int {
	if len(period) == 2 && period[0] == 'Q' {
		return int(period[1] - '0')
	}
	if len(period) == 2 {
		n, _ := strconv.Atoi(period)
		return n
	}
	if len(period) == 6 && period[4] == 'Q' {
		return int(period[5] - '0')
	}
	if len(period) == 7 && period[4] == '-' {
		n, _ := strconv.Atoi(period[5:])
		return n
	}
	return 0
}

// Aggregate makes the year's result by the scheme's aggregate rule (汇总规则). A unit that lacks
// periods is scored on the full periods it has, and that is noted. The total is rounded once.
//
// Source: domain 0 finding 5, 13.13, 14.8, 14.11, 14.13.
func Aggregate(s *Scheme, y YearInput) Result {
	y = y.sorted()
	if y.Data.Period == "" {
		y.Data.Period = y.Period
	}
	c := &run{s: s, b: newBook(s, y.Data), round: s.Rounding, rule: s.RuleVersion()}
	h := sha256.Sum256(y.Canonical())
	r := Result{Scheme: s.ID, Name: s.Name, Rule: c.rule, RuleHash: s.Hash(), DataHash: hex.EncodeToString(h[:]), Period: y.Period, Mode: s.Rounding.Mode, Groups: []GroupResult{}, Problems: []Problem{}}
	if s.Aggregate == nil {
		r.Problems = append(r.Problems, Problem{Error, "方案“" + s.Name + "”", "没有写汇总规则（aggregate），不能汇总年度成绩"})
		return r
	}
	for _, list := range [][]Result{y.Months, y.Quarters} {
		for i := 1; i < len(list); i++ {
			if list[i].Period == list[i-1].Period {
				c.problems = append(c.problems, Problem{Error, "时段“" + list[i].Period + "”", "有两份结果，请只保留有效的一份；汇总时两份都计入了"})
			}
		}
	}
	// The group of a unit is that of its latest result.
	group := map[string]string{}
	var order []string
	all := slices.Concat(y.Months, y.Quarters)
	if y.YearEnd != nil {
		all = append(all, *y.YearEnd)
	}
	slices.SortStableFunc(all, func(a, b Result) int { return slot(a.Period) - slot(b.Period) })
	full := map[string]string{}
	for _, x := range all {
		for _, g := range x.Groups {
			full[g.Group] = g.Full
			if !slices.Contains(order, g.Group) {
				order = append(order, g.Group)
			}
			for _, u := range g.Rows {
				group[u.Unit] = g.Group
			}
		}
	}
	rank := func(g string) int {
		if i := slices.IndexFunc(s.Groups, func(x Group) bool { return x.Name == g }); i >= 0 {
			return i
		}
		return len(s.Groups)
	}
	slices.SortFunc(order, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	units := sortedKeys(group)
	for _, g := range order {
		gr := GroupResult{Group: g, Full: full[g], Rows: []UnitResult{}}
		for _, u := range units {
			if group[u] == g {
				gr.Rows = append(gr.Rows, c.yearUnit(u, y))
			}
		}
		if len(gr.Rows) == 0 {
			continue
		}
		fm, _ := ParseNum(gr.Full)
		c.rankRows(gr.Rows)
		c.grade(gr.Rows, fm)
		c.statements(gr.Rows, fm)
		r.Groups = append(r.Groups, gr)
	}
	r.Problems = append(r.Problems, c.b.problems...)
	r.Problems = append(r.Problems, c.problems...)
	return r
}

var partName = map[string]string{"month": "月度", "quarter": "季度", "year_end": "年终"}

func (c *run) yearUnit(unit string, y YearInput) UnitResult {
	rule := c.s.Aggregate
	u := UnitResult{Unit: unit, Items: []ItemScore{}}
	var total, have Num
	var texts []string
	for n, p := range rule.Parts {
		list := y.Quarters
		switch p.Of {
		case "month":
			list = y.Months
		case "year_end":
			list = nil
			if y.YearEnd != nil {
				list = []Result{*y.YearEnd}
			}
		}
		id := "Y" + strconv.Itoa(n+1)
		sc := ItemScore{Item: id, Name: partName[p.Of] + "成绩", Weight: p.W.String(), Method: "汇总", Inputs: []InputUsed{}, Rule: c.rule + "/aggregate/" + id}
		var vals, ws []Num
		var parts []string
		for _, x := range list {
			row := x.Find(unit)
			if row == nil || row.Rank == 0 {
				continue
			}
			w := Int(1)
			if p.Fn == "weights" {
				k := slot(x.Period)
				if k < 1 || k > len(p.Weights) {
					c.problem(Error, unit, sc.Name, "时段“%s”没有对应的权重，未计入", x.Period)
					continue
				}
				w = p.Weights[k-1]
			}
			vals, ws = append(vals, row.total), append(ws, w)
			t := row.Total.String()
			if p.Fn == "weights" {
				t += " × " + w.String()
			}
			parts = append(parts, t)
			sc.Inputs = append(sc.Inputs, InputUsed{Name: x.Name, Period: x.Period, Value: row.Total.String(), Source: x.Rule})
		}
		if len(vals) == 0 {
			sc.State = Dropped
			sc.Score, sc.score = c.decimal(Num{}, c.round.Item, unit, sc.Name)
			sc.Formula = "得分 = 不计（没有" + partName[p.Of] + "成绩）"
			sc.Notes = append(sc.Notes, "没有"+partName[p.Of]+"成绩，其余部分换算")
			c.problem(Warning, unit, sc.Name, "没有成绩，其余部分换算")
			u.Items = append(u.Items, sc)
			continue
		}
		if len(vals) < len(list) {
			sc.Notes = append(sc.Notes, fmt.Sprintf("共%d期，该单位有%d期成绩，只按有成绩的完整时段计", len(list), len(vals)))
		}
		v := sum(vals)
		text := strings.Join(parts, " ＋ ")
		switch p.Fn {
		case "mean":
			v, _ = v.quo(Int(int64(len(vals))))
			if len(vals) > 1 {
				text = "(" + text + ") ÷ " + strconv.Itoa(len(vals))
			}
		case "last":
			v, text = vals[len(vals)-1], parts[len(parts)-1]
		case "weights":
			v = Num{}
			for i := range vals {
				v = v.add(vals[i].mul(ws[i]))
			}
			q, ok := v.quo(sum(ws))
			if !ok {
				c.problem(Error, unit, sc.Name, "各期权重合计为零")
				continue
			}
			v, text = q, "("+text+") ÷ "+sum(ws).String()
		default:
			if len(vals) > 1 {
				text = "(" + text + ")"
			}
		}
		text += " × " + p.W.String()
		total, have = total.add(v.mul(p.W)), have.add(p.W)
		sc.State = Scored
		sc.Score, sc.score = c.decimal(v.mul(p.W), c.round.Item, unit, sc.Name)
		sc.Formula = "得分 = " + text + " = " + sc.Score.String()
		texts = append(texts, text)
		u.Items = append(u.Items, sc)
	}
	u.Formula = strings.Join(texts, " ＋ ")
	if have.Sign() == 0 {
		u.Rank = -1
		u.Formula = "0"
		u.Notes = append(u.Notes, "没有一项可以计分，不参加排名")
	} else if have.Cmp(Int(1)) != 0 {
		total, _ = total.quo(have)
		u.Formula = "(" + u.Formula + ") ÷ " + have.String()
		u.Notes = append(u.Notes, "缺一部分成绩，其余部分（权重合计"+have.String()+"）换算到1")
	}
	if len(rule.MonthlyBonus) > 0 {
		if sc, ok := c.monthlyBonus(unit, y); ok {
			u.Items = append(u.Items, sc)
			total = total.add(sc.score)
			if sc.score.Sign() != 0 {
				u.Formula += " ＋ 加分 " + sc.Score.String()
			}
		}
	}
	total = limit(total, c.s.Max, c.s.Min, &u.Notes)
	u.Total, u.total = c.decimal(total, c.round.Total, unit, "总分")
	u.Formula = "总分 = " + u.Formula + " = " + u.Total.String()
	c.vetoes(&u, unit)
	return u
}

// Asks are the names that the rule reads from the year's own data (前提里的名称), an indicator's target under the indicator's.
func (y *YearRule) Asks() map[string]bool {
	out := map[string]bool{}
	if y != nil && y.Gate != nil {
		for _, n := range y.Gate.names() {
			out[strings.TrimSuffix(n, "_目标")] = true
		}
	}
	return out
}

// With is the scheme reading more names of the data.
func (s *Scheme) With(names map[string]bool) *Scheme {
	x := *s
	x.Variables = append(slices.Clone(s.Variables), sortedKeys(names)...)
	return &x
}

// monthlyBonus gives points for the first places of the months, if the gate holds.
//
// Source: domain 14.8.
func (c *run) monthlyBonus(unit string, y YearInput) (ItemScore, bool) {
	rule := c.s.Aggregate
	sc := ItemScore{Item: "YB", Name: "月度名次加分", Weight: "0", State: Scored, Method: "加分", Inputs: []InputUsed{}, Rule: c.rule + "/aggregate/YB"}
	var v Num
	var parts []string
	for _, m := range y.Months {
		row := m.Find(unit)
		if row == nil || row.Rank < 1 || row.Rank > len(rule.MonthlyBonus) {
			continue
		}
		p := rule.MonthlyBonus[row.Rank-1]
		v = v.add(p)
		parts = append(parts, p.String())
		sc.Inputs = append(sc.Inputs, InputUsed{Name: m.Name, Period: m.Period, Value: "第" + strconv.Itoa(row.Rank) + "名", Source: m.Rule})
	}
	if len(parts) == 0 {
		return sc, false
	}
	text := strings.Join(parts, " ＋ ")
	o := outcome{pts: v}
	if rule.Gate != nil {
		e := c.plain(unit, nil)
		ok, err := rule.Gate.holds(e)
		for _, name := range rule.Gate.names() {
			sc.Inputs = append(sc.Inputs, c.named(unit, name)...)
		}
		if err != nil {
			sc.Notes = append(sc.Notes, "前提“"+rule.Gate.text(nil)+"”无法判断（"+err.Error()+"），不加分")
			c.problem(Warning, unit, sc.Name, "前提无法判断：%s，未加分", err)
			o.cut(Num{})
		} else if !ok {
			sc.Notes = append(sc.Notes, "前提“"+rule.Gate.text(nil)+"”不成立（"+rule.Gate.text(e)+"），不加分")
			o.cut(Num{})
		}
	}
	o.cut(limit(o.pts, rule.BonusMax, nil, &sc.Notes))
	sc.Score, sc.score = c.decimal(o.pts, c.round.Item, unit, sc.Name)
	as := o.equals(sc.score, c.round.Mode, c.round.Item)
	sc.Formula = "得分 = 各月名次加分 = " + text + as + sc.Score.String()
	return sc, true
}
