"""The tracks of a plan, each as one sound, block by block: every frame is made by itself, in 32-bit floats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from sidecar.audio.samples import Samples, amplitude
from sidecar.audio.timeline.ducking import Sounding, duck_gains, sounding
from sidecar.audio.timeline.fades import envelope
from sidecar.audio.timeline.panning import pan_gains
from sidecar.audio.timeline.sources import Sources
from sidecar.errors import InvalidAudio, NotFound, VoiceboxError
from sidecar.timeline import PlannedClip, PlannedTrack, RenderPlan

BLOCK_S = 5
"""Blocks begin at multiples of it from the project's beginning, wherever the render begins."""
GRID = 2.0**40
"""Clips are added in whole steps of 1 / GRID, -240 dBFS, which 64-bit floats do exactly: so the sum depends neither on
the order of the clips nor on how they were split."""


class Mixer:
    """Plays the audible tracks of a plan, or only one of them, as it sounds among the others.

    Memory is that of a few blocks of all tracks and of what `Sources` holds.
    """

    def __init__(self, plan: RenderPlan, track_id: str | None = None) -> None:
        self._plan = plan
        self._sources = Sources(plan.sample_rate)
        self._size = BLOCK_S * plan.sample_rate
        heard = [track for track in plan.audible if track_id in (None, track.id)]
        self._heard = {track.id for track in heard}
        self._ducks = any(track.duck_db for track in heard)
        keys = [track for track in plan.audible if self._ducks and not track.duck_db and track.id not in self._heard]
        self._tracks = [_Track(track, self._size) for track in (*heard, *keys)]
        self._ahead: dict[int, list[Samples]] = {}
        self._sounding: dict[int, Sounding] = {}

    def require_sources(self) -> None:
        """Raise unless every file that is heard can be opened. Raises as `blocks`."""
        for track in self._tracks:
            for clip in track.clips:
                try:
                    self._sources.require(clip.path, clip.file_frames)
                except (InvalidAudio, NotFound) as fault:
                    raise _of_clip(fault, clip) from fault

    def blocks(self) -> Iterator[Samples]:
        """The plan's frames in order, (some, channels) at a time.

        Raises:
            InvalidAudio, NotFound: a file is damaged or missing; the message and `data.clip_id` name the clip.

        """
        start, end = self._plan.start, self._plan.end
        for number in range(start // self._size, -(-end // self._size)):
            first = number * self._size
            yield self._block(number)[max(0, start - first) : end - first]

    def _block(self, number: int) -> Samples:
        tracks = self._ducked(number) if self._ducks else self._play(number)
        return self._sum(tracks, lambda track: track.id in self._heard)

    def _ducked(self, number: int) -> list[Samples]:
        before, now, after = (self._sounds(each) for each in (number - 1, number, number + 1))
        for past in (self._ahead, self._sounding):
            past.pop(number - 2, None)
        tracks = self._ahead.pop(number)
        for track, sound in zip(self._tracks, tracks, strict=True):
            if track.plan.duck_db:
                gains = duck_gains(before, now, after, track.plan.duck_db, self._plan.sample_rate)
                sound *= gains[:, np.newaxis]
        return tracks

    def _sounds(self, number: int) -> Sounding:
        """When the tracks that others give way to sound in a block; what it plays is kept until its turn comes."""
        if number not in self._sounding:
            tracks = self._ahead[number] = self._play(number)
            key = self._sum(tracks, lambda track: not track.duck_db)
            self._sounding[number] = sounding(key, self._plan.sample_rate)
        return self._sounding[number]

    def _sum(self, tracks: list[Samples], wanted: Callable[[PlannedTrack], bool]) -> Samples:
        mixed = self._silence()
        for track, sound in zip(self._tracks, tracks, strict=True):
            if wanted(track.plan):
                mixed += sound
        return mixed

    def _play(self, number: int) -> list[Samples]:
        """What each track plays in a block, after its gain and its pan, before any gives way."""
        return [self._played(track, number) for track in self._tracks]

    def _played(self, track: _Track, number: int) -> Samples:
        summed = np.zeros((self._size, self._plan.channels))
        for clip in track.by_block.get(number, ()):
            try:
                self._add(clip, number * self._size, summed)
            except (InvalidAudio, NotFound) as fault:
                raise _of_clip(fault, clip) from fault
        return np.asarray(summed * (self._gains(track.plan) / GRID), np.float32)

    def _add(self, clip: PlannedClip, first: int, summed: NDArray[np.float64]) -> None:
        """Add what a clip plays from a frame of the timeline on, in steps of the grid."""
        start = max(first, clip.start)
        count = min(first + len(summed), clip.start + clip.length + clip.tail) - start
        heard = self._sources.read(clip.path, start - clip.start + clip.skipped, count)
        if heard.shape[1] == 2 and self._plan.channels == 1:
            heard = (heard[:, :1] + heard[:, 1:]) * np.float32(0.5)
        gains = self._gains(clip) * GRID
        faded = envelope(clip, start - clip.start, count)
        played = heard * (gains if faded is None else faded[:, np.newaxis] * gains)
        summed[start - first : start - first + count] += np.rint(played, out=played)

    def _gains(self, of: PlannedClip | PlannedTrack) -> NDArray[np.float64]:
        """By how much a clip or a track is turned, (channels,)."""
        return amplitude(of.gain_db) * np.array(pan_gains(of.pan, self._plan.channels))

    def _silence(self) -> Samples:
        return np.zeros((self._size, self._plan.channels), np.float32)


class _Track:
    """A track and which of its clips are heard in which block."""

    def __init__(self, plan: PlannedTrack, size: int) -> None:
        self.plan = plan
        self.clips = [clip for clip in plan.clips if not clip.muted and clip.length]
        self.by_block: dict[int, list[PlannedClip]] = defaultdict(list)
        for clip in self.clips:
            for number in range(clip.start // size, (clip.start + clip.length + clip.tail - 1) // size + 1):
                self.by_block[number].append(clip)


def _of_clip(fault: VoiceboxError, clip: PlannedClip) -> VoiceboxError:
    """The same fault, saying which clip it is about."""
    message = f"{clip.place} cannot be played: {fault.message}"
    return type(fault)(message, **fault.data | {"clip_id": clip.id})
