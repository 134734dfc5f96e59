package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"duban/internal/app/site"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/task"
	"duban/internal/web/route"
)

// The play secrecy.txt has two townships of one group: us (七都镇), who ask, and them (城南镇), in whose business the marks are.
const us, them = "七都镇", "城南镇"

// object is a record of theirs, or one that is everybody's.
type object struct {
	id     int64
	unit   int64 // whose it is; the person of an author's
	who    audience
	text   string  // what stands in the address, if it is no number
	shared []int64 // units that it is shared with by name: those who support a task
}

// String is the record as it stands in an address.
func (x object) String() string {
	if x.text != "" {
		return x.text
	}
	return id.Format(x.id)
}

type audience int

const (
	everybody audience = iota
	ownUnit            // the unit itself and those who oversee
	overseers          // those who oversee, and the group of a tour
	theOffice          // the supervision office and the leaders
	theFile            // a signal before the unit was heard: the unit and the supervision office, nobody else
	author             // a suggestion: who wrote it, and those who oversee
)

// sees is the reference: who may know of a record at all. It is all that architecture §4 (who may see what) says of single records.
func sees(a auth.Actor, o object) bool {
	switch o.who {
	case ownUnit:
		return a.Overseer() || a.UnitID == o.unit || slices.Contains(o.shared, a.UnitID)
	case overseers:
		return a.Overseer()
	case theFile:
		return a.Has(auth.Supervisor) || a.UnitID == o.unit
	case author:
		return a.Overseer() || a.ID == o.unit
	case theOffice:
		return a.Has(auth.Supervisor, auth.Leader)
	}
	return true
}

// oracle walks the site.
type oracle struct {
	*testing.T
	p       *stage
	reg     *route.Registry
	conf    route.Config
	pools   map[string][]object // by the path up to and with the parameter
	marks   []string
	score   []string // numbers that were not published
	seen    map[string]bool
	missing map[string]bool // pools that were asked for and are not there
	asked   map[int64]bool  // records that stood in the address of a page
	reached map[int64]bool  // and those that somebody got
	walks   int
}

