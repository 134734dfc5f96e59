package bench

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"duban/internal/area/campaign"
	"duban/internal/base/amount"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"

	_ "modernc.org/sqlite"
)

// Every benchmark runs ours and the floor in turn on the same file in the same process, so that what else the machine does weighs on both,
// and reports: ours-µs, floor-µs, x-floor (floor ÷ ours: 1 is as fast as the floor, 0.5 half as fast). scripts/bench.sh makes the table.

// pair times ours and the floor alternately.
func pair(b *testing.B, ours, floor func()) {
	b.Helper()
	ours()
	floor()
	var a, f time.Duration
	b.ResetTimer()
	for range b.N {
		t := time.Now()
		ours()
		m := time.Now()
		floor()
		a, f = a+m.Sub(t), f+time.Since(m)
	}
	report(b, a, f, b.N)
}

func report(b *testing.B, ours, floor time.Duration, n int) {
	b.ReportMetric(float64(ours.Microseconds())/float64(n), "ours-µs")
	b.ReportMetric(float64(floor.Microseconds())/float64(n), "floor-µs")
	b.ReportMetric(float64(floor)/float64(ours), "x-floor")
	b.ReportMetric(0, "ns/op")
}

// bare opens the file as the barest program would: database/sql, the same driver and pragmas, prepared statements.
func bare(b *testing.B, d *district) *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+d.file+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-8000)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

func prepare(b *testing.B, db *sql.DB, text string) *sql.Stmt {
	b.Helper()
	s, err := db.Prepare(text)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// page writes rows as an HTML table and fills it up with a fixed text to the size of our page, so that both send as much.
func page(rows *sql.Rows, err error, fill int) (*bytes.Buffer, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	vals := make([]any, len(cols))
	ptrs := make([]any, len(cols))
	for i := range vals {
		ptrs[i] = &vals[i]
	}
	out := &bytes.Buffer{}
	for rows.Next() {
		if err := rows.Scan(ptrs...); err != nil {
			return nil, err
		}
		out.WriteString("<tr>")
		for _, v := range vals {
			out.WriteString("<td>" + html.EscapeString(fmt.Sprint(v)) + "</td>")
		}
		out.WriteString("</tr>")
	}
	if n := fill - out.Len(); n > 0 {
		out.WriteString(strings.Repeat("x", n))
	}
	return out, rows.Err()
}

func (br browser) must(b *testing.B, path string) *httptest.ResponseRecorder {
	w := br.get(b.Context(), path)
	if w.Code != http.StatusOK {
		b.Fatalf("GET %s: %d", path, w.Code)
	}
	return w
}

// served runs the floor as a handler too, with a request and a recorder of its own.
func served(b *testing.B, fn func() (*bytes.Buffer, error)) func() {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		out, err := fn()
		if err != nil {
			b.Error(err)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(out.Bytes())
	})
	return func() {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil))
	}
}

const taskRows = `SELECT t.id, t.no, t.title, t.lead_unit_id, t.deadline_on, t.light, t.light_why, t.as_of, t.done_x10000, t.pace_x10000, t.lead_x100, t.days_late, t.blocker, t.state FROM task_task t `

// BenchmarkListPage is a campaign's page of 50 items; the floor runs the list's query and writes a page of the same size.
func BenchmarkListPage(b *testing.B) {
	d := open(b, full)
	br, db := d.browser(b, "ducha"), bare(b, d)
	path := d.path("/campaigns/{campaign}")
	size := br.must(b, path).Body.Len()
	list := prepare(b, db, taskRows+`WHERE t.region_id = $1 AND t.origin_kind = $2 AND t.origin_id = $3 ORDER BY t.light_rank, t.id LIMIT 50`)
	pair(b, func() { br.must(b, path) }, served(b, func() (*bytes.Buffer, error) {
		rows, err := list.Query(d.Region, campaign.Kind, d.First)
		return page(rows, err, size)
	}))
}

// BenchmarkAllTasksPage is the first 50 of all tasks of the district.
func BenchmarkAllTasksPage(b *testing.B) {
	d := open(b, full)
	br, db := d.browser(b, "ducha"), bare(b, d)
	size := br.must(b, "/tasks").Body.Len()
	list := prepare(b, db, taskRows+`WHERE t.region_id = $1 ORDER BY t.light_rank, t.id LIMIT 50`)
	pair(b, func() { br.must(b, "/tasks") }, served(b, func() (*bytes.Buffer, error) {
		rows, err := list.Query(d.Region)
		return page(rows, err, size)
	}))
}

