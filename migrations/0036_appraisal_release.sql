CREATE TABLE appraisal_release (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	round_id BIGINT NOT NULL,
	number BIGINT NOT NULL,
	was TEXT NOT NULL CHECK (was IN ('tier', 'rank')),
	release TEXT NOT NULL CHECK (release IN ('tier', 'rank')),
	revision BIGINT NOT NULL,
	reason TEXT NOT NULL,
	doc_no TEXT NOT NULL,
	decided_by BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, round_id, number),
	FOREIGN KEY (region_id, round_id) REFERENCES appraisal_round (region_id, id)
);
