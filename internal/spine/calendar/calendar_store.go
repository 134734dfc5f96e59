package calendar

import "duban/internal/base/sqldb"

// Two imports at once of one year: the second breaks the key and is told so.
var insertYear = sqldb.SQL("calendar.insertYear", `
INSERT INTO calendar_year (year, version, document, made_at)
SELECT CAST($1 AS BIGINT), CAST(COALESCE(MAX(y.version), 0) + 1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS BIGINT)
FROM calendar_year y WHERE y.year = $1
RETURNING version`)

var insertPreset = sqldb.SQL("calendar.insertPreset", `
INSERT INTO calendar_year (year, version, document, made_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (year, version) DO NOTHING`)

var insertDay = sqldb.SQL("calendar.insertDay", `
INSERT INTO calendar_day (year, version, day_on, kind, name) VALUES ($1, $2, $3, $4, $5)`)

var selectYears = sqldb.SQL("calendar.selectYears", `
SELECT y.year, y.version, y.document FROM calendar_year y
WHERE NOT EXISTS (SELECT 1 FROM calendar_year z WHERE z.year = y.year AND z.version > y.version)
ORDER BY y.year`)

var selectDays = sqldb.SQL("calendar.selectDays", `
SELECT d.day_on, d.kind, d.name FROM calendar_day d
WHERE NOT EXISTS (SELECT 1 FROM calendar_year z WHERE z.year = d.year AND z.version > d.version)`)

// selectAllYears and selectAllDays read every version, in force or not, for Check.
var selectAllYears = sqldb.SQL("calendar.selectAllYears", `
SELECT year, version, document FROM calendar_year ORDER BY year, version`)

var selectAllDays = sqldb.SQL("calendar.selectAllDays", `
SELECT year, version, day_on, kind, name FROM calendar_day ORDER BY year, version, day_on`)

type dayRow struct {
	Day
	year, version int64
}

func scanDayRow(s sqldb.Scanner) (d dayRow, err error) {
	return d, s.Scan(&d.year, &d.version, &d.Day.Day, &d.Kind, &d.Name)
}

func scanYear(s sqldb.Scanner) (y Year, err error) {
	var n int64
	err = s.Scan(&n, &y.Version, &y.Document)
	y.Year = int(n)
	return y, err
}

func scanDay(s sqldb.Scanner) (d Day, err error) { return d, s.Scan(&d.Day, &d.Kind, &d.Name) }
