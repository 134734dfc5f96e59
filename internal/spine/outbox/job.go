package outbox

import (
	"encoding/json"
	"strings"
	"time"

	"duban/internal/base/period"
	"duban/internal/base/ref"
)

// Fact is something that has happened (事实): campaign.report.submitted.
type Fact struct {
	RegionID int64
	ID       int64
	Name     string
	Subject  ref.Ref
	Body     json.RawMessage
	At       time.Time
}

// Job is a piece of work to be done later (作业).
type Job struct {
	RegionID int64
	ID       int64
	Kind     string
	Key      string // of one kind and key there is only one job, ever
	Args     json.RawMessage
	State    string // ready, running, done, dead
	RunAt    time.Time
	Attempt  int64 // 1 the first time
	Error    string
}

// MaxAttempts is how often a job is tried before it is a dead letter (死信): with the pauses of backoff, for about two and a half hours.
const MaxAttempts = 10

// backoff returns how long to wait after the n-th attempt has failed.
func backoff(n int64) time.Duration { return min(time.Duration(n*n)*30*time.Second, time.Hour) }

// FailedAt returns when the last attempt of a job that was put back or given up has failed.
func (j Job) FailedAt() time.Time { return j.RunAt.Add(-backoff(j.Attempt)) }

// matches reports whether a handler of the pattern wants facts of the name: the name itself, or campaign.report.*, or *.
func matches(pattern, name string) bool {
	if p, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, p)
	}
	return pattern == name
}

// Schedule returns the latest instant, at or before now, at which something is due.
type Schedule func(now time.Time) time.Time

// Daily is due every day at hour:minute in Beijing.
func Daily(hour, minute int) Schedule {
	return func(now time.Time) time.Time {
		n := now.In(period.Beijing)
		t := time.Date(n.Year(), n.Month(), n.Day(), hour, minute, 0, 0, period.Beijing)
		if t.After(now) {
			t = t.AddDate(0, 0, -1)
		}
		return t
	}
}

// Monthly is due on that day of each month at hour:minute in Beijing; the day is 1 to 28, which every month has.
func Monthly(day, hour, minute int) Schedule {
	if day < 1 || day > 28 {
		panic("outbox: a month has 28 days at least and no more for certain")
	}
	return func(now time.Time) time.Time {
		n := now.In(period.Beijing)
		t := time.Date(n.Year(), n.Month(), day, hour, minute, 0, 0, period.Beijing)
		if t.After(now) {
			t = t.AddDate(0, -1, 0)
		}
		return t
	}
}

// Each is due at every whole multiple of d since midnight in Beijing: Each(time.Minute).
func Each(d time.Duration) Schedule {
	return func(now time.Time) time.Time {
		n := now.In(period.Beijing)
		midnight := time.Date(n.Year(), n.Month(), n.Day(), 0, 0, 0, 0, period.Beijing)
		return midnight.Add(now.Sub(midnight) / d * d)
	}
}
