package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"duban/internal/app/house"
	"duban/internal/area/appraisal"
	"duban/internal/area/campaign"
	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/outbox"
	"duban/internal/spine/task"
)

// The processes of this test are this test's own binary, started again: they share nothing but the database.

// procEnv names the orders of a process; without it TestProcess is nobody.
const procEnv = "DUBAN_TEST_PROCESS"

// orders are what a process is told.
type orders struct {
	Name   string
	DSN    string
	Now    int64 // where its clock stands, in ms
	Region int64
	Scheme int64
	Runner auth.Actor // opens the round
	Tasks  []work
	Token  string // of a session that will be ended elsewhere
	Unit   int64  // that will be renamed elsewhere
	IDs    string // the file that its ids are written to
}

type work struct {
	Task   int64
	Clerk  auth.Actor
	Values map[period.Month]amount.Scaled
}

// bound is how long an act in one process may be unknown to another. Source: reliability 9.
const bound = 5 * time.Second

const made = 5000 // ids by each process

// effect leaves a row for each fact that it hears of: one too many, or one too few, is seen.
func effect(h *house.House) {
	h.Outbox.Handle("*", "test.effect", func(ctx context.Context, tx *sqldb.Tx, f outbox.Fact) error {
		_, err := h.Outbox.Enqueue(ctx, tx, f.RegionID, "test.effect", "", f.ID, tx.Now().AddDate(9, 0, 0))
		return err
	})
}

var (
	countEffects = sqldb.SQL("outbox.testEffects", `SELECT COUNT(*) FROM outbox_job WHERE region_id = $1 AND kind = 'test.effect'`)
	countFacts   = sqldb.SQL("outbox.testFacts", `SELECT COUNT(*) FROM outbox_fact WHERE region_id = $1`)
	countTwice   = sqldb.SQL("outbox.testTwice", `
SELECT COUNT(*) FROM (SELECT args FROM outbox_job WHERE region_id = $1 AND kind = 'test.effect' GROUP BY args HAVING COUNT(*) > 1) AS twice`)
	countUndone = sqldb.SQL("outbox.testUndone", `SELECT COUNT(*) FROM outbox_job WHERE region_id = $1 AND state <> 'done' AND kind <> 'test.effect'`)
)

// TestProcess is one process of TestProcesses. It says on its standard output what it does.
func TestProcess(t *testing.T) {
	text := os.Getenv(procEnv)
	if text == "" {
		t.Skip("it is no process of TestProcesses")
	}
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Printf("\n>"+format+"\n", args...)
	}
	ctx := t.Context()
	// Every process is configured alike.
	h, err := house.Open(ctx, house.Options{DSN: o.DSN, Clock: period.From(time.UnixMilli(o.Now)), Params: account.Params{MemoryKiB: 64, Passes: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	effect(h)
	h.Outbox.Lease, h.Outbox.Poll = 3*time.Second, 20*time.Millisecond
	jobs, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { h.RunJobs(jobs) })
	var seen sync.WaitGroup // both watchers have seen how it is before anybody changes it
	seen.Add(2)
	wg.Go(func() {
		if _, err := h.Account.Find(ctx, o.Token); err != nil {
			t.Error(err)
		}
		seen.Done()
		for jobs.Err() == nil {
			if _, err := h.Account.Find(ctx, o.Token); err != nil {
				say("revoked %d", time.Now().UnixMilli())
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	wg.Go(func() {
		reader := auth.With(ctx, auth.Actor{ID: 1, RegionID: o.Region, Roles: []auth.Role{auth.Auditor}})
		was := ""
		for jobs.Err() == nil {
			d, err := h.Org.Look(reader)
			if err != nil {
				t.Error(err)
				return
			}
			name := d.UnitName(o.Unit)
			if was == "" {
				seen.Done()
			} else if name != was {
				say("renamed %d", time.Now().UnixMilli())
				return
			}
			was = name
			time.Sleep(20 * time.Millisecond)
		}
	})
	seen.Wait()
	in := bufio.NewScanner(os.Stdin)
	say("ready 0")
	in.Scan() // go

	var ids strings.Builder
	for range made {
		fmt.Fprintln(&ids, h.IDs.Next())
	}
	if err := os.WriteFile(o.IDs, []byte(ids.String()), 0o600); err != nil {
		t.Error(err)
	}
	_, err = h.Appraisal.OpenRound(auth.With(ctx, o.Runner), "round-by-"+o.Name, "2017Q2", o.Scheme, appraisal.ByRank)
	say("round %s", outcome(err))
	for _, m := range []period.Month{"2017-04", "2017-05", "2017-06"} {
		var month sync.WaitGroup
		for i := range o.Tasks {
			n := i
			if o.Name == "b" { // from the other end
				n = len(o.Tasks) - 1 - i
			}
			month.Go(func() {
				w := o.Tasks[n]
				key := fmt.Sprintf("report-%s-%d-%s", o.Name, w.Task, m)
				if n == 0 { // one form that reached both
					key = fmt.Sprintf("report-%d-%s", w.Task, m)
				}
				r, err := h.Campaigns.SubmitReport(auth.With(ctx, w.Clerk), key, campaign.ReportDraft{Draft: task.Draft{TaskID: w.Task, Month: m, Value: w.Values[m]}})
				say("report %d/%s %s %d", w.Task, m, outcome(err), r.ID)
			})
		}
		month.Wait()
	}
	say("done 0")
	for in.Scan() { // until the standard input ends
	}
	stop()
	wg.Wait()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}

func outcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errs.KindOf(err) == errs.Conflict:
		return "conflict"
	}
	return strconv.Quote(err.Error())
}

// process is a started process, with what it has said.
type process struct {
	name  string
	cmd   *osexec.Cmd
	in    io.WriteCloser
	mu    sync.Mutex
	lines []string
	other strings.Builder
	ended chan error
}

func start(t *testing.T, o orders) *process {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{name: o.Name, cmd: osexec.Command(os.Args[0], "-test.run=^TestProcess$", "-test.timeout=10m"), ended: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), procEnv+"="+string(b))
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill() })
	go func() {
		s := bufio.NewScanner(out)
		for s.Scan() {
			p.mu.Lock()
			if l, ok := strings.CutPrefix(s.Text(), ">"); ok {
				p.lines = append(p.lines, l)
			} else {
				p.other.WriteString(s.Text() + "\n")
			}
			p.mu.Unlock()
		}
		p.ended <- p.cmd.Wait()
	}()
	return p
}

