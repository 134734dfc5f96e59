// Package templateweb is the page of paper templates (公文模板): an office downloads the default of a paper that it issues, edits it in Word or WPS,
// hands it in, looks at a trial print, and puts it into use; or goes back to an earlier one.
//
// Invariants:
//   - a template is checked before it is kept, and every complaint says how to mend it;
//   - before a version is put into use, the page shows which words of it are new and which are gone: those are printed on every paper;
//   - the trial print is made of an invented example, never of a real paper.
//
// Source: S7 (责任状); architecture §4.
package templateweb
