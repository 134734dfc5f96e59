package burden

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
)

// Ensure registers the returns that the program itself asks of units (月度进展 and the like), once per region. It is called when a region is set up and at each start.
func (s *Service) Ensure(ctx context.Context, regionID int64, from period.Month) error {
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		have, err := register(ctx, tx, regionID)
		if err != nil {
			return err
		}
		var acts []ledger.Act
		for _, r := range own(from, tx.Now().UnixMilli()) {
			if slices.ContainsFunc(have, func(h Return) bool { return h.Code == r.Code }) {
				continue
			}
			r.ID = s.ids()
			if err := put(ctx, tx, regionID, r); err != nil {
				return err
			}
			acts = append(acts, ledger.Act{Subject: subject(ReturnKind, r.ID), Verb: "open", Body: ledger.Row(r.sealed())})
		}
		return ledger.AppendAll(ctx, tx, auth.Actor{RegionID: regionID}, acts)
	})
}

func put(ctx context.Context, tx *sqldb.Tx, regionID int64, r Return) error {
	if _, err := tx.Exec(ctx, insertReturn, regionID, r.ID, r.Code, r.Name, r.OwnerUnit, r.Basis, r.Source, string(r.Frequency), r.Minutes, string(r.Audience), r.addressees(),
		string(r.From), r.Replaces, r.WhyNew, string(r.State), r.ProposedBy, r.ProposedAt); err != nil {
		return err
	}
	for i, f := range r.Fields {
		if _, err := tx.Exec(ctx, insertField, regionID, r.ID, int64(i+1), f.Name, f.Item, f.Held, f.HeldBy); err != nil {
			return err
		}
	}
	return nil
}

// register reads every return of the region with its fields, the oldest first.
func register(ctx context.Context, tx *sqldb.Tx, regionID int64) ([]Return, error) {
	list, err := sqldb.All(ctx, tx, selectReturns, scanReturn, regionID)
	if err != nil {
		return nil, err
	}
	fields, err := sqldb.All(ctx, tx, selectFields, scanField, regionID)
	if err != nil {
		return nil, err
	}
	at := map[int64]int{}
	for i, r := range list {
		at[r.ID] = i
	}
	for _, f := range fields {
		if i, ok := at[f.of]; ok {
			list[i].Fields = append(list[i].Fields, f.Field)
		}
	}
	return list, nil
}

func find(list []Return, id int64) (Return, error) {
	for _, r := range list {
		if r.ID == id {
			return r, nil
		}
	}
	return Return{}, errs.New(errs.NotFound, "没有找到这张报表。")
}

// Returns lists the register of returns (报表清单): the whole region may read it.
func (s *Service) Returns(ctx context.Context) (out []Return, err error) {
	err = s.look(ctx, MayRead, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		out, err = register(ctx, tx, who.RegionID)
		return err
	})
	return out, err
}

// Answer is a certified value that answers a field of a return for one unit (系统带出).
type Answer struct {
	Item, Name string // of the dictionary; of the indicator
	Unit       int64
	Month      period.Month // "" while none is certified
	Value      amount.Scaled
	Measure    string
}

// Review is a return with what its approval would mean.
type Review struct {
	Return
	Replaced  *Return
	Answers   []Answer // what the program fills in for the actor's unit
	Over      []Excess // limits that units would pass in its first month
	MaySign   bool
	MayDecide bool
	MayEnd    bool
}

// Return shows one return, and, while it waits, which limits units would pass with it. Errors: NotFound.
func (s *Service) Return(ctx context.Context, id int64) (v Review, err error) {
	err = s.look(ctx, MayRead, func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) error {
		list, err := register(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		if v.Return, err = find(list, id); err != nil {
			return err
		}
		if old, err := find(list, v.Replaces); err == nil {
			v.Replaced = &old
		}
		if v.Answers, err = answers(ctx, tx, who, v.Return); err != nil {
			return err
		}
		mine := who.ID == v.ProposedBy
		switch v.State {
		case Proposed:
			if v.Over, err = s.excess(ctx, tx, who.RegionID, d, list, v.Return); err != nil {
				return err
			}
			v.MaySign = !mine && v.SignedBy == 0 && len(v.Over) > 0 && maySign(who, v.Return)
			v.MayDecide = !mine && who.May(MayDecide) && (len(v.Over) == 0 || v.SignedBy != 0)
		case InForce:
			v.MayEnd = mayEnd(who, v.Return)
		}
		return nil
	})
	return v, err
}

