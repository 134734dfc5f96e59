package supervision

import (
	"encoding/json"
	"slices"
	"strconv"

	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

// TourState is how far a tour has come.
type TourState string

// The states of a tour.
const (
	Prepared TourState = "prepared" // 筹备
	Running  TourState = "running"  // 进行
	Ended    TourState = "ended"    // 结束
)

// Chinese returns the state's name.
func (s TourState) Chinese() string {
	return map[TourState]string{Prepared: "筹备", Running: "进行中", Ended: "已结束"}[s]
}

// Scope is what a tour or a bulletin looks at: the tasks of the named origins (行动) and of the named units; an empty list names all.
type Scope struct {
	Origins []ref.Ref
	Units   []int64
}

// Holds reports whether the task is within the scope.
func (s Scope) Holds(t task.Task) bool {
	return (len(s.Origins) == 0 || slices.Contains(s.Origins, t.Origin)) && (len(s.Units) == 0 || slices.Contains(s.Units, t.LeadUnit))
}

// scopeText is a scope as it is kept: ids are texts, as everywhere in JSON.
type scopeText struct {
	Origins []originText `json:"origins"`
	Units   []string     `json:"units"`
}

type originText struct {
	Kind string `json:"kind"`
	ID   int64  `json:"id,string"`
}

func (s Scope) encode() string {
	x := scopeText{Origins: []originText{}, Units: []string{}}
	for _, o := range s.Origins {
		x.Origins = append(x.Origins, originText{o.Kind, o.ID})
	}
	for _, u := range s.Units {
		x.Units = append(x.Units, strconv.FormatInt(u, 10))
	}
	b, _ := json.Marshal(x)
	return string(b)
}

func decodeScope(text string) (s Scope, err error) {
	var x scopeText
	if err := json.Unmarshal([]byte(text), &x); err != nil {
		return s, err
	}
	for _, o := range x.Origins {
		s.Origins = append(s.Origins, ref.Ref{Kind: o.Kind, ID: o.ID})
	}
	for _, u := range x.Units {
		id, err := strconv.ParseInt(u, 10, 64)
		if err != nil {
			return s, err
		}
		s.Units = append(s.Units, id)
	}
	return s, nil
}

// Tour is one inspection tour of our office (督查) for a month.
// Source: domain 15.3 (督查条例 8: group leader; 11: authority; 15: plan; 16: conclusion).
type Tour struct {
	ID         int64
	Month      period.Month
	Title      string
	Basis      string // the decision or order that it rests on (督查依据)
	BasisDocNo string
	LeaderID   int64 // 组长, a person
	Inspectors []Inspector
	Scope      Scope
	Plan       string // 督查方案
	State      TourState
	Conclusion string
	OpenedBy   int64
	OpenedAt   int64
	BegunAt    int64
	EndedAt    int64
	Version    int64
}

// Inspector is a member of the group, with the unit he belonged to when he was named.
type Inspector struct{ PersonID, UnitID int64 }

// Has reports whether the person is of the group: its leader or a member.
func (t Tour) Has(personID int64) bool {
	if t.LeaderID == personID {
		return true
	}
	for _, x := range t.Inspectors {
		if x.PersonID == personID {
			return true
		}
	}
	return false
}

// sealed is the canonical form.
func (t Tour) sealed() any {
	group := []int64{}
	for _, x := range t.Inspectors {
		group = append(group, x.PersonID)
	}
	slices.Sort(group)
	return map[string]any{"month": t.Month, "title": t.Title, "basis": t.Basis, "basis_doc_no": t.BasisDocNo, "scope": t.Scope.encode(), "plan": t.Plan,
		"state": t.State, "conclusion": t.Conclusion, "opened_at": t.OpenedAt, "begun_at": t.BegunAt, "ended_at": t.EndedAt,
		"leader": ledger.Person(t.LeaderID), "opened_by": ledger.Person(t.OpenedBy), "inspectors": ledger.People(group)}
}

// TourDraft is a tour as it is planned.
type TourDraft struct {
	Month      period.Month
	Title      string
	Basis      string
	BasisDocNo string
	LeaderID   int64
	Inspectors []int64 // people
	Scope      Scope
	Plan       string
}

// plan turns a draft into a tour, or says what is wrong with it. inspected are the units whose tasks lie in the scope. It is pure.
// Source: domain 15.3 (督查条例 8, 11, 15), 1 (who inspects does not belong to the unit).
func (d TourDraft) plan(dir *org.Directory, inspected []int64) (Tour, error) {
	var x texts
	t := Tour{Month: d.Month, LeaderID: d.LeaderID, Scope: d.Scope, State: Prepared, Version: 1}
	if !d.Month.Valid() {
		x.add("month", "督查月份不对，请写成 2017-03 这样。")
	}
	t.Title = x.need("title", "督查名称", d.Title, 60)
	if d.Basis = x.short("basis", "督查依据", d.Basis, 200); d.Basis == "" {
		x.add("basis", "还没有写督查依据。督查要有政府的决定或负责人的指令（《政府督查工作条例》第十一条）。")
	}
	t.Basis = d.Basis
	t.BasisDocNo = x.short("basis_doc_no", "依据文号", d.BasisDocNo, 60)
	t.Plan = x.short("plan", "督查方案", d.Plan, 4000)
	if len(inspected) == 0 {
		x.add("scope", "这个范围里没有任务，请重新选行动或单位。")
	}
	if d.LeaderID == 0 {
		x.add("leader", "还没有指定督查组组长（《政府督查工作条例》第八条）。")
	} else if why := refuses(dir, d.LeaderID, inspected); why != "" {
		x.add("leader", "%s", why)
	}
	seen := map[int64]bool{}
	for _, p := range d.Inspectors {
		if seen[p] {
			continue
		}
		seen[p] = true
		if why := refuses(dir, p, inspected); why != "" {
			x.add("inspectors", "%s", why)
			continue
		}
		t.Inspectors = append(t.Inspectors, Inspector{p, dir.Person(p).UnitID})
	}
	if len(seen) == 0 {
		x.add("inspectors", "还没有选督查人员。")
	}
	return t, x.refuse()
}

// refuses says why the person may not inspect the units; "" if he may.
func refuses(dir *org.Directory, personID int64, inspected []int64) string {
	p := dir.Person(personID)
	if p == nil || p.LeftOn != "" {
		return "选的人员不在岗，请重新选。"
	}
	for _, u := range inspected {
		if belongs(dir, p.UnitID, u) {
			return p.Name + "是被督查单位“" + dir.UnitName(u) + "”的人，不能督查本单位。请换人，或把这个单位移出范围。"
		}
	}
	return ""
}

// Grade is how good the evidence of a verified value is (佐证等级): 1 is best.
// Source: lessons 7.2.
type Grade int64

// The grades of evidence.
const (
	SystemData Grade = 1 // 系统数据
	Structured Grade = 2 // 结构化材料
	Documents  Grade = 3 // 文件或照片
	NoEvidence Grade = 4 // 没有佐证
)

// Grades lists the grades, the best first.
var Grades = []Grade{SystemData, Structured, Documents, NoEvidence}

// Chinese returns the grade's name.
func (g Grade) Chinese() string {
	return map[Grade]string{SystemData: "1 级：系统数据", Structured: "2 级：结构化材料", Documents: "3 级：文件或照片", NoEvidence: "4 级：没有佐证"}[g]
}

// Check is what an inspector saw of one task (核验记录): the verified value beside the reported one. It is never changed; a
// correction is another check, and the last one of a tour counts.
type Check struct {
	ID, TourID, TaskID, UnitID int64
	Month                      period.Month
	Reported                   *amount.Scaled // 自报 at that time; nil if nothing was reported
	Verified                   amount.Scaled  // 核验
	Target                     amount.Scaled  // of the plan in force
	Gap                        *int64         // reported − verified, in percentage points of the target ×100; nil without either
	Grade                      Grade
	Note                       string
	Drawn                      bool // the task was in the sample
	InspectorID                int64
	At                         int64
}

func (c Check) sealed() any {
	return map[string]any{"tour": strconv.FormatInt(c.TourID, 10), "task": strconv.FormatInt(c.TaskID, 10), "unit": strconv.FormatInt(c.UnitID, 10), "month": c.Month,
		"reported_x10000": c.Reported, "verified_x10000": c.Verified, "target_x10000": c.Target, "gap_x100": c.Gap, "grade": c.Grade, "note": c.Note, "drawn": c.Drawn,
		"inspector": ledger.Person(c.InspectorID)}
}

// gap returns reported − verified in points of the target ×100, rounded half up; nil if it cannot be said.
func gap(reported *amount.Scaled, verified, target amount.Scaled) *int64 {
	if reported == nil {
		return nil
	}
	p, ok := indicator.Percent(*reported-verified, target)
	if !ok {
		return nil
	}
	p = p.Pad(2)
	x := int64(p.Coef())
	if p.IsNeg() {
		x = -x
	}
	return &x
}
