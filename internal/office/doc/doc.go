// Package doc reads the text and tables of documents of the old binary format: .doc of Word 97 to 2003 and .wps of WPS.
//
// It gives the same blocks as docx.ReadParagraphs gives of the same document saved as .docx: paragraphs with their automatic numbers,
// tables as a grid with merges. Hidden and deleted words, the words of field instructions, headers and notes are left out; words in text
// boxes come last. Heading levels are not read.
//
// The text of a document lies in pieces (a fast save, 快速保存, only adds some), in two encodings; what is a cell, a row, a number or a
// deleted word stands in the properties of paragraphs and runs. Everything else is passed over. Source: [MS-DOC], the open specification.
//
// Invariants: time and memory grow with the length of the file alone; nothing in it makes the reader panic; what is encrypted or older
// than Word 97 is refused in words.
package doc
