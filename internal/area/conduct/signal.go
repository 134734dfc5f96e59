package conduct

import (
	"encoding/json"
	"strconv"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
)

// SignalState is how far a signal has come.
type SignalState string

// The states of a signal.
const (
	Shown     SignalState = "shown"     // 待单位说明
	Explained SignalState = "explained" // 已说明，待认定
	Found     SignalState = "found"     // 已认定，待归档；整改的，整改中
	Mended    SignalState = "mended"    // 已报整改，待归档
	Archived  SignalState = "archived"  // 已归档
)

// States lists the states in order.
var States = []SignalState{Shown, Explained, Found, Mended, Archived}

// Chinese returns the state's name.
func (s SignalState) Chinese() string {
	return map[SignalState]string{Shown: "待单位说明", Explained: "待认定", Found: "已认定", Mended: "已报整改", Archived: "已归档"}[s]
}

// Outcome is what a panel finds (认定).
type Outcome string

// The outcomes.
const (
	None   Outcome = "none"   // 不属作风问题
	Exempt Outcome = "exempt" // 容错认定
	Remind Outcome = "remind" // 提醒
	Talk   Outcome = "talk"   // 约谈
	Mend   Outcome = "mend"   // 整改
)

// Outcomes lists the outcomes, the mildest first.
var Outcomes = []Outcome{None, Exempt, Remind, Talk, Mend}

// Chinese returns the outcome's name.
func (o Outcome) Chinese() string {
	return map[Outcome]string{None: "不属作风问题", Exempt: "容错认定", Remind: "提醒", Talk: "约谈", Mend: "整改"}[o]
}

// Distinction is one of the three distinctions (三个区分开来) by which a mistake is forgiven.
type Distinction string

// The three distinctions.
const (
	Pioneer  Distinction = "pioneer"  // 先行先试
	Explorer Distinction = "explorer" // 探索性试验
	Unmeant  Distinction = "unmeant"  // 无意过失
)

// Distinctions lists the three in the order of the document.
var Distinctions = []Distinction{Pioneer, Explorer, Unmeant}

// Chinese returns the distinction in words.
func (d Distinction) Chinese() string {
	return map[Distinction]string{Pioneer: "推进改革中缺乏经验、先行先试的失误，不是明知故犯", Explorer: "上级尚无明确限制的探索性试验中的失误，不是明令禁止后我行我素", Unmeant: "为推动发展的无意过失，不是谋取私利"}[d]
}

// Signal is a sign of one symptom, and the file that is kept of it (作风问题线索).
// Source: domain 9.
type Signal struct {
	ID              int64
	No              string // 2017-003
	Symptom         Symptom
	FromData        bool // computed from work data; else entered by a person
	UnitID          int64
	Subject         ref.Ref // the task, finding or unit that it is about
	Title           string
	Month           period.Month
	Features        []string // what the data say, one sentence each
	State           SignalState
	RaisedBy        int64
	RaisedAt        int64
	DueOn           string // last day to explain
	CalendarVersion int64
	Explanation     string
	Claim           Distinction // the unit asks to be forgiven on this ground; "" if it does not
	ExplainedBy     int64
	ExplainedAt     int64
	Outcome         Outcome
	Ground          string
	Panel           []int64
	FoundBy         int64
	FoundAt         int64
	MendByOn        string
	Mending         string
	MendedAt        int64
	Closing         string
	ArchivedBy      int64
	ArchivedAt      int64
	Version         int64
}

// Silent reports whether the unit's time to explain has passed without a word.
func (s Signal) Silent(today string) bool { return s.State == Shown && today > s.DueOn }

// Early reports whether the signal is still between the unit and the office that keeps the file.
func (s Signal) Early(today string) bool { return s.State == Shown && today <= s.DueOn }

// Stage is what a signal that is not archived waits for.
type Stage string

// The stages.
const (
	Waiting  Stage = "waiting"  // 待单位说明
	Silence  Stage = "silent"   // 逾期未说明
	Judging  Stage = "judging"  // 待认定
	Righting Stage = "righting" // 整改中
	Closing  Stage = "closing"  // 待归档
)

// Stages lists the stages in order.
var Stages = []Stage{Waiting, Silence, Judging, Righting, Closing}

// Chinese returns the stage's name.
func (s Stage) Chinese() string {
	return map[Stage]string{Waiting: "待单位说明", Silence: "逾期未说明", Judging: "待认定", Righting: "整改中", Closing: "待归档"}[s]
}

// Stage returns what the signal waits for on the day; "" if it is archived.
func (s Signal) Stage(today string) Stage {
	switch {
	case s.State == Archived:
		return ""
	case s.Silent(today):
		return Silence
	case s.State == Shown:
		return Waiting
	case s.State == Explained:
		return Judging
	case s.State == Found && s.Outcome == Mend:
		return Righting
	}
	return Closing
}

