package sqldb

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"duban/internal/base/errs"
)

// classify turns a driver's error into the product's: no row is NotFound, a
// broken UNIQUE is Conflict. Codes are compared, never message texts.
func classify(s *Stmt, err error) error {
	if err == nil {
		return nil
	}
	var done *errs.Error
	if errors.As(err, &done) { // a scan function has spoken already
		return err
	}
	kind := errs.Internal
	var lite *liteError
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, sql.ErrNoRows):
		kind = errs.NotFound
	case errors.As(err, &lite) && (lite.code == 2067 || lite.code == 1555):
		kind = errs.Conflict
	case errors.As(err, &pg) && pg.Code == "23505":
		kind = errs.Conflict
	}
	if kind == errs.Internal {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return &errs.Error{Kind: kind, Message: map[errs.Kind]string{errs.NotFound: "没有找到，或者您无权查看", errs.Conflict: "已经存在"}[kind], Cause: fmt.Errorf("%s: %w", s.Name, err)}
}
