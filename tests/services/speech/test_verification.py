"""Takes are checked as they are made: what does not pass is spoken again, and is never passed off as speech."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sidecar.engines.table import EngineSpec
from sidecar.services.speech.speaking import MOST_RETAKES, SEED_STEP
from tests.scripted_engine import VOICE, spec
from tests.services.studio import Message, Studio

GOOD, STUMBLING, MUTE = "A good day to you.", "I am mute twice, then I speak.", "I stay mute."


async def speak(studio: Studio, text: str, **more: Any) -> Message:
    await studio.answer("profiles.create", name="Tone", voice=VOICE)
    answer = await studio.answer("generation.create", profile_id="Tone", text=text, seed=1, wait=True, **more)
    if "result" in answer:
        return dict(answer["result"]["generation"])
    newest = (await studio.call("history.list"))["items"][0]
    assert newest["error"]["message"] == answer["error"]["message"]
    return dict(newest)


@pytest.fixture
def studio(data_dir: Path) -> Studio:
    return studio_with(data_dir, [spec()])


def studio_with(folder: Path, engines: Sequence[EngineSpec]) -> Studio:
    folder.mkdir()
    return Studio(folder, engines)


async def test_a_take_that_passes_says_what_was_measured(studio: Studio) -> None:
    async with studio:
        quality = (await speak(studio, GOOD))["quality"]
    assert (quality["verify"], quality["passed"], quality["retakes"]) == ("length", True, 0)
    assert quality["rate"] == pytest.approx(5.0, rel=0.2)
    assert [chunk["seed"] for chunk in quality["chunks"]] == [1]


async def test_a_chunk_that_fails_is_spoken_again_with_other_seeds_until_it_passes(studio: Studio) -> None:
    async with studio:
        generation = await speak(studio, STUMBLING)
    assert generation["status"] == "completed", generation["error"]
    chunk = generation["quality"]["chunks"][0]
    assert (chunk["passed"], chunk["tries"], chunk["seed"]) == (True, 3, 1 + 2 * SEED_STEP)
    assert generation["quality"]["retakes"] == 2


async def test_what_passes_in_no_try_fails_and_says_which_chunk_and_why(studio: Studio) -> None:
    async with studio:
        generation = await speak(studio, f"{GOOD}\n\n{MUTE}\n\n{GOOD}")
    assert (generation["status"], generation["error"]["kind"]) == ("failed", "engine_failed")
    assert generation["error"]["message"].startswith("1 of 3 chunks did not come out")
    assert [chunk["position"] for chunk in generation["error"]["data"]["chunks"]] == [1]
    tries = [chunk["tries"] for chunk in generation["quality"]["chunks"]]
    assert tries == [1, 1 + MOST_RETAKES, 1]


async def test_an_engine_that_draws_nothing_is_not_asked_twice(data_dir: Path) -> None:
    async with studio_with(data_dir, [spec(sampling=False)]) as studio:
        generation = await speak(studio, MUTE)
    assert generation["status"] == "failed"
    assert generation["quality"]["chunks"][0]["tries"] == 1


async def test_a_retry_speaks_only_what_did_not_pass_and_with_seeds_of_its_own(studio: Studio) -> None:
    async with studio:
        failed = await speak(studio, f"{GOOD}\n\n{MUTE}")
        await studio.answer("generation.retry", generation_id=failed["id"], wait=True)
        again = (await studio.call("history.get", generation_id=failed["id"]))["generation"]
    assert [chunk["tries"] for chunk in again["quality"]["chunks"]] == [1, 2 * (1 + MOST_RETAKES)]


async def test_silence_is_not_taken_for_speech_however_little_is_checked(studio: Studio) -> None:
    async with studio:
        generation = await speak(studio, MUTE, verify="off")
    assert (generation["status"], generation["error"]["kind"]) == ("failed", "engine_failed")


async def test_chunks_that_are_spoken_together_are_checked_one_by_one(data_dir: Path) -> None:
    async with studio_with(data_dir, [spec(max_batch=4)]) as studio:
        generation = await speak(studio, f"{GOOD}\n\n{STUMBLING}\n\n{GOOD}")
    assert generation["status"] == "completed", generation["error"]
    assert [chunk["tries"] for chunk in generation["quality"]["chunks"]] == [1, 3, 1]


async def test_the_same_seed_gives_the_same_bytes_through_all_retakes(studio: Studio) -> None:
    async with studio:
        first = await speak(studio, STUMBLING)
        again = await studio.call("generation.regenerate", generation_id=first["id"], seed=1, wait=True)
    paths = first["audio_path"], again["generation"]["audio_path"]
    assert paths[0] != paths[1]
    assert Path(paths[0]).read_bytes() == Path(paths[1]).read_bytes()


async def test_to_hear_takes_a_model_that_understands_is_needed(studio: Studio) -> None:
    async with studio:
        await studio.call("profiles.create", name="Tone", voice=VOICE)
        refused = await studio.answer("generation.create", profile_id="Tone", text=GOOD, verify="full")
        assert refused["error"]["data"]["kind"] == "model_unavailable"
        assert (await studio.call("history.list"))["total"] == 0
