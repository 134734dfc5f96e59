package org

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/receipt"
)

// Permissions of this package.
var (
	MayRead   = auth.Permit("org.unit.read", "查看单位和职务", append([]auth.Role{auth.SysAdmin, auth.SecAdmin}, auth.Everyone...)...)
	MayChange = auth.Permit("org.unit.change", "维护单位、职务和人员", auth.SysAdmin)
)

// Sealer records a change in the ledger, which stands above this package. The body is a Unit's canonical form, a Duty, a Roster, or of a person a line
// without his name.
type Sealer func(ctx context.Context, tx *sqldb.Tx, who auth.Actor, kind string, id int64, verb string, body any) error

// Service is what the rest of the program may ask of the organisation.
type Service struct {
	db   *sqldb.DB
	ids  func() int64
	seal Sealer

	mu   sync.Mutex
	dirs map[int64]*Directory
	seen map[int64]sqldb.Mark // when a page last found the directory unchanged
}

// New returns a Service. seal may be nil in tests.
func New(db *sqldb.DB, ids func() int64, seal Sealer) *Service {
	if seal == nil {
		seal = func(context.Context, *sqldb.Tx, auth.Actor, string, int64, string, any) error { return nil }
	}
	return &Service{db: db, ids: ids, seal: seal, dirs: map[int64]*Directory{}, seen: map[int64]sqldb.Mark{}}
}

// CreateRegion enters a region. It is an act of the installation, not of a user.
func (s *Service) CreateRegion(ctx context.Context, r Region) (Region, error) {
	if r.ID == 0 {
		r.ID = s.ids()
	}
	err := s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, insertRegion, r.ID, r.Code, r.Name, r.ShortName, r.ParentID, r.Demo); err != nil {
			return err
		}
		_, err := sqldb.One(ctx, tx, bumpStamp, sqldb.Int64, r.ID)
		return err
	})
	return r, err
}

// Regions lists the regions of the installation.
func (s *Service) Regions(ctx context.Context) (out []Region, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		out, err = sqldb.All(ctx, tx, selectRegions, scanRegion)
		return err
	})
	return out, err
}

// Directory returns the region's snapshot: as of the transaction, with one statement, for an act; for a page without one while the directory stands,
// which an act of this process ends at once and one of another process after a second at the latest.
func (s *Service) Directory(ctx context.Context, tx *sqldb.Tx, regionID int64) (*Directory, error) {
	if !tx.Writes() {
		if d := s.standing(regionID); d != nil {
			return d, nil
		}
	}
	v, err := sqldb.One(ctx, tx, selectStamp, sqldb.Int64, regionID)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	d := s.dirs[regionID]
	s.mu.Unlock()
	if d != nil && d.Version == v {
		if !tx.Writes() {
			s.mu.Lock()
			s.dirs[regionID], s.seen[regionID] = d, tx.Mark()
			s.mu.Unlock()
		}
		return d, nil
	}
	d = &Directory{Version: v}
	regions, err := sqldb.All(ctx, tx, selectRegions, scanRegion)
	if err != nil {
		return nil, err
	}
	for _, r := range regions {
		if r.ID == regionID {
			d.Region = r
		}
	}
	if d.Units, err = sqldb.All(ctx, tx, selectUnits, scanUnit, regionID); err != nil {
		return nil, err
	}
	if d.People, err = sqldb.All(ctx, tx, selectPeople, scanPerson, regionID); err != nil {
		return nil, err
	}
	if d.Posts, err = sqldb.All(ctx, tx, selectPosts, scanPost, regionID); err != nil {
		return nil, err
	}
	if d.Holdings, err = sqldb.All(ctx, tx, selectHoldings, scanHolding, regionID); err != nil {
		return nil, err
	}
	d.index()
	s.mu.Lock()
	// A group commit may yet roll this writer back to its savepoint: keep only what a reader has seen.
	if !tx.Writes() {
		s.dirs[regionID], s.seen[regionID] = d, tx.Mark()
	}
	s.mu.Unlock()
	return d, nil
}

// standing returns the directory that pages may take for granted, or nil.
func (s *Service) standing(regionID int64) *Directory {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.dirs[regionID]; d != nil && directory.Stands(s.seen[regionID]) {
		return d
	}
	return nil
}

