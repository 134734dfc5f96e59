package task

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"

	"github.com/govalues/decimal"
)

// Light is a task's status (亮灯): computed by a policy, never typed.
type Light string

// The lights. Each has a shape and a word as well as a colour.
const (
	Red     Light = "red"     // 红灯
	Missing Light = "missing" // 缺报
	Amber   Light = "amber"   // 黄灯
	Hold    Light = "hold"    // 暂停: stopped by an approved decision
	Green   Light = "green"   // 绿灯
	NotDue  Light = "not_due" // 未到期
	Done    Light = "done"    // 完成：办结并经核验
)

// Lights lists the lights, the most urgent first.
var Lights = []Light{Red, Missing, Amber, Hold, Green, NotDue, Done}

// Chinese returns the light's word.
func (l Light) Chinese() string {
	return map[Light]string{Red: "红灯", Missing: "缺报", Amber: "黄灯", Hold: "暂停", Green: "绿灯", NotDue: "未到期", Done: "销号"}[l]
}

// Rank orders lights, the most urgent first: 0 for red.
func (l Light) Rank() int64 {
	for i, x := range Lights {
		if x == l {
			return int64(i)
		}
	}
	return int64(len(Lights))
}

// Policy is a rule for lights (亮灯规则). It is versioned; a month's light names the version that gave it.
// Source: domain 16.1.
type Policy struct {
	ID        int64        `json:"-"`
	Revision  int64        `json:"-"`
	Name      string       `json:"name"`
	Source    string       `json:"source"`
	DocNo     string       `json:"-"`
	FromMonth period.Month `json:"-"`
	// Base is what "behind" is measured in: points of the year's target, or percent of where it should stand by now.
	Base string `json:"base"` // "points" or "relative"
	// Tolerance is how far behind is still green (≥ 0); RedBeyond is how far behind is red, the bound itself still being amber
	// when AmberIncludesBound.
	Tolerance          string `json:"tolerance"`
	RedBeyond          string `json:"red_beyond"`
	AmberIncludesBound bool   `json:"amber_includes_bound"`
	// RedOnMiss: any month below plan is red (瓯海). QuarterOnly: red only when a quarter's last month is below plan (松阳).
	RedOnMiss   bool `json:"red_on_miss"`
	QuarterOnly bool `json:"quarter_only"`
	// OverdueRedDays: a milestone or deadline overdue by more days is red, by 1 day up to it amber.
	OverdueRedDays int `json:"overdue_red_days"`
	// DueDay is the day of the next month up to which an account is in time.
	DueDay int `json:"due_day"`
}

// Presets are the policies that ship with the program, the default first.
// Source: domain 16.1 [17][18][19][170].
var Presets = []Policy{
	{Name: "默认规则", Source: "落后不超过 0 点为绿，10 个百分点以内（含）为黄，超过为红；节点超期 15 天以上为红", Base: "points", Tolerance: "0", RedBeyond: "10", AmberIncludesBound: true, OverdueRedDays: 15, DueDay: 5},
	{Name: "银川 2025 项目规则", Source: "落后 10 至 30 个百分点（含）为黄，超过 30 为红；0 至 10 未定义，取绿", Base: "points", Tolerance: "9.99", RedBeyond: "30", AmberIncludesBound: true, OverdueRedDays: 15, DueDay: 5},
	{Name: "三亚 2022 项目规则", Source: "落后应达的 50%（含）以内为黄，超过为红（原文未说明是相对值还是百分点，这里按相对值）", Base: "relative", Tolerance: "0", RedBeyond: "50", AmberIncludesBound: true, OverdueRedDays: 15, DueDay: 5},
	{Name: "松阳 2022 规则", Source: "月度目标未达为黄，季度目标未达为红", Base: "points", Tolerance: "0", RedBeyond: "100", AmberIncludesBound: true, QuarterOnly: true, OverdueRedDays: 15, DueDay: 5},
	{Name: "瓯海 2020 规则", Source: "月度目标未达为红，补上后转黄", Base: "points", Tolerance: "0", RedBeyond: "0", RedOnMiss: true, OverdueRedDays: 0, DueDay: 5},
}

