"""Chunks are kept as long as a retry may go on with them: what is given up takes no room for ever."""

from __future__ import annotations

from pathlib import Path

from sidecar.services.speech.speaking import SEED_STEP
from tests.scripted_engine import VOICE, spec
from tests.services.studio import Message, Studio
from tests.torture.invariants import Decoder, damaged_files, stray_files

SENTENCE = "A good day to you."
TEXT = f"{SENTENCE}\n\nI am mute twice, then I speak."
MANY = 30
MUTE, SPEAKING = 1, 2 * SEED_STEP
"""Seeds with which the second chunk fails, or passes, where none is spoken again."""


class Room:
    """A studio whose engine says the same thing with the same seed, however often it is asked."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir()
        self.data_dir = data_dir
        self.studio = Studio(data_dir, [spec(sampling=False)])

    async def create(self, seed: int, text: str = TEXT) -> Message:
        """Make a generation, whatever becomes of it."""
        await self.studio.call("profiles.create", name="Tone", voice=VOICE)
        await self.studio.answer("generation.create", profile_id="tone", text=text, seed=seed, wait=True)
        return dict((await self.studio.call("history.list"))["items"][0])

    async def regenerate(self, generation: Message, seed: int) -> Message:
        """Make another take of it, whatever becomes of that."""
        await self.studio.answer("generation.regenerate", generation_id=generation["id"], seed=seed, wait=True)
        return dict((await self.studio.call("history.get", generation_id=generation["id"]))["generation"])

    def chunks(self) -> int:
        """How many files of chunks there are, each of which a row names, and none but these."""
        assert [*damaged_files(self.data_dir, Decoder()), *stray_files(self.data_dir)] == []
        return len(list((self.data_dir / "audio/chunks").iterdir()))


async def test_another_take_that_fails_leaves_no_chunks(data_dir: Path) -> None:
    room = Room(data_dir)
    async with room.studio:
        first = await room.create(SPEAKING)
        assert first["status"] == "completed", first["error"]
        after = await room.regenerate(first, MUTE)
        assert (after["status"], after["audio_path"]) == ("completed", first["audio_path"])
        jobs = (await room.studio.call("jobs.list", kind="generation"))["items"]
        assert {job["status"] for job in jobs} == {"completed", "failed"}
        assert room.chunks() == 0


async def test_another_take_keeps_its_chunks_through_a_restart_and_leaves_none_when_it_is_cancelled(
    data_dir: Path,
) -> None:
    room = Room(data_dir)
    async with room.studio:
        first = await room.create(SPEAKING, "\n\n".join([SENTENCE] * MANY))
        another = await room.studio.call("generation.regenerate", generation_id=first["id"])
        await room.studio.hear(
            "job.progress", lambda told: told["job_id"] == another["job_id"] and told["completed"] > len(SENTENCE)
        )
    assert room.chunks() > 0
    async with room.studio:
        await room.studio.call("jobs.cancel", job_id=another["job_id"])
        after = (await room.studio.call("history.get", generation_id=first["id"]))["generation"]
        assert (after["status"], after["audio_path"]) == ("completed", first["audio_path"])
        assert room.chunks() == 0


async def test_the_chunks_of_a_first_take_that_failed_wait_for_a_retry_and_go_when_another_take_is_asked_for(
    data_dir: Path,
) -> None:
    room = Room(data_dir)
    async with room.studio:
        failed = await room.create(MUTE)
        assert (failed["status"], room.chunks()) == ("failed", 2)
        again = await room.regenerate(failed, MUTE)
        assert (again["status"], room.chunks()) == ("failed", 2)
        spoken = await room.regenerate(failed, SPEAKING)
        assert (spoken["status"], room.chunks()) == ("completed", 0)
