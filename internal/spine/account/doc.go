// Package account knows who may enter: log-in names, passwords, sessions (会话) and the roles (角色) that a person holds.
//
// One person has one account. The first three are opened with a code that is printed when the program first starts:
// the system, security and audit administrators (三员), three different people. From then on the system administrator
// opens and closes accounts but grants nothing, the security administrator grants but opens nothing, and what changes
// scores or opens many units' business is granted by two people.
//
// Source: reliability 1 to 4, 7 to 16, 33; architecture §4.
package account
