CREATE TABLE outbox_fact (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	subject_kind TEXT NOT NULL,
	subject_id BIGINT NOT NULL,
	body TEXT NOT NULL,
	at BIGINT NOT NULL,
	spread BOOLEAN NOT NULL DEFAULT FALSE,
	PRIMARY KEY (region_id, id)
);

CREATE INDEX outbox_fact_new ON outbox_fact (region_id, id) WHERE spread = FALSE;

CREATE TABLE outbox_job (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	unique_key TEXT NOT NULL,
	args TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'done', 'dead')),
	run_at BIGINT NOT NULL,
	lease_until BIGINT NOT NULL DEFAULT 0,
	attempt BIGINT NOT NULL DEFAULT 0,
	error TEXT NOT NULL DEFAULT '',
	made_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (region_id, id)
);

CREATE UNIQUE INDEX outbox_job_key ON outbox_job (region_id, kind, unique_key) WHERE unique_key <> '';

CREATE INDEX outbox_job_live ON outbox_job (region_id, run_at, id) WHERE state IN ('ready', 'running');