// Tally counts signals as far as the actor may see them (线索汇总): those not archived by stage and symptom, those of the year by what was found.
type Tally struct {
	Raised   int64 // in the year
	Live     map[Stage]int64
	Symptoms map[Symptom]int64 // of those not archived
	Outcomes map[Outcome]int64 // of those raised in the year
}

// Open counts the signals that are not archived.
func (t Tally) Open() (n int64) {
	for _, x := range t.Live {
		n += x
	}
	return n
}

// Found counts those of the year on which a panel has found.
func (t Tally) Found() (n int64) {
	for _, x := range t.Outcomes {
		n += x
	}
	return n
}

// add counts so many signals that stand alike.
func (t *Tally) add(x Signal, n int64, thisYear bool, today string) {
	if thisYear {
		t.Raised += n
		if x.Outcome != "" {
			t.Outcomes[x.Outcome] += n
		}
	}
	if st := x.Stage(today); st != "" {
		t.Live[st] += n
		t.Symptoms[x.Symptom] += n
	}
}

func (s Signal) sealed() any {
	return map[string]any{"no": s.No, "symptom": s.Symptom, "data": s.FromData, "unit": strconv.FormatInt(s.UnitID, 10), "subject": s.Subject.String(), "title": s.Title, "month": s.Month,
		"features": s.Features, "state": s.State, "raised_at": s.RaisedAt, "due_on": s.DueOn, "calendar": s.CalendarVersion, "explanation": s.Explanation, "claim": s.Claim,
		"explained_at": s.ExplainedAt, "outcome": s.Outcome, "ground": s.Ground, "panel": len(s.Panel), "found_at": s.FoundAt, "mend_by_on": s.MendByOn,
		"mending": s.Mending, "mended_at": s.MendedAt, "closing": s.Closing, "archived_at": s.ArchivedAt,
		"raised_by": ledger.Person(s.RaisedBy), "explained_by": ledger.Person(s.ExplainedBy), "found_by": ledger.Person(s.FoundBy), "archived_by": ledger.Person(s.ArchivedBy),
		"panel_members": ledger.People(s.Panel)}
}

func (s Signal) features() string { b, _ := json.Marshal(s.Features); return string(b) }

func (s Signal) must(want ...SignalState) error {
	for _, w := range want {
		if s.State == w {
			return nil
		}
	}
	return errs.New(errs.Conflict, "线索 %s 现在是“%s”，不能这样操作。", s.No, s.State.Chinese())
}

// FindDraft is what a panel finds, as it is entered by one of its members.
type FindDraft struct {
	Outcome  Outcome
	Ground   string  // 认定理由；容错的，写核实情况
	Panel    []int64 // persons
	MendByOn string  // 整改: the last day
}

// find turns a draft into the signal's finding, or says what is wrong with it. It is pure.
// Source: domain 9 (容错认定: 申请—核实—认定), 1 (three-person rule).
func (s Signal) find(d FindDraft, who int64, dir *org.Directory, today string) (Signal, error) {
	if s.Early(today) {
		return s, errs.New(errs.Conflict, "单位说明的期限是 %s，单位还没有说明，不能先认定。", s.DueOn)
	}
	if err := s.must(Shown, Explained); err != nil {
		return s, err
	}
	var x texts
	if d.Outcome.Chinese() == "" {
		x.add("outcome", "还没有选认定结果。")
	}
	s.Ground = x.need("ground", "认定理由", d.Ground, 1000)
	seen := map[int64]bool{}
	s.Panel = nil
	for _, p := range d.Panel {
		if seen[p] {
			continue
		}
		seen[p] = true
		switch person := dir.Person(p); {
		case person == nil || person.LeftOn != "" && person.LeftOn <= today:
			x.add("panel", "认定小组里有一位已经不在岗，请重新选。")
		case belongs(dir, p, s.UnitID):
			x.add("panel", "%s是%s的人，不能参加认定。", person.Name, dir.UnitName(s.UnitID))
		default:
			s.Panel = append(s.Panel, p)
		}
	}
	if len(s.Panel) < 3 {
		x.add("panel", "认定小组至少要三位，不能是这个单位的人。")
	}
	if !seen[who] {
		x.add("panel", "您不在认定小组里，要由小组成员录入认定。")
	}
	if d.Outcome == Exempt && s.Claim == "" {
		x.add("outcome", "单位没有申请容错，不能作容错认定。")
	}
	if d.Outcome == Mend {
		if s.MendByOn = x.day("mend_by", "整改期限", d.MendByOn); s.MendByOn != "" && s.MendByOn <= today {
			x.add("mend_by", "整改期限要在今天以后。")
		}
	}
	if err := x.refuse(); err != nil {
		return s, err
	}
	s.State, s.Outcome = Found, d.Outcome
	return s, nil
}

func dayOf(ms int64) string { return period.Day(time.UnixMilli(ms)) }
