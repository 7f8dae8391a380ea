-- Messages about alarms that have changed state, which `recipient` has not received, in order. `failures` counts the
-- attempts, `due` is the time of the next.
CREATE TABLE IF NOT EXISTS actions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, alarm TEXT NOT NULL, recipient TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL,
    failures INTEGER NOT NULL, due REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS actions_recipient ON actions (alarm, recipient, id);
