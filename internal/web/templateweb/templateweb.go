package templateweb

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/office/docx"
	"duban/internal/office/gb9704"
	"duban/internal/spine/org"
	"duban/internal/spine/template"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// Path is the page's address.
const Path = "/papers"

// Templates is what the pages ask for; *template.Service does it.
type Templates interface {
	Papers(ctx context.Context) ([]template.State, error)
	Show(ctx context.Context, key string) (template.State, error)
	Upload(ctx context.Context, key string, u template.Uploading) (template.Version, error)
	Use(ctx context.Context, key, paper string, turn, revision int64, reason string) (template.Turn, error)
	File(ctx context.Context, key string, revision int64) ([]byte, error)
}

// Org names people; *org.Service does.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
}

// Pages are the pages of this package.
type Pages struct {
	Templates Templates
	Org       Org
}

// Nav is the entry of the main navigation.
func Nav() []route.Nav {
	return []route.Nav{{Href: Path, Label: "公文模板", Icon: "file-type-docx", Permission: template.MayKeep}}
}

// Register enters the routes.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET "+Path, template.MayRead, p.list)
	g.Handle("GET "+Path+"/{paper}", template.MayRead, p.show)
	g.Handle("GET "+Path+"/{paper}/{revision}/template.docx", template.MayRead, p.file, route.Limited(route.ExportRate))
	g.Handle("GET "+Path+"/{paper}/{revision}/trial.docx", template.MayRead, p.trial, route.Limited(route.ExportRate))
	g.Handle("POST "+Path+"/{paper}/upload", template.MayKeep, p.upload, route.Body(docx.MaxTemplate+1<<20))
	g.Handle("POST "+Path+"/{paper}/use", template.MayKeep, p.use)
}

type listView struct {
	List []template.State
	Dir  *org.Directory
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) (err error) {
	var v listView
	if v.List, err = p.Templates.Papers(r.Context()); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	own := 0
	for _, x := range v.List {
		if x.Now().Revision != 0 {
			own++
		}
	}
	f := route.Frame(r)
	f.Title = "公文模板"
	if own == 0 {
		f.Lede = ui.Rich("%d 种公文都用**默认模板**。印发部门可以下载、改好、换上自己的。", len(v.List))
	} else {
		f.Lede = ui.Rich("%d 种公文里 **%d 种**用自备模板，其余用默认模板。", len(v.List), own)
	}
	ui.Render(w, r, http.StatusOK, listPage(f, v))
	return nil
}

// paperView is a paper with its template, and what was typed.
type paperView struct {
	template.State
	Dir         *org.Directory
	Fields      []gb9704.Field
	Asked       *template.Version // which is looked at before it is put into use
	Back        bool              // the default is
	Added, Gone []string          // words of the one asked about, against the default
	Note        string
	Reason      string
	UploadErr   error
	UseErr      error
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	return p.render(w, r, r.URL.Query().Get("revision"), paperView{})
}

func (p *Pages) render(w http.ResponseWriter, r *http.Request, revision string, v paperView) (err error) {
	if v.State, err = p.Templates.Show(r.Context(), r.PathValue("paper")); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	v.Fields = gb9704.Fields(v.Name)
	if revision != "" && v.May {
		n := id.Parse(revision)
		v.Asked = v.Version(n)
		v.Back = revision == "0" && v.Now().Revision != 0
		if v.Asked != nil {
			b, err := p.Templates.File(r.Context(), v.Key, n)
			if err != nil {
				return err
			}
			if v.Added, v.Gone, err = gb9704.Changes(v.Name, b); err != nil {
				return err
			}
		}
	}
	f := route.Frame(r)
	f.Title, f.Crumbs = v.Name, []ui.Crumb{{Href: Path, Label: "公文模板"}, {Label: v.Name}}
	f.Lede = v.lede()
	refused := v.UploadErr
	if refused == nil {
		refused = v.UseErr
	}
	ui.Render(w, r, ui.Status(refused), paperPage(f, v))
	return nil
}

func href(paper string) string { return Path + "/" + paper }

func revisionHref(paper string, revision int64, file string) string {
	return href(paper) + "/" + id.Format(revision) + "/" + file
}

// revisionOf reads the revision of the address; "0" is the default.
func revisionOf(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("revision"), 10, 64)
	if err != nil || n < 0 {
		return 0, errs.New(errs.NotFound, "没有这一版模板")
	}
	return n, nil
}

func (p *Pages) file(w http.ResponseWriter, r *http.Request) error {
	x, n, b, err := p.read(r)
	if err != nil {
		return err
	}
	send(w, x.Name+"模板（"+revisionName(n)+"）.docx", b)
	return nil
}

