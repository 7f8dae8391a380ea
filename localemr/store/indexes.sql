-- Made at every start where they are missing: they hold nothing of their own, so they are no new version of the data.
CREATE INDEX IF NOT EXISTS clusters_state ON clusters (state, created, id);
CREATE INDEX IF NOT EXISTS steps_state ON steps (cluster_id, json_extract(status, '$.state'), number);
