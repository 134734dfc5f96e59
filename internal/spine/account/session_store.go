package account

import (
	"time"

	"duban/internal/base/sqldb"
)

var (
	takeTry = sqldb.SQL("account.takeTry", `
INSERT INTO account_try (region_id, subject, source) VALUES ($1, $2, $3)
ON CONFLICT (region_id, subject, source) DO UPDATE SET version = account_try.version + 1
RETURNING recent, locked_until`)
	updateTry = sqldb.SQL("account.updateTry", `
UPDATE account_try
SET recent = $4, locked_until = $5
WHERE region_id = $1 AND subject = $2 AND source = $3`)

	// recent holds instants of equal length, the oldest first and none more than TryTime before the last: its first tells its age.
	deleteTries = sqldb.SQL("account.deleteTries", `
DELETE FROM account_try
WHERE region_id >= 0 AND recent < $1 AND locked_until < $2`)
	insertSession = sqldb.SQL("account.insertSession", `
INSERT INTO account_session (region_id, hash, person_id, id, began_at, seen_at, source, agent)
VALUES ($1, $2, $3, $4, $5, $5, $6, $7)`)
	selectSession = sqldb.SQL("account.selectSession", `
SELECT s.hash, s.person_id, s.id, s.began_at, s.seen_at, s.source, s.agent, h.class, h.secret_at, h.must_change, h.disabled, h.version,
  CASE WHEN h.class = 'admin' AND COALESCE(r.factor_admins, FALSE) AND NOT COALESCE(f.confirmed, FALSE) THEN 1 ELSE 0 END
FROM account_session s
JOIN account_holder h ON h.region_id = s.region_id AND h.person_id = s.person_id
LEFT JOIN account_factor f ON f.region_id = s.region_id AND f.person_id = s.person_id
LEFT JOIN account_rule r ON r.region_id = s.region_id
WHERE s.region_id = $1 AND s.hash = $2`)
	selectSessions = sqldb.SQL("account.selectSessions", `
SELECT s.hash, s.person_id, s.id, s.began_at, s.seen_at, s.source, s.agent, h.class, h.secret_at, h.must_change, h.disabled, h.version,
  CASE WHEN h.class = 'admin' AND COALESCE(r.factor_admins, FALSE) AND NOT COALESCE(f.confirmed, FALSE) THEN 1 ELSE 0 END
FROM account_session s
JOIN account_holder h ON h.region_id = s.region_id AND h.person_id = s.person_id
LEFT JOIN account_factor f ON f.region_id = s.region_id AND f.person_id = s.person_id
LEFT JOIN account_rule r ON r.region_id = s.region_id
WHERE s.region_id = $1 AND s.person_id = $2
ORDER BY s.id DESC`)
	seeSession = sqldb.SQL("account.seeSession", `
UPDATE account_session
SET seen_at = $3
WHERE region_id = $1 AND hash = $2 AND seen_at < $3`)
	deleteSession = sqldb.SQL("account.deleteSession", `
DELETE FROM account_session
WHERE region_id = $1 AND hash = $2`)
	deleteSessions = sqldb.SQL("account.deleteSessions", `
DELETE FROM account_session
WHERE region_id = $1 AND person_id = $2`)
)

var (
	sessions = sqldb.Watching("account_session", "account_holder", "account_role", "account_factor", "account_rule", "org_stamp")
	places   = sqldb.Watching("org_stamp") // moves with every act that changes the directory
)

type try struct {
	recent string // instants in ms of the failures that still count, oldest first
	until  int64
}

func scanTry(s sqldb.Scanner) (t try, err error) { return t, s.Scan(&t.recent, &t.until) }

type session struct {
	hash                 string
	person, id           int64
	began, seen          time.Time
	source, agent, class string
	secretAt             time.Time
	mustChange, disabled bool
	version              int64
	mustFactor           int64 // 1: the region asks for a second factor that is not set up
}

func scanSession(s sqldb.Scanner) (v session, err error) {
	var began, seen, secretAt int64
	err = s.Scan(&v.hash, &v.person, &v.id, &began, &seen, &v.source, &v.agent, &v.class, &secretAt, &v.mustChange, &v.disabled, &v.version, &v.mustFactor)
	v.began, v.seen, v.secretAt = time.UnixMilli(began), time.UnixMilli(seen), time.UnixMilli(secretAt)
	return v, err
}