// Look returns the directory of the actor's region, for pages: what only decides about names. An act asks Directory in its own transaction.
func (s *Service) Look(ctx context.Context) (d *Directory, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	if d = s.standing(who.RegionID); d != nil {
		return d, nil
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		d, err = s.Directory(ctx, tx, who.RegionID)
		return err
	})
	return d, err
}

func (s *Service) change(ctx context.Context, fn func(tx *sqldb.Tx, who auth.Actor) error) error {
	who, err := auth.Require(ctx, MayChange)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		// First, for it is also the lock: two changes of one region's organisation see each other.
		if _, err := sqldb.One(ctx, tx, bumpStamp, sqldb.Int64, who.RegionID); err != nil {
			return err
		}
		return fn(tx, who)
	})
}

// SaveUnit enters a unit (ID 0) or changes it; Version must be the one that was read. Errors: Invalid, Conflict.
func (s *Service) SaveUnit(ctx context.Context, u Unit) (Unit, error) {
	u.Name, u.ShortName = strings.TrimSpace(u.Name), strings.TrimSpace(u.ShortName)
	if u.ShortName == "" {
		u.ShortName = u.Name
	}
	if err := u.check(); err != nil {
		return u, err
	}
	err := s.change(ctx, func(tx *sqldb.Tx, who auth.Actor) error { return s.saveUnit(ctx, tx, who, &u) })
	return u, err
}

// above refuses a unit that would stand under itself, or under one that does not exist: whoever is asked for the units below would never come to an end.
func above(ctx context.Context, tx *sqldb.Tx, regionID int64, u Unit) error {
	if u.ParentID == 0 {
		return nil
	}
	list, err := sqldb.All(ctx, tx, selectUnits, scanUnit, regionID)
	if err != nil {
		return err
	}
	units := map[int64]*Unit{}
	for _, x := range list {
		units[x.ID] = x
	}
	for id, n := u.ParentID, 0; id != 0; n++ {
		p := units[id]
		switch {
		case p == nil:
			return errs.At("parent", "没有这个上级单位，请重新选。")
		case id == u.ID || n > len(list):
			return errs.At("parent", "“%s”在“%s”之下，不能作它的上级。请另选上级单位。", units[u.ParentID].Name, u.Name)
		}
		id = p.ParentID
	}
	return nil
}

func (s *Service) saveUnit(ctx context.Context, tx *sqldb.Tx, who auth.Actor, u *Unit) error {
	if err := above(ctx, tx, who.RegionID, *u); err != nil {
		return err
	}
	verb := "change"
	aliases := strings.Join(u.Aliases, " ")
	if u.ID == 0 {
		u.ID, u.Version, verb = s.ids(), 1, "open"
		if _, err := tx.Exec(ctx, insertUnit, who.RegionID, u.ID, u.Code, u.Name, u.ShortName, aliases, u.Kind, u.ParentID, u.SortNo, u.EndedOn); err != nil {
			if errs.KindOf(err) == errs.Conflict {
				return errs.At("name", "已经有一个单位叫“%s”。", u.Name)
			}
			return err
		}
	} else {
		n, err := tx.Exec(ctx, updateUnit, who.RegionID, u.ID, u.Code, u.Name, u.ShortName, aliases, u.Kind, u.ParentID, u.SortNo, u.EndedOn, u.Version)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "别人刚改过这个单位，请看过新的内容再改。")
		}
		u.Version++
	}
	return s.seal(ctx, tx, who, "org.unit", u.ID, verb, u.Sealed())
}

// ImportUnits enters the units that are new (by name) and returns how many; existing ones stay as they are.
func (s *Service) ImportUnits(ctx context.Context, units []Unit) (added int, err error) {
	for _, u := range units {
		if err := u.check(); err != nil {
			return 0, err
		}
	}
	err = s.change(ctx, func(tx *sqldb.Tx, who auth.Actor) error {
		have, err := sqldb.All(ctx, tx, selectUnits, scanUnit, who.RegionID)
		if err != nil {
			return err
		}
		byName := map[string]bool{}
		for _, u := range have {
			byName[u.Name] = true
		}
		for _, u := range units {
			if byName[u.Name] {
				continue
			}
			byName[u.Name] = true
			u.ID = 0
			if u.ShortName == "" {
				u.ShortName = u.Name
			}
			if err := s.saveUnit(ctx, tx, who, &u); err != nil {
				return err
			}
			added++
		}
		return nil
	})
	return added, err
}

