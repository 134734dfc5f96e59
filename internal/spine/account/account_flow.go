package account

import (
	"context"
	"fmt"
	"sync"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
)

// Permissions of this package.
var (
	MayOpen    = auth.Permit("account.holder.open", "开设、停用账号", auth.SysAdmin)
	MayList    = auth.Permit("account.holder.list", "查看账号和角色", auth.SysAdmin, auth.SecAdmin, auth.AudAdmin, auth.Leader)
	MayPropose = auth.Permit("account.grant.propose", "提出授权", auth.SecAdmin)
	MayConfirm = auth.Permit("account.grant.confirm", "确认授权", auth.AudAdmin, auth.Leader)
)

// Options are the choices of an installation.
type Options struct {
	Profile Profile      // zero: Gov
	Params  Params       // zero: DefaultParams
	Clock   period.Clock // the real clock; nil: the machine's
	Seal    Sealer       // may be nil in tests
	Barred  []string     // further words that no password may contain: the place's name in pinyin
}

// Service opens accounts, lets people in and grants roles. It is safe for concurrent use.
type Service struct {
	db    *sqldb.DB
	ids   *id.Source
	log   *audit.Log
	org   Organisation
	opt   Options
	clock period.Clock
	dummy string        // verified for unknown names, so that they cost the same
	slots chan struct{} // bounds how many hashes are computed at once, and so their memory
	work  func()        // counts hashes in tests

	mu     sync.Mutex
	actors map[holderKey]cached
	found  map[string]found     // hash of a token -> its session as last read
	seen   map[string]time.Time // hash of a token -> last act not yet written
	where  map[string]int64     // hash of a token -> region, for seen
}

type holderKey struct{ region, person int64 }

// New returns a Service.
func New(db *sqldb.DB, ids *id.Source, log *audit.Log, org Organisation, o Options) *Service {
	if o.Profile.Name == "" {
		o.Profile = Gov
	}
	if o.Params.Passes == 0 {
		o.Params = DefaultParams
	}
	if o.Clock == nil {
		o.Clock = period.System{}
	}
	return &Service{db: db, ids: ids, log: log, org: org, opt: o, clock: o.Clock, dummy: nobodys(o.Params), slots: make(chan struct{}, 2), work: func() {},
		actors: map[holderKey]cached{}, seen: map[string]time.Time{}, where: map[string]int64{}}
}

// Profile returns the password policy in force.
func (s *Service) Profile() Profile { return s.opt.Profile }

func (s *Service) hash(password string) string {
	s.slots <- struct{}{}
	defer func() { <-s.slots }()
	s.work()
	return hash(password, s.opt.Params)
}

func (s *Service) verify(password, stored string) (ok, weaker bool) {
	s.slots <- struct{}{}
	defer func() { <-s.slots }()
	s.work()
	return verify(password, stored, s.opt.Params)
}

// words are what a password of the person may not contain.
func (s *Service) words(ctx context.Context, tx *sqldb.Tx, regionID int64, login, name string) ([]string, error) {
	w, err := s.org.Words(ctx, tx, regionID)
	return append(append(append([]string{}, w...), s.opt.Barred...), login, name), err
}

// object names an account in the audit log; nobody's has no name.
func object(personID int64) string {
	if personID == 0 {
		return ""
	}
	return fmt.Sprintf("account:%d", personID)
}

// Create opens an account with a password and roles inside tx. It asks for no permission: it serves SetUp and the
// demonstration's seed. People use Open and Propose. Errors: Invalid (login, password, roles), Conflict, NotFound (person).
func (s *Service) Create(ctx context.Context, tx *sqldb.Tx, regionID, personID int64, login, password string, roles ...auth.Role) error {
	login = NormalLogin(login)
	if err := checkLogin(login); err != nil {
		return err
	}
	name, _, _, err := s.org.Person(ctx, tx, regionID, personID)
	if err != nil {
		return err
	}
	words, err := s.words(ctx, tx, regionID, login, name)
	if err != nil {
		return err
	}
	if err := s.opt.Profile.Check(password, words...); err != nil {
		return err
	}
	side := "business"
	for i, r := range roles {
		if err := fits(roles[:i], r); err != nil {
			return err
		}
		side = class(r)
	}
	if err := s.insert(ctx, tx, regionID, personID, login, side, s.hash(password), false); err != nil {
		return err
	}
	for _, r := range roles {
		if _, err := tx.Exec(ctx, insertRole, regionID, personID, r, side, tx.Now().UnixMilli()); err != nil {
			return err
		}
	}
	if err := s.log.Append(ctx, tx, audit.Entry{RegionID: regionID, Act: audit.ActAccount, Object: object(personID), Detail: "开设 " + names(roles)}); err != nil {
		return err
	}
	return s.sealRoles(ctx, tx, regionID, "grant", roles...)
}

