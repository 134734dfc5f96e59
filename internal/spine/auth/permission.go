package auth

import (
	"slices"
	"sort"
	"strings"
)

// Permission names one act, as area.noun.verb: campaign.report.submit.
type Permission string

type grant struct {
	chinese string
	roles   []Role
}

var grants = map[Permission]grant{}

// Public is the permission of routes that need no log-in; LoggedIn of those that any logged-in person may use.
const (
	Public   Permission = "public"
	LoggedIn Permission = "logged_in"
)

// Permit declares a permission, its Chinese name and the roles that hold it. It is called from package-level variables only.
func Permit(name Permission, chinese string, roles ...Role) Permission {
	if _, dup := grants[name]; dup {
		panic("auth: permission declared twice: " + string(name))
	}
	grants[name] = grant{chinese, roles}
	return name
}

// Everyone is every business role: for what the whole district may read.
var Everyone = []Role{Leader, Supervisor, Appraiser, TaskForce, Head, Clerk, Source, Auditor}

// Chinese returns the act in words.
func (p Permission) Chinese() string { return grants[p].chinese }

// Declared reports whether p exists.
func (p Permission) Declared() bool { _, ok := grants[p]; return ok || p == Public || p == LoggedIn }

// Permissions lists every declared permission.
func Permissions() (out []Permission) {
	for p := range grants {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// RolesOf returns the roles that hold p.
func RolesOf(p Permission) []Role { return grants[p].roles }

// May reports whether one of the actor's roles holds p.
func (a Actor) May(p Permission) bool {
	if p == Public || p == LoggedIn {
		return true
	}
	return a.Has(grants[p].roles...)
}

func holders(p Permission) string {
	var names []string
	for _, r := range grants[p].roles {
		names = append(names, r.Chinese())
	}
	sort.Strings(names)
	if len(names) == 0 {
		return "安全管理员"
	}
	return strings.Join(names, "、")
}
