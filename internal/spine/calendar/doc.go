// Package calendar knows the working days (工作日) and counts time limits (期限) as the law does.
//
// Which days are off is decided each year by a notice of the State Council's office, which also names
// the weekend days on which work is made up (补班). Nothing here is guessed: a year without a notice is an
// error that says so. A notice may be amended, so a year has versions; the highest is in force, and whoever
// keeps a deadline keeps the version it was computed by.
//
// Invariants:
//   - the day on which a period begins is not counted; a period of days or months whose last
//     day is a day off ends on the next working day, at 24:00; a period of hours runs at once;
//   - a Calendar is a snapshot that never changes.
//
// The calendar is the nation's, so its two tables belong to the installation and have no region_id.
//
// Source: domain 15.1 (民法典 200-203; the State Council's notices, whose numbers stand in preset/).
package calendar
