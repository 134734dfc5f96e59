CREATE TABLE indicator_indicator (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	measure TEXT NOT NULL,
	direction TEXT NOT NULL CHECK (direction IN ('up', 'down')),
	unit_id BIGINT NOT NULL,
	source_unit_id BIGINT NOT NULL DEFAULT 0,
	revision BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id)
);

CREATE INDEX indicator_indicator_unit ON indicator_indicator (region_id, unit_id, id);

CREATE INDEX indicator_indicator_source ON indicator_indicator (region_id, source_unit_id, id);

CREATE TABLE indicator_plan (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	indicator_id BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	from_month TEXT NOT NULL,
	to_month TEXT NOT NULL,
	target_x10000 BIGINT NOT NULL,
	curve TEXT NOT NULL DEFAULT '',
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, indicator_id, revision),
	FOREIGN KEY (region_id, indicator_id) REFERENCES indicator_indicator (region_id, id)
);

CREATE TABLE indicator_reading (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	indicator_id BIGINT NOT NULL,
	period TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('reported', 'verified', 'certified')),
	value_x10000 BIGINT NOT NULL,
	void BOOLEAN NOT NULL DEFAULT FALSE,
	note TEXT NOT NULL DEFAULT '',
	source TEXT NOT NULL DEFAULT '',
	entered_by BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, indicator_id) REFERENCES indicator_indicator (region_id, id)
);

CREATE INDEX indicator_reading_period ON indicator_reading (region_id, indicator_id, period, kind, id);

CREATE TABLE indicator_value (
	region_id BIGINT NOT NULL,
	indicator_id BIGINT NOT NULL,
	period TEXT NOT NULL,
	reported_x10000 BIGINT,
	verified_x10000 BIGINT,
	certified_x10000 BIGINT,
	reported_by BIGINT NOT NULL DEFAULT 0,
	reported_reading_id BIGINT NOT NULL DEFAULT 0,
	verified_reading_id BIGINT NOT NULL DEFAULT 0,
	certified_reading_id BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (region_id, indicator_id, period),
	FOREIGN KEY (region_id, indicator_id) REFERENCES indicator_indicator (region_id, id)
);

CREATE INDEX indicator_value_period ON indicator_value (region_id, period, indicator_id);
