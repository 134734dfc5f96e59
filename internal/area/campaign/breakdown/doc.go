// Package breakdown reads a task breakdown (任务分解、任务书) as offices really
// write it and turns it into tasks: what, who leads, who helps, by when.
//
// It takes three forms. A running text with the responsibility in brackets
// ("（区住建局牵头，区财政局配合）") or on lines of its own ("责任单位：…"), with
// the tables in it even where only their cells are left; where nothing else
// says who must act, the bodies that stand as headings over their tasks, or its
// sentences with a subject and a deadline; a table from a workbook or a document, with any sensible heading;
// and rows pasted from a spreadsheet.
//
// Invariants. It is pure: the same input gives the same answer, nothing is
// stored and no clock is read. A good row is never lost to a bad one: what
// cannot be read becomes a Problem with a sentence that says where (row, column
// and title) and how to mend it; a deadline with two readings is asked about.
// Nobody is made the leader whom the document does not make so: of several
// units with equal duty none leads, unless the document states its convention
// ("列第一位者为牵头单位，下同"). Numbers are exact decimal strings.
//
// Source: S2, S7; domain 3, 8.
package breakdown
