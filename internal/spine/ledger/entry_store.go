package ledger

import (
	"duban/internal/base/sqldb"
)

// advanceHead takes the next numbers. The row it writes stays locked until the transaction ends, so that
// entries of one region are written one after another. The secret rides along to save a statement.
var advanceHead = sqldb.SQL("ledger.advanceHead", `
INSERT INTO ledger_head (region_id, size, edge)
VALUES ($1, $2, $3)
ON CONFLICT (region_id) DO UPDATE SET size = ledger_head.size + excluded.size
RETURNING size, edge, (SELECT k.secret FROM ledger_key k WHERE k.region_id = $1)`)

// advanceGuessed moves the head on if it is what the process believes it to be; it locks the row like advanceHead.
var advanceGuessed = sqldb.SQL("ledger.advanceGuessed", `
UPDATE ledger_head SET size = $5, edge = $6
WHERE region_id = $1 AND size = $2 AND edge = $3 AND EXISTS (SELECT 1 FROM ledger_key k WHERE k.region_id = $1 AND k.secret = $4)`)

var updateEdge = sqldb.SQL("ledger.updateEdge", `
UPDATE ledger_head SET edge = $2 WHERE region_id = $1`)

var insertEntry = sqldb.SQL("ledger.insertEntry", `
INSERT INTO ledger_entry (region_id, seq, at, kind, subject_id, verb, text, hashes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)

var insertSecret = sqldb.SQL("ledger.insertSecret", `
INSERT INTO ledger_key (region_id, secret) VALUES ($1, $2)
ON CONFLICT (region_id) DO NOTHING`)

var deleteSecret = sqldb.SQL("ledger.deleteSecret", `
DELETE FROM ledger_key WHERE region_id = $1`)

var selectSecret = sqldb.SQL("ledger.selectSecret", `
SELECT secret FROM ledger_key WHERE region_id = $1`)

const (
	ofKind    = "kind = ?"
	ofSubject = "subject_id = ?"
	before    = "seq < ?"
)

var listEntries = sqldb.Select("ledger.listEntries", `
SELECT region_id, seq, at, kind, subject_id, verb, text, hashes FROM ledger_entry
WHERE region_id = ?`, `
ORDER BY seq DESC LIMIT ?`, ofKind, ofSubject, before)

var selectEntry = sqldb.SQL("ledger.selectEntry", `
SELECT region_id, seq, at, kind, subject_id, verb, text, hashes FROM ledger_entry
WHERE region_id = $1 AND seq = $2`)

// allEntries feeds Verify: every entry of a region in order.
var allEntries = sqldb.SQL("ledger.allEntries", `
SELECT region_id, seq, at, kind, subject_id, verb, text, hashes FROM ledger_entry
WHERE region_id = $1
ORDER BY seq`)

var selectHead = sqldb.SQL("ledger.selectHead", `
SELECT size, edge FROM ledger_head WHERE region_id = $1`)

// listRegions names every region that has any part of a ledger left.
var listRegions = sqldb.SQL("ledger.listRegions", `
SELECT region_id FROM ledger_head
UNION SELECT region_id FROM ledger_key
UNION SELECT region_id FROM ledger_checkpoint
UNION SELECT region_id FROM ledger_entry
ORDER BY region_id`)

type headRow struct {
	size   int64
	edge   []byte
	secret []byte
}

func scanHead(s sqldb.Scanner) (h headRow, err error) { return h, s.Scan(&h.size, &h.edge, &h.secret) }

func scanSizeEdge(s sqldb.Scanner) (h headRow, err error) { return h, s.Scan(&h.size, &h.edge) }

func scanBytes(s sqldb.Scanner) (b []byte, err error) { return b, s.Scan(&b) }

type entryRow struct {
	region, seq, at, id int64
	kind, verb, text    string
	hashes              []byte
}

func scanRow(s sqldb.Scanner) (r entryRow, err error) {
	return r, s.Scan(&r.region, &r.seq, &r.at, &r.kind, &r.id, &r.verb, &r.text, &r.hashes)
}
