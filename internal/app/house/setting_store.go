package house

import (
	"context"

	"duban/internal/base/sqldb"
)

var (
	putSetting = sqldb.SQL("house.putSetting", `
INSERT INTO house_setting (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
	getSetting = sqldb.SQL("house.getSetting", `SELECT value FROM house_setting WHERE name = $1`)
)

// Setting returns a fact of the installation; "" if it was never set.
func (h *House) Setting(ctx context.Context, name string) (v string, err error) {
	err = h.DB.View(ctx, func(tx *sqldb.Tx) error {
		v, _, err = sqldb.Maybe(ctx, tx, getSetting, sqldb.Text, name)
		return err
	})
	return v, err
}

// SetSetting records a fact of the installation.
func (h *House) SetSetting(ctx context.Context, name, value string) error {
	return h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, putSetting, name, value)
		return err
	})
}
