package conduct

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

// chance is the salt of a record of a person.
func chance(int64) []byte {
	salt := make([]byte, 16)
	rand.Read(salt)
	return salt
}

// Salting replaces chance as the source of salts; nil brings it back. It is for the play of the demonstration, whose persons are invented and which must
// be the same each time.
func (s *Service) Salting(fn func(id int64) []byte) {
	if s.salt = fn; fn == nil {
		s.salt = chance
	}
}

// NameReader names somebody who may read and write the records of persons, for a stated reason and until a day, a year at most. Nobody names himself.
// Errors: Invalid (person, reason, until_on).
func (s *Service) NameReader(ctx context.Context, key string, personID int64, reason, untilOn string) (int64, error) {
	return s.once(ctx, MayName, key, "conduct.reader.name", func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) (int64, error) {
		var x texts
		today := period.Day(tx.Now())
		r := Reader{ID: s.ids(), PersonID: personID, Reason: x.need("reason", "指定理由", reason, 200), UntilOn: x.day("until_on", "到期日", untilOn), NamedBy: who.ID, At: tx.Now().UnixMilli()}
		switch p := d.Person(personID); {
		case p == nil || p.LeftOn != "" && p.LeftOn <= today:
			x.add("person", "还没有选查阅人。")
		case personID == who.ID:
			x.add("person", "不能指定自己。")
		}
		if r.UntilOn != "" && (r.UntilOn <= today || r.UntilOn > period.Day(tx.Now().AddDate(1, 0, 0))) {
			x.add("until_on", "到期日要在今天以后、一年以内。")
		}
		if err := x.refuse(); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, insertReader, who.RegionID, r.ID, r.PersonID, r.Reason, r.UntilOn, r.NamedBy, r.At); err != nil {
			return 0, err
		}
		return r.ID, seal(ctx, tx, who, ReaderKind, r.ID, "name", r.sealed())
	})
}

// EndReader takes the naming back. Errors: NotFound.
func (s *Service) EndReader(ctx context.Context, key string, id int64) error {
	_, err := s.once(ctx, MayName, key, "conduct.reader.end", func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) (int64, error) {
		list, err := sqldb.All(ctx, tx, selectReaders, scanReader, who.RegionID)
		if err != nil {
			return 0, err
		}
		i := slices.IndexFunc(list, func(r Reader) bool { return r.ID == id && r.EndedAt == 0 })
		if i < 0 {
			return 0, gone()
		}
		r := list[i]
		r.EndedAt = tx.Now().UnixMilli()
		if _, err := tx.Exec(ctx, endReader, who.RegionID, id, r.EndedAt); err != nil {
			return 0, err
		}
		return id, seal(ctx, tx, who, ReaderKind, id, "end", r.sealed())
	})
	return err
}

// Readers lists who was named, and the latest openings: for the leaders, who answer for it.
func (s *Service) Readers(ctx context.Context) (out []Reader, log []Access, err error) {
	err = s.look(ctx, MayName, func(tx *sqldb.Tx, who auth.Actor, _ *org.Directory) error {
		if out, err = sqldb.All(ctx, tx, selectReaders, scanReader, who.RegionID); err != nil {
			return err
		}
		log, err = sqldb.All(ctx, tx, selectAccess, scanAccess, who.RegionID)
		return err
	})
	return out, log, err
}

// AmReader reports whether the actor is a named reader today.
func (s *Service) AmReader(ctx context.Context) (ok bool, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return false, err
	}
	if !who.May(MayExam) {
		return false, nil
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		ok, err = named(ctx, tx, who)
		return err
	})
	return ok, err
}

func named(ctx context.Context, tx *sqldb.Tx, who auth.Actor) (bool, error) {
	list, err := sqldb.All(ctx, tx, selectReadersOf, scanReader, who.RegionID, who.ID)
	today := period.Day(tx.Now())
	return slices.ContainsFunc(list, func(r Reader) bool { return r.Holds(today) }), err
}

// open asks whether the actor may open a person's records, and writes it down. A refusal tells nothing of whether there are any.
func (s *Service) open(ctx context.Context, tx *sqldb.Tx, who auth.Actor, personID int64, act, purpose string) error {
	ok, err := named(ctx, tx, who)
	if err != nil {
		return err
	}
	if !ok {
		return errs.New(errs.Forbidden, "一线考察记录只有区领导指定的查阅人能看，您不在名单里，或者已经到期。")
	}
	_, err = tx.Exec(ctx, insertAccess, who.RegionID, s.ids(), who.ID, personID, act, purpose, tx.Now().UnixMilli())
	return err
}