// said returns what the process has said after the word.
func (p *process) said(word string) (out []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lines {
		if rest, ok := strings.CutPrefix(l, word+" "); ok {
			out = append(out, rest)
		}
	}
	return out
}

// wait waits until the process has said the word n times, and returns what followed it.
func (p *process) wait(t *testing.T, word string, n int) []string {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if out := p.said(word); len(out) >= n {
			return out
		}
		select {
		case err := <-p.ended:
			p.mu.Lock()
			defer p.mu.Unlock()
			t.Fatalf("process %s ended before it said %q: %v\n%s", p.name, word, err, p.other.String())
		default:
		}
	}
	t.Fatalf("process %s did not say %q in three minutes", p.name, word)
	return nil
}

// TestProcesses: two processes serve one PostgreSQL, configured alike. Both file the same reports and open the same round at once, and one of them is
// killed in the midst of it. Every report and the round stand once, a form that reached both has one answer, every fact had its effect once, no id was made
// twice, the ledger verifies; and a session that a third ends, or a unit that it renames, is known to both within five seconds.
//
// Source: reliability 9, 27; R2, R9, R10; architecture §5 rule 2.
func TestProcesses(t *testing.T) {
	dsn := sqldbtest.Postgres(t)
	ctx := t.Context()
	clock := period.At(time.Date(2017, 1, 3, 9, 0, 0, 0, period.Beijing))
	db, err := sqldb.Open(ctx, dsn, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p := play(t, db, clock, "appraisal.txt")
	effect(p.h)
	number := func(s *sqldb.Stmt) (n int64) {
		t.Helper()
		if err := db.View(ctx, func(tx *sqldb.Tx) (err error) { n, err = sqldb.One(ctx, tx, s, sqldb.Int64, p.region); return err }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := number(countFacts)

	clock.SetDay("2017-07-03")
	o := orders{DSN: dsn, Now: clock.Now().UnixMilli(), Region: p.region, Scheme: p.scheme, Unit: p.units["区审计局"].ID}
	clerks := map[int64]auth.Actor{}
	var ended *person
	for _, x := range p.people {
		for _, r := range x.roles {
			switch {
			case r == auth.Clerk:
				clerks[x.unit] = p.actor(x)
			case r == auth.Appraiser && o.Runner.ID == 0:
				o.Runner = p.actor(x)
			case r == auth.Auditor:
				ended = x
			}
		}
	}
	if o.Token, err = p.h.Account.Login(ctx, ended.login, password, "", "10.0.0.1", "browser"); err != nil {
		t.Fatal(err)
	}
	if err := db.View(ctx, func(tx *sqldb.Tx) error {
		list, err := task.List(ctx, tx, p.region, task.Filter{})
		for _, x := range list {
			h, err := indicator.Get(ctx, tx, p.region, x.IndicatorID)
			if err != nil {
				return err
			}
			w := work{Task: x.ID, Clerk: clerks[x.LeadUnit], Values: map[period.Month]amount.Scaled{}}
			for _, m := range []period.Month{"2017-04", "2017-05", "2017-06"} {
				w.Values[m] = h.Plan.Pace(m)
			}
			o.Tasks = append(o.Tasks, w)
		}
		return err
	}); err != nil || len(o.Tasks) != 8 {
		t.Fatalf("%d tasks, %v", len(o.Tasks), err)
	}

	var both []*process
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		o.Name, o.IDs = name, filepath.Join(dir, name)
		both = append(both, start(t, o))
	}
	a, b := both[0], both[1]
	for _, x := range both {
		x.wait(t, "ready", 1)
	}

	// What a third does is soon known to both.
	root := p.root(ctx)
	list, err := p.h.Account.Accounts(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		if x.PersonID == ended.id {
			if err := p.h.Account.SetDisabled(root, ended.id, true, x.Version); err != nil {
				t.Fatal(err)
			}
		}
	}
	closed := time.Now()
	unit := p.units["区审计局"]
	unit.ShortName = "审计局"
	if _, err := p.h.Org.SaveUnit(root, unit); err != nil {
		t.Fatal(err)
	}
	renamed := time.Now()
	for _, x := range both {
		for word, since := range map[string]time.Time{"revoked": closed, "renamed": renamed} {
			ms, _ := strconv.ParseInt(x.wait(t, word, 1)[0], 10, 64)
			late := time.UnixMilli(ms).Sub(since)
			if late > bound {
				t.Errorf("process %s: %s after %v", x.name, word, late)
			}
			t.Logf("process %s: %s after %v", x.name, word, late)
		}
	}

	// Both at once; b is killed in the midst.
	for _, x := range both {
		if _, err := io.WriteString(x.in, "go\n"); err != nil {
			t.Fatal(err)
		}
	}
	b.wait(t, "report", 10)
	if err := b.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-b.ended
	a.wait(t, "done", 1)
	a.in.Close()
	if err := <-a.ended; err != nil {
		t.Errorf("process a did not stop in good order: %v\n%s", err, a.other.String())
	}

	// Each report stands once, whoever filed it.
	ok, shared := map[string]int{}, map[string]map[string]bool{}
	for _, x := range both {
		for _, l := range x.said("report") {
			w := strings.Fields(l)
			switch {
			case len(w) != 3 || w[1] != "ok" && w[1] != "conflict":
				t.Errorf("process %s: report %s", x.name, l)
			case strings.HasPrefix(w[0], fmt.Sprint(o.Tasks[0].Task)+"/"):
				if shared[w[0]] == nil {
					shared[w[0]] = map[string]bool{}
				}
				if shared[w[0]][w[2]] = true; w[1] != "ok" {
					t.Errorf("process %s: the form that reached both was refused: %s", x.name, l)
				}
			case w[1] == "ok":
				ok[w[0]]++
			}
		}
	}
	for what, n := range ok {
		if n != 1 {
			t.Errorf("%s was accepted %d times", what, n)
		}
	}
	for what, answers := range shared {
		if len(answers) != 1 {
			t.Errorf("%s: two answers to one form: %v", what, answers)
		}
	}
	if rounds := append(a.said("round"), b.said("round")...); len(rounds) != 2 || (rounds[0] == "ok") == (rounds[1] == "ok") {
		t.Errorf("the round was opened %v", rounds)
	}
	seen := map[string]string{}
	for _, x := range both {
		text, err := os.ReadFile(filepath.Join(dir, x.name))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range strings.Fields(string(text)) {
			if by, dup := seen[n]; dup {
				t.Fatalf("%s was made by %s and by %s", n, by, x.name)
			}
			seen[n] = x.name
		}
	}
	if len(seen) != 2*made {
		t.Errorf("%d different ids, want %d", len(seen), 2*made)
	}

	// A third takes up what the killed one had in hand; then every fact has had its effect, once.
	clock.Set(clock.Now().Add(time.Hour))
	if err := p.h.Outbox.Drain(ctx); err != nil {
		t.Error(err)
	}
	if facts, effects, twice, undone := number(countFacts)-before, number(countEffects), number(countTwice), number(countUndone); facts < 3*8*2 || effects != facts || twice != 0 || undone != 0 {
		t.Errorf("%d facts, %d effects, %d of them twice, %d jobs undone", facts, effects, twice, undone)
	} else {
		t.Logf("%d facts, %d effects", facts, effects)
	}
	if err := db.View(ctx, func(tx *sqldb.Tx) error {
		for _, m := range []period.Month{"2017-04", "2017-05", "2017-06"} {
			have, err := task.AccountsIn(ctx, tx, p.region, m)
			if err != nil {
				return err
			}
			for _, w := range o.Tasks {
				if have[w.Task].Value != w.Values[m] {
					t.Errorf("task %d, %s: %d stands, %d was filed", w.Task, m, have[w.Task].Value, w.Values[m])
				}
			}
		}
		for _, check := range []func() ([]string, error){
			func() ([]string, error) { return indicator.CheckValues(ctx, tx, p.region) },
			func() ([]string, error) { return p.h.Cockpit.Check(ctx, tx, p.region) },
		} {
			bad, err := check()
			if err != nil {
				return err
			}
			for _, s := range bad {
				t.Error(s)
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	r, err := ledger.Verify(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		t.Errorf("not as sealed: %s", f)
	}
	t.Log(r)
}
