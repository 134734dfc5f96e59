CREATE TABLE conduct_document (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	title TEXT NOT NULL,
	doc_no TEXT NOT NULL,
	issued_on TEXT NOT NULL,
	adopted_by BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, doc_no)
);

CREATE TABLE conduct_measure (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	document_id BIGINT NOT NULL,
	no BIGINT NOT NULL,
	title TEXT NOT NULL,
	content TEXT NOT NULL,
	owner_unit_id BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, document_id, no),
	FOREIGN KEY (region_id, document_id) REFERENCES conduct_document (region_id, id)
);

CREATE TABLE conduct_action (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	measure_id BIGINT NOT NULL,
	text TEXT NOT NULL,
	unit_id BIGINT NOT NULL,
	due_on TEXT NOT NULL,
	done_note TEXT NOT NULL DEFAULT '',
	done_by BIGINT NOT NULL DEFAULT 0,
	done_at BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, measure_id) REFERENCES conduct_measure (region_id, id)
);

CREATE INDEX conduct_action_measure ON conduct_action (region_id, measure_id, id);

CREATE TABLE conduct_review (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	measure_id BIGINT NOT NULL,
	half TEXT NOT NULL,
	rating TEXT NOT NULL CHECK (rating IN ('works', 'partly', 'fails')),
	text TEXT NOT NULL,
	reviewed_by BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, measure_id, half),
	FOREIGN KEY (region_id, measure_id) REFERENCES conduct_measure (region_id, id)
);

CREATE TABLE conduct_rule (
	region_id BIGINT NOT NULL,
	body TEXT NOT NULL,
	basis TEXT NOT NULL,
	set_by BIGINT NOT NULL,
	at BIGINT NOT NULL,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id)
);

CREATE TABLE conduct_matter (
	region_id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	first_due_on TEXT NOT NULL DEFAULT '',
	issued_at BIGINT NOT NULL DEFAULT 0,
	accepted_at BIGINT NOT NULL DEFAULT 0,
	reported_at BIGINT NOT NULL DEFAULT 0,
	reopened BIGINT NOT NULL DEFAULT 0,
	reopened_at BIGINT NOT NULL DEFAULT 0,
	closed_at BIGINT NOT NULL DEFAULT 0,
	no_cause BOOLEAN NOT NULL DEFAULT FALSE,
	PRIMARY KEY (region_id, kind, id)
);

CREATE INDEX conduct_matter_issued ON conduct_matter (region_id, issued_at);

CREATE TABLE conduct_signal (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	no TEXT NOT NULL,
	symptom TEXT NOT NULL CHECK (symptom IN ('unhurried', 'lukewarm', 'toothless')),
	source TEXT NOT NULL CHECK (source IN ('data', 'person')),
	unit_id BIGINT NOT NULL,
	subject_kind TEXT NOT NULL,
	subject_id BIGINT NOT NULL,
	title TEXT NOT NULL,
	month TEXT NOT NULL,
	features TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('shown', 'explained', 'found', 'mended', 'archived')),
	raised_by BIGINT NOT NULL DEFAULT 0,
	raised_at BIGINT NOT NULL,
	due_on TEXT NOT NULL,
	calendar_version BIGINT NOT NULL,
	explanation TEXT NOT NULL DEFAULT '',
	claim TEXT NOT NULL DEFAULT '',
	explained_by BIGINT NOT NULL DEFAULT 0,
	explained_at BIGINT NOT NULL DEFAULT 0,
	outcome TEXT NOT NULL DEFAULT '' CHECK (outcome IN ('', 'none', 'exempt', 'remind', 'talk', 'mend')),
	ground TEXT NOT NULL DEFAULT '',
	panel TEXT NOT NULL DEFAULT '',
	found_by BIGINT NOT NULL DEFAULT 0,
	found_at BIGINT NOT NULL DEFAULT 0,
	mend_by_on TEXT NOT NULL DEFAULT '',
	mending TEXT NOT NULL DEFAULT '',
	mended_at BIGINT NOT NULL DEFAULT 0,
	closing TEXT NOT NULL DEFAULT '',
	archived_by BIGINT NOT NULL DEFAULT 0,
	archived_at BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	UNIQUE (region_id, no)
);

CREATE UNIQUE INDEX conduct_signal_once ON conduct_signal (region_id, symptom, subject_kind, subject_id, month) WHERE source = 'data';

CREATE INDEX conduct_signal_unit ON conduct_signal (region_id, unit_id, id);

CREATE INDEX conduct_signal_state ON conduct_signal (region_id, state, id);

CREATE TABLE conduct_number (
	region_id BIGINT NOT NULL,
	year TEXT NOT NULL,
	last BIGINT NOT NULL,
	PRIMARY KEY (region_id, year)
);

CREATE TABLE conduct_step (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	signal_id BIGINT NOT NULL,
	verb TEXT NOT NULL,
	text TEXT NOT NULL,
	person_id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	FOREIGN KEY (region_id, signal_id) REFERENCES conduct_signal (region_id, id)
);

CREATE INDEX conduct_step_signal ON conduct_step (region_id, signal_id, id);

CREATE TABLE conduct_praise (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('commend', 'bonus', 'recommend')),
	unit_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL DEFAULT 0,
	fact TEXT NOT NULL,
	basis TEXT NOT NULL,
	given_by BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id)
);

CREATE TABLE conduct_reader (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	reason TEXT NOT NULL,
	until_on TEXT NOT NULL,
	named_by BIGINT NOT NULL,
	at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (region_id, id),
	CHECK (named_by <> person_id)
);

CREATE INDEX conduct_reader_person ON conduct_reader (region_id, person_id, id);

CREATE TABLE conduct_exam (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	task_id BIGINT NOT NULL DEFAULT 0,
	place TEXT NOT NULL,
	observed_on TEXT NOT NULL,
	fact TEXT NOT NULL,
	view TEXT NOT NULL,
	assessors TEXT NOT NULL,
	salt TEXT NOT NULL,
	written_by BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id),
	CHECK (written_by <> person_id)
);

CREATE INDEX conduct_exam_person ON conduct_exam (region_id, person_id, id);

CREATE TABLE conduct_access (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	reader_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	act TEXT NOT NULL,
	purpose TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (region_id, id)
);

CREATE INDEX conduct_access_person ON conduct_access (region_id, person_id, id);
