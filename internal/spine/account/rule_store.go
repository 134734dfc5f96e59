package account

import (
	"time"

	"duban/internal/base/sqldb"
)

var (
	selectRule = sqldb.SQL("account.selectRule", `
SELECT factor_admins, set_by, set_at, version
FROM account_rule
WHERE region_id = $1`)
	insertRule = sqldb.SQL("account.insertRule", `
INSERT INTO account_rule (region_id, factor_admins, set_by, set_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (region_id) DO NOTHING`)
	updateRule = sqldb.SQL("account.updateRule", `
UPDATE account_rule
SET factor_admins = $2, set_by = $3, set_at = $4, version = version + 1
WHERE region_id = $1 AND version = $5`)
)

func scanRule(s sqldb.Scanner) (r Rule, err error) {
	var at int64
	err = s.Scan(&r.FactorAdmins, &r.SetBy, &at, &r.Version)
	r.SetAt = time.UnixMilli(at)
	return r, err
}
