// Package bench measures the program on a district of full size (10,000 items, 50,000 monthly accounts, 100 units) and holds
// its pages to budgets. It has only tests.
//
// Three kinds of proof live here:
//   - budgets: how many statements a request may run, and that the number does not grow with the rows; that a page that is only
//     looked at writes nothing;
//   - plans: what both engines mean to do for every SELECT of the program; a table that grows is never read whole but by those few
//     that have to, each with its reason;
//   - benchmarks, each with a floor in the same run: the same rows, read or written by the barest program that could do it. The ratio
//     to the floor says what the house costs; the milliseconds say little on another machine.
//
// Source: S11; perf 1 to 10; architecture §5.
package bench
