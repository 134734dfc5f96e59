package sqldb_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
)

// TestReadOnlyWhereNothingCanBeWritten: in a folder that takes no file of ours a database that nobody has open is read, one that a server has open too,
// and of one whose log was left behind it is said what to do.
func TestReadOnlyWhereNothingCanBeWritten(t *testing.T) {
	ctx := t.Context()
	top, err := os.MkdirTemp("", "duban-closed") // t.TempDir lets nobody else in
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(top) })
	if err := os.Chmod(top, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(top, "closed")
	path := filepath.Join(dir, "t.db")
	b, err := os.ReadFile(strings.TrimPrefix(sqldbtest.DSNs(t)["sqlite"], "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	writer, err := sqldb.Open(ctx, "sqlite:"+path, period.System{})
	if err != nil {
		t.Fatal(err)
	}
	enter(t, writer, "a")
	// as runs fn as somebody who may write neither the folder nor the files in it.
	as := func(fn func()) {
		t.Helper()
		if os.Getuid() != 0 {
			for _, p := range []string{path, path + "-wal", path + "-shm"} {
				os.Chmod(p, 0o444)
			}
			os.Chmod(dir, 0o555)
			defer os.Chmod(dir, 0o755)
			fn()
			return
		}
		done := make(chan struct{})
		go func() { // the thread is thrown away with its rights
			defer close(done)
			runtime.LockOSThread()
			if _, _, e := syscall.RawSyscall(syscall.SYS_SETFSUID, 65534, 0, 0); e != 0 {
				t.Error(e)
			}
			if f, err := os.Create(filepath.Join(dir, "x")); err == nil {
				f.Close()
				t.Error("control: the folder can be written")
			}
			fn()
		}()
		<-done
	}
	look := func() (n int64, err error) {
		db, err := sqldb.OpenReadOnly(ctx, "sqlite:"+path, period.System{})
		if err != nil {
			return 0, err
		}
		defer db.Close()
		return settings(t, db), db.Undisturbed()
	}
	as(func() {
		if n, err := look(); n != 1 || err != nil {
			t.Errorf("while a server has it open: %d rows, %v", n, err)
		}
	})
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	enter(t, writer, "b")
	writer.Close()
	as(func() {
		if n, err := look(); n != 2 || err != nil {
			t.Errorf("when nobody has it open: %d rows, %v", n, err)
		}
	})
	if err := os.WriteFile(path+"-wal", log, 0o644); err != nil {
		t.Fatal(err)
	}
	as(func() {
		if _, err := look(); err == nil || !strings.Contains(err.Error(), "一起复制到能写的目录") {
			t.Errorf("with a log left behind: %v", err)
		}
	})
	if l := listing(t, dir); l != " t.db t.db-wal" {
		t.Errorf("in the folder lie%s", l)
	}
}
