"""A program with projects in it, and generations that were spoken without any engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import generations, versions
from sidecar.store.values import new_id, utc_now
from tests.services.studio import Message, Studio

VOICE_RATE = 24_000
SOUND = b"sound"
"""What lies in the files of these generations: nobody listens to them here."""


class Desk:
    """One open project at a running program."""

    def __init__(self, studio: Studio, database: Database, files: FileStore) -> None:
        self.studio = studio
        self._database = database
        self.files = files
        self.project_id = ""

    async def open(self, **values: Any) -> str:
        """Make a project, which is the one at hand from then on; gives its id."""
        made = await self.studio.call("projects.create", **{"name": "Talk"} | values)
        self.project_id = made["project"]["id"]
        return self.project_id

    async def call(self, method: str, **params: Any) -> Message:
        """The result of a method of `projects`."""
        return await self.studio.call(f"projects.{method}", **params)

    async def refusal(self, method: str, **params: Any) -> Message:
        """The error of a call to a method of `projects`, which must leave the project as it was."""
        before = await self.state()
        answer = await self.studio.answer(f"projects.{method}", **params)
        assert await self.state() == before
        error: Message = answer["error"]
        return error

    async def project(self) -> Message:
        """All of the project at hand."""
        shown = await self.call("get", project_id=self.project_id)
        project: Message = shown["project"]
        return project

    async def state(self) -> bytes:
        """All of the project at hand, byte for byte as the wire has it."""
        return orjson.dumps(await self.project())

    async def clips(self) -> list[Message]:
        """Every clip of the project at hand, track by track."""
        return [clip for track in (await self.project())["tracks"] for clip in track["clips"]]

    async def track(self, **values: Any) -> str:
        """Add a track; gives its id."""
        made = await self.call("add_track", project_id=self.project_id, **values)
        track_id: str = made["track"]["id"]
        return track_id

    async def clip(self, track_id: str, start_s: float = 0.0, **values: Any) -> Message:
        """Add a clip and give it; two seconds of speech unless told otherwise."""
        if not {"generation_id", "path", "silence_s"} & values.keys():
            values |= {"generation_id": await self.spoken(2.0)}
        made = await self.call("add_clip", project_id=self.project_id, track_id=track_id, start_s=start_s, **values)
        clip: Message = made["clip"]
        return clip

    async def spoken(self, duration_s: float | None, profile_id: str | None = None, **values: Any) -> str:
        """Put a generation into history, with a take of that length or, with None, still waiting; gives its id."""
        generation_id = new_id()
        own = {"text": "Good day.", "language": "en", "engine": "scripted", "profile_name": "Tone", "settings": {}}
        own |= {"profile_id": profile_id, "status": "queued" if duration_s is None else "completed"} | values
        await self._database.write(
            lambda connection: rows.add(connection, generations, id=generation_id, created_at=utc_now(), **own)
        )
        if duration_s is not None:
            await self.take(generation_id, duration_s)
        return generation_id

    async def take(self, generation_id: str, duration_s: float) -> str:
        """Give a generation another take, in which it is heard from now on; gives the version's id."""
        version_id = new_id()
        temporary = self.files.temporary(".wav")
        temporary.write_bytes(SOUND)
        own = {
            "audio_path": self.files.adopt(temporary, "generations", f"{version_id}.wav"),
            "duration_s": duration_s,
            "sample_rate": VOICE_RATE,
            "label": "Take",
            "kind": "take",
        }

        def change(connection: Any) -> None:
            rows.add(connection, versions, id=version_id, generation_id=generation_id, created_at=utc_now(), **own)
            heard = {"default_version_id": version_id, "status": "completed"}
            rows.change(connection, generations, generation_id, **heard)

        await self._database.write(change)
        return version_id


@asynccontextmanager
async def desk_in(folder: Path) -> AsyncIterator[Desk]:
    """A running program, and a project in it."""
    folder.mkdir(exist_ok=True)
    async with Studio(folder, []) as studio:
        files = FileStore(folder)
        database = Database(files.database)
        desk = Desk(studio, database, files)
        await desk.open()
        yield desk
        database.close()


def plays(clip: Message) -> tuple[float, float, float, float]:
    """Where a clip lies and which part of its source it plays."""
    return clip["start_s"], clip["end_s"], clip["trim_start_s"], clip["trim_end_s"]
