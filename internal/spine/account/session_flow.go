package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
)

// The terms of a session and of trying. Source: reliability 3, 7, 13.
const (
	Idle      = 30 * time.Minute
	AdminIdle = 15 * time.Minute
	Longest   = 12 * time.Hour
	MostOpen  = 3 // sessions of one account at a time; a fourth ends the oldest

	Tries   = 5
	TryTime = 15 * time.Minute // in which Tries failures lock, and for which
)

const actorAge = time.Minute // after which name and unit are read anew, should another process have changed them

type cached struct {
	version int64
	at      time.Time
	mark    sqldb.Mark
	actor   auth.Actor
}

// found is a session as it was last read. It is asked for again with every page, and stands until this process changes a session, an account,
// a role or the directory; what another process has ended is refused a second later at the latest.
type found struct {
	row   session
	actor auth.Actor
	mark  sqldb.Mark
}

const mostFound = 20_000 // sessions that are remembered; a token that is made up is never one

var errNobody = errs.New(errs.Unauthorized, "登录过期了，填的都在。请再登录一次，接着填。")

// wrong is the one answer to a wrong password and to an unknown name.
func wrong() error {
	return errs.New(errs.Invalid, "用户名、密码或动态码不对。连续错 %d 次，这里 %d 分钟内不能再登录这个账号。", Tries, int(TryTime.Minutes()))
}

// digest is what is stored of a token or of a typed log-in name.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// newToken returns a token that names its region, so that it is found by keys that begin with the region.
func newToken(regionID int64) string { return strconv.FormatInt(regionID, 36) + "." + rand.Text() }

func regionOf(token string) int64 {
	head, _, ok := strings.Cut(token, ".")
	n, err := strconv.ParseInt(head, 36, 64)
	if !ok || err != nil || len(token) > 100 {
		return 0
	}
	return n
}

// Login lets a person in and returns the token of a new session. code is the second factor's, "" for those who have none. The try is counted before the password is looked at,
// so that many at once are no more than five. Errors: Invalid (wrong or unknown: the same), TooMany (locked), Forbidden (closed),
// Conflict (the account was changed at that very moment).
func (s *Service) Login(ctx context.Context, login, password, code, source, agent string) (token string, err error) {
	login = NormalLogin(login)
	if len([]rune(login)) > 64 || len([]rune(password)) > maxPassword {
		return "", wrong()
	}
	var h holder
	var f factor
	var known, last bool
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		var err error
		h, known, err = sqldb.Maybe(ctx, tx, selectByLogin, scanHolder, login)
		if err != nil {
			return err
		}
		if f, _, err = sqldb.Maybe(ctx, tx, selectFactor, scanFactor, h.region, h.person); err != nil {
			return err
		}
		last, err = s.try(ctx, tx, h.region, login, source)
		return err
	})
	if errs.KindOf(err) == errs.TooMany {
		s.log.Note(ctx, audit.Entry{RegionID: h.region, PersonID: h.person, Source: source, Act: audit.ActLogin, Object: object(h.person), Result: "locked"})
	}
	if err != nil {
		return "", err
	}
	stored := h.secret
	if !known {
		stored = s.dummy
	}
	ok, weaker := s.verify(password, stored)
	ok = ok && known
	var step int64
	if ok && f.confirmed {
		step, ok = stepOf(f.secret, code, f.last, s.clock.Now())
	}
	if ok && weaker {
		h.secret = s.hash(password)
	}
	entry := audit.Entry{RegionID: h.region, PersonID: h.person, Source: source, Act: audit.ActLogin, Object: object(h.person)}
	var refused error
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		token, refused = "", nil // may run twice
		if ok && f.confirmed {
			n, err := tx.Exec(ctx, useFactor, h.region, h.person, step)
			if err != nil {
				return err
			}
			ok = n == 1 // else another log-in has just used the code
		}
		if !ok {
			e := entry
			e.Result, refused = "wrong", wrong()
			if err := s.log.Append(ctx, tx, e); err != nil || !last {
				return err
			}
			e.Act, e.Result, e.Detail = audit.ActLock, "ok", fmt.Sprintf("%d 分钟", int(TryTime.Minutes()))
			return s.log.Append(ctx, tx, e)
		}
		if _, err := tx.Exec(ctx, updateTry, h.region, digest(login), source, "", int64(0)); err != nil {
			return err
		}
		now := s.clock.Now()
		e := entry
		if _, _, _, err := s.org.Person(ctx, tx, h.region, h.person); errs.KindOf(err) == errs.NotFound {
			e.Result, refused = "left", errs.New(errs.Forbidden, "您已不在岗，账号不能再用。如有出入，请找系统管理员。")
		} else if err != nil {
			return err
		} else if h.disabled {
			e.Result, refused = "disabled", errs.New(errs.Forbidden, "这个账号已经停用。要用请找系统管理员。")
		} else if now.Sub(h.usedAt) > Unused {
			e.Result, refused = "unused", errs.New(errs.Forbidden, "这个账号 %d 天没有登录，已自动停用。要用请找系统管理员启用。", int(Unused.Hours()/24))
		} else {
			n, err := tx.Exec(ctx, updateUsed, h.region, h.person, now.UnixMilli(), h.secret, h.version)
			if err != nil {
				return err
			}
			if n == 0 { // closed, or given a new password, while this one was being looked at
				e.Result, refused = "changed", errs.New(errs.Conflict, "这个账号刚刚有变动，请用现在的密码再登录一次。")
			} else if token, err = s.begin(ctx, tx, h, source, agent); err != nil {
				return err
			}
		}
		return s.log.Append(ctx, tx, e)
	})
	if err != nil {
		return "", err
	}
	return token, refused
}

