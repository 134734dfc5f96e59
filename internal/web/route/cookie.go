package route

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"duban/internal/base/errs"
	"duban/internal/web/ui"
)

// The cookies. Over TLS each bears the prefix __Host-, which binds it to this host.
const (
	cookieSession = "duban"       // token of the session
	cookieAnon    = "duban_form"  // binds a form shown before log-in to the browser; no session
	cookieFlash   = "duban_flash" // result of the act before, shown once
)

func (s *server) name(c string) string {
	if s.TLS {
		return "__Host-" + c
	}
	return c
}

func (s *server) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.name(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// set writes a cookie that lives until the browser closes: how long a session lasts is decided by the server.
//
// Source: reliability 10.
func (s *server) set(w http.ResponseWriter, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: s.name(name), Value: value, Path: "/", MaxAge: age, Secure: s.TLS, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (s *server) drop(w http.ResponseWriter, name string) { s.set(w, name, "", -1) }

// StartSession gives the browser the token of a new session; forms of this answer are bound to it. A token that the browser
// had before is forgotten: nobody can prepare one for somebody else.
//
// Source: reliability 8.
func StartSession(w http.ResponseWriter, r *http.Request, token string) {
	st := stateOf(r)
	st.token, st.anon = token, ""
	st.srv.set(w, cookieSession, token, 0)
	st.srv.drop(w, cookieAnon)
}

// EndSession takes the token away from the browser.
func EndSession(w http.ResponseWriter, r *http.Request) { stateOf(r).srv.drop(w, cookieSession) }

// SetFlash says on the next page what the act has done; undo is the address that takes it back, or "".
func SetFlash(w http.ResponseWriter, r *http.Request, text, undo string) {
	b, _ := json.Marshal([2]string{text, Local(undo)})
	stateOf(r).srv.set(w, cookieFlash, base64.RawURLEncoding.EncodeToString(b), 60)
}

// flash returns what the act before left to say, and takes it off the browser.
func (st *state) flash(r *http.Request) *ui.Flash {
	c := st.srv.cookie(r, cookieFlash)
	if c == "" || st.w.code != 0 {
		return nil
	}
	st.srv.drop(st.w, cookieFlash)
	b, err := base64.RawURLEncoding.DecodeString(c)
	var v [2]string
	if err != nil || json.Unmarshal(b, &v) != nil || v[0] == "" || len(v[0]) > 600 {
		return nil
	}
	return &ui.Flash{Text: v[0], Undo: Local(v[1])}
}

// CSRF returns the form token of the request: it is bound to the session, or before log-in to the browser's cookie. It
// looks different on every page, so that a compressed page gives nothing away about it.
func CSRF(r *http.Request) string {
	st := stateOf(r)
	if st == nil {
		return ""
	}
	secret := st.token
	if secret == "" {
		if st.anon == "" && st.w.code == 0 {
			st.anon = rand.Text()
			st.srv.set(st.w, cookieAnon, st.anon, 0)
		}
		secret = st.anon
	}
	return mask(formToken(secret))
}

func formToken(secret string) [32]byte { return sha256.Sum256([]byte("form token of " + secret)) }

func mask(t [32]byte) string {
	var b [64]byte
	rand.Read(b[:32])
	for i, x := range t {
		b[32+i] = x ^ b[i]
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func unmask(s string) (t [32]byte, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 64 {
		return t, false
	}
	for i := range t {
		t[i] = b[i] ^ b[32+i]
	}
	return t, true
}

// forged refuses a change that another site has made the browser send: by Sec-Fetch-Site or Origin, and for browsers
// that send neither by the form token.
//
// Source: reliability 57.
func (s *server) forged(st *state, r *http.Request, ended bool) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	refused := errs.New(errs.Forbidden, "这一步不是从本系统的页面上发出的，没有执行。请刷新页面，再做一次。")
	if err := s.origin.Check(r); err != nil {
		return refused
	}
	if r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != "" {
		return nil
	}
	if ended {
		return nil // the session is over: nothing will be done, and the log-in page keeps what was typed
	}
	sent := r.Header.Get(ui.HeaderToken)
	if sent == "" {
		sent = r.PostFormValue(ui.FieldToken)
	}
	got, ok := unmask(sent)
	secret := st.token
	if secret == "" {
		secret = st.anon
	}
	want := formToken(secret)
	if !ok || secret == "" || !hmac.Equal(got[:], want[:]) {
		return refused
	}
	return nil
}
