package ledger

import "duban/internal/base/sqldb"

// Past keys belong to the installation, as the key that signs now: see insertSigning. Of a past key only the public half is kept.
var insertPast = sqldb.SQL("ledger.insertPast", `
INSERT INTO ledger_signing_past (no, public_key, made_at, ended_at, note) VALUES ($1, $2, $3, $4, $5)`)

var allPast = sqldb.SQL("ledger.allPast", `
SELECT no, public_key, ended_at, note FROM ledger_signing_past ORDER BY no`)

// lockSigning keeps others from changing the key until the transaction ends.
var lockSigning = sqldb.SQL("ledger.lockSigning", `
UPDATE ledger_signing SET made_at = made_at WHERE name = $1`)

var replaceSigning = sqldb.SQL("ledger.replaceSigning", `
INSERT INTO ledger_signing (name, private_key, public_key, made_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET private_key = excluded.private_key, public_key = excluded.public_key, made_at = excluded.made_at`)

var lockHead = sqldb.SQL("ledger.lockHead", `
UPDATE ledger_head SET size = size WHERE region_id = $1`)

var listHeads = sqldb.SQL("ledger.listHeads", `
SELECT region_id FROM ledger_head WHERE size > 0 ORDER BY region_id`)

var anyCheckpoint = sqldb.SQL("ledger.anyCheckpoint", `
SELECT size, at, note FROM ledger_checkpoint ORDER BY at DESC, region_id, size DESC LIMIT 1`)

// selectHandovers finds a region's entries of handovers, which are numbered as they come.
var selectHandovers = sqldb.SQL("ledger.selectHandovers", `
SELECT region_id, seq, at, kind, subject_id, verb, text, hashes FROM ledger_entry
WHERE region_id = $1 AND kind = 'ledger.handover'
ORDER BY subject_id, seq`)

// selectSigningSince is selectSigning with the instant at which the key was made.
var selectSigningSince = sqldb.SQL("ledger.selectSigningSince", `
SELECT private_key, public_key, made_at FROM ledger_signing WHERE name = $1`)

// headAndKey reads both at one instant: no handover comes between them.
var headAndKey = sqldb.SQL("ledger.headAndKey", `
SELECT h.size, h.edge, s.private_key, s.public_key FROM ledger_head h JOIN ledger_signing s ON s.name = $2 WHERE h.region_id = $1`)

type pastRow struct {
	no, ended int64
	key, note string
}

func scanPast(s sqldb.Scanner) (p pastRow, err error) {
	return p, s.Scan(&p.no, &p.key, &p.ended, &p.note)
}

type signingSinceRow struct {
	signingRow
	made int64
}

func scanSigningSince(s sqldb.Scanner) (k signingSinceRow, err error) {
	return k, s.Scan(&k.private, &k.public, &k.made)
}

type headKeyRow struct {
	headRow
	signingRow
}

func scanHeadKey(s sqldb.Scanner) (r headKeyRow, err error) {
	return r, s.Scan(&r.size, &r.edge, &r.private, &r.public)
}
