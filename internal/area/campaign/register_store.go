package campaign

import (
	"duban/internal/base/sqldb"
	"duban/internal/spine/indicator"
	"duban/internal/spine/task"
)

// What pages remember, and what ends it.
func remember() *remembered {
	return &remembered{
		registers: sqldb.Memo[int64, *register]{Watch: registerWatch},
		papers:    sqldb.Memo[placeKey, papers]{Watch: papersWatch},
		sheets:    sqldb.Memo[placeKey, map[int64]indicator.Sheet]{Watch: sheetsWatch},
		closed:    sqldb.Memo[placeKey, closed]{Watch: closedWatch},
		gates:     sqldb.Memo[placeKey, map[int64][]task.Milestone]{Watch: gatesWatch},
	}
}

var (
	registerWatch = sqldb.Watching("campaign_campaign", "campaign_member")
	papersWatch   = sqldb.Watching("campaign_taskbook", "campaign_batch", "campaign_pledge", "campaign_signature")
	sheetsWatch   = sqldb.Watching("indicator_indicator", "indicator_plan")
	closedWatch   = sqldb.Watching("task_light", "task_baseline") // a task is opened, adjusted and discarded with its baseline
	gatesWatch    = sqldb.Watching("task_milestone")
)

// selectPapers reads what lies beside a campaign's items in one statement: its task books, its imports without their rows, and the signatures under its
// pledges and those for all campaigns.
var selectPapers = sqldb.SQL("campaign.selectPapers", `
SELECT 'book' AS part, id, unit_id AS a, 0 AS b, 0 AS c, issued_at AS at, state AS s, '' AS t
FROM campaign_taskbook WHERE region_id = $1 AND campaign_id = $2
UNION ALL
SELECT 'batch', id, added, 0, 0, made_at, state, ''
FROM campaign_batch WHERE region_id = $1 AND campaign_id = $2 AND state <> 'previewed'
UNION ALL
SELECT 'signature', id, pledge_id, post_id, person_id, at, side, sha256
FROM campaign_signature WHERE region_id = $1 AND pledge_id IN (SELECT p.id FROM campaign_pledge p WHERE p.region_id = $1 AND p.campaign_id IN ($2, 0))`)

var selectPledgesOf = sqldb.SQL("campaign.selectPledgesOf", `
SELECT `+pledgeColumns+` FROM campaign_pledge WHERE region_id = $1 AND campaign_id IN ($2, 0)`)

// papers are what lies beside a campaign's items.
type papers struct {
	books      []TaskBook  // of each: number, unit, state
	batches    []Batch     // of each: number, state, items entered, when; the newest first
	signatures []Signature // in order
	pledges    []Pledge    // of the campaign, and those for all campaigns
}

type paperRow struct {
	part     string
	id       int64
	a, b, c  int64
	at       int64
	s, other string
}

func scanPaper(s sqldb.Scanner) (r paperRow, err error) {
	return r, s.Scan(&r.part, &r.id, &r.a, &r.b, &r.c, &r.at, &r.s, &r.other)
}

func (p *papers) add(campaignID int64, r paperRow) {
	switch r.part {
	case "book":
		p.books = append(p.books, TaskBook{ID: r.id, CampaignID: campaignID, UnitID: r.a, IssuedAt: r.at, State: TaskBookState(r.s)})
	case "batch":
		p.batches = append(p.batches, Batch{ID: r.id, CampaignID: campaignID, Added: r.a, MadeAt: r.at, State: BatchState(r.s)})
	case "signature":
		p.signatures = append(p.signatures, Signature{ID: r.id, PledgeID: r.a, PostID: r.b, PersonID: r.c, At: r.at, Side: Side(r.s), SHA256: r.other})
	}
}
