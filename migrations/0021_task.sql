CREATE TABLE task_policy (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	revision BIGINT NOT NULL,
	body TEXT NOT NULL,
	doc_no TEXT NOT NULL DEFAULT '',
	from_month TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, revision)
);

CREATE TABLE task_task (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	no TEXT NOT NULL,
	title TEXT NOT NULL,
	standard TEXT NOT NULL DEFAULT '',
	origin_kind TEXT NOT NULL,
	origin_id BIGINT NOT NULL,
	lead_unit_id BIGINT NOT NULL,
	owner_post_id BIGINT NOT NULL DEFAULT 0,
	leader_post_id BIGINT NOT NULL DEFAULT 0,
	indicator_id BIGINT NOT NULL DEFAULT 0,
	deadline_on TEXT NOT NULL DEFAULT '',
	deadline_text TEXT NOT NULL DEFAULT '',
	weight_x100 BIGINT NOT NULL DEFAULT 0,
	revision BIGINT NOT NULL DEFAULT 1,
	state TEXT NOT NULL CHECK (state IN ('open', 'completed', 'closed', 'stopped')),
	opened_at BIGINT NOT NULL,
	completed_at BIGINT NOT NULL DEFAULT 0,
	closed_at BIGINT NOT NULL DEFAULT 0,
	batch_id BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	light TEXT NOT NULL DEFAULT 'not_due',
	light_rank BIGINT NOT NULL DEFAULT 5,
	light_why TEXT NOT NULL DEFAULT '',
	as_of TEXT NOT NULL DEFAULT '',
	done_x10000 BIGINT,
	done_kind TEXT NOT NULL DEFAULT '',
	pace_x10000 BIGINT,
	lead_x100 BIGINT,
	days_late BIGINT NOT NULL DEFAULT 0,
	blocker TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, origin_kind, origin_id, no)
);

CREATE INDEX task_task_unit ON task_task (region_id, lead_unit_id, light_rank, id);

CREATE INDEX task_task_origin ON task_task (region_id, origin_kind, origin_id, light_rank, id);

CREATE INDEX task_task_light ON task_task (region_id, light_rank, id);

CREATE INDEX task_task_deadline ON task_task (region_id, state, deadline_on, id);

CREATE INDEX task_task_batch ON task_task (region_id, batch_id, id);

CREATE TABLE task_support (
	region_id BIGINT NOT NULL,
	task_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	PRIMARY KEY (region_id, task_id, unit_id),
	FOREIGN KEY (region_id, task_id) REFERENCES task_task (region_id, id)
);

CREATE INDEX task_support_unit ON task_support (region_id, unit_id, task_id);

CREATE TABLE task_baseline (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	task_id BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	title TEXT NOT NULL,
	standard TEXT NOT NULL,
	lead_unit_id BIGINT NOT NULL,
	support TEXT NOT NULL,
	deadline_on TEXT NOT NULL,
	weight_x100 BIGINT NOT NULL,
	milestones TEXT NOT NULL DEFAULT '',
	plan_revision BIGINT NOT NULL,
	adjustment_id BIGINT NOT NULL DEFAULT 0,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, task_id, revision),
	FOREIGN KEY (region_id, task_id) REFERENCES task_task (region_id, id)
);

CREATE TABLE task_milestone (
	region_id BIGINT NOT NULL,
	task_id BIGINT NOT NULL,
	no BIGINT NOT NULL,
	title TEXT NOT NULL,
	due_on TEXT NOT NULL,
	weight_x100 BIGINT NOT NULL,
	done_on TEXT NOT NULL DEFAULT '',
	verified_by BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (region_id, task_id, no),
	FOREIGN KEY (region_id, task_id) REFERENCES task_task (region_id, id)
);

CREATE TABLE task_adjustment (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	task_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'refused', 'withdrawn')),
	reason TEXT NOT NULL,
	doc_no TEXT NOT NULL DEFAULT '',
	wanted TEXT NOT NULL,
	proposed_by BIGINT NOT NULL,
	proposed_at BIGINT NOT NULL,
	decided_by BIGINT NOT NULL DEFAULT 0,
	decided_at BIGINT NOT NULL DEFAULT 0,
	decision TEXT NOT NULL DEFAULT '',
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, task_id) REFERENCES task_task (region_id, id)
);

CREATE INDEX task_adjustment_state ON task_adjustment (region_id, state, id);

CREATE INDEX task_adjustment_task ON task_adjustment (region_id, task_id, id);

CREATE UNIQUE INDEX task_adjustment_open ON task_adjustment (region_id, task_id) WHERE state = 'proposed';

CREATE TABLE task_account (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	task_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	period TEXT NOT NULL,
	value_x10000 BIGINT NOT NULL,
	before_x10000 BIGINT NOT NULL,
	cut BOOLEAN NOT NULL DEFAULT FALSE,
	cut_reason TEXT NOT NULL DEFAULT '',
	progress TEXT NOT NULL DEFAULT '',
	blocker TEXT NOT NULL DEFAULT '',
	blocker_kind TEXT NOT NULL DEFAULT '',
	help TEXT NOT NULL DEFAULT '',
	help_unit_id BIGINT NOT NULL DEFAULT 0,
	next_step TEXT NOT NULL DEFAULT '',
	late BOOLEAN NOT NULL,
	due_on TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('submitted', 'verified', 'withdrawn')),
	submitted_at BIGINT NOT NULL,
	submitted_by BIGINT NOT NULL,
	withdrawn_at BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, task_id) REFERENCES task_task (region_id, id)
);

CREATE UNIQUE INDEX task_account_live ON task_account (region_id, task_id, period) WHERE state <> 'withdrawn';

CREATE INDEX task_account_task ON task_account (region_id, task_id, id);

CREATE INDEX task_account_period ON task_account (region_id, period, unit_id, id);

CREATE TABLE task_draft (
	region_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	task_id BIGINT NOT NULL,
	period TEXT NOT NULL,
	body TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, person_id, task_id, period)
);

CREATE TABLE task_light (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	task_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	period TEXT NOT NULL,
	light TEXT NOT NULL,
	rule TEXT NOT NULL,
	numbers TEXT NOT NULL,
	policy_id BIGINT NOT NULL,
	policy_revision BIGINT NOT NULL,
	made_up BOOLEAN NOT NULL DEFAULT FALSE,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, task_id, period),
	FOREIGN KEY (region_id, task_id) REFERENCES task_task (region_id, id)
);

CREATE INDEX task_light_period ON task_light (region_id, period, unit_id, light);
