package campaign

import "duban/internal/base/sqldb"

const itemColumns = `id, campaign_id, unit_id, batch_id, category, scoring, note, completed_at`

var (
	insertItem = sqldb.SQL("campaign.insertItem", `
INSERT INTO campaign_item (region_id, id, campaign_id, unit_id, batch_id, category, scoring, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	deleteItem    = sqldb.SQL("campaign.deleteItem", `DELETE FROM campaign_item WHERE region_id = $1 AND id = $2`)
	completedItem = sqldb.SQL("campaign.completedItem", `
UPDATE campaign_item SET completed_at = $3 WHERE region_id = $1 AND id = $2`)
	selectItem = sqldb.SQL("campaign.selectItem", `
SELECT `+itemColumns+` FROM campaign_item WHERE region_id = $1 AND id = $2`)
	selectItems = sqldb.SQL("campaign.selectItems", `
SELECT `+itemColumns+` FROM campaign_item WHERE region_id = $1 AND campaign_id = $2 ORDER BY id`)
	selectItemsUnit = sqldb.SQL("campaign.selectItemsUnit", `
SELECT `+itemColumns+` FROM campaign_item WHERE region_id = $1 AND unit_id = $2 ORDER BY id`)
)

func scanItem(s sqldb.Scanner) (i Item, err error) {
	return i, s.Scan(&i.ID, &i.CampaignID, &i.UnitID, &i.BatchID, &i.Category, &i.Scoring, &i.Note, &i.CompletedAt)
}
