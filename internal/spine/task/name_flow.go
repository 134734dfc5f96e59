package task

import (
	"context"

	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

// TaskNames names tasks as people call them: CS-07 农贸市场改造. The caller has asked who may see them.
func (s *Service) TaskNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	who, err := auth.From(ctx)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	out := map[int64]string{}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		for _, id := range ids {
			if out[id] != "" {
				continue
			}
			rows, err := sqldb.All(ctx, tx, selectNames, scanName, who.RegionID, id) // all of the unit: a page asks for many of the same
			if err != nil {
				return err
			}
			for _, r := range rows {
				out[r.id] = r.no + " " + r.title
			}
		}
		return nil
	})
	return out, err
}
