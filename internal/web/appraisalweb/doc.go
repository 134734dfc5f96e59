// Package appraisalweb shows appraisal to the district (考核评比): the rounds of a quarter with their standing and next step, where every
// point of a unit's score comes from, objections and their decision, the schemes with the checker's findings, and what is entered by hand.
//
// Invariants: it decides nothing and hides nothing by itself: what a unit may see of another is cut away before it arrives here;
// a refused form keeps what was typed; every number of a score stands beside its formula and its source.
//
// Source: S7; domain 13, 14; design language, section 8, page 6.
package appraisalweb
