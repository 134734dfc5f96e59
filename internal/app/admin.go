package app

import (
	"context"
	"fmt"
	"strings"

	"duban/internal/base/errs"
)

// adminCmd is what whoever holds the machine may do without a log-in.
type adminCmd struct {
	Reset  resetCmd  `cmd:"" help:"重置一个账号的密码，打印一次性密码；管理员忘了密码也用它。"`
	Forget forgetCmd `cmd:"" help:"销毁一个区划的化名密钥：台账以前的记录再也认不出是谁，不能恢复。"`
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

type forgetCmd struct {
	dbFlag
	Region string `required:"" placeholder:"区划" help:"区划全称，一字不差。"`
	Reason string `required:"" placeholder:"依据" help:"为什么销毁，谁批准；记进台账。"`
}

// Run destroys the secret of a region's pseudonyms (销毁化名密钥). The region's whole name stands for the question whether it is meant.
func (f *forgetCmd) Run(ctx context.Context, c Config, o *out) error {
	h, err := f.existing(ctx, c, o)
	if err != nil {
		return err
	}
	defer h.Close()
	regions, err := h.Org.Regions(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, r := range regions {
		if names = append(names, r.Name); r.Name != f.Region {
			continue
		}
		if err := h.ForgetNames(ctx, r.ID, f.Reason); err != nil {
			return err
		}
		fmt.Fprintf(o.stdout, "%s的化名密钥已销毁，台账记了这一条。以前的记录再也认不出是谁，核验时不再比对那些行的经手人。备份里还有旧密钥，请按规定处理。\n", r.Name)
		return nil
	}
	return fmt.Errorf("没有叫“%s”的区划。现有：%s", f.Region, strings.Join(names, "、"))
}
