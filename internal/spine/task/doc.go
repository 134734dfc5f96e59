// Package task owns the promise itself (任务): who leads and helps, by when, what was sealed at the
// start and what was changed since by whose approval, the monthly account (进展), its light (亮灯), and how it ends.
//
// Invariants:
//   - The baseline is sealed when the task is opened. Target, curve, deadline, weight and milestones change only by an
//     approved adjustment with reason, proposer, approver and document number; the proposer never approves.
//   - One live account per task and month. It may come late and says so for ever; it never claims less than the month
//     before unless it is a reduction (核减) with its reason. It can be withdrawn until it is verified.
//   - A light is computed by a versioned policy, never typed. A missed month that is made up later turns amber, never green;
//     a missing account has its own light and never inherits last month's.
//   - Complete (办结) is the doer's word, close (销号) the supervisor's.
//
// The functions run in the caller's transaction: areas compose them with their own rules.
//
// Source: S2, S6, S7; domain 3, 8, 13.0, 16.1; architecture §4 (who owns the promise).
package task
