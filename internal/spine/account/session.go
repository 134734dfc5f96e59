package account

import (
	"time"

	"duban/internal/spine/auth"
)

// Session is one person at one browser (会话), from log-in to log-out.
type Session struct {
	ID         int64 // its public number; the token itself is known to the browser alone
	Actor      auth.Actor
	MustChange bool // the password must be changed before anything else
	MustFactor bool // the second factor must be set up before anything else
	Began      time.Time
	Seen       time.Time // last act of the person; at most a minute old
	Source     string    // address that logged in
	Agent      string    // browser, as it calls itself
	Current    bool      // the session that asks
}
