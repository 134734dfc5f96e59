package template

import (
	"context"
	"fmt"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/receipt"
)

// MayRead guards the list of papers and their templates. MayKeep guards what an office does with the templates of its own papers.
var (
	MayRead = auth.Permit("template.version.read", "查看公文模板", auth.Leader, auth.Supervisor, auth.Appraiser, auth.Auditor)
	MayKeep = auth.Permit("template.version.keep", "维护本部门的公文模板", auth.Supervisor, auth.Appraiser)
)

// The kinds under which versions and turns stand in the ledger.
const (
	VersionKind = "template.version"
	TurnKind    = "template.turn"
)

// Service is the use case of templates.
type Service struct {
	db     *sqldb.DB
	ids    func() int64
	papers []Paper
}

// New returns a Service for the papers, in the order of the page.
func New(db *sqldb.DB, ids func() int64, papers []Paper) *Service { return &Service{db, ids, papers} }

func (s *Service) paper(key string) (Paper, error) {
	for _, p := range s.papers {
		if p.Key == key {
			return p, nil
		}
	}
	return Paper{}, errs.New(errs.NotFound, "没有这种公文")
}

// State is a paper with its versions and turns, the newest first.
type State struct {
	Paper
	Versions []Version
	Turns    []Turn
	May      bool // the actor keeps its template
}

// Now is what is in use: the turn that holds, or the zero Turn for the default that was never replaced.
func (x State) Now() (t Turn) {
	if len(x.Turns) > 0 {
		t = x.Turns[0]
	}
	return t
}

// Version returns the version of that revision, or nil.
func (x State) Version(revision int64) *Version {
	for i := range x.Versions {
		if x.Versions[i].Revision == revision {
			return &x.Versions[i]
		}
	}
	return nil
}

// Papers lists every paper with the state of its template.
func (s *Service) Papers(ctx context.Context) (out []State, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		for _, p := range s.papers {
			x, err := s.state(ctx, tx, who, p)
			if err != nil {
				return err
			}
			out = append(out, x)
		}
		return nil
	})
	return out, err
}

// Show returns one paper with the state of its template. Errors: NotFound.
func (s *Service) Show(ctx context.Context, key string) (x State, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return x, err
	}
	p, err := s.paper(key)
	if err != nil {
		return x, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		x, err = s.state(ctx, tx, who, p)
		return err
	})
	return x, err
}

func (s *Service) state(ctx context.Context, tx *sqldb.Tx, who auth.Actor, p Paper) (x State, err error) {
	x.Paper, x.May = p, who.May(MayKeep) && who.Has(p.Office)
	if x.Versions, err = sqldb.All(ctx, tx, selectVersions, scanVersion, who.RegionID, p.Key); err != nil {
		return x, err
	}
	x.Turns, err = sqldb.All(ctx, tx, selectTurns, scanTurn, who.RegionID, p.Key)
	return x, err
}

func own(who auth.Actor, p Paper) error {
	if !who.Has(p.Office) {
		return errs.New(errs.Forbidden, "“%s”由%s印发，模板也由%s维护。", p.Name, p.Office.Chinese(), p.Office.Chinese())
	}
	return nil
}

// Upload takes a template as the next version of its paper. It is not in use until Use says so. Errors: Invalid (every complaint names the file),
// NotFound, Forbidden, Conflict.
func (s *Service) Upload(ctx context.Context, key string, u Uploading) (v Version, err error) {
	who, err := auth.Require(ctx, MayKeep)
	if err != nil {
		return v, err
	}
	p, err := s.paper(u.Paper)
	if err != nil {
		return v, err
	}
	if err := own(who, p); err != nil {
		return v, err
	}
	if err := u.check(p); err != nil { // of the file alone, so that nobody waits for it
		return v, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		done, dup, err := receipt.Take(ctx, tx, who, key, string(MayKeep)+".upload")
		if err != nil {
			return err
		}
		if dup {
			v, err = sqldb.One(ctx, tx, selectVersion, scanVersion, who.RegionID, p.Key, id.Parse(done))
			return err
		}
		before, err := sqldb.All(ctx, tx, selectVersions, scanVersion, who.RegionID, p.Key)
		if err != nil {
			return err
		}
		if err := u.next(p, before); err != nil {
			return err
		}
		v = Version{ID: s.ids(), Paper: p.Key, Revision: 1, FileName: u.FileName, Size: int64(len(u.File)), SHA256: Sum(u.File), Note: u.Note, MadeBy: who.ID, MadeAt: tx.Now().UnixMilli()}
		if len(before) > 0 {
			v.Revision = before[0].Revision + 1
		}
		n, err := tx.Exec(ctx, insertVersion, who.RegionID, v.ID, v.Paper, v.Revision, u.File, v.FileName, v.Size, v.SHA256, v.Note, v.MadeBy, v.MadeAt)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "刚有人传了一版，没有存。请看过那一版再传。")
		}
		if err := ledger.Append(ctx, tx, who, ref.Ref{Kind: VersionKind, ID: v.ID}, "upload", ledger.Row(v.sealed())); err != nil {
			return err
		}
		return receipt.Give(ctx, tx, who, key, id.Format(v.Revision))
	})
	return v, err
}

