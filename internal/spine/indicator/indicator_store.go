package indicator

import (
	"strconv"
	"strings"

	"duban/internal/base/sqldb"
)

// few is a list of 64 parameters from $2 on: as many indicators as a page shows.
var few = func() string {
	var list []string
	for i := range 64 {
		list = append(list, "$"+strconv.Itoa(i+2))
	}
	return strings.Join(list, ", ")
}()

var (
	insertIndicator = sqldb.SQL("indicator.insertIndicator", `
INSERT INTO indicator_indicator (region_id, id, name, measure, direction, unit_id, source_unit_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	deleteIndicator = sqldb.SQL("indicator.deleteIndicator", `DELETE FROM indicator_indicator WHERE region_id = $1 AND id = $2`)
	deletePlans     = sqldb.SQL("indicator.deletePlans", `DELETE FROM indicator_plan WHERE region_id = $1 AND indicator_id = $2`)
	setRevision     = sqldb.SQL("indicator.setRevision", `
UPDATE indicator_indicator SET revision = $3 WHERE region_id = $1 AND id = $2`)
	insertPlan = sqldb.SQL("indicator.insertPlan", `
INSERT INTO indicator_plan (region_id, id, indicator_id, revision, from_month, to_month, target_x10000, curve, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	selectPlans = sqldb.SQL("indicator.selectPlans", `
SELECT id, indicator_id, revision, from_month, to_month, target_x10000, curve, at
FROM indicator_plan
WHERE region_id = $1 AND indicator_id = $2
ORDER BY revision`)
	// The plans in force and the values of one month for many indicators: what every list needs.
	listSheet = sqldb.Select("indicator.listSheet", `
SELECT i.id, i.name, i.measure, i.direction, i.unit_id, i.source_unit_id, i.revision,
  p.from_month, p.to_month, p.target_x10000, p.curve
FROM indicator_indicator i
JOIN indicator_plan p ON p.region_id = i.region_id AND p.indicator_id = i.id AND p.revision = i.revision
WHERE i.region_id = ?`, `ORDER BY i.id`, `i.unit_id = ?`, `i.source_unit_id = ?`)
	selectSheet = sqldb.SQL("indicator.selectSheet", `
SELECT i.id, i.name, i.measure, i.direction, i.unit_id, i.source_unit_id, i.revision,
  p.from_month, p.to_month, p.target_x10000, p.curve
FROM indicator_indicator i
JOIN indicator_plan p ON p.region_id = i.region_id AND p.indicator_id = i.id AND p.revision = i.revision
WHERE i.region_id = $1 AND i.id = $2`)
	// In no order: ordered by the values SQLite would read every value of the region.
	selectSheetPast = sqldb.SQL("indicator.selectSheetPast", `
SELECT i.id, i.name, i.measure, i.direction, i.unit_id, i.source_unit_id, i.revision,
  p.from_month, p.to_month, p.target_x10000, p.curve,
  COALESCE(v.period, ''), v.reported_x10000, v.verified_x10000, v.certified_x10000,
  COALESCE(v.reported_by, 0), COALESCE(v.reported_reading_id, 0), COALESCE(v.verified_reading_id, 0), COALESCE(v.certified_reading_id, 0)
FROM indicator_indicator i
JOIN indicator_plan p ON p.region_id = i.region_id AND p.indicator_id = i.id AND p.revision = i.revision
LEFT JOIN indicator_value v ON v.region_id = i.region_id AND v.indicator_id = i.id
WHERE i.region_id = $1 AND i.id = $2`)

	insertReading = sqldb.SQL("indicator.insertReading", `
INSERT INTO indicator_reading (region_id, id, indicator_id, period, kind, value_x10000, void, note, source, entered_by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)
	selectReadings = sqldb.SQL("indicator.selectReadings", `
SELECT id, indicator_id, period, kind, value_x10000, void, note, source, entered_by, at
FROM indicator_reading
WHERE region_id = $1 AND indicator_id = $2`)  // ordered by id SQLite would read every reading of the region
	upsertReported = sqldb.SQL("indicator.upsertReported", `
INSERT INTO indicator_value (region_id, indicator_id, period, reported_x10000, reported_by, reported_reading_id)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (region_id, indicator_id, period) DO UPDATE SET
  reported_x10000 = excluded.reported_x10000, reported_by = excluded.reported_by, reported_reading_id = excluded.reported_reading_id`)
	upsertVerified = sqldb.SQL("indicator.upsertVerified", `
INSERT INTO indicator_value (region_id, indicator_id, period, verified_x10000, verified_reading_id)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (region_id, indicator_id, period) DO UPDATE SET
  verified_x10000 = excluded.verified_x10000, verified_reading_id = excluded.verified_reading_id`)
	upsertCertified = sqldb.SQL("indicator.upsertCertified", `
INSERT INTO indicator_value (region_id, indicator_id, period, certified_x10000, certified_reading_id)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (region_id, indicator_id, period) DO UPDATE SET
  certified_x10000 = excluded.certified_x10000, certified_reading_id = excluded.certified_reading_id`)
	selectValue = sqldb.SQL("indicator.selectValue", `
SELECT indicator_id, period, reported_x10000, verified_x10000, certified_x10000, reported_by, reported_reading_id, verified_reading_id, certified_reading_id
FROM indicator_value
WHERE region_id = $1 AND indicator_id = $2 AND period = $3`)
	selectHistory = sqldb.SQL("indicator.selectHistory", `
SELECT indicator_id, period, reported_x10000, verified_x10000, certified_x10000, reported_by, reported_reading_id, verified_reading_id, certified_reading_id
FROM indicator_value
WHERE region_id = $1 AND indicator_id = $2
ORDER BY period`)
	// No join: for a join that is ordered by the values SQLite reads every value of the region (40 ms of 50,000 against 1 ms).
	selectUnitHistory = sqldb.SQL("indicator.selectUnitHistory", `
SELECT indicator_id, period, reported_x10000, verified_x10000, certified_x10000, reported_by, reported_reading_id, verified_reading_id, certified_reading_id
FROM indicator_value
WHERE region_id = $1 AND indicator_id IN (SELECT i.id FROM indicator_indicator i WHERE i.region_id = $1 AND i.unit_id = $2)
ORDER BY indicator_id, period`)
	selectSheetsIn = sqldb.SQL("indicator.selectSheetsIn", `
SELECT i.id, i.name, i.measure, i.direction, i.unit_id, i.source_unit_id, i.revision,
  p.from_month, p.to_month, p.target_x10000, p.curve
FROM indicator_indicator i
JOIN indicator_plan p ON p.region_id = i.region_id AND p.indicator_id = i.id AND p.revision = i.revision
WHERE i.region_id = $1 AND i.id IN (`+few+`)`)
	selectHistoryIn = sqldb.SQL("indicator.selectHistoryIn", `
SELECT indicator_id, period, reported_x10000, verified_x10000, certified_x10000, reported_by, reported_reading_id, verified_reading_id, certified_reading_id
FROM indicator_value
WHERE region_id = $1 AND indicator_id IN (`+few+`)
ORDER BY indicator_id, period`)
	selectMonth = sqldb.SQL("indicator.selectMonth", `
SELECT indicator_id, period, reported_x10000, verified_x10000, certified_x10000, reported_by, reported_reading_id, verified_reading_id, certified_reading_id
FROM indicator_value
WHERE region_id = $1 AND period = $2
ORDER BY indicator_id`)
	selectValuesAll = sqldb.SQL("indicator.selectValuesAll", `
SELECT indicator_id, period, reported_x10000, verified_x10000, certified_x10000, reported_by, reported_reading_id, verified_reading_id, certified_reading_id
FROM indicator_value
WHERE region_id = $1
ORDER BY indicator_id, period`)
	selectReadingsAll = sqldb.SQL("indicator.selectReadingsAll", `
SELECT id, indicator_id, period, kind, value_x10000, void, note, source, entered_by, at
FROM indicator_reading
WHERE region_id = $1
ORDER BY id`)
	selectPlansAll = sqldb.SQL("indicator.selectPlansAll", `
SELECT id, indicator_id, revision, from_month, to_month, target_x10000, curve, at
FROM indicator_plan
WHERE region_id = $1
ORDER BY indicator_id, revision`)
)

type planRow struct {
	id, indicatorID int64
	Plan
}

func scanPlan(s sqldb.Scanner) (p planRow, err error) {
	var curve string
	if err := s.Scan(&p.id, &p.indicatorID, &p.Revision, &p.From, &p.To, &p.Target, &curve, &p.At); err != nil {
		return p, err
	}
	p.Curve, err = decodeCurve(curve)
	return p, err
}

// Sheet is an indicator with the plan in force.
type Sheet struct {
	Indicator
	Plan Plan
}

func scanSheet(s sqldb.Scanner) (h Sheet, err error) {
	var curve string
	if err := s.Scan(&h.ID, &h.Name, &h.Measure, &h.Direction, &h.UnitID, &h.SourceUnitID, &h.Revision, &h.Plan.From, &h.Plan.To, &h.Plan.Target, &curve); err != nil {
		return h, err
	}
	h.Plan.Revision = h.Revision
	h.Plan.Curve, err = decodeCurve(curve)
	return h, err
}

// sheetValue is a sheet with one of its values; Period is "" if it has none.
type sheetValue struct {
	sheet Sheet
	curve string
	value Value
}

func scanSheetValue(s sqldb.Scanner) (r sheetValue, err error) {
	h, v := &r.sheet, &r.value
	err = s.Scan(&h.ID, &h.Name, &h.Measure, &h.Direction, &h.UnitID, &h.SourceUnitID, &h.Revision, &h.Plan.From, &h.Plan.To, &h.Plan.Target, &r.curve,
		&v.Period, &v.Reported, &v.Verified, &v.Certified, &v.ReportedBy, &v.ReportedReading, &v.VerifiedReading, &v.CertifiedReading)
	h.Plan.Revision, v.IndicatorID = h.Revision, h.ID
	return r, err
}

func scanReading(s sqldb.Scanner) (r Reading, err error) {
	return r, s.Scan(&r.ID, &r.IndicatorID, &r.Period, &r.Kind, &r.Value, &r.Void, &r.Note, &r.Source, &r.EnteredBy, &r.At)
}

func scanValue(s sqldb.Scanner) (v Value, err error) {
	return v, s.Scan(&v.IndicatorID, &v.Period, &v.Reported, &v.Verified, &v.Certified, &v.ReportedBy, &v.ReportedReading, &v.VerifiedReading, &v.CertifiedReading)
}
