"""What a timeline must sound like, straight from its definition: every clip whole, in 64-bit floats, no blocks."""

from __future__ import annotations

import math

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from sidecar.timeline import Fade, PlannedClip, PlannedTrack, RenderPlan

Sound = NDArray[np.float64]
SILENCE_S = 1
"""Before and after a source: the resampler must not take its edges for the end of the world."""


def rendered(plan: RenderPlan) -> Sound:
    """The plan's frames, (frames, channels), nothing of them rounded or clipped."""
    mix = np.zeros((plan.end, plan.channels))
    solo = any(track.solo for track in plan.tracks)
    for track in plan.tracks:
        if track.muted or (solo and not track.solo):
            continue
        for clip in track.clips:
            if not clip.muted:
                add(mix, plan, track, clip)
    return mix[plan.start :]


def add(mix: Sound, plan: RenderPlan, track: PlannedTrack, clip: PlannedClip) -> None:
    """Put one clip into the mix, frame by frame."""
    source = as_played(clip.path, plan.sample_rate)
    count = min(clip.length, len(mix) - clip.start)
    heard = np.zeros((max(0, count), source.shape[1]))
    inside = source[clip.skipped : clip.skipped + max(0, count)]
    heard[: len(inside)] = inside
    if plan.channels == 1:
        heard = heard.mean(axis=1, keepdims=True)
    place = np.arange(len(heard))
    heard *= (fade(clip.fade_in, place) * fade(clip.fade_out, clip.length - 1 - place))[:, np.newaxis]
    gain = 10 ** (clip.gain_db / 20) * 10 ** (track.gain_db / 20)
    left, right = (1.0, 1.0) if plan.channels == 1 else np.multiply(pan(clip.pan), pan(track.pan))
    for channel, side in zip(range(plan.channels), (left, right), strict=False):
        of = heard[:, min(channel, heard.shape[1] - 1)]
        mix[clip.start : clip.start + len(heard), channel] += of * gain * side


def as_played(path: str, rate: int) -> Sound:
    """A whole file at a rate."""
    samples, source_rate = soundfile.read(path, always_2d=True)
    if source_rate == rate:
        return samples
    padded = np.pad(samples, ((SILENCE_S * source_rate,) * 2, (0, 0)))
    count = math.ceil(len(samples) * rate / source_rate)
    resampled: Sound = soxr.resample(padded, source_rate, rate, quality="HQ")
    return resampled[SILENCE_S * rate :][:count]


def fade(what: Fade, from_edge: NDArray[np.int64]) -> Sound:
    """A fade's gain so many frames from its edge."""
    x = np.minimum(1.0, (from_edge + what.offset) / max(1, what.length))
    curves = {
        "linear": x,
        "equal_power": np.sin(np.pi * x / 2),
        "exponential": (10 ** (3 * x) - 1) / 999,
        "s_curve": (1 - np.cos(np.pi * x)) / 2,
    }
    return np.where(from_edge + what.offset >= what.length, 1.0, curves[what.curve])


def pan(position: float) -> tuple[float, float]:
    """The gains of left and right."""
    angle = (position + 1) * math.pi / 4
    return min(1.0, math.sqrt(2) * math.cos(angle)), min(1.0, math.sqrt(2) * math.sin(angle))
