"""The engine process's operation that writes a timeline for other programs, with OpenTimelineIO."""

from __future__ import annotations

from typing import Any

from opentimelineio.opentime import RationalTime, TimeRange
from opentimelineio.schema import (
    Clip,
    ExternalReference,
    Gap,
    LinearTimeWarp,
    Marker,
    Timeline,
    Track,
    TrackKind,
    Transition,
    TransitionTypes,
)

from sidecar.engines.base import Control
from sidecar.engines.worker.loop import Operation


def otio(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{name, sample_rate, metadata, lanes, markers}` → `{text}`, an OpenTimelineIO file's.

    A lane is `{name, enabled, metadata, clips}`, a clip `{name, enabled, metadata, url, available, start, end, skipped,
    speed, crossfade, curve}`, a marker `{at, title}`; all times are samples. Of each clip `available` samples could be
    heard at speed 1; its first `crossfade` cross the last ones of the clip before. What OpenTimelineIO has no place for
    stands in `metadata`, under "voicebox".
    """
    rate = params["sample_rate"]
    timeline = Timeline(params["name"], global_start_time=_time(0, rate), metadata=_own(params["metadata"]))
    for lane in params["lanes"]:
        control.check()
        timeline.tracks.append(_track(lane, rate))
    for marker in params["markers"]:
        at = TimeRange(_time(marker["at"], rate), _time(0, rate))
        timeline.tracks.markers.append(Marker(marker["title"], at))
    return {"text": timeline.to_json_string(indent=2)}


def _track(lane: dict[str, Any], rate: int) -> Track:
    track = Track(lane["name"], kind=TrackKind.Audio, metadata=_own(lane["metadata"]))
    track.enabled = lane["enabled"]
    position, clips = 0, lane["clips"]
    for clip, following in zip(clips, [*clips[1:], None], strict=True):
        # Two clips that cross are cut in the middle of where they do, and the transition reaches as far both ways.
        before = clip["crossfade"] // 2
        start, end = clip["start"] + before, clip["end"]
        if following is not None:
            end -= following["crossfade"] - following["crossfade"] // 2
        if clip["crossfade"]:
            offsets = _time(before, rate), _time(clip["crossfade"] - before, rate)
            track.append(
                Transition("", TransitionTypes.SMPTE_Dissolve, *offsets, metadata=_own({"curve": clip["curve"]}))
            )
        elif start > position:
            track.append(Gap(duration=_time(start - position, rate)))
        track.append(_clip(clip, start, end, rate))
        position = end
    return track


def _clip(clip: dict[str, Any], start: int, end: int, rate: int) -> Clip:
    available = TimeRange(_time(0, rate), _time(clip["available"], rate))
    # What is cut off at the beginning is counted as it is heard; a place in the file is not.
    place = (clip["skipped"] + start - clip["start"]) * clip["speed"]
    made = Clip(
        clip["name"],
        ExternalReference(clip["url"], available),
        TimeRange(_time(place, rate), _time(end - start, rate)),
        metadata=_own(clip["metadata"]),
    )
    if clip["speed"] != 1.0:
        made.effects.append(LinearTimeWarp("", clip["speed"]))
    made.enabled = clip["enabled"]
    return made


def _time(samples: float, rate: int) -> RationalTime:
    return RationalTime(samples, rate)


def _own(metadata: dict[str, Any]) -> dict[str, Any]:
    return {"voicebox": metadata}


OPERATIONS: dict[str, Operation] = {"interchange.otio": otio}
