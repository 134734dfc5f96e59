package campaign

import (
	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

// Report is the monthly account of an item (月度进展). The account itself is the spine's.
type Report struct {
	task.Account
	Task    task.Task
	Measure string
}

// ReportDraft is a report as the unit fills it in, with files offered as proof.
// Call evidence.Inspect before: a report waits for nothing but the database.
type ReportDraft struct {
	task.Draft
	Files []evidence.File
}

// Receipt is what the unit has in hand after it has reported (回执).
type Receipt struct {
	Report
	Pace     amount.Scaled // where it should stand
	Record   int64         // 台账第 N 号记录
	Exhibits []evidence.Exhibit
	// MayWithdraw says that it has not been verified, so the unit can still take it back.
	MayWithdraw bool
}

// Filled is something that the form fills in for the unit, with the source that it names beside it.
type Filled struct {
	Text     string
	Source   string // 上月 31.0 亩; 认定数，取自统计月报; 沿用 7 月
	ReadOnly bool
}

// Prefill is everything that the form of a month's report fills in. A value that is certified is never asked for again.
// Source: domain 16.3 (报一次); ui 8.5.
type Prefill struct {
	Task     task.Task
	Sheet    indicator.Sheet
	Month    period.Month
	DueOn    string
	DaysLeft int64         // 0 on the due day itself, negative when late
	Pace     amount.Scaled // 应达
	Before   *indicator.Value
	Value    Filled // what stands in the box at first; "" if nothing is known
	Certify  *amount.Scaled
	Steps    *task.StepValue // of a percent item, what its milestones come to; nil if they say nothing
	Blocker  Filled          // kinds, joined by 、
	Words    Filled          // the blocker in words
	Help     Filled
	Next     Filled          // what was announced as the next step last month
	Count    int             // how many fields are filled in
	Draft    task.SavedDraft // as last saved; empty Body if none
	Filed    *task.Account   // the month's account that stands already
	Exhibits []evidence.Exhibit
}

// Step is what a unit has to do with an item now.
type Step string

// The steps, in the order of the list.
const (
	StepSentBack Step = "sent_back" // 退回修改
	StepLate     Step = "late"      // 迟了
	StepDue      Step = "due"       // 本月要报
	StepWaiting  Step = "waiting"   // 已报，等核验
	StepChecked  Step = "checked"   // 已核验
	StepDone     Step = "done"      // 已报办结，等销号
)

// Chinese returns the step's name.
func (s Step) Chinese() string {
	return map[Step]string{StepSentBack: "退回修改", StepLate: "已过期", StepDue: "要填报", StepWaiting: "已报，等核验", StepChecked: "已核验", StepDone: "已报办结，等销号"}[s]
}

// TodoItem is one line of a unit's list.
type TodoItem struct {
	Step      Step
	Task      task.Task
	Measure   string
	Month     period.Month // the month that it is about
	DueOn     string
	DaysLeft  int64 // negative when late
	Account   *task.Account
	Reason    string // why it was sent back
	CanReport bool   // an account of Month can be filed now
}

// TodoList is what a unit sees first on its phone.
type TodoList struct {
	UnitID  int64
	Month   period.Month // the month being reported
	DueOn   string
	First   []TodoItem // sent back and late: to do first (先办)
	Due     []TodoItem
	Waiting []TodoItem // reported, and completed: somebody else's turn
	Checked []TodoItem
	Minutes int // about how long First and Due take, one minute each
}
