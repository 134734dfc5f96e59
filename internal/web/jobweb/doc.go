// Package jobweb is the page of dead letters (死信): the jobs in the background that have failed for good, why, and a button
// that sends one round again.
//
// Invariants: only the system administrator sees them, those of the own region and of the installation; every retry is noted in the audit log.
//
// Source: architecture §4 (outbox); reliability (a job that failed for good must be seen).
package jobweb
