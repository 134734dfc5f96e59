package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"duban/internal/app/house"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
)

// password is everybody's in a play.
const password = "Juben-2017-Mima"

// statement is one line of a play with what is indented below it.
type statement struct {
	file  string
	line  int
	verb  string
	words []string
	block []string // the indented lines, without their first tab
}

func (s statement) String() string { return fmt.Sprintf("%s:%d: %s", s.file, s.line, s.verb) }

// scriptError says that the play itself is wrong, or that it did not come as the play says.
type scriptError struct{ text string }

func (e scriptError) Error() string { return e.text }

// fail stops the play at the statement.
func (s statement) fail(format string, args ...any) {
	panic(scriptError{s.String() + "：" + fmt.Sprintf(format, args...)})
}

// word returns the i-th word, which must be there.
func (s statement) word(i int) string {
	if i >= len(s.words) {
		s.fail("少了第 %d 个词", i+1)
	}
	return s.words[i]
}

// only refuses more words than the verb takes.
func (s statement) only(n int) {
	if len(s.words) > n {
		s.fail("多了“%s”", strings.Join(s.words[n:], " "))
	}
}

// text joins the words from i on; there must be one.
func (s statement) text(i int) string {
	s.word(i)
	return strings.Join(s.words[i:], " ")
}

// named splits the words from i on into what follows each of the keys: 卡点 … 求助 ….
func (s statement) named(i int, keys ...string) map[string]string {
	out, key := map[string]string{}, ""
	for ; i < len(s.words); i++ {
		w := s.words[i]
		known := false
		for _, k := range keys {
			known = known || k == w
		}
		switch {
		case known:
			if _, dup := out[w]; dup {
				s.fail("“%s”写了两次", w)
			}
			key, out[w] = w, ""
		case key == "":
			s.fail("看不懂“%s”，这里可写：%s", w, strings.Join(keys, "、"))
		default:
			out[key] = strings.TrimSpace(out[key] + " " + w)
		}
	}
	return out
}

// fields reads the block as 名称：内容; only the given names are known.
func (s statement) fields(known ...string) map[string]string {
	out := map[string]string{}
	for _, l := range s.block {
		name, v, ok := strings.Cut(l, "：")
		name = strings.TrimSpace(name)
		found := false
		for _, k := range known {
			found = found || k == name
		}
		if !ok || !found {
			s.fail("看不懂“%s”，这里可写：%s", l, strings.Join(known, "、"))
		}
		out[name] = strings.TrimSpace(v)
	}
	return out
}

// table reads the block as rows of cells.
func (s statement) table() (rows [][]string) {
	for _, l := range s.block {
		l = strings.TrimSpace(l)
		if !strings.HasPrefix(l, "|") || !strings.HasSuffix(l, "|") || len(l) < 2 {
			s.fail("“%s”不是表格的一行", l)
		}
		var row []string
		for _, c := range strings.Split(l[1:len(l)-1], "|") {
			row = append(row, strings.TrimSpace(c))
		}
		rows = append(rows, row)
	}
	return rows
}

// tokens splits a line at spaces; what stands between “ and ” at the beginning of a word is one word.
func tokens(l string) (out []string) {
	for l = strings.TrimSpace(l); l != ""; l = strings.TrimSpace(l) {
		if rest, ok := strings.CutPrefix(l, "“"); ok {
			depth := 1
			for i, r := range rest {
				switch r {
				case '“':
					depth++
				case '”':
					depth--
				}
				if depth == 0 {
					next := rest[i+len("”"):]
					if next == "" || strings.TrimSpace(next[:1]) == "" || strings.HasPrefix(next, "\u3000") {
						out, l = append(out, rest[:i]), next
						rest = ""
					}
					break
				}
			}
			if rest == "" {
				continue
			}
		}
		i := strings.IndexFunc(l, func(r rune) bool { return r == ' ' || r == '\t' || r == '\u3000' })
		if i < 0 {
			i = len(l)
		}
		out, l = append(out, l[:i]), l[i:]
	}
	return out
}

