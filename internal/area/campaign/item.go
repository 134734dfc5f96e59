package campaign

import (
	"fmt"
	"strconv"
	"strings"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/task"

	"github.com/govalues/decimal"
)

// Item is an entry of a task book (条目): the task of the spine, and what only the campaign knows of it. Its id is the task's.
type Item struct {
	ID         int64
	CampaignID int64
	UnitID     int64
	BatchID    int64  // the import that it came with; 0 if entered alone
	Category   string // 类别: the heading that it stood under
	Scoring    string // 计分规则
	Note       string // 备注
	// CompletedAt is when the unit last reported it done (办结); the task being open again since means that it was sent back (退回).
	CompletedAt int64
}

// ItemDraft is an item as it is entered.
type ItemDraft struct {
	No           string // 7 or CS-07; "" takes the next free number
	Title        string
	Standard     string // 完成标准
	Indicator    string // name of what is counted; "" is the title
	Measure      string // "" with Target 0 counts percent of completion
	Direction    indicator.Direction
	Target       amount.Scaled // 0: 100 %
	Quarters     *[4]amount.Scaled
	Curve        []amount.Scaled // one per month from the campaign's first month to the deadline's; outranks Quarters
	LeadUnit     int64
	SupportUnits []int64
	Owner        int64  // post; 0: the head of the lead unit
	Leader       int64  // post; 0: the campaign's leader
	SourceUnit   int64  // who certifies the value (数据来源); 0 if nobody
	Deadline     string // "" for a standing duty
	DeadlineText string
	Weight       int64 // ×100
	Category     string
	Scoring      string
	Note         string
	Milestones   []task.Milestone // of a percent item without Curve and Quarters, their weights are the curve
}

// Number prints an item's number: the campaign's code and at least two digits, CS-07. What is no plain number keeps its form.
func (c Campaign) Number(no string) string {
	no = strings.TrimSpace(no)
	if strings.HasPrefix(no, c.Code+"-") {
		no = no[len(c.Code)+1:]
	}
	if n, err := strconv.Atoi(no); err == nil && n > 0 {
		return fmt.Sprintf("%s-%02d", c.Code, n)
	}
	return c.Code + "-" + no
}

// next returns the first number after the highest one used.
func (c Campaign) next(used map[string]bool) string {
	top := 0
	for no := range used {
		if n, err := strconv.Atoi(strings.TrimPrefix(no, c.Code+"-")); err == nil {
			top = max(top, n)
		}
	}
	return c.Number(strconv.Itoa(top + 1))
}

// opening turns a draft into what the spine opens: the plan runs from the campaign's first month to the
// deadline's, the target is the draft's or 100 %. It is pure.
// Source: domain 8 (任务书); 13.0.
func (c Campaign) opening(d ItemDraft, dir *org.Directory) (task.Opening, error) {
	if d.Measure == "" && d.Target == 0 {
		d.Measure, d.Target = "%", 1000000
	}
	if d.Deadline == "" && d.DeadlineText == "" {
		d.Deadline = period.Day(c.To.End().Add(-1))
	}
	to := c.To
	if _, err := period.ParseDay(d.Deadline); err == nil {
		to = period.Month(d.Deadline[:7])
	}
	if to < c.From {
		return task.Opening{}, errs.At("deadline", "时限 %s 早于行动开始的%s。请改时限。", d.Deadline, c.From.Chinese())
	}
	plan := indicator.Plan{From: c.From, To: to, Target: d.Target}
	switch {
	case len(d.Curve) > 0:
		plan.Curve = d.Curve
	case d.Measure == "%" && d.Quarters == nil && len(d.Milestones) > 0: // percent of completion follows the steps; what is counted has its own pace
		plan.Curve = task.MilestoneCurve(d.Milestones, plan)
	case d.Quarters != nil:
		curve, until, err := c.quarters(*d.Quarters, d.Target, to)
		if err != nil {
			return task.Opening{}, err
		}
		plan.Curve, plan.To = curve, until
	}
	if d.Indicator == "" {
		d.Indicator = d.Title
	}
	if d.Leader == 0 {
		d.Leader = c.LeaderPost
	}
	if d.Owner == 0 {
		if h := dir.Head(d.LeadUnit); h != nil {
			d.Owner = h.ID
		}
	}
	var support []int64
	for _, u := range d.SupportUnits {
		if u != d.LeadUnit {
			support = append(support, u)
		}
	}
	return task.Opening{
		Task: task.Task{No: d.No, Title: d.Title, Standard: d.Standard, Origin: c.Ref(), LeadUnit: d.LeadUnit, SupportUnits: support, Owner: d.Owner, Leader: d.Leader,
			Deadline: d.Deadline, DeadlineText: d.DeadlineText, Weight: d.Weight},
		Indicator:  indicator.Indicator{Name: d.Indicator, Measure: d.Measure, Direction: d.Direction, SourceUnitID: d.SourceUnit},
		Plan:       plan,
		Milestones: d.Milestones,
	}, plan.Check()
}

// quarters makes the monthly curve of the plan from quarter targets. Documents write them cumulatively or one by one: what adds
// up to the year's target decides. The plan ends with the deadline's month, or with December if only then the target stands.
func (c Campaign) quarters(q [4]amount.Scaled, target amount.Scaled, to period.Month) ([]amount.Scaled, period.Month, error) {
	sum := q[0] + q[1] + q[2] + q[3]
	switch {
	case q[3] == target:
	case sum == target:
		q = [4]amount.Scaled{q[0], q[0] + q[1], q[0] + q[1] + q[2], sum}
	default:
		return nil, to, errs.At("quarters", "四个季度的目标既不是累计数（四季度应等于年度目标 %s），合计也不是年度目标（合计 %s）。请核对。", indicator.Number(target), indicator.Number(sum))
	}
	for i := 1; i < 4; i++ {
		if q[i] < q[i-1] {
			return nil, to, errs.At("quarters", "季度目标是累计数，后一季度不能小于前一季度。请核对。")
		}
	}
	if c.From.Year() != c.To.Year() {
		return nil, to, errs.At("quarters", "这个行动跨年，季度目标要换成逐月目标。请去掉季度目标。")
	}
	year := indicator.FromQuarters(q)
	if to.Year() != c.From.Year() || year[to.Number()-1] != target {
		to = period.Month(c.From.Year() + "-12")
	}
	return year[c.From.Number()-1 : to.Number()], to, nil
}

// exact reads an exact decimal as a scaled value; reason says in Chinese what is wrong.
func exact(what, s string) (v amount.Scaled, reason string) {
	s = strings.TrimSpace(strings.ReplaceAll(s, ",", ""))
	if s == "" {
		return 0, ""
	}
	digits := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	d, err := decimal.Parse(s)
	if err != nil || digits > 19 {
		return 0, fmt.Sprintf("%s“%s”不是一个能准确记下的数。请只写数字。", what, s)
	}
	if d = d.Trim(0); d.Scale() > amount.MaxDecimals {
		return 0, fmt.Sprintf("%s“%s”的小数超过 4 位。请改写数字或换大一点的单位。", what, s)
	}
	if d.Cmp(decimal.MustNew(900000000000, 0)) > 0 {
		return 0, fmt.Sprintf("%s“%s”太大。请检查单位。", what, s)
	}
	return amount.Scaled(int64(d.Pad(amount.MaxDecimals).Coef()) * int64(d.Sign())), ""
}