// pool fills the table of what stands for each path parameter. A route with a parameter that is not here fails the test: say whose its records are.
func (o *oracle) pool() {
	p := o.p
	unit := p.units[them].ID
	of := func(w audience, ids ...int64) (out []object) {
		for _, n := range ids {
			if n == 0 {
				o.Fatal("the play has left a pool empty")
			}
			out = append(out, object{id: n, unit: unit, who: w})
		}
		return out
	}
	all := func(w audience, m map[string]int64, own func(string) bool) []object {
		var ids []int64
		for k, n := range m {
			if own(k) {
				ids = append(ids, n)
			}
		}
		slices.Sort(ids)
		return of(w, ids...)
	}
	any := func(string) bool { return true }
	s := statement{file: "secrecy.txt"}
	ctx := o.Context()
	zq3, cs3 := p.task(ctx, s, "ZQ-03").ID, p.task(ctx, s, "CS-03").ID
	tasks := of(ownUnit, zq3, cs3)
	o.milestone(cs3, p.find(s, them, "叶克让"))
	// Who supports a task may read its terms; of its reports he reads nothing, which the marks prove.
	tasks[0].shared, tasks[1].shared = []int64{p.units["区征迁办"].ID}, []int64{p.units["区住建局"].ID}
	checks, err := p.h.Supervision.Checked(p.all(ctx), zq3)
	if err != nil || len(checks) == 0 {
		o.Fatalf("checks: %v %v", checks, err)
	}
	list, _ := p.entries(o.T)
	seq := slices.IndexFunc(list, func(e ledger.Entry) bool { return e.Subject.Kind == "task.account" && e.UnitID == unit })
	head := p.find(s, them, "叶克让")
	round := of(everybody, p.rounds["2017Q1"])
	schemes, err := p.h.Appraisal.Schemes(p.all(ctx))
	if err != nil || len(schemes) != 2 {
		o.Fatalf("schemes: %v %v", schemes, err)
	}
	drafts := append(of(everybody, schemes[0].ID), of(overseers, schemes[1].ID)...)
	spots, err := p.h.Appraisal.SpotsOf(auth.With(ctx, p.actor(p.find(s, "考核办", "何明川"))), p.rounds["2017Q1"])
	if err != nil || len(spots.List) == 0 {
		o.Fatalf("spots: %v %v", spots.List, err)
	}
	exhibits := all(ownUnit, p.exhibits, any)
	bulletins := append(of(theOffice, p.bulletins[1]), of(everybody, p.bulletins[2])...)
	o.pools = map[string][]object{
		"/tasks/{id}":                                     tasks,
		"/tasks/{id}/milestones/{no}":                     of(ownUnit, 1),
		"/reports/{id}":                                   all(ownUnit, p.reports, func(k string) bool { return strings.HasPrefix(k, "ZQ-03") || strings.HasPrefix(k, "CS-03") }),
		"/evidence/{id}":                                  exhibits,
		"/supervision/files/{id}":                         exhibits,
		"/findings/{id}":                                  all(ownUnit, p.findings, any),
		"/orders/{id}":                                    all(ownUnit, p.orders, any),
		"/adjustments/{id}":                               all(ownUnit, p.adjustments, any),
		"/pledges/{id}":                                   of(ownUnit, p.pledge(ctx, s, them).ID),
		"/bulletins/{id}":                                 bulletins,
		"/supervision/tours/{id}":                         of(overseers, p.tours["2017-01"]),
		"/supervision/tours/{id}/check/{task}":            of(ownUnit, zq3),
		"/campaigns/{id}":                                 all(everybody, p.campaigns, any),
		"/campaigns/{id}/books/{unit}":                    of(ownUnit, unit),
		"/campaigns/{id}/import/{batch}":                  of(theOffice, o.batch()),
		"/appraisal/{id}":                                 round,
		"/appraisal/{id}/objections/{objection}":          all(ownUnit, p.objections, any),
		"/appraisal/{id}/spots/{spot}":                    of(overseers, spots.List[0].ID),
		"/appraisal/schemes/{scheme}":                     drafts,
		"/appraisal/schemes/{scheme}/lines/{section}":     {{id: never, who: everybody, text: "items"}},
		"/appraisal/schemes/{scheme}/lines/{section}/{n}": {{id: 1, who: everybody}},
		"/bulletins/{id}/confirm":                         append(of(ownUnit, p.bulletins[1]), of(everybody, p.bulletins[2])...), // a named unit is asked; it reads its own rows
		"/supervision/checks/{id}":                        of(ownUnit, checks[0].ID),
		"/ledger/entries/{seq}":                           of(overseers, list[seq].Seq),
		"/org/units/{id}":                                 of(everybody, unit),
		"/org/people/{id}":                                of(everybody, head.id),
		"/org/posts/{id}":                                 of(everybody, head.post),
		"/admin/accounts/{person}":                        of(everybody, head.id),
		"/conduct/signals/{id}":                           of(theFile, p.signal),
		"/feedback/{id}":                                  {{id: p.suggestion, unit: head.id, who: author}},
		"/burden/returns/{id}":                            of(everybody, never), // the register is public
		"/burden/check/{clause}":                          {{id: never, who: everybody, text: "1"}},
		"/conduct/measures/{id}":                          of(everybody, never), // the measures are public
		"/conduct/praise/{id}":                            of(everybody, never),
		"/conduct/readers/{id}":                           of(everybody, never),
		"/account/sessions/{id}":                          of(overseers, never), // a session of one's own only; nobody here has theirs
		"/admin/grants/{id}":                              of(everybody, never),
		"/admin/jobs/{place}":                             {{id: never, who: everybody, text: "own"}},
		"/admin/jobs/{place}/{id}":                        of(everybody, never), // no job of theirs has failed for good
		"/papers/{paper}":                                 {{id: never, who: everybody, text: "confirmation"}},
		"/papers/{paper}/{revision}":                      {{id: never, who: everybody, text: "0"}},
		"/appraisal/events/{event}":                       of(overseers, never),
		"/certify/{id}":                                   of(overseers, never), // nobody here is the data source of theirs
		"/indicators/{id}":                                of(ownUnit, p.task(ctx, s, "ZQ-03").IndicatorID, p.task(ctx, s, "CS-03").IndicatorID),
	}
}

