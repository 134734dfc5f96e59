package supervision

import (
	"context"

	"duban/internal/base/period"
	"duban/internal/base/sqldb"
)

// ChecksReceived counts how often each unit was looked at by the tours of a month: what the burden account (减负账本) shows beside
// returns and minutes.
func ChecksReceived(ctx context.Context, tx *sqldb.Tx, regionID int64, m period.Month) (map[int64]int64, error) {
	rows, err := sqldb.All(ctx, tx, countReceived, scanReceived, regionID, string(m))
	out := map[int64]int64{}
	for _, r := range rows {
		out[r.unit] = r.n
	}
	return out, err
}
