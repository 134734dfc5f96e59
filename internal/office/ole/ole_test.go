package ole

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"duban/internal/base/errs"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	aBook = "../xlsx/testdata/分解表.xls"
	aText = "../doc/testdata/分工表.doc"
)

func TestKinds(t *testing.T) {
	for name, want := range map[string]Kind{aBook: Workbook, aText: Document} {
		f, err := Open(fixture(t, name))
		if err != nil || f.Kind() != want || f.Macros() {
			t.Fatalf("%s: %v, %v", name, err, f.Kind())
		}
	}
	f, err := Open(fixture(t, aText))
	if err != nil {
		t.Fatal(err)
	}
	a, err := f.Read("WORDDOCUMENT")
	again, err2 := f.Read("WordDocument")
	if err != nil || err2 != nil || len(a) < 512 || !bytes.Equal(a, again) || binary.LittleEndian.Uint16(a) != 0xA5EC {
		t.Errorf("%d bytes, %v, %v", len(a), err, err2)
	}
	if _, err := f.Read("Workbook"); errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
}

// TestHostile: chains of sectors in a circle, streams that say they are endless, entries that refer to each other end in words, at once.
func TestHostile(t *testing.T) {
	whole := fixture(t, aBook)
	le := binary.LittleEndian
	dir := (int(le.Uint32(whole[48:])) + 1) * 512
	fat := (int(le.Uint32(whole[76:])) + 1) * 512
	entry := func(name string) int {
		wide := []byte{}
		for _, c := range name {
			wide = append(wide, byte(c), 0)
		}
		i := bytes.Index(whole[dir:], wide)
		if i < 0 {
			t.Fatal(name)
		}
		return dir + i
	}
	begun := time.Now()
	for name, change := range map[string]func(b []byte){
		"a circle":              func(b []byte) { s := le.Uint32(b[entry("Workbook")+116:]); le.PutUint32(b[fat+4*int(s+3):], s) },
		"a circle of the list":  func(b []byte) { s := le.Uint32(b[48:]); le.PutUint32(b[fat+4*int(s):], s) },
		"endless":               func(b []byte) { le.PutUint32(b[entry("Workbook")+120:], 0xFFFFFFF0) },
		"begins nowhere":        func(b []byte) { le.PutUint32(b[entry("Workbook")+116:], 0xFFFFFF0) },
		"entries in a circle":   func(b []byte) { le.PutUint32(b[entry("Workbook")+68:], 0) },
		"many tables":           func(b []byte) { le.PutUint32(b[72:], 0x7FFFFFFF) },
		"many small tables":     func(b []byte) { le.PutUint32(b[64:], 0x7FFFFFFF) },
		"sectors of no length":  func(b []byte) { b[30] = 0 },
		"no name":               func(b []byte) { le.PutUint16(b[entry("Workbook")+64:], 0) },
		"sectors of other size": func(b []byte) { b[30] = 12 },
	} {
		b := bytes.Clone(whole)
		change(b)
		f, err := Open(b)
		if err == nil && f.Kind() != Other {
			var s []byte
			if s, err = f.Read("Workbook"); len(s) > len(b) {
				t.Errorf("%s: %d bytes of %d", name, len(s), len(b))
			}
			if err == nil && name != "a circle" {
				t.Errorf("%s: read", name)
			}
		}
		if err != nil && (errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Say(err), "损坏")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d := time.Since(begun); d > 5*time.Second {
		t.Errorf("it took %s", d)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(fixture(f, aBook)[:4096])
	f.Add(fixture(f, aText)[:6144])
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := Open(b)
		if err != nil {
			return
		}
		for name := range o.streams {
			o.Read(name)
		}
	})
}
