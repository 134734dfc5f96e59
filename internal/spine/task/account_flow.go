package task

import (
	"context"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
)

// SituationOf loads what a draft for the month is judged against.
func (b *Book) SituationOf(ctx context.Context, tx *sqldb.Tx, regionID int64, t Task, m period.Month) (Situation, error) {
	s := Situation{Now: tx.Now()}
	var err error
	if s.Sheet, err = indicator.Get(ctx, tx, regionID, t.IndicatorID); err != nil {
		return s, err
	}
	if !m.Valid() {
		return s, nil // the rule says so
	}
	if s.history, err = indicator.History(ctx, tx, regionID, t.IndicatorID); err != nil {
		return s, err
	}
	for i, v := range s.history {
		switch {
		case v.Reported == nil:
		case v.Period < m:
			s.Before = &s.history[i]
		case v.Period > m && s.After == nil:
			s.After = &s.history[i]
		}
	}
	if s.policies, err = Policies(ctx, tx, regionID); err != nil {
		return s, err
	}
	if s.calendar, err = b.calendar.LoadIn(ctx, tx); err != nil {
		return s, err
	}
	s.DueOn, err = s.calendar.DueDay(m.Next(), policyFor(s.policies, m).DueDay)
	return s, err
}

// Value returns the three values of a month; all nil if nothing was entered.
func (s Situation) Value(m period.Month) indicator.Value {
	for _, v := range s.history {
		if v.Period == m {
			return v
		}
	}
	return indicator.Value{Period: m}
}

// FileAccount is Lock, SituationOf and File, for the task's lead unit. Errors: NotFound (another unit's task), Invalid, Conflict (already filed).
func (b *Book) FileAccount(ctx context.Context, tx *sqldb.Tx, who auth.Actor, d Draft) (Account, error) {
	t, err := Lock(ctx, tx, who.RegionID, d.TaskID)
	if err != nil {
		return Account{}, err
	}
	if err := who.OwnUnit(t.LeadUnit); err != nil {
		return Account{}, err
	}
	s, err := b.SituationOf(ctx, tx, who.RegionID, t, d.Month)
	if err != nil {
		return Account{}, err
	}
	f, err := b.File(ctx, tx, who, t, s, d)
	return f.Account, err
}

// Filed is an account as it was filed, with the task as it stands now.
type Filed struct {
	Account
	Task   Task
	Record int64 // its number in the ledger
}

// File files a month's account (填报): the account, the reported reading, the standing, the ledger and the fact, in the caller's
// transaction. The caller has locked the task, asked whose it is, and loaded the situation. An account that makes up a closed month turns
// its light amber. Errors: Invalid, Conflict (already filed).
func (b *Book) File(ctx context.Context, tx *sqldb.Tx, who auth.Actor, t Task, s Situation, d Draft) (Filed, error) {
	a, err := t.File(d, s)
	if err != nil {
		return Filed{}, err
	}
	a.ID, a.SubmittedBy = b.ids(), who.ID
	n, err := tx.Exec(ctx, insertAccount, who.RegionID, a.ID, a.TaskID, a.UnitID, string(a.Period), int64(a.Value), int64(a.Before), a.Cut, a.CutReason, a.Progress, a.Blocker, a.BlockerKind,
		a.Help, a.HelpUnit, a.NextStep, a.Late, a.DueOn, string(a.State), a.SubmittedAt, a.SubmittedBy)
	if err != nil {
		return Filed{}, err
	}
	if n == 0 {
		return Filed{}, filed(ctx, tx, who.RegionID, t, s, d.Month)
	}
	_, read, err := b.indicators.Enter(ctx, tx, who, indicator.Reading{IndicatorID: t.IndicatorID, Period: a.Period, Kind: indicator.Reported, Value: a.Value, Note: a.CutReason})
	if err != nil {
		return Filed{}, err
	}
	record, err := ledger.AppendNumbered(ctx, tx, who, []ledger.Act{read, {Subject: ref.Ref{Kind: "task.account", ID: a.ID}, Verb: "submit", Body: ledger.Row(a.sealed())}})
	if err != nil {
		return Filed{}, err
	}
	if _, err := tx.Exec(ctx, deleteDraft, who.RegionID, who.ID, t.ID, string(a.Period)); err != nil {
		return Filed{}, err
	}
	if err := b.makeUpMonth(ctx, tx, who, t, s.Sheet, a); err != nil {
		return Filed{}, err
	}
	if t.Standing, err = b.stand(ctx, tx, who.RegionID, t, s, a); err != nil {
		return Filed{}, err
	}
	return Filed{a, t, record}, b.out.Publish(ctx, tx, who.RegionID, "task.account.submitted", ref.Ref{Kind: "task.account", ID: a.ID},
		map[string]any{"task": t.ID, "unit": t.LeadUnit, "period": a.Period, "help_unit": a.HelpUnit, "late": a.Late})
}

