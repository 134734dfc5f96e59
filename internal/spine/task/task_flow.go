package task

import (
	"cmp"
	"context"
	"slices"
	"sort"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/calendar"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/outbox"
)

// Book is what areas may do with tasks, inside their own transactions.
type Book struct {
	ids        func() int64
	indicators *indicator.Book
	calendar   *calendar.Service
	out        *outbox.Outbox
}

// NewBook returns a Book.
func NewBook(ids func() int64, indicators *indicator.Book, cal *calendar.Service, out *outbox.Outbox) *Book {
	return &Book{ids: ids, indicators: indicators, calendar: cal, out: out}
}

// Indicators returns the book of indicators that this one writes to.
func (b *Book) Indicators() *indicator.Book { return b.indicators }

// Opening is what a task is opened with.
type Opening struct {
	Task       Task
	Indicator  indicator.Indicator
	Plan       indicator.Plan
	Milestones []Milestone
}

// Open enters a task with its indicator and seals the baseline (立项).
func (b *Book) Open(ctx context.Context, tx *sqldb.Tx, who auth.Actor, o Opening) (Task, error) {
	t := o.Task
	if err := t.check(o.Milestones); err != nil {
		return t, err
	}
	if o.Indicator.SourceUnitID == t.LeadUnit {
		return t, errs.At("source_unit", "数据来源单位就是牵头单位：自己完成的数不能自己认定。请选别的单位，没有就空着。")
	}
	o.Indicator.UnitID = t.LeadUnit
	ind, err := b.indicators.Open(ctx, tx, who, o.Indicator, o.Plan)
	if err != nil {
		return t, err
	}
	t.ID, t.IndicatorID, t.Revision, t.State, t.OpenedAt, t.Version = b.ids(), ind.ID, 1, Open, tx.Now().UnixMilli(), 1
	if _, err := tx.Exec(ctx, insertTask, who.RegionID, t.ID, t.No, t.Title, t.Standard, t.Origin.Kind, t.Origin.ID, t.LeadUnit, t.Owner, t.Leader, t.IndicatorID,
		t.Deadline, t.DeadlineText, t.Weight, string(t.State), t.OpenedAt, t.BatchID); err != nil {
		if errs.KindOf(err) == errs.Conflict {
			return t, errs.At("no", "编号 %s 已经用过，请换一个。", t.No)
		}
		return t, err
	}
	for _, u := range t.SupportUnits {
		if _, err := tx.Exec(ctx, insertSupport, who.RegionID, t.ID, u); err != nil {
			return t, err
		}
	}
	for i, m := range o.Milestones {
		o.Milestones[i].No = int64(i + 1)
		if _, err := tx.Exec(ctx, insertMilestone, who.RegionID, t.ID, i+1, m.Title, m.DueOn, m.Weight, "", 0, "", 0, ""); err != nil {
			return t, err
		}
	}
	if err := sealMilestones(ctx, tx, who, t.ID, o.Milestones, "open", nil); err != nil {
		return t, err
	}
	if err := b.sealBaseline(ctx, tx, who, t, o.Milestones, 1, 0); err != nil {
		return t, err
	}
	if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.task", ID: t.ID}, "open", ledger.Row(t.sealed())); err != nil {
		return t, err
	}
	return t, b.out.Publish(ctx, tx, who.RegionID, "task.task.opened", ref.Ref{Kind: "task.task", ID: t.ID}, map[string]any{"unit": t.LeadUnit})
}

func (b *Book) sealBaseline(ctx context.Context, tx *sqldb.Tx, who auth.Actor, t Task, m []Milestone, planRevision, adjustmentID int64) error {
	x := Baseline{ID: b.ids(), TaskID: t.ID, Revision: t.Revision, Title: t.Title, Standard: t.Standard, LeadUnit: t.LeadUnit, Support: t.SupportUnits,
		Deadline: t.Deadline, Weight: t.Weight, Milestones: m, PlanRevision: planRevision, AdjustmentID: adjustmentID}
	if _, err := tx.Exec(ctx, insertBaseline, who.RegionID, x.ID, x.TaskID, x.Revision, x.Title, x.Standard, x.LeadUnit, joinIDs(x.Support), x.Deadline, x.Weight,
		encodeMilestones(m), planRevision, adjustmentID, tx.Now().UnixMilli()); err != nil {
		return err
	}
	return ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.baseline", ID: x.ID}, "seal", ledger.Row(x.sealed()))
}

