package account

import (
	"context"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
)

// Propose asks for a role for somebody else. A role that is not Sensitive is given at once; the others wait for a second
// person. Errors: Forbidden, Invalid (role, reason), NotFound, Conflict (already proposed; oneself).
func (s *Service) Propose(ctx context.Context, personID int64, role auth.Role, reason string) (g Grant, err error) {
	who, err := auth.Require(ctx, MayPropose)
	if err != nil {
		return g, err
	}
	if personID == who.ID {
		return g, errs.New(errs.Conflict, "不能给自己授权。")
	}
	var bad []errs.Field
	if personID == 0 {
		bad = append(bad, errs.Field{Name: "person", Message: "请选人员。"})
	}
	if role.Chinese() == "" {
		bad = append(bad, errs.Field{Name: "role", Message: "请选角色。"})
	}
	reason, err = reasoned(reason)
	if err := errs.Refuse("还没有提出", append(bad, errs.FieldsOf(err)...)...); err != nil {
		return g, err
	}
	g = Grant{ID: s.ids.Next(), PersonID: personID, Role: role, Reason: reason, State: Direct, ProposedBy: who.ID, Version: 1}
	if Sensitive(role) {
		g.State = Proposed
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		g.ProposedAt = tx.Now()
		have, err := s.rolesOf(ctx, tx, who.RegionID, personID)
		if err != nil {
			return err
		}
		if err := fits(have, role); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, insertGrant, who.RegionID, g.ID, personID, role, reason, g.State, who.ID, g.ProposedAt.UnixMilli()); err != nil {
			if errs.KindOf(err) == errs.Conflict {
				return errs.New(errs.Conflict, "这个授权已经提出，正等第二个人确认。")
			}
			return err
		}
		if g.State == Direct {
			if err := s.give(ctx, tx, who.RegionID, personID, role); err != nil {
				return err
			}
		}
		if err := s.log.Append(ctx, tx, audit.Entry{Act: audit.ActGrant, Object: object(personID), Detail: g.State.Chinese() + " " + role.Chinese()}); err != nil || g.State != Direct {
			return err
		}
		return s.sealRoles(ctx, tx, who.RegionID, "grant", role)
	})
	return g, err
}

func reasoned(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if n := len([]rune(reason)); n == 0 {
		return "", errs.At("reason", "请写明理由，比如任职文件的文号。")
	} else if n > 200 {
		return "", errs.At("reason", "理由最多 200 字，现在 %d 字。", n)
	}
	return reason, nil
}

func (s *Service) rolesOf(ctx context.Context, tx *sqldb.Tx, regionID, personID int64) ([]auth.Role, error) {
	h, ok, err := sqldb.Maybe(ctx, tx, selectHolder, scanHolder, regionID, personID)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errs.At("person", "这个人还没有账号。请先让系统管理员开设。")
	}
	if h.disabled {
		return nil, errs.At("person", "这个账号已经停用，不能授权。")
	}
	return sqldb.All(ctx, tx, selectRoles, scanRole, regionID, personID)
}

// give writes the role. The schema refuses what fits has let through.
func (s *Service) give(ctx context.Context, tx *sqldb.Tx, regionID, personID int64, role auth.Role) error {
	h, err := s.change(ctx, tx, regionID, personID)
	if err != nil {
		return err
	}
	if h.class != class(role) {
		if _, err := tx.Exec(ctx, updateClass, regionID, personID, class(role)); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, insertRole, regionID, personID, role, class(role), tx.Now().UnixMilli())
	return err
}

// Decide confirms or refuses a proposed grant. Who proposed it and who would get the role cannot. Errors: Forbidden,
// NotFound, Conflict (own proposal, changed in between), Invalid (refusal without a note).
func (s *Service) Decide(ctx context.Context, grantID int64, confirm bool, note string, version int64) error {
	who, err := auth.Require(ctx, MayConfirm)
	if err != nil {
		return err
	}
	state := Confirmed
	if !confirm {
		state = Refused
		if note, err = reasoned(note); err != nil {
			return errs.At("note", "不同意请写明理由，最多 200 字。")
		}
	} else if note = strings.TrimSpace(note); len([]rune(note)) > 200 {
		return errs.At("note", "说明最多 200 字。")
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		g, err := sqldb.One(ctx, tx, selectGrant, scanGrant, who.RegionID, grantID)
		if err != nil {
			return err
		}
		if g.ProposedBy == who.ID || g.PersonID == who.ID {
			return errs.New(errs.Conflict, "授权要两个人：提出的人和被授权的人都不能确认。")
		}
		n, err := tx.Exec(ctx, decideGrant, who.RegionID, grantID, version, state, who.ID, tx.Now().UnixMilli(), note)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "这个授权别人刚处理过，请刷新看结果。")
		}
		if confirm {
			have, err := s.rolesOf(ctx, tx, who.RegionID, g.PersonID)
			if err == nil {
				err = fits(have, g.Role)
			}
			if f := errs.FieldsOf(err); len(f) > 0 { // true when it was proposed, no longer
				return errs.New(errs.Conflict, "%s", f[0].Message)
			}
			if err != nil {
				return err
			}
			if err := s.give(ctx, tx, who.RegionID, g.PersonID, g.Role); err != nil {
				return err
			}
		}
		if err := s.log.Append(ctx, tx, audit.Entry{Act: audit.ActGrant, Object: object(g.PersonID), Detail: state.Chinese() + " " + g.Role.Chinese()}); err != nil || !confirm {
			return err
		}
		return s.sealRoles(ctx, tx, who.RegionID, "grant", g.Role)
	})
}

// Revoke takes a role from somebody else at once: one person is enough to close a door. Errors: Forbidden, Invalid, Conflict, NotFound.
func (s *Service) Revoke(ctx context.Context, personID int64, role auth.Role, reason string) error {
	who, err := auth.Require(ctx, MayPropose)
	if err != nil {
		return err
	}
	if personID == who.ID {
		return errs.New(errs.Conflict, "不能收回自己的角色。")
	}
	if reason, err = reasoned(reason); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if role.Admin() {
			if err := s.lastAdmin(ctx, tx, who.RegionID, personID); err != nil {
				return err
			}
		}
		if _, err := s.change(ctx, tx, who.RegionID, personID); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, deleteRole, who.RegionID, personID, role)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "这个人已经不是%s。", role.Chinese())
		}
		if _, err := tx.Exec(ctx, insertGrant, who.RegionID, s.ids.Next(), personID, role, reason, Revoked, who.ID, tx.Now().UnixMilli()); err != nil {
			return err
		}
		if err := s.log.Append(ctx, tx, audit.Entry{Act: audit.ActGrant, Object: object(personID), Detail: Revoked.Chinese() + " " + role.Chinese()}); err != nil {
			return err
		}
		return s.sealRoles(ctx, tx, who.RegionID, "revoke", role)
	})
}

// Grants lists the grants, those that wait first, then the newest; at most 200.
func (s *Service) Grants(ctx context.Context) (out []Grant, err error) {
	who, err := auth.Require(ctx, MayList)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		out, err = sqldb.All(ctx, tx, selectGrants, scanGrant, who.RegionID, int64(200))
		return err
	})
	return out, err
}