// filed says why a month that has an account takes no second one.
func filed(ctx context.Context, tx *sqldb.Tx, regionID int64, t Task, s Situation, m period.Month) error {
	live, err := sqldb.One(ctx, tx, selectLiveAccount, scanAccount, regionID, t.ID, string(m))
	if err != nil {
		return err
	}
	if live.State == Verified {
		return errs.New(errs.Conflict, "%s的进展已经核验，不能再改。确有错误请报督查室。", m.Chinese())
	}
	return errs.New(errs.Conflict, "%s已经报过 %s。要改请先撤回。", m.Chinese(), indicator.Show(live.Value, s.Sheet.Measure))
}

// makeUpMonth mends the light of the account's own month if that month is closed: what was missing and is now on plan is amber.
func (b *Book) makeUpMonth(ctx context.Context, tx *sqldb.Tx, who auth.Actor, t Task, sheet indicator.Sheet, a Account) error {
	if !a.Late { // a month is closed only after it is due
		return nil
	}
	lights, err := sqldb.All(ctx, tx, selectLights, scanLight, who.RegionID, t.ID)
	if err != nil {
		return err
	}
	for _, x := range lights {
		if x.Period != string(a.Period) || x.Light != Missing {
			continue
		}
		p, err := PolicyFor(ctx, tx, who.RegionID, a.Period)
		if err != nil {
			return err
		}
		v := a.Value
		f := Facts{State: t.State, Month: a.Period, Plan: sheet.Plan, Value: &v, Kind: indicator.Reported, Due: true, Deadline: t.Deadline,
			Today: period.Day(a.Period.End().Add(-1)), Measure: sheet.Measure, Down: sheet.Direction == indicator.Down}
		made := MadeUp(p.Judge(f))
		x.Light, x.Rule, x.Numbers, x.MadeUp = made.Light, made.Rule, made.numbers(f), true
		if err := b.putLight(ctx, tx, who, x); err != nil {
			return err
		}
	}
	return b.makeUp(ctx, tx, who, t, sheet, a.Value, a.Period)
}

// stand refreshes, and returns, what lists show of a task after an account, with the blocker it names. What the account was judged against is at
// hand already; only the milestones are read.
func (b *Book) stand(ctx context.Context, tx *sqldb.Tx, regionID int64, t Task, s Situation, a Account) (Standing, error) {
	t.Standing.Blocker = a.Blocker
	if a.Blocker == "" && a.BlockerKind != NoBlocker {
		t.Standing.Blocker = a.BlockerKind
	}
	ms, err := Milestones(ctx, tx, regionID, t.ID)
	if err != nil {
		return Standing{}, err
	}
	values := map[period.Month]indicator.Value{}
	for _, v := range s.history {
		values[v.Period] = v
	}
	v := values[a.Period]
	v.Period, v.Reported = a.Period, &a.Value
	values[a.Period] = v
	p := policyFor(s.policies, period.MonthOf(tx.Now()).Prev())
	st := judge(t, s.Sheet, values, ms, p, dueDay(s.calendar, p), period.Day(tx.Now()))
	return st, b.putStanding(ctx, tx, regionID, t, st)
}

// WithdrawAccount takes an account back (撤回) until it is verified; only the unit that filed it may.
func (b *Book) WithdrawAccount(ctx context.Context, tx *sqldb.Tx, who auth.Actor, id, version int64) (Account, error) {
	a, err := sqldb.One(ctx, tx, selectAccount, scanAccount, who.RegionID, id)
	if err != nil {
		return a, err
	}
	if err := who.OwnUnit(a.UnitID); err != nil {
		return a, err
	}
	switch a.State {
	case Verified:
		return a, errs.New(errs.Conflict, "督查室已经核验，不能撤回了。确有错误请报督查室。")
	case Withdrawn:
		return a, errs.New(errs.Conflict, "这份月报已经撤回了。")
	}
	t, err := Lock(ctx, tx, who.RegionID, a.TaskID)
	if err != nil {
		return a, err
	}
	a.State, a.WithdrawnAt = Withdrawn, tx.Now().UnixMilli()
	n, err := tx.Exec(ctx, setAccountState, who.RegionID, id, string(a.State), a.WithdrawnAt, version)
	if err != nil {
		return a, err
	}
	if n == 0 {
		return a, errs.New(errs.Conflict, "这份月报刚刚有变化，请看过新的内容再撤回。")
	}
	if _, err := b.indicators.Record(ctx, tx, who, indicator.Reading{IndicatorID: t.IndicatorID, Period: a.Period, Kind: indicator.Reported, Value: a.Value, Void: true, Note: "撤回"}); err != nil {
		return a, err
	}
	if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.account", ID: a.ID}, "withdraw", ledger.Row(a.sealed())); err != nil {
		return a, err
	}
	if err := b.Refresh(ctx, tx, who.RegionID, t.ID); err != nil {
		return a, err
	}
	return a, b.out.Publish(ctx, tx, who.RegionID, "task.account.withdrawn", ref.Ref{Kind: "task.account", ID: a.ID}, map[string]any{"task": t.ID, "unit": t.LeadUnit, "period": a.Period})
}

