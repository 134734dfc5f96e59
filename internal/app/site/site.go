// Package site puts the pages together: every web package enters its routes in one registry, behind one row of guards.
//
// Source: S1 to S12 (every page).
package site

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"duban/internal/app/house"
	"duban/internal/area/campaign"
	"duban/internal/base/errs"
	"duban/internal/base/ref"
	"duban/internal/spine/auth"
	"duban/internal/web/accountweb"
	"duban/internal/web/appraisalweb"
	"duban/internal/web/assets"
	"duban/internal/web/burdenweb"
	"duban/internal/web/campaignweb"
	"duban/internal/web/cockpitweb"
	"duban/internal/web/conductweb"
	"duban/internal/web/importfile"
	"duban/internal/web/indicatorweb"
	"duban/internal/web/jobweb"
	"duban/internal/web/ledgerweb"
	"duban/internal/web/orgweb"
	"duban/internal/web/reportweb"
	"duban/internal/web/route"
	"duban/internal/web/supervisionweb"
	"duban/internal/web/taskweb"
	"duban/internal/web/templateweb"
)

// Options is how a site is served.
type Options struct {
	TLS     bool // browsers reach us over TLS, here or at a trusted proxy
	Proxies []netip.Prefix
	Title   string // name of the installation; "" is the region's with 督办
	Log     *slog.Logger
	Demo    []accountweb.DemoAccount // accounts that the log-in page of the demonstration offers
}

// New returns the program's handler.
func New(h *house.House, o Options) (http.Handler, error) {
	g, c := Registry(h, o)
	return g.Handler(c), nil
}

// Registry enters every route of the program; tests walk it.
func Registry(h *house.House, o Options) (*route.Registry, route.Config) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	g := route.New()
	accounts := &accountweb.Pages{Accounts: h.Account, Log: h.Audit, Org: h.Org, Demo: o.Demo}
	accounts.Register(g)
	g.Mount("GET "+assets.Prefix, auth.Public, assets.Handler())
	g.Handle("GET /healthz", auth.Public, func(w http.ResponseWriter, r *http.Request) error {
		if err := h.Ping(r.Context()); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			w.Write([]byte("database unreachable\n"))
			return nil
		}
		w.Write([]byte("ok\n"))
		return nil
	})
	g.Handle("GET /{$}", auth.LoggedIn, home)

	(&cockpitweb.Pages{Boards: h.Cockpit, Tasks: h.Task, Campaigns: h.Campaigns, Org: h.Org, Todos: h.Notices, Clock: h.Clock}).Register(g)
	reportweb.Register(g, h.Campaigns, h.Notices, h.Org)
	(&campaignweb.Pages{Service: h.Campaigns, Boards: h.Cockpit, Files: h.Evidence, Org: h.Org, Log: h.Audit, Clock: h.Clock, Templates: h.Templates,
		Proof: func(r ref.Ref) string { return "/ledger?subject=" + r.String() }}).Register(g)
	(&supervisionweb.Pages{Supervision: h.Supervision, Campaigns: h.Campaigns, Tasks: h.Task, Org: h.Org, Files: h.Evidence, Templates: h.Templates, Clock: h.Clock}).Register(g)
	(&appraisalweb.Pages{Rounds: h.Appraisal, Schemes: h.Appraisal, Org: h.Org, Log: h.Audit, Clock: h.Clock, Bundle: h, Tasks: h.Task, Burden: h.Burden, Templates: h.Templates}).Register(g)
	(&orgweb.Pages{Org: h.Org, Tasks: h.Task, Clock: h.Clock, Read: firstTable}).Register(g)
	(&ledgerweb.Pages{Ledger: h.Ledger, Org: h.Org}).Register(g)
	(&jobweb.Pages{Jobs: h.Outbox, Log: h.Audit}).Register(g)
	(&templateweb.Pages{Templates: h.Templates, Org: h.Org}).Register(g)
	(&taskweb.Pages{Tasks: h.Task, Calendar: h.Calendar, Org: h.Org, Clock: h.Clock}).Register(g)

	(&indicatorweb.Pages{Indicators: h.Indicator, Org: h.Org, Clock: h.Clock}).Register(g)
	(&burdenweb.Pages{Mailbox: h.Burden, Account: h.Burden, Org: h.Org, Clock: h.Clock}).Register(g)
	(&conductweb.Pages{Signals: h.Conduct, Measures: h.Conduct, Exams: h.Conduct, Org: h.Org, Clock: h.Clock}).Register(g)

	c := route.Config{
		Sessions: h.Account, Clock: h.Real, Log: o.Log, Audit: h.Audit, TLS: o.TLS, Proxies: o.Proxies,
		Place: func(ctx context.Context, a auth.Actor) route.Place {
			d, err := h.Org.Look(ctx)
			if err != nil {
				return route.Place{}
			}
			p := route.Place{Unit: d.UnitName(a.UnitID), Product: o.Title, Demo: d.Region.Demo}
			if p.Product == "" {
				p.Product = d.Region.ShortName + "督办"
			}
			return p
		},
		Todo:     (&counter{h: h, seen: map[int64]counted{}}).count,
		TodoHref: reportweb.TodoPath,
		Search:   "/search",
		Feedback: "/feedback",
		Relogin:  accounts.Relogin,
	}
	c.Nav = append(c.Nav, cockpitweb.Nav()...)
	c.Nav = append(c.Nav, campaignweb.Nav()...)
	c.Nav = append(c.Nav, reportweb.Nav()...)
	c.Nav = append(c.Nav, supervisionweb.Nav()...)
	c.Nav = append(c.Nav, appraisalweb.Nav()...)
	c.Nav = append(c.Nav, taskweb.Nav()...)
	c.Nav = append(c.Nav, indicatorweb.Nav()...)
	c.Nav = append(c.Nav, conductweb.Nav()...)
	c.Nav = append(c.Nav, burdenweb.Nav()...)
	c.Nav = append(c.Nav, orgweb.Nav()...)
	c.Nav = append(c.Nav, templateweb.Nav()...)
	c.Nav = append(c.Nav, ledgerweb.Nav()...)
	c.Nav = append(c.Nav, accountweb.Nav()...)
	c.Nav = append(c.Nav, jobweb.Nav()...)
	return g, c
}

