package org

import (
	"context"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

// Seat is a line of a roll (花名册): who sits in which unit, and in which post. A seat without a name is a vacant post, one without a title a person
// without a post.
type Seat struct {
	UnitID int64
	Name   string
	Title  string
	Tier   Tier
	Leader bool
	FromOn string // since when he holds the post
}

// Placed is what comes of a seat.
type Placed struct {
	NewPerson, NewPost, Appoint bool
	After                       string // the day until which somebody else held the post: he cannot hold it since an earlier one

	person *Person
	post   *Post
}

// Same reports whether everything stands as the seat says.
func (p Placed) Same() bool { return !p.NewPerson && !p.NewPost && !p.Appoint }

// Place says what comes of each line of a roll. In one unit a name is one person; of posts of one title, which a unit may have several of (副镇长), he has
// the one that he holds, else a vacant one, else a new one: nobody is removed by a roll.
func (d *Directory) Place(seats []Seat) []Placed {
	type key struct {
		unit int64
		text string
	}
	people, posts, holder := map[key]*Person{}, map[key][]*Post{}, map[*Post]*Person{}
	for _, p := range d.People {
		if p.LeftOn == "" {
			people[key{p.UnitID, p.Name}] = p
		}
	}
	for _, p := range d.Posts {
		posts[key{p.UnitID, p.Title}] = append(posts[key{p.UnitID, p.Title}], p)
		holder[p] = d.Holder(p.ID)
	}
	out := make([]Placed, len(seats))
	for i, s := range seats {
		x := &out[i]
		if s.Name != "" {
			k := key{s.UnitID, s.Name}
			if x.person = people[k]; x.person == nil {
				x.person, x.NewPerson = &Person{Name: s.Name, UnitID: s.UnitID}, true
				people[k] = x.person
			}
		}
		if s.Title == "" {
			continue
		}
		k := key{s.UnitID, s.Title}
		for _, p := range posts[k] {
			switch {
			case x.person == nil: // the post is there, whoever holds it
				x.post = p
			case holder[p] == x.person:
				x.post = p
			case holder[p] == nil && x.post == nil:
				x.post = p
			}
		}
		if x.post == nil {
			x.post, x.NewPost = &Post{UnitID: s.UnitID, Title: s.Title, Tier: s.Tier, Leader: s.Leader}, true
			posts[k] = append(posts[k], x.post)
		}
		if x.person != nil && holder[x.post] != x.person {
			holder[x.post], x.Appoint = x.person, true
			for _, h := range d.Holdings {
				if h.PostID == x.post.ID && !x.NewPost {
					x.After = max(x.After, h.UntilOn)
				}
			}
		}
	}
	return out
}

// ImportRoll enters the people and posts of a roll that are not there yet and gives the posts to who holds them; whatever is there stays as it is, so a roll
// may come twice. It returns how many lines changed something. Errors: Forbidden, Invalid.
func (s *Service) ImportRoll(ctx context.Context, seats []Seat) (changed int, err error) {
	for _, x := range seats {
		if strings.TrimSpace(x.Name)+strings.TrimSpace(x.Title) == "" {
			return 0, errs.New(errs.Invalid, "花名册里有一行既没有姓名也没有职务。")
		}
	}
	err = s.change(ctx, func(tx *sqldb.Tx, who auth.Actor) error {
		d, err := s.Directory(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		changed = 0
		var units []int64
		touched := map[*Post]bool{}
		var order []*Post
		placed := d.Place(seats)
		for i, x := range placed {
			seat := seats[i]
			if d.Unit(seat.UnitID) == nil {
				return errs.New(errs.Invalid, "没有这个单位，请先导入单位。")
			}
			if x.Appoint {
				if _, err := period.ParseDay(seat.FromOn); err != nil || seat.FromOn > period.Day(tx.Now()) || seat.FromOn < x.After {
					return errs.New(errs.Invalid, "“%s”的任职日期请写成 2017-03-01 这样，不能晚于今天，也不能早于前任离任的那天。", seat.Name)
				}
			}
			if !x.Same() {
				changed++
			}
			if x.NewPerson {
				p := x.person
				p.ID, p.SortNo = s.ids(), int64(i+1)
				if _, err := tx.Exec(ctx, insertPerson, who.RegionID, p.ID, p.Name, p.UnitID, p.SortNo, ""); err != nil {
					return err
				}
				if err := s.seal(ctx, tx, who, "org.person", p.ID, "open", p.seat("登记")); err != nil {
					return err
				}
				units = append(units, p.UnitID)
			}
			if x.NewPost {
				p := x.post
				p.ID, p.SortNo = s.ids(), int64(len(d.Posts)+i+1)
				if _, err := tx.Exec(ctx, insertPost, who.RegionID, p.ID, p.UnitID, p.Title, p.Tier, p.Leader, p.SortNo); err != nil {
					return err
				}
			}
			if x.Appoint {
				if _, err := tx.Exec(ctx, insertHolding, who.RegionID, s.ids(), x.post.ID, x.person.ID, seat.FromOn); err != nil {
					return err
				}
			}
			if (x.NewPost || x.Appoint) && !touched[x.post] {
				touched[x.post], order = true, append(order, x.post)
			}
		}
		if err := s.sealRosters(ctx, tx, who, "import", units...); err != nil {
			return err
		}
		for _, p := range order {
			if err := s.sealPost(ctx, tx, who, p, "import"); err != nil {
				return err
			}
		}
		return nil
	})
	return changed, err
}
