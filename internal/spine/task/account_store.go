package task

import "duban/internal/base/sqldb"

const accountColumns = `id, task_id, unit_id, period, value_x10000, before_x10000, cut, cut_reason, progress, blocker, blocker_kind, help, help_unit_id, next_step,
  late, due_on, state, submitted_at, submitted_by, withdrawn_at, version`

var (
	insertAccount = sqldb.SQL("task.insertAccount", `
INSERT INTO task_account (region_id, id, task_id, unit_id, period, value_x10000, before_x10000, cut, cut_reason, progress, blocker, blocker_kind, help, help_unit_id, next_step,
  late, due_on, state, submitted_at, submitted_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
ON CONFLICT (region_id, task_id, period) WHERE state <> 'withdrawn' DO NOTHING`)
	setAccountState = sqldb.SQL("task.setAccountState", `
UPDATE task_account
SET state = $3, withdrawn_at = $4, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $5`)
	selectAccount = sqldb.SQL("task.selectAccount", `
SELECT `+accountColumns+` FROM task_account WHERE region_id = $1 AND id = $2`)
	selectAccounts = sqldb.SQL("task.selectAccounts", `
SELECT `+accountColumns+` FROM task_account WHERE region_id = $1 AND task_id = $2 ORDER BY id`)
	selectLiveAccount = sqldb.SQL("task.selectLiveAccount", `
SELECT `+accountColumns+` FROM task_account WHERE region_id = $1 AND task_id = $2 AND period = $3 AND state <> 'withdrawn'`)
	selectAccountsMonth = sqldb.SQL("task.selectAccountsMonth", `
SELECT `+accountColumns+` FROM task_account WHERE region_id = $1 AND period = $2 AND state <> 'withdrawn'`)
	selectAccountsUnit = sqldb.SQL("task.selectAccountsUnit", `
SELECT `+accountColumns+` FROM task_account WHERE region_id = $1 AND period = $2 AND unit_id = $3 AND state <> 'withdrawn'`)
	selectAccountsAll = sqldb.SQL("task.selectAccountsAll", `
SELECT `+accountColumns+` FROM task_account WHERE region_id = $1 ORDER BY id`)

	upsertDraft = sqldb.SQL("task.upsertDraft", `
INSERT INTO task_draft (region_id, person_id, task_id, period, body, at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (region_id, person_id, task_id, period) DO UPDATE SET body = excluded.body, at = excluded.at`)
	selectDraft = sqldb.SQL("task.selectDraft", `
SELECT body, at FROM task_draft WHERE region_id = $1 AND person_id = $2 AND task_id = $3 AND period = $4`)
	deleteDraft = sqldb.SQL("task.deleteDraft", `
DELETE FROM task_draft WHERE region_id = $1 AND person_id = $2 AND task_id = $3 AND period = $4`)
	expireDrafts = sqldb.SQL("task.expireDrafts", `DELETE FROM task_draft WHERE region_id = $1 AND at < $2`)
)

func scanAccount(s sqldb.Scanner) (a Account, err error) {
	return a, s.Scan(&a.ID, &a.TaskID, &a.UnitID, &a.Period, &a.Value, &a.Before, &a.Cut, &a.CutReason, &a.Progress, &a.Blocker, &a.BlockerKind, &a.Help, &a.HelpUnit, &a.NextStep,
		&a.Late, &a.DueOn, &a.State, &a.SubmittedAt, &a.SubmittedBy, &a.WithdrawnAt, &a.Version)
}

// SavedDraft is a draft (草稿) as it was last saved, for the person who typed it.
type SavedDraft struct {
	Body string // the form's fields as JSON, as typed
	At   int64
}

func scanDraft(s sqldb.Scanner) (d SavedDraft, err error) { return d, s.Scan(&d.Body, &d.At) }
