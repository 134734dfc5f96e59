// Package assets serves the style sheets, scripts and icons that the browser
// needs. `make assets` builds them from web/ into embed/, which is not in version
// control; the program compiles and works without them, only unstyled, and every
// page then says so. Addresses carry a hash of the content, so that a browser may
// keep a file for ever and still gets the new one after an upgrade.
//
// Source: S1 to S12 (every page).
package assets

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed all:embed
var files embed.FS

// Prefix is the path under which Handler must be mounted.
const Prefix = "/assets/"

type file struct {
	dir    fs.FS
	name   string
	packed bool // name.gz lies beside it
	kind   string
	hash   func() string // of the content, computed when a page first names the file and not at every start
}

// Set is a set of built files.
type Set map[string]file

var built = mustLoad()

func mustLoad() Set {
	sub, err := fs.Sub(files, "embed")
	if err != nil {
		panic(err)
	}
	s, err := Load(sub)
	if err != nil {
		panic(err)
	}
	return s
}

// kinds fixes the content types: the operating system's table must not decide them.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
}

// Load reads the files of a folder; name.gz beside name is its packed form.
func Load(dir fs.FS) (Set, error) {
	s := Set{}
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") || strings.HasSuffix(name, ".gz") {
			return err
		}
		f := file{dir: dir, name: name, kind: kinds[path.Ext(name)], hash: sync.OnceValue(func() string { return hash(dir, name) })}
		if f.kind == "" {
			f.kind = mime.TypeByExtension(path.Ext(name))
		}
		if _, err := fs.Stat(dir, name+".gz"); err == nil {
			f.packed = true
		}
		s[name] = f
		return nil
	})
	return s, err
}

// hash returns the first bytes of a file's hash; "" for a file that cannot be read, which a file of the program always can.
func hash(dir fs.FS, name string) string {
	r, err := dir.Open(name)
	if err != nil {
		return ""
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

// Built says whether the style sheets were built into this program.
func Built() bool { return built.Has("duban.css") }

// Has says whether the file was built.
func Has(name string) bool { return built.Has(name) }

// Has says whether the set holds the file.
func (s Set) Has(name string) bool { _, ok := s[name]; return ok }

// URL returns the address of a built file with the hash of its content, such as
// /assets/duban.css?v=0123456789ab. For a file that was not built it has no hash.
func URL(name string) string { return built.URL(name) }

// URL returns the address of a file of the set.
func (s Set) URL(name string) string {
	if f, ok := s[name]; ok {
		return Prefix + name + "?v=" + f.hash()
	}
	return Prefix + name
}

// Handler serves the built files under Prefix.
func Handler() http.Handler { return built }

// ServeHTTP serves a file. An address with the right hash may be kept for ever;
// without a hash the browser must ask again.
func (s Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, Prefix)
	f, ok := s[name]
	if !ok {
		http.Error(w, "没有这个文件。", http.StatusNotFound)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "这个地址只能读取。", http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	read, tag := f.name, `"`+f.hash()+`"`
	if f.packed && accepts(r.Header.Get("Accept-Encoding")) {
		read, tag = f.name+".gz", `"`+f.hash()+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	if r.URL.Query().Get("v") == f.hash() {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	if matches(r.Header.Get("If-None-Match"), tag) {
		h.Del("Content-Type")
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body, err := f.dir.Open(read)
	if err != nil {
		http.Error(w, "没有这个文件。", http.StatusNotFound)
		return
	}
	defer body.Close()
	if info, err := body.Stat(); err == nil {
		h.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	}
	if r.Method == http.MethodGet {
		io.Copy(w, body)
	}
}

// accepts says whether gzip is welcome: named, and not with weight zero.
func accepts(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) != "gzip" {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimPrefix(strings.ReplaceAll(q, " ", ""), "q="), 64)
		return q == "" || err != nil || v > 0
	}
	return false
}

func matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if p := strings.TrimPrefix(strings.TrimSpace(part), "W/"); p == tag || p == "*" {
			return true
		}
	}
	return false
}
