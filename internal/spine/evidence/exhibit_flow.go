package evidence

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
)

// The permissions of evidence (佐证材料).
var (
	Offer = auth.Permit("evidence.exhibit.offer", "上传佐证材料", auth.Supervisor, auth.Appraiser, auth.TaskForce, auth.Head, auth.Clerk, auth.Source)
	Open  = auth.Permit("evidence.exhibit.open", "查看佐证材料", auth.Everyone...)
)

// Kind is the kind of an exhibit's ref and ledger subject.
const Kind = "evidence.exhibit"

// Service keeps exhibits.
type Service struct {
	db  *sqldb.DB
	ids func() int64

	mu     sync.RWMutex
	grants map[string]Grant
}

// Grant says whether somebody who does not see the unit may yet open its exhibit: the lead unit
// of a joint task, a supervision group on its tour.
type Grant func(ctx context.Context, tx *sqldb.Tx, who auth.Actor, e Exhibit) (bool, error)

// New returns the service. ids makes the exhibits' ids.
func New(db *sqldb.DB, ids func() int64) *Service {
	s := &Service{db: db, ids: ids, grants: map[string]Grant{}}
	ledger.RegisterSubject(Kind, s.sealed, ledger.Labels{"": "佐证材料", "owner": "所属事项", "unit": "单位", "name_sha256": "文件名", "media": "类型", "size": "大小",
		"sha256": "内容指纹", "offered_sha256": "原文件指纹", "withdrawn": "撤回", "withdrawn_why": "撤回原因"})
	return s
}

// Allow lets grant speak for the exhibits of one kind of owner. It is called while the program is put together.
func (s *Service) Allow(ownerKind string, grant Grant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants[ownerKind] = grant
}

// Put inspects a file and keeps it as proof of owner, inside the caller's transaction. unitID is the unit whose business owner is.
// For files of more than a few hundred kilobytes call Inspect before the transaction and PutFile inside it: others wait.
func (s *Service) Put(ctx context.Context, tx *sqldb.Tx, who auth.Actor, owner ref.Ref, unitID int64, name string, content []byte) (Exhibit, error) {
	f, err := Inspect(name, content)
	if err != nil {
		return Exhibit{}, err
	}
	return s.PutFile(ctx, tx, who, owner, unitID, f)
}

// PutFile keeps an inspected file as proof of owner and seals it. The same bytes twice for one owner are a Conflict.
func (s *Service) PutFile(ctx context.Context, tx *sqldb.Tx, who auth.Actor, owner ref.Ref, unitID int64, f File) (Exhibit, error) {
	if !who.May(Offer) {
		return Exhibit{}, errs.New(errs.Forbidden, "您没有“%s”的权限。", Offer.Chinese())
	}
	if err := who.MaySee(unitID); err != nil {
		return Exhibit{}, err
	}
	if !f.inspected || owner.Kind == "" || owner.ID == 0 {
		return Exhibit{}, fmt.Errorf("evidence: a file that was not inspected, or no owner: %s", owner)
	}
	e := Exhibit{RegionID: who.RegionID, ID: s.ids(), Owner: owner, UnitID: unitID, Name: f.Name, Media: f.Media, Size: int64(len(f.Content)), SHA256: f.SHA256,
		Offered: f.Offered, OfferedBy: who.ID, OfferedAt: tx.Now()}
	if _, err := tx.Exec(ctx, insertBlob, e.RegionID, e.SHA256, f.Content); err != nil {
		return Exhibit{}, err
	}
	n, err := tx.Exec(ctx, insertExhibit, e.RegionID, e.ID, owner.Kind, owner.ID, unitID, e.Name, e.Media, e.Size, e.SHA256, e.Offered, who.ID, e.OfferedAt.UnixMilli())
	if err != nil {
		return Exhibit{}, err
	}
	if n == 0 {
		return Exhibit{}, errs.New(errs.Conflict, "“%s”已经交过了，不用再传。", e.Name)
	}
	return e, ledger.Append(ctx, tx, who, ref.Ref{Kind: Kind, ID: e.ID}, "offer", ledger.Row(e.row()))
}

