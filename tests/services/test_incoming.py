from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from sidecar.errors import InvalidParams
from sidecar.services.incoming import GivenAudio, as_file
from sidecar.store.files import FileStore


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "data")


def left_behind(files: FileStore) -> list[Path]:
    return list((files.root / "tmp").iterdir())


async def test_a_path_is_handed_on_as_it_is(files: FileStore, tmp_path: Path) -> None:
    async with as_file(files, GivenAudio(str(tmp_path / "a 🎉.wav"), None)) as path:
        assert path == tmp_path / "a 🎉.wav"


async def test_bytes_are_a_file_for_as_long_as_they_are_needed(files: FileStore) -> None:
    content = bytes(range(256))
    async with as_file(files, GivenAudio(None, base64.b64encode(content).decode())) as path:
        assert path.read_bytes() == content
    assert left_behind(files) == []


async def test_the_file_goes_too_when_what_was_done_with_it_failed(files: FileStore) -> None:
    with pytest.raises(RuntimeError, match="no audio"):
        async with as_file(files, GivenAudio(None, "AAAA")):
            raise RuntimeError("no audio")
    assert left_behind(files) == []


@pytest.mark.parametrize("data", ["A", "AAA", "AA=A", "AA AA=", "AA-_", "data:audio/wav;base64,AAAA", "Gruß", "\0"])
async def test_what_is_no_base64_is_refused(files: FileStore, data: str) -> None:
    with pytest.raises(InvalidParams, match="not base64") as refusal:
        async with as_file(files, GivenAudio(None, data)):
            pass
    assert refusal.value.data["errors"][0]["loc"] == ["data"]
    assert left_behind(files) == []


async def test_a_file_that_is_still_being_written_when_nobody_wants_it_any_more_goes_too(files: FileStore) -> None:
    given = GivenAudio(None, base64.b64encode(bytes(8 << 20)).decode())

    async def use() -> None:
        async with as_file(files, given):
            pass

    using = asyncio.create_task(use())
    await asyncio.sleep(0)
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    await asyncio.get_running_loop().shutdown_default_executor()
    assert left_behind(files) == []
