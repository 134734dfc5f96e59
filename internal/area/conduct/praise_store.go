package conduct

import "duban/internal/base/sqldb"

var (
	insertPraise = sqldb.SQL("conduct.insertPraise", `
INSERT INTO conduct_praise (region_id, id, kind, unit_id, person_id, fact, basis, given_by, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	selectPraises = sqldb.SQL("conduct.selectPraises", `
SELECT id, kind, unit_id, person_id, fact, basis, given_by, at FROM conduct_praise WHERE region_id = $1 ORDER BY id DESC LIMIT 200`)
	selectPraisesAll = sqldb.SQL("conduct.selectPraisesAll", `
SELECT id, kind, unit_id, person_id, fact, basis, given_by, at FROM conduct_praise WHERE region_id = $1 ORDER BY id`)
)

func scanPraise(r sqldb.Scanner) (p Praise, err error) {
	return p, r.Scan(&p.ID, &p.Form, &p.UnitID, &p.PersonID, &p.Fact, &p.Basis, &p.By, &p.At)
}
