// Package account knows who may enter: log-in names, passwords, sessions (会话) and the roles (角色) that a person holds.
//
// One person has one account. The first three are opened with a code that is printed when the program first starts:
// the system, security and audit administrators (三员), three different people. From then on the system administrator
// opens and closes accounts but grants nothing, the security administrator grants but opens nothing, and what changes
// scores or opens many units' business is granted by two people.
//
// Invariants:
//   - no account exists that nobody asked for; the code dies with its first use and after a day;
//   - the schema itself refuses two of the three administrators in one person, and an administrator with a business role;
//   - a wrong password and an unknown name get the same answer and cost the same work;
//   - five failures in a quarter of an hour lock the name for that address alone: nobody can lock a leader out from elsewhere;
//   - whoever has a second factor (动态码) needs it at every log-in, and each code works once;
//   - a session ends after 30 minutes without an act (administrators: 15), after 12 hours in any case, and at once when the
//     account is closed, the password changed or a role given or taken;
//   - what is stored of a password or a token cannot be turned back into it;
//   - sessions, tries and the age of passwords follow the real clock, never the demonstration's.
//
// Nothing of it can reach a score: appraisal and conduct must not import this package.
//
// Source: reliability 1 to 9, 12 to 16, 33; architecture §4.
package account
