package accountweb

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/spine/account"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

func again() error { return errs.At("again", "两次写的新密码不一样，请再写一次。") }

// openForm is the form for a new account as typed.
type openForm struct{ Person, Login string }

// handed is a first password, shown once.
type handed struct{ Who, Login, Password string }

// accountsView is the page of accounts.
type accountsView struct {
	Rows   []accountRow
	People []ui.Option // in office, without an account
	Form   openForm
	Handed *handed
	Query  string
	All    int // accounts that the search leaves
	Next   int // how many to show next; 0 if all are shown
}

// peopleHint says where people come from while there is nobody to choose.
func peopleHint(v accountsView) string {
	if len(v.People) == 0 {
		return "还没有可选的人。先在“单位”里导入单位，进到一个单位录入职务和人员。"
	}
	return "只列出在岗、还没有账号的人。"
}

const accountsShown = 20 // of a page; more on demand

type accountRow struct {
	account.Account
	Who, Unit string
	Admin     bool
}

func rowsOf(d *org.Directory, list []account.Account) []accountRow {
	out := make([]accountRow, 0, len(list))
	for _, a := range list {
		row := accountRow{Account: a, Who: d.PersonName(a.PersonID), Admin: slices.ContainsFunc(a.Roles, auth.Role.Admin)}
		if p := d.Person(a.PersonID); p != nil {
			row.Unit = d.UnitName(p.UnitID)
		}
		out = append(out, row)
	}
	return out
}

func (p *Pages) accountsView(r *http.Request) (v accountsView, err error) {
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return v, err
	}
	list, err := p.Accounts.Accounts(r.Context())
	if err != nil {
		return v, err
	}
	v.Query = strings.TrimSpace(r.URL.Query().Get("q"))
	for _, row := range rowsOf(d, list) {
		if strings.Contains(row.Who+" "+row.Unit+" "+row.Login+" "+roles(row.Roles), v.Query) {
			v.Rows = append(v.Rows, row)
		}
	}
	v.All = len(v.Rows)
	if n := int(min(max(id.Parse(r.URL.Query().Get("n")), accountsShown), 5000)); n < v.All {
		v.Rows, v.Next = v.Rows[:n], n+2*accountsShown
	}
	have := map[int64]bool{}
	for _, a := range list {
		have[a.PersonID] = true
	}
	for _, x := range d.People {
		if !have[x.ID] && x.LeftOn == "" {
			v.People = append(v.People, ui.Option{Value: id.Format(x.ID), Label: d.UnitName(x.UnitID) + "　" + x.Name})
		}
	}
	return v, nil
}

func (p *Pages) accounts(w http.ResponseWriter, r *http.Request) error {
	return p.showAccounts(w, r, openForm{}, nil, nil)
}

// showAccounts renders the page of accounts, after a refusal with what was typed.
func (p *Pages) showAccounts(w http.ResponseWriter, r *http.Request, f openForm, h *handed, refused error) error {
	if route.Status(refused) >= http.StatusInternalServerError {
		return refused
	}
	v, err := p.accountsView(r)
	if err != nil {
		return err
	}
	v.Form, v.Handed = f, h
	ui.Render(w, r, route.Status(refused), accountsPage(route.Frame(r), v, refused))
	return nil
}

func (p *Pages) openAccount(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "person", "login")
	if err != nil {
		return err
	}
	f := openForm{Person: v.Get("person"), Login: v.Get("login")}
	password, err := p.Accounts.Open(r.Context(), id.Parse(f.Person), f.Login)
	if err != nil {
		return p.showAccounts(w, r, f, nil, err)
	}
	return p.hand(w, r, id.Parse(f.Person), password)
}

// hand shows a first password once; it is stored nowhere in the clear.
func (p *Pages) hand(w http.ResponseWriter, r *http.Request, personID int64, password string) error {
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	list, err := p.Accounts.Accounts(r.Context())
	if err != nil {
		return err
	}
	h := &handed{Who: d.PersonName(personID), Password: password}
	for _, a := range list {
		if a.PersonID == personID {
			h.Login = a.Login
		}
	}
	return p.showAccounts(w, r, openForm{}, h, nil)
}