// BenchmarkDetailPage is an item's page. Its floor runs the page's own statements, the same texts with the same parameters as the page ran
// them, over database/sql, and writes their rows as tables; that of the sub-benchmark "bare" reads the task and its accounts only.
func BenchmarkDetailPage(b *testing.B) {
	d := open(b, full)
	br, db := d.browser(b, "ducha"), bare(b, d)
	path := d.path("/tasks/{task}")
	one := id.Parse(strings.TrimPrefix(path, "/tasks/"))
	size := br.must(b, path).Body.Len()
	var runs []sqldb.Run
	for range 4 { // until all that a page remembers is remembered
		ctx, n := sqldb.WithCounter(b.Context())
		if w := br.get(ctx, path); w.Code != http.StatusOK {
			b.Fatalf("GET %s: %d", path, w.Code)
		}
		if r := n.Runs(); runs == nil || len(r) < len(runs) {
			runs = r
		}
	}
	bareRuns := []sqldb.Run{{Text: taskRows + `WHERE t.region_id = $1 AND t.id = $2`, Args: []any{d.Region, one}},
		{Text: `SELECT id, period, value_x10000, progress, blocker, state, submitted_at FROM task_account WHERE region_id = $1 AND task_id = $2 ORDER BY id`, Args: []any{d.Region, one}}}
	for _, f := range []struct {
		name string
		runs []sqldb.Run
	}{{"same", runs}, {"bare", bareRuns}} {
		b.Run(f.name, func(b *testing.B) {
			var list []*sql.Stmt
			for _, r := range f.runs {
				list = append(list, prepare(b, db, r.Text))
			}
			b.Logf("the floor runs %d statements", len(list))
			pair(b, func() { br.must(b, path) }, served(b, func() (*bytes.Buffer, error) {
				out := &bytes.Buffer{}
				for i, s := range list {
					fill := 0
					if i == len(list)-1 {
						fill = size - out.Len()
					}
					rows, err := s.Query(f.runs[i].Args...)
					more, err := page(rows, err, fill)
					if err != nil {
						return nil, err
					}
					out.Write(more.Bytes())
				}
				return out, nil
			}))
		})
	}
}

// BenchmarkCockpitPage is the leaders' page; the floor computes the lights of each campaign and unit from the tasks.
func BenchmarkCockpitPage(b *testing.B) {
	d := open(b, full)
	br, db := d.browser(b, "lingdao"), bare(b, d)
	for _, path := range []string{"/cockpit", "/wall"} {
		b.Run(path[1:], func(b *testing.B) {
			size := br.must(b, path).Body.Len()
			cells := prepare(b, db, `SELECT origin_id, lead_unit_id, light, COUNT(*), MAX(days_late) FROM task_task WHERE region_id = $1 GROUP BY origin_id, lead_unit_id, light`)
			pair(b, func() { br.must(b, path) }, served(b, func() (*bytes.Buffer, error) {
				rows, err := cells.Query(d.Region)
				return page(rows, err, size)
			}))
		})
	}
}

// filer files the next month's report of one task after another through the use case.
type filer struct {
	d    *district
	next atomic.Int64
	ctx  []context.Context
	todo []task.Task
}

func newFiler(b *testing.B, d *district) *filer {
	d.Clock.SetDay("2017-06-26")
	f := &filer{d: d, todo: d.Items}
	for i := range d.Units {
		f.ctx = append(f.ctx, d.clerk(b.Context(), i))
	}
	return f
}

func (f *filer) file(b *testing.B) {
	n := int(f.next.Add(1)) - 1
	m := period.Month("2017-06").Add(n / len(f.todo))
	t := f.todo[n%len(f.todo)]
	if m > "2017-06" {
		b.Fatal("more reports than tasks: take a smaller -benchtime")
	}
	_, err := f.d.Campaigns.SubmitReport(f.ctx[f.d.unitOf(t.LeadUnit)], fmt.Sprintf("bench-%012d", n), campaign.ReportDraft{Draft: task.Draft{TaskID: t.ID, Month: m,
		Value: amount.Scaled(700 * 10000), BlockerKind: task.NoBlocker, Progress: "沿线征迁签约过半，路基完成三公里，管网进场施工。"}})
	if err != nil {
		b.Error(err)
	}
}

