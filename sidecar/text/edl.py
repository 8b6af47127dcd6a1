"""An edit decision list, as CMX 3600 laid it down and editing programs still read it.

Its layout is that of SMPTE 258M: numbered events with a reel, a track, a cut or a dissolve, and four time codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

REEL = "AX"
"""What an event is taken from when it is no tape: an auxiliary source, a file."""
MOST_TITLE = 70


@dataclass(frozen=True)
class Event:
    """A stretch of a file on audio track `track` (from 1), in seconds.

    With a `dissolve_s` its beginning crosses what comes next of the event before it on that track, which itself ends
    where this one starts.
    """

    track: int
    name: str
    path: str
    source_s: float
    start_s: float
    end_s: float
    speed: float = 1.0
    dissolve_s: float = 0.0


@dataclass(frozen=True)
class _Times:
    """An event's times in frames."""

    start: int
    end: int
    source: int
    source_end: int
    dissolve: int


def edl(title: str, events: Iterable[Event], frame_rate: int) -> str:
    """The events in their order, their times rounded to frames of which a second has `frame_rate` (24, 25 or 30)."""
    lines = [f"TITLE: {_one_line(title)[:MOST_TITLE]}", "FCM: NON-DROP FRAME", ""]
    before: dict[int, Event] = {}
    for number, event in enumerate(events, 1):
        lines += _event(number, event, before.get(event.track), frame_rate)
        before[event.track] = event
    return "\n".join(lines) + "\n"


def _event(number: int, event: Event, before: Event | None, frame_rate: int) -> Iterator[str]:
    head = f"{number:03}  {REEL:8} {'A' if event.track == 1 else f'A{event.track}':5}"
    times = _times(event, frame_rate)
    own = _codes((times.source, times.source_end, times.start, times.end), frame_rate)
    crossed = before if times.dissolve else None
    if crossed is not None:
        left_at = _times(crossed, frame_rate).source_end
        yield f"{head} C        {_codes((left_at, left_at, times.start, times.start), frame_rate)}"
        yield f"{head} D    {times.dissolve:03} {own}"
    else:
        yield f"{head} C        {own}"
    if event.speed != 1.0:
        yield f"M2   {REEL:8} {frame_rate * event.speed:05.1f}                {_codes((times.source,), frame_rate)}"
    if crossed is not None:
        yield f"* FROM CLIP NAME: {_one_line(crossed.name)}"
    yield f"* {'FROM' if crossed is None else 'TO'} CLIP NAME: {_one_line(event.name)}"
    yield f"* SOURCE FILE: {_one_line(event.path)}"


def _times(event: Event, frame_rate: int) -> _Times:
    in_seconds = (event.start_s, event.end_s, event.source_s, event.dissolve_s)
    start, end, source, dissolve = (round(time_s * frame_rate) for time_s in in_seconds)
    return _Times(start, end, source, source + round((end - start) * event.speed), dissolve)


def _codes(frames: Iterable[int], frame_rate: int) -> str:
    return " ".join(_code(frame, frame_rate) for frame in frames)


def _code(frame: int, frame_rate: int) -> str:
    seconds, frames = divmod(frame, frame_rate)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}:{frames:02}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
