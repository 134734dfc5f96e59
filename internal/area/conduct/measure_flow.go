package conduct

import (
	"context"
	"fmt"
	"slices"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
)

// documents reads every document with its measures, the oldest first.
func documents(ctx context.Context, tx *sqldb.Tx, regionID int64) ([]Document, error) {
	docs, err := sqldb.All(ctx, tx, selectDocuments, scanDocument, regionID)
	if err != nil {
		return nil, err
	}
	measures, err := sqldb.All(ctx, tx, selectMeasures, scanMeasure, regionID)
	if err != nil {
		return nil, err
	}
	for i := range docs {
		for _, m := range measures {
			if m.DocumentID == docs[i].ID {
				docs[i].Measures = append(docs[i].Measures, m)
			}
		}
	}
	return docs, nil
}

// Measures returns the document in force with actions and reviews; its ID is 0 if none was entered. Everybody may read it.
func (s *Service) Measures(ctx context.Context) (d Document, err error) {
	err = s.look(ctx, MayMeasures, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		docs, err := documents(ctx, tx, who.RegionID)
		if err != nil || len(docs) == 0 {
			return err
		}
		d = docs[len(docs)-1]
		actions, err := sqldb.All(ctx, tx, selectActions, scanAction, who.RegionID)
		if err != nil {
			return err
		}
		reviews, err := sqldb.All(ctx, tx, selectReviews, scanReview, who.RegionID)
		if err != nil {
			return err
		}
		for i := range d.Measures {
			m := &d.Measures[i]
			for _, a := range actions {
				if a.MeasureID == m.ID {
					m.Actions = append(m.Actions, a)
				}
			}
			for _, r := range reviews {
				if r.MeasureID == m.ID {
					m.Reviews = append(m.Reviews, r)
				}
			}
		}
		return nil
	})
	return d, err
}

// AdoptMeasures enters the document of the measures as it was issued (录入八条措施). A later document takes the place of the earlier, which stays in the record.
// Errors: Invalid, Conflict (the number was entered before).
func (s *Service) AdoptMeasures(ctx context.Context, key string, d DocumentDraft) (int64, error) {
	return s.once(ctx, MayAdopt, key, "conduct.measure.adopt", func(tx *sqldb.Tx, who auth.Actor, dir *org.Directory) (int64, error) {
		doc, err := d.write(period.Day(tx.Now()))
		if err != nil {
			return 0, err
		}
		for _, m := range doc.Measures {
			if dir.Unit(m.OwnerUnit) == nil {
				return 0, errs.At(fmt.Sprintf("m%d.owner", m.No), "第 %d 条的责任单位没有找到，请重新选。", m.No)
			}
		}
		doc.ID = s.ids()
		doc.AdoptedBy = who.ID
		if _, err := tx.Exec(ctx, insertDocument, who.RegionID, doc.ID, doc.Title, doc.DocNo, doc.IssuedOn, doc.AdoptedBy, tx.Now().UnixMilli()); err != nil {
			if errs.KindOf(err) == errs.Conflict {
				return 0, errs.New(errs.Conflict, "文号 %s 已经录入过。", doc.DocNo)
			}
			return 0, err
		}
		for _, m := range doc.Measures {
			if _, err := tx.Exec(ctx, insertMeasure, who.RegionID, s.ids(), doc.ID, m.No, m.Title, m.Content, m.OwnerUnit); err != nil {
				return 0, err
			}
		}
		return doc.ID, seal(ctx, tx, who, DocumentKind, doc.ID, "adopt", doc.sealed())
	})
}

// measureInForce returns a measure of the document in force, and that document.
func measureInForce(ctx context.Context, tx *sqldb.Tx, regionID, id int64) (Measure, Document, error) {
	docs, err := documents(ctx, tx, regionID)
	if err != nil {
		return Measure{}, Document{}, err
	}
	if len(docs) == 0 {
		return Measure{}, Document{}, errs.New(errs.NotFound, "还没有录入八条措施。")
	}
	last := docs[len(docs)-1]
	i := slices.IndexFunc(last.Measures, func(m Measure) bool { return m.ID == id })
	if i < 0 {
		return Measure{}, last, notFoundMeasure()
	}
	return last.Measures[i], last, nil
}

