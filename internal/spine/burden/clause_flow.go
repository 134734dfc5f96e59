package burden

import (
	"context"
	"slices"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
)

// Sheet is the self-check against 国办函〔2026〕12号 (自查表), computed as of an instant.
type Sheet struct {
	Region                  string
	At                      int64
	Clauses                 []Clause
	Met, Unmet, Unconfirmed int
}

// SelfCheck fills the sheet from what stands in the register and the mailbox now, and from what the office has confirmed.
func (s *Service) SelfCheck(ctx context.Context) (out Sheet, err error) {
	err = s.look(ctx, MayRead, func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error {
		out, err = s.sheet(ctx, tx, who.RegionID)
		out.Region = d.Region.Name
		return err
	})
	return out, err
}

func (s *Service) sheet(ctx context.Context, tx *sqldb.Tx, regionID int64) (out Sheet, err error) {
	list, err := register(ctx, tx, regionID)
	if err != nil {
		return out, err
	}
	var c counts
	now := period.MonthOf(tx.Now())
	for _, r := range list {
		if r.State == InForce {
			asked, held := r.Asked()
			c.returns, c.fields, c.held = c.returns+1, c.fields+asked, c.held+held
		}
	}
	c.repeats = repeated(now, list)
	if c.mail, err = s.tally(ctx, tx, regionID); err != nil {
		return out, err
	}
	rows, err := sqldb.All(ctx, tx, selectStatements, scanStatement, regionID)
	if err != nil {
		return out, err
	}
	stated := map[string]Statement{}
	for _, x := range rows {
		stated[x.Clause] = x
	}
	out.At, out.Clauses = tx.Now().UnixMilli(), clauses(c, stated)
	for _, x := range out.Clauses {
		switch x.Standing {
		case Met:
			out.Met++
		case Unmet:
			out.Unmet++
		default:
			out.Unconfirmed++
		}
	}
	return out, nil
}

// State confirms for a clause what only the district knows (单位确认): a filing number, the day of an acceptance; or says that it does not hold.
// Errors: NotFound, Invalid (text).
func (s *Service) State(ctx context.Context, key, clause string, met bool, text string) error {
	_, err := s.once(ctx, MayState, key, "burden.statement.make", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		if !slices.ContainsFunc(clauses(counts{}, nil), func(c Clause) bool { return c.Key == clause && c.Asks != "" }) {
			return 0, errs.New(errs.NotFound, "自查表里没有这一条，或者它不用单位确认。")
		}
		var x texts
		v := Statement{ID: s.ids(), Clause: clause, Met: met, StatedBy: who.ID, At: tx.Now().UnixMilli()}
		v.Text = x.need("text", "说明", text, 300)
		if err := x.refuse(); err != nil {
			return 0, err
		}
		id, err := sqldb.One(ctx, tx, putStatement, sqldb.Int64, who.RegionID, v.ID, v.Clause, v.Met, v.Text, v.StatedBy, v.At)
		if err != nil {
			return 0, err
		}
		return id, ledger.Append(ctx, tx, who, subject(StatementKind, id), "state", ledger.Row(v.sealed()))
	})
	return err
}

// EachStatement yields every confirmation of the region in its sealed form.
func EachStatement(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectStatements, scanStatement, func(v Statement) error { return yield(v.ID, v.sealed()) }, regionID)
}
