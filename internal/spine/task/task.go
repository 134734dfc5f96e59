package task

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/spine/indicator"
)

// State is how far a task has come.
type State string

// The states of a task.
const (
	Open      State = "open"      // 推进中
	Completed State = "completed" // Completion (办结): the doer says it is done; nobody has looked yet
	Closed    State = "closed"    // Closure (销号): struck off with proof, by the supervisor
	Stopped   State = "stopped"   // 中止: stopped by an approved request; taken up again (恢复推进) by another
)

// Chinese returns the state's name.
func (s State) Chinese() string {
	return map[State]string{Open: "推进中", Completed: "待核验", Closed: "已销号", Stopped: "已中止"}[s]
}

// Task is one promise (任务) with owner, deadline and result.
type Task struct {
	ID           int64
	No           string // CS-07
	Title        string
	Standard     string // 完成标准
	Origin       ref.Ref
	LeadUnit     int64   // LeadUnit (牵头单位): who leads
	SupportUnits []int64 // SupportUnits (配合单位): who help
	Owner        int64   // Owner (责任人): the post that answers for it
	Leader       int64   // the post of the district leader in charge (牵头领导)
	IndicatorID  int64
	Deadline     string // Deadline (时限): the last day, 2017-12-31; "" for a standing duty (持续推进)
	DeadlineText string // as the document has it
	Weight       int64  // ×100
	Revision     int64  // of the baseline in force; 1 is 原定
	State        State
	OpenedAt     int64
	CompletedAt  int64
	ClosedAt     int64
	BatchID      int64
	Version      int64
	Standing     Standing
}

// Standing is what a list shows of a task, kept up to date by every act and once a day.
type Standing struct {
	Light    Light
	Why      string              // the rule that fired, with its numbers
	AsOf     period.Month        // the month that was judged
	Done     *amount.Scaled      // the value that counts
	DoneKind indicator.ValueKind // which of the three it is
	Pace     *amount.Scaled      // where it should stand
	Lead     *int64              // percentage points ×100, negative if behind
	DaysLate int64
	Blocker  string
}

// sealed is the canonical form of a task in the ledger: the terms in force and the state. What lists show beside it is derived.
func (t Task) sealed() any {
	return struct {
		No       string `json:"no"`
		Title    string `json:"title"`
		Origin   string `json:"origin"`
		LeadUnit int64  `json:"lead_unit,string"`
		Owner    int64  `json:"owner_post,string"`
		Leader   int64  `json:"leader_post,string"`
		Number   int64  `json:"indicator,string"` // whose values it is judged by
		Deadline string `json:"deadline"`
		Weight   int64  `json:"weight_x100"`
		Revision int64  `json:"revision"`
		State    State  `json:"state"`
	}{t.No, t.Title, t.Origin.String(), t.LeadUnit, t.Owner, t.Leader, t.IndicatorID, t.Deadline, t.Weight, t.Revision, t.State}
}

// OwnerUnit is the unit that owes the task (责任单位): the lead unit.
func (t Task) OwnerUnit() int64 { return t.LeadUnit }

// Milestone is a dated step (节点) of a task with its weight.
type Milestone struct {
	No       int64  `json:"no"`
	Title    string `json:"title"`
	DueOn    string `json:"due_on"`
	Weight   int64  `json:"weight_x100"`
	DoneOn   string `json:"-"` // the day on which it was reached, as somebody who does not owe it has seen; "" if nobody has
	Verifier int64  `json:"-"`
	// What the unit says (申报), until somebody else has looked.
	ClaimedOn string `json:"-"`
	ClaimedBy int64  `json:"-"`
	ClaimNote string `json:"-"`
}

// Claimed reports whether the unit says that it is reached and nobody has looked yet.
func (m Milestone) Claimed() bool { return m.ClaimedOn != "" && m.DoneOn == "" }

// MilestoneCurve is the monthly curve of a plan that follows dated milestones with weights: at the end of a month it should have reached the
// weights of all that are due by then. It is nil where the milestones do not all lie within the plan, since no such curve would end at the target.
//
// Source: domain 13.0 (the indicator's own curve).
func MilestoneCurve(ms []Milestone, p indicator.Plan) []amount.Scaled {
	if len(ms) == 0 || p.Target <= 0 {
		return nil
	}
	var curve []amount.Scaled
	for m := p.From; m <= p.To; m = m.Next() {
		var due int64
		for _, x := range ms {
			if len(x.DueOn) >= 7 && period.Month(x.DueOn[:7]) <= m {
				due += x.Weight
			}
		}
		v := new(big.Int).Mul(big.NewInt(int64(p.Target)), big.NewInt(due))
		curve = append(curve, amount.Scaled(v.Div(v, big.NewInt(10000)).Int64()))
	}
	if len(curve) == 0 || curve[len(curve)-1] != p.Target {
		return nil
	}
	return curve
}

// StepValue is what follows from the milestones (节点) of a task for its value at the end of a month.
type StepValue struct {
	Value              amount.Scaled // the target's share that is reached
	Checked, Claimed   int           // milestones that somebody has seen, and those that only the unit says
	CheckedW, ClaimedW int64         // their weights
}