// answers reads the certified values by which the program fills in the fields that are held, for the actor's own unit: the latest month of each.
func answers(ctx context.Context, tx *sqldb.Tx, who auth.Actor, r Return) (out []Answer, err error) {
	if _, held := r.Asked(); held == 0 || who.UnitID == 0 {
		return nil, nil
	}
	sheets, err := indicator.SheetsOf(ctx, tx, who.RegionID, who.UnitID)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for id := range sheets {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	values, err := indicator.HistoryIn(ctx, tx, who.RegionID, ids)
	if err != nil {
		return nil, err
	}
	for _, f := range r.Fields {
		for _, id := range ids {
			h := sheets[id]
			if !f.Held || h.SourceUnitID == 0 || Item(h.Name) != f.Item {
				continue
			}
			a := Answer{Item: f.Item, Name: h.Name, Unit: who.UnitID, Measure: h.Measure}
			for _, v := range values[id] {
				if v.Certified != nil && v.Period > a.Month {
					a.Month, a.Value = v.Period, *v.Certified
				}
			}
			out = append(out, a)
		}
	}
	return out, nil
}

func maySign(who auth.Actor, r Return) bool {
	return who.Has(auth.Leader) || who.Has(auth.Head) && who.InUnit(r.OwnerUnit)
}

func mayEnd(who auth.Actor, r Return) bool {
	return r.OwnerUnit != 0 && (who.May(MayDecide) || who.May(MayPropose) && who.InUnit(r.OwnerUnit))
}

// ProposeReturn asks that a return be introduced (申请新增报表). It names what it replaces, or why nothing can be replaced; a field that certified data
// or another return holds already is refused unless the program fills it in. Errors: Invalid (the fields of the form), NotFound.
func (s *Service) ProposeReturn(ctx context.Context, key string, d ReturnDraft) (int64, error) {
	return s.once(ctx, MayPropose, key, "burden.return.propose", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		r, err := d.write(period.MonthOf(tx.Now()))
		if err != nil {
			return 0, err
		}
		dir, err := s.org.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return 0, err
		}
		for _, u := range r.Units {
			if dir.Unit(u) == nil {
				return 0, errs.At("units", "选的单位里有一个已经不在了，请重新选。")
			}
		}
		list, err := register(ctx, tx, who.RegionID)
		if err != nil {
			return 0, err
		}
		if r.Replaces != 0 {
			old, err := find(list, r.Replaces)
			if err != nil || old.State != InForce {
				return 0, errs.At("replaces", "要替代的报表没有找到，或者已经停用，请重新选。")
			}
			if old.OwnerUnit == 0 {
				return 0, errs.At("replaces", "《%s》是系统自身的报表，不能由别的报表替代。", old.Name)
			}
		}
		held, err := holders(ctx, tx, who.RegionID, list, r.Replaces)
		if err != nil {
			return 0, err
		}
		if err := r.claim(held); err != nil {
			return 0, err
		}
		r.ID, r.OwnerUnit, r.ProposedBy, r.ProposedAt = s.ids(), who.UnitID, who.ID, tx.Now().UnixMilli()
		r.Code = fmt.Sprintf("R%d", r.ID)
		if err := put(ctx, tx, who.RegionID, r); err != nil {
			return 0, err
		}
		over, err := s.excess(ctx, tx, who.RegionID, dir, list, r)
		if err != nil {
			return 0, err
		}
		if len(over) > 0 { // it is held up from the start: its head is told at once
			if err := s.notices.Open(ctx, tx, who.RegionID, notice.Todo{Unit: r.OwnerUnit, Kind: "burden.return.sign", Subject: subject(ReturnKind, r.ID),
				Title: "《" + r.Name + "》会让单位超过减负上限，请负责人写明理由签字，或者改少", Href: fmt.Sprintf("/burden/returns/%d", r.ID)}); err != nil {
				return 0, err
			}
		}
		return r.ID, s.after(ctx, tx, who, r, "propose", "proposed")
	})
}

