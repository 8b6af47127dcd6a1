"""A text of 100,000 characters: every sentence once and in order, at the same memory, whatever dies on the way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil

from tests import scripted_engine
from tests.long_text import paragraphs, sentences
from tests.services.studio import Studio

CHARS = 100_000
CHUNK_CHARS = 1_000
GROWTH = 1.1
PATIENCE_S = 300.0


def test_every_sentence_is_spoken_once_and_in_order_though_everything_is_killed_once(data_dir: Path) -> None:
    asyncio.run(asyncio.wait_for(speak_through_two_deaths(data_dir), PATIENCE_S))


async def speak_through_two_deaths(data_dir: Path) -> None:
    data_dir.mkdir()
    engines = [scripted_engine.spec(max_chunk_chars=CHUNK_CHARS)]
    chosen = sentences(CHARS)
    async with Studio(data_dir, engines) as studio:
        await studio.call("profiles.create", name="Tone", voice=scripted_engine.VOICE)
        started = await studio.call("generation.create", profile_id="Tone", text=paragraphs(chosen), seed=1)
        await reached(studio, 0.3)
        early = engine_bytes()
        kill_the_engines()
        await reached(studio, 0.6)
    async with Studio(data_dir, engines) as studio:
        await reached(studio, 0.9)
        assert engine_bytes() < GROWTH * early
        generation = (await studio.call("jobs.wait", job_id=started["job_id"]))["result"]["generation"]
    spoken = (data_dir / "models" / scripted_engine.MODEL.id / scripted_engine.LOG).read_text().splitlines()
    in_order = list(dict.fromkeys(spoken))
    assert " ".join(in_order) == " ".join(chosen)
    assert len(spoken) - len(in_order) <= 2, "a death costs one chunk at most"
    assert len(generation["quality"]["chunks"]) == len(in_order)
    assert generation["quality"]["passed"]


async def reached(studio: Studio, fraction: float) -> None:
    """Wait until so much of the job is done."""
    await studio.hear("job.progress", lambda told: told["fraction"] >= fraction)


def engine_bytes() -> int:
    return sum(child.memory_info().rss for child in psutil.Process().children())


def kill_the_engines() -> None:
    for child in psutil.Process().children():
        child.kill()
