package appraisal

import (
	"encoding/json"

	"duban/internal/base/sqldb"
	"duban/internal/spine/ledger"
)

const schemeColumns = `id, code, name, revision, body, hash, state, legal_basis, from_on, drafted_by, drafted_at, frozen_by, frozen_at, version`
const roundColumns = `id, kind, period, title, scheme_id, state, release, cutoff_on, objection_until, revision, doc_no, opened_by, computed_by, confirmed_by, reviewed_by, approved_by, review_note, opened_at, published_at, version`
const objectionColumns = `id, round_id, unit_id, item, text, state, due_on, filed_by, filed_at, decided_by, decided_at, decision, change_source, change_value, version`
const releaseColumns = `id, round_id, number, was, release, revision, reason, doc_no, decided_by, at`
const flagColumns = `id, round_id, revision, unit_id, grp, colour, ground, authority, legal_basis, doc_no, occasion, due_on, issued_by, issued_at, cause, measures, stated_by, stated_at, version`
const spotColumns = `id, round_id, seed, source, unit_id, item, value, target, why, answer, found, evidence, answered_by, answered_at, version`
const eventColumns = `id, unit_id, period, item, event, value, target, count_x10000, role, doc_no, exempt, entered_by, entered_at, confirmed_by, confirmed_at, void`

