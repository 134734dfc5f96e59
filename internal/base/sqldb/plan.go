package sqldb

import (
	"context"
	"regexp"
	"strconv"
	"strings"
)

// Variants returns the texts that a statement can have: one, or of a list the one without filters and one with each filter alone.
func (s *Stmt) Variants() []string {
	if s.dynamic == nil {
		return []string{s.text}
	}
	out := []string{number((&Query{list: s.dynamic}).text())}
	for _, f := range s.dynamic.frags {
		out = append(out, number((&Query{list: s.dynamic, where: []string{f}}).text()))
	}
	return out
}

// PlanOf returns the engine's plan of a text for parameters that it does not know, line by line: what a prepared statement runs with.
// PostgreSQL is told that whole reads are dear, since on an empty table it would always choose them: a plan that still has one has no other way.
// Tests read it.
func (db *DB) PlanOf(ctx context.Context, text string) (out []string, err error) {
	n := 0
	for _, m := range parameter.FindAllStringSubmatch(text, -1) {
		k, _ := strconv.Atoi(m[1])
		n = max(n, k)
	}
	if db.Engine == SQLite {
		c, err := db.readers.get(ctx)
		if err != nil {
			return nil, err
		}
		defer db.readers.put(c)
		err = c.once(ctx, "EXPLAIN QUERY PLAN "+text, make([]any, n), func(s *liteStmt) error {
			out = append(out, s.text(3))
			return nil
		})
		return out, err
	}
	conn, err := db.pg.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	for _, s := range []string{"SET enable_seqscan = off", "SET plan_cache_mode = force_generic_plan", "PREPARE looked_at AS " + text} {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return nil, err
		}
	}
	defer func() {
		for _, s := range []string{"DEALLOCATE looked_at", "RESET plan_cache_mode", "RESET enable_seqscan"} {
			if _, e := conn.ExecContext(ctx, s); err == nil && e != nil {
				err = e
			}
		}
	}()
	text = "EXPLAIN EXECUTE looked_at"
	if n > 0 {
		text += "(" + strings.TrimSuffix(strings.Repeat("NULL, ", n), ", ") + ")"
	}
	rows, err := conn.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, rows.Err()
}

var parameter = regexp.MustCompile(`\$(\d+)`)
