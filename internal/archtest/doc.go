// Package archtest keeps the shape of the program: who may import whom, who
// may touch which table, and where time, SQL and libraries may appear.
//
// Source: architecture §4 (laws), §5 (one SQL text).
package archtest
