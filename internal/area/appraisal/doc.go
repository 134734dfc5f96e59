// Package appraisal turns a month's or quarter's work into a published ranking that its loser can check (月度评比, 季度评比, 年终总考核).
//
// A scheme (考核办法) is drafted, checked, frozen with its legal basis, and never changed afterwards: a change is the next revision.
// A round (评比) collects what the spine holds of each unit, scores it by the scheme, is confirmed by the data source,
// reviewed, told to every unit in writing with the right to object, approved by a leader, published in the group by tier or by rank, and locked.
//
// Invariants:
//   - Scores come from tasks, indicators and recorded events alone. Nothing about a person's use of the software can be read from here.
//   - Every computation makes a new revision of a board per group, sealed in the ledger with the fingerprints of the
//     scheme, of each unit's data and of each unit's result; an older revision stays readable.
//   - Who computed a round does not review it, neither decides an objection, and nobody decides about the own unit.
//   - A unit sees the details of its own score; of the others what the release lets everybody in the group see.
//   - Personal rankings do not exist.
//
// Source: S7; domain 13, 14; architecture §4.
package appraisal
