"""A designed voice becomes a cloned profile, which is there before its sample is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sidecar.engines.table import EngineModel
from tests.scripted_engine import VOICE, spec
from tests.services.studio import Studio

BOOK = " ".join(f"This is sentence number {number} of a very long book." for number in range(300))
SENTENCE = "This sentence is to become a sample."
DESIGNER = replace(
    spec(),
    models=(EngineModel("scripted", ("preset", "designed")),),
    fidelity={"preset": "preset", "designed": "designed"},
)


@asynccontextmanager
async def being_designed(data_dir: Path) -> AsyncIterator[tuple[Studio, dict[str, Any]]]:
    """A studio that is at a book, and what it answered to a wish that waits for the end of that."""
    data_dir.mkdir()
    async with Studio(data_dir, [DESIGNER]) as studio:
        await studio.call("profiles.create", name="Tone", voice=VOICE)
        await studio.call("profiles.create", name="Sailor", voice={"kind": "designed", "instruct": "An old sailor."})
        await studio.call("generation.create", profile_id="tone", text=BOOK)
        await studio.hear("job.progress", lambda told: told["stage"] == "speaking")
        yield studio, await studio.call("profiles.clone_design", profile_id="sailor", text=SENTENCE)


async def test_an_empty_profile_goes_with_the_job_that_was_to_fill_it(data_dir: Path) -> None:
    async with being_designed(data_dir) as (studio, begun):
        await studio.call("jobs.cancel", job_id=begun["job_id"])
        answer = await studio.answer("profiles.get", profile_id=begun["profile"]["id"])
        assert answer["error"]["data"]["kind"] == "not_found"


@pytest.mark.parametrize("given", ["sample", "avatar"])
async def test_a_profile_that_was_given_something_meanwhile_stays(
    data_dir: Path, recordings: Path, tmp_path: Path, given: str
) -> None:
    async with being_designed(data_dir) as (studio, begun):
        profile_id = begun["profile"]["id"]
        if given == "sample":
            path = str(min(recordings.glob("en_*.wav")))
            await studio.call("profiles.add_sample", profile_id=profile_id, path=path, text="What she says.")
        else:
            (tmp_path / "face.png").write_bytes(b"\x89PNG picture")
            await studio.call("profiles.set_avatar", profile_id=profile_id, path=str(tmp_path / "face.png"))
        await studio.call("jobs.cancel", job_id=begun["job_id"])
        kept = (await studio.call("profiles.get", profile_id=profile_id))["profile"]
        assert (kept["sample_count"] == 1, kept["avatar_path"] is not None) == (given == "sample", given == "avatar")