var (
	insertScheme = sqldb.SQL("appraisal.insertScheme", `
INSERT INTO appraisal_scheme (region_id, id, code, name, revision, body, hash, state, drafted_by, drafted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	updateScheme = sqldb.SQL("appraisal.updateScheme", `
UPDATE appraisal_scheme SET name = $3, body = $4, hash = $5, drafted_by = $6, drafted_at = $7, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $8 AND state = 'draft'`)
	freezeScheme = sqldb.SQL("appraisal.freezeScheme", `
UPDATE appraisal_scheme SET state = 'frozen', legal_basis = $3, from_on = $4, frozen_by = $5, frozen_at = $6, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $7 AND state = 'draft'`)
	retireSchemes = sqldb.SQL("appraisal.retireSchemes", `
UPDATE appraisal_scheme SET state = 'retired', version = version + 1
WHERE region_id = $1 AND code = $2 AND state = 'frozen' AND id <> $3
RETURNING `+schemeColumns)
	selectSchemes = sqldb.SQL("appraisal.selectSchemes", `
SELECT `+schemeColumns+` FROM appraisal_scheme WHERE region_id = $1 ORDER BY code, revision`)
	selectScheme = sqldb.SQL("appraisal.selectScheme", `
SELECT `+schemeColumns+` FROM appraisal_scheme WHERE region_id = $1 AND id = $2`)

	insertRound = sqldb.SQL("appraisal.insertRound", `
INSERT INTO appraisal_round (region_id, id, kind, period, title, scheme_id, state, release, cutoff_on, opened_by, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)
	updateRound = sqldb.SQL("appraisal.updateRound", `
UPDATE appraisal_round
SET state = $3, release = $4, objection_until = $5, revision = $6, doc_no = $7, computed_by = $8, confirmed_by = $9, reviewed_by = $10, approved_by = $11, review_note = $12, published_at = $13, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $14`)
	selectRound = sqldb.SQL("appraisal.selectRound", `
SELECT `+roundColumns+` FROM appraisal_round WHERE region_id = $1 AND id = $2`)
	selectRounds = sqldb.SQL("appraisal.selectRounds", `
SELECT `+roundColumns+` FROM appraisal_round WHERE region_id = $1 ORDER BY period DESC, id DESC`)

	insertBoard = sqldb.SQL("appraisal.insertBoard", `
INSERT INTO appraisal_board (region_id, id, round_id, revision, grp, body, reason, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	selectBoards = sqldb.SQL("appraisal.selectBoards", `
SELECT id, body, at FROM appraisal_board WHERE region_id = $1 AND round_id = $2 AND revision = $3 ORDER BY id`)
	selectBoardsAll = sqldb.SQL("appraisal.selectBoardsAll", `
SELECT id, body, at, round_id, revision, grp, reason FROM appraisal_board WHERE region_id = $1 ORDER BY id`)
	selectRevisions = sqldb.SQL("appraisal.selectRevisions", `
SELECT revision, MIN(at), MIN(reason) FROM appraisal_board WHERE region_id = $1 AND round_id = $2 GROUP BY revision ORDER BY revision`)
	insertSheet = sqldb.SQL("appraisal.insertSheet", `
INSERT INTO appraisal_sheet (region_id, id, board_id, unit_id, data, result)
VALUES ($1, $2, $3, $4, $5, $6)`)
	selectSheet = sqldb.SQL("appraisal.selectSheet", `
SELECT id, board_id, unit_id, data, result FROM appraisal_sheet WHERE region_id = $1 AND board_id = $2 AND unit_id = $3`)
	selectSheets = sqldb.SQL("appraisal.selectSheets", `
SELECT id, board_id, unit_id, data, result FROM appraisal_sheet WHERE region_id = $1 AND board_id = $2 ORDER BY unit_id`)

	insertEvent = sqldb.SQL("appraisal.insertEvent", `
INSERT INTO appraisal_event (region_id, id, unit_id, period, item, event, value, target, count_x10000, role, doc_no, exempt, entered_by, entered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`)
	confirmEvent = sqldb.SQL("appraisal.confirmEvent", `
UPDATE appraisal_event SET confirmed_by = $3, confirmed_at = $4, void = $5 WHERE region_id = $1 AND id = $2 AND confirmed_by = 0`)
	selectEvent = sqldb.SQL("appraisal.selectEvent", `
SELECT `+eventColumns+` FROM appraisal_event WHERE region_id = $1 AND id = $2`)
	selectEvents = sqldb.SQL("appraisal.selectEvents", `
SELECT `+eventColumns+` FROM appraisal_event WHERE region_id = $1 AND period = $2 ORDER BY id`)
	selectEventsAll = sqldb.SQL("appraisal.selectEventsAll", `
SELECT `+eventColumns+` FROM appraisal_event WHERE region_id = $1 ORDER BY id`)

	upsertRemark = sqldb.SQL("appraisal.upsertRemark", `
INSERT INTO appraisal_remark (region_id, round_id, unit_id, text, written_by, at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (region_id, round_id, unit_id) DO UPDATE SET text = excluded.text, written_by = excluded.written_by, at = excluded.at`)
	selectRemarks = sqldb.SQL("appraisal.selectRemarks", `
SELECT unit_id, text, at FROM appraisal_remark WHERE region_id = $1 AND round_id = $2 ORDER BY unit_id`)

	insertObjection = sqldb.SQL("appraisal.insertObjection", `
INSERT INTO appraisal_objection (region_id, id, round_id, unit_id, item, text, state, due_on, filed_by, filed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	decideObjection = sqldb.SQL("appraisal.decideObjection", `
UPDATE appraisal_objection
SET state = $3, decided_by = $4, decided_at = $5, decision = $6, change_source = $7, change_value = $8, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $9 AND state = 'filed'`)
	selectObjection = sqldb.SQL("appraisal.selectObjection", `
SELECT `+objectionColumns+` FROM appraisal_objection WHERE region_id = $1 AND id = $2`)
	selectObjections = sqldb.SQL("appraisal.selectObjections", `
SELECT `+objectionColumns+` FROM appraisal_objection WHERE region_id = $1 AND round_id = $2 ORDER BY id`)
	selectObjectionsAll = sqldb.SQL("appraisal.selectObjectionsAll", `
SELECT `+objectionColumns+` FROM appraisal_objection WHERE region_id = $1 ORDER BY id`)
	insertRelease = sqldb.SQL("appraisal.insertRelease", `
INSERT INTO appraisal_release (region_id, id, round_id, number, was, release, revision, reason, doc_no, decided_by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)
	selectReleases = sqldb.SQL("appraisal.selectReleases", `
SELECT `+releaseColumns+` FROM appraisal_release WHERE region_id = $1 AND round_id = $2 ORDER BY number`)
	selectReleasesAll = sqldb.SQL("appraisal.selectReleasesAll", `
SELECT `+releaseColumns+` FROM appraisal_release WHERE region_id = $1 ORDER BY id`)
	insertFlag = sqldb.SQL("appraisal.insertFlag", `
INSERT INTO appraisal_flag (region_id, id, round_id, revision, unit_id, grp, colour, ground, authority, legal_basis, doc_no, occasion, due_on, issued_by, issued_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`)
	updateStatement = sqldb.SQL("appraisal.updateStatement", `
UPDATE appraisal_flag SET cause = $3, measures = $4, stated_by = $5, stated_at = $6, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $7`)
	selectFlag = sqldb.SQL("appraisal.selectFlag", `
SELECT `+flagColumns+` FROM appraisal_flag WHERE region_id = $1 AND id = $2`)
	selectFlags = sqldb.SQL("appraisal.selectFlags", `
SELECT `+flagColumns+` FROM appraisal_flag WHERE region_id = $1 AND round_id = $2 ORDER BY revision, id`)
	selectFlagsAll = sqldb.SQL("appraisal.selectFlagsAll", `
SELECT `+flagColumns+` FROM appraisal_flag WHERE region_id = $1 ORDER BY id`)
	insertSpot = sqldb.SQL("appraisal.insertSpot", `
INSERT INTO appraisal_spot (region_id, id, round_id, seed, source, unit_id, item, value, target, why)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	answerSpot = sqldb.SQL("appraisal.answerSpot", `
UPDATE appraisal_spot SET answer = $3, found = $4, evidence = $5, answered_by = $6, answered_at = $7, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $8`)
	selectSpot = sqldb.SQL("appraisal.selectSpot", `
SELECT `+spotColumns+` FROM appraisal_spot WHERE region_id = $1 AND id = $2`)
	selectSpots = sqldb.SQL("appraisal.selectSpots", `
SELECT `+spotColumns+` FROM appraisal_spot WHERE region_id = $1 AND round_id = $2 ORDER BY id`)
	selectSpotsAll = sqldb.SQL("appraisal.selectSpotsAll", `
SELECT `+spotColumns+` FROM appraisal_spot WHERE region_id = $1 ORDER BY id`)
	selectRoundsAll = sqldb.SQL("appraisal.selectRoundsAll", `
SELECT `+roundColumns+` FROM appraisal_round WHERE region_id = $1 ORDER BY id`)
)

func scanScheme(s sqldb.Scanner) (x Scheme, err error) {
	return x, s.Scan(&x.ID, &x.Code, &x.Name, &x.Revision, &x.Text, &x.Hash, &x.State, &x.LegalBasis, &x.FromOn, &x.DraftedBy, &x.DraftedAt, &x.FrozenBy, &x.FrozenAt, &x.Version)
}

func scanRound(s sqldb.Scanner) (r Round, err error) {
	err = s.Scan(&r.ID, &r.Kind, &r.Period, &r.Title, &r.SchemeID, &r.State, &r.Release, &r.CutoffOn, &r.ObjectionUntil, &r.Revision, &r.DocNo, &r.OpenedBy, &r.ComputedBy, &r.ConfirmedBy, &r.ReviewedBy, &r.ApprovedBy, &r.ReviewNote, &r.OpenedAt, &r.PublishedAt, &r.Version)
	if r.Kind == Quarterly && r.Term().Monthly() {
		r.Kind = Monthly
	}
	return r, err
}

// stored is the kind as the table knows it: its check is older than monthly rounds and cannot be widened on both engines without rebuilding five
// tables, so a month's round stands as a quarter's and is told by its period.
func (k Kind) stored() string {
	if k == Monthly {
		return string(Quarterly)
	}
	return string(k)
}

func scanBoard(s sqldb.Scanner) (b Board, err error) {
	var body string
	var id, at int64
	if err := s.Scan(&id, &body, &at); err != nil {
		return b, err
	}
	err = json.Unmarshal([]byte(body), &b)
	b.ID, b.At = id, at
	return b, err
}

// scanFiledBoard reads a board as it is filed: pages find it by these columns and not by what its body says.
func scanFiledBoard(s sqldb.Scanner) (b Board, err error) {
	var body, group, reason string
	var id, at, round, revision int64
	if err := s.Scan(&id, &body, &at, &round, &revision, &group, &reason); err != nil {
		return b, err
	}
	err = json.Unmarshal([]byte(body), &b)
	b.ID, b.At, b.RoundID, b.Revision, b.Group, b.Reason = id, at, round, revision, group, reason
	return b, err
}

func scanSheet(s sqldb.Scanner) (x Sheet, err error) {
	var data, result string
	err = s.Scan(&x.ID, &x.BoardID, &x.UnitID, &data, &result)
	x.Data, x.Result = []byte(data), []byte(result)
	return x, err
}

// Event is a fact entered by hand with its document: a bonus or deduction event, or the value of an item that no indicator
// holds (加分、扣分、评定). It counts only after a second person has confirmed it.
type Event struct {
	ID, UnitID               int64
	Period                   string
	Item, Event              string
	Value, Target            string // exact decimals, "" if none
	Count                    int64  // ×10^4
	Role                     string // 主办 协办 上级
	DocNo                    string
	Exempt                   bool
	EnteredBy, EnteredAt     int64
	ConfirmedBy, ConfirmedAt int64
	Void                     bool
}

func (e Event) sealed() any {
	return struct {
		Unit        int64         `json:"unit,string"`
		Period      string        `json:"period"`
		Item        string        `json:"item"`
		Event       string        `json:"event"`
		Value       string        `json:"value"`
		Target      string        `json:"target"`
		Count       int64         `json:"count_x10000"`
		Role        string        `json:"role"`
		DocNo       string        `json:"doc_no"`
		Exempt      bool          `json:"exempt"`
		Confirmed   bool          `json:"confirmed"`
		Void        bool          `json:"void"`
		EnteredBy   ledger.Person `json:"entered_by"`
		ConfirmedBy ledger.Person `json:"confirmed_by"`
	}{e.UnitID, e.Period, e.Item, e.Event, e.Value, e.Target, e.Count, e.Role, e.DocNo, e.Exempt, e.ConfirmedBy != 0, e.Void, ledger.Person(e.EnteredBy), ledger.Person(e.ConfirmedBy)}
}

func scanEvent(s sqldb.Scanner) (e Event, err error) {
	return e, s.Scan(&e.ID, &e.UnitID, &e.Period, &e.Item, &e.Event, &e.Value, &e.Target, &e.Count, &e.Role, &e.DocNo, &e.Exempt, &e.EnteredBy, &e.EnteredAt, &e.ConfirmedBy, &e.ConfirmedAt, &e.Void)
}

// Remark is what a unit says about its trial score (单位自评); it is read by the reviewer and is no input of any score.
type Remark struct {
	UnitID int64
	Text   string
	At     int64
}

func scanRemark(s sqldb.Scanner) (r Remark, err error) { return r, s.Scan(&r.UnitID, &r.Text, &r.At) }

func scanObjection(s sqldb.Scanner) (o Objection, err error) {
	return o, s.Scan(&o.ID, &o.RoundID, &o.UnitID, &o.Item, &o.Text, &o.State, &o.DueOn, &o.FiledBy, &o.FiledAt, &o.DecidedBy, &o.DecidedAt, &o.Decision, &o.ChangeSource, &o.ChangeValue, &o.Version)
}

// Revision is one computation of a round.
type Revision struct {
	Number, At int64
	Reason     string
}

func scanRevision(s sqldb.Scanner) (r Revision, err error) {
	return r, s.Scan(&r.Number, &r.At, &r.Reason)
}

func scanRelease(s sqldb.Scanner) (x Rerelease, err error) {
	return x, s.Scan(&x.ID, &x.RoundID, &x.Number, &x.Was, &x.Now, &x.Revision, &x.Reason, &x.DocNo, &x.DecidedBy, &x.At)
}

func scanFlag(s sqldb.Scanner) (f Flag, err error) {
	return f, s.Scan(&f.ID, &f.RoundID, &f.Revision, &f.UnitID, &f.Group, &f.Colour, &f.Ground, &f.Authority, &f.LegalBasis, &f.DocNo, &f.Occasion, &f.DueOn, &f.IssuedBy, &f.IssuedAt, &f.Cause, &f.Measures, &f.StatedBy, &f.StatedAt, &f.Version)
}

func scanSpot(s sqldb.Scanner) (x Spot, err error) {
	return x, s.Scan(&x.ID, &x.RoundID, &x.Seed, &x.Source, &x.UnitID, &x.Item, &x.Value, &x.Target, &x.Why, &x.Answer, &x.Found, &x.Evidence, &x.AnsweredBy, &x.AnsweredAt, &x.Version)
}
