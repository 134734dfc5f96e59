package task

import (
	"fmt"
	"strings"
	"time"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/calendar"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
)

// AccountState is how far an account has come.
type AccountState string

// The states of an account.
const (
	Submitted AccountState = "submitted" // 已报，待核验
	Verified  AccountState = "verified"  // Verification (核验): someone else looked
	Withdrawn AccountState = "withdrawn" // 已撤回
)

// Chinese returns the state's name.
func (s AccountState) Chinese() string {
	return map[AccountState]string{Submitted: "已报，等核验", Verified: "已核验", Withdrawn: "已撤回"}[s]
}

// BlockerKinds are the kinds of blocker (卡点) that a form offers; the last says that there is none.
var BlockerKinds = []string{"林地手续", "用地报批", "补偿协商", "资金", "审批", "施工", "其他", NoBlocker}

// NoBlocker says that nothing blocks the task.
const NoBlocker = "没有卡点"

// Account is what the lead unit says of a month (进展).
type Account struct {
	ID, TaskID, UnitID int64
	Period             period.Month
	Value              amount.Scaled // cumulative
	Before             amount.Scaled // of the month before
	Cut                bool          // 核减
	CutReason          string
	Progress           string // 进展情况
	BlockerKind        string // several are joined by 、
	Blocker            string
	Help               string // 要上级帮什么
	HelpUnit           int64
	NextStep           string
	Late               bool
	DueOn              string
	State              AccountState
	SubmittedAt        int64
	SubmittedBy        int64
	WithdrawnAt        int64
	Version            int64
}

func (a Account) sealed() any {
	return struct {
		Task        int64         `json:"task,string"`
		Unit        int64         `json:"unit,string"`
		Period      period.Month  `json:"period"`
		Value       amount.Scaled `json:"value_x10000"`
		Before      amount.Scaled `json:"before_x10000"`
		Cut         bool          `json:"cut"`
		CutReason   string        `json:"cut_reason"`
		Progress    string        `json:"progress"`
		BlockerKind string        `json:"blocker_kind"`
		Blocker     string        `json:"blocker"`
		Help        string        `json:"help"`
		HelpUnit    int64         `json:"help_unit,string"`
		NextStep    string        `json:"next_step"`
		Late        bool          `json:"late"`
		DueOn       string        `json:"due_on"`
		State       AccountState  `json:"state"`
		SubmittedAt int64         `json:"submitted_at"`
		SubmittedBy ledger.Person `json:"submitted_by"`
	}{a.TaskID, a.UnitID, a.Period, a.Value, a.Before, a.Cut, a.CutReason, a.Progress, a.BlockerKind, a.Blocker, a.Help, a.HelpUnit, a.NextStep, a.Late, a.DueOn, a.State, a.SubmittedAt, ledger.Person(a.SubmittedBy)}
}

// Draft is an account as the unit fills it in.
type Draft struct {
	TaskID      int64
	Month       period.Month
	Value       amount.Scaled
	Cut         bool
	CutReason   string
	Progress    string
	BlockerKind string
	Blocker     string
	Help        string
	HelpUnit    int64
	NextStep    string
}

// Situation is what a draft is judged against.
type Situation struct {
	Sheet  indicator.Sheet
	Before *indicator.Value // the last month before with a reported value; nil if none
	After  *indicator.Value // the first month after with a reported value; nil if none
	DueOn  string           // the last day on which the month's account is in time
	Now    time.Time

	history  []indicator.Value // every month's values
	policies []Policy
	calendar *calendar.Calendar
}