// noted is their mark in what they say of a milestone.
const noted = "暗记98"

// milestone gives their task one that they have claimed.
func (o *oracle) milestone(taskID int64, head *person) {
	p, ctx := o.p, auth.With(o.Context(), o.p.actor(head))
	a, err := p.h.Task.Propose(ctx, "oracle-milestone-1", task.Adjustment{TaskID: taskID, Reason: "补定节点", Wanted: task.Wanted{Milestones: []task.Milestone{{Title: "丈量", DueOn: "2017-03-31", Weight: 10000}}}})
	if err == nil {
		_, err = p.h.Task.Decide(p.all(o.Context()), "oracle-milestone-2", a.ID, a.Version, true, "区政府会议纪要〔2017〕7号", "")
	}
	if err == nil {
		err = p.h.Task.ClaimMilestone(ctx, "oracle-milestone-3", taskID, 1, "2017-03-30", noted)
	}
	if err != nil {
		o.Fatal(err)
	}
}

// never is a number that no record has.
const never = 404404404404

func (o *oracle) batch() int64 {
	list, err := o.p.h.Campaigns.Batches(auth.With(o.Context(), o.p.actor(o.p.find(statement{}, "督查室", "宋时雨"))), o.p.campaigns["ZQ"])
	if err != nil || len(list) == 0 {
		o.Fatalf("batches: %v %v", list, err)
	}
	return list[0].ID
}

// queries are what is tried in the query of every address: each parameter that a page reads, with their values. A page that reads
// another parameter fails the test: say here what could be asked with it.
func (o *oracle) queries() map[string][]string {
	p := o.p
	f := func(list []object) (out []string) {
		for _, x := range list {
			out = append(out, id.Format(x.id))
		}
		return out
	}
	unit := []string{id.Format(p.units[them].ID)}
	var drafts = o.pools["/appraisal/schemes/{scheme}"]
	var subjects, indicators, sources []string
	for kind, path := range map[string]string{"task.account": "/reports/{id}", "task.adjustment": "/adjustments/{id}", "supervision.finding": "/findings/{id}", "supervision.order": "/orders/{id}", "campaign.pledge": "/pledges/{id}",
		"supervision.bulletin": "/bulletins/{id}", "appraisal.objection": "/appraisal/{id}/objections/{objection}", "evidence.exhibit": "/evidence/{id}", "task.task": "/tasks/{id}"} {
		for _, x := range o.pools[path][:1] {
			subjects = append(subjects, kind+":"+id.Format(x.id))
		}
	}
	for _, no := range []string{"ZQ-03", "CS-03"} {
		indicators = append(indicators, id.Format(p.task(o.Context(), statement{}, no).IndicatorID))
	}
	person := []string{id.Format(p.find(statement{}, them, "叶克让").id)}
	for _, x := range o.pools["/tasks/{id}"] {
		sources = append(sources, "task:"+id.Format(x.id)+"@2017-03")
	}
	return map[string][]string{
		"unit": unit, "open": append(unit, f(o.pools["/tasks/{id}"])...), "task": f(o.pools["/tasks/{id}"]), "campaign": f(o.pools["/campaigns/{id}"]), "help": f(o.pools["/reports/{id}"]),
		"person": person, "q": {"暗记", "城南", "古溪"}, "s": {"暗记"}, "month": {"2017-01", "2017-02", "2017-03", "2017-04"}, "year": {"2017"}, "from": {"2017-01", "2017-01-01"}, "to": {"2017-12"},
		"revision": {"1"}, "kind": {"task", "finding"}, "mode": {"table"}, "state": {"all", "open"}, "before": {"9999999999999999"}, "after": {"1"}, "preset": {"1"},
		"rev": {"1"}, "group": {"镇街组"}, "item": {"1"}, "period": {"2017Q1", "2017-03"}, "light": {"red", "amber", "green", "missing"}, "urgent": {"1"}, "all": {"1"}, "with": f(drafts), "as": {"table", "text"},
		"subject": subjects, "finding": f(o.pools["/findings/{id}"]), "indicator": indicators, "c": f(o.pools["/campaigns/{id}"]), "n": {"1", "1000"}, "row": {"1"}, "m": {"2017-03"},
		"gap": {"1"}, "what": sources, "value": {"45"}, "base": {"2017Q1", "2017"}, "symptom": {"slow"},
	}
}