func (p *Pages) trial(w http.ResponseWriter, r *http.Request) error {
	x, n, b, err := p.read(r)
	if err != nil {
		return err
	}
	if b, err = gb9704.Trial(x.Name, b); err != nil {
		return err
	}
	send(w, "试套-"+x.Name+"（"+revisionName(n)+"，数据是编的）.docx", b)
	return nil
}

func (p *Pages) read(r *http.Request) (x template.State, n int64, b []byte, err error) {
	if n, err = revisionOf(r); err != nil {
		return x, n, nil, err
	}
	if x, err = p.Templates.Show(r.Context(), r.PathValue("paper")); err != nil {
		return x, n, nil, err
	}
	b, err = p.Templates.File(r.Context(), x.Key, n)
	return x, n, b, err
}

func send(w http.ResponseWriter, name string, b []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.Write(b)
}

func revisionName(n int64) string {
	if n == 0 {
		return "默认"
	}
	return "自备第" + id.Format(n) + "版"
}

// shown reports whether a refusal is shown on the page that was filled in.
func shown(err error) bool {
	k := errs.KindOf(err)
	return k == errs.Invalid || k == errs.Conflict || k == errs.Forbidden
}

func (p *Pages) upload(w http.ResponseWriter, r *http.Request) error {
	f, err := route.Form(r, "note")
	if err != nil {
		return err
	}
	u := template.Uploading{Paper: r.PathValue("paper"), Note: f.Get("note")}
	if r.MultipartForm != nil && len(r.MultipartForm.File["file"]) > 0 {
		h := r.MultipartForm.File["file"][0]
		in, err := h.Open()
		if err != nil {
			return err
		}
		defer in.Close()
		if u.FileName = h.Filename; h.Size > 0 {
			if u.File, err = io.ReadAll(in); err != nil {
				return err
			}
		}
	}
	v, err := p.Templates.Upload(r.Context(), ui.RequestKey(r), u)
	if err != nil {
		if !shown(err) {
			return err
		}
		return p.render(w, r, "", paperView{Note: u.Note, UploadErr: err})
	}
	route.SetFlash(w, r, "第 "+id.Format(v.Revision)+" 版已收下，还没有启用。请先试套看看", "")
	route.Redirect(w, r, href(v.Paper)+"?revision="+id.Format(v.Revision)+"#use")
	return nil
}

func (p *Pages) use(w http.ResponseWriter, r *http.Request) error {
	f, err := route.Form(r, "revision", "reason")
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(f.Get("revision"), 10, 64)
	if err != nil || n < 0 {
		return errs.New(errs.NotFound, "没有这一版模板")
	}
	_, err = p.Templates.Use(r.Context(), ui.RequestKey(r), r.PathValue("paper"), ui.RowVersion(r), n, f.Get("reason"))
	if err != nil {
		if !shown(err) {
			return err
		}
		return p.render(w, r, f.Get("revision"), paperView{Reason: f.Get("reason"), UseErr: err})
	}
	words := "已启用第 " + id.Format(n) + " 版，今后印的都用它"
	if n == 0 {
		words = "已改回默认模板，今后印的都用它"
	}
	route.SetFlash(w, r, words, "")
	route.Redirect(w, r, href(r.PathValue("paper")))
	return nil
}

func stamp(at int64) string {
	return time.UnixMilli(at).In(period.Beijing).Format("2006-01-02 15:04")
}

// state says in a few words what a paper is printed with.
func state(x template.State) string {
	if n := x.Now().Revision; n != 0 {
		return "自备第 " + id.Format(n) + " 版"
	}
	return "默认"
}

// waiting is the newest version if it is newer than what is in use and was never used; nil otherwise.
func waiting(x template.State) *template.Version {
	if len(x.Versions) == 0 {
		return nil
	}
	v := &x.Versions[0]
	for _, t := range x.Turns {
		if t.Revision == v.Revision {
			return nil
		}
	}
	return v
}

// since says who changed the template last, and when.
func since(d *org.Directory, x template.State) string {
	if len(x.Turns) == 0 {
		return ""
	}
	return d.PersonName(x.Now().MadeBy) + "　" + stamp(x.Now().MadeAt)
}

// used tells whether a version is in use, was, or never.
func used(x template.State, revision int64) string {
	if x.Now().Revision == revision {
		return "在用"
	}
	for _, t := range x.Turns {
		if t.Revision == revision {
			return "用过"
		}
	}
	return "没有用过"
}

// lists says in which lists a field stands.
func lists(f gb9704.Field) string {
	if len(f.In) == 0 {
		return ""
	}
	return "在“" + strings.Join(f.In, "”的“") + "”里"
}

// grouped parts a fingerprint, so that a narrow page can break it.
func grouped(s string) string {
	var out []string
	for len(s) > 8 {
		out, s = append(out, s[:8]), s[8:]
	}
	return strings.Join(append(out, s), " ")
}
