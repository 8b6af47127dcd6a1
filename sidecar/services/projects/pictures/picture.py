"""A project as a picture."""

from __future__ import annotations

import base64
from typing import Any

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.services.projects.lengths import clip_end
from sidecar.services.projects.pictures.outlines import outlined
from sidecar.services.projects.playable import name_of
from sidecar.services.projects.spoken import sounding_tracks
from sidecar.services.projects.studio_extra import require_package
from sidecar.services.projects.views import SILENCE
from sidecar.services.targets import require_target, write_target
from sidecar.store import projects as store
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.values import Row

LIBRARY = "PIL"


class PictureService:
    """Draws projects: tracks as lanes, clips with their waveforms, a ruler and the markers."""

    def __init__(self, database: Database, files: FileStore, audio: EnginePool) -> None:
        self._database = database
        self._files = files
        self._audio = audio

    async def picture(self, project_id: str, width: int, height: int, path: str | None) -> dict[str, Any]:
        """A PNG of the whole timeline as `{path, data, width, height}`: in base64, or written to a path that is given.

        Raises:
            NotFound: there is no such project, no folder for the file, or a clip's file is missing.
            InvalidParams: the path makes no sense.
            InvalidAudio: a clip's file is damaged.
            Unsupported: Pillow is not installed.
            StorageError: the file cannot be written.

        """
        if path is not None:
            require_target(path, self._files.root)
        require_package(LIBRARY, "Pictures")
        scene = await self._database.read(lambda connection: _scene(connection, self._files, project_id))
        size = {"width": width, "height": height}
        params = scene | size | {"cache": str(self._files.waveforms)}
        data: str = (await self._audio.call("picture.draw", params))["data"]
        if path is not None:
            await write_target(self._files, path, base64.b64decode(data))
        return size | {"path": path, "data": data if path is None else None}


def _scene(connection: Connection, files: FileStore, project_id: str) -> dict[str, Any]:
    project = store.project(connection, project_id)
    rate, clips = project["sample_rate"], store.clips_of(connection, project_id)
    tracks, clips_of = store.tracks_of(connection, project_id), outlined(files, clips, rate)
    heard = sounding_tracks(tracks)
    return {
        "title": project["name"],
        "frames": max((clip_end(clip, rate) for clip in clips), default=0),
        "sample_rate": rate,
        "tracks": [
            {
                "name": track["name"],
                "quiet": track["id"] not in heard,
                "boxes": [_box(clip, rate) for clip in clips if clip["track_id"] == track["id"]],
                "clips": clips_of.get(track["id"], []),
            }
            for track in tracks
        ],
        "markers": [
            {"at": marker["at"], "title": marker["title"]} for marker in store.markers_of(connection, project_id)
        ],
    }


def _box(clip: Row, rate: int) -> dict[str, Any]:
    silent = clip["muted"] or clip["source_id"] is None
    label = name_of(clip) or SILENCE
    return {"start": clip["start"], "end": clip_end(clip, rate), "label": label, "quiet": silent}
