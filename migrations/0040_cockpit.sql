CREATE TABLE cockpit_cell (
	region_id BIGINT NOT NULL,
	origin_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	red BIGINT NOT NULL,
	missing BIGINT NOT NULL,
	amber BIGINT NOT NULL,
	hold BIGINT NOT NULL,
	green BIGINT NOT NULL,
	not_due BIGINT NOT NULL,
	done BIGINT NOT NULL,
	days_late BIGINT NOT NULL,
	worst_task_id BIGINT NOT NULL,
	PRIMARY KEY (region_id, origin_id, unit_id)
);

CREATE INDEX cockpit_cell_unit ON cockpit_cell (region_id, unit_id, origin_id);

CREATE TABLE cockpit_month (
	region_id BIGINT NOT NULL,
	origin_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	period TEXT NOT NULL,
	weight BIGINT NOT NULL,
	best_x10000 BIGINT NOT NULL,
	reported_x10000 BIGINT NOT NULL,
	pace_x10000 BIGINT NOT NULL,
	verified BIGINT NOT NULL,
	filed BIGINT NOT NULL,
	expected BIGINT NOT NULL,
	PRIMARY KEY (region_id, origin_id, unit_id, period)
);
