-- What the unit says of a milestone (节点), before somebody else has seen it.
ALTER TABLE task_milestone ADD COLUMN claimed_on TEXT NOT NULL DEFAULT '';
ALTER TABLE task_milestone ADD COLUMN claimed_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE task_milestone ADD COLUMN claim_note TEXT NOT NULL DEFAULT '';
