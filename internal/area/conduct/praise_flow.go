package conduct

import (
	"context"

	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
)

// GivePraise enters a positive incentive (正向激励). A proposal of a bonus goes to 考核办 as a to-do and changes no score by itself. Errors: Invalid
// (kind, unit, person, fact, basis).
func (s *Service) GivePraise(ctx context.Context, key string, p Praise) (int64, error) {
	return s.once(ctx, MayPraise, key, "conduct.praise.give", func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) (int64, error) {
		var x texts
		if p.Form.Chinese() == "" {
			x.add("kind", "还没有选表扬、加分建议还是推荐。")
		}
		u := d.Unit(p.UnitID)
		if u == nil {
			x.add("unit", "还没有选单位。")
		}
		if p.PersonID != 0 && u != nil && !belongs(d, p.PersonID, p.UnitID) {
			x.add("person", "这位同志不在这个单位，请重新选。")
		}
		if p.PersonID == who.ID {
			x.add("person", "不能给自己登记。")
		}
		p.Fact, p.Basis = x.need("fact", "事迹", p.Fact, 500), x.need("basis", "依据", p.Basis, 200)
		if err := x.refuse(); err != nil {
			return 0, err
		}
		p.ID, p.By, p.At = s.ids(), who.ID, tx.Now().UnixMilli()
		if _, err := tx.Exec(ctx, insertPraise, who.RegionID, p.ID, string(p.Form), p.UnitID, p.PersonID, p.Fact, p.Basis, p.By, p.At); err != nil {
			return 0, err
		}
		if p.Form == Bonus {
			if err := s.notices.Open(ctx, tx, who.RegionID, notice.Todo{Role: auth.Appraiser, Kind: "conduct.praise.bonus", Subject: ref.Ref{Kind: PraiseKind, ID: p.ID},
				Title: "研究给" + u.ShortName + "加分的建议", Href: "/conduct/praise"}); err != nil {
				return 0, err
			}
		}
		return p.ID, seal(ctx, tx, who, PraiseKind, p.ID, "give", p.sealed())
	})
}

// SettleBonus says that 考核办 has looked at the proposal of a bonus; whether there is one is decided by the rules of the appraisal and recorded there.
func (s *Service) SettleBonus(ctx context.Context, key string, id int64) error {
	_, err := s.once(ctx, MaySettle, key, "conduct.praise.settle", func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) (int64, error) {
		return id, s.notices.Done(ctx, tx, who.RegionID, "conduct.praise.bonus", ref.Ref{Kind: PraiseKind, ID: id})
	})
	return err
}

// Praises lists what was praised, the latest first: good work is shown to the whole region.
func (s *Service) Praises(ctx context.Context) (out []Praise, err error) {
	err = s.look(ctx, MayMeasures, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		out, err = sqldb.All(ctx, tx, selectPraises, scanPraise, who.RegionID)
		return err
	})
	return out, err
}

// EachPraise yields every praise of the region in its sealed form.
func EachPraise(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectPraisesAll, scanPraise, func(p Praise) error { return yield(p.ID, p.sealed()) }, regionID)
}
