// Package period is the only place that asks the machine what time it is, and
// names the periods (报告期) that a district reports by: months, quarters, years.
package period

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Beijing is the one zone that deadlines are kept in.
var Beijing = time.FixedZone("CST", 8*3600)

// Clock tells the time.
type Clock interface{ Now() time.Time }

// System is the machine's clock.
type System struct{}

// Now returns the machine's time.
func (System) Now() time.Time { return time.Now() }

// Fixed is a clock that a test or a played demonstration moves by hand. It is safe for concurrent use.
type Fixed struct {
	mu sync.Mutex
	t  time.Time
}

// At returns a Fixed clock that stands at t.
func At(t time.Time) *Fixed { return &Fixed{t: t} }

// Now returns the instant at which the clock stands.
func (f *Fixed) Now() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.t }

// Set moves the clock to t.
func (f *Fixed) Set(t time.Time) { f.mu.Lock(); f.t = t; f.mu.Unlock() }

// SetDay moves the clock to 09:00 Beijing time of the day "2017-03-05".
func (f *Fixed) SetDay(day string) {
	t, err := time.ParseInLocation("2006-01-02 15:04", day+" 09:00", Beijing)
	if err != nil {
		panic(err)
	}
	f.Set(t)
}

// Shifted is a clock that runs on from Start: the demonstration's.
type Shifted struct {
	start time.Time
	began time.Time
}

// From returns a clock that reads start now and runs on from there.
func From(start time.Time) Shifted { return Shifted{start: start, began: time.Now()} }

// Now returns the shifted time.
func (s Shifted) Now() time.Time { return s.start.Add(time.Since(s.began)) }

// Day returns the calendar day of t in Beijing: 2017-03-05.
func Day(t time.Time) string { return t.In(Beijing).Format("2006-01-02") }

// ParseDay reads 2017-03-05 as the day's first instant in Beijing.
func ParseDay(s string) (time.Time, error) { return time.ParseInLocation("2006-01-02", s, Beijing) }

// EndOfDay returns the first instant after the day 2017-03-05, or the zero time if s is no day.
func EndOfDay(s string) time.Time {
	t, err := ParseDay(s)
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(0, 0, 1)
}

// Period is a month, quarter or year (报告期): 2017-03, 2017Q1, 2017.
type Period string

// Month names a month as the Chinese reporting calendar does: 2017-03.
type Month string

// MonthOf returns the month that t falls in, in China's time zone.
func MonthOf(t time.Time) Month { return Month(t.In(Beijing).Format("2006-01")) }

// Start returns m's first instant.
func (m Month) Start() time.Time {
	t, _ := time.ParseInLocation("2006-01", string(m), Beijing)
	return t
}

// End returns the first instant after m.
func (m Month) End() time.Time {
	t, err := time.ParseInLocation("2006-01", string(m), Beijing)
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(0, 1, 0)
}

// Valid reports whether m is a real month.
func (m Month) Valid() bool {
	_, err := time.Parse("2006-01", string(m))
	return err == nil && len(m) == 7
}

// Add returns the month n months after m (before, if n is negative).
func (m Month) Add(n int) Month { return MonthOf(m.Start().AddDate(0, n, 0)) }

// Prev returns the month before m.
func (m Month) Prev() Month { return m.Add(-1) }

// Next returns the month after m.
func (m Month) Next() Month { return m.Add(1) }

// Year returns m's year: "2017".
func (m Month) Year() string { return string(m[:4]) }

// Number returns 1 to 12.
func (m Month) Number() int { return int(m.Start().Month()) }

// Quarter returns the quarter that m belongs to.
func (m Month) Quarter() Quarter {
	return Quarter(fmt.Sprintf("%sQ%d", m.Year(), (m.Number()+2)/3))
}

// Chinese returns 2017年3月.
func (m Month) Chinese() string { return fmt.Sprintf("%s年%d月", m.Year(), m.Number()) }

// Since returns the number of months from a to m: 0 if equal, negative if m is earlier.
func (m Month) Since(a Month) int {
	x, y := m.Start(), a.Start()
	return (x.Year()-y.Year())*12 + int(x.Month()) - int(y.Month())
}

// Quarter names a quarter (季度): 2017Q1.
type Quarter string

// Valid reports whether q is a real quarter.
func (q Quarter) Valid() bool {
	return len(q) == 6 && q[4] == 'Q' && q[5] >= '1' && q[5] <= '4' && Month(string(q[:4])+"-01").Valid()
}

// Months returns q's three months.
func (q Quarter) Months() [3]Month {
	first := Month(fmt.Sprintf("%s-%02d", q[:4], int(q[5]-'1')*3+1))
	return [3]Month{first, first.Add(1), first.Add(2)}
}

// First returns q's first month.
func (q Quarter) First() Month { return q.Months()[0] }

// Last returns q's last month.
func (q Quarter) Last() Month { return q.Months()[2] }

// Prev returns the quarter before q.
func (q Quarter) Prev() Quarter { return q.First().Prev().Quarter() }

// Chinese returns 2017年一季度.
func (q Quarter) Chinese() string {
	return fmt.Sprintf("%s年%s季度", q[:4], []string{"一", "二", "三", "四"}[q[5]-'1'])
}

// Term names a month or a quarter (评比的时段): 2017-03 or 2017Q1.
type Term string

// ParseTerm reads a month or a quarter as people write it: 2017年三季度, 2017年第3季度, 2017年5月, 2017Q3, 2017-05; a year, 2017年, it shortens. What it cannot read it
// returns as it is, which is not valid.
func ParseTerm(s string) Term {
	s = strings.ToUpper(strings.Join(strings.Fields(s), ""))
	year, rest, ok := strings.Cut(s, "年")
	if !ok || rest == "" {
		return Term(year)
	}
	for i, c := range []string{"一", "二", "三", "四"} {
		n := strconv.Itoa(i + 1)
		if q := strings.TrimPrefix(rest, "第"); q == c+"季度" || q == n+"季度" {
			return Term(year + "Q" + n)
		}
	}
	if n, err := strconv.Atoi(strings.TrimSuffix(rest, "月")); err == nil && strings.HasSuffix(rest, "月") {
		return Term(fmt.Sprintf("%s-%02d", year, n))
	}
	return Term(s)
}

// Valid reports whether t is a real month or quarter.
func (t Term) Valid() bool { return t.Monthly() || Quarter(t).Valid() }

// Monthly reports whether t is a month.
func (t Term) Monthly() bool { return Month(t).Valid() }

// Months returns t's months in order.
func (t Term) Months() []Month {
	if t.Monthly() {
		return []Month{Month(t)}
	}
	m := Quarter(t).Months()
	return m[:]
}

// First returns t's first month.
func (t Term) First() Month { return t.Months()[0] }

// Last returns t's last month.
func (t Term) Last() Month {
	m := t.Months()
	return m[len(m)-1]
}

// Year returns t's year: "2017".
func (t Term) Year() string { return string(t[:4]) }

// Prev returns the month or quarter before t.
func (t Term) Prev() Term {
	if t.Monthly() {
		return Term(Month(t).Prev())
	}
	return Term(Quarter(t).Prev())
}

// Chinese returns 2017年3月 or 2017年一季度.
func (t Term) Chinese() string {
	if t.Monthly() {
		return Month(t).Chinese()
	}
	return Quarter(t).Chinese()
}
