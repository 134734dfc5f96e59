package sqldb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	lite "modernc.org/sqlite/lib"

	"duban/internal/base/errs"
	"duban/internal/base/period"
)

// errReadOnly is what a database that was opened to be looked at says to whoever would write.
var errReadOnly = errs.New(errs.Forbidden, "这次打开数据库只读，什么都不改。")

// frozen is a file that is read without the engine's locks: as it lay when it was opened.
type frozen struct {
	size int64
	at   time.Time
}

// OpenReadOnly opens a database to look at it: it makes no file, migrates nothing, and every write fails, here and in the engine. Others may write
// meanwhile. An SQLite file that nobody has open (it has no log beside it) is read as it lies, so that no file of the engine's (-wal, -shm) comes to lie
// beside it: Undisturbed says whether somebody opened it meanwhile.
func OpenReadOnly(ctx context.Context, dsn string, c period.Clock) (*DB, error) {
	db := &DB{clock: c, readonly: true}
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		db.Engine, db.path = SQLite, path
		return db, db.openLooking()
	}
	if !isPostgres(dsn) {
		return nil, unknownAddress(dsn)
	}
	db.Engine = Postgres
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("sqldb: 数据库地址 %s 写得不对", redact(dsn)) // the driver's words may hold the password
	}
	cfg.RuntimeParams["default_transaction_read_only"] = "on"
	db.pg = stdlib.OpenDB(*cfg)
	db.pg.SetMaxOpenConns(4)
	if err := db.pg.PingContext(ctx); err != nil {
		db.pg.Close()
		return nil, fmt.Errorf("sqldb: open %s: %w", db.Engine, err)
	}
	return db, nil
}

func there(path string) bool { _, err := os.Stat(path); return err == nil }

// ReadOnly reports whether the database was opened to be looked at.
func (db *DB) ReadOnly() bool { return db.readonly }

func (db *DB) openLooking() error {
	info, err := os.Stat(db.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errs.New(errs.NotFound, "没有数据库文件 %s。请核对路径。", db.path)
	case err != nil:
		return fmt.Errorf("看不到数据库文件 %s：%w。请核对路径和权限", db.path, err)
	case !info.Mode().IsRegular():
		return errs.New(errs.Invalid, "%s 不是文件。请核对路径。", db.path)
	case info.Size() == 0:
		return errs.New(errs.Invalid, "%s 是空文件，不是督办的数据库。", db.path)
	}
	f, err := os.Open(db.path)
	if err != nil {
		return fmt.Errorf("读不了数据库文件 %s：%w。请换有权限的用户", db.path, err)
	}
	f.Close()
	uri := "file:" + uriPath.Replace(db.path)
	open := func(uri string) func() (*liteConn, error) {
		return func() (*liteConn, error) {
			c, err := openLiteAs(uri, lite.SQLITE_OPEN_READONLY, "query_only(1)", "busy_timeout(10000)", "cache_size(-8000)")
			if err == nil {
				err = c.script("SELECT COUNT(*) FROM sqlite_schema") // only now is the file looked into
				if err != nil {
					c.close()
				}
			}
			return c, err
		}
	}
	db.readers = litePool{slots: make(chan struct{}, 8), open: open(uri)}
	freeze := func() {
		db.frozen = &frozen{info.Size(), info.ModTime()}
		db.readers.open = open(uri + "?immutable=1")
	}
	if !there(db.path+"-wal") && !there(db.path+"-journal") {
		freeze()
	}
	first, err := db.readers.open()
	var said *liteError
	if db.frozen == nil && errors.As(err, &said) && (said.code&0xff == lite.SQLITE_CANTOPEN || said.code&0xff == lite.SQLITE_READONLY) {
		if log, e := os.Stat(db.path + "-wal"); e != nil || log.Size() > 0 {
			return errs.New(errs.Invalid, "%s 旁边的日志（-wal）里还有没并入的数据，要读它得在这个目录里写文件，而这里不能写。请把 %[1]s、%[1]s-wal 一起复制到能写的目录再核验，或者给这个目录写权限。", db.path)
		}
		freeze()
		first, err = db.readers.open()
	}
	switch {
	case errors.As(err, &said) && said.code&0xff == lite.SQLITE_NOTADB:
		return errs.New(errs.Invalid, "%s 不是数据库文件，或者开头已经损坏。", db.path)
	case err != nil:
		return fmt.Errorf("读不了数据库文件 %s：%w", db.path, err)
	}
	db.readers.idle = []*liteConn{first}
	return nil
}

