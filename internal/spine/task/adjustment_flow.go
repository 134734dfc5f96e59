package task

import (
	"context"
	"slices"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/receipt"
)

// Permissions of adjustments.
var (
	MayPropose = auth.Permit("task.adjustment.propose", "申请调整任务", auth.Head, auth.Clerk, auth.TaskForce, auth.Supervisor)
	MayDecide  = auth.Permit("task.adjustment.decide", "审批任务调整", auth.Leader, auth.Supervisor)
)

// Service is the use cases of tasks that belong to no area: adjustments and light policies.
type Service struct {
	db     *sqldb.DB
	book   *Book
	counts sqldb.Memo[countKey, map[Light]int64] // for the heads of lists
	better sqldb.Memo[betterKey, []Better]
}

type betterKey struct {
	region, limit int64
	month         string
}

type countKey struct {
	region, unit, leader int64
	origin               ref.Ref
}

// New returns a Service.
func New(db *sqldb.DB, book *Book) *Service {
	return &Service{db: db, book: book, counts: sqldb.Memo[countKey, map[Light]int64]{Watch: tasksWatch}, better: sqldb.Memo[betterKey, []Better]{Watch: closedWatch}}
}

// Propose asks for a change of a sealed baseline. The unit that owes the task may ask, and the supervision office.
// One request is open per task. Errors: Invalid, NotFound, Conflict.
func (s *Service) Propose(ctx context.Context, key string, a Adjustment) (Adjustment, error) {
	who, err := auth.Require(ctx, MayPropose)
	if err != nil {
		return a, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, "task.adjustment.propose"); err != nil || dup {
			return err
		}
		t, err := Lock(ctx, tx, who.RegionID, a.TaskID)
		if err != nil {
			return err
		}
		if !who.Has(auth.Supervisor) && !who.Has(auth.TaskForce) {
			if err := who.OwnUnit(t.LeadUnit); err != nil {
				return err
			}
		}
		if t.State != Open && t.State != Stopped {
			return errs.New(errs.Conflict, "“%s”%s，不能再调整。", t.Title, t.State.Chinese())
		}
		sheet, err := indicator.Get(ctx, tx, who.RegionID, t.IndicatorID)
		if err != nil {
			return err
		}
		ms, err := Milestones(ctx, tx, who.RegionID, t.ID)
		if err != nil {
			return err
		}
		if _, err := a.check(t, sheet.Plan, ms); err != nil {
			return err
		}
		a.ID, a.UnitID, a.State, a.ProposedBy, a.ProposedAt, a.Version = s.book.ids(), t.LeadUnit, Proposed, who.ID, tx.Now().UnixMilli(), 1
		if _, err := tx.Exec(ctx, insertAdjustment, who.RegionID, a.ID, a.TaskID, a.UnitID, string(a.State), a.Reason, a.DocNo, a.Wanted.encode(), a.ProposedBy, a.ProposedAt); err != nil {
			if errs.KindOf(err) == errs.Conflict {
				return errs.New(errs.Conflict, "“%s”已有一份调整申请在审批，请等结果或先撤回。", t.Title)
			}
			return err
		}
		if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.adjustment", ID: a.ID}, "propose", ledger.Row(a.sealed())); err != nil {
			return err
		}
		return s.book.out.Publish(ctx, tx, who.RegionID, "task.adjustment.proposed", ref.Ref{Kind: "task.adjustment", ID: a.ID}, map[string]any{"task": t.ID, "unit": t.LeadUnit})
	})
	return a, err
}

