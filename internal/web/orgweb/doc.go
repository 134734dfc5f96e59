// Package orgweb is the pages of the organisation: units by kind in the official order (单位), one unit with its posts, people and
// tasks, the forms by which the system administrator keeps them, and the import of units from a table.
//
// Invariants: who may not see a unit's business sees its name, posts and people and nothing else; nothing is removed, what has ended
// bears a day; an import shows what it will do before it does it, and never changes a unit that is there already.
//
// Source: S7; domain 1, 2; design language §9 (Excel).
package orgweb
