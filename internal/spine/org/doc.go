// Package org knows the district: its regions (行政区), units (单位), posts (职务) and people.
//
// Responsibility follows the post, not the person: who answers for a promise is whoever holds the post on the day.
// A unit that is merged or dissolved gets an end day and stays readable; nothing is deleted.
// Pages ask the Directory, a snapshot of the whole region that is reloaded when its stamp has moved, so
// that naming units and people costs a list one statement and not one per row.
//
// Source: domain 1, glossary; S7, S11 (three tiers of duty).
package org
