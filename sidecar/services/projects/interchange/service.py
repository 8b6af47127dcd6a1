"""A project's arrangement for other programs: as an OpenTimelineIO file or an edit decision list."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.services.projects.interchange.edit_list import edl_notes, events_of
from sidecar.services.projects.interchange.lanes import Laid, Lane, lanes_of
from sidecar.services.projects.playable import name_of, require_audio
from sidecar.services.projects.spoken import sounding_clips, sounding_tracks
from sidecar.services.projects.studio_extra import require_package
from sidecar.services.targets import require_target, write_target
from sidecar.store import projects as store
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.values import Row
from sidecar.text.edl import edl
from sidecar.timeline import played_frames

TimelineFormat = Literal["otio", "edl"]
LIBRARY = "opentimelineio"


class InterchangeService:
    """Writes timelines that editing programs open; the sound stays where it is, named by its place."""

    def __init__(self, database: Database, files: FileStore, audio: EnginePool) -> None:
        self._database = database
        self._files = files
        self._audio = audio

    async def export(self, project_id: str, format: TimelineFormat, path: str, frame_rate: int) -> dict[str, Any]:
        """Write a project's timeline to a path; gives `{path, notes}`, the notes saying what the format cannot hold.

        `frame_rate` counts for edl alone, whose times are whole frames.

        Raises:
            NotFound: there is no such project, or no folder for the file.
            InvalidParams: the path makes no sense.
            Conflict: a clip has no audio yet.
            Unsupported: OpenTimelineIO is not installed.
            StorageError: the file cannot be written.

        """
        require_target(path, self._files.root)
        if format == "otio":
            require_package(LIBRARY, "OpenTimelineIO files")
        project, tracks, clips, markers = await self._database.read(lambda connection: _all_of(connection, project_id))
        for clip in clips:
            require_audio(clip)
        if format == "otio":
            text, notes = await self._otio(project, tracks, clips, markers), _otio_notes(clips)
        else:
            heard = sounding_clips(tracks, clips)
            events = events_of(self._files, lanes_of(tracks, heard, project["sample_rate"]), project["sample_rate"])
            text, notes = edl(project["name"], events, frame_rate), edl_notes(events, len(heard) < len(clips))
        await write_target(self._files, path, text)
        return {"path": path, "notes": notes}

    async def _otio(self, project: Row, tracks: list[Row], clips: list[Row], markers: list[Row]) -> str:
        rate, sounding = project["sample_rate"], sounding_tracks(tracks)
        lanes = lanes_of(tracks, clips, rate)
        params = {
            "name": project["name"],
            "sample_rate": rate,
            "metadata": {name: project[name] for name in ("id", "description", "channels")},
            "lanes": [self._lane(lane, rate, lane.track["id"] in sounding) for lane in lanes],
            "markers": [{"at": marker["at"], "title": marker["title"]} for marker in markers],
        }
        text: str = (await self._audio.call("interchange.otio", params))["text"]
        return text

    def _lane(self, lane: Lane, rate: int, enabled: bool) -> dict[str, Any]:
        kept = ("id", "gain_db", "pan", "muted", "solo", "duck_db")
        return {
            "name": lane.name,
            "enabled": enabled,
            "metadata": {name: lane.track[name] for name in kept},
            "clips": [self._clip(laid, rate) for laid in lane.clips],
        }

    def _clip(self, laid: Laid, rate: int) -> dict[str, Any]:
        clip = laid.clip
        fades = (f"fade_{way}{what}" for way in ("in", "out") for what in ("", "_offset", "_curve"))
        kept = ("id", "gain_db", "pan", "effects", "generation_id", "version_id", *fades)
        return {
            "name": name_of(clip),
            "enabled": not clip["muted"],
            "metadata": {name: clip[name] for name in kept},
            "url": self._files.absolute(clip["audio_path"]).as_uri(),
            "available": played_frames(clip["frames"], clip["sample_rate"], rate),
            "start": laid.start,
            "end": laid.end,
            "skipped": clip["trim_start"],
            "speed": clip["speed"],
            "crossfade": laid.crossfade,
            "curve": clip["fade_in_curve"],
        }


def _all_of(connection: Connection, project_id: str) -> tuple[Row, list[Row], list[Row], list[Row]]:
    project = store.project(connection, project_id)
    return (
        project,
        store.tracks_of(connection, project_id),
        store.clips_of(connection, project_id),
        store.markers_of(connection, project_id),
    )


def _otio_notes(clips: list[Row]) -> list[str]:
    notes = ["Gains, pans, fades and ducking stand in the metadata under 'voicebox', which editors do not play."]
    if any(clip["effects"] for clip in clips):
        notes.append("So do effects; render stems to hear them in the editor.")
    return notes
