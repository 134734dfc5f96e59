package ledger

import (
	"context"
	"sort"
	"sync"

	"duban/internal/base/sqldb"
)

// Reader yields every sealed row of a region in the form that was given to Row.
type Reader func(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error

// Labels are the Chinese names of a row's fields, for findings; that of "" names the kind itself.
type Labels map[string]string

type subject struct {
	kind   string
	read   Reader
	labels Labels
}

var (
	subjectsMu sync.Mutex
	subjects   = map[string]subject{}
)

// RegisterSubject tells Verify how to read the sealed rows (业务行) of a kind: "campaign.report". Each area registers
// its kinds when it is made; a later registration of a kind takes the place of the earlier.
func RegisterSubject(kind string, read Reader, labels ...Labels) {
	s := subject{kind: kind, read: read, labels: Labels{}}
	for _, l := range labels {
		for k, v := range l {
			s.labels[k] = v
		}
	}
	subjectsMu.Lock()
	defer subjectsMu.Unlock()
	subjects[kind] = s
}

func registered() (out []subject) {
	subjectsMu.Lock()
	defer subjectsMu.Unlock()
	for _, s := range subjects {
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].kind < out[j].kind })
	return out
}
