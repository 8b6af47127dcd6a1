"""Projects as the wire shows them: seconds instead of samples, clips under their tracks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from sqlalchemy import Connection

from sidecar.services.projects.lengths import clip_end, clip_length
from sidecar.services.views import View
from sidecar.store import project_edits as history
from sidecar.store import projects as store
from sidecar.store import rows
from sidecar.store.files import FileStore
from sidecar.store.project_edits import RowChange
from sidecar.store.tables import project_clips, project_lines, project_markers, project_tracks
from sidecar.store.values import Row

Made: TypeAlias = dict[str, str | Sequence[str]]
"""What an edit is about: under the name of a thing its id, under "clips" several."""

SILENCE = "Silence"


def project_view(connection: Connection, files: FileStore, project: Row) -> View:
    """All of a project."""
    rate = project["sample_rate"]
    clips = store.clips_of(connection, project["id"])
    by_track: defaultdict[str, list[View]] = defaultdict(list)
    for clip in clips:
        by_track[clip["track_id"]].append(clip_view(files, clip, rate))
    tracks = store.tracks_of(connection, project["id"])
    markers = store.markers_of(connection, project["id"])
    return _heading(project) | {
        "duration_s": max((clip_end(clip, rate) for clip in clips), default=0) / rate,
        "tracks": [track_view(track) | {"clips": by_track[track["id"]]} for track in tracks],
        "markers": [marker_view(marker, rate) for marker in markers],
    }


def summaries(connection: Connection, found: list[Row]) -> list[View]:
    """Projects in a list, of rows that carry their `track_count` and `clip_count`."""
    lengths = durations(connection, found)
    counts = ("track_count", "clip_count")
    return [
        _heading(row) | {count: row[count] for count in counts} | {"duration_s": lengths[row["id"]]} for row in found
    ]


def durations(connection: Connection, found: Iterable[Row]) -> dict[str, float]:
    """How long each of these projects is, in seconds."""
    rates = {project["id"]: project["sample_rate"] for project in found}
    lengths = dict.fromkeys(rates, 0.0)
    for clip in store.last_clips(connection, list(rates)):
        project_id, rate = clip["project_id"], rates[clip["project_id"]]
        lengths[project_id] = max(lengths[project_id], clip_end(clip, rate) / rate)
    return lengths


def changes_view(connection: Connection, files: FileStore, project: Row, changes: Iterable[RowChange]) -> View:
    """What an edit changed, as it is now."""
    project_id, rate = project["id"], project["sample_rate"]
    touched: defaultdict[str, set[str]] = defaultdict(set)
    for change in changes:
        touched[change.table].add(change.id)
    clips = store.clips_named(connection, project_id, touched[project_clips.name])
    tracks = _among(touched[project_tracks.name], lambda: store.tracks_of(connection, project_id))
    markers = _among(touched[project_markers.name], lambda: store.markers_of(connection, project_id))
    return {
        "clips": [clip_view(files, row, rate) for row in clips],
        "tracks": [track_view(row) for row in tracks],
        "markers": [marker_view(row, rate) for row in markers],
        "lines": sorted(touched[project_lines.name]),
        "removed_clips": _gone(touched[project_clips.name], clips),
        "removed_tracks": _gone(touched[project_tracks.name], tracks),
        "removed_markers": _gone(touched[project_markers.name], markers),
        "duration_s": durations(connection, [project])[project_id],
    }


def made_view(connection: Connection, files: FileStore, project: Row, made: Made) -> View:
    """What an edit was about, as it is now: "project", "track", "marker", "clip", "clips"; all else as it is told."""
    shown: View = dict(made)
    if "project" in made:
        shown["project"] = project_view(connection, files, project)
    if "track" in made:
        shown["track"] = track_view(rows.get(connection, project_tracks, str(made["track"]), "track"))
    if "marker" in made:
        shown["marker"] = marker_view(
            rows.get(connection, project_markers, str(made["marker"]), "marker"), project["sample_rate"]
        )
    if "clip" in made:
        (shown["clip"],) = _clip_views(connection, files, project, [str(made["clip"])])
    if "clips" in made:
        shown["clips"] = _clip_views(connection, files, project, made["clips"])
    return shown


def steps_view(connection: Connection, project: Row) -> View:
    """What would be undone and redone next."""
    project_id, number = project["id"], project["edit"]
    return {
        "undo": history.label_of(connection, project_id, number),
        "redo": history.label_of(connection, project_id, number + 1),
    }


def track_view(row: Row) -> View:
    """A track without its clips."""
    return {name: value for name, value in row.items() if name != "project_id"}


def marker_view(row: Row, rate: int) -> View:
    """A marker."""
    return {"id": row["id"], "at_s": row["at"] / rate, "title": row["title"]}


def clip_view(files: FileStore, row: Row, rate: int) -> View:
    """A clip."""
    length = clip_length(row, rate)
    as_they_are = ("id", "track_id", "label", "group_id", "gain_db", "pan", "muted", "speed", "effects")
    return {name: row[name] for name in as_they_are} | {
        "source": source_view(files, row),
        "start_s": row["start"] / rate,
        "end_s": (row["start"] + length) / rate,
        "duration_s": length / rate,
        "trim_start_s": row["trim_start"] / rate,
        "trim_end_s": row["trim_end"] / rate,
        "fade_in_s": (row["fade_in"] - row["fade_in_offset"]) / rate,
        "fade_in_offset_s": row["fade_in_offset"] / rate,
        "fade_in_curve": row["fade_in_curve"],
        "fade_out_s": (row["fade_out"] - row["fade_out_offset"]) / rate,
        "fade_out_offset_s": row["fade_out_offset"] / rate,
        "fade_out_curve": row["fade_out_curve"],
    }


def source_view(files: FileStore, row: Row) -> View:
    """What a clip plays, of a row as `clips_of` gives it."""
    if row["source_id"] is None:
        nothing = dict.fromkeys(("generation_id", "version_id", "audio_path", "text"))
        return nothing | {"kind": "silence", "name": SILENCE, "status": "completed"}
    return {
        "kind": "generation" if row["generation_id"] else "file",
        "generation_id": row["generation_id"],
        "version_id": row["pinned_version_id"],
        "name": row["source_name"],
        "audio_path": row["audio_path"] and str(files.absolute(row["audio_path"])),
        "text": row["text"],
        "status": row["status"],
    }


def _clip_views(connection: Connection, files: FileStore, project: Row, clip_ids: Sequence[str]) -> list[View]:
    """Clips in this order."""
    found = store.clips_named(connection, project["id"], set(clip_ids))
    views = {row["id"]: clip_view(files, row, project["sample_rate"]) for row in found}
    return [views[clip_id] for clip_id in clip_ids]


def _heading(project: Row) -> View:
    shown = ("id", "name", "description", "sample_rate", "channels", "created_at", "updated_at")
    return {name: project[name] for name in shown}


def _among(ids: set[str], read: Callable[[], list[Row]]) -> list[Row]:
    return [row for row in read() if row["id"] in ids] if ids else []


def _gone(touched: set[str], left: list[Row]) -> list[str]:
    return sorted(touched - {row["id"] for row in left})
