package ui

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"duban/internal/base/errs"
)

// Names of the hidden fields and headers that every form carries.
const (
	FieldToken   = "csrf_token"   // token of the session
	FieldKey     = "request_key"  // idempotency key: 128 random bits in hex
	FieldVersion = "version"      // version of the row that the form showed
	FieldReceipt = "receipt"      // receipt number (回执) made on the client
	HeaderToken  = "X-CSRF-Token" // token of the session, on requests made by a script
	HeaderKey    = "X-Request-Key"
)

// Complaint returns what is wrong with the named field.
func Complaint(name string, bad []errs.Field) string {
	for _, f := range bad {
		if f.Name == name {
			return f.Message
		}
	}
	return ""
}

// Fields returns the refused fields of err.
func Fields(err error) []errs.Field {
	var e *errs.Error
	if errors.As(err, &e) {
		return e.Fields
	}
	return nil
}

// Message returns the sentence of err for the user. A fault of ours says nothing of its cause.
func Message(err error) string {
	var e *errs.Error
	if errors.As(err, &e) && e.Kind != errs.Internal && e.Message != "" {
		return e.Message
	}
	return words(Status(err)).text
}

// Status is the one place where a kind of error becomes an HTTP status. No error is 200.
func Status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	switch errs.KindOf(err) {
	case errs.Invalid:
		return http.StatusUnprocessableEntity
	case errs.NotFound:
		return http.StatusNotFound
	case errs.Forbidden:
		return http.StatusForbidden
	case errs.Conflict:
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

// buffers hold pages while they are made. One that grew beyond mostKept is let go: a few large pages must not fill the memory for good.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const mostKept = 256 << 10

// Render writes a page. The page is made whole before the first byte goes out, so
// that a fault in a template is a 500 and never half a page.
func Render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= mostKept {
			b.Reset()
			buffers.Put(b)
		}
	}()
	if err := c.Render(r.Context(), b); err != nil {
		if r.Context().Err() != nil {
			return // the reader has gone
		}
		slog.ErrorContext(r.Context(), "render", "path", r.URL.Path, "err", err)
		http.Error(w, words(http.StatusInternalServerError).text, http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Add("Vary", "HX-Request")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(b.Bytes())
	}
}

// Fragment says whether a script asks for a part of the page. A handler may then
// render only that part; rendering the whole page is right too, since the links of
// this package select their part of it.
func Fragment(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-History-Restore-Request") != "true"
}

// RequestKey returns the idempotency key of a form or script request: 32 hex digits, or empty.
func RequestKey(r *http.Request) string {
	k := r.Header.Get(HeaderKey)
	if k == "" {
		k = r.PostFormValue(FieldKey)
	}
	if b, err := hex.DecodeString(k); err != nil || len(b) != 16 {
		return ""
	}
	return strings.ToLower(k)
}

// RowVersion returns the version of the row that the form showed; -1 means that the form did not say.
func RowVersion(r *http.Request) int64 {
	n, err := strconv.ParseInt(r.PostFormValue(FieldVersion), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// NewKey returns 128 random bits in hex.
func NewKey() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// ErrorID returns a short number under which a fault stands in the log, such as E-5C2E91.
func ErrorID() string {
	var b [3]byte
	rand.Read(b[:])
	return "E-" + strings.ToUpper(hex.EncodeToString(b[:]))
}

func str[T ~int | ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// Link makes an address from data safe to follow: a place of this site, or http, https,
// mailto or tel. Anything else, such as javascript:, becomes a link that leads nowhere.
// Use it in every href and action.
func Link(href string) templ.SafeURL {
	switch {
	case strings.HasPrefix(href, "//"), strings.HasPrefix(href, `/\`):
		return templ.FailedSanitizationURL
	case href == "", strings.ContainsAny(href[:1], "/?#"):
		return templ.SafeURL(href)
	}
	scheme, _, ok := strings.Cut(href, ":")
	if !ok || strings.ContainsAny(scheme, "/?#") {
		return templ.SafeURL(href)
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto", "tel":
		return templ.SafeURL(href)
	}
	return templ.FailedSanitizationURL
}
