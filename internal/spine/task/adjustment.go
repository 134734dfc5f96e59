package task

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
)

// AdjustmentState is how far a request for a change is.
type AdjustmentState string

// The states of an adjustment.
const (
	Proposed  AdjustmentState = "proposed"  // 待审批
	Approved  AdjustmentState = "approved"  // 已批准
	Refused   AdjustmentState = "refused"   // 未批准
	TakenBack AdjustmentState = "withdrawn" // 已撤回
)

// Chinese returns the state's name.
func (s AdjustmentState) Chinese() string {
	return map[AdjustmentState]string{Proposed: "待审批", Approved: "已批准", Refused: "未批准", TakenBack: "已撤回"}[s]
}

// Wanted is what an adjustment asks to change; a nil field stays as it is.
type Wanted struct {
	Deadline   *string         `json:"deadline,omitempty"` // Extension (延期) if later
	Target     *amount.Scaled  `json:"target_x10000,omitempty"`
	Curve      []amount.Scaled `json:"curve_x10000,omitempty"`
	ToMonth    *period.Month   `json:"to_month,omitempty"`
	Weight     *int64          `json:"weight_x100,omitempty"`
	Milestones []Milestone     `json:"milestones,omitempty"`
	// State stops the task (中止) or takes a stopped one up again (恢复推进, open). A stop is asked for alone.
	State State `json:"state,omitempty"`
}

// terms reports whether the request changes what the baseline holds.
func (w Wanted) terms() bool {
	return w.Deadline != nil || w.Target != nil || len(w.Curve) > 0 || w.Weight != nil || len(w.Milestones) > 0 || w.ToMonth != nil
}

// Extension is an adjustment that moves the deadline later (延期).
func (w Wanted) Extension(t Task) bool { return w.Deadline != nil && *w.Deadline > t.Deadline }

// Adjustment is a request to change a sealed baseline (调整申请): reason, proposer, approver, document number.
// Source: domain 3 (adjustment); lessons 7.1.
type Adjustment struct {
	ID, TaskID, UnitID int64
	State              AdjustmentState
	Reason             string
	DocNo              string
	Wanted             Wanted
	ProposedBy         int64
	ProposedAt         int64
	DecidedBy          int64
	DecidedAt          int64
	Decision           string
	Version            int64
}

func (a Adjustment) sealed() any {
	return struct {
		Task       int64           `json:"task,string"`
		State      AdjustmentState `json:"state"`
		Reason     string          `json:"reason"`
		DocNo      string          `json:"doc_no"`
		Wanted     Wanted          `json:"wanted"`
		Decision   string          `json:"decision"`
		ProposedBy ledger.Person   `json:"proposed_by"`
		DecidedBy  ledger.Person   `json:"decided_by"`
	}{a.TaskID, a.State, a.Reason, a.DocNo, a.Wanted, a.Decision, ledger.Person(a.ProposedBy), ledger.Person(a.DecidedBy)}
}

func (w Wanted) encode() string { b, _ := json.Marshal(w); return string(b) }

// maxDocNo bounds a document's number, in characters.
const maxDocNo = 100

// check says what is wrong with a request. It is pure.
func (a Adjustment) check(t Task, plan indicator.Plan, ms []Milestone) (indicator.Plan, error) {
	var bad []errs.Field
	w := a.Wanted
	if strings.TrimSpace(a.Reason) == "" {
		bad = append(bad, errs.Field{Name: "reason", Message: "还没有写调整原因，如“上级调整年度计划”。"})
	}
	if len([]rune(a.Reason)) > 500 {
		bad = append(bad, errs.Field{Name: "reason", Message: "调整原因最多 500 字。"})
	}
	switch {
	case w.State == "" && !w.terms():
		bad = append(bad, errs.Field{Name: "deadline", Message: "还没有写要改什么：时限、目标、曲线、分值或节点，至少改一样；要停下来请选“中止”。"})
	case w.State != "" && w.State != Stopped && w.State != Open:
		bad = append(bad, errs.Field{Name: "state", Message: "只能申请中止或恢复推进。"})
	case w.State == Stopped && w.terms():
		bad = append(bad, errs.Field{Name: "state", Message: "中止要单独申请：请把时限、目标、分值和节点的改动去掉，恢复推进时再改。"})
	case w.State == t.State:
		bad = append(bad, errs.Field{Name: "state", Message: "这项任务" + t.State.Chinese() + "，不用再申请。"})
	case w.State == "" && t.State == Stopped:
		bad = append(bad, errs.Field{Name: "state", Message: "这项任务已中止。要改它，请同时申请恢复推进。"})
	}
	if w.Deadline != nil {
		if _, err := period.ParseDay(*w.Deadline); err != nil {
			bad = append(bad, errs.Field{Name: "deadline", Message: fmt.Sprintf("“%s”不是日期。请写成 2017-12-31 这样。", *w.Deadline)})
		} else if *w.Deadline == t.Deadline {
			bad = append(bad, errs.Field{Name: "deadline", Message: "新的时限和现在的一样，没有改动。"})
		}
	}
	if w.Weight != nil && (*w.Weight < 0 || *w.Weight > maxWeight) {
		bad = append(bad, errs.Field{Name: "weight", Message: "分值要在 0 到 10000 之间。"})
	}
	if len([]rune(a.DocNo)) > maxDocNo {
		bad = append(bad, errs.Field{Name: "doc_no", Message: "文号最多 100 字。"})
	}
	next, stepped := plan, len(ms) > 0 && slices.Equal(plan.Curve, MilestoneCurve(ms, plan))
	if w.Target != nil {
		next.Target = *w.Target
		if len(w.Curve) == 0 {
			next.Curve = nil // a curve of another target is no curve of this one
		}
	}
	if w.ToMonth != nil {
		next.To, next.Curve = *w.ToMonth, nil
	}
	m2 := ms
	if len(w.Milestones) > 0 {
		m2 = w.Milestones
	}
	switch {
	case len(w.Curve) > 0:
		next.Curve = w.Curve
	case stepped: // the plan follows its milestones, and goes on to
		next.Curve = MilestoneCurve(m2, next)
	}
	if err := next.Check(); err != nil {
		bad = append(bad, errs.FieldsOf(err)...)
	}
	t2 := t
	if w.Deadline != nil {
		t2.Deadline = *w.Deadline
	}
	if len(m2) > 0 && len(bad) == 0 {
		if err := t2.check(m2); err != nil {
			bad = append(bad, errs.FieldsOf(err)...)
		}
	}
	if len(bad) > 0 {
		return next, errs.Refuse(fmt.Sprintf("有 %d 处要改，改完就能交", len(bad)), bad...)
	}
	return next, nil
}