// try counts a try as a failure until it proves right. last says that one more failure locks.
func (s *Service) try(ctx context.Context, tx *sqldb.Tx, regionID int64, login, source string) (last bool, err error) {
	now := s.clock.Now().UnixMilli()
	t, err := sqldb.One(ctx, tx, takeTry, scanTry, regionID, digest(login), source)
	if err != nil {
		return false, err
	}
	if t.until > now {
		return false, errs.New(errs.TooMany, "错的次数太多。请过 %d 分钟再试；忘了密码请找系统管理员重置。", (t.until-now+59_999)/60_000)
	}
	var recent []string
	if t.until == 0 { // a lock that is over wipes the slate
		for _, f := range strings.Fields(t.recent) {
			if at, err := strconv.ParseInt(f, 10, 64); err == nil && now-at < TryTime.Milliseconds() {
				recent = append(recent, f)
			}
		}
	}
	recent = append(recent, strconv.FormatInt(now, 10))
	until := int64(0)
	if len(recent) >= Tries {
		until = now + TryTime.Milliseconds()
	}
	_, err = tx.Exec(ctx, updateTry, regionID, digest(login), source, strings.Join(recent, " "), until)
	return until != 0, err
}

// ForgetTries removes what was noted of tries that no longer count: whoever guesses at names leaves one for each. It is the job of the night.
func (s *Service) ForgetTries(ctx context.Context) error {
	past := s.clock.Now().Add(-2 * TryTime).UnixMilli()
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, deleteTries, strconv.FormatInt(past, 10), past)
		return err
	})
}

// begin opens a session and ends those beyond MostOpen, the oldest first.
func (s *Service) begin(ctx context.Context, tx *sqldb.Tx, h holder, source, agent string) (token string, err error) {
	open, err := sqldb.All(ctx, tx, selectSessions, scanSession, h.region, h.person)
	if err != nil {
		return "", err
	}
	now, kept := s.clock.Now(), 1
	for _, v := range open {
		if kept++; kept > MostOpen || s.over(v, now) {
			kept--
			if _, err := tx.Exec(ctx, deleteSession, h.region, v.hash); err != nil {
				return "", err
			}
		}
	}
	if r := []rune(agent); len(r) > 200 {
		agent = string(r[:200])
	}
	token = newToken(h.region)
	_, err = tx.Exec(ctx, insertSession, h.region, digest(token), h.person, s.ids.Next(), now.UnixMilli(), source, strings.ToValidUTF8(agent, ""))
	return token, err
}

// over reports whether a session has ended by itself.
func (s *Service) over(v session, now time.Time) bool {
	idle := Idle
	if v.class == "admin" {
		idle = AdminIdle
	}
	seen := v.seen
	s.mu.Lock()
	if t := s.seen[v.hash]; t.After(seen) {
		seen = t
	}
	s.mu.Unlock()
	return v.disabled || now.Sub(seen) >= idle || now.Sub(v.began) >= Longest
}