// Check says what is wrong with a policy.
func (p Policy) Check() error {
	var bad []errs.Field
	tol, err := decimal.Parse(p.Tolerance)
	if err != nil || tol.IsNeg() {
		bad = append(bad, errs.Field{Name: "tolerance", Message: "“仍为绿灯的落后幅度”请写 0 或正数。"})
	}
	red, err := decimal.Parse(p.RedBeyond)
	if err != nil || red.IsNeg() {
		bad = append(bad, errs.Field{Name: "red_beyond", Message: "“红灯的落后幅度”请写 0 或正数。"})
	} else if red.Cmp(tol) < 0 {
		bad = append(bad, errs.Field{Name: "red_beyond", Message: "“红灯的落后幅度”不能小于“仍为绿灯的落后幅度”。"})
	}
	if p.Base != "points" && p.Base != "relative" {
		bad = append(bad, errs.Field{Name: "base", Message: "落后按“百分点”还是按“相对应达的百分比”算，请选一种。"})
	}
	if p.DueDay < 1 || p.DueDay > 28 {
		bad = append(bad, errs.Field{Name: "due_day", Message: "每月填报截止日请写 1 到 28。"})
	}
	if p.OverdueRedDays < 0 {
		bad = append(bad, errs.Field{Name: "overdue_red_days", Message: "超期转红的天数不能小于 0。"})
	}
	return errs.Refuse("亮灯规则还没存上", bad...)
}

func (p Policy) sealed() any {
	return struct {
		Policy   Policy       `json:"policy"`
		Revision int64        `json:"revision"`
		From     period.Month `json:"from_month"`
		DocNo    string       `json:"doc_no"`
	}{p, p.Revision, p.FromMonth, p.DocNo}
}

func (p Policy) encode() string { b, _ := json.Marshal(p); return string(b) }

// Facts is what a policy judges.
type Facts struct {
	State      State
	Month      period.Month
	Plan       indicator.Plan
	Value      *amount.Scaled // nil: no account of the month
	Kind       indicator.ValueKind
	Due        bool // the account of the month is due
	Milestones []Milestone
	Deadline   string
	Today      string // for what is overdue
	Measure    string
	Down       bool // less is better
}

// Verdict is a light with the rule that gave it and the numbers it was given from.
type Verdict struct {
	Light    Light
	Rule     string // a Chinese sentence with the numbers in it
	Pace     *amount.Scaled
	Lead     *int64 // points ×100
	DaysLate int64
}

// Judge gives the light of a task for a month. It is pure: the same facts under the same policy always give the same light.
// The worst rule wins.
// Source: domain 16.1; ui 5.
func (p Policy) Judge(f Facts) Verdict {
	switch {
	case f.State == Closed:
		return Verdict{Light: Done, Rule: "已办结并核验销号"}
	case f.State == Stopped:
		return Verdict{Light: Hold, Rule: "已批准中止，不用填报，不计分"}
	}
	late, what := overdue(f)
	v := Verdict{DaysLate: late}
	k := f.Plan.Completed(f.Month)
	pace := f.Plan.Pace(f.Month)
	if f.Plan.Target > 0 {
		v.Pace = &pace
	}
	switch {
	case f.Plan.Target > 0 && k == 0:
		v.Light, v.Rule = NotDue, "计划从"+f.Plan.From.Chinese()+"开始"
	case f.Value == nil && f.Due:
		v.Light, v.Rule = Missing, f.Month.Chinese()+"的进展应报未报"
	case f.Value == nil:
		v.Light, v.Rule = NotDue, f.Month.Chinese()+"的进展还没到填报截止日"
	default:
		lead, ok := f.Plan.Lead(*f.Value, f.Month)
		if f.Down {
			lead, ok = indicator.Percent(pace-*f.Value, f.Plan.Target)
		}
		if ok {
			x := points(lead)
			v.Lead = &x
		}
		v.Light, v.Rule = p.onPace(f, lead, pace)
	}
	if late > 0 {
		l := Amber
		if late > int64(p.OverdueRedDays) {
			l = Red
		}
		if l.Rank() < v.Light.Rank() {
			v.Light, v.Rule = l, fmt.Sprintf("%s已超期 %d 天（超过 %d 天为红灯）", what, late, p.OverdueRedDays)
		}
	}
	return v
}

