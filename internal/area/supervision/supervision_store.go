package supervision

import "duban/internal/base/sqldb"

var (
	nextNumber = sqldb.SQL("supervision.nextNumber", `
INSERT INTO supervision_number (region_id, kind, year, last) VALUES ($1, $2, $3, 1)
ON CONFLICT (region_id, kind, year) DO UPDATE SET last = supervision_number.last + 1
RETURNING last`)
	insertStep = sqldb.SQL("supervision.insertStep", `
INSERT INTO supervision_step (region_id, id, subject_kind, subject_id, verb, text, person_id, unit_id, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	selectSteps = sqldb.SQL("supervision.selectSteps", `
SELECT id, verb, text, person_id, unit_id, at
FROM supervision_step
WHERE region_id = $1 AND subject_kind = $2 AND subject_id = $3
ORDER BY id`)
)

func scanStep(s sqldb.Scanner) (x Step, err error) {
	return x, s.Scan(&x.ID, &x.Verb, &x.Text, &x.PersonID, &x.UnitID, &x.At)
}