// Find returns the living session of the token: without a statement while what was read of it stands, else with one, unless the account
// has changed too or a minute has passed since the actor was last built. It does not count as an act of the person; Touch does. Errors: Unauthorized.
func (s *Service) Find(ctx context.Context, token string) (out Session, err error) {
	region := regionOf(token)
	if region == 0 {
		return out, errNobody
	}
	key := digest(token)
	s.mu.Lock()
	f, ok := s.found[key]
	s.mu.Unlock()
	if ok && sessions.Stands(f.mark) {
		if now := s.clock.Now(); !s.over(f.row, now) {
			return s.session(f.row, f.actor, now), nil
		}
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		v, ok, err := sqldb.Maybe(ctx, tx, selectSession, scanSession, region, key)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		if !ok || s.over(v, now) {
			return errNobody
		}
		a, err := s.actor(ctx, tx, region, v, now)
		if err != nil {
			return err
		}
		out = s.session(v, a, now)
		s.mu.Lock()
		if s.found == nil || len(s.found) >= mostFound {
			s.found = map[string]found{}
		}
		s.found[key] = found{v, a, tx.Mark()}
		s.mu.Unlock()
		return nil
	})
	if err != nil {
		s.mu.Lock()
		delete(s.found, key)
		s.mu.Unlock()
	}
	return out, err
}

func (s *Service) session(v session, a auth.Actor, now time.Time) Session {
	must := v.mustChange || s.opt.Profile.Age > 0 && now.Sub(v.secretAt) >= s.opt.Profile.Age
	return Session{ID: v.id, Actor: a, MustChange: must, MustFactor: v.mustFactor == 1, Began: v.began, Seen: v.seen, Source: v.source, Agent: v.agent}
}

// Resolve returns who the token belongs to.
func (s *Service) Resolve(ctx context.Context, token string) (auth.Actor, bool) {
	v, err := s.Find(ctx, token)
	return v.Actor, err == nil
}

func (s *Service) actor(ctx context.Context, tx *sqldb.Tx, region int64, v session, now time.Time) (auth.Actor, error) {
	k := holderKey{region, v.person}
	s.mu.Lock()
	c, ok := s.actors[k]
	s.mu.Unlock()
	if ok && c.version == v.version && now.Sub(c.at) < actorAge && !places.Changed(c.mark) {
		return c.actor, nil
	}
	name, unit, units, err := s.org.Person(ctx, tx, region, v.person)
	if errs.KindOf(err) == errs.NotFound { // has left
		return auth.Actor{}, errNobody
	}
	if err != nil {
		return auth.Actor{}, err
	}
	roles, err := sqldb.All(ctx, tx, selectRoles, scanRole, region, v.person)
	if err != nil {
		return auth.Actor{}, err
	}
	a := auth.Actor{ID: v.person, RegionID: region, UnitID: unit, Name: name, Roles: roles, Units: units}
	s.mu.Lock()
	s.actors[k] = cached{version: v.version, at: now, mark: tx.Mark(), actor: a}
	s.mu.Unlock()
	return a, nil
}

// Touch notes that the person has just done something. It is kept in memory and written by Flush.
func (s *Service) Touch(token string) {
	now, key := s.clock.Now(), digest(token)
	s.mu.Lock()
	s.seen[key], s.where[key] = now, regionOf(token)
	s.mu.Unlock()
}

// Flush writes the last acts since the last Flush.
func (s *Service) Flush(ctx context.Context) error {
	s.mu.Lock()
	seen, where := maps.Clone(s.seen), maps.Clone(s.where)
	s.mu.Unlock()
	if len(seen) == 0 {
		return nil
	}
	err := s.db.Update(ctx, func(tx *sqldb.Tx) error {
		for key, at := range seen {
			if _, err := tx.Exec(ctx, seeSession, where[key], key, at.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	for key, at := range seen {
		if s.seen[key].Equal(at) {
			delete(s.seen, key)
			delete(s.where, key)
		}
	}
	s.mu.Unlock()
	return nil
}

// Run flushes every minute until ctx ends, and once more then.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.Flush(ctx)
		case <-ctx.Done():
			return s.Flush(context.WithoutCancel(ctx))
		}
	}
}

// Logout ends the session of the token. It is no error if there is none.
func (s *Service) Logout(ctx context.Context, token string) error {
	region := regionOf(token)
	if region == 0 {
		return nil
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(ctx, deleteSession, region, digest(token))
		if err != nil || n == 0 {
			return err
		}
		return s.log.Append(ctx, tx, audit.Entry{RegionID: region, Act: audit.ActLogout})
	})
}