// Discard removes a task on which nothing has happened yet: the undo of an import. Errors: Conflict.
func (b *Book) Discard(ctx context.Context, tx *sqldb.Tx, who auth.Actor, id int64) error {
	t, err := Get(ctx, tx, who.RegionID, id)
	if err != nil {
		return err
	}
	accounts, err := Accounts(ctx, tx, who.RegionID, id)
	if err != nil {
		return err
	}
	if len(accounts) > 0 || t.Revision > 1 || t.State != Open {
		return errs.New(errs.Conflict, "“%s”已经开始填报或调整，不能撤销。", t.Title)
	}
	bases, err := Baselines(ctx, tx, who.RegionID, id)
	if err != nil {
		return err
	}
	ms, err := Milestones(ctx, tx, who.RegionID, id)
	if err != nil {
		return err
	}
	for _, m := range ms {
		if m.ClaimedOn != "" || m.DoneOn != "" {
			return errs.New(errs.Conflict, "“%s”的节点“%s”已经申报或核验，不能撤销。", t.Title, m.Title)
		}
	}
	if len(ms) > 0 {
		if err := ledger.Append(ctx, tx, who, milestonesOfTask(id), "discard", ledger.NoRow()); err != nil {
			return err
		}
	}
	for _, s := range []*sqldb.Stmt{deleteMilestones, deleteSupport, deleteBaselines, deleteTask} {
		if _, err := tx.Exec(ctx, s, who.RegionID, id); err != nil {
			return err
		}
	}
	for _, x := range bases {
		if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.baseline", ID: x.ID}, "discard", ledger.NoRow()); err != nil {
			return err
		}
	}
	if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.task", ID: id}, "discard", ledger.NoRow()); err != nil {
		return err
	}
	if err := b.indicators.Discard(ctx, tx, who, t.IndicatorID); err != nil {
		return err
	}
	return b.out.Publish(ctx, tx, who.RegionID, "task.task.discarded", ref.Ref{Kind: "task.task", ID: id}, map[string]any{"origin": t.Origin.ID, "unit": t.LeadUnit})
}

// Get returns a task with its support units.
func Get(ctx context.Context, tx *sqldb.Tx, regionID, id int64) (Task, error) {
	t, err := sqldb.One(ctx, tx, selectTask, scanTask, regionID, id)
	if err != nil {
		return t, err
	}
	t.SupportUnits, err = SupportOf(ctx, tx, regionID, id)
	return t, err
}

// SupportOf returns a task's support units.
func SupportOf(ctx context.Context, tx *sqldb.Tx, regionID, id int64) ([]int64, error) {
	return sqldb.All(ctx, tx, selectSupport, sqldb.Int64, regionID, id)
}

// Lock returns a task and keeps others from changing it until the transaction ends.
func Lock(ctx context.Context, tx *sqldb.Tx, regionID, id int64) (Task, error) {
	return sqldb.One(ctx, tx, lockTask, scanTask, regionID, id)
}

// Milestones returns a task's milestones in order.
func Milestones(ctx context.Context, tx *sqldb.Tx, regionID, id int64) ([]Milestone, error) {
	rows, err := sqldb.All(ctx, tx, selectMilestones, scanMilestone, regionID, id)
	return milestonesOf(rows)[id], err
}

// MilestonesAll returns the milestones of every task of the region.
func MilestonesAll(ctx context.Context, tx *sqldb.Tx, regionID int64) (map[int64][]Milestone, error) {
	rows, err := sqldb.All(ctx, tx, selectMilestonesAll, scanMilestone, regionID)
	return milestonesOf(rows), err
}

