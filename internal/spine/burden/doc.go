// Package burden keeps the account of what the district asks of its own units (减负账本), and the mailbox (意见箱) in which
// anybody who works with the program says what is wrong with it.
//
// Every return (报表) that units must file stands in one register: who asks, on what document, how often, each field, the minutes it
// costs. A new return names the one that it replaces, or why none can be; a field that somebody holds already is not asked again,
// it is filled in by the program. Each month a meter counts, unit by unit, the sheets, fields and minutes asked and the checks received. Above
// the limits of the region a new return is held up until a head signs why.
//
// Invariants:
//   - nobody decides on, or signs for, the return that he proposed himself;
//   - a suggestion without a name keeps no person and no unit, in its row or in the ledger: only a mark made for this
//     purpose, by which its author finds the answer, and which is not the pseudonym that stands beside his unit in the ledger's other entries;
//   - a suggestion is answered within 10 working days by somebody who did not write it, once;
//   - the meter counts what is asked of units; nothing here counts what a person does with the program.
//
// Facts: burden.suggestion.submitted, .answered; burden.return.proposed, .signed, .decided, .ended.
//
// Source: domain 16.2, 16.3 (product consequences 2, 3, 6), 15.2 (10 working days); lessons 7.4; 国办函〔2026〕12号.
package burden
