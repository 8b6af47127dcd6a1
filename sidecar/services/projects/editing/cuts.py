"""Edits of clips in two: splits, and crossfades where clips overlap."""

from __future__ import annotations

from sidecar.errors import Conflict, InvalidParams
from sidecar.services.projects.editing.clips import require_length
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.lengths import clip_end
from sidecar.services.projects.views import Made
from sidecar.store.tables import project_clips
from sidecar.store.values import Row, new_id

_NO_FADE_IN = {"fade_in": 0, "fade_in_offset": 0}
_NO_FADE_OUT = {"fade_out": 0, "fade_out_offset": 0}


def split_clip(edit: Edit, clip_id: str, at: int) -> Made:
    """Cut a clip in two at a time of the timeline; together they play what it played, sample for sample.

    One that follows its generation's default version is held to the one of now, since the cut belongs to that. The
    left part keeps the id.

    Raises:
        NotFound: there is no such clip.
        Conflict: it has nothing to play.
        InvalidParams: the time does not lie within it.

    """
    clip, rate = edit.clip(clip_id), edit.rate
    end = clip["start"] + require_length(clip, rate)
    if not clip["start"] < at < end:
        raise InvalidParams.about(
            "at_s",
            f"{at / rate:g} s does not lie within the clip, which plays from {clip['start'] / rate:g} s to "
            f"{end / rate:g} s.",
        )
    whole = clip | {"source_id": _pinned(edit, clip)}
    left = whole | _faded_out_further(whole, end - at)
    right = whole | _faded_in_further(whole, at - clip["start"]) | {"id": new_id(), "start": at}
    if clip["length"] is None:
        left["trim_end"] += end - at
        right["trim_start"] += at - clip["start"]
    else:
        left["length"], right["length"] = at - clip["start"], end - at
    edit.put(project_clips, left)
    edit.put(project_clips, right)
    return {"clip": clip_id, "clips": [clip_id, right["id"]]}


def crossfade_clips(edit: Edit, clip_id: str, with_clip_id: str, curve: str) -> Made:
    """Fade out the clip that begins first and fade in the other one where the two overlap.

    Raises:
        NotFound: there is no such clip in the project.
        Conflict: they do not overlap, or one lies within the other.

    """
    clips = [edit.clip(clip_id), edit.clip(with_clip_id)]
    first, second = sorted(clips, key=lambda clip: (clip["start"], clip_end(clip, edit.rate)))
    overlap = clip_end(first, edit.rate) - second["start"]
    if overlap <= 0 or clip_end(second, edit.rate) <= clip_end(first, edit.rate) or first["start"] == second["start"]:
        gap = f"there are {-overlap / edit.rate:g} s between them" if overlap <= 0 else "one lies within the other"
        raise Conflict(
            f"The clips cannot be faded into each other: {gap}. Move one so that the end of the first lies within the "
            "second.",
            resource="clip",
            id=with_clip_id,
        )
    edit.put(project_clips, first | _NO_FADE_OUT | {"fade_out": overlap, "fade_out_curve": curve})
    edit.put(project_clips, second | _NO_FADE_IN | {"fade_in": overlap, "fade_in_curve": curve})
    return {"clips": [first["id"], second["id"]]}


def _pinned(edit: Edit, clip: Row) -> str | None:
    if clip["generation_id"] is None or clip["pinned_version_id"] is not None:
        return str(clip["source_id"]) if clip["source_id"] is not None else None
    return edit.generation_source(clip["generation_id"], clip["version_id"])


def _faded_out_further(clip: Row, by: int) -> Row:
    offset = clip["fade_out_offset"] + by
    return {"fade_out_offset": offset} if offset < clip["fade_out"] else _NO_FADE_OUT


def _faded_in_further(clip: Row, by: int) -> Row:
    offset = clip["fade_in_offset"] + by
    return {"fade_in_offset": offset} if offset < clip["fade_in"] else _NO_FADE_IN
