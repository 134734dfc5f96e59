package supervision

import "duban/internal/base/sqldb"

var countReceived = sqldb.SQL("supervision.countReceived", `
SELECT c.unit_id, COUNT(*)
FROM supervision_tour t
JOIN supervision_check c ON c.region_id = t.region_id AND c.tour_id = t.id
WHERE t.region_id = $1 AND t.month = $2
GROUP BY c.unit_id`)

type received struct{ unit, n int64 }

func scanReceived(s sqldb.Scanner) (r received, err error) { return r, s.Scan(&r.unit, &r.n) }
