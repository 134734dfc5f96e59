CREATE TABLE ledger_signing_past (
	no BIGINT NOT NULL,
	public_key TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	note TEXT NOT NULL,
	PRIMARY KEY (no)
);
