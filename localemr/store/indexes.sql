-- Created at every start if missing. Indexes hold no data of their own, so they are no new version of the schema.
CREATE INDEX IF NOT EXISTS clusters_state ON clusters (state, created, id);
CREATE INDEX IF NOT EXISTS steps_state ON steps (cluster_id, json_extract(status, '$.state'), number);
-- For passes (live.py): live records, and the last ended ones.
CREATE INDEX IF NOT EXISTS instances_group ON instances
    (cluster_id, json_extract(spec, '$.group_id'), json_extract(status, '$.state'), number);
CREATE INDEX IF NOT EXISTS steps_ended ON steps (cluster_id, json_extract(status, '$.ended'), number);
CREATE INDEX IF NOT EXISTS steps_logs ON steps (cluster_id) WHERE json_extract(spec, '$.log_uri') IS NOT NULL;
-- For the log of one cluster (log.py).
CREATE INDEX IF NOT EXISTS events_cluster ON events (cluster_id, id);
-- For retention (history.py).
CREATE INDEX IF NOT EXISTS events_at ON events (at);
-- For passes: the notebook executions of a cluster (executions.py).
CREATE INDEX IF NOT EXISTS executions ON resources
    (json_extract(document, '$.spec.cluster_id'), json_extract(document, '$.status.state')) WHERE kind='notebook-execution';
