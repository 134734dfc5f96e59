package accountweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/account"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// Accounts is what the pages ask of package account; *account.Service does it.
type Accounts interface {
	Login(ctx context.Context, login, password, code, source, agent string) (token string, err error)
	Logout(ctx context.Context, token string) error
	Empty(ctx context.Context) (bool, error)
	SetUp(ctx context.Context, d account.SetupDraft) error
	Profile() account.Profile

	Own(ctx context.Context) (account.Account, error)
	Sessions(ctx context.Context, token string) ([]account.Session, error)
	End(ctx context.Context, sessionID int64) error
	ChangePassword(ctx context.Context, old, password, source, agent string) (token string, err error)

	OwnFactor(ctx context.Context) (f account.Factor, ok bool, err error)
	BeginFactor(ctx context.Context) error
	ConfirmFactor(ctx context.Context, code, source string) error
	DropFactor(ctx context.Context, code, source string) error
	Rule(ctx context.Context) (account.Rule, error)
	SetRule(ctx context.Context, factorAdmins bool, version int64) error

	Accounts(ctx context.Context) ([]account.Account, error)
	Open(ctx context.Context, personID int64, login string) (password string, err error)
	SetDisabled(ctx context.Context, personID int64, disabled bool, version int64) error
	Reset(ctx context.Context, personID int64) (password string, err error)

	Grants(ctx context.Context) ([]account.Grant, error)
	Propose(ctx context.Context, personID int64, role auth.Role, reason string) (account.Grant, error)
	Decide(ctx context.Context, grantID int64, confirm bool, note string, version int64) error
	Revoke(ctx context.Context, personID int64, role auth.Role, reason string) error
}

// Log reads the audit log; *audit.Log does.
type Log interface {
	Entries(ctx context.Context, q audit.Query) (list []audit.Entry, more bool, err error)
}

// Org names people and units; *org.Service does.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
}

// DemoAccount is an account that the log-in page of the demonstration offers to everybody.
type DemoAccount struct{ Who, Login, Password string }

// Pages are the pages of this package.
type Pages struct {
	Accounts Accounts
	Log      Log
	Org      Org
	Demo     []DemoAccount // in the demonstration alone; passwords stand on the page
	Home     string        // where to go after the log-in; "" is /
}

// Nav are the entries of the main navigation.
func Nav() []route.Nav {
	return []route.Nav{
		{Href: "/admin/accounts", Label: "账号", Permission: account.MayOpen},
		{Href: "/admin/grants", Label: "授权", Permission: account.MayList},
		{Href: "/admin/audit", Label: "审计日志", Permission: audit.MayRead},
	}
}

// Register enters the routes. Give p.Relogin to route.Config as well.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET /login", auth.Public, p.login)
	g.Handle("POST /login", auth.Public, p.postLogin, route.Limited(route.LoginRate))
	g.Handle("POST /logout", auth.LoggedIn, p.logout, route.Early())
	g.Handle("GET /setup", auth.Public, p.setup)
	g.Handle("POST /setup", auth.Public, p.postSetup, route.Limited(route.LoginRate))

	g.Handle("GET /account", auth.LoggedIn, p.own)
	g.Handle("GET /account/password", auth.LoggedIn, p.password, route.Early())
	g.Handle("POST /account/password", auth.LoggedIn, p.postPassword, route.Early(), route.Limited(route.LoginRate))
	g.Handle("POST /account/sessions/{id}/end", auth.LoggedIn, p.endSession)
	g.Handle("GET /account/factor", auth.LoggedIn, p.factor, route.Factor())
	g.Handle("POST /account/factor", auth.LoggedIn, p.beginFactor, route.Factor())
	g.Handle("POST /account/factor/confirm", auth.LoggedIn, p.useFactor(false), route.Factor(), route.Limited(route.LoginRate))
	g.Handle("POST /account/factor/drop", auth.LoggedIn, p.useFactor(true), route.Limited(route.LoginRate))

	g.Handle("GET /admin/accounts", account.MayOpen, p.accounts)
	g.Handle("POST /admin/accounts", account.MayOpen, p.openAccount)
	g.Handle("POST /admin/accounts/{person}/disable", account.MayOpen, p.setDisabled(true))
	g.Handle("POST /admin/accounts/{person}/enable", account.MayOpen, p.setDisabled(false))
	g.Handle("POST /admin/accounts/{person}/reset", account.MayOpen, p.reset)

	g.Handle("GET /admin/grants", account.MayList, p.grants)
	g.Handle("POST /admin/grants", account.MayPropose, p.propose)
	g.Handle("POST /admin/grants/{id}/decide", account.MayConfirm, p.decide)
	g.Handle("GET /admin/grants/revoke", account.MayPropose, p.revoke)
	g.Handle("POST /admin/grants/revoke", account.MayPropose, p.postRevoke)

	g.Handle("POST /admin/grants/factor", account.MayRule, p.setRule)
	g.Handle("GET /admin/audit", audit.MayRead, p.audit)
}