// VerifyAccount records what somebody who does not owe the task saw for a month (核验): the verified reading beside the
// reported one. The account, if there is one, can no longer be withdrawn. The person who reported never verifies.
func (b *Book) VerifyAccount(ctx context.Context, tx *sqldb.Tx, who auth.Actor, taskID int64, r indicator.Reading) error {
	t, err := Lock(ctx, tx, who.RegionID, taskID)
	if err != nil {
		return err
	}
	if who.InUnit(t.LeadUnit) {
		return errs.New(errs.Forbidden, "不能核验本单位的任务。")
	}
	r.IndicatorID, r.Kind = t.IndicatorID, indicator.Verified
	if _, err := b.indicators.Record(ctx, tx, who, r); err != nil {
		return err
	}
	a, ok, err := sqldb.Maybe(ctx, tx, selectLiveAccount, scanAccount, who.RegionID, taskID, string(r.Period))
	if err != nil {
		return err
	}
	if ok && a.State == Submitted {
		a.State = Verified
		if _, err := tx.Exec(ctx, setAccountState, who.RegionID, a.ID, string(a.State), 0, a.Version); err != nil {
			return err
		}
		if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "task.account", ID: a.ID}, "verify", ledger.Row(a.sealed())); err != nil {
			return err
		}
	}
	if err := b.Refresh(ctx, tx, who.RegionID, taskID); err != nil {
		return err
	}
	return b.out.Publish(ctx, tx, who.RegionID, "task.account.verified", ref.Ref{Kind: "task.task", ID: taskID}, map[string]any{"unit": t.LeadUnit, "period": r.Period})
}

// Accounts returns every account of a task, withdrawn ones included, oldest first.
func Accounts(ctx context.Context, tx *sqldb.Tx, regionID, taskID int64) ([]Account, error) {
	return sqldb.All(ctx, tx, selectAccounts, scanAccount, regionID, taskID)
}

// AccountOf returns an account.
func AccountOf(ctx context.Context, tx *sqldb.Tx, regionID, id int64) (Account, error) {
	return sqldb.One(ctx, tx, selectAccount, scanAccount, regionID, id)
}

// AccountsIn returns the live accounts of a month, by task.
func AccountsIn(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month) (map[int64]Account, error) {
	list, err := sqldb.All(ctx, tx, selectAccountsMonth, scanAccount, regionID, string(m))
	return byTask(list), err
}

// AccountsOfUnit returns the live accounts of one unit for a month, by task.
func AccountsOfUnit(ctx context.Context, tx *sqldb.Tx, regionID, unitID int64, m period.Month) (map[int64]Account, error) {
	list, err := sqldb.All(ctx, tx, selectAccountsUnit, scanAccount, regionID, string(m), unitID)
	return byTask(list), err
}

func byTask(list []Account) map[int64]Account {
	out := make(map[int64]Account, len(list))
	for _, a := range list {
		out[a.TaskID] = a
	}
	return out
}

// SaveDraft keeps what a person has typed so far, right or wrong.
func SaveDraft(ctx context.Context, tx *sqldb.Tx, who auth.Actor, taskID int64, m period.Month, body string) error {
	if len(body) > 20000 {
		return errs.New(errs.Invalid, "草稿太长，没有存上。请把长材料作为附件上传。")
	}
	_, err := tx.Exec(ctx, upsertDraft, who.RegionID, who.ID, taskID, string(m), body, tx.Now().UnixMilli())
	return err
}

// DraftOf returns the person's saved draft; ok is false if there is none.
func DraftOf(ctx context.Context, tx *sqldb.Tx, who auth.Actor, taskID int64, m period.Month) (SavedDraft, bool, error) {
	return sqldb.Maybe(ctx, tx, selectDraft, scanDraft, who.RegionID, who.ID, taskID, string(m))
}

// ExpireDrafts removes drafts that are older than 30 days.
func ExpireDrafts(ctx context.Context, tx *sqldb.Tx, regionID int64) (int64, error) {
	return tx.Exec(ctx, expireDrafts, regionID, tx.Now().AddDate(0, 0, -30).UnixMilli())
}
