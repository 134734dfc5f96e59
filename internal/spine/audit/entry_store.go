package audit

import (
	"time"

	"duban/internal/base/sqldb"
)

var (
	insertEntry = sqldb.SQL("audit.insertEntry", `
INSERT INTO audit_entry (region_id, id, at, person_id, source, act, object, result, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)

	selectEntries = sqldb.Select("audit.selectEntries", `
SELECT id, region_id, at, person_id, source, act, object, result, detail
FROM audit_entry
WHERE region_id = ?`, `
ORDER BY id DESC
LIMIT ?`, byPerson, byAct, byResult, fromAt, untilAt, beforeID)
)

// The filters of selectEntries.
const (
	byPerson = "person_id = ?"
	byAct    = "act = ?"
	byResult = "result <> 'ok'"
	fromAt   = "at >= ?"
	untilAt  = "at < ?"
	beforeID = "id < ?"
)

func scanEntry(s sqldb.Scanner) (e Entry, err error) {
	var at int64
	err = s.Scan(&e.ID, &e.RegionID, &at, &e.PersonID, &e.Source, &e.Act, &e.Object, &e.Result, &e.Detail)
	e.At = time.UnixMilli(at)
	return e, err
}
