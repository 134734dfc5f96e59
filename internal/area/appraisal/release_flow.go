package appraisal

import (
	"context"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
)

// ChangeRelease changes what the group sees of a published or locked round (改口径) by a leader's decision with its reason and document: a new version
// of the publication is in force at once, for the pages and for every proof taken from then on. Who computed the round does not decide it.
// Errors: Invalid, Forbidden, Conflict.
func (s *Service) ChangeRelease(ctx context.Context, key string, id, version int64, to Release, reason, docNo string) (Round, error) {
	return s.step(ctx, MayApprove, key, "release", id, version, func(tx *sqldb.Tx, who auth.Actor, r *Round) (string, error) {
		switch {
		case !r.State.Reached(Published):
			return "", wrongState(*r, "改发布口径；发布以前的口径在开这一轮时定")
		case who.ID == r.ComputedBy:
			return "", errs.New(errs.Forbidden, "试算是您做的，改发布口径要由别人决定。")
		}
		var bad []errs.Field
		switch {
		case to != ByTier && to != ByRank:
			bad = append(bad, errs.Field{Name: "release", Message: "请选公布口径：只公布档次，或公布得分和名次。"})
		case to == r.Release:
			bad = append(bad, errs.Field{Name: "release", Message: "现在就是“" + to.Chinese() + "”，没有要改的。"})
		}
		if reason = strings.TrimSpace(reason); reason == "" || len([]rune(reason)) > 300 {
			bad = append(bad, errs.Field{Name: "reason", Message: "请用 300 字以内写明为什么改，同组单位看得到。"})
		}
		if docNo = strings.TrimSpace(docNo); docNo == "" {
			bad = append(bad, errs.Field{Name: "doc_no", Message: "改发布口径要写依据文号，如“宁区委办〔2017〕33号”。"})
		}
		if err := errs.Refuse("还没改", bad...); err != nil {
			return "", err
		}
		list, err := sqldb.All(ctx, tx, selectReleases, scanRelease, who.RegionID, r.ID)
		if err != nil {
			return "", err
		}
		x := Rerelease{ID: s.ids(), RoundID: r.ID, Number: int64(len(list)) + 2, Was: r.Release, Now: to, Revision: r.Revision, Reason: reason, DocNo: docNo, DecidedBy: who.ID, At: tx.Now().UnixMilli()}
		if _, err := tx.Exec(ctx, insertRelease, who.RegionID, x.ID, x.RoundID, x.Number, string(x.Was), string(x.Now), x.Revision, x.Reason, x.DocNo, x.DecidedBy, x.At); err != nil {
			return "", err
		}
		r.Release = to
		return "release", ledger.Append(ctx, tx, who, ref.Ref{Kind: "appraisal.release", ID: x.ID}, "release", ledger.Row(x.sealed()))
	})
}

// Released shows what a version of the publication showed to everybody in a group, and nothing of anybody's own: number 1 is the first one.
// It is for the offices, the leaders and audit; for a unit it does not exist, since a later version may withhold what it showed.
func (s *Service) Released(ctx context.Context, roundID, number int64) (v View, rel Release, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return v, "", err
	}
	if v, err = s.ShowAt(ctx, roundID, 0); err != nil {
		return v, "", err
	}
	n := int64(len(v.Releases)) + 1
	if !who.Overseer() || !v.Round.State.Reached(Published) || number < 1 || number > n {
		return View{}, "", errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	rel = v.Round.Release
	if number < n { // the next change says what stood before it
		next := v.Releases[number-1]
		rel = next.Was
		if next.Revision != v.Revision {
			if v, err = s.ShowAt(ctx, roundID, next.Revision); err != nil {
				return v, "", err
			}
		}
	}
	v.Boards = released(v.Boards, rel)
	return v, rel, nil
}

// EachRelease yields every change of a release in its sealed form.
func EachRelease(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectReleasesAll, scanRelease, func(x Rerelease) error { return yield(x.ID, x.sealed()) }, regionID)
}
