CREATE TABLE supervision_number (
	region_id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	year TEXT NOT NULL,
	last BIGINT NOT NULL,
	PRIMARY KEY (region_id, kind, year)
);

CREATE TABLE supervision_tour (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	month TEXT NOT NULL,
	title TEXT NOT NULL,
	basis TEXT NOT NULL,
	basis_doc_no TEXT NOT NULL,
	leader_id BIGINT NOT NULL,
	scope TEXT NOT NULL,
	plan TEXT NOT NULL DEFAULT '',
	state TEXT NOT NULL CHECK (state IN ('prepared', 'running', 'ended')),
	conclusion TEXT NOT NULL DEFAULT '',
	opened_by BIGINT NOT NULL,
	opened_at BIGINT NOT NULL,
	begun_at BIGINT NOT NULL DEFAULT 0,
	ended_at BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id)
);

CREATE INDEX supervision_tour_month ON supervision_tour (region_id, month, id);

CREATE TABLE supervision_inspector (
	region_id BIGINT NOT NULL,
	tour_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	PRIMARY KEY (region_id, tour_id, person_id),
	FOREIGN KEY (region_id, tour_id) REFERENCES supervision_tour (region_id, id)
);

CREATE INDEX supervision_inspector_person ON supervision_inspector (region_id, person_id, tour_id);

CREATE TABLE supervision_draw (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	tour_id BIGINT NOT NULL,
	seed TEXT NOT NULL,
	size BIGINT NOT NULL,
	candidates TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, tour_id),
	FOREIGN KEY (region_id, tour_id) REFERENCES supervision_tour (region_id, id)
);

CREATE TABLE supervision_sample (
	region_id BIGINT NOT NULL,
	tour_id BIGINT NOT NULL,
	task_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	place BIGINT NOT NULL,
	how TEXT NOT NULL CHECK (how IN ('risk', 'chance')),
	score_x100 BIGINT NOT NULL,
	why TEXT NOT NULL,
	PRIMARY KEY (region_id, tour_id, task_id),
	FOREIGN KEY (region_id, tour_id) REFERENCES supervision_tour (region_id, id)
);

CREATE INDEX supervision_sample_task ON supervision_sample (region_id, task_id, tour_id);

CREATE TABLE supervision_check (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	tour_id BIGINT NOT NULL,
	task_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	month TEXT NOT NULL,
	reported_x10000 BIGINT,
	verified_x10000 BIGINT NOT NULL,
	target_x10000 BIGINT NOT NULL,
	gap_x100 BIGINT,
	grade BIGINT NOT NULL CHECK (grade IN (1, 2, 3, 4)),
	note TEXT NOT NULL,
	drawn BOOLEAN NOT NULL,
	inspector_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, tour_id) REFERENCES supervision_tour (region_id, id)
);

CREATE INDEX supervision_check_tour ON supervision_check (region_id, tour_id, task_id, id);

CREATE INDEX supervision_check_task ON supervision_check (region_id, task_id, id);

CREATE INDEX supervision_check_month ON supervision_check (region_id, month, id);

CREATE TABLE supervision_finding (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	no TEXT NOT NULL,
	tour_id BIGINT NOT NULL,
	task_id BIGINT NOT NULL DEFAULT 0,
	origin_kind TEXT NOT NULL DEFAULT '',
	origin_id BIGINT NOT NULL DEFAULT 0,
	unit_id BIGINT NOT NULL,
	month TEXT NOT NULL,
	kind TEXT NOT NULL,
	fact TEXT NOT NULL,
	requirement TEXT NOT NULL,
	days BIGINT NOT NULL,
	due_on TEXT NOT NULL,
	calendar_version BIGINT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('issued', 'accepted', 'reported', 'closed', 'sent_back')),
	issued_by BIGINT NOT NULL,
	issued_at BIGINT NOT NULL,
	accepted_at BIGINT NOT NULL DEFAULT 0,
	report TEXT NOT NULL DEFAULT '',
	reported_by BIGINT NOT NULL DEFAULT 0,
	reported_at BIGINT NOT NULL DEFAULT 0,
	closing TEXT NOT NULL DEFAULT '',
	closed_by BIGINT NOT NULL DEFAULT 0,
	closed_at BIGINT NOT NULL DEFAULT 0,
	review_on TEXT NOT NULL DEFAULT '',
	sent_back BIGINT NOT NULL DEFAULT 0,
	reopened BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, no),
	CHECK (closed_by = 0 OR closed_by <> reported_by),
	FOREIGN KEY (region_id, tour_id) REFERENCES supervision_tour (region_id, id)
);

CREATE INDEX supervision_finding_unit ON supervision_finding (region_id, unit_id, id);

CREATE INDEX supervision_finding_tour ON supervision_finding (region_id, tour_id, id);