// Sessions lists the actor's own living sessions, newest first; token is the one that asks.
func (s *Service) Sessions(ctx context.Context, token string) (out []Session, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		list, err := sqldb.All(ctx, tx, selectSessions, scanSession, who.RegionID, who.ID)
		now := s.clock.Now()
		for _, v := range list {
			if !s.over(v, now) {
				one := s.session(v, who, now)
				one.Current = v.hash == digest(token)
				out = append(out, one)
			}
		}
		return err
	})
	return out, err
}

// End ends one of the actor's own sessions by its number. Errors: NotFound.
func (s *Service) End(ctx context.Context, sessionID int64) error {
	who, err := auth.From(ctx)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		list, err := sqldb.All(ctx, tx, selectSessions, scanSession, who.RegionID, who.ID)
		if err != nil {
			return err
		}
		for _, v := range list {
			if v.id == sessionID {
				if _, err := tx.Exec(ctx, deleteSession, who.RegionID, v.hash); err != nil {
					return err
				}
				return s.log.Append(ctx, tx, audit.Entry{Act: audit.ActLogout, Detail: "结束别处的登录"})
			}
		}
		return errs.New(errs.NotFound, "这个登录已经结束。")
	})
}

// ChangePassword changes the actor's password, ends all sessions and returns the token of a new one.
// Errors: Invalid (fields old, password), TooMany, Conflict (the account was changed at that very moment).
func (s *Service) ChangePassword(ctx context.Context, old, password, source, agent string) (token string, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return "", err
	}
	var h holder
	var past, words []string
	var last bool
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error { // the old password cannot be guessed at here either
		if h, err = sqldb.One(ctx, tx, selectHolder, scanHolder, who.RegionID, who.ID); err != nil {
			return err
		}
		if last, err = s.try(ctx, tx, h.region, h.login, source); err != nil {
			return err
		}
		if past, err = sqldb.All(ctx, tx, selectSecrets, sqldb.Text, who.RegionID, who.ID, int64(s.opt.Profile.Past)); err != nil {
			return err
		}
		words, err = s.words(ctx, tx, who.RegionID, h.login, who.Name)
		return err
	})
	if err != nil {
		return "", err
	}
	entry := audit.Entry{Act: audit.ActPassword, Object: object(who.ID)}
	if ok, _ := s.verify(old, h.secret); !ok || len([]rune(old)) > maxPassword {
		entry.Result = "wrong"
		s.log.Note(ctx, entry)
		if last {
			s.log.Note(ctx, audit.Entry{Act: audit.ActLock, Object: object(who.ID)})
		}
		return "", errs.At("old", "现在的密码不对。")
	}
	refused := s.opt.Profile.Check(password, words...)
	if refused == nil && normal(password) == normal(old) {
		refused = errs.At("password", "新密码和现在的一样，请换一个。")
	}
	for _, p := range past {
		if refused != nil {
			break
		}
		if again, _ := s.verify(password, p); again {
			refused = errs.At("password", "这个密码最近 %d 次里用过，请换一个。", s.opt.Profile.Past)
		}
	}
	secret := ""
	if refused == nil {
		secret = s.hash(password)
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, updateTry, h.region, digest(h.login), source, "", int64(0)); err != nil || refused != nil {
			return err
		}
		seen := h.version
		h, err := s.change(ctx, tx, who.RegionID, who.ID)
		if err != nil {
			return err
		}
		if h.version != seen+1 { // closed, or given a new password, while the old one was being looked at
			return errs.New(errs.Conflict, "这个账号刚刚有变动，密码没有改。请重新登录后再改。")
		}
		now := s.clock.Now().UnixMilli()
		if _, err := tx.Exec(ctx, updateSecret, who.RegionID, who.ID, secret, now, false); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, insertSecret, who.RegionID, who.ID, s.ids.Next(), secret); err != nil {
			return err
		}
		if token, err = s.begin(ctx, tx, h, source, agent); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, entry)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return "", err
	}
	return token, nil
}
