// Package notice tells people what waits for them (待办) and urges what is late (催办).
//
// A to-do is opened by an act and closed by the act that answers it, for a unit, for one person in it, or for an office; it is
// never a message that somebody has to mark as read. A matter is urged at most once a day, and nothing is pushed
// anywhere: people see it when they come, and one line says how much of it is due.
//
// Source: S6, S7; ui 9 (notify); domain 16.3.
package notice

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
)

// Todo is something that waits for a unit or for an office (待办).
type Todo struct {
	ID       int64
	Unit     int64     // whose turn it is; 0 if an office's
	Person   int64     // the one person of the unit who can do it; 0 if anybody there can
	Role     auth.Role // which office's turn it is; "" if a unit's
	Kind     string    // area.noun.verb of the act that answers it
	Subject  ref.Ref
	Title    string
	Href     string
	DueOn    string // last day, "" if none
	OpenedAt int64
}

// Reminder is one urging of a matter (催办).
type Reminder struct {
	Subject ref.Ref
	Day     string
	Unit    int64
	Text    string
	By      int64
}

// Book is what other packages may do with to-dos, inside their own transactions.
type Book struct{ ids func() int64 }

// NewBook returns a Book.
func NewBook(ids func() int64) *Book { return &Book{ids} }

// Open opens a to-do. One that is open already for the same act, subject and addressee stays as it is, but for the person who has to do it.
func (b *Book) Open(ctx context.Context, tx *sqldb.Tx, regionID int64, t Todo) error {
	_, err := tx.Exec(ctx, insertTodo, regionID, b.ids(), t.Unit, t.Person, string(t.Role), t.Kind, t.Subject.Kind, t.Subject.ID, t.Title, t.Href, t.DueOn, tx.Now().UnixMilli())
	return err
}

// Done closes the open to-dos of an act on a subject, for everybody.
func (b *Book) Done(ctx context.Context, tx *sqldb.Tx, regionID int64, kind string, subject ref.Ref) error {
	_, err := tx.Exec(ctx, doneTodo, regionID, kind, subject.Kind, subject.ID, tx.Now().UnixMilli())
	return err
}

// DoneFor closes the open to-do of one unit.
func (b *Book) DoneFor(ctx context.Context, tx *sqldb.Tx, regionID int64, kind string, subject ref.Ref, unitID int64) error {
	_, err := tx.Exec(ctx, doneTodoUnit, regionID, kind, subject.Kind, subject.ID, unitID, tx.Now().UnixMilli())
	return err
}

// OpenBy is Open by a fact. Facts are delivered in no promised order: what a later fact has done already is not opened by an earlier one that comes after it.
func (b *Book) OpenBy(ctx context.Context, tx *sqldb.Tx, regionID, factID int64, t Todo) error {
	for _, unit := range []int64{0, t.Unit} {
		done, err := sqldb.One(ctx, tx, takeTurn, sqldb.Int64, regionID, t.Kind, t.Subject.Kind, t.Subject.ID, unit)
		if err != nil {
			return err
		}
		if done > factID {
			return nil
		}
		if t.Unit == 0 {
			break
		}
	}
	_, err := tx.Exec(ctx, insertTodoBy, regionID, b.ids(), t.Unit, string(t.Role), t.Kind, t.Subject.Kind, t.Subject.ID, t.Title, t.Href, t.DueOn, tx.Now().UnixMilli(), factID)
	return err
}

// DoneBy is Done by a fact: it closes what earlier facts have opened, and what an earlier one would still open.
func (b *Book) DoneBy(ctx context.Context, tx *sqldb.Tx, regionID, factID int64, kind string, subject ref.Ref) error {
	if err := pass(ctx, tx, regionID, factID, kind, subject, 0); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, doneTodoBy, regionID, kind, subject.Kind, subject.ID, tx.Now().UnixMilli(), factID)
	return err
}

// DoneForBy is DoneBy for one unit.
func (b *Book) DoneForBy(ctx context.Context, tx *sqldb.Tx, regionID, factID int64, kind string, subject ref.Ref, unitID int64) error {
	if err := pass(ctx, tx, regionID, factID, kind, subject, unitID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, doneTodoUnitBy, regionID, kind, subject.Kind, subject.ID, unitID, tx.Now().UnixMilli(), factID)
	return err
}

// pass notes by which fact a matter was done, for the earlier ones that are still to come.
func pass(ctx context.Context, tx *sqldb.Tx, regionID, factID int64, kind string, subject ref.Ref, unitID int64) error {
	if _, err := sqldb.One(ctx, tx, takeTurn, sqldb.Int64, regionID, kind, subject.Kind, subject.ID, unitID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, passTurn, regionID, kind, subject.Kind, subject.ID, unitID, factID)
	return err
}

