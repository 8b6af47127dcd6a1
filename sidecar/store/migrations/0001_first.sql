CREATE TABLE profiles (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    description TEXT,
    language TEXT,
    voice JSON NOT NULL,
    default_engine TEXT,
    default_effects JSON,
    avatar_path TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX profiles_by_created ON profiles (created_at);

CREATE TABLE samples (
    id TEXT NOT NULL PRIMARY KEY,
    profile_id TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    text TEXT,
    audio_path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    duration_s REAL NOT NULL,
    metrics JSON NOT NULL,
    warnings JSON NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX samples_by_profile ON samples (profile_id, position);

CREATE TABLE generations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    profile_id TEXT REFERENCES profiles (id) ON DELETE SET NULL,
    profile_name TEXT NOT NULL,
    title TEXT,
    text TEXT NOT NULL,
    language TEXT,
    engine TEXT NOT NULL,
    model TEXT,
    seed INTEGER,
    settings JSON NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    error JSON,
    favorite BOOLEAN NOT NULL DEFAULT 0,
    fidelity TEXT,
    quality JSON,
    timings JSON,
    prompt_cached BOOLEAN,
    stop_reason TEXT,
    default_version_id TEXT,
    created_at TEXT NOT NULL,
    finished_at TEXT
);
CREATE INDEX generations_by_profile ON generations (profile_id, seq);
CREATE INDEX generations_by_status ON generations (status, seq);
CREATE INDEX generations_by_favorite ON generations (favorite, seq);
CREATE INDEX generations_by_language ON generations (language, seq);
CREATE INDEX generations_by_engine ON generations (engine, seq);
CREATE INDEX generations_by_created ON generations (created_at);
CREATE INDEX generations_by_title ON generations (title, seq);

CREATE TABLE versions (
    id TEXT NOT NULL PRIMARY KEY,
    generation_id TEXT NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('take', 'effects', 'import')),
    source_version_id TEXT REFERENCES versions (id) ON DELETE SET NULL,
    seed INTEGER,
    effects JSON,
    audio_path TEXT NOT NULL,
    duration_s REAL NOT NULL,
    sample_rate INTEGER NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX versions_by_generation ON versions (generation_id, created_at);
CREATE INDEX versions_by_source ON versions (source_version_id);

CREATE TABLE chunks (
    version_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    generation_id TEXT NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    pause_after_s REAL NOT NULL,
    seed INTEGER NOT NULL,
    audio_path TEXT,
    duration_s REAL,
    compute_s REAL,
    stop_reason TEXT,
    PRIMARY KEY (version_id, position)
) WITHOUT ROWID;
CREATE INDEX chunks_by_generation ON chunks (generation_id);

CREATE TABLE transcriptions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    text TEXT,
    language TEXT,
    model TEXT NOT NULL,
    duration_s REAL,
    audio_path TEXT NOT NULL,
    segments JSON,
    words JSON,
    settings JSON NOT NULL,
    error JSON,
    created_at TEXT NOT NULL
);
CREATE INDEX transcriptions_by_status ON transcriptions (status, seq);

CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    stage TEXT,
    fraction REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    error JSON,
    result JSON,
    subject TEXT,
    payload JSON NOT NULL,
    announced BOOLEAN NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT
);
CREATE INDEX jobs_waiting ON jobs (lane, seq) WHERE status = 'queued';
CREATE INDEX jobs_by_status ON jobs (status, seq);
CREATE INDEX jobs_by_kind ON jobs (kind, seq);
CREATE INDEX jobs_by_subject ON jobs (subject);
CREATE INDEX jobs_unannounced ON jobs (seq) WHERE announced = 0;

CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value JSON NOT NULL
);

-- Substring search in any language. Two end marks are indexed behind every text, so that its last one or two
-- characters begin a trigram too and a search for fewer than three characters can be answered from the terms.
CREATE VIRTUAL TABLE history_search USING fts5 (body, content='', tokenize='trigram', detail='full');
CREATE VIRTUAL TABLE history_terms USING fts5vocab (history_search, row);

CREATE TRIGGER generations_search_insert AFTER INSERT ON generations BEGIN
    INSERT INTO history_search (rowid, body)
    VALUES (new.seq, coalesce(new.title || char(10), '') || new.profile_name || char(10) || new.text || char(1, 1));
END;
CREATE TRIGGER generations_search_delete AFTER DELETE ON generations BEGIN
    INSERT INTO history_search (history_search, rowid, body) VALUES
    ('delete', old.seq, coalesce(old.title || char(10), '') || old.profile_name || char(10) || old.text || char(1, 1));
END;
CREATE TRIGGER generations_search_update AFTER UPDATE OF title, profile_name, text ON generations BEGIN
    INSERT INTO history_search (history_search, rowid, body) VALUES
    ('delete', old.seq, coalesce(old.title || char(10), '') || old.profile_name || char(10) || old.text || char(1, 1));
    INSERT INTO history_search (rowid, body)
    VALUES (new.seq, coalesce(new.title || char(10), '') || new.profile_name || char(10) || new.text || char(1, 1));
END;
