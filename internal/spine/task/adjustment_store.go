package task

import (
	"encoding/json"

	"duban/internal/base/sqldb"
)

const adjustmentColumns = `id, task_id, unit_id, state, reason, doc_no, wanted, proposed_by, proposed_at, decided_by, decided_at, decision, version`

var (
	insertAdjustment = sqldb.SQL("task.insertAdjustment", `
INSERT INTO task_adjustment (region_id, id, task_id, unit_id, state, reason, doc_no, wanted, proposed_by, proposed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	decideAdjustment = sqldb.SQL("task.decideAdjustment", `
UPDATE task_adjustment
SET state = $3, decided_by = $4, decided_at = $5, decision = $6, doc_no = $7, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $8 AND state = 'proposed'`)
	selectAdjustment = sqldb.SQL("task.selectAdjustment", `
SELECT `+adjustmentColumns+` FROM task_adjustment WHERE region_id = $1 AND id = $2`)
	listAdjustments = sqldb.Select("task.listAdjustments", `
SELECT `+adjustmentColumns+` FROM task_adjustment WHERE region_id = ?`, `ORDER BY id DESC
LIMIT ?`, `task_id = ?`, `state = ?`, `unit_id = ?`)
	selectAdjustmentsAll = sqldb.SQL("task.selectAdjustmentsAll", `
SELECT `+adjustmentColumns+` FROM task_adjustment WHERE region_id = $1 ORDER BY id`)
)

func scanAdjustment(s sqldb.Scanner) (a Adjustment, err error) {
	var wanted string
	if err := s.Scan(&a.ID, &a.TaskID, &a.UnitID, &a.State, &a.Reason, &a.DocNo, &wanted, &a.ProposedBy, &a.ProposedAt, &a.DecidedBy, &a.DecidedAt, &a.Decision, &a.Version); err != nil {
		return a, err
	}
	a.Wanted, err = decodeWanted(wanted)
	return a, err
}

func decodeWanted(s string) (w Wanted, err error) { return w, json.Unmarshal([]byte(s), &w) }
