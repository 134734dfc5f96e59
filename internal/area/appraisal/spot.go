package appraisal

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/task"

	"github.com/govalues/decimal"
)

// Spot is one value that the first review must look at (抽查项): drawn by the program when the data source has confirmed, answered by somebody who
// neither entered nor verified it.
//
// Source: domain 13.14 (考核办初核，抽查).
type Spot struct {
	ID, RoundID   int64
	Seed          string // of the draw
	Source        string // task:17@2017-06
	UnitID        int64
	Item          string
	Value, Target string // as reported, before a less-is-better row is turned
	Why           string // what speaks for a closer look; "" = drawn by chance
	Answer        Answer
	Found         string // the value found, where it differs
	Evidence      string // what was looked at
	AnsweredBy    int64
	AnsweredAt    int64
	Version       int64
}

// Answer is what came out of a spot check (核对结果).
type Answer string

// The answers; "" is none yet.
const (
	Agrees  Answer = "agrees"  // 一致
	Differs Answer = "differs" // 不一致
)

// Chinese returns the answer as people say it.
func (a Answer) Chinese() string {
	return map[Answer]string{"": "还没有核对", Agrees: "一致", Differs: "不一致"}[a]
}

func (x Spot) sealed() any {
	return struct {
		Round      int64         `json:"round,string"`
		Seed       string        `json:"seed"`
		Source     string        `json:"source"`
		Unit       int64         `json:"unit,string"`
		Item       string        `json:"item"`
		Value      string        `json:"value"`
		Target     string        `json:"target"`
		Why        string        `json:"why"`
		Answer     Answer        `json:"answer"`
		Found      string        `json:"found"`
		Evidence   string        `json:"evidence"`
		AnsweredBy ledger.Person `json:"answered_by"`
	}{x.RoundID, x.Seed, x.Source, x.UnitID, x.Item, x.Value, x.Target, x.Why, x.Answer, x.Found, x.Evidence, ledger.Person(x.AnsweredBy)}
}

// How many values are drawn: a tenth, at least six and at most twenty, half of them by risk. [D]
const (
	spotShare = 10
	spotLeast = 6
	spotMost  = 20
)

// lot is a value's place in the draw: SHA-256 of seed, bar and source, in hex; the smallest lots are drawn. Anybody with the seed can draw again.
func lot(seed, source string) string {
	sum := sha256.Sum256([]byte(seed + "|" + source))
	return hex.EncodeToString(sum[:])
}

// Draw says what a draw was made of, so that it can be made again; it is sealed in the ledger.
type Draw struct {
	Seed  string `json:"seed"`
	Of    int    `json:"of"`    // values that could be drawn
	Risky int    `json:"risky"` // of them with something that speaks for a closer look
	Spots int    `json:"spots"`
}

// draw takes the values to be looked at from the sealed rows of a round. It is pure: the same facts and seed give the same draw.
// why gives what speaks for a closer look at a row, one reason each.
func draw(rows []score.Input, why func(score.Input) []string, unit map[string]int64, seed string) (Draw, []Spot) {
	type candidate struct {
		row  score.Input
		why  []string
		lot  string
		unit int64
	}
	var list []candidate
	seen := map[string]bool{}
	for _, r := range rows {
		written := strings.HasPrefix(r.Source, "task:") || strings.HasPrefix(r.Source, "indicator:") || strings.HasPrefix(r.Source, "event:")
		if !written || seen[r.Source] || r.Exempt || !r.Value.Valid && !r.Count.Valid { // what the program counts itself is no one's word
			continue
		}
		seen[r.Source] = true
		list = append(list, candidate{r, why(r), lot(seed, r.Source), unit[r.Unit]})
	}
	n := min(max((len(list)*spotShare+99)/100, spotLeast), spotMost, len(list))
	d := Draw{Seed: seed, Of: len(list), Spots: n}
	for _, c := range list {
		if len(c.why) > 0 {
			d.Risky++
		}
	}
	take := func(m int, risk bool) (out []candidate) {
		slices.SortFunc(list, func(a, b candidate) int {
			if risk {
				return cmp.Or(cmp.Compare(len(b.why), len(a.why)), strings.Compare(a.lot, b.lot))
			}
			return strings.Compare(a.lot, b.lot)
		})
		out = slices.Clone(list[:m])
		list = list[m:]
		return out
	}
	var out []Spot
	add := func(c candidate, words string) {
		value, target := c.row.Value, c.row.Target
		if inverse(c.row) { // the row was turned; people look for what was reported
			value, target = target, value
		}
		x := Spot{Seed: seed, Source: c.row.Source, UnitID: c.unit, Item: cmp.Or(c.row.Item, c.row.Event), Why: words}
		if value.Valid {
			x.Value = value.Decimal.String()
		} else {
			x.Value = c.row.Count.Decimal.String()
		}
		if target.Valid {
			x.Target = target.Decimal.String()
		}
		out = append(out, x)
	}
	for _, c := range take(min(n/2, d.Risky), true) {
		add(c, strings.Join(c.why, "；"))
	}
	for _, c := range take(n-len(out), false) {
		add(c, "")
	}
	return d, out
}

