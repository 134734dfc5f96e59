package evidence

import (
	"time"

	"duban/internal/base/sqldb"
)

var insertBlob = sqldb.SQL("evidence.insertBlob", `
INSERT INTO evidence_blob (region_id, sha256, content) VALUES ($1, $2, $3)
ON CONFLICT (region_id, sha256) DO NOTHING`)

var selectBlob = sqldb.SQL("evidence.selectBlob", `
SELECT content FROM evidence_blob WHERE region_id = $1 AND sha256 = $2`)

var insertExhibit = sqldb.SQL("evidence.insertExhibit", `
INSERT INTO evidence_exhibit (region_id, id, owner_kind, owner_id, unit_id, name, media, size, sha256, offered_sha256, offered_by, offered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (region_id, owner_kind, owner_id, sha256) WHERE withdrawn_at = 0 DO NOTHING`)

var withdrawExhibit = sqldb.SQL("evidence.withdrawExhibit", `
UPDATE evidence_exhibit SET withdrawn_at = $3, withdrawn_why = $4
WHERE region_id = $1 AND id = $2 AND withdrawn_at = 0`)

var selectExhibit = sqldb.SQL("evidence.selectExhibit", `
SELECT region_id, id, owner_kind, owner_id, unit_id, name, media, size, sha256, offered_sha256, offered_by, offered_at, withdrawn_at, withdrawn_why
FROM evidence_exhibit WHERE region_id = $1 AND id = $2`)

var selectOwners = sqldb.SQL("evidence.selectOwners", `
SELECT region_id, id, owner_kind, owner_id, unit_id, name, media, size, sha256, offered_sha256, offered_by, offered_at, withdrawn_at, withdrawn_why
FROM evidence_exhibit WHERE region_id = $1 AND owner_kind = $2 AND owner_id = $3
ORDER BY offered_at, id`)

var selectAll = sqldb.SQL("evidence.selectAll", `
SELECT region_id, id, owner_kind, owner_id, unit_id, name, media, size, sha256, offered_sha256, offered_by, offered_at, withdrawn_at, withdrawn_why
FROM evidence_exhibit WHERE region_id = $1 AND id > $2
ORDER BY id LIMIT $3`)

func scanBytes(s sqldb.Scanner) (b []byte, err error) { return b, s.Scan(&b) }

func scanExhibit(s sqldb.Scanner) (e Exhibit, err error) {
	var at, gone int64
	err = s.Scan(&e.RegionID, &e.ID, &e.Owner.Kind, &e.Owner.ID, &e.UnitID, &e.Name, &e.Media, &e.Size, &e.SHA256, &e.Offered, &e.OfferedBy, &at, &gone, &e.Why)
	e.OfferedAt = time.UnixMilli(at)
	if gone != 0 {
		e.Withdrawn = time.UnixMilli(gone)
	}
	return e, err
}
