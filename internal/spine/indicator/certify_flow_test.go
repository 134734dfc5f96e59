package indicator_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
)

const (
	region     = 7
	owes       = 3 // the unit that owes the values
	statistics = 5 // their data source
)

func init() {
	ledger.RegisterSubject("indicator.reading", indicator.EachReading, ledger.Labels{"": "指标读数"})
	ledger.RegisterSubject("indicator.plan", indicator.EachPlan, ledger.Labels{"": "目标"})
}

type office struct {
	*testing.T
	db    *sqldb.DB
	s     *indicator.Service
	book  *indicator.Book
	items []indicator.Indicator // two that the statistics office certifies, one that nobody does
	after []int64               // what followed
	keys  int
}

func open(t *testing.T, db *sqldb.DB, c *period.Fixed) *office {
	c.SetDay("2017-05-18")
	var mu sync.Mutex
	var last int64 = 100
	ids := func() int64 { mu.Lock(); defer mu.Unlock(); last++; return last }
	o := &office{T: t, db: db, book: indicator.NewBook(ids)}
	o.s = indicator.New(db, o.book)
	o.s.Naming(func(_ context.Context, _ *sqldb.Tx, _ int64, list []indicator.Sheet) (map[int64]indicator.Owner, error) {
		out := map[int64]indicator.Owner{}
		for _, h := range list {
			out[h.ID] = indicator.Owner{ID: h.ID + 1000, No: "CY-" + h.Name, Title: h.Name}
		}
		return out, nil
	})
	o.s.Following(func(_ context.Context, _ *sqldb.Tx, _ int64, h indicator.Sheet) error {
		o.after = append(o.after, h.ID)
		return nil
	})
	o.must(db.Update(t.Context(), func(tx *sqldb.Tx) error {
		for i, name := range []string{"技改投资", "新增规上企业", "没有来源"} {
			x := indicator.Indicator{Name: name, Measure: "万元", UnitID: owes, SourceUnitID: statistics}
			if i == 2 {
				x.SourceUnitID = 0
			}
			x, err := o.book.Open(t.Context(), tx, who(90, 1, auth.Supervisor), x, indicator.Plan{From: "2017-01", To: "2017-12", Target: 1200000})
			if err != nil {
				return err
			}
			o.items = append(o.items, x)
			if _, err := o.book.Record(t.Context(), tx, who(31, owes, auth.Clerk), indicator.Reading{IndicatorID: x.ID, Period: "2017-03", Kind: indicator.Reported, Value: 250000}); err != nil {
				return err
			}
		}
		return nil
	}))
	return o
}

func who(id, unit int64, roles ...auth.Role) auth.Actor {
	return auth.Actor{ID: id, RegionID: region, UnitID: unit, Units: []int64{unit}, Roles: roles}
}

func (o *office) as(a auth.Actor) context.Context { return auth.With(o.Context(), a) }
func (o *office) key() string                     { o.keys++; return fmt.Sprintf("key-%08d", o.keys) }
func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) readings(id int64) (out []indicator.Reading) {
	o.Helper()
	o.must(o.db.View(o.Context(), func(tx *sqldb.Tx) (err error) {
		out, err = indicator.Readings(o.Context(), tx, region, id)
		return err
	}))
	return out
}

// clean holds the values to their readings and the ledger to both.
func (o *office) clean() {
	o.Helper()
	r, err := ledger.Verify(o.Context(), o.db)
	o.must(err)
	if !r.OK() {
		o.Error(r.Findings)
	}
	o.must(o.db.View(o.Context(), func(tx *sqldb.Tx) error {
		bad, err := indicator.CheckValues(o.Context(), tx, region)
		if len(bad) > 0 {
			o.Error(bad)
		}
		return err
	}))
}

func TestCertifyOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		src, x := o.as(who(50, statistics, auth.Source)), o.items[0].ID
		first := indicator.Certification{IndicatorID: x, Month: "2017-03", Value: 260000, Source: " 统计月报 2017 年 3 月 "}
		key := o.key()
		a, err := o.s.CertifyOnce(src, key, first)
		o.must(err)
		if a.Source != "统计月报 2017 年 3 月" {
			t.Errorf("source %q", a.Source)
		}
		b, err := o.s.CertifyOnce(src, key, first)
		o.must(err)
		if a.ID != b.ID || b.Value != 260000 || len(o.readings(x)) != 2 || len(o.after) != 1 {
			t.Errorf("sent twice: %d and %d, %d readings, %d times followed", a.ID, b.ID, len(o.readings(x)), len(o.after))
		}
		if _, err := o.s.CertifyOnce(src, "short", first); errs.KindOf(err) != errs.Invalid {
			t.Errorf("no key: %v", err)
		}
		// A correction says why, and the earlier reading stays.
		if _, err := o.s.CertifyOnce(src, o.key(), indicator.Certification{IndicatorID: x, Month: "2017-03", Value: 270000, Source: "月报"}); len(errs.FieldsOf(err)) != 1 || errs.FieldsOf(err)[0].Name != "note" {
			t.Errorf("a correction without a reason: %v", err)
		}
		_, err = o.s.CertifyOnce(src, o.key(), indicator.Certification{IndicatorID: x, Month: "2017-03", Value: 270000, Source: "月报", Note: "漏计一家企业"})
		o.must(err)
		tr, err := o.s.TrailOf(src, x)
		o.must(err)
		if !tr.Mine || tr.Owner.No != "CY-技改投资" || len(tr.Readings) != 3 || tr.Readings[0].Note != "漏计一家企业" || *tr.At("2017-03").Certified != 270000 || *tr.At("2017-03").Reported != 250000 {
			t.Errorf("trail: %+v", tr)
		}
		for name, try := range map[string]struct {
			who  auth.Actor
			item int64
			kind errs.Kind
		}{
			"another department": {who(51, 6, auth.Source), x, errs.Forbidden}, "the unit itself": {who(31, owes, auth.Clerk), x, errs.Forbidden}, "supervision": {who(90, 1, auth.Supervisor), x, errs.Forbidden},
			"an indicator that nobody certifies": {who(50, statistics, auth.Source), o.items[2].ID, errs.Forbidden}, "none": {who(50, statistics, auth.Source), 1, errs.NotFound},
			"who reported it": {who(31, statistics, auth.Source), x, errs.Forbidden},
		} {
			_, err := o.s.CertifyOnce(o.as(try.who), o.key(), indicator.Certification{IndicatorID: try.item, Month: "2017-03", Value: 10000, Source: "月报", Note: "x"})
			if errs.KindOf(err) != try.kind {
				t.Errorf("%s: %v", name, err)
			}
		}
		other := who(50, statistics, auth.Source)
		other.RegionID = 8
		if _, err := o.s.CertifyOnce(o.as(other), o.key(), first); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another region: %v", err)
		}
		o.clean()
	})
}

