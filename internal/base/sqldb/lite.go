package sqldb

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	_ "modernc.org/sqlite" // sets up the library: mutexes, the patches of the port
	lite "modernc.org/sqlite/lib"
)

// This file speaks to SQLite's own interface. database/sql and its driver cost 13 µs for an insert and 12 µs for a read by key, beside the
// 12 µs and 1 µs that SQLite itself needs, and a report runs a score of statements while all other writers wait.

// liteConn is a connection. It is used by one goroutine at a time, and so opened without a mutex of its own.
type liteConn struct {
	tls   *libc.TLS
	db    uintptr
	stmts map[string]*liteStmt
	buf   uintptr // C memory that texts and blobs are bound from; statements that run inside one another stack up in it
	used  int

	unused int // how often the pool has settled since it was lent
}

// liteStmt is a prepared statement and the row that it stands on.
type liteStmt struct {
	c       *liteConn
	h       uintptr
	params  []int // the argument ($1 is 0) that each parameter takes; SQLite numbers them as they come
	args    int
	columns int
	busy    bool
}

// bufSize holds the texts of any ordinary row; a longer one gets memory of its own for as long as the statement runs.
const bufSize = 64 << 10

// liteError is what SQLite said.
type liteError struct {
	code int32
	text string
}

func (e *liteError) Error() string { return e.text + " (" + strconv.Itoa(int(e.code)) + ")" }

// uriPath writes a path as it stands in a URI: a question mark in a folder's name begins no parameters.
var uriPath = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")

// openLite opens a file to read and write, makes it if there is none, and runs the pragmas on the connection.
func openLite(path string, pragmas ...string) (*liteConn, error) {
	return openLiteAs("file:"+uriPath.Replace(path), lite.SQLITE_OPEN_READWRITE|lite.SQLITE_OPEN_CREATE, pragmas...)
}

// openLiteAs opens what a URI names, with the flags.
func openLiteAs(uri string, flags int32, pragmas ...string) (*liteConn, error) {
	c := &liteConn{tls: libc.NewTLS(), stmts: map[string]*liteStmt{}}
	if c.buf = libc.Xmalloc(c.tls, bufSize); c.buf == 0 {
		c.tls.Close()
		return nil, errors.New("sqldb: no memory")
	}
	name, err := libc.CString(uri)
	if err != nil {
		c.close()
		return nil, err
	}
	defer libc.Xfree(c.tls, name)
	rc := lite.Xsqlite3_open_v2(c.tls, name, c.buf, flags|lite.SQLITE_OPEN_URI|lite.SQLITE_OPEN_NOMUTEX, 0)
	c.db = *at[uintptr](c.buf)
	if rc != lite.SQLITE_OK {
		err := c.fail(rc)
		c.close()
		return nil, err
	}
	lite.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	for _, p := range pragmas {
		if err := c.script("PRAGMA " + p); err != nil {
			c.close()
			return nil, fmt.Errorf("PRAGMA %s: %w", p, err)
		}
	}
	return c, nil
}

func liteVersion() string {
	tls := libc.NewTLS()
	defer tls.Close()
	return libc.GoString(lite.Xsqlite3_libversion(tls))
}

// at sees C memory as a value. The address is no Go pointer, and the collector never moves or frees what is there.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

func (c *liteConn) close() error {
	for _, s := range c.stmts {
		s.finalize()
	}
	var rc int32
	if c.db != 0 {
		rc = lite.Xsqlite3_close_v2(c.tls, c.db)
	}
	libc.Xfree(c.tls, c.buf)
	c.tls.Close()
	if rc != lite.SQLITE_OK {
		return fmt.Errorf("sqldb: close: %d", rc)
	}
	return nil
}

func (c *liteConn) fail(rc int32) error {
	text := libc.GoString(lite.Xsqlite3_errstr(c.tls, rc))
	if c.db != 0 {
		if more := libc.GoString(lite.Xsqlite3_errmsg(c.tls, c.db)); more != text {
			text += ": " + more
		}
	}
	return &liteError{rc, text}
}

