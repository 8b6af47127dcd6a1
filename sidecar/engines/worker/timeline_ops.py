"""The engine process's operations on timelines: parameters and results are JSON, the work `sidecar.audio.timeline`'s.

Every `out_path` is a temporary name of the caller's, who adopts the file or removes it.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from sidecar.audio.timeline.crossing import nearest_crossing
from sidecar.audio.timeline.render import render
from sidecar.audio.timeline.take_in import take_in, taken
from sidecar.durable import publish
from sidecar.engines.base import Control
from sidecar.engines.worker.loop import Operation
from sidecar.timeline import Delivery, RenderPlan


def render_plan(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{plan, delivery}` → the files of `delivery`, a `Delivery`, and what is in the first one.

    The result is `{size_bytes, duration_s, sample_rate, gain_db, loudness_lufs, true_peak_db, peak_db, rms_db,
    noise_floor_db, clipped_samples}`.
    """
    plan, delivery = RenderPlan.model_validate(params["plan"]), Delivery.model_validate(params["delivery"])
    rendered = render(plan, delivery, partial(_told, control))
    return asdict(rendered.written) | asdict(rendered.measured) | {"gain_db": rendered.gain_db}


def take_in_file(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path, out_path}` → the whole recording as FLAC of its own rate: `{frames, sample_rate, channels}`."""
    return asdict(take_in(Path(params["path"]), Path(params["out_path"]), partial(_told, control)))


def prepare_source(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path, out_path, temporary, effects, speed}` → the whole file through a chain, then at a speed, in floats.

    `out_path` is its place in a cache; if it is there, it stays as it is and counts as used now. The result is
    `{frames, sample_rate, channels}`.
    """
    out_path, temporary = Path(params["out_path"]), Path(params["temporary"])
    if out_path.exists():
        out_path.touch()
        return asdict(taken(out_path))
    # Here alone, since only this needs the packages of the extras "effects" and "speed".
    from sidecar.audio.effects import Effect
    from sidecar.audio.timeline.prepare import prepare

    effects = [Effect(effect["type"], effect["params"]) for effect in params["effects"]]
    told = partial(_told, control)
    prepared = prepare(Path(params["path"]), temporary, effects, params["speed"], told)
    publish(temporary, out_path)
    return asdict(prepared)


def zero_crossing(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path, at, reach}` → `{at}`: the frame within `reach` of `at` at which a cut is heard least.

    Frames are the file's own. It is the nearest zero crossing; without one, `at` itself.
    """
    return {"at": nearest_crossing(Path(params["path"]), params["at"], params["reach"])}


OPERATIONS: dict[str, Operation] = {
    "timeline.render": render_plan,
    "timeline.take_in": take_in_file,
    "timeline.prepare": prepare_source,
    "timeline.zero_crossing": zero_crossing,
}


def _told(control: Control, stage: str, completed_s: float, total_s: float) -> None:
    control.check()
    control.progress(stage, completed_s, total_s, "seconds")