// ReachedValue gives the value of a percent of completion by the milestones that were reached by the end of the month, as seen or as the unit says.
// ok is false where the weights say nothing of the value: there are none, or they do not make the whole.
func ReachedValue(ms []Milestone, p indicator.Plan, m period.Month) (x StepValue, ok bool) {
	var all int64
	for _, s := range ms {
		all += s.Weight
		by := func(day string) bool { return len(day) >= 7 && period.Month(day[:7]) <= m }
		switch {
		case by(s.DoneOn):
			x.Checked, x.CheckedW = x.Checked+1, x.CheckedW+s.Weight
		case s.Claimed() && by(s.ClaimedOn):
			x.Claimed, x.ClaimedW = x.Claimed+1, x.ClaimedW+s.Weight
		}
	}
	if all != 10000 || p.Target <= 0 {
		return StepValue{}, false
	}
	v := new(big.Int).Mul(big.NewInt(int64(p.Target)), big.NewInt(x.CheckedW+x.ClaimedW))
	x.Value = amount.Scaled(v.Div(v, big.NewInt(10000)).Int64())
	return x, true
}

// Baseline is what was promised, as sealed (基准): revision 1 is 原定, the last is 现行.
type Baseline struct {
	ID           int64
	TaskID       int64
	Revision     int64
	Title        string
	Standard     string
	LeadUnit     int64
	Support      []int64
	Deadline     string
	Weight       int64
	Milestones   []Milestone
	PlanRevision int64
	AdjustmentID int64
	At           int64
}

func (b Baseline) sealed() any {
	return struct {
		Task       int64       `json:"task,string"`
		Revision   int64       `json:"revision"`
		Title      string      `json:"title"`
		Standard   string      `json:"standard"`
		LeadUnit   int64       `json:"lead_unit,string"`
		Support    string      `json:"support"`
		Deadline   string      `json:"deadline"`
		Weight     int64       `json:"weight_x100"`
		Milestones []Milestone `json:"milestones"`
		Plan       int64       `json:"plan_revision"`
		Adjustment int64       `json:"adjustment,string"`
	}{b.TaskID, b.Revision, b.Title, b.Standard, b.LeadUnit, joinIDs(b.Support), b.Deadline, b.Weight, b.Milestones, b.PlanRevision, b.AdjustmentID}
}

func joinIDs(ids []int64) string {
	var parts []string
	for _, id := range ids {
		parts = append(parts, fmt.Sprint(id))
	}
	return strings.Join(parts, ",")
}

func splitIDs(s string) (out []int64) {
	for p := range strings.SplitSeq(s, ",") {
		if id, err := strconv.ParseInt(p, 10, 64); err == nil {
			out = append(out, id)
		}
	}
	return out
}

func encodeMilestones(m []Milestone) string {
	if len(m) == 0 {
		return ""
	}
	b, _ := json.Marshal(m)
	return string(b)
}

func decodeMilestones(s string) (m []Milestone, err error) {
	if s == "" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(s), &m)
	return m, err
}

// maxWeight bounds a task's weight (分值), ×100.
const maxWeight = 1_000_000

// check says what is wrong with a task as it is opened.
func (t Task) check(m []Milestone) error {
	var bad []errs.Field
	if strings.TrimSpace(t.Title) == "" {
		bad = append(bad, errs.Field{Name: "title", Message: "还没有写任务内容。"})
	}
	if len([]rune(t.Title)) > 500 {
		bad = append(bad, errs.Field{Name: "title", Message: "任务内容最多 500 字，请把细节写到“完成标准”。"})
	}
	if t.LeadUnit == 0 {
		bad = append(bad, errs.Field{Name: "lead_unit", Message: "还没有选牵头单位。每件任务要有一个单位负责。"})
	}
	if t.Deadline != "" {
		if _, err := period.ParseDay(t.Deadline); err != nil {
			bad = append(bad, errs.Field{Name: "deadline", Message: "“" + t.Deadline + "”不是日期。请写成 2017-12-31 这样。"})
		}
	}
	if t.Weight < 0 || t.Weight > maxWeight {
		bad = append(bad, errs.Field{Name: "weight", Message: "分值要在 0 到 10000 之间。"})
	}
	var sum int64
	for _, x := range m {
		sum += x.Weight
		if x.Weight <= 0 || x.Weight > 10000 {
			bad = append(bad, errs.Field{Name: "milestones", Message: fmt.Sprintf("节点“%s”的权重要大于 0，最多 100。", x.Title)})
		}
		if _, err := period.ParseDay(x.DueOn); err != nil {
			bad = append(bad, errs.Field{Name: "milestones", Message: fmt.Sprintf("节点“%s”的日期请写成 2017-06-30 这样。", x.Title)})
		} else if t.Deadline != "" && x.DueOn > t.Deadline {
			bad = append(bad, errs.Field{Name: "milestones", Message: fmt.Sprintf("节点“%s”的日期 %s 晚于时限 %s。", x.Title, x.DueOn, t.Deadline)})
		}
	}
	if len(m) > 0 && sum != 10000 {
		bad = append(bad, errs.Field{Name: "milestones", Message: fmt.Sprintf("各节点的权重合计要等于 100，现在是 %s。", indicator.Number(amount.Scaled(sum*100)))})
	}
	return errs.Refuse("任务还没存上", bad...)
}
