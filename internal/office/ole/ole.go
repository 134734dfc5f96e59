// Package ole opens the container (复合文档) of the old formats of Office and WPS: .xls, .et, .doc, .wps, and of new ones under a password.
//
// Invariant: a file from a stranger costs no more memory and time than its own length allows, whatever it says of itself: a stream is
// never longer than the file, chains of sectors that go round in a circle end there, and a fault of the library becomes an error here.
//
// Source: stack (mscfb, which the spreadsheet library brings along); reliability 50.
package ole

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"duban/internal/base/errs"

	"github.com/richardlehane/mscfb"
)

// Kind is what a container holds.
type Kind string

const (
	Workbook  Kind = "workbook"     // .xls, .et of Excel 97 and later
	Old       Kind = "old workbook" // .xls of Excel 5 and 95
	Document  Kind = "document"     // .doc, .wps
	Encrypted Kind = "encrypted"    // .xlsx, .docx under a password
	Slides    Kind = "slides"       // .ppt, .dps
	Other     Kind = "other"
)

// File is an opened container. Only streams at its top count: a document may hold whole workbooks further down.
type File struct {
	streams map[string]*mscfb.File
	stores  map[string]bool
	length  int64
}

// Is reports whether b begins as a container does.
func Is(b []byte) bool { return bytes.HasPrefix(b, []byte{0xD0, 0xCF, 0x11, 0xE0}) }

// maxEntries bounds the streams of one container: a workbook has a handful, a document with many drawings hundreds.
const maxEntries = 100_000

// ErrDamaged is the cause where the container contradicts itself.
var ErrDamaged = errors.New("ole: damaged container")

func damaged(cause error) error {
	return &errs.Error{Kind: errs.Invalid, Message: "文件已经损坏，或者没有传完。请用 Office 或 WPS 打开，另存为 .xlsx 或 .docx 后再上传。", Cause: fmt.Errorf("%w: %w", ErrDamaged, cause)}
}

// Open opens a container. Errors are errs.Invalid, in words for the person who sent the file.
func Open(b []byte) (f *File, err error) {
	defer func() { // the border to a library that reads a stranger's numbers
		if r := recover(); r != nil {
			f, err = nil, damaged(fmt.Errorf("panic: %v", r))
		}
	}()
	r, err := mscfb.New(bytes.NewReader(b))
	if err != nil {
		return nil, damaged(err)
	}
	if len(r.File) > maxEntries {
		return nil, errs.New(errs.Invalid, "文件里的部件太多（%d 个），没有打开。请另存为 .xlsx 或 .docx 后再上传。", len(r.File))
	}
	f = &File{streams: map[string]*mscfb.File{}, stores: map[string]bool{}, length: int64(len(b))}
	for i, e := range r.File {
		if i == 0 || len(e.Path) > 0 {
			continue
		}
		name := strings.ToLower(e.Name)
		if e.FileInfo().IsDir() {
			f.stores[name] = true
		} else if _, twice := f.streams[name]; !twice {
			f.streams[name] = e
		}
	}
	return f, nil
}

// Kind tells what the container holds.
func (f *File) Kind() Kind {
	has := func(name string) bool { return f.streams[name] != nil }
	switch {
	case has("encryptedpackage"):
		return Encrypted
	case has("workbook"):
		return Workbook
	case has("worddocument"):
		return Document
	case has("book"):
		return Old
	case has("powerpoint document"):
		return Slides
	}
	return Other
}

// Macros reports whether the container has a store of macros.
func (f *File) Macros() bool { return f.stores["macros"] || f.stores["_vba_project_cur"] }

// Has reports whether there is a stream of this name.
func (f *File) Has(name string) bool { return f.streams[strings.ToLower(name)] != nil }

// Read reads a stream from its beginning. It fails with errs.Invalid, also when there is none.
func (f *File) Read(name string) (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, damaged(fmt.Errorf("panic: %v", r))
		}
	}()
	e := f.streams[strings.ToLower(name)]
	if e == nil {
		return nil, damaged(fmt.Errorf("no stream %q", name))
	}
	size := e.Size
	if size > f.length {
		return nil, damaged(fmt.Errorf("stream %q says %d bytes in a file of %d", name, size, f.length))
	}
	if size == 0 {
		return nil, nil
	}
	if _, err := e.Seek(0, io.SeekStart); err != nil {
		return nil, damaged(err)
	}
	out = make([]byte, size)
	for at := 0; at < len(out); { // in pieces: the library's work on one call grows with the square of its sectors
		n, err := e.Read(out[at:min(at+64<<10, len(out))])
		if at += n; err != nil && (err != io.EOF || at < len(out)) {
			return nil, damaged(err)
		}
		if n == 0 {
			return nil, damaged(io.ErrUnexpectedEOF)
		}
	}
	return out, nil
}
