package route

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/account"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/receipt"
	"duban/internal/web/ui"
)

// Addresses that the guards themselves send people to.
const (
	LoginPath    = "/login"
	PasswordPath = "/account/password"
	FactorPath   = "/account/factor"
)

// HeaderQuiet marks a request that a page makes by itself (the wall's refresh): it keeps no session alive.
const HeaderQuiet = "X-Refresh"

// Sessions finds who a token belongs to; *account.Service does.
type Sessions interface {
	Find(ctx context.Context, token string) (account.Session, error) // kind Unauthorized: nobody
	Touch(token string)                                              // the person has just done something
}

// Audit records refusals and faults; *audit.Log does.
type Audit interface {
	Note(ctx context.Context, e audit.Entry)
}

// Place is what the frame of a page says about where the person sits.
type Place struct {
	Unit    string // 督查室
	Product string // 蕉城督办
	Demo    bool   // every page says 演示数据
}

// Nav is one entry of the main navigation, shown to those who hold the permission.
type Nav struct {
	Href, Label, Icon, Key string
	Permission             auth.Permission
	Tab                    bool // in the phone's tab bar too
}

// Config is what the guards need. Sessions, Clock and Log must be set.
type Config struct {
	Sessions Sessions
	Clock    period.Clock // the real clock, never the demonstration's
	Log      *slog.Logger
	Audit    Audit
	TLS      bool           // browsers reach us over TLS: cookies are Secure and bear the __Host- prefix
	Proxies  []netip.Prefix // whose X-Forwarded-For is believed; empty means nobody's

	Nav      []Nav
	Place    func(ctx context.Context, a auth.Actor) Place
	Todo     func(ctx context.Context, a auth.Actor) int // open tasks (待办)
	TodoHref string
	Search   string // address of the search page
	Feedback string // address of 提意见

	// Relogin shows the log-in page to somebody whose session ended while he filled a form; kept is what he
	// typed, next where it was going. Without it he is sent to LoginPath and what he typed is lost.
	Relogin func(w http.ResponseWriter, r *http.Request, next string, kept url.Values) error
}

type server struct {
	Config
	reg    *Registry
	origin *http.CrossOriginProtection
	rates  *limiter
}

// Handler returns the program's handler: the guards and the routes behind them. The registry must be full by now.
func (g *Registry) Handler(c Config) http.Handler {
	return &server{Config: c, reg: g, origin: http.NewCrossOriginProtection(), rates: newLimiter(c.Clock)}
}

// state is what the guards know about a request.
type state struct {
	srv     *server
	w       *writer
	id      string
	source  netip.Addr
	route   *Route
	token   string // of the session; "" if nobody is logged in
	anon    string // of the browser before log-in
	session account.Session
}

type stateKey struct{}

func stateOf(r *http.Request) *state {
	st, _ := r.Context().Value(stateKey{}).(*state)
	return st
}

func (s *server) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	began := s.Clock.Now()
	st := &state{srv: s, id: newID(), w: &writer{ResponseWriter: rw}, source: clientAddr(r, s.Proxies)}
	ctx := context.WithValue(r.Context(), stateKey{}, st)
	ctx = audit.WithSource(ctx, st.source.String())
	r = r.WithContext(ctx)
	s.headers(rw.Header())
	rw.Header().Set("X-Request-Id", st.id)
	defer func() {
		st.w.close()
		pattern := "-"
		if st.route != nil {
			pattern = st.route.Pattern()
		}
		s.Log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("id", st.id), slog.String("method", r.Method), slog.String("route", pattern),
			slog.Int("status", st.w.status()), slog.Int64("bytes", st.w.bytes), slog.Int64("ms", s.Clock.Now().Sub(began).Milliseconds()),
			slog.Int64("person", st.session.Actor.ID), slog.Int64("region", st.session.Actor.RegionID))
	}()
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p == http.ErrAbortHandler {
			panic(p)
		}
		s.Log.LogAttrs(ctx, slog.LevelError, "panic", slog.String("id", st.id), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		fail(st.w, r, fmt.Errorf("panic: %v", p))
	}()
	if _, pattern := s.reg.mux.Handler(r); pattern == "" {
		s.identify(st, r) // so that the page of the refusal keeps the navigation
		if allow := s.reg.allowed(r); len(allow) > 0 {
			st.w.Header().Set("Allow", strings.Join(allow, ", "))
			fail(st.w, r, &status{http.StatusMethodNotAllowed, errs.New(errs.Invalid, "这个地址不接受这种请求。请从页面上的按钮进入。")})
			return
		}
		fail(st.w, r, errs.New(errs.NotFound, ""))
		return
	}
	s.reg.mux.ServeHTTP(st.w, r)
}

