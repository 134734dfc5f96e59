package appraisal

import (
	"context"
	"fmt"
	"strings"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/receipt"
)

// statementDays is how long a unit has to hand in its statement, in working days. [D]
const statementDays = 5

// statementKind is the to-do of a unit that owes a statement.
const statementKind = "appraisal.statement.make"

// Flags are the red and yellow flags of a round.
type Flags struct {
	Round  Round
	Ruled  bool   // the scheme has the rule with its legal basis
	Due    []Flag // by the revision in force and not issued yet; for those who see everybody's scores
	Issued []Flag // the latest that were issued
	Moved  bool   // the issued ones are of an earlier revision and are no longer those that the scores give
	Full   bool
}

// FlagsOf shows a round's flags. What is due is for the offices, the leaders and audit. What is issued everybody in the region may read by name and
// colour; the ground with its numbers and the statement are the unit's own and theirs. Errors: NotFound.
func (s *Service) FlagsOf(ctx context.Context, roundID int64) (x Flags, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return x, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if x, err = s.flags(ctx, tx, who.RegionID, roundID); err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return x, err
	}
	if x.Full = who.Overseer(); x.Full {
		return x, nil
	}
	if len(x.Issued) == 0 {
		return Flags{}, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	x.Due, x.Moved = nil, false
	for i, f := range x.Issued {
		if !who.InUnit(f.UnitID) {
			x.Issued[i].Ground, x.Issued[i].Statement = "", Statement{}
		}
	}
	return x, nil
}

func (s *Service) flags(ctx context.Context, tx *sqldb.Tx, regionID, roundID int64) (x Flags, err error) {
	if x.Round, err = sqldb.One(ctx, tx, selectRound, scanRound, regionID, roundID); err != nil {
		return x, err
	}
	_, parsed, err := s.scheme(ctx, tx, regionID, x.Round.SchemeID)
	if err != nil {
		return x, err
	}
	x.Ruled = parsed.Statement != nil
	list, err := sqldb.All(ctx, tx, selectFlags, scanFlag, regionID, roundID)
	if err != nil {
		return x, err
	}
	dir, err := s.org.Directory(ctx, tx, regionID)
	if err != nil {
		return x, err
	}
	for _, f := range list { // by revision: the last one counts
		if len(x.Issued) > 0 && x.Issued[0].Revision != f.Revision {
			x.Issued = nil
		}
		f.Unit = dir.UnitName(f.UnitID)
		if u := dir.Unit(f.UnitID); u != nil { // a paper names a unit in full
			f.Unit = u.Name
		}
		x.Issued = append(x.Issued, f)
	}
	if !x.Round.State.Reached(Published) {
		return x, nil
	}
	now, err := s.flagsDue(ctx, tx, regionID, x.Round)
	if err != nil {
		return x, err
	}
	if len(x.Issued) == 0 {
		x.Due = now
	} else if x.Issued[0].Revision != x.Round.Revision && !sameFlags(now, x.Issued) {
		x.Due, x.Moved = now, true
	}
	return x, nil
}

// flagsDue reads the flags that the sealed results of the revision in force give.
func (s *Service) flagsDue(ctx context.Context, tx *sqldb.Tx, regionID int64, r Round) (out []Flag, err error) {
	list, err := sqldb.All(ctx, tx, selectBoards, scanBoard, regionID, r.ID, r.Revision)
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		sheets, err := sqldb.All(ctx, tx, selectSheets, scanSheet, regionID, b.ID)
		if err != nil {
			return nil, err
		}
		by := map[int64]score.UnitResult{}
		for _, sh := range sheets {
			if by[sh.UnitID], err = sh.UnitResult(); err != nil {
				return nil, err
			}
		}
		out = append(out, flagsIn(b, func(unit int64) score.UnitResult { return by[unit] })...)
	}
	return out, nil
}

