// Package gb9704 makes the default papers (公文) of the product as Word templates: the bulletin with its red head
// (督查通报), the confirmation of targets (目标任务确认书) and the letter of responsibility (责任状), the score sheet
// (得分单), the result of a quarter (季度评比结果表) and the statement of a unit with a yellow flag (表态发言).
//
// A template is an ordinary .docx with {{tags}}: an office downloads it, edits it in Word or WPS, and puts it back in
// place of the default. The typed data of this package name every tag that the defaults use.
//
// Invariants:
//   - The page follows GB/T 9704-2012: A4, top 37 mm, left 28 mm, type area 156 × 225 mm, 22 lines of 28 characters.
//   - The seal (印章) is never drawn; the place for it is left free.
//   - A 责任状 cannot be filled without the document that allows it (central or municipal).
//   - Dissent (不同意见) of a unit that is named is printed with the bulletin.
//
// Source: ui 12 (GB/T 9704-2012); S7, S10; domain 0.9 (legal basis of 责任状), 11 (structure of 督查通报), 16.4.
package gb9704