// counter counts what waits for a person (待办), for the badge on every page. The count may be half a minute old: it is a
// badge, and a page must not pay for the whole list each time.
type counter struct {
	h    *house.House
	mu   sync.Mutex
	seen map[int64]counted
}

type counted struct {
	n  int
	at time.Time
}

func (c *counter) count(ctx context.Context, a auth.Actor) int {
	now := c.h.Real.Now()
	c.mu.Lock()
	last, ok := c.seen[a.ID]
	if len(c.seen) > 10000 {
		c.seen = map[int64]counted{}
	}
	c.mu.Unlock()
	if ok && now.Sub(last.at) < 30*time.Second {
		return last.n
	}
	list, err := c.h.Notices.Mine(ctx)
	if err != nil {
		return last.n
	}
	n := len(list)
	if a.May(campaign.MayReport) {
		if l, err := c.h.Campaigns.Todo(ctx); err == nil {
			n += len(l.First) + len(l.Due)
		}
	}
	c.mu.Lock()
	c.seen[a.ID] = counted{n, now}
	c.mu.Unlock()
	return n
}

// home sends everybody to where the day's work is.
func home(w http.ResponseWriter, r *http.Request) error {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	to := reportweb.TodoPath
	switch {
	case who.Has(auth.Leader, auth.Supervisor, auth.Appraiser, auth.Auditor):
		to = "/cockpit"
	case who.Has(auth.Source) && !who.Has(auth.Head, auth.Clerk):
		to = indicatorweb.CertifyPath
	case who.Has(auth.SysAdmin):
		to = "/admin/accounts"
	case who.Has(auth.SecAdmin):
		to = "/admin/grants"
	case who.Has(auth.AudAdmin):
		to = "/admin/audit"
	}
	if len(who.Roles) == 0 {
		return errs.New(errs.Forbidden, "您的账号还没有角色。请找安全管理员授权。")
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// firstTable reads the first table of an uploaded file, for the import of units.
func firstTable(name string, b []byte) ([][]string, error) {
	c, err := importfile.Open(name, b)
	if err != nil {
		return nil, err
	}
	if len(c.Grids) == 0 {
		return nil, errs.New(errs.Invalid, "“%s”里没有表格。请上传 .xlsx、.xls、.et 或 .csv，第一行是列名。", name)
	}
	return c.Grids[0].Rows, nil
}
