package bench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duban/internal/app/demo"
	"duban/internal/app/house"
	"duban/internal/area/campaign"
	"duban/internal/area/campaign/breakdown"
	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
	"duban/migrations"
)

// size is how large a district is.
type size struct {
	Units, Campaigns, Items int // items over all campaigns; the first campaign has ListRows of them
	Months                  int // accounts per item, from January on
}

// full is the district that the benchmarks run on: 50,000 accounts, twelve campaigns (two years of six), one of them with a page of items.
var full = size{Units: 100, Campaigns: 12, Items: 10_000, Months: 5}

// listRows is the number of items of the first campaign: what one list page shows.
const listRows = 50

// seedVersion changes when the seeder makes other rows.
const seedVersion = "3"

// today is the day on which the seeded district is looked at.
const today = "2017-06-02"

// district is a seeded house with who acts in it.
type district struct {
	*house.House
	Clock      *period.Fixed
	file       string // the database
	Region     int64
	Units      []int64
	Clerks     []int64 // by unit
	Supervisor int64
	Leader     int64
	First      int64 // the campaign with listRows items
	Items      []task.Task
}

// as returns a context in which somebody acts.
func (d *district) as(ctx context.Context, person, unit int64, roles ...auth.Role) context.Context {
	return auth.With(ctx, auth.Actor{ID: person, RegionID: d.Region, UnitID: unit, Name: "测", Roles: roles, Units: []int64{unit}})
}

func (d *district) boss(ctx context.Context) context.Context {
	return d.as(ctx, d.Supervisor, d.Units[0], auth.Supervisor)
}

func (d *district) clerk(ctx context.Context, unit int) context.Context {
	return d.as(ctx, d.Clerks[unit], d.Units[unit], auth.Clerk)
}

// unitOf returns the index of a unit.
func (d *district) unitOf(id int64) int {
	for i, u := range d.Units {
		if u == id {
			return i
		}
	}
	return -1
}

// open opens the seeded house on a copy of the cached file, so that writes of one benchmark do not age the next.
func open(tb testing.TB, s size) *district {
	tb.Helper()
	cached := cachedFile(tb, s)
	path := filepath.Join(tb.TempDir(), "bench.db")
	b, err := os.ReadFile(cached)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		tb.Fatal(err)
	}
	d := house1(tb, "sqlite:"+path)
	d.file = path
	return d
}

// house1 opens a seeded database.
func house1(tb testing.TB, dsn string) *district {
	tb.Helper()
	clock := period.At(time.Date(2017, 6, 2, 9, 0, 0, 0, period.Beijing))
	h, err := house.Open(tb.Context(), house.Options{DSN: dsn, Clock: clock, Params: demo.Cheap})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { h.Close() })
	d := &district{House: h, Clock: clock}
	if err := d.find(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return d
}

// find fills in who and what the database holds.
func (d *district) find(ctx context.Context) error {
	regions, err := d.Org.Regions(ctx)
	if err != nil {
		return err
	}
	d.Region, d.Units, d.Clerks = regions[0].ID, nil, nil
	return d.DB.View(ctx, func(tx *sqldb.Tx) error {
		dir, err := d.Org.Directory(ctx, tx, d.Region)
		if err != nil {
			return err
		}
		clerks := map[int64]int64{}
		for _, p := range dir.People {
			switch p.Name {
			case "督查员":
				d.Supervisor = p.ID
			case "区领导":
				d.Leader = p.ID
			default:
				clerks[p.UnitID] = p.ID
			}
		}
		for _, u := range dir.Units {
			d.Units, d.Clerks = append(d.Units, u.ID), append(d.Clerks, clerks[u.ID])
		}
		if d.Items, err = task.List(ctx, tx, d.Region, task.Filter{}); err != nil {
			return err
		}
		for _, t := range d.Items {
			if strings.HasPrefix(t.No, "A0-") {
				d.First = t.Origin.ID
			}
		}
		return nil
	})
}

