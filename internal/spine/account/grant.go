package account

import (
	"time"

	"duban/internal/spine/auth"
)

// GrantState is how far a grant has come.
type GrantState string

// The states of a grant.
const (
	Proposed  GrantState = "proposed"  // 待确认
	Confirmed GrantState = "confirmed" // 已确认
	Refused   GrantState = "refused"   // 未同意
	Direct    GrantState = "direct"    // 已授予: a role that needs one person only
	Revoked   GrantState = "revoked"   // 已收回
)

// Chinese returns the state's name.
func (s GrantState) Chinese() string {
	return map[GrantState]string{Proposed: "待确认", Confirmed: "已确认", Refused: "未同意", Direct: "已授予", Revoked: "已收回"}[s]
}

// Grant is one giving or taking of a role (授权), with who proposed and who decided it.
type Grant struct {
	ID         int64
	PersonID   int64
	Role       auth.Role
	Reason     string
	State      GrantState
	ProposedBy int64
	ProposedAt time.Time
	DecidedBy  int64 // 0: nobody had to, or nobody has yet
	DecidedAt  time.Time
	Note       string // why it was refused
	Version    int64
}
