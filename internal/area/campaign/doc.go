// Package campaign runs the district's campaigns (攻坚行动): one leader in charge, a task force (工作专班), a plan (实施方案),
// task books (任务书), signed confirmations (目标任务确认书; 责任状 only with a legal basis) and the monthly account (月度进展).
//
// Invariants:
//   - An item (条目) is a task and its indicator, both of the spine; this package adds what only a campaign knows. Its id is the task's.
//   - What was sealed at the start is never overwritten: an import that changes an item asks for an adjustment.
//   - An import is one batch: undone whole or not at all, and not once anything has happened on one of its items.
//   - The text of a pledge freezes with the first signature. A changed item or a new holder of a signing post asks for another signature.
//   - A responsibility letter (责任状) needs a recorded central or municipal basis.
//   - Accounts, drafts and evidence are for the own unit, the overseers and the campaign's task force; the light of a closed month is for all.
//
// Source: S7; domain 0.9, 8, 13.0, 16.3; architecture §4.
package campaign
