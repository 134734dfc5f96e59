package supervision

import (
	"encoding/json"

	"duban/internal/base/sqldb"
)

const (
	tourColumns  = `id, month, title, basis, basis_doc_no, leader_id, scope, plan, state, conclusion, opened_by, opened_at, begun_at, ended_at, version`
	checkColumns = `id, tour_id, task_id, unit_id, month, reported_x10000, verified_x10000, target_x10000, gap_x100, grade, note, drawn, inspector_id, at`
)

var (
	insertTour = sqldb.SQL("supervision.insertTour", `
INSERT INTO supervision_tour (region_id, id, month, title, basis, basis_doc_no, leader_id, scope, plan, state, opened_by, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`)
	lockTour = sqldb.SQL("supervision.lockTour", `
UPDATE supervision_tour SET version = version + 1 WHERE region_id = $1 AND id = $2
RETURNING `+tourColumns)
	updateTour = sqldb.SQL("supervision.updateTour", `
UPDATE supervision_tour
SET state = $3, conclusion = $4, begun_at = $5, ended_at = $6
WHERE region_id = $1 AND id = $2`)
	selectTour = sqldb.SQL("supervision.selectTour", `
SELECT `+tourColumns+` FROM supervision_tour WHERE region_id = $1 AND id = $2`)
	listTours = sqldb.Select("supervision.listTours", `
SELECT `+tourColumns+` FROM supervision_tour WHERE region_id = ?`, `ORDER BY month DESC, id DESC`, `month >= ?`, `month <= ?`)
	selectToursAll = sqldb.SQL("supervision.selectToursAll", `
SELECT `+tourColumns+` FROM supervision_tour WHERE region_id = $1 ORDER BY id`)

	insertInspector = sqldb.SQL("supervision.insertInspector", `
INSERT INTO supervision_inspector (region_id, tour_id, person_id, unit_id) VALUES ($1, $2, $3, $4)`)
	selectInspectors = sqldb.SQL("supervision.selectInspectors", `
SELECT tour_id, person_id, unit_id FROM supervision_inspector WHERE region_id = $1 AND tour_id = $2 ORDER BY person_id`)
	selectInspectorsAll = sqldb.SQL("supervision.selectInspectorsAll", `
SELECT tour_id, person_id, unit_id FROM supervision_inspector WHERE region_id = $1 ORDER BY tour_id, person_id`)

	insertDraw = sqldb.SQL("supervision.insertDraw", `
INSERT INTO supervision_draw (region_id, id, tour_id, seed, size, candidates, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	selectDraw = sqldb.SQL("supervision.selectDraw", `
SELECT id, tour_id, seed, size, candidates, at FROM supervision_draw WHERE region_id = $1 AND tour_id = $2`)
	selectDrawsAll = sqldb.SQL("supervision.selectDrawsAll", `
SELECT id, tour_id, seed, size, candidates, at FROM supervision_draw WHERE region_id = $1 ORDER BY id`)
	insertSample = sqldb.SQL("supervision.insertSample", `
INSERT INTO supervision_sample (region_id, tour_id, task_id, unit_id, place, how, score_x100, why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	selectSample = sqldb.SQL("supervision.selectSample", `
SELECT task_id, unit_id, place, how, score_x100, why FROM supervision_sample WHERE region_id = $1 AND tour_id = $2 ORDER BY place`)
	countTours = sqldb.SQL("supervision.countTours", `
SELECT t.id,
  (SELECT COUNT(*) FROM supervision_sample s WHERE s.region_id = t.region_id AND s.tour_id = t.id),
  (SELECT COUNT(DISTINCT c.task_id) FROM supervision_check c WHERE c.region_id = t.region_id AND c.tour_id = t.id)
FROM supervision_tour t
WHERE t.region_id = $1 AND t.month >= $2 AND t.month <= $3`)
	toursOf = sqldb.SQL("supervision.toursOf", `
SELECT tour_id FROM supervision_inspector WHERE region_id = $1 AND person_id = $2
UNION SELECT id FROM supervision_tour WHERE region_id = $1 AND leader_id = $2`)

	insertCheck = sqldb.SQL("supervision.insertCheck", `
INSERT INTO supervision_check (region_id, id, tour_id, task_id, unit_id, month, reported_x10000, verified_x10000, target_x10000, gap_x100, grade, note, drawn, inspector_id, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`)
	selectCheck = sqldb.SQL("supervision.selectCheck", `
SELECT `+checkColumns+` FROM supervision_check WHERE region_id = $1 AND id = $2`)
	// The checks, by every tour, of the tasks that one tour drew or looked at.
	selectChecksTour = sqldb.SQL("supervision.selectChecksTour", `
SELECT `+checkColumns+` FROM supervision_check
WHERE region_id = $1 AND task_id IN (
  SELECT s.task_id FROM supervision_sample s WHERE s.region_id = $1 AND s.tour_id = $2
  UNION SELECT c.task_id FROM supervision_check c WHERE c.region_id = $1 AND c.tour_id = $2)
ORDER BY id`)
	selectChecksMonth = sqldb.SQL("supervision.selectChecksMonth", `
SELECT `+checkColumns+` FROM supervision_check WHERE region_id = $1 AND month = $2 ORDER BY id`)
	selectChecksTask = sqldb.SQL("supervision.selectChecksTask", `
SELECT `+checkColumns+` FROM supervision_check WHERE region_id = $1 AND task_id = $2 ORDER BY id`)
	selectChecksAll = sqldb.SQL("supervision.selectChecksAll", `
SELECT `+checkColumns+` FROM supervision_check WHERE region_id = $1 ORDER BY id`)
	lastChecked = sqldb.SQL("supervision.lastChecked", `
SELECT task_id, MAX(month) FROM supervision_check WHERE region_id = $1 GROUP BY task_id`)
)

func scanTour(s sqldb.Scanner) (t Tour, err error) {
	var scope string
	if err := s.Scan(&t.ID, &t.Month, &t.Title, &t.Basis, &t.BasisDocNo, &t.LeaderID, &scope, &t.Plan, &t.State, &t.Conclusion, &t.OpenedBy, &t.OpenedAt, &t.BegunAt, &t.EndedAt, &t.Version); err != nil {
		return t, err
	}
	t.Scope, err = decodeScope(scope)
	return t, err
}

type inspectorRow struct {
	tourID int64
	Inspector
}

func scanInspector(s sqldb.Scanner) (x inspectorRow, err error) {
	return x, s.Scan(&x.tourID, &x.PersonID, &x.UnitID)
}

func scanDraw(s sqldb.Scanner) (d Draw, err error) {
	var candidates string
	if err := s.Scan(&d.ID, &d.TourID, &d.Seed, &d.Size, &candidates, &d.At); err != nil {
		return d, err
	}
	return d, json.Unmarshal([]byte(candidates), &d.Candidates)
}

func scanDrawn(s sqldb.Scanner) (d Drawn, err error) {
	return d, s.Scan(&d.TaskID, &d.UnitID, &d.Place, &d.How, &d.Score, &d.Why)
}

func scanCheck(s sqldb.Scanner) (c Check, err error) {
	return c, s.Scan(&c.ID, &c.TourID, &c.TaskID, &c.UnitID, &c.Month, &c.Reported, &c.Verified, &c.Target, &c.Gap, &c.Grade, &c.Note, &c.Drawn, &c.InspectorID, &c.At)
}

type tourCount struct{ id, drawn, checked int64 }

func scanTourCount(s sqldb.Scanner) (c tourCount, err error) {
	return c, s.Scan(&c.id, &c.drawn, &c.checked)
}

type lastMonth struct {
	id    int64
	month string
}

func scanLast(s sqldb.Scanner) (x lastMonth, err error) { return x, s.Scan(&x.id, &x.month) }
