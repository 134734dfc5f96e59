// Package supervision looks, month after month, whether what was promised is done (督查), and says so in public.
//
// A tour (督查) has a month, a scope, a group whose members do not belong to the units they look at, and a sample drawn by
// risk and by chance from a recorded seed. On site the inspector enters the verified value (核验) beside the reported one
// (自报) and issues findings (督查发现问题) with deadlines; the unit puts them right, somebody else strikes them off (销号).
// The month is closed by lights (亮灯), computed by the policy in force. The bulletin (督查通报) tells the district in two tables, 慢序时 and
// 按序时, after each unit that it names has confirmed the facts or said what it disputes. What goes unanswered is
// followed by an order (督办单): blue, then orange, then red.
//
// Invariants:
//   - no tour without its authority: a decision of the government or an order of its head;
//   - no inspector of the inspected unit; who reports never verifies; who reports a finding as mended never closes it;
//   - a sample can be drawn again from its recorded candidates and seed, for ever with the same result; it is drawn once per tour;
//   - a bulletin is published when every named unit has answered or its time is up, never by its drafter; a dissent goes with it;
//   - what is published is frozen byte for byte, its SHA-256 sealed in the ledger;
//   - one matter, one slip (一事一单); a higher slip follows the unanswered lower one, or states why it does not.
//
// What other areas see: each unit that leads a task has two indicators a year, 督查发现问题数 and 督查销号问题数, with one verified
// reading per month (cumulative since January: findings issued in the year, and those of them that stand closed at that time).
// Appraisal reads the indicators and never this package. Their target of 1 is a formality of the plan; the rate is closed ÷ found.
//
// Facts, as supervision.<noun>.<what happened>: tour opened begun ended; draw drawn; check verified; finding issued accepted reported closed
// sent_back reopened; month closed; order issued accepted replied urged sent_back closed escalated; bulletin drafted asked taken_back published;
// confirmation asked confirmed disputed. Their bodies name units and tasks by id, as text.
//
// Source: S6, S7, S10; domain 7, 8, 15.3 (督查条例 8, 11, 15, 16), 16.1; lessons 7.2, 7.7, 8.A.
package supervision
