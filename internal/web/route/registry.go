package route

import (
	"net/http"
	"slices"
	"strings"

	"duban/internal/spine/auth"
)

// HandlerFunc answers a request, or returns the error that the registry turns into a page. What it
// returns after it has written is only logged.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// Route is one address with its rule.
type Route struct {
	Method, Path string // as in net/http patterns: GET, /campaigns/{id}/x
	Permission   auth.Permission
	MaxBody      int64 // bytes; a larger body is answered with 413
	Limit        Limit // the zero Limit is none
	Early        bool  // open to a person who must first change the password
	Factor       bool  // open to a person who must first set up the second factor
	OwnAuth      bool  // the handler checks a bearer token itself; neither session nor form token is asked
	Quiet        bool  // a poll of a page: does not count as the person's activity

	handler HandlerFunc
}

// Pattern returns "GET /campaigns/{id}".
func (t *Route) Pattern() string { return t.Method + " " + t.Path }

// Option changes a route as it is entered.
type Option func(*Route)

// Body allows a body of up to n bytes: for uploads. Without it a body may have 1 MiB.
func Body(n int64) Option { return func(t *Route) { t.MaxBody = n } }

// Limited holds the route to a rate: LoginRate, ExportRate, SearchRate or one of your own.
func Limited(l Limit) Option { return func(t *Route) { t.Limit = l } }

// Early opens the route to a person whose password has expired: log-out and the change itself.
func Early() Option { return func(t *Route) { t.Early = true } }

// Factor opens the route to a person who must first set up the second factor: the set-up itself.
func Factor() Option { return func(t *Route) { t.Factor = true } }

// OwnAuth leaves authentication to the handler: for the API, which reads bearer tokens and no cookie.
func OwnAuth() Option { return func(t *Route) { t.OwnAuth = true } }

// Quiet marks a route that pages ask again and again by themselves; it keeps no session alive.
func Quiet() Option { return func(t *Route) { t.Quiet = true } }

const defaultBody = 1 << 20

// Registry holds every route of the program. It is filled at start and only read afterwards.
type Registry struct {
	mux    *http.ServeMux
	routes []*Route
}

// New returns an empty registry.
func New() *Registry { return &Registry{mux: http.NewServeMux()} }

// Handle enters a route: pattern is "POST /campaigns/{id}/x", perm a permission that auth.Permit declared, or
// auth.Public or auth.LoggedIn. It panics on a pattern without a method, on an undeclared permission and on a conflict.
func (g *Registry) Handle(pattern string, perm auth.Permission, h HandlerFunc, options ...Option) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok || method == "" || !strings.HasPrefix(path, "/") {
		panic("route: pattern must be METHOD /path: " + pattern)
	}
	if !perm.Declared() {
		panic("route: " + pattern + " names no declared permission: " + string(perm))
	}
	t := &Route{Method: method, Path: path, Permission: perm, MaxBody: defaultBody, handler: h}
	for _, o := range options {
		o(t)
	}
	g.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { admit(t, w, r) })
	g.routes = append(g.routes, t)
}

// Mount enters a plain http.Handler, such as the assets.
func (g *Registry) Mount(pattern string, perm auth.Permission, h http.Handler, options ...Option) {
	g.Handle(pattern, perm, func(w http.ResponseWriter, r *http.Request) error { h.ServeHTTP(w, r); return nil }, options...)
}

// Routes lists the routes in order of path and method. Tests walk it: every guard is proved on every route.
func (g *Registry) Routes() []Route {
	out := make([]Route, len(g.routes))
	for i, t := range g.routes {
		out[i] = *t
	}
	slices.SortFunc(out, func(a, b Route) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return strings.Compare(a.Method, b.Method)
	})
	return out
}

// allowed lists the methods that the path of an unmatched request does allow; none means that there is no such address.
func (g *Registry) allowed(r *http.Request) (out []string) {
	probe := new(http.Request)
	*probe = *r
	for _, m := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		probe.Method = m
		if _, pattern := g.mux.Handler(probe); pattern != "" {
			out = append(out, m)
		}
	}
	return out
}
