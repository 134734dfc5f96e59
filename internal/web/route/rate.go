package route

import (
	"errors"
	"sync"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
)

// Limit is how often a route may be used: N times in Per, by one person or, before log-in or with ByAddress, from one address.
type Limit struct {
	Name      string // routes of the same name share one count
	N         int
	Per       time.Duration
	ByAddress bool
}

// The limits. Source: reliability 62.
var (
	LoginRate  = Limit{Name: "login", N: 10, Per: time.Minute, ByAddress: true}
	ExportRate = Limit{Name: "export", N: 3, Per: 10 * time.Minute}
	SearchRate = Limit{Name: "search", N: 60, Per: time.Minute}
	APIRate    = Limit{Name: "api", N: 600, Per: time.Minute, ByAddress: true}
)

type rateKey struct {
	name   string
	person int64
	addr   string
}

// limiter counts in memory, per node: the uses within the window that ends now.
type limiter struct {
	mu    sync.Mutex
	clock period.Clock
	uses  map[rateKey][]time.Time
	swept time.Time
}

func newLimiter(c period.Clock) *limiter { return &limiter{clock: c, uses: map[rateKey][]time.Time{}} }

type tooMany struct {
	error
	wait time.Duration
}

func (t *tooMany) Unwrap() error { return t.error }

// retryAfter returns the seconds to wait that err names, or 0.
func retryAfter(err error) int {
	var t *tooMany
	if errors.As(err, &t) {
		return int((t.wait + time.Second - 1) / time.Second)
	}
	return 0
}

const longest = time.Hour // no window is longer

// take counts one use, or refuses it with kind TooMany.
func (l *limiter) take(lim Limit, st *state) error {
	if lim.N == 0 {
		return nil
	}
	k := rateKey{name: lim.Name, person: st.session.Actor.ID}
	if lim.ByAddress || k.person == 0 {
		k.person, k.addr = 0, st.source.String()
	}
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > time.Minute {
		for k, at := range l.uses {
			if now.Sub(at[len(at)-1]) > longest {
				delete(l.uses, k)
			}
		}
		l.swept = now
	}
	at := l.uses[k]
	for len(at) > 0 && now.Sub(at[0]) >= lim.Per {
		at = at[1:]
	}
	if len(at) >= lim.N {
		l.uses[k] = at
		wait := lim.Per - now.Sub(at[0])
		return &tooMany{errs.New(errs.TooMany, "操作太快了，请过 %d 秒再试。", int((wait+time.Second-1)/time.Second)), wait}
	}
	l.uses[k] = append(at[:len(at):len(at)], now)
	return nil
}
