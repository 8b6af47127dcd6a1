"""The tables as SQLAlchemy knows them. `migrations/` makes them; a test keeps the two the same.

Ids are UUID strings, times RFC 3339 UTC strings (which sort as they are), audio paths relative to the data folder.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Integer, MetaData, Table, Text

metadata = MetaData()

library = Table(
    "library",
    metadata,
    Column("id", Text, primary_key=True),
    Column("changes", Integer, nullable=False),
)

profiles = Table(
    "profiles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("description", Text),
    Column("language", Text),
    Column("voice", JSON, nullable=False),
    Column("default_engine", Text),
    Column("default_effects", JSON(none_as_null=True)),
    Column("avatar_path", Text),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)

samples = Table(
    "samples",
    metadata,
    Column("id", Text, primary_key=True),
    Column("profile_id", Text, ForeignKey("profiles.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("text", Text),
    Column("audio_path", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("metrics", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("created_at", Text, nullable=False),
)

generations = Table(
    "generations",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("profile_id", Text, ForeignKey("profiles.id", ondelete="SET NULL")),
    Column("profile_name", Text, nullable=False),
    Column("title", Text),
    Column("text", Text, nullable=False),
    Column("language", Text),
    Column("engine", Text, nullable=False),
    Column("model", Text),
    Column("seed", Integer),
    Column("settings", JSON, nullable=False),
    Column("status", Text, nullable=False),
    Column("error", JSON(none_as_null=True)),
    Column("favorite", Boolean, nullable=False, server_default="0"),
    Column("fidelity", Text),
    Column("quality", JSON(none_as_null=True)),
    Column("timings", JSON(none_as_null=True)),
    Column("prompt_cached", Boolean),
    Column("stop_reason", Text),
    Column("default_version_id", Text),
    Column("created_at", Text, nullable=False),
    Column("finished_at", Text),
)

history_totals = Table(
    "history_totals",
    metadata,
    Column("status", Text, primary_key=True),
    Column("engine", Text, primary_key=True),
    Column("favorite", Boolean, primary_key=True),
    Column("generations", Integer, nullable=False),
    Column("audio_us", Integer, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("generation_id", Text, ForeignKey("generations.id", ondelete="CASCADE"), nullable=False),
    Column("label", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source_version_id", Text, ForeignKey("versions.id", ondelete="SET NULL")),
    Column("seed", Integer),
    Column("effects", JSON(none_as_null=True)),
    Column("audio_path", Text, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("sample_rate", Integer, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("settings", JSON(none_as_null=True)),
)

effect_presets = Table(
    "effect_presets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("effects", JSON, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)

chunks = Table(
    "chunks",
    metadata,
    Column("version_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("generation_id", Text, ForeignKey("generations.id", ondelete="CASCADE"), nullable=False),
    Column("text", Text, nullable=False),
    Column("pause_after_s", Float, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("audio_path", Text),
    Column("duration_s", Float),
    Column("compute_s", Float),
    Column("stop_reason", Text),
    Column("quality", JSON(none_as_null=True)),
)

transcriptions = Table(
    "transcriptions",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("text", Text),
    Column("language", Text),
    Column("model", Text, nullable=False),
    Column("duration_s", Float),
    Column("audio_path", Text, nullable=False),
    Column("segments", JSON(none_as_null=True)),
    Column("words", JSON(none_as_null=True)),
    Column("settings", JSON, nullable=False),
    Column("error", JSON(none_as_null=True)),
    Column("created_at", Text, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("stage", Text),
    Column("fraction", Float),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", JSON(none_as_null=True)),
    Column("result", JSON(none_as_null=True)),
    Column("subject", Text),
    Column("payload", JSON, nullable=False),
    Column("announced", Boolean, nullable=False, server_default="0"),
    Column("created_at", Text, nullable=False),
    Column("started_at", Text),
    Column("finished_at", Text),
    Column("parent_id", Text),
)

settings = Table(
    "settings",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", JSON, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    Column("day", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("engine", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("profile_id", Text, primary_key=True),
    Column("profile_name", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("characters", Integer, nullable=False),
    Column("audio_s", Float, nullable=False),
    Column("compute_s", Float, nullable=False),
)

projects = Table(
    "projects",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("sample_rate", Integer, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("edit", Integer, nullable=False, server_default="0"),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)

project_sources = Table(
    "project_sources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("generation_id", Text, ForeignKey("generations.id")),
    Column("version_id", Text, ForeignKey("versions.id")),
    Column("name", Text, nullable=False),
    Column("audio_path", Text),
    Column("frames", Integer),
    Column("sample_rate", Integer),
    Column("channels", Integer),
    Column("text", Text),
    Column("language", Text),
    Column("edit", Integer, nullable=False),
)

project_tracks = Table(
    "project_tracks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("gain_db", Float, nullable=False),
    Column("pan", Float, nullable=False),
    Column("muted", Boolean, nullable=False),
    Column("solo", Boolean, nullable=False),
    Column("duck_db", Float, nullable=False),
)

project_clips = Table(
    "project_clips",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column(
        "track_id",
        Text,
        ForeignKey("project_tracks.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("source_id", Text, ForeignKey("project_sources.id")),
    Column("label", Text),
    Column("group_id", Text),
    Column("start", Integer, nullable=False),
    Column("trim_start", Integer, nullable=False),
    Column("trim_end", Integer, nullable=False),
    Column("length", Integer),
    Column("gain_db", Float, nullable=False),
    Column("pan", Float, nullable=False),
    Column("muted", Boolean, nullable=False),
    Column("speed", Float, nullable=False),
    Column("effects", JSON, nullable=False),
    Column("fade_in", Integer, nullable=False),
    Column("fade_in_offset", Integer, nullable=False),
    Column("fade_in_curve", Text, nullable=False),
    Column("fade_out", Integer, nullable=False),
    Column("fade_out_offset", Integer, nullable=False),
    Column("fade_out_curve", Text, nullable=False),
)

project_markers = Table(
    "project_markers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("at", Integer, nullable=False),
    Column("title", Text, nullable=False),
)

project_lines = Table(
    "project_lines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("number", Integer),
    Column("speaker", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("direction", Text),
    Column("profile_id", Text),
    Column("generation_id", Text),
    Column("clip_id", Text),
    Column("marker_id", Text),
    Column("gap_after_s", Float, nullable=False),
)

project_edits = Table(
    "project_edits",
    metadata,
    Column("project_id", Text, ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("label", Text, nullable=False),
    Column("changes", JSON, nullable=False),
    Column("created_at", Text, nullable=False),
)
