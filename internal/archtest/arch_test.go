// Package archtest keeps the shape of the program: who may import whom, who
// may touch which table, and where time and SQL may appear.
package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	_ "duban/internal/area/campaign"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
)

const module = "duban/"

// order lists the layers, lowest first, by path. A package may import a lower
// layer. Inside base and spine the order of the list rules; areas, and the web
// packages of areas, stand side by side and never import each other.
var order = []string{
	"migrations",
	"internal/base/errs", "internal/base/period", "internal/base/ref", "internal/base/sqldb", "internal/base/sqldb/sqldbtest",
	"internal/spine/auth", "internal/spine/ledger",
	"internal/area/*",
	"internal/web/ui", "internal/web/*",
	"internal/archtest",
}

func rankOf(pkg string) (int, bool) {
	for i, o := range order {
		if ok, _ := filepath.Match(o, pkg); ok {
			return i, true
		}
	}
	return 0, false
}

type file struct {
	pkg, path string
	ast       *ast.File
}

func sources(t *testing.T) (fset *token.FileSet, out []file) {
	root, _ := filepath.Abs("../..")
	fset = token.NewFileSet()
	filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") {
			return err
		}
		f, err := parser.ParseFile(fset, p, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(root, p)
		out = append(out, file{filepath.ToSlash(filepath.Dir(rel)), filepath.ToSlash(rel), f})
		return nil
	})
	return fset, out
}

func TestImports(t *testing.T) {
	_, files := sources(t)
	for _, f := range files {
		mine, ok := rankOf(f.pkg)
		if !ok {
			t.Errorf("%s: package has no rank; give it one in archtest", f.pkg)
			continue
		}
		if strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		for _, im := range f.ast.Imports {
			path, _ := strconv.Unquote(im.Path.Value)
			dep, ours := strings.CutPrefix(path, module)
			if r, known := rankOf(dep); ours && (!known || r >= mine) {
				t.Errorf("%s: imports %s, which is not below it", f.path, dep)
			}
			if path == "database/sql" && !strings.HasPrefix(f.pkg, "internal/base/sqldb") {
				t.Errorf("%s: only sqldb speaks database/sql", f.path)
			}
			if path == "net/http" && !strings.HasPrefix(f.pkg, "internal/web") {
				t.Errorf("%s: only web speaks HTTP", f.path)
			}
		}
	}
}

var isSQL = regexp.MustCompile(`(?is)^\s*(select|insert|update|delete|with)\s`)

func TestWords(t *testing.T) {
	fset, files := sources(t)
	for _, f := range files {
		test := strings.HasSuffix(f.path, "_test.go")
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				s, err := strconv.Unquote(n.Value)
				if n.Kind == token.STRING && err == nil && !test && isSQL.MatchString(s) && !strings.HasPrefix(f.pkg, "internal/base/sqldb") && !strings.HasSuffix(f.path, "_store.go") {
					t.Errorf("%s: SQL outside *_store.go", fset.Position(n.Pos()))
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && n.Sel.Name == "Now" && f.pkg != "internal/base/period" {
					t.Errorf("%s: time.Now; take the time from tx.Now() or a clock", fset.Position(n.Pos()))
				}
			}
			return true
		})
	}
}

var (
	cte    = regexp.MustCompile(`(?i)(?:with(?: recursive)?|,)\s+(\w+)(?: \([^)]*\))? as \(`)
	tables = regexp.MustCompile(`(?i)\b(?:from|join|into|update)\s+([a-z_]\w*)`)
	writes = regexp.MustCompile(`(?i)\b(?:into|update|delete\s+from)\s+([a-z_]\w*)`)
	banned = regexp.MustCompile(`(?i)\b(now\(|(current_(date|time|timestamp)|group_concat|strftime|to_char|greatest|least|lateral|like|for update)\b)`)
)

// globalTables lists the packages whose tables belong to the installation and not to a region, each with its reason.
var globalTables = map[string]string{}

// readModels may read the tables of the named packages; nobody may write another's.
var readModels = map[string][]string{"cockpit": {"campaign", "project"}}

func TestStatements(t *testing.T) {
	for _, s := range sqldb.Statements() {
		owner, _, _ := strings.Cut(s.Name, ".")
		text := s.Text()
		own := map[string]bool{}
		for _, m := range cte.FindAllStringSubmatch(text, -1) {
			own[m[1]] = true
		}
		for _, m := range tables.FindAllStringSubmatch(text, -1) {
			name := strings.ToLower(m[1])
			ok := name == "set" || own[m[1]] || strings.HasPrefix(name, owner+"_") // DO UPDATE SET names no table
			for _, p := range readModels[owner] {
				ok = ok || strings.HasPrefix(name, p+"_")
			}
			if !ok {
				t.Errorf("%s: touches %s, which is not its own", s.Name, m[1])
			}
		}
		for _, m := range writes.FindAllStringSubmatch(text, -1) {
			if name := strings.ToLower(m[1]); name != "set" && !strings.HasPrefix(name, owner+"_") {
				t.Errorf("%s: writes %s, which is not its own", s.Name, m[1])
			}
		}
		if !strings.Contains(text, "region_id") && globalTables[owner] == "" {
			t.Errorf("%s: does not say which region", s.Name)
		}
		if m := banned.FindString(text); m != "" {
			t.Errorf("%s: %q does not mean the same on both engines", s.Name, m)
		}
	}
}

func TestStatementsPrepare(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, _ *period.Fixed) {
		if err := db.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

var row = regexp.MustCompile("(?m)^\\| ([^|]+) \\| `(\\w+)\\.(\\w+)` \\|")

// TestGlossary holds the glossary to the code: every word names something that
// exists, and the thing's own comment says the Chinese word.
func TestGlossary(t *testing.T) {
	text, err := os.ReadFile("../../docs/glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{} // "campaign.Report" -> its comment
	_, files := sources(t)
	for _, f := range files {
		pkg := f.ast.Name.Name
		add := func(name *ast.Ident, groups ...*ast.CommentGroup) {
			for _, g := range groups {
				docs[pkg+"."+name.Name] += " " + g.Text()
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				add(n.Name, n.Doc)
			case *ast.GenDecl:
				for _, s := range n.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						add(s.Name, n.Doc, s.Doc, s.Comment)
					case *ast.ValueSpec:
						for _, id := range s.Names {
							add(id, n.Doc, s.Doc, s.Comment)
						}
					}
				}
			case *ast.Field:
				for _, id := range n.Names {
					add(id, n.Doc, n.Comment)
				}
			}
			return true
		})
	}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		name := m[2] + "." + m[3]
		doc, ok := docs[name]
		if !ok {
			t.Errorf("glossary: %s (%s) is not in the code", name, m[1])
		} else if !strings.Contains(doc, m[1]) {
			t.Errorf("glossary: the comment on %s does not say %s", name, m[1])
		}
	}
}