// Withdraw takes an exhibit back (撤回). It stays readable, marked as withdrawn. Only the unit that it belongs to may, giving a reason.
func (s *Service) Withdraw(ctx context.Context, tx *sqldb.Tx, who auth.Actor, id int64, why string) (Exhibit, error) {
	if !who.May(Offer) {
		return Exhibit{}, errs.New(errs.Forbidden, "您没有“%s”的权限。", Offer.Chinese())
	}
	e, err := sqldb.One(ctx, tx, selectExhibit, scanExhibit, who.RegionID, id)
	if err != nil {
		return e, err
	}
	if e.OfferedBy != who.ID {
		if err := who.OwnUnit(e.UnitID); err != nil {
			return e, err
		}
	}
	if why = strings.TrimSpace(why); why == "" {
		return e, errs.At("why", "请写明撤回的原因")
	}
	n, err := tx.Exec(ctx, withdrawExhibit, who.RegionID, id, tx.Now().UnixMilli(), why)
	if err != nil {
		return e, err
	}
	if n == 0 {
		return e, errs.New(errs.Conflict, "这份材料已经撤回了。")
	}
	e.Withdrawn, e.Why = tx.Now(), why
	return e, ledger.Append(ctx, tx, who, ref.Ref{Kind: Kind, ID: id}, "withdraw", ledger.Row(e.row()))
}

// List returns the exhibits of one record, the earliest first, withdrawn ones included. It asks nobody's permission: the caller has asked who may see owner.
func (s *Service) List(ctx context.Context, tx *sqldb.Tx, regionID int64, owner ref.Ref) ([]Exhibit, error) {
	return sqldb.All(ctx, tx, selectOwners, scanExhibit, regionID, owner.Kind, owner.ID)
}

// Open returns an exhibit and its bytes to whoever may see the unit's business, or has been granted it. The bytes are hashed
// each time: if they, or the row, are not what the ledger sealed, the error is of kind Conflict and says so.
func (s *Service) Open(ctx context.Context, id int64) (e Exhibit, content []byte, err error) {
	who, err := auth.Require(ctx, Open)
	if err != nil {
		return e, nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if e, err = sqldb.One(ctx, tx, selectExhibit, scanExhibit, who.RegionID, id); err != nil {
			return err
		}
		if err := s.maySee(ctx, tx, who, e); err != nil {
			return err
		}
		content, err = s.content(ctx, tx, e)
		return err
	})
	if err != nil {
		return Exhibit{}, nil, err
	}
	return e, content, nil
}

func (s *Service) maySee(ctx context.Context, tx *sqldb.Tx, who auth.Actor, e Exhibit) error {
	err := who.MaySee(e.UnitID)
	if err == nil {
		return nil
	}
	s.mu.RLock()
	grant := s.grants[e.Owner.Kind]
	s.mu.RUnlock()
	if grant == nil {
		return err
	}
	ok, fail := grant(ctx, tx, who, e)
	if fail != nil {
		return fail
	}
	if !ok {
		return err
	}
	return nil
}

func tampered(e Exhibit, what string) error {
	return errs.New(errs.Conflict, "佐证材料“%s”（%s）%s，已停止展示。请立即通知审计管理员运行 duban verify 核查。", e.Name, ref.Ref{Kind: Kind, ID: e.ID}, what)
}

// content returns the bytes of an exhibit if they and its row are as sealed.
func (s *Service) content(ctx context.Context, tx *sqldb.Tx, e Exhibit) ([]byte, error) {
	b, ok, err := sqldb.Maybe(ctx, tx, selectBlob, scanBytes, e.RegionID, e.SHA256)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, tampered(e, "的内容不见了")
	}
	if sum(b) != e.SHA256 {
		return nil, tampered(e, "的内容与上传时不一致")
	}
	entry, ok, err := ledger.LatestRow(ctx, tx, e.RegionID, ref.Ref{Kind: Kind, ID: e.ID})
	if err != nil {
		return nil, err
	}
	if ok {
		if ok, err = ledger.Holds(ctx, tx, entry, e.row()); err != nil {
			return nil, err
		}
	}
	if !ok {
		return nil, tampered(e, "的登记与台账不一致")
	}
	return b, nil
}

// Damage is an exhibit that the scrub found altered.
type Damage struct {
	Exhibit Exhibit
	Text    string // a sentence
}

// Scrub hashes every exhibit of a region, one transaction each, and returns those that are not what was offered. It is for the night.
func (s *Service) Scrub(ctx context.Context, regionID int64) (out []Damage, err error) {
	for after := int64(0); ; {
		var page []Exhibit
		err := s.db.View(ctx, func(tx *sqldb.Tx) (err error) {
			page, err = sqldb.All(ctx, tx, selectAll, scanExhibit, regionID, after, int64(100))
			return err
		})
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, e := range page {
			after = e.ID
			err := s.db.View(ctx, func(tx *sqldb.Tx) error { _, err := s.content(ctx, tx, e); return err })
			if errs.KindOf(err) == errs.Conflict {
				out = append(out, Damage{e, errs.Say(err)})
			} else if err != nil {
				return out, err
			}
		}
	}
}

// sealed reads the exhibits' rows for the ledger's Verify.
func (s *Service) sealed(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectAll, scanExhibit, func(e Exhibit) error { return yield(e.ID, e.row()) }, regionID, int64(-1), int64(1)<<60)
}