// inTransaction reports whether a transaction is open: a grave error ends it behind our back.
func (c *liteConn) inTransaction() bool { return lite.Xsqlite3_get_autocommit(c.tls, c.db) == 0 }

// interrupt ends the statement that runs. It is the one call that may come from another goroutine.
func (c *liteConn) interrupt() {
	tls := libc.NewTLS()
	lite.Xsqlite3_interrupt(tls, c.db)
	tls.Close()
}

// shrink gives back the memory of the page cache.
func (c *liteConn) shrink() { lite.Xsqlite3_db_release_memory(c.tls, c.db) }

// prepare parses the statement that text begins with; rest is what follows it. A comment has no handle.
func (c *liteConn) prepare(text string) (s *liteStmt, rest string, err error) {
	z, err := libc.CString(text)
	if err != nil {
		return nil, "", err
	}
	out := libc.Xmalloc(c.tls, 16)
	defer libc.Xfree(c.tls, z)
	defer libc.Xfree(c.tls, out)
	if rc := lite.Xsqlite3_prepare_v2(c.tls, c.db, z, int32(len(text)+1), out, out+8); rc != lite.SQLITE_OK {
		return nil, "", c.fail(rc)
	}
	s = &liteStmt{c: c, h: *at[uintptr](out)}
	if tail := int(*at[uintptr](out + 8) - z); tail < len(text) {
		rest = text[tail:]
	}
	if s.h == 0 {
		return s, rest, nil
	}
	s.columns = int(lite.Xsqlite3_column_count(c.tls, s.h))
	for i := range lite.Xsqlite3_bind_parameter_count(c.tls, s.h) {
		name := libc.GoString(lite.Xsqlite3_bind_parameter_name(c.tls, s.h, i+1))
		n, err := strconv.Atoi(strings.TrimPrefix(name, "$"))
		if err != nil || n < 1 {
			s.finalize()
			return nil, "", fmt.Errorf("sqldb: a parameter is called %q, not $1, $2, …", name)
		}
		s.params, s.args = append(s.params, n-1), max(s.args, n)
	}
	return s, rest, nil
}

func (s *liteStmt) finalize() { lite.Xsqlite3_finalize(s.c.tls, s.h) }

// statement returns the text, prepared once; ours to finalize if it is already running further out.
func (c *liteConn) statement(text string) (s *liteStmt, own bool, err error) {
	s, ok := c.stmts[text]
	if ok && !s.busy {
		return s, false, nil
	}
	fresh, rest, err := c.prepare(text)
	if err != nil {
		return nil, false, err
	}
	if fresh.h == 0 || rest != "" {
		fresh.finalize()
		return nil, false, errors.New("sqldb: not one statement")
	}
	if !ok {
		c.stmts[text] = fresh
	}
	return fresh, ok, nil
}

// script runs statements one after another without parameters: DDL and pragmas.
func (c *liteConn) script(text string) error {
	for text != "" {
		s, rest, err := c.prepare(text)
		if err != nil {
			return err
		}
		text = rest
		if s.h == 0 {
			continue
		}
		rc := int32(lite.SQLITE_ROW)
		for rc == lite.SQLITE_ROW {
			rc = lite.Xsqlite3_step(c.tls, s.h)
		}
		if rc != lite.SQLITE_DONE {
			err = c.fail(rc)
		}
		s.finalize()
		if err != nil {
			return err
		}
	}
	return nil
}

// run runs a statement to its end, as a RETURNING demands, calls row for each row, and returns how many rows it changed. What row says
// is returned as it is, and ends the statement.
func (c *liteConn) run(ctx context.Context, text string, args []any, row func(*liteStmt) error) (changed int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s, own, err := c.statement(text)
	if err != nil {
		return 0, err
	}
	if own {
		defer s.finalize()
	}
	return s.run(ctx, args, row)
}

