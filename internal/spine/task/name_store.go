package task

import "duban/internal/base/sqldb"

var selectNames = sqldb.SQL("task.selectNames", `
SELECT id, no, title
FROM task_task
WHERE region_id = $1 AND lead_unit_id = (SELECT lead_unit_id FROM task_task WHERE region_id = $1 AND id = $2)`)

type nameRow struct {
	id        int64
	no, title string
}

func scanName(s sqldb.Scanner) (r nameRow, err error) { return r, s.Scan(&r.id, &r.no, &r.title) }