func milestonesOf(rows []milestoneRow) map[int64][]Milestone {
	out := map[int64][]Milestone{}
	for _, r := range rows {
		out[r.taskID] = append(out[r.taskID], r.Milestone)
	}
	return out
}

// Baselines returns every revision of a task's baseline: the first is 原定, the last is 现行.
func Baselines(ctx context.Context, tx *sqldb.Tx, regionID, id int64) ([]Baseline, error) {
	return sqldb.All(ctx, tx, selectBaselines, scanBaseline, regionID, id)
}

// Filter chooses tasks; zero fields choose nothing away.
type Filter struct {
	Unit      int64
	Support   int64
	Origin    ref.Ref
	Light     Light
	Urgent    bool // red, missing and amber only
	State     State
	Batch     int64
	Leader    int64
	DueBefore string // deadline on or before
	DueAfter  string // deadline on or after
	AfterRank int64  // keyset: continue after this rank and id
	AfterID   int64
	Limit     int
}

// List returns tasks, the most urgent first. It reads one statement, however many rows there are.
func List(ctx context.Context, tx *sqldb.Tx, regionID int64, f Filter) ([]Task, error) {
	if f.Limit == 0 {
		f.Limit = 100000
	}
	q := listTasks.With(regionID).
		If(f.Unit != 0, `t.lead_unit_id = ?`, f.Unit).
		If(f.Origin.Kind != "", `t.origin_kind = ? AND t.origin_id = ?`, f.Origin.Kind, f.Origin.ID).
		If(f.Light != "", `t.light = ?`, string(f.Light)).
		If(f.Urgent, `t.light_rank <= ?`, Amber.Rank()).
		If(f.State != "", `t.state = ?`, string(f.State)).
		If(f.Batch != 0, `t.batch_id = ?`, f.Batch).
		If(f.AfterID != 0, `(t.light_rank, t.id) > (?, ?)`, f.AfterRank, f.AfterID).
		If(f.DueBefore != "", `t.deadline_on <> '' AND t.deadline_on <= ?`, f.DueBefore).
		If(f.DueAfter != "", `t.deadline_on >= ?`, f.DueAfter).
		If(f.Leader != 0, `t.leader_post_id = ?`, f.Leader).
		If(f.Support != 0, `EXISTS (SELECT 1 FROM task_support s WHERE s.region_id = t.region_id AND s.task_id = t.id AND s.unit_id = ?)`, f.Support)
	return sqldb.Rows(ctx, tx, q, scanTask, f.Limit)
}

// Counts returns how many tasks show each light.
func Counts(ctx context.Context, tx *sqldb.Tx, regionID int64, f Filter) (map[Light]int64, error) {
	q := countTasks.With(regionID).
		If(f.Unit != 0, `t.lead_unit_id = ?`, f.Unit).
		If(f.Origin.Kind != "", `t.origin_kind = ? AND t.origin_id = ?`, f.Origin.Kind, f.Origin.ID).
		If(f.Leader != 0, `t.leader_post_id = ?`, f.Leader)
	rows, err := sqldb.Rows(ctx, tx, q, scanCount)
	out := map[Light]int64{}
	for _, r := range rows {
		out[r.light] += r.n
	}
	return out, err
}

// Policies returns every version of the region's light policy, oldest first.
func Policies(ctx context.Context, tx *sqldb.Tx, regionID int64) ([]Policy, error) {
	return sqldb.All(ctx, tx, selectPolicies, scanPolicy, regionID)
}

// PolicyFor returns the policy in force for a month: the newest one that begins by then. Without any it is the default preset, revision 0.
func PolicyFor(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month) (Policy, error) {
	list, err := Policies(ctx, tx, regionID)
	return policyFor(list, m), err
}

func policyFor(list []Policy, m period.Month) Policy {
	p := Presets[0]
	for _, x := range list {
		if x.FromMonth <= m {
			p = x
		}
	}
	return p
}

