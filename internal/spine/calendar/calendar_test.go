package calendar

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
)

func national(t *testing.T) *Calendar {
	t.Helper()
	list, err := loadPresets()
	if err != nil {
		t.Fatal(err)
	}
	best := map[int]preset{}
	for _, p := range list {
		if p.Version > best[p.Year.Year].Version {
			best[p.Year.Year] = p
		}
	}
	var years []Year
	var days []Day
	for _, p := range best {
		years, days = append(years, p.Year), append(days, p.Days...)
	}
	return newCalendar(years, days)
}

// Two published tables of holidays, made by different people, against ours. Where they contradict
// each other the notice decides, and the days are named here.
func TestAgainstPublishedTables(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "holidays")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI needs the published holiday tables: ", err)
		}
		t.Skip("the published holiday tables are not here: ", dir)
	}
	read := func(name string, v any) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, v); err != nil {
			t.Fatal(err)
		}
	}
	var one struct{ Holidays, Workdays map[string]string }
	read("chinese-days.json", &one)
	two := map[string]string{}
	for _, y := range []int{2016, 2017, 2018, 2019, 2024, 2025, 2026} {
		var f struct {
			Dates []struct{ Date, Type string }
		}
		read("holiday-calendar-CN/"+strconv.Itoa(y)+".json", &f)
		for _, d := range f.Dates {
			two[d.Date] = d.Type
		}
	}
	decided := map[string]bool{"2016-04-02": false, "2018-06-16": false, "2018-09-22": false} // by notice: not working days

	c := national(t)
	count := map[int]int{}
	for _, y := range []int{2016, 2017, 2018, 2019, 2024, 2025, 2026} {
		for d := time.Date(y, 1, 1, 0, 0, 0, 0, period.Beijing); d.Year() == y; d = d.AddDate(0, 0, 1) {
			day := period.Day(d)
			week := d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
			_, off := one.Holidays[day]
			_, on := one.Workdays[day]
			a := on || week && !off
			b := two[day] == "transfer_workday" || week && two[day] != "public_holiday"
			got, err := c.IsWorkday(day)
			if err != nil {
				t.Fatal(err)
			}
			if got {
				count[y]++
			}
			want, ok := decided[day]
			if a == b {
				want, ok = a, true
			}
			if !ok {
				t.Errorf("%s: the tables contradict each other and no notice is named", day)
			} else if got != want {
				t.Errorf("%s: working day %v, want %v", day, got, want)
			}
		}
	}
	for y, n := range map[int]int{2016: 250, 2017: 249, 2018: 250, 2019: 250, 2024: 251, 2025: 248, 2026: 248} {
		if count[y] != n {
			t.Errorf("%d has %d working days, want %d", y, count[y], n)
		}
	}
}

// The number of statutory holidays is fixed by regulation: 11, and 13 since 2025.
func TestStatutoryDays(t *testing.T) {
	c := national(t)
	for y, want := range map[int]int{2016: 11, 2017: 11, 2018: 11, 2019: 11, 2024: 11, 2025: 13, 2026: 13} {
		n := 0
		for _, d := range c.Days(y) {
			if d.Kind == Holiday {
				n++
			}
		}
		if n != want {
			t.Errorf("%d has %d statutory holidays, want %d", y, n, want)
		}
	}
}

func TestCounting(t *testing.T) {
	c := national(t)
	for _, v := range []struct {
		from string
		n    int
		want string
	}{
		{"2017-01-20", 1, "2017-01-22"},  // Friday; Sunday the 22nd is made up
		{"2017-01-26", 1, "2017-02-03"},  // over the Spring Festival
		{"2017-01-25", 10, "2017-02-14"}, // the 26th; 3 and 4 (made up) February; 6 to 10; 13 and 14
		{"2017-09-29", 1, "2017-09-30"},  // a Saturday that is worked
		{"2017-09-30", 1, "2017-10-09"},
		{"2017-10-09", -1, "2017-09-30"},
		{"2017-10-01", 0, "2017-10-09"},
		{"2018-12-28", 2, "2019-01-02"}, // the notice for 2019 made Saturday the 29th of December 2018 a working day
	} {
		got, err := c.AddWorkdays(v.from, v.n)
		if err != nil || got != v.want {
			t.Errorf("%s + %d = %s, want %s (%v)", v.from, v.n, got, v.want, err)
		}
		if v.n > 0 {
			if n, err := c.WorkdaysBetween(v.from, got); err != nil || n != v.n {
				t.Errorf("between %s and %s: %d, want %d (%v)", v.from, got, n, v.n, err)
			}
			if n, err := c.WorkdaysBetween(got, v.from); err != nil || n >= 0 {
				t.Errorf("backwards between %s and %s: %d (%v)", got, v.from, n, err)
			}
		}
	}
	if d, err := c.NextWorkday("2017-03-03"); err != nil || d != "2017-03-06" {
		t.Error(d, err)
	}
}

