package receipt

import "duban/internal/base/sqldb"

var (
	insertKey = sqldb.SQL("receipt.insertKey", `
INSERT INTO receipt_key (region_id, person_id, key, act, at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (region_id, person_id, key) DO NOTHING`)
	selectKey = sqldb.SQL("receipt.selectKey", `
SELECT act, result FROM receipt_key WHERE region_id = $1 AND person_id = $2 AND key = $3`)
	updateKey = sqldb.SQL("receipt.updateKey", `
UPDATE receipt_key SET result = $4 WHERE region_id = $1 AND person_id = $2 AND key = $3`)
)

type row struct{ act, result string }

func scanKey(s sqldb.Scanner) (r row, err error) { return r, s.Scan(&r.act, &r.result) }
