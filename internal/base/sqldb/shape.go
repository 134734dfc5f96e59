package sqldb

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sort"
	"strings"

	lite "modernc.org/sqlite/lib"
)

// Shape holds the schema to the program's migrations, and returns a sentence for everything by which a database can show one thing to whoever verifies
// it and another to whoever works with it: a view in a table's place, triggers, rules, row security, generated columns, an index that says something else
// than its table. Tables and indexes that only stand beside ours are nobody's business.
func (db *DB) Shape(ctx context.Context, fsys fs.FS) ([]string, error) {
	want, err := columnsOf(ctx, fsys)
	if err != nil {
		return nil, err
	}
	var bad []string
	if db.Engine == SQLite {
		bad, err = db.shapeLite(ctx, want)
	} else {
		bad, err = db.shapePostgres(ctx, want)
	}
	return bad, err
}

// columnsOf returns the columns of the tables that the migrations make.
func columnsOf(ctx context.Context, fsys fs.FS) (map[string][]string, error) {
	c, err := openLiteAs("file::memory:", lite.SQLITE_OPEN_READWRITE|lite.SQLITE_OPEN_CREATE|lite.SQLITE_OPEN_MEMORY)
	if err != nil {
		return nil, err
	}
	defer c.close()
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		if err := c.script(liteDDL(string(text))); err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
	}
	out := map[string][]string{}
	err = c.once(ctx, `SELECT m.name, x.name FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) x WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, x.cid`, nil, func(s *liteStmt) error {
		var table, column string
		err := s.Scan(&table, &column)
		out[table] = append(out[table], column)
		return err
	})
	return out, err
}

// column says of a column that it shows what was written into it.
type column struct {
	name  string
	plain bool
}

func compareColumns(table string, want []string, have []column) (bad []string) {
	plain := map[string]bool{}
	for _, c := range have {
		plain[c.name] = c.plain
	}
	for _, name := range want {
		switch p, ok := plain[name]; {
		case !ok:
			bad = append(bad, fmt.Sprintf("库里的表 %s 少一列 %s，结构被改动过。", table, name))
		case !p:
			bad = append(bad, fmt.Sprintf("库里的表 %s 的 %s 一列是算出来的，不是存进去的，结构被改动过。", table, name))
		}
	}
	return bad
}

func missingTable(name string) string {
	return fmt.Sprintf("库里没有表 %s，结构被改动过。", name)
}

func notPlain(name string) string {
	return fmt.Sprintf("库里的 %s 不是普通的表：它给谁看什么由它自己定，核验看到的不一定是页面看到的。", name)
}

func (db *DB) shapeLite(ctx context.Context, want map[string][]string) (bad []string, err error) {
	type object struct{ kind, name, on, text string }
	var list []object
	if err := db.plain(ctx, `SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_schema ORDER BY type, name`, func(s Scanner) error {
		var o object
		err := s.Scan(&o.kind, &o.name, &o.on, &o.text)
		list = append(list, o)
		return err
	}); err != nil {
		return nil, err
	}
	have := map[string]object{}
	for _, o := range list {
		name := strings.ToLower(o.name) // the engine does not tell them apart
		switch o.kind {
		case "trigger":
			bad = append(bad, fmt.Sprintf("库里的 %s 上有一个触发器 %s，不是本程序建的：它会在存取时改动数据。", o.on, o.name))
		case "table", "view":
			have[name] = o
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		o, ok := have[name]
		switch {
		case !ok:
			bad = append(bad, missingTable(name))
			continue
		case o.kind != "table" || !strings.HasPrefix(strings.ToUpper(o.text), "CREATE TABLE"):
			bad = append(bad, notPlain(name))
			continue
		}
		var cols []column
		if err := db.plain(ctx, `SELECT name, hidden FROM pragma_table_xinfo('`+name+`')`, func(s Scanner) error {
			var c column
			var hidden int64
			err := s.Scan(&c.name, &hidden)
			c.plain = hidden == 0
			cols = append(cols, c)
			return err
		}); err != nil {
			return nil, err
		}
		bad = append(bad, compareColumns(name, want[name], cols)...)
	}
	err = db.plain(ctx, `PRAGMA integrity_check(20)`, func(s Scanner) error {
		text, err := Text(s)
		if err == nil && text != "ok" {
			bad = append(bad, "数据库文件自身不完整（索引与表不符，或者损坏）："+text)
		}
		return err
	})
	return bad, err
}

func (db *DB) shapePostgres(ctx context.Context, want map[string][]string) (bad []string, err error) {
	err = db.plain(ctx, `SELECT array_to_string(current_schemas(true), ' ')`, func(s Scanner) error {
		path, err := Text(s)
		if err == nil && !strings.HasPrefix(path, "pg_catalog") {
			bad = append(bad, "数据库的 search_path 把别的模式排在 pg_catalog 前面（"+path+"）：系统的函数和表会被顶替。")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	type relation struct {
		kind            string
		triggers, rules int64
		security        bool
		cols            []column
	}
	have := map[string]*relation{}
	err = db.plain(ctx, `
SELECT c.relname, c.relkind::text, c.relrowsecurity,
	(SELECT COUNT(*) FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
	(SELECT COUNT(*) FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid),
	a.attname, a.attgenerated::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND pg_catalog.pg_table_is_visible(c.oid) AND c.relnamespace <> 'pg_catalog'::regnamespace
ORDER BY c.relname, a.attnum`, func(s Scanner) error {
		var name, generated string
		var r relation
		var c column
		if err := s.Scan(&name, &r.kind, &r.security, &r.triggers, &r.rules, &c.name, &generated); err != nil {
			return err
		}
		if have[name] == nil {
			have[name] = &r
		}
		c.plain = generated == ""
		have[name].cols = append(have[name].cols, c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		r := have[name]
		switch {
		case r == nil:
			bad = append(bad, missingTable(name))
			continue
		case r.kind != "r":
			bad = append(bad, notPlain(name))
			continue
		case r.security:
			bad = append(bad, fmt.Sprintf("库里的表 %s 开了行级安全：给谁看哪些行由它定，核验看到的不一定是页面看到的。", name))
		}
		if r.rules > 0 {
			bad = append(bad, fmt.Sprintf("库里的表 %s 上有改写规则，不是本程序建的：它会在存取时改动数据。", name))
		}
		if r.triggers > 0 {
			bad = append(bad, fmt.Sprintf("库里的 %s 上有触发器，不是本程序建的：它会在存取时改动数据。", name))
		}
		bad = append(bad, compareColumns(name, want[name], r.cols)...)
	}
	return bad, nil
}
