package supervision

import (
	"strconv"

	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/spine/ledger"
)

// FindingState is how far a finding has come.
type FindingState string

// The states of a finding.
const (
	Issued   FindingState = "issued"    // 已下达，待签收
	Accepted FindingState = "accepted"  // 已签收，整改中
	Reported FindingState = "reported"  // 已报结，待复核
	Closed   FindingState = "closed"    // 已复核销号
	SentBack FindingState = "sent_back" // 退回，重新整改
)

// FindingStates lists the states in order.
var FindingStates = []FindingState{Issued, Accepted, Reported, SentBack, Closed}

// Chinese returns the state's name.
func (s FindingState) Chinese() string {
	return map[FindingState]string{Issued: "待签收", Accepted: "整改中", Reported: "待复核", Closed: "已销号", SentBack: "退回整改"}[s]
}

// FindingKinds are the kinds of finding that a form offers.
var FindingKinds = []string{"进度滞后", "自报不实", "措施不力", "资料不全", "质量安全", "群众反映", "其他"}

// reviewMonths is how long after the closing somebody looks again (回头看). [D]
// Source: lessons 7.7.
const reviewMonths = 3

// Finding is a problem that a tour found (督查发现问题), with what must be done and by when.
// Source: domain 10 (states of a rectification), lessons 7.7.
type Finding struct {
	ID              int64
	No              string // 2017-03-007
	TourID          int64
	TaskID          int64 // 0 if it is about the unit's work in general
	Origin          ref.Ref
	UnitID          int64
	Month           period.Month
	Kind            string
	Fact            string // 问题事实
	Requirement     string // 整改要求
	Days            int64  // working days
	DueOn           string
	CalendarVersion int64
	State           FindingState
	IssuedBy        int64
	IssuedAt        int64
	AcceptedAt      int64
	Report          string // 整改情况
	ReportedBy      int64
	ReportedAt      int64
	Closing         string // 复核意见
	ClosedBy        int64
	ClosedAt        int64
	ReviewOn        string // 回头看日期
	SentBack        int64  // how often it was sent back
	Reopened        int64  // how often it came back after it was closed (反弹)
	Version         int64
}

// Overdue reports whether the unit is late on the day: it has neither reported nor been closed by then.
func (f Finding) Overdue(today string) bool {
	return f.State != Closed && f.State != Reported && f.DueOn < today
}

func (f Finding) sealed() any {
	return map[string]any{"no": f.No, "tour": strconv.FormatInt(f.TourID, 10), "task": strconv.FormatInt(f.TaskID, 10), "unit": strconv.FormatInt(f.UnitID, 10), "month": f.Month,
		"kind": f.Kind, "fact": f.Fact, "requirement": f.Requirement, "days": f.Days, "due_on": f.DueOn, "calendar": f.CalendarVersion, "state": f.State, "issued_at": f.IssuedAt,
		"accepted_at": f.AcceptedAt, "report": f.Report, "reported_at": f.ReportedAt, "closing": f.Closing, "closed_at": f.ClosedAt, "review_on": f.ReviewOn,
		"sent_back": f.SentBack, "reopened": f.Reopened,
		"issued_by": ledger.Person(f.IssuedBy), "reported_by": ledger.Person(f.ReportedBy), "closed_by": ledger.Person(f.ClosedBy)}
}

// FindingDraft is a finding as the inspector writes it.
type FindingDraft struct {
	TourID      int64
	TaskID      int64 // 0 if it is about the unit's work in general
	UnitID      int64 // the task's lead unit if 0
	Kind        string
	Fact        string
	Requirement string
	Days        int // working days to put it right, 1 to 250
}

// write says what is wrong with a draft, or returns it as a finding. It is pure.
func (d FindingDraft) write() (Finding, error) {
	var x texts
	f := Finding{TourID: d.TourID, TaskID: d.TaskID, UnitID: d.UnitID, State: Issued, Days: int64(d.Days), Version: 1}
	f.Kind = x.need("kind", "问题类别", d.Kind, 20)
	f.Fact = x.need("fact", "问题事实", d.Fact, 1000)
	f.Requirement = x.need("requirement", "整改要求", d.Requirement, 1000)
	if d.Days < 1 || d.Days > 250 {
		x.add("days", "整改时限请写 1 到 250 个工作日。")
	}
	if d.UnitID == 0 {
		x.add("unit", "还没有选责任单位。")
	}
	return f, x.refuse()
}

// Tally counts findings: issued, and closed of them.
type Tally struct{ Found, Closed, Overdue int64 }

// Add counts a finding as it stands on the day.
func (t *Tally) Add(f Finding, today string) {
	t.Found++
	if f.State == Closed {
		t.Closed++
	}
	if f.Overdue(today) {
		t.Overdue++
	}
}
