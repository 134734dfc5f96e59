package supervision

import (
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
)

const findingColumns = `id, no, tour_id, task_id, origin_kind, origin_id, unit_id, month, kind, fact, requirement, days, due_on, calendar_version, state, issued_by, issued_at,
  accepted_at, report, reported_by, reported_at, closing, closed_by, closed_at, review_on, sent_back, reopened, version`

var (
	insertFinding = sqldb.SQL("supervision.insertFinding", `
INSERT INTO supervision_finding (region_id, id, no, tour_id, task_id, origin_kind, origin_id, unit_id, month, kind, fact, requirement, days, due_on, calendar_version, state, issued_by, issued_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`)
	lockFinding = sqldb.SQL("supervision.lockFinding", `
UPDATE supervision_finding SET version = version + 1 WHERE region_id = $1 AND id = $2
RETURNING `+findingColumns)
	updateFinding = sqldb.SQL("supervision.updateFinding", `
UPDATE supervision_finding
SET state = $3, accepted_at = $4, report = $5, reported_by = $6, reported_at = $7, closing = $8, closed_by = $9, closed_at = $10, review_on = $11, sent_back = $12, reopened = $13,
  days = $14, due_on = $15, calendar_version = $16
WHERE region_id = $1 AND id = $2`)
	selectFinding = sqldb.SQL("supervision.selectFinding", `
SELECT `+findingColumns+` FROM supervision_finding WHERE region_id = $1 AND id = $2`)
	listFindings = sqldb.Select("supervision.listFindings", `
SELECT `+findingColumns+` FROM supervision_finding WHERE region_id = ?`, `ORDER BY due_on, id
LIMIT ?`, `unit_id = ?`, `tour_id = ?`, `task_id = ?`, `origin_kind = ? AND origin_id = ?`, `state = ?`, `month >= ?`, `month <= ?`,
		`state <> 'closed'`, `due_on < ? AND state <> 'closed' AND state <> 'reported'`)
	selectFindingsAll = sqldb.SQL("supervision.selectFindingsAll", `
SELECT `+findingColumns+` FROM supervision_finding WHERE region_id = $1 ORDER BY id`)
	tallyFindings = sqldb.Select("supervision.tallyFindings", `
SELECT unit_id, tour_id, origin_kind, origin_id, COUNT(*), COUNT(*) FILTER (WHERE state = 'closed'), COUNT(*) FILTER (WHERE due_on < ? AND state <> 'closed' AND state <> 'reported')
FROM supervision_finding
WHERE region_id = ? AND month >= ? AND month <= ?`, `GROUP BY unit_id, tour_id, origin_kind, origin_id
ORDER BY unit_id, tour_id, origin_kind, origin_id`)
	tallyMonths = sqldb.SQL("supervision.tallyMonths", `
SELECT month, COUNT(*), COUNT(*) FILTER (WHERE state = 'closed'), COUNT(*) FILTER (WHERE due_on < $6 AND state <> 'closed' AND state <> 'reported')
FROM supervision_finding
WHERE region_id = $1 AND origin_kind = $2 AND origin_id = $3 AND month >= $4 AND month <= $5
GROUP BY month
ORDER BY month`)
	countYear = sqldb.SQL("supervision.countYear", `
SELECT COUNT(*), COUNT(*) FILTER (WHERE state = 'closed')
FROM supervision_finding
WHERE region_id = $1 AND unit_id = $2 AND issued_at >= $3 AND issued_at < $4`)
	selectCounter = sqldb.SQL("supervision.selectCounter", `
SELECT found_id, closed_id FROM supervision_counter WHERE region_id = $1 AND unit_id = $2 AND year = $3`)
	insertCounter = sqldb.SQL("supervision.insertCounter", `
INSERT INTO supervision_counter (region_id, unit_id, year, found_id, closed_id) VALUES ($1, $2, $3, $4, $5)`)
	selectCountersAll = sqldb.SQL("supervision.selectCountersAll", `
SELECT unit_id, year, found_id, closed_id FROM supervision_counter WHERE region_id = $1 ORDER BY year, unit_id`)
	selectCounterUnits = sqldb.SQL("supervision.selectCounterUnits", `
SELECT unit_id FROM supervision_counter WHERE region_id = $1 AND year = $2 ORDER BY unit_id`)
)

func scanFinding(s sqldb.Scanner) (f Finding, err error) {
	return f, s.Scan(&f.ID, &f.No, &f.TourID, &f.TaskID, &f.Origin.Kind, &f.Origin.ID, &f.UnitID, &f.Month, &f.Kind, &f.Fact, &f.Requirement, &f.Days, &f.DueOn, &f.CalendarVersion, &f.State,
		&f.IssuedBy, &f.IssuedAt, &f.AcceptedAt, &f.Report, &f.ReportedBy, &f.ReportedAt, &f.Closing, &f.ClosedBy, &f.ClosedAt, &f.ReviewOn, &f.SentBack, &f.Reopened, &f.Version)
}

type tallyRow struct {
	unit, tour, originID int64
	originKind           string
	Tally
}

func scanTally(s sqldb.Scanner) (t tallyRow, err error) {
	return t, s.Scan(&t.unit, &t.tour, &t.originKind, &t.originID, &t.Found, &t.Closed, &t.Overdue)
}

type monthTally struct {
	month period.Month
	Tally
}

func scanMonthTally(s sqldb.Scanner) (t monthTally, err error) {
	return t, s.Scan(&t.month, &t.Found, &t.Closed, &t.Overdue)
}

type pair struct{ a, b int64 }

type counterRow struct {
	unit, found, closed int64
	year                string
}

func scanCounter(s sqldb.Scanner) (c counterRow, err error) {
	return c, s.Scan(&c.unit, &c.year, &c.found, &c.closed)
}

func scanPair(s sqldb.Scanner) (p pair, err error) { return p, s.Scan(&p.a, &p.b) }