func (p *Pages) setDisabled(disabled bool) route.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := route.Form(r); err != nil {
			return err
		}
		if err := p.Accounts.SetDisabled(r.Context(), id.Parse(r.PathValue("person")), disabled, ui.RowVersion(r)); err != nil {
			return p.showAccounts(w, r, openForm{}, nil, err)
		}
		text := "账号已启用"
		if disabled {
			text = "账号已停用，登录已结束"
		}
		route.SetFlash(w, r, text, "")
		route.Redirect(w, r, "/admin/accounts")
		return nil
	}
}

func (p *Pages) reset(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	person := id.Parse(r.PathValue("person"))
	password, err := p.Accounts.Reset(r.Context(), person)
	if err != nil {
		return p.showAccounts(w, r, openForm{}, nil, err)
	}
	return p.hand(w, r, person, password)
}

// proposeForm is a proposal as typed; decideForm a decision.
type proposeForm struct{ Person, Role, Reason string }
type decideForm struct{ ID, Note string }

// grantsView is the page of grants.
type grantsView struct {
	Open, Past []grantRow
	Holders    []accountRow
	People     []ui.Option // who has an account
	Form       proposeForm
	Decide     decideForm
	Proposer   bool // may propose and revoke
	Confirmer  bool // may confirm
	Reader     int64
	Rule       *account.Rule // nil: the reader does not set it
}

type grantRow struct {
	account.Grant
	Who, Unit, By, Decider string
	Mine                   bool // the reader proposed it or would get it: somebody else decides
}

func (p *Pages) grants(w http.ResponseWriter, r *http.Request) error {
	return p.showGrants(w, r, proposeForm{}, decideForm{}, nil)
}

func (p *Pages) showGrants(w http.ResponseWriter, r *http.Request, f proposeForm, df decideForm, refused error) error {
	if route.Status(refused) >= http.StatusInternalServerError {
		return refused
	}
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	list, err := p.Accounts.Accounts(r.Context())
	if err != nil {
		return err
	}
	grants, err := p.Accounts.Grants(r.Context())
	if err != nil {
		return err
	}
	v := grantsView{Form: f, Decide: df, Reader: who.ID, Proposer: who.May(account.MayPropose), Confirmer: who.May(account.MayConfirm)}
	if who.May(account.MayRule) {
		rule, err := p.Accounts.Rule(r.Context())
		if err != nil {
			return err
		}
		v.Rule = &rule
	}
	v.Holders = rowsOf(d, list)
	for _, row := range v.Holders {
		if row.PersonID != who.ID && !row.Disabled {
			v.People = append(v.People, ui.Option{Value: id.Format(row.PersonID), Label: row.Unit + "　" + row.Who})
		}
	}
	for _, g := range grants {
		row := grantRow{Grant: g, Who: d.PersonName(g.PersonID), By: d.PersonName(g.ProposedBy), Decider: d.PersonName(g.DecidedBy), Mine: g.ProposedBy == who.ID || g.PersonID == who.ID}
		if x := d.Person(g.PersonID); x != nil {
			row.Unit = d.UnitName(x.UnitID)
		}
		if g.State == account.Proposed {
			v.Open = append(v.Open, row)
		} else {
			v.Past = append(v.Past, row)
		}
	}
	ui.Render(w, r, route.Status(refused), grantsPage(route.Frame(r), v, refused))
	return nil
}

func (p *Pages) propose(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "person", "role", "reason")
	if err != nil {
		return err
	}
	f := proposeForm{Person: v.Get("person"), Role: v.Get("role"), Reason: v.Get("reason")}
	g, err := p.Accounts.Propose(r.Context(), id.Parse(f.Person), auth.Role(f.Role), f.Reason)
	if err != nil {
		return p.showGrants(w, r, f, decideForm{}, err)
	}
	text := "已授予" + g.Role.Chinese()
	if g.State == account.Proposed {
		text = "已提出，等审计管理员或区领导确认"
	}
	route.SetFlash(w, r, text, "")
	route.Redirect(w, r, "/admin/grants")
	return nil
}

func (p *Pages) decide(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "answer", "note")
	if err != nil {
		return err
	}
	f := decideForm{ID: r.PathValue("id"), Note: v.Get("note")}
	confirm := v.Get("answer") == "yes"
	if !confirm && v.Get("answer") != "no" {
		return p.showGrants(w, r, proposeForm{}, f, errs.At("note", "请点“确认”或“不同意”。"))
	}
	if err := p.Accounts.Decide(r.Context(), id.Parse(f.ID), confirm, f.Note, ui.RowVersion(r)); err != nil {
		return p.showGrants(w, r, proposeForm{}, f, err)
	}
	text := "已退回，没有授予"
	if confirm {
		text = "已确认，角色已生效；对方要重新登录"
	}
	route.SetFlash(w, r, text, "")
	route.Redirect(w, r, "/admin/grants")
	return nil
}