// Decide approves or refuses a request. Who proposed it never decides it, nor does anybody of the unit it serves; an approval names
// its document and seals the next baseline. Errors: Invalid, Forbidden, Conflict.
func (s *Service) Decide(ctx context.Context, key string, id, version int64, approve bool, docNo, words string) (Adjustment, error) {
	who, err := auth.Require(ctx, MayDecide)
	if err != nil {
		return Adjustment{}, err
	}
	var a Adjustment
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if a, err = sqldb.One(ctx, tx, selectAdjustment, scanAdjustment, who.RegionID, id); err != nil {
			return err
		}
		if _, dup, err := receipt.Take(ctx, tx, who, key, "task.adjustment.decide"); err != nil || dup {
			return err
		}
		if a.ProposedBy == who.ID {
			return errs.New(errs.Forbidden, "这份申请是您提的，要由别人审批。")
		}
		if who.InUnit(a.UnitID) {
			return errs.New(errs.Forbidden, "这是您本单位的任务，要由别的领导审批。")
		}
		if docNo = strings.TrimSpace(docNo); docNo == "" {
			docNo = a.DocNo
		}
		if len([]rune(docNo)) > maxDocNo {
			return errs.At("doc_no", "文号最多 100 字。")
		}
		if n := len([]rune(words)); n > 500 {
			return errs.At("decision", "审批意见写了 %d 字，最多 500 字。请删去一些。", n)
		}
		if approve && docNo == "" {
			return errs.At("doc_no", "批准调整要写文号或会议纪要号，如“区政办〔2017〕18号”。")
		}
		if !approve && strings.TrimSpace(words) == "" {
			return errs.At("decision", "不批准要写理由。")
		}
		if a.State != Proposed {
			return errs.New(errs.Conflict, "这份申请%s，不用再审批。", a.State.Chinese())
		}
		a.State, a.DocNo, a.Decision, a.DecidedBy, a.DecidedAt = Refused, docNo, strings.TrimSpace(words), who.ID, tx.Now().UnixMilli()
		if approve {
			a.State = Approved
		}
		n, err := tx.Exec(ctx, decideAdjustment, who.RegionID, a.ID, string(a.State), a.DecidedBy, a.DecidedAt, a.Decision, a.DocNo, version)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "别人刚处理过这份申请，请看过结果再说。")
		}
		a.Version++
		if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.adjustment", ID: a.ID}, map[bool]string{true: "approve", false: "refuse"}[approve], ledger.Row(a.sealed())); err != nil {
			return err
		}
		if approve {
			if err := s.book.apply(ctx, tx, who, a); err != nil {
				return err
			}
		}
		return s.book.out.Publish(ctx, tx, who.RegionID, "task.adjustment.decided", ref.Ref{Kind: "task.adjustment", ID: a.ID}, map[string]any{"task": a.TaskID, "unit": a.UnitID, "approved": approve})
	})
	return a, err
}

