package supervision

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

func tourRef(id int64) ref.Ref { return ref.Ref{Kind: TourKind, ID: id} }

// OpenTour plans a tour (督查立项). Errors: Invalid (no authority, no leader, an inspector of an inspected unit, nothing in the scope).
func (s *Service) OpenTour(ctx context.Context, key string, d TourDraft) (tourID int64, err error) {
	return s.once(ctx, MayPlan, key, "supervision.tour.open", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		dir, err := s.org.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return 0, err
		}
		tasks, err := inScope(ctx, tx, who.RegionID, d.Scope)
		if err != nil {
			return 0, err
		}
		t, err := d.plan(dir, leadUnits(tasks))
		if err != nil {
			return 0, err
		}
		t.ID, t.OpenedBy, t.OpenedAt = s.ids(), who.ID, tx.Now().UnixMilli()
		if _, err := tx.Exec(ctx, insertTour, who.RegionID, t.ID, string(t.Month), t.Title, t.Basis, t.BasisDocNo, t.LeaderID, t.Scope.encode(), t.Plan, string(t.State), t.OpenedBy, t.OpenedAt); err != nil {
			return 0, err
		}
		for _, x := range t.Inspectors {
			if _, err := tx.Exec(ctx, insertInspector, who.RegionID, t.ID, x.PersonID, x.UnitID); err != nil {
				return 0, err
			}
		}
		return t.ID, s.record(ctx, tx, who, tourRef(t.ID), "open", t.sealed(), map[string]any{"month": t.Month})
	})
}

// record seals a row in the ledger and publishes the fact.
func (s *Service) record(ctx context.Context, tx *sqldb.Tx, who auth.Actor, subject ref.Ref, verb string, row, fact any) error {
	if err := ledger.Append(ctx, tx, who, subject, verb, ledger.Row(row)); err != nil {
		return err
	}
	return s.out.Publish(ctx, tx, who.RegionID, subject.Kind+"."+past[verb], subject, fact)
}

// brief is the beginning of a text, for whoever names the matter in one line.
func brief(s string) string {
	const most = 24
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return strings.TrimRight(s, "。")
}

// past are the facts' names of the verbs.
var past = map[string]string{"open": "opened", "draw": "drawn", "begin": "begun", "end": "ended", "verify": "verified", "issue": "issued", "accept": "accepted",
	"report": "reported", "close": "closed", "send_back": "sent_back", "reopen": "reopened", "urge": "urged", "reply": "replied", "escalate": "escalated",
	"draft": "drafted", "ask": "asked", "take_back": "taken_back", "confirm": "confirmed", "dissent": "disputed", "publish": "published"}

// inScope returns the tasks in force that lie in the scope.
func inScope(ctx context.Context, tx *sqldb.Tx, regionID int64, sc Scope) (out []task.Task, err error) {
	list, err := task.List(ctx, tx, regionID, task.Filter{})
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		if t.State != task.Closed && t.State != task.Stopped && sc.Holds(t) {
			out = append(out, t)
		}
	}
	return out, nil
}

func leadUnits(tasks []task.Task) (out []int64) {
	seen := map[int64]bool{}
	for _, t := range tasks {
		if !seen[t.LeadUnit] {
			seen[t.LeadUnit] = true
			out = append(out, t.LeadUnit)
		}
	}
	return out
}

func getTour(ctx context.Context, tx *sqldb.Tx, regionID, id int64, stmt *sqldb.Stmt) (Tour, error) {
	t, err := sqldb.One(ctx, tx, stmt, scanTour, regionID, id)
	if err != nil {
		return t, err
	}
	list, err := sqldb.All(ctx, tx, selectInspectors, scanInspector, regionID, id)
	for _, x := range list {
		t.Inspectors = append(t.Inspectors, x.Inspector)
	}
	return t, err
}

