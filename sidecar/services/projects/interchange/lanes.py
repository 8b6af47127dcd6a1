"""The clips of a track as other programs lay them: one after the other, overlapping only where they cross-fade."""

from __future__ import annotations

from dataclasses import dataclass, field

from sidecar.services.projects.lengths import clip_end
from sidecar.store.values import Row


@dataclass
class Laid:
    """A clip on a lane, from `start` to before `end` of the timeline; its first `crossfade` samples cross the last
    ones of the clip before it.
    """

    clip: Row
    start: int
    end: int
    crossfade: int = 0


@dataclass
class Lane:
    """Clips of a track in the order of their starts."""

    track: Row
    name: str
    clips: list[Laid] = field(default_factory=list)

    def takes(self, clip: Laid) -> int | None:
        """How much a clip that begins later would cross-fade here; None if it would not fit."""
        if not self.clips:
            return 0
        before = self.clips[-1]
        overlap = before.end - clip.start
        if overlap <= 0:
            return 0
        fades = before.clip["fade_out"] > 0 and clip.clip["fade_in"] > 0
        # A clip that is crossed at both of its ends is heard alone in between.
        alone = before.start + before.crossfade <= clip.start and before.end < clip.end
        return overlap if fades and alone and before.start < clip.start else None


def lanes_of(tracks: list[Row], clips: list[Row], rate: int) -> list[Lane]:
    """Every track as a lane, and as further ones where its clips overlap; silence and what is empty is left out."""
    lanes: list[Lane] = []
    for track in tracks:
        own = [Lane(track, track["name"])]
        for clip in clips:
            laid = Laid(clip, clip["start"], clip_end(clip, rate))
            if clip["track_id"] == track["id"] and clip["source_id"] is not None and laid.start < laid.end:
                _lay(own, laid)
        lanes += own
    return lanes


def _lay(lanes: list[Lane], clip: Laid) -> None:
    for lane in lanes:
        crossfade = lane.takes(clip)
        if crossfade is not None:
            clip.crossfade = crossfade
            lane.clips.append(clip)
            return
    first = lanes[0]
    lanes.append(Lane(first.track, f"{first.track['name']} ({len(lanes) + 1})", [clip]))
