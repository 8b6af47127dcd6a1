"""What the start-up sweep must keep: every file that a row names."""

from __future__ import annotations

from sqlalchemy import Connection, select, union_all

from sidecar.store.tables import chunks, profiles, project_sources, samples, transcriptions, versions


def claimed_files(connection: Connection) -> set[str]:
    """The relative path of every file that belongs to a row."""
    audio = (select(table.c.audio_path) for table in (samples, versions, chunks, transcriptions, project_sources))
    named = union_all(*audio, select(profiles.c.avatar_path))
    return {path for path in connection.execute(named).scalars() if path}