// headers sets what every answer carries.
//
// Source: reliability 44, 48, 58.
func (s *server) headers(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "geolocation=(), microphone=(), camera=()")
	h.Set("Cache-Control", "no-store")
	if s.TLS {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// admit passes a matched request through the guards to its handler.
func admit(t *Route, w http.ResponseWriter, r *http.Request) {
	st := stateOf(r)
	if st == nil {
		http.Error(w, "route: not served by Registry.Handler", http.StatusInternalServerError)
		return
	}
	st.route = t
	r.Body = http.MaxBytesReader(w, r.Body, t.MaxBody)
	if err := st.srv.admit(st, w, r); err != nil {
		fail(w, r, err)
	}
}

func (s *server) admit(st *state, w http.ResponseWriter, r *http.Request) error {
	t := st.route
	ok := storable(r.URL.Path)
	if r.URL.RawQuery != "" {
		for _, list := range r.URL.Query() {
			for _, v := range list {
				ok = ok && storable(v)
			}
		}
	}
	if !ok {
		return errs.New(errs.NotFound, "")
	}
	if t.OwnAuth {
		if err := s.rates.take(t.Limit, st); err != nil {
			return err
		}
		st.w.compress = acceptsGzip(r)
		return t.handler(w, r)
	}
	ended, err := s.identify(st, r)
	if err != nil {
		return err
	}
	if ended {
		s.drop(w, cookieSession)
	}
	r = r.WithContext(auth.With(r.Context(), st.session.Actor))
	if err := s.forged(st, r, ended); err != nil {
		s.note(r, "refuse", "csrf")
		return err
	}
	if err := s.rates.take(t.Limit, st); err != nil {
		s.note(r, "refuse", "rate")
		return err
	}
	if t.Permission != auth.Public {
		if st.token == "" {
			return s.login(st, w, r)
		}
		if st.session.MustChange && !t.Early {
			Redirect(w, r, PasswordPath)
			return nil
		}
		if st.session.MustFactor && !t.Factor && !t.Early {
			s.note(r, "refuse", "factor")
			Redirect(w, r, FactorPath)
			return nil
		}
		if _, err := auth.Require(r.Context(), t.Permission); t.Permission != auth.LoggedIn && err != nil {
			s.note(r, "refuse", "permission")
			return err
		}
	}
	if st.token != "" && !t.Quiet && r.Header.Get(HeaderQuiet) == "" {
		s.Sessions.Touch(st.token)
	}
	st.w.compress = acceptsGzip(r)
	r = r.WithContext(receipt.WithForm(r.Context(), func() string { return formSum(r) })) // asked when the handler has read the form
	return t.handler(w, r)
}

// identify reads the cookies: the session's, else the one that binds the log-in form to this browser. ended says
// that the browser brought a session that no longer lives.
func (s *server) identify(st *state, r *http.Request) (ended bool, err error) {
	st.anon = s.cookie(r, cookieAnon)
	token := s.cookie(r, cookieSession)
	if token == "" {
		return false, nil
	}
	st.session, err = s.Sessions.Find(r.Context(), token)
	switch {
	case err == nil:
		st.token = token
		return false, nil
	case errs.KindOf(err) == errs.Unauthorized:
		st.session = account.Session{}
		return true, nil
	}
	return false, err
}

func (s *server) note(r *http.Request, act, result string) {
	if s.Audit != nil {
		st := stateOf(r)
		s.Audit.Note(r.Context(), audit.Entry{Act: act, Object: st.route.Pattern(), Result: result, Detail: st.route.Permission.Chinese()})
	}
}

// login sends somebody who is not logged in to the log-in page, and him back afterwards.
func (s *server) login(st *state, w http.ResponseWriter, r *http.Request) error {
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	next := r.URL.RequestURI()
	if !read { // an address that only takes forms is no place to return to; the page with the form is
		next = ""
		if u, err := url.Parse(r.Referer()); err == nil && u.Host == r.Host {
			next = u.RequestURI()
		}
	}
	if ui.Fragment(r) {
		// The form stays in the page and its draft in the store; the page it stood on is where he returns.
		if u, err := url.Parse(r.Header.Get("HX-Current-URL")); err == nil && u.Path != "" {
			next = u.RequestURI()
		}
		w.Header().Set("HX-Redirect", loginURL(next))
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	if !read && s.Relogin != nil && r.ParseForm() == nil {
		kept := url.Values{}
		for name, v := range r.PostForm {
			if name != ui.FieldToken && !strings.Contains(name, "password") {
				kept[name] = v
			}
		}
		if len(kept) > 0 {
			return s.Relogin(w, r, r.URL.RequestURI(), kept)
		}
	}
	http.Redirect(w, r, loginURL(next), http.StatusSeeOther)
	return nil
}

func loginURL(next string) string {
	if next = Local(next); next == "" || next == "/" {
		return LoginPath
	}
	return LoginPath + "?next=" + url.QueryEscape(next)
}

// Local returns the address if it leads to a page of ours, else "": what a form or query says about
// where to go next is never followed to another site.
func Local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return ""
	}
	return next
}

