package task

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"duban/internal/base/period"
	"duban/internal/base/sqldb"
)

const taskColumns = `t.id, t.no, t.title, t.standard, t.origin_kind, t.origin_id, t.lead_unit_id, t.owner_post_id, t.leader_post_id, t.indicator_id,
  t.deadline_on, t.deadline_text, t.weight_x100, t.revision, t.state, t.opened_at, t.completed_at, t.closed_at, t.batch_id, t.version,
  t.light, t.light_why, t.as_of, t.done_x10000, t.done_kind, t.pace_x10000, t.lead_x100, t.days_late, t.blocker`

var (
	insertTask = sqldb.SQL("task.insertTask", `
INSERT INTO task_task (region_id, id, no, title, standard, origin_kind, origin_id, lead_unit_id, owner_post_id, leader_post_id, indicator_id,
  deadline_on, deadline_text, weight_x100, state, opened_at, batch_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`)
	insertSupport = sqldb.SQL("task.insertSupport", `
INSERT INTO task_support (region_id, task_id, unit_id) VALUES ($1, $2, $3)
ON CONFLICT (region_id, task_id, unit_id) DO NOTHING`)
	deleteSupport = sqldb.SQL("task.deleteSupport", `DELETE FROM task_support WHERE region_id = $1 AND task_id = $2`)
	selectSupport = sqldb.SQL("task.selectSupport", `
SELECT unit_id FROM task_support WHERE region_id = $1 AND task_id = $2 ORDER BY unit_id`)
	selectSupportAll = sqldb.SQL("task.selectSupportAll", `
SELECT task_id, unit_id FROM task_support WHERE region_id = $1 ORDER BY task_id, unit_id`)

	insertMilestone = sqldb.SQL("task.insertMilestone", `
INSERT INTO task_milestone (region_id, task_id, no, title, due_on, weight_x100, done_on, verified_by, claimed_on, claimed_by, claim_note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)
	deleteMilestones = sqldb.SQL("task.deleteMilestones", `DELETE FROM task_milestone WHERE region_id = $1 AND task_id = $2`)
	setMilestone     = sqldb.SQL("task.setMilestone", `
UPDATE task_milestone SET done_on = $4, verified_by = $5, claimed_on = $6, claimed_by = $7, claim_note = $8
WHERE region_id = $1 AND task_id = $2 AND no = $3`)
	selectMilestones = sqldb.SQL("task.selectMilestones", `
SELECT task_id, no, title, due_on, weight_x100, done_on, verified_by, claimed_on, claimed_by, claim_note
FROM task_milestone WHERE region_id = $1 AND task_id = $2 ORDER BY no`)
	selectMilestonesAll = sqldb.SQL("task.selectMilestonesAll", `
SELECT task_id, no, title, due_on, weight_x100, done_on, verified_by, claimed_on, claimed_by, claim_note
FROM task_milestone WHERE region_id = $1 ORDER BY task_id, no`)
	insertBaseline = sqldb.SQL("task.insertBaseline", `
INSERT INTO task_baseline (region_id, id, task_id, revision, title, standard, lead_unit_id, support, deadline_on, weight_x100, milestones, plan_revision, adjustment_id, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`)
	selectBaselines = sqldb.SQL("task.selectBaselines", `
SELECT id, task_id, revision, title, standard, lead_unit_id, support, deadline_on, weight_x100, milestones, plan_revision, adjustment_id, at
FROM task_baseline WHERE region_id = $1 AND task_id = $2 ORDER BY revision`)
	selectBaselinesAll = sqldb.SQL("task.selectBaselinesAll", `
SELECT id, task_id, revision, title, standard, lead_unit_id, support, deadline_on, weight_x100, milestones, plan_revision, adjustment_id, at
FROM task_baseline WHERE region_id = $1 ORDER BY id`)
	deleteBaselines = sqldb.SQL("task.deleteBaselines", `DELETE FROM task_baseline WHERE region_id = $1 AND task_id = $2`)
	deleteTask      = sqldb.SQL("task.deleteTask", `DELETE FROM task_task WHERE region_id = $1 AND id = $2`)

	selectTask = sqldb.SQL("task.selectTask", `SELECT `+taskColumns+` FROM task_task t WHERE t.region_id = $1 AND t.id = $2`)
	lockTask   = sqldb.SQL("task.lockTask", `
UPDATE task_task SET version = version + 1 WHERE region_id = $1 AND id = $2 RETURNING `+strings.ReplaceAll(taskColumns, "t.", ""))  // SQLite knows no alias in RETURNING
	listTasks = sqldb.Select("task.listTasks", `
SELECT `+taskColumns+`
FROM task_task t
WHERE t.region_id = ?`, `ORDER BY t.light_rank, t.id
LIMIT ?`,
		`t.lead_unit_id = ?`, `t.origin_kind = ? AND t.origin_id = ?`, `t.light = ?`, `t.light_rank <= ?`, `t.state = ?`, `t.batch_id = ?`,
		`(t.light_rank, t.id) > (?, ?)`, `t.deadline_on <> '' AND t.deadline_on <= ?`, `t.deadline_on >= ?`, `t.leader_post_id = ?`,
		`EXISTS (SELECT 1 FROM task_support s WHERE s.region_id = t.region_id AND s.task_id = t.id AND s.unit_id = ?)`)
	countTasks = sqldb.Select("task.countTasks", `
SELECT t.light_rank, COUNT(*)
FROM task_task t
WHERE t.region_id = ?`, `GROUP BY t.light_rank`, // by the rank, in whose order there are indexes
		`t.lead_unit_id = ?`, `t.origin_kind = ? AND t.origin_id = ?`, `t.leader_post_id = ?`)
	setStanding = sqldb.SQL("task.setStanding", `
UPDATE task_task
SET light = $3, light_rank = $4, light_why = $5, as_of = $6, done_x10000 = $7, done_kind = $8, pace_x10000 = $9, lead_x100 = $10, days_late = $11, blocker = $12
WHERE region_id = $1 AND id = $2`)
	setSameLight = sqldb.SQL("task.setSameLight", `
UPDATE task_task
SET light_why = $3, as_of = $4, done_x10000 = $5, done_kind = $6, pace_x10000 = $7, lead_x100 = $8, days_late = $9, blocker = $10
WHERE region_id = $1 AND id = $2`)
	// setStandingOf changes nothing if the task was taken hold of since it was read.
	setStandingOf = sqldb.SQL("task.setStandingOf", `
UPDATE task_task
SET light = $3, light_rank = $4, light_why = $5, as_of = $6, done_x10000 = $7, done_kind = $8, pace_x10000 = $9, lead_x100 = $10, days_late = $11, blocker = $12
WHERE region_id = $1 AND id = $2 AND version = $13`)
	setState = sqldb.SQL("task.setState", `
UPDATE task_task
SET state = $3, completed_at = $4, closed_at = $5
WHERE region_id = $1 AND id = $2`)
	setTerms = sqldb.SQL("task.setTerms", `
UPDATE task_task
SET deadline_on = $3, weight_x100 = $4, revision = $5
WHERE region_id = $1 AND id = $2`)

	insertPolicy = sqldb.SQL("task.insertPolicy", `
INSERT INTO task_policy (region_id, id, name, revision, body, doc_no, from_month, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	selectPolicies = sqldb.SQL("task.selectPolicies", `
SELECT id, revision, body, doc_no, from_month FROM task_policy WHERE region_id = $1 ORDER BY revision`)

	insertLight = sqldb.SQL("task.insertLight", `
INSERT INTO task_light (region_id, id, task_id, unit_id, period, light, rule, numbers, policy_id, policy_revision, made_up, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`)
	remakeLight = sqldb.SQL("task.remakeLight", `
UPDATE task_light
SET light = $4, rule = $5, numbers = $6, made_up = TRUE
WHERE region_id = $1 AND task_id = $2 AND period = $3`)
	selectLights = sqldb.SQL("task.selectLights", `
SELECT id, task_id, unit_id, period, light, rule, numbers, policy_id, policy_revision, made_up, at
FROM task_light WHERE region_id = $1 AND task_id = $2 ORDER BY period`)
	selectLightsMonth = sqldb.SQL("task.selectLightsMonth", `
SELECT id, task_id, unit_id, period, light, rule, numbers, policy_id, policy_revision, made_up, at
FROM task_light WHERE region_id = $1 AND period = $2`)  // ordered by task SQLite would read the lights of every month
	selectLightsSince = sqldb.SQL("task.selectLightsSince", `
SELECT id, task_id, unit_id, period, light, rule, numbers, policy_id, policy_revision, made_up, at
FROM task_light WHERE region_id = $1 AND period >= $2 AND period <= $3 ORDER BY task_id, period`)
	selectLightsAll = sqldb.SQL("task.selectLightsAll", `
SELECT id, task_id, unit_id, period, light, rule, numbers, policy_id, policy_revision, made_up, at
FROM task_light WHERE region_id = $1 ORDER BY id`)
)

func scanTask(s sqldb.Scanner) (t Task, err error) {
	d := &t.Standing
	return t, s.Scan(&t.ID, &t.No, &t.Title, &t.Standard, &t.Origin.Kind, &t.Origin.ID, &t.LeadUnit, &t.Owner, &t.Leader, &t.IndicatorID,
		&t.Deadline, &t.DeadlineText, &t.Weight, &t.Revision, &t.State, &t.OpenedAt, &t.CompletedAt, &t.ClosedAt, &t.BatchID, &t.Version,
		&d.Light, &d.Why, &d.AsOf, &d.Done, &d.DoneKind, &d.Pace, &d.Lead, &d.DaysLate, &d.Blocker)
}

type milestoneRow struct {
	taskID int64
	Milestone
}

type supportRow struct{ task, unit int64 }

func scanSupport(s sqldb.Scanner) (r supportRow, err error) { return r, s.Scan(&r.task, &r.unit) }

func scanMilestone(s sqldb.Scanner) (m milestoneRow, err error) {
	return m, s.Scan(&m.taskID, &m.No, &m.Title, &m.DueOn, &m.Weight, &m.DoneOn, &m.Verifier, &m.ClaimedOn, &m.ClaimedBy, &m.ClaimNote)
}

func scanBaseline(s sqldb.Scanner) (b Baseline, err error) {
	var support, milestones string
	if err := s.Scan(&b.ID, &b.TaskID, &b.Revision, &b.Title, &b.Standard, &b.LeadUnit, &support, &b.Deadline, &b.Weight, &milestones, &b.PlanRevision, &b.AdjustmentID, &b.At); err != nil {
		return b, err
	}
	b.Support = splitIDs(support)
	b.Milestones, err = decodeMilestones(milestones)
	return b, err
}

// tasksWatch moves with every task that is opened, judged anew or adjusted.
var tasksWatch = sqldb.Watching("task_task")

// closedWatch moves when a month is closed or an account is made up, and when a task is opened, adjusted or discarded.
var closedWatch = sqldb.Watching("task_light", "task_baseline")

type lightCount struct {
	light Light
	n     int64
}

func scanCount(s sqldb.Scanner) (c lightCount, err error) {
	var rank int
	if err := s.Scan(&rank, &c.n); err != nil {
		return c, err
	}
	if rank < 0 || rank >= len(Lights) {
		return c, fmt.Errorf("a task of rank %d", rank)
	}
	c.light = Lights[rank]
	return c, nil
}

// Month is the light of a closed month.
type Month struct {
	ID, TaskID, UnitID int64
	Period             string
	Light              Light
	Rule               string
	Numbers            string
	PolicyID           int64
	PolicyRevision     int64
	MadeUp             bool
	At                 int64
}

func (m Month) sealed() any {
	return struct {
		Task    int64  `json:"task,string"`
		Unit    int64  `json:"unit,string"`
		Period  string `json:"period"`
		Light   Light  `json:"light"`
		Rule    string `json:"rule"`
		Numbers string `json:"numbers"`
		Policy  int64  `json:"policy_revision"`
		MadeUp  bool   `json:"made_up"`
	}{m.TaskID, m.UnitID, m.Period, m.Light, m.Rule, m.Numbers, m.PolicyRevision, m.MadeUp}
}

func scanLight(s sqldb.Scanner) (m Month, err error) {
	return m, s.Scan(&m.ID, &m.TaskID, &m.UnitID, &m.Period, &m.Light, &m.Rule, &m.Numbers, &m.PolicyID, &m.PolicyRevision, &m.MadeUp, &m.At)
}

// policyBodies holds decoded policies by their text, which never changes: a report is judged by them while other writers wait.
var policyBodies sync.Map

func scanPolicy(s sqldb.Scanner) (p Policy, err error) {
	var body string
	var id, revision int64
	var docNo, from string
	if err := s.Scan(&id, &revision, &body, &docNo, &from); err != nil {
		return p, err
	}
	if known, ok := policyBodies.Load(body); ok {
		p = known.(Policy)
	} else if err = json.Unmarshal([]byte(body), &p); err == nil {
		policyBodies.Store(body, p)
	}
	p.ID, p.Revision, p.DocNo, p.FromMonth = id, revision, docNo, period.Month(from)
	return p, err
}