// File turns a draft into an account, or says what is wrong with it. It is pure.
// Field names are those of the form: month, value, cut_reason, blocker_kind, progress, help.
// Source: domain 8 (month loop); ui 10 (words).
func (t Task) File(d Draft, s Situation) (Account, error) {
	if t.State == Closed || t.State == Stopped {
		return Account{}, errs.New(errs.Conflict, "“%s”%s，不用再填报。", t.Title, t.State.Chinese())
	}
	show := func(v amount.Scaled) string { return indicator.Show(v, s.Sheet.Measure) }
	var bad []errs.Field
	add := func(name, format string, args ...any) {
		bad = append(bad, errs.Field{Name: name, Message: fmt.Sprintf(format, args...)})
	}
	var before amount.Scaled
	if s.Before != nil && s.Before.Reported != nil {
		before = *s.Before.Reported
	}
	p := s.Sheet.Plan
	switch {
	case !d.Month.Valid():
		add("month", "月份不对，请写成 2017-03 这样。")
	case d.Month > period.MonthOf(s.Now):
		add("month", "%s还没到，不能提前填报。", d.Month.Chinese())
	case d.Month < p.From || d.Month > p.To:
		add("month", "这项任务的计划是%s到%s，不含%s。", p.From.Chinese(), p.To.Chinese(), d.Month.Chinese())
	}
	switch {
	case d.Value < 0:
		add("value", "累计完成不能是负数。请改数字。")
	case d.Value > indicator.Most:
		add("value", "累计完成太大了。请检查单位是不是%s。", s.Sheet.Measure)
	case s.Before != nil && s.Sheet.Direction != indicator.Down && d.Value < before && !d.Cut:
		add("value", "累计完成不能少于%s的 %s。请改数字；如是核减，请点“这是核减”并写原因。", monthName(d.Month, s.Before.Period), show(before))
	case d.Cut && d.Value >= before:
		add("value", "选了“这是核减”，但 %s 没有少于%s的 %s。不是核减请取消勾选。", show(d.Value), lastMonth(s.Before), show(before))
	case s.After != nil && s.After.Reported != nil && s.Sheet.Direction != indicator.Down && d.Value > *s.After.Reported:
		add("value", "%s已经报了 %s，%s不能比它多。请先更正后面的月份。", s.After.Period.Chinese(), show(*s.After.Reported), d.Month.Chinese())
	}
	if d.Cut && strings.TrimSpace(d.CutReason) == "" {
		add("cut_reason", "核减要写原因，如“重复统计 3 户”。")
	}
	if d.Month.Valid() && d.Value < p.Pace(d.Month) && strings.TrimSpace(d.BlockerKind) == "" && s.Sheet.Direction != indicator.Down {
		add("blocker_kind", "比应达的 %s 还差 %s，还没有选卡点。没有卡点请点“没有卡点”。", indicator.About(p.Pace(d.Month), s.Sheet.Measure), indicator.About(p.Pace(d.Month)-d.Value, s.Sheet.Measure))
	}
	for _, x := range []struct {
		name, label, text string
		max               int
	}{{"progress", "进展情况", d.Progress, 500}, {"blocker", "卡点说明", d.Blocker, 200}, {"help", "要上级帮什么", d.Help, 60}, {"next_step", "下一步", d.NextStep, 200}, {"cut_reason", "核减原因", d.CutReason, 200}, {"blocker_kind", "卡点类别", d.BlockerKind, 60}} {
		if n := len([]rune(x.text)); n > x.max {
			add(x.name, "“%s”写了 %d 字，最多 %d 字。请删去一些。", x.label, n, x.max)
		}
	}
	if d.HelpUnit != 0 && strings.TrimSpace(d.Help) == "" {
		add("help", "选了请哪个单位帮忙，还没有写要帮什么。")
	}
	if len(bad) > 0 {
		return Account{}, errs.Refuse(fmt.Sprintf("有 %d 处要改，改完就能交", len(bad)), bad...)
	}
	return Account{
		TaskID: t.ID, UnitID: t.LeadUnit, Period: d.Month, Value: d.Value, Before: before, Cut: d.Cut, CutReason: strings.TrimSpace(d.CutReason),
		Progress: strings.TrimSpace(d.Progress), BlockerKind: d.BlockerKind, Blocker: strings.TrimSpace(d.Blocker), Help: strings.TrimSpace(d.Help),
		HelpUnit: d.HelpUnit, NextStep: strings.TrimSpace(d.NextStep),
		Late: !s.Now.Before(period.EndOfDay(s.DueOn)), DueOn: s.DueOn, State: Submitted, SubmittedAt: s.Now.UnixMilli(), Version: 1,
	}, nil
}

func monthName(m, before period.Month) string {
	if before == m.Prev() {
		return "上月"
	}
	return before.Chinese()
}

func lastMonth(v *indicator.Value) string {
	if v == nil {
		return "上月"
	}
	return v.Period.Chinese()
}
