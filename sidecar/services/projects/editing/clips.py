"""Edits of single clips: placed, changed, moved, trimmed, doubled, removed."""

from __future__ import annotations

from typing import Any, Literal

from sidecar.errors import Conflict, InvalidParams
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.lengths import clip_end, clip_length, source_length
from sidecar.services.projects.views import Made
from sidecar.store import projects as store
from sidecar.store.tables import project_clips, project_markers
from sidecar.store.values import Row, new_id
from sidecar.timeline import LONGEST_S

Ripple = Literal["none", "track", "all"]

NEW: Row = {
    "label": None,
    "group_id": None,
    "trim_start": 0,
    "trim_end": 0,
    "length": None,
    "gain_db": 0.0,
    "pan": 0.0,
    "muted": False,
    "speed": 1.0,
    "effects": [],
    "fade_in": 0,
    "fade_in_offset": 0,
    "fade_in_curve": "linear",
    "fade_out": 0,
    "fade_out_offset": 0,
    "fade_out_curve": "linear",
}
"""A clip that plays all of its source as it is."""
SECONDS = {
    "start_s": "start",
    "silence_s": "length",
    "trim_start_s": "trim_start",
    "trim_end_s": "trim_end",
    "fade_in_s": "fade_in",
    "fade_out_s": "fade_out",
}
"""The wire's seconds and the columns that hold them as samples."""
LEAVING_LESS = {
    "trim_start": "trim_start_s",
    "trim_end": "trim_end_s",
    "speed": "speed",
    "source_id": "version_id",
}
"""The columns that say how much of a source is played, and the names that they have on the wire."""
FADES = ("fade_in", "fade_out")
OF_SILENCE = {"start", "length", "label", "muted"}
"""What silence has of all that clips have."""


def add_clip(edit: Edit, track_id: str, source_id: str | None, **values: Any) -> Row:
    """Put a clip on a track: of a source, or of silence, which needs a `length`; gives its row.

    `values` are columns of `project_clips`, times in samples; `start` must be among them.

    Raises:
        NotFound: the project has no such track.
        InvalidParams: the values make no sense for the source.

    """
    place = {"id": new_id(), "project_id": edit.project["id"], "track_id": edit.track(track_id)["id"]}
    clip = NEW | values | place | {"source_id": source_id}
    if source_id is None:
        _refuse_for_silence(values)
    else:
        clip |= store.played(edit.connection, source_id)
        _require_sense(edit, clip, values)
    edit.put(project_clips, clip)
    return clip


def update_clip(edit: Edit, clip_id: str, values: Row) -> Made:
    """Change columns of a clip. A version is chosen by `source_id`. Raises `NotFound`, `InvalidParams`."""
    clip = edit.clip(clip_id)
    if clip["source_id"] is None:
        _refuse_for_silence(values)
    elif "length" in values:
        raise InvalidParams.about("silence_s", "Only silence has a length of its own; trim this clip instead.")
    changed = clip | values
    changed |= _same_part(clip, changed["speed"]) | values
    changed |= {f"{fade}_offset": 0 for fade in FADES if fade in values}
    if changed["source_id"] is not None:
        changed |= store.played(edit.connection, changed["source_id"])
        _require_sense(edit, changed, values)
    edit.put(project_clips, changed)
    return {"clip": clip_id}


def move_clip(edit: Edit, clip_id: str, start: int | None, track_id: str | None) -> Made:
    """Put a clip elsewhere in time, and its group with it, or on another track. Raises `NotFound`, `InvalidParams`."""
    clip = edit.clip(clip_id)
    shift = 0 if start is None else start - clip["start"]
    moved = [clip]
    if clip["group_id"] is not None:
        moved += [one for one in edit.clips(project_clips.c.group_id == clip["group_id"]) if one["id"] != clip_id]
    first, last = min(one["start"] for one in moved), max(one["start"] for one in moved)
    if first + shift < 0:
        earliest = (clip["start"] - first) / edit.rate
        raise InvalidParams.about(
            "start_s", f"The clip's group would begin before 0 s; {earliest:g} s or later is allowed for this clip."
        )
    if shift > 0 and last + shift > edit.samples(LONGEST_S):
        latest = LONGEST_S - (last - clip["start"]) / edit.rate
        raise InvalidParams.about(
            "start_s",
            f"The clip's group would go on beyond {LONGEST_S:.0f} s; {latest:.10g} s or earlier is allowed for this "
            "clip.",
        )
    for one in moved:
        edit.put(project_clips, one | {"start": one["start"] + shift})
    if track_id is not None:
        place = {"start": clip["start"] + shift, "track_id": edit.track(track_id)["id"]}
        edit.put(project_clips, clip | place)
    return {"clip": clip_id, "clips": [one["id"] for one in moved]}


