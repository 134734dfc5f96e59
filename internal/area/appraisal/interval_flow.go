package appraisal

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
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
// a unit itself only, and its group once scores are published. A year-end round has none: its quarters have. Errors: NotFound.
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
		if r.Kind != Quarterly {
			return nil
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
	data, err := sheetRows(ctx, tx, regionID, r.Period, []Board{b})
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
	obs := score.Observed{Gaps: gapsOf(sheets, history, dir.UnitName, r.Quarter().Last(), b.ID), Inverse: inverse}
	x := sureness(b, score.Intervals(parsed, data, obs, uint64(b.ID), score.Draws))
	drawn.Lock()
	if len(drawn.of) >= maxDrawn {
		clear(drawn.of)
	}
	drawn.of[key] = x
	drawn.Unlock()
	return x, nil
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
