package score

import (
	"slices"
	"strings"
)

// Apply is Compute, and where the scheme says how periods make a year (汇总) and the rows are of several periods, the year's result: every
// period is scored by itself, then Aggregate puts them together. Rows of the year itself (2017, 年终) are the year-end part and what gates read.
//
// Source: domain 13.15, 14.8, 14.13.
func Apply(s *Scheme, d Data) Result {
	if s.Aggregate == nil || d.Period != "" {
		return Compute(s, d)
	}
	used := s.indicators()
	for n := range s.aliases() {
		used[n] = true
	}
	for n := range s.events() {
		used[n] = true
	}
	periods := map[string]bool{}
	year, other := "", ""
	for _, r := range d.Rows {
		if r.Period == "" || !used[r.Item] && !used[r.Event] {
			continue
		}
		periods[r.Period] = true
		if y := yearOf(r.Period); y > year {
			year, other = y, year
		} else if y != year && y != "" {
			other = y
		}
	}
	if len(periods) < 2 {
		return Compute(s, d)
	}
	y := YearInput{Period: year, Data: Data{Period: year}}
	var problems []Problem
	if other != "" {
		problems = append(problems, Problem{Warning, "数据", "有不止一年的数据，只汇总" + year + "年的"})
	}
	has := func(of string) bool {
		return slices.ContainsFunc(s.Aggregate.Parts, func(p YearPart) bool { return p.Of == of })
	}
	whole := func(p string) bool { return p == year && p != "" || p == yearEnd }
	one := func(p string) Result {
		part := Data{Period: p}
		for _, r := range d.Rows {
			if r.Period == p || r.Period == "" {
				part.Rows = append(part.Rows, r)
			}
		}
		r := Compute(s, part)
		for _, x := range r.Problems {
			x.Where = p + " " + x.Where
			problems = append(problems, x)
		}
		return r
	}
	for _, p := range sortedKeys(periods) {
		switch {
		case yearOf(p) != year && yearOf(p) != "":
		case whole(p):
			if has("year_end") && d.scores(s, p) {
				r := one(p)
				y.YearEnd = &r
			}
		case strings.Contains(p, "Q"):
			y.Quarters = append(y.Quarters, one(p))
		case slot(p) > 0:
			y.Months = append(y.Months, one(p))
		default:
			problems = append(problems, Problem{Warning, "时段“" + p + "”", "不是月、季或年，没有计入年度"})
		}
	}
	for _, r := range d.Rows {
		if r.Period == "" || whole(r.Period) {
			r.Period = year
			y.Data.Rows = append(y.Data.Rows, r)
		}
	}
	r := Aggregate(s, y)
	r.Problems = append(problems, r.Problems...)
	return r
}

// yearEnd is the period of rows that say 年终 and no year.
const yearEnd = "YE"

// yearOf is the year that a period says.
func yearOf(p string) string {
	if len(p) >= 4 && strings.Trim(p[:4], "0123456789") == "" {
		return p[:4]
	}
	return ""
}

// scores reports whether rows of the period are of an item, not only of what formulas read.
func (d Data) scores(s *Scheme, period string) bool {
	items := map[string]bool{}
	for _, it := range s.Items {
		for _, x := range append([]*Item{it}, it.Parts...) {
			items[x.Indicator], items[x.Name], items[x.ID] = true, true, true
		}
	}
	return slices.ContainsFunc(d.Rows, func(r Input) bool { return r.Period == period && items[r.Item] })
}