// Use puts a version of a paper's template into use (启用), or with revision 0 goes back to the default. turn is the turn that the actor saw in force.
// Papers that were signed or issued before keep the template of their day (AsOf). Errors: Invalid, NotFound, Forbidden, Conflict.
func (s *Service) Use(ctx context.Context, key, paper string, turn, revision int64, reason string) (t Turn, err error) {
	who, err := auth.Require(ctx, MayKeep)
	if err != nil {
		return t, err
	}
	p, err := s.paper(paper)
	if err != nil {
		return t, err
	}
	if err := own(who, p); err != nil {
		return t, err
	}
	reason = strings.TrimSpace(reason)
	if n := len([]rune(reason)); n < 2 || n > 200 {
		return t, errs.At("reason", "请用 2 到 200 字写明为什么换，如“按区委办 2017 年公文格式”。")
	}
	if revision != 0 {
		file, err := s.File(ctx, p.Key, revision) // a version never changes: what holds of it now holds in the transaction
		if err != nil {
			return t, err
		}
		if err := p.Check(file); err != nil { // the program may have become stricter since it was taken
			return t, err
		}
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, dup, err := receipt.Take(ctx, tx, who, key, string(MayKeep)+".use"); err != nil || dup {
			return err
		}
		x, err := s.state(ctx, tx, who, p)
		if err != nil {
			return err
		}
		now := x.Now()
		if now.Turn != turn {
			return errs.New(errs.Conflict, "“%s”的模板刚换过，没有启用。请看过现在用的再定。", p.Name)
		}
		if now.Revision == revision {
			return errs.New(errs.Conflict, "“%s”现在用的就是这一版。", p.Name)
		}
		if revision != 0 {
			if _, err := s.file(ctx, tx, who.RegionID, p, revision); err != nil {
				return err
			}
		}
		t = Turn{ID: s.ids(), Paper: p.Key, Turn: turn + 1, Revision: revision, Reason: reason, MadeBy: who.ID, MadeAt: tx.Now().UnixMilli()}
		n, err := tx.Exec(ctx, insertTurn, who.RegionID, t.ID, t.Paper, t.Turn, t.Revision, t.Reason, t.MadeBy, t.MadeAt)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "“%s”的模板刚换过，没有启用。请看过现在用的再定。", p.Name)
		}
		sum := Sum(p.Default())
		if v := x.Version(revision); v != nil {
			sum = v.SHA256
		}
		return ledger.Append(ctx, tx, who, ref.Ref{Kind: TurnKind, ID: t.ID}, "use", ledger.Row(t.sealed()).With(struct {
			SHA256 string `json:"sha256"`
		}{sum}))
	})
	return t, err
}

// File returns the file of a version, or the default of revision 0. Errors: NotFound.
func (s *Service) File(ctx context.Context, key string, revision int64) (file []byte, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	p, err := s.paper(key)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		file, err = s.file(ctx, tx, who.RegionID, p, revision)
		return err
	})
	return file, err
}

func (s *Service) file(ctx context.Context, tx *sqldb.Tx, regionID int64, p Paper, revision int64) ([]byte, error) {
	if revision == 0 {
		return p.Default(), nil
	}
	v, err := sqldb.One(ctx, tx, selectVersion, scanVersion, regionID, p.Key, revision)
	if err != nil {
		return nil, err
	}
	file, err := sqldb.One(ctx, tx, selectFile, scanFile, regionID, p.Key, revision)
	if err != nil {
		return nil, err
	}
	if Sum(file) != v.SHA256 {
		return nil, fmt.Errorf("template: version %d of %s is not the file that was taken", revision, p.Key)
	}
	return file, nil
}

// Current returns the template that a paper is printed with now. Whoever may read the paper may have it filled: what it is filled with is guarded by its area.
func (s *Service) Current(ctx context.Context, key string) ([]byte, error) {
	return s.AsOf(ctx, key, 0)
}

// AsOf returns the template with which a paper of the instant at is printed: that which was in use then, so that what has been signed or issued looks the
// same ever after. 0 is now.
func (s *Service) AsOf(ctx context.Context, key string, at int64) (file []byte, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.paper(key)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		turns, err := sqldb.All(ctx, tx, selectTurns, scanTurn, who.RegionID, p.Key)
		if err != nil {
			return err
		}
		file, err = s.file(ctx, tx, who.RegionID, p, inForce(turns, at))
		return err
	})
	return file, err
}

// inForce is the revision in use at an instant; turns come newest first. It is pure.
func inForce(turns []Turn, at int64) int64 {
	for _, t := range turns {
		if at == 0 || t.MadeAt <= at {
			return t.Revision
		}
	}
	return 0
}

// EachVersion yields every version in its sealed form, its fingerprint taken of the file that is there.
func EachVersion(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectVersionsAll, scanStored, func(v storedVersion) error {
		v.SHA256 = Sum(v.file)
		return yield(v.ID, v.sealed())
	}, regionID)
}

// EachTurn yields every turn in its sealed form.
func EachTurn(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectTurnsAll, scanTurn, func(t Turn) error { return yield(t.ID, t.sealed()) }, regionID)
}
