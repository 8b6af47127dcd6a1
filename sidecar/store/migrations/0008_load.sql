-- Those that wait take turns: the parts of each job, and the jobs that are no part of another.
DROP INDEX jobs_waiting;
CREATE INDEX jobs_waiting ON jobs (lane, coalesce(parent_id, ''), seq) WHERE status = 'queued';

-- Of a kind's jobs those of one status, without looking at all the others.
CREATE INDEX jobs_by_kind_and_status ON jobs (kind, status, seq);
