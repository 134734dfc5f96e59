package accountweb

import (
	"regexp"
	"strings"

	"duban/internal/base/id"
)

// objects are the Chinese names of what an entry of the log touched; the number behind the colon stays, so that it can be found elsewhere.
var objects = map[string]string{
	"audit": "审计日志", "key": "签名钥", "names": "化名密钥", "factor": "动态码规定", "job": "后台作业", "campaign.campaign": "攻坚行动", "appraisal.scheme": "考核办法", "appraisal.round": "考核轮次",
}

// names gives people and units their names, or ""; an *org.Directory does.
type names interface {
	PersonName(id int64) string
	UnitName(id int64) string
}

// object says in Chinese what an entry touched: "account:17" is an account, "GET /x" a page. What it does not know stands as it was written.
func object(d names, s string) string {
	if method, path, ok := strings.Cut(s, " /"); ok {
		if method == "GET" || method == "HEAD" {
			return "打开 /" + path
		}
		return "提交 /" + path
	}
	kind, no, _ := strings.Cut(s, ":")
	switch kind {
	case "account", "person":
		what := map[string]string{"account": "的账号", "person": "的人员登记"}[kind]
		if name := d.PersonName(id.Parse(no)); name != "" {
			return name + what
		}
		return "已不在册人员" + what
	}
	name, ok := objects[kind]
	if !ok {
		return s
	}
	if no != "" {
		name += " " + no
	}
	return name
}

var unitNumber = regexp.MustCompile(`单位 (\d+)`)

// detail names the units that the organisation's entries give by number.
func detail(d names, s string) string {
	return unitNumber.ReplaceAllStringFunc(s, func(m string) string {
		if name := d.UnitName(id.Parse(strings.TrimPrefix(m, "单位 "))); name != "" {
			return name
		}
		return m
	})
}
