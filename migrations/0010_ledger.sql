CREATE TABLE ledger_head (
	region_id BIGINT NOT NULL,
	size BIGINT NOT NULL,
	edge BYTEA NOT NULL,
	PRIMARY KEY (region_id)
);

CREATE TABLE ledger_key (
	region_id BIGINT NOT NULL,
	secret BYTEA NOT NULL,
	PRIMARY KEY (region_id)
);

CREATE TABLE ledger_entry (
	region_id BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	at BIGINT NOT NULL,
	kind TEXT NOT NULL,
	subject_id BIGINT NOT NULL,
	verb TEXT NOT NULL,
	text TEXT NOT NULL,
	hashes BYTEA NOT NULL,
	PRIMARY KEY (region_id, seq)
);

CREATE INDEX ledger_entry_subject ON ledger_entry (region_id, kind, subject_id, seq);

CREATE TABLE ledger_checkpoint (
	region_id BIGINT NOT NULL,
	size BIGINT NOT NULL,
	at BIGINT NOT NULL,
	note TEXT NOT NULL,
	PRIMARY KEY (region_id, size)
);

CREATE TABLE ledger_signing (
	name TEXT NOT NULL,
	private_key TEXT NOT NULL,
	public_key TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	PRIMARY KEY (name)
);
