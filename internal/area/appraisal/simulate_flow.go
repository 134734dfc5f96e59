package appraisal

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

// MaySimulate lets the appraisal office and the leaders try a draft on what has been scored before.
var MaySimulate = auth.Permit("appraisal.scheme.simulate", "试评考核办法", auth.Appraiser, auth.Leader)

func sortGains(list []Gain) {
	slices.SortStableFunc(list, func(a, b Gain) int { return cmp.Or(cmp.Compare(b.Move, a.Move), cmp.Compare(a.To, b.To)) })
}

// SimulateScheme tries a scheme on the rows of a quarter that was scored ("2017Q2"), or of all quarters of a year ("2017"); base "" is the
// latest. Rows of items that the old scheme did not have are collected now. It writes nothing. Errors: NotFound, Invalid.
func (s *Service) SimulateScheme(ctx context.Context, schemeID int64, base string) (t SchemeTrial, err error) {
	who, err := auth.Require(ctx, MaySimulate)
	if err != nil {
		return t, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		var draft *score.Scheme
		if t.Draft, draft, err = s.scheme(ctx, tx, who.RegionID, schemeID); err != nil {
			return err
		}
		list, err := sqldb.All(ctx, tx, selectRounds, scanRound, who.RegionID)
		if err != nil {
			return err
		}
		for _, r := range list {
			if r.Kind != YearEnd && r.Revision > 0 {
				t.Bases = append(t.Bases, r)
			}
		}
		if len(t.Bases) == 0 {
			return nil
		}
		if base == "" {
			base = t.Bases[0].Period
		}
		for _, r := range t.Bases {
			if strings.HasPrefix(r.Period, base) && (len(t.Chosen) == 0 || t.Chosen[0].SchemeID == r.SchemeID) {
				t.Chosen = append(t.Chosen, r)
			}
		}
		if len(t.Chosen) == 0 {
			return errs.At("base", "没有“%s”的评比可以用来试评。", base)
		}
		slices.Reverse(t.Chosen)
		var old *score.Scheme
		if t.Old, old, err = s.scheme(ctx, tx, who.RegionID, t.Chosen[0].SchemeID); err != nil {
			return err
		}
		var data []score.Data
		for _, r := range t.Chosen {
			d, err := s.data(ctx, tx, who.RegionID, r, r.Revision)
			if err != nil {
				return err
			}
			f, err := s.load(ctx, tx, who.RegionID, r.Term())
			if err != nil {
				return err
			}
			d.Rows = append(d.Rows, added(d, f.collect(r.Term(), draft), old)...)
			data = append(data, d)
		}
		t.Simulation, t.Missing = score.Simulate(old, draft, data), missing(draft, data)
		return nil
	})
	return t, err
}

// WhatIf tells what a unit's total would be if one of its values were otherwise (推演): for the unit itself and the offices. It changes no
// score. Where a value is set against other units' values, a unit learns nothing before its group's scores are published. Errors: Invalid, NotFound.
func (s *Service) WhatIf(ctx context.Context, roundID, unitID int64, source, value string) (g Guess, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return g, err
	}
	if err := who.MaySee(unitID); err != nil {
		return g, err
	}
	v := parse(strings.TrimSpace(value))
	if !v.Valid || v.Decimal.IsNeg() {
		return g, errs.At("value", "“%s”不是数字。请写成 86.5 这样。", value)
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		r, err := sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, roundID)
		if err != nil {
			return err
		}
		if !who.Overseer() && !r.State.Reached(Confirmed) {
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		if r.Kind == YearEnd {
			return errs.New(errs.Conflict, "年终得分由各期评比汇总而来，请在季度或月度评比里推演。")
		}
		b, l, err := s.line(ctx, tx, who.RegionID, r, unitID)
		if err != nil {
			return err
		}
		_, parsed, err := s.scheme(ctx, tx, who.RegionID, r.SchemeID)
		if err != nil {
			return err
		}
		data, err := sheetRows(ctx, tx, who.RegionID, r.Period, []Board{b})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(data.Rows, func(x score.Input) bool { return x.Unit == l.Unit && x.Source == source && source != "" })
		if i < 0 {
			return errs.At("source", "得分里没有这一个数据来源，请重新选。")
		}
		row := data.Rows[i]
		open := who.Overseer() || r.State.Reached(Published) && r.Release == ByRank
		if !open && parsed.Compares(row.Item) {
			return errs.At("source", "“%s”按组内比较计分，推演会透露别的单位的数，不能推演。", nameOf(row))
		}
		res, err := score.WhatIfSource(parsed, data, l.Unit, source, inverse(row), v.Decimal)
		if err != nil {
			return errs.At("source", "%s", err.Error())
		}
		before := score.Compute(parsed, data).Find(l.Unit)
		after := res.Find(l.Unit)
		if before == nil || after == nil {
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		g = guess(before, after)
		g.Source, g.Name, g.Now = source, nameOf(row), v.Decimal.String()
		switch was := row.Value; {
		case inverse(row):
			g.Was = row.Target.Decimal.String()
		case was.Valid:
			g.Was = was.Decimal.String()
		}
		if !open {
			g.NewRank = 0 // how far a better total would climb tells what the others have
		}
		return nil
	})
	return g, err
}

