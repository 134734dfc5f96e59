CREATE INDEX evidence_exhibit_of ON evidence_exhibit (region_id, owner_kind, owner_id, id);
