// Package receipt makes a form that is sent twice count once (回执).
//
// Every write form carries a key made by the browser before it is sent. The first
// act with that key records its result beside the act, in the same transaction; whoever sends the same key again, because
// the network broke before the answer came, gets the first answer. A key belongs to a person, an act and what the form said: whoever corrects
// a number and sends the same form again is told that the first one stands, and not that the second was taken.
//
// Source: reliability §0.3, R9.
package receipt

import (
	"context"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

type formKey struct{}

// WithForm returns a context whose receipts are bound to what the form says: sum is asked when a key is taken, and answers with a digest of the
// form, or "" if there is none.
func WithForm(ctx context.Context, sum func() string) context.Context {
	return context.WithValue(ctx, formKey{}, sum)
}

// Form returns the digest of the form of ctx, or "".
func Form(ctx context.Context) string {
	if sum, ok := ctx.Value(formKey{}).(func() string); ok {
		return sum()
	}
	return ""
}

// Take claims the key for the act, so that there is one receipt (回执) however often the form is sent. dup is true, with the earlier result, if it was claimed before.
func Take(ctx context.Context, tx *sqldb.Tx, who auth.Actor, key, act string) (result string, dup bool, err error) {
	if len(key) < 8 || len(key) > 64 {
		return "", false, errs.New(errs.Invalid, "这张表单没有提交编号，请刷新页面再提交一次；您填的内容请先复制下来。")
	}
	form := Form(ctx)
	n, err := tx.Exec(ctx, insertKey, who.RegionID, who.ID, key, act+between+form, tx.Now().UnixMilli())
	if err != nil || n == 1 {
		return "", false, err
	}
	row, err := sqldb.One(ctx, tx, selectKey, scanKey, who.RegionID, who.ID, key)
	if err != nil {
		return "", false, err
	}
	was, said, _ := strings.Cut(row.act, between)
	if was == act && said != "" && form != "" && said != form {
		return "", false, errs.New(errs.Conflict, "这张表单已经提交成功过一次。这次填的和那次不同，没有存。请刷新页面，看过已经存上的内容再改。")
	}
	if was != act {
		return "", false, errs.New(errs.Conflict, "这个提交编号已经用在别的事项上，请刷新页面再提交。")
	}
	return row.result, true, nil
}

// between parts the act and the form's digest in a row.
const between = "~"

// Give records what the act came to, so that a repetition gets the same answer.
func Give(ctx context.Context, tx *sqldb.Tx, who auth.Actor, key, result string) error {
	_, err := tx.Exec(ctx, updateKey, who.RegionID, who.ID, key, result)
	return err
}