// GainsOf is the second board of a round (争先进位榜), by group: places gained since the quarter before; for a year end since the year
// before, or where that was not appraised here, from the year's first quarter to its last. A unit sees itself only, and its group once ranks are published.
func (s *Service) GainsOf(ctx context.Context, roundID int64) (out map[string]Gains, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	out = map[string]Gains{}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		r, err := sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, roundID)
		if err != nil {
			return err
		}
		if !who.Overseer() && !r.State.Reached(Confirmed) {
			return nil
		}
		before, now, since, err := s.neighbours(ctx, tx, who.RegionID, r)
		if err != nil || since == "" {
			return err
		}
		open := who.Overseer() || r.State.Reached(Published) && r.Release == ByRank
		for _, b := range now {
			var old []Line
			mine := false
			for _, x := range before {
				if x.Group == b.Group {
					old = x.Lines
				}
			}
			list := gains(old, b.Lines)
			for _, x := range b.Lines {
				mine = mine || who.InUnit(x.UnitID)
			}
			if !who.Overseer() {
				list = slices.DeleteFunc(list, func(x Gain) bool { return !mine || !open && !who.InUnit(x.UnitID) })
			}
			if len(list) > 0 {
				out[b.Group] = Gains{Since: since, Lines: list}
			}
		}
		return nil
	})
	return out, err
}

// neighbours returns the boards between which places are compared; since is "" if there is no earlier one.
func (s *Service) neighbours(ctx context.Context, tx *sqldb.Tx, regionID int64, r Round) (before, now []Board, since string, err error) {
	list, err := sqldb.All(ctx, tx, selectRounds, scanRound, regionID) // the latest first
	if err != nil {
		return nil, nil, "", err
	}
	var a, b Round
	b = r
	for _, x := range list {
		if x.Kind == r.Kind && x.Period < r.Period && x.Revision > 0 && x.State.Reached(Published) {
			a = x
			break
		}
	}
	if r.Kind != YearEnd && a.ID != 0 && a.Period != string(r.Term().Prev()) {
		a = Round{}
	}
	if r.Kind == YearEnd && a.ID == 0 {
		var quarters []Round
		for _, x := range list {
			if x.Kind != YearEnd && x.Period[:4] == r.Period && x.State.Reached(Published) {
				quarters = append(quarters, x)
			}
		}
		if len(quarters) > 1 {
			a, b = quarters[len(quarters)-1], quarters[0]
		}
	}
	if a.ID == 0 {
		return nil, nil, "", nil
	}
	if before, err = sqldb.All(ctx, tx, selectBoards, scanBoard, regionID, a.ID, a.Revision); err != nil {
		return nil, nil, "", err
	}
	now, err = sqldb.All(ctx, tx, selectBoards, scanBoard, regionID, b.ID, b.Revision)
	since = a.Title
	if b.ID != r.ID {
		since = a.Title + "到" + b.Title
	}
	return before, now, since, err
}

