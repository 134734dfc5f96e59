package task

import (
	"context"
	"sort"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/receipt"
)

// Permissions of milestones (节点).
var (
	MayClaim = auth.Permit("task.milestone.claim", "申报节点完成", auth.Head, auth.Clerk)
	MayCheck = auth.Permit("task.milestone.check", "核验节点", auth.Supervisor, auth.Leader)
)

// MilestoneKind is the kind of the milestones of one task: they stand in the ledger together, under the task's id.
const MilestoneKind = "task.milestone"

func milestonesOfTask(taskID int64) ref.Ref { return ref.Ref{Kind: MilestoneKind, ID: taskID} }

type sealedMilestone struct {
	Milestone
	DoneOn    string        `json:"done_on"`
	Verifier  ledger.Person `json:"verified_by"`
	ClaimedOn string        `json:"claimed_on"`
	ClaimedBy ledger.Person `json:"claimed_by"`
	ClaimNote string        `json:"claim_note"`
}

func sealedMilestones(ms []Milestone) any {
	out := make([]sealedMilestone, 0, len(ms))
	for _, m := range ms {
		out = append(out, sealedMilestone{m, m.DoneOn, ledger.Person(m.Verifier), m.ClaimedOn, ledger.Person(m.ClaimedBy), m.ClaimNote})
	}
	return struct {
		Milestones []sealedMilestone `json:"milestones"`
	}{out}
}

func sealMilestones(ctx context.Context, tx *sqldb.Tx, who auth.Actor, taskID int64, ms []Milestone, verb string, more map[string]any) error {
	if len(ms) == 0 {
		return nil
	}
	return ledger.Append(ctx, tx, who, milestonesOfTask(taskID), verb, ledger.Row(sealedMilestones(ms)).With(more))
}

// EachMilestones yields the milestones of every task that has any, in their sealed form.
func EachMilestones(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	all, err := MilestonesAll(ctx, tx, regionID)
	if err != nil {
		return err
	}
	ids := make([]int64, 0, len(all))
	for id := range all {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	for _, id := range ids {
		if err := yield(id, sealedMilestones(all[id])); err != nil {
			return err
		}
	}
	return nil
}

// reachedOn says what is wrong with the day on which a milestone was reached.
func reachedOn(day, today string) error {
	if _, err := period.ParseDay(day); err != nil {
		return errs.At("done_on", "完成日期请写成 2017-03-05 这样。")
	}
	if day > today {
		return errs.At("done_on", "完成日期 %s 还没到。请写实际完成的那一天。", day)
	}
	return nil
}

func note(name, text string) error {
	if n := len([]rune(text)); n > 200 {
		return errs.At(name, "说明写了 %d 字，最多 200 字。请删去一些。", n)
	}
	return nil
}

// step runs an act on one milestone of a task that is locked, writes what the act has made of it and seals the task's milestones.
func (s *Service) step(ctx context.Context, tx *sqldb.Tx, who auth.Actor, t Task, no int64, verb, words string, act func(*Milestone) error) error {
	ms, err := Milestones(ctx, tx, who.RegionID, t.ID)
	if err != nil {
		return err
	}
	var m *Milestone
	for i := range ms {
		if ms[i].No == no {
			m = &ms[i]
		}
	}
	if m == nil {
		return errs.New(errs.NotFound, "这项任务没有第 %d 个节点。它可能刚调整过，请回任务页看。", no)
	}
	if err := act(m); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, setMilestone, who.RegionID, t.ID, no, m.DoneOn, m.Verifier, m.ClaimedOn, m.ClaimedBy, m.ClaimNote); err != nil {
		return err
	}
	if err := sealMilestones(ctx, tx, who, t.ID, ms, verb, map[string]any{"no": no, "title": m.Title, "note": words}); err != nil {
		return err
	}
	if err := s.book.Refresh(ctx, tx, who.RegionID, t.ID); err != nil {
		return err
	}
	return s.book.publishMilestones(ctx, tx, who.RegionID, t, ms, verb, *m, words)
}

