package appraisal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/receipt"
)

// OpenYearEnd opens the year-end appraisal (年终总考核) under a frozen scheme with an aggregate rule: the year is over, and every
// round of the year that the rule reads is published. Errors: Invalid, Conflict.
// Source: domain 0.5, 13.15 (aggregate).
func (s *Service) OpenYearEnd(ctx context.Context, key, year string, schemeID int64, release Release) (Round, error) {
	who, err := auth.Require(ctx, MayRun)
	if err != nil {
		return Round{}, err
	}
	var r Round
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		prev, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.round.open")
		if err != nil {
			return err
		}
		if dup {
			r, err = s.roundByText(ctx, tx, who, prev)
			return err
		}
		x, parsed, err := s.scheme(ctx, tx, who.RegionID, schemeID)
		if err != nil {
			return err
		}
		switch {
		case len(year) != 4 || year < "2000" || year > "2999":
			return errs.At("period", "年度请写成 2017 这样。")
		case year+"-12-31" >= day(tx):
			return errs.At("period", "%s 年还没有结束，不能做年终总考核。", year)
		case release != ByTier && release != ByRank:
			return errs.At("release", "请选公布口径：只公布档次，或公布得分和名次。")
		case x.State != Frozen:
			return errs.At("scheme", "考核办法“%s”第%d版%s。年终总考核只能用已定稿的办法。", x.Name, x.Revision, x.State.Chinese())
		case parsed.Aggregate == nil:
			return errs.At("scheme", "考核办法“%s”没有写年度汇总规则（aggregate），不能汇总年终成绩。", x.Name)
		}
		if rounds, err := s.terms(ctx, tx, who.RegionID, year, x.Code, parsed.Aggregate); err != nil {
			return err
		} else if need := lacking(rounds, parsed.Aggregate); need != "" {
			return errs.At("period", "%s 年还没有已发布的%s。办法的年度汇总要用它，少了算出来的不是办法规定的成绩。", year, need)
		}
		r = Round{ID: s.ids(), Kind: YearEnd, Period: year, Title: year + "年终总考核", SchemeID: schemeID, State: Open, Release: release, CutoffOn: year + "-12-31", OpenedBy: who.ID, OpenedAt: tx.Now().UnixMilli(), Version: 1}
		if _, err := tx.Exec(ctx, insertRound, who.RegionID, r.ID, r.Kind.stored(), r.Period, r.Title, r.SchemeID, string(r.State), string(r.Release), r.CutoffOn, r.OpenedBy, r.OpenedAt); err != nil {
			if errs.KindOf(err) == errs.Conflict {
				return errs.New(errs.Conflict, "%s 年已经用这个办法开了年终总考核。", year)
			}
			return err
		}
		if err := receipt.Give(ctx, tx, who, key, fmt.Sprint(r.ID)); err != nil {
			return err
		}
		return s.seal(ctx, tx, who, r, "open")
	})
	return r, err
}

// monthly and quarterly say which rounds a year is made of.
func monthly(y *score.YearRule) bool {
	return len(y.MonthlyBonus) > 0 || slices.ContainsFunc(y.Parts, func(p score.YearPart) bool { return p.Of == "month" })
}

func quarterly(y *score.YearRule) bool {
	return slices.ContainsFunc(y.Parts, func(p score.YearPart) bool { return p.Of == "quarter" })
}

// lacking names the kind of round that a year needs and has none of; "" if there are both or it needs none.
func lacking(rounds []Round, y *score.YearRule) string {
	has := func(k Kind) bool { return slices.ContainsFunc(rounds, func(r Round) bool { return r.Kind == k }) }
	switch {
	case monthly(y) && !has(Monthly):
		return "月度评比"
	case quarterly(y) && !has(Quarterly):
		return "季度评比"
	case len(rounds) == 0:
		return "季度或月度评比"
	}
	return ""
}

