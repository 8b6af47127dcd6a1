"""The engine process's operation that draws the outline of a project's tracks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sidecar.audio.outline import OutlinedClip, outline
from sidecar.audio.peaks import PeaksOf, kept_peaks
from sidecar.engines.base import Control
from sidecar.engines.worker.loop import Operation

DIGITS = 4
"""As many as a picture can show; more would only make the answer longer."""


def watched_peaks(cache: Path, control: Control) -> PeaksOf:
    """Outlines of files, of which the making of each is told of, since that may take minutes, and can be cancelled."""

    def on_block() -> None:
        control.check()
        control.progress("outlining", 0, None, "files")

    return kept_peaks(cache, on_block)


def tracks(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{tracks, first, last, columns, cache}` → `{tracks: [{track_id, minimum, maximum}]}`.

    A track is `{id, clips}` with the fields of `OutlinedClip`, `cache` the folder that keeps the outlines of files, and
    the rest is what `sidecar.audio.outline.outline` takes.
    """
    peaks_of = watched_peaks(Path(params["cache"]), control)
    drawn = []
    for track in params["tracks"]:
        clips = [OutlinedClip.model_validate(clip) for clip in track["clips"]]
        lowest, highest = outline(clips, params["first"], params["last"], params["columns"], peaks_of)
        rounded = {"minimum": lowest.round(DIGITS).tolist(), "maximum": highest.round(DIGITS).tolist()}
        drawn.append({"track_id": track["id"]} | rounded)
    return {"tracks": drawn}


OPERATIONS: dict[str, Operation] = {"outline.tracks": tracks}
