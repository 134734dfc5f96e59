package account

import (
	"context"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

// Organisation is what this package must know of units and people; package org knows it. All methods work inside tx.
type Organisation interface {
	// Person returns a person in office, the own unit and all units below it. Kind NotFound: unknown, or has left.
	Person(ctx context.Context, tx *sqldb.Tx, regionID, personID int64) (name string, unitID int64, units []int64, err error)
	// Words returns names that no password may contain: units, projects, campaigns.
	Words(ctx context.Context, tx *sqldb.Tx, regionID int64) ([]string, error)
	// Found enters the region, the unit and its people, and returns their numbers in the same order.
	Found(ctx context.Context, tx *sqldb.Tx, region, unit string, people []string) (regionID int64, personIDs []int64, err error)
}

// Account is a person's right to enter (账号).
type Account struct {
	PersonID   int64
	Login      string
	Roles      []auth.Role
	Disabled   bool
	MustChange bool
	UsedAt     time.Time // last log-in; the opening if there was none
	Version    int64
}

// class says on which side of the wall a role stands: administrators never do business.
func class(r auth.Role) string {
	if r.Admin() {
		return "admin"
	}
	return "business"
}

// Unused is after how long without a log-in an account is closed by itself. Source: reliability 12.
const Unused = 90 * 24 * time.Hour

var loginForm = regexp.MustCompile(`^[\p{Han}a-z0-9][\p{Han}a-z0-9._-]{1,31}$`)

// NormalLogin returns the log-in name as it is stored: half width, lower case, no spaces around it.
func NormalLogin(s string) string { return strings.ToLower(strings.TrimSpace(norm.NFKC.String(s))) }

func checkLogin(login string) error {
	if !loginForm.MatchString(login) {
		return errs.At("login", "用户名请用 2 到 32 个汉字、字母或数字，可以有点、横线和下划线。")
	}
	return nil
}

// Sensitive reports whether two people must agree before somebody gets the role: it changes scores, opens the business of
// many units, or runs the system.
//
// Source: reliability 16.
func Sensitive(r auth.Role) bool {
	switch r {
	case auth.Head, auth.Clerk, auth.TaskForce:
		return false
	}
	return true
}

// fits says whether a person who holds have may get r as well.
func fits(have []auth.Role, r auth.Role) error {
	if r.Chinese() == "" {
		return errs.At("role", "没有这个角色，请从列表里选。")
	}
	for _, h := range have {
		switch {
		case h == r:
			return errs.At("role", "这个人已经是%s。", r.Chinese())
		case h.Admin() && r.Admin():
			return errs.At("role", "三员必须是三个人：这个人已经是%s，不能再任%s。", h.Chinese(), r.Chinese())
		case h.Admin() != r.Admin():
			return errs.At("role", "管理员不办业务：%s和%s不能是同一个人。", h.Chinese(), r.Chinese())
		}
	}
	return nil
}

func names(roles []auth.Role) string {
	var out []string
	for _, r := range roles {
		out = append(out, r.Chinese())
	}
	return strings.Join(out, "、")
}
