"""The engine process's operation that draws a project."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

from sidecar.audio.drawing.picture import Box, Scene, Strip, lane_width, picture
from sidecar.audio.outline import OutlinedClip, outline
from sidecar.audio.peaks import PeaksOf
from sidecar.engines.base import Control
from sidecar.engines.worker.loop import Operation
from sidecar.engines.worker.project_waveform_ops import watched_peaks


def draw(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{title, frames, sample_rate, tracks, markers, width, height, cache}` → `{data}`: a PNG in base64.

    A track is `{name, quiet, boxes, clips}`, a box `{start, end, label, quiet}`, a clip has the fields of
    `OutlinedClip`, a marker is `{at, title}`; times are samples at `sample_rate` Hz. `cache` is the folder that keeps
    the outlines of files.
    """
    rate, columns, peaks_of = (
        params["sample_rate"],
        lane_width(params["width"]),
        watched_peaks(Path(params["cache"]), control),
    )
    strips = []
    for track in params["tracks"]:
        control.check()
        strips.append(_strip(track, rate, params["frames"], columns, peaks_of))
    markers = [(marker["at"] / rate, marker["title"]) for marker in params["markers"]]
    scene = Scene(params["title"], params["frames"] / rate, strips, markers)
    file = BytesIO()
    picture(scene, params["width"], params["height"]).save(file, "PNG", optimize=True)
    return {"data": base64.b64encode(file.getvalue()).decode()}


def _strip(track: dict[str, Any], rate: int, frames: int, columns: int, peaks_of: PeaksOf) -> Strip:
    boxes = [Box(box["start"] / rate, box["end"] / rate, box["label"], box["quiet"]) for box in track["boxes"]]
    clips = [OutlinedClip.model_validate(clip) for clip in track["clips"]]
    return Strip(track["name"], boxes, outline(clips, 0, frames, columns, peaks_of), track["quiet"])


OPERATIONS: dict[str, Operation] = {"picture.draw": draw}