// raw writes the rows of a report without looking at anything: what the disk and the tables alone cost.
type raw struct {
	db     *sql.DB
	stmts  []*sql.Stmt
	region int64
	n      atomic.Int64
	todo   []task.Task
}

func newRaw(b *testing.B, d *district) *raw {
	r := &raw{db: bare(b, d), region: d.Region, todo: d.Items}
	r.db.SetMaxOpenConns(1)
	r.n.Store(1 << 40)
	for _, t := range []string{
		`INSERT INTO receipt_key (region_id, person_id, key, act, at, result) VALUES ($1, 7, $2, 'campaign.report.submit', 1, '1')`,
		`INSERT INTO task_account (region_id, id, task_id, unit_id, period, value_x10000, before_x10000, progress, late, due_on, state, submitted_at, submitted_by) VALUES ($1, $2, $3, $4, $5, 7000000, 0, '沿线征迁签约过半，路基完成三公里，管网进场施工。', FALSE, '2017-07-05', 'submitted', 1, 7)`,
		`INSERT INTO indicator_reading (region_id, id, indicator_id, period, kind, value_x10000, entered_by, at) VALUES ($1, $2, $3, $4, 'reported', 7000000, 7, 1)`,
		`INSERT INTO indicator_value (region_id, indicator_id, period, reported_x10000, reported_by, reported_reading_id) VALUES ($1, $2, $3, 7000000, 7, 1)`,
		`INSERT INTO ledger_entry (region_id, seq, at, kind, subject_id, verb, text, hashes) VALUES ($1, $2, 1, 'task.account', 1, 'submit', $3, $4)`,
		`INSERT INTO outbox_fact (region_id, id, name, subject_kind, subject_id, body, at, spread) VALUES ($1, $2, 'task.account.submitted', 'task.account', 1, '{"task":1,"unit":1,"period":"2017-06","late":false}', 1, TRUE)`,
		`UPDATE ledger_head SET size = size WHERE region_id = $1`,
		`UPDATE task_task SET light = 'green', as_of = '2017-06', done_x10000 = 7000000, version = version + 1 WHERE region_id = $1 AND id = $2`,
	} {
		r.stmts = append(r.stmts, prepare(b, r.db, t))
	}
	return r
}

var entryText, hashes = strings.Repeat("台账记录", 60), make([]byte, 64)

