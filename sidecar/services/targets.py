"""Where a file may be written for the user."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sidecar.durable import publish
from sidecar.errors import InvalidParams, NotFound, from_os_error
from sidecar.store.files import FileStore
from sidecar.store.values import new_id
from sidecar.uninterrupted import in_thread


def require_target(path: str, data_dir: Path, parameter: str = "path") -> None:
    """Raise unless a file can be put there: its folder exists, it is no folder itself, and nothing of ours is near.

    Raises:
        NotFound: there is no such folder.
        InvalidParams: something that is no file is there, or it lies in the data folder.

    """
    target = Path(path)
    if not target.parent.is_dir():
        raise NotFound(f"There is no folder {target.parent}; make it first.", resource="folder", id=str(target.parent))
    if target.exists() and not target.is_file():
        raise InvalidParams.about(parameter, f"{target} is there already and is no ordinary file; choose another name.")
    if _lies_in(target.parent.resolve(), data_dir):
        raise InvalidParams.about(parameter, f"{target} lies in the data folder; choose a place outside of {data_dir}.")


def _lies_in(folder: Path, data_dir: Path) -> bool:
    """Asked of the file system and not of the names: case and mounts give one folder several that do not look alike."""
    return data_dir.is_dir() and any(parent.samefile(data_dir) for parent in (folder, *folder.parents))


@asynccontextmanager
async def part_beside(files: FileStore, target: Path) -> AsyncIterator[Path]:
    """A name beside `target` for what takes its place once it is whole; whatever ends the block, it is gone then.

    What a kill leaves there goes at the next start.
    """
    part = target.with_name(f".{new_id()}.part")
    note = await in_thread(files.note, part)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)
        note.unlink(missing_ok=True)


async def write_target(files: FileStore, path: str, content: str | bytes) -> None:
    """Write a file, text as UTF-8, where `require_target` has found that one can be put; whole, or not at all.

    What was there before stays until then, whatever ends the program or fills the disk meanwhile.

    Raises:
        StorageError: it could not be written.

    """
    target, data = Path(path), content.encode() if isinstance(content, str) else content
    try:
        async with part_beside(files, target) as part:
            await in_thread(_write, part, target, data)
    except OSError as fault:
        raise from_os_error(fault, f"Writing {path}") from fault


def _write(part: Path, target: Path, data: bytes) -> None:
    part.write_bytes(data)
    publish(part, target)
