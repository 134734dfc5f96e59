package task

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"duban/internal/base/sqldb"
)

// CheckTerms compares what tasks are held to today (完成标准, 配合单位, 节点) with the sealed baseline in force (现行), of which these rows are copies, and
// returns a sentence for every difference.
func CheckTerms(ctx context.Context, tx *sqldb.Tx, regionID int64) (bad []string, err error) {
	bases, err := sqldb.All(ctx, tx, selectBaselinesAll, scanBaseline, regionID)
	if err != nil {
		return nil, err
	}
	now := map[int64]Baseline{}
	for _, b := range bases {
		if b.Revision > now[b.TaskID].Revision {
			now[b.TaskID] = b
		}
	}
	tasks, err := List(ctx, tx, regionID, Filter{})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(tasks, func(a, b Task) int { return cmp.Compare(a.ID, b.ID) })
	ms, err := MilestonesAll(ctx, tx, regionID)
	if err != nil {
		return nil, err
	}
	rows, err := sqldb.All(ctx, tx, selectSupportAll, scanSupport, regionID)
	if err != nil {
		return nil, err
	}
	support := map[int64][]int64{}
	for _, r := range rows {
		support[r.task] = append(support[r.task], r.unit)
	}
	for _, t := range tasks {
		b, ok := now[t.ID]
		differs := func(what string) {
			bad = append(bad, fmt.Sprintf("task.task:%d “%s”的%s与它的现行基准（第 %d 版）不一致。", t.ID, t.Title, what, b.Revision))
		}
		if !ok || b.Revision != t.Revision {
			differs("基准版次")
			continue
		}
		if t.Standard != b.Standard {
			differs("完成标准")
		}
		slices.Sort(b.Support)
		if !slices.Equal(slices.Compact(b.Support), support[t.ID]) {
			differs("配合单位")
		}
		if !slices.EqualFunc(ms[t.ID], b.Milestones, func(x, y Milestone) bool {
			return x.No == y.No && x.Title == y.Title && x.DueOn == y.DueOn && x.Weight == y.Weight
		}) {
			differs("节点")
		}
	}
	return bad, nil
}