// terms returns the year's monthly and quarterly rounds that its rule reads: those under the revisions of its scheme, or all of a kind where the
// year has a scheme of its own: two schemes for two kinds of unit make two years. An unpublished one is a Conflict, since the year would change under it.
func (s *Service) terms(ctx context.Context, tx *sqldb.Tx, regionID int64, year, code string, rule *score.YearRule) (out []Round, err error) {
	list, err := sqldb.All(ctx, tx, selectRoundsAll, scanRound, regionID)
	if err != nil {
		return nil, err
	}
	schemes, err := sqldb.All(ctx, tx, selectSchemes, scanScheme, regionID)
	if err != nil {
		return nil, err
	}
	mine := map[int64]bool{}
	for _, x := range schemes {
		mine[x.ID] = x.Code == code
	}
	list = slices.DeleteFunc(list, func(r Round) bool {
		return r.Kind == YearEnd || r.Period[:4] != year || r.Kind == Monthly && !monthly(rule) && quarterly(rule) || r.Kind == Quarterly && !quarterly(rule) && monthly(rule)
	})
	for _, k := range []Kind{Monthly, Quarterly} {
		if slices.ContainsFunc(list, func(r Round) bool { return r.Kind == k && mine[r.SchemeID] }) {
			list = slices.DeleteFunc(list, func(r Round) bool { return r.Kind == k && !mine[r.SchemeID] })
		}
	}
	for _, r := range list {
		if !r.State.Reached(Published) {
			return nil, errs.New(errs.Conflict, "%s还没有发布（现在是%s），发布以后再做年终总考核。", r.Title, r.State.Chinese())
		}
		out = append(out, r)
	}
	return out, nil
}

// computeYear makes the year's result from the sealed results of its months and quarters.
func (s *Service) computeYear(ctx context.Context, tx *sqldb.Tx, who auth.Actor, r *Round, parsed *score.Scheme, reason string) error {
	rounds, err := s.terms(ctx, tx, who.RegionID, r.Period, parsed.ID, parsed.Aggregate)
	if err != nil {
		return err
	}
	y := score.YearInput{Period: r.Period}
	for _, q := range rounds {
		res, err := s.result(ctx, tx, who.RegionID, q)
		if err != nil {
			return err
		}
		if q.Kind == Monthly {
			y.Months = append(y.Months, res)
		} else {
			y.Quarters = append(y.Quarters, res)
		}
	}
	dir, err := s.org.Directory(ctx, tx, who.RegionID)
	if err != nil {
		return err
	}
	if y.Data, err = s.yearData(ctx, tx, who.RegionID, r.Period, parsed); err != nil {
		return err
	}
	if slices.ContainsFunc(parsed.Aggregate.Parts, func(p score.YearPart) bool { return p.Of == "year_end" }) {
		events, err := sqldb.All(ctx, tx, selectEvents, scanEvent, who.RegionID, r.Period)
		if err != nil {
			return err
		}
		if y.YearEnd, err = yearEnd(r.Period, events, dir); err != nil {
			return err
		}
		if y.YearEnd == nil {
			return errs.New(errs.Conflict, "办法的年终成绩里有“%s”这一部分，还没有一个单位的得分记上并经第二个人确认。请在“加扣分”里按单位记，时段写 %s。", ItemYear, r.Period)
		}
	}
	return s.write(ctx, tx, who, r, ownYear(y), score.Aggregate(parsed, y), dir, reason)
}

// yearData is what the rule of a year asks of the units themselves, beside their totals: the values that the gate of the monthly bonus names, as they
// stand at the year's end, and the events of the year that veto (一票否决) or that the gate names. Source: domain 13.11, 14.8.
func (s *Service) yearData(ctx context.Context, tx *sqldb.Tx, regionID int64, year string, parsed *score.Scheme) (d score.Data, err error) {
	asked := parsed.Aggregate.Asks()
	for _, v := range parsed.Vetoes {
		asked[v.Event] = true
	}
	if len(asked) == 0 {
		return d, nil
	}
	f, err := s.load(ctx, tx, regionID, period.Term(year+"-12"))
	if err != nil {
		return d, err
	}
	f.events = nil
	for m := period.Month(year + "-01"); m.Year() == year; m = m.Next() {
		terms := []string{string(m)}
		if m.Number()%3 == 0 {
			terms = append(terms, string(m.Quarter()))
		}
		for _, p := range terms {
			list, err := sqldb.All(ctx, tx, selectEvents, scanEvent, regionID, p)
			if err != nil {
				return d, err
			}
			f.events = append(f.events, list...)
		}
	}
	d = f.collect(period.Term(year+"-12"), parsed.With(asked))
	d.Period = year
	d.Rows = slices.DeleteFunc(d.Rows, func(in score.Input) bool {
		return in.Event != "" && !asked[in.Event] || in.Event == "" && !asked[in.Item]
	})
	for i := range d.Rows {
		d.Rows[i].Period = year
	}
	return d, nil
}

