package campaign

import (
	"encoding/json"

	"duban/internal/base/sqldb"
)

const batchColumns = `id, campaign_id, state, source, rows, rejected, added, proposed, refused, made_by, made_at, committed_at, undone_at, version`

var (
	insertBatch = sqldb.SQL("campaign.insertBatch", `
INSERT INTO campaign_batch (region_id, id, campaign_id, state, source, rows, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	updateBatch = sqldb.SQL("campaign.updateBatch", `
UPDATE campaign_batch
SET state = $3, rows = $4, rejected = $5, added = $6, proposed = $7, refused = $8, committed_at = $9, undone_at = $10, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $11`)
	selectBatch = sqldb.SQL("campaign.selectBatch", `
SELECT `+batchColumns+` FROM campaign_batch WHERE region_id = $1 AND id = $2`)
	selectBatches = sqldb.SQL("campaign.selectBatches", `
SELECT `+batchColumns+` FROM campaign_batch WHERE region_id = $1 AND campaign_id = $2 AND state <> 'previewed' ORDER BY id DESC`)
	expireBatches = sqldb.SQL("campaign.expireBatches", `
DELETE FROM campaign_batch WHERE region_id = $1 AND state = 'previewed' AND made_at < $2`)
)

func scanBatch(s sqldb.Scanner) (b Batch, err error) {
	var source, rows, rejected string
	if err := s.Scan(&b.ID, &b.CampaignID, &b.State, &source, &rows, &rejected, &b.Added, &b.Proposed, &b.Refused, &b.MadeBy, &b.MadeAt, &b.CommittedAt, &b.UndoneAt, &b.Version); err != nil {
		return b, err
	}
	if err := json.Unmarshal([]byte(source), &b.Source); err != nil {
		return b, err
	}
	if err := json.Unmarshal([]byte(rows), &b.Rows); err != nil || rejected == "" {
		return b, err
	}
	return b, json.Unmarshal([]byte(rejected), &b.Rejected)
}
