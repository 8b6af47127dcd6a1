"""A project's clips as the events of an edit decision list."""

from __future__ import annotations

from itertools import count

from sidecar.services.projects.interchange.lanes import Laid, Lane
from sidecar.services.projects.playable import name_of
from sidecar.store.files import FileStore
from sidecar.text.edl import Event

MOST_EVENTS = 999
MOST_TRACKS = 4
"""What CMX 3600 itself had room for."""


def events_of(files: FileStore, lanes: list[Lane], rate: int) -> list[Event]:
    """The clips in the order of their starts, each lane as a track of its own."""
    numbers = count(1)
    events = []
    for lane in lanes:
        if lane.clips:
            number = next(numbers)
            following = [*(laid.start for laid in lane.clips[1:]), None]
            events += [_event(files, number, *each, rate) for each in zip(lane.clips, following, strict=True)]
    return sorted(events, key=lambda event: (event.start_s, event.track))


def edl_notes(events: list[Event], left_out: bool) -> list[str]:
    """What the list does not hold, and what some programs may not read."""
    notes = ["Times are rounded to whole frames; gains, pans, fades, effects and markers have no place in the list."]
    if left_out:
        notes.append("What is muted, or not solo, is left out.")
    tracks = max((event.track for event in events), default=0)
    if tracks > MOST_TRACKS:
        notes.append(f"The list has {tracks} tracks; some programs read no more than {MOST_TRACKS}.")
    if len(events) > MOST_EVENTS:
        notes.append(f"The list has {len(events)} events; some programs read no more than {MOST_EVENTS}.")
    return notes


def _event(files: FileStore, track: int, laid: Laid, following: int | None, rate: int) -> Event:
    clip = laid.clip
    return Event(
        track=track,
        name=name_of(clip) or clip["id"],
        path=str(files.absolute(clip["audio_path"])),
        source_s=clip["trim_start"] * clip["speed"] / rate,
        start_s=laid.start / rate,
        end_s=(laid.end if following is None else min(laid.end, following)) / rate,
        speed=clip["speed"],
        dissolve_s=laid.crossfade / rate,
    )