// ItemYear is the item under which a year's own scores are entered with their document (年终单独考评), as of a visit at the year's end or a vote.
const ItemYear = "年终单独考评"

// yearEnd makes the year's own result from the confirmed entries; nil without any. The last entry of a unit counts.
func yearEnd(year string, events []Event, dir *org.Directory) (*score.Result, error) {
	res := score.Result{Name: ItemYear, Period: year, Groups: []score.GroupResult{}, Problems: []score.Problem{}}
	last := map[int64]Event{}
	for _, e := range events {
		if e.Item == ItemYear && e.ConfirmedBy != 0 && !e.Void && parse(e.Value).Valid {
			last[e.UnitID] = e
		}
	}
	for _, u := range dir.Units {
		e, ok := last[u.ID]
		if !ok {
			continue
		}
		row := score.UnitResult{Unit: u.Name, Total: parse(e.Value).Decimal, Rank: 1, Items: []score.ItemScore{}}
		i := slices.IndexFunc(res.Groups, func(g score.GroupResult) bool { return g.Group == u.Group() })
		if i < 0 {
			i = len(res.Groups)
			res.Groups = append(res.Groups, score.GroupResult{Group: u.Group(), Full: "100"})
		}
		res.Groups[i].Rows = append(res.Groups[i].Rows, row)
	}
	if len(res.Groups) == 0 {
		return nil, nil
	}
	for _, g := range res.Groups {
		for i := range g.Rows {
			for _, x := range g.Rows {
				if x.Total.Cmp(g.Rows[i].Total) > 0 {
					g.Rows[i].Rank++
				}
			}
		}
	}
	out, err := score.ParseResult(res.Canonical())
	return &out, err
}

// result puts a round's sealed sheets together to the result that they were taken from, as far as a year needs it.
func (s *Service) result(ctx context.Context, tx *sqldb.Tx, regionID int64, r Round) (score.Result, error) {
	list, err := sqldb.All(ctx, tx, selectBoards, scanBoard, regionID, r.ID, r.Revision)
	if err != nil {
		return score.Result{}, err
	}
	res := score.Result{Name: r.Title, Period: r.Period, Groups: []score.GroupResult{}, Problems: []score.Problem{}}
	for _, b := range list {
		res.Rule, res.RuleHash = b.Rule, b.SchemeHash
		g := score.GroupResult{Group: b.Group, Full: "100", Rows: []score.UnitResult{}}
		sheets, err := sqldb.All(ctx, tx, selectSheets, scanSheet, regionID, b.ID)
		if err != nil {
			return res, err
		}
		for _, sh := range sheets {
			u, err := sh.UnitResult()
			if err != nil {
				return res, err
			}
			u.Items, u.Notes, u.Formula = []score.ItemScore{}, nil, "" // the year adds up totals; their making is sealed in the quarter
			g.Rows = append(g.Rows, u)
		}
		res.Groups = append(res.Groups, g)
	}
	return score.ParseResult(res.Canonical())
}

// ownYear returns each unit's own part of a year's input as stable bytes: its totals of the months and quarters, and what the rule asks of it.
func ownYear(y score.YearInput) func(unit string) []byte {
	return func(unit string) []byte {
		own := score.YearInput{Period: y.Period, Data: score.Data{Period: y.Data.Period}}
		for _, in := range y.Data.Rows {
			if in.Unit == unit {
				own.Data.Rows = append(own.Data.Rows, in)
			}
		}
		part := func(x score.Result) score.Result {
			groups := x.Groups
			x.Groups = []score.GroupResult{}
			for _, g := range groups {
				for _, u := range g.Rows {
					if u.Unit == unit {
						x.Groups = append(x.Groups, score.GroupResult{Group: g.Group, Full: g.Full, Rows: []score.UnitResult{u}})
					}
				}
			}
			return x
		}
		for _, m := range y.Months {
			own.Months = append(own.Months, part(m))
		}
		for _, q := range y.Quarters {
			own.Quarters = append(own.Quarters, part(q))
		}
		if y.YearEnd != nil {
			x := part(*y.YearEnd)
			own.YearEnd = &x
		}
		return own.Canonical()
	}
}

