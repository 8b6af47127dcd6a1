"""A second project of the same content: every row of it new, so that neither knows of the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, Table, insert

from sidecar.store import project_sources, tables
from sidecar.store import projects as store
from sidecar.store.tables import project_clips, project_lines, project_markers, project_tracks
from sidecar.store.values import Row, new_id


def copy_project(connection: Connection, original: Row, name: str) -> str:
    """Copy a project, its history excepted, and give the copy's id. Files are shared: they never change."""
    new: defaultdict[str | None, str | None] = defaultdict(new_id, {None: None})
    kept = {field: original[field] for field in ("description", "sample_rate", "channels")}
    copy_id = store.insert_project(connection, name=name, **kept)

    def copy(table: Table, found: Iterable[Row], *references: str, **values: int) -> None:
        renamed = ("id", *references)
        copies = [
            {column.name: row[column.name] for column in table.columns}
            | {field: new[row[field]] for field in renamed}
            | {"project_id": copy_id}
            | values
            for row in found
        ]
        if copies:
            connection.execute(insert(table), copies)

    clips = store.clips_of(connection, original["id"])
    played = {clip["source_id"] for clip in clips}
    found = project_sources.sources_of(connection, original["id"])
    copy(tables.project_sources, (source for source in found if source["id"] in played), edit=0)
    copy(project_tracks, store.tracks_of(connection, original["id"]))
    copy(project_clips, clips, "track_id", "source_id", "group_id")
    copy(project_markers, store.markers_of(connection, original["id"]))
    copy(project_lines, store.lines_of(connection, original["id"]), "clip_id", "marker_id")
    return copy_id