// DrawSample draws the sample of a tour (抽样), once: by risk and by chance from a seed, which is recorded with all that it was
// drawn from. An empty seed is made by the machine's generator. Errors: Conflict (drawn already), Invalid.
func (s *Service) DrawSample(ctx context.Context, key string, tourID int64, size int, seed string) ([]Drawn, error) {
	if seed = strings.TrimSpace(seed); seed == "" {
		b := make([]byte, 16)
		rand.Read(b)
		seed = hex.EncodeToString(b)
	}
	_, err := s.once(ctx, MayPlan, key, "supervision.tour.draw", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		t, err := getTour(ctx, tx, who.RegionID, tourID, lockTour)
		if err != nil {
			return 0, err
		}
		if t.State != Prepared {
			return 0, errs.New(errs.Conflict, "“%s”%s，不能再抽样。", t.Title, t.State.Chinese())
		}
		if _, drawn, err := sqldb.Maybe(ctx, tx, selectDraw, scanDraw, who.RegionID, tourID); err != nil || drawn {
			if err == nil {
				err = errs.New(errs.Conflict, "样本已经抽好。一次督查只抽一次，免得反复抽到满意为止。")
			}
			return 0, err
		}
		if size < 1 || len([]rune(seed)) > 64 {
			return 0, errs.At("size", "抽查数量要大于 0，随机种子最多 64 个字。")
		}
		list, err := s.candidates(ctx, tx, who.RegionID, t)
		if err != nil {
			return 0, err
		}
		d := Draw{ID: s.ids(), TourID: tourID, Seed: seed, Size: int64(size), Candidates: list, At: tx.Now().UnixMilli()}
		text, err := json.Marshal(list)
		if err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, insertDraw, who.RegionID, d.ID, d.TourID, d.Seed, d.Size, string(text), d.At); err != nil {
			return 0, err
		}
		for _, x := range draw(list, size, seed) {
			if _, err := tx.Exec(ctx, insertSample, who.RegionID, tourID, x.TaskID, x.UnitID, x.Place, x.How, x.Score, x.Why); err != nil {
				return 0, err
			}
		}
		if err := s.record(ctx, tx, who, ref.Ref{Kind: DrawKind, ID: d.ID}, "draw", d.sealed(), map[string]any{"tour": fmt.Sprint(tourID)}); err != nil {
			return 0, err
		}
		return d.ID, ledger.Append(ctx, tx, who, tourRef(tourID), "draw", map[string]any{"seed": seed, "size": size})
	})
	if err != nil {
		return nil, err
	}
	var out []Drawn
	err = s.look(ctx, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		out, err = sqldb.All(ctx, tx, selectSample, scanDrawn, who.RegionID, tourID)
		return err
	})
	return out, err
}

// history is how many months back the risk of a task is judged by. [D]
const history = 6

// candidates collects the tasks of a tour's scope with what their risk is judged by. It reads a fixed number of statements.
func (s *Service) candidates(ctx context.Context, tx *sqldb.Tx, regionID int64, t Tour) ([]Candidate, error) {
	tasks, err := inScope(ctx, tx, regionID, t.Scope)
	if err != nil {
		return nil, err
	}
	sheets, err := indicator.Sheets(ctx, tx, regionID)
	if err != nil {
		return nil, err
	}
	last, err := sqldb.All(ctx, tx, lastChecked, scanLast, regionID)
	if err != nil {
		return nil, err
	}
	since := map[int64]int64{}
	for _, x := range last {
		since[x.id] = int64(max(t.Month.Since(period.Month(x.month)), 0))
	}
	lights, err := task.LightsBetween(ctx, tx, regionID, t.Month.Add(-history), t.Month)
	if err != nil {
		return nil, err
	}
	late, light := map[int64]int64{}, map[int64]task.Light{}
	lit := map[int64]map[period.Month]bool{}
	for _, x := range lights { // by task, by month: the last one stands
		light[x.TaskID] = x.Light
		if x.Light == task.Missing {
			late[x.TaskID]++
			if lit[x.TaskID] == nil {
				lit[x.TaskID] = map[period.Month]bool{}
			}
			lit[x.TaskID][period.Month(x.Period)] = true
		}
	}
	gaps := map[int64]int64{}
	for m := t.Month.Add(-history); m <= t.Month; m = m.Next() {
		accounts, err := task.AccountsIn(ctx, tx, regionID, m)
		if err != nil {
			return nil, err
		}
		for id, a := range accounts {
			if a.Late && !lit[id][m] {
				late[id]++
			}
		}
		values, err := indicator.Month(ctx, tx, regionID, m)
		if err != nil {
			return nil, err
		}
		for id, v := range values {
			if v.Verified == nil {
				continue
			}
			if g := gap(v.Reported, *v.Verified, sheets[id].Plan.Target); g != nil {
				gaps[id] = max(gaps[id], *g, -*g)
			}
		}
	}
	out := make([]Candidate, 0, len(tasks))
	for _, x := range tasks {
		c := Candidate{TaskID: x.ID, UnitID: x.LeadUnit, Light: x.Standing.Light, Gap: gaps[x.IndicatorID], Late: late[x.ID], SinceCheck: -1, Weight: x.Weight}
		if l, ok := light[x.ID]; ok && l.Rank() < c.Light.Rank() {
			c.Light = l
		}
		if x.Standing.Lead != nil {
			c.Behind = max(-*x.Standing.Lead, 0)
		}
		if n, ok := since[x.ID]; ok {
			c.SinceCheck = n
		}
		out = append(out, c)
	}
	return out, nil
}

