package task

import (
	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
)

// selectPast reads the six tables that hold what a task has been through in one statement: a page of one task costs one statement and not six. Each
// part has its columns in its own order; what it has no use for is 0 or ”.
var selectPast = sqldb.SQL("task.selectPast", `
SELECT 'support' AS part, unit_id AS a, 0 AS b, 0 AS c, 0 AS d, 0 AS e, 0 AS f, 0 AS g, 0 AS h, 0 AS i, 0 AS j, 0 AS k,
  '' AS s, '' AS t, '' AS u, '' AS v, '' AS w, '' AS x, '' AS y, '' AS z, '' AS q
FROM task_support WHERE region_id = $1 AND task_id = $2
UNION ALL
SELECT 'baseline', id, revision, lead_unit_id, weight_x100, plan_revision, adjustment_id, at, 0, 0, 0, 0,
  title, standard, support, deadline_on, milestones, '', '', '', ''
FROM task_baseline WHERE region_id = $1 AND task_id = $2
UNION ALL
SELECT 'milestone', no, weight_x100, verified_by, claimed_by, 0, 0, 0, 0, 0, 0, 0,
  title, due_on, done_on, claimed_on, claim_note, '', '', '', ''
FROM task_milestone WHERE region_id = $1 AND task_id = $2
UNION ALL
SELECT 'light', id, unit_id, policy_id, policy_revision, CASE WHEN made_up THEN 1 ELSE 0 END, at, 0, 0, 0, 0, 0,
  period, light, rule, numbers, '', '', '', '', ''
FROM task_light WHERE region_id = $1 AND task_id = $2
UNION ALL
SELECT 'account', id, unit_id, value_x10000, before_x10000, CASE WHEN cut THEN 1 ELSE 0 END, help_unit_id, CASE WHEN late THEN 1 ELSE 0 END,
  submitted_at, submitted_by, withdrawn_at, version,
  period, cut_reason, progress, blocker, blocker_kind, help, next_step, due_on, state
FROM task_account WHERE region_id = $1 AND task_id = $2
UNION ALL
SELECT 'adjustment', id, unit_id, proposed_by, proposed_at, decided_by, decided_at, version, 0, 0, 0, 0,
  state, reason, doc_no, wanted, decision, '', '', '', ''
FROM task_adjustment WHERE region_id = $1 AND task_id = $2`)

var (
	selectClosed = sqldb.SQL("task.selectClosed", `
SELECT period FROM task_light WHERE region_id = $1 AND period >= $2 AND period <= $3 ORDER BY period DESC LIMIT 1`)
	// CROSS JOIN keeps SQLite to the order written: from the few that were red or amber to what became of them.
	selectBetter = sqldb.SQL("task.selectBetter", `
SELECT l.task_id, l.unit_id, l.light, t.title, t.lead_unit_id
FROM task_light b
CROSS JOIN task_light l
CROSS JOIN task_task t
WHERE b.region_id = $1 AND b.period = $3 AND b.light IN ('red', 'amber')
  AND l.region_id = $1 AND l.task_id = b.task_id AND l.period = $2 AND l.light IN ('green', 'done')
  AND t.region_id = $1 AND t.id = b.task_id
ORDER BY b.task_id
LIMIT $4`)
)

// selectClosedCounts counts the lights of a closed month by who opened the task and who leads it.
var selectClosedCounts = sqldb.SQL("task.selectClosedCounts", `
SELECT t.origin_id, l.unit_id, l.light, COUNT(*)
FROM task_light l
JOIN task_task t ON t.region_id = l.region_id AND t.id = l.task_id
WHERE l.region_id = $1 AND l.period = $2
GROUP BY t.origin_id, l.unit_id, l.light
ORDER BY t.origin_id, l.unit_id, l.light`)

// ClosedCount is how many tasks of one origin and unit a closed month gave one light.
type ClosedCount struct {
	Origin, Unit int64
	Light        Light
	N            int64
}

func scanClosedCount(s sqldb.Scanner) (c ClosedCount, err error) {
	return c, s.Scan(&c.Origin, &c.Unit, &c.Light, &c.N)
}

func scanBetter(s sqldb.Scanner) (b Better, err error) {
	return b, s.Scan(&b.TaskID, &b.UnitID, &b.Light, &b.Title, &b.lead)
}

type pastRow struct {
	part string
	n    [11]int64
	s    [9]string
}

func scanPast(s sqldb.Scanner) (r pastRow, err error) {
	n, t := &r.n, &r.s
	return r, s.Scan(&r.part, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &n[8], &n[9], &n[10],
		&t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7], &t[8])
}

// add puts a row where it belongs.
func (p *Past) add(taskID int64, r pastRow) (err error) {
	n, t := r.n, r.s
	switch r.part {
	case "support":
		p.Support = append(p.Support, n[0])
	case "baseline":
		b := Baseline{ID: n[0], TaskID: taskID, Revision: n[1], Title: t[0], Standard: t[1], LeadUnit: n[2], Support: splitIDs(t[2]), Deadline: t[3], Weight: n[3],
			PlanRevision: n[4], AdjustmentID: n[5], At: n[6]}
		b.Milestones, err = decodeMilestones(t[4])
		p.Baselines = append(p.Baselines, b)
	case "milestone":
		p.Milestones = append(p.Milestones, Milestone{No: n[0], Title: t[0], DueOn: t[1], Weight: n[1], DoneOn: t[2], Verifier: n[2],
			ClaimedBy: n[3], ClaimedOn: t[3], ClaimNote: t[4]})
	case "light":
		p.Lights = append(p.Lights, Month{ID: n[0], TaskID: taskID, UnitID: n[1], Period: t[0], Light: Light(t[1]), Rule: t[2], Numbers: t[3],
			PolicyID: n[2], PolicyRevision: n[3], MadeUp: n[4] == 1, At: n[5]})
	case "account":
		p.Accounts = append(p.Accounts, Account{ID: n[0], TaskID: taskID, UnitID: n[1], Period: period.Month(t[0]), Value: amount.Scaled(n[2]), Before: amount.Scaled(n[3]),
			Cut: n[4] == 1, CutReason: t[1], Progress: t[2], Blocker: t[3], BlockerKind: t[4], Help: t[5], HelpUnit: n[5], NextStep: t[6], Late: n[6] == 1, DueOn: t[7],
			State: AccountState(t[8]), SubmittedAt: n[7], SubmittedBy: n[8], WithdrawnAt: n[9], Version: n[10]})
	case "adjustment":
		a := Adjustment{ID: n[0], TaskID: taskID, UnitID: n[1], State: AdjustmentState(t[0]), Reason: t[1], DocNo: t[2], ProposedBy: n[2], ProposedAt: n[3],
			DecidedBy: n[4], DecidedAt: n[5], Decision: t[4], Version: n[6]}
		a.Wanted, err = decodeWanted(t[3])
		p.Adjustments = append(p.Adjustments, a)
	}
	return err
}