func (s *Service) insert(ctx context.Context, tx *sqldb.Tx, regionID, personID int64, login, side, secret string, mustChange bool) error {
	now := s.clock.Now().UnixMilli()
	if _, err := tx.Exec(ctx, insertHolder, regionID, personID, login, side, secret, now, mustChange, now); err != nil {
		if errs.KindOf(err) == errs.Conflict {
			return errs.New(errs.Conflict, "这个人已经有账号，或者用户名“%s”已被占用。一人一个账号。", login)
		}
		return err
	}
	n, err := tx.Exec(ctx, insertLogin, login, regionID, personID)
	if err == nil && n == 0 { // taken in another region
		err = errs.New(errs.Conflict, "用户名“%s”已被占用，请换一个。", login)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertSecret, regionID, personID, s.ids.Next(), secret)
	return err
}

// Open opens an account without any role for a person in office, and returns its first password, to be handed over and
// changed at the first log-in. Roles are the security administrator's. Errors: Forbidden, Invalid, NotFound, Conflict.
func (s *Service) Open(ctx context.Context, personID int64, login string) (password string, err error) {
	who, err := auth.Require(ctx, MayOpen)
	if err != nil {
		return "", err
	}
	login = NormalLogin(login)
	if err := checkLogin(login); err != nil {
		return "", err
	}
	password = initial()
	secret := s.hash(password)
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, _, _, err := s.org.Person(ctx, tx, who.RegionID, personID); errs.KindOf(err) == errs.NotFound {
			return errs.At("person", "没有这个在职人员，请先在单位和人员里登记。")
		} else if err != nil {
			return err
		}
		if err := s.insert(ctx, tx, who.RegionID, personID, login, "business", secret, true); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, audit.Entry{Act: audit.ActAccount, Object: object(personID), Detail: "开设"})
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

// SetDisabled closes an account, which ends its sessions at once, or opens it again. Errors: Forbidden, NotFound, Conflict (changed in between).
func (s *Service) SetDisabled(ctx context.Context, personID int64, disabled bool, version int64) error {
	who, err := auth.Require(ctx, MayOpen)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		h, err := s.change(ctx, tx, who.RegionID, personID)
		if err != nil {
			return err
		}
		if h.version != version+1 {
			return errs.New(errs.Conflict, "别人刚改过这个账号，请刷新后再做。")
		}
		if disabled && personID == who.ID {
			return errs.New(errs.Conflict, "不能停用自己的账号。")
		}
		if disabled && h.class == "admin" {
			if err := s.lastAdmin(ctx, tx, who.RegionID, personID); err != nil {
				return err
			}
		}
		detail, used := "启用", s.clock.Now() // opened again, its 90 days begin anew
		if disabled {
			detail, used = "停用", h.usedAt
		}
		if _, err := tx.Exec(ctx, updateDisabled, who.RegionID, personID, disabled, used.UnixMilli()); err != nil {
			return err
		}
		if err := s.log.Append(ctx, tx, audit.Entry{Act: audit.ActAccount, Object: object(personID), Detail: detail}); err != nil {
			return err
		}
		roles, err := sqldb.All(ctx, tx, selectRoles, scanRole, who.RegionID, personID)
		if err != nil {
			return err
		}
		return s.sealRoles(ctx, tx, who.RegionID, map[bool]string{true: "disable", false: "enable"}[disabled], roles...)
	})
}

// lastAdmin refuses what would leave one of the three administrators' offices empty.
func (s *Service) lastAdmin(ctx context.Context, tx *sqldb.Tx, regionID, personID int64) error {
	roles, err := sqldb.All(ctx, tx, selectRoles, scanRole, regionID, personID)
	if err != nil {
		return err
	}
	for _, r := range roles {
		if !r.Admin() {
			continue
		}
		if _, err := tx.Exec(ctx, lockRole, regionID, r); err != nil { // two who close each other wait, and the second sees that he is the last
			return err
		}
		n, err := sqldb.One(ctx, tx, countAble, sqldb.Int64, regionID, r, personID)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "这是唯一能用的%s，不能停。请先让别人担任。", r.Chinese())
		}
	}
	return nil
}