// together are queries that mean something only with each other: what if a value were otherwise, an older revision of a unit.
func (o *oracle) together(q map[string][]string) (out []string) {
	if len(q) == 0 {
		return nil
	}
	mine := id.Format(o.p.units[us].ID)
	for _, names := range [][]string{{"unit", "what", "value"}, {"unit", "rev"}, {"unit", "month"}, {"open", "rev"}, {"group", "rev"}, {"q", "unit"}, {"unit", "all"}} {
		v := url.Values{}
		for _, n := range names {
			v.Set(n, q[n][0])
		}
		out = append(out, v.Encode())
		if v.Has("unit") {
			v.Set("unit", mine) // their value in our own page
			out = append(out, v.Encode())
		}
	}
	return out
}

var readsQuery = regexp.MustCompile(`(?:Query\(\)|\bq)\.(?:Get|Has)\("(\w+)"\)`)

// harmless parameters name no record and choose nothing that somebody could own.
var harmless = map[string]bool{"next": true, "login": true, "code": true, "act": true, "result": true, "source": true, "role": true, "failed": true, "pack": true, "v": true}

// knowsQueries holds queries to the sources of the pages.
func (o *oracle) knowsQueries(known map[string][]string) {
	err := filepath.WalkDir("../internal/web", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range readsQuery.FindAllStringSubmatch(string(b), -1) {
			if known[m[1]] == nil && !harmless[m[1]] {
				o.Errorf("%s reads the query parameter %q, which the oracle does not try", path, m[1])
			}
		}
		return err
	})
	if err != nil {
		o.Fatal(err)
	}
}

// visitor is somebody's browser.
type visitor struct {
	*person
	actor  auth.Actor
	cookie string
}

// do sends a request; every one goes to a fresh handler, so that no rate is reached.
func (o *oracle) do(method, target, cookie string) (int, http.Header, string) {
	return o.send(method, target, cookie, "")
}

func (o *oracle) send(method, target, cookie, form string) (int, http.Header, string) {
	r := httptest.NewRequest(method, target, strings.NewReader(form))
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	w := httptest.NewRecorder()
	o.reg.Handler(o.conf).ServeHTTP(w, r)
	o.walks++
	return w.Code, w.Header(), plainText(o.T, w.Body.Bytes())
}

// plainText is a body with what is packed in it: spreadsheets and documents are read part by part.
func plainText(t *testing.T, b []byte) string {
	if !bytes.HasPrefix(b, []byte("PK\x03\x04")) {
		return string(b)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(&out, r)
		r.Close()
	}
	return out.String()
}

