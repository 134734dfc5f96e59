package task

import "duban/internal/base/sqldb"

var selectLightsOrigin = sqldb.SQL("task.selectLightsOrigin", `
SELECT l.id, l.task_id, l.unit_id, l.period, l.light, l.rule, l.numbers, l.policy_id, l.policy_revision, l.made_up, l.at
FROM task_task t
JOIN task_light l ON l.region_id = t.region_id AND l.task_id = t.id
WHERE t.region_id = $1 AND t.origin_kind = $2 AND t.origin_id = $3
ORDER BY l.task_id, l.period`)
