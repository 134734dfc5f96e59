-- The Word templates that an office has put in place of a paper's default (自备模板): every version that was taken, and which one was in use when.
CREATE TABLE template_version (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	paper TEXT NOT NULL,
	revision BIGINT NOT NULL,
	file BYTEA NOT NULL,
	file_name TEXT NOT NULL,
	size BIGINT NOT NULL,
	sha256 TEXT NOT NULL,
	note TEXT NOT NULL,
	made_by BIGINT NOT NULL,
	made_at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, paper, revision)
);

CREATE TABLE template_turn (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	paper TEXT NOT NULL,
	turn BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	reason TEXT NOT NULL,
	made_by BIGINT NOT NULL,
	made_at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, paper, turn)
);