// WriteExam enters what two named observers at least saw of a person where the work is done (登记一线考察). Nobody writes of himself. Errors: Forbidden (not a named
// reader), Invalid (person, task, place, observed_on, fact, view, assessors).
func (s *Service) WriteExam(ctx context.Context, key string, e Exam) (int64, error) {
	return s.once(ctx, MayExam, key, "conduct.exam.write", func(tx *sqldb.Tx, who auth.Actor, d *org.Directory) (int64, error) {
		if err := s.open(ctx, tx, who, e.PersonID, "write", "登记一线考察"); err != nil {
			return 0, err
		}
		var x texts
		today := period.Day(tx.Now())
		switch p := d.Person(e.PersonID); {
		case p == nil:
			x.add("person", "还没有选考察对象。")
		case e.PersonID == who.ID:
			x.add("person", "不能写自己。")
		}
		e.Place, e.Fact, e.View = x.need("place", "在哪里", e.Place, 100), x.need("fact", "看到的事实", e.Fact, 1000), x.need("view", "评价", e.View, 500)
		if e.ObservedOn = x.day("observed_on", "考察日期", e.ObservedOn); e.ObservedOn > today {
			x.add("observed_on", "考察日期不能在今天以后。")
		}
		seen := map[int64]bool{}
		for _, a := range e.Assessors {
			if d.Person(a) == nil || a == e.PersonID {
				x.add("assessors", "评价人里有一位没有找到，或者是考察对象本人。")
			}
			seen[a] = true
		}
		if len(seen) < 2 {
			x.add("assessors", "评价人至少要两位。")
		}
		if e.TaskID != 0 {
			if _, err := task.Get(ctx, tx, who.RegionID, e.TaskID); err != nil {
				x.add("task", "没有找到这项任务，请重新选。")
			}
		}
		if err := x.refuse(); err != nil {
			return 0, err
		}
		e.ID, e.WrittenBy, e.At = s.ids(), who.ID, tx.Now().UnixMilli()
		e.salt = hex.EncodeToString(s.salt(e.ID))
		if _, err := tx.Exec(ctx, insertExam, who.RegionID, e.ID, e.PersonID, e.TaskID, e.Place, e.ObservedOn, e.Fact, e.View, joinIDs(e.Assessors), e.salt, e.WrittenBy, e.At); err != nil {
			return 0, err
		}
		return e.ID, seal(ctx, tx, who, ExamKind, e.ID, "write", e.sealed())
	})
}

// ExamTasks returns the tasks that the unit of a person leads, which a record of him may be about (可选的任务): for named readers only.
func (s *Service) ExamTasks(ctx context.Context, personID int64) (out []task.Task, err error) {
	who, err := auth.Require(ctx, MayExam)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if ok, err := named(ctx, tx, who); err != nil || !ok {
			return err
		}
		d, err := s.org.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		p := d.Person(personID)
		if p == nil {
			return nil
		}
		out, err = task.List(ctx, tx, who.RegionID, task.Filter{Unit: p.UnitID})
		return err
	})
	return out, err
}

// titled names the tasks that the records are about.
func titled(ctx context.Context, tx *sqldb.Tx, regionID int64, list []Exam) error {
	for i, e := range list {
		if e.TaskID == 0 {
			continue
		}
		t, err := task.Get(ctx, tx, regionID, e.TaskID)
		if err != nil {
			return err
		}
		list[i].Task = t.Title
	}
	return nil
}

// ReadExams opens the records of a person for a stated purpose (查阅), which is written down with the opening. Errors: Forbidden, Invalid (person, purpose).
func (s *Service) ReadExams(ctx context.Context, personID int64, purpose string) (out []Exam, err error) {
	who, err := auth.Require(ctx, MayExam)
	if err != nil {
		return nil, err
	}
	var x texts
	purpose = x.need("purpose", "查阅目的", purpose, 200)
	if personID == 0 {
		x.add("person", "还没有选看谁的记录。")
	}
	if err := x.refuse(); err != nil {
		return nil, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error { // the opening is written down in the transaction that reads
		if err := s.open(ctx, tx, who, personID, "read", purpose); err != nil {
			return err
		}
		if out, err = sqldb.All(ctx, tx, selectExamsOf, scanExam, who.RegionID, personID); err != nil {
			return err
		}
		return titled(ctx, tx, who.RegionID, out)
	})
	return out, err
}

// OwnExams returns what is recorded of the actor himself, and who opened it and why: everybody may know.
func (s *Service) OwnExams(ctx context.Context) (out []Exam, log []Access, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return nil, nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if out, err = sqldb.All(ctx, tx, selectExamsOf, scanExam, who.RegionID, who.ID); err != nil {
			return err
		}
		if err = titled(ctx, tx, who.RegionID, out); err != nil {
			return err
		}
		log, err = sqldb.All(ctx, tx, selectAccessOf, scanAccess, who.RegionID, who.ID)
		return err
	})
	return out, log, err
}

// EachReader yields every naming of the region in its sealed form.
func EachReader(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectReaders, scanReader, func(r Reader) error { return yield(r.ID, r.sealed()) }, regionID)
}

// EachExam yields the digest of every record of the region.
func EachExam(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectExamsAll, scanExam, func(e Exam) error { return yield(e.ID, e.sealed()) }, regionID)
}
