package conduct

import "duban/internal/base/sqldb"

var (
	insertDocument = sqldb.SQL("conduct.insertDocument", `
INSERT INTO conduct_document (region_id, id, title, doc_no, issued_on, adopted_by, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	insertMeasure = sqldb.SQL("conduct.insertMeasure", `
INSERT INTO conduct_measure (region_id, id, document_id, no, title, content, owner_unit_id) VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	selectDocuments = sqldb.SQL("conduct.selectDocuments", `
SELECT id, title, doc_no, issued_on, adopted_by, at FROM conduct_document WHERE region_id = $1 ORDER BY id`)
	selectMeasures = sqldb.SQL("conduct.selectMeasures", `
SELECT id, document_id, no, title, content, owner_unit_id FROM conduct_measure WHERE region_id = $1 ORDER BY document_id, no`)
	insertAction = sqldb.SQL("conduct.insertAction", `
INSERT INTO conduct_action (region_id, id, measure_id, text, unit_id, due_on) VALUES ($1, $2, $3, $4, $5, $6)`)
	selectActions = sqldb.SQL("conduct.selectActions", `
SELECT id, measure_id, text, unit_id, due_on, done_note, done_by, done_at FROM conduct_action WHERE region_id = $1 ORDER BY due_on, id`)
	doneAction = sqldb.SQL("conduct.doneAction", `
UPDATE conduct_action SET done_note = $3, done_by = $4, done_at = $5 WHERE region_id = $1 AND id = $2 AND done_at = 0`)
	insertReview = sqldb.SQL("conduct.insertReview", `
INSERT INTO conduct_review (region_id, id, measure_id, half, rating, text, reviewed_by, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	selectReviews = sqldb.SQL("conduct.selectReviews", `
SELECT id, measure_id, half, rating, text, reviewed_by, at FROM conduct_review WHERE region_id = $1 ORDER BY half DESC, id`)
)

func scanDocument(r sqldb.Scanner) (d Document, err error) {
	return d, r.Scan(&d.ID, &d.Title, &d.DocNo, &d.IssuedOn, &d.AdoptedBy, &d.At)
}

func scanMeasure(r sqldb.Scanner) (m Measure, err error) {
	return m, r.Scan(&m.ID, &m.DocumentID, &m.No, &m.Title, &m.Content, &m.OwnerUnit)
}

func scanAction(r sqldb.Scanner) (a Action, err error) {
	return a, r.Scan(&a.ID, &a.MeasureID, &a.Text, &a.UnitID, &a.DueOn, &a.DoneNote, &a.DoneBy, &a.DoneAt)
}

func scanReview(r sqldb.Scanner) (x Review, err error) {
	return x, r.Scan(&x.ID, &x.MeasureID, &x.Half, &x.Rating, &x.Text, &x.By, &x.At)
}