// AdoptPolicy puts a light policy in force from a month on. It never reaches back into a closed month.
func (b *Book) AdoptPolicy(ctx context.Context, tx *sqldb.Tx, who auth.Actor, p Policy) (Policy, error) {
	if err := p.Check(); err != nil {
		return p, err
	}
	if !p.FromMonth.Valid() {
		return p, errs.At("from_month", "从哪个月起执行，请写成 2017-03 这样。")
	}
	closed, err := sqldb.All(ctx, tx, selectLightsMonth, scanLight, who.RegionID, string(p.FromMonth))
	if err != nil {
		return p, err
	}
	if len(closed) > 0 {
		return p, errs.At("from_month", "%s已经亮灯，新规则只能从后面的月份起执行。", p.FromMonth.Chinese())
	}
	list, err := Policies(ctx, tx, who.RegionID)
	if err != nil {
		return p, err
	}
	p.ID, p.Revision = b.ids(), int64(len(list)+1)
	if _, err := tx.Exec(ctx, insertPolicy, who.RegionID, p.ID, p.Name, p.Revision, p.encode(), p.DocNo, string(p.FromMonth), tx.Now().UnixMilli()); err != nil {
		return p, err
	}
	return p, ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.policy", ID: p.ID}, "adopt", ledger.Row(p.sealed()))
}

func (b *Book) setState(ctx context.Context, tx *sqldb.Tx, who auth.Actor, t Task, s State, verb, note string) error {
	now := tx.Now().UnixMilli()
	completed, closed := t.CompletedAt, t.ClosedAt
	switch s {
	case Completed:
		completed = now
	case Closed:
		closed = now
	case Open:
		completed, closed = 0, 0
	}
	if _, err := tx.Exec(ctx, setState, who.RegionID, t.ID, string(s), completed, closed); err != nil {
		return err
	}
	t.State = s
	if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.task", ID: t.ID}, verb, ledger.Row(t.sealed()).With(map[string]any{"state": s, "note": note})); err != nil {
		return err
	}
	return b.out.Publish(ctx, tx, who.RegionID, "task.task."+verb, ref.Ref{Kind: "task.task", ID: t.ID}, map[string]any{"unit": t.LeadUnit})
}

// Complete is the lead unit's word that the task is done (办结). Errors: NotFound, Conflict.
func (b *Book) Complete(ctx context.Context, tx *sqldb.Tx, who auth.Actor, id int64, note string) error {
	t, err := Lock(ctx, tx, who.RegionID, id)
	if err != nil {
		return err
	}
	if err := who.OwnUnit(t.LeadUnit); err != nil {
		return err
	}
	if t.State != Open {
		return errs.New(errs.Conflict, "“%s”%s，不能再报办结。", t.Title, t.State.Chinese())
	}
	return b.setState(ctx, tx, who, t, Completed, "complete", note)
}

// Close strikes a completed task off (销号); who closes never belongs to the unit that owes it. Errors: Forbidden, Conflict.
func (b *Book) Close(ctx context.Context, tx *sqldb.Tx, who auth.Actor, id int64, note string) error {
	return b.decide(ctx, tx, who, id, Closed, "close", note)
}

// SendBack returns a completed task to its unit (退回) with the reason.
func (b *Book) SendBack(ctx context.Context, tx *sqldb.Tx, who auth.Actor, id int64, note string) error {
	if note == "" {
		return errs.At("note", "退回要写原因，让单位知道改什么。")
	}
	return b.decide(ctx, tx, who, id, Open, "send_back", note)
}

