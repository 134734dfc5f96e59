// Package conductweb shows the style of work (提振精气神): the eight measures with their actions and reviews, the signals of the three symptoms with what
// the unit says and what the panel finds, what was praised, and, apart from all this, the records of persons (一线考察).
//
// Invariants: a unit finds its own signals and nothing else; a list never counts or ranks units by signals; every opening of a person's records asks for its
// purpose first; it decides nothing: who sees and does what is asked of area conduct.
//
// Source: S8; domain 9; ui 2 (the person being judged sees what the judge sees).
package conductweb
