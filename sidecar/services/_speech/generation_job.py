"""The job that speaks: chunk by chunk, each on the disk before the next, so that a kill costs one chunk at most."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import NotFound, VoiceboxError
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.catalogue import Choice, Wish
from sidecar.services.derive import add_derived, derive
from sidecar.services.equipment import Equipment
from sidecar.services.streaming import STREAMED_CHARS, TakeStream
from sidecar.services.views import generation_view
from sidecar.services.voices import engine_params
from sidecar.store import generations as store
from sidecar.store import profiles as profile_store
from sidecar.store import rows
from sidecar.store.tables import generations, versions
from sidecar.store.values import Row, seconds_between, utc_now
from sidecar.text.chunks import plan

GENERATION = "generation"
# Of the whole job, what is left for joining once every chunk is spoken.
JOINING_SHARE = 0.03
# A usual pace of speech, to tell from the seconds spoken how much of a chunk is done; never more than most of it.
CHARS_PER_SECOND = 15.0
MOST_OF_A_CHUNK = 0.95


class GenerationJob(JobKind):
    """Speaks one take of a generation. Its version's id is fixed when it is queued, so a restart knows what is done."""

    name = GENERATION
    lane = "engine"

    def __init__(self, equipment: Equipment) -> None:
        self._on = equipment

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Plan, speak what is not spoken yet, join."""
        take = _Take(job, progress)
        params = await self._on.database.read(lambda connection: self._engine_params(connection, take))
        if not await self._chunks(take):
            await self._plan(take)
        chunks = await self._chunks(take)
        take.spoken_chars = sum(len(chunk["text"]) for chunk in chunks if chunk["audio_path"])
        waiting = [chunk for chunk in chunks if chunk["text"] and chunk["audio_path"] is None]
        stream = TakeStream(self._on.listener, self._on.files, self._on.audio, take.generation_id)
        together = 1 if take.stream else take.choice.engine.max_batch
        for first in range(0, len(waiting), together):
            await self._speak(take, waiting[first : first + together], params)
            if take.stream:
                await stream.catch_up(await self._chunks(take))
        if take.stream and not waiting:
            await stream.catch_up(chunks)
        joined, audio_path = await self._join(take)
        effects = take.settings.get("effects")
        derived = await derive(self._on.files, self._on.audio, audio_path, effects, progress) if effects else None

        def commit(connection: Connection) -> dict[str, Any]:
            self._complete(connection, take, joined, audio_path)
            if derived:
                add_derived(connection, take.generation_id, take.version_id, derived)
            store.drop_chunks(connection, take.version_id)
            return {}

        return Outcome(commit, lambda: self._on.files.delete(take.chunk_files))

    def started(self, connection: Connection, job: Row) -> None:
        """Mark the generation as running."""
        rows.change(connection, generations, job["subject"], status="running", error=None)

    def ended_badly(self, connection: Connection, job: Row, status: str, error: VoiceboxError) -> None:
        """Mark the generation; its finished chunks stay, so that a retry goes on from there."""
        generation = rows.find(connection, generations, job["subject"])
        if generation is None:
            return
        if generation["default_version_id"] is not None:
            # Another take that did not come off: what there was before is as good as ever, and the job has the error.
            rows.change(connection, generations, job["subject"], status="completed")
            return
        values = {"status": status, "error": error.payload(), "finished_at": utc_now()}
        if status == "cancelled":
            values["stop_reason"] = "cancelled"
        rows.change(connection, generations, job["subject"], **values)

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """The generation, if nobody has deleted it since."""
        if rows.find(connection, generations, job["subject"]) is None:
            return {}
        return {"generation": generation_view(self._on.files, store.get_generation(connection, job["subject"]))}

    def _engine_params(self, connection: Connection, take: _Take) -> dict[str, Any]:
        generation = rows.get(connection, generations, take.generation_id, "generation")
        if generation["profile_id"] is None:
            raise NotFound("The profile of this generation was deleted.", resource="profile", id=None)
        profile = profile_store.resolve(connection, generation["profile_id"])
        wish = Wish(profile["voice"]["kind"], generation["language"], generation["engine"], generation["model"])
        take.generation, take.choice = generation, self._on.catalogue.choose(wish)
        return engine_params(connection, self._on, profile, take.choice)

    async def _chunks(self, take: _Take) -> list[Row]:
        return await self._on.database.read(lambda connection: store.chunks_of(connection, take.version_id))

    async def _plan(self, take: _Take) -> None:
        generation, chunking = take.generation, take.settings["chunking"]
        take.progress.report("planning", 0, None, "characters")
        max_chars = min(chunking["max_chars"], STREAMED_CHARS) if take.stream else chunking["max_chars"]
        planned = await asyncio.to_thread(
            plan, generation["text"], generation["language"], max_chars, chunking["pause_s"]
        )
        chunk_rows = [
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
        await self._on.database.write(lambda connection: store.plan_chunks(connection, chunk_rows))

    async def _speak(self, take: _Take, chunks: list[Row], params: dict[str, Any]) -> None:
        """Speak chunks in one pass and put each on the disk."""
        chars = sum(len(chunk["text"]) for chunk in chunks)
        temporaries = [self._on.files.temporary(".wav") for _ in chunks]
        take.report("speaking", 0)
        wanted = {
            "utterances": [_utterance(take, chunk) for chunk in chunks],
            "out_paths": [str(temporary) for temporary in temporaries],
        }
        try:
            answer = await self._on.models.call(
                "speech.speak", params | wanted, lambda news: take.report(news["stage"], _chars_spoken(news, chars))
            )
        except BaseException:
            for temporary in temporaries:
                temporary.unlink(missing_ok=True)
            raise
        take.note(answer)
        # What is spoken is kept even if the job is cancelled in this moment: the file and its row, or neither.
        await asyncio.shield(self._keep(take, chunks, temporaries, answer["spoken"]))
        take.spoken_chars += chars

    async def _keep(
        self, take: _Take, chunks: list[Row], temporaries: list[Path], spoken: list[dict[str, Any]]
    ) -> None:
        paths = [
            await asyncio.to_thread(
                self._on.files.adopt, temporary, "chunks", f"{take.version_id}-{chunk['position']:06}.wav"
            )
            for chunk, temporary in zip(chunks, temporaries, strict=True)
        ]

        def finish(connection: Connection) -> None:
            for chunk, path, told in zip(chunks, paths, spoken, strict=True):
                values = {field: told[field] for field in ("duration_s", "compute_s", "stop_reason")}
                store.finish_chunk(connection, take.version_id, chunk["position"], audio_path=path, **values)

        await self._on.database.write(finish)

    async def _join(self, take: _Take) -> tuple[dict[str, Any], str]:
        chunks = await self._chunks(take)
        take.chunk_files = [chunk["audio_path"] for chunk in chunks if chunk["audio_path"]]
        take.compute_s = sum(chunk["compute_s"] or 0.0 for chunk in chunks)
        take.stop_reason = "cap" if any(chunk["stop_reason"] == "cap" for chunk in chunks) else "eos"
        take.progress.report("joining", len(chunks), len(chunks), "chunks", 1 - JOINING_SHARE / 2)
        temporary = self._on.files.temporary(".wav")
        try:
            params = {
                "parts": [
                    path and str(self._on.files.absolute(path)) for path in (chunk["audio_path"] for chunk in chunks)
                ],
                "pauses_s": [chunk["pause_after_s"] for chunk in chunks],
                "out_path": str(temporary),
                "loudness_lufs": take.settings["loudness_lufs"],
            }
            joined = await self._on.audio.call("audio.join", params)
            name = f"{take.version_id}.wav"
            return joined, await asyncio.to_thread(self._on.files.adopt, temporary, "generations", name)
        finally:
            temporary.unlink(missing_ok=True)

    def _complete(self, connection: Connection, take: _Take, joined: dict[str, Any], audio_path: str) -> None:
        now = utc_now()
        takes = [known for known in store.versions_of(connection, take.generation_id) if known["kind"] == "take"]
        rows.add(
            connection,
            versions,
            id=take.version_id,
            generation_id=take.generation_id,
            label=f"Take {len(takes) + 1}",
            kind="take",
            seed=take.seed,
            settings=take.settings,
            audio_path=audio_path,
            duration_s=joined["duration_s"],
            sample_rate=joined["sample_rate"],
            created_at=now,
        )
        rows.change(
            connection,
            generations,
            take.generation_id,
            status="completed",
            seed=take.seed,
            settings=take.settings,
            default_version_id=take.version_id,
            finished_at=now,
            stop_reason=take.stop_reason,
            prompt_cached=take.prompt_cached,
            timings=take.timings(joined["duration_s"]),
        )


class _Take:
    """What one run of the job learns while it works."""

    def __init__(self, job: Row, progress: Progress) -> None:
        self.generation_id: str = job["subject"]
        self.version_id: str = job["payload"]["version_id"]
        self.seed: int = job["payload"]["seed"]
        self.settings: dict[str, Any] = job["payload"]["settings"]
        self.stream: bool = job["payload"]["stream"]
        self.progress = progress
        self.generation: Row
        self.choice: Choice
        self.chunk_files: list[str] = []
        self.spoken_chars = 0
        self.compute_s = 0.0
        self.stop_reason = "eos"
        self.prompt_cached: bool | None = None
        self._load_s = 0.0
        self._first_audio_s: float | None = None
        self._started_at: str = job["started_at"]
        self._queue_s = seconds_between(job["created_at"], job["started_at"])

    def report(self, stage: str, chars_of_this_chunk: float) -> None:
        """Progress in characters of the text, the nearest thing to work that is known beforehand."""
        total = len(self.generation["text"])
        done = min(total, self.spoken_chars + chars_of_this_chunk)
        self.progress.report(stage, done, total, "characters", (1 - JOINING_SHARE) * done / total)

    def note(self, answer: dict[str, Any]) -> None:
        """Remember what the engine said beside the words."""
        if self.prompt_cached is None:
            self.prompt_cached = answer["prompt_cached"]
            self._first_audio_s = seconds_between(self._started_at, utc_now())
        self._load_s += answer["load_s"]

    def timings(self, duration_s: float) -> dict[str, float | None]:
        """Where the time went, in seconds."""
        return {
            "queue_s": round(self._queue_s, 3),
            "load_s": round(self._load_s, 3),
            "compute_s": round(self.compute_s, 3),
            "real_time_factor": round(self.compute_s / duration_s, 4) if duration_s else None,
            "first_audio_s": None if self._first_audio_s is None else round(self._first_audio_s, 3),
        }


def _utterance(take: _Take, chunk: Row) -> dict[str, Any]:
    """What the engine is told to say."""
    how = {field: take.settings[field] for field in ("speed", "instruct", "sampling")}
    return how | {"text": chunk["text"], "language": take.generation["language"], "seed": chunk["seed"]}


def _chars_spoken(news: dict[str, Any], chars: int) -> float:
    """How many of so many characters are spoken, from an engine's progress in seconds of audio."""
    if news["unit"] != "seconds":
        return 0.0
    return float(min(news["completed"] * CHARS_PER_SECOND, chars * MOST_OF_A_CHUNK))
