package conduct

import (
	"encoding/json"

	"duban/internal/base/sqldb"
)

const signalColumns = `id, no, symptom, source, unit_id, subject_kind, subject_id, title, month, features, state, raised_by, raised_at, due_on, calendar_version,
	explanation, claim, explained_by, explained_at, outcome, ground, panel, found_by, found_at, mend_by_on, mending, mended_at, closing, archived_by, archived_at, version`

var (
	nextNumber = sqldb.SQL("conduct.nextNumber", `
INSERT INTO conduct_number (region_id, year, last) VALUES ($1, $2, 1)
ON CONFLICT (region_id, year) DO UPDATE SET last = conduct_number.last + 1
RETURNING last`)
	selectRaised = sqldb.SQL("conduct.selectRaised", `
SELECT symptom, subject_kind, subject_id FROM conduct_signal WHERE region_id = $1 AND month = $2 AND source = 'data'`)
	selectToothless = sqldb.SQL("conduct.selectToothless", `
SELECT symptom, subject_kind, subject_id FROM conduct_signal WHERE region_id = $1 AND symptom = 'toothless' AND source = 'data' AND state <> 'archived'`)
	insertSignal = sqldb.SQL("conduct.insertSignal", `
INSERT INTO conduct_signal (region_id, id, no, symptom, source, unit_id, subject_kind, subject_id, title, month, features, state, raised_by, raised_at, due_on, calendar_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'shown', $12, $13, $14, $15)`)
	selectSignal = sqldb.SQL("conduct.selectSignal", `
SELECT `+signalColumns+` FROM conduct_signal WHERE region_id = $1 AND id = $2`)
	updateSignal = sqldb.SQL("conduct.updateSignal", `
UPDATE conduct_signal
SET state = $4, explanation = $5, claim = $6, explained_by = $7, explained_at = $8, outcome = $9, ground = $10, panel = $11, found_by = $12, found_at = $13,
	mend_by_on = $14, mending = $15, mended_at = $16, closing = $17, archived_by = $18, archived_at = $19, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $3`)
	listSignals = sqldb.Select("conduct.listSignals", `
SELECT `+signalColumns+` FROM conduct_signal WHERE region_id = ?`, `
ORDER BY id DESC LIMIT ?`, `symptom = ?`, `state = ?`, `state <> 'archived'`, `unit_id = ?`, `month >= ?`, `month <= ?`, `id < ?`,
		`state = 'shown' AND due_on >= ?`, `state = 'shown' AND due_on < ?`, `state = 'explained'`, `state = 'found' AND outcome = 'mend'`, `(state = 'mended' OR state = 'found' AND outcome <> 'mend')`)
	countSignals = sqldb.SQL("conduct.countSignals", `
SELECT SUBSTR(no, 1, 4), symptom, unit_id, state, outcome, due_on, COUNT(*) FROM conduct_signal
WHERE region_id = $1 AND (SUBSTR(no, 1, 4) = $2 OR state <> 'archived')
GROUP BY SUBSTR(no, 1, 4), symptom, unit_id, state, outcome, due_on`)
	selectSignalsAll = sqldb.SQL("conduct.selectSignalsAll", `
SELECT `+signalColumns+` FROM conduct_signal WHERE region_id = $1 ORDER BY id`)
	insertStep = sqldb.SQL("conduct.insertStep", `
INSERT INTO conduct_step (region_id, id, signal_id, verb, text, person_id, unit_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	selectSteps = sqldb.SQL("conduct.selectSteps", `
SELECT verb, text, person_id, unit_id, at FROM conduct_step WHERE region_id = $1 AND signal_id = $2 ORDER BY id`)

	selectRule = sqldb.SQL("conduct.selectRule", `
SELECT body, basis, set_by, at, version FROM conduct_rule WHERE region_id = $1`)
	putRule = sqldb.SQL("conduct.putRule", `
INSERT INTO conduct_rule (region_id, body, basis, set_by, at, version) VALUES ($1, $2, $3, $4, $5, 1)
ON CONFLICT (region_id) DO UPDATE SET body = excluded.body, basis = excluded.basis, set_by = excluded.set_by, at = excluded.at, version = conduct_rule.version + 1
WHERE conduct_rule.version = $6`)

	noteIssued = sqldb.SQL("conduct.noteIssued", `
INSERT INTO conduct_matter (region_id, kind, id, unit_id, first_due_on, issued_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (region_id, kind, id) DO UPDATE SET first_due_on = excluded.first_due_on, issued_at = excluded.issued_at`)
	noteAccepted = sqldb.SQL("conduct.noteAccepted", `
INSERT INTO conduct_matter (region_id, kind, id, unit_id, accepted_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (region_id, kind, id) DO UPDATE SET accepted_at = excluded.accepted_at
WHERE conduct_matter.accepted_at = 0 OR conduct_matter.accepted_at > excluded.accepted_at`)
	noteReported = sqldb.SQL("conduct.noteReported", `
INSERT INTO conduct_matter (region_id, kind, id, unit_id, reported_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (region_id, kind, id) DO UPDATE SET reported_at = excluded.reported_at
WHERE conduct_matter.reported_at = 0 OR conduct_matter.reported_at > excluded.reported_at`)
	noteCause = sqldb.SQL("conduct.noteCause", `
UPDATE conduct_matter SET no_cause = $4 WHERE region_id = $1 AND kind = $2 AND id = $3`)
	noteReopened = sqldb.SQL("conduct.noteReopened", `
INSERT INTO conduct_matter (region_id, kind, id, unit_id, reopened, reopened_at) VALUES ($1, $2, $3, $4, 1, $5)
ON CONFLICT (region_id, kind, id) DO UPDATE
SET reopened = conduct_matter.reopened + 1, reopened_at = CASE WHEN conduct_matter.reopened_at > excluded.reopened_at THEN conduct_matter.reopened_at ELSE excluded.reopened_at END`)
	noteClosed = sqldb.SQL("conduct.noteClosed", `
INSERT INTO conduct_matter (region_id, kind, id, unit_id, closed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (region_id, kind, id) DO UPDATE
SET closed_at = CASE WHEN conduct_matter.closed_at > excluded.closed_at THEN conduct_matter.closed_at ELSE excluded.closed_at END`)
	selectMatters = sqldb.SQL("conduct.selectMatters", `
SELECT kind, id, unit_id, first_due_on, issued_at, accepted_at, reported_at, reopened, reopened_at, closed_at, no_cause FROM conduct_matter
WHERE region_id = $1 AND (issued_at >= $2 OR reopened_at >= $2 OR closed_at >= $2)
ORDER BY kind, id`)
)

func scanSignal(r sqldb.Scanner) (s Signal, err error) {
	var source, features, panel string
	if err := r.Scan(&s.ID, &s.No, &s.Symptom, &source, &s.UnitID, &s.Subject.Kind, &s.Subject.ID, &s.Title, &s.Month, &features, &s.State, &s.RaisedBy, &s.RaisedAt, &s.DueOn, &s.CalendarVersion,
		&s.Explanation, &s.Claim, &s.ExplainedBy, &s.ExplainedAt, &s.Outcome, &s.Ground, &panel, &s.FoundBy, &s.FoundAt, &s.MendByOn, &s.Mending, &s.MendedAt, &s.Closing, &s.ArchivedBy, &s.ArchivedAt, &s.Version); err != nil {
		return s, err
	}
	s.FromData, s.Panel = source == "data", splitIDs(panel)
	return s, json.Unmarshal([]byte(features), &s.Features)
}

// signalCount is how many signals stand alike; No is their year.
type signalCount struct {
	Signal
	n int64
}

func scanCount(r sqldb.Scanner) (c signalCount, err error) {
	return c, r.Scan(&c.No, &c.Symptom, &c.UnitID, &c.State, &c.Outcome, &c.DueOn, &c.n)
}

type raisedKey struct {
	symptom Symptom
	kind    string
	id      int64
}

func scanRaised(r sqldb.Scanner) (k raisedKey, err error) {
	return k, r.Scan(&k.symptom, &k.kind, &k.id)
}

func scanStep(r sqldb.Scanner) (s Step, err error) {
	return s, r.Scan(&s.Verb, &s.Text, &s.PersonID, &s.UnitID, &s.At)
}

func scanRule(r sqldb.Scanner) (x Rules, err error) {
	var body, basis string
	var by, at, version int64
	if err := r.Scan(&body, &basis, &by, &at, &version); err != nil {
		return x, err
	}
	err = json.Unmarshal([]byte(body), &x)
	x.Basis, x.SetBy, x.At, x.Version = basis, by, at, version
	return x, err
}

func scanMatter(r sqldb.Scanner) (m Matter, err error) {
	return m, r.Scan(&m.Kind, &m.ID, &m.UnitID, &m.FirstDueOn, &m.IssuedAt, &m.AcceptedAt, &m.ReportedAt, &m.Reopened, &m.ReopenedAt, &m.ClosedAt, &m.NoCause)
}