// For returns what waits for the actor: his unit's to-dos, but what only another person there can do, and those of his offices, the earliest due first, at most 200.
func For(ctx context.Context, tx *sqldb.Tx, who auth.Actor) ([]Todo, error) {
	out, err := sqldb.All(ctx, tx, selectUnitTodos, scanTodo, who.RegionID, who.UnitID, who.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range who.Roles {
		list, err := sqldb.All(ctx, tx, selectRoleTodos, scanTodo, who.RegionID, string(r))
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	slices.SortStableFunc(out, func(a, b Todo) int { // what is overdue or due first; what has no day last
		if (a.DueOn == "") != (b.DueOn == "") {
			return cmp.Compare(b.DueOn, a.DueOn)
		}
		return cmp.Compare(a.DueOn, b.DueOn)
	})
	return out, nil
}

// Remind urges a matter (催办), once a day at most. Errors: Conflict if it was urged today, Invalid without words.
func (b *Book) Remind(ctx context.Context, tx *sqldb.Tx, who auth.Actor, r Reminder) error {
	if r.Text == "" {
		return errs.At("text", "催办要写清楚催什么。")
	}
	r.Day, r.By = period.Day(tx.Now()), who.ID
	n, err := tx.Exec(ctx, insertReminder, who.RegionID, r.Subject.Kind, r.Subject.ID, r.Day, r.Unit, r.Text, r.By)
	if err != nil {
		return err
	}
	if n == 0 {
		return errs.New(errs.Conflict, "这件事今天已经催过一次，明天再催。")
	}
	return ledger.Append(ctx, tx, who, r.Subject, "urge", map[string]any{"unit": r.Unit, "text": r.Text})
}

// RemindersOf returns the urgings of a unit since a day, the newest first.
func RemindersOf(ctx context.Context, tx *sqldb.Tx, regionID, unitID int64, since string) ([]Reminder, error) {
	return sqldb.All(ctx, tx, selectReminders, scanReminder, regionID, unitID, since)
}

// Digest is what a person is told on a day, in one line.
type Digest struct {
	Open     int // all of them (在办)
	Overdue  int // due before the day (逾期)
	DueToday int
	DueSoon  int // due within the next three days, today left out
}

// DigestOf counts to-dos on a day.
func DigestOf(list []Todo, day string) (d Digest) {
	t, err := period.ParseDay(day)
	if err != nil {
		return d
	}
	soon := period.Day(t.AddDate(0, 0, 3))
	for _, x := range list {
		d.Open++
		switch {
		case x.DueOn == "":
		case x.DueOn < day:
			d.Overdue++
		case x.DueOn == day:
			d.DueToday++
		case x.DueOn <= soon:
			d.DueSoon++
		}
	}
	return d
}

// String is the digest as people read it: 在办 6 件，今天到期 2 件，逾期 1 件. What is none is left out; without anything open it is empty.
func (d Digest) String() string {
	if d.Open == 0 {
		return ""
	}
	s := fmt.Sprintf("在办 %d 件", d.Open)
	for _, x := range []struct {
		n    int
		what string
	}{{d.DueToday, "今天到期"}, {d.DueSoon, "三天内到期"}, {d.Overdue, "逾期"}} {
		if x.n > 0 {
			s += fmt.Sprintf("，%s %d 件", x.what, x.n)
		}
	}
	return s
}

// Service is the actor's view of his to-dos.
type Service struct {
	db  *sqldb.DB
	fit map[string]Fit
}

// Fit fits a to-do of an office to the person who looks: how much of it there is by now, and whether any of it is his. false leaves it out.
type Fit func(ctx context.Context, tx *sqldb.Tx, who auth.Actor, t Todo) (Todo, bool, error)

// New returns a Service.
func New(db *sqldb.DB) *Service { return &Service{db: db, fit: map[string]Fit{}} }

// Fitting tells how a kind of to-do is fitted to who looks; it is called while the program is put together. A person of two offices sees one such to-do once.
func (s *Service) Fitting(kind string, fn Fit) { s.fit[kind] = fn }

// Today returns the district's day, on which a digest is made.
func (s *Service) Today() string { return period.Day(s.db.Clock().Now()) }

// Mine returns what waits for the actor of ctx.
func (s *Service) Mine(ctx context.Context) (out []Todo, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		list, err := For(ctx, tx, who)
		if err != nil {
			return err
		}
		type matter struct {
			kind string
			of   ref.Ref
		}
		seen := map[matter]bool{}
		for _, t := range list {
			if fn := s.fit[t.Kind]; fn != nil {
				m := matter{t.Kind, t.Subject}
				if seen[m] {
					continue
				}
				seen[m] = true
				var his bool
				if t, his, err = fn(ctx, tx, who, t); err != nil {
					return err
				}
				if !his {
					continue
				}
			}
			out = append(out, t)
		}
		return nil
	})
	return out, err
}