// parse splits a play into statements.
func parse(file, text string) (out []statement, err error) {
	for i, l := range strings.Split(text, "\n") {
		l = strings.TrimRight(l, " \t\r")
		switch {
		case l == "" || strings.HasPrefix(strings.TrimSpace(l), "#") && !strings.HasPrefix(l, "\t\t"):
		case strings.HasPrefix(l, "\t"):
			if len(out) == 0 {
				return nil, scriptError{fmt.Sprintf("%s:%d: 缩进的行前面没有语句", file, i+1)}
			}
			x := &out[len(out)-1]
			x.block = append(x.block, l[1:])
		default:
			w := tokens(l)
			out = append(out, statement{file: file, line: i + 1, verb: w[0], words: w[1:]})
		}
	}
	return out, nil
}

// person is somebody of the play.
type person struct {
	id, unit, post int64
	name, login    string
	roles          []auth.Role
}

// stage is where a play is performed: the whole program with a moved clock, and what the play has named so far.
type stage struct {
	h      *house.House
	clock  *period.Fixed
	region int64
	units  map[string]org.Unit // by full and short name
	people []*person
	who    *person

	campaigns   map[string]int64 // by code
	tours       map[period.Month]int64
	findings    map[string]int64 // by number
	orders      map[string]int64 // by number
	bulletins   map[int64]int64  // by issue
	adjustments map[string]int64 // the last one of a task, by its number
	rounds      map[period.Quarter]int64
	objections  map[string]int64 // the last one, by quarter and unit
	events      map[string]int64 // the last one, by unit
	reports     map[string]int64 // the last one, by task number and month
	exhibits    map[string]int64 // by file name
	scheme      int64
	signal      int64 // the last one
	suggestion  int64 // the last one

	keys   int
	sort   int64
	said   string // what the last act answered
	acts   int
	asked  int // assertions
	err    error
	failed statement
}

// open puts the program together on the database and returns an empty stage.
func open(ctx context.Context, db *sqldb.DB, clock *period.Fixed) (*stage, error) {
	clock.Set(time.Date(2017, 1, 3, 9, 0, 0, 0, period.Beijing))
	// The cost of the passwords is the least that works: everybody may read them in the play.
	h, err := house.Build(ctx, db, house.Options{Clock: clock, Real: period.System{}, Log: slog.New(slog.DiscardHandler), Params: account.Params{MemoryKiB: 64, Passes: 1, Threads: 1}})
	if err != nil {
		return nil, err
	}
	return &stage{h: h, clock: clock, units: map[string]org.Unit{}, campaigns: map[string]int64{}, tours: map[period.Month]int64{}, findings: map[string]int64{},
		orders: map[string]int64{}, bulletins: map[int64]int64{}, adjustments: map[string]int64{}, rounds: map[period.Quarter]int64{}, objections: map[string]int64{},
		events: map[string]int64{}, reports: map[string]int64{}, exhibits: map[string]int64{}}, nil
}

// perform plays a text. The error names the line.
func (p *stage) perform(ctx context.Context, file, text string) (err error) {
	list, err := parse(file, text)
	if err != nil {
		return err
	}
	defer func() {
		switch x := recover().(type) {
		case nil:
		case scriptError:
			err = x
		default:
			panic(x)
		}
	}()
	for _, s := range list {
		p.do(ctx, s)
	}
	p.mustHaveWorked()
	if err := p.h.Outbox.Drain(ctx); err != nil {
		return err
	}
	return nil
}

func (p *stage) mustHaveWorked() {
	if p.err != nil {
		err := p.err
		p.err = nil
		p.failed.fail("没有办成：%v", err)
	}
}

func (p *stage) do(ctx context.Context, s statement) {
	if see, ok := sights[s.verb]; ok {
		if s.verb != "应拒" {
			p.mustHaveWorked()
		}
		p.asked++
		see(p, ctx, s)
		return
	}
	p.mustHaveWorked()
	if s.verb == "序幕" {
		name := filepath.Join("prologue", s.word(0)+".txt")
		b, err := os.ReadFile(filepath.Join("scenario", name))
		if err != nil {
			s.fail("%v", err)
		}
		list, err := parse(name, string(b))
		if err != nil {
			panic(err)
		}
		for _, x := range list {
			p.do(ctx, x)
		}
		p.mustHaveWorked()
		return
	}
	act, ok := verbs[s.verb]
	if !ok {
		s.fail("没有这个动词")
	}
	p.acts++
	p.said = ""
	p.err, p.failed = act(p, ctx, s), s
	if p.err == nil && s.verb != "时间" && s.verb != "作为" {
		p.clock.Set(p.clock.Now().Add(time.Minute)) // acts of a day follow one another
	}
}

