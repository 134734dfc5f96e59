// Package ledgerweb is the pages of the ledger (台账): its entries, one entry with the proof that it stands there, the signed
// heads (签封), and how anybody checks all this without trusting this program.
//
// Invariants: the pages only read; persons stand under the pseudonym that the ledger has for them; what a page says of an
// entry's proof was checked on the proof bundle itself, as an outsider would.
//
// Source: reliability 6, 30, 39; architecture §4 (what is sealed).
package ledgerweb
