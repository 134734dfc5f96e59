package account

import (
	"context"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
)

// MayRule guards what the region asks of those who log in.
var MayRule = auth.Permit("account.rule.set", "规定登录要求", auth.SecAdmin)

// Rule is what a region asks of those who log in (登录要求).
type Rule struct {
	FactorAdmins bool // administrators do nothing before their second factor is set up
	SetBy        int64
	SetAt        time.Time
	Version      int64 // 0: never set
}

// Rule returns what the actor's region asks. Errors: Forbidden.
func (s *Service) Rule(ctx context.Context) (r Rule, err error) {
	who, err := auth.Require(ctx, MayRule)
	if err != nil {
		return r, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		r, _, err = sqldb.Maybe(ctx, tx, selectRule, scanRule, who.RegionID)
		return err
	})
	return r, err
}

// SetRule says whether administrators must have a second factor. It holds from the next request on, for those who are logged in as well.
// Errors: Forbidden, Conflict.
//
// Source: reliability 5.
func (s *Service) SetRule(ctx context.Context, factorAdmins bool, version int64) error {
	who, err := auth.Require(ctx, MayRule)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		write, args := updateRule, []any{who.RegionID, factorAdmins, who.ID, tx.Now().UnixMilli(), version}
		if version == 0 {
			write, args = insertRule, args[:4]
		}
		n, err := tx.Exec(ctx, write, args...)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "别人刚改过登录要求。请看看现在的，再决定改不改。")
		}
		detail := "管理员可以不用动态码"
		if factorAdmins {
			detail = "管理员必须用动态码"
		}
		return s.log.Append(ctx, tx, audit.Entry{Act: audit.ActRule, Object: "factor", Detail: detail})
	})
}
