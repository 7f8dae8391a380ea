-- A stream with checkpoints on S3, which ends by itself; its sink commits files with them.
SET 'execution.target' = 'yarn-per-job';
SET 'table.dml-sync' = 'true';
SET 'execution.checkpointing.interval' = '1s';
SET 'state.checkpoints.dir' = 's3://data/flink/checkpoints';
CREATE TABLE source (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100',
  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '500');
CREATE TABLE sink (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 's3://data/flink/numbers', 'format' = 'json');
INSERT INTO sink SELECT n FROM source;
