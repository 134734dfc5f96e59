package campaign

import "duban/internal/base/sqldb"

const taskBookColumns = `id, campaign_id, unit_id, state, items, issued_at, accepted_at, accepted_post_id, version`

var (
	upsertTaskBook = sqldb.SQL("campaign.upsertTaskBook", `
INSERT INTO campaign_taskbook (region_id, id, campaign_id, unit_id, state, items, issued_at)
VALUES ($1, $2, $3, $4, 'issued', $5, $6)
ON CONFLICT (region_id, campaign_id, unit_id) DO UPDATE SET
  state = 'issued', items = excluded.items, issued_at = excluded.issued_at, accepted_at = 0, accepted_post_id = 0, version = campaign_taskbook.version + 1
RETURNING `+taskBookColumns)
	acceptTaskBook = sqldb.SQL("campaign.acceptTaskBook", `
UPDATE campaign_taskbook
SET state = 'accepted', items = $3, accepted_at = $4, accepted_post_id = $5, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $6 AND state = 'issued'`)
	selectTaskBook = sqldb.SQL("campaign.selectTaskBook", `
SELECT `+taskBookColumns+` FROM campaign_taskbook WHERE region_id = $1 AND id = $2`)
	selectTaskBooks = sqldb.SQL("campaign.selectTaskBooks", `
SELECT `+taskBookColumns+` FROM campaign_taskbook WHERE region_id = $1 AND campaign_id = $2 ORDER BY id`)
	selectTaskBooksUnit = sqldb.SQL("campaign.selectTaskBooksUnit", `
SELECT `+taskBookColumns+` FROM campaign_taskbook WHERE region_id = $1 AND unit_id = $2 ORDER BY id`)
	selectTaskBooksAll = sqldb.SQL("campaign.selectTaskBooksAll", `
SELECT `+taskBookColumns+` FROM campaign_taskbook WHERE region_id = $1 ORDER BY id`)
)

func scanTaskBook(s sqldb.Scanner) (b TaskBook, err error) {
	return b, s.Scan(&b.ID, &b.CampaignID, &b.UnitID, &b.State, &b.Items, &b.IssuedAt, &b.AcceptedAt, &b.AcceptedPostID, &b.Version)
}
