"""A project's rows as the plan that is rendered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from sidecar.errors import Conflict, InvalidParams
from sidecar.services.projects.lengths import clip_end, clip_length, fade_of
from sidecar.services.projects.playable import name_of
from sidecar.services.projects.spoken import sounding_clips
from sidecar.store import projects as store
from sidecar.store.files import FileStore
from sidecar.store.values import Row
from sidecar.timeline import PlannedClip, PlannedTrack, RenderPlan, played_frames

PREPARED_AS = 1
"""To be counted up when `timeline.prepare` makes another sound of the same source."""


@dataclass(frozen=True)
class Arrangement:
    """What stands in a project, and which samples of it are wanted."""

    project: Row
    tracks: list[Row]
    clips: list[Row]
    """Those that can be played; the others are never heard."""
    markers: list[Row]
    start: int
    end: int
    to_the_last: bool
    """Whether what rings on after the end is wanted too."""

    @property
    def rate(self) -> int:
        """The project's sample rate (Hz)."""
        return int(self.project["sample_rate"])


@dataclass(frozen=True)
class Prepared:
    """A file that a clip plays in place of its source, through its effects and at its speed."""

    path: Path
    frames: int
    sample_rate: int


def read_arrangement(connection: Connection, project_id: str, start_s: float, end_s: float | None) -> Arrangement:
    """What is to be rendered between two times of the timeline.

    Raises:
        NotFound: there is no such project.
        Conflict: it is empty, or a clip that would be heard has no audio or nothing of it is left.
        InvalidParams: it ends before `start_s`.

    """
    project = store.project(connection, project_id)
    rate = project["sample_rate"]
    tracks, clips = store.tracks_of(connection, project_id), store.clips_of(connection, project_id)
    if not clips:
        raise Conflict(f"The project {project['name']!r} is empty; add a clip.", resource="project", id=project_id)
    start, names = round(start_s * rate), _names(tracks)
    end = max(clip_end(clip, rate) for clip in clips) if end_s is None else round(end_s * rate)
    for clip in sounding_clips(tracks, clips):
        # What has no length yet may be the last thing in the project.
        if clip_end(clip, rate) >= start and (end_s is None or clip["start"] < end):
            _require_sound(clip, rate, _place(clip, names, rate))
    if start >= end:
        raise InvalidParams.about("start_s", f"Nothing is left from {start_s:g} s to {end / rate:g} s; start earlier.")
    playing = [clip for clip in clips if clip["audio_path"] and clip_length(clip, rate)]
    markers = store.markers_of(connection, project_id)
    return Arrangement(project, tracks, playing, markers, start, end, end_s is None)


def preparation_key(clip: Row) -> str | None:
    """A name for what a clip's source sounds like through its effects and at its speed; None if it plays as it is.

    Equal for equal sound, since a file of ours never changes.
    """
    if not clip["effects"] and clip["speed"] == 1.0:
        return None
    content = json.dumps([PREPARED_AS, clip["audio_path"], clip["effects"], clip["speed"]], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def as_plan(files: FileStore, arrangement: Arrangement, prepared: Mapping[str, Prepared]) -> RenderPlan:
    """The plan; `prepared` has what was made for each `preparation_key`."""
    rate, names = arrangement.rate, _names(arrangement.tracks)
    by_track: dict[str, list[PlannedClip]] = {track_id: [] for track_id in names}
    for clip in arrangement.clips:
        key, place = preparation_key(clip), _place(clip, names, rate)
        by_track[clip["track_id"]].append(_planned(files, clip, rate, place, prepared[key] if key else None))
    fields = ("id", "name", "gain_db", "pan", "muted", "solo", "duck_db")
    tracks = tuple(
        PlannedTrack(**{field: track[field] for field in fields}, clips=tuple(by_track[track["id"]]))
        for track in arrangement.tracks
    )
    end = arrangement.end
    if arrangement.to_the_last:
        end = max([end, *(clip.start + clip.length + clip.tail for track in tracks for clip in track.clips)])
    channels = arrangement.project["channels"]
    return RenderPlan(sample_rate=rate, channels=channels, start=arrangement.start, end=end, tracks=tracks)


def _planned(files: FileStore, clip: Row, rate: int, place: str, prepared: Prepared | None) -> PlannedClip:
    length = clip_length(clip, rate)
    source = prepared or Prepared(files.absolute(clip["audio_path"]), clip["frames"], clip["sample_rate"])
    # A clip that is cut or faded ends there; only one that plays to its source's end rings on.
    rings_on = prepared is not None and not clip["trim_end"] and not clip["fade_out"]
    everything = played_frames(source.frames, source.sample_rate, rate)
    return PlannedClip(
        place=place,
        path=str(source.path),
        file_frames=source.frames,
        length=length,
        skipped=clip["trim_start"],
        tail=max(0, everything - clip["trim_start"] - length) if rings_on else 0,
        fade_in=fade_of(clip, "fade_in"),
        fade_out=fade_of(clip, "fade_out"),
        **{field: clip[field] for field in ("id", "start", "gain_db", "pan", "muted")},
    )


def _names(tracks: list[Row]) -> dict[str, str]:
    return {track["id"]: track["name"] for track in tracks}


def _place(clip: Row, track_names: Mapping[str, str], rate: int) -> str:
    """A clip in words."""
    called = name_of(clip) or clip["id"]
    return f"The clip {called!r} at {clip['start'] / rate:.3f} s on the track {track_names[clip['track_id']]!r}"


def _require_sound(clip: Row, rate: int, place: str) -> None:
    if clip["source_id"] is None:
        return
    if clip["audio_path"] is None:
        why = f"has no audio: its generation is {clip['status']}. Wait for its job, retry it, or mute the clip."
    elif not clip_length(clip, rate):
        why = "plays nothing: as much is cut from its ends as it lasts. Trim it less, or remove it."
    else:
        return
    raise Conflict(f"{place} {why}", resource="clip", id=clip["id"])