func (s *liteStmt) run(ctx context.Context, args []any, row func(*liteStmt) error) (changed int64, err error) {
	c, used := s.c, s.c.used
	var extra []uintptr
	s.busy = true
	defer func() {
		lite.Xsqlite3_reset(c.tls, s.h)
		s.busy, c.used = false, used
		for _, p := range extra {
			libc.Xfree(c.tls, p)
		}
	}()
	if len(args) != s.args {
		return 0, fmt.Errorf("sqldb: the statement has %d parameters and is given %d", s.args, len(args))
	}
	for i, n := range s.params {
		p, err := s.bind(int32(i+1), args[n])
		if p != 0 {
			extra = append(extra, p)
		}
		if err != nil {
			return 0, err
		}
	}
	for {
		switch rc := lite.Xsqlite3_step(c.tls, s.h); rc {
		case lite.SQLITE_ROW:
			if row == nil {
				continue
			}
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			if err := row(s); err != nil {
				return 0, err
			}
		case lite.SQLITE_DONE:
			return int64(lite.Xsqlite3_changes(c.tls, c.db)), nil
		default:
			if err := ctx.Err(); err != nil && rc&0xff == lite.SQLITE_INTERRUPT {
				return 0, err
			}
			return 0, c.fail(rc)
		}
	}
}

// once is run for a text that will not come again.
func (c *liteConn) once(ctx context.Context, text string, args []any, row func(*liteStmt) error) error {
	s, _, err := c.prepare(text)
	if err != nil {
		return err
	}
	defer s.finalize()
	_, err = s.run(ctx, args, row)
	return err
}

// exec runs a statement that has neither parameters nor rows of interest.
func (c *liteConn) exec(text string) error {
	_, err := c.run(context.Background(), text, nil, nil)
	return err
}

// end ends a transaction, if need be by force: the connection is free afterwards.
func (c *liteConn) end(text string) error {
	if !c.inTransaction() {
		return errEnded
	}
	err := c.exec(text)
	if c.inTransaction() {
		if back := c.exec("ROLLBACK"); err == nil {
			err = back
		}
	}
	return err
}

var errEnded = errors.New("sqldb: SQLite has ended the transaction by itself")

// bind gives a parameter its value, by the rules of database/sql. It returns memory to free when the statement has run.
func (s *liteStmt) bind(i int32, v any) (extra uintptr, err error) {
	c := s.c
	var rc int32
	switch v := v.(type) {
	case nil:
		rc = lite.Xsqlite3_bind_null(c.tls, s.h, i)
	case int64:
		rc = lite.Xsqlite3_bind_int64(c.tls, s.h, i, v)
	case int:
		rc = lite.Xsqlite3_bind_int64(c.tls, s.h, i, int64(v))
	case bool:
		n := int32(0)
		if v {
			n = 1
		}
		rc = lite.Xsqlite3_bind_int(c.tls, s.h, i, n)
	case string:
		var p uintptr
		if p, extra, err = c.room(len(v)); err == nil {
			copy(unsafe.Slice(at[byte](p), len(v)), v)
			rc = lite.Xsqlite3_bind_text(c.tls, s.h, i, p, int32(len(v)), 0)
		}
	case []byte:
		if v == nil {
			rc = lite.Xsqlite3_bind_null(c.tls, s.h, i)
			break
		}
		var p uintptr
		if p, extra, err = c.room(len(v)); err == nil {
			copy(unsafe.Slice(at[byte](p), len(v)), v)
			rc = lite.Xsqlite3_bind_blob(c.tls, s.h, i, p, int32(len(v)), 0)
		}
	default:
		plain, err := driver.DefaultParameterConverter.ConvertValue(v)
		if err != nil {
			return 0, fmt.Errorf("sqldb: parameter %d: %w", i, err)
		}
		switch plain.(type) {
		case nil, int64, bool, string, []byte:
			return s.bind(i, plain)
		}
		return 0, fmt.Errorf("sqldb: parameter %d is a %T, which no column holds", i, plain)
	}
	if err == nil && rc != lite.SQLITE_OK {
		err = c.fail(rc)
	}
	return extra, err
}

