package task

import (
	"context"

	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
)

// LightsOfOrigin returns the lights of closed months of every task that one record opened, by task and month: task, month, light and numbers.
func LightsOfOrigin(ctx context.Context, tx *sqldb.Tx, regionID int64, origin ref.Ref) ([]Month, error) {
	return sqldb.All(ctx, tx, selectLightsOrigin, scanLightOfOrigin, regionID, origin.Kind, origin.ID)
}

// MilestonesOfOrigin returns the milestones of every task that one record opened, by task.
func MilestonesOfOrigin(ctx context.Context, tx *sqldb.Tx, regionID int64, origin ref.Ref) (map[int64][]Milestone, error) {
	rows, err := sqldb.All(ctx, tx, selectMilestonesOrigin, scanMilestone, regionID, origin.Kind, origin.ID)
	return milestonesOf(rows), err
}