// first makes the id of something new, or returns the one that the same form made before; a caller that is no form has no key.
func (s *Service) first(ctx context.Context, tx *sqldb.Tx, who auth.Actor, key, act string) (id int64, dup bool, err error) {
	if key == "" {
		return s.ids(), false, nil
	}
	prev, dup, err := receipt.Take(ctx, tx, who, key, act)
	if err != nil {
		return 0, false, err
	}
	if dup {
		id, err = strconv.ParseInt(prev, 10, 64)
		return id, true, err
	}
	id = s.ids()
	return id, false, receipt.Give(ctx, tx, who, key, strconv.FormatInt(id, 10))
}

// Duty is a post and everybody who has held it (职责): what responsibility follows, and so what is sealed.
type Duty struct {
	Post     *Post
	Holdings []Holding // the oldest first
}

// sealPost seals a post as the act leaves it.
func (s *Service) sealPost(ctx context.Context, tx *sqldb.Tx, who auth.Actor, p *Post, verb string) error {
	d := Duty{Post: p}
	list, err := sqldb.All(ctx, tx, selectHoldings, scanHolding, who.RegionID)
	if err != nil {
		return err
	}
	for _, h := range list {
		if h.PostID == p.ID {
			d.Holdings = append(d.Holdings, h)
		}
	}
	return s.seal(ctx, tx, who, "org.post", p.ID, verb, d)
}

// EachDuty yields every post of the region with its holdings: duban verify compares them with the ledger.
func EachDuty(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(Duty) error) error {
	posts, err := sqldb.All(ctx, tx, selectPosts, scanPost, regionID)
	if err != nil {
		return err
	}
	list, err := sqldb.All(ctx, tx, selectHoldings, scanHolding, regionID)
	if err != nil {
		return err
	}
	of := map[int64][]Holding{}
	for _, h := range list {
		of[h.PostID] = append(of[h.PostID], h)
	}
	for _, p := range posts {
		if err := yield(Duty{p, of[p.ID]}); err != nil {
			return err
		}
	}
	return nil
}

// Roster is everybody who sits in a unit (在册人员), those who have left included: who a person is and whose business he may see follow from it, so it is
// sealed. The subject is the unit, for a person has no number in the ledger.
type Roster struct {
	UnitID int64
	People []*Person // the first entered first
}

func rosters(people []*Person) []Roster {
	of := map[int64]*Roster{}
	var ids []int64
	for _, p := range people {
		if of[p.UnitID] == nil {
			of[p.UnitID], ids = &Roster{UnitID: p.UnitID}, append(ids, p.UnitID)
		}
		of[p.UnitID].People = append(of[p.UnitID].People, p)
	}
	slices.Sort(ids)
	out := make([]Roster, 0, len(ids))
	for _, id := range ids {
		slices.SortFunc(of[id].People, func(a, b *Person) int { return cmp.Compare(a.ID, b.ID) })
		out = append(out, *of[id])
	}
	return out
}

// sealRosters seals the rosters of the units as the act leaves them, that of a unit whose last person has moved as empty.
func (s *Service) sealRosters(ctx context.Context, tx *sqldb.Tx, who auth.Actor, verb string, units ...int64) error {
	people, err := sqldb.All(ctx, tx, selectPeople, scanPerson, who.RegionID)
	if err != nil {
		return err
	}
	slices.Sort(units)
	list := rosters(people)
	for _, id := range slices.Compact(units) {
		r := Roster{UnitID: id}
		if i := slices.IndexFunc(list, func(x Roster) bool { return x.UnitID == id }); i >= 0 {
			r = list[i]
		}
		if err := s.seal(ctx, tx, who, "org.roster", id, verb, r); err != nil {
			return err
		}
	}
	return nil
}

// TakeIn seals the rosters that a program entered which did not seal them yet (补封). It is an act of the installation and asks for no permission.
func (s *Service) TakeIn(ctx context.Context, tx *sqldb.Tx, regionID int64) error {
	return EachRoster(ctx, tx, regionID, func(r Roster) error {
		return s.seal(ctx, tx, auth.Actor{RegionID: regionID}, "org.roster", r.UnitID, "take_in", r)
	})
}

