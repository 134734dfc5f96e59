CREATE TABLE calendar_year (
	year BIGINT NOT NULL,
	version BIGINT NOT NULL,
	document TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	PRIMARY KEY (year, version)
);

CREATE TABLE calendar_day (
	year BIGINT NOT NULL,
	version BIGINT NOT NULL,
	day_on TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('rest', 'holiday', 'makeup')),
	name TEXT NOT NULL,
	PRIMARY KEY (year, version, day_on),
	FOREIGN KEY (year, version) REFERENCES calendar_year (year, version)
);
