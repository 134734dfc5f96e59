package appraisal

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
)

// Proof returns the proof bundle of a published round (下载证明): a unit's own score (unitID), or for the offices, the leaders and audit
// the whole group of that unit. Anybody can check it with duban verify FILE --key and no database. Errors: NotFound, Conflict.
func (s *Service) Proof(ctx context.Context, l *ledger.Service, roundID, unitID int64) (name string, content []byte, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return "", nil, err
	}
	if err := who.MaySee(unitID); err != nil {
		return "", nil, err
	}
	var b Bundle
	var r Round
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if r, err = sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, roundID); err != nil {
			return err
		}
		if !r.State.Reached(Published) {
			return errs.New(errs.Conflict, "%s还没有发布，发布以后才能下载证明。", r.Title)
		}
		x, parsed, err := s.scheme(ctx, tx, who.RegionID, r.SchemeID)
		if err != nil {
			return err
		}
		board, line, err := s.line(ctx, tx, who.RegionID, r, unitID)
		if err != nil {
			return err
		}
		sheets, err := sqldb.All(ctx, tx, selectSheets, scanSheet, who.RegionID, board.ID)
		if err != nil {
			return err
		}
		b = Bundle{Board: ref.Ref{Kind: "appraisal.board", ID: board.ID}.String(), Period: r.Period, Group: board.Group, Scheme: x.Text}
		all := who.Overseer()
		name = fmt.Sprintf("%s-%s-证明.json", r.Period, line.Unit)
		if all {
			name = fmt.Sprintf("%s-%s-证明.json", r.Period, board.Group)
		}
		if all || r.Release == ByRank {
			b.Lines = board.Lines
		} else {
			b.Lines = []Line{line}
		}
		byUnit := map[int64]string{}
		for _, l := range board.Lines {
			byUnit[l.UnitID] = l.Unit
		}
		rowwise := eachItems(parsed)
		alias := aliases(board, parsed, r.Release)
		for _, sh := range sheets {
			if all || sh.UnitID == unitID {
				b.Sheets = append(b.Sheets, BoundSheet{Unit: byUnit[sh.UnitID], Data: string(sh.Data), Result: string(sh.Result)})
				continue
			}
			if r.Kind == YearEnd {
				continue
			}
			own, err := score.ParseData(sh.Data)
			if err != nil {
				return err
			}
			for _, row := range own.Rows {
				if row.Event != "" || rowwise[row.Item] {
					continue // its own affair: no rule compares it with another unit's
				}
				row.Source, row.Basis = "", ""
				row.Unit = alias(row.Unit)
				b.Others = append(b.Others, row)
			}
		}
		slices.SortStableFunc(b.Others, func(x, y score.Input) int { return cmp.Compare(x.Unit, y.Unit) })
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	var buf bytes.Buffer
	subject, err := boardRef(b.Board)
	if err != nil {
		return "", nil, err
	}
	err = l.WriteBundle(ctx, &buf, who.RegionID, ledger.Proof{About: r.Title + "　" + b.Group, Subjects: []ref.Ref{subject}, Kind: BundleKind, Payload: b})
	return name, buf.Bytes(), err
}

// aliases names the other units of a proof: where scores are withheld, by a word that nobody can trace to the unit (the fingerprint that it is made of is
// withheld too), as a comparing rule needs the values and not the names. A scheme with items for named units needs the names.
func aliases(b Board, s *score.Scheme, r Release) func(unit string) string {
	by := map[string]string{}
	for _, l := range b.Lines {
		by[l.Unit] = l.Unit
		if r == ByTier {
			by[l.Unit] = "某单位" + hashText("alias:" + l.ResultHash)[:8]
		}
	}
	named := slices.ContainsFunc(s.Items, func(it *score.Item) bool { return len(it.Units) > 0 })
	return func(unit string) string {
		if named {
			return unit
		}
		return by[unit]
	}
}

func boardRef(s string) (r ref.Ref, err error) {
	r.Kind = "appraisal.board"
	_, err = fmt.Sscanf(s, r.Kind+":%d", &r.ID)
	return r, err
}

// eachItems names the values that a scheme scores row by row, such as tasks.
func eachItems(s *score.Scheme) map[string]bool {
	out := map[string]bool{}
	for _, it := range s.Items {
		if it.Each != "" {
			out[it.Name] = true
			out[it.Indicator] = true
		}
	}
	return out
}
