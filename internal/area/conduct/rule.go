package conduct

import (
	"encoding/json"
	"fmt"

	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/calendar"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/task"
)

// Symptom is one of the three symptoms.
type Symptom string

// The three symptoms.
const (
	Unhurried Symptom = "unhurried" // 不急不忙
	Lukewarm  Symptom = "lukewarm"  // 不冷不热
	Toothless Symptom = "toothless" // 不疼不痒
)

// Symptoms lists the symptoms in the order of the pages.
var Symptoms = []Symptom{Lukewarm, Unhurried, Toothless}

// Chinese returns the symptom's name.
func (s Symptom) Chinese() string {
	return map[Symptom]string{Unhurried: "不急不忙", Lukewarm: "不冷不热", Toothless: "不疼不痒"}[s]
}

// Meaning says what the symptom means in work data.
func (s Symptom) Meaning() string {
	return map[Symptom]string{Unhurried: "签收拖、期限用足、一再延期", Lukewarm: "进展照抄、没有进度、不讲困难", Toothless: "销号又反弹、整改不说原因"}[s]
}

// Rules say when work data make a signal (线索规则). All are numbers that a district may set; the defaults are ours but for the 80 % and the three parts of each symptom.
// Source: domain 9.
type Rules struct {
	LateDays       int64 `json:"late_days"`       // accepted later than so many working days is late
	LateCount      int64 `json:"late_count"`      // from so many late acceptances in three months on
	UsePercent     int64 `json:"use_percent"`     // more than so much of the limit used, on average
	UseCount       int64 `json:"use_count"`       // over so many matters at least
	Extensions     int64 `json:"extensions"`      // from so many extensions of one task on
	UnhurriedParts int64 `json:"unhurried_parts"` // of the three parts, so many make a signal
	SimilarPercent int64 `json:"similar_percent"` // more alike than so much is a copy of last month's
	LukewarmParts  int64 `json:"lukewarm_parts"`
	ToothlessParts int64 `json:"toothless_parts"`

	Basis   string `json:"-"`
	SetBy   int64  `json:"-"`
	At      int64  `json:"-"`
	Version int64  `json:"-"` // 0: the defaults, never set
}

// DefaultRules are in force until a district sets its own.
var DefaultRules = Rules{LateDays: 2, LateCount: 2, UsePercent: 80, UseCount: 3, Extensions: 2, UnhurriedParts: 2, SimilarPercent: 30, LukewarmParts: 2, ToothlessParts: 1}

func (r Rules) sealed() any {
	return struct {
		Rules
		Basis string        `json:"basis"`
		SetBy ledger.Person `json:"set_by"`
	}{r, r.Basis, ledger.Person(r.SetBy)}
}

func (r Rules) encode() string { b, _ := json.Marshal(r); return string(b) }

// check says what is wrong with rules as typed. Field names are those of the JSON, and basis.
func (r *Rules) check() error {
	var x texts
	for _, f := range []struct {
		name, label string
		v, min, max int64
	}{{"late_days", "签收期限", r.LateDays, 1, 30}, {"late_count", "迟签件数", r.LateCount, 1, 100}, {"use_percent", "用时占比", r.UsePercent, 50, 100}, {"use_count", "件数", r.UseCount, 1, 100},
		{"extensions", "延期次数", r.Extensions, 1, 20}, {"unhurried_parts", "不急不忙要占几条", r.UnhurriedParts, 1, 3}, {"similar_percent", "雷同度", r.SimilarPercent, 20, 95},
		{"lukewarm_parts", "不冷不热要占几条", r.LukewarmParts, 1, 3}, {"toothless_parts", "不疼不痒要占几条", r.ToothlessParts, 1, 2}} {
		if f.v < f.min || f.v > f.max {
			x.add(f.name, "%s请写 %d 到 %d 的整数。", f.label, f.min, f.max)
		}
	}
	r.Basis = x.need("basis", "依据", r.Basis, 200)
	return x.refuse()
}