// onPace compares the value with where it should stand.
func (p Policy) onPace(f Facts, lead decimal.Decimal, pace amount.Scaled) (Light, string) {
	behind, unit := lead.Neg(), "个百分点"
	if p.Base == "relative" {
		gap := pace - *f.Value
		if f.Down {
			gap = -gap
		}
		rel, ok := indicator.Percent(gap, pace)
		if !ok {
			rel = decimal.Zero
		}
		behind, unit = rel, "%"
	}
	num := f.Kind.Chinese() + " " + indicator.Show(*f.Value, f.Measure) + "，应达 " + indicator.About(pace, f.Measure)
	tol, red := decimal.MustParse(p.Tolerance), decimal.MustParse(p.RedBeyond)
	text := func(d decimal.Decimal) string { return d.Abs().Trim(0).String() + " " + unit }
	switch {
	case behind.Cmp(tol) <= 0:
		if behind.IsPos() {
			return Green, num + "，落后 " + text(behind) + "，在允许的 " + tol.String() + " " + unit + "以内"
		}
		if behind.IsZero() {
			return Green, num + "，与应达持平"
		}
		return Green, num + "，超前 " + text(behind)
	case p.RedOnMiss:
		return Red, num + "，落后 " + text(behind) + "；当月未达就是红灯"
	case p.QuarterOnly:
		if f.Month == f.Month.Quarter().Last() {
			return Red, num + "，落后 " + text(behind) + "；季度目标未达为红灯"
		}
		return Amber, num + "，落后 " + text(behind) + "；月度目标未达为黄灯"
	case behind.Cmp(red) > 0, behind.Cmp(red) == 0 && !p.AmberIncludesBound:
		return Red, num + "，落后 " + text(behind) + "，超过 " + red.String() + " " + unit
	}
	return Amber, num + "，落后 " + text(behind) + "，在 " + red.String() + " " + unit + "以内"
}

// MadeUp returns the light of a missed month that was made good later: amber, never green.
// Source: domain 0.6, 16.1 [19].
func MadeUp(v Verdict) Verdict {
	if v.Light == Green {
		v.Light = Amber
		v.Rule = "当月缺报或未达，后来补上：" + v.Rule
	}
	return v
}

// points returns a number of percentage points ×100, as rows keep it.
func points(d decimal.Decimal) int64 {
	s := indicator.HalfUp(d, 2).Pad(2)
	c := int64(s.Coef())
	if s.IsNeg() {
		return -c
	}
	return c
}

// Points prints percentage points ×100: −13, +4.5.
func Points(x int64) string {
	sign := ""
	if x > 0 {
		sign = "+"
	}
	return sign + indicator.Number(amount.Scaled(x*100))
}

// overdue returns by how many days the most overdue undone milestone, or the deadline, is passed at f.Today.
func overdue(f Facts) (days int64, what string) {
	if f.State == Completed { // the doer has said so in time or not; what is late now is the check
		return 0, ""
	}
	for _, m := range f.Milestones {
		if m.DoneOn == "" {
			if d := daysBetween(m.DueOn, f.Today); d > days {
				days, what = d, "节点“"+m.Title+"”"
			}
		}
	}
	if f.Deadline != "" {
		if d := daysBetween(f.Deadline, f.Today); d > days {
			days, what = d, "时限 "+f.Deadline
		}
	}
	return days, what
}

func daysBetween(from, to string) int64 {
	a, err1 := period.ParseDay(from)
	b, err2 := period.ParseDay(to)
	if err1 != nil || err2 != nil {
		return 0
	}
	return int64(b.Sub(a) / (24 * time.Hour))
}

// EncodeNumbers prints a verdict's numbers for the row of a closed month.
func (v Verdict) numbers(f Facts) string {
	m := map[string]string{"month": string(f.Month), "target_x10000": strconv.FormatInt(int64(f.Plan.Target), 10), "plan_revision": strconv.FormatInt(f.Plan.Revision, 10)}
	if f.Value != nil {
		m["value_x10000"], m["kind"] = strconv.FormatInt(int64(*f.Value), 10), string(f.Kind)
	}
	if v.Pace != nil {
		m["pace_x10000"] = strconv.FormatInt(int64(*v.Pace), 10)
	}
	if v.Lead != nil {
		m["lead_x100"] = strconv.FormatInt(*v.Lead, 10)
	}
	b, _ := json.Marshal(m)
	return string(b)
}