func (r *raw) rows(tx *sql.Tx) error {
	n := r.n.Add(10)
	t := r.todo[int(n/10)%len(r.todo)]
	month := fmt.Sprintf("%d", n) // a month that no report has, so that keys are free
	do := func(i int, args ...any) error {
		s := tx.Stmt(r.stmts[i])
		defer s.Close()
		_, err := s.Exec(append([]any{r.region}, args...)...)
		return err
	}
	for _, err := range []error{do(0, fmt.Sprint(n)), do(1, n, t.ID, t.LeadUnit, month), do(2, n, t.IndicatorID, month), do(3, t.IndicatorID, month),
		do(4, n, entryText, hashes), do(4, n+1, entryText, hashes), do(5, n), do(5, n+1), do(6), do(7, t.ID)} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *raw) commit(b *testing.B, reports int) {
	tx, err := r.db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	for range reports {
		if err := r.rows(tx); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkReport is one clerk's report, durable and in the ledger, with its receipt; the floor is a commit of the same rows.
func BenchmarkReport(b *testing.B) {
	d := open(b, full)
	f, r := newFiler(b, d), newRaw(b, d)
	pair(b, func() { f.file(b) }, func() { r.commit(b, 1) })
}

// BenchmarkGroup is 64 clerks at once, whose reports share commits, beside one clerk; the floor is 64 times the rows in one commit beside one
// by one. gain is how many times more reports a second; x-floor is our gain by the bare one.
func BenchmarkGroup(b *testing.B) {
	const writers = 64
	d := open(b, full)
	f, r := newFiler(b, d), newRaw(b, d)
	var one, many, rawOne, rawMany time.Duration
	took := func(fn func()) time.Duration { t := time.Now(); fn(); return time.Since(t) }
	f.file(b)
	r.commit(b, 1)
	b.ResetTimer()
	for range b.N {
		one += took(func() {
			for range writers {
				f.file(b)
			}
		})
		many += took(func() {
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() { f.file(b) })
			}
			wg.Wait()
		})
		rawOne += took(func() {
			for range writers {
				r.commit(b, 1)
			}
		})
		rawMany += took(func() { r.commit(b, writers) })
	}
	gain, bare := float64(one)/float64(many), float64(rawOne)/float64(rawMany)
	b.ReportMetric(float64(many.Microseconds())/float64(b.N*writers), "ours-µs")
	b.ReportMetric(float64(rawMany.Microseconds())/float64(b.N*writers), "floor-µs")
	b.ReportMetric(gain, "gain")
	b.ReportMetric(bare, "bare-gain")
	b.ReportMetric(gain/bare, "x-floor")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkWaitingWriters is sqldb alone: 64 writers of the same bare rows, sharing commits, beside one. Nothing of the district's rules is in it.
func BenchmarkWaitingWriters(b *testing.B) {
	const writers = 64
	path := filepath.Join(b.TempDir(), "w.db")
	db, err := sqldb.Open(b.Context(), "sqlite:"+path, period.System{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	plain, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { plain.Close() })
	plain.SetMaxOpenConns(1)
	if _, err := plain.Exec(`CREATE TABLE bench_row (region_id BIGINT NOT NULL, id BIGINT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (region_id, id))`); err != nil {
		b.Fatal(err)
	}
	insert := prepare(b, plain, insertRow.Text())
	var n atomic.Int64
	ours := func() {
		if err := db.Update(b.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(b.Context(), insertRow, int64(1), n.Add(1), entryText)
			return err
		}); err != nil {
			b.Error(err)
		}
	}
	commit := func(rows int) {
		tx, err := plain.Begin()
		if err != nil {
			b.Fatal(err)
		}
		s := tx.Stmt(insert)
		for range rows {
			if _, err := s.Exec(int64(1), n.Add(1), entryText); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	var one, many, rawOne, rawMany time.Duration
	took := func(fn func()) time.Duration { t := time.Now(); fn(); return time.Since(t) }
	ours()
	commit(1)
	b.ResetTimer()
	for range b.N {
		one += took(func() {
			for range writers {
				ours()
			}
		})
		many += took(func() {
			var wg sync.WaitGroup
			for range writers {
				wg.Go(ours)
			}
			wg.Wait()
		})
		rawOne += took(func() {
			for range writers {
				commit(1)
			}
		})
		rawMany += took(func() { commit(writers) })
	}
	gain, bare := float64(one)/float64(many), float64(rawOne)/float64(rawMany)
	b.ReportMetric(float64(many.Microseconds())/float64(b.N*writers), "ours-µs")
	b.ReportMetric(float64(rawMany.Microseconds())/float64(b.N*writers), "floor-µs")
	b.ReportMetric(gain, "gain")
	b.ReportMetric(bare, "bare-gain")
	b.ReportMetric(gain/bare, "x-floor")
	b.ReportMetric(0, "ns/op")
}

var insertRow = sqldb.SQL("bench.insertRow", `INSERT INTO bench_row (region_id, id, text) VALUES ($1, $2, $3)`)

// BenchmarkExport writes every task of the district as CSV; the floor does so from a bare query.
func BenchmarkExport(b *testing.B) {
	d := open(b, full)
	db := bare(b, d)
	rows := prepare(b, db, taskRows+`WHERE t.region_id = $1 ORDER BY t.light_rank, t.id`)
	boss := d.boss(b.Context())
	pair(b, func() {
		list, err := d.Task.Tasks(boss, task.Filter{})
		if err != nil || len(list) != full.Items {
			b.Fatal(len(list), err)
		}
		w := csv.NewWriter(io.Discard)
		for _, t := range list {
			s := t.Standing
			w.Write([]string{id.Format(t.ID), t.No, t.Title, id.Format(t.LeadUnit), t.Deadline, string(s.Light), s.Why, string(s.AsOf), show(s.Done), show(s.Pace), fmt.Sprint(s.DaysLate), s.Blocker, string(t.State)})
		}
		w.Flush()
	}, func() {
		r, err := rows.Query(d.Region)
		if err != nil {
			b.Fatal(err)
		}
		defer r.Close()
		w := csv.NewWriter(io.Discard)
		var v [14]any
		var p [14]any
		for i := range v {
			p[i] = &v[i]
		}
		line := make([]string, len(v))
		for r.Next() {
			if err := r.Scan(p[:]...); err != nil {
				b.Fatal(err)
			}
			for i := range v {
				line[i] = fmt.Sprint(v[i])
			}
			w.Write(line)
		}
		w.Flush()
	})
}

func show(v *amount.Scaled) string {
	if v == nil {
		return ""
	}
	return indicator.Plain(*v)
}
