// Package outbox tells the rest of the house what has happened (事实), and runs what must be done later (作业).
//
// An area publishes a fact inside the transaction of the act; if the act fails, the fact was never there. After the
// commit every handler that asked for such facts runs, each in a transaction of its own that also marks the delivery
// as done. So a handler may be tried more than once, but what it writes is written exactly once.
//
// Jobs are claimed with a lease. A process that is killed leaves its jobs running; when the lease is over
// another takes them, and the number of the attempt keeps the first, should it wake up, from finishing (fencing).
// What fails is tried again, later each time; after MaxAttempts it is a dead letter (死信) that a person looks at.
//
// Invariants:
//   - a handler writes through the transaction that it is given, and does nothing else to the world;
//   - work that reaches outside the database (Do) can happen twice: make it harmless to repeat;
//   - facts are delivered in no promised order.
//
// Workers serve all regions: a claim spans regions, though every row belongs to one. Scheduled work of the
// installation itself stands under region 0.
//
// Source: architecture §3 (areas meet in the spine), reliability (jobs, leases).
package outbox
