CREATE TABLE account_holder (
	region_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	login TEXT NOT NULL,
	class TEXT NOT NULL CHECK (class IN ('business', 'admin')),
	secret TEXT NOT NULL,
	secret_at BIGINT NOT NULL,
	must_change BOOLEAN NOT NULL DEFAULT FALSE,
	disabled BOOLEAN NOT NULL DEFAULT FALSE,
	used_at BIGINT NOT NULL,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, person_id),
	UNIQUE (region_id, login),
	UNIQUE (region_id, person_id, class),
	FOREIGN KEY (region_id, person_id) REFERENCES org_person (region_id, id)
);

CREATE TABLE account_role (
	region_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	role TEXT NOT NULL CHECK (role IN ('leader', 'supervisor', 'appraiser', 'taskforce', 'head', 'clerk', 'source', 'auditor', 'sysadmin', 'secadmin', 'audadmin')),
	class TEXT NOT NULL,
	granted_at BIGINT NOT NULL,
	PRIMARY KEY (region_id, person_id, role),
	CHECK (class = CASE WHEN role IN ('sysadmin', 'secadmin', 'audadmin') THEN 'admin' ELSE 'business' END),
	FOREIGN KEY (region_id, person_id, class) REFERENCES account_holder (region_id, person_id, class)
);

CREATE UNIQUE INDEX account_role_one_admin ON account_role (region_id, person_id) WHERE role IN ('sysadmin', 'secadmin', 'audadmin');

CREATE TABLE account_secret (
	region_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	secret TEXT NOT NULL,
	PRIMARY KEY (region_id, person_id, id),
	FOREIGN KEY (region_id, person_id) REFERENCES account_holder (region_id, person_id)
);

CREATE TABLE account_grant (
	region_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	role TEXT NOT NULL,
	reason TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('proposed', 'confirmed', 'refused', 'direct', 'revoked')),
	proposed_by BIGINT NOT NULL,
	proposed_at BIGINT NOT NULL,
	decided_by BIGINT NOT NULL DEFAULT 0,
	decided_at BIGINT NOT NULL DEFAULT 0,
	note TEXT NOT NULL DEFAULT '',
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, id),
	CHECK (proposed_by <> person_id),
	CHECK (state NOT IN ('confirmed', 'refused') OR (decided_by <> 0 AND decided_by <> proposed_by AND decided_by <> person_id)),
	FOREIGN KEY (region_id, person_id) REFERENCES account_holder (region_id, person_id)
);

CREATE UNIQUE INDEX account_grant_open ON account_grant (region_id, person_id, role) WHERE state = 'proposed';

CREATE TABLE account_login (
	login TEXT NOT NULL,
	region_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	PRIMARY KEY (login),
	FOREIGN KEY (region_id, person_id) REFERENCES account_holder (region_id, person_id)
);

CREATE TABLE account_session (
	region_id BIGINT NOT NULL,
	hash TEXT NOT NULL,
	person_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	began_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	source TEXT NOT NULL,
	agent TEXT NOT NULL,
	PRIMARY KEY (region_id, hash),
	FOREIGN KEY (region_id, person_id) REFERENCES account_holder (region_id, person_id)
);

CREATE INDEX account_session_person ON account_session (region_id, person_id, id);

CREATE TABLE account_try (
	region_id BIGINT NOT NULL,
	subject TEXT NOT NULL,
	source TEXT NOT NULL,
	recent TEXT NOT NULL DEFAULT '',
	locked_until BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1,
	PRIMARY KEY (region_id, subject, source)
);

CREATE TABLE account_setup (
	region_id BIGINT NOT NULL,
	hash TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	used_at BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (region_id)
);
