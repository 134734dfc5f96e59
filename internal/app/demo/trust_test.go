package demo

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"duban/internal/app/house"
	"duban/internal/base/sqldb"
	"duban/internal/spine/ledger"
)

var (
	ledgerTexts = sqldb.SQL("ledger.testTexts", `SELECT text FROM ledger_entry WHERE region_id = $1`)
	allPersons  = sqldb.SQL("org.testPersons", `SELECT id FROM org_person WHERE region_id = $1`)
)

// nobodyIn: in no text of the ledger stands the program's number of a person. The numbers have 17 digits and more, so that none is found by chance.
func nobodyIn(t *testing.T, h *house.House, region int64) {
	t.Helper()
	ctx := t.Context()
	var persons []int64
	var texts []string
	if err := h.DB.View(ctx, func(tx *sqldb.Tx) (err error) {
		if persons, err = sqldb.All(ctx, tx, allPersons, sqldb.Int64, region); err == nil {
			texts, err = sqldb.All(ctx, tx, ledgerTexts, sqldb.Text, region)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(persons) < 50 || len(texts) < 1000 {
		t.Fatalf("%d persons, %d entries", len(persons), len(texts))
	}
	raw := namesIn(texts, persons)
	if len(raw) > 0 {
		t.Errorf("%d entries name people by their numbers: %s", len(raw), raw[0])
	}
	if control := strings.Replace(texts[0], `"verb"`, `"x":"`+strconv.FormatInt(persons[0], 10)+`","verb"`, 1); len(namesIn([]string{control}, persons)) != 1 {
		t.Error("a number that stands in a text is not found")
	}
}

func namesIn(texts []string, persons []int64) (out []string) {
	number := map[string]bool{}
	for _, id := range persons {
		number[strconv.FormatInt(id, 10)] = true
	}
	for _, text := range texts {
		for _, digits := range bytes.FieldsFunc([]byte(text), func(r rune) bool { return r < '0' || r > '9' }) {
			if number[string(digits)] {
				out = append(out, text)
				break
			}
		}
	}
	return out
}

type actor struct {
	kind     string
	get, put *sqldb.Stmt
}

// who declares how a forger writes another person into a column; id is the column that holds the subject's number.
func who(kind, table, id, column string) actor {
	owner, _, _ := strings.Cut(table, "_")
	name := owner + ".testWho_" + table + "_" + column
	return actor{kind, sqldb.SQL(name+".get", `SELECT MAX(`+id+`) FROM `+table+` WHERE region_id = $1 AND `+column+` > 0`),
		sqldb.SQL(name+".put", `UPDATE `+table+` SET `+column+` = `+column+` + $3 WHERE region_id = $1 AND `+id+` = $2 AND `+column+` > 0`)}
}

// actors are the columns of persons that the season of e2e holds no row of.
var actors = []actor{
	who("task.milestone", "task_milestone", "task_id", "verified_by"),
	who("task.milestone", "task_milestone", "task_id", "claimed_by"),
	who("campaign.campaign", "campaign_member", "campaign_id", "person_id"),
	who("appraisal.flag", "appraisal_flag", "id", "issued_by"),
	who("appraisal.flag", "appraisal_flag", "id", "stated_by"),
	who("burden.suggestion", "burden_suggestion", "id", "person_id"),
	who("burden.suggestion", "burden_suggestion", "id", "answered_by"),
	who("burden.limit", "burden_limit", "region_id", "set_by"),
	who("burden.statement", "burden_statement", "id", "stated_by"),
	who("conduct.document", "conduct_document", "id", "adopted_by"),
	who("conduct.action", "conduct_action", "id", "done_by"),
	who("conduct.review", "conduct_review", "id", "reviewed_by"),
	who("conduct.rule", "conduct_rule", "region_id", "set_by"),
	who("conduct.praise", "conduct_praise", "id", "given_by"),
	who("conduct.reader", "conduct_reader", "id", "person_id"),
	who("conduct.reader", "conduct_reader", "id", "named_by"),
	who("conduct.exam", "conduct_exam", "id", "person_id"),
	who("conduct.exam", "conduct_exam", "id", "written_by"),
}

// actorsIn: another person in any of these columns is found, and the row named; everybody back, nothing is found.
func actorsIn(t *testing.T, h *house.House, region int64) {
	t.Helper()
	ctx := t.Context()
	poke := func(a actor, id, by int64) {
		t.Helper()
		if err := h.DB.Update(ctx, func(tx *sqldb.Tx) error {
			n, err := tx.Exec(ctx, a.put, region, id, by)
			if err == nil && n == 0 {
				t.Errorf("%s changed nothing", a.put.Name)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	ids := make([]int64, len(actors))
	for i, a := range actors {
		if err := h.DB.View(ctx, func(tx *sqldb.Tx) error {
			id, ok, err := sqldb.Maybe(ctx, tx, a.get, func(s sqldb.Scanner) (n *int64, err error) { return n, s.Scan(&n) }, region)
			if ok && id != nil {
				ids[i] = *id
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if ids[i] == 0 {
			t.Errorf("the demonstration has no %s of %s", a.put.Name, a.kind)
		}
	}
	for i, a := range actors { // one at a time: the next is the control of the one before
		if ids[i] == 0 {
			continue
		}
		poke(a, ids[i], 1)
		report, err := ledger.Verify(ctx, h.DB)
		if err != nil {
			t.Fatal(err)
		}
		if f := report.Findings; len(f) != 1 || f[0].Subject.Kind != a.kind || f[0].Subject.ID != ids[i] {
			t.Errorf("%s of %s:%d was changed; found %v", a.put.Name, a.kind, ids[i], f)
		}
		poke(a, ids[i], -1)
	}
	if report, err := ledger.Verify(ctx, h.DB); err != nil || !report.OK() || report.Old+report.Erased > 0 {
		t.Errorf("everybody is who he was, and yet: %v %v %v", report.Findings, report, err)
	}
}
