CREATE TABLE audit_entry (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	person_id BIGINT NOT NULL DEFAULT 0,
	source TEXT NOT NULL DEFAULT '',
	act TEXT NOT NULL,
	object TEXT NOT NULL DEFAULT '',
	result TEXT NOT NULL,
	detail TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (region_id, id)
);

CREATE INDEX audit_entry_person ON audit_entry (region_id, person_id, id);

CREATE INDEX audit_entry_act ON audit_entry (region_id, act, id);
