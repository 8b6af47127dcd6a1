"""How long clips and their fades sound, in whole samples at the project's rate."""

from __future__ import annotations

from typing import Literal

from sidecar.store.values import Row
from sidecar.timeline import Fade, played_frames


def source_length(clip: Row, rate: int) -> int | None:
    """Samples that all of the clip's source plays for at its speed; None for silence and as long as it has no audio."""
    if clip["frames"] is None:
        return None
    return played_frames(clip["frames"], clip["sample_rate"], rate, clip["speed"])


def clip_length(clip: Row, rate: int) -> int:
    """Samples from the clip's start to its end; 0 as long as its source has no audio, and if nothing is left of it."""
    if clip["length"] is not None:
        return int(clip["length"])
    trimmed = int(clip["trim_start"]) + int(clip["trim_end"])
    return max(0, (source_length(clip, rate) or 0) - trimmed)


def clip_end(clip: Row, rate: int) -> int:
    """The sample of the timeline at which the clip has ended."""
    return int(clip["start"]) + clip_length(clip, rate)


def fade_of(clip: Row, name: Literal["fade_in", "fade_out"]) -> Fade:
    """One of the clip's fades."""
    return Fade(length=clip[name], offset=clip[f"{name}_offset"], curve=clip[f"{name}_curve"])
