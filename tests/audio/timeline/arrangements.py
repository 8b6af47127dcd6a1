"""Timelines that hypothesis makes: whatever can be arranged, of sources of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from hypothesis import strategies as st

from sidecar.timeline import Curve, Fade, PlannedClip, PlannedTrack, RenderPlan, played_frames

SOURCE_RATES = (16_000, 22_050, 24_000, 44_100, 48_000)
PROJECT_RATES = (24_000, 44_100, 48_000)
CURVES: tuple[Curve, ...] = ("linear", "equal_power", "exponential", "s_curve")
LONGEST_S = 1.0
"""By when the last clip has begun; sources last up to half a second."""


def make_sources(folder: Path) -> list[Path]:
    """Speech-like noise at every rate, mono and stereo, of odd lengths, in WAV of 16 bits and of floats and in FLAC."""
    random = np.random.default_rng(1)
    made = []
    for number, rate in enumerate(SOURCE_RATES * 2):
        channels = 1 + number // len(SOURCE_RATES)
        frames = int(random.integers(rate // 9, rate // 2))
        kind, subtype = (("wav", "PCM_16"), ("flac", "PCM_16"), ("wav", "FLOAT"))[number % 3]
        made.append(folder / f"{rate}-{channels}.{kind}")
        soundfile.write(made[-1], random.normal(0.0, 0.08, (frames, channels)), rate, subtype)
    return made


def whole(path: Path, rate: int = 48_000, **how: Any) -> PlannedClip:
    """A clip of all of a file, from the beginning of the timeline unless told otherwise."""
    info = soundfile.info(path)
    plain = {"id": "x", "place": "The clip 'x' on the track 'One'", "start": 0}
    plain |= {"length": played_frames(info.frames, info.samplerate, rate)}
    return PlannedClip(path=str(path), file_frames=info.frames, **plain | how)


def on_one_track(*clips: PlannedClip, rate: int = 48_000, channels: int = 2, **track: Any) -> RenderPlan:
    """These clips, to the end of the last one."""
    return on_tracks(PlannedTrack(id="one", name="One", clips=clips, **track), rate=rate, channels=channels)


def on_tracks(*tracks: PlannedTrack, rate: int = 48_000, channels: int = 2) -> RenderPlan:
    """These tracks, to the end of the last clip."""
    end = max(clip.start + clip.length + clip.tail for track in tracks for clip in track.clips)
    return RenderPlan(sample_rate=rate, channels=channels, start=0, end=end, tracks=tracks)


def split(clip: PlannedClip, at: int) -> tuple[PlannedClip, PlannedClip]:
    """The two halves of a clip, the second one `at` frames into it: what an edit makes of it."""
    left = {"length": at, "tail": 0, "fade_out": _rest(clip.fade_out, clip.length - at)}
    right = {"start": clip.start + at, "skipped": clip.skipped + at, "length": clip.length - at}
    right |= {"id": f"{clip.id} again", "fade_in": _rest(clip.fade_in, at)}
    return clip.model_copy(update=left), clip.model_copy(update=right)


def _rest(fade: Fade, outside: int) -> Fade:
    """What a fade leaves of itself inside, when so many more frames before it are outside."""
    return Fade() if fade.offset + outside >= fade.length else fade.model_copy(update={"offset": fade.offset + outside})


gains = st.one_of(st.just(0.0), st.floats(-60.0, 6.0))
pans = st.one_of(st.just(0.0), st.floats(-1.0, 1.0))
rarely = st.sampled_from((False, False, False, True))


@st.composite
def fades(draw: st.DrawFn, length: int) -> Fade:
    """No fade, a whole one, or what a split has left of one; at most as long as the clip."""
    whole = draw(st.integers(0, length))
    return Fade(length=whole, offset=draw(st.integers(0, whole)), curve=draw(st.sampled_from(CURVES)))


@st.composite
def clips(draw: st.DrawFn, sources: list[Path], rate: int) -> PlannedClip:
    """A clip anywhere on the timeline, trimmed at both ends."""
    path = draw(st.sampled_from(sources))
    info = soundfile.info(path)
    whole = played_frames(info.frames, info.samplerate, rate)
    skipped = draw(st.integers(0, whole - 1))
    length = draw(st.integers(1, whole - skipped))
    return PlannedClip(
        id="clip",
        place="The clip",
        path=str(path),
        file_frames=info.frames,
        start=draw(st.integers(0, round(LONGEST_S * rate))),
        length=length,
        skipped=skipped,
        gain_db=draw(gains),
        pan=draw(pans),
        muted=draw(rarely),
        fade_in=draw(fades(length)),
        fade_out=draw(fades(length)),
    )


@st.composite
def plans(draw: st.DrawFn, sources: list[Path]) -> RenderPlan:
    """Up to three tracks of up to four clips, which overlap as they like, or a part of their time."""
    rate = draw(st.sampled_from(PROJECT_RATES))
    tracks = [
        PlannedTrack(
            id=str(number),
            name=f"Track {number}",
            gain_db=draw(gains),
            pan=draw(pans),
            muted=draw(rarely),
            solo=draw(rarely),
            clips=tuple(draw(st.lists(clips(sources, rate), max_size=4))),
        )
        for number in range(draw(st.integers(1, 3)))
    ]
    end = draw(st.integers(rate // 10, round((LONGEST_S + 0.5) * rate)))
    start = draw(st.one_of(st.just(0), st.integers(0, end - 1)))
    return RenderPlan(
        sample_rate=rate, channels=draw(st.sampled_from((1, 2))), start=start, end=end, tracks=tuple(tracks)
    )
