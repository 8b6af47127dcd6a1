from __future__ import annotations

import asyncio
from pathlib import Path

from tests.services.studio import Studio
from tests.torture.invariants import Decoder, damaged_files, stray_files

SAMPLES = 8


async def test_a_profile_that_is_deleted_while_it_is_copied_is_copied_whole(data_dir: Path, recordings: Path) -> None:
    async with Studio(data_dir, []) as studio:
        samples = [{"path": str(min(recordings.glob("en_*.wav"))), "text": "What she says."}] * SAMPLES
        await studio.call("profiles.create", name="Mine", samples=samples)
        copying = asyncio.create_task(studio.answer("profiles.duplicate", profile_id="mine", name="Yours"))
        while len(list((data_dir / "audio/samples").iterdir())) == SAMPLES:
            assert not copying.done(), copying.result()
            await asyncio.sleep(0)
        await studio.call("profiles.delete", profile_id="mine")
        assert (await copying)["result"]["profile"]["sample_count"] == SAMPLES
        assert [*damaged_files(data_dir, Decoder()), *stray_files(data_dir)] == []