// key is the receipt key of the next form: the same in every performance.
func (p *stage) key() string { p.keys++; return fmt.Sprintf("play-%012d", p.keys) }

// actor is the person as the program's session would have him.
func (p *stage) actor(x *person) auth.Actor {
	return auth.Actor{ID: x.id, RegionID: p.region, UnitID: x.unit, Name: x.name, Roles: x.roles, Units: []int64{x.unit}}
}

// as returns a context in which the person on the stage acts.
func (p *stage) as(ctx context.Context, s statement) context.Context {
	if p.who == nil {
		s.fail("还没有“作为”谁")
	}
	return auth.With(ctx, p.actor(p.who))
}

// all returns a context that reads everything: the runner looks up ids and versions with it, and never acts.
func (p *stage) all(ctx context.Context) context.Context {
	return auth.With(ctx, auth.Actor{ID: 1, RegionID: p.region, Name: "剧务", Roles: []auth.Role{auth.Leader, auth.Auditor}})
}

func (p *stage) unit(s statement, name string) org.Unit {
	u, ok := p.units[name]
	if !ok {
		s.fail("没有单位“%s”", name)
	}
	return u
}

// find returns the person with the name, of the unit if one is given.
func (p *stage) find(s statement, unit, name string) *person {
	for _, x := range p.people {
		if x.name == name && (unit == "" || x.unit == p.unit(s, unit).ID) {
			return x
		}
	}
	s.fail("“%s”没有“%s”这个人", unit, name)
	return nil
}

// post returns the post that the named person holds, or the post with that title.
func (p *stage) post(ctx context.Context, s statement, name string) int64 {
	for _, x := range p.people {
		if x.name == name && x.post != 0 {
			return x.post
		}
	}
	d, err := p.h.Org.Look(p.all(ctx))
	if err != nil {
		s.fail("%v", err)
	}
	for _, x := range d.Posts {
		if x.Title == name {
			return x.ID
		}
	}
	s.fail("没有职务“%s”", name)
	return 0
}

func known[K comparable](s statement, m map[K]int64, k K) int64 {
	n, ok := m[k]
	if !ok {
		s.fail("剧中还没有“%v”", k)
	}
	return n
}

var bareMonth = regexp.MustCompile(`^(\d{1,2})月$`)

// month reads 3月 as a month of the play's year, or 2017-03.
func (p *stage) month(s statement, w string) period.Month {
	if m := bareMonth.FindStringSubmatch(w); m != nil {
		n, _ := strconv.Atoi(m[1])
		return period.Month(fmt.Sprintf("%s-%02d", period.MonthOf(p.clock.Now()).Year(), n))
	}
	if !period.Month(w).Valid() {
		s.fail("“%s”不是月份", w)
	}
	return period.Month(w)
}

// quarter reads 一季度 as a quarter of the play's year.
func (p *stage) quarter(s statement, w string) period.Quarter {
	for i, name := range []string{"一季度", "二季度", "三季度", "四季度"} {
		if w == name {
			return period.Quarter(fmt.Sprintf("%sQ%d", period.MonthOf(p.clock.Now()).Year(), i+1))
		}
	}
	if !period.Quarter(w).Valid() {
		s.fail("“%s”不是季度", w)
	}
	return period.Quarter(w)
}

// number reads an exact decimal as a value times 10^4.
func number(s statement, w string) amount.Scaled {
	d, err := decimal.Parse(w)
	if err != nil || d.Trim(0).Scale() > 4 {
		s.fail("“%s”不是最多四位小数的数", w)
	}
	return amount.Scaled(int64(d.Trim(0).Pad(4).Coef()) * int64(d.Sign()))
}

func whole(s statement, w string) int64 {
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil {
		s.fail("“%s”不是整数", w)
	}
	return n
}

// say is all that a user would read of an error.
func say(err error) string {
	if errs.KindOf(err) == errs.Internal {
		return "内部错误：" + err.Error()
	}
	return err.Error()
}
