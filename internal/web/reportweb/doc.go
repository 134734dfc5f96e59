// Package reportweb is what a unit has in its hand (手机填报): the list of what waits (待办), the form of a month's report (月报),
// filled in as far as anything is known, and the receipt (回执). The pages are made for a thumb and work at a desk as well.
//
// Invariants: a clerk confirms and does not type: whatever is known stands in the form with its source; a photograph is never
// demanded; a refused form keeps every word and says how to mend it; everything works without a script, which only adds
// drafts, the −/＋ buttons and smaller photographs.
//
// Source: S7 (monthly reports); domain 16.3; design language §8.5, §9, §10, §13.
package reportweb