// login logs a person in through the form.
func (o *oracle) login(x *person) visitor {
	o.Helper()
	r := httptest.NewRequest("POST", "/login", strings.NewReader(url.Values{"login": {x.login}, "password": {password}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	o.reg.Handler(o.conf).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.Name == "duban" && c.Value != "" && w.Code == http.StatusSeeOther {
			return visitor{x, o.p.actor(x), "duban=" + c.Value}
		}
	}
	o.Fatalf("%s cannot log in: %d %s", x.name, w.Code, w.Body)
	return visitor{}
}

// address is a route with its parameters filled in, and the records that they name.
type address struct {
	path    string
	objects []object
}

var param = regexp.MustCompile(`\{(\w+)(\.\.\.)?\}`)

// addresses fills a route's parameters with every combination of their records.
func (o *oracle) addresses(t route.Route) (out []address) {
	out = []address{{}}
	rest, done := strings.TrimSuffix(t.Path, "{$}"), ""
	for {
		m := param.FindStringIndex(rest)
		if m == nil {
			break
		}
		done += rest[:m[1]]
		pool, ok := o.pools[done]
		if own := o.pools[t.Path]; own != nil && !param.MatchString(rest[m[1]:]) {
			pool, ok = own, true // what one page tells of the record is another's business than what the others tell
		}
		if !ok {
			if !o.missing[done] {
				o.Errorf("%s %s: nobody has said whose the records of %s are; add it to the pools", t.Method, t.Path, done)
			}
			o.missing[done] = true
			return nil
		}
		var next []address
		for _, a := range out {
			for _, x := range pool {
				next = append(next, address{a.path + rest[:m[0]] + x.String(), append(slices.Clone(a.objects), x)})
			}
		}
		out, rest = next, rest[m[1]:]
	}
	for i := range out {
		out[i].path += rest
	}
	return out
}

// marked returns the first of their marks that stands in a body.
func (o *oracle) marked(body string) string {
	for _, m := range append(o.marks, o.score...) {
		if strings.Contains(body, m) {
			return m
		}
	}
	return ""
}

// public are the routes that answer without a log-in.
var public = map[string]bool{"GET /login": true, "POST /login": true, "GET /setup": true, "POST /setup": true, "GET /assets/": true, "GET /healthz": true}

// TestOracle walks every route of the program with every record of another unit, as people of every role, and compares what comes with
// the reference. Another unit's record does not exist: 404, with the same words as for a number that was never given. And no page,
// export or search shows a word or number of it, whatever is asked for in the query.
//
// Source: issue 2, acceptance f; reliability 11, 17, 18; architecture §4.
func TestOracle(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, c *period.Fixed) {
		o := &oracle{T: t, p: play(t, db, c, "secrecy.txt"), seen: map[string]bool{}, missing: map[string]bool{}, asked: map[int64]bool{}, reached: map[int64]bool{}}
		o.reg, o.conf = site.Registry(o.p.h, site.Options{})
		o.pool()
		text, err := os.ReadFile("scenario/secrecy.txt")
		if err != nil {
			t.Fatal(err)
		}
		o.marks = slices.Compact(slices.Sorted(slices.Values(regexp.MustCompile(`暗记\d\d`).FindAllString(string(text), -1))))
		o.marks = append(o.marks, noted)
		for _, m := range regexp.MustCompile(`# 暗数 ([\d.]+)`).FindAllStringSubmatch(string(text), -1) {
			o.score = append(o.score, m[1])
		}
		if len(o.marks) < 30 || len(o.score) < 3 {
			t.Fatalf("the play has lost its marks: %v %v", o.marks, o.score)
		}
		queries := o.queries()
		o.knowsQueries(queries)
		o.anonymous()
		people := []*person{}
		s := statement{file: "secrecy.txt"}
		for _, x := range [][2]string{{us, "陈见山"}, {us, "黄知秋"}, {"霍童镇", "缪晚舟"}, {"区住建局", "阮北辰"}, {"区统计局", "章景行"}, {"区统计局", "邱信安"}, {"区统计局", "邱安全"}, {"区统计局", "邱审计"},
			{them, "叶克让"}, {them, "余致远"}, {"督查室", "宋时雨"}, {"考核办", "何明川"}, {"区委", "江平野"}, {"区审计局", "詹云帆"}} {
			people = append(people, o.p.find(s, x[0], x[1]))
		}
		if db.Engine == sqldb.Postgres { // with every query it takes ten times as long, and the queries' statements are the same texts, which the pages' tests run on both engines
			queries = nil
		}
		for _, x := range people {
			o.walk(o.login(x), queries)
		}
		for _, m := range append(o.marks, o.score...) {
			if !o.seen[m] {
				t.Errorf("nobody at all has seen %s: it proves nothing", m)
			}
		}
		for n := range o.asked {
			if !o.reached[n] && n != never {
				t.Errorf("nobody at all could open record %d: a 404 for others proves nothing", n)
			}
		}
		o.acts(o.login(o.p.find(s, us, "陈见山")), o.login(o.p.find(s, us, "黄知秋")))
		t.Logf("%d requests to %d routes", o.walks, len(o.reg.Routes()))
	})
}

