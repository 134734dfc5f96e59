package auth

import (
	"context"
	"slices"

	"duban/internal/base/errs"
)

// Role is what a person may be in the system. A person may hold several, of the three administrators only one.
type Role string

// The roles. The first eight do the district's business, the last three run the system (三员).
const (
	Leader     Role = "leader"     // 区领导
	Supervisor Role = "supervisor" // 督查室
	Appraiser  Role = "appraiser"  // 考核办
	TaskForce  Role = "taskforce"  // 专班
	Head       Role = "head"       // 单位负责人
	Clerk      Role = "clerk"      // 填报员
	Source     Role = "source"     // 数据来源
	Auditor    Role = "auditor"    // 审计
	SysAdmin   Role = "sysadmin"   // 系统管理员
	SecAdmin   Role = "secadmin"   // 安全管理员
	AudAdmin   Role = "audadmin"   // 审计管理员
)

// Roles lists every role in the order of the pages.
var Roles = []Role{Leader, Supervisor, Appraiser, TaskForce, Head, Clerk, Source, Auditor, SysAdmin, SecAdmin, AudAdmin}

// Chinese returns the role's name.
func (r Role) Chinese() string {
	return map[Role]string{Leader: "区领导", Supervisor: "督查室", Appraiser: "考核办", TaskForce: "专班", Head: "单位负责人", Clerk: "填报员",
		Source: "数据来源", Auditor: "审计", SysAdmin: "系统管理员", SecAdmin: "安全管理员", AudAdmin: "审计管理员"}[r]
}

// Admin reports whether r is one of the three administrators, of which a person holds at most one.
func (r Role) Admin() bool { return r == SysAdmin || r == SecAdmin || r == AudAdmin }

// Actor is the person on whose behalf code runs.
type Actor struct {
	ID       int64 // person
	RegionID int64
	UnitID   int64
	Name     string
	Roles    []Role
	Units    []int64 // UnitID and every unit below it
}

// Has reports whether the actor holds one of the roles.
func (a Actor) Has(roles ...Role) bool {
	for _, r := range roles {
		if slices.Contains(a.Roles, r) {
			return true
		}
	}
	return false
}

// Overseer reports whether the actor may read the business of every unit of the region:
// the leaders, the supervision and appraisal offices, and audit.
func (a Actor) Overseer() bool { return a.Has(Leader, Supervisor, Appraiser, Auditor) }

// Sees reports whether the actor may read reports, drafts and evidence of the unit.
func (a Actor) Sees(unitID int64) bool {
	return a.Overseer() || a.InUnit(unitID)
}

// InUnit reports whether the unit is the actor's own or below it.
func (a Actor) InUnit(unitID int64) bool {
	return unitID != 0 && (unitID == a.UnitID || slices.Contains(a.Units, unitID))
}

// OwnUnit refuses an actor who does not belong to the unit. Another unit's record does not exist for him: the kind is NotFound.
func (a Actor) OwnUnit(unitID int64) error {
	if !a.InUnit(unitID) {
		return errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	return nil
}

// MaySee refuses, as if it did not exist, what the actor may not read.
func (a Actor) MaySee(unitID int64) error {
	if !a.Sees(unitID) {
		return errs.New(errs.NotFound, "没有找到，或者您无权查看")
	}
	return nil
}

type key struct{}

// With returns a context that carries a.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, key{}, a) }

// From returns the actor of ctx, or an error of kind Unauthorized.
func From(ctx context.Context) (Actor, error) {
	a, ok := ctx.Value(key{}).(Actor)
	if !ok || a.RegionID == 0 {
		return Actor{}, errs.New(errs.Unauthorized, "请先登录")
	}
	return a, nil
}

// Require returns the actor of ctx if one of his roles holds p; otherwise an error of kind Unauthorized or Forbidden.
func Require(ctx context.Context, p Permission) (Actor, error) {
	a, err := From(ctx)
	if err != nil {
		return a, err
	}
	if !a.May(p) {
		return a, errs.New(errs.Forbidden, "您没有“%s”的权限。需要的话，请找%s。", p.Chinese(), holders(p))
	}
	return a, nil
}
