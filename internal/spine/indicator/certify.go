package indicator

import (
	"time"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
)

// Certification is the value of a month as the data source gives it (认定): cumulative, like every value of the indicator.
type Certification struct {
	IndicatorID int64
	Month       period.Month
	Value       amount.Scaled
	Source      string // where the value stands (出处), such as 统计月报 2017 年 3 月
	Note        string // why an earlier certification is corrected (更正原因); needed for a correction only
}

// The longest texts of a certification, in characters.
const (
	MaxSource = 100
	MaxNote   = 200
)

// Check says what is wrong with a certification of an indicator whose month has the value old, on the day that now falls on.
// A month is certified after it has ended, never before the plan begins; a correction says why.
// Source: domain 15.3 (统计法 7).
func (c Certification) Check(h Sheet, old Value, now time.Time) error {
	var bad []errs.Field
	switch {
	case !c.Month.Valid():
		bad = append(bad, errs.Field{Name: "period", Message: "月份不对，请写成 2017-03 这样。"})
	case c.Month.End().After(now):
		bad = append(bad, errs.Field{Name: "period", Message: "这个月还没有结束，不能认定。"})
	case c.Month < h.Plan.From:
		bad = append(bad, errs.Field{Name: "period", Message: "“" + h.Name + "”从" + h.Plan.From.Chinese() + "开始计数，请核对月份。"})
	}
	switch n := len([]rune(c.Source)); {
	case n == 0:
		bad = append(bad, errs.Field{Name: "source", Message: "请写明数据出处，如“统计月报 2017 年 3 月”。"})
	case n > MaxSource:
		bad = append(bad, errs.Field{Name: "source", Message: "出处最多 100 个字，请写短一些。"})
	}
	switch n := len([]rune(c.Note)); {
	case n > MaxNote:
		bad = append(bad, errs.Field{Name: "note", Message: "更正原因最多 200 个字，请写短一些。"})
	case n == 0 && old.Certified != nil:
		bad = append(bad, errs.Field{Name: "note", Message: "这个月已经认定为 " + Show(*old.Certified, h.Measure) + "，更正请写明原因；原来的数会保留。"})
	}
	return errs.Refuse("还没有认定", bad...)
}

// Same reports whether the month is certified with this value already, so that there is nothing to enter.
func (c Certification) Same(old Value) bool { return old.Certified != nil && *old.Certified == c.Value }

// Owner names what an indicator counts for: the task, by its number and title (任务).
type Owner struct {
	ID        int64
	No, Title string
}

// Line is an indicator in a list, with the values of its months and the task that it counts for.
type Line struct {
	Sheet
	Owner  Owner
	Values []Value // by month
}

// At returns the values of a month; all nil if nothing was entered.
func (l Line) At(m period.Month) Value {
	for _, v := range l.Values {
		if v.Period == m {
			return v
		}
	}
	return Value{IndicatorID: l.ID, Period: m}
}

// Open lists the months up to last that wait to be certified (待认定): those of the plan without a certified value. None if nobody certifies it.
func (l Line) Open(last period.Month) (out []period.Month) {
	if l.SourceUnitID == 0 {
		return nil
	}
	for m := l.Plan.From; m <= last && m <= l.Plan.To; m = m.Next() {
		if l.At(m).Certified == nil {
			out = append(out, m)
		}
	}
	return out
}

// Gap is what is not as it should be with the three values of a month.
type Gap string

// The gaps, the worst first.
const (
	NoGap       Gap = ""
	Contradicts Gap = "contradicts" // 数字不一致: the values that were entered differ
	Nothing     Gap = "nothing"     // 没有数: none was entered
	Uncertified Gap = "uncertified" // 待认定: the data source has not given its value
)

// Gaps lists them for a filter.
var Gaps = []Gap{Contradicts, Nothing, Uncertified}

// Chinese returns the gap in words.
func (g Gap) Chinese() string {
	return map[Gap]string{Contradicts: "数字不一致", Nothing: "没有数", Uncertified: "待认定"}[g]
}

// Gap returns the worst gap of a month's values.
func (l Line) Gap(m period.Month) Gap {
	v := l.At(m)
	best, _, ok := v.Best()
	for _, x := range []*amount.Scaled{v.Reported, v.Verified, v.Certified} {
		if x != nil && *x != best {
			return Contradicts
		}
	}
	switch {
	case !ok:
		return Nothing
	case v.Certified == nil && l.SourceUnitID != 0 && m <= l.Plan.To:
		return Uncertified
	}
	return NoGap
}
