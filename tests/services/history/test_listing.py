from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripted_engine import VOICE, spec
from tests.services.studio import Studio

SECOND, MILLISECOND = len("2026-11-30T10:37:23"), len("2026-11-30T10:37:23.888")


@pytest.mark.parametrize("digits", [SECOND, MILLISECOND])
async def test_a_time_means_the_same_however_many_digits_it_is_written_with(data_dir: Path, digits: int) -> None:
    async with Studio(data_dir, [spec()]) as studio:
        await studio.call("profiles.create", name="Tone", voice=VOICE)
        made = await studio.call("generation.create", profile_id="tone", text="Now.", wait=True)
        created_at = made["generation"]["created_at"]
        just_before, nanoseconds = f"{created_at[:digits]}Z", created_at.replace("Z", "999Z")
        assert (await studio.call("history.list", since=just_before))["total"] == 1
        assert (await studio.call("history.list", until=just_before))["total"] == 0
        assert (await studio.call("history.list", since=nanoseconds))["total"] == 1
