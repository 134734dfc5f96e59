CREATE TABLE appraisal_scheme (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	revision BIGINT NOT NULL,
	body TEXT NOT NULL,
	hash TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('draft', 'frozen', 'retired')),
	legal_basis TEXT NOT NULL DEFAULT '',
	from_on TEXT NOT NULL DEFAULT '',
	drafted_by BIGINT NOT NULL,
	drafted_at BIGINT NOT NULL,
	frozen_by BIGINT NOT NULL DEFAULT 0,
	frozen_at BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, code, revision)
);

CREATE TABLE appraisal_round (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('quarterly', 'year_end')),
	period TEXT NOT NULL,
	title TEXT NOT NULL,
	scheme_id BIGINT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('open', 'trial', 'confirmed', 'reviewed', 'announced', 'approved', 'published', 'locked')),
	release TEXT NOT NULL CHECK (release IN ('tier', 'rank')),
	cutoff_on TEXT NOT NULL,
	objection_until TEXT NOT NULL DEFAULT '',
	revision BIGINT NOT NULL DEFAULT 0,
	doc_no TEXT NOT NULL DEFAULT '',
	opened_by BIGINT NOT NULL,
	computed_by BIGINT NOT NULL DEFAULT 0,
	confirmed_by BIGINT NOT NULL DEFAULT 0,
	reviewed_by BIGINT NOT NULL DEFAULT 0,
	approved_by BIGINT NOT NULL DEFAULT 0,
	review_note TEXT NOT NULL DEFAULT '',
	opened_at BIGINT NOT NULL,
	published_at BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, kind, period, scheme_id),
	FOREIGN KEY (region_id, scheme_id) REFERENCES appraisal_scheme (region_id, id)
);

CREATE TABLE appraisal_board (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	round_id BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	grp TEXT NOT NULL,
	body TEXT NOT NULL,
	reason TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, round_id, revision, grp),
	FOREIGN KEY (region_id, round_id) REFERENCES appraisal_round (region_id, id)
);

CREATE TABLE appraisal_sheet (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	board_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	data TEXT NOT NULL,
	result TEXT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, board_id, unit_id),
	FOREIGN KEY (region_id, board_id) REFERENCES appraisal_board (region_id, id)
);

CREATE TABLE appraisal_event (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	period TEXT NOT NULL,
	item TEXT NOT NULL DEFAULT '',
	event TEXT NOT NULL DEFAULT '',
	value TEXT NOT NULL DEFAULT '',
	target TEXT NOT NULL DEFAULT '',
	count_x10000 BIGINT NOT NULL DEFAULT 10000,
	role TEXT NOT NULL DEFAULT '',
	doc_no TEXT NOT NULL,
	exempt BOOLEAN NOT NULL DEFAULT FALSE,
	entered_by BIGINT NOT NULL,
	entered_at BIGINT NOT NULL,
	confirmed_by BIGINT NOT NULL DEFAULT 0,
	confirmed_at BIGINT NOT NULL DEFAULT 0,
	void BOOLEAN NOT NULL DEFAULT FALSE,
	PRIMARY KEY (region_id, id)
);

CREATE INDEX appraisal_event_period ON appraisal_event (region_id, period, unit_id, id);

CREATE TABLE appraisal_remark (
	region_id BIGINT NOT NULL,
	round_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	text TEXT NOT NULL,
	written_by BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, round_id, unit_id)
);

CREATE TABLE appraisal_objection (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	round_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	item TEXT NOT NULL,
	text TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('filed', 'upheld', 'rejected', 'withdrawn')),
	due_on TEXT NOT NULL,
	filed_by BIGINT NOT NULL,
	filed_at BIGINT NOT NULL,
	decided_by BIGINT NOT NULL DEFAULT 0,
	decided_at BIGINT NOT NULL DEFAULT 0,
	decision TEXT NOT NULL DEFAULT '',
	change_source TEXT NOT NULL DEFAULT '',
	change_value TEXT NOT NULL DEFAULT '',
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, round_id) REFERENCES appraisal_round (region_id, id)
);

CREATE INDEX appraisal_objection_round ON appraisal_objection (region_id, round_id, id);