// BeginTour sends the group out (进行). The sample must have been drawn.
func (s *Service) BeginTour(ctx context.Context, key string, tourID int64) error {
	_, err := s.once(ctx, MayPlan, key, "supervision.tour.begin", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		t, err := getTour(ctx, tx, who.RegionID, tourID, lockTour)
		if err != nil {
			return 0, err
		}
		if t.State != Prepared {
			return 0, errs.New(errs.Conflict, "“%s”%s。", t.Title, t.State.Chinese())
		}
		if _, drawn, err := sqldb.Maybe(ctx, tx, selectDraw, scanDraw, who.RegionID, tourID); err != nil || !drawn {
			if err == nil {
				err = errs.New(errs.Conflict, "还没有抽样，请先抽样再开始督查。")
			}
			return 0, err
		}
		t.State, t.BegunAt = Running, tx.Now().UnixMilli()
		return tourID, s.putTour(ctx, tx, who, t, "begin")
	})
	return err
}

func (s *Service) putTour(ctx context.Context, tx *sqldb.Tx, who auth.Actor, t Tour, verb string) error {
	if _, err := tx.Exec(ctx, updateTour, who.RegionID, t.ID, string(t.State), t.Conclusion, t.BegunAt, t.EndedAt); err != nil {
		return err
	}
	return s.record(ctx, tx, who, tourRef(t.ID), verb, t.sealed(), map[string]any{"month": t.Month})
}

// EndTour closes a tour with its conclusion (督查结论). Tasks of the sample that nobody looked at must be accounted for in it.
// Source: domain 15.3 (督查条例 16).
func (s *Service) EndTour(ctx context.Context, key string, tourID int64, conclusion string) error {
	_, err := s.once(ctx, MayPlan, key, "supervision.tour.end", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		t, err := getTour(ctx, tx, who.RegionID, tourID, lockTour)
		if err != nil {
			return 0, err
		}
		if t.State != Running {
			return 0, errs.New(errs.Conflict, "“%s”现在是%s，只有进行中的督查才能结束。", t.Title, t.State.Chinese())
		}
		var x texts
		t.Conclusion = x.need("conclusion", "督查结论", conclusion, 4000)
		if err := x.refuse(); err != nil {
			return 0, err
		}
		t.State, t.EndedAt = Ended, tx.Now().UnixMilli()
		return tourID, s.putTour(ctx, tx, who, t, "end")
	})
	return err
}

// Seen is what an inspector enters of one task on site.
type Seen struct {
	TourID int64
	TaskID int64
	Value  amount.Scaled // cumulative, in the indicator's measure
	Note   string        // 核验情况
	Grade  Grade
	Files  []evidence.File // inspected before the transaction by evidence.Inspect
}

