package appraisal

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/receipt"
	"duban/internal/spine/task"
)

// Spots is a round's draw with its answers.
type Spots struct {
	Round  Round
	Draw   Draw
	List   []Spot
	Barred map[int64]string // why the actor may not answer a spot, by its number
}

// Open returns how many are not answered yet.
func (s Spots) Open() (n int) {
	for _, x := range s.List {
		if x.Answer == "" {
			n++
		}
	}
	return n
}

// drawSpots draws the values that the first review of a quarter looks at, when its data are confirmed. The seed is the ledger's root and size at that
// moment: nobody chooses it, and everybody who has the ledger can find it.
func (s *Service) drawSpots(ctx context.Context, tx *sqldb.Tx, who auth.Actor, r Round) error {
	x, err := s.fairFacts(ctx, tx, who.RegionID, r, r.Revision)
	if err != nil {
		return err
	}
	now, err := task.AccountsIn(ctx, tx, who.RegionID, x.quarter.Last())
	if err != nil {
		return err
	}
	before, err := task.AccountsIn(ctx, tx, who.RegionID, x.quarter.Last().Prev())
	if err != nil {
		return err
	}
	head, err := ledger.HeadIn(ctx, tx, who.RegionID)
	if err != nil {
		return err
	}
	unit := map[string]int64{}
	for _, u := range x.dir.Units {
		unit[u.Name] = u.ID
	}
	d, list := draw(x.rows, x.risks(now, before), unit, fmt.Sprintf("%s-%d", hex.EncodeToString(head.Root[:]), head.Size))
	for i := range list {
		y := &list[i]
		y.ID, y.RoundID, y.Version = s.ids(), r.ID, 1
		if _, err := tx.Exec(ctx, insertSpot, who.RegionID, y.ID, y.RoundID, y.Seed, y.Source, y.UnitID, y.Item, y.Value, y.Target, y.Why); err != nil {
			return err
		}
		if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: "appraisal.spot", ID: y.ID}, "draw", ledger.Row(y.sealed())); err != nil {
			return err
		}
	}
	subject := ref.Ref{Kind: "appraisal.round", ID: r.ID}
	if len(list) > 0 {
		for _, role := range []auth.Role{auth.Appraiser, auth.Supervisor} { // of MayCheck; who of them may answer which, SpotsFor says
			if err := s.todos.Open(ctx, tx, who.RegionID, notice.Todo{Role: role, Kind: SpotKind, Subject: subject, Title: "核对" + r.Title + "的抽查项", Href: fmt.Sprintf("/appraisal/%d/spots", r.ID)}); err != nil {
				return err
			}
		}
	}
	return ledger.Append(ctx, tx, who, subject, "draw", d)
}

// SpotKind is the kind of the to-do that asks for a round's spot checks (抽查): one for the round, which SpotsFor fits to who looks.
const SpotKind = "appraisal.spot.answer"

// SpotsFor counts the spots of a round that nobody has answered, and says whether the actor may answer any of them. The value is looked at by somebody who has
// nothing to do with it, so an office's to-do is not everybody's of that office.
func (s *Service) SpotsFor(ctx context.Context, tx *sqldb.Tx, who auth.Actor, roundID int64) (open int, his bool, err error) {
	list, err := sqldb.All(ctx, tx, selectSpots, scanSpot, who.RegionID, roundID)
	if err != nil {
		return 0, false, err
	}
	for _, x := range list {
		if x.Answer != "" {
			continue
		}
		if open++; his {
			continue
		}
		why, err := s.barred(ctx, tx, who, x)
		if err != nil {
			return 0, false, err
		}
		his = why == ""
	}
	return open, his, nil
}

