// Package docx fills a user's own Word template (模板) and reads Word documents and plain text.
//
// An office keeps its papers in its own form: the red head, the fonts, the rules of the type area. The template stays
// a file that a clerk edits in Word or WPS; the program only puts words where the clerk wrote tags.
//
//	{{字段}}                    a field
//	{{#列表}} … {{/列表}}       once for each entry: table rows, or paragraphs
//	{{?条件}} … {{/条件}}       only when it holds: rows, paragraphs, or words inside one paragraph
//
// Invariants:
//   - What carries no tag is kept: other parts of the file byte for byte, other elements as they were.
//   - A field without data is an error that names it, never a blank in a paper that somebody will sign.
//   - A value is text. It can become neither XML, nor a field code, nor a tag; control characters are dropped.
//   - A file from a stranger is opened through Package and its limits: 2,000 entries, 100 MB unfolded, ratio 100.
//
// Source: S7, S10 (papers that are signed and published); stack (DOCX from a user's template); reliability 50, 51, 56.
package docx
