// Package amount holds exact quantities (数量): what a district counts, measures and pays,
// always together with the unit it is counted in.
//
// Money arrives as 3亿, 30,000万元 or ８．２６, typed by people and pasted from spreadsheets. The package reads
// what a person would read without guessing, and refuses the rest with a sentence that says how to write it.
//
// Invariants:
//   - A value is exact. Nothing is rounded unless the caller asks for it by name (Round, Fixed).
//   - A value never has more decimals than its unit can hold, so it can be stored and read back unchanged.
//   - What is stored is Scaled: the value times 10^4, an integer, so that sums are exact in both engines.
//   - Units of different kinds never mix; 亩 and 平方米 do not convert, since 1 亩 = 2000/3 平方米 is not a decimal.
//
// Source: S7 (targets with numbers), S11 (money and shares of the opening quarter).
package amount