// cachedFile returns a database of that size. It is made once for a schema and kept among the temporary files.
func cachedFile(tb testing.TB, s size) string {
	tb.Helper()
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %+v\n", seedVersion, s)
	if err := fs.WalkDir(migrations.FS, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(migrations.FS, p)
		sum.Write(b)
		return err
	}); err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("duban-bench-%d-", s.Items)+hex.EncodeToString(sum.Sum(nil))[:12]+".db")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	dir := tb.TempDir()
	part := filepath.Join(dir, "seed.db")
	began := time.Now()
	raw, err := sqldb.Open(context.Background(), "sqlite:"+part, period.At(time.Date(2017, 1, 4, 9, 0, 0, 0, period.Beijing)))
	if err == nil {
		if err = raw.Migrate(context.Background(), migrations.FS); err == nil {
			err = seed(context.Background(), raw, s)
		}
		raw.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Logf("seeded %d items with %d accounts each in %.1f s", s.Items, s.Months, time.Since(began).Seconds())
	whole := filepath.Join(dir, "whole.db") // without a -wal beside it
	db, err := sqldb.Open(context.Background(), "sqlite:"+part, period.System{})
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	if err := db.Backup(context.Background(), whole); err != nil {
		tb.Fatal(err)
	}
	if err := move(whole, path); err != nil {
		tb.Fatal(err)
	}
	return path
}

// move renames a file, over the border of a file system too; whoever looks meanwhile sees no half of it.
func move(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	near := fmt.Sprintf("%s.%d", to, os.Getpid())
	if err := os.WriteFile(near, b, 0o600); err != nil {
		return err
	}
	return os.Rename(near, to)
}

// seed makes a district through the use cases and Books of the program, many acts in one transaction. The database is migrated and its
// clock a period.Fixed.
func seed(ctx context.Context, db *sqldb.DB, s size) error {
	clock := db.Clock().(*period.Fixed)
	clock.SetDay("2017-01-04")
	h, err := house.Build(ctx, db, house.Options{Clock: clock, Real: period.System{}, Params: demo.Cheap})
	if err != nil {
		return err
	}
	d := &district{House: h, Clock: clock}
	if err := d.people(ctx, s.Units); err != nil {
		return err
	}
	if err := d.find(ctx); err != nil {
		return err
	}
	// Facts go to an outbox that nobody listens to: a district is not lived through, so nothing has to be told one by one.
	mute := outbox.New(h.DB, h.IDs.Next)
	books := task.NewBook(h.IDs.Next, h.Indicators, h.Calendar, mute)
	camps := campaign.New(h.DB, h.IDs.Next, h.Org, books, h.Evidence, mute)
	clock.SetDay("2017-01-09")
	policy := task.Presets[0]
	policy.FromMonth, policy.DocNo = "2017-01", "督〔2017〕1号"
	boss := d.boss(ctx)
	who, _ := auth.From(boss)
	if err := h.DB.Update(ctx, func(tx *sqldb.Tx) error { _, err := books.AdoptPolicy(ctx, tx, who, policy); return err }); err != nil {
		return err
	}
	left := s.Items
	for i := range s.Campaigns {
		n := min(listRows, left)
		if i > 0 {
			n = left / (s.Campaigns - i)
		}
		left -= n
		if err := d.campaign(boss, camps, i, n); err != nil {
			return fmt.Errorf("campaign %d: %w", i, err)
		}
	}
	if err := d.find(ctx); err != nil {
		return err
	}
	month := period.Month("2017-01")
	for range s.Months {
		clock.SetDay(string(month) + "-26")
		if err := d.accounts(ctx, books, month); err != nil {
			return fmt.Errorf("%s: %w", month, err)
		}
		if end := month.Next(); string(end)+"-14" < today {
			clock.SetDay(string(end) + "-14")
			if err := h.DB.Update(ctx, func(tx *sqldb.Tx) error { _, err := books.CloseMonth(ctx, tx, who, month); return err }); err != nil {
				return err
			}
		}
		month = month.Next()
	}
	clock.SetDay(today)
	mute.Handle("nothing", "bench.nothing", func(context.Context, *sqldb.Tx, outbox.Fact) error { return nil })
	if err := mute.Drain(ctx); err != nil {
		return err
	}
	if err := h.RefreshTasks(ctx); err != nil {
		return err
	}
	if err := h.Checkpoint(ctx); err != nil {
		return err
	}
	return h.DB.Optimize(ctx)
}