// publishMilestones tells how many milestones of the task wait for somebody to look: one to-do a task stands while any does.
func (b *Book) publishMilestones(ctx context.Context, tx *sqldb.Tx, regionID int64, t Task, ms []Milestone, verb string, m Milestone, words string) error {
	waiting := 0
	for _, x := range ms {
		if x.Claimed() {
			waiting++
		}
	}
	return b.out.Publish(ctx, tx, regionID, "task.milestone."+verb, milestonesOfTask(t.ID),
		map[string]any{"task": t.ID, "unit": t.LeadUnit, "waiting": waiting, "no": m.No, "of": len(ms), "title": m.Title, "words": words})
}

// ClaimMilestone is the unit's word that a milestone was reached on a day (申报). It counts once somebody else has looked; until then it can be said anew.
// Errors: Invalid, NotFound, Forbidden, Conflict.
func (s *Service) ClaimMilestone(ctx context.Context, key string, taskID, no int64, day, words string) error {
	who, err := auth.Require(ctx, MayClaim)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, "task.milestone.claim"); err != nil || dup {
			return err
		}
		t, err := Lock(ctx, tx, who.RegionID, taskID)
		if err != nil {
			return err
		}
		if err := who.OwnUnit(t.LeadUnit); err != nil {
			return err
		}
		if t.State != Open && t.State != Completed {
			return errs.New(errs.Conflict, "“%s”%s，不用再申报节点。", t.Title, t.State.Chinese())
		}
		words = strings.TrimSpace(words)
		if err := reachedOn(day, period.Day(tx.Now())); err != nil {
			return err
		}
		if err := note("note", words); err != nil {
			return err
		}
		return s.step(ctx, tx, who, t, no, "claim", words, func(m *Milestone) error {
			if m.DoneOn != "" {
				return errs.New(errs.Conflict, "节点“%s”已经核验完成（%s），不用再申报。", m.Title, m.DoneOn)
			}
			m.ClaimedOn, m.ClaimedBy, m.ClaimNote = day, who.ID, words
			return nil
		})
	})
}

// CheckMilestone is what somebody who does not owe the task has seen of a milestone (核验): reached on a day, with or without the unit's word, or
// not reached, which takes the unit's word, or an earlier check that was wrong, back and needs its reason. Who claimed never checks.
// Errors: Invalid, NotFound, Forbidden, Conflict.
func (s *Service) CheckMilestone(ctx context.Context, key string, taskID, no int64, reached bool, day, words string) error {
	who, err := auth.Require(ctx, MayCheck)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, "task.milestone.check"); err != nil || dup {
			return err
		}
		t, err := Lock(ctx, tx, who.RegionID, taskID)
		if err != nil {
			return err
		}
		if who.InUnit(t.LeadUnit) {
			return errs.New(errs.Forbidden, "节点要由责任单位以外的人核验。")
		}
		if t.State != Open && t.State != Completed {
			return errs.New(errs.Conflict, "“%s”%s，节点不再核验。", t.Title, t.State.Chinese())
		}
		words = strings.TrimSpace(words)
		if err := note("words", words); err != nil {
			return err
		}
		verb := "check"
		if !reached {
			verb = "deny"
			if words == "" {
				return errs.At("words", "不属实要写理由，让单位知道差什么。")
			}
		} else if err := reachedOn(day, period.Day(tx.Now())); err != nil {
			return err
		}
		return s.step(ctx, tx, who, t, no, verb, words, func(m *Milestone) error {
			if m.ClaimedBy == who.ID {
				return errs.New(errs.Forbidden, "节点“%s”是您申报的，要由别人核验。", m.Title)
			}
			switch {
			case !reached && m.DoneOn == "" && m.ClaimedOn == "":
				return errs.New(errs.Conflict, "单位还没有申报节点“%s”，不用退回。", m.Title)
			case !reached:
				m.DoneOn, m.Verifier, m.ClaimedOn, m.ClaimedBy, m.ClaimNote = "", 0, "", 0, ""
			default:
				m.DoneOn, m.Verifier = day, who.ID
			}
			return nil
		})
	})
}
