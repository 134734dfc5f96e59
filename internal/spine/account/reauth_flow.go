package account

import (
	"context"

	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
)

// Reauth checks the password that the actor has typed again before a signature. It cannot be guessed at: it counts as an attempt.
// Errors: Invalid (field password), TooMany.
func (s *Service) Reauth(ctx context.Context, password string) error {
	who, err := auth.From(ctx)
	if err != nil {
		return err
	}
	var h holder
	var last bool
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if h, err = sqldb.One(ctx, tx, selectHolder, scanHolder, who.RegionID, who.ID); err != nil {
			return err
		}
		last, err = s.try(ctx, tx, h.region, h.login, audit.Source(ctx))
		return err
	})
	if err != nil {
		return err
	}
	if ok, _ := s.verify(password, h.secret); !ok || len([]rune(password)) > maxPassword {
		s.log.Note(ctx, audit.Entry{Act: audit.ActPassword, Object: object(who.ID), Result: "wrong"})
		if last {
			s.log.Note(ctx, audit.Entry{Act: audit.ActLock, Object: object(who.ID)})
		}
		return errs.At("password", "密码不对，没有签上。")
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, updateTry, h.region, digest(h.login), audit.Source(ctx), "", int64(0))
		return err
	})
}
