// Package xlsx reads the tables (表格) that units send in and writes those that the district hands out.
//
// A spreadsheet that comes in is a grid of what a person sees on it: the first visible sheet, its visible rows, numbers
// as exact digits, dates as 2017-03-05. Whatever a person cannot see or check (hidden rows, formulas) is named in a
// warning and never taken in silence. A spreadsheet that goes out carries its origin in the sheet itself, prints on A4
// and can execute nothing.
//
// Invariants:
//   - It is the only package that uses the spreadsheet library; files from strangers are read by its own short reader,
//     within the limits of docx.Package. A book of the old format (.xls, .et) comes through package xls and shows the same.
//   - Numbers come in as the 15 digits that a spreadsheet holds, and go out as numbers; no text becomes a formula.
//   - Every export has a line with unit, person, time and serial in the sheet body, where "save as" does not lose it.
//
// Source: S3, S7 (registers and returns); reliability 42, 50, 51, 53.
package xlsx
