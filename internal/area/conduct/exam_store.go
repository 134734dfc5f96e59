package conduct

import "duban/internal/base/sqldb"

var (
	insertExam = sqldb.SQL("conduct.insertExam", `
INSERT INTO conduct_exam (region_id, id, person_id, task_id, place, observed_on, fact, view, assessors, salt, written_by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`)
	selectExamsOf = sqldb.SQL("conduct.selectExamsOf", `
SELECT id, person_id, task_id, place, observed_on, fact, view, assessors, salt, written_by, at FROM conduct_exam
WHERE region_id = $1 AND person_id = $2 ORDER BY observed_on DESC, id DESC LIMIT 200`)
	selectExamsAll = sqldb.SQL("conduct.selectExamsAll", `
SELECT id, person_id, task_id, place, observed_on, fact, view, assessors, salt, written_by, at FROM conduct_exam WHERE region_id = $1 ORDER BY id`)
	insertReader = sqldb.SQL("conduct.insertReader", `
INSERT INTO conduct_reader (region_id, id, person_id, reason, until_on, named_by, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	endReader = sqldb.SQL("conduct.endReader", `
UPDATE conduct_reader SET ended_at = $3 WHERE region_id = $1 AND id = $2 AND ended_at = 0`)
	selectReaders = sqldb.SQL("conduct.selectReaders", `
SELECT id, person_id, reason, until_on, named_by, at, ended_at FROM conduct_reader WHERE region_id = $1 ORDER BY id DESC`)
	selectReadersOf = sqldb.SQL("conduct.selectReadersOf", `
SELECT id, person_id, reason, until_on, named_by, at, ended_at FROM conduct_reader WHERE region_id = $1 AND person_id = $2 ORDER BY id DESC`)
	insertAccess = sqldb.SQL("conduct.insertAccess", `
INSERT INTO conduct_access (region_id, id, reader_id, person_id, act, purpose, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	selectAccessOf = sqldb.SQL("conduct.selectAccessOf", `
SELECT reader_id, person_id, act, purpose, at FROM conduct_access WHERE region_id = $1 AND person_id = $2 ORDER BY id DESC LIMIT 200`)
	selectAccess = sqldb.SQL("conduct.selectAccess", `
SELECT reader_id, person_id, act, purpose, at FROM conduct_access WHERE region_id = $1 ORDER BY id DESC LIMIT 200`)
)

func scanExam(r sqldb.Scanner) (e Exam, err error) {
	var by string
	err = r.Scan(&e.ID, &e.PersonID, &e.TaskID, &e.Place, &e.ObservedOn, &e.Fact, &e.View, &by, &e.salt, &e.WrittenBy, &e.At)
	e.Assessors = splitIDs(by)
	return e, err
}

func scanReader(r sqldb.Scanner) (x Reader, err error) {
	return x, r.Scan(&x.ID, &x.PersonID, &x.Reason, &x.UntilOn, &x.NamedBy, &x.At, &x.EndedAt)
}

func scanAccess(r sqldb.Scanner) (a Access, err error) {
	return a, r.Scan(&a.ReaderID, &a.PersonID, &a.Act, &a.Purpose, &a.At)
}