func TestCertifyMany(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		src, a, b := o.as(who(50, statistics, auth.Source)), o.items[0].ID, o.items[1].ID
		list := []indicator.Certification{
			{IndicatorID: a, Month: "2017-01", Value: 80000, Source: "月报"}, {IndicatorID: a, Month: "2017-02", Value: 160000, Source: "月报"}, {IndicatorID: b, Month: "2017-02", Value: 20000, Source: "月报"},
			{IndicatorID: b, Month: "2017-05", Value: 1, Source: "月报"}, {IndicatorID: o.items[2].ID, Month: "2017-02", Value: 1, Source: "月报"}, {IndicatorID: b, Month: "2017-03", Value: 1},
			{IndicatorID: a, Month: "2017-01", Value: 80000, Source: "月报"}, {IndicatorID: a, Month: "2017-01", Value: 90000, Source: "月报"}}
		key := o.key()
		n, refused, err := o.s.CertifyMany(src, key, list)
		o.must(err)
		var rows []int
		for _, r := range refused {
			rows = append(rows, r.Row)
		}
		if n != 3 || fmt.Sprint(rows) != "[3 4 5 7]" {
			t.Errorf("%d entered, refused %v", n, refused)
		}
		if n, _, err = o.s.CertifyMany(src, key, list); err != nil || n != 3 || len(o.readings(a)) != 3 {
			t.Errorf("sent twice: %d, %v, %d readings", n, err, len(o.readings(a)))
		}
		if _, _, err := o.s.CertifyMany(src, o.key(), make([]indicator.Certification, indicator.MaxRows+1)); errs.KindOf(err) != errs.Invalid {
			t.Errorf("too many: %v", err)
		}
		o.clean()
		lines, err := o.s.Sourced(src)
		o.must(err)
		if len(lines) != 2 || lines[0].Owner.No > lines[1].Owner.No {
			t.Fatalf("%+v", lines)
		}
		for _, l := range lines {
			if l.ID == a && fmt.Sprint(l.Open("2017-04")) != "[2017-03 2017-04]" {
				t.Errorf("open: %v", l.Open("2017-04"))
			}
		}
	})
}

func TestIndicatorsOfAMonth(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := open(t, db, c)
		_, err := o.s.CertifyOnce(o.as(who(50, statistics, auth.Source)), o.key(), indicator.Certification{IndicatorID: o.items[0].ID, Month: "2017-03", Value: 240000, Source: "月报"})
		o.must(err)
		o.must(db.Update(t.Context(), func(tx *sqldb.Tx) error {
			_, err := o.book.Open(t.Context(), tx, who(90, 1, auth.Supervisor), indicator.Indicator{Name: indicator.FindingsFound, Measure: "个", UnitID: owes}, indicator.Plan{From: "2017-01", To: "2017-12", Target: amount.Scaled(1)})
			return err
		}))
		boss := o.as(who(90, 1, auth.Supervisor))
		get := func(f indicator.ListFilter) indicator.List {
			t.Helper()
			if f.Month == "" {
				f.Month = "2017-03"
			}
			if f.To == 0 {
				f.To = 50
			}
			l, err := o.s.Indicators(boss, f)
			o.must(err)
			return l
		}
		l := get(indicator.ListFilter{})
		if l.All != 3 || l.Gaps[indicator.Contradicts] != 1 || l.Gaps[indicator.Uncertified] != 1 || l.Gaps[indicator.NoGap] != 1 || l.Lines[0].Owner.No == "" {
			t.Errorf("%+v", l)
		}
		if l := get(indicator.ListFilter{Gap: indicator.Contradicts}); l.Matching != 1 || l.All != 3 || l.Lines[0].ID != o.items[0].ID {
			t.Errorf("%+v", l)
		}
		if l := get(indicator.ListFilter{Source: statistics, From: 1}); l.All != 2 || len(l.Lines) != 1 {
			t.Errorf("%+v", l)
		}
		if l := get(indicator.ListFilter{Unit: 4}); l.All != 0 {
			t.Errorf("%+v", l)
		}
		if l := get(indicator.ListFilter{Month: "2017-02"}); l.Gaps[indicator.Nothing] != 3 {
			t.Errorf("%+v", l)
		}
		if _, err := o.s.Indicators(o.as(who(31, owes, auth.Clerk, auth.Source)), indicator.ListFilter{Month: "2017-03"}); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a unit lists all: %v", err)
		}
		if _, err := o.s.TrailOf(o.as(who(31, owes, auth.Clerk)), o.items[0].ID); err != nil {
			t.Errorf("the unit that owes it: %v", err)
		}
		if _, err := o.s.TrailOf(o.as(who(44, 4, auth.Clerk)), o.items[0].ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another unit: %v", err)
		}
	})
}
