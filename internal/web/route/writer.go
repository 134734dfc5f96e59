package route

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// writer remembers what was answered, and compresses pages.
type writer struct {
	http.ResponseWriter
	code     int // 0 until the answer begins
	bytes    int64
	compress bool // the browser takes gzip
	zip      *gzip.Writer
}

var zips = sync.Pool{New: func() any { z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return z }}

func (w *writer) status() int {
	if w.code == 0 {
		return http.StatusOK
	}
	return w.code
}

func (w *writer) WriteHeader(code int) {
	if w.code != 0 {
		return
	}
	h := w.Header()
	if code >= 200 {
		w.code = code
		kind := h.Get("Content-Type")
		if strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "application/json") {
			h.Add("Vary", "Accept-Encoding")
			if w.compress && h.Get("Content-Encoding") == "" && code != http.StatusNoContent && code != http.StatusNotModified {
				h.Set("Content-Encoding", "gzip")
				h.Del("Content-Length")
				w.zip = zips.Get().(*gzip.Writer)
				w.zip.Reset(w.ResponseWriter)
			}
		}
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *writer) Write(b []byte) (int, error) {
	if w.code == 0 {
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", http.DetectContentType(b))
		}
		w.WriteHeader(http.StatusOK)
	}
	w.bytes += int64(len(b))
	if w.zip != nil {
		return w.zip.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

// Flush sends what has been written so far: for exports and progress.
func (w *writer) Flush() {
	if w.zip != nil {
		w.zip.Flush()
	}
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) close() {
	if w.zip != nil {
		w.zip.Close()
		w.zip.Reset(nil)
		zips.Put(w.zip)
		w.zip = nil
	}
}

func acceptsGzip(r *http.Request) bool {
	if r.Method == http.MethodHead {
		return false
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, weighted := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) != "gzip" {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimPrefix(strings.ReplaceAll(q, " ", ""), "q="), 64)
		return !weighted || err != nil || v > 0
	}
	return false
}