// completed reports whether the actor himself said that the task is done, in whatever unit he was then: the ledger knows.
func completed(ctx context.Context, tx *sqldb.Tx, who auth.Actor, id int64) (bool, error) {
	me, err := ledger.Pseudonym(ctx, tx, who.RegionID, who.ID)
	if err != nil || me == "" {
		return false, err
	}
	for f := (ledger.Filter{Subject: ref.Ref{Kind: "task.task", ID: id}}); ; {
		page, err := ledger.Entries(ctx, tx, who.RegionID, f)
		if err != nil || len(page) == 0 {
			return false, err
		}
		for _, e := range page {
			if e.Verb == "complete" {
				return e.Actor == me, nil
			}
		}
		f.Before = page[len(page)-1].Seq
	}
}

func (b *Book) decide(ctx context.Context, tx *sqldb.Tx, who auth.Actor, id int64, s State, verb, note string) error {
	t, err := Lock(ctx, tx, who.RegionID, id)
	if err != nil {
		return err
	}
	if who.InUnit(t.LeadUnit) {
		return errs.New(errs.Forbidden, "本单位的任务要由别的单位核验，不能自己销号。")
	}
	if t.State != Completed {
		return errs.New(errs.Conflict, "“%s”现在是%s，要等单位报办结。", t.Title, t.State.Chinese())
	}
	if mine, err := completed(ctx, tx, who, id); err != nil {
		return err
	} else if mine {
		return errs.New(errs.Forbidden, "这项任务的办结是您自己报的，要由别人核验。")
	}
	if err := b.setState(ctx, tx, who, t, s, verb, note); err != nil {
		return err
	}
	return b.Refresh(ctx, tx, who.RegionID, id)
}

// judge gives the standing of a task as of the transaction's instant from its loaded parts.
func judge(t Task, sheet indicator.Sheet, values map[period.Month]indicator.Value, ms []Milestone, p Policy, dueOn func(period.Month) string, today string) Standing {
	cur := period.Month(today[:7])
	last := cur.Prev()
	m, due := last, dueOn(last) < today
	if v, ok := values[cur]; ok {
		if _, _, has := v.Best(); has {
			m = cur
		}
	}
	value, kind, has := values[m].Best()
	if !has && !due && m == last { // the month is still being reported: the one before it stands
		if _, _, ok := values[last.Prev()].Best(); ok {
			m = last.Prev()
			value, kind, has = values[m].Best()
		}
	}
	if m > sheet.Plan.To {
		m = sheet.Plan.To
		value, kind, has = values[m].Best()
		due = dueOn(m) < today
	}
	f := Facts{State: t.State, Month: m, Plan: sheet.Plan, Kind: kind, Due: due && m >= sheet.Plan.From, Milestones: ms, Deadline: t.Deadline, Today: today, Measure: sheet.Measure, Down: sheet.Direction == indicator.Down}
	if has {
		v := value
		f.Value = &v
	}
	d := p.Judge(f)
	st := Standing{Light: d.Light, Why: d.Rule, AsOf: m, Pace: d.Pace, Lead: d.Lead, DaysLate: d.DaysLate, Blocker: t.Standing.Blocker, DoneKind: kind}
	st.Done = f.Value
	if !has { // show the last known value beside the missing light
		for x := m.Prev(); x >= sheet.Plan.From; x = x.Prev() {
			if v, k, ok := values[x].Best(); ok {
				st.Done, st.DoneKind = &v, k
				break
			}
		}
	}
	return st
}

// putStanding writes what lists show of a task. Its rank stands in three indexes, which SQLite writes anew whenever a statement names the
// rank: it is left out where it stays.
func (b *Book) putStanding(ctx context.Context, tx *sqldb.Tx, regionID int64, t Task, s Standing) error {
	if s.Light == t.Standing.Light {
		_, err := tx.Exec(ctx, setSameLight, regionID, t.ID, s.Why, string(s.AsOf), nullable(s.Done), string(s.DoneKind), nullable(s.Pace), nullable(s.Lead), s.DaysLate, s.Blocker)
		return err
	}
	_, err := tx.Exec(ctx, setStanding, regionID, t.ID, string(s.Light), s.Light.Rank(), s.Why, string(s.AsOf), nullable(s.Done), string(s.DoneKind), nullable(s.Pace), nullable(s.Lead), s.DaysLate, s.Blocker)
	return err
}

