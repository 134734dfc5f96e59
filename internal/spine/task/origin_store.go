package task

import "duban/internal/base/sqldb"

// selectLightsOrigin reads of each light what a campaign shows, and not what only the page of the task does.
var selectLightsOrigin = sqldb.SQL("task.selectLightsOrigin", `
SELECT task_id, period, light, numbers
FROM task_light
WHERE region_id = $1 AND task_id IN (SELECT t.id FROM task_task t WHERE t.region_id = $1 AND t.origin_kind = $2 AND t.origin_id = $3)
ORDER BY task_id, period`)

var selectMilestonesOrigin = sqldb.SQL("task.selectMilestonesOrigin", `
SELECT task_id, no, title, due_on, weight_x100, done_on, verified_by, claimed_on, claimed_by, claim_note
FROM task_milestone
WHERE region_id = $1 AND task_id IN (SELECT t.id FROM task_task t WHERE t.region_id = $1 AND t.origin_kind = $2 AND t.origin_id = $3)
ORDER BY task_id, no`)

func scanLightOfOrigin(s sqldb.Scanner) (m Month, err error) {
	return m, s.Scan(&m.TaskID, &m.Period, &m.Light, &m.Numbers)
}
