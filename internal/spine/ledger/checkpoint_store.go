package ledger

import "duban/internal/base/sqldb"

// The signing key is the installation's: one for all regions.
var insertSigning = sqldb.SQL("ledger.insertSigning", `
INSERT INTO ledger_signing (name, private_key, public_key, made_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO NOTHING`)

var selectSigning = sqldb.SQL("ledger.selectSigning", `
SELECT private_key, public_key FROM ledger_signing WHERE name = $1`)

var insertCheckpoint = sqldb.SQL("ledger.insertCheckpoint", `
INSERT INTO ledger_checkpoint (region_id, size, at, note) VALUES ($1, $2, $3, $4)
ON CONFLICT (region_id, size) DO NOTHING`)

var selectCheckpoint = sqldb.SQL("ledger.selectCheckpoint", `
SELECT size, at, note FROM ledger_checkpoint WHERE region_id = $1 AND size = $2`)

var allCheckpoints = sqldb.SQL("ledger.allCheckpoints", `
SELECT size, at, note FROM ledger_checkpoint WHERE region_id = $1 ORDER BY size`)

var lastCheckpoints = sqldb.SQL("ledger.lastCheckpoints", `
SELECT size, at, note FROM ledger_checkpoint WHERE region_id = $1 ORDER BY size DESC LIMIT $2`)

var listMoved = sqldb.SQL("ledger.listMoved", `
SELECT h.region_id FROM ledger_head h
WHERE h.size > 0 AND NOT EXISTS (SELECT 1 FROM ledger_checkpoint c WHERE c.region_id = h.region_id AND c.size >= h.size)
ORDER BY h.region_id`)

type signingRow struct{ private, public string }

func scanSigning(s sqldb.Scanner) (k signingRow, err error) { return k, s.Scan(&k.private, &k.public) }

type checkpointRow struct {
	size, at int64
	note     string
}

func scanCheckpoint(s sqldb.Scanner) (c checkpointRow, err error) {
	return c, s.Scan(&c.size, &c.at, &c.note)
}
