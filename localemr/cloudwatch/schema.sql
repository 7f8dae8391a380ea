-- A metric with one unit. `dimensions` are JSON, [[name, value], ...], sorted. `last` is the time of its newest data.
CREATE TABLE series (
    id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, dimensions TEXT NOT NULL, unit TEXT NOT NULL,
    last INTEGER NOT NULL, UNIQUE (namespace, name, dimensions, unit)
);
-- What was put for one time (epoch seconds): of a minute, of a second for metrics of high resolution, of longer for old data.
CREATE TABLE points (
    series INTEGER NOT NULL, at INTEGER NOT NULL, count REAL NOT NULL, sum REAL NOT NULL, least REAL NOT NULL,
    most REAL NOT NULL, PRIMARY KEY (series, at)
) WITHOUT ROWID;
-- The document is that of DescribeAlarms, with tags.
CREATE TABLE alarms (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE history (
    id INTEGER PRIMARY KEY, alarm TEXT NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL, summary TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX history_alarm ON history (alarm, id);
