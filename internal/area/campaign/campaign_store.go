package campaign

import "duban/internal/base/sqldb"

const campaignColumns = `id, preset, code, name, year, from_month, to_month, leader_post_id, deputy_posts, lead_unit_id, state,
  plan_doc_no, plan_title, plan_on, plan_exhibit_id, summary, opened_at, archived_at, sort_no, version`

var (
	insertCampaign = sqldb.SQL("campaign.insertCampaign", `
INSERT INTO campaign_campaign (region_id, id, preset, code, name, year, from_month, to_month, leader_post_id, deputy_posts, lead_unit_id, state, opened_at, sort_no)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`)
	updateCampaign = sqldb.SQL("campaign.updateCampaign", `
UPDATE campaign_campaign
SET code = $3, name = $4, year = $5, from_month = $6, to_month = $7, leader_post_id = $8, deputy_posts = $9, lead_unit_id = $10, state = $11,
  plan_doc_no = $12, plan_title = $13, plan_on = $14, plan_exhibit_id = $15, summary = $16, archived_at = $17, sort_no = $18, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $19`)
	lockCampaign = sqldb.SQL("campaign.lockCampaign", `
UPDATE campaign_campaign SET sort_no = sort_no WHERE region_id = $1 AND id = $2 RETURNING `+campaignColumns)
	selectCampaign = sqldb.SQL("campaign.selectCampaign", `
SELECT `+campaignColumns+` FROM campaign_campaign WHERE region_id = $1 AND id = $2`)
	selectCampaigns = sqldb.SQL("campaign.selectCampaigns", `
SELECT `+campaignColumns+` FROM campaign_campaign WHERE region_id = $1 ORDER BY year DESC, sort_no, id`)

	deleteMembers = sqldb.SQL("campaign.deleteMembers", `DELETE FROM campaign_member WHERE region_id = $1 AND campaign_id = $2`)
	insertMember  = sqldb.SQL("campaign.insertMember", `
INSERT INTO campaign_member (region_id, campaign_id, no, role, post_id, person_id, unit_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)`)
	selectMembers = sqldb.SQL("campaign.selectMembers", `
SELECT campaign_id, role, post_id, person_id, unit_id FROM campaign_member WHERE region_id = $1 AND campaign_id = $2 ORDER BY no`)
	selectMembersAll = sqldb.SQL("campaign.selectMembersAll", `
SELECT campaign_id, role, post_id, person_id, unit_id FROM campaign_member WHERE region_id = $1 ORDER BY campaign_id, no`)
)

func scanCampaign(s sqldb.Scanner) (c Campaign, err error) {
	var deputies string
	err = s.Scan(&c.ID, &c.Preset, &c.Code, &c.Name, &c.Year, &c.From, &c.To, &c.LeaderPost, &deputies, &c.LeadUnit, &c.State,
		&c.Plan.DocNo, &c.Plan.Title, &c.Plan.IssuedOn, &c.Plan.ExhibitID, &c.Summary, &c.OpenedAt, &c.ArchivedAt, &c.SortNo, &c.Version)
	c.DeputyPosts = splitIDs(deputies)
	return c, err
}

type memberRow struct {
	campaignID int64
	Member
}

func scanMember(s sqldb.Scanner) (m memberRow, err error) {
	return m, s.Scan(&m.campaignID, &m.Role, &m.PostID, &m.PersonID, &m.UnitID)
}
