// Package xls reads workbooks of the old binary format (BIFF8): .xls of Excel 97 to 2003 and .et of WPS.
//
// It gives what the file holds, cell by cell, with the formats, merges and what is hidden; package xlsx makes of it the same grid as of
// an .xlsx, so that a book comes out alike whichever way it was saved. No formula is computed: the stored result is read.
//
// Written anew because no library that may be used here gives merged ranges, hidden rows and formulas, or survives a damaged file.
// What is read: the globals (sheets, formats, shared strings with their CONTINUE records, 1904 dates) and of each sheet its cells, rows,
// columns and merges. Everything else is passed over. Source: [MS-XLS], the open specification.
//
// Invariants: time and memory grow with the length of the stream alone; nothing in the file makes it panic; what is encrypted or older
// than Excel 97 is refused in words.
package xls