func (s Standing) columns(regionID, id int64) []any {
	return []any{regionID, id, string(s.Light), s.Light.Rank(), s.Why, string(s.AsOf), nullable(s.Done), string(s.DoneKind), nullable(s.Pace), nullable(s.Lead), s.DaysLate, s.Blocker}
}

func nullable[T ~int64](p *T) any {
	if p == nil {
		return nil
	}
	return int64(*p)
}

// dueDay returns the last day on which the account of a month is in time: day n of the next month, moved to the next working day.
func dueDay(cal *calendar.Calendar, p Policy) func(period.Month) string {
	return func(m period.Month) string {
		day, err := cal.DueDay(m.Next(), p.DueDay)
		if err != nil { // an unknown year must not stop the pages: the plain day stands, and the calendar page says so loudly
			return string(m.Next()) + "-" + pad(p.DueDay)
		}
		return day
	}
}

func pad(n int) string {
	if n < 10 {
		return "0" + string(rune('0'+n))
	}
	return string(rune('0'+n/10)) + string(rune('0'+n%10))
}

// DueOn returns the last day on which the account of the month is in time. Errors: Invalid for a year without a calendar.
func (b *Book) DueOn(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month) (string, error) {
	p, err := PolicyFor(ctx, tx, regionID, m)
	if err != nil {
		return "", err
	}
	cal, err := b.calendar.LoadIn(ctx, tx)
	if err != nil {
		return "", err
	}
	return cal.DueDay(m.Next(), p.DueDay)
}

// Refresh recomputes what lists show of one task.
func (b *Book) Refresh(ctx context.Context, tx *sqldb.Tx, regionID, id int64) error {
	t, err := sqldb.One(ctx, tx, selectTask, scanTask, regionID, id)
	if err != nil {
		return err
	}
	sheet, err := indicator.Get(ctx, tx, regionID, t.IndicatorID)
	if err != nil {
		return err
	}
	history, err := indicator.History(ctx, tx, regionID, t.IndicatorID)
	if err != nil {
		return err
	}
	ms, err := Milestones(ctx, tx, regionID, id)
	if err != nil {
		return err
	}
	p, cal, err := b.rules(ctx, tx, regionID)
	if err != nil {
		return err
	}
	values := map[period.Month]indicator.Value{}
	for _, v := range history {
		values[v.Period] = v
	}
	return b.putStanding(ctx, tx, regionID, t, judge(t, sheet, values, ms, p, dueDay(cal, p), period.Day(tx.Now())))
}

func (b *Book) rules(ctx context.Context, tx *sqldb.Tx, regionID int64) (Policy, *calendar.Calendar, error) {
	p, err := PolicyFor(ctx, tx, regionID, period.MonthOf(tx.Now()).Prev())
	if err != nil {
		return p, nil, err
	}
	cal, err := b.calendar.LoadIn(ctx, tx)
	return p, cal, err
}