// people enters the units, each with a clerk, and the two who oversee; these and the first clerk have accounts.
func (d *district) people(ctx context.Context, units int) error {
	r, err := d.Org.CreateRegion(ctx, org.Region{Code: "350902", Name: "基准区", ShortName: "基准"})
	if err != nil {
		return err
	}
	d.Region = r.ID
	root := auth.With(ctx, auth.Actor{ID: 1, RegionID: r.ID, Name: "初始化", Roles: []auth.Role{auth.SysAdmin}})
	var list []org.Unit
	for i := range units {
		list = append(list, org.Unit{Name: fmt.Sprintf("第%03d镇人民政府", i), ShortName: fmt.Sprintf("第%03d镇", i), Kind: org.Township, SortNo: int64(i + 1)})
	}
	if _, err := d.Org.ImportUnits(root, list); err != nil {
		return err
	}
	dir, err := d.Org.Look(root)
	if err != nil {
		return err
	}
	add := func(unit int64, name, login string, role auth.Role) error {
		p, err := d.Org.SavePerson(root, org.Person{Name: name, UnitID: unit, SortNo: 1})
		if err != nil || login == "" {
			return err
		}
		return d.DB.Update(ctx, func(tx *sqldb.Tx) error {
			return d.Account.Create(ctx, tx, d.Region, p.ID, login, demo.Password, role)
		})
	}
	for i, u := range dir.Units {
		login := ""
		if i < 2 {
			login = fmt.Sprintf("clerk%d", i)
		}
		if err := add(u.ID, fmt.Sprintf("干事%03d", i), login, auth.Clerk); err != nil {
			return err
		}
	}
	if err := add(dir.Units[0].ID, "督查员", "ducha", auth.Supervisor); err != nil {
		return err
	}
	return add(dir.Units[0].ID, "区领导", "lingdao", auth.Leader)
}

// campaign opens one and imports its task book.
func (d *district) campaign(boss context.Context, camps *campaign.Service, i, n int) error {
	c, err := camps.CreateCampaign(boss, fmt.Sprintf("bench-camp-%04d", i), campaign.Campaign{Code: fmt.Sprintf("A%d", i), Name: fmt.Sprintf("第%d个攻坚行动", i+1),
		Year: 2017, From: "2017-01", To: "2017-12", LeadUnit: d.Units[0], SortNo: int64(i + 1)})
	if err != nil {
		return err
	}
	src := campaign.Source{FileName: "任务书.xlsx"}
	for k := range n {
		src.Tasks = append(src.Tasks, breakdown.Task{No: fmt.Sprint(k + 1), Text: fmt.Sprintf("第%d标段道路改造和管网建设完成投资，同步做好沿线征迁和绿化", k+1),
			LeadUnits: []string{fmt.Sprintf("第%03d镇人民政府", (i*37+k)%len(d.Units))}, SupportUnits: []string{fmt.Sprintf("第%03d镇人民政府", (i*37+k+11)%len(d.Units))},
			Deadline: "2017-12-31", Goal: fmt.Sprint(1200 + 100*(k%50)), Unit: "万元", Points: "5", Category: "项目建设", Row: k + 2})
	}
	p, err := camps.PreviewImport(boss, c.ID, src)
	if err != nil {
		return err
	}
	if p.New != n {
		return fmt.Errorf("%d of %d rows are new: %+v", p.New, n, p.Rows[0])
	}
	_, err = camps.CommitImport(boss, fmt.Sprintf("bench-import-%04d", i), p.BatchID, "")
	return err
}

// accounts files a month for every item, a unit in a transaction; one in twenty is verified.
func (d *district) accounts(ctx context.Context, books *task.Book, m period.Month) error {
	of := map[int64][]task.Task{}
	for _, t := range d.Items {
		of[t.LeadUnit] = append(of[t.LeadUnit], t)
	}
	boss, _ := auth.From(d.as(ctx, d.Supervisor, 0, auth.Supervisor))
	for i, unit := range d.Units {
		who, _ := auth.From(d.clerk(ctx, i))
		if err := d.DB.Update(ctx, func(tx *sqldb.Tx) error {
			for k, t := range of[unit] {
				value := amount.Scaled(int64(m.Number())*(70+int64(t.ID/7%50))) * 10000
				x := task.Draft{TaskID: t.ID, Month: m, Value: value, BlockerKind: task.NoBlocker, Progress: "沿线征迁签约过半，路基完成三公里，管网进场施工。"}
				if k%9 == 0 {
					x.BlockerKind, x.Blocker, x.NextStep = "用地报批", "两宗用地未批复", "下月底前组件上报"
				}
				if _, err := books.FileAccount(ctx, tx, who, x); err != nil {
					return err
				}
				if k%20 == 0 {
					if err := books.VerifyAccount(ctx, tx, boss, t.ID, indicator.Reading{Period: m, Value: value}); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
