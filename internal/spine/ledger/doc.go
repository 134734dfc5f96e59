// Package ledger is the record (台账) of who did what to which thing and when, kept so that
// nobody, the system's own administrators included, can change it unseen.
//
// Every decisive act appends one entry (记录) inside the transaction of the act, so that a fact and its
// record stand or fall together. The entries of a region are the leaves of a Merkle tree (RFC 6962). Once a
// minute, and whenever something is published, a checkpoint (签封) signs the tree's size and root. A
// checkpoint that a second office keeps, or whose short code is printed on a bulletin, fixes all that went before it.
//
// What is sealed is the business row and not only the ledger's copy: an entry made with Row carries
// the row as the act left it, and Verify compares each row of the database with its latest such entry.
//
// The signing key can be changed: the old key hands the ledgers to the new one, and each ledger holds the handover (Handover).
//
// Invariants:
//   - entries are numbered 1, 2, 3, … per region without a gap, and never changed or removed;
//   - an entry names persons only by a keyed pseudonym (in rows and bodies: Person); units stand in clear;
//   - a sealed row holds every person of whom a right or a ban follows, so that Verify finds another one in his place;
//   - a checkpoint that does not reach a handover is signed by the key of before, one that does by the key of after;
//   - numbers in an entry are integers; exact decimals are written as text;
//   - what an attacker with the database's password can rebuild entirely (tree, signature and all) is found by
//     comparing with a checkpoint kept elsewhere: hand them out daily.
//
// ledger_signing and ledger_signing_past belong to the installation: one key signs for all regions. All other tables begin with region_id.
//
// Source: reliability 6, 27, 30, 39; architecture §4 (what is sealed), §5 rule 4 (the head row is the lock).
package ledger
