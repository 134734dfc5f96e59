CREATE TABLE receipt_key (
	region_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	key TEXT NOT NULL,
	act TEXT NOT NULL,
	result TEXT NOT NULL DEFAULT '',
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, person_id, key)
);
