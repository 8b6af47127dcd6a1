from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from sidecar.services.profiles import export_job
from sidecar.store.archive import write_bundle
from tests.scripted_engine import VOICE, spec
from tests.services.studio import Studio


async def test_a_cache_that_is_emptied_meanwhile_takes_no_prompt_from_a_bundle(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir.mkdir()
    loop, bundle = asyncio.get_running_loop(), data_dir.parent / "tone.voicebox"
    async with Studio(data_dir, [spec()]) as studio:

        def late(*asked: Any) -> int:
            asyncio.run_coroutine_threadsafe(studio.call("cache.clear"), loop).result(10)
            return write_bundle(*asked)

        await studio.call("profiles.create", name="Tone", voice=VOICE)
        await studio.call("profiles.prepare", profile_id="tone", wait=True)
        (prompt,) = (data_dir / "cache/prompts").iterdir()
        monkeypatch.setattr(export_job, "write_bundle", late)
        await studio.call("profiles.export", profile_id="tone", path=str(bundle), include_prompts=True, wait=True)
        assert prompt.is_file()
        assert any(prompt.stem in name for name in ZipFile(bundle).namelist())
        await studio.call("cache.clear")
        assert not prompt.exists()