// room returns n bytes of C memory: of the connection's buffer, or its own, which is returned a second time to be freed.
func (c *liteConn) room(n int) (p, extra uintptr, err error) {
	if n > 1<<30 {
		return 0, 0, errors.New("sqldb: a value of more than 1 GB")
	}
	if c.used+n <= bufSize {
		p = c.buf + uintptr(c.used)
		c.used += n
		return p, 0, nil
	}
	if p = libc.Xmalloc(c.tls, types.Size_t(n)); p == 0 {
		return 0, 0, errors.New("sqldb: no memory")
	}
	return p, p, nil
}

// Scan reads the row's columns, by the rules of database/sql as far as columns of this program need them.
func (s *liteStmt) Scan(dest ...any) error {
	if len(dest) != s.columns {
		return fmt.Errorf("sqldb: %d columns for %d variables", s.columns, len(dest))
	}
	for i, d := range dest {
		if err := s.column(int32(i), d); err != nil {
			return fmt.Errorf("sqldb: column %d (%s): %w", i, libc.GoString(lite.Xsqlite3_column_name(s.c.tls, s.h, int32(i))), err)
		}
	}
	return nil
}

func (s *liteStmt) column(i int32, dest any) error {
	kind := lite.Xsqlite3_column_type(s.c.tls, s.h, i)
	switch d := dest.(type) {
	case *string:
		if kind == lite.SQLITE_TEXT {
			*d = s.text(i)
			return nil
		}
	case *int64:
		if kind == lite.SQLITE_INTEGER {
			*d = lite.Xsqlite3_column_int64(s.c.tls, s.h, i)
			return nil
		}
	case *bool:
		if kind == lite.SQLITE_INTEGER {
			*d = lite.Xsqlite3_column_int64(s.c.tls, s.h, i) != 0
			return nil
		}
	case *[]byte:
		if kind == lite.SQLITE_BLOB {
			*d = s.bytes(i)
			return nil
		}
		if kind == lite.SQLITE_NULL {
			*d = nil
			return nil
		}
	case *any:
		*d = s.value(i, kind)
		return nil
	case sql.Scanner:
		return d.Scan(s.value(i, kind))
	}
	v := reflect.ValueOf(dest)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("%T is no variable", dest)
	}
	return s.set(i, kind, v.Elem())
}

