// Package indicator owns the number of a promise (指标): its target, the curve it should follow,
// and for each month the three values it may have: 自报 (reported by the unit), 核验 (verified by
// the supervision office) and 认定 (certified by the data source).
//
// Readings are immutable rows; a withdrawal or a correction is a new row, and
// the newest one of its kind counts. The person who reported a value never verifies or certifies it.
// The target changes only by an approved revision of the task; every revision stays readable.
// Where a target should stand by a month is a step of completed months, not a daily line.
//
// Source: S7; domain 0.2, 13.0; architecture §4 (which value scores).
package indicator
