CREATE TABLE notice_turn (
	region_id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	subject_kind TEXT NOT NULL,
	subject_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	done_fact BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (region_id, subject_kind, subject_id, kind, unit_id)
);

ALTER TABLE notice_todo ADD COLUMN opened_fact BIGINT NOT NULL DEFAULT 0;
