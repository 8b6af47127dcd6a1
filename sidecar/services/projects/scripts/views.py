"""Lines of scripts as the wire shows them."""

from __future__ import annotations

from sqlalchemy import Connection

from sidecar.services.projects.lengths import clip_length
from sidecar.services.views import View
from sidecar.store import projects as store
from sidecar.store.values import Row

DELETED = "deleted"


def line_views(connection: Connection, project: Row, lines: list[Row]) -> list[View]:
    """Lines of a project, of rows as `project_lines.told` gives them, each with its place on the timeline."""
    named = {line["clip_id"] for line in lines if line["clip_id"] is not None}
    clips = {clip["id"]: clip for clip in store.clips_named(connection, project["id"], named)}
    return [_line_view(line, clips.get(line["clip_id"]), project["sample_rate"]) for line in lines]


def _line_view(line: Row, clip: Row | None, rate: int) -> View:
    shown = {name: value for name, value in line.items() if name != "marker_id"}
    start_s = clip and clip["start"] / rate
    return shown | {
        "status": line["status"] or (clip and clip["status"]) or DELETED,
        "clip_id": clip and clip["id"],
        "start_s": start_s,
        "end_s": clip and (clip["start"] + clip_length(clip, rate)) / rate,
    }