// Redirect sends the browser to another page of ours after an act: 303, or for a script the header that loads the page.
func Redirect(w http.ResponseWriter, r *http.Request, to string) {
	if ui.Fragment(r) {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// status is an error with an HTTP status that no kind of errs has.
type status struct {
	code int
	error
}

func (s *status) Unwrap() error { return s.error }

// Status returns the HTTP status of an error; no error is 200.
func Status(err error) int {
	var s *status
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &s):
		return s.code
	case errors.As(err, &big):
		return http.StatusRequestEntityTooLarge
	}
	switch errs.KindOf(err) {
	case errs.Unauthorized:
		return http.StatusUnauthorized
	case errs.TooMany:
		return http.StatusTooManyRequests
	}
	return ui.Status(err)
}

// fail turns an error into a page, or into the error's part for a script. Nothing internal is shown: a fault of ours
// says its number, under which the log has the cause.
//
// Source: reliability 63.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	st := stateOf(r)
	code := Status(err)
	if code == http.StatusRequestEntityTooLarge {
		err = &status{code, errs.New(errs.Invalid, "这次交的内容太大。照片请直接拍，系统会压缩；其他文件请分几次交。")}
	}
	if errs.KindOf(err) == errs.Unauthorized && st.route != nil && st.route.Path != LoginPath {
		if st.srv.login(st, w, r) == nil {
			return
		}
	}
	number := ""
	if code >= 500 {
		if r.Context().Err() != nil && errors.Is(err, r.Context().Err()) {
			st.w.code = 499 // the reader has gone; nobody is to blame
			return
		}
		number = "E-" + strings.ToUpper(st.id[:6])
		st.srv.Log.LogAttrs(r.Context(), slog.LevelError, "failed", slog.String("id", st.id), slog.String("number", number), slog.Any("err", err))
		if st.route != nil {
			st.srv.note(r, "fault", number)
		}
	}
	if st.w.code != 0 {
		st.srv.Log.LogAttrs(r.Context(), slog.LevelError, "failed after the answer began", slog.String("id", st.id), slog.Any("err", err))
		return
	}
	if wait := retryAfter(err); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(wait))
	}
	if ui.Fragment(r) {
		if number != "" {
			err = errs.New(errs.Conflict, "系统出错，没存上。您填的都还在，请稍后再试。编号 %s，可报给信息办。", number)
		}
		w.Header().Set("HX-Reselect", ".errsum") // the link may have asked for a part that an error does not have
		ui.Render(w, r, code, ui.ErrorSummary(err))
		return
	}
	ui.Render(w, r, code, ui.ErrorPage(Frame(r), code, number, err))
}

func newID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// ID returns the number of the request, which the log and the error page bear.
func ID(r *http.Request) string {
	if st := stateOf(r); st != nil {
		return st.id
	}
	return ""
}

// Source returns the client's address.
func Source(r *http.Request) string {
	if st := stateOf(r); st != nil {
		return st.source.String()
	}
	return ""
}

// Token returns the token of the session, or "".
func Token(r *http.Request) string {
	if st := stateOf(r); st != nil {
		return st.token
	}
	return ""
}

// clientAddr is the peer's address, or the last address in X-Forwarded-For that no trusted proxy of ours wrote.
//
// Source: reliability 61.
func clientAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	addr := ap.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && inside(addr, trusted); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = next.Unmap().WithZone("")
	}
	return addr
}

func inside(a netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
