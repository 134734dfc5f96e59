package burden

import "duban/internal/base/sqldb"

var (
	selectStatements = sqldb.SQL("burden.selectStatements", `
SELECT id, clause, met, text, stated_by, at FROM burden_statement WHERE region_id = $1 ORDER BY id`)
	putStatement = sqldb.SQL("burden.putStatement", `
INSERT INTO burden_statement (region_id, id, clause, met, text, stated_by, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (region_id, clause) DO UPDATE SET met = excluded.met, text = excluded.text, stated_by = excluded.stated_by, at = excluded.at
RETURNING id`)
)

func scanStatement(r sqldb.Scanner) (s Statement, err error) {
	return s, r.Scan(&s.ID, &s.Clause, &s.Met, &s.Text, &s.StatedBy, &s.At)
}