// Repeats names the units that stood in the lowest grade of the year-end appraisal two years running; compared is false where the year
// before was not appraised here. Nothing follows from it by itself: whoever is competent decides. Source: domain 13.12.
func (s *Service) Repeats(ctx context.Context, roundID int64) (out []Repeat, compared bool, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, false, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		r, err := sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, roundID)
		if err != nil || r.Kind != YearEnd || r.Revision == 0 || !who.Overseer() && !r.State.Reached(Confirmed) {
			return err
		}
		list, err := sqldb.All(ctx, tx, selectRounds, scanRound, who.RegionID)
		if err != nil {
			return err
		}
		year := func(x Round) (map[int64]Repeat, error) {
			_, parsed, err := s.scheme(ctx, tx, who.RegionID, x.SchemeID)
			if err != nil || parsed.Grades == nil || len(parsed.Grades.Table) == 0 {
				return nil, err
			}
			last := parsed.Grades.Table[len(parsed.Grades.Table)-1].Name
			boards, err := sqldb.All(ctx, tx, selectBoards, scanBoard, who.RegionID, x.ID, x.Revision)
			low := map[int64]Repeat{}
			for _, b := range boards {
				for _, l := range b.Lines {
					if l.Grade == last {
						low[l.UnitID] = Repeat{l.UnitID, l.Unit, l.Grade}
					}
				}
			}
			return low, err
		}
		now, err := year(r)
		if err != nil {
			return err
		}
		for _, x := range list {
			if x.Kind != YearEnd || !x.State.Reached(Published) || x.Period >= r.Period || len(x.Period) != 4 || !next(x.Period, r.Period) {
				continue
			}
			compared = true
			before, err := year(x)
			if err != nil {
				return err
			}
			for id, l := range now {
				if _, ok := before[id]; ok && (who.Overseer() || who.InUnit(id)) {
					out = append(out, l)
				}
			}
			break
		}
		slices.SortFunc(out, func(a, b Repeat) int { return cmp.Compare(a.Unit, b.Unit) })
		return nil
	})
	return out, compared, err
}

// next reports whether b is the year after a.
func next(a, b string) bool {
	return len(a) == 4 && len(b) == 4 && int(b[0]-'0')*1000+int(b[1]-'0')*100+int(b[2]-'0')*10+int(b[3]-'0') ==
		int(a[0]-'0')*1000+int(a[1]-'0')*100+int(a[2]-'0')*10+int(a[3]-'0')+1
}

// Rectify lists what each unit has to mend after a quarter (整改清单): the items under 60 % of their weight with what stands behind
// its plan. Offices and leaders see all, a unit its own. Errors: NotFound, Conflict.
func (s *Service) Rectify(ctx context.Context, roundID int64) (r Round, out []Rectification, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return r, nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if r, err = sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, roundID); err != nil {
			return err
		}
		switch {
		case !who.Overseer() && !r.State.Reached(Confirmed):
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		case r.Kind == YearEnd:
			return errs.New(errs.Conflict, "整改清单按季度或月列，请到那一期评比里看。")
		}
		list, err := sqldb.All(ctx, tx, selectBoards, scanBoard, who.RegionID, r.ID, r.Revision)
		if err != nil {
			return err
		}
		for _, b := range list {
			sheets, err := sqldb.All(ctx, tx, selectSheets, scanSheet, who.RegionID, b.ID)
			if err != nil {
				return err
			}
			by := map[int64]Sheet{}
			for _, sh := range sheets {
				by[sh.UnitID] = sh
			}
			for _, l := range b.Lines {
				if !who.Overseer() && !who.InUnit(l.UnitID) {
					continue
				}
				u, err := by[l.UnitID].UnitResult()
				if err != nil {
					return err
				}
				if w := weak(u); len(w) > 0 {
					out = append(out, Rectification{UnitID: l.UnitID, Unit: l.Unit, Group: b.Group, Total: l.Total, Items: w})
				}
			}
		}
		// by name: the order of a list of faults must not tell the rank
		slices.SortStableFunc(out, func(a, b Rectification) int {
			return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.UnitID, b.UnitID))
		})
		return nil
	})
	return r, out, err
}
