package app

import (
	"context"
	"fmt"

	"duban/internal/base/errs"
)

// adminCmd is what whoever holds the machine may do without a log-in.
type adminCmd struct {
	Reset resetCmd `cmd:"" help:"重置一个账号的密码，打印一次性密码；管理员忘了密码也用它。"`
}

type resetCmd struct {
	dbFlag
	Login string `arg:"" help:"登录名。"`
}

// Run sets a one-time password (一次性密码): the account's sessions end, its second factor is removed, and the reset stands in the audit log.
func (r *resetCmd) Run(ctx context.Context, c Config, o *out) error {
	h, err := r.existing(ctx, c, o)
	if err != nil {
		return err
	}
	defer h.Close()
	password, err := h.Account.ResetAtMachine(ctx, r.Login)
	if errs.KindOf(err) == errs.NotFound {
		return fmt.Errorf("没有登录名是“%s”的账号。请核对登录名，字母不分大小写", r.Login)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "“%s”的密码已重置。\n一次性密码：%s\n请当面告诉本人：第一次登录要马上改密码。原来的登录都已退出，绑定的动态口令已解除。这次重置已记入审计日志。\n", r.Login, password)
	return nil
}
