"""What is arranged on a timeline, as the engine process is told to render it, and how long a source plays there.

Both processes know this module, so it imports nothing that computes. Times are whole samples ("frames" of all channels)
at the project's sample rate, counted from the project's beginning: integers do not drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Curve = Literal["linear", "equal_power", "exponential", "s_curve"]
LONGEST_S = 3_600_000.0
"""A thousand hours: no time of a project or of a recording is given beyond it."""


class _Plain(BaseModel):
    """Plain data that crosses the engine's pipe as JSON: `model_dump(mode="json")` here, `model_validate` there."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True, hide_input_in_errors=True
    )


class Fade(_Plain):
    """A fade of `length` frames, of which the first or, at a clip's end, the last `offset` were cut off with a split.

    With i frames from the clip's edge the gain is curve((i + offset) / length), and 1 where that is beyond 1.
    """

    length: int = 0
    offset: int = 0
    curve: Curve = "linear"


class PlannedClip(_Plain):
    """A stretch of a sound file: frame `start + i` of the timeline plays frame `skipped + i` of it, 0 ≤ i < `length`.

    The file's frames are counted as it sounds at the project's rate, with `tail` of them beyond the clip's end heard as
    well (a reverb's). At its own rate it is known to hold `file_frames`; fewer are damage. `place` names the clip to
    people: what it is called, its track and when it begins.
    """

    id: str
    place: str
    path: str
    file_frames: int
    start: int
    length: int
    skipped: int = 0
    tail: int = 0
    gain_db: float = 0.0
    pan: float = 0.0
    muted: bool = False
    fade_in: Fade = Fade()
    fade_out: Fade = Fade()


class PlannedTrack(_Plain):
    """Clips that share a gain, a pan and a switch; with a `duck_db` below 0 they give way to the tracks without."""

    id: str
    name: str
    gain_db: float = 0.0
    pan: float = 0.0
    muted: bool = False
    solo: bool = False
    duck_db: float = 0.0
    clips: tuple[PlannedClip, ...] = ()


class RenderPlan(_Plain):
    """The frames from `start` to `end` of a project with `channels` 1 or 2, at `sample_rate` Hz."""

    sample_rate: int
    channels: int
    start: int
    end: int
    tracks: tuple[PlannedTrack, ...] = ()

    @property
    def audible(self) -> tuple[PlannedTrack, ...]:
        """The tracks that sound."""
        return tuple(compress(self.tracks, which_sound([(track.muted, track.solo) for track in self.tracks])))


class Stem(_Plain):
    """The file that one track of a render is written to by itself."""

    track_id: str
    path: str


class Delivery(_Plain):
    """What a render becomes: one file, and perhaps one for each track.

    One gain turns the sound to the loudness (LUFS) or the RMS (dBFS) that is asked for, if any is; with `true_peak_db`
    (dBTP) peaks above it are turned down. Stems get the same gain, no limiter and no dither, so that together they are
    the mix. `dither` is for 16 bits.
    """

    path: str
    format: str
    sample_rate: int
    channels: int
    bit_depth: int = 16
    bit_rate: int | None = None
    loudness_lufs: float | None = None
    rms_db: float | None = None
    true_peak_db: float | None = None
    dither: bool = False
    tags: dict[str, str] = Field(default_factory=dict)
    chapters: tuple[tuple[float, str], ...] = ()
    cover_path: str | None = None
    stems: tuple[Stem, ...] = ()


def which_sound(switches: Sequence[tuple[bool, bool]]) -> list[bool]:
    """Of tracks, each of which is muted or solo, those that sound: if any is solo only those; a muted one never."""
    any_solo = any(solo for _, solo in switches)
    return [not muted and (solo or not any_solo) for muted, solo in switches]


def stretched_frames(frames: int, speed: float) -> int:
    """How many frames of its own rate a source of so many takes at this speed (2.0 is twice as fast)."""
    return frames if speed == 1.0 else round(frames / speed)


def played_frames(frames: int, source_rate: int, rate: int, speed: float = 1.0) -> int:
    """How many frames at `rate` Hz a source of `frames` at `source_rate` Hz plays: rounded up, so nothing is cut off.

    Tails of effects come on top of it.
    """
    return -(-stretched_frames(frames, speed) * rate // source_rate)
