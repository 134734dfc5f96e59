package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "duban/internal/app" // so that every statement of the program is declared
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
	"internal/base/errs", "internal/base/period", "internal/base/id", "internal/base/ref", "internal/base/amount", "internal/base/sheet", "internal/base/sqldb", "internal/base/sqldb/sqldbtest",
	"internal/spine/auth", "internal/spine/receipt", "internal/spine/org", "internal/spine/audit", "internal/spine/account", "internal/spine/ledger",
	"internal/spine/calendar", "internal/spine/evidence", "internal/spine/template", "internal/spine/outbox", "internal/spine/notice", "internal/spine/indicator", "internal/spine/task", "internal/spine/burden",
	"internal/area/*/*", "internal/area/*",
	"internal/view/*",
	"internal/office/ole", "internal/office/xls", "internal/office/docx", "internal/office/xlsx", "internal/office/*",
	"internal/web/assets", "internal/web/viz", "internal/web/ui", "internal/web/uitest", "internal/web/route", "internal/web/paper", "internal/web/importfile", "internal/web/*",
	"internal/api",
	"internal/app/house", "internal/app/site", "internal/app/demo", "internal/app", "internal/app/bench",
	"internal/archtest", "e2e", "e2e/*",
	"cmd/duban",
}

func rankOf(pkg string) (int, bool) {
	for i, o := range order {
		if ok, _ := filepath.Match(o, pkg); ok {
			return i, true
		}
	}
	return 0, false
}

// libraries says which packages may import a library; others go through them.
var libraries = []struct {
	prefix string
	only   []string
	why    string
}{
	{"database/sql", []string{"internal/base/sqldb"}, "only sqldb speaks database/sql"},
	{"modernc.org/", []string{"internal/base/sqldb"}, "only sqldb names a driver"},
	{"github.com/jackc/", []string{"internal/base/sqldb"}, "only sqldb names a driver"},
	{"net/http", []string{"internal/web", "internal/api", "internal/app", "e2e"}, "only web, api and app speak HTTP"},
	{"github.com/a-h/templ", []string{"internal/web"}, "only web makes HTML"},
	{"github.com/xuri/excelize", []string{"internal/office/xlsx"}, "only office/xlsx opens spreadsheets"},
	{"github.com/richardlehane/", []string{"internal/office/ole"}, "only office/ole opens containers of the old formats"},
	{"github.com/beevik/etree", []string{"internal/office/docx"}, "only office/docx edits XML"},
	{"github.com/alecthomas/kong", []string{"internal/app"}, "only app reads the command line"},
	{"github.com/expr-lang/", []string{"internal/area/appraisal/score"}, "formulas go through the guard of score"},
}

// forbidden says who may never reach what, by any chain of imports: nothing about a person's use of the software enters a score.
var forbidden = []struct{ from, to string }{
	{"internal/area/appraisal", "internal/spine/audit"},
	{"internal/area/appraisal", "internal/spine/account"},
	{"internal/area/conduct", "internal/spine/audit"},
	{"internal/area/conduct", "internal/spine/account"},
}

type file struct {
	pkg, path string
	ast       *ast.File
}

