package sqldb

import (
	"context"
	"fmt"
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
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	n := 0
	for _, m := range parameter.FindAllStringSubmatch(text, -1) {
		k, _ := strconv.Atoi(m[1])
		n = max(n, k)
	}
	var args []any
	if db.Engine == SQLite {
		text, args = "EXPLAIN QUERY PLAN "+text, make([]any, n)
	} else {
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
	}
	rows, err := conn.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		vals := make([]any, len(cols))
		ptrs := make([]any, len(cols))
		for i := range vals {
			ptrs[i] = &vals[i]
		}
		if err := rows.Scan(ptrs...); err != nil {
			return nil, err
		}
		out = append(out, fmt.Sprint(vals[len(vals)-1]))
	}
	return out, rows.Err()
}

var parameter = regexp.MustCompile(`\$(\d+)`)
