// Package evidence keeps the files that are offered as proof (佐证材料): photographs of a site, minutes, signed sheets.
//
// A file is an Exhibit of one record, say of a monthly report. Its bytes stand in the database under their SHA-256,
// so that one backup holds records and files of the same instant. The ledger seals the hash; whoever changes the
// bytes, or the row that points at them, is found when somebody opens the file, by the nightly Scrub, and by Verify.
//
// Invariants:
//   - only pictures (JPEG, PNG), PDF, OFD, docx, xlsx, pptx and plain text are taken, judged by content; a name is a label and never a path;
//   - a file that bears 秘密★, 机密★ or 绝密★ in its name or text is refused: this system is not for state secrets;
//   - a picture loses where and with what it was taken (EXIF, GPS) and whatever hangs behind its end; its pixels are untouched;
//   - an exhibit is never changed or deleted; it can be withdrawn (撤回), with a reason.
//
// Limits: the text of a PDF is searched only as far as it stands there, packed or not, in UTF-8 or UTF-16; what a font encodes in its own way, and a scanned
// picture, are not.
//
// Source: reliability 30, 45, 49, 50, 51, 55; architecture §4 (who may see what).
package evidence
