// Package indicatorweb shows the numbers of promises (指标数据) and is where the data source (数据来源), such as the statistics office, certifies them (数据认定):
// month by month, one value at a time or pasted from a spreadsheet, with 自报 and 核验 beside and every correction readable.
//
// Invariants: what is typed is never lost to a refusal; a paste is looked at before it is entered, and its good rows are kept; nobody
// certifies what he cannot name a source for.
//
// Source: S7; domain 15.3 (统计法 7); architecture §4 (which value scores).
package indicatorweb
