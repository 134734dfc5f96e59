CREATE TABLE account_rule (
	region_id BIGINT NOT NULL,
	factor_admins BOOLEAN NOT NULL DEFAULT FALSE,
	set_by BIGINT NOT NULL,
	set_at BIGINT NOT NULL,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id)
);
