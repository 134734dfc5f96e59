// Package route is the door of the building: every address of the program is entered in one Registry with the
// permission that guards it, and every request passes the same guards in the same order before a handler sees it.
//
// The order: request number, access log, panic guard, security headers, client address, registry (an address that
// nobody entered is refused), size of the body, session → auth.Actor, origin and form token (CSRF), rate limit,
// permission, compression, handler, error page.
//
// Invariants:
//   - a route without a declared permission cannot be entered: Handle panics at start;
//   - what a handler returns as an error is turned into a page or a fragment here and nowhere else, so that
//     no internal text ever reaches a browser;
//   - the access log holds the pattern of the route and the person's number, never a name, a query or a token.
//
// Source: reliability 7, 10, 11, 20, 44, 57, 58, 61, 62, 63; S1 to S12 (every page).
package route