func (p *Pages) home() string {
	if p.Home != "" {
		return p.Home
	}
	return "/"
}

// loginForm is the log-in form as typed, with what a form that was interrupted had in it.
type loginForm struct {
	Login, Next string
	Kept        url.Values
}

const keep = "keep."

func (p *Pages) login(w http.ResponseWriter, r *http.Request) error {
	if empty, err := p.Accounts.Empty(r.Context()); err != nil {
		return err
	} else if empty {
		route.Redirect(w, r, "/setup")
		return nil
	}
	next := route.Local(r.URL.Query().Get("next"))
	if route.Token(r) != "" {
		route.Redirect(w, r, p.after(next))
		return nil
	}
	ui.Render(w, r, http.StatusOK, loginPage(route.Frame(r), loginForm{Next: next}, p.Demo, nil))
	return nil
}

func (p *Pages) after(next string) string {
	if next = route.Local(next); next == "" || strings.HasPrefix(next, "/login") || strings.HasPrefix(next, "/logout") {
		return p.home()
	}
	return next
}

// Relogin shows the log-in page to somebody whose session ended while he filled a form. It keeps what he typed.
func (p *Pages) Relogin(w http.ResponseWriter, r *http.Request, next string, kept url.Values) error {
	ui.Render(w, r, http.StatusUnauthorized, loginPage(route.Frame(r), loginForm{Next: next, Kept: kept}, p.Demo, nil))
	return nil
}

func (p *Pages) postLogin(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "login", "password", "code", "next", keep+"*")
	if err != nil {
		return err
	}
	f := loginForm{Login: v.Get("login"), Next: route.Local(v.Get("next")), Kept: url.Values{}}
	for name, values := range v {
		if inner, ok := strings.CutPrefix(name, keep); ok && inner != ui.FieldToken {
			f.Kept[inner] = values
		}
	}
	if old := route.Token(r); old != "" { // who logs in anew leaves first
		if err := p.Accounts.Logout(r.Context(), old); err != nil {
			return err
		}
	}
	token, err := p.Accounts.Login(r.Context(), f.Login, v.Get("password"), v.Get("code"), route.Source(r), r.UserAgent())
	if err != nil {
		if status := route.Status(err); status < http.StatusInternalServerError {
			ui.Render(w, r, status, loginPage(route.Frame(r), f, p.Demo, err))
			return nil
		}
		return err
	}
	route.StartSession(w, r, token)
	if len(f.Kept) > 0 && f.Next != "" {
		ui.Render(w, r, http.StatusOK, resumePage(ui.Frame{CSRF: route.CSRF(r)}, f))
		return nil
	}
	route.Redirect(w, r, p.after(f.Next))
	return nil
}

func (p *Pages) logout(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	if err := p.Accounts.Logout(r.Context(), route.Token(r)); err != nil {
		return err
	}
	route.EndSession(w, r)
	route.SetFlash(w, r, "已退出", "")
	route.Redirect(w, r, "/login")
	return nil
}

func (p *Pages) setup(w http.ResponseWriter, r *http.Request) error {
	if empty, err := p.Accounts.Empty(r.Context()); err != nil {
		return err
	} else if !empty {
		route.Redirect(w, r, "/login")
		return nil
	}
	ui.Render(w, r, http.StatusOK, setupPage(route.Frame(r), account.SetupDraft{}, p.Accounts.Profile(), nil))
	return nil
}

func (p *Pages) postSetup(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "code", "region", "unit", "admin.*")
	if err != nil {
		return err
	}
	d := account.SetupDraft{Code: v.Get("code"), Region: v.Get("region"), Unit: v.Get("unit")}
	for i := range d.Admins {
		at := "admin." + strconv.Itoa(i) + "."
		d.Admins[i] = account.AdminDraft{Name: v.Get(at + "name"), Login: v.Get(at + "login"), Password: v.Get(at + "password")}
	}
	if err := p.Accounts.SetUp(r.Context(), d); err != nil {
		if status := route.Status(err); status < http.StatusInternalServerError {
			ui.Render(w, r, status, setupPage(route.Frame(r), d, p.Accounts.Profile(), err))
			return nil
		}
		return err
	}
	route.SetFlash(w, r, "三员账号已开设，请分别登录", "")
	route.Redirect(w, r, "/login")
	return nil
}

