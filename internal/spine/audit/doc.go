// Package audit is the log of how the system itself is used (审计日志): log-ins, refusals, grants, exports, reads of personal data.
//
// It is not the ledger. The ledger keeps what the district decided; this log keeps who touched the system, from where and
// with what result. It belongs to the audit administrator (审计管理员) and to nobody else.
//
// Invariants:
//   - entries are only added; no statement of this package changes or deletes one;
//   - what changes something is written in the transaction of the change, and stands or falls with it: if the log cannot be
//     written, the act fails; what only looks may be gathered in memory and written soon after, in order;
//   - an entry names people by number and never holds a password, a token, an identity number or what was typed into a log-in form;
//   - nothing of it can reach a score: appraisal and conduct must not import this package.
//
// Source: reliability 25, 26, 28, 29; architecture §4.
package audit
