-- A round's spot checks, in the order of the draw.
CREATE INDEX appraisal_spot_round ON appraisal_spot (region_id, round_id, id);