func TestDeadline(t *testing.T) {
	c := national(t)
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, period.Beijing)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, v := range []struct {
		from string
		n    int
		u    Unit
		want string
	}{
		{"2017-03-01 16:30", 24, Hours, "2017-03-02 16:30"},
		{"2017-03-01 16:30", 5, Workdays, "2017-03-09 00:00"},     // last day the 8th, till 24:00
		{"2017-03-01 16:30", 30, NaturalDays, "2017-04-01 00:00"}, // the 31st, a Friday
		{"2017-03-02 00:00", 30, NaturalDays, "2017-04-02 00:00"}, // Saturday the 1st of April is made up
		{"2017-03-03 09:00", 30, NaturalDays, "2017-04-06 00:00"}, // the 2nd is Qingming: to the 5th
		{"2017-01-31 09:00", 1, Months, "2017-03-01 00:00"},       // February has no 31st
		{"2016-01-31 23:59", 1, Months, "2016-03-01 00:00"},       // the 29th
		{"2017-07-05 09:00", 3, Months, "2017-10-10 00:00"},       // the 5th of October is a holiday: to the 9th
	} {
		got, err := c.Deadline(at(v.from), v.n, v.u)
		if err != nil || !got.Equal(at(v.want)) {
			t.Errorf("%s + %d %s = %v, want %s (%v)", v.from, v.n, v.u, got, v.want, err)
		}
	}
	if d := LastDay(at("2017-03-09 00:00")); d != "2017-03-08" {
		t.Error(d)
	}
	if _, err := c.Deadline(at("2017-03-01 16:30"), 0, Workdays); errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
	if _, err := c.Deadline(at("2017-03-01 16:30"), 1, "fortnight"); errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
	for m, want := range map[period.Month]string{"2017-03": "2017-03-06", "2017-04": "2017-04-05", "2017-10": "2017-10-09", "2017-06": "2017-06-05"} {
		if d, err := c.DueDay(m, 5); err != nil || d != want {
			t.Errorf("the 5th of %s: %s, want %s (%v)", m, d, want, err)
		}
	}
	if d, err := c.DueDay("2017-02", 31); err != nil || d != "2017-02-28" {
		t.Error(d, err)
	}
	if _, err := c.DueDay("2017-02", 32); errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
}

func TestUnknownYear(t *testing.T) {
	c := national(t)
	_, err := c.AddWorkdays("2026-12-30", 5)
	if errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Say(err), "没有2027年的放假安排") {
		t.Error(err)
	}
	if _, err := c.IsWorkday("2020-05-01"); err == nil {
		t.Error("2020 is not known")
	}
	if _, err := c.IsWorkday("2017-02-30"); errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
}

func TestSeedAndImport(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, _ *period.Fixed) {
		s := New(db)
		ctx := t.Context()
		if c, err := s.Load(ctx); err != nil || len(c.Years()) != 0 {
			t.Fatal(err)
		}
		for range 2 { // the second start changes nothing
			if err := s.Seed(ctx); err != nil {
				t.Fatal(err)
			}
		}
		c, err := s.Load(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Years()) != 7 || c.Version("2018-05-01") != 2 || c.Version("2017-05-01") != 1 || c.Version("2027-05-01") != 0 {
			t.Errorf("%+v", c.Years())
		}
		if ok, err := c.IsWorkday("2018-12-29"); err != nil || !ok {
			t.Error("the amendment is in force", err)
		}
		if again, _ := s.Load(ctx); again != c {
			t.Error("an unchanged calendar is read again")
		}

		admin := auth.With(ctx, auth.Actor{ID: 1, RegionID: 7, Roles: []auth.Role{auth.SysAdmin}})
		text := "日期,类别,名称\n2027/1/1,法定节假日,元旦\n2027-01-02,补班,元旦\n"
		gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		for v, file := range []string{text, "\ufeff" + text, gb} {
			y, err := s.ImportYear(admin, 2027, " 国办发明电〔2026〕1号 ", strings.NewReader(file))
			if err != nil || y.Version != int64(v+1) || y.Document != "国办发明电〔2026〕1号" {
				t.Fatalf("%+v %v", y, err)
			}
		}
		c, err = s.Load(ctx)
		if err != nil || c.Version("2027-05-01") != 3 {
			t.Error(err)
		}
		if ok, err := c.IsWorkday("2027-01-02"); err != nil || !ok {
			t.Error("the imported year is not in force", err)
		}
		db.View(ctx, func(tx *sqldb.Tx) error {
			if e, err := ledger.Entries(ctx, tx, 7, ledger.Filter{}); err != nil || len(e) != 3 || e[0].Subject.String() != "calendar.year:2027" || e[0].Verb != "import" {
				t.Errorf("%+v %v", e, err)
			}
			return nil
		})

		clerk := auth.With(ctx, auth.Actor{ID: 2, RegionID: 7, Roles: []auth.Role{auth.Clerk}})
		if _, err := s.ImportYear(clerk, 2027, "x", strings.NewReader(text)); errs.KindOf(err) != errs.Forbidden {
			t.Error(err)
		}
		for file, want := range map[string]string{
			"2027-01-01,法定节假日\n2027-01-01,休息日\n": "第 2 行：2027-01-01 出现了两次",
			"2027-01-01,补班\n":                    "本来就是工作日",
			"2028-01-01,法定节假日\n":                 "不在 2027 年内",
			"2027-02-30,法定节假日\n":                 "不是日期",
			"2027-01-01,元旦\n":                    "类别“元旦”看不懂",
			"2027-01-01\n":                       "要有日期和类别两列",
			"日期,类别\n":                            "一个法定节假日也没有",
			"\"2027":                             "不是逗号分隔的表格",
		} {
			_, err := s.ImportYear(admin, 2027, "文", strings.NewReader(file))
			if errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %s", file, err, want)
			}
		}
		if _, err := s.ImportYear(admin, 27, "", strings.NewReader(text)); len(errs.FieldsOf(err)) != 2 {
			t.Error(err)
		}
	})
}

