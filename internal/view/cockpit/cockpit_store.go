package cockpit

import (
	"duban/internal/base/sqldb"
	"duban/internal/spine/task"
)

var (
	upsertCell = sqldb.SQL("cockpit.upsertCell", `
INSERT INTO cockpit_cell (region_id, origin_id, unit_id, red, missing, amber, hold, green, not_due, done, days_late, worst_task_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (region_id, origin_id, unit_id) DO UPDATE SET red = excluded.red, missing = excluded.missing, amber = excluded.amber, hold = excluded.hold,
  green = excluded.green, not_due = excluded.not_due, done = excluded.done, days_late = excluded.days_late, worst_task_id = excluded.worst_task_id`)
	deleteCell = sqldb.SQL("cockpit.deleteCell", `DELETE FROM cockpit_cell WHERE region_id = $1 AND origin_id = $2 AND unit_id = $3`)
	listCells  = sqldb.Select("cockpit.listCells", `
SELECT origin_id, unit_id, red, missing, amber, hold, green, not_due, done, days_late, worst_task_id
FROM cockpit_cell WHERE region_id = ?`, `ORDER BY origin_id, unit_id`, `unit_id = ?`, `origin_id = ?`)
	upsertMonth = sqldb.SQL("cockpit.upsertMonth", `
INSERT INTO cockpit_month (region_id, origin_id, unit_id, period, weight, best_x10000, reported_x10000, pace_x10000, verified, filed, expected)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (region_id, origin_id, unit_id, period) DO UPDATE SET weight = excluded.weight, best_x10000 = excluded.best_x10000,
  reported_x10000 = excluded.reported_x10000, pace_x10000 = excluded.pace_x10000, verified = excluded.verified, filed = excluded.filed, expected = excluded.expected`)
	deleteMonths = sqldb.SQL("cockpit.deleteMonths", `DELETE FROM cockpit_month WHERE region_id = $1 AND origin_id = $2 AND unit_id = $3`)
	listMonths   = sqldb.Select("cockpit.listMonths", `
SELECT origin_id, unit_id, period, weight, best_x10000, reported_x10000, pace_x10000, verified, filed, expected
FROM cockpit_month WHERE region_id = ?`, `ORDER BY origin_id, unit_id, period`, `unit_id = ?`, `origin_id = ?`)
	sumMonths = sqldb.SQL("cockpit.sumMonths", `
SELECT origin_id, 0, period, CAST(SUM(weight) AS BIGINT), CAST(SUM(best_x10000) AS BIGINT), CAST(SUM(reported_x10000) AS BIGINT), CAST(SUM(pace_x10000) AS BIGINT),
  CAST(SUM(verified) AS BIGINT), CAST(SUM(filed) AS BIGINT), CAST(SUM(expected) AS BIGINT),
  (SELECT CAST(COALESCE(SUM(c.missing), 0) AS BIGINT) FROM cockpit_cell c WHERE c.region_id = $1)
FROM cockpit_month WHERE region_id = $1 GROUP BY origin_id, period ORDER BY origin_id, period`)
)

func scanCell(s sqldb.Scanner) (Cell, error) {
	c := Cell{Count: map[task.Light]int64{}}
	var n [7]int64
	err := s.Scan(&c.Campaign, &c.Unit, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &c.DaysLate, &c.Worst)
	for i, l := range task.Lights {
		if n[i] > 0 {
			c.Count[l] = n[i]
		}
	}
	return c, err
}

func scanMonth(s sqldb.Scanner) (m Month, err error) {
	return m, s.Scan(&m.Campaign, &m.Unit, &m.Period, &m.Weight, &m.Best, &m.Reported, &m.Pace, &m.Verified, &m.Filed, &m.Expected)
}
