// Package template keeps the Word templates that an office puts in place of a paper's default (自备模板): every version that was taken, and which
// one was in use when.
//
// It is of the spine because the papers of three areas are filled from it (the confirmation of campaign, the bulletin of supervision, the score sheet of
// appraisal) and areas do not know each other; and not among the installation's settings, because a template is a region's own. What a template may hold is
// known where papers are made (office/gb9704): whoever puts the program together gives each Paper its check and its default.
//
// Invariants:
//   - a version is never changed or removed; its file stands in the ledger by its SHA-256, and a file that is not what was entered prints nothing;
//   - the office that issues a paper keeps its template, nobody else;
//   - a version that fails the paper's check is neither taken nor used;
//   - one version of a paper is in use, or the default; each turn (启用) is kept, so that a paper of an earlier day is printed with the template of that day;
//   - a template decides how a paper looks, never what was signed: the signed text is sealed elsewhere and does not change with it.
//
// Source: S7 (责任状 in the form of the office); architecture §4 (a decisive act is one transaction).
package template
