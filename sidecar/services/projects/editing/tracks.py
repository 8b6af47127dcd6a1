"""Edits of tracks: added, changed, put in another order, removed with their clips."""

from __future__ import annotations

from typing import Any

from sidecar.errors import InvalidParams
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.views import Made
from sidecar.store.tables import project_clips, project_tracks
from sidecar.store.values import Row, new_id

NEW: Row = {"gain_db": 0.0, "pan": 0.0, "muted": False, "solo": False, "duck_db": 0.0}
MOST_TRACKS = 1_000


def add_track(edit: Edit, position: int | None = None, **values: Any) -> Row:
    """Add a track behind the others, or at a position among them; gives its row. Raises `InvalidParams`.

    `values` are columns of `project_tracks`; without a `name` it is called by its number.
    """
    tracks = edit.tracks()
    if len(tracks) >= MOST_TRACKS:
        raise InvalidParams.about("project_id", f"The project has {MOST_TRACKS} tracks, and more are not allowed.")
    own = {"id": new_id(), "project_id": edit.project["id"], "name": f"Track {len(tracks) + 1}", "position": 0}
    track = own | NEW | values
    _arrange(edit, tracks, track, len(tracks) if position is None else position)
    return edit.track(track["id"])


def update_track(edit: Edit, track_id: str, position: int | None, values: Row) -> Made:
    """Change columns of a track, or its place in the order. Raises `NotFound`."""
    track = edit.track(track_id) | values
    edit.put(project_tracks, track)
    if position is not None:
        _arrange(edit, [other for other in edit.tracks() if other["id"] != track_id], track, position)
    return {"track": track_id}


def remove_track(edit: Edit, track_id: str) -> Made:
    """Remove a track with its clips; those behind it move up. Raises `NotFound`."""
    edit.track(track_id)
    for clip in edit.clips(project_clips.c.track_id == track_id):
        edit.remove(project_clips, clip["id"])
    edit.remove(project_tracks, track_id)
    for place, other in enumerate(edit.tracks()):
        edit.put(project_tracks, other | {"position": place})
    return {}


def _arrange(edit: Edit, others: list[Row], track: Row, position: int) -> None:
    """Put a track at a place among the others, or behind them all if they are fewer."""
    ordered = [*others[:position], track, *others[position:]]
    for place, row in enumerate(ordered):
        edit.put(project_tracks, row | {"position": place})
