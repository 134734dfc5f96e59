package supervision

import (
	"encoding/json"

	"duban/internal/base/sqldb"
)

const (
	bulletinColumns = `id, year, issue, month, scope, state, round, confirm_due_on, revision, content, doc_no, recipients, sha256, anchor, drafted_by, drafted_at,
  published_by, published_at, version`
	confirmationColumns = `id, bulletin_id, round, unit_id, state, text, reply, asked_at, due_on, answered_by, answered_at`
)

var (
	insertBulletin = sqldb.SQL("supervision.insertBulletin", `
INSERT INTO supervision_bulletin (region_id, id, year, issue, month, scope, state, content, drafted_by, drafted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	lockBulletin = sqldb.SQL("supervision.lockBulletin", `
UPDATE supervision_bulletin SET version = version + 1 WHERE region_id = $1 AND id = $2
RETURNING `+bulletinColumns)
	updateBulletin = sqldb.SQL("supervision.updateBulletin", `
UPDATE supervision_bulletin
SET state = $3, round = $4, confirm_due_on = $5, revision = $6, content = $7, doc_no = $8, recipients = $9, sha256 = $10, published_by = $11, published_at = $12
WHERE region_id = $1 AND id = $2`)
	setAnchor = sqldb.SQL("supervision.setAnchor", `
UPDATE supervision_bulletin SET anchor = $3 WHERE region_id = $1 AND id = $2 AND anchor = ''`)
	selectBulletin = sqldb.SQL("supervision.selectBulletin", `
SELECT `+bulletinColumns+` FROM supervision_bulletin WHERE region_id = $1 AND id = $2`)
	selectOpenBulletin = sqldb.SQL("supervision.selectOpenBulletin", `
SELECT `+bulletinColumns+` FROM supervision_bulletin WHERE region_id = $1 AND month = $2 AND state <> 'published'`)
	listBulletins = sqldb.Select("supervision.listBulletins", `
SELECT `+bulletinColumns+` FROM supervision_bulletin WHERE region_id = ?`, `ORDER BY year DESC, issue DESC
LIMIT ?`, `state = 'published'`, `year = ?`, `month = ?`)
	selectBulletinsAll = sqldb.SQL("supervision.selectBulletinsAll", `
SELECT `+bulletinColumns+` FROM supervision_bulletin WHERE region_id = $1 ORDER BY id`)

	insertText = sqldb.SQL("supervision.insertText", `
INSERT INTO supervision_text (region_id, bulletin_id, revision, text, person_id, at) VALUES ($1, $2, $3, $4, $5, $6)`)
	selectTexts = sqldb.SQL("supervision.selectTexts", `
SELECT revision, text, person_id, at FROM supervision_text WHERE region_id = $1 AND bulletin_id = $2 ORDER BY revision`)

	insertConfirmation = sqldb.SQL("supervision.insertConfirmation", `
INSERT INTO supervision_confirmation (region_id, id, bulletin_id, round, unit_id, state, asked_at, due_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	answerConfirmation = sqldb.SQL("supervision.answerConfirmation", `
UPDATE supervision_confirmation
SET state = $3, text = $4, answered_by = $5, answered_at = $6, reply = $7
WHERE region_id = $1 AND id = $2`)
	selectConfirmations = sqldb.SQL("supervision.selectConfirmations", `
SELECT `+confirmationColumns+` FROM supervision_confirmation WHERE region_id = $1 AND bulletin_id = $2 AND round = $3 ORDER BY id`)
	listInquiries = sqldb.SQL("supervision.listInquiries", `
SELECT `+confirmationColumns+` FROM supervision_confirmation WHERE region_id = $1 AND unit_id = $2 AND state <> 'void' ORDER BY id DESC LIMIT 12`)
	selectConfirmationsAll = sqldb.SQL("supervision.selectConfirmationsAll", `
SELECT `+confirmationColumns+` FROM supervision_confirmation WHERE region_id = $1 ORDER BY id`)
)

func scanBulletin(s sqldb.Scanner) (b Bulletin, err error) {
	var scope string
	if err := s.Scan(&b.ID, &b.Year, &b.Issue, &b.Month, &scope, &b.State, &b.Round, &b.ConfirmDueOn, &b.Revision, &b.Content, &b.DocNo, &b.Recipients, &b.SHA256, &b.Anchor,
		&b.DraftedBy, &b.DraftedAt, &b.PublishedBy, &b.PublishedAt, &b.Version); err != nil {
		return b, err
	}
	b.Scope, err = decodeScope(scope)
	return b, err
}

// TextVersion is a version of a bulletin's text: who wrote it and when.
type TextVersion struct {
	Revision int64
	Text     Text
	PersonID int64
	At       int64
}

func scanText(s sqldb.Scanner) (v TextVersion, err error) {
	var text string
	if err := s.Scan(&v.Revision, &text, &v.PersonID, &v.At); err != nil {
		return v, err
	}
	return v, json.Unmarshal([]byte(text), &v.Text)
}

func scanConfirmation(s sqldb.Scanner) (c Confirmation, err error) {
	return c, s.Scan(&c.ID, &c.BulletinID, &c.Round, &c.UnitID, &c.State, &c.Text, &c.Reply, &c.AskedAt, &c.DueOn, &c.AnsweredBy, &c.AnsweredAt)
}