func (p *Pages) own(w http.ResponseWriter, r *http.Request) error {
	a, err := p.Accounts.Own(r.Context())
	if err != nil {
		return err
	}
	list, err := p.Accounts.Sessions(r.Context(), route.Token(r))
	if err != nil {
		return err
	}
	ui.Render(w, r, http.StatusOK, ownPage(route.Frame(r), a, list))
	return nil
}

func (p *Pages) endSession(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	if err := p.Accounts.End(r.Context(), id.Parse(r.PathValue("id"))); err != nil {
		return err
	}
	route.SetFlash(w, r, "那处登录已结束", "")
	route.Redirect(w, r, "/account")
	return nil
}

func (p *Pages) password(w http.ResponseWriter, r *http.Request) error {
	ui.Render(w, r, http.StatusOK, passwordPage(route.Frame(r), p.Accounts.Profile(), nil))
	return nil
}

func (p *Pages) postPassword(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "old", "password", "again")
	if err != nil {
		return err
	}
	var token string
	if v.Get("password") != v.Get("again") {
		err = again()
	} else {
		token, err = p.Accounts.ChangePassword(r.Context(), v.Get("old"), v.Get("password"), route.Source(r), r.UserAgent())
	}
	if err != nil {
		if status := route.Status(err); status < http.StatusInternalServerError {
			ui.Render(w, r, status, passwordPage(route.Frame(r), p.Accounts.Profile(), err))
			return nil
		}
		return err
	}
	route.StartSession(w, r, token)
	route.SetFlash(w, r, "密码已改，别处的登录都已结束", "")
	route.Redirect(w, r, "/account")
	return nil
}

func (p *Pages) factor(w http.ResponseWriter, r *http.Request) error { return p.showFactor(w, r, nil) }

func (p *Pages) showFactor(w http.ResponseWriter, r *http.Request, refused error) error {
	if route.Status(refused) >= http.StatusInternalServerError {
		return refused
	}
	f, ok, err := p.Accounts.OwnFactor(r.Context())
	if err != nil {
		return err
	}
	ui.Render(w, r, route.Status(refused), factorPage(route.Frame(r), f, ok, len(route.Frame(r).Nav) == 0 && !f.Confirmed, refused))
	return nil
}

func (p *Pages) beginFactor(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	if err := p.Accounts.BeginFactor(r.Context()); err != nil {
		return p.showFactor(w, r, err)
	}
	route.Redirect(w, r, "/account/factor")
	return nil
}

func (p *Pages) useFactor(drop bool) route.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := route.Form(r, "code")
		if err != nil {
			return err
		}
		do, done := p.Accounts.ConfirmFactor, "动态码已开通，下次登录要填"
		if drop {
			do, done = p.Accounts.DropFactor, "动态码已停用"
		}
		if err := do(r.Context(), v.Get("code"), route.Source(r)); err != nil {
			return p.showFactor(w, r, err)
		}
		route.SetFlash(w, r, done, "")
		route.Redirect(w, r, "/account")
		return nil
	}
}

// browserName names a browser and its system as people know them; one that is not known stands as it calls itself, cut short.
func browserName(agent string) string {
	name, system := "", ""
	for _, x := range [][2]string{{"MicroMessenger/", "微信"}, {"Edg/", "Edge"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Version/", "Safari"}} {
		if _, rest, ok := strings.Cut(agent, x[0]); ok {
			major, _, _ := strings.Cut(rest, ".")
			name = x[1] + " " + major
			break
		}
	}
	for _, x := range [][2]string{{"HarmonyOS", "鸿蒙"}, {"Android", "安卓手机"}, {"iPhone", "iPhone"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"Linux", "Linux"}} {
		if strings.Contains(agent, x[0]) {
			system = x[1]
			break
		}
	}
	if name == "" || system == "" {
		if r := []rune(agent); len(r) > 40 {
			return string(r[:40]) + "…"
		}
		return agent
	}
	return name + "，" + system
}

// clock shows an instant as people write it: 2026-05-06 09:30.
func clock(t time.Time) string { return t.In(period.Beijing).Format("2006-01-02 15:04") }

func roles(list []auth.Role) string {
	var out []string
	for _, r := range list {
		out = append(out, r.Chinese())
	}
	return strings.Join(out, "、")
}