// set reads a column into a variable of a named type, or into a pointer, which a NULL leaves nil.
func (s *liteStmt) set(i, kind int32, v reflect.Value) error {
	if v.Kind() == reflect.Pointer {
		if kind == lite.SQLITE_NULL {
			v.SetZero()
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return s.column(i, v.Interface())
	}
	if kind == lite.SQLITE_NULL {
		return fmt.Errorf("NULL for a %s", v.Type())
	}
	switch k := v.Kind(); {
	case k == reflect.String && kind != lite.SQLITE_FLOAT:
		v.SetString(s.text(i)) // a number as its digits
		return nil
	case v.CanInt() && kind == lite.SQLITE_INTEGER:
		n := lite.Xsqlite3_column_int64(s.c.tls, s.h, i)
		if v.OverflowInt(n) {
			return fmt.Errorf("%d for a %s", n, v.Type())
		}
		v.SetInt(n)
		return nil
	case v.CanInt() && kind == lite.SQLITE_TEXT:
		n, err := strconv.ParseInt(s.text(i), 10, v.Type().Bits())
		if err == nil {
			v.SetInt(n)
		}
		return err
	case k == reflect.Bool && kind == lite.SQLITE_INTEGER:
		v.SetBool(lite.Xsqlite3_column_int64(s.c.tls, s.h, i) != 0)
		return nil
	case k == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 && (kind == lite.SQLITE_TEXT || kind == lite.SQLITE_BLOB):
		v.SetBytes(s.bytes(i))
		return nil
	case v.CanFloat() && (kind == lite.SQLITE_FLOAT || kind == lite.SQLITE_INTEGER):
		v.SetFloat(lite.Xsqlite3_column_double(s.c.tls, s.h, i))
		return nil
	}
	return fmt.Errorf("a column of kind %d for a %s", kind, v.Type())
}

func (s *liteStmt) value(i, kind int32) any {
	switch kind {
	case lite.SQLITE_INTEGER:
		return lite.Xsqlite3_column_int64(s.c.tls, s.h, i)
	case lite.SQLITE_FLOAT:
		return lite.Xsqlite3_column_double(s.c.tls, s.h, i)
	case lite.SQLITE_TEXT:
		return s.text(i)
	case lite.SQLITE_BLOB:
		return s.bytes(i)
	}
	return nil
}

func (s *liteStmt) text(i int32) string {
	p := lite.Xsqlite3_column_text(s.c.tls, s.h, i)
	return string(unsafe.Slice(at[byte](p), s.length(i, p)))
}

func (s *liteStmt) bytes(i int32) []byte {
	p := lite.Xsqlite3_column_blob(s.c.tls, s.h, i)
	return bytes.Clone(unsafe.Slice(at[byte](p), s.length(i, p)))
}

func (s *liteStmt) length(i int32, p uintptr) int {
	if p == 0 {
		return 0
	}
	return int(lite.Xsqlite3_column_bytes(s.c.tls, s.h, i))
}

// litePool lends connections to readers. What a crowd needed stays open, since to open a connection the whole schema is read; once nobody
// needs it any more it is closed, and the others give back the memory of their caches when there is little to do.
type litePool struct {
	open    func() (*liteConn, error)
	slots   chan struct{}
	settled func() // called when there is little to do

	mu     sync.Mutex
	idle   []*liteConn // the last one back is the first to go out
	uses   int         // since the pool last settled
	rest   *time.Timer
	closed bool
}

// settleAfter is how often the pool looks for what is not needed, and little how many reads in that time are the outbox's own looks.
const settleAfter, little = 20 * time.Second, 200

func (p *litePool) get(ctx context.Context) (*liteConn, error) {
	select {
	case p.slots <- struct{}{}:
	default:
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	p.mu.Lock()
	closed := p.closed
	if n := len(p.idle); n > 0 { // the last one back has the warmest cache
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	var c *liteConn
	err := errors.New("sqldb: the database is closed")
	if !closed {
		c, err = p.open()
	}
	if err != nil {
		<-p.slots
	}
	return c, err
}

func (p *litePool) put(c *liteConn) {
	p.mu.Lock()
	if p.closed {
		c.close()
	} else {
		c.unused = 0
		p.idle = append(p.idle, c)
		p.uses++
		if p.rest == nil {
			p.rest = time.AfterFunc(settleAfter, p.settle)
		}
	}
	p.mu.Unlock()
	<-p.slots
}

func (p *litePool) settle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	keep := p.idle[:0]
	for i, c := range p.idle {
		if c.unused++; c.unused > 1 && i < len(p.idle)-1 {
			c.close()
			continue
		}
		if p.uses < little {
			c.shrink()
		}
		keep = append(keep, c)
	}
	if p.uses < little && p.settled != nil {
		p.settled()
	}
	clear(p.idle[len(keep):])
	p.idle, p.uses = keep, 0
	p.rest.Reset(settleAfter)
}

func (p *litePool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.rest != nil {
		p.rest.Stop()
	}
	for _, c := range p.idle {
		c.close()
	}
	p.idle = nil
}
