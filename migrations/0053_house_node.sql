CREATE TABLE house_node (
	node BIGINT NOT NULL,
	holder TEXT NOT NULL,
	until_at BIGINT NOT NULL,
	PRIMARY KEY (node)
);
