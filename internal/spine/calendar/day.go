package calendar

import (
	"sort"
	"strconv"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
)

// Kind is what a notice makes of a day. Days that it does not name follow the week.
type Kind string

// The kinds.
const (
	Rest    Kind = "rest"    // 休息日: off by rearrangement, or a weekend day inside a holiday
	Holiday Kind = "holiday" // 法定节假日
	Makeup  Kind = "makeup"  // 补班: a weekend day on which one works
)

// Chinese returns the kind's name as it stands in the import file.
func (k Kind) Chinese() string {
	return map[Kind]string{Rest: "休息日", Holiday: "法定节假日", Makeup: "补班"}[k]
}

// Day is a day that a notice names.
type Day struct {
	Day  string // 2017-01-27
	Kind Kind
	Name string // 春节
}

// Year is the arrangement of one year in one version (放假安排).
type Year struct {
	Year     int
	Version  int64  // 1, 2, …: the highest is in force
	Document string // 国办发明电〔2016〕17号
}

// Calendar is the national calendar (工作日日历) as it stood when it was loaded. It is safe for concurrent use.
type Calendar struct {
	years map[int]Year
	days  map[string]Day
}

func newCalendar(years []Year, days []Day) *Calendar {
	c := &Calendar{years: map[int]Year{}, days: map[string]Day{}}
	for _, y := range years {
		c.years[y.Year] = y
	}
	for _, d := range days {
		c.days[d.Day] = d
	}
	return c
}

// Years lists the arrangements in force, the earliest year first.
func (c *Calendar) Years() (out []Year) {
	for _, y := range c.years {
		out = append(out, y)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Year < out[j].Year })
	return out
}

// Days lists the days that the notice of a year names, in order.
func (c *Calendar) Days(year int) (out []Day) {
	prefix := strconv.Itoa(year) + "-"
	for _, d := range c.days {
		if d.Day[:len(prefix)] == prefix {
			out = append(out, d)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Day < out[j].Day })
	return out
}

// Version returns the version in force for the year of the day, to be kept with a deadline; 0 if the year is unknown.
func (c *Calendar) Version(day string) int64 {
	t, err := period.ParseDay(day)
	if err != nil {
		return 0
	}
	return c.years[t.Year()].Version
}

func (c *Calendar) parse(day string) (time.Time, error) {
	t, err := period.ParseDay(day)
	if err != nil {
		return t, errs.New(errs.Invalid, "“%s”不是日期，请写成 2017-03-05 的样子。", day)
	}
	return t, nil
}

func (c *Calendar) works(t time.Time) (bool, error) {
	if _, ok := c.years[t.Year()]; !ok {
		return false, errs.New(errs.Invalid, "日历里没有%d年的放假安排，算不出工作日。请系统管理员在“日历”页导入国务院办公厅关于%d年部分节假日安排的通知。", t.Year(), t.Year())
	}
	if d, ok := c.days[period.Day(t)]; ok {
		return d.Kind == Makeup, nil
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday, nil
}

// IsWorkday reports whether the day is a working day (工作日). A year without a notice is an error of kind Invalid, as in all that follows.
func (c *Calendar) IsWorkday(day string) (bool, error) {
	t, err := c.parse(day)
	if err != nil {
		return false, err
	}
	return c.works(t)
}

// OnOrAfter returns the day itself if it is a working day, otherwise the next one.
func (c *Calendar) OnOrAfter(day string) (string, error) {
	t, err := c.parse(day)
	if err != nil {
		return "", err
	}
	t, err = c.roll(t)
	return period.Day(t), err
}

func (c *Calendar) roll(t time.Time) (time.Time, error) {
	for {
		ok, err := c.works(t)
		if err != nil || ok {
			return t, err
		}
		t = t.AddDate(0, 0, 1)
	}
}

// NextWorkday returns the first working day after the day.
func (c *Calendar) NextWorkday(day string) (string, error) { return c.AddWorkdays(day, 1) }

// AddWorkdays returns the n-th working day after the day, which itself is not counted; before it, if n is negative. With n 0 it is OnOrAfter.
//
// Source: domain 15.1 (民法典 201: 开始的当日不计入).
func (c *Calendar) AddWorkdays(day string, n int) (string, error) {
	if n == 0 {
		return c.OnOrAfter(day)
	}
	t, err := c.parse(day)
	if err != nil {
		return "", err
	}
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		t = t.AddDate(0, 0, step)
		ok, err := c.works(t)
		if err != nil {
			return "", err
		}
		if ok {
			n--
		}
	}
	return period.Day(t), nil
}

