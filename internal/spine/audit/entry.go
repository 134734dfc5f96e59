package audit

import (
	"context"
	"strings"
	"time"
	"unicode"
)

// Entry is one line of the log (审计记录).
type Entry struct {
	ID       int64
	RegionID int64 // 0: the installation itself, as when nobody is logged in yet
	At       time.Time
	PersonID int64  // who; 0 if nobody was logged in
	Source   string // address that the request came from
	Act      string // one of the Act constants, or area.noun.verb
	Object   string // what was touched: a route, or "account:17"
	Result   string // ok, or why not
	Detail   string // such as the number of rows exported
}

// The acts of the system itself. Areas add theirs as area.noun.verb.
const (
	ActLogin    = "login"    // 登录
	ActLogout   = "logout"   // 退出
	ActLock     = "lock"     // 锁定
	ActRefuse   = "refuse"   // 拒绝
	ActFault    = "fault"    // 故障
	ActSetup    = "setup"    // 初始设置
	ActAccount  = "account"  // 账号变更
	ActPassword = "password" // 改密码
	ActGrant    = "grant"    // 授权
	ActExport   = "export"   // 导出
	ActUnmask   = "unmask"   // 查看敏感信息
	ActRead     = "read"     // 查看个人信息
	ActJob      = "job"      // 重跑作业
	ActRule     = "rule"     // 改安全设置
)

// Acts lists the acts in the order of the page.
var Acts = []string{ActLogin, ActLogout, ActLock, ActRefuse, ActFault, ActSetup, ActAccount, ActPassword, ActGrant, ActExport, ActUnmask, ActRead, ActJob, ActRule}

// Chinese returns the act in words; an area's act stands for itself.
func Chinese(act string) string {
	if s := map[string]string{ActLogin: "登录", ActLogout: "退出", ActLock: "锁定", ActRefuse: "拒绝", ActFault: "故障", ActSetup: "初始设置", ActAccount: "账号变更",
		ActPassword: "改密码", ActGrant: "授权", ActExport: "导出", ActUnmask: "查看敏感信息", ActRead: "查看个人信息", ActJob: "重跑作业", ActRule: "改安全设置"}[act]; s != "" {
		return s
	}
	return act
}

const maxText = 300 // runes of a text of an entry

// clean makes a text safe to print: no control characters, no direction marks, not longer than maxText.
//
// Source: reliability 29.
func clean(s string) string {
	n := 0
	return strings.Map(func(r rune) rune {
		if n++; n > maxText {
			return -1
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
}

type sourceKey struct{}

// WithSource returns a context whose entries name the address that the request came from.
func WithSource(ctx context.Context, addr string) context.Context {
	return context.WithValue(ctx, sourceKey{}, addr)
}

// Source returns the address that the request of ctx came from, or "".
func Source(ctx context.Context) string {
	s, _ := ctx.Value(sourceKey{}).(string)
	return s
}
