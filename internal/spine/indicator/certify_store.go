package indicator

import "duban/internal/base/sqldb"

var (
	lockIndicator = sqldb.SQL("indicator.lockIndicator", `UPDATE indicator_indicator SET revision = revision WHERE region_id = $1 AND id = $2`)
	selectReading = sqldb.SQL("indicator.selectReading", `
SELECT id, indicator_id, period, kind, value_x10000, void, note, source, entered_by, at
FROM indicator_reading
WHERE region_id = $1 AND id = $2`)
)
