// Package score is the arithmetic of appraisal (考核计分): a scheme (考核方案), the
// rows of data it is applied to (计分数据), and a result in which every point says
// where it comes from (每一分从哪来).
//
// It is pure: no database, no context, no clock, no randomness. The same scheme
// and the same rows give the same bytes, whatever the order of the rows, on any
// machine; so a result can be sealed and anyone can recompute it offline.
//
// Invariants:
//   - Every intermediate value is an exact fraction (Num). The only rounding is
//     the one the scheme declares, and it happens before ranking.
//   - Units are ranked inside their group (组别) only; ties share a rank and the
//     next rank skips ("1224").
//   - Nothing is capped, floored, dropped or filled in silently: each is a note
//     on the item that it changed.
//   - A veto (一票否决) and a last-place statement (末位说明) do not parse without
//     their legal basis; last place alone never triggers a statement.
//   - An expression may use decimals, comparisons and eight functions; nothing else.
//
// Source: S7, S8; domain 13, 14, 16.2-16.3.
package score