// gapRow is the least that verification must have fallen short of a report, in hundredths of a percent.
const gapRow = gapMean

// risks tells what speaks for a closer look at a row: verification that found less in the same year, a reported value just above where points begin, a
// progress that repeats last month's words. now and before are the accounts of the quarter's last two months, by task.
func (f fairFacts) risks(now, before map[int64]task.Account) func(score.Input) []string {
	byTask := map[int64]task.Task{}
	for _, t := range f.tasks {
		byTask[t.ID] = t
	}
	lines := map[string][]*score.Item{}
	var walk func(items []*score.Item)
	walk = func(items []*score.Item) {
		for _, it := range items {
			walk(it.Parts)
			if !it.Off && !it.Down && it.Method != score.Combination {
				lines[it.Indicator] = append(lines[it.Indicator], it)
			}
		}
	}
	if f.rule != nil {
		walk(f.rule.Items)
	}
	end := f.quarter.Last()
	return func(r score.Input) (why []string) {
		id, _ := sourceOf(r.Source)
		if n := taskIn(r.Source); n != 0 {
			id = byTask[n].IndicatorID
		} else if !strings.HasPrefix(r.Source, "indicator:") {
			return nil
		}
		if p := f.shortfall(id, end); p <= gapRow {
			why = append(why, "今年核验比自报少 "+tenth(-p, 1)+"%")
		}
		if r.Kind == score.Reported && r.Value.Valid && !inverse(r) {
			for _, it := range lines[r.Item] {
				if slices.ContainsFunc(thresholds(it, r), func(t decimal.Decimal) bool { return justAbove(r.Value.Decimal, t) }) {
					why = append(why, "自报数只比得分的门槛高出 1% 以内")
					break
				}
			}
		}
		if n := taskIn(r.Source); n != 0 && copied(now[n].Progress, before[n].Progress) {
			why = append(why, "进展情况照抄上月")
		}
		return why
	}
}

// shortfall is the worst gap between a report and its verification in the year, in hundredths of a percent; 0 if none was found.
func (f fairFacts) shortfall(indicatorID int64, end period.Month) (worst int64) {
	for _, v := range f.history[indicatorID] {
		if v.Period > end || v.Period.Year() != end.Year() || v.Reported == nil || v.Verified == nil {
			continue
		}
		if p, ok := percentOf(*v.Reported, *v.Verified); ok {
			if f.sheets[indicatorID].Direction == indicator.Down {
				p = -p
			}
			worst = min(worst, p)
		}
	}
	return worst
}

// copied reports whether two texts say the same but for figures, blanks and signs.
func copied(a, b string) bool {
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return r
			}
			return -1
		}, s)
	}
	x := letters(a)
	return len([]rune(x)) >= 8 && x == letters(b)
}

// sourceOf reads the number and the month in a source such as task:17@2017-06.
func sourceOf(source string) (id int64, m period.Month) {
	_, rest, _ := strings.Cut(source, ":")
	n, month, _ := strings.Cut(rest, "@")
	fmt.Sscan(n, &id)
	return id, period.Month(month)
}
