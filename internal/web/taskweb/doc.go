// Package taskweb is the pages of what belongs to tasks of every area: requests to change a sealed baseline (调整申请) and their
// decision, the light policies (亮灯规则), the calendar of working days (日历), and the search.
//
// Invariants: a decision is made on a page that shows what was first sealed (原定), what is in force (现行) and what is asked for, never
// on a list; what was typed is kept after a refusal; the rule by which a light is given is open to everybody who is judged by
// it; a year without its notice is shown loudly and never guessed.
//
// Source: S7; domain 3, 15.1, 16.1; design language §9 (irreversible acts), §10.
package taskweb
