package indicator

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"strings"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"

	"github.com/govalues/decimal"
)

// Direction says whether more is better.
type Direction string

// The two directions (正向, 逆向).
const (
	Up   Direction = "up"
	Down Direction = "down"
)

// Indicator is what is counted (指标). Its values are cumulative within the plan's months.
type Indicator struct {
	ID           int64
	Name         string
	Measure      string // unit of measure: 亩, 万元, 户, %
	Direction    Direction
	UnitID       int64 // who owes it
	SourceUnitID int64 // whose certified value counts (数据来源单位); 0 if nobody certifies it
	Revision     int64 // of the plan in force
}

func (i Indicator) sealed() any {
	return struct {
		Name      string    `json:"name"`
		Measure   string    `json:"measure"`
		Direction Direction `json:"direction"`
		Unit      int64     `json:"unit,string"`
		Source    int64     `json:"source_unit,string"`
	}{i.Name, i.Measure, i.Direction, i.UnitID, i.SourceUnitID}
}

// Plan is a revision of what is wanted (目标值): the first is the sealed baseline (原定).
type Plan struct {
	Revision int64
	From, To period.Month    // the plan's months, both included
	Target   amount.Scaled   // Target (目标值) at the end of To
	Curve    []amount.Scaled // cumulative, one per month of the plan; empty for completed months over plan months
	At       int64           // when it was put in force
}

// Target is the value wanted at the end of a plan (目标值).
type Target = amount.Scaled

// Reading is one value as somebody entered it (完成值). It is never changed.
type Reading struct {
	ID, IndicatorID int64
	Period          period.Month
	Kind            ValueKind
	Value           amount.Scaled
	Void            bool // withdrawn (撤回)
	Note            string
	Source          string // document or system the certified value comes from
	EnteredBy       int64
	At              int64
}

// ValueKind is which of the three values a reading is.
type ValueKind string

// The three values of a fact. Certified outranks Verified, Verified outranks Reported.
const (
	Reported  ValueKind = "reported"  // 自报
	Verified  ValueKind = "verified"  // 核验
	Certified ValueKind = "certified" // 认定
)

// Chinese returns 自报, 核验 or 认定.
func (k ValueKind) Chinese() string {
	return map[ValueKind]string{Reported: "自报", Verified: "核验", Certified: "认定"}[k]
}

// Value holds the three values of an indicator for a month; nil where there is none.
type Value struct {
	IndicatorID                                        int64
	Period                                             period.Month
	Reported, Verified, Certified                      *amount.Scaled
	ReportedBy                                         int64
	ReportedReading, VerifiedReading, CertifiedReading int64
}

// Best returns the value that outranks the others: 认定, else 核验, else 自报. ok is false if there is none.
// Source: architecture §4.
func (v Value) Best() (amount.Scaled, ValueKind, bool) {
	switch {
	case v.Certified != nil:
		return *v.Certified, Certified, true
	case v.Verified != nil:
		return *v.Verified, Verified, true
	case v.Reported != nil:
		return *v.Reported, Reported, true
	}
	return 0, "", false
}

// Months returns the number of months of the plan.
func (p Plan) Months() int { return p.To.Since(p.From) + 1 }

// Completed returns how many of the plan's months are over at the end of m.
func (p Plan) Completed(m period.Month) int { return min(max(m.Since(p.From)+1, 0), p.Months()) }

// Pace returns where the value should stand at the end of m (时序进度, 应达): the curve's value,
// or target × completed months ÷ plan months, rounded half up to 4 decimals.
// Source: domain 13.0.
func (p Plan) Pace(m period.Month) amount.Scaled {
	k, n := p.Completed(m), p.Months()
	if k == 0 {
		return 0
	}
	if len(p.Curve) == n {
		return p.Curve[k-1]
	}
	t := int64(p.Target)
	if t < 0 {
		return -share(-t, k, n)
	}
	return share(t, k, n)
}

// share returns t × k ÷ n, rounded half up, for k ≤ n. The product has 128 bits: a target times the months of a long plan is more than 64 can hold.
func share(t int64, k, n int) amount.Scaled {
	hi, lo := bits.Mul64(uint64(t), 2*uint64(k))
	lo, carry := bits.Add64(lo, uint64(n), 0)
	q, _ := bits.Div64(hi+carry, lo, 2*uint64(n))
	return amount.Scaled(q)
}

// Percent returns a ÷ b × 100, rounded half up to two decimals; ok is false if b is 0.
func Percent(a, b amount.Scaled) (decimal.Decimal, bool) {
	if b == 0 {
		return decimal.Zero, false
	}
	x, y := decimal.MustNew(int64(a), 4), decimal.MustNew(int64(b), 4)
	hundred := decimal.Hundred
	q, err := x.Mul(hundred)
	if err != nil {
		return decimal.Zero, false
	}
	q, err = q.Quo(y)
	if err != nil {
		return decimal.Zero, false
	}
	return HalfUp(q, 2), true
}

