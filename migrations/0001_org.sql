CREATE TABLE org_region (
	region_id BIGINT NOT NULL,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	short_name TEXT NOT NULL,
	parent_id BIGINT NOT NULL DEFAULT 0,
	demo BOOLEAN NOT NULL DEFAULT FALSE,
	PRIMARY KEY (region_id)
);

CREATE TABLE org_stamp (
	region_id BIGINT NOT NULL,
	version BIGINT NOT NULL,
	PRIMARY KEY (region_id)
);

CREATE TABLE org_unit (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	code TEXT NOT NULL DEFAULT '',
	name TEXT NOT NULL,
	short_name TEXT NOT NULL,
	aliases TEXT NOT NULL DEFAULT '',
	kind TEXT NOT NULL CHECK (kind IN ('department', 'township', 'subdistrict', 'village', 'company', 'taskforce', 'headquarters', 'office')),
	parent_id BIGINT NOT NULL DEFAULT 0,
	sort_no BIGINT NOT NULL DEFAULT 0,
	ended_on TEXT NOT NULL DEFAULT '',
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, name)
);

CREATE TABLE org_person (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	unit_id BIGINT NOT NULL,
	sort_no BIGINT NOT NULL DEFAULT 0,
	left_on TEXT NOT NULL DEFAULT '',
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, unit_id) REFERENCES org_unit (region_id, id)
);

CREATE TABLE org_post (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	title TEXT NOT NULL,
	tier TEXT NOT NULL DEFAULT '' CHECK (tier IN ('', 'portfolio', 'sector', 'local')),
	leader BOOLEAN NOT NULL DEFAULT FALSE,
	sort_no BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, unit_id) REFERENCES org_unit (region_id, id)
);

CREATE TABLE org_holding (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	post_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	from_on TEXT NOT NULL,
	until_on TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, post_id) REFERENCES org_post (region_id, id),
	FOREIGN KEY (region_id, person_id) REFERENCES org_person (region_id, id)
);

CREATE UNIQUE INDEX org_holding_open ON org_holding (region_id, post_id) WHERE until_on = '';