// anonymous: without a log-in only the listed routes answer.
func (o *oracle) anonymous() {
	for _, t := range o.reg.Routes() {
		pattern := t.Method + " " + t.Path
		if (t.Permission == auth.Public) != public[pattern] {
			o.Errorf("%s: is it public? the route says %v, the list says %v", pattern, t.Permission == auth.Public, public[pattern])
		}
		if public[pattern] || t.OwnAuth {
			continue
		}
		for _, a := range o.addresses(t) {
			code, h, body := o.do(t.Method, a.path, "")
			if code != http.StatusUnauthorized && !(code == http.StatusSeeOther && strings.HasPrefix(h.Get("Location"), "/login")) {
				o.Errorf("%s %s without a log-in: %d %s", t.Method, a.path, code, h.Get("Location"))
			}
			if m := o.marked(body); m != "" {
				o.Errorf("%s %s without a log-in shows %s", t.Method, a.path, m)
			}
		}
	}
}

// walk asks for every address as one person.
func (o *oracle) walk(v visitor, queries map[string][]string) {
	stranger := !v.actor.Overseer() && v.unit != o.p.units[them].ID
	asks := v.unit == o.p.units[us].ID && v.actor.Has(auth.Head) || v.actor.Has(auth.Source) // one of each sort asks with every query, too
	look := func(t route.Route, target string) (int, string) {
		code, _, body := o.do(t.Method, target, v.cookie)
		if code >= 500 {
			o.Errorf("%s (%s): GET %s: %d", v.name, v.roles[0].Chinese(), target, code)
		}
		if stranger {
			m := o.marked(body)
			if v.actor.Has(auth.Source) && t.Path == "/appraisal/{id}/data" && slices.Contains(o.score, m) {
				m = "" // the data source confirms the numbers, and so reads them: the numbers, and no word
			}
			if m != "" {
				i := strings.Index(body, m)
				o.Errorf("LEAK: %s (%s) reads %s of %s at GET %s (%s): …%s…", v.name, v.roles[0].Chinese(), m, them, target, t.Path, around(body, i))
			}
		} else {
			for _, m := range append(o.marks, o.score...) {
				o.seen[m] = o.seen[m] || strings.Contains(body, m)
			}
		}
		return code, body
	}
	for _, t := range o.reg.Routes() {
		if t.Method != http.MethodGet || public["GET "+t.Path] || t.OwnAuth {
			continue
		}
		for _, a := range o.addresses(t) {
			code, body := look(t, a.path)
			may, known := v.actor.May(t.Permission), true
			for _, x := range a.objects {
				known = known && sees(v.actor, x)
				o.asked[x.id] = true
				o.reached[x.id] = o.reached[x.id] || code < 400
			}
			switch {
			case !may && code != http.StatusForbidden:
				o.Errorf("%s (%s): GET %s: %d, but nobody of this role may (%s)", v.name, v.roles[0].Chinese(), a.path, code, t.Permission)
			case may && !known && code != http.StatusNotFound:
				o.Errorf("%s (%s): GET %s (%s): %d, want 404", v.name, v.roles[0].Chinese(), a.path, t.Path, code)
			case may && !known:
				o.sameAsNothing(v, t, a, body)
			}
			if !may || !asks {
				continue
			}
			for name, values := range queries {
				for _, q := range values {
					look(t, a.path+"?"+name+"="+url.QueryEscape(q))
				}
			}
			for _, q := range o.together(queries) {
				look(t, a.path+"?"+q)
			}
		}
	}
}

