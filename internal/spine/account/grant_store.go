package account

import (
	"time"

	"duban/internal/base/sqldb"
)

var (
	insertGrant = sqldb.SQL("account.insertGrant", `
INSERT INTO account_grant (region_id, id, person_id, role, reason, state, proposed_by, proposed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	decideGrant = sqldb.SQL("account.decideGrant", `
UPDATE account_grant
SET state = $4, decided_by = $5, decided_at = $6, note = $7, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $3 AND state = 'proposed'`)
	selectGrant = sqldb.SQL("account.selectGrant", `
SELECT id, person_id, role, reason, state, proposed_by, proposed_at, decided_by, decided_at, note, version
FROM account_grant
WHERE region_id = $1 AND id = $2`)
	selectGrants = sqldb.SQL("account.selectGrants", `
SELECT id, person_id, role, reason, state, proposed_by, proposed_at, decided_by, decided_at, note, version
FROM account_grant
WHERE region_id = $1
ORDER BY CASE WHEN state = 'proposed' THEN 0 ELSE 1 END, id DESC
LIMIT $2`)
)

func scanGrant(s sqldb.Scanner) (g Grant, err error) {
	var proposed, decided int64
	err = s.Scan(&g.ID, &g.PersonID, &g.Role, &g.Reason, &g.State, &g.ProposedBy, &proposed, &g.DecidedBy, &decided, &g.Note, &g.Version)
	g.ProposedAt = time.UnixMilli(proposed)
	if decided != 0 {
		g.DecidedAt = time.UnixMilli(decided)
	}
	return g, err
}
