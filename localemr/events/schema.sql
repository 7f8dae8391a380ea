-- The document is that of DescribeRule, with tags.
CREATE TABLE rules (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
-- The document is the target as PutTargets sent it.
CREATE TABLE targets (
    rule TEXT NOT NULL REFERENCES rules ON DELETE CASCADE, id TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (rule, id)
) WITHOUT ROWID;
-- Events that a target has not received yet, in order. `failures` counts the attempts, `due` is the time of the next.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, target TEXT NOT NULL, event TEXT NOT NULL, at REAL NOT NULL,
    failures INTEGER NOT NULL, due REAL NOT NULL,
    FOREIGN KEY (rule, target) REFERENCES targets (rule, id) ON DELETE CASCADE
);
CREATE INDEX deliveries_target ON deliveries (rule, target, id);
-- One row: up to where the log of events has been read.
CREATE TABLE position (read INTEGER NOT NULL);
