CREATE TABLE evidence_blob (
	region_id BIGINT NOT NULL,
	sha256 TEXT NOT NULL,
	content BYTEA NOT NULL,
	PRIMARY KEY (region_id, sha256)
);

CREATE TABLE evidence_exhibit (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	owner_kind TEXT NOT NULL,
	owner_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	name TEXT NOT NULL,
	media TEXT NOT NULL,
	size BIGINT NOT NULL,
	sha256 TEXT NOT NULL,
	offered_sha256 TEXT NOT NULL,
	offered_by BIGINT NOT NULL,
	offered_at BIGINT NOT NULL,
	withdrawn_at BIGINT NOT NULL DEFAULT 0,
	withdrawn_why TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, sha256) REFERENCES evidence_blob (region_id, sha256)
);

CREATE UNIQUE INDEX evidence_exhibit_owner ON evidence_exhibit (region_id, owner_kind, owner_id, sha256) WHERE withdrawn_at = 0;
