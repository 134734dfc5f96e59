// Package campaignweb is the pages of the district's campaigns (攻坚行动): the list and each campaign with its task book, the import
// of a task breakdown, an item (条目) with its whole history, the task books (任务书) that units accept, and the confirmations
// (目标任务确认书) that both sides sign.
//
// Invariants: progress never stands without 应达, and 自报 never without saying whether it was verified; of items that the reader may
// not see, only the public part is shown; an import enters nothing before its preview was confirmed, and says of every row what
// becomes of it in words; what goes out as a table comes back in by its number (编号); the paper of a confirmation is made from the
// very text that was signed.
//
// Source: S7; domain 0.9, 8, 13.0, 16.4; design language §5, §8.3, §8.4, §9.
package campaignweb
