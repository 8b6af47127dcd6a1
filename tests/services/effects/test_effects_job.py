from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from sidecar.store.files import FileStore
from tests.scripted_engine import VOICE, spec
from tests.services.studio import Studio
from tests.torture.invariants import stray_files


async def test_a_cancel_while_what_was_kept_meanwhile_is_let_go_leaves_no_file(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, reached, go_on = FileStore._let_go, threading.Event(), threading.Event()

    def late(files: FileStore, relatives: Iterable[str]) -> None:
        reached.set()
        go_on.wait(10)
        let_go(files, relatives)

    data_dir.mkdir()
    async with Studio(data_dir, [spec()]) as studio:
        await studio.call("profiles.create", name="Tone", voice=VOICE)
        made = await studio.call("generation.create", profile_id="tone", text="A good day.", wait=True)
        monkeypatch.setattr(FileStore, "_let_go", late)
        generation = {"generation_id": made["generation"]["id"]}
        effects = [{"type": "gain", "params": {}}]
        job_id = (await studio.call("generation.apply_effects", **generation, effects=effects))["job_id"]
        await asyncio.to_thread(reached.wait, 10)
        cancelling = asyncio.create_task(studio.call("jobs.cancel", job_id=job_id))
        await asyncio.sleep(0.05)
        go_on.set()
        assert (await cancelling)["job"]["status"] == "cancelled"
        assert len((await studio.call("generation.list_versions", **generation))["items"]) == 1
        assert list(stray_files(data_dir)) == []