// HalfUp rounds half away from zero (四舍五入); decimal.Round rounds half to even.
func HalfUp(d decimal.Decimal, scale int) decimal.Decimal {
	half := decimal.MustNew(5, scale+1)
	if d.IsNeg() {
		half = half.Neg()
	}
	if d.Scale() <= scale {
		return d
	}
	s, err := d.Add(half)
	if err != nil {
		return d.Round(scale)
	}
	return s.Trunc(scale)
}

// Rate is the completion rate (完成率): value ÷ target × 100, two decimals. ok is false without a target.
func (p Plan) Rate(v amount.Scaled) (decimal.Decimal, bool) { return Percent(v, p.Target) }

// Lead returns how far v is ahead of the pace at the end of m, in percentage points of the target, two decimals;
// negative if behind. ok is false without a target.
// Source: domain 13.0.
func (p Plan) Lead(v amount.Scaled, m period.Month) (decimal.Decimal, bool) {
	return Percent(v-p.Pace(m), p.Target)
}

// Quarter returns the cumulative target at the end of the quarter.
func (p Plan) Quarter(q period.Quarter) amount.Scaled { return p.Pace(q.Last()) }

// Most bounds targets and values, so that no sum or share of them can overflow: ten trillion of whatever is counted.
const Most amount.Scaled = 10_000_000_000_000 * 10_000

// maxMonths bounds a plan: ten years.
const maxMonths = 120

// Check says what is wrong with a plan.
func (p Plan) Check() error {
	var bad []errs.Field
	if !p.From.Valid() || !p.To.Valid() || p.To < p.From {
		return errs.At("from_month", "计划起止月份不对，请写成 2017-01 到 2017-12 这样。")
	}
	if p.Months() > maxMonths {
		return errs.At("from_month", "计划从%s到%s，太长了，最多 10 年。请核对起止月份。", p.From.Chinese(), p.To.Chinese())
	}
	switch {
	case p.Target <= 0:
		bad = append(bad, errs.Field{Name: "target", Message: "年度目标要大于 0。"})
	case p.Target > Most:
		bad = append(bad, errs.Field{Name: "target", Message: "年度目标太大，请检查计量单位，比如把元写成万元、亿元。"})
	}
	if len(p.Curve) > 0 {
		if len(p.Curve) != p.Months() {
			bad = append(bad, errs.Field{Name: "curve", Message: fmt.Sprintf("月度曲线要 %d 个月的数，现在是 %d 个。", p.Months(), len(p.Curve))})
		} else {
			for i, v := range p.Curve {
				if i == 0 && v < 0 {
					bad = append(bad, errs.Field{Name: "curve", Message: "月度曲线是累计数，不能小于 0。"})
					break
				}
				if i > 0 && v < p.Curve[i-1] {
					bad = append(bad, errs.Field{Name: "curve", Message: fmt.Sprintf("月度曲线是累计数，%s不能小于上一个月。", p.From.Add(i).Chinese())})
					break
				}
			}
			if last := p.Curve[len(p.Curve)-1]; last != p.Target && bad == nil {
				bad = append(bad, errs.Field{Name: "curve", Message: "月度曲线最后一个月要等于年度目标。"})
			}
		}
	}
	return errs.Refuse("目标还没存上", bad...)
}

func encodeCurve(c []amount.Scaled) string {
	if len(c) == 0 {
		return ""
	}
	b, _ := json.Marshal(c)
	return string(b)
}

func decodeCurve(s string) (c []amount.Scaled, err error) {
	if s == "" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(s), &c)
	return c, err
}

// FromQuarters returns the monthly curve through four cumulative quarter targets of a January to December
// plan: within a quarter it rises in equal steps, the last of which takes the remainder.
func FromQuarters(q [4]amount.Scaled) []amount.Scaled {
	var out []amount.Scaled
	var before amount.Scaled
	for _, end := range q {
		step := (end - before) / 3
		out = append(out, before+step, before+2*step, end)
		before = end
	}
	return out
}

// Show prints a scaled value with its measure, without idle zeros: 31.5 亩.
func Show(v amount.Scaled, measure string) string {
	s := Number(v)
	if measure == "%" {
		return s + "%"
	}
	return strings.TrimSpace(s + " " + measure)
}

// About prints where a value should stand (应达): a computed number, so one decimal is enough; what was counted is printed by Show.
func About(v amount.Scaled, measure string) string {
	if v < 0 {
		return Show((v-500)/1000*1000, measure)
	}
	return Show((v+500)/1000*1000, measure)
}

// Number prints a scaled value with thousands commas and a true minus sign, without idle zeros.
func Number(v amount.Scaled) string {
	d := decimal.MustNew(int64(v), 4).Trim(0)
	whole, frac, _ := strings.Cut(d.Abs().String(), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if frac != "" {
		whole += "." + frac
	}
	if d.IsNeg() {
		return "−" + whole
	}
	return whole
}

// Plain prints a scaled value for an input box and for exports: digits, point and hyphen.
func Plain(v amount.Scaled) string { return decimal.MustNew(int64(v), 4).Trim(0).String() }

// The names of the two indicators by which supervision tells appraisal, without either knowing the other, how many
// findings (督查发现问题) a unit had and how many of them are closed (销号), cumulative in the year.
const (
	FindingsFound  = "督查发现问题数"
	FindingsClosed = "督查销号问题数"
)
