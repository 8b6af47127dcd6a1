"""The job that speaks: chunk by chunk, each on the disk before the next, so that a kill costs one chunk at most."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from sidecar.errors import EngineFailed, VoiceboxError
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.effects.derive import Derived, add_derived, derive
from sidecar.services.equipment import Equipment
from sidecar.services.new_files import NewFiles
from sidecar.services.speech.live import can_be_live, speak_live
from sidecar.services.speech.speaking import unspoken
from sidecar.services.speech.speaking_ahead import speak_with_others
from sidecar.services.speech.streaming import Pieces, TakeStream
from sidecar.services.speech.take import JOINING_SHARE, Take, forget_chunks, open_take, plan_take, strictness
from sidecar.services.speech.takes_at_work import TakesAtWork
from sidecar.services.speech.verification import objections, quality_of
from sidecar.services.views import generation_view
from sidecar.store import generations as store
from sidecar.store import rows, usage
from sidecar.store.tables import generations, versions
from sidecar.store.values import Row, utc_now

GENERATION = "generation"
# Of the chunks that did not pass, an error names no more than these.
CHUNKS_TOLD = 20
SHORT_CHUNKS = 2


class GenerationJob(JobKind):
    """Speaks one take of a generation. Its version's id is fixed when it is queued, so a restart knows what is done."""

    name = GENERATION
    lane = "engine"

    def __init__(self, equipment: Equipment) -> None:
        self._on = equipment
        self._at_work = TakesAtWork()

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Plan, speak what is not spoken yet, join."""
        async with self._at_work.own(job["payload"]["version_id"]):
            return await self._make(job, progress)

    async def _make(self, job: Row, progress: Progress) -> Outcome:
        take = await self._on.database.read(lambda connection: open_take(connection, self._on, job, progress))
        if not take.chunks:
            progress.report("planning", 0, None, "characters")
            await plan_take(self._on, take)
        await self._speak(take)
        _refuse_what_is_no_speech(take)
        with NewFiles(self._on.files) as new:
            joined, audio_path = await self._join(take, new)
            derived = await self._derive(take, audio_path, new)

        def commit(connection: Connection) -> dict[str, Any]:
            self._complete(connection, take, joined, audio_path)
            if derived:
                add_derived(connection, take.generation_id, take.version_id, derived)
            forget_chunks(connection, self._on.files, take.generation_id)
            return {}

        return Outcome(commit, take_back=new.take_back)

    def is_short(self, connection: Connection, job: Row) -> bool:
        """Whether its text makes one or two chunks."""
        chars = store.text_chars(connection, job["subject"])
        return chars <= SHORT_CHUNKS * int(job["payload"]["settings"]["chunking"]["max_chars"])

    def started(self, connection: Connection, job: Row) -> None:
        """Mark the generation as running."""
        rows.change(connection, generations, job["subject"], status="running", error=None)

    def ended_badly(self, connection: Connection, job: Row, status: str, error: VoiceboxError) -> None:
        """Mark the generation; the finished chunks of its first take stay, so that a retry goes on from there."""
        generation = rows.find(connection, generations, job["subject"])
        if generation is None:
            return
        if generation["default_version_id"] is not None:
            # Another take that did not come off: what there was before is as good as ever, and the job has the error.
            rows.change(connection, generations, job["subject"], status="completed")
            forget_chunks(connection, self._on.files, job["subject"])
            return
        # A batch of a thousand that never began is cancelled at once.
        chunks = store.chunks_of(connection, job["payload"]["version_id"]) if job["attempts"] else []
        quality = quality_of(chunks, strictness(job["payload"]["settings"]))
        values = {"status": status, "error": error.payload(), "quality": quality, "finished_at": utc_now()}
        if status == "cancelled":
            values["stop_reason"] = "cancelled"
        rows.change(connection, generations, job["subject"], **values)

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """The generation, if nobody has deleted it since."""
        if rows.find(connection, generations, job["subject"]) is None:
            return {}
        return {"generation": generation_view(self._on.files, store.get_generation(connection, job["subject"]))}

    async def _speak(self, take: Take) -> None:
        """Speak what is not spoken yet, and once more what did not pass the last time; tell it as it is made."""
        pieces = Pieces(self._on.listener, take.generation_id)
        if can_be_live(take):
            await speak_live(self._on, take, pieces)
            return
        stream = TakeStream(pieces, self._on.files, self._on.audio, take.settings["chunking"]["crossfade_s"])
        waiting = unspoken(take)
        together = 1 if take.stream else take.choice.engine.max_batch
        for first in range(0, len(waiting), together):
            lines = waiting[first : first + together]
            await speak_with_others(self._on, self._at_work, lines, together - len(lines))
            if take.stream:
                await stream.catch_up(take.chunks)
        if take.stream:
            await stream.catch_up(take.chunks)

    async def _join(self, take: Take, new: NewFiles) -> tuple[dict[str, Any], str]:
        chunks = take.chunks
        take.progress.report("joining", len(chunks), len(chunks), "chunks", 1 - JOINING_SHARE / 2)
        temporary = self._on.files.temporary(".wav")
        try:
            params = {
                "parts": [
                    path and str(self._on.files.absolute(path)) for path in (chunk["audio_path"] for chunk in chunks)
                ],
                "pauses_s": [chunk["pause_after_s"] for chunk in chunks],
                "crossfade_s": take.settings["chunking"]["crossfade_s"],
                "as_made": can_be_live(take),
                "out_path": str(temporary),
                "loudness_lufs": take.settings["loudness_lufs"],
            }
            joined = await self._on.audio.call("audio.join", params)
            return joined, await new.adopt(temporary, "generations", f"{take.version_id}.wav")
        finally:
            temporary.unlink(missing_ok=True)

    async def _derive(self, take: Take, audio_path: str, new: NewFiles) -> Derived | None:
        effects = take.settings.get("effects")
        if not effects:
            return None
        return await derive(self._on.audio, audio_path, effects, take.progress, new)

    def _complete(self, connection: Connection, take: Take, joined: dict[str, Any], audio_path: str) -> None:
        now, timings = utc_now(), take.timings(joined["duration_s"])
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
            quality=quality_of(take.chunks, take.verify),
            timings=timings,
        )
        usage.note(
            connection,
            "generation",
            engine=take.choice.engine.id,
            model=take.choice.model.id,
            profile_id=take.generation["profile_id"],
            profile_name=take.generation["profile_name"],
            characters=len(take.generation["text"]),
            audio_s=joined["duration_s"],
            compute_s=timings["compute_s"] or 0.0,
        )


def _refuse_what_is_no_speech(take: Take) -> None:
    """Raise if any chunk did not come out as it should; all are kept, so that only these need be spoken again."""
    unsound = [(chunk, reasons) for chunk in take.chunks if (reasons := objections(chunk["quality"], take.verify))]
    if not unsound:
        return
    chunk, reasons = unsound[0]
    raise EngineFailed(
        f"{len(unsound)} of {len(take.chunks)} chunks did not come out as they should; the first is "
        f"{chunk['text'][:60]!r}: {reasons[0]['message']} generation.retry speaks only these again, with other seeds "
        'where the engine can; with verify "off" it takes them as they are.',
        chunks=[
            {"position": chunk["position"], "text": chunk["text"][:200], "reasons": reasons}
            for chunk, reasons in unsound[:CHUNKS_TOLD]
        ],
    )
