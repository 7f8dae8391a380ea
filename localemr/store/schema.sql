-- Version 1. One row a record; spec is written by operations, status by the reconciler.
CREATE TABLE clusters (
    id TEXT PRIMARY KEY, created REAL NOT NULL, state TEXT NOT NULL, spec TEXT NOT NULL, status TEXT NOT NULL
);
CREATE INDEX clusters_created ON clusters (created, id);
CREATE TABLE groups (
    id TEXT PRIMARY KEY, cluster_id TEXT NOT NULL REFERENCES clusters, number INTEGER NOT NULL, created REAL NOT NULL,
    spec TEXT NOT NULL, status TEXT NOT NULL, UNIQUE (cluster_id, number)
);
CREATE TABLE instances (
    id TEXT PRIMARY KEY, cluster_id TEXT NOT NULL REFERENCES clusters, number INTEGER NOT NULL, created REAL NOT NULL,
    spec TEXT NOT NULL, status TEXT NOT NULL, UNIQUE (cluster_id, number)
);
CREATE TABLE steps (
    id TEXT PRIMARY KEY, cluster_id TEXT NOT NULL REFERENCES clusters, number INTEGER NOT NULL, created REAL NOT NULL,
    spec TEXT NOT NULL, status TEXT NOT NULL, UNIQUE (cluster_id, number)
);
-- The event log for users: every change of state, written in the transaction of the change.
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, cluster_id TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
    state TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL
);
CREATE INDEX events_cluster ON events (cluster_id, id);
-- EMR's objects beside clusters: security configurations, studios and others. Their operations define the content of the document.
CREATE TABLE resources (
    kind TEXT NOT NULL, id TEXT NOT NULL, created REAL NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, id)
);
