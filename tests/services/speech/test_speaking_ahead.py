"""In a batch, an engine that gains from it speaks lines of several generations in one pass."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from sidecar.services.equipment import Equipment
from sidecar.services.speech import speaking_ahead
from sidecar.services.speech.take import Take, plan_take
from sidecar.store.files import FileStore, Kind
from tests.scripted_engine import VOICE, spec
from tests.services.studio import Message, Studio
from tests.torture.invariants import stray_files


async def batch(studio: Studio, *texts: str) -> list[Message]:
    await studio.answer("profiles.create", name="Tone", voice=VOICE)
    items = [{"profile_id": "Tone", "text": text, "seed": position} for position, text in enumerate(texts)]
    started = await studio.call("generation.batch", items=items)
    await studio.answer("jobs.wait", job_id=started["job_id"])
    found = [await studio.call("history.get", generation_id=item["id"]) for item in started["generations"]]
    return [one["generation"] for one in found]


async def test_a_batch_comes_out_as_single_calls_would(data_dir: Path) -> None:
    texts = ["A good day to you.", "I am mute twice, then I speak.", "And a good night.", "Now five.", "And six."]
    data_dir.mkdir()
    async with Studio(data_dir, [spec(max_batch=3)]) as studio:
        together = await batch(studio, *texts)
        single = [
            (await studio.call("generation.create", profile_id="Tone", text=text, seed=position, wait=True))[
                "generation"
            ]
            for position, text in enumerate(texts)
        ]
    for one, other in zip(together, single, strict=True):
        assert Path(one["audio_path"]).read_bytes() == Path(other["audio_path"]).read_bytes()
        assert one["quality"] == other["quality"]


async def test_one_that_cannot_be_spoken_does_not_spoil_the_others(data_dir: Path) -> None:
    data_dir.mkdir()
    async with Studio(data_dir, [spec(max_batch=4)]) as studio:
        made = await batch(studio, "A good day.", "I stay mute.", "A good night.")
        assert [one["status"] for one in made] == ["completed", "failed", "completed"]
        made = await batch(studio, "A good day.", "This breaks the engine.", "A good night.")
        assert [one["status"] for one in made] == ["completed", "failed", "completed"]


async def test_one_that_is_deleted_while_it_is_spoken_ahead_leaves_nothing(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir.mkdir()
    async with Studio(data_dir, [spec(max_batch=4)]) as studio:
        adopt, spoken, deleted = FileStore.adopt, threading.Event(), threading.Event()

        def late(files: FileStore, temporary: Path, kind: Kind, name: str) -> str:
            if kind == "chunks":
                spoken.set()
                deleted.wait(10)
            return adopt(files, temporary, kind, name)

        monkeypatch.setattr(FileStore, "adopt", late)
        making = asyncio.create_task(batch(studio, *(f"A good day number {number}." for number in range(4))))
        await asyncio.to_thread(spoken.wait, 10)
        listed = (await studio.call("history.list"))["items"]
        last = next(one for one in listed if one["text"].startswith("A good day number 3"))
        await studio.call("history.delete", generation_ids=[last["id"]])
        deleted.set()
        with pytest.raises(AssertionError, match=last["id"]):
            await making
        jobs = (await studio.call("jobs.list", kind="generation"))["items"]
        assert sorted(job["status"] for job in jobs) == ["cancelled", "completed", "completed", "completed"]
        assert list(stray_files(data_dir)) == []


async def test_one_that_is_deleted_before_it_is_planned_ahead_does_not_fail_the_others(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir.mkdir()
    async with Studio(data_dir, [spec(max_batch=4)]) as studio:
        gone: list[str] = []

        async def plan(on: Equipment, take: Take) -> None:
            if not gone:
                gone.append(take.generation_id)
                await studio.call("history.delete", generation_ids=gone)
            await plan_take(on, take)

        monkeypatch.setattr(speaking_ahead, "plan_take", plan)
        with pytest.raises(AssertionError, match="not_found"):
            await batch(studio, *(f"A good day number {number}." for number in range(4)))
        jobs = (await studio.call("jobs.list", kind="generation"))["items"]
        assert sorted(job["status"] for job in jobs) == ["cancelled", "completed", "completed", "completed"]
