-- Times of tracks, clips and markers are whole samples at the project's own rate, so that a cut never drifts.
CREATE TABLE projects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT,
    sample_rate INTEGER NOT NULL,
    channels INTEGER NOT NULL CHECK (channels IN (1, 2)),
    edit INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX projects_by_name ON projects (name, seq);
CREATE INDEX projects_by_updated ON projects (updated_at, seq);

-- What clips play: a generation in one version or in the one that is its default, or a file that was copied in; with
-- neither, its generation was deleted before it had any audio. `edit` is the number of the edit that brought it: it
-- stays until that one has been undone and cannot be redone any more.
CREATE TABLE project_sources (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    generation_id TEXT REFERENCES generations (id),
    version_id TEXT REFERENCES versions (id),
    name TEXT NOT NULL,
    audio_path TEXT,
    frames INTEGER,
    sample_rate INTEGER,
    channels INTEGER,
    text TEXT,
    language TEXT,
    edit INTEGER NOT NULL,
    CHECK (generation_id IS NULL OR audio_path IS NULL)
);
CREATE INDEX project_sources_by_project ON project_sources (project_id);
CREATE INDEX project_sources_by_generation ON project_sources (generation_id);
CREATE INDEX project_sources_by_version ON project_sources (version_id);

CREATE TABLE project_tracks (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    gain_db REAL NOT NULL,
    pan REAL NOT NULL,
    muted BOOLEAN NOT NULL,
    solo BOOLEAN NOT NULL,
    duck_db REAL NOT NULL
);
CREATE INDEX project_tracks_by_project ON project_tracks (project_id, position);

-- Without a source a clip is silence, `length` samples of it. A fade's offset is how much of it lies outside of the
-- clip, where a split has put it.
CREATE TABLE project_clips (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    track_id TEXT NOT NULL REFERENCES project_tracks (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    source_id TEXT REFERENCES project_sources (id),
    label TEXT,
    group_id TEXT,
    start INTEGER NOT NULL,
    trim_start INTEGER NOT NULL,
    trim_end INTEGER NOT NULL,
    length INTEGER,
    gain_db REAL NOT NULL,
    pan REAL NOT NULL,
    muted BOOLEAN NOT NULL,
    speed REAL NOT NULL,
    effects JSON NOT NULL,
    fade_in INTEGER NOT NULL,
    fade_in_offset INTEGER NOT NULL,
    fade_in_curve TEXT NOT NULL,
    fade_out INTEGER NOT NULL,
    fade_out_offset INTEGER NOT NULL,
    fade_out_curve TEXT NOT NULL,
    CHECK ((source_id IS NULL) = (length IS NOT NULL))
);
CREATE INDEX project_clips_by_track ON project_clips (track_id, start);
CREATE INDEX project_clips_by_project ON project_clips (project_id, start);
CREATE INDEX project_clips_by_source ON project_clips (source_id);

CREATE TABLE project_markers (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    title TEXT NOT NULL
);
CREATE INDEX project_markers_by_project ON project_markers (project_id, at);

-- The lines of the script that a project was made from, in their order. `number` is where a line stands in the script,
-- `marker_id` the chapter that begins with it.
CREATE TABLE project_lines (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    number INTEGER,
    speaker TEXT NOT NULL,
    text TEXT NOT NULL,
    direction TEXT,
    profile_id TEXT,
    generation_id TEXT,
    clip_id TEXT,
    marker_id TEXT,
    gap_after_s REAL NOT NULL
);
CREATE INDEX project_lines_by_project ON project_lines (project_id, position);

-- Each edit as the rows it changed, before and after; those above the project's `edit` are undone.
CREATE TABLE project_edits (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    label TEXT NOT NULL,
    changes JSON NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (project_id, number)
) WITHOUT ROWID;