func sources(t *testing.T) (fset *token.FileSet, out []file) {
	root, _ := filepath.Abs("../..")
	fset = token.NewFileSet()
	filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
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

func within(pkg string, list []string) bool {
	return slices.ContainsFunc(list, func(p string) bool { return pkg == p || strings.HasPrefix(pkg, p+"/") })
}

func TestImports(t *testing.T) {
	_, files := sources(t)
	deps := map[string]map[string]bool{}
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
			if ours {
				if deps[f.pkg] == nil {
					deps[f.pkg] = map[string]bool{}
				}
				deps[f.pkg][dep] = true
			}
			for _, l := range libraries {
				if strings.HasPrefix(path, l.prefix) && !within(f.pkg, l.only) {
					t.Errorf("%s: %s", f.path, l.why)
				}
			}
			if path == "testing" && f.pkg != "internal/base/sqldb/sqldbtest" {
				t.Errorf("%s: testing outside tests", f.path)
			}
			if strings.HasPrefix(f.pkg, "internal/area/") && ours && (strings.HasPrefix(dep, "internal/view/") || strings.HasPrefix(dep, "internal/web/") || strings.HasPrefix(dep, "internal/office/")) {
				t.Errorf("%s: an area imports %s", f.path, dep)
			}
			if strings.HasPrefix(f.pkg, "internal/area/") && strings.Count(f.pkg, "/") == 3 && strings.HasPrefix(dep, "internal/area/") {
				t.Errorf("%s: a part of an area imports %s", f.path, dep)
			}
			if a, b := areaOf(f.pkg), areaOf(dep); ours && a != "" && b != "" && a != b {
				t.Errorf("%s: area %s imports area %s; they meet in the spine", f.path, a, b)
			}
			if strings.HasPrefix(f.pkg, "internal/web/ui") && (strings.HasPrefix(dep, "internal/spine/") || strings.HasPrefix(dep, "internal/area/")) {
				t.Errorf("%s: ui knows nothing of government, it imports %s", f.path, dep)
			}
			if strings.HasPrefix(f.pkg, "internal/web/") && strings.HasPrefix(dep, "internal/base/sqldb") {
				t.Errorf("%s: web decides nothing and reads no database", f.path)
			}
		}
	}
	for _, f := range forbidden {
		for pkg := range deps {
			if within(pkg, []string{f.from}) {
				if chain := reach(deps, pkg, f.to, nil); chain != nil {
					t.Errorf("%s reaches %s: %s", pkg, f.to, strings.Join(chain, " → "))
				}
			}
		}
	}
}

