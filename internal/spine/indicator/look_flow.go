package indicator

import (
	"cmp"
	"context"
	"slices"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

// The permissions of reading: the offices look at the values of all units; the trail of one indicator is read by the unit that owes it and by its data source too.
var (
	MayRead  = auth.Permit("indicator.value.read", "查看全区指标数据", auth.Leader, auth.Supervisor, auth.Appraiser, auth.Auditor)
	MayTrace = auth.Permit("indicator.reading.read", "查看指标数据经过", auth.Everyone...)
)

// Sourced returns the indicators whose data source is the actor's unit, or a unit below it, with all their months, by task number.
func (s *Service) Sourced(ctx context.Context) (out []Line, err error) {
	who, err := auth.Require(ctx, MayCertify)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		var sheets []Sheet
		seen := map[int64]bool{}
		for _, u := range append([]int64{who.UnitID}, who.Units...) {
			if u == 0 || seen[u] {
				continue
			}
			seen[u] = true
			list, err := SheetsBySource(ctx, tx, who.RegionID, u)
			if err != nil {
				return err
			}
			for _, h := range list {
				sheets = append(sheets, h)
			}
		}
		out, err = s.lines(ctx, tx, who.RegionID, sheets)
		return err
	})
	slices.SortFunc(out, func(a, b Line) int { return cmp.Or(cmp.Compare(a.Owner.No, b.Owner.No), cmp.Compare(a.ID, b.ID)) })
	return out, err
}

// lines gives sheets their months and their owners.
func (s *Service) lines(ctx context.Context, tx *sqldb.Tx, regionID int64, sheets []Sheet) ([]Line, error) {
	var ids []int64
	for _, h := range sheets {
		ids = append(ids, h.ID)
	}
	values, err := HistoryIn(ctx, tx, regionID, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Line, len(sheets))
	for i, h := range sheets {
		out[i] = Line{Sheet: h, Values: values[h.ID]}
	}
	return out, s.name(ctx, tx, regionID, out)
}

func (s *Service) name(ctx context.Context, tx *sqldb.Tx, regionID int64, lines []Line) error {
	if s.owners == nil || len(lines) == 0 {
		return nil
	}
	sheets := make([]Sheet, len(lines))
	for i, l := range lines {
		sheets[i] = l.Sheet
	}
	names, err := s.owners(ctx, tx, regionID, sheets)
	for i := range lines {
		lines[i].Owner = names[lines[i].ID]
	}
	return err
}

// ListFilter chooses indicators of a month.
type ListFilter struct {
	Month    period.Month
	Unit     int64 // who owes it
	Source   int64 // who certifies it
	Gap      Gap
	From, To int // which of those that match are returned, as a slice of them
}

// List is a page of the indicators of a month.
type List struct {
	Lines    []Line // with the values of that month only
	All      int    // with unit and source, whatever the gap
	Matching int    // with the gap as well
	Gaps     map[Gap]int
}

// Indicators returns the indicators that count in a month, with their three values, for the offices. What supervision counts by itself
// (督查发现问题数、督查销号问题数) is left out: nobody enters it.
func (s *Service) Indicators(ctx context.Context, f ListFilter) (out List, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return out, err
	}
	if !f.Month.Valid() {
		return out, errs.At("m", "月份不对，请写成 2017-03 这样。")
	}
	out.Gaps = map[Gap]int{}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		sheets, err := sqldb.Rows(ctx, tx, listSheet.With(who.RegionID).If(f.Unit != 0, "i.unit_id = ?", f.Unit).If(f.Source != 0, "i.source_unit_id = ?", f.Source), scanSheet)
		if err != nil {
			return err
		}
		values, err := Month(ctx, tx, who.RegionID, f.Month)
		if err != nil {
			return err
		}
		for _, h := range sheets {
			if f.Month < h.Plan.From || h.Name == FindingsFound || h.Name == FindingsClosed {
				continue
			}
			l := Line{Sheet: h}
			if v, ok := values[h.ID]; ok {
				l.Values = []Value{v}
			}
			g := l.Gap(f.Month)
			out.All++
			out.Gaps[g]++
			if f.Gap != NoGap && g != f.Gap {
				continue
			}
			if out.Matching >= f.From && out.Matching < f.To {
				out.Lines = append(out.Lines, l)
			}
			out.Matching++
		}
		return s.name(ctx, tx, who.RegionID, out.Lines)
	})
	return out, err
}

// Trail is everything that was ever entered for one indicator.
type Trail struct {
	Line
	Readings []Reading // newest first, corrections and withdrawals included
	Mine     bool      // the actor may certify it
}

// TrailOf returns the trail of an indicator: for the offices, for the unit that owes it and for its data source. For others it does not exist.
func (s *Service) TrailOf(ctx context.Context, indicatorID int64) (out Trail, err error) {
	who, err := auth.Require(ctx, MayTrace)
	if err != nil {
		return out, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		h, err := Get(ctx, tx, who.RegionID, indicatorID)
		if err != nil {
			return err
		}
		out.Mine = who.May(MayCertify) && who.InUnit(h.SourceUnitID)
		if !out.Mine {
			if err := who.MaySee(h.UnitID); err != nil {
				return err
			}
		}
		list, err := s.lines(ctx, tx, who.RegionID, []Sheet{h})
		if err != nil {
			return err
		}
		out.Line = list[0]
		out.Readings, err = Readings(ctx, tx, who.RegionID, indicatorID)
		slices.Reverse(out.Readings)
		return err
	})
	return out, err
}