// RefreshAll recomputes what lists show of every task: once a day, and after a policy or a calendar has changed. It
// returns how many changed.
func (b *Book) RefreshAll(ctx context.Context, tx *sqldb.Tx, regionID int64) (changed int, err error) {
	tasks, err := List(ctx, tx, regionID, Filter{})
	if err != nil {
		return 0, err
	}
	sheets, err := indicator.Sheets(ctx, tx, regionID)
	if err != nil {
		return 0, err
	}
	ms, err := MilestonesAll(ctx, tx, regionID)
	if err != nil {
		return 0, err
	}
	p, cal, err := b.rules(ctx, tx, regionID)
	if err != nil {
		return 0, err
	}
	cur := period.MonthOf(tx.Now())
	months := map[int64]map[period.Month]indicator.Value{}
	for m := cur.Add(-12); m <= cur; m = m.Next() {
		vals, err := indicator.Month(ctx, tx, regionID, m)
		if err != nil {
			return 0, err
		}
		for id, v := range vals {
			if months[id] == nil {
				months[id] = map[period.Month]indicator.Value{}
			}
			months[id][m] = v
		}
	}
	sort.Slice(tasks, func(i, j int) bool { return tasks[i].ID < tasks[j].ID })
	for _, t := range tasks {
		sheet, ok := sheets[t.IndicatorID]
		if !ok {
			continue
		}
		st := judge(t, sheet, months[t.IndicatorID], ms[t.ID], p, dueDay(cal, p), period.Day(tx.Now()))
		if same(st, t.Standing) {
			continue
		}
		changed++
		// An act that came between has brought the task up to date itself.
		if _, err := tx.Exec(ctx, setStandingOf, append(st.columns(regionID, t.ID), t.Version)...); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

func same(a, b Standing) bool {
	eq := func(x, y *amount.Scaled) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) }
	eqn := func(x, y *int64) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) }
	return a.Light == b.Light && a.Why == b.Why && a.AsOf == b.AsOf && a.DoneKind == b.DoneKind && eq(a.Done, b.Done) && eq(a.Pace, b.Pace) && eqn(a.Lead, b.Lead) && a.DaysLate == b.DaysLate && a.Blocker == b.Blocker
}