// apply puts an approved request in force: a new plan where the numbers change, and a new sealed baseline.
func (b *Book) apply(ctx context.Context, tx *sqldb.Tx, who auth.Actor, a Adjustment) error {
	t, err := Lock(ctx, tx, who.RegionID, a.TaskID)
	if err != nil {
		return err
	}
	if t.State == Closed || t.State == Completed && a.Wanted.State != "" { // the request waited, and the task has ended
		return errs.New(errs.Conflict, "“%s”%s，不能再调整。请不批准，并写明任务已经结束。", t.Title, t.State.Chinese())
	}
	if t.SupportUnits, err = sqldb.All(ctx, tx, selectSupport, sqldb.Int64, who.RegionID, t.ID); err != nil {
		return err
	}
	sheet, err := indicator.Get(ctx, tx, who.RegionID, t.IndicatorID)
	if err != nil {
		return err
	}
	ms, err := Milestones(ctx, tx, who.RegionID, t.ID)
	if err != nil {
		return err
	}
	plan, err := a.check(t, sheet.Plan, ms)
	if err != nil {
		return err
	}
	w, planRevision := a.Wanted, sheet.Revision
	if w.State != "" {
		if err := b.setState(ctx, tx, who, t, w.State, map[State]string{Stopped: "stop", Open: "resume"}[w.State], a.Reason+dot(a.DocNo)); err != nil {
			return err
		}
		t.State = w.State
	}
	if !w.terms() {
		return b.Refresh(ctx, tx, who.RegionID, t.ID)
	}
	if w.Target != nil || len(w.Curve) > 0 || w.ToMonth != nil || !slices.Equal(plan.Curve, sheet.Plan.Curve) {
		if planRevision, err = b.indicators.Revise(ctx, tx, who, t.IndicatorID, plan); err != nil {
			return err
		}
	}
	if w.Deadline != nil {
		t.Deadline = *w.Deadline
	}
	if w.Weight != nil {
		t.Weight = *w.Weight
	}
	if len(w.Milestones) > 0 {
		reached := map[string]Milestone{}
		for _, m := range ms {
			reached[m.Title] = m
		}
		if _, err := tx.Exec(ctx, deleteMilestones, who.RegionID, t.ID); err != nil {
			return err
		}
		ms = w.Milestones
		for i := range ms {
			ms[i].No = int64(i + 1)
			old := reached[ms[i].Title] // a step that was reached stays reached
			if _, err := tx.Exec(ctx, insertMilestone, who.RegionID, t.ID, i+1, ms[i].Title, ms[i].DueOn, ms[i].Weight, old.DoneOn, old.Verifier, old.ClaimedOn, old.ClaimedBy, old.ClaimNote); err != nil {
				return err
			}
			ms[i].DoneOn, ms[i].Verifier, ms[i].ClaimedOn, ms[i].ClaimedBy, ms[i].ClaimNote = old.DoneOn, old.Verifier, old.ClaimedOn, old.ClaimedBy, old.ClaimNote
		}
		if err := sealMilestones(ctx, tx, who, t.ID, ms, "adjust", nil); err != nil {
			return err
		}
		if err := b.publishMilestones(ctx, tx, who.RegionID, t, ms, "adjust", Milestone{}, ""); err != nil {
			return err
		}
	}
	t.Revision++
	if _, err := tx.Exec(ctx, setTerms, who.RegionID, t.ID, t.Deadline, t.Weight, t.Revision); err != nil {
		return err
	}
	if err := b.sealBaseline(ctx, tx, who, t, ms, planRevision, a.ID); err != nil {
		return err
	}
	if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.task", ID: t.ID}, "adjust", ledger.Row(t.sealed())); err != nil {
		return err
	}
	return b.Refresh(ctx, tx, who.RegionID, t.ID)
}

func dot(docNo string) string {
	if docNo == "" {
		return ""
	}
	return "（" + docNo + "）"
}

// AdjustmentFilter chooses requests; zero fields choose nothing away.
type AdjustmentFilter struct {
	Task, Unit int64
	State      AdjustmentState
}

// Adjustments returns requests for a change, the newest first: all of them for overseers, a unit's own for the unit.
func (s *Service) Adjustments(ctx context.Context, f AdjustmentFilter) (out []Adjustment, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	if !who.Overseer() {
		f.Unit = who.UnitID
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		out, err = AdjustmentsOf(ctx, tx, who.RegionID, f)
		return err
	})
	return out, err
}

// AdjustmentsOf returns requests for a change, the newest first, at most 500.
func AdjustmentsOf(ctx context.Context, tx *sqldb.Tx, regionID int64, f AdjustmentFilter) ([]Adjustment, error) {
	q := listAdjustments.With(regionID).
		If(f.Task != 0, `task_id = ?`, f.Task).
		If(f.State != "", `state = ?`, string(f.State)).
		If(f.Unit != 0, `unit_id = ?`, f.Unit)
	return sqldb.Rows(ctx, tx, q, scanAdjustment, 500)
}

// AdjustmentOf returns one request, if the actor may see its unit.
func (s *Service) AdjustmentOf(ctx context.Context, id int64) (a Adjustment, t Task, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return a, t, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if a, err = sqldb.One(ctx, tx, selectAdjustment, scanAdjustment, who.RegionID, id); err != nil {
			return err
		}
		if err := who.MaySee(a.UnitID); err != nil {
			return err
		}
		t, err = Get(ctx, tx, who.RegionID, a.TaskID)
		return err
	})
	return a, t, err
}

// EachAdjustment yields every request of the region in its sealed form.
func EachAdjustment(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectAdjustmentsAll, scanAdjustment, func(a Adjustment) error { return yield(a.ID, a.sealed()) }, regionID)
}
