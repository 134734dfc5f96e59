-- placeholder
CREATE TABLE installation_tmp (
	id BIGINT PRIMARY KEY
);
