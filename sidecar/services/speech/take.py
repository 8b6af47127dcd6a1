"""One take while it is being made: what was asked, what is spoken by now, and where the time went."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from sqlalchemy import Connection

from sidecar.errors import NotFound
from sidecar.jobs.progress import Progress
from sidecar.services.equipment import Equipment
from sidecar.services.models.catalogue import Choice, Wish
from sidecar.services.profiles.voices import engine_params
from sidecar.services.speech.streaming import STREAMED_CHARS
from sidecar.store import generations as store
from sidecar.store import profiles, rows
from sidecar.store.files import FileStore
from sidecar.store.tables import generations
from sidecar.store.values import Row, seconds_between, utc_now
from sidecar.text.chunks import plan

Verify = Literal["off", "length", "full"]
# Of the whole job, what is left for joining once every chunk is spoken.
JOINING_SHARE = 0.03


class Take:
    """What one run of the job knows and learns. `chunks` are the rows of its plan, kept true while they are spoken."""

    def __init__(
        self, job: Row, progress: Progress, generation: Row, choice: Choice, engine_params: dict[str, Any]
    ) -> None:
        self.generation_id: str = job["subject"]
        self.version_id: str = job["payload"]["version_id"]
        self.seed: int = job["payload"]["seed"]
        self.settings: dict[str, Any] = job["payload"]["settings"]
        self.stream: bool = job["payload"]["stream"]
        self.verify = strictness(self.settings)
        self.batch_id: str | None = job["parent_id"]
        self.progress = progress
        self.generation = generation
        self.choice = choice
        self.engine_params = engine_params
        self.chunks: list[Row] = []
        self.prompt_cached: bool | None = None
        self._load_s = 0.0
        self._first_audio_s: float | None = None
        self._started_at: str = job["started_at"] or utc_now()
        self._queue_s = seconds_between(job["created_at"], self._started_at)

    @property
    def language(self) -> str:
        """The language that is spoken, ISO 639-1."""
        return str(self.generation["language"])

    @property
    def stop_reason(self) -> str:
        """`cap` if any chunk ran into the limit of its length, else `eos`."""
        return "cap" if any(chunk["stop_reason"] == "cap" for chunk in self.chunks) else "eos"

    def utterance(self, chunk: Row, seed: int) -> dict[str, Any]:
        """What the engine is told to say."""
        how = {field: self.settings[field] for field in ("speed", "instruct", "sampling")}
        reads_numbers = self.language in self.choice.engine.reads_numbers
        how["normalise"] = self.settings.get("normalise", False) and not reads_numbers
        return how | {"text": chunk["text"], "language": self.language, "seed": seed}

    def report(self, stage: str, chars_under_way: float = 0.0) -> None:
        """Progress in characters of the text, the nearest thing to work that is known beforehand."""
        total = len(self.generation["text"])
        spoken = sum(len(chunk["text"]) for chunk in self.chunks if chunk["audio_path"])
        done = min(total, spoken + chars_under_way)
        self.progress.report(stage, done, total, "characters", (1 - JOINING_SHARE) * done / total)

    def note(self, answer: dict[str, Any]) -> None:
        """Remember what the engine said beside the words."""
        if self.prompt_cached is None:
            self.prompt_cached = answer["prompt_cached"]
            self._first_audio_s = seconds_between(self._started_at, utc_now())
        self._load_s += answer["load_s"]

    def timings(self, duration_s: float) -> dict[str, float | None]:
        """Where the time went, in seconds."""
        compute_s = sum(chunk["compute_s"] or 0.0 for chunk in self.chunks)
        return {
            "queue_s": round(self._queue_s, 3),
            "load_s": round(self._load_s, 3),
            "compute_s": round(compute_s, 3),
            "real_time_factor": round(compute_s / duration_s, 4) if duration_s else None,
            "first_audio_s": None if self._first_audio_s is None else round(self._first_audio_s, 3),
        }


def strictness(settings: dict[str, Any]) -> Verify:
    """How strictly a take is checked; those of the program's first version were not."""
    verify: Verify = settings.get("verify", "off")
    return verify


def open_take(connection: Connection, on: Equipment, job: Row, progress: Progress) -> Take:
    """The take that a job makes, as far as it has come.

    Raises:
        NotFound: the generation or its profile was deleted.
        ModelUnavailable, Unsupported: what was possible when it was asked for no longer is.

    """
    generation = rows.get(connection, generations, job["subject"], "generation")
    if generation["profile_id"] is None:
        raise NotFound("The profile of this generation was deleted.", resource="profile", id=None)
    profile = profiles.resolve(connection, generation["profile_id"])
    wish = Wish(profile["voice"]["kind"], generation["language"], generation["engine"], generation["model"])
    choice = on.catalogue.choose(wish)
    take = Take(job, progress, generation, choice, engine_params(connection, on, profile, choice))
    take.chunks = store.chunks_of(connection, take.version_id)
    return take


def forget_chunks(connection: Connection, files: FileStore, generation_id: str) -> None:
    """Drop the chunks of a generation, which no take needs any more, and once that is written their files."""
    files.delete_once_written(connection, store.drop_chunks(connection, generation_id))


async def plan_take(on: Equipment, take: Take) -> None:
    """Cut the text into the take's chunks and store them. Raises `NotFound` if the generation was deleted."""
    chunking = take.settings["chunking"]
    max_chars = min(chunking["max_chars"], STREAMED_CHARS) if take.stream else chunking["max_chars"]
    planned = await asyncio.to_thread(
        plan, take.generation["text"], take.language, max_chars, chunking["pause_s"], first_alone=take.stream
    )
    chunks: list[Row] = [
        {
            "version_id": take.version_id,
            "position": position,
            "generation_id": take.generation_id,
            "text": chunk.text,
            "pause_after_s": chunk.pause_after_s,
            "seed": take.seed + position,
        }
        for position, chunk in enumerate(planned)
    ]

    def write(connection: Connection) -> list[Row]:
        rows.get(connection, generations, take.generation_id, "generation")
        store.plan_chunks(connection, chunks)
        return store.chunks_of(connection, take.version_id)

    take.chunks = await on.database.write(write)