func areaOf(pkg string) string {
	rest, ok := strings.CutPrefix(pkg, "internal/area/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

func reach(deps map[string]map[string]bool, from, to string, seen []string) []string {
	if from == to {
		return append(seen, from)
	}
	if slices.Contains(seen, from) {
		return nil
	}
	for d := range deps[from] {
		if c := reach(deps, d, to, append(seen, from)); c != nil {
			return c
		}
	}
	return nil
}

// TestPackagesAreDocumented: every package says what it is for; every area names the system it serves.
func TestPackagesAreDocumented(t *testing.T) {
	_, files := sources(t)
	docs := map[string]string{}
	for _, f := range files {
		if !strings.HasSuffix(f.path, "_test.go") {
			docs[f.pkg] += f.ast.Doc.Text()
		}
	}
	for pkg, doc := range docs {
		if len(doc) < 40 {
			t.Errorf("%s: no package comment", pkg)
		}
		if (strings.HasPrefix(pkg, "internal/area/") || strings.HasPrefix(pkg, "internal/spine/")) && !strings.Contains(doc, "Source:") {
			t.Errorf("%s: its package comment names no Source", pkg)
		}
	}
}

var isSQL = regexp.MustCompile(`(?is)^\s*(select|insert|update|delete|with)\s+(.*\s)?(from|into|set|as)\s`)

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
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && n.Sel.Name == "Now" && f.pkg != "internal/base/period" && !test {
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

// globalTables are the few tables of the installation itself, each with its reason.
var globalTables = map[string]string{
	"schema_migration": "which files have run is a fact of the database",
	"ledger_signing":   "one signing key for the whole installation",

	"ledger_signing_past": "the installation's signing keys of before",
	"calendar_year":       "the working calendar is the nation's, by the State Council's notices",
	"calendar_day":        "the working calendar is the nation's, by the State Council's notices",
	"account_login":       "a log-in name is known before its region",
	"house_node":          "which process makes ids with which number",
	"house_setting":       "facts of the installation, such as when the demonstration was first opened",
}

// readModels may read the tables of the named packages; nobody may write another's.
var readModels = map[string][]string{}

func namesGlobal(text string) bool {
	for _, m := range tables.FindAllStringSubmatch(text, -1) {
		if globalTables[strings.ToLower(m[1])] != "" {
			return true
		}
	}
	return false
}

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
		if !strings.Contains(text, "region_id") && !namesGlobal(text) {
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

var (
	createTable = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`)
	createIndex = regexp.MustCompile(`CREATE (?:UNIQUE )?INDEX (\w+) ON (\w+) \((\w+)`)
	keyClause   = regexp.MustCompile(`(?:PRIMARY KEY|UNIQUE|FOREIGN KEY|REFERENCES \w+) \((\w+)`)
	columnType  = regexp.MustCompile(`(?m)^\t(\w+) ([A-Z]+(?: PRECISION)?)`)
)

// TestSchema: every table and every key begins with region_id, except the listed tables of the installation; five types only.
func TestSchema(t *testing.T) {
	files, _ := filepath.Glob("../../migrations/*.sql")
	if len(files) == 0 {
		t.Fatal("no migrations")
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		for _, m := range createTable.FindAllStringSubmatch(text, -1) {
			table, body := m[1], m[2]
			for _, c := range columnType.FindAllStringSubmatch(body, -1) {
				if !slices.Contains([]string{"BIGINT", "TEXT", "BOOLEAN", "DOUBLE PRECISION", "BYTEA", "KEY", "FOREIGN", "UNIQUE"}, c[2]) && c[1] != "PRIMARY" && c[1] != "FOREIGN" && c[1] != "UNIQUE" && c[1] != "CHECK" {
					t.Errorf("%s: %s.%s has type %s", filepath.Base(name), table, c[1], c[2])
				}
			}
			if globalTables[table] != "" {
				continue
			}
			if !strings.HasPrefix(strings.TrimSpace(body), "region_id BIGINT NOT NULL") {
				t.Errorf("%s: table %s does not begin with region_id", filepath.Base(name), table)
			}
			keys := keyClause.FindAllStringSubmatch(body, -1)
			if len(keys) == 0 {
				t.Errorf("%s: table %s has no key", filepath.Base(name), table)
			}
			for _, k := range keys {
				if k[1] != "region_id" {
					t.Errorf("%s: a key of %s begins with %s", filepath.Base(name), table, k[1])
				}
			}
		}
		for _, m := range createIndex.FindAllStringSubmatch(text, -1) {
			if globalTables[m[2]] == "" && m[3] != "region_id" {
				t.Errorf("%s: index %s begins with %s", filepath.Base(name), m[1], m[3])
			}
		}
	}
}

var row = regexp.MustCompile("(?m)^\\| ([^|]+) \\| ((?:`\\w+\\.\\w+` ?)+)\\|")
var word = regexp.MustCompile("`(\\w+)\\.(\\w+)`")

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
			docs[pkg+"."+name.Name] += " "
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
	rows := row.FindAllStringSubmatch(string(text), -1)
	if len(rows) < 20 {
		t.Fatalf("only %d rows of the glossary could be read", len(rows))
	}
	for _, m := range rows {
		ids, words := word.FindAllStringSubmatch(m[2], -1), strings.Split(strings.TrimSpace(m[1]), " / ")
		for i, id := range ids {
			name := id[1] + "." + id[2]
			doc, ok := docs[name]
			want := words[min(i, len(words)-1)]
			if !ok {
				t.Errorf("glossary: %s (%s) is not in the code", name, want)
			} else if !strings.Contains(doc, want) {
				t.Errorf("glossary: the comment on %s does not say %s", name, want)
			}
		}
	}
}

// TestRequirements: docs/requirements.md names tests that exist.
func TestRequirements(t *testing.T) {
	text, err := os.ReadFile("../../docs/requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(b, -1) {
			have[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(string(text), -1)
	if len(named) < 40 {
		t.Errorf("the page names %d tests", len(named))
	}
	for _, m := range named {
		if !have[m[1]] {
			t.Errorf("no test is called %s", m[1])
		}
	}
}