// holders lists what is held already: indicators that a data source certifies, and the fields of the other returns that are in force or asked for.
func holders(ctx context.Context, tx *sqldb.Tx, regionID int64, list []Return, replaces int64) (out []holder, err error) {
	sheets, err := indicator.Sheets(ctx, tx, regionID)
	if err != nil {
		return nil, err
	}
	of := map[string][]string{} // the indicators that answer an item: one, or one for each unit
	for _, h := range sheets {
		if h.SourceUnitID != 0 {
			of[Item(h.Name)] = append(of[Item(h.Name)], h.Name)
		}
	}
	for item, list := range of {
		who := list[0]
		if len(list) > 1 {
			who = item
		}
		out = append(out, holder{item, "认定数据“" + who + "”"})
	}
	slices.SortFunc(out, func(a, b holder) int { return cmp.Compare(a.item, b.item) }) // a map has no order, a message must
	for _, r := range list {
		if r.ID == replaces || r.State != InForce && r.State != Proposed {
			continue
		}
		for _, f := range r.Fields {
			if f.Item != oneValue {
				out = append(out, holder{f.Item, "报表《" + r.Name + "》"})
			}
		}
	}
	return out, nil
}

// after keeps to-dos, ledger and facts of a return in step.
func (s *Service) after(ctx context.Context, tx *sqldb.Tx, who auth.Actor, r Return, verb, past string) error {
	on := subject(ReturnKind, r.ID)
	if r.State == Proposed && verb == "propose" {
		if err := s.notices.Open(ctx, tx, who.RegionID, notice.Todo{Role: auth.Supervisor, Kind: "burden.return.decide", Subject: on,
			Title: "审批新增报表《" + r.Name + "》", Href: fmt.Sprintf("/burden/returns/%d", r.ID)}); err != nil {
			return err
		}
	}
	if r.State != Proposed {
		if err := s.notices.Done(ctx, tx, who.RegionID, "burden.return.decide", on); err != nil {
			return err
		}
	}
	if r.State != Proposed || r.SignedBy != 0 {
		if err := s.notices.Done(ctx, tx, who.RegionID, "burden.return.sign", on); err != nil {
			return err
		}
	}
	if err := s.out.Publish(ctx, tx, who.RegionID, ReturnKind+"."+past, on, map[string]any{"unit": r.OwnerUnit, "state": r.State}); err != nil {
		return err
	}
	return ledger.Append(ctx, tx, who, on, verb, ledger.Row(r.sealed()))
}

// change loads a return at the version that the form showed, changes it and writes it back.
func (s *Service) change(ctx context.Context, p auth.Permission, key string, id, version int64, verb, past string, fn func(tx *sqldb.Tx, who auth.Actor, list []Return, r *Return) error) error {
	_, err := s.once(ctx, p, key, "burden.return."+verb, func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		list, err := register(ctx, tx, who.RegionID)
		if err != nil {
			return 0, err
		}
		r, err := find(list, id)
		if err != nil {
			return 0, err
		}
		if r.Version != version {
			return 0, stale("张报表")
		}
		if err := fn(tx, who, list, &r); err != nil {
			return 0, err
		}
		if err := store(ctx, tx, who.RegionID, r); err != nil {
			return 0, err
		}
		return id, s.after(ctx, tx, who, r, verb, past)
	})
	return err
}

func store(ctx context.Context, tx *sqldb.Tx, regionID int64, r Return) error {
	n, err := tx.Exec(ctx, updateReturn, regionID, r.ID, r.Version, string(r.State), string(r.Until), r.SignedBy, r.SignedAt, r.OverReason, r.DecidedBy, r.DecidedAt, r.Decision)
	if err == nil && n == 0 {
		err = stale("张报表")
	}
	return err
}

// SignOver signs why a return must be asked though units pass their limits with it (超限签字): a head of the unit that asks, or a leader, never the proposer.
// Errors: NotFound, Forbidden, Conflict, Invalid (reason).
func (s *Service) SignOver(ctx context.Context, key string, id, version int64, reason string) error {
	return s.change(ctx, MaySign, key, id, version, "sign", "signed", func(tx *sqldb.Tx, who auth.Actor, list []Return, r *Return) error {
		if err := notYet(*r, Proposed); err != nil {
			return err
		}
		if !maySign(who, *r) || who.ID == r.ProposedBy {
			return errs.New(errs.Forbidden, "超限理由要由提出单位的负责人或区领导签字，提出人自己不能签。")
		}
		d, err := s.org.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		over, err := s.excess(ctx, tx, who.RegionID, d, list, *r)
		if err != nil {
			return err
		}
		if len(over) == 0 {
			return errs.New(errs.Conflict, "这张报表没有让哪个单位超过上限，不用签字。")
		}
		var x texts
		r.OverReason = x.need("reason", "超限理由", reason, 300)
		r.SignedBy, r.SignedAt = who.ID, tx.Now().UnixMilli()
		return x.refuse()
	})
}