// SpotsOf shows a round's draw. It is for the offices, the leaders and audit; for a unit it does not exist. Why an item was drawn is told after it has
// been answered: who checks should not know what to expect, and the unit is to hear of its signals before others do. Errors: NotFound.
func (s *Service) SpotsOf(ctx context.Context, roundID int64) (x Spots, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return x, err
	}
	if !who.Overseer() {
		return x, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if x.Round, err = sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, roundID); err != nil {
			return err
		}
		if x.List, err = sqldb.All(ctx, tx, selectSpots, scanSpot, who.RegionID, roundID); err != nil {
			return err
		}
		entries, err := ledger.Entries(ctx, tx, who.RegionID, ledger.Filter{Subject: ref.Ref{Kind: "appraisal.round", ID: roundID}, Limit: 500})
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Verb != "draw" {
				continue
			}
			if err := json.Unmarshal(e.Body, &x.Draw); err != nil {
				return fmt.Errorf("appraisal: a draw: %w", err)
			}
		}
		x.Barred = map[int64]string{}
		for i, y := range x.List {
			if y.Answer == "" {
				x.List[i].Why = ""
			}
			if who.May(MayCheck) && x.Round.State == Confirmed {
				if x.Barred[y.ID], err = s.barred(ctx, tx, who, y); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return x, err
}

// barred says why the actor may not answer a spot, "" if he may: he belongs to the unit, or has entered, verified or certified the value.
func (s *Service) barred(ctx context.Context, tx *sqldb.Tx, who auth.Actor, x Spot) (string, error) {
	if who.InUnit(x.UnitID) {
		return "这是您本单位的数", nil
	}
	id, month := sourceOf(x.Source)
	own := "这个数是您填报、核验或认定的"
	if strings.HasPrefix(x.Source, "event:") {
		e, err := sqldb.One(ctx, tx, selectEvent, scanEvent, who.RegionID, id)
		if err != nil {
			return "", err
		}
		if e.EnteredBy == who.ID || e.ConfirmedBy == who.ID {
			return "这一项是您记的或确认的", nil
		}
		return "", nil
	}
	if strings.HasPrefix(x.Source, "task:") {
		t, err := task.Get(ctx, tx, who.RegionID, id)
		if err != nil {
			return "", err
		}
		id = t.IndicatorID
	}
	list, err := indicator.Readings(ctx, tx, who.RegionID, id)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(list, func(r indicator.Reading) bool { return r.Period == month && r.EnteredBy == who.ID }) {
		return own, nil
	}
	return "", nil
}

// AnswerSpot keeps what came out of a spot check: the value agrees, or differs with the value found; evidence says what was looked at. It may be answered
// anew until the first review is closed. Errors: Invalid, Forbidden, Conflict.
func (s *Service) AnswerSpot(ctx context.Context, key string, id, version int64, a Answer, found, evidence string) (x Spot, err error) {
	who, err := auth.Require(ctx, MayCheck)
	if err != nil {
		return x, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if x, err = sqldb.One(ctx, tx, selectSpot, scanSpot, who.RegionID, id); err != nil {
			return err
		}
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.spot"); err != nil || dup {
			return err
		}
		r, err := sqldb.One(ctx, tx, selectRound, scanRound, who.RegionID, x.RoundID)
		if err != nil {
			return err
		}
		if r.State != Confirmed {
			return wrongState(r, "核对抽查项")
		}
		why, err := s.barred(ctx, tx, who, x)
		if err != nil {
			return err
		}
		if why != "" {
			return errs.New(errs.Forbidden, "%s，要由别人核对。", why)
		}
		found, evidence = strings.TrimSpace(found), strings.TrimSpace(evidence)
		var bad []errs.Field
		switch {
		case a != Agrees && a != Differs:
			bad = append(bad, errs.Field{Name: "answer", Message: "请选一致或不一致。"})
		case a == Differs && !parse(found).Valid:
			bad = append(bad, errs.Field{Name: "found", Message: "“" + found + "”不是数字。不一致的，请写核对出来的数，如 86.5。"})
		case a == Differs && parse(found).Decimal.Cmp(parse(x.Value).Decimal) == 0:
			bad = append(bad, errs.Field{Name: "found", Message: "核对出来的数和原来的一样，请选一致，或改正这个数。"})
		}
		if n := len([]rune(evidence)); n < 2 || n > 300 {
			bad = append(bad, errs.Field{Name: "evidence", Message: "请用 2 到 300 字写明看了什么：现场、台账还是凭证。"})
		}
		if err := errs.Refuse("还没有记下", bad...); err != nil {
			return err
		}
		if a == Agrees {
			found = ""
		}
		x.Answer, x.Found, x.Evidence, x.AnsweredBy, x.AnsweredAt = a, found, evidence, who.ID, tx.Now().UnixMilli()
		n, err := tx.Exec(ctx, answerSpot, who.RegionID, x.ID, string(x.Answer), x.Found, x.Evidence, x.AnsweredBy, x.AnsweredAt, version)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "这一项刚有人核对过，请刷新页面。")
		}
		x.Version++
		list, err := sqldb.All(ctx, tx, selectSpots, scanSpot, who.RegionID, x.RoundID)
		if err != nil {
			return err
		}
		if (Spots{List: list}).Open() == 0 {
			if err := s.todos.Done(ctx, tx, who.RegionID, SpotKind, ref.Ref{Kind: "appraisal.round", ID: x.RoundID}); err != nil {
				return err
			}
		}
		return ledger.Append(ctx, tx, who, ref.Ref{Kind: "appraisal.spot", ID: x.ID}, "answer", ledger.Row(x.sealed()))
	})
	return x, err
}

// settleSpots holds the first review to its draw: every item is answered, and the values found enter the score as its next revision.
func (s *Service) settleSpots(ctx context.Context, tx *sqldb.Tx, who auth.Actor, r *Round) error {
	list, err := sqldb.All(ctx, tx, selectSpots, scanSpot, who.RegionID, r.ID)
	if err != nil {
		return err
	}
	if n := (Spots{List: list}).Open(); n > 0 {
		return errs.New(errs.Conflict, "抽到的 %d 项里还有 %d 项没有核对，核对完再初核。", len(list), n)
	}
	if err := s.todos.Done(ctx, tx, who.RegionID, SpotKind, ref.Ref{Kind: "appraisal.round", ID: r.ID}); err != nil {
		return err
	}
	var change []Correction
	for _, x := range list {
		if x.Answer == Differs {
			change = append(change, Correction{UnitID: x.UnitID, Source: x.Source, Value: x.Found, Basis: "初核抽查：" + x.Evidence})
		}
	}
	if len(change) == 0 {
		return nil
	}
	return s.recompute(ctx, tx, who, r, fmt.Sprintf("初核抽查：%d 项不一致，按核对的数计", len(change)), change...)
}

// EachSpot yields every drawn item in its sealed form.
func EachSpot(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectSpotsAll, scanSpot, func(x Spot) error { return yield(x.ID, x.sealed()) }, regionID)
}