// EachRoster yields the roster of every unit that has one: duban verify compares them with the ledger.
func EachRoster(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(Roster) error) error {
	people, err := sqldb.All(ctx, tx, selectPeople, scanPerson, regionID)
	if err != nil {
		return err
	}
	for _, r := range rosters(people) {
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

// seat says where a person sits, and whether he has left: what decides what he may see.
func (p Person) seat(what string) string {
	s := what + "，单位 " + strconv.FormatInt(p.UnitID, 10)
	if p.LeftOn != "" {
		s += "，" + p.LeftOn + " 离岗"
	}
	return s
}

// SavePerson enters a person (ID 0) or changes one.
func (s *Service) SavePerson(ctx context.Context, p Person) (Person, error) {
	p.Name = strings.TrimSpace(p.Name)
	if p.Name == "" {
		return p, errs.At("name", "还没有写姓名。")
	}
	if p.UnitID == 0 {
		return p, errs.At("unit", "请选他所在的单位。")
	}
	err := s.change(ctx, func(tx *sqldb.Tx, who auth.Actor) error {
		if p.ID == 0 {
			id, dup, err := s.first(ctx, tx, who, p.Key, "org.person.open")
			if p.ID, p.Version = id, 1; err != nil || dup {
				return err
			}
			if _, err = tx.Exec(ctx, insertPerson, who.RegionID, p.ID, p.Name, p.UnitID, p.SortNo, p.LeftOn); err != nil {
				return err
			}
			if err := s.seal(ctx, tx, who, "org.person", p.ID, "open", p.seat("登记")); err != nil {
				return err
			}
			return s.sealRosters(ctx, tx, who, "open", p.UnitID)
		}
		sat := p.UnitID
		if d, err := s.Directory(ctx, tx, who.RegionID); err != nil {
			return err
		} else if was := d.Person(p.ID); was != nil {
			sat = was.UnitID
		}
		n, err := tx.Exec(ctx, updatePerson, who.RegionID, p.ID, p.Name, p.UnitID, p.SortNo, p.LeftOn, p.Version)
		if err == nil && n == 0 {
			err = errs.New(errs.Conflict, "别人刚改过这个人员，请看过新的内容再改。")
		}
		if err != nil {
			return err
		}
		p.Version++
		if err := s.seal(ctx, tx, who, "org.person", p.ID, "change", p.seat("变更")); err != nil {
			return err
		}
		return s.sealRosters(ctx, tx, who, "change", sat, p.UnitID)
	})
	return p, err
}

// SavePost enters a post (ID 0) or changes one.
func (s *Service) SavePost(ctx context.Context, p Post) (Post, error) {
	p.Title = strings.TrimSpace(p.Title)
	if p.Title == "" {
		return p, errs.At("title", "还没有写职务名称。")
	}
	err := s.change(ctx, func(tx *sqldb.Tx, who auth.Actor) error {
		if p.ID == 0 {
			id, dup, err := s.first(ctx, tx, who, p.Key, "org.post.open")
			if p.ID, p.Version = id, 1; err != nil || dup {
				return err
			}
			if _, err := tx.Exec(ctx, insertPost, who.RegionID, p.ID, p.UnitID, p.Title, p.Tier, p.Leader, p.SortNo); err != nil {
				return err
			}
			return s.sealPost(ctx, tx, who, &p, "open")
		}
		n, err := tx.Exec(ctx, updatePost, who.RegionID, p.ID, p.UnitID, p.Title, p.Tier, p.Leader, p.SortNo, p.Version)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "别人刚改过这个职务，请看过新的内容再改。")
		}
		p.Version++
		return s.sealPost(ctx, tx, who, &p, "change")
	})
	return p, err
}

