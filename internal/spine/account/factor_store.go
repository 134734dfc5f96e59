package account

import "duban/internal/base/sqldb"

var (
	upsertFactor = sqldb.SQL("account.upsertFactor", `
INSERT INTO account_factor (region_id, person_id, secret) VALUES ($1, $2, $3)
ON CONFLICT (region_id, person_id) DO UPDATE SET secret = excluded.secret, last_step = 0
WHERE account_factor.confirmed = FALSE`)
	selectFactor = sqldb.SQL("account.selectFactor", `
SELECT secret, confirmed, last_step
FROM account_factor
WHERE region_id = $1 AND person_id = $2`)
	useFactor = sqldb.SQL("account.useFactor", `
UPDATE account_factor
SET last_step = $3, confirmed = TRUE
WHERE region_id = $1 AND person_id = $2 AND last_step < $3`)
	deleteFactor = sqldb.SQL("account.deleteFactor", `
DELETE FROM account_factor
WHERE region_id = $1 AND person_id = $2`)
)

type factor struct {
	secret    string
	confirmed bool
	last      int64
}

func scanFactor(s sqldb.Scanner) (f factor, err error) {
	return f, s.Scan(&f.secret, &f.confirmed, &f.last)
}
