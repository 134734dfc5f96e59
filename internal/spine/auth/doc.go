// Package auth answers two questions: who is acting, and may they.
//
// Every use case begins with Require (or From), names one Permission, and then asks about
// the unit: OwnUnit for what only the owner may do, Sees for what may be read. A permission is declared
// once, with the roles that hold it, by the package whose act it guards; every route names one.
//
// Invariants: the three administrators (三员) never hold a business role's
// permissions; a unit sees itself and its subordinates, an overseer sees all units of the region.
//
// Source: architecture §4 (who may see what), reliability 14-18, 22, domain 1.
package auth
