CREATE TABLE notice_todo (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	unit_id BIGINT NOT NULL DEFAULT 0,
	role TEXT NOT NULL DEFAULT '',
	kind TEXT NOT NULL,
	subject_kind TEXT NOT NULL,
	subject_id BIGINT NOT NULL,
	title TEXT NOT NULL,
	href TEXT NOT NULL,
	due_on TEXT NOT NULL DEFAULT '',
	opened_at BIGINT NOT NULL,
	done_at BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (region_id, id)
);

CREATE UNIQUE INDEX notice_todo_open ON notice_todo (region_id, kind, subject_kind, subject_id, unit_id, role) WHERE done_at = 0;

CREATE INDEX notice_todo_unit ON notice_todo (region_id, unit_id, done_at, due_on);

CREATE INDEX notice_todo_role ON notice_todo (region_id, role, done_at, due_on);

CREATE TABLE notice_reminder (
	region_id BIGINT NOT NULL,
	subject_kind TEXT NOT NULL,
	subject_id BIGINT NOT NULL,
	reminded_on TEXT NOT NULL,
	unit_id BIGINT NOT NULL,
	text TEXT NOT NULL,
	reminded_by BIGINT NOT NULL,
	PRIMARY KEY (region_id, subject_kind, subject_id, reminded_on)
);

CREATE INDEX notice_reminder_unit ON notice_reminder (region_id, unit_id, reminded_on);
