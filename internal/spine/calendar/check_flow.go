package calendar

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"duban/internal/base/ref"
	"duban/internal/base/sqldb"
	"duban/internal/spine/ledger"
)

// Check holds the arrangements of the database to where they came from: the notices of the program, or the ledger's entry of the import. Deadlines hang on
// them, and lights and lateness on deadlines. regions are those whose people may have imported one. It returns a sentence for each version that differs.
func Check(ctx context.Context, tx *sqldb.Tx, regions []int64) (bad []string, err error) {
	type version struct{ year, version int64 }
	known := map[version][]string{}
	list, err := loadPresets()
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		v := version{int64(p.Year.Year), p.Version}
		known[v] = append(known[v], p.Document+"\n"+daysText(p.Days))
	}
	var imported []version
	for _, region := range regions {
		for f := (ledger.Filter{Subject: ref.Ref{Kind: "calendar.year"}, Limit: 500}); ; {
			page, err := ledger.Entries(ctx, tx, region, f)
			if err != nil {
				return nil, err
			}
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				var b struct {
					Version  int64  `json:"version"`
					Document string `json:"document"`
					Days     []Day  `json:"days"`
				}
				if e.Verb != "import" || json.Unmarshal(e.Body, &b) != nil {
					continue
				}
				v := version{e.Subject.ID, b.Version}
				known[v] = append(known[v], b.Document+"\n"+daysText(b.Days))
				imported = append(imported, v)
			}
			f.Before = page[len(page)-1].Seq
		}
	}
	days := map[version][]Day{}
	if err := sqldb.Each(ctx, tx, selectAllDays, scanDayRow, func(d dayRow) error {
		v := version{d.year, d.version}
		days[v] = append(days[v], d.Day)
		return nil
	}); err != nil {
		return nil, err
	}
	have := map[version]bool{}
	if err := sqldb.Each(ctx, tx, selectAllYears, scanYear, func(y Year) error {
		v := version{int64(y.Year), y.Version}
		have[v] = true
		switch texts, ok := known[v]; {
		case !ok:
			bad = append(bad, fmt.Sprintf("calendar.year：%d 年第 %d 版放假安排不是程序带来的，台账里也没有录入它的记录，是绕过系统添加的。", v.year, v.version))
		case !slices.Contains(texts, y.Document+"\n"+daysText(days[v])):
			bad = append(bad, fmt.Sprintf("calendar.year：%d 年第 %d 版放假安排与通知不一致，哪天上班哪天放假被改动过；时限、迟报都按它算。", v.year, v.version))
		}
		delete(days, v)
		return nil
	}); err != nil {
		return nil, err
	}
	for v := range days { // pages read them all the same
		bad = append(bad, fmt.Sprintf("calendar.year：%d 年第 %d 版放假安排只剩日期，登记被删去。", v.year, v.version))
	}
	for _, v := range imported {
		if !have[v] {
			bad = append(bad, fmt.Sprintf("calendar.year：%d 年第 %d 版放假安排在台账里有录入的记录，库里没有，是绕过系统删除的。", v.year, v.version))
		}
	}
	slices.Sort(bad)
	return bad, nil
}

// daysText is an arrangement in the one order that there is.
func daysText(days []Day) string {
	lines := make([]string, 0, len(days))
	for _, d := range days {
		lines = append(lines, d.Day+"\t"+string(d.Kind)+"\t"+d.Name)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