// Replay scores every revision of every round of the region anew from its sealed rows, and returns a sentence for every
// unit whose result is not the same to the byte (重放).
func (s *Service) Replay(ctx context.Context, tx *sqldb.Tx, regionID int64) (revisions int, bad []string, err error) {
	rounds, err := sqldb.All(ctx, tx, selectRoundsAll, scanRound, regionID)
	if err != nil {
		return 0, nil, err
	}
	for _, r := range rounds {
		_, parsed, err := s.scheme(ctx, tx, regionID, r.SchemeID)
		if err != nil {
			return revisions, bad, err
		}
		for rev := int64(1); rev <= r.Revision; rev++ {
			revisions++
			list, err := sqldb.All(ctx, tx, selectBoards, scanBoard, regionID, r.ID, rev)
			if err != nil {
				return revisions, bad, err
			}
			var again score.Result
			if r.Kind != YearEnd {
				data, err := s.data(ctx, tx, regionID, r, rev)
				if err != nil {
					return revisions, bad, err
				}
				again = score.Compute(parsed, data)
			}
			for _, b := range list {
				sheets, err := sqldb.All(ctx, tx, selectSheets, scanSheet, regionID, b.ID)
				if err != nil {
					return revisions, bad, err
				}
				names := map[int64]Line{}
				for _, l := range b.Lines {
					names[l.UnitID] = l
				}
				if r.Kind == YearEnd {
					if again, err = againYear(parsed, r.Period, sheets); err != nil {
						return revisions, bad, err
					}
				}
				for _, sh := range sheets {
					l := names[sh.UnitID]
					u := again.Find(l.Unit)
					if u == nil {
						bad = append(bad, fmt.Sprintf("%s第 %d 版：%s重放不出得分", r.Title, rev, l.Unit))
						continue
					}
					if now, _ := json.Marshal(u); string(now) != string(sh.Result) {
						bad = append(bad, fmt.Sprintf("%s第 %d 版：%s重放得 %s 分，封存的是 %s 分", r.Title, rev, l.Unit, u.Total, l.Total))
					}
				}
			}
		}
	}
	return revisions, bad, nil
}

// againYear aggregates a group's sealed year rows anew.
func againYear(s *score.Scheme, year string, sheets []Sheet) (score.Result, error) {
	y, err := yearOf(year, sheets)
	return score.Aggregate(s, y), err
}

// yearOf puts a group's sealed year rows together to the input that they were taken from.
func yearOf(year string, sheets []Sheet) (score.YearInput, error) {
	y := score.YearInput{Period: year}
	put := func(list *[]score.Result, x score.Result) {
		i := slices.IndexFunc(*list, func(y score.Result) bool { return y.Period == x.Period })
		if i < 0 {
			*list = append(*list, x)
			return
		}
		(*list)[i].Groups = merge((*list)[i].Groups, x.Groups)
	}
	for _, sh := range sheets {
		own, err := score.ParseYearInput(sh.Data)
		if err != nil {
			return y, err
		}
		y.Data.Rows = append(y.Data.Rows, own.Data.Rows...)
		if x := own.YearEnd; x != nil {
			if y.YearEnd == nil {
				y.YearEnd = x
			} else {
				y.YearEnd.Groups = merge(y.YearEnd.Groups, x.Groups)
			}
		}
		for _, m := range own.Months {
			put(&y.Months, m)
		}
		for _, q := range own.Quarters {
			put(&y.Quarters, q)
		}
	}
	return y, nil
}

func merge(into, from []score.GroupResult) []score.GroupResult {
	for _, g := range from {
		found := false
		for i := range into {
			if into[i].Group == g.Group {
				into[i].Rows = append(into[i].Rows, g.Rows...)
				found = true
			}
		}
		if !found {
			into = append(into, g)
		}
	}
	return into
}