// Reset gives an account a new first password and returns it. The system administrator may not do so for one of the
// three administrators, in whose place he could then act: that is done at the machine, with ResetAtMachine.
// Errors: Forbidden, NotFound.
func (s *Service) Reset(ctx context.Context, personID int64) (password string, err error) {
	who, err := auth.Require(ctx, MayOpen)
	if err != nil {
		return "", err
	}
	return s.reset(ctx, who.RegionID, personID, false)
}

// ResetAtMachine is Reset for whoever holds the machine and the database in his hands; it asks for no permission.
func (s *Service) ResetAtMachine(ctx context.Context, login string) (password string, err error) {
	var h holder
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		h, err = sqldb.One(ctx, tx, selectByLogin, scanHolder, NormalLogin(login))
		return err
	})
	if err != nil {
		return "", err
	}
	return s.reset(ctx, h.region, h.person, true)
}

func (s *Service) reset(ctx context.Context, regionID, personID int64, admins bool) (string, error) {
	password := initial()
	secret := s.hash(password)
	err := s.db.Update(ctx, func(tx *sqldb.Tx) error {
		h, err := s.change(ctx, tx, regionID, personID)
		if err != nil {
			return err
		}
		if h.class == "admin" && !admins {
			return errs.New(errs.Forbidden, "管理员的密码不能在这里重置，否则系统管理员就能代替他。请在服务器上运行 duban admin reset。")
		}
		if _, err := tx.Exec(ctx, updateSecret, regionID, personID, secret, s.clock.Now().UnixMilli(), true); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, insertSecret, regionID, personID, s.ids.Next(), secret); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteFactor, regionID, personID); err != nil { // the telephone may be lost too
			return err
		}
		return s.log.Append(ctx, tx, audit.Entry{RegionID: regionID, Act: audit.ActPassword, Object: object(personID), Detail: "重置"})
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

// change takes hold of an account for the rest of the transaction, and ends its sessions.
func (s *Service) change(ctx context.Context, tx *sqldb.Tx, regionID, personID int64) (holder, error) {
	h, err := sqldb.One(ctx, tx, lockHolder, scanHolder, regionID, personID)
	if err != nil {
		return h, err
	}
	_, err = tx.Exec(ctx, deleteSessions, regionID, personID)
	return h, err
}

// Refresh makes every session of the person look anew at unit and name: package org calls it when somebody is moved. Without
// it that takes up to a minute.
func (s *Service) Refresh(regionID, personID int64) {
	s.mu.Lock()
	delete(s.actors, holderKey{regionID, personID})
	for key, f := range s.found {
		if f.row.person == personID && f.actor.RegionID == regionID {
			delete(s.found, key)
		}
	}
	s.mu.Unlock()
}

// Accounts lists the accounts of the region with their roles. Errors: Forbidden.
func (s *Service) Accounts(ctx context.Context) (out []Account, err error) {
	who, err := auth.Require(ctx, MayList)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		hs, err := sqldb.All(ctx, tx, selectHolders, scanHolder, who.RegionID)
		if err != nil {
			return err
		}
		rs, err := sqldb.All(ctx, tx, selectAllRoles, scanRoleOf, who.RegionID)
		if err != nil {
			return err
		}
		roles := map[int64][]auth.Role{}
		for _, r := range rs {
			roles[r.person] = append(roles[r.person], r.role)
		}
		for _, h := range hs {
			out = append(out, h.account(roles[h.person]))
		}
		return nil
	})
	return out, err
}

func (h holder) account(roles []auth.Role) Account {
	return Account{PersonID: h.person, Login: h.login, Roles: roles, Disabled: h.disabled, MustChange: h.mustChange, UsedAt: h.usedAt, Version: h.version}
}

// Own returns the actor's own account. Errors: Unauthorized.
func (s *Service) Own(ctx context.Context) (a Account, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return a, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		h, err := sqldb.One(ctx, tx, selectHolder, scanHolder, who.RegionID, who.ID)
		a = h.account(who.Roles)
		return err
	})
	return a, err
}