// Verify enters the verified value of a task for the tour's month beside the reported one (核验), with the grade of its evidence.
// Only a member of the tour's group may who does not belong to the unit and has not reported the value himself; the tour must be under way.
// Errors: NotFound (not of the group), Forbidden, Conflict, Invalid.
// Source: domain 1 (three-person rule), lessons 7.2.
func (s *Service) Verify(ctx context.Context, key string, in Seen) (checkID int64, err error) {
	return s.once(ctx, MayVerify, key, "supervision.check.verify", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		t, k, err := s.onTour(ctx, tx, who, in.TourID, in.TaskID)
		if err != nil {
			return 0, err
		}
		var x texts
		note := x.need("note", "核验情况", in.Note, 1000)
		if in.Value < 0 {
			x.add("value", "核验数不能是负数。")
		}
		if in.Grade.Chinese() == "" {
			x.add("grade", "请选佐证等级，1 级到 4 级。")
		}
		if t.Month > period.MonthOf(tx.Now()) {
			x.add("value", "%s还没到，不能核验。", t.Month.Chinese())
		}
		if err := x.refuse(); err != nil {
			return 0, err
		}
		sheet, err := indicator.Get(ctx, tx, who.RegionID, k.IndicatorID)
		if err != nil {
			return 0, err
		}
		v, err := indicator.ValueOf(ctx, tx, who.RegionID, k.IndicatorID, t.Month)
		if err != nil {
			return 0, err
		}
		sample, err := sqldb.All(ctx, tx, selectSample, scanDrawn, who.RegionID, t.ID)
		if err != nil {
			return 0, err
		}
		c := Check{ID: s.ids(), TourID: t.ID, TaskID: k.ID, UnitID: k.LeadUnit, Month: t.Month, Reported: v.Reported, Verified: in.Value, Target: sheet.Plan.Target,
			Gap: gap(v.Reported, in.Value, sheet.Plan.Target), Grade: in.Grade, Note: note, InspectorID: who.ID, At: tx.Now().UnixMilli()}
		for _, d := range sample {
			c.Drawn = c.Drawn || d.TaskID == k.ID
		}
		if err := s.tasks.VerifyAccount(ctx, tx, who, k.ID, indicator.Reading{Period: t.Month, Value: in.Value, Note: note}); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, insertCheck, who.RegionID, c.ID, c.TourID, c.TaskID, c.UnitID, string(c.Month), orNull(c.Reported), int64(c.Verified), int64(c.Target), orNull(c.Gap),
			int64(c.Grade), c.Note, c.Drawn, c.InspectorID, c.At); err != nil {
			return 0, err
		}
		// An inspector on loan from another unit offers his files as that unit's: mayOpenCheck lets the inspected unit read them.
		unit := c.UnitID
		if !who.Sees(unit) {
			unit = who.UnitID
		}
		for _, f := range in.Files {
			if _, err := s.evidence.PutFile(ctx, tx, who, ref.Ref{Kind: CheckKind, ID: c.ID}, unit, f); err != nil {
				return 0, err
			}
		}
		return c.ID, s.record(ctx, tx, who, ref.Ref{Kind: CheckKind, ID: c.ID}, "verify", c.sealed(), map[string]any{"task": fmt.Sprint(k.ID), "unit": fmt.Sprint(c.UnitID), "month": c.Month})
	})
}

func orNull[T ~int64](p *T) any {
	if p == nil {
		return nil
	}
	return int64(*p)
}

