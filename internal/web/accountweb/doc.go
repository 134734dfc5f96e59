// Package accountweb is the door and the porter's lodge: logging in, setting up the three administrators (三员), one's own
// account, and the pages on which accounts are opened, roles granted and the audit log read.
//
// Invariants: a page of one administrator shows no act of another's; what was typed is kept after a refusal, passwords excepted;
// whoever is logged out while filling a form gets it back after the log-in and sends it by hand.
//
// Source: reliability 1 to 4, 8, 12 to 16; design language §9, §10.
package accountweb
