"""The rows that the project of a script begins its life with: its tracks and markers, and its lines."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from sidecar.services.projects.editing.tracks import NEW as NEW_TRACK
from sidecar.services.projects.scripts.casting import CastLine
from sidecar.store import project_lines
from sidecar.store.tables import project_lines as lines_table
from sidecar.store.tables import project_markers, project_tracks
from sidecar.store.values import new_id
from sidecar.text.dialogue.cues import name_key
from sidecar.text.dialogue.gaps import gap_after
from sidecar.text.shortening import shortened

LONGEST_TITLE = 200
BETWEEN_DIRECTIONS = "; "


def write_tracks(connection: Connection, project_id: str, lines: Sequence[CastLine]) -> None:
    """A track for every speaker, in the order in which they begin to speak."""
    names = {name_key(one.speaker): one.speaker for one in reversed(lines)}
    ordered = dict.fromkeys(name_key(one.speaker) for one in lines)
    tracks = [
        NEW_TRACK | {"id": new_id(), "project_id": project_id, "name": names[key], "position": position}
        for position, key in enumerate(ordered)
    ]
    connection.execute(insert(project_tracks), tracks)


def write_lines(
    connection: Connection, project_id: str, lines: Sequence[CastLine], generation_ids: list[str], gap_s: float
) -> None:
    """The lines with their gaps, and a marker for each that begins a chapter, to be put in its place later."""
    profiles = project_lines.profiles_of(connection, generation_ids)
    written, markers = [], []
    following = [*(one.line for one in lines[1:]), None]
    for position, (one, after, generation_id) in enumerate(zip(lines, following, generation_ids, strict=True)):
        marker_id = None
        if one.line.chapter is not None:
            marker_id = new_id()
            title = _title(one.line.chapter)
            markers.append({"id": marker_id, "project_id": project_id, "at": 0, "title": title})
        written.append(
            {
                "id": new_id(),
                "project_id": project_id,
                "position": position,
                "number": one.line.number,
                "speaker": one.speaker,
                "text": one.line.text,
                "direction": BETWEEN_DIRECTIONS.join(one.line.directions) or None,
                "profile_id": profiles[generation_id],
                "generation_id": generation_id,
                "marker_id": marker_id,
                "gap_after_s": gap_after(one.line, after, gap_s),
            }
        )
    connection.execute(insert(lines_table), written)
    if markers:
        connection.execute(insert(project_markers), markers)


def _title(chapter: str) -> str:
    """A chapter's title as a marker has it: one line of what can be printed, shortened if it is a whole paragraph."""
    title = "".join(char if char.isprintable() else " " for char in chapter)
    title = " ".join(title.split()) or "—"
    return shortened(title, LONGEST_TITLE)
