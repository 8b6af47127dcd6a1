"""What the tracks of a project look like."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.errors import InvalidParams, NotFound
from sidecar.services.projects.lengths import clip_end
from sidecar.services.projects.pictures.outlines import outlined
from sidecar.store import projects as store
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.values import Row


class WaveformService:
    """Draws the tracks of projects from the outlines of what their clips play."""

    def __init__(self, database: Database, files: FileStore, audio: EnginePool) -> None:
        self._database = database
        self._files = files
        self._audio = audio

    async def waveform(
        self, project_id: str, track_id: str | None, start_s: float, end_s: float | None, buckets: int
    ) -> dict[str, Any]:
        """The lowest and highest sample of each of so many columns between two times, for one track or all of them.

        The result is `{sample_rate, start_s, end_s, tracks: [{track_id, minimum, maximum}]}`. Columns are never finer
        than samples. See `sidecar.audio.outline` for what is seen; muted clips and those without audio are not.

        Raises:
            NotFound: there is no such project or track, or a clip's file is missing.
            InvalidParams: the range holds nothing.
            InvalidAudio: a clip's file is damaged.

        """
        rate, tracks, clips = await self._database.read(lambda connection: _tracks_and_clips(connection, project_id))
        wanted = [track["id"] for track in tracks if track_id in (None, track["id"])]
        if track_id is not None and not wanted:
            raise NotFound(f"The project has no track {track_id!r}.", resource="track", id=track_id)
        first = round(start_s * rate)
        last = max((clip_end(clip, rate) for clip in clips), default=0) if end_s is None else round(end_s * rate)
        told = {"sample_rate": rate, "start_s": first / rate, "end_s": max(first, last) / rate}
        if first < last:
            seen = [
                clip for clip in clips if not clip["muted"] and clip["start"] < last and clip_end(clip, rate) > first
            ]
            clips_of = outlined(self._files, seen, rate)
            params = {
                "tracks": [{"id": each, "clips": clips_of.get(each, [])} for each in wanted],
                "first": first,
                "last": last,
                "columns": min(buckets, last - first),
                "cache": str(self._files.waveforms),
            }
            return told | await self._audio.call("outline.tracks", params)
        if end_s is not None:
            raise InvalidParams.about("end_s", f"The range from {start_s:g} s to {end_s:g} s holds nothing.")
        return told | {"tracks": [{"track_id": each, "minimum": [], "maximum": []} for each in wanted]}


def _tracks_and_clips(connection: Connection, project_id: str) -> tuple[int, list[Row], list[Row]]:
    rate: int = store.project(connection, project_id)["sample_rate"]
    return rate, store.tracks_of(connection, project_id), store.clips_of(connection, project_id)