// CloseMonth gives every open task its light for a month (亮灯) under the policy in force, and turns the red lights of earlier
// months amber where the month's plan has been reached since. It is done once; a second call changes nothing that stands.
// Source: domain 0.6, 16.1.
func (b *Book) CloseMonth(ctx context.Context, tx *sqldb.Tx, who auth.Actor, m period.Month) ([]Month, error) {
	if m.End().After(tx.Now()) {
		return nil, errs.New(errs.Invalid, "%s还没有结束，不能亮灯。", m.Chinese())
	}
	p, err := PolicyFor(ctx, tx, who.RegionID, m)
	if err != nil {
		return nil, err
	}
	tasks, err := List(ctx, tx, who.RegionID, Filter{})
	if err != nil {
		return nil, err
	}
	sheets, err := indicator.Sheets(ctx, tx, who.RegionID)
	if err != nil {
		return nil, err
	}
	values, err := indicator.Month(ctx, tx, who.RegionID, m)
	if err != nil {
		return nil, err
	}
	ms, err := MilestonesAll(ctx, tx, who.RegionID)
	if err != nil {
		return nil, err
	}
	have, err := LightsIn(ctx, tx, who.RegionID, m)
	if err != nil {
		return nil, err
	}
	done := map[int64]bool{}
	for _, x := range have {
		done[x.TaskID] = true
	}
	sort.Slice(tasks, func(i, j int) bool { return tasks[i].ID < tasks[j].ID })
	out := have
	today := period.Day(m.End().Add(-1)) // what was overdue at the end of the month
	for _, t := range tasks {
		sheet := sheets[t.IndicatorID]
		if done[t.ID] || t.State == Stopped || m < sheet.Plan.From || m > sheet.Plan.To {
			continue
		}
		f := factsOf(t, sheet, values[t.IndicatorID], ms[t.ID], m, today)
		v := p.Judge(f)
		x := Month{ID: b.ids(), TaskID: t.ID, UnitID: t.LeadUnit, Period: string(m), Light: v.Light, Rule: v.Rule, Numbers: v.numbers(f), PolicyID: p.ID, PolicyRevision: p.Revision, At: tx.Now().UnixMilli()}
		if _, err := tx.Exec(ctx, insertLight, who.RegionID, x.ID, x.TaskID, x.UnitID, x.Period, string(x.Light), x.Rule, x.Numbers, x.PolicyID, x.PolicyRevision, x.MadeUp, x.At); err != nil {
			return nil, err
		}
		if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.light", ID: x.ID}, "light", ledger.Row(x.sealed())); err != nil {
			return nil, err
		}
		out = append(out, x)
		if value, _, ok := values[t.IndicatorID].Best(); ok {
			if err := b.makeUp(ctx, tx, who, t, sheet, value, m); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func factsOf(t Task, sheet indicator.Sheet, v indicator.Value, ms []Milestone, m period.Month, today string) Facts {
	f := Facts{State: t.State, Month: m, Plan: sheet.Plan, Due: true, Milestones: ms, Deadline: t.Deadline, Today: today, Measure: sheet.Measure, Down: sheet.Direction == indicator.Down}
	if value, kind, ok := v.Best(); ok {
		f.Value, f.Kind = &value, kind
	}
	return f
}

// makeUp turns the red lights of months before m amber where value has reached their plan.
func (b *Book) makeUp(ctx context.Context, tx *sqldb.Tx, who auth.Actor, t Task, sheet indicator.Sheet, value amount.Scaled, m period.Month) error {
	if sheet.Direction == indicator.Down {
		return nil
	}
	lights, err := sqldb.All(ctx, tx, selectLights, scanLight, who.RegionID, t.ID)
	if err != nil {
		return err
	}
	for _, x := range lights {
		pm := period.Month(x.Period)
		if x.Light != Red || pm >= m || value < sheet.Plan.Pace(pm) {
			continue
		}
		x.Light, x.MadeUp = Amber, true
		x.Rule = "当月未达，" + m.Chinese() + "补上：" + indicator.Show(value, sheet.Measure) + "，当月应达 " + indicator.About(sheet.Plan.Pace(pm), sheet.Measure)
		if err := b.putLight(ctx, tx, who, x); err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) putLight(ctx context.Context, tx *sqldb.Tx, who auth.Actor, x Month) error {
	if _, err := tx.Exec(ctx, remakeLight, who.RegionID, x.TaskID, x.Period, string(x.Light), x.Rule, x.Numbers); err != nil {
		return err
	}
	return ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.light", ID: x.ID}, "make_up", ledger.Row(x.sealed()))
}

// Lights returns the lights of a task's closed months, by month.
func LightsOf(ctx context.Context, tx *sqldb.Tx, regionID, taskID int64) ([]Month, error) {
	return sqldb.All(ctx, tx, selectLights, scanLight, regionID, taskID)
}

// LightsIn returns the lights of every task for a closed month; none if it is not closed.
func LightsIn(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month) ([]Month, error) {
	list, err := sqldb.All(ctx, tx, selectLightsMonth, scanLight, regionID, string(m))
	slices.SortFunc(list, func(a, b Month) int { return cmp.Compare(a.TaskID, b.TaskID) })
	return list, err
}

// LightsBetween returns the lights of every task for closed months from a to b.
func LightsBetween(ctx context.Context, tx *sqldb.Tx, regionID int64, a, b period.Month) ([]Month, error) {
	return sqldb.All(ctx, tx, selectLightsSince, scanLight, regionID, string(a), string(b))
}

// EachTask yields every task of the region in its sealed form.
func EachTask(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	list, err := List(ctx, tx, regionID, Filter{})
	if err != nil {
		return err
	}
	for _, t := range list {
		if err := yield(t.ID, t.sealed()); err != nil {
			return err
		}
	}
	return nil
}

// EachPolicy yields every version of the light policy in its sealed form.
func EachPolicy(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectPolicies, scanPolicy, func(p Policy) error { return yield(p.ID, p.sealed()) }, regionID)
}

// EachBaseline, EachAccount, EachLight and EachAdjustment yield the region's sealed rows: duban verify compares them with the ledger.
func EachBaseline(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectBaselinesAll, scanBaseline, func(b Baseline) error { return yield(b.ID, b.sealed()) }, regionID)
}

// EachAccount yields every account of the region in its sealed form.
func EachAccount(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectAccountsAll, scanAccount, func(a Account) error { return yield(a.ID, a.sealed()) }, regionID)
}

// EachLight yields every closed month's light in its sealed form.
func EachLight(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectLightsAll, scanLight, func(m Month) error { return yield(m.ID, m.sealed()) }, regionID)
}
