package burden

import (
	"duban/internal/base/sqldb"
)

const returnColumns = `id, code, name, owner_unit_id, basis, source, frequency, minutes, audience, addressees, from_month, until_month, replaces_id, why_new, state,
	proposed_by, proposed_at, signed_by, signed_at, over_reason, decided_by, decided_at, decision, version`

var (
	insertReturn = sqldb.SQL("burden.insertReturn", `
INSERT INTO burden_return (region_id, id, code, name, owner_unit_id, basis, source, frequency, minutes, audience, addressees, from_month, replaces_id, why_new, state, proposed_by, proposed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`)
	insertField = sqldb.SQL("burden.insertField", `
INSERT INTO burden_field (region_id, return_id, no, name, item, held, held_by) VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	selectReturns = sqldb.SQL("burden.selectReturns", `
SELECT `+returnColumns+` FROM burden_return WHERE region_id = $1 ORDER BY id`)
	selectFields = sqldb.SQL("burden.selectFields", `
SELECT return_id, name, item, held, held_by FROM burden_field WHERE region_id = $1 ORDER BY return_id, no`)
	updateReturn = sqldb.SQL("burden.updateReturn", `
UPDATE burden_return
SET state = $4, until_month = $5, signed_by = $6, signed_at = $7, over_reason = $8, decided_by = $9, decided_at = $10, decision = $11, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $3`)
	selectLimit = sqldb.SQL("burden.selectLimit", `
SELECT sheets, fields, minutes, checks, basis, set_by, at, version FROM burden_limit WHERE region_id = $1`)
	putLimit = sqldb.SQL("burden.putLimit", `
INSERT INTO burden_limit (region_id, sheets, fields, minutes, checks, basis, set_by, at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
ON CONFLICT (region_id) DO UPDATE
SET sheets = excluded.sheets, fields = excluded.fields, minutes = excluded.minutes, checks = excluded.checks, basis = excluded.basis,
	set_by = excluded.set_by, at = excluded.at, version = burden_limit.version + 1
WHERE burden_limit.version = $9`)
)

func scanReturn(s sqldb.Scanner) (r Return, err error) {
	var to string
	err = s.Scan(&r.ID, &r.Code, &r.Name, &r.OwnerUnit, &r.Basis, &r.Source, &r.Frequency, &r.Minutes, &r.Audience, &to, &r.From, &r.Until, &r.Replaces, &r.WhyNew, &r.State,
		&r.ProposedBy, &r.ProposedAt, &r.SignedBy, &r.SignedAt, &r.OverReason, &r.DecidedBy, &r.DecidedAt, &r.Decision, &r.Version)
	r.setAddressees(to)
	return r, err
}

type fieldRow struct {
	of int64
	Field
}

func scanField(s sqldb.Scanner) (f fieldRow, err error) {
	return f, s.Scan(&f.of, &f.Name, &f.Item, &f.Held, &f.HeldBy)
}

func scanLimit(s sqldb.Scanner) (l Limit, err error) {
	return l, s.Scan(&l.Sheets, &l.Fields, &l.Minutes, &l.Checks, &l.Basis, &l.SetBy, &l.At, &l.Version)
}
