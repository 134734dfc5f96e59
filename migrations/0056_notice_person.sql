-- Some acts are one person's (签字): the to-do is his alone, and the next holder's when the post changes hands.
ALTER TABLE notice_todo ADD COLUMN person_id BIGINT NOT NULL DEFAULT 0;
