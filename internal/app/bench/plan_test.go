package bench

import (
	"regexp"
	"strings"
	"testing"

	_ "duban/internal/app" // every statement of the program
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"
)

// bounded are the tables that stay small however long the program is used: a district has some hundred units, a dozen campaigns and schemes
// a year, a few dozen forms, documents and suggestions. Every other table grows with the work that is done.
var bounded = regexp.MustCompile(`^(org_\w+|account_(role|holder|login|grant|setup|factor|secret)|calendar_\w+|house_\w+|schema_migration|ledger_(head|key|signing)|task_policy|` +
	`burden_(field|form|return|statement|suggestion)\w*|conduct_(document|measure|action|review|rule|number|praise|reader|exam)|` +
	`template_(version|turn)|campaign_(campaign|member|taskbook|pledge|signature|batch)|cockpit_\w+|appraisal_(scheme|round|board|event|objection|remark)|supervision_(tour|inspector|draw|bulletin|counter|number))$`)

// wholeReaders read a table that grows from one end to the other, each for a reason.
var wholeReaders = map[string]string{
	// duban verify compares every sealed row with the ledger.
	"indicator.selectReadingsAll": "verify", "indicator.selectPlansAll": "verify, appraisal", "indicator.selectValuesAll": "verify, the nightly cells",
	"ledger.allCheckpoints": "verify", "ledger.allEntries": "verify", "ledger.listRegions": "verify: the regions that any table of the ledger names",
	"supervision.selectChecksAll": "verify", "supervision.selectConfirmationsAll": "verify", "supervision.selectFindingsAll": "verify", "supervision.selectOrdersAll": "verify",
	"task.selectAccountsAll": "verify", "task.selectAdjustmentsAll": "verify", "task.selectBaselinesAll": "verify", "task.selectLightsAll": "verify",
	"task.selectSupportAll":    "verify",
	"conduct.selectSignalsAll": "verify", "appraisal.selectFlagsAll": "verify", "appraisal.selectReleasesAll": "verify", "appraisal.selectSpotsAll": "verify",

	// The installation's keys: a handful of rows, one for each change of the signing key. The last checkpoint of all is asked for where there is no key.
	"ledger.allPast": "a handful of rows", "ledger.anyCheckpoint": "where the signing key is gone",

	// The night, the closing of a month and the summary of all campaigns judge every task.
	"indicator.listSheet": "nightly refresh, month end, summaries over all campaigns; a page of few items uses selectSheetsIn", "task.selectMilestonesAll": "nightly refresh, month end",

	// Lists with filters for which no index is: a finding, an order is rare, and the list is cut off.
	"supervision.listFindings": "with a limit", "supervision.listOrders": "with a limit",

	// The partial index holds only jobs that are not done.
	"outbox.claimJobs": "index of live jobs only",

	// Sweeps of the night.
	"outbox.purgeDone": "nightly", "outbox.purgeScheduled": "nightly", "task.expireDrafts": "nightly; drafts live 30 days",

	"conduct.countSignals": "counts the signals of a year and the open ones for the head of a list; a signal is rare",

	"task.countTasks": "counts the lights of all tasks for the head of a list", "supervision.lastChecked": "the draw of a tour weighs every task",

	// Owed: these have a key to go by and do not use it. The first wants an index (region_id, owner_kind, owner_id, id): the one there is holds
	// what is not withdrawn. The others are led astray by ORDER BY id as long as SQLite has no statistics; it has after the first start.
	"supervision.countReceived": "owed", "conduct.selectMatters": "owed: three ends of one OR", "conduct.selectRaised": "owed: an index of the month",
	"supervision.selectChecksTour": "owed", "supervision.selectConfirmations": "owed",
}

// hashed are read whole by PostgreSQL while the whole is a few times what is wanted: a thousand items, of which a unit has fifty.
// SQLite, asked about the same statements, goes by the key.
var hashed = map[string]bool{"task.selectClosedCounts": true, "indicator.selectSheetsIn": true, "indicator.selectUnitHistory": true, "indicator.selectHistoryIn": true, "task.selectLightsOrigin": true, "task.selectMilestonesOrigin": true}