// DecideReturn puts a return in force or refuses it (审批), never by its proposer. While units would pass a limit and no head has signed, it is held up.
// The return that it replaces ends the month before. Errors: NotFound, Forbidden, Conflict, Invalid (words).
func (s *Service) DecideReturn(ctx context.Context, key string, id, version int64, approve bool, words string) error {
	return s.change(ctx, MayDecide, key, id, version, "decide", "decided", func(tx *sqldb.Tx, who auth.Actor, list []Return, r *Return) error {
		if err := notYet(*r, Proposed); err != nil {
			return err
		}
		if who.ID == r.ProposedBy {
			return errs.New(errs.Forbidden, "自己提出的报表不能自己审批。")
		}
		var x texts
		r.Decision = x.short("words", "审批意见", words, 300)
		if !approve && r.Decision == "" {
			x.add("words", "不批准要写理由。")
		}
		if err := x.refuse(); err != nil {
			return err
		}
		r.State, r.DecidedBy, r.DecidedAt = Refused, who.ID, tx.Now().UnixMilli()
		if !approve {
			return nil
		}
		r.State = Proposed
		d, err := s.org.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		over, err := s.excess(ctx, tx, who.RegionID, d, list, *r)
		if err != nil {
			return err
		}
		if len(over) > 0 && r.SignedBy == 0 {
			return errs.New(errs.Conflict, "批准以后%s的%s，要先由提出单位负责人或区领导签字说明理由。", d.UnitName(over[0].Unit), over[0])
		}
		// It may have waited while another return came in force that asks the same.
		held, err := holders(ctx, tx, who.RegionID, slices.DeleteFunc(slices.Clone(list), func(x Return) bool { return x.ID == r.ID || x.State != InForce }), r.Replaces)
		if err != nil {
			return err
		}
		for _, f := range r.Fields {
			for _, h := range held {
				if !f.Held && h.item == f.Item {
					return errs.New(errs.Conflict, "“%s”%s里已经有了，请退回，改为由系统带出。", f.Name, h.who)
				}
			}
		}
		r.State = InForce
		if r.From < period.MonthOf(tx.Now()) {
			return errs.New(errs.Conflict, "这张报表原定从%s起，已经过了。请不批准，由提出单位改了月份再提。", r.From.Chinese())
		}
		if r.Replaces == 0 {
			return nil
		}
		old, err := find(list, r.Replaces)
		if err != nil || old.State != InForce {
			return err
		}
		old.State, old.Until = Ended, r.From.Prev()
		if err := store(ctx, tx, who.RegionID, old); err != nil {
			return err
		}
		return s.after(ctx, tx, who, old, "end", "ended")
	})
}

// EndReturn ends a return (停用): this month is the last in which it is asked. The unit that asks it or the office may. The program's own returns do not end.
func (s *Service) EndReturn(ctx context.Context, key string, id, version int64, reason string) error {
	return s.change(ctx, MayRead, key, id, version, "end", "ended", func(tx *sqldb.Tx, who auth.Actor, _ []Return, r *Return) error {
		if err := notYet(*r, InForce); err != nil {
			return err
		}
		if !mayEnd(who, *r) {
			return errs.New(errs.Forbidden, "报表由要它的单位或督查室停用。")
		}
		var x texts
		r.Decision = x.need("words", "停用的理由", reason, 300)
		r.State, r.Until = Ended, period.MonthOf(tx.Now())
		return x.refuse()
	})
}

// EachReturn yields every return of the region in its sealed form.
func EachReturn(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	list, err := register(ctx, tx, regionID)
	if err != nil {
		return err
	}
	for _, r := range list {
		if err := yield(r.ID, r.sealed()); err != nil {
			return err
		}
	}
	return nil
}
