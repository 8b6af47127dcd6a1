"""A plan as files: mixed, turned to its loudness, limited, measured and written, at constant memory.

The mix is played anew for every pass, since a temporary file of it would take a gigabyte and a half an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sidecar.audio.chapters import chapters_from
from sidecar.audio.cover import read_cover
from sidecar.audio.decode import blocks
from sidecar.audio.encode import FORMATS, Layout, Written, at_rate, encode, file_rate
from sidecar.audio.levelling import MOST_BEYOND_DB, reach
from sidecar.audio.limiter import limited
from sidecar.audio.samples import Samples, amplitude
from sidecar.audio.tags import Tags
from sidecar.audio.timeline.dither import dithered
from sidecar.audio.timeline.metering import Measured, Meter
from sidecar.audio.timeline.mixer import Mixer
from sidecar.timeline import Delivery, RenderPlan

Told = Callable[[str, float, float], None]
"""Called with the stage and with how many seconds of how many are done; raises if the work is no longer wanted."""


@dataclass(frozen=True)
class Rendered:
    """The file that was written and what was measured in it; of a lossy format, as it is decoded again."""

    written: Written
    measured: Measured
    gain_db: float


def render(plan: RenderPlan, delivery: Delivery, told: Told) -> Rendered:
    """Write what is asked for; every file is on the disk on return.

    Raises:
        InvalidAudio, NotFound: a clip's file is damaged or missing; the message and `data.clip_id` name the clip.
        InvalidParams: the format has no room for what is asked for.
        StorageError: a file cannot be written.

    """
    return _Render(plan, delivery, told).run()


class _Render:
    def __init__(self, plan: RenderPlan, delivery: Delivery, told: Told) -> None:
        self._plan = plan
        self._delivery = delivery
        self._told = told
        self._rate = file_rate(delivery.format, delivery.sample_rate)
        self._layout = Layout(delivery.channels, delivery.bit_depth, delivery.bit_rate)

    def run(self) -> Rendered:
        Mixer(self._plan).require_sources()
        rendered = self._written(0.0) if self._target is None else self._levelled(self._target)
        for stem in self._delivery.stems:
            sound = self._turned(self._mixed("stems", stem.track_id), rendered.gain_db)
            encode(Path(stem.path), sound, self._rate, self._delivery.format, layout=self._layout)
        return rendered

    @property
    def _target(self) -> float | None:
        return self._delivery.loudness_lufs if self._delivery.rms_db is None else self._delivery.rms_db

    def _level(self, measured: Measured) -> float | None:
        """The level that is aimed at, None for silence."""
        if self._delivery.rms_db is None or measured.loudness_lufs is None:
            return measured.loudness_lufs
        return measured.rms_db

    def _levelled(self, target: float) -> Rendered:
        """The file at the target, or as near to it as the limiter lets it come."""
        meter = Meter(self._rate)
        for _ in meter.listen(self._mixed("measuring")):
            pass
        level = self._level(meter.measured)
        if level is None:
            return self._written(0.0)
        rendered: list[Rendered] = []

        def play(gain_db: float) -> float | None:
            rendered.append(self._written(gain_db))
            return self._level(rendered[-1].measured)

        reach(target, play, target - level, target - level + MOST_BEYOND_DB)
        return rendered[-1]

    def _written(self, gain_db: float) -> Rendered:
        delivery, meter = self._delivery, Meter(self._rate)
        sound = self._turned(self._mixed("writing"), gain_db)
        if delivery.true_peak_db is not None:
            sound = limited(sound, self._rate, delivery.true_peak_db, None if delivery.channels == 1 else 2)
        sound = meter.listen(sound)
        duration_s = (self._plan.end - self._plan.start) / self._plan.sample_rate
        written = encode(
            Path(delivery.path),
            dithered(sound) if delivery.dither else sound,
            self._rate,
            delivery.format,
            Tags(**delivery.tags),
            chapters_from(delivery.chapters, duration_s),
            read_cover(Path(delivery.cover_path)) if delivery.cover_path else None,
            self._layout,
        )
        measured = meter.measured
        if FORMATS[delivery.format].bit_rate is not None:
            measured = replace(self._decoded(), clipped_samples=measured.clipped_samples)
        return Rendered(written, measured, gain_db)

    def _mixed(self, stage: str, track_id: str | None = None) -> Iterator[Samples]:
        """The mix, or one of its tracks, in the file's rate and channels."""
        played = _ahead(self._played(stage, track_id))
        return at_rate(played, self._plan.sample_rate, self._rate, self._delivery.channels)

    def _played(self, stage: str, track_id: str | None) -> Iterator[Samples]:
        rate, total, done = self._plan.sample_rate, self._plan.end - self._plan.start, 0
        for tracks in Mixer(self._plan, track_id).blocks():
            self._told(stage, done / rate, total / rate)
            done += len(tracks)
            yield _in_channels(tracks, self._delivery.channels)

    def _turned(self, sound: Iterable[Samples], gain_db: float) -> Iterator[Samples]:
        gain = np.float32(amplitude(gain_db))
        return (block * gain for block in sound)

    def _decoded(self) -> Measured:
        """What is in the file: a lossy codec changes peaks, and LAME turns everything down by up to half a decibel."""
        meter, done = Meter(self._rate), 0
        total_s = (self._plan.end - self._plan.start) / self._plan.sample_rate
        heard = blocks(Path(self._delivery.path), self._rate, 10.0, self._delivery.channels)
        for block in meter.listen(heard):
            self._told("checking", min(total_s, done / self._rate), total_s)
            done += len(block)
        return meter.measured


def _ahead(blocks: Iterator[Samples]) -> Iterator[Samples]:
    """The same blocks, the next one made in another thread while this one is measured and written."""
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(next, blocks, None)
        while (block := following.result()) is not None:
            following = thread.submit(next, blocks, None)
            yield block


def _in_channels(sound: Samples, channels: int) -> Samples:
    """Sound of (frames, 1 or 2) as mono, (frames,), or as stereo."""
    if channels == 1:
        return sound @ np.full(sound.shape[1], 1 / sound.shape[1], np.float32)
    return sound if sound.shape[1] == 2 else np.repeat(sound, 2, axis=1)