// TestPlans reads what both engines mean to do for every statement of the program: none reads a growing table from end to end, and none a
// whole region of it, but those that must. SQLite is asked without statistics, the worst that can happen to it; PostgreSQL, which on empty
// tables takes any index for as good as another, about a seeded district with fresh statistics.
func TestPlans(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, _ *period.Fixed) {
		about := regexp.MustCompile(`.`)
		if db.Engine == sqldb.Postgres {
			about = seeded
			if err := seed(t.Context(), db, size{Units: 20, Campaigns: 12, Items: 1_000, Months: 2}); err != nil {
				t.Fatal(err)
			}
		}
		found := map[string]bool{}
		for _, s := range sqldb.Statements() {
			if strings.HasPrefix(s.Name, "bench.") { // of a table that only a benchmark has
				continue
			}
			for i, text := range s.Variants() {
				plan, err := db.PlanOf(t.Context(), text)
				if err != nil {
					t.Errorf("%s: %v", s.Name, err)
					continue
				}
				bad := wholeReads(db.Engine, text, plan, about)
				if len(bad) == 0 || brokenOff(text, plan) {
					continue
				}
				found[s.Name] = true
				if wholeReaders[s.Name] == "" && !(db.Engine == sqldb.Postgres && hashed[s.Name]) {
					t.Errorf("%s, variant %d, reads too much:\n  %s", s.Name, i, strings.Join(bad, "\n  "))
				}
			}
		}
		if db.Engine == sqldb.SQLite {
			for name := range wholeReaders {
				if !found[name] {
					t.Errorf("%s no longer reads a whole table: take it off the list", name)
				}
			}
		}
	})
}

// brokenOff reports whether a list is read in the order of a key and broken off at its limit: the newest or the most urgent first.
func brokenOff(text string, plan []string) bool {
	return strings.Contains(text, "LIMIT") && !strings.Contains(strings.Join(plan, "\n"), "TEMP B-TREE FOR ORDER BY") && !strings.Contains(strings.Join(plan, "\n"), "Sort")
}

// seeded are the tables of which a seeded district has enough for PostgreSQL to choose.
var seeded = regexp.MustCompile(`^(task_(task|account|support|baseline|light)|indicator_(indicator|plan|reading|value)|ledger_entry|outbox_fact|campaign_item)$`)

var (
	liteStep = regexp.MustCompile(`^(SCAN|SEARCH) (\w+)(.*)`)
	liteCond = regexp.MustCompile(`\(([^()]*)\)(?: LEFT-JOIN)?$`)
	alias    = regexp.MustCompile(`(?i)\b(?:from|join)\s+([a-z]+_\w+)(?:\s+(\w+))?`)
	pgStep   = regexp.MustCompile(`(?:Seq Scan|Index (?:Only )?Scan(?: Backward)?|Bitmap Heap Scan).* on (\w+)(?: (\w+))?`)
)

// wholeReads returns the steps of a plan that read a growing table without any key, or with its region alone.
func wholeReads(e sqldb.Engine, text string, plan []string, about *regexp.Regexp) (bad []string) {
	names := map[string]string{}
	for _, m := range alias.FindAllStringSubmatch(text, -1) {
		names[m[2]] = m[1]
	}
	grows := func(name string) bool {
		if n, ok := names[name]; ok {
			name = n
		}
		return strings.Contains(name, "_") && !bounded.MatchString(name) && about.MatchString(name)
	}
	for i, l := range plan {
		l = strings.TrimSpace(l)
		if e == sqldb.SQLite {
			m := liteStep.FindStringSubmatch(l)
			if m == nil || !grows(m[2]) {
				continue
			}
			if c := liteCond.FindStringSubmatch(l); m[1] == "SCAN" || c != nil && c[1] == "region_id=?" {
				bad = append(bad, l)
			}
			continue
		}
		m := pgStep.FindStringSubmatch(l)
		if m == nil || !grows(m[1]) {
			continue
		}
		cond := ""
		for _, next := range plan[i+1:] {
			next = strings.TrimSpace(next)
			if strings.HasPrefix(next, "->") && !strings.Contains(next, "Bitmap Index Scan") {
				break
			}
			if rest, ok := strings.CutPrefix(next, "Index Cond: "); ok {
				cond = rest
				break
			}
		}
		if !strings.Contains(cond, " AND ") && (cond == "" || strings.Contains(cond, "(region_id")) {
			bad = append(bad, l+" "+cond)
		}
	}
	return bad
}
