package account

import (
	"time"

	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

var (
	selectAny = sqldb.SQL("account.selectAny", `SELECT region_id FROM account_login LIMIT 1`)

	insertHolder = sqldb.SQL("account.insertHolder", `
INSERT INTO account_holder (region_id, person_id, login, class, secret, secret_at, must_change, used_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	insertLogin = sqldb.SQL("account.insertLogin", `
INSERT INTO account_login (login, region_id, person_id) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING`)
	selectByLogin = sqldb.SQL("account.selectByLogin", `
SELECT h.region_id, h.person_id, h.login, h.class, h.secret, h.secret_at, h.must_change, h.disabled, h.used_at, h.version
FROM account_login l
JOIN account_holder h ON h.region_id = l.region_id AND h.person_id = l.person_id
WHERE l.login = $1`)
	selectHolder = sqldb.SQL("account.selectHolder", `
SELECT region_id, person_id, login, class, secret, secret_at, must_change, disabled, used_at, version
FROM account_holder
WHERE region_id = $1 AND person_id = $2`)
	selectHolders = sqldb.SQL("account.selectHolders", `
SELECT region_id, person_id, login, class, secret, secret_at, must_change, disabled, used_at, version
FROM account_holder
WHERE region_id = $1
ORDER BY person_id`)
	lockHolder = sqldb.SQL("account.lockHolder", `
UPDATE account_holder
SET version = version + 1
WHERE region_id = $1 AND person_id = $2
RETURNING region_id, person_id, login, class, secret, secret_at, must_change, disabled, used_at, version`)
	updateSecret = sqldb.SQL("account.updateSecret", `
UPDATE account_holder
SET secret = $3, secret_at = $4, must_change = $5
WHERE region_id = $1 AND person_id = $2`)
	// updateUsed changes nothing if the account is no longer as it was when the password was looked at.
	updateUsed = sqldb.SQL("account.updateUsed", `
UPDATE account_holder
SET used_at = $3, secret = $4
WHERE region_id = $1 AND person_id = $2 AND version = $5`)
	updateDisabled = sqldb.SQL("account.updateDisabled", `
UPDATE account_holder
SET disabled = $3, used_at = $4
WHERE region_id = $1 AND person_id = $2`)
	updateClass = sqldb.SQL("account.updateClass", `
UPDATE account_holder
SET class = $3
WHERE region_id = $1 AND person_id = $2`)

	insertSecret = sqldb.SQL("account.insertSecret", `
INSERT INTO account_secret (region_id, person_id, id, secret) VALUES ($1, $2, $3, $4)`)
	selectSecrets = sqldb.SQL("account.selectSecrets", `
SELECT secret
FROM account_secret
WHERE region_id = $1 AND person_id = $2
ORDER BY id DESC
LIMIT $3`)

	insertRole = sqldb.SQL("account.insertRole", `
INSERT INTO account_role (region_id, person_id, role, class, granted_at)
VALUES ($1, $2, $3, $4, $5)`)
	deleteRole = sqldb.SQL("account.deleteRole", `
DELETE FROM account_role
WHERE region_id = $1 AND person_id = $2 AND role = $3`)
	selectRoles = sqldb.SQL("account.selectRoles", `
SELECT role
FROM account_role
WHERE region_id = $1 AND person_id = $2
ORDER BY granted_at, role`)
	selectAllRoles = sqldb.SQL("account.selectAllRoles", `
SELECT person_id, role
FROM account_role
WHERE region_id = $1
ORDER BY granted_at, role`)
	selectHoldersOfRoles = sqldb.SQL("account.selectHoldersOfRoles", `
SELECT r.role, r.person_id, h.disabled
FROM account_role r
JOIN account_holder h ON h.region_id = r.region_id AND h.person_id = r.person_id
WHERE r.region_id = $1
ORDER BY r.role, r.person_id`)
	lockRole = sqldb.SQL("account.lockRole", `
UPDATE account_role
SET granted_at = granted_at
WHERE region_id = $1 AND role = $2`)
	countAble = sqldb.SQL("account.countAble", `
SELECT COUNT(*)
FROM account_role r
JOIN account_holder h ON h.region_id = r.region_id AND h.person_id = r.person_id
WHERE r.region_id = $1 AND r.role = $2 AND r.person_id <> $3 AND h.disabled = FALSE`)

	upsertSetup = sqldb.SQL("account.upsertSetup", `
INSERT INTO account_setup (region_id, hash, made_at) VALUES (0, $1, $2)
ON CONFLICT (region_id) DO UPDATE SET hash = excluded.hash, made_at = excluded.made_at, used_at = 0`)
	useSetup = sqldb.SQL("account.useSetup", `
UPDATE account_setup
SET used_at = $2
WHERE region_id = 0 AND hash = $1 AND used_at = 0 AND made_at > $3`)
)

type holder struct {
	region, person       int64
	login, class, secret string
	secretAt             time.Time
	mustChange, disabled bool
	usedAt               time.Time
	version              int64
}

func scanHolder(s sqldb.Scanner) (h holder, err error) {
	var secretAt, usedAt int64
	err = s.Scan(&h.region, &h.person, &h.login, &h.class, &h.secret, &secretAt, &h.mustChange, &h.disabled, &usedAt, &h.version)
	h.secretAt, h.usedAt = time.UnixMilli(secretAt), time.UnixMilli(usedAt)
	return h, err
}

func scanRole(s sqldb.Scanner) (r auth.Role, err error) { return r, s.Scan(&r) }

type roleOf struct {
	person int64
	role   auth.Role
}

func scanRoleOf(s sqldb.Scanner) (r roleOf, err error) { return r, s.Scan(&r.person, &r.role) }

type holderOf struct {
	role   auth.Role
	holder Holder
}

func scanHolderOf(s sqldb.Scanner) (h holderOf, err error) {
	return h, s.Scan(&h.role, &h.holder.PersonID, &h.holder.Disabled)
}
