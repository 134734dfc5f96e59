// Package id makes the ids of every record: 64 bits, ordered by time, made by
// the program and never by a database, so that one SQL text serves both engines
// and an id is known before the row is written.
//
// Layout: 42 bits of milliseconds since 2017-01-01 UTC, 8 bits of node, 13 bits of
// sequence. In JSON and HTML an id is a string, since a browser's numbers end at 2^53.
package id

import (
	"strconv"
	"sync"
	"time"

	"duban/internal/base/period"
)

var epoch = time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// Source makes ids. It is safe for concurrent use.
type Source struct {
	mu    sync.Mutex
	clock period.Clock
	node  int64
	last  int64
	seq   int64
}

// New returns a Source for node 0..255. Two processes that write to one database must have different nodes.
func New(c period.Clock, node int64) *Source { return &Source{clock: c, node: node & 0xff} }

// Move makes the Source go on with another node.
func (s *Source) Move(node int64) {
	s.mu.Lock()
	s.node = node & 0xff
	s.mu.Unlock()
}

// Next returns an id greater than every id made before by this Source, even if the clock goes back.
func (s *Source) Next() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	ms := s.clock.Now().UnixMilli() - epoch
	if ms < 0 {
		ms = 0
	}
	if ms <= s.last {
		ms = s.last
		if s.seq++; s.seq >= 1<<13 {
			ms, s.seq = ms+1, 0
		}
	} else {
		s.seq = 0
	}
	s.last = ms
	return ms<<21 | s.node<<13 | s.seq
}

// Format returns the id as it appears in URLs, forms and JSON.
func Format(id int64) string { return strconv.FormatInt(id, 10) }

// Parse reads an id from a URL or form; 0 means that s is none.
func Parse(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
