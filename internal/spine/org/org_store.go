package org

import (
	"strings"

	"duban/internal/base/sqldb"
)

var (
	insertRegion = sqldb.SQL("org.insertRegion", `
INSERT INTO org_region (region_id, code, name, short_name, parent_id, demo)
VALUES ($1, $2, $3, $4, $5, $6)`)
	selectRegions = sqldb.SQL("org.selectRegions", `
SELECT region_id, code, name, short_name, parent_id, demo
FROM org_region
ORDER BY region_id`)
	bumpStamp = sqldb.SQL("org.bumpStamp", `
INSERT INTO org_stamp (region_id, version) VALUES ($1, 1)
ON CONFLICT (region_id) DO UPDATE SET version = org_stamp.version + 1
RETURNING version`)
	selectStamp = sqldb.SQL("org.selectStamp", `SELECT version FROM org_stamp WHERE region_id = $1`)

	insertUnit = sqldb.SQL("org.insertUnit", `
INSERT INTO org_unit (region_id, id, code, name, short_name, aliases, kind, parent_id, sort_no, ended_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	updateUnit = sqldb.SQL("org.updateUnit", `
UPDATE org_unit
SET code = $3, name = $4, short_name = $5, aliases = $6, kind = $7, parent_id = $8, sort_no = $9, ended_on = $10, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $11`)
	selectUnits = sqldb.SQL("org.selectUnits", `
SELECT id, code, name, short_name, aliases, kind, parent_id, sort_no, ended_on, version
FROM org_unit
WHERE region_id = $1
ORDER BY id`)

	insertPerson = sqldb.SQL("org.insertPerson", `
INSERT INTO org_person (region_id, id, name, unit_id, sort_no, left_on)
VALUES ($1, $2, $3, $4, $5, $6)`)
	updatePerson = sqldb.SQL("org.updatePerson", `
UPDATE org_person
SET name = $3, unit_id = $4, sort_no = $5, left_on = $6, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $7`)
	selectPeople = sqldb.SQL("org.selectPeople", `
SELECT id, name, unit_id, sort_no, left_on, version
FROM org_person
WHERE region_id = $1
ORDER BY sort_no, id`)

	insertPost = sqldb.SQL("org.insertPost", `
INSERT INTO org_post (region_id, id, unit_id, title, tier, leader, sort_no)
VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	updatePost = sqldb.SQL("org.updatePost", `
UPDATE org_post
SET unit_id = $3, title = $4, tier = $5, leader = $6, sort_no = $7, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $8`)
	selectPosts = sqldb.SQL("org.selectPosts", `
SELECT id, unit_id, title, tier, leader, sort_no, version
FROM org_post
WHERE region_id = $1
ORDER BY sort_no, id`)

	endHolding = sqldb.SQL("org.endHolding", `
UPDATE org_holding
SET until_on = $3
WHERE region_id = $1 AND post_id = $2 AND until_on = ''`)
	insertHolding = sqldb.SQL("org.insertHolding", `
INSERT INTO org_holding (region_id, id, post_id, person_id, from_on)
VALUES ($1, $2, $3, $4, $5)`)
	selectHoldings = sqldb.SQL("org.selectHoldings", `
SELECT id, post_id, person_id, from_on, until_on
FROM org_holding
WHERE region_id = $1
ORDER BY id`)
)

// directory moves with every act that changes one: each bumps the stamp.
var directory = sqldb.Watching("org_stamp")

func scanRegion(s sqldb.Scanner) (r Region, err error) {
	return r, s.Scan(&r.ID, &r.Code, &r.Name, &r.ShortName, &r.ParentID, &r.Demo)
}

func scanUnit(s sqldb.Scanner) (*Unit, error) {
	u := new(Unit)
	var aliases string
	err := s.Scan(&u.ID, &u.Code, &u.Name, &u.ShortName, &aliases, &u.Kind, &u.ParentID, &u.SortNo, &u.EndedOn, &u.Version)
	u.Aliases = strings.Fields(aliases)
	return u, err
}

func scanPerson(s sqldb.Scanner) (*Person, error) {
	p := new(Person)
	return p, s.Scan(&p.ID, &p.Name, &p.UnitID, &p.SortNo, &p.LeftOn, &p.Version)
}

func scanPost(s sqldb.Scanner) (*Post, error) {
	p := new(Post)
	return p, s.Scan(&p.ID, &p.UnitID, &p.Title, &p.Tier, &p.Leader, &p.SortNo, &p.Version)
}

func scanHolding(s sqldb.Scanner) (h Holding, err error) {
	return h, s.Scan(&h.ID, &h.PostID, &h.PersonID, &h.FromOn, &h.UntilOn)
}
