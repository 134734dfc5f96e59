CREATE TABLE account_factor (
	region_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	secret TEXT NOT NULL,
	confirmed BOOLEAN NOT NULL DEFAULT FALSE,
	last_step BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (region_id, person_id),
	FOREIGN KEY (region_id, person_id) REFERENCES account_holder (region_id, person_id)
);