// Undisturbed returns an error if somebody has changed a file that had to be read without the engine's locks: what was read is then worth nothing.
func (db *DB) Undisturbed() error {
	if db.frozen == nil {
		return nil
	}
	log, noLog := os.Stat(db.path + "-wal")
	info, err := os.Stat(db.path)
	if err == nil && info.Size() == db.frozen.size && info.ModTime().Equal(db.frozen.at) && (noLog != nil || log.Size() == 0) {
		return nil
	}
	return errs.New(errs.Conflict, "读 %s 的时候，别的程序在改它，这次的结果不能用。请再来一次，或者复制一份再核验。", db.path)
}

// Fits reports whether the schema is this program's, without changing it. Of an older one only what lacks indexes will do: all else is read by its new form.
func (db *DB) Fits(ctx context.Context, fsys fs.FS) error {
	names, done, err := db.files(ctx, fsys)
	if err != nil {
		return err
	}
	var missing []string
	for _, name := range names {
		if _, ok := done[name]; ok {
			continue
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if !onlyIndexes(string(text)) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	last := ""
	for name := range done {
		last = max(last, name)
	}
	is, want := fileNo(last), fileNo(names[len(names)-1])
	which := ""
	if is == want {
		which = fmt.Sprintf("，缺 %s", strings.Join(missing, "、"))
	}
	return errs.New(errs.Invalid, "库是旧版（第%d号%s），本程序是第%d号；请先用 duban migrate 升级（先备份）。只想看看这一份，就另复制一份，升级副本再看副本。", is, which, want)
}

// fileNo is the number that a migration's name begins with.
func fileNo(name string) int {
	digits, _, _ := strings.Cut(name, "_")
	n, _ := strconv.Atoi(digits)
	return n
}

var (
	ddlComment = regexp.MustCompile(`(?m)--.*$`)
	ddlIndex   = regexp.MustCompile(`(?i)^CREATE (UNIQUE )?INDEX `)
)

func onlyIndexes(ddl string) bool {
	for _, s := range strings.Split(ddlComment.ReplaceAllString(ddl, ""), ";") {
		if s = strings.TrimSpace(s); s != "" && !ddlIndex.MatchString(s) {
			return false
		}
	}
	return true
}

// migratedOnce reports whether any migration has ever run here.
func (db *DB) migratedOnce(ctx context.Context) (yes bool, err error) {
	text := `SELECT COUNT(*) FROM sqlite_schema WHERE name = 'schema_migration'`
	if db.Engine == Postgres {
		text = `SELECT COUNT(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('schema_migration')`
	}
	err = db.plain(ctx, text, func(s Scanner) error {
		n, err := Int64(s)
		yes = n > 0
		return err
	})
	return yes, err
}

// plain runs a text outside any transaction of the program: for what the database says of itself.
func (db *DB) plain(ctx context.Context, text string, row func(Scanner) error) error {
	switch {
	case db.Engine == Postgres:
		rows, err := db.pg.QueryContext(ctx, text)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := row(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	case db.readonly:
		c, err := db.readers.get(ctx)
		if err != nil {
			return err
		}
		defer db.readers.put(c)
		return c.once(ctx, text, nil, func(s *liteStmt) error { return row(s) })
	}
	return db.alone(func(c *liteConn) error { return c.once(ctx, text, nil, func(s *liteStmt) error { return row(s) }) })
}