CREATE INDEX supervision_finding_month ON supervision_finding (region_id, month, id);

CREATE INDEX supervision_finding_state ON supervision_finding (region_id, state, due_on, id);

CREATE INDEX supervision_finding_task ON supervision_finding (region_id, task_id, id);

CREATE TABLE supervision_step (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	subject_kind TEXT NOT NULL,
	subject_id BIGINT NOT NULL,
	verb TEXT NOT NULL,
	text TEXT NOT NULL,
	person_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id)
);

CREATE INDEX supervision_step_subject ON supervision_step (region_id, subject_kind, subject_id, id);

CREATE TABLE supervision_counter (
	region_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	year TEXT NOT NULL,
	found_id BIGINT NOT NULL,
	closed_id BIGINT NOT NULL,
	PRIMARY KEY (region_id, unit_id, year)
);

CREATE TABLE supervision_order (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	no TEXT NOT NULL,
	level TEXT NOT NULL CHECK (level IN ('blue', 'orange', 'red')),
	unit_id BIGINT NOT NULL,
	matter_kind TEXT NOT NULL DEFAULT '',
	matter_id BIGINT NOT NULL DEFAULT 0,
	matter TEXT NOT NULL,
	requirement TEXT NOT NULL,
	cause TEXT NOT NULL DEFAULT '',
	basis TEXT NOT NULL DEFAULT '',
	follows_id BIGINT NOT NULL DEFAULT 0,
	due_on TEXT NOT NULL,
	calendar_version BIGINT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('issued', 'accepted', 'replied', 'sent_back', 'closed', 'escalated')),
	issued_by BIGINT NOT NULL,
	issued_at BIGINT NOT NULL,
	accepted_at BIGINT NOT NULL DEFAULT 0,
	reply TEXT NOT NULL DEFAULT '',
	replied_by BIGINT NOT NULL DEFAULT 0,
	replied_at BIGINT NOT NULL DEFAULT 0,
	closed_at BIGINT NOT NULL DEFAULT 0,
	urged BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, no)
);

CREATE INDEX supervision_order_unit ON supervision_order (region_id, unit_id, id);

CREATE INDEX supervision_order_state ON supervision_order (region_id, state, due_on, id);

CREATE UNIQUE INDEX supervision_order_matter ON supervision_order (region_id, unit_id, matter_kind, matter_id) WHERE matter_id <> 0 AND state <> 'closed' AND state <> 'escalated';

CREATE UNIQUE INDEX supervision_order_follows ON supervision_order (region_id, follows_id) WHERE follows_id <> 0;

CREATE TABLE supervision_bulletin (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	year TEXT NOT NULL,
	issue BIGINT NOT NULL,
	month TEXT NOT NULL,
	scope TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('draft', 'confirming', 'published')),
	round BIGINT NOT NULL DEFAULT 0,
	confirm_due_on TEXT NOT NULL DEFAULT '',
	revision BIGINT NOT NULL DEFAULT 1,
	content TEXT NOT NULL,
	doc_no TEXT NOT NULL DEFAULT '',
	recipients TEXT NOT NULL DEFAULT '',
	sha256 TEXT NOT NULL DEFAULT '',
	anchor TEXT NOT NULL DEFAULT '',
	drafted_by BIGINT NOT NULL,
	drafted_at BIGINT NOT NULL,
	published_by BIGINT NOT NULL DEFAULT 0,
	published_at BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, year, issue),
	CHECK (published_by = 0 OR published_by <> drafted_by)
);

CREATE INDEX supervision_bulletin_month ON supervision_bulletin (region_id, month, id);

CREATE UNIQUE INDEX supervision_bulletin_open ON supervision_bulletin (region_id, month) WHERE state <> 'published';

CREATE UNIQUE INDEX supervision_bulletin_doc ON supervision_bulletin (region_id, doc_no) WHERE doc_no <> '';

CREATE TABLE supervision_text (
	region_id BIGINT NOT NULL,
	bulletin_id BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	text TEXT NOT NULL,
	person_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, bulletin_id, revision),
	FOREIGN KEY (region_id, bulletin_id) REFERENCES supervision_bulletin (region_id, id)
);

CREATE TABLE supervision_confirmation (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	bulletin_id BIGINT NOT NULL,
	round BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('asked', 'agreed', 'dissent', 'silent', 'void')),
	text TEXT NOT NULL DEFAULT '',
	reply TEXT NOT NULL DEFAULT '',
	asked_at BIGINT NOT NULL,
	due_on TEXT NOT NULL,
	answered_by BIGINT NOT NULL DEFAULT 0,
	answered_at BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, bulletin_id, round, unit_id),
	FOREIGN KEY (region_id, bulletin_id) REFERENCES supervision_bulletin (region_id, id)
);

CREATE INDEX supervision_confirmation_unit ON supervision_confirmation (region_id, unit_id, state, id);
