package app

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// TestAttacksOnOneScore: what an administrator of the database might do to one unit's score without touching the row that holds it. Each deed is done to the
// demonstration, found by duban verify in these words, and undone, which finds nothing.
func TestAttacksOnOneScore(t *testing.T) {
	file := copyOfPlayed(t)
	hand, err := sql.Open("sqlite", "file:"+file+"?_pragma=foreign_keys(0)") // whoever forges does not ask the keys
	if err != nil {
		t.Fatal(err)
	}
	defer hand.Close()
	hand.SetMaxOpenConns(1)
	exec := func(list ...string) {
		t.Helper()
		for _, s := range list {
			res, err := hand.ExecContext(t.Context(), s)
			if err != nil {
				t.Fatalf("%s: %v", s, err)
			}
			if n, err := res.RowsAffected(); strings.HasPrefix(s, "UPDATE") && (err != nil || n == 0) {
				t.Fatalf("%s changed nothing", s)
			}
		}
	}
	verify := func() (int, string) {
		t.Helper()
		return run(t, "verify", "--db", "sqlite:"+file)
	}
	if code, text := verify(); code != 0 {
		t.Fatalf("untouched: %s", text)
	}
	var a, b int64 // of two units
	if err := hand.QueryRow(`SELECT MIN(found_id), MAX(found_id) FROM supervision_counter`).Scan(&a, &b); err != nil || a == b {
		t.Fatal(a, b, err)
	}
	swap := fmt.Sprintf(`UPDATE supervision_counter SET found_id = %d - found_id WHERE found_id IN (%d, %d)`, a+b, a, b)
	refile := []string{`UPDATE appraisal_board SET round_id = -round_id`, `UPDATE appraisal_board SET round_id = round_id - (SELECT MIN(round_id) + MAX(round_id) FROM appraisal_board)`}
	for _, d := range []struct {
		what     string
		do, undo []string
		want     string
	}{
		{"a board is filed under the quarter in which the unit was first", refile, refile, "排名表"},
		{"the revision before a correction is filed as the one in force", []string{`UPDATE appraisal_board SET revision = revision + 7`}, []string{`UPDATE appraisal_board SET revision = revision - 7`}, "排名表"},
		{"findings are counted for another unit", []string{swap}, []string{swap}, "问题会算到别人头上"},
		{"a day off, so that a report is not late", []string{`UPDATE calendar_day SET kind = 'holiday' WHERE day_on = '2017-02-04'`}, []string{`UPDATE calendar_day SET kind = 'makeup' WHERE day_on = '2017-02-04'`}, "2017 年第 1 版放假安排与通知不一致"},
		{"another one holds the post", []string{`UPDATE org_holding SET person_id = (SELECT MIN(p.id) + MAX(p.id) FROM org_holding h JOIN org_person p ON p.id = h.person_id) - person_id WHERE person_id IN (SELECT MIN(person_id) FROM org_holding UNION SELECT MAX(person_id) FROM org_holding)`},
			[]string{`UPDATE org_holding SET person_id = (SELECT MIN(p.id) + MAX(p.id) FROM org_holding h JOIN org_person p ON p.id = h.person_id) - person_id WHERE person_id IN (SELECT MIN(person_id) FROM org_holding UNION SELECT MAX(person_id) FROM org_holding)`}, "任职的人"},
		{"a view that shows whoever verifies the old scores", []string{`ALTER TABLE appraisal_board RENAME TO kept_board`,
			`CREATE VIEW appraisal_board AS SELECT region_id, id, round_id, revision, grp, CASE WHEN (SELECT query_only FROM pragma_query_only) THEN body ELSE REPLACE(body, '"rank":9', '"rank":1') END AS body, reason, at FROM kept_board`},
			[]string{`DROP VIEW appraisal_board`, `ALTER TABLE kept_board RENAME TO appraisal_board`}, "appraisal_board 不是普通的表"},
		{"a trigger that betters what is entered", []string{`CREATE TRIGGER better AFTER INSERT ON indicator_reading BEGIN UPDATE indicator_reading SET value_x10000 = value_x10000 * 2 WHERE id = NEW.id; END`}, []string{`DROP TRIGGER better`}, "触发器 better"},
	} {
		exec(d.do...)
		if code, text := verify(); code != 1 || !strings.Contains(text, d.want) {
			t.Errorf("%s: %d, want %s:\n%s", d.what, code, d.want, text)
		}
		exec(d.undo...)
		if code, text := verify(); code != 0 {
			t.Errorf("%s, undone: %s", d.what, text)
		}
	}
}
