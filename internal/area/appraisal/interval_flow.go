package appraisal

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
)

func digits(n int) string { return strconv.Itoa(n) }

// drawn keeps the intervals of boards, which never change: a board is sealed and so is its seed.
var drawn = struct {
	sync.Mutex
	of map[boardKey]Sureness
}{of: map[boardKey]Sureness{}}

type boardKey struct {
	db    *sqldb.DB
	board int64
}

// maxDrawn bounds the memory: some years of boards.
const maxDrawn = 200

// SureOf says how sure the places of a round's groups are, by board; revision 0 is the one in force. Offices and leaders see every unit,
// a unit itself only, and its group once scores are published. Errors: NotFound.
func (s *Service) SureOf(ctx context.Context, roundID, revision int64) (out map[int64]Sureness, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	out = map[int64]Sureness{}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		r, err := sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, roundID)
		if err != nil {
			return err
		}
		if !who.Overseer() && !r.State.Reached(Confirmed) {
			if who.Has(auth.Source) {
				return nil
			}
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		rev := revision
		if rev == 0 {
			rev = r.Revision
		}
		list, err := sqldb.All(ctx, tx, selectBoards, scanBoard, who.RegionID, r.ID, rev)
		if err != nil {
			return err
		}
		for _, b := range list {
			all, err := s.sure(ctx, tx, who.RegionID, r, b)
			if err != nil {
				return err
			}
			out[b.ID] = seen(all, b, at(r, rev), who)
		}
		return nil
	})
	return out, err
}

// seen leaves of a board's sureness what the actor may see. It is pure.
func seen(all Sureness, b Board, r Round, who auth.Actor) Sureness {
	if who.Overseer() {
		return all
	}
	mine := false
	for _, l := range b.Lines {
		mine = mine || who.InUnit(l.UnitID)
	}
	open := mine && r.State.Reached(Published) && r.Release == ByRank
	out := Sureness{Seed: all.Seed, Draws: all.Draws, Lines: map[int64]Sure{}}
	for id, x := range all.Lines {
		switch {
		case open:
			out.Lines[id] = x
		case who.InUnit(id):
			out.Lines[id] = x.alone(strings.Contains(x.Text, "不能说明"))
		}
	}
	return out
}

// sure draws a board's intervals from its sealed sheets, or takes them from memory.
func (s *Service) sure(ctx context.Context, tx *sqldb.Tx, regionID int64, r Round, b Board) (Sureness, error) {
	key := boardKey{s.db, b.ID}
	drawn.Lock()
	old, ok := drawn.of[key]
	drawn.Unlock()
	if ok {
		return old, nil
	}
	_, parsed, err := s.scheme(ctx, tx, regionID, r.SchemeID)
	if err != nil {
		return Sureness{}, err
	}
	dir, err := s.org.Directory(ctx, tx, regionID)
	if err != nil {
		return Sureness{}, err
	}
	sheets, err := indicator.Sheets(ctx, tx, regionID)
	if err != nil {
		return Sureness{}, err
	}
	history, err := indicator.Histories(ctx, tx, regionID)
	if err != nil {
		return Sureness{}, err
	}
	end := period.Month(r.Period + "-12")
	if r.Kind != YearEnd {
		end = r.Term().Last()
	}
	obs := score.Observed{Gaps: gapsOf(sheets, history, dir.UnitName, end, b.ID), Inverse: inverse}
	var list []score.Interval
	if r.Kind != YearEnd {
		data, err := sheetRows(ctx, tx, regionID, r.Period, []Board{b})
		if err != nil {
			return Sureness{}, err
		}
		list = score.Intervals(parsed, data, obs, uint64(b.ID), score.Draws)
	} else if list, err = s.yearIntervals(ctx, tx, regionID, parsed, r, b, obs); err != nil {
		return Sureness{}, err
	}
	x := sureness(b, list)
	drawn.Lock()
	if len(drawn.of) >= maxDrawn {
		clear(drawn.of)
	}
	drawn.of[key] = x
	drawn.Unlock()
	return x, nil
}

// yearIntervals draws a year's intervals from its sealed totals and from the rows of the quarters' boards that were in force when the year's
// board was made (numbers grow with time), so that a later correction of a quarter does not change an old board of the year.
func (s *Service) yearIntervals(ctx context.Context, tx *sqldb.Tx, regionID int64, parsed *score.Scheme, r Round, b Board, obs score.Observed) ([]score.Interval, error) {
	own, err := sqldb.All(ctx, tx, selectSheets, scanSheet, regionID, b.ID)
	if err != nil {
		return nil, err
	}
	y, err := yearOf(r.Period, own)
	if err != nil {
		return nil, err
	}
	rounds, err := sqldb.All(ctx, tx, selectRoundsAll, scanRound, regionID)
	if err != nil {
		return nil, err
	}
	on := map[int64]bool{}
	for _, l := range b.Lines {
		on[l.UnitID] = true
	}
	var from []score.Basis
	for _, q := range rounds {
		if q.Kind == YearEnd || q.Period[:4] != r.Period {
			continue
		}
		for rev := q.Revision; rev > 0; rev-- {
			list, err := sqldb.All(ctx, tx, selectBoards, scanBoard, regionID, q.ID, rev)
			if err != nil {
				return nil, err
			}
			if len(list) == 0 || list[0].ID > b.ID {
				continue
			}
			list = slices.DeleteFunc(list, func(x Board) bool {
				return !slices.ContainsFunc(x.Lines, func(l Line) bool { return on[l.UnitID] })
			})
			_, scheme, err := s.scheme(ctx, tx, regionID, q.SchemeID)
			if err != nil {
				return nil, err
			}
			data, err := sheetRows(ctx, tx, regionID, q.Period, list)
			if err != nil {
				return nil, err
			}
			from = append(from, score.Basis{Period: q.Period, Scheme: scheme, Data: data, Seen: obs})
			break
		}
	}
	return score.YearIntervals(parsed, y, from, uint64(b.ID), score.Draws), nil
}

// sheetRows puts the sealed rows of boards together.
func sheetRows(ctx context.Context, tx *sqldb.Tx, regionID int64, p string, list []Board) (score.Data, error) {
	d := score.Data{Period: p}
	for _, b := range list {
		sheets, err := sqldb.All(ctx, tx, selectSheets, scanSheet, regionID, b.ID)
		if err != nil {
			return d, err
		}
		for _, sh := range sheets {
			own, err := score.ParseData(sh.Data)
			if err != nil {
				return d, err
			}
			d.Rows = append(d.Rows, own.Rows...)
		}
	}
	return d, nil
}