// Appoint gives a post to a person from a day on, today at the latest; who held it until then leaves it that day. personID 0 leaves it
// vacant. Errors: NotFound (the post), Invalid (fields person, from_on).
func (s *Service) Appoint(ctx context.Context, postID, personID int64, fromOn string) error {
	if _, err := period.ParseDay(fromOn); err != nil {
		return errs.At("from_on", "任职日期请写成 2017-03-01 这样。")
	}
	return s.change(ctx, func(tx *sqldb.Tx, who auth.Actor) error {
		if today := period.Day(tx.Now()); fromOn > today { // who answers is asked of the open holding, which would be in force at once
			return errs.At("from_on", "任职日期不能晚于今天 %s。请到那一天再登记：在那以前仍由原任负责。", today)
		}
		d, err := s.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		post := d.Post(postID)
		if post == nil {
			return errs.New(errs.NotFound, "没有这个职务。")
		}
		if p := d.Person(personID); personID != 0 && (p == nil || p.LeftOn != "" && p.LeftOn <= fromOn) {
			return errs.At("person", "没有这个人，或者他那时已经不在岗，请从列表里选。")
		}
		for _, h := range d.Holdings {
			switch {
			case h.PostID != postID:
			case h.UntilOn == "" && h.PersonID == personID:
				return errs.At("person", "现在就是他任这个职务，没有改动。")
			case h.UntilOn == "" && fromOn < h.FromOn:
				return errs.At("from_on", "现任从 %s 起任这个职务，新的任职不能比它早。", h.FromOn)
			case h.UntilOn > fromOn:
				return errs.At("from_on", "%s 以前这个职务由别人担任，新的任职不能比它早。", h.UntilOn)
			}
		}
		if _, err := tx.Exec(ctx, endHolding, who.RegionID, postID, fromOn); err != nil {
			return err
		}
		if personID != 0 {
			if _, err := tx.Exec(ctx, insertHolding, who.RegionID, s.ids(), postID, personID, fromOn); err != nil {
				return err
			}
		}
		return s.sealPost(ctx, tx, who, post, "appoint")
	})
}

// Found enters a region with one unit and its people, inside the transaction of the set-up, and returns the
// region's number and the people's in the order of names. A name that stands already in a region without other people is
// not looked for: set-up happens once.
func (s *Service) Found(ctx context.Context, tx *sqldb.Tx, region, unit string, people []string) (regionID int64, personIDs []int64, err error) {
	regions, err := sqldb.All(ctx, tx, selectRegions, scanRegion)
	if err != nil {
		return 0, nil, err
	}
	for _, r := range regions {
		if r.Name == region {
			regionID = r.ID
		}
	}
	if regionID == 0 {
		regionID = s.ids()
		if _, err := tx.Exec(ctx, insertRegion, regionID, "", region, shortName(region), 0, false); err != nil {
			return 0, nil, err
		}
	}
	var unitID int64
	units, err := sqldb.All(ctx, tx, selectUnits, scanUnit, regionID)
	if err != nil {
		return 0, nil, err
	}
	for _, u := range units {
		if u.Name == unit {
			unitID = u.ID
		}
	}
	if unitID == 0 {
		unitID = s.ids()
		if _, err := tx.Exec(ctx, insertUnit, regionID, unitID, "", unit, unit, "", Office, 0, 0, ""); err != nil {
			return 0, nil, err
		}
		if err := s.seal(ctx, tx, auth.Actor{RegionID: regionID}, "org.unit", unitID, "open", Unit{Name: unit, ShortName: unit, Kind: Office}.Sealed()); err != nil {
			return 0, nil, err
		}
	}
	for _, name := range people {
		id := s.ids()
		if _, err := tx.Exec(ctx, insertPerson, regionID, id, name, unitID, 0, ""); err != nil {
			return 0, nil, err
		}
		personIDs = append(personIDs, id)
	}
	if _, err = sqldb.One(ctx, tx, bumpStamp, sqldb.Int64, regionID); err != nil {
		return 0, nil, err
	}
	return regionID, personIDs, s.sealRosters(ctx, tx, auth.Actor{RegionID: regionID}, "open", unitID)
}

// shortName is the last place of a region's name without its rank: 宁德市蕉城区 is 蕉城.
func shortName(name string) string {
	short := []rune(name)
	for i := len(short) - 2; i >= 0; i-- {
		if strings.ContainsRune("省市州盟", short[i]) {
			short = short[i+1:]
			break
		}
	}
	if n := len(short); n > 2 && strings.ContainsRune("区县市旗", short[n-1]) {
		short = short[:n-1]
	}
	return string(short)
}

// EachUnit yields every unit of the region in its sealed form: duban verify compares it with the ledger.
func EachUnit(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	list, err := sqldb.All(ctx, tx, selectUnits, scanUnit, regionID)
	if err != nil {
		return err
	}
	for _, u := range list {
		if err := yield(u.ID, u.Sealed()); err != nil {
			return err
		}
	}
	return nil
}