func around(body string, i int) string {
	from, to := max(i-60, 0), min(i+80, len(body))
	return strings.ToValidUTF8(strings.Join(strings.Fields(body[from:to]), " "), "")
}

var varies = regexp.MustCompile(`[A-Za-z0-9_-]{80,}|\d{9,}`) // form tokens, record numbers

// sameAsNothing: the refusal of a record that exists reads like that of one that does not.
func (o *oracle) sameAsNothing(v visitor, t route.Route, a address, body string) {
	last := a.objects[len(a.objects)-1]
	i := strings.LastIndex(a.path, id.Format(last.id))
	nothing := a.path[:i] + "999000999000999" + a.path[i+len(id.Format(last.id)):]
	code, _, other := o.do(t.Method, nothing, v.cookie)
	if code != http.StatusNotFound || varies.ReplaceAllString(body, "…") != varies.ReplaceAllString(other, "…") {
		o.Errorf("%s: GET %s can be told from %s: %d", v.name, a.path, nothing, code)
	}
}

// acts sends every form of the program at their records, empty: none may do anything, and none may tell that the record exists.
func (o *oracle) acts(visitors ...visitor) {
	before, _ := o.p.entries(o.T)
	for _, v := range visitors {
		for _, t := range o.reg.Routes() {
			if t.Method == http.MethodGet || public[t.Method+" "+t.Path] || t.Path == "/logout" || t.OwnAuth || len(param.FindString(t.Path)) == 0 {
				continue
			}
			for _, a := range o.addresses(t) {
				known := true
				for _, x := range a.objects {
					known = known && sees(v.actor, x)
				}
				if known {
					continue
				}
				for _, form := range []string{"", "version=1", "version=1&text=%E8%AF%95%E4%B8%80%E8%AF%95", "version=1&note=%E8%AF%95%E4%B8%80%E8%AF%95&days=3&month=2017-03"} {
					code, _, body := o.send(t.Method, a.path, v.cookie, form)
					if m := o.marked(body); m != "" {
						o.Errorf("LEAK: %s reads %s in the answer to %s %s", v.name, m, t.Method, a.path)
					}
					want := http.StatusNotFound
					if !v.actor.May(t.Permission) {
						want = http.StatusForbidden
					}
					if code == want {
						continue
					}
					// A form that is refused for itself, before anybody looks for the record, tells nothing either.
					last := id.Format(a.objects[len(a.objects)-1].id)
					i := strings.LastIndex(a.path, last)
					other, _, same := o.send(t.Method, a.path[:i]+"999000999000999"+a.path[i+len(last):], v.cookie, form)
					if code < 400 || code != other || varies.ReplaceAllString(body, "…") != varies.ReplaceAllString(same, "…") {
						o.Errorf("%s (%s): %s %s (%s) with “%s”: %d, want %d", v.name, v.roles[0].Chinese(), t.Method, a.path, t.Path, form, code, want)
					}
				}
			}
		}
	}
	after, _ := o.p.entries(o.T)
	if len(after) != len(before) {
		o.Errorf("the forms did something: %s", describe(after[len(before):]))
	}
}

func describe(list []ledger.Entry) string {
	var out []string
	for _, e := range list {
		out = append(out, fmt.Sprint(e.Subject, " ", e.Verb))
	}
	return strings.Join(out, ", ")
}