// WorkdaysBetween counts the working days after from up to and including to; it is negative if to is the earlier.
func (c *Calendar) WorkdaysBetween(from, to string) (int, error) {
	a, err := c.parse(from)
	if err != nil {
		return 0, err
	}
	b, err := c.parse(to)
	if err != nil {
		return 0, err
	}
	sign := 1
	if b.Before(a) {
		a, b, sign = b, a, -1
	}
	n := 0
	for t := a.AddDate(0, 0, 1); !t.After(b); t = t.AddDate(0, 0, 1) {
		ok, err := c.works(t)
		if err != nil {
			return 0, err
		}
		if ok {
			n++
		}
	}
	return sign * n, nil
}

// Unit is what a time limit is counted in.
type Unit string

// The units.
const (
	NaturalDays Unit = "day"     // 自然日
	Workdays    Unit = "workday" // 工作日
	Hours       Unit = "hour"    // 小时
	Months      Unit = "month"   // 月
)

// Units lists the units in the order of the pages.
var Units = []Unit{Workdays, NaturalDays, Hours, Months}

// Chinese returns the unit's name.
func (u Unit) Chinese() string {
	return map[Unit]string{NaturalDays: "自然日", Workdays: "工作日", Hours: "小时", Months: "个月"}[u]
}

// Deadline returns the instant at which a period of n units that begins at start has passed (期限届满): what
// happens before it is in time. For days and months this is the end (24:00) of the last day.
//
// Source: domain 15.1 (民法典 200-203).
func (c *Calendar) Deadline(start time.Time, n int, u Unit) (time.Time, error) {
	if n <= 0 {
		return time.Time{}, errs.New(errs.Invalid, "期限要大于 0。")
	}
	first, err := period.ParseDay(period.Day(start))
	if err != nil {
		return time.Time{}, err
	}
	var last time.Time
	switch u {
	case Hours:
		return start.Add(time.Duration(n) * time.Hour), nil
	case Workdays:
		day, err := c.AddWorkdays(period.Day(start), n)
		if err != nil {
			return time.Time{}, err
		}
		return period.EndOfDay(day), nil
	case NaturalDays:
		last = first.AddDate(0, 0, n)
	case Months:
		last = sameDay(period.MonthOf(first).Add(n), first.Day())
	default:
		return time.Time{}, errs.New(errs.Invalid, "期限的单位要是工作日、自然日、小时或月。")
	}
	if last, err = c.roll(last); err != nil {
		return time.Time{}, err
	}
	return period.EndOfDay(period.Day(last)), nil
}

// LastDay returns the last day of a period that ends at the instant deadline, as people write it: 24:00 belongs to the day that ends.
func LastDay(deadline time.Time) string { return period.Day(deadline.Add(-time.Millisecond)) }

// sameDay returns the day of that number in the month, or the month's last day if it has none.
func sameDay(m period.Month, day int) time.Time {
	t := m.Start().AddDate(0, 0, day-1)
	if !t.Before(m.End()) {
		t = m.End().AddDate(0, 0, -1)
	}
	return t
}

// DueDay returns the working day by which the return due on that day of the month is due: a day off moves it to the next working day.
// The 31st of a month without one is the month's last day.
func (c *Calendar) DueDay(m period.Month, day int) (string, error) {
	if !m.Valid() || day < 1 || day > 31 {
		return "", errs.New(errs.Invalid, "报送日要是某月的 1 到 31 日。")
	}
	t, err := c.roll(sameDay(m, day))
	return period.Day(t), err
}
