"""The edit that gives a project another sample rate: every time in it is rounded to a sample of that."""

from __future__ import annotations

from collections.abc import Callable

from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.lengths import clip_end, source_length
from sidecar.store.tables import project_clips, project_markers, projects
from sidecar.store.values import Row

_FADES = ("fade_in", "fade_in_offset", "fade_out", "fade_out_offset")


def change_rate(edit: Edit, rate: int) -> None:
    """Bring all times of a project to another rate; clips that touched still do."""
    old = edit.rate
    if rate == old:
        return

    def scaled(samples: int) -> int:
        return (2 * samples * rate + old) // (2 * old)

    for clip in edit.clips():
        edit.put(project_clips, clip | {fade: scaled(clip[fade]) for fade in _FADES} | _edges(clip, old, rate, scaled))
    for marker in edit.markers():
        edit.put(project_markers, marker | {"at": scaled(marker["at"])})
    edit.put(projects, edit.project | {"sample_rate": rate})


def _edges(clip: Row, old: int, rate: int, scaled: Callable[[int], int]) -> Row:
    start, end = scaled(clip["start"]), scaled(clip_end(clip, old))
    if clip["length"] is not None:
        return {"start": start, "length": max(1, end - start)}
    trim_start, trim_end = scaled(clip["trim_start"]), scaled(clip["trim_end"])
    total = source_length(clip, rate)
    if total is not None and end > start:
        # A source of its full length keeps it, though its end may then be a sample further than the end was.
        trim_end = trim_end and max(0, total - trim_start - (end - start))
    return {"start": start, "trim_start": trim_start, "trim_end": trim_end}
