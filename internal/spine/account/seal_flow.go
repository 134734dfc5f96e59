package account

import (
	"context"

	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

// RoleKind is the ledger's kind for everybody who has one role (任这个角色的人): what a person may do follows from it, so it is sealed. The subject is the
// role, for a person has no number in the ledger.
const RoleKind = "account.role"

// RoleNo are the roles' numbers in the ledger. They never change; a new role takes the next.
var RoleNo = map[auth.Role]int64{
	auth.Leader: 1, auth.Supervisor: 2, auth.Appraiser: 3, auth.TaskForce: 4, auth.Head: 5, auth.Clerk: 6, auth.Source: 7, auth.Auditor: 8,
	auth.SysAdmin: 9, auth.SecAdmin: 10, auth.AudAdmin: 11,
}

// Sealer records in the ledger, which stands above this package, who has the roles now: all that EachRole says of them. It reads after it has taken the
// ledger's next number, so that two grants at once are both in the later record. Nobody is the actor of the set-up.
type Sealer func(ctx context.Context, tx *sqldb.Tx, who auth.Actor, verb string, roles ...auth.Role) error

// Holders is everybody who has a role.
type Holders struct {
	Role   auth.Role
	People []Holder
}

// Holder is somebody who has a role, and whether his account is closed.
type Holder struct {
	PersonID int64
	Disabled bool
}

func (s *Service) sealRoles(ctx context.Context, tx *sqldb.Tx, regionID int64, verb string, roles ...auth.Role) error {
	if s.opt.Seal == nil || len(roles) == 0 {
		return nil
	}
	who, _ := auth.From(ctx)
	who.RegionID = regionID
	return s.opt.Seal(ctx, tx, who, verb, roles...)
}

// TakeIn seals the roles that a program gave which did not seal them yet (补封). It is an act of the installation and asks for no permission.
func (s *Service) TakeIn(ctx context.Context, tx *sqldb.Tx, regionID int64) error {
	var roles []auth.Role
	if err := EachRole(ctx, tx, regionID, func(h Holders) error { roles = append(roles, h.Role); return nil }); err != nil {
		return err
	}
	return s.sealRoles(auth.With(ctx, auth.Actor{}), tx, regionID, "take_in", roles...)
}

// EachRole yields who has each role that anybody has: duban verify compares them with the ledger.
func EachRole(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(Holders) error) error {
	rs, err := sqldb.All(ctx, tx, selectHoldersOfRoles, scanHolderOf, regionID)
	if err != nil {
		return err
	}
	for i := 0; i < len(rs); {
		x := Holders{Role: rs[i].role}
		for ; i < len(rs) && rs[i].role == x.Role; i++ {
			x.People = append(x.People, rs[i].holder)
		}
		if err := yield(x); err != nil {
			return err
		}
	}
	return nil
}
