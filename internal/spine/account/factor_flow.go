package account

import (
	"bytes"
	"context"
	"image/png"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
)

// OwnFactor returns the actor's second factor as far as it may still be shown: the secret only until it is confirmed.
// ok is false if there is none.
func (s *Service) OwnFactor(ctx context.Context) (f Factor, ok bool, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return f, false, err
	}
	var row factor
	var login string
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if row, ok, err = sqldb.Maybe(ctx, tx, selectFactor, scanFactor, who.RegionID, who.ID); err != nil || !ok {
			return err
		}
		h, err := sqldb.One(ctx, tx, selectHolder, scanHolder, who.RegionID, who.ID)
		login = h.login
		return err
	})
	if err != nil || !ok || row.confirmed {
		return Factor{Confirmed: row.confirmed}, ok, err
	}
	key, err := otp.NewKeyFromURL("otpauth://totp/duban:" + login + "?secret=" + row.secret + "&issuer=duban")
	if err != nil {
		return f, false, err
	}
	img, err := key.Image(220, 220)
	if err != nil {
		return f, false, err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return f, false, err
	}
	return Factor{Secret: row.secret, URL: key.URL(), PNG: b.Bytes()}, true, nil
}

// BeginFactor makes a new secret for the actor. It asks for nothing at log-in before ConfirmFactor. Errors: Conflict (there is one).
func (s *Service) BeginFactor(ctx context.Context) error {
	who, err := auth.From(ctx)
	if err != nil {
		return err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "duban", AccountName: "own"})
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(ctx, upsertFactor, who.RegionID, who.ID, key.Secret())
		if err == nil && n == 0 {
			err = errs.New(errs.Conflict, "动态码已经开通。要换手机，请先停用。")
		}
		return err
	})
}

// ConfirmFactor turns the second factor on with the first code from the telephone. Errors: Invalid (field code), TooMany, NotFound.
func (s *Service) ConfirmFactor(ctx context.Context, code, source string) error {
	return s.useFactor(ctx, code, source, false)
}

// DropFactor turns the second factor off with a code from the telephone. Errors: Invalid (field code), TooMany, NotFound.
func (s *Service) DropFactor(ctx context.Context, code, source string) error {
	return s.useFactor(ctx, code, source, true)
}

func (s *Service) useFactor(ctx context.Context, code, source string, drop bool) error {
	who, err := auth.From(ctx)
	if err != nil {
		return err
	}
	var refused error
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		refused = nil
		f, err := sqldb.One(ctx, tx, selectFactor, scanFactor, who.RegionID, who.ID)
		if err != nil {
			return err
		}
		subject := "factor of " + object(who.ID)
		last, err := s.try(ctx, tx, who.RegionID, subject, source)
		if err != nil {
			return err
		}
		step, ok := stepOf(f.secret, code, f.last, s.clock.Now())
		e := audit.Entry{Act: audit.ActPassword, Object: object(who.ID), Detail: "开通动态码"}
		if drop {
			e.Detail = "停用动态码"
		}
		if !ok || drop != f.confirmed {
			refused = errs.At("code", "动态码不对。请看手机上现在的 6 位数；每个只能用一次。")
			e.Result = "wrong"
			if err := s.log.Append(ctx, tx, e); err != nil || !last {
				return err
			}
			return s.log.Append(ctx, tx, audit.Entry{Act: audit.ActLock, Object: e.Object, Detail: "动态码"})
		}
		if _, err := tx.Exec(ctx, updateTry, who.RegionID, digest(subject), source, "", int64(0)); err != nil {
			return err
		}
		if drop {
			_, err = tx.Exec(ctx, deleteFactor, who.RegionID, who.ID)
		} else {
			_, err = tx.Exec(ctx, useFactor, who.RegionID, who.ID, step)
		}
		if err != nil {
			return err
		}
		return s.log.Append(ctx, tx, e)
	})
	if err == nil {
		err = refused
	}
	return err
}
