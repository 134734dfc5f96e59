package supervision

import "duban/internal/base/sqldb"

const orderColumns = `id, no, level, unit_id, matter_kind, matter_id, matter, requirement, cause, basis, follows_id, due_on, calendar_version, state, issued_by, issued_at, accepted_at,
  reply, replied_by, replied_at, closed_at, urged, version`

var (
	insertOrder = sqldb.SQL("supervision.insertOrder", `
INSERT INTO supervision_order (region_id, id, no, level, unit_id, matter_kind, matter_id, matter, requirement, cause, basis, follows_id, due_on, calendar_version, state, issued_by, issued_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`)
	lockOrder = sqldb.SQL("supervision.lockOrder", `
UPDATE supervision_order SET version = version + 1 WHERE region_id = $1 AND id = $2
RETURNING `+orderColumns)
	updateOrder = sqldb.SQL("supervision.updateOrder", `
UPDATE supervision_order
SET state = $3, accepted_at = $4, reply = $5, replied_by = $6, replied_at = $7, closed_at = $8, urged = $9, due_on = $10, calendar_version = $11
WHERE region_id = $1 AND id = $2`)
	selectOrder = sqldb.SQL("supervision.selectOrder", `
SELECT `+orderColumns+` FROM supervision_order WHERE region_id = $1 AND id = $2`)
	listOrders = sqldb.Select("supervision.listOrders", `
SELECT `+orderColumns+` FROM supervision_order WHERE region_id = ?`, `ORDER BY due_on, id
LIMIT ?`, `unit_id = ?`, `state = ?`, `level = ?`, `state <> 'closed' AND state <> 'escalated'`)
	selectOrdersAll = sqldb.SQL("supervision.selectOrdersAll", `
SELECT `+orderColumns+` FROM supervision_order WHERE region_id = $1 ORDER BY id`)
)

func scanOrder(s sqldb.Scanner) (o Order, err error) {
	return o, s.Scan(&o.ID, &o.No, &o.Level, &o.UnitID, &o.About.Kind, &o.About.ID, &o.Matter, &o.Requirement, &o.Cause, &o.Basis, &o.Follows, &o.DueOn, &o.CalendarVersion, &o.State,
		&o.IssuedBy, &o.IssuedAt, &o.AcceptedAt, &o.Reply, &o.RepliedBy, &o.RepliedAt, &o.ClosedAt, &o.Urged, &o.Version)
}
