from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sidecar.errors import InvalidParams, NotFound, StorageError
from sidecar.services.targets import part_beside, require_target, write_target
from sidecar.store.files import FileStore

ROOT = Path(__file__).parents[2]


def test_a_new_file_and_one_to_be_replaced_may_be_written(tmp_path: Path) -> None:
    require_target(str(tmp_path / "new.wav"), tmp_path / "data")
    (tmp_path / "old.wav").touch()
    require_target(str(tmp_path / "old.wav"), tmp_path / "data")


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="make it first") as refusal:
        require_target(str(tmp_path / "gone" / "a.wav"), tmp_path / "data")
    assert refusal.value.data == {"resource": "folder", "id": str(tmp_path / "gone")}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotFound, match="no folder"):
        require_target(str(tmp_path / "file" / "a.wav"), tmp_path / "data")


@pytest.mark.parametrize("place", ["{folder}", "/dev/null"])
def test_what_is_no_ordinary_file_is_not_written_over(tmp_path: Path, place: str) -> None:
    with pytest.raises(InvalidParams, match="no ordinary file") as refusal:
        require_target(place.format(folder=tmp_path), tmp_path / "data", "path_out")
    assert refusal.value.data["errors"][0]["loc"] == ["path_out"]


@pytest.mark.parametrize("inside", ["data/x", "data/audio/x", "link/x", "data/../data/x"])
def test_nothing_of_the_users_is_written_among_the_librarys_own(tmp_path: Path, inside: str) -> None:
    (tmp_path / "data" / "audio").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "data")
    with pytest.raises(InvalidParams, match="data folder"):
        require_target(str(tmp_path / inside), tmp_path / "data")


def test_the_data_folder_in_another_case_is_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    if not (tmp_path / "DATA").is_dir():
        pytest.skip("this file system tells cases apart")
    with pytest.raises(InvalidParams, match="data folder"):
        require_target(str(tmp_path / "DATA" / "x"), tmp_path / "data")


@pytest.mark.parametrize("inside", ["", "audio"])
def test_the_data_folder_mounted_elsewhere_is_the_data_folder(tmp_path: Path, inside: str) -> None:
    (tmp_path / "data" / "audio").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    asked = f"require_target({str(tmp_path / 'other' / inside / 'x')!r}, Path({str(tmp_path / 'data')!r}))"
    program = f"from pathlib import Path; from sidecar.services.targets import require_target; {asked}"
    told = mounted(tmp_path / "data", tmp_path / "other", sys.executable, "-c", program)
    assert "lies in the data folder" in told.stderr


def mounted(folder: Path, place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command for which this folder is at that place too."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("there are no namespaces, or no `unshare` to make them with")
    script = 'mount --bind "$0" "$1" || exit 77; shift; exec "$@"'
    words = ["unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c", script, folder, place, *command]
    told = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    if "unshare" in told.stderr or told.returncode == 77:
        pytest.skip(f"nothing can be mounted here: {told.stderr.strip()}")
    return told


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "data")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """An older file, alone in its folder."""
    path = tmp_path / "out" / "words.srt"
    path.parent.mkdir()
    path.write_text("old", encoding="utf-8")
    return path


async def test_a_file_takes_the_place_of_an_older_one(files: FileStore, target: Path) -> None:
    await write_target(files, str(target), "déjà vu\n")
    assert target.read_bytes() == "déjà vu\n".encode()
    assert list(target.parent.iterdir()) == [target]
    assert list((files.root / "tmp").iterdir()) == []


async def test_where_the_new_file_cannot_take_its_place_all_stays_as_it_was(files: FileStore, target: Path) -> None:
    with pytest.raises(StorageError, match=r"Writing .*out"):
        await write_target(files, str(target.parent), "new")
    assert target.read_text("utf-8") == "old"
    assert sorted(path.name for path in target.parent.parent.iterdir()) == ["data", "out"]
    assert list((files.root / "tmp").iterdir()) == []


async def test_a_call_that_is_cancelled_ends_when_its_file_is_whole_and_not_before(
    files: FileStore, target: Path
) -> None:
    content = bytes(64 << 20)
    writing = asyncio.create_task(write_target(files, str(target), content))
    while len(list(target.parent.iterdir())) == 1:
        await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert list(target.parent.iterdir()) == [target]
    assert target.stat().st_size == len(content)


async def test_of_calls_to_one_path_each_writes_all_of_its_own(files: FileStore, target: Path) -> None:
    contents = [bytes([number]) * (1 + number << 20) for number in range(6)]
    await asyncio.gather(*(write_target(files, str(target), content) for content in contents))
    assert target.read_bytes() in contents
    assert list(target.parent.iterdir()) == [target]


async def test_a_name_as_long_as_a_disk_allows_can_be_written_to(files: FileStore, target: Path) -> None:
    long = target.with_name("w" * 255)
    await write_target(files, str(long), "new")
    assert long.read_text("utf-8") == "new"


async def test_what_a_kill_leaves_beside_a_target_goes_at_the_next_start(files: FileStore, target: Path) -> None:
    async with part_beside(files, target) as part:
        part.write_bytes(b"half")
        FileStore(files.root).sweep_temporary()
        assert list(target.parent.iterdir()) == [target]
        assert list((files.root / "tmp").iterdir()) == []