// IssueFlags issues the flags of a published round by a leader's decision with its document (授旗): a unit with a yellow one has five working days for
// its statement on the occasion named. Who computed the round does not issue them. After a correction that changes them they are issued anew;
// the earlier ones stay on record. Errors: Invalid, Forbidden, Conflict.
func (s *Service) IssueFlags(ctx context.Context, key string, roundID, version int64, docNo, occasion string) (n int, err error) {
	who, err := auth.Require(ctx, MayApprove)
	if err != nil {
		return 0, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.flag.issue"); err != nil || dup {
			return err
		}
		x, err := s.flags(ctx, tx, who.RegionID, roundID)
		if err != nil {
			return err
		}
		r := x.Round
		switch {
		case !r.State.Reached(Published):
			return wrongState(r, "发红旗黄旗；发布以后才能发")
		case who.ID == r.ComputedBy:
			return errs.New(errs.Forbidden, "试算是您做的，红旗黄旗要由别人决定。")
		case !x.Ruled:
			return errs.New(errs.Conflict, "这一轮用的考核办法没有写红旗、黄旗和末位说明的条件与依据，不能发。")
		case len(x.Issued) > 0 && !x.Moved:
			return errs.New(errs.Conflict, "%s的红旗黄旗已经发过。", r.Title)
		case len(x.Due) == 0 && x.Moved:
			return errs.New(errs.Conflict, "按更正后的得分，已没有红旗、黄旗单位，请另行发文说明。")
		case len(x.Due) == 0:
			return errs.New(errs.Conflict, "按办法的条件，%s没有红旗单位，也没有黄旗单位。", r.Title)
		case version != r.Version:
			return errs.New(errs.Conflict, "这一轮评比刚有人办过一步，请刷新页面看现在到哪一步了。")
		}
		var bad []errs.Field
		if docNo = strings.TrimSpace(docNo); docNo == "" {
			bad = append(bad, errs.Field{Name: "doc_no", Message: "发红旗黄旗要写文号，如“宁区委办〔2017〕35号”。"})
		}
		if occasion = strings.TrimSpace(occasion); occasion == "" || len([]rune(occasion)) > 40 {
			bad = append(bad, errs.Field{Name: "occasion", Message: "请用 40 字以内写明在什么会上表态发言，如“二季度重点工作讲评会”。"})
		}
		if err := errs.Refuse("还没发", bad...); err != nil {
			return err
		}
		cal, err := s.calendar.LoadIn(ctx, tx)
		if err != nil {
			return err
		}
		due, err := cal.AddWorkdays(day(tx), statementDays)
		if err != nil {
			return err
		}
		for _, f := range x.Issued { // replaced: nobody owes a statement by them any more
			if err := s.todos.Done(ctx, tx, who.RegionID, statementKind, ref.Ref{Kind: "appraisal.flag", ID: f.ID}); err != nil {
				return err
			}
		}
		for _, f := range x.Due {
			f.ID, f.DocNo, f.Occasion, f.IssuedBy, f.IssuedAt = s.ids(), docNo, occasion, who.ID, tx.Now().UnixMilli()
			if f.Colour == YellowFlag {
				f.DueOn = due
			}
			if _, err := tx.Exec(ctx, insertFlag, who.RegionID, f.ID, f.RoundID, f.Revision, f.UnitID, f.Group, string(f.Colour), f.Ground, f.Authority, f.LegalBasis, f.DocNo, f.Occasion, f.DueOn, f.IssuedBy, f.IssuedAt); err != nil {
				return err
			}
			subject := ref.Ref{Kind: "appraisal.flag", ID: f.ID}
			if err := ledger.Append(ctx, tx, who, subject, "issue", ledger.Row(f.sealed())); err != nil {
				return err
			}
			if f.Colour == YellowFlag {
				if err := s.todos.Open(ctx, tx, who.RegionID, notice.Todo{Unit: f.UnitID, Kind: statementKind, Subject: subject, Title: "准备" + r.Title + "的表态发言", Href: fmt.Sprintf("/appraisal/%d/statement", r.ID), DueOn: due}); err != nil {
					return err
				}
			}
			if err := s.out.Publish(ctx, tx, who.RegionID, "appraisal.flag.issued", subject, map[string]any{"unit": f.UnitID, "round": r.ID, "colour": f.Colour}); err != nil {
				return err
			}
		}
		n = len(x.Due)
		return nil
	})
	return n, err
}

// StatementOf returns a unit's latest yellow flag of a round with what is in its score, for the unit itself and those who see everybody's. Errors: NotFound.
func (s *Service) StatementOf(ctx context.Context, roundID, unitID int64) (f Flag, d Detail, err error) {
	x, err := s.FlagsOf(ctx, roundID)
	if err != nil {
		return f, d, err
	}
	for _, y := range x.Issued {
		if y.UnitID == unitID && y.Colour == YellowFlag {
			f = y
		}
	}
	if f.ID == 0 {
		return f, d, errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	d, err = s.DetailAt(ctx, roundID, unitID, f.Revision)
	return f, d, err
}

// MakeStatement keeps a unit's statement (表态发言): why it stands where it stands, and what it will do. It may be written anew; every version is
// sealed. Errors: Invalid, NotFound, Conflict.
func (s *Service) MakeStatement(ctx context.Context, key string, flagID, version int64, cause, measures string) (f Flag, err error) {
	who, err := auth.Require(ctx, MayObject)
	if err != nil {
		return f, err
	}
	cause, measures = strings.TrimSpace(cause), strings.TrimSpace(measures)
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if f, err = sqldb.One(ctx, tx, selectFlag, scanFlag, who.RegionID, flagID); err != nil {
			return err
		}
		if f.UnitID != who.UnitID || f.Colour != YellowFlag {
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		if _, dup, err := receipt.Take(ctx, tx, who, key, "appraisal.statement.make"); err != nil || dup {
			return err
		}
		var bad []errs.Field
		for _, x := range [][3]string{{"cause", cause, "原因"}, {"measures", measures, "下一步措施"}} {
			if n := len([]rune(x[1])); n < 10 || n > 800 {
				bad = append(bad, errs.Field{Name: x[0], Message: "“" + x[2] + "”请写 10 到 800 字。"})
			}
		}
		if err := errs.Refuse("还没记上", bad...); err != nil {
			return err
		}
		f.Statement = Statement{cause, measures, who.ID, tx.Now().UnixMilli()}
		n, err := tx.Exec(ctx, updateStatement, who.RegionID, f.ID, f.Cause, f.Measures, f.StatedBy, f.StatedAt, version)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "本单位刚有人写过表态发言，请看过新的内容再改。")
		}
		f.Version = version + 1
		subject := ref.Ref{Kind: "appraisal.flag", ID: f.ID}
		if err := s.todos.Done(ctx, tx, who.RegionID, statementKind, subject); err != nil {
			return err
		}
		return ledger.Append(ctx, tx, who, subject, "state", ledger.Row(f.sealed()))
	})
	return f, err
}

// EachFlag yields every flag in its sealed form.
func EachFlag(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectFlagsAll, scanFlag, func(f Flag) error { return yield(f.ID, f.sealed()) }, regionID)
}
