-- Daily sums, so that they outlive the history that they were made of. An id that there is none of is empty: a null
-- would make every row of a primary key its own.
CREATE TABLE usage (
    day TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('generation', 'transcription')),
    engine TEXT NOT NULL,
    model TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    profile_name TEXT NOT NULL,
    count INTEGER NOT NULL,
    characters INTEGER NOT NULL,
    audio_s REAL NOT NULL,
    compute_s REAL NOT NULL,
    PRIMARY KEY (day, kind, engine, model, profile_id)
) WITHOUT ROWID;