def trim_clip(edit: Edit, clip_id: str, start: int | None, end: int | None) -> Made:
    """Give a clip new edges on the timeline, while what it plays stays where it is.

    Raises:
        NotFound: there is no such clip.
        Conflict: it has no audio yet.
        InvalidParams: nothing would be left, or an edge lies beyond what the source has.

    """
    clip, rate = edit.clip(clip_id), edit.rate
    require_length(clip, rate)
    old_start, old_end = clip["start"], clip_end(clip, rate)
    new_start = old_start if start is None else start
    new_end = old_end if end is None else end
    if new_end <= new_start:
        raise InvalidParams.about(
            "end_s", f"Nothing would be left from {new_start / rate:g} s to {new_end / rate:g} s; end after the start."
        )
    if clip["length"] is not None:
        edit.put(project_clips, clip | {"start": new_start, "length": new_end - new_start})
        return {"clip": clip_id}
    first, last = old_start - clip["trim_start"], old_end + clip["trim_end"]
    if new_start < first or new_end > last:
        raise InvalidParams.about(
            "start_s" if new_start < first else "end_s",
            f"The clip's source lies from {first / rate:g} s to {last / rate:g} s; edges within that are allowed.",
        )
    edges = {"start": new_start, "trim_start": new_start - first, "trim_end": last - new_end}
    edit.put(project_clips, clip | edges)
    return {"clip": clip_id}


def duplicate_clip(edit: Edit, clip_id: str, start: int | None) -> Made:
    """Put a clip down a second time, right behind itself unless told where; it belongs to no group.

    Raises:
        NotFound: there is no such clip.
        InvalidParams: there is no room behind it, since nothing begins after `LONGEST_S`.

    """
    clip = edit.clip(clip_id)
    begins = clip_end(clip, edit.rate) if start is None else start
    if begins > edit.samples(LONGEST_S):
        raise InvalidParams.about(
            "start_s",
            f"The clip ends at {begins / edit.rate:.10g} s, and none may begin after {LONGEST_S:.0f} s; say where the "
            "copy is to begin.",
        )
    copy: Row = {"id": new_id(), "group_id": None, "start": begins}
    edit.put(project_clips, clip | copy)
    return {"clip": copy["id"]}


def remove_clip(edit: Edit, clip_id: str, ripple: Ripple) -> Made:
    """Take a clip away; with a ripple, what begins after its start (on its track, or all of it) closes up."""
    clip = edit.clip(clip_id)
    edit.remove(project_clips, clip_id)
    length = clip_length(clip, edit.rate)
    if ripple == "none" or length == 0:
        return {}

    def closed_up(at: int) -> int:
        return max(int(clip["start"]), at - length)

    later = project_clips.c.start > clip["start"]
    if ripple == "track":
        later &= project_clips.c.track_id == clip["track_id"]
    for other in edit.clips(later):
        edit.put(project_clips, other | {"start": closed_up(other["start"])})
    if ripple == "all":
        for marker in edit.markers():
            if marker["at"] > clip["start"]:
                edit.put(project_markers, marker | {"at": closed_up(marker["at"])})
    return {}


def require_length(clip: Row, rate: int) -> int:
    """The clip's length in samples. Raises `Conflict` if it has none (yet)."""
    length = clip_length(clip, rate)
    if length == 0:
        raise Conflict(
            "The clip has nothing to play: its generation has no audio, or its trims leave nothing of it.",
            resource="clip",
            id=clip["id"],
            status=clip["status"],
        )
    return length


def _refuse_for_silence(values: Row) -> None:
    """Raise `InvalidParams` if silence is to have what only sound can have."""
    for column in values:
        if column not in OF_SILENCE:
            name = next((wire for wire, stored in SECONDS.items() if stored == column), column)
            raise InvalidParams.about(name, "The clip is silence, which has only a length, a start and a label.")


def _same_part(clip: Row, speed: float) -> Row:
    """The trims that leave the same part of the source at another speed."""
    return {trim: round(clip[trim] * clip["speed"] / speed) for trim in ("trim_start", "trim_end")}


def _require_sense(edit: Edit, clip: Row, values: Row) -> None:
    """Raise `InvalidParams` unless the values leave something to play; as long as there is no audio, any do."""
    rate, total = edit.rate, source_length(clip, edit.rate)
    if total is None:
        return
    trimmed = clip["trim_start"] + clip["trim_end"]
    blamed = next((name for column, name in LEAVING_LESS.items() if column in values), None)
    if trimmed >= total and blamed is not None:
        raise InvalidParams.about(
            blamed,
            f"The source plays for {total / rate:g} s, and {trimmed / rate:g} s would be cut from it; leave something "
            "of it.",
        )
    longest = max(0, total - trimmed)
    for fade in FADES:
        if fade in values and clip[fade] > longest:
            raise InvalidParams.about(
                f"{fade}_s",
                f"It is {clip[fade] / rate:g} s; a fade may last as long as the clip, which is {longest / rate:g} s.",
            )
