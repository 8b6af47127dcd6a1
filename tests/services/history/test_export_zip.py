from __future__ import annotations

import asyncio
import os
import zipfile
from pathlib import Path

import pytest

from sidecar.services.history.export_zip import BLOCK_BYTES, GrowingZip

MADE_AT = "2026-11-22T18:30:06.123456Z"


def part(folder: Path) -> Path:
    return folder / ".songs.zip.part"


def source(folder: Path, content: bytes) -> Path:
    path = folder / "source"
    path.write_bytes(content)
    return path


async def test_a_finished_zip_holds_every_file_as_it_was_and_nothing_is_beside_it(tmp_path: Path) -> None:
    target, content = tmp_path / "songs.zip", os.urandom(BLOCK_BYTES + 5)
    with GrowingZip(part(tmp_path)) as archive:
        await archive.add("1 Grüße 你好.mp3", source(tmp_path, content), MADE_AT)
        await archive.add("2.mp3", source(tmp_path, b""), MADE_AT)
        assert not target.exists()
        assert await archive.finish(target) == target.stat().st_size
    assert sorted(os.listdir(tmp_path)) == ["songs.zip", "source"]
    with zipfile.ZipFile(target) as made:
        assert made.testzip() is None
        first, second = made.infolist()
        assert (first.filename, first.compress_type, first.date_time) == (
            "1 Grüße 你好.mp3",
            zipfile.ZIP_STORED,
            (2026, 11, 22, 18, 30, 6),
        )
        assert made.read(first) == content
        assert (second.filename, second.file_size) == ("2.mp3", 0)


async def test_a_zip_that_is_not_finished_leaves_what_was_there_before(tmp_path: Path) -> None:
    target = tmp_path / "songs.zip"
    target.write_bytes(b"before")

    async def build() -> None:
        with GrowingZip(part(tmp_path)) as archive:
            await archive.add("1.mp3", source(tmp_path, b"sound"), MADE_AT)
            await archive.add("2.mp3", tmp_path / "gone", MADE_AT)

    with pytest.raises(FileNotFoundError):
        await build()
    assert target.read_bytes() == b"before"
    assert not part(tmp_path).exists()


async def test_a_cancel_ends_the_copying_before_it_is_answered(tmp_path: Path) -> None:
    endless = tmp_path / "endless"
    with endless.open("wb") as file:
        file.truncate(1 << 40)

    async def build() -> None:
        with GrowingZip(part(tmp_path)) as archive:
            await archive.add("1.wav", endless, MADE_AT)

    building = asyncio.create_task(build())
    while not part(tmp_path).exists() or part(tmp_path).stat().st_size < BLOCK_BYTES:
        await asyncio.sleep(0)
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building
    assert os.listdir(tmp_path) == ["endless"]


async def test_what_a_kill_has_left_is_written_over(tmp_path: Path) -> None:
    part(tmp_path).write_bytes(b"half a zip")
    with GrowingZip(part(tmp_path)) as archive:
        await archive.add("1.mp3", source(tmp_path, b"sound"), MADE_AT)
        await archive.finish(tmp_path / "songs.zip")
    with zipfile.ZipFile(tmp_path / "songs.zip") as made:
        assert made.namelist() == ["1.mp3"]


async def test_a_cancel_stops_it_until_it_takes_its_place(tmp_path: Path) -> None:
    target, sound = tmp_path / "songs.zip", source(tmp_path, b"sound")
    target.write_bytes(b"before")

    async def build() -> None:
        with GrowingZip(part(tmp_path)) as archive:
            await archive.add("1.mp3", sound, MADE_AT)
            building.cancel()
            await archive.finish(target)

    building = asyncio.create_task(build())
    with pytest.raises(asyncio.CancelledError):
        await building
    assert target.read_bytes() == b"before"
    assert sorted(os.listdir(tmp_path)) == ["songs.zip", "source"]
