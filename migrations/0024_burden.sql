CREATE TABLE burden_suggestion (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	request_key TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('deduction', 'repeat', 'hardship', 'other')),
	page TEXT NOT NULL DEFAULT '',
	text TEXT NOT NULL,
	anonymous BOOLEAN NOT NULL,
	person_id BIGINT NOT NULL DEFAULT 0,
	unit_id BIGINT NOT NULL DEFAULT 0,
	pseudonym TEXT NOT NULL,
	at BIGINT NOT NULL,
	due_on TEXT NOT NULL DEFAULT '',
	calendar_version BIGINT NOT NULL DEFAULT 0,
	outcome TEXT NOT NULL DEFAULT '' CHECK (outcome IN ('', 'adopted', 'partly', 'explained')),
	answer TEXT NOT NULL DEFAULT '',
	answered_by BIGINT NOT NULL DEFAULT 0,
	answered_at BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, request_key),
	CHECK (anonymous = FALSE OR (person_id = 0 AND unit_id = 0))
);

CREATE INDEX burden_suggestion_mine ON burden_suggestion (region_id, pseudonym, id);

CREATE INDEX burden_suggestion_open ON burden_suggestion (region_id, answered_at, id);

CREATE TABLE burden_return (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	owner_unit_id BIGINT NOT NULL,
	basis TEXT NOT NULL,
	source TEXT NOT NULL,
	frequency TEXT NOT NULL CHECK (frequency IN ('once', 'week', 'month', 'quarter', 'year', 'event')),
	minutes BIGINT NOT NULL CHECK (minutes >= 0),
	audience TEXT NOT NULL CHECK (audience IN ('task', 'kind', 'unit')),
	addressees TEXT NOT NULL DEFAULT '',
	from_month TEXT NOT NULL,
	until_month TEXT NOT NULL DEFAULT '',
	replaces_id BIGINT NOT NULL DEFAULT 0,
	why_new TEXT NOT NULL DEFAULT '',
	state TEXT NOT NULL CHECK (state IN ('proposed', 'in_force', 'refused', 'ended')),
	proposed_by BIGINT NOT NULL DEFAULT 0,
	proposed_at BIGINT NOT NULL,
	signed_by BIGINT NOT NULL DEFAULT 0,
	signed_at BIGINT NOT NULL DEFAULT 0,
	over_reason TEXT NOT NULL DEFAULT '',
	decided_by BIGINT NOT NULL DEFAULT 0,
	decided_at BIGINT NOT NULL DEFAULT 0,
	decision TEXT NOT NULL DEFAULT '',
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, code),
	CHECK (signed_by = 0 OR signed_by <> proposed_by),
	CHECK (decided_by = 0 OR decided_by <> proposed_by)
);

CREATE TABLE burden_field (
	region_id BIGINT NOT NULL,
	return_id BIGINT NOT NULL,
	no BIGINT NOT NULL,
	name TEXT NOT NULL,
	item TEXT NOT NULL,
	held BOOLEAN NOT NULL,
	held_by TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (region_id, return_id, no),
	FOREIGN KEY (region_id, return_id) REFERENCES burden_return (region_id, id)
);

CREATE TABLE burden_limit (
	region_id BIGINT NOT NULL,
	sheets BIGINT NOT NULL CHECK (sheets >= 0),
	fields BIGINT NOT NULL CHECK (fields >= 0),
	minutes BIGINT NOT NULL CHECK (minutes >= 0),
	checks BIGINT NOT NULL CHECK (checks >= 0),
	basis TEXT NOT NULL,
	set_by BIGINT NOT NULL,
	at BIGINT NOT NULL,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id)
);

CREATE TABLE burden_statement (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	clause TEXT NOT NULL,
	met BOOLEAN NOT NULL,
	text TEXT NOT NULL,
	stated_by BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, clause)
);