var (
	forgeKind  = sqldb.SQL("calendar.testForgeKind", `UPDATE calendar_day SET kind = $3 WHERE year = $1 AND day_on = $2 AND version = (SELECT MAX(version) FROM calendar_year WHERE year = $1)`)
	forgeDoc   = sqldb.SQL("calendar.testForgeDoc", `UPDATE calendar_year SET document = document || 'x' WHERE year = $1`)
	forgeUndoc = sqldb.SQL("calendar.testForgeUndoc", `UPDATE calendar_year SET document = REPLACE(document, 'x', '') WHERE year = $1`)
	forgeYear  = sqldb.SQL("calendar.testForgeYear", `INSERT INTO calendar_year (year, version, document, made_at) VALUES ($1, 9, 'x', 0)`)
	forgeNone  = sqldb.SQL("calendar.testForgeNone", `DELETE FROM calendar_year WHERE year = $1 AND version = 9`)
	forgeDrop  = sqldb.SQL("calendar.testForgeDrop", `DELETE FROM calendar_year WHERE year = $1`)
	forgeDays  = sqldb.SQL("calendar.testForgeDays", `DELETE FROM calendar_day WHERE year = $1`)
)

// TestCheck: an arrangement that is not the notice's, shipped or imported, is named; as it was, nothing is.
func TestCheck(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, _ *period.Fixed) {
		s := New(db)
		ctx := t.Context()
		if err := s.Seed(ctx); err != nil {
			t.Fatal(err)
		}
		admin := auth.With(ctx, auth.Actor{ID: 1, RegionID: 7, Roles: []auth.Role{auth.SysAdmin}})
		if _, err := s.ImportYear(admin, 2027, "国办发明电〔2026〕1号", strings.NewReader("日期,类别,名称\n2027/1/1,法定节假日,元旦\n2027-01-02,补班,元旦\n")); err != nil {
			t.Fatal(err)
		}
		check := func() (bad []string) {
			t.Helper()
			if err := db.View(ctx, func(tx *sqldb.Tx) (err error) { bad, err = Check(ctx, tx, []int64{7}); return err }); err != nil {
				t.Fatal(err)
			}
			return bad
		}
		do := func(q *sqldb.Stmt, args ...any) {
			t.Helper()
			if err := db.Update(ctx, func(tx *sqldb.Tx) error {
				n, err := tx.Exec(ctx, q, args...)
				if err == nil && n == 0 {
					t.Errorf("%s changed nothing", q.Name)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if bad := check(); len(bad) != 0 {
			t.Fatalf("untouched: %v", bad)
		}
		for _, x := range []struct {
			do, undo *sqldb.Stmt
			args     []any
			back     []any
			want     string
		}{
			{forgeKind, forgeKind, []any{int64(2018), "2018-12-29", "rest"}, []any{int64(2018), "2018-12-29", "makeup"}, "2018 年第 2 版放假安排与通知不一致"},
			{forgeKind, forgeKind, []any{int64(2027), "2027-01-02", "rest"}, []any{int64(2027), "2027-01-02", "makeup"}, "2027 年第 1 版放假安排与通知不一致"},
			{forgeDoc, forgeUndoc, []any{int64(2027)}, []any{int64(2027)}, "2027 年第 1 版放假安排与通知不一致"},
			{forgeYear, forgeNone, []any{int64(2017)}, []any{int64(2017)}, "2017 年第 9 版放假安排不是程序带来的"},
		} {
			do(x.do, x.args...)
			if bad := check(); len(bad) != 1 || !strings.Contains(bad[0], x.want) {
				t.Errorf("want %s, got %v", x.want, bad)
			}
			do(x.undo, x.back...)
			if bad := check(); len(bad) != 0 {
				t.Errorf("put back: %v", bad)
			}
		}
		do(forgeDays, int64(2027))
		if bad := check(); len(bad) != 1 || !strings.Contains(bad[0], "与通知不一致") {
			t.Error(bad)
		}
		do(forgeDrop, int64(2027))
		if bad := check(); len(bad) != 1 || !strings.Contains(bad[0], "绕过系统删除") {
			t.Error(bad)
		}
	})
}