// revokeForm is a revocation as typed.
type revokeForm struct{ Person, Role, Who, Reason string }

func (p *Pages) revoke(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	return p.showRevoke(w, r, revokeForm{Person: q.Get("person"), Role: q.Get("role")}, nil)
}

func (p *Pages) showRevoke(w http.ResponseWriter, r *http.Request, f revokeForm, refused error) error {
	if route.Status(refused) >= http.StatusInternalServerError {
		return refused
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	if f.Who = d.PersonName(id.Parse(f.Person)); f.Who == "" || auth.Role(f.Role).Chinese() == "" {
		return errs.New(errs.NotFound, "")
	}
	ui.Render(w, r, route.Status(refused), revokePage(route.Frame(r), f, refused))
	return nil
}

func (p *Pages) postRevoke(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "person", "role", "reason")
	if err != nil {
		return err
	}
	f := revokeForm{Person: v.Get("person"), Role: v.Get("role"), Reason: v.Get("reason")}
	if err := p.Accounts.Revoke(r.Context(), id.Parse(f.Person), auth.Role(f.Role), f.Reason); err != nil {
		return p.showRevoke(w, r, f, err)
	}
	route.SetFlash(w, r, "已收回"+auth.Role(f.Role).Chinese()+"，对方的登录已结束", "")
	route.Redirect(w, r, "/admin/grants")
	return nil
}

// auditForm is the filter of the log as typed.
type auditForm struct{ Person, Act, From, To, Failed, Before string }

func (f auditForm) href(before string) string {
	q := url.Values{}
	for name, v := range map[string]string{"person": f.Person, "act": f.Act, "from": f.From, "to": f.To, "failed": f.Failed, "before": before} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return "/admin/audit?" + q.Encode()
}

// auditView is the page of the log.
type auditView struct {
	Form   auditForm
	Rows   []auditRow
	People []ui.Option
	Next   string
}

type auditRow struct {
	audit.Entry
	Who, What string
}

func (p *Pages) audit(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := auditForm{Person: q.Get("person"), Act: q.Get("act"), From: q.Get("from"), To: q.Get("to"), Failed: q.Get("failed"), Before: q.Get("before")}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	list, more, refused := p.Log.Entries(r.Context(), audit.Query{PersonID: id.Parse(f.Person), Act: f.Act, From: f.From, To: f.To, Failed: f.Failed == "1", Before: id.Parse(f.Before), Limit: 20})
	if refused != nil && errs.KindOf(refused) != errs.Invalid {
		return refused
	}
	v := auditView{Form: f}
	for _, e := range list {
		row := auditRow{Entry: e, Who: d.PersonName(e.PersonID), What: object(d, e.Object)}
		row.Detail = detail(d, e.Detail)
		v.Rows = append(v.Rows, row)
	}
	if more {
		v.Next = f.href(id.Format(list[len(list)-1].ID))
	}
	for _, x := range d.People {
		v.People = append(v.People, ui.Option{Value: id.Format(x.ID), Label: d.UnitName(x.UnitID) + "　" + x.Name})
	}
	ui.Render(w, r, route.Status(refused), auditPage(route.Frame(r), v, refused))
	return nil
}

var results = map[string]string{"ok": "成功", "wrong": "密码不对", "locked": "已锁定", "disabled": "账号已停用", "unused": "久未使用", "left": "已离岗", "csrf": "不是本系统页面发出", "rate": "太频繁", "permission": "没有权限", "factor": "没有动态码", "changed": "账号刚有变动"}

func result(s string) string {
	if t := results[s]; t != "" {
		return t
	}
	return s
}

// setRule turns the duty of administrators to have a second factor on or off.
func (p *Pages) setRule(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "must")
	if err != nil {
		return err
	}
	must := v.Get("must") == "yes"
	if err := p.Accounts.SetRule(r.Context(), must, ui.RowVersion(r)); err != nil {
		return p.showGrants(w, r, proposeForm{}, decideForm{}, err)
	}
	text := "管理员可以不用动态码了"
	if must {
		text = "已规定：管理员要用动态码"
	}
	route.SetFlash(w, r, text, "")
	route.Redirect(w, r, "/admin/grants")
	return nil
}
