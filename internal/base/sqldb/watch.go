package sqldb

import (
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"duban/internal/base/period"
)

// Watch tells whether what was read of some small tables still stands, so that a page need not read it again: who is logged in, what he may, which
// campaigns there are. A change that this process commits is seen by the next question, without asking the database; a change by another
// process after Glance at the latest. It decides for pages only: an act reads what it judges by in its own transaction.
type Watch struct{ tables []*atomic.Int64 } // per table the epoch of its last change

// Glance is how long a page takes for granted what another process may have changed meanwhile.
const Glance = time.Second

// epoch counts the changes to watched tables. A View that began at epoch n holds every change up to n.
var (
	epoch   atomic.Int64
	watched = map[string]*atomic.Int64{}
)

// Watching declares a Watch. It is called from package-level variables only, and names tables of any package.
func Watching(tables ...string) *Watch {
	w := &Watch{}
	for _, t := range tables {
		if watched[t] == nil {
			watched[t] = &atomic.Int64{}
		}
		w.tables = append(w.tables, watched[t])
	}
	return w
}

// Mark says of when something read is.
type Mark struct {
	epoch int64
	at    time.Time
}

// Mark returns the mark of what this transaction reads. It is the zero Mark, which never stands, in a transaction that writes: it may yet be rolled back.
func (tx *Tx) Mark() Mark {
	if tx.write {
		return Mark{}
	}
	return Mark{tx.epoch, period.System{}.Now()}
}

// Stands reports whether what was read at m may be taken for granted: this process has not changed the tables since, and another has had no more
// than Glance to do so.
func (w *Watch) Stands(m Mark) bool {
	return !w.Changed(m) && period.System{}.Now().Sub(m.at) < Glance
}

// Changed reports whether this process has changed one of the tables since m.
func (w *Watch) Changed(m Mark) bool {
	for _, t := range w.tables {
		if t.Load() > m.epoch {
			return true
		}
	}
	return m.at.IsZero()
}

var written = regexp.MustCompile(`(?i)\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(\w+)`)

// writesTo finds the tables that a text changes.
func writesTo(text string) (out []string) {
	for _, m := range written.FindAllStringSubmatch(text, -1) {
		if !strings.EqualFold(m[1], "set") { // ON CONFLICT … DO UPDATE SET
			out = append(out, m[1])
		}
	}
	return out
}

// touch notes, once the transaction is durable, that the watched tables of s have changed.
func (tx *Tx) touch(s *Stmt) {
	s.once.Do(func() {
		for _, name := range writesTo(s.text) {
			if t := watched[name]; t != nil {
				s.changes = append(s.changes, t)
			}
		}
	})
	for _, t := range s.changes {
		tx.AfterCommit(func() {
			e := epoch.Add(1)
			for old := t.Load(); old < e && !t.CompareAndSwap(old, e); old = t.Load() {
			}
		})
	}
}

// Memo remembers what pages read of watched tables. What it returns is shared: nobody changes it.
type Memo[K comparable, V any] struct {
	Watch *Watch
	mu    sync.Mutex
	of    map[K]remembered[V]
}

type remembered[V any] struct {
	mark Mark
	v    V
}

// mostRemembered bounds a Memo; beyond it everything is forgotten and read anew.
const mostRemembered = 2000

// Get returns what stands for k, else what load reads. A transaction that writes always loads.
func (m *Memo[K, V]) Get(tx *Tx, k K, load func() (V, error)) (V, error) {
	if tx.write {
		return load()
	}
	m.mu.Lock()
	r, ok := m.of[k]
	m.mu.Unlock()
	if ok && m.Watch.Stands(r.mark) {
		return r.v, nil
	}
	v, err := load()
	if err != nil {
		return v, err
	}
	m.mu.Lock()
	if m.of == nil || len(m.of) >= mostRemembered {
		m.of = map[K]remembered[V]{}
	}
	m.of[k] = remembered[V]{tx.Mark(), v}
	m.mu.Unlock()
	return v, nil
}
