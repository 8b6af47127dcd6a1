"""A client that cancels a request while its row waits for the disk."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.scripted_engine import VOICE, spec
from tests.services.studio import Studio
from tests.torture.invariants import Decoder, damaged_files, stray_files


@pytest.mark.models
@pytest.mark.parametrize("method", ["profiles.create", "transcription.create", "projects.add_clip"])
async def test_it_leaves_a_row_with_its_file_or_neither(
    data_dir: Path, models_dir: Path, recordings: Path, method: str
) -> None:
    async with Studio(data_dir, []) as studio:
        shutil.copytree(models_dir / "whisper-base", data_dir / "models" / "whisper-base")
        path = str(min(recordings.glob("en_*.wav")))
        project = (await studio.call("projects.create", name="A play"))["project"]["id"]
        track = (await studio.call("projects.add_track", project_id=project))["track"]["id"]
        asked: dict[str, dict[str, Any]] = {
            "profiles.create": {"name": "Mine", "samples": [{"path": path, "text": "What she says."}]},
            "transcription.create": {"path": path},
            "projects.add_clip": {"project_id": project, "track_id": track, "start_s": 0.0, "path": path},
        }
        before = files_in(data_dir)
        async with studio.busy_disk():
            answering = asyncio.create_task(studio.answer(method, **asked[method]))
            while files_in(data_dir) == before:
                assert not answering.done(), answering.result()
                await asyncio.sleep(0.01)
            await studio.cancel()
        assert (await answering)["error"]["data"]["kind"] == "cancelled"
        # Changes are made one after the other: what was still on its way to the disk is there now.
        await studio.call("settings.update", queue_limit=100)
        assert [*damaged_files(data_dir, Decoder()), *stray_files(data_dir)] == []


@pytest.mark.parametrize("method", ["history.delete", "generation.delete_version", "projects.delete"])
async def test_what_it_deletes_goes_with_its_files_or_stays(data_dir: Path, recordings: Path, method: str) -> None:
    async with Studio(data_dir, [spec()]) as studio:
        await studio.call("profiles.create", name="Tone", voice=VOICE)
        said = await studio.call("generation.create", profile_id="tone", text="Hello.", wait=True)
        generation = said["generation"]["id"]
        await studio.call("generation.regenerate", generation_id=generation, wait=True)
        version = (await studio.call("generation.list_versions", generation_id=generation))["items"][0]["id"]
        project = (await studio.call("projects.create", name="A play"))["project"]["id"]
        track = (await studio.call("projects.add_track", project_id=project))["track"]["id"]
        path = str(min(recordings.glob("en_*.wav")))
        await studio.call("projects.add_clip", project_id=project, track_id=track, start_s=0.0, path=path)
        asked: dict[str, dict[str, Any]] = {
            "history.delete": {"generation_ids": [generation]},
            "generation.delete_version": {"generation_id": generation, "version_id": version},
            "projects.delete": {"project_id": project},
        }
        async with studio.busy_disk() as change_wanted:
            answering = asyncio.create_task(studio.answer(method, **asked[method]))
            await change_wanted.wait()
            await studio.cancel()
        assert (await answering)["error"]["data"]["kind"] == "cancelled"
        await studio.call("settings.update", queue_limit=100)
        assert [*damaged_files(data_dir, Decoder()), *stray_files(data_dir)] == []


def files_in(data_dir: Path) -> set[Path]:
    return {path for path in (data_dir / "audio").rglob("*") if path.is_file()}