// Matter is what the facts tell of one finding or order: when it was issued, accepted, reported, and whether it came back.
type Matter struct {
	Kind       string // finding or order
	ID         int64
	UnitID     int64
	FirstDueOn string
	IssuedAt   int64
	AcceptedAt int64
	ReportedAt int64 // the first report
	Reopened   int64
	ReopenedAt int64
	ClosedAt   int64
	NoCause    bool // its last report gives no cause
}

// unhurried looks at a unit's three months that end with m: late acceptances, the use of limits, and tasks extended again (title to how often). It is pure.
func (r Rules) unhurried(m period.Month, today string, cal *calendar.Calendar, matters []Matter, extended []string) (out []string, err error) {
	from, until := m.Add(-2).Start().UnixMilli(), m.End().UnixMilli()
	var late, seen, used, count int64
	for _, x := range matters {
		if x.IssuedAt < from || x.IssuedAt >= until {
			continue
		}
		seen++
		accepted := today
		if x.AcceptedAt != 0 {
			accepted = dayOf(x.AcceptedAt)
		}
		n, err := cal.WorkdaysBetween(dayOf(x.IssuedAt), accepted)
		if err != nil {
			return nil, err
		}
		if int64(n) > r.LateDays {
			late++
		}
		if x.ReportedAt == 0 || x.FirstDueOn == "" {
			continue
		}
		limit, err := cal.WorkdaysBetween(dayOf(x.IssuedAt), x.FirstDueOn)
		if err != nil {
			return nil, err
		}
		took, err := cal.WorkdaysBetween(dayOf(x.IssuedAt), dayOf(x.ReportedAt))
		if err != nil {
			return nil, err
		}
		if limit > 0 {
			count++
			used += int64(took) * 100 / int64(limit)
		}
	}
	if late >= r.LateCount {
		out = append(out, fmt.Sprintf("近三个月收到 %d 件，%d 件过了 %d 个工作日才签收或者还没有签收", seen, late, r.LateDays))
	}
	if count >= r.UseCount && used > r.UsePercent*count {
		out = append(out, fmt.Sprintf("办过的 %d 件平均用去时限的 %d%%（线是 %d%%）", count, used/count, r.UsePercent))
	}
	return append(out, extended...), nil
}

// lukewarm compares a month's account of a task with the one before. A task whose number is where it should be is not lukewarm. It is pure.
func (r Rules) lukewarm(now, before task.Account, p indicator.Plan) (out []string) {
	pace := p.Pace(now.Period)
	if now.Value >= pace {
		return nil
	}
	if l := Compare(said(now), said(before)); l.Above(r.SimilarPercent) {
		out = append(out, fmt.Sprintf("进展文字与上月雷同 %d%%（线是 %d%%）", l.Percent(), r.SimilarPercent))
	}
	if now.Value <= before.Value && pace > p.Pace(before.Period) {
		out = append(out, fmt.Sprintf("累计完成数没有增加，仍是 %s，应达 %s", number(now.Value), number(pace)))
	}
	if (now.BlockerKind == "" || now.BlockerKind == task.NoBlocker) && now.Blocker == "" && now.Help == "" {
		out = append(out, "落后于应达，却没有说卡点，也没有请求帮助")
	}
	return out
}

func said(a task.Account) string { return a.Progress + "\n" + a.NextStep }

func number(v amount.Scaled) string { return indicator.Number(v) }

// toothless looks at a finding that came back, or whose report gives no cause. It is pure.
func (r Rules) toothless(x Matter) (out []string) {
	if x.Reopened > 0 {
		out = append(out, fmt.Sprintf("销号以后又反弹，重新打开 %d 次", x.Reopened))
	}
	if x.NoCause && x.ReportedAt != 0 {
		out = append(out, "整改情况没有说明问题是怎么来的")
	}
	return out
}
