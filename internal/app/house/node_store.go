package house

import "duban/internal/base/sqldb"

var (
	// takeNode takes a number that nobody holds, or whose holder has fallen silent.
	takeNode = sqldb.SQL("house.takeNode", `
INSERT INTO house_node (node, holder, until_at) VALUES ($1, $2, $3)
ON CONFLICT (node) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
WHERE house_node.until_at < $4`)
	selectNodes = sqldb.SQL("house.selectNodes", `SELECT node FROM house_node WHERE until_at >= $1`)
	keepNode    = sqldb.SQL("house.keepNode", `UPDATE house_node SET until_at = $3 WHERE node = $1 AND holder = $2`)
)
