-- Which library this is and how often it was changed. A mark in the data folder says the same, so that a database which
-- is not the one that those files belong to is known.
CREATE TABLE library (
    id TEXT NOT NULL PRIMARY KEY,
    changes INTEGER NOT NULL
);

INSERT INTO library VALUES (lower(hex(randomblob(16))), 0);