// onTour returns a running tour and a task of its scope to a member of its group who may look at the task's unit.
func (s *Service) onTour(ctx context.Context, tx *sqldb.Tx, who auth.Actor, tourID, taskID int64) (Tour, task.Task, error) {
	t, err := getTour(ctx, tx, who.RegionID, tourID, selectTour)
	if err != nil {
		return t, task.Task{}, err
	}
	if !t.Has(who.ID) {
		if office(who) {
			return t, task.Task{}, errs.New(errs.Forbidden, "您不在“%s”的督查组里，不能核验。", t.Title)
		}
		return t, task.Task{}, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	if t.State != Running {
		return t, task.Task{}, errs.New(errs.Conflict, "“%s”现在是%s，只有进行中的督查才能核验和下达问题。", t.Title, t.State.Chinese())
	}
	k, err := task.Get(ctx, tx, who.RegionID, taskID)
	if err != nil {
		return t, k, err
	}
	if !t.Scope.Holds(k) {
		return t, k, errs.New(errs.Invalid, "“%s”不在这次督查的范围里。", k.Title)
	}
	return t, k, s.notOfUnit(ctx, tx, who, k.LeadUnit)
}

// notOfUnit refuses whoever belongs to the unit that is looked at.
func (s *Service) notOfUnit(ctx context.Context, tx *sqldb.Tx, who auth.Actor, unitID int64) error {
	dir, err := s.org.Directory(ctx, tx, who.RegionID)
	if err != nil {
		return err
	}
	p := dir.Person(who.ID)
	if who.InUnit(unitID) || p != nil && belongs(dir, p.UnitID, unitID) {
		return errs.New(errs.Forbidden, "您是“%s”的人，不能督查本单位。", dir.UnitName(unitID))
	}
	return nil
}

// mayOpenCheck lets the inspected unit and the group open the files of a check that were offered by an inspector on loan.
func (s *Service) mayOpenCheck(ctx context.Context, tx *sqldb.Tx, who auth.Actor, e evidence.Exhibit) (bool, error) {
	c, err := sqldb.One(ctx, tx, selectCheck, scanCheck, who.RegionID, e.Owner.ID)
	if err != nil {
		return false, err
	}
	t, err := getTour(ctx, tx, who.RegionID, c.TourID, selectTour)
	return who.Sees(c.UnitID) || t.Has(who.ID), err
}

// mayOpenFinding lets the tour's group open what a unit offers as proof that a finding has been put right.
func (s *Service) mayOpenFinding(ctx context.Context, tx *sqldb.Tx, who auth.Actor, e evidence.Exhibit) (bool, error) {
	f, err := sqldb.One(ctx, tx, selectFinding, scanFinding, who.RegionID, e.Owner.ID)
	if err != nil {
		return false, err
	}
	t, err := getTour(ctx, tx, who.RegionID, f.TourID, selectTour)
	return t.Has(who.ID), err
}

// CheckDraws draws every sample of the region again from its recorded candidates and seed, and returns a sentence for each one that is
// not what was recorded: for duban check.
func CheckDraws(ctx context.Context, tx *sqldb.Tx, regionID int64) (bad []string, err error) {
	draws, err := sqldb.All(ctx, tx, selectDrawsAll, scanDraw, regionID)
	if err != nil {
		return nil, err
	}
	for _, d := range draws {
		have, err := sqldb.All(ctx, tx, selectSample, scanDrawn, regionID, d.TourID)
		if err != nil {
			return nil, err
		}
		want := draw(d.Candidates, int(d.Size), d.Seed)
		same := len(have) == len(want)
		for i := range have {
			same = same && have[i] == want[i]
		}
		if !same {
			bad = append(bad, fmt.Sprintf("supervision.sample：督查 %d 的样本与种子“%s”重抽的结果不一致", d.TourID, d.Seed))
		}
	}
	return bad, nil
}

// EachTour yields every tour of the region in its sealed form.
func EachTour(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	groups := map[int64][]Inspector{}
	if err := sqldb.Each(ctx, tx, selectInspectorsAll, scanInspector, func(x inspectorRow) error {
		groups[x.tourID] = append(groups[x.tourID], x.Inspector)
		return nil
	}, regionID); err != nil {
		return err
	}
	return sqldb.Each(ctx, tx, selectToursAll, scanTour, func(t Tour) error {
		t.Inspectors = groups[t.ID]
		return yield(t.ID, t.sealed())
	}, regionID)
}

// EachDraw yields every draw of the region in its sealed form.
func EachDraw(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectDrawsAll, scanDraw, func(d Draw) error { return yield(d.ID, d.sealed()) }, regionID)
}

// EachCheck yields every check of the region in its sealed form.
func EachCheck(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectChecksAll, scanCheck, func(c Check) error { return yield(c.ID, c.sealed()) }, regionID)
}
