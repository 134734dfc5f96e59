package campaign

import "duban/internal/base/sqldb"

const pledgeColumns = `id, campaign_id, unit_id, year, revision, kind, basis_doc_no, basis_level, state, unit_post_id, leader_post_id, text, drafted_at, signed_at, chased_on, version`

var (
	insertPledge = sqldb.SQL("campaign.insertPledge", `
INSERT INTO campaign_pledge (region_id, id, campaign_id, unit_id, year, revision, kind, basis_doc_no, basis_level, state, unit_post_id, leader_post_id, text, drafted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'draft', $10, $11, $12, $13)`)
	redraftPledge = sqldb.SQL("campaign.redraftPledge", `
UPDATE campaign_pledge
SET kind = $3, basis_doc_no = $4, basis_level = $5, unit_post_id = $6, leader_post_id = $7, text = $8, version = version + 1
WHERE region_id = $1 AND id = $2 AND state = 'draft'`)
	setPledgeState = sqldb.SQL("campaign.setPledgeState", `
UPDATE campaign_pledge
SET state = $3, signed_at = $4, version = version + 1
WHERE region_id = $1 AND id = $2 AND version = $5`)
	chasePledge = sqldb.SQL("campaign.chasePledge", `
UPDATE campaign_pledge SET chased_on = $3 WHERE region_id = $1 AND id = $2 AND chased_on <> $3`)
	lockPledge = sqldb.SQL("campaign.lockPledge", `
UPDATE campaign_pledge SET chased_on = chased_on WHERE region_id = $1 AND id = $2 RETURNING `+pledgeColumns)
	selectPledge = sqldb.SQL("campaign.selectPledge", `
SELECT `+pledgeColumns+` FROM campaign_pledge WHERE region_id = $1 AND id = $2`)
	selectPledges = sqldb.SQL("campaign.selectPledges", `
SELECT `+pledgeColumns+` FROM campaign_pledge WHERE region_id = $1 ORDER BY id`)

	insertSignature = sqldb.SQL("campaign.insertSignature", `
INSERT INTO campaign_signature (region_id, id, pledge_id, side, post_id, person_id, sha256, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	selectSignatures = sqldb.SQL("campaign.selectSignatures", `
SELECT id, pledge_id, side, post_id, person_id, sha256, at FROM campaign_signature WHERE region_id = $1 ORDER BY id`)
	selectSignaturesOf = sqldb.SQL("campaign.selectSignaturesOf", `
SELECT id, pledge_id, side, post_id, person_id, sha256, at FROM campaign_signature WHERE region_id = $1 AND pledge_id = $2 ORDER BY id`)
)

func scanPledge(s sqldb.Scanner) (p Pledge, err error) {
	return p, s.Scan(&p.ID, &p.CampaignID, &p.UnitID, &p.Year, &p.Revision, &p.Form, &p.BasisDocNo, &p.BasisLevel, &p.State, &p.UnitPost, &p.LeaderPost, &p.Text,
		&p.DraftedAt, &p.SignedAt, &p.ChasedOn, &p.Version)
}

func scanSignature(s sqldb.Scanner) (g Signature, err error) {
	return g, s.Scan(&g.ID, &g.PledgeID, &g.Side, &g.PostID, &g.PersonID, &g.SHA256, &g.At)
}