// AddAction gives a unit something to do for a measure. Errors: NotFound, Invalid (text, unit, due_on).
func (s *Service) AddAction(ctx context.Context, key string, measureID int64, text string, unitID int64, dueOn string) (int64, error) {
	return s.once(ctx, MayAdopt, key, "conduct.action.add", func(tx *sqldb.Tx, who auth.Actor, dir *org.Directory) (int64, error) {
		m, _, err := measureInForce(ctx, tx, who.RegionID, measureID)
		if err != nil {
			return 0, err
		}
		var x texts
		a := Action{ID: s.ids(), MeasureID: measureID, Text: x.need("text", "要做什么", text, 200), UnitID: unitID, DueOn: x.day("due_on", "完成日期", dueOn)}
		if u := dir.Unit(unitID); u == nil || u.EndedOn != "" {
			x.add("unit", "还没有选由哪个单位做。")
		}
		if a.DueOn != "" && a.DueOn < period.Day(tx.Now()) {
			x.add("due_on", "完成日期不能在今天以前。")
		}
		if err := x.refuse(); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, insertAction, who.RegionID, a.ID, a.MeasureID, a.Text, a.UnitID, a.DueOn); err != nil {
			return 0, err
		}
		if err := s.notices.Open(ctx, tx, who.RegionID, notice.Todo{Unit: a.UnitID, Kind: "conduct.action.done", Subject: ref.Ref{Kind: ActionKind, ID: a.ID},
			Title: fmt.Sprintf("八条措施第 %d 条：%s", m.No, a.Text), Href: fmt.Sprintf("/conduct/measures#m-%d", m.No), DueOn: a.DueOn}); err != nil {
			return 0, err
		}
		return a.ID, seal(ctx, tx, who, ActionKind, a.ID, "add", a.sealed())
	})
}

// CompleteAction reports that an action was done (报告落实), by its unit. Errors: NotFound, Conflict, Invalid (note).
func (s *Service) CompleteAction(ctx context.Context, key string, id int64, note string) error {
	_, err := s.once(ctx, MayAct, key, "conduct.action.done", func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) (int64, error) {
		list, err := sqldb.All(ctx, tx, selectActions, scanAction, who.RegionID)
		if err != nil {
			return 0, err
		}
		i := slices.IndexFunc(list, func(a Action) bool { return a.ID == id })
		if i < 0 {
			return 0, gone()
		}
		a := list[i]
		if err := who.OwnUnit(a.UnitID); err != nil {
			return 0, err
		}
		var x texts
		a.DoneNote = x.need("note", "落实情况", note, 500)
		if err := x.refuse(); err != nil {
			return 0, err
		}
		a.DoneBy, a.DoneAt = who.ID, tx.Now().UnixMilli()
		n, err := tx.Exec(ctx, doneAction, who.RegionID, id, a.DoneNote, a.DoneBy, a.DoneAt)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, errs.New(errs.Conflict, "这一项已经报告过落实。")
		}
		if err := s.notices.Done(ctx, tx, who.RegionID, "conduct.action.done", ref.Ref{Kind: ActionKind, ID: id}); err != nil {
			return 0, err
		}
		return id, seal(ctx, tx, who, ActionKind, id, "complete", a.sealed())
	})
	return err
}

// ReviewMeasure looks back on a measure after half a year (半年评估), once for each half-year and from its last month on. Errors: NotFound, Conflict, Invalid
// (half, rating, text).
func (s *Service) ReviewMeasure(ctx context.Context, key string, measureID int64, h Half, r Rating, text string) (int64, error) {
	return s.once(ctx, MayReview, key, "conduct.measure.review", func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) (int64, error) {
		_, doc, err := measureInForce(ctx, tx, who.RegionID, measureID)
		if err != nil {
			return 0, err
		}
		var x texts
		v := Review{ID: s.ids(), MeasureID: measureID, Half: h, Rating: r, By: who.ID, At: tx.Now().UnixMilli(), Text: x.need("text", "评估意见", text, 1000)}
		if !h.Valid() {
			x.add("half", "还没有选评估哪个半年。")
		} else if _, last := h.Months(); period.MonthOf(tx.Now()) < last {
			x.add("half", "%s还没到最后一个月，不能先评估。", h.Chinese())
		} else if doc.IssuedOn > period.Day(last.End().Add(-1)) {
			x.add("half", "文件 %s 才印发，%s不用评估。", doc.IssuedOn, h.Chinese())
		}
		if r.Chinese() == "" {
			x.add("rating", "还没有选见效没有。")
		}
		if err := x.refuse(); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, insertReview, who.RegionID, v.ID, v.MeasureID, string(v.Half), string(v.Rating), v.Text, v.By, v.At); err != nil {
			if errs.KindOf(err) == errs.Conflict {
				return 0, errs.New(errs.Conflict, "这一条%s已经评估过。", h.Chinese())
			}
			return 0, err
		}
		return v.ID, seal(ctx, tx, who, ReviewKind, v.ID, "review", v.sealed())
	})
}

// EachDocument yields every document of the region in its sealed form.
func EachDocument(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	docs, err := documents(ctx, tx, regionID)
	if err != nil {
		return err
	}
	for _, d := range docs {
		if err := yield(d.ID, d.sealed()); err != nil {
			return err
		}
	}
	return nil
}

// EachAction yields every action of the region in its sealed form.
func EachAction(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectActions, scanAction, func(a Action) error { return yield(a.ID, a.sealed()) }, regionID)
}

// EachReview yields every review of the region in its sealed form.
func EachReview(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectReviews, scanReview, func(r Review) error { return yield(r.ID, r.sealed()) }, regionID)
}
