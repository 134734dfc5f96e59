// Package burdenweb shows the account of what is asked of the units (减负账本) and the mailbox (意见箱): the meter of a month, the
// register of returns with its approvals, the limits, the self-check against 国办函〔2026〕12号, and the form that every page's 提意见 leads to.
//
// Invariants: whoever is logged in may write to the mailbox and see how it is kept; a suggestion without a name shows no name and no
// unit to anybody; it decides nothing: who may sign, decide and answer is asked of spine/burden.
//
// Source: domain 16.2, 16.3; lessons 7.4; ui 9 (feedback on every page), 13.
package burdenweb
