CREATE TABLE campaign_campaign (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	preset TEXT NOT NULL DEFAULT '',
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	year BIGINT NOT NULL,
	from_month TEXT NOT NULL,
	to_month TEXT NOT NULL,
	leader_post_id BIGINT NOT NULL DEFAULT 0,
	deputy_posts TEXT NOT NULL DEFAULT '',
	lead_unit_id BIGINT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('preparing', 'planned', 'assigned', 'running', 'archived')),
	plan_doc_no TEXT NOT NULL DEFAULT '',
	plan_title TEXT NOT NULL DEFAULT '',
	plan_on TEXT NOT NULL DEFAULT '',
	plan_exhibit_id BIGINT NOT NULL DEFAULT 0,
	summary TEXT NOT NULL DEFAULT '',
	opened_at BIGINT NOT NULL,
	archived_at BIGINT NOT NULL DEFAULT 0,
	sort_no BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, year, code)
);

CREATE TABLE campaign_member (
	region_id BIGINT NOT NULL,
	campaign_id BIGINT NOT NULL,
	no BIGINT NOT NULL,
	role TEXT NOT NULL CHECK (role IN ('chief', 'deputy', 'liaison', 'member')),
	post_id BIGINT NOT NULL DEFAULT 0,
	person_id BIGINT NOT NULL DEFAULT 0,
	unit_id BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (region_id, campaign_id, no),
	FOREIGN KEY (region_id, campaign_id) REFERENCES campaign_campaign (region_id, id)
);

CREATE TABLE campaign_item (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	campaign_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	batch_id BIGINT NOT NULL DEFAULT 0,
	category TEXT NOT NULL DEFAULT '',
	scoring TEXT NOT NULL DEFAULT '',
	note TEXT NOT NULL DEFAULT '',
	completed_at BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, campaign_id) REFERENCES campaign_campaign (region_id, id),
	FOREIGN KEY (region_id, id) REFERENCES task_task (region_id, id)
);

CREATE INDEX campaign_item_campaign ON campaign_item (region_id, campaign_id, id);

CREATE INDEX campaign_item_unit ON campaign_item (region_id, unit_id, id);

CREATE TABLE campaign_batch (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	campaign_id BIGINT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('previewed', 'committed', 'undone')),
	source TEXT NOT NULL,
	rows TEXT NOT NULL,
	rejected TEXT NOT NULL DEFAULT '',
	added BIGINT NOT NULL DEFAULT 0,
	proposed BIGINT NOT NULL DEFAULT 0,
	refused BIGINT NOT NULL DEFAULT 0,
	made_by BIGINT NOT NULL,
	made_at BIGINT NOT NULL,
	committed_at BIGINT NOT NULL DEFAULT 0,
	undone_at BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, campaign_id) REFERENCES campaign_campaign (region_id, id)
);

CREATE INDEX campaign_batch_campaign ON campaign_batch (region_id, campaign_id, id);

CREATE TABLE campaign_taskbook (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	campaign_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('issued', 'accepted')),
	items BIGINT NOT NULL,
	issued_at BIGINT NOT NULL,
	accepted_at BIGINT NOT NULL DEFAULT 0,
	accepted_post_id BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, campaign_id, unit_id),
	FOREIGN KEY (region_id, campaign_id) REFERENCES campaign_campaign (region_id, id)
);

CREATE TABLE campaign_pledge (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	campaign_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	year BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('confirmation', 'responsibility')),
	basis_doc_no TEXT NOT NULL DEFAULT '',
	basis_level TEXT NOT NULL DEFAULT '' CHECK (basis_level IN ('', 'central', 'municipal')),
	state TEXT NOT NULL CHECK (state IN ('draft', 'half', 'signed', 'replaced')),
	unit_post_id BIGINT NOT NULL,
	leader_post_id BIGINT NOT NULL,
	text TEXT NOT NULL,
	drafted_at BIGINT NOT NULL,
	signed_at BIGINT NOT NULL DEFAULT 0,
	chased_on TEXT NOT NULL DEFAULT '',
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, unit_id, campaign_id, year, revision),
	CHECK (kind = 'confirmation' OR (basis_doc_no <> '' AND basis_level <> ''))
);

CREATE INDEX campaign_pledge_campaign ON campaign_pledge (region_id, campaign_id, id);

CREATE TABLE campaign_signature (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	pledge_id BIGINT NOT NULL,
	side TEXT NOT NULL CHECK (side IN ('unit', 'leader')),
	post_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	sha256 TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, pledge_id, side, person_id),
	FOREIGN KEY (region_id, pledge_id) REFERENCES campaign_pledge (region_id, id)
);
