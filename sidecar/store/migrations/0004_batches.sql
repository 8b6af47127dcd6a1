-- The job that a job is a part of.
ALTER TABLE jobs ADD COLUMN parent_id TEXT;
CREATE INDEX jobs_by_parent ON jobs (parent_id, seq) WHERE parent_id IS NOT NULL;
