package route

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"duban/internal/base/errs"
	"duban/internal/web/ui"
)

// Frame returns the frame of a page for this request: who is acting, what he may reach, his open tasks, the form
// token, and the result of the act before. The page sets Title and what else it needs.
func Frame(r *http.Request) ui.Frame {
	st := stateOf(r)
	if st == nil {
		return ui.Frame{}
	}
	c := st.srv.Config
	f := ui.Frame{CSRF: CSRF(r), Flash: st.flash(r), Feedback: c.Feedback}
	a := st.session.Actor
	if c.Place != nil {
		p := c.Place(r.Context(), a)
		f.Product, f.Demo = p.Product, p.Demo
		f.Who = strings.TrimSpace(p.Unit + "　" + a.Name)
	}
	if st.token == "" {
		f.Who, f.Feedback = "", ""
		return f
	}
	if f.Who == "" {
		f.Who = a.Name
	}
	f.WhoHref = "/account"
	if st.session.MustChange || st.session.MustFactor {
		return f // only the change of the password, or the second factor, is open
	}
	f.Search = c.Search
	if c.Todo != nil && c.TodoHref != "" {
		f.Todo, f.TodoHref = c.Todo(r.Context(), a), c.TodoHref
	}
	best := -1 // the longest address that the path begins with is the current one
	for _, n := range c.Nav {
		if !a.May(n.Permission) {
			continue
		}
		item := ui.NavItem{Href: n.Href, Label: n.Label, Icon: n.Icon, Key: n.Key}
		f.Nav = append(f.Nav, item)
		if n.Tab && len(f.Tabs) < 5 {
			f.Tabs = append(f.Tabs, item)
		}
		if under(r.URL.Path, n.Href) && (best < 0 || len(n.Href) > len(f.Nav[best].Href)) {
			best = len(f.Nav) - 1
		}
	}
	if best >= 0 {
		f.Nav[best].Current = true
		for i := range f.Tabs {
			f.Tabs[i].Current = f.Tabs[i].Href == f.Nav[best].Href
		}
	}
	return f
}

func under(path, href string) bool {
	return path == href || href != "/" && strings.HasPrefix(path, strings.TrimSuffix(href, "/")+"/")
}

// Form reads a form and refuses fields that the page does not have: nobody sets a score by adding a field. A name that
// ends in * admits every name that begins so. The fields that ui.Form adds are always admitted. Errors: Invalid; 413.
//
// Source: reliability 20.
func Form(r *http.Request, names ...string) (url.Values, error) {
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		err = r.ParseMultipartForm(4 << 20)
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		if Status(err) == http.StatusRequestEntityTooLarge {
			return nil, err
		}
		return nil, errs.New(errs.Invalid, "表单没有读懂，请刷新页面再交一次。")
	}
	for _, list := range r.PostForm {
		for _, v := range list {
			if !storable(v) {
				return nil, errs.New(errs.Invalid, "表单里有存不了的字符，可能是从别处粘贴时带进来的。请删去那一段，重新打字再交。")
			}
		}
	}
	admitted := append([]string{ui.FieldToken, ui.FieldKey, ui.FieldVersion, ui.FieldReceipt}, names...)
	for name, list := range r.PostForm {
		if r.MultipartForm != nil && !slices.ContainsFunc(list, func(v string) bool { return v != "" }) {
			continue // a browser sends the field of a file that nobody chose as an empty text
		}
		ok := slices.ContainsFunc(admitted, func(n string) bool {
			prefix, open := strings.CutSuffix(n, "*")
			return n == name || open && strings.HasPrefix(name, prefix)
		})
		if !ok {
			return nil, errs.New(errs.Invalid, "表单里有这一页没有的内容，没有执行。请刷新页面再填。")
		}
	}
	return r.PostForm, nil
}

// storable reports whether a text is UTF-8 without the character zero. The embedded database takes anything, PostgreSQL refuses the rest with a fault.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// formSum is a digest of what a form says: of its fields and the names and sizes of its files, without what differs each time that the same form is shown,
// and without passwords, of which nothing must be kept. It is "" for what is no form.
//
// Source: reliability R9.
func formSum(r *http.Request) string {
	if len(r.PostForm) == 0 && r.MultipartForm == nil {
		return ""
	}
	var parts []string
	for name, list := range r.PostForm {
		if name == ui.FieldToken || name == ui.FieldKey || name == ui.FieldReceipt || strings.Contains(name, "password") {
			continue
		}
		for i, v := range list {
			parts = append(parts, fmt.Sprintf("%q %d %q", name, i, v))
		}
	}
	if r.MultipartForm != nil {
		for name, list := range r.MultipartForm.File {
			for i, f := range list {
				parts = append(parts, fmt.Sprintf("%q %d %q %d", name, i, f.Filename, f.Size))
			}
		}
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:8])
}
